/* Aggregates and window functions. */
#include "types/function_table.h"

#define AGGREGATE (FUNCTION_AGGREGATE | FUNCTION_ORIGIN)
#define WINDOW    (FUNCTION_WINDOW | FUNCTION_ORIGIN)
#define FRAMED    (AGGREGATE | FUNCTION_FRAMED)
#define ORDERED   (AGGREGATE | FUNCTION_ORDERED)

/* The order of strings depends on the origin's collation, that of arrays may. */
#define EXTREMES(type, flags)                                                          \
  F1("min", ONE(type), ONE(type), "min", flags),                                       \
      F1("max", ONE(type), ONE(type), "max", flags)

/* Variance and its square root; for integers and numeric PostgreSQL gives numeric. */
#define DEVIATION(name, sqlite)                                                        \
  F1(name, ONE(DOUBLE), ONE(DOUBLE), sqlite, FRAMED),                                  \
      F1(name, ONE(REAL), ONE(DOUBLE), sqlite, FRAMED),                                \
      F1(name, ONE(SMALLINT), ONE(NUMERIC), sqlite "_numeric", AGGREGATE),             \
      F1(name, ONE(INTEGER), ONE(NUMERIC), sqlite "_numeric", AGGREGATE),              \
      F1(name, ONE(BIGINT), ONE(NUMERIC), sqlite "_numeric", AGGREGATE),               \
      F1(name, ONE(NUMERIC), ONE(NUMERIC), sqlite "_numeric", AGGREGATE)

/* Statistics of pairs (y, x). */
#define PAIRS(name, result)                                                            \
  F2(name, ONE(DOUBLE), ONE(DOUBLE), ONE(result), "pg_" name, FRAMED)

/* The order of strings depends on the origin's collation. */
#define OF_ANY (ORDERED & ~FUNCTION_ORIGIN)

/* What the window function of that name would give for a row that is not there. */
#define HYPOTHETICAL(name, result)                                                     \
  F1(name, ONE(ANY), ONE(result), "pg_" name, OF_ANY | FUNCTION_VARIADIC)

#define BITWISE(type)                                                                  \
  F1("bit_and", ONE(type), ONE(type), "pg_bit_and", FRAMED),                           \
      F1("bit_or", ONE(type), ONE(type), "pg_bit_or", FRAMED),                         \
      F1("bit_xor", ONE(type), ONE(type), "pg_bit_xor", FRAMED)

