/* Tests of export and import: what comes out is a SQLite file, what goes in is checked, and all of it is there or nothing. */
#include "base/library.h"
#include "engine.h"
#include "lib/test.h"
#include "vfs/checksum.h"
#include "vfs/header.h"
#include "vfs/vfs_pages.h"

#define NOW INT64_C(1769853600000)

enum { PAGE = 4096 };

/* --- an engine in memory --- */

static tide_engine *open_engine(struct memory *memory) {
  const tide_allocator allocator = {memory->allocate, memory->reallocate,
                                    memory->release, memory->context};
  const tide_config config = {.allocator = &allocator, .now = NOW, .seed = {1}};
  tide_engine *engine = NULL;
  if (tide_open(&config, &engine) == TIDE_DONE)
    return engine;
  tide_close(engine);
  return NULL;
}

/* Runs one statement; the first column of its last row, if it is a number, is *value. */
static int run(tide_engine *engine, const char *sql, int64_t *value) {
  tide_statement *statement = NULL;
  size_t consumed;
  int status = tide_prepare(engine, sql, strlen(sql), &statement, &consumed);
  while (status == TIDE_DONE && (status = tide_step(statement)) == TIDE_ROW) {
    if (value != NULL)
      *value = tide_column_integer(statement, 0);
    status = TIDE_DONE;
  }
  tide_finalize(statement);
  return status;
}

static void must_run(tide_engine *engine, const char *sql) {
  if (run(engine, sql, NULL) != TIDE_DONE)
    fail_msg("%s: %s", sql, tide_error(engine));
}

static int64_t number(tide_engine *engine, const char *sql) {
  int64_t value = -1;
  if (run(engine, sql, &value) != TIDE_DONE)
    fail_msg("%s: %s", sql, tide_error(engine));
  return value;
}

static int call(tide_engine *engine, const char *json, const void *data, size_t size) {
  const tide_event event = {.type = TIDE_EVENT_CONTROL,
                            .now = NOW,
                            .json = json,
                            .json_size = strlen(json),
                            .data = data,
                            .data_size = size};
  return tide_feed(engine, &event);
}

/* --- export and import --- */

static void export_pages(tide_engine *engine, struct buffer *file) {
  must_run(engine, "BEGIN");
  for (size_t before = 1; before != file->length;) {
    char json[64];
    tide_effect effect;
    before = file->length;
    snprintf(json, sizeof json, "{\"call\":\"export\",\"page\":%zu,\"maximum\":7}",
             file->length / PAGE + 1);
    assert_int_equal(call(engine, json, NULL, 0), TIDE_DONE);
    while (tide_next_effect(engine, &effect))
      if (effect.type == TIDE_EFFECT_EXPORT)
        buffer_append(file, effect.data, effect.data_size);
  }
  must_run(engine, "ROLLBACK");
  assert_false(file->failed);
}

/* In pieces of an odd size. */
static int import_pages(tide_engine *engine, const char *begin, const char *data,
                        size_t size) {
  enum { PIECE = 5001 };
  int rc = call(engine, begin, NULL, 0);
  for (size_t at = 0; rc == TIDE_DONE && at < size; at += PIECE)
    rc = call(engine, "{\"call\":\"import\",\"step\":\"data\"}", data + at,
              size - at < PIECE ? size - at : PIECE);
  if (rc == TIDE_DONE)
    return call(engine, "{\"call\":\"import\",\"step\":\"finish\"}", NULL, 0);
  struct error kept = engine->error;
  call(engine, "{\"call\":\"import\",\"step\":\"cancel\"}", NULL, 0);
  engine->error = kept;
  return rc;
}

#define BEGIN "{\"call\":\"import\",\"step\":\"begin\"}"

/* As a host does it: what has not been committed is rolled back. */
static int import(tide_engine *engine, const char *begin, const struct buffer *file) {
  if (run(engine, "BEGIN", NULL) != TIDE_DONE)
    return engine->error.code;
  int rc = import_pages(engine, begin, file->data, file->length);
  struct error kept = engine->error;
  if (tide_in_transaction(engine))
    run(engine, "ROLLBACK", NULL);
  engine->error = kept;
  return rc;
}

