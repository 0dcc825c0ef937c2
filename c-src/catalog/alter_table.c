/* ALTER TABLE: its actions one after the other, each on the table as the one before left it. */
#include <string.h>

#include "catalog/alter_internal.h"

const struct relation *alter_current(struct definition *definition, int64_t id) {
  return catalog_find_id(definition->database, id);
}

int alter_settle(struct definition *definition, int64_t id) {
  int code = define_reload(definition);
  return code == TIDE_OK ? rewrite_table(definition, alter_current(definition, id), -1)
                         : code;
}

int alter_find_column(struct definition *definition, const struct relation *relation,
                      const struct sql_node *action, int *column) {
  *column = relation_column(relation, action->text);
  if (*column >= 0)
    return TIDE_OK;
  return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_COLUMN, action->position,
                      "column %q of relation %q does not exist", action->text,
                      relation->name);
}

int alter_check_new_column(struct definition *definition,
                           const struct relation *relation, const struct sql_node *node,
                           const char *name) {
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

bool alter_has_column(const int *columns, int count, int column) {
  for (int i = 0; i < count; i++) {
    if (columns[i] == column)
      return true;
  }
  return false;
}

static int add(struct definition *definition, int64_t id,
               const struct sql_node *element, const struct sql_node *table) {
  if (element->kind == SQL_CREATE_ENUM)
    return TIDE_OK; /* it has been made */
  return element->kind == SQL_CONSTRAINT
             ? alter_add_constraint(definition, id, element, NULL)
             : define_own(definition, element, table);
}

static int act(struct definition *definition, int64_t id, const struct sql_node *action,
               const struct sql_node *table) {
  switch ((enum sql_action)action->op) {
  case SQL_ADD_COLUMN: return alter_add_column(definition, id, action);
  case SQL_DROP_COLUMN: return alter_drop_column(definition, id, action);
  case SQL_REDEFINE_COLUMN: return alter_redefine_column(definition, id, action);
  case SQL_RENAME_COLUMN: return alter_rename_column(definition, id, action);
  case SQL_RENAME_TO:
  case SQL_SET_SCHEMA:
    return alter_name(definition, alter_current(definition, id), action);
  case SQL_SET_COLUMN_DEFAULT:
  case SQL_DROP_COLUMN_DEFAULT: return alter_column_default(definition, id, action);
  case SQL_SET_NOT_NULL:
  case SQL_DROP_NOT_NULL: return alter_column_not_null(definition, id, action);
  case SQL_RESTART_COLUMN: return alter_column_restart(definition, id, action);
  case SQL_SET_TYPE: return alter_column_type(definition, id, action);
  case SQL_ADD_CONSTRAINT:
    return add(definition, id, action->child[ACTION_DEFINITION], table);
  case SQL_DROP_CONSTRAINT:
    if (action->text == NULL)
      return drop_primary_key(definition, alter_current(definition, id), action);
    return action->child[ACTION_DEFINITION] == NULL
               ? alter_drop_constraint(definition, id, action)
               : drop_own_index(definition, alter_current(definition, id), action);
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
  code = define_own_types(definition, actions);
  for (uint32_t i = 0; i < actions->count && code == TIDE_OK; i++)
    code = act(definition, id, actions->child[i], statement->child[ALTER_NAME]);
  /* Keys may have come or gone: views over the table may be writable now, or no longer. */
  return code == TIDE_OK ? refresh_write_rules(definition, id) : code;
}
