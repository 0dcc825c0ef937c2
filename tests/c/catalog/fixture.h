/* A database with its catalog, run statement by statement without the layers above: for the tests of definitions. */
#ifndef TIDE_TEST_CATALOG_FIXTURE_H
#define TIDE_TEST_CATALOG_FIXTURE_H

#include "lib/test.h"
#include "lib/test_database.h"

#include "catalog/define.h"
#include "catalog/lower.h"
#include "sql/parse.h"

struct fixture {
  struct test_database sqlite;
  struct database database;
  struct trace trace;
  struct buffer rows; /* of the last query: a line each, values joined by | */
  int64_t *changed;   /* of the last ALTER: how many views have void rows */
  int changed_count;
  const char *command;
};

static uint64_t fixture_random(void *state) {
  return random_next(state);
}

/* Opens the database, and not yet its catalog. */
static inline int fixture_begin(struct fixture *fixture, struct memory *memory) {
  *fixture = (struct fixture){0};
  struct database *database = &fixture->database;
  buffer_init(&fixture->rows, memory);
  int rc = test_database_open(&fixture->sqlite, memory);
  if (rc != TIDE_OK)
    return rc;
  struct error *error = &fixture->sqlite.error;
  database->memory = memory;
  database->handle = fixture->sqlite.handle;
  database->error = error;
  database->trace = &fixture->trace;
  database->types =
      (struct types_context){.now_microseconds = fixture->sqlite.now * 1000,
                             .random = fixture_random,
                             .random_state = &fixture->sqlite.random,
                             .error = error};
  database->now = fixture->sqlite.now;
  return types_register(database->handle, &database->types) == SQLITE_OK
             ? TIDE_OK
             : TIDE_ERROR_NOMEM;
}

static inline int fixture_open_catalog(struct fixture *fixture) {
  struct database *database = &fixture->database;
  int rc = catalog_open(database);
  /* in the place of the view layer's virtual tables, which tidemark.stats reads */
  return rc == TIDE_OK
             ? database_execute(
                   database,
                   "CREATE TABLE IF NOT EXISTS __view_stats (view, "
                   "maintenances, rows_in, rows_out, recomputes, "
                   "microseconds, stale, state_rows, state_bytes); CREATE TABLE "
                   "IF NOT EXISTS __view_node_stats (view, node, kind, "
                   "maintenances, rows_in, rows_out, recomputes, "
                   "microseconds, state_rows, state_bytes)")
             : rc;
}

static inline int fixture_open(struct fixture *fixture, struct memory *memory) {
  int rc = fixture_begin(fixture, memory);
  return rc == TIDE_OK ? fixture_open_catalog(fixture) : rc;
}

static inline void fixture_close(struct fixture *fixture) {
  if (fixture->database.catalog != NULL)
    catalog_close(&fixture->database);
  test_database_close(&fixture->sqlite);
  buffer_deinit(&fixture->rows);
}

/* As the engine does: a write that fails is told with its table. */
static inline int fixture_step(struct fixture *fixture, sqlite3_stmt *statement,
                               const struct sql_node *tree) {
  const struct sql_node *target = tree->kind == SQL_QUERY ? NULL : tree->child[1];
  char operation = tree->kind == SQL_INSERT   ? 'I'
                   : tree->kind == SQL_DELETE ? 'D'
                                              : 'U';
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
      const char *text = (const char *)sqlite3_column_text(statement, i);
      buffer_format(&fixture->rows, i > 0 ? "|%s" : "%s", text ? text : "NULL");
    }
    buffer_character(&fixture->rows, '\n');
  }
  return database_write_error(&fixture->database, result,
                              target == NULL ? NULL : target->bound, operation);
}

static inline int fixture_query(struct fixture *fixture, struct arena *arena,
                                struct sql_node *tree) {
  struct database *database = &fixture->database;
  struct binding binding = {.database = database, .arena = arena};
  struct buffer sql;
  sqlite3_stmt *statement = NULL;
  buffer_init(&sql, database->memory);
  int rc = bind_rewrite_view_write(database, arena, &tree);
  if (rc == TIDE_OK)
    rc = bind_statement(&binding, tree);
  struct sql_node *lowered = rc == TIDE_OK ? lower_statement(&binding, tree) : NULL;
  if (rc == TIDE_OK && lowered == NULL)
    rc = database->error->code;
  if (rc == TIDE_OK)
    rc = lower_print(&binding, lowered, &sql);
  if (rc == TIDE_OK)
    rc = database_prepare(database, buffer_string(&sql), false, &statement);
  if (rc == TIDE_OK)
    rc = fixture_step(fixture, statement, tree);
  sqlite3_finalize(statement);
  buffer_deinit(&sql);
  return rc;
}

