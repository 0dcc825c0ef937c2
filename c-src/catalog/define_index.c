/* CREATE, ALTER and DROP INDEX. The catalog keeps the statement's text; SQLite's is made from it. */
#include <string.h>

#include "catalog/define_internal.h"
#include "catalog/lower.h"
#include "sql/walk.h"

/* --- from the catalog's text to SQLite's --- */

int parse_index(struct definition *definition, const struct index *index,
                struct sql_node **statement) {
  size_t consumed;
  int code = sql_parse(definition->arena, index->definition, strlen(index->definition),
                       SQL_DIALECT_POSTGRES, statement, &consumed, definition->error);
  if (code == TIDE_OK && (*statement == NULL || (*statement)->kind != SQL_CREATE_INDEX))
    code = error_set(definition->error, TIDE_ERROR_CORRUPT,
                     "the catalog's definition of index %q is damaged", index->name);
  return code;
}

/* An expression of the index; binding changes the tree, so it works on a copy. */
static int part_sql(struct definition *definition, const struct relation *relation,
                    const struct sql_node *tree, struct type expected,
                    struct buffer *out) {
  struct binding binding = {.database = definition->database,
                            .arena = definition->arena};
  struct sql_node *expression = sql_clone(definition->arena, tree);
  if (expression == NULL)
    return define_nomem(definition);
  int code = bind_expression(&binding, relation, &expression, expected);
  if (code != TIDE_OK)
    return code;
  if (binding.volatility != 0)
    return error_set_at(
        definition->error, TIDE_ERROR_NOT_IMMUTABLE, tree->position,
        "functions in index expressions and predicates must be immutable");
  expression = lower_expression(&binding, expression);
  return expression == NULL ? definition->error->code
                            : lower_print(&binding, expression, out);
}

/* NULLS FIRST and LAST are left out: they order the index, not any result. */
static int columns_sql(struct definition *definition, const struct relation *relation,
                       const struct sql_node *columns, struct buffer *out) {
  for (uint32_t i = 0; i < columns->count; i++) {
    const struct sql_node *order = columns->child[i];
    const struct sql_node *expression = order->child[0];
    if (i > 0)
      buffer_text(out, ", ");
    if (expression->kind == SQL_COLUMN) {
      int column = relation_column(relation, expression->text);
      if (column < 0)
        return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_COLUMN,
                            expression->position, "column %q does not exist",
                            expression->text);
      buffer_identifier(out, expression->text);
    } else {
      int code = part_sql(definition, relation, expression, TYPE(TYPE_UNKNOWN), out);
      if (code != TIDE_OK)
        return code;
    }
    if ((order->flags & SQL_DESC) != 0)
      buffer_text(out, " DESC");
  }
  return TIDE_OK;
}

static int statement_sql(struct definition *definition, const struct relation *relation,
                         const struct sql_node *statement, const char *name,
                         struct buffer *out) {
  const char *stored = stored_name(definition->arena, relation->schema, name);
  if (stored == NULL)
    return define_nomem(definition);
  buffer_format(out, "CREATE %sINDEX IF NOT EXISTS %q ON %q (",
                (statement->flags & SQL_UNIQUE) != 0 ? "UNIQUE " : "", stored,
                relation->stored);
  int code = columns_sql(definition, relation, statement->child[INDEX_COLUMNS], out);
  buffer_text(out, ")");
  const struct sql_node *where = statement->child[INDEX_WHERE];
  if (code == TIDE_OK && where != NULL) {
    buffer_text(out, " WHERE ");
    code = part_sql(definition, relation, where, TYPE(TYPE_BOOLEAN), out);
  }
  return code == TIDE_OK && out->failed ? define_nomem(definition) : code;
}

int index_sql(struct definition *definition, const struct relation *relation,
              const struct index *index, struct buffer *out) {
  struct sql_node *statement;
  int code = parse_index(definition, index, &statement);
  return code == TIDE_OK
             ? statement_sql(definition, relation, statement, index->name, out)
             : code;
}

/* --- CREATE INDEX --- */

/* Unique over plain columns: over all rows as good as a key. */
static bool is_unique_over_columns(const struct sql_node *statement) {
  const struct sql_node *columns = statement->child[INDEX_COLUMNS];
  if ((statement->flags & SQL_UNIQUE) == 0)
    return false;
  for (uint32_t i = 0; i < columns->count; i++) {
    if (columns->child[i]->child[0]->kind != SQL_COLUMN)
      return false;
  }
  return true;
}

