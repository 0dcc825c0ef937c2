/* What the maintenance of each view has cost since the database was opened, or since the
 * counters were reset: the table-valued function that tidemark.stats reads. */
#ifndef TIDE_VIEW_STATISTICS_H
#define TIDE_VIEW_STATISTICS_H

#include "catalog/catalog.h"

struct graph;

/* One maintenance of one view. */
struct maintenance {
  int64_t rows_in;     /* net changes of the relations that it reads */
  int64_t rows_out;    /* changes of its own rows */
  bool recomputed;     /* some of its nodes was computed anew and compared */
  double microseconds; /* 0 when the host has no clock */
};

/* What graph_maintain, which has just run, did. */
void maintenance_read(const struct graph *graph, uint64_t run,
                      struct maintenance *maintenance);

/* Registers the virtual table __view_stats with the open connection. */
int statistics_open(struct database *database);
void statistics_close(struct database *database);

/* Adds to the counters of the view. Nothing is counted when memory runs out. */
void statistics_add(struct database *database, int64_t view,
                    const struct maintenance *maintenance);

/* All counters become 0. */
void statistics_reset(struct database *database);

#endif
