/* SELECT: star expansion, the names of results, GROUP BY, ORDER BY, DISTINCT. */
#include <string.h>

#include "catalog/bind_internal.h"

/* --- the names of results, as PostgreSQL chooses them --- */

/* A name and how well it fits: 0 none, 1 only if nothing better is found, 2 good. */
struct output_name {
  const char *name;
  int strength;
};

static struct output_name name_of(const struct sql_node *node);

static struct output_name name_of_query(const struct sql_node *query) {
  while (query && (query->kind == SQL_QUERY || query->kind == SQL_SET_OPERATION))
    query = query->child[query->kind == SQL_QUERY ? (int)QUERY_BODY : (int)BODY_LEFT];
  if (!query || query->kind != SQL_SELECT)
    return (struct output_name){"column1", query && query->kind == SQL_VALUES ? 2 : 0};
  const struct sql_node *result = query->child[SELECT_RESULTS]->child[0];
  if (result->text)
    return (struct output_name){result->text, 2};
  return name_of(result->child[0]);
}

static struct output_name name_of_cast(const struct sql_node *cast) {
  struct output_name operand = name_of(cast->child[CAST_OPERAND]);
  if (operand.strength > 1)
    return operand;
  const struct sql_node *type = cast->child[CAST_TYPE];
  enum type_id id = type_by_name(type->text);
  return (struct output_name){id == TYPE_COUNT ? type->text : bind_type_name(id), 1};
}

static struct output_name name_of(const struct sql_node *node) {
  switch (node->kind) {
  case SQL_COLUMN: return (struct output_name){node->text, 2};
  case SQL_STAR:
    return (struct output_name){node->child[0] ? node->child[0]->text : NULL, 2};
  case SQL_CALL: return (struct output_name){node->child[CALL_NAME]->text, 2};
  case SQL_CAST: return name_of_cast(node);
  case SQL_COLLATE:
  case SQL_SUBSCRIPT: return name_of(node->child[0]);
  case SQL_CASE: {
    struct output_name otherwise = {NULL, 0};
    if (node->child[CASE_ELSE])
      otherwise = name_of(node->child[CASE_ELSE]);
    return otherwise.strength > 1 ? otherwise : (struct output_name){"case", 1};
  }
  case SQL_ARRAY:
  case SQL_ARRAY_QUERY: return (struct output_name){"array", 2};
  case SQL_ROW: return (struct output_name){"row", 2};
  case SQL_EXISTS: return (struct output_name){"exists", 2};
  case SQL_SCALAR_QUERY: return name_of_query(node->child[0]);
  default: return (struct output_name){NULL, 0};
  }
}

const char *bind_output_name(const struct sql_node *expression) {
  struct output_name name = name_of(expression);
  return name.name ? name.name : "?column?";
}

/* --- results --- */

static bool append_result(struct binder *binder, struct sql_node *results,
                          const struct scope_column *column, uint32_t position) {
  if (column->hidden)
    return true;
  struct sql_node *result = bind_node(binder, SQL_RESULT, position, column->name);
  if (!result)
    return false;
  result->child[0] = bind_scope_column(binder, column, position);
  return result->child[0] && bind_append(binder, results, result);
}

static bool expand_star(struct binder *binder, struct scope *scope,
                        const struct sql_node *star, struct sql_node *results) {
  const struct scope_column *columns = scope->columns;
  int count = scope->column_count;
  if (star->child[0]) {
    struct scope_reference *reference =
        bind_find_reference(binder, scope, star->child[0]);
    if (!reference)
      return false;
    columns = reference->columns;
    count = reference->count;
  } else if (scope->reference_count == 0) {
    error_set_at(binder->error, TIDE_ERROR_SYNTAX, star->position,
                 "SELECT * with no tables specified is not valid");
    return false;
  }
  for (int i = 0; i < count; i++) {
    if (!append_result(binder, results, &columns[i], star->position))
      return false;
  }
  return true;
}

static bool bind_result(struct binder *binder, struct scope *scope,
                        struct sql_node *result, struct sql_node *results) {
  if (result->child[0]->kind == SQL_STAR)
    return expand_star(binder, scope, result->child[0], results);
  if (!result->text) {
    result->text = bind_output_name(result->child[0]);
    result->length = (uint32_t)strlen(result->text);
  }
  if (!bind_slot(binder, scope, &result->child[0]))
    return false;
  return bind_append(binder, results, result);
}

