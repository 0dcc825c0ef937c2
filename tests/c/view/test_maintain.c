/* Tests of view/maintain.c and view/store.c: views over views, definitions, refresh,
 * and contents from elsewhere. */
#include "view_test.h"

#include "view/transaction.h"
#include "view/views.h"

static void create_base(void) {
  run("CREATE TABLE t (id integer PRIMARY KEY, k text, x integer)");
  run("INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', 3)");
}

/* A change runs through views over views in their order, each maintained once. */
static void test_views_over_views(void **state) {
  (void)state;
  create_base();
  run("CREATE REALTIME VIEW large AS SELECT id, k, x FROM t WHERE x > 1");
  run("CREATE REALTIME VIEW summed AS SELECT k, sum(x) AS s FROM large GROUP BY k");
  run("CREATE REALTIME VIEW compared AS SELECT l.id, l.x, s.s FROM large l JOIN summed "
      "s ON s.k = l.k");
  run("CREATE REALTIME VIEW top AS SELECT max(s) AS s FROM compared");
  expect_explained("compared", "row identity: id\n");
  run("UPDATE t SET x = x + 1");
  run("UPDATE t SET k = 'b' WHERE id = 1");
  expect_rows("SELECT * FROM compared ORDER BY id", "1|2|6\n2|3|3\n3|4|6\n");
  expect_rows("SELECT * FROM top", "6\n");
  run("DELETE FROM t WHERE k = 'b'");
  expect_rows("SELECT * FROM top", "3\n");
}

/* A local runtime view is a part of the query that reads it; a materialized one is a
 * table until it is refreshed. */
static void test_other_modes(void **state) {
  (void)state;
  create_base();
  run("CREATE VIEW now AS SELECT id, x * 10 AS y FROM t WHERE x > 1");
  run("CREATE REALTIME VIEW kept AS SELECT id, y FROM now WHERE y < 100");
  expect_explained("kept", "maintenance: incremental filter\n");
  expect_explained("kept", "row identity: id\n");
  run("CREATE MATERIALIZED VIEW frozen AS SELECT k, count(*) AS n FROM t GROUP BY k");
  run("CREATE REALTIME VIEW thawed AS SELECT k, n + 1 AS n FROM frozen");
  run("UPDATE t SET x = x + 1");
  run("INSERT INTO t VALUES (4, 'c', 1)");
  expect_rows("SELECT * FROM kept ORDER BY id", "1|20\n2|30\n3|40\n");
  expect_rows("SELECT * FROM thawed ORDER BY k", "a|3\nb|2\n");
  run("REFRESH MATERIALIZED VIEW frozen");
  expect_rows("SELECT * FROM thawed ORDER BY k", "a|3\nb|2\nc|2\n");
}

/* Subqueries and runtime views that only pick rows and columns are merged into the
 * query that reads them. */
static void test_flattened(void **state) {
  (void)state;
  create_base();
  run("CREATE TABLE u (id integer PRIMARY KEY, t integer, y integer)");
  run("CREATE VIEW pairs AS SELECT t.id AS t, u.id AS u, t.x + u.y AS sum FROM t JOIN "
      "u ON u.t = t.id WHERE u.y > 0");
  run("CREATE VIEW low AS SELECT p.u, p.sum, p.t FROM (SELECT * FROM pairs WHERE sum < "
      "100) AS p");
  run("CREATE REALTIME VIEW joined AS SELECT a.u, a.sum, b.k FROM low a JOIN t b ON "
      "b.id = a.t, low c WHERE c.u = a.u");
  run("CREATE REALTIME VIEW grouped AS SELECT k, sum(sum) AS s FROM low JOIN t ON t.id "
      "= low.t WHERE "
      "sum > (SELECT 0) OR true GROUP BY k");
  run("CREATE REALTIME VIEW totals AS SELECT l.t, count(*) AS n, sum(l.sum) AS s FROM "
      "low l GROUP BY l.t");
  run("CREATE REALTIME VIEW outer_join AS SELECT t.id, l.sum FROM t LEFT JOIN low l ON "
      "l.t = t.id ORDER BY t.id");
  expect_explained("joined", "maintenance: incremental join\n");
  expect_explained("joined", "row identity: u\n");
  expect_explained("totals", "maintenance: incremental aggregate\n");
  expect_explained("outer_join", "not incremental filter: it has an outer join\n");
  run("INSERT INTO u VALUES (1, 1, 5), (2, 1, 99), (3, 2, 0), (4, 3, 7)");
  run("UPDATE u SET y = y + 1");
  run("UPDATE t SET x = x * 2, k = 'z' WHERE id < 3");
  run("DELETE FROM t WHERE id = 1");
  expect_rows("SELECT * FROM joined ORDER BY u", "3|5|z\n4|11|b\n");
}

