/* Splits queries at their constructs. */
#include "view/normalise.h"

#include <string.h>

#include "sql/walk.h"

/* --- aliases --- */

/* Columns say which reference they mean by its alias, and parts of a query are printed
 * out of their scopes: so no two references of a query share one. (No dot is used: in a
 * join in parentheses SQLite takes what is before it for the name of a table.) */
struct naming {
  struct arena *arena;
  struct sql_node *query;
  int number;
};

static bool is_reference(const struct sql_node *node) {
  return node->kind == SQL_TABLE_REFERENCE || node->kind == SQL_SUBQUERY_REFERENCE ||
         node->kind == SQL_FUNCTION_REFERENCE;
}

static struct sql_node *rename_column(struct sql_node *node, void *context) {
  const struct naming *naming = context;
  if (!node || node->kind != SQL_COLUMN || !node->bound)
    return node;
  const struct sql_node *reference = node->bound;
  if (node->child[0])
    node->child[0] =
        sql_node_text(naming->arena, SQL_NAME, node->position, reference->text);
  return node;
}

static struct sql_node *rename_reference(struct sql_node *node, void *context) {
  struct naming *naming = context;
  if (!node || !is_reference(node) || !node->text)
    return node;
  node->text = arena_format(naming->arena, "%s#%d", node->text, ++naming->number);
  node->length = node->text ? (uint32_t)strlen(node->text) : 0;
  return node;
}

static int name_references(struct graph *graph, struct sql_node *query) {
  struct naming naming = {.arena = &graph->arena, .query = query};
  sql_rewrite(query, rename_reference, &naming);
  sql_rewrite(query, rename_column, &naming);
  return graph->arena.failed
             ? error_set(graph->database->error, TIDE_ERROR_NOMEM, "out of memory")
             : TIDE_OK;
}

int normalise(struct graph *graph, struct sql_node **query) {
  return name_references(graph, *query);
}
