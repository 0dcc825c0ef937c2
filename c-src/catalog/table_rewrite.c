/* Changing a table that has rows.
 *
 * SQLite's own ALTER TABLE cannot change a column's type, a foreign key or a generated column. Copying the table is
 * no way either: dropping the old one deletes its rows, and that runs the foreign key actions of other tables. So the new
 * definition is written over the old one in sqlite_schema, as SQLite's documentation (lang_altertable,
 * section 7) allows where the rows stay as they are stored; this file also proves that they obey the new one.
 */
#include <string.h>

#include "catalog/define_internal.h"

/* --- the definition in sqlite_schema --- */

/* Every prepared statement and SQLite's image of the schema are read anew. */
static int raise_schema_version(struct definition *definition) {
  sqlite3_stmt *statement = NULL;
  bool row;
  int64_t version = 0;
  int code = database_prepare(definition->database, "PRAGMA schema_version", false,
                              &statement);
  if (code == TIDE_OK)
    code = database_step(definition->database, statement, &row);
  if (code == TIDE_OK)
    version = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  const char *sql = arena_format(definition->arena, "PRAGMA schema_version = %lld",
                                 (long long)version + 1);
  if (code == TIDE_OK && sql == NULL)
    code = define_nomem(definition);
  return code == TIDE_OK ? database_execute(definition->database, sql) : code;
}

static int write_definition(struct definition *definition,
                            const struct relation *relation, const char *sql) {
  int code = database_execute(definition->database, "PRAGMA writable_schema = ON");
  if (code == TIDE_OK)
    code = database_write(
        definition->database,
        "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", "ss", sql,
        relation->stored);
  if (code == TIDE_OK)
    code = raise_schema_version(definition);
  return database_schema_written(definition->database, code);
}

/* Makes SQLite read the definition now, so that a mistake shows in this statement. */
static int read_back(struct definition *definition, const struct relation *relation) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "SELECT 1 FROM %q LIMIT 0", relation->stored);
  int code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code;
}

int rewrite_table(struct definition *definition, const struct relation *relation,
                  int loose) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  int code = table_sql(definition, relation, loose, &sql);
  if (code == TIDE_OK)
    code = write_definition(definition, relation, buffer_string(&sql));
  buffer_deinit(&sql);
  return code == TIDE_OK ? read_back(definition, relation) : code;
}

/* --- copying --- */

const char *row_id_name(const struct relation *relation) {
  static const char *const names[] = {"rowid", "_rowid_", "oid"};
  if (relation->row_id >= 0)
    return relation->columns[relation->row_id].name;
  for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
    bool hidden = false;
    for (int i = 0; i < relation->column_count; i++)
      hidden = hidden || same_letters(relation->columns[i].name, names[n]);
    if (!hidden)
      return names[n];
  }
  return NULL;
}

static void stored_columns(const struct relation *relation, struct buffer *out) {
  for (int i = 0; i < relation->column_count; i++) {
    if (!relation->columns[i].generated)
      buffer_format(out, ", %q", relation->columns[i].name);
  }
}

int rebuild_table(struct definition *definition, const struct relation *relation) {
  const char *row_id = row_id_name(relation);
  if (row_id == NULL)
    return error_set(
        definition->error, TIDE_ERROR_NOT_SUPPORTED,
        "a table with columns rowid, _rowid_ and oid cannot be changed this way");
  struct relation copy = *relation;
  copy.stored = "__tidemark_rebuild";
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  int code = table_sql(definition, &copy, -1, &sql);
  buffer_format(&sql, "; INSERT INTO %q (%q", copy.stored, row_id);
  stored_columns(relation, &sql);
  buffer_format(&sql, ") SELECT %s", row_id);
  stored_columns(relation, &sql);
  buffer_format(&sql, " FROM %q; DROP TABLE %q; ALTER TABLE %q RENAME TO %q",
                relation->stored, relation->stored, copy.stored, relation->stored);
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code == TIDE_OK ? create_indexes(definition, relation) : code;
}

/* --- indexes --- */

int create_indexes(struct definition *definition, const struct relation *relation) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  int code = TIDE_OK;
  bool table = relation->kind == RELATION_TABLE;
  for (int i = 0; table && i < relation->key_count && code == TIDE_OK; i++) {
    const struct key *key = &relation->keys[i];
    bool by_index = false;
    for (int k = 0; k < relation->index_count; k++)
      by_index = by_index || strcmp(relation->indexes[k].name, key->name) == 0;
    if (by_index || key_is_row_id(relation, key))
      continue;
    code = key_sql(definition, relation, key, &sql);
    buffer_text(&sql, ";");
  }
  for (int i = 0; i < relation->index_count && code == TIDE_OK; i++) {
    code = index_sql(definition, relation, &relation->indexes[i], &sql);
    buffer_text(&sql, ";");
  }
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code;
}

