/* Tests of vfs/vfs_pages.c: every prefix of the batches is a committed state, and all of them are the file. */
#include "vfs/vfs_pages.h"

#include "lib/test.h"

enum { ENTRY_SIZE = 8 + VFS_PAGE_SIZE };

static int64_t now = 1;

/* How databases are opened. */
static const uint8_t *key;

struct opened {
  struct random random;
  struct vfs_pages *pages;
  sqlite3 *handle;
  struct error error;
};

static int begin(struct opened *opened, struct memory *memory) {
  static const uint8_t seed[32] = {9};
  *opened = (struct opened){0};
  error_clear(&opened->error);
  random_seed(&opened->random, seed);
  opened->pages =
      vfs_pages_new(memory, (struct vfs_environment){&now, &opened->random}, key);
  return opened->pages == NULL ? TIDE_ERROR_NOMEM : TIDE_OK;
}

static int open_empty(struct opened *opened, struct memory *memory, bool kept) {
  int result = begin(opened, memory);
  if (result != TIDE_OK)
    return result;
  return vfs_pages_open(opened->pages, kept, &opened->handle, &opened->error);
}

static void close_database(struct opened *opened) {
  sqlite3_close(opened->handle);
  vfs_pages_free(opened->pages);
}

static int execute(struct opened *opened, const char *sql) {
  return sqlite3_exec(opened->handle, sql, NULL, NULL, NULL);
}

