/* Text to tree: one statement at a time. */
#ifndef TIDE_SQL_PARSE_H
#define TIDE_SQL_PARSE_H

#include "base/error.h"
#include "sql/ast.h"

enum sql_dialect { SQL_DIALECT_POSTGRES, SQL_DIALECT_MYSQL, SQL_DIALECT_SQLITE };

/* Parses the first statement of `text` (`length` bytes of UTF-8; need not be zero-terminated).
 *
 * *statement is NULL when there is none (only white space, comments and semicolons); *consumed is the
 * number of bytes up to and including its semicolon, so that the caller can go on behind it.
 * Parameters: `?` are numbered from 1 in order; each distinct :name gets the next number (index).
 * Returns TIDE_OK, or TIDE_ERROR_SYNTAX, TIDE_ERROR_NOT_SUPPORTED (names the construct), TIDE_ERROR_TOO_DEEP (nested too
 * deeply), TIDE_ERROR_LIMIT (too long), TIDE_ERROR_NOMEM with the position and the offending token in *error. */
int sql_parse(struct arena *arena, const char *text, size_t length,
              enum sql_dialect dialect, struct sql_node **statement, size_t *consumed,
              struct error *error);

/* Parses a single expression: a stored default or check. */
int sql_parse_expression(struct arena *arena, const char *text, size_t length,
                         struct sql_node **expression, struct error *error);

#endif
