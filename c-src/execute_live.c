/* Statements whose result is kept up to date: opened as live queries and watched. */
#include <string.h>

#include "base/library.h"
#include "execute_live_internal.h"
#include "sync/sync.h"

static int out_of_memory(struct tide_statement *statement) {
  return error_set(&statement->engine->error, TIDE_ERROR_NOMEM, "out of memory");
}

static void release_shape(struct tide_statement *statement) {
  struct statement_live *live = statement->live;
  sqlite3_finalize(live->values);
  live->values = NULL;
  live_release(&statement->engine->database, live->shape);
  live->shape = NULL;
}

void execute_live_end(struct tide_statement *statement) {
  struct tide_engine *engine = statement->engine;
  if (!statement->live)
    return;
  execute_live_forget_rows(statement);
  release_shape(statement);
  buffer_deinit(&statement->live->places);
  buffer_deinit(&statement->live->key);
  memory_release(&engine->memory, statement->live);
  statement->live = NULL;
  if (!engine->database.in_transaction && live_is_littered(&engine->database))
    live_collect(&engine->database);
}

/* --- the key of its rows --- */

static bool is_unique_name(const struct binding *binding, int column) {
  for (int i = 0; i < binding->result_count; i++)
    if (i != column &&
        strcmp(binding->result_names[i], binding->result_names[column]) == 0)
      return false;
  return true;
}

static void write_key(struct statement_live *live, const struct binding *binding,
                      const int *columns, int count) {
  buffer_clear(&live->key);
  buffer_character(&live->key, '[');
  for (int i = 0; i < count; i++) {
    if (!is_unique_name(binding, columns[i])) {
      buffer_clear(&live->key);
      buffer_character(&live->key, '[');
      break;
    }
    buffer_format(&live->key, "%s%j", i > 0 ? "," : "",
                  binding->result_names[columns[i]]);
  }
  buffer_character(&live->key, ']');
}

static int describe_key(struct tide_statement *statement) {
  struct statement_live *live = statement->live;
  struct binding *binding = &statement->binding;
  int count = live->query.identity_count;
  int *columns = live->query.identity;
  if (live_kind_of(live->shape) == LIVE_VIEW) {
    columns = arena_alloc(&statement->planned,
                          ((size_t)binding->result_count + 1) * sizeof *columns);
    if (!columns)
      return out_of_memory(statement);
    live_identity(&statement->engine->database, live->shape, binding->result_count,
                  columns, &count);
  }
  write_key(live, binding, columns, count);
  return live->key.failed ? out_of_memory(statement) : TIDE_OK;
}

/* --- opening --- */

static int make_shape(struct tide_statement *statement) {
  struct statement_live *live = statement->live;
  return live_make(&statement->engine->database, &statement->planned, &live->query,
                   &live->shape);
}

/* A query whose view cannot be made, for whatever reason, is run again instead. */
static void give_up_view(struct statement_live *live, int code) {
  if (code == TIDE_OK || code == TIDE_ERROR_NOMEM || live->query.kind == LIVE_EACH)
    return;
  live_run_again(&live->query);
}

static int open_shape(struct tide_statement *statement) {
  struct tide_engine *engine = statement->engine;
  struct statement_live *live = statement->live;
  struct database *database = &engine->database;
  live->shape = live_share(database, &live->query);
  if (live->shape)
    return TIDE_OK;
  if (!live_writes(&live->query))
    return make_shape(statement);
  int rc = execute_in_transaction(statement, make_shape);
  if (rc != TIDE_OK) {
    live_release(database, live->shape);
    live->shape = NULL;
  }
  give_up_view(live, rc);
  if (rc == TIDE_OK || rc == TIDE_ERROR_NOMEM || live->query.kind != LIVE_EACH)
    return rc;
  error_clear(&engine->error);
  live->shape = live_share(database, &live->query);
  return live->shape ? TIDE_OK : make_shape(statement);
}

static int prepare_values(struct tide_statement *statement) {
  struct statement_live *live = statement->live;
  if (!live->query.key_sql || live_kind_of(live->shape) == LIVE_EACH)
    return TIDE_OK;
  return database_prepare(&statement->engine->database, live->query.key_sql, true,
                          &live->values);
}

/* From now on it reads the rows of the shape. */
static int read_shape(struct tide_statement *statement) {
  struct statement_live *live = statement->live;
  struct sql_node *reading = (struct sql_node *)(uintptr_t)live->original;
  if (live_kind_of(live->shape) == LIVE_VIEW)
    reading = live_reading(&statement->engine->database, &statement->parsed,
                           &live->query, live->shape);
  if (!reading)
    return out_of_memory(statement);
  statement->tree = reading;
  return TIDE_OK;
}

