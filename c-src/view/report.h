/* Which rows of a stored table differ from what they were when the transaction began, or
 * since that was last told. */
#ifndef TIDE_VIEW_REPORT_H
#define TIDE_VIEW_REPORT_H

#include "catalog/catalog.h"
#include "view/row.h"

struct capture_table;

enum { REPORT_ENOUGH = -1000000 }; /* is no code */

/* A row that has changed: without bytes where there was, or is, none. Both hold until it
 * returns: TIDE_OK, an error, or REPORT_ENOUGH, which ends the visits and is no error. */
typedef int report_visit(void *context, const struct relation *relation, int64_t rowid,
                         struct row before, struct row now);

/* Visits the rows of a recorded table that have changed since generation `since` began; 0:
 * since the transaction did. */
int report_rows(struct database *database, const struct capture_table *table,
                const struct relation *relation, uint32_t since, report_visit *visit,
                void *context);

/* Visits the rows of a view that have changed in this transaction and were not forgotten:
 * the view is up to date, and was whenever a statement read it. *known is false when it
 * cannot be told which they are, because all of it has been computed anew. */
int report_view(struct database *database, const struct relation *view, bool *known,
                report_visit *visit, void *context);

/* What has changed up to now is not told again, unless a savepoint takes that back. Views
 * are up to date. Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int report_forget(struct database *database);

#endif
