/* Who uses an enum or a domain, and what becomes of them when it is renamed or dropped. */
#include "catalog/type_uses.h"

#include <string.h>

#include "catalog/alter_internal.h"
#include "catalog/stored_text.h"
#include "sql/walk.h"

/* What is looked for. */
struct search {
  struct definition *definition;
  struct type type;
  const struct sql_node *node; /* where the statement is to blame */
  const char *schema, *name;   /* of a renaming: the new ones */
  const char *label;           /* looked for as well */
  bool found;
};

bool type_involves(const struct database *database, struct type used,
                   struct type type) {
  if (type.domain == 0)
    return type_is_enum(type) && used.id == type.id;
  while (used.domain != 0 && used.domain != type.domain)
    used = catalog_domain(database, used)->type;
  return used.domain == type.domain;
}

static bool is_named(const struct search *search, const struct sql_node *node) {
  struct type named;
  return node->kind == SQL_TYPE &&
         bind_named_type(search->definition->database, node, &named) &&
         type_involves(search->definition->database, named, search->type);
}

static enum sql_walk look(const struct sql_node *node, void *context) {
  struct search *search = context;
  search->found |=
      is_named(search, node) || (search->label != NULL && node->kind == SQL_STRING &&
                                 strcmp(node->text, search->label) == 0);
  return search->found ? SQL_WALK_STOP : SQL_WALK_ON;
}

/* --- other names --- */

static struct sql_node *rename_type(struct sql_node *node, void *context) {
  struct search *search = context;
  struct type named;
  if (node == NULL || node->kind != SQL_TYPE ||
      !bind_named_type(search->definition->database, node, &named) ||
      !type_equal(named, search->type))
    return node;
  node->text = search->name;
  node->child[TYPE_SCHEMA] = sql_node_text(search->definition->arena, SQL_NAME,
                                           node->position, search->schema);
  search->found = true;
  return node;
}

static int write_renamed(struct definition *definition,
                         const struct stored_text *stored, void *context) {
  struct search *search = context;
  search->found = false;
  struct sql_node *tree = sql_rewrite(stored->tree, rename_type, search);
  if (tree == NULL || definition->arena->failed)
    return define_nomem(definition);
  return search->found ? stored_text_write(definition, stored, tree) : TIDE_OK;
}

