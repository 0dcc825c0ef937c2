/* LATERAL subqueries, which SQLite lacks, as what means the same:
 *
 *   one row always    (SELECT a + b AS x), (SELECT count(*) … WHERE u.t_id = t.id): the columns become expressions
 *   a plain SELECT    (SELECT … FROM u WHERE u.n < t.n): its tables and condition become part of the join
 *   anything else     (SELECT … FROM u WHERE u.n < t.n ORDER BY … LIMIT 3): a scalar subquery gathers the rows into one
 *                     value, from which a table-valued function gives them (types/sqlite_rows.c)
 *
 * Works on bound trees, before the FROM that holds it is lowered. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"
#include "sql/walk.h"

/* One SELECT whose FROM is being rid of LATERAL. */
struct lateral {
  struct lowering *lowering;
  struct sql_node *select;
  struct sql_node *order; /* of the query around it, or NULL */
};

/* --- questions --- */

static bool is_lateral(const struct sql_node *node) {
  return node->kind == SQL_SUBQUERY_REFERENCE && node->flags & SQL_LATERAL;
}

static bool has_lateral(const struct sql_node *node) {
  if (node->kind == SQL_JOIN)
    return has_lateral(node->child[JOIN_LEFT]) || has_lateral(node->child[JOIN_RIGHT]);
  return is_lateral(node);
}

