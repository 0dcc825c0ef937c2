/* Visiting and rewriting trees. */
#ifndef TIDE_SQL_WALK_H
#define TIDE_SQL_WALK_H

#include "sql/ast.h"

enum sql_walk { SQL_WALK_ON, SQL_WALK_SKIP /* not into its children */, SQL_WALK_STOP };

/* Calls `visit` for `node` and everything below it, parents first. Returns false when stopped. */
bool sql_walk(const struct sql_node *node,
              enum sql_walk (*visit)(const struct sql_node *node, void *context),
              void *context);

/* Replaces nodes bottom-up: each node (children first) becomes what `rewrite` returns. */
struct sql_node *sql_rewrite(struct sql_node *node,
                             struct sql_node *(*rewrite)(struct sql_node *node,
                                                         void *context),
                             void *context);

#endif
