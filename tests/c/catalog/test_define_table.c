/* CREATE TABLE: what is stored, what is refused, and what PostgreSQL's words for it are. */
#include "fixture.h"

/* A table is created with its columns, types, keys and constraints, and found by the search path and with its schema. */
static void test_creates(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE users (id integer PRIMARY KEY, name varchar(10) NOT NULL,"
              " email text UNIQUE, age smallint CHECK (age >= 0), active boolean "
              "DEFAULT true)");
  assert_string_equal(f->command, "CREATE TABLE");
  const struct relation *users = catalog_find(&f->database, NULL, "users");
  assert_non_null(users);
  assert_ptr_equal(users, catalog_find(&f->database, "public", "users"));
  assert_string_equal(users->stored, "users");
  assert_int_equal(users->column_count, 5);
  assert_int_equal(users->columns[1].type.id, TYPE_VARCHAR);
  assert_int_equal(users->columns[1].type.precision, 10);
  assert_true(users->columns[0].not_null);
  assert_int_equal(users->row_id, 0);
  assert_string_equal(users->columns[4].default_sql, "TRUE");
  assert_int_equal(users->key_count, 2);
  assert_string_equal(users->keys[0].name, "users_pkey");
  assert_string_equal(users->keys[1].name, "users_email_key");
  assert_int_equal(users->constraint_count, 1);
  assert_string_equal(users->constraints[0].name, "users_age_check");
}

/* Violations are told in PostgreSQL's words, with the user's names. */
static void test_violations(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE users (id integer PRIMARY KEY, name varchar(3) NOT NULL,"
              " email text UNIQUE, age smallint, CONSTRAINT adult CHECK (age >= 18))");
  succeeds(f, "INSERT INTO users VALUES (1, 'ann', 'a@b', 20)");
  fails(f, "INSERT INTO users VALUES (1, 'bob', 'b@b', 20)", "23505",
        "duplicate key value violates unique constraint \"users_pkey\"");
  fails(f, "INSERT INTO users VALUES (2, 'bob', 'a@b', 20)", "23505",
        "duplicate key value violates unique constraint \"users_email_key\"");
  fails(f, "INSERT INTO users VALUES (2, NULL, 'b@b', 20)", "23502",
        "null value in column \"name\" of relation \"users\" violates not-null "
        "constraint");
  fails(f, "INSERT INTO users VALUES (2, 'bob', 'b@b', 17)", "23514",
        "new row for relation \"users\" violates check constraint \"adult\"");
  fails(f, "UPDATE users SET age = 40000", "22003", "smallint out of range");
  fails(f, "INSERT INTO users VALUES (2, 'toolong', 'b@b', 20)", "22001",
        "value too long for type character varying(3)");
  gives(f, "SELECT id, name, email, age FROM users", "1|ann|a@b|20\n");
}

/* SQLite's own check of a stored value's class and range, should a value get past the binder, is told in the same words. */
static void test_storage_checks(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE SCHEMA s");
  succeeds(f, "CREATE TABLE s.t (a smallint, b boolean, c varchar(2), d integer)");
  static const struct {
    const char *sql;
    int code;
    const char *message;
  } cases[] = {
      {"INSERT INTO \"s.t\" (a) VALUES (99999)", TIDE_ERROR_OUT_OF_RANGE,
       "smallint out of range"},
      {"INSERT INTO \"s.t\" (b) VALUES (2)", TIDE_ERROR_INVALID_TEXT,
       "invalid input syntax for type boolean"},
      {"INSERT INTO \"s.t\" (c) VALUES ('abc')", TIDE_ERROR_STRING_TOO_LONG,
       "value too long for type character varying(2)"},
      {"INSERT INTO \"s.t\" (d) VALUES ('x')", TIDE_ERROR_INVALID_TEXT,
       "invalid input syntax for type integer"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    error_clear(f->database.error);
    assert_int_equal(database_execute(&f->database, cases[i].sql), cases[i].code);
    assert_string_equal(f->sqlite.error.message, cases[i].message);
  }
}

/* Names with quotes, dots, spaces, letters beyond ASCII and mixed case are names like any other. */
static void test_hostile_names(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE SCHEMA \"a.b\"");
  succeeds(f, "CREATE SCHEMA a");
  succeeds(f, "CREATE TABLE \"a.b\".\"c\" (\"x\"\"y\" integer PRIMARY KEY, \"Zähler, "
              "1\" text UNIQUE)");
  succeeds(f, "CREATE TABLE a.\"b.c\" (\"x\"\"y\" integer PRIMARY KEY)");
  succeeds(f, "CREATE TABLE \"a.b.c\" (\"x\"\"y\" integer PRIMARY KEY)");
  succeeds(f, "INSERT INTO \"a.b\".c VALUES (1, 'x')");
  succeeds(f, "INSERT INTO a.\"b.c\" VALUES (2)");
  succeeds(f, "INSERT INTO \"a.b.c\" VALUES (3)");
  gives(f, "SELECT \"x\"\"y\" FROM \"a.b\".c", "1\n");
  gives(f, "SELECT \"x\"\"y\" FROM a.\"b.c\"", "2\n");
  gives(f, "SELECT \"x\"\"y\" FROM \"a.b.c\"", "3\n");
  fails(f, "INSERT INTO \"a.b\".c VALUES (2, 'x')", "23505", "\"c_Zähler, 1_key\"");
  fails(f, "INSERT INTO a.\"b.c\" VALUES (2)", "23505", "\"b.c_pkey\"");
}

