/* The operators, by symbol. */
#include "types/function_table.h"

/* The six comparisons of a type with itself. Order is the same at an origin for every
 * type but strings: there it depends on the origin's collation. */
#define COMPARE(type, order_flags)                                                     \
  F2("=", ONE(type), ONE(type), ONE(BOOLEAN), "=", PURE),                              \
      F2("<>", ONE(type), ONE(type), ONE(BOOLEAN), "<>", PURE),                        \
      F2("<", ONE(type), ONE(type), ONE(BOOLEAN), "<", order_flags),                   \
      F2("<=", ONE(type), ONE(type), ONE(BOOLEAN), "<=", order_flags),                 \
      F2(">", ONE(type), ONE(type), ONE(BOOLEAN), ">", order_flags),                   \
      F2(">=", ONE(type), ONE(type), ONE(BOOLEAN), ">=", order_flags)

/* Integers: SQLite's own operators but for the division, which must fail on zero. */
#define INTEGER_ARITHMETIC(type)                                                       \
  F2("+", ONE(type), ONE(type), ONE(type), "+", PURE),                                 \
      F2("-", ONE(type), ONE(type), ONE(type), "-", PURE),                             \
      F2("*", ONE(type), ONE(type), ONE(type), "*", PURE),                             \
      F2("/", ONE(type), ONE(type), ONE(type), "pg_divide", PURE),                     \
      F2("%", ONE(type), ONE(type), ONE(type), "pg_modulo", PURE),                     \
      F2("&", ONE(type), ONE(type), ONE(type), "&", PURE),                             \
      F2("|", ONE(type), ONE(type), ONE(type), "|", PURE),                             \
      F2("#", ONE(type), ONE(type), ONE(type), "pg_xor", PURE),                        \
      F1("+", ONE(type), ONE(type), "+", PURE),                                        \
      F1("-", ONE(type), ONE(type), "-", PURE),                                        \
      F1("~", ONE(type), ONE(type), "~", PURE),                                        \
      F1("@", ONE(type), ONE(type), "abs", PURE)

/* Between real and double precision. */
#define MIXED(symbol, sqlite)                                                          \
  F2(symbol, ONE(REAL), ONE(DOUBLE), ONE(DOUBLE), sqlite, PURE),                       \
      F2(symbol, ONE(DOUBLE), ONE(REAL), ONE(DOUBLE), sqlite, PURE)
#define MIXED_COMPARISON(symbol)                                                       \
  F2(symbol, ONE(REAL), ONE(DOUBLE), ONE(BOOLEAN), symbol, PURE),                      \
      F2(symbol, ONE(DOUBLE), ONE(REAL), ONE(BOOLEAN), symbol, PURE)

