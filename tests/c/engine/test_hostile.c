/* Tests of the engine against a host or origin whose answers are damaged: it refuses them, or copes, and works on. */
#include "base/block.h"
#include "lib/test.h"
#include "tidemark.h"

#define NOW INT64_C(1769853600000)
#define FIELDS                                                                         \
  "\"fields\":[{\"name\":\"id\",\"type\":\"integer\"},"                                \
  "{\"name\":\"name\",\"type\":\"text\"},{\"name\":\"__version\",\"type\":\"text\"}]"

/* What an origin answers to a realtime view, stage by stage; `rows` gives the row blocks. */
struct stage {
  enum tide_event_type type;
  const char *json;
  void (*rows)(struct block_writer *writer, struct buffer *out);
};

static void finish(struct block_writer *writer, struct buffer *out, uint32_t columns) {
  assert_int_equal(block_finish(writer, out), TIDE_OK);
  block_writer_clear(writer, columns);
}

static void no_rows(struct block_writer *writer, struct buffer *out) {
  block_writer_clear(writer, 2);
  finish(writer, out, 2);
}

static void key_rows(struct block_writer *writer, struct buffer *out) {
  block_writer_clear(writer, 6);
  block_integer(writer, 1);
  block_text(writer, "id", 2);
  block_boolean(writer, false);
  for (int i = 0; i < 3; i++)
    block_null(writer);
  finish(writer, out, 0);
}

static void item(struct block_writer *writer, int64_t id, const char *name) {
  block_integer(writer, id);
  block_text(writer, name, strlen(name));
  block_text(writer, "7", 1);
}

static void snapshot_rows(struct block_writer *writer, struct buffer *out) {
  block_writer_clear(writer, 3);
  item(writer, 1, "one");
  item(writer, 2, "zw\xC3\xB6lf");
  finish(writer, out, 0);
}

static void change_rows(struct block_writer *writer, struct buffer *out) {
  block_writer_clear(writer, 3);
  item(writer, 3, "three");
  finish(writer, out, 1);
  block_integer(writer, 1);
  finish(writer, out, 0);
}

static const struct stage stages[] = {
    {TIDE_EVENT_RESPONSE,
     "{\"id\":1,\"fields\":[{\"name\":\"id\",\"type\":\"integer\"},"
     "{\"name\":\"name\",\"type\":\"text\"}],\"rowCount\":0}",
     no_rows},
    {TIDE_EVENT_RESPONSE,
     "{\"id\":2,\"fields\":[{\"name\":\"i\",\"type\":\"bigint\"},{\"name\":\"c\","
     "\"type\":\"text\"},{\"name\":\"g\","
     "\"type\":\"boolean\"},{\"name\":\"s\",\"type\":\"text\"},"
     "{\"name\":\"r\",\"type\":\"text\"},{\"name\":\"f\",\"type\":\"text\"}],"
     "\"rowCount\":1}",
     key_rows},
    {TIDE_EVENT_SUBSCRIBED, "{\"id\":3}", NULL},
    {TIDE_EVENT_SNAPSHOT,
     "{\"id\":3,\"first\":true,\"last\":true,\"cursor\":\"c1\",\"applied\":0," FIELDS
     "}",
     snapshot_rows},
    {TIDE_EVENT_CHANGES,
     "{\"id\":3,\"upserts\":1,\"cursor\":\"c2\",\"applied\":0," FIELDS "}",
     change_rows},
    {TIDE_EVENT_FAILED,
     "{\"id\":3,\"code\":\"08006\",\"message\":\"gone\",\"transient\":true}", NULL},
};

static void drain(tide_engine *engine) {
  tide_effect effect;
  while (tide_next_effect(engine, &effect)) {
  }
}

