/* Queries: what is around a SELECT (WITH, ORDER BY, LIMIT), VALUES, set operations, and their columns. */
#include <string.h>

#include "catalog/bind_internal.h"

/* --- the columns of a bound query --- */

struct sql_node *query_leftmost(struct sql_node *query) {
  while (query->kind == SQL_QUERY || query->kind == SQL_SET_OPERATION)
    query = query->child[query->kind == SQL_QUERY ? (int)QUERY_BODY : (int)BODY_LEFT];
  return query;
}

/* A bound MERGE gives them with a query. */
static const struct sql_node *merge_returning(const struct sql_node *merge) {
  const struct sql_node *returning = merge->child[MERGE_RETURNING];
  return returning && returning->kind == SQL_QUERY
             ? returning->child[QUERY_BODY]->child[SELECT_RESULTS]
             : returning;
}

const struct sql_node *query_returning(const struct sql_node *statement) {
  switch (statement->kind) {
  case SQL_INSERT: return statement->child[INSERT_RETURNING];
  case SQL_UPDATE: return statement->child[UPDATE_RETURNING];
  case SQL_DELETE: return statement->child[DELETE_RETURNING];
  case SQL_MERGE: return merge_returning(statement);
  default: return NULL;
  }
}

/* Of anything but VALUES; NULL: a write without RETURNING. */
static const struct sql_node *results_of(const struct sql_node *left) {
  return left->kind == SQL_SELECT ? left->child[SELECT_RESULTS] : query_returning(left);
}

int query_column_count(const struct sql_node *query) {
  const struct sql_node *left = query_leftmost((struct sql_node *)query);
  if (left->kind == SQL_VALUES)
    return left->count > 0 ? (int)left->child[0]->count : 0;
  const struct sql_node *results = results_of(left);
  return results ? (int)results->count : 0;
}

const char *query_column_name(const struct sql_node *query, int index) {
  const struct sql_node *left = query_leftmost((struct sql_node *)query);
  if (left->kind == SQL_VALUES) /* bind_values put them there */
    return ((const char *const *)left->child[0]->bound)[index];
  return results_of(left)->child[index]->text;
}

struct type query_column_type(const struct sql_node *query, int index) {
  const struct sql_node *left = query_leftmost((struct sql_node *)query);
  if (left->kind == SQL_VALUES)
    return left->child[0]->child[index]->type;
  return results_of(left)->child[index]->child[0]->type;
}

static bool name_taken(const struct sql_node *results, uint32_t count,
                       const char *name) {
  for (uint32_t i = 0; i < count; i++) {
    if (bind_same_name(results->child[i]->text, name))
      return true;
  }
  return false;
}

int query_unique_names(struct binder *binder, struct sql_node *query) {
  struct sql_node *left = query_leftmost(query);
  if (left->kind == SQL_VALUES)
    return TIDE_OK;
  struct sql_node *results = left->child[SELECT_RESULTS];
  for (uint32_t i = 1; i < results->count; i++) {
    struct sql_node *result = results->child[i];
    const char *wanted = result->text, *name = wanted;
    for (int number = 1; name && name_taken(results, i, name); number++)
      name = arena_format(binder->arena, "%s_%d", wanted, number);
    if (!name)
      return bind_nomem(binder);
    result->text = name;
    result->length = (uint32_t)strlen(name);
  }
  return TIDE_OK;
}

/* --- converting results --- */

static int convert_slot(struct binder *binder, struct sql_node **slot, struct type type,
                        enum conversion how) {
  struct sql_node *converted = bind_convert(binder, *slot, type, how);
  /* numeric(10, 2) UNION numeric is numeric. */
  if (converted && type.precision < 0 && converted->type.id == type.id)
    converted = bind_relabel(binder, converted, type);
  if (!converted)
    return binder->error->code;
  *slot = converted;
  return TIDE_OK;
}

static int convert_values(struct binder *binder, struct sql_node *values,
                          const struct type *types, int count, enum conversion how) {
  for (uint32_t row = 0; row < values->count; row++) {
    for (int i = 0; i < count; i++) {
      int rc = convert_slot(binder, &values->child[row]->child[i], types[i], how);
      if (rc != TIDE_OK)
        return rc;
    }
  }
  return TIDE_OK;
}

