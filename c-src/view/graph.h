/* The graph of nodes that a view which keeps rows compiles to.
 *
 * Each node is a query over stored relations only: tables, other views, and internal
 * relations, which are what earlier nodes of the same view give. So every emitter
 * knows one construct and composition is the graph's business. The last node is the
 * view itself; a view that needs no other has just this one.
 */
#ifndef TIDE_VIEW_GRAPH_H
#define TIDE_VIEW_GRAPH_H

#include "view/plan.h"

/* What a node that is not the view gives: stored in `__view_<view id>_<number>`, with
 * columns c1, c2, …; unknown to the catalog. */
struct internal_relation {
  struct relation relation; /* its id is negative */
  int number;
  const struct plan *plan; /* the node; NULL while it is being planned */
};

static inline bool relation_is_internal(const struct relation *relation) {
  return relation->id < 0;
}
static inline const struct internal_relation *
internal_relation(const struct relation *relation) {
  return (const struct internal_relation *)relation;
}

/* "public.orders", or "node 2" of the view. */
void graph_print_relation(const struct relation *relation, struct buffer *out);

struct graph {
  struct database *database;
  const struct relation *view;
  struct arena arena;
  struct binding binding;
  int node_count, node_capacity;
  struct plan **nodes; /* in topological order; the last is the view */
  bool checked;        /* the stored tables have the layout that the nodes want */
};

/* Compiles the local view `view`. Returns TIDE_OK, errors of parsing and binding (a
 * definition that no longer fits), TIDE_ERROR_NOT_SUPPORTED for a view that reads what
 * is not kept here, … */
int graph_new(struct database *database, const struct relation *view,
              struct graph **graph);
void graph_free(struct graph *graph); /* accepts NULL */

/* The node that is the view. */
static inline struct plan *graph_view(const struct graph *graph) {
  return graph->nodes[graph->node_count - 1];
}

/* Adds a node for the bound query `query`, which must be the graph's own tree; *relation
 * is what reads it from then on. */
int graph_add(struct graph *graph, struct sql_node *query,
              const struct relation **relation);

/* Brings the nodes up to date, one after the other: *written tells how many rows of the
 * view changed. */
int graph_maintain(struct graph *graph, uint64_t run, int64_t *written);

/* Have all nodes stored tables of the layout that they want? */
int graph_is_stored(struct graph *graph, bool *stored);
/* Creates the tables of the internal relations and all state tables, in the place of
 * whatever has their names. That of the view is the caller's business. */
int graph_create_internal(struct graph *graph);
/* Drops all tables of internal relations, and all state tables, of the view with that
 * id. */
int graph_drop_internal(struct database *database, int64_t view);
/* Fills all stored tables, which are empty, from the query. */
int graph_fill(struct graph *graph);
/* Makes all stored tables equal to the query, whatever they hold. *written: how many rows that took; *shown: in the view's own. */
int graph_refresh(struct graph *graph, int64_t *written, int64_t *shown);

#endif
