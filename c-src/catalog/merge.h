/* What a bound MERGE is: queries, all of which mean the state before the statement, and writes of one row each.
 *
 * MERGE_SOURCE is a query that joins source and target. Its rows are kept in the temporary table MERGE_ROWS: `n`, their
 * number, then its results: `clause`, the number of the clause that the row is for (from 1; 0: nothing is done), `row`,
 * the rowid in the target, and the columns of both that values and RETURNING need.
 *
 * The MERGE_VALUES of the k-th clause is a query over these rows, for a table MERGE_ROWS_k: `n`, `row` and the values;
 * NULL where there are none. Its MERGE_ACTION is a statement on one row, told by the parameter `index` of the MERGE: `n`
 * of the values, `row` for a DELETE. What an INSERT or UPDATE has RETURNING are columns of MERGE_ROWS, as they are now.
 *
 * MERGE_RETURNING is a query over the rows, when all is written.
 *
 * Its op says what becomes of a row of the target that several rows of the source match.
 */
#ifndef TIDE_CATALOG_MERGE_H
#define TIDE_CATALOG_MERGE_H

#include "catalog/bind.h"

#define MERGE_ROWS "__merge"

enum merge_matches {
  MERGE_ONE_MATCH, /* 21000, as SQL has it */
  MERGE_FIRST_MATCH /* it is written once, as UPDATE … FROM and DELETE … USING have it */
};

/* Name of the table for the values of the k-th clause, from 1. */
const char *merge_values_name(struct arena *arena, uint32_t clause);

/* The queries of a bound MERGE that run before its writes, one after the other: *next is 0 to begin with. Returns the
 * slot of each, then NULL. */
struct sql_node **merge_next_query(struct sql_node *merge, uint32_t *next);

#endif
