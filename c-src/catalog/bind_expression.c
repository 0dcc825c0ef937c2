/* Expressions: what each kind of node needs, and the type it gets. */
#include <string.h>

#include "catalog/bind_internal.h"

bool bind_slot(struct binder *binder, struct scope *scope, struct sql_node **slot) {
  if (!*slot)
    return true;
  struct sql_node *bound = bind_value(binder, scope, *slot);
  if (!bound)
    return false;
  *slot = bound;
  return true;
}

bool bind_list(struct binder *binder, struct scope *scope, struct sql_node *list) {
  for (uint32_t i = 0; list && i < list->count; i++) {
    if (!bind_slot(binder, scope, &list->child[i]))
      return false;
  }
  return true;
}

static bool to_boolean(struct binder *binder, struct sql_node **slot,
                       const char *what) {
  struct type boolean = TYPE(TYPE_BOOLEAN);
  if (!bind_can_convert(*slot, boolean, CONVERT_IMPLICIT)) {
    error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, (*slot)->position,
                 "argument of %s must be type boolean, not type %s", what,
                 bind_type_text(binder, (*slot)->type));
    return false;
  }
  struct sql_node *converted = bind_convert(binder, *slot, boolean, CONVERT_IMPLICIT);
  if (!converted)
    return false;
  *slot = converted;
  return true;
}

bool bind_condition(struct binder *binder, struct scope *scope, struct sql_node **slot,
                    const char *what) {
  if (!*slot)
    return true;
  return bind_slot(binder, scope, slot) && to_boolean(binder, slot, what);
}

