/* Finding relations, their order and dependencies, settings, and going back when a transaction does. */
#include "fixture.h"

static void collect(const struct relation *relation, void *context) {
  struct buffer *names = context;
  if (relation->kind != RELATION_SYSTEM)
    buffer_format(names, "%s.%s ", relation->schema, relation->name);
}

/* Relations are found by schema and name, id and stored name, and visited in order of creation. */
static void test_finds(void **state) {
  struct fixture *f = *state;
  struct buffer names;
  succeeds(f, "CREATE SCHEMA s");
  succeeds(f, "CREATE TABLE z (a integer)");
  succeeds(f, "CREATE TABLE s.z (a integer)");
  succeeds(f, "CREATE TABLE a (a integer)");
  const struct relation *z = catalog_find(&f->database, "s", "z");
  assert_ptr_equal(catalog_find_id(&f->database, z->id), z);
  assert_ptr_equal(catalog_find_stored(&f->database, "s.z"), z);
  assert_ptr_not_equal(catalog_find(&f->database, NULL, "z"), z);
  assert_null(catalog_find(&f->database, "S", "z"));
  assert_null(catalog_find(&f->database, NULL, "Z"));
  assert_null(catalog_find(&f->database, "pg_catalog", "views"));
  const struct relation *class = catalog_find(&f->database, "pg_catalog", "pg_class");
  assert_ptr_equal(catalog_find(&f->database, NULL, "pg_class"), class);
  assert_null(catalog_find(&f->database, NULL, "views"));
  assert_non_null(catalog_find(&f->database, "tidemark", "views"));
  assert_null(catalog_find_id(&f->database, 4711));
  buffer_init(&names, memory_default());
  catalog_each(&f->database, collect, &names);
  assert_string_equal(buffer_string(&names), "public.z s.z public.a ");
  buffer_deinit(&names);
}

/* A thousand relations are all found. */
static void test_many(void **state) {
  struct fixture *f = *state;
  char sql[64];
  assert_int_equal(
      database_execute(
          &f->database,
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
          "1000)"
          " INSERT INTO __tidemark_relations (schema_id, kind, name, stored)"
          " SELECT 1, 'table', 't' || i, 't' || i FROM n"),
      TIDE_OK);
  assert_int_equal(catalog_reload(&f->database), TIDE_OK);
  for (int i = 1; i <= 1000; i++) {
    snprintf(sql, sizeof sql, "t%d", i);
    const struct relation *relation = catalog_find(&f->database, NULL, sql);
    assert_non_null(relation);
    assert_ptr_equal(catalog_find_stored(&f->database, sql), relation);
    assert_ptr_equal(catalog_find_id(&f->database, relation->id), relation);
  }
}

/* Dependencies are told in both directions, directly only. */
static void test_dependencies(void **state) {
  struct fixture *f = *state;
  struct arena arena;
  int64_t *ids;
  int count;
  succeeds(f, "CREATE TABLE t (a integer)");
  succeeds(f, "CREATE MATERIALIZED VIEW v AS SELECT a FROM t");
  succeeds(f, "CREATE VIEW w AS WITH t AS (SELECT 1 AS a) SELECT v.a FROM v, t");
  arena_init(&arena, memory_default());
  int64_t t = catalog_find(&f->database, NULL, "t")->id;
  int64_t v = catalog_find(&f->database, NULL, "v")->id;
  int64_t w = catalog_find(&f->database, NULL, "w")->id;
  assert_int_equal(catalog_dependents(&f->database, &arena, t, &ids, &count), TIDE_OK);
  assert_int_equal(count, 1);
  assert_int_equal(ids[0], v);
  assert_int_equal(catalog_sources(&f->database, &arena, w, &ids, &count), TIDE_OK);
  assert_int_equal(count, 1);
  assert_int_equal(ids[0], v);
  assert_int_equal(catalog_sources(&f->database, &arena, t, &ids, &count), TIDE_OK);
  assert_int_equal(count, 0);
  arena_deinit(&arena);
}

