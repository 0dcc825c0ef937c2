/* Tests of view/explain.c: what EXPLAIN VIEW says of each node. */
#include "view_test.h"

static const char *const definitions[] = {
    "CREATE TABLE t (id integer PRIMARY KEY, k text, x integer)",
    "CREATE TABLE u (id integer PRIMARY KEY, t_id integer, b integer)",
    "CREATE REALTIME VIEW filtered AS SELECT id, x FROM t WHERE k = 'a'",
    "CREATE REALTIME VIEW joined AS SELECT u.id, t.k FROM u JOIN t ON t.id = u.t_id",
    "CREATE REALTIME VIEW counted AS SELECT k, count(*) AS n, max(x) AS m FROM t GROUP "
    "BY k",
    "CREATE REALTIME VIEW listed AS SELECT t_id, array_agg(b) AS l FROM u GROUP BY "
    "t_id",
    "CREATE REALTIME VIEW top AS SELECT id, x FROM t ORDER BY x DESC LIMIT 2",
    "CREATE REALTIME VIEW rest AS SELECT x FROM t EXCEPT SELECT b FROM u",
    "CREATE REALTIME VIEW newest AS SELECT DISTINCT ON (t_id) t_id, id FROM u ORDER BY "
    "t_id, id DESC",
    "CREATE REALTIME VIEW ranked AS SELECT id, rank() OVER (PARTITION BY t_id ORDER BY "
    "b) AS r FROM u",
    "CREATE REALTIME VIEW padded AS SELECT t.id, u.b FROM t LEFT JOIN u ON u.t_id = "
    "t.id",
    "CREATE REALTIME VIEW used AS SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE "
    "u.t_id = t.id)",
    "CREATE REALTIME VIEW series AS SELECT t.id, g FROM t, generate_series(1, t.x) AS "
    "g",
    "CREATE REALTIME VIEW reached AS WITH RECURSIVE c(x) AS (SELECT id FROM t UNION "
    "SELECT u.b FROM c JOIN u ON u.t_id = c.x) SELECT x, count(*) AS n FROM c GROUP BY "
    "x",
    "CREATE REALTIME VIEW fixed AS VALUES (1), (2)",
    "CREATE REALTIME VIEW rows AS SELECT id, rank() OVER (ORDER BY x, id) AS r FROM t",
    "CREATE MATERIALIZED VIEW taken AS SELECT id, k FROM t",
};

static void create_all(void) {
  for (size_t i = 0; i < COUNT(definitions); i++)
    run(definitions[i]);
}

/* What docs/views.md shows. */
static void test_documented(void **state) {
  (void)state;
  run("CREATE TABLE customers (id integer PRIMARY KEY, name text)");
  run("CREATE TABLE orders (id integer PRIMARY KEY, customer integer, total integer)");
  run("CREATE REALTIME VIEW named AS SELECT o.id, o.total, c.name FROM orders o "
      "JOIN customers c ON c.id = o.customer");
  expect_explained(
      "named", "maintenance: incremental join\nreads: public.orders, public.customers\n"
               "row identity: id\nstored: named (id, total, name)\nindex: the table "
               "itself, by \"id\"\nsearches: public.orders (customer)\nindex: CREATE "
               "INDEX IF NOT EXISTS main.\"__view_index_orders_customer\" ON "
               "\"orders\"(\"customer\")\n");
  expect_explained("named",
                   "not incremental filter: it reads more than one relation\n");
  expect_explained("named", "delta of public.orders: SELECT ");
}

/* A view that is not maintained says so. */
static void test_not_maintained(void **state) {
  (void)state;
  create_all();
  expect_explained("taken", "maintenance: none, filled by REFRESH\nreads: "
                            "public.t\nrow identity: id\n");
}

/* An index that is there serves a search as well as one that is made. */
static void test_indexes(void **state) {
  (void)state;
  run("CREATE TABLE a (id integer PRIMARY KEY, x integer)");
  run("CREATE TABLE b (id integer PRIMARY KEY, x integer UNIQUE)");
  run("CREATE REALTIME VIEW v AS SELECT a.x FROM a JOIN b ON b.x = a.x");
  expect_explained("v", "searches: public.a (x)\nindex: CREATE INDEX IF NOT EXISTS "
                        "main.\"__view_index_a_x\" ON \"a\"(\"x\")\n");
  expect_explained("v", "searches: public.b (x)\nindex: ");
  expect_explained("v", ", which is there anyway\n");
  expect_explained("v", "index: CREATE INDEX \"__view_identity_");
}

/* What a node remembers is listed with its indexes. */
static void test_states(void **state) {
  (void)state;
  create_all();
  expect_explained("counted", " (key_1, value, n)\nindex: the table itself, by "
                              "\"key_1\", \"value\"\n");
  expect_explained("rest", " (c1, n1, n2)\nindex: CREATE UNIQUE INDEX ");
  expect_explained("top", " (o1, o2, o3)\n");
}

