/* GROUP BY with aggregates that can be kept: what rows that come and go add to a group or
 * take from it is enough to know it. See aggregate.h for what is kept. */
#include <string.h>

#include "sql/walk.h"
#include "view/aggregate.h"
#include "view/emit.h"

/* --- the statement that computes a stored row from keys and sums --- */

static int find_key(const struct group *group, const struct sql_node *node) {
  for (int i = 0; i < group->key_count; i++)
    if (group_is_key(group->keys[i].expression, node))
      return i;
  return -1;
}

/* A column of the subquery `state` that print_state prints. */
static struct sql_node *state_column(struct plan *plan, const struct sql_node *node,
                                     const char *name, int number) {
  struct arena *arena = &plan->arena;
  struct sql_node *column = sql_node_text(arena, SQL_COLUMN, node->position,
                                          arena_format(arena, "%s%d", name, number));
  if (!column)
    return NULL;
  column->child[0] = sql_node_text(arena, SQL_NAME, node->position, "state");
  column->type = node->type;
  return column;
}

/* Puts columns of `state` in the place of keys and aggregates. *complete turns false
 * when another column is left over: one that follows from the keys. */
static struct sql_node *over_state(struct plan *plan, struct sql_node *node,
                                   bool *complete) {
  const struct aggregates *state = plan->state;
  if (!node)
    return NULL;
  int key = find_key(&state->group, node);
  if (key >= 0)
    return state_column(plan, node, "key_", key + 1);
  int aggregate = group_is_aggregate(node) ? aggregates_find(state, node) : -1;
  if (aggregate >= 0)
    return state_column(plan, node, "value_", aggregate + 1);
  if (node->kind == SQL_COLUMN) {
    *complete = false;
    return node;
  }
  for (uint32_t i = 0; i < node->count; i++)
    node->child[i] = over_state(plan, node->child[i], complete);
  return node;
}

static void print_key(const struct group_key *key, int number, struct buffer *out) {
  const char *collation = type_collation(key->expression->type);
  buffer_format(out, "?%d%s%s AS key_%d, ", number, collation ? " COLLATE " : "",
                collation ? collation : "", number);
}

static void print_state(const struct aggregates *state, struct buffer *out) {
  buffer_text(out, " FROM (SELECT ");
  for (int i = 0; i < state->group.key_count; i++)
    print_key(&state->group.keys[i], i + 1, out);
  for (int i = 0; i < state->count; i++) {
    aggregates_print_value(state, &state->all[i], out);
    buffer_format(out, " AS value_%d, ", i + 1);
  }
  buffer_text(out, "1) AS state");
}

static int print_results_over_state(struct plan *plan, bool *complete,
                                    struct buffer *out) {
  const struct sql_node *results = plan->select->child[SELECT_RESULTS];
  int rc = TIDE_OK;
  for (uint32_t i = 0; rc == TIDE_OK && i < results->count; i++) {
    struct sql_node *result = sql_clone(&plan->arena, results->child[i]->child[0]);
    result = over_state(plan, result, complete);
    if (!result || plan->arena.failed)
      return plan_out_of_memory(plan);
    rc = plan_print(plan, result, out);
    buffer_text(out, ", ");
  }
  return rc;
}

