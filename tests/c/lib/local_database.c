/* Runs statements against catalog and views, as the engine does but without origins. */
#include "lib/local_database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/define.h"
#include "catalog/lower.h"
#include "sql/parse.h"
#include "view/canonical.h"
#include "view/capture.h"
#include "view/transaction.h"
#include "view/views.h"

static uint64_t next_random(void *state) {
  return random_next(state);
}

int local_open(struct local_database *local, struct memory *memory) {
  *local = (struct local_database){0};
  struct database *database = &local->database;
  buffer_init(&local->rows, memory);
  int rc = test_database_open(&local->sqlite, memory);
  if (rc != TIDE_OK)
    return rc;
  database->memory = memory;
  database->handle = local->sqlite.handle;
  database->error = &local->sqlite.error;
  database->trace = &local->trace;
  database->types = (struct types_context){.now_microseconds = local->sqlite.now * 1000,
                                           .random = next_random,
                                           .random_state = &local->sqlite.random,
                                           .error = &local->sqlite.error};
  database->now = local->sqlite.now;
  database->effects = effects_new(memory);
  if (!database->effects)
    return TIDE_ERROR_NOMEM;
  rc = capture_open(database);
  if (rc == TIDE_OK && types_register(database->handle, &database->types) != SQLITE_OK)
    rc = TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = catalog_open(database);
  return rc == TIDE_OK ? view_open(database) : rc;
}

void local_close(struct local_database *local) {
  struct database *database = &local->database;
  if (database->memory) {
    view_close(database);
    catalog_close(database);
    capture_close(database);
    effects_free(database->effects);
  }
  test_database_close(&local->sqlite);
  buffer_deinit(&local->rows);
}

/* --- statements --- */

struct run {
  struct local_database *local;
  struct arena arena;
  struct sql_node *tree;
};

static void append_row(struct local_database *local, sqlite3_stmt *statement) {
  for (int i = 0; i < sqlite3_column_count(statement); i++) {
    const char *text = (const char *)sqlite3_column_text(statement, i);
    if (i > 0)
      buffer_character(&local->rows, '|');
    buffer_text(&local->rows, text ? text : "\\N");
  }
  buffer_character(&local->rows, '\n');
}

static int step_all(struct run *run, sqlite3_stmt *statement, bool query) {
  struct local_database *local = run->local;
  bool row;
  int rc;
  while ((rc = database_step(&local->database, statement, &row)) == TIDE_OK && row) {
    append_row(local, statement);
    local->row_count++;
  }
  if (rc == TIDE_OK && !query)
    local->row_count = sqlite3_changes64(local->database.handle);
  return rc;
}

static int run_plain(struct run *run) {
  struct database *database = &run->local->database;
  struct binding binding = {.database = database, .arena = &run->arena};
  const struct relation **relations;
  int count;
  struct buffer sql;
  bool query = run->tree->kind == SQL_QUERY;
  sqlite3_stmt *statement = NULL;
  buffer_init(&sql, database->memory);
  int rc = query ? TIDE_OK : bind_rewrite_view_write(database, &run->arena, &run->tree);
  if (rc == TIDE_OK)
    rc = bind_statement(&binding, run->tree);
  if (rc == TIDE_OK)
    rc = bind_relations(&binding, run->tree, &relations, &count);
  if (rc == TIDE_OK)
    rc = view_maintain_for(database, relations, count);
  struct sql_node *lowered =
      rc == TIDE_OK ? lower_statement(&binding, run->tree) : NULL;
  if (rc == TIDE_OK && !lowered)
    rc = database->error->code;
  if (rc == TIDE_OK)
    rc = lower_print(&binding, lowered, &sql);
  if (rc == TIDE_OK && sql.failed)
    rc = TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = database_prepare(database, buffer_string(&sql), false, &statement);
  if (rc == TIDE_OK)
    rc = step_all(run, statement, query);
  sqlite3_finalize(statement);
  buffer_deinit(&sql);
  return rc;
}

