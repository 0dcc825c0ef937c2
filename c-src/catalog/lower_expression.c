/* Expressions in SQLite's terms. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"

bool lower_slot(struct lowering *lowering, struct sql_node **slot) {
  if (!*slot)
    return true;
  struct sql_node *lowered = lower_value(lowering, *slot);
  if (!lowered)
    return false;
  *slot = lowered;
  return true;
}

bool lower_values(struct lowering *lowering, struct sql_node *list) {
  for (uint32_t i = 0; list && i < list->count; i++) {
    if (!lower_slot(lowering, &list->child[i]))
      return false;
  }
  return true;
}

/* --- columns --- */

/* A column of a LATERAL subquery whose rows are gathered when FROM is lowered (lower_from.c), or were. */
static struct sql_node *gathered_value(struct lowering *lowering,
                                       const struct sql_node *node) {
  struct sql_node *row = lower_node(lowering, SQL_COLUMN, node->position, "value");
  struct sql_node *index = lower_integer(lowering, node->position, node->bound_index);
  if (!row || !index)
    return NULL;
  row->child[0] = node->child[0];
  row->type = TYPE(TYPE_BYTEA);
  row->bound = node->bound;
  return lower_function(lowering, "pg_row_value", node->type,
                        lower_list(lowering, node->position, 2, row, index));
}

static struct sql_node *lower_column(struct lowering *lowering, struct sql_node *node) {
  if (!node->child[0]) /* of a CHECK or an index: bound to the relation */
    return node;
  const struct sql_node *reference = node->bound;
  if (reference->kind == SQL_SUBQUERY_REFERENCE && reference->flags & SQL_LATERAL)
    return gathered_value(lowering, node);
  if (reference->kind != SQL_FUNCTION_REFERENCE)
    return node;
  const struct sql_node *call = reference->child[REFERENCE_SOURCE];
  const struct function *function = call->bound;
  if (!function)
    return gathered_value(lowering, node);
  const char *names[FUNCTION_COLUMNS_MAX];
  struct type types[FUNCTION_COLUMNS_MAX];
  int count = function_columns(function, call->type, names, types);
  const char *name = node->bound_index < count ? names[node->bound_index] : "rowid";
  struct sql_node *column = lower_node(lowering, SQL_COLUMN, node->position, name);
  if (!column)
    return NULL;
  column->child[0] = node->child[0];
  column->type = node->type;
  column->bound = node->bound;
  column->bound_index = node->bound_index;
  column->index = node->index;
  return column;
}

/* --- comparisons --- */

static bool is_comparison(const char *symbol) {
  static const char *const symbols[] = {"=", "<>", "!=", "<", "<=", ">", ">="};
  for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
    if (strcmp(symbol, symbols[i]) == 0)
      return true;
  }
  return false;
}

/* Does SQLite convert what the column is compared with to the column's type by itself? */
static bool gives_affinity(const struct sql_node *node) {
  return node->kind == SQL_COLUMN && lower_has_collation(node);
}

/* Lowers both operands of a comparison; the left one names the collation if there has to be one. */
static bool lower_compared(struct lowering *lowering, struct sql_node **left,
                           struct sql_node **right) {
  struct ordering ordering = lower_ordering(*left);
  bool bare_left = lower_is_bare_parameter(*left) && gives_affinity(*right);
  bool bare_right = lower_is_bare_parameter(*right) && gives_affinity(*left);
  if (!bare_left && !lower_slot(lowering, left))
    return false;
  if (!bare_right && !lower_slot(lowering, right))
    return false;
  *left = lower_ordered(lowering, *left, ordering, *right);
  return *left != NULL;
}

/* (a, b) < (c, d) is the same in SQLite. */
static struct sql_node *lower_row_comparison(struct lowering *lowering,
                                             struct sql_node *node) {
  struct sql_node *left = node->child[LEFT], *right = node->child[RIGHT];
  for (uint32_t i = 0; i < left->count; i++) {
    if (!lower_compared(lowering, &left->child[i], &right->child[i]))
      return NULL;
  }
  return node;
}

/* --- operators --- */

static bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') ||
         (character >= 'A' && character <= 'Z');
}

/* SQLite's own / and % mean the same when the divisor is known to be neither 0 nor -1. */
static bool is_safe_divisor(const struct sql_node *node, struct type type) {
  if (node->kind == SQL_CAST && node->child[CAST_OPERAND]->kind == SQL_INTEGER)
    node = node->child[CAST_OPERAND];
  bool integer =
      type.id == TYPE_SMALLINT || type.id == TYPE_INTEGER || type.id == TYPE_BIGINT;
  return integer && node->kind == SQL_INTEGER &&
         strspn(node->text, "0") != strlen(node->text);
}

