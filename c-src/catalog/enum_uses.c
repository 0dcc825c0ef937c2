/* Who uses an enum, and what becomes of them when it is renamed or dropped. */
#include "catalog/enum_uses.h"

#include <string.h>

#include "catalog/alter_internal.h"
#include "sql/walk.h"

/* --- stored expressions and queries --- */

/* One of them, and how it is written back. */
struct stored {
  const struct relation *relation;
  const char *what, *name; /* "constraint" "c" */
  const char *update; /* takes the text, the relation's id and, if `keyed`, the name */
  bool keyed;
  struct sql_node *tree;
};

/* What is done with each; a result other than TIDE_OK ends it. */
struct visitor {
  struct definition *definition;
  int (*visit)(struct visitor *visitor, const struct stored *stored);
  struct type type;
  const struct sql_node *node; /* where the statement is to blame */
  const char *schema, *name;   /* of a renaming: the new ones */
  const char *label;           /* looked for as well */
  bool found;
};

static int visit_text(struct visitor *visitor, struct stored stored, const char *text,
                      bool statement) {
  struct definition *definition = visitor->definition;
  size_t consumed;
  if (text == NULL)
    return TIDE_OK;
  int code =
      statement ? sql_parse(definition->arena, text, strlen(text), SQL_DIALECT_POSTGRES,
                            &stored.tree, &consumed, definition->error)
                : sql_parse_expression(definition->arena, text, strlen(text),
                                       &stored.tree, definition->error);
  return code == TIDE_OK ? visitor->visit(visitor, &stored) : code;
}

static int visit_view(struct visitor *visitor, const struct relation *relation) {
  const struct view *view = relation->view;
  struct stored stored = {.relation = relation, .what = "view", .name = relation->name};
  if (view == NULL || view->origin != NULL)
    return TIDE_OK;
  stored.update = "UPDATE __tidemark_views SET query = ? WHERE relation_id = ?";
  int code = visit_text(visitor, stored, view->query_sql, true);
  stored.update = "UPDATE __tidemark_views SET write_filter = ? WHERE relation_id = ?";
  return code == TIDE_OK && view->write_path != NULL
             ? visit_text(visitor, stored, view->write_path->filter_sql, false)
             : code;
}

static int visit_relation(struct visitor *visitor, const struct relation *relation) {
  int code = visit_view(visitor, relation);
  for (int i = 0; i < relation->column_count && code == TIDE_OK; i++) {
    const struct column *column = &relation->columns[i];
    struct stored stored = {
        relation,
        "column",
        column->name,
        "UPDATE __tidemark_columns SET expression = ? WHERE relation_id = ?"
        " AND name = ?",
        true,
        NULL};
    if (relation->view == NULL)
      code = visit_text(visitor, stored, column->default_sql, false);
  }
  for (int i = 0; i < relation->constraint_count && code == TIDE_OK; i++) {
    const struct constraint *constraint = &relation->constraints[i];
    struct stored stored = {
        relation,
        "constraint",
        constraint->name,
        "UPDATE __tidemark_constraints SET expression = ? WHERE relation_id = ?"
        " AND name = ?",
        true,
        NULL};
    code = visit_text(visitor, stored, constraint->expression, false);
  }
  for (int i = 0; i < relation->index_count && code == TIDE_OK; i++) {
    const struct index *index = &relation->indexes[i];
    struct stored stored = {
        relation,
        "index",
        index->name,
        "UPDATE __tidemark_indexes SET definition = ? WHERE relation_id = ?"
        " AND name = ?",
        true,
        NULL};
    code = visit_text(visitor, stored, index->definition, true);
  }
  return code;
}

static int visit_all(struct visitor *visitor) {
  const struct image *image = visitor->definition->database->catalog->image;
  int code = TIDE_OK;
  for (int i = 0; i < image->relation_count && code == TIDE_OK; i++) {
    if (image->relations[i]->kind != RELATION_SYSTEM)
      code = visit_relation(visitor, image->relations[i]);
  }
  return code;
}

static bool is_named(const struct visitor *visitor, const struct sql_node *node) {
  return node->kind == SQL_TYPE &&
         bind_type_id(visitor->definition->database, node) == visitor->type.id;
}

