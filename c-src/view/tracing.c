/* Notes what maintenance runs, with the help of SQLite's own tracing, which costs nothing
 * while nobody asks. */
#include "view/tracing.h"

#include <string.h>

#include "view/emit.h"
#include "view/views.h"

/* A statement that a node ran, in one row or more times in a row. */
struct traced_statement {
  struct traced_statement *next;
  sqlite3_stmt *statement; /* to tell it from others; it may be gone */
  const char *sql;
  int node;
  int64_t runs, rows;
};

/* What one node of the view did. */
struct traced_node {
  int number;
  const char *kind;
  int64_t rows_in, rows_out;
  bool recomputed;
  double microseconds;
};

struct traced_view {
  struct traced_view *next;
  const char *schema, *name;
  struct maintenance maintenance;
  int node_count;
  struct traced_node *nodes;
  struct traced_statement *statements, **end;
};

struct tracing {
  bool set;   /* SET tidemark.trace */
  bool asked; /* between tracing_begin and tracing_end */
  struct arena arena;
  struct traced_view *views, **end;
  struct traced_view *current; /* being maintained */
  int node;
  struct traced_statement *last;
};

/* --- noting --- */

static struct traced_statement *note_statement(struct tracing *tracing,
                                               sqlite3_stmt *statement) {
  const char *sql = sqlite3_sql(statement);
  if (!sql)
    return NULL;
  /* where one statement was freed another may be: the text tells them apart */
  for (struct traced_statement *one = tracing->current->statements; one;
       one = one->next)
    if (one->statement == statement && one->node == tracing->node &&
        strcmp(one->sql, sql) == 0)
      return one;
  struct traced_statement *one = arena_alloc(&tracing->arena, sizeof *one);
  const char *copy = arena_string(&tracing->arena, sql);
  if (!one || !copy)
    return NULL; /* a trace for which memory is too short is not complete */
  *one = (struct traced_statement){
      .statement = statement, .sql = copy, .node = tracing->node};
  *tracing->current->end = one;
  tracing->current->end = &one->next;
  return one;
}

static int note(unsigned event, void *context, void *statement, void *text) {
  struct tracing *tracing = context;
  if (!tracing->current)
    return 0;
  if (event == SQLITE_TRACE_STMT) {
    const char *sql = text;
    if (strncmp(sql, "--", 2) == 0) /* a trigger's: part of the statement */
      return 0;
    tracing->last = note_statement(tracing, statement);
    if (tracing->last)
      tracing->last->runs++;
  } else if (event == SQLITE_TRACE_ROW) {
    struct traced_statement *one = tracing->last;
    if (!one || one->statement != statement)
      one = note_statement(tracing, statement);
    if (one)
      one->rows++;
  }
  return 0;
}

static void forget(struct tracing *tracing, struct memory *memory) {
  arena_deinit(&tracing->arena);
  arena_init(&tracing->arena, memory);
  tracing->views = NULL;
  tracing->end = &tracing->views;
  tracing->current = NULL;
  tracing->last = NULL;
}

/* Memory that is too short leaves the nodes out. */
static void note_maintenance(struct tracing *tracing,
                             const struct maintenance *maintenance) {
  struct traced_view *view = tracing->current;
  const struct graph *graph = maintenance->graph;
  view->maintenance = *maintenance;
  view->maintenance.graph = NULL; /* it may be gone when this is told */
  int count = graph ? graph->node_count : 0;
  view->nodes = arena_alloc(&tracing->arena, (size_t)(count + 1) * sizeof *view->nodes);
  for (int i = 0; view->nodes && i < count; i++) {
    const struct plan *plan = graph->nodes[i];
    view->nodes[view->node_count++] = (struct traced_node){
        .number = plan->number,
        .kind = plan->emitter->name,
        .rows_in = plan->read,
        .rows_out = plan->written,
        .recomputed = plan->recomputed,
        .microseconds = plan->microseconds,
    };
  }
}

/* --- on and off --- */

