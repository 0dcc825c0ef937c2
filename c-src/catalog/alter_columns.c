/* ALTER TABLE: ADD, DROP and RENAME COLUMN. */
#include <string.h>

#include "catalog/alter_internal.h"
#include "catalog/define_sequence.h"
#include "catalog/follow.h"
#include "sql/walk.h"

/* --- ADD COLUMN --- */

static int64_t next_position(const struct relation *relation) {
  int64_t position = 0;
  for (int i = 0; i < relation->column_count; i++) {
    if (relation->columns[i].position > position)
      position = relation->columns[i].position;
  }
  return position + 1;
}

/* Numbers the rows there are, in the order of their rowids. */
static void number_rows(const struct relation *relation, const char *column,
                        const char *row_id, struct buffer *sql) {
  buffer_format(
      sql,
      "UPDATE %q SET %q = numbered.n FROM (SELECT %q AS r, row_number() OVER (ORDER"
      " BY %q) AS n FROM %q) AS numbered WHERE numbered.r = %q.%q",
      relation->stored, column, row_id, row_id, relation->stored, relation->stored,
      row_id);
}

/* The values of the new column in the rows there are. */
static int fill_column(struct definition *definition, const struct relation *relation,
                       const struct column *column) {
  const char *row_id = row_id_name(relation);
  struct buffer sql;
  int code = TIDE_OK;
  const char *text = catalog_default(definition->database, column);
  /* its domain may allow no NULL */
  if (text == NULL && column->type.domain != 0)
    text = "NULL";
  if (!column->identity && text == NULL)
    return TIDE_OK;
  buffer_init(&sql, definition->database->memory);
  if (column->identity && row_id == NULL) {
    code = define_nomem(definition);
  } else if (column->identity) {
    number_rows(relation, column->name, row_id, &sql);
  } else {
    buffer_format(&sql, "UPDATE %q SET %q = ", relation->stored, column->name);
    code = expression_sql(definition, column->generated ? relation : NULL, text,
                          column->type, &sql);
  }
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  if (code == TIDE_OK && column->identity) {
    const char *insert =
        arena_format(definition->arena,
                     "INSERT INTO __tidemark_identities SELECT %lld, %lld, "
                     "coalesce(max(%q), 0) + 1 FROM %q",
                     (long long)relation->id, (long long)column->position, column->name,
                     relation->stored);
    code = insert == NULL ? define_nomem(definition)
                          : database_execute(definition->database, insert);
  }
  return code;
}

/* SQLite's own ADD COLUMN takes the plain column; the rest is written over it when the values are there. */
static int add_plain_column(struct definition *definition,
                            const struct relation *relation,
                            const struct column *column) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "ALTER TABLE %q ADD COLUMN %q %s", relation->stored, column->name,
                type_storage(column->type));
  int code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code;
}

static int add_column_constraints(struct definition *definition, int64_t id,
                                  const struct sql_node *node) {
  const struct sql_node *constraints = node->child[COLUMN_CONSTRAINTS];
  int code = TIDE_OK;
  for (int pass = 0; pass < 2; pass++) {
    for (uint32_t i = 0; constraints && i < constraints->count && code == TIDE_OK;
         i++) {
      const struct sql_node *constraint = constraints->child[i];
      if (pass == 0 ? is_key_constraint(constraint) : is_rule_constraint(constraint))
        code = alter_add_constraint(definition, id, constraint, node->text);
    }
  }
  return code;
}

int alter_add_column(struct definition *definition, int64_t id,
                     const struct sql_node *action) {
  const struct sql_node *node = action->child[ACTION_DEFINITION];
  const struct relation *relation = alter_current(definition, id);
  struct column column;
  struct followers followers;
  if ((action->flags & SQL_IF_NOT_EXISTS) != 0 &&
      relation_column(relation, node->text) >= 0)
    return TIDE_OK;
  int code = alter_check_new_column(definition, relation, node, node->text);
  if (code == TIDE_OK)
    code = follow_begin(definition, relation, &followers);
  if (code == TIDE_OK)
    code = define_column(definition, node, &column);
  if (code == TIDE_OK && column.identity_sequence)
    code = define_unsupported(definition, node,
                              "adding an identity column that says how it counts");
  column.position = next_position(relation);
  if (code == TIDE_OK)
    code = record_column(definition, id, &column);
  if (code == TIDE_OK)
    code = add_plain_column(definition, relation, &column);
  if (code == TIDE_OK)
    code = define_reload(definition);
  relation = alter_current(definition, id);
  if (code == TIDE_OK)
    code = fill_column(definition, relation, &column);
  if (code == TIDE_OK && column.not_null)
    code = verify_not_null(definition, relation, relation->column_count - 1);
  if (code == TIDE_OK)
    code = rewrite_table(definition, relation, -1);
  if (code == TIDE_OK)
    code = add_column_constraints(definition, id, node);
  return code == TIDE_OK ? follow_addition(definition, &followers) : code;
}

