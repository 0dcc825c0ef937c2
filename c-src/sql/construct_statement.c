/* The grammar's constructors: queries and statements. */
#include "sql/construct.h"
#include "sql/walk.h"

#include <string.h>

/* --- queries --- */

struct sql_node *parser_query(struct parser *parser, struct sql_node *with,
                              struct sql_node *body, struct sql_node *order,
                              struct sql_node *limit) {
  uint32_t position = node_position(with != NULL ? with : body);
  struct sql_node *node = parser_node(parser, SQL_QUERY, position,
                                      (struct sql_node *[]){with, body, order}, 3);
  if (limit != NULL) {
    node_set(node, QUERY_LIMIT, limit->child[0]);
    node_set(node, QUERY_OFFSET, limit->child[1]);
    if (limit->count > 2)
      node_set(node, QUERY_LOCKING, limit->child[2]);
    node_with_flags(node, limit->flags);
  }
  return node;
}

struct sql_node *parser_tail(struct parser *parser, struct sql_node *limit,
                             struct sql_node *locking) {
  if (limit == NULL)
    return NULL;
  struct sql_node *parts[] = {limit->child[0], limit->child[1], locking};
  struct sql_node *tail = parser_node(parser, SQL_LIST, 0, parts, 3);
  return tail == NULL ? NULL : node_with_flags(tail, limit->flags);
}

struct sql_node *parser_columnless(struct parser *parser, struct sql_node *select) {
  uint32_t position = node_position(select);
  struct sql_node *one =
      node_with_text(parser_node(parser, SQL_INTEGER, position, NULL, 0), "1");
  struct sql_node *result = parser_node(parser, SQL_RESULT, position, &one, 1);
  parser_refuse_columnless(parser);
  parser->columnless = select;
  return node_set(select, SELECT_RESULTS, parser_list(parser, &result, 1));
}

struct sql_node *parser_exists(struct parser *parser, uint32_t position,
                               struct sql_node *query) {
  if (query != NULL && query->child[QUERY_BODY] == parser->columnless)
    parser->columnless = NULL;
  return parser_node(parser, SQL_EXISTS, position, &query, 1);
}

struct sql_node *parser_body(struct sql_node *query) {
  if (query == NULL || query->child[QUERY_WITH] != NULL ||
      query->child[QUERY_ORDER] != NULL || query->child[QUERY_LIMIT] != NULL ||
      query->child[QUERY_OFFSET] != NULL || query->child[QUERY_LOCKING] != NULL)
    return query;
  return query->child[QUERY_BODY];
}

/* The text of an expression that begins at or, with a parenthesis, before a position and ends with the last token read. */
static const char *text_since(struct parser *parser, uint32_t position) {
  const char *text = parser->scanner.text;
  uint32_t end = parser->previous.position + parser->previous.length;
  uint32_t start = position;
  for (uint32_t at = position; at > 0 && strchr("( \t\r\n", text[at - 1]) != NULL; at--)
    start = text[at - 1] == '(' ? at - 1 : start;
  return arena_copy(parser->arena, text + start, end - start);
}

struct sql_node *parser_result(struct parser *parser, struct sql_node *expression) {
  struct sql_node *node =
      parser_node(parser, SQL_RESULT, node_position(expression), &expression, 1);
  if (node == NULL || expression == NULL ||
      parser->scanner.dialect != SQL_DIALECT_MYSQL || expression->kind == SQL_COLUMN ||
      expression->kind == SQL_STAR)
    return node;
  const char *name = expression->kind == SQL_STRING
                         ? expression->text
                         : text_since(parser, expression->position);
  return name == NULL || name[0] == '\0' ? node : node_with_text(node, name);
}

struct sql_node *parser_select(struct sql_node *select) {
  if (select == NULL || select->child[SELECT_DISTINCT_ON] == NULL)
    return select;
  if (select->child[SELECT_DISTINCT_ON]->count == 0)
    node_set(select, SELECT_DISTINCT_ON, NULL);
  return node_with_flags(select, SQL_DISTINCT);
}

struct sql_node *parser_with(struct sql_node *list, uint32_t position, uint32_t flags) {
  return node_with_flags(node_as(list, SQL_WITH, position), flags);
}

struct sql_node *parser_grouping(struct sql_node *list, uint32_t position,
                                 uint16_t op) {
  return node_with_op(node_as(list, SQL_GROUPING, position), op);
}

