/* Respells the names in definitions: each is about one relation, whose columns, keys and constraints it names. */
#include <string.h>

#include "catalog/respell_internal.h"
#include "sql/token.h"

/* Types, domains and sequences have names in small letters, as what is called by a function has. */
static void fold(struct respeller *respeller, struct sql_node *name) {
  char *small = arena_copy(respeller->arena, name->text, name->length);
  if (small == NULL)
    return;
  token_fold(small);
  respell_set(respeller, name, small);
  respell_schema(respeller, name->child[NAME_SCHEMA]);
}

/* Something new: it has the spelling of the relation that is called so already, for that to be found. */
static void respell_new(struct respeller *respeller, struct sql_node *name) {
  respell_schema(respeller, name->child[NAME_SCHEMA]);
  respell_relation(respeller, name);
}

/* --- what tables are made of --- */

/* A table, there or about to be. */
struct defined {
  struct respell_place place;
  struct names columns;
  const char *name; /* of one that is about to be: it may refer to itself */
};

static void respell_references(struct respeller *respeller,
                               const struct sql_node *references,
                               const struct defined *defined) {
  struct sql_node *name = references->child[REFERENCES_TABLE];
  const struct relation *relation = respell_relation(respeller, name);
  struct names columns = {0};
  if (relation != NULL)
    respell_relation_columns(respeller, relation, &columns);
  else if (defined->name != NULL && sql_same_name(defined->name, name->text)) {
    respell_set(respeller, name, defined->name);
    columns = defined->columns;
  }
  respell_list(respeller, references->child[REFERENCES_COLUMNS], &columns);
}

static void respell_constraint(struct respeller *respeller,
                               const struct sql_node *constraint,
                               const struct defined *defined) {
  if (constraint->kind != SQL_CONSTRAINT)
    return;
  respell_list(respeller, constraint->child[CONSTRAINT_COLUMNS], &defined->columns);
  respell_expression(respeller, constraint->child[CONSTRAINT_EXPRESSION],
                     &defined->place);
  if (constraint->child[CONSTRAINT_REFERENCES] != NULL)
    respell_references(respeller, constraint->child[CONSTRAINT_REFERENCES], defined);
}

/* An element of CREATE TABLE, or what an action of ALTER TABLE adds. */
static void respell_element(struct respeller *respeller, struct sql_node *element,
                            const struct defined *defined) {
  switch (element->kind) {
  case SQL_COLUMN_DEFINITION: {
    const struct sql_node *list = element->child[COLUMN_CONSTRAINTS];
    for (uint32_t i = 0; list != NULL && i < list->count; i++)
      respell_constraint(respeller, list->child[i], defined);
    break;
  }
  case SQL_CONSTRAINT: respell_constraint(respeller, element, defined); break;
  case SQL_CREATE_INDEX:
    respell_expression(respeller, element->child[INDEX_COLUMNS], &defined->place);
    respell_expression(respeller, element->child[INDEX_WHERE], &defined->place);
    break;
  case SQL_TABLE_LIKE: respell_relation(respeller, element->child[0]); break;
  case SQL_COMMENT:
    if (element->text != NULL)
      respell_set(respeller, element, respell_among(&defined->columns, element->text));
    break;
  default: break;
  }
}

static void define(struct respeller *respeller, struct defined *defined,
                   const char *name) {
  struct respell_source *source = respell_source_new(respeller, &defined->place, name);
  if (source != NULL)
    source->columns = defined->columns;
}

static void respell_create_table(struct respeller *respeller,
                                 const struct sql_node *table) {
  const struct sql_node *elements = table->child[TABLE_ELEMENTS];
  struct defined defined = {.name = table->child[TABLE_NAME]->text};
  respell_new(respeller, table->child[TABLE_NAME]);
  if (table->child[TABLE_QUERY] != NULL)
    respell_query(respeller, table->child[TABLE_QUERY], NULL, &(struct names){0});
  for (uint32_t i = 0; elements != NULL && i < elements->count; i++) {
    if (elements->child[i]->kind == SQL_COLUMN_DEFINITION)
      respell_add(respeller, &defined.columns, elements->child[i]->text);
  }
  define(respeller, &defined, defined.name);
  for (uint32_t i = 0; elements != NULL && i < elements->count; i++)
    respell_element(respeller, elements->child[i], &defined);
}

/* --- ALTER --- */

