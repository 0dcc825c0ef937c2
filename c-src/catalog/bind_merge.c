/* MERGE: names and types, as in any other write. What it becomes is merge_split.c's business. */
#include <string.h>

#include "catalog/merge_internal.h"
#include "sql/walk.h"

static int failed(const struct merging *merging) {
  struct binder *binder = merging->binder;
  return binder->error->code ? binder->error->code : bind_nomem(binder);
}

/* --- what is joined --- */

static int check_with(struct binder *binder, const struct sql_node *merge) {
  const struct sql_node *with = merge->child[MERGE_WITH];
  if (!with || !(with->flags & SQL_RECURSIVE))
    return TIDE_OK;
  return error_set_at(binder->error, TIDE_ERROR_SYNTAX, with->position,
                      "WITH RECURSIVE is not supported for MERGE statement");
}

/* A clause behind one of its kind without a condition would never have its turn. */
static int check_clauses(struct binder *binder, const struct sql_node *clauses) {
  bool closed[SQL_NOT_MATCHED_BY_SOURCE + 1] = {false};
  for (uint32_t i = 0; i < clauses->count; i++) {
    const struct sql_node *clause = clauses->child[i];
    if (closed[clause->op])
      return error_set_at(
          binder->error, TIDE_ERROR_SYNTAX, clause->position,
          "unreachable WHEN clause specified after unconditional WHEN clause");
    closed[clause->op] = !clause->child[MERGE_CONDITION];
  }
  return TIDE_OK;
}

static int bind_joined(struct merging *merging) {
  struct binder *binder = merging->binder;
  struct sql_node *merge = merging->merge;
  struct sql_node *list = bind_node(binder, SQL_LIST, merge->position, NULL);
  merging->of_target = bind_scope_join(binder, merging->of_source, NULL);
  if (!merging->of_target || !list ||
      !bind_append(binder, list, merge->child[MERGE_SOURCE]))
    return failed(merging);
  int rc = bind_target(binder, merging->of_target, merge->child[MERGE_TARGET],
                       &merging->target);
  if (rc == TIDE_OK)
    rc = bind_from(binder, list, &merging->of_source);
  if (rc != TIDE_OK)
    return rc;
  merging->of_both = bind_scope_join(binder, merging->of_source, merging->of_target);
  return merging->of_both ? TIDE_OK : failed(merging);
}

static int bind_on(struct merging *merging) {
  struct binder *binder = merging->binder;
  struct sql_node **on = &merging->merge->child[MERGE_ON];
  merging->level->clause = CLAUSE_JOIN;
  if (!bind_condition(binder, merging->of_both, on, "JOIN/ON"))
    return failed(merging);
  if (merging->target.filter)
    *on = bind_logic(binder, "and", bind_clone(binder, merging->target.filter), *on);
  return *on ? TIDE_OK : failed(merging);
}

/* --- clauses --- */

/* What the condition and the values of a clause can refer to. */
static struct scope *scope_of(const struct merging *merging,
                              const struct sql_node *clause) {
  switch (clause->op) {
  case SQL_MATCHED: return merging->of_both;
  case SQL_NOT_MATCHED: return merging->of_source;
  default: return merging->of_target;
  }
}

static int bind_conditions(struct merging *merging) {
  const struct sql_node *clauses = merging->merge->child[MERGE_CLAUSES];
  for (uint32_t i = 0; i < clauses->count; i++) {
    struct sql_node *clause = clauses->child[i];
    merging->level->clause = CLAUSE_MERGE_WHEN;
    if (!bind_condition(merging->binder, scope_of(merging, clause),
                        &clause->child[MERGE_CONDITION], "WHEN"))
      return failed(merging);
  }
  return TIDE_OK;
}