/* (a, b) in GROUP BY is a set, not a row. */
struct sql_node *parser_group_item(struct sql_node *item) {
  if (item == NULL || item->kind != SQL_ROW || (item->flags & SQL_EXPLICIT) != 0)
    return item;
  return parser_grouping(item, item->position, SQL_GROUPING_SET);
}

struct sql_node *parser_with_rollup(struct parser *parser, struct sql_node *list,
                                    const struct token *token) {
  parser_only_mysql(parser, token, "WITH ROLLUP");
  struct sql_node *rollup = parser_grouping(list, node_position(list), SQL_ROLLUP);
  return rollup == NULL ? NULL
                        : parser_node(parser, SQL_LIST, rollup->position, &rollup, 1);
}

struct sql_node *parser_alias(struct parser *parser, const struct token *name,
                              struct sql_node *columns) {
  struct sql_node *alias = name == NULL ? sql_node_new(parser->arena, SQL_NAME,
                                                       columns ? columns->position : 0)
                                        : parser_name(parser, name);
  return node_set(alias, 0, columns);
}

static bool has_definitions(const struct sql_node *columns) {
  return columns != NULL && columns->count > 0 &&
         columns->child[0]->kind == SQL_COLUMN_DEFINITION;
}

struct sql_node *parser_reference(struct parser *parser, enum sql_kind kind,
                                  uint32_t position, struct sql_node *source,
                                  struct sql_node *alias) {
  struct sql_node *node = parser_node(parser, kind, position, &source, 1);
  if (alias == NULL)
    return node;
  bool one_function =
      kind == SQL_FUNCTION_REFERENCE && source != NULL && source->kind == SQL_CALL;
  if (has_definitions(alias->child[0]) && !one_function)
    parser_refuse_at(parser, alias->child[0]->position, "a column definition list");
  node_set(node, REFERENCE_COLUMNS, alias->child[0]);
  return alias->text == NULL ? node : node_with_text(node, alias->text);
}

struct sql_node *parser_rows_from(struct parser *parser, struct sql_node *calls) {
  if (calls == NULL || calls->count == 1)
    return calls;
  return parser_node(parser, SQL_LIST, calls->position, &calls, 1);
}

struct sql_node *parser_function_reference(struct parser *parser, uint32_t position,
                                           const struct sql_node *list,
                                           struct sql_node *alias) {
  if (list == NULL)
    return NULL;
  struct sql_node *node =
      parser_reference(parser, SQL_FUNCTION_REFERENCE, position, list->child[0], alias);
  return node_with_flags(node, list->flags & SQL_ORDINALITY);
}

/* --- writes --- */

/* The position of a statement that WITH may begin. */
static uint32_t start(const struct sql_node *with, uint32_t position) {
  return with == NULL ? position : with->position;
}

struct sql_node *parser_insert(struct sql_node *insert, struct sql_node *with,
                               uint32_t position, struct sql_node *target,
                               struct sql_node *conflict, struct sql_node *returning) {
  node_set(insert, INSERT_WITH, with);
  node_set(insert, INSERT_TARGET, target);
  node_set(insert, INSERT_CONFLICT, conflict);
  node_set(insert, INSERT_RETURNING, returning);
  return node_at(insert, start(with, position));
}

struct sql_node *parser_row_source(const struct sql_node *columns,
                                   struct sql_node *value) {
  bool one = columns != NULL && columns->count == 1 && value != NULL &&
             value->kind == SQL_ROW && value->count == 1;
  return one ? value->child[0] : value;
}

/* Of each item only the expression counts. */
struct sql_node *parser_conflict_target(struct parser *parser, struct sql_node *items) {
  for (uint32_t i = 0; items != NULL && i < items->count; i++) {
    struct sql_node *item = items->child[i];
    if (item == NULL || item->kind != SQL_ORDER)
      continue;
    if (item->flags != 0)
      parser_refuse_at(parser, item->position, "an order in ON CONFLICT");
    items->child[i] = item->child[0];
  }
  return items;
}