/* Runs to its end; what it waits for never comes. Returns the first column of its last row. */
static int64_t run(tide_engine *engine, const char *sql, int *status) {
  tide_statement *statement = NULL;
  size_t consumed;
  int64_t value = -1;
  *status = tide_prepare(engine, sql, strlen(sql), &statement, &consumed);
  while (*status == TIDE_DONE && (*status = tide_step(statement)) == TIDE_ROW) {
    value = tide_column_integer(statement, 0);
    *status = TIDE_DONE;
  }
  tide_finalize(statement);
  drain(engine);
  return value;
}

static tide_engine *open_with_view(void) {
  const tide_config config = {
      .storage = TIDE_STORAGE_MEMORY, .now = NOW, .seed = {1}, .auto_sync = 1};
  tide_engine *engine = NULL;
  int status;
  assert_int_equal(tide_open(&config, &engine), TIDE_DONE);
  run(engine,
      "CREATE REALTIME VIEW v AS SELECT id, name FROM items "
      "WITH (replication_origin = 'postgres:app')",
      &status);
  return engine;
}

static uint64_t random_state = 88172645463325252u;

static size_t random_below(size_t bound) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return bound == 0 ? 0 : (size_t)(random_state % bound);
}

/* Changes a few bytes, cuts the end off, or repeats a part. */
static size_t damage(char *bytes, size_t size) {
  static const char interesting[] = "\0\xFF{}[]\",:0-9.\x80\xC3\x01\x7F";
  if (size == 0)
    return 0;
  if (random_below(4) == 0)
    return random_below(size);
  for (size_t i = 0; i <= random_below(4); i++) {
    size_t at = random_below(size);
    if (random_below(2) == 0)
      bytes[at] = interesting[random_below(sizeof interesting)];
    else
      bytes[at] = (char)(bytes[at] ^ 1 << random_below(8));
  }
  return size;
}

/* Feeds one stage, damaged if wanted. Returns the status. */
static int feed(tide_engine *engine, const struct stage *stage, bool damaged) {
  struct block_writer writer;
  struct buffer json, data;
  buffer_init(&json, memory_default());
  buffer_init(&data, memory_default());
  block_writer_init(&writer, memory_default(), 0);
  buffer_text(&json, stage->json);
  if (stage->rows != NULL)
    stage->rows(&writer, &data);
  if (damaged && (data.length == 0 || random_below(2) == 0))
    json.length = damage(json.data, json.length);
  else if (damaged)
    data.length = damage(data.data, data.length);
  const tide_event event = {.type = stage->type,
                            .now = NOW,
                            .json = json.data,
                            .json_size = json.length,
                            .data = data.data,
                            .data_size = data.length};
  int status = tide_feed(engine, &event);
  drain(engine);
  block_writer_deinit(&writer);
  buffer_deinit(&json);
  buffer_deinit(&data);
  return status;
}

/* The stages are what a real origin answers: undamaged they end in the view's rows. */
static void undamaged_stages_fill_the_view(void **state) {
  (void)state;
  tide_engine *engine = open_with_view();
  int status;
  for (size_t i = 0; i < COUNT(stages); i++) {
    if (feed(engine, &stages[i], false) != TIDE_DONE)
      fail_msg("stage %d: %s", (int)i, tide_error(engine));
  }
  assert_int_equal(run(engine, "SELECT sum(id) FROM v", &status), 2 + 3);
  assert_int_equal(status, TIDE_DONE);
  tide_close(engine);
}

/* Whichever answer is damaged in whichever way, the engine neither crashes nor stops working. */
static void damaged_answers_do_no_harm(void **state) {
  (void)state;
  enum { TRIES = 150 };
  int refused = 0;
  for (size_t damaged = 0; damaged < COUNT(stages); damaged++) {
    for (int try = 0; try < TRIES; try++) {
      tide_engine *engine = open_with_view();
      int status;
      for (size_t i = 0; i < COUNT(stages); i++) {
        int result = feed(engine, &stages[i], i == damaged);
        refused += i == damaged && result != TIDE_DONE;
      }
      run(engine, "SELECT * FROM v", &status);
      assert_int_equal(run(engine, "SELECT 41 + 1", &status), 42);
      assert_int_equal(status, TIDE_DONE);
      tide_close(engine);
    }
  }
  assert_true(refused > TRIES);
}

