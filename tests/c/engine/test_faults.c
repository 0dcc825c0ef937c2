/* Every call of the disk fails once, is short once, is torn once, and the process or the power goes there: whatever was
 * acknowledged is there, whatever was not has left nothing, views and the queue are whole, and the engine works on. */
#include "base/block.h"
#include "base/library.h"
#include "engine.h"
#include "lib/crash_files.h"
#include "lib/test.h"

#define NOW INT64_C(1769853600000)

/* --- an engine on a disk --- */

static const uint8_t *key;

static tide_engine *open_engine(struct crash_disk *disk) {
  static int opened;
  tide_config config = {.storage = TIDE_STORAGE_FILE,
                        .path = "test.db",
                        .files = crash_disk_files(disk),
                        .now = NOW,
                        .auto_sync = 1,
                        .key = key};
  tide_engine *engine = NULL;
  opened++;
  memcpy(config.seed, &opened, sizeof opened);
  if (tide_open(&config, &engine) != TIDE_DONE) {
    tide_close(engine);
    return NULL;
  }
  /* Little stays in memory, and the log is copied into the database often. */
  sqlite3_exec(engine->database.handle,
               "PRAGMA cache_size = 20; PRAGMA wal_autocheckpoint = 40", NULL, NULL,
               NULL);
  return engine;
}

static void drain(tide_engine *engine) {
  tide_effect effect;
  while (tide_next_effect(engine, &effect)) {
  }
}

static void feed(tide_engine *engine, enum tide_event_type type, const char *json,
                 const struct buffer *data) {
  const tide_event event = {.type = type,
                            .now = NOW,
                            .json = json,
                            .json_size = strlen(json),
                            .data = data ? data->data : NULL,
                            .data_size = data ? data->length : 0};
  if (tide_feed(engine, &event) != TIDE_DONE)
    fail_msg("%s: %s", json, tide_error(engine));
  drain(engine);
}

/* Runs one statement to its end. What it waits for comes from outside. */
static int run(tide_engine *engine, const char *sql, int64_t *value) {
  tide_statement *statement = NULL;
  size_t consumed;
  int status = tide_prepare(engine, sql, strlen(sql), &statement, &consumed);
  while (status == TIDE_DONE && (status = tide_step(statement)) == TIDE_ROW) {
    if (value)
      *value = tide_column_integer(statement, 0);
    status = TIDE_DONE;
  }
  tide_finalize(statement);
  drain(engine);
  return status;
}

static void must_run(tide_engine *engine, const char *sql) {
  int status = run(engine, sql, NULL);
  if (status != TIDE_DONE && status != TIDE_WAIT)
    fail_msg("%s: %s", sql, tide_error(engine));
}

/* --- what there is before anything fails --- */

#define FIELDS                                                                         \
  "\"fields\":[{\"name\":\"id\",\"type\":\"integer\"},"                                \
  "{\"name\":\"name\",\"type\":\"text\"},{\"name\":\"__version\",\"type\":\"text\"}]"

/* A view of an origin with two rows, as the origin would answer. */
static void fill_foreign_view(tide_engine *engine) {
  struct block_writer writer;
  struct buffer data;
  buffer_init(&data, memory_default());
  block_writer_init(&writer, memory_default(), 2);
  must_run(engine,
           "CREATE REALTIME VIEW items AS SELECT id, name FROM origin_items WITH "
           "(replication_origin = 'postgres:app', write_policy = 'local_first')");
  block_finish(&writer, &data);
  feed(
      engine, TIDE_EVENT_RESPONSE,
      "{\"id\":1,\"fields\":[{\"name\":\"id\",\"type\":\"integer\"},{\"name\":\"name\","
      "\"type\":\"text\"}],\"rowCount\":0}",
      &data);
  buffer_clear(&data);
  block_writer_clear(&writer, 6);
  block_integer(&writer, 1);
  block_text(&writer, "id", 2);
  block_boolean(&writer, false);
  for (int i = 0; i < 3; i++)
    block_null(&writer);
  block_finish(&writer, &data);
  feed(engine, TIDE_EVENT_RESPONSE,
       "{\"id\":2,\"fields\":[{\"name\":\"i\",\"type\":\"bigint\"},{\"name\":\"c\","
       "\"type\":\"text\"},{\"name\":\"g\","
       "\"type\":\"boolean\"},{\"name\":\"s\",\"type\":\"text\"},"
       "{\"name\":\"r\",\"type\":\"text\"},{\"name\":\"f\",\"type\":\"text\"}],"
       "\"rowCount\":1}",
       &data);
  feed(engine, TIDE_EVENT_SUBSCRIBED, "{\"id\":3}", NULL);
  buffer_clear(&data);
  block_writer_clear(&writer, 3);
  for (int i = 1; i <= 2; i++) {
    block_integer(&writer, i);
    block_text(&writer, i == 1 ? "one" : "two", 3);
    block_text(&writer, "7", 1);
  }
  block_finish(&writer, &data);
  feed(engine, TIDE_EVENT_SNAPSHOT,
       "{\"id\":3,\"first\":true,\"last\":true,\"cursor\":\"c1\",\"applied\":0," FIELDS
       "}",
       &data);
  block_writer_deinit(&writer);
  buffer_deinit(&data);
}