/* What exists already, in whatever letter case, is refused; IF NOT EXISTS makes that no failure. */
static void test_duplicates(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (a integer)");
  fails(f, "CREATE TABLE t (a integer)", "42P07", "relation \"t\" already exists");
  fails(f, "CREATE TABLE \"T\" (a integer)", "42P07", "only in the case of letters");
  succeeds(f, "CREATE TABLE IF NOT EXISTS t (b integer)");
  fails(f, "CREATE TABLE u (a integer, a text)", "42701",
        "column \"a\" specified more than once");
  fails(f, "CREATE TABLE u (a integer, \"A\" text)", "42701", "case of letters");
  fails(f, "CREATE TABLE u (a integer PRIMARY KEY, b integer PRIMARY KEY)", "42P16",
        "multiple primary keys for table \"u\" are not allowed");
  assert_null(catalog_find(&f->database, NULL, "u"));
}

/* Reserved names are refused: two underscores, SQLite's own, the system's schema. */
static void test_reserved(void **state) {
  struct fixture *f = *state;
  fails(f, "CREATE TABLE __t (a integer)", "42939", "\"__t\" is not allowed");
  fails(f, "CREATE TABLE t (__a integer)", "42939", "\"__a\" is not allowed");
  fails(f, "CREATE TABLE \"SQLite_x\" (a integer)", "42939", "reserved");
  fails(f, "CREATE TABLE tidemark.t (a integer)", "42501", "system relations");
  fails(f, "CREATE TABLE nowhere.t (a integer)", "3F000",
        "schema \"nowhere\" does not exist");
  fails(f, "DROP TABLE tidemark.views", "42501", "system relation");
}

/* What SQLite or this engine cannot keep is refused by name. */
static void test_unsupported(void **state) {
  struct fixture *f = *state;
  fails(f, "CREATE TEMPORARY TABLE t (a integer)", "0A000", "temporary table");
  fails(f, "CREATE TABLE t ()", "0A000", "without columns");
  fails(f, "CREATE TABLE t (a geometry)", "42704", "type \"geometry\" does not exist");
  fails(f, "CREATE TABLE t (a text DEFAULT b)", "0A000",
        "cannot use column reference in DEFAULT expression");
  fails(f, "CREATE TABLE t (a integer DEFAULT 'x')", "22P02", "integer");
  fails(f, "CREATE TABLE t (a integer CHECK (b > 1))", "42703", "\"b\"");
  assert_null(catalog_find(&f->database, NULL, "t"));
}

/* Foreign keys are enforced within and across schemas, with their actions. */
static void test_foreign_keys(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE SCHEMA shop");
  succeeds(f, "CREATE TABLE shop.orders (id integer PRIMARY KEY, code text UNIQUE)");
  succeeds(f, "CREATE TABLE lines (id integer PRIMARY KEY, order_id integer REFERENCES"
              " shop.orders ON DELETE CASCADE, parent integer REFERENCES lines)");
  succeeds(f, "INSERT INTO shop.orders VALUES (1, 'a'), (2, 'b')");
  succeeds(f, "INSERT INTO lines VALUES (1, 1, NULL), (2, 1, 1), (3, 2, NULL)");
  fails(f, "INSERT INTO lines VALUES (4, 9, NULL)", "23503",
        "insert on table \"lines\" violates a foreign key constraint");
  succeeds(f, "CREATE TABLE tags (order_id integer REFERENCES shop.orders)");
  fails(f, "INSERT INTO tags VALUES (9)", "23503",
        "insert or update on table \"tags\" violates foreign key constraint "
        "\"tags_order_id_fkey\"");
  succeeds(f, "INSERT INTO tags VALUES (1)");
  fails(f, "DELETE FROM shop.orders WHERE id = 1", "23503", "\"orders\"");
  fails(f, "UPDATE shop.orders SET id = 7 WHERE id = 1", "23503", "\"orders\"");
  succeeds(f, "DROP TABLE tags");
  succeeds(f, "DELETE FROM shop.orders WHERE id = 2");
  gives(f, "SELECT id FROM lines ORDER BY id", "1\n2\n");
  fails(f, "CREATE TABLE x (a text REFERENCES shop.orders (id))", "42804",
        "cannot be implemented");
  fails(f,
        "CREATE TABLE x (a integer, b text, FOREIGN KEY (a, b) REFERENCES shop.orders "
        "(id, code))",
        "42830",
        "no unique constraint matching given keys for referenced table \"orders\"");
  fails(f, "CREATE TABLE x (a integer REFERENCES nothing)", "42P01",
        "\"nothing\" does not exist");
  succeeds(f, "CREATE TABLE x (a text REFERENCES shop.orders (code))");
}

