/* Ordering: which collation has to be named, what may be NULL, ORDER BY in SQLite's terms. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"
#include "sql/walk.h"

/* The column of a stored relation that a bound node is; NULL: it is something else. */
static const struct column *stored_column(const struct sql_node *node) {
  if (node->kind != SQL_COLUMN || !node->bound)
    return NULL;
  const struct relation *relation = node->bound;
  if (node->child[0]) { /* qualified: bound to a reference */
    const struct sql_node *reference = node->bound;
    if (reference->kind != SQL_TABLE_REFERENCE)
      return NULL;
    relation = reference->bound;
  }
  return relation ? &relation->columns[node->bound_index] : NULL;
}

/* Staged rows of a foreign runtime view are stored without collations, system relations are computed. */
static bool is_staged(const struct sql_node *node) {
  if (!node->child[0])
    return false;
  const struct sql_node *reference = node->bound;
  const struct relation *relation = reference->bound;
  return relation->kind == RELATION_SYSTEM ||
         (relation_is_foreign(relation) && !relation_keeps_rows(relation));
}

bool lower_has_collation(const struct sql_node *node) {
  return stored_column(node) && !is_staged(node);
}

struct ordering lower_ordering(const struct sql_node *bound) {
  return (struct ordering){bound->type, lower_has_collation(bound)};
}

/* What is inside a subquery does not show outside. */
static enum sql_walk is_collate(const struct sql_node *node, void *context) {
  (void)context;
  if (node->kind == SQL_QUERY)
    return SQL_WALK_SKIP;
  return node->kind == SQL_COLLATE ? SQL_WALK_STOP : SQL_WALK_ON;
}

bool lower_names_collation(const struct sql_node *lowered) {
  return !sql_walk(lowered, is_collate, NULL);
}

struct sql_node *lower_ordered(struct lowering *lowering, struct sql_node *lowered,
                               struct ordering ordering, const struct sql_node *other) {
  const char *storage = type_storage(ordering.type);
  if (!lowered || !storage || strcmp(storage, "TEXT") != 0)
    return lowered;
  const char *collation = type_collation(ordering.type);
  bool misled =
      lower_names_collation(lowered) || (other && lower_names_collation(other));
  if (ordering.stored ? !misled : !collation && !misled)
    return lowered;
  if (!collation)
    collation = "BINARY";
  bool named = lowered->kind == SQL_COLLATE && strcmp(lowered->text, collation) == 0;
  return named ? lowered : lower_collate(lowering, lowered, collation);
}

/* --- what may be NULL --- */

static bool nullable_column(const struct sql_node *node) {
  const struct sql_node *reference = node->child[0] ? node->bound : NULL;
  if (reference && reference->bound_index == 1) /* on the outer side of a join */
    return true;
  const struct column *column = stored_column(node);
  if (column)
    return !column->not_null || (reference && reference->index == REFERENCE_EXCLUDED);
  if (!reference || reference->kind != SQL_SUBQUERY_REFERENCE)
    return true;
  const struct sql_node *body = reference->child[REFERENCE_SOURCE]->child[QUERY_BODY];
  if (body->kind != SQL_SELECT || lower_has_grouping_sets(body))
    return true;
  const struct sql_node *results = body->child[SELECT_RESULTS];
  if (results->child[0]->child[0]->kind == SQL_STAR) /* lower_wrap */
    return true;
  return lower_nullable(results->child[node->bound_index]->child[0]);
}

static bool nullable_call(const struct sql_node *node) {
  const struct function *function = node->bound;
  const char *name = function ? function->name : "";
  if (strcmp(name, "coalesce") == 0) {
    const struct sql_node *arguments = node->child[CALL_ARGUMENTS];
    for (uint32_t i = 0; i < arguments->count; i++) {
      if (!lower_nullable(arguments->child[i]))
        return false;
    }
    return true;
  }
  return strcmp(name, "count") != 0 && strcmp(name, "row_number") != 0 &&
         strcmp(name, "__json_row") != 0 && strcmp(name, "jsonb_build_object") != 0 &&
         strcmp(name, "rank") != 0 && strcmp(name, "dense_rank") != 0 &&
         strcmp(name, "now") != 0;
}

