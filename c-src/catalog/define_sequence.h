/* What else defines, moves or drops has to do with sequences. */
#ifndef TIDE_CATALOG_DEFINE_SEQUENCE_H
#define TIDE_CATALOG_DEFINE_SEQUENCE_H

#include "catalog/define_internal.h"

/* Writes out the schemas of the sequences that an expression names, so that it means the same whatever the search path. */
int sequence_qualify_all(struct definition *definition, struct sql_node *expression);
/* Gives it another name or schema; what names it follows. Reloads. */
int move_sequence(struct definition *definition, const struct sequence *sequence,
                  const char *schema, const char *name);
/* Drops it, with CASCADE the defaults that call it. Refused (2BP01) when something is left that names it. */
int drop_sequence(struct definition *definition, const struct sequence *sequence,
                  const struct sql_node *node, bool cascade);
/* Before a table, or its column at `position`, goes with the sequences that it owns: what else names those is refused
 * (2BP01), or with CASCADE is without a default then. `gone`: the relations that go with it. */
int release_owned(struct definition *definition, int64_t table, int64_t position,
                  const struct sql_node *node, bool cascade, const int64_t *gone,
                  int gone_count);
/* Begins anew: `option` says with which number, or nothing. */
int sequence_restart(struct definition *definition, const struct sequence *sequence,
                     const struct sql_node *option);
/* The number of an option. */
int sequence_number(struct definition *definition, const struct sql_node *option,
                    int64_t *number);
/* The sequences of the identity columns of a new table that say how they count, and the defaults that call them. */
int create_identity_sequences(struct definition *definition,
                              const struct sql_node *elements, int64_t table);
/* The views that name it: adds them to *views, which has room for all relations. */
int sequence_views(struct definition *definition, const struct sequence *sequence,
                   const struct relation **views, int *count);

#endif
