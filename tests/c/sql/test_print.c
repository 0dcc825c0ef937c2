/* Tree to text in three dialects. */
#include "sql/statements.h"

static void assert_printed(enum sql_dialect dialect, const char *text,
                           const char *expected) {
  char *printed = translate(text, SQL_DIALECT_POSTGRES, dialect);
  assert_string_equal(printed, expected);
  free(printed);
}

static void assert_unprintable(enum sql_dialect dialect, const char *text,
                               uint32_t position, const char *name) {
  struct parsed parsed;
  struct buffer out;
  const struct sql_node *statement =
      read_statement(&parsed, SQL_DIALECT_POSTGRES, text);
  buffer_init(&out, memory_default());
  int code = sql_print(statement, dialect, &out, &parsed.error);
  if (code != TIDE_ERROR_NOT_SUPPORTED || parsed.error.position != position ||
      strstr(parsed.error.message, name) == NULL)
    fail_msg("%s: %s at %u, %s", text, parsed.error.message, parsed.error.position,
             buffer_string(&out));
  buffer_deinit(&out);
  forget(&parsed);
}

/* Parentheses stand where they are needed and nowhere else. */
static void test_parentheses(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"SELECT ((a)+((b)*(c)))", "SELECT a + b * c"},
      {"SELECT (((a)+(b))*(c))", "SELECT (a + b) * c"},
      {"SELECT (a)-((b)-(c))", "SELECT a - (b - c)"},
      {"SELECT ((a)-(b))-(c)", "SELECT a - b - c"},
      {"SELECT -((a)+(b))", "SELECT -(a + b)"},
      {"SELECT f((a), b=>-1, \"C\" := (b))", "SELECT f(a, b => -1, \"C\" => b)"},
      {"SELECT (-(a))+(b)", "SELECT -a + b"},
      {"SELECT -(-(a))", "SELECT - -a"},
      {"SELECT (-(a))::int", "SELECT (-a)::int"},
      {"SELECT -((a)::int)", "SELECT -a::int"},
      {"SELECT (NOT (a)) AND (b)", "SELECT NOT a AND b"},
      {"SELECT NOT ((a) AND (b))", "SELECT NOT (a AND b)"},
      {"SELECT ((a) OR (b)) AND (c)", "SELECT (a OR b) AND c"},
      {"SELECT (a) OR ((b) AND (c))", "SELECT a OR b AND c"},
      {"SELECT (a) AND ((b) AND (c))", "SELECT a AND (b AND c)"},
      {"SELECT ((a) = (b)) = (c)", "SELECT (a = b) = c"},
      {"SELECT ((a) || (b)) = (c)", "SELECT a || b = c"},
      {"SELECT (a) || ((b) = (c))", "SELECT a || (b = c)"},
      {"SELECT ((a) IS NULL) AND ((b) IN (1))", "SELECT a IS NULL AND b IN (1)"},
      {"SELECT ((a) IN (1)) IS NULL", "SELECT a IN (1) IS NULL"},
      {"SELECT (a) BETWEEN ((b) AND (c)) AND (d)", "SELECT a BETWEEN (b AND c) AND d"},
      {"SELECT (a) BETWEEN (b COLLATE \"C\") AND (c COLLATE \"C\")",
       "SELECT a BETWEEN (b COLLATE \"C\") AND c COLLATE \"C\""},
      {"SELECT ((a)[1])[2]", "SELECT a[1][2]"},
      {"SELECT (f(a))[1]", "SELECT (f(a))[1]"},
      {"SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)",
       "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3"},
      {"(SELECT 1 UNION SELECT 2) INTERSECT SELECT 3",
       "(SELECT 1 UNION SELECT 2) INTERSECT SELECT 3"},
      {"SELECT 1 EXCEPT (SELECT 2 EXCEPT SELECT 3)",
       "SELECT 1 EXCEPT (SELECT 2 EXCEPT SELECT 3)"},
      {"SELECT * FROM a JOIN (b JOIN c ON (x)) ON (y)",
       "SELECT * FROM a JOIN (b JOIN c ON x) ON y"},
      {"SELECT * FROM ((a JOIN b ON x) JOIN c ON y)",
       "SELECT * FROM a JOIN b ON x JOIN c ON y"}};
  for (size_t i = 0; i < COUNT(pairs); i++)
    assert_printed(SQL_DIALECT_POSTGRES, pairs[i][0], pairs[i][1]);
}

