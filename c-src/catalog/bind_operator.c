/* Operators: choosing them by the types of their operands; comparisons of rows, IN, ANY and ALL. */
#include <string.h>

#include "catalog/bind_internal.h"

/* --- choosing --- */

static void no_operator(struct binder *binder, enum function_lookup lookup,
                        const char *symbol, const struct type *types, int count,
                        uint32_t position) {
  const char *left = count == 2 ? bind_type_text(binder, types[0]) : "";
  const char *right = bind_type_text(binder, types[count - 1]);
  const char *space = count == 2 ? " " : "";
  if (lookup == FUNCTION_AMBIGUOUS) {
    error_set_at(binder->error, TIDE_ERROR_AMBIGUOUS_FUNCTION, position,
                 "operator is not unique: %s%s%s %s", left, space, symbol, right);
    error_hint(binder->error, "Could not choose a best candidate operator. You might "
                              "need to add explicit type casts.");
    return;
  }
  if (count == 2 && operator_is_missing(symbol)) {
    error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, position,
                 "operator %s is not supported", symbol);
    return;
  }
  error_set_at(binder->error, TIDE_ERROR_UNDEFINED_FUNCTION, position,
               "operator does not exist: %s%s%s %s", left, space, symbol, right);
  error_hint(binder->error, "No operator matches the given name and argument types. "
                            "You might need to add explicit type casts.");
}

/* 'a' || 1: of an unknown literal beside a plain value PostgreSQL makes text, not an array to append to. */
static void prefer_text(const char *symbol, struct type *types, int count) {
  if (count != 2 || strcmp(symbol, "||") != 0)
    return;
  for (int i = 0; i < 2; i++) {
    struct type other = types[1 - i];
    if (bind_is_unknown(types[i]) && !other.array && other.id != TYPE_JSONB &&
        other.id != TYPE_BYTEA)
      types[i] = TYPE(TYPE_TEXT);
  }
}

bool bind_find_operator(struct binder *binder, const char *symbol, struct type *types,
                        int count, uint32_t position, const struct function **found,
                        struct type *result) {
  struct type resolved[2];
  prefer_text(symbol, types, count);
  enum function_lookup lookup =
      operator_find(symbol, types, count, found, resolved, result);
  if (lookup != FUNCTION_FOUND) {
    no_operator(binder, lookup, symbol, types, count, position);
    return false;
  }
  for (int i = 0; i < count; i++)
    types[i] = resolved[i];
  bind_not_immutable(binder, (*found)->flags, (*found)->name);
  return true;
}

bool bind_comparable(struct binder *binder, const char *symbol, struct sql_node **left,
                     struct sql_node **right, uint32_t position,
                     const struct function **found) {
  struct type types[2] = {(*left)->type, (*right)->type}, result;
  if (!bind_find_operator(binder, symbol, types, 2, position, found, &result))
    return false;
  struct sql_node *one = bind_convert(binder, *left, types[0], CONVERT_IMPLICIT);
  struct sql_node *other =
      one ? bind_convert(binder, *right, types[1], CONVERT_IMPLICIT) : NULL;
  if (!other)
    return false;
  *left = one;
  *right = other;
  return true;
}

/* The least integer of a type is written as the negative of a number that is one too large for it. */
static bool is_least_integer(const struct sql_node *node, struct type *type) {
  const struct sql_node *operand = node->child[0];
  if (node->kind != SQL_UNARY || strcmp(node->text, "-") != 0 ||
      operand->kind != SQL_INTEGER)
    return false;
  if (strcmp(operand->text, "2147483648") == 0)
    *type = TYPE(TYPE_INTEGER);
  else if (strcmp(operand->text, "9223372036854775808") == 0)
    *type = TYPE(TYPE_BIGINT);
  else
    return false;
  return true;
}

enum row_operator { ROWS_EQUAL, ROWS_UNEQUAL, ROWS_ORDERED, ROWS_OTHER };

