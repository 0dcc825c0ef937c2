/* What MySQL means by its operators, orders and casts, and by its statements that write. */
#include <string.h>

#include "sql/mysql_internal.h"
#include "sql/walk.h"

/* --- nodes --- */

struct sql_node *mysql_refuse(struct mysql *mysql, struct sql_node *node,
                              const char *construct) {
  if (mysql->arena->failed)
    return node;
  error_set_at(mysql->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
               "%s is not supported", construct);
  return node;
}

struct sql_node *mysql_node(struct mysql *mysql, enum sql_kind kind, uint32_t position,
                            struct sql_node *first, struct sql_node *second) {
  struct sql_node *node = sql_node_new(mysql->arena, kind, position);
  if (node == NULL)
    return NULL;
  if (node->count > 0)
    node->child[0] = first;
  if (node->count > 1)
    node->child[1] = second;
  return node;
}

struct sql_node *mysql_integer(struct mysql *mysql, uint32_t position,
                               const char *digits) {
  return sql_node_text(mysql->arena, SQL_INTEGER, position, digits);
}

struct sql_node *mysql_binary(struct mysql *mysql, const char *text,
                              struct sql_node *left, struct sql_node *right) {
  struct sql_node *node = sql_node_text(mysql->arena, SQL_BINARY, left->position, text);
  if (node != NULL) {
    node->child[LEFT] = left;
    node->child[RIGHT] = right;
  }
  return node;
}

struct sql_node *mysql_call(struct mysql *mysql, const char *name, uint32_t position,
                            struct sql_node *first, struct sql_node *second) {
  struct sql_node *list = sql_node_new(mysql->arena, SQL_LIST, position);
  struct sql_node *call = sql_node_new(mysql->arena, SQL_CALL, position);
  struct sql_node *function = sql_node_text(mysql->arena, SQL_NAME, position, name);
  if (list == NULL || call == NULL || function == NULL)
    return NULL;
  call->child[CALL_NAME] = function;
  call->child[CALL_ARGUMENTS] = list;
  if (first != NULL && sql_list_append(mysql->arena, list, first) == NULL)
    return NULL;
  if (second != NULL && sql_list_append(mysql->arena, list, second) == NULL)
    return NULL;
  return call;
}

struct sql_node *mysql_cast(struct mysql *mysql, struct sql_node *operand,
                            const char *type) {
  return mysql_node(mysql, SQL_CAST, operand->position, operand,
                    sql_node_text(mysql->arena, SQL_TYPE, operand->position, type));
}

/* --- quotients --- */

static const char QUOTIENT[] = "mysql_divide",
                  STRICT_QUOTIENT[] = "mysql_divide_strict";

/* Of a text MySQL makes a floating-point number. */
static struct sql_node *number_of_text(struct mysql *mysql, struct sql_node *operand) {
  return operand->kind == SQL_STRING ? mysql_cast(mysql, operand, "double precision")
                                     : operand;
}

struct sql_node *mysql_divide(struct mysql *mysql, struct sql_node *left,
                              struct sql_node *right) {
  left = number_of_text(mysql, left);
  right = number_of_text(mysql, right);
  if (left == NULL || right == NULL)
    return NULL;
  return mysql_call(mysql, mysql->strict ? STRICT_QUOTIENT : QUOTIENT, left->position,
                    left, right);
}

struct sql_node *mysql_modulo(struct mysql *mysql, struct sql_node *left,
                              struct sql_node *right) {
  return mysql_call(mysql, mysql->strict ? "mysql_modulo_strict" : "mysql_modulo",
                    left->position, left, right);
}

static bool is_call(const struct sql_node *node, const char *name) {
  return node->kind == SQL_CALL && strcmp(node->child[CALL_NAME]->text, name) == 0;
}

bool mysql_is_quotient(const struct sql_node *node) {
  return node != NULL && (is_call(node, QUOTIENT) || is_call(node, STRICT_QUOTIENT));
}

void mysql_exact(struct sql_node *node) {
  if (!mysql_is_quotient(node))
    return;
  struct sql_node *name = node->child[CALL_NAME];
  name->text = is_call(node, QUOTIENT) ? "mysql_quotient" : "mysql_quotient_strict";
  name->length = (uint32_t)strlen(name->text);
}