static void drop_index_sql(struct definition *definition,
                           const struct relation *relation, const char *name,
                           struct buffer *out) {
  const char *stored = stored_name(definition->arena, relation->schema, name);
  if (stored == NULL)
    out->failed = true;
  else
    buffer_format(out, "DROP INDEX IF EXISTS %q;", stored);
}

/* Views that keep rows have indexes on what they read (view/index.c). They make them anew
 * when they are next maintained. */
static int append_view_indexes(struct definition *definition,
                               const struct relation *relation, struct buffer *sql) {
  sqlite3_stmt *statement = NULL;
  bool row;
  int code = database_query(definition->database, &statement,
                            "SELECT name FROM main.sqlite_schema WHERE type = 'index' "
                            "AND tbl_name = ?1 AND "
                            "name LIKE '\\_\\_view\\_index\\_%' ESCAPE '\\'",
                            "s", relation->stored);
  while (code == TIDE_OK &&
         (code = database_step(definition->database, statement, &row)) == TIDE_OK &&
         row) {
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    if (name)
      buffer_format(sql, "DROP INDEX main.%q;", name);
    else
      code = define_nomem(definition);
  }
  sqlite3_finalize(statement);
  return code;
}

int drop_indexes(struct definition *definition, const struct relation *relation) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  for (int i = 0; relation->kind == RELATION_TABLE && i < relation->key_count; i++)
    drop_index_sql(definition, relation, relation->keys[i].name, &sql);
  for (int i = 0; i < relation->index_count; i++)
    drop_index_sql(definition, relation, relation->indexes[i].name, &sql);
  int code = append_view_indexes(definition, relation, &sql);
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code;
}

/* --- do the rows obey? --- */

int gives_row(struct definition *definition, struct buffer *sql, bool *found) {
  sqlite3_stmt *statement = NULL;
  *found = false;
  int code = sql->failed ? define_nomem(definition)
                         : database_prepare(definition->database, buffer_string(sql),
                                            false, &statement);
  if (code == TIDE_OK)
    code = database_step(definition->database, statement, found);
  sqlite3_finalize(statement);
  buffer_clear(sql);
  return code;
}

int verify_not_null(struct definition *definition, const struct relation *relation,
                    int column) {
  const char *name = relation->columns[column].name;
  struct buffer sql;
  bool found;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "SELECT 1 FROM %q WHERE %q IS NULL LIMIT 1", relation->stored,
                name);
  int code = gives_row(definition, &sql, &found);
  buffer_deinit(&sql);
  if (code == TIDE_OK && found) {
    code = error_set(definition->error, TIDE_ERROR_NOT_NULL,
                     "column %q of relation %q contains null values", name,
                     relation->name);
    error_about(definition->error, relation->schema, relation->name, name, NULL);
  }
  return code;
}

int verify_check(struct definition *definition, const struct relation *relation,
                 const struct constraint *constraint) {
  struct buffer sql;
  bool found = false;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "SELECT 1 FROM %q WHERE NOT (", relation->stored);
  int code = expression_sql(definition, relation, constraint->expression,
                            TYPE(TYPE_BOOLEAN), &sql);
  buffer_text(&sql, ") LIMIT 1");
  if (code == TIDE_OK)
    code = gives_row(definition, &sql, &found);
  buffer_deinit(&sql);
  if (code == TIDE_OK && found) {
    code = error_set(definition->error, TIDE_ERROR_CHECK,
                     "check constraint %q of relation %q is violated by some row",
                     constraint->name, relation->name);
    error_about(definition->error, relation->schema, relation->name, NULL,
                constraint->name);
  }
  return code;
}

int verify_foreign_key(struct definition *definition, const struct relation *relation,
                       const char *constraint) {
  struct buffer sql;
  bool found;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "PRAGMA foreign_key_check(%q)", relation->stored);
  int code = gives_row(definition, &sql, &found);
  buffer_deinit(&sql);
  if (code == TIDE_OK && found) {
    code = error_set(definition->error, TIDE_ERROR_FOREIGN_KEY,
                     "insert or update on table %q violates foreign key constraint %q",
                     relation->name, constraint);
    error_about(definition->error, relation->schema, relation->name, NULL, constraint);
  }
  return code;
}
