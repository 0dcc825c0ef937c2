/* FROM in SQLite's terms. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"
#include "sql/walk.h"

/* --- tables --- */

int lower_reference_name(struct lowering *lowering, struct sql_node *reference) {
  const struct relation *relation = reference->bound;
  struct sql_node *source = reference->child[REFERENCE_SOURCE];
  const char *name = relation ? relation->stored : source->text;
  struct sql_node *stored = lower_node(lowering, SQL_NAME, source->position, name);
  if (!stored)
    return TIDE_ERROR_NOMEM;
  reference->child[REFERENCE_SOURCE] = stored;
  return TIDE_OK;
}

/* --- subqueries --- */

enum {
  GATHERED_MAX = 900 /* arguments that a function of SQLite may have, and some less */
};

static int lower_subquery_reference(struct lowering *lowering,
                                    struct sql_node *reference);

static enum sql_walk is_volatile(const struct sql_node *node, void *context) {
  (void)context;
  if (node->kind != SQL_CALL || !node->bound)
    return SQL_WALK_ON;
  const struct function *function = node->bound;
  return function->flags & FUNCTION_VOLATILE ? SQL_WALK_STOP : SQL_WALK_ON;
}

bool lower_is_volatile(const struct sql_node *node) {
  return !sql_walk(node, is_volatile, NULL);
}

/* SQLite may evaluate a result of a subquery wherever it is used: random() would give a different number each time. A
 * materialized CTE is evaluated once. */
static struct sql_node *materialize(struct lowering *lowering, struct sql_node *query) {
  uint32_t position = query->position;
  static const char name[] = "__once";
  struct sql_node *cte = lower_node(lowering, SQL_CTE, position, name);
  struct sql_node *with = lower_node(lowering, SQL_WITH, position, NULL);
  struct sql_node *reference =
      lower_node(lowering, SQL_TABLE_REFERENCE, position, NULL);
  struct sql_node *star = lower_node(lowering, SQL_STAR, position, NULL);
  if (!cte || !with || !reference || !star || !lower_append(lowering, with, cte))
    return NULL;
  cte->flags |= SQL_MATERIALIZED;
  cte->child[CTE_STATEMENT] = query;
  reference->index = REFERENCE_CTE;
  reference->child[REFERENCE_SOURCE] = lower_node(lowering, SQL_NAME, position, name);
  struct sql_node *results =
      lower_list(lowering, position, 1, lower_result(lowering, star, NULL));
  struct sql_node *outer =
      lower_query_of(lowering, lower_select_of(lowering, results, reference, 0));
  if (outer)
    outer->child[QUERY_WITH] = with;
  return reference->child[REFERENCE_SOURCE] ? outer : NULL;
}

static bool pads_left(const struct sql_node *item) {
  return item->kind == SQL_JOIN &&
         (item->op == SQL_RIGHT_OUTER || item->op == SQL_FULL_OUTER ||
          pads_left(item->child[JOIN_LEFT]) || pads_left(item->child[JOIN_RIGHT]));
}

/* SQLite loses conditions on a UNION ALL that it merges into the query around it when one of
 * the SELECTs has a RIGHT or FULL JOIN. */
static bool is_union_with_padding(const struct sql_node *body) {
  if (body->kind == SQL_QUERY)
    return is_union_with_padding(body->child[QUERY_BODY]);
  if (body->kind == SQL_SET_OPERATION) {
    for (int side = BODY_LEFT; side <= BODY_RIGHT; side++) {
      const struct sql_node *one = body->child[side];
      const struct sql_node *from =
          one->kind == SQL_SELECT ? one->child[SELECT_FROM] : NULL;
      for (uint32_t i = 0; from && i < from->count; i++)
        if (pads_left(from->child[i]))
          return true;
      if (!from && is_union_with_padding(one))
        return true;
    }
  }
  return false;
}

/* pg_row_each((SELECT pg_rows(a, b, …) FROM (query))): rows that depend on those of the tables around them. Columns of the
 * reference become pg_row_value(…), see lower_column. */