static int64_t query(struct opened *opened, const char *sql) {
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(opened->handle, sql, -1, &statement, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

/* --- a host that keeps pages as a browser would: a record for each, all or nothing for each batch --- */

enum { KEPT_MAX = 4096 };

struct host {
  unsigned char *kept[KEPT_MAX];
};

static void keep(struct host *host, const struct buffer *batch, uint32_t count) {
  assert_int_equal(batch->length % ENTRY_SIZE, 0);
  for (size_t at = 0; at < batch->length; at += ENTRY_SIZE) {
    uint32_t number;
    memcpy(&number, batch->data + at, sizeof number);
    assert_true(number < count && count <= KEPT_MAX);
    if (host->kept[number] == NULL)
      host->kept[number] = malloc(VFS_PAGE_SIZE);
    memcpy(host->kept[number], batch->data + at + 8, VFS_PAGE_SIZE);
  }
  for (uint32_t number = count; number < KEPT_MAX; number++) {
    free(host->kept[number]);
    host->kept[number] = NULL;
  }
}

static void forget(struct host *host) {
  keep(host, &(struct buffer){0}, 0);
}

static void take(struct opened *opened, struct host *host) {
  struct buffer batch;
  uint32_t count;
  buffer_init(&batch, memory_default());
  assert_int_equal(vfs_pages_take_changes(opened->pages, &batch, &count), TIDE_OK);
  assert_false(vfs_pages_changed(opened->pages));
  keep(host, &batch, count);
  buffer_deinit(&batch);
}

/* Gives the pages back from the last to the first, since no order is promised. Returns the result of opening. */
static int load(struct opened *opened, const struct host *host) {
  assert_int_equal(begin(opened, memory_default()), TIDE_OK);
  for (int64_t number = KEPT_MAX - 1; number >= 0; number--) {
    if (host->kept[number] != NULL)
      assert_int_equal(vfs_pages_load(opened->pages, number * VFS_PAGE_SIZE,
                                      host->kept[number], VFS_PAGE_SIZE),
                       TIDE_OK);
  }
  return vfs_pages_open(opened->pages, true, &opened->handle, &opened->error);
}

static void reopen(struct opened *opened, const struct host *host) {
  assert_int_equal(load(opened, host), TIDE_OK);
}

/* Transaction n adds row n and writes n into every row; some spill SQLite's cache, shrink the file or roll back a part. */
static void run_transaction(struct opened *opened, int n) {
  char sql[512];
  snprintf(
      sql, sizeof sql,
      "PRAGMA cache_size = 10; BEGIN;"
      "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, n INTEGER, data BLOB);"
      "INSERT INTO t VALUES (%d, 0, randomblob(%d));"
      "SAVEPOINT s; UPDATE t SET data = randomblob(30000); ROLLBACK TO s;"
      "UPDATE t SET n = %d;"
      "COMMIT;%s",
      n, n % 3 == 0 ? 90000 : 100, n,
      n % 5 == 4 ? "UPDATE t SET data = NULL; VACUUM" : "");
  assert_int_equal(execute(opened, sql), SQLITE_OK);
}

static void check_state(struct opened *opened, int n) {
  assert_int_equal(query(opened, "SELECT count(*) FROM t"), n);
  assert_int_equal(query(opened, "SELECT min(n) FROM t"), n);
  assert_int_equal(query(opened, "SELECT max(n) FROM t"), n);
  assert_int_equal(query(opened, "SELECT count(*) FROM pragma_integrity_check "
                                 "WHERE integrity_check <> 'ok'"),
                   0);
}

/* Whichever batch is the last that the host has kept, the database opens in the state of that commit and works on. */
static void every_prefix_is_a_commit(void **state) {
  (void)state;
  enum { COMMITS = 12 };
  struct host host = {0};
  struct opened writer, reader;
  assert_int_equal(open_empty(&writer, memory_default(), true), TIDE_OK);
  for (int n = 1; n <= COMMITS; n++) {
    run_transaction(&writer, n);
    take(&writer, &host);
    reopen(&reader, &host);
    check_state(&reader, n);
    assert_false(vfs_pages_changed(reader.pages));
    run_transaction(&reader, n + 1);
    check_state(&reader, n + 1);
    close_database(&reader);
  }
  close_database(&writer);
  forget(&host);
}

/* Pages that leave SQLite's cache before the commit reach no batch: none is given while the transaction is open, and after
 * its rollback the batch changes nothing. */
static void no_uncommitted_page_is_kept(void **state) {
  (void)state;
  struct host host = {0};
  struct opened opened;
  struct buffer batch;
  uint32_t count;
  buffer_init(&batch, memory_default());
  assert_int_equal(open_empty(&opened, memory_default(), true), TIDE_OK);
  run_transaction(&opened, 1);
  take(&opened, &host);
  assert_int_equal(execute(&opened, "BEGIN"), SQLITE_OK);
  assert_int_equal(execute(&opened,
                           "WITH RECURSIVE c(x) AS (SELECT 2 UNION ALL SELECT "
                           "x + 1 FROM c WHERE x < 200) INSERT INTO t SELECT x, "
                           "9, randomblob(5000) FROM c"),
                   SQLITE_OK);
  assert_true(vfs_pages_changed(opened.pages)); /* or this test proves nothing */
  assert_int_equal(vfs_pages_take_changes(opened.pages, &batch, &count),
                   TIDE_ERROR_MISUSE);
  assert_int_equal(batch.length, 0);
  assert_int_equal(execute(&opened, "ROLLBACK"), SQLITE_OK);
  take(&opened, &host);
  close_database(&opened);
  reopen(&opened, &host);
  check_state(&opened, 1);
  close_database(&opened);
  forget(&host);
  buffer_deinit(&batch);
}

/* Shrinking the file alone is a change. */
static void shrinking_is_a_change(void **state) {
  (void)state;
  struct host host = {0};
  struct opened opened;
  assert_int_equal(open_empty(&opened, memory_default(), true), TIDE_OK);
  assert_int_equal(execute(&opened, "CREATE TABLE t (a); INSERT INTO t VALUES "
                                    "(zeroblob(1000000)); DELETE FROM t"),
                   SQLITE_OK);
  take(&opened, &host);
  assert_non_null(host.kept[200]);
  assert_int_equal(execute(&opened, "VACUUM"), SQLITE_OK);
  assert_true(vfs_pages_changed(opened.pages));
  take(&opened, &host);
  assert_null(host.kept[200]);
  close_database(&opened);
  reopen(&opened, &host);
  assert_int_equal(query(&opened, "SELECT count(*) FROM t"), 0);
  close_database(&opened);
  forget(&host);
}

/* A database that keeps nothing has no changes to tell. */
static void keeps_nothing(void **state) {
  (void)state;
  struct opened opened;
  assert_int_equal(open_empty(&opened, memory_default(), false), TIDE_OK);
  run_transaction(&opened, 1);
  assert_false(vfs_pages_changed(opened.pages));
  close_database(&opened);
}

/* Bytes may come in pieces of any size, but not for a file that cannot be, and not too late. */
static void loads_pieces(void **state) {
  (void)state;
  struct host host = {0};
  struct opened opened;
  assert_int_equal(open_empty(&opened, memory_default(), true), TIDE_OK);
  run_transaction(&opened, 1);
  take(&opened, &host);
  close_database(&opened);
  assert_int_equal(begin(&opened, memory_default()), TIDE_OK);
  for (size_t at = 0; at < 8 * VFS_PAGE_SIZE; at += 100) {
    const unsigned char *page = host.kept[at / VFS_PAGE_SIZE];
    size_t within = at % VFS_PAGE_SIZE;
    size_t size = VFS_PAGE_SIZE - within < 100 ? VFS_PAGE_SIZE - within : 100;
    if (page == NULL)
      break;
    assert_int_equal(vfs_pages_load(opened.pages, (int64_t)at, page + within, size),
                     TIDE_OK);
    if (size < 100)
      at -= 100 - size;
  }
  assert_int_equal(vfs_pages_load(opened.pages, -1, "x", 1),
                   TIDE_ERROR_INVALID_PARAMETER);
  assert_int_equal(vfs_pages_load(opened.pages, INT64_MAX, "x", 1),
                   TIDE_ERROR_INVALID_PARAMETER);
  assert_int_equal(vfs_pages_open(opened.pages, true, &opened.handle, &opened.error),
                   TIDE_OK);
  check_state(&opened, 1);
  assert_int_equal(vfs_pages_load(opened.pages, 0, "x", 1),
                   TIDE_ERROR_INVALID_PARAMETER);
  close_database(&opened);
  forget(&host);
}

/* What the host kept badly is refused as corrupt. */
static void refuses_corrupt_pages(void **state) {
  (void)state;
  static const char text[VFS_PAGE_SIZE] = "no database";
  struct opened opened;
  assert_int_equal(begin(&opened, memory_default()), TIDE_OK);
  assert_int_equal(vfs_pages_load(opened.pages, 0, text, sizeof text), TIDE_OK);
  assert_int_equal(vfs_pages_open(opened.pages, true, &opened.handle, &opened.error),
                   TIDE_ERROR_CORRUPT);
  assert_null(opened.handle);
  close_database(&opened);
}

/* A changed byte of any page the host has kept is found, and the page is named. */
static void finds_damaged_pages(void **state) {
  (void)state;
  struct host host = {0};
  struct opened opened;
  assert_int_equal(open_empty(&opened, memory_default(), true), TIDE_OK);
  for (int n = 1; n <= 3; n++)
    run_transaction(&opened, n);
  take(&opened, &host);
  close_database(&opened);
  int count = 0;
  for (; host.kept[count] != NULL; count++) {
    unsigned char *byte = &host.kept[count][(count * 911 + 100) % VFS_PAGE_SIZE];
    *byte ^= 1;
    assert_int_equal(load(&opened, &host), TIDE_ERROR_CORRUPT);
    char expected[64];
    snprintf(expected, sizeof expected, "page %d of the database is damaged",
             count + 1);
    assert_string_equal(opened.error.message, expected);
    close_database(&opened);
    *byte ^= 1;
  }
  assert_true(count > 20);
  reopen(&opened, &host);
  check_state(&opened, 3);
  close_database(&opened);
  forget(&host);
}

/* SQLite's clock and randomness are the engine's, so that two runs are alike. */
static void time_and_randomness_are_given(void **state) {
  (void)state;
  struct opened opened;
  int64_t numbers[2];
  for (int i = 0; i < 2; i++) {
    assert_int_equal(open_empty(&opened, memory_default(), false), TIDE_OK);
    now = INT64_C(1769853600000);
    assert_true(query(&opened, "SELECT unixepoch()") == now / 1000);
    numbers[i] = query(&opened, "SELECT random()");
    close_database(&opened);
  }
  assert_true(numbers[0] == numbers[1]);
}

static int write_and_take(struct memory *memory, void *context) {
  (void)context;
  struct opened opened;
  struct buffer batch;
  uint32_t count;
  buffer_init(&batch, memory);
  int result = open_empty(&opened, memory, true);
  if (result == TIDE_OK)
    result = vfs_error_code(execute(
        &opened, "CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(200000))"));
  if (result == TIDE_OK)
    result = vfs_pages_take_changes(opened.pages, &batch, &count);
  if (result == TIDE_ERROR_NOMEM && opened.handle != NULL && batch.failed)
    assert_true(vfs_pages_changed(opened.pages));
  buffer_deinit(&batch);
  close_database(&opened);
  return result;
}

/* A batch that memory ran out for is not lost. */
static void survives_failing_allocations(void **state) {
  (void)state;
  each_failing_allocation(write_and_take, NULL);
}

/* After memory ran out in the middle of a commit the rollback finds every page it needs. */
static int fail_in_commit(struct memory *memory, void *context) {
  (void)context;
  struct opened opened;
  int result = open_empty(&opened, memory, true);
  if (result == TIDE_OK)
    result = vfs_error_code(execute(&opened, "CREATE TABLE t (a); INSERT INTO t "
                                             "VALUES (1), (2)"));
  if (result == TIDE_OK) {
    result = vfs_error_code(execute(&opened, "BEGIN; UPDATE t SET a = 7; INSERT INTO t "
                                             "VALUES (zeroblob(300000)); COMMIT"));
    if (result != TIDE_OK) {
      execute(&opened, "ROLLBACK");
      sqlite3_stmt *statement;
      if (sqlite3_prepare_v2(opened.handle, "SELECT sum(a) FROM t", -1, &statement,
                             NULL) == SQLITE_OK) {
        if (sqlite3_step(statement) == SQLITE_ROW)
          assert_int_equal(sqlite3_column_int(statement, 0), 3);
      }
      sqlite3_finalize(statement);
    }
  }
  close_database(&opened);
  return result;
}

static void rollback_needs_no_memory(void **state) {
  (void)state;
  each_failing_allocation(fail_in_commit, NULL);
}

/* --- the same with a key --- */

static int use_key(void **state) {
  static const uint8_t bytes[32] = {2, 7, 1, 8, 2, 8};
  (void)state;
  key = bytes;
  return 0;
}

static int use_none(void **state) {
  (void)state;
  key = NULL;
  return 0;
}

#define encrypted(test)                                                                \
  { #test ", encrypted", test, use_key, use_none, NULL }

int main(void) {
  const struct CMUnitTest tests[] = {
      encrypted(every_prefix_is_a_commit),
      encrypted(no_uncommitted_page_is_kept),
      encrypted(shrinking_is_a_change),
      encrypted(keeps_nothing),
      encrypted(loads_pieces),
      encrypted(refuses_corrupt_pages),
      encrypted(finds_damaged_pages),
      encrypted(survives_failing_allocations),
      encrypted(rollback_needs_no_memory),
      cmocka_unit_test(every_prefix_is_a_commit),
      cmocka_unit_test(no_uncommitted_page_is_kept),
      cmocka_unit_test(shrinking_is_a_change),
      cmocka_unit_test(keeps_nothing),
      cmocka_unit_test(loads_pieces),
      cmocka_unit_test(refuses_corrupt_pages),
      cmocka_unit_test(finds_damaged_pages),
      cmocka_unit_test(time_and_randomness_are_given),
      cmocka_unit_test(survives_failing_allocations),
      cmocka_unit_test(rollback_needs_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
