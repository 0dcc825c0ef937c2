/* SELECT, WITH, ORDER BY and LIMIT in SQLite's terms. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"
#include "catalog/spelling.h"
#include "sql/walk.h"

/* --- LIMIT and OFFSET --- */

static bool is_count(const struct sql_node *node) {
  return node->kind == SQL_INTEGER && strspn(node->text, "0123456789") == node->length;
}

/* Of a query around this one: a limit has no columns of its own. */
static enum sql_walk is_column(const struct sql_node *node, void *context) {
  (void)context;
  if (node->kind == SQL_QUERY)
    return SQL_WALK_SKIP;
  return node->kind == SQL_COLUMN ? SQL_WALK_STOP : SQL_WALK_ON;
}

struct sql_node *lower_limit(struct lowering *lowering, struct sql_node *node,
                             const char *function) {
  if (!node || node->kind == SQL_NULL)
    return NULL;
  if (node->kind == SQL_CAST && is_count(node->child[CAST_OPERAND]))
    node = node->child[CAST_OPERAND];
  if (is_count(node))
    return node;
  if (!sql_walk(node, is_column, NULL)) {
    lower_unsupported(lowering, node->position,
                      "a LIMIT or OFFSET that refers to tables");
    return NULL;
  }
  struct sql_node *value =
      lower_is_bare_parameter(node) ? node : lower_value(lowering, node);
  return value ? lower_function(lowering, function, TYPE(TYPE_BIGINT),
                                lower_list(lowering, node->position, 1, value))
               : NULL;
}

static int lower_limits(struct lowering *lowering, struct sql_node *query) {
  struct sql_node *limit = lower_limit(lowering, query->child[QUERY_LIMIT], "pg_limit");
  struct sql_node *offset =
      lower_limit(lowering, query->child[QUERY_OFFSET], "pg_offset");
  if (lowering->error->code)
    return lowering->error->code;
  if (offset && !limit) { /* SQLite has no OFFSET without LIMIT */
    limit = lower_integer(lowering, offset->position, -1);
    if (!limit)
      return lowering->error->code;
  }
  query->child[QUERY_LIMIT] = limit;
  query->child[QUERY_OFFSET] = offset;
  return TIDE_OK;
}

/* --- WITH --- */

