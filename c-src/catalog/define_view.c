/* CREATE VIEW and ALTER VIEW: the catalog's side. */
#include <string.h>

#include "catalog/view_internal.h"

static bool is_view_kind(const struct relation *relation, enum sql_object object) {
  if (relation->view == NULL)
    return false;
  switch (object) {
  case SQL_OBJECT_MATERIALIZED_VIEW:
    return relation->view->mode == SQL_MATERIALIZED_VIEW;
  case SQL_OBJECT_REALTIME_VIEW: return relation->view->mode == SQL_REALTIME;
  default: return relation->view->mode == SQL_RUNTIME;
  }
}

static const char *mode_word(enum sql_view_mode mode) {
  switch (mode) {
  case SQL_MATERIALIZED_VIEW: return "materialized view";
  case SQL_REALTIME: return "realtime view";
  default: return "view";
  }
}

/* --- CREATE VIEW --- */

/* The view there is already, if any: kept, replaced, or an error. */
static int find_existing(struct definition *definition,
                         const struct sql_node *statement, const char *schema,
                         const struct relation **existing) {
  const struct sql_node *name = statement->child[VIEW_NAME];
  *existing = catalog_find(definition->database, schema, name->text);
  if (*existing == NULL)
    return define_check_free(definition, name, schema, name->text);
  if ((statement->flags & SQL_IF_NOT_EXISTS) != 0)
    return TIDE_OK;
  if ((statement->flags & SQL_OR_REPLACE) == 0)
    return error_set_at(definition->error, TIDE_ERROR_DUPLICATE_TABLE, name->position,
                        "relation %q already exists", name->text);
  enum sql_view_mode mode = (enum sql_view_mode)statement->op;
  if ((*existing)->view == NULL || (*existing)->view->mode != mode)
    return error_set_at(definition->error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
                        "%q is not a %s", name->text, mode_word(mode));
  return TIDE_OK;
}

static int create_view(struct definition *definition, const struct sql_node *statement,
                       struct defined_view *defined) {
  const struct sql_node *name = statement->child[VIEW_NAME];
  const struct schema *schema;
  const struct relation *existing;
  struct view_record record = {.name = name->text,
                               .mode = (enum sql_view_mode)statement->op,
                               .names = statement->child[VIEW_COLUMNS]};
  if ((statement->flags & SQL_TEMPORARY) != 0)
    return define_no_temporary(definition, statement, "a temporary view");
  int code = define_target_schema(definition, name, &schema);
  if (code == TIDE_OK)
    code = define_check_name(definition, name, "relation", name->text);
  if (code == TIDE_OK)
    code = find_existing(definition, statement, schema->name, &existing);
  if (code != TIDE_OK || (existing && (statement->flags & SQL_IF_NOT_EXISTS) != 0))
    return code;
  options_init(&record.options);
  code = options_set(definition->error, statement->child[VIEW_OPTIONS], record.mode,
                     &record.options);
  record.schema = schema->name;
  record.query = sql_clone(definition->arena, statement->child[VIEW_QUERY]);
  if (code == TIDE_OK && record.query == NULL)
    code = define_nomem(definition);
  if (code == TIDE_OK && existing != NULL)
    record.id = existing->id;
  else if (code == TIDE_OK)
    code = record_relation(definition, schema, "view", name->text, &record.id);
  if (code == TIDE_OK)
    code = record_view(definition, &record);
  *defined = (struct defined_view){.id = record.id,
                                   .replaced = existing != NULL,
                                   .with_data = (statement->flags & SQL_NO_DATA) == 0};
  return code;
}

/* --- ALTER VIEW --- */

/* NULL without an error: IF EXISTS, and there is none. */
static int find_altered(struct definition *definition, const struct sql_node *statement,
                        const struct relation **view) {
  const struct sql_node *name = statement->child[ALTER_NAME];
  int code = define_find(definition, name, view);
  if (code != TIDE_OK) {
    *view = NULL;
    if ((statement->flags & SQL_IF_EXISTS) == 0 ||
        (code != TIDE_ERROR_UNDEFINED_TABLE && code != TIDE_ERROR_UNDEFINED_SCHEMA))
      return code;
    error_clear(definition->error);
    return TIDE_OK;
  }
  if ((*view)->kind == RELATION_SYSTEM)
    return error_set_at(definition->error, TIDE_ERROR_PRIVILEGE, name->position,
                        "permission denied: %q is a system relation", name->text);
  if (!is_view_kind(*view, (enum sql_object)statement->op))
    return error_set_at(definition->error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
                        "%q is not a %s", name->text,
                        statement->op == SQL_OBJECT_MATERIALIZED_VIEW
                            ? "materialized view"
                        : statement->op == SQL_OBJECT_REALTIME_VIEW ? "realtime view"
                                                                    : "view");
  return TIDE_OK;
}

