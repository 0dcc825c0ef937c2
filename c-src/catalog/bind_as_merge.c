/* What SQLite's UPDATE and DELETE cannot do, as the MERGE that means the same but for one thing: of several rows that match a row
 * of the target, the first is taken. It is RETURNING columns of other tables than the one that is written, and writing the rows
 * that a query finds: MySQL's outer joins, and its ORDER BY and LIMIT of writes. */
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

/* --- RETURNING columns of others --- */

static struct sql_node *merge_of(struct binder *binder, const struct sql_node *write,
                                 const struct target *target) {
  struct slots slots = slots_of(write);
  struct sql_node *merge = bind_node(binder, SQL_MERGE, write->position, NULL);
  if (!merge)
    return NULL;
  merge->op = MERGE_FIRST_MATCH;
  merge->child[MERGE_WITH] = write->child[slots.with];
  merge->child[MERGE_TARGET] = target->node;
  merge->child[MERGE_CLAUSES] = clause_of(binder, write);
  merge->child[MERGE_RETURNING] = write->child[slots.returning];
  return merge->child[MERGE_CLAUSES] ? merge : NULL;
}

/* The write becomes the MERGE. */
static int split(struct merging *merging, struct sql_node *write) {
  int rc = merge_split(merging);
  if (rc == TIDE_OK)
    *write = *merging->merge;
  return rc;
}

int bind_as_merge(struct binder *binder, struct sql_node *write,
                  const struct target *target, struct scope *others) {
  struct slots slots = slots_of(write);
  int rc = bind_check_returned(binder, write->child[slots.returning]);
  if (rc != TIDE_OK)
    return rc;
  struct sql_node *merge = merge_of(binder, write, target);
  struct merging merging = {.binder = binder,
                            .merge = merge,
                            .level = others->level,
                            .target = *target,
                            .of_source = others};
  if (!merge)
    return bind_nomem(binder);
  merge->child[MERGE_SOURCE] = join_all(binder, write->child[slots.others]);
  merge->child[MERGE_ON] = write->child[slots.where];
  return merge->child[MERGE_SOURCE] ? split(&merging, write) : bind_nomem(binder);
}

/* --- the rows that a query finds --- */

bool bind_writes_rows(const struct sql_node *write) {
  bool found = write->kind == SQL_UPDATE || write->kind == SQL_DELETE;
  const struct sql_node *rows = found ? write->child[slots_of(write).others] : NULL;
  return rows && rows->kind == SQL_QUERY;
}

/* The target is bound where the query's FROM has it. */
static int bind_rows(struct merging *merging, struct sql_node *rows) {
  struct binder *binder = merging->binder;
  struct sql_node *select = rows->child[QUERY_BODY];
  struct target *outer = binder->written;
  binder->written = &merging->target;
  int rc = bind_from(binder, select->child[SELECT_FROM], &merging->of_source);
  binder->written = outer;
  struct scope *scope = merging->of_source;
  if (rc == TIDE_OK)
    rc = bind_where(binder, scope, &select->child[SELECT_WHERE], &merging->target);
  merging->level->clause = CLAUSE_ORDER;
  if (rc == TIDE_OK && !bind_order_items(binder, scope, rows->child[QUERY_ORDER]))
    rc = binder->error->code ? binder->error->code : bind_nomem(binder);
  if (rc == TIDE_OK)
    rc = bind_limit(binder, &rows->child[QUERY_LIMIT], NULL, scope->ctes, CLAUSE_LIMIT);
  select->index = merging->level->id;
  return rc;
}

int bind_rows_as_merge(struct binder *binder, struct sql_node *write,
                       struct cte *ctes) {
  struct slots slots = slots_of(write);
  struct merging merging = {.binder = binder, .rows_found = write->child[slots.others]};
  if (!binder->binding->takes_parts)
    return bind_unsupported(binder, write->position,
                            "EXPLAIN of a write with outer joins, ORDER BY or LIMIT");
  merging.of_source = bind_write_scope(binder, write->child[slots.with], ctes);
  if (!merging.of_source)
    return binder->error->code ? binder->error->code : bind_nomem(binder);
  merging.level = merging.of_source->level;
  int rc = bind_rows(&merging, merging.rows_found);
  if (rc == TIDE_OK && write->kind == SQL_UPDATE)
    rc =
        bind_set(binder, merging.of_source, &merging.target, &write->child[UPDATE_SET]);
  if (rc == TIDE_OK)
    rc = bind_returning(binder, merging.of_source, write->child[slots.returning]);
  if (rc == TIDE_OK)
    rc = bind_check_returned(binder, write->child[slots.returning]);
  if (rc != TIDE_OK)
    return rc;
  merging.merge = merge_of(binder, write, &merging.target);
  return merging.merge ? split(&merging, write) : bind_nomem(binder);
}
