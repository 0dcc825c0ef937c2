/* Functions of arrays, and generate_series. */
#include "types/function_table.h"

/* Booleans are integers in SQLite but true and false in an array, so a function that
 * takes an element has a second form for them. */
#define ELEMENT_LAST(name, sqlite)                                                     \
  F2(name, ONE(ANYARRAY), ONE(ANYELEMENT), ONE(ANYARRAY), sqlite, FUNCTION_ORIGIN),    \
      F2(name, MANY(BOOLEAN), ONE(BOOLEAN), MANY(BOOLEAN), sqlite "_boolean",          \
         FUNCTION_ORIGIN)

#define ROWS (PURE | FUNCTION_SET)

static const struct function functions[] = {
    F2("array_length", ONE(ANYARRAY), ONE(INTEGER), ONE(INTEGER), "pg_array_length",
       PURE),
    F2("array_upper", ONE(ANYARRAY), ONE(INTEGER), ONE(INTEGER), "pg_array_length",
       PURE),
    F2("array_lower", ONE(ANYARRAY), ONE(INTEGER), ONE(INTEGER), "pg_array_lower",
       PURE),
    F1("array_ndims", ONE(ANYARRAY), ONE(INTEGER), "pg_array_ndims", PURE),
    F1("cardinality", ONE(ANYARRAY), ONE(INTEGER), "pg_cardinality", PURE),
    ELEMENT_LAST("array_append", "pg_array_append"),
    F2("array_prepend", ONE(ANYELEMENT), ONE(ANYARRAY), ONE(ANYARRAY),
       "pg_array_prepend", FUNCTION_ORIGIN),
    F2("array_prepend", ONE(BOOLEAN), MANY(BOOLEAN), MANY(BOOLEAN),
       "pg_array_prepend_boolean", FUNCTION_ORIGIN),
    F2("array_cat", ONE(ANYARRAY), ONE(ANYARRAY), ONE(ANYARRAY), "pg_array_cat",
       FUNCTION_ORIGIN),
    ELEMENT_LAST("array_remove", "pg_array_remove"),
    F3("array_replace", ONE(ANYARRAY), ONE(ANYELEMENT), ONE(ANYELEMENT), ONE(ANYARRAY),
       "pg_array_replace", FUNCTION_ORIGIN),
    F3("array_replace", MANY(BOOLEAN), ONE(BOOLEAN), ONE(BOOLEAN), MANY(BOOLEAN),
       "pg_array_replace_boolean", FUNCTION_ORIGIN),
    F2("array_position", ONE(ANYARRAY), ONE(ANYELEMENT), ONE(INTEGER),
       "pg_array_position", FUNCTION_ORIGIN),
    F2("array_position", MANY(BOOLEAN), ONE(BOOLEAN), ONE(INTEGER),
       "pg_array_position_boolean", FUNCTION_ORIGIN),
    F2("array_positions", ONE(ANYARRAY), ONE(ANYELEMENT), MANY(INTEGER),
       "pg_array_positions", FUNCTION_ORIGIN),
    F2("array_positions", MANY(BOOLEAN), ONE(BOOLEAN), MANY(INTEGER),
       "pg_array_positions_boolean", FUNCTION_ORIGIN),
    F2("array_to_string", ONE(ANYARRAY), ONE(TEXT), ONE(TEXT), "pg_array_to_string",
       PURE),
    F3("array_to_string", ONE(ANYARRAY), ONE(TEXT), ONE(TEXT), ONE(TEXT),
       "pg_array_to_string", FUNCTION_ORIGIN),
    F2("string_to_array", ONE(TEXT), ONE(TEXT), MANY(TEXT), "pg_string_to_array",
       FUNCTION_ORIGIN),
    F3("string_to_array", ONE(TEXT), ONE(TEXT), ONE(TEXT), MANY(TEXT),
       "pg_string_to_array", FUNCTION_ORIGIN),
    F2("string_to_table", ONE(TEXT), ONE(TEXT), ONE(TEXT), "pg_string_to_array",
       FUNCTION_ORIGIN | FUNCTION_SET | FUNCTION_ELEMENTS),
    F3("string_to_table", ONE(TEXT), ONE(TEXT), ONE(TEXT), ONE(TEXT),
       "pg_string_to_array", FUNCTION_ORIGIN | FUNCTION_SET | FUNCTION_ELEMENTS),

    F1("unnest", ONE(ANYARRAY), ONE(ANYELEMENT), "pg_unnest", ROWS),
    F2("generate_subscripts", ONE(ANYARRAY), ONE(INTEGER), ONE(INTEGER),
       "pg_generate_subscripts", ROWS),
    F2("generate_series", ONE(INTEGER), ONE(INTEGER), ONE(INTEGER),
       "pg_generate_series", ROWS),
    F3("generate_series", ONE(INTEGER), ONE(INTEGER), ONE(INTEGER), ONE(INTEGER),
       "pg_generate_series", ROWS),
    F2("generate_series", ONE(BIGINT), ONE(BIGINT), ONE(BIGINT), "pg_generate_series",
       ROWS),
    F3("generate_series", ONE(BIGINT), ONE(BIGINT), ONE(BIGINT), ONE(BIGINT),
       "pg_generate_series", ROWS),
    F2("generate_series", ONE(NUMERIC), ONE(NUMERIC), ONE(NUMERIC),
       "pg_generate_series_numeric", ROWS),
    F3("generate_series", ONE(NUMERIC), ONE(NUMERIC), ONE(NUMERIC), ONE(NUMERIC),
       "pg_generate_series_numeric", ROWS),
    F3("generate_series", ONE(TIMESTAMP), ONE(TIMESTAMP), ONE(INTERVAL), ONE(TIMESTAMP),
       "pg_generate_series_timestamp", ROWS),
    F3("generate_series", ONE(TIMESTAMPTZ), ONE(TIMESTAMPTZ), ONE(INTERVAL),
       ONE(TIMESTAMPTZ), "pg_generate_series_timestamptz",
       FUNCTION_STRICT | FUNCTION_SET),
};