static const struct function operators[] = {
    COMPARE(BOOLEAN, PURE),
    COMPARE(SMALLINT, PURE),
    COMPARE(INTEGER, PURE),
    COMPARE(BIGINT, PURE),
    COMPARE(REAL, PURE),
    COMPARE(DOUBLE, PURE),
    MIXED_COMPARISON("="),
    MIXED_COMPARISON("<>"),
    MIXED_COMPARISON("<"),
    MIXED_COMPARISON("<="),
    MIXED_COMPARISON(">"),
    MIXED_COMPARISON(">="),
    COMPARE(NUMERIC, PURE),
    COMPARE(TEXT, FUNCTION_STRICT),
    COMPARE(CHAR, FUNCTION_STRICT),
    COMPARE(BYTEA, PURE),
    COMPARE(DATE, PURE),
    COMPARE(TIME, PURE),
    COMPARE(TIMETZ, PURE),
    COMPARE(TIMESTAMP, PURE),
    COMPARE(TIMESTAMPTZ, PURE),
    COMPARE(INTERVAL, PURE),
    COMPARE(UUID, PURE),
    COMPARE(ANYENUM, FUNCTION_STRICT),
    COMPARE(JSONB, PURE),
    COMPARE(ANYARRAY, FUNCTION_STRICT),

    INTEGER_ARITHMETIC(SMALLINT),
    INTEGER_ARITHMETIC(INTEGER),
    INTEGER_ARITHMETIC(BIGINT),
    F2("<<", ONE(SMALLINT), ONE(INTEGER), ONE(SMALLINT), "pg_shift_left_smallint",
       PURE),
    F2("<<", ONE(INTEGER), ONE(INTEGER), ONE(INTEGER), "pg_shift_left_integer", PURE),
    F2("<<", ONE(BIGINT), ONE(INTEGER), ONE(BIGINT), "pg_shift_left_bigint", PURE),
    F2(">>", ONE(SMALLINT), ONE(INTEGER), ONE(SMALLINT), "pg_shift_right_smallint",
       PURE),
    F2(">>", ONE(INTEGER), ONE(INTEGER), ONE(INTEGER), "pg_shift_right_integer", PURE),
    F2(">>", ONE(BIGINT), ONE(INTEGER), ONE(BIGINT), "pg_shift_right_bigint", PURE),

    F2("+", ONE(REAL), ONE(REAL), ONE(REAL), "pg_real_add", PURE),
    F2("-", ONE(REAL), ONE(REAL), ONE(REAL), "pg_real_subtract", PURE),
    F2("*", ONE(REAL), ONE(REAL), ONE(REAL), "pg_real_multiply", PURE),
    F2("/", ONE(REAL), ONE(REAL), ONE(REAL), "pg_real_divide", PURE),
    F1("+", ONE(REAL), ONE(REAL), "+", PURE),
    F1("-", ONE(REAL), ONE(REAL), "-", PURE),
    F1("@", ONE(REAL), ONE(REAL), "abs", PURE),

    MIXED("+", "+"),
    MIXED("-", "-"),
    MIXED("*", "*"),
    MIXED("/", "pg_divide"),

    F2("+", ONE(DOUBLE), ONE(DOUBLE), ONE(DOUBLE), "+", PURE),
    F2("-", ONE(DOUBLE), ONE(DOUBLE), ONE(DOUBLE), "-", PURE),
    F2("*", ONE(DOUBLE), ONE(DOUBLE), ONE(DOUBLE), "*", PURE),
    F2("/", ONE(DOUBLE), ONE(DOUBLE), ONE(DOUBLE), "pg_divide", PURE),
    F2("^", ONE(DOUBLE), ONE(DOUBLE), ONE(DOUBLE), "pg_power", PURE),
    F1("+", ONE(DOUBLE), ONE(DOUBLE), "+", PURE),
    F1("-", ONE(DOUBLE), ONE(DOUBLE), "-", PURE),
    F1("@", ONE(DOUBLE), ONE(DOUBLE), "abs", PURE),
    F1("|/", ONE(DOUBLE), ONE(DOUBLE), "pg_sqrt", PURE),
    F1("||/", ONE(DOUBLE), ONE(DOUBLE), "pg_cbrt", PURE),

    F2("+", ONE(NUMERIC), ONE(NUMERIC), ONE(NUMERIC), "pg_numeric_add", PURE),
    F2("-", ONE(NUMERIC), ONE(NUMERIC), ONE(NUMERIC), "pg_numeric_subtract", PURE),
    F2("*", ONE(NUMERIC), ONE(NUMERIC), ONE(NUMERIC), "pg_numeric_multiply", PURE),
    F2("/", ONE(NUMERIC), ONE(NUMERIC), ONE(NUMERIC), "pg_numeric_divide", PURE),
    F2("%", ONE(NUMERIC), ONE(NUMERIC), ONE(NUMERIC), "pg_numeric_modulo", PURE),
    F2("^", ONE(NUMERIC), ONE(NUMERIC), ONE(NUMERIC), "pg_numeric_power", PURE),
    F1("+", ONE(NUMERIC), ONE(NUMERIC), "+", PURE),
    F1("-", ONE(NUMERIC), ONE(NUMERIC), "pg_numeric_negate", PURE),
    F1("@", ONE(NUMERIC), ONE(NUMERIC), "pg_numeric_abs", PURE),

    F2("~", ONE(TEXT), ONE(TEXT), ONE(BOOLEAN), "pg_matches", FUNCTION_STRICT),
    F2("~*", ONE(TEXT), ONE(TEXT), ONE(BOOLEAN), "pg_matches_any_case",
       FUNCTION_STRICT),
    F2("!~", ONE(TEXT), ONE(TEXT), ONE(BOOLEAN), "pg_differs", FUNCTION_STRICT),
    F2("!~*", ONE(TEXT), ONE(TEXT), ONE(BOOLEAN), "pg_differs_any_case",
       FUNCTION_STRICT),

    F2("||", ONE(TEXT), ONE(TEXT), ONE(TEXT), "||", PURE),
    F2("||", ONE(TEXT), ONE(ANYTEXT), ONE(TEXT), "||", PURE | FUNCTION_SCALARS),
    F2("||", ONE(ANYTEXT), ONE(TEXT), ONE(TEXT), "||", PURE | FUNCTION_SCALARS),
    F2("||", ONE(TEXT), ONE(BOOLEAN), ONE(TEXT), "pg_text_concat_boolean", PURE),
    F2("||", ONE(BOOLEAN), ONE(TEXT), ONE(TEXT), "pg_boolean_concat_text", PURE),
    F2("||", ONE(BYTEA), ONE(BYTEA), ONE(BYTEA), "pg_bytea_concat", PURE),
    F2("||", ONE(JSONB), ONE(JSONB), ONE(JSONB), "pg_jsonb_concat", PURE),
    /* Before those that fit as well but take any element. */
    F2("||", MANY(BOOLEAN), ONE(BOOLEAN), MANY(BOOLEAN), "pg_array_append_boolean",
       FUNCTION_ORIGIN),
    F2("||", ONE(BOOLEAN), MANY(BOOLEAN), MANY(BOOLEAN), "pg_array_prepend_boolean",
       FUNCTION_ORIGIN),
    F2("||", ONE(ANYARRAY), ONE(ANYARRAY), ONE(ANYARRAY), "pg_array_cat",
       FUNCTION_ORIGIN),
    F2("||", ONE(ANYARRAY), ONE(ANYELEMENT), ONE(ANYARRAY), "pg_array_append",
       FUNCTION_ORIGIN),
    F2("||", ONE(ANYELEMENT), ONE(ANYARRAY), ONE(ANYARRAY), "pg_array_prepend",
       FUNCTION_ORIGIN),
    F2("^@", ONE(TEXT), ONE(TEXT), ONE(BOOLEAN), "pg_starts_with", PURE),

    F2("+", ONE(DATE), ONE(INTEGER), ONE(DATE), "pg_date_add", PURE),
    F2("+", ONE(INTEGER), ONE(DATE), ONE(DATE), "pg_integer_add_date", PURE),
    F2("-", ONE(DATE), ONE(INTEGER), ONE(DATE), "pg_date_subtract", PURE),
    F2("-", ONE(DATE), ONE(DATE), ONE(INTEGER), "pg_date_difference", PURE),
    F2("+", ONE(DATE), ONE(TIME), ONE(TIMESTAMP), "pg_date_add_time", PURE),
    F2("+", ONE(TIME), ONE(DATE), ONE(TIMESTAMP), "pg_time_add_date", PURE),
    F2("+", ONE(DATE), ONE(TIMETZ), ONE(TIMESTAMPTZ), "pg_date_add_timetz", PURE),
    F2("+", ONE(DATE), ONE(INTERVAL), ONE(TIMESTAMP), "pg_timestamp_add", PURE),
    F2("+", ONE(INTERVAL), ONE(DATE), ONE(TIMESTAMP), "pg_interval_add_timestamp",
       PURE),
    F2("-", ONE(DATE), ONE(INTERVAL), ONE(TIMESTAMP), "pg_timestamp_subtract", PURE),
    F2("+", ONE(TIMESTAMP), ONE(INTERVAL), ONE(TIMESTAMP), "pg_timestamp_add", PURE),
    F2("+", ONE(INTERVAL), ONE(TIMESTAMP), ONE(TIMESTAMP), "pg_interval_add_timestamp",
       PURE),
    F2("-", ONE(TIMESTAMP), ONE(INTERVAL), ONE(TIMESTAMP), "pg_timestamp_subtract",
       PURE),
    F2("-", ONE(TIMESTAMP), ONE(TIMESTAMP), ONE(INTERVAL), "pg_timestamp_difference",
       PURE),
    F2("+", ONE(TIMESTAMPTZ), ONE(INTERVAL), ONE(TIMESTAMPTZ), "pg_timestamptz_add",
       FUNCTION_STRICT),
    F2("+", ONE(INTERVAL), ONE(TIMESTAMPTZ), ONE(TIMESTAMPTZ),
       "pg_interval_add_timestamptz", FUNCTION_STRICT),
    F2("-", ONE(TIMESTAMPTZ), ONE(INTERVAL), ONE(TIMESTAMPTZ),
       "pg_timestamptz_subtract", FUNCTION_STRICT),
    F2("-", ONE(TIMESTAMPTZ), ONE(TIMESTAMPTZ), ONE(INTERVAL),
       "pg_timestamp_difference", PURE),
    F2("+", ONE(TIME), ONE(INTERVAL), ONE(TIME), "pg_time_add", PURE),
    F2("+", ONE(INTERVAL), ONE(TIME), ONE(TIME), "pg_interval_add_time", PURE),
    F2("-", ONE(TIME), ONE(INTERVAL), ONE(TIME), "pg_time_subtract", PURE),
    F2("+", ONE(TIMETZ), ONE(INTERVAL), ONE(TIMETZ), "pg_timetz_add", PURE),
    F2("+", ONE(INTERVAL), ONE(TIMETZ), ONE(TIMETZ), "pg_interval_add_timetz", PURE),
    F2("-", ONE(TIMETZ), ONE(INTERVAL), ONE(TIMETZ), "pg_timetz_subtract", PURE),
    F2("+", ONE(TIMETZ), ONE(DATE), ONE(TIMESTAMPTZ), "pg_timetz_add_date", PURE),
    F2("-", ONE(TIME), ONE(TIME), ONE(INTERVAL), "pg_time_difference", PURE),
    F2("+", ONE(INTERVAL), ONE(INTERVAL), ONE(INTERVAL), "pg_interval_add", PURE),
    F2("-", ONE(INTERVAL), ONE(INTERVAL), ONE(INTERVAL), "pg_interval_subtract", PURE),
    F1("-", ONE(INTERVAL), ONE(INTERVAL), "pg_interval_negate", PURE),
    F2("*", ONE(INTERVAL), ONE(DOUBLE), ONE(INTERVAL), "pg_interval_multiply", PURE),
    F2("*", ONE(DOUBLE), ONE(INTERVAL), ONE(INTERVAL), "pg_multiply_interval", PURE),
    F2("/", ONE(INTERVAL), ONE(DOUBLE), ONE(INTERVAL), "pg_interval_divide", PURE),

    F2("->", ONE(JSON), ONE(TEXT), ONE(JSON), "pg_json_field", PURE),
    F2("->", ONE(JSON), ONE(INTEGER), ONE(JSON), "pg_json_element", PURE),
    F2("->", ONE(JSONB), ONE(TEXT), ONE(JSONB), "pg_json_field", PURE),
    F2("->", ONE(JSONB), ONE(INTEGER), ONE(JSONB), "pg_jsonb_element", PURE),
    F2("->>", ONE(JSON), ONE(TEXT), ONE(TEXT), "pg_json_field_text", PURE),
    F2("->>", ONE(JSON), ONE(INTEGER), ONE(TEXT), "pg_json_element_text", PURE),
    F2("->>", ONE(JSONB), ONE(TEXT), ONE(TEXT), "pg_json_field_text", PURE),
    F2("->>", ONE(JSONB), ONE(INTEGER), ONE(TEXT), "pg_jsonb_element_text", PURE),
    F2("#>", ONE(JSON), MANY(TEXT), ONE(JSON), "pg_json_path", PURE),
    F2("#>", ONE(JSONB), MANY(TEXT), ONE(JSONB), "pg_json_path", PURE),
    F2("#>>", ONE(JSON), MANY(TEXT), ONE(TEXT), "pg_json_path_text", PURE),
    F2("#>>", ONE(JSONB), MANY(TEXT), ONE(TEXT), "pg_json_path_text", PURE),
    F2("@>", ONE(JSONB), ONE(JSONB), ONE(BOOLEAN), "pg_jsonb_contains", PURE),
    F2("<@", ONE(JSONB), ONE(JSONB), ONE(BOOLEAN), "pg_jsonb_contained", PURE),
    F2("?", ONE(JSONB), ONE(TEXT), ONE(BOOLEAN), "pg_jsonb_exists", PURE),
    F2("?|", ONE(JSONB), MANY(TEXT), ONE(BOOLEAN), "pg_jsonb_exists_any", PURE),
    F2("?&", ONE(JSONB), MANY(TEXT), ONE(BOOLEAN), "pg_jsonb_exists_all", PURE),
    F2("@?", ONE(JSONB), ONE(JSONPATH), ONE(BOOLEAN), "pg_jsonpath_exists_silent",
       FUNCTION_STRICT),
    F2("@@", ONE(JSONB), ONE(JSONPATH), ONE(BOOLEAN), "pg_jsonpath_match_silent",
       FUNCTION_STRICT),
    F2("-", ONE(JSONB), ONE(TEXT), ONE(JSONB), "pg_jsonb_delete_field", PURE),
    F2("-", ONE(JSONB), ONE(INTEGER), ONE(JSONB), "pg_jsonb_delete_element", PURE),
    F2("-", ONE(JSONB), MANY(TEXT), ONE(JSONB), "pg_jsonb_delete_fields", PURE),
    F2("#-", ONE(JSONB), MANY(TEXT), ONE(JSONB), "pg_jsonb_delete_path", PURE),

    F2("@>", ONE(ANYARRAY), ONE(ANYARRAY), ONE(BOOLEAN), "pg_array_contains", PURE),
    F2("<@", ONE(ANYARRAY), ONE(ANYARRAY), ONE(BOOLEAN), "pg_array_contained", PURE),
    F2("&&", ONE(ANYARRAY), ONE(ANYARRAY), ONE(BOOLEAN), "pg_array_overlap", PURE),
};

const struct function_table operator_table = TABLE(operators);
