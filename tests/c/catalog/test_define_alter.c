/* ALTER TABLE, indexes and schemas, on tables that have rows. */
#include "fixture.h"

static const struct relation *relation_of(struct fixture *f, const char *name) {
  return catalog_find(&f->database, NULL, name);
}

/* SQLite's own checks find nothing wrong with the file after whatever was done to it. */
static void is_sound(struct fixture *f) {
  assert_string_equal(sqlite_text(f, "PRAGMA integrity_check"), "ok");
  assert_string_equal(sqlite_text(f, "PRAGMA foreign_key_check"), "");
}

/* A new column has its default in the rows there are, and its constraints hold from then on. */
static void test_add_column(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (id integer PRIMARY KEY)");
  succeeds(f, "INSERT INTO t VALUES (1), (2)");
  succeeds(
      f,
      "ALTER TABLE t ADD COLUMN a integer NOT NULL DEFAULT 5 CHECK (a > 0),"
      " ADD b numeric(6,2), ADD COLUMN c integer GENERATED ALWAYS AS (a * id) STORED");
  gives(f, "SELECT * FROM t ORDER BY id", "1|5|NULL|5\n2|5|NULL|10\n");
  fails(f, "UPDATE t SET a = 0", "23514", "\"t_a_check\"");
  fails(f, "UPDATE t SET a = NULL", "23502", "\"a\" of relation \"t\"");
  succeeds(f, "UPDATE t SET a = 7, b = 1.005 WHERE id = 2");
  gives(f, "SELECT a, b, c FROM t WHERE id = 2", "7|1.01|14\n");
  fails(f, "ALTER TABLE t ADD COLUMN d integer NOT NULL", "23502",
        "column \"d\" of relation \"t\" contains null values");
  fails(f, "ALTER TABLE t ADD COLUMN \"A\" integer", "42701", "already exists");
  succeeds(f, "ALTER TABLE t ADD COLUMN IF NOT EXISTS a text");
  succeeds(f, "ALTER TABLE t ADD COLUMN code text UNIQUE");
  succeeds(f, "ALTER TABLE t ADD COLUMN parent integer REFERENCES t");
  fails(f, "UPDATE t SET parent = 9", "23503", "foreign key");
  succeeds(f, "ALTER TABLE t ADD COLUMN n serial");
  succeeds(f, "INSERT INTO t (id) VALUES (3)");
  gives(f, "SELECT id, n FROM t ORDER BY id", "1|1\n2|2\n3|3\n");
  is_sound(f);
}

/* A column goes with the keys, checks, indexes and foreign keys that it is part of, and nothing else is lost. */
static void test_drop_column(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE parent (id integer PRIMARY KEY, code text UNIQUE)");
  succeeds(
      f,
      "CREATE TABLE t (id integer PRIMARY KEY, a text UNIQUE, b integer CHECK (b > 0),"
      " c text REFERENCES parent (code), d text, CHECK (length(d) < b), UNIQUE (b, "
      "d))");
  succeeds(f, "CREATE INDEX t_bd ON t (d, lower(a))");
  succeeds(f, "INSERT INTO parent VALUES (1, 'x')");
  succeeds(f, "INSERT INTO t VALUES (1, 'one', 3, 'x', 'hi')");
  fails(f, "ALTER TABLE parent DROP COLUMN code", "2BP01", "t_c_fkey");
  succeeds(f, "ALTER TABLE t DROP COLUMN b");
  gives(f, "SELECT * FROM t", "1|one|x|hi\n");
  assert_int_equal(relation_of(f, "t")->constraint_count, 1);
  assert_int_equal(relation_of(f, "t")->key_count, 2);
  assert_int_equal(relation_of(f, "t")->index_count, 1);
  succeeds(f, "ALTER TABLE t DROP a");
  assert_int_equal(relation_of(f, "t")->index_count, 0);
  succeeds(f, "ALTER TABLE parent DROP COLUMN code CASCADE");
  assert_int_equal(relation_of(f, "t")->constraint_count, 0);
  succeeds(f, "UPDATE t SET c = 'not there'");
  fails(f, "ALTER TABLE t DROP COLUMN id", "0A000", "integer primary key");
  fails(f, "ALTER TABLE t DROP COLUMN z", "42703",
        "\"z\" of relation \"t\" does not exist");
  succeeds(f, "ALTER TABLE t DROP COLUMN IF EXISTS z");
  is_sound(f);
}

