/* What capture has recorded, for those who turn it into changes, and the marks that
 * undo a part of it. */
#ifndef TIDE_VIEW_CAPTURE_RECORDS_H
#define TIDE_VIEW_CAPTURE_RECORDS_H

#include "view/capture.h"
#include "view/row.h"

#define CAPTURE_NONE UINT32_MAX

/* A row that may have changed. A generation ends whenever views have been brought up
 * to date: a row has at most one record in each, holding the row as it was when that
 * generation began. */
struct capture_record {
  int64_t rowid;
  struct row before; /* without bytes: there was no such row */
  uint32_t generation;
  uint32_t previous; /* its record of an earlier generation, or CAPTURE_NONE */
};

struct capture_table {
  char *name;        /* as stored in SQLite */
  bool watched;      /* its rows are recorded; otherwise only that it was written to */
  bool watched_once; /* … until the transaction ends */
  bool unknown;      /* the columns changed after rows were recorded: so may anything */
  bool replaced;     /* capture_set_unknown was called in this transaction */
  bool reshaped;     /* the same, until the transaction ends: they cannot be compared */
  int column_count;
  uint64_t layout; /* of those columns, as given to capture_watch */
  int level;       /* the outermost level that wrote to it in this transaction, or -1 */
  struct capture_record *records; /* of all generations, oldest first */
  uint32_t count, capacity;
  uint32_t current; /* first record of `current_generation` */
  uint32_t current_generation;
  uint32_t *slots; /* by rowid: index + 1 of its last record, or 0 */
  uint32_t slot_count;
  struct capture_table *bucket_next;
  struct capture_table *next; /* of capture_written */
};

/* Rows of `stored` are recorded from now on. `layout` changes whenever what its
 * columns are does. Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int capture_watch(struct database *database, const char *stored, int column_count,
                  uint64_t layout);
/* … until the transaction ends. Nothing of the table must have been written in it
 * before. */
int capture_watch_once(struct database *database, const char *stored, int column_count);
/* Before the tables to watch are given anew. */
void capture_unwatch_all(struct database *database);

/* The table was filled anew without its rows being told: all of it may have changed. */
int capture_set_unknown(struct database *database, const char *stored);

/* NULL: nothing is known of that table. Valid until capture_close. */
const struct capture_table *capture_table(const struct database *database,
                                          const char *stored);
/* Tables written to in this transaction, linked by `next`; some by statements undone
 * since (level -1). */
const struct capture_table *capture_written(const struct database *database);

/* Index of the table's first record of the current generation; its last is the last
 * of all. */
uint32_t capture_current(const struct database *database,
                         const struct capture_table *table);

/* Are its rows recorded? */
static inline bool capture_is_watched(const struct capture_table *table) {
  return table->watched || table->watched_once;
}

/* Has the table possibly changed in the current generation? NULL: no. */
bool capture_table_touched(const struct database *database,
                           const struct capture_table *table);

/* Has any watched table been written to in the current generation? */
bool capture_pending(const struct database *database);

/* Views are up to date: a new generation begins. */
void capture_maintained(struct database *database);

/* What has changed in the generations before this one has been told (report.h). Views
 * are up to date. Going back behind it undoes it. Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int capture_set_reported(struct database *database);
/* The first generation whose changes have not been told. */
uint32_t capture_reported(const struct database *database);

/* TIDE_ERROR_NOMEM when recording failed for want of memory: what was written since
 * must be undone. */
int capture_check(const struct database *database);

/* A statement or savepoint that may be undone alone. */
struct capture_mark {
  uint32_t generation;
  int level;
};
struct capture_mark capture_enter(struct database *database);
/* It succeeded: what it wrote belongs to the level around it. */
void capture_leave(struct database *database, struct capture_mark mark);
/* It was undone. Views maintained within it are as stale again as they were at the
 * mark, so the generations since then become one. */
void capture_undo(struct database *database, struct capture_mark mark);
/* It was undone, and the mark began a generation: nothing recorded since then
 * matters. */
void capture_undo_generation(struct database *database, struct capture_mark mark);

#endif
