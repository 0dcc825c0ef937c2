/* WITH: a common table expression is put where it is used, or becomes a node when it is
 * used several times and takes work, or refers to itself. */
#include "view/normalise_internal.h"

#include <string.h>

#include "sql/walk.h"
#include "view/flatten.h"

struct uses {
  const char *name;
  int count;
  struct splitter *splitter;
  const struct sql_node *statement; /* to be put in the place of each, or … */
  const struct relation *relation;  /* … the node to be read */
  bool failed;
};

static enum sql_walk count_use(const struct sql_node *node, void *context) {
  struct uses *uses = context;
  uses->count += tree_is_cte(node, uses->name);
  return SQL_WALK_ON;
}

static struct sql_node *replace_use(struct sql_node *node, void *context) {
  struct uses *uses = context;
  if (!node || !tree_is_cte(node, uses->name))
    return node;
  if (uses->relation) {
    build_replace(uses->splitter, node, uses->relation);
    return node;
  }
  struct sql_node *statement = bind_clone_tree(uses->splitter->arena, uses->statement);
  node->kind = SQL_SUBQUERY_REFERENCE;
  node->index = 0;
  node->child[REFERENCE_SOURCE] = statement;
  node->child[REFERENCE_COLUMNS] = NULL;
  uses->failed |= !statement;
  if (statement)
    tree_set_levels(uses->splitter, statement);
  return node;
}

/* Replaces the uses in the query and in the common table expressions from number `from`
 * on. */
static int replace_uses(struct uses *uses, struct sql_node *query, uint32_t from) {
  struct sql_node *with = query->child[QUERY_WITH];
  for (uint32_t i = from; i < with->count; i++)
    sql_rewrite(with->child[i], replace_use, uses);
  query->child[QUERY_WITH] = NULL;
  sql_rewrite(query, replace_use, uses);
  query->child[QUERY_WITH] = with;
  return uses->failed ? split_nomem(uses->splitter) : TIDE_OK;
}

static bool refers_to_itself(struct sql_node *cte) {
  struct uses uses = {.name = cte->text};
  sql_walk(cte->child[CTE_STATEMENT], count_use, &uses);
  return uses.count > 0;
}

/* Takes number `i` of the list out of the way. */
static int split_cte(struct splitter *splitter, struct sql_node *query, uint32_t i) {
  struct sql_node *with = query->child[QUERY_WITH];
  struct sql_node *cte = with->child[i], *statement = cte->child[CTE_STATEMENT];
  struct uses uses = {.splitter = splitter, .name = cte->text};
  sql_walk(query, count_use, &uses);
  if (refers_to_itself(cte)) {
    int rc = split_recursive(splitter, cte, &uses.relation);
    return rc == TIDE_OK ? replace_uses(&uses, query, i + 1) : rc;
  }
  if (uses.count > 1 && !flatten_is_simple(statement)) {
    int rc = split_off(splitter, statement, &uses.relation);
    return rc == TIDE_OK ? replace_uses(&uses, query, i + 1) : rc;
  }
  uses.statement = statement;
  return replace_uses(&uses, query, i + 1);
}

int split_with(struct splitter *splitter, struct sql_node *query) {
  struct sql_node *with = query->child[QUERY_WITH];
  if (!with)
    return TIDE_OK;
  /* one that looks outside is where it has to be */
  for (uint32_t i = 0; i < with->count; i++)
    if (!tree_is_closed(query))
      return TIDE_OK;
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < with->count; i++)
    rc = split_cte(splitter, query, i);
  if (rc == TIDE_OK)
    query->child[QUERY_WITH] = NULL;
  return rc;
}
