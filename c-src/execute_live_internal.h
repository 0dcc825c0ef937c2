/* What the files of live statements share. */
#ifndef TIDE_EXECUTE_LIVE_INTERNAL_H
#define TIDE_EXECUTE_LIVE_INTERNAL_H

#include "engine.h"
#include "view/live.h"

/* What a statement is as a live query. */
struct statement_live {
  struct live_shape *shape;
  const struct sql_node *original; /* its tree as parsed; `tree` reads the shape */
  sqlite3_stmt *values;            /* of the lifted columns; NULL: there are none */
  struct buffer key; /* JSON: names of the result columns that tell rows apart */
  struct live_query query;
  /* execute_live_rows.c: while the plan holds */
  bool rowwise; /* rows can be read one by one: SQLite's statement gives rowids, too */
  int64_t following;     /* the next run is that of this watch; 0: of none */
  sqlite3_stmt *one_row; /* the row whose rowid is the parameter behind the user's */
  sqlite3_stmt *first_of_two; /* that of two rowids which comes first */
  struct buffer places;       /* what tide_live_changes gave last */
};

int execute_live_begin_call(struct tide_statement *statement);

#endif
