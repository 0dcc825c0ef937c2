/* FOR UPDATE and its kin: refused where PostgreSQL refuses them, or where the rows are at an origin; otherwise nothing is left to do.
 *
 * A database runs one transaction at a time, so that what one has read stays as it is until it ends, and nobody has locked it.
 */
#include "catalog/bind_internal.h"

#include <string.h>

#include "sql/walk.h"

/* --- which queries --- */

static enum sql_walk find_window(const struct sql_node *node, void *context) {
  (void)context;
  if (node->kind == SQL_QUERY)
    return SQL_WALK_SKIP;
  return node->kind == SQL_CALL && node->child[CALL_OVER] ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* What there is in the query that makes its rows none of a table's; NULL: nothing. */
static const char *obstacle(const struct level *level, const struct sql_node *select) {
  if (select->flags & SQL_DISTINCT || select->child[SELECT_DISTINCT_ON])
    return "DISTINCT clause";
  if (select->child[SELECT_GROUP])
    return "GROUP BY clause";
  if (select->child[SELECT_HAVING])
    return "HAVING clause";
  if (level->has_aggregates)
    return "aggregate functions";
  if (!sql_walk(select->child[SELECT_RESULTS], find_window, NULL))
    return "window functions";
  return level->set_functions ? "set-returning functions in the target list" : NULL;
}

static int refuse(struct binder *binder, const struct sql_node *clause,
                  const char *what) {
  return error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, clause->position,
                      "%s is not allowed with %s", sql_locking_text(clause), what);
}

static int cannot_apply(struct binder *binder, const struct sql_node *clause,
                        uint32_t position, const char *what) {
  return error_set_at(binder->error, TIDE_ERROR_NOT_SUPPORTED, position,
                      "%s cannot be applied to %s", sql_locking_text(clause), what);
}

/* --- which relations --- */

struct lock {
  struct binder *binder;
  const struct sql_node *clause;
  uint32_t position;
};

/* Rows of a table can be locked, wherever in FROM it stands. */
static enum sql_walk lock_relation(const struct sql_node *node, void *context) {
  struct lock *lock = context;
  struct error *error = lock->binder->error;
  const struct relation *relation =
      node->kind == SQL_TABLE_REFERENCE ? node->bound : NULL;
  if (!relation || !relation->view)
    return SQL_WALK_ON;
  if (relation_is_foreign(relation)) {
    error_set_at(error, TIDE_ERROR_NOT_SUPPORTED, lock->position,
                 "%s cannot lock rows of view %q, which are at its origin",
                 sql_locking_text(lock->clause), relation->name);
    error_hint(error, "A write to the view tells when somebody else has changed the "
                      "row in the meantime.");
    return SQL_WALK_STOP;
  }
  if (relation->view->mode != SQL_MATERIALIZED_VIEW)
    return SQL_WALK_ON;
  error_set_at(error, TIDE_ERROR_WRONG_OBJECT_TYPE, lock->position,
               "cannot lock rows in materialized view %q", relation->name);
  return SQL_WALK_STOP;
}

static int lock_rows(struct lock *lock, const struct sql_node *from) {
  return !from || sql_walk(from, lock_relation, lock) ? TIDE_OK
                                                      : lock->binder->error->code;
}

/* What can be named in OF and has no rows of a table. */
static const char *without_rows(const struct sql_node *node) {
  if (node->kind == SQL_FUNCTION_REFERENCE)
    return "a function";
  if (node->kind == SQL_JOIN)
    return "a join";
  return node->kind == SQL_TABLE_REFERENCE && !node->bound ? "a WITH query" : NULL;
}

static int lock_named(struct lock *lock, const struct scope *scope,
                      const struct sql_node *name) {
  struct binder *binder = lock->binder;
  lock->position = name->position;
  if (name->child[NAME_SCHEMA])
    return error_set_at(binder->error, TIDE_ERROR_SYNTAX, name->position,
                        "%s must specify unqualified relation names",
                        sql_locking_text(lock->clause));
  for (int i = 0; i < scope->reference_count; i++) {
    const struct scope_reference *reference = scope->references[i];
    if (!reference->name || strcmp(reference->name, name->text) != 0)
      continue;
    const char *what = without_rows(reference->node);
    return what ? cannot_apply(binder, lock->clause, name->position, what)
                : lock_rows(lock, reference->node);
  }
  return error_set_at(binder->error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
                      "relation %q in %s clause not found in FROM clause", name->text,
                      sql_locking_text(lock->clause));
}

static int bind_clause(struct binder *binder, const struct scope *scope,
                       const struct sql_node *select, const struct sql_node *clause) {
  const char *what = obstacle(scope->level, select);
  if (what)
    return refuse(binder, clause, what);
  struct lock lock = {binder, clause, clause->position};
  const struct sql_node *names = clause->child[LOCKING_RELATIONS];
  int rc = names ? TIDE_OK : lock_rows(&lock, select->child[SELECT_FROM]);
  for (uint32_t i = 0; names && i < names->count && rc == TIDE_OK; i++)
    rc = lock_named(&lock, scope, names->child[i]);
  return rc;
}

int bind_locking(struct binder *binder, struct sql_node *query,
                 const struct scope *scope, const struct sql_node *select) {
  const struct sql_node *locking = query->child[QUERY_LOCKING];
  int rc = TIDE_OK;
  for (uint32_t i = 0; locking && i < locking->count && rc == TIDE_OK; i++)
    rc = bind_clause(binder, scope, select, locking->child[i]);
  query->child[QUERY_LOCKING] = NULL;
  return rc;
}

int bind_locking_elsewhere(struct binder *binder, struct sql_node *query) {
  const struct sql_node *body = query->child[QUERY_BODY];
  struct sql_node *locking = query->child[QUERY_LOCKING];
  if (!locking || body->kind == SQL_SELECT || body->kind == SQL_TABLE)
    return TIDE_OK;
  query->child[QUERY_LOCKING] = NULL;
  if (body->kind == SQL_SET_OPERATION)
    return refuse(binder, locking->child[0], "UNION/INTERSECT/EXCEPT");
  if (body->kind == SQL_VALUES)
    return cannot_apply(binder, locking->child[0], locking->child[0]->position,
                        "VALUES");
  struct sql_node **inner = &body->child[QUERY_LOCKING];
  for (uint32_t i = 0; *inner && i < (*inner)->count; i++)
    if (!bind_append(binder, locking, (*inner)->child[i]))
      return binder->error->code;
  *inner = locking;
  return TIDE_OK;
}
