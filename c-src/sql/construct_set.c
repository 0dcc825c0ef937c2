/* SET: settings with their values, several of them in MySQL, and its variables. */
#include <string.h>

#include "sql/construct.h"

static struct sql_node *first_value(struct sql_node *item) {
  struct sql_node *values = item->child[1];
  return values == NULL || values->count == 0 ? NULL : values->child[0];
}

struct sql_node *parser_set(struct parser *parser, const struct sql_node *items) {
  struct sql_node *first = items == NULL ? NULL : items->child[0], *last = first;
  for (uint32_t i = 1; first != NULL && i < items->count; i++) {
    struct sql_node *item = items->child[i];
    if (item == NULL || parser->arena->failed)
      return NULL;
    if (item->kind == SQL_SET) {
      if (parser->scanner.dialect != SQL_DIALECT_MYSQL)
        error_set_at(parser->error, TIDE_ERROR_SYNTAX, item->position,
                     "syntax error: SET of several settings is MySQL's");
      last = last->child[0] = item;
    } else if (first_value(last) == NULL) {
      error_set_at(parser->error, TIDE_ERROR_SYNTAX, item->position,
                   "syntax error: DEFAULT is the only value where it is one");
    } else {
      sql_list_append(parser->arena, last->child[1], item);
    }
  }
  return first;
}

/* The name without what tells the session's variables from those of the server. */
static char *own_name(char *name) {
  static const char *const scopes[] = {"@@session.", "@@local."};
  for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
    size_t length = strlen(scopes[i]);
    if (strncmp(name, scopes[i], length) != 0)
      continue;
    name += length - 2;
    name[0] = name[1] = '@';
  }
  return name;
}

struct sql_node *parser_variable(struct parser *parser, const struct token *token) {
  const char *text = parser->scanner.text + token->position;
  char *name = arena_copy(parser->arena, text, token->length);
  struct sql_node *node = sql_node_new(parser->arena, SQL_NAME, token->position);
  if (name == NULL || node == NULL)
    return NULL;
  char *to = name;
  for (const char *from = name; *from != '\0'; from++)
    if (strchr("`'\"", *from) == NULL)
      *to++ = *from;
  *to = '\0';
  token_fold(name);
  return node_with_text(node, own_name(name));
}

/* Those whose values are whole numbers; others are text. */
static bool is_number(const char *name) {
  static const char *const names[] = {"auto_increment_increment",
                                      "auto_increment_offset",
                                      "autocommit",
                                      "foreign_key_checks",
                                      "group_concat_max_len",
                                      "innodb_lock_wait_timeout",
                                      "interactive_timeout",
                                      "lock_wait_timeout",
                                      "lower_case_table_names",
                                      "max_allowed_packet",
                                      "max_execution_time",
                                      "net_read_timeout",
                                      "net_write_timeout",
                                      "sql_auto_is_null",
                                      "sql_notes",
                                      "sql_safe_updates",
                                      "sql_warnings",
                                      "transaction_read_only",
                                      "unique_checks",
                                      "wait_timeout"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(names[i], name) == 0)
      return true;
  return false;
}

struct sql_node *parser_variable_value(struct parser *parser,
                                       const struct token *token) {
  struct sql_node *name = parser_variable(parser, token);
  if (name == NULL)
    return NULL;
  if (name->text[1] != '@') {
    parser_refuse(parser, token, "a variable of the user's outside of SET");
    return NULL;
  }
  const char *own = name->text + (strncmp(name->text, "@@global.", 9) == 0 ? 9 : 2);
  if (own[strspn(own, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0') {
    parser_refuse(parser, token, "this variable"); /* it is printed as it is */
    return NULL;
  }
  if (strcmp(own, "last_insert_id") == 0 || strcmp(own, "identity") == 0)
    return parser_function(parser, token->position, "mysql_last_insert_id", NULL);
  struct sql_node *argument =
      sql_node_text(parser->arena, SQL_STRING, token->position, own);
  return parser_function(parser, token->position,
                         is_number(own) ? "mysql_variable_number" : "mysql_variable",
                         parser_list(parser, &argument, 1));
}

static struct sql_node *setting(struct parser *parser, const char *name,
                                struct sql_node *value) {
  struct sql_node *node =
      sql_node_new(parser->arena, SQL_SET, value == NULL ? 0 : value->position);
  if (value != NULL)
    node_set(node, 1, parser_list(parser, &value, 1));
  return node_with_text(node, name);
}

struct sql_node *parser_set_names(struct parser *parser, const struct token *set,
                                  const struct token *word, struct sql_node *charset,
                                  struct sql_node *collation) {
  if (word != NULL)
    parser_expect(parser, word, "names");
  if (parser->scanner.dialect == SQL_DIALECT_POSTGRES) {
    if (word == NULL || collation != NULL)
      parser_only_mysql(parser, set, "a character set in SET");
    return node_at(setting(parser, "client_encoding", charset), set->position);
  }
  struct sql_node *node = setting(parser, "character_set_client", charset);
  if (collation != NULL)
    node_set(node, 0, setting(parser, "collation_connection", collation));
  return node_at(node, set->position);
}

struct sql_node *parser_nothing(struct parser *parser, const struct token *word) {
  parser_only_mysql(parser, word, "LOCK TABLES");
  return node_at(setting(parser, "lock_tables", NULL), word->position);
}

void parser_lock(struct parser *parser, const struct token *word) {
  const struct sql_node *name = parser_fold(parser, parser_name(parser, word));
  if (name != NULL && strcmp(name->text, "read") != 0 &&
      strcmp(name->text, "write") != 0 && strcmp(name->text, "low_priority") != 0)
    parser_syntax_error(parser, TOKEN_IDENT, word);
}
