/* Makes the plan by which a view is maintained. */
#include "view/plan.h"

#include <string.h>

#include "sql/walk.h"
#include "view/emit.h"
#include "view/flatten.h"
#include "view/graph.h"
#include "view/views.h"

/* The first that takes the query maintains the view: cheapest first. */
static const struct emitter *const emitters[] = {
    &emit_static,    &emit_filter,      &emit_join,       &emit_aggregate,
    &emit_group,     &emit_function,    &emit_outer_join, &emit_subquery,
    &emit_window,    &emit_distinct_on, &emit_set,        &emit_limit,
    &emit_recursive, &emit_recompute,
};

void *plan_alloc(struct plan *plan, size_t size) {
  return arena_alloc(&plan->arena, size);
}

int plan_out_of_memory(struct plan *plan) {
  return error_set(plan->database->error, TIDE_ERROR_NOMEM, "out of memory");
}

int plan_print(struct plan *plan, const struct sql_node *node, struct buffer *out) {
  int rc = lower_print(&plan->binding, node, out);
  return rc == TIDE_OK && out->failed ? plan_out_of_memory(plan) : rc;
}

/* --- the query --- */

static int lower_query(struct plan *plan, struct sql_node *query) {
  plan->bound = bind_clone_tree(&plan->arena, query);
  if (!plan->bound)
    return plan_out_of_memory(plan);
  int rc = bind_relations(&plan->binding, query, &plan->reads, &plan->read_count);
  if (rc != TIDE_OK)
    return rc;
  plan->query = lower_statement(&plan->binding, query);
  if (!plan->query)
    return plan->database->error->code;
  plan->select = flatten_plain_select(plan->query);
  return TIDE_OK;
}

static int find_deltas(struct plan *plan) {
  plan->deltas =
      plan_alloc(plan, ((size_t)plan->read_count + 1) * sizeof *plan->deltas);
  if (!plan->deltas)
    return plan_out_of_memory(plan);
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < plan->read_count; i++) {
    const struct relation *relation = plan->reads[i];
    if (!relation_keeps_rows(relation))
      return error_set(
          plan->database->error, TIDE_ERROR_NOT_SUPPORTED,
          "view %q cannot keep rows of the runtime view %q, which are at its origin",
          plan->view->name, relation->name);
    rc = views_delta(plan->database, relation, &plan->deltas[i]);
  }
  return rc;
}