/* A realtime view cannot follow what tells no changes. */
static void test_system_relations(void **state) {
  (void)state;
  run_failing("CREATE REALTIME VIEW q AS SELECT * FROM tidemark.queue", "0A000");
}

/* Columns may be called as SQLite calls the rowid, unless they take all its names. */
static void test_rowid_names(void **state) {
  (void)state;
  run("CREATE TABLE odd (rowid text, oid integer)");
  run("CREATE REALTIME VIEW v AS SELECT rowid, oid AS _rowid_ FROM odd WHERE oid > 0");
  run("INSERT INTO odd VALUES ('a', 1), ('a', 1), ('b', 0)");
  run("UPDATE odd SET oid = 2, rowid = rowid || 'x'");
  run("DELETE FROM odd WHERE rowid = 'bx'");
  expect_rows("SELECT * FROM v", "ax|2\nax|2\n");
  run("CREATE TABLE taken (rowid text, oid integer, _rowid_ integer)");
  run_failing("CREATE REALTIME VIEW w AS SELECT oid FROM taken", "0A000");
  run_failing("CREATE REALTIME VIEW w AS SELECT rowid, oid, oid AS _rowid_ FROM odd",
              "0A000");
  run("INSERT INTO taken VALUES ('a', 1, 1)");
}

/* A table that is dropped and made again in one transaction is another one. */
static void test_dropped_and_made_again(void **state) {
  (void)state;
  create_base();
  run("CREATE REALTIME VIEW v AS SELECT id, x FROM t");
  assert_int_equal(
      local_script(&local,
                   "BEGIN;\n"
                   "INSERT INTO t VALUES (4, 'd', 4);\n"
                   "DROP TABLE t CASCADE;\n"
                   "CREATE TABLE t (id integer PRIMARY KEY, y text, x integer);\n"
                   "INSERT INTO t VALUES (9, 'i', 9);\n"
                   "CREATE REALTIME VIEW v AS SELECT id, y FROM t;\n"
                   "UPDATE t SET y = 'j';\n"),
      TIDE_OK);
  run("COMMIT");
  expect_rows("SELECT * FROM v", "9|j\n");
  run("BEGIN");
  run("UPDATE t SET y = 'k'");
  run("DROP REALTIME VIEW v");
  run("ROLLBACK");
  run("UPDATE t SET y = 'l'");
  expect_rows("SELECT * FROM v", "9|l\n");
}

/* WITH NO DATA a view is empty and not maintained until it is refreshed. */
static void test_no_data(void **state) {
  (void)state;
  create_base();
  run("CREATE REALTIME VIEW later AS SELECT id, x FROM t WITH NO DATA");
  run("INSERT INTO t VALUES (4, 'c', 4)");
  assert_string_equal(local_sqlite(&local, "SELECT count(*) FROM later"), "0");
  run("REFRESH REALTIME VIEW later");
  run("UPDATE t SET x = 9 WHERE id = 4");
  expect_rows("SELECT x FROM later ORDER BY id", "1\n2\n3\n9\n");
}

/* What changed in a transaction before a view is made is in the view once. */
static void test_created_in_transaction(void **state) {
  (void)state;
  create_base();
  run("CREATE REALTIME VIEW first AS SELECT id, x FROM t");
  assert_int_equal(
      local_script(
          &local,
          "BEGIN;\n"
          "UPDATE t SET x = 10 WHERE id = 1;\n"
          "CREATE REALTIME VIEW second AS SELECT x, count(*) AS n FROM first GROUP BY "
          "x;\n"
          "CREATE REALTIME VIEW third AS SELECT k, count(*) AS n FROM t GROUP BY k;\n"
          "INSERT INTO t VALUES (5, 'a', 10);\n"),
      TIDE_OK);
  run("COMMIT");
  expect_rows("SELECT * FROM second ORDER BY x", "2|1\n3|1\n10|2\n");
  run("BEGIN");
  run("DROP REALTIME VIEW second");
  run("UPDATE t SET x = 11 WHERE id = 1");
  run("ROLLBACK");
  run("UPDATE t SET x = 12 WHERE id = 1");
  expect_rows("SELECT * FROM second ORDER BY x", "2|1\n3|1\n10|1\n12|1\n");
  run("BEGIN");
  run("SAVEPOINT s");
  run("CREATE REALTIME VIEW fourth AS SELECT id FROM t");
  run("ROLLBACK TO s");
  run("INSERT INTO t VALUES (6, 'z', 1)");
  run("COMMIT");
  run_failing("SELECT * FROM fourth", "42P01");
}

