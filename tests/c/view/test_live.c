/* Live queries: their shapes, whom a commit concerns, and what they leave behind. */
#include "view_test.h"

#include "sql/parse.h"
#include "view/live.h"
#include "view/live_internal.h"
#include "view/transaction.h"
#include "view/views.h"

/* A live query as the engine holds it. */
struct opened {
  struct arena arena;
  struct binding binding;
  struct live_query query;
  struct live_shape *shape;
};

static int describe(struct database *database, const char *sql, struct opened *opened) {
  struct sql_node *tree;
  size_t consumed;
  *opened = (struct opened){0};
  arena_init(&opened->arena, database->memory);
  int rc = sql_parse(&opened->arena, sql, strlen(sql), SQL_DIALECT_POSTGRES, &tree,
                     &consumed, database->error);
  opened->binding = (struct binding){
      .database = database, .arena = &opened->arena, .parameter_count = 9};
  return rc == TIDE_OK ? live_describe(&opened->binding, tree, &opened->query) : rc;
}

static int make(struct database *database, struct opened *opened) {
  opened->shape = live_share(database, &opened->query);
  if (opened->shape)
    return TIDE_OK;
  int rc = transaction_begin(database);
  if (rc != TIDE_OK)
    return rc;
  rc = live_make(database, &opened->arena, &opened->query, &opened->shape);
  if (rc == TIDE_OK) {
    rc = transaction_commit(database);
  } else {
    transaction_rollback(database);
    opened->shape = NULL;
  }
  return rc;
}

/* As the engine does: what no view can be made for is run again. */
static int open_query(struct database *database, const char *sql,
                      struct opened *opened) {
  int rc = describe(database, sql, opened);
  if (rc == TIDE_OK)
    rc = make(database, opened);
  if (rc == TIDE_OK || rc == TIDE_ERROR_NOMEM || opened->query.kind != LIVE_VIEW)
    return rc;
  error_clear(database->error);
  live_run_again(&opened->query);
  return make(database, opened);
}

static void end(struct database *database, struct opened *opened) {
  live_release(database, opened->shape);
  arena_deinit(&opened->arena);
}

/* Watches with these values of the lifted columns: a list of SQL literals. */
static int watch_values(struct database *database, struct opened *opened,
                        const char *values, int64_t *id) {
  char sql[200];
  sqlite3_stmt *statement = NULL;
  bool row = true;
  int rc = TIDE_OK;
  snprintf(sql, sizeof sql, "SELECT %s", values);
  if (opened->shape->key_count > 0) {
    rc = database_prepare(database, sql, false, &statement);
    if (rc == TIDE_OK)
      rc = database_step(database, statement, &row);
  }
  if (rc == TIDE_OK)
    rc = live_watch(database, opened->shape, statement, id);
  sqlite3_finalize(statement);
  return rc;
}

static struct opened open_live(const char *sql) {
  struct opened opened;
  int rc = open_query(&local.database, sql, &opened);
  if (rc != TIDE_OK)
    fail_msg("%s\n%s", sql, local.sqlite.error.message);
  return opened;
}

static int64_t watch_it(struct opened *opened, const char *values) {
  int64_t id = 0;
  assert_int_equal(watch_values(&local.database, opened, values, &id), TIDE_OK);
  return id;
}

/* Takes all effects; the "live" list of the last COMMIT, "" when there is none. */
static const char *told(void) {
  static char list[200];
  tide_effect effect;
  list[0] = 0;
  while (effects_take(local.database.effects, &effect)) {
    list[0] = 0;
    const char *start =
        effect.type == TIDE_EFFECT_COMMIT ? strstr(effect.json, "\"live\":[") : NULL;
    if (start)
      sscanf(start, "\"live\":[%190[0-9,]", list);
  }
  return list;
}

static void schema(void) {
  run("CREATE TABLE t (id integer PRIMARY KEY, k integer, s text, n numeric)");
  run("CREATE TABLE u (id integer PRIMARY KEY, t integer, x integer)");
  run("INSERT INTO t VALUES (1, 1, 'a', 1), (2, 1, 'b', 2), (3, 2, 'a', 3)");
  run("INSERT INTO u VALUES (1, 1, 10), (2, 2, 20), (3, 3, 30)");
  told();
}

static void expect_shape(const char *sql, enum live_kind kind, int keys) {
  struct opened opened;
  if (describe(&local.database, sql, &opened) != TIDE_OK)
    fail_msg("%s\n%s", sql, local.sqlite.error.message);
  if (opened.query.kind != kind || opened.query.key_count != keys)
    fail_msg("%s\nkind %d with %d lifted columns, not %d with %d", sql,
             opened.query.kind, opened.query.key_count, kind, keys);
  arena_deinit(&opened.arena);
}