static int convert_results(struct binder *binder, struct sql_node *select,
                           const struct type *types, int count, enum conversion how) {
  struct sql_node *results = select->child[SELECT_RESULTS];
  for (int i = 0; i < count; i++) {
    int rc = convert_slot(binder, &results->child[i]->child[0], types[i], how);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

int query_convert(struct binder *binder, struct sql_node *query,
                  const struct type *types, int count, enum conversion how) {
  if (!bind_enter(binder, query->position))
    return binder->error->code;
  int rc = TIDE_OK;
  switch (query->kind) {
  case SQL_QUERY:
    rc = query_convert(binder, query->child[QUERY_BODY], types, count, how);
    break;
  case SQL_SET_OPERATION:
    rc = query_convert(binder, query->child[BODY_LEFT], types, count, how);
    if (rc == TIDE_OK)
      rc = query_convert(binder, query->child[BODY_RIGHT], types, count, how);
    break;
  case SQL_VALUES: rc = convert_values(binder, query, types, count, how); break;
  default: rc = convert_results(binder, query, types, count, how); break;
  }
  bind_leave(binder);
  return rc;
}

int query_resolve(struct binder *binder, struct sql_node *query) {
  int count = query_column_count(query);
  bool any = false;
  struct type *types = bind_alloc(binder, (size_t)count * sizeof *types);
  if (!types)
    return TIDE_ERROR_NOMEM;
  for (int i = 0; i < count; i++) {
    struct type type = query_column_type(query, i);
    any |= bind_is_unknown(type);
    types[i] = bind_is_unknown(type) ? TYPE(TYPE_TEXT) : type;
  }
  return any ? query_convert(binder, query, types, count, CONVERT_IMPLICIT) : TIDE_OK;
}

/* --- VALUES --- */

static int name_values(struct binder *binder, struct sql_node *values) {
  uint32_t count = values->child[0]->count;
  const char **names = bind_alloc(binder, count * sizeof *names);
  if (!names)
    return TIDE_ERROR_NOMEM;
  for (uint32_t i = 0; i < count; i++) {
    names[i] = arena_format(binder->arena, "column%u", (unsigned)(i + 1));
    if (!names[i])
      return bind_nomem(binder);
  }
  values->child[0]->bound = names;
  return TIDE_OK;
}

/* One column of all rows becomes one type; unknown if all are. */
static int unify_column(struct binder *binder, struct sql_node *values, uint32_t column,
                        struct type *common) {
  *common = TYPE(TYPE_UNKNOWN);
  for (uint32_t row = 0; row < values->count; row++) {
    const struct sql_node *node = values->child[row]->child[column];
    struct type previous = *common;
    if (!type_common(previous, node->type, common))
      return error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, node->position,
                          "VALUES types %s and %s cannot be matched",
                          bind_type_text(binder, previous),
                          bind_type_text(binder, node->type));
  }
  return TIDE_OK;
}

static int bind_values(struct binder *binder, struct sql_node *values,
                       struct scope *outer, struct cte *ctes) {
  struct level *level = bind_level_new(binder);
  struct scope *scope = level ? bind_scope_new(binder, outer, level, ctes) : NULL;
  if (!scope)
    return TIDE_ERROR_NOMEM;
  level->clause = CLAUSE_VALUES;
  uint32_t count = values->child[0]->count;
  for (uint32_t row = 0; row < values->count; row++) {
    if (values->child[row]->count != count)
      return error_set_at(binder->error, TIDE_ERROR_SYNTAX,
                          values->child[row]->position,
                          "VALUES lists must all be the same length");
    if (!bind_list(binder, scope, values->child[row]))
      return binder->error->code;
  }
  struct type *types = bind_alloc(binder, count * sizeof *types);
  if (!types)
    return TIDE_ERROR_NOMEM;
  for (uint32_t i = 0; i < count; i++) {
    int rc = unify_column(binder, values, i, &types[i]);
    if (rc != TIDE_OK)
      return rc;
  }
  int rc = convert_values(binder, values, types, (int)count, CONVERT_IMPLICIT);
  return rc == TIDE_OK ? name_values(binder, values) : rc;
}

/* --- set operations --- */

static const char *operation_name(const struct sql_node *operation) {
  switch (operation->op) {
  case SQL_INTERSECT: return "INTERSECT";
  case SQL_EXCEPT: return "EXCEPT";
  default: return "UNION";
  }
}

/* Where the results of a part of a set operation begin. */
static uint32_t results_position(struct sql_node *body) {
  const struct sql_node *left = query_leftmost(body);
  return left->kind == SQL_SELECT ? left->child[SELECT_RESULTS]->child[0]->position
                                  : left->position;
}

static int unify_operands(struct binder *binder, struct sql_node *operation) {
  struct sql_node *left = operation->child[BODY_LEFT];
  struct sql_node *right = operation->child[BODY_RIGHT];
  const char *name = operation_name(operation);
  int count = query_column_count(left);
  if (count != query_column_count(right))
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX, results_position(right),
                        "each %s query must have the same number of columns", name);
  struct type *types = bind_alloc(binder, (size_t)count * sizeof *types);
  if (!types)
    return TIDE_ERROR_NOMEM;
  for (int i = 0; i < count; i++) {
    struct type one = query_column_type(left, i), other = query_column_type(right, i);
    if (!type_common(one, other, &types[i]))
      return error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, right->position,
                          "%s types %s and %s cannot be matched", name,
                          bind_type_text(binder, one), bind_type_text(binder, other));
    if (bind_is_unknown(types[i]))
      types[i] = TYPE(TYPE_TEXT);
    bool all = operation->op == SQL_UNION && operation->flags & SQL_ALL;
    if (!all &&
        !bind_check_comparable(binder, types[i], right->position, "an equality"))
      return binder->error->code;
  }
  int rc = query_convert(binder, left, types, count, CONVERT_IMPLICIT);
  return rc == TIDE_OK ? query_convert(binder, right, types, count, CONVERT_IMPLICIT)
                       : rc;
}

