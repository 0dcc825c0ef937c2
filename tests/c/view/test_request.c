/* Requests: noted by the transaction that carries them out, and by no other. */
#include "view_test.h"

#include "base/json.h"
#include "view/request.h"

static int note(struct database *database, const char *client, int64_t number,
                int64_t keep, const char *gone, const char *answer) {
  cJSON *json = NULL;
  if (gone && json_parse(database->memory, gone, strlen(gone), &json))
    return TIDE_ERROR_NOMEM;
  struct request request = {.client = client,
                            .number = number,
                            .keep = keep,
                            .gone = json,
                            .answer = answer,
                            .answer_size = strlen(answer)};
  int rc = request_note(database, &request);
  json_free(json);
  return rc;
}

static void noted(const char *client, int64_t number, int64_t keep, const char *gone,
                  const char *answer) {
  assert_int_equal(note(&local.database, client, number, keep, gone, answer), TIDE_OK);
}

#define ALL                                                                            \
  "SELECT client, number, convert_from(answer, 'UTF8') FROM tidemark.requests"         \
  " ORDER BY client, number"

/* A note is there when its transaction was committed, and not when it was undone. */
static void test_with_the_transaction(void **state) {
  (void)state;
  run("CREATE TABLE t (id integer PRIMARY KEY)");
  run("BEGIN");
  run("INSERT INTO t VALUES (1)");
  noted("ada", 1, 1, NULL, "one");
  run("COMMIT");
  run("BEGIN");
  run("INSERT INTO t VALUES (2)");
  noted("ada", 2, 1, NULL, "two");
  run("ROLLBACK");
  expect_rows(ALL, "ada|1|one\n");
  expect_rows("SELECT id FROM t", "1\n");
}

/* Outside of a transaction nothing is carried out that could be noted; a request is carried out once. */
static void test_refused(void **state) {
  (void)state;
  assert_int_equal(note(&local.database, "ada", 1, 1, NULL, ""),
                   TIDE_ERROR_NO_TRANSACTION);
  run("BEGIN");
  noted("ada", 1, 1, NULL, "");
  assert_int_not_equal(note(&local.database, "ada", 1, 1, NULL, ""), TIDE_OK);
  run("ROLLBACK");
  expect_rows(ALL, "");
}

/* What its client does not ask for again, and all of clients that are gone, is forgotten. */
static void test_forgetting(void **state) {
  (void)state;
  run("BEGIN");
  noted("ada", 1, 1, NULL, "a1");
  noted("ada", 2, 1, NULL, "a2");
  noted("bo", 1, 1, NULL, "b1");
  noted("cy", 1, 1, NULL, "c1");
  run("COMMIT");
  run("BEGIN");
  noted("ada", 4, 2, "[\"bo\"]", "a4");
  run("COMMIT");
  expect_rows(ALL, "ada|2|a2\nada|4|a4\ncy|1|c1\n");
}

static int run_scenario(struct memory *memory, void *context) {
  (void)context;
  static struct local_database own;
  int rc = local_open(&own, memory);
  if (rc == TIDE_OK)
    rc = local_script(&own, "CREATE TABLE t (id integer PRIMARY KEY);\nBEGIN;\n"
                            "INSERT INTO t VALUES (1);\n");
  if (rc == TIDE_OK)
    rc = note(&own.database, "ada", 1, 1, "[\"bo\",\"cy\"]", "answer");
  if (rc == TIDE_OK)
    rc = local_script(&own, "COMMIT;\n");
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
      VIEW_TEST(test_with_the_transaction),
      VIEW_TEST(test_refused),
      VIEW_TEST(test_forgetting),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
