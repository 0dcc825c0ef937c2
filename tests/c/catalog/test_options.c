/* Options of views and schemas: what each takes, where, and what is said otherwise. */
#include "fixture.h"

static const struct view *view_of(struct fixture *f, const char *name) {
  return catalog_find(&f->database, NULL, name)->view;
}

/* Without options a view is local, and the defaults are the documented ones. */
static void test_defaults(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (id integer PRIMARY KEY)");
  succeeds(f, "CREATE VIEW v AS SELECT id FROM t");
  const struct view *view = view_of(f, "v");
  assert_null(view->origin);
  assert_null(view->replication_origin);
  assert_int_equal(view->join_pushdown_size, 1000);
  assert_true(view->join_memoization);
  assert_int_equal(view->write_policy, WRITE_ORIGIN_FIRST);
  assert_null(view->upstream_mvcc_key);
  assert_int_equal(view->conflict_granularity, CONFLICT_ROW);
}

/* Each option is kept as it was given; an origin keeps its letter case and everything after the dialect. */
static void test_kept(void **state) {
  struct fixture *f = *state;
  succeeds(
      f,
      "CREATE VIEW a AS SELECT * FROM public.blog WITH (replication_origin ="
      " 'postgres:Main-DB//x?y=Z', join_pushdown_size = 10, join_memoization = FALSE)");
  assert_string_equal(view_of(f, "a")->origin, "postgres:Main-DB//x?y=Z");
  assert_int_equal(view_of(f, "a")->join_pushdown_size, 10);
  assert_false(view_of(f, "a")->join_memoization);
  succeeds(f,
           "CREATE REALTIME VIEW b AS TABLE blog WITH (replication_origin = 'mysql:x',"
           " write_policy = 'local_first', upstream_mvcc_key = 'custom_v',"
           " conflict_granularity = columns)");
  assert_int_equal(view_of(f, "b")->write_policy, WRITE_LOCAL_FIRST);
  assert_string_equal(view_of(f, "b")->upstream_mvcc_key, "custom_v");
  assert_int_equal(view_of(f, "b")->conflict_granularity, CONFLICT_COLUMNS);
  succeeds(f, "ALTER REALTIME VIEW b SET (write_policy = 'origin_first')");
  assert_int_equal(view_of(f, "b")->conflict_granularity, CONFLICT_COLUMNS);
  succeeds(f, "ALTER REALTIME VIEW b SET (conflict_granularity = 'Row')");
  assert_int_equal(view_of(f, "b")->conflict_granularity, CONFLICT_ROW);
  succeeds(f, "ALTER REALTIME VIEW b SET (conflict_granularity = 'columns',"
              " write_policy = 'local_first')");
  gives(
      f, "SELECT name, options FROM tidemark.views ORDER BY name",
      "a|{\"replication_origin\":\"postgres:Main-DB//x?y=Z\",\"join_pushdown_size\":10,"
      "\"join_memoization\":false}\n"
      "b|{\"replication_origin\":\"mysql:x\",\"write_policy\":\"local_first\","
      "\"upstream_mvcc_key\":\"custom_v\",\"conflict_granularity\":\"columns\"}\n");
}

/* An option that is unknown, of another mode or of the wrong type is refused, naming it and what it takes. */
static void test_refused(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *mode, *option, *message;
  } cases[] = {
      {"", "colour = 'red'", "unrecognized option \"colour\""},
      {"", "write_policy = 'local_first'",
       "option \"write_policy\" is for materialized and realtime views only"},
      {"MATERIALIZED", "join_pushdown_size = 1",
       "option \"join_pushdown_size\" is for runtime views only"},
      {"REALTIME", "join_memoization", "is for runtime views only"},
      {"", "join_pushdown_size = 'many'", "\"join_pushdown_size\" takes an integer"},
      {"", "join_pushdown_size = -1", "\"join_pushdown_size\" takes an integer"},
      {"", "join_pushdown_size", "\"join_pushdown_size\" takes an integer"},
      {"", "join_pushdown_size = 99999999999999999999", "takes an integer"},
      {"", "join_memoization = 3", "\"join_memoization\" takes a boolean"},
      {"REALTIME", "write_policy = 'both'", "takes 'origin_first' or 'local_first'"},
      {"REALTIME", "upstream_mvcc_key = 4", "takes the name of a column"},
      {"REALTIME", "conflict_granularity = 'cell'", "takes 'row' or 'columns'"},
      {"", "conflict_granularity = 'row'", "is for materialized and realtime views"},
      {"", "replication_origin = 'db1'", "begins with postgres:, mysql: or tidemark:"},
      {"", "replication_origin = 'Postgres:db1'", "begins with postgres:"},
      {"", "replication_origin = 'postgres:'", "begins with postgres:"},
      {"", "replication_origin = 7", "or INHERIT"},
      {"", "replication_origin", "or INHERIT"},
      {"", "replication_origin = 'postgres:a', replication_origin = 'postgres:b'",
       "specified more than once"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char sql[256];
    snprintf(sql, sizeof sql, "CREATE %s VIEW v AS SELECT 1 AS a WITH (%s)",
             cases[i].mode, cases[i].option);
    fails(f, sql, "22023", cases[i].message);
    assert_null(catalog_find(&f->database, NULL, "v"));
  }
}