/* Where the function takes a value in a certain form (as text, as JSON): the conversion to that form. */
static struct sql_node *lower_argument(struct lowering *lowering,
                                       const struct function *function, int index,
                                       struct sql_node *node) {
  struct type from = node->type, wanted = function_argument(function, index);
  struct sql_node *value = lower_value(lowering, node);
  if (wanted.id != TYPE_ANYTEXT && wanted.id != TYPE_ANYJSON)
    return value;
  return lower_conversion(lowering, value, from, wanted, CONVERT_EXPLICIT);
}

/* `left`: the type of its first operand. */
static struct sql_node *call_operator(struct lowering *lowering, struct sql_node *node,
                                      const struct function *function,
                                      struct type left) {
  struct sql_node *arguments = lower_node(lowering, SQL_LIST, node->position, NULL);
  for (uint32_t i = 0; arguments && i < node->count; i++) {
    if (!lower_append(lowering, arguments, node->child[i]))
      return NULL;
  }
  const char *name = lower_search_name(lowering, function->sqlite, left);
  return name && lower_append_zone(lowering, name, arguments)
             ? lower_function(lowering, name, node->type, arguments)
             : NULL;
}

static bool lower_operands(struct lowering *lowering, struct sql_node *node,
                           const struct function *function) {
  if (node->count == 2 && is_comparison(node->text))
    return lower_compared(lowering, &node->child[LEFT], &node->child[RIGHT]);
  for (uint32_t i = 0; i < node->count; i++) {
    node->child[i] = lower_argument(lowering, function, (int)i, node->child[i]);
    if (!node->child[i])
      return false;
  }
  return true;
}

static void set_text(struct sql_node *node, const char *text) {
  node->text = text;
  node->length = (uint32_t)strlen(text);
}

struct sql_node *lower_operator(struct lowering *lowering, struct sql_node *node) {
  const struct function *function = node->bound;
  if (!function)
    return lower_row_comparison(lowering, node);
  /* The negative of a literal is a literal. */
  if (node->kind == SQL_UNARY && strcmp(node->text, "-") == 0 &&
      node->type.id == TYPE_NUMERIC &&
      (node->child[0]->kind == SQL_DECIMAL || node->child[0]->kind == SQL_INTEGER)) {
    struct sql_node *cast = lower_node(lowering, SQL_CAST, node->position, NULL);
    if (!cast)
      return NULL;
    cast->child[CAST_OPERAND] = node;
    cast->type = TYPE(TYPE_NUMERIC);
    return lower_cast(lowering, cast);
  }
  bool divides = strcmp(node->text, "/") == 0 || strcmp(node->text, "%") == 0;
  bool native =
      divides && node->count == 2 && is_safe_divisor(node->child[RIGHT], node->type);
  struct type left = node->child[0]->type;
  if (!lower_operands(lowering, node, function))
    return NULL;
  if (native)
    return node;
  if (is_letter(function->sqlite[0]))
    return call_operator(lowering, node, function, left);
  if (node->kind == SQL_UNARY && strcmp(function->sqlite, "+") == 0)
    return node->child[0];
  set_text(node, function->sqlite);
  return node;
}

static struct sql_node *lower_logic(struct lowering *lowering, struct sql_node *node) {
  /* A chain leans to the left and may be long. */
  struct sql_node *at = node;
  for (;;) {
    if (!lower_slot(lowering, &at->child[RIGHT]))
      return NULL;
    struct sql_node *left = at->child[LEFT];
    if (left->kind != SQL_BINARY || strcmp(left->text, node->text) != 0)
      break;
    at = left;
  }
  return lower_slot(lowering, &at->child[LEFT]) ? node : NULL;
}

static bool is_word(const struct sql_node *node, const char *word) {
  return strcmp(node->text, word) == 0;
}

/* --- IS, BETWEEN, IN, LIKE, CASE --- */