static struct crash_disk *base_disk(void) {
  static const char *const statements[] = {
      "CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL)",
      "CREATE TABLE orders (id integer PRIMARY KEY, customer integer REFERENCES "
      "customers,"
      " total numeric(10,2), note text)",
      "CREATE INDEX ON orders (customer)",
      "INSERT INTO customers SELECT i, 'c' || i FROM generate_series(1, 5) AS i",
      "CREATE REALTIME VIEW joined AS SELECT o.id, o.note, c.name FROM orders o JOIN "
      "customers c ON c.id = o.customer",
      "CREATE REALTIME VIEW totals AS SELECT customer, count(*) AS n, sum(total) AS "
      "total,"
      " max(note) AS last FROM orders GROUP BY customer",
      "CREATE REALTIME VIEW documents AS SELECT c.id, c.name, (SELECT "
      "json_agg(json_build_object('id', o.id, 'total', o.total) ORDER BY o.id) FROM "
      "orders o WHERE o.customer = c.id) AS orders FROM customers c"};
  struct crash_disk *disk = crash_disk_new(1);
  tide_engine *engine = open_engine(disk);
  assert_non_null(engine);
  fill_foreign_view(engine);
  for (size_t i = 0; i < COUNT(statements); i++)
    must_run(engine, statements[i]);
  feed(engine, TIDE_EVENT_CONTROL,
       "{\"call\":\"openSlot\",\"slot\":\"s\",\"selector\":[[\"public\",\"totals\"]]}",
       NULL);
  tide_close(engine);
  return disk;
}

/* --- what is done --- */

static const char *const steps[] = {
    "INSERT INTO orders SELECT i, 1 + i % 5, i * 1.5, repeat('x', 300) FROM "
    "generate_series(1, 60) AS i",
    "INSERT INTO items VALUES (3, 'three')",
    "UPDATE orders SET total = total + 1, note = 'y' WHERE customer = 2",
    "DELETE FROM orders WHERE id % 4 = 0",
    "UPDATE items SET name = 'uno' WHERE id = 1",
    "ALTER TABLE orders ADD COLUMN extra text DEFAULT 'e'",
    "UPDATE customers SET name = upper(name)",
    "CREATE REALTIME VIEW latest AS SELECT id, note FROM orders ORDER BY id DESC LIMIT "
    "3",
    "INSERT INTO orders (id, customer, total, note) SELECT i, 1 + i % 3, 2, "
    "repeat('z', 900) FROM generate_series(100, 150) AS i",
    "DROP REALTIME VIEW joined",
    "DELETE FROM orders",
    "DELETE FROM items WHERE id = 2"};

enum { STEPS = COUNT(steps) };

/* What there is after each step. */
static uint64_t states[STEPS + 1];

static uint64_t mix(uint64_t hash, const void *data, size_t size) {
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ ((const unsigned char *)data)[i]) * UINT64_C(1099511628211);
  return hash;
}

/* A sum over the rows of a table, in any order. What is told apart by the session that wrote it is left out. */
static uint64_t table_sum(sqlite3 *handle, const char *table) {
  sqlite3_stmt *statement;
  uint64_t sum = 0;
  char *sql = strcmp(table, "__tidemark_slot_commits") == 0
                  ? sqlite3_mprintf("SELECT data FROM %s", table)
                  : sqlite3_mprintf("SELECT * FROM \"%w\"", table);
  assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
  int status;
  while ((status = sqlite3_step(statement)) == SQLITE_ROW) {
    uint64_t hash = mix(UINT64_C(14695981039346656037), table, strlen(table));
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
      int type = sqlite3_column_type(statement, i);
      hash = mix(hash, &type, sizeof type);
      const void *bytes = sqlite3_column_blob(statement, i);
      hash = mix(hash, bytes, (size_t)sqlite3_column_bytes(statement, i));
    }
    sum += hash;
  }
  if (status != SQLITE_DONE)
    fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
  sqlite3_finalize(statement);
  sqlite3_free(sql);
  return sum;
}