static const char *const contents[] = {
    "CREATE TABLE t (id integer PRIMARY KEY, name text, n numeric(10, 2))",
    "CREATE INDEX t_name ON t (lower(name))",
    "CREATE REALTIME VIEW v AS SELECT count(*) AS c, sum(n) AS s FROM t",
    "INSERT INTO t SELECT i, 'name ' || i, i * 1.25 FROM generate_series(1, 500) AS "
    "g(i)"};

static void make_file(struct buffer *file) {
  tide_engine *engine = open_engine(memory_default());
  for (size_t i = 0; i < COUNT(contents); i++)
    must_run(engine, contents[i]);
  buffer_init(file, memory_default());
  export_pages(engine, file);
  tide_close(engine);
}

static void check_contents(tide_engine *engine) {
  assert_int_equal(number(engine, "SELECT c FROM v"), 500);
  assert_int_equal(number(engine, "SELECT id FROM t WHERE lower(name) = 'name 77'"),
                   77);
  must_run(engine, "INSERT INTO t VALUES (501, 'another', 1)");
  assert_int_equal(number(engine, "SELECT c FROM v"), 501);
  assert_int_equal(
      number(engine, "SELECT count(*) FROM (SELECT 1) AS x WHERE (SELECT s FROM v) = "
                     "(SELECT sum(n) FROM t)"),
      1);
  must_run(engine, "PRAGMA integrity_check");
}

/* --- tests --- */

static void test_round_trip(void **state) {
  (void)state;
  struct buffer file;
  make_file(&file);
  for (int used = 0; used < 2; used++) {
    tide_engine *engine = open_engine(memory_default());
    if (used) { /* tables of which SQLite may remember something */
      must_run(engine, "CREATE TABLE gone (a integer PRIMARY KEY, b text)");
      must_run(engine, "INSERT INTO gone SELECT i, 'x' || i FROM generate_series(1, "
                       "3000) AS g(i)");
      must_run(engine, "DROP TABLE gone");
    }
    if (import(engine, BEGIN, &file) != TIDE_DONE)
      fail_msg("%s", tide_error(engine));
    check_contents(engine);
    tide_close(engine);
  }
  buffer_deinit(&file);
}

/* A plain SQLite reads it: its pages as a database of their own, without anything of ours. */
static sqlite3 *open_plain(struct vfs_pages *pages, const void *data, size_t size) {
  sqlite3 *handle = NULL;
  struct error error;
  error_clear(&error);
  assert_int_equal(vfs_pages_load(pages, 0, data, size), TIDE_OK);
  assert_int_equal(vfs_pages_open(pages, true, &handle, &error), TIDE_OK);
  return handle;
}

static struct vfs_pages *plain_pages(void) {
  static int64_t now = NOW;
  static struct random random;
  struct vfs_pages *pages = vfs_pages_new(
      memory_default(), (struct vfs_environment){.now = &now, .random = &random}, NULL);
  assert_non_null(pages);
  return pages;
}

static int64_t plain_number(sqlite3 *handle, const char *sql) {
  sqlite3_stmt *query = NULL;
  assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &query, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(query), SQLITE_ROW);
  int64_t value = sqlite3_column_int64(query, 0);
  sqlite3_finalize(query);
  return value;
}

static void test_is_a_sqlite_file(void **state) {
  (void)state;
  struct buffer file;
  make_file(&file);
  struct database_header header = header_read((unsigned char *)file.data);
  assert_int_equal(header.page_size, PAGE);
  assert_int_equal(header.reserved, CHECKSUM_SIZE);
  assert_int_equal(header.pages * (uint64_t)PAGE, file.length);
  struct vfs_pages *pages = plain_pages();
  sqlite3 *handle = open_plain(pages, file.data, file.length);
  assert_int_equal(plain_number(handle, "SELECT count(*) FROM t"), 500);
  sqlite3_close(handle);
  vfs_pages_free(pages);
  buffer_deinit(&file);
}