int lower_with(struct lowering *lowering, struct sql_node *with) {
  for (uint32_t i = 0; with && i < with->count; i++) {
    struct sql_node *cte = with->child[i];
    if (lower_is_volatile(cte)) { /* random() is to be called once per row */
      cte->flags &= ~(uint32_t)SQL_NOT_MATERIALIZED;
      cte->flags |= SQL_MATERIALIZED;
    }
    int rc = lower_query(lowering, cte->child[CTE_STATEMENT]);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

/* --- DISTINCT ON --- */

/* What a number among the results stands for. */
struct sql_node *lower_meant(struct lowering *lowering, const struct sql_node *node,
                             const struct sql_node *results) {
  uint32_t ordinal = 0;
  if (node->kind != SQL_INTEGER)
    return lower_clone(lowering, node);
  for (const char *digit = node->text; *digit; digit++)
    ordinal = ordinal * 10 + (uint32_t)(*digit - '0');
  if (ordinal < 1 || ordinal > results->count)
    return lower_clone(lowering, node);
  return lower_clone(lowering, results->child[ordinal - 1]->child[0]);
}

struct sql_node *lower_numbering(struct lowering *lowering, const char *name,
                                 uint32_t position, struct sql_node *window) {
  const struct function *function;
  struct type none[1] = {TYPE(TYPE_UNKNOWN)}, result;
  function_find(name, none, 0, &function, none, &result);
  struct sql_node *call =
      lower_function(lowering, name, result, lower_list(lowering, position, 0));
  if (!call || !window)
    return NULL;
  call->bound = function;
  call->child[CALL_OVER] = window;
  return call;
}

/* row_number() OVER (PARTITION BY the expressions of DISTINCT ON ORDER BY that of the query) */
static struct sql_node *number_in_group(struct lowering *lowering,
                                        const struct sql_node *select,
                                        const struct sql_node *order) {
  uint32_t position = select->position;
  const struct sql_node *results = select->child[SELECT_RESULTS];
  const struct sql_node *distinct = select->child[SELECT_DISTINCT_ON];
  struct sql_node *window = lower_node(lowering, SQL_WINDOW, position, NULL);
  struct sql_node *call = lower_numbering(lowering, "row_number", position, window);
  struct sql_node *partition = lower_list(lowering, position, 0);
  struct sql_node *sort = order ? lower_clone(lowering, order) : NULL;
  if (!call || !partition || (order && !sort))
    return NULL;
  for (uint32_t i = 0; i < distinct->count; i++) {
    if (!lower_append(lowering, partition,
                      lower_meant(lowering, distinct->child[i], results)))
      return NULL;
  }
  for (uint32_t i = 0; sort && i < sort->count; i++) {
    sort->child[i]->child[0] = lower_meant(lowering, sort->child[i]->child[0], results);
    if (!sort->child[i]->child[0])
      return NULL;
  }
  window->child[WINDOW_PARTITION] = partition;
  window->child[WINDOW_ORDER] = sort;
  return call;
}

/* What the query is ordered by has to be a result of the inner query; *slot becomes that column. */
static bool carry_order(struct lowering *lowering, struct sql_node **slot,
                        struct sql_node *inner, struct sql_node *reference,
                        int32_t level) {
  struct sql_node *results = inner->child[SELECT_RESULTS];
  if ((*slot)->kind == SQL_INTEGER)
    return true;
  const char *name =
      arena_format(lowering->arena, "__order_%u", (unsigned)results->count);
  struct sql_node *result = name ? lower_result(lowering, *slot, name) : NULL;
  if (!result || !lower_append(lowering, results, result))
    return false;
  *slot = lower_derived_column(lowering, reference, (int)results->count - 1, level);
  return *slot != NULL;
}

/* FROM (select) AS alias: *columns are its results as columns of that, with their names; they are made unique inside. */
static struct sql_node *derive(struct lowering *lowering, struct sql_node *select,
                               const char *alias, int32_t level,
                               struct sql_node **columns) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  uint32_t count = results->count;
  struct binder binder = {.arena = lowering->arena, .error = lowering->error};
  struct sql_node *inner = lower_query_of(lowering, select);
  const char **names = arena_alloc(lowering->arena, (count + 1) * sizeof *names);
  if (!inner || !names)
    return NULL;
  for (uint32_t i = 0; i < count; i++)
    names[i] = results->child[i]->text;
  if (query_unique_names(&binder, inner) != TIDE_OK)
    return NULL;
  struct sql_node *reference = lower_derived(lowering, inner, alias);
  *columns = lower_list(lowering, select->position, 0);
  for (uint32_t i = 0; reference && *columns && i < count; i++) {
    struct sql_node *column = lower_derived_column(lowering, reference, (int)i, level);
    if (!lower_append(lowering, *columns, lower_result(lowering, column, names[i])))
      return NULL;
  }
  return *columns ? reference : NULL;
}

int lower_distinct_on(struct lowering *lowering, struct sql_node *query,
                      struct sql_node **body) {
  struct sql_node *select = *body;
  struct sql_node *order = query ? query->child[QUERY_ORDER] : NULL;
  struct sql_node *results = select->child[SELECT_RESULTS];
  uint32_t count = results->count;
  int32_t level = --lowering->next_level;
  struct sql_node *number = number_in_group(lowering, select, order);
  if (number && lower_is_volatile(number->child[CALL_OVER]->child[WINDOW_PARTITION]))
    return lower_unsupported(lowering, select->position,
                             "a volatile function in DISTINCT ON");
  select->child[SELECT_DISTINCT_ON] = NULL;
  select->flags &= ~(uint32_t)SQL_DISTINCT;
  struct sql_node *outer_results;
  struct sql_node *reference =
      number ? derive(lowering, select, "__groups", level, &outer_results) : NULL;
  if (!reference ||
      !lower_append(lowering, results, lower_result(lowering, number, "__number")))
    return lower_nomem(lowering);
  struct sql_node *first = lower_derived_column(lowering, reference, (int)count, level);
  for (uint32_t i = 0; order && i < order->count; i++) {
    if (!carry_order(lowering, &order->child[i]->child[0], select, reference, level))
      return lowering->error->code;
  }
  struct sql_node *outer = lower_select_of(lowering, outer_results, reference, level);
  if (!outer)
    return lower_nomem(lowering);
  outer->child[SELECT_WHERE] =
      lower_binary(lowering, "=", first, lower_integer(lowering, select->position, 1),
                   TYPE(TYPE_BOOLEAN));
  struct type types[2] = {TYPE(TYPE_BIGINT), TYPE(TYPE_BIGINT)}, result;
  const struct function *equal;
  operator_find("=", types, 2, &equal, types, &result);
  if (!outer->child[SELECT_WHERE])
    return lower_nomem(lowering);
  outer->child[SELECT_WHERE]->bound = equal;
  *body = outer;
  return TIDE_OK;
}

/* --- SELECT --- */

/* `collate`: rows are compared with each other, so each result names its collation. */
static bool lower_results(struct lowering *lowering, struct sql_node *results,
                          bool collate) {
  for (uint32_t i = 0; i < results->count; i++) {
    struct sql_node **slot = &results->child[i]->child[0];
    if ((*slot)->kind == SQL_STAR)
      continue;
    struct ordering ordering = lower_ordering(*slot);
    if (!lower_slot(lowering, slot))
      return false;
    /* Whoever reads the column would go by a collation named somewhere inside. */
    if (collate || lower_names_collation(*slot))
      *slot = lower_ordered(lowering, *slot, ordering, NULL);
    if (!*slot)
      return false;
  }
  return true;
}

static bool lower_group(struct lowering *lowering, struct sql_node *group) {
  if (group && lower_is_volatile(group)) {
    lower_unsupported(lowering, group->position, "a volatile function in GROUP BY");
    return false;
  }
  for (uint32_t i = 0; group && i < group->count; i++) {
    /* Numbers stand for constant results (bind_select.c). */
    if (group->child[i]->kind != SQL_INTEGER &&
        !lower_slot_ordered(lowering, &group->child[i]))
      return false;
  }
  return true;
}

/* HAVING without groups or aggregates filters the one row there is; no column can be in it. */
static void having_without_groups(struct sql_node *select) {
  bool aggregates = select->bound_index == 1;
  if (!select->child[SELECT_HAVING] || select->child[SELECT_GROUP] || aggregates)
    return;
  select->child[SELECT_FROM] = NULL;
  select->child[SELECT_WHERE] = select->child[SELECT_HAVING];
  select->child[SELECT_HAVING] = NULL;
}

static enum sql_walk stop_at_aggregate(const struct sql_node *node, void *context) {
  const int32_t *level = context;
  if (bind_is_window_call(node))
    return SQL_WALK_SKIP;
  return bind_is_aggregate(node) && node->index == *level ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* SQLite looks for aggregates among the results only, and not within window functions, to see whether there may be HAVING, or
 * aggregates in ORDER BY, without GROUP BY: is there none? */
static bool hides_aggregates(const struct sql_node *select) {
  int32_t level = select->index;
  bool aggregates = select->bound_index == 1;
  return (select->child[SELECT_HAVING] || aggregates) && !select->child[SELECT_GROUP] &&
         sql_walk(select->child[SELECT_RESULTS], stop_at_aggregate, &level);
}

/* CASE WHEN count(*) >= 0 THEN the first result END. */
static bool show_aggregate(struct lowering *lowering, struct sql_node *select) {
  struct sql_node **first = &select->child[SELECT_RESULTS]->child[0]->child[0];
  uint32_t position = (*first)->position;
  struct sql_node *all = lower_function(lowering, "count", TYPE(TYPE_BIGINT),
                                        lower_list(lowering, position, 0));
  struct sql_node *when = lower_node(lowering, SQL_WHEN, position, NULL);
  struct sql_node *result = lower_node(lowering, SQL_CASE, position, NULL);
  if (!all || !when || !result)
    return false;
  all->flags |= SQL_ALL_ROWS;
  when->child[WHEN_CONDITION] = lower_binary(
      lowering, ">=", all, lower_integer(lowering, position, 0), TYPE(TYPE_BOOLEAN));
  when->child[WHEN_RESULT] = *first;
  result->child[CASE_WHENS] = lower_list(lowering, position, 1, when);
  result->type = (*first)->type;
  *first = result;
  return when->child[WHEN_CONDITION] && result->child[CASE_WHENS];
}

static enum sql_walk find_right_join(const struct sql_node *node, void *context) {
  (void)context;
  if (node->kind == SQL_QUERY)
    return SQL_WALK_SKIP;
  bool right = node->kind == SQL_JOIN &&
               (node->op == SQL_RIGHT_OUTER || node->op == SQL_FULL_OUTER);
  return right ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool has_right_join(const struct sql_node *select) {
  const struct sql_node *from = select->child[SELECT_FROM];
  return from && !sql_walk(from, find_right_join, NULL);
}

static int lower_parts(struct lowering *lowering, struct sql_node *select,
                       bool collate) {
  having_without_groups(select);
  bool hidden = hides_aggregates(select);
  bool distinct = select->flags & SQL_DISTINCT;
  struct sql_node *results = select->child[SELECT_RESULTS];
  bool done = lower_from(lowering, &select->child[SELECT_FROM]) == TIDE_OK &&
              lower_group(lowering, select->child[SELECT_GROUP]) &&
              lower_results(lowering, results, collate || distinct) &&
              (!hidden || show_aggregate(lowering, select)) &&
              lower_slot(lowering, &select->child[SELECT_WHERE]) &&
              lower_slot(lowering, &select->child[SELECT_HAVING]);
  return done ? TIDE_OK : lowering->error->code;
}

int lower_select(struct lowering *lowering, struct sql_node *select, bool collate) {
  bool outer = lowering->padded;
  lowering->padded = has_right_join(select);
  int rc = lower_parts(lowering, select, collate);
  lowering->padded = outer;
  return rc;
}

/* --- VALUES --- */

static struct sql_node *values_column(struct lowering *lowering,
                                      struct sql_node *reference, int index,
                                      int32_t level) {
  struct sql_node *column = lower_derived_column(lowering, reference, index, level);
  if (!column)
    return NULL;
  const char *name = column->text;
  return lower_result(
      lowering, lower_ordered(lowering, column, lower_ordering(column), NULL), name);
}

/* SQLite gives no collation to the columns of VALUES: a SELECT around it does. */
static struct sql_node *collate_values(struct lowering *lowering,
                                       struct sql_node *values) {
  int32_t level = --lowering->next_level;
  struct sql_node *reference =
      lower_derived(lowering, lower_query_of(lowering, values), "__values");
  struct sql_node *results = lower_list(lowering, values->position, 0);
  for (int i = 0; reference && results && i < query_column_count(values); i++) {
    if (!lower_append(lowering, results, values_column(lowering, reference, i, level)))
      return NULL;
  }
  return reference ? lower_select_of(lowering, results, reference, level) : NULL;
}

static bool needs_collation(const struct sql_node *values) {
  for (uint32_t i = 0; i < values->child[0]->count; i++) {
    if (type_collation(values->child[0]->child[i]->type))
      return true;
  }
  return false;
}

/* A column in VALUES gives its name to SQLite's column, which would not be column1 then: with a plus it does not. */
static bool hide_names(struct lowering *lowering, struct sql_node *row) {
  for (uint32_t i = 0; i < row->count; i++) {
    if (row->child[i]->kind != SQL_COLUMN)
      continue;
    struct sql_node *plus =
        lower_node(lowering, SQL_UNARY, row->child[i]->position, "+");
    if (!plus)
      return false;
    plus->type = row->child[i]->type;
    plus->child[LEFT] = row->child[i];
    row->child[i] = plus;
  }
  return true;
}

static int lower_rows(struct lowering *lowering, struct sql_node **body, bool collate) {
  struct sql_node *values = *body;
  bool wrap = collate && needs_collation(values);
  struct sql_node *wrapped = wrap ? collate_values(lowering, values) : values;
  for (uint32_t i = 0; wrapped && i < values->count; i++) {
    if (!lower_values(lowering, values->child[i]) ||
        !hide_names(lowering, values->child[i]))
      return lowering->error->code;
  }
  *body = wrapped;
  return wrapped ? TIDE_OK : lower_nomem(lowering);
}

/* --- equal values with several spellings, of which SQLite would show any --- */

/* The result that an expression of ORDER BY is, as PostgreSQL requires behind DISTINCT; -1: a number says which (bind_select.c). */
static int find_result(const struct sql_node *results, const struct sql_node *node) {
  if (node->kind == SQL_INTEGER)
    return -1;
  for (uint32_t i = 0; i < results->count; i++)
    if (sql_equal(results->child[i]->child[0], node))
      return (int)i;
  return -1;
}

/* SELECT DISTINCT a, b … is SELECT a, b FROM (SELECT a, b …) GROUP BY a, b. */
static int group_distinct(struct lowering *lowering, struct sql_node *order,
                          struct sql_node **body) {
  struct sql_node *select = *body, *columns;
  const struct sql_node *results = select->child[SELECT_RESULTS];
  int32_t level = --lowering->next_level;
  select->flags &= ~(uint32_t)SQL_DISTINCT;
  struct sql_node *reference = derive(lowering, select, "__rows", level, &columns);
  struct sql_node *keys = lower_list(lowering, select->position, 0);
  for (uint32_t i = 0; reference && keys && i < results->count; i++)
    if (!lower_append(lowering, keys,
                      lower_derived_column(lowering, reference, (int)i, level)))
      return lower_nomem(lowering);
  for (uint32_t i = 0; reference && order && i < order->count; i++) {
    struct sql_node **slot = &order->child[i]->child[0];
    int result = find_result(results, *slot);
    if (result >= 0 &&
        !(*slot = lower_derived_column(lowering, reference, result, level)))
      return lower_nomem(lowering);
  }
  *body =
      reference && keys ? lower_select_of(lowering, columns, reference, level) : NULL;
  if (!*body)
    return lower_nomem(lowering);
  (*body)->child[SELECT_GROUP] = keys;
  return TIDE_OK;
}

static int show_spellings(struct lowering *lowering, struct sql_node *order,
                          struct sql_node **body) {
  struct sql_node *select = *body;
  bool distinct = (select->flags & SQL_DISTINCT) && !select->child[SELECT_DISTINCT_ON];
  int rc = distinct && spelling_results_vary(select)
               ? group_distinct(lowering, order, body)
               : TIDE_OK;
  if (rc == TIDE_OK && spelling_groups_vary(*body) &&
      !spelling_show(lowering->arena, *body, order))
    rc = lower_nomem(lowering);
  return rc;
}

/* --- all --- */

/* What a SELECT has and SQLite lacks is rewritten while it is bound; `query` is what is around it, or NULL. */
static int rewrite_select(struct lowering *lowering, struct sql_node *query,
                          struct sql_node **body) {
  if ((*body)->kind != SQL_SELECT)
    return TIDE_OK;
  struct sql_node *order = query ? query->child[QUERY_ORDER] : NULL;
  int rc =
      lower_named_windows(lowering, *body, order) ? TIDE_OK : lower_nomem(lowering);
  if (rc == TIDE_OK)
    rc = lower_layers(lowering, order, body);
  /* first, because a column of a LATERAL subquery is a key of its own */
  if (rc == TIDE_OK && lower_has_grouping_sets(*body))
    rc = lower_grouping_sets(lowering, query, body);
  if (rc != TIDE_OK || (*body)->kind != SQL_SELECT)
    return rc;
  rc = lower_lateral(lowering, *body, order);
  if (rc == TIDE_OK)
    rc = show_spellings(lowering, order, body);
  if (rc == TIDE_OK && (*body)->child[SELECT_DISTINCT_ON])
    rc = lower_distinct_on(lowering, query, body);
  return rc;
}

int lower_body(struct lowering *lowering, struct sql_node **body, bool collate) {
  switch ((*body)->kind) {
  case SQL_SELECT: {
    int rc = rewrite_select(lowering, NULL, body);
    return rc == TIDE_OK ? lower_select(lowering, *body, collate) : rc;
  }
  case SQL_VALUES: return lower_rows(lowering, body, collate);
  case SQL_SET_OPERATION: return lower_set_operation(lowering, body, collate);
  case SQL_QUERY: return lower_query(lowering, *body);
  default: return lower_unsupported(lowering, (*body)->position, "this kind of query");
  }
}

/* (SELECT …) ORDER BY …: parentheses are spelled as a subquery. */
static int unwrap(struct lowering *lowering, struct sql_node **body) {
  if ((*body)->kind != SQL_QUERY)
    return TIDE_OK;
  *body = lower_wrap(lowering, *body);
  return *body ? TIDE_OK : lower_nomem(lowering);
}

/* SQLite has no ORDER BY or LIMIT behind VALUES. */
static int wrap_last_values(struct lowering *lowering, struct sql_node *query) {
  struct sql_node **last = &query->child[QUERY_BODY];
  if (!query->child[QUERY_ORDER] && !query->child[QUERY_LIMIT] &&
      !query->child[QUERY_OFFSET])
    return TIDE_OK;
  while ((*last)->kind == SQL_SET_OPERATION)
    last = &(*last)->child[BODY_RIGHT];
  if ((*last)->kind != SQL_VALUES)
    return TIDE_OK;
  *last = lower_wrap(lowering, *last);
  return *last ? TIDE_OK : lower_nomem(lowering);
}

static bool has_groups(const struct sql_node *body) {
  if (body->kind == SQL_SET_OPERATION)
    return has_groups(body->child[BODY_LEFT]) || has_groups(body->child[BODY_RIGHT]);
  bool aggregates = body->bound_index == 1;
  return body->kind == SQL_SELECT && (body->child[SELECT_GROUP] || aggregates);
}

/* SQLite loses the tables of a grouped SELECT in a compound that is ordered by another
 * collation than its results have. */
static int wrap_grouped_compound(struct lowering *lowering, struct sql_node *query) {
  struct sql_node **body = &query->child[QUERY_BODY];
  if (!query->child[QUERY_ORDER] || (*body)->kind != SQL_SET_OPERATION ||
      !has_groups(*body))
    return TIDE_OK;
  *body = lower_wrap(lowering, *body);
  return *body ? TIDE_OK : lower_nomem(lowering);
}

static int lower_query_parts(struct lowering *lowering, struct sql_node *query) {
  struct sql_node **body = &query->child[QUERY_BODY];
  int rc = query->flags & SQL_TIES ? lower_ties(lowering, query) : TIDE_OK;
  if (rc == TIDE_OK)
    rc = lower_with(lowering, query->child[QUERY_WITH]);
  if (rc == TIDE_OK)
    rc = rewrite_select(lowering, query, body);
  /* Before the results are lowered: its numbers mean bound expressions. */
  const struct sql_node *results = rc == TIDE_OK && (*body)->kind == SQL_SELECT
                                       ? (*body)->child[SELECT_RESULTS]
                                       : NULL;
  if (rc == TIDE_OK)
    rc = lower_order(lowering, query->child[QUERY_ORDER], results);
  if (rc == TIDE_OK)
    rc = lower_body(lowering, body, false);
  if (rc == TIDE_OK)
    rc = unwrap(lowering, body);
  if (rc == TIDE_OK)
    rc = wrap_grouped_compound(lowering, query);
  if (rc == TIDE_OK)
    rc = wrap_last_values(lowering, query);
  return rc == TIDE_OK ? lower_limits(lowering, query) : rc;
}

int lower_query(struct lowering *lowering, struct sql_node *query) {
  if (!lower_enter(lowering, query->position))
    return lowering->error->code;
  int rc = lower_query_parts(lowering, query);
  lowering->depth--;
  return rc;
}
