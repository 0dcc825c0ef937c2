/* What CREATE and ALTER TABLE of MySQL's write among columns and constraints: indexes, comments and the next number, made
 * when the table is there, and enums, made before. */
#include <string.h>

#include "catalog/alter_internal.h"
#include "catalog/sequence.h"

int define_own_name(struct definition *definition, const struct relation *table,
                    const struct sql_node *named, const char **own) {
  *own = named->text;
  int code = define_check_free(definition, named, table->schema, named->text);
  if (code == TIDE_OK || code == TIDE_ERROR_NOMEM)
    return code;
  error_clear(definition->error);
  *own = arena_format(definition->arena, "%s_%s", table->name, named->text);
  return *own == NULL ? define_nomem(definition)
                      : define_check_free(definition, named, table->schema, *own);
}

static int own_index_name(struct definition *definition, const struct relation *table,
                          const struct sql_node *name, struct sql_node **own) {
  *own = sql_clone(definition->arena, name);
  return *own == NULL ? define_nomem(definition)
                      : define_own_name(definition, table, name, &(*own)->text);
}

/* --- enums --- */

static int own_type(struct definition *definition, const struct sql_node *element) {
  const struct sql_node *name = element->child[ENUM_NAME];
  struct type type;
  return catalog_find_type(definition->database, NULL, name->text, &type)
             ? TIDE_OK
             : create_enum(definition, element);
}

int define_own_types(struct definition *definition, const struct sql_node *elements) {
  int code = TIDE_OK;
  for (uint32_t i = 0; elements != NULL && i < elements->count && code == TIDE_OK;
       i++) {
    const struct sql_node *element = elements->child[i];
    if (element->kind == SQL_ACTION)
      element = element->child[ACTION_DEFINITION];
    if (element != NULL && element->kind == SQL_CREATE_ENUM)
      code = own_type(definition, element);
  }
  return code;
}

/* --- the next number --- */

/* AUTO_INCREMENT = n: numbers go on from there, or behind the largest there is. */
static int own_next_number(struct definition *definition, const struct relation *table,
                           const struct sql_node *option) {
  const char *digits = option->child[0]->text;
  int column = table->column_count - 1;
  while (column >= 0 && !table->columns[column].identity)
    column--;
  if (column < 0 || strlen(digits) > 18)
    return TIDE_OK;
  const char *query = arena_format(definition->arena,
                                   "SELECT max(%s, coalesce(max(%q), 0) + 1) FROM %q",
                                   digits, table->columns[column].name, table->stored);
  int64_t next = 1;
  if (query == NULL)
    return define_nomem(definition);
  int code = database_integer(definition->database, query, &next);
  return code == TIDE_OK ? identity_restart(definition->database, table, column, next)
                         : code;
}

/* --- each of them --- */

int define_own(struct definition *definition, const struct sql_node *element,
               const struct sql_node *table) {
  struct sql_node *copy = sql_clone(definition->arena, element);
  struct sql_node *name = sql_clone(definition->arena, table);
  const struct relation *relation;
  if (copy == NULL || name == NULL)
    return define_nomem(definition);
  if (element->kind == SQL_COMMENT) {
    copy->child[COMMENT_NAME] = name;
    return comment_on(definition, copy);
  }
  int code = define_find(definition, table, &relation);
  if (code == TIDE_OK && element->kind == SQL_SEQUENCE_OPTION)
    return own_next_number(definition, relation, element);
  copy->child[INDEX_TABLE] = name;
  if (code == TIDE_OK && copy->child[INDEX_NAME] != NULL)
    code = own_index_name(definition, relation, element->child[INDEX_NAME],
                          &copy->child[INDEX_NAME]);
  return code == TIDE_OK ? create_index(definition, copy) : code;
}

int define_all_own(struct definition *definition, const struct sql_node *elements,
                   const struct sql_node *table) {
  int code = TIDE_OK;
  for (uint32_t i = 0; elements != NULL && i < elements->count && code == TIDE_OK;
       i++) {
    enum sql_kind kind = elements->child[i]->kind;
    if (kind == SQL_CREATE_INDEX || kind == SQL_COMMENT || kind == SQL_SEQUENCE_OPTION)
      code = define_own(definition, elements->child[i], table);
  }
  return code;
}

static bool has_index(const struct relation *table, const char *name) {
  for (int i = 0; i < table->index_count; i++) {
    if (strcmp(table->indexes[i].name, name) == 0)
      return true;
  }
  return false;
}

static bool has_key(const struct relation *table, const char *name) {
  for (int i = 0; i < table->key_count; i++) {
    if (strcmp(table->keys[i].name, name) == 0)
      return true;
  }
  return false;
}

/* DROP PRIMARY KEY, which has whatever name. */
int drop_primary_key(struct definition *definition, const struct relation *table,
                     const struct sql_node *action) {
  struct sql_node *drop = sql_clone(definition->arena, action);
  if (drop == NULL)
    return define_nomem(definition);
  if (table->key_count == 0 || !table->keys[0].primary)
    return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT,
                        action->position, "table %q has no primary key", table->name);
  drop->text = arena_string(definition->arena, table->keys[0].name);
  return drop->text == NULL ? define_nomem(definition)
                            : alter_drop_constraint(definition, table->id, drop);
}

/* DROP INDEX: an index of the table, by its name there, or a unique key. */
int drop_own_index(struct definition *definition, const struct relation *table,
                   const struct sql_node *action) {
  struct sql_node *drop = sql_node_new(definition->arena, SQL_DROP, action->position);
  struct sql_node *names = sql_node_new(definition->arena, SQL_LIST, action->position);
  struct sql_node *name =
      sql_node_text(definition->arena, SQL_NAME, action->position, action->text);
  struct sql_node *schema =
      sql_node_text(definition->arena, SQL_NAME, action->position, table->schema);
  const char *own = arena_format(definition->arena, "%s_%s", table->name, action->text);
  if (drop == NULL || names == NULL || name == NULL || schema == NULL || own == NULL ||
      sql_list_append(definition->arena, names, name) == NULL)
    return define_nomem(definition);
  drop->child[DROP_NAMES] = names;
  name->child[NAME_SCHEMA] = schema;
  if (has_index(table, action->text))
    return drop_index(definition, drop);
  name->text = own;
  if (has_index(table, own))
    return drop_index(definition, drop);
  struct sql_node *key = sql_clone(definition->arena, action);
  if (key == NULL)
    return define_nomem(definition);
  if (!has_key(table, action->text) && has_key(table, own))
    key->text = own;
  return alter_drop_constraint(definition, table->id, key);
}