/* --- the SQL --- */

static const struct {
  const char *view, *line;
} changes[] = {
    {"filtered", "delta of public.t: SELECT "},
    {"joined", "delta of public.u: SELECT "},
    {"joined", "delta of public.t: SELECT "},
    {"counted", "delta of public.t: SELECT "},
    {"counted", "row of a group: SELECT "},
    {"listed", "delta of public.u: SELECT "},
    {"listed", "row of a group: SELECT "},
    {"top", "delta of public.t: WITH "},
    {"top", "window: SELECT "},
    {"rest", "delta of public.t: SELECT "},
    {"rest", "delta of public.u: SELECT "},
    {"newest", "delta of public.u: SELECT "},
    {"newest", "part: SELECT "},
    {"ranked", "delta of public.u: SELECT "},
    {"ranked", "part: SELECT "},
    {"padded", "delta of public.t: SELECT "},
    {"padded", "delta of public.u: SELECT "},
    {"used", "delta of public.u: SELECT "},
    {"series", "delta of public.t: SELECT "},
    {"reached", "delta of node 1: SELECT "},
    {"reached", "delta of public.t: SELECT "},
    {"reached", "delta of public.u: SELECT "},
    {"reached", "step: SELECT "},
    {"reached", "other derivations: SELECT "},
    {"rows", "on any change: SELECT "},
};

/* Every way of maintaining a view tells what a change of each relation runs. */
static void test_changes(void **state) {
  (void)state;
  create_all();
  for (size_t i = 0; i < COUNT(changes); i++)
    expect_explained(changes[i].view, changes[i].line);
}

/* A statement that has nothing to search by says what it goes through. */
static void test_scans(void **state) {
  (void)state;
  create_all();
  run("CREATE REALTIME VIEW crossed AS SELECT t.id, u.b FROM t JOIN u ON u.b <> t.x");
  expect_explained("crossed", "\nreads all of: public.u\ndelta of public.u: SELECT ");
  expect_explained("crossed", "\nreads all of: public.t\n");
  for (size_t i = 0; i < COUNT(changes); i++)
    if (strcmp(changes[i].view, "rows") != 0)
      expect_unexplained(changes[i].view, "reads all of: ");
}

/* Is it one of the lines with SQL that maintenance runs? Where that begins. */
static const char *statement_in(const char *line) {
  static const char *const prefixes[] = {"delta of ", "row of a group: ", "window: ",
                                         "part: ",    "step: ",           "other deriv",
                                         "on any ch"};
  for (size_t i = 0; i < COUNT(prefixes); i++)
    if (strncmp(line, prefixes[i], strlen(prefixes[i])) == 0)
      return strstr(line, ": ") + 2;
  return NULL;
}

static int prepare_all(char *text) {
  int count = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    const char *sql = statement_in(line);
    sqlite3_stmt *statement;
    if (!sql || strncmp(sql, "all parts", 9) == 0)
      continue;
    if (database_prepare(&local.database, sql, false, &statement) != TIDE_OK)
      fail_msg("%s\n%s", sql, local.sqlite.error.message);
    sqlite3_finalize(statement);
    count++;
  }
  return count;
}

/* What is shown is SQL that SQLite takes. */
static void test_statements(void **state) {
  (void)state;
  int count = 0;
  create_all();
  for (size_t i = 0; i < COUNT(changes); i++) {
    struct buffer out;
    buffer_init(&out, local.database.memory);
    const struct relation *view = catalog_find(&local.database, NULL, changes[i].view);
    assert_int_equal(view_explain(&local.database, view, &out), TIDE_OK);
    count += prepare_all(out.data);
    buffer_deinit(&out);
  }
  assert_true(count > 40);
}

/* --- memory --- */

static int explain_all(struct memory *memory, void *context) {
  (void)context;
  static struct local_database database;
  int rc = local_open(&database, memory);
  for (size_t i = 0; rc == TIDE_OK && i < COUNT(definitions); i++)
    rc = local_run(&database, definitions[i]);
  struct buffer out;
  buffer_init(&out, memory);
  for (size_t i = 0; rc == TIDE_OK && i < COUNT(changes); i++) {
    const struct relation *view =
        catalog_find(&database.database, NULL, changes[i].view);
    rc = view ? view_explain(&database.database, view, &out) : TIDE_ERROR_NOMEM;
    buffer_clear(&out);
  }
  buffer_deinit(&out);
  local_close(&database);
  return rc;
}

/* Memory may run out anywhere. */
static void test_failing_allocations(void **state) {
  (void)state;
  some_failing_allocations(explain_all, NULL, 150);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_documented), VIEW_TEST(test_not_maintained),
      VIEW_TEST(test_indexes),    VIEW_TEST(test_states),
      VIEW_TEST(test_changes),    VIEW_TEST(test_scans),
      VIEW_TEST(test_statements), cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
