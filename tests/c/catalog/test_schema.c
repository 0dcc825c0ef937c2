/* The catalog's tables in the file: made once, found again, upgraded, refused when they are newer. */
#include "fixture.h"

/* What was defined is there again when the file is opened again, and opening writes nothing. */
static void test_opens_again(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (id integer PRIMARY KEY, a numeric(5,2)[] NOT NULL, b "
              "timestamp(3) with time zone)");
  succeeds(
      f,
      "CREATE REALTIME VIEW v AS SELECT id FROM t WITH (write_policy = local_first)");
  catalog_close(&f->database);
  int64_t changes = sqlite3_total_changes64(f->database.handle);
  assert_int_equal(catalog_open(&f->database), TIDE_OK);
  assert_int_equal(sqlite3_total_changes64(f->database.handle), changes);
  const struct relation *t = catalog_find(&f->database, "public", "t");
  assert_non_null(t);
  assert_int_equal(t->columns[1].type.id, TYPE_NUMERIC);
  assert_true(t->columns[1].type.array);
  assert_int_equal(t->columns[1].type.precision, 5);
  assert_int_equal(t->columns[1].type.scale, 2);
  assert_int_equal(t->columns[2].type.id, TYPE_TIMESTAMPTZ);
  assert_int_equal(t->columns[2].type.precision, 3);
  const struct relation *v = catalog_find(&f->database, NULL, "v");
  assert_int_equal(v->view->write_policy, WRITE_LOCAL_FIRST);
  assert_non_null(v->view->write_path);
}

/* Every type comes back from the catalog as it went in. */
static void test_types_come_back(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (a boolean, b smallint, c integer, d bigint, e real, f "
              "double precision,"
              " g numeric, h text, i varchar, j char(3), k bytea, l date, m time, n "
              "timetz, o timestamp,"
              " p timestamptz, q interval, r uuid, s json, t jsonb, u integer[])");
  const struct relation *t = catalog_find(&f->database, NULL, "t");
  for (int i = TYPE_BOOLEAN; i < t->column_count; i++)
    assert_int_equal(t->columns[i - 1].type.id, i);
  gives(f,
        "SELECT name, type FROM tidemark.columns WHERE name IN ('f', 'j', 'n', 'u') "
        "ORDER BY 1",
        "f|double precision\nj|character(3)\nn|time with time zone\nu|integer[]\n");
}

/* A file of a newer version is refused by name, and left as it is. */
static void test_newer(void **state) {
  struct fixture *f = *state;
  catalog_close(&f->database);
  assert_int_equal(
      database_execute(
          &f->database,
          "UPDATE __tidemark_settings SET value = '4711' WHERE name = 'version'"),
      TIDE_OK);
  error_clear(f->database.error);
  assert_int_equal(catalog_open(&f->database), TIDE_ERROR_NOT_SUPPORTED);
  assert_non_null(strstr(f->sqlite.error.message, "version 4711"));
  assert_null(f->database.catalog);
  error_clear(f->database.error);
}

/* A catalog that contradicts itself, as only damage can make it, is refused and nothing is read beyond its bounds. */
static void test_damaged(void **state) {
  struct fixture *f = *state;
  static const char *const damages[] = {
      "UPDATE __tidemark_columns SET type_name = 'nonsense'",
      "UPDATE __tidemark_constraint_columns SET position = 99",
      "DELETE FROM __tidemark_columns WHERE position = 1",
      "UPDATE __tidemark_columns SET relation_id = 99",
      "UPDATE __tidemark_settings SET value = 'x' WHERE name = 'version'",
  };
  succeeds(f, "CREATE TABLE t (a integer UNIQUE, b text)");
  for (size_t i = 0; i < COUNT(damages); i++) {
    assert_int_equal(database_execute(&f->database, "PRAGMA foreign_keys = OFF; BEGIN"),
                     TIDE_OK);
    assert_int_equal(database_execute(&f->database, damages[i]), TIDE_OK);
    catalog_close(&f->database);
    error_clear(f->database.error);
    assert_int_equal(catalog_open(&f->database), TIDE_ERROR_CORRUPT);
    assert_int_equal(sqlite3_exec(f->database.handle, "ROLLBACK", NULL, NULL, NULL),
                     SQLITE_OK);
    error_clear(f->database.error);
    assert_int_equal(catalog_open(&f->database), TIDE_OK);
  }
}

/* The system relations have the columns they are said to have, and can only be read. */
static void test_system_relations(void **state) {
  struct fixture *f = *state;
  /* stats is of the view layer: test_tracing.c */
  static const char *const names[] = {
      "views",    "columns", "dependencies", "queue",       "sync",     "slots",
      "database", "tviews",  "extensions",   "tview_reads", "tview_log"};
  succeeds(
      f,
      "CREATE MATERIALIZED VIEW v AS TABLE x WITH (replication_origin = 'postgres:a')");
  for (size_t i = 0; i < COUNT(names); i++) {
    const struct relation *relation = catalog_find(&f->database, "tidemark", names[i]);
    char sql[64];
    sqlite3_stmt *statement;
    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", relation->stored);
    assert_int_equal(database_prepare(&f->database, sql, false, &statement), TIDE_OK);
    assert_int_equal(sqlite3_column_count(statement), relation->column_count);
    for (int k = 0; k < relation->column_count; k++)
      assert_string_equal(sqlite3_column_name(statement, k), relation->columns[k].name);
    sqlite3_finalize(statement);
    snprintf(sql, sizeof sql, "DELETE FROM tidemark.%s", names[i]);
    assert_int_not_equal(run(f, sql), TIDE_OK);
  }
  gives(
      f,
      "SELECT schema, name, mode, origin, is_updatable, described FROM tidemark.views",
      "public|v|materialized|postgres:a|0|0\n");
  gives(f, "SELECT view, state, enabled, pending, next_retry_at FROM tidemark.sync",
        "public.v|idle|1|0|NULL\n");
  gives(f, "SELECT value FROM tidemark.database WHERE name = 'materialized_views'",
        "1\n");
}

/* Queue and sync show times as timestamps in UTC, without trailing zeros, and count what is not applied. */
static void test_queue(void **state) {
  struct fixture *f = *state;
  succeeds(
      f, "CREATE REALTIME VIEW v AS TABLE x WITH (replication_origin = 'postgres:a')");
  assert_int_equal(database_execute(&f->database,
                                    "INSERT INTO __tidemark_queue (view_id, origin, "
                                    "transaction_id, op, key, mine,"
                                    " state, created_at, next_retry_at) SELECT id, "
                                    "'postgres:a', 7, 'insert', '{\"id\":1}',"
                                    " '{\"id\":1}', 'failed', 1769853600120, "
                                    "1769853601000 FROM __tidemark_relations"),
                   TIDE_OK);
  gives(f,
        "SELECT view, op, state, \"transaction\", created_at, next_retry_at FROM "
        "tidemark.queue",
        "public.v|insert|failed|7|2026-01-31 10:00:00.12+00|2026-01-31 10:00:01+00\n");
  gives(f, "SELECT pending FROM tidemark.sync", "1\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_opens_again), CASE(test_types_come_back),  CASE(test_newer),
      CASE(test_damaged),     CASE(test_system_relations), CASE(test_queue),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