static int record_key(struct definition *definition, const struct relation *relation,
                      const struct sql_node *statement, const char *name) {
  const struct sql_node *columns = statement->child[INDEX_COLUMNS];
  int64_t *positions =
      arena_alloc(definition->arena, columns->count * sizeof *positions);
  if (positions == NULL)
    return define_nomem(definition);
  for (uint32_t i = 0; i < columns->count; i++) {
    int column = relation_column(relation, columns->child[i]->child[0]->text);
    positions[i] = relation->columns[column].position;
  }
  struct constraint_record record = {
      .relation = relation->id,
      .name = name,
      .kind = statement->child[INDEX_WHERE] != NULL ? "partial index" : "unique index",
      .count = (int)columns->count,
      .positions = positions};
  return record_constraint(definition, &record);
}

int record_index_key(struct definition *definition, const struct relation *relation,
                     const struct index *index) {
  struct sql_node *statement;
  int code = parse_index(definition, index, &statement);
  if (code == TIDE_OK && is_unique_over_columns(statement))
    code = record_key(definition, relation, statement, index->name);
  return code;
}

static int record_index(struct definition *definition, const struct relation *relation,
                        const char *name, const char *text) {
  const char *stored = stored_name(definition->arena, relation->schema, name);
  if (stored == NULL)
    return define_nomem(definition);
  return database_write(definition->database,
                        "INSERT INTO __tidemark_indexes (relation_id, name, stored,"
                        " definition) VALUES (?, ?, ?, ?)",
                        "isss", relation->id, name, stored, text);
}

/* "a_expr" of (a, lower(b)): what PostgreSQL calls the columns of an index. */
static const char *joined_names(struct definition *definition,
                                const struct sql_node *columns) {
  const char *names = "";
  for (uint32_t i = 0; i < columns->count && names != NULL; i++) {
    const struct sql_node *expression = columns->child[i]->child[0];
    const char *part = expression->kind == SQL_COLUMN ? expression->text
                       : expression->kind == SQL_CALL
                           ? expression->child[CALL_NAME]->text
                           : "expr";
    names = arena_format(definition->arena, i == 0 ? "%s%s" : "%s_%s", names, part);
  }
  return names;
}

static int choose_name(struct definition *definition, const struct sql_node *statement,
                       const struct relation *relation, const char **name,
                       bool *exists) {
  const struct sql_node *written = statement->child[INDEX_NAME];
  const char *found = NULL;
  *exists = false;
  if (written == NULL) {
    const char *columns = joined_names(definition, statement->child[INDEX_COLUMNS]);
    return columns == NULL ? define_nomem(definition)
                           : define_index_name(definition, relation->schema,
                                               relation->name, columns, "idx", name);
  }
  *name = written->text;
  int code = define_check_name(definition, written, "index", *name);
  if (code == TIDE_OK && (statement->flags & SQL_IF_NOT_EXISTS) != 0) {
    const char *stored = stored_name(definition->arena, relation->schema, *name);
    code = stored == NULL ? define_nomem(definition)
                          : define_stored_in_use(definition, stored, &found);
    *exists = found != NULL;
  }
  if (code == TIDE_OK && !*exists)
    code = define_check_free(definition, written, relation->schema, *name);
  return code;
}

/* The statement as the catalog keeps it: with its name, its table's schema and nothing optional. */
static int canonical_text(struct definition *definition,
                          const struct sql_node *statement,
                          const struct relation *relation, const char *name,
                          const char **text) {
  struct arena *arena = definition->arena;
  struct sql_node *copy = sql_clone(arena, statement);
  struct sql_node *index_name = sql_node_text(arena, SQL_NAME, 0, name);
  struct sql_node *table = sql_node_text(arena, SQL_NAME, 0, relation->name);
  struct sql_node *schema = sql_node_text(arena, SQL_NAME, 0, relation->schema);
  if (copy == NULL || index_name == NULL || table == NULL || schema == NULL)
    return define_nomem(definition);
  table->child[NAME_SCHEMA] = schema;
  copy->child[INDEX_NAME] = index_name;
  copy->child[INDEX_TABLE] = table;
  copy->child[INDEX_METHOD] = NULL;
  copy->flags &= ~(uint32_t)(SQL_IF_NOT_EXISTS | SQL_CONCURRENTLY);
  return tree_text(definition, copy, text);
}

