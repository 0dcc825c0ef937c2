/* Identity columns that say how they count: each has a sequence of its own, and its next number as default. */
#include "catalog/alter_internal.h"
#include "catalog/define_sequence.h"
#include "catalog/sequence.h"

static struct sql_node *name_in(struct definition *definition, const char *schema,
                                const char *name) {
  struct sql_node *node = sql_node_text(definition->arena, SQL_NAME, 0, name);
  if (node != NULL)
    node->child[NAME_SCHEMA] = sql_node_text(definition->arena, SQL_NAME, 0, schema);
  return node == NULL || node->child[NAME_SCHEMA] == NULL ? NULL : node;
}

static bool add_option(struct definition *definition, struct sql_node *options,
                       const char *word, struct sql_node *value) {
  struct sql_node *option =
      sql_node_text(definition->arena, SQL_SEQUENCE_OPTION, 0, word);
  if (option == NULL || value == NULL)
    return false;
  option->child[0] = value;
  return sql_list_append(definition->arena, options, option) != NULL;
}

/* CREATE SEQUENCE table_column_seq AS type … OWNED BY table.column */
static int create(struct definition *definition, const struct relation *table,
                  const struct column *column, const char *name,
                  const struct sql_node *how) {
  char type[64];
  type_format(TYPE(column->type.id), type, sizeof type);
  struct sql_node *statement =
      sql_node_new(definition->arena, SQL_CREATE_SEQUENCE, how->position);
  struct sql_node *options = sql_clone(definition->arena, how);
  struct sql_node *owner =
      sql_node_text(definition->arena, SQL_COLUMN, how->position, column->name);
  if (statement == NULL || options == NULL || owner == NULL)
    return define_nomem(definition);
  owner->child[0] = name_in(definition, table->schema, table->name);
  statement->child[SEQUENCE_NAME] = name_in(definition, table->schema, name);
  statement->child[SEQUENCE_OPTIONS] = options;
  if (owner->child[0] == NULL || statement->child[SEQUENCE_NAME] == NULL ||
      !add_option(definition, options, "as",
                  sql_node_text(definition->arena, SQL_TYPE, 0, type)) ||
      !add_option(definition, options, "owned", owner))
    return define_nomem(definition);
  return create_sequence(definition, statement);
}

/* DEFAULT nextval('schema.name') */
static int set_default(struct definition *definition, int64_t table,
                       const struct column *column, const char *schema,
                       const char *name) {
  struct arena *arena = definition->arena;
  const char *text = NULL;
  struct sql_node *call = sql_node_new(arena, SQL_CALL, 0);
  struct sql_node *arguments = sql_node_new(arena, SQL_LIST, 0);
  struct sql_node *sequence =
      sql_node_text(arena, SQL_STRING, 0, arena_format(arena, "%q.%q", schema, name));
  if (call == NULL || arguments == NULL || sequence == NULL)
    return define_nomem(definition);
  call->child[CALL_NAME] = sql_node_text(arena, SQL_NAME, 0, "nextval");
  call->child[CALL_ARGUMENTS] = sql_list_append(arena, arguments, sequence);
  if (call->child[CALL_NAME] == NULL || call->child[CALL_ARGUMENTS] == NULL)
    return define_nomem(definition);
  int code = define_default(definition, call, column->type, &text);
  return code == TIDE_OK ? database_write(definition->database,
                                          "UPDATE __tidemark_columns SET expression = ?"
                                          " WHERE relation_id = ? AND position = ?",
                                          "sii", text, table, column->position)
                         : code;
}

/* What is said in parentheses behind IDENTITY; NULL: nothing out of the usual. */
static const struct sql_node *options_of(const struct sql_node *element) {
  const struct sql_node *constraints = element->kind == SQL_COLUMN_DEFINITION
                                           ? element->child[COLUMN_CONSTRAINTS]
                                           : NULL;
  for (uint32_t i = 0; constraints != NULL && i < constraints->count; i++) {
    const struct sql_node *constraint = constraints->child[i];
    if (constraint->kind == SQL_CONSTRAINT &&
        (constraint->op == SQL_IDENTITY_ALWAYS ||
         constraint->op == SQL_IDENTITY_BY_DEFAULT))
      return constraint->child[CONSTRAINT_EXPRESSION];
  }
  return NULL;
}

int create_identity_sequences(struct definition *definition,
                              const struct sql_node *elements, int64_t table) {
  int code = TIDE_OK;
  for (uint32_t i = 0; elements != NULL && i < elements->count && code == TIDE_OK;
       i++) {
    const struct sql_node *how = options_of(elements->child[i]);
    if (how == NULL)
      continue;
    const struct relation *relation = catalog_find_id(definition->database, table);
    struct column column =
        relation->columns[relation_column(relation, elements->child[i]->text)];
    const char *schema = arena_string(definition->arena, relation->schema);
    const char *name = arena_format(definition->arena, "%s_%s_seq", relation->name,
                                    elements->child[i]->text);
    if (schema == NULL || name == NULL)
      return define_nomem(definition);
    column.name = elements->child[i]->text;
    code = create(definition, relation, &column, name, how);
    if (code == TIDE_OK)
      code = set_default(definition, table, &column, schema, name);
    if (code == TIDE_OK)
      code = define_reload(definition);
  }
  return code;
}

int alter_column_restart(struct definition *definition, int64_t id,
                         const struct sql_node *action) {
  const struct relation *relation = alter_current(definition, id);
  int column;
  int code = alter_find_column(definition, relation, action, &column);
  if (code != TIDE_OK)
    return code;
  const struct sql_node *option = action->child[ACTION_DEFINITION];
  const struct sequence *sequence =
      sequence_of_column(definition->database, relation, column);
  if (sequence != NULL) {
    code = sequence_restart(definition, sequence, option);
    return code == TIDE_OK ? define_reload(definition) : code;
  }
  if (!relation->columns[column].identity)
    return error_set_at(definition->error, TIDE_ERROR_NOT_WRITABLE, action->position,
                        "column %q of relation %q is not an identity column",
                        action->text, relation->name);
  int64_t next = 1;
  if (option->child[0] != NULL)
    code = sequence_number(definition, option, &next);
  return code == TIDE_OK
             ? identity_restart(definition->database, relation, column, next)
             : code;
}
