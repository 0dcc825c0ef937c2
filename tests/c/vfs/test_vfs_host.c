/* Tests of vfs/vfs_host.c: whatever happens to the disk, the database is a committed one and no finished commit is missing. */
#include "vfs/vfs_host.h"

#include "base/library.h"
#include "lib/crash_files.h"
#include "lib/test.h"
#include "vfs/host_file.h"

static int64_t now = 1;

/* How databases are opened. */
static bool relaxed;
static const uint8_t *key;

struct opened {
  struct random random;
  struct vfs_host *host;
  sqlite3 *handle;
  struct error error;
};

static int open_database(struct opened *opened, struct memory *memory,
                         const tide_files *files) {
  static const uint8_t seed[32] = {7};
  *opened = (struct opened){0};
  error_clear(&opened->error);
  random_seed(&opened->random, seed);
  opened->host =
      vfs_host_new(memory, (struct vfs_environment){&now, &opened->random}, files, key);
  if (opened->host == NULL)
    return TIDE_ERROR_NOMEM;
  return vfs_host_open(opened->host, "data.db", relaxed, &opened->handle,
                       &opened->error);
}

static void close_database(struct opened *opened) {
  sqlite3_close(opened->handle);
  vfs_host_free(opened->host);
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

/* Transaction n adds row n and writes n into every row, so that a half-done one shows. Every third is so large that it leaves
 * SQLite's cache before its commit; every fourth shrinks the file. */
enum { TRANSACTIONS = 8 };

static int run_transaction(struct opened *opened, int n) {
  char sql[512];
  snprintf(
      sql, sizeof sql,
      "BEGIN;"
      "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, n INTEGER, data BLOB);"
      "INSERT INTO t VALUES (%d, 0, zeroblob(%d));"
      "UPDATE t SET n = %d;"
      "UPDATE t SET data = randomblob(%d) WHERE id %% 2 = 0;"
      "COMMIT;%s",
      n, n % 3 == 0 ? 60000 : 300, n, n % 3 == 0 ? 40000 : 900,
      n % 4 == 0 ? "UPDATE t SET data = NULL; VACUUM" : "");
  return execute(opened, sql);
}

/* Runs until a transaction fails; returns how many were acknowledged. A failed one is rolled back. */
static int run_workload(struct opened *opened, int from) {
  execute(opened, "PRAGMA cache_size = 10");
  for (int n = from; n <= TRANSACTIONS; n++) {
    if (run_transaction(opened, n) != SQLITE_OK) {
      execute(opened, "ROLLBACK");
      return n - 1;
    }
  }
  return TRANSACTIONS;
}

static int count_transactions(struct opened *opened) {
  if (query(opened, "SELECT count(*) FROM sqlite_schema WHERE name = 't'") == 0)
    return 0;
  int64_t count = query(opened, "SELECT count(*) FROM t");
  assert_int_equal(
      query(opened, "SELECT count(*) FROM t WHERE n <> (SELECT max(id) FROM t)"), 0);
  assert_int_equal(query(opened, "SELECT max(id) FROM t"), count);
  return (int)count;
}

static void check_integrity(struct opened *opened) {
  assert_int_equal(query(opened, "SELECT count(*) FROM pragma_integrity_check "
                                 "WHERE integrity_check <> 'ok'"),
                   0);
}

/* What was committed is there when the file is opened again. */
static void keeps_what_was_committed(void **state) {
  (void)state;
  struct crash_disk *disk = crash_disk_new(1);
  struct opened opened;
  assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                   TIDE_OK);
  assert_int_equal(run_workload(&opened, 1), TRANSACTIONS);
  close_database(&opened);
  crash_disk_restart(disk);
  assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                   TIDE_OK);
  assert_int_equal(count_transactions(&opened), TRANSACTIONS);
  close_database(&opened);
  crash_disk_free(disk);
}