/* --- DROP COLUMN --- */

struct mention {
  const char *column;
  bool found;
};

static enum sql_walk look_for_column(const struct sql_node *node, void *context) {
  struct mention *mention = context;
  if (node->kind == SQL_COLUMN && strcmp(node->text, mention->column) == 0)
    mention->found = true;
  return SQL_WALK_ON;
}

static int text_mentions(struct definition *definition, const char *text,
                         const char *column, bool *mentions) {
  struct sql_node *expression = NULL;
  struct mention mention = {column, false};
  int code = sql_parse_expression(definition->arena, text, strlen(text), &expression,
                                  definition->error);
  if (code == TIDE_OK)
    sql_walk(expression, look_for_column, &mention);
  *mentions = mention.found;
  return code;
}

/* The first generated column, from `next` on, that is made of the column; -1: there is none. */
static int find_generated(struct definition *definition,
                          const struct relation *relation, const char *column, int next,
                          int *found) {
  *found = -1;
  for (int i = next; i < relation->column_count && *found < 0; i++) {
    bool mentions;
    if (!relation->columns[i].generated ||
        strcmp(relation->columns[i].name, column) == 0)
      continue;
    int code =
        text_mentions(definition, relation->columns[i].default_sql, column, &mentions);
    if (code != TIDE_OK)
      return code;
    if (mentions)
      *found = i;
  }
  return TIDE_OK;
}

int alter_check_not_generating(struct definition *definition,
                               const struct relation *relation, const char *column,
                               const struct sql_node *node) {
  int found;
  int code = find_generated(definition, relation, column, 0, &found);
  if (code != TIDE_OK || found < 0)
    return code;
  return error_set_at(definition->error, TIDE_ERROR_DEPENDENTS, node->position,
                      "cannot drop column %q because generated column %q depends on it",
                      column, relation->columns[found].name);
}

/* Keys, foreign keys, CHECKs and indexes that have the column go with it. */
static int drop_column_rules(struct definition *definition, int64_t id,
                             const char *column, const struct sql_node *action) {
  bool cascade = (action->flags & SQL_CASCADE) != 0, mentions;
  const struct relation *relation = alter_current(definition, id);
  int code = TIDE_OK;
  for (int i = 0; i < relation->index_count && code == TIDE_OK; i++) {
    code = index_mentions(definition, &relation->indexes[i], column, &mentions);
    if (code == TIDE_OK && mentions)
      code = record_drop_index(definition, id, relation->indexes[i].name);
  }
  for (int i = 0; i < relation->constraint_count && code == TIDE_OK; i++) {
    const struct constraint *constraint = &relation->constraints[i];
    mentions = alter_has_column(constraint->columns, constraint->count,
                                relation_column(relation, column));
    if (constraint->expression != NULL)
      code = text_mentions(definition, constraint->expression, column, &mentions);
    if (code == TIDE_OK && mentions)
      code = record_drop_constraint(definition, id, constraint->name);
  }
  for (int i = 0; i < relation->key_count && code == TIDE_OK; i++) {
    const struct key *key = &relation->keys[i];
    if (!alter_has_column(key->columns, key->count, relation_column(relation, column)))
      continue;
    const char *name = arena_string(definition->arena, key->name);
    if (name == NULL)
      return define_nomem(definition);
    code = drop_references(definition, relation, key, cascade, action);
    if (code == TIDE_OK)
      code = record_drop_constraint(definition, id, name);
    /* The image may have changed, and the keys with it. */
    if (code == TIDE_OK)
      code = define_reload(definition);
    relation = alter_current(definition, id);
    i = -1;
  }
  return code;
}

static int drop_stored_column(struct definition *definition, int64_t id,
                              const char *column) {
  const struct relation *relation = alter_current(definition, id);
  struct buffer sql;
  if (relation->column_count == 1)
    return error_set(
        definition->error, TIDE_ERROR_NOT_SUPPORTED,
        "cannot drop column %q of table %q: a table without columns is not "
        "supported",
        column, relation->name);
  int code = rewrite_table(definition, relation, relation_column(relation, column));
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "ALTER TABLE %q DROP COLUMN %q", relation->stored, column);
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code;
}