/* A chain of set operations leans to the left: it is bound without recursion into its left side. */
static int bind_set_operation(struct binder *binder, struct sql_node *operation,
                              struct scope *outer, struct cte *ctes) {
  struct sql_node *lowest = operation;
  while (lowest->child[BODY_LEFT]->kind == SQL_SET_OPERATION)
    lowest = lowest->child[BODY_LEFT];
  int rc = bind_body(binder, &lowest->child[BODY_LEFT], outer, ctes);
  for (struct sql_node *at = lowest; rc == TIDE_OK;) {
    rc = bind_body(binder, &at->child[BODY_RIGHT], outer, ctes);
    if (rc == TIDE_OK)
      rc = unify_operands(binder, at);
    if (at == operation)
      break;
    struct sql_node *parent = operation;
    while (parent->child[BODY_LEFT] != at)
      parent = parent->child[BODY_LEFT];
    at = parent;
  }
  return rc;
}

/* --- bodies --- */

struct sql_node *query_of_table(struct binder *binder, struct sql_node *table) {
  uint32_t position = table->position;
  struct sql_node *select = bind_node(binder, SQL_SELECT, position, NULL);
  struct sql_node *results = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *from = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *result = bind_node(binder, SQL_RESULT, position, NULL);
  struct sql_node *reference = bind_node(binder, SQL_TABLE_REFERENCE, position, NULL);
  if (!select || !results || !from || !result || !reference)
    return NULL;
  result->child[0] = bind_node(binder, SQL_STAR, position, NULL);
  reference->child[REFERENCE_SOURCE] = table->child[0];
  select->child[SELECT_RESULTS] = results;
  select->child[SELECT_FROM] = from;
  bool built = result->child[0] && bind_append(binder, results, result) &&
               bind_append(binder, from, reference);
  return built ? select : NULL;
}

