/* Tests of view/statistics.c and view/tracing.c: what maintenance is said to have cost. */
#include "view_test.h"

#include "view/statistics.h"
#include "view/tracing.h"
#include "view/views.h"

static double tick(void *context) {
  double *time = context;
  *time += 250;
  return *time;
}

static void create_counted(void) {
  run("CREATE TABLE t (id integer PRIMARY KEY, k text, x integer)");
  run("CREATE REALTIME VIEW counted AS SELECT k, count(*) AS n, sum(x) AS s FROM t "
      "GROUP BY k");
  run("INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', 3)");
}

static const char stats[] =
    "SELECT name, maintenances, rows_in, rows_out, recomputes, stale FROM "
    "tidemark.stats ORDER BY name";

static void expect_columns(const char *name) {
  char sql[64];
  const struct relation *relation = catalog_find(&local.database, "tidemark", name);
  sqlite3_stmt *statement;
  snprintf(sql, sizeof sql, "SELECT * FROM \"tidemark.%s\"", name);
  assert_int_equal(database_prepare(&local.database, sql, false, &statement), TIDE_OK);
  assert_int_equal(sqlite3_column_count(statement), relation->column_count);
  for (int i = 0; i < relation->column_count; i++)
    assert_string_equal(sqlite3_column_name(statement, i), relation->columns[i].name);
  sqlite3_finalize(statement);
}

/* The relations have the columns that the catalog says they have. */
static void test_columns(void **state) {
  (void)state;
  expect_columns("stats");
  expect_columns("node_stats");
}

/* Each maintenance counts once, with the net rows it was given and gave. */
static void test_counters(void **state) {
  (void)state;
  create_counted();
  expect_rows(stats, "counted|1|3|2|0|0\n");
  run("UPDATE t SET x = x + 1 WHERE k = 'a'");
  expect_rows(stats, "counted|2|7|4|0|0\n");
  run("UPDATE t SET x = x"); /* nothing changes */
  run("BEGIN");
  run("INSERT INTO t VALUES (9, 'z', 9)");
  run("ROLLBACK");
  expect_rows("SELECT maintenances > 2 FROM tidemark.stats", "1\n");
  statistics_reset(&local.database);
  expect_rows(stats, "counted|0|0|0|0|0\n");
  local_run(&local, "BEGIN");
  local_run(&local, "SUSPEND VIEWS");
  local_run(&local, "INSERT INTO t VALUES (9, 'z', 9)");
  expect_rows(stats, "counted|0|0|0|0|1\n");
  run("ROLLBACK");
}

/* Time is the host's clock's; the state is what the view and its nodes store. */
static void test_time_and_state(void **state) {
  (void)state;
  double time = 0;
  create_counted();
  local.database.clock = tick;
  local.database.clock_context = &time;
  statistics_reset(&local.database);
  run("INSERT INTO t VALUES (4, 'c', 4)");
  run("INSERT INTO t VALUES (5, 'c', 4)");
  expect_rows("SELECT total_time FROM tidemark.stats", "0.5\n");
  expect_rows("SELECT state_rows >= 3, state_bytes > 5 FROM tidemark.stats", "1|1\n");
  run("CREATE REALTIME VIEW every AS SELECT id, x FROM t");
  expect_rows("SELECT state_rows, state_bytes FROM tidemark.stats WHERE name = 'every'",
              "5|8\n");
}

static const char node_stats[] =
    "SELECT name, node, kind, maintenances, rows_in, rows_out, recomputes FROM "
    "tidemark.node_stats ORDER BY name, node DESC";

static void create_many(void) {
  run("CREATE TABLE t (id integer PRIMARY KEY, k text, x integer)");
  run("CREATE REALTIME VIEW many AS SELECT k, count(*) AS n, max(x) AS m FROM t GROUP "
      "BY "
      "k HAVING count(*) > 1");
  run("INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', 3)");
}

