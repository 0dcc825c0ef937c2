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

/* Is it one that picks rows and columns? */
bool flatten_is_simple(const struct sql_node *query);

/* Merges such subqueries into the bound `select`, in place, as far as inner joins reach;
 * `order` is that of the query around it, or NULL. The functions called must be immutable. Returns false when memory ran out. */
bool flatten_subqueries(struct arena *arena, struct sql_node *select,
                        struct sql_node *order);

#endif