static struct tracing *tracing_of(const struct database *database) {
  return database->views->tracing;
}

static int listen(struct database *database) {
  struct tracing *tracing = tracing_of(database);
  if (!tracing) {
    tracing = memory_allocate_zeroed(database->memory, sizeof *tracing);
    if (!tracing)
      return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
    arena_init(&tracing->arena, database->memory);
    database->views->tracing = tracing;
  }
  forget(tracing, database->memory);
  sqlite3_trace_v2(database->handle, SQLITE_TRACE_STMT | SQLITE_TRACE_ROW, note,
                   tracing);
  return TIDE_OK;
}

void tracing_close(struct database *database) {
  struct tracing *tracing = tracing_of(database);
  if (!tracing)
    return;
  sqlite3_trace_v2(database->handle, 0, NULL, NULL);
  arena_deinit(&tracing->arena);
  memory_release(database->memory, tracing);
  database->views->tracing = NULL;
}

int tracing_begin(struct database *database) {
  int rc = listen(database);
  if (rc == TIDE_OK)
    tracing_of(database)->asked = true;
  return rc;
}

void tracing_end(struct database *database) {
  struct tracing *tracing = tracing_of(database);
  if (!tracing)
    return;
  tracing->asked = false;
  forget(tracing, database->memory);
  if (!tracing->set)
    tracing_close(database);
}

int tracing_set(struct database *database, bool on) {
  int rc = on ? listen(database) : TIDE_OK;
  struct tracing *tracing = tracing_of(database);
  if (rc == TIDE_OK && tracing)
    tracing->set = on;
  if (rc == TIDE_OK && tracing && !on && !tracing->asked)
    tracing_close(database);
  return rc;
}

bool tracing_is_set(const struct database *database) {
  return tracing_of(database) && tracing_of(database)->set;
}

/* --- telling --- */

static void format_rows(int64_t in, int64_t rows_out, bool recomputed,
                        struct buffer *out) {
  buffer_format(out, "%lld %s in, %lld %s out%s", (long long)in,
                in == 1 ? "row" : "rows", (long long)rows_out,
                rows_out == 1 ? "row" : "rows", recomputed ? ", recomputed" : "");
}

static void format_summary(const struct traced_view *view, struct buffer *out) {
  const struct maintenance *maintenance = &view->maintenance;
  buffer_format(out, "view %s.%s: ", view->schema, view->name);
  format_rows(maintenance->rows_in, maintenance->rows_out, maintenance->recomputed,
              out);
}

/* … in JSON, after whatever else is told of the view or node. */
static void format_figures(int64_t in, int64_t rows_out, bool recomputed,
                           double microseconds, struct buffer *out) {
  buffer_format(out,
                ",\"rowsIn\":%lld,\"rowsOut\":%lld,\"recomputed\":%s,"
                "\"microseconds\":%lld",
                (long long)in, (long long)rows_out, recomputed ? "true" : "false",
                (long long)microseconds);
}

static void format_nodes(const struct traced_view *view, struct buffer *out) {
  buffer_text(out, ",\"nodes\":[");
  for (int i = 0; i < view->node_count; i++) {
    const struct traced_node *node = &view->nodes[i];
    buffer_format(out, "%s{\"node\":%d,\"kind\":%j", i > 0 ? "," : "", node->number,
                  node->kind);
    format_figures(node->rows_in, node->rows_out, node->recomputed, node->microseconds,
                   out);
    buffer_character(out, '}');
  }
  buffer_character(out, ']');
}

static void format_statements(const struct traced_view *view, struct buffer *out) {
  buffer_text(out, ",\"statements\":[");
  for (const struct traced_statement *one = view->statements; one; one = one->next)
    buffer_format(out, "%s{\"node\":%d,\"sql\":%j,\"runs\":%lld,\"rows\":%lld}",
                  one == view->statements ? "" : ",", one->node, one->sql,
                  (long long)one->runs, (long long)one->rows);
  buffer_character(out, ']');
}