static int print_fill(struct plan *plan) {
  if (plan->fill)
    return TIDE_OK;
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  int rc = plan_print(plan, plan->query, &sql);
  if (rc == TIDE_OK)
    plan->fill = arena_string(&plan->arena, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc == TIDE_OK && !plan->fill ? plan_out_of_memory(plan) : rc;
}

/* --- indexes --- */

static bool contains(const int *columns, int count, int column) {
  for (int i = 0; i < count; i++)
    if (columns[i] == column)
      return true;
  return false;
}

int plan_wish_index(struct plan *plan, const struct relation *relation,
                    const int *columns, int count) {
  if (contains(columns, count, relation->row_id))
    return TIDE_OK;
  for (const struct index_wish *known = plan->indexes; known; known = known->next) {
    bool begins = known->relation == relation && !known->order && known->count >= count;
    for (int i = 0; begins && i < count; i++)
      begins = contains(known->columns, count, columns[i]);
    if (begins)
      return TIDE_OK;
  }
  struct index_wish *wish = plan_alloc(plan, sizeof *wish);
  int *kept = plan_alloc(plan, (size_t)count * sizeof *kept);
  if (!wish || !kept)
    return plan_out_of_memory(plan);
  *wish = (struct index_wish){plan->indexes, relation, 0, kept, NULL};
  for (int i = 0; i < count; i++)
    if (!contains(kept, wish->count, columns[i]))
      kept[wish->count++] = columns[i];
  plan->indexes = wish;
  return TIDE_OK;
}

int plan_wish_order(struct plan *plan, const struct relation *relation,
                    const char *order) {
  struct index_wish *wish = plan_alloc(plan, sizeof *wish);
  const char *kept = arena_string(&plan->arena, order);
  if (!wish || !kept)
    return plan_out_of_memory(plan);
  *wish = (struct index_wish){plan->indexes, relation, 0, NULL, kept};
  plan->indexes = wish;
  return TIDE_OK;
}

/* --- choosing an emitter --- */

/* Forgets what an emitter has set up before it refused. */
static int reset_storage(struct plan *plan) {
  storage_deinit(&plan->storage);
  state_deinit(plan);
  plan->fill = NULL;
  plan->indexes = NULL;
  return storage_init(&plan->storage, plan->database, &plan->arena, plan->view);
}

static int choose_emitter(struct plan *plan) {
  int rc = TIDE_OK;
  for (size_t i = 0; rc == TIDE_OK && i < sizeof emitters / sizeof *emitters; i++) {
    const char *refusal = NULL;
    rc = reset_storage(plan);
    if (rc == TIDE_OK)
      rc = emitters[i]->plan(plan, &refusal);
    if (rc == TIDE_OK && !refusal) {
      plan->emitter = emitters[i];
      return print_fill(plan);
    }
    if (refusal)
      buffer_format(&plan->refusals, "not %s: %s\n", emitters[i]->name, refusal);
  }
  if (rc == TIDE_OK)
    rc = error_set(plan->database->error, TIDE_ERROR_INTERNAL,
                   "no way to maintain view %q", plan->view->name);
  return rc;
}

int plan_new(struct graph *graph, const struct relation *relation,
             struct sql_node *query, struct plan **created) {
  struct database *database = graph->database;
  *created = NULL;
  struct plan *plan = memory_allocate_zeroed(database->memory, sizeof *plan);
  if (!plan)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  plan->database = database;
  plan->graph = graph;
  plan->number =
      relation_is_internal(relation) ? internal_relation(relation)->number : 0;
  plan->view = relation;
  arena_init(&plan->arena, database->memory);
  buffer_init(&plan->refusals, database->memory);
  changes_init(&plan->changes, database->memory);
  plan->binding = graph->binding;
  plan->binding.arena = &plan->arena;
  int rc = lower_query(plan, query);
  if (rc == TIDE_OK)
    rc = find_deltas(plan);
  if (rc == TIDE_OK)
    rc = join_read(plan);
  if (rc == TIDE_OK)
    rc = choose_emitter(plan);
  if (rc != TIDE_OK) {
    plan_free(plan);
    return rc;
  }
  *created = plan;
  return TIDE_OK;
}

void plan_free(struct plan *plan) {
  if (!plan)
    return;
  struct memory *memory = plan->database->memory;
  if (plan->emitter && plan->emitter->release)
    plan->emitter->release(plan);
  join_deinit(plan);
  storage_deinit(&plan->storage);
  state_deinit(plan);
  changes_deinit(&plan->changes);
  buffer_deinit(&plan->refusals);
  arena_deinit(&plan->arena);
  memory_release(memory, plan);
}

/* --- maintaining --- */

/* *changed: has a relation that the node reads? *unknown: can that not be told row
 * by row? */
static int compute_deltas(struct plan *plan, uint64_t run, bool *changed,
                          bool *unknown) {
  int rc = TIDE_OK;
  *changed = *unknown = false;
  plan->read = 0;
  for (int i = 0; rc == TIDE_OK && i < plan->read_count; i++) {
    struct delta *delta = plan->deltas[i];
    if (!relation_is_internal(delta->relation))
      rc = delta_compute(delta, run);
    plan->read += delta->count;
    *changed |= delta->count > 0 || delta->unknown;
    *unknown |= delta->unknown;
  }
  return rc;
}

static int64_t count_changes(const struct changes *changes) {
  int64_t count = 0;
  for (uint32_t i = 0; i < changes->count; i++)
    count += changes->entries[i].weight != 0;
  return count;
}

/* Writes plan->changes to the stored table; later nodes see them as a delta. Adds to *written. */
static int apply_changes(struct plan *plan, int64_t *written, bool *in_step) {
  *written += count_changes(&plan->changes);
  int rc = TIDE_OK;
  if (plan->output)
    rc = delta_take(plan->output, &plan->changes);
  return rc == TIDE_OK ? storage_apply(&plan->storage, &plan->changes, in_step) : rc;
}

int plan_apply_early(struct plan *plan, bool *in_step) {
  enum {
    CHANGES_MAX = 8
  }; /* rows of documents are long: they stay in the processor's caches */
  if (plan->output || plan->changes.count < CHANGES_MAX)
    return TIDE_OK;
  int rc = apply_changes(plan, &plan->written, in_step);
  changes_clear(&plan->changes);
  return rc;
}

/* What the stored rows have to change to. */
static int compare(struct plan *plan) {
  if (!plan->emitter->rows)
    return storage_compare(&plan->storage, plan->fill, &plan->changes);
  int rc = plan->emitter->rows(plan);
  return rc == TIDE_OK ? storage_retract_all(&plan->storage, &plan->changes) : rc;
}

int plan_refresh(struct plan *plan, int64_t *written) {
  bool in_step;
  *written = 0;
  changes_clear(&plan->changes);
  int rc = compare(plan);
  if (rc == TIDE_OK)
    rc = apply_changes(plan, written, &in_step);
  if (rc == TIDE_OK && !in_step)
    rc = error_set(plan->database->error, TIDE_ERROR_CORRUPT,
                   "the stored rows of view %q cannot be found by their key",
                   plan->view->name);
  return rc == TIDE_OK ? state_fill(plan) : rc;
}

/* What is left in plan->changes belongs to the delta that later nodes read. */
static int maintain_rows(struct plan *plan, bool recompute) {
  bool in_step = true;
  int64_t rest = 0;
  int rc = TIDE_OK;
  changes_clear(&plan->changes);
  if (!recompute)
    rc = plan->emitter->emit(plan, &recompute);
  if (rc == TIDE_OK && !recompute)
    rc = apply_changes(plan, &plan->written, &in_step);
  if (!in_step)
    trace_line(plan->database->trace, "view %s.%s: out of step, recomputed",
               plan->view->schema, plan->view->name);
  plan->recomputed = recompute || !in_step;
  if (rc == TIDE_OK && plan->recomputed)
    rc = plan_refresh(plan, &rest);
  plan->written += rest;
  return rc;
}

int plan_maintain(struct plan *plan, uint64_t run, int64_t *written) {
  bool changed, unknown;
  plan->written = 0;
  plan->recomputed = false;
  int rc = compute_deltas(plan, run, &changed, &unknown);
  if (rc == TIDE_OK && changed)
    rc = maintain_rows(plan, unknown);
  *written = plan->written;
  return rc;
}

static int fill_hashed(struct plan *plan) {
  int64_t written;
  int rc = storage_set_indexed(&plan->storage, false);
  if (rc == TIDE_OK)
    rc = plan_refresh(plan, &written);
  return rc == TIDE_OK ? storage_set_indexed(&plan->storage, true) : rc;
}

int plan_fill(struct plan *plan) {
  struct storage *storage = &plan->storage;
  if (storage->identity == STORAGE_BY_HASH)
    return fill_hashed(plan);
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  buffer_format(&sql, "INSERT INTO main.%q %s", plan->view->stored, plan->fill);
  int rc = sql.failed ? plan_out_of_memory(plan)
                      : database_execute(plan->database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc == TIDE_OK ? state_fill(plan) : rc;
}
