/* ALTER TABLE: its actions one after the other, each on the table as the one before left it. */
#include <string.h>

#include "catalog/view_internal.h"
#include "sql/walk.h"

static const struct relation *current(struct definition *definition, int64_t id) {
  return catalog_find_id(definition->database, id);
}

/* Reads the catalog again and gives SQLite the table's definition as it is now. */
static int settle(struct definition *definition, int64_t id) {
  int code = define_reload(definition);
  return code == TIDE_OK ? rewrite_table(definition, current(definition, id), -1)
                         : code;
}

static int find_column(struct definition *definition, const struct relation *relation,
                       const struct sql_node *action, int *column) {
  *column = relation_column(relation, action->text);
  if (*column >= 0)
    return TIDE_OK;
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_COLUMN, action->position,
                      "column %q of relation %q does not exist", action->text,
                      relation->name);
}

static int check_new_column(struct definition *definition,
                            const struct relation *relation,
                            const struct sql_node *node, const char *name) {
  int code = define_check_name(definition, node, "column", name);
  for (int i = 0; i < relation->column_count && code == TIDE_OK; i++) {
    if (!same_letters(relation->columns[i].name, name))
      continue;
    code = error_set_at(definition->error, TIDE_ERROR_DUPLICATE_COLUMN, node->position,
                        "column %q of relation %q already exists",
                        relation->columns[i].name, relation->name);
    if (strcmp(relation->columns[i].name, name) != 0)
      error_hint(definition->error,
                 "Names that differ only in the case of letters cannot be told apart.");
  }
  return code;
}

/* --- ADD CONSTRAINT, DROP CONSTRAINT --- */

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

/* Records the constraint, lets SQLite have it, and proves that the rows obey. */
static int add_constraint(struct definition *definition, int64_t id,
                          const struct sql_node *node, const char *column) {
  const char *name;
  int code =
      define_constraint(definition, current(definition, id), node, column, &name);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code != TIDE_OK)
    return code;
  const struct relation *relation = current(definition, id);
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
  return code == TIDE_OK ? rebuild_table(definition, current(definition, id)) : code;
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

static int drop_constraint(struct definition *definition, int64_t id,
                           const struct sql_node *action) {
  const struct relation *relation = current(definition, id);
  const struct key *key = find_key(relation, action->text);
  if (key != NULL && !is_index(relation, action->text)) {
    int code =
        drop_key(definition, relation, key, action, (action->flags & SQL_CASCADE) != 0);
    return code == TIDE_OK ? settle(definition, id) : code;
  }
  if (find_constraint(relation, action->text) != NULL) {
    int code = record_drop_constraint(definition, id, action->text);
    return code == TIDE_OK ? settle(definition, id) : code;
  }
  if ((action->flags & SQL_IF_EXISTS) != 0)
    return TIDE_OK;
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT, action->position,
                      "constraint %q of relation %q does not exist", action->text,
                      relation->name);
}

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
  if (!column->identity && column->default_sql == NULL)
    return TIDE_OK;
  buffer_init(&sql, definition->database->memory);
  if (column->identity && row_id == NULL) {
    code = define_nomem(definition);
  } else if (column->identity) {
    number_rows(relation, column->name, row_id, &sql);
  } else {
    buffer_format(&sql, "UPDATE %q SET %q = ", relation->stored, column->name);
    code = expression_sql(definition, column->generated ? relation : NULL,
                          column->default_sql, column->type, &sql);
  }
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  if (code == TIDE_OK && column->identity) {
    const char *insert =
        arena_format(definition->arena,
                     "INSERT INTO __tidemark_sequences SELECT %lld, %lld, "
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
        code = add_constraint(definition, id, constraint, node->text);
    }
  }
  return code;
}

/* Views whose stored query still has a star would show a column they do not know. */
static int check_no_stars(struct definition *definition,
                          const struct relation *relation,
                          const struct sql_node *node) {
  return check_no_dependents(definition, relation, "", node, "add a column");
}