bool lower_nullable(const struct sql_node *node) {
  switch (node->kind) {
  case SQL_BOOLEAN:
  case SQL_INTEGER:
  case SQL_DECIMAL:
  case SQL_STRING:
  case SQL_BLOB:
  case SQL_EXISTS:
  case SQL_ROW:
  case SQL_IS:
  case SQL_IS_DISTINCT: return false;
  case SQL_COLUMN: return nullable_column(node);
  case SQL_CALL: return nullable_call(node);
  case SQL_COLLATE: return lower_nullable(node->child[0]);
  case SQL_CAST: {
    struct type from = node->child[CAST_OPERAND]->type;
    return from.id == TYPE_JSONB || lower_nullable(node->child[CAST_OPERAND]);
  }
  default: return true;
  }
}

/* --- ORDER BY --- */

/* SQLite puts NULL first when ascending and last when descending; PostgreSQL does the opposite. What SQLite does by
 * itself, and what makes no difference, is not spelled out, so that indexes can be used. */
static void choose_nulls(struct sql_node *item, bool nullable) {
  uint32_t both = SQL_NULLS_FIRST | SQL_NULLS_LAST;
  bool descending = item->flags & SQL_DESC;
  bool first = descending;
  if (item->flags & both)
    first = item->flags & SQL_NULLS_FIRST;
  item->flags &= ~both;
  if (nullable && first == descending)
    item->flags |= first ? SQL_NULLS_FIRST : SQL_NULLS_LAST;
}

static const struct sql_node *result_of(const struct sql_node *expression,
                                        const struct sql_node *results) {
  if (expression->kind != SQL_INTEGER || !results)
    return NULL;
  uint32_t ordinal = 0;
  for (const char *digit = expression->text; *digit; digit++)
    ordinal = ordinal * 10 + (uint32_t)(*digit - '0');
  return ordinal >= 1 && ordinal <= results->count
             ? results->child[ordinal - 1]->child[0]
             : NULL;
}

static enum sql_walk varies(const struct sql_node *node, void *context) {
  (void)context;
  return node->kind == SQL_COLUMN || node->kind == SQL_CALL ||
                 node->kind == SQL_QUERY || node->kind == SQL_PARAMETER
             ? SQL_WALK_STOP
             : SQL_WALK_ON;
}

/* A condition that SQLite may find to be 0 or 1 while parsing: x IS NULL of a literal, 0 AND x. */
static bool may_fold(const struct sql_node *node) {
  return node->kind == SQL_IS || node->kind == SQL_IN_LIST ||
         (node->kind == SQL_BINARY &&
          (strcmp(node->text, "and") == 0 || strcmp(node->text, "or") == 0));
}

/* SQLite takes an integer for the number of a result, also one that it has made itself of something else. What is
 * constant orders and groups nothing; what may become a number is put into a call. */
static struct sql_node *never_number(struct lowering *lowering, struct sql_node *node) {
  if (sql_walk(node, varies, NULL))
    return lower_node(lowering, SQL_NULL, node->position, NULL);
  if (!may_fold(node))
    return node;
  struct sql_node *null = lower_node(lowering, SQL_NULL, node->position, NULL);
  return null ? lower_function(lowering, "coalesce", node->type,
                               lower_list(lowering, node->position, 2, node, null))
              : NULL;
}

bool lower_slot_ordered(struct lowering *lowering, struct sql_node **slot) {
  struct ordering ordering = lower_ordering(*slot);
  if (!lower_slot(lowering, slot))
    return false;
  *slot = never_number(lowering, *slot);
  *slot = lower_ordered(lowering, *slot, ordering, NULL);
  return *slot != NULL;
}

int lower_order(struct lowering *lowering, struct sql_node *order,
                const struct sql_node *results) {
  for (uint32_t i = 0; order && i < order->count; i++) {
    struct sql_node *item = order->child[i], **slot = &item->child[0];
    const struct sql_node *result = result_of(*slot, results);
    const struct sql_node *meant = result ? result : *slot;
    bool ordinal = (*slot)->kind == SQL_INTEGER;
    choose_nulls(item, lower_nullable(meant) || (ordinal && !result));
    if (ordinal) /* a number among the results stays one */
      *slot = lower_ordered(lowering, *slot, lower_ordering(meant), NULL);
    else if (!lower_slot_ordered(lowering, slot))
      return lowering->error->code;
    if (!*slot)
      return lower_nomem(lowering);
  }
  return TIDE_OK;
}
