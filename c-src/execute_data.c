/* Queries and writes: plan, fetch from origins, run, maintain, commit. */
#include "engine.h"
#include "extension/extension.h"

#include <string.h>

#include "sync/sync.h"
#include "view/capture.h"
#include "view/transaction.h"
#include "view/view.h"

/* --- planning -------------------------------------------------------------------------------- */

void execute_forget_plan(struct tide_statement *statement) {
  execute_live_forget_rows(statement);
  sqlite3_finalize(statement->sqlite);
  statement->sqlite = NULL;
  statement->version = 0;
  statement->plan = NULL;
  statement->target = NULL;
  statement->relation_count = 0;
  statement->result_count = 0;
  statement->columns_version = 0;
  arena_deinit(&statement->planned);
  arena_init(&statement->planned, &statement->engine->memory);
}

static bool is_write(const struct sql_node *tree) {
  return tree->kind != SQL_QUERY && tree->kind != SQL_SHOW_OBJECTS;
}

static enum route route_of_write(const struct relation *target) {
  if (!relation_is_foreign(target))
    return ROUTE_WRITE;
  return relation_keeps_rows(target) ? ROUTE_WRITE_QUEUED : ROUTE_WRITE_ORIGIN;
}

/* A foreign view's columns or rows are not known yet: ask, and plan again afterwards. */
static int await_view(struct tide_statement *statement, const struct relation *view) {
  struct database *database = &statement->engine->database;
  int64_t id = view->id; /* `view` may move when the catalog changes */
  if (database->in_transaction && relation_keeps_rows(view)) {
    error_set(database->error, TIDE_ERROR_UNREACHABLE,
              "view %q has no rows yet: its origin is asked when the transaction has "
              "been committed",
              view->name);
    error_origin(database->error, view->view->origin);
    return TIDE_ERROR_UNREACHABLE;
  }
  int rc = sync_start_view(database, id);
  if (rc != TIDE_OK)
    return rc;
  error_clear(database->error);
  statement->waiting_for = id;
  statement->phase = PHASE_DESCRIBE;
  return TIDE_OK;
}

/* The first view read whose rows have never come from its origin; NULL: there is none. */
static const struct relation *unfilled_view(const struct tide_statement *statement) {
  for (int i = 0; i < statement->relation_count; i++) {
    const struct relation *relation = statement->relations[i];
    if (relation_is_foreign(relation) && relation_keeps_rows(relation) &&
        !relation->view->filled)
      return relation;
  }
  return NULL;
}

int execute_bind(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  struct arena *arena = &statement->planned;
  int rc;
  /* what a live query shows is kept, so it is in UTC */
  memcpy(statement->zone, statement->live ? "" : database->zone,
         statement->live ? 1 : sizeof statement->zone);
  statement->binding =
      (struct binding){.database = database,
                       .arena = arena,
                       .parameter_count = statement->parameter_count,
                       .zone = statement->zone[0] ? statement->zone : NULL,
                       .takes_parts = statement->route == ROUTE_PARTS};
  rc = bind_statement(&statement->binding, statement->plan);
  if (rc != TIDE_OK)
    return rc;
  rc = bind_relations(&statement->binding, statement->plan, &statement->relations,
                      &statement->relation_count);
  if (rc != TIDE_OK)
    return rc;
  return statement_result_columns(statement, statement->binding.result_count,
                                  statement->binding.result_names,
                                  statement->binding.result_types);
}

static int bind(struct tide_statement *statement) {
  struct arena *arena = &statement->planned;
  int rc = TIDE_OK;
  statement->plan = sql_clone(arena, statement->tree);
  if (!statement->plan)
    return TIDE_ERROR_NOMEM;
  if (is_write(statement->plan))
    rc = bind_rewrite_view_write(&statement->engine->database, arena, &statement->plan);
  return rc == TIDE_OK ? execute_bind(statement) : rc;
}

