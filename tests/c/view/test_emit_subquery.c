/* Tests of view/emit_subquery.c: EXISTS, IN, NOT IN, one value, arrays, LATERAL, correlated or not. */
#include "blog.h"
#include "lib/local_story.h"

/* Subqueries in WHERE. */
static void test_conditions(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT a.id, a.name FROM author a WHERE EXISTS (SELECT 1 FROM post p WHERE "
      "p.author = a.id AND p.score > 5)",
      "SELECT a.id FROM author a WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.author "
      "= a.id)",
      "SELECT a.id FROM author a WHERE a.id IN (SELECT p.author FROM post p WHERE "
      "p.score > 2)",
      "SELECT a.id FROM author a WHERE a.id NOT IN (SELECT p.author FROM post p)",
      "SELECT a.id FROM author a WHERE a.town NOT IN (SELECT t.id FROM town t)",
      "SELECT p.id FROM post p WHERE p.score > (SELECT avg(q.score) FROM post q WHERE "
      "q.author = p.author)",
      "SELECT p.id FROM post p WHERE p.score = (SELECT max(score) FROM post)",
      "SELECT p.id FROM post p WHERE p.score > ALL (SELECT q.score FROM post q WHERE "
      "q.author = p.author AND q.id <> p.id)",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental subquery\n");
  change_everything();
}

/* Subqueries in subqueries, and over joins. */
static void test_nested(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT t.id FROM town t WHERE EXISTS (SELECT 1 FROM author a WHERE a.town = "
      "t.id AND EXISTS (SELECT 1 FROM post p WHERE p.author = a.id AND p.score > 5))",
      "SELECT t.id, (SELECT count(*) FROM author a JOIN post p ON p.author = a.id "
      "WHERE a.town = t.id) AS posts FROM town t",
      "SELECT a.id, t.name FROM author a JOIN town t ON t.id = a.town WHERE a.id IN "
      "(SELECT p.author FROM post p WHERE p.id IN (SELECT n.post FROM note n))",
      "SELECT n.text, EXISTS (SELECT 1 FROM post p WHERE p.id = n.post) AS known FROM "
      "note n",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental subquery\n");
  change_everything();
}

/* Subqueries among the results. */
static void test_values(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT a.id, (SELECT count(*) FROM post p WHERE p.author = a.id) AS posts FROM "
      "author a",
      "SELECT a.id, (SELECT max(p.score) FROM post p WHERE p.author = a.id) AS best "
      "FROM author a",
      "SELECT p.id, (SELECT a.name FROM author a WHERE a.id = p.author) AS name FROM "
      "post p",
      "SELECT a.id, ARRAY(SELECT p.score FROM post p WHERE p.author = a.id ORDER BY "
      "p.id) AS scores FROM author a",
      "SELECT a.id, t.name, (SELECT json_agg(p.score ORDER BY p.id) FROM post p WHERE "
      "p.author = a.id) AS scores FROM author a LEFT JOIN town t ON t.id = a.town",
      "SELECT a.id, (SELECT p.score FROM post p WHERE p.author = a.id ORDER BY p.score "
      "DESC, p.id LIMIT 1) AS top FROM author a",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental subquery\n");
  change_everything();
}

/* LATERAL subqueries. */
static void test_lateral(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT a.id, x.n FROM author a, LATERAL (SELECT count(*) AS n FROM post p WHERE "
      "p.author = a.id) x",
      "SELECT a.id, x.id AS post FROM author a LEFT JOIN LATERAL (SELECT p.id FROM "
      "post p WHERE p.author = a.id ORDER BY p.score DESC, p.id LIMIT 2) x ON true",
      "SELECT a.id, x.id AS post FROM author a, LATERAL (SELECT p.id FROM post p WHERE "
      "p.score <= a.id ORDER BY p.score DESC, p.id LIMIT 1) x",
      "SELECT a.id, x.s FROM author a, LATERAL (SELECT p.score AS s FROM post p WHERE "
      "p.author = a.id UNION SELECT a.id) x",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental subquery\n");
  change_everything();
}

/* --- sets that do not depend on the row --- */

/* How often a view was computed anew. */
static int recomputes(const char *name) {
  char sql[128];
  snprintf(sql, sizeof sql, "SELECT recomputes FROM tidemark.stats WHERE name = '%s'",
           name);
  return atoi(local_rows(&local, sql));
}

/* Runs a statement after which so many views v0, v1, … were computed anew. */
static void run_recomputing(const char *sql, int views, int expected) {
  int before = 0, after = 0;
  char name[16];
  for (int i = 0; i < views; i++) {
    snprintf(name, sizeof name, "v%d", i);
    before += recomputes(name);
  }
  run(sql);
  for (int i = 0; i < views; i++) {
    snprintf(name, sizeof name, "v%d", i);
    after += recomputes(name);
  }
  if (after - before != expected)
    fail_msg("%s: %d recomputed, not %d", sql, after - before, expected);
}

static void create_sets(void) {
  run("CREATE TABLE item (id integer PRIMARY KEY, x integer, y integer NOT NULL)");
  run("CREATE TABLE other (v integer, w integer NOT NULL, k integer)");
  run("INSERT INTO item VALUES (1, 10, 10), (2, 20, 20), (3, 30, 30), (4, NULL, 0)");
  run("INSERT INTO other VALUES (20, 20, 1), (25, 25, 2)");
}

/* A row of the set concerns the rows that it compares with; all of them are concerned
 * only when the set comes to be empty, or to hold a NULL, or ceases to. */
static void test_sets(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT id FROM item WHERE x NOT IN (SELECT v FROM other)",
      "SELECT id, x IN (SELECT v FROM other WHERE k > 0) AS known FROM item",
      "SELECT id FROM item WHERE y > 5 AND (x = 10 OR x NOT IN (SELECT v FROM other))",
      "SELECT id, x < ANY (SELECT v FROM other) AS low FROM item",
      "SELECT id FROM item WHERE x >= ALL (SELECT v FROM other)",
      "SELECT id FROM item WHERE NOT x = ANY (SELECT v + 1 FROM other)",
      "SELECT id FROM item WHERE x < ALL (SELECT v FROM other)",
      NULL};
  create_sets();
  create_views(queries, "maintenance: incremental subquery\n");
  enum { VIEWS = COUNT(queries) - 1 };
  run_recomputing("INSERT INTO other VALUES (30, 30, 1)", VIEWS, 0);
  expect_rows("SELECT id FROM v0 ORDER BY id", "1\n");
  expect_rows("SELECT * FROM v1 ORDER BY id", "1|0\n2|1\n3|1\n4|\\N\n");
  expect_rows("SELECT * FROM v3 ORDER BY id", "1|1\n2|1\n3|0\n4|\\N\n");
  expect_rows("SELECT id FROM v4", "3\n");
  run_recomputing("UPDATE other SET v = 10 WHERE v = 30", VIEWS, 0);
  run_recomputing("INSERT INTO item VALUES (5, 26, 1), (6, 25, 1)", VIEWS, 0);
  run_recomputing("INSERT INTO other VALUES (NULL, 1, 1)", VIEWS, VIEWS);
  expect_rows("SELECT count(*) FROM v0", "0\n");
  run_recomputing("INSERT INTO other VALUES (NULL, 2, 1), (26, 2, 1)", VIEWS, 0);
  run_recomputing("DELETE FROM other WHERE w = 1", VIEWS, 0);
  run_recomputing("DELETE FROM other WHERE v IS NULL", VIEWS, VIEWS);
  run_recomputing("DELETE FROM other", VIEWS, VIEWS);
  expect_rows("SELECT count(*) FROM v0", "6\n");
  run("INSERT INTO other SELECT i, i, i FROM generate_series(1, 40) AS i");
  run("UPDATE other SET v = v + 1, k = -k");
  run("UPDATE item SET x = x + 1");
}

/* Where nothing can be NULL nothing else is asked. */
static void test_sets_without_null(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT id FROM item WHERE y NOT IN (SELECT w FROM other)",
      "SELECT id, y > ALL (SELECT w FROM other WHERE k > 1) AS high FROM item", NULL};
  create_sets();
  create_views(queries, "maintenance: incremental subquery\n");
  run_recomputing("INSERT INTO other VALUES (NULL, 30, NULL), (NULL, 1, 5)", 2, 0);
  run_recomputing("DELETE FROM other", 2, 0);
  expect_rows("SELECT count(*) FROM v0", "4\n");
  run_recomputing("INSERT INTO other VALUES (NULL, 30, 7)", 2, 0);
  expect_rows("SELECT * FROM v1 ORDER BY id", "1|0\n2|0\n3|0\n4|0\n");
}

/* EXISTS matters when the set has its first row, or loses its last; one value when it is
 * another. */
static void test_flags(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT id FROM item WHERE EXISTS (SELECT 1 / 0 FROM other WHERE k > 5)",
      "SELECT id, x + (SELECT w FROM other WHERE k = 2) AS sum FROM item", NULL};
  create_sets();
  create_views(queries, "maintenance: incremental subquery\n");
  run_recomputing("INSERT INTO other VALUES (1, 1, 3)", 2, 0);
  run_recomputing("INSERT INTO other VALUES (1, 1, 6)", 2, 1);
  run_recomputing("INSERT INTO other VALUES (1, 1, 7)", 2, 0);
  run_recomputing("UPDATE other SET v = 99", 2, 0);
  run_recomputing("DELETE FROM other WHERE k > 5", 2, 1);
  run_recomputing("UPDATE other SET w = 50 WHERE k = 2", 2, 1);
  expect_rows("SELECT count(*) FROM v0", "0\n");
  expect_rows("SELECT sum FROM v1 WHERE id = 1", "60\n");
  run_failing("INSERT INTO other VALUES (1, 1, 2)", "21000");
}