static int find_indexed(struct definition *definition, const struct sql_node *name,
                        const struct relation **relation) {
  int code = define_find(definition, name, relation);
  if (code != TIDE_OK)
    return code;
  if ((*relation)->kind == RELATION_SYSTEM)
    return error_set_at(definition->error, TIDE_ERROR_PRIVILEGE, name->position,
                        "permission denied: %q is a system relation", name->text);
  if (!relation_keeps_rows(*relation))
    return error_set_at(
        definition->error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
        "cannot create index on relation %q: a runtime view keeps no rows", name->text);
  if ((*relation)->column_count == 0)
    return error_set_at(definition->error, TIDE_ERROR_NOT_WRITABLE, name->position,
                        "the columns of view %q are not known yet", name->text);
  return TIDE_OK;
}

int create_index(struct definition *definition, const struct sql_node *statement) {
  const struct relation *relation;
  const struct sql_node *method = statement->child[INDEX_METHOD];
  const char *name = NULL, *text = NULL;
  bool exists = false;
  if (method != NULL && strcmp(method->text, "btree") != 0)
    return error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED, method->position,
                        "access method %q is not supported", method->text);
  int code = find_indexed(definition, statement->child[INDEX_TABLE], &relation);
  if (code == TIDE_OK)
    code = choose_name(definition, statement, relation, &name, &exists);
  if (code != TIDE_OK || exists)
    return code;
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  code = statement_sql(definition, relation, statement, name, &sql);
  if (code == TIDE_OK)
    code = define_run(definition, &sql);
  buffer_deinit(&sql);
  if (code == TIDE_ERROR_UNIQUE) {
    error_clear(definition->error);
    code = error_set_at(definition->error, TIDE_ERROR_UNIQUE, statement->position,
                        "could not create unique index %q", name);
  }
  if (code == TIDE_OK)
    code = canonical_text(definition, statement, relation, name, &text);
  if (code == TIDE_OK)
    code = record_index(definition, relation, name, text);
  if (code == TIDE_OK && is_unique_over_columns(statement))
    code = record_key(definition, relation, statement, name);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* --- changing definitions --- */

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

int index_mentions(struct definition *definition, const struct index *index,
                   const char *column, bool *mentions) {
  struct sql_node *statement;
  struct mention mention = {column, false};
  int code = parse_index(definition, index, &statement);
  if (code == TIDE_OK)
    sql_walk(statement, look_for_column, &mention);
  *mentions = mention.found;
  return code;
}

static struct sql_node *rename_column(struct sql_node *node, void *context) {
  const struct column_rename *rename = context;
  if (node->kind == SQL_COLUMN && strcmp(node->text, rename->from) == 0) {
    node->text = rename->to;
    node->length = (uint32_t)strlen(rename->to);
  }
  return node;
}

struct sql_node *rename_columns_in(struct sql_node *tree, struct column_rename rename) {
  return sql_rewrite(tree, rename_column, &rename);
}

int rename_in_index(struct definition *definition, const struct relation *relation,
                    const struct index *index, const char *schema, const char *table,
                    const char *column, const char *new_column) {
  struct sql_node *statement;
  const char *text;
  const char *stored = stored_name(definition->arena, schema, index->name);
  int code = parse_index(definition, index, &statement);
  if (code == TIDE_OK && stored == NULL)
    code = define_nomem(definition);
  if (code != TIDE_OK)
    return code;
  struct relation target = *relation;
  target.schema = schema;
  target.name = table;
  if (column != NULL)
    rename_columns_in(statement, (struct column_rename){column, new_column});
  code = canonical_text(definition, statement, &target, index->name, &text);
  if (code != TIDE_OK)
    return code;
  return database_write(definition->database,
                        "UPDATE __tidemark_indexes SET stored = ?, definition = ?"
                        " WHERE relation_id = ? AND name = ?",
                        "ssis", stored, text, relation->id, index->name);
}

/* --- DROP and ALTER INDEX --- */

int record_drop_index(struct definition *definition, int64_t relation,
                      const char *name) {
  int code = database_write(definition->database,
                            "DELETE FROM __tidemark_indexes"
                            " WHERE relation_id = ? AND name = ?",
                            "is", relation, name);
  return code == TIDE_OK ? record_drop_constraint(definition, relation, name) : code;
}

static const struct index *find_index(const struct relation *relation,
                                      const char *name) {
  for (int i = 0; i < relation->index_count; i++) {
    if (strcmp(relation->indexes[i].name, name) == 0)
      return &relation->indexes[i];
  }
  return NULL;
}

static const struct key *find_key(const struct relation *relation, const char *name) {
  for (int i = 0; i < relation->key_count; i++) {
    if (strcmp(relation->keys[i].name, name) == 0)
      return &relation->keys[i];
  }
  return NULL;
}

