/* Which conditions a MySQL origin evaluates as they are evaluated here.
 *
 * Few of PostgreSQL's operators and functions mean the same there: a quotient of integers has a fraction, a text is equal to
 * another by the collation of its column, numbers without a sign overflow below zero. So what may be sent is listed here, by
 * kind and type. A text that is equal here is equal there, not the other way round: equality may be sent where more rows do no
 * harm, and what it leaves out is left out here.
 */
#include <string.h>

#include "federation/fetch.h"
#include "sql/walk.h"

/* --- types --- */

static bool is_any_type(struct type type, const enum type_id *ids, size_t count) {
  for (size_t i = 0; i < count && !type.array && type.domain == 0; i++) {
    if (type.id == ids[i])
      return true;
  }
  return false;
}

static bool is_text(struct type type) {
  static const enum type_id ids[] = {TYPE_TEXT, TYPE_VARCHAR, TYPE_CHAR, TYPE_UNKNOWN};
  return is_any_type(type, ids, sizeof ids / sizeof ids[0]);
}

static bool is_integer(struct type type) {
  static const enum type_id ids[] = {TYPE_SMALLINT, TYPE_INTEGER, TYPE_BIGINT};
  return is_any_type(type, ids, sizeof ids / sizeof ids[0]);
}

/* Types whose values are ordered and equal there as here. */
static bool is_ordered(struct type type) {
  static const enum type_id ids[] = {TYPE_NUMERIC, TYPE_REAL,      TYPE_DOUBLE,
                                     TYPE_DATE,    TYPE_TIMESTAMP, TYPE_BYTEA};
  return is_integer(type) || is_any_type(type, ids, sizeof ids / sizeof ids[0]);
}

static bool is_date(struct type type) {
  static const enum type_id ids[] = {TYPE_DATE, TYPE_TIMESTAMP};
  return is_any_type(type, ids, sizeof ids / sizeof ids[0]);
}

/* --- values --- */

/* A date that both read alike begins with its year; PostgreSQL reads many other forms. */
static bool is_plain_date(const struct sql_node *literal) {
  const char *text = literal->text;
  for (int i = 0; i < 10; i++) {
    bool mark = i == 4 || i == 7;
    if (mark ? text[i] != '-' : text[i] < '0' || text[i] > '9')
      return false;
  }
  return text[10] == '\0' ||
         (text[10] == ' ' && strspn(text + 11, "0123456789:.") == strlen(text + 11));
}

static bool is_value(const struct sql_node *node, const struct sql_node *reference);

/* Sums and products of integers are integers; a difference fails there where the columns have no sign. */
static bool is_arithmetic(const struct sql_node *node,
                          const struct sql_node *reference) {
  bool known = strcmp(node->text, "+") == 0 || strcmp(node->text, "*") == 0;
  return known && is_integer(node->child[LEFT]->type) &&
         is_integer(node->child[RIGHT]->type) &&
         is_value(node->child[LEFT], reference) &&
         is_value(node->child[RIGHT], reference);
}

/* An expression that has the same value there. */
static bool is_value(const struct sql_node *node, const struct sql_node *reference) {
  switch (node->kind) {
  case SQL_NULL:
  case SQL_BOOLEAN:
  case SQL_INTEGER:
  case SQL_DECIMAL:
  case SQL_STRING:
  case SQL_BLOB:
  case SQL_PARAMETER: return true;
  case SQL_COLUMN:
    return node->bound == reference && node->text[0] != '_' &&
           !type_is_enum(node->type) && node->type.domain == 0;
  case SQL_CAST: /* DATE '2026-01-31' */
    return node->child[CAST_OPERAND]->kind == SQL_STRING && is_date(node->type) &&
           is_plain_date(node->child[CAST_OPERAND]) &&
           strchr(node->child[CAST_OPERAND]->text, '.') == NULL;
  case SQL_UNARY:
    return strcmp(node->text, "-") == 0 && node->child[0]->kind != SQL_COLUMN &&
           is_value(node->child[0], reference);
  case SQL_BINARY: return is_arithmetic(node, reference);
  default: return false;
  }
}

/* A literal or parameter, as the type of a column that it is assigned to. */
static bool is_constant(const struct sql_node *node) {
  if (node->kind == SQL_CAST)
    return node->type.domain == 0 && !node->type.array && !type_is_enum(node->type) &&
           is_constant(node->child[CAST_OPERAND]);
  if (node->kind == SQL_UNARY)
    return strcmp(node->text, "-") == 0 && is_constant(node->child[0]);
  return node->kind != SQL_COLUMN && node->kind != SQL_BINARY && is_value(node, NULL);
}

