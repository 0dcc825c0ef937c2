/* What CREATE and ALTER TABLE of MySQL's write among columns and constraints: indexes and comments, made when the table is
 * there. */
#include <string.h>

#include "catalog/alter_internal.h"

/* In MySQL each table has its own names of indexes: one that is taken is preceded by the table's. */
static int own_name(struct definition *definition, const struct relation *table,
                    const struct sql_node *name, struct sql_node **own) {
  *own = sql_clone(definition->arena, name);
  if (*own == NULL)
    return define_nomem(definition);
  int code = define_check_free(definition, name, table->schema, name->text);
  if (code == TIDE_OK || code == TIDE_ERROR_NOMEM)
    return code;
  error_clear(definition->error);
  (*own)->text = arena_format(definition->arena, "%s_%s", table->name, name->text);
  return (*own)->text == NULL ? define_nomem(definition) : TIDE_OK;
}

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
  copy->child[INDEX_TABLE] = name;
  if (code == TIDE_OK && copy->child[INDEX_NAME] != NULL)
    code = own_name(definition, relation, element->child[INDEX_NAME],
                    &copy->child[INDEX_NAME]);
  return code == TIDE_OK ? create_index(definition, copy) : code;
}

int define_all_own(struct definition *definition, const struct sql_node *elements,
                   const struct sql_node *table) {
  int code = TIDE_OK;
  for (uint32_t i = 0; elements != NULL && i < elements->count && code == TIDE_OK;
       i++) {
    enum sql_kind kind = elements->child[i]->kind;
    if (kind == SQL_CREATE_INDEX || kind == SQL_COMMENT)
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
  return alter_drop_constraint(definition, table->id, action);
}
