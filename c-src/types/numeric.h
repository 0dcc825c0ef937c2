/* Numerics as SQLite hands them over and takes them back. */
#ifndef TIDE_TYPES_NUMERIC_H
#define TIDE_TYPES_NUMERIC_H

#include "types/call.h"
#include "types/decimal.h"

/* Reads an argument that is not NULL into `number` (initialised here; to be released
 * whatever the result): TEXT of a numeric, INTEGER, or REAL with the 15 digits that are
 * sure. Returns false having failed the function. */
bool numeric_argument(sqlite3_context *context, sqlite3_value *value,
                      struct decimal *number);

/* Returns `number` as the function's result, or fails with `code` when it is not
 * TIDE_OK. */
void numeric_return(sqlite3_context *context, int code, const struct decimal *number);

#endif