struct sql_node *bind_logic(struct binder *binder, const char *word,
                            struct sql_node *left, struct sql_node *right) {
  if (!left || !right)
    return left ? left : right;
  struct sql_node *node = bind_node(binder, SQL_BINARY, left->position, word);
  if (!node)
    return NULL;
  node->child[LEFT] = left;
  node->child[RIGHT] = right;
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

/* --- literals --- */

static struct type integer_type(const char *digits) {
  while (*digits == '0' && digits[1])
    digits++;
  size_t length = strlen(digits);
  if (length < 10 || (length == 10 && strcmp(digits, "2147483647") <= 0))
    return TYPE(TYPE_INTEGER);
  if (length < 19 || (length == 19 && strcmp(digits, "9223372036854775807") <= 0))
    return TYPE(TYPE_BIGINT);
  return TYPE(TYPE_NUMERIC);
}

static bool is_decimal_digits(const char *text) {
  for (; *text; text++) {
    if (*text < '0' || *text > '9')
      return false;
  }
  return true;
}

static struct sql_node *bind_literal(struct binder *binder, struct sql_node *node) {
  switch (node->kind) {
  case SQL_BOOLEAN: node->type = TYPE(TYPE_BOOLEAN); break;
  case SQL_INTEGER:
    node->type =
        is_decimal_digits(node->text) ? integer_type(node->text) : TYPE(TYPE_BIGINT);
    break;
  case SQL_DECIMAL: node->type = TYPE(TYPE_NUMERIC); break;
  case SQL_BLOB: node->type = TYPE(TYPE_BYTEA); break;
  case SQL_PARAMETER:
    if (binder->given)
      return bind_clone(binder, binder->given->child[node->index - 1]);
    node->type = binder->binding->parameter_types[node->index - 1];
    break;
  default: node->type = TYPE(TYPE_UNKNOWN); break;
  }
  return node;
}

/* --- logic --- */

static bool is_word(const struct sql_node *node, const char *word) {
  return strcmp(node->text, word) == 0;
}

static struct sql_node *bind_and_or(struct binder *binder, struct scope *scope,
                                    struct sql_node *node) {
  const char *what = is_word(node, "and") ? "AND" : "OR";
  node->type = TYPE(TYPE_BOOLEAN);
  /* A chain leans to the left and may be long: go down it without recursion. */
  struct sql_node *at = node;
  while (at->child[LEFT]->kind == SQL_BINARY && at->child[LEFT]->text &&
         strcmp(at->child[LEFT]->text, node->text) == 0) {
    at = at->child[LEFT];
    at->type = TYPE(TYPE_BOOLEAN);
  }
  if (!bind_condition(binder, scope, &at->child[LEFT], what))
    return NULL;
  /* Back up again, so that parameters are typed and columns are checked from left to right. */
  struct sql_node *done = at;
  for (;;) {
    if (!bind_condition(binder, scope, &done->child[RIGHT], what))
      return NULL;
    if (done == node)
      return node;
    struct sql_node *parent = node;
    while (parent->child[LEFT] != done)
      parent = parent->child[LEFT];
    done = parent;
  }
}

/* A row is NULL where all its fields are, also one that an outer join lacks. */
static bool take_fields(struct binder *binder, struct sql_node **slot) {
  if (!bind_is_record((*slot)->type))
    return true;
  struct sql_node *row = bind_row_fields(*slot);
  if (row)
    *slot = row;
  else
    bind_unsupported(binder, (*slot)->position,
                     "IS NULL of a row whose fields are not told where it is used");
  return row != NULL;
}

static struct sql_node *bind_is(struct binder *binder, struct scope *scope,
                                struct sql_node *node) {
  static const char *const words[] = {"IS NULL", "IS TRUE", "IS FALSE", "IS UNKNOWN"};
  if (!bind_slot(binder, scope, &node->child[0]))
    return NULL;
  if (node->op == SQL_IS_NULL && !take_fields(binder, &node->child[0]))
    return NULL;
  if (node->op != SQL_IS_NULL && !to_boolean(binder, &node->child[0], words[node->op]))
    return NULL;
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

static struct sql_node *bind_is_distinct(struct binder *binder, struct scope *scope,
                                         struct sql_node *node) {
  if (!bind_slot(binder, scope, &node->child[LEFT]) ||
      !bind_slot(binder, scope, &node->child[RIGHT]))
    return NULL;
  node->type = TYPE(TYPE_BOOLEAN);
  struct sql_node *left = node->child[LEFT], *right = node->child[RIGHT];
  if (bind_is_record(left->type) || bind_is_record(right->type))
    return bind_row_comparison(binder, node);
  const struct function *found;
  if (!bind_comparable(binder, "=", &node->child[LEFT], &node->child[RIGHT],
                       node->position, &found))
    return NULL;
  node->bound = found;
  return node;
}

/* --- BETWEEN, LIKE --- */

static struct sql_node *compare_clones(struct binder *binder, const char *symbol,
                                       struct sql_node *left, struct sql_node *right) {
  struct sql_node *one = bind_clone(binder, left);
  struct sql_node *other = bind_clone(binder, right);
  return one && other ? bind_binary(binder, symbol, one, other, left->position) : NULL;
}

/* When the operand would have to be of another type for each bound: the two comparisons that BETWEEN
 * stands for. */
static struct sql_node *expand_between(struct binder *binder, struct sql_node *node) {
  struct sql_node *operand = node->child[BETWEEN_OPERAND];
  bool negated = node->flags & SQL_NOT;
  struct sql_node *low =
      compare_clones(binder, negated ? "<" : ">=", operand, node->child[BETWEEN_LOW]);
  if (!low)
    return NULL;
  struct sql_node *high =
      compare_clones(binder, negated ? ">" : "<=", operand, node->child[BETWEEN_HIGH]);
  return high ? bind_logic(binder, negated ? "or" : "and", low, high) : NULL;
}

static struct sql_node *bind_between(struct binder *binder, struct scope *scope,
                                     struct sql_node *node) {
  for (int i = 0; i < 3; i++) {
    if (!bind_slot(binder, scope, &node->child[i]))
      return NULL;
    if (bind_is_record(node->child[i]->type)) {
      bind_unsupported(binder, node->position, "BETWEEN of row values");
      return NULL;
    }
  }
  struct sql_node *operand = node->child[BETWEEN_OPERAND];
  struct type low[2] = {operand->type, node->child[BETWEEN_LOW]->type};
  struct type high[2] = {operand->type, node->child[BETWEEN_HIGH]->type};
  const struct function *found;
  if (!bind_find_operator(binder, ">=", low, 2, node->position, &found, &node->type) ||
      !bind_find_operator(binder, "<=", high, 2, node->position, &found, &node->type) ||
      !bind_check_labels(binder, low[0], node->position))
    return NULL;
  if (low[0].id != high[0].id || low[0].array != high[0].array) {
    if (!(node->flags & SQL_SYMMETRIC))
      return expand_between(binder, node);
    /* Both bounds are compared with each other too: all become one type. */
    if (!type_common(low[0], high[0], &low[0])) {
      bind_unsupported(binder, node->position, "BETWEEN SYMMETRIC of these types");
      return NULL;
    }
    low[1] = high[1] = low[0];
  }
  struct type wanted[3] = {low[0], low[1], high[1]};
  for (int i = 0; i < 3; i++) {
    node->child[i] = bind_convert(binder, node->child[i], wanted[i], CONVERT_IMPLICIT);
    if (!node->child[i])
      return NULL;
  }
  node->bound = found;
  return node;
}

static struct sql_node *bind_like(struct binder *binder, struct scope *scope,
                                  struct sql_node *node) {
  static const char *const symbols[] = {"~~", "~~*", "SIMILAR TO", "GLOB"};
  struct type text = TYPE(TYPE_TEXT);
  for (int i = 0; i < 3; i++) {
    if (!node->child[i])
      continue;
    if (!bind_slot(binder, scope, &node->child[i]))
      return NULL;
    if (!bind_can_convert(node->child[i], text, CONVERT_IMPLICIT)) {
      error_set_at(
          binder->error, TIDE_ERROR_UNDEFINED_FUNCTION, node->position,
          "operator does not exist: %s %s %s",
          bind_type_text(binder, node->child[LIKE_OPERAND]->type), symbols[node->op],
          i == 0 ? "text" : bind_type_text(binder, node->child[LIKE_PATTERN]->type));
      error_hint(binder->error,
                 "No operator matches the given name and argument types. "
                 "You might need to add explicit type casts.");
      return NULL;
    }
    node->child[i] = bind_convert(binder, node->child[i], text, CONVERT_IMPLICIT);
    if (!node->child[i])
      return NULL;
  }
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

/* --- CASE --- */

/* CASE x WHEN y: x becomes a type that all the y can be compared with. */
static bool bind_case_operand(struct binder *binder, struct sql_node *node) {
  struct sql_node *whens = node->child[CASE_WHENS];
  int count = (int)whens->count + 1;
  struct sql_node ***slots = bind_alloc(binder, (size_t)count * sizeof *slots);
  if (!slots)
    return false;
  slots[0] = &node->child[CASE_OPERAND];
  for (int i = 1; i < count; i++)
    slots[i] = &whens->child[i - 1]->child[WHEN_CONDITION];
  struct type common;
  if (!bind_unify(binder, slots, count, "CASE/WHEN", &common))
    return false;
  const struct function *found;
  for (uint32_t i = 0; i < whens->count; i++) {
    struct sql_node **condition = &whens->child[i]->child[WHEN_CONDITION];
    if (!bind_comparable(binder, "=", &node->child[CASE_OPERAND], condition,
                         (*condition)->position, &found))
      return false;
  }
  return true;
}

static struct sql_node *bind_case(struct binder *binder, struct scope *scope,
                                  struct sql_node *node) {
  struct sql_node *whens = node->child[CASE_WHENS];
  bool has_operand = node->child[CASE_OPERAND] != NULL;
  if (!bind_slot(binder, scope, &node->child[CASE_OPERAND]))
    return NULL;
  struct sql_node ***slots = bind_alloc(binder, (whens->count + 1) * sizeof *slots);
  if (!slots)
    return NULL;
  int count = 0;
  for (uint32_t i = 0; i < whens->count; i++) {
    struct sql_node *when = whens->child[i];
    if (has_operand
            ? !bind_slot(binder, scope, &when->child[WHEN_CONDITION])
            : !bind_condition(binder, scope, &when->child[WHEN_CONDITION], "CASE/WHEN"))
      return NULL;
    if (!bind_slot(binder, scope, &when->child[WHEN_RESULT]))
      return NULL;
    slots[count++] = &when->child[WHEN_RESULT];
  }
  if (node->child[CASE_ELSE]) {
    if (!bind_slot(binder, scope, &node->child[CASE_ELSE]))
      return NULL;
    slots[count++] = &node->child[CASE_ELSE];
  }
  if (has_operand && !bind_case_operand(binder, node))
    return NULL;
  if (!bind_unify(binder, slots, count, "CASE", &node->type))
    return NULL;
  if (!node->child[CASE_ELSE])
    node->type = type_base(node->type); /* NULL is of no domain */
  return node;
}

/* --- casts and collations --- */

static struct sql_node *bind_cast(struct binder *binder, struct scope *scope,
                                  struct sql_node *node) {
  struct type to;
  if (bind_type(binder, node->child[CAST_TYPE], &to) != TIDE_OK)
    return NULL;
  /* ARRAY[]::type[]: the cast is what gives an empty array its type. */
  struct sql_node *operand = node->child[CAST_OPERAND];
  if (operand->kind == SQL_ARRAY && operand->count == 0 && to.array) {
    struct sql_node *empty = bind_node(binder, SQL_STRING, operand->position, "{}");
    if (!empty)
      return NULL;
    node->child[CAST_OPERAND] = empty;
  } else if (!bind_slot(binder, scope, &node->child[CAST_OPERAND])) {
    return NULL;
  }
  operand = node->child[CAST_OPERAND];
  node->type = to;
  if (node->op != CONVERT_ASSIGNMENT)
    node->op = CONVERT_EXPLICIT;
  if (to.domain != 0) {
    node->child[CAST_OPERAND] = bind_convert(binder, operand, type_base(to), node->op);
    return node->child[CAST_OPERAND] ? node : NULL;
  }
  if (bind_is_unknown(operand->type)) {
    struct type plain = {to.id, to.array, -1, -1, 0};
    if (!bind_check_path(binder, operand, plain))
      return NULL;
    if (operand->kind == SQL_PARAMETER || operand->kind == SQL_NULL)
      node->child[CAST_OPERAND] =
          bind_convert(binder, operand, plain, CONVERT_EXPLICIT);
    return node->child[CAST_OPERAND] ? node : NULL;
  }
  if (bind_can_convert(operand, to, CONVERT_EXPLICIT))
    return node;
  error_set_at(binder->error, TIDE_ERROR_CANNOT_COERCE, node->position,
               "cannot cast type %s to %s", bind_type_text(binder, operand->type),
               bind_type_text(binder, to));
  return NULL;
}

bool bind_knows_collation(const char *name) {
  return strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0 ||
         strcmp(name, "ucs_basic") == 0 || strcmp(name, "C.UTF-8") == 0;
}

static struct sql_node *bind_collate(struct binder *binder, struct scope *scope,
                                     struct sql_node *node) {
  if (!bind_slot(binder, scope, &node->child[0]))
    return NULL;
  if (!bind_knows_collation(node->text)) {
    error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
                 "collation %q is not supported", node->text);
    return NULL;
  }
  struct sql_node *operand =
      bind_is_unknown(node->child[0]->type)
          ? bind_convert(binder, node->child[0], TYPE(TYPE_TEXT), CONVERT_IMPLICIT)
          : node->child[0];
  if (!operand)
    return NULL;
  if (type_category(operand->type) != 'S') {
    error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, node->position,
                 "collations are not supported by type %s",
                 bind_type_text(binder, operand->type));
    return NULL;
  }
  node->child[0] = operand;
  node->type = operand->type;
  return node;
}

/* --- subqueries --- */

static struct sql_node *bind_subquery(struct binder *binder, struct scope *scope,
                                      struct sql_node *node) {
  if (scope->level->clause == CLAUSE_EXPRESSION) {
    bind_unsupported(binder, node->position, "a subquery in this place");
    return NULL;
  }
  struct sql_node *query = node->child[0];
  if (bind_query(binder, query, scope, scope->ctes, true) != TIDE_OK)
    return NULL;
  if (node->kind == SQL_EXISTS) {
    node->type = TYPE(TYPE_BOOLEAN);
    return node;
  }
  if (query_column_count(query) != 1) {
    error_set_at(binder->error, TIDE_ERROR_SYNTAX, node->position,
                 "subquery must return only one column");
    return NULL;
  }
  node->type = query_column_type(query, 0);
  if (node->kind == SQL_SCALAR_QUERY)
    return node;
  const struct function *found;
  struct type resolved;
  if (function_find("array_agg", &node->type, 1, &found, &resolved, &node->type) !=
      FUNCTION_FOUND) {
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_OBJECT, node->position,
                 "could not find array type for data type %s",
                 bind_type_text(binder, query_column_type(query, 0)));
    return NULL;
  }
  node->bound = found;
  return node;
}