/* A renamed column keeps its meaning in checks, generated columns, indexes, keys and other tables' foreign keys. */
static void test_rename_column(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (id integer PRIMARY KEY, a smallint CHECK (a > 0),"
              " g integer GENERATED ALWAYS AS (a + 1) STORED)");
  succeeds(f, "CREATE TABLE u (t_id integer REFERENCES t ON DELETE CASCADE)");
  succeeds(f, "CREATE UNIQUE INDEX t_a ON t (a) WHERE a > 2");
  succeeds(f, "INSERT INTO t VALUES (1, 3)");
  succeeds(f, "ALTER TABLE t RENAME COLUMN a TO \"new \"\"a\"");
  succeeds(f, "ALTER TABLE t RENAME id TO key");
  gives(f, "SELECT key, \"new \"\"a\", g FROM t", "1|3|4\n");
  fails(f, "UPDATE t SET \"new \"\"a\" = 0", "23514", "\"t_a_check\"");
  fails(f, "UPDATE t SET \"new \"\"a\" = 99999", "22003", "smallint out of range");
  fails(f, "INSERT INTO t VALUES (1, 5)", "23505", "\"t_pkey\"");
  fails(f, "INSERT INTO t VALUES (2, 3)", "23505", "\"t_a\"");
  succeeds(f, "INSERT INTO u VALUES (1)");
  succeeds(f, "DELETE FROM t");
  gives(f, "SELECT count(*) FROM u", "0\n");
  fails(f, "ALTER TABLE t RENAME nothing TO x", "42703", "\"nothing\"");
  fails(f, "ALTER TABLE t RENAME key TO g", "42701", "\"g\"");
  fails(f, "ALTER TABLE t RENAME key TO __key", "42939", "\"__key\"");
  is_sound(f);
}

/* Defaults and NOT NULL come and go; rows that do not obey are told. */
static void test_alter_column(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (id integer PRIMARY KEY, a text)");
  succeeds(f, "INSERT INTO t VALUES (1, NULL)");
  fails(f, "ALTER TABLE t ALTER COLUMN a SET NOT NULL", "23502",
        "contains null values");
  succeeds(f, "ALTER TABLE t ALTER COLUMN a SET DEFAULT 'x' || 'y'");
  succeeds(f, "INSERT INTO t (id) VALUES (2)");
  succeeds(f, "DELETE FROM t WHERE id = 1");
  succeeds(f, "ALTER TABLE t ALTER a SET NOT NULL, ALTER a DROP DEFAULT");
  fails(f, "INSERT INTO t (id) VALUES (3)", "23502", "\"a\" of relation \"t\"");
  succeeds(f, "ALTER TABLE t ALTER a DROP NOT NULL");
  succeeds(f, "INSERT INTO t (id) VALUES (3)");
  gives(f, "SELECT a FROM t ORDER BY id", "xy\nNULL\n");
  fails(f, "ALTER TABLE t ALTER id DROP NOT NULL", "42P16", "in a primary key");
  fails(f, "ALTER TABLE t ALTER a SET DEFAULT b", "0A000",
        "column reference in DEFAULT");
  is_sound(f);
}

