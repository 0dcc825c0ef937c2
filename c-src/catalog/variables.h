/* MySQL's variables: those of its users, and those of the server that scripts set.
 *
 * They belong to the session: no transaction undoes them, and nothing is kept of them but, with foreign_key_checks off,
 * the foreign keys that wait for it to be on again. */
#ifndef TIDE_CATALOG_VARIABLES_H
#define TIDE_CATALOG_VARIABLES_H

#include "catalog/define_internal.h"

/* SET a = 1, @b = @@c: those of the names that there are; *other becomes the first that is none of MySQL's. Values that
 * would change what statements mean are refused (0A000). */
int variables_set(struct definition *definition, const struct sql_node *set,
                  const struct sql_node **other);
/* sql_mode has NO_AUTO_VALUE_ON_ZERO: 0 is a value like others for a column that numbers itself. */
bool variables_keep_zero(const struct database *database);
/* Are foreign keys to wait? */
bool variables_postpone(const struct database *database);
/* A foreign key of the table, to be made later; `column`: where it stands behind one. */
int variables_postponed(struct definition *definition, const struct relation *table,
                        const struct sql_node *constraint, const char *column);
/* Gives SQLite the functions that tell @@name. */
int variables_register(struct database *database);
void variables_close(struct database *database);

#endif