int bind_results(struct binder *binder, struct scope *scope, struct sql_node *results) {
  struct sql_node *expanded = bind_node(binder, SQL_LIST, results->position, NULL);
  if (!expanded)
    return TIDE_ERROR_NOMEM;
  for (uint32_t i = 0; i < results->count; i++) {
    if (!bind_result(binder, scope, results->child[i], expanded))
      return binder->error->code;
  }
  if (expanded->count > BIND_COLUMNS_MAX)
    return error_set_at(binder->error, TIDE_ERROR_LIMIT, results->position,
                        "target lists can have at most %d entries", BIND_COLUMNS_MAX);
  *results = *expanded;
  return TIDE_OK;
}

/* --- ORDER BY, GROUP BY and DISTINCT ON: ordinals, names, expressions --- */

/* An integer that stands for a result; a minus before it makes it one that does not exist. */
static bool is_ordinal(const struct sql_node *node, long *ordinal) {
  bool negative = node->kind == SQL_UNARY && node->text[0] == '-';
  const struct sql_node *digits = negative ? node->child[0] : node;
  if (digits->kind != SQL_INTEGER)
    return false;
  *ordinal = 0;
  for (const char *digit = digits->text; *digit && *ordinal < 1000000; digit++) {
    if (*digit < '0' || *digit > '9')
      return false;
    *ordinal = *ordinal * 10 + (*digit - '0');
  }
  if (negative)
    *ordinal = -*ordinal;
  return true;
}

static bool is_constant(const struct sql_node *node) {
  if (node->kind == SQL_UNARY && node->text[0] == '-')
    node = node->child[0];
  switch (node->kind) {
  case SQL_NULL:
  case SQL_BOOLEAN:
  case SQL_INTEGER:
  case SQL_DECIMAL:
  case SQL_STRING:
  case SQL_BLOB: return true;
  default: return false;
  }
}

/* The result that `node` names by its number, from 0; -1: it is no number; -2: error. */
static int result_by_number(struct binder *binder, const struct sql_node *node,
                            int count, const char *clause) {
  long ordinal;
  if (is_ordinal(node, &ordinal)) {
    if (ordinal >= 1 && ordinal <= count)
      return (int)ordinal - 1;
    error_set_at(binder->error, TIDE_ERROR_COLUMN_REFERENCE, node->position,
                 "%s position %ld is not in select list", clause, ordinal);
    return -2;
  }
  if (!is_constant(node))
    return -1;
  error_set_at(binder->error, TIDE_ERROR_SYNTAX, node->position,
               "non-integer constant in %s", clause);
  return -2;
}

/* The result with the name that `node` is; -1: there is none; -2: there are several that differ. */
static int result_by_name(struct binder *binder, const struct sql_node *node,
                          const struct sql_node *results, const char *clause) {
  int found = -1;
  if (node->kind != SQL_COLUMN || node->child[0])
    return -1;
  for (uint32_t i = 0; i < results->count; i++) {
    const struct sql_node *result = results->child[i];
    if (strcmp(result->text, node->text) != 0)
      continue;
    if (found >= 0 && !sql_equal(results->child[found]->child[0], result->child[0])) {
      error_set_at(binder->error, TIDE_ERROR_AMBIGUOUS_COLUMN, node->position,
                   "%s %q is ambiguous", clause, node->text);
      return -2;
    }
    if (found < 0)
      found = (int)i;
  }
  return found;
}

static int result_equal_to(const struct sql_node *node,
                           const struct sql_node *results) {
  for (uint32_t i = 0; i < results->count; i++) {
    if (sql_equal(results->child[i]->child[0], node))
      return (int)i;
  }
  return -1;
}

static struct sql_node *ordinal_node(struct binder *binder,
                                     const struct sql_node *results, int index,
                                     uint32_t position) {
  struct sql_node *node = bind_integer(binder, position, index + 1);
  if (node)
    node->type = results->child[index]->child[0]->type;
  return node;
}

