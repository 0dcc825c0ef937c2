/* ALTER TABLE … ALTER COLUMN: default, NOT NULL, type. */
#include <string.h>

#include "catalog/alter_internal.h"

int alter_column_default(struct definition *definition, int64_t id,
                         const struct sql_node *action) {
  const struct relation *relation = alter_current(definition, id);
  const char *text = NULL;
  int column;
  int code = alter_find_column(definition, relation, action, &column);
  if (code != TIDE_OK)
    return code;
  const struct column *found = &relation->columns[column];
  if (found->generated || found->identity || found->identity_sequence)
    return error_set_at(definition->error, TIDE_ERROR_SYNTAX, action->position,
                        "column %q of relation %q is %s", found->name, relation->name,
                        found->generated ? "a generated column" : "an identity column");
  if (action->op == SQL_SET_COLUMN_DEFAULT)
    code = define_default(definition, action->child[ACTION_EXPRESSION], found->type,
                          &text);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "UPDATE __tidemark_columns SET expression = ?"
                          " WHERE relation_id = ? AND position = ?",
                          "sii", text, id, found->position);
  if (code == TIDE_OK && table_sets_default(relation, column))
    return alter_settle(definition, id);
  return code == TIDE_OK ? define_reload(definition) : code;
}

static bool in_primary_key(const struct relation *relation, int column) {
  return relation->key_count > 0 && relation->keys[0].primary &&
         alter_has_column(relation->keys[0].columns, relation->keys[0].count, column);
}

int alter_column_not_null(struct definition *definition, int64_t id,
                          const struct sql_node *action) {
  const struct relation *relation = alter_current(definition, id);
  bool not_null = action->op == SQL_SET_NOT_NULL;
  int column;
  int code = alter_find_column(definition, relation, action, &column);
  if (code == TIDE_OK && not_null)
    code = verify_not_null(definition, relation, column);
  if (code != TIDE_OK)
    return code;
  if (!not_null && in_primary_key(relation, column))
    return error_set_at(definition->error, TIDE_ERROR_INVALID_DEFINITION,
                        action->position, "column %q is in a primary key",
                        action->text);
  if (!not_null && (relation->columns[column].identity ||
                    relation->columns[column].identity_sequence))
    return error_set_at(definition->error, TIDE_ERROR_SYNTAX, action->position,
                        "column %q of relation %q is an identity column", action->text,
                        relation->name);
  code =
      database_write(definition->database,
                     "UPDATE __tidemark_columns SET not_null = ?"
                     " WHERE relation_id = ? AND position = ?",
                     "iii", (int64_t)not_null, id, relation->columns[column].position);
  return code == TIDE_OK ? alter_settle(definition, id) : code;
}

/* --- TYPE --- */

static bool in_foreign_key(struct definition *definition,
                           const struct relation *relation, int column) {
  const struct image *image = definition->database->catalog->image;
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *other = image->relations[i];
    for (int k = 0; k < other->constraint_count; k++) {
      const struct constraint *constraint = &other->constraints[k];
      if (constraint->referenced == 0)
        continue;
      if ((other == relation &&
           alter_has_column(constraint->columns, constraint->count, column)) ||
          (constraint->referenced == relation->id &&
           alter_has_column(constraint->referenced_columns, constraint->count, column)))
        return true;
    }
  }
  return false;
}

static int record_type(struct definition *definition, int64_t id, int64_t position,
                       struct type type) {
  char full[64], name[64];
  catalog_format_type(definition->database, type, full, sizeof full);
  type_format(TYPE(type.id), name, sizeof name);
  return database_write(definition->database,
                        "UPDATE __tidemark_columns SET type = ?, type_name = ?,"
                        " type_array = ?, type_precision = ?, type_scale = ?,"
                        " domain_id = nullif(?, 0)"
                        " WHERE relation_id = ? AND position = ?",
                        "ssiiiiii", full, name, (int64_t)type.array,
                        (int64_t)type.precision, (int64_t)type.scale,
                        (int64_t)type.domain, id, position);
}

