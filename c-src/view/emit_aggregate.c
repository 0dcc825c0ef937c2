/* GROUP BY with count, and sum and avg of integers: what rows that come and go add to a
 * group or take from it is enough to know it. The stored row of a group carries its sums:
 *
 *   __rows      how many rows it has; a group without any is gone, if there is GROUP BY
 *   __count_n   of aggregate n: how many arguments are not NULL
 *   __sum_n     … their sum
 *   __high_n    … for bigint, whose sum is numeric: the sum of x >> 32, while __sum_n is
 *               that of the low 32 bits
 */
#include <string.h>

#include "sql/walk.h"
#include "view/emit.h"
#include "view/group.h"

enum aggregate_kind { COUNT_ROWS, COUNT, SUM, SUM_BIGINT, AVERAGE, AVERAGE_BIGINT };

struct aggregate {
  const struct sql_node *call;
  enum aggregate_kind kind;
  const char *argument; /* SQL; NULL for COUNT_ROWS */
  int count, sum, high; /* numbers of its sums below, or -1 */
};

struct state {
  struct group group;
  int aggregate_count, aggregate_capacity;
  struct aggregate *aggregates;
  int sum_count;         /* sums of one group, the first being __rows */
  int first_column;      /* of the stored table that holds sums */
  const char **sums;     /* SQL of what is summed: NULL stands for 1 */
  sqlite3_stmt *compute; /* from keys and sums to a stored row */
  struct changes keys; /* groups affected; weight: index of its first sum in `deltas` */
  int64_t *deltas;
  size_t delta_count, delta_capacity;
};

/* --- what it takes --- */

static bool is_named(const struct function *function, const char *name) {
  return strcmp(function->name, name) == 0;
}

/* The kind of an aggregate call that can be kept by adding and subtracting; false
 * for others. */
static bool classify(const struct sql_node *call, enum aggregate_kind *kind) {
  const struct function *function = call->bound;
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  if ((call->flags & SQL_DISTINCT) || call->child[CALL_ORDER] ||
      call->child[CALL_WITHIN])
    return false;
  if (is_named(function, "count")) {
    bool rows = (call->flags & SQL_ALL_ROWS) || !arguments || arguments->count == 0;
    *kind = rows && !call->child[CALL_FILTER] ? COUNT_ROWS : COUNT;
    return true;
  }
  bool sum = is_named(function, "sum");
  if (!sum && !is_named(function, "avg"))
    return false;
  enum type_id type = function->argument[0].id;
  if (type == TYPE_BIGINT)
    *kind = sum ? SUM_BIGINT : AVERAGE_BIGINT;
  else
    *kind = sum ? SUM : AVERAGE;
  return type == TYPE_BIGINT || type == TYPE_INTEGER || type == TYPE_SMALLINT;
}

/* The argument as one expression: NULL where FILTER leaves the row out. */
static int print_argument(struct plan *plan, const struct sql_node *call,
                          const char **sql) {
  const struct sql_node *filter = call->child[CALL_FILTER];
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  struct buffer out;
  int rc = TIDE_OK;
  buffer_init(&out, plan->database->memory);
  if (filter) {
    buffer_text(&out, "CASE WHEN ");
    rc = plan_print(plan, filter, &out);
    buffer_text(&out, " THEN ");
  }
  buffer_character(&out, '(');
  if (rc == TIDE_OK && arguments && arguments->count > 0)
    rc = plan_print(plan, arguments->child[0], &out);
  else
    buffer_character(&out, '1');
  buffer_text(&out, filter ? ") END" : ")");
  *sql = out.failed ? NULL : arena_string(&plan->arena, buffer_string(&out));
  buffer_deinit(&out);
  return rc == TIDE_OK && !*sql ? plan_out_of_memory(plan) : rc;
}

static int add_sum(struct plan *plan, const char *name, int number, const char *sql) {
  struct state *state = plan->state;
  char *column = number > 0 ? arena_format(&plan->arena, "__%s_%d", name, number)
                            : arena_format(&plan->arena, "__%s", name);
  int index = column ? storage_add_column(&plan->storage, &plan->arena, column,
                                          TYPE(TYPE_BIGINT))
                     : -1;
  if (index < 0)
    return -1;
  state->sums[state->sum_count] = sql;
  return state->sum_count++;
}