struct sql_node *parser_insert_set(struct parser *parser, uint32_t position,
                                   const struct sql_node *assignments) {
  struct sql_node *names = sql_node_new(parser->arena, SQL_LIST, position);
  struct sql_node *row = sql_node_new(parser->arena, SQL_ROW, position);
  for (uint32_t i = 0; assignments != NULL && i < assignments->count; i++) {
    const struct sql_node *assignment = assignments->child[i];
    if (assignment == NULL || assignment->child[ASSIGN_COLUMNS] == NULL)
      return NULL;
    struct sql_node *name = assignment->child[ASSIGN_COLUMNS]->child[0];
    names = sql_list_append(parser->arena, names, node_set(name, NAME_SCHEMA, NULL));
    row = sql_list_append(parser->arena, row, assignment->child[ASSIGN_VALUE]);
  }
  struct sql_node *values = parser_node(parser, SQL_VALUES, position, &row, 1);
  struct sql_node *query = parser_query(parser, NULL, values, NULL, NULL);
  return parser_node(parser, SQL_INSERT, 0,
                     (struct sql_node *[]){NULL, NULL, names, query, NULL, NULL}, 6);
}

/* A table behind a comma stands by itself; a join takes what stands before it. */
static struct sql_node *add_joined(struct parser *parser, struct sql_node *list,
                                   struct sql_node *join) {
  bool comma = join->op == SQL_INNER && join->child[JOIN_ON] == NULL &&
               join->child[JOIN_USING] == NULL;
  if (comma)
    return sql_list_append(parser->arena, list, join->child[JOIN_RIGHT]);
  node_set(join, JOIN_LEFT, list->child[list->count - 1]);
  list->child[list->count - 1] = join;
  return list;
}

struct sql_node *parser_update_join(struct parser *parser, struct sql_node *with,
                                    uint32_t position, struct sql_node *first,
                                    const struct sql_node *joins,
                                    struct sql_node *assignments,
                                    struct sql_node *condition) {
  struct sql_node *from = parser_list(parser, &first, 1);
  for (uint32_t i = 0; joins != NULL && i < joins->count; i++) {
    if (from == NULL || joins->child[i] == NULL)
      return NULL;
    from = add_joined(parser, from, joins->child[i]);
  }
  return parser_node(
      parser, SQL_UPDATE, start(with, position),
      (struct sql_node *[]){with, NULL, assignments, from, condition, NULL}, 6);
}

struct sql_node *parser_delete_several(struct parser *parser, struct sql_node *with,
                                       const struct token *token,
                                       struct sql_node *first,
                                       const struct sql_node *others,
                                       struct sql_node *from,
                                       struct sql_node *condition) {
  struct sql_node *names = parser_list(parser, &first, 1);
  for (uint32_t i = 0; others != NULL && i < others->count; i++)
    names = sql_list_append(parser->arena, names, others->child[i]);
  parser_only_mysql(parser, token, "DELETE from several tables");
  return parser_node(parser, SQL_DELETE, start(with, token->position),
                     (struct sql_node *[]){with, names, from, condition, NULL}, 5);
}

struct sql_node *parser_write_rows(struct parser *parser, struct sql_node *rows,
                                   const struct sql_node *from,
                                   struct sql_node *condition) {
  uint32_t position = node_position(rows);
  parser_only_mysql_at(parser, position, "ORDER BY or LIMIT of a write");
  if (from != NULL)
    parser_refuse_at(parser, position,
                     "ORDER BY or LIMIT of a write to one of several tables");
  return node_set(rows, QUERY_BODY,
                  node_set(sql_node_new(parser->arena, SQL_SELECT, position),
                           SELECT_WHERE, condition));
}

struct sql_node *parser_update_table(struct parser *parser, const struct token *comma,
                                     struct sql_node *table) {
  struct sql_node *join = parser_node(parser, SQL_JOIN, comma->position,
                                      (struct sql_node *[]){NULL, table}, 2);
  parser_only_mysql(parser, comma, "UPDATE of several tables");
  return node_with_op(join, SQL_INNER);
}

struct sql_node *parser_update(struct sql_node *update, struct sql_node *with,
                               uint32_t position, struct sql_node *target) {
  node_set(node_set(update, UPDATE_WITH, with), UPDATE_TARGET, target);
  return node_at(update, start(with, position));
}

struct sql_node *parser_delete(struct sql_node *delete_, struct sql_node *with,
                               uint32_t position, struct sql_node *target) {
  node_set(node_set(delete_, DELETE_WITH, with), DELETE_TARGET, target);
  return node_at(delete_, start(with, position));
}

