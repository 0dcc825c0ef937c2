/* Keeping foreign views equal to their origins, and bringing local writes there. */
#ifndef TIDE_SYNC_SYNC_H
#define TIDE_SYNC_SYNC_H

#include "catalog/catalog.h"
#include "effect/event.h"
#include "view/capture.h"

int sync_open(struct database *database);
void sync_close(struct database *database);

/* Starts describing, filling or subscribing to a foreign view that keeps rows; returns at once. */
int sync_start_view(struct database *database, int64_t view);
int sync_forget_view(struct database *database,
                     int64_t view); /* it is being dropped, or its origin changed */

/* Refuses (55000) when writes to the view are still on their way, so that nothing is lost without being asked for. */
int sync_refuse_unsent(struct database *database, int64_t view);

/* Is the first fill of this view (or the refresh asked for) still under way? Statements that made it wait for it.
 * When it ended in failure *failed tells (database->error then holds why). */
bool sync_is_busy(struct database *database, int64_t view, bool *failed);

/* Has the view's first attempt failed because its origin refuses the query: for what it says, not for who asks or when? Then a
 * relation or column is missing there, say, and it has not told the view's columns. */
bool sync_is_refused(struct database *database, int64_t view);

/* Is this the description of a runtime view, which changes no rows and may be what the open transaction waits for? */
bool sync_serves_reading(struct database *database, const struct event *event);

/* For EXPLAIN VIEW: a line about how the rows of a foreign view follow their origin is appended. */
void sync_explain(struct database *database, const struct relation *view,
                  struct buffer *out);

/* REFRESH of a foreign view: asks the origin; rows are replaced only when all have come. */
int sync_refresh(struct database *database, int64_t view);

/* After a statement wrote to the stored rows of a foreign view that keeps rows: queues what it did. `columns`: which view columns
 * the statement gave values to (INSERT list, SET list). With origin_first the caller undoes the rows afterwards. */
int sync_enqueue(struct database *database, const struct relation *view,
                 const struct row_change *changes, size_t count, const bool *columns);
/* The transaction in which writes were queued has ended. */
void sync_transaction_ended(struct database *database, bool committed);

/* The database is another one, in the transaction that ends next: nothing of the former's is under way any more, and what its views
 * and its queue want is asked for and sent after the commit. */
int sync_renew(struct database *database);

/* Events: answers to this layer's effects, network, control calls. *taken says whether the event was this layer's. While a
 * user's transaction is open engine.c holds events back. */
int sync_event(struct database *database, struct event *event, bool *taken);
int sync_tick(struct database *database); /* time passed: retries that are due */
int64_t sync_next_wake(struct database *database);

#endif
