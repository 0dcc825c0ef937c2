/* Functions of json and jsonb. */
#include "types/function_table.h"

#define ROWS(name, type, result, sqlite)                                               \
  F1(name, ONE(type), ONE(result), sqlite, PURE | FUNCTION_SET)
#define RECORDS         (FUNCTION_SET | FUNCTION_ELEMENTS)
#define VARIADIC_ORIGIN (FUNCTION_ORIGIN | FUNCTION_VARIADIC)

static const struct function functions[] = {
    F1("to_json", ONE(ANYJSON), ONE(JSON), "+", PURE),
    F1("to_jsonb", ONE(ANYJSON), ONE(JSONB), "pg_jsonb", PURE),
    F1("array_to_json", ONE(ANYARRAY), ONE(JSON), "+", PURE),
    F1("row_to_json", ONE(RECORD), ONE(JSON), "+", PURE),
    F0("json_build_array", ONE(JSON), "pg_json_build_array", FUNCTION_ORIGIN),
    F1("json_build_array", ONE(ANYJSON), ONE(JSON), "pg_json_build_array",
       VARIADIC_ORIGIN),
    F0("jsonb_build_array", ONE(JSONB), "pg_jsonb_build_array", FUNCTION_ORIGIN),
    F1("jsonb_build_array", ONE(ANYJSON), ONE(JSONB), "pg_jsonb_build_array",
       VARIADIC_ORIGIN),
    F0("json_build_object", ONE(JSON), "pg_json_build_object", FUNCTION_ORIGIN),
    F1("json_build_object", ONE(ANYJSON), ONE(JSON), "pg_json_build_object",
       VARIADIC_ORIGIN),
    F0("jsonb_build_object", ONE(JSONB), "pg_jsonb_build_object", FUNCTION_ORIGIN),
    F1("jsonb_build_object", ONE(ANYJSON), ONE(JSONB), "pg_jsonb_build_object",
       VARIADIC_ORIGIN),
    F2("jsonb_object", MANY(TEXT), MANY(TEXT), ONE(JSONB), "pg_jsonb_object", PURE),
    F3("jsonb_set", ONE(JSONB), MANY(TEXT), ONE(JSONB), ONE(JSONB), "pg_jsonb_set",
       PURE),
    F4("jsonb_set", ONE(JSONB), MANY(TEXT), ONE(JSONB), ONE(BOOLEAN), ONE(JSONB),
       "pg_jsonb_set", PURE),
    F3("jsonb_insert", ONE(JSONB), MANY(TEXT), ONE(JSONB), ONE(JSONB),
       "pg_jsonb_insert", PURE),
    F4("jsonb_insert", ONE(JSONB), MANY(TEXT), ONE(JSONB), ONE(BOOLEAN), ONE(JSONB),
       "pg_jsonb_insert", PURE),
    F1("jsonb_strip_nulls", ONE(JSONB), ONE(JSONB), "pg_jsonb_strip_nulls", PURE),
    F1("jsonb_pretty", ONE(JSONB), ONE(TEXT), "pg_jsonb_pretty", PURE),
    F1("json_typeof", ONE(JSON), ONE(TEXT), "pg_json_typeof", PURE),
    F1("jsonb_typeof", ONE(JSONB), ONE(TEXT), "pg_json_typeof", PURE),
    F1("json_array_length", ONE(JSON), ONE(INTEGER), "pg_json_array_length", PURE),
    F1("jsonb_array_length", ONE(JSONB), ONE(INTEGER), "pg_json_array_length", PURE),
    F2("jsonb_extract_path", ONE(JSONB), ONE(TEXT), ONE(JSONB), "pg_json_extract_path",
       PURE | FUNCTION_VARIADIC),
    F2("json_extract_path", ONE(JSON), ONE(TEXT), ONE(JSON), "pg_json_extract_path",
       PURE | FUNCTION_VARIADIC),
    F2("jsonb_extract_path_text", ONE(JSONB), ONE(TEXT), ONE(TEXT),
       "pg_json_extract_path_text", PURE | FUNCTION_VARIADIC),
    F2("json_extract_path_text", ONE(JSON), ONE(TEXT), ONE(TEXT),
       "pg_json_extract_path_text", PURE | FUNCTION_VARIADIC),
    F2("jsonb_exists", ONE(JSONB), ONE(TEXT), ONE(BOOLEAN), "pg_jsonb_exists", PURE),
    F2("jsonb_contains", ONE(JSONB), ONE(JSONB), ONE(BOOLEAN), "pg_jsonb_contains",
       PURE),

    /* What bind_records.c makes of jsonb_to_recordset() and its kin. */
    F1("__json_record", ONE(JSON), ONE(JSON), "pg_json_record", RECORDS),
    F1("__jsonb_record", ONE(JSONB), ONE(JSONB), "pg_json_record", RECORDS),
    F1("__json_records", ONE(JSON), ONE(JSON), "pg_json_records",
       RECORDS | FUNCTION_STRICT),
    F1("__jsonb_records", ONE(JSONB), ONE(JSONB), "pg_json_records",
       RECORDS | FUNCTION_STRICT),
    F2("__json_field", ONE(JSON), ONE(TEXT), ONE(JSON), "pg_json_record_field",
       FUNCTION_STRICT),
    F2("__json_field", ONE(JSONB), ONE(TEXT), ONE(JSONB), "pg_json_record_field",
       FUNCTION_STRICT),
    F2("__json_field_text", ONE(JSON), ONE(TEXT), ONE(TEXT),
       "pg_json_record_field_text", FUNCTION_STRICT),
    F2("__json_field_text", ONE(JSONB), ONE(TEXT), ONE(TEXT),
       "pg_json_record_field_text", FUNCTION_STRICT),

    ROWS("json_array_elements", JSON, JSON, "pg_json_array_elements"),
    ROWS("jsonb_array_elements", JSONB, JSONB, "pg_json_array_elements"),
    ROWS("json_array_elements_text", JSON, TEXT, "pg_json_array_elements_text"),
    ROWS("jsonb_array_elements_text", JSONB, TEXT, "pg_json_array_elements_text"),
    ROWS("json_each", JSON, RECORD, "pg_json_each"),
    ROWS("jsonb_each", JSONB, RECORD, "pg_json_each"),
    ROWS("json_each_text", JSON, RECORD, "pg_json_each_text"),
    ROWS("jsonb_each_text", JSONB, RECORD, "pg_json_each_text"),
    ROWS("json_object_keys", JSON, TEXT, "pg_json_object_keys"),
    ROWS("jsonb_object_keys", JSONB, TEXT, "pg_json_object_keys"),
};

const struct function_table function_table_json = TABLE(functions);

int function_columns(const struct function *function, struct type result,
                     const char **names, struct type *types) {
  if (result.id != TYPE_RECORD) {
    names[0] = "value";
    types[0] = result;
    return 1;
  }
  names[0] = "key";
  types[0] = TYPE(TYPE_TEXT);
  names[1] = "value";
  bool text = function->sqlite[sizeof "pg_json_each" - 1] == '_';
  types[1] = text ? TYPE(TYPE_TEXT) : function_argument(function, 0);
  return 2;
}
