/* Comparisons with a set that does not depend on the row: NOT IN, ANY, ALL, IN whose NULL
 * matters, EXISTS.
 *
 * What `x op ANY (set)` is for a row follows from the rows of the set that it is true for,
 * and, if there are none, from whether the set has any rows, and any that are NULL:
 *
 *     CASE WHEN EXISTS (SELECT 1 FROM set WHERE x op value) THEN true
 *          WHEN some AND (x IS NULL OR some_null) THEN NULL ELSE false END
 *
 * and ALL likewise with the negated operator. The first is correlated, so that a change of
 * the set concerns the rows that compare with it; the others are a node of one row, which
 * hardly ever changes. */
#include "view/normalise_internal.h"

#include <string.h>

/* --- the node that tells whether a set has rows, and rows that are NULL --- */

/* The first column of the node > right. */
static struct sql_node *column_more_than(struct splitter *splitter,
                                         const struct sql_node *reference,
                                         const struct sql_node *select,
                                         struct sql_node *right) {
  struct sql_node *left = build_column(splitter, reference, 0, select->index);
  return left && right ? build_comparison(splitter, ">", left, right) : NULL;
}

static struct sql_node *build_zero(struct splitter *splitter, uint32_t position) {
  struct sql_node *zero = sql_node_text(splitter->arena, SQL_INTEGER, position, "0");
  if (zero)
    zero->type = TYPE(TYPE_BIGINT);
  return zero;
}

/* SELECT count(*), count(value) FROM … of the set; without the second for EXISTS, which does
 * not compute values. */
static int count_rows(struct splitter *splitter, const struct sql_node *select,
                      bool values, const struct relation **counts) {
  struct sql_node *counting = bind_clone_tree(splitter->arena, select);
  if (!counting)
    return split_nomem(splitter);
  uint32_t position = select->position;
  const struct sql_node *results = counting->child[SELECT_RESULTS];
  struct sql_node *value = values ? results->child[0]->child[0] : NULL;
  counting->child[SELECT_RESULTS] = sql_node_new(splitter->arena, SQL_LIST, position);
  counting->bound_index = 1; /* it aggregates */
  if (!counting->child[SELECT_RESULTS] ||
      !build_result(splitter, counting,
                    build_count(splitter, NULL, counting->index, position), NULL) ||
      (values &&
       !build_result(splitter, counting,
                     build_count(splitter, value, counting->index, position), NULL)))
    return split_nomem(splitter);
  struct sql_node *query = build_query(splitter, counting);
  int rc = query ? tree_settle(splitter, query) : split_nomem(splitter);
  return rc == TIDE_OK ? graph_add(splitter->graph, query, counts) : rc;
}

/* SELECT count(*) > 0, count(*) > count(value): it changes only when these do. */
static int add_flags(struct splitter *splitter, const struct sql_node *select,
                     bool values, const struct relation **flags) {
  const struct relation *counts;
  int rc = count_rows(splitter, select, values, &counts);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *reference = build_reference(splitter, counts, select->position);
  struct sql_node *upper = reference ? build_select(splitter, reference) : NULL;
  if (!upper)
    return split_nomem(splitter);
  struct sql_node *query = build_query(splitter, upper);
  struct sql_node *zero = build_zero(splitter, select->position);
  if (!query || !build_result(splitter, upper,
                              column_more_than(splitter, reference, upper, zero), NULL))
    return split_nomem(splitter);
  struct sql_node *known =
      values ? build_column(splitter, reference, 1, upper->index) : NULL;
  if (values &&
      !build_result(splitter, upper,
                    column_more_than(splitter, reference, upper, known), NULL))
    return split_nomem(splitter);
  rc = tree_settle(splitter, query);
  return rc == TIDE_OK ? graph_add(splitter->graph, query, flags) : rc;
}

/* (SELECT the flag FROM the node) */
static struct sql_node *read_flag(struct splitter *splitter,
                                  const struct relation *flags, int which,
                                  uint32_t position) {
  struct sql_node *reference = build_reference(splitter, flags, position);
  struct sql_node *select = reference ? build_select(splitter, reference) : NULL;
  struct sql_node *scalar = sql_node_new(splitter->arena, SQL_SCALAR_QUERY, position);
  if (!select || !scalar ||
      !build_result(splitter, select,
                    build_column(splitter, reference, which, select->index), NULL))
    return NULL;
  scalar->child[0] = build_query(splitter, select);
  scalar->type = TYPE(TYPE_BOOLEAN);
  return scalar->child[0] ? scalar : NULL;
}

/* --- what is turned --- */

