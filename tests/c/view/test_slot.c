/* Slots: commits kept for who subscribed until they are acknowledged. */
#include "view_test.h"

#include "view/slot.h"
#include "view/transaction.h"

/* Opens a slot with a selector as JSON; NULL: everything. */
static int open_slot(struct database *database, const char *name,
                     const char *selector) {
  cJSON *json = NULL;
  if (selector && json_parse(database->memory, selector, strlen(selector), &json))
    return TIDE_ERROR_NOMEM;
  int rc = slot_open(database, name, json);
  json_free(json);
  return rc;
}

/* Reads a slot; what it gives as text: "number of changes' entries" of each commit, then the
 * end: "1 2 end". */
static const char *read_slot(struct database *database, const char *name, int64_t after,
                             int64_t maximum, int *rc) {
  static char found[400];
  size_t length = 0;
  tide_effect effect;
  found[0] = 0;
  while (effects_take(database->effects, &effect)) {
  }
  *rc = slot_read(database, name, after, maximum);
  while (effects_take(database->effects, &effect) && length < 300) {
    if (effect.type != TIDE_EFFECT_SLOT)
      continue;
    int entries = 0;
    for (const char *at = effect.json; (at = strstr(at, "\"rows\":")); at++)
      entries++;
    if (strstr(effect.json, "\"end\":"))
      length += (size_t)snprintf(found + length, 40, "%s%s",
                                 strstr(effect.json, "\"end\":true") ? "end" : "more",
                                 strstr(effect.json, "\"lost\":true") ? " lost" : "");
    else
      length += (size_t)snprintf(found + length, 40, "%d ", entries);
  }
  return found;
}

static const char *read_all(const char *name) {
  int rc;
  const char *found = read_slot(&local.database, name, 0, 100, &rc);
  return rc == TIDE_OK ? found : tide_error_sqlstate(rc);
}

static int64_t last_kept(void) {
  return strtoll(
      local_sqlite(&local,
                   "SELECT coalesce(max(number), 0) FROM __tidemark_slot_commits"),
      NULL, 10);
}

/* What is committed after it was made is kept until it is acknowledged. */
static void test_keeping(void **state) {
  (void)state;
  run("CREATE TABLE t (id integer PRIMARY KEY)");
  run("CREATE TABLE u (id integer PRIMARY KEY)");
  run("INSERT INTO t VALUES (1)");
  assert_int_equal(open_slot(&local.database, "mine", "[[\"public\",\"t\"]]"), TIDE_OK);
  assert_string_equal(read_all("mine"), "end");
  run("INSERT INTO t VALUES (2), (3)");
  run("INSERT INTO u VALUES (2)");
  run("BEGIN");
  run("DELETE FROM t WHERE id = 1");
  run("INSERT INTO u VALUES (3)");
  run("COMMIT");
  assert_string_equal(read_all("mine"), "1 1 end");
  run("BEGIN");
  run("DELETE FROM t");
  run("ROLLBACK");
  run_failing("INSERT INTO t VALUES (7), (7)", "23505");
  assert_string_equal(read_all("mine"), "1 1 end");
  int rc;
  assert_string_equal(read_slot(&local.database, "mine", 0, 1, &rc), "1 more");
  assert_string_equal(read_slot(&local.database, "mine", last_kept(), 9, &rc), "end");
  assert_int_equal(slot_acknowledge(&local.database, "mine", last_kept()), TIDE_OK);
  assert_string_equal(read_all("mine"), "end");
  assert_int_equal(last_kept(), 0);
}