/* The file with something done to it, as another program would write it: without checksums. */
static void rewrite(struct buffer *file, int reserved, const char *sql) {
  struct vfs_pages *pages = plain_pages();
  sqlite3 *handle = open_plain(pages, file->data, file->length);
  struct types_context types = {0};
  char *message = NULL;
  assert_int_equal(types_register(handle, &types), SQLITE_OK);
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  if (sqlite3_exec(handle, sql, NULL, NULL, &message) != SQLITE_OK)
    fail_msg("%s: %s", sql, message);
  sqlite3_stmt *query = NULL;
  sqlite3_prepare_v2(handle, "SELECT data FROM sqlite_dbpage", -1, &query, NULL);
  buffer_clear(file);
  while (sqlite3_step(query) == SQLITE_ROW)
    buffer_append(file, sqlite3_column_blob(query, 0),
                  (size_t)sqlite3_column_bytes(query, 0));
  sqlite3_finalize(query);
  sqlite3_close(handle);
  vfs_pages_free(pages);
}

static void test_other_layouts(void **state) {
  (void)state;
  static const struct {
    const char *sql;
    int reserved;
  } layouts[] = {
      {"PRAGMA page_size = 1024; VACUUM", 8},
      {"PRAGMA page_size = 65536; VACUUM", 8},
      {"VACUUM", 40},
      {"PRAGMA auto_vacuum = FULL; PRAGMA page_size = 512; VACUUM", 16},
  };
  for (size_t i = 0; i < COUNT(layouts); i++) {
    struct buffer file;
    make_file(&file);
    rewrite(&file, layouts[i].reserved, layouts[i].sql);
    tide_engine *engine = open_engine(memory_default());
    if (import(engine, BEGIN, &file) != TIDE_DONE)
      fail_msg("%s, %d: %s", layouts[i].sql, layouts[i].reserved, tide_error(engine));
    check_contents(engine);
    tide_close(engine);
    buffer_deinit(&file);
  }
}

static void refused(const char *begin, const struct buffer *file, const char *code) {
  tide_engine *engine = open_engine(memory_default());
  if (import(engine, begin, file) == TIDE_DONE)
    fail_msg("taken, and not %s", code);
  if (strstr(tide_error(engine), code) == NULL)
    fail_msg("%s, and not %s", tide_error(engine), code);
  must_run(engine, "CREATE TABLE fresh (a integer)"); /* nothing has happened */
  must_run(engine, "INSERT INTO fresh VALUES (1)");
  assert_int_not_equal(run(engine, "SELECT * FROM t", NULL), TIDE_DONE);
  tide_close(engine);
}

static void test_damage(void **state) {
  (void)state;
  struct buffer file;
  make_file(&file);
  for (size_t at = 150; at < file.length; at += PAGE + 311) {
    file.data[at] ^= 1;
    refused(BEGIN, &file, "XX001");
    file.data[at] ^= 1;
  }
  size_t whole = file.length;
  const size_t lengths[] = {whole - 1, whole - PAGE, whole - 3 * PAGE - 7, PAGE};
  for (size_t i = 0; i < COUNT(lengths); i++) {
    file.length = lengths[i];
    refused(BEGIN, &file, "XX001");
  }
  file.length = 99;
  refused(BEGIN, &file, "22023");
  file.length = 0;
  refused(BEGIN, &file, "22023");
  file.length = whole;
  buffer_append(&file, file.data, PAGE);
  refused(BEGIN, &file, "XX001");
  file.length = whole;
  file.data[3] = 'x';
  refused(BEGIN, &file, "22023");
  buffer_deinit(&file);
}

#define IGNORING "{\"call\":\"import\",\"step\":\"begin\",\"ignoreChecksums\":true}"

/* What another program has changed is taken when that is wanted, unless its structure is broken. */
static void test_changed_by_others(void **state) {
  (void)state;
  struct buffer file;
  make_file(&file);
  rewrite(&file, CHECKSUM_SIZE,
          "DELETE FROM v; UPDATE t SET name = 'name 600' WHERE id = 6");
  refused(BEGIN, &file, "XX001");
  tide_engine *engine = open_engine(memory_default());
  if (import(engine, IGNORING, &file) != TIDE_DONE)
    fail_msg("%s", tide_error(engine));
  assert_int_equal(number(engine, "SELECT id FROM t WHERE lower(name) = 'name 600'"),
                   6);
  assert_int_equal(number(engine, "SELECT count(*) FROM v"), 0);
  must_run(engine, "PRAGMA integrity_check"); /* which rebuilds the view */
  assert_int_equal(number(engine, "SELECT c FROM v"), 500);
  tide_close(engine);
  for (size_t at = PAGE; at < PAGE + 200; at++)
    file.data[at] = (char)0xA5;
  refused(IGNORING, &file, "XX001");
  buffer_deinit(&file);
}

