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

/* The relation has the columns that the catalog says it has. */
static void test_columns(void **state) {
  (void)state;
  const struct relation *relation = catalog_find(&local.database, "tidemark", "stats");
  sqlite3_stmt *statement;
  assert_int_equal(database_prepare(&local.database, "SELECT * FROM \"tidemark.stats\"",
                                    false, &statement),
                   TIDE_OK);
  assert_int_equal(sqlite3_column_count(statement), relation->column_count);
  for (int i = 0; i < relation->column_count; i++)
    assert_string_equal(sqlite3_column_name(statement, i), relation->columns[i].name);
  sqlite3_finalize(statement);
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
  assert_non_null(strstr(effect.json, "\"statements\":[{\"node\":0,\"sql\":"));
  assert_int_equal(tracing_set(&local.database, false), TIDE_OK);
  while (effects_take(local.database.effects, &effect))
    assert_int_not_equal(effect.type, TIDE_EFFECT_NOTICE);
  run("UPDATE t SET x = 8 WHERE id = 1");
  while (effects_take(local.database.effects, &effect))
    assert_int_not_equal(effect.type, TIDE_EFFECT_NOTICE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_columns),        VIEW_TEST(test_counters),
      VIEW_TEST(test_time_and_state), VIEW_TEST(test_recomputes),
      VIEW_TEST(test_lines),          VIEW_TEST(test_notices),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