/* Each node counts what it reads and gives; one that nothing reaches does not count. */
static void test_nodes(void **state) {
  (void)state;
  create_many();
  expect_rows(node_stats, "many|1|incremental aggregate|1|3|2|0\n"
                          "many|0|incremental filter|1|2|1|0\n");
  run("UPDATE t SET k = 'c' WHERE id = 3"); /* groups of one row come and go */
  expect_rows(node_stats, "many|1|incremental aggregate|2|5|4|0\n"
                          "many|0|incremental filter|2|4|1|0\n");
  run("INSERT INTO t VALUES (4, 'a', NULL)");
  run("UPDATE t SET x = 0 WHERE id = 4");
  expect_rows(node_stats, "many|1|incremental aggregate|4|8|6|0\n"
                          "many|0|incremental filter|3|6|3|0\n");
  run("DROP REALTIME VIEW many");
  run("CREATE REALTIME VIEW many AS SELECT id, x FROM t");
  expect_rows(node_stats, "many|0|incremental filter|0|0|0|0\n");
}

/* Another definition has other nodes: they begin with 0. A table that only gets another
 * column changes nothing. */
static void test_other_nodes(void **state) {
  (void)state;
  create_many();
  run("ALTER TABLE t ADD COLUMN y integer");
  expect_rows(node_stats, "many|1|incremental aggregate|1|3|2|0\n"
                          "many|0|incremental filter|1|2|1|0\n");
  run("CREATE OR REPLACE REALTIME VIEW many AS SELECT k, count(*) AS n, max(x) AS m "
      "FROM "
      "t GROUP BY k");
  expect_rows(node_stats, "many|0|incremental aggregate|0|0|0|0\n");
  run("DELETE FROM t WHERE id = 3");
  expect_rows(node_stats, "many|0|incremental aggregate|1|1|1|0\n");
  statistics_reset(&local.database);
  expect_rows(node_stats, "many|0|incremental aggregate|0|0|0|0\n");
}

/* What a node stores is its rows and what it remembers; the view's is all of that. */
static void test_node_state(void **state) {
  (void)state;
  create_many();
  expect_rows("SELECT node, state_rows FROM tidemark.node_stats ORDER BY node",
              "0|1\n1|5\n");
  expect_rows(
      "SELECT (SELECT sum(state_bytes) FROM tidemark.node_stats) = state_bytes, "
      "state_rows FROM tidemark.stats",
      "1|6\n");
}

/* The clock is read for each node only when that is asked for. */
static void test_node_time(void **state) {
  (void)state;
  double time = 0;
  create_many();
  local.database.clock = tick;
  local.database.clock_context = &time;
  run("DELETE FROM t WHERE id = 2");
  assert_true(time == 2 * 250);
  expect_rows("SELECT sum(total_time) FROM tidemark.node_stats", "0.0\n");
  statistics_time_nodes(&local.database, true);
  run("DELETE FROM t WHERE id = 1");
  expect_rows("SELECT node, total_time FROM tidemark.node_stats ORDER BY node",
              "0|0.25\n1|0.25\n");
  statistics_time_nodes(&local.database, false);
  run("DELETE FROM t WHERE id = 3");
  expect_rows("SELECT sum(total_time) FROM tidemark.node_stats", "0.5\n");
}

/* A view that is computed anew says so. */
static void test_recomputes(void **state) {
  (void)state;
  create_counted();
  assert_int_equal(local_run(&local,
                             "CREATE REALTIME VIEW dice AS SELECT id, random() AS "
                             "r FROM t WITH (time_refresh = 'external')"),
                   TIDE_OK);
  assert_int_equal(local_run(&local, "DELETE FROM t WHERE id = 1"), TIDE_OK);
  expect_rows("SELECT maintenances, recomputes FROM tidemark.stats WHERE name = 'dice'",
              "1|1\n");
  expect_rows("SELECT node, kind, recomputes FROM tidemark.node_stats WHERE name = "
              "'dice'",
              "0|recompute|1\n");
}

/* What is asked for between begin and end is told: each view, and the SQL that ran with
 * its rows. Afterwards nobody listens. */
static void test_lines(void **state) {
  (void)state;
  struct buffer out;
  buffer_init(&out, local.database.memory);
  create_counted();
  assert_int_equal(tracing_begin(&local.database), TIDE_OK);
  assert_int_equal(local_run(&local, "UPDATE t SET x = 7 WHERE id = 1"), TIDE_OK);
  tracing_print(&local.database, &out);
  tracing_end(&local.database);
  const char *text = buffer_string(&out);
  assert_non_null(
      strstr(text, "view public.counted: 2 rows in, 2 rows out, 0.000 ms\n"));
  assert_non_null(strstr(text, " 1 run, "));
  assert_non_null(strstr(text, "__delta_t"));
  assert_non_null(strstr(text, "UPDATE main.\"counted\""));
  assert_null(local.database.views->tracing);
  buffer_deinit(&out);
}

