/* Binding and lowering without running: for the tests of the binder and of lowering. */
#ifndef TIDE_TEST_CATALOG_BIND_FIXTURE_H
#define TIDE_TEST_CATALOG_BIND_FIXTURE_H

#include "fixture.h"

#include "sql/print.h"

/* A statement on its way through the binder. */
struct planned {
  struct arena arena;
  struct binding binding;
  struct sql_node *tree;
  int code;
};

static const char *const tables[] = {
    "CREATE SCHEMA s",
    "CREATE TABLE t (id integer PRIMARY KEY, a integer, b text, c numeric(10, 2), d "
    "boolean,"
    " e date, f double precision, g bigint NOT NULL DEFAULT 7)",
    "CREATE TABLE u (id integer PRIMARY KEY, t_id integer, name text NOT NULL, n "
    "numeric)",
    "CREATE TABLE s.t (id integer, a text)",
    "CREATE TABLE keyed (a integer, b integer, v text, PRIMARY KEY (a, b))",
    "CREATE TABLE numbered (id serial PRIMARY KEY, name text DEFAULT upper('x'),"
    " total integer GENERATED ALWAYS AS (length(name)) STORED)",
    "CREATE TABLE j (id integer PRIMARY KEY, doc jsonb, tags text[])",
    "CREATE VIEW v AS SELECT id, a AS alpha, b FROM t WHERE a > 0",
    "CREATE VIEW vv (ident, up) AS SELECT id, upper(b) FROM v",
};

static inline void create_tables(struct fixture *fixture) {
  for (size_t i = 0; i < COUNT(tables); i++)
    succeeds(fixture, tables[i]);
}

/* Bytes taken from the arena before anything else, so that its blocks end at other places. */
static size_t arena_filler = 0;

/* Parses and binds; to be released with unplan. */
static inline void bind(struct fixture *fixture, struct planned *planned,
                        const char *sql) {
  struct database *database = &fixture->database;
  size_t consumed;
  *planned = (struct planned){.tree = NULL};
  error_clear(database->error);
  arena_init(&planned->arena, database->memory);
  if (arena_filler > 0)
    (void)arena_alloc(&planned->arena, arena_filler);
  planned->binding = (struct binding){.database = database, .arena = &planned->arena};
  planned->code = sql_parse(&planned->arena, sql, strlen(sql), SQL_DIALECT_POSTGRES,
                            &planned->tree, &consumed, database->error);
  if (planned->code == TIDE_OK)
    planned->code = bind_rewrite_view_write(database, &planned->arena, &planned->tree);
  if (planned->code == TIDE_OK)
    planned->code = bind_statement(&planned->binding, planned->tree);
}

static inline void unplan(struct planned *planned) {
  arena_deinit(&planned->arena);
}

static inline void print(struct fixture *fixture, const struct sql_node *tree,
                         enum sql_dialect dialect) {
  buffer_clear(&fixture->rows);
  assert_int_equal(sql_print(tree, dialect, &fixture->rows, fixture->database.error),
                   TIDE_OK);
}

/* The bound statement, printed for PostgreSQL, is `expected`. */
static inline void binds_to(struct fixture *fixture, const char *sql,
                            const char *expected) {
  struct planned planned;
  bind(fixture, &planned, sql);
  if (planned.code != TIDE_OK)
    fail_msg("%s\n  %s", sql, fixture->sqlite.error.message);
  print(fixture, planned.tree, SQL_DIALECT_POSTGRES);
  if (strcmp(buffer_string(&fixture->rows), expected) != 0)
    fail_msg("%s\n  binds to: %s\n  expected: %s", sql, buffer_string(&fixture->rows),
             expected);
  unplan(&planned);
}

/* The lowered statement, as SQLite gets it, is `expected`. */
static inline void lowers_to(struct fixture *fixture, const char *sql,
                             const char *expected) {
  struct planned planned;
  bind(fixture, &planned, sql);
  struct sql_node *lowered =
      planned.code == TIDE_OK ? lower_statement(&planned.binding, planned.tree) : NULL;
  if (lowered == NULL)
    fail_msg("%s\n  %s", sql, fixture->sqlite.error.message);
  buffer_clear(&fixture->rows);
  assert_int_equal(lower_print(&planned.binding, lowered, &fixture->rows), TIDE_OK);
  if (strcmp(buffer_string(&fixture->rows), expected) != 0)
    fail_msg("%s\n  lowers to: %s\n  expected:  %s", sql, buffer_string(&fixture->rows),
             expected);
  unplan(&planned);
}

/* Fails with that code and message, at that position. */
static inline void refuses(struct fixture *fixture, const char *sql,
                           const char *sqlstate, int position, const char *message) {
  struct planned planned;
  const struct error *error = fixture->database.error;
  bind(fixture, &planned, sql);
  if (planned.code == TIDE_OK &&
      lower_statement(&planned.binding, planned.tree) != NULL)
    fail_msg("%s\n  succeeded", sql);
  if (strcmp(error->sqlstate, sqlstate) != 0 || strcmp(error->message, message) != 0 ||
      (int)error->position != position)
    fail_msg("%s\n  %s at %d: %s\n  should be\n  %s at %d: %s", sql, error->sqlstate,
             (int)error->position, error->message, sqlstate, position, message);
  unplan(&planned);
}

#endif