/* MySQL goes on with more digits than it shows, and shows as many as it would without them. */
static struct sql_node *check_operands(struct mysql *mysql, struct sql_node *node) {
  for (uint32_t i = 0; i < node->count; i++) {
    if (mysql_is_quotient(node->child[i]) && mysql->error->code == TIDE_OK) {
      mysql_refuse(mysql, node->child[i], "arithmetic with a quotient");
      error_hint(mysql->error, "Say to how many digits: ROUND(a / b, 4) * c.");
    }
  }
  return node;
}

/* --- operators --- */

static bool is_any_of(const char *text, const char *const words[]) {
  for (size_t i = 0; words[i] != NULL; i++) {
    if (strcmp(words[i], text) == 0)
      return true;
  }
  return false;
}

/* Is it a truth value, by what it is? */
static bool is_truth(const struct sql_node *node) {
  static const char *const operators[] = {
      "=", "<>", "<", "<=", ">", ">=", "and", "or", "~", "!~", NULL};
  switch (node->kind) {
  case SQL_BINARY: return is_any_of(node->text, operators);
  case SQL_UNARY: return strcmp(node->text, "not") == 0;
  case SQL_BOOLEAN:
  case SQL_IS:
  case SQL_IS_DISTINCT:
  case SQL_BETWEEN:
  case SQL_IN_LIST:
  case SQL_IN_QUERY:
  case SQL_LIKE:
  case SQL_EXISTS:
  case SQL_QUANTIFIED: return true;
  default: return false;
  }
}

struct sql_node *mysql_number(struct mysql *mysql, struct sql_node *operand) {
  return is_truth(operand) ? mysql_cast(mysql, operand, "integer") : operand;
}

struct sql_node *mysql_truth(struct sql_node *operand) {
  if (operand == NULL || operand->kind != SQL_INTEGER)
    return operand;
  operand->op = strspn(operand->text, "0") < strlen(operand->text);
  operand->kind = SQL_BOOLEAN;
  operand->text = NULL;
  operand->length = 0;
  return operand;
}

static struct sql_node *of_truths(struct sql_node *node) {
  for (uint32_t i = 0; i < node->count; i++)
    node->child[i] = mysql_truth(node->child[i]);
  return node;
}

/* (a > b) = 1 */
static struct sql_node *compare_truth(struct mysql *mysql, struct sql_node *node) {
  for (uint32_t i = 0; i < 2; i++) {
    if (node->child[1 - i]->kind == SQL_INTEGER)
      node->child[i] = mysql_number(mysql, node->child[i]);
  }
  for (uint32_t i = 0; i < 2 && node->child[i] != NULL; i++)
    node->child[i] = mysql_compared(mysql, node->child[i]);
  return node;
}

static struct sql_node *between(struct mysql *mysql, struct sql_node *node) {
  for (uint32_t i = BETWEEN_LOW; i <= BETWEEN_HIGH; i++)
    node->child[i] = mysql_compared(mysql, node->child[i]);
  return node;
}

static struct sql_node *negate(struct mysql *mysql, struct sql_node *operand) {
  struct sql_node *node =
      sql_node_text(mysql->arena, SQL_UNARY, operand->position, "not");
  if (node != NULL)
    node->child[0] = operand;
  return node;
}

/* The operator's function, for numbers that MySQL takes for bits. */
static const char *bit_function(const char *text) {
  static const struct {
    const char *text, *function;
  } functions[] = {{"|", "mysql_bit_or"},
                   {"&", "mysql_bit_and"},
                   {"<<", "mysql_shift_left"},
                   {">>", "mysql_shift_right"}};
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    if (strcmp(functions[i].text, text) == 0)
      return functions[i].function;
  }
  return NULL;
}