/* --- rows and arrays --- */

/* A star stands for all columns, as it does among the results. */
static bool append_field(struct binder *binder, struct scope *scope,
                         struct sql_node *row, struct sql_node *field) {
  if (field->kind != SQL_STAR)
    return bind_append(binder, row, bind_value(binder, scope, field));
  struct sql_node *star = bind_star_row(binder, scope, field);
  const struct sql_node *all = star ? bind_row_fields(star) : NULL;
  if (!all) /* the value that a function returns */
    return star && bind_append(binder, row, star);
  for (uint32_t i = 0; i < all->count; i++)
    if (!bind_append(binder, row, all->child[i]))
      return false;
  return true;
}

static struct sql_node *bind_row(struct binder *binder, struct scope *scope,
                                 struct sql_node *node) {
  if (node->count > BIND_FIELDS_MAX) {
    error_set_at(binder->error, TIDE_ERROR_LIMIT, node->position,
                 "ROW expressions can have at most %d entries", BIND_FIELDS_MAX);
    return NULL;
  }
  struct sql_node *fields = bind_node(binder, SQL_ROW, node->position, NULL);
  for (uint32_t i = 0; fields && i < node->count; i++)
    if (!append_field(binder, scope, fields, node->child[i]))
      return NULL;
  if (!fields)
    return NULL;
  fields->flags = node->flags;
  fields->type = TYPE(TYPE_RECORD);
  return fields;
}

