/* Tests of encrypted databases: what is kept cannot be read without the key, and who has another one, or none, is told so before anything is
 * written. test_vfs_host.c and test_vfs_pages.c run their tests with a key, too. */
#include "lib/crash_files.h"
#include "lib/test.h"
#include "vfs/vfs_host.h"
#include "vfs/vfs_pages.h"

static int64_t now = 1;

/* --- databases --- */

static const uint8_t right[32] = {7, 7, 7}, wrong[32] = {7, 7, 8};

struct opened {
  struct random random;
  struct vfs_host *host;
  sqlite3 *handle;
  struct error error;
};

static int open_database(struct opened *opened, struct crash_disk *disk,
                         const uint8_t *key) {
  static uint8_t seed[32];
  *opened = (struct opened){0};
  error_clear(&opened->error);
  seed[0]++;
  random_seed(&opened->random, seed);
  opened->host =
      vfs_host_new(memory_default(), (struct vfs_environment){&now, &opened->random},
                   crash_disk_files(disk), key);
  return vfs_host_open(opened->host, "data.db", false, &opened->handle, &opened->error);
}

static void close_database(struct opened *opened) {
  sqlite3_close(opened->handle);
  vfs_host_free(opened->host);
}

static int execute(struct opened *opened, const char *sql) {
  sqlite3_exec(opened->handle, sql, NULL, NULL, NULL);
  return sqlite3_extended_errcode(opened->handle);
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

/* A file of the disk as it is now; NULL: there is none. To be freed. */
static char *contents(struct crash_disk *disk, const char *name, size_t *size) {
  const tide_files *files = crash_disk_files(disk);
  *size = 0;
  int handle = files->open(files->context, name, 0);
  if (handle < 0)
    return NULL;
  *size = (size_t)files->size(files->context, handle);
  char *bytes = malloc(*size + 1);
  assert_int_equal(files->read(files->context, handle, bytes, (uint32_t)*size, 0),
                   *size);
  files->close(files->context, handle);
  return bytes;
}

static const char *const names[] = {"data.db", "data.db-wal", "data.db-journal"};

static bool contains(struct crash_disk *disk, const char *text) {
  bool found = false;
  for (size_t i = 0; i < COUNT(names); i++) {
    size_t size, length = strlen(text);
    char *bytes = contents(disk, names[i], &size);
    for (size_t at = 0; !found && at + length <= size; at++)
      found = memcmp(bytes + at, text, length) == 0;
    free(bytes);
  }
  return found;
}

/* A database of some pages with a marker in all of them, part of it still in the log, whose writer has died. */
static struct crash_disk *make_database(const uint8_t *key) {
  struct crash_disk *disk = crash_disk_new(1);
  struct opened opened;
  assert_int_equal(open_database(&opened, disk, key), TIDE_OK);
  assert_int_equal(
      execute(&opened, "CREATE TABLE secrets (id INTEGER PRIMARY KEY, text);"
                       "WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT "
                       "400) INSERT INTO secrets SELECT i, 'marker' || i FROM n;"
                       "PRAGMA wal_checkpoint; VACUUM;"
                       "UPDATE secrets SET text = text || 'marker'"),
      SQLITE_OK);
  assert_int_equal(contains(disk, "marker"), key == NULL);
  assert_int_equal(contains(disk, "secrets"), key == NULL);
  assert_int_equal(contains(disk, "SQLite format"), key == NULL);
  crash_disk_lose_power_at(disk, 1);
  close_database(&opened);
  crash_disk_restart(disk);
  return disk;
}

/* None of what was written is in any file, neither while the log is in use nor after it was brought in. */
static void keeps_no_plain_text(void **state) {
  (void)state;
  struct opened opened;
  crash_disk_free(make_database(NULL)); /* which finds the markers */
  struct crash_disk *disk = make_database(right);
  assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
  assert_int_equal(query(&opened, "SELECT count(*) FROM secrets WHERE text GLOB "
                                  "'marker*marker'"),
                   400);
  close_database(&opened);
  assert_false(contains(disk, "marker"));
  assert_false(contains(disk, "SQLite format"));
  crash_disk_free(disk);
}

/* Opening with that key fails with that code, and leaves every file as it is, the log too. */
static void expect_refusal(struct crash_disk *disk, const uint8_t *key, int code,
                           const char *sqlstate) {
  struct opened opened;
  char *before[COUNT(names)];
  size_t sizes[COUNT(names)];
  for (size_t i = 0; i < COUNT(names); i++)
    before[i] = contents(disk, names[i], &sizes[i]);
  long operations = crash_disk_operations(disk);
  assert_int_equal(open_database(&opened, disk, key), code);
  assert_string_equal(opened.error.sqlstate, sqlstate);
  assert_true(opened.error.hint[0] != '\0');
  assert_null(opened.handle);
  close_database(&opened);
  assert_int_equal(crash_disk_operations(disk), operations);
  for (size_t i = 0; i < COUNT(names); i++) {
    size_t size;
    char *after = contents(disk, names[i], &size);
    assert_int_equal(size, sizes[i]);
    if (size > 0)
      assert_memory_equal(after, before[i], size);
    free(after);
    free(before[i]);
  }
}

static void refuses_other_keys(void **state) {
  (void)state;
  struct crash_disk *encrypted = make_database(right), *plain = make_database(NULL);
  struct opened opened;
  expect_refusal(encrypted, wrong, TIDE_ERROR_KEY, "28P01");
  expect_refusal(encrypted, NULL, TIDE_ERROR_KEY, "28P01");
  expect_refusal(plain, right, TIDE_ERROR_NOT_WRITABLE, "55000");
  assert_int_equal(open_database(&opened, encrypted, right), TIDE_OK);
  assert_int_equal(query(&opened, "SELECT count(*) FROM secrets"), 400);
  close_database(&opened);
  assert_int_equal(open_database(&opened, plain, NULL), TIDE_OK);
  assert_int_equal(query(&opened, "SELECT count(*) FROM secrets"), 400);
  close_database(&opened);
  crash_disk_free(encrypted);
  crash_disk_free(plain);
}

static void overwrite(struct crash_disk *disk, const char *name, size_t offset,
                      const void *bytes, size_t size) {
  const tide_files *files = crash_disk_files(disk);
  int handle = files->open(files->context, name, 0);
  assert_int_equal(
      files->write(files->context, handle, bytes, (uint32_t)size, (double)offset), 0);
  files->sync(files->context, handle);
  files->close(files->context, handle);
}

static void refuses_a_later_format(void **state) {
  (void)state;
  struct crash_disk *disk = make_database(right);
  overwrite(disk, "data.db", 8, "\2", 1);
  expect_refusal(disk, right, TIDE_ERROR_NOT_SUPPORTED, "0A000");
  crash_disk_free(disk);
}

/* The first page may be torn or lost while the log is brought in: the log has it, and the key can be told all the same. */
static void recovers_the_first_page(void **state) {
  (void)state;
  struct crash_disk *disk = make_database(right);
  struct opened opened;
  static const char zeros[2048];
  assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
  assert_int_equal(execute(&opened, "CREATE TABLE more (x)"), SQLITE_OK);
  crash_disk_lose_power_at(disk, 1);
  close_database(&opened);
  crash_disk_restart(disk);
  overwrite(disk, "data.db", 512, zeros, sizeof zeros);
  expect_refusal(disk, wrong, TIDE_ERROR_KEY, "28P01");
  assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
  assert_int_equal(query(&opened, "SELECT count(*) FROM secrets, more"), 0);
  close_database(&opened);
  crash_disk_free(disk);
}

/* Room for nonce and tag is never given up. */
static void keeps_the_room(void **state) {
  (void)state;
  struct crash_disk *disk = make_database(right);
  struct opened opened;
  int reserved = 8;
  assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
  sqlite3_file_control(opened.handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  execute(&opened, "VACUUM");
  close_database(&opened);
  assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
  assert_int_equal(query(&opened, "SELECT count(*) FROM secrets"), 400);
  close_database(&opened);
  crash_disk_free(disk);
}

/* Two pages that have changed places are damaged both, and named. */
static void notices_swapped_pages(void **state) {
  (void)state;
  struct crash_disk *disk = make_database(right);
  struct opened opened;
  size_t size;
  assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
  close_database(&opened);
  char *bytes = contents(disk, "data.db", &size);
  assert_true(size > 4 * 4096);
  overwrite(disk, "data.db", 2 * 4096, bytes + 3 * 4096, 4096);
  overwrite(disk, "data.db", 3 * 4096, bytes + 2 * 4096, 4096);
  free(bytes);
  assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
  assert_int_equal(execute(&opened, "SELECT * FROM secrets"), SQLITE_IOERR_DATA);
  assert_string_equal(vfs_damage(opened.handle), "page 3 of the database is damaged");
  close_database(&opened);
  crash_disk_free(disk);
}

/* The log ends where a frame is not what was written: the commits before it are there, it and those after it are not. */
static void ends_the_log_at_damage(void **state) {
  (void)state;
  enum { FRAME = 24 + 4096, ROWS = 10 };
  struct crash_disk *disk = crash_disk_new(1);
  struct opened opened;
  size_t size;
  assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
  execute(&opened,
          "CREATE TABLE t (x)"); /* frames 0 and 1, and then one for each row */
  for (int i = 0; i < ROWS; i++)
    assert_int_equal(execute(&opened, "INSERT INTO t VALUES (1)"), SQLITE_OK);
  crash_disk_lose_power_at(disk, 1);
  close_database(&opened);
  crash_disk_restart(disk);
  free(contents(disk, "data.db-wal", &size));
  assert_int_equal(size, 32 + (2 + ROWS) * FRAME);
  overwrite(disk, "data.db-wal", 32 + (2 + 6) * FRAME + 1000, "x", 1);
  assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
  assert_int_equal(query(&opened, "SELECT count(*) FROM t"), 6);
  assert_int_equal(execute(&opened, "INSERT INTO t VALUES (1)"), SQLITE_OK);
  close_database(&opened);
  crash_disk_free(disk);
}

/* A transaction larger than the cache writes frames twice, and the checksums of all that follow anew: synchronised or not, all of that is
 * with the host when it has been committed. */
static void rewrites_frames(void **state) {
  (void)state;
  static const char *const levels[] = {"PRAGMA synchronous = FULL",
                                       "PRAGMA synchronous = NORMAL"};
  for (size_t i = 0; i < COUNT(levels); i++) {
    struct crash_disk *disk = make_database(right);
    struct opened opened;
    assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
    assert_int_equal(execute(&opened,
                             "PRAGMA cache_size = 2; PRAGMA cache_spill = 1; BEGIN;"
                             "CREATE INDEX i ON secrets (text);"
                             "UPDATE secrets SET text = 'a' || id;"
                             "UPDATE secrets SET text = 'b' || id || zeroblob(50);"
                             "UPDATE secrets SET text = 'c' || id"),
                     SQLITE_OK);
    execute(&opened, levels[i]);
    assert_int_equal(execute(&opened, "COMMIT"), SQLITE_OK);
    crash_disk_fault_at(disk, 1, CRASH_FAULT_FAIL, true);
    close_database(&opened);
    crash_disk_revive(disk);
    assert_int_equal(open_database(&opened, disk, right), TIDE_OK);
    assert_int_equal(
        query(&opened, "SELECT count(*) FROM secrets WHERE text = 'c' || id"), 400);
    assert_int_equal(query(&opened, "SELECT count(*) FROM pragma_integrity_check WHERE "
                                    "integrity_check <> 'ok'"),
                     0);
    close_database(&opened);
    crash_disk_free(disk);
  }
}

/* --- kept in pages --- */

static struct vfs_pages *new_pages(struct random *random, const uint8_t *key) {
  static uint8_t seed[32] = {3};
  seed[1]++;
  random_seed(random, seed);
  return vfs_pages_new(memory_default(), (struct vfs_environment){&now, random}, key);
}

/* Makes a database; `kept` is then the whole file as the host keeps it. */
static void make_pages(const uint8_t *key, struct buffer *kept) {
  enum { ENTRY = 8 + VFS_PAGE_SIZE };
  struct random random;
  struct error error;
  struct buffer batch;
  uint32_t count;
  sqlite3 *handle;
  struct vfs_pages *pages = new_pages(&random, key);
  error_clear(&error);
  buffer_init(kept, memory_default());
  buffer_init(&batch, memory_default());
  assert_int_equal(vfs_pages_open(pages, true, &handle, &error), TIDE_OK);
  assert_int_equal(
      sqlite3_exec(handle,
                   "CREATE TABLE secrets (text);"
                   "INSERT INTO secrets VALUES (printf('%.9000c', 'm') || 'arker')",
                   NULL, NULL, NULL),
      SQLITE_OK);
  assert_int_equal(vfs_pages_take_changes(pages, &batch, &count), TIDE_OK);
  assert_int_equal(batch.length, (size_t)count * ENTRY);
  for (uint32_t page = 0; page < count; page++)
    buffer_append(kept, batch.data + (size_t)page * ENTRY + 8, VFS_PAGE_SIZE);
  buffer_deinit(&batch);
  sqlite3_close(handle);
  vfs_pages_free(pages);
}

static int read_pages(const uint8_t *key, const struct buffer *kept, bool in_pieces,
                      struct error *error) {
  struct random random;
  struct vfs_pages *pages = new_pages(&random, key);
  sqlite3 *handle = NULL;
  int result;
  error_clear(error);
  if (in_pieces) {
    result = vfs_pages_expect(pages, (int64_t)kept->length);
    if (result == TIDE_OK)
      result = vfs_pages_receive(pages, 0, kept->data, kept->length, error);
  } else {
    result = vfs_pages_load(pages, 0, kept->data, kept->length);
  }
  if (result == TIDE_OK)
    result = vfs_pages_open(pages, true, &handle, error);
  if (result == TIDE_OK)
    result = sqlite3_exec(handle, "SELECT * FROM secrets", NULL, NULL, NULL);
  assert_false(vfs_pages_changed(pages));
  sqlite3_close(handle);
  vfs_pages_free(pages);
  return result;
}

static bool holds(const struct buffer *kept, const char *text) {
  for (size_t at = 0; at + strlen(text) <= kept->length; at++) {
    if (memcmp(kept->data + at, text, strlen(text)) == 0)
      return true;
  }
  return false;
}

/* What the host is given to keep is encrypted, and can be read with the key alone: loaded at once, or piece by piece. */
static void pages_are_encrypted(void **state) {
  (void)state;
  static const struct {
    const uint8_t *made_with, *read_with;
    int code;
  } cases[] = {{right, right, TIDE_OK},
               {right, wrong, TIDE_ERROR_KEY},
               {right, NULL, TIDE_ERROR_KEY},
               {NULL, right, TIDE_ERROR_NOT_WRITABLE}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct buffer kept;
    struct error error;
    make_pages(cases[i].made_with, &kept);
    assert_int_equal(holds(&kept, "mmmmmmmm"), cases[i].made_with == NULL);
    assert_int_equal(holds(&kept, "secrets"), cases[i].made_with == NULL);
    for (int in_pieces = 0; in_pieces < 2; in_pieces++) {
      assert_int_equal(read_pages(cases[i].read_with, &kept, in_pieces, &error),
                       cases[i].code);
      assert_int_equal(error.code, cases[i].code);
    }
    buffer_deinit(&kept);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_no_plain_text),
      cmocka_unit_test(refuses_other_keys),
      cmocka_unit_test(refuses_a_later_format),
      cmocka_unit_test(recovers_the_first_page),
      cmocka_unit_test(keeps_the_room),
      cmocka_unit_test(notices_swapped_pages),
      cmocka_unit_test(ends_the_log_at_damage),
      cmocka_unit_test(rewrites_frames),
      cmocka_unit_test(pages_are_encrypted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