/* A commit is kept once for all, until the last of them is done with it. */
static void test_several(void **state) {
  (void)state;
  run("CREATE TABLE t (id integer PRIMARY KEY)");
  run("CREATE TABLE u (id integer PRIMARY KEY)");
  assert_int_equal(open_slot(&local.database, "all", NULL), TIDE_OK);
  assert_int_equal(open_slot(&local.database, "t", "[[\"public\",\"t\"]]"), TIDE_OK);
  run("BEGIN");
  run("INSERT INTO t VALUES (1)");
  run("INSERT INTO u VALUES (1)");
  run("COMMIT");
  assert_string_equal(read_all("all"), "2 end");
  assert_int_equal(slot_acknowledge(&local.database, "all", last_kept()), TIDE_OK);
  assert_string_equal(read_all("all"), "end");
  assert_string_equal(read_all("t"), "2 end");
  assert_int_equal(slot_drop(&local.database, "t"), TIDE_OK);
  assert_int_equal(slot_drop(&local.database, "t"), TIDE_OK);
  assert_string_equal(read_all("t"), "42704");
  assert_int_equal(last_kept(), 0);
  assert_int_equal(slot_drop(&local.database, "all"), TIDE_OK);
  run("INSERT INTO t VALUES (2)");
  assert_int_equal(last_kept(), 0);
}

/* Rows recorded before their table got another column are not taken for rows of the new shape, of which they are only a part. */
static void test_reshaped(void **state) {
  (void)state;
  run("CREATE TABLE t (id integer PRIMARY KEY, a text)");
  run("INSERT INTO t VALUES (1, 'one'), (2, 'two')");
  assert_int_equal(open_slot(&local.database, "all", NULL), TIDE_OK);
  run("BEGIN");
  run("UPDATE t SET a = 'x'");
  run("ALTER TABLE t ADD COLUMN b text DEFAULT 'y'");
  run("COMMIT");
  assert_string_equal(read_all("all"), "end");
  run("UPDATE t SET b = 'z'");
  assert_string_equal(read_all("all"), "1 end");
}

/* Too much waits: the oldest goes, and who had not got it is told so. */
static void test_bound(void **state) {
  (void)state;
  run("CREATE TABLE t (id serial PRIMARY KEY, s text)");
  assert_int_equal(open_slot(&local.database, "slow", NULL), TIDE_OK);
  run("INSERT INTO t (s) VALUES ('first')");
  assert_string_equal(read_all("slow"), "1 end");
  for (int i = 0; i < 9; i++)
    run("INSERT INTO t (s) SELECT repeat('x', 8000000)");
  int rc;
  assert_non_null(strstr(read_slot(&local.database, "slow", 0, 100, &rc), "end lost"));
  assert_true(strtoll(local_sqlite(&local, "SELECT sum(length(data)) FROM "
                                           "__tidemark_slot_commits"),
                      NULL, 10) < SLOT_BYTES);
  assert_int_equal(slot_acknowledge(&local.database, "slow", last_kept()), TIDE_OK);
  assert_string_equal(read_all("slow"), "end");
}

static int run_scenario(struct memory *memory, void *context) {
  (void)context;
  static struct local_database own;
  int rc = local_open(&own, memory);
  if (rc == TIDE_OK)
    rc = local_script(&own, "CREATE TABLE t (id integer PRIMARY KEY, s text);\n"
                            "CREATE TABLE u (id integer PRIMARY KEY);\n");
  if (rc == TIDE_OK)
    rc = open_slot(&own.database, "mine", "[[\"public\",\"t\"],[\"other\",null]]");
  if (rc == TIDE_OK)
    rc = open_slot(&own.database, "all", NULL);
  if (rc == TIDE_OK)
    rc = local_script(&own, "INSERT INTO t VALUES (1, 'a'), (2, NULL);\n"
                            "UPDATE t SET s = 'b';\n"
                            "INSERT INTO u VALUES (1);\n");
  if (rc == TIDE_OK)
    read_slot(&own.database, "mine", 0, 10, &rc);
  if (rc == TIDE_OK)
    rc = slot_acknowledge(&own.database, "mine", 1);
  if (rc == TIDE_OK)
    rc = slot_drop(&own.database, "all");
  local_close(&own);
  return rc;
}

/* With all memory there is it works; with less it fails cleanly. */
static void test_failing_allocations(void **state) {
  (void)state;
  some_failing_allocations(run_scenario, NULL, 200);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_keeping),
      VIEW_TEST(test_several),
      VIEW_TEST(test_reshaped),
      VIEW_TEST(test_bound),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