static int create_view(struct run *run) {
  struct database *database = &run->local->database;
  struct defined_view defined = {0};
  int rc = define_view(database, &run->arena, run->tree, &defined);
  if (rc != TIDE_OK || defined.id == 0)
    return rc;
  view_forget_plans(database);
  if (defined.replaced)
    rc = view_drop_storage(database, defined.id);
  if (rc == TIDE_OK)
    rc = view_create_storage(database, defined.id, defined.with_data);
  return rc == TIDE_OK && defined.replaced ? view_redefined(database, defined.id) : rc;
}

static int drop(struct run *run) {
  struct database *database = &run->local->database;
  int64_t *ids;
  int count;
  int rc = define_drop_plan(database, &run->arena, run->tree, &ids, &count);
  for (int i = 0; rc == TIDE_OK && i < count; i++) {
    const struct relation *relation = catalog_find_id(database, ids[i]);
    if (relation && relation->view)
      rc = view_drop_storage(database, ids[i]);
    if (rc == TIDE_OK)
      rc = define_drop_relation(database, ids[i]);
  }
  view_forget_plans(database);
  return rc;
}

static int refresh(struct run *run) {
  struct database *database = &run->local->database;
  const struct sql_node *name = run->tree->child[0];
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  const struct relation *view =
      catalog_find(database, schema ? schema->text : NULL, name->text);
  if (!view)
    return error_set(database->error, TIDE_ERROR_UNDEFINED_TABLE, "no view");
  int rc = view_maintain(database);
  return rc == TIDE_OK ? view_refresh(database, view->id) : rc;
}

static int work(struct run *run) {
  const char *command;
  switch (run->tree->kind) {
  case SQL_QUERY:
  case SQL_INSERT:
  case SQL_UPDATE:
  case SQL_DELETE: return run_plain(run);
  case SQL_CREATE_VIEW: return create_view(run);
  case SQL_REFRESH: return refresh(run);
  case SQL_DROP:
    if (run->tree->op != SQL_OBJECT_INDEX)
      return drop(run);
    break;
  default: break;
  }
  return define_execute(&run->local->database, &run->arena, run->tree, &command);
}

static int work_in_transaction(struct run *run) {
  struct database *database = &run->local->database;
  int rc;
  if (database->in_transaction) {
    if (run->tree->kind == SQL_QUERY)
      return work(run);
    rc = transaction_statement_begin(database);
    if (rc != TIDE_OK)
      return rc;
    rc = work(run);
    int ended = transaction_statement_end(database, rc == TIDE_OK);
    return rc != TIDE_OK ? rc : ended;
  }
  rc = transaction_begin(database);
  if (rc != TIDE_OK)
    return rc;
  rc = work(run);
  if (rc == TIDE_OK)
    return transaction_commit(database);
  transaction_rollback(database);
  return rc;
}

static int control(struct run *run) {
  struct database *database = &run->local->database;
  const struct sql_node *tree = run->tree;
  int rc;
  switch ((enum sql_transaction)tree->op) {
  case SQL_BEGIN:
    rc = transaction_begin(database);
    database->in_transaction = rc == TIDE_OK;
    return rc;
  case SQL_COMMIT:
    database->in_transaction = false;
    return transaction_commit(database);
  case SQL_ROLLBACK:
    database->in_transaction = false;
    return transaction_rollback(database);
  case SQL_SAVEPOINT: return transaction_savepoint(database, tree->text);
  case SQL_RELEASE: return transaction_release(database, tree->text);
  case SQL_ROLLBACK_TO: return transaction_rollback_to(database, tree->text);
  case SQL_SUSPEND_VIEWS: return view_suspend(database);
  case SQL_RESUME_VIEWS: return view_resume(database);
  }
  return TIDE_ERROR_INTERNAL;
}

