/* UNION, INTERSECT and EXCEPT, with and without ALL, in any nesting.
 *
 * How often a row is in the result follows from how often it is in each of the branches.
 * These counters are kept per row that any branch has, so that a changed row costs a look
 * at its own. UNION ALL alone needs none: it is the sum of its branches.
 */
#include "view/emit.h"
#include "view/graph.h"
#include "view/shape.h"

#include <string.h>

#include "sql/walk.h"
#include "view/flatten.h"
#include "view/scan.h"

/* A SELECT over one stored relation. */
struct branch {
  const struct sql_node *bound; /* SELECT or VALUES */
  struct sql_node *query;       /* lowered */
  const struct sql_node *reference;
  struct delta *delta;
  sqlite3_stmt
      *statement; /* its changes and their weights; prepared when first needed */
  struct changes changes;
};

/* The operations in the order in which they are computed: a branch pushes its count, an
 * operation takes two. */
struct step {
  bool is_branch;
  bool all;
  unsigned op;
};

struct set {
  int branch_count, step_count;
  struct branch *branches;
  struct step *steps;
  struct state_table *counters; /* NULL: nothing but UNION ALL */
  int64_t *before, *after, *stack;
  struct changes rows;            /* those that a branch has changed */
  struct changes counter_changes; /* of the rows of `counters` */
};

/* --- reading the operations --- */

static const struct sql_node *without_parentheses(const struct sql_node *body) {
  while (body->kind == SQL_QUERY && !body->child[QUERY_WITH] &&
         !body->child[QUERY_LIMIT] && !body->child[QUERY_OFFSET])
    body = body->child[QUERY_BODY];
  return body;
}

static int count_branches(const struct sql_node *body) {
  body = without_parentheses(body);
  return body->kind == SQL_SET_OPERATION ? count_branches(body->child[BODY_LEFT]) +
                                               count_branches(body->child[BODY_RIGHT])
                                         : 1;
}

static void read_steps(struct set *set, const struct sql_node *body) {
  body = without_parentheses(body);
  bool is_branch = body->kind != SQL_SET_OPERATION;
  if (is_branch) {
    set->branches[set->branch_count++].bound = body;
  } else {
    read_steps(set, body->child[BODY_LEFT]);
    read_steps(set, body->child[BODY_RIGHT]);
  }
  set->steps[set->step_count++] =
      (struct step){is_branch, (body->flags & SQL_ALL) != 0, is_branch ? 0 : body->op};
}

static bool sums_only(const struct set *set) {
  for (int i = 0; i < set->step_count; i++)
    if (!set->steps[i].is_branch &&
        (set->steps[i].op != SQL_UNION || !set->steps[i].all))
      return false;
  return true;
}

static int64_t combine(const struct step *step, int64_t left, int64_t right) {
  if (step->op == SQL_UNION)
    return step->all ? left + right : left > 0 || right > 0;
  if (step->op == SQL_INTERSECT) {
    int64_t both = left < right ? left : right;
    return step->all ? both : both > 0;
  }
  int64_t rest = left > right ? left - right : 0;
  return step->all ? rest : left > 0 && right == 0;
}

/* How often a row is in the result that is `counts[i]` times in branch i. */
static int64_t multiplicity(const struct set *set, const int64_t *counts) {
  int depth = 0, branch = 0;
  for (int i = 0; i < set->step_count; i++) {
    const struct step *step = &set->steps[i];
    if (step->is_branch) {
      set->stack[depth++] = counts[branch++];
    } else {
      depth--;
      set->stack[depth - 1] = combine(step, set->stack[depth - 1], set->stack[depth]);
    }
  }
  return set->stack[0];
}

/* --- what it takes --- */