/* INHERIT, as a word or a string in any case, reads the schema's default when the view is made. */
static void test_inherit(void **state) {
  struct fixture *f = *state;
  succeeds(f,
           "CREATE SCHEMA remote WITH (default_replication_origin = 'postgres:Main')");
  succeeds(f, "CREATE VIEW remote.a AS TABLE x WITH (replication_origin = INHERIT)");
  succeeds(f, "CREATE VIEW remote.b AS TABLE x WITH (replication_origin = 'Inherit')");
  succeeds(f,
           "CREATE VIEW remote.c AS TABLE x WITH (replication_origin = 'mysql:own')");
  assert_string_equal(catalog_find(&f->database, "remote", "a")->view->origin,
                      "postgres:Main");
  assert_string_equal(catalog_find(&f->database, "remote", "b")->view->origin,
                      "postgres:Main");
  assert_string_equal(catalog_find(&f->database, "remote", "c")->view->origin,
                      "mysql:own");
  assert_string_equal(
      catalog_find(&f->database, "remote", "a")->view->replication_origin, "INHERIT");
}

/* Changing or resetting the schema's default re-derives every inheriting view, and names those whose rows are void. */
static void test_rederived(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE x (id integer PRIMARY KEY)");
  succeeds(f,
           "CREATE MATERIALIZED VIEW a AS TABLE x WITH (replication_origin = INHERIT)");
  succeeds(f, "CREATE MATERIALIZED VIEW b AS TABLE x");
  const struct relation *a = catalog_find(&f->database, NULL, "a");
  assert_null(a->view->origin);
  assert_int_equal(a->column_count, 1);
  succeeds(f, "ALTER SCHEMA public SET (default_replication_origin = 'postgres:p')");
  a = catalog_find(&f->database, NULL, "a");
  assert_string_equal(a->view->origin, "postgres:p");
  assert_int_equal(a->column_count, 0);
  assert_false(a->view->described);
  assert_int_equal(f->changed_count, 1);
  assert_null(catalog_find(&f->database, NULL, "b")->view->origin);
  succeeds(f, "ALTER SCHEMA public SET (default_replication_origin = 'postgres:p')");
  assert_int_equal(f->changed_count, 0);
  succeeds(f, "ALTER SCHEMA public RESET (default_replication_origin)");
  a = catalog_find(&f->database, NULL, "a");
  assert_null(a->view->origin);
  assert_int_equal(a->column_count, 1);
  assert_non_null(a->view->write_path);
}

/* A default that would leave a view without anything to read is refused, and everything stays as it was. */
static void test_reset_refused(void **state) {
  struct fixture *f = *state;
  succeeds(f, "ALTER SCHEMA public SET (default_replication_origin = 'postgres:p')");
  succeeds(
      f,
      "CREATE VIEW v AS SELECT * FROM only_there WITH (replication_origin = INHERIT)");
  fails(f, "ALTER SCHEMA public RESET (default_replication_origin)", "42P01",
        "View \"v\" inherits");
  assert_string_equal(view_of(f, "v")->origin, "postgres:p");
  fails(f, "ALTER SCHEMA public SET (default_replication_origin = 'p')", "22023",
        "begins with");
  fails(f, "ALTER SCHEMA public SET (colour = 'p')", "22023",
        "default_replication_origin");
}

/* SET and RESET change one option and leave the others; those that void the rows are reported. */
static void test_altered(void **state) {
  struct fixture *f = *state;
  succeeds(
      f,
      "CREATE MATERIALIZED VIEW v AS TABLE x WITH (replication_origin = 'postgres:a')");
  succeeds(f, "ALTER MATERIALIZED VIEW v SET (write_policy = 'local_first')");
  assert_int_equal(view_of(f, "v")->write_policy, WRITE_LOCAL_FIRST);
  assert_string_equal(view_of(f, "v")->origin, "postgres:a");
  assert_int_equal(f->changed_count, 1);
  succeeds(f, "ALTER MATERIALIZED VIEW v RESET (write_policy)");
  assert_int_equal(view_of(f, "v")->write_policy, WRITE_ORIGIN_FIRST);
  succeeds(f, "CREATE VIEW w AS TABLE x WITH (replication_origin = 'postgres:a')");
  succeeds(f, "ALTER VIEW w SET (join_pushdown_size = 0)");
  assert_int_equal(f->changed_count, 0);
  assert_int_equal(view_of(f, "w")->join_pushdown_size, 0);
  fails(f, "ALTER VIEW w SET (write_policy = 'local_first')", "22023",
        "materialized and realtime");
  fails(f, "ALTER VIEW v SET (replication_origin = 'postgres:b')", "42809",
        "\"v\" is not a view");
  fails(f, "ALTER VIEW nothing SET (join_memoization)", "42P01", "nothing");
  succeeds(f, "ALTER VIEW IF EXISTS nothing SET (join_memoization)");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_defaults), CASE(test_kept),      CASE(test_refused),
      CASE(test_inherit),  CASE(test_rederived), CASE(test_reset_refused),
      CASE(test_altered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
