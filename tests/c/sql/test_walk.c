/* Visiting, rewriting, copying and comparing trees. */
#include "sql/statements.h"

#include "sql/walk.h"

struct visit {
  int count;
  enum sql_kind kind;
  enum sql_walk answer; /* on a node of that kind */
};

static enum sql_walk count_nodes(const struct sql_node *node, void *context) {
  struct visit *visit = context;
  visit->count++;
  return node->kind == visit->kind ? visit->answer : SQL_WALK_ON;
}

/* Every node is visited, parents first; a subtree can be skipped and the walk stopped. */
static void test_walk(void **state) {
  (void)state;
  struct parsed parsed;
  struct sql_node *root = (struct sql_node *)read_statement(
      &parsed, SQL_DIALECT_POSTGRES, "SELECT a + b, c");
  struct visit all = {0, SQL_BINARY, SQL_WALK_ON};
  assert_true(sql_walk(root, count_nodes, &all));
  /* query, select, list, result, binary, a, b, result, c */
  assert_int_equal(all.count, 9);
  struct visit skipped = {0, SQL_BINARY, SQL_WALK_SKIP};
  assert_true(sql_walk(root, count_nodes, &skipped));
  assert_int_equal(skipped.count, 7);
  struct visit stopped = {0, SQL_BINARY, SQL_WALK_STOP};
  assert_false(sql_walk(root, count_nodes, &stopped));
  assert_int_equal(stopped.count, 5);
  assert_true(sql_walk(NULL, count_nodes, &all));
  forget(&parsed);
}

/* Columns become what the arena of the context makes of them. */
static struct sql_node *null_for_column(struct sql_node *node, void *context) {
  return node->kind == SQL_COLUMN ? sql_node_new(context, SQL_NULL, node->position)
                                  : node;
}

/* Rewriting replaces nodes from the leaves up, the root included. */
static void test_rewrite(void **state) {
  (void)state;
  struct parsed parsed;
  struct buffer out;
  struct sql_node *root = (struct sql_node *)read_statement(
      &parsed, SQL_DIALECT_POSTGRES, "SELECT a + f(b), (SELECT c) FROM t WHERE d");
  root = sql_rewrite(root, null_for_column, &parsed.arena);
  buffer_init(&out, memory_default());
  sql_print(root, SQL_DIALECT_POSTGRES, &out, &parsed.error);
  assert_string_equal(buffer_string(&out),
                      "SELECT NULL + f(NULL), (SELECT NULL) FROM t WHERE NULL");
  struct sql_node *column = sql_node_text(&parsed.arena, SQL_COLUMN, 0, "a");
  assert_int_equal(sql_rewrite(column, null_for_column, &parsed.arena)->kind, SQL_NULL);
  assert_null(sql_rewrite(NULL, null_for_column, &parsed.arena));
  buffer_deinit(&out);
  forget(&parsed);
}

static bool same(const char *left, const char *right) {
  struct parsed one, other;
  bool equal = sql_equal(read_statement(&one, SQL_DIALECT_POSTGRES, left),
                         read_statement(&other, SQL_DIALECT_POSTGRES, right));
  forget(&one);
  forget(&other);
  return equal;
}

/* Trees are equal when they say the same, wherever it stood. */
static void test_equal(void **state) {
  (void)state;
  assert_true(same("SELECT a", "  select A  "));
  assert_true(same("SELECT (a + b)", "SELECT a+b"));
  assert_false(same("SELECT a", "SELECT \"A\""));
  assert_false(same("SELECT a", "SELECT a AS a"));
  assert_false(same("SELECT $1", "SELECT $2"));
  assert_false(same("SELECT 'a'", "SELECT a"));
  assert_false(same("SELECT 1", "SELECT 1.0"));
  assert_false(same("SELECT a, b", "SELECT a"));
  assert_false(same("SELECT a UNION SELECT b", "SELECT a UNION ALL SELECT b"));
  assert_false(same("SELECT a LIKE b", "SELECT a ILIKE b"));
  assert_true(sql_equal(NULL, NULL));
}

/* A copy keeps what binding found, and is independent of its original. */
static void test_clone(void **state) {
  (void)state;
  struct arena original, copied;
  arena_init(&original, memory_default());
  arena_init(&copied, memory_default());
  struct sql_node *list = sql_node_new(&original, SQL_LIST, 3);
  struct sql_node *column = sql_node_text(&original, SQL_COLUMN, 5, "a");
  column->type = TYPE(TYPE_INTEGER);
  column->bound = &original;
  column->bound_index = 7;
  assert_ptr_equal(sql_list_append(&original, list, column), list);
  struct sql_node *copy = sql_clone(&copied, list);
  arena_deinit(&original);
  assert_int_equal(copy->position, 3);
  assert_int_equal(copy->count, 1);
  assert_string_equal(copy->child[0]->text, "a");
  assert_int_equal(copy->child[0]->type.id, TYPE_INTEGER);
  assert_ptr_equal(copy->child[0]->bound, &original);
  assert_int_equal(copy->child[0]->bound_index, 7);
  /* A copy of a list can grow. */
  for (uint32_t i = 0; i < 100; i++)
    assert_non_null(sql_list_append(&copied, copy, copy->child[0]));
  assert_int_equal(copy->count, 101);
  assert_null(sql_clone(&copied, NULL));
  arena_deinit(&copied);
}

/* Every kind has a name. */
static void test_names(void **state) {
  (void)state;
  assert_string_equal(sql_kind_name(SQL_CTE), "common table expression");
  assert_string_equal(sql_kind_name(SQL_KIND_COUNT), "unknown");
}

static int build(struct memory *memory, void *context) {
  (void)context;
  struct arena arena;
  arena_init(&arena, memory);
  struct sql_node *list = sql_node_new(&arena, SQL_LIST, 0);
  for (int i = 0; i < 500; i++)
    list = sql_list_append(&arena, list, sql_node_text(&arena, SQL_NAME, 0, "a"));
  struct sql_node *copy = sql_clone(&arena, list);
  int code = arena.failed ? TIDE_ERROR_NOMEM : TIDE_OK;
  assert_true(arena.failed || sql_equal(list, copy));
  arena_deinit(&arena);
  return code;
}

/* The constructors return NULL and mark the arena when memory runs out. */
static void test_failing_memory(void **state) {
  (void)state;
  each_failing_allocation(build, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_walk),  cmocka_unit_test(test_rewrite),
      cmocka_unit_test(test_equal), cmocka_unit_test(test_clone),
      cmocka_unit_test(test_names), cmocka_unit_test(test_failing_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
