/* GROUP BY with any aggregates: the groups that changed rows belong to are
 * recomputed, the others are left alone. */
#include <string.h>

#include "catalog/spelling.h"
#include "sql/walk.h"
#include "view/canonical.h"
#include "view/emit.h"
#include "view/group.h"
#include "view/scan.h"

struct state {
  struct group group;
  bool indexed;            /* a group's rows can be found without reading all */
  const char *sql;         /* the stored row of the group with given keys */
  sqlite3_stmt *recompute; /* … prepared when it is first needed */
  struct changes keys;     /* groups affected */
};

/* --- what it takes --- */

static bool is_among(const char *name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(name, names[i]) == 0)
      return true;
  return false;
}

/* Does the result depend on the order in which the rows of a group come? It is the
 * same order for one relation, however a group is found; for a join it is not. */
static enum sql_walk find_order_dependent(const struct sql_node *node, void *context) {
  static const char *const independent[] = {
      "count",           "sum",     "avg",        "bool_and",     "bool_or",
      "every",           "bit_and", "bit_or",     "bit_xor",      "regr_count",
      "percentile_cont", "rank",    "dense_rank", "percent_rank", "cume_dist"};
  static const char *const shown[] = {"min", "max", "mode", "percentile_disc"};
  static const char *const exact[] = {"stddev",   "stddev_samp", "stddev_pop",
                                      "variance", "var_samp",    "var_pop"};
  static const char *const lists[] = {"string_agg",      "array_agg",
                                      "json_agg",        "jsonb_agg",
                                      "json_object_agg", "jsonb_object_agg"};
  const bool *ordered = context; /* canonical.h */
  if (!group_is_aggregate(node))
    return SQL_WALK_ON;
  const struct function *function = node->bound;
  const char *name = function->name;
  enum type_id type = function->argument[0].id;
  bool free = spelling_is_least(node);
  if (free)
    return SQL_WALK_ON;
  if (is_among(name, lists, sizeof lists / sizeof *lists))
    free = *ordered;
  else if (is_among(name, exact, sizeof exact / sizeof *exact))
    free = type != TYPE_REAL && type != TYPE_DOUBLE; /* they are numeric inside */
  else if (is_among(name, shown, sizeof shown / sizeof *shown))
    free = !type_collation(
        node->type); /* of equal values that are spelled differently one is shown */
  else if (is_among(name, independent, sizeof independent / sizeof *independent))
    free = type != TYPE_REAL; /* sums of real round */
  return free ? SQL_WALK_ON : SQL_WALK_STOP;
}

static const char *why_not(const struct plan *plan, const struct group *group) {
  if (group->key_count == 0)
    return "all rows are one group";
  bool ordered = canonical_is_total(plan->bound->child[QUERY_BODY]);
  if (plan->join.source_count > 1 &&
      !sql_walk(plan->select, find_order_dependent, &ordered))
    return "it has aggregates that depend on the order of joined rows";
  return NULL;
}

/* The expression by which the rows of a group are found: of a key with several spellings the column
 * itself, if it is one. That compares as its type does and may have an index. */
static const struct sql_node *found_by(const struct plan *plan,
                                       const struct group_key *key) {
  int source, column;
  const struct sql_node *varying = spelling_of_canonical(key->expression);
  bool is_column = varying && join_column(&plan->join, varying, &source, &column);
  return is_column ? varying : key->expression;
}

/* Wishes for an index over the grouped columns of the relation that has most of
 * them. */
static int wish_index(struct plan *plan, struct state *state) {
  int best = -1, best_count = 0;
  int *columns = plan_alloc(plan, (size_t)state->group.key_count * sizeof *columns);
  if (!columns)
    return plan_out_of_memory(plan);
  for (int source = 0; source < plan->join.source_count; source++) {
    int count = 0, key_source, column;
    for (int i = 0; i < state->group.key_count; i++)
      count += join_column(&plan->join, found_by(plan, &state->group.keys[i]),
                           &key_source, &column) &&
               key_source == source;
    if (count <= best_count)
      continue;
    best = source;
    best_count = count;
  }
  state->indexed = best >= 0;
  if (!state->indexed)
    return TIDE_OK;
  int count = 0;
  for (int i = 0; i < state->group.key_count; i++) {
    int source, column;
    if (join_column(&plan->join, found_by(plan, &state->group.keys[i]), &source,
                    &column) &&
        source == best)
      columns[count++] = column;
  }
  return plan_wish_index(plan, plan->join.sources[best].relation, columns, count);
}

/* --- statements --- */

/* All stored rows, or with `of_one_group` that of the group whose keys are the
 * parameters. */