int type_rename_uses(struct definition *definition, struct type type,
                     const char *schema, const char *name) {
  struct search search = {
      .definition = definition, .type = type, .schema = schema, .name = name};
  return stored_texts(definition, write_renamed, &search);
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

static int refuse_text(struct definition *definition, const struct stored_text *stored,
                       void *context) {
  struct search *search = context;
  search->found = false;
  sql_walk(stored->tree, look, search);
  return search->found
             ? refuse_label(definition, search->node, stored->what, stored->name)
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
  struct search search = {
      .definition = definition, .type = type, .node = label, .label = label->text};
  int code = stored_texts(definition, refuse_text, &search);
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

static int refuse_drop(struct definition *definition, struct type type,
                       const struct sql_node *node, const struct stored_text *user) {
  char shown[BIND_TYPE_TEXT_MAX];
  catalog_format_type(definition->database, type, shown, sizeof shown);
  error_set_at(definition->error, TIDE_ERROR_DEPENDENTS, node->position,
               "cannot drop type %s because other objects depend on it", shown);
  error_hint(definition->error,
             "%s %s of %s %s depends on type %s. Use DROP ... CASCADE to drop columns, "
             "domains and views too.",
             user->what, user->name, user->owner_kind, user->owner, shown);
  return TIDE_ERROR_DEPENDENTS;
}

static int note_found(struct definition *definition, const struct stored_text *stored,
                      void *context) {
  (void)definition;
  struct search *search = context;
  sql_walk(stored->tree, look, search);
  return TIDE_OK;
}

/* Does it belong to a domain that goes with the type? */
static bool goes_too(const struct search *search, const struct stored_text *stored) {
  const struct domain *domain =
      strcmp(stored->owner_kind, "domain") == 0
          ? image_domain(search->definition->database->catalog->image, stored->id)
          : NULL;
  return domain != NULL &&
         type_involves(search->definition->database, domain_type(domain), search->type);
}

static int refuse_named(struct definition *definition, const struct stored_text *stored,
                        void *context) {
  struct search *search = context;
  search->found = false;
  if (!goes_too(search, stored))
    sql_walk(stored->tree, look, search);
  return search->found ? refuse_drop(definition, search->type, search->node, stored)
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
    if (!type_involves(definition->database, table->columns[i].type, type))
      continue;
    code = column_users(definition, table, i, &users, &user_count);
    for (int k = 0; k < user_count && code == TIDE_OK; k++)
      add_view(views, count, users[k]);
  }
  return code;
}

int type_views(struct definition *definition, struct type type,
               const struct relation **views, int *count) {
  const struct image *image = definition->database->catalog->image;
  int code = TIDE_OK;
  for (int i = 0; i < image->relation_count && code == TIDE_OK; i++) {
    const struct relation *relation = image->relations[i];
    struct search search = {.definition = definition, .type = type};
    if (relation->kind == RELATION_TABLE)
      code = add_users(definition, type, relation, views, count);
    if (relation->view == NULL || code != TIDE_OK)
      continue;
    code = stored_texts_of_view(definition, relation, note_found, &search);
    for (int k = 0; k < relation->column_count; k++)
      search.found |=
          type_involves(definition->database, relation->columns[k].type, type);
    if (search.found)
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
      if (relation->kind != RELATION_TABLE ||
          !type_involves(definition->database, relation->columns[k].type, type))
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
  const struct database *database = definition->database;
  const struct image *image = database->catalog->image;
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *relation = image->relations[i];
    for (int k = 0; k < relation->column_count; k++) {
      struct stored_text user =
          stored_text_of(relation, "column", relation->columns[k].name, NULL);
      if (relation->kind != RELATION_SYSTEM &&
          type_involves(database, relation->columns[k].type, type))
        return refuse_drop(definition, type, node, &user);
    }
  }
  struct search search = {.definition = definition, .type = type, .node = node};
  return stored_texts(definition, refuse_named, &search);
}

static int forget(struct definition *definition, struct type type) {
  return type.domain != 0
             ? database_write(definition->database,
                              "DELETE FROM __tidemark_domains WHERE id = ?", "i",
                              (int64_t)type.domain)
             : database_write(definition->database,
                              "DELETE FROM __tidemark_types WHERE id = ?", "i",
                              (int64_t)type_enum_number(type));
}

/* The domains over it go first, the last one made before those that it may be over. */
static int forget_all(struct definition *definition, struct type type,
                      const struct sql_node *node, bool cascade) {
  const struct image *image = definition->database->catalog->image;
  int code = TIDE_OK;
  for (int i = image->domain_count - 1; i >= 0 && code == TIDE_OK; i--) {
    const struct domain *domain = &image->domains[i];
    struct stored_text user = {"type", domain->name, "domain", domain->name,
                               0,      NULL,         false,    NULL};
    if (domain->number == type.domain ||
        !type_involves(definition->database, domain->type, type))
      continue;
    code = cascade ? forget(definition, domain_type(domain))
                   : refuse_drop(definition, type, node, &user);
  }
  return code == TIDE_OK ? forget(definition, type) : code;
}

int drop_type(struct definition *definition, struct type type,
              const struct sql_node *node, bool cascade) {
  int code = cascade ? drop_columns(definition, type, node) : TIDE_OK;
  if (code == TIDE_OK)
    code = check_unused(definition, type, node);
  if (code == TIDE_OK)
    code = forget_all(definition, type, node, cascade);
  return code == TIDE_OK ? define_reload(definition) : code;
}
