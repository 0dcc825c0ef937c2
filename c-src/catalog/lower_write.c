/* INSERT, UPDATE and DELETE in SQLite's terms. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/lower_internal.h"
#include "sql/walk.h"

/* --- targets --- */

static int lower_target(struct lowering *lowering, struct sql_node *target) {
  return lower_reference_name(lowering, target);
}

/* A value that is stored in a column: its affinity brings plain parameters into form. */
static bool lower_stored(struct lowering *lowering, struct sql_node **slot) {
  return lower_is_bare_parameter(*slot) || lower_slot(lowering, slot);
}

/* --- RETURNING --- */

struct returning {
  struct lowering *lowering;
  const struct sql_node *target;
  const char *stored;
  int depth; /* of subqueries */
};

static enum sql_walk check_returned(const struct sql_node *node, void *context) {
  const struct returning *returning = context;
  if (node->kind == SQL_SCALAR_QUERY || node->kind == SQL_EXISTS ||
      node->kind == SQL_IN_QUERY || node->kind == SQL_ARRAY_QUERY ||
      node->kind == SQL_QUANTIFIED) {
    lower_unsupported(returning->lowering, node->position, "a subquery in RETURNING");
    return SQL_WALK_STOP;
  }
  if (node->kind != SQL_COLUMN || node->bound == returning->target)
    return SQL_WALK_ON;
  lower_unsupported(returning->lowering, node->position,
                    "RETURNING a column of another table than the one written");
  return SQL_WALK_STOP;
}

/* SQLite's RETURNING knows the columns of the target by their plain names. */
static struct sql_node *unqualify(struct sql_node *node, void *context) {
  const struct sql_node *target = context;
  if (node->kind == SQL_COLUMN && node->bound == target)
    node->child[0] = NULL;
  return node;
}

static int lower_returning(struct lowering *lowering, struct sql_node **slot,
                           struct sql_node *target) {
  if (!*slot)
    return TIDE_OK;
  struct returning returning = {.lowering = lowering, .target = target};
  if (!sql_walk(*slot, check_returned, &returning))
    return lowering->error->code;
  for (uint32_t i = 0; i < (*slot)->count; i++) {
    if (!lower_slot(lowering, &(*slot)->child[i]->child[0]))
      return lowering->error->code;
  }
  *slot = sql_rewrite(*slot, unqualify, target);
  return *slot ? TIDE_OK : lower_nomem(lowering);
}

/* --- SET --- */

static int lower_set(struct lowering *lowering, struct sql_node *set) {
  for (uint32_t i = 0; set && i < set->count; i++) {
    struct sql_node **value = &set->child[i]->child[ASSIGN_VALUE];
    if ((*value)->kind == SQL_QUERY) { /* (a, b) = (SELECT …) */
      int rc = lower_single_row(lowering, *value);
      if (rc == TIDE_OK)
        rc = lower_query(lowering, *value);
      if (rc != TIDE_OK)
        return rc;
    } else if (!lower_stored(lowering, value)) {
      return lowering->error->code;
    }
  }
  return TIDE_OK;
}

/* --- INSERT --- */

static int lower_rows(struct lowering *lowering, struct sql_node *values) {
  for (uint32_t i = 0; i < values->count; i++) {
    struct sql_node *row = values->child[i];
    for (uint32_t j = 0; j < row->count; j++) {
      if (!lower_stored(lowering, &row->child[j]))
        return lowering->error->code;
    }
  }
  return TIDE_OK;
}

/* SQLite would take ON for a join's: a SELECT before ON CONFLICT needs a WHERE. */
static int separate_conflict(struct lowering *lowering, struct sql_node *insert) {
  struct sql_node *query = insert->child[INSERT_SOURCE];
  if (!insert->child[INSERT_CONFLICT] || !query ||
      query->child[QUERY_BODY]->kind == SQL_VALUES)
    return TIDE_OK;
  struct sql_node *body = query->child[QUERY_BODY];
  bool bare = body->kind == SQL_SELECT && !query->child[QUERY_WITH];
  if (!bare) {
    body = lower_wrap(lowering, query);
    query = body ? lower_query_of(lowering, body) : NULL;
    if (!query)
      return lower_nomem(lowering);
    insert->child[INSERT_SOURCE] = query;
  }
  if (body->child[SELECT_WHERE])
    return TIDE_OK;
  struct sql_node *always = lower_node(lowering, SQL_BOOLEAN, query->position, NULL);
  if (!always)
    return TIDE_ERROR_NOMEM;
  always->op = 1;
  body->child[SELECT_WHERE] = always;
  return TIDE_OK;
}

static int lower_source(struct lowering *lowering, struct sql_node *insert) {
  struct sql_node *query = insert->child[INSERT_SOURCE];
  if (!query)
    return TIDE_OK;
  bool values = query->child[QUERY_BODY]->kind == SQL_VALUES &&
                !query->child[QUERY_ORDER] && !query->child[QUERY_LIMIT] &&
                !query->child[QUERY_OFFSET];
  if (values) {
    int rc = lower_with(lowering, query->child[QUERY_WITH]);
    return rc == TIDE_OK ? lower_rows(lowering, query->child[QUERY_BODY]) : rc;
  }
  int rc = lower_query(lowering, query);
  return rc == TIDE_OK ? separate_conflict(lowering, insert) : rc;
}

