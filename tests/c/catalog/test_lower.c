/* What SQLite is given: plain statements stay plain, and what SQLite does differently is spelled out. */
#include "bind_fixture.h"

/* --- plain statements --- */

/* Statements that mean the same in SQLite contain no function of ours. */
static void test_plain(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(f, "SELECT a, b FROM t WHERE id = $1",
            "SELECT t.a AS a, t.b AS b FROM t AS t WHERE t.id = ?1");
  lowers_to(
      f, "SELECT b FROM t WHERE b = $1 AND a > 5 ORDER BY id LIMIT 10",
      "SELECT t.b AS b FROM t AS t WHERE t.b = ?1 AND t.a > 5 ORDER BY t.id LIMIT 10");
  lowers_to(f, "INSERT INTO t (id, a, b, g) VALUES (1, $1, $2, 3)",
            "INSERT INTO t AS t (id, a, b, g) VALUES (1, ?1, ?2, 3)");
  lowers_to(f, "UPDATE t SET a = a + 1, b = $1 WHERE id = $2",
            "UPDATE t AS t SET a = t.a + 1, b = ?1 WHERE t.id = ?2");
  lowers_to(f, "DELETE FROM t WHERE id = $1", "DELETE FROM t AS t WHERE t.id = ?1");
  lowers_to(f, "SELECT u.name FROM s.t JOIN u ON u.t_id = t.id",
            "SELECT u.name AS name FROM \"s.t\" AS t JOIN u AS u ON u.t_id = t.id");
}

/* An index can serve ORDER BY: NULLS is spelled only where it can matter and SQLite would do otherwise. */
static void test_nulls(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(
      f, "SELECT 1 FROM t ORDER BY g, a, b DESC, e NULLS FIRST, d DESC NULLS LAST",
      "SELECT 1 AS \"?column?\" FROM t AS t ORDER BY t.g, t.a NULLS LAST, t.b DESC "
      "NULLS FIRST, t.e, t.d DESC");
  /* What an outer join may leave out can be NULL whatever is declared. */
  lowers_to(
      f, "SELECT 1 FROM t LEFT JOIN u ON u.id = t.id ORDER BY u.id, t.id",
      "SELECT 1 AS \"?column?\" FROM t AS t LEFT JOIN u AS u ON u.id = t.id ORDER BY "
      "u.id NULLS LAST, t.id");
}

/* --- types --- */

/* Literals are given as they are stored; a conversion of a constant is done here. */
static void test_literals(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(
      f, "SELECT 1.50, .5, 5., 00.1, -1.5, 1::numeric, '5'::integer, 2::float8",
      "SELECT '1.50' AS \"?column?\", '0.5' AS \"?column?\", '5' AS \"?column?\", "
      "'0.1' AS \"?column?\", '-1.5' AS \"?column?\", '1' AS \"numeric\", 5 AS int4, "
      "2.0 AS float8");
  lowers_to(
      f, "SELECT 0x1F, 1_000, 'true'::boolean, 'f'::boolean",
      "SELECT 31 AS \"?column?\", 1000 AS \"?column?\", TRUE AS bool, FALSE AS bool");
  refuses(f, "SELECT 'abc'::integer", "22P02", 7,
          "invalid input syntax for type integer: \"abc\"");
}

/* A comparison of numerics names their collation, unless a column brings it. */
static void test_collations(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(f, "SELECT 1 FROM t WHERE c = 1.5 AND 1.5 < c AND c + 1 > 2",
            "SELECT 1 AS \"?column?\" FROM t AS t WHERE t.c = '1.5' AND '1.5' COLLATE "
            "numeric < t.c AND pg_numeric_add(t.c, '1') COLLATE numeric > '2'");
  lowers_to(
      f, "SELECT DISTINCT c || 'x' FROM t ORDER BY 1",
      "SELECT DISTINCT t.c || 'x' AS \"?column?\" FROM t AS t ORDER BY 1 NULLS LAST");
  /* Of equal numbers the least spelling is shown. */
  lowers_to(
      f, "SELECT DISTINCT c + 1 FROM t ORDER BY 1",
      "SELECT pg_spelling(__rows.\"?column?\") AS \"?column?\" FROM (SELECT "
      "pg_numeric_add(t.c, '1') AS \"?column?\" FROM t AS t) AS __rows GROUP BY "
      "__rows.\"?column?\" COLLATE numeric ORDER BY 1 COLLATE numeric NULLS LAST");
  lowers_to(f, "SELECT count(*) FROM t GROUP BY c + 1 HAVING c + 1 > 2",
            "SELECT count(*) AS count FROM t AS t GROUP BY pg_numeric_add(t.c, '1') "
            "COLLATE numeric HAVING pg_spelling(pg_numeric_add(t.c, '1')) COLLATE "
            "numeric > '2'");
  /* The text of a number is compared as text. */
  lowers_to(
      f, "SELECT 1 FROM t ORDER BY c::text",
      "SELECT 1 AS \"?column?\" FROM t AS t ORDER BY t.c COLLATE BINARY NULLS LAST");
  /* In SQLite a collation named inside an expression decides how the whole is compared. */
  lowers_to(
      f, "SELECT 1 FROM t WHERE upper(CASE WHEN c + 1 > 2 THEN b END) = b",
      "SELECT 1 AS \"?column?\" FROM t AS t WHERE pg_upper(CASE WHEN "
      "pg_numeric_add(t.c, '1') COLLATE numeric > '2' THEN t.b END) COLLATE BINARY = "
      "t.b");
}

