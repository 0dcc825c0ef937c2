/* Databases of every version that the catalog has had (tests/fixtures/README.md) are opened, read, checked and written. */
#include "base/library.h"
#include "engine.h"
#include "lib/crash_files.h"
#include "lib/test.h"

#define NOW INT64_C(1769853600000)

static int version_under_test;

static int open_engine(struct crash_disk *disk, tide_engine **engine) {
  const tide_config config = {.storage = TIDE_STORAGE_FILE,
                              .path = "test.db",
                              .files = crash_disk_files(disk),
                              .now = NOW,
                              .seed = {1},
                              .auto_sync = 1};
  return tide_open(&config, engine);
}

/* The first column of the only row, as text; "" when there is no row. */
static const char *one(tide_engine *engine, const char *sql) {
  static char text[200];
  tide_statement *statement = NULL;
  size_t consumed, size;
  int status = tide_prepare(engine, sql, strlen(sql), &statement, &consumed);
  int rows = 0;
  text[0] = 0;
  while (status == TIDE_DONE && (status = tide_step(statement)) == TIDE_ROW) {
    const char *value = tide_column_text(statement, 0, &size);
    snprintf(text, sizeof text, "%s", value ? value : "NULL");
    if (rows++ > 0)
      print_message("%s\n", text);
    status = TIDE_DONE;
  }
  if ((status != TIDE_DONE && status != TIDE_WAIT) || rows > 1)
    fail_msg("version %d: %s: %d rows, %s, %s", version_under_test, sql, rows, text,
             tide_error(engine));
  tide_finalize(statement);
  tide_effect effect;
  while (tide_next_effect(engine, &effect)) {
  }
  return text;
}

static void gives(tide_engine *engine, const char *sql, const char *expected) {
  const char *given = one(engine, sql);
  if (strcmp(given, expected) != 0)
    fail_msg("version %d: %s: %s, not %s", version_under_test, sql, given, expected);
}

/* The fixture as a file on a disk; NULL: there is none. */
static struct crash_disk *read_fixture(int version) {
  char command[100];
  unsigned char bytes[4096];
  size_t size = 0, count;
  snprintf(command, sizeof command, "gzip -dc tests/fixtures/catalog-%d.db.gz",
           version);
  FILE *pipe = popen(command, "r");
  assert_non_null(pipe);
  struct crash_disk *disk = crash_disk_new(1);
  const tide_files *files = crash_disk_files(disk);
  int handle = files->open(files->context, "test.db", 1);
  while ((count = fread(bytes, 1, sizeof bytes, pipe)) > 0) {
    files->write(files->context, handle, bytes, (uint32_t)count, (double)size);
    size += count;
  }
  if (pclose(pipe) == 0 && size > 0)
    return disk;
  crash_disk_free(disk);
  return NULL;
}

static const char *const views[][2] = {
    {"joined", "SELECT o.id, c.name, o.total FROM orders o JOIN customers c ON c.id = "
               "o.customer"},
    {"totals", "SELECT customer, count(*), sum(total), max(id) FROM orders GROUP BY "
               "customer"},
    {"latest",
     "SELECT * FROM (SELECT id, total FROM orders ORDER BY id DESC LIMIT 3) l"},
    {"ranked", "SELECT id, rank() OVER (PARTITION BY customer ORDER BY total) FROM "
               "orders"},
    {"documents",
     "SELECT c.id, (SELECT json_agg(o.id ORDER BY o.id) FROM orders o WHERE "
     "o.customer = c.id)::text FROM customers c"}};

