/* Tests of view/emit_distinct_on.c: DISTINCT ON by group. */
#include "blog.h"

/* One row per group: the first of an order. */
static void test_groups(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT DISTINCT ON (p.author) p.author, p.id, p.score FROM post p ORDER BY "
      "p.author, p.score DESC, p.id",
      "SELECT DISTINCT ON (p.author, p.score) p.id FROM post p ORDER BY p.author, "
      "p.score, p.id DESC",
      "SELECT DISTINCT ON (a.id) a.id, a.name, p.score FROM author a LEFT JOIN post p "
      "ON p.author = a.id ORDER BY a.id, p.score, p.id",
      NULL};
  create_tables();
  create_views(queries, "maintenance: recompute of the DISTINCT ON groups affected\n");
  change_everything();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_groups),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
