/* Statements that write inside WITH, and MERGE: their parts are run one after the other, as one statement. */
#include "engine.h"

#include "catalog/parts.h"
#include "sync/session.h"
#include "view/capture.h"
#include "view/view.h"

/* --- temporary tables --- */

int execute_create_temporary(struct database *database, struct buffer *sql) {
  int rc =
      sql->failed ? TIDE_ERROR_NOMEM : database_execute(database, buffer_string(sql));
  buffer_deinit(sql);
  return rc;
}

void execute_temporary_column(struct buffer *sql, const char *separator,
                              const char *name, struct type type) {
  const char *storage = type_storage(type), *collation = type_collation(type);
  buffer_format(sql, "%s%q %s", separator, name, storage ? storage : "");
  if (collation)
    buffer_format(sql, " COLLATE %s", collation);
}

/* One for the rows of a part, by the names that the others know. */
static int create_rows(struct database *database, const struct part *part) {
  struct buffer sql;
  if (!part->rows)
    return TIDE_OK;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "CREATE TEMP TABLE %q (", part->rows);
  for (uint32_t i = 0; i < part->columns->count; i++)
    execute_temporary_column(&sql, i > 0 ? ", " : "", part->columns->child[i]->text,
                             query_column_type(part->statement, (int)i));
  buffer_character(&sql, ')');
  return execute_create_temporary(database, &sql);
}

static int create_marks(struct database *database, const char *name) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "CREATE TEMP TABLE IF NOT EXISTS %q (row INTEGER PRIMARY KEY)",
                name);
  return execute_create_temporary(database, &sql);
}

static int create_aside(struct database *database, const struct set_aside *aside) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "CREATE TEMP TABLE %q (", aside->table);
  for (int i = 0; i < aside->relation->column_count; i++)
    execute_temporary_column(&sql, i > 0 ? ", " : "", aside->relation->columns[i].name,
                             aside->relation->columns[i].type);
  buffer_character(&sql, ')');
  return execute_create_temporary(database, &sql);
}

static int discard_all(struct database *database, const struct parts *parts) {
  int rc = TIDE_OK;
  for (const struct set_aside *aside = parts->aside; rc == TIDE_OK && aside;
       aside = aside->next)
    rc = temporary_discard(database, aside->table);
  for (int i = 0; rc == TIDE_OK && i < parts->count; i++) {
    if (parts->list[i].rows)
      rc = temporary_discard(database, parts->list[i].rows);
    if (rc == TIDE_OK && parts->list[i].marks)
      rc = temporary_discard(database, parts->list[i].marks);
  }
  return rc;
}

/* --- one statement of SQLite's --- */

int execute_prepare(struct tide_statement *statement, const struct sql_node *lowered,
                    const char *before, sqlite3_stmt **sqlite) {
  struct database *database = &statement->engine->database;
  struct buffer sql;
  *sqlite = NULL;
  if (!lowered)
    return database->error->code ? database->error->code : TIDE_ERROR_NOMEM;
  buffer_init(&sql, &statement->engine->memory);
  buffer_text(&sql, before);
  int rc = lower_print(&statement->binding, lowered, &sql);
  if (rc == TIDE_OK)
    rc = sql.failed ? TIDE_ERROR_NOMEM
                    : database_prepare(database, buffer_string(&sql), false, sqlite);
  buffer_deinit(&sql);
  int expected = rc == TIDE_OK ? sqlite3_bind_parameter_count(*sqlite) : 0;
  for (int i = 0; rc == TIDE_OK && i < statement->parameter_count && i < expected; i++)
    rc = database_bind(database, *sqlite, i + 1, &statement->parameters[i]);
  return rc;
}

static int set_aside(struct tide_statement *statement, const struct set_aside *aside) {
  struct database *database = &statement->engine->database;
  sqlite3_stmt *sqlite = NULL;
  int rc = create_aside(database, aside);
  const char *insert =
      arena_format(&statement->planned, "INSERT INTO temp.%q ", aside->table);
  if (rc == TIDE_OK && !insert)
    rc = TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = execute_prepare(statement, lower_statement(&statement->binding, aside->query),
                         insert, &sqlite);
  if (rc == TIDE_OK)
    rc = database_run(database, sqlite);
  sqlite3_finalize(sqlite);
  return rc;
}

