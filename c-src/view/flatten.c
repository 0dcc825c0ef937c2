/* Merging simple subqueries into the query around them. */
#include "view/flatten.h"

#include <string.h>

#include "sql/walk.h"

struct sql_node *flatten_plain_select(const struct sql_node *query) {
  if (query->kind != SQL_QUERY || query->child[QUERY_WITH] ||
      query->child[QUERY_LIMIT] || query->child[QUERY_OFFSET])
    return NULL;
  struct sql_node *body = query->child[QUERY_BODY];
  return body && body->kind == SQL_SELECT ? body : NULL;
}

/* --- what can be merged --- */

static enum sql_walk find_obstacle(const struct sql_node *node, void *context) {
  (void)context;
  const struct function *function = node->bound;
  if (node->kind == SQL_QUERY || node->kind == SQL_STAR)
    return SQL_WALK_STOP;
  if (node->kind != SQL_CALL || !function)
    return SQL_WALK_ON;
  bool found =
      node->child[CALL_OVER] || (function->flags & (FUNCTION_AGGREGATE | FUNCTION_SET));
  return found ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* Does the SELECT give one row for each that its FROM and WHERE let through? */
static bool is_simple(const struct sql_node *select) {
  const struct sql_node *from = select->child[SELECT_FROM];
  return from && from->count > 0 && !(select->flags & SQL_DISTINCT) &&
         !select->child[SELECT_DISTINCT_ON] && !select->child[SELECT_GROUP] &&
         !select->child[SELECT_HAVING] && !select->child[SELECT_WINDOWS] &&
         sql_walk(select->child[SELECT_RESULTS], find_obstacle, NULL);
}

bool flatten_is_simple(const struct sql_node *query) {
  const struct sql_node *select = flatten_plain_select(query);
  return select && is_simple(select);
}

static struct sql_node *simple_subquery(const struct sql_node *reference) {
  if (reference->kind != SQL_SUBQUERY_REFERENCE || (reference->flags & SQL_LATERAL))
    return NULL;
  struct sql_node *query = reference->child[REFERENCE_SOURCE];
  return flatten_is_simple(query) ? query->child[QUERY_BODY] : NULL;
}

/* Where rows are grouped or ordered a number that comes to stand there would mean a
 * result. */
static bool would_be_ordinal(const struct sql_node *select) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  for (uint32_t i = 0; i < results->count; i++) {
    const struct sql_node *value = results->child[i]->child[0];
    while (value->kind == SQL_CAST)
      value = value->child[CAST_OPERAND];
    if (value->kind == SQL_INTEGER)
      return true;
  }
  return false;
}

/* The slot of a reference to a simple subquery at or below `slot`; NULL: there is none.
 * `keyed`: the SELECT groups or orders. */
static struct sql_node **find_subquery(struct sql_node **slot, bool keyed) {
  struct sql_node *node = *slot;
  if (node->kind == SQL_SUBQUERY_REFERENCE) {
    const struct sql_node *found = simple_subquery(node);
    return found && !(keyed && would_be_ordinal(found)) ? slot : NULL;
  }
  if (node->kind != SQL_JOIN || (node->op != SQL_INNER && node->op != SQL_CROSS))
    return NULL;
  struct sql_node **found = find_subquery(&node->child[JOIN_LEFT], keyed);
  return found ? found : find_subquery(&node->child[JOIN_RIGHT], keyed);
}

/* --- names --- */

struct renaming {
  struct arena *arena;
  const struct sql_node *reference;
  const char *alias;
};

/* Columns are told apart by what they are bound to: aliases need only be unique
 * within their query. */
static enum sql_walk rename_column(const struct sql_node *node, void *context) {
  struct renaming *renaming = context;
  if (node->kind != SQL_COLUMN || node->bound != renaming->reference)
    return SQL_WALK_ON;
  /* the tree is the caller's to change; the walk only promises not to change it by
   * itself */
  struct sql_node *column = (struct sql_node *)(uintptr_t)node;
  column->child[0] =
      sql_node_text(renaming->arena, SQL_NAME, node->position, renaming->alias);
  return SQL_WALK_SKIP;
}

/* Gives every reference of the subquery an alias that no other query uses. */
static bool rename_references(struct arena *arena, struct sql_node *select,
                              struct sql_node *item, int *number) {
  if (item->kind == SQL_JOIN)
    return rename_references(arena, select, item->child[JOIN_LEFT], number) &&
           rename_references(arena, select, item->child[JOIN_RIGHT], number);
  const char *alias =
      arena_format(arena, "%s %d", item->text ? item->text : "", ++*number);
  if (!alias)
    return false;
  struct renaming renaming = {arena, item, alias};
  item->text = alias;
  item->length = (uint32_t)strlen(alias);
  sql_walk(select, rename_column, &renaming);
  return !arena->failed;
}

/* --- merging --- */

struct replacement {
  struct arena *arena;
  const struct sql_node *reference; /* to the subquery */
  const struct sql_node *results;   /* of the subquery */
};

static struct sql_node *replace_column(struct sql_node *node, void *context) {
  struct replacement *replacement = context;
  if (node->kind != SQL_COLUMN || node->bound != replacement->reference)
    return node;
  return sql_clone(replacement->arena,
                   replacement->results->child[node->bound_index]->child[0]);
}

/* Columns say which SELECT they belong to. */
struct leveling {
  int32_t from, to;
};

static struct sql_node *set_level(struct sql_node *node, void *context) {
  const struct leveling *leveling = context;
  if (node && node->kind == SQL_COLUMN && node->index == leveling->from)
    node->index = leveling->to;
  return node;
}

static struct sql_node *join(struct arena *arena, struct sql_node *left,
                             struct sql_node *right) {
  struct sql_node *node = sql_node_new(arena, SQL_JOIN, right->position);
  if (!node)
    return NULL;
  node->op = SQL_INNER;
  node->child[JOIN_LEFT] = left;
  node->child[JOIN_RIGHT] = right;
  return node;
}

static bool merge(struct arena *arena, struct sql_node *select, struct sql_node *order,
                  struct sql_node **slot, int *number) {
  struct sql_node *reference = *slot, *inner = simple_subquery(reference);
  struct sql_node *from = inner->child[SELECT_FROM];
  for (uint32_t i = 0; i < from->count; i++)
    if (!rename_references(arena, inner, from->child[i], number))
      return false;
  struct sql_node *joined = from->child[0];
  for (uint32_t i = 1; joined && i < from->count; i++)
    joined = join(arena, joined, from->child[i]);
  if (!joined)
    return false;
  *slot = joined;
  struct replacement replacement = {arena, reference, inner->child[SELECT_RESULTS]};
  sql_rewrite(select, replace_column, &replacement);
  sql_rewrite(order, replace_column, &replacement);
  select->child[SELECT_WHERE] =
      sql_and(arena, select->child[SELECT_WHERE], inner->child[SELECT_WHERE]);
  struct leveling leveling = {inner->index, select->index};
  sql_rewrite(select, set_level, &leveling);
  sql_rewrite(order, set_level, &leveling);
  return !arena->failed;
}

bool flatten_subqueries(struct arena *arena, struct sql_node *select,
                        struct sql_node *order) {
  struct sql_node *from = select->child[SELECT_FROM];
  bool keyed =
      order || select->child[SELECT_GROUP] || select->child[SELECT_DISTINCT_ON];
  int number = 0;
  for (uint32_t i = 0; from && i < from->count; i++) {
    struct sql_node **slot;
    while ((slot = find_subquery(&from->child[i], keyed)))
      if (!merge(arena, select, order, slot, &number))
        return false;
  }
  return true;
}
