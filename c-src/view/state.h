/* Tables of an emitter's own beside the stored rows of its node: what it has to remember
 * to know the next change without reading everything.
 *
 * They are called `__state_<view id>_<node number>_<n>` and live as long as the node's
 * stored table: made, filled, refilled and dropped with it. An emitter declares them in
 * its `plan` function (columns with storage_add_column, the key with storage_set_key, the
 * fill), and changes them in its `emit` function, inside the transaction that changes the
 * stored rows. Whenever a node is recomputed as a whole, its state tables are filled anew.
 * A view that is only filled by REFRESH has none. */
#ifndef TIDE_VIEW_STATE_H
#define TIDE_VIEW_STATE_H

#include "view/storage.h"

struct plan;

/* An index besides the key. */
struct state_index {
  struct state_index *next;
  const char *columns; /* SQL: "key_1, value COLLATE numeric" */
};

struct state_table {
  struct state_table *next;
  struct relation relation; /* what storage wants to know of a table */
  struct storage storage;
  struct state_index *indexes;
  const char *fill; /* SQL of all rows, in the order of the columns */
};

/* Declares the plan's next state table: without columns, key and fill as yet. Owned by
 * the plan. */
int state_new(struct plan *plan, struct state_table **table);
/* Wishes for an index over `columns`. */
int state_add_index(struct plan *plan, struct state_table *table, const char *columns);

/* Frees what the arena does not own; the plan has none afterwards. */
void state_deinit(struct plan *plan);

/* Are all state tables of the plan there, with the layout that it wants? */
int state_exists(struct plan *plan, bool *exist);
/* Creates them, in the place of those with the same names. */
int state_create(struct plan *plan);
/* For EXPLAIN VIEW: appends lines that name them and their indexes. */
void state_explain(const struct plan *plan, struct buffer *out);
/* Empties and fills them. */
int state_fill(struct plan *plan);
/* Do the state tables hold the rows of their fills, value for value? */
int state_verify(struct plan *plan, bool *holds);

#endif