static int open_live(struct tide_statement *statement) {
  struct statement_live *live = statement->live;
  struct database *database = &statement->engine->database;
  execute_forget_plan(statement);
  statement->binding = (struct binding){.database = database,
                                        .arena = &statement->planned,
                                        .parameter_count = statement->parameter_count};
  int rc = live_describe(&statement->binding, live->original, &live->query);
  if (rc == TIDE_ERROR_UNREACHABLE && statement->binding.undescribed)
    return TIDE_WAIT;
  if (rc == TIDE_OK && statement->binding.volatility & FUNCTION_WRITES)
    rc = error_set(database->error, TIDE_ERROR_NOT_SUPPORTED,
                   "a live query that changes the database is not supported");
  if (rc == TIDE_OK)
    rc = open_shape(statement);
  if (rc == TIDE_OK)
    rc = prepare_values(statement);
  if (rc == TIDE_OK)
    rc = describe_key(statement);
  if (rc == TIDE_OK)
    rc = read_shape(statement);
  return rc;
}

static int start_live(struct tide_statement *statement) {
  struct tide_engine *engine = statement->engine;
  if (statement->route != ROUTE_READ || statement->tree->kind != SQL_QUERY)
    return error_set(&engine->error, TIDE_ERROR_NOT_SUPPORTED,
                     "a live query is a SELECT");
  if (engine->database.in_transaction)
    return error_set(&engine->error, TIDE_ERROR_ACTIVE_TRANSACTION,
                     "a live query cannot be opened within a transaction");
  if (!statement->live) {
    statement->live = memory_allocate_zeroed(&engine->memory, sizeof *statement->live);
    if (!statement->live)
      return out_of_memory(statement);
    buffer_init(&statement->live->key, &engine->memory);
    buffer_init(&statement->live->places, &engine->memory);
    statement->live->original = statement->tree;
  }
  if (statement->live->shape && !live_is_lost(statement->live->shape))
    return TIDE_OK;
  release_shape(statement);
  statement->tree = (struct sql_node *)(uintptr_t)statement->live->original;
  int rc = catalog_ensure(&engine->database);
  if (rc == TIDE_OK)
    rc = open_live(statement);
  execute_forget_plan(statement);
  if (rc != TIDE_OK)
    release_shape(statement);
  return rc;
}

int execute_live_begin_call(struct tide_statement *statement) {
  struct tide_engine *engine = statement->engine;
  library_use(&engine->memory);
  error_clear(&engine->error);
  engine->error_position = SIZE_MAX;
  return engine->state == ENGINE_OPEN
             ? TIDE_OK
             : error_set(&engine->error, TIDE_ERROR_MISUSE, "the database is not open");
}

int tide_live(tide_statement *statement, int *reads) {
  *reads = 0;
  if (statement->engine->state == ENGINE_READING)
    return TIDE_WAIT;
  int rc = execute_live_begin_call(statement);
  if (rc == TIDE_OK) {
    execute_end(statement);
    rc = start_live(statement);
  }
  if (rc == TIDE_OK)
    *reads = live_kind_of(statement->live->shape) != LIVE_EACH;
  if (rc > 0)
    statement_fail(statement, rc);
  return rc;
}

const char *tide_live_key(tide_statement *statement) {
  return statement->live ? buffer_string(&statement->live->key) : "[]";
}

/* --- watching --- */

/* The values of the lifted columns; a parameter that is none of the column's type equals
 * nothing. */
static int compute_values(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  sqlite3_stmt *values = statement->live->values;
  int expected = values ? sqlite3_bind_parameter_count(values) : 0;
  int rc = TIDE_OK;
  bool row = true;
  for (int i = 0; rc == TIDE_OK && i < statement->parameter_count && i < expected; i++)
    rc = database_bind(database, values, i + 1, &statement->parameters[i]);
  if (rc == TIDE_OK && values)
    rc = database_step(database, values, &row);
  return rc;
}

int tide_live_watch(tide_statement *statement, int64_t *id) {
  *id = 0;
  int rc = execute_live_begin_call(statement);
  if (rc == TIDE_OK && (!statement->live || !statement->live->shape))
    rc = error_set(&statement->engine->error, TIDE_ERROR_MISUSE,
                   "the statement is no live query");
  if (rc == TIDE_OK)
    rc = compute_values(statement);
  if (rc == TIDE_OK)
    rc = live_watch(&statement->engine->database, statement->live->shape,
                    statement->live->values, id);
  if (statement->live && statement->live->values)
    sqlite3_reset(statement->live->values);
  return rc == TIDE_OK ? TIDE_DONE : engine_fail(statement->engine, rc);
}

void tide_live_unwatch(tide_engine *engine, int64_t id) {
  library_use(&engine->memory);
  if (engine->database.views)
    live_unwatch(&engine->database, id);
}