/* Names are quoted when they would read as something else. */
static void test_quotes(void **state) {
  (void)state;
  assert_printed(SQL_DIALECT_POSTGRES,
                 "SELECT Abc, \"Abc\", \"a b\", \"1a\", \"a\"\"b\"",
                 "SELECT abc, \"Abc\", \"a b\", \"1a\", \"a\"\"b\"");
  assert_printed(SQL_DIALECT_POSTGRES,
                 "SELECT \"select\", \"time\", \"left\", \"key\", data FROM \"user\"",
                 "SELECT \"select\", \"time\", \"left\", key, data FROM \"user\"");
  assert_printed(SQL_DIALECT_POSTGRES,
                 "SELECT \"lower\"(a), \"Lower\"(a), \"left\"(a, 1)",
                 "SELECT lower(a), \"Lower\"(a), left(a, 1)");
  assert_printed(SQL_DIALECT_POSTGRES,
                 "SELECT a::\"Type\", a::\"char\", a::\"integer\"",
                 "SELECT a::\"Type\", a::\"char\", a::integer");
  assert_printed(SQL_DIALECT_MYSQL, "SELECT a, \"B c\", \"d`e\", lower(f) FROM s.t",
                 "SELECT `a`, `B c`, `d``e`, lower(`f`) FROM `s`.`t`");
  assert_printed(SQL_DIALECT_SQLITE, "SELECT key, index, a, \"B\", raise FROM s.t",
                 "SELECT \"key\", \"index\", a, \"B\", \"raise\" FROM s.t");
}

/* For SQLite what is left is only spelled its way. */
static void test_sqlite(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"SELECT a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b",
       "SELECT a IS NOT b, a IS b"},
      {"SELECT CAST(a AS text), a::real, date '2020-01-01'",
       "SELECT CAST(a AS text), CAST(a AS real), CAST('2020-01-01' AS date)"},
      {"SELECT $2, ?, :x, $2", "SELECT ?2, ?1, ?2, ?2"},
      {"SELECT a IS UNKNOWN, TRUE", "SELECT a IS NULL, TRUE"},
      {"SELECT (a || b) * c, a * b || c", "SELECT a || b * c, (a * b) || c"},
      {"SELECT a = b IS NULL, (a < b) = c, NOT (a = b)",
       "SELECT (a = b) IS NULL, (a < b) = c, NOT a = b"},
      {"TABLE t", "SELECT * FROM t"},
      {"VALUES (1), (2)", "VALUES (1), (2)"},
      {"VALUES (1), (2) ORDER BY 1", "SELECT * FROM (VALUES (1), (2)) ORDER BY 1"},
      {"SELECT 1 UNION SELECT 2 INTERSECT SELECT 3",
       "SELECT 1 UNION SELECT * FROM (SELECT 2 INTERSECT SELECT 3)"},
      {"(SELECT 1 LIMIT 1) UNION ALL SELECT 2",
       "SELECT * FROM (SELECT 1 LIMIT 1) UNION ALL SELECT 2"},
      {"(SELECT 1 UNION SELECT 2) INTERSECT SELECT 3",
       "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3"},
      {"SELECT a FROM t OFFSET 3", "SELECT a FROM t LIMIT -1 OFFSET 3"},
      {"SELECT * FROM a CROSS JOIN b", "SELECT * FROM a JOIN b"},
      {"SELECT ROW(1, 2) = (a, b)", "SELECT (1, 2) = (a, b)"},
      {"INSERT INTO t SELECT * FROM u ON CONFLICT DO NOTHING",
       "INSERT INTO t SELECT * FROM u WHERE TRUE ON CONFLICT DO NOTHING"},
      {"INSERT INTO t SELECT * FROM u WHERE a ON CONFLICT (a) DO UPDATE SET b = "
       "excluded.b",
       "INSERT INTO t SELECT * FROM u WHERE a ON CONFLICT (a) DO UPDATE SET b = "
       "excluded.b"},
      {"INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
       "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING"},
      {"SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b ORDER BY c DESC NULLS "
       "LAST)",
       "SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b ORDER BY c DESC NULLS "
       "LAST)"}};
  for (size_t i = 0; i < COUNT(pairs); i++)
    assert_printed(SQL_DIALECT_SQLITE, pairs[i][0], pairs[i][1]);
}

