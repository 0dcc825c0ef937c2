/* Who uses an enum: columns of it, and stored expressions and queries that name it. */
#ifndef TIDE_CATALOG_ENUM_USES_H
#define TIDE_CATALOG_ENUM_USES_H

#include "catalog/define_internal.h"

/* The enum that a name means; 42704. */
int define_find_enum(struct definition *definition, const struct sql_node *name,
                     struct type *type);

/* Puts another name in place of the enum's wherever it is named. The catalog's image stays as it was. */
int enum_rename_uses(struct definition *definition, struct type type,
                     const char *schema, const char *name);
/* Gives an enum another name or schema. Reloads. */
int move_enum(struct definition *definition, struct type type, const char *schema,
              const char *name);

/* May a label be renamed? Refused (0A000) where something that is stored would go on saying the old one. */
int enum_check_renamable(struct definition *definition, struct type type,
                         const struct sql_node *label);
/* Puts one label in place of another in every table. */
int enum_replace_label(struct definition *definition, struct type type,
                       const char *from, const char *to);

/* The views that go with the enum: adds them to *views, which has room for all relations. */
int enum_views(struct definition *definition, struct type type,
               const struct relation **views, int *count);
/* Drops it, with CASCADE the columns that are of it. Refused (2BP01) when something is left that uses it. */
int drop_enum(struct definition *definition, struct type type,
              const struct sql_node *node, bool cascade);

#endif
