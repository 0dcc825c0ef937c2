/* EXPLAIN VIEW: how a local view is kept up to date. */
#include <string.h>

#include "view/emit.h"
#include "view/views.h"

static void explain_relations(const struct plan *plan, struct buffer *out) {
  buffer_text(out, "reads: ");
  for (int i = 0; i < plan->read_count; i++) {
    buffer_text(out, i > 0 ? ", " : "");
    graph_print_relation(plan->reads[i], out);
  }
  buffer_text(out, plan->read_count > 0 ? "\n" : "nothing\n");
}

static void explain_identity(const struct plan *plan, struct buffer *out) {
  const struct storage *storage = &plan->storage;
  buffer_text(out, "row identity: ");
  for (int i = 0; i < storage->key_count; i++)
    buffer_format(out, "%s%s", i > 0 ? ", " : "",
                  storage->columns[storage->key[i]].name);
  if (storage->identity == STORAGE_ONE_ROW)
    buffer_text(out, "there is one row");
  if (storage->identity == STORAGE_BY_HASH)
    buffer_text(out, "all columns; rows may repeat");
  buffer_character(out, '\n');
}

static int explain_indexes(const struct plan *plan, struct buffer *out) {
  int rc = TIDE_OK;
  for (const struct index_wish *wish = plan->indexes; rc == TIDE_OK && wish;
       wish = wish->next) {
    buffer_text(out, "searches: ");
    graph_print_relation(wish->relation, out);
    buffer_format(out, " (%s", wish->order ? wish->order : "");
    for (int i = 0; i < wish->count; i++)
      buffer_format(out, "%s%s", i > 0 ? ", " : "",
                    wish->relation->columns[wish->columns[i]].name);
    buffer_text(out, ")\n");
    rc = views_explain_index(plan->database, wish, out);
  }
  return rc;
}

/* The SQL that maintenance runs. */
static int explain_statements(struct plan *plan, struct buffer *out) {
  if (plan->emitter->explain)
    return plan->emitter->explain(plan, out);
  buffer_format(out, "on any change: %s\n", plan->fill);
  return TIDE_OK;
}

static int explain_node(struct plan *plan, struct buffer *out) {
  if (plan->number > 0)
    buffer_format(out, "node %d: %s\n", plan->number, plan->emitter->name);
  else
    buffer_format(out, "maintenance: %s\n", plan->emitter->name);
  explain_relations(plan, out);
  explain_identity(plan, out);
  storage_explain(&plan->storage, "stored", out);
  state_explain(plan, out);
  int rc = explain_indexes(plan, out);
  buffer_append(out, plan->refusals.data, plan->refusals.length);
  return rc == TIDE_OK ? explain_statements(plan, out) : rc;
}

/* The view itself first, then the nodes that it is made of. */
static int explain_graph(const struct graph *graph, struct buffer *out) {
  int rc = explain_node(graph_view(graph), out);
  for (int i = 0; rc == TIDE_OK && i < graph->node_count - 1; i++)
    rc = explain_node(graph->nodes[i], out);
  return rc == TIDE_OK && out->failed
             ? error_set(graph->database->error, TIDE_ERROR_NOMEM, "out of memory")
             : rc;
}

int view_explain(struct database *database, const struct relation *relation,
                 struct buffer *out) {
  int rc = views_prepare(database);
  struct view_entry *entry = rc == TIDE_OK ? views_entry(database, relation) : NULL;
  struct graph *graph;
  if (!entry)
    return rc;
  rc = views_graph(database, entry, &graph);
  if (rc != TIDE_OK)
    return rc;
  if (relation->view->mode == SQL_REALTIME)
    return explain_graph(graph, out);
  const struct plan *plan = graph_view(graph);
  buffer_text(out, "maintenance: none, filled by REFRESH\n");
  explain_relations(plan, out);
  explain_identity(plan, out);
  return TIDE_OK;
}