/* An expression to order by: the number of the result that it is, or itself, bound. */
static bool bind_order_expression(struct binder *binder, struct scope *scope,
                                  struct sql_node **slot,
                                  const struct sql_node *results, const char *clause) {
  struct sql_node *node = *slot;
  int result = result_by_number(binder, node, (int)results->count, clause);
  if (result == -1)
    result = result_by_name(binder, node, results, clause);
  if (result == -2)
    return false;
  if (result == -1) {
    if (!bind_slot(binder, scope, slot))
      return false;
    if (bind_is_unknown((*slot)->type))
      *slot = bind_convert(binder, *slot, TYPE(TYPE_TEXT), CONVERT_IMPLICIT);
    if (!*slot)
      return false;
    result = result_equal_to(*slot, results);
  }
  if (result < 0)
    return true;
  *slot = ordinal_node(binder, results, result, node->position);
  return *slot != NULL;
}

bool bind_check_comparable(struct binder *binder, struct type type, uint32_t position,
                           const char *operator) {
  if (type_compares(type))
    return true;
  if (type.id == TYPE_RECORD)
    bind_unsupported(binder, position, "comparing rows but field by field");
  else
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_FUNCTION, position,
                 "could not identify %s operator for type %s", operator,
                 bind_type_text(binder, type));
  return false;
}

bool bind_check_orderable(struct binder *binder, const struct sql_node *node) {
  return bind_check_comparable(binder, node->type, node->position, "an ordering");
}

int bind_order(struct binder *binder, struct scope *scope, struct sql_node *order,
               struct sql_node *select) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  for (uint32_t i = 0; order && i < order->count; i++) {
    struct sql_node **slot = &order->child[i]->child[0];
    if (!bind_order_expression(binder, scope, slot, results, "ORDER BY"))
      return binder->error->code;
    struct sql_node *row =
        select->flags & SQL_DISTINCT ? NULL : bind_row_to_spread(*slot, results);
    if (row ? !bind_spread_order(binder, order, &i, row)
            : !bind_check_orderable(binder, *slot))
      return binder->error->code;
    if (select->flags & SQL_DISTINCT && !select->child[SELECT_DISTINCT_ON] &&
        (*slot)->kind != SQL_INTEGER)
      return error_set_at(binder->error, TIDE_ERROR_COLUMN_REFERENCE, (*slot)->position,
                          "for SELECT DISTINCT, ORDER BY expressions must appear in "
                          "select list");
  }
  return TIDE_OK;
}

/* --- GROUP BY --- */

static bool is_input_column(const struct scope *scope, const struct sql_node *node) {
  for (int i = 0; i < scope->column_count; i++) {
    if (strcmp(scope->columns[i].name, node->text) == 0)
      return true;
  }
  return false;
}

static bool bind_group_item(struct binder *binder, struct scope *scope,
                            struct sql_node **slot, const struct sql_node *results);

static bool bind_group_expression(struct binder *binder, struct scope *scope,
                                  struct sql_node **slot,
                                  const struct sql_node *results) {
  struct sql_node *node = *slot;
  int result = result_by_number(binder, node, (int)results->count, "GROUP BY");
  if (result == -1 && !(node->kind == SQL_COLUMN && is_input_column(scope, node)))
    result = result_by_name(binder, node, results, "GROUP BY");
  if (result == -2)
    return false;
  if (result == -1)
    return bind_slot(binder, scope, slot);
  const struct sql_node *expression = results->child[result]->child[0];
  /* A constant would be taken for an ordinal: it stays one. */
  *slot = is_constant(expression)
              ? ordinal_node(binder, results, result, node->position)
              : bind_clone(binder, expression);
  return *slot != NULL;
}

static bool refuse_in_group(struct binder *binder, const struct sql_node *node,
                            int32_t level) {
  if (bind_is_aggregate(node) && node->index == level)
    error_set_at(binder->error, TIDE_ERROR_GROUPING, node->position,
                 "aggregate functions are not allowed in GROUP BY");
  else if (bind_is_window_call(node) && node->index == level)
    error_set_at(binder->error, TIDE_ERROR_WINDOWING, node->position,
                 "window functions are not allowed in GROUP BY");
  return binder->error->code == 0;
}

