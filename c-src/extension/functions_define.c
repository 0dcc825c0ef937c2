/* Functions that define TVIEWs. */
#include <string.h>

#include "extension/internal.h"
#include "extension/settings.h"

/* tv_x or schema.tv_x as a name in a tree. */
static struct sql_node *name_node(struct arena *arena, const char *text) {
  const char *dot = strchr(text, '.');
  struct sql_node *name = sql_node_text(arena, SQL_NAME, 0, dot ? dot + 1 : text);
  if (!name || !dot)
    return name;
  const char *schema = arena_copy(arena, text, (size_t)(dot - text));
  name->child[NAME_SCHEMA] = schema ? sql_node_text(arena, SQL_NAME, 0, schema) : NULL;
  return name;
}

static int make_request(struct extension_call *call, const char *query,
                        struct tview_request *request) {
  struct sql_node *tree;
  *request = (struct tview_request){
      .options = tview_default_options(call->database, call->arena),
      .time_dependent = call->database->tviews.time_external};
  int code = extension_parse(call->database, call->arena, query, &tree);
  request->name = name_node(call->arena, call->argument[0]);
  request->query = tree;
  if (code == TIDE_OK && call->arena->failed)
    code = extension_nomem(call->database);
  return code;
}

int tviews_create(struct extension_call *call) {
  struct tview_request request;
  int code = argument_required(call, 2);
  if (code == TIDE_OK)
    code = make_request(call, call->argument[1], &request);
  if (code == TIDE_OK)
    code = tview_create(call->database, call->arena, &request);
  return code == TIDE_OK
             ? answer_text(call, "TVIEW '%s' created successfully", call->argument[0])
             : extension_without_position(call->database, code);
}

/* --- options --- */

/* The first thing wrong with them, as SQLite's JSON functions see it; null is the default of
 * each. */
static const char options_query[] =
    "SELECT key FROM json_each(?1) WHERE json_type(?1) <> 'object' OR CASE"
    " WHEN type = 'null' THEN key NOT IN ('logged', 'fillfactor', 'data_gin_index',"
    "  'group_keys', 'uncascaded_policy', 'uncascaded_tables', 'function_reads',"
    "  'time_refresh') ELSE CASE key"
    " WHEN 'logged' THEN value IS NOT 1 OR type <> 'true'"
    " WHEN 'fillfactor' THEN type <> 'integer' OR value NOT BETWEEN 10 AND 100"
    " WHEN 'data_gin_index' THEN type NOT IN ('true', 'false')"
    " WHEN 'group_keys' THEN type <> 'object'"
    " WHEN 'uncascaded_policy' THEN value NOT IN ('error', 'full_refresh', 'warn')"
    " WHEN 'uncascaded_tables' THEN type <> 'object'"
    " WHEN 'function_reads' THEN type <> 'object'"
    " WHEN 'time_refresh' THEN value <> 'external'"
    " ELSE true END END LIMIT 1";

static int check_options(struct extension_call *call, const char *options) {
  struct database *database = call->database;
  sqlite3_stmt *statement = NULL;
  bool wrong = false;
  int code = database_query(database, &statement, options_query, "s", options);
  if (code == TIDE_OK)
    code = database_step(database, statement, &wrong);
  if (code == TIDE_OK && wrong) {
    code = error_set(database->error, TIDE_ERROR_INVALID_PARAMETER,
                     "option %Q is not one of a TVIEW, or has a wrong value",
                     (const char *)sqlite3_column_text(statement, 0));
    error_hint(database->error,
               "Options are logged, fillfactor, data_gin_index, group_keys,"
               " uncascaded_policy, uncascaded_tables, function_reads, time_refresh.");
  }
  sqlite3_finalize(statement);
  return code;
}

/* Options that are not given stay what they are: those of the TVIEW that is there, or the
 * defaults; *external: the time that its query depends on is somebody else's business. */