/* A new definition under an old name: those who read the view follow. */
static void test_replaced(void **state) {
  (void)state;
  create_base();
  run("CREATE REALTIME VIEW v AS SELECT id, x FROM t");
  run("CREATE REALTIME VIEW over AS SELECT sum(x) AS s FROM v");
  run("CREATE OR REPLACE REALTIME VIEW v AS SELECT id, x + 100 AS x FROM t WHERE id > "
      "1");
  expect_rows("SELECT * FROM over", "205\n");
  run("CREATE OR REPLACE REALTIME VIEW v AS SELECT max(id) AS id, x FROM t GROUP BY x");
  run("INSERT INTO t VALUES (4, 'a', 1)");
  expect_rows("SELECT * FROM over", "6\n");
}

/* Tables change their columns while changes of their rows are waiting. */
static void test_altered_tables(void **state) {
  (void)state;
  create_base();
  run("CREATE REALTIME VIEW v AS SELECT id, x FROM t WHERE x > 1");
  assert_int_equal(local_script(&local,
                                "BEGIN;\n"
                                "UPDATE t SET x = 5 WHERE id = 1;\n"
                                "ALTER TABLE t ADD COLUMN extra integer DEFAULT 7;\n"
                                "DELETE FROM t WHERE id = 2;\n"
                                "UPDATE t SET extra = 8;\n"),
                   TIDE_OK);
  run("COMMIT");
  expect_rows("SELECT * FROM v ORDER BY id", "1|5\n3|3\n");
  run("ALTER TABLE t DROP COLUMN k");
  run("UPDATE t SET x = 6 WHERE id = 1");
  run("BEGIN");
  run("INSERT INTO t (id, x) VALUES (10, 10)");
  run("ALTER TABLE t ADD CONSTRAINT positive CHECK (x > 0)");
  run("UPDATE t SET x = 11 WHERE id = 10");
  run("COMMIT");
  expect_rows("SELECT * FROM v ORDER BY id", "1|6\n3|3\n10|11\n");
  run("ALTER TABLE t RENAME COLUMN extra TO more");
  run("UPDATE t SET x = 1 WHERE id = 10");
  expect_rows("SELECT * FROM v ORDER BY id", "1|6\n3|3\n");
}

/* A stored table that an older version laid out otherwise is made anew, and its
 * readers follow. */
static void test_old_layout(void **state) {
  (void)state;
  create_base();
  run("CREATE REALTIME VIEW v AS SELECT k, count(*) AS n FROM t GROUP BY k");
  run("CREATE REALTIME VIEW over AS SELECT sum(n) AS s FROM v");
  local_sqlite(&local, "DROP TABLE v");
  local_sqlite(&local, "CREATE TABLE v(k TEXT, n INTEGER)");
  view_forget_plans(&local.database);
  run("INSERT INTO t VALUES (4, 'b', 1)");
  expect_rows("SELECT * FROM v ORDER BY k", "a|2\nb|2\n");
  expect_rows("SELECT * FROM over", "4\n");
}

/* A stored row that is not what it should be does not stay so: the view is
 * recomputed, and says so. */
static int out_of_step;

static void watch_trace(void *context, const char *line) {
  (void)context;
  out_of_step += strstr(line, "out of step") != NULL;
}

static void test_out_of_step(void **state) {
  (void)state;
  create_base();
  run("CREATE REALTIME VIEW v AS SELECT id, x FROM t");
  local.trace = (struct trace){watch_trace, NULL};
  out_of_step = 0;
  local_sqlite(&local, "DELETE FROM v WHERE id = 1");
  run("UPDATE t SET x = 9 WHERE id = 1");
  assert_int_equal(out_of_step, 1);
  expect_rows("SELECT * FROM v ORDER BY id", "1|9\n2|2\n3|3\n");
}

