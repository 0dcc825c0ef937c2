/* Functions of enums. The number of the enum is given behind the arguments. */
#include "types/function_table.h"

static const struct function functions[] = {
    F1("enum_first", ONE(ANYENUM), ONE(ANYENUM), "pg_enum_first", 0),
    F1("enum_last", ONE(ANYENUM), ONE(ANYENUM), "pg_enum_last", 0),
    F1("enum_range", ONE(ANYENUM), ONE(ANYARRAY), "pg_enum_labels", 0),
    F2("enum_range", ONE(ANYENUM), ONE(ANYENUM), ONE(ANYARRAY), "pg_enum_range", 0),
};

const struct function_table function_table_enum = TABLE(functions);