static enum row_operator row_operator(const struct sql_node *node) {
  if (node->kind == SQL_IS_DISTINCT)
    return node->flags & SQL_NOT ? ROWS_EQUAL : ROWS_UNEQUAL;
  if (node->count != 2)
    return ROWS_OTHER;
  if (strcmp(node->text, "=") == 0)
    return ROWS_EQUAL;
  if (strcmp(node->text, "<>") == 0 || strcmp(node->text, "!=") == 0)
    return ROWS_UNEQUAL;
  bool ordered = strcmp(node->text, "<") == 0 || strcmp(node->text, "<=") == 0 ||
                 strcmp(node->text, ">") == 0 || strcmp(node->text, ">=") == 0;
  return ordered ? ROWS_ORDERED : ROWS_OTHER;
}

bool bind_check_labels(struct binder *binder, struct type type, uint32_t position) {
  if (!binder->database->mysql || binder->views > 0 || !type_is_enum(type))
    return true;
  bind_unsupported(binder, position, "comparing an ENUM by its order");
  error_hint(binder->error, "MySQL compares the texts here: write CAST(… AS CHAR).");
  return false;
}

static bool asks_order(const char *symbol) {
  return strcmp(symbol, "<") == 0 || strcmp(symbol, ">") == 0 ||
         strcmp(symbol, "<=") == 0 || strcmp(symbol, ">=") == 0;
}

struct sql_node *bind_operator(struct binder *binder, struct sql_node *node) {
  int count = (int)node->count;
  struct type least;
  if (is_least_integer(node, &least))
    node->child[0]->type = least;
  struct type types[2] = {TYPE(TYPE_UNKNOWN), TYPE(TYPE_UNKNOWN)};
  for (int i = 0; i < count; i++) {
    if (bind_is_record(node->child[i]->type) && row_operator(node) != ROWS_OTHER)
      return bind_row_comparison(binder, node);
    types[i] = node->child[i]->type;
  }
  const struct function *found;
  if (!bind_find_operator(binder, node->text, types, count, node->position, &found,
                          &node->type))
    return NULL;
  if (count == 2 && asks_order(node->text) &&
      !bind_check_labels(binder, types[0], node->position))
    return NULL;
  for (int i = 0; i < count; i++) {
    node->child[i] = bind_convert(binder, node->child[i], types[i], CONVERT_IMPLICIT);
    if (!node->child[i])
      return NULL;
  }
  node->bound = found;
  return node;
}

struct sql_node *bind_binary(struct binder *binder, const char *symbol,
                             struct sql_node *left, struct sql_node *right,
                             uint32_t position) {
  struct sql_node *node = bind_node(binder, SQL_BINARY, position, symbol);
  if (!node)
    return NULL;
  node->child[LEFT] = left;
  node->child[RIGHT] = right;
  return bind_operator(binder, node);
}

/* --- rows --- */

static bool check_rows(struct binder *binder, const struct sql_node *left,
                       const struct sql_node *right, uint32_t position) {
  if (!left || !right || left->kind != SQL_ROW || right->kind != SQL_ROW) {
    bind_unsupported(binder, position, "comparing a row with this kind of value");
    return false;
  }
  if (left->count == right->count && left->count > 0)
    return true;
  error_set_at(binder->error, TIDE_ERROR_SYNTAX, position,
               left->count == 0 ? "cannot compare rows of zero length"
                                : "unequal number of entries in row expressions");
  return false;
}

/* Two fields; `whole`: of whole rows, in which NULL is equal to NULL. */
static struct sql_node *compare_fields(struct binder *binder,
                                       const struct sql_node *node,
                                       struct sql_node *left, struct sql_node *right,
                                       bool whole, bool equal) {
  if (node->kind == SQL_BINARY && !whole)
    return bind_binary(binder, node->text, left, right, node->position);
  struct sql_node *one = bind_node(binder, SQL_IS_DISTINCT, node->position, NULL);
  if (!one)
    return NULL;
  one->flags = equal ? SQL_NOT : 0;
  one->child[LEFT] = left;
  one->child[RIGHT] = right;
  one->type = TYPE(TYPE_BOOLEAN);
  const struct function *found;
  if (!bind_comparable(binder, "=", &one->child[LEFT], &one->child[RIGHT],
                       node->position, &found))
    return NULL;
  one->bound = found;
  return one;
}

