/* What the files of live queries and those that call them within this layer share. */
#ifndef TIDE_VIEW_LIVE_INTERNAL_H
#define TIDE_VIEW_LIVE_INTERNAL_H

#include "base/map.h"
#include "view/live.h"
#include "view/row.h"

/* A query registered under its values of the lifted columns. */
struct live_watch {
  int64_t id;
  struct live_rows *rows; /* NULL: it is always read whole */
  struct live_group *group;
  struct live_watch *next;
};

/* All queries of one shape with the same values. */
struct live_group {
  struct live_shape *shape;
  struct live_watch *watches;
  uint64_t told; /* number of the telling that it was told in last */
  size_t size;
  unsigned char values[]; /* as in rows, one after the other */
};

struct live_shape {
  struct live_shape *next;
  char *name;
  enum live_kind kind;
  int references;
  bool lost;
  int64_t view; /* id of its view; 0: it has none */
  char *index;  /* name of its index in SQLite; NULL: it has none */
  int relation_count;
  int64_t *relations; /* whose changes matter; of LIVE_VIEW only the view */
  int key_count;
  char **keys; /* names of the lifted columns in the only relation */
  int *key_columns;
  uint64_t version; /* of the catalog that key_columns belong to */
  struct map groups;
};

struct live {
  struct live_shape *shapes;
  struct map watches; /* by id */
  int64_t last_id;
  int64_t last_name; /* of a view or index */
  uint64_t telling;
  bool littered;
  struct live_rows read; /* `order` of what is being read whole, … */
  int64_t read_id;       /* … for this watch; 0: for none */
  bool lost;             /* a shape was lost since the last COMMIT effect */
  struct buffer scratch;
};

/* A shape with one reference and nothing made for it yet; NULL: out of memory. */
struct live_shape *live_add(struct database *database, const struct live_query *query);

void live_rows_free(struct database *database, struct live_rows *rows);
/* The row with that rowid came, went or changed. */
void live_rows_changed(struct database *database, struct live_rows *rows,
                       int64_t rowid);

struct views;
int live_init(struct database *database); /* views->live */
void live_deinit(struct database *database);

/* Is this a view of a shape that is not lost, so that it is to be maintained? */
bool live_has_view(const struct views *views, int64_t view);
/* The view of a shape could not be computed: the shape is lost. */
void live_fail(struct database *database, int64_t view);

/* Calls `watch` for each relation whose row changes have to be compared. */
int live_each_relation(struct database *database,
                       int (*watch)(struct database *database,
                                    const struct relation *relation));

/* Telling whom a commit concerns: begin once, then relation by relation. Ids are appended to
 * `ids`, each but once, separated by commas. */
void live_tell_begin(struct database *database);
/* Does any shape look at the single rows of the relation? */
bool live_asks_rows(const struct database *database, const struct relation *relation);
/* One row changed; images without bytes: there is none. */
int live_tell_row(struct database *database, const struct relation *relation,
                  int64_t rowid, struct row before, struct row now, struct buffer *ids);
/* Any row may have changed: all queries of shapes over it (`all`), or of those that do not
 * look at rows. */
void live_tell_relation(struct database *database, const struct relation *relation,
                        bool all, struct buffer *ids);

#endif
