/* What pg_rows() gathers, one row after the other. */
#ifndef TIDE_TYPES_SQLITE_ROWS_H
#define TIDE_TYPES_SQLITE_ROWS_H

#include "types/call.h"

/* The next of the rows, which are what is left of the value; false at the end. `row` is valid as long as `rows`. */
bool rows_next(struct text *rows, struct text *row);

#endif