struct sql_node *parser_merge(struct sql_node *merge, struct sql_node *with,
                              uint32_t position, struct sql_node *target) {
  node_set(node_set(merge, MERGE_WITH, with), MERGE_TARGET, target);
  return node_at(merge, start(with, position));
}

/* --- definitions --- */

struct sql_node *parser_with_option(struct parser *parser, struct sql_node *options,
                                    struct sql_node *option) {
  if (option == NULL)
    return options;
  return options == NULL ? parser_list(parser, &option, 1)
                         : sql_list_append(parser->arena, options, option);
}

struct sql_node *parser_with_options(struct parser *parser, struct sql_node *elements,
                                     const struct sql_node *options) {
  for (uint32_t i = 0; options != NULL && elements != NULL && i < options->count; i++)
    elements = sql_list_append(parser->arena, elements, options->child[i]);
  return elements;
}

struct sql_node *parser_next_number(struct parser *parser, const struct token *word,
                                    const struct token *number) {
  struct sql_node *value = parser_number(parser, SQL_INTEGER, number);
  struct sql_node *option =
      parser_node(parser, SQL_SEQUENCE_OPTION, word->position, &value, 1);
  parser_only_mysql(parser, word, "AUTO_INCREMENT of a table");
  return node_with_text(option, "restart");
}

/* Text is Unicode whatever it is stored as: is it text at all? */
static bool is_charset(const char *name) {
  static const char *const names[] = {"utf8mb4", "utf8mb3", "utf8", "ascii", "latin1"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(names[i], name) == 0)
      return true;
  return false;
}

void parser_table_option(struct parser *parser, const struct token *name,
                         const struct token *value) {
  char *option = token_identifier(parser->arena, &parser->scanner, name);
  char *given = token_identifier(parser->arena, &parser->scanner, value);
  parser_only_mysql(parser, name, "a table option");
  if (option == NULL || given == NULL)
    return;
  token_fold(option);
  token_fold(given);
  /* Where and how rows are stored changes no answer. */
  bool charset = strcmp(option, "charset") == 0 || strcmp(option, "character") == 0 ||
                 strcmp(option, "char") == 0;
  if (charset ? is_charset(given)
              : strcmp(option, "collate") != 0 || sql_is_text_collation(given))
    return;
  parser_refuse(parser, name, "this table option");
}

struct sql_node *parser_own_comment(struct parser *parser, const struct token *word,
                                    uint16_t object, const struct token *text) {
  struct sql_node *comment =
      parser_node(parser, SQL_COMMENT, word->position,
                  (struct sql_node *[]){NULL, parser_string(parser, text)}, 2);
  parser_only_mysql(parser, word, "COMMENT in CREATE TABLE");
  return node_with_op(comment, object);
}

struct sql_node *parser_column_word(struct parser *parser, const struct token *word) {
  struct sql_node *name = parser_fold(parser, parser_name(parser, word));
  bool mysql = parser->scanner.dialect == SQL_DIALECT_MYSQL && name != NULL;
  if (mysql &&
      (strcmp(name->text, "unsigned") == 0 || strcmp(name->text, "signed") == 0))
    return name;
  if (mysql && (strcmp(name->text, "after") == 0 || strcmp(name->text, "first") == 0))
    parser_refuse(parser, word, "the place of a column (AFTER, FIRST)");
  else if (name != NULL)
    parser_syntax_error(parser, TOKEN_IDENT, word);
  return NULL;
}

struct sql_node *parser_column_charset(struct parser *parser, const struct token *word,
                                       const struct token *charset) {
  struct sql_node *name = parser_fold(parser, parser_name(parser, charset));
  parser_only_mysql(parser, word, "CHARACTER SET");
  if (name != NULL && !is_charset(name->text))
    parser_refuse(parser, charset, "this character set");
  return node_with_text(name, "signed");
}

struct sql_node *parser_drop_key(struct parser *parser, const struct token *word,
                                 const struct token *name, uint32_t flags) {
  struct sql_node *index =
      sql_node_new(parser->arena, SQL_CREATE_INDEX, name->position);
  struct sql_node *action = parser_action(parser, SQL_DROP_CONSTRAINT, name, index);
  return node_at(node_with_flags(action, flags), word->position);
}