static bool in_search_path(struct definition *definition, const char *schema) {
  const char *const *path;
  int count = catalog_search_path(definition->database, &path);
  for (int i = 0; i < count; i++) {
    if (strcmp(path[i], schema) == 0)
      return true;
  }
  return false;
}

int define_find_index(struct definition *definition, const struct sql_node *name,
                      bool keys, const struct relation **owner) {
  const struct image *image = definition->database->catalog->image;
  const char *schema = name_schema(name);
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *relation = image->relations[i];
    if (schema != NULL ? strcmp(schema, relation->schema) != 0
                       : !in_search_path(definition, relation->schema))
      continue;
    *owner = relation;
    if (find_index(relation, name->text) != NULL)
      return TIDE_OK;
    if (relation->kind == RELATION_TABLE && find_key(relation, name->text) != NULL) {
      if (keys)
        return TIDE_OK;
      error_set_at(
          definition->error, TIDE_ERROR_DEPENDENTS, name->position,
          "cannot change index %q because constraint %q on table %q requires it",
          name->text, name->text, relation->name);
      error_hint(definition->error, "You can drop the constraint instead.");
      return TIDE_ERROR_DEPENDENTS;
    }
  }
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT, name->position,
                      "index \"%s\" does not exist",
                      define_written_name(definition, name));
}

static int drop_one(struct definition *definition, const struct sql_node *name,
                    uint32_t flags) {
  const struct relation *owner;
  int code = define_find_index(definition, name, false, &owner);
  if (code == TIDE_ERROR_UNDEFINED_OBJECT && (flags & SQL_IF_EXISTS) != 0) {
    error_clear(definition->error);
    return TIDE_OK;
  }
  if (code != TIDE_OK)
    return code;
  int64_t owner_id = owner->id;
  const char *stored = stored_name(definition->arena, owner->schema, name->text);
  const struct key *key = find_key(owner, name->text);
  if (stored == NULL)
    return define_nomem(definition);
  if (key != NULL)
    code = drop_references(definition, owner, key, (flags & SQL_CASCADE) != 0, name);
  if (code != TIDE_OK)
    return code;
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  buffer_format(&sql, "DROP INDEX IF EXISTS %q", stored);
  code = define_run(definition, &sql);
  buffer_deinit(&sql);
  if (code == TIDE_OK)
    code = record_drop_index(definition, owner_id, name->text);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int drop_index(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *names = statement->child[DROP_NAMES];
  int code = TIDE_OK;
  for (uint32_t i = 0; i < names->count && code == TIDE_OK; i++)
    code = drop_one(definition, names->child[i], statement->flags);
  return code;
}

/* SQLite cannot rename an index: it is made again. */
int alter_index(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *name = statement->child[ALTER_NAME];
  const struct sql_node *action = statement->child[ALTER_ACTIONS]->child[0];
  const struct relation *owner;
  if (statement->child[ALTER_ACTIONS]->count != 1 || action->op != SQL_RENAME_TO)
    return define_unsupported(definition, statement, "this ALTER INDEX");
  int code = define_find_index(definition, name, false, &owner);
  if (code == TIDE_ERROR_UNDEFINED_OBJECT && (statement->flags & SQL_IF_EXISTS) != 0) {
    error_clear(definition->error);
    return TIDE_OK;
  }
  if (code == TIDE_OK)
    code = define_check_name(definition, action, "index", action->text);
  if (code == TIDE_OK)
    code = define_check_free(definition, action, owner->schema, action->text);
  struct sql_node *parsed;
  if (code == TIDE_OK)
    code = parse_index(definition, find_index(owner, name->text), &parsed);
  if (code != TIDE_OK)
    return code;
  int64_t relation = owner->id, comment;
  code = comment_lift(definition, relation, name->text, &comment);
  if (code == TIDE_OK)
    code = drop_one(definition, name, 0);
  if (code != TIDE_OK)
    return code;
  parsed->child[INDEX_NAME] =
      sql_node_text(definition->arena, SQL_NAME, action->position, action->text);
  code = parsed->child[INDEX_NAME] == NULL ? define_nomem(definition)
                                           : create_index(definition, parsed);
  return code == TIDE_OK ? comment_put(definition, comment, relation, action->text)
                         : code;
}

int define_restore_indexes(struct database *database, int64_t view) {
  struct arena arena;
  struct definition definition;
  arena_init(&arena, database->memory);
  int code = define_begin(&definition, database, &arena);
  if (code == TIDE_OK) {
    const struct relation *relation = catalog_find_id(database, view);
    if (relation != NULL)
      code = create_indexes(&definition, relation);
    code = define_end(&definition, code);
  }
  arena_deinit(&arena);
  return code;
}
