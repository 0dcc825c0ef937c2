/* Net changes of one stored table since views were last up to date, as a table that SQL
 * can read.
 *
 * Each is an eponymous virtual table named `__delta_<stored name>` over rows in
 * memory: the columns of the relation with their types and collations, and
 * `__weight`: -1 for a row that went, 1 for one that came. An updated row is both.
 * Nothing is written for it, and nothing of it is undone by ROLLBACK. */
#ifndef TIDE_VIEW_DELTA_H
#define TIDE_VIEW_DELTA_H

#include "catalog/catalog.h"
#include "view/changes.h"
#include "view/row.h"

struct delta_row {
  struct row row;
  int64_t weight;
};

struct delta {
  struct delta *next;
  const struct relation *relation;
  char *table;  /* name of the virtual table */
  bool unknown; /* the table's columns changed meanwhile: its rows cannot be compared */
  struct delta_row *rows;
  uint32_t count, capacity;
  struct database *database;
  struct row_pool pool;
  struct delta_index *indexes;
  sqlite3_stmt *read; /* the relation's row with a given rowid; NULL: internal */
  uint64_t run;       /* of maintenance that the rows belong to */
  bool registered;
};

/* Declares the virtual table. Returns TIDE_OK, TIDE_ERROR_NOMEM, or
 * TIDE_ERROR_NOT_SUPPORTED when the table's columns have taken all names of the
 * rowid. The relation must outlive it. */
int delta_new(struct database *database, const struct relation *relation,
              struct delta **delta);
/* No statement that reads it may be left. Accepts NULL. */
void delta_free(struct delta *delta);

/* Compares what capture has recorded with the rows as they are, unless that was done
 * in this `run`. */
int delta_compute(struct delta *delta, uint64_t run);
void delta_clear(struct delta *delta);

/* The rows of `changes` become those of the delta, which points into them: of an
 * internal relation (graph.h), whose changes are known without capture. Returns TIDE_OK
 * or TIDE_ERROR_NOMEM. */
int delta_take(struct delta *delta, const struct changes *changes);

/* The relation's row with that rowid as it is now, built in `pool`; without bytes
 * when there is none. */
int delta_read_row(struct delta *delta, int64_t rowid, struct row_pool *pool,
                   struct row *row);

/* The name under which SQLite knows the rowid of `relation`: its INTEGER PRIMARY
 * KEY, or one of SQLite's names that no column hides. NULL: there is none. */
const char *delta_rowid_name(const struct relation *relation);

#endif
