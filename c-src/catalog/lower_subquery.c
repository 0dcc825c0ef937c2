/* Subqueries inside expressions: one row at most where one is wanted, IN, ANY and ALL. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"
#include "sql/walk.h"

/* --- does it give one row at most? --- */

/* Does the condition fix the column to one value? */
static bool fixes_column(const struct sql_node *condition, int32_t level, int column) {
  if (!condition || condition->kind != SQL_BINARY)
    return false;
  if (strcmp(condition->text, "and") == 0)
    return fixes_column(condition->child[LEFT], level, column) ||
           fixes_column(condition->child[RIGHT], level, column);
  if (strcmp(condition->text, "=") != 0)
    return false;
  for (int side = 0; side < 2; side++) {
    const struct sql_node *one = condition->child[side];
    if (one->kind == SQL_COLUMN && one->index == level && one->bound_index == column &&
        !bind_uses_level(condition->child[1 - side], level))
      return true;
  }
  return false;
}

static bool fixes_key(const struct sql_node *select) {
  const struct sql_node *from = select->child[SELECT_FROM];
  if (!from || from->count != 1 || from->child[0]->kind != SQL_TABLE_REFERENCE)
    return false;
  const struct relation *relation = from->child[0]->bound;
  for (int i = 0; relation && i < relation->key_count; i++) {
    const struct key *key = &relation->keys[i];
    int fixed = 0;
    for (int j = 0; j < key->count; j++)
      fixed +=
          fixes_column(select->child[SELECT_WHERE], select->index, key->columns[j]);
    if (key->count > 0 && fixed == key->count)
      return true;
  }
  return false;
}

static bool gives_one_row(const struct sql_node *query) {
  const struct sql_node *limit = query->child[QUERY_LIMIT];
  if (limit && limit->kind == SQL_CAST)
    limit = limit->child[CAST_OPERAND];
  if (limit && limit->kind == SQL_INTEGER && !(query->flags & SQL_TIES) &&
      (strcmp(limit->text, "1") == 0 || strcmp(limit->text, "0") == 0))
    return true;
  const struct sql_node *body = query->child[QUERY_BODY];
  if (body->kind == SQL_VALUES)
    return body->count == 1;
  if (body->kind != SQL_SELECT)
    return false;
  if (!body->child[SELECT_FROM] || body->child[SELECT_FROM]->count == 0)
    return true;
  if (!body->child[SELECT_GROUP] && body->bound_index == 1) /* aggregates */
    return true;
  return fixes_key(body);
}

