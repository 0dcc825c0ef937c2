/* WITHIN GROUP in SQLite's terms: an aggregate of what is ordered by, whose rows come in that order. */
#include <string.h>

#include "catalog/lower_internal.h"

static const char *collation_of(const struct sql_node *value) {
  const char *collation = type_collation(value->type);
  return collation ? collation : "";
}

static struct sql_node *text_literal(struct lowering *lowering,
                                     const struct sql_node *about, const char *text) {
  struct sql_node *literal = lower_node(lowering, SQL_STRING, about->position, text);
  if (literal)
    literal->type = TYPE(TYPE_TEXT);
  return literal;
}

/* How a column is ordered, as pg_rank and the like want it told. */
static struct sql_node *how_ordered(struct lowering *lowering,
                                    const struct sql_node *item) {
  bool descending = item->flags & SQL_DESC;
  bool nulls_first = item->flags & (SQL_NULLS_FIRST | SQL_NULLS_LAST)
                         ? item->flags & SQL_NULLS_FIRST
                         : descending;
  const char *text =
      arena_format(lowering->arena, "%c%c%s", descending ? '>' : '<',
                   nulls_first ? 'f' : 'l', collation_of(item->child[0]));
  return text ? text_literal(lowering, item, text) : NULL;
}

/* Of each column what it is compared with, itself, and how it is ordered. */
static struct sql_node *row_arguments(struct lowering *lowering,
                                      const struct sql_node *direct,
                                      const struct sql_node *order) {
  struct sql_node *all = lower_list(lowering, direct->position, 0);
  for (uint32_t i = 0; all && i < order->count; i++) {
    const struct sql_node *item = order->child[i];
    if (!lower_append(lowering, all, direct->child[i]) ||
        !lower_append(lowering, all, lower_clone(lowering, item->child[0])) ||
        !lower_append(lowering, all, how_ordered(lowering, item)))
      return NULL;
  }
  return all;
}

/* The fraction and the value; or the value and its collation. */
static struct sql_node *value_arguments(struct lowering *lowering,
                                        const struct sql_node *direct,
                                        const struct sql_node *order) {
  const struct sql_node *value = order->child[0]->child[0];
  struct sql_node *copy = lower_clone(lowering, value);
  return direct ? lower_list(lowering, value->position, 2, direct->child[0], copy)
                : lower_list(lowering, value->position, 2, copy,
                             text_literal(lowering, value, collation_of(value)));
}

bool lower_within(struct lowering *lowering, struct sql_node *call) {
  const struct function *function = call->bound;
  const struct sql_node *direct = call->child[CALL_ARGUMENTS];
  struct sql_node *order = call->child[CALL_WITHIN];
  bool row = function->flags & FUNCTION_VARIADIC;
  call->child[CALL_ARGUMENTS] = row ? row_arguments(lowering, direct, order)
                                    : value_arguments(lowering, direct, order);
  /* other ranks compare each row by itself */
  bool sorted = !row || strcmp(function->name, "dense_rank") == 0;
  call->child[CALL_ORDER] = sorted ? order : NULL;
  call->child[CALL_WITHIN] = NULL;
  return call->child[CALL_ARGUMENTS] != NULL;
}

struct sql_node *lower_checked(struct lowering *lowering, struct sql_node *call,
                               const struct function *function) {
  bool fraction = (function->flags & FUNCTION_ORDERED) &&
                  function->argument_count == 2 && !function->argument[0].array;
  if (!fraction)
    return call;
  struct sql_node *value = lower_clone(lowering, call->child[CALL_ARGUMENTS]->child[0]);
  return lower_function(lowering, "pg_percentile_checked", call->type,
                        lower_list(lowering, call->position, 2, call, value));
}