static int lower_conflict(struct lowering *lowering, struct sql_node *conflict,
                          struct sql_node *target) {
  if (!conflict)
    return TIDE_OK;
  struct sql_node **list = &conflict->child[CONFLICT_TARGET];
  if (!lower_values(lowering, *list) ||
      !lower_slot(lowering, &conflict->child[CONFLICT_WHERE]))
    return lowering->error->code;
  if (*list)
    *list = sql_rewrite(*list, unqualify, target);
  if (conflict->child[CONFLICT_WHERE])
    conflict->child[CONFLICT_WHERE] =
        sql_rewrite(conflict->child[CONFLICT_WHERE], unqualify, target);
  int rc = lower_set(lowering, conflict->child[CONFLICT_SET]);
  if (rc != TIDE_OK)
    return rc;
  return lower_slot(lowering, &conflict->child[CONFLICT_SET_WHERE])
             ? TIDE_OK
             : lowering->error->code;
}

static int lower_insert(struct lowering *lowering, struct sql_node *insert) {
  struct sql_node *target = insert->child[INSERT_TARGET];
  int rc = lower_with(lowering, insert->child[INSERT_WITH]);
  if (rc == TIDE_OK)
    rc = lower_target(lowering, target);
  if (rc == TIDE_OK)
    rc = lower_source(lowering, insert);
  if (rc == TIDE_OK)
    rc = lower_conflict(lowering, insert->child[INSERT_CONFLICT], target);
  if (rc == TIDE_OK)
    rc = lower_returning(lowering, &insert->child[INSERT_RETURNING], target);
  return rc;
}

/* --- UPDATE and DELETE --- */

static int lower_update(struct lowering *lowering, struct sql_node *update) {
  struct sql_node *target = update->child[UPDATE_TARGET];
  int rc = lower_with(lowering, update->child[UPDATE_WITH]);
  if (rc == TIDE_OK)
    rc = lower_target(lowering, target);
  if (rc == TIDE_OK)
    rc = lower_from(lowering, &update->child[UPDATE_FROM]);
  if (rc == TIDE_OK)
    rc = lower_set(lowering, update->child[UPDATE_SET]);
  if (rc == TIDE_OK && !lower_slot(lowering, &update->child[UPDATE_WHERE]))
    rc = lowering->error->code;
  if (rc == TIDE_OK)
    rc = lower_returning(lowering, &update->child[UPDATE_RETURNING], target);
  return rc;
}

/* DELETE … USING others WHERE condition becomes … WHERE EXISTS (SELECT 1 FROM others WHERE condition). */
static int using_to_exists(struct lowering *lowering, struct sql_node *remove) {
  struct sql_node *list = remove->child[DELETE_USING];
  if (!list || list->count == 0)
    return TIDE_OK;
  uint32_t position = list->position;
  struct sql_node *one = lower_integer(lowering, position, 1);
  struct sql_node *select = lower_node(lowering, SQL_SELECT, position, NULL);
  struct sql_node *exists = lower_node(lowering, SQL_EXISTS, position, NULL);
  if (!one || !select || !exists)
    return lower_nomem(lowering);
  select->child[SELECT_RESULTS] =
      lower_list(lowering, position, 1, lower_result(lowering, one, NULL));
  select->child[SELECT_FROM] = list;
  select->child[SELECT_WHERE] = remove->child[DELETE_WHERE];
  exists->child[0] = lower_query_of(lowering, select);
  exists->type = TYPE(TYPE_BOOLEAN);
  remove->child[DELETE_USING] = NULL;
  remove->child[DELETE_WHERE] = exists;
  return exists->child[0] && select->child[SELECT_RESULTS] ? TIDE_OK
                                                           : lower_nomem(lowering);
}

static int lower_delete(struct lowering *lowering, struct sql_node *remove) {
  struct sql_node *target = remove->child[DELETE_TARGET];
  int rc = lower_with(lowering, remove->child[DELETE_WITH]);
  if (rc == TIDE_OK)
    rc = lower_target(lowering, target);
  if (rc == TIDE_OK)
    rc = using_to_exists(lowering, remove);
  if (rc == TIDE_OK && !lower_slot(lowering, &remove->child[DELETE_WHERE]))
    rc = lowering->error->code;
  if (rc == TIDE_OK)
    rc = lower_returning(lowering, &remove->child[DELETE_RETURNING], target);
  return rc;
}

struct sql_node *lower_write(struct lowering *lowering, struct sql_node *statement) {
  int rc;
  switch (statement->kind) {
  case SQL_INSERT: rc = lower_insert(lowering, statement); break;
  case SQL_UPDATE: rc = lower_update(lowering, statement); break;
  case SQL_DELETE: rc = lower_delete(lowering, statement); break;
  default: rc = lower_unsupported(lowering, statement->position, "this statement");
  }
  return rc == TIDE_OK ? statement : NULL;
}
