/* Rows of the catalog's tables: one function per kind. */
#include "catalog/define_internal.h"

static int64_t last_id(const struct definition *definition) {
  return sqlite3_last_insert_rowid(definition->database->handle);
}

int record_relation(struct definition *definition, const struct schema *schema,
                    const char *kind, const char *name, int64_t *id) {
  const char *stored = stored_name(definition->arena, schema->name, name);
  if (stored == NULL)
    return define_nomem(definition);
  int code =
      database_write(definition->database,
                     "INSERT INTO __tidemark_relations (schema_id, kind, name, stored)"
                     " VALUES (?, ?, ?, ?)",
                     "isss", schema->id, kind, name, stored);
  *id = last_id(definition);
  return code;
}

int record_column(struct definition *definition, int64_t relation,
                  const struct column *column) {
  struct type plain = TYPE(column->type.id);
  char type[64], type_name[64];
  catalog_format_type(definition->database, column->type, type, sizeof type);
  type_format(plain, type_name, sizeof type_name);
  return database_write(
      definition->database,
      "INSERT INTO __tidemark_columns (relation_id, position, name, type, type_name,"
      " type_array, type_precision, type_scale, not_null, generated, identity, hidden,"
      " expression, domain_id, on_update)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?)",
      "iisssiiiiiiisis", relation, column->position, column->name, type, type_name,
      (int64_t)column->type.array, (int64_t)column->type.precision,
      (int64_t)column->type.scale, (int64_t)column->not_null,
      (int64_t)column->generated,
      (int64_t)column->identity + 3 * column->identity_sequence +
          column->identity_always,
      (int64_t)column->hidden, column->default_sql, (int64_t)column->type.domain,
      column->on_update_sql);
}

static int record_constraint_columns(struct definition *definition, int64_t constraint,
                                     const struct constraint_record *record) {
  for (int i = 0; i < record->count; i++) {
    int code = database_write(definition->database,
                              "INSERT INTO __tidemark_constraint_columns"
                              " (constraint_id, ordinal, position, referenced_position)"
                              " VALUES (?, ?, ?, nullif(?, 0))",
                              "iiii", constraint, (int64_t)i, record->positions[i],
                              record->referenced_positions == NULL
                                  ? (int64_t)0
                                  : record->referenced_positions[i]);
    if (code != TIDE_OK)
      return code;
  }
  return TIDE_OK;
}

int record_constraint(struct definition *definition,
                      const struct constraint_record *record) {
  int code = database_write(
      definition->database,
      "INSERT INTO __tidemark_constraints (relation_id, name, kind, stored, expression,"
      " referenced_id, on_delete, on_update) VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?, "
      "?)",
      "issssiii", record->relation, record->name, record->kind, record->stored,
      record->expression, record->referenced, (int64_t)record->on_delete,
      (int64_t)record->on_update);
  if (code != TIDE_OK)
    return code;
  return record_constraint_columns(definition, last_id(definition), record);
}

int record_drop_constraint(struct definition *definition, int64_t relation,
                           const char *name) {
  return database_write(definition->database,
                        "DELETE FROM __tidemark_constraints"
                        " WHERE relation_id = ? AND name = ?",
                        "is", relation, name);
}

int record_drop_relation(struct definition *definition, int64_t relation) {
  return database_write(definition->database,
                        "DELETE FROM __tidemark_relations WHERE id = ?", "i", relation);
}
