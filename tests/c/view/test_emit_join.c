/* Tests of view/emit_join.c and view/join.c: inner joins of any number of relations. */
#include "view_test.h"

#include "view/views.h"

static void create_shop(void) {
  run("CREATE TABLE customers (id integer PRIMARY KEY, name text, city text)");
  run("CREATE TABLE orders (id integer PRIMARY KEY, customer integer, total integer)");
  run("CREATE TABLE lines (\"order\" integer, number integer, item text, PRIMARY KEY "
      "(\"order\", number))");
  run("INSERT INTO customers VALUES (1, 'Ada', 'London'), (2, 'Bob', NULL), (3, NULL, "
      "'Rome')");
  run("INSERT INTO orders VALUES (10, 1, 100), (11, 1, 50), (12, 2, 70), (13, NULL, "
      "5)");
  run("INSERT INTO lines VALUES (10, 1, 'pen'), (10, 2, 'ink'), (12, 1, 'pen')");
}

/* Changes of either side, and of pairs in one transaction. */
static void test_two(void **state) {
  (void)state;
  create_shop();
  run("CREATE REALTIME VIEW named AS SELECT o.id, c.name, o.total FROM orders o "
      "JOIN customers c ON c.id = o.customer");
  expect_explained("named", "maintenance: incremental join\n");
  /* a customer is found by its key: it adds nothing to the identity of a row */
  expect_explained("named", "row identity: id\n");
  expect_rows("SELECT * FROM named ORDER BY id", "10|Ada|100\n11|Ada|50\n12|Bob|70\n");
  run("UPDATE customers SET name = 'Ada L.' WHERE id = 1");
  run("UPDATE orders SET customer = 3 WHERE id = 11");
  run("INSERT INTO orders VALUES (14, 9, 1)");
  run("INSERT INTO customers VALUES (9, 'Eve', 'Oslo')");
  run("DELETE FROM customers WHERE id = 2");
  expect_rows("SELECT * FROM named ORDER BY id",
              "10|Ada L.|100\n11|\\N|50\n14|Eve|1\n");
  run("BEGIN");
  run("UPDATE customers SET id = id + 100");
  run("UPDATE orders SET customer = customer + 100");
  run("DELETE FROM orders WHERE id = 10");
  run("COMMIT");
  expect_rows("SELECT * FROM named ORDER BY id", "11|\\N|50\n14|Eve|1\n");
}

/* All three relations change in one transaction, without a read in between. */
static void test_three_at_once(void **state) {
  (void)state;
  create_shop();
  run("CREATE REALTIME VIEW sold AS SELECT l.\"order\", l.number, l.item, c.city FROM "
      "lines l "
      "JOIN orders o ON o.id = l.\"order\" JOIN customers c ON c.id = o.customer WHERE "
      "o.total > 60");
  expect_explained("sold", "row identity: order, number\n");
  assert_int_equal(
      local_script(
          &local,
          "BEGIN;\n"
          "INSERT INTO customers VALUES (4, 'Dan', 'Bern');\n"
          "INSERT INTO orders VALUES (20, 4, 99), (21, 1, 61);\n"
          "INSERT INTO lines VALUES (20, 1, 'cup'), (21, 1, 'pot'), (11, 1, 'x');\n"
          "UPDATE orders SET total = 1 WHERE id = 12;\n"
          "UPDATE customers SET city = 'Paris' WHERE id = 1;\n"
          "DELETE FROM lines WHERE number = 2;\n"),
      TIDE_OK);
  run("COMMIT");
  expect_rows("SELECT * FROM sold ORDER BY 1, 2",
              "10|1|pen|Paris\n20|1|cup|Bern\n21|1|pot|Paris\n");
}