/* A type changes with the values, the indexes sort by the new one, and what does not convert is told. */
static void test_alter_type(void **state) {
  struct fixture *f = *state;
  succeeds(
      f,
      "CREATE TABLE t (id integer PRIMARY KEY, a integer UNIQUE, b text, c smallint)");
  succeeds(f, "CREATE INDEX ON t (a)");
  succeeds(f, "INSERT INTO t VALUES (1, 9, '7', 1), (2, 10, '8', 2)");
  succeeds(f, "ALTER TABLE t ALTER a TYPE numeric(6,2)");
  gives(f, "SELECT a FROM t ORDER BY a", "9.00\n10.00\n");
  fails(f, "INSERT INTO t (id, a) VALUES (3, 9)", "23505", "\"t_a_key\"");
  fails(f, "ALTER TABLE t ALTER b TYPE integer", "42804",
        "cannot be cast automatically");
  succeeds(f, "ALTER TABLE t ALTER b TYPE integer USING b::integer * 2");
  gives(f, "SELECT b FROM t ORDER BY id", "14\n16\n");
  succeeds(f, "ALTER TABLE t ALTER c SET DATA TYPE bigint");
  succeeds(f, "UPDATE t SET c = 5000000000");
  fails(f, "ALTER TABLE t ALTER c TYPE integer", "22003", "integer out of range");
  succeeds(f, "ALTER TABLE t ALTER id TYPE bigint");
  gives(f, "SELECT id, c FROM t ORDER BY id", "1|5000000000\n2|5000000000\n");
  assert_int_equal(relation_of(f, "t")->columns[0].type.id, TYPE_BIGINT);
  is_sound(f);
}

/* Constraints are added when the rows obey, and dropped by their names. */
static void test_constraints(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE p (id integer PRIMARY KEY)");
  succeeds(f, "CREATE TABLE t (a integer, b integer)");
  succeeds(f, "INSERT INTO p VALUES (1)");
  succeeds(f, "INSERT INTO t VALUES (1, 1), (2, 1)");
  fails(f, "ALTER TABLE t ADD UNIQUE (b)", "23505",
        "could not create unique index \"t_b_key\"");
  fails(f, "ALTER TABLE t ADD CONSTRAINT big CHECK (a > 1)", "23514",
        "check constraint \"big\" of relation \"t\" is violated by some row");
  fails(f, "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p", "23503", "\"t_a_fkey\"");
  succeeds(f, "ALTER TABLE t ADD CONSTRAINT small CHECK (a < 10)");
  succeeds(f, "ALTER TABLE t ADD PRIMARY KEY (a), ADD FOREIGN KEY (b) REFERENCES p ON "
              "DELETE SET NULL");
  fails(f, "INSERT INTO t VALUES (1, 1)", "23505", "\"t_pkey\"");
  fails(f, "INSERT INTO t VALUES (11, 1)", "23514", "\"small\"");
  fails(f, "ALTER TABLE t ADD CONSTRAINT small CHECK (a < 10)", "42710", "\"small\"");
  fails(f, "ALTER TABLE t ADD PRIMARY KEY (b)", "42P16", "multiple primary keys");
  fails(f, "ALTER TABLE p DROP CONSTRAINT p_pkey", "2BP01", "t_b_fkey");
  succeeds(f, "DELETE FROM p");
  gives(f, "SELECT * FROM t ORDER BY a", "1|NULL\n2|NULL\n");
  succeeds(f, "ALTER TABLE p DROP CONSTRAINT p_pkey CASCADE");
  succeeds(f, "ALTER TABLE t DROP CONSTRAINT small, DROP CONSTRAINT t_pkey");
  succeeds(f, "INSERT INTO t VALUES (11, 1), (11, 9)");
  succeeds(f, "INSERT INTO p VALUES (5), (5)");
  fails(f, "ALTER TABLE t DROP CONSTRAINT small", "42704",
        "\"small\" of relation \"t\" does not exist");
  succeeds(f, "ALTER TABLE t DROP CONSTRAINT IF EXISTS small");
  is_sound(f);
}

/* The first of several actions is undone when a later one fails. */
static void test_all_or_nothing(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (a integer)");
  fails(f, "ALTER TABLE t ADD COLUMN b integer, ADD COLUMN a text", "42701", "\"a\"");
  assert_int_equal(relation_of(f, "t")->column_count, 1);
  gives(f, "SELECT * FROM t", "");
  succeeds(f, "ALTER TABLE t ADD COLUMN b integer");
  is_sound(f);
}