static enum sql_walk look(const struct sql_node *node, void *context) {
  struct visitor *visitor = context;
  visitor->found |=
      is_named(visitor, node) || (visitor->label != NULL && node->kind == SQL_STRING &&
                                  strcmp(node->text, visitor->label) == 0);
  return visitor->found ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* --- other names --- */

static struct sql_node *rename_type(struct sql_node *node, void *context) {
  struct visitor *visitor = context;
  if (node == NULL || !is_named(visitor, node))
    return node;
  node->text = visitor->name;
  node->child[TYPE_SCHEMA] = sql_node_text(visitor->definition->arena, SQL_NAME,
                                           node->position, visitor->schema);
  visitor->found = true;
  return node;
}

static int write_renamed(struct visitor *visitor, const struct stored *stored) {
  struct definition *definition = visitor->definition;
  const char *text;
  visitor->found = false;
  struct sql_node *tree = sql_rewrite(stored->tree, rename_type, visitor);
  if (tree == NULL || definition->arena->failed)
    return define_nomem(definition);
  if (!visitor->found)
    return TIDE_OK;
  int code = tree_text(definition, tree, &text);
  return code == TIDE_OK ? database_write(definition->database, stored->update,
                                          stored->keyed ? "sis" : "si", text,
                                          stored->relation->id, stored->name)
                         : code;
}

int enum_rename_uses(struct definition *definition, struct type type,
                     const char *schema, const char *name) {
  struct visitor visitor = {.definition = definition,
                            .visit = write_renamed,
                            .type = type,
                            .schema = schema,
                            .name = name};
  return visit_all(&visitor);
}

/* --- other labels --- */

static bool is_of(const struct column *column, struct type type) {
  return column->type.id == type.id;
}

static int refuse_label(struct definition *definition, const struct sql_node *label,
                        const char *what, const char *name) {
  error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED, label->position,
               "renaming a label while %s %q may have it is not supported", what, name);
  error_hint(definition->error,
             "Drop it first and create it again with the new label afterwards.");
  return TIDE_ERROR_NOT_SUPPORTED;
}

static int refuse_text(struct visitor *visitor, const struct stored *stored) {
  visitor->found = false;
  sql_walk(stored->tree, look, visitor);
  return visitor->found ? refuse_label(visitor->definition, visitor->node, stored->what,
                                       stored->name)
                        : TIDE_OK;
}

/* Views that keep rows have the labels in more places than their columns. */
static int check_views(struct definition *definition, const struct relation *table,
                       const struct sql_node *label) {
  int64_t *ids;
  int count;
  int code = catalog_dependents(definition->database, definition->arena, table->id,
                                &ids, &count);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    const struct relation *view = catalog_find_id(definition->database, ids[i]);
    code = relation_keeps_rows(view)
               ? refuse_label(definition, label, "view", view->name)
               : check_views(definition, view, label);
  }
  return code;
}

int enum_check_renamable(struct definition *definition, struct type type,
                         const struct sql_node *label) {
  const struct image *image = definition->database->catalog->image;
  struct visitor visitor = {
      .definition = definition, .visit = refuse_text, .type = type, .node = label};
  visitor.label = label->text;
  int code = visit_all(&visitor);
  for (int i = 0; i < image->relation_count && code == TIDE_OK; i++) {
    const struct relation *relation = image->relations[i];
    for (int k = 0; k < relation->column_count && code == TIDE_OK; k++) {
      const struct column *column = &relation->columns[k];
      if (relation->kind == RELATION_SYSTEM || !is_of(column, type))
        continue;
      if (column->type.array)
        code = refuse_label(definition, label, "column", column->name);
      else if (relation->view != NULL && relation_keeps_rows(relation))
        code = refuse_label(definition, label, "view", relation->name);
      else
        code = check_views(definition, relation, label);
    }
  }
  return code;
}

int enum_replace_label(struct definition *definition, struct type type,
                       const char *from, const char *to) {
  const struct image *image = definition->database->catalog->image;
  struct buffer sql;
  buffer_init(&sql, definition->database->memory);
  int code = database_execute(definition->database, "PRAGMA defer_foreign_keys = on");
  for (int i = 0; i < image->relation_count && code == TIDE_OK; i++) {
    const struct relation *relation = image->relations[i];
    for (int k = 0; k < relation->column_count && code == TIDE_OK; k++) {
      const struct column *column = &relation->columns[k];
      if (relation->kind != RELATION_TABLE || !is_of(column, type) || column->generated)
        continue;
      buffer_format(&sql, "UPDATE %q SET %q = %Q WHERE %q = %Q", relation->stored,
                    column->name, to, column->name, from);
      code = define_run(definition, &sql);
    }
  }
  buffer_deinit(&sql);
  if (code == TIDE_OK)
    code = database_execute(definition->database, "PRAGMA defer_foreign_keys = off");
  return code;
}

/* --- dropping --- */

static const char *kind_word(const struct relation *relation) {
  return relation->view != NULL ? "view" : "table";
}