static int alter_query(struct definition *definition, const struct sql_node *statement,
                       struct defined_view *defined) {
  const struct sql_node *action = statement->child[ALTER_ACTIONS]->child[0];
  const struct relation *view;
  struct view_record record;
  int code = find_altered(definition, statement, &view);
  if (code != TIDE_OK || view == NULL)
    return code;
  bool foreign = view->view->origin != NULL, filled = view->view->filled;
  code = read_view_record(definition, view, &record);
  record.names = NULL; /* they belonged to the query before */
  record.query = sql_clone(definition->arena, action->child[ACTION_DEFINITION]);
  if (code == TIDE_OK && record.query == NULL)
    code = define_nomem(definition);
  if (code == TIDE_OK)
    code = record_view(definition, &record);
  *defined = (struct defined_view){
      .id = record.id, .replaced = true, .with_data = foreign || filled};
  return code;
}

int define_view(struct database *database, struct arena *arena,
                const struct sql_node *statement, struct defined_view *defined) {
  struct definition definition;
  *defined = (struct defined_view){0};
  int code = define_begin(&definition, database, arena);
  if (code != TIDE_OK)
    return code;
  code = statement->kind == SQL_ALTER ? alter_query(&definition, statement, defined)
                                      : create_view(&definition, statement, defined);
  return define_end(&definition, code);
}

/* --- ids of views whose rows are void --- */

struct changed {
  int64_t *ids;
  int count, capacity;
};

static int note_changed(struct definition *definition, struct changed *changed,
                        int64_t id) {
  if (changed->count == changed->capacity) {
    int capacity = changed->capacity == 0 ? 4 : 2 * changed->capacity;
    int64_t *larger = arena_alloc(definition->arena, (size_t)capacity * sizeof *larger);
    if (larger == NULL)
      return define_nomem(definition);
    if (changed->count > 0)
      memcpy(larger, changed->ids, (size_t)changed->count * sizeof *larger);
    changed->ids = larger;
    changed->capacity = capacity;
  }
  changed->ids[changed->count++] = id;
  return TIDE_OK;
}

/* --- options --- */

