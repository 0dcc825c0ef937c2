/* Which parts of a query a changed row can affect: the way from each relation that is
 * read, wherever in the query, to one relation of its FROM, the anchor.
 *
 * A row contributes to the result only together with rows that it is equated with: by a
 * condition of WHERE, of ON, of a correlated subquery, by IN. Such an equality is an edge
 * from the relation that it constrains to the other one. If edges lead from X to the
 * anchor, a change of a row of X affects only the anchor's rows found along them:
 *
 *     SELECT DISTINCT anchor.key FROM delta of X, … the relations between …, anchor
 *     WHERE the equalities on the way
 *
 * With all relations but X in their new state that is enough, also when several have
 * changed: take a row of the old or new result that is affected. If on the way from one of
 * its changed rows to the anchor there is another changed row, start from the one next to
 * the anchor instead: nothing between them has changed.
 *
 * An equality with NULL is never true, so a row that an outer join has padded leads
 * nowhere; that is why only columns, not expressions over them, make edges. The same goes for
 * other comparisons of columns (<, BETWEEN), which are edges where no equality leads on:
 * they lead to more rows.
 */
#ifndef TIDE_VIEW_REACH_H
#define TIDE_VIEW_REACH_H

#include "view/plan.h"

/* A reference to a stored relation, anywhere in the query. */
struct occurrence {
  const struct sql_node *reference; /* in plan->bound; its alias is unique there */
  const struct relation *relation;
  struct delta *delta;
  int32_t level;         /* of the SELECT whose FROM it is in */
  int edge;              /* the first on the way to the anchor, or -1 */
  bool ranges;           /* … on which there is more than equalities */
  bool reaches;          /* there is a way to the anchor, or it is the anchor */
  sqlite3_stmt *affects; /* keys that its delta affects; prepared when first needed */
};

/* A row of `from` counts only with rows of `to` that satisfy the condition. */
struct edge {
  int from, to; /* occurrences */
  /* the columns equated, as far as they are bare, or -1 */
  int from_column, to_column;
  const struct sql_node *left, *right; /* bound */
  const struct sql_node *conjunct;     /* bound: left = right; NULL for IN */
  bool theta;                          /* it is another comparison than = */
};

struct reach {
  int occurrence_count, occurrence_capacity;
  struct occurrence *occurrences;
  int edge_count, edge_capacity;
  struct edge *edges;
  int anchor;   /* occurrence, or -1 */
  bool unknown; /* it reads what is no stored relation: a common table expression … */
};

/* Reads plan->bound. Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int reach_read(struct plan *plan, struct reach *reach);

/* Makes `anchor` the anchor: finds the ways to it. Returns how many occurrences reach
 * it. */
int reach_set_anchor(struct reach *reach, int anchor);

/* Wishes for indexes by which the ways, and the ways back, are found. */
int reach_wish_indexes(struct plan *plan, const struct reach *reach);

/* The occurrence's statement: distinct values of `columns` of the anchor that its delta
 * affects. The occurrence reaches the anchor. */
int reach_affected(struct plan *plan, struct reach *reach, int occurrence,
                   const int *columns, int count, sqlite3_stmt **statement);

/* Appends the way from the occurrence's delta to the anchor: FROM …, and its equalities,
 * each with `separator` before the first and AND between. */
void reach_print_from(const struct reach *reach, int occurrence, struct buffer *out);
int reach_print_conditions(struct plan *plan, const struct reach *reach, int occurrence,
                           const char *separator, struct buffer *out);

/* Appends that statement. */
int reach_print_affected(struct plan *plan, const struct reach *reach, int occurrence,
                         const int *columns, int count, struct buffer *out);

/* Is there at most one row of each other occurrence of the SELECT `level` for a row of
 * `known` (bit per occurrence)? Returns `known` and those that it determines. */
uint64_t reach_determined(struct plan *plan, const struct reach *reach, int32_t level,
                          uint64_t known);

void reach_deinit(struct reach *reach); /* finalizes statements */

#endif