/* An integer primary key takes no number by itself, unless it is serial or an identity. */
static void test_numbering(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE plain (id integer PRIMARY KEY, a text)");
  fails(
      f, "INSERT INTO plain (a) VALUES ('x')", "23502",
      "null value in column \"id\" of relation \"plain\" violates not-null constraint");
  fails(f, "INSERT INTO plain VALUES (NULL, 'x')", "23502",
        "\"id\" of relation \"plain\"");
  succeeds(f, "CREATE TABLE counted (id serial PRIMARY KEY, a text)");
  succeeds(f, "INSERT INTO counted (a) VALUES ('x'), ('y')");
  succeeds(f, "DELETE FROM counted WHERE id = 2");
  succeeds(f, "INSERT INTO counted (a) VALUES ('z')");
  gives(f, "SELECT id, a FROM counted ORDER BY id", "1|x\n3|z\n");
  succeeds(f, "CREATE TABLE beside (code text PRIMARY KEY, n bigint GENERATED BY "
              "DEFAULT AS IDENTITY)");
  succeeds(f, "INSERT INTO beside VALUES ('a'), ('b')");
  succeeds(f, "INSERT INTO beside VALUES ('c', 10)");
  succeeds(f, "INSERT INTO beside (code) VALUES ('d')");
  gives(f, "SELECT code, n FROM beside ORDER BY code", "a|1\nb|2\nc|10\nd|3\n");
}

/* Generated columns are computed and stored; no value can be given. */
static void test_generated(void **state) {
  struct fixture *f = *state;
  succeeds(f,
           "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a * 2) STORED)");
  succeeds(f, "INSERT INTO t (a) VALUES (21)");
  gives(f, "SELECT * FROM t", "21|42\n");
  fails(f, "INSERT INTO t VALUES (1, 2)", "428C9", "\"b\"");
  fails(f, "CREATE TABLE u (a integer DEFAULT 1 GENERATED ALWAYS AS (2) STORED)",
        "42601", "both default and generation expression");
}

/* CREATE TABLE … AS takes names, types and rows from a query. */
static void test_as_query(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (id integer PRIMARY KEY, price numeric(10,2))");
  succeeds(f, "INSERT INTO t VALUES (1, 9.5), (2, 20)");
  succeeds(f,
           "CREATE TABLE copy AS SELECT id, price * 2 AS twice, 'x' AS label FROM t");
  assert_string_equal(f->command, "CREATE TABLE AS");
  gives(f, "SELECT * FROM copy ORDER BY id", "1|19.00|x\n2|40.00|x\n");
  succeeds(f, "CREATE TABLE empty AS SELECT * FROM t WITH NO DATA");
  gives(f, "SELECT count(*) FROM empty", "0\n");
  fails(f, "CREATE TABLE bad AS SELECT 1 AS a, 2 AS a", "42701", "\"a\"");
}

static int create_and_drop(struct memory *memory, void *context) {
  static const char *const statements[] = {
      "CREATE SCHEMA s WITH (default_replication_origin = 'postgres:a')",
      "CREATE TABLE s.a (id serial PRIMARY KEY, x numeric(5,1) UNIQUE)",
      "CREATE TABLE b (id text PRIMARY KEY, a integer REFERENCES s.a, CHECK (a > 0),"
      " n integer GENERATED ALWAYS AS IDENTITY, d text DEFAULT 'x')",
      "CREATE INDEX ON b (a, lower(d)) WHERE a > 3",
      "INSERT INTO b (id) VALUES ('x')",
      "ALTER TABLE b ADD COLUMN e integer DEFAULT 4, DROP COLUMN d",
      "CREATE VIEW v AS SELECT * FROM b",
      "DROP TABLE b CASCADE",
  };
  struct fixture fixture;
  (void)context;
  int rc = fixture_open(&fixture, memory);
  for (size_t i = 0; i < COUNT(statements) && rc == TIDE_OK; i++)
    rc = run(&fixture, statements[i]);
  if (rc == TIDE_ERROR_NOMEM && fixture.database.catalog != NULL) {
    /* What failed for want of memory has left the catalog as it was: it can be read again. */
    error_clear(fixture.database.error);
    int again = catalog_reload(&fixture.database);
    assert_true(again == TIDE_OK || again == TIDE_ERROR_NOMEM);
  }
  fixture_close(&fixture);
  return rc;
}

/* Whatever allocation fails, definitions fail cleanly or not at all, and nothing leaks. */
static void test_failing_allocations(void **state) {
  (void)state;
  some_failing_allocations(create_and_drop, NULL, 400);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_creates),        CASE(test_violations),
      CASE(test_storage_checks), CASE(test_hostile_names),
      CASE(test_duplicates),     CASE(test_reserved),
      CASE(test_unsupported),    CASE(test_foreign_keys),
      CASE(test_numbering),      CASE(test_generated),
      CASE(test_as_query),       cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
