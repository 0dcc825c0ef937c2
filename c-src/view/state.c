/* State tables of emitters: declared, created, filled, dropped and verified. */
#include "view/state.h"

#include "view/graph.h"

/* --- declaring --- */

int state_new(struct plan *plan, struct state_table **created) {
  int number = 0;
  struct state_table **link = &plan->states;
  for (; *link; link = &(*link)->next)
    number++;
  struct state_table *table = plan_alloc(plan, sizeof *table);
  const char *name =
      arena_format(&plan->arena, "__state_%lld_%d_%d", (long long)plan->graph->view->id,
                   plan->number, number);
  *created = table;
  if (!table || !name)
    return plan_out_of_memory(plan);
  table->relation =
      (struct relation){.id = -1, .name = name, .stored = name, .row_id = -1};
  *link = table;
  return storage_init(&table->storage, plan->database, &plan->arena, &table->relation);
}

int state_add_index(struct plan *plan, struct state_table *table, const char *columns) {
  struct state_index *index = plan_alloc(plan, sizeof *index);
  if (!index || !columns)
    return plan_out_of_memory(plan);
  *index = (struct state_index){table->indexes, columns};
  table->indexes = index;
  return TIDE_OK;
}

void state_deinit(struct plan *plan) {
  for (struct state_table *table = plan->states; table; table = table->next)
    storage_deinit(&table->storage);
  plan->states = NULL;
}

/* --- creating and dropping --- */

/* Only what is kept equal to its query has use for a state. */
static bool keeps_state(const struct plan *plan) {
  return plan->states && plan->graph->view->view->mode == SQL_REALTIME;
}

int state_exists(struct plan *plan, bool *exist) {
  int rc = TIDE_OK;
  *exist = true;
  for (struct state_table *table = plan->states;
       rc == TIDE_OK && *exist && keeps_state(plan) && table; table = table->next)
    rc = storage_exists(&table->storage, exist);
  return rc;
}

static void print_indexes(const struct state_table *table, const char *begin,
                          const char *end, struct buffer *out) {
  int number = 0;
  for (const struct state_index *index = table->indexes; index; index = index->next)
    buffer_format(out, "%sCREATE INDEX main.\"%s_index_%d\" ON %q(%s)%s", begin,
                  table->relation.stored, number++, table->relation.stored,
                  index->columns, end);
}

static int create_indexes(struct plan *plan, const struct state_table *table) {
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  print_indexes(table, "", "; ", &sql);
  int rc = sql.failed ? plan_out_of_memory(plan) : TIDE_OK;
  if (rc == TIDE_OK && sql.length > 0)
    rc = database_execute(plan->database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

void state_explain(const struct plan *plan, struct buffer *out) {
  for (const struct state_table *table = plan->states; table; table = table->next) {
    storage_explain(&table->storage, "remembers", out);
    print_indexes(table, "index: ", "\n", out);
  }
}

int state_create(struct plan *plan) {
  int rc = TIDE_OK;
  for (struct state_table *table = plan->states;
       rc == TIDE_OK && keeps_state(plan) && table; table = table->next) {
    rc = storage_create(&table->storage);
    if (rc == TIDE_OK)
      rc = create_indexes(plan, table);
  }
  return rc;
}

/* --- contents --- */

int state_fill(struct plan *plan) {
  struct buffer sql;
  buffer_init(&sql, plan->database->memory);
  for (struct state_table *table = plan->states; keeps_state(plan) && table;
       table = table->next)
    buffer_format(&sql, "DELETE FROM main.%q; INSERT INTO main.%q %s; ",
                  table->relation.stored, table->relation.stored, table->fill);
  int rc = sql.failed ? plan_out_of_memory(plan) : TIDE_OK;
  if (rc == TIDE_OK && sql.length > 0)
    rc = database_execute(plan->database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

static bool all_zero(const struct changes *changes) {
  for (uint32_t i = 0; i < changes->count; i++)
    if (changes->entries[i].weight != 0)
      return false;
  return true;
}

int state_verify(struct plan *plan, bool *holds) {
  struct changes difference;
  changes_init(&difference, plan->database->memory);
  int rc = TIDE_OK;
  for (struct state_table *table = plan->states;
       rc == TIDE_OK && keeps_state(plan) && table; table = table->next)
    rc = storage_compare(&table->storage, table->fill, &difference);
  *holds = rc == TIDE_OK && all_zero(&difference);
  changes_deinit(&difference);
  return rc;
}