static int forget_column(struct definition *definition, int64_t id,
                         const char *column) {
  int code = database_write(definition->database,
                            "DELETE FROM __tidemark_columns"
                            " WHERE relation_id = ? AND name = ?",
                            "is", id, column);
  if (code == TIDE_OK)
    code = comments_keep_columns(definition, id);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* With CASCADE generated columns go before the column that they are made of. */
static int drop_generated(struct definition *definition, int64_t id,
                          const struct sql_node *action) {
  int found = 0;
  int code = TIDE_OK;
  while (code == TIDE_OK) {
    const struct relation *relation = alter_current(definition, id);
    code = find_generated(definition, relation, action->text, 0, &found);
    if (code != TIDE_OK || found < 0)
      return code;
    struct sql_node *drop = sql_node_text(
        definition->arena, SQL_ACTION, action->position, relation->columns[found].name);
    if (drop == NULL)
      return define_nomem(definition);
    drop->op = SQL_DROP_COLUMN;
    drop->flags = action->flags;
    code = alter_drop_column(definition, id, drop);
  }
  return code;
}

int alter_drop_column(struct definition *definition, int64_t id,
                      const struct sql_node *action) {
  const struct relation *relation = alter_current(definition, id);
  const char *name = action->text;
  int column;
  if ((action->flags & SQL_IF_EXISTS) != 0 && relation_column(relation, name) < 0)
    return TIDE_OK;
  int code = alter_find_column(definition, relation, action, &column);
  if (code == TIDE_OK && relation->column_count == 1)
    code = define_unsupported(definition, action, "a table without columns");
  if (code == TIDE_OK)
    code = check_not_used(definition, relation, column, action);
  if (code == TIDE_OK && (action->flags & SQL_CASCADE) != 0) {
    code = drop_generated(definition, id, action);
    relation = alter_current(definition, id);
    column = relation_column(relation, name);
  }
  if (code == TIDE_OK)
    code = alter_check_not_generating(definition, relation, name, action);
  if (code != TIDE_OK)
    return code;
  if (column == relation->row_id)
    return define_unsupported(definition, action,
                              "dropping a column that is the integer primary key");
  int64_t position = relation->columns[column].position;
  bool generated = relation->columns[column].generated;
  code = drop_indexes(definition, relation);
  if (code == TIDE_OK)
    code = drop_column_rules(definition, id, name, action);
  if (code == TIDE_OK && !generated)
    code = database_write(definition->database,
                          "UPDATE __tidemark_columns SET expression = NULL"
                          " WHERE relation_id = ? AND position = ?",
                          "ii", id, position);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code == TIDE_OK)
    code = release_owned(definition, id, position, action,
                         (action->flags & SQL_CASCADE) != 0, NULL, 0);
  if (code == TIDE_OK)
    code = drop_stored_column(definition, id, name);
  if (code == TIDE_OK)
    code = forget_column(definition, id, name);
  if (code == TIDE_OK)
    code = rewrite_table(definition, alter_current(definition, id), -1);
  return code == TIDE_OK ? create_indexes(definition, alter_current(definition, id))
                         : code;
}

/* What goes with columns, each once. */
struct column_drop {
  int64_t *ids;
  int count, capacity;
};

static int add_dropped(struct definition *definition, struct column_drop *drop,
                       int64_t id) {
  for (int i = 0; i < drop->count; i++) {
    if (drop->ids[i] == id)
      return TIDE_OK;
  }
  if (drop->count == drop->capacity) {
    int capacity = drop->capacity * 2 + 8;
    int64_t *larger = arena_alloc(definition->arena, (size_t)capacity * sizeof *larger);
    if (larger == NULL)
      return define_nomem(definition);
    if (drop->count > 0)
      memcpy(larger, drop->ids, (size_t)drop->count * sizeof *larger);
    drop->ids = larger;
    drop->capacity = capacity;
  }
  drop->ids[drop->count++] = id;
  return TIDE_OK;
}

/* The views that go with one column, and with the generated columns made of it. */
static int plan_one(struct definition *definition, const struct relation *relation,
                    const struct sql_node *action, struct column_drop *drop) {
  int column = relation_column(relation, action->text), generated = -1;
  int code = TIDE_OK;
  while (column >= 0 && code == TIDE_OK) {
    const struct relation **users;
    int count;
    code = column_users(definition, relation, column, &users, &count);
    for (int i = 0; i < count && code == TIDE_OK; i++) {
      int64_t *ids;
      int id_count;
      code = plan_drop(definition, action, &users[i], 1, true, &ids, &id_count);
      for (int k = 0; k < id_count && code == TIDE_OK; k++)
        code = add_dropped(definition, drop, ids[k]);
    }
    if (code == TIDE_OK)
      code =
          find_generated(definition, relation, action->text, generated + 1, &generated);
    column = generated;
  }
  return code;
}