/* What origins have to do for this statement is asked of them; *fetching tells whether anything is. */
static int federate(struct tide_statement *statement, bool *fetching) {
  struct database *database = &statement->engine->database;
  struct parameters parameters = {statement->parameter_count, statement->parameters};
  *fetching = false;
  int rc = statement->route == ROUTE_WRITE_ORIGIN
               ? federation_write(database, &statement->binding, statement->plan,
                                  &parameters, &statement->fetches)
               : federation_split(database, &statement->binding, statement->plan,
                                  &parameters, &statement->fetches);
  *fetching = rc == TIDE_OK && statement->fetches;
  return rc;
}

static int column_index(const struct relation *relation, const char *name) {
  for (int i = 0; i < relation->column_count; i++)
    if (strcmp(relation->columns[i].name, name) == 0)
      return i;
  return -1;
}

static void mark_columns(const struct relation *relation, const struct sql_node *names,
                         bool *written) {
  for (uint32_t i = 0; names && i < names->count; i++) {
    int column = column_index(relation, names->child[i]->text);
    if (column >= 0)
      written[column] = true;
  }
}

static void mark_assignments(const struct relation *relation,
                             const struct sql_node *assignments, bool *written) {
  for (uint32_t i = 0; assignments && i < assignments->count; i++)
    mark_columns(relation, assignments->child[i]->child[ASSIGN_COLUMNS], written);
}

/* A value for what the view computes would have no place at the origin. */
static int check_written(const struct tide_statement *statement) {
  const struct relation *view = statement->target;
  for (int i = 0; i < view->column_count; i++)
    if (statement->written[i] && !view->columns[i].hidden &&
        !view->view->write_path->origin_column[i])
      return error_set_at(statement->engine->database.error, TIDE_ERROR_NOT_WRITABLE,
                          query_target(statement->tree)->position,
                          "column %q of view %q is not a column of its origin",
                          view->columns[i].name, view->name);
  return TIDE_OK;
}

static void mark_written(const struct relation *relation, const struct sql_node *write,
                         bool *written) {
  if (write->kind == SQL_UPDATE) {
    mark_assignments(relation, write->child[UPDATE_SET], written);
  } else if (write->kind == SQL_INSERT) {
    mark_columns(relation, write->child[INSERT_COLUMNS], written);
    if (write->child[INSERT_CONFLICT])
      mark_assignments(relation, write->child[INSERT_CONFLICT]->child[CONFLICT_SET],
                       written);
  } else if (write->kind == SQL_MERGE) {
    const struct sql_node *clauses = write->child[MERGE_CLAUSES];
    for (uint32_t i = 0; i < clauses->count; i++)
      if (clauses->child[i]->child[MERGE_ACTION])
        mark_written(relation, clauses->child[i]->child[MERGE_ACTION], written);
  }
}

/* Which columns of the target the bound statement gives values to: the others are the origin's business. */
static int written_columns(struct tide_statement *statement) {
  const struct relation *relation = statement->target;
  bool *written = arena_alloc(&statement->planned, (size_t)relation->column_count + 1);
  if (!written)
    return TIDE_ERROR_NOMEM;
  statement->written = written;
  mark_written(relation, statement->plan, written);
  return check_written(statement);
}

/* Whether it reads what is not kept here, or not yet. */
static bool needs_origin(const struct tide_statement *statement, int bound) {
  if (bound != TIDE_OK)
    return bound == TIDE_ERROR_UNREACHABLE;
  for (int i = 0; i < statement->relation_count; i++)
    if (relation_is_foreign(statement->relations[i]) &&
        !relation_keeps_rows(statement->relations[i]))
      return true;
  return unfilled_view(statement) != NULL;
}