static int add_sums(struct plan *plan, struct aggregate *aggregate, int number) {
  struct arena *arena = &plan->arena;
  const char *x = aggregate->argument;
  aggregate->count = aggregate->sum = aggregate->high = -1;
  if (aggregate->kind == COUNT_ROWS)
    return TIDE_OK;
  aggregate->count =
      add_sum(plan, "count", number, arena_format(arena, "%s IS NOT NULL", x));
  if (aggregate->kind == SUM || aggregate->kind == AVERAGE)
    aggregate->sum = add_sum(plan, "sum", number, x);
  if (aggregate->kind == SUM_BIGINT || aggregate->kind == AVERAGE_BIGINT) {
    aggregate->sum =
        add_sum(plan, "sum", number, arena_format(arena, "(%s & 4294967295)", x));
    aggregate->high =
        add_sum(plan, "high", number, arena_format(arena, "(%s >> 32)", x));
  }
  return arena->failed ? plan_out_of_memory(plan) : TIDE_OK;
}

struct collector {
  struct plan *plan;
  bool refused;
};

static enum sql_walk collect_aggregate(const struct sql_node *node, void *context) {
  struct collector *collector = context;
  struct state *state = collector->plan->state;
  if (!group_is_aggregate(node))
    return SQL_WALK_ON;
  struct aggregate found = {.call = node};
  collector->refused = !classify(node, &found.kind);
  if (collector->refused)
    return SQL_WALK_STOP;
  for (int i = 0; i < state->aggregate_count; i++)
    if (sql_equal(state->aggregates[i].call, node))
      return SQL_WALK_SKIP;
  if (state->aggregate_count == state->aggregate_capacity) {
    int capacity = state->aggregate_capacity * 2 + 4;
    struct aggregate *larger =
        plan_alloc(collector->plan, (size_t)capacity * sizeof *larger);
    if (!larger)
      return SQL_WALK_STOP;
    if (state->aggregate_count > 0)
      memcpy(larger, state->aggregates,
             (size_t)state->aggregate_count * sizeof *larger);
    state->aggregates = larger;
    state->aggregate_capacity = capacity;
  }
  state->aggregates[state->aggregate_count++] = found;
  return SQL_WALK_SKIP;
}

static int collect_aggregates(struct plan *plan, const char **refusal) {
  struct state *state = plan->state;
  struct collector collector = {.plan = plan};
  if (plan->select->child[SELECT_HAVING])
    *refusal = "it has HAVING";
  sql_walk(plan->select->child[SELECT_RESULTS], collect_aggregate, &collector);
  if (plan->arena.failed)
    return plan_out_of_memory(plan);
  if (collector.refused)
    *refusal = "it has aggregates other than count, and sum and avg of integers";
  if (*refusal)
    return TIDE_OK;
  state->first_column = plan->storage.column_count;
  state->sums =
      plan_alloc(plan, ((size_t)state->aggregate_count * 3 + 1) * sizeof *state->sums);
  if (!state->sums || add_sum(plan, "rows", 0, NULL) < 0)
    return plan_out_of_memory(plan);
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < state->aggregate_count; i++) {
    struct aggregate *aggregate = &state->aggregates[i];
    if (aggregate->kind != COUNT_ROWS)
      rc = print_argument(plan, aggregate->call, &aggregate->argument);
    if (rc == TIDE_OK)
      rc = add_sums(plan, aggregate, i + 1);
  }
  return rc;
}

/* --- the statement that computes a stored row from keys and sums --- */

static int find_aggregate(const struct state *state, const struct sql_node *node) {
  for (int i = 0; i < state->aggregate_count; i++)
    if (sql_equal(state->aggregates[i].call, node))
      return i;
  return -1;
}

