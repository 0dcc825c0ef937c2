/* Tree to text: entry points, names, literals and types. */
#include "sql/print_internal.h"

#include <string.h>

#include "sql/grammar.h"
#include "sql/keyword.h"

/* --- words and names --- */

void print_text(struct printer *printer, const char *text) {
  buffer_text(printer->out, text);
}

bool is_simple_name(const char *name) {
  if (!((*name >= 'a' && *name <= 'z') || *name == '_'))
    return false;
  for (const char *c = name; *c != '\0'; c++) {
    if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_'))
      return false;
  }
  return true;
}

static void print_backticks(struct printer *printer, const char *name) {
  buffer_character(printer->out, '`');
  for (const char *c = name; *c != '\0'; c++) {
    if (*c == '`')
      buffer_character(printer->out, '`');
    buffer_character(printer->out, *c);
  }
  buffer_character(printer->out, '`');
}

bool sql_name_needs_quotes(const char *name, enum sql_dialect dialect) {
  return !is_simple_name(name) || keyword_needs_quotes(name, dialect);
}

void print_identifier(struct printer *printer, const char *name) {
  if (printer->dialect == SQL_DIALECT_MYSQL)
    print_backticks(printer, name);
  else if (sql_name_needs_quotes(name, printer->dialect))
    buffer_identifier(printer->out, name);
  else
    print_text(printer, name);
}

void print_name(struct printer *printer, const struct sql_node *name) {
  if (name->child[NAME_SCHEMA] != NULL) {
    print_identifier(printer, name->child[NAME_SCHEMA]->text);
    print_text(printer, ".");
  }
  print_identifier(printer, name->text);
}

void print_string(struct printer *printer, const char *text, uint32_t length) {
  if (printer->dialect != SQL_DIALECT_MYSQL) {
    buffer_literal(printer->out, text, length);
    return;
  }
  buffer_character(printer->out, '\'');
  for (uint32_t i = 0; i < length; i++) {
    if (text[i] == '\'' || text[i] == '\\')
      buffer_character(printer->out, text[i]);
    buffer_character(printer->out, text[i]);
  }
  buffer_character(printer->out, '\'');
}

void print_list(struct printer *printer, const struct sql_node *list,
                void (*print)(struct printer *printer, const struct sql_node *node)) {
  for (uint32_t i = 0; list != NULL && i < list->count; i++) {
    if (i > 0)
      print_text(printer, ", ");
    print(printer, list->child[i]);
  }
}

void print_in_parentheses(struct printer *printer, const struct sql_node *list,
                          void (*print)(struct printer *printer,
                                        const struct sql_node *node)) {
  print_text(printer, "(");
  print_list(printer, list, print);
  print_text(printer, ")");
}

/* --- refusals --- */

void print_refuse(struct printer *printer, const struct sql_node *node,
                  const char *construct) {
  static const char *const dialects[] = {"PostgreSQL", "MySQL", "SQLite"};
  error_set_at(printer->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
               "%s cannot be written for %s", construct, dialects[printer->dialect]);
}

void print_only_postgres(struct printer *printer, const struct sql_node *node,
                         const char *construct) {
  if (printer->dialect != SQL_DIALECT_POSTGRES)
    print_refuse(printer, node, construct);
}

/* --- types --- */

/* What MySQL's CAST calls a type. */
static const char *mysql_type(const char *name) {
  static const struct {
    const char *name, *mysql;
  } types[] = {{"smallint", "SIGNED"},
               {"int2", "SIGNED"},
               {"integer", "SIGNED"},
               {"int", "SIGNED"},
               {"int4", "SIGNED"},
               {"bigint", "SIGNED"},
               {"int8", "SIGNED"},
               {"real", "FLOAT"},
               {"float4", "FLOAT"},
               {"float", "FLOAT"},
               {"double precision", "DOUBLE"},
               {"float8", "DOUBLE"},
               {"numeric", "DECIMAL"},
               {"decimal", "DECIMAL"},
               {"text", "CHAR"},
               {"character varying", "CHAR"},
               {"varchar", "CHAR"},
               {"character", "CHAR"},
               {"date", "DATE"},
               {"time", "TIME"},
               {"timestamp", "DATETIME"},
               {"bytea", "BINARY"},
               {"json", "JSON"},
               {"jsonb", "JSON"}};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    if (strcmp(types[i].name, name) == 0)
      return types[i].mysql;
  }
  return NULL;
}

