/* Rows as JSON: where a function takes anything as JSON, a row becomes a call that builds the object,
 *
 *   __json_row('a', t.a, 'b', t.b, …), or jsonb_build_object('a', t.a, …)
 *
 * What a row is is known where it is written: below CASE and scalar subqueries too. Elsewhere a row is a text. */
#include <string.h>

#include "catalog/bind_internal.h"

enum { ARGUMENTS_MAX = 100 }; /* of a function, as SQLite is built */

/* As to_json() writes it: {"a":1,"b":2} */
static const struct function json_row = {.name = "__json_row",
                                         .argument_count = 1,
                                         .argument = {{TYPE_ANYJSON, false}},
                                         .result = {TYPE_JSON, false},
                                         .sqlite = JSON_ROW,
                                         .flags = FUNCTION_VARIADIC};

static struct sql_node *row_to_json(struct binder *binder, struct sql_node *node,
                                    enum type_id as);

static struct sql_node *field_name(struct binder *binder, const struct sql_node *row,
                                   uint32_t index) {
  const char *const *names = row->bound;
  const char *name =
      names ? names[index] : arena_format(binder->arena, "f%u", index + 1);
  struct sql_node *node =
      name ? bind_node(binder, SQL_STRING, row->position, name) : NULL;
  if (!node)
    return NULL;
  node->length = (uint32_t)strlen(name);
  node->type = TYPE(TYPE_TEXT);
  return node;
}

static struct sql_node *field_value(struct binder *binder, struct sql_node *field,
                                    enum type_id as) {
  if (bind_is_unknown(field->type))
    return bind_convert(binder, field, TYPE(TYPE_TEXT), CONVERT_IMPLICIT);
  return row_to_json(binder, field, as);
}

static struct sql_node *object_of(struct binder *binder, struct sql_node *fields,
                                  enum type_id as) {
  if (as == TYPE_JSONB) {
    struct sql_node *call =
        bind_unbound_call(binder, "jsonb_build_object", fields, fields->position);
    return call && bind_function(binder, call) ? call : NULL;
  }
  struct sql_node *call =
      bind_unbound_call(binder, json_row.name, fields, fields->position);
  if (!call)
    return NULL;
  call->bound = &json_row;
  call->type = function_result(&json_row);
  return call;
}

/* The object, put together of several where one call would have too many arguments. */
static struct sql_node *build_object(struct binder *binder, struct sql_node *row,
                                     enum type_id as) {
  struct sql_node *object = NULL;
  struct sql_node *list = bind_node(binder, SQL_LIST, row->position, NULL);
  for (uint32_t i = 0; list && i < row->count; i++) {
    if (as == TYPE_JSONB && list->count == ARGUMENTS_MAX) {
      struct sql_node *part = object_of(binder, list, as);
      if (!part)
        return NULL;
      object = object ? bind_binary(binder, "||", object, part, row->position) : part;
      list = object ? bind_node(binder, SQL_LIST, row->position, NULL) : NULL;
    }
    struct sql_node *name = field_name(binder, row, i);
    struct sql_node *value = field_value(binder, row->child[i], as);
    if (!list || !name || !value || !bind_append(binder, list, name) ||
        !bind_append(binder, list, value))
      return NULL;
  }
  struct sql_node *last = list ? object_of(binder, list, as) : NULL;
  return object && last ? bind_binary(binder, "||", object, last, row->position) : last;
}

static bool convert_slot(struct binder *binder, struct sql_node **slot,
                         enum type_id as) {
  if (*slot && (*slot)->type.id == TYPE_RECORD)
    *slot = row_to_json(binder, *slot, as);
  return !*slot || !binder->error->code;
}

static struct sql_node *case_to_json(struct binder *binder, struct sql_node *node,
                                     enum type_id as) {
  struct sql_node *whens = node->child[CASE_WHENS];
  for (uint32_t i = 0; i < whens->count; i++)
    if (!convert_slot(binder, &whens->child[i]->child[WHEN_RESULT], as))
      return NULL;
  if (!convert_slot(binder, &node->child[CASE_ELSE], as))
    return NULL;
  node->text = NULL;
  node->length = 0;
  node->type = TYPE(as);
  return node;
}

/* (SELECT x FROM (SELECT …) x) */
static struct sql_node *query_to_json(struct binder *binder, struct sql_node *node,
                                      enum type_id as) {
  struct sql_node *body = node->child[0]->child[QUERY_BODY];
  if (body->kind != SQL_SELECT)
    return NULL;
  struct sql_node *result = body->child[SELECT_RESULTS]->child[0];
  if (!convert_slot(binder, &result->child[0], as) || !result->child[0])
    return NULL;
  result->type = node->type = TYPE(as);
  return node;
}

static struct sql_node *row_to_json(struct binder *binder, struct sql_node *node,
                                    enum type_id as) {
  if (node->type.id != TYPE_RECORD)
    return node;
  struct sql_node *json = NULL;
  switch (node->type.array ? SQL_NULL : node->kind) {
  case SQL_ROW: json = build_object(binder, node, as); break;
  case SQL_CASE: json = case_to_json(binder, node, as); break;
  case SQL_SCALAR_QUERY: json = query_to_json(binder, node, as); break;
  default: break;
  }
  if (json || binder->error->code)
    return json;
  bind_unsupported(binder, node->position,
                   "JSON of rows whose fields are not told where they are used");
  error_hint(binder->error,
             "Make JSON of them where they come from: json_agg(t), row_to_json(t).");
  return NULL;
}

/* Which JSON does the function take? TYPE_UNKNOWN: it takes rows as they are. */
static enum type_id taken_as(const struct function *function, int index) {
  struct type wanted = function_argument(function, index);
  if (wanted.id != TYPE_ANYJSON && !(wanted.id == TYPE_RECORD && !wanted.array))
    return TYPE_UNKNOWN;
  struct type result = function_result(function);
  return result.array ? TYPE_UNKNOWN : result.id == TYPE_JSONB ? TYPE_JSONB : TYPE_JSON;
}

bool bind_rows_as_json(struct binder *binder, struct sql_node *call) {
  struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; arguments && i < arguments->count; i++) {
    enum type_id as = taken_as(call->bound, (int)i);
    if (as == TYPE_UNKNOWN || arguments->child[i]->type.id != TYPE_RECORD)
      continue;
    arguments->child[i] = row_to_json(binder, arguments->child[i], as);
    if (!arguments->child[i])
      return false;
  }
  return true;
}
