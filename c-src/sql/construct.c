/* The grammar's constructors: plain nodes, names, literals, types and expressions. */
#include "sql/construct.h"

#include <string.h>

/* --- plain nodes --- */

struct sql_node *parser_node(struct parser *parser, enum sql_kind kind,
                             uint32_t position, struct sql_node *const *children,
                             uint32_t count) {
  struct sql_node *node = sql_node_new(parser->arena, kind, position);
  for (uint32_t i = 0; node != NULL && i < count; i++) {
    if (i < node->count)
      node->child[i] = children[i];
    else
      node = sql_list_append(parser->arena, node, children[i]);
  }
  return node;
}

struct sql_node *parser_list(struct parser *parser, struct sql_node *const *children,
                             uint32_t count) {
  return parser_node(parser, SQL_LIST, node_position(children[0]), children, count);
}

uint32_t node_position(const struct sql_node *node) {
  return node == NULL ? 0 : node->position;
}

struct sql_node *node_with_op(struct sql_node *node, uint16_t op) {
  if (node != NULL)
    node->op = op;
  return node;
}

struct sql_node *node_with_flags(struct sql_node *node, uint32_t flags) {
  if (node != NULL)
    node->flags |= flags;
  return node;
}

struct sql_node *node_with_text(struct sql_node *node, const char *text) {
  if (node != NULL) {
    node->text = text;
    node->length = (uint32_t)strlen(text);
  }
  return node;
}

struct sql_node *node_at(struct sql_node *node, uint32_t position) {
  if (node != NULL)
    node->position = position;
  return node;
}

struct sql_node *node_as(struct sql_node *node, enum sql_kind kind, uint32_t position) {
  if (node != NULL)
    node->kind = kind;
  return node_at(node, position);
}

struct sql_node *node_set(struct sql_node *node, uint32_t slot,
                          struct sql_node *child) {
  if (node != NULL)
    node->child[slot] = child;
  return node;
}

/* The node gets a text of its own; NULL fails it. */
static struct sql_node *own_text(struct sql_node *node, const char *text) {
  return node == NULL || text == NULL ? NULL : node_with_text(node, text);
}

struct sql_node *parser_named(struct parser *parser, struct sql_node *node,
                              const struct token *token) {
  return own_text(node, token_identifier(parser->arena, &parser->scanner, token));
}

/* --- names and literals --- */

struct sql_node *parser_fold(struct parser *parser, struct sql_node *node) {
  if (node == NULL || parser->scanner.dialect != SQL_DIALECT_MYSQL)
    return node;
  token_fold((char *)(uintptr_t)node->text);
  if (node->kind == SQL_NAME && node->child[NAME_SCHEMA] != NULL)
    parser_fold(parser, node->child[NAME_SCHEMA]);
  return node;
}

struct sql_node *parser_name(struct parser *parser, const struct token *token) {
  return parser_named(parser, sql_node_new(parser->arena, SQL_NAME, token->position),
                      token);
}

struct sql_node *parser_qualified_name(struct parser *parser,
                                       const struct token *schema,
                                       const struct token *name) {
  struct sql_node *node =
      node_set(parser_name(parser, name), NAME_SCHEMA, parser_name(parser, schema));
  return node_at(node, schema->position);
}

struct sql_node *parser_column(struct parser *parser, struct sql_node *relation,
                               const struct token *name) {
  struct sql_node *node = sql_node_new(parser->arena, SQL_COLUMN, name->position);
  if (relation != NULL)
    node_at(node_set(node, 0, relation), relation->position);
  return parser_named(parser, node, name);
}

struct sql_node *parser_field(struct parser *parser, struct sql_node *row,
                              const struct token *dot, const struct token *field) {
  if (row == NULL || row->kind != SQL_COLUMN || row->child[0] != NULL) {
    parser_refuse(parser, dot, "selecting a field of a row value");
    return row;
  }
  struct sql_node *relation =
      sql_node_text(parser->arena, SQL_NAME, row->position, row->text);
  if (parser->scanner.text[field->position] != '*')
    return parser_column(parser, relation, field);
  return node_set(sql_node_new(parser->arena, SQL_STAR, row->position), 0, relation);
}