/* What SQLite cannot say is refused with its position. */
static void test_sqlite_refuses(void **state) {
  (void)state;
  enum sql_dialect dialect = SQL_DIALECT_SQLITE;
  assert_unprintable(dialect, "SELECT a ILIKE b", 7, "ILIKE");
  assert_unprintable(dialect, "SELECT ARRAY[1]", 7, "ARRAY");
  assert_unprintable(dialect, "SELECT 1, a = ANY (b)", 10, "ANY");
  assert_unprintable(dialect, "SELECT a @> b", 7, "@>");
  assert_unprintable(dialect, "SELECT DISTINCT ON (a) b FROM t", 0, "DISTINCT ON");
  assert_unprintable(dialect, "SELECT a FROM t GROUP BY ROLLUP (a)", 25, "ROLLUP");
  assert_unprintable(dialect, "SELECT * FROM t, LATERAL (SELECT 1) x", 17, "LATERAL");
  assert_unprintable(dialect, "SELECT * FROM t AS x (a)", 14, "column names");
  assert_unprintable(dialect, "SELECT 1 EXCEPT ALL SELECT 2", 0, "EXCEPT ALL");
  assert_unprintable(dialect, "INSERT INTO t VALUES (DEFAULT)", 22, "DEFAULT");
  assert_unprintable(dialect, "DELETE FROM t USING u", 0, "USING");
  assert_unprintable(dialect, "TRUNCATE t", 0, "TRUNCATE");
}

/* For MySQL there are backticks, backslashes to double, and other words for the same. */
static void test_mysql(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"SELECT 'it''s', 'a\\b'", "SELECT 'it''s', 'a\\\\b'"},
      {"SELECT a || b || 'x'", "SELECT concat(concat(`a`, `b`), 'x')"},
      {"SELECT a IS NOT DISTINCT FROM b, a IS DISTINCT FROM b",
       "SELECT `a` <=> `b`, NOT `a` <=> `b`"},
      {"SELECT a FROM t ORDER BY a NULLS LAST, b DESC NULLS FIRST",
       "SELECT `a` FROM `t` ORDER BY `a` IS NULL, `a`, `b` IS NOT NULL, `b` DESC"},
      {"SELECT a::int, a::text, a::numeric(5, 2), a::timestamp, a::varchar(3)",
       "SELECT CAST(`a` AS SIGNED), CAST(`a` AS CHAR), CAST(`a` AS DECIMAL(5, 2)), "
       "CAST(`a` AS DATETIME), CAST(`a` AS CHAR(3))"},
      {"SELECT a FROM t OFFSET 2",
       "SELECT `a` FROM `t` LIMIT 18446744073709551615 OFFSET 2"},
      {"VALUES (1), (2)", "VALUES ROW(1), ROW(2)"},
      {"TABLE t", "SELECT * FROM `t`"},
      {"INSERT INTO t (a) VALUES (1)", "INSERT INTO `t` (`a`) VALUES (1)"},
      {"INSERT INTO t DEFAULT VALUES", "INSERT INTO `t` () VALUES ()"},
      {"INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
       "INSERT IGNORE INTO `t` VALUES (1)"},
      {"SELECT trim(a), trim(LEADING 'x' FROM a), rtrim(a), trim(BOTH 'x' FROM a)",
       "SELECT trim(`a`), trim(LEADING 'x' FROM `a`), rtrim(`a`), trim(BOTH 'x' FROM "
       "`a`)"},
      {"SELECT string_agg(a, '; ' ORDER BY b DESC, c NULLS FIRST), string_agg(DISTINCT "
       "a, '')",
       "SELECT GROUP_CONCAT(`a` ORDER BY `b` DESC, `c` SEPARATOR '; "
       "'), "
       "GROUP_CONCAT(DISTINCT `a` SEPARATOR '')"},
      {"SELECT CAST(a AS date) - CAST(b AS date), trunc(a), trunc(a, 2), "
       "extract(week FROM a), extract(dow FROM a), '\\x4142'::bytea",
       "SELECT DATEDIFF(CAST(`a` AS DATE), CAST(`b` AS DATE)), TRUNCATE(`a`, 0), "
       "TRUNCATE(`a`, 2), WEEK(`a`, 3), (DAYOFWEEK(`a`) - 1), X'4142'"},
      {"SELECT x FROM (SELECT 1) AS t (x), u AS v (a, b)",
       "SELECT `x` FROM (WITH `t` (`x`) AS (SELECT 1) SELECT * FROM `t`) AS `t`, "
       "(WITH `v` (`a`, `b`) AS (SELECT * FROM `u`) SELECT * FROM `v`) AS `v`"},
      {"SELECT mysql_divide(a + 1, b), mysql_concat(a, b), mysql_unsigned(a), "
       "strpos(a, b)",
       "SELECT ((`a` + 1) / `b`), concat(`a`, `b`), CAST(`a` AS UNSIGNED), instr(`a`, "
       "`b`)"},
      {"SELECT a FROM t ORDER BY a NULLS FIRST, b DESC NULLS LAST",
       "SELECT `a` FROM `t` ORDER BY `a`, `b` DESC"},
      {"SELECT a BETWEEN (b COLLATE \"C\") AND c",
       "SELECT `a` BETWEEN (`b` COLLATE C) AND `c`"},
      {"SELECT \"time\"(a), \"cube\"(a), lower(a)",
       "SELECT `time`(`a`), `cube`(`a`), lower(`a`)"},
      {"SELECT count(*) FILTER (WHERE a), sum(b) FILTER (WHERE c > 1), count(DISTINCT "
       "a) FILTER (WHERE d)",
       "SELECT count(CASE WHEN `a` THEN 1 END), sum(CASE WHEN `c` > 1 THEN `b` END), "
       "count(DISTINCT CASE WHEN `d` THEN `a` END)"},
      {"UPDATE t SET a = u.b, c = 1 FROM u, w AS x WHERE t.id = u.id",
       "UPDATE `t`, `u`, `w` AS `x` SET `t`.`a` = `u`.`b`, `t`.`c` = 1 WHERE `t`.`id` "
       "= "
       "`u`.`id`"},
      {"DELETE FROM t AS x USING u WHERE x.id = u.id",
       "DELETE `x` FROM `t` AS `x`, `u` WHERE `x`.`id` = `u`.`id`"},
      {"SELECT $1, $2, $1", "SELECT ?, ?, ?"}};
  for (size_t i = 0; i < COUNT(pairs); i++)
    assert_printed(SQL_DIALECT_MYSQL, pairs[i][0], pairs[i][1]);
}