/* Loses power at that operation of the workload, and again while it recovers. Returns false when the workload was over before. */
static bool crash(long operation, uint64_t seed) {
  struct crash_disk *disk = crash_disk_new(seed);
  struct opened opened;
  int acknowledged = 0;
  crash_disk_lose_power_at(disk, operation);
  if (open_database(&opened, memory_default(), crash_disk_files(disk)) == TIDE_OK)
    acknowledged = run_workload(&opened, 1);
  bool crashed = crash_disk_is_off(disk);
  close_database(&opened);
  crash_disk_restart(disk);

  crash_disk_lose_power_at(disk, (long)(seed % 5));
  int result = open_database(&opened, memory_default(), crash_disk_files(disk));
  if (result != TIDE_OK || crash_disk_is_off(disk)) {
    close_database(&opened);
    crash_disk_restart(disk);
    assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                     TIDE_OK);
  }
  crash_disk_lose_power_at(disk, 0);
  check_integrity(&opened);
  int found = count_transactions(&opened);
  /* The commit under way may have been finished without its caller having been told. */
  if ((found < acknowledged && !relaxed) || found > acknowledged + 1)
    fail_msg("operation %ld, seed %d: %d acknowledged, %d found", operation, (int)seed,
             acknowledged, found);
  assert_int_equal(run_workload(&opened, found + 1), TRANSACTIONS);
  close_database(&opened);
  crash_disk_free(disk);
  return crashed;
}

/* After a loss of power at any operation, with any of the unsynced writes lost or torn, the database is a committed state
 * that holds every acknowledged commit, and works on. */
static void survives_power_loss(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 6; seed++) {
    long operation = (long)seed;
    /* Each seed takes every sixth operation: together they take all. With a key it is a sample. */
    while (crash(operation, seed))
      operation += key == NULL ? 6 : 30;
    assert_true(operation > 100);
  }
}

/* Opened as relaxed it may lack the last commits, but what it has is one of the states it had. */
static void survives_power_loss_relaxed(void **state) {
  relaxed = true;
  survives_power_loss(state);
  relaxed = false;
}

/* A failed operation, once or for a while, fails the statement with the right code, leaves the state before it, and the
 * engine goes on when the disk does. */
static void survives_failing_operations(void **state) {
  (void)state;
  static const int results[] = {-1, -2};
  for (size_t i = 0; i < COUNT(results); i++) {
    for (long operation = 3; operation < 200; operation += 3) {
      struct crash_disk *disk = crash_disk_new(1);
      struct opened opened;
      assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                       TIDE_OK);
      crash_disk_fail_at(disk, operation, 1 + operation % 3, results[i]);
      int acknowledged = run_workload(&opened, 1);
      if (acknowledged < TRANSACTIONS) {
        int found = count_transactions(&opened);
        /* VACUUM comes after the commit and may be what failed. */
        assert_in_range(found, acknowledged, acknowledged + 1);
        assert_int_equal(run_workload(&opened, found + 1), TRANSACTIONS);
      }
      check_integrity(&opened);
      assert_int_equal(count_transactions(&opened), TRANSACTIONS);
      close_database(&opened);
      crash_disk_free(disk);
    }
  }
}

/* A full disk is told apart from one that fails. */
static void maps_errors(void **state) {
  (void)state;
  struct crash_disk *disk = crash_disk_new(1);
  struct opened opened;
  assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                   TIDE_OK);
  crash_disk_fail_at(disk, 1, 1000, -2);
  assert_int_equal(vfs_error_code(run_transaction(&opened, 1)),
                   TIDE_ERROR_STORAGE_FULL);
  execute(&opened, "ROLLBACK");
  crash_disk_fail_at(disk, 1, 1000, -1);
  assert_int_equal(vfs_error_code(run_transaction(&opened, 1)),
                   TIDE_ERROR_INPUT_OUTPUT);
  close_database(&opened);
  crash_disk_free(disk);
}

/* --- damage --- */

/* Changes one byte of a file on the disk. */
static void damage(struct crash_disk *disk, const char *name, double offset) {
  const tide_files *files = crash_disk_files(disk);
  int handle = files->open(files->context, name, 0);
  assert_true(handle >= 0);
  unsigned char byte;
  assert_int_equal(files->read(files->context, handle, &byte, 1, offset), 1);
  byte ^= 0x10;
  assert_int_equal(files->write(files->context, handle, &byte, 1, offset), 0);
}

/* Reads every row of a table; returns SQLite's extended result. */
static int scan(struct opened *opened, const char *sql) {
  sqlite3_exec(opened->handle, sql, NULL, NULL, NULL);
  return sqlite3_extended_errcode(opened->handle);
}