static struct sql_node *binary(struct mysql *mysql, struct sql_node *node) {
  static const char *const compared[] = {"=", "<>", "<", "<=", ">", ">=", NULL};
  static const char *const logical[] = {"and", "or", NULL};
  static const char *const refused[] = {"^", "->", "->>", NULL};
  const char *text = node->text;
  struct sql_node *left = node->child[LEFT], *right = node->child[RIGHT];
  if (is_any_of(text, compared))
    return compare_truth(mysql, node);
  if (is_any_of(text, logical))
    return of_truths(node);
  if (is_any_of(text, refused))
    return mysql_refuse(mysql, node,
                        arena_format(mysql->arena, "MySQL's operator %s", text));
  if (strcmp(text, "xor") == 0) {
    of_truths(node);
    left = node->child[LEFT];
    right = node->child[RIGHT];
    struct sql_node *one = negate(mysql, left), *other = negate(mysql, right);
    return one && other ? mysql_binary(mysql, "<>", one, other) : NULL;
  }
  if (strcmp(text, "regexp") == 0 || strcmp(text, "not regexp") == 0)
    return mysql_binary(mysql, text[0] == 'n' ? "!~" : "~", left, right);
  const char *function = bit_function(text);
  if (function != NULL)
    return mysql_call(mysql, function, left->position, left, right);
  static const char *const arithmetic[] = {"+", "-", "*", "/", "%", "div", NULL};
  if (!is_any_of(text, arithmetic))
    return node;
  struct sql_node *date = mysql_add_interval(mysql, node);
  if (date != NULL || mysql->arena->failed)
    return date;
  check_operands(mysql, node);
  left = mysql_number(mysql, left);
  right = mysql_number(mysql, right);
  if (left == NULL || right == NULL)
    return NULL;
  if (strcmp(text, "/") == 0)
    return mysql_divide(mysql, left, right);
  if (strcmp(text, "%") == 0)
    return mysql_modulo(mysql, left, right);
  if (strcmp(text, "div") == 0)
    return mysql_call(mysql, mysql->strict ? "mysql_div_strict" : "mysql_div",
                      left->position, left, right);
  node->child[LEFT] = left;
  node->child[RIGHT] = right;
  return node;
}

static struct sql_node *unary(struct mysql *mysql, struct sql_node *node) {
  if (strcmp(node->text, "not") == 0)
    return of_truths(node);
  return strcmp(node->text, "~") == 0 ? mysql_refuse(mysql, node, "MySQL's operator ~")
                                      : node;
}

/* NULLs come before everything else. */
static struct sql_node *order(struct sql_node *node) {
  if ((node->flags & (SQL_NULLS_FIRST | SQL_NULLS_LAST)) == 0)
    node->flags |= (node->flags & SQL_DESC) != 0 ? (uint32_t)SQL_NULLS_LAST
                                                 : (uint32_t)SQL_NULLS_FIRST;
  return node;
}

/* 1e0 is no numeric but a floating-point number. */
static struct sql_node *decimal(struct mysql *mysql, struct sql_node *node) {
  return strpbrk(node->text, "eE") == NULL
             ? node
             : mysql_cast(mysql, node, "double precision");
}

/* --- casts --- */

static struct sql_node *cast(struct mysql *mysql, struct sql_node *node) {
  struct sql_node *type = node->child[CAST_TYPE];
  if ((node->flags & SQL_PREFIX) != 0)
    return node;
  bool text = strcmp(type->text, "text") == 0;
  mysql_declared_type(mysql, type);
  if (text)
    return mysql_call(mysql, "mysql_text", node->position, node->child[CAST_OPERAND],
                      NULL);
  mysql_exact(node->child[CAST_OPERAND]);
  return (type->flags & SQL_UNSIGNED) != 0
             ? mysql_call(mysql, "mysql_unsigned", node->position, node, NULL)
             : node;
}

/* --- INSERT --- */

static struct sql_node *qualify(struct sql_node *node, void *context) {
  if (node->kind == SQL_COLUMN && node->child[0] == NULL)
    node->child[0] = context;
  return node;
}

