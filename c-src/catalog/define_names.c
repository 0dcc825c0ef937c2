/* Names in definitions: which schema, whether they may be used, and names that PostgreSQL would make up. */
#include <string.h>

#include "catalog/define_internal.h"

static char lower(char character) {
  return character >= 'A' && character <= 'Z' ? (char)(character + ('a' - 'A'))
                                              : character;
}

/* SQLite ignores the case of ASCII letters in names. */
bool same_letters(const char *left, const char *right) {
  for (; *left != '\0' && lower(*left) == lower(*right); left++)
    right++;
  return lower(*left) == lower(*right);
}

const char *name_schema(const struct sql_node *name) {
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  return schema == NULL ? NULL : schema->text;
}

const char *define_written_name(struct definition *definition,
                                const struct sql_node *name) {
  const char *schema = name_schema(name);
  const char *text = schema == NULL
                         ? name->text
                         : arena_format(definition->arena, "%s.%s", schema, name->text);
  return text == NULL ? name->text : text;
}

bool define_is_system_schema(const char *name) {
  return strcmp(name, "tidemark") == 0 || strcmp(name, "pg_catalog") == 0 ||
         strcmp(name, "information_schema") == 0;
}

static int undefined_schema(struct definition *definition, const struct sql_node *node,
                            const char *name) {
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_SCHEMA, node->position,
                      "schema %q does not exist", name);
}

int define_target_schema(struct definition *definition, const struct sql_node *name,
                         const struct schema **schema) {
  const char *written = name_schema(name);
  if (written != NULL) {
    if (define_is_system_schema(written))
      return error_set_at(definition->error, TIDE_ERROR_PRIVILEGE, name->position,
                          "permission denied to create %q in schema %s: it holds "
                          "system relations",
                          name->text, written);
    *schema = catalog_find_schema(definition->database, written);
    return *schema == NULL ? undefined_schema(definition, name, written) : TIDE_OK;
  }
  const char *const *path;
  int count = catalog_search_path(definition->database, &path);
  for (int i = 0; i < count; i++) {
    *schema = catalog_find_schema(definition->database, path[i]);
    if (*schema != NULL)
      return TIDE_OK;
  }
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_SCHEMA, name->position,
                      "no schema has been selected to create in");
}

int define_check_name(struct definition *definition, const struct sql_node *node,
                      const char *what, const char *name) {
  if (name[0] == '\0')
    return error_set_at(definition->error, TIDE_ERROR_SYNTAX, node->position,
                        "zero-length delimited identifier");
  if (strncmp(name, "__", 2) == 0) {
    error_set_at(definition->error, TIDE_ERROR_RESERVED_NAME, node->position,
                 "%s name %q is not allowed", what, name);
    error_hint(definition->error,
               "Names that begin with two underscores are reserved.");
    return TIDE_ERROR_RESERVED_NAME;
  }
  return TIDE_OK;
}

/* --- names in use --- */

int define_stored_in_use(struct definition *definition, const char *stored,
                         const char **found) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  *found = NULL;
  int code = database_query(
      definition->database, &statement,
      "SELECT name FROM __tidemark_relations WHERE stored = ?1 COLLATE NOCASE"
      " UNION ALL SELECT name FROM __tidemark_indexes WHERE stored = ?1 COLLATE NOCASE"
      " UNION ALL SELECT name FROM __tidemark_constraints"
      "   WHERE stored = ?1 COLLATE NOCASE"
      " UNION ALL SELECT name FROM __tidemark_sequences"
      "   WHERE stored = ?1 COLLATE NOCASE",
      "s", stored);
  if (code == TIDE_OK)
    code = database_step(definition->database, statement, &row);
  if (row) {
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    *found = name == NULL ? NULL : arena_string(definition->arena, name);
    if (*found == NULL)
      code = define_nomem(definition);
  }
  sqlite3_finalize(statement);
  return code;
}

/* SQLite keeps names that begin with sqlite_ to itself. */
static bool belongs_to_sqlite(struct definition *definition, const char *stored) {
  const char *start = arena_copy(definition->arena, stored, strlen("sqlite_"));
  return start != NULL && same_letters(start, "sqlite_");
}