static int print_compute(struct plan *plan, bool *complete, struct buffer *out) {
  const struct aggregates *state = plan->state;
  uint32_t shown = plan->select->child[SELECT_RESULTS]->count;
  buffer_text(out, "SELECT ");
  int rc = print_results_over_state(plan, complete, out);
  for (int i = 0; i < state->group.key_count; i++)
    if (state->group.keys[i].column >= (int)shown)
      buffer_format(out, "?%d, ", i + 1);
  for (int i = 0; i < state->sum_count; i++)
    buffer_format(out, "%s?%d", i > 0 ? ", " : "", state->group.key_count + 1 + i);
  print_state(state, out);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

static int print_statements(struct plan *plan, const char **refusal) {
  struct aggregates *state = plan->state;
  struct buffer sql;
  bool complete = true;
  buffer_init(&sql, plan->database->memory);
  int rc = print_compute(plan, &complete, &sql);
  if (rc == TIDE_OK)
    state->compute_sql = arena_string(&plan->arena, buffer_string(&sql));
  if (rc == TIDE_OK && !state->compute_sql)
    rc = plan_out_of_memory(plan);
  if (!complete)
    *refusal = "it shows columns that are neither grouped nor aggregated";
  buffer_deinit(&sql);
  return rc == TIDE_OK && complete ? aggregates_print_fills(plan, state) : rc;
}

static void release(struct plan *plan) {
  if (plan->state)
    aggregates_deinit(plan, plan->state);
  plan->state = NULL;
}

static int plan_aggregate(struct plan *plan, const char **refusal) {
  struct aggregates *state = plan_alloc(plan, sizeof *state);
  if (!state)
    return plan_out_of_memory(plan);
  changes_init(&state->keys, plan->database->memory);
  plan->state = state;
  int rc = group_read_dependent(plan, &state->group, refusal);
  if (rc == TIDE_OK && !*refusal)
    rc = aggregates_read(plan, state, refusal);
  if (rc == TIDE_OK && !*refusal)
    rc = print_statements(plan, refusal);
  if (rc == TIDE_OK && !*refusal)
    rc = aggregates_plan_rekey(plan, state);
  if (rc != TIDE_OK || *refusal)
    release(plan);
  return rc;
}

/* --- emitting --- */

/* Changes the lists of the group and binds their texts. */
static int bind_lists(struct plan *plan, struct row old, const int64_t *sums,
                      bool *in_step) {
  struct aggregates *state = plan->state;
  int rc = TIDE_OK, bound = SQLITE_OK;
  for (int i = 0; rc == TIDE_OK && *in_step && i < state->list_count; i++) {
    struct list *list = &state->lists[i];
    int64_t head = sums[state->sum_count + 1 + i];
    list_of_row(list, old);
    if (head > 0)
      rc = list_splice(plan, list, state->group.key_count, head, in_step);
    if (rc == TIDE_OK) /* NULL where there is no element */
      bound = sqlite3_bind_text64(state->compute, aggregates_list_parameter(state, i),
                                  (const char *)list->value.text, list->value.length,
                                  SQLITE_STATIC, SQLITE_UTF8);
    if (rc == TIDE_OK && bound != SQLITE_OK)
      rc = database_error(plan->database, bound);
  }
  return rc;
}

static int bind(struct plan *plan, struct row key, struct row old, const int64_t *sums,
                bool *in_step) {
  struct aggregates *state = plan->state;
  int key_count = state->group.key_count;
  int rc = row_bind(state->compute, 1, key, key_count);
  for (int i = 0; rc == SQLITE_OK && i < state->sum_count; i++)
    rc = sqlite3_bind_int64(state->compute, key_count + 1 + i, sums[i]);
  return rc == SQLITE_OK ? bind_lists(plan, old, sums, in_step)
                         : database_error(plan->database, rc);
}

/* The row that was computed comes, with the lists behind it. */
static int add_row(struct plan *plan) {
  const struct aggregates *state = plan->state;
  struct row_pool *pool = &plan->changes.pool;
  int lists = plan->storage.column_count - 2 * state->list_count;
  row_begin(pool);
  for (int i = 0; i < lists; i++)
    row_add(pool, sqlite3_column_value(state->compute, i), plan->storage.affinity[i]);
  for (int i = 0; i < state->list_count; i++) {
    const struct list *list = &state->lists[i];
    list_add_columns(
        list,
        list->shown >= 0 ? sqlite3_column_value(state->compute, list->shown) : NULL,
        pool);
  }
  return changes_add(&plan->changes, row_end(pool), 1) ? TIDE_OK
                                                       : plan_out_of_memory(plan);
}

static int compute_row(struct plan *plan, struct row key, struct row old,
                       const int64_t *sums, bool *in_step) {
  struct aggregates *state = plan->state;
  bool row;
  int rc = TIDE_OK;
  if (!state->compute)
    rc = database_prepare(plan->database, state->compute_sql, true, &state->compute);
  if (rc == TIDE_OK)
    rc = bind(plan, key, old, sums, in_step);
  if (rc != TIDE_OK || !*in_step)
    return rc;
  rc = database_step(plan->database, state->compute, &row);
  if (rc == TIDE_OK && row)
    rc = add_row(plan);
  sqlite3_reset(state->compute);
  return rc;
}

/* Rows came and went that make no difference to the group. */
static bool is_unchanged(const struct aggregates *state, const int64_t *sums) {
  for (int i = 0; i < aggregates_delta_size(state); i++)
    if (sums[i] != 0)
      return false;
  return true;
}

/* The group's stored row; none when the one with its identity shows what the group was
 * called before. */
static int find_row(struct plan *plan, struct row key, struct row *old) {
  struct aggregates *state = plan->state;
  struct row identity = group_identity(&state->group, key, &state->keys.pool);
  if (!identity.bytes)
    return plan_out_of_memory(plan);
  int rc = storage_find(&plan->storage, identity, &plan->changes.pool, old);
  row_abandon(&state->keys.pool, identity);
  if (rc == TIDE_OK && old->bytes && !group_is_shown(&state->group, key, *old)) {
    row_abandon(&plan->changes.pool, *old);
    *old = (struct row){0};
    state->renamed = true;
  }
  return rc;
}

/* The group's stored row goes, the one that its new sums make comes. */
static int change_group(struct plan *plan, const struct change *group,
                        bool *recompute) {
  struct aggregates *state = plan->state;
  int64_t *sums = aggregates_deltas(state, group);
  struct row old;
  if (is_unchanged(state, sums))
    return TIDE_OK;
  int rc = find_row(plan, group->row, &old);
  if (rc != TIDE_OK)
    return rc;
  if (old.bytes) {
    *recompute |= !aggregates_add_old(state, old, sums);
    if (!changes_add(&plan->changes, old, -1))
      return plan_out_of_memory(plan);
  }
  bool lives = sums[0] > 0 || state->group.key_count == 0;
  /* stored sums that do not fit cannot be trusted */
  *recompute |= sums[0] < 0 || (!old.bytes && state->group.key_count == 0);
  if (!lives || *recompute)
    return TIDE_OK;
  bool in_step = true;
  rc = compute_row(plan, group->row, old, sums, &in_step);
  *recompute |= !in_step;
  return rc;
}

static int change_groups(struct plan *plan, bool *recompute) {
  struct aggregates *state = plan->state;
  bool in_step = true;
  state->renamed = false;
  int rc = aggregates_fold(plan, state, recompute);
  for (uint32_t i = 0; rc == TIDE_OK && !*recompute && i < state->keys.count; i++) {
    rc = change_group(plan, &state->keys.entries[i], recompute);
    /* the row of a group that was renamed goes with what it was called before */
    if (rc == TIDE_OK && !*recompute && !state->renamed)
      rc = plan_apply_early(plan, &in_step);
    *recompute |= !in_step;
  }
  return rc;
}

/* --- groups that only get other keys --- */

/* The group that the keys of the statement's row belong to. */
static int next_key(struct plan *plan, struct row *key) {
  struct aggregates *state = plan->state;
  bool row;
  int rc = database_step(plan->database, state->rekey.keys, &row);
  *key = (struct row){0};
  if (rc == TIDE_OK && row)
    *key = row_of_statement(&state->keys.pool, state->rekey.keys,
                            state->group.key_count, state->group.affinity);
  return rc == TIDE_OK && row && !key->bytes ? plan_out_of_memory(plan) : rc;
}

/* A group without a row has none of the joined rows. */
static int change_keys(struct plan *plan, struct row before, struct row after,
                       bool *recompute) {
  struct aggregates *state = plan->state;
  int64_t *sums = state->rekey.sums;
  struct row old;
  bool in_step = true;
  int rc = find_row(plan, before, &old);
  if (rc != TIDE_OK || !old.bytes)
    return rc;
  memset(sums, 0, (size_t)aggregates_delta_size(state) * sizeof *sums);
  if (!changes_add(&plan->changes, old, -1))
    return plan_out_of_memory(plan);
  *recompute |= !aggregates_add_old(state, old, sums);
  rc = compute_row(plan, after, old, sums, &in_step);
  *recompute |= !in_step;
  return rc;
}

static int rekey_groups(struct plan *plan, bool *recompute) {
  struct aggregates *state = plan->state;
  struct row before, after;
  int rc = TIDE_OK;
  if (!state->rekey.keys)
    rc = database_prepare(plan->database, state->rekey.sql, true, &state->rekey.keys);
  while (rc == TIDE_OK && !*recompute) {
    rc = next_key(plan, &before);
    if (rc != TIDE_OK || !before.bytes)
      break;
    rc = next_key(plan, &after);
    if (rc == TIDE_OK && after.bytes)
      rc = change_keys(plan, before, after, recompute);
  }
  sqlite3_reset(state->rekey.keys);
  return rc;
}

static int emit(struct plan *plan, bool *recompute) {
  struct aggregates *state = plan->state;
  int rc = aggregates_are_rekeyed(plan, state) ? rekey_groups(plan, recompute)
                                               : change_groups(plan, recompute);
  aggregates_forget(plan, state);
  return rc;
}

static int explain(struct plan *plan, struct buffer *out) {
  return aggregates_explain(plan, plan->state, out);
}

const struct emitter emit_aggregate = {
    .name = "incremental aggregate",
    .plan = plan_aggregate,
    .emit = emit,
    .release = release,
    .explain = explain,
};