static int print_stored(struct plan *plan, bool of_one_group, struct buffer *out) {
  const struct state *state = plan->state;
  const struct group *group = &state->group;
  const struct sql_node *having = plan->select->child[SELECT_HAVING];
  buffer_text(out, "SELECT ");
  int rc = group_print_stored(plan, group, out);
  if (rc == TIDE_OK)
    rc = join_from(plan, 0, out);
  for (int i = 0; rc == TIDE_OK && of_one_group && i < group->key_count; i++) {
    buffer_text(out, i > 0 || plan->join.conjunct_count > 0 ? " AND " : " WHERE ");
    rc = plan_print(plan, found_by(plan, &group->keys[i]), out);
    buffer_format(out, " IS ?%d", i + 1);
  }
  buffer_text(out, group->by);
  if (rc == TIDE_OK && having) {
    buffer_text(out, " HAVING ");
    rc = plan_print(plan, having, out);
  }
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

static int print_statements(struct plan *plan) {
  struct state *state = plan->state;
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  int rc = print_stored(plan, true, &sql);
  state->sql = arena_string(&plan->arena, buffer_string(&sql));
  buffer_clear(&sql);
  if (rc == TIDE_OK)
    rc = print_stored(plan, false, &sql);
  if (rc == TIDE_OK)
    plan->fill = arena_string(&plan->arena, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc == TIDE_OK && plan->arena.failed ? plan_out_of_memory(plan) : rc;
}

static void release(struct plan *plan) {
  struct state *state = plan->state;
  if (!state)
    return;
  sqlite3_finalize(state->recompute);
  changes_deinit(&state->keys);
  plan->state = NULL;
}

static int plan_group(struct plan *plan, const char **refusal) {
  struct state *state = plan_alloc(plan, sizeof *state);
  if (!state)
    return plan_out_of_memory(plan);
  changes_init(&state->keys, plan->database->memory);
  plan->state = state;
  int rc = group_read(plan, &state->group, refusal);
  if (rc == TIDE_OK && !*refusal)
    *refusal = why_not(plan, &state->group);
  if (rc == TIDE_OK && !*refusal)
    rc = wish_index(plan, state);
  if (rc == TIDE_OK && !*refusal)
    rc = print_statements(plan);
  if (rc != TIDE_OK || *refusal)
    release(plan);
  return rc;
}

/* --- emitting --- */

static int print_keys(struct plan *plan, const char *weight, struct buffer *out) {
  (void)
      weight; /* a group that rows come to or go from is affected, whichever they do */
  const struct state *state = plan->state;
  return group_print_keys(plan, &state->group, out);
}

static int run_term(struct plan *plan, join_set set) {
  struct state *state = plan->state;
  sqlite3_stmt *statement;
  bool row;
  int rc = join_term(plan, set, print_keys, NULL, &statement);
  if (rc != TIDE_OK)
    return rc;
  while ((rc = database_step(plan->database, statement, &row)) == TIDE_OK && row)
    if (!changes_add_statement(&state->keys, statement, state->group.key_count,
                               state->group.affinity, 1))
      break;
  sqlite3_reset(statement);
  return rc == TIDE_OK && state->keys.failed ? plan_out_of_memory(plan) : rc;
}

static int change_group(struct plan *plan, const struct change *group) {
  struct state *state = plan->state;
  struct row old;
  int rc = storage_find(&plan->storage, group->row, &plan->changes.pool, &old);
  if (rc != TIDE_OK)
    return rc;
  if (old.bytes && !changes_add(&plan->changes, old, -1))
    return plan_out_of_memory(plan);
  rc = row_bind(state->recompute, 1, group->row, state->group.key_count);
  if (rc != SQLITE_OK)
    return database_error(plan->database, rc);
  bool row;
  rc = database_step(plan->database, state->recompute, &row);
  if (rc == TIDE_OK && row)
    changes_add_statement(&plan->changes, state->recompute, plan->storage.column_count,
                          plan->storage.affinity, 1);
  sqlite3_reset(state->recompute);
  return rc == TIDE_OK && plan->changes.failed ? plan_out_of_memory(plan) : rc;
}

static int emit(struct plan *plan, bool *recompute) {
  struct state *state = plan->state;
  join_set changed = join_changed(&plan->join);
  *recompute = __builtin_popcount(changed) > JOIN_CHANGED_MAX;
  int rc = TIDE_OK;
  for (join_set set = join_next_set(changed, 0);
       rc == TIDE_OK && set != 0 && !*recompute; set = join_next_set(changed, set))
    rc = run_term(plan, set);
  if (rc == TIDE_OK && !state->recompute)
    rc = database_prepare(plan->database, state->sql, true, &state->recompute);
  /* without an index each group costs as much as all of them */
  if (state->keys.count > 1 && !state->indexed)
    *recompute = true;
  for (uint32_t i = 0; rc == TIDE_OK && !*recompute && i < state->keys.count; i++)
    rc = change_group(plan, &state->keys.entries[i]);
  changes_clear(&state->keys);
  return rc;
}

/* Which groups are affected, and what computes one of them. */
static int explain(struct plan *plan, struct buffer *out) {
  const struct state *state = plan->state;
  int rc = join_explain(plan, print_keys, NULL, out);
  if (rc == TIDE_OK)
    rc = scan_explain_statement(plan, "row of a group", state->sql, out);
  return rc;
}

const struct emitter emit_group = {
    .name = "recompute of the groups affected",
    .plan = plan_group,
    .emit = emit,
    .release = release,
    .explain = explain,
};