/* Settings are durable; NULL is what was never set. */
static void test_settings(void **state) {
  struct fixture *f = *state;
  struct arena arena;
  const char *value;
  arena_init(&arena, memory_default());
  assert_int_equal(catalog_get_setting(&f->database, &arena, "client", &value),
                   TIDE_OK);
  assert_null(value);
  assert_int_equal(catalog_set_setting(&f->database, "client", "a'b"), TIDE_OK);
  assert_int_equal(catalog_set_setting(&f->database, "client", "c"), TIDE_OK);
  assert_int_equal(catalog_get_setting(&f->database, &arena, "client", &value),
                   TIDE_OK);
  assert_string_equal(value, "c");
  arena_deinit(&arena);
}

/* After a rollback a reload shows the catalog as it was; until then, and only then, the version has risen. */
static void test_rollback(void **state) {
  struct fixture *f = *state;
  struct arena arena;
  struct sql_node *tree;
  size_t consumed;
  static const char sql[] = "CREATE TABLE t (a integer)";
  uint64_t version = catalog_version(&f->database);
  arena_init(&arena, memory_default());
  assert_int_equal(sql_parse(&arena, sql, strlen(sql), SQL_DIALECT_POSTGRES, &tree,
                             &consumed, f->database.error),
                   TIDE_OK);
  assert_int_equal(database_execute(&f->database, "BEGIN"), TIDE_OK);
  assert_int_equal(define_execute(&f->database, &arena, tree, &f->command), TIDE_OK);
  assert_true(catalog_version(&f->database) > version);
  assert_non_null(catalog_find(&f->database, NULL, "t"));
  assert_int_equal(database_execute(&f->database, "ROLLBACK"), TIDE_OK);
  assert_int_equal(catalog_reload(&f->database), TIDE_OK);
  assert_null(catalog_find(&f->database, NULL, "t"));
  arena_deinit(&arena);
  succeeds(f, sql);
}

/* A definition that fails leaves the image before it in place, pointers and all. */
static void test_failure_keeps_pointers(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (a integer)");
  const struct relation *t = catalog_find(&f->database, NULL, "t");
  fails(f, "CREATE TABLE u (a integer PRIMARY KEY, b integer CHECK (c > 0))", "42703",
        "\"c\"");
  assert_ptr_equal(catalog_find(&f->database, NULL, "t"), t);
}

/* That a view has been filled is noted without throwing plans of pointers away. */
static void test_filled(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE MATERIALIZED VIEW v AS SELECT 1 AS a");
  const struct relation *v = catalog_find(&f->database, NULL, "v");
  assert_false(v->view->filled);
  assert_int_equal(catalog_set_filled(&f->database, v->id, true), TIDE_OK);
  assert_ptr_equal(catalog_find(&f->database, NULL, "v"), v);
  assert_true(v->view->filled);
  assert_int_equal(catalog_reload(&f->database), TIDE_OK);
  assert_true(catalog_find(&f->database, NULL, "v")->view->filled);
}

/* Runs the statement that `sql` (SQLite) gives as text. */
static void run_given(struct fixture *f, const char *sql) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(database_prepare(&f->database, sql, false, &statement), TIDE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  char *given =
      memory_string(memory_default(), (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  assert_int_equal(database_execute(&f->database, given), TIDE_OK);
  memory_release(memory_default(), given);
}

/* A table whose rows are not in the order of its key, as only damage makes one: one query counts other rows than the
 * next one reads. It is refused. */
static void test_contradicting(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE a (a integer, b integer, c integer)");
  succeeds(f, "CREATE TABLE b (a integer, b integer, c integer)");
  succeeds(f, "CREATE TABLE c (a integer, b integer, c integer)");
  run_given(f, "SELECT replace(replace(sql, name, 'turned'), '(relation_id, position)',"
               " '(relation_id DESC, position)')"
               " FROM sqlite_schema WHERE name = '__tidemark_columns'");
  assert_int_equal(
      database_execute(
          &f->database,
          "INSERT INTO turned SELECT * FROM __tidemark_columns;"
          "PRAGMA writable_schema = ON;"
          "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema"
          " WHERE name = 'turned') WHERE name = '__tidemark_columns';"
          "PRAGMA writable_schema = RESET"),
      TIDE_OK);
  assert_int_equal(catalog_reload(&f->database), TIDE_ERROR_CORRUPT);
  assert_string_equal(f->database.error->message,
                      "the catalog of this database contradicts itself");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_finds),    CASE(test_many),          CASE(test_dependencies),
      CASE(test_settings), CASE(test_rollback),      CASE(test_failure_keeps_pointers),
      CASE(test_filled),   CASE(test_contradicting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