static struct sql_node *bind_array(struct binder *binder, struct scope *scope,
                                   struct sql_node *node) {
  if (!bind_list(binder, scope, node))
    return NULL;
  int count = (int)node->count;
  if (count == 0) {
    error_set_at(binder->error, TIDE_ERROR_INDETERMINATE_TYPE, node->position,
                 "cannot determine type of empty array");
    error_hint(binder->error, "Explicitly cast to the desired type, for example "
                              "ARRAY[]::integer[].");
    return NULL;
  }
  struct type *types = bind_alloc(binder, (size_t)count * 2 * sizeof *types);
  if (!types)
    return NULL;
  for (int i = 0; i < count; i++)
    types[i] = node->child[i]->type;
  const struct function *found;
  if (array_constructor(types, count, &found, types + count, &node->type) !=
      FUNCTION_FOUND) {
    error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, node->position,
                 "ARRAY elements cannot be matched to one type");
    return NULL;
  }
  for (int i = 0; i < count; i++) {
    node->child[i] =
        bind_convert(binder, node->child[i], types[count + i], CONVERT_IMPLICIT);
    if (!node->child[i])
      return NULL;
  }
  node->bound = found;
  return node;
}

/* A bound that is not given is beyond all elements. */
static struct sql_node *far_bound(struct binder *binder, uint32_t position,
                                  bool lower) {
  struct sql_node *far = bind_integer(binder, position, INT32_MAX);
  if (!lower || !far)
    return far;
  struct sql_node *minus = bind_node(binder, SQL_UNARY, position, "-");
  if (minus)
    minus->child[0] = far;
  return minus;
}

