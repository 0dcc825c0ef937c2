/* The words that the grammar or PostgreSQL gives a meaning. */
#ifndef TIDE_SQL_KEYWORD_H
#define TIDE_SQL_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/parse.h"

/* PostgreSQL's four kinds of keywords (documentation, appendix C). */
enum keyword_category {
  KEYWORD_UNRESERVED,    /* a name anywhere */
  KEYWORD_COLUMN_NAME,   /* a name, but not of a function or type */
  KEYWORD_FUNCTION_NAME, /* a name of a function or type, but not of a column */
  KEYWORD_RESERVED       /* no name unless quoted */
};

struct keyword {
  const char *word; /* lower case */
  int token;        /* what the grammar calls it */
  enum keyword_category category;
};

/* The keyword that `length` bytes of text spell in any letter case, or NULL. Static. */
const struct keyword *keyword_find(const char *text, size_t length);

/* Must `name` be quoted to be read back as a column or table of that name? */
bool keyword_needs_quotes(const char *name, enum sql_dialect dialect);

#endif
