/* Tests of the engine as a whole when memory runs out: nothing leaks, nothing is half done. */
#include "base/json.h"
#include "lib/test.h"
#include "tidemark.h"

#define NOW INT64_C(1769853600000)

enum { RUNS = 400 };

/* An SQLSTATE as our own code, so that scenarios report it. */
static int error_of(tide_engine *engine) {
  const char *text = tide_error(engine);
  return strstr(text, "\"53200\"") != NULL ? TIDE_ERROR_NOMEM : TIDE_ERROR_INTERNAL;
}

static int open_engine(struct memory *memory, tide_engine **engine) {
  const tide_allocator allocator = {memory->allocate, memory->reallocate,
                                    memory->release, memory->context};
  const tide_config config = {
      .allocator = &allocator, .storage = TIDE_STORAGE_PAGES, .now = NOW, .seed = {1}};
  int status = tide_open(&config, engine);
  if (*engine == NULL)
    return TIDE_ERROR_NOMEM;
  return status == TIDE_DONE ? TIDE_OK : error_of(*engine);
}

/* Answers LOAD and PERSIST, as a host with nothing kept does. */
static int perform_effects(tide_engine *engine) {
  tide_effect effect;
  while (tide_next_effect(engine, &effect)) {
    if (effect.type != TIDE_EFFECT_LOAD && effect.type != TIDE_EFFECT_PERSIST)
      continue;
    char json[32];
    int id = atoi(strchr(effect.json, ':') + 1);
    snprintf(json, sizeof json, "{\"id\":%d}", id);
    const tide_event event = {.type = effect.type == TIDE_EFFECT_LOAD
                                          ? TIDE_EVENT_LOADED
                                          : TIDE_EVENT_PERSISTED,
                              .now = NOW,
                              .json = json,
                              .json_size = strlen(json)};
    if (tide_feed(engine, &event) != TIDE_DONE)
      return error_of(engine);
  }
  return TIDE_OK;
}

/* Runs one statement to its end, fetching its rows. */
static int execute(tide_engine *engine, const char *sql) {
  tide_statement *statement;
  size_t consumed;
  if (tide_prepare(engine, sql, strlen(sql), &statement, &consumed) != TIDE_DONE)
    return error_of(engine);
  int status;
  do {
    const void *block;
    size_t size;
    status = tide_fetch(statement, 10, &block, &size);
  } while (status == TIDE_ROW);
  int result = status == TIDE_DONE ? TIDE_OK : error_of(engine);
  if (result != TIDE_OK && result != TIDE_ERROR_NOMEM)
    fail_msg("%s\n  %s", sql, tide_error(engine));
  tide_finalize(statement);
  return result;
}

static int run_all(struct memory *memory, const char *const *statements) {
  tide_engine *engine = NULL;
  int result = open_engine(memory, &engine);
  if (result == TIDE_OK)
    result = perform_effects(engine);
  for (; result == TIDE_OK && *statements != NULL; statements++) {
    result = execute(engine, *statements);
    if (result == TIDE_OK)
      result = perform_effects(engine);
  }
  tide_close(engine);
  return result;
}

static int define_and_write(struct memory *memory, void *context) {
  static const char *const statements[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, owner text NOT NULL, n numeric(10,2))",
      "CREATE INDEX ON t (owner)",
      "INSERT INTO t VALUES (1, 'a', 1.5), (2, 'b', 2), (3, 'a', NULL)",
      "INSERT INTO t VALUES (3, 'c', 1), (4, 'd', 2) ON CONFLICT (id) DO UPDATE SET n "
      "= excluded.n",
      "UPDATE t SET n = n + 1 WHERE owner = 'a' RETURNING id, n",
      "DELETE FROM t WHERE id = 2",
      "ALTER TABLE t ADD COLUMN extra text DEFAULT 'x'",
      "DROP TABLE t",
      NULL};
  (void)context;
  return run_all(memory, statements);
}

/* Definitions and writes survive failing allocations. */
static void definitions_and_writes(void **state) {
  (void)state;
  some_failing_allocations(define_and_write, NULL, RUNS);
}

static int write_in_parts(struct memory *memory, void *context) {
  static const char *const statements[] = {
      "CREATE TABLE p (id integer PRIMARY KEY, name text)",
      "CREATE TABLE t (id integer PRIMARY KEY, p integer REFERENCES p, n numeric)",
      "WITH q AS (SELECT random() AS r), i AS (INSERT INTO t SELECT 1, 1, r FROM q "
      "RETURNING p) INSERT INTO p SELECT p, 'x' FROM i",
      "WITH u AS (UPDATE t SET n = 2 RETURNING id), v AS (UPDATE t SET n = 3 FROM u) "
      "SELECT t.n FROM t JOIN u USING (id) WHERE t.n IS NOT NULL",
      "WITH s AS (SELECT 1 AS id UNION ALL SELECT 2 UNION ALL SELECT 9) MERGE INTO t "
      "USING s ON t.id = s.id WHEN MATCHED AND t.n > 5 THEN DELETE WHEN MATCHED THEN "
      "UPDATE SET n = (SELECT sum(n) FROM t) + s.id WHEN NOT MATCHED THEN INSERT "
      "VALUES "
      "(s.id, 1, 1) WHEN NOT MATCHED BY SOURCE THEN DO NOTHING RETURNING "
      "merge_action(), *",
      NULL};
  (void)context;
  return run_all(memory, statements);
}

