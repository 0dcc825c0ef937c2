/* Functions of jsonb that follow an SQL/JSON path. */
#include "types/function_table.h"

/* With and without variables, and whether errors are none. */
#define PATH(name, result, sqlite, flags)                                              \
  F2(name, ONE(JSONB), ONE(JSONPATH), ONE(result), sqlite, flags),                     \
      F3(name, ONE(JSONB), ONE(JSONPATH), ONE(JSONB), ONE(result), sqlite, flags),     \
      F4(name, ONE(JSONB), ONE(JSONPATH), ONE(JSONB), ONE(BOOLEAN), ONE(result),       \
         sqlite, flags)

/* Origins of other versions have other methods, and their own regular expressions. */
static const struct function functions[] = {
    PATH("jsonb_path_exists", BOOLEAN, "pg_jsonpath_exists", FUNCTION_STRICT),
    PATH("jsonb_path_match", BOOLEAN, "pg_jsonpath_match", FUNCTION_STRICT),
    PATH("jsonb_path_query", JSONB, "pg_jsonpath_query",
         FUNCTION_STRICT | FUNCTION_SET | FUNCTION_ELEMENTS),
    PATH("jsonb_path_query_array", JSONB, "pg_jsonpath_query", FUNCTION_STRICT),
    PATH("jsonb_path_query_first", JSONB, "pg_jsonpath_first", FUNCTION_STRICT),
};

const struct function_table function_table_jsonpath = TABLE(functions);