static enum sql_walk is_window_call(const struct sql_node *node, void *context) {
  (void)context;
  return bind_is_window_call(node) ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* Can the check go around the result itself, without a query around the query? */
static bool is_plain(const struct sql_node *query) {
  const struct sql_node *body = query->child[QUERY_BODY];
  if (body->kind != SQL_SELECT || query->child[QUERY_ORDER] ||
      query->child[QUERY_LIMIT] || query->child[QUERY_OFFSET])
    return false;
  const struct sql_node *results = body->child[SELECT_RESULTS];
  return results->count == 1 && !(body->flags & SQL_DISTINCT) &&
         !body->child[SELECT_DISTINCT_ON] && !body->child[SELECT_GROUP] &&
         !body->child[SELECT_HAVING] && body->bound_index != 1 &&
         bind_uses_level(results, body->index) &&
         sql_walk(results, is_window_call, NULL);
}

/* Fails when it gets a second row (row_functions.c). */
static const struct function single_row_function = {
    .name = "pg_single_row",
    .argument_count = 1,
    .argument = {{TYPE_ANYELEMENT, false}},
    .result = {TYPE_ANYELEMENT, false},
    .sqlite = "pg_single_row",
    .flags = FUNCTION_AGGREGATE};

static struct sql_node *single_row(struct lowering *lowering, struct sql_node *value) {
  struct sql_node *call =
      lower_function(lowering, single_row_function.name, value->type,
                     lower_list(lowering, value->position, 1, value));
  if (call)
    call->bound = &single_row_function;
  return call;
}

/* SELECT pg_single_row(columns)… FROM (query). */
static int check_around(struct lowering *lowering, struct sql_node *query) {
  struct sql_node *inner = lower_node(lowering, SQL_QUERY, query->position, NULL);
  if (!inner)
    return TIDE_ERROR_NOMEM;
  struct sql_node **child = inner->child;
  *inner = *query;
  query->child = child;
  for (uint32_t i = 0; i < query->count; i++)
    query->child[i] = NULL;
  query->flags = 0;
  int32_t level = --lowering->next_level;
  struct sql_node *reference = lower_derived(lowering, inner, "__rows");
  struct sql_node *results = lower_list(lowering, query->position, 0);
  for (int i = 0; reference && results && i < query_column_count(inner); i++) {
    struct sql_node *column = lower_derived_column(lowering, reference, i, level);
    struct sql_node *checked = column ? single_row(lowering, column) : NULL;
    if (!checked ||
        !lower_append(lowering, results, lower_result(lowering, checked, column->text)))
      return lowering->error->code;
  }
  query->child[QUERY_BODY] =
      reference ? lower_select_of(lowering, results, reference, level) : NULL;
  return query->child[QUERY_BODY] ? TIDE_OK : lower_nomem(lowering);
}

int lower_single_row(struct lowering *lowering, struct sql_node *query) {
  if (gives_one_row(query))
    return TIDE_OK;
  if (!is_plain(query))
    return check_around(lowering, query);
  struct sql_node *result = query->child[QUERY_BODY]->child[SELECT_RESULTS]->child[0];
  struct sql_node *checked = single_row(lowering, result->child[0]);
  if (!checked)
    return lowering->error->code;
  result->child[0] = checked;
  return TIDE_OK;
}

/* --- ARRAY(query) --- */

static struct sql_node *lower_array_query(struct lowering *lowering,
                                          struct sql_node *node) {
  uint32_t position = node->position;
  const struct function *aggregate = node->bound;
  int32_t level = --lowering->next_level;
  struct sql_node *reference = lower_derived(lowering, node->child[0], "__rows");
  struct sql_node *column =
      reference ? lower_derived_column(lowering, reference, 0, level) : NULL;
  struct sql_node *call =
      column ? lower_function(lowering, aggregate->name, node->type,
                              lower_list(lowering, position, 1, column))
             : NULL;
  struct sql_node *empty = lower_node(lowering, SQL_STRING, position, "[]");
  if (!call || !empty)
    return NULL;
  call->bound = aggregate;
  struct sql_node *either = lower_function(
      lowering, "coalesce", node->type, lower_list(lowering, position, 2, call, empty));
  struct sql_node *select = lower_select_of(
      lowering, lower_list(lowering, position, 1, lower_result(lowering, either, NULL)),
      reference, level);
  struct sql_node *query = select ? lower_query_of(lowering, select) : NULL;
  struct sql_node *scalar = lower_node(lowering, SQL_SCALAR_QUERY, position, NULL);
  if (!query || !scalar)
    return NULL;
  select->bound_index = 1;
  scalar->child[0] = query;
  scalar->type = node->type;
  /* coalesce() is SQLite's already: only what is in it is lowered. */
  struct sql_node **aggregated = &either->child[CALL_ARGUMENTS]->child[0];
  if (lower_from(lowering, &select->child[SELECT_FROM]) != TIDE_OK ||
      !lower_slot(lowering, aggregated))
    return NULL;
  return scalar;
}

struct sql_node *lower_subquery(struct lowering *lowering, struct sql_node *node) {
  if (node->kind == SQL_ARRAY_QUERY)
    return lower_array_query(lowering, node);
  if (node->kind == SQL_SCALAR_QUERY &&
      lower_single_row(lowering, node->child[0]) != TIDE_OK)
    return NULL;
  return lower_query(lowering, node->child[0]) == TIDE_OK ? node : NULL;
}

/* --- IN --- */

/* The operand names the collations. */
static bool lower_in_operand(struct lowering *lowering, struct sql_node **slot) {
  bool row = (*slot)->kind == SQL_ROW;
  uint32_t count = row ? (*slot)->count : 1;
  for (uint32_t i = 0; i < count; i++) {
    struct sql_node **field = row ? &(*slot)->child[i] : slot;
    struct ordering ordering = lower_ordering(*field);
    if (!lower_slot(lowering, field))
      return false;
    *field = lower_ordered(lowering, *field, ordering, NULL);
    if (!*field)
      return false;
  }
  return true;
}

/* In the second pass of a RIGHT JOIN SQLite finds (a, b) IN … by an index on `a` as often as `a` is in the set: with a
 * plus it searches for it by no index. */
static struct sql_node *keep_from_index(struct lowering *lowering,
                                        struct sql_node *in) {
  if (!lowering->padded || in->child[IN_OPERAND]->kind != SQL_ROW)
    return in;
  struct sql_node *plus = lower_node(lowering, SQL_UNARY, in->position, "+");
  if (!plus)
    return NULL;
  plus->type = in->type;
  plus->child[LEFT] = in;
  return plus;
}

struct sql_node *lower_in_query(struct lowering *lowering, struct sql_node *node) {
  if (!lower_in_operand(lowering, &node->child[IN_OPERAND]))
    return NULL;
  return lower_query(lowering, node->child[IN_SET]) == TIDE_OK
             ? keep_from_index(lowering, node)
             : NULL;
}

/* Those of a subquery are computed within it. */
static enum sql_walk is_aggregate_or_window(const struct sql_node *node,
                                            void *context) {
  (void)context;
  if (node->kind == SQL_QUERY)
    return SQL_WALK_SKIP;
  return bind_is_aggregate(node) || bind_is_window_call(node) ? SQL_WALK_STOP
                                                              : SQL_WALK_ON;
}

/* Aggregates and window functions are of the query that they stand in, and must not come into another by being lowered. */
static bool belongs_here(const struct sql_node *node) {
  return !sql_walk(node, is_aggregate_or_window, NULL);
}

/* … = (…) OR … = (…) */
static struct sql_node *in_rows_apart(struct lowering *lowering,
                                      struct sql_node *node) {
  struct sql_node *list = node->child[IN_SET], *any = NULL;
  for (uint32_t i = 0; i < list->count; i++) {
    struct sql_node *operand = lower_clone(lowering, node->child[IN_OPERAND]);
    struct sql_node *equal =
        operand ? lower_binary(lowering, "=", operand, list->child[i], node->type)
                : NULL;
    if (!equal || !lower_operator(lowering, equal))
      return NULL;
    any = any ? lower_binary(lowering, "or", any, equal, node->type) : equal;
  }
  return node->flags & SQL_NOT ? lower_negation(lowering, any) : any;
}

/* (a, b) IN ((…), (…)) is … IN (VALUES (…), (…)) in SQLite. */
struct sql_node *lower_in_rows(struct lowering *lowering, struct sql_node *node) {
  struct sql_node *list = node->child[IN_SET];
  if (belongs_here(list))
    return in_rows_apart(lowering, node);
  struct sql_node *values = lower_node(lowering, SQL_VALUES, list->position, NULL);
  for (uint32_t i = 0; values && i < list->count; i++) {
    if (!lower_values(lowering, list->child[i]) ||
        !lower_append(lowering, values, list->child[i]))
      return NULL;
  }
  struct sql_node *query = values ? lower_query_of(lowering, values) : NULL;
  struct sql_node *in =
      query ? lower_node(lowering, SQL_IN_QUERY, node->position, NULL) : NULL;
  if (!in)
    return NULL;
  in->flags = node->flags;
  in->type = node->type;
  in->child[IN_OPERAND] = node->child[IN_OPERAND];
  in->child[IN_SET] = query;
  return lower_in_operand(lowering, &in->child[IN_OPERAND])
             ? keep_from_index(lowering, in)
             : NULL;
}

/* --- ANY and ALL --- */

static bool is_negator(const char *symbol) {
  return strcmp(symbol, "<>") == 0 || strcmp(symbol, "!=") == 0;
}

/* The elements of an array as rows; of NULL a NULL, so that comparing with it gives NULL too. */
static struct sql_node *unnest(struct lowering *lowering, struct sql_node *array) {
  uint32_t position = array->position;
  struct type element = {array->type.id, false, -1, -1, 0};
  bool known =
      array->kind == SQL_ARRAY ||
      (array->kind == SQL_CAST && array->child[CAST_OPERAND]->kind == SQL_STRING);
  struct sql_node *value = lower_value(lowering, array);
  if (value && !known) {
    struct sql_node *null = lower_node(lowering, SQL_STRING, position, "[null]");
    value = null ? lower_function(lowering, "coalesce", array->type,
                                  lower_list(lowering, position, 2, value, null))
                 : NULL;
  }
  struct sql_node *call = value
                              ? lower_function(lowering, "pg_unnest", element,
                                               lower_list(lowering, position, 1, value))
                              : NULL;
  struct sql_node *reference =
      lower_node(lowering, SQL_FUNCTION_REFERENCE, position, "__elements");
  if (!call || !reference)
    return NULL;
  reference->child[REFERENCE_SOURCE] = call;
  return reference;
}

static struct sql_node *plain_column(struct lowering *lowering, const char *qualifier,
                                     const char *name, struct type type,
                                     uint32_t position) {
  struct sql_node *column = lower_node(lowering, SQL_COLUMN, position, name);
  if (!column)
    return NULL;
  column->child[0] = lower_node(lowering, SQL_NAME, position, qualifier);
  column->type = type;
  return column->child[0] ? column : NULL;
}

static struct sql_node *array_has(struct lowering *lowering, struct sql_node *node) {
  struct type type = node->child[RIGHT]->type;
  const char *name = type.id == TYPE_BOOLEAN
                         ? "pg_array_has_boolean"
                         : lower_search_name(lowering, "pg_array_has", type);
  struct sql_node *array = lower_value(lowering, node->child[RIGHT]);
  struct sql_node *element = lower_value(lowering, node->child[LEFT]);
  struct sql_node *has =
      array && element && name
          ? lower_function(lowering, name, node->type,
                           lower_list(lowering, node->position, 2, array, element))
          : NULL;
  return has && node->op == SQL_ALL_OF ? lower_negation(lowering, has) : has;
}

static struct sql_node *in_array(struct lowering *lowering, struct sql_node *node) {
  if (belongs_here(node->child[RIGHT]))
    return array_has(lowering, node);
  struct type element = {node->child[RIGHT]->type.id, false, -1, -1, 0};
  struct sql_node *reference = unnest(lowering, node->child[RIGHT]);
  struct sql_node *column =
      plain_column(lowering, "__elements", "value", element, node->position);
  if (!reference || !column)
    return NULL;
  struct sql_node *results =
      lower_list(lowering, node->position, 1, lower_result(lowering, column, NULL));
  struct sql_node *select = lower_select_of(lowering, results, reference, 0);
  struct sql_node *in = lower_node(lowering, SQL_IN_QUERY, node->position, NULL);
  if (!select || !in)
    return NULL;
  in->type = node->type;
  in->flags = node->op == SQL_ALL_OF ? SQL_NOT : 0;
  in->child[IN_OPERAND] = node->child[LEFT];
  in->child[IN_SET] = lower_query_of(lowering, select);
  return in->child[IN_SET] && lower_in_operand(lowering, &in->child[IN_OPERAND]) ? in
                                                                                 : NULL;
}

/* CASE best WHEN decisive THEN … : what the comparisons with all rows come to. ANY is true when one is true, else NULL
 * when one is NULL, else false; ALL likewise with false. As 0 and 1, max() and min() find the decisive one; count()
 * finds NULLs. */
static struct sql_node *judge(struct lowering *lowering, const struct sql_node *node,
                              struct sql_node *comparison) {
  uint32_t position = node->position;
  bool any = node->op == SQL_ANY;
  struct type boolean = TYPE(TYPE_BOOLEAN), bigint = TYPE(TYPE_BIGINT);
  struct sql_node *again = lower_clone(lowering, comparison);
  struct sql_node *best = lower_function(lowering, any ? "max" : "min", boolean,
                                         lower_list(lowering, position, 1, comparison));
  struct sql_node *known =
      again ? lower_function(lowering, "count", bigint,
                             lower_list(lowering, position, 1, again))
            : NULL;
  struct sql_node *all =
      lower_function(lowering, "count", bigint, lower_list(lowering, position, 0));
  struct sql_node *whens = lower_node(lowering, SQL_LIST, position, NULL);
  struct sql_node *result = lower_node(lowering, SQL_CASE, position, NULL);
  if (!best || !known || !all || !whens || !result)
    return NULL;
  all->flags |= SQL_ALL_ROWS;
  struct sql_node *conditions[2] = {lower_binary(lowering, "=", best,
                                                 lower_integer(lowering, position, any),
                                                 boolean),
                                    lower_binary(lowering, "<", known, all, boolean)};
  for (int i = 0; i < 2; i++) {
    struct sql_node *when = lower_node(lowering, SQL_WHEN, position, NULL);
    if (!when || !conditions[i])
      return NULL;
    when->child[WHEN_CONDITION] = conditions[i];
    when->child[WHEN_RESULT] =
        lower_node(lowering, i == 0 ? SQL_BOOLEAN : SQL_NULL, position, NULL);
    if (!when->child[WHEN_RESULT] || !lower_append(lowering, whens, when))
      return NULL;
    when->child[WHEN_RESULT]->op = i == 0 && any;
  }
  result->child[CASE_WHENS] = whens;
  result->child[CASE_ELSE] = lower_node(lowering, SQL_BOOLEAN, position, NULL);
  result->type = boolean;
  if (!result->child[CASE_ELSE])
    return NULL;
  result->child[CASE_ELSE]->op = !any;
  return result;
}

/* `left operator right` of lowered operands. */
static struct sql_node *compare_one(struct lowering *lowering,
                                    const struct sql_node *node, struct sql_node *left,
                                    struct sql_node *right) {
  const struct function *function = node->bound;
  if (!function) { /* LIKE and its kin: ~~, !~~, ~~*, !~~* */
    struct sql_node *like = lower_node(lowering, SQL_LIKE, node->position, NULL);
    if (!like)
      return NULL;
    like->op = strchr(node->text, '*') ? SQL_LIKE_ILIKE : SQL_LIKE_LIKE;
    like->flags = node->text[0] == '!' ? SQL_NOT : 0;
    like->child[LIKE_OPERAND] = left;
    like->child[LIKE_PATTERN] = right;
    like->type = node->type;
    return lower_like_operator(lowering, like);
  }
  const char *name = function->sqlite;
  if (name[0] >= 'a' && name[0] <= 'z')
    return lower_function(lowering, name, node->type,
                          lower_list(lowering, node->position, 2, left, right));
  return lower_binary(lowering, name, left, right, node->type);
}

static struct sql_node *compare_all(struct lowering *lowering, struct sql_node *node) {
  uint32_t position = node->position;
  struct sql_node *right = node->child[RIGHT], *reference, *column;
  bool query = right->kind == SQL_QUERY;
  int32_t level = --lowering->next_level;
  /* The left side is evaluated among the rows of the right one, which are those of a query. */
  if (belongs_here(node->child[LEFT]) || (!query && belongs_here(right))) {
    lower_unsupported(lowering, position,
                      "an aggregate or window function compared with ANY or ALL");
    return NULL;
  }
  if (query) {
    reference = lower_derived(lowering, right, "__elements");
    column = reference ? lower_derived_column(lowering, reference, 0, level) : NULL;
  } else {
    struct type element = {right->type.id, false, -1, -1, 0};
    reference = unnest(lowering, right);
    column = plain_column(lowering, "__elements", "value", element, position);
    if (column)
      column->bound = reference;
  }
  if (!reference || !column)
    return NULL;
  struct sql_node *left = node->child[LEFT];
  struct ordering ordering = lower_ordering(left);
  if (query && lower_query(lowering, right) != TIDE_OK)
    return NULL;
  left = lower_ordered(lowering, lower_value(lowering, left), ordering, NULL);
  struct sql_node *comparison = left ? compare_one(lowering, node, left, column) : NULL;
  struct sql_node *verdict = comparison ? judge(lowering, node, comparison) : NULL;
  struct sql_node *select =
      verdict ? lower_select_of(lowering,
                                lower_list(lowering, position, 1,
                                           lower_result(lowering, verdict, NULL)),
                                reference, level)
              : NULL;
  struct sql_node *scalar = lower_node(lowering, SQL_SCALAR_QUERY, position, NULL);
  if (!select || !scalar)
    return NULL;
  scalar->child[0] = lower_query_of(lowering, select);
  scalar->type = node->type;
  return scalar->child[0] ? scalar : NULL;
}

struct sql_node *lower_quantified(struct lowering *lowering, struct sql_node *node) {
  bool array = node->child[RIGHT]->kind != SQL_QUERY;
  bool member =
      node->op == SQL_ANY ? strcmp(node->text, "=") == 0 : is_negator(node->text);
  return array && member ? in_array(lowering, node) : compare_all(lowering, node);
}
