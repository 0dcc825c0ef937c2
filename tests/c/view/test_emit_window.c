/* Tests of view/emit_window.c: window functions by partition. */
#include "blog.h"

/* Partitions by one column, several windows, windows by name. */
static void test_partitions(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT p.id, rank() OVER (PARTITION BY p.author ORDER BY p.score) AS r FROM "
      "post p",
      "SELECT p.id, p.author, sum(p.score) OVER w AS total, row_number() OVER (w ORDER "
      "BY p.score, p.id) AS n FROM post p WINDOW w AS (PARTITION BY p.author)",
      "SELECT p.id, count(*) OVER (PARTITION BY p.author) AS n, lag(p.score) OVER "
      "(PARTITION BY p.author, p.tags ORDER BY p.id) AS before FROM post p WHERE "
      "p.score > 1",
      "SELECT p.id, a.name, first_value(p.id) OVER (PARTITION BY a.id ORDER BY p.score "
      "DESC, p.id) AS best FROM post p JOIN author a ON a.id = p.author",
      "SELECT n.text, count(*) OVER (PARTITION BY n.post) AS c FROM note n",
      NULL};
  create_tables();
  create_views(queries, "maintenance: recompute of the window partitions affected\n");
  change_everything();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_partitions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
