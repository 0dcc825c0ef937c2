/* MERGE: the rows of target and source joined are kept with what is to be done, then written one by one
 * (catalog/merge.h). */
#include "engine.h"

#include "catalog/lower.h"
#include "catalog/merge.h"
#include "sync/session.h"

/* --- the temporary tables --- */

/* INSERT INTO temp.table (the results of the query): what stands before it. */
static const char *insert_into(struct tide_statement *statement, const char *table,
                               const struct sql_node *query) {
  struct arena *arena = &statement->planned;
  const char *text = arena_format(arena, "INSERT INTO temp.%s (", table);
  int count = query_column_count(query);
  for (int i = 0; text && i < count; i++)
    text = arena_format(arena, "%s%s\"%s\"", text, i > 0 ? ", " : "",
                        query_column_name(query, i));
  return text ? arena_format(arena, "%s) ", text) : NULL;
}

/* `n` numbers the rows, and is the query's first result where it gives it. */
static int create_table(struct tide_statement *statement, const char *table,
                        const struct sql_node *query, int first) {
  struct buffer sql;
  int count = query_column_count(query);
  buffer_init(&sql, &statement->engine->memory);
  buffer_format(&sql, "CREATE TEMP TABLE %q (n INTEGER PRIMARY KEY", table);
  for (int i = first; i < count; i++)
    execute_temporary_column(&sql, ", ", query_column_name(query, i),
                             query_column_type(query, i));
  buffer_character(&sql, ')');
  return execute_create_temporary(&statement->engine->database, &sql);
}

/* Lowering uses the query up: the table comes first. */
static int fill_table(struct tide_statement *statement, const char *table,
                      struct sql_node *query, int first) {
  struct database *database = &statement->engine->database;
  sqlite3_stmt *sqlite = NULL;
  int rc = create_table(statement, table, query, first);
  const char *insert = rc == TIDE_OK ? insert_into(statement, table, query) : NULL;
  if (rc == TIDE_OK && !insert)
    rc = TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = execute_prepare(statement, lower_statement(&statement->binding, query), insert,
                         &sqlite);
  if (rc == TIDE_OK)
    rc = database_run(database, sqlite);
  sqlite3_finalize(sqlite);
  return rc;
}

/* A row of the target that two rows of the source are to change. */
static int check_rows(struct database *database) {
  sqlite3_stmt *sqlite = NULL;
  int rc = database_prepare(database,
                            "SELECT 1 FROM temp." MERGE_ROWS
                            " WHERE clause > 0 AND row IS NOT NULL "
                            "GROUP BY row HAVING count(*) > 1 LIMIT 1",
                            false, &sqlite);
  if (rc != TIDE_OK)
    return rc;
  int stepped = sqlite3_step(sqlite);
  sqlite3_finalize(sqlite);
  if (stepped == SQLITE_DONE)
    return TIDE_OK;
  if (stepped != SQLITE_ROW)
    return database_error(database, stepped);
  error_set(database->error, TIDE_ERROR_CARDINALITY,
            "MERGE command cannot affect row a second time");
  error_hint(database->error, "Ensure that not more than one source row matches any "
                              "one target row.");
  return database->error->code;
}

/* Of the rows that are for one row of the target the first stays. */
static int keep_first_rows(struct database *database) {
  return database_execute(
      database,
      "UPDATE temp." MERGE_ROWS " SET clause = 0 WHERE clause > 0 AND n NOT IN (SELECT "
      "min(n) FROM temp." MERGE_ROWS " WHERE clause > 0 GROUP BY row)");
}

static int fill_tables(struct tide_statement *statement, struct sql_node *merge) {
  const struct sql_node *clauses = merge->child[MERGE_CLAUSES];
  int rc = fill_table(statement, MERGE_ROWS, merge->child[MERGE_SOURCE], 0);
  if (rc == TIDE_OK)
    rc = merge->op == MERGE_FIRST_MATCH ? keep_first_rows(&statement->engine->database)
                                        : check_rows(&statement->engine->database);
  for (uint32_t i = 0; rc == TIDE_OK && i < clauses->count; i++) {
    struct sql_node *values = clauses->child[i]->child[MERGE_VALUES];
    const char *table = merge_values_name(&statement->planned, i + 1);
    if (!table)
      rc = TIDE_ERROR_NOMEM;
    else if (values)
      rc = fill_table(statement, table, values, 1);
  }
  return rc;
}

/* --- writing --- */

/* The write of one clause, prepared. */
struct writing {
  const struct relation *target;
  char operation;
  bool by_row;          /* its parameter is `row`, not `n` */
  sqlite3_stmt *sqlite; /* NULL: not prepared yet */
  sqlite3_stmt *keep;   /* puts what it RETURNs among the rows; or NULL */
};