static int gather_rows(struct lowering *lowering, struct sql_node *reference) {
  uint32_t position = reference->position;
  struct sql_node *query = reference->child[REFERENCE_SOURCE];
  int32_t level = --lowering->next_level;
  int count = query_column_count(query);
  if (count > GATHERED_MAX)
    return lower_unsupported(lowering, position,
                             "a LATERAL subquery with so many columns");
  struct sql_node *rows = lower_derived(lowering, query, "__rows");
  struct sql_node *values = lower_list(lowering, position, 0);
  for (int i = 0; rows && values && i < count; i++)
    if (!lower_append(lowering, values, lower_derived_column(lowering, rows, i, level)))
      return lower_nomem(lowering);
  int rc = rows ? lower_subquery_reference(lowering, rows) : lower_nomem(lowering);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *gathered =
      lower_function(lowering, "pg_rows", TYPE(TYPE_BYTEA), values);
  struct sql_node *results =
      lower_list(lowering, position, 1, lower_result(lowering, gathered, NULL));
  struct sql_node *scalar = lower_node(lowering, SQL_SCALAR_QUERY, position, NULL);
  if (!scalar)
    return TIDE_ERROR_NOMEM;
  scalar->child[0] =
      lower_query_of(lowering, lower_select_of(lowering, results, rows, level));
  reference->child[REFERENCE_SOURCE] =
      scalar->child[0] ? lower_function(lowering, "pg_row_each", TYPE(TYPE_BYTEA),
                                        lower_list(lowering, position, 1, scalar))
                       : NULL;
  reference->kind = SQL_FUNCTION_REFERENCE;
  reference->flags &= ~(uint32_t)SQL_LATERAL;
  return reference->child[REFERENCE_SOURCE] ? TIDE_OK : lower_nomem(lowering);
}

static int lower_subquery_reference(struct lowering *lowering,
                                    struct sql_node *reference) {
  if (reference->flags & SQL_LATERAL)
    return gather_rows(lowering, reference);
  struct sql_node *query = reference->child[REFERENCE_SOURCE];
  bool once = lower_is_volatile(query) || is_union_with_padding(query) ||
              reference->flags & SQL_MATERIALIZED;
  int rc = lower_query(lowering, query);
  if (rc != TIDE_OK || !once)
    return rc;
  reference->child[REFERENCE_SOURCE] = materialize(lowering, query);
  return reference->child[REFERENCE_SOURCE] ? TIDE_OK : lower_nomem(lowering);
}

struct sql_node *lower_derived(struct lowering *lowering, struct sql_node *query,
                               const char *alias) {
  struct sql_node *reference =
      query ? lower_node(lowering, SQL_SUBQUERY_REFERENCE, query->position, alias)
            : NULL;
  if (reference)
    reference->child[REFERENCE_SOURCE] = query;
  return reference;
}

struct sql_node *lower_derived_column(struct lowering *lowering,
                                      struct sql_node *reference, int index,
                                      int32_t level) {
  const struct sql_node *query = reference->child[REFERENCE_SOURCE];
  struct sql_node *column = lower_node(lowering, SQL_COLUMN, reference->position,
                                       query_column_name(query, index));
  if (!column)
    return NULL;
  column->child[0] =
      lower_node(lowering, SQL_NAME, reference->position, reference->text);
  column->type = query_column_type(query, index);
  column->bound = reference;
  column->bound_index = index;
  column->index = level;
  return column->child[0] ? column : NULL;
}

/* --- functions --- */

/* The rows of a function that gives an array in SQLite are its elements. */
static struct sql_node *elements_of(struct lowering *lowering, struct sql_node *call) {
  bool json =
      call->type.array || call->type.id == TYPE_JSON || call->type.id == TYPE_JSONB;
  struct sql_node *elements =
      lower_function(lowering, json ? "pg_json_array_elements" : "pg_unnest",
                     call->type, lower_list(lowering, call->position, 1, call));
  if (elements)
    elements->bound = call->bound;
  return elements;
}

/* The call keeps what was bound to it, for the columns that refer to the reference. */
static int lower_function_reference(struct lowering *lowering,
                                    struct sql_node *reference) {
  struct sql_node *call = lower_call(lowering, reference->child[REFERENCE_SOURCE]);
  const struct function *function = call ? call->bound : NULL;
  if (function && function->flags & FUNCTION_ELEMENTS)
    call = elements_of(lowering, call);
  if (!call)
    return lowering->error->code ? lowering->error->code : lower_nomem(lowering);
  reference->child[REFERENCE_SOURCE] = call;
  reference->child[REFERENCE_COLUMNS] = NULL;
  reference->flags &= ~(uint32_t)(SQL_LATERAL | SQL_ORDINALITY);
  return TIDE_OK;
}

/* --- joins --- */

static int lower_item(struct lowering *lowering, struct sql_node *item);