int define_drop_columns_plan(struct database *database, struct arena *arena,
                             const struct sql_node *statement, int64_t **ids,
                             int *count) {
  struct definition definition = {database, arena, database->error};
  const struct sql_node *name = statement->child[ALTER_NAME];
  const struct sql_node *actions = statement->child[ALTER_ACTIONS];
  const struct relation *relation =
      catalog_find(database, name_schema(name), name->text);
  struct column_drop drop = {0};
  int code = TIDE_OK;
  for (uint32_t i = 0; relation != NULL && i < actions->count && code == TIDE_OK; i++) {
    const struct sql_node *action = actions->child[i];
    if (action->op == SQL_DROP_COLUMN && (action->flags & SQL_CASCADE) != 0)
      code = plan_one(&definition, relation, action, &drop);
  }
  *ids = drop.ids;
  *count = code == TIDE_OK ? drop.count : 0;
  return code;
}

/* --- RENAME COLUMN --- */

static int renamed_text(struct definition *definition, const char *text,
                        struct column_rename rename, const char **renamed) {
  struct sql_node *expression = NULL;
  int code = sql_parse_expression(definition->arena, text, strlen(text), &expression,
                                  definition->error);
  return code == TIDE_OK
             ? tree_text(definition, rename_columns_in(expression, rename), renamed)
             : code;
}

/* In the texts of CHECKs, generated columns and indexes. */
static int rename_in_texts(struct definition *definition,
                           const struct relation *relation,
                           struct column_rename rename) {
  const char *text;
  int code = TIDE_OK;
  for (int i = 0; i < relation->constraint_count && code == TIDE_OK; i++) {
    const struct constraint *constraint = &relation->constraints[i];
    if (constraint->expression == NULL)
      continue;
    code = renamed_text(definition, constraint->expression, rename, &text);
    if (code == TIDE_OK)
      code = database_write(definition->database,
                            "UPDATE __tidemark_constraints SET expression = ?"
                            " WHERE relation_id = ? AND name = ?",
                            "sis", text, relation->id, constraint->name);
  }
  for (int i = 0; i < relation->column_count && code == TIDE_OK; i++) {
    if (!relation->columns[i].generated)
      continue;
    code = renamed_text(definition, relation->columns[i].default_sql, rename, &text);
    if (code == TIDE_OK)
      code = database_write(definition->database,
                            "UPDATE __tidemark_columns SET expression = ?"
                            " WHERE relation_id = ? AND position = ?",
                            "sii", text, relation->id, relation->columns[i].position);
  }
  for (int i = 0; i < relation->index_count && code == TIDE_OK; i++)
    code = rename_in_index(definition, relation, &relation->indexes[i],
                           relation->schema, relation->name, rename.from, rename.to);
  return code;
}

/* SQLite's RENAME COLUMN follows the column into indexes and other tables' foreign keys. */
static int rename_stored_column(struct definition *definition,
                                const struct relation *relation,
                                struct column_rename rename) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "ALTER TABLE %q RENAME COLUMN %q TO %q", relation->stored,
                rename.from, rename.to);
  int code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code;
}

int alter_rename_column(struct definition *definition, int64_t id,
                        const struct sql_node *action) {
  const struct relation *relation = alter_current(definition, id);
  struct column_rename rename = {action->text, action->child[ACTION_DEFINITION]->text};
  struct followers followers;
  int column;
  int code = alter_find_column(definition, relation, action, &column);
  if (code == TIDE_OK)
    code = alter_check_new_column(definition, relation, action, rename.to);
  if (code == TIDE_OK)
    code = follow_begin(definition, relation, &followers);
  if (code == TIDE_OK)
    code = rename_stored_column(definition, relation, rename);
  if (code == TIDE_OK)
    code = rename_in_texts(definition, relation, rename);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "UPDATE __tidemark_columns SET name = ?"
                          " WHERE relation_id = ? AND position = ?",
                          "sii", rename.to, id, relation->columns[column].position);
  if (code == TIDE_OK)
    code = alter_settle(definition, id);
  return code == TIDE_OK ? follow_column(definition, &followers, column) : code;
}