static int add_column(struct definition *definition, int64_t id,
                      const struct sql_node *action) {
  const struct sql_node *node = action->child[ACTION_DEFINITION];
  const struct relation *relation = current(definition, id);
  struct column column;
  if ((action->flags & SQL_IF_NOT_EXISTS) != 0 &&
      relation_column(relation, node->text) >= 0)
    return TIDE_OK;
  int code = check_new_column(definition, relation, node, node->text);
  if (code == TIDE_OK)
    code = check_no_stars(definition, relation, node);
  if (code == TIDE_OK)
    code = define_column(definition, node, &column);
  column.position = next_position(relation);
  if (code == TIDE_OK)
    code = record_column(definition, id, &column);
  if (code == TIDE_OK)
    code = add_plain_column(definition, relation, &column);
  if (code == TIDE_OK)
    code = define_reload(definition);
  relation = current(definition, id);
  if (code == TIDE_OK)
    code = fill_column(definition, relation, &column);
  if (code == TIDE_OK && column.not_null)
    code = verify_not_null(definition, relation, relation->column_count - 1);
  if (code == TIDE_OK)
    code = rewrite_table(definition, relation, -1);
  return code == TIDE_OK ? add_column_constraints(definition, id, node) : code;
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

static bool has_column(const int *columns, int count, int column) {
  for (int i = 0; i < count; i++) {
    if (columns[i] == column)
      return true;
  }
  return false;
}

static int check_not_generating(struct definition *definition,
                                const struct relation *relation, const char *column,
                                const struct sql_node *node) {
  for (int i = 0; i < relation->column_count; i++) {
    bool mentions;
    if (!relation->columns[i].generated ||
        strcmp(relation->columns[i].name, column) == 0)
      continue;
    int code =
        text_mentions(definition, relation->columns[i].default_sql, column, &mentions);
    if (code != TIDE_OK)
      return code;
    if (mentions)
      return error_set_at(
          definition->error, TIDE_ERROR_DEPENDENTS, node->position,
          "cannot drop column %q because generated column %q depends on it", column,
          relation->columns[i].name);
  }
  return TIDE_OK;
}

/* Keys, foreign keys, CHECKs and indexes that have the column go with it. */
static int drop_column_rules(struct definition *definition, int64_t id,
                             const char *column, const struct sql_node *action) {
  bool cascade = (action->flags & SQL_CASCADE) != 0, mentions;
  const struct relation *relation = current(definition, id);
  int code = TIDE_OK;
  for (int i = 0; i < relation->index_count && code == TIDE_OK; i++) {
    code = index_mentions(definition, &relation->indexes[i], column, &mentions);
    if (code == TIDE_OK && mentions)
      code = record_drop_index(definition, id, relation->indexes[i].name);
  }
  for (int i = 0; i < relation->constraint_count && code == TIDE_OK; i++) {
    const struct constraint *constraint = &relation->constraints[i];
    mentions = has_column(constraint->columns, constraint->count,
                          relation_column(relation, column));
    if (constraint->expression != NULL)
      code = text_mentions(definition, constraint->expression, column, &mentions);
    if (code == TIDE_OK && mentions)
      code = record_drop_constraint(definition, id, constraint->name);
  }
  for (int i = 0; i < relation->key_count && code == TIDE_OK; i++) {
    const struct key *key = &relation->keys[i];
    if (!has_column(key->columns, key->count, relation_column(relation, column)))
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
    relation = current(definition, id);
    i = -1;
  }
  return code;
}

static int drop_stored_column(struct definition *definition, int64_t id,
                              const char *column) {
  const struct relation *relation = current(definition, id);
  struct buffer sql;
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
  return code == TIDE_OK ? define_reload(definition) : code;
}

static int drop_column(struct definition *definition, int64_t id,
                       const struct sql_node *action) {
  const struct relation *relation = current(definition, id);
  const char *name = action->text;
  int column;
  if ((action->flags & SQL_IF_EXISTS) != 0 && relation_column(relation, name) < 0)
    return TIDE_OK;
  int code = find_column(definition, relation, action, &column);
  if (code == TIDE_OK && relation->column_count == 1)
    code = define_unsupported(definition, action, "a table without columns");
  if (code == TIDE_OK)
    code = check_no_dependents(definition, relation, name, action, "drop the column");
  if (code == TIDE_OK)
    code = check_not_generating(definition, relation, name, action);
  if (code != TIDE_OK)
    return code;
  if (column == relation->row_id)
    return define_unsupported(definition, action,
                              "dropping a column that is the integer primary key");
  code = drop_indexes(definition, relation);
  if (code == TIDE_OK)
    code = drop_column_rules(definition, id, name, action);
  if (code == TIDE_OK)
    code = define_reload(definition);
  if (code == TIDE_OK)
    code = drop_stored_column(definition, id, name);
  if (code == TIDE_OK)
    code = forget_column(definition, id, name);
  if (code == TIDE_OK)
    code = rewrite_table(definition, current(definition, id), -1);
  return code == TIDE_OK ? create_indexes(definition, current(definition, id)) : code;
}

/* --- RENAME COLUMN --- */

struct rename {
  const char *from, *to;
};

static struct sql_node *rename_node(struct sql_node *node, void *context) {
  const struct rename *rename = context;
  if (node->kind == SQL_COLUMN && strcmp(node->text, rename->from) == 0)
    node->text = rename->to;
  return node;
}

static int renamed_text(struct definition *definition, const char *text,
                        struct rename *rename, const char **renamed) {
  struct sql_node *expression = NULL;
  int code = sql_parse_expression(definition->arena, text, strlen(text), &expression,
                                  definition->error);
  return code == TIDE_OK
             ? tree_text(definition, sql_rewrite(expression, rename_node, rename),
                         renamed)
             : code;
}

/* In the texts of CHECKs, generated columns and indexes. */
static int rename_in_texts(struct definition *definition,
                           const struct relation *relation, struct rename *rename) {
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
                           relation->schema, relation->name, rename->from, rename->to);
  return code;
}

