/* Making, replacing and dropping tables tv_<entity>: a realtime view under that name, and a view v_<entity> over it
 * for others to embed. */
#include <string.h>

#include "extension/internal.h"
#include "extension/settings.h"
#include "sql/print.h"
#include "view/live.h"
#include "view/view.h"

/* --- parts --- */

static int print_query(struct database *database, struct arena *arena,
                       const struct sql_node *query, const char **text) {
  struct buffer out;
  buffer_init(&out, database->memory);
  int code = sql_print(query, SQL_DIALECT_POSTGRES, &out, database->error);
  *text =
      code == TIDE_OK && !out.failed ? arena_string(arena, buffer_string(&out)) : NULL;
  if (code == TIDE_OK && !*text)
    code = extension_nomem(database);
  buffer_deinit(&out);
  return code;
}

/* What CREATE REALTIME VIEW is told of a query that depends on the time. */
static int time_options(struct database *database, struct arena *arena,
                        struct sql_node *view) {
  struct sql_node *model;
  int code = extension_parse(database, arena,
                             "CREATE REALTIME VIEW v AS SELECT 1"
                             " WITH (time_refresh = 'external')",
                             &model);
  if (code == TIDE_OK)
    view->child[VIEW_OPTIONS] = model->child[VIEW_OPTIONS];
  return code;
}

static int define_rows(struct database *database, struct arena *arena,
                       const struct tview_request *request, uint32_t flags,
                       int64_t *id) {
  struct sql_node *view = sql_node_new(arena, SQL_CREATE_VIEW, request->name->position);
  if (!view)
    return extension_nomem(database);
  view->op = SQL_REALTIME;
  view->flags = flags | (request->no_data ? SQL_NO_DATA : 0);
  view->child[VIEW_NAME] = sql_clone(arena, request->name);
  view->child[VIEW_QUERY] = sql_clone(arena, request->query);
  if (!view->child[VIEW_NAME] || !view->child[VIEW_QUERY])
    return extension_nomem(database);
  int code = request->time_dependent ? time_options(database, arena, view) : TIDE_OK;
  return code == TIDE_OK ? extension_define_view(database, arena, view, id) : code;
}

static int check_depth(struct database *database, const char *entity) {
  int64_t depth;
  int most = tview_max_depth(database);
  int code = extension_number(database, &depth,
                              "SELECT coalesce(max(depth), 0) FROM"
                              " \"tidemark.tview_reads\" WHERE source_entity NOTNULL");
  if (code != TIDE_OK || depth <= most)
    return code;
  error_set(database->error, TIDE_ERROR_TOO_DEEP,
            "dependency depth %lld exceeds the maximum of %d", (long long)depth, most);
  error_hint(database->error, "Let tv_%s read tables in place of other TVIEWs.",
             entity);
  return TIDE_ERROR_TOO_DEEP;
}

static bool reads(struct database *database, struct arena *arena, int64_t id,
                  int64_t source, int *code) {
  int64_t *ids = NULL;
  int count = 0;
  *code = catalog_sources(database, arena, id, &ids, &count);
  for (int i = 0; *code == TIDE_OK && i < count; i++) {
    if (ids[i] == source)
      return true;
  }
  return false;
}

/* The view v_<entity>: made, unless the query itself reads one of that name. */
static int define_backing(struct database *database, struct arena *arena,
                          struct tview *tview) {
  const char *name = arena_format(arena, "v_%s", tview->entity);
  if (!name)
    return extension_nomem(database);
  const struct relation *existing = catalog_find(database, tview->schema, name);
  int code = TIDE_OK;
  if (existing) {
    tview->backing = existing->id;
    if (existing->view && reads(database, arena, tview->id, existing->id, &code))
      return code;
    if (code != TIDE_OK)
      return code;
    error_set(database->error, TIDE_ERROR_DUPLICATE_TABLE, "relation %q already exists",
              name);
    error_hint(database->error, "%s is the view that other TVIEWs embed for tv_%s.",
               name, tview->entity);
    return TIDE_ERROR_DUPLICATE_TABLE;
  }
  tview->owned = true;
  code = extension_define(database, arena, "CREATE VIEW %q.%q AS SELECT * FROM %q.%q",
                          tview->schema, name, tview->schema, tview->name);
  if (code == TIDE_OK)
    tview->backing = catalog_find(database, tview->schema, name)->id;
  return code;
}

static int record(struct database *database, struct arena *arena,
                  const struct tview *tview, const char *options) {
  const char *type = tview_type_name(arena, tview->entity);
  if (!type)
    return extension_nomem(database);
  return database_write(
      database,
      "INSERT INTO __tidemark_tviews (relation_id, entity, backing_id, owned,"
      " definition, options, type_name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      "isiisssi", tview->id, tview->entity, tview->backing, (int64_t)tview->owned,
      tview->definition, options, type, database->now);
}

/* --- create --- */

static int check_free(struct database *database, const struct tview_request *request,
                      bool *exists) {
  const struct sql_node *schema = request->name->child[NAME_SCHEMA];
  *exists =
      catalog_find(database, schema ? schema->text : NULL, request->name->text) != NULL;
  if (!*exists || request->if_not_exists)
    return TIDE_OK;
  return error_set_at(database->error, TIDE_ERROR_DUPLICATE_TABLE,
                      request->name->position, "relation %q already exists",
                      request->name->text);
}

