/* CREATE, ALTER and DROP VIEW in the catalog: names, queries, columns, dependencies. */
#include "fixture.h"

static const struct relation *relation_of(struct fixture *f, const char *name) {
  return catalog_find(&f->database, NULL, name);
}

/* The three modes are kept with columns and types of their query. */
static void test_modes(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (id integer PRIMARY KEY, price numeric(8,2))");
  succeeds(f, "CREATE VIEW a AS SELECT id, price FROM t");
  succeeds(f, "CREATE MATERIALIZED VIEW b AS SELECT sum(price) AS total FROM t");
  succeeds(f, "CREATE REALTIME VIEW c (n) AS SELECT count(*), 'x' FROM t");
  assert_int_equal(relation_of(f, "a")->view->mode, SQL_RUNTIME);
  assert_int_equal(relation_of(f, "b")->view->mode, SQL_MATERIALIZED_VIEW);
  assert_int_equal(relation_of(f, "c")->view->mode, SQL_REALTIME);
  assert_int_equal(relation_of(f, "a")->columns[1].type.id, TYPE_NUMERIC);
  assert_int_equal(relation_of(f, "a")->columns[1].type.scale, 2);
  assert_string_equal(relation_of(f, "b")->columns[0].name, "total");
  assert_string_equal(relation_of(f, "c")->columns[0].name, "n");
  assert_int_equal(relation_of(f, "c")->columns[0].type.id, TYPE_BIGINT);
  assert_int_equal(relation_of(f, "c")->columns[1].type.id, TYPE_TEXT);
}

/* The stored text says which relations are meant, whatever the search path says later, and which columns a star was. */
static void test_stored_text(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE SCHEMA s");
  succeeds(f, "CREATE TABLE s.t (id integer PRIMARY KEY, \"Odd name\" text)");
  succeeds(f, "CREATE TABLE u (id integer)");
  succeeds(f, "SET search_path TO s, public");
  succeeds(f, "CREATE VIEW public.v AS SELECT * FROM t WHERE EXISTS (SELECT * FROM u)");
  succeeds(f, "CREATE VIEW public.w AS WITH t AS (SELECT 1 AS one) SELECT * FROM t");
  succeeds(
      f, "CREATE VIEW public.x AS SELECT a.*, b.id AS other FROM t a JOIN u b ON true");
  succeeds(f, "SET search_path TO public");
  assert_string_equal(
      relation_of(f, "v")->view->query_sql,
      "SELECT id, \"Odd name\" FROM s.t WHERE EXISTS (SELECT id FROM public.u)");
  assert_string_equal(relation_of(f, "w")->view->query_sql,
                      "WITH t AS (SELECT 1 AS one) SELECT * FROM t");
  assert_string_equal(relation_of(f, "x")->view->query_sql,
                      "SELECT a.id, a.\"Odd name\", b.id AS other FROM s.t AS a JOIN "
                      "public.u AS b ON TRUE");
  gives(f, "SELECT * FROM v", "");
  gives(f, "SELECT * FROM w", "1\n");
}

/* A foreign view's query is its origin's business: it is kept as it is, and nothing here has to exist. */
static void test_foreign(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE VIEW v AS SELECT *, frobnicate(x) FROM nowhere.nothing WITH "
              "(replication_origin = 'postgres:a')");
  assert_string_equal(relation_of(f, "v")->view->query_sql,
                      "SELECT *, frobnicate(x) FROM nowhere.nothing");
  gives(f, "SELECT * FROM tidemark.dependencies", "");
}

/* A local view's mistakes show when it is created. */
static void test_refused(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (a integer)");
  fails(f, "CREATE VIEW v AS SELECT b FROM t", "42703", "\"b\"");
  fails(f, "CREATE VIEW v AS SELECT * FROM u", "42P01", "\"u\"");
  fails(f, "CREATE VIEW v (x, y) AS SELECT a FROM t", "42601",
        "CREATE VIEW specifies more column names than columns");
  fails(f, "CREATE VIEW v AS SELECT a, a FROM t", "42701",
        "\"a\" specified more than once");
  fails(f, "CREATE VIEW v (__x) AS SELECT a FROM t", "42939", "\"__x\"");
  fails(f, "CREATE VIEW v AS SELECT a FROM t WHERE a = $1", "42P02", "parameter");
  fails(f, "CREATE VIEW t AS SELECT 1 AS a", "42P07", "\"t\" already exists");
  fails(f, "CREATE OR REPLACE VIEW t AS SELECT 1 AS a", "42809", "\"t\" is not a view");
  fails(f, "CREATE TEMPORARY VIEW v AS SELECT a FROM t", "0A000", "temporary view");
  fails(f, "CREATE MATERIALIZED VIEW v AS SELECT * FROM tidemark.views", "0A000",
        "system relation");
  succeeds(f, "CREATE VIEW v AS SELECT a FROM t");
  succeeds(f, "CREATE VIEW IF NOT EXISTS v AS SELECT nonsense");
  fails(f, "CREATE OR REPLACE REALTIME VIEW v AS SELECT a FROM t", "42809",
        "not a realtime view");
}