static bool complete_slice(struct binder *binder, struct sql_node *node) {
  for (int i = 1; i < 3; i++) {
    if (!node->child[i])
      node->child[i] = far_bound(binder, node->position, i == 1);
    if (!node->child[i])
      return false;
  }
  return true;
}

static struct sql_node *bind_subscript(struct binder *binder, struct scope *scope,
                                       struct sql_node *node) {
  bool slice = node->flags & SQL_SLICE;
  struct type types[3], resolved[3];
  struct sql_node **slots[3];
  int count = 0;
  if (slice && !complete_slice(binder, node))
    return NULL;
  for (int i = 0; i < 3; i++) {
    if (!bind_slot(binder, scope, &node->child[i]))
      return NULL;
    if (!node->child[i])
      continue;
    types[count] = node->child[i]->type;
    slots[count++] = &node->child[i];
  }
  const struct function *found;
  if (array_subscript(types, count, slice, &found, resolved, &node->type) !=
      FUNCTION_FOUND) {
    if (node->child[0]->kind == SQL_SUBSCRIPT)
      bind_unsupported(binder, node->position, "a subscript of several dimensions");
    else
      error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, node->position,
                   "cannot subscript type %s because it does not support subscripting",
                   bind_type_text(binder, types[0]));
    return NULL;
  }
  for (int i = 1; i < count; i++) {
    *slots[i] = bind_convert(binder, *slots[i], resolved[i], CONVERT_IMPLICIT);
    if (!*slots[i])
      return NULL;
  }
  node->bound = found;
  return node;
}

