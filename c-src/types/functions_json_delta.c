/* The functions of jsonb_delta. An origin need not have them. */
#include "types/function_table.h"

#define F5(name, a, b, c, d, e, r, sqlite, flags)                                      \
  { name, 5, {a, b, c, d, e}, r, sqlite, flags }
#define F6(name, a, b, c, d, e, f, r, sqlite, flags)                                   \
  { name, 6, {a, b, c, d, e, f}, r, sqlite, flags }

#define STRICT FUNCTION_STRICT

static const struct function functions[] = {
    F2("jsonb_merge_shallow", ONE(JSONB), ONE(JSONB), ONE(JSONB),
       "pg_jsonb_merge_shallow", STRICT),
    F3("jsonb_merge_at_path", ONE(JSONB), ONE(JSONB), MANY(TEXT), ONE(JSONB),
       "pg_jsonb_merge_at_path", STRICT),
    F2("jsonb_deep_merge", ONE(JSONB), ONE(JSONB), ONE(JSONB), "pg_jsonb_deep_merge",
       STRICT),
    F2("jsonb_smart_patch_scalar", ONE(JSONB), ONE(JSONB), ONE(JSONB),
       "pg_jsonb_merge_shallow", STRICT),
    F3("jsonb_smart_patch_nested", ONE(JSONB), ONE(JSONB), MANY(TEXT), ONE(JSONB),
       "pg_jsonb_merge_at_path", STRICT),
    F5("jsonb_smart_patch_array", ONE(JSONB), ONE(JSONB), ONE(TEXT), ONE(TEXT),
       ONE(JSONB), ONE(JSONB), "pg_jsonb_smart_patch_array", STRICT),
    F5("jsonb_array_update_where", ONE(JSONB), ONE(TEXT), ONE(TEXT), ONE(JSONB),
       ONE(JSONB), ONE(JSONB), "pg_jsonb_array_update_where", STRICT),
    F4("jsonb_array_update_where_batch", ONE(JSONB), ONE(TEXT), ONE(TEXT), ONE(JSONB),
       ONE(JSONB), "pg_jsonb_array_update_where_batch", STRICT),
    F5("jsonb_array_update_multi_row", MANY(JSONB), ONE(TEXT), ONE(TEXT), ONE(JSONB),
       ONE(JSONB), MANY(JSONB), "pg_jsonb_array_update_multi_row", STRICT),
    F4("jsonb_array_delete_where", ONE(JSONB), ONE(TEXT), ONE(TEXT), ONE(JSONB),
       ONE(JSONB), "pg_jsonb_array_delete_where", STRICT),
    F3("jsonb_array_insert_where", ONE(JSONB), ONE(TEXT), ONE(JSONB), ONE(JSONB),
       "pg_jsonb_array_insert_where", 0),
    F4("jsonb_array_insert_where", ONE(JSONB), ONE(TEXT), ONE(JSONB), ONE(TEXT),
       ONE(JSONB), "pg_jsonb_array_insert_where", 0),
    F5("jsonb_array_insert_where", ONE(JSONB), ONE(TEXT), ONE(JSONB), ONE(TEXT),
       ONE(TEXT), ONE(JSONB), "pg_jsonb_array_insert_where", 0),
    F4("jsonb_array_contains_id", ONE(JSONB), ONE(TEXT), ONE(TEXT), ONE(JSONB),
       ONE(BOOLEAN), "pg_jsonb_array_contains_id", STRICT),
    F1("jsonb_extract_id", ONE(JSONB), ONE(TEXT), "pg_jsonb_extract_id", STRICT),
    F2("jsonb_extract_id", ONE(JSONB), ONE(TEXT), ONE(TEXT), "pg_jsonb_extract_id",
       STRICT),
    F3("jsonb_delta_set_path", ONE(JSONB), ONE(TEXT), ONE(JSONB), ONE(JSONB),
       "pg_jsonb_set_path", STRICT),
    F6("jsonb_delta_array_update_where_path", ONE(JSONB), ONE(TEXT), ONE(TEXT),
       ONE(JSONB), ONE(TEXT), ONE(JSONB), ONE(JSONB),
       "pg_jsonb_array_update_where_path", STRICT),
};

const struct function_table function_table_json_delta = TABLE(functions);