/* All tables: the user's, views with what they remember, catalog, queue and slots. */
static uint64_t state_of(tide_engine *engine) {
  sqlite3 *handle = engine->database.handle;
  sqlite3_stmt *names;
  uint64_t sum = 0;
  library_use(&engine->memory);
  assert_int_equal(
      sqlite3_prepare_v2(handle,
                         "SELECT name FROM sqlite_schema WHERE type = 'table' AND name "
                         "NOT IN ('__tidemark_settings', '__tidemark_sync')",
                         -1, &names, NULL),
      SQLITE_OK);
  while (sqlite3_step(names) == SQLITE_ROW)
    sum += table_sum(handle, (const char *)sqlite3_column_text(names, 0));
  sqlite3_finalize(names);
  return sum;
}

static void check_integrity(tide_engine *engine) {
  sqlite3_stmt *statement;
  library_use(&engine->memory);
  assert_int_equal(sqlite3_prepare_v2(engine->database.handle, "PRAGMA integrity_check",
                                      -1, &statement, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
  sqlite3_finalize(statement);
}

/* Every view shows what its query gives. */
static void check_views(tide_engine *engine, int step) {
  static const struct {
    const char *view, *query;
    int from, until; /* the steps after which there is such a view */
  } views[] = {
      {"joined",
       "SELECT o.id, o.note, c.name FROM orders o JOIN customers c ON c.id = "
       "o.customer",
       0, 9},
      {"totals",
       "SELECT customer, count(*), sum(total), max(note) FROM orders GROUP BY customer",
       0, STEPS},
      {"(SELECT id, name, orders::text FROM documents) d",
       "SELECT c.id, c.name, (SELECT json_agg(json_build_object('id', o.id, 'total', "
       "o.total) ORDER BY o.id) FROM orders o WHERE o.customer = c.id)::text FROM "
       "customers c",
       0, STEPS},
      {"latest",
       "SELECT * FROM (SELECT id, note FROM orders ORDER BY id DESC LIMIT 3) l", 8,
       STEPS}};
  for (size_t i = 0; i < COUNT(views); i++) {
    char sql[1024];
    int64_t different = -1;
    if (step < views[i].from || step > views[i].until)
      continue;
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM ((SELECT * FROM %s EXCEPT %s) UNION ALL (%s EXCEPT "
             "SELECT * FROM %s)) AS x",
             views[i].view, views[i].query, views[i].query, views[i].view);
    if (run(engine, sql, &different) != TIDE_DONE || different != 0)
      fail_msg("after step %d: %s: %d rows differ, %s", step, views[i].view,
               (int)different, tide_error(engine));
  }
}

/* Notes what there is after each step when nothing fails; returns how many calls that takes. */
static long note_states(const struct crash_disk *base) {
  struct crash_disk *disk = crash_disk_copy(base, 1);
  tide_engine *engine = open_engine(disk);
  for (int step = 0; step <= STEPS; step++) {
    check_views(engine, step);
    states[step] = state_of(engine);
    if (step > 0 && states[step] == states[step - 1])
      fail_msg("%s changes nothing", steps[step - 1]);
    if (step < STEPS && run(engine, steps[step], NULL) != TIDE_DONE)
      fail_msg("%s: %s", steps[step], tide_error(engine));
  }
  tide_close(engine);
  long calls = crash_disk_calls(disk);
  crash_disk_free(disk);
  return calls;
}

/* --- faults --- */

enum after { GOES_ON, DIES, LOSES_POWER };

struct point {
  long call;
  enum crash_fault fault;
  enum after after;
};

static void expect_state(tide_engine *engine, const struct point *point, int least,
                         int most, int *step) {
  uint64_t state = state_of(engine);
  for (*step = least; *step <= most; (*step)++) {
    if (states[*step] == state)
      return;
  }
  fail_msg("call %ld, fault %d, then %d: the state is none of those after %d to %d "
           "steps",
           point->call, (int)point->fault, (int)point->after, least, most);
}

static tide_engine *must_open(struct crash_disk *disk, const struct point *point) {
  tide_engine *engine = open_engine(disk);
  if (engine == NULL)
    fail_msg("call %ld, fault %d, then %d: it cannot be opened again", point->call,
             (int)point->fault, (int)point->after);
  return engine;
}

/* Does the steps from `step` on. A failed one must have changed nothing, and succeeds when it is tried again; unless the
 * process dies. Returns the number of steps that are done. */
static int do_steps(tide_engine *engine, const struct point *point, int step) {
  int failures = 0;
  while (step < STEPS) {
    if (run(engine, steps[step], NULL) == TIDE_DONE) {
      step++;
      continue;
    }
    if (point->after != GOES_ON)
      return step;
    if (++failures > 1)
      fail_msg("call %ld, fault %d: %s fails again: %s", point->call, (int)point->fault,
               steps[step], tide_error(engine));
    int found;
    expect_state(engine, point, step, step, &found);
  }
  return step;
}

/* Returns whether the workload came to that call, and the call can meet that fault. */
static bool try_point(const struct crash_disk *base, const struct point *point) {
  struct crash_disk *disk = crash_disk_copy(base, (uint64_t)point->call);
  bool dies = point->after != GOES_ON;
  crash_disk_fault_at(disk, point->call, point->fault, dies);
  tide_engine *engine = open_engine(disk);
  if (engine == NULL && !dies)
    engine = must_open(disk, point);
  int done = engine == NULL ? 0 : do_steps(engine, point, 0);
  tide_close(engine);
  bool met = crash_disk_faulted(disk);
  if (point->after == DIES)
    crash_disk_revive(disk);
  else if (point->after == LOSES_POWER)
    crash_disk_restart(disk);
  if (met) {
    engine = must_open(disk, point);
    expect_state(engine, point, done, done < STEPS ? done + 1 : STEPS, &done);
    check_integrity(engine);
    struct point none = {point->call, point->fault, GOES_ON};
    do_steps(engine, &none, done);
    expect_state(engine, point, STEPS, STEPS, &done);
    check_views(engine, STEPS);
    tide_close(engine);
  }
  crash_disk_free(disk);
  return met;
}

/* Every call of the disk, or every `stride`-th: CRASH_POINTS=1 in the environment tries them all. */
static void try_points(long stride) {
  static const struct point kinds[] = {
      {0, CRASH_FAULT_FAIL, GOES_ON},      {0, CRASH_FAULT_FAIL, DIES},
      {0, CRASH_FAULT_FAIL, LOSES_POWER},  {0, CRASH_FAULT_FULL, GOES_ON},
      {0, CRASH_FAULT_SHORT, GOES_ON},     {0, CRASH_FAULT_SHORT, DIES},
      {0, CRASH_FAULT_SHORT, LOSES_POWER}, {0, CRASH_FAULT_TORN, LOSES_POWER}};
  struct crash_disk *base = base_disk();
  long calls = note_states(base), tried = 0;
  const char *wanted = getenv("CRASH_POINTS");
  if (wanted)
    stride = atol(wanted);
  for (size_t kind = 0; kind < COUNT(kinds); kind++) {
    long first = 1 + (long)kind * 5 % stride;
    for (long call = first; call <= calls; call += stride) {
      struct point point = kinds[kind];
      point.call = call;
      tried += try_point(base, &point);
    }
  }
  crash_disk_free(base);
  printf("%ld crash points tried, %ld calls of the disk\n", tried, calls);
  assert_true(tried > calls / stride);
}

static void every_call_meets_every_fault(void **state) {
  (void)state;
  try_points(80);
}

/* The same in an encrypted database. */
static void every_call_meets_every_fault_encrypted(void **state) {
  static const uint8_t bytes[32] = {1, 6, 1, 8};
  (void)state;
  key = bytes;
  try_points(400);
  key = NULL;
}

static void assert_same_file(struct crash_disk *disk, struct crash_disk *before,
                             const char *name) {
  size_t size, size_before;
  const unsigned char *now = crash_disk_content(disk, name, &size);
  const unsigned char *then = crash_disk_content(before, name, &size_before);
  assert_true((now == NULL) == (then == NULL));
  assert_int_equal(size, size_before);
  if (size > 0)
    assert_memory_equal(now, then, size);
}

static void refuse(struct crash_disk *disk) {
  struct crash_disk *before = crash_disk_copy(disk, 1);
  tide_engine *engine;
  const tide_config config = {.storage = TIDE_STORAGE_FILE,
                              .path = "test.db",
                              .files = crash_disk_files(disk),
                              .now = NOW};
  assert_int_not_equal(tide_open(&config, &engine), TIDE_DONE);
  assert_non_null(strstr(tide_error(engine), "\"0A000\""));
  assert_non_null(strstr(tide_error(engine), "newer Tidemark"));
  assert_non_null(strstr(tide_error(engine), "Update Tidemark."));
  tide_close(engine);
  assert_same_file(disk, before, "test.db");
  assert_same_file(disk, before, "test.db-wal");
  crash_disk_free(before);
}

/* A database of a later version is refused with a hint, and not a byte of it changes, nor of a log beside it. */
static void refuses_a_later_version(void **state) {
  (void)state;
  struct crash_disk *disk = base_disk();
  size_t log;
  tide_engine *engine = open_engine(disk);
  library_use(&engine->memory);
  sqlite3_exec(engine->database.handle,
               "UPDATE __tidemark_settings SET value = '99' WHERE name = 'version'",
               NULL, NULL, NULL);
  struct crash_disk *left = crash_disk_copy(disk, 1);
  tide_close(engine);
  refuse(disk);
  assert_non_null(crash_disk_content(left, "test.db-wal", &log));
  assert_true(log > 0);
  refuse(left);
  crash_disk_free(left);
  crash_disk_free(disk);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_call_meets_every_fault),
      cmocka_unit_test(every_call_meets_every_fault_encrypted),
      cmocka_unit_test(refuses_a_later_version),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
