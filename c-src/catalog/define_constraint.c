/* Keys, CHECKs and foreign keys: what they are called, which columns they have, and their rows in the catalog. */
#include <string.h>

#include "catalog/define_internal.h"
#include "sql/walk.h"

bool is_key_constraint(const struct sql_node *constraint) {
  return constraint->op == SQL_PRIMARY_KEY || constraint->op == SQL_UNIQUE_KEY;
}

bool is_rule_constraint(const struct sql_node *constraint) {
  return constraint->op == SQL_CHECK || constraint->op == SQL_FOREIGN_KEY;
}

/* --- columns --- */

static int duplicate_in_list(struct definition *definition, const struct sql_node *node,
                             const struct sql_node *constraint) {
  const char *what = constraint->op == SQL_PRIMARY_KEY  ? "primary key constraint"
                     : constraint->op == SQL_UNIQUE_KEY ? "unique constraint"
                                                        : "foreign key constraint";
  return error_set_at(definition->error, TIDE_ERROR_DUPLICATE_COLUMN, node->position,
                      "column %q appears twice in %s", node->text, what);
}

/* Indexes of the columns named in `list`, or of the single column when there is no list. */
static int find_columns(struct definition *definition, const struct relation *relation,
                        const struct sql_node *constraint, const struct sql_node *list,
                        const char *column, int **columns, int *count) {
  *count = list == NULL ? 1 : (int)list->count;
  *columns = arena_alloc(definition->arena, (size_t)*count * sizeof **columns);
  if (*columns == NULL)
    return define_nomem(definition);
  for (int i = 0; i < *count; i++) {
    const struct sql_node *node = list == NULL ? constraint : list->child[i];
    const char *name = list == NULL ? column : node->text;
    (*columns)[i] = relation_column(relation, name);
    if ((*columns)[i] < 0 || relation->columns[(*columns)[i]].hidden)
      return error_set_at(
          definition->error, TIDE_ERROR_UNDEFINED_COLUMN, node->position,
          constraint->op == SQL_FOREIGN_KEY
              ? "column %q referenced in foreign key constraint does not "
                "exist"
              : "column %q named in key does not exist",
          name);
    for (int k = 0; k < i; k++) {
      if ((*columns)[k] == (*columns)[i])
        return duplicate_in_list(definition, node, constraint);
    }
  }
  return TIDE_OK;
}

static const int64_t *positions(struct definition *definition,
                                const struct relation *relation, const int *columns,
                                int count) {
  int64_t *list = arena_alloc(definition->arena, (size_t)count * sizeof *list);
  for (int i = 0; i < count && list != NULL; i++)
    list[i] = relation->columns[columns[i]].position;
  return list;
}

/* "a_b" of the columns a and b: PostgreSQL's names have them. */
static const char *joined_names(struct definition *definition,
                                const struct relation *relation, const int *columns,
                                int count) {
  const char *names = "";
  for (int i = 0; i < count && names != NULL; i++)
    names = arena_format(definition->arena, i == 0 ? "%s%s" : "%s_%s", names,
                         relation->columns[columns[i]].name);
  return names;
}

/* --- keys --- */

static int check_one_primary_key(struct definition *definition,
                                 const struct relation *relation,
                                 const struct sql_node *constraint) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  int code = database_query(definition->database, &statement,
                            "SELECT 1 FROM __tidemark_constraints"
                            " WHERE relation_id = ? AND kind = 'primary key'",
                            "i", relation->id);
  if (code == TIDE_OK)
    code = database_step(definition->database, statement, &row);
  sqlite3_finalize(statement);
  if (code == TIDE_OK && row)
    return error_set_at(
        definition->error, TIDE_ERROR_INVALID_DEFINITION, constraint->position,
        "multiple primary keys for table %q are not allowed", relation->name);
  return code;
}

static int not_null_columns(struct definition *definition, int64_t relation,
                            const int64_t *list, int count) {
  for (int i = 0; i < count; i++) {
    int code = database_write(definition->database,
                              "UPDATE __tidemark_columns SET not_null = 1"
                              " WHERE relation_id = ? AND position = ?",
                              "ii", relation, list[i]);
    if (code != TIDE_OK)
      return code;
  }
  return TIDE_OK;
}

