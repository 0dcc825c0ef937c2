/* Set operations in SQLite's terms: its compounds lean to the left and know ALL for UNION only. */
#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"

/* --- INTERSECT ALL and EXCEPT ALL --- */

/* SELECT columns, row_number() OVER (PARTITION BY columns) FROM (body): the n-th of equal rows becomes unlike the
 * others, so that sets can do what multisets were asked for. */
static struct sql_node *number_equal_rows(struct lowering *lowering,
                                          struct sql_node *body) {
  uint32_t position = body->position;
  int32_t level = --lowering->next_level;
  int count = query_column_count(body);
  struct binder binder = {.arena = lowering->arena, .error = lowering->error};
  struct sql_node *query =
      body->kind == SQL_QUERY ? body : lower_query_of(lowering, body);
  if (!query || query_unique_names(&binder, query) != TIDE_OK)
    return NULL;
  struct sql_node *reference = lower_derived(lowering, query, "__rows");
  struct sql_node *results = lower_list(lowering, position, 0);
  struct sql_node *partition = lower_list(lowering, position, 0);
  struct sql_node *window = lower_node(lowering, SQL_WINDOW, position, NULL);
  struct sql_node *call = lower_numbering(lowering, "row_number", position, window);
  if (!reference || !results || !partition || !window || !call)
    return NULL;
  for (int i = 0; i < count; i++) {
    struct sql_node *column = lower_derived_column(lowering, reference, i, level);
    struct sql_node *same = lower_derived_column(lowering, reference, i, level);
    if (!lower_append(lowering, results,
                      column ? lower_result(lowering, column, column->text) : NULL) ||
        !lower_append(lowering, partition, same))
      return NULL;
  }
  window->child[WINDOW_PARTITION] = partition;
  return lower_append(lowering, results, lower_result(lowering, call, "__number"))
             ? lower_select_of(lowering, results, reference, level)
             : NULL;
}

static int lower_multiset(struct lowering *lowering, struct sql_node **operation) {
  struct sql_node *node = *operation;
  uint32_t position = node->position;
  int32_t level = --lowering->next_level;
  int count = query_column_count(node);
  node->flags &= ~(uint32_t)SQL_ALL;
  for (int i = 0; i < 2; i++) {
    node->child[i] = number_equal_rows(lowering, node->child[i]);
    if (!node->child[i])
      return lowering->error->code;
  }
  struct sql_node *reference =
      lower_derived(lowering, lower_query_of(lowering, node), "__numbered");
  struct sql_node *results = lower_list(lowering, position, 0);
  for (int i = 0; reference && results && i < count; i++) {
    struct sql_node *column = lower_derived_column(lowering, reference, i, level);
    if (!lower_append(lowering, results,
                      column ? lower_result(lowering, column, column->text) : NULL))
      return lowering->error->code;
  }
  *operation = reference ? lower_select_of(lowering, results, reference, level) : NULL;
  return *operation ? lower_select(lowering, *operation, true) : lower_nomem(lowering);
}

/* --- the others --- */

static bool is_bare_query(const struct sql_node *node) {
  return node->kind == SQL_QUERY && !node->child[QUERY_WITH] &&
         !node->child[QUERY_ORDER] && !node->child[QUERY_LIMIT] &&
         !node->child[QUERY_OFFSET];
}

/* An operand as SQLite can have it at this place; parentheses are spelled as a subquery. */
static int lower_operand(struct lowering *lowering, struct sql_node **operand,
                         bool left, bool collate) {
  while (is_bare_query(*operand))
    *operand = (*operand)->child[QUERY_BODY];
  int rc = lower_body(lowering, operand, collate);
  if (rc != TIDE_OK)
    return rc;
  bool simple = (*operand)->kind == SQL_SELECT || (*operand)->kind == SQL_VALUES;
  if (simple || (left && (*operand)->kind == SQL_SET_OPERATION))
    return TIDE_OK;
  *operand = lower_wrap(lowering, *operand);
  return *operand ? TIDE_OK : lower_nomem(lowering);
}

/* The printer would have to put parentheses around UNION or EXCEPT on the left of INTERSECT: not in SQLite, where all
 * compounds bind alike. */
static int flatten_left(struct lowering *lowering, struct sql_node *operation) {
  struct sql_node **left = &operation->child[BODY_LEFT];
  if (operation->op != SQL_INTERSECT || (*left)->kind != SQL_SET_OPERATION ||
      (*left)->op == SQL_INTERSECT)
    return TIDE_OK;
  *left = lower_wrap(lowering, *left);
  return *left ? TIDE_OK : lower_nomem(lowering);
}

static int lower_one(struct lowering *lowering, struct sql_node **operation,
                     bool collate) {
  struct sql_node *node = *operation;
  bool all = node->flags & SQL_ALL;
  if (all && node->op != SQL_UNION)
    return lower_multiset(lowering, operation);
  int rc = lower_operand(lowering, &node->child[BODY_LEFT], true, collate || !all);
  if (rc == TIDE_OK)
    rc = lower_operand(lowering, &node->child[BODY_RIGHT], false, collate || !all);
  return rc == TIDE_OK ? flatten_left(lowering, node) : rc;
}

int lower_set_operation(struct lowering *lowering, struct sql_node **operation,
                        bool collate) {
  if (!lower_enter(lowering, (*operation)->position))
    return lowering->error->code;
  int rc = lower_one(lowering, operation, collate);
  lowering->depth--;
  return rc;
}
