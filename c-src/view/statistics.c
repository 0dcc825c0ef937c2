/* Counters of maintenance. */
#include "view/statistics.h"

#include <string.h>

#include "view/views.h"

/* --- one maintenance --- */

static bool is_counted(const struct graph *graph, int node, int read) {
  const struct delta *delta = graph->nodes[node]->deltas[read];
  for (int i = 0; i <= node; i++)
    for (int k = 0; k < (i < node ? graph->nodes[i]->read_count : read); k++)
      if (graph->nodes[i]->deltas[k] == delta)
        return true;
  return false;
}

void maintenance_read(const struct graph *graph, uint64_t run,
                      struct maintenance *maintenance) {
  *maintenance =
      (struct maintenance){.rows_out = graph_view(graph)->written, .graph = graph};
  for (int i = 0; i < graph->node_count; i++) {
    const struct plan *plan = graph->nodes[i];
    maintenance->recomputed |= plan->recomputed;
    for (int k = 0; k < plan->read_count; k++) {
      const struct delta *delta = plan->deltas[k];
      if (!relation_is_internal(delta->relation) && delta->run == run &&
          !is_counted(graph, i, k))
        maintenance->rows_in += delta->count;
    }
  }
}

/* --- adding up --- */

const struct statistics *statistics_find(const struct database *database,
                                         int64_t view) {
  const struct statistics *one = database->views->statistics;
  while (one && one->view != view)
    one = one->next;
  return one;
}

static struct statistics *statistics_of(struct database *database,
                                        struct view_entry *entry) {
  struct views *views = database->views;
  struct statistics *one = entry->statistics ? entry->statistics : views->statistics;
  while (one && one->view != entry->view->id)
    one = one->next;
  if (!one) {
    one = memory_allocate_zeroed(database->memory, sizeof *one);
    if (!one)
      return NULL;
    one->view = entry->view->id;
    one->next = views->statistics;
    views->statistics = one;
  }
  entry->statistics = one;
  return one;
}

static bool has_nodes_of(const struct statistics *one, const struct graph *graph) {
  if (one->node_count != graph->node_count)
    return false;
  for (int i = 0; i < one->node_count; i++)
    if (one->kinds[i] != graph->nodes[i]->emitter)
      return false;
  return true;
}

static void forget_nodes(struct memory *memory, struct statistics *one) {
  memory_release(memory, one->nodes);
  memory_release(memory, one->kinds);
  one->nodes = NULL;
  one->kinds = NULL;
  one->node_count = 0;
}

static bool make_nodes(struct memory *memory, struct statistics *one,
                       const struct graph *graph) {
  size_t count = (size_t)graph->node_count;
  forget_nodes(memory, one);
  one->nodes = memory_allocate_zeroed(memory, count * sizeof *one->nodes);
  one->kinds = memory_allocate_zeroed(memory, count * sizeof *one->kinds);
  if (!one->nodes || !one->kinds) {
    forget_nodes(memory, one);
    return false;
  }
  one->node_count = graph->node_count;
  for (int i = 0; i < graph->node_count; i++)
    one->kinds[i] = graph->nodes[i]->emitter;
  return true;
}

static void add_nodes(struct statistics *one, const struct graph *graph) {
  for (int i = 0; i < graph->node_count; i++) {
    const struct plan *plan = graph->nodes[i];
    struct counters *counters = &one->nodes[i];
    counters->maintenances += plan->read > 0 || plan->recomputed;
    counters->rows_in += plan->read;
    counters->rows_out += plan->written;
    counters->recomputes += plan->recomputed;
    counters->microseconds += plan->microseconds;
  }
}

void statistics_add(struct database *database, struct view_entry *entry,
                    const struct maintenance *maintenance) {
  struct statistics *one = statistics_of(database, entry);
  if (!one)
    return;
  one->all.maintenances++;
  one->all.rows_in += maintenance->rows_in;
  one->all.rows_out += maintenance->rows_out;
  one->all.recomputes += maintenance->recomputed;
  one->all.microseconds += maintenance->microseconds;
  const struct graph *graph = maintenance->graph;
  if (graph && (has_nodes_of(one, graph) || make_nodes(database->memory, one, graph)))
    add_nodes(one, graph);
}

struct counters statistics_of_node(const struct statistics *statistics,
                                   const struct graph *graph, int index) {
  return statistics && has_nodes_of(statistics, graph) ? statistics->nodes[index]
                                                       : (struct counters){0};
}

void statistics_time_nodes(struct database *database, bool on) {
  database->views->node_timing = on;
}

bool statistics_times_nodes(const struct database *database) {
  return database->views->node_timing;
}

void statistics_reset(struct database *database) {
  struct views *views = database->views;
  for (int i = 0; i < views->entry_count; i++)
    views->entries[i].statistics = NULL;
  while (views->statistics) {
    struct statistics *one = views->statistics;
    views->statistics = one->next;
    forget_nodes(database->memory, one);
    memory_release(database->memory, one);
  }
}

void statistics_close(struct database *database) {
  statistics_reset(database);
}