static int define_key(struct definition *definition, const struct relation *relation,
                      const struct sql_node *constraint, const char *column,
                      const char **name) {
  bool primary = constraint->op == SQL_PRIMARY_KEY;
  int *columns, count;
  int code =
      find_columns(definition, relation, constraint,
                   constraint->child[CONSTRAINT_COLUMNS], column, &columns, &count);
  if (code == TIDE_OK && primary)
    code = check_one_primary_key(definition, relation, constraint);
  if (code != TIDE_OK)
    return code;
  *name = constraint->text;
  if (*name != NULL && (constraint->flags & SQL_UNIQUE) != 0)
    code = define_own_name(definition, relation, constraint, name);
  else if (*name != NULL)
    code = define_check_free(definition, constraint, relation->schema, *name);
  else
    code = define_index_name(
        definition, relation->schema, relation->name,
        primary ? NULL : joined_names(definition, relation, columns, count),
        primary ? "pkey" : "key", name);
  if (code != TIDE_OK)
    return code;
  struct constraint_record record = {
      .relation = relation->id,
      .name = *name,
      .kind = primary ? "primary key" : "unique",
      .stored = stored_name(definition->arena, relation->schema, *name),
      .count = count,
      .positions = positions(definition, relation, columns, count)};
  if (record.stored == NULL || record.positions == NULL)
    return define_nomem(definition);
  code = record_constraint(definition, &record);
  if (code == TIDE_OK && primary)
    code = not_null_columns(definition, relation->id, record.positions, count);
  return code;
}

/* --- CHECK --- */

struct mentioned {
  const char *column;
  bool several;
};

static enum sql_walk note_column(const struct sql_node *node, void *context) {
  struct mentioned *mentioned = context;
  if (node->kind != SQL_COLUMN)
    return SQL_WALK_ON;
  if (mentioned->column != NULL && strcmp(mentioned->column, node->text) != 0)
    mentioned->several = true;
  mentioned->column = node->text;
  return SQL_WALK_ON;
}

static int constraint_name(struct definition *definition,
                           const struct relation *relation,
                           const struct sql_node *constraint, const char *columns,
                           const char *ending, const char **name) {
  bool exists;
  if (constraint->text == NULL)
    return define_constraint_name(definition, relation, columns, ending, name);
  *name = constraint->text;
  int code = define_constraint_exists(definition, relation->id, *name, &exists);
  if (code == TIDE_OK && exists)
    return error_set_at(
        definition->error, TIDE_ERROR_DUPLICATE_OBJECT, constraint->position,
        "constraint %q for relation %q already exists", *name, relation->name);
  return code;
}

/* The expression is bound when the table's SQL is made: its errors show then, in the same definition. */
static int define_check(struct definition *definition, const struct relation *relation,
                        const struct sql_node *constraint, const char *column,
                        const char **name) {
  const struct sql_node *expression = constraint->child[CONSTRAINT_EXPRESSION];
  struct mentioned mentioned = {NULL, false};
  sql_walk(expression, note_column, &mentioned);
  if (column == NULL && !mentioned.several)
    column = mentioned.column;
  struct constraint_record record = {.relation = relation->id, .kind = "check"};
  int code = constraint_name(definition, relation, constraint, column, "check", name);
  if (code == TIDE_OK)
    code = tree_text(definition, expression, &record.expression);
  record.name = *name;
  return code == TIDE_OK ? record_constraint(definition, &record) : code;
}

/* --- foreign keys --- */

static bool same_columns(const struct key *key, const int *columns, int count) {
  int found = 0;
  for (int i = 0; i < key->count; i++) {
    for (int k = 0; k < count; k++)
      found += key->columns[i] == columns[k];
  }
  return key->count == count && found == count;
}

static int find_referenced_columns(struct definition *definition,
                                   const struct sql_node *constraint,
                                   const struct relation *target, int **columns,
                                   int *count) {
  const struct sql_node *references = constraint->child[CONSTRAINT_REFERENCES];
  const struct sql_node *list = references->child[REFERENCES_COLUMNS];
  if (list == NULL || list->count == 0) {
    if (target->key_count == 0 || !target->keys[0].primary)
      return error_set_at(
          definition->error, TIDE_ERROR_UNDEFINED_OBJECT, references->position,
          "there is no primary key for referenced table %q", target->name);
    *columns = target->keys[0].columns;
    *count = target->keys[0].count;
    return TIDE_OK;
  }
  int code = find_columns(definition, target, constraint, list, NULL, columns, count);
  for (int i = 0; code == TIDE_OK && i < target->key_count; i++) {
    if (same_columns(&target->keys[i], *columns, *count))
      return TIDE_OK;
  }
  if (code != TIDE_OK)
    return code;
  return error_set_at(
      definition->error, TIDE_ERROR_INVALID_FOREIGN_KEY, references->position,
      "there is no unique constraint matching given keys for referenced "
      "table %q",
      target->name);
}

