/* Decides what a query leaves open, so that each way of computing it gives the same.
 *
 * PostgreSQL collects the rows of a list (json_agg, array_agg, string_agg, …) in whatever
 * order they come where ORDER BY does not say it, or not completely. In a view that is
 * maintained they come in the order of the primary keys of the tables in FROM (also of
 * those that a subquery in FROM shows), one table after the other, and, where something
 * else is read too, of the values collected. */
#ifndef TIDE_VIEW_CANONICAL_H
#define TIDE_VIEW_CANONICAL_H

#include "base/arena.h"
#include "sql/ast.h"

/* Completes ORDER BY of all such calls in a bound tree, in place. Returns false when
 * memory ran out. */
bool canonical_order(struct arena *arena, struct sql_node *query);

/* Has canonical_order left no two different rows of the bound SELECT in the same place? */
bool canonical_is_total(const struct sql_node *select);

#endif
