/* What the emitters of GROUP BY share: the grouping expressions as columns of the
 * stored table, and the SQL around them. */
#ifndef TIDE_VIEW_GROUP_H
#define TIDE_VIEW_GROUP_H

#include "view/plan.h"

struct group_key {
  const struct sql_node *expression;
  int column; /* of the stored table: the one that shows it, or one named __key_<n> */
  bool dependent; /* not grouped by, but the same for all rows of a group */
};

/* Keys in ascending order of their columns; none when all rows are one group. */
struct group {
  int key_count;
  struct group_key *keys;
  enum row_type *affinity; /* [key_count] */
  const char *by;          /* SQL: " GROUP BY …", "" without keys */
};

/* Takes a SELECT with GROUP BY or aggregates over an inner join of stored relations.
 * *refusal says why it is something else. Sets up the storage: columns for grouping
 * expressions that are not shown, and the identity. */
int group_read(struct plan *plan, struct group *group, const char **refusal);
/* The same. Columns that are shown and follow from those grouped by (GROUP BY u.id shows
 * u.name) become keys, too: all of a row is known from its keys and aggregates then. They
 * are no part of the identity. */
int group_read_dependent(struct plan *plan, struct group *group, const char **refusal);

/* Of the keys of a group those that are its identity, built in `pool`. */
struct row group_identity(const struct group *group, struct row key,
                          struct row_pool *pool);
/* Does a stored row with that identity show the other keys as well? */
bool group_is_shown(const struct group *group, struct row key, struct row stored);

/* Is `node` what the key, an expression of GROUP BY, stands for? Lowering puts conditions among the keys into
 * coalesce(…, NULL). */
bool group_is_key(const struct sql_node *key, const struct sql_node *node);

/* Is `node` a call of an aggregate? */
bool group_is_aggregate(const struct sql_node *node);

/* Are values of `node` that compare equal equal byte for byte? They are of most types, and
 * in columns of tables also of numeric with a declared scale, timetz and char(n). */
bool group_has_one_spelling(const struct sql_node *node);
/* … as group_has_one_spelling, of a numeric: its digits after the point, or -1. Also the
 * digits altogether. */
int group_numeric_scale(const struct plan *plan, const struct sql_node *node,
                        int *precision);

/* Append "expression, …" of the results and of the keys that are not shown; of the
 * keys. */
int group_print_stored(struct plan *plan, const struct group *group,
                       struct buffer *out);
int group_print_keys(struct plan *plan, const struct group *group, struct buffer *out);

#endif