const struct function_table function_table_array = TABLE(functions);

/* What ARRAY[…] of scalars, of booleans and of arrays is made by. */
static const struct function constructors[] = {
    F1("array", ONE(ANYELEMENT), ONE(ANYARRAY), "pg_array",
       FUNCTION_ORIGIN | FUNCTION_VARIADIC),
    F1("array", ONE(BOOLEAN), MANY(BOOLEAN), "pg_array_boolean",
       FUNCTION_ORIGIN | FUNCTION_VARIADIC),
    F1("array", ONE(ANYARRAY), ONE(ANYARRAY), "pg_array_nested",
       FUNCTION_ORIGIN | FUNCTION_VARIADIC),
};

static const struct function subscript =
    F2("subscript", ONE(ANYARRAY), ONE(INTEGER), ONE(ANYELEMENT), "pg_subscript",
       PURE | FUNCTION_VARIADIC);
static const struct function array_slice =
    F3("slice", ONE(ANYARRAY), ONE(INTEGER), ONE(INTEGER), ONE(ANYARRAY), "pg_slice",
       PURE);

enum function_lookup array_constructor(const struct type *arguments, int count,
                                       const struct function **found,
                                       struct type *resolved, struct type *result) {
  struct type element = TYPE(TYPE_UNKNOWN);
  for (int i = 0; i < count; i++) {
    if (!type_common(element, arguments[i], &element))
      return FUNCTION_NO_MATCH;
  }
  if (element.id == TYPE_UNKNOWN)
    element.id = TYPE_TEXT;
  element.precision = element.scale = -1;
  if (type_storage((struct type){element.id, true, -1, -1, 0}) == NULL)
    return FUNCTION_NO_MATCH;
  *found = &constructors[element.array ? 2 : element.id == TYPE_BOOLEAN ? 1 : 0];
  for (int i = 0; i < count; i++)
    resolved[i] = element;
  *result = (struct type){element.id, true, -1, -1, 0};
  return FUNCTION_FOUND;
}

enum function_lookup array_subscript(const struct type *arguments, int count,
                                     bool slice, const struct function **found,
                                     struct type *resolved, struct type *result) {
  if (!arguments[0].array || (slice && count != 3))
    return FUNCTION_NO_MATCH;
  for (int i = 1; i < count; i++) {
    if (!type_implicit(arguments[i], TYPE(TYPE_INTEGER)))
      return FUNCTION_NO_MATCH;
    resolved[i] = TYPE(TYPE_INTEGER);
  }
  resolved[0] = type_base(arguments[0]);
  *found = slice ? &array_slice : &subscript;
  *result = resolved[0];
  result->array = slice;
  return FUNCTION_FOUND;
}