/* SQLite's RENAME COLUMN follows the column into indexes and other tables' foreign keys. */
static int rename_stored_column(struct definition *definition,
                                const struct relation *relation,
                                const struct rename *rename) {
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "ALTER TABLE %q RENAME COLUMN %q TO %q", relation->stored,
                rename->from, rename->to);
  int code = define_run(definition, &sql);
  buffer_deinit(&sql);
  return code;
}

static int rename_column(struct definition *definition, int64_t id,
                         const struct sql_node *action) {
  const struct relation *relation = current(definition, id);
  struct rename rename = {action->text, action->child[ACTION_DEFINITION]->text};
  int column;
  int code = find_column(definition, relation, action, &column);
  if (code == TIDE_OK)
    code = check_new_column(definition, relation, action, rename.to);
  if (code == TIDE_OK)
    code = check_no_dependents(definition, relation, rename.from, action,
                               "rename the column");
  if (code == TIDE_OK)
    code = rename_stored_column(definition, relation, &rename);
  if (code == TIDE_OK)
    code = rename_in_texts(definition, relation, &rename);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "UPDATE __tidemark_columns SET name = ?"
                          " WHERE relation_id = ? AND position = ?",
                          "sii", rename.to, id, relation->columns[column].position);
  return code == TIDE_OK ? settle(definition, id) : code;
}

/* --- ALTER COLUMN --- */

static int alter_default(struct definition *definition, int64_t id,
                         const struct sql_node *action) {
  const struct relation *relation = current(definition, id);
  const char *text = NULL;
  int column;
  int code = find_column(definition, relation, action, &column);
  if (code != TIDE_OK)
    return code;
  const struct column *found = &relation->columns[column];
  if (found->generated || found->identity)
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
  return code == TIDE_OK ? define_reload(definition) : code;
}

static bool in_primary_key(const struct relation *relation, int column) {
  return relation->key_count > 0 && relation->keys[0].primary &&
         has_column(relation->keys[0].columns, relation->keys[0].count, column);
}

