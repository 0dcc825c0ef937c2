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

/* Of a date, an instant, or a text that is one. */
#define OF_DATES(name, result)                                                         \
  F1(name, ONE(DATE), ONE(result), name, FUNCTION_STRICT),                             \
      F1(name, ONE(TIMESTAMP), ONE(result), name, FUNCTION_STRICT),                    \
      F1(name, ONE(TEXT), ONE(result), name, FUNCTION_STRICT)
#define OF_DATES_AND(name, type, result)                                               \
  F2(name, ONE(DATE), ONE(type), ONE(result), name, FUNCTION_STRICT),                  \
      F2(name, ONE(TIMESTAMP), ONE(type), ONE(result), name, FUNCTION_STRICT),         \
      F2(name, ONE(TEXT), ONE(type), ONE(result), name, FUNCTION_STRICT)
#define OF_TWO_DATES(name, type, result)                                               \
  F3(name, ONE(TEXT), ONE(type), ONE(DATE), ONE(result), name, FUNCTION_STRICT),       \
      F3(name, ONE(TEXT), ONE(type), ONE(TIMESTAMP), ONE(result), name,                \
         FUNCTION_STRICT),                                                             \
      F3(name, ONE(TEXT), ONE(type), ONE(TEXT), ONE(result), name, FUNCTION_STRICT)

/* The amount is a number or a text that holds several; the unit is preceded by a minus where it is taken off. */
#define ADD(name, type, result, sqlite)                                                \
  F3(name, ONE(type), ONE(ANY), ONE(TEXT), ONE(result), sqlite, FUNCTION_STRICT)

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
    /* What guards a column of a type that there is not (sql/mysql_table.c). */
    F3("mysql_fits", ONE(BIGINT), ONE(BIGINT), ONE(BIGINT), ONE(BOOLEAN), "mysql_fits",
       FUNCTION_STRICT),
    F1("mysql_unsigned", ONE(BIGINT), ONE(BIGINT), "mysql_unsigned", FUNCTION_STRICT),

    /* The catalog registers these. */
    F0("mysql_last_insert_id", ONE(BIGINT), "__tidemark_last_insert_id",
       FUNCTION_VOLATILE),
    F1("mysql_last_insert_id", ONE(BIGINT), ONE(BIGINT), "__tidemark_set_insert_id",
       FUNCTION_VOLATILE | FUNCTION_WRITES),
    F1("mysql_variable", ONE(TEXT), ONE(TEXT), "__tidemark_variable", FUNCTION_STABLE),
    F1("mysql_variable_number", ONE(TEXT), ONE(BIGINT), "__tidemark_variable_number",
       FUNCTION_STABLE),

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

    /* Units of days and units of less. */
    ADD("mysql_add_days", DATE, DATE, "mysql_add_to_date"),
    ADD("mysql_add_days", TIMESTAMP, TIMESTAMP, "mysql_add_to_timestamp"),
    ADD("mysql_add_days", TEXT, TEXT, "mysql_add_days_to_text"),
    ADD("mysql_add_time", DATE, TIMESTAMP, "mysql_add_to_timestamp"),
    ADD("mysql_add_time", TIMESTAMP, TIMESTAMP, "mysql_add_to_timestamp"),
    ADD("mysql_add_time", TIME, TIME, "mysql_add_to_time"),
    ADD("mysql_add_time", TEXT, TEXT, "mysql_add_time_to_text"),
    OF_TWO_DATES("mysql_timestampdiff", DATE, BIGINT),
    OF_TWO_DATES("mysql_timestampdiff", TIMESTAMP, BIGINT),
    OF_TWO_DATES("mysql_timestampdiff", TEXT, BIGINT),
    OF_DATES("mysql_last_day", DATE),
    OF_DATES("mysql_to_days", INTEGER),
    OF_DATES("mysql_unix_timestamp", BIGINT),
    OF_DATES_AND("mysql_week", INTEGER, INTEGER),
    OF_DATES_AND("mysql_yearweek", INTEGER, INTEGER),
    OF_DATES_AND("mysql_date_format", TEXT, TEXT),
    F2("mysql_makedate", ONE(INTEGER), ONE(INTEGER), ONE(DATE), "mysql_makedate",
       FUNCTION_STRICT),
    F1("mysql_from_unixtime", ONE(BIGINT), ONE(TIMESTAMP), "mysql_from_unixtime",
       FUNCTION_STRICT),
    F2("mysql_str_to_date", ONE(TEXT), ONE(TEXT), ONE(DATE), "mysql_str_to_date",
       FUNCTION_STRICT),
    F2("mysql_str_to_datetime", ONE(TEXT), ONE(TEXT), ONE(TIMESTAMP),
       "mysql_str_to_datetime", FUNCTION_STRICT),
};

const struct function_table function_table_mysql = TABLE(functions);