/* What MySQL cannot say is refused. */
static void test_mysql_refuses(void **state) {
  (void)state;
  enum sql_dialect dialect = SQL_DIALECT_MYSQL;
  assert_unprintable(dialect, "SELECT a ILIKE b", 7, "ILIKE");
  assert_unprintable(dialect, "SELECT a ~ b", 7, "~");
  assert_unprintable(dialect, "SELECT a ^ b", 7, "^");
  assert_unprintable(dialect, "SHOW search_path", 5, "SHOW of a setting");
  assert_unprintable(dialect, "SELECT a ! ALL (SELECT b)", 7, "ALL");
  assert_unprintable(dialect, "SELECT a::uuid", 10, "uuid");
  assert_unprintable(dialect, "SELECT a::int[]", 10, "array");
  assert_unprintable(dialect, "SELECT * FROM a FULL JOIN b ON true", 14, "FULL JOIN");
  assert_unprintable(dialect, "SELECT json_agg(a) FILTER (WHERE b)", 7, "FILTER");
  assert_unprintable(dialect, "SELECT DISTINCT ON (a) b FROM t", 0, "DISTINCT ON");
  assert_unprintable(dialect, "INSERT INTO t VALUES (1) RETURNING a", 35, "RETURNING");
  assert_unprintable(dialect, "INSERT INTO t VALUES (1) ON CONFLICT (a) DO NOTHING", 25,
                     "ON CONFLICT");
  assert_unprintable(dialect, "UPDATE t SET a = b, b = a", 20, "assigned before");
  assert_unprintable(dialect, "SELECT * FROM generate_series(1, 2)", 14,
                     "function in FROM");
}

