/* Recomputing the parts of a query that may have changed.
 *
 * A SELECT falls into parts: the rows that come from one row of a relation of its FROM, the
 * anchor, or from all its rows that have the same values in some columns. Restricting the
 * anchor to one part before the query runs gives the same rows as restricting the result
 * afterwards, provided that nothing in the query looks at several parts at once. What a
 * change affects is found by reach.h; these parts are taken from the stored rows, computed
 * again, and the difference is the change.
 */
#ifndef TIDE_VIEW_PARTITION_H
#define TIDE_VIEW_PARTITION_H

#include "view/patch.h"

/* The emitter's plan->state. */
struct partition {
  struct reach reach;
  int key_count;
  const int *key;          /* columns of the anchor */
  enum row_type *affinity; /* [key_count] */
  const char *sql;         /* the rows of one part, whose key is the parameters */
  sqlite3_stmt *compute;   /* … prepared when it is first needed */
  struct changes keys;     /* parts affected */
  struct patch *patches;   /* what follows updates of some columns instead */
};

/* Expressions that parts must not cut through: those of PARTITION BY or DISTINCT ON. */
struct partition_limits {
  bool given;
  const struct sql_node *const *expressions; /* bound, of plan->bound */
  int count;
};

/* Chooses the anchor and its key, and sets up plan->storage, plan->fill and plan->state.
 * *refusal says why there is none. */
int partition_plan(struct plan *plan, const struct partition_limits *limits,
                   const char **refusal);

/* For the emitter's table: adds the changes of the parts affected to plan->changes.
 * *recompute is set when all parts may be affected, or so many that recomputing the query
 * is cheaper. */
int partition_emit(struct plan *plan, bool *recompute);
void partition_release(struct plan *plan);
/* For a query that is no parts: sets plan->storage by the keys of the relations that its rows come from, one of each,
 * and plan->fill, where there are such keys. */
int partition_identify(struct plan *plan);
/* How the parts that a change affects are found, and what computes one. */
int partition_explain(struct plan *plan, struct buffer *out);

#endif