/* A table keeps rows, keys, indexes and foreign keys from both sides when it is renamed and moved. */
static void test_move(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE SCHEMA s");
  succeeds(
      f,
      "CREATE TABLE p (id integer PRIMARY KEY, code text UNIQUE CHECK (code <> ''))");
  succeeds(f, "CREATE TABLE c (p_id integer REFERENCES p, up integer)");
  succeeds(f, "CREATE INDEX p_low ON p (lower(code))");
  succeeds(f, "INSERT INTO p VALUES (1, 'x')");
  succeeds(f, "ALTER TABLE p RENAME TO \"P.q\"");
  succeeds(f, "ALTER TABLE \"P.q\" SET SCHEMA s");
  gives(f, "SELECT * FROM s.\"P.q\"", "1|x\n");
  fails(f, "INSERT INTO s.\"P.q\" VALUES (2, 'x')", "23505", "\"p_code_key\"");
  fails(f, "INSERT INTO s.\"P.q\" VALUES (2, '')", "23514",
        "relation \"P.q\" violates check constraint \"p_code_check\"");
  fails(f, "INSERT INTO c VALUES (2)", "23503", "foreign key");
  succeeds(f, "INSERT INTO c VALUES (1)");
  succeeds(f, "CREATE TABLE p (id integer PRIMARY KEY, code text UNIQUE)");
  fails(f, "ALTER TABLE p RENAME TO c", "42P07", "\"c\" already exists");
  succeeds(f, "ALTER SCHEMA s RENAME TO \"t.u\"");
  gives(f, "SELECT * FROM \"t.u\".\"P.q\"", "1|x\n");
  fails(f, "INSERT INTO \"t.u\".\"P.q\" VALUES (2, 'x')", "23505", "\"p_code_key\"");
  succeeds(f, "DROP INDEX \"t.u\".p_low");
  is_sound(f);
}

/* Indexes: made-up names, uniqueness, conditions, expressions; what constraints need cannot be dropped alone. */
static void test_indexes(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (id integer PRIMARY KEY, a text, b integer)");
  succeeds(f, "CREATE INDEX ON t (a DESC NULLS LAST, lower(a), (b + 1))");
  assert_string_equal(relation_of(f, "t")->indexes[0].name, "t_a_lower_expr_idx");
  succeeds(f, "CREATE UNIQUE INDEX once ON t (a) WHERE b > 0");
  succeeds(f, "CREATE UNIQUE INDEX IF NOT EXISTS once ON t (b)");
  succeeds(f, "INSERT INTO t VALUES (1, 'x', 1), (2, 'x', 0)");
  fails(f, "INSERT INTO t VALUES (3, 'x', 2)", "23505", "\"once\"");
  succeeds(f, "CREATE UNIQUE INDEX low ON t ((b * 2))");
  fails(f, "INSERT INTO t VALUES (3, 'y', 1)", "23505", "\"low\"");
  fails(f, "CREATE UNIQUE INDEX bad ON t (a)", "23505",
        "could not create unique index \"bad\"");
  fails(f, "CREATE INDEX once ON t (b)", "42P07", "\"once\" already exists");
  fails(f, "CREATE INDEX i ON t (nothing)", "42703", "\"nothing\"");
  fails(f, "CREATE INDEX i ON t USING gin (a)", "0A000", "\"gin\"");
  fails(f, "CREATE INDEX i ON t ((now()))", "42P17", "immutable");
  fails(f, "DROP INDEX t_pkey", "2BP01",
        "constraint \"t_pkey\" on table \"t\" requires it");
  succeeds(f, "ALTER INDEX once RENAME TO twice");
  fails(f, "INSERT INTO t VALUES (3, 'x', 2)", "23505", "\"twice\"");
  succeeds(f, "CREATE UNIQUE INDEX k1 ON t (id, b)");
  succeeds(f, "CREATE UNIQUE INDEX k2 ON t (b, a)");
  succeeds(f, "CREATE TABLE r1 (x integer, y integer, FOREIGN KEY (x, y) REFERENCES t "
              "(id, b))");
  succeeds(f,
           "CREATE TABLE r2 (x integer, y text, FOREIGN KEY (x, y) REFERENCES t (b, a),"
           " z integer, FOREIGN KEY (z, x) REFERENCES t (id, b))");
  fails(f, "DROP INDEX k1", "2BP01", "r1_x_y_fkey");
  succeeds(f, "DROP INDEX k1, k2 CASCADE");
  assert_int_equal(relation_of(f, "r2")->constraint_count, 0);
  succeeds(f, "DROP INDEX twice, low");
  succeeds(f, "INSERT INTO t VALUES (3, 'x', 2)");
  fails(f, "DROP INDEX twice", "42704", "\"twice\" does not exist");
  succeeds(f, "DROP INDEX IF EXISTS twice");
  succeeds(f, "CREATE VIEW v AS SELECT a FROM t");
  fails(f, "CREATE INDEX ON v (a)", "42809", "keeps no rows");
  is_sound(f);
}