static int complete_options(struct extension_call *call, const char *options,
                            struct tview_request *request) {
  struct database *database = call->database;
  sqlite3_stmt *statement = NULL;
  struct tview tview;
  bool row;
  int code = tview_find(database, call->arena, call->argument[0], &tview);
  if (code == TIDE_OK)
    code =
        database_query(database, &statement,
                       "SELECT o, json_extract(o, '$.time_refresh') IS 'external'"
                       " FROM (SELECT json_patch(?1, ?2) AS o)",
                       "ss", tview.id != 0 ? tview.options : request->options, options);
  if (code == TIDE_OK)
    code = database_step(database, statement, &row);
  if (code == TIDE_OK) {
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    request->options = text ? arena_string(call->arena, text) : NULL;
    request->time_dependent = sqlite3_column_int(statement, 1) != 0;
    code = request->options ? TIDE_OK : extension_nomem(database);
  }
  sqlite3_finalize(statement);
  return code;
}

int tviews_create_or_replace(struct extension_call *call) {
  struct tview_request request;
  const char *outcome = NULL;
  const char *options = call->argument[2] ? call->argument[2] : "{}";
  int code = argument_required(call, 2);
  if (code == TIDE_OK)
    code = check_options(call, options);
  if (code == TIDE_OK)
    code = make_request(call, call->argument[1], &request);
  if (code == TIDE_OK)
    code = complete_options(call, options, &request);
  if (code == TIDE_OK)
    code = tview_create_or_replace(call->database, call->arena, &request, &outcome);
  return code == TIDE_OK ? answer_text(call, "%s", outcome)
                         : extension_without_position(call->database, code);
}

int tviews_create_aggregate(struct extension_call *call) {
  struct tview_request request;
  const char *options = NULL;
  int code = argument_required(call, 3);
  if (code == TIDE_OK) {
    options = arena_format(call->arena, "{\"group_keys\": %s}", call->argument[2]);
    code = options ? check_options(call, options) : extension_nomem(call->database);
  }
  if (code == TIDE_OK)
    code = make_request(call, call->argument[1], &request);
  if (code == TIDE_OK)
    code = complete_options(call, options, &request);
  if (code == TIDE_OK)
    code = tview_create(call->database, call->arena, &request);
  return code == TIDE_OK
             ? answer_text(call, "TVIEW '%s' created successfully", call->argument[0])
             : extension_without_position(call->database, code);
}

/* --- the others --- */

int tviews_drop(struct extension_call *call) {
  struct tview tview;
  int code = argument_required(call, 1);
  if (code == TIDE_OK)
    code = tview_find(call->database, call->arena, call->argument[0], &tview);
  if (code != TIDE_OK)
    return code;
  if (tview.id == 0 && argument_is_true(call, 1))
    return answer_text(call, "TVIEW '%s' does not exist, nothing dropped",
                       call->argument[0]);
  if (tview.id == 0)
    return error_set(call->database->error, TIDE_ERROR_UNDEFINED_OBJECT,
                     "TVIEW metadata not found for entity '%s'", call->argument[0]);
  code = tview_drop(call->database, call->arena, &tview, argument_is_true(call, 2));
  return code == TIDE_OK
             ? answer_text(call, "TVIEW '%s' dropped successfully", call->argument[0])
             : code;
}

static int no_definition(struct extension_call *call, const char *entity) {
  error_set(call->database->error, TIDE_ERROR_UNDEFINED_OBJECT,
            "view \"v_%s\" does not exist", entity);
  error_hint(call->database->error,
             "A table does not know which query filled it: create that query as view "
             "v_%s first.",
             entity);
  return TIDE_ERROR_UNDEFINED_OBJECT;
}