struct sql_node *parser_string(struct parser *parser, const struct token *token) {
  uint32_t length = 0;
  const char *text = token_string(parser->arena, &parser->scanner, token, &length);
  struct sql_node *node =
      own_text(sql_node_new(parser->arena, SQL_STRING, token->position), text);
  if (node != NULL)
    node->length = length;
  return node;
}

struct sql_node *parser_word(struct parser *parser, const struct token *token) {
  return parser_fold(
      parser,
      parser_named(parser, sql_node_new(parser->arena, SQL_STRING, token->position),
                   token));
}

struct sql_node *parser_number(struct parser *parser, enum sql_kind kind,
                               const struct token *token) {
  return own_text(sql_node_new(parser->arena, kind, token->position),
                  token_number(parser->arena, &parser->scanner, token));
}

struct sql_node *parser_blob(struct parser *parser, const struct token *token) {
  return own_text(sql_node_new(parser->arena, SQL_BLOB, token->position),
                  token_blob(parser->arena, &parser->scanner, token));
}

/* --- parameters --- */

/* The number behind $ or ?; 0 when there is none of that number. */
static int32_t parameter_number(const struct parser *parser,
                                const struct token *token) {
  enum { NUMBER_MAX = 65535 };
  const char *text = parser->scanner.text + token->position;
  int32_t number = 0;
  for (uint32_t i = 1; i < token->length && number <= NUMBER_MAX; i++)
    number = number * 10 + (text[i] - '0');
  return number > NUMBER_MAX ? 0 : number;
}

static int32_t parameter_named(struct parser *parser, const char *name) {
  struct parameter_name **at = &parser->parameters;
  for (; *at != NULL; at = &(*at)->next) {
    if (strcmp((*at)->name, name) == 0)
      return (*at)->index;
  }
  *at = arena_alloc(parser->arena, sizeof **at);
  if (*at == NULL)
    return 0;
  **at = (struct parameter_name){NULL, name, ++parser->parameter_count};
  return parser->parameter_count;
}

struct sql_node *parser_parameter(struct parser *parser, const struct token *token) {
  const char *text = parser->scanner.text + token->position;
  struct sql_node *node = sql_node_new(parser->arena, SQL_PARAMETER, token->position);
  if (node == NULL)
    return NULL;
  if (text[0] == ':') {
    /* The case of its letters is kept: it is looked up in an object of the host. */
    const char *name = arena_copy(parser->arena, text + 1, token->length - 1);
    if (name == NULL)
      return NULL;
    node->op = SQL_NAMED;
    node->index = parameter_named(parser, name);
    return node_with_text(node, name);
  }
  if (text[0] == '?' && token->length == 1) {
    node->op = SQL_POSITIONAL;
    node->index = ++parser->parameter_count;
    return node;
  }
  node->op = SQL_NUMBERED;
  node->index = parameter_number(parser, token);
  if (node->index == 0)
    error_set_at(parser->error, TIDE_ERROR_UNDEFINED_PARAMETER, token->position,
                 "there is no parameter %.*s", (int)token->length, text);
  return node;
}

/* --- types --- */

/* What MySQL calls its types in CAST and in definitions. */
static const char *mysql_type(const char *name) {
  static const struct {
    const char *mysql, *name;
  } types[] = {{"signed", "bigint"},
               {"unsigned", "bigint"},
               {"double", "double precision"},
               {"datetime", "timestamp"},
               {"binary", "bytea"},
               {"varbinary", "bytea"},
               {"blob", "bytea"},
               {"mediumblob", "bytea"},
               {"longblob", "bytea"},
               {"tinytext", "text"},
               {"mediumtext", "text"},
               {"longtext", "text"}};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    if (strcmp(types[i].mysql, name) == 0)
      return types[i].name;
  }
  return name;
}