static int find_key(const struct group *group, const struct sql_node *node) {
  for (int i = 0; i < group->key_count; i++)
    if (sql_equal(group->keys[i].expression, node))
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
  const struct state *state = plan->state;
  if (!node)
    return NULL;
  int key = find_key(&state->group, node);
  if (key >= 0)
    return state_column(plan, node, "key_", key + 1);
  int aggregate = group_is_aggregate(node) ? find_aggregate(state, node) : -1;
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

static void print_value(const struct state *state, const struct aggregate *aggregate,
                        struct buffer *out) {
  int first = state->group.key_count + 1; /* parameter of sum 0 */
  int count = first + aggregate->count, sum = first + aggregate->sum;
  bool average = aggregate->kind == AVERAGE || aggregate->kind == AVERAGE_BIGINT;
  if (aggregate->kind == COUNT_ROWS || aggregate->kind == COUNT) {
    buffer_format(out, "?%d", aggregate->kind == COUNT ? count : first);
    return;
  }
  buffer_format(out, "CASE WHEN ?%d > 0 THEN ", count);
  if (average)
    buffer_text(out, "pg_numeric_divide(");
  if (aggregate->high >= 0)
    buffer_format(
        out,
        "pg_numeric_add(pg_numeric_multiply(CAST(?%d AS TEXT), '4294967296'), "
        "CAST(?%d AS TEXT))",
        first + aggregate->high, sum);
  else
    buffer_format(out, average ? "CAST(?%d AS TEXT)" : "?%d", sum);
  if (average)
    buffer_format(out, ", CAST(?%d AS TEXT))", count);
  buffer_text(out, " END");
}

static void print_state(const struct state *state, struct buffer *out) {
  buffer_text(out, " FROM (SELECT ");
  for (int i = 0; i < state->group.key_count; i++)
    buffer_format(out, "?%d AS key_%d, ", i + 1, i + 1);
  for (int i = 0; i < state->aggregate_count; i++) {
    print_value(state, &state->aggregates[i], out);
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
  const struct state *state = plan->state;
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

/* --- the query of all stored columns --- */

static int print_fill(struct plan *plan, struct buffer *out) {
  const struct state *state = plan->state;
  buffer_text(out, "SELECT ");
  int rc = group_print_stored(plan, &state->group, out);
  buffer_text(out, ", count(*)");
  for (int i = 1; i < state->sum_count; i++)
    buffer_format(out, ", coalesce(sum(%s), 0)", state->sums[i]);
  if (rc == TIDE_OK)
    rc = join_from(plan, 0, out);
  buffer_text(out, state->group.by);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

static int print_statements(struct plan *plan, const char **refusal) {
  struct state *state = plan->state;
  struct buffer sql;
  bool complete = true;
  buffer_init(&sql, plan->database->memory);
  int rc = print_compute(plan, &complete, &sql);
  if (rc == TIDE_OK && complete)
    rc = database_prepare(plan->database, buffer_string(&sql), true, &state->compute);
  if (!complete)
    *refusal = "it shows columns that are neither grouped nor aggregated";
  buffer_clear(&sql);
  if (rc == TIDE_OK && complete)
    rc = print_fill(plan, &sql);
  if (rc == TIDE_OK)
    plan->fill = arena_string(&plan->arena, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc == TIDE_OK && !plan->fill ? plan_out_of_memory(plan) : rc;
}

static void release(struct plan *plan) {
  struct state *state = plan->state;
  if (!state)
    return;
  sqlite3_finalize(state->compute);
  changes_deinit(&state->keys);
  memory_release(plan->database->memory, state->deltas);
  plan->state = NULL;
}

static int plan_aggregate(struct plan *plan, const char **refusal) {
  struct state *state = plan_alloc(plan, sizeof *state);
  if (!state)
    return plan_out_of_memory(plan);
  changes_init(&state->keys, plan->database->memory);
  plan->state = state;
  int rc = group_read(plan, &state->group, refusal);
  if (rc == TIDE_OK && !*refusal)
    rc = collect_aggregates(plan, refusal);
  if (rc == TIDE_OK && !*refusal)
    rc = print_statements(plan, refusal);
  if (rc != TIDE_OK || *refusal)
    release(plan);
  return rc;
}

/* --- emitting --- */

static int print_sums(struct plan *plan, const char *weight, struct buffer *out) {
  const struct state *state = plan->state;
  int rc = group_print_keys(plan, &state->group, out);
  for (int i = 0; i < state->sum_count; i++) {
    if (i > 0 || state->group.key_count > 0)
      buffer_text(out, ", ");
    if (state->sums[i])
      buffer_format(out, "coalesce(sum(%s * (%s)), 0)", weight, state->sums[i]);
    else
      buffer_format(out, "coalesce(sum(%s), 0)", weight);
  }
  return rc;
}

/* The sums of the group whose key is the statement's current row, all 0 when it is
 * new; NULL when memory ran out. */
static int64_t *deltas_of(struct plan *plan, sqlite3_stmt *statement) {
  struct state *state = plan->state;
  size_t count = (size_t)state->sum_count;
  struct change *group = changes_add_statement(
      &state->keys, statement, state->group.key_count, state->group.affinity, 0);
  if (!group)
    return NULL;
  if (group->weight > 0)
    return &state->deltas[group->weight - 1];
  if (state->delta_count + count > state->delta_capacity) {
    size_t capacity = (state->delta_count + count) * 2;
    int64_t *larger = memory_reallocate(plan->database->memory, state->deltas,
                                        capacity * sizeof *larger);
    if (!larger)
      return NULL;
    state->deltas = larger;
    state->delta_capacity = capacity;
  }
  int64_t *deltas = &state->deltas[state->delta_count];
  memset(deltas, 0, count * sizeof *deltas);
  group->weight = (int64_t)state->delta_count + 1;
  state->delta_count += count;
  return deltas;
}

static int run_term(struct plan *plan, join_set set, bool *overflow) {
  struct state *state = plan->state;
  sqlite3_stmt *statement;
  bool row, complete = true;
  int rc = join_term(plan, set, print_sums, state->group.by, &statement);
  if (rc != TIDE_OK)
    return rc;
  while ((rc = database_step(plan->database, statement, &row)) == TIDE_OK && row) {
    int64_t *deltas = deltas_of(plan, statement);
    complete = deltas;
    for (int i = 0; complete && i < state->sum_count; i++)
      *overflow |= __builtin_add_overflow(
          deltas[i], sqlite3_column_int64(statement, state->group.key_count + i),
          &deltas[i]);
    if (!complete)
      break;
  }
  sqlite3_reset(statement);
  return rc == TIDE_OK && !complete ? plan_out_of_memory(plan) : rc;
}

/* Adds the sums of the stored row `old` to `sums`. */
static bool add_old_sums(const struct state *state, struct row old, int64_t *sums) {
  const unsigned char *at = old.bytes;
  struct row_value value = {0};
  bool overflow = false;
  for (int i = 0; i < state->first_column; i++)
    at = row_read(at, &value);
  for (int i = 0; i < state->sum_count; i++) {
    at = row_read(at, &value);
    overflow |= __builtin_add_overflow(sums[i], value.integer, &sums[i]);
  }
  return overflow;
}

static int compute_row(struct plan *plan, struct row key, const int64_t *sums) {
  struct state *state = plan->state;
  sqlite3_stmt *statement = state->compute;
  int key_count = state->group.key_count;
  int rc = row_bind(statement, 1, key, key_count);
  for (int i = 0; rc == SQLITE_OK && i < state->sum_count; i++)
    rc = sqlite3_bind_int64(statement, key_count + 1 + i, sums[i]);
  if (rc != SQLITE_OK)
    return database_error(plan->database, rc);
  bool row;
  rc = database_step(plan->database, statement, &row);
  if (rc == TIDE_OK && row)
    changes_add_statement(&plan->changes, statement, plan->storage.column_count,
                          plan->storage.affinity, 1);
  sqlite3_reset(statement);
  return rc == TIDE_OK && plan->changes.failed ? plan_out_of_memory(plan) : rc;
}

/* The group's stored row goes, the one that its new sums make comes. */
static int change_group(struct plan *plan, const struct change *group,
                        bool *recompute) {
  struct state *state = plan->state;
  int64_t *sums = &state->deltas[group->weight - 1];
  struct row old;
  int rc = storage_find(&plan->storage, group->row, &plan->changes.pool, &old);
  if (rc != TIDE_OK)
    return rc;
  if (old.bytes) {
    *recompute |= add_old_sums(state, old, sums);
    if (!changes_add(&plan->changes, old, -1))
      return plan_out_of_memory(plan);
  }
  bool lives = sums[0] > 0 || state->group.key_count == 0;
  /* stored sums that do not fit cannot be trusted */
  *recompute |= sums[0] < 0 || (!old.bytes && state->group.key_count == 0);
  return lives && !*recompute ? compute_row(plan, group->row, sums) : TIDE_OK;
}

static int run_terms(struct plan *plan, join_set changed, bool *overflow) {
  int rc = TIDE_OK;
  for (join_set set = join_next_set(changed, 0); rc == TIDE_OK && set != 0;
       set = join_next_set(changed, set))
    rc = run_term(plan, set, overflow);
  return rc;
}

static void forget_deltas(struct plan *plan) {
  enum { CAPACITY_KEPT = 1 << 13 };
  struct state *state = plan->state;
  state->delta_count = 0;
  if (state->delta_capacity <= CAPACITY_KEPT)
    return;
  memory_release(plan->database->memory, state->deltas);
  state->deltas = NULL;
  state->delta_capacity = 0;
}

static int emit(struct plan *plan, bool *recompute) {
  struct state *state = plan->state;
  join_set changed = join_changed(&plan->join);
  *recompute = __builtin_popcount(changed) > JOIN_CHANGED_MAX;
  if (*recompute)
    return TIDE_OK;
  int rc = run_terms(plan, changed, recompute);
  for (uint32_t i = 0; rc == TIDE_OK && !*recompute && i < state->keys.count; i++)
    rc = change_group(plan, &state->keys.entries[i], recompute);
  changes_clear(&state->keys);
  forget_deltas(plan);
  return rc;
}

const struct emitter emit_aggregate = {
    .name = "incremental aggregate",
    .plan = plan_aggregate,
    .emit = emit,
    .release = release,
};
