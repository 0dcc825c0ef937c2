/* Whole rows as values: the name of a relation in FROM where no column is called so, or its star where no columns are
 * listed.
 *
 * t becomes ROW(t.a, t.b, …) that knows what its fields are called; a row that the outer side of a join lacks is NULL:
 *
 *   CASE WHEN t.a IS NOT NULL THEN ROW(t.a, t.b, …) END, where a is never NULL in a row that there is.
 *
 * The `text` of either is the name of the relation, the `bound` of such a ROW the names of its fields. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower.h"

/* Tells that the last name looked up shows in the value. */
static void show_name(struct binder *binder, const struct scope_column *column) {
  struct resolutions *resolutions = binder->binding->resolutions;
  if (resolutions && binder->views == 0 && resolutions->count > 0)
    resolutions->list[resolutions->count - 1].shown = column->name;
}

static struct sql_node *fields_of(struct binder *binder,
                                  const struct scope_reference *reference,
                                  uint32_t position) {
  struct sql_node *row = bind_node(binder, SQL_ROW, position, reference->name);
  const char **names =
      bind_alloc(binder, ((size_t)reference->count + 1) * sizeof *names);
  if (!row || !names)
    return NULL;
  for (int i = 0; i < reference->count; i++) {
    const struct scope_column *column = &reference->columns[i];
    if (column->hidden)
      continue;
    names[row->count] = column->name;
    if (!bind_append(binder, row, bind_scope_column(binder, column, position)))
      return NULL;
    show_name(binder, column);
  }
  row->flags |= SQL_EXPLICIT;
  row->type = TYPE(TYPE_RECORD);
  row->bound = names;
  return row;
}

/* --- rows that an outer join may lack --- */

/* A field that is NULL only where the row is missing; NULL: there is none. */
static const struct sql_node *always_filled(const struct scope_reference *reference,
                                            const struct sql_node *row) {
  int32_t outer = reference->node->bound_index;
  const struct sql_node *filled = NULL;
  reference->node->bound_index = 0; /* as if each row were there */
  for (uint32_t i = 0; i < row->count && !filled; i++)
    if (!lower_nullable(row->child[i]))
      filled = row->child[i];
  reference->node->bound_index = outer;
  return filled;
}

static struct sql_node *is_there(struct binder *binder, const struct sql_node *field) {
  struct sql_node *node = bind_node(binder, SQL_IS, field->position, NULL);
  if (!node)
    return NULL;
  node->op = SQL_IS_NULL;
  node->flags |= SQL_NOT;
  node->type = TYPE(TYPE_BOOLEAN);
  node->child[0] = bind_clone(binder, field);
  return node->child[0] ? node : NULL;
}

struct sql_node *bind_case_when(struct binder *binder, struct sql_node *condition,
                                struct sql_node *result) {
  if (!condition || !result)
    return NULL;
  struct sql_node *when = bind_node(binder, SQL_WHEN, result->position, NULL);
  struct sql_node *whens = bind_node(binder, SQL_LIST, result->position, NULL);
  struct sql_node *node = bind_node(binder, SQL_CASE, result->position, NULL);
  if (!when || !whens || !node || !bind_append(binder, whens, when))
    return NULL;
  when->child[WHEN_CONDITION] = condition;
  when->child[WHEN_RESULT] = result;
  node->child[CASE_WHENS] = whens;
  node->type = result->type;
  return node;
}

static struct sql_node *unless_missing(struct binder *binder,
                                       const struct scope_reference *reference,
                                       struct sql_node *row) {
  const struct sql_node *filled = always_filled(reference, row);
  if (!filled) {
    bind_unsupported(binder, row->position,
                     "the whole row of the outer side of a join without a column that "
                     "is NOT NULL");
    return NULL;
  }
  struct sql_node *node = bind_case_when(binder, is_there(binder, filled), row);
  if (node) {
    node->text = row->text;
    node->length = row->length;
  }
  return node;
}

/* --- all of it --- */

/* What a function returns that is no row is the value itself: the reference's only column. */
static bool is_value(const struct scope_reference *reference) {
  return reference->node->kind == SQL_FUNCTION_REFERENCE && reference->count == 1;
}

struct sql_node *bind_whole_row(struct binder *binder,
                                const struct scope_reference *reference,
                                uint32_t position) {
  if (is_value(reference))
    return bind_scope_column(binder, &reference->columns[0], position);
  struct sql_node *row = fields_of(binder, reference, position);
  if (!row || reference->node->bound_index != 1)
    return row;
  return unless_missing(binder, reference, row);
}

struct sql_node *bind_star_row(struct binder *binder, struct scope *scope,
                               const struct sql_node *star) {
  const struct scope_reference *reference =
      bind_find_reference(binder, scope, star->child[0]);
  return reference ? bind_whole_row(binder, reference, star->position) : NULL;
}

struct sql_node *bind_row_fields(struct sql_node *node) {
  if (node->kind == SQL_CASE && node->text)
    node = node->child[CASE_WHENS]->child[0]->child[WHEN_RESULT];
  return node->kind == SQL_ROW ? node : NULL;
}

struct sql_node *bind_if_there(struct binder *binder, const struct sql_node *row,
                               struct sql_node *result) {
  if (!result || row->kind != SQL_CASE)
    return result;
  const struct sql_node *when = row->child[CASE_WHENS]->child[0];
  return bind_case_when(binder, bind_clone(binder, when->child[WHEN_CONDITION]),
                        result);
}
