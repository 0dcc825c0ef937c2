/* What enums and domains have in common as things that have a name. */
#ifndef TIDE_CATALOG_DEFINE_TYPE_H
#define TIDE_CATALOG_DEFINE_TYPE_H

#include "catalog/type_uses.h"

/* May a type of this schema be called so? 42710. */
int define_check_type_name(struct definition *definition, const struct sql_node *node,
                           const char *schema, const char *name);
/* The enum or domain that a name means; 42704, or 42809 when `object` is SQL_OBJECT_DOMAIN and it is none. */
int define_find_type(struct definition *definition, const struct sql_node *name,
                     enum sql_object object, struct type *type);
/* Gives it another name or schema. Reloads. */
int move_type(struct definition *definition, struct type type, const char *schema,
              const char *name);
/* Calls `visit` for every type of a schema; the catalog may change meanwhile. A result other than TIDE_OK ends it. */
int each_type_of_schema(struct definition *definition, const char *schema,
                        int (*visit)(struct definition *definition, struct type type,
                                     const char *name, void *context),
                        void *context);

/* The actions that only one of them has. */
int alter_enum(struct definition *definition, struct type type,
               const struct sql_node *action);
int alter_domain(struct definition *definition, const struct domain *domain,
                 const struct sql_node *action);

#endif
