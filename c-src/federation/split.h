/* What the parts of the splitter share: the foreign references found in a statement. */
#ifndef TIDE_FEDERATION_SPLIT_H
#define TIDE_FEDERATION_SPLIT_H

#include "federation/fetch.h"

/* One reference to a foreign runtime view, and the SELECT that it stands in. */
struct remote {
  struct remote *next;
  struct sql_node *reference;
  struct sql_node
      *query; /* the SQL_QUERY around `select` when that is its body, or NULL */
  struct sql_node *select;
  const struct relation *view;
  bool nullable; /* on the side of an outer join that may be filled with NULLs */
  bool
      preserved; /* on a side whose rows all appear: other relations do not restrict it */
  struct sql_node *on; /* conditions of the joins it takes part in (a list) */
  bool *needed;        /* per column of the view */
};

struct split {
  struct database *database;
  struct binding *binding;
  struct arena *arena;
  const struct parameters *parameters;
  struct remote *remotes;
};

/* semi_join.c: the values that a local column joined with the reference has, as a condition that its origin can evaluate:
 * column IN (those values), given to it in `parameter` (JSON text that the caller releases with the buffer). *condition is
 * NULL when there is no such join, or there are more values than join_pushdown_size. */
int semi_join_keys(struct split *split, const struct remote *remote,
                   struct buffer *parameter, struct sql_node **condition);

#endif