int define_check_free(struct definition *definition, const struct sql_node *node,
                      const char *schema, const char *name) {
  const char *found;
  const char *stored = stored_name(definition->arena, schema, name);
  if (stored == NULL)
    return define_nomem(definition);
  if (strlen(stored) >= strlen("sqlite_") && belongs_to_sqlite(definition, stored))
    return error_set_at(definition->error, TIDE_ERROR_RESERVED_NAME, node->position,
                        "relation name %q is not allowed: \"sqlite_\" is reserved",
                        name);
  int code = define_stored_in_use(definition, stored, &found);
  if (code != TIDE_OK || found == NULL)
    return code;
  error_set_at(definition->error, TIDE_ERROR_DUPLICATE_TABLE, node->position,
               "relation %q already exists", found);
  if (strcmp(found, name) != 0)
    error_hint(definition->error,
               "Names that differ only in the case of letters cannot be told apart.");
  return TIDE_ERROR_DUPLICATE_TABLE;
}

int define_constraint_exists(struct definition *definition, int64_t relation,
                             const char *name, bool *exists) {
  sqlite3_stmt *statement = NULL;
  *exists = false;
  int code = database_query(definition->database, &statement,
                            "SELECT 1 FROM __tidemark_constraints"
                            " WHERE relation_id = ? AND name = ? COLLATE NOCASE",
                            "is", relation, name);
  if (code == TIDE_OK)
    code = database_step(definition->database, statement, exists);
  sqlite3_finalize(statement);
  return code;
}

/* --- names made up --- */

static const char *composed(struct definition *definition, const char *table,
                            const char *columns, const char *ending, int number) {
  struct buffer text;
  buffer_init(&text, definition->database->memory);
  buffer_text(&text, table);
  if (columns != NULL)
    buffer_format(&text, "_%s", columns);
  buffer_format(&text, "_%s", ending);
  if (number > 0)
    buffer_format(&text, "%d", number);
  const char *name =
      text.failed ? NULL : arena_string(definition->arena, buffer_string(&text));
  buffer_deinit(&text);
  return name;
}

int define_index_name(struct definition *definition, const char *schema,
                      const char *table, const char *columns, const char *ending,
                      const char **name) {
  const char *found = "";
  for (int number = 0; found != NULL; number++) {
    *name = composed(definition, table, columns, ending, number);
    const char *stored =
        *name == NULL ? NULL : stored_name(definition->arena, schema, *name);
    if (stored == NULL)
      return define_nomem(definition);
    int code = define_stored_in_use(definition, stored, &found);
    if (code != TIDE_OK)
      return code;
  }
  return TIDE_OK;
}

int define_constraint_name(struct definition *definition,
                           const struct relation *relation, const char *columns,
                           const char *ending, const char **name) {
  bool exists = true;
  for (int number = 0; exists; number++) {
    *name = composed(definition, relation->name, columns, ending, number);
    if (*name == NULL)
      return define_nomem(definition);
    int code = define_constraint_exists(definition, relation->id, *name, &exists);
    if (code != TIDE_OK)
      return code;
  }
  return TIDE_OK;
}

/* --- finding --- */

int define_find(struct definition *definition, const struct sql_node *name,
                const struct relation **relation) {
  const char *schema = name_schema(name);
  *relation = catalog_find(definition->database, schema, name->text);
  if (*relation != NULL)
    return TIDE_OK;
  if (schema != NULL && !define_is_system_schema(schema) &&
      catalog_find_schema(definition->database, schema) == NULL)
    return undefined_schema(definition, name, schema);
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
                      "relation \"%s\" does not exist",
                      define_written_name(definition, name));
}

int define_find_table(struct definition *definition, const struct sql_node *name,
                      const struct relation **relation) {
  int code = define_find(definition, name, relation);
  if (code != TIDE_OK)
    return code;
  if ((*relation)->kind == RELATION_SYSTEM)
    return error_set_at(definition->error, TIDE_ERROR_PRIVILEGE, name->position,
                        "permission denied: %q is a system relation", name->text);
  if ((*relation)->kind != RELATION_TABLE)
    return error_set_at(definition->error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
                        "%q is not a table", name->text);
  return TIDE_OK;
}