/* GROUP BY (a, b), c is GROUP BY a, b, c. */
static bool flatten_sets(struct binder *binder, struct sql_node *group,
                         struct sql_node *flat) {
  for (uint32_t i = 0; i < group->count; i++) {
    struct sql_node *item = group->child[i];
    bool set = item->kind == SQL_GROUPING && item->op == SQL_GROUPING_SET;
    if (set ? !flatten_sets(binder, item, flat) : !bind_append(binder, flat, item))
      return false;
  }
  return true;
}

/* GROUPING SETS, ROLLUP and CUBE hold expressions and each other. */
static bool bind_grouping(struct binder *binder, struct scope *scope,
                          struct sql_node *grouping, const struct sql_node *results) {
  if (!bind_enter(binder, grouping->position))
    return false;
  bool bound = true;
  for (uint32_t i = 0; bound && i < grouping->count; i++)
    bound = bind_group_item(binder, scope, &grouping->child[i], results) &&
            (grouping->child[i]->kind == SQL_GROUPING ||
             bind_check_orderable(binder, grouping->child[i]));
  bind_leave(binder);
  return bound;
}

static bool bind_group_item(struct binder *binder, struct scope *scope,
                            struct sql_node **slot, const struct sql_node *results) {
  if ((*slot)->kind == SQL_GROUPING)
    return bind_grouping(binder, scope, *slot, results);
  if (!bind_group_expression(binder, scope, slot, results))
    return false;
  if (bind_is_unknown((*slot)->type))
    *slot = bind_convert(binder, *slot, TYPE(TYPE_TEXT), CONVERT_IMPLICIT);
  return *slot && refuse_in_group(binder, *slot, scope->level->id);
}

static int bind_group(struct binder *binder, struct scope *scope,
                      struct sql_node *select) {
  struct sql_node *group = select->child[SELECT_GROUP];
  if (!group)
    return TIDE_OK;
  struct sql_node *flat = bind_node(binder, SQL_LIST, group->position, NULL);
  if (!flat || !flatten_sets(binder, group, flat))
    return binder->error->code;
  /* GROUP BY () stays a grouping set: without one there would be no grouping. */
  if (flat->count == 0)
    flat = group;
  struct sql_node *keys = bind_node(binder, SQL_LIST, group->position, NULL);
  for (uint32_t i = 0; keys && i < flat->count; i++) {
    struct sql_node **slot = &flat->child[i];
    if (!bind_group_item(binder, scope, slot, select->child[SELECT_RESULTS]) ||
        ((*slot)->kind == SQL_GROUPING ? !bind_append(binder, keys, *slot)
                                       : !bind_append_keys(binder, keys, *slot)))
      return binder->error->code;
  }
  select->child[SELECT_GROUP] = keys;
  return keys ? TIDE_OK : binder->error->code;
}

/* --- DISTINCT ON --- */

static bool in_distinct_on(const struct sql_node *distinct,
                           const struct sql_node *node) {
  for (uint32_t i = 0; i < distinct->count; i++) {
    if (sql_equal(distinct->child[i], node))
      return true;
  }
  return false;
}

/* ORDER BY has to begin with the expressions of DISTINCT ON, in any order. */
static int check_distinct_on(struct binder *binder, const struct sql_node *distinct,
                             const struct sql_node *order) {
  uint32_t matched = 0;
  for (uint32_t i = 0; order && i < order->count && matched < distinct->count; i++) {
    const struct sql_node *expression = order->child[i]->child[0];
    if (!in_distinct_on(distinct, expression))
      return error_set_at(binder->error, TIDE_ERROR_COLUMN_REFERENCE,
                          distinct->position,
                          "SELECT DISTINCT ON expressions must match initial ORDER BY "
                          "expressions");
    bool repeated = false;
    for (uint32_t j = 0; j < i; j++)
      repeated |= sql_equal(order->child[j]->child[0], expression);
    matched += !repeated;
  }
  return TIDE_OK;
}

static int bind_distinct_on(struct binder *binder, struct scope *scope,
                            struct sql_node *select, const struct sql_node *order) {
  struct sql_node *distinct = select->child[SELECT_DISTINCT_ON];
  if (!distinct || distinct->count == 0)
    return TIDE_OK;
  scope->level->clause = CLAUSE_DISTINCT_ON;
  for (uint32_t i = 0; i < distinct->count; i++) {
    if (!bind_order_expression(binder, scope, &distinct->child[i],
                               select->child[SELECT_RESULTS], "DISTINCT ON"))
      return binder->error->code;
  }
  return check_distinct_on(binder, distinct, order);
}