/* A table joined with itself changes on pairs sides at once. */
static void test_self_join(void **state) {
  (void)state;
  run("CREATE TABLE people (id integer PRIMARY KEY, boss integer, name text)");
  run("CREATE REALTIME VIEW reports AS SELECT e.id, e.name, b.name AS boss FROM people "
      "e, people b "
      "WHERE e.boss = b.id");
  run("CREATE REALTIME VIEW peers AS SELECT a.name AS x, b.name AS y FROM people a "
      "JOIN people b "
      "ON a.boss = b.boss AND a.id < b.id");
  run("INSERT INTO people VALUES (1, 1, 'root'), (2, 1, 'b'), (3, 1, 'c'), (4, 2, "
      "'d')");
  run("UPDATE people SET name = name || '!'");
  run("UPDATE people SET boss = 2 WHERE id IN (1, 3)");
  run("UPDATE people SET id = id + 10, boss = boss + 10");
  expect_rows("SELECT * FROM reports ORDER BY id",
              "11|root!|b!\n12|b!|root!\n13|c!|b!\n14|d!|b!\n");
  run("DELETE FROM people WHERE id = 12");
  run("INSERT INTO people VALUES (12, NULL, 'again')");
  run("DELETE FROM people");
  expect_rows("SELECT (SELECT count(*) FROM reports) + (SELECT count(*) FROM peers)",
              "0\n");
}

/* Joined rows that repeat keep their number. */
static void test_duplicates(void **state) {
  (void)state;
  run("CREATE TABLE l (a integer, b text)");
  run("CREATE TABLE r (a integer, c text)");
  run("CREATE REALTIME VIEW pairs AS SELECT l.b, r.c FROM l JOIN r ON l.a = r.a");
  expect_explained("pairs", "row identity: all columns; rows may repeat\n");
  run("INSERT INTO l VALUES (1, 'x'), (1, 'x'), (NULL, 'x'), (2, 'y')");
  run("INSERT INTO r VALUES (1, 'p'), (1, 'p'), (NULL, 'q'), (2, NULL)");
  expect_rows("SELECT b, c, count(*) FROM pairs GROUP BY b, c ORDER BY b",
              "x|p|4\ny|\\N|1\n");
  run("BEGIN");
  run("UPDATE l SET a = 2");
  run("UPDATE r SET a = 2 WHERE c = 'p'");
  run("COMMIT");
  expect_rows("SELECT b, c, count(*) FROM pairs GROUP BY b, c ORDER BY b, c",
              "x|p|6\nx|\\N|3\ny|p|2\ny|\\N|1\n");
}

/* Conditions other than equality, constants, and joins without any. */
static void test_conditions(void **state) {
  (void)state;
  create_shop();
  run("CREATE REALTIME VIEW below AS SELECT a.id, b.id AS other FROM orders a JOIN "
      "orders b "
      "ON a.total < b.total AND b.customer = 1");
  run("CREATE REALTIME VIEW product AS SELECT c.id, l.item FROM customers c CROSS JOIN "
      "lines l");
  run("CREATE REALTIME VIEW chosen AS SELECT o.total, c.name FROM orders o, customers "
      "c WHERE c.id = 1 "
      "AND o.customer = c.id AND o.id = 10");
  expect_explained("chosen", "row identity: there is one row\n");
  run("UPDATE orders SET total = total + 20 WHERE id IN (11, 12)");
  run("DELETE FROM lines WHERE item = 'ink'");
  run("DELETE FROM orders WHERE id = 10");
  run("INSERT INTO orders VALUES (10, 1, 1)");
  expect_rows("SELECT * FROM chosen", "1|Ada\n");
}

/* Values that are equal without being the same join. */
static void test_collation(void **state) {
  (void)state;
  run("CREATE TABLE a (n numeric, x text)");
  run("CREATE TABLE b (n numeric, y text)");
  run("CREATE REALTIME VIEW equal AS SELECT a.n, b.n AS m, x, y FROM a JOIN b ON a.n = "
      "b.n");
  run("INSERT INTO a VALUES (1.0, 'a'), (2, 'b'), (NULL, 'c')");
  run("INSERT INTO b VALUES (1.00, 'd'), (2.0, 'e'), (2.00, 'f')");
  expect_rows("SELECT * FROM equal ORDER BY y",
              "1.0|1.00|a|d\n2|2.0|b|e\n2|2.00|b|f\n");
  run("BEGIN");
  run("INSERT INTO a SELECT i % 50, 'n' || i FROM generate_series(1, 200) AS i");
  run("INSERT INTO b SELECT (i % 50)::numeric(10, 2), 'm' || i FROM generate_series(1, "
      "200) AS i");
  run("COMMIT");
}

/* Where more relations change than terms are worth, the view is recomputed; the
 * result is the same. */
