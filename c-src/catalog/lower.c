/* Lowering's entry, and the building of nodes. */
#include "catalog/lower.h"

#include <stdarg.h>
#include <string.h>

#include "catalog/lower_internal.h"
#include "sql/print.h"
#include "sql/walk.h"

/* --- errors --- */

int lower_nomem(struct lowering *lowering) {
  return error_set(lowering->error, TIDE_ERROR_NOMEM, "out of memory");
}

int lower_unsupported(struct lowering *lowering, uint32_t position, const char *what) {
  return error_set_at(lowering->error, TIDE_ERROR_NOT_SUPPORTED, position,
                      "%s is not supported", what);
}

bool lower_enter(struct lowering *lowering, uint32_t position) {
  if (lowering->depth < LOWER_DEPTH_MAX) {
    lowering->depth++;
    return true;
  }
  error_set_at(lowering->error, TIDE_ERROR_TOO_DEEP, position,
               "stack depth limit exceeded: the statement is nested too deeply");
  return false;
}

/* --- building --- */

struct sql_node *lower_node(struct lowering *lowering, enum sql_kind kind,
                            uint32_t position, const char *text) {
  struct sql_node *node = text ? sql_node_text(lowering->arena, kind, position, text)
                               : sql_node_new(lowering->arena, kind, position);
  if (!node)
    lower_nomem(lowering);
  return node;
}

struct sql_node *lower_clone(struct lowering *lowering, const struct sql_node *node) {
  struct sql_node *clone = bind_clone_tree(lowering->arena, node);
  if (!clone)
    lower_nomem(lowering);
  return clone;
}

bool lower_append(struct lowering *lowering, struct sql_node *list,
                  struct sql_node *child) {
  if (list && child && sql_list_append(lowering->arena, list, child))
    return true;
  if (!lowering->error->code)
    lower_nomem(lowering);
  return false;
}

struct sql_node *lower_list(struct lowering *lowering, uint32_t position, int count,
                            ...) {
  struct sql_node *list = lower_node(lowering, SQL_LIST, position, NULL);
  va_list nodes;
  va_start(nodes, count);
  for (int i = 0; list && i < count; i++) {
    if (!lower_append(lowering, list, va_arg(nodes, struct sql_node *)))
      list = NULL;
  }
  va_end(nodes);
  return list;
}

struct sql_node *lower_integer(struct lowering *lowering, uint32_t position,
                               int64_t value) {
  uint64_t digits = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  const char *text = arena_format(lowering->arena, "%llu", (unsigned long long)digits);
  struct sql_node *node =
      text ? lower_node(lowering, SQL_INTEGER, position, text) : NULL;
  if (!node) {
    lower_nomem(lowering);
    return NULL;
  }
  node->type = TYPE(TYPE_INTEGER);
  if (value >= 0)
    return node;
  struct sql_node *negative = lower_node(lowering, SQL_UNARY, position, "-");
  if (!negative)
    return NULL;
  negative->child[0] = node;
  negative->type = node->type;
  return negative;
}

struct sql_node *lower_function(struct lowering *lowering, const char *name,
                                struct type type, struct sql_node *arguments) {
  if (!arguments)
    return NULL;
  struct sql_node *call = lower_node(lowering, SQL_CALL, arguments->position, NULL);
  if (!call)
    return NULL;
  call->child[CALL_NAME] = lower_node(lowering, SQL_NAME, arguments->position, name);
  call->child[CALL_ARGUMENTS] = arguments;
  call->type = type;
  return call->child[CALL_NAME] ? call : NULL;
}

struct sql_node *lower_binary(struct lowering *lowering, const char *symbol,
                              struct sql_node *left, struct sql_node *right,
                              struct type type) {
  if (!left || !right)
    return NULL;
  struct sql_node *node = lower_node(lowering, SQL_BINARY, left->position, symbol);
  if (!node)
    return NULL;
  node->child[LEFT] = left;
  node->child[RIGHT] = right;
  node->type = type;
  return node;
}

struct sql_node *lower_collate(struct lowering *lowering, struct sql_node *node,
                               const char *collation) {
  if (!node || !collation)
    return node;
  struct sql_node *collated =
      lower_node(lowering, SQL_COLLATE, node->position, collation);
  if (!collated)
    return NULL;
  collated->child[0] = node;
  collated->type = node->type;
  return collated;
}

