/* The SQL functions that lowered statements need beside those of the types. */
#ifndef TIDE_CATALOG_ROW_FUNCTIONS_H
#define TIDE_CATALOG_ROW_FUNCTIONS_H

#include "catalog/database.h"

/* Registers with the open connection:
 *   pg_row_hash(value, …)  the version of a row that has no version of its own: text
 *   pg_single_row(value)   aggregate: the one value; 21000 when there is a second row
 *   pg_limit(n), pg_offset(n)  n as SQLite wants it; 2201W or 2201X when it is negative
 *   pg_last_rank(n, m)     the rank up to which rows come WITH TIES, n and m from the two above
 * Returns TIDE_OK or an error mapped from SQLite's. */
int row_functions_register(struct database *database);

#endif