static bool same_text(const char *left, const char *right) {
  return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

static const char *origin_with(struct definition *definition,
                               const struct view_record *record) {
  if (!record->options.inherits)
    return record->options.replication_origin;
  const struct schema *schema =
      catalog_find_schema(definition->database, record->schema);
  return schema == NULL ? NULL : schema->default_replication_origin;
}

/* Another origin, policy or version column makes the rows kept so far void; for another origin all that was known of
 * the old one is forgotten too. */
static int apply_options(struct definition *definition, const struct relation *view,
                         struct view_record *record, struct changed *changed) {
  const char *origin = origin_with(definition, record);
  bool moved = !same_text(origin, view->view->origin);
  enum write_policy policy = same_text(record->options.write_policy, "local_first")
                                 ? WRITE_LOCAL_FIRST
                                 : WRITE_ORIGIN_FIRST;
  bool rows_void =
      moved || policy != view->view->write_policy ||
      !same_text(record->options.upstream_mvcc_key, view->view->upstream_mvcc_key);
  int code = TIDE_OK;
  if (moved)
    code = record_view(definition, record);
  else if (origin == NULL)
    code = view_check_query(definition, record);
  if (code == TIDE_OK && !moved)
    code = record_view_options(definition, record->id, &record->options, origin);
  if (code == TIDE_OK && !moved)
    code = define_reload(definition);
  return code == TIDE_OK && rows_void ? note_changed(definition, changed, record->id)
                                      : code;
}

static int alter_options(struct definition *definition, const struct relation *view,
                         const struct sql_node *action, struct changed *changed) {
  struct view_record record;
  const struct sql_node *list = action->child[ACTION_DEFINITION];
  int code = read_view_record(definition, view, &record);
  if (code == TIDE_OK && action->op == SQL_SET_OPTIONS)
    code = options_set(definition->error, list, record.mode, &record.options);
  else if (code == TIDE_OK)
    code = options_reset(definition->error, list, record.mode, &record.options);
  return code == TIDE_OK ? apply_options(definition, view, &record, changed) : code;
}

static int alter_action(struct definition *definition, const struct relation *view,
                        const struct sql_node *action, struct changed *changed) {
  switch ((enum sql_action)action->op) {
  case SQL_SET_OPTIONS:
  case SQL_RESET_OPTIONS: return alter_options(definition, view, action, changed);
  case SQL_RENAME_TO:
  case SQL_SET_SCHEMA: return alter_name(definition, view, action);
  default: return define_unsupported(definition, action, "this ALTER VIEW");
  }
}

static int alter_view(struct definition *definition, const struct sql_node *statement,
                      struct changed *changed) {
  const struct sql_node *actions = statement->child[ALTER_ACTIONS];
  const struct relation *view;
  int code = find_altered(definition, statement, &view);
  if (code != TIDE_OK || view == NULL)
    return code;
  int64_t id = view->id;
  for (uint32_t i = 0; i < actions->count && code == TIDE_OK; i++)
    code = alter_action(definition, catalog_find_id(definition->database, id),
                        actions->child[i], changed);
  return code;
}

/* --- ALTER SCHEMA … default_replication_origin --- */

/* Every view of the schema that inherits gets its origin anew. */
static int rederive(struct definition *definition, const char *schema,
                    struct changed *changed) {
  const struct image *image = definition->database->catalog->image;
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *view = image->relations[i];
    struct view_record record;
    if (strcmp(view->schema, schema) != 0 || view->view == NULL)
      continue;
    int code = read_view_record(definition, view, &record);
    if (code == TIDE_OK && record.options.inherits)
      code = apply_options(definition, view, &record, changed);
    if (code != TIDE_OK) {
      error_hint(definition->error, "View %q inherits its origin from schema %q.",
                 record.name, schema);
      return code;
    }
    image = definition->database->catalog->image; /* in the same order */
  }
  return TIDE_OK;
}

static int alter_default_origin(struct definition *definition,
                                const struct sql_node *statement,
                                struct changed *changed) {
  const struct sql_node *actions = statement->child[ALTER_ACTIONS];
  const struct sql_node *name = statement->child[ALTER_NAME];
  const struct schema *schema;
  int code = define_find_schema(definition, name, &schema);
  int64_t id = code == TIDE_OK ? schema->id : 0;
  for (uint32_t i = 0; i < actions->count && code == TIDE_OK; i++) {
    const struct sql_node *action = actions->child[i];
    const struct sql_node *list = action->child[ACTION_DEFINITION];
    const char *origin = NULL;
    code = action->op == SQL_SET_OPTIONS
               ? options_of_schema(definition->error, list, &origin)
               : options_reset_schema(definition->error, list);
    if (code == TIDE_OK)
      code =
          database_write(definition->database,
                         "UPDATE __tidemark_schemas SET default_replication_origin = ?"
                         " WHERE id = ?",
                         "si", origin, id);
  }
  if (code == TIDE_OK)
    code = define_reload(definition);
  return code == TIDE_OK ? rederive(definition, name->text, changed) : code;
}

int define_alter_view(struct database *database, struct arena *arena,
                      const struct sql_node *statement, int64_t **ids, int *count) {
  struct definition definition;
  struct changed changed = {0};
  *ids = NULL;
  *count = 0;
  int code = define_begin(&definition, database, arena);
  if (code != TIDE_OK)
    return code;
  if (statement->op != SQL_OBJECT_SCHEMA)
    code = alter_view(&definition, statement, &changed);
  else if (statement->child[ALTER_ACTIONS]->child[0]->op == SQL_RENAME_TO)
    code = alter_schema(&definition, statement);
  else
    code = alter_default_origin(&definition, statement, &changed);
  code = define_end(&definition, code);
  if (code == TIDE_OK) {
    *ids = changed.ids;
    *count = changed.count;
  }
  return code;
}