struct sql_node *lower_is_null(struct lowering *lowering, struct sql_node *operand,
                               uint32_t flags) {
  struct sql_node *node = lower_node(lowering, SQL_IS, operand->position, NULL);
  if (!node)
    return NULL;
  node->op = SQL_IS_NULL;
  node->flags = flags;
  node->child[0] = operand;
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

/* A row is NULL when all its fields are, and not NULL when none is. */
static struct sql_node *lower_row_is(struct lowering *lowering, struct sql_node *node) {
  struct sql_node *row = node->child[0], *all = NULL;
  for (uint32_t i = 0; i < row->count; i++) {
    struct sql_node *field = lower_value(lowering, row->child[i]);
    struct sql_node *one = field ? lower_is_null(lowering, field, node->flags) : NULL;
    all = all ? lower_binary(lowering, "and", all, one, node->type) : one;
    if (!all)
      return NULL;
  }
  return all;
}

static struct sql_node *lower_is(struct lowering *lowering, struct sql_node *node) {
  if (node->child[0]->kind == SQL_ROW && node->op == SQL_IS_NULL)
    return lower_row_is(lowering, node);
  if (node->op == SQL_IS_UNKNOWN)
    node->op = SQL_IS_NULL;
  return lower_slot(lowering, &node->child[0]) ? node : NULL;
}

static struct sql_node *lower_between(struct lowering *lowering,
                                      struct sql_node *node) {
  struct ordering ordering = lower_ordering(node->child[BETWEEN_OPERAND]);
  bool affinity = gives_affinity(node->child[BETWEEN_OPERAND]);
  for (int i = 0; i < 3; i++) {
    if (i > 0 && affinity && lower_is_bare_parameter(node->child[i]))
      continue;
    if (!lower_slot(lowering, &node->child[i]))
      return NULL;
  }
  const struct sql_node *bound = node->child[BETWEEN_LOW];
  if (!lower_names_collation(bound))
    bound = node->child[BETWEEN_HIGH];
  struct sql_node *operand =
      lower_ordered(lowering, node->child[BETWEEN_OPERAND], ordering, bound);
  node->child[BETWEEN_OPERAND] = operand;
  if (!operand || !(node->flags & SQL_SYMMETRIC))
    return operand ? node : NULL;
  bool negated = node->flags & SQL_NOT;
  node->flags &= ~(uint32_t)SQL_SYMMETRIC;
  struct sql_node *other = lower_clone(lowering, node);
  if (!other)
    return NULL;
  other->child[BETWEEN_LOW] = node->child[BETWEEN_HIGH];
  other->child[BETWEEN_HIGH] = node->child[BETWEEN_LOW];
  return lower_binary(lowering, negated ? "and" : "or", node, other, node->type);
}

static struct sql_node *lower_in_list(struct lowering *lowering,
                                      struct sql_node *node) {
  if (node->child[IN_OPERAND]->kind == SQL_ROW)
    return lower_in_rows(lowering, node);
  struct ordering ordering = lower_ordering(node->child[IN_OPERAND]);
  bool affinity = gives_affinity(node->child[IN_OPERAND]);
  struct sql_node *list = node->child[IN_SET];
  for (uint32_t i = 0; i < list->count; i++) {
    if (affinity && lower_is_bare_parameter(list->child[i]))
      continue;
    if (!lower_slot(lowering, &list->child[i]))
      return NULL;
  }
  if (!lower_slot(lowering, &node->child[IN_OPERAND]))
    return NULL;
  node->child[IN_OPERAND] =
      lower_ordered(lowering, node->child[IN_OPERAND], ordering, list);
  return node->child[IN_OPERAND] ? node : NULL;
}

static struct sql_node *backslash(struct lowering *lowering, uint32_t position) {
  struct sql_node *escape = lower_node(lowering, SQL_STRING, position, "\\");
  if (escape)
    escape->type = TYPE(TYPE_TEXT);
  return escape;
}

/* ILIKE and SIMILAR TO are functions. */
static struct sql_node *lower_pattern(struct lowering *lowering, struct sql_node *node,
                                      const char *function) {
  struct sql_node *arguments =
      lower_list(lowering, node->position, 3, node->child[LIKE_OPERAND],
                 node->child[LIKE_PATTERN], node->child[LIKE_ESCAPE]);
  struct sql_node *call = lower_function(lowering, function, node->type, arguments);
  if (!call || !(node->flags & SQL_NOT))
    return call;
  return lower_negation(lowering, call);
}

/* The operands are lowered already. */
struct sql_node *lower_like_operator(struct lowering *lowering, struct sql_node *node) {
  struct sql_node *escape = node->child[LIKE_ESCAPE];
  bool none = escape && escape->kind == SQL_STRING && escape->length == 0;
  if (node->op == SQL_LIKE_GLOB)
    return node;
  if (!escape)
    node->child[LIKE_ESCAPE] = escape = backslash(lowering, node->position);
  if (!escape)
    return NULL;
  if (node->op == SQL_LIKE_ILIKE)
    return lower_pattern(lowering, node, "pg_ilike");
  if (node->op == SQL_LIKE_SIMILAR)
    return lower_pattern(lowering, node, "pg_similar");
  if (none)
    node->child[LIKE_ESCAPE] = NULL;
  return node;
}

static struct sql_node *lower_like(struct lowering *lowering, struct sql_node *node) {
  bool affinity = gives_affinity(node->child[LIKE_OPERAND]);
  for (int i = 0; i < 3; i++) {
    if (i == 1 && affinity && lower_is_bare_parameter(node->child[i]))
      continue;
    if (!lower_slot(lowering, &node->child[i]))
      return NULL;
  }
  return lower_like_operator(lowering, node);
}

static struct sql_node *lower_case(struct lowering *lowering, struct sql_node *node) {
  struct sql_node **operand = &node->child[CASE_OPERAND];
  struct ordering ordering = {TYPE(TYPE_UNKNOWN), false};
  if (*operand)
    ordering = lower_ordering(*operand);
  if (!lower_slot(lowering, operand))
    return NULL;
  struct sql_node *whens = node->child[CASE_WHENS];
  for (uint32_t i = 0; i < whens->count; i++) {
    if (!lower_slot(lowering, &whens->child[i]->child[WHEN_CONDITION]) ||
        !lower_slot(lowering, &whens->child[i]->child[WHEN_RESULT]))
      return NULL;
  }
  if (*operand && !(*operand = lower_ordered(lowering, *operand, ordering, whens)))
    return NULL;
  return lower_slot(lowering, &node->child[CASE_ELSE]) ? node : NULL;
}

/* --- arrays --- */

/* ARRAY[…] and a[i] are calls of the functions that binding found for them. */
static struct sql_node *lower_array_function(struct lowering *lowering,
                                             struct sql_node *node) {
  const struct function *function = node->bound;
  struct sql_node *arguments = lower_node(lowering, SQL_LIST, node->position, NULL);
  for (uint32_t i = 0; arguments && i < node->count; i++) {
    if (node->child[i] &&
        !lower_append(lowering, arguments, lower_value(lowering, node->child[i])))
      return NULL;
  }
  return lower_function(lowering, function->sqlite, node->type, arguments);
}

/* --- all --- */

static struct sql_node *lower_kind(struct lowering *lowering, struct sql_node *node) {
  switch (node->kind) {
  case SQL_COLUMN: return lower_column(lowering, node);
  case SQL_UNARY:
    if (is_word(node, "not"))
      return lower_slot(lowering, &node->child[0]) ? node : NULL;
    return lower_operator(lowering, node);
  case SQL_BINARY:
    return is_word(node, "and") || is_word(node, "or") ? lower_logic(lowering, node)
                                                       : lower_operator(lowering, node);
  case SQL_IS: return lower_is(lowering, node);
  case SQL_IS_DISTINCT:
    return lower_compared(lowering, &node->child[LEFT], &node->child[RIGHT]) ? node
                                                                             : NULL;
  case SQL_BETWEEN: return lower_between(lowering, node);
  case SQL_IN_LIST: return lower_in_list(lowering, node);
  case SQL_IN_QUERY: return lower_in_query(lowering, node);
  case SQL_LIKE: return lower_like(lowering, node);
  case SQL_EXISTS:
  case SQL_SCALAR_QUERY:
  case SQL_ARRAY_QUERY: return lower_subquery(lowering, node);
  case SQL_QUANTIFIED: return lower_quantified(lowering, node);
  case SQL_ARRAY:
  case SQL_SUBSCRIPT: return lower_array_function(lowering, node);
  case SQL_CASE: return lower_case(lowering, node);
  case SQL_CAST: return lower_cast(lowering, node);
  case SQL_COLLATE: return lower_value(lowering, node->child[0]);
  case SQL_CALL: return lower_call(lowering, node);
  case SQL_ROW: return lower_row(lowering, node);
  default: return lower_literal(lowering, node);
  }
}

struct sql_node *lower_value(struct lowering *lowering, struct sql_node *node) {
  if (!lower_enter(lowering, node->position))
    return NULL;
  struct sql_node *lowered = lower_kind(lowering, node);
  lowering->depth--;
  if (!lowered && !lowering->error->code)
    lower_nomem(lowering);
  return lowered;
}
