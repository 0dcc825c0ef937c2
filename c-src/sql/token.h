/* Bytes to tokens. */
#ifndef TIDE_SQL_TOKEN_H
#define TIDE_SQL_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "sql/parse.h"

/* A stretch of the text; what it means is asked of the functions below when somebody wants to know. */
struct token {
  uint32_t position, length;
};

struct scanner {
  const char *text;
  uint32_t length;
  uint32_t position; /* where the next token or the space before it begins */
  enum sql_dialect dialect;
  /* Was the token before the end of an operand? Then `?` is PostgreSQL's operator and `:` that of a slice;
   * otherwise both begin a parameter. Set by the parser. */
  bool after_operand;
  bool in_comment; /* in one of MySQL's whose text is read */
  struct error *error;
};

/* Reads the next token. Returns its code (TOKEN_… of grammar.h; every unquoted word is TOKEN_IDENT or its keyword),
 * 0 at the end of the text, or -1 with the failure in scanner->error. */
int token_next(struct scanner *scanner, struct token *token);

/* The name that an identifier stands for: without its quotes, or folded to lower case, save in MySQL's dialect. NULL:
 * no memory. */
char *token_identifier(struct arena *arena, const struct scanner *scanner,
                       const struct token *token);
/* Folds the name of what the language has, a function or an option, to lower case. */
void token_fold(char *text);

/* The text that a string literal of any form stands for, zero-terminated. Returns NULL when memory ran out or, with
 * scanner->error set, when an escape is invalid. */
char *token_string(struct arena *arena, const struct scanner *scanner,
                   const struct token *token, uint32_t *length);

/* A number without its underscores; hexadecimal, octal and binary integers become decimal. Returns NULL as token_string
 * does: beyond 64 bits only decimal numbers are read. */
char *token_number(struct arena *arena, const struct scanner *scanner,
                   const struct token *token);

/* The hexadecimal digits of X'…', lower case. NULL: no memory. */
char *token_blob(struct arena *arena, const struct scanner *scanner,
                 const struct token *token);

#endif
