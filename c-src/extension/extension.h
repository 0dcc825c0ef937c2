/* What CREATE EXTENSION brings beyond functions that are built in: pg_tviews' tables that are realtime views, the
 * relations that tell about them, and functions that change definitions.
 *
 * A call of such a function is carried out before the query that contains it is bound, and replaced by a query that
 * gives its result. */
#ifndef TIDE_EXTENSION_EXTENSION_H
#define TIDE_EXTENSION_EXTENSION_H

#include "catalog/catalog.h"

/* Parameters of the statement that contains a call. */
struct extension_parameters {
  int count;
  const struct block_cell *values;
};

/* CREATE EXTENSION and DROP EXTENSION, whole; inside the caller's transaction. */
int extension_create(struct database *database, struct arena *arena,
                     const struct sql_node *statement);
int extension_drop(struct database *database, struct arena *arena,
                   const struct sql_node *statement);

/* Does this CREATE TABLE … AS make a realtime view? Then extension_create_table carries it out. */
bool extension_takes_table(const struct database *database,
                           const struct sql_node *statement);
int extension_create_table(struct database *database, struct arena *arena,
                           const struct sql_node *statement);
/* The part of a DROP TABLE that is about such tables; *statement is replaced by what is left of it, NULL: nothing. */
int extension_drop_tables(struct database *database, struct arena *arena,
                          const struct sql_node **statement);

/* What calls of an extension's functions a query contains. */
enum extension_calls {
  EXTENSION_NO_CALLS,
  EXTENSION_READS, /* they only tell something */
  EXTENSION_ACTS   /* they change something: the query belongs in a transaction */
};
enum extension_calls extension_find_calls(const struct database *database,
                                          const struct sql_node *query);
/* Carries out the calls in an unbound query and replaces them; *query is replaced. */
int extension_call(struct database *database, struct arena *arena,
                   const struct extension_parameters *parameters,
                   struct sql_node **query);

#endif