const char *lower_search_name(struct lowering *lowering, const char *name,
                              struct type array) {
  static const char *const searches[] = {"pg_array_has",       "pg_array_position",
                                         "pg_array_positions", "pg_array_remove",
                                         "pg_array_replace",   "pg_array_contains",
                                         "pg_array_contained", "pg_array_overlap"};
  const char *form = array.id == TYPE_NUMERIC    ? "numeric"
                     : array.id == TYPE_INTERVAL ? "interval"
                                                 : NULL;
  for (size_t i = 0; form && i < sizeof searches / sizeof searches[0]; i++)
    if (strcmp(name, searches[i]) == 0)
      return arena_format(lowering->arena, "%s_%s", name, form);
  return name;
}

struct sql_node *lower_negation(struct lowering *lowering, struct sql_node *node) {
  struct sql_node *negated =
      node ? lower_node(lowering, SQL_UNARY, node->position, "not") : NULL;
  if (!negated)
    return NULL;
  negated->child[0] = node;
  negated->type = node->type;
  return negated;
}

struct sql_node *lower_query_of(struct lowering *lowering, struct sql_node *body) {
  struct sql_node *query =
      body ? lower_node(lowering, SQL_QUERY, body->position, NULL) : NULL;
  if (query)
    query->child[QUERY_BODY] = body;
  return query;
}

struct sql_node *lower_result(struct lowering *lowering, struct sql_node *value,
                              const char *name) {
  struct sql_node *result =
      value ? lower_node(lowering, SQL_RESULT, value->position, name) : NULL;
  if (result)
    result->child[0] = value;
  return result;
}

struct sql_node *lower_select_of(struct lowering *lowering, struct sql_node *results,
                                 struct sql_node *from, int32_t level) {
  if (!results || !from)
    return NULL;
  struct sql_node *select = lower_node(lowering, SQL_SELECT, results->position, NULL);
  if (!select)
    return NULL;
  select->child[SELECT_RESULTS] = results;
  select->child[SELECT_FROM] = lower_list(lowering, results->position, 1, from);
  select->index = level;
  return select->child[SELECT_FROM] ? select : NULL;
}

struct sql_node *lower_wrap(struct lowering *lowering, struct sql_node *query) {
  if (query->kind != SQL_QUERY)
    query = lower_query_of(lowering, query);
  if (!query)
    return NULL;
  uint32_t position = query->position;
  struct sql_node *reference =
      lower_node(lowering, SQL_SUBQUERY_REFERENCE, position, NULL);
  struct sql_node *star = lower_node(lowering, SQL_STAR, position, NULL);
  if (!reference || !star)
    return NULL;
  reference->child[REFERENCE_SOURCE] = query;
  struct sql_node *results =
      lower_list(lowering, position, 1, lower_result(lowering, star, NULL));
  return lower_select_of(lowering, results, reference, 0);
}

/* --- entries --- */

static struct lowering lowering_of(struct binding *binding) {
  return (struct lowering){
      .binding = binding, .arena = binding->arena, .error = binding->database->error};
}

static struct sql_node *checked(struct lowering *lowering, struct sql_node *node) {
  if (lowering->error->code)
    return NULL;
  if (!node || lowering->arena->failed) {
    lower_nomem(lowering);
    return NULL;
  }
  return node;
}

struct sql_node *lower_statement(struct binding *binding, struct sql_node *bound) {
  struct lowering lowering = lowering_of(binding);
  if (bound->kind != SQL_QUERY)
    return checked(&lowering, lower_write(&lowering, bound));
  return lower_query(&lowering, bound) == TIDE_OK ? checked(&lowering, bound) : NULL;
}

int lower_expand_grouping_sets(struct binding *binding, struct sql_node **body) {
  struct lowering lowering = lowering_of(binding);
  if ((*body)->kind != SQL_SELECT || !lower_has_grouping_sets(*body))
    return TIDE_OK;
  if (!lower_named_windows(&lowering, *body, NULL))
    return lower_nomem(&lowering);
  int rc = lower_layers(&lowering, NULL, body);
  bool split = rc == TIDE_OK && !lower_has_grouping_sets(*body);
  return rc != TIDE_OK || split ? rc : lower_grouping_sets(&lowering, NULL, body);
}

struct sql_node *lower_expression(struct binding *binding, struct sql_node *bound) {
  struct lowering lowering = lowering_of(binding);
  return checked(&lowering, lower_value(&lowering, bound));
}

int lower_print(struct binding *binding, const struct sql_node *lowered,
                struct buffer *out) {
  return sql_print(lowered, SQL_DIALECT_SQLITE, out, binding->database->error);
}
