/* Which views can be written, how their columns map, and the reasons why the others cannot. */
#include "fixture.h"

static const struct relation *relation_of(struct fixture *f, const char *name) {
  return catalog_find(&f->database, NULL, name);
}

static void create_tables(struct fixture *f) {
  succeeds(f,
           "CREATE TABLE users (id integer PRIMARY KEY, name text, email text NOT NULL "
           "UNIQUE,"
           " nick text UNIQUE, shout text GENERATED ALWAYS AS (upper(name)) STORED)");
  succeeds(f, "CREATE TABLE notes (body text)");
  succeeds(f, "CREATE TABLE pairs (a integer, b integer, c text, PRIMARY KEY (a, b))");
}

/* A view of one table with its whole key maps its columns one to one; computed ones cannot be written. */
static void test_writable(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  succeeds(
      f, "CREATE VIEW v (n, key, twice, shouted) AS SELECT u.name, u.id, id * 2, shout"
         " FROM users u WHERE u.id > 10 AND name <> 'x' ORDER BY name");
  const struct write_path *path = relation_of(f, "v")->view->write_path;
  assert_non_null(path);
  assert_string_equal(path->origin_schema, "public");
  assert_string_equal(path->origin_name, "users");
  assert_string_equal(path->origin_column[0], "name");
  assert_string_equal(path->origin_column[1], "id");
  assert_null(path->origin_column[2]);
  assert_null(path->origin_column[3]);
  assert_int_equal(path->key_count, 1);
  assert_int_equal(path->key[0], 1);
  assert_string_equal(path->filter_sql, "id > 10 AND name <> 'x'");
  assert_null(relation_of(f, "v")->view->not_updatable_because);
}

/* Stars, TABLE, parentheses and keys of several columns or UNIQUE NOT NULL ones count as well. */
static void test_forms(void **state) {
  struct fixture *f = *state;
  static const char *const queries[] = {
      "SELECT * FROM users",
      "TABLE users",
      "(SELECT id, name FROM users)",
      "SELECT email FROM users",
      "SELECT a, b FROM pairs",
      "SELECT users.*, 1 AS one FROM users",
      "SELECT id, (SELECT count(*) FROM notes) AS notes FROM public.users",
  };
  create_tables(f);
  for (size_t i = 0; i < COUNT(queries); i++) {
    char sql[256];
    snprintf(sql, sizeof sql, "CREATE OR REPLACE VIEW v%zu AS %s", i, queries[i]);
    succeeds(f, sql);
    snprintf(sql, sizeof sql, "v%zu", i);
    if (relation_of(f, sql)->view->write_path == NULL)
      fail_msg("%s: %s", queries[i], relation_of(f, sql)->view->not_updatable_because);
  }
}

/* Everything else has its reason, in a clause that follows "because". */
static void test_reasons(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *query, *reason;
  } cases[] = {
      {"SELECT u.id FROM users u JOIN notes ON true",
       "it reads more than one relation"},
      {"SELECT users.id FROM users, notes", "it reads more than one relation"},
      {"SELECT count(*) AS n FROM users", "it has an aggregate function"},
      {"SELECT id, row_number() OVER (ORDER BY id) AS n FROM users",
       "it has a window function"},
      {"SELECT id FROM users GROUP BY id", "it has GROUP BY"},
      {"SELECT DISTINCT id FROM users", "it has DISTINCT"},
      {"SELECT id FROM users LIMIT 3", "it has LIMIT or OFFSET"},
      {"SELECT id FROM users UNION ALL SELECT id FROM users",
       "it has UNION, INTERSECT or EXCEPT"},
      {"VALUES (1)", "it reads no relation"},
      {"SELECT 1 AS one", "it reads no relation"},
      {"WITH c AS (SELECT * FROM users) SELECT * FROM c", "it has a WITH clause"},
      {"SELECT * FROM (SELECT * FROM users) x", "it reads a subquery"},
      {"SELECT * FROM generate_series(1, 3) g", "it reads a function"},
      {"SELECT id FROM users WHERE id IN (SELECT 1)",
       "its WHERE clause has a subquery"},
      {"SELECT name FROM users",
       "it does not show the whole primary or unique key of its relation"},
      {"SELECT nick FROM users",
       "it does not show the whole primary or unique key of its relation"},
      {"SELECT a, c FROM pairs",
       "it does not show the whole primary or unique key of its relation"},
      {"SELECT id + 0 AS id FROM users",
       "it does not show the whole primary or unique key of its relation"},
      {"SELECT * FROM notes", "its relation has no primary or unique key"},
      {"SELECT * FROM tidemark.views", "it reads a system relation"},
  };
  create_tables(f);
  for (size_t i = 0; i < COUNT(cases); i++) {
    char sql[256];
    snprintf(sql, sizeof sql, "CREATE VIEW v%zu AS %s", i, cases[i].query);
    succeeds(f, sql);
    snprintf(sql, sizeof sql, "v%zu", i);
    assert_null(relation_of(f, sql)->view->write_path);
    assert_string_equal(relation_of(f, sql)->view->not_updatable_because,
                        cases[i].reason);
  }
}