static void tell(struct database *database, const struct traced_view *view) {
  const struct maintenance *maintenance = &view->maintenance;
  struct buffer summary, json;
  buffer_init(&summary, database->memory);
  buffer_init(&json, database->memory);
  format_summary(view, &summary);
  buffer_format(&json,
                "{\"severity\":\"LOG\",\"code\":\"00000\",\"message\":%j,\"trace\":"
                "{\"schema\":%j,\"name\":%j",
                buffer_string(&summary), view->schema, view->name);
  format_figures(maintenance->rows_in, maintenance->rows_out, maintenance->recomputed,
                 maintenance->microseconds, &json);
  format_nodes(view, &json);
  format_statements(view, &json);
  buffer_text(&json, "}}");
  if (!summary.failed && !json.failed)
    effects_push(database->effects, TIDE_EFFECT_NOTICE, &json, NULL);
  buffer_deinit(&summary);
  buffer_deinit(&json);
}

static void print_time(double microseconds, struct buffer *out) {
  int64_t time = (int64_t)microseconds;
  buffer_format(out, ", %lld.%d%d%d ms\n", (long long)time / 1000,
                (int)(time / 100 % 10), (int)(time / 10 % 10), (int)(time % 10));
}

/* A view that is one node has said all of it. */
static void print_nodes(const struct traced_view *view, struct buffer *out) {
  for (int i = 0; view->node_count > 1 && i < view->node_count; i++) {
    const struct traced_node *node = &view->nodes[i];
    if (node->number > 0)
      buffer_format(out, "  node %d, %s: ", node->number, node->kind);
    else
      buffer_format(out, "  the view, %s: ", node->kind);
    format_rows(node->rows_in, node->rows_out, node->recomputed, out);
    print_time(node->microseconds, out);
  }
}

static void print_statements(const struct traced_view *view, struct buffer *out) {
  for (const struct traced_statement *one = view->statements; one; one = one->next) {
    buffer_text(out, "  ");
    if (one->node > 0)
      buffer_format(out, "node %d: ", one->node);
    buffer_format(out, "%lld %s, %lld %s: %s\n", (long long)one->runs,
                  one->runs == 1 ? "run" : "runs", (long long)one->rows,
                  one->rows == 1 ? "row" : "rows", one->sql);
  }
}

void tracing_print(struct database *database, struct buffer *out) {
  const struct tracing *tracing = tracing_of(database);
  for (const struct traced_view *view = tracing->views; view; view = view->next) {
    format_summary(view, out);
    print_time(view->maintenance.microseconds, out);
    print_nodes(view, out);
    print_statements(view, out);
  }
}

/* --- maintain.c --- */

void tracing_enter(struct database *database, const struct relation *view) {
  struct tracing *tracing = tracing_of(database);
  if (!tracing)
    return;
  struct traced_view *one = arena_alloc(&tracing->arena, sizeof *one);
  const char *schema = arena_string(&tracing->arena, view->schema);
  const char *name = arena_string(&tracing->arena, view->name);
  if (!one || !schema || !name)
    return;
  *one = (struct traced_view){.schema = schema, .name = name};
  one->end = &one->statements;
  *tracing->end = one;
  tracing->end = &one->next;
  tracing->current = one;
  tracing->node = 0;
  tracing->last = NULL;
}

void tracing_leave(struct database *database, const struct maintenance *maintenance) {
  struct tracing *tracing = tracing_of(database);
  if (!tracing || !tracing->current)
    return;
  if (maintenance)
    note_maintenance(tracing, maintenance);
  if (maintenance && tracing->set)
    tell(database, tracing->current);
  tracing->current = NULL;
  tracing->last = NULL;
  if (!tracing->asked)
    forget(tracing, database->memory);
}

void tracing_node(struct database *database, int number) {
  struct tracing *tracing = tracing_of(database);
  if (!tracing)
    return;
  tracing->node = number;
  tracing->last = NULL;
}