/* A number in ORDER BY or GROUP BY that is no number of a result must not become one. */
static void test_no_ordinals(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(f, "SELECT b FROM t ORDER BY 1::bigint, 2 + 0",
            "SELECT t.b AS b FROM t AS t ORDER BY NULL, NULL NULLS LAST");
  lowers_to(f, "SELECT count(*) FROM t GROUP BY 5::bigint",
            "SELECT count(*) AS count FROM t AS t GROUP BY NULL");
}

/* Division is SQLite's own where the divisor is known. */
static void test_operators(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(
      f, "SELECT a / 2, a % 3, a / g, a / 0 FROM t",
      "SELECT t.a / 2 AS \"?column?\", t.a % 3 AS \"?column?\", pg_divide(t.a, t.g) "
      "AS \"?column?\", pg_divide(t.a, 0) AS \"?column?\" FROM t AS t");
  lowers_to(
      f, "SELECT b LIKE 'x%', b ILIKE 'x%', b LIKE 'x' ESCAPE '' FROM t",
      "SELECT t.b LIKE 'x%' ESCAPE '\\' AS \"?column?\", pg_ilike(t.b, 'x%', '\\') AS "
      "\"?column?\", t.b LIKE 'x' AS \"?column?\" FROM t AS t");
}

/* --- rewrites --- */

/* A scalar subquery that may give several rows checks it; one that cannot does not. */
static void test_single_row(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(f, "SELECT (SELECT name FROM u)",
            "SELECT (SELECT pg_single_row(u.name) AS name FROM u AS u) AS name");
  lowers_to(f, "SELECT (SELECT name FROM u WHERE id = 1)",
            "SELECT (SELECT u.name AS name FROM u AS u WHERE u.id = 1) AS name");
  lowers_to(
      f, "SELECT (SELECT v FROM keyed WHERE a = 1 AND b = u.id) FROM u",
      "SELECT (SELECT keyed.v AS v FROM keyed AS keyed WHERE keyed.a = 1 AND keyed.b "
      "= u.id) AS v FROM u AS u");
  lowers_to(
      f, "SELECT (SELECT max(id) FROM u), (SELECT id FROM u LIMIT 1)",
      "SELECT (SELECT max(u.id) AS max FROM u AS u) AS max, (SELECT u.id AS id FROM u "
      "AS u LIMIT 1) AS id");
  lowers_to(
      f, "SELECT (SELECT DISTINCT id FROM u)",
      "SELECT (SELECT pg_single_row(__rows.id) AS id FROM (SELECT DISTINCT u.id AS id "
      "FROM u AS u) AS __rows) AS id");
}

/* DISTINCT ON keeps the first row of each group by its number. */
static void test_distinct_on(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(
      f, "SELECT DISTINCT ON (t_id) t_id, name FROM u ORDER BY t_id, id DESC",
      "SELECT __groups.t_id AS t_id, __groups.name AS name FROM (SELECT u.t_id AS "
      "t_id, u.name AS name, row_number() OVER (PARTITION BY u.t_id ORDER BY u.t_id "
      "NULLS LAST, u.id DESC) AS __number, u.id AS __order_3 FROM u AS u) AS __groups "
      "WHERE __groups.__number = 1 ORDER BY 1 NULLS LAST, __groups.__order_3 DESC");
}