/* Lowers the branch by itself. */
static int read_branch(struct plan *plan, struct branch *branch, const char **refusal) {
  struct arena *arena = &plan->arena;
  changes_init(&branch->changes, plan->database->memory);
  struct sql_node *query = sql_node_new(arena, SQL_QUERY, branch->bound->position);
  struct sql_node *body = bind_clone_tree(arena, branch->bound);
  if (!query || !body)
    return plan_out_of_memory(plan);
  query->child[QUERY_BODY] = body;
  if (!shape_is_projection(body)) {
    *refusal = "a branch is more than rows of one relation";
    return TIDE_OK;
  }
  branch->reference = body->child[SELECT_FROM]->child[0];
  for (int i = 0; i < plan->read_count; i++)
    if (plan->reads[i] == branch->reference->bound)
      branch->delta = plan->deltas[i];
  branch->query = lower_statement(&plan->binding, query);
  return branch->query ? TIDE_OK : plan->database->error->code;
}

static int read_set(struct plan *plan, struct set *set, const char **refusal) {
  const struct sql_node *body = plan->bound->child[QUERY_BODY];
  size_t count = (size_t)count_branches(body);
  set->branches = plan_alloc(plan, count * sizeof *set->branches);
  set->steps = plan_alloc(plan, 2 * count * sizeof *set->steps);
  set->before = plan_alloc(plan, count * sizeof *set->before);
  set->after = plan_alloc(plan, count * sizeof *set->after);
  set->stack = plan_alloc(plan, count * sizeof *set->stack);
  if (plan->arena.failed)
    return plan_out_of_memory(plan);
  read_steps(set, body);
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && !*refusal && i < set->branch_count; i++)
    rc = read_branch(plan, &set->branches[i], refusal);
  return rc;
}

static const char *why_not(const struct plan *plan) {
  if (plan->binding.volatility != 0)
    return "it calls a function that is not immutable";
  const struct sql_node *query = plan->bound;
  if (query->child[QUERY_WITH] || query->child[QUERY_LIMIT] ||
      query->child[QUERY_OFFSET] ||
      without_parentheses(query->child[QUERY_BODY])->kind != SQL_SET_OPERATION)
    return "it is not one set operation";
  return NULL;
}

/* Of values that are equal but differ SQLite shows any. */
static bool has_spellings(const struct plan *plan) {
  for (int i = 0; i < plan->view->column_count; i++)
    if (type_collation(plan->view->columns[i].type))
      return true;
  return false;
}

/* --- the identity of rows --- */

/* Which columns of a branch show a key of its relation; 0: none do. */
static int branch_key(struct plan *plan, const struct sql_node *select, int *columns,
                      bool *never_null) {
  if (select->kind != SQL_SELECT)
    return 0;
  const struct sql_node *reference = select->child[SELECT_FROM]->child[0];
  const struct sql_node *results = select->child[SELECT_RESULTS];
  struct source_key key;
  for (int which = 0; join_find_key(plan, reference->bound, which, &key); which++) {
    int count = 0;
    for (int i = 0; i < key.count; i++)
      for (uint32_t shown = 0; shown < results->count; shown++) {
        const struct sql_node *value = results->child[shown]->child[0];
        if (value->kind != SQL_COLUMN || value->bound != reference ||
            value->bound_index != key.columns[i])
          continue;
        columns[count++] = (int)shown;
        break;
      }
    *never_null = key.never_null;
    if (count == key.count && !key.repeats)
      return count;
  }
  return 0;
}

/* Columns that tell the rows of a body apart; 0: it may repeat rows. */
static int find_key(struct plan *plan, const struct sql_node *body, int *columns,
                    bool *never_null) {
  body = without_parentheses(body);
  if (body->kind != SQL_SET_OPERATION)
    return branch_key(plan, body, columns, never_null);
  int count = 0;
  if (body->op != SQL_UNION)
    count = find_key(plan, body->child[BODY_LEFT], columns, never_null);
  if (count == 0 && body->op == SQL_INTERSECT)
    count = find_key(plan, body->child[BODY_RIGHT], columns, never_null);
  if (count > 0 || (body->flags & SQL_ALL))
    return count;
  *never_null = false;
  for (int i = 0; i < plan->view->column_count; i++)
    columns[i] = i;
  return plan->view->column_count;
}

