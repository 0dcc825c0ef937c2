/* Functions that mean what MySQL's operators and functions mean, for statements in its dialect (sql/mysql.c). No origin
 * has them. */
#include "types/function_table.h"

#define OF_INTEGERS(name, type, result, sqlite)                                        \
  F2(name, ONE(type), ONE(type), ONE(result), sqlite, FUNCTION_STRICT)

/* Numbers are NUMERIC or, where one of them is, DOUBLE. */
#define OF_NUMBERS(name, integers, numerics, sqlite)                                   \
  OF_INTEGERS(name, SMALLINT, integers, sqlite),                                       \
      OF_INTEGERS(name, INTEGER, integers, sqlite),                                    \
      OF_INTEGERS(name, BIGINT, integers, sqlite),                                     \
      OF_INTEGERS(name, NUMERIC, numerics, sqlite)
#define OF_DOUBLES(name, result, sqlite) OF_INTEGERS(name, DOUBLE, result, sqlite)

#define OF_BITS(name) OF_INTEGERS(name, BIGINT, BIGINT, name)

static const struct function functions[] = {
    /* A quotient as it is shown, and as it is computed with. */
    OF_NUMBERS("mysql_divide", NUMERIC, NUMERIC, "mysql_divide"),
    OF_DOUBLES("mysql_divide", DOUBLE, "mysql_double_divide"),
    OF_NUMBERS("mysql_quotient", NUMERIC, NUMERIC, "mysql_quotient"),
    OF_DOUBLES("mysql_quotient", DOUBLE, "mysql_double_divide"),
    OF_NUMBERS("mysql_div", BIGINT, BIGINT, "mysql_div"),
    OF_DOUBLES("mysql_div", BIGINT, "mysql_double_div"),
    OF_NUMBERS("mysql_modulo", BIGINT, NUMERIC, "mysql_modulo"),
    OF_DOUBLES("mysql_modulo", DOUBLE, "mysql_double_modulo"),
    /* Where a division by zero fails. */
    OF_NUMBERS("mysql_divide_strict", NUMERIC, NUMERIC, "mysql_divide_strict"),
    OF_DOUBLES("mysql_divide_strict", DOUBLE, "mysql_double_divide_strict"),
    OF_NUMBERS("mysql_quotient_strict", NUMERIC, NUMERIC, "mysql_quotient_strict"),
    OF_DOUBLES("mysql_quotient_strict", DOUBLE, "mysql_double_divide_strict"),
    OF_NUMBERS("mysql_div_strict", BIGINT, BIGINT, "mysql_div_strict"),
    OF_DOUBLES("mysql_div_strict", BIGINT, "mysql_double_div_strict"),
    OF_NUMBERS("mysql_modulo_strict", BIGINT, NUMERIC, "mysql_modulo_strict"),
    OF_DOUBLES("mysql_modulo_strict", DOUBLE, "mysql_double_modulo_strict"),

    OF_BITS("mysql_bit_or"),
    OF_BITS("mysql_bit_and"),
    OF_BITS("mysql_shift_left"),
    OF_BITS("mysql_shift_right"),
    F1("mysql_unsigned", ONE(BIGINT), ONE(BIGINT), "mysql_unsigned", FUNCTION_STRICT),

    F1("mysql_text", ONE(ANY), ONE(TEXT), "mysql_concat", FUNCTION_STRICT),
    F1("mysql_concat", ONE(ANY), ONE(TEXT), "mysql_concat",
       FUNCTION_STRICT | FUNCTION_VARIADIC),
    F2("mysql_concat_ws", ONE(TEXT), ONE(ANY), ONE(TEXT), "mysql_concat_ws",
       FUNCTION_VARIADIC),
    F2("mysql_left", ONE(TEXT), ONE(INTEGER), ONE(TEXT), "mysql_left", FUNCTION_STRICT),
    F2("mysql_right", ONE(TEXT), ONE(INTEGER), ONE(TEXT), "mysql_right",
       FUNCTION_STRICT),
    F2("mysql_substr", ONE(TEXT), ONE(INTEGER), ONE(TEXT), "mysql_substr",
       FUNCTION_STRICT),
    F3("mysql_substr", ONE(TEXT), ONE(INTEGER), ONE(INTEGER), ONE(TEXT), "mysql_substr",
       FUNCTION_STRICT),
};

const struct function_table function_table_mysql = TABLE(functions);
