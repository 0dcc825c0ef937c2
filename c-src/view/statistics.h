/* What the maintenance of each view, and of each of its nodes, has cost since the database
 * was opened, or since the counters were reset. */
#ifndef TIDE_VIEW_STATISTICS_H
#define TIDE_VIEW_STATISTICS_H

#include "catalog/catalog.h"

struct graph;
struct view_entry;

/* One maintenance of one view. */
struct maintenance {
  int64_t rows_in;           /* net changes of the relations that it reads */
  int64_t rows_out;          /* changes of its own rows */
  bool recomputed;           /* some of its nodes was computed anew and compared */
  double microseconds;       /* 0 when the host has no clock */
  const struct graph *graph; /* whose nodes tell the same of themselves; or NULL */
};

struct counters {
  int64_t maintenances, rows_in, rows_out, recomputes;
  double microseconds;
};

/* Of a view. Owned by the database's views. */
struct statistics {
  struct statistics *next;
  int64_t view;
  struct counters all;
  int node_count;
  struct counters *nodes; /* in the order of the graph's */
  const void **kinds;     /* their emitters: nodes of another definition are others */
};

/* What graph_maintain, which has just run, did. */
void maintenance_read(const struct graph *graph, uint64_t run,
                      struct maintenance *maintenance);

/* Adds to the counters of the view. Nothing is counted when memory runs out. */
void statistics_add(struct database *database, struct view_entry *entry,
                    const struct maintenance *maintenance);

/* The counters of a view, or NULL when there are none. */
const struct statistics *statistics_find(const struct database *database, int64_t view);
/* … of node number `index` of its graph; all are 0 when it has none. */
struct counters statistics_of_node(const struct statistics *statistics,
                                   const struct graph *graph, int index);

/* SET tidemark.node_timing: the time of each node is taken, too. */
void statistics_time_nodes(struct database *database, bool on);
bool statistics_times_nodes(const struct database *database);

/* All counters become 0. */
void statistics_reset(struct database *database);
void statistics_close(struct database *database);

/* statistics_table.c: registers what tidemark.stats and tidemark.node_stats read with the
 * open connection. */
int statistics_open(struct database *database);

#endif