static int set_identity(struct plan *plan) {
  bool never_null = false;
  int *columns = plan_alloc(plan, (size_t)plan->view->column_count * sizeof *columns);
  if (!columns)
    return plan_out_of_memory(plan);
  int count = find_key(plan, plan->bound->child[QUERY_BODY], columns, &never_null);
  return count > 0
             ? storage_set_key(&plan->storage, &plan->arena, columns, count, never_null)
             : TIDE_OK;
}

/* --- counters --- */

static void print_names(const char *prefix, int count, struct buffer *out) {
  for (int i = 0; i < count; i++)
    buffer_format(out, "%s%s%d", i > 0 ? ", " : "", prefix, i + 1);
}

/* SQL of all counters: each branch says 1 for itself. */
static int print_counters(struct plan *plan, const struct set *set,
                          struct buffer *out) {
  int rc = TIDE_OK, count = plan->view->column_count;
  buffer_text(out, "WITH __rows(");
  print_names("c", count, out);
  buffer_text(out, ", ");
  print_names("n", set->branch_count, out);
  for (int i = 0; rc == TIDE_OK && i < set->branch_count; i++) {
    buffer_text(out, i > 0 ? " UNION ALL SELECT *" : ") AS (SELECT *");
    for (int one = 0; one < set->branch_count; one++)
      buffer_text(out, one == i ? ", 1" : ", 0");
    buffer_text(out, " FROM (");
    rc = plan_print(plan, set->branches[i].query, out);
    buffer_character(out, ')');
  }
  buffer_text(out, ") SELECT ");
  print_names("c", count, out);
  for (int i = 0; i < set->branch_count; i++)
    buffer_format(out, ", sum(n%d)", i + 1);
  buffer_text(out, " FROM __rows GROUP BY ");
  print_names("c", count, out);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

static int declare_columns(struct plan *plan, struct state_table *table, int counters) {
  struct arena *arena = &plan->arena;
  int count = plan->view->column_count;
  int *key = plan_alloc(plan, (size_t)count * sizeof *key);
  for (int i = 0; key && i < count; i++) {
    const char *name = arena_format(arena, "c%d", i + 1);
    key[i] = name ? storage_add_column(&table->storage, arena, name,
                                       plan->view->columns[i].type)
                  : -1;
  }
  for (int i = 0; i < counters && !arena->failed; i++) {
    const char *name = arena_format(arena, "n%d", i + 1);
    if (name)
      storage_add_column(&table->storage, arena, name, TYPE(TYPE_BIGINT));
  }
  return arena->failed ? plan_out_of_memory(plan)
                       : storage_set_key(&table->storage, arena, key, count, false);
}

static int declare_counters(struct plan *plan, struct set *set) {
  struct buffer sql;
  int rc = state_new(plan, &set->counters);
  if (rc == TIDE_OK)
    rc = declare_columns(plan, set->counters, set->branch_count);
  if (rc != TIDE_OK)
    return rc;
  buffer_init(&sql, plan->database->memory);
  rc = print_counters(plan, set, &sql);
  if (rc == TIDE_OK)
    set->counters->fill = arena_string(&plan->arena, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc == TIDE_OK && plan->arena.failed ? plan_out_of_memory(plan) : rc;
}

/* --- planning --- */

static void release(struct plan *plan) {
  struct set *set = plan->state;
  if (!set)
    return;
  for (int i = 0; i < set->branch_count; i++) {
    struct branch *branch = &set->branches[i];
    sqlite3_finalize(branch->statement);
    if (branch->changes.pool.memory)
      changes_deinit(&branch->changes);
  }
  changes_deinit(&set->rows);
  changes_deinit(&set->counter_changes);
  plan->state = NULL;
}

static int plan_set(struct plan *plan, const char **refusal) {
  *refusal = why_not(plan);
  if (*refusal)
    return TIDE_OK;
  struct set *set = plan_alloc(plan, sizeof *set);
  if (!set)
    return plan_out_of_memory(plan);
  changes_init(&set->rows, plan->database->memory);
  changes_init(&set->counter_changes, plan->database->memory);
  plan->state = set;
  int rc = read_set(plan, set, refusal);
  bool counts = rc == TIDE_OK && !*refusal && !sums_only(set);
  if (counts && has_spellings(plan))
    *refusal = "it compares values of a type that spells equal ones differently";
  else if (counts)
    rc = declare_counters(plan, set);
  if (rc == TIDE_OK && !*refusal)
    rc = set_identity(plan);
  if (rc != TIDE_OK || *refusal)
    release(plan);
  return rc;
}

/* --- emitting --- */

/* SELECT results, weight FROM delta WHERE … */
static int print_changes(struct plan *plan, const struct branch *branch,
                         struct buffer *out) {
  const struct sql_node *select = branch->query->child[QUERY_BODY];
  const struct sql_node *results = select->child[SELECT_RESULTS];
  const char *alias = select->child[SELECT_FROM]->child[0]->text;
  int rc = TIDE_OK;
  buffer_text(out, "SELECT ");
  for (uint32_t i = 0; rc == TIDE_OK && i < results->count; i++) {
    rc = plan_print(plan, results->child[i]->child[0], out);
    buffer_text(out, ", ");
  }
  buffer_format(out, "%q.__weight FROM %q AS %q", alias, branch->delta->table, alias);
  if (rc == TIDE_OK && select->child[SELECT_WHERE]) {
    buffer_text(out, " WHERE ");
    rc = plan_print(plan, select->child[SELECT_WHERE], out);
  }
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

static int prepare_changes(struct plan *plan, struct branch *branch) {
  if (branch->statement)
    return TIDE_OK;
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  int rc = print_changes(plan, branch, &sql);
  if (rc == TIDE_OK)
    rc =
        database_prepare(plan->database, buffer_string(&sql), true, &branch->statement);
  buffer_deinit(&sql);
  return rc;
}

/* Adds what has changed in the branch. */
static int read_changes(struct plan *plan, struct branch *branch,
                        struct changes *changes) {
  const struct storage *storage = &plan->storage;
  bool row;
  int rc = prepare_changes(plan, branch);
  if (rc != TIDE_OK)
    return rc;
  int count = plan->view->column_count;
  while ((rc = database_step(plan->database, branch->statement, &row)) == TIDE_OK &&
         row)
    if (!changes_add_statement(changes, branch->statement, count, storage->affinity,
                               sqlite3_column_int64(branch->statement, count)))
      break;
  sqlite3_reset(branch->statement);
  return rc == TIDE_OK && changes->failed ? plan_out_of_memory(plan) : rc;
}

static bool add_copy(struct changes *changes, struct row row, int64_t weight) {
  row_begin(&changes->pool);
  row_add_bytes(&changes->pool, row.bytes, row.size);
  return changes_add(changes, row_end(&changes->pool), weight) != NULL;
}

/* Changes of the branches, and which rows they are of. */
static int read_branches(struct plan *plan, struct set *set) {
  int rc = TIDE_OK;
  changes_clear(&set->rows);
  for (int i = 0; rc == TIDE_OK && i < set->branch_count; i++) {
    struct branch *branch = &set->branches[i];
    changes_clear(&branch->changes);
    if (branch->delta->count == 0)
      continue;
    rc = read_changes(plan, branch, &branch->changes);
    for (uint32_t at = 0; rc == TIDE_OK && at < branch->changes.count; at++)
      if (branch->changes.entries[at].weight != 0 &&
          !add_copy(&set->rows, branch->changes.entries[at].row, 1))
        rc = plan_out_of_memory(plan);
  }
  return rc;
}

/* The counters of a row before the changes: 0 where it is not known. */
static void read_counters(const struct plan *plan, struct set *set, struct row stored) {
  struct row_value value;
  const unsigned char *at = stored.bytes;
  for (int i = 0; at && i < plan->view->column_count; i++)
    at = row_read(at, &value);
  for (int i = 0; i < set->branch_count; i++) {
    if (at)
      at = row_read(at, &value);
    set->before[i] = at ? value.integer : 0;
  }
}

/* Notes the counters of `row` as they are now, if any branch still has it. */
static bool add_counters(struct set *set, struct row row) {
  struct row_pool *pool = &set->counter_changes.pool;
  bool some = false;
  row_begin(pool);
  row_add_bytes(pool, row.bytes, row.size);
  for (int i = 0; i < set->branch_count; i++) {
    row_add_integer(pool, set->after[i]);
    some |= set->after[i] != 0;
  }
  struct row counted = row_end(pool);
  if (some || !counted.bytes)
    return changes_add(&set->counter_changes, counted, 1) != NULL;
  row_abandon(pool, counted);
  return true;
}

static int change_row(struct plan *plan, struct set *set, struct row row,
                      bool *recompute) {
  struct row stored;
  int rc =
      storage_find(&set->counters->storage, row, &set->counter_changes.pool, &stored);
  if (rc != TIDE_OK)
    return rc;
  read_counters(plan, set, stored);
  if (stored.bytes && !changes_add(&set->counter_changes, stored, -1))
    return plan_out_of_memory(plan);
  for (int i = 0; i < set->branch_count; i++) {
    const struct change *change = changes_find(&set->branches[i].changes, row);
    set->after[i] = set->before[i] + (change ? change->weight : 0);
    *recompute |= set->after[i] < 0; /* what goes was never counted */
  }
  int64_t weight = multiplicity(set, set->after) - multiplicity(set, set->before);
  bool added =
      add_counters(set, row) && (weight == 0 || add_copy(&plan->changes, row, weight));
  return added ? TIDE_OK : plan_out_of_memory(plan);
}

static int emit_counted(struct plan *plan, struct set *set, bool *recompute) {
  int rc = read_branches(plan, set);
  changes_clear(&set->counter_changes);
  for (uint32_t i = 0; rc == TIDE_OK && !*recompute && i < set->rows.count; i++)
    rc = change_row(plan, set, set->rows.entries[i].row, recompute);
  bool in_step = true;
  if (rc == TIDE_OK && !*recompute)
    rc = storage_apply(&set->counters->storage, &set->counter_changes, &in_step);
  *recompute |= !in_step;
  changes_clear(&set->rows);
  changes_clear(&set->counter_changes);
  return rc;
}

static int emit(struct plan *plan, bool *recompute) {
  struct set *set = plan->state;
  if (set->counters)
    return emit_counted(plan, set, recompute);
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < set->branch_count; i++)
    if (set->branches[i].delta->count > 0)
      rc = read_changes(plan, &set->branches[i], &plan->changes);
  return rc;
}

/* What changes in each branch. */
static int explain(struct plan *plan, struct buffer *out) {
  const struct set *set = plan->state;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < set->branch_count; i++) {
    const struct branch *branch = &set->branches[i];
    buffer_text(out, "delta of ");
    graph_print_relation(branch->delta->relation, out);
    buffer_text(out, ": ");
    size_t start = out->length;
    rc = print_changes(plan, branch, out);
    if (rc == TIDE_OK)
      rc = scan_explain(plan, start, out);
  }
  return rc;
}

const struct emitter emit_set = {
    .name = "incremental set operation",
    .plan = plan_set,
    .emit = emit,
    .release = release,
    .explain = explain,
};
