/* MySQL's MODIFY and CHANGE: a column is declared anew, and keeps its values. */
#include <string.h>

#include "catalog/alter_internal.h"
#include "catalog/sequence.h"
#include "catalog/show.h"

/* The column that is declared anew. */
struct redefinition {
  struct definition *definition;
  int64_t id; /* of the table */
  const struct sql_node *action;
  const struct sql_node *declared; /* SQL_COLUMN_DEFINITION */
};

static const struct sql_node *declares(const struct redefinition *redefinition,
                                       enum sql_constraint what) {
  const struct sql_node *list = redefinition->declared->child[COLUMN_CONSTRAINTS];
  for (uint32_t i = 0; list != NULL && i < list->count; i++)
    if (list->child[i]->kind == SQL_CONSTRAINT && list->child[i]->op == what)
      return list->child[i];
  return NULL;
}

static const struct column *find_column(const struct redefinition *redefinition) {
  const struct relation *table =
      alter_current(redefinition->definition, redefinition->id);
  int column = relation_column(table, redefinition->declared->text);
  return column < 0 ? NULL : &table->columns[column];
}

/* An action of ALTER TABLE's about the column. */
static struct sql_node *action_of(const struct redefinition *redefinition,
                                  enum sql_action what) {
  struct sql_node *action =
      sql_node_text(redefinition->definition->arena, SQL_ACTION,
                    redefinition->action->position, redefinition->declared->text);
  if (action != NULL)
    action->op = (uint16_t)what;
  return action;
}

static int rename_column(const struct redefinition *redefinition) {
  struct definition *definition = redefinition->definition;
  const char *name = redefinition->declared->text;
  if (strcmp(redefinition->action->text, name) == 0)
    return TIDE_OK;
  struct sql_node *rename =
      sql_node_text(definition->arena, SQL_ACTION, redefinition->action->position,
                    redefinition->action->text);
  struct sql_node *to =
      sql_node_text(definition->arena, SQL_NAME, redefinition->action->position, name);
  if (rename == NULL || to == NULL)
    return define_nomem(definition);
  rename->op = SQL_RENAME_COLUMN;
  rename->child[ACTION_DEFINITION] = to;
  return alter_rename_column(definition, redefinition->id, rename);
}

/* What cannot come or go with a declaration. */
static int check_kind(const struct redefinition *redefinition) {
  if (!find_column(redefinition)->generated &&
      declares(redefinition, SQL_GENERATED_STORED) == NULL)
    return TIDE_OK;
  return define_unsupported(redefinition->definition, redefinition->action,
                            "MODIFY of a generated column");
}

/* One that is declared comes again, as an action behind this. */
static int drop_comment(const struct redefinition *redefinition) {
  return database_write(redefinition->definition->database,
                        "DELETE FROM __tidemark_comments"
                        " WHERE relation_id = ? AND position = ?",
                        "ii", redefinition->id, find_column(redefinition)->position);
}

/* The check that kept the column within its type before. */
static int drop_range(const struct redefinition *redefinition) {
  struct definition *definition = redefinition->definition;
  const struct relation *table = alter_current(definition, redefinition->id);
  const struct column *column = find_column(redefinition);
  for (int i = 0; i < table->constraint_count; i++) {
    const struct constraint *constraint = &table->constraints[i];
    if (!show_is_range(constraint) || !show_is_range_of(constraint, column))
      continue;
    struct sql_node *drop = action_of(redefinition, SQL_DROP_CONSTRAINT);
    if (drop == NULL ||
        (drop->text = arena_string(definition->arena, constraint->name)) == NULL)
      return define_nomem(definition);
    return alter_drop_constraint(definition, redefinition->id, drop);
  }
  return TIDE_OK;
}

static int drop_default(const struct redefinition *redefinition) {
  struct sql_node *drop = action_of(redefinition, SQL_DROP_COLUMN_DEFAULT);
  if (find_column(redefinition)->identity)
    return TIDE_OK;
  return drop == NULL
             ? define_nomem(redefinition->definition)
             : alter_column_default(redefinition->definition, redefinition->id, drop);
}

