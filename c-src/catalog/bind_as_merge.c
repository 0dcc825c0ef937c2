/* An UPDATE or DELETE that RETURNs columns of other tables than the one it writes, which SQLite's cannot, as the MERGE that means
 * the same but for one thing: of several rows that match a row of the target, the first is taken. */
#include "catalog/merge_internal.h"
#include "sql/walk.h"

static enum sql_walk is_not_of(const struct sql_node *node, void *context) {
  return node->kind == SQL_COLUMN && node->bound != context ? SQL_WALK_STOP
                                                            : SQL_WALK_ON;
}

static enum sql_walk find_query(const struct sql_node *node, void *context) {
  const struct sql_node **found = context;
  if (node->kind != SQL_QUERY)
    return SQL_WALK_ON;
  *found = node;
  return SQL_WALK_STOP;
}

bool bind_returns_others(const struct sql_node *returning,
                         const struct target *target) {
  return returning && !sql_walk(returning, is_not_of, target->node);
}

int bind_check_returned(struct binder *binder, const struct sql_node *returning) {
  const struct sql_node *query = NULL;
  return sql_walk(returning, find_query, &query)
             ? TIDE_OK
             : bind_unsupported(binder, query->position, "a subquery in RETURNING");
}

/* --- the parts of the write --- */

/* Where an UPDATE and a DELETE have what both have. */
struct slots {
  int with, others, where, returning;
};

static struct slots slots_of(const struct sql_node *write) {
  return write->kind == SQL_UPDATE
             ? (struct slots){UPDATE_WITH, UPDATE_FROM, UPDATE_WHERE, UPDATE_RETURNING}
             : (struct slots){DELETE_WITH, DELETE_USING, DELETE_WHERE,
                              DELETE_RETURNING};
}

static struct sql_node *join_all(struct binder *binder, const struct sql_node *list) {
  struct sql_node *all = list->child[0];
  for (uint32_t i = 1; i < list->count; i++)
    all = merge_join(binder, SQL_CROSS, all, list->child[i], NULL);
  return all;
}

/* WHEN MATCHED THEN UPDATE SET … | DELETE */
static struct sql_node *clause_of(struct binder *binder, const struct sql_node *write) {
  struct sql_node *clause = bind_node(binder, SQL_MERGE_CLAUSE, write->position, NULL);
  struct sql_node *action = bind_node(binder, write->kind, write->position, NULL);
  struct sql_node *clauses = bind_node(binder, SQL_LIST, write->position, NULL);
  if (!clause || !action || !clauses || !bind_append(binder, clauses, clause))
    return NULL;
  clause->op = SQL_MATCHED;
  clause->child[MERGE_ACTION] = action;
  if (write->kind == SQL_UPDATE)
    action->child[UPDATE_SET] = write->child[UPDATE_SET];
  return clauses;
}

/* --- entry --- */

int bind_as_merge(struct binder *binder, struct sql_node *write,
                  const struct target *target, struct scope *others) {
  struct slots slots = slots_of(write);
  struct sql_node *merge = bind_node(binder, SQL_MERGE, write->position, NULL);
  struct merging merging = {.binder = binder,
                            .merge = merge,
                            .level = others->level,
                            .target = *target,
                            .of_source = others};
  int rc = bind_check_returned(binder, write->child[slots.returning]);
  if (rc != TIDE_OK)
    return rc;
  if (!merge)
    return bind_nomem(binder);
  merge->op = MERGE_FIRST_MATCH;
  merge->child[MERGE_WITH] = write->child[slots.with];
  merge->child[MERGE_TARGET] = target->node;
  merge->child[MERGE_SOURCE] = join_all(binder, write->child[slots.others]);
  merge->child[MERGE_ON] = write->child[slots.where];
  merge->child[MERGE_CLAUSES] = clause_of(binder, write);
  merge->child[MERGE_RETURNING] = write->child[slots.returning];
  if (!merge->child[MERGE_SOURCE] || !merge->child[MERGE_CLAUSES])
    return bind_nomem(binder);
  rc = merge_split(&merging);
  if (rc == TIDE_OK)
    *write = *merge;
  return rc;
}
