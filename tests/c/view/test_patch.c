/* Tests of view/patch.c: updates that leave the rows of a view as they are and change what is shown of them. */
#include "view_test.h"

#include "lib/failing_memory.h"

static void create_shop(void) {
  run("CREATE TABLE maker (id integer PRIMARY KEY, name text, country text, extra "
      "json)");
  run("CREATE TABLE product (id integer PRIMARY KEY, maker integer, title text, price "
      "numeric, weight double precision, open boolean, extra jsonb, hidden text)");
  run("CREATE TABLE stock (id integer PRIMARY KEY, product integer UNIQUE, amount "
      "integer, place text)");
  run("CREATE TABLE review (id integer PRIMARY KEY, product integer, rating integer)");
  run("INSERT INTO maker VALUES (1, 'Ann', 'AT', ' {\"a\" : [1, \"]\"]} '), (2, "
      "'Bo\"b', "
      "NULL, NULL)");
  run("INSERT INTO product VALUES (1, 1, 'one', 1.50, 0.1, true, '{\"x\": "
      "\"},\\\"\"}', "
      "'h'), (2, 1, '50 % \\ off', NULL, NULL, NULL, NULL, NULL), (3, 2, NULL, 3, "
      "1e30, "
      "false, '[[], {}]', 'i'), (4, NULL, '', -0.00, -1, true, 'null', '')");
  run("INSERT INTO stock VALUES (1, 1, 10, 'here'), (2, 3, 0, 'there'), (3, NULL, 5, "
      "NULL)");
  run("INSERT INTO review VALUES (1, 1, 5), (2, 1, 3), (3, 4, NULL), (4, NULL, 1)");
}

/* Updates of every column, to values that look like the text around them. */
static void update_all(void) {
  static const char *const statements[] = {
      "UPDATE product SET price = 2.50 WHERE id = 1",
      "UPDATE product SET title = '\", \"title\": \"' WHERE id IN (1, 2)",
      "UPDATE product SET title = NULL, price = NULL, weight = 2.5 WHERE id < 3",
      "UPDATE product SET extra = '{\"b\": {\"c\": [\"}\"]}}', open = NOT open",
      "UPDATE product SET title = 'a %t and %= and %%', hidden = 'no matter'",
      "UPDATE product SET hidden = id",
      "UPDATE maker SET name = name || ' & sons', country = 'DE'",
      "UPDATE maker SET extra = ' [ 1 , 2 ] ' WHERE id = 2",
      "UPDATE maker SET extra = NULL, name = NULL",
      "UPDATE maker SET extra = 'null', name = 'again' WHERE id = 1",
      "UPDATE stock SET amount = amount + 1, place = 'all of %'",
      "UPDATE review SET rating = 1 + coalesce(rating, 3) % 5",
      /* what changes the rows */
      "UPDATE product SET maker = 2 WHERE id = 1",
      "UPDATE product SET maker = 1, price = 9.99 WHERE id = 4",
      "UPDATE product SET id = id + 10, title = 'moved'",
      "UPDATE stock SET product = 12, amount = 7 WHERE id = 1",
      "UPDATE maker SET id = 3 WHERE id = 2",
      "UPDATE maker SET country = 'FR' WHERE id = 1",
      "INSERT INTO product VALUES (1, 3, 'new', 1, 1, true, '1', NULL)",
      /* several relations, and rows that come, go and change in one transaction */
      "BEGIN",
      "UPDATE product SET price = 77",
      "UPDATE maker SET name = 'both'",
      "COMMIT",
      "BEGIN",
      "UPDATE product SET price = 78",
      "UPDATE product SET price = 77",
      "UPDATE product SET title = 'in between'",
      "SAVEPOINT s",
      "UPDATE product SET title = 'never'",
      "DELETE FROM product WHERE id = 11",
      "ROLLBACK TO s",
      "INSERT INTO product VALUES (50, 1, 'fifty', 50, 50, NULL, '50', NULL)",
      "COMMIT",
      "DELETE FROM maker WHERE id = 3",
      "UPDATE product SET price = id / 500.0",
  };
  for (size_t i = 0; i < COUNT(statements); i++)
    run(statements[i]);
}