static void check_views(tide_engine *engine) {
  char sql[1024];
  for (size_t i = 0; i < COUNT(views); i++) {
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM ((SELECT * FROM %s EXCEPT %s) UNION ALL (%s EXCEPT "
             "SELECT * FROM %s)) AS x",
             views[i][0], views[i][1], views[i][1], views[i][0]);
    gives(engine, sql, "0");
  }
  gives(engine, "SELECT count(*) FROM joined",
        one(engine, "SELECT count(*) FROM orders"));
}

/* What the fixture holds. */
static void check_contents(tide_engine *engine, int version) {
  gives(engine,
        "SELECT string_agg(id || ' ' || name, ',' ORDER BY id) FROM items WHERE id > 0",
        "1 here,2 changed,10 new");
  gives(engine,
        "SELECT string_agg(op || ' ' || state, ',' ORDER BY id) FROM "
        "tidemark.queue WHERE key ->> 0 <> '-1'",
        "insert pending,update pending,delete pending");
  gives(engine, "SELECT string_agg(name, ',' ORDER BY id) FROM customers",
        "C1,c2,c3,c4");
  gives(engine, "SELECT count(*) FROM orders", "11");
  gives(engine, "SELECT count(*) FROM copied", "9");
  gives(engine, "SELECT string_agg(name, ',' ORDER BY id) FROM plain", "c2,c3,c4");
  gives(engine, "SELECT data ->> 'a' FROM parts WHERE tags[1] = 'x'", "[1]");
  gives(engine, "SELECT a || b FROM other.things", "ab");
  if (version >= 3)
    gives(engine, "SELECT count(*) FROM tidemark.slots", "1");
  if (version >= 4)
    gives(engine, "SELECT count(*) FROM tv_customers", "4");
  if (version >= 5)
    gives(engine, "SELECT count(*) FROM tidemark.requests", "1");
  if (version >= 6)
    gives(engine, "SELECT name FROM items WHERE id = -1", "staged");
  if (version >= 7)
    gives(engine, "SELECT string_agg(mood::text, ',' ORDER BY mood) FROM moods",
          "sad,happy");
  gives(engine,
        "SELECT coalesce(options ->> 'conflict_granularity', 'row') FROM "
        "tidemark.views WHERE name = 'items'",
        version >= 9 ? "columns" : "row");
  if (version >= 10)
    gives(engine, "SELECT pg_typeof(price) || ' ' || price FROM offers", "price 2.50");
  if (version >= 10)
    gives(engine,
          "SELECT last_value || ' ' || increment_by FROM pg_sequences"
          " WHERE sequencename = 'ids'",
          "5 10");
  gives(engine,
        "SELECT count(*) || coalesce(col_description('customers'::regclass, 2), '')"
        " FROM pg_description",
        version >= 11 ? "3what they are called" : "0");
  if (version >= 14)
    gives(engine,
          "SELECT identity_generation || ' ' || identity_start || ' ' ||"
          " identity_increment FROM information_schema.columns"
          " WHERE table_name = 'tickets' AND column_name = 'id'",
          "ALWAYS 100 10");
}

static void write_all(tide_engine *engine) {
  one(engine, "INSERT INTO customers VALUES (9, 'nine')");
  one(engine, "INSERT INTO orders (id, customer, total) VALUES (90, 9, 3), (91, 1, 4)");
  one(engine, "UPDATE orders SET total = total * 2 WHERE customer = 2");
  one(engine, "DELETE FROM customers WHERE id = 3");
  one(engine, "INSERT INTO parts (ok) VALUES (false)");
  one(engine, "UPDATE items SET name = 'later' WHERE id = 1");
  one(engine, "REFRESH MATERIALIZED VIEW copied");
  one(engine, "ALTER TABLE orders ADD COLUMN extra text DEFAULT 'e'");
  gives(engine, "SELECT max(id) FROM parts", "3");
  gives(engine, "SELECT count(*) FROM tidemark.queue WHERE key ->> 0 <> '-1'", "4");
}

static void use(struct crash_disk *disk, int version) {
  tide_engine *engine;
  version_under_test = version;
  if (open_engine(disk, &engine) != TIDE_DONE)
    fail_msg("version %d: %s", version, tide_error(engine));
  check_contents(engine, version);
  check_views(engine);
  gives(engine, "PRAGMA integrity_check", "ok");
  write_all(engine);
  check_views(engine);
  gives(engine, "PRAGMA integrity_check", "ok");
  tide_close(engine);
  assert_int_equal(open_engine(disk, &engine), TIDE_DONE);
  check_views(engine);
  one(engine, "VACUUM");
  gives(engine, "PRAGMA integrity_check", "ok");
  gives(engine, "SELECT count(*) FROM tidemark.queue WHERE key ->> 0 <> '-1'", "4");
  tide_close(engine);
}

/* The version of a catalog that is made today. */
static int current_version(void) {
  tide_engine *engine;
  struct crash_disk *disk = crash_disk_new(1);
  assert_int_equal(open_engine(disk, &engine), TIDE_DONE);
  sqlite3_stmt *statement;
  library_use(&engine->memory);
  assert_int_equal(
      sqlite3_prepare_v2(engine->database.handle,
                         "SELECT value FROM __tidemark_settings WHERE name "
                         "= 'version'",
                         -1, &statement, NULL),
      SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int version = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  tide_close(engine);
  crash_disk_free(disk);
  return version;
}

/* A database of each version does all that one of today does, and there is one of each, today's included (make catalog-fixture). */
static void every_version_opens(void **state) {
  (void)state;
  int current = current_version();
  assert_true(current >= 5);
  for (int version = 1; version <= current; version++) {
    struct crash_disk *disk = read_fixture(version);
    if (disk == NULL)
      fail_msg("there is no tests/fixtures/catalog-%d.db.gz", version);
    use(disk, version);
    crash_disk_free(disk);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_version_opens),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
