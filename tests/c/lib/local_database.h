/* A database with its catalog and views, run statement by statement without the
 * engine around it: for tests of the view layer. */
#ifndef TIDE_TEST_LOCAL_DATABASE_H
#define TIDE_TEST_LOCAL_DATABASE_H

#include "base/trace.h"
#include "catalog/catalog.h"
#include "lib/test_database.h"

struct local_database {
  struct test_database sqlite;
  struct database database;
  struct trace trace; /* nobody listens unless the test asks */
  int64_t row_count;  /* of the last statement: rows returned or written */
  /* Of the last query: one line each, values as PostgreSQL's COPY would, joined by |. */
  struct buffer rows;
};

/* Opens one that keeps nothing. Returns TIDE_OK or an error; to be closed in either
 * case. */
int local_open(struct local_database *local, struct memory *memory);
void local_close(struct local_database *local);

/* Runs one statement of PostgreSQL's SQL; BEGIN, SAVEPOINT, … as well. A failed one
 * is undone. Returns its result code; the failure is in local->sqlite.error. */
int local_run(struct local_database *local, const char *sql);

/* Several statements, separated by ";" at the end of a line; stops at the first that
 * fails. */
int local_script(struct local_database *local, const char *sql);

/* The rows of a query as text; "error <SQLSTATE>: <message>" when it fails. Valid
 * until the next call. */
const char *local_rows(struct local_database *local, const char *sql);

/* Runs SQLite's own SQL: the first column of its first row as text, "" when there is
 * none. Valid until the next call. */
const char *local_sqlite(struct local_database *local, const char *sql);

/* Does every filled local view that keeps rows hold exactly the rows of its query,
 * as a multiset of typed values? On false what differs is printed. With
 * `only_realtime` materialized views are left out. */
bool local_views_hold(struct local_database *local);

#endif