static inline int fixture_drop(struct fixture *fixture, struct arena *arena,
                               const struct sql_node *tree) {
  struct database *database = &fixture->database;
  int64_t *ids;
  int count;
  int rc = define_drop_plan(database, arena, tree, &ids, &count);
  for (int i = 0; rc == TIDE_OK && i < count; i++)
    rc = define_drop_relation(database, ids[i]);
  if (rc == TIDE_OK && tree->op == SQL_OBJECT_SCHEMA)
    rc = define_execute(database, arena, tree, &fixture->command);
  return rc;
}

static inline int fixture_work(struct fixture *fixture, struct arena *arena,
                               struct sql_node *tree) {
  struct database *database = &fixture->database;
  struct defined_view defined;
  switch (tree->kind) {
  case SQL_QUERY:
  case SQL_INSERT:
  case SQL_UPDATE:
  case SQL_DELETE: return fixture_query(fixture, arena, tree);
  case SQL_CREATE_VIEW: return define_view(database, arena, tree, &defined);
  case SQL_DROP:
    if (tree->op != SQL_OBJECT_INDEX)
      return fixture_drop(fixture, arena, tree);
    break;
  case SQL_ALTER:
    if (tree->op == SQL_OBJECT_TABLE || tree->op == SQL_OBJECT_INDEX)
      break;
    if (tree->child[ALTER_ACTIONS]->child[0]->op == SQL_AS_QUERY)
      return define_view(database, arena, tree, &defined);
    return define_alter_view(database, arena, tree, &fixture->changed,
                             &fixture->changed_count);
  default: break;
  }
  return define_execute(database, arena, tree, &fixture->command);
}

/* Runs one statement in a transaction of its own; what fails is undone. */
static inline int run(struct fixture *fixture, const char *sql) {
  struct database *database = &fixture->database;
  struct arena arena;
  struct sql_node *tree = NULL;
  size_t consumed;
  error_clear(database->error);
  buffer_clear(&fixture->rows);
  arena_init(&arena, database->memory);
  int rc = catalog_ensure(database);
  if (rc == TIDE_OK)
    rc = sql_parse(&arena, sql, strlen(sql), SQL_DIALECT_POSTGRES, &tree, &consumed,
                   database->error);
  if (rc == TIDE_OK)
    rc = database_execute(database, "BEGIN");
  if (rc == TIDE_OK) {
    rc = fixture_work(fixture, &arena, tree);
    if (rc == TIDE_OK)
      rc = database_execute(database, "COMMIT");
    if (rc != TIDE_OK)
      sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
  }
  arena_deinit(&arena);
  return rc == TIDE_OK && fixture->rows.failed ? TIDE_ERROR_NOMEM : rc;
}

static inline void succeeds(struct fixture *fixture, const char *sql) {
  if (run(fixture, sql) != TIDE_OK)
    fail_msg("%s\n  %s: %s (%s)", sql, fixture->sqlite.error.sqlstate,
             fixture->sqlite.error.message, fixture->sqlite.error.hint);
}

/* `message` is what the message and hint, one after the other, must contain. */
static inline void fails(struct fixture *fixture, const char *sql, const char *sqlstate,
                         const char *message) {
  const struct error *error = &fixture->sqlite.error;
  char text[ERROR_MESSAGE_MAX + ERROR_HINT_MAX + 2];
  if (run(fixture, sql) == TIDE_OK)
    fail_msg("%s\n  succeeded, but should fail with %s", sql, sqlstate);
  snprintf(text, sizeof text, "%s %s", error->message, error->hint);
  if (strcmp(error->sqlstate, sqlstate) != 0 || strstr(text, message) == NULL)
    fail_msg("%s\n  %s: %s\n  should be %s: %s", sql, error->sqlstate, text, sqlstate,
             message);
}

static inline void gives(struct fixture *fixture, const char *sql, const char *rows) {
  succeeds(fixture, sql);
  if (strcmp(buffer_string(&fixture->rows), rows) != 0)
    fail_msg("%s\n  gives:\n%s  should be:\n%s", sql, buffer_string(&fixture->rows),
             rows);
}

/* The first column of the first row of SQLite's own SQL. */
static inline const char *sqlite_text(struct fixture *fixture, const char *sql) {
  sqlite3_stmt *statement = NULL;
  buffer_clear(&fixture->rows);
  if (sqlite3_prepare_v2(fixture->database.handle, sql, -1, &statement, NULL) !=
      SQLITE_OK)
    buffer_format(&fixture->rows, "error: %s",
                  sqlite3_errmsg(fixture->database.handle));
  else if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
    buffer_text(&fixture->rows, (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return buffer_string(&fixture->rows);
}

static inline int setup(void **state) {
  struct fixture *fixture = malloc(sizeof *fixture);
  *state = fixture;
  return fixture_open(fixture, memory_default());
}

static inline int teardown(void **state) {
  fixture_close(*state);
  free(*state);
  return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
