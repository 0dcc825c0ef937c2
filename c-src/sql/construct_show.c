/* MySQL's SHOW and DESCRIBE: what is asked for, of what, and which of it. */
#include <string.h>

#include "sql/construct.h"

static uint16_t shown_by(const char *word) {
  switch (word[0]) {
  case 't': return SQL_SHOW_TABLES;
  case 'd':
  case 's': return SQL_SHOW_DATABASES;
  case 'i':
  case 'k': return SQL_SHOW_INDEX;
  default: return SQL_SHOW_COLUMNS;
  }
}

/* SHOW TABLES FROM d; SHOW COLUMNS FROM t, FROM d.t, FROM t FROM d. */
static void show_of(struct parser *parser, struct sql_node *show,
                    const struct token *word, const struct sql_node *names) {
  uint32_t most = show->op == SQL_SHOW_TABLES      ? 1
                  : show->op == SQL_SHOW_DATABASES ? 0
                                                   : 2;
  uint32_t least = most == 2 ? 1 : 0;
  uint32_t count = names != NULL ? names->count : 0;
  if (count < least || count > most ||
      (most == 1 && count == 1 && names->child[0]->child[NAME_SCHEMA] != NULL)) {
    parser_syntax_error(parser, count < least ? 0 : TOKEN_FROM, word);
    return;
  }
  if (count == 0)
    return;
  if (most == 1) {
    show->child[SHOW_SCHEMA] = names->child[0];
    return;
  }
  show->child[SHOW_NAME] = names->child[0];
  show->child[SHOW_SCHEMA] =
      count == 2 ? names->child[1] : names->child[0]->child[NAME_SCHEMA];
  names->child[0]->child[NAME_SCHEMA] = NULL;
}

static void show_where(struct parser *parser, struct sql_node *show,
                       const struct token *word, struct sql_node *filter) {
  if (filter == NULL)
    return;
  if (filter->kind == SQL_LIST)
    show->child[SHOW_WHERE] = filter->child[0];
  else if (show->op == SQL_SHOW_INDEX)
    parser_syntax_error(parser, TOKEN_LIKE, word);
  else
    show->child[SHOW_LIKE] = filter;
}

struct sql_node *parser_show_objects(struct parser *parser, const struct token *token,
                                     const struct token *word, uint32_t flags,
                                     struct sql_node *names, struct sql_node *filter) {
  struct sql_node *show =
      sql_node_new(parser->arena, SQL_SHOW_OBJECTS, token->position);
  struct sql_node *name =
      word != NULL ? parser_fold(parser, parser_name(parser, word)) : NULL;
  if (show == NULL || (word != NULL && name == NULL) || parser->arena->failed)
    return NULL;
  if (name == NULL)
    show->op = SQL_SHOW_COLUMNS;
  else
    show->op =
        strcmp(name->text, "table") == 0 ? SQL_SHOW_CREATE_TABLE : shown_by(name->text);
  show->flags = flags;
  if (flags != 0 && show->op != SQL_SHOW_TABLES && show->op != SQL_SHOW_COLUMNS)
    parser_syntax_error(parser, TOKEN_FULL, word);
  show_of(parser, show, word != NULL ? word : token, names);
  show_where(parser, show, word != NULL ? word : token, filter);
  return show;
}
