/* Tests of view/emit_subquery.c: EXISTS, IN, NOT IN, one value, arrays, LATERAL, correlated or not. */
#include "blog.h"

/* Subqueries in WHERE. */
static void test_conditions(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT a.id, a.name FROM author a WHERE EXISTS (SELECT 1 FROM post p WHERE "
      "p.author = a.id AND p.score > 5)",
      "SELECT a.id FROM author a WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.author "
      "= a.id)",
      "SELECT a.id FROM author a WHERE a.id IN (SELECT p.author FROM post p WHERE "
      "p.score > 2)",
      "SELECT a.id FROM author a WHERE a.id NOT IN (SELECT p.author FROM post p)",
      "SELECT a.id FROM author a WHERE a.town NOT IN (SELECT t.id FROM town t)",
      "SELECT p.id FROM post p WHERE p.score > (SELECT avg(q.score) FROM post q WHERE "
      "q.author = p.author)",
      "SELECT p.id FROM post p WHERE p.score = (SELECT max(score) FROM post)",
      "SELECT p.id FROM post p WHERE p.score > ALL (SELECT q.score FROM post q WHERE "
      "q.author = p.author AND q.id <> p.id)",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental subquery\n");
  change_everything();
}

/* Subqueries in subqueries, and over joins. */
static void test_nested(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT t.id FROM town t WHERE EXISTS (SELECT 1 FROM author a WHERE a.town = "
      "t.id AND EXISTS (SELECT 1 FROM post p WHERE p.author = a.id AND p.score > 5))",
      "SELECT t.id, (SELECT count(*) FROM author a JOIN post p ON p.author = a.id "
      "WHERE a.town = t.id) AS posts FROM town t",
      "SELECT a.id, t.name FROM author a JOIN town t ON t.id = a.town WHERE a.id IN "
      "(SELECT p.author FROM post p WHERE p.id IN (SELECT n.post FROM note n))",
      "SELECT n.text, EXISTS (SELECT 1 FROM post p WHERE p.id = n.post) AS known FROM "
      "note n",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental subquery\n");
  change_everything();
}

/* Subqueries among the results. */
static void test_values(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT a.id, (SELECT count(*) FROM post p WHERE p.author = a.id) AS posts FROM "
      "author a",
      "SELECT a.id, (SELECT max(p.score) FROM post p WHERE p.author = a.id) AS best "
      "FROM author a",
      "SELECT p.id, (SELECT a.name FROM author a WHERE a.id = p.author) AS name FROM "
      "post p",
      "SELECT a.id, ARRAY(SELECT p.score FROM post p WHERE p.author = a.id ORDER BY "
      "p.id) AS scores FROM author a",
      "SELECT a.id, t.name, (SELECT json_agg(p.score ORDER BY p.id) FROM post p WHERE "
      "p.author = a.id) AS scores FROM author a LEFT JOIN town t ON t.id = a.town",
      "SELECT a.id, (SELECT p.score FROM post p WHERE p.author = a.id ORDER BY p.score "
      "DESC, p.id LIMIT 1) AS top FROM author a",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental subquery\n");
  change_everything();
}

/* LATERAL subqueries. */
static void test_lateral(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT a.id, x.n FROM author a, LATERAL (SELECT count(*) AS n FROM post p WHERE "
      "p.author = a.id) x",
      "SELECT a.id, x.id AS post FROM author a LEFT JOIN LATERAL (SELECT p.id FROM "
      "post p WHERE p.author = a.id ORDER BY p.score DESC, p.id LIMIT 2) x ON true",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental subquery\n");
  change_everything();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_conditions),
      VIEW_TEST(test_nested),
      VIEW_TEST(test_values),
      VIEW_TEST(test_lateral),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