/* The operator that is true of two values where `symbol` is false; NULL: there is none. */
static const char *negated(const char *symbol) {
  static const char *const pairs[][2] = {{"=", "<>"}, {"<>", "="}, {"!=", "="},
                                         {"<", ">="}, {">", "<="}, {"<=", ">"},
                                         {">=", "<"}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (strcmp(symbol, pairs[i][0]) == 0)
      return pairs[i][1];
  return NULL;
}

/* SELECT value FROM one relation WHERE …, whatever the row around it is; or NULL. */
static struct sql_node *set_of(const struct sql_node *query) {
  struct sql_node *body = query->child[QUERY_BODY];
  bool plain = !query->child[QUERY_WITH] && !query->child[QUERY_LIMIT] &&
               !query->child[QUERY_OFFSET] && split_is_projection(body) &&
               tree_is_closed(query);
  return plain ? body : NULL;
}

/* The operator with which rows of the set are decisive, and whether that is for ANY; NULL: it
 * is no such comparison. */
static const char *decisive(const struct sql_node *node, bool *any) {
  *any = node->kind == SQL_IN_QUERY ? !(node->flags & SQL_NOT) : node->op == SQL_ANY;
  if (node->kind == SQL_IN_QUERY)
    return "=";
  if (node->kind != SQL_QUANTIFIED || !negated(node->text))
    return NULL;
  return *any ? node->text : negated(node->text);
}

/* The column that is compared, casts aside; or NULL. */
static const struct sql_node *compared_column(const struct sql_node *node) {
  while (node->kind == SQL_CAST)
    node = node->child[CAST_OPERAND];
  return node->kind == SQL_COLUMN && node->bound ? node : NULL;
}

static bool never_null(const struct sql_node *node) {
  const struct sql_node *column = compared_column(node);
  if (!column)
    return false;
  const struct sql_node *reference = column->bound;
  const struct relation *relation =
      reference->kind == SQL_TABLE_REFERENCE ? reference->bound : NULL;
  return relation && reference->bound_index != 1 &&
         relation->columns[column->bound_index].not_null;
}

/* EXISTS (SELECT 1 FROM set WHERE … AND operand op value); NULL when there is no such
 * operator, or no memory. */
static struct sql_node *build_match(struct splitter *splitter, const char *symbol,
                                    const struct sql_node *operand,
                                    const struct sql_node *query) {
  struct sql_node *own = bind_clone_tree(splitter->arena, query);
  struct sql_node *exists = sql_node_new(splitter->arena, SQL_EXISTS, query->position);
  struct sql_node *one =
      sql_node_text(splitter->arena, SQL_INTEGER, query->position, "1");
  struct sql_node *left = bind_clone_tree(splitter->arena, operand);
  if (!own || !exists || !one || !left)
    return NULL;
  struct sql_node *select = own->child[QUERY_BODY];
  struct sql_node *result = select->child[SELECT_RESULTS]->child[0];
  struct sql_node *comparison =
      build_comparison(splitter, symbol, left, result->child[0]);
  struct sql_node *where =
      comparison ? sql_and(splitter->arena, select->child[SELECT_WHERE], comparison)
                 : NULL;
  if (!where)
    return NULL;
  one->type = TYPE(TYPE_INTEGER);
  result->child[0] = one;
  select->child[SELECT_WHERE] = where;
  exists->child[0] = own;
  exists->type = TYPE(TYPE_BOOLEAN);
  return exists;
}

static struct sql_node *build_boolean(struct splitter *splitter, bool value,
                                      uint32_t position) {
  struct sql_node *node = sql_node_new(splitter->arena, SQL_BOOLEAN, position);
  if (node) {
    node->op = value;
    node->type = TYPE(TYPE_BOOLEAN);
  }
  return node;
}

static bool add_when(struct splitter *splitter, struct sql_node *whens,
                     struct sql_node *condition, struct sql_node *result) {
  struct sql_node *when = sql_node_new(splitter->arena, SQL_WHEN, whens->position);
  if (!when || !condition || !result || !sql_list_append(splitter->arena, whens, when))
    return false;
  when->child[WHEN_CONDITION] = condition;
  when->child[WHEN_RESULT] = result;
  return true;
}

/* some AND (operand IS NULL OR some_null) */
static struct sql_node *build_unknown(struct splitter *splitter,
                                      const struct relation *flags,
                                      const struct sql_node *operand) {
  uint32_t position = operand->position;
  struct sql_node *is = sql_node_new(splitter->arena, SQL_IS, position);
  struct sql_node *either = sql_node_text(splitter->arena, SQL_BINARY, position, "or");
  struct sql_node *some = read_flag(splitter, flags, 0, position);
  if (!is || !either || !some)
    return NULL;
  is->op = SQL_IS_NULL;
  is->type = either->type = TYPE(TYPE_BOOLEAN);
  is->child[0] = bind_clone_tree(splitter->arena, operand);
  either->child[LEFT] = is;
  either->child[RIGHT] = read_flag(splitter, flags, 1, position);
  return is->child[0] && either->child[RIGHT] ? sql_and(splitter->arena, some, either)
                                              : NULL;
}

/* The set becomes a node. */
static int keep_set(struct splitter *splitter, struct sql_node *query) {
  const struct relation *relation;
  struct sql_node *own = build_query(splitter, query->child[QUERY_BODY]);
  int rc = own ? tree_settle(splitter, own) : split_nomem(splitter);
  if (rc == TIDE_OK)
    rc = graph_add(splitter->graph, own, &relation);
  if (rc != TIDE_OK)
    return rc;
  query->child[QUERY_BODY] = build_select_all(splitter, relation, query->position);
  return query->child[QUERY_BODY] ? TIDE_OK : split_nomem(splitter);
}

/* Values that are computed are kept, so that they are found by index. */
static int keep_values(struct splitter *splitter, struct sql_node *query) {
  const struct sql_node *results = query->child[QUERY_BODY]->child[SELECT_RESULTS];
  return results->child[0]->child[0]->kind == SQL_COLUMN ? TIDE_OK
                                                         : keep_set(splitter, query);
}

/* `node` becomes the CASE. */
static int turn(struct splitter *splitter, struct sql_node *node, const char *symbol,
                bool any) {
  const struct sql_node *operand = node->child[LEFT];
  struct sql_node *query = node->child[RIGHT];
  int rc = keep_values(splitter, query);
  if (rc != TIDE_OK)
    return rc;
  const struct sql_node *set = query->child[QUERY_BODY];
  const struct sql_node *value = set->child[SELECT_RESULTS]->child[0]->child[0];
  struct sql_node *match = build_match(splitter, symbol, operand, query);
  if (!match)
    return splitter->arena->failed ? split_nomem(splitter) : TIDE_OK;
  uint32_t position = node->position;
  struct sql_node *result = sql_node_new(splitter->arena, SQL_CASE, position);
  struct sql_node *whens = sql_node_new(splitter->arena, SQL_LIST, position);
  struct sql_node *null = sql_node_new(splitter->arena, SQL_NULL, position);
  if (!result || !whens || !null ||
      !add_when(splitter, whens, match, build_boolean(splitter, any, position)))
    return split_nomem(splitter);
  null->type = result->type = TYPE(TYPE_BOOLEAN);
  if (!never_null(operand) || !never_null(value)) {
    const struct relation *flags;
    rc = add_flags(splitter, set, true, &flags);
    if (rc != TIDE_OK)
      return rc;
    if (!add_when(splitter, whens, build_unknown(splitter, flags, operand), null))
      return split_nomem(splitter);
  }
  result->child[CASE_WHENS] = whens;
  result->child[CASE_ELSE] = build_boolean(splitter, !any, position);
  if (!result->child[CASE_ELSE])
    return split_nomem(splitter);
  *node = *result;
  return TIDE_OK;
}

/* EXISTS of a set: whether it has rows. */
static int turn_exists(struct splitter *splitter, struct sql_node *node) {
  const struct relation *flags;
  const struct sql_node *set = set_of(node->child[0]);
  if (!set)
    return TIDE_OK;
  int rc = add_flags(splitter, set, false, &flags);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *flag = read_flag(splitter, flags, 0, node->position);
  if (!flag)
    return split_nomem(splitter);
  *node = *flag;
  return TIDE_OK;
}

/* One value of a set: a change of the set matters only if it is of that value. */
static int turn_scalar(struct splitter *splitter, struct sql_node *query) {
  const struct sql_node *set = set_of(query);
  return set && set->child[SELECT_WHERE] ? keep_set(splitter, query) : TIDE_OK;
}

static int turn_below(struct splitter *splitter, struct sql_node *node) {
  bool any;
  if (!node || node->kind == SQL_QUERY)
    return TIDE_OK;
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < node->count; i++)
    rc = turn_below(splitter, node->child[i]);
  if (rc == TIDE_OK && node->kind == SQL_EXISTS)
    return turn_exists(splitter, node);
  if (rc == TIDE_OK && node->kind == SQL_SCALAR_QUERY)
    return turn_scalar(splitter, node->child[0]);
  const char *symbol = decisive(node, &any);
  bool fits = rc == TIDE_OK && symbol && node->child[RIGHT]->kind == SQL_QUERY &&
              compared_column(node->child[LEFT]) && set_of(node->child[RIGHT]);
  return fits ? turn(splitter, node, symbol, any) : rc;
}

int split_quantified(struct splitter *splitter, struct sql_node *select) {
  int rc = turn_below(splitter, select->child[SELECT_WHERE]);
  bool rows = !select->child[SELECT_GROUP] && select->bound_index != 1 &&
              !select->child[SELECT_HAVING];
  return rc == TIDE_OK && rows ? turn_below(splitter, select->child[SELECT_RESULTS])
                               : rc;
}
