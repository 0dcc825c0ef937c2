/* The contract of an emitter: a file emit_<construct>.c that knows how one kind of
 * query is kept equal to its result.
 *
 * An emitter turns the net changes of the relations that a query reads (delta.h) into
 * the net changes of the view's stored rows (changes.h). It never evaluates an
 * expression: it prints SQL over the delta tables that SQLite runs, so that nothing can
 * disagree with SQLite. Writing the changes is the storage's business.
 *
 * Statements that read stored relations are prepared when they are first needed: while a
 * node is planned the tables of the nodes before it may not be there yet.
 *
 * To add a construct: write emit_<construct>.c, declare it below, and put it into
 * the list in plan.c before the emitters that would do the same with more work. The
 * differential test in tests/c/view finds what it gets wrong. */
#ifndef TIDE_VIEW_EMIT_H
#define TIDE_VIEW_EMIT_H

#include "view/plan.h"

struct emitter {
  const char *name; /* for EXPLAIN VIEW: "incremental filter" */

  /* Takes the plan's query if it can, and sets up plan->storage (columns of its own,
   * identity) and, if it is not the query itself, plan->fill: the query that gives
   * the stored columns of all rows. Otherwise *refusal says in a few words why not.
   * Returns TIDE_OK either way, or an error. */
  int (*plan)(struct plan *plan, const char **refusal);

  /* Adds the changes of the stored rows to plan->changes. *recompute is set instead
   * when recomputing the view costs less or is the only way. All deltas have been
   * computed and at least one is not empty. */
  int (*emit)(struct plan *plan, bool *recompute);

  /* Adds all rows that are to be stored to plan->changes. NULL: they are those of
   * plan->fill. */
  int (*rows)(struct plan *plan);

  /* Frees plan->state, statements above all; NULL when there is none. */
  void (*release)(struct plan *plan);

  /* For EXPLAIN VIEW: appends the SQL that a change of each relation runs, a line each;
   * NULL when there is none but that of recomputing. */
  int (*explain)(struct plan *plan, struct buffer *out);
};

/* SELECT … FROM one relation WHERE … */
extern const struct emitter emit_filter;
/* Inner joins of stored relations. */
extern const struct emitter emit_join;
/* GROUP BY with count, and sum and avg of integers: adds and subtracts. */
extern const struct emitter emit_aggregate;
/* Any other GROUP BY: recomputes the groups affected. */
extern const struct emitter emit_group;
/* LEFT and RIGHT JOIN: recomputes the rows of the outer side affected. */
extern const struct emitter emit_outer_join;
/* Subqueries in expressions, LATERAL: recomputes the outer rows affected. */
extern const struct emitter emit_subquery;
/* Functions that return rows: recomputes those of the rows affected. */
extern const struct emitter emit_function;
/* Window functions: recomputes the partitions affected. */
extern const struct emitter emit_window;
/* DISTINCT ON: recomputes the groups affected. */
extern const struct emitter emit_distinct_on;
/* UNION, INTERSECT, EXCEPT: counts rows per branch. */
extern const struct emitter emit_set;
/* ORDER BY … LIMIT: reads the window again when a change touches it. */
extern const struct emitter emit_limit;
/* WITH RECURSIVE: follows a change from step to step. */
extern const struct emitter emit_recursive;
/* What reads nothing: no change ever. */
extern const struct emitter emit_static;
/* Every other SELECT: recomputes all, writes the difference. */
extern const struct emitter emit_recompute;

#endif