/* Values that are stored differently can never be equal. */
static int check_types(struct definition *definition, const struct relation *relation,
                       const int *columns, const struct relation *target,
                       const int *referenced, int count, const char *name,
                       uint32_t position) {
  for (int i = 0; i < count; i++) {
    struct type left = relation->columns[columns[i]].type;
    struct type right = target->columns[referenced[i]].type;
    if (strcmp(type_storage(left), type_storage(right)) == 0 &&
        left.array == right.array && type_category(left) == type_category(right))
      continue;
    char left_name[64], right_name[64];
    catalog_format_type(definition->database, left, left_name, sizeof left_name);
    catalog_format_type(definition->database, right, right_name, sizeof right_name);
    error_set_at(definition->error, TIDE_ERROR_TYPE_MISMATCH, position,
                 "foreign key constraint %q cannot be implemented", name);
    error_hint(definition->error,
               "Key columns %q and %q are of incompatible types: %s and %s.",
               relation->columns[columns[i]].name, target->columns[referenced[i]].name,
               left_name, right_name);
    return TIDE_ERROR_TYPE_MISMATCH;
  }
  return TIDE_OK;
}

static int define_foreign_key(struct definition *definition,
                              const struct relation *relation,
                              const struct sql_node *constraint, const char *column,
                              const char **name) {
  const struct sql_node *references = constraint->child[CONSTRAINT_REFERENCES];
  const struct relation *target;
  int *columns, *referenced, count, referenced_count;
  int code =
      find_columns(definition, relation, constraint,
                   constraint->child[CONSTRAINT_COLUMNS], column, &columns, &count);
  if (code == TIDE_OK)
    code = define_find_table(definition, references->child[REFERENCES_TABLE], &target);
  if (code == TIDE_OK)
    code = find_referenced_columns(definition, constraint, target, &referenced,
                                   &referenced_count);
  if (code != TIDE_OK)
    return code;
  if (count != referenced_count)
    return error_set_at(definition->error, TIDE_ERROR_INVALID_FOREIGN_KEY,
                        constraint->position,
                        "number of referencing and referenced columns for foreign key "
                        "disagree");
  code =
      constraint_name(definition, relation, constraint,
                      joined_names(definition, relation, columns, count), "fkey", name);
  if (code == TIDE_OK)
    code = check_types(definition, relation, columns, target, referenced, count, *name,
                       constraint->position);
  if (code != TIDE_OK)
    return code;
  struct constraint_record record = {
      .relation = relation->id,
      .name = *name,
      .kind = "foreign key",
      .referenced = target->id,
      .on_delete = references->op & 0xff,
      .on_update = references->op >> 8,
      .count = count,
      .positions = positions(definition, relation, columns, count),
      .referenced_positions = positions(definition, target, referenced, count)};
  if (record.positions == NULL || record.referenced_positions == NULL)
    return define_nomem(definition);
  return record_constraint(definition, &record);
}

int define_constraint(struct definition *definition, const struct relation *relation,
                      const struct sql_node *constraint, const char *column,
                      const char **name) {
  if (constraint->text != NULL) {
    int code =
        define_check_name(definition, constraint, "constraint", constraint->text);
    if (code != TIDE_OK)
      return code;
  }
  switch ((enum sql_constraint)constraint->op) {
  case SQL_PRIMARY_KEY:
  case SQL_UNIQUE_KEY:
    return define_key(definition, relation, constraint, column, name);
  case SQL_CHECK: return define_check(definition, relation, constraint, column, name);
  case SQL_FOREIGN_KEY:
    return define_foreign_key(definition, relation, constraint, column, name);
  default: return define_unsupported(definition, constraint, "this constraint");
  }
}