static int alter_not_null(struct definition *definition, int64_t id,
                          const struct sql_node *action) {
  const struct relation *relation = current(definition, id);
  bool not_null = action->op == SQL_SET_NOT_NULL;
  int column;
  int code = find_column(definition, relation, action, &column);
  if (code == TIDE_OK && not_null)
    code = verify_not_null(definition, relation, column);
  if (code != TIDE_OK)
    return code;
  if (!not_null && in_primary_key(relation, column))
    return error_set_at(definition->error, TIDE_ERROR_INVALID_DEFINITION,
                        action->position, "column %q is in a primary key",
                        action->text);
  if (!not_null && relation->columns[column].identity)
    return error_set_at(definition->error, TIDE_ERROR_SYNTAX, action->position,
                        "column %q of relation %q is an identity column", action->text,
                        relation->name);
  code =
      database_write(definition->database,
                     "UPDATE __tidemark_columns SET not_null = ?"
                     " WHERE relation_id = ? AND position = ?",
                     "iii", (int64_t)not_null, id, relation->columns[column].position);
  return code == TIDE_OK ? settle(definition, id) : code;
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
           has_column(constraint->columns, constraint->count, column)) ||
          (constraint->referenced == relation->id &&
           has_column(constraint->referenced_columns, constraint->count, column)))
        return true;
    }
  }
  return false;
}

static int record_type(struct definition *definition, int64_t id, int64_t position,
                       struct type type) {
  char full[64], name[64];
  type_format(type, full, sizeof full);
  type_format(TYPE(type.id), name, sizeof name);
  return database_write(definition->database,
                        "UPDATE __tidemark_columns SET type = ?, type_name = ?,"
                        " type_array = ?, type_precision = ?, type_scale = ?"
                        " WHERE relation_id = ? AND position = ?",
                        "ssiiiii", full, name, (int64_t)type.array,
                        (int64_t)type.precision, (int64_t)type.scale, id, position);
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
  type_format(type, name, sizeof name);
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
  int code = expression_sql(definition, NULL, column->default_sql, type, &sql);
  buffer_deinit(&sql);
  return code;
}

static int check_type_change(struct definition *definition,
                             const struct relation *relation, int column,
                             const struct sql_node *action, struct type type) {
  const struct column *old = &relation->columns[column];
  bool stored_alike = strcmp(type_storage(old->type), type_storage(type)) == 0;
  int code = check_no_dependents(definition, relation, old->name, action,
                                 "alter type of the column");
  if (code == TIDE_OK)
    code = check_not_generating(definition, relation, old->name, action);
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

static int alter_type(struct definition *definition, int64_t id,
                      const struct sql_node *action) {
  const struct relation *relation = current(definition, id);
  struct type type;
  struct buffer sql;
  int column;
  int code = find_column(definition, relation, action, &column);
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
    code = settle(definition, id);
  return code == TIDE_OK ? create_indexes(definition, current(definition, id)) : code;
}

/* --- the statement --- */

static int act(struct definition *definition, int64_t id,
               const struct sql_node *action) {
  switch ((enum sql_action)action->op) {
  case SQL_ADD_COLUMN: return add_column(definition, id, action);
  case SQL_DROP_COLUMN: return drop_column(definition, id, action);
  case SQL_RENAME_COLUMN: return rename_column(definition, id, action);
  case SQL_RENAME_TO:
  case SQL_SET_SCHEMA: return alter_name(definition, current(definition, id), action);
  case SQL_SET_COLUMN_DEFAULT:
  case SQL_DROP_COLUMN_DEFAULT: return alter_default(definition, id, action);
  case SQL_SET_NOT_NULL:
  case SQL_DROP_NOT_NULL: return alter_not_null(definition, id, action);
  case SQL_SET_TYPE: return alter_type(definition, id, action);
  case SQL_ADD_CONSTRAINT:
    return add_constraint(definition, id, action->child[ACTION_DEFINITION], NULL);
  case SQL_DROP_CONSTRAINT: return drop_constraint(definition, id, action);
  default: return define_unsupported(definition, action, "this ALTER TABLE");
  }
}

int alter_table(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *actions = statement->child[ALTER_ACTIONS];
  const struct relation *relation;
  int code = define_find_table(definition, statement->child[ALTER_NAME], &relation);
  if (code != TIDE_OK) {
    if ((statement->flags & SQL_IF_EXISTS) == 0 || code != TIDE_ERROR_UNDEFINED_TABLE)
      return code;
    error_clear(definition->error);
    return TIDE_OK;
  }
  int64_t id = relation->id;
  for (uint32_t i = 0; i < actions->count && code == TIDE_OK; i++)
    code = act(definition, id, actions->child[i]);
  /* Keys may have come or gone: views over the table may be writable now, or no longer. */
  return code == TIDE_OK ? refresh_write_rules(definition, id) : code;
}
