/* How one node of a view is maintained: its query, what that reads, its stored table
 * and its emitter. A view is a graph of nodes (graph.h), of which the last is the view
 * itself. */
#ifndef TIDE_VIEW_PLAN_H
#define TIDE_VIEW_PLAN_H

#include "catalog/lower.h"
#include "view/changes.h"
#include "view/delta.h"
#include "view/join.h"
#include "view/state.h"
#include "view/storage.h"

struct emitter;
struct graph;

/* An index on a relation that is read, which the emitter's SQL searches. */
struct index_wish {
  struct index_wish *next;
  const struct relation *relation;
  int count;
  int *columns;
  const char *order; /* SQL of what it is over, when that is no list of columns */
};

/* Plans are stored nowhere: they are made anew from the catalog, and hold only as
 * long as its version. */
struct plan {
  struct database *database;
  struct graph *graph;         /* that it is a node of */
  int number;                  /* of the node in its view; 0 for the view itself */
  const struct relation *view; /* what is stored: the view, or an internal relation */
  struct arena arena;
  struct binding binding;
  struct sql_node *bound;  /* the query before it was lowered: a tree of its own */
  struct sql_node *query;  /* lowered */
  struct sql_node *select; /* its body when that is one SELECT; or NULL */
  const struct relation **reads; /* without duplicates */
  struct delta **deltas;         /* of each of `reads` */
  int read_count;
  const struct emitter *emitter;
  void *state;            /* the emitter's own */
  struct buffer refusals; /* why other emitters did not take it, a line each */
  struct join join;       /* when the SELECT is an inner join of stored relations */
  const char *not_a_join; /* … or why it is not */
  struct storage storage;
  struct state_table *states; /* the emitter's own tables */
  const char *fill;           /* SQL of all stored rows */
  struct index_wish *indexes;
  struct changes changes; /* of the stored rows, while they are being maintained */
  int64_t read;           /* the last time: how many net changes of what it reads, */
  int64_t written;        /* … of its rows; */
  bool recomputed;        /* … whether it was computed anew for them; */
  double microseconds;    /* … and the time, if views->node_timing */
  struct delta *output;   /* of an internal relation: its changes, for later nodes */
};

/* Plans a node: `query` is bound and belongs to the graph; it is lowered in place.
 * `relation` is what the node's rows are stored as. Deltas come from `views`
 * (views.h). Returns TIDE_OK, errors of binding, TIDE_ERROR_NOT_SUPPORTED for a query
 * that reads what is not kept here, … */
int plan_new(struct graph *graph, const struct relation *relation,
             struct sql_node *query, struct plan **plan);
void plan_free(struct plan *plan); /* accepts NULL */

/* Brings the stored rows up to date with the deltas: *written tells how many rows
 * changed. */
int plan_maintain(struct plan *plan, uint64_t run, int64_t *written);

/* Fills the stored table, which is empty, from the query, and the state tables. */
int plan_fill(struct plan *plan);
/* Makes the stored table equal to the query, whatever it holds; fills the state tables
 * anew. */
int plan_refresh(struct plan *plan, int64_t *written);

/* For emitters that find one changed row after another, between two of them: writes the changes
 * so far when they have become many and no later node reads them. *in_step turns false as that of
 * storage_apply does. */
int plan_apply_early(struct plan *plan, bool *in_step);

/* For emitters: memory of the plan; NULL when it ran out. */
void *plan_alloc(struct plan *plan, size_t size);
int plan_out_of_memory(struct plan *plan);
/* Appends a lowered expression as SQL. */
int plan_print(struct plan *plan, const struct sql_node *node, struct buffer *out);
/* Wishes for an index over columns of `relation` (duplicates in `columns` are
 * dropped). */
int plan_wish_index(struct plan *plan, const struct relation *relation,
                    const int *columns, int count);
/* Wishes for an index from which rows come in the order `order`: "a, b IS NULL, b DESC". */
int plan_wish_order(struct plan *plan, const struct relation *relation,
                    const char *order);

#endif
