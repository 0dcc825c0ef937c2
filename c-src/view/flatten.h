/* Subqueries in FROM that only pick rows and columns, as those that local runtime
 * views have become, merged into the query around them: what remains joins stored
 * relations. */
#ifndef TIDE_VIEW_FLATTEN_H
#define TIDE_VIEW_FLATTEN_H

#include "base/arena.h"
#include "sql/ast.h"

/* The body of a query that is one SELECT without WITH, LIMIT and OFFSET; NULL
 * otherwise. ORDER BY says nothing about which rows there are. */
struct sql_node *flatten_plain_select(const struct sql_node *query);

/* Merges such subqueries into the lowered `select`, in place, as far as inner joins
 * reach. The functions called must be immutable. Returns false when memory ran out. */
bool flatten_subqueries(struct arena *arena, struct sql_node *select);

#endif