static enum sql_walk find_query(const struct sql_node *node, void *context) {
  (void)context;
  return node->kind == SQL_QUERY ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* In ON DUPLICATE KEY UPDATE a column without a table is that of the row that is there. */
static void duplicate_key(struct mysql *mysql, const struct sql_node *insert) {
  const struct sql_node *conflict = insert->child[INSERT_CONFLICT];
  const struct sql_node *target = insert->child[INSERT_TARGET];
  if (conflict == NULL || conflict->child[CONFLICT_SET] == NULL)
    return;
  const char *name =
      target->text != NULL ? target->text : target->child[REFERENCE_SOURCE]->text;
  struct sql_node *qualifier =
      sql_node_text(mysql->arena, SQL_NAME, insert->position, name);
  for (uint32_t i = 0; qualifier && i < conflict->child[CONFLICT_SET]->count; i++) {
    struct sql_node *assignment = conflict->child[CONFLICT_SET]->child[i];
    if (sql_walk(assignment->child[ASSIGN_VALUE], find_query, NULL))
      assignment->child[ASSIGN_VALUE] =
          sql_rewrite(assignment->child[ASSIGN_VALUE], qualify, qualifier);
  }
  mysql_set_of(mysql, conflict->child[CONFLICT_SET], target);
}

/* --- the whole --- */

/* FROM DUAL is no FROM. */
static void from_dual(struct sql_node *select) {
  const struct sql_node *from = select->child[SELECT_FROM];
  const struct sql_node *only =
      from != NULL && from->count == 1 ? from->child[0] : NULL;
  if (only == NULL || only->kind != SQL_TABLE_REFERENCE || only->text != NULL)
    return;
  const struct sql_node *name = only->child[REFERENCE_SOURCE];
  if (name->child[NAME_SCHEMA] == NULL && sql_same_name(name->text, "dual"))
    select->child[SELECT_FROM] = NULL;
}

static void select_parts(struct mysql *mysql, struct sql_node *select) {
  from_dual(select);
  mysql_having(mysql, select);
  select->child[SELECT_WHERE] = mysql_truth(select->child[SELECT_WHERE]);
  select->child[SELECT_HAVING] = mysql_truth(select->child[SELECT_HAVING]);
}

/* NULL and 0 stand for the next number; what is written takes all digits that the column has place for. */
static void written(struct sql_node *value) {
  mysql_exact(value);
  if (value->kind == SQL_NULL ||
      (value->kind == SQL_INTEGER && strcmp(value->text, "0") == 0))
    value->flags |= SQL_NEXT;
}

static void written_rows(struct sql_node *source) {
  struct sql_node *body = source == NULL ? NULL : source->child[QUERY_BODY];
  if (body == NULL)
    return;
  if (body->kind == SQL_VALUES) {
    for (uint32_t i = 0; i < body->count; i++) {
      for (uint32_t j = 0; j < body->child[i]->count; j++)
        written(body->child[i]->child[j]);
    }
  } else if (body->kind == SQL_SELECT && body->child[SELECT_RESULTS] != NULL) {
    for (uint32_t i = 0; i < body->child[SELECT_RESULTS]->count; i++)
      written(body->child[SELECT_RESULTS]->child[i]->child[0]);
  }
}

static struct sql_node *translate(struct sql_node *node, void *context) {
  struct mysql *mysql = context;
  if (mysql->arena->failed || mysql->error->code != TIDE_OK)
    return node;
  switch (node->kind) {
  case SQL_BINARY: return binary(mysql, node);
  case SQL_UNARY: return unary(mysql, node);
  case SQL_DECIMAL: return decimal(mysql, node);
  case SQL_ORDER: return order(node);
  case SQL_FRAME_BOUND: node->child[0] = mysql_distance(mysql, node->child[0]); break;
  case SQL_BETWEEN: return between(mysql, node);
  case SQL_CAST: return cast(mysql, node);
  case SQL_CALL: return mysql_translate_call(mysql, node);
  case SQL_SELECT: select_parts(mysql, node); break;
  case SQL_JOIN: node->child[JOIN_ON] = mysql_truth(node->child[JOIN_ON]); break;
  case SQL_INSERT:
    written_rows(node->child[INSERT_SOURCE]);
    duplicate_key(mysql, node);
    break;
  case SQL_ASSIGN: mysql_exact(node->child[ASSIGN_VALUE]); break;
  case SQL_DELETE: mysql_delete(mysql, node); break;
  case SQL_COLUMN_DEFINITION: return mysql_column_definition(mysql, node);
  case SQL_CREATE_TABLE:
  case SQL_ALTER: mysql_lift_comments(mysql, node); break;
  case SQL_CREATE_DOMAIN: mysql_domain(mysql, node); break;
  case SQL_CREATE_INDEX: mysql_index(mysql, node); break;
  case SQL_CONSTRAINT:
    if (node->op == SQL_UNIQUE_KEY && node->text != NULL)
      node->flags |= SQL_UNIQUE; /* its name is its table's own */
    break;
  case SQL_SET:
    node->flags |= SQL_EXPLICIT;
    node->op = SQL_SET_SESSION; /* LOCAL is the session's in MySQL */
    break;
  case SQL_UPDATE: mysql_update(mysql, node); break;
  case SQL_ON_CONFLICT: mysql_check_set(mysql, node->child[CONFLICT_SET]); break;
  default: break;
  }
  return node;
}

int mysql_translate(struct arena *arena, struct sql_node **statement,
                    struct error *error) {
  enum sql_kind kind = (*statement)->kind;
  struct mysql mysql = {.arena = arena,
                        .error = error,
                        .strict = kind == SQL_INSERT || kind == SQL_UPDATE ||
                                  kind == SQL_DELETE || kind == SQL_MERGE};
  *statement = sql_rewrite(*statement, translate, &mysql);
  mysql_check_intervals(&mysql, *statement);
  if (arena->failed)
    return error_set(error, TIDE_ERROR_NOMEM, "out of memory");
  return error->code;
}
