/* Functions that tell about queries, tables and TVIEWs. */
#include <string.h>

#include "extension/internal.h"
#include "view/view.h"

int tviews_analyze_select(struct extension_call *call) {
  struct buffer json;
  int code = argument_required(call, 1);
  if (code != TIDE_OK)
    return code;
  buffer_init(&json, call->database->memory);
  code = shape_describe(call->database, call->arena, call->argument[0], &json);
  return code == TIDE_OK ? answer_json(call, &json) : (buffer_deinit(&json), code);
}

int tviews_infer_types(struct extension_call *call) {
  int code = argument_required(call, 2);
  if (code != TIDE_OK)
    return code;
  const struct relation *relation =
      catalog_find(call->database, NULL, call->argument[0]);
  if (!relation)
    return error_set(call->database->error, TIDE_ERROR_UNDEFINED_TABLE,
                     "relation %q does not exist", call->argument[0]);
  buffer_format(&call->result,
                "SELECT coalesce(jsonb_object_agg(c.name, c.type), '{}'::jsonb) AS %q"
                " FROM tidemark.columns c WHERE c.schema = %Q AND c.relation = %Q AND"
                " c.name IN (SELECT value FROM jsonb_array_elements_text(%Q::jsonb))",
                call->name, relation->schema, relation->name, call->argument[1]);
  return TIDE_OK;
}

/* A row for each TVIEW, by `put`; the result begins with their columns. */
static int each_tview(struct extension_call *call, const char *columns,
                      void (*put)(struct extension_call *call,
                                  const struct tview *tview)) {
  int64_t *ids = NULL;
  int count = 0;
  int code = tview_all(call->database, call->arena, &ids, &count);
  buffer_format(&call->result, "SELECT %s WHERE false", columns);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    struct tview tview;
    code = tview_by_id(call->database, call->arena, ids[i], &tview);
    if (code == TIDE_OK)
      put(call, &tview);
  }
  return code;
}

/* SQLite does not tell how large a table is. */
static void put_performance(struct extension_call *call, const struct tview *tview) {
  buffer_format(&call->result,
                " UNION ALL SELECT %Q, NULL, NULL, (SELECT count(*) FROM %q.%q), %d",
                tview->entity, tview->schema, tview->name,
                catalog_find_id(call->database, tview->id)->index_count);
}

int tviews_performance_stats(struct extension_call *call) {
  return each_tview(call,
                    "NULL::text AS entity, NULL::bigint AS table_size, NULL::bigint AS"
                    " total_size, NULL::bigint AS row_count, NULL::integer AS"
                    " index_count",
                    put_performance);
}

static void put_replication(struct extension_call *call, const struct tview *tview) {
  bool filled = catalog_find_id(call->database, tview->id)->view->filled;
  buffer_format(&call->result,
                " UNION ALL SELECT %Q, 'permanent', true,"
                " NOT EXISTS (SELECT 1 FROM %q.%q), %s",
                tview->entity, tview->schema, tview->name, filled ? "false" : "true");
}

int tviews_replication_status(struct extension_call *call) {
  return each_tview(call,
                    "NULL::text AS entity, NULL::text AS persistence, NULL::boolean AS"
                    " replica_readable, NULL::boolean AS is_empty, NULL::boolean AS"
                    " needs_rebuild",
                    put_replication);
}

/* mapping_query and read_set_queries: what EXPLAIN VIEW says. */
int tviews_explain(struct extension_call *call) {
  struct tview tview;
  struct buffer text;
  int code = argument_entity(call, &tview);
  if (code != TIDE_OK)
    return code;
  buffer_init(&text, call->database->memory);
  code = view_explain(call->database, catalog_find_id(call->database, tview.id), &text);
  if (code == TIDE_OK && text.failed)
    code = extension_nomem(call->database);
  if (code == TIDE_OK)
    code = answer_text(call, "%s", buffer_string(&text));
  buffer_deinit(&text);
  return code;
}

int tviews_no_prepared(struct extension_call *call) {
  error_set(call->database->error, TIDE_ERROR_UNDEFINED_OBJECT,
            "prepared transaction with identifier \"%s\" does not exist",
            call->argument[0] ? call->argument[0] : "");
  error_hint(call->database->error,
             "There is one connection and no PREPARE TRANSACTION: COMMIT ends it.");
  return TIDE_ERROR_UNDEFINED_OBJECT;
}

int tviews_catalog_revision(struct extension_call *call) {
  buffer_format(&call->result, "SELECT %lld::bigint AS %q",
                (long long)catalog_version(call->database), call->name);
  return TIDE_OK;
}

/* The log of what was done is what there is of metrics. */
int tviews_cleanup_metrics(struct extension_call *call) {
  const char *days = call->argument[0] ? call->argument[0] : "30";
  int64_t before = sqlite3_total_changes64(call->database->handle);
  int code = database_write(call->database,
                            "DELETE FROM __tidemark_tview_log WHERE performed_at <"
                            " ?1 - CAST(?2 AS INTEGER) * 86400000",
                            "is", call->database->now, days);
  buffer_format(&call->result, "SELECT %lld AS %q",
                (long long)(sqlite3_total_changes64(call->database->handle) - before),
                call->name);
  return code;
}