/* A changed byte, on any page, is found when the page is read, and the page is named; what is on others can be read. */
static void finds_damaged_pages(void **state) {
  (void)state;
  int found = 0, untouched = 0;
  for (int page = 2; page < 20; page++) {
    struct crash_disk *disk = crash_disk_new(1);
    struct opened opened;
    assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                     TIDE_OK);
    execute(&opened, "CREATE TABLE a (x); CREATE TABLE b (x);"
                     "WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 40)"
                     " INSERT INTO a SELECT randomblob(900) FROM n;"
                     "INSERT INTO b SELECT * FROM a");
    close_database(&opened);
    damage(disk, "data.db", page * 4096.0 - 4096 + 97 * page);
    assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                     TIDE_OK);
    int results[] = {scan(&opened, "SELECT x FROM a"),
                     scan(&opened, "SELECT x FROM b")};
    for (size_t i = 0; i < COUNT(results); i++) {
      if (results[i] == SQLITE_OK) {
        untouched++;
        continue;
      }
      assert_int_equal(results[i], SQLITE_IOERR_DATA);
      char expected[64];
      snprintf(expected, sizeof expected, "page %d of the database is damaged", page);
      assert_string_equal(vfs_damage(opened.handle), expected);
      found++;
    }
    close_database(&opened);
    crash_disk_free(disk);
  }
  assert_int_equal(found, 18);
  assert_int_equal(untouched, 18);
}

/* The first page is read when the database is opened. */
static void refuses_a_damaged_first_page(void **state) {
  (void)state;
  struct crash_disk *disk = crash_disk_new(1);
  struct opened opened;
  assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                   TIDE_OK);
  execute(&opened, "CREATE TABLE a (x)");
  close_database(&opened);
  damage(disk, "data.db", 2000);
  assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                   TIDE_ERROR_CORRUPT);
  assert_non_null(strstr(opened.error.message, "page 1 of the database is damaged"));
  close_database(&opened);
  crash_disk_free(disk);
}

/* A page can be nothing but zeros: the only one that is free, and what a long value ends with. */
static void takes_pages_of_zeros(void **state) {
  (void)state;
  struct crash_disk *disk = crash_disk_new(1);
  struct opened opened;
  assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                   TIDE_OK);
  execute(&opened, "CREATE TABLE a (x); INSERT INTO a VALUES (zeroblob(100000));"
                   "CREATE TABLE b (x); DROP TABLE b");
  close_database(&opened);
  assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                   TIDE_OK);
  assert_int_equal(scan(&opened, "SELECT x FROM a"), SQLITE_OK);
  execute(&opened, "CREATE TABLE c (x); INSERT INTO c VALUES (1)");
  close_database(&opened);
  crash_disk_free(disk);
}

/* A page that is still in the log is verified, too, whether this engine wrote it or found it there. */
static void finds_damage_in_the_log(void **state) {
  (void)state;
  for (int reopened = 0; reopened < 2; reopened++) {
    struct crash_disk *disk = crash_disk_new(1);
    struct opened opened;
    assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                     TIDE_OK);
    execute(&opened, "PRAGMA cache_size = 0; CREATE TABLE a (x);"
                     "INSERT INTO a VALUES (randomblob(300000))");
    if (reopened) {
      crash_disk_lose_power_at(disk, 1);
      close_database(&opened);
      crash_disk_restart(disk);
      assert_int_equal(open_database(&opened, memory_default(), crash_disk_files(disk)),
                       TIDE_OK);
      execute(&opened, "PRAGMA cache_size = 0");
    }
    sqlite3_db_release_memory(opened.handle);
    assert_int_equal(scan(&opened, "SELECT x FROM a"), SQLITE_OK);
    sqlite3_db_release_memory(opened.handle);
    damage(disk, "data.db-wal", 32 + 8 * (24 + 4096) - 2000);
    assert_int_equal(scan(&opened, "SELECT x FROM a"), SQLITE_IOERR_DATA);
    assert_non_null(
        strstr(vfs_damage(opened.handle), "of the write-ahead log is damaged"));
    close_database(&opened);
    crash_disk_free(disk);
  }
}

/* A file that is no database is refused as corrupt, and left as it is. */
static void refuses_other_files(void **state) {
  (void)state;
  struct crash_disk *disk = crash_disk_new(1);
  const tide_files *files = crash_disk_files(disk);
  static const char text[] = "This is no database, but a text long enough to have "
                             "the header of one, had it been one: one hundred bytes.";
  int handle = files->open(files->context, "data.db", 1);
  files->write(files->context, handle, text, sizeof text, 0);
  struct opened opened;
  assert_int_equal(open_database(&opened, memory_default(), files), TIDE_ERROR_CORRUPT);
  assert_null(opened.handle);
  close_database(&opened);
  char after[sizeof text];
  assert_int_equal(files->read(files->context, handle, after, sizeof after, 0),
                   sizeof text);
  assert_memory_equal(after, text, sizeof text);
  crash_disk_free(disk);
}

