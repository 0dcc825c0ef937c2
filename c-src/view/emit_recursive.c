/* WITH RECURSIVE whose recursive term joins the recursion with stored relations: followed
 * from step to step, for UNION by deleting and deriving again (recursion_set.c), for UNION
 * ALL by adding up (recursion_sum.c). */
#include "view/emit.h"
#include "view/graph.h"
#include "view/recursion.h"
#include "view/shape.h"

#include <string.h>

#include "sql/walk.h"

/* --- what it takes --- */

/* WITH RECURSIVE c AS (…) SELECT … FROM c, as normalisation makes it; or NULL. */
static const struct sql_node *recursive_cte(const struct plan *plan) {
  const struct sql_node *with = plan->bound->child[QUERY_WITH];
  if (!with || with->count != 1 || !relation_is_internal(plan->view))
    return NULL;
  const struct sql_node *cte = with->child[0];
  const struct sql_node *query = cte->child[CTE_STATEMENT];
  const struct sql_node *body = plan->bound->child[QUERY_BODY];
  bool recursive = (with->flags & SQL_RECURSIVE) && query->kind == SQL_QUERY &&
                   query->child[QUERY_BODY]->kind == SQL_SET_OPERATION &&
                   body->kind == SQL_SELECT && !body->child[SELECT_WHERE] &&
                   body->child[SELECT_FROM]->count == 1 &&
                   body->child[SELECT_FROM]->child[0]->index == REFERENCE_CTE;
  return recursive ? cte : NULL;
}