/* --- the rest --- */

static struct sql_node *bind_operands(struct binder *binder, struct scope *scope,
                                      struct sql_node *node) {
  for (uint32_t i = 0; i < node->count; i++) {
    if (!bind_slot(binder, scope, &node->child[i]))
      return NULL;
  }
  return bind_operator(binder, node);
}

static struct sql_node *bind_not(struct binder *binder, struct scope *scope,
                                 struct sql_node *node) {
  node->type = TYPE(TYPE_BOOLEAN);
  return bind_condition(binder, scope, &node->child[0], "NOT") ? node : NULL;
}

static struct sql_node *misplaced(struct binder *binder, const struct sql_node *node) {
  if (node->kind == SQL_DEFAULT)
    error_set_at(binder->error, TIDE_ERROR_SYNTAX, node->position,
                 "DEFAULT is not allowed in this context");
  else
    error_set_at(binder->error, TIDE_ERROR_SYNTAX, node->position,
                 "%s is not allowed in this context", sql_kind_name(node->kind));
  return NULL;
}

/* f(a => 1): the call puts it in its place. */
static struct sql_node *bind_argument(struct binder *binder, struct scope *scope,
                                      struct sql_node *node) {
  if (!bind_slot(binder, scope, &node->child[0]))
    return NULL;
  node->type = node->child[0]->type;
  return node;
}

static struct sql_node *bind_kind(struct binder *binder, struct scope *scope,
                                  struct sql_node *node) {
  switch (node->kind) {
  case SQL_NULL:
  case SQL_BOOLEAN:
  case SQL_INTEGER:
  case SQL_DECIMAL:
  case SQL_STRING:
  case SQL_BLOB:
  case SQL_PARAMETER: return bind_literal(binder, node);
  case SQL_COLUMN: return bind_column(binder, scope, node);
  case SQL_STAR:
    return node->child[0] ? bind_star_row(binder, scope, node)
                          : misplaced(binder, node);
  case SQL_UNARY:
    return is_word(node, "not") ? bind_not(binder, scope, node)
                                : bind_operands(binder, scope, node);
  case SQL_BINARY:
    return is_word(node, "and") || is_word(node, "or")
               ? bind_and_or(binder, scope, node)
               : bind_operands(binder, scope, node);
  case SQL_IS: return bind_is(binder, scope, node);
  case SQL_IS_DISTINCT: return bind_is_distinct(binder, scope, node);
  case SQL_BETWEEN: return bind_between(binder, scope, node);
  case SQL_IN_LIST:
  case SQL_IN_QUERY: return bind_in(binder, scope, node);
  case SQL_LIKE: return bind_like(binder, scope, node);
  case SQL_EXISTS:
  case SQL_SCALAR_QUERY:
  case SQL_ARRAY_QUERY: return bind_subquery(binder, scope, node);
  case SQL_QUANTIFIED: return bind_quantified(binder, scope, node);
  case SQL_ROW: return bind_row(binder, scope, node);
  case SQL_ARRAY: return bind_array(binder, scope, node);
  case SQL_SUBSCRIPT: return bind_subscript(binder, scope, node);
  case SQL_CASE: return bind_case(binder, scope, node);
  case SQL_CAST: return bind_cast(binder, scope, node);
  case SQL_COLLATE: return bind_collate(binder, scope, node);
  case SQL_CALL: return bind_call(binder, scope, node);
  case SQL_ARGUMENT: return bind_argument(binder, scope, node);
  default: return misplaced(binder, node);
  }
}

struct sql_node *bind_value(struct binder *binder, struct scope *scope,
                            struct sql_node *node) {
  if (!bind_enter(binder, node->position))
    return NULL;
  struct sql_node *bound = bind_kind(binder, scope, node);
  bind_leave(binder);
  if (!bound && !binder->error->code)
    bind_nomem(binder);
  return bound;
}