struct sql_node *parser_drop_index(struct parser *parser, const struct token *word,
                                   uint16_t object, uint32_t flags,
                                   struct sql_node *names, struct sql_node *table) {
  struct sql_node *name = names == NULL ? NULL : names->child[0];
  struct sql_node *index =
      sql_node_new(parser->arena, SQL_CREATE_INDEX, word->position);
  parser_only_mysql(parser, word, "DROP INDEX … ON");
  if (name == NULL || index == NULL)
    return NULL;
  if (object != SQL_OBJECT_INDEX || names->count > 1 ||
      name->child[NAME_SCHEMA] != NULL)
    error_set_at(parser->error, TIDE_ERROR_SYNTAX, word->position,
                 "syntax error: one index is dropped ON a table");
  struct sql_node *action = parser_node(parser, SQL_ACTION, name->position, &index, 1);
  node_with_flags(node_with_op(node_with_text(action, name->text), SQL_DROP_CONSTRAINT),
                  flags);
  struct sql_node *actions = sql_node_new(parser->arena, SQL_LIST, name->position);
  return parser_alter(parser, word->position, SQL_OBJECT_TABLE, 0, table,
                      sql_list_append(parser->arena, actions, action));
}

static struct sql_node *exclude(struct sql_node *node, void *context) {
  if (node->kind == SQL_COLUMN && node->child[0] != NULL &&
      node->child[0]->child[NAME_SCHEMA] == NULL &&
      sql_same_name(node->child[0]->text, context))
    node_with_text(node->child[0], "excluded");
  return node;
}

struct sql_node *parser_row_alias(struct parser *parser, const struct token *alias,
                                  struct sql_node *assignments) {
  char *name = token_identifier(parser->arena, &parser->scanner, alias);
  return name == NULL || assignments == NULL ? NULL
                                             : sql_rewrite(assignments, exclude, name);
}

struct sql_node *parser_create_table(struct parser *parser, const struct token *table,
                                     uint32_t flags, struct sql_node *name,
                                     struct sql_node *elements,
                                     struct sql_node *query) {
  if ((flags & SQL_OR_REPLACE) != 0)
    parser_refuse(parser, table, "CREATE OR REPLACE TABLE");
  struct sql_node *node = parser_node(parser, SQL_CREATE_TABLE, parser->first.position,
                                      (struct sql_node *[]){name, elements, query}, 3);
  return node_with_flags(node, flags);
}

int32_t parser_like_option(struct parser *parser, const struct token *word,
                           const struct token *what) {
  static const struct {
    const char *name;
    int32_t bits;
  } options[] = {{"all", SQL_LIKE_ALL},
                 {"comments", SQL_LIKE_COMMENTS},
                 {"compression", 0},
                 {"constraints", SQL_LIKE_CONSTRAINTS},
                 {"defaults", SQL_LIKE_DEFAULTS},
                 {"generated", SQL_LIKE_GENERATED},
                 {"identity", SQL_LIKE_IDENTITY},
                 {"indexes", SQL_LIKE_INDEXES},
                 {"statistics", 0},
                 {"storage", 0}};
  const struct sql_node *verb = parser_fold(parser, parser_name(parser, word));
  const struct sql_node *name = parser_fold(parser, parser_name(parser, what));
  if (verb == NULL || name == NULL)
    return 0;
  bool included = strcmp(verb->text, "including") == 0;
  if (!included && strcmp(verb->text, "excluding") != 0)
    parser_syntax_error(parser, TOKEN_IDENT, word);
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    if (strcmp(options[i].name, name->text) == 0)
      return included ? options[i].bits : -options[i].bits;
  parser_syntax_error(parser, TOKEN_IDENT, what);
  return 0;
}

uint16_t parser_like_options(uint16_t before, int32_t option) {
  return (uint16_t)(option < 0 ? before & ~-option : before | option);
}

struct sql_node *parser_constraint(struct parser *parser, enum sql_constraint kind,
                                   uint32_t position, struct sql_node *columns,
                                   struct sql_node *expression,
                                   struct sql_node *references) {
  struct sql_node *node =
      parser_node(parser, SQL_CONSTRAINT, position,
                  (struct sql_node *[]){columns, expression, references}, 3);
  return node_with_op(node, (uint16_t)kind);
}