static enum sql_walk is_volatile_or_window(const struct sql_node *node, void *context) {
  (void)context;
  const struct function *function = node->kind == SQL_CALL ? node->bound : NULL;
  bool found = function &&
               (function->flags & FUNCTION_VOLATILE || node->child[CALL_OVER] != NULL);
  return found ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* The subquery's SELECT if nothing but WHERE and results is in it. */
static struct sql_node *simple_select(const struct sql_node *query) {
  struct sql_node *body = query->child[QUERY_BODY];
  bool simple = body->kind == SQL_SELECT && !query->child[QUERY_WITH] &&
                !query->child[QUERY_LIMIT] && !query->child[QUERY_OFFSET] &&
                !body->child[SELECT_GROUP] && !body->child[SELECT_HAVING] &&
                !(body->flags & SQL_DISTINCT) && body->bound_index != 1;
  return simple ? body : NULL;
}

static bool is_true(const struct sql_node *condition) {
  return !condition || (condition->kind == SQL_BOOLEAN && condition->op == 1);
}

/* --- conditions --- */

static struct sql_node *both(struct lateral *lateral, struct sql_node *left,
                             struct sql_node *right) {
  if (!left || !right)
    return left ? left : right;
  return lower_binary(lateral->lowering, "and", left, right, TYPE(TYPE_BOOLEAN));
}

static int add_where(struct lateral *lateral, struct sql_node *condition) {
  struct sql_node **where = &lateral->select->child[SELECT_WHERE];
  if (is_true(condition))
    return TIDE_OK;
  *where = both(lateral, *where, condition);
  return *where ? TIDE_OK : lower_nomem(lateral->lowering);
}

/* --- putting values in place of columns --- */

struct replacement {
  struct lateral *lateral;
  const struct sql_node *reference;
  struct sql_node **values;
  bool failed;
};

static struct sql_node *replace_column(struct sql_node *node, void *context) {
  struct replacement *replacement = context;
  if (!node || node->kind != SQL_COLUMN || node->bound != replacement->reference)
    return node;
  struct sql_node *value = lower_clone(replacement->lateral->lowering,
                                       replacement->values[node->bound_index]);
  replacement->failed |= value == NULL;
  return value ? value : node;
}

/* A number in ORDER BY or GROUP BY would be taken for the number of a result; a constant orders and groups nothing. */
static bool is_number(const struct sql_node *node,
                      const struct replacement *replacement) {
  return node->kind == SQL_COLUMN && node->bound == replacement->reference &&
         replacement->values[node->bound_index]->kind == SQL_INTEGER;
}

static void replace_numbers(struct sql_node *list, struct replacement *replacement) {
  for (uint32_t i = 0; list && i < list->count; i++) {
    struct sql_node **slot = &list->child[i];
    if ((*slot)->kind == SQL_ORDER)
      slot = &(*slot)->child[0];
    if (!is_number(*slot, replacement))
      continue;
    struct sql_node *null =
        lower_node(replacement->lateral->lowering, SQL_NULL, (*slot)->position, NULL);
    replacement->failed |= null == NULL;
    *slot = null ? null : *slot;
  }
}

static int replace_columns(struct lateral *lateral, const struct sql_node *reference,
                           struct sql_node **values, struct sql_node **condition) {
  struct replacement replacement = {lateral, reference, values, false};
  replace_numbers(lateral->select->child[SELECT_GROUP], &replacement);
  replace_numbers(lateral->order, &replacement);
  sql_rewrite(lateral->select, replace_column, &replacement);
  if (lateral->order)
    sql_rewrite(lateral->order, replace_column, &replacement);
  if (condition && *condition)
    *condition = sql_rewrite(*condition, replace_column, &replacement);
  return replacement.failed ? lower_nomem(lateral->lowering) : TIDE_OK;
}

/* --- one row always --- */

static bool gives_one_row(const struct sql_node *query) {
  const struct sql_node *body = query->child[QUERY_BODY];
  if (body->kind != SQL_SELECT || query->child[QUERY_LIMIT] ||
      query->child[QUERY_OFFSET] || body->child[SELECT_HAVING] ||
      body->child[SELECT_GROUP] || body->flags & SQL_DISTINCT)
    return false;
  if (body->bound_index == 1) /* aggregates */
    return true;
  const struct sql_node *from = body->child[SELECT_FROM];
  return (!from || from->count == 0) && !body->child[SELECT_WHERE];
}

/* One column as an expression: the result itself, or the subquery cut down to it. */
static struct sql_node *column_value(struct lateral *lateral,
                                     const struct sql_node *query, int index) {
  const struct sql_node *body = query->child[QUERY_BODY];
  const struct sql_node *from = body->child[SELECT_FROM];
  if (body->bound_index != 1 && (!from || from->count == 0))
    return lower_clone(lateral->lowering,
                       body->child[SELECT_RESULTS]->child[index]->child[0]);
  struct sql_node *clone = lower_clone(lateral->lowering, query);
  struct sql_node *scalar =
      lower_node(lateral->lowering, SQL_SCALAR_QUERY, query->position, NULL);
  if (!clone || !scalar)
    return NULL;
  struct sql_node *results = clone->child[QUERY_BODY]->child[SELECT_RESULTS];
  results->child[0] = results->child[index];
  results->count = 1;
  clone->child[QUERY_ORDER] = NULL;
  scalar->child[0] = clone;
  scalar->type = results->child[0]->child[0]->type;
  return scalar;
}

/* LEFT JOIN … ON condition: the value where it holds, else NULL. */
static struct sql_node *value_where(struct lateral *lateral,
                                    const struct sql_node *condition,
                                    struct sql_node *value) {
  struct lowering *lowering = lateral->lowering;
  struct sql_node *when =
      value ? lower_node(lowering, SQL_WHEN, value->position, NULL) : NULL;
  struct sql_node *result =
      when ? lower_node(lowering, SQL_CASE, value->position, NULL) : NULL;
  if (!result)
    return NULL;
  when->child[WHEN_CONDITION] = lower_clone(lowering, condition);
  when->child[WHEN_RESULT] = value;
  result->child[CASE_WHENS] = lower_list(lowering, value->position, 1, when);
  result->type = value->type;
  return when->child[WHEN_CONDITION] && result->child[CASE_WHENS] ? result : NULL;
}

/* The reference is not needed any more; `join` is NULL for an item of the list. */
static int columns_to_values(struct lateral *lateral, struct sql_node *reference,
                             struct sql_node *join) {
  struct sql_node *query = reference->child[REFERENCE_SOURCE];
  int count = query_column_count(query);
  struct sql_node **values =
      arena_alloc(lateral->lowering->arena, ((size_t)count + 1) * sizeof *values);
  if (!values)
    return lower_nomem(lateral->lowering);
  for (int i = 0; i < count; i++) {
    values[i] = column_value(lateral, query, i);
    if (!values[i])
      return lower_nomem(lateral->lowering);
  }
  struct sql_node *condition = join ? join->child[JOIN_ON] : NULL;
  if (condition) {
    struct replacement replacement = {lateral, reference, values, false};
    condition = sql_rewrite(condition, replace_column, &replacement);
    join->child[JOIN_ON] = NULL;
    if (replacement.failed)
      return lower_nomem(lateral->lowering);
  }
  bool outer = join && join->op == SQL_LEFT_OUTER;
  for (int i = 0; outer && !is_true(condition) && i < count; i++) {
    values[i] = value_where(lateral, condition, values[i]);
    if (!values[i])
      return lower_nomem(lateral->lowering);
  }
  int rc = replace_columns(lateral, reference, values, NULL);
  return rc == TIDE_OK && !outer ? add_where(lateral, condition) : rc;
}

/* --- a plain SELECT --- */

/* Its tables get names of their own among those around them; their rows may be missing where those of `of` may. */
static bool rename_references(struct lateral *lateral, struct sql_node *item,
                              const struct sql_node *of) {
  if (item->kind == SQL_JOIN)
    return rename_references(lateral, item->child[JOIN_LEFT], of) &&
           rename_references(lateral, item->child[JOIN_RIGHT], of);
  if (of->bound_index == 1)
    item->bound_index = 1;
  item->text = arena_format(lateral->lowering->arena, "__%s_%s", of->text, item->text);
  item->length = item->text ? (uint32_t)strlen(item->text) : 0;
  return item->text != NULL;
}

static struct sql_node *requalify(struct sql_node *node, void *context) {
  struct lateral *lateral = context;
  if (!node || node->kind != SQL_COLUMN || !node->child[0] || !node->bound)
    return node;
  const struct sql_node *reference = node->bound;
  if (strcmp(node->child[0]->text, reference->text) == 0)
    return node;
  struct sql_node *name =
      lower_node(lateral->lowering, SQL_NAME, node->position, reference->text);
  if (name)
    node->child[0] = name;
  return node;
}

/* Columns say which SELECT they belong to. */
struct leveling {
  int32_t from, to;
};

static struct sql_node *set_level(struct sql_node *node, void *context) {
  const struct leveling *leveling = context;
  if (node && node->kind == SQL_COLUMN && node->index == leveling->from)
    node->index = leveling->to;
  return node;
}

/* The first `count` items of a FROM list as one. */
static struct sql_node *as_join(struct lateral *lateral, const struct sql_node *from,
                                uint32_t count) {
  struct sql_node *left = from->child[0];
  for (uint32_t i = 1; i < count; i++) {
    struct sql_node *join =
        lower_node(lateral->lowering, SQL_JOIN, from->position, NULL);
    if (!join)
      return NULL;
    join->op = SQL_INNER;
    join->child[JOIN_LEFT] = left;
    join->child[JOIN_RIGHT] = from->child[i];
    left = join;
  }
  return left;
}

/* Are all results columns, which an outer join makes NULL by itself? */
static bool only_columns(const struct sql_node *results) {
  for (uint32_t i = 0; i < results->count; i++) {
    if (results->child[i]->child[0]->kind != SQL_COLUMN)
      return false;
  }
  return true;
}

/* What joins in place of the reference; NULL when the subquery is not of this kind, or on failure. */
static struct sql_node *to_join(struct lateral *lateral, struct sql_node *reference,
                                bool outer, struct sql_node **condition) {
  struct sql_node *select = simple_select(reference->child[REFERENCE_SOURCE]);
  if (!select || !select->child[SELECT_FROM] ||
      select->child[SELECT_FROM]->count == 0 ||
      bind_uses_level(select->child[SELECT_FROM], lateral->select->index) ||
      !sql_walk(select, is_volatile_or_window, NULL) ||
      (outer && !only_columns(select->child[SELECT_RESULTS])))
    return NULL;
  struct sql_node *results = select->child[SELECT_RESULTS];
  struct sql_node *item =
      as_join(lateral, select->child[SELECT_FROM], select->child[SELECT_FROM]->count);
  struct sql_node **values =
      arena_alloc(lateral->lowering->arena, results->count * sizeof *values);
  if (!item || !values || !rename_references(lateral, item, reference))
    return NULL;
  struct leveling leveling = {select->index, lateral->select->index};
  sql_rewrite(select, requalify, lateral);
  sql_rewrite(select, set_level, &leveling);
  for (uint32_t i = 0; i < results->count; i++)
    values[i] = results->child[i]->child[0];
  if (replace_columns(lateral, reference, values, condition) != TIDE_OK)
    return NULL;
  *condition = both(lateral, select->child[SELECT_WHERE], *condition);
  return item;
}

/* --- FROM --- */

static int refuse(struct lateral *lateral, const struct sql_node *reference) {
  if (lateral->lowering->error->code)
    return lateral->lowering->error->code;
  return lower_unsupported(lateral->lowering, reference->position,
                           "a LATERAL subquery of this kind");
}

/* The reference as it can be joined, or NULL in *item when it is not needed any more; *condition joins it. */
static int convert(struct lateral *lateral, struct sql_node **item,
                   struct sql_node *join, struct sql_node **condition) {
  struct sql_node *reference = *item;
  bool outer = join && join->op == SQL_LEFT_OUTER;
  if (gives_one_row(reference->child[REFERENCE_SOURCE]) &&
      sql_walk(reference, is_volatile_or_window, NULL)) {
    *item = NULL;
    return columns_to_values(lateral, reference, join);
  }
  struct sql_node *on = join && join->child[JOIN_ON] ? join->child[JOIN_ON] : NULL;
  *condition = is_true(on) ? NULL : on;
  struct sql_node *joined = to_join(lateral, reference, outer, condition);
  if (joined)
    *item = joined;
  return joined ? TIDE_OK : lateral->lowering->error->code; /* else it is gathered */
}

/* `safe`: rows of this item are never made NULL by a join around it. */
static int convert_joins(struct lateral *lateral, struct sql_node **item, bool safe) {
  struct sql_node *join = *item;
  if (!has_lateral(join) || !safe || is_lateral(join))
    return TIDE_OK; /* what is LATERAL then is gathered */
  bool keeps_left = join->op != SQL_RIGHT_OUTER && join->op != SQL_FULL_OUTER;
  int rc = convert_joins(lateral, &join->child[JOIN_LEFT], keeps_left);
  struct sql_node **right = &join->child[JOIN_RIGHT];
  if (rc != TIDE_OK)
    return rc;
  if (!is_lateral(*right))
    return convert_joins(lateral, right, keeps_left && join->op != SQL_LEFT_OUTER);
  if (!keeps_left)
    return refuse(lateral, *right);
  struct sql_node *condition = NULL;
  rc = convert(lateral, right, join, &condition);
  if (rc != TIDE_OK)
    return rc;
  if (!*right) { /* only the left side is left */
    *item = join->child[JOIN_LEFT];
    return TIDE_OK;
  }
  if (join->op == SQL_CROSS)
    join->op = SQL_INNER;
  if (!condition && join->op == SQL_LEFT_OUTER)
    condition = join->child[JOIN_ON];
  join->child[JOIN_ON] = condition;
  return TIDE_OK;
}

/* a, (LATERAL b LEFT JOIN c …) is (a CROSS JOIN LATERAL b) LEFT JOIN c …: a LATERAL item is never first in its join. */
static int move_left(struct lateral *lateral, struct sql_node *from, uint32_t item) {
  struct sql_node **leaf = &from->child[item];
  while ((*leaf)->kind == SQL_JOIN && (*leaf)->op != SQL_RIGHT_OUTER &&
         (*leaf)->op != SQL_FULL_OUTER)
    leaf = &(*leaf)->child[JOIN_LEFT];
  if (item == 0 || !is_lateral(*leaf) || leaf == &from->child[item])
    return TIDE_OK;
  struct sql_node *join =
      lower_node(lateral->lowering, SQL_JOIN, (*leaf)->position, NULL);
  struct sql_node *before = as_join(lateral, from, item);
  if (!join || !before)
    return lower_nomem(lateral->lowering);
  join->op = SQL_CROSS;
  join->child[JOIN_LEFT] = before;
  join->child[JOIN_RIGHT] = *leaf;
  *leaf = join;
  from->count -= item;
  for (uint32_t i = 0; i < from->count; i++)
    from->child[i] = from->child[i + item];
  return TIDE_OK;
}

int lower_lateral(struct lowering *lowering, struct sql_node *select,
                  struct sql_node *order) {
  struct lateral lateral = {lowering, select, order};
  struct sql_node *from = select->child[SELECT_FROM];
  for (uint32_t i = 0; from && i < from->count;) {
    uint32_t count = from->count;
    int moved = move_left(&lateral, from, i);
    if (moved != TIDE_OK)
      return moved;
    i -= count - from->count;
    struct sql_node *condition = NULL;
    struct sql_node **item = &from->child[i];
    int rc = is_lateral(*item) ? convert(&lateral, item, NULL, &condition)
                               : convert_joins(&lateral, item, true);
    if (rc == TIDE_OK)
      rc = add_where(&lateral, condition);
    if (rc != TIDE_OK)
      return rc;
    if (*item) {
      i++;
      continue;
    }
    for (uint32_t j = i; j + 1 < from->count; j++)
      from->child[j] = from->child[j + 1];
    from->count--;
  }
  return TIDE_OK;
}