/* A table filled by CREATE TABLE AS becomes a TVIEW over the view v_<entity>. */
int tviews_convert(struct extension_call *call) {
  struct database *database = call->database;
  int code = argument_required(call, 1);
  if (code != TIDE_OK)
    return code;
  const struct sql_node *name = name_node(call->arena, call->argument[0]);
  const char *entity = name ? shape_entity(name->text) : NULL;
  const struct sql_node *schema = name ? name->child[NAME_SCHEMA] : NULL;
  if (!entity || (call->argument[1] && strcmp(entity, call->argument[1]) != 0))
    return error_set(database->error, TIDE_ERROR_INVALID_NAME,
                     "invalid TVIEW name '%s'", call->argument[0]);
  const struct relation *table =
      catalog_find(database, schema ? schema->text : NULL, name->text);
  if (!table || table->kind != RELATION_TABLE)
    return error_set(database->error, TIDE_ERROR_UNDEFINED_TABLE,
                     "table \"%s\" does not exist", call->argument[0]);
  const char *backing = arena_format(call->arena, "v_%s", entity);
  const char *owner = arena_string(call->arena, table->schema);
  if (!backing || !owner)
    return extension_nomem(database);
  const struct relation *view = catalog_find(database, owner, backing);
  if (!view || !view->view)
    return no_definition(call, entity);
  struct tview_request request;
  const char *query = arena_format(call->arena, "SELECT * FROM %q.%q", owner, backing);
  code = query ? make_request(call, query, &request) : extension_nomem(database);
  if (code == TIDE_OK)
    code =
        extension_define(database, call->arena, "DROP TABLE %q.%q", owner, name->text);
  if (code == TIDE_OK)
    code = tview_create(database, call->arena, &request);
  return code == TIDE_OK
             ? answer_text(call, "TVIEW '%s' created successfully", call->argument[0])
             : extension_without_position(database, code);
}

int tviews_set_typename(struct extension_call *call) {
  struct tview tview;
  int code = argument_entity(call, &tview);
  if (code != TIDE_OK)
    return code;
  const char *name = call->argument[1] ? call->argument[1]
                                       : tview_type_name(call->arena, tview.entity);
  code = name ? database_write(call->database,
                               "UPDATE __tidemark_tviews SET type_name = ?"
                               " WHERE relation_id = ?",
                               "si", name, tview.id)
              : extension_nomem(call->database);
  return code == TIDE_OK ? answer_void(call) : code;
}

int tviews_set_logged(struct extension_call *call) {
  struct tview tview;
  int code = argument_required(call, 2);
  if (code == TIDE_OK)
    code = argument_entity(call, &tview);
  if (code != TIDE_OK || argument_is_true(call, 1))
    return code == TIDE_OK ? answer_void(call) : code;
  error_set(call->database->error, TIDE_ERROR_NOT_SUPPORTED,
            "a TVIEW without log is not supported");
  error_hint(call->database->error,
             "Every TVIEW survives a crash, in the same file as its tables.");
  return TIDE_ERROR_NOT_SUPPORTED;
}

/* Is the definition still one of a TVIEW? */
static int verify(struct extension_call *call, const struct tview *tview) {
  const char *entity;
  struct sql_node *query;
  const struct sql_node *name = name_node(call->arena, tview->name);
  int code =
      name ? extension_parse(call->database, call->arena, tview->definition, &query)
           : extension_nomem(call->database);
  if (code == TIDE_OK)
    code = shape_check(call->database, call->arena, name, query, &entity);
  return extension_without_position(call->database, code);
}

int tviews_reregister(struct extension_call *call) {
  struct tview tview;
  int code = argument_entity(call, &tview);
  if (code == TIDE_OK)
    code = verify(call, &tview);
  return code == TIDE_OK
             ? answer_text(call, "TVIEW '%s' registered successfully", tview.name)
             : code;
}

int tviews_reregister_all(struct extension_call *call) {
  int64_t *ids = NULL;
  int count = 0;
  int code = tview_all(call->database, call->arena, &ids, &count);
  buffer_text(&call->result,
              "SELECT NULL::text AS entity, NULL::text AS status WHERE false");
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    struct tview tview;
    code = tview_by_id(call->database, call->arena, ids[i], &tview);
    if (code == TIDE_OK)
      code = verify(call, &tview);
    if (code == TIDE_OK)
      buffer_format(&call->result, " UNION ALL SELECT %Q, 'ok'", tview.entity);
  }
  return code;
}
