/* Functions that return rows side by side, ROWS FROM (f(), g()): the n-th row of each makes a row, and NULL what is missing. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "sql/walk.h"

/* --- which calls --- */

static bool is_unnest(const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  return call->kind == SQL_CALL &&
         strcmp(call->child[CALL_NAME]->text, "unnest") == 0 && arguments &&
         arguments->count > 1 && !arguments_are_named(arguments);
}

/* unnest(a, b) is unnest(a), unnest(b). */
static bool append_unnests(struct binder *binder, struct sql_node *calls,
                           const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; i < arguments->count; i++) {
    struct sql_node *one = bind_node(binder, SQL_CALL, call->position, NULL);
    struct sql_node *list = bind_node(binder, SQL_LIST, arguments->position, NULL);
    if (!one || !bind_append(binder, list, arguments->child[i]))
      return false;
    one->child[CALL_NAME] = bind_clone(binder, call->child[CALL_NAME]);
    one->child[CALL_ARGUMENTS] = list;
    if (!one->child[CALL_NAME] || !bind_append(binder, calls, one))
      return false;
  }
  return true;
}

struct sql_node *bind_several_calls(struct binder *binder, struct sql_node *source) {
  struct sql_node one = {.kind = SQL_LIST, .count = 1, .child = &source};
  const struct sql_node *given = source->kind == SQL_LIST ? source : &one;
  struct sql_node *calls = bind_node(binder, SQL_LIST, source->position, NULL);
  for (uint32_t i = 0; calls && i < given->count; i++) {
    struct sql_node *call = given->child[i];
    bool appended = is_unnest(call) ? append_unnests(binder, calls, call)
                                    : bind_append(binder, calls, call);
    if (!appended)
      return NULL;
  }
  return calls && calls->count > 1 ? calls : NULL;
}

/* --- the query --- */

static struct sql_node *column_of(struct binder *binder,
                                  const struct scope_reference *function, int index,
                                  const struct level *level) {
  const struct sql_node *reference = function->node;
  bool number = index == function->count;
  struct sql_node *column =
      bind_node(binder, SQL_COLUMN, reference->position,
                number ? "ordinality" : function->columns[index].actual);
  if (!column)
    return NULL;
  column->child[0] = bind_node(binder, SQL_NAME, reference->position, reference->text);
  column->type = number ? TYPE(TYPE_BIGINT) : function->columns[index].type;
  column->bound = reference;
  column->bound_index = index;
  column->index = level->id;
  return column->child[0] ? column : NULL;
}

/* What the user calls a column: one that has no name of its own has the function's. */
static const char *name_of(const struct scope_reference *function, int index) {
  const struct sql_node *reference = function->node;
  const char *name = function->columns[index].name;
  return strcmp(name, reference->text) == 0
             ? reference->child[REFERENCE_SOURCE]->child[CALL_NAME]->text
             : name;
}

static bool append_result(struct binder *binder, struct sql_node *results,
                          const char *name, struct sql_node *value) {
  struct sql_node *result =
      value ? bind_node(binder, SQL_RESULT, value->position, name) : NULL;
  if (!result)
    return false;
  result->child[0] = value;
  return bind_append(binder, results, result);
}

/* … FULL JOIN function ON its number is `number`. */
static struct sql_node *join_function(struct binder *binder, struct sql_node *left,
                                      const struct scope_reference *function,
                                      struct sql_node *number, struct sql_node *own) {
  struct sql_node *join = bind_node(binder, SQL_JOIN, function->node->position, NULL);
  if (!join || !number || !own)
    return NULL;
  join->op = SQL_FULL_OUTER;
  join->child[JOIN_LEFT] = left;
  join->child[JOIN_RIGHT] = function->node;
  join->child[JOIN_ON] = bind_binary(binder, "=", number, own, join->position);
  return join->child[JOIN_ON] ? join : NULL;
}