/* (a, b) < (c, d) stays a comparison of rows; each pair has become comparable. */
static struct sql_node *order_rows(struct binder *binder, struct sql_node *node) {
  struct sql_node *left = node->child[LEFT], *right = node->child[RIGHT];
  const struct function *found;
  for (uint32_t i = 0; i < left->count; i++) {
    if (!bind_comparable(binder, node->text, &left->child[i], &right->child[i],
                         node->position, &found))
      return NULL;
  }
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

/* Whole rows are compared as they are: nothing is converted. */
static bool check_same_types(struct binder *binder, const struct sql_node *left,
                             const struct sql_node *right, uint32_t position) {
  for (uint32_t i = 0; i < left->count; i++) {
    struct type one = left->child[i]->type, other = right->child[i]->type;
    if (one.id == other.id && one.array == other.array)
      continue;
    error_set_at(binder->error, TIDE_ERROR_TYPE_MISMATCH, position,
                 "cannot compare dissimilar column types %s and %s at record column %u",
                 bind_type_text(binder, one), bind_type_text(binder, other), i + 1);
    return false;
  }
  return true;
}

static struct sql_node *compare_all(struct binder *binder, const struct sql_node *node,
                                    struct sql_node *left, struct sql_node *right) {
  bool whole = left->text || right->text;
  bool equal = row_operator(node) == ROWS_EQUAL;
  struct sql_node *all = NULL;
  for (uint32_t i = 0; i < left->count; i++) {
    struct sql_node *one =
        compare_fields(binder, node, left->child[i], right->child[i], whole, equal);
    all = one ? bind_logic(binder, equal ? "and" : "or", all, one) : NULL;
    if (!all)
      return NULL;
  }
  return all;
}

struct sql_node *bind_row_comparison(struct binder *binder, struct sql_node *node) {
  struct sql_node *rows[2] = {node->child[LEFT], node->child[RIGHT]};
  struct sql_node *left = bind_row_fields(rows[0]), *right = bind_row_fields(rows[1]);
  if (!check_rows(binder, left, right, node->position))
    return NULL;
  bool whole = left->text || right->text;
  if (row_operator(node) == ROWS_ORDERED && whole) {
    bind_unsupported(binder, node->position, "this operator on whole rows");
    return NULL;
  }
  if (row_operator(node) == ROWS_ORDERED)
    return order_rows(binder, node);
  if (whole && !check_same_types(binder, left, right, node->position))
    return NULL;
  struct sql_node *result = compare_all(binder, node, left, right);
  if (node->kind == SQL_IS_DISTINCT)
    return result;
  result = bind_if_there(binder, rows[0], result);
  return bind_if_there(binder, rows[1], result);
}

/* --- IN (list) --- */

/* No type fits all: what IN stands for, one comparison each. */
static struct sql_node *expand_in(struct binder *binder, struct sql_node *node) {
  struct sql_node *list = node->child[IN_SET], *any = NULL;
  bool negated = node->flags & SQL_NOT;
  if (list->count > SQL_DEPTH_MAX) {
    error_set_at(binder->error, TIDE_ERROR_TOO_DEEP, node->position,
                 "at most %d values of IN may be of types that have none in common",
                 SQL_DEPTH_MAX);
    return NULL;
  }
  for (uint32_t i = 0; i < list->count; i++) {
    struct sql_node *operand = bind_clone(binder, node->child[IN_OPERAND]);
    struct sql_node *one = operand ? bind_binary(binder, negated ? "<>" : "=", operand,
                                                 list->child[i], node->position)
                                   : NULL;
    any = one ? bind_logic(binder, negated ? "and" : "or", any, one) : NULL;
    if (!any)
      return NULL;
  }
  return any;
}

static struct sql_node *in_scalars(struct binder *binder, struct sql_node *node) {
  struct sql_node *list = node->child[IN_SET];
  struct type common = node->child[IN_OPERAND]->type;
  for (uint32_t i = 0; i < list->count; i++) {
    if (bind_is_record(list->child[i]->type) ||
        !type_common(common, list->child[i]->type, &common))
      return expand_in(binder, node);
  }
  if (bind_is_unknown(common))
    common = TYPE(TYPE_TEXT);
  struct type types[2] = {common, common};
  const struct function *found;
  if (!bind_find_operator(binder, "=", types, 2, node->position, &found, &node->type))
    return NULL;
  node->child[IN_OPERAND] =
      bind_convert(binder, node->child[IN_OPERAND], types[0], CONVERT_IMPLICIT);
  for (uint32_t i = 0; node->child[IN_OPERAND] && i < list->count; i++) {
    list->child[i] = bind_convert(binder, list->child[i], types[1], CONVERT_IMPLICIT);
    if (!list->child[i])
      return NULL;
  }
  node->bound = found;
  return node->child[IN_OPERAND] ? node : NULL;
}

/* One column of (a, b) IN ((…), (…)): the fields of the operand and of all rows become one type. */
static bool unify_field(struct binder *binder, struct sql_node *node, uint32_t field) {
  struct sql_node *operand = node->child[IN_OPERAND], *list = node->child[IN_SET];
  int count = (int)list->count + 1;
  struct sql_node ***slots = bind_alloc(binder, (size_t)count * sizeof *slots);
  if (!slots)
    return false;
  slots[0] = &operand->child[field];
  for (int i = 1; i < count; i++)
    slots[i] = &list->child[i - 1]->child[field];
  struct type common, result;
  if (!bind_unify(binder, slots, count, "IN", &common))
    return false;
  struct type types[2] = {common, common};
  const struct function *found;
  if (!bind_find_operator(binder, "=", types, 2, node->position, &found, &result))
    return false;
  for (int i = 0; i < count; i++) {
    *slots[i] = bind_convert(binder, *slots[i], types[0], CONVERT_IMPLICIT);
    if (!*slots[i])
      return false;
  }
  return true;
}

static struct sql_node *in_rows(struct binder *binder, struct sql_node *node) {
  struct sql_node *operand = node->child[IN_OPERAND], *list = node->child[IN_SET];
  for (uint32_t i = 0; i < list->count; i++) {
    if (!check_rows(binder, operand, list->child[i], list->child[i]->position))
      return NULL;
  }
  for (uint32_t i = 0; i < operand->count; i++) {
    if (!unify_field(binder, node, i))
      return NULL;
  }
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

/* --- IN (query) --- */

static int check_column_count(struct binder *binder, const struct sql_node *operand,
                              const struct sql_node *query) {
  int wanted = operand->kind == SQL_ROW ? (int)operand->count : 1;
  int count = query_column_count(query);
  if (count == wanted)
    return TIDE_OK;
  return error_set_at(binder->error, TIDE_ERROR_SYNTAX, query->position,
                      count > wanted ? "subquery has too many columns"
                                     : "subquery has too few columns");
}

/* Makes the operand and the columns of the query comparable by `symbol`; *found is the operator of the last. */
static bool compare_with_query(struct binder *binder, struct sql_node **operand,
                               struct sql_node *query, const char *symbol,
                               uint32_t position, const struct function **found) {
  if (check_column_count(binder, *operand, query) != TIDE_OK)
    return false;
  bool row = (*operand)->kind == SQL_ROW;
  int count = query_column_count(query);
  struct type *wanted = bind_alloc(binder, (size_t)count * sizeof *wanted);
  if (!wanted)
    return false;
  for (int i = 0; i < count; i++) {
    struct sql_node **slot = row ? &(*operand)->child[i] : operand;
    struct type types[2] = {(*slot)->type, query_column_type(query, i)}, result;
    if (!bind_find_operator(binder, symbol, types, 2, position, found, &result))
      return false;
    struct sql_node *converted =
        bind_convert(binder, *slot, types[0], CONVERT_IMPLICIT);
    if (!converted)
      return false;
    *slot = converted;
    wanted[i] = types[1];
  }
  return query_convert(binder, query, wanted, count, CONVERT_IMPLICIT) == TIDE_OK;
}

static struct sql_node *in_query(struct binder *binder, struct scope *scope,
                                 struct sql_node *node) {
  struct sql_node *query = node->child[IN_SET];
  if (scope->level->clause == CLAUSE_EXPRESSION) {
    bind_unsupported(binder, node->position, "a subquery in this place");
    return NULL;
  }
  if (bind_query(binder, query, scope, scope->ctes, true) != TIDE_OK)
    return NULL;
  const struct function *found;
  if (!compare_with_query(binder, &node->child[IN_OPERAND], query, "=", node->position,
                          &found))
    return NULL;
  node->bound = found;
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

/* t IN (SELECT u FROM u): rows are equal if their texts are. */
static struct sql_node *in_whole_rows(struct binder *binder, struct scope *scope,
                                      struct sql_node *node) {
  struct sql_node *query = node->child[IN_SET];
  struct sql_node *body = query->child[QUERY_BODY];
  if (bind_query(binder, query, scope, scope->ctes, true) != TIDE_OK)
    return NULL;
  struct sql_node *result = body->kind == SQL_SELECT && query_column_count(query) == 1
                                ? body->child[SELECT_RESULTS]->child[0]
                                : NULL;
  if (!result || !bind_row_is_its_text(node->child[IN_OPERAND]) ||
      !bind_row_is_its_text(result->child[0])) {
    bind_unsupported(binder, node->position, "IN of whole rows");
    return NULL;
  }
  const struct sql_node *left = bind_row_fields(node->child[IN_OPERAND]);
  const struct sql_node *right = bind_row_fields(result->child[0]);
  if (!check_rows(binder, left, right, node->position) ||
      !check_same_types(binder, left, right, node->position))
    return NULL;
  struct sql_node **slots[2] = {&node->child[IN_OPERAND], &result->child[0]};
  for (int i = 0; i < 2; i++) {
    *slots[i] = bind_convert(binder, *slots[i], TYPE(TYPE_TEXT), CONVERT_EXPLICIT);
    if (!*slots[i])
      return NULL;
  }
  result->type = TYPE(TYPE_TEXT);
  struct type types[2] = {TYPE(TYPE_TEXT), TYPE(TYPE_TEXT)};
  const struct function *found;
  if (!bind_find_operator(binder, "=", types, 2, node->position, &found, &node->type))
    return NULL;
  node->bound = found;
  return node;
}

struct sql_node *bind_in(struct binder *binder, struct scope *scope,
                         struct sql_node *node) {
  if (!bind_slot(binder, scope, &node->child[IN_OPERAND]))
    return NULL;
  const struct sql_node *operand = node->child[IN_OPERAND];
  bool whole =
      bind_is_record(operand->type) && (operand->kind != SQL_ROW || operand->text);
  if (whole && node->kind == SQL_IN_QUERY && scope->level->clause != CLAUSE_EXPRESSION)
    return in_whole_rows(binder, scope, node);
  if (whole) {
    bind_unsupported(binder, node->position, "IN of whole rows");
    return NULL;
  }
  if (node->kind == SQL_IN_QUERY)
    return in_query(binder, scope, node);
  if (!bind_list(binder, scope, node->child[IN_SET]))
    return NULL;
  return node->child[IN_OPERAND]->kind == SQL_ROW ? in_rows(binder, node)
                                                  : in_scalars(binder, node);
}

/* --- ANY and ALL --- */

static bool is_negator(const char *symbol) {
  return strcmp(symbol, "<>") == 0 || strcmp(symbol, "!=") == 0;
}

/* LIKE ANY and its kin are no operators of the tables: SQLite's LIKE is something of its own. */
static bool is_like(const char *symbol) {
  return strcmp(symbol, "~~") == 0 || strcmp(symbol, "!~~") == 0 ||
         strcmp(symbol, "~~*") == 0 || strcmp(symbol, "!~~*") == 0;
}

static struct sql_node *quantified_like(struct binder *binder, struct sql_node *node) {
  struct type text = TYPE(TYPE_TEXT), texts = {TYPE_TEXT, true, -1, -1, 0};
  struct sql_node *left = node->child[LEFT], *array = node->child[RIGHT];
  if (!bind_can_convert(left, text, CONVERT_IMPLICIT) ||
      !bind_can_convert(array, texts, CONVERT_IMPLICIT)) {
    struct type types[2] = {left->type, {array->type.id, false, -1, -1, 0}};
    no_operator(binder, FUNCTION_NO_MATCH, node->text, types, 2, node->position);
    return NULL;
  }
  node->child[LEFT] = bind_convert(binder, left, text, CONVERT_IMPLICIT);
  node->child[RIGHT] = bind_convert(binder, array, texts, CONVERT_IMPLICIT);
  node->type = TYPE(TYPE_BOOLEAN);
  return node->child[LEFT] && node->child[RIGHT] ? node : NULL;
}

static struct sql_node *quantified_query(struct binder *binder, struct scope *scope,
                                         struct sql_node *node) {
  bool in = node->op == SQL_ANY && strcmp(node->text, "=") == 0;
  bool not_in = node->op == SQL_ALL_OF && is_negator(node->text);
  if (in || not_in) {
    node->kind = SQL_IN_QUERY;
    node->text = NULL;
    node->length = 0;
    node->op = 0;
    node->flags |= not_in ? (uint32_t)SQL_NOT : 0;
    return in_query(binder, scope, node);
  }
  if (scope->level->clause == CLAUSE_EXPRESSION) {
    bind_unsupported(binder, node->position, "a subquery in this place");
    return NULL;
  }
  if (is_like(node->text)) {
    bind_unsupported(binder, node->position, "LIKE ANY or ALL of a subquery");
    return NULL;
  }
  if (bind_is_record(node->child[LEFT]->type)) {
    bind_unsupported(binder, node->position,
                     "this comparison of a row with a subquery");
    return NULL;
  }
  struct sql_node *query = node->child[RIGHT];
  if (bind_query(binder, query, scope, scope->ctes, true) != TIDE_OK)
    return NULL;
  const struct function *found;
  if (!compare_with_query(binder, &node->child[LEFT], query, node->text, node->position,
                          &found))
    return NULL;
  node->bound = found;
  node->type = TYPE(TYPE_BOOLEAN);
  return node;
}

static struct sql_node *quantified_array(struct binder *binder, struct sql_node *node) {
  if (is_like(node->text))
    return quantified_like(binder, node);
  struct sql_node *array = node->child[RIGHT];
  struct type left = node->child[LEFT]->type;
  if (bind_is_unknown(array->type)) {
    struct type guess = bind_is_unknown(left) ? TYPE(TYPE_TEXT) : left;
    array = bind_convert(binder, array, (struct type){guess.id, true, -1, -1, 0},
                         CONVERT_IMPLICIT);
    if (!array)
      return NULL;
  }
  if (!array->type.array) {
    error_set_at(binder->error, TIDE_ERROR_WRONG_OBJECT_TYPE, node->position,
                 "op ANY/ALL (array) requires array on right side");
    return NULL;
  }
  struct type types[2] = {left, {array->type.id, false, -1, -1, 0}};
  const struct function *found;
  if (!bind_find_operator(binder, node->text, types, 2, node->position, &found,
                          &node->type))
    return NULL;
  types[1].array = true;
  node->child[LEFT] =
      bind_convert(binder, node->child[LEFT], types[0], CONVERT_IMPLICIT);
  node->child[RIGHT] = node->child[LEFT]
                           ? bind_convert(binder, array, types[1], CONVERT_EXPLICIT)
                           : NULL;
  node->bound = found;
  return node->child[RIGHT] ? node : NULL;
}

struct sql_node *bind_quantified(struct binder *binder, struct scope *scope,
                                 struct sql_node *node) {
  if (!bind_slot(binder, scope, &node->child[LEFT]))
    return NULL;
  if (node->child[RIGHT]->kind == SQL_QUERY)
    return quantified_query(binder, scope, node);
  return bind_slot(binder, scope, &node->child[RIGHT]) ? quantified_array(binder, node)
                                                       : NULL;
}