static enum sql_walk is_column(const struct sql_node *node, void *context) {
  (void)context;
  return node->kind == SQL_COLUMN ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* (SELECT value) */
static struct sql_node *in_query(struct lowering *lowering, struct sql_node *value) {
  uint32_t position = value->position;
  struct sql_node *select = lower_node(lowering, SQL_SELECT, position, NULL);
  struct sql_node *scalar = lower_node(lowering, SQL_SCALAR_QUERY, position, NULL);
  if (!select || !scalar)
    return NULL;
  select->child[SELECT_RESULTS] =
      lower_list(lowering, position, 1, lower_result(lowering, value, NULL));
  select->index = --lowering->next_level;
  scalar->type = value->type;
  scalar->child[0] =
      select->child[SELECT_RESULTS] ? lower_query_of(lowering, select) : NULL;
  return scalar->child[0] ? scalar : NULL;
}

/* Of what stands on the right of an outer join SQLite computes the arguments anew for each row of the left, though they are the same
 * every time. A subquery it runs once. */
static int compute_once(struct lowering *lowering, struct sql_node *function) {
  struct sql_node *arguments = function->child[REFERENCE_SOURCE]->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; arguments && i < arguments->count; i++) {
    struct sql_node **argument = &arguments->child[i];
    if ((*argument)->kind != SQL_CALL || !sql_walk(*argument, is_column, NULL))
      continue;
    *argument = in_query(lowering, *argument);
    if (!*argument)
      return lower_nomem(lowering);
  }
  return TIDE_OK;
}

static int lower_join(struct lowering *lowering, struct sql_node *join) {
  /* In SQLite CROSS JOIN also forbids to reorder the tables. */
  if (join->op == SQL_CROSS)
    join->op = SQL_INNER;
  int rc = lower_item(lowering, join->child[JOIN_LEFT]);
  if (rc == TIDE_OK)
    rc = lower_item(lowering, join->child[JOIN_RIGHT]);
  if (rc == TIDE_OK && join->op != SQL_INNER &&
      join->child[JOIN_RIGHT]->kind == SQL_FUNCTION_REFERENCE)
    rc = compute_once(lowering, join->child[JOIN_RIGHT]);
  if (rc != TIDE_OK)
    return rc;
  return lower_slot(lowering, &join->child[JOIN_ON]) ? TIDE_OK : lowering->error->code;
}

static int lower_item_kind(struct lowering *lowering, struct sql_node *item) {
  switch (item->kind) {
  case SQL_TABLE_REFERENCE: return lower_reference_name(lowering, item);
  case SQL_SUBQUERY_REFERENCE: return lower_subquery_reference(lowering, item);
  case SQL_FUNCTION_REFERENCE: return lower_function_reference(lowering, item);
  case SQL_JOIN: return lower_join(lowering, item);
  default: return lower_unsupported(lowering, item->position, "this kind of FROM item");
  }
}

static int lower_item(struct lowering *lowering, struct sql_node *item) {
  if (!lower_enter(lowering, item->position))
    return lowering->error->code;
  int rc = lower_item_kind(lowering, item);
  lowering->depth--;
  return rc;
}

/* In SQLite a comma binds like JOIN, so that `a, b RIGHT JOIN c` would join a with b first. */
static bool has_outer_right(const struct sql_node *item) {
  return item->kind == SQL_JOIN &&
         (item->op == SQL_RIGHT_OUTER || item->op == SQL_FULL_OUTER ||
          has_outer_right(item->child[JOIN_LEFT]) ||
          has_outer_right(item->child[JOIN_RIGHT]));
}

static struct sql_node *nest_commas(struct lowering *lowering, struct sql_node *list) {
  struct sql_node *left = list->child[0];
  for (uint32_t i = 1; i < list->count; i++) {
    struct sql_node *join =
        lower_node(lowering, SQL_JOIN, list->child[i]->position, NULL);
    if (!join)
      return NULL;
    join->op = SQL_INNER;
    join->child[JOIN_LEFT] = left;
    join->child[JOIN_RIGHT] = list->child[i];
    left = join;
  }
  return lower_list(lowering, list->position, 1, left);
}

int lower_from(struct lowering *lowering, struct sql_node **list) {
  bool nest = false;
  for (uint32_t i = 0; *list && i < (*list)->count; i++) {
    int rc = lower_item(lowering, (*list)->child[i]);
    if (rc != TIDE_OK)
      return rc;
    nest |= i > 0 && has_outer_right((*list)->child[i]);
  }
  if (!nest)
    return TIDE_OK;
  *list = nest_commas(lowering, *list);
  return *list ? TIDE_OK : lower_nomem(lowering);
}