bool push_value_to_mysql(const struct sql_node *value,
                         const struct sql_node *reference) {
  /* Below zero a difference fails there, and a smaller integer fits into a larger. */
  bool difference = value->kind == SQL_BINARY && strcmp(value->text, "-") == 0 &&
                    is_integer(value->type);
  if (difference)
    return push_value_to_mysql(value->child[LEFT], reference) &&
           push_value_to_mysql(value->child[RIGHT], reference);
  if (value->kind == SQL_CAST && is_integer(value->type) &&
      is_integer(value->child[CAST_OPERAND]->type))
    return push_value_to_mysql(value->child[CAST_OPERAND], reference);
  return value->kind == SQL_DEFAULT || is_constant(value) || is_value(value, reference);
}

/* --- predicates --- */

static enum push both(enum push left, enum push right) {
  return left < right ? left : right;
}

/* Two values of one kind. */
static enum push compared(const struct sql_node *left, const struct sql_node *right,
                          const struct sql_node *reference, bool equality) {
  if (!is_value(left, reference) || !is_value(right, reference))
    return PUSH_NOT;
  const struct sql_node *sides[] = {left, right};
  bool date = is_date(left->type) || is_date(right->type);
  for (int i = 0; i < 2; i++) {
    if (date && sides[i]->kind == SQL_STRING && !is_plain_date(sides[i]))
      return PUSH_NOT;
  }
  if (is_text(left->type) && is_text(right->type))
    return equality ? PUSH_ROUGHLY : PUSH_NOT;
  bool left_literal = is_text(left->type) && left->kind != SQL_COLUMN;
  bool right_literal = is_text(right->type) && right->kind != SQL_COLUMN;
  return (is_ordered(left->type) || left_literal) &&
                 (is_ordered(right->type) || right_literal)
             ? PUSH_EXACTLY
             : PUSH_NOT;
}

static enum push in_list(const struct sql_node *node,
                         const struct sql_node *reference) {
  const struct sql_node *set = node->child[IN_SET];
  enum push push = PUSH_EXACTLY;
  for (uint32_t i = 0; i < set->count; i++)
    push =
        both(push, compared(node->child[IN_OPERAND], set->child[i], reference, true));
  bool negated = (node->flags & SQL_NOT) != 0;
  return negated && push == PUSH_ROUGHLY ? PUSH_NOT : push;
}

static enum push between(const struct sql_node *node,
                         const struct sql_node *reference) {
  if ((node->flags & SQL_SYMMETRIC) != 0)
    return PUSH_NOT;
  const struct sql_node *operand = node->child[BETWEEN_OPERAND];
  return both(compared(operand, node->child[BETWEEN_LOW], reference, false),
              compared(operand, node->child[BETWEEN_HIGH], reference, false));
}

static enum push like(const struct sql_node *node, const struct sql_node *reference) {
  bool plain = node->op == SQL_LIKE_LIKE && (node->flags & SQL_NOT) == 0 &&
               node->child[LIKE_ESCAPE] == NULL;
  bool texts = is_text(node->child[LIKE_OPERAND]->type) &&
               is_text(node->child[LIKE_PATTERN]->type);
  return plain && texts && is_value(node->child[LIKE_OPERAND], reference) &&
                 is_value(node->child[LIKE_PATTERN], reference)
             ? PUSH_ROUGHLY
             : PUSH_NOT;
}

static enum push binary(const struct sql_node *node, const struct sql_node *reference) {
  static const char *const comparisons[] = {"=", "<>", "<", "<=", ">", ">="};
  const struct sql_node *left = node->child[LEFT], *right = node->child[RIGHT];
  if (strcmp(node->text, "and") == 0 || strcmp(node->text, "or") == 0)
    return both(push_to_mysql(left, reference), push_to_mysql(right, reference));
  for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++) {
    if (strcmp(comparisons[i], node->text) == 0)
      return compared(left, right, reference, i == 0);
  }
  return PUSH_NOT;
}

enum push push_to_mysql(const struct sql_node *condition,
                        const struct sql_node *reference) {
  enum push push = PUSH_NOT;
  switch (condition->kind) {
  case SQL_BINARY: return binary(condition, reference);
  case SQL_IN_LIST: return in_list(condition, reference);
  case SQL_BETWEEN: return between(condition, reference);
  case SQL_LIKE: return like(condition, reference);
  case SQL_IS: /* NULL, TRUE, … of a value */
    return is_value(condition->child[0], reference) ? PUSH_EXACTLY : PUSH_NOT;
  case SQL_UNARY:
    if (strcmp(condition->text, "not") == 0)
      push = push_to_mysql(condition->child[0], reference);
    return push == PUSH_EXACTLY ? push : PUSH_NOT;
  case SQL_BOOLEAN: return PUSH_EXACTLY;
  case SQL_COLUMN:
    return condition->type.id == TYPE_BOOLEAN && is_value(condition, reference)
               ? PUSH_EXACTLY
               : PUSH_NOT;
  default: return PUSH_NOT;
  }
}
