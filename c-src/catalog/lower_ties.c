/* FETCH FIRST … WITH TIES: the rows of a query with their ranks, as far as the rank of the last row that is asked for. */
#include <stdlib.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"

static const char **names_of(struct lowering *lowering, const struct sql_node *query) {
  int count = query_column_count(query);
  const char **names =
      arena_alloc(lowering->arena, ((size_t)count + 1) * sizeof *names);
  for (int i = 0; names && i < count; i++)
    names[i] = query_column_name(query, i);
  return names;
}

/* FROM (query) AS alias */
static struct sql_node *derive(struct lowering *lowering, struct sql_node *query,
                               const char *alias) {
  struct binder binder = {.arena = lowering->arena, .error = lowering->error};
  if (!query || query_unique_names(&binder, query) != TIDE_OK)
    return NULL;
  return lower_derived(lowering, query, alias);
}

/* The first `count` columns of a derived table; names NULL: called as they are there. */
static struct sql_node *columns_of(struct lowering *lowering,
                                   struct sql_node *reference, int count,
                                   const char *const *names, int32_t level) {
  struct sql_node *results = lower_list(lowering, reference->position, 0);
  for (int i = 0; results && i < count; i++) {
    struct sql_node *column = lower_derived_column(lowering, reference, i, level);
    const char *name = names ? names[i] : column ? column->text : NULL;
    if (!lower_append(lowering, results, lower_result(lowering, column, name)))
      return NULL;
  }
  return results;
}

/* function() OVER (ORDER BY the columns whose numbers `order` tells) */
static struct sql_node *ranking(struct lowering *lowering, const char *function,
                                struct sql_node *reference,
                                const struct sql_node *order, int32_t level) {
  uint32_t position = reference->position;
  struct sql_node *window = lower_node(lowering, SQL_WINDOW, position, NULL);
  struct sql_node *sort = lower_clone(lowering, order);
  for (uint32_t i = 0; sort && i < sort->count; i++) {
    struct sql_node **slot = &sort->child[i]->child[0];
    int index = (int)strtol((*slot)->text, NULL, 10) - 1;
    if (!(*slot = lower_derived_column(lowering, reference, index, level)))
      return NULL;
  }
  if (window)
    window->child[WINDOW_ORDER] = sort;
  return sort ? lower_numbering(lowering, function, position, window) : NULL;
}

/* SELECT the columns, rank(), row_number() FROM (the query) */
static struct sql_node *rank_rows(struct lowering *lowering, struct sql_node *query,
                                  const struct sql_node *order, int count) {
  int32_t level = --lowering->next_level;
  struct sql_node *rows = derive(lowering, query, "__rows");
  struct sql_node *results =
      rows ? columns_of(lowering, rows, count, NULL, level) : NULL;
  if (!results)
    return NULL;
  struct sql_node *rank = ranking(lowering, "rank", rows, order, level);
  struct sql_node *number = ranking(lowering, "row_number", rows, order, level);
  if (!lower_append(lowering, results, lower_result(lowering, rank, "__rank")) ||
      !lower_append(lowering, results, lower_result(lowering, number, "__number")))
    return NULL;
  return lower_query_of(lowering, lower_select_of(lowering, results, rows, level));
}

static struct sql_node *compare(struct lowering *lowering, const char *symbol,
                                struct sql_node *left, struct sql_node *right) {
  struct type types[2] = {TYPE(TYPE_BIGINT), TYPE(TYPE_BIGINT)}, result;
  const struct function *function;
  struct sql_node *node =
      lower_binary(lowering, symbol, left, right, TYPE(TYPE_BOOLEAN));
  if (node &&
      operator_find(symbol, types, 2, &function, types, &result) == FUNCTION_FOUND)
    node->bound = function;
  return node;
}

/* rank <= that of the last row AND number > OFFSET */
static struct sql_node *condition(struct lowering *lowering,
                                  const struct sql_node *query,
                                  struct sql_node *reference, int count,
                                  int32_t level) {
  struct sql_node *limit = lower_limit(lowering, query->child[QUERY_LIMIT], "pg_limit");
  struct sql_node *offset =
      lower_limit(lowering, query->child[QUERY_OFFSET], "pg_offset");
  if (lowering->error->code || !limit)
    return NULL;
  struct sql_node *rank = lower_derived_column(lowering, reference, count, level);
  if (!offset)
    offset = lower_integer(lowering, limit->position, 0);
  struct sql_node *number = lower_derived_column(lowering, reference, count + 1, level);
  struct sql_node *skipped = lower_clone(lowering, offset);
  struct sql_node *last =
      lower_function(lowering, "pg_last_rank", TYPE(TYPE_BIGINT),
                     lower_list(lowering, limit->position, 2, limit, offset));
  return lower_binary(lowering, "and", compare(lowering, "<=", rank, last),
                      compare(lowering, ">", number, skipped), TYPE(TYPE_BOOLEAN));
}

int lower_ties(struct lowering *lowering, struct sql_node *query) {
  struct sql_node *body = query->child[QUERY_BODY], *order = query->child[QUERY_ORDER];
  bool select = body->kind == SQL_SELECT;
  int count = query_column_count(query);
  int32_t level = --lowering->next_level;
  const char **names = names_of(lowering, query);
  struct sql_node *item = lower_node(lowering, SQL_ORDER, order->position, NULL);
  if (!names || !item || (select && !lower_hide_order(lowering, body, order)))
    return lower_nomem(lowering);
  struct sql_node *inner = lower_query_of(lowering, body);
  if (inner && select && body->child[SELECT_DISTINCT_ON])
    inner->child[QUERY_ORDER] = lower_clone(lowering, order);
  struct sql_node *ranked = rank_rows(lowering, inner, order, count);
  struct sql_node *reference = ranked ? derive(lowering, ranked, "__ranked") : NULL;
  struct sql_node *results =
      reference ? columns_of(lowering, reference, count, names, level) : NULL;
  struct sql_node *outer =
      results ? lower_select_of(lowering, results, reference, level) : NULL;
  if (!outer)
    return lower_nomem(lowering);
  outer->child[SELECT_WHERE] = condition(lowering, query, reference, count, level);
  item->child[0] = lower_derived_column(lowering, reference, count + 1, level);
  query->child[QUERY_BODY] = outer;
  query->child[QUERY_ORDER] = lower_list(lowering, order->position, 1, item);
  query->child[QUERY_LIMIT] = query->child[QUERY_OFFSET] = NULL;
  query->flags &= ~(uint32_t)SQL_TIES;
  bool made = outer->child[SELECT_WHERE] && item->child[0] && query->child[QUERY_ORDER];
  if (!made && !lowering->error->code)
    return lower_nomem(lowering);
  return made ? TIDE_OK : lowering->error->code;
}