static enum sql_walk find_set_function(const struct sql_node *node, void *context) {
  (void)context;
  const struct function *function = node->kind == SQL_CALL ? node->bound : NULL;
  bool found = function && (function->flags & FUNCTION_SET);
  return found ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* Of values that are equal but differ SQLite shows any. */
static bool has_spellings(const struct plan *plan) {
  for (int i = 0; i < plan->view->column_count; i++)
    if (type_collation(plan->view->columns[i].type))
      return true;
  return false;
}

static const char *why_not(const struct plan *plan, const struct sql_node *cte) {
  if (plan->binding.volatility != 0)
    return "it calls a function that is not immutable";
  if (!cte)
    return "it is not WITH RECURSIVE";
  const struct sql_node *body = cte->child[CTE_STATEMENT]->child[QUERY_BODY];
  if (!shape_is_projection(body->child[BODY_LEFT]))
    return "its non-recursive term is more than rows of one relation";
  if (!sql_walk(body->child[BODY_RIGHT], find_set_function, NULL))
    return "its recursive term has a function that returns rows";
  if (!(body->flags & SQL_ALL) && has_spellings(plan))
    return "it compares values of a type that spells equal ones differently";
  return NULL;
}

/* --- reading the terms --- */

/* Lowered by itself. */
static int lower_term(struct plan *plan, struct sql_node *body,
                      const struct sql_node **lowered) {
  struct sql_node *query = sql_node_new(&plan->arena, SQL_QUERY, body->position);
  if (!query)
    return plan_out_of_memory(plan);
  query->child[QUERY_BODY] = body;
  query = lower_statement(&plan->binding, query);
  *lowered = query ? query->child[QUERY_BODY] : NULL;
  return query ? TIDE_OK : plan->database->error->code;
}

static int read_base(struct plan *plan, struct recursion *recursion,
                     const struct sql_node *bound) {
  struct sql_node *base = bind_clone_tree(&plan->arena, bound);
  if (!base)
    return plan_out_of_memory(plan);
  const void *relation = base->child[SELECT_FROM]->child[0]->bound;
  for (int i = 0; i < plan->read_count; i++)
    if (plan->reads[i] == relation)
      recursion->base_delta = plan->deltas[i];
  return lower_term(plan, base, &recursion->base);
}

struct self {
  struct plan *plan;
  const char *name; /* of the common table expression */
  const struct sql_node *reference;
};

static enum sql_walk find_self(const struct sql_node *node, void *context) {
  struct self *self = context;
  if (node->kind != SQL_TABLE_REFERENCE || node->bound ||
      node->index != REFERENCE_CTE ||
      strcmp(node->child[REFERENCE_SOURCE]->text, self->name) != 0)
    return SQL_WALK_ON;
  self->reference = node;
  return SQL_WALK_STOP;
}

/* The reference to the common table expression becomes one to the stored rows. */
static struct sql_node *read_stored(struct sql_node *node, void *context) {
  struct self *self = context;
  const struct relation *stored = self->plan->view;
  if (node && node == self->reference) {
    node->bound = stored;
    node->index = 0;
    node->child[REFERENCE_SOURCE] =
        sql_node_text(&self->plan->arena, SQL_NAME, node->position, stored->stored);
  } else if (node && node->kind == SQL_COLUMN && node->bound == self->reference) {
    node->text = stored->columns[node->bound_index].name;
    node->length = (uint32_t)strlen(node->text);
  }
  return node;
}

static int make_frontier(struct plan *plan, struct recursion *recursion) {
  const char *name = arena_format(&plan->arena, "%s_frontier", plan->view->stored);
  if (!name)
    return plan_out_of_memory(plan);
  recursion->frontier_relation = *plan->view;
  recursion->frontier_relation.stored = name;
  return delta_new(plan->database, &recursion->frontier_relation, &recursion->frontier);
}

/* plan->join becomes that of the recursive term. */
static int read_join(struct plan *plan, struct recursion *recursion,
                     const char **refusal) {
  struct sql_node *select = plan->select;
  const char *not_a_join = plan->not_a_join;
  plan->select = (struct sql_node *)(uintptr_t)recursion->step;
  plan->not_a_join = NULL;
  int rc = join_read(plan);
  *refusal = plan->not_a_join ? "its recursive term is more than an inner join" : NULL;
  plan->select = select;
  plan->not_a_join = not_a_join;
  recursion->self = -1;
  for (int i = 0; rc == TIDE_OK && !*refusal && i < plan->join.source_count; i++)
    if (plan->join.sources[i].relation == plan->view)
      recursion->self = i;
  if (rc == TIDE_OK && !*refusal && recursion->self < 0)
    *refusal = "its recursive term does not read the recursion";
  return rc;
}

static int read_step(struct plan *plan, struct recursion *recursion,
                     const struct sql_node *cte, const char **refusal) {
  const struct sql_node *body = cte->child[CTE_STATEMENT]->child[QUERY_BODY];
  struct sql_node *step = bind_clone_tree(&plan->arena, body->child[BODY_RIGHT]);
  struct self self = {.plan = plan, .name = cte->text};
  if (!step)
    return plan_out_of_memory(plan);
  sql_walk(step, find_self, &self);
  sql_rewrite(step, read_stored, &self);
  if (plan->arena.failed)
    return plan_out_of_memory(plan);
  int rc = lower_term(plan, step, &recursion->step);
  if (rc == TIDE_OK)
    rc = read_join(plan, recursion, refusal);
  if (rc == TIDE_OK && !*refusal)
    rc = make_frontier(plan, recursion);
  if (rc == TIDE_OK && !*refusal)
    plan->join.sources[recursion->self].delta = recursion->frontier;
  return rc;
}

/* --- keys and indexes --- */

/* The columns of the source that the results show bare. */
static int shown_columns(const struct plan *plan, const struct sql_node *select,
                         const char *alias, const struct relation *relation,
                         int *columns) {
  const struct sql_node *results = select->child[SELECT_RESULTS];
  int count = 0;
  (void)plan;
  for (uint32_t i = 0; i < results->count; i++) {
    const struct sql_node *one = results->child[i]->child[0];
    if (one->kind != SQL_COLUMN || !one->child[0] ||
        strcmp(one->child[0]->text, alias) != 0)
      continue;
    int column = relation_column(relation, one->text);
    if (column >= 0)
      columns[count++] = column;
  }
  return count;
}

static bool shows_key(struct plan *plan, const struct relation *relation,
                      const int *columns, int count) {
  struct source_key key;
  for (int which = 0; join_find_key(plan, relation, which, &key); which++) {
    int shown = 0;
    for (int i = 0; i < key.count; i++)
      for (int at = 0; at < count; at++)
        if (columns[at] == key.columns[i]) {
          shown++;
          break;
        }
    if (shown == key.count)
      return true;
  }
  return false;
}

/* Where a given row may come from is found by what is shown of a relation. */
static int wish_shown(struct plan *plan, const struct sql_node *select,
                      const char *alias, const struct relation *relation) {
  int *columns =
      plan_alloc(plan, ((size_t)plan->view->column_count + 1) * sizeof *columns);
  if (!columns)
    return plan_out_of_memory(plan);
  int count = shown_columns(plan, select, alias, relation, columns);
  if (count == 0 || shows_key(plan, relation, columns, count))
    return TIDE_OK;
  return plan_wish_index(plan, relation, columns, count);
}

static int set_up_union(struct plan *plan, struct recursion *recursion) {
  int count = plan->view->column_count;
  int *key = plan_alloc(plan, ((size_t)count + 1) * sizeof *key);
  if (!key)
    return plan_out_of_memory(plan);
  for (int i = 0; i < count; i++)
    key[i] = i;
  int rc = storage_set_key(&plan->storage, &plan->arena, key, count, false);
  const struct sql_node *base = recursion->base->child[SELECT_FROM]->child[0];
  if (rc == TIDE_OK)
    rc = wish_shown(plan, recursion->base, base->text, recursion->base_delta->relation);
  for (int i = 0; rc == TIDE_OK && i < plan->join.source_count; i++)
    if (i != recursion->self)
      rc = wish_shown(plan, recursion->step, plan->join.sources[i].alias,
                      plan->join.sources[i].relation);
  return rc;
}

/* --- planning --- */

static void release(struct plan *plan) {
  struct recursion *recursion = plan->state;
  if (!recursion)
    return;
  recursion_finalize(recursion);
  delta_free(recursion->frontier);
  changes_deinit(&recursion->current);
  changes_deinit(&recursion->next);
  changes_deinit(&recursion->gone);
  changes_deinit(&recursion->found);
  row_pool_deinit(&recursion->scratch);
  plan->state = NULL;
}

static struct recursion *new_recursion(struct plan *plan) {
  struct recursion *recursion = plan_alloc(plan, sizeof *recursion);
  if (!recursion)
    return NULL;
  changes_init(&recursion->current, plan->database->memory);
  changes_init(&recursion->next, plan->database->memory);
  changes_init(&recursion->gone, plan->database->memory);
  changes_init(&recursion->found, plan->database->memory);
  row_pool_init(&recursion->scratch, plan->database->memory);
  return recursion;
}

static int plan_recursive(struct plan *plan, const char **refusal) {
  const struct sql_node *cte = recursive_cte(plan);
  *refusal = why_not(plan, cte);
  if (*refusal)
    return TIDE_OK;
  struct recursion *recursion = new_recursion(plan);
  if (!recursion)
    return plan_out_of_memory(plan);
  plan->state = recursion;
  const struct sql_node *body = cte->child[CTE_STATEMENT]->child[QUERY_BODY];
  recursion->all = (body->flags & SQL_ALL) != 0;
  int rc = read_base(plan, recursion, body->child[BODY_LEFT]);
  if (rc == TIDE_OK)
    rc = read_step(plan, recursion, cte, refusal);
  if (rc == TIDE_OK && !*refusal)
    rc = join_wish_indexes(plan);
  if (rc == TIDE_OK && !*refusal && !recursion->all)
    rc = set_up_union(plan, recursion);
  if (rc != TIDE_OK || *refusal)
    release(plan);
  return rc;
}

/* --- emitting --- */

/* Rows that never met may be looked at together on the way. Is that all there is to the
 * failure? Computing the query anew will tell. */
static bool may_be_ours(int code) {
  return code != TIDE_OK && code != TIDE_ERROR_NOMEM && code != TIDE_ERROR_LIMIT &&
         code != TIDE_ERROR_STORAGE_FULL && code != TIDE_ERROR_INPUT_OUTPUT;
}

static void forget(struct recursion *recursion) {
  delta_clear(recursion->frontier);
  changes_clear(&recursion->current);
  changes_clear(&recursion->next);
  changes_clear(&recursion->gone);
  changes_clear(&recursion->found);
}

static int rows(struct plan *plan) {
  struct recursion *recursion = plan->state;
  if (!recursion->all)
    return storage_add(&plan->storage, plan->fill, 1, &plan->changes);
  int rc = recursion_sum_rows(plan);
  forget(recursion);
  return rc;
}

static int emit(struct plan *plan, bool *recompute) {
  struct recursion *recursion = plan->state;
  recursion_read_changed(plan);
  recursion->stored_count = -1;
  *recompute =
      __builtin_popcount(recursion->came | recursion->went) > RECURSION_CHANGED_MAX;
  int rc = TIDE_OK;
  if (!*recompute)
    rc = recursion->all ? recursion_maintain_sum(plan, recompute)
                        : recursion_maintain_set(plan, recompute);
  if (may_be_ours(rc)) {
    error_clear(plan->database->error);
    *recompute = true;
    rc = TIDE_OK;
  }
  forget(recursion);
  return rc;
}

const struct emitter emit_recursive = {
    .name = "incremental recursion",
    .plan = plan_recursive,
    .emit = emit,
    .rows = rows,
    .release = release,
    .explain = recursion_explain,
};
