/* Functions that tell where one is. */
#include "types/function_table.h"

static const struct function functions[] = {
    F0("version", ONE(TEXT), "pg_version", FUNCTION_STABLE),
    F0("current_database", ONE(TEXT), "pg_database_name", FUNCTION_STABLE),
    F0("current_catalog", ONE(TEXT), "pg_database_name", FUNCTION_STABLE),
    F0("current_user", ONE(TEXT), "pg_database_name", FUNCTION_STABLE),
    F0("current_role", ONE(TEXT), "pg_database_name", FUNCTION_STABLE),
    F0("session_user", ONE(TEXT), "pg_database_name", FUNCTION_STABLE),
    F0("user", ONE(TEXT), "pg_database_name", FUNCTION_STABLE),
    /* The binder gives the second argument. */
    F2("pg_typeof", ONE(ANY), ONE(TEXT), ONE(TEXT), "pg_typeof", 0),
};

const struct function_table function_table_session = TABLE(functions);
