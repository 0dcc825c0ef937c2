/* Which rows of which stored tables changed, recorded through SQLite's preupdate hook.
 *
 * The hook also fires for rows that a failed statement or ROLLBACK TO undoes and
 * never retracts them. So only the rowid and the first old image are kept; what
 * really changed comes out by comparing with the database. */
#ifndef TIDE_VIEW_CAPTURE_H
#define TIDE_VIEW_CAPTURE_H

#include "catalog/catalog.h"

/* To be called before any other statement is prepared. */
int capture_open(struct database *database);
void capture_close(struct database *database);

/* Forgets everything recorded: when a transaction has ended. */
void capture_clear(struct database *database);

/* Has this stored table possibly changed since views were last brought up to date? */
bool capture_touched(const struct database *database, const char *stored);

/* The rows that one statement changed, in order, for the write queue. Between begin
 * and end every change of `relation` is kept with its old and new image. */
struct row_change {
  char operation;             /* 'I', 'U' or 'D' */
  sqlite3_value **old_values; /* one per column of the relation; NULL for 'I' */
  sqlite3_value **new_values; /* NULL for 'D' */
};
int capture_collect_begin(struct database *database, const struct relation *relation);
/* *changes is valid until capture_collect_end. Net per statement is not taken: the
 * list is in order of execution. */
int capture_collected(struct database *database, const struct row_change **changes,
                      size_t *count);
void capture_collect_end(struct database *database);

/* Between begin and end one statement inserts into `stored`, and ON CONFLICT DO UPDATE
 * fails (21000) for a row that it has inserted or updated itself. */
int capture_once_begin(struct database *database, const char *stored);
void capture_once_end(struct database *database);

#endif
