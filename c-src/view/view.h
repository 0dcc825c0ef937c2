/* Views that keep rows: their storage, filling, incremental maintenance and refresh. */
#ifndef TIDE_VIEW_VIEW_H
#define TIDE_VIEW_VIEW_H

#include "catalog/catalog.h"

int view_open(struct database *database);
void view_close(struct database *database);

/* The file is another one now, and the catalog has been read from it: nothing of the one before is remembered. */
int view_renew(struct database *database);

/* Makes the stored table of a view that keeps rows; fills a local one from its query
 * (unless !with_data). A foreign view whose columns are unknown gets its table when
 * it has been described (call again). */
int view_create_storage(struct database *database, int64_t view, bool with_data);
/* State and indexes; not the stored table itself, unless the view keeps rows no longer. */
int view_drop_storage(struct database *database, int64_t view);
/* The same before view_create_storage: other views that read it keep their indexes until
 * then, and are not looked at while it is not what they are told. */
int view_clear_storage(struct database *database, int64_t view);

/* REFRESH of a local view: recomputes and stores the difference. */
int view_refresh(struct database *database, int64_t view);

/* Computes every local realtime view anew and compares; what differs is written. `report` is called for each view that
 * differed, with how many rows of it and of what is kept for it did. */
int view_verify_all(struct database *database,
                    void (*report)(void *context, const struct relation *view,
                                   int64_t rows),
                    void *context);

/* A runtime view, or the keys of a table, have been redefined: realtime views that read
 * it, also through runtime views, are computed anew. */
int view_redefined(struct database *database, int64_t view);

/* Around a definition that gives relations or columns other names: views are brought up to date before; what the
 * transaction has written to a relation is told under its new name, as one that was filled anew. 55000 while changes
 * wait for RESUME VIEWS. */
struct view_renames {
  struct arena *arena;
  struct rename *first;
};
int view_rename_begin(struct database *database, struct arena *arena,
                      struct view_renames *renames);
int view_rename_end(struct database *database, const struct view_renames *renames);

/* Brings every local realtime view up to date with the captured changes, in
 * topological order. TIDE_ERROR_NOT_WRITABLE when there are some and views are
 * suspended. */
int view_maintain(struct database *database);

/* The same, only if one of `relations` is stale: before a statement that reads them.
 * Nothing is done while views are suspended. */
int view_maintain_for(struct database *database,
                      const struct relation *const *relations, int count);

/* Until view_resume no view is brought up to date: they are read as they were. Calls
 * nest; the end of the transaction ends them all, and going back to a savepoint or
 * undoing a statement restores how many there were. Returns TIDE_OK, or
 * TIDE_ERROR_NO_TRANSACTION outside a transaction of the user. */
int view_suspend(struct database *database);
/* The outermost call brings all views up to date at once; when that fails they stay
 * suspended. TIDE_ERROR_NOT_WRITABLE when they are not. */
int view_resume(struct database *database);
/* Are commits announced by COMMIT effects? At first they are. Relations subscribed to
 * are told of in any case. */
void view_announce_commits(struct database *database, bool wanted);
/* How many view_suspend await their view_resume. */
int view_suspended(const struct database *database);
/* Has anything that this view, or a view that it reads, is made of changed since its
 * rows were brought up to date? */
bool view_is_stale(struct database *database, const struct relation *view);

/* Stores new contents of a view: `select_sql` (SQLite) gives all its rows in column
 * order; only differences are written. Used by refresh, by recompute-and-difference
 * and by snapshots from origins. */
int view_store_difference(struct database *database, const struct relation *relation,
                          const char *select_sql);
/* Adds the rows of one SELECT to those of a foreign view, and takes away those of another, each as often as it is in them. TIDE_ERROR_ORIGIN: one of the latter is not there. */
int view_store_changes(struct database *database, const struct relation *view,
                       const char *added_sql, const char *removed_sql);
/* The rows of a foreign view are found by these columns from now on without reading all. */
int view_index_part(struct database *database, const struct relation *view,
                    const int *columns, int count);

/* Plans dropped: a definition changed. */
void view_forget_plans(struct database *database);

/* How a local view is maintained, for EXPLAIN VIEW: lines of text appended. */
int view_explain(struct database *database, const struct relation *relation,
                 struct buffer *out);

#endif
