/* Carries out definitions: each one whole, or not at all. */
#include "catalog/define.h"

#include <string.h>

#include "catalog/define_internal.h"
#include "catalog/setting.h"
#include "catalog/variables.h"

int define_nomem(struct definition *definition) {
  return error_set(definition->error, TIDE_ERROR_NOMEM, "out of memory");
}

int define_unsupported(struct definition *definition, const struct sql_node *node,
                       const char *what) {
  return error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
                      "%s is not supported", what);
}

int define_no_temporary(struct definition *definition, const struct sql_node *node,
                        const char *what) {
  define_unsupported(definition, node, what);
  error_hint(
      definition->error,
      "All tabs share one session, so nothing can be a session's own: make it in "
      "a schema, and drop it when it is done with.");
  return definition->error->code;
}

int define_reload(struct definition *definition) {
  return catalog_reload(definition->database);
}

int define_run(struct definition *definition, struct buffer *sql) {
  int code = sql->failed ? define_nomem(definition)
                         : database_execute(definition->database, buffer_string(sql));
  buffer_clear(sql);
  return code;
}

int define_begin(struct definition *definition, struct database *database,
                 struct arena *arena) {
  *definition = (struct definition){database, arena, database->error};
  int code = catalog_ensure(database);
  if (code == TIDE_OK)
    code = database_execute(database, "SAVEPOINT __tidemark_definition");
  if (code == TIDE_OK)
    catalog_keep(database);
  return code;
}

int define_end(struct definition *definition, int code) {
  struct database *database = definition->database;
  if (code == TIDE_OK && definition->arena->failed)
    code = define_nomem(definition);
  if (code == TIDE_OK)
    code = database_execute(database, "RELEASE __tidemark_definition");
  if (code != TIDE_OK) {
    sqlite3_exec(database->handle,
                 "ROLLBACK TO __tidemark_definition; RELEASE __tidemark_definition",
                 NULL, NULL, NULL);
  }
  catalog_settle(database, code == TIDE_OK);
  return code;
}

/* MySQL's SET, of variables and of settings. */
static int set_variables(struct definition *definition,
                         const struct sql_node *statement) {
  int code = TIDE_OK;
  while (statement != NULL && code == TIDE_OK) {
    const struct sql_node *setting;
    code = variables_set(definition, statement, &setting);
    if (code == TIDE_OK && setting != NULL)
      code = setting_set(definition->database, definition->arena, setting);
    statement = setting == NULL ? NULL : setting->child[0];
  }
  return code;
}

/* --- dispatch --- */

static int alter(struct definition *definition, const struct sql_node *statement,
                 const char **command) {
  switch ((enum sql_object)statement->op) {
  case SQL_OBJECT_SCHEMA:
    *command = "ALTER SCHEMA";
    return alter_schema(definition, statement);
  case SQL_OBJECT_INDEX:
    *command = "ALTER INDEX";
    return alter_index(definition, statement);
  case SQL_OBJECT_TYPE:
    *command = "ALTER TYPE";
    return alter_type(definition, statement);
  case SQL_OBJECT_DOMAIN:
    *command = "ALTER DOMAIN";
    return alter_type(definition, statement);
  case SQL_OBJECT_SEQUENCE:
    *command = "ALTER SEQUENCE";
    return alter_sequence(definition, statement);
  default: *command = "ALTER TABLE"; return alter_table(definition, statement);
  }
}

static int drop(struct definition *definition, const struct sql_node *statement,
                const char **command) {
  if (statement->op == SQL_OBJECT_SCHEMA) {
    *command = "DROP SCHEMA";
    return drop_schema(definition, statement);
  }
  if (statement->op == SQL_OBJECT_EXTENSION) {
    *command = "DROP EXTENSION";
    return drop_extensions(definition, statement);
  }
  if (statement->op == SQL_OBJECT_TYPE || statement->op == SQL_OBJECT_DOMAIN) {
    *command = statement->op == SQL_OBJECT_TYPE ? "DROP TYPE" : "DROP DOMAIN";
    return drop_types(definition, statement);
  }
  if (statement->op == SQL_OBJECT_SEQUENCE) {
    *command = "DROP SEQUENCE";
    return drop_sequences(definition, statement);
  }
  *command = "DROP INDEX";
  return drop_index(definition, statement);
}

static int execute(struct definition *definition, const struct sql_node *statement,
                   const char **command) {
  switch (statement->kind) {
  case SQL_CREATE_TABLE: return create_table(definition, statement, command);
  case SQL_CREATE_INDEX:
    *command = "CREATE INDEX";
    return create_index(definition, statement);
  case SQL_CREATE_SCHEMA:
    *command = "CREATE SCHEMA";
    return create_schema(definition, statement);
  case SQL_CREATE_EXTENSION:
    *command = "CREATE EXTENSION";
    return create_extension(definition, statement);
  case SQL_CREATE_ENUM:
    *command = "CREATE TYPE";
    return create_enum(definition, statement);
  case SQL_CREATE_SEQUENCE:
    *command = "CREATE SEQUENCE";
    return create_sequence(definition, statement);
  case SQL_CREATE_DOMAIN:
    *command = "CREATE DOMAIN";
    return create_domain(definition, statement);
  case SQL_ALTER: return alter(definition, statement, command);
  case SQL_DROP: return drop(definition, statement, command);
  case SQL_COMMENT: *command = "COMMENT"; return comment_on(definition, statement);
  case SQL_SET:
    *command = "SET";
    return (statement->flags & SQL_EXPLICIT) != 0
               ? set_variables(definition, statement)
               : setting_set(definition->database, definition->arena, statement);
  default:
    return error_set(definition->error, TIDE_ERROR_INTERNAL, "%s is not a definition",
                     sql_kind_name(statement->kind));
  }
}

int define_execute(struct database *database, struct arena *arena,
                   const struct sql_node *statement, const char **command) {
  struct definition definition;
  int code = define_begin(&definition, database, arena);
  if (code != TIDE_OK)
    return code;
  return define_end(&definition, execute(&definition, statement, command));
}
