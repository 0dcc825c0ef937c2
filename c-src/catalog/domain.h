/* Domains: types that are narrowed by constraints (CREATE DOMAIN).
 *
 * A domain's values are stored, compared and computed with as those of the type it is over: its `struct type` is that
 * type with the domain's number beside it. What makes the difference is that a value goes through
 * `__tidemark_domain(value, number)` wherever it becomes one of the domain, by a cast or by being assigned to a column.
 * That function asks the catalog as it is then, so nothing that is stored has to change when a domain does. */
#ifndef TIDE_CATALOG_DOMAIN_H
#define TIDE_CATALOG_DOMAIN_H

#include "catalog/define_internal.h"

#define DOMAIN_FUNCTION "__tidemark_domain"

/* A CHECK as an expression of SQLite's over the column `value`, a value of what the domain is over. */
int domain_check_sql(struct definition *definition, const struct domain *domain,
                     const char *expression, struct buffer *out);

#endif