static const struct function functions[] = {
    F0("count", ONE(BIGINT), "count", AGGREGATE),
    F1("count", ONE(ANY), ONE(BIGINT), "count", AGGREGATE),

    F1("sum", ONE(SMALLINT), ONE(BIGINT), "sum", AGGREGATE),
    F1("sum", ONE(INTEGER), ONE(BIGINT), "sum", AGGREGATE),
    F1("sum", ONE(BIGINT), ONE(NUMERIC), "pg_sum_numeric", AGGREGATE),
    F1("sum", ONE(NUMERIC), ONE(NUMERIC), "pg_sum_numeric", AGGREGATE),
    F1("sum", ONE(REAL), ONE(REAL), "pg_sum_real", FRAMED),
    F1("sum", ONE(DOUBLE), ONE(DOUBLE), "pg_sum_double", AGGREGATE),
    F1("sum", ONE(INTERVAL), ONE(INTERVAL), "pg_sum_interval", AGGREGATE),

    F1("avg", ONE(SMALLINT), ONE(NUMERIC), "pg_avg_numeric", AGGREGATE),
    F1("avg", ONE(INTEGER), ONE(NUMERIC), "pg_avg_numeric", AGGREGATE),
    F1("avg", ONE(BIGINT), ONE(NUMERIC), "pg_avg_numeric", AGGREGATE),
    F1("avg", ONE(NUMERIC), ONE(NUMERIC), "pg_avg_numeric", AGGREGATE),
    F1("avg", ONE(REAL), ONE(DOUBLE), "pg_avg_double", AGGREGATE),
    F1("avg", ONE(DOUBLE), ONE(DOUBLE), "pg_avg_double", AGGREGATE),
    F1("avg", ONE(INTERVAL), ONE(INTERVAL), "pg_avg_interval", AGGREGATE),

    EXTREMES(SMALLINT, AGGREGATE),
    EXTREMES(INTEGER, AGGREGATE),
    EXTREMES(BIGINT, AGGREGATE),
    EXTREMES(REAL, AGGREGATE),
    EXTREMES(DOUBLE, AGGREGATE),
    EXTREMES(NUMERIC, AGGREGATE),
    EXTREMES(TEXT, FUNCTION_AGGREGATE),
    EXTREMES(CHAR, FUNCTION_AGGREGATE),
    EXTREMES(BYTEA, AGGREGATE),
    EXTREMES(DATE, AGGREGATE),
    EXTREMES(TIME, AGGREGATE),
    EXTREMES(TIMETZ, AGGREGATE),
    EXTREMES(TIMESTAMP, AGGREGATE),
    EXTREMES(TIMESTAMPTZ, AGGREGATE),
    EXTREMES(INTERVAL, AGGREGATE),
    EXTREMES(ANYENUM, FUNCTION_AGGREGATE),
    EXTREMES(ANYARRAY, FUNCTION_AGGREGATE),

    /* Booleans are 0 and 1. */
    F1("bool_and", ONE(BOOLEAN), ONE(BOOLEAN), "min", AGGREGATE),
    F1("bool_or", ONE(BOOLEAN), ONE(BOOLEAN), "max", AGGREGATE),
    F1("every", ONE(BOOLEAN), ONE(BOOLEAN), "min", AGGREGATE),
    BITWISE(SMALLINT),
    BITWISE(INTEGER),
    BITWISE(BIGINT),
    DEVIATION("stddev", "pg_stddev_samp"),
    DEVIATION("stddev_samp", "pg_stddev_samp"),
    DEVIATION("stddev_pop", "pg_stddev_pop"),
    DEVIATION("variance", "pg_var_samp"),
    DEVIATION("var_samp", "pg_var_samp"),
    DEVIATION("var_pop", "pg_var_pop"),
    PAIRS("corr", DOUBLE),
    PAIRS("covar_pop", DOUBLE),
    PAIRS("covar_samp", DOUBLE),
    PAIRS("regr_avgx", DOUBLE),
    PAIRS("regr_avgy", DOUBLE),
    PAIRS("regr_count", BIGINT),
    PAIRS("regr_intercept", DOUBLE),
    PAIRS("regr_r2", DOUBLE),
    PAIRS("regr_slope", DOUBLE),
    PAIRS("regr_sxx", DOUBLE),
    PAIRS("regr_sxy", DOUBLE),
    PAIRS("regr_syy", DOUBLE),

    /* Of PostgreSQL 16: an origin may be older. */
    F1("any_value", ONE(ANYELEMENT), ONE(ANYELEMENT), "pg_any_value",
       FUNCTION_AGGREGATE | FUNCTION_FRAMED),
    F1("any_value", ONE(ANYARRAY), ONE(ANYARRAY), "pg_any_value",
       FUNCTION_AGGREGATE | FUNCTION_FRAMED),

    F2("percentile_cont", ONE(DOUBLE), ONE(DOUBLE), ONE(DOUBLE), "pg_percentile_cont",
       ORDERED),
    F2("percentile_cont", ONE(DOUBLE), ONE(INTERVAL), ONE(INTERVAL),
       "pg_percentile_interval", ORDERED),
    F2("percentile_cont", MANY(DOUBLE), ONE(DOUBLE), MANY(DOUBLE),
       "pg_percentiles_cont", ORDERED),
    F2("percentile_cont", MANY(DOUBLE), ONE(INTERVAL), MANY(INTERVAL),
       "pg_percentiles_interval", ORDERED),
    F2("percentile_disc", ONE(DOUBLE), ONE(ANYELEMENT), ONE(ANYELEMENT),
       "pg_percentile_disc", OF_ANY),
    F2("percentile_disc", MANY(DOUBLE), ONE(ANYELEMENT), ONE(ANYARRAY),
       "pg_percentiles_disc", OF_ANY),
    F2("percentile_disc", MANY(DOUBLE), ONE(BOOLEAN), MANY(BOOLEAN),
       "pg_percentiles_boolean", ORDERED),
    F1("mode", ONE(ANYELEMENT), ONE(ANYELEMENT), "pg_mode", OF_ANY),
    HYPOTHETICAL("rank", BIGINT),
    HYPOTHETICAL("dense_rank", BIGINT),
    HYPOTHETICAL("percent_rank", DOUBLE),
    HYPOTHETICAL("cume_dist", DOUBLE),

    F2("string_agg", ONE(TEXT), ONE(TEXT), ONE(TEXT), "string_agg", AGGREGATE),
    F1("array_agg", ONE(ANYELEMENT), ONE(ANYARRAY), "pg_array_agg", AGGREGATE),
    F1("array_agg", ONE(BOOLEAN), MANY(BOOLEAN), "pg_array_agg_boolean", AGGREGATE),
    F1("array_agg", ONE(ANYARRAY), ONE(ANYARRAY), "pg_array_agg_nested", AGGREGATE),
    F1("array_agg", ONE(RECORD), MANY(RECORD), "pg_array_agg", AGGREGATE),
    F1("json_agg", ONE(RECORD), ONE(JSON), "pg_json_agg_lines", AGGREGATE),
    F1("json_agg", ONE(ANYJSON), ONE(JSON), "pg_json_agg", AGGREGATE),
    F1("jsonb_agg", ONE(ANYJSON), ONE(JSONB), "pg_jsonb_agg", AGGREGATE),
    F2("json_object_agg", ONE(ANYJSON), ONE(ANYJSON), ONE(JSON), "pg_json_object_agg",
       AGGREGATE),
    F2("jsonb_object_agg", ONE(ANYJSON), ONE(ANYJSON), ONE(JSONB),
       "pg_jsonb_object_agg", AGGREGATE),

    F0("row_number", ONE(BIGINT), "row_number", WINDOW),
    F0("rank", ONE(BIGINT), "rank", WINDOW),
    F0("dense_rank", ONE(BIGINT), "dense_rank", WINDOW),
    F0("percent_rank", ONE(DOUBLE), "percent_rank", WINDOW),
    F0("cume_dist", ONE(DOUBLE), "cume_dist", WINDOW),
    F1("ntile", ONE(INTEGER), ONE(INTEGER), "ntile", WINDOW),
    F1("lag", ONE(ANYELEMENT), ONE(ANYELEMENT), "lag", WINDOW),
    F2("lag", ONE(ANYELEMENT), ONE(INTEGER), ONE(ANYELEMENT), "lag", WINDOW),
    F3("lag", ONE(ANYELEMENT), ONE(INTEGER), ONE(ANYELEMENT), ONE(ANYELEMENT), "lag",
       WINDOW),
    F1("lead", ONE(ANYELEMENT), ONE(ANYELEMENT), "lead", WINDOW),
    F2("lead", ONE(ANYELEMENT), ONE(INTEGER), ONE(ANYELEMENT), "lead", WINDOW),
    F3("lead", ONE(ANYELEMENT), ONE(INTEGER), ONE(ANYELEMENT), ONE(ANYELEMENT), "lead",
       WINDOW),
    F1("first_value", ONE(ANYELEMENT), ONE(ANYELEMENT), "first_value", WINDOW),
    F1("last_value", ONE(ANYELEMENT), ONE(ANYELEMENT), "last_value", WINDOW),
    F2("nth_value", ONE(ANYELEMENT), ONE(INTEGER), ONE(ANYELEMENT), "nth_value",
       WINDOW),
};

const struct function_table function_table_aggregate = TABLE(functions);