/* Set operations lean to the left in SQLite; ALL of INTERSECT and EXCEPT goes by the numbers of equal rows. */
static void test_set_operations(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(f, "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3",
            "SELECT 1 AS \"?column?\" UNION SELECT * FROM (SELECT 2 AS \"?column?\" "
            "INTERSECT SELECT 3 AS \"?column?\")");
  lowers_to(f, "(SELECT 1 UNION SELECT 2) INTERSECT SELECT 3",
            "SELECT * FROM (SELECT 1 AS \"?column?\" UNION SELECT 2 AS \"?column?\") "
            "INTERSECT SELECT 3 AS \"?column?\"");
  lowers_to(
      f, "SELECT id FROM u EXCEPT ALL SELECT 1",
      "SELECT __numbered.id AS id FROM (SELECT __rows.id AS id, row_number() OVER "
      "(PARTITION BY __rows.id) AS __number FROM (SELECT u.id AS id FROM u AS u) AS "
      "__rows EXCEPT SELECT __rows.\"?column?\" AS \"?column?\", row_number() OVER "
      "(PARTITION BY __rows.\"?column?\") AS __number FROM (SELECT 1 AS \"?column?\") "
      "AS __rows) AS __numbered");
}

/* ANY and ALL have PostgreSQL's three values. */
static void test_quantified(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(
      f, "SELECT 1 FROM t WHERE a = ANY (SELECT t_id FROM u)",
      "SELECT 1 AS \"?column?\" FROM t AS t WHERE t.a IN (SELECT u.t_id AS t_id FROM u "
      "AS u)");
  lowers_to(
      f, "SELECT 1 FROM t WHERE a > ALL (SELECT t_id FROM u)",
      "SELECT 1 AS \"?column?\" FROM t AS t WHERE (SELECT CASE WHEN min(t.a > "
      "__elements.t_id) = 0 THEN FALSE WHEN count(t.a > __elements.t_id) < count(*) "
      "THEN NULL ELSE TRUE END FROM (SELECT u.t_id AS t_id FROM u AS u) AS "
      "__elements)");
  lowers_to(f, "SELECT 1 FROM t WHERE id = ANY ($1)",
            "SELECT 1 AS \"?column?\" FROM t AS t WHERE t.id IN (SELECT "
            "__elements.value FROM "
            "pg_unnest(coalesce(pg_integer_array(?1), '[null]')) AS __elements)");
}

/* A comma binds like JOIN in SQLite: a RIGHT JOIN behind it is put in parentheses. */
static void test_commas(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(
      f, "SELECT 1 FROM t, keyed RIGHT JOIN u ON u.id = keyed.a",
      "SELECT 1 AS \"?column?\" FROM t AS t JOIN (keyed AS keyed RIGHT JOIN u AS u ON "
      "u.id = keyed.a)");
  lowers_to(f, "SELECT 1 FROM t CROSS JOIN u",
            "SELECT 1 AS \"?column?\" FROM t AS t JOIN u AS u");
}

/* random() in a subquery is evaluated once per row, however often its column is used. */
static void test_volatile(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(f, "SELECT x, x FROM (SELECT random() AS x) q",
            "SELECT q.x AS x, q.x AS x FROM (WITH __once AS MATERIALIZED (SELECT "
            "pg_random() AS x) SELECT * FROM __once) AS q");
}

/* --- writes --- */

/* Numbers, defaults and keys do not depend on what SQLite would put there. */
static void test_inserts(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(f, "INSERT INTO t (id) VALUES ($1)",
            "INSERT INTO t AS t (id, g) VALUES (coalesce(?1, "
            "__tidemark_refuse_null('id', 't', 'public')), 7)");
  lowers_to(f, "INSERT INTO t (a) VALUES (1)",
            "INSERT INTO t AS t (a, g, id) VALUES (1, 7, coalesce(NULL, "
            "__tidemark_refuse_null('id', 't', 'public')))");
  lowers_to(
      f, "INSERT INTO numbered DEFAULT VALUES RETURNING id",
      "INSERT INTO numbered AS numbered (name) VALUES (pg_upper('x')) RETURNING id AS "
      "id");
  lowers_to(f, "INSERT INTO numbered VALUES (DEFAULT, 'x')",
            "INSERT INTO numbered AS numbered (id, name) VALUES (NULL, 'x')");
}