/* What is lifted out of a query, and how its rows are kept. */
static void test_shapes(void **state) {
  (void)state;
  schema();
  expect_shape("SELECT * FROM t WHERE k = $1", LIVE_DIRECT, 1);
  expect_shape("SELECT * FROM t WHERE $1 = k AND n > $2 AND s = $3", LIVE_DIRECT, 2);
  expect_shape("SELECT count(*) FROM t WHERE k = $1", LIVE_DIRECT, 1);
  expect_shape("SELECT * FROM t", LIVE_DIRECT, 0);
  expect_shape("SELECT * FROM t WHERE k = 1", LIVE_VIEW, 0);
  expect_shape("SELECT * FROM t WHERE n = $1", LIVE_EACH, 0);
  expect_shape("SELECT * FROM t WHERE k > $1", LIVE_EACH, 0);
  expect_shape("SELECT * FROM t WHERE k = $1 OR s = $2", LIVE_EACH, 0);
  expect_shape(
      "SELECT t.s, u.x FROM t JOIN u ON u.t = t.id WHERE t.k = $1 ORDER BY u.id "
      "LIMIT $2",
      LIVE_VIEW, 1);
  expect_shape(
      "SELECT t.k, max(u.x) FROM t JOIN u ON u.t = t.id WHERE t.s = $1 GROUP BY "
      "t.k",
      LIVE_VIEW, 1);
  expect_shape("SELECT max(u.x) FROM t JOIN u ON u.t = t.id WHERE t.s = $1", LIVE_EACH,
               0);
  expect_shape("SELECT t.s FROM t JOIN u ON u.t = t.id AND u.x = $1", LIVE_EACH, 0);
  expect_shape("SELECT s FROM t WHERE id IN (SELECT t FROM u WHERE x = $1)", LIVE_EACH,
               0);
  expect_shape("SELECT s, random() FROM t WHERE s = 'a'", LIVE_EACH, 0);
  expect_shape("SELECT 1", LIVE_EACH, 0);
}

/* Queries of one shape share it, whatever their parameters, window and layout. */
static void test_sharing(void **state) {
  (void)state;
  schema();
  struct opened first =
      open_live("SELECT t.s, u.x FROM t JOIN u ON u.t = t.id WHERE t.k "
                "= $1 ORDER BY u.id LIMIT 3");
  struct opened same =
      open_live("select t.s, u.x from t join u on u.t = t.id where t.k = "
                "$1 order by u.id limit $2");
  struct opened other =
      open_live("SELECT t.s, u.x FROM t JOIN u ON u.t = t.id WHERE t.k "
                "= $1 AND u.x > 5 ORDER BY u.id LIMIT 3");
  assert_ptr_equal(first.shape, same.shape);
  assert_ptr_not_equal(first.shape, other.shape);
  assert_int_equal(first.shape->references, 2);
  assert_string_equal(local_sqlite(&local, "SELECT count(*) FROM __tidemark_views"),
                      "2");
  end(&local.database, &first);
  assert_int_equal(same.shape->references, 1);
  live_collect(&local.database);
  assert_string_equal(local_sqlite(&local, "SELECT count(*) FROM __tidemark_views"),
                      "2");
  end(&local.database, &same);
  end(&local.database, &other);
  live_collect(&local.database);
  assert_string_equal(local_sqlite(&local, "SELECT count(*) FROM __tidemark_views"),
                      "0");
  assert_string_equal(local_sqlite(&local, "SELECT count(*) FROM sqlite_schema WHERE "
                                           "name LIKE '\\_\\_live%' ESCAPE '\\'"),
                      "0");
}

/* A change concerns those who watch under the values that the row had or has. */
static void test_telling(void **state) {
  (void)state;
  schema();
  struct opened direct = open_live("SELECT * FROM t WHERE k = $1");
  struct opened joined =
      open_live("SELECT t.s, u.x FROM t JOIN u ON u.t = t.id WHERE t.k = $1");
  struct opened each = open_live("SELECT * FROM u WHERE x > $1");
  char expected[64];
  long long one = watch_it(&direct, "1"), two = watch_it(&direct, "2"),
            view = watch_it(&joined, "1"), any = watch_it(&each, "");
  run("INSERT INTO t VALUES (10, 1, 'z', 0)");
  snprintf(expected, sizeof expected, "%lld", one);
  assert_string_equal(told(), expected);
  run("UPDATE t SET k = 2 WHERE id = 10");
  snprintf(expected, sizeof expected, "%lld,%lld", one, two);
  assert_string_equal(told(), expected);
  run("DELETE FROM t WHERE id = 10");
  snprintf(expected, sizeof expected, "%lld", two);
  assert_string_equal(told(), expected);
  run("UPDATE t SET k = 9 WHERE id = 999");
  assert_string_equal(told(), "");
  run("UPDATE u SET x = 11 WHERE id = 1");
  snprintf(expected, sizeof expected, "%lld,%lld", view, any);
  assert_string_equal(told(), expected);
  live_unwatch(&local.database, one);
  live_unwatch(&local.database, one);
  run("BEGIN");
  run("UPDATE t SET s = 'q' WHERE k = 2");
  run("ROLLBACK");
  assert_string_equal(told(), "");
  end(&local.database, &direct);
  end(&local.database, &joined);
  end(&local.database, &each);
}