/* A view over a view can be written when that one can, through the columns that it lets through. */
static void test_view_over_view(void **state) {
  struct fixture *f = *state;
  create_tables(f);
  succeeds(f, "CREATE VIEW v AS SELECT id AS k, name, length(name) AS l FROM users");
  succeeds(f, "CREATE MATERIALIZED VIEW w AS SELECT name AS n, k, l FROM v");
  const struct write_path *path = relation_of(f, "w")->view->write_path;
  assert_non_null(path);
  assert_string_equal(path->origin_name, "v");
  assert_string_equal(path->origin_column[0], "name");
  assert_string_equal(path->origin_column[1], "k");
  assert_null(path->origin_column[2]);
  assert_int_equal(path->key[0], 1);
  succeeds(f, "CREATE VIEW x AS SELECT * FROM v LIMIT 1");
  succeeds(f, "CREATE VIEW y AS SELECT * FROM x");
  assert_string_equal(
      relation_of(f, "y")->view->not_updatable_because,
      "it reads view \"x\", of which the same is true: it has LIMIT or OFFSET");
}

/* A foreign view waits for its origin to tell columns and key. */
static void test_foreign(void **state) {
  struct fixture *f = *state;
  succeeds(
      f,
      "CREATE REALTIME VIEW posts (id, heading) AS SELECT p.nr, p.*, upper(title) AS "
      "loud"
      " FROM blog.posts p WHERE p.nr > 3 WITH (replication_origin = 'postgres:db1')");
  const struct relation *posts = relation_of(f, "posts");
  assert_string_equal(posts->view->not_updatable_because,
                      "its origin has not told its columns yet");
  assert_int_equal(posts->column_count, 0);
  const struct column columns[] = {
      {.name = "nr", .type = TYPE(TYPE_INTEGER), .not_null = true},
      {.name = "title", .type = TYPE(TYPE_TEXT)},
      {.name = "body", .type = TYPE(TYPE_JSONB)},
      {.name = "loud", .type = TYPE(TYPE_TEXT)}};
  const char *const key[] = {"nr"};
  assert_int_equal(catalog_describe_view(&f->database, posts->id, columns, 4, key, 1),
                   TIDE_OK);
  posts = relation_of(f, "posts");
  assert_true(posts->view->described);
  assert_int_equal(posts->column_count, 6);
  assert_string_equal(posts->columns[0].name, "id");
  assert_string_equal(posts->columns[1].name, "heading");
  assert_string_equal(posts->columns[2].name, "body");
  assert_string_equal(posts->columns[4].name, "__staged");
  assert_true(posts->columns[4].hidden);
  assert_string_equal(posts->columns[5].name, "__version");
  const struct write_path *path = posts->view->write_path;
  assert_non_null(path);
  assert_string_equal(path->origin_schema, "blog");
  assert_string_equal(path->origin_name, "posts");
  assert_string_equal(path->origin_column[0], "nr");
  assert_string_equal(path->origin_column[1], "title");
  assert_string_equal(path->origin_column[2], "body");
  assert_null(path->origin_column[3]);
  assert_int_equal(path->key[0], 0);
  assert_string_equal(path->filter_sql, "nr > 3");
}

