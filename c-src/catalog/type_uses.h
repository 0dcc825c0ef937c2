/* Who uses an enum or a domain: columns of it, and stored expressions and queries that name it. */
#ifndef TIDE_CATALOG_TYPE_USES_H
#define TIDE_CATALOG_TYPE_USES_H

#include "catalog/define_internal.h"

/* Is a type the enum or domain, or a domain over it? */
bool type_involves(const struct database *database, struct type used, struct type type);

/* Puts another name in place of the type's wherever it is named. The catalog's image stays as it was. */
int type_rename_uses(struct definition *definition, struct type type,
                     const char *schema, const char *name);

/* May a label be renamed? Refused (0A000) where something that is stored would go on saying the old one. */
int enum_check_renamable(struct definition *definition, struct type type,
                         const struct sql_node *label);
/* Puts one label in place of another in every table. */
int enum_replace_label(struct definition *definition, struct type type,
                       const char *from, const char *to);

/* The views that go with the type: adds them to *views, which has room for all relations. */
int type_views(struct definition *definition, struct type type,
               const struct relation **views, int *count);
/* Drops it, with CASCADE the columns that are of it and the domains over it. Refused (2BP01) when something is left that
 * uses it. */
int drop_type(struct definition *definition, struct type type,
              const struct sql_node *node, bool cascade);

#endif
