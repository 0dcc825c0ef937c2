/* Tests of view/state.c: tables in which emitters remember. */
#include "view_test.h"

#include "view/transaction.h"
#include "view/views.h"

static struct plan *plan_of(struct local_database *database, const char *name) {
  struct graph *graph;
  if (views_prepare(&database->database) != TIDE_OK)
    return NULL;
  const struct relation *view = catalog_find(&database->database, NULL, name);
  struct view_entry *entry = views_entry(&database->database, view);
  return views_graph(&database->database, entry, &graph) == TIDE_OK ? graph_view(graph)
                                                                    : NULL;
}

/* Per s, how often each n occurs. */
static int declare_counts(struct plan *plan) {
  struct state_table *table;
  static const int key[] = {0, 1};
  int rc = state_new(plan, &table);
  if (rc != TIDE_OK)
    return rc;
  if (storage_add_column(&table->storage, &plan->arena, "s", TYPE(TYPE_TEXT)) < 0 ||
      storage_add_column(&table->storage, &plan->arena, "n", TYPE(TYPE_NUMERIC)) < 0 ||
      storage_add_column(&table->storage, &plan->arena, "count", TYPE(TYPE_BIGINT)) < 0)
    return TIDE_ERROR_NOMEM;
  table->storage.columns[1].collation = NULL; /* by its bytes */
  table->fill = "SELECT s, n COLLATE BINARY, count(*) FROM t GROUP BY 1, 2";
  rc = storage_set_key(&table->storage, &plan->arena, key, 2, false);
  return rc == TIDE_OK ? state_add_index(plan, table, "s, n COLLATE numeric") : rc;
}

static int create(struct local_database *database) {
  static const char *const statements[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, s text, n numeric)",
      "INSERT INTO t VALUES (1, 'a', 1.0), (2, 'a', 1.00), (3, NULL, 1), (4, NULL, 1)",
      "CREATE REALTIME VIEW v AS SELECT id, s FROM t",
  };
  int rc = TIDE_OK;
  for (size_t i = 0; rc == TIDE_OK && i < COUNT(statements); i++)
    rc = local_run(database, statements[i]);
  return rc;
}

static const char *count_tables(const char *like) {
  static char sql[200];
  snprintf(sql, sizeof sql, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%s'",
           like);
  return local_sqlite(&local, sql);
}

/* A table is named after view, node and number, has its key and its indexes, and is gone
 * with the view. */
static void test_life(void **state) {
  (void)state;
  assert_int_equal(create(&local), TIDE_OK);
  struct plan *plan = plan_of(&local, "v");
  bool exist;
  assert_int_equal(declare_counts(plan), TIDE_OK);
  assert_int_equal(state_exists(plan, &exist), TIDE_OK);
  assert_false(exist);
  assert_int_equal(state_create(plan), TIDE_OK);
  assert_int_equal(state_exists(plan, &exist), TIDE_OK);
  assert_true(exist);
  char name[80];
  snprintf(name, sizeof name, "__state_%lld_0_0", (long long)plan->view->id);
  assert_string_equal(plan->states->relation.stored, name);
  assert_string_equal(count_tables("\\_\\_state\\_%' ESCAPE '\\"),
                      "2"); /* and its index */
  assert_string_equal(
      count_tables("\\_\\_view\\_identity\\_\\_\\_state\\_%' ESCAPE '\\"), "1");
  assert_int_equal(state_create(plan), TIDE_OK); /* in the place of what was there */
  assert_string_equal(count_tables("\\_\\_state\\_%' ESCAPE '\\"), "2");
  run("DROP REALTIME VIEW v");
  assert_string_equal(count_tables("\\_\\_state\\_%' ESCAPE '\\"), "0");
}

/* Filled from its query, which verification compares it with byte for byte. */
static void test_contents(void **state) {
  (void)state;
  bool holds;
  assert_int_equal(create(&local), TIDE_OK);
  struct plan *plan = plan_of(&local, "v");
  assert_int_equal(declare_counts(plan), TIDE_OK);
  assert_int_equal(state_create(plan), TIDE_OK);
  assert_int_equal(state_verify(plan, &holds), TIDE_OK);
  assert_false(holds);
  assert_int_equal(state_fill(plan), TIDE_OK);
  assert_int_equal(state_verify(plan, &holds), TIDE_OK);
  assert_true(holds);
  char sql[200];
  snprintf(sql, sizeof sql,
           "SELECT group_concat(coalesce(s, '-') || n || 'x' || count) FROM %s",
           plan->states->relation.stored);
  assert_string_equal(local_sqlite(&local, sql), "-1x2,a1.0x1,a1.00x1");
  snprintf(sql, sizeof sql, "UPDATE %s SET n = '1.000' WHERE n = '1.0'",
           plan->states->relation.stored);
  local_sqlite(&local, sql);
  assert_int_equal(state_verify(plan, &holds), TIDE_OK);
  assert_false(holds);
  assert_int_equal(state_fill(plan), TIDE_OK);
  assert_int_equal(state_verify(plan, &holds), TIDE_OK);
  assert_true(holds);
}

/* A layout of another time is no state table of the plan's. */
static void test_other_layout(void **state) {
  (void)state;
  bool exist;
  assert_int_equal(create(&local), TIDE_OK);
  struct plan *plan = plan_of(&local, "v");
  assert_int_equal(declare_counts(plan), TIDE_OK);
  assert_int_equal(state_create(plan), TIDE_OK);
  assert_true(storage_add_column(&plan->states->storage, &plan->arena, "more",
                                 TYPE(TYPE_BIGINT)) >= 0);
  assert_int_equal(state_exists(plan, &exist), TIDE_OK);
  assert_false(exist);
}

/* What REFRESH alone fills keeps no state. */
static void test_materialized(void **state) {
  (void)state;
  bool exist;
  assert_int_equal(create(&local), TIDE_OK);
  run("CREATE MATERIALIZED VIEW m AS SELECT id, s FROM t");
  struct plan *plan = plan_of(&local, "m");
  assert_int_equal(declare_counts(plan), TIDE_OK);
  assert_int_equal(state_create(plan), TIDE_OK);
  assert_int_equal(state_fill(plan), TIDE_OK);
  assert_int_equal(state_exists(plan, &exist), TIDE_OK);
  assert_true(exist);
  assert_string_equal(count_tables("\\_\\_state\\_%' ESCAPE '\\"), "0");
}

static int make_and_fill(struct memory *memory, void *context) {
  (void)context;
  static struct local_database database;
  bool holds;
  int rc = local_open(&database, memory);
  if (rc == TIDE_OK)
    rc = create(&database);
  struct plan *plan = rc == TIDE_OK ? plan_of(&database, "v") : NULL;
  if (rc == TIDE_OK)
    rc = plan ? declare_counts(plan) : TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = state_create(plan);
  if (rc == TIDE_OK)
    rc = state_fill(plan);
  if (rc == TIDE_OK)
    rc = state_verify(plan, &holds);
  if (rc == TIDE_OK)
    rc = graph_drop_internal(&database.database, plan->view->id);
  local_close(&database);
  return rc;
}

/* Memory may run out anywhere. */
static void test_failing_allocations(void **state) {
  (void)state;
  some_failing_allocations(make_and_fill, NULL, 150);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_life),
      VIEW_TEST(test_contents),
      VIEW_TEST(test_other_layout),
      VIEW_TEST(test_materialized),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
