/* Carries out definitions: each one whole, or not at all. */
#include "catalog/define.h"

#include <string.h>

#include "catalog/define_internal.h"

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

/* --- SET --- */

static const char *value_text(const struct sql_node *value) {
  if (value->kind == SQL_BOOLEAN)
    return value->op ? "on" : "off";
  return value->text == NULL ? "" : value->text;
}

static int set_search_path(struct definition *definition,
                           const struct sql_node *value) {
  if (value == NULL || value->kind == SQL_DEFAULT)
    return catalog_set_search_path(definition->database,
                                   (const char *const[]){"public"}, 1);
  uint32_t count = value->kind == SQL_LIST ? value->count : 1;
  const char **names = arena_alloc(definition->arena, (count + 1) * sizeof *names);
  if (names == NULL)
    return define_nomem(definition);
  for (uint32_t i = 0; i < count; i++)
    names[i] = value_text(value->kind == SQL_LIST ? value->child[i] : value);
  return catalog_set_search_path(definition->database, names, (int)count);
}

/* Settings with one value that is true here anyway: scripts and drivers set them. */
static const struct fixed_setting {
  const char *name, *value;
  const char *same[5]; /* other spellings of it */
  const char *instead; /* what to do who wants another; may be NULL */
} fixed_settings[] = {
    {"client_encoding", "UTF8", {"utf-8"}, NULL},
    {"server_encoding", "UTF8", {"utf-8"}, NULL},
    {"standard_conforming_strings", "on", {NULL}, NULL},
    {"timezone",
     "UTC",
     {"local", "Etc/UTC", "GMT", "Z", "0"},
     "x AT TIME ZONE 'Europe/Berlin' is the time there."},
    {"datestyle", "ISO, MDY", {"ISO"}, NULL},
    {"intervalstyle", "postgres", {NULL}, NULL},
    {"transaction_isolation", "serializable", {NULL}, NULL},
    {"default_transaction_isolation", "serializable", {NULL}, NULL},
    {"server_version", "16.0", {NULL}, NULL},
};

static const struct fixed_setting *find_fixed(const char *name) {
  for (size_t i = 0; i < sizeof fixed_settings / sizeof fixed_settings[0]; i++) {
    if (same_letters(fixed_settings[i].name, name))
      return &fixed_settings[i];
  }
  return NULL;
}

/* Is the value the one that it has anyway? */
static bool is_fixed_value(const struct fixed_setting *fixed, const char *value) {
  enum { SAME_COUNT = sizeof fixed->same / sizeof fixed->same[0] };
  bool same = same_letters(value, fixed->value);
  for (int i = 0; !same && i < SAME_COUNT && fixed->same[i] != NULL; i++)
    same = same_letters(value, fixed->same[i]);
  return same;
}

static int set_setting(struct definition *definition,
                       const struct sql_node *statement) {
  const char *name = statement->text;
  const struct sql_node *value = statement->child[1];
  if (strcmp(name, "search_path") == 0)
    return set_search_path(definition, value);
  const struct fixed_setting *fixed = find_fixed(name);
  if (fixed == NULL)
    return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT,
                        statement->position,
                        "unrecognized configuration parameter \"%s\"", name);
  if (value != NULL && value->kind == SQL_LIST && value->count == 1)
    value = value->child[0];
  if (value == NULL || value->kind == SQL_DEFAULT ||
      is_fixed_value(fixed, value_text(value)))
    return TIDE_OK;
  error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED, statement->position,
               "parameter \"%s\" cannot be changed", name);
  error_hint(definition->error, "It is always %Q here.%s%s", fixed->value,
             fixed->instead ? " " : "", fixed->instead ? fixed->instead : "");
  return TIDE_ERROR_NOT_SUPPORTED;
}

int define_show(struct database *database, struct arena *arena,
                const struct sql_node *statement, const char **value) {
  const struct fixed_setting *fixed = find_fixed(statement->text);
  if (fixed != NULL) {
    *value = fixed->value;
    return TIDE_OK;
  }
  if (strcmp(statement->text, "all") == 0)
    return error_set_at(database->error, TIDE_ERROR_NOT_SUPPORTED, statement->position,
                        "SHOW ALL is not supported");
  if (strcmp(statement->text, "search_path") != 0)
    return error_set_at(database->error, TIDE_ERROR_UNDEFINED_OBJECT,
                        statement->position,
                        "unrecognized configuration parameter \"%s\"", statement->text);
  const char *const *path;
  int count = catalog_search_path(database, &path);
  struct buffer text;
  buffer_init(&text, database->memory);
  for (int i = 0; i < count; i++)
    buffer_format(&text, i == 0 ? "%s" : ", %s", path[i]);
  *value = text.failed ? NULL : arena_string(arena, buffer_string(&text));
  buffer_deinit(&text);
  return *value == NULL ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                        : TIDE_OK;
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
  case SQL_SET: *command = "SET"; return set_setting(definition, statement);
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