/* What is read ahead does not hide what has been written and was not given to the host yet. */
static void reads_what_was_written(void **state) {
  (void)state;
  enum { PIECE = 4096 };
  static char before[4 * PIECE], after[PIECE], read[PIECE];
  struct crash_disk *disk = crash_disk_new(1);
  struct host_file file;
  memset(after, 'a', sizeof after);
  assert_int_equal(
      host_file_open(&file, memory_default(), crash_disk_files(disk), "data.db", true),
      SQLITE_OK);
  assert_int_equal(host_file_write(&file, before, sizeof before, 0), SQLITE_OK);
  assert_int_equal(host_file_flush(&file), SQLITE_OK);
  assert_int_equal(host_file_read(&file, read, PIECE, 0), SQLITE_OK);
  assert_int_equal(host_file_read(&file, read, PIECE, PIECE), SQLITE_OK);
  assert_int_equal(host_file_write(&file, after, PIECE, 3 * PIECE), SQLITE_OK);
  assert_int_equal(host_file_read(&file, read, PIECE, 2 * PIECE), SQLITE_OK);
  assert_int_equal(host_file_read(&file, read, PIECE, 3 * PIECE), SQLITE_OK);
  assert_memory_equal(read, after, PIECE);
  assert_int_equal(host_file_close(&file), SQLITE_OK);
  crash_disk_free(disk);
}

/* Two engines in one process have a file system each. */
static void engines_share_nothing(void **state) {
  (void)state;
  struct crash_disk *disks[2] = {crash_disk_new(1), crash_disk_new(2)};
  struct opened opened[2];
  for (int i = 0; i < 2; i++)
    assert_int_equal(
        open_database(&opened[i], memory_default(), crash_disk_files(disks[i])),
        TIDE_OK);
  assert_int_equal(run_transaction(&opened[0], 1), SQLITE_OK);
  assert_int_equal(count_transactions(&opened[1]), 0);
  close_database(&opened[0]);
  assert_int_equal(run_transaction(&opened[1], 1), SQLITE_OK);
  close_database(&opened[1]);
  for (int i = 0; i < 2; i++)
    crash_disk_free(disks[i]);
}

static int open_and_write(struct memory *memory, void *context) {
  (void)context;
  struct crash_disk *disk = crash_disk_new(1);
  struct opened opened;
  int result = open_database(&opened, memory, crash_disk_files(disk));
  if (result == TIDE_OK)
    result = vfs_error_code(run_transaction(&opened, 1));
  close_database(&opened);
  crash_disk_free(disk);
  return result;
}

/* Opening and writing survive every failing allocation. */
static void survives_failing_allocations(void **state) {
  (void)state;
  each_failing_allocation(open_and_write, NULL);
}

/* --- the same with a key --- */

static int use_key(void **state) {
  static const uint8_t bytes[32] = {3, 1, 4, 1, 5, 9, 2, 6};
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
      encrypted(keeps_what_was_committed),
      encrypted(survives_power_loss),
      encrypted(survives_power_loss_relaxed),
      encrypted(survives_failing_operations),
      encrypted(maps_errors),
      encrypted(finds_damaged_pages),
      encrypted(refuses_a_damaged_first_page),
      encrypted(finds_damage_in_the_log),
      encrypted(refuses_other_files),
      encrypted(survives_failing_allocations),
      cmocka_unit_test(keeps_what_was_committed),
      cmocka_unit_test(survives_power_loss),
      cmocka_unit_test(survives_power_loss_relaxed),
      cmocka_unit_test(survives_failing_operations),
      cmocka_unit_test(maps_errors),
      cmocka_unit_test(finds_damaged_pages),
      cmocka_unit_test(refuses_a_damaged_first_page),
      cmocka_unit_test(takes_pages_of_zeros),
      cmocka_unit_test(finds_damage_in_the_log),
      cmocka_unit_test(refuses_other_files),
      cmocka_unit_test(reads_what_was_written),
      cmocka_unit_test(engines_share_nothing),
      cmocka_unit_test(survives_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
