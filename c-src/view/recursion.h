/* WITH RECURSIVE, kept up to date step by step: what the files of it share.
 *
 * The rows are those of the non-recursive term and, again and again, what the recursive
 * term makes of rows; that is an inner join of the recursion with other relations, so what
 * it makes of several rows is what it makes of each. Rows that a step has found are its
 * frontier: the recursive term is run over them alone, as over a delta, and gives the next.
 */
#ifndef TIDE_VIEW_RECURSION_H
#define TIDE_VIEW_RECURSION_H

#include "view/plan.h"

enum {
  RECURSION_CHANGED_MAX = 3 /* relations at once: more terms than 3^n cost much */
};

/* A prepared join of the recursive term. */
struct recursion_term {
  struct recursion_term *next;
  bool stored;         /* with the stored rows of the recursion, not the frontier */
  join_set came, went; /* sources of which only rows that came, or went, are read */
  sqlite3_stmt *statement;
};

/* The emitter's plan->state. plan->join is the recursive term. */
struct recursion {
  bool all;                    /* UNION ALL: rows are counted */
  const struct sql_node *base; /* lowered: SELECT over one relation */
  struct delta *base_delta;
  const struct sql_node *step; /* lowered: the recursive term */
  int self;                    /* the source of plan->join that is the recursion */
  struct relation frontier_relation;
  struct delta *frontier;
  struct recursion_term *terms;
  sqlite3_stmt *base_changes, *base_rows;
  /* the others are for UNION only */
  sqlite3_stmt *in_base;     /* has the non-recursive term a row? */
  sqlite3_stmt *derivations; /* rows that the recursive term makes a row of */
  /* while changes are being found */
  join_set came, went;  /* sources with rows that came, or went */
  int64_t stored_count; /* how many rows are stored; -1: not counted yet */
  struct row_pool scratch;
  struct changes current, next; /* frontiers */
  struct changes gone;          /* UNION: rows that have lost a derivation … */
  struct changes found; /* … and those that have one; UNION ALL: all changes */
};

/* --- recursion_term.c: the statements --- */

/* Which sources have rows that came or went. */
void recursion_read_changed(struct plan *plan);

/* The statement of the recursive term over the frontier, or over the stored rows, prepared
 * when it is first needed. It gives the columns of the row made, the weight, and for the
 * stored rows those of the row it is made of. */
int recursion_term(struct plan *plan, bool stored, join_set came, join_set went,
                   sqlite3_stmt **statement);
/* … of the changes of the non-recursive term: the columns, the weight. */
int recursion_base_changes(struct plan *plan, sqlite3_stmt **statement);
/* … of all its rows, likewise. */
int recursion_base_rows(struct plan *plan, sqlite3_stmt **statement);
/* … whether the non-recursive term has the row whose columns are its parameters. */
int recursion_in_base(struct plan *plan, sqlite3_stmt **statement);
/* … of the stored rows that the recursive term makes this row of. */
int recursion_derivations(struct plan *plan, sqlite3_stmt **statement);

int recursion_explain(struct plan *plan, struct buffer *out);
void recursion_finalize(struct recursion *recursion);

/* What was found last becomes the frontier. */
int recursion_advance(struct plan *plan);

/* --- the rules: the changes of the stored rows are added to plan->changes --- */

/* recursion_set.c: UNION. */
int recursion_maintain_set(struct plan *plan, bool *recompute);
/* recursion_sum.c: UNION ALL. */
int recursion_maintain_sum(struct plan *plan, bool *recompute);
/* All rows of it, from the first step on. 54000 when they never end. */
int recursion_sum_rows(struct plan *plan);

#endif