int local_run(struct local_database *local, const char *sql) {
  struct run run = {.local = local};
  struct database *database = &local->database;
  size_t consumed;
  error_clear(database->error);
  buffer_clear(&local->rows);
  local->row_count = 0;
  arena_init(&run.arena, database->memory);
  int rc = catalog_ensure(database);
  if (rc == TIDE_OK)
    rc = sql_parse(&run.arena, sql, strlen(sql), SQL_DIALECT_POSTGRES, &run.tree,
                   &consumed, database->error);
  if (rc == TIDE_OK && run.tree)
    rc = run.tree->kind == SQL_TRANSACTION ? control(&run) : work_in_transaction(&run);
  arena_deinit(&run.arena);
  return rc == TIDE_OK && local->rows.failed ? TIDE_ERROR_NOMEM : rc;
}

int local_script(struct local_database *local, const char *sql) {
  int rc = TIDE_OK;
  while (rc == TIDE_OK && *sql) {
    const char *end = strstr(sql, ";\n");
    size_t length = end ? (size_t)(end - sql) + 1 : strlen(sql);
    char *one = malloc(length + 1);
    memcpy(one, sql, length);
    one[length] = 0;
    rc = local_run(local, one);
    free(one);
    sql += length + (end ? 1 : 0);
  }
  return rc;
}

const char *local_rows(struct local_database *local, const char *sql) {
  int rc = local_run(local, sql);
  if (rc == TIDE_OK)
    return buffer_string(&local->rows);
  buffer_clear(&local->rows);
  buffer_format(&local->rows, "error %s: %s", tide_error_sqlstate(rc),
                local->sqlite.error.message);
  return buffer_string(&local->rows);
}