/* Statements that write inside WITH survive failing allocations. */
static void parts(void **state) {
  (void)state;
  some_failing_allocations(write_in_parts, NULL, RUNS);
}

static int rename_under_views(struct memory *memory, void *context) {
  static const char *const statements[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, a integer, b text)",
      "CREATE REALTIME VIEW v AS SELECT b, sum(a) AS total FROM t GROUP BY b",
      "CREATE VIEW n AS SELECT * FROM t NATURAL JOIN v",
      "INSERT INTO t VALUES (1, 2, 'x')",
      "ALTER TABLE t RENAME COLUMN b TO c",
      "ALTER TABLE t RENAME TO u",
      "ALTER TABLE u DROP COLUMN c CASCADE",
      NULL};
  (void)context;
  return run_all(memory, statements);
}

/* Views that follow a rename survive failing allocations. */
static void renames(void **state) {
  (void)state;
  some_failing_allocations(rename_under_views, NULL, RUNS);
}

/* What a live query of many rows shows, and what is different after a write. */
static int follow_rows(struct memory *memory, void *context) {
  static const char *const prepared[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, n integer)",
      "INSERT INTO t SELECT i, i FROM generate_series(1, 100) AS i", NULL};
  static const char query[] = "SELECT id, n FROM t WHERE n > 0 ORDER BY n DESC, id";
  tide_engine *engine = NULL;
  tide_statement *statement = NULL;
  size_t consumed, size;
  int64_t watch = 0;
  int reads = 0, status = TIDE_DONE;
  const void *block;
  const char *places = "";
  (void)context;
  int result = open_engine(memory, &engine);
  for (const char *const *sql = prepared; result == TIDE_OK && *sql; sql++) {
    result = perform_effects(engine);
    if (result == TIDE_OK)
      result = execute(engine, *sql);
  }
  if (result == TIDE_OK &&
      tide_prepare(engine, query, strlen(query), &statement, &consumed) != TIDE_DONE)
    result = error_of(engine);
  if (result == TIDE_OK && (tide_live(statement, &reads) != TIDE_DONE ||
                            tide_live_watch(statement, &watch) != TIDE_DONE))
    result = error_of(engine);
  if (result == TIDE_OK) {
    tide_live_follow(statement, watch);
    do
      status = tide_fetch(statement, 30, &block, &size);
    while (status == TIDE_ROW);
    result = status == TIDE_DONE ? TIDE_OK : error_of(engine);
  }
  if (result == TIDE_OK)
    result = execute(engine, "UPDATE t SET n = 200 - n WHERE id IN (1, 50)");
  if (result == TIDE_OK)
    result = execute(engine, "DELETE FROM t WHERE id = 99");
  if (result == TIDE_OK) {
    status = tide_live_changes(statement, watch, &places, &block, &size);
    result = status == TIDE_ROW || status == TIDE_DONE ? TIDE_OK : error_of(engine);
  }
  if (result == TIDE_OK && status == TIDE_ROW)
    assert_string_equal(places, "[[99,0],[50,1],[1,-1]]");
  if (statement)
    tide_finalize(statement);
  tide_close(engine);
  return result;
}

/* A live query that is read row by row survives failing allocations: what it tells is right, or it is read whole. */
static void live_rows(void **state) {
  (void)state;
  some_failing_allocations(follow_rows, NULL, RUNS);
}

static int read_much(struct memory *memory, void *context) {
  static const char *const statements[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, owner text)",
      "INSERT INTO t SELECT n, 'owner ' || n % 3 FROM generate_series(1, 50) AS s (n)",
      "SELECT owner, count(*), min(id) FROM t GROUP BY owner HAVING count(*) > 1 "
      "ORDER BY 1",
      "WITH a AS (SELECT * FROM t WHERE id < 9) SELECT a.id, t.owner FROM a LEFT JOIN "
      "t "
      "USING (id) WHERE EXISTS (SELECT 1 FROM t x WHERE x.id = a.id) ORDER BY a.id "
      "LIMIT 5",
      "SELECT id, row_number() OVER (PARTITION BY owner ORDER BY id) FROM t",
      "SELECT '1 day'::interval, now()::date, ARRAY[1, 2], '{\"a\": 1}'::jsonb -> 'a'",
      NULL};
  (void)context;
  return run_all(memory, statements);
}