/* A description in two steps, the key coming second and with the names of the view's column list, is understood. */
static void test_described_in_two_steps(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE VIEW v (x, y) AS SELECT * FROM t WITH (replication_origin = "
              "'postgres:db1')");
  struct column columns[] = {{.name = "a", .type = TYPE(TYPE_INTEGER)},
                             {.name = "b", .type = TYPE(TYPE_TEXT)}};
  const char *const key[] = {"a"};
  int64_t id = relation_of(f, "v")->id;
  assert_int_equal(catalog_describe_view(&f->database, id, columns, 2, NULL, 0),
                   TIDE_OK);
  columns[0].name = "x";
  columns[1].name = "y";
  assert_int_equal(catalog_describe_view(&f->database, id, columns, 2, key, 1),
                   TIDE_OK);
  const struct write_path *path = relation_of(f, "v")->view->write_path;
  assert_non_null(path);
  assert_string_equal(path->origin_column[0], "a");
  assert_string_equal(path->origin_column[1], "b");
  assert_string_equal(relation_of(f, "v")->columns[1].name, "y");
  assert_int_equal(path->key[0], 0);
}

/* What is at an origin cannot be locked from here, wherever in FROM it stands. */
static void test_foreign_locks(void **state) {
  struct fixture *f = *state;
  const struct column columns[] = {{.name = "a", .type = TYPE(TYPE_INTEGER)}};
  succeeds(f, "CREATE TABLE t (a integer)");
  succeeds(f, "CREATE REALTIME VIEW v AS SELECT a FROM t"
              " WITH (replication_origin = 'postgres:db1')");
  assert_int_equal(
      catalog_describe_view(&f->database, relation_of(f, "v")->id, columns, 1, NULL, 0),
      TIDE_OK);
  succeeds(f, "CREATE VIEW w AS SELECT a FROM v");
  static const char *const refused[] = {
      "SELECT * FROM v FOR UPDATE", "SELECT * FROM w FOR UPDATE",
      "SELECT * FROM t JOIN (SELECT * FROM w) x USING (a) FOR UPDATE",
      "SELECT * FROM t, v FOR UPDATE OF t, v"};
  for (size_t i = 0; i < COUNT(refused); i++)
    fails(f, refused[i], "0A000",
          "FOR UPDATE cannot lock rows of view \"v\", which are at its origin");
}

/* Being told the same again changes nothing, so that no plan is thrown away; another key is a change. */
static void test_described_again(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE VIEW v AS TABLE t WITH (replication_origin = 'postgres:db1')");
  const struct column columns[] = {{.name = "a", .type = TYPE(TYPE_INTEGER)},
                                   {.name = "b", .type = TYPE(TYPE_TEXT)}};
  const char *const key[] = {"a"};
  int64_t id = relation_of(f, "v")->id;
  assert_int_equal(catalog_describe_view(&f->database, id, columns, 2, key, 1),
                   TIDE_OK);
  uint64_t version = catalog_version(&f->database);
  assert_int_equal(catalog_describe_view(&f->database, id, columns, 2, key, 1),
                   TIDE_OK);
  assert_int_equal(catalog_version(&f->database), version);
  assert_int_equal(catalog_describe_view(&f->database, id, columns, 2, NULL, 0),
                   TIDE_OK);
  assert_string_equal(relation_of(f, "v")->view->not_updatable_because,
                      "its relation has no primary or unique key at the origin");
  assert_int_equal(relation_of(f, "v")->column_count, 2);
}

/* When a table gains or loses its key, the views over it follow. */
static void test_key_comes_and_goes(void **state) {
  struct fixture *f = *state;
  succeeds(f, "CREATE TABLE t (a integer, b text)");
  succeeds(f, "CREATE VIEW v AS SELECT * FROM t");
  succeeds(f, "CREATE VIEW w AS SELECT * FROM v");
  assert_null(relation_of(f, "w")->view->write_path);
  succeeds(f, "ALTER TABLE t ADD PRIMARY KEY (a)");
  assert_non_null(relation_of(f, "v")->view->write_path);
  assert_non_null(relation_of(f, "w")->view->write_path);
  succeeds(f, "ALTER TABLE t DROP CONSTRAINT t_pkey");
  assert_null(relation_of(f, "w")->view->write_path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_writable),
      CASE(test_forms),
      CASE(test_reasons),
      CASE(test_view_over_view),
      CASE(test_foreign),
      CASE(test_foreign_locks),
      CASE(test_described_again),
      CASE(test_described_in_two_steps),
      CASE(test_key_comes_and_goes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