struct sql_node *parser_create_index(struct sql_node *index, const struct token *what,
                                     uint32_t flags) {
  return node_at(node_with_flags(index, flags), what->position);
}

struct sql_node *parser_create_view(struct parser *parser, const struct token *word,
                                    uint16_t mode, uint32_t flags,
                                    struct sql_node *view) {
  struct sql_node *options = view == NULL ? NULL : view->child[VIEW_OPTIONS];
  if (options != NULL) {
    flags |= options->flags & SQL_NO_DATA;
    options->flags &= ~(uint32_t)SQL_NO_DATA;
    if (options->count == 0)
      node_set(view, VIEW_OPTIONS, NULL);
  }
  if (mode != SQL_RUNTIME && (flags & SQL_TEMPORARY) != 0)
    parser_refuse(parser, word, "a temporary view that keeps rows");
  node_at(node_with_op(view, mode), parser->first.position);
  return node_with_flags(view, flags);
}

struct sql_node *parser_alter(struct parser *parser, uint32_t position, uint16_t object,
                              uint32_t flags, struct sql_node *name,
                              struct sql_node *actions) {
  struct sql_node *node =
      parser_node(parser, SQL_ALTER, position, (struct sql_node *[]){name, actions}, 2);
  return node_with_flags(node_with_op(node, object), flags);
}

struct sql_node *parser_redefinition(struct parser *parser, struct sql_node *column) {
  struct sql_node *node =
      parser_node(parser, SQL_ACTION, node_position(column), &column, 1);
  return column == NULL || node == NULL
             ? NULL
             : node_with_text(node_with_op(node, SQL_REDEFINE_COLUMN), column->text);
}

struct sql_node *parser_action(struct parser *parser, enum sql_action action,
                               const struct token *name, struct sql_node *definition) {
  struct sql_node *node =
      parser_node(parser, SQL_ACTION, name->position, &definition, 1);
  return parser_named(parser, node_with_op(node, (uint16_t)action), name);
}

/* --- the rest --- */

struct sql_node *parser_savepoint(struct parser *parser, enum sql_transaction what,
                                  uint32_t position, const struct token *name) {
  struct sql_node *node = sql_node_new(parser->arena, SQL_TRANSACTION, position);
  return parser_fold(parser,
                     parser_named(parser, node_with_op(node, (uint16_t)what), name));
}

/* Of SQLite's pragmas there is the one that PostgreSQL has no statement for. */
struct sql_node *parser_pragma(struct parser *parser, uint32_t position,
                               const struct token *name) {
  struct sql_node *node = sql_node_new(parser->arena, SQL_MAINTENANCE, position);
  node = parser_fold(
      parser, parser_named(parser, node_with_op(node, SQL_INTEGRITY_CHECK), name));
  if (node == NULL || strcmp(node->text, "integrity_check") == 0)
    return node;
  parser_refuse(parser, name, "this PRAGMA");
  return NULL;
}

struct sql_node *parser_comment_column(struct parser *parser, uint32_t position,
                                       const struct sql_node *column,
                                       struct sql_node *text) {
  if (column == NULL)
    return NULL;
  if (column->kind != SQL_COLUMN || column->child[0] == NULL)
    error_set_at(parser->error, TIDE_ERROR_SYNTAX, column->position,
                 "column name must be qualified");
  struct sql_node *comment = parser_node(
      parser, SQL_COMMENT, position, (struct sql_node *[]){column->child[0], text}, 2);
  return node_with_op(node_with_text(comment, column->text), SQL_OBJECT_COLUMN);
}

struct sql_node *parser_setting_name(struct parser *parser,
                                     const struct sql_node *before,
                                     const struct sql_node *name) {
  if (before == NULL || name == NULL)
    return NULL;
  const char *text = arena_format(parser->arena, "%s.%s", before->text, name->text);
  return text == NULL
             ? NULL
             : node_with_text(sql_node_new(parser->arena, SQL_NAME, before->position),
                              text);
}

struct sql_node *parser_setting(struct parser *parser, enum sql_kind kind,
                                const struct sql_node *name, struct sql_node *values) {
  if (name == NULL)
    return NULL;
  struct sql_node *node = sql_node_new(parser->arena, kind, name->position);
  if (node != NULL && kind == SQL_SET)
    node_set(node, 1, values);
  return node_with_text(node, name->text);
}
