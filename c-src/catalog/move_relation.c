/* RENAME TO and SET SCHEMA: of tables and views, in the catalog, in SQLite and in the views that read them. */
#include <string.h>

#include "catalog/follow.h"

/* Is there a SQLite table of this name? A view may not have its own yet. */
static int is_stored(struct definition *definition, const char *stored, bool *found) {
  sqlite3_stmt *statement = NULL;
  int code = database_query(
      definition->database, &statement,
      "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", "s", stored);
  *found = false;
  if (code == TIDE_OK)
    code = database_step(definition->database, statement, found);
  sqlite3_finalize(statement);
  return code;
}

static int rename_stored(struct definition *definition, const char *from,
                         const char *to) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "ALTER TABLE %q RENAME TO %q", from, to);
  int code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code;
}

static int record_keys(struct definition *definition, const struct relation *relation,
                       const char *schema) {
  int code = TIDE_OK;
  for (int i = 0; i < relation->key_count && code == TIDE_OK; i++) {
    const char *stored = stored_name(definition->arena, schema, relation->keys[i].name);
    if (stored == NULL)
      return define_nomem(definition);
    code = database_write(definition->database,
                          "UPDATE __tidemark_constraints SET stored = ?"
                          " WHERE relation_id = ? AND name = ? AND stored IS NOT NULL",
                          "sis", stored, relation->id, relation->keys[i].name);
  }
  return code;
}

static int record_move(struct definition *definition, const struct relation *relation,
                       const char *schema, const char *name, const char *stored) {
  int code =
      database_write(definition->database,
                     "UPDATE __tidemark_relations SET name = ?, stored = ?, schema_id ="
                     " (SELECT id FROM __tidemark_schemas WHERE name = ?)"
                     " WHERE id = ?",
                     "sssi", name, stored, schema, relation->id);
  if (code == TIDE_OK)
    code = record_keys(definition, relation, schema);
  for (int i = 0; i < relation->index_count && code == TIDE_OK; i++)
    code = rename_in_index(definition, relation, &relation->indexes[i], schema, name,
                           NULL, NULL);
  return code;
}

/* SQLite cannot rename indexes, and their stored names have the schema: they are made again. */
int move_relation(struct definition *definition, const struct relation *relation,
                  const char *schema, const char *name) {
  int64_t id = relation->id;
  const char *stored = stored_name(definition->arena, schema, name);
  bool moves = strcmp(relation->schema, schema) != 0, exists;
  struct followers followers;
  if (stored == NULL)
    return define_nomem(definition);
  int code = follow_begin(definition, relation, &followers);
  if (code == TIDE_OK)
    code = is_stored(definition, relation->stored, &exists);
  if (code == TIDE_OK && exists && moves)
    code = drop_indexes(definition, relation);
  if (code == TIDE_OK && exists)
    code = rename_stored(definition, relation->stored, stored);
  if (code == TIDE_OK)
    code = record_move(definition, relation, schema, name, stored);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code == TIDE_OK && exists && moves)
    code = create_indexes(definition, catalog_find_id(definition->database, id));
  return code == TIDE_OK ? follow_relation(definition, &followers) : code;
}

int alter_name(struct definition *definition, const struct relation *relation,
               const struct sql_node *action) {
  const char *schema = relation->schema, *name = relation->name;
  int code = TIDE_OK;
  if (action->op == SQL_RENAME_TO) {
    name = action->text;
    code = define_check_name(definition, action, "relation", name);
  } else {
    const struct schema *found;
    struct sql_node target = {
        .kind = SQL_NAME, .text = action->text, .position = action->position};
    code = define_find_schema(definition, &target, &found);
    schema = action->text;
  }
  if (code == TIDE_OK)
    code = define_check_free(definition, action, schema, name);
  return code == TIDE_OK ? move_relation(definition, relation, schema, name) : code;
}
