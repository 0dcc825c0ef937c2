/* Conditions `column = constant` that all rows of a shape meet.
 *
 * Shapes of many devices often differ in nothing but such a constant, as in WHERE owner = 42. Told apart from the rest of the query, it
 * lets who serves them read what has changed for all at once, and find by a changed row's values whom it concerns. */
#include "sync/session.h"

#include <string.h>

#include "base/json.h"

/* Types whose constants are the same text in the query and in a row. */
static bool is_plain_type(const struct sql_node *type) {
  static const char *const names[] = {"int2", "int4",   "int8", "smallint", "integer",
                                      "int",  "bigint", "uuid", "text",     "varchar"};
  if (type->flags & SQL_ARRAY_TYPE || type->child[TYPE_MODIFIERS] ||
      type->child[TYPE_SCHEMA])
    return false;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(type->text, names[i]) == 0)
      return true;
  return false;
}

const char *equality_constant(const struct sql_node *node) {
  while (node->kind == SQL_CAST && is_plain_type(node->child[CAST_TYPE]))
    node = node->child[CAST_OPERAND];
  if (node->kind == SQL_INTEGER)
    return node->text;
  bool whole = node->kind == SQL_STRING && strlen(node->text) == node->length;
  return whole ? node->text : NULL;
}

static bool is_known(const struct shape_equality *equality, const char *column) {
  for (int i = 0; i < equality->count; i++)
    if (strcmp(equality->columns[i], column) == 0)
      return true;
  return false;
}

/* Takes a condition if it is an equality and there is room. */
static bool take(const struct sql_node *condition, struct shape_equality *equality) {
  if (condition->kind != SQL_BINARY || strcmp(condition->text, "=") != 0 ||
      equality->count == SHAPE_EQUALITIES)
    return false;
  const struct sql_node *left = condition->child[LEFT];
  const struct sql_node *right = condition->child[RIGHT];
  const struct sql_node *column = left->kind == SQL_COLUMN ? left : right;
  if (column->kind != SQL_COLUMN || is_known(equality, column->text))
    return false;
  const char *value = equality_constant(column == left ? right : left);
  if (!value)
    return false;
  equality->columns[equality->count] = column->text;
  equality->values[equality->count] = value;
  equality->count++;
  return true;
}

struct sql_node *equality_extract(struct arena *arena, struct sql_node *condition,
                                  struct shape_equality *equality) {
  if (condition->kind != SQL_BINARY || strcmp(condition->text, "and") != 0)
    return take(condition, equality) ? NULL : condition;
  struct sql_node *left = equality_extract(arena, condition->child[LEFT], equality);
  struct sql_node *right = equality_extract(arena, condition->child[RIGHT], equality);
  return sql_and(arena, left, right);
}

void equality_member(struct buffer *json, const struct shape_equality *equality) {
  if (equality->count == 0)
    return;
  buffer_text(json, ",\"equality\":{\"columns\":[");
  for (int i = 0; i < equality->count; i++)
    buffer_format(json, "%s%j", i > 0 ? "," : "", equality->columns[i]);
  buffer_text(json, "],\"values\":[");
  for (int i = 0; i < equality->count; i++)
    buffer_format(json, "%s%j", i > 0 ? "," : "", equality->values[i]);
  buffer_format(json, "],\"keyQuery\":%j}", equality->key_sql);
}