/* The keys, constraints and indexes of a relation. */
static void add_parts(struct respeller *respeller, const struct relation *relation,
                      struct names *names) {
  for (int i = 0; i < relation->key_count; i++)
    respell_add(respeller, names, relation->keys[i].name);
  for (int i = 0; i < relation->constraint_count; i++)
    respell_add(respeller, names, relation->constraints[i].name);
  for (int i = 0; i < relation->index_count; i++)
    respell_add(respeller, names, relation->indexes[i].name);
}

static void respell_action(struct respeller *respeller, struct sql_node *action,
                           const struct defined *defined, const struct names *parts) {
  switch ((enum sql_action)action->op) {
  case SQL_DROP_CONSTRAINT:
  case SQL_RENAME_CONSTRAINT:
    if (action->text != NULL)
      respell_set(respeller, action, respell_among(parts, action->text));
    break;
  case SQL_RENAME_TO:
  case SQL_SET_SCHEMA: break;
  case SQL_AS_QUERY:
    respell_query(respeller, action->child[ACTION_DEFINITION], NULL,
                  &(struct names){0});
    break;
  case SQL_REDEFINE_COLUMN:
    respell_set(respeller, action, respell_among(&defined->columns, action->text));
    if (sql_same_name(action->text, action->child[ACTION_DEFINITION]->text) &&
        (action->flags & SQL_EXPLICIT) == 0)
      respell_set(respeller, action->child[ACTION_DEFINITION], action->text);
    respell_element(respeller, action->child[ACTION_DEFINITION], defined);
    break;
  case SQL_ADD_COLUMN:
  case SQL_ADD_CONSTRAINT:
    if (action->child[ACTION_DEFINITION] != NULL)
      respell_element(respeller, action->child[ACTION_DEFINITION], defined);
    break;
  default:
    if (action->text != NULL)
      respell_set(respeller, action, respell_among(&defined->columns, action->text));
    respell_expression(respeller, action->child[ACTION_EXPRESSION], &defined->place);
    break;
  }
}

static void respell_alter(struct respeller *respeller, const struct sql_node *alter) {
  const struct sql_node *actions = alter->child[ALTER_ACTIONS];
  const struct relation *relation =
      respell_relation(respeller, alter->child[ALTER_NAME]);
  struct defined defined = {0};
  struct names parts = {0};
  if (relation != NULL) {
    respell_relation_columns(respeller, relation, &defined.columns);
    add_parts(respeller, relation, &parts);
  }
  for (uint32_t i = 0; i < actions->count; i++) {
    if (actions->child[i]->op == SQL_ADD_COLUMN)
      respell_add(respeller, &defined.columns,
                  actions->child[i]->child[ACTION_DEFINITION]->text);
  }
  define(respeller, &defined, alter->child[ALTER_NAME]->text);
  for (uint32_t i = 0; i < actions->count; i++)
    respell_action(respeller, actions->child[i], &defined, &parts);
}

static void respell_index(struct respeller *respeller, struct sql_node *index) {
  const struct relation *relation =
      respell_relation(respeller, index->child[INDEX_TABLE]);
  struct defined defined = {0};
  if (relation == NULL)
    return;
  respell_relation_columns(respeller, relation, &defined.columns);
  define(respeller, &defined, relation->name);
  respell_element(respeller, index, &defined);
}

/* --- objects by their names --- */

struct wanted_index {
  const char *name, *found;
};

static void find_index(const struct relation *relation, void *context) {
  struct wanted_index *wanted = context;
  for (int i = 0; i < relation->index_count; i++) {
    const char *name = relation->indexes[i].name;
    if (strcmp(name, wanted->name) == 0 ||
        (wanted->found == NULL && sql_same_name(name, wanted->name)))
      wanted->found = name;
  }
}

static void respell_object(struct respeller *respeller, struct sql_node *name,
                           enum sql_object object) {
  struct wanted_index wanted = {.name = name->text};
  switch (object) {
  case SQL_OBJECT_SCHEMA: respell_schema(respeller, name); break;
  case SQL_OBJECT_TYPE:
  case SQL_OBJECT_DOMAIN:
  case SQL_OBJECT_SEQUENCE: fold(respeller, name); break;
  case SQL_OBJECT_INDEX:
    catalog_each(respeller->database, find_index, &wanted);
    respell_set(respeller, name, wanted.found);
    break;
  default: respell_relation(respeller, name); break;
  }
}