#define DOCUMENT                                                                       \
  "jsonb_build_object('id', p.id, 'title', p.title, 'price', jsonb_build_object("      \
  "'value', p.price, 'twice', p.price * 2, '% 100', 100), 'weight', p.weight, "        \
  "'open', "                                                                           \
  "p.open, 'extra', p.extra, 'maker', jsonb_build_array(m.name, m.country, m.extra), " \
  "'rated', (SELECT count(*) FROM review r WHERE r.product = p.id)) AS document"

/* A document keeps what does not depend on what was updated. */
static void test_documents(void **state) {
  (void)state;
  create_shop();
  run("CREATE REALTIME VIEW products AS SELECT p.id, " DOCUMENT
      " FROM product p LEFT JOIN maker m ON m.id = p.maker");
  expect_explained("products", "patch for updates of public.product (title, price, "
                               "weight, open, extra, hidden): ");
  expect_explained("products",
                   "patch for updates of public.maker (name, country, extra): ");
  expect_explained("products", "\"rated\": %=");
  update_all();
  expect_rows(
      "SELECT document FROM products WHERE id = 50",
      "{\"id\": 50, \"open\": null, \"extra\": 50, \"maker\": [\"both\", \"FR\", "
      "null], \"price\": {\"% 100\": 100, \"twice\": 0.20000000000000000000, "
      "\"value\": 0.10000000000000000000}, \"rated\": "
      "0, \"title\": \"fifty\", \"weight\": 50}\n");
}

/* json keeps the blanks of what is put into it. */
static void test_json(void **state) {
  (void)state;
  create_shop();
  run("CREATE REALTIME VIEW products AS SELECT p.id, json_build_object('maker', "
      "m.extra, "
      "'title', p.title, 'extra', p.extra, 'list', json_build_array(m.extra, p.price, "
      "m.extra), 'stock', (SELECT s.amount FROM stock s WHERE s.product = p.id)) AS "
      "document, "
      "p.price + 1 AS more FROM product p JOIN maker m ON m.id = p.maker");
  expect_explained("products", "pg_json_patch(");
  update_all();
}

/* Rows that a condition beside the key pads, or that are one of several in a part: what leads to
 * more than the row itself is not followed. */
static void test_padded(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT p.id, m.name FROM product p LEFT JOIN maker m ON m.id = p.maker AND "
      "m.country "
      "= 'DE'",
      "SELECT p.id, m.name FROM product p LEFT JOIN maker m ON m.id = p.maker AND "
      "p.open",
      "SELECT m.id, m.name, p.title, p.price FROM maker m LEFT JOIN product p ON "
      "p.maker = "
      "m.id",
      "SELECT p.id, p.title, s.place, s.amount FROM stock s RIGHT JOIN product p ON "
      "s.product "
      "= p.id",
      "SELECT p.title, q.title AS other FROM product p LEFT JOIN product q ON q.id = "
      "p.id",
      "SELECT p.id, p.title, m.name FROM product p LEFT JOIN maker m ON m.id <= "
      "p.maker",
      "SELECT p.id, p.title || coalesce(m.name, '') AS both, p.hidden FROM product p "
      "LEFT "
      "JOIN maker m ON m.id = p.maker",
      "SELECT p.title, m.country FROM product p LEFT JOIN maker m ON m.id = p.maker "
      "WHERE "
      "m.name IS NULL OR p.price > 2",
      "SELECT p.title, s.amount FROM product p LEFT JOIN (stock s JOIN maker m ON m.id "
      "= "
      "s.id) ON s.product = p.id",
      "SELECT p.id, p.title, EXISTS (SELECT 1 FROM review r WHERE r.product = p.id AND "
      "r.rating > p.price) AS good FROM product p",
      "SELECT p.title, p.price FROM product p WHERE EXISTS (SELECT 1 FROM review r "
      "WHERE "
      "r.product = p.id)",
      "SELECT r.id, r.rating, p.title FROM review r LEFT JOIN product p ON p.id = "
      "r.product "
      "LEFT JOIN maker m ON m.id = p.maker",
  };
  create_shop();
  for (size_t i = 0; i < COUNT(queries); i++) {
    char sql[512];
    snprintf(sql, sizeof sql, "CREATE REALTIME VIEW v%zu AS %s", i, queries[i]);
    run(sql);
  }
  expect_explained("v3", "patch for updates of public.stock (id, amount, place): ");
  expect_explained(
      "v6",
      "patch for updates of public.product (price, weight, open, extra, hidden): ");
  expect_explained("v9",
                   "patch for updates of public.product (maker, title, weight, open, "
                   "extra, hidden): ");
  update_all();
}