/* Replacing keeps the name and id; columns that others count on must stay; no view may read itself. */
static void test_replace(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (a integer, b text)");
  succeeds(f, "CREATE VIEW v AS SELECT a FROM t");
  int64_t id = relation_of(f, "v")->id;
  succeeds(f, "CREATE OR REPLACE VIEW v AS SELECT b FROM t");
  assert_int_equal(relation_of(f, "v")->id, id);
  assert_string_equal(relation_of(f, "v")->columns[0].name, "b");
  succeeds(f, "CREATE VIEW w AS SELECT b FROM v");
  fails(f, "CREATE OR REPLACE VIEW v AS SELECT a FROM t", "42P16",
        "\"b\" of view \"v\"");
  succeeds(f, "CREATE OR REPLACE VIEW v AS SELECT b, a FROM t");
  fails(f, "CREATE OR REPLACE VIEW v AS SELECT b, 1 AS a FROM w", "42P17",
        "cannot read itself");
  fails(f, "CREATE OR REPLACE VIEW v AS SELECT b, 1 AS a FROM v", "42P17",
        "cannot read itself");
  succeeds(f, "ALTER VIEW v AS SELECT b, 2 AS a FROM t");
  gives(f, "SELECT schema, name, source_name FROM tidemark.dependencies ORDER BY 2, 3",
        "public|v|t\npublic|w|t\npublic|w|v\n");
}

/* What a view reads cannot be dropped, renamed or lose a column the view uses; CASCADE takes the views along. */
static void test_dependents(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (a integer PRIMARY KEY, b text, c text)");
  succeeds(f, "CREATE VIEW v AS SELECT a, b FROM t");
  succeeds(f, "CREATE VIEW w AS SELECT a FROM v");
  fails(f, "DROP TABLE t", "2BP01", "view public.v depends on table public.t");
  fails(f, "DROP VIEW v", "2BP01", "view public.w depends on view public.v");
  fails(f, "ALTER TABLE t DROP COLUMN b", "2BP01",
        "view v depends on column b of table t");
  fails(f, "ALTER TABLE t ALTER COLUMN b TYPE integer USING 1", "0A000",
        "view v depends on column \"b\"");
  succeeds(f, "ALTER TABLE t RENAME TO u");
  succeeds(f, "ALTER TABLE u RENAME COLUMN b TO x");
  gives(f, "SELECT query FROM tidemark.views WHERE name = 'v'",
        "SELECT a, x AS b FROM public.u\n");
  succeeds(f, "ALTER TABLE u RENAME TO t");
  succeeds(f, "ALTER TABLE t RENAME COLUMN c TO d");
  succeeds(f, "ALTER TABLE t ADD COLUMN e integer");
  succeeds(f, "ALTER TABLE t DROP COLUMN d");
  assert_int_equal(relation_of(f, "v")->column_count, 2);
  succeeds(f, "DROP VIEW v, w");
  succeeds(f, "CREATE VIEW v AS SELECT * FROM t");
  succeeds(f, "CREATE MATERIALIZED VIEW w AS SELECT * FROM v");
  fails(f, "DROP MATERIALIZED VIEW v", "42809", "Use DROP VIEW to remove it");
  fails(f, "DROP TABLE v", "42809", "\"v\" is not a table");
  fails(f, "DROP VIEW t", "42809", "Use DROP TABLE to remove it");
  succeeds(f, "DROP TABLE t CASCADE");
  assert_null(relation_of(f, "v"));
  assert_null(relation_of(f, "w"));
  fails(f, "DROP VIEW v", "42P01", "\"v\" does not exist");
  succeeds(f, "DROP VIEW IF EXISTS v, nowhere.x");
}