const char *local_sqlite(struct local_database *local, const char *sql) {
  sqlite3_stmt *statement = NULL;
  buffer_clear(&local->rows);
  if (sqlite3_prepare_v2(local->database.handle, sql, -1, &statement, NULL) !=
      SQLITE_OK)
    buffer_format(&local->rows, "error: %s", sqlite3_errmsg(local->database.handle));
  else if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
    buffer_text(&local->rows, (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return buffer_string(&local->rows);
}

/* --- do views hold what their queries give? --- */

struct holding {
  struct local_database *local;
  bool all;
};

/* typeof and quote of every column: two rows are the same when both are the same
 * text. */
static void typed_columns(const struct relation *view, struct buffer *out) {
  for (int i = 0; i < view->column_count; i++)
    buffer_format(out, "typeof(%q), quote(%q), ", view->columns[i].name,
                  view->columns[i].name);
}

static int lowered_query(struct local_database *local, const struct relation *view,
                         struct buffer *out) {
  struct database *database = &local->database;
  struct arena arena;
  struct sql_node *tree = NULL;
  size_t consumed;
  const char *sql = view->view->query_sql;
  arena_init(&arena, database->memory);
  struct binding binding = {.database = database, .arena = &arena};
  int rc = sql_parse(&arena, sql, strlen(sql), SQL_DIALECT_POSTGRES, &tree, &consumed,
                     database->error);
  if (rc == TIDE_OK)
    rc = bind_statement(&binding, tree);
  if (rc == TIDE_OK && !canonical_order(&arena, tree))
    rc = TIDE_ERROR_NOMEM;
  struct sql_node *lowered = rc == TIDE_OK ? lower_statement(&binding, tree) : NULL;
  if (lowered)
    rc = lower_print(&binding, lowered, out);
  else if (rc == TIDE_OK)
    rc = database->error->code;
  arena_deinit(&arena);
  return rc;
}

/* SQL of the rows, with their counts, that are in one of stored table and query but
 * not in the other. */
static int difference_sql(struct local_database *local, const struct relation *view,
                          struct buffer *out) {
  struct buffer query;
  buffer_init(&query, local->database.memory);
  int rc = lowered_query(local, view, &query);
  buffer_text(out, "WITH query(");
  for (int i = 0; i < view->column_count; i++)
    buffer_format(out, "%s%q", i > 0 ? ", " : "", view->columns[i].name);
  buffer_format(out, ") AS (%s), stored AS (SELECT * FROM %q), ", buffer_string(&query),
                view->stored);
  buffer_text(out, "wanted AS (SELECT ");
  typed_columns(view, out);
  buffer_text(out, "count(*) FROM query GROUP BY ");
  for (int i = 1; i <= 2 * view->column_count; i++)
    buffer_format(out, "%s%d", i > 1 ? ", " : "", i);
  buffer_text(out, "), found AS (SELECT ");
  typed_columns(view, out);
  buffer_text(out, "count(*) FROM stored GROUP BY ");
  for (int i = 1; i <= 2 * view->column_count; i++)
    buffer_format(out, "%s%d", i > 1 ? ", " : "", i);
  buffer_text(
      out,
      ") SELECT 'missing', * FROM (SELECT * FROM wanted EXCEPT SELECT * FROM found) "
      "UNION ALL SELECT 'too many', * FROM "
      "(SELECT * FROM found EXCEPT SELECT * FROM wanted) LIMIT 10");
  buffer_deinit(&query);
  return rc;
}

/* Does a node hold the rows of its query, with the columns that are not shown? */
static int verify_rows(struct plan *plan, bool *holds) {
  struct changes difference;
  changes_init(&difference, plan->database->memory);
  int rc = storage_compare(&plan->storage, plan->fill, &difference);
  *holds = rc == TIDE_OK;
  for (uint32_t i = 0; i < difference.count; i++)
    *holds = *holds && difference.entries[i].weight == 0;
  changes_deinit(&difference);
  return rc;
}

/* Nodes and state tables are compared with what they are filled from. */
static void check_state(struct holding *holding, const struct relation *view) {
  struct database *database = &holding->local->database;
  struct view_entry *entry = views_entry(database, view);
  bool holds = true;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && holds && entry && entry->maintained &&
                  entry->graph && i < entry->graph->node_count;
       i++) {
    rc = verify_rows(entry->graph->nodes[i], &holds);
    if (rc == TIDE_OK && holds)
      rc = state_verify(entry->graph->nodes[i], &holds);
  }
  if (rc != TIDE_OK)
    printf("state of view %s: %s\n", view->name, database->error->message);
  else if (!holds)
    printf("state of view %s differs\n", view->name);
  holding->all = holding->all && rc == TIDE_OK && holds;
}

static void check_view(const struct relation *view, void *context) {
  struct holding *holding = context;
  struct local_database *local = holding->local;
  struct buffer sql;
  if (!view->view || relation_is_foreign(view) || view->view->mode != SQL_REALTIME ||
      !view->view->filled)
    return;
  sqlite3_stmt *statement = NULL;
  buffer_init(&sql, local->database.memory);
  int rc = difference_sql(local, view, &sql);
  if (rc == TIDE_OK)
    rc = database_prepare(&local->database, buffer_string(&sql), false, &statement);
  if (rc != TIDE_OK) {
    printf("view %s: %s\n  %s\n", view->name, local->sqlite.error.message,
           buffer_string(&sql));
    holding->all = false;
  }
  while (rc == TIDE_OK && sqlite3_step(statement) == SQLITE_ROW) {
    if (holding->all)
      printf("view %s AS %s\n", view->name, view->view->query_sql);
    holding->all = false;
    for (int i = 0; i < sqlite3_column_count(statement); i++)
      printf("%s%s", i > 0 ? "|" : "  ",
             (const char *)sqlite3_column_text(statement, i));
    printf("\n");
  }
  sqlite3_finalize(statement);
  buffer_deinit(&sql);
  check_state(holding, view);
}

bool local_views_hold(struct local_database *local) {
  struct holding holding = {local, true};
  error_clear(&local->sqlite.error);
  if (local->database.in_transaction && view_maintain(&local->database) != TIDE_OK) {
    printf("maintenance failed: %s\n", local->sqlite.error.message);
    return false;
  }
  catalog_each(&local->database, check_view, &holding);
  return holding.all;
}