/* May the type be written without quotes? The names of several words are those that the grammar itself knows. */
static bool is_plain_type(const char *name) {
  static const char *const known[] = {"character",
                                      "character varying",
                                      "double precision",
                                      "interval",
                                      "time",
                                      "time with time zone",
                                      "timestamp",
                                      "timestamp with time zone"};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (strcmp(known[i], name) == 0)
      return true;
  }
  const struct keyword *keyword = keyword_find(name, strlen(name));
  return is_simple_name(name) && (keyword == NULL || keyword->token == TOKEN_IDENT ||
                                  keyword->category == KEYWORD_UNRESERVED);
}

static void print_type_name(struct printer *printer, const struct sql_node *type) {
  const char *name = type->text;
  const struct sql_node *modifiers = type->child[TYPE_MODIFIERS];
  /* timestamp(3) with time zone */
  const char *zone = strstr(name, " with time zone");
  size_t length = zone == NULL ? strlen(name) : (size_t)(zone - name);
  if (type->child[TYPE_SCHEMA] != NULL) {
    print_name(printer, type->child[TYPE_SCHEMA]);
    print_text(printer, ".");
  }
  if (printer->dialect == SQL_DIALECT_SQLITE || is_plain_type(name))
    buffer_append(printer->out, name, length);
  else
    buffer_identifier(printer->out, name);
  if (modifiers != NULL)
    print_in_parentheses(printer, modifiers, print_expression);
  if (zone != NULL)
    print_text(printer, zone);
}

void print_type(struct printer *printer, const struct sql_node *type) {
  bool mysql = printer->dialect == SQL_DIALECT_MYSQL;
  if ((type->flags & SQL_ARRAY_TYPE) != 0)
    print_only_postgres(printer, type, "an array type");
  const char *name =
      mysql && type->child[TYPE_SCHEMA] == NULL ? mysql_type(type->text) : NULL;
  if (mysql && name == NULL) {
    print_refuse(printer, type, type->text);
  } else if (mysql) {
    print_text(printer, name);
    bool length = type->child[TYPE_MODIFIERS] != NULL && strcmp(name, "SIGNED") != 0;
    if (length)
      print_in_parentheses(printer, type->child[TYPE_MODIFIERS], print_expression);
  } else {
    print_type_name(printer, type);
  }
  if ((type->flags & SQL_ARRAY_TYPE) != 0)
    print_text(printer, "[]");
}

/* --- the whole --- */

static void print_value_list(struct printer *printer, const struct sql_node *list) {
  print_list(printer, list, print_node);
}

void print_node(struct printer *printer, const struct sql_node *node) {
  if (node == NULL)
    return;
  switch (node->kind) {
  case SQL_LIST: print_value_list(printer, node); break;
  case SQL_NAME: print_name(printer, node); break;
  case SQL_TYPE: print_type(printer, node); break;
  case SQL_QUERY: print_query(printer, node); break;
  case SQL_SELECT:
  case SQL_VALUES:
  case SQL_SET_OPERATION:
  case SQL_TABLE: print_body(printer, node); break;
  case SQL_RESULT: print_result(printer, node); break;
  case SQL_ORDER: print_order(printer, node); break;
  case SQL_WITH: print_with(printer, node); break;
  case SQL_WINDOW: print_window(printer, node); break;
  case SQL_TABLE_REFERENCE:
  case SQL_SUBQUERY_REFERENCE:
  case SQL_FUNCTION_REFERENCE:
  case SQL_JOIN: print_relation(printer, node); break;
  default:
    if (!print_write(printer, node) && !print_definition(printer, node))
      print_expression(printer, node);
  }
}

int sql_print_with(const struct sql_node *node, struct sql_print_options *options,
                   struct buffer *out, struct error *error) {
  struct printer printer = {.out = out,
                            .dialect = options->dialect,
                            .server = options->server,
                            .root = node,
                            .options = options->renumber ? options : NULL,
                            .error = error};
  options->parameter_count = 0;
  error_clear(error);
  print_node(&printer, node);
  if (out->failed)
    error_set(error, TIDE_ERROR_NOMEM, "out of memory");
  return error->code;
}

int sql_print(const struct sql_node *node, enum sql_dialect dialect, struct buffer *out,
              struct error *error) {
  struct sql_print_options options = {.dialect = dialect};
  return sql_print_with(node, &options, out, error);
}
