/* Live queries: which of them a commit concerns.
 *
 * Queries of one shape share what is maintained for them. A conjunct `column = <value of
 * parameters>` of WHERE is lifted out of the shape: each query is registered under its values
 * of those columns, and a change of a row is looked up by the values that the row has, so that
 * it costs the same however many queries there are.
 *
 *   LIVE_DIRECT  one stored relation with at least one lifted column, or read whole: nothing
 *                is kept, the rows of the relation itself tell whom they concern
 *   LIVE_VIEW    any other query without parameters of its own: a realtime view in the schema
 *                __live, whose columns are the results (c1, c2, …), the lifted columns (p1, …)
 *                and what ORDER BY needs beside the results (o1, …)
 *   LIVE_EACH    the rest: run again whenever a relation that it reads has changed
 *
 * Views of __live and indexes named __live_… are there only while somebody watches: what a
 * process leaves behind is dropped when the database is opened. A DROP or ALTER, or a view
 * that can no longer be computed, makes shapes *lost*: nothing is told of them any more, the
 * next COMMIT effect says "lost", and queries have to be opened again. */
#ifndef TIDE_VIEW_LIVE_H
#define TIDE_VIEW_LIVE_H

#include "catalog/bind.h"

#define LIVE_SCHEMA "__live"

struct live_shape;

enum live_kind { LIVE_EACH, LIVE_DIRECT, LIVE_VIEW };

/* One column of an index that reading a window needs. */
struct live_order {
  const char *column; /* as SQLite knows it */
  bool descending;
};

/* What is found out about one query; owned by the arena of its binding. */
struct live_query {
  enum live_kind kind;
  const char *name;                  /* of the shape: equal ones share it */
  const char *each;                  /* … and its name if it is run again after all */
  const struct relation **relations; /* valid until the catalog changes */
  int64_t *relation_ids;
  int relation_count;
  int key_count;       /* lifted columns */
  const char **keys;   /* their names in the relation, or in the view */
  const char *key_sql; /* SELECT of their values, given the query's parameters */
  /* LIVE_VIEW: CREATE REALTIME VIEW, the query over it that gives the rows, and the name of
   * the view in both, still to come. */
  struct sql_node *definition, *reading, *view_name;
  int result_count;
  struct live_order *index; /* the index that reading needs */
  int index_count;
  int *identity; /* results that tell rows apart, when the text says so */
  int identity_count;
};

/* Finds the shape of a query. `parsed` is not altered; it is bound in a copy. Returns TIDE_OK
 * or an error of binding; binding->undescribed as bind_statement says. */
int live_describe(struct binding *binding, const struct sql_node *parsed,
                  struct live_query *query);

/* The view could not be made: the query becomes one that is run again. */
void live_run_again(struct live_query *query);

/* LIVE_VIEW: a copy of the query over the shape's view; NULL: out of memory. */
struct sql_node *live_reading(struct database *database, struct arena *arena,
                              const struct live_query *query,
                              const struct live_shape *shape);

/* An open shape of that name, with one more reference; NULL: there is none. */
struct live_shape *live_share(struct database *database,
                              const struct live_query *query);
/* Does making it write to the database? Then live_make has to run in a transaction. */
bool live_writes(const struct live_query *query);
/* Makes the shape, with its view and index. A failure leaves no shape. */
int live_make(struct database *database, struct arena *arena,
              const struct live_query *query, struct live_shape **shape);
/* Gives back a reference. What the last one leaves behind goes with live_collect. Accepts
 * NULL. */
void live_release(struct database *database, struct live_shape *shape);
bool live_is_lost(const struct live_shape *shape);
enum live_kind live_kind_of(const struct live_shape *shape);
/* Which of the first `result_count` columns of the shape's view identify a row among those
 * with the same lifted values: *count of them in `columns`, none if none do. */
void live_identity(struct database *database, const struct live_shape *shape,
                   int result_count, int *columns, int *count);

/* Registers a query under its lifted values, which are the columns of the current row of
 * `values` (NULL when nothing is lifted). *id is its name in COMMIT effects. */
int live_watch(struct database *database, struct live_shape *shape,
               sqlite3_stmt *values, int64_t *id);
void live_unwatch(struct database *database, int64_t id);

/* --- live_rows.c: rows one by one --- */

/* The rowids of what was read last, in its order, and of the rows that may have changed since. Only of queries that
 * live_is_rowwise, and when there are more than a few rows. */
struct live_rows {
  int64_t *order, *changed;
  uint32_t count, capacity, changed_count, changed_capacity;
  bool known;  /* `order` is complete */
  bool all;    /* any row may have changed */
  bool failed; /* for want of memory */
};

/* Does each row of the bound query stand for one of the only relation it reads, whatever other rows there are? */
bool live_is_rowwise(const struct sql_node *bound);

/* Of the query watched under that id; NULL: it has none. */
struct live_rows *live_rows(struct database *database, int64_t id);
/* It is read whole: begin, add each row, end. */
void live_rows_begin(struct database *database, int64_t id);
void live_rows_add(struct database *database, int64_t id, int64_t rowid);
void live_rows_end(struct database *database, int64_t id);
/* Where the row stands; -1: nowhere. */
int64_t live_rows_place(const struct live_rows *rows, int64_t rowid);
void live_rows_insert(struct database *database, struct live_rows *rows, uint32_t place,
                      int64_t rowid);
void live_rows_remove(struct live_rows *rows, uint32_t place);

/* Makes all shapes lost and drops their views and indexes: before a definition that they
 * could stand in the way of. */
int live_give_way(struct database *database);

/* Outside of transactions: drops views and indexes that no shape has. Failures are tried
 * again the next time. */
void live_collect(struct database *database);
/* Has live_collect anything to do? */
bool live_is_littered(const struct database *database);

#endif
