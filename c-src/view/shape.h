/* Which constructs a node's query is made of. */
#ifndef TIDE_VIEW_SHAPE_H
#define TIDE_VIEW_SHAPE_H

#include "view/plan.h"

struct shape {
  bool one_select; /* without WITH, LIMIT and set operations, over some relation */
  bool grouped;    /* GROUP BY, HAVING or aggregates */
  bool distinct, distinct_on;
  bool windows;    /* window functions */
  bool outer_join; /* in the FROM of the query itself */
  bool subquery;   /* in an expression or LATERAL */
  bool function;   /* one that returns rows, in FROM or among the results */
};

/* Of a bound query. */
struct shape shape_of(const struct sql_node *query);

/* Is the body SELECT expressions FROM one stored relation WHERE …, and nothing else? */
bool shape_is_projection(const struct sql_node *body);

/* Does each row that FROM and WHERE let through give its row, or rows, whatever others
 * there are? */
static inline bool shape_is_row_by_row(const struct shape *shape) {
  return shape->one_select && !shape->grouped && !shape->distinct &&
         !shape->distinct_on && !shape->windows;
}

#endif