static void test_not_ours(void **state) {
  (void)state;
  struct buffer file;
  buffer_init(&file, memory_default());
  rewrite(&file, 8, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  refused(IGNORING, &file, "0A000");
  buffer_deinit(&file);
  make_file(&file);
  rewrite(
      &file, 0,
      "UPDATE __tidemark_settings SET value = '999' WHERE name = 'version'; VACUUM");
  refused(IGNORING, &file, "0A000"); /* written by a newer version */
  buffer_deinit(&file);
}

static void test_only_when_empty(void **state) {
  (void)state;
  struct buffer file;
  make_file(&file);
  tide_engine *engine = open_engine(memory_default());
  must_run(engine, "CREATE TABLE here (a integer)");
  assert_int_not_equal(import(engine, BEGIN, &file), TIDE_DONE);
  assert_non_null(strstr(tide_error(engine), "55000"));
  assert_int_equal(number(engine, "SELECT count(*) FROM here"), 0);
  must_run(engine, "DROP TABLE here");
  assert_int_equal(import(engine, BEGIN, &file), TIDE_DONE);
  check_contents(engine);
  tide_close(engine);
  buffer_deinit(&file);
}

static void test_calls_out_of_order(void **state) {
  (void)state;
  tide_engine *engine = open_engine(memory_default());
  assert_int_not_equal(call(engine, BEGIN, NULL, 0), TIDE_DONE); /* no transaction */
  assert_non_null(strstr(tide_error(engine), "25P01"));
  must_run(engine, "BEGIN");
  assert_int_not_equal(
      call(engine, "{\"call\":\"import\",\"step\":\"finish\"}", NULL, 0), TIDE_DONE);
  assert_int_equal(call(engine, "{\"call\":\"import\",\"step\":\"cancel\"}", NULL, 0),
                   TIDE_DONE);
  assert_int_not_equal(call(engine, "{\"call\":\"import\",\"step\":\"x\"}", NULL, 0),
                       TIDE_DONE);
  assert_int_not_equal(
      call(engine, "{\"call\":\"export\",\"page\":0,\"maximum\":1}", NULL, 0),
      TIDE_DONE);
  assert_int_equal(call(engine, BEGIN, NULL, 0), TIDE_DONE); /* and left so */
  tide_close(engine);
}

/* Memory runs out somewhere in between. */
static int import_scenario(struct memory *memory, void *context) {
  tide_engine *engine = open_engine(memory);
  if (engine == NULL)
    return TIDE_ERROR_NOMEM;
  int rc = import(engine, BEGIN, context);
  if (rc == TIDE_DONE && run(engine, "SELECT count(*) FROM t", NULL) == TIDE_DONE)
    rc = TIDE_OK;
  else if (strstr(tide_error(engine), "53200") != NULL)
    rc = TIDE_ERROR_NOMEM;
  else
    fail_msg("%s", tide_error(engine));
  tide_close(engine);
  return rc;
}

static void test_memory_runs_out(void **state) {
  (void)state;
  struct buffer file;
  make_file(&file);
  some_failing_allocations(import_scenario, &file, 150);
  rewrite(&file, 8, "PRAGMA page_size = 1024; VACUUM");
  some_failing_allocations(import_scenario, &file, 150);
  buffer_deinit(&file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_is_a_sqlite_file),
      cmocka_unit_test(test_other_layouts),
      cmocka_unit_test(test_damage),
      cmocka_unit_test(test_changed_by_others),
      cmocka_unit_test(test_not_ours),
      cmocka_unit_test(test_only_when_empty),
      cmocka_unit_test(test_calls_out_of_order),
      cmocka_unit_test(test_memory_runs_out),
  };
  return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