struct sql_node *parser_type(struct parser *parser, const struct token *name,
                             struct sql_node *modifiers) {
  struct sql_node *node =
      parser_named(parser, sql_node_new(parser->arena, SQL_TYPE, name->position), name);
  parser_fold(parser, node);
  if (node != NULL && parser->scanner.dialect == SQL_DIALECT_MYSQL) {
    if (strcmp(node->text, "key") == 0 || strcmp(node->text, "index") == 0)
      parser_refuse(parser, name, "a FULLTEXT or SPATIAL index");
    if (strcmp(node->text, "unsigned") == 0)
      node_with_flags(node, SQL_UNSIGNED);
    node_with_text(node, mysql_type(node->text));
  }
  return node_set(node, TYPE_MODIFIERS, modifiers);
}

struct sql_node *parser_label_modifier(struct parser *parser,
                                       const struct token *label) {
  if (parser->scanner.dialect != SQL_DIALECT_MYSQL) {
    parser_syntax_error(parser, TOKEN_STRING, label);
    return NULL;
  }
  return parser_string(parser, label);
}

struct sql_node *parser_type_in_schema(struct parser *parser,
                                       const struct token *schema,
                                       const struct token *name,
                                       struct sql_node *modifiers) {
  struct sql_node *qualifier = parser_name(parser, schema);
  struct sql_node *type = parser_type(parser, name, modifiers);
  if (qualifier != NULL && strcmp(qualifier->text, "pg_catalog") != 0)
    node_set(type, TYPE_SCHEMA, qualifier);
  return node_at(type, schema->position);
}

struct sql_node *parser_keyword_type(struct parser *parser, const struct token *token,
                                     const char *name, struct sql_node *modifiers) {
  struct sql_node *node = sql_node_new(parser->arena, SQL_TYPE, token->position);
  /* In MySQL CHAR without a length is what other casts call text. */
  if (parser->scanner.dialect == SQL_DIALECT_MYSQL && modifiers == NULL &&
      strcmp(name, "character") == 0)
    name = "text";
  return node_set(node_with_text(node, name), TYPE_MODIFIERS, modifiers);
}

static struct sql_node *prefix_cast(struct parser *parser, struct sql_node *type,
                                    struct sql_node *operand) {
  struct sql_node *node = sql_node_new(parser->arena, SQL_CAST, node_position(type));
  node_set(node_set(node, CAST_OPERAND, operand), CAST_TYPE, type);
  return node_with_flags(node, SQL_PREFIX);
}

/* MySQL's _binary 'text' is bytes, _utf8mb4 'text' is text. */
static struct sql_node *introduced(struct parser *parser, const char *charset,
                                   struct sql_node *string) {
  if (string == NULL || strcmp(charset, "_utf8mb4") == 0 ||
      strcmp(charset, "_utf8mb3") == 0 || strcmp(charset, "_utf8") == 0)
    return string;
  if (strcmp(charset, "_binary") != 0) {
    parser_refuse_at(parser, string->position, "a string of this character set");
    return NULL;
  }
  static const char digits[] = "0123456789abcdef";
  char *text = arena_alloc(parser->arena, 2 * (size_t)string->length + 1);
  if (text == NULL)
    return NULL;
  for (uint32_t i = 0; i < string->length; i++) {
    text[2 * i] = digits[(unsigned char)string->text[i] >> 4];
    text[2 * i + 1] = digits[(unsigned char)string->text[i] & 15];
  }
  text[2 * (size_t)string->length] = '\0';
  return own_text(sql_node_new(parser->arena, SQL_BLOB, string->position), text);
}

struct sql_node *parser_typed_literal(struct parser *parser, struct sql_node *type,
                                      const struct token *string) {
  if (parser->scanner.dialect == SQL_DIALECT_MYSQL && type != NULL &&
      type->text[0] == '_')
    return introduced(parser, type->text, parser_string(parser, string));
  return prefix_cast(parser, type, parser_string(parser, string));
}

static bool is_plain_number(const struct sql_node *string) {
  for (uint32_t i = 0; i < string->length; i++) {
    if (string->text[i] < '0' || string->text[i] > '9')
      return false;
  }
  return string->length > 0;
}