/* UPDATE temp.rows SET c1 = ?, … WHERE n = ? */
static int prepare_keep(struct tide_statement *statement,
                        const struct sql_node *returning, struct writing *writing) {
  struct buffer sql;
  if (!returning)
    return TIDE_OK;
  buffer_init(&sql, &statement->engine->memory);
  buffer_text(&sql, "UPDATE temp." MERGE_ROWS " SET ");
  for (uint32_t i = 0; i < returning->count; i++)
    buffer_format(&sql, "%s%q = ?", i > 0 ? ", " : "", returning->child[i]->text);
  buffer_text(&sql, " WHERE n = ?");
  int rc = sql.failed ? TIDE_ERROR_NOMEM
                      : database_prepare(&statement->engine->database,
                                         buffer_string(&sql), false, &writing->keep);
  buffer_deinit(&sql);
  return rc;
}

static int prepare_writing(struct tide_statement *statement, struct sql_node *action,
                           struct writing *writing) {
  *writing = (struct writing){.target = query_target(action)->bound,
                              .operation = execute_operation(action),
                              .by_row = action->kind == SQL_DELETE};
  int rc = prepare_keep(statement, query_returning(action), writing);
  return rc == TIDE_OK
             ? execute_prepare(statement, lower_statement(&statement->binding, action),
                               "", &writing->sqlite)
             : rc;
}

static int keep_row(struct database *database, const struct writing *writing,
                    int64_t number) {
  int count = sqlite3_column_count(writing->sqlite), bound = SQLITE_OK;
  for (int i = 0; bound == SQLITE_OK && i < count; i++)
    bound = sqlite3_bind_value(writing->keep, i + 1,
                               sqlite3_column_value(writing->sqlite, i));
  if (bound == SQLITE_OK)
    bound = sqlite3_bind_int64(writing->keep, count + 1, number);
  return bound == SQLITE_OK ? database_run(database, writing->keep)
                            : database_error(database, bound);
}

static int write_row(struct database *database, const struct writing *writing,
                     int parameter, int64_t number, int64_t row) {
  sqlite3_stmt *sqlite = writing->sqlite;
  int rc, kept = TIDE_OK;
  if (sqlite3_bind_parameter_count(sqlite) >= parameter)
    (void)sqlite3_bind_int64(sqlite, parameter, writing->by_row ? row : number);
  while (kept == TIDE_OK && (rc = sqlite3_step(sqlite)) == SQLITE_ROW)
    kept = keep_row(database, writing, number);
  if (kept == TIDE_OK && rc != SQLITE_DONE)
    kept = database_write_error(database, rc, writing->target, writing->operation);
  sqlite3_reset(sqlite);
  return kept;
}

static int write_rows(struct tide_statement *statement, const struct sql_node *merge,
                      struct writing *writings, int64_t *changed) {
  struct database *database = &statement->engine->database;
  const struct sql_node *clauses = merge->child[MERGE_CLAUSES];
  sqlite3_stmt *rows = NULL;
  int rc = database_prepare(database,
                            "SELECT n, clause, row FROM temp." MERGE_ROWS
                            " WHERE clause > 0 ORDER BY n",
                            false, &rows);
  int stepped = SQLITE_DONE;
  while (rc == TIDE_OK && (stepped = sqlite3_step(rows)) == SQLITE_ROW) {
    int clause = sqlite3_column_int(rows, 1) - 1;
    struct writing *writing = &writings[clause];
    if (!writing->sqlite)
      rc = prepare_writing(statement, clauses->child[clause]->child[MERGE_ACTION],
                           writing);
    if (rc == TIDE_OK)
      rc = write_row(database, writing, merge->index, sqlite3_column_int64(rows, 0),
                     sqlite3_column_int64(rows, 2));
    ++*changed;
  }
  sqlite3_finalize(rows);
  return rc == TIDE_OK && stepped != SQLITE_DONE ? database_error(database, stepped)
                                                 : rc;
}

/* --- entry --- */

int execute_merge(struct tide_statement *statement, struct sql_node *merge,
                  int64_t *changed) {
  uint32_t count = merge->child[MERGE_CLAUSES]->count;
  struct writing *writings = arena_alloc(&statement->planned, count * sizeof *writings);
  *changed = 0;
  if (!writings)
    return TIDE_ERROR_NOMEM;
  int rc = fill_tables(statement, merge);
  if (rc == TIDE_OK)
    rc = write_rows(statement, merge, writings, changed);
  for (uint32_t i = 0; i < count; i++) {
    sqlite3_finalize(writings[i].sqlite);
    sqlite3_finalize(writings[i].keep);
  }
  return rc;
}

int execute_merge_end(struct tide_statement *statement, const struct sql_node *merge) {
  struct database *database = &statement->engine->database;
  int rc = temporary_discard(database, MERGE_ROWS);
  for (uint32_t i = 0; rc == TIDE_OK && i < merge->child[MERGE_CLAUSES]->count; i++) {
    const char *table = merge_values_name(&statement->planned, i + 1);
    rc = table ? temporary_discard(database, table) : TIDE_ERROR_NOMEM;
  }
  return rc;
}
