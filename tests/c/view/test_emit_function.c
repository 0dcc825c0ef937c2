/* Tests of view/emit_function.c: functions that return rows, of each row. */
#include "blog.h"

/* In FROM. */
static void test_from(void **state) {
  (void)state;
  static const char *const queries[] = {
      "SELECT p.id, t.value FROM post p, jsonb_array_elements(p.tags) t",
      "SELECT p.id, g FROM post p, generate_series(1, p.score) g",
      "SELECT a.id, t.value FROM author a JOIN post p ON p.author = a.id CROSS JOIN "
      "jsonb_array_elements(p.tags) t",
      NULL};
  create_tables();
  create_views(queries, "maintenance: incremental function\n");
  change_everything();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      VIEW_TEST(test_from),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