static int refuse_drop(struct definition *definition, struct type type,
                       const struct sql_node *node, const char *what, const char *name,
                       const struct relation *relation) {
  const char *shown = catalog_enum(definition->database, type)->shown;
  error_set_at(definition->error, TIDE_ERROR_DEPENDENTS, node->position,
               "cannot drop type %s because other objects depend on it", shown);
  error_hint(definition->error,
             "%s %s of %s %s depends on type %s. Use DROP ... CASCADE to drop columns "
             "and views too.",
             what, name, kind_word(relation), relation->name, shown);
  return TIDE_ERROR_DEPENDENTS;
}

static int note_found(struct visitor *visitor, const struct stored *stored) {
  sql_walk(stored->tree, look, visitor);
  return TIDE_OK;
}

static int refuse_named(struct visitor *visitor, const struct stored *stored) {
  visitor->found = false;
  sql_walk(stored->tree, look, visitor);
  return visitor->found ? refuse_drop(visitor->definition, visitor->type, visitor->node,
                                      stored->what, stored->name, stored->relation)
                        : TIDE_OK;
}

static void add_view(const struct relation **views, int *count,
                     const struct relation *view) {
  for (int i = 0; i < *count; i++) {
    if (views[i] == view)
      return;
  }
  views[(*count)++] = view;
}

/* Views that show a column of a table, compare it or do anything else with it. */
static int add_users(struct definition *definition, struct type type,
                     const struct relation *table, const struct relation **views,
                     int *count) {
  int code = TIDE_OK;
  for (int i = 0; i < table->column_count && code == TIDE_OK; i++) {
    const struct relation **users;
    int user_count = 0;
    if (!is_of(&table->columns[i], type))
      continue;
    code = column_users(definition, table, i, &users, &user_count);
    for (int k = 0; k < user_count && code == TIDE_OK; k++)
      add_view(views, count, users[k]);
  }
  return code;
}

int enum_views(struct definition *definition, struct type type,
               const struct relation **views, int *count) {
  const struct image *image = definition->database->catalog->image;
  int code = TIDE_OK;
  for (int i = 0; i < image->relation_count && code == TIDE_OK; i++) {
    const struct relation *relation = image->relations[i];
    struct visitor visitor = {
        .definition = definition, .visit = note_found, .type = type};
    if (relation->kind == RELATION_TABLE)
      code = add_users(definition, type, relation, views, count);
    if (relation->view == NULL || code != TIDE_OK)
      continue;
    code = visit_view(&visitor, relation);
    for (int k = 0; k < relation->column_count; k++)
      visitor.found |= is_of(&relation->columns[k], type);
    if (visitor.found)
      add_view(views, count, relation);
  }
  return code;
}

/* Each in turn: the image changes with every one. */
static int drop_columns(struct definition *definition, struct type type,
                        const struct sql_node *node) {
  const struct image *image = definition->database->catalog->image;
  int code = TIDE_OK;
  for (int i = 0; i < image->relation_count && code == TIDE_OK; i++) {
    const struct relation *relation = image->relations[i];
    for (int k = 0; k < relation->column_count && code == TIDE_OK; k++) {
      if (relation->kind != RELATION_TABLE || !is_of(&relation->columns[k], type))
        continue;
      struct sql_node *action =
          sql_node_text(definition->arena, SQL_ACTION, node->position,
                        arena_string(definition->arena, relation->columns[k].name));
      if (action == NULL || action->text == NULL)
        return define_nomem(definition);
      action->op = SQL_DROP_COLUMN;
      action->flags = SQL_CASCADE;
      code = alter_drop_column(definition, relation->id, action);
      image = definition->database->catalog->image;
      relation = image->relations[i];
      k = -1;
    }
  }
  return code;
}

static int check_unused(struct definition *definition, struct type type,
                        const struct sql_node *node) {
  const struct image *image = definition->database->catalog->image;
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *relation = image->relations[i];
    for (int k = 0; k < relation->column_count; k++) {
      if (relation->kind != RELATION_SYSTEM && is_of(&relation->columns[k], type))
        return refuse_drop(definition, type, node, "column", relation->columns[k].name,
                           relation);
    }
  }
  struct visitor visitor = {
      .definition = definition, .visit = refuse_named, .type = type, .node = node};
  return visit_all(&visitor);
}

int drop_enum(struct definition *definition, struct type type,
              const struct sql_node *node, bool cascade) {
  int code = cascade ? drop_columns(definition, type, node) : TIDE_OK;
  if (code == TIDE_OK)
    code = check_unused(definition, type, node);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "DELETE FROM __tidemark_types WHERE id = ?", "i",
                          (int64_t)type_enum_number(type));
  return code == TIDE_OK ? define_reload(definition) : code;
}