/* The functions joined by the numbers of their rows; *number becomes that of the joined row. */
static struct sql_node *join_all(struct binder *binder, const struct level *level,
                                 struct scope_reference **functions, int count,
                                 struct sql_node **number) {
  struct sql_node *joined = functions[0]->node;
  *number = column_of(binder, functions[0], functions[0]->count, level);
  for (int i = 1; joined && *number && i < count; i++) {
    struct sql_node *own = column_of(binder, functions[i], functions[i]->count, level);
    struct sql_node *next = own ? bind_coalesce(binder, bind_clone(binder, *number),
                                                bind_clone(binder, own))
                                : NULL;
    joined = join_function(binder, joined, functions[i], *number, own);
    *number = next;
  }
  return *number ? joined : NULL;
}

/* Each row of a function has a number, as WITH ORDINALITY gives it; any of them may be missing. */
static bool number_rows(struct binder *binder, const struct scope_reference *function) {
  struct sql_node *reference = function->node;
  reference->flags |= SQL_ORDINALITY;
  reference->bound_index = 1;
  return bind_append(binder, reference->child[REFERENCE_COLUMNS],
                     bind_node(binder, SQL_NAME, reference->position, "ordinality"));
}

struct sql_node *bind_side_by_side(struct binder *binder, struct level *level,
                                   struct scope_reference **functions, int count,
                                   bool ordinality) {
  uint32_t position = functions[0]->node->position;
  struct level *inner = bind_level_new(binder);
  struct sql_node *query = bind_node(binder, SQL_QUERY, position, NULL);
  struct sql_node *select = bind_node(binder, SQL_SELECT, position, NULL);
  struct sql_node *results = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *from = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *order = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *item = bind_node(binder, SQL_ORDER, position, NULL), *number;
  if (!inner || !query || !select || !results || !item)
    return NULL;
  inner->outer = level;
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < functions[i]->count; j++) {
      if (!append_result(binder, results, name_of(functions[i], j),
                         column_of(binder, functions[i], j, inner)))
        return NULL;
    }
    if (!number_rows(binder, functions[i]))
      return NULL;
  }
  struct sql_node *joined = join_all(binder, inner, functions, count, &number);
  if (!joined || !bind_append(binder, from, joined) ||
      !bind_append(binder, order, item))
    return NULL;
  if (ordinality &&
      !append_result(binder, results, "ordinality", bind_clone(binder, number)))
    return NULL;
  item->child[0] = number;
  select->index = inner->id;
  select->child[SELECT_RESULTS] = results;
  select->child[SELECT_FROM] = from;
  query->child[QUERY_BODY] = select;
  query->child[QUERY_ORDER] = order;
  return query;
}

/* --- the reference --- */

int bind_as_subquery(struct binder *binder, struct level *level, struct sql_node *node,
                     struct sql_node *query, const char *alias) {
  node->kind = SQL_SUBQUERY_REFERENCE;
  node->flags = bind_uses_level(query, level->id) ? SQL_LATERAL : 0;
  node->child[REFERENCE_SOURCE] = query;
  return bind_alias(binder, level, node, alias);
}

struct sql_node *bind_rows_from(struct binder *binder, struct scope *context,
                                struct sql_node *node, struct sql_node *calls) {
  struct level *level = context->level;
  if (calls->count > BIND_TABLES_MAX) {
    error_set_at(binder->error, TIDE_ERROR_LIMIT, node->position,
                 "at most %d functions can stand in ROWS FROM", BIND_TABLES_MAX);
    return NULL;
  }
  struct scope_reference **functions =
      bind_alloc(binder, calls->count * sizeof(struct scope_reference *));
  for (uint32_t i = 0; functions && i < calls->count; i++) {
    struct sql_node *call = calls->child[i];
    const char *name = call->child[CALL_NAME]->text;
    struct sql_node *reference =
        bind_node(binder, SQL_FUNCTION_REFERENCE, call->position, NULL);
    if (!reference)
      return NULL;
    reference->child[REFERENCE_SOURCE] = call;
    functions[i] = bind_function_call(binder, context, reference)
                       ? bind_function_result(binder, level, reference, name)
                       : NULL;
    if (!functions[i])
      return NULL;
  }
  const char *alias = node->text ? node->text : calls->child[0]->child[CALL_NAME]->text;
  struct sql_node *query =
      functions ? bind_side_by_side(binder, level, functions, (int)calls->count,
                                    node->flags & SQL_ORDINALITY)
                : NULL;
  return query && bind_as_subquery(binder, level, node, query, alias) == TIDE_OK ? query
                                                                                 : NULL;
}