/* Labels become those of the same text: CAST(CAST(column AS text) AS type). */
static struct sql_node *by_text(const struct redefinition *redefinition,
                                struct sql_node *type) {
  struct arena *arena = redefinition->definition->arena;
  uint32_t position = redefinition->action->position;
  struct sql_node *column =
      sql_node_text(arena, SQL_COLUMN, position, redefinition->declared->text);
  struct sql_node *text = sql_node_new(arena, SQL_CAST, position);
  struct sql_node *value = sql_node_new(arena, SQL_CAST, position);
  struct sql_node *text_type = sql_node_text(arena, SQL_TYPE, position, "text");
  if (column == NULL || text == NULL || value == NULL || text_type == NULL)
    return NULL;
  text->child[CAST_OPERAND] = column;
  text->child[CAST_TYPE] = text_type;
  value->child[CAST_OPERAND] = text;
  value->child[CAST_TYPE] = type;
  return value;
}

static int change_type(const struct redefinition *redefinition) {
  struct definition *definition = redefinition->definition;
  struct sql_node *type =
      sql_clone(definition->arena, redefinition->declared->child[COLUMN_TYPE]);
  struct sql_node *change = action_of(redefinition, SQL_SET_TYPE);
  struct type before = find_column(redefinition)->type, now;
  if (type == NULL || change == NULL)
    return define_nomem(definition);
  int code = define_type(definition, type, &now);
  if (code != TIDE_OK || type_equal(before, now))
    return code;
  change->child[ACTION_DEFINITION] = type;
  if (type_is_enum(before) || type_is_enum(now))
    change->child[ACTION_EXPRESSION] = by_text(redefinition, type);
  return definition->arena->failed
             ? define_nomem(definition)
             : alter_column_type(definition, redefinition->id, change);
}

/* --- AUTO_INCREMENT --- */

static bool numbers(const struct redefinition *redefinition) {
  return declares(redefinition, SQL_IDENTITY_BY_DEFAULT) != NULL ||
         declares(redefinition, SQL_IDENTITY_ALWAYS) != NULL;
}

static int check_numbered(const struct redefinition *redefinition,
                          const struct relation *table, const struct column *column) {
  enum type_id type = column->type.id;
  bool whole = !column->type.array &&
               (type == TYPE_SMALLINT || type == TYPE_INTEGER || type == TYPE_BIGINT);
  for (int i = 0; i < table->column_count && whole; i++)
    if (table->columns[i].identity)
      return error_set_at(redefinition->definition->error,
                          TIDE_ERROR_INVALID_DEFINITION, redefinition->action->position,
                          "table %q has a column with AUTO_INCREMENT already: %q",
                          table->name, table->columns[i].name);
  return whole ? TIDE_OK
               : error_set_at(redefinition->definition->error,
                              TIDE_ERROR_INVALID_DEFINITION,
                              redefinition->action->position,
                              "column %q with AUTO_INCREMENT has to be a whole number",
                              column->name);
}

/* Numbers go on behind the largest there is. */
static int begin_numbers(const struct redefinition *redefinition) {
  struct definition *definition = redefinition->definition;
  const struct relation *table = alter_current(definition, redefinition->id);
  const struct column *column = find_column(redefinition);
  int index = (int)(column - table->columns);
  const char *query =
      arena_format(definition->arena, "SELECT coalesce(max(%q), 0) + 1 FROM %q",
                   column->name, table->stored);
  int64_t next = 1;
  if (query == NULL)
    return define_nomem(definition);
  int code = database_integer(definition->database, query, &next);
  if (code == TIDE_OK && index != table->row_id)
    code = database_write(definition->database,
                          "INSERT INTO __tidemark_identities VALUES (?, ?, 1)", "ii",
                          table->id, column->position);
  return code == TIDE_OK
             ? identity_restart(definition->database, table, index, next > 0 ? next : 1)
             : code;
}

static int end_numbers(const struct redefinition *redefinition) {
  struct database *database = redefinition->definition->database;
  const struct relation *table =
      alter_current(redefinition->definition, redefinition->id);
  int code = database_write(database,
                            "DELETE FROM __tidemark_identities WHERE relation_id = ?",
                            "i", table->id);
  return code == TIDE_OK
             ? database_write(database, "DELETE FROM sqlite_sequence WHERE name = ?",
                              "s", table->stored)
             : code;
}