static int bind_body_of(struct binder *binder, struct sql_node *query,
                        struct sql_node **body, struct scope *outer, struct cte *ctes) {
  if ((*body)->kind == SQL_TABLE) {
    *body = query_of_table(binder, *body);
    if (!*body)
      return TIDE_ERROR_NOMEM;
  }
  switch ((*body)->kind) {
  case SQL_SELECT: return bind_select(binder, query, *body, outer, ctes);
  case SQL_VALUES: return bind_values(binder, *body, outer, ctes);
  case SQL_SET_OPERATION: return bind_set_operation(binder, *body, outer, ctes);
  case SQL_QUERY: return bind_query(binder, *body, outer, ctes, false);
  default: return bind_unsupported(binder, (*body)->position, "this kind of query");
  }
}

int bind_body(struct binder *binder, struct sql_node **body, struct scope *outer,
              struct cte *ctes) {
  return bind_body_of(binder, NULL, body, outer, ctes);
}

/* --- ORDER BY of what is not a single SELECT --- */

static int order_by_name(struct binder *binder, const struct sql_node *query,
                         const struct sql_node *node) {
  int count = query_column_count(query);
  for (int i = 0; node->kind == SQL_COLUMN && !node->child[0] && i < count; i++) {
    if (strcmp(query_column_name(query, i), node->text) == 0)
      return i + 1;
  }
  if (node->kind == SQL_COLUMN) {
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_COLUMN, node->position,
                 "column %q does not exist", node->text);
    return 0;
  }
  if (node->kind != SQL_INTEGER) {
    error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
                 "invalid UNION/INTERSECT/EXCEPT ORDER BY clause");
    error_hint(binder->error,
               "Only result column names can be used, not expressions or "
               "functions.");
    return 0;
  }
  int ordinal = 0;
  for (const char *digit = node->text; *digit && ordinal < 100000; digit++)
    ordinal = ordinal * 10 + (*digit - '0');
  if (ordinal >= 1 && ordinal <= count)
    return ordinal;
  error_set_at(binder->error, TIDE_ERROR_COLUMN_REFERENCE, node->position,
               "ORDER BY position %d is not in select list", ordinal);
  return 0;
}

static int bind_order_of_columns(struct binder *binder, struct sql_node *query) {
  struct sql_node *order = query->child[QUERY_ORDER];
  for (uint32_t i = 0; order && i < order->count; i++) {
    struct sql_node **slot = &order->child[i]->child[0];
    int ordinal = order_by_name(binder, query, *slot);
    if (ordinal == 0)
      return binder->error->code;
    struct type type = query_column_type(query, ordinal - 1);
    *slot = bind_integer(binder, (*slot)->position, ordinal);
    if (!*slot)
      return TIDE_ERROR_NOMEM;
    (*slot)->type = type;
  }
  return TIDE_OK;
}

/* --- LIMIT and OFFSET --- */

int bind_limit(struct binder *binder, struct sql_node **slot, struct scope *outer,
               struct cte *ctes, enum clause clause) {
  if (!*slot)
    return TIDE_OK;
  struct level *level = bind_level_new(binder);
  struct scope *scope = level ? bind_scope_new(binder, outer, level, ctes) : NULL;
  if (!scope)
    return TIDE_ERROR_NOMEM;
  level->clause = clause;
  const char *word = clause == CLAUSE_LIMIT ? "LIMIT" : "OFFSET";
  if (!bind_slot(binder, scope, slot))
    return binder->error->code;
  struct type bigint = TYPE(TYPE_BIGINT);
  if ((*slot)->kind == SQL_INTEGER && (*slot)->type.id == TYPE_INTEGER)
    (*slot)->type = bigint; /* a plain number stays one */
  if (!bind_can_convert(*slot, bigint, CONVERT_ASSIGNMENT))
    return error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, (*slot)->position,
                        "argument of %s must be type bigint, not type %s", word,
                        bind_type_text(binder, (*slot)->type));
  return convert_slot(binder, slot, bigint, CONVERT_ASSIGNMENT);
}