/* A condition that equates nothing leads to the rows that it holds for. */
static void test_ranges(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT id FROM item WHERE EXISTS (SELECT 1 FROM other WHERE v < x AND k > 0)",
      "SELECT id, (SELECT count(*) FROM other WHERE y BETWEEN w AND v) AS n FROM item",
      NULL};
  create_sets();
  create_views(queries, "maintenance: incremental subquery\n");
  run("CREATE REALTIME VIEW l AS SELECT id, w FROM item LEFT JOIN other ON v >= x");
  expect_explained("l", "maintenance: incremental outer join\n");
  run_recomputing("INSERT INTO other VALUES (15, 5, 1)", 2, 0);
  run_recomputing("UPDATE other SET v = v + 10", 2, 0);
  run_recomputing("DELETE FROM other WHERE k = 2", 2, 0);
  run_recomputing("UPDATE item SET x = 40, y = 12 WHERE id = 4", 2, 0);
  expect_rows("SELECT id FROM v0 ORDER BY id", "3\n4\n");
  run_recomputing("UPDATE other SET v = NULL WHERE w = 5", 2, 0);
  run("INSERT INTO other SELECT i, i, 1 FROM generate_series(1, 100) AS i");
  run("DELETE FROM other");
  assert_int_equal(recomputes("l"), 2);
}

/* Memory may run out anywhere. */
static void test_failing_allocations(void **state) {
  (void)state;
  static const char *const statements[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, x integer)",
      "CREATE TABLE u (v integer)",
      "INSERT INTO t VALUES (1, 1), (2, 2)",
      "CREATE REALTIME VIEW v AS SELECT id, x >= ALL (SELECT v * 1 FROM u) AS c FROM t "
      "WHERE x NOT IN (SELECT v FROM u)",
      "INSERT INTO u VALUES (1), (3)",
      "DELETE FROM u WHERE v = 3",
  };
  struct local_story story = {statements, COUNT(statements), "SELECT * FROM v",
                              "2|1\n"};
  some_failing_allocations(local_story_play, &story, 150);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_conditions),
      VIEW_TEST(test_nested),
      VIEW_TEST(test_values),
      VIEW_TEST(test_lateral),
      VIEW_TEST(test_sets),
      VIEW_TEST(test_sets_without_null),
      VIEW_TEST(test_flags),
      VIEW_TEST(test_ranges),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