/* --- the whole --- */

static int check_recursive_term(struct binder *binder, const struct sql_node *select) {
  const char *what = NULL;
  if (select->flags & SQL_DISTINCT)
    what = "DISTINCT in a recursive term";
  else if (select->child[SELECT_GROUP] || select->child[SELECT_HAVING])
    what = "GROUP BY in a recursive term";
  return what ? bind_unsupported(binder, select->position, what) : TIDE_OK;
}

static int bind_conditions(struct binder *binder, struct scope *scope,
                           struct sql_node *select) {
  struct level *level = scope->level;
  level->clause = CLAUSE_WHERE;
  if (!bind_condition(binder, scope, &select->child[SELECT_WHERE], "WHERE"))
    return binder->error->code;
  level->clause = CLAUSE_GROUP;
  int rc = bind_group(binder, scope, select);
  if (rc != TIDE_OK)
    return rc;
  level->clause = CLAUSE_HAVING;
  return bind_condition(binder, scope, &select->child[SELECT_HAVING], "HAVING")
             ? TIDE_OK
             : binder->error->code;
}

static int check_distinct_types(struct binder *binder, const struct sql_node *select) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  for (uint32_t i = 0; select->flags & SQL_DISTINCT && i < results->count; i++) {
    struct type type = results->child[i]->child[0]->type;
    if (!select->child[SELECT_DISTINCT_ON] &&
        !bind_row_is_its_text(results->child[i]->child[0]) &&
        !bind_check_comparable(binder, type, results->child[i]->position,
                               "an equality"))
      return binder->error->code;
  }
  return TIDE_OK;
}

static int bind_clauses(struct binder *binder, struct scope *scope,
                        struct sql_node *select, struct sql_node *order) {
  struct level *level = scope->level;
  int rc = bind_windows(binder, scope, select->child[SELECT_WINDOWS]);
  level->clause = CLAUSE_RESULTS;
  if (rc == TIDE_OK)
    rc = bind_results(binder, scope, select->child[SELECT_RESULTS]);
  if (rc == TIDE_OK)
    rc = bind_conditions(binder, scope, select);
  level->clause = CLAUSE_ORDER;
  if (rc == TIDE_OK)
    rc = bind_order(binder, scope, order, select);
  if (rc == TIDE_OK)
    rc = bind_distinct_on(binder, scope, select, order);
  if (rc == TIDE_OK)
    rc = check_distinct_types(binder, select);
  bool grouped = level->has_aggregates || level->has_grouping_calls ||
                 select->child[SELECT_GROUP] || select->child[SELECT_HAVING];
  select->bound_index = level->has_aggregates;
  if (rc == TIDE_OK && level->set_functions)
    rc = bind_set_function(binder, level, select, order, grouped);
  if (rc == TIDE_OK && grouped)
    rc = bind_check_grouping(binder, level, select, order);
  return rc;
}

int bind_select(struct binder *binder, struct sql_node *query, struct sql_node *select,
                struct scope *outer, struct cte *ctes) {
  struct level *level = bind_level_new(binder);
  if (!level)
    return TIDE_ERROR_NOMEM;
  level->outer = outer ? outer->level : NULL;
  select->index = level->id;
  level->recursive_term = binder->in_recursive_term;
  binder->in_recursive_term = false;
  int rc = level->recursive_term ? check_recursive_term(binder, select) : TIDE_OK;
  if (rc != TIDE_OK)
    return rc;
  struct scope *scope = bind_scope_new(binder, outer, level, ctes);
  if (!scope)
    return TIDE_ERROR_NOMEM;
  rc = bind_from(binder, select->child[SELECT_FROM], &scope);
  if (rc != TIDE_OK)
    return rc;
  rc = bind_clauses(binder, scope, select, query ? query->child[QUERY_ORDER] : NULL);
  return rc == TIDE_OK && query ? bind_locking(binder, query, scope, select) : rc;
}