/* ON CONFLICT, UPDATE … FROM and DELETE … USING in SQLite's spelling. */
static void test_writes(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  lowers_to(
      f,
      "INSERT INTO keyed VALUES (1, 2, 'x') ON CONFLICT (a, b) DO UPDATE SET v = "
      "excluded.v WHERE keyed.v <> 'y'",
      "INSERT INTO keyed AS keyed (a, b, v) VALUES (1, 2, 'x') ON CONFLICT (a, b) DO "
      "UPDATE SET v = excluded.v WHERE keyed.v <> 'y'");
  lowers_to(
      f, "INSERT INTO keyed SELECT id, id, b FROM t ON CONFLICT DO NOTHING",
      "INSERT INTO keyed AS keyed (a, b, v) SELECT t.id AS id, t.id AS id, t.b AS b "
      "FROM t AS t WHERE TRUE ON CONFLICT DO NOTHING");
  lowers_to(
      f, "UPDATE t SET b = u.name FROM u WHERE u.t_id = t.id RETURNING t.id",
      "UPDATE t AS t SET b = u.name FROM u AS u WHERE u.t_id = t.id RETURNING id AS "
      "id");
  lowers_to(
      f, "DELETE FROM t USING u WHERE u.t_id = t.id",
      "DELETE FROM t AS t WHERE EXISTS (SELECT 1 FROM u AS u WHERE u.t_id = t.id)");
}

/* --- what is refused --- */

/* What cannot be said exactly is refused by name, where it stands. */
static void test_refused(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  refuses(f, "SELECT 1 WHERE generate_series(1, 3) = 1", "0A000", 15,
          "a function that returns rows outside FROM and the select list is not "
          "supported");
  refuses(f, "WITH x AS (DELETE FROM t RETURNING id) SELECT * FROM x", "0A000", 11,
          "a write inside WITH in a view, a definition or EXPLAIN is not supported");
  refuses(f, "SELECT id FROM t WHERE t < t", "0A000", 23,
          "this operator on whole rows is not supported");
  refuses(f, "SELECT string_agg(DISTINCT b, b) FROM t", "0A000", 7,
          "DISTINCT in an aggregate of several arguments is not supported");
  refuses(f, "SELECT b COLLATE \"de_DE\" FROM t", "0A000", 7,
          "collation \"de_DE\" is not supported");
  refuses(f, "UPDATE t SET b = 'x' FROM u RETURNING u.id", "0A000", 38,
          "RETURNING a column of another table than the one written is not supported");
}

/* Hostile nesting ends with an error, not with the stack. */
static void test_depth(void **state) {
  struct fixture *f = *state;
  enum { LEVELS = 5000 };
  create_tables(f);
  char *sql = malloc(LEVELS * 12 + 64);
  static const char *const openings[] = {"(", "- ", "NOT ", "(SELECT ", "a + "};
  for (size_t kind = 0; kind < COUNT(openings); kind++) {
    char *end = sql + sprintf(sql, "SELECT ");
    for (int i = 0; i < LEVELS; i++)
      end += sprintf(end, "%s", openings[kind]);
    end += sprintf(end, "1");
    for (int i = 0; i < LEVELS && openings[kind][0] == '('; i++)
      *end++ = ')';
    *end = '\0';
    struct planned planned;
    bind(f, &planned, sql);
    if (planned.code == TIDE_OK)
      (void)lower_statement(&planned.binding, planned.tree);
    assert_true(planned.code == TIDE_OK ||
                strcmp(f->sqlite.error.sqlstate, "54001") == 0 ||
                strcmp(f->sqlite.error.sqlstate, "42601") == 0 ||
                strcmp(f->sqlite.error.sqlstate, "42703") == 0);
    unplan(&planned);
  }
  free(sql);
}

/* Views over views add up. */
static void test_deep_views(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  char sql[128];
  succeeds(f, "CREATE VIEW d0 AS SELECT id FROM t");
  bool refused = false;
  for (int i = 1; i < 400 && !refused; i++) {
    snprintf(sql, sizeof sql, "CREATE VIEW d%d AS SELECT id FROM d%d", i, i - 1);
    refused = run(f, sql) != TIDE_OK;
  }
  assert_true(refused);
  assert_string_equal(f->sqlite.error.sqlstate, "54001");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_plain),      CASE(test_nulls),       CASE(test_literals),
      CASE(test_collations), CASE(test_no_ordinals), CASE(test_operators),
      CASE(test_single_row), CASE(test_distinct_on), CASE(test_set_operations),
      CASE(test_quantified), CASE(test_commas),      CASE(test_volatile),
      CASE(test_inserts),    CASE(test_writes),      CASE(test_refused),
      CASE(test_depth),      CASE(test_deep_views),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
