/* EXPLAIN and EXPLAIN VIEW: what a statement will do, or how a view is kept; and SHOW. */
#include <string.h>

#include "catalog/setting.h"
#include "engine.h"
#include "sync/sync.h"
#include "view/tracing.h"
#include "view/view.h"

static const char *mode_name(enum sql_view_mode mode) {
  static const char *const names[] = {"runtime", "materialized", "realtime"};
  return names[mode];
}

static void describe_write_path(const struct relation *view, struct buffer *out) {
  const struct write_path *path = view->view->write_path;
  if (!path) {
    buffer_format(out, "not updatable: %s\n",
                  view->view->not_updatable_because
                      ? view->view->not_updatable_because
                      : "its origin has not been described yet");
    return;
  }
  buffer_text(out, "writes: to ");
  if (path->origin_schema)
    buffer_format(out, "%s.", path->origin_schema);
  buffer_format(out, "%s by key (", path->origin_name);
  for (int i = 0; i < path->key_count; i++)
    buffer_format(out, "%s%s", i > 0 ? ", " : "", view->columns[path->key[i]].name);
  buffer_text(out, ")");
  if (relation_is_foreign(view) && relation_keeps_rows(view))
    buffer_format(
        out, ", queued, %s%s",
        view->view->write_policy == WRITE_LOCAL_FIRST ? "local_first" : "origin_first",
        view->view->conflict_granularity == CONFLICT_COLUMNS ? ", conflicts by columns"
                                                             : "");
  buffer_character(out, '\n');
}

static int explain_view(struct tide_statement *statement, const struct sql_node *name,
                        struct buffer *out) {
  struct database *database = &statement->engine->database;
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  const struct relation *view =
      catalog_find(database, schema ? schema->text : NULL, name->text);
  if (!view || !view->view)
    return error_set_at(
        database->error,
        view ? TIDE_ERROR_WRONG_OBJECT_TYPE : TIDE_ERROR_UNDEFINED_TABLE,
        name->position, view ? "%q is not a view" : "relation %q does not exist",
        name->text);
  buffer_format(out, "view %s.%s\nmode: %s\norigin: %s\n", view->schema, view->name,
                mode_name(view->view->mode),
                view->view->origin ? view->view->origin : "local");
  buffer_format(out, "query: %s\n", view->view->query_sql);
  describe_write_path(view, out);
  if (relation_is_foreign(view)) {
    sync_explain(database, view, out);
    return TIDE_OK;
  }
  return relation_keeps_rows(view) ? view_explain(database, view, out) : TIDE_OK;
}

static int explain_statement(struct tide_statement *statement, struct sql_node *tree,
                             struct buffer *out) {
  struct database *database = &statement->engine->database;
  struct binding binding = {.database = database,
                            .arena = &statement->planned,
                            .parameter_count = statement->parameter_count,
                            .zone = database_zone(database)};
  int rc = bind_statement(&binding, tree);
  return rc == TIDE_OK ? federation_explain(database, &binding, tree, out) : rc;
}

/* --- SHOW --- */

static void write_text(struct tide_statement *statement, const char *text) {
  block_text(&statement->writer, text, strlen(text));
}

/* One row with the setting's value. */
static int show_one(struct tide_statement *statement) {
  struct type type = TYPE(TYPE_TEXT);
  const char *value, *name = setting_spelling(statement->tree->text);
  int rc = setting_show(&statement->engine->database, &statement->planned,
                        statement->tree, &value);
  if (rc == TIDE_OK)
    rc = statement_result_columns(statement, 1, &name, &type);
  if (rc != TIDE_OK)
    return rc;
  statement_buffer_begin(statement);
  write_text(statement, value);
  statement->row_count++;
  return statement_buffer_end(statement);
}