static void test_many_relations(void **state) {
  (void)state;
  run("CREATE TABLE n (i integer PRIMARY KEY, j integer)");
  run("CREATE REALTIME VIEW chain AS SELECT a.i, g.j FROM n a JOIN n b ON b.i = a.j "
      "JOIN n c ON c.i = b.j "
      "JOIN n d ON d.i = c.j JOIN n e ON e.i = d.j JOIN n f ON f.i = e.j JOIN n g ON "
      "g.i = f.j");
  expect_explained("chain", "row identity: i\n");
  run("INSERT INTO n SELECT i, (i * 7) % 50 FROM generate_series(0, 49) AS i");
  run("UPDATE n SET j = 3 WHERE i < 10");
  run("DELETE FROM n WHERE i = 3");
}

/* No term reads a whole table when the join is over keys: indexes are made where
 * there are none. */
static void test_plans(void **state) {
  (void)state;
  create_shop();
  run("CREATE REALTIME VIEW sold AS SELECT l.\"order\", l.number, c.name FROM lines l "
      "JOIN orders o ON o.id = l.\"order\" JOIN customers c ON c.id = o.customer");
  assert_string_equal(local_sqlite(&local,
                                   "SELECT group_concat(name) FROM sqlite_schema "
                                   "WHERE name LIKE '\\_\\_view\\_index%' ESCAPE '\\'"),
                      "__view_index_orders_customer");
  static const char *const writes[] = {"UPDATE lines SET item = 'x'",
                                       "UPDATE orders SET total = 0, customer = 2",
                                       "UPDATE customers SET name = 'y'"};
  for (int set = 1; set < 8; set++) {
    assert_int_equal(local_run(&local, "BEGIN"), TIDE_OK);
    for (int i = 0; i < 3; i++)
      if (set & 1 << i)
        assert_int_equal(local_run(&local, writes[i]), TIDE_OK);
    assert_int_equal(view_maintain(&local.database), TIDE_OK);
    assert_int_equal(local_run(&local, "ROLLBACK"), TIDE_OK);
  }
  const struct view_entry *entry = &local.database.views->entries[0];
  int terms = 0;
  for (const struct join_term *term = graph_view(entry->graph)->join.terms; term;
       term = term->next, terms++) {
    char sql[4096];
    sqlite3_stmt *statement;
    snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", sqlite3_sql(term->statement));
    assert_int_equal(
        sqlite3_prepare_v2(local.database.handle, sql, -1, &statement, NULL),
        SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      const char *detail = (const char *)sqlite3_column_text(statement, 3);
      if ((strncmp(detail, "SCAN", 4) == 0 && !strstr(detail, "VIRTUAL TABLE")) ||
          strstr(detail, "AUTOMATIC"))
        fail_msg("%s\n%s", sqlite3_sql(term->statement), detail);
    }
    sqlite3_finalize(statement);
  }
  assert_int_equal(terms, 7);
}

/* Indexes go with the last view that needs them; what is filled by REFRESH needs none. */
static void test_indexes_dropped(void **state) {
  (void)state;
  create_shop();
  static const char *const count = "SELECT count(*) FROM sqlite_schema WHERE name LIKE "
                                   "'\\_\\_view\\_index%' ESCAPE '\\'";
  run("CREATE MATERIALIZED VIEW taken AS SELECT o.id, c.name FROM orders o JOIN "
      "customers c ON c.id = o.customer");
  run("CREATE REALTIME VIEW later AS SELECT o.id, c.name FROM orders o JOIN "
      "customers c ON c.id = o.customer WITH NO DATA");
  assert_string_equal(local_sqlite(&local, count), "0");
  run("CREATE REALTIME VIEW a AS SELECT o.id, c.name FROM orders o JOIN customers c ON "
      "c.id = o.customer");
  run("CREATE REALTIME VIEW b AS SELECT o.id, c.city FROM orders o JOIN customers c ON "
      "c.id = o.customer");
  assert_string_equal(local_sqlite(&local, count), "1");
  run("DROP REALTIME VIEW a");
  assert_string_equal(local_sqlite(&local, count), "1");
  run("DROP REALTIME VIEW b");
  assert_string_equal(local_sqlite(&local, count), "0");
  run("CREATE INDEX mine ON orders (customer)");
  run("CREATE REALTIME VIEW a AS SELECT o.id, c.name FROM orders o JOIN customers c ON "
      "c.id = o.customer");
  assert_string_equal(local_sqlite(&local, count), "0");
  run("DROP INDEX mine");
  run("UPDATE orders SET total = 0");
  assert_string_equal(local_sqlite(&local, count), "1");
  run("CREATE REALTIME VIEW other AS SELECT c.id, d.id AS near FROM customers c JOIN "
      "customers d ON d.city = c.city");
  assert_string_equal(local_sqlite(&local, count), "2");
  run("DROP REALTIME VIEW a");
  assert_string_equal(local_sqlite(&local,
                                   "SELECT name FROM sqlite_schema WHERE name LIKE "
                                   "'\\_\\_view\\_index%' ESCAPE '\\'"),
                      "__view_index_customers_city");
}