/* A view of several nodes tells what each did. */
static void test_node_lines(void **state) {
  (void)state;
  struct buffer out;
  buffer_init(&out, local.database.memory);
  create_many();
  assert_int_equal(tracing_begin(&local.database), TIDE_OK);
  assert_int_equal(local_run(&local, "DELETE FROM t WHERE id = 2"), TIDE_OK);
  tracing_print(&local.database, &out);
  tracing_end(&local.database);
  assert_non_null(strstr(buffer_string(&out),
                         "view public.many: 1 row in, 1 row out, 0.000 ms\n"
                         "  node 1, incremental aggregate: 1 row in, 2 rows out, 0.000 "
                         "ms\n"
                         "  the view, incremental filter: 2 rows in, 1 row out, 0.000 "
                         "ms\n"
                         "  node 1: 1 run, "));
  buffer_deinit(&out);
}

/* With SET tidemark.trace each maintenance is a notice. */
static void test_notices(void **state) {
  (void)state;
  tide_effect effect;
  create_counted();
  while (effects_take(local.database.effects, &effect))
    continue;
  assert_int_equal(tracing_set(&local.database, true), TIDE_OK);
  assert_true(tracing_is_set(&local.database));
  run("UPDATE t SET x = 7 WHERE id = 1");
  assert_true(effects_take(local.database.effects, &effect));
  assert_int_equal(effect.type, TIDE_EFFECT_NOTICE);
  assert_non_null(strstr(effect.json, "\"severity\":\"LOG\""));
  assert_non_null(
      strstr(effect.json, "\"name\":\"counted\",\"rowsIn\":2,\"rowsOut\":2"));
  assert_non_null(strstr(effect.json,
                         "\"nodes\":[{\"node\":0,\"kind\":\"incremental aggregate\","
                         "\"rowsIn\":2,\"rowsOut\":2,\"recomputed\":false,"));
  assert_non_null(strstr(effect.json, "\"statements\":[{\"node\":0,\"sql\":"));
  assert_int_equal(tracing_set(&local.database, false), TIDE_OK);
  while (effects_take(local.database.effects, &effect))
    assert_int_not_equal(effect.type, TIDE_EFFECT_NOTICE);
  run("UPDATE t SET x = 8 WHERE id = 1");
  while (effects_take(local.database.effects, &effect))
    assert_int_not_equal(effect.type, TIDE_EFFECT_NOTICE);
}

static int count_and_read(struct memory *memory, void *context) {
  (void)context;
  static const char *const statements[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, k text, x integer)",
      "CREATE REALTIME VIEW v AS SELECT k, max(x) AS m FROM t GROUP BY k HAVING "
      "count(*) > "
      "0",
      "INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 2)",
  };
  static struct local_database database;
  int rc = local_open(&database, memory);
  if (rc == TIDE_OK)
    rc = tracing_set(&database.database, true);
  for (size_t i = 0; rc == TIDE_OK && i < COUNT(statements); i++)
    rc = local_run(&database, statements[i]);
  for (int which = 0; rc == TIDE_OK && which < 2; which++)
    rc = local_run(&database, which == 0 ? "SELECT * FROM tidemark.node_stats"
                                         : "SELECT * FROM tidemark.stats");
  local_close(&database);
  return rc;
}

/* Memory may run out anywhere. */
static void test_failing_allocations(void **state) {
  (void)state;
  some_failing_allocations(count_and_read, NULL, 150);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_columns),        VIEW_TEST(test_counters),
      VIEW_TEST(test_time_and_state), VIEW_TEST(test_recomputes),
      VIEW_TEST(test_lines),          VIEW_TEST(test_notices),
      VIEW_TEST(test_nodes),          VIEW_TEST(test_other_nodes),
      VIEW_TEST(test_node_state),     VIEW_TEST(test_node_time),
      VIEW_TEST(test_node_lines),     cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