/* A row for each that is known. */
static int show_all(struct tide_statement *statement) {
  static const char *const names[] = {"name", "setting", "description"};
  const struct type types[] = {TYPE(TYPE_TEXT), TYPE(TYPE_TEXT), TYPE(TYPE_TEXT)};
  const char *name, *value, *description;
  int rc = statement_result_columns(statement, 3, names, types);
  if (rc != TIDE_OK)
    return rc;
  statement_buffer_begin(statement);
  for (int i = 0;
       setting_at(&statement->engine->database, i, &name, &value, &description); i++) {
    write_text(statement, name);
    write_text(statement, value);
    write_text(statement, description);
    statement->row_count++;
  }
  return statement_buffer_end(statement);
}

static int show(struct tide_statement *statement) {
  statement->command = "SHOW";
  return strcmp(statement->tree->text, "all") == 0 ? show_all(statement)
                                                   : show_one(statement);
}

/* --- EXPLAIN ANALYZE --- */

/* Runs the statement as it would run by itself. */
static int run_analyzed(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  int rc = execute_plan(statement);
  if (rc == TIDE_WAIT || (rc == TIDE_OK && (statement->phase != PHASE_START ||
                                            (statement->route != ROUTE_READ &&
                                             statement->route != ROUTE_PARTS &&
                                             statement->route != ROUTE_WRITE))))
    return error_set_at(
        database->error, TIDE_ERROR_NOT_SUPPORTED, statement->tree->position,
        "EXPLAIN ANALYZE of a statement that an origin takes part in is "
        "not supported");
  if (rc == TIDE_OK)
    rc = execute_start(statement);
  if (rc != TIDE_OK || statement->route != ROUTE_READ || statement->buffered)
    return rc;
  do
    rc = execute_step(statement);
  while (rc == TIDE_ROW);
  return rc == TIDE_DONE ? TIDE_OK : rc;
}

static int run_and_maintain(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  int rc = run_analyzed(statement);
  /* what COMMIT would do is to be shown, too */
  if (rc == TIDE_OK && database->in_transaction && view_suspended(database) == 0)
    rc = view_maintain(database);
  return rc;
}

static void describe_run(const struct tide_statement *statement, double microseconds,
                         struct buffer *out) {
  int64_t time = (int64_t)microseconds;
  buffer_format(out, "%s: %lld %s, %lld.%d%d%d ms\n", statement->command,
                (long long)statement->row_count,
                statement->row_count == 1 ? "row" : "rows", (long long)time / 1000,
                (int)(time / 100 % 10), (int)(time / 10 % 10), (int)(time % 10));
}

/* The statement is this one's child: while it runs it stands in its place. */
static int analyze(struct tide_statement *statement, struct buffer *out) {
  struct database *database = &statement->engine->database;
  struct sql_node *tree = statement->tree;
  int rc = tracing_begin(database);
  if (rc != TIDE_OK)
    return rc;
  double began = database_clock(database);
  statement->tree = tree->child[0];
  statement->route = statement->tree->kind == SQL_QUERY ? ROUTE_READ : ROUTE_WRITE;
  rc = run_and_maintain(statement);
  if (rc == TIDE_OK) {
    describe_run(statement, database_clock(database) - began, out);
    tracing_print(database, out);
  }
  tracing_end(database);
  execute_forget_plan(statement);
  statement->tree = tree;
  statement->route = ROUTE_EXPLAIN;
  statement->command = "EXPLAIN";
  statement->row_count = 0;
  return rc;
}

int execute_explain(struct tide_statement *statement) {
  execute_forget_plan(statement);
  if (statement->tree->kind == SQL_SHOW)
    return show(statement);
  statement->command = "EXPLAIN";
  struct sql_node *child = sql_clone(&statement->planned, statement->tree->child[0]);
  if (!child)
    return TIDE_ERROR_NOMEM;
  struct buffer out;
  buffer_init(&out, &statement->engine->memory);
  int rc = child->kind == SQL_NAME ? explain_view(statement, child, &out)
           : (statement->tree->flags & SQL_ANALYZE) != 0
               ? analyze(statement, &out)
               : explain_statement(statement, child, &out);
  if (rc == TIDE_OK && out.failed)
    rc = TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = statement_buffer_lines(statement, "QUERY PLAN", &out);
  buffer_deinit(&out);
  return rc;
}