/* The new values, computed while the column still has its old type. */
static int conversion_sql(struct definition *definition,
                          const struct relation *relation,
                          const struct sql_node *action, struct type type,
                          struct buffer *sql) {
  const struct sql_node *using = action->child[ACTION_EXPRESSION];
  const char *text;
  int code;
  buffer_format(sql, "UPDATE %q SET %q = ", relation->stored, action->text);
  if (using != NULL) {
    code = tree_text(definition, using, &text);
  } else {
    struct sql_node *column =
        sql_node_text(definition->arena, SQL_COLUMN, action->position, action->text);
    code = column == NULL ? define_nomem(definition)
                          : tree_text(definition, column, &text);
  }
  if (code == TIDE_OK)
    code = expression_sql(definition, relation, text, type, sql);
  if (code != TIDE_ERROR_TYPE_MISMATCH)
    return code;
  char name[64];
  catalog_format_type(definition->database, type, name, sizeof name);
  error_clear(definition->error);
  error_set_at(definition->error, TIDE_ERROR_TYPE_MISMATCH, action->position,
               "column %q cannot be cast automatically to type %s", action->text, name);
  error_hint(definition->error, "You might need to specify \"USING %s::%s\".",
             action->text, name);
  return TIDE_ERROR_TYPE_MISMATCH;
}

/* A default that does not fit the new type is refused, as in PostgreSQL. */
static int check_default(struct definition *definition, const struct column *column,
                         struct type type) {
  struct buffer sql;
  if (column->default_sql == NULL || column->generated)
    return TIDE_OK;
  buffer_init(&sql, definition->database->memory);
  int code =
      expression_sql(definition, NULL, column->default_sql, type_base(type), &sql);
  buffer_deinit(&sql);
  return code;
}

static int check_type_change(struct definition *definition,
                             const struct relation *relation, int column,
                             const struct sql_node *action, struct type type) {
  const struct column *old = &relation->columns[column];
  bool stored_alike = strcmp(type_storage(old->type), type_storage(type)) == 0;
  int code = check_not_shown(definition, relation, column, action);
  if (code == TIDE_OK)
    code = alter_check_not_generating(definition, relation, old->name, action);
  if (code == TIDE_OK && old->generated)
    code = define_unsupported(definition, action,
                              "changing the type of a generated column");
  if (code == TIDE_OK && !stored_alike &&
      (column == relation->row_id || old->identity ||
       in_foreign_key(definition, relation, column)))
    code = define_unsupported(definition, action,
                              "such a change of type of a key, identity or foreign key "
                              "column");
  return code == TIDE_OK ? check_default(definition, old, type) : code;
}

int alter_column_type(struct definition *definition, int64_t id,
                      const struct sql_node *action) {
  const struct relation *relation = alter_current(definition, id);
  struct type type;
  struct buffer sql;
  int column;
  int code = alter_find_column(definition, relation, action, &column);
  if (code == TIDE_OK)
    code = define_type(definition, action->child[ACTION_DEFINITION], &type);
  if (code == TIDE_OK)
    code = check_type_change(definition, relation, column, action, type);
  if (code != TIDE_OK)
    return code;
  int64_t position = relation->columns[column].position;
  buffer_init(&sql, definition->database->memory);
  code = conversion_sql(definition, relation, action, type, &sql);
  /* Indexes are sorted by the old type's collation. */
  if (code == TIDE_OK)
    code = drop_indexes(definition, relation);
  if (code == TIDE_OK && column != relation->row_id)
    code = rewrite_table(definition, relation, column);
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  if (code == TIDE_OK)
    code = record_type(definition, id, position, type);
  if (code == TIDE_OK)
    code = alter_settle(definition, id);
  return code == TIDE_OK ? create_indexes(definition, alter_current(definition, id))
                         : code;
}