/* A definition takes everything back that could stand in its way. */
static void test_giving_way(void **state) {
  (void)state;
  schema();
  struct opened joined =
      open_live("SELECT t.s, u.x FROM t JOIN u ON u.t = t.id WHERE t.k = $1");
  watch_it(&joined, "1");
  run("BEGIN");
  assert_int_equal(live_give_way(&local.database), TIDE_OK);
  assert_true(live_is_lost(joined.shape));
  run("DROP TABLE u");
  run("ROLLBACK");
  live_collect(&local.database);
  assert_string_equal(local_sqlite(&local, "SELECT count(*) FROM __tidemark_views"),
                      "0");
  struct opened again =
      open_live("SELECT t.s, u.x FROM t JOIN u ON u.t = t.id WHERE t.k = $1");
  assert_ptr_not_equal(again.shape, joined.shape);
  end(&local.database, &joined);
  end(&local.database, &again);
}

/* A live query that can be computed no more does not fail the write. */
static void test_failing_view(void **state) {
  (void)state;
  schema();
  struct opened live =
      open_live("SELECT t.s, 100 / u.x AS q FROM t JOIN u ON u.t = t.id "
                "WHERE t.s = $1");
  watch_it(&live, "'a'");
  run("BEGIN");
  run("UPDATE u SET x = 0 WHERE id = 2");
  run("COMMIT");
  assert_true(live_is_lost(live.shape));
  expect_rows("SELECT x FROM u WHERE id = 2", "0\n");
  live_collect(&local.database);
  assert_string_equal(local_sqlite(&local, "SELECT count(*) FROM __tidemark_views"),
                      "0");
  end(&local.database, &live);
  live = open_live("SELECT t.s, 100 / u.x AS q FROM t JOIN u ON u.t = t.id WHERE t.s = "
                   "$1");
  assert_int_equal(live_kind_of(live.shape), LIVE_EACH);
  char expected[32];
  snprintf(expected, sizeof expected, "%lld", (long long)watch_it(&live, ""));
  told();
  run("UPDATE u SET x = 1 WHERE id = 1");
  assert_string_equal(told(), expected);
  end(&local.database, &live);
}

static const char *const queries[] = {
    "SELECT * FROM t WHERE k = $1 ORDER BY s LIMIT 2",
    "SELECT t.s, u.x FROM t JOIN u ON u.t = t.id WHERE t.k = $1 ORDER BY t.s, u.x + 1",
    "SELECT t.k, max(u.x) FROM t JOIN u ON u.t = t.id WHERE t.s = $1 GROUP BY t.k",
    "SELECT * FROM t WHERE n > $1",
};

static const char *const values[] = {"1", "1", "'a'", ""};

/* Opens, watches, writes, gives way, closes. */
static int run_scenario(struct memory *memory, void *context) {
  (void)context;
  static struct local_database own;
  struct opened opened[COUNT(queries)] = {0};
  size_t count = 0;
  int64_t id;
  int rc = local_open(&own, memory);
  if (rc == TIDE_OK)
    rc = local_script(&own,
                      "CREATE TABLE t (id integer PRIMARY KEY, k integer, s text, n "
                      "numeric);\n"
                      "CREATE TABLE u (id integer PRIMARY KEY, t integer, x integer);\n"
                      "INSERT INTO t VALUES (1, 1, 'a', 1), (2, 1, 'b', 2);\n"
                      "INSERT INTO u VALUES (1, 1, 10), (2, 2, 20);\n");
  for (; rc == TIDE_OK && count < COUNT(queries); count++) {
    rc = open_query(&own.database, queries[count], &opened[count]);
    if (rc == TIDE_OK)
      rc = watch_values(&own.database, &opened[count], values[count], &id);
  }
  if (rc == TIDE_OK)
    rc = local_script(&own, "UPDATE u SET x = x + 1;\n"
                            "INSERT INTO t VALUES (3, 1, 'a', 3);\n");
  if (rc == TIDE_OK)
    rc = local_run(&own, "BEGIN");
  if (rc == TIDE_OK)
    rc = live_give_way(&own.database);
  if (own.database.in_transaction) {
    own.database.in_transaction = false;
    transaction_rollback(&own.database);
  }
  for (size_t i = 0; i < count; i++)
    end(&own.database, &opened[i]);
  if (rc == TIDE_OK)
    live_collect(&own.database);
  local_close(&own);
  return rc;
}

/* With all memory there is it works; with less it fails cleanly. */
static void test_failing_allocations(void **state) {
  (void)state;
  some_failing_allocations(run_scenario, NULL, 250);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_shapes),       VIEW_TEST(test_sharing),
      VIEW_TEST(test_telling),      VIEW_TEST(test_giving_way),
      VIEW_TEST(test_failing_view), cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