/* A whole number and one field say the same inside the string; what else there is would need
 * the rules of SQL's interval fields. */
struct sql_node *parser_interval(struct parser *parser, struct sql_node *type,
                                 const struct token *string,
                                 const struct token *field) {
  struct sql_node *literal = parser_string(parser, string);
  struct sql_node *unit = parser_fold(parser, parser_name(parser, field));
  if (literal == NULL || unit == NULL)
    return NULL;
  const struct token *last = &parser->previous;
  bool one_field = last->position <= field->position;
  if (!one_field || !is_plain_number(literal)) {
    parser_refuse(parser, field, "an interval of certain fields");
    return NULL;
  }
  const char *text = arena_format(parser->arena, "%s %s", literal->text, unit->text);
  return prefix_cast(parser, type, own_text(literal, text));
}

/* --- operators --- */

static const char *operator_text(struct parser *parser, const struct token *token) {
  const char *text = parser->scanner.text + token->position;
  bool two = token->length == 2;
  if (two && memcmp(text, "!=", 2) == 0)
    return "<>";
  if (two && memcmp(text, "==", 2) == 0)
    return "=";
  return arena_copy(parser->arena, text, token->length);
}

struct sql_node *parser_operation(struct parser *parser, const struct token *operator_,
                                  struct sql_node *left, struct sql_node *right) {
  const char *text = operator_text(parser, operator_);
  struct sql_node *node =
      left == NULL ? parser_node(parser, SQL_UNARY, operator_->position, &right, 1)
                   : parser_node(parser, SQL_BINARY, left->position,
                                 (struct sql_node *[]){left, right}, 2);
  return own_text(node, text);
}

struct sql_node *parser_like(struct parser *parser, uint32_t kind,
                             struct sql_node *left, struct sql_node *pattern,
                             struct sql_node *escape) {
  struct sql_node *node = parser_node(parser, SQL_LIKE, node_position(left),
                                      (struct sql_node *[]){left, pattern, escape}, 3);
  node_with_op(node, (uint16_t)(kind & ~(uint32_t)PARSER_NEGATED));
  return node_with_flags(node, kind & PARSER_NEGATED ? SQL_NOT : 0);
}

static struct sql_node *quantified(struct parser *parser, const char *text,
                                   uint16_t quantifier, struct sql_node *left,
                                   struct sql_node *right) {
  struct sql_node *node = parser_node(parser, SQL_QUANTIFIED, node_position(left),
                                      (struct sql_node *[]){left, right}, 2);
  return own_text(node_with_op(node, quantifier), text);
}

struct sql_node *parser_quantified(struct parser *parser, const struct token *operator_,
                                   uint16_t quantifier, struct sql_node *left,
                                   struct sql_node *right) {
  return quantified(parser, operator_text(parser, operator_), quantifier, left, right);
}

/* LIKE ANY (…) goes by the operators behind LIKE, as in PostgreSQL. */
struct sql_node *parser_quantified_like(struct parser *parser, uint32_t kind,
                                        uint16_t quantifier, struct sql_node *left,
                                        struct sql_node *right) {
  bool negated = (kind & PARSER_NEGATED) != 0;
  switch (kind & ~(uint32_t)PARSER_NEGATED) {
  case SQL_LIKE_LIKE:
    return quantified(parser, negated ? "!~~" : "~~", quantifier, left, right);
  case SQL_LIKE_ILIKE:
    return quantified(parser, negated ? "!~~*" : "~~*", quantifier, left, right);
  default:
    parser_refuse_at(parser, node_position(left), "SIMILAR TO ANY or ALL");
    return NULL;
  }
}

struct sql_node *parser_collate(struct parser *parser, struct sql_node *operand,
                                const struct token *collation) {
  struct sql_node *node =
      parser_node(parser, SQL_COLLATE, node_position(operand), &operand, 1);
  return parser_fold(parser, parser_named(parser, node, collation));
}

struct sql_node *parser_row(struct sql_node *list, uint32_t position, uint32_t flags) {
  return node_with_flags(node_as(list, SQL_ROW, position), flags);
}