static void respell_comment(struct respeller *respeller, struct sql_node *comment) {
  struct sql_node *name = comment->child[COMMENT_NAME];
  if (comment->op != SQL_OBJECT_COLUMN && comment->op != SQL_OBJECT_CONSTRAINT) {
    respell_object(respeller, name, (enum sql_object)comment->op);
    return;
  }
  const struct relation *relation = respell_relation(respeller, name);
  struct names names = {0};
  if (relation == NULL)
    return;
  if (comment->op == SQL_OBJECT_COLUMN)
    respell_relation_columns(respeller, relation, &names);
  else
    add_parts(respeller, relation, &names);
  respell_set(respeller, comment, respell_among(&names, comment->text));
}

static void respell_show(struct respeller *respeller, const struct sql_node *show) {
  struct sql_node *name = show->child[SHOW_NAME], *column = show->child[SHOW_LIKE];
  respell_schema(respeller, show->child[SHOW_SCHEMA]);
  if (name == NULL)
    return;
  struct sql_node *schema = show->child[SHOW_SCHEMA];
  const struct relation *relation = catalog_find_alike(
      respeller->database, schema == NULL ? NULL : schema->text, name->text);
  struct names names = {0};
  if (relation == NULL)
    return;
  respell_set(respeller, name, relation->name);
  respell_relation_columns(respeller, relation, &names);
  if (column != NULL)
    respell_set(respeller, column, respell_among(&names, column->text));
}

/* The query of a view at an origin names what is there, not here. */
static bool has_origin(const struct sql_node *view) {
  const struct sql_node *options = view->child[VIEW_OPTIONS];
  for (uint32_t i = 0; options != NULL && i < options->count; i++) {
    if (strcmp(options->child[i]->text, "replication_origin") == 0)
      return true;
  }
  return false;
}

static void respell_view(struct respeller *respeller, const struct sql_node *view) {
  respell_new(respeller, view->child[VIEW_NAME]);
  if (!has_origin(view))
    respell_query(respeller, view->child[VIEW_QUERY], NULL, &(struct names){0});
}

static void respell_explained(struct respeller *respeller, struct sql_node *node) {
  if (node->kind == SQL_NAME)
    respell_relation(respeller, node);
  else
    respell_query(respeller, node, NULL, &(struct names){0});
}

void respell_definition(struct respeller *respeller, struct sql_node *statement) {
  const struct sql_node *names;
  switch (statement->kind) {
  case SQL_CREATE_TABLE: respell_create_table(respeller, statement); break;
  case SQL_CREATE_INDEX: respell_index(respeller, statement); break;
  case SQL_CREATE_VIEW: respell_view(respeller, statement); break;
  case SQL_CREATE_SCHEMA:
    respell_schema(respeller, statement->child[SCHEMA_NAME]);
    break;
  case SQL_CREATE_ENUM:
  case SQL_CREATE_DOMAIN:
  case SQL_CREATE_SEQUENCE: fold(respeller, statement->child[0]); break;
  case SQL_ALTER:
    if (statement->op == SQL_OBJECT_TABLE || statement->op == SQL_OBJECT_VIEW ||
        statement->op == SQL_OBJECT_MATERIALIZED_VIEW ||
        statement->op == SQL_OBJECT_REALTIME_VIEW)
      respell_alter(respeller, statement);
    else
      respell_object(respeller, statement->child[ALTER_NAME],
                     (enum sql_object)statement->op);
    break;
  case SQL_DROP:
    names = statement->child[DROP_NAMES];
    for (uint32_t i = 0; i < names->count; i++)
      respell_object(respeller, names->child[i], (enum sql_object)statement->op);
    break;
  case SQL_TRUNCATE:
    names = statement->child[0];
    for (uint32_t i = 0; i < names->count; i++)
      respell_relation(respeller, names->child[i]);
    break;
  case SQL_COMMENT: respell_comment(respeller, statement); break;
  case SQL_REFRESH: respell_relation(respeller, statement->child[0]); break;
  case SQL_MAINTENANCE:
    if (statement->child[0] != NULL)
      respell_relation(respeller, statement->child[0]);
    break;
  case SQL_EXPLAIN: respell_explained(respeller, statement->child[0]); break;
  case SQL_SHOW_OBJECTS: respell_show(respeller, statement); break;
  default: break;
  }
}
