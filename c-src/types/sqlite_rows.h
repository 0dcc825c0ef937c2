/* Rows as one value, as pg_rows() gathers them: putting in and taking out. */
#ifndef TIDE_TYPES_SQLITE_ROWS_H
#define TIDE_TYPES_SQLITE_ROWS_H

#include "types/call.h"

/* The next of the rows, which are what is left of the value; false at the end. `row` is valid as long as `rows`. */
bool rows_next(struct text *rows, struct text *row);
/* Gathers one more. */
void rows_append(struct buffer *rows, int count, sqlite3_value **values);
/* Gathers the values of `row` (one row, or nothing) behind two others. */
void rows_number(struct buffer *rows, int64_t number, bool flag, struct text row);
/* Returns the value of that number, from 0, in the first of the rows; NULL without rows. */
void rows_return(sqlite3_context *context, struct text rows, int index);
/* The same as a number; false: it is none. */
bool rows_integer(struct text rows, int index, int64_t *integer);

#endif