/* As a PostgreSQL server is sent it; NULL: refused. */
static void assert_served(const char *text, const char *expected) {
  struct parsed parsed;
  struct buffer out;
  struct sql_print_options options = {.dialect = SQL_DIALECT_POSTGRES, .server = true};
  read_statement(&parsed, SQL_DIALECT_POSTGRES, text);
  buffer_init(&out, memory_default());
  int code = sql_print_with(parsed.statement, &options, &out, &parsed.error);
  assert_int_equal(code, expected ? TIDE_OK : TIDE_ERROR_NOT_SUPPORTED);
  if (expected)
    assert_string_equal(buffer_string(&out), expected);
  buffer_deinit(&out);
  forget(&parsed);
}

/* A server is sent what it has in place of our functions. */
static void test_postgres_server(void **state) {
  (void)state;
  assert_served("SELECT mysql_date_format(a, '%d.%m. o''clock %%')",
                "SELECT to_char(CAST(a AS timestamp), 'DD\".\"MM\".\"\" "
                "\"\"o\"\"''\"\"c\"\"l\"\"o\"\"c\"\"k\"\" \"\"%\"')");
  assert_served("SELECT mysql_date_format(a, '%D')", NULL);
  assert_served("SELECT mysql_add_days(a::date, b, '-quarter')",
                "SELECT CAST((a::date) - b * interval '3 months' AS date)");
  assert_served("SELECT mysql_add_time(current_date, 2, 'hour')",
                "SELECT (current_date + 2 * interval '1 hour')");
  assert_served("SELECT mysql_add_days(a, 2, 'day')", NULL);
  assert_served("SELECT mysql_concat(a, b)", NULL);
}

/* Every subquery in FROM has an alias there, which nothing else in the statement means. */
static void test_unnamed_subqueries(void **state) {
  (void)state;
  assert_served("SELECT a FROM (SELECT 1 AS a), (VALUES (2)), (SELECT 3) AS b",
                "SELECT a FROM (SELECT 1 AS a) AS unnamed_subquery_1, (VALUES (2)) AS "
                "unnamed_subquery_2, (SELECT 3) AS b");
  assert_served("SELECT * FROM (SELECT * FROM (SELECT 1))",
                "SELECT * FROM (SELECT * FROM (SELECT 1) AS unnamed_subquery_1) AS "
                "unnamed_subquery_2");
  assert_served("SELECT unnamed_subquery_9.a FROM unnamed_subquery_9, (SELECT 1)",
                "SELECT unnamed_subquery_9.a FROM unnamed_subquery_9, (SELECT 1) AS "
                "unnamed_subquery_10");
  assert_served("SELECT * FROM (SELECT 1) JOIN unnamed_subquery_4294967295 ON TRUE",
                "SELECT * FROM (SELECT 1) AS unnamed_subquery_1 JOIN "
                "unnamed_subquery_4294967295 ON TRUE");
  assert_printed(SQL_DIALECT_POSTGRES, "SELECT * FROM (SELECT 1)",
                 "SELECT * FROM (SELECT 1)");
}

/* What only other dialects have cannot be written for PostgreSQL. */
static void test_postgres_refuses(void **state) {
  (void)state;
  struct parsed parsed;
  struct buffer out;
  read_statement(&parsed, SQL_DIALECT_MYSQL, "REPLACE INTO t VALUES (1)");
  buffer_init(&out, memory_default());
  assert_int_equal(
      sql_print(parsed.statement, SQL_DIALECT_POSTGRES, &out, &parsed.error),
      TIDE_ERROR_NOT_SUPPORTED);
  buffer_deinit(&out);
  forget(&parsed);
  char *blob = translate("SELECT X'CAFE'", SQL_DIALECT_SQLITE, SQL_DIALECT_POSTGRES);
  assert_string_equal(blob, "SELECT '\\xcafe'::bytea");
  free(blob);
}