/* Schemas hold their own names, go only when empty, and with CASCADE take all along. */
static void test_schemas(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE SCHEMA s");
  fails(f, "CREATE SCHEMA s", "42P06", "schema \"s\" already exists");
  fails(f, "CREATE SCHEMA \"S\"", "42P06", "case of letters");
  succeeds(f, "CREATE SCHEMA IF NOT EXISTS s");
  fails(f, "CREATE SCHEMA pg_mine", "42939", "pg_mine");
  fails(f, "CREATE SCHEMA tidemark", "42939", "tidemark");
  succeeds(f, "CREATE TABLE s.t (id integer PRIMARY KEY)");
  succeeds(f, "CREATE TABLE t (id integer REFERENCES s.t)");
  succeeds(f, "CREATE VIEW v AS SELECT id FROM s.t");
  fails(f, "DROP SCHEMA s", "2BP01", "schema s because other objects depend on it");
  succeeds(f, "ALTER SCHEMA s RENAME TO r");
  gives(f, "SELECT query FROM tidemark.views", "SELECT id FROM r.t\n");
  succeeds(f, "DROP SCHEMA r CASCADE");
  assert_null(catalog_find_schema(&f->database, "r"));
  assert_null(relation_of(f, "v"));
  assert_int_equal(relation_of(f, "t")->constraint_count, 0);
  succeeds(f, "INSERT INTO t VALUES (1)");
  fails(f, "DROP SCHEMA s", "3F000", "\"s\" does not exist");
  succeeds(f, "DROP SCHEMA IF EXISTS s");
  fails(f, "DROP SCHEMA public", "0A000", "public");
  fails(f, "ALTER SCHEMA tidemark RENAME TO x", "42501", "tidemark");
  is_sound(f);
}

/* Tables go in any order when they are dropped together; a foreign key that stays behind is refused or goes with CASCADE. */
static void test_drop_tables(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE a (id integer PRIMARY KEY)");
  succeeds(f, "CREATE TABLE b (a_id integer REFERENCES a ON DELETE CASCADE)");
  succeeds(f, "INSERT INTO a VALUES (1)");
  succeeds(f, "INSERT INTO b VALUES (1)");
  fails(f, "DROP TABLE a", "2BP01",
        "constraint b_a_id_fkey on table b depends on table a");
  succeeds(f, "DROP TABLE a CASCADE");
  gives(f, "SELECT * FROM b", "1\n");
  succeeds(f, "CREATE TABLE c (id integer PRIMARY KEY)");
  succeeds(f, "CREATE TABLE d (c_id integer REFERENCES c)");
  succeeds(f, "DROP TABLE c, d");
  is_sound(f);
}

