/* Tests of view/emit_outer_join.c: LEFT and RIGHT joins, chains of them, with conditions of every kind. */
#include "blog.h"

/* LEFT JOIN: keys, several matches, none, NULL keys. */
static void test_left(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT p.id, a.name FROM post p LEFT JOIN author a ON a.id = p.author",
      "SELECT a.id, p.id AS post, p.score FROM author a LEFT JOIN post p ON p.author = "
      "a.id",
      "SELECT a.name, p.score FROM author a LEFT JOIN post p ON p.author = a.id",
      "SELECT p.id, n.text FROM post p LEFT JOIN note n ON n.post = p.id",
      "SELECT n.text, p.score FROM note n LEFT JOIN post p ON p.id = n.post",
      "SELECT a.id, p.id AS post FROM author a LEFT JOIN post p ON p.author = a.id AND "
      "p.score > 5",
      "SELECT a.id, p.id AS post FROM author a LEFT JOIN post p ON p.author = a.id AND "
      "a.town = 1",
      "SELECT a.id FROM author a LEFT JOIN post p ON p.author = a.id WHERE p.id IS "
      "NULL",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental outer join\n");
  change_everything();
}

/* Chains, nests and mixtures with inner joins. */
static void test_several(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT p.id, a.name, t.name AS town FROM post p LEFT JOIN author a ON a.id = "
      "p.author LEFT JOIN town t ON t.id = a.town",
      "SELECT p.id, n.text, t.name FROM post p JOIN author a ON a.id = p.author LEFT "
      "JOIN town t ON t.id = a.town LEFT JOIN note n ON n.post = p.id",
      "SELECT a.id, p.id AS post, n.text FROM author a LEFT JOIN (post p JOIN note n "
      "ON n.post = p.id) ON p.author = a.id",
      "SELECT a.id, b.id AS other FROM author a LEFT JOIN author b ON b.town = a.town "
      "AND b.id <> a.id",
      "SELECT t.id, count.id AS author, p.score FROM town t LEFT JOIN author count ON "
      "count.town = t.id LEFT JOIN post p ON p.author = count.id",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental outer join\n");
  change_everything();
}

/* RIGHT JOIN is LEFT JOIN the other way round. */
static void test_right(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT a.id, p.id AS post FROM post p RIGHT JOIN author a ON p.author = a.id",
      "SELECT t.id, a.id AS author, p.id AS post FROM post p RIGHT JOIN author a ON "
      "p.author = a.id RIGHT JOIN town t ON t.id = a.town",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental outer join\n");
  change_everything();
}

/* A condition that gives no way from a row to those it affects: the view is recomputed, and right. */
static void test_unreached(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT a.id, p.id AS post FROM author a LEFT JOIN post p ON p.score > a.id",
      "SELECT p.id, t.name FROM post p LEFT JOIN author a ON a.id = p.author LEFT JOIN "
      "town t ON t.id = coalesce(a.town, 3)",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental outer join\n");
  change_everything();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_left),
      VIEW_TEST(test_several),
      VIEW_TEST(test_right),
      VIEW_TEST(test_unreached),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
