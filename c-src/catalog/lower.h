/* A bound tree to the SQLite tree that means the same: stored names, functions, casts, collations,
 * NULLS LAST, integer division, LIKE … (docs/types.md and docs/sql.md have the reasons). What SQLite gets may call the functions
 * of types/register.h, catalog/row_functions.h and catalog/numbering.c. */
#ifndef TIDE_CATALOG_LOWER_H
#define TIDE_CATALOG_LOWER_H

#include "catalog/bind.h"

/* Lowers in place and returns the (possibly new) root; NULL with database->error set on failure. Table references keep `bound`
 * and get SQL_NAME of the stored name as source; whoever wants to read something else in their place
 * (a delta table, staged rows) sets that name afterwards. `type` of expressions is kept. */
struct sql_node *lower_statement(struct binding *binding, struct sql_node *bound);

/* Part of lowering that can be had by itself: a bound SELECT that groups by several sets becomes a UNION ALL of one
 * SELECT each, or, where it has window functions, one over a subquery that does so; still bound. Leaves others alone. Returns a
 * result code. */
int lower_expand_grouping_sets(struct binding *binding, struct sql_node **body);

/* May the bound expression be NULL? */
bool lower_nullable(const struct sql_node *node);

/* Does a bound json_agg() begin a line with each element, as PostgreSQL does with rows and arrays? */
bool lower_is_list_of_lines(const struct sql_node *call);

/* The same for an expression that bind_expression bound. */
struct sql_node *lower_expression(struct binding *binding, struct sql_node *bound);

/* Lowered tree → SQL text ready for sqlite3_prepare. */
int lower_print(struct binding *binding, const struct sql_node *lowered,
                struct buffer *out);

#endif