/* Queries survive failing allocations. */
static void queries(void **state) {
  (void)state;
  some_failing_allocations(read_much, NULL, RUNS);
}

static int keep_views(struct memory *memory, void *context) {
  static const char *const statements[] = {
      "CREATE TABLE t (id integer PRIMARY KEY, owner text, n integer)",
      "CREATE VIEW v AS SELECT * FROM t WHERE n > 0",
      "CREATE REALTIME VIEW sums AS SELECT owner, sum(n) AS n FROM t GROUP BY owner",
      "CREATE MATERIALIZED VIEW copy AS SELECT * FROM sums",
      "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)",
      "UPDATE t SET owner = 'a'",
      "REFRESH MATERIALIZED VIEW copy",
      "SELECT * FROM v, sums, copy",
      "DROP TABLE t CASCADE",
      NULL};
  (void)context;
  return run_all(memory, statements);
}

static int call_extension(struct memory *memory, void *context) {
  static const char *const statements[] = {
      "CREATE EXTENSION pg_tviews",
      "CREATE TABLE tb_a (pk_a integer PRIMARY KEY, name text)",
      "CREATE TABLE tv_a AS SELECT pk_a, jsonb_build_object('n', name) AS data FROM "
      "tb_a",
      "SELECT pg_tviews_create('tv_b', 'SELECT pk_a AS pk_b, data FROM v_a')",
      "INSERT INTO tb_a VALUES (1, 'x')",
      "SELECT tviews.create_or_replace('tv_a', 'SELECT pk_a, jsonb_build_object(''m'', "
      "name) AS data FROM tb_a', '{\"fillfactor\": 90}')",
      "SELECT depth, entity_name FROM pg_tviews_show_cascade_path('a') ORDER BY 1",
      "SELECT pg_tviews_refresh_all()",
      "SET pg_tviews.uncascaded_policy = 'warn'",
      "SHOW pg_tviews.uncascaded_policy",
      "SHOW pg_tviews.max_dependency_depth",
      "BEGIN",
      "UPDATE tb_a SET name = name || '!'",
      "SELECT pg_tviews_flush_and_report()",
      "SELECT pg_tviews_flush_and_report(1, false)",
      "COMMIT",
      "SELECT pg_tviews_set_typename('a', NULL)",
      "SELECT * FROM pg_tview_meta, tviews.replication_status() s",
      "SELECT jsonb_deep_merge(data, '{\"a\": 1}') FROM tv_b",
      "DROP TABLE tv_b",
      "DROP EXTENSION pg_tviews CASCADE",
      NULL};
  (void)context;
  return run_all(memory, statements);
}

/* What extensions bring survives failing allocations. */
static void extensions(void **state) {
  (void)state;
  some_failing_allocations(call_extension, NULL, RUNS);
}

/* Views in every mode survive failing allocations. */
static void views(void **state) {
  (void)state;
  some_failing_allocations(keep_views, NULL, RUNS);
}

static int fail_then_count(struct memory *memory, void *context) {
  (void)context;
  static const char select[] = "SELECT sum(n), count(*) FROM t";
  tide_engine *engine = NULL;
  tide_statement *statement = NULL;
  size_t consumed;
  int result = open_engine(memory, &engine);
  if (result == TIDE_OK)
    result = perform_effects(engine);
  if (result == TIDE_OK)
    result = execute(engine, "CREATE TABLE t (id integer PRIMARY KEY, n integer)");
  if (result == TIDE_OK)
    result = execute(engine, "CREATE REALTIME VIEW v AS SELECT sum(n) AS n FROM t");
  if (result == TIDE_OK)
    result = execute(engine, "INSERT INTO t VALUES (1, 1), (2, 2)");
  if (result == TIDE_OK) {
    int before = 3, after = 30;
    result = execute(engine, "UPDATE t SET n = n * 10");
    if (tide_prepare(engine, select, strlen(select), &statement, &consumed) ==
            TIDE_DONE &&
        tide_step(statement) == TIDE_ROW)
      assert_int_equal(tide_column_integer(statement, 0),
                       result == TIDE_OK ? after : before);
    tide_finalize(statement);
  }
  tide_close(engine);
  return result;
}

/* A statement that memory runs out for leaves the database as it was, and the engine usable. */
static void failed_statements_change_nothing(void **state) {
  (void)state;
  some_failing_allocations(fail_then_count, NULL, RUNS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(definitions_and_writes),
      cmocka_unit_test(parts),
      cmocka_unit_test(renames),
      cmocka_unit_test(live_rows),
      cmocka_unit_test(queries),
      cmocka_unit_test(views),
      cmocka_unit_test(extensions),
      cmocka_unit_test(failed_statements_change_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