static int create(struct database *database, struct arena *arena,
                  const struct tview_request *request, const char *operation) {
  struct tview tview = {0};
  int code = shape_check(database, arena, request->name, request->query, &tview.entity);
  if (code == TIDE_OK)
    code = print_query(database, arena, request->query, &tview.definition);
  if (code == TIDE_OK)
    code = define_rows(database, arena, request, 0, &tview.id);
  if (code != TIDE_OK)
    return code;
  const struct relation *relation = catalog_find_id(database, tview.id);
  tview.schema = arena_string(arena, relation->schema);
  tview.name = request->name->text;
  if (!tview.schema)
    return extension_nomem(database);
  code = define_backing(database, arena, &tview);
  if (code == TIDE_OK)
    code = record(database, arena, &tview, request->options);
  if (code == TIDE_OK)
    code = check_depth(database, tview.entity);
  return code == TIDE_OK ? tview_log(database, operation, tview.entity) : code;
}

int tview_create(struct database *database, struct arena *arena,
                 const struct tview_request *request) {
  bool exists;
  int code = check_free(database, request, &exists);
  return code == TIDE_OK && !exists ? create(database, arena, request, "CREATE") : code;
}

/* --- drop --- */

int tview_drop(struct database *database, struct arena *arena,
               const struct tview *tview, bool cascade) {
  const char *behavior = cascade ? "CASCADE" : "RESTRICT";
  const char *backing = arena_format(arena, "v_%s", tview->entity);
  int code = backing ? live_give_way(database) : extension_nomem(database);
  if (code == TIDE_OK && tview->owned)
    code = extension_define(database, arena, "DROP VIEW IF EXISTS %q.%q %s",
                            tview->schema, backing, behavior);
  if (code == TIDE_OK)
    code = extension_define(database, arena, "DROP REALTIME VIEW %q.%q %s",
                            tview->schema, tview->name, behavior);
  return code == TIDE_OK ? tview_log(database, "DROP", tview->entity) : code;
}

/* --- replace --- */

static bool same_columns(const struct binding *binding,
                         const struct relation *relation) {
  if (binding->result_count != relation->column_count)
    return false;
  for (int i = 0; i < relation->column_count; i++) {
    struct type before = relation->columns[i].type, after = binding->result_types[i];
    if (strcmp(binding->result_names[i], relation->columns[i].name) != 0 ||
        before.id != after.id || before.array != after.array)
      return false;
  }
  return true;
}

/* Those that read it are computed anew, in order. */
static int refresh_readers(struct database *database, struct arena *arena, int64_t id) {
  int64_t *ids = NULL;
  int count = 0;
  int code = tview_readers(database, arena, id, &ids, &count);
  for (int i = 0; i < count && code == TIDE_OK; i++)
    code = view_refresh(database, ids[i]);
  return code;
}

/* The columns stay: readers and the view over it stay too. */
static int replace_query(struct database *database, struct arena *arena,
                         const struct tview_request *request, const struct tview *tview,
                         const char *definition) {
  int64_t id;
  int code = live_give_way(database);
  if (code == TIDE_OK)
    code = define_rows(database, arena, request, SQL_OR_REPLACE, &id);
  if (code == TIDE_OK)
    code = database_write(database,
                          "UPDATE __tidemark_tviews SET definition = ?1, options = ?2"
                          " WHERE relation_id = ?3",
                          "ssi", definition, request->options, tview->id);
  if (code == TIDE_OK)
    code = check_depth(database, tview->entity);
  if (code == TIDE_OK)
    code = refresh_readers(database, arena, tview->id);
  return code == TIDE_OK ? tview_log(database, "ALTER", tview->entity) : code;
}

static int replace(struct database *database, struct arena *arena,
                   const struct tview_request *request, const struct tview *tview,
                   const char *definition, const char **outcome) {
  struct binding binding;
  struct sql_node *bound;
  int code = shape_bind(database, arena, request->query, &binding, &bound);
  if (code != TIDE_OK)
    return code;
  bool same = same_columns(&binding, catalog_find_id(database, tview->id));
  *outcome = same ? "replaced" : "rebuilt";
  if (same)
    return replace_query(database, arena, request, tview, definition);
  code = tview_drop(database, arena, tview, false);
  return code == TIDE_OK ? create(database, arena, request, "ALTER") : code;
}

int tview_create_or_replace(struct database *database, struct arena *arena,
                            const struct tview_request *request, const char **outcome) {
  struct tview tview;
  const char *entity, *definition;
  int code = tview_find(database, arena, request->name->text, &tview);
  if (code == TIDE_OK && tview.id == 0) {
    *outcome = "created";
    return tview_create(database, arena, request);
  }
  if (code == TIDE_OK)
    code = shape_check(database, arena, request->name, request->query, &entity);
  if (code == TIDE_OK)
    code = print_query(database, arena, request->query, &definition);
  if (code != TIDE_OK)
    return code;
  if (strcmp(definition, tview.definition) != 0)
    return replace(database, arena, request, &tview, definition, outcome);
  *outcome = "unchanged";
  if (strcmp(request->options, tview.options) == 0)
    return TIDE_OK;
  *outcome = "altered";
  bool external = catalog_find_id(database, tview.id)->view->time_refresh;
  if (external != request->time_dependent)
    return replace_query(database, arena, request, &tview, definition);
  return database_write(
      database, "UPDATE __tidemark_tviews SET options = ?1 WHERE relation_id = ?2",
      "si", request->options, tview.id);
}