/* --- calls --- */

/* In MySQL's ON DUPLICATE KEY UPDATE, values(x) is what everybody else calls excluded.x. */
static struct sql_node *excluded_column(struct parser *parser, struct sql_node *name,
                                        const struct sql_node *arguments) {
  if (parser->scanner.dialect != SQL_DIALECT_MYSQL || name == NULL ||
      strcmp(name->text, "values") != 0 || arguments == NULL || arguments->count != 1 ||
      arguments->child[0] == NULL || arguments->child[0]->kind != SQL_COLUMN)
    return NULL;
  struct sql_node *column = arguments->child[0];
  node_set(column, 0, node_with_text(name, "excluded"));
  return node_at(column, name->position);
}

struct sql_node *parser_separator(struct parser *parser, const struct token *word,
                                  const struct token *string) {
  struct sql_node *value = parser_string(parser, string);
  return parser_fold(
      parser,
      parser_named(parser, parser_node(parser, SQL_ARGUMENT, word->position, &value, 1),
                   word));
}

struct sql_node *parser_call(struct parser *parser, struct sql_node *name,
                             struct sql_node *arguments, struct sql_node *order,
                             uint32_t flags) {
  struct sql_node *column = excluded_column(parser, name, arguments);
  if (column != NULL)
    return column;
  struct sql_node *node = parser_node(parser, SQL_CALL, node_position(name),
                                      (struct sql_node *[]){name, arguments, order}, 3);
  return name == NULL ? NULL : node_with_flags(node, flags);
}

struct sql_node *parser_finish_call(struct sql_node *call, struct sql_node *within,
                                    struct sql_node *filter, struct sql_node *over) {
  if (call == NULL || call->kind != SQL_CALL)
    return call;
  node_set(call, CALL_WITHIN, within);
  node_set(call, CALL_FILTER, filter);
  return node_set(call, CALL_OVER, over);
}

struct sql_node *parser_function(struct parser *parser, uint32_t position,
                                 const char *name, struct sql_node *arguments) {
  struct sql_node *node =
      node_with_text(sql_node_new(parser->arena, SQL_NAME, position), name);
  return parser_call(parser, node, arguments, NULL, 0);
}

static void wrong_period(struct parser *parser, const struct sql_node *row,
                         const char *side) {
  error_set_at(parser->error, TIDE_ERROR_SYNTAX, row->position,
               "wrong number of parameters on %s side of OVERLAPS expression", side);
}

struct sql_node *parser_overlaps(struct parser *parser, const struct sql_node *left,
                                 const struct token *word,
                                 const struct sql_node *right) {
  if (left == NULL || right == NULL)
    return NULL;
  if (left->kind != SQL_ROW || right->kind != SQL_ROW) {
    parser_syntax_error(parser, TOKEN_OVERLAPS, word);
    return NULL;
  }
  if (left->count != 2 || right->count != 2) {
    wrong_period(parser, left->count != 2 ? left : right,
                 left->count != 2 ? "left" : "right");
    return NULL;
  }
  struct sql_node *ends = sql_node_new(parser->arena, SQL_LIST, left->position);
  for (uint32_t i = 0; ends != NULL && i < 4; i++)
    ends = sql_list_append(parser->arena, ends,
                           i < 2 ? left->child[i] : right->child[i - 2]);
  return parser_function(parser, left->position, "overlaps", ends);
}

struct sql_node *parser_frame(struct parser *parser, const struct token *mode,
                              struct sql_node *start, struct sql_node *end,
                              uint32_t exclusion) {
  struct sql_node *node = parser_node(parser, SQL_FRAME, mode->position,
                                      (struct sql_node *[]){start, end}, 2);
  /* ROWS, RANGE and GROUPS are told apart by their second letter. */
  char letter = (char)(parser->scanner.text[mode->position + 1] | 0x20);
  node_with_op(node, letter == 'o' ? SQL_ROWS : letter == 'a' ? SQL_RANGE : SQL_GROUPS);
  return node_with_flags(node, exclusion);
}
