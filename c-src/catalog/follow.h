/* The queries of views follow the relations that they read: what is renamed keeps its place in them, what is added
 * does not change them. */
#ifndef TIDE_CATALOG_FOLLOW_H
#define TIDE_CATALOG_FOLLOW_H

#include "catalog/define_internal.h"

/* The local views that read one relation, and what every name in their queries means. All of it is of the
 * definition's arena. */
struct followers {
  int64_t relation;
  const char *name;           /* of the relation, before */
  int column_count;           /* of the relation, before */
  const char *const *columns; /* their names; NULL for hidden ones */
  struct follower *list;
  int count;
};

/* Before the relation changes. */
int follow_begin(struct definition *definition, const struct relation *relation,
                 struct followers *followers);

/* After: the catalog has the relation by its new name, or in its new schema; its column by its new name; a new column
 * as its last. Queries that mean something else now are written anew. Reloads. Refused (2BP01) when a query cannot be
 * written with the new names; that has not been seen. */
int follow_relation(struct definition *definition, const struct followers *followers);
int follow_column(struct definition *definition, const struct followers *followers,
                  int column);
int follow_addition(struct definition *definition, const struct followers *followers);

/* Does the query of this local view use that column of the relation, be it through a star or USING? */
int follow_uses(struct definition *definition, const struct relation *view,
                const struct relation *relation, int column, bool *uses);

#endif
