/* What views remember, compared with what it is made of. */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/emit.h"
#include "view/views.h"

/* Of one table: how to read it, and how to compute what it should hold. */
struct compared {
  char *fill;
  sqlite3_stmt *found, *wanted;
};

void state_check_init(struct state_check *check) {
  *check = (struct state_check){0};
  map_init(&check->tables, memory_default());
  rows_init(&check->found);
  rows_init(&check->wanted);
}

static void forget(struct compared *compared) {
  sqlite3_finalize(compared->found);
  sqlite3_finalize(compared->wanted);
  free(compared->fill);
  *compared = (struct compared){0};
}

void state_check_forget(struct state_check *check) {
  const struct map_entry *entry;
  size_t position = 0;
  while ((entry = map_next(&check->tables, &position))) {
    forget(entry->value);
    free(entry->value);
  }
  map_deinit(&check->tables);
  map_init(&check->tables, memory_default());
}

void state_check_deinit(struct state_check *check) {
  state_check_forget(check);
  map_deinit(&check->tables);
  rows_deinit(&check->found);
  rows_deinit(&check->wanted);
}

/* --- one table --- */

static int prepare(struct state_check *check, struct database *database,
                   const char *table, const char *fill, struct compared **compared) {
  *compared = map_get_text(&check->tables, table);
  if (!*compared) {
    *compared = calloc(1, sizeof **compared);
    map_set_text(&check->tables, table, *compared);
  }
  if ((*compared)->wanted && strcmp((*compared)->fill, fill) == 0)
    return TIDE_OK;
  char sql[100];
  snprintf(sql, sizeof sql, "SELECT * FROM main.\"%s\"", table);
  forget(*compared);
  (*compared)->fill = strdup(fill);
  int rc = database_prepare(database, sql, true, &(*compared)->found);
  return rc == TIDE_OK ? database_prepare(database, fill, true, &(*compared)->wanted)
                       : rc;
}

static int collect(struct database *database, sqlite3_stmt *statement,
                   const struct storage *storage, struct rows *rows) {
  bool row;
  int rc;
  rows_clear(rows);
  while ((rc = database_step(database, statement, &row)) == TIDE_OK && row)
    rows_add_stored(rows, statement, storage->column_count, storage->affinity);
  sqlite3_reset(statement);
  return rc;
}

static enum state_verdict check_table(struct state_check *check,
                                      const struct storage *storage, const char *fill,
                                      struct buffer *report) {
  struct database *database = storage->database;
  const char *table = storage->relation->stored;
  struct compared *compared;
  int rc = prepare(check, database, table, fill, &compared);
  if (rc == TIDE_OK)
    rc = collect(database, compared->wanted, storage, &check->wanted);
  if (rc == TIDE_OK)
    rc = collect(database, compared->found, storage, &check->found);
  if (rc != TIDE_OK)
    return STATE_ERROR;
  check->count++;
  if (!rows_differ(&check->found, &check->wanted, report))
    return STATE_EQUAL;
  buffer_format(report, "# in %s, which should hold\n#   %s\n", table, fill);
  return STATE_DIFFERENT;
}

/* --- a view --- */

static enum state_verdict check_node(struct state_check *check, const struct plan *plan,
                                     struct buffer *report) {
  enum state_verdict verdict = check_table(check, &plan->storage, plan->fill, report);
  for (const struct state_table *table = plan->states; verdict == STATE_EQUAL && table;
       table = table->next)
    verdict = check_table(check, &table->storage, table->fill, report);
  if (verdict == STATE_DIFFERENT)
    buffer_format(report, "# node %d: %s\n", plan->number, plan->emitter->name);
  return verdict;
}

enum state_verdict state_check_view(struct state_check *check,
                                    struct database *database,
                                    const struct relation *view,
                                    struct buffer *report) {
  struct view_entry *entry =
      views_prepare(database) == TIDE_OK ? views_entry(database, view) : NULL;
  enum state_verdict verdict = STATE_EQUAL;
  struct graph *graph;
  if (!entry || !entry->maintained)
    return entry ? STATE_EQUAL : STATE_ERROR;
  if (views_graph(database, entry, &graph) != TIDE_OK)
    return STATE_ERROR;
  /* after ALTER TABLE a table of another layout is made anew before it is used */
  bool stored = graph->checked;
  if (!stored && graph_is_stored(graph, &stored) != TIDE_OK)
    return STATE_ERROR;
  for (int i = 0; stored && verdict == STATE_EQUAL && i < graph->node_count; i++)
    verdict = check_node(check, graph->nodes[i], report);
  return verdict;
}
