/* One statement over many origins: what each can do is sent there, the answers are staged, the rest runs here. */
#ifndef TIDE_FEDERATION_FEDERATION_H
#define TIDE_FEDERATION_FEDERATION_H

#include "base/block.h"
#include "catalog/lower.h"
#include "effect/event.h"

struct fetches; /* the requests of one run of one statement */

/* The values bound to a statement's parameters, from index 0. */
struct parameters {
  int count;
  const struct block_cell *values;
};

/* Splits a bound statement: for each foreign runtime view the largest single-relation part goes to its origin (columns needed, filters,
 * limit; keys known here by semi-join up to join_pushdown_size; equal requests once). *fetches is NULL when the
 * statement reads nothing foreign. The statement is changed to read the staged rows (temp tables). */
int federation_split(struct database *database, struct binding *binding,
                     struct sql_node *statement, const struct parameters *parameters,
                     struct fetches **fetches);

/* A write to a foreign runtime view: translated to the origin relation and sent there; rows come back for RETURNING. */
int federation_write(struct database *database, struct binding *binding,
                     struct sql_node *statement, const struct parameters *parameters,
                     struct fetches **fetches);

/* TIDE_WAIT while answers are missing; TIDE_OK when all rows are staged; or the error of the first that failed. */
int federation_poll(struct database *database, struct fetches *fetches);
/* Of a write: rows affected, and the staged table with the RETURNING rows ("" when none). */
int64_t federation_row_count(const struct fetches *fetches);
const char *federation_returning(const struct fetches *fetches);

/* Frees, drops the staged rows, cancels what is under way. Accepts NULL. */
void federation_end(struct database *database, struct fetches *fetches);

/* Answers to this layer's requests. */
int federation_event(struct database *database, const struct event *event, bool *taken);

/* For EXPLAIN: the local and upstream parts of a bound statement, lines of text. The statement is used up. */
int federation_explain(struct database *database, struct binding *binding,
                       struct sql_node *statement, struct buffer *out);

#endif
