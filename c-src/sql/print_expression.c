/* Expressions to text, with no more parentheses than they need. */
#include "sql/print_internal.h"

#include <string.h>

#include "sql/keyword.h"

static bool is_dialect(const struct printer *printer, enum sql_dialect dialect) {
  return printer->dialect == dialect;
}

static bool is_postgres(const struct printer *printer) {
  return is_dialect(printer, SQL_DIALECT_POSTGRES);
}

static bool is_any_of(const char *text, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(text, words[i]) == 0)
      return true;
  }
  return false;
}

#define IS_ANY_OF(text, ...)                                                           \
  is_any_of(text, (const char *const[]){__VA_ARGS__},                                  \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* --- levels --- */

static enum level operator_level(const struct printer *printer, const char *text) {
  if (IS_ANY_OF(text, "<", ">", "=", "<=", ">=", "<>"))
    return LEVEL_COMPARE;
  if (IS_ANY_OF(text, "+", "-"))
    return LEVEL_ADD;
  if (IS_ANY_OF(text, "*", "/", "%"))
    return LEVEL_MULTIPLY;
  if (strcmp(text, "and") == 0)
    return LEVEL_AND;
  if (strcmp(text, "or") == 0)
    return LEVEL_OR;
  if (strcmp(text, "xor") == 0)
    return LEVEL_XOR;
  if (strcmp(text, "div") == 0)
    return LEVEL_MULTIPLY;
  if (IS_ANY_OF(text, "regexp", "not regexp"))
    return LEVEL_IN;
  if (is_postgres(printer))
    return strcmp(text, "^") == 0 ? LEVEL_POWER : LEVEL_OPERATOR;
  if (is_dialect(printer, SQL_DIALECT_SQLITE))
    return IS_ANY_OF(text, "||", "->", "->>") ? LEVEL_POWER : LEVEL_OPERATOR;
  return LEVEL_OPERATOR;
}

static bool is_concatenation(const struct printer *printer,
                             const struct sql_node *node) {
  return is_dialect(printer, SQL_DIALECT_MYSQL) && node->kind == SQL_BINARY &&
         strcmp(node->text, "||") == 0;
}

static enum level level_of(const struct printer *printer, const struct sql_node *node) {
  bool mysql = is_dialect(printer, SQL_DIALECT_MYSQL);
  switch (node->kind) {
  case SQL_UNARY:
    if (strcmp(node->text, "not") == 0)
      return LEVEL_NOT;
    if (!is_postgres(printer) || IS_ANY_OF(node->text, "-", "+"))
      return LEVEL_UNARY;
    return LEVEL_OPERATOR;
  case SQL_BINARY:
    return is_concatenation(printer, node) ? LEVEL_PRIMARY
                                           : operator_level(printer, node->text);
  case SQL_IS: return LEVEL_IS;
  case SQL_IS_DISTINCT:
    /* MySQL has <=> for "is not distinct from", and for the other NOT in front of that. */
    return mysql ? (node->flags & SQL_NOT) != 0 ? LEVEL_COMPARE : LEVEL_NOT : LEVEL_IS;
  case SQL_BETWEEN:
  case SQL_IN_LIST:
  case SQL_IN_QUERY:
  case SQL_LIKE: return LEVEL_IN;
  case SQL_QUANTIFIED: return operator_level(printer, node->text);
  case SQL_COLLATE: return LEVEL_COLLATE;
  case SQL_CAST:
    return is_postgres(printer) && (node->flags & SQL_PREFIX) == 0 ? LEVEL_CAST
                                                                   : LEVEL_PRIMARY;
  case SQL_INTEGER:
  case SQL_DECIMAL:
    /* A lowered tree may hold negative numbers. */
    return node->text[0] == '-' ? LEVEL_UNARY : LEVEL_PRIMARY;
  case SQL_BLOB: return is_postgres(printer) ? LEVEL_CAST : LEVEL_PRIMARY;
  case SQL_DEFAULT: return LEVEL_PRIMARY;
  default: return LEVEL_PRIMARY;
  }
}

/* The next level up: what may stand bare beside an operator that does not associate. */
static enum level above_level(const struct printer *printer, enum level level) {
  if (!is_postgres(printer) && level >= LEVEL_IS && level <= LEVEL_IN)
    return LEVEL_OPERATOR;
  return (enum level)(level + 1);
}

/* --- parentheses --- */

static void print_bare(struct printer *printer, const struct sql_node *node);

/* b_expr has neither COLLATE nor anything with AND, OR, NOT, IN, LIKE or BETWEEN. */
static bool fits_restriction(const struct printer *printer,
                             const struct sql_node *node) {
  if (!printer->restricted)
    return true;
  return node->kind != SQL_COLLATE && level_of(printer, node) >= LEVEL_OPERATOR &&
         node->kind != SQL_QUANTIFIED;
}

void print_operand(struct printer *printer, const struct sql_node *node,
                   enum level least) {
  if (level_of(printer, node) >= least && fits_restriction(printer, node)) {
    print_bare(printer, node);
    return;
  }
  print_text(printer, "(");
  print_expression(printer, node);
  print_text(printer, ")");
}

void print_expression(struct printer *printer, const struct sql_node *node) {
  bool restricted = printer->restricted;
  printer->restricted = false;
  print_bare(printer, node);
  printer->restricted = restricted;
}

static void print_restricted(struct printer *printer, const struct sql_node *node,
                             enum level least) {
  bool restricted = printer->restricted;
  printer->restricted = !is_dialect(printer, SQL_DIALECT_SQLITE);
  print_operand(printer, node, least);
  printer->restricted = restricted;
}

/* --- literals, names, parameters --- */

static void print_blob(struct printer *printer, const struct sql_node *node) {
  print_text(printer, is_postgres(printer) ? "'\\x" : "X'");
  print_text(printer, node->text);
  print_text(printer, is_postgres(printer) ? "'::bytea" : "'");
}

/* The number under which a parameter goes to an origin. One that is used twice keeps its number where
 * parameters have numbers: GROUP BY a + $1 has to be recognised. */
static int32_t renumber(struct printer *printer, const struct sql_node *node) {
  struct sql_print_options *options = printer->options;
  bool numbered = printer->dialect != SQL_DIALECT_MYSQL;
  for (uint32_t i = 0; numbered && i < options->parameter_count; i++) {
    if (options->parameters[i] == node->index)
      return (int32_t)i + 1;
  }
  if (options->parameter_count == options->parameter_capacity) {
    error_set_at(printer->error, TIDE_ERROR_LIMIT, node->position,
                 "too many parameters");
    return 0;
  }
  options->parameters[options->parameter_count++] = node->index;
  return (int32_t)options->parameter_count;
}

static void print_parameter(struct printer *printer, const struct sql_node *node) {
  int32_t number = node->index;
  if (printer->options != NULL)
    number = renumber(printer, node);
  else if (is_postgres(printer) && node->op == SQL_NAMED) {
    buffer_format(printer->out, ":%s", node->text);
    return;
  }
  bool positional =
      is_dialect(printer, SQL_DIALECT_MYSQL) ||
      (is_postgres(printer) && printer->options == NULL && node->op == SQL_POSITIONAL);
  if (positional)
    print_text(printer, "?");
  else
    buffer_format(printer->out, is_postgres(printer) ? "$%d" : "?%d", (int)number);
}

static void print_column(struct printer *printer, const struct sql_node *column) {
  const struct sql_node *relation = column->child[0];
  if (relation != NULL && printer->duplicate &&
      is_dialect(printer, SQL_DIALECT_MYSQL) && relation->child[NAME_SCHEMA] == NULL &&
      strcmp(relation->text, "excluded") == 0) {
    print_text(printer, "VALUES(");
    print_identifier(printer, column->text);
    print_text(printer, ")");
    return;
  }
  if (relation != NULL) {
    print_name(printer, relation);
    print_text(printer, ".");
  }
  print_identifier(printer, column->text);
}

static void print_star(struct printer *printer, const struct sql_node *star) {
  if (star->child[0] != NULL) {
    print_name(printer, star->child[0]);
    print_text(printer, ".");
  }
  print_text(printer, "*");
}

/* --- operators --- */

static bool begins_with_operator(const struct sql_node *node) {
  return node->kind == SQL_UNARY ||
         ((node->kind == SQL_INTEGER || node->kind == SQL_DECIMAL) &&
          node->text[0] == '-');
}

static void print_unary(struct printer *printer, const struct sql_node *node) {
  const struct sql_node *operand = node->child[LEFT];
  if (strcmp(node->text, "not") == 0) {
    print_text(printer, "NOT ");
    print_operand(printer, operand, LEVEL_NOT);
    return;
  }
  if (!is_postgres(printer) && !IS_ANY_OF(node->text, "-", "+", "~"))
    print_refuse(printer, node, node->text);
  enum level level = level_of(printer, node);
  bool sign = level == LEVEL_UNARY;
  enum level least = sign ? LEVEL_UNARY : above_level(printer, level);
  print_text(printer, node->text);
  /* Not --1, which is a comment, nor @-1, which is another operator. */
  if (!sign || begins_with_operator(operand))
    print_text(printer, " ");
  print_operand(printer, operand, least);
}

static void print_operator(struct printer *printer, const struct sql_node *node) {
  const char *text = node->text;
  bool known = IS_ANY_OF(text, "<", ">", "=", "<=", ">=", "<>", "+", "-", "*", "/", "%",
                         "&", "|", "<<", ">>");
  if (is_dialect(printer, SQL_DIALECT_SQLITE))
    known = known || IS_ANY_OF(text, "||", "->", "->>");
  if (is_dialect(printer, SQL_DIALECT_MYSQL))
    known = known || IS_ANY_OF(text, "xor", "div", "regexp", "not regexp");
  if (strcmp(text, "and") == 0)
    text = "AND";
  else if (strcmp(text, "or") == 0)
    text = "OR";
  else if (!is_postgres(printer) && !known)
    print_refuse(printer, node, text);
  buffer_format(printer->out, " %s ", text);
}

static void print_concatenation(struct printer *printer, const struct sql_node *node) {
  print_text(printer, "concat(");
  print_expression(printer, node->child[LEFT]);
  print_text(printer, ", ");
  print_expression(printer, node->child[RIGHT]);
  print_text(printer, ")");
}

static bool is_cast_to_date(const struct sql_node *node) {
  return node->kind == SQL_CAST && (node->flags & SQL_ARRAY_TYPE) == 0 &&
         strcmp(node->child[CAST_TYPE]->text, "date") == 0;
}

/* Days from one date to another: MySQL's minus would take 20240301 and 20240228 for numbers. */
static bool is_difference_of_dates(const struct printer *printer,
                                   const struct sql_node *node) {
  return is_dialect(printer, SQL_DIALECT_MYSQL) && strcmp(node->text, "-") == 0 &&
         is_cast_to_date(node->child[LEFT]) && is_cast_to_date(node->child[RIGHT]);
}

static void print_binary(struct printer *printer, const struct sql_node *node) {
  if (is_concatenation(printer, node)) {
    print_concatenation(printer, node);
    return;
  }
  if (is_difference_of_dates(printer, node)) {
    print_text(printer, "DATEDIFF(");
    print_expression(printer, node->child[LEFT]);
    print_text(printer, ", ");
    print_expression(printer, node->child[RIGHT]);
    print_text(printer, ")");
    return;
  }
  enum level level = operator_level(printer, node->text);
  enum level above = above_level(printer, level);
  /* Comparisons do not associate; MySQL's bit operators bind differently among themselves. */
  bool associates =
      level != LEVEL_COMPARE && level != LEVEL_IN &&
      !(is_dialect(printer, SQL_DIALECT_MYSQL) && level == LEVEL_OPERATOR);
  print_operand(printer, node->child[LEFT], associates ? level : above);
  print_operator(printer, node);
  print_operand(printer, node->child[RIGHT], above);
}

static void print_is(struct printer *printer, const struct sql_node *node) {
  static const char *const words[] = {"NULL", "TRUE", "FALSE", "UNKNOWN"};
  print_operand(printer, node->child[LEFT], above_level(printer, LEVEL_IS));
  print_text(printer, (node->flags & SQL_NOT) != 0 ? " IS NOT " : " IS ");
  /* SQLite has no UNKNOWN; of a boolean it is the same as NULL. */
  bool unknown = node->op == SQL_IS_UNKNOWN && is_dialect(printer, SQL_DIALECT_SQLITE);
  print_text(printer, unknown ? "NULL" : words[node->op]);
}

static void print_is_distinct(struct printer *printer, const struct sql_node *node) {
  bool same = (node->flags & SQL_NOT) != 0;
  const char *const words[][2] = {
      [SQL_DIALECT_POSTGRES] = {" IS DISTINCT FROM ", " IS NOT DISTINCT FROM "},
      [SQL_DIALECT_MYSQL] = {" <=> ", " <=> "},
      [SQL_DIALECT_SQLITE] = {" IS NOT ", " IS "}};
  enum level above = above_level(printer, LEVEL_IS);
  if (is_dialect(printer, SQL_DIALECT_MYSQL) && !same)
    print_text(printer, "NOT ");
  print_operand(printer, node->child[LEFT], above);
  print_text(printer, words[printer->dialect][same]);
  print_operand(printer, node->child[RIGHT], above);
}

static void print_between(struct printer *printer, const struct sql_node *node) {
  enum level above = above_level(printer, LEVEL_IN);
  print_operand(printer, node->child[BETWEEN_OPERAND], above);
  print_text(printer, (node->flags & SQL_NOT) != 0 ? " NOT BETWEEN " : " BETWEEN ");
  if ((node->flags & SQL_SYMMETRIC) != 0) {
    print_only_postgres(printer, node, "BETWEEN SYMMETRIC");
    print_text(printer, "SYMMETRIC ");
  }
  print_restricted(printer, node->child[BETWEEN_LOW], above);
  print_text(printer, " AND ");
  print_operand(printer, node->child[BETWEEN_HIGH], above);
}

static void print_in(struct printer *printer, const struct sql_node *node) {
  print_operand(printer, node->child[IN_OPERAND], above_level(printer, LEVEL_IN));
  print_text(printer, (node->flags & SQL_NOT) != 0 ? " NOT IN " : " IN ");
  if (node->kind == SQL_IN_QUERY)
    print_subquery(printer, node->child[IN_SET]);
  else
    print_in_parentheses(printer, node->child[IN_SET], print_expression);
}

static void print_like(struct printer *printer, const struct sql_node *node) {
  static const char *const words[] = {"LIKE ", "ILIKE ", "SIMILAR TO ", "GLOB "};
  enum level above = above_level(printer, LEVEL_IN);
  if (node->op == SQL_LIKE_ILIKE || node->op == SQL_LIKE_SIMILAR)
    print_only_postgres(printer, node, words[node->op]);
  if (node->op == SQL_LIKE_GLOB && !is_dialect(printer, SQL_DIALECT_SQLITE))
    print_refuse(printer, node, "GLOB");
  print_operand(printer, node->child[LIKE_OPERAND], above);
  print_text(printer, (node->flags & SQL_NOT) != 0 ? " NOT " : " ");
  print_text(printer, words[node->op]);
  print_operand(printer, node->child[LIKE_PATTERN], above);
  if (node->child[LIKE_ESCAPE] != NULL) {
    print_text(printer, " ESCAPE ");
    print_operand(printer, node->child[LIKE_ESCAPE], above);
  }
}

static void print_quantified(struct printer *printer, const struct sql_node *node) {
  const struct sql_node *right = node->child[RIGHT];
  bool query = right->kind == SQL_QUERY;
  if (is_dialect(printer, SQL_DIALECT_SQLITE) || !query)
    print_only_postgres(printer, node, "ANY or ALL");
  if (operator_level(printer, node->text) != LEVEL_COMPARE)
    print_only_postgres(printer, node, "ANY or ALL with such an operator");
  enum level level = operator_level(printer, node->text);
  print_operand(printer, node->child[LEFT],
                level == LEVEL_COMPARE ? above_level(printer, level) : level);
  buffer_format(printer->out, " %s %s ", node->text,
                node->op == SQL_ALL_OF ? "ALL" : "ANY");
  if (query) {
    print_subquery(printer, right);
  } else {
    print_text(printer, "(");
    print_expression(printer, right);
    print_text(printer, ")");
  }
}

static void print_collate(struct printer *printer, const struct sql_node *node) {
  print_operand(printer, node->child[0],
                is_dialect(printer, SQL_DIALECT_MYSQL) ? LEVEL_PRIMARY : LEVEL_COLLATE);
  print_text(printer, " COLLATE ");
  /* PostgreSQL's collations are mixed case and quoted more often than not. */
  if (is_postgres(printer))
    buffer_identifier(printer->out, node->text);
  else
    print_text(printer, node->text);
}

/* --- constructors --- */

static void print_row(struct printer *printer, const struct sql_node *row) {
  /* A row of one or none needs the word; SQLite has none. */
  bool word = (row->flags & SQL_EXPLICIT) != 0;
  if (word && !is_dialect(printer, SQL_DIALECT_SQLITE))
    print_text(printer, "ROW");
  print_in_parentheses(printer, row, print_expression);
}

static void print_array(struct printer *printer, const struct sql_node *array) {
  print_only_postgres(printer, array, "ARRAY[]");
  print_text(printer, "ARRAY[");
  print_list(printer, array, print_expression);
  print_text(printer, "]");
}

static void print_subscript(struct printer *printer, const struct sql_node *node) {
  print_only_postgres(printer, node, "an array subscript");
  const struct sql_node *base = node->child[0];
  bool bare = base->kind == SQL_COLUMN || base->kind == SQL_PARAMETER ||
              base->kind == SQL_SUBSCRIPT;
  if (bare) {
    print_bare(printer, base);
  } else {
    print_text(printer, "(");
    print_expression(printer, base);
    print_text(printer, ")");
  }
  print_text(printer, "[");
  if (node->child[1] != NULL)
    print_expression(printer, node->child[1]);
  if ((node->flags & SQL_SLICE) != 0) {
    /* With spaces: `:name` would be a parameter. */
    print_text(printer, " : ");
    if (node->child[2] != NULL)
      print_expression(printer, node->child[2]);
  }
  print_text(printer, "]");
}

static void print_case(struct printer *printer, const struct sql_node *node) {
  const struct sql_node *whens = node->child[CASE_WHENS];
  print_text(printer, "CASE");
  if (node->child[CASE_OPERAND] != NULL) {
    print_text(printer, " ");
    print_expression(printer, node->child[CASE_OPERAND]);
  }
  for (uint32_t i = 0; i < whens->count; i++) {
    print_text(printer, " WHEN ");
    print_expression(printer, whens->child[i]->child[WHEN_CONDITION]);
    print_text(printer, " THEN ");
    print_expression(printer, whens->child[i]->child[WHEN_RESULT]);
  }
  if (node->child[CASE_ELSE] != NULL) {
    print_text(printer, " ELSE ");
    print_expression(printer, node->child[CASE_ELSE]);
  }
  print_text(printer, " END");
}

/* May the type stand before a literal? */
static bool is_prefix(const struct printer *printer, const struct sql_node *node) {
  const struct sql_node *type = node->child[CAST_TYPE];
  if ((node->flags & SQL_PREFIX) == 0 ||
      node->child[CAST_OPERAND]->kind != SQL_STRING ||
      (type->flags & SQL_ARRAY_TYPE) != 0)
    return false;
  return is_postgres(printer) || (is_dialect(printer, SQL_DIALECT_MYSQL) &&
                                  IS_ANY_OF(type->text, "date", "time", "timestamp"));
}

/* '\x4142'::bytea, which MySQL would take for the letters. */
static bool is_hexadecimal(const struct sql_node *cast) {
  const struct sql_node *operand = cast->child[CAST_OPERAND];
  return operand->kind == SQL_STRING && (cast->flags & SQL_ARRAY_TYPE) == 0 &&
         strcmp(cast->child[CAST_TYPE]->text, "bytea") == 0 &&
         strncmp(operand->text, "\\x", 2) == 0 &&
         strspn(operand->text + 2, "0123456789abcdefABCDEF") + 2 == operand->length;
}

static void print_cast(struct printer *printer, const struct sql_node *node) {
  const struct sql_node *type = node->child[CAST_TYPE];
  if (is_dialect(printer, SQL_DIALECT_MYSQL) && is_hexadecimal(node)) {
    buffer_format(printer->out, "X'%s'", node->child[CAST_OPERAND]->text + 2);
  } else if (is_prefix(printer, node)) {
    if (is_postgres(printer))
      print_type(printer, type);
    else
      print_text(printer, type->text);
    print_text(printer, " ");
    print_bare(printer, node->child[CAST_OPERAND]);
  } else if (is_postgres(printer)) {
    print_operand(printer, node->child[CAST_OPERAND], LEVEL_CAST);
    print_text(printer, "::");
    print_type(printer, type);
  } else {
    print_text(printer, "CAST(");
    print_expression(printer, node->child[CAST_OPERAND]);
    print_text(printer, " AS ");
    print_type(printer, type);
    print_text(printer, ")");
  }
}

/* --- calls --- */

/* Written without parentheses when they have no arguments. */
static bool is_value_function(const struct sql_node *call) {
  const struct sql_node *name = call->child[CALL_NAME];
  return name->child[NAME_SCHEMA] == NULL && call->child[CALL_ARGUMENTS] == NULL &&
         call->flags == 0 &&
         IS_ANY_OF(name->text, "current_catalog", "current_date", "current_role",
                   "current_schema", "current_time", "current_timestamp",
                   "current_user", "localtime", "localtimestamp", "session_user",
                   "system_user", "user");
}

/* Keywords that are functions all the same, without quotes. */
static bool is_keyword_function(const struct printer *printer, const char *name) {
  if (is_dialect(printer, SQL_DIALECT_SQLITE))
    return IS_ANY_OF(name, "coalesce", "nullif", "replace", "like", "glob", "first",
                     "last");
  return IS_ANY_OF(name, "coalesce", "greatest", "grouping", "least", "left", "nullif",
                   "right", "substring", "overlay", "current_time", "current_timestamp",
                   "localtime", "localtimestamp");
}

/* Words with a grammar of their own behind them; other keywords are names before a parenthesis. */
static bool needs_quotes_in_mysql(const char *name) {
  return keyword_needs_quotes(name, SQL_DIALECT_MYSQL) ||
         IS_ANY_OF(name, "cube", "rollup", "fulltext", "index", "key", "spatial");
}

static void print_function_name(struct printer *printer, const struct sql_node *name) {
  bool mysql = is_dialect(printer, SQL_DIALECT_MYSQL);
  bool plain = name->child[NAME_SCHEMA] == NULL && is_simple_name(name->text) &&
               (is_keyword_function(printer, name->text) ||
                (mysql && !needs_quotes_in_mysql(name->text)));
  /* GROUP BY cube(a) would not be a call. */
  bool quoted = IS_ANY_OF(name->text, "cube", "rollup");
  if (plain)
    print_text(printer, is_dialect(printer, SQL_DIALECT_MYSQL)
                            ? mysql_function_name(name->text)
                            : name->text);
  else if (quoted && is_postgres(printer) && name->child[NAME_SCHEMA] == NULL)
    buffer_identifier(printer->out, name->text);
  else
    print_name(printer, name);
}

/* Each of these prints a call in the form PostgreSQL has for it alone, and the opening parenthesis; not the closing one. */

static void print_extract(struct printer *printer, const struct sql_node *arguments) {
  const struct sql_node *field = arguments->child[0];
  print_text(printer, "EXTRACT(");
  if (is_simple_name(field->text) &&
      !keyword_needs_quotes(field->text, SQL_DIALECT_POSTGRES))
    print_text(printer, field->text);
  else
    print_string(printer, field->text, field->length);
  print_text(printer, " FROM ");
  print_expression(printer, arguments->child[1]);
}

static void print_position(struct printer *printer, const struct sql_node *arguments) {
  print_text(printer, "POSITION(");
  print_restricted(printer, arguments->child[1], LEVEL_OPERATOR);
  print_text(printer, " IN ");
  print_restricted(printer, arguments->child[0], LEVEL_OPERATOR);
}

static void print_overlay(struct printer *printer, const struct sql_node *arguments) {
  static const char *const words[] = {"OVERLAY(", " PLACING ", " FROM ", " FOR "};
  for (uint32_t i = 0; i < arguments->count; i++) {
    print_text(printer, words[i]);
    print_expression(printer, arguments->child[i]);
  }
}

/* MySQL's trim, for "btrim", "ltrim" and "rtrim". */
static void print_trim(struct printer *printer, const char *name,
                       const struct sql_node *arguments) {
  bool both = name[0] == 'b';
  if (arguments->count == 1) {
    print_text(printer, both ? "trim(" : name);
    if (!both)
      print_text(printer, "(");
    print_expression(printer, arguments->child[0]);
    return;
  }
  print_text(printer, both             ? "trim(BOTH "
                      : name[0] == 'l' ? "trim(LEADING "
                                       : "trim(TRAILING ");
  print_expression(printer, arguments->child[1]);
  print_text(printer, " FROM ");
  print_expression(printer, arguments->child[0]);
}

/* Calls that have no other spelling, or that older servers read in this form only. */
static bool print_special_call(struct printer *printer, const struct sql_node *call) {
  if (is_dialect(printer, SQL_DIALECT_MYSQL) && print_mysql_call(printer, call))
    return true;
  if (is_postgres(printer) && printer->server && print_postgres_call(printer, call))
    return true;
  const struct sql_node *name = call->child[CALL_NAME];
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  if (is_dialect(printer, SQL_DIALECT_SQLITE) || name->child[NAME_SCHEMA] != NULL ||
      arguments == NULL || call->flags != 0 || call->child[CALL_ORDER] != NULL)
    return false;
  uint32_t count = arguments->count;
  if (strcmp(name->text, "extract") == 0 && count == 2 &&
      arguments->child[0]->kind == SQL_STRING)
    print_extract(printer, arguments);
  else if (strcmp(name->text, "position") == 0 && count == 2)
    print_position(printer, arguments);
  else if (strcmp(name->text, "overlay") == 0 && (count == 3 || count == 4) &&
           is_postgres(printer))
    print_overlay(printer, arguments);
  else if (is_dialect(printer, SQL_DIALECT_MYSQL) && (count == 1 || count == 2) &&
           IS_ANY_OF(name->text, "btrim", "ltrim", "rtrim"))
    print_trim(printer, name->text, arguments);
  else
    return false;
  print_text(printer, ")");
  return true;
}

static void print_argument(struct printer *printer, const struct sql_node *argument) {
  print_only_postgres(printer, argument, "an argument given by name");
  print_identifier(printer, argument->text);
  print_text(printer, " => ");
  print_expression(printer, argument->child[0]);
}

/* MySQL has no FILTER: rows that are not wanted give NULL, which aggregates of one argument leave out. */
static bool is_filtered_in_mysql(const struct printer *printer,
                                 const struct sql_node *call) {
  return is_dialect(printer, SQL_DIALECT_MYSQL) && call->child[CALL_FILTER] != NULL;
}

/* CASE WHEN filter THEN argument END; of count(*) the rows are counted as 1. */
static void print_filtered(struct printer *printer, const struct sql_node *call) {
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  bool rows = (call->flags & SQL_ALL_ROWS) != 0;
  bool known = IS_ANY_OF(call->child[CALL_NAME]->text, "count", "sum", "avg", "min",
                         "max", "stddev", "variance", "stddev_pop", "stddev_samp",
                         "var_pop", "var_samp");
  if (!known || (!rows && (arguments == NULL || arguments->count != 1)))
    print_refuse(printer, call, "FILTER of this aggregate");
  print_text(printer, "CASE WHEN ");
  print_expression(printer, call->child[CALL_FILTER]);
  print_text(printer, " THEN ");
  if (rows)
    print_text(printer, "1");
  else
    print_list(printer, arguments, print_expression);
  print_text(printer, " END");
}

static void print_arguments(struct printer *printer, const struct sql_node *call) {
  print_text(printer, "(");
  if ((call->flags & SQL_ALL_ROWS) != 0 && !is_filtered_in_mysql(printer, call))
    print_text(printer, "*");
  if ((call->flags & SQL_DISTINCT) != 0)
    print_text(printer, "DISTINCT ");
  if (is_filtered_in_mysql(printer, call))
    print_filtered(printer, call);
  else
    print_list(printer, call->child[CALL_ARGUMENTS], print_expression);
  if (call->child[CALL_ORDER] != NULL) {
    if (is_dialect(printer, SQL_DIALECT_MYSQL))
      print_refuse(printer, call, "ORDER BY in an aggregate");
    print_text(printer, " ORDER BY ");
    print_list(printer, call->child[CALL_ORDER], print_order);
  }
  print_text(printer, ")");
}

static void print_filter(struct printer *printer, const struct sql_node *call) {
  if (call->child[CALL_WITHIN] != NULL) {
    print_only_postgres(printer, call, "WITHIN GROUP");
    print_text(printer, " WITHIN GROUP (ORDER BY ");
    print_list(printer, call->child[CALL_WITHIN], print_order);
    print_text(printer, ")");
  }
  if (call->child[CALL_FILTER] != NULL && !is_filtered_in_mysql(printer, call)) {
    print_text(printer, " FILTER (WHERE ");
    print_expression(printer, call->child[CALL_FILTER]);
    print_text(printer, ")");
  }
}

void print_call(struct printer *printer, const struct sql_node *call) {
  const struct sql_node *over = call->child[CALL_OVER];
  if (is_value_function(call) && !is_dialect(printer, SQL_DIALECT_SQLITE)) {
    print_text(printer, call->child[CALL_NAME]->text);
    return;
  }
  if (!print_special_call(printer, call)) {
    print_function_name(printer, call->child[CALL_NAME]);
    print_arguments(printer, call);
  }
  print_filter(printer, call);
  if (over == NULL)
    return;
  print_text(printer, " OVER ");
  if (over->kind == SQL_NAME)
    print_name(printer, over);
  else
    print_window(printer, over);
}

/* --- windows and order --- */

/* MySQL cannot say where NULLs go (first, or last when descending): an order by whether they are comes first. */
static void print_order_mysql(struct printer *printer, const struct sql_node *order) {
  print_operand(printer, order->child[0], LEVEL_OPERATOR);
  print_text(printer,
             (order->flags & SQL_NULLS_FIRST) != 0 ? " IS NOT NULL, " : " IS NULL, ");
}

void print_order(struct printer *printer, const struct sql_node *order) {
  bool mysql = is_dialect(printer, SQL_DIALECT_MYSQL);
  bool nulls = (order->flags & (SQL_NULLS_FIRST | SQL_NULLS_LAST)) != 0;
  bool descending = (order->flags & SQL_DESC) != 0;
  bool usual = descending == ((order->flags & SQL_NULLS_LAST) != 0);
  if (mysql && nulls && !usual)
    print_order_mysql(printer, order);
  print_expression(printer, order->child[0]);
  if ((order->flags & SQL_ASC) != 0)
    print_text(printer, " ASC");
  if ((order->flags & SQL_DESC) != 0)
    print_text(printer, " DESC");
  if (nulls && !mysql)
    print_text(printer,
               (order->flags & SQL_NULLS_FIRST) != 0 ? " NULLS FIRST" : " NULLS LAST");
}

static void print_bound(struct printer *printer, const struct sql_node *bound) {
  static const char *const words[] = {"UNBOUNDED PRECEDING", " PRECEDING",
                                      "CURRENT ROW", " FOLLOWING",
                                      "UNBOUNDED FOLLOWING"};
  const struct sql_node *distance = bound->child[0];
  bool is_column = distance != NULL && distance->kind == SQL_COLUMN;
  if (is_column) /* it may be called UNBOUNDED */
    print_text(printer, "(");
  if (distance != NULL)
    print_expression(printer, distance);
  if (is_column)
    print_text(printer, ")");
  print_text(printer, words[bound->op]);
}

static void print_frame(struct printer *printer, const struct sql_node *frame) {
  static const char *const modes[] = {"ROWS ", "RANGE ", "GROUPS "};
  static const char *const exclusions[] = {"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP",
                                           " EXCLUDE TIES"};
  if (is_dialect(printer, SQL_DIALECT_MYSQL) &&
      (frame->op == SQL_GROUPS || frame->flags != 0))
    print_refuse(printer, frame, "this window frame");
  print_text(printer, modes[frame->op]);
  if (frame->child[FRAME_END] != NULL)
    print_text(printer, "BETWEEN ");
  print_bound(printer, frame->child[FRAME_START]);
  if (frame->child[FRAME_END] != NULL) {
    print_text(printer, " AND ");
    print_bound(printer, frame->child[FRAME_END]);
  }
  print_text(printer, exclusions[frame->flags & 3]);
}

void print_window(struct printer *printer, const struct sql_node *window) {
  const char *space = "";
  print_text(printer, "(");
  if (window->text != NULL) {
    print_identifier(printer, window->text);
    space = " ";
  }
  if (window->child[WINDOW_PARTITION] != NULL) {
    buffer_format(printer->out, "%sPARTITION BY ", space);
    print_list(printer, window->child[WINDOW_PARTITION], print_expression);
    space = " ";
  }
  if (window->child[WINDOW_ORDER] != NULL) {
    buffer_format(printer->out, "%sORDER BY ", space);
    print_list(printer, window->child[WINDOW_ORDER], print_order);
    space = " ";
  }
  if (window->child[WINDOW_FRAME] != NULL) {
    print_text(printer, space);
    print_frame(printer, window->child[WINDOW_FRAME]);
  }
  print_text(printer, ")");
}

/* --- GROUP BY --- */

static void print_grouping(struct printer *printer, const struct sql_node *node) {
  static const char *const words[] = {"GROUPING SETS ", "ROLLUP ", "CUBE ", ""};
  print_only_postgres(printer, node, "GROUPING SETS, ROLLUP or CUBE");
  print_text(printer, words[node->op]);
  print_in_parentheses(printer, node, print_expression);
}

/* --- by kind --- */

static void print_literal(struct printer *printer, const struct sql_node *node) {
  switch (node->kind) {
  case SQL_NULL: print_text(printer, "NULL"); break;
  case SQL_BOOLEAN: print_text(printer, node->op ? "TRUE" : "FALSE"); break;
  case SQL_STRING: print_string(printer, node->text, node->length); break;
  case SQL_BLOB: print_blob(printer, node); break;
  default: print_text(printer, node->text);
  }
}

static void print_default(struct printer *printer, const struct sql_node *node) {
  if (is_dialect(printer, SQL_DIALECT_SQLITE))
    print_refuse(printer, node, "DEFAULT");
  print_text(printer, "DEFAULT");
}

static void print_bare(struct printer *printer, const struct sql_node *node) {
  switch (node->kind) {
  case SQL_NULL:
  case SQL_BOOLEAN:
  case SQL_INTEGER:
  case SQL_DECIMAL:
  case SQL_STRING:
  case SQL_BLOB: print_literal(printer, node); break;
  case SQL_PARAMETER: print_parameter(printer, node); break;
  case SQL_COLUMN: print_column(printer, node); break;
  case SQL_STAR: print_star(printer, node); break;
  case SQL_UNARY: print_unary(printer, node); break;
  case SQL_BINARY: print_binary(printer, node); break;
  case SQL_IS: print_is(printer, node); break;
  case SQL_IS_DISTINCT: print_is_distinct(printer, node); break;
  case SQL_BETWEEN: print_between(printer, node); break;
  case SQL_IN_LIST:
  case SQL_IN_QUERY: print_in(printer, node); break;
  case SQL_LIKE: print_like(printer, node); break;
  case SQL_EXISTS:
    print_text(printer, "EXISTS ");
    print_subquery(printer, node->child[0]);
    break;
  case SQL_SCALAR_QUERY: print_subquery(printer, node->child[0]); break;
  case SQL_ARRAY_QUERY:
    print_only_postgres(printer, node, "ARRAY(query)");
    print_text(printer, "ARRAY ");
    print_subquery(printer, node->child[0]);
    break;
  case SQL_QUANTIFIED: print_quantified(printer, node); break;
  case SQL_ROW: print_row(printer, node); break;
  case SQL_ARRAY: print_array(printer, node); break;
  case SQL_SUBSCRIPT: print_subscript(printer, node); break;
  case SQL_CASE: print_case(printer, node); break;
  case SQL_CAST: print_cast(printer, node); break;
  case SQL_COLLATE: print_collate(printer, node); break;
  case SQL_CALL: print_call(printer, node); break;
  case SQL_ARGUMENT: print_argument(printer, node); break;
  case SQL_DEFAULT: print_default(printer, node); break;
  case SQL_GROUPING: print_grouping(printer, node); break;
  default:
    error_set_at(printer->error, TIDE_ERROR_INTERNAL, node->position,
                 "a %s cannot be printed by itself", sql_kind_name(node->kind));
  }
}
