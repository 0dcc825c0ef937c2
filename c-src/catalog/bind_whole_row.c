/* Whole rows as JSON, to_jsonb(t), to_jsonb(t.*) and jsonb_agg(t): the row is spelled out,
 *
 *   to_jsonb(jsonb_build_object('a', t.a, 'b', t.b, …)) */
#include <string.h>

#include "catalog/bind_internal.h"

enum { ARGUMENTS_MAX = 100 }; /* of a function, as SQLite is built */

static bool takes_row(const struct sql_node *call) {
  const struct sql_node *name = call->child[CALL_NAME];
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  return arguments && arguments->count == 1 && !name->child[NAME_SCHEMA] &&
         (strcmp(name->text, "to_jsonb") == 0 || strcmp(name->text, "jsonb_agg") == 0);
}

/* The reference whose row the argument is; NULL: it is something else, or no such thing. */
static const struct scope_reference *
reference_of(struct binder *binder, struct scope *scope, struct sql_node *argument) {
  if (argument->kind == SQL_STAR && argument->child[0])
    return bind_find_reference(binder, scope, argument->child[0]);
  return argument->kind == SQL_COLUMN && !argument->child[0]
             ? bind_row_reference(scope, argument->text)
             : NULL;
}

static struct sql_node *
column_of(struct binder *binder, const struct scope_column *column, uint32_t position) {
  struct sql_node *node = bind_node(binder, SQL_COLUMN, position, column->name);
  if (!node)
    return NULL;
  node->child[0] = bind_node(binder, SQL_NAME, position, column->reference->name);
  return node->child[0] ? node : NULL;
}

/* Appends the name of a column, and the column. */
static bool append_field(struct binder *binder, struct sql_node *list,
                         const struct scope_column *column, uint32_t position) {
  struct sql_node *key = bind_node(binder, SQL_STRING, position, column->name);
  struct sql_node *value = column_of(binder, column, position);
  if (!key || !value)
    return false;
  key->length = (uint32_t)strlen(column->name);
  return bind_append(binder, list, key) && bind_append(binder, list, value);
}

static struct sql_node *call_of(struct binder *binder, struct sql_node *arguments) {
  return arguments ? bind_unbound_call(binder, "jsonb_build_object", arguments,
                                       arguments->position)
                   : NULL;
}

/* left || right */
static struct sql_node *merged(struct binder *binder, struct sql_node *left,
                               struct sql_node *right) {
  struct sql_node *node =
      right ? bind_node(binder, SQL_BINARY, right->position, "||") : NULL;
  if (!left || !node)
    return left ? node : right;
  node->child[0] = left;
  node->child[1] = right;
  return node;
}

/* The object, put together of several where one call would have too many arguments. */
static struct sql_node *build_object(struct binder *binder,
                                     const struct scope_reference *reference,
                                     uint32_t position) {
  struct sql_node *object = NULL;
  struct sql_node *list = bind_node(binder, SQL_LIST, position, NULL);
  for (int i = 0; list && i < reference->count; i++) {
    if (reference->columns[i].hidden)
      continue;
    if (list->count == ARGUMENTS_MAX) {
      object = merged(binder, object, call_of(binder, list));
      list = object ? bind_node(binder, SQL_LIST, position, NULL) : NULL;
    }
    if (!list || !append_field(binder, list, &reference->columns[i], position))
      return NULL;
  }
  struct sql_node *last = call_of(binder, list);
  return last ? merged(binder, object, last) : NULL;
}

/* CASE WHEN t.a IS NOT NULL THEN object END, where a may not be NULL in a row that there is. */
static struct sql_node *unless_missing(struct binder *binder,
                                       const struct scope_column *present,
                                       struct sql_node *object) {
  const uint32_t position = object->position;
  struct sql_node *column = column_of(binder, present, position);
  struct sql_node *condition = bind_node(binder, SQL_IS, position, NULL);
  struct sql_node *when = bind_node(binder, SQL_WHEN, position, NULL);
  struct sql_node *whens = bind_node(binder, SQL_LIST, position, NULL);
  struct sql_node *result = bind_node(binder, SQL_CASE, position, NULL);
  if (!column || !condition || !when || !result || !bind_append(binder, whens, when))
    return NULL;
  column->child[0] = bind_node(binder, SQL_NAME, position, present->reference->name);
  condition->op = SQL_IS_NULL;
  condition->flags |= SQL_NOT;
  condition->child[0] = column;
  when->child[WHEN_CONDITION] = condition;
  when->child[WHEN_RESULT] = object;
  result->child[CASE_WHENS] = whens;
  return result;
}

/* A column that is NULL only where the row is missing; NULL: there is none. */
static const struct scope_column *
always_filled(const struct scope_reference *reference) {
  const struct relation *relation = reference->relation;
  for (int i = 0; relation && i < reference->count; i++) {
    const struct scope_column *column = &reference->columns[i];
    if (!column->hidden && !column->value && relation->columns[column->index].not_null)
      return column;
  }
  return NULL;
}

/* What a function returns that is no row is the value itself: the reference's only column. */
static bool is_value(const struct scope_reference *reference) {
  return reference->node->kind == SQL_FUNCTION_REFERENCE && reference->count == 1;
}

/* Names cannot tell such columns apart. */
static bool has_equal_names(const struct scope_reference *reference) {
  for (int i = 0; i < reference->count; i++)
    for (int k = 0; k < i; k++)
      if (strcmp(reference->columns[i].name, reference->columns[k].name) == 0)
        return true;
  return false;
}

/* A row that the outer side of a join lacks is NULL. */
static struct sql_node *build_row(struct binder *binder,
                                  const struct scope_reference *reference,
                                  uint32_t position) {
  if (is_value(reference))
    return column_of(binder, &reference->columns[0], position);
  if (has_equal_names(reference)) {
    bind_unsupported(binder, position, "a whole row with two columns of one name");
    return NULL;
  }
  struct sql_node *object = build_object(binder, reference, position);
  if (!object || reference->node->bound_index != 1)
    return object;
  const struct scope_column *filled = always_filled(reference);
  if (filled)
    return unless_missing(binder, filled, object);
  bind_unsupported(binder, position,
                   "the whole row of the outer side of a join without a column that "
                   "is NOT NULL");
  return NULL;
}

bool bind_spell_row(struct binder *binder, struct scope *scope, struct sql_node *call) {
  if (!takes_row(call))
    return true;
  struct sql_node **slot = &call->child[CALL_ARGUMENTS]->child[0];
  const struct scope_reference *reference = reference_of(binder, scope, *slot);
  if (!reference)
    return binder->error->code == 0;
  if (reference->relation)
    binder->binding->row_type = *slot;
  *slot = build_row(binder, reference, (*slot)->position);
  return *slot != NULL;
}
