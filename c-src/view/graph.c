/* Compiles a view to its nodes, and runs what concerns all of them in order. */
#include "view/graph.h"

#include <string.h>

#include "catalog/bind.h"
#include "sql/parse.h"
#include "view/canonical.h"
#include "view/flatten.h"
#include "view/normalise.h"
#include "view/tracing.h"
#include "view/views.h"

static int out_of_memory(const struct graph *graph) {
  return error_set(graph->database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* --- nodes --- */

static bool grow_nodes(struct graph *graph) {
  if (graph->node_count < graph->node_capacity)
    return true;
  int capacity = graph->node_capacity * 2 + 8;
  struct plan **larger = arena_alloc(&graph->arena, (size_t)capacity * sizeof *larger);
  if (!larger)
    return false;
  if (graph->node_count > 0)
    memcpy(larger, graph->nodes, (size_t)graph->node_count * sizeof(struct plan *));
  graph->nodes = larger;
  graph->node_capacity = capacity;
  return true;
}

static int add_node(struct graph *graph, const struct relation *relation,
                    struct sql_node *query, struct plan **plan) {
  if (!grow_nodes(graph))
    return out_of_memory(graph);
  int rc = plan_new(graph, relation, query, plan);
  if (rc == TIDE_OK)
    graph->nodes[graph->node_count++] = *plan;
  return rc;
}

enum { NODES_MAX = 1024 }; /* less one for the view itself */

/* Its columns are the query's results, which are renamed to fit. */
static struct internal_relation *new_relation(struct graph *graph,
                                              struct sql_node *query) {
  struct arena *arena = &graph->arena;
  int number = graph->node_count + 1;
  int count = query_column_count(query);
  struct internal_relation *internal = arena_alloc(arena, sizeof *internal);
  struct column *columns = arena_alloc(arena, (size_t)count * sizeof *columns);
  if (!internal || !columns)
    return NULL;
  for (int i = 0; i < count; i++)
    columns[i] = (struct column){.position = i,
                                 .name = arena_format(arena, "c%d", i + 1),
                                 .type = query_column_type(query, i)};
  *internal = (struct internal_relation){
      .relation = {.id = -(graph->view->id * NODES_MAX + number),
                   .kind = RELATION_TABLE,
                   .schema = graph->view->schema,
                   .name = graph->view->name,
                   .stored = arena_format(arena, "__view_%lld_%d",
                                          (long long)graph->view->id, number),
                   .column_count = count,
                   .columns = columns,
                   .row_id = -1},
      .number = number};
  return arena->failed ? NULL : internal;
}

int graph_add(struct graph *graph, struct sql_node *query,
              const struct relation **relation) {
  if (graph->node_count + 1 == NODES_MAX)
    return error_set(graph->database->error, TIDE_ERROR_LIMIT,
                     "view %q is made of more than %d parts", graph->view->name,
                     NODES_MAX - 1);
  struct internal_relation *internal = new_relation(graph, query);
  struct plan *plan;
  if (!internal)
    return out_of_memory(graph);
  int rc = add_node(graph, &internal->relation, query, &plan);
  if (rc == TIDE_OK)
    rc = views_delta(graph->database, &internal->relation, &plan->output);
  internal->plan = plan;
  *relation = &internal->relation;
  return rc;
}

void graph_print_relation(const struct relation *relation, struct buffer *out) {
  if (relation_is_internal(relation))
    buffer_format(out, "node %d", internal_relation(relation)->number);
  else
    buffer_format(out, "%s.%s", relation->schema, relation->name);
}

/* --- compiling --- */

/* Which rows there are depends on their order only where some of them are left out. */
static void drop_order(struct sql_node *query) {
  const struct sql_node *select = flatten_plain_select(query);
  if (select && !select->child[SELECT_DISTINCT_ON])
    query->child[QUERY_ORDER] = NULL;
}

static int bind_query_of(struct graph *graph, struct sql_node **query) {
  const char *sql = graph->view->view->query_sql;
  size_t consumed;
  graph->binding.database = graph->database;
  graph->binding.arena = &graph->arena;
  int rc = sql_parse(&graph->arena, sql, strlen(sql), SQL_DIALECT_POSTGRES, query,
                     &consumed, graph->database->error);
  if (rc == TIDE_OK)
    drop_order(*query);
  return rc == TIDE_OK ? bind_statement(&graph->binding, *query) : rc;
}

static int compile(struct graph *graph) {
  struct sql_node *query = NULL;
  struct plan *plan;
  int rc = bind_query_of(graph, &query);
  if (rc == TIDE_OK && graph->view->view->mode == SQL_REALTIME &&
      !canonical_order(&graph->arena, query))
    rc = out_of_memory(graph);
  if (rc == TIDE_OK && graph->view->view->mode == SQL_REALTIME &&
      graph->binding.volatility == 0)
    rc = normalise(graph, &query);
  return rc == TIDE_OK ? add_node(graph, graph->view, query, &plan) : rc;
}

int graph_new(struct database *database, const struct relation *view,
              struct graph **created) {
  *created = NULL;
  struct graph *graph = memory_allocate_zeroed(database->memory, sizeof *graph);
  if (!graph)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  graph->database = database;
  graph->view = view;
  arena_init(&graph->arena, database->memory);
  int rc = compile(graph);
  if (rc != TIDE_OK) {
    graph_free(graph);
    return rc;
  }
  *created = graph;
  return TIDE_OK;
}

/* Later nodes read the deltas of earlier ones. */
void graph_free(struct graph *graph) {
  if (!graph)
    return;
  struct memory *memory = graph->database->memory;
  for (int i = graph->node_count; i-- > 0;) {
    views_forget_delta(graph->database, graph->nodes[i]->output);
    plan_free(graph->nodes[i]);
  }
  arena_deinit(&graph->arena);
  memory_release(memory, graph);
}

/* --- maintaining --- */

/* What the nodes have told each other has been used. */
static void forget_changes(struct graph *graph) {
  for (int i = 0; i < graph->node_count; i++) {
    if (graph->nodes[i]->output)
      delta_clear(graph->nodes[i]->output);
    changes_clear(&graph->nodes[i]->changes);
  }
}

/* A clock that is read for every node would cost more than many a node does. */
static int maintain_timed(struct plan *plan, uint64_t run, int64_t *written) {
  double began = database_clock(plan->database);
  tracing_node(plan->database, plan->number);
  int rc = plan_maintain(plan, run, written);
  plan->microseconds = database_clock(plan->database) - began;
  return rc;
}

int graph_maintain(struct graph *graph, uint64_t run, int64_t *written) {
  const struct views *views = graph->database->views;
  bool timed = views->node_timing || views->tracing;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < graph->node_count; i++) {
    graph->nodes[i]->microseconds = 0;
    rc = timed ? maintain_timed(graph->nodes[i], run, written)
               : plan_maintain(graph->nodes[i], run, written);
  }
  forget_changes(graph);
  return rc;
}

/* --- stored tables --- */

int graph_is_stored(struct graph *graph, bool *stored) {
  int rc = TIDE_OK;
  *stored = true;
  for (int i = 0; rc == TIDE_OK && *stored && i < graph->node_count; i++) {
    rc = storage_exists(&graph->nodes[i]->storage, stored);
    if (rc == TIDE_OK && *stored)
      rc = state_exists(graph->nodes[i], stored);
  }
  return rc;
}

int graph_drop_internal(struct database *database, int64_t view) {
  sqlite3_stmt *statement = NULL;
  struct buffer sql;
  bool row;
  buffer_init(&sql, database->memory);
  int rc = database_query(
      database, &statement,
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND "
      "(substr(name, 1, length('__view_' || ?1 || '_')) = '__view_' || ?1 || '_' OR "
      "substr(name, 1, length('__state_' || ?1 || '_')) = '__state_' || ?1 || '_')",
      "i", view);
  while (rc == TIDE_OK && (rc = database_step(database, statement, &row)) == TIDE_OK &&
         row) {
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    if (name)
      buffer_format(&sql, "DROP TABLE main.%q;", name);
    else
      rc = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  }
  sqlite3_finalize(statement);
  if (rc == TIDE_OK && sql.failed)
    rc = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  if (rc == TIDE_OK && sql.length > 0)
    rc = database_execute(database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

int graph_create_internal(struct graph *graph) {
  int rc = graph_drop_internal(graph->database, graph->view->id);
  for (int i = 0; rc == TIDE_OK && i < graph->node_count; i++) {
    if (i < graph->node_count - 1)
      rc = storage_create(&graph->nodes[i]->storage);
    if (rc == TIDE_OK)
      rc = state_create(graph->nodes[i]);
  }
  return rc;
}

/* With the indexes by which the query of a node searches what is filled before it. */
int graph_fill(struct graph *graph) {
  bool maintained = graph->view->view->mode == SQL_REALTIME;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < graph->node_count; i++) {
    if (maintained)
      rc = views_create_node_indexes(graph->database, graph->nodes[i]);
    if (rc == TIDE_OK)
      rc = plan_fill(graph->nodes[i]);
  }
  forget_changes(graph);
  return rc;
}

int graph_refresh(struct graph *graph, int64_t *written, int64_t *shown) {
  int rc = TIDE_OK;
  *written = *shown = 0;
  for (int i = 0; rc == TIDE_OK && i < graph->node_count; i++) {
    int64_t rows;
    rc = plan_refresh(graph->nodes[i], &rows);
    *written += rows;
    *shown = rows; /* the last node is what the view shows */
  }
  forget_changes(graph);
  return rc;
}
