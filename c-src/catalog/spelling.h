/* Groups of values of which equal ones may be spelled differently: numeric 1.0 and 1.00, interval '1 day' and '24 hours',
 * jsonb.
 *
 * PostgreSQL shows of such a group whatever spelling comes first. Here it is the least one, in the order of its bytes, so
 * that it does not depend on the order of rows: each key that stands outside an aggregate becomes an aggregate of its
 * spellings. */
#ifndef TIDE_CATALOG_SPELLING_H
#define TIDE_CATALOG_SPELLING_H

#include "base/arena.h"
#include "sql/ast.h"

/* May equal values of the bound expression differ in their bytes? Not those of most types, nor columns of tables that are
 * numeric with a declared scale, timetz or char(n). */
bool spelling_varies(const struct sql_node *bound);
/* Is any key of the bound SELECT's GROUP BY such an expression? */
bool spelling_groups_vary(const struct sql_node *select);
/* Is any of its results? */
bool spelling_results_vary(const struct sql_node *select);

/* Shows the least spelling of such keys in the results, HAVING and `order` (or NULL) of a bound SELECT without grouping
 * sets, in place. Returns false when memory ran out. */
bool spelling_show(struct arena *arena, struct sql_node *select,
                   struct sql_node *order);
/* Also groups by one text for all equal values, which has one spelling. */
bool spelling_group(struct arena *arena, struct sql_node *select,
                    struct sql_node *order);

/* Is `call`, bound or lowered, the aggregate that gives the least spelling? */
bool spelling_is_least(const struct sql_node *call);
/* What the call, bound or lowered, of a canonical text is of; NULL: it is none. */
const struct sql_node *spelling_of_canonical(const struct sql_node *call);

#endif