/* Two large deltas that meet are joined through an index over one of them. */
static void test_large_deltas(void **state) {
  (void)state;
  run("CREATE TABLE heads (id integer PRIMARY KEY, x integer)");
  run("CREATE TABLE rows (id integer PRIMARY KEY, head integer, y text)");
  run("CREATE REALTIME VIEW whole AS SELECT r.id, h.x, r.y FROM rows r JOIN heads h ON "
      "h.id = r.head");
  assert_int_equal(
      local_script(
          &local, "BEGIN;\n"
                  "INSERT INTO heads SELECT i, i FROM generate_series(1, 20000) AS i;\n"
                  "INSERT INTO rows SELECT i, i % 20000, 'y' || i FROM "
                  "generate_series(1, 30000) AS i;\n"
                  "UPDATE heads SET id = id + 100000 WHERE id > 19000;\n"),
      TIDE_OK);
  run("COMMIT");
  expect_rows("SELECT count(*) FROM whole", "29000\n");
}

/* Large deltas meet in the same way whatever the type they are joined by, NULLs included. */
static void test_large_deltas_of_types(void **state) {
  (void)state;
  static const char *const types[] = {
      "integer", "bigint", "text",  "numeric", "double precision",
      "boolean", "uuid",   "bytea", "date"};
  static const char *const values[] = {
      "i % 40",
      "i % 40",
      "'k' || i % 40",
      "(i % 40)::numeric(8, 2)",
      "(i % 40) / 4.0",
      "i % 2 = 0",
      "('00000000-0000-0000-0000-0000000000' || (10 + i % 40))::uuid",
      "('\\x' || (10 + i % 40))::bytea",
      "date '2026-01-01' + i % 40"};
  for (size_t i = 0; i < COUNT(types); i++) {
    char sql[512];
    snprintf(sql, sizeof sql, "CREATE TABLE l%zu (id integer PRIMARY KEY, k %s)", i,
             types[i]);
    run(sql);
    snprintf(sql, sizeof sql, "CREATE TABLE r%zu (id integer PRIMARY KEY, k %s)", i,
             strcmp(types[i], "integer") == 0 ? "bigint" : types[i]);
    run(sql);
    snprintf(sql, sizeof sql,
             "CREATE REALTIME VIEW v%zu AS SELECT l.id, r.id AS other, r.k FROM l%zu l "
             "JOIN r%zu r ON l.k = r.k",
             i, i, i);
    run(sql);
    assert_int_equal(local_run(&local, "BEGIN"), TIDE_OK);
    for (int side = 0; side < 2; side++) {
      snprintf(sql, sizeof sql,
               "INSERT INTO %c%zu SELECT i, CASE WHEN i %% 7 > 0 THEN %s END "
               "FROM generate_series(1, 120) AS i",
               side ? 'l' : 'r', i, values[i]);
      if (local_run(&local, sql) != TIDE_OK)
        fail_msg("%s: %s", sql, local.sqlite.error.message);
    }
    run("COMMIT");
    snprintf(sql, sizeof sql, "SELECT count(*) > 200 FROM v%zu", i);
    expect_rows(sql, "1\n");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_two),
      VIEW_TEST(test_three_at_once),
      VIEW_TEST(test_self_join),
      VIEW_TEST(test_duplicates),
      VIEW_TEST(test_conditions),
      VIEW_TEST(test_collation),
      VIEW_TEST(test_many_relations),
      VIEW_TEST(test_plans),
      VIEW_TEST(test_indexes_dropped),
      VIEW_TEST(test_large_deltas),
      VIEW_TEST(test_large_deltas_of_types),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