/* --- one part --- */

/* Where the rows of a part go. */
struct sink {
  struct tide_statement *statement;
  const struct part *part;
  int columns;
  sqlite3_stmt *rows, *marks; /* INSERTs into temporary tables, or NULL */
};

static int open_sink(struct sink *sink) {
  struct database *database = &sink->statement->engine->database;
  const struct part *part = sink->part;
  int rc = TIDE_OK;
  if (part->rows)
    rc = database_prepare_insert(database, "INSERT OR IGNORE INTO", part->rows,
                                 sink->columns, &sink->rows);
  if (rc == TIDE_OK && part->marks)
    rc = database_prepare_insert(database, "INSERT OR IGNORE INTO", part->marks, 1,
                                 &sink->marks);
  return rc;
}

/* `count` columns from `first` on go into a temporary table. */
static int keep_columns(struct database *database, sqlite3_stmt *sqlite, int first,
                        int count, sqlite3_stmt *insert) {
  int bound = SQLITE_OK;
  for (int i = 0; bound == SQLITE_OK && i < count; i++)
    bound = sqlite3_bind_value(insert, i + 1, sqlite3_column_value(sqlite, first + i));
  return bound == SQLITE_OK ? database_run(database, insert)
                            : database_error(database, bound);
}

static int keep_row(struct sink *sink, sqlite3_stmt *sqlite) {
  struct database *database = &sink->statement->engine->database;
  int rc = TIDE_OK;
  if (sink->rows)
    rc = keep_columns(database, sqlite, 0, sink->columns, sink->rows);
  if (rc == TIDE_OK && sink->marks)
    rc = keep_columns(database, sqlite, sink->columns, 1, sink->marks);
  return rc == TIDE_OK && sink->part->main ? execute_buffer_row(sink->statement, sqlite)
                                           : rc;
}

static int step_part(struct sink *sink, sqlite3_stmt *sqlite) {
  struct tide_statement *statement = sink->statement;
  struct database *database = &statement->engine->database;
  const struct part *part = sink->part;
  int64_t rows = 0, before = sqlite3_total_changes64(database->handle);
  int rc, kept = TIDE_OK;
  while (kept == TIDE_OK && (rc = sqlite3_step(sqlite)) == SQLITE_ROW) {
    kept = keep_row(sink, sqlite);
    rows++;
  }
  if (kept != TIDE_OK)
    return kept;
  if (rc != SQLITE_DONE)
    return part->target ? database_write_error(database, rc, part->target,
                                               execute_operation(part->statement))
                        : database_error(database, rc);
  if (part->counts)
    statement->row_count += part->target ? execute_changes(database, before) : rows;
  return TIDE_OK;
}

static int run_once(struct sink *sink, sqlite3_stmt *sqlite) {
  struct database *database = &sink->statement->engine->database;
  int rc = capture_once_begin(database, sink->part->target->stored);
  if (rc == TIDE_OK)
    rc = step_part(sink, sqlite);
  capture_once_end(database);
  return rc;
}

/* The rows that a MERGE gives are asked for when it has written. */
static int run_merge(struct sink *sink) {
  struct tide_statement *statement = sink->statement;
  const struct part *part = sink->part;
  struct sql_node *merge = part->statement;
  sqlite3_stmt *sqlite = NULL;
  int64_t changed = 0;
  int rc = execute_merge(statement, merge, &changed);
  if (rc == TIDE_OK && merge->child[MERGE_RETURNING])
    rc =
        execute_prepare(statement, parts_lower(&statement->binding, part), "", &sqlite);
  if (rc == TIDE_OK && sqlite)
    rc = step_part(sink, sqlite);
  sqlite3_finalize(sqlite);
  if (rc == TIDE_OK && part->counts)
    statement->row_count += changed;
  return rc == TIDE_OK ? execute_merge_end(statement, merge) : rc;
}