/* Settings: the search path is set and shown; others are what they are. */
static void test_settings(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE SCHEMA s");
  succeeds(f, "CREATE TABLE s.t (a integer)");
  fails(f, "SELECT * FROM t", "42P01", "t");
  succeeds(f, "SET search_path TO nowhere, s");
  succeeds(f, "SELECT * FROM t");
  succeeds(f, "CREATE TABLE u (a integer)");
  assert_non_null(catalog_find(&f->database, "s", "u"));
  succeeds(f, "SET search_path = nowhere");
  fails(f, "CREATE TABLE w (a integer)", "3F000", "no schema has been selected");
  succeeds(f, "SET search_path TO DEFAULT");
  succeeds(f, "SET client_encoding = 'utf8'");
  fails(f, "SET timezone = 'Europe/Paris'", "22023", "This host has no time zones");
  fails(f, "SET colour = 'red'", "42704", "colour");
  succeeds(f, "CREATE EXTENSION IF NOT EXISTS pgcrypto");
  fails(f, "CREATE EXTENSION postgis", "0A000", "postgis");
}

static int alter_everything(struct memory *memory, void *context) {
  static const char *const statements[] = {
      "CREATE SCHEMA s",
      "CREATE TABLE p (id integer PRIMARY KEY, code text UNIQUE)",
      "CREATE TABLE t (a integer CHECK (a > 0), b text REFERENCES p (code), c integer)",
      "CREATE INDEX t_i ON t (lower(b)) WHERE a > 1",
      "INSERT INTO p VALUES (1, 'x')",
      "INSERT INTO t VALUES (1, 'x', 2)",
      "ALTER TABLE t ADD COLUMN d integer DEFAULT 3 UNIQUE, ADD CHECK (c < 9), ADD "
      "PRIMARY KEY (a)",
      "ALTER TABLE t RENAME COLUMN b TO e",
      "ALTER TABLE t ALTER c TYPE numeric(4,1), ALTER c SET NOT NULL, ALTER d SET "
      "DEFAULT 4",
      "ALTER TABLE t SET SCHEMA s",
      "ALTER INDEX s.t_i RENAME TO t_j",
      "ALTER SCHEMA s RENAME TO r",
      "ALTER TABLE r.t DROP COLUMN e, DROP CONSTRAINT t_c_check",
      "ALTER TABLE p DROP CONSTRAINT p_pkey",
      "DROP SCHEMA r CASCADE",
  };
  struct fixture fixture;
  (void)context;
  int rc = fixture_open(&fixture, memory);
  for (size_t i = 0; i < COUNT(statements) && rc == TIDE_OK; i++)
    rc = run(&fixture, statements[i]);
  fixture_close(&fixture);
  return rc;
}

/* Whatever allocation fails, the table is altered or it is not, and nothing leaks. */
static void test_failing_allocations(void **state) {
  (void)state;
  some_failing_allocations(alter_everything, NULL, 400);
}

/* An alteration that fails half-way leaves table, rows and catalog as they were. */
static void test_nothing_half_done(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (a integer, b text)");
  succeeds(f, "CREATE INDEX t_b ON t (b)");
  succeeds(f, "INSERT INTO t VALUES (1, 'x')");
  /* The last action fails after the others have changed what SQLite stores. */
  fails(f,
        "ALTER TABLE t ADD COLUMN c integer DEFAULT 5, ALTER b TYPE integer USING 7, "
        "ADD UNIQUE (nothing)",
        "42703", "\"nothing\"");
  gives(f, "SELECT * FROM t", "1|x\n");
  succeeds(f, "INSERT INTO t VALUES (2, 'y')");
  assert_string_equal(
      sqlite_text(f, "SELECT sql FROM sqlite_schema WHERE name = 't_b'"),
      "CREATE INDEX \"t_b\" ON \"t\" (\"b\")");
  is_sound(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_add_column),        CASE(test_drop_column),
      CASE(test_rename_column),     CASE(test_alter_column),
      CASE(test_alter_type),        CASE(test_constraints),
      CASE(test_all_or_nothing),    CASE(test_move),
      CASE(test_indexes),           CASE(test_schemas),
      CASE(test_drop_tables),       CASE(test_settings),
      CASE(test_nothing_half_done), cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
