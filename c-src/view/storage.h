/* The stored table of a view that keeps rows: its layout, and writing changes to it.
 *
 * LAYOUT
 *   the view's columns (for a foreign view with __staged and __version)
 *   columns that its emitter needs, named __…
 *   __hash INTEGER, if no key identifies a row: row_hash of all columns before it
 * with a unique key over the columns that identify a row, or an index over __hash; and an
 * index over the columns by which parts of it are recomputed.
 */
#ifndef TIDE_VIEW_STORAGE_H
#define TIDE_VIEW_STORAGE_H

#include "catalog/catalog.h"
#include "view/changes.h"

struct storage_column {
  const char *name;
  const char *type;       /* as declared */
  const char *collation;  /* or NULL */
  const char *constraint; /* what else is declared, or NULL */
  enum row_type affinity;
};

enum storage_identity {
  STORAGE_BY_KEY,  /* key columns identify a row */
  STORAGE_BY_HASH, /* nothing does: rows may repeat */
  STORAGE_ONE_ROW  /* there is never more than one: no key is needed */
};

enum storage_statement {
  STORAGE_INSERT,
  STORAGE_UPDATE,     /* by key */
  STORAGE_DELETE,     /* by key */
  STORAGE_FIND,       /* by key: all columns */
  STORAGE_FIND_HASH,  /* rowid, then all columns */
  STORAGE_DELETE_ROW, /* by rowid */
  STORAGE_FIND_PART,  /* by the columns of the part: all columns */
  STORAGE_COUNT,      /* how many rows there are */
  STORAGE_ALL,
  STORAGE_STATEMENTS
};

struct storage {
  struct database *database;
  const struct relation *relation;
  int column_count, column_capacity;
  struct storage_column *columns;
  enum row_type *affinity; /* [column_count] */
  enum storage_identity identity;
  bool never_null; /* the key columns */
  bool row_id;     /* the key is one integer column, never NULL: it is SQLite's rowid */
  bool clustered;  /* the table is ordered by its key, which never is NULL */
  int key_count;
  int *key; /* ascending indexes into columns */
  int part_count;
  int *part; /* columns by which a part of the rows is found */
  sqlite3_stmt *statements[STORAGE_STATEMENTS];
  struct changes keys;    /* for storage_apply */
  struct changes scratch; /* for storage_difference */
};

/* The columns of `relation` itself; the emitter appends its own with
 * storage_add_column. Identity is by hash until storage_set_key. All belongs to
 * `arena` but for what storage_deinit frees. Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int storage_init(struct storage *storage, struct database *database,
                 struct arena *arena, const struct relation *relation);
void storage_deinit(struct storage *storage);
/* Returns the column's index, or -1 when memory ran out. */
int storage_add_column(struct storage *storage, struct arena *arena, const char *name,
                       struct type type);
/* `columns` in any order. `never_null`: no key value ever is NULL. */
int storage_set_key(struct storage *storage, struct arena *arena, const int *columns,
                    int count, bool never_null);

/* Rows are also found by `columns`, which get an index; they need not be a key. */
int storage_set_part(struct storage *storage, struct arena *arena, const int *columns,
                     int count);

/* Does the table exist as this layout wants it? */
int storage_exists(const struct storage *storage, bool *exists);
/* Drops a table of another layout, if there is one, and creates this. */
int storage_create(struct storage *storage);
/* Makes an index of the part that the layout knows nothing of, where it is missing or of other columns. */
int storage_index_part(struct storage *storage);
/* Drops its indexes before it is filled, and makes them afterwards: that is faster than entering row by row. */
int storage_set_indexed(struct storage *storage, bool indexed);

/* For EXPLAIN VIEW: appends a line with the table and its columns, after `what`, and one for
 * each of its indexes. */
void storage_explain(const struct storage *storage, const char *what,
                     struct buffer *out);

/* Writes net changes: only rows that differ, in place where the key stays. Weights
 * of `changes` are used up. *in_step is false when a row that should go was not
 * there: the table does not show what it should. */
int storage_apply(struct storage *storage, struct changes *changes, bool *in_step);

/* Adds to `changes` what makes the table equal to the rows of `select_sql`, which has
 * the layout's columns. */
int storage_compare(struct storage *storage, const char *select_sql,
                    struct changes *changes);

/* Makes the table equal to the rows of `select_sql`. *changed: how many rows were
 * written. */
int storage_difference(struct storage *storage, const char *select_sql,
                       int64_t *changed);

/* How many rows it holds. */
int storage_count(struct storage *storage, int64_t *count);

/* Adds every row to `changes` with weight -1. */
int storage_retract_all(struct storage *storage, struct changes *changes);
/* Adds the rows that `sql` gives, with this weight. */
int storage_add(struct storage *storage, const char *sql, int64_t weight,
                struct changes *changes);

/* Adds every row of the part that has the values of `key`, in the order of
 * storage_set_part, to `changes` with weight -1. */
int storage_retract_part(struct storage *storage, struct row key,
                         struct changes *changes);

/* The row whose key columns (in ascending order) are those of `key`, built in
 * `pool`; without bytes when there is none. With STORAGE_ONE_ROW: the row. */
int storage_find(struct storage *storage, struct row key, struct row_pool *pool,
                 struct row *row);

#endif