/* Finds the route of a write by its target. A statement in parts keeps its own. */
static int plan_write(struct tide_statement *statement) {
  struct error *error = statement->engine->database.error;
  const struct sql_node *reference = query_target(statement->plan);
  const struct relation *target = reference->bound;
  enum route route = route_of_write(target);
  bool merges = statement->plan->kind == SQL_MERGE;
  if (statement->route == ROUTE_PARTS && !merges)
    return TIDE_OK;
  statement->target = target;
  if (relation_is_foreign(target) && !target->view->write_path)
    return error_set_at(error, TIDE_ERROR_NOT_WRITABLE, reference->position,
                        "view %q cannot be written: %s", target->name,
                        target->view->not_updatable_because);
  if (merges && route == ROUTE_WRITE_ORIGIN)
    return error_set_at(error, TIDE_ERROR_NOT_SUPPORTED, reference->position,
                        "%s a view of an origin that keeps no rows is not supported",
                        statement->tree->kind == SQL_MERGE
                            ? "MERGE into"
                            : "a write with outer joins, ORDER BY or LIMIT to");
  if (!merges)
    statement->route = route;
  return route == ROUTE_WRITE_QUEUED ? written_columns(statement) : TIDE_OK;
}

/* Is it a query that changes the database: SELECT nextval('s')? */
static bool read_writes(const struct tide_statement *statement) {
  return (statement->binding.volatility & FUNCTION_WRITES) != 0 &&
         statement->route == ROUTE_READ;
}

/* What a write has RETURNING may be known only when it has been bound, and needs that it is run in parts. An origin that the whole
 * of it goes to runs it by itself. */
static int bind_in_parts(struct tide_statement *statement, int bound) {
  if (bound != TIDE_OK || !statement->binding.returns_others ||
      statement->route != ROUTE_WRITE ||
      route_of_write(query_target(statement->plan)->bound) == ROUTE_WRITE_ORIGIN)
    return bound;
  statement->route = ROUTE_PARTS;
  return bind(statement);
}

static int plan(struct tide_statement *statement) {
  execute_forget_plan(statement);
  enum extension_calls calls =
      extension_find_calls(&statement->engine->database, statement->tree);
  statement->route = query_has_parts(statement->tree) ? ROUTE_PARTS
                     : is_write(statement->tree)      ? ROUTE_WRITE
                     : calls != EXTENSION_NO_CALLS    ? ROUTE_EXTENSION
                                                      : ROUTE_READ;
  if (statement->route == ROUTE_EXTENSION) {
    statement->phase = PHASE_START;
    return TIDE_OK;
  }
  int rc = bind_in_parts(statement, bind(statement));
  if (statement->engine->state == ENGINE_READING &&
      (needs_origin(statement, rc) || read_writes(statement)))
    return TIDE_WAIT;
  if (rc == TIDE_ERROR_UNREACHABLE && statement->binding.undescribed)
    return await_view(statement, statement->binding.undescribed);
  if (rc != TIDE_OK)
    return rc;
  if (is_write(statement->plan)) {
    rc = plan_write(statement);
    if (rc != TIDE_OK)
      return rc;
  }
  const struct relation *unfilled = unfilled_view(statement);
  if (unfilled)
    return await_view(statement, unfilled);
  bool fetching;
  rc = federate(statement, &fetching);
  if (rc != TIDE_OK)
    return rc;
  statement->federated = fetching;
  statement->phase = fetching ? PHASE_FETCH : PHASE_START;
  return TIDE_OK;
}

int execute_plan(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  bool current = statement->sqlite && !statement->federated &&
                 statement->version == catalog_version(database) &&
                 (statement->live || strcmp(statement->zone, database->zone) == 0);
  if (!current)
    return plan(statement);
  statement->phase = PHASE_START;
  return TIDE_OK;
}

/* Lowers and prepares what is left to run here, once per plan. */
static int prepare(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  if (statement->sqlite)
    return TIDE_OK;
  execute_live_inspect(statement);
  struct sql_node *lowered = lower_statement(&statement->binding, statement->plan);
  if (!lowered)
    return database->error->code ? database->error->code : TIDE_ERROR_NOMEM;
  struct buffer sql;
  buffer_init(&sql, &statement->engine->memory);
  int rc = execute_live_lowered(statement, lowered);
  if (rc == TIDE_OK)
    rc = lower_print(&statement->binding, lowered, &sql);
  if (rc == TIDE_OK)
    rc = database_prepare(database, buffer_string(&sql), true, &statement->sqlite);
  buffer_deinit(&sql);
  if (rc == TIDE_OK)
    statement->version = catalog_version(database);
  return rc;
}

