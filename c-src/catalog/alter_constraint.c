/* ALTER TABLE: ADD and DROP CONSTRAINT. */
#include <string.h>

#include "catalog/alter_internal.h"

static const struct key *find_key(const struct relation *relation, const char *name) {
  for (int i = 0; i < relation->key_count; i++) {
    if (strcmp(relation->keys[i].name, name) == 0)
      return &relation->keys[i];
  }
  return NULL;
}

static const struct constraint *find_constraint(const struct relation *relation,
                                                const char *name) {
  for (int i = 0; i < relation->constraint_count; i++) {
    if (strcmp(relation->constraints[i].name, name) == 0)
      return &relation->constraints[i];
  }
  return NULL;
}

static int create_key(struct definition *definition, const struct relation *relation,
                      const struct key *key) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  int code = TIDE_OK;
  for (int i = 0; i < key->count && key->primary && code == TIDE_OK; i++)
    code = verify_not_null(definition, relation, key->columns[i]);
  if (code == TIDE_OK)
    code = key_sql(definition, relation, key, &sql);
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  if (code == TIDE_ERROR_UNIQUE) {
    error_clear(definition->error);
    code = error_set(definition->error, TIDE_ERROR_UNIQUE,
                     "could not create unique index %q", key->name);
  }
  return code;
}

int alter_add_constraint(struct definition *definition, int64_t id,
                         const struct sql_node *node, const char *column) {
  const char *name;
  int code =
      define_constraint(definition, alter_current(definition, id), node, column, &name);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code != TIDE_OK)
    return code;
  const struct relation *relation = alter_current(definition, id);
  const struct key *key = find_key(relation, name);
  const struct constraint *constraint = find_constraint(relation, name);
  if (key != NULL)
    code = create_key(definition, relation, key);
  else if (constraint->referenced == 0)
    code = verify_check(definition, relation, constraint);
  if (code == TIDE_OK)
    code = rewrite_table(definition, relation, -1);
  if (code == TIDE_OK && constraint != NULL && constraint->referenced != 0)
    code = verify_foreign_key(definition, relation, name);
  return code;
}

/* An integer key that was the rowid becomes an ordinary column: its values have to be stored. */
static int drop_row_id(struct definition *definition, int64_t id) {
  int code = database_write(
      definition->database,
      "UPDATE __tidemark_relations SET row_id = NULL WHERE id = ?", "i", id);
  if (code == TIDE_OK)
    code = define_reload(definition);
  return code == TIDE_OK ? rebuild_table(definition, alter_current(definition, id))
                         : code;
}

static int drop_key(struct definition *definition, const struct relation *relation,
                    const struct key *key, const struct sql_node *node, bool cascade) {
  int64_t id = relation->id;
  bool row_id = key_is_row_id(relation, key);
  const char *name = arena_string(definition->arena, key->name);
  const char *stored = stored_name(definition->arena, relation->schema, key->name);
  if (name == NULL || stored == NULL)
    return define_nomem(definition);
  if (row_id && relation->columns[relation->row_id].identity)
    return define_unsupported(definition, node,
                              "dropping the primary key of an identity column");
  int code = drop_references(definition, relation, key, cascade, node);
  if (code == TIDE_OK)
    code = record_drop_constraint(definition, id, name);
  if (code == TIDE_OK && row_id)
    return drop_row_id(definition, id);
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "DROP INDEX IF EXISTS %q", stored);
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code == TIDE_OK ? define_reload(definition) : code;
}

static bool is_index(const struct relation *relation, const char *name) {
  for (int i = 0; i < relation->index_count; i++) {
    if (strcmp(relation->indexes[i].name, name) == 0)
      return true;
  }
  return false;
}

int alter_drop_constraint(struct definition *definition, int64_t id,
                          const struct sql_node *action) {
  const struct relation *relation = alter_current(definition, id);
  const struct key *key = find_key(relation, action->text);
  if (key != NULL && !is_index(relation, action->text)) {
    int code =
        drop_key(definition, relation, key, action, (action->flags & SQL_CASCADE) != 0);
    return code == TIDE_OK ? alter_settle(definition, id) : code;
  }
  if (find_constraint(relation, action->text) != NULL) {
    int code = record_drop_constraint(definition, id, action->text);
    return code == TIDE_OK ? alter_settle(definition, id) : code;
  }
  if ((action->flags & SQL_IF_EXISTS) != 0)
    return TIDE_OK;
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT, action->position,
                      "constraint %q of relation %q does not exist", action->text,
                      relation->name);
}
