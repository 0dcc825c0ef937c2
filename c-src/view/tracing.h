/* A trace of maintenance on demand: which views were brought up to date, by which SQL,
 * with how many rows. */
#ifndef TIDE_VIEW_TRACING_H
#define TIDE_VIEW_TRACING_H

#include "view/statistics.h"

/* From now on everything that maintenance runs is noted, until tracing_end. Returns
 * TIDE_OK or TIDE_ERROR_NOMEM. */
int tracing_begin(struct database *database);
/* The lines that EXPLAIN ANALYZE shows of what was noted. */
void tracing_print(struct database *database, struct buffer *out);
void tracing_end(struct database *database);

/* SET tidemark.trace: every maintenance of a view is told to the host as a NOTICE. */
int tracing_set(struct database *database, bool on);
bool tracing_is_set(const struct database *database);

/* For maintain.c: the view's maintenance begins, and has ended (NULL: it has failed). */
void tracing_enter(struct database *database, const struct relation *view);
void tracing_leave(struct database *database, const struct maintenance *maintenance);
/* What is run from now on belongs to that node of the view. */
void tracing_node(struct database *database, int number);

/* Nobody traces: nothing is left of it. */
void tracing_close(struct database *database);

#endif