static int bind_parameters(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  int expected = sqlite3_bind_parameter_count(statement->sqlite);
  for (int i = 0; i < statement->parameter_count && i < expected; i++) {
    int rc =
        database_bind(database, statement->sqlite, i + 1, &statement->parameters[i]);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

/* --- reading --------------------------------------------------------------------------------- */

/* SQLite computes with 64 bits and goes on in floating point beyond them: what leaves the result has to fit its type. */
static bool result_fits(sqlite3_stmt *sqlite, int column, struct type type) {
  if (type.array ||
      (type.id != TYPE_SMALLINT && type.id != TYPE_INTEGER && type.id != TYPE_BIGINT))
    return true;
  int kind = sqlite3_column_type(sqlite, column);
  if (kind == SQLITE_INTEGER)
    return type_fits(type, sqlite3_column_int64(sqlite, column));
  return kind != SQLITE_FLOAT;
}

static int check_row(struct tide_statement *statement, sqlite3_stmt *sqlite) {
  for (int i = 0; i < statement->result_count; i++)
    if (!result_fits(sqlite, i, statement->result_types[i]))
      return error_set(&statement->engine->error, TIDE_ERROR_OUT_OF_RANGE,
                       "%s out of range", statement->result_type_names[i]);
  return TIDE_ROW;
}

int execute_buffer_row(struct tide_statement *statement, sqlite3_stmt *sqlite) {
  int rc = check_row(statement, sqlite);
  for (int i = 0; rc == TIDE_ROW && i < statement->result_count; i++)
    statement_block_column(statement, sqlite, i);
  return rc == TIDE_ROW ? TIDE_OK : rc;
}

int execute_step(struct tide_statement *statement) {
  if (!statement->sqlite)
    return TIDE_DONE;
  int rc = sqlite3_step(statement->sqlite);
  if (rc == SQLITE_ROW) {
    statement->row_count++;
    execute_live_row(statement);
    return check_row(statement, statement->sqlite);
  }
  if (rc != SQLITE_DONE)
    return database_error(&statement->engine->database, rc);
  execute_live_done(statement);
  return TIDE_DONE;
}

static int start_read(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  statement->command = execute_command_of(statement->tree);
  execute_live_started(statement);
  /* outside a transaction every view is up to date */
  if (database->in_transaction) {
    int rc =
        view_maintain_for(database, statement->relations, statement->relation_count);
    if (rc != TIDE_OK)
      return rc;
  }
  return bind_parameters(statement);
}

/* Keeps all rows of the statement that runs: TIDE_DONE. */
static int buffer_rows(struct tide_statement *statement) {
  int64_t rows = 0;
  int rc;
  statement_buffer_begin(statement);
  while ((rc = execute_step(statement)) == TIDE_ROW) {
    rows++;
    for (int i = 0; i < statement->result_count; i++)
      statement_block_column(statement, statement->sqlite, i);
  }
  statement->row_count = rows;
  return rc;
}

/* Its rows are kept, for they may be shown only once all has succeeded. */
static int run_read(struct tide_statement *statement) {
  int rc = start_read(statement);
  if (rc != TIDE_OK)
    return rc;
  rc = buffer_rows(statement);
  sqlite3_reset(statement->sqlite);
  return rc == TIDE_DONE ? statement_buffer_end(statement) : rc;
}

/* --- writing --------------------------------------------------------------------------------- */

int execute_in_transaction(struct tide_statement *statement,
                           int (*work)(struct tide_statement *statement)) {
  struct tide_engine *engine = statement->engine;
  struct database *database = &engine->database;
  int rc;
  if (database->in_transaction) {
    rc = transaction_statement_begin(database);
    if (rc != TIDE_OK)
      return rc;
    rc = work(statement);
    int ended = transaction_statement_end(database, rc == TIDE_OK);
    return rc != TIDE_OK ? rc : ended;
  }
  rc = transaction_begin(database);
  if (rc != TIDE_OK)
    return rc;
  rc = work(statement);
  if (rc != TIDE_OK) {
    execute_end(statement); /* an unfinished write would make ROLLBACK fail */
    transaction_rollback(database);
  } else {
    rc = transaction_commit(database);
  }
  engine_transaction_ended(engine, rc == TIDE_OK);
  return rc;
}

char execute_operation(const struct sql_node *write) {
  if (write->kind == SQL_DELETE)
    return 'D';
  return write->kind == SQL_INSERT && !write->child[INSERT_CONFLICT] ? 'I' : 'U';
}

/* SQLite counts the rows of the last write that changed any: this one only if the total has grown. */
int64_t execute_changes(const struct database *database, int64_t total_before) {
  return sqlite3_total_changes64(database->handle) != total_before
             ? sqlite3_changes64(database->handle)
             : 0;
}

/* Steps a write to its end; the rows of RETURNING are kept, for they may be shown only once all has succeeded. */
static int run_write(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  statement_buffer_begin(statement);
  int64_t before = sqlite3_total_changes64(database->handle);
  int rc;
  while ((rc = sqlite3_step(statement->sqlite)) == SQLITE_ROW)
    for (int i = 0; i < statement->result_count; i++)
      statement_block_column(statement, statement->sqlite, i);
  if (rc != SQLITE_DONE) {
    rc = database_write_error(database, rc, statement->target,
                              execute_operation(statement->tree));
    sqlite3_reset(statement->sqlite);
    return rc;
  }
  statement->row_count = execute_changes(database, before);
  sqlite3_reset(statement->sqlite);
  statement->buffered = true;
  /* without RETURNING nothing more can fail: write_table_within relies on it */
  return statement->result_count > 0 ? statement_buffer_end(statement) : TIDE_OK;
}

/* An INSERT that must not update a row twice. */
static int run_write_once(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  int rc = capture_once_begin(database, statement->target->stored);
  if (rc == TIDE_OK)
    rc = run_write(statement);
  capture_once_end(database);
  return rc;
}

static int bind_and_run(struct tide_statement *statement) {
  int rc = bind_parameters(statement);
  if (rc != TIDE_OK)
    return rc;
  return statement->binding.each_row_once ? run_write_once(statement)
                                          : run_write(statement);
}

static int write_table(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  int rc = TIDE_OK;
  if (database->in_transaction)
    rc = view_maintain_for(database, statement->relations, statement->relation_count);
  return rc == TIDE_OK ? bind_and_run(statement) : rc;
}

/* As one of many statements of a transaction, without rows to show: only SQLite's own statement can fail. */
static int write_table_within(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  int rc = view_maintain_for(database, statement->relations, statement->relation_count);
  if (rc == TIDE_OK)
    rc = transaction_write_begin(database);
  if (rc != TIDE_OK)
    return rc;
  rc = bind_and_run(statement);
  int ended = transaction_write_end(database, rc == TIDE_OK);
  return rc != TIDE_OK ? rc : ended;
}

/* The write is run on the rows kept here to learn what it does to each, then undone: that is what is queued for
 * the origin. With local_first the queue puts its writes on top of the rows at once. */
static int queue_collected(struct tide_statement *statement,
                           int (*write)(struct tide_statement *statement)) {
  struct database *database = &statement->engine->database;
  const struct relation *view = statement->target;
  int rc = database_execute(database, "SAVEPOINT __queue");
  if (rc != TIDE_OK)
    return rc;
  int written = write(statement);
  struct error kept = *database->error;
  rc = database_execute(database, "ROLLBACK TO __queue; RELEASE __queue");
  *database->error = kept;
  if (written != TIDE_OK || rc != TIDE_OK)
    return written != TIDE_OK ? written : rc;
  const struct row_change *changes;
  size_t count;
  rc = capture_collected(database, &changes, &count);
  if (rc != TIDE_OK)
    return rc;
  return sync_enqueue(database, view, changes, count, statement->written);
}

int execute_queued(struct tide_statement *statement,
                   int (*write)(struct tide_statement *statement)) {
  struct database *database = &statement->engine->database;
  int rc = capture_collect_begin(database, statement->target);
  if (rc != TIDE_OK)
    return rc;
  rc = queue_collected(statement, write);
  capture_collect_end(database);
  return rc;
}

static int write_queued(struct tide_statement *statement) {
  return execute_queued(statement, write_table);
}

/* The origin has answered; its RETURNING rows are staged. */
static int finish_origin_write(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  statement->row_count = federation_row_count(statement->fetches);
  const char *staged = federation_returning(statement->fetches);
  if (!*staged) {
    statement_buffer_begin(statement);
    return statement_buffer_end(statement);
  }
  int64_t affected = statement->row_count;
  struct buffer sql;
  buffer_init(&sql, &statement->engine->memory);
  buffer_format(&sql, "SELECT * FROM temp.%q", staged);
  int rc = sql.failed ? TIDE_ERROR_NOMEM
                      : database_prepare(database, buffer_string(&sql), false,
                                         &statement->sqlite);
  buffer_deinit(&sql);
  if (rc == TIDE_OK)
    rc = run_write(statement);
  statement->row_count = affected;
  return rc;
}

const char *execute_command_of(const struct sql_node *tree) {
  return tree->kind == SQL_QUERY          ? "SELECT"
         : tree->kind == SQL_SHOW_OBJECTS ? "SHOW"
         : tree->kind == SQL_INSERT       ? "INSERT"
         : tree->kind == SQL_UPDATE       ? "UPDATE"
         : tree->kind == SQL_MERGE        ? "MERGE"
                                          : "DELETE";
}

/* Runs what changes the database and is planned to run here. */
static int run_writing(struct tide_statement *statement) {
  if (read_writes(statement))
    return execute_in_transaction(statement, run_read);
  statement->command = execute_command_of(statement->tree);
  if (statement->route == ROUTE_WRITE && statement->result_count == 0 &&
      statement->engine->database.in_transaction)
    return write_table_within(statement);
  return execute_in_transaction(
      statement, statement->route == ROUTE_WRITE ? write_table : write_queued);
}

int execute_start(struct tide_statement *statement) {
  int rc;
  if (statement->route == ROUTE_WRITE_ORIGIN) {
    statement->command = execute_command_of(statement->tree);
    return finish_origin_write(statement);
  }
  if (statement->route == ROUTE_PARTS)
    return execute_parts(statement);
  rc = prepare(statement);
  if (rc != TIDE_OK)
    return rc;
  if (statement->route == ROUTE_READ && !read_writes(statement))
    return start_read(statement);
  struct database *database = &statement->engine->database;
  insert_id_begin(database, &statement->binding,
                  statement->route == ROUTE_WRITE ? statement->target : NULL);
  rc = run_writing(statement);
  statement->insert_id = insert_id_end(database, rc == TIDE_OK);
  return rc;
}

/* --- extensions --- */

int execute_to_buffer(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  for (int i = 0; i < statement->relation_count; i++) {
    const struct relation *relation = statement->relations[i];
    if (relation_is_foreign(relation) && !relation_keeps_rows(relation))
      return error_set(database->error, TIDE_ERROR_NOT_SUPPORTED,
                       "functions of extensions beside a view of an origin are not "
                       "supported");
  }
  int rc = prepare(statement);
  if (rc == TIDE_OK)
    rc = start_read(statement);
  if (rc != TIDE_OK)
    return rc;
  rc = buffer_rows(statement);
  sqlite3_finalize(statement->sqlite);
  statement->sqlite = NULL;
  return rc == TIDE_DONE ? statement_buffer_end(statement) : rc;
}

/* --- ending ---------------------------------------------------------------------------------- */

void execute_end(struct tide_statement *statement) {
  memory_release(&statement->engine->memory, statement->filling);
  statement->filling = NULL;
  statement->filling_count = 0;
  if (statement->sqlite) {
    sqlite3_reset(statement->sqlite);
    sqlite3_clear_bindings(statement->sqlite);
  }
  if (statement->fetches) {
    sqlite3_finalize(statement->sqlite); /* reads staged rows that go now */
    statement->sqlite = NULL;
    statement->version = 0;
    federation_end(&statement->engine->database, statement->fetches);
    statement->fetches = NULL;
  }
  statement->phase = PHASE_IDLE;
}
