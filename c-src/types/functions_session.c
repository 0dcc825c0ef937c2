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
    /* The catalog registers these. */
    F1("current_setting", ONE(TEXT), ONE(TEXT), "__tidemark_current_setting",
       FUNCTION_STABLE | FUNCTION_STRICT),
    F2("current_setting", ONE(TEXT), ONE(BOOLEAN), ONE(TEXT),
       "__tidemark_current_setting", FUNCTION_STABLE | FUNCTION_STRICT),
    F3("set_config", ONE(TEXT), ONE(TEXT), ONE(BOOLEAN), ONE(TEXT),
       "__tidemark_set_config", FUNCTION_VOLATILE | FUNCTION_WRITES),
    /* The binder gives the second argument. */
    F2("pg_typeof", ONE(ANY), ONE(TEXT), ONE(TEXT), "pg_typeof", 0),
};

const struct function_table function_table_session = TABLE(functions);