static int check_ties(struct binder *binder, const struct sql_node *query) {
  const struct sql_node *limit = query->child[QUERY_LIMIT];
  if (!query->child[QUERY_ORDER])
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX, limit->position,
                        "WITH TIES cannot be specified without ORDER BY clause");
  if (limit->kind != SQL_NULL)
    return TIDE_OK;
  error_set_at(binder->error, TIDE_ERROR_INVALID_ARGUMENT, limit->position,
               "row count cannot be null in FETCH FIRST ... WITH TIES clause");
  memcpy(binder->error->sqlstate, "2201W", sizeof binder->error->sqlstate);
  return TIDE_ERROR_INVALID_ARGUMENT;
}

/* --- the whole --- */

static int bind_parts(struct binder *binder, struct sql_node *query,
                      struct scope *outer, struct cte *ctes, bool resolve) {
  bool recursive = binder->in_recursive_term;
  binder->in_recursive_term = false;
  int rc = bind_ctes(binder, query->child[QUERY_WITH], outer, &ctes);
  binder->in_recursive_term = recursive;
  if (rc == TIDE_OK)
    rc = bind_locking_elsewhere(binder, query);
  if (rc == TIDE_OK)
    rc = bind_body_of(binder, query, &query->child[QUERY_BODY], outer, ctes);
  if (rc == TIDE_OK && query->child[QUERY_BODY]->kind != SQL_SELECT)
    rc = bind_order_of_columns(binder, query);
  if (rc == TIDE_OK)
    rc = bind_limit(binder, &query->child[QUERY_LIMIT], outer, ctes, CLAUSE_LIMIT);
  if (rc == TIDE_OK)
    rc = bind_limit(binder, &query->child[QUERY_OFFSET], outer, ctes, CLAUSE_OFFSET);
  if (rc == TIDE_OK && query->flags & SQL_TIES)
    rc = check_ties(binder, query);
  if (rc == TIDE_OK && resolve)
    rc = query_resolve(binder, query);
  return rc;
}

int bind_query(struct binder *binder, struct sql_node *query, struct scope *outer,
               struct cte *ctes, bool resolve) {
  if (!bind_enter(binder, query->position))
    return binder->error->code;
  int rc = bind_parts(binder, query, outer, ctes, resolve);
  bind_leave(binder);
  return rc;
}

/* --- a query around a query --- */

static struct sql_node *wrapped_result(struct binder *binder,
                                       struct sql_node *reference, int32_t level,
                                       int index) {
  struct sql_node *query = reference->child[REFERENCE_SOURCE];
  uint32_t position = query->position;
  const char *name = query_column_name(query, index);
  struct sql_node *result = bind_node(binder, SQL_RESULT, position, name);
  struct sql_node *column = bind_node(binder, SQL_COLUMN, position, name);
  if (!result || !column)
    return NULL;
  column->child[0] = bind_node(binder, SQL_NAME, position, reference->text);
  column->type = query_column_type(query, index);
  column->bound = reference;
  column->bound_index = index;
  column->index = level;
  result->child[0] = column;
  return column->child[0] ? result : NULL;
}

struct sql_node *query_wrap(struct binder *binder, struct sql_node *query) {
  uint32_t position = query->position;
  struct sql_node *outer = bind_node(binder, SQL_QUERY, position, NULL);
  struct sql_node *select = bind_node(binder, SQL_SELECT, position, NULL);
  struct sql_node *results = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *from = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *reference =
      bind_node(binder, SQL_SUBQUERY_REFERENCE, position, "source");
  struct level *level = bind_level_new(binder);
  if (!outer || !select || !results || !from || !reference || !level ||
      query_unique_names(binder, query) != TIDE_OK)
    return NULL;
  reference->child[REFERENCE_SOURCE] = query;
  outer->child[QUERY_BODY] = select;
  select->child[SELECT_RESULTS] = results;
  select->child[SELECT_FROM] = from;
  for (int i = 0; i < query_column_count(query); i++) {
    if (!bind_append(binder, results, wrapped_result(binder, reference, level->id, i)))
      return NULL;
  }
  return bind_append(binder, from, reference) ? outer : NULL;
}