/* Parameters sent to an origin are renumbered: each once where they have numbers, each time where they have none. */
static void test_renumbered(void **state) {
  (void)state;
  const char *text = "SELECT a + $3 FROM t WHERE b = $1 GROUP BY a + $3";
  int32_t parameters[3];
  struct sql_print_options options = {.dialect = SQL_DIALECT_POSTGRES,
                                      .renumber = true,
                                      .parameters = parameters,
                                      .parameter_capacity = 3};
  struct parsed parsed;
  struct buffer out;
  read_statement(&parsed, SQL_DIALECT_POSTGRES, text);
  buffer_init(&out, memory_default());
  assert_int_equal(sql_print_with(parsed.statement, &options, &out, &parsed.error),
                   TIDE_OK);
  assert_string_equal(buffer_string(&out),
                      "SELECT a + $1 FROM t WHERE b = $2 GROUP BY a + $1");
  assert_int_equal(options.parameter_count, 2);
  assert_int_equal(parameters[0], 3);
  assert_int_equal(parameters[1], 1);

  buffer_clear(&out);
  options.dialect = SQL_DIALECT_MYSQL;
  assert_int_equal(sql_print_with(parsed.statement, &options, &out, &parsed.error),
                   TIDE_OK);
  assert_string_equal(buffer_string(&out),
                      "SELECT `a` + ? FROM `t` WHERE `b` = ? GROUP BY `a` + ?");
  assert_int_equal(options.parameter_count, 3);
  assert_int_equal(parameters[2], 3);

  buffer_clear(&out);
  options.parameter_capacity = 2;
  assert_int_equal(sql_print_with(parsed.statement, &options, &out, &parsed.error),
                   TIDE_ERROR_LIMIT);
  buffer_deinit(&out);
  forget(&parsed);
}

/* Parts of a statement print by themselves: a body, a relation, a type, a list. */
static void test_parts(void **state) {
  (void)state;
  struct parsed parsed;
  struct buffer out;
  const struct sql_node *query =
      read_statement(&parsed, SQL_DIALECT_POSTGRES,
                     "SELECT a::int[], b AS c FROM t x JOIN u ON true ORDER BY 1 DESC");
  const struct sql_node *select = query->child[QUERY_BODY];
  const struct sql_node *cast = select->child[SELECT_RESULTS]->child[0]->child[0];
  buffer_init(&out, memory_default());
  sql_print(select->child[SELECT_RESULTS], SQL_DIALECT_POSTGRES, &out, &parsed.error);
  buffer_text(&out, "; ");
  sql_print(select->child[SELECT_FROM], SQL_DIALECT_POSTGRES, &out, &parsed.error);
  buffer_text(&out, "; ");
  sql_print(cast->child[CAST_TYPE], SQL_DIALECT_POSTGRES, &out, &parsed.error);
  buffer_text(&out, "; ");
  sql_print(query->child[QUERY_ORDER]->child[0], SQL_DIALECT_POSTGRES, &out,
            &parsed.error);
  assert_string_equal(buffer_string(&out),
                      "a::int[], b AS c; t AS x JOIN u ON TRUE; int[]; 1 DESC");
  assert_int_equal(parsed.error.code, TIDE_OK);
  buffer_deinit(&out);
  forget(&parsed);
}

static int print_renumbered(struct memory *memory, void *context) {
  struct parsed *parsed = context;
  int32_t parameters[3];
  struct sql_print_options options = {.dialect = SQL_DIALECT_POSTGRES,
                                      .renumber = true,
                                      .parameters = parameters,
                                      .parameter_capacity = 3};
  struct buffer out;
  struct error error;
  buffer_init(&out, memory);
  int code = sql_print_with(parsed->statement, &options, &out, &error);
  assert_int_equal(error.code, code);
  buffer_deinit(&out);
  return code;
}

/* Printing fails with 53200 when there is no memory for the text. */
static void test_failing_memory(void **state) {
  (void)state;
  struct parsed parsed;
  read_statement(
      &parsed, SQL_DIALECT_POSTGRES,
      "WITH x AS (SELECT $1 AS a) SELECT a, sum($2) OVER (PARTITION BY b) FROM "
      "x JOIN y USING (id) WHERE c IN (1, 2, $1) ORDER BY 1 LIMIT 5");
  each_failing_allocation(print_renumbered, &parsed);
  forget(&parsed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parentheses),
      cmocka_unit_test(test_quotes),
      cmocka_unit_test(test_sqlite),
      cmocka_unit_test(test_sqlite_refuses),
      cmocka_unit_test(test_mysql),
      cmocka_unit_test(test_mysql_refuses),
      cmocka_unit_test(test_postgres_server),
      cmocka_unit_test(test_unnamed_subqueries),
      cmocka_unit_test(test_postgres_refuses),
      cmocka_unit_test(test_renumbered),
      cmocka_unit_test(test_parts),
      cmocka_unit_test(test_failing_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