static int bind_actions(struct merging *merging) {
  const struct sql_node *clauses = merging->merge->child[MERGE_CLAUSES];
  struct binder *binder = merging->binder;
  for (uint32_t i = 0; i < clauses->count; i++) {
    struct sql_node *clause = clauses->child[i], *action = clause->child[MERGE_ACTION];
    struct scope *scope = scope_of(merging, clause);
    int rc = TIDE_OK;
    if (action && action->kind == SQL_INSERT)
      rc = bind_insert_source(binder, scope, action, &merging->target);
    else if (action && action->kind == SQL_UPDATE)
      rc = bind_set(binder, scope, &merging->target, &action->child[UPDATE_SET]);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

/* --- RETURNING --- */

/* merge_action() is a column of a relation that nothing else is called like. */
static const char action[] = "merge_action()";

static struct sql_node *name_action(struct sql_node *node, void *context) {
  struct binder *binder = context;
  if (node->kind != SQL_CALL || node->child[CALL_NAME]->child[NAME_SCHEMA] ||
      strcmp(node->child[CALL_NAME]->text, "merge_action") != 0)
    return node;
  const struct sql_node *arguments = node->child[CALL_ARGUMENTS];
  if (arguments && arguments->count > 0)
    return node;
  struct sql_node *column =
      bind_node(binder, SQL_COLUMN, node->position, "merge_action");
  if (!column)
    return NULL;
  column->child[0] = bind_node(binder, SQL_NAME, node->position, action);
  return column->child[0] ? column : NULL;
}

static struct scope *with_action(struct merging *merging) {
  struct binder *binder = merging->binder;
  struct scope_reference *reference = bind_alloc(binder, sizeof *reference);
  struct scope_column *column = bind_alloc(binder, sizeof *column);
  merging->action = bind_node(binder, SQL_TABLE_REFERENCE, 0, MERGE_ROWS);
  if (!reference || !column || !merging->action)
    return NULL;
  *column = (struct scope_column){.name = "merge_action",
                                  .actual = "merge_action",
                                  .type = TYPE(TYPE_TEXT),
                                  .reference = reference};
  *reference = (struct scope_reference){.node = merging->action,
                                        .name = action,
                                        .level = merging->level,
                                        .count = 1,
                                        .columns = column};
  /* among the references only: a star does not give it */
  const struct scope one = {.reference_count = 1, .references = &reference};
  return bind_scope_join(binder, merging->of_both, &one);
}

static int bind_merge_returning(struct merging *merging) {
  struct binder *binder = merging->binder;
  struct sql_node **returning = &merging->merge->child[MERGE_RETURNING];
  if (!*returning)
    return TIDE_OK;
  struct scope *scope = with_action(merging);
  *returning = sql_rewrite(*returning, name_action, binder);
  if (!scope || !*returning)
    return failed(merging);
  int rc = bind_returning(binder, scope, *returning);
  return rc == TIDE_OK ? bind_check_returned(binder, *returning) : rc;
}

/* --- entry --- */

int bind_merge(struct binder *binder, struct sql_node *merge, struct cte *ctes) {
  struct merging merging = {.binder = binder, .merge = merge};
  if (!binder->binding->takes_parts)
    return bind_unsupported(binder, merge->position, "EXPLAIN of MERGE");
  int rc = check_with(binder, merge);
  if (rc == TIDE_OK)
    rc = check_clauses(binder, merge->child[MERGE_CLAUSES]);
  if (rc != TIDE_OK)
    return rc;
  merging.of_source = bind_write_scope(binder, merge->child[MERGE_WITH], ctes);
  if (!merging.of_source)
    return failed(&merging);
  merging.level = merging.of_source->level;
  rc = bind_joined(&merging);
  if (rc == TIDE_OK)
    rc = bind_on(&merging);
  if (rc == TIDE_OK)
    rc = bind_conditions(&merging);
  if (rc == TIDE_OK)
    rc = bind_actions(&merging);
  if (rc == TIDE_OK)
    rc = bind_merge_returning(&merging);
  return rc == TIDE_OK ? merge_split(&merging) : rc;
}