/* Views are dropped after those that read them, whatever the order of the statement. */
static void test_drop_order(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (a integer)");
  succeeds(f, "CREATE VIEW v1 AS SELECT a FROM t");
  succeeds(f, "CREATE VIEW v2 AS SELECT a FROM v1");
  succeeds(f, "CREATE VIEW v3 AS SELECT v1.a FROM v1, v2");
  succeeds(f, "DROP VIEW v1, v3, v2");
  gives(f, "SELECT count(*) FROM tidemark.views", "0\n");
}

/* A view that keeps rows takes its table along when it is renamed or moved. */
static void test_move(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE SCHEMA s");
  succeeds(f, "CREATE TABLE t (a integer)");
  succeeds(f, "CREATE MATERIALIZED VIEW v AS SELECT a FROM t");
  assert_int_equal(database_execute(&f->database, "CREATE TABLE v (a INTEGER) STRICT;"
                                                  "INSERT INTO v VALUES (7)"),
                   TIDE_OK);
  succeeds(f, "CREATE INDEX v_a ON v (a)");
  succeeds(f, "ALTER MATERIALIZED VIEW v RENAME TO w");
  assert_string_equal(sqlite_text(f, "SELECT a FROM w"), "7");
  succeeds(f, "ALTER MATERIALIZED VIEW w SET SCHEMA s");
  assert_string_equal(
      sqlite_text(f, "SELECT a FROM \"s.w\" INDEXED BY \"s.v_a\" WHERE a = 7"), "7");
  assert_non_null(catalog_find(&f->database, "s", "w"));
  fails(f, "ALTER MATERIALIZED VIEW s.w SET SCHEMA nowhere", "3F000", "nowhere");
  succeeds(f, "ALTER MATERIALIZED VIEW s.w RENAME TO \"q\"\"t\"");
  assert_string_equal(sqlite_text(f, "SELECT a FROM \"s.q\"\"t\""), "7");
  succeeds(f, "DROP MATERIALIZED VIEW s.\"q\"\"t\"");
  assert_string_equal(
      sqlite_text(f, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 's.%'"), "0");
}

static int define_views(struct memory *memory, void *context) {
  static const char *const statements[] = {
      "CREATE SCHEMA s WITH (default_replication_origin = 'postgres:a')",
      "CREATE TABLE t (id integer PRIMARY KEY, b text)",
      "CREATE VIEW v AS SELECT *, upper(b) AS c FROM t WHERE id > 1",
      "CREATE MATERIALIZED VIEW w (x, y) AS SELECT c, v.id FROM v JOIN t ON v.id = "
      "t.id",
      "CREATE OR REPLACE VIEW v AS SELECT id, b, lower(b) AS c FROM t",
      "CREATE REALTIME VIEW s.f (k) AS SELECT * FROM far WHERE a = 1 WITH "
      "(replication_origin = INHERIT)",
      "ALTER SCHEMA s SET (default_replication_origin = 'postgres:b')",
      "ALTER REALTIME VIEW s.f SET (write_policy = 'local_first')",
      "ALTER MATERIALIZED VIEW w RENAME TO z",
      "ALTER MATERIALIZED VIEW z AS SELECT id AS x FROM t",
      "SELECT * FROM tidemark.views",
      "DROP TABLE t CASCADE",
  };
  const struct column columns[] = {{.name = "a", .type = TYPE(TYPE_INTEGER)},
                                   {.name = "b", .type = TYPE(TYPE_TEXT)}};
  const char *const key[] = {"a"};
  struct fixture fixture;
  (void)context;
  int rc = fixture_open(&fixture, memory);
  for (size_t i = 0; i < COUNT(statements) && rc == TIDE_OK; i++)
    rc = run(&fixture, statements[i]);
  if (rc == TIDE_OK)
    rc = catalog_describe_view(&fixture.database,
                               catalog_find(&fixture.database, "s", "f")->id, columns,
                               2, key, 1);
  fixture_close(&fixture);
  return rc;
}

/* Whatever allocation fails, views are defined or not, and nothing leaks. */
static void test_failing_allocations(void **state) {
  (void)state;
  some_failing_allocations(define_views, NULL, 400);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_modes),
      CASE(test_stored_text),
      CASE(test_foreign),
      CASE(test_refused),
      CASE(test_replace),
      CASE(test_dependents),
      CASE(test_drop_order),
      CASE(test_move),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
