/* VACUUM, ANALYZE, CHECKPOINT, REINDEX and PRAGMA integrity_check: the upkeep of the database itself. */
#include <string.h>

#include "engine.h"
#include "vfs/vfs.h"
#include "view/view.h"

/* Runs a statement of SQLite; %q in it stands for the stored name of the table that is named, if one is. */
static int run_for_table(struct tide_statement *statement, const char *all,
                         const char *one) {
  struct database *database = &statement->engine->database;
  const struct sql_node *name = statement->tree->child[0];
  if (name == NULL)
    return database_execute(database, all);
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  const struct relation *table =
      catalog_find(database, schema == NULL ? NULL : schema->text, name->text);
  if (table == NULL)
    return error_set_at(database->error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
                        "relation %q does not exist", name->text);
  if (table->kind != RELATION_TABLE && !relation_keeps_rows(table))
    return error_set_at(database->error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
                        "%q keeps no rows", name->text);
  const char *sql = arena_format(&statement->planned, one, table->stored);
  return sql == NULL ? TIDE_ERROR_NOMEM : database_execute(database, sql);
}

static int analyze(struct tide_statement *statement) {
  return run_for_table(statement, "ANALYZE main", "ANALYZE main.%q");
}

static int reindex(struct tide_statement *statement) {
  return run_for_table(statement, "REINDEX", "REINDEX main.%q");
}

static int nothing(struct tide_statement *statement) {
  (void)statement;
  return TIDE_OK;
}

/* --- the file --- */

int maintenance_refuse_reading(struct database *database, const char *command) {
  for (sqlite3_stmt *each = sqlite3_next_stmt(database->handle, NULL); each != NULL;
       each = sqlite3_next_stmt(database->handle, each)) {
    if (!sqlite3_stmt_busy(each))
      continue;
    error_set(database->error, TIDE_ERROR_OBJECT_IN_USE,
              "%s cannot run while rows of a query are being read", command);
    error_hint(database->error, "Read them to the end, or close the cursor.");
    return TIDE_ERROR_OBJECT_IN_USE;
  }
  return TIDE_OK;
}

/* What is done to the file as a whole cannot be undone, and needs it at rest. */
static int refuse_busy(struct database *database, const char *command) {
  if (database->in_transaction)
    return error_set(database->error, TIDE_ERROR_ACTIVE_TRANSACTION,
                     "%s cannot run inside a transaction block", command);
  return maintenance_refuse_reading(database, command);
}

static int checkpoint(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  int rc = refuse_busy(database, "CHECKPOINT");
  if (rc != TIDE_OK || statement->engine->storage != TIDE_STORAGE_FILE)
    return rc; /* elsewhere there is no log */
  return database_error(database, sqlite3_wal_checkpoint_v2(database->handle, "main",
                                                            SQLITE_CHECKPOINT_TRUNCATE,
                                                            NULL, NULL));
}

static int vacuum(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  int rc = refuse_busy(database, "VACUUM");
  if (rc == TIDE_OK)
    rc = database_execute(database, "VACUUM");
  /* what has moved is told to the host with the commit */
  if (rc == TIDE_OK)
    rc = execute_in_transaction(
        statement, (statement->tree->flags & SQL_ANALYZE) != 0 ? analyze : nothing);
  return rc == TIDE_OK ? checkpoint(statement) : rc;
}

/* --- integrity --- */

/* A problem for each row of a query that gives texts, unless it is the one "ok". */
static int check(struct database *database, const char *sql, struct buffer *out) {
  sqlite3_stmt *query = NULL;
  bool row = true;
  int rc = database_query(database, &query, sql, "");
  while (rc == TIDE_OK && row) {
    rc = database_step(database, query, &row);
    const char *text = NULL;
    if (rc == TIDE_OK && row)
      rc = database_text(database, query, 0, &text);
    if (rc == TIDE_OK && row && text != NULL && strcmp(text, "ok") != 0)
      buffer_format(out, "%s\n", text);
  }
  sqlite3_finalize(query);
  return rc;
}

int maintenance_check(struct database *database, struct buffer *out) {
  /* all that SQLite knows of, and that what is queued for origins can be read */
  static const char *const queries[] = {
      "PRAGMA main.integrity_check",
      "SELECT DISTINCT 'rows of ' || \"table\" || ' refer to rows of ' || parent || "
      "' that do not exist' FROM pragma_foreign_key_check",
      "SELECT 'queued write ' || id || ' cannot be read' FROM __tidemark_queue WHERE "
      "origin IS NULL OR op IS NULL OR NOT json_valid(key) OR NOT "
      "json_valid(coalesce(base, 'null')) OR NOT "
      "json_valid(coalesce(mine, 'null')) OR NOT json_valid(coalesce(theirs, 'null'))",
      "SELECT 'the base of a queued write, ' || key || ', cannot be read' FROM "
      "__tidemark_base WHERE NOT json_valid(key) OR NOT json_valid(coalesce(image, "
      "'null'))"};
  int rc = TIDE_OK;
  for (size_t i = 0; rc == TIDE_OK && i < sizeof queries / sizeof queries[0]; i++)
    rc = check(database, queries[i], out);
  return rc;
}

static void report_view(void *context, const struct relation *view, int64_t rows) {
  buffer_format(context,
                "view %s.%s differed from its query in %lld stored rows: rebuilt\n",
                view->schema, view->name, (long long)rows);
}

static int verify_views(struct tide_statement *statement) {
  struct buffer out;
  buffer_init(&out, &statement->engine->memory);
  int rc = view_verify_all(&statement->engine->database, report_view, &out);
  if (out.length == 0)
    buffer_text(&out, "ok\n");
  if (rc == TIDE_OK)
    rc = out.failed ? TIDE_ERROR_NOMEM
                    : statement_buffer_lines(statement, "integrity_check", &out);
  buffer_deinit(&out);
  return rc;
}

/* Views of damaged tables would be rebuilt from what is left of these: only sound ones are. */
static int check_all(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  struct buffer out;
  buffer_init(&out, &statement->engine->memory);
  int rc = maintenance_check(database, &out);
  /* a page that cannot be read ends the check, and a transaction if there is one */
  if (rc == TIDE_ERROR_CORRUPT && !database->in_transaction) {
    buffer_format(&out, "%s\n", database->error->message);
    error_clear(database->error);
    rc = TIDE_OK;
  }
  if (rc == TIDE_OK && out.length > 0)
    rc = out.failed ? TIDE_ERROR_NOMEM
                    : statement_buffer_lines(statement, "integrity_check", &out);
  else if (rc == TIDE_OK)
    rc = execute_in_transaction(statement, verify_views);
  buffer_deinit(&out);
  return rc;
}

int execute_maintenance(struct tide_statement *statement) {
  static const char *const commands[] = {"VACUUM", "ANALYZE", "CHECKPOINT", "REINDEX",
                                         "PRAGMA"};
  execute_forget_plan(statement);
  enum sql_maintenance what = (enum sql_maintenance)statement->tree->op;
  statement->command = commands[what];
  if (what == SQL_INTEGRITY_CHECK)
    return check_all(statement);
  int rc = statement_no_rows(statement);
  if (rc != TIDE_OK)
    return rc;
  switch (what) {
  case SQL_VACUUM: return vacuum(statement);
  case SQL_CHECKPOINT: return checkpoint(statement);
  case SQL_REINDEX: return execute_in_transaction(statement, reindex);
  default: return execute_in_transaction(statement, analyze);
  }
}
