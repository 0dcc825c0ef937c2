/* A live query while it is being looked at: what the files that describe it share. */
#ifndef TIDE_VIEW_LIVE_INSPECTION_H
#define TIDE_VIEW_LIVE_INSPECTION_H

#include "view/live.h"

/* As parsed and as bound, node beside node. */
struct inspection {
  struct binding *binding;
  struct database *database;
  struct arena *arena;
  struct live_query *query;
  struct sql_node *bound;
  struct sql_node *parsed;       /* a copy, which becomes the view's query */
  struct sql_node *bound_select; /* the body when both are a SELECT; or NULL */
  struct sql_node *parsed_select;
  struct sql_node **values;        /* of the lifted columns, bound */
  const struct sql_node **columns; /* … and they themselves, bound */
  struct sql_node **written;       /* … and as written */
  struct sql_node **given;         /* the values as written */
  bool single; /* it reads one stored relation and has no subquery */
};

/* What a tree holds. */
struct content {
  bool query; /* a query within the query */
  bool parameter;
  bool column;
  bool window;
  bool collation;
};

struct content live_content(const struct sql_node *node); /* accepts NULL */

int live_no_memory(struct inspection *inspection);
/* Are all its relations stored here? */
bool live_reads_stored(const struct live_query *query);
/* Does it aggregate? */
bool live_is_grouped(const struct sql_node *select);
bool live_has_window(const struct sql_node *bound);
/* Room for the columns of the index and for the names of the lifted columns. */
int live_start_index(struct inspection *inspection);
int live_start_keys(struct inspection *inspection);
/* Appends a column, unless it is in the index already. */
void live_index_column(struct live_query *query, const char *column, bool descending);

/* Any other query than of a single relation: kept in a view, or run again. */
int live_describe_view(struct inspection *inspection);

#endif