static int change_numbers(const struct redefinition *redefinition) {
  struct definition *definition = redefinition->definition;
  const struct column *column = find_column(redefinition);
  bool wanted = numbers(redefinition);
  if (wanted == column->identity)
    return TIDE_OK;
  int code = wanted
                 ? check_numbered(redefinition,
                                  alter_current(definition, redefinition->id), column)
                 : end_numbers(redefinition);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "UPDATE __tidemark_columns SET identity = ?"
                          " WHERE relation_id = ? AND position = ?",
                          "iii", (int64_t)wanted, redefinition->id, column->position);
  if (code == TIDE_OK)
    code = alter_settle(definition, redefinition->id);
  return code == TIDE_OK && wanted ? begin_numbers(redefinition) : code;
}

/* --- what else a column is --- */

static bool is_in_primary_key(const struct relation *table, int column) {
  return table->key_count > 0 && table->keys[0].primary &&
         alter_has_column(table->keys[0].columns, table->keys[0].count, column);
}

static int change_not_null(const struct redefinition *redefinition) {
  const struct relation *table =
      alter_current(redefinition->definition, redefinition->id);
  const struct column *column = find_column(redefinition);
  bool not_null = declares(redefinition, SQL_NOT_NULL) != NULL ||
                  declares(redefinition, SQL_PRIMARY_KEY) != NULL ||
                  is_in_primary_key(table, (int)(column - table->columns)) ||
                  column->identity;
  if (not_null == column->not_null)
    return TIDE_OK;
  struct sql_node *change =
      action_of(redefinition, not_null ? SQL_SET_NOT_NULL : SQL_DROP_NOT_NULL);
  return change == NULL ? define_nomem(redefinition->definition)
                        : alter_column_not_null(redefinition->definition,
                                                redefinition->id, change);
}

static int set_default(const struct redefinition *redefinition) {
  const struct sql_node *value = declares(redefinition, SQL_DEFAULT_VALUE);
  struct sql_node *change = action_of(redefinition, SQL_SET_COLUMN_DEFAULT);
  if (value == NULL)
    return TIDE_OK;
  if (change == NULL)
    return define_nomem(redefinition->definition);
  change->child[ACTION_EXPRESSION] =
      sql_clone(redefinition->definition->arena, value->child[CONSTRAINT_EXPRESSION]);
  return alter_column_default(redefinition->definition, redefinition->id, change);
}

static int set_on_update(const struct redefinition *redefinition) {
  struct definition *definition = redefinition->definition;
  const struct column *column = find_column(redefinition);
  const struct sql_node *value = declares(redefinition, SQL_ON_UPDATE);
  const char *text = NULL;
  int code = value == NULL
                 ? TIDE_OK
                 : define_default(definition, value->child[CONSTRAINT_EXPRESSION],
                                  column->type, &text);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "UPDATE __tidemark_columns SET on_update = ?"
                          " WHERE relation_id = ? AND position = ?",
                          "sii", text, redefinition->id, column->position);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* Keys, checks and references are added to those that there are. */
static int add_constraints(const struct redefinition *redefinition) {
  const struct sql_node *list = redefinition->declared->child[COLUMN_CONSTRAINTS];
  int code = TIDE_OK;
  for (uint32_t i = 0; list != NULL && i < list->count && code == TIDE_OK; i++) {
    const struct sql_node *constraint = list->child[i];
    if (is_key_constraint(constraint) || is_rule_constraint(constraint))
      code = alter_add_constraint(redefinition->definition, redefinition->id,
                                  constraint, redefinition->declared->text);
  }
  return code;
}

int alter_redefine_column(struct definition *definition, int64_t id,
                          const struct sql_node *action) {
  struct redefinition redefinition = {definition, id, action,
                                      action->child[ACTION_DEFINITION]};
  static int (*const steps[])(const struct redefinition *) = {
      rename_column, check_kind,    drop_comment,   drop_range,
      drop_default,  change_type,   change_numbers, change_not_null,
      set_default,   set_on_update, add_constraints};
  int column;
  int code =
      alter_find_column(definition, alter_current(definition, id), action, &column);
  for (size_t i = 0; i < sizeof steps / sizeof steps[0] && code == TIDE_OK; i++)
    code = steps[i](&redefinition);
  return code;
}