/* A patch that fails changes nothing. */
static void test_failing(void **state) {
  (void)state;
  create_shop();
  run("CREATE REALTIME VIEW shares AS SELECT p.id, jsonb_build_object('share', 100 / "
      "(p.price - 7), 'rated', (SELECT count(*) FROM review r WHERE r.product = p.id)) "
      "AS "
      "document FROM product p");
  expect_explained("shares",
                   "patch for updates of public.product (maker, title, price");
  run_failing("UPDATE product SET price = 7 WHERE id = 3", "22012");
  expect_rows("SELECT price FROM product WHERE id = 3", "3\n");
  run("UPDATE product SET price = 8 WHERE id = 3");
}

/* What is no document of the view's is not patched: the write fails, and REFRESH repairs it. */
static void test_corrupt(void **state) {
  (void)state;
  static const char *const documents[] = {
      "{}", "", "{\"title\": ", "null",
      "{\"rated\": 1, \"title\": \"x\", \"more\": 1}"};
  create_shop();
  run("CREATE REALTIME VIEW titles AS SELECT p.id, jsonb_build_object('title', "
      "p.title, "
      "'rated', (SELECT count(*) FROM review r WHERE r.product = p.id)) AS document "
      "FROM "
      "product p");
  for (size_t i = 0; i < COUNT(documents); i++) {
    char sql[128];
    snprintf(sql, sizeof sql, "UPDATE titles SET document = '%s' WHERE id = 1",
             documents[i]);
    assert_int_equal(sqlite3_exec(local.database.handle, sql, NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(local_run(&local, "UPDATE product SET title = 'new' WHERE id = 1"),
                     TIDE_ERROR_CORRUPT);
    assert_string_equal(local.sqlite.error.hint,
                        "REFRESH REALTIME VIEW computes its rows anew.");
    expect_rows("SELECT title FROM product WHERE id = 1", "one\n");
    run("REFRESH REALTIME VIEW titles");
    run("UPDATE product SET price = price + 1");
  }
}

static const char *const statements_of_shop[] = {
    "CREATE TABLE product (id integer PRIMARY KEY, title text, price numeric)",
    "CREATE TABLE review (id integer PRIMARY KEY, product integer)",
    "INSERT INTO product VALUES (1, 'one', 1), (2, 'two', 2)",
    "CREATE REALTIME VIEW products AS SELECT p.id, jsonb_build_object('title', "
    "p.title, "
    "'price', p.price, 'rated', (SELECT count(*) FROM review r WHERE r.product = "
    "p.id)) AS "
    "document FROM product p",
    "UPDATE product SET title = title || '!', price = price + 1",
};

static int run_scenario(struct memory *memory, void *context) {
  (void)context;
  struct local_database database;
  int rc = local_open(&database, memory);
  for (size_t i = 0; i < COUNT(statements_of_shop) && rc == TIDE_OK; i++)
    rc = local_run(&database, statements_of_shop[i]);
  if (rc == TIDE_OK)
    rc = local_run(&database, "SELECT document FROM products ORDER BY id");
  if (rc == TIDE_OK)
    assert_string_equal(buffer_string(&database.rows),
                        "{\"price\": 2, \"rated\": 0, \"title\": \"one!\"}\n"
                        "{\"price\": 3, \"rated\": 0, \"title\": \"two!\"}\n");
  local_close(&database);
  return rc;
}

static void test_out_of_memory(void **state) {
  (void)state;
  some_failing_allocations(run_scenario, NULL, 120);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_documents), VIEW_TEST(test_json),
      VIEW_TEST(test_padded),    VIEW_TEST(test_failing),
      VIEW_TEST(test_corrupt),   cmocka_unit_test(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