/* Answers that come twice, late, or without a question change nothing. */
static void unasked_answers_are_ignored(void **state) {
  (void)state;
  tide_engine *engine = open_with_view();
  int status;
  for (size_t i = COUNT(stages); i-- > 0;) {
    if (i != 0)
      assert_int_equal(feed(engine, &stages[i], false), TIDE_DONE);
  }
  for (size_t i = 0; i < COUNT(stages) - 1; i++) {
    assert_int_equal(feed(engine, &stages[i], false), TIDE_DONE);
    if (stages[i].type == TIDE_EVENT_RESPONSE)
      assert_int_equal(feed(engine, &stages[i], false), TIDE_DONE);
  }
  assert_int_equal(run(engine, "SELECT sum(id) FROM v", &status), 2 + 3);
  tide_close(engine);
}

static int count_down(void *context) {
  int *left = context;
  return (*left)-- <= 0;
}

/* A statement that never ends is ended from outside, at whatever moment: it fails with 57014 and has changed nothing. */
static void what_runs_is_interrupted(void **state) {
  (void)state;
  for (int looks = 0; looks < 9; looks += 4) {
    tide_engine *engine = open_with_view();
    int status, left = looks;
    run(engine, "CREATE TABLE t (id integer PRIMARY KEY)", &status);
    run(engine, "CREATE REALTIME VIEW sums AS SELECT sum(id) AS s FROM t", &status);
    run(engine, "INSERT INTO t VALUES (1)", &status);
    tide_set_interrupt(engine, count_down, &left);
    run(engine,
        "INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c "
        "WHERE n < 1000000000) SELECT n FROM c",
        &status);
    assert_true(status > 0);
    assert_non_null(strstr(tide_error(engine), "57014"));
    assert_false(tide_in_transaction(engine));
    tide_set_interrupt(engine, NULL, NULL);
    assert_int_equal(run(engine, "SELECT count(*) FROM t", &status), 1);
    assert_int_equal(run(engine, "SELECT s FROM sums", &status), 1);
    run(engine, "INSERT INTO t VALUES (2)", &status);
    assert_int_equal(run(engine, "SELECT s FROM sums", &status), 3);
    tide_close(engine);
  }
}

/* A statement that is no UTF-8 is refused, wherever the bytes are, with their place; what follows it does not matter. */
static void what_is_no_text_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *sql;
    int position; /* -1: it is run */
  } cases[] = {
      {"SELECT '\xFF'", 8},
      {"SELECT \"\xC3\"", 8},
      {"\xFFSELECT 1", 0},
      {"SELECT /* \xED\xA0\x80 */ 1", 10},
      {"SELECT '\xC3\xA9', \xF0\x9F", 12},
      {"SELECT 1; SELECT '\xFF'", -1},
  };
  tide_engine *engine = open_with_view();
  for (size_t i = 0; i < COUNT(cases); i++) {
    int status;
    char position[40];
    run(engine, cases[i].sql, &status);
    if (cases[i].position < 0) {
      assert_int_equal(status, TIDE_DONE);
      continue;
    }
    assert_true(status > 0);
    snprintf(position, sizeof position, "\"position\":%d", cases[i].position);
    if (!strstr(tide_error(engine), "22021") || !strstr(tide_error(engine), position))
      fail_msg("%s", tide_error(engine));
  }
  tide_close(engine);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(undamaged_stages_fill_the_view),
      cmocka_unit_test(damaged_answers_do_no_harm),
      cmocka_unit_test(unasked_answers_are_ignored),
      cmocka_unit_test(what_runs_is_interrupted),
      cmocka_unit_test(what_is_no_text_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