/* --- foreign views --- */

static const struct relation *create_foreign(bool keyed) {
  static const struct column columns[] = {
      {.position = 1, .name = "id", .type = {TYPE_INTEGER, false, -1, -1, 0}},
      {.position = 2, .name = "name", .type = {TYPE_TEXT, false, -1, -1, 0}},
  };
  static const char *const key[] = {"id"};
  run("CREATE MATERIALIZED VIEW away AS SELECT id, name FROM public.people WITH "
      "(replication_origin = 'postgres:x')");
  const struct relation *view = catalog_find(&local.database, NULL, "away");
  assert_int_equal(transaction_begin(&local.database), TIDE_OK);
  assert_int_equal(
      catalog_describe_view(&local.database, view->id, columns, 2, key, keyed),
      TIDE_OK);
  view = catalog_find(&local.database, NULL, "away");
  assert_int_equal(view_create_storage(&local.database, view->id, true), TIDE_OK);
  assert_int_equal(transaction_commit(&local.database), TIDE_OK);
  return catalog_find(&local.database, NULL, "away");
}

static void store(const char *sql) {
  assert_int_equal(transaction_begin(&local.database), TIDE_OK);
  const struct relation *view = catalog_find(&local.database, NULL, "away");
  int rc = view_store_difference(&local.database, view, sql);
  if (rc != TIDE_OK)
    fail_msg("%s", local.sqlite.error.message);
  assert_int_equal(transaction_commit(&local.database), TIDE_OK);
  assert_true(local_views_hold(&local));
}

/* A snapshot replaces rows by their key, writes only what differs, and views over it
 * follow. */
static void test_keyed_snapshot(void **state) {
  (void)state;
  const struct relation *view = create_foreign(true);
  assert_true(view->column_count >= 2);
  run("CREATE REALTIME VIEW names AS SELECT name, count(*) AS n FROM away GROUP BY "
      "name");
  store("SELECT 1, 'a' UNION ALL SELECT 2, 'b' UNION ALL SELECT 3, NULL");
  local_sqlite(&local, "CREATE TRIGGER seen AFTER UPDATE ON away BEGIN SELECT "
                       "raise(ABORT, 'written') WHERE old.id = 3; END");
  store("SELECT 2, 'B' UNION ALL SELECT 3, NULL UNION ALL SELECT 4, 'd'");
  expect_rows("SELECT id, name FROM away ORDER BY id", "2|B\n3|\\N\n4|d\n");
  expect_rows("SELECT name FROM names ORDER BY name", "B\nd\n\\N\n");
  /* storage that is there stays */
  assert_int_equal(transaction_begin(&local.database), TIDE_OK);
  assert_int_equal(view_create_storage(&local.database,
                                       catalog_find(&local.database, NULL, "away")->id,
                                       true),
                   TIDE_OK);
  assert_int_equal(transaction_commit(&local.database), TIDE_OK);
  expect_rows("SELECT count(*) FROM away", "3\n");
}

/* Without a key rows may repeat. */
static void test_keyless_snapshot(void **state) {
  (void)state;
  create_foreign(false);
  run("CREATE REALTIME VIEW names AS SELECT name, id FROM away WHERE id > 0");
  store("SELECT 1, 'a' UNION ALL SELECT 1, 'a' UNION ALL SELECT 2, NULL");
  store("SELECT 1, 'a' UNION ALL SELECT 2, NULL UNION ALL SELECT 2, NULL");
  expect_rows("SELECT id, name FROM away ORDER BY id", "1|a\n2|\\N\n2|\\N\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_views_over_views), VIEW_TEST(test_other_modes),
      VIEW_TEST(test_flattened),        VIEW_TEST(test_system_relations),
      VIEW_TEST(test_rowid_names),      VIEW_TEST(test_dropped_and_made_again),
      VIEW_TEST(test_no_data),          VIEW_TEST(test_created_in_transaction),
      VIEW_TEST(test_replaced),         VIEW_TEST(test_altered_tables),
      VIEW_TEST(test_old_layout),       VIEW_TEST(test_out_of_step),
      VIEW_TEST(test_keyed_snapshot),   VIEW_TEST(test_keyless_snapshot),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