static int run_statement_of(struct sink *sink) {
  struct tide_statement *statement = sink->statement;
  sqlite3_stmt *sqlite = NULL;
  int rc = execute_prepare(statement, parts_lower(&statement->binding, sink->part), "",
                           &sqlite);
  if (rc == TIDE_OK)
    rc = statement->binding.each_row_once ? run_once(sink, sqlite)
                                          : step_part(sink, sqlite);
  sqlite3_finalize(sqlite);
  return rc;
}

static int run_part(struct tide_statement *statement, const struct part *part) {
  struct sink sink = {.statement = statement,
                      .part = part,
                      .columns = query_column_count(part->statement)};
  struct database *database = &statement->engine->database;
  int rc = create_rows(database, part);
  if (rc == TIDE_OK && part->marks)
    rc = create_marks(database, part->marks);
  if (rc == TIDE_OK)
    rc = open_sink(&sink);
  if (rc == TIDE_OK)
    rc =
        part->statement->kind == SQL_MERGE ? run_merge(&sink) : run_statement_of(&sink);
  sqlite3_finalize(sink.rows);
  sqlite3_finalize(sink.marks);
  return rc;
}

/* --- foreign keys --- */

static bool has_violations(const struct database *database) {
  int current = 0, highest = 0;
  sqlite3_db_status(database->handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest,
                    0);
  return current != 0;
}

/* The keys hold when all parts have run, not after each. */
static int run_all(struct tide_statement *statement, const struct parts *parts) {
  struct database *database = &statement->engine->database;
  bool defer = parts->writes_several && !has_violations(database);
  int rc =
      defer ? database_execute(database, "PRAGMA defer_foreign_keys = ON") : TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < parts->count; i++)
    rc = run_part(statement, &parts->list[i]);
  if (!defer)
    return rc;
  if (rc == TIDE_OK && has_violations(database))
    rc = foreign_key_find(database);
  struct error kept = *database->error;
  int reset = database_execute(database, "PRAGMA defer_foreign_keys = OFF");
  if (rc != TIDE_OK)
    *database->error = kept;
  return rc != TIDE_OK ? rc : reset;
}

/* --- the statement --- */

/* A MERGE by itself may write to a view of an origin. */
static int check_local(const struct tide_statement *statement,
                       const struct parts *parts) {
  int writes = 0;
  for (int i = 0; i < parts->count; i++)
    writes += parts->list[i].target != NULL;
  for (int i = 0; i < parts->count; i++) {
    const struct part *part = &parts->list[i];
    bool alone = writes == 1 && part->main;
    if (part->target && relation_is_foreign(part->target) && !alone)
      return error_set_at(statement->engine->database.error, TIDE_ERROR_NOT_SUPPORTED,
                          part->statement->position,
                          "a write to a view of an origin in a statement that writes "
                          "inside WITH is not supported");
  }
  return TIDE_OK;
}

static int run_statement(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  struct parts parts;
  int rc = TIDE_OK;
  if (database->in_transaction)
    rc = view_maintain_for(database, statement->relations, statement->relation_count);
  if (rc == TIDE_OK)
    rc = parts_split(&statement->binding, statement->plan,
                     &statement->engine->next_part, &parts);
  if (rc == TIDE_OK)
    rc = check_local(statement, &parts);
  if (rc != TIDE_OK)
    return rc;
  statement->row_count = 0;
  statement_buffer_begin(statement);
  for (const struct set_aside *aside = parts.aside; rc == TIDE_OK && aside;
       aside = aside->next)
    rc = set_aside(statement, aside);
  if (rc == TIDE_OK)
    rc = run_all(statement, &parts);
  if (rc == TIDE_OK)
    rc = discard_all(database, &parts);
  return rc == TIDE_OK ? statement_buffer_end(statement) : rc;
}

static int queue_statement(struct tide_statement *statement) {
  return execute_queued(statement, run_statement);
}

int execute_parts(struct tide_statement *statement) {
  statement->command = execute_command_of(statement->tree);
  bool queued = statement->target && relation_is_foreign(statement->target);
  int rc = execute_in_transaction(statement, queued ? queue_statement : run_statement);
  statement->plan = NULL; /* it has been taken apart */
  statement->version = 0;
  return rc;
}
