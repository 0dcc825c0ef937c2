/* The functions of pg_tviews, and what those do that need no more than a query. */
#include <stdarg.h>
#include <string.h>

#include "extension/internal.h"

/* SQL is laid out by hand. */
// clang-format off

/* Of TVIEWs: how many, those without rows, those that wait, what they have cost. */
#define HEALTH                                                                         \
  "WITH t AS (SELECT count(*) AS n, count(*) FILTER (WHERE NOT t.filled) AS empty,"    \
  "   count(*) FILTER (WHERE s.stale) AS stale,"                                       \
  "   coalesce(sum(s.maintenances), 0) AS maintenances,"                               \
  "   coalesce(sum(s.recomputes), 0) AS recomputes"                                    \
  "  FROM tidemark.tviews t LEFT JOIN tidemark.stats s"                                \
  "   ON s.schema = t.schema AND s.name = t.name),"                                    \
  " m AS (SELECT count(*) AS n FROM tidemark.views"                                    \
  "  WHERE schema = 'public' AND name IN ('pg_tview_meta', 'pg_tview_helpers')),"                \
  " h AS (SELECT 0 AS i, (SELECT count(*) FROM tidemark.extensions"                    \
  "   WHERE name = 'pg_tviews') = 1 AS good, 'extension_installed' AS component,"      \
  "   'pg_tviews 0.1.0-beta.11' AS message"                                            \
  "  UNION ALL SELECT 1, n = 2, 'metadata_tables', n::text || '/2' FROM m"             \
  "  UNION ALL SELECT 2, stale = 0, 'statement_triggers', (n - stale)::text ||"        \
  "   ' of ' || n::text || ' TVIEWs are up to date, without triggers' FROM t"          \
  "  UNION ALL SELECT 3, true, 'cache_status', maintenances::text ||"                  \
  "   ' maintenances, ' || recomputes::text || ' recomputed' FROM t"                   \
  "  UNION ALL SELECT 4, empty = 0, 'tviews', n::text || ' TVIEWs, ' || empty::text"   \
  "   || ' without data' FROM t)"                                                      \
  " SELECT CASE WHEN good THEN 'OK' ELSE 'WARNING' END AS status, component, message," \
  "  CASE WHEN good THEN 'INFO' ELSE 'WARNING' END AS severity FROM h ORDER BY i"

#define CASCADE_PATH                                                                   \
  "SELECT 0 AS depth, entity AS entity_name, NULL::text AS depends_on"                 \
  "  FROM tidemark.tviews WHERE entity = $1"                                           \
  " UNION ALL SELECT r.depth, r.entity, d.source_entity FROM tidemark.tview_reads r"   \
  "  JOIN tidemark.tview_reads d ON d.id = r.id AND d.direct"                          \
  "    AND d.source_entity IS NOT NULL"                                                \
  "  WHERE r.source_entity = $1 AND (d.source_entity = $1 OR d.source_entity IN"       \
  "    (SELECT up.entity FROM tidemark.tview_reads up WHERE up.source_entity = $1))"   \
  " ORDER BY 1, 2, 3"

/* SQLite tells no sizes, keeps no dead rows, and is not vacuumed by itself. */
#define PROFILE                                                                        \
  "SELECT t.entity, t.name AS tview, 'permanent' AS persistence,"                      \
  "  true AS replica_readable, s.state_rows AS rows_estimate,"                         \
  "  s.state_bytes AS heap_bytes, NULL::bigint AS index_bytes,"                        \
  "  NULL::bigint AS toast_bytes,"                                                     \
  "  (s.state_bytes / nullif(s.state_rows, 0))::integer AS avg_row_width,"             \
  "  NULL::integer AS data_avg_width, NULL::integer AS fillfactor,"                    \
  "  s.rows_out AS n_tup_upd, NULL::bigint AS n_tup_hot_upd,"                          \
  "  NULL::double precision AS hot_ratio, 0::bigint AS n_dead_tup,"                    \
  "  NULL::timestamptz AS last_vacuum, NULL::timestamptz AS last_autovacuum,"          \
  "  NULL::double precision AS all_visible_fraction, ARRAY[]::text[] AS"               \
  "  unused_indexes, ARRAY[]::text[] AS missing_propagation_indexes,"                  \
  "  coalesce((SELECT jsonb_object_agg(r.source_schema || '.' || r.source_name,"       \
  "    r.depth) FROM tidemark.tview_reads r WHERE r.id = t.id), '{}'::jsonb) AS fanout,"\
  "  ARRAY[]::text[] AS warnings"                                                      \
  " FROM tidemark.tviews t JOIN tidemark.stats s"                                      \
  "  ON s.schema = t.schema AND s.name = t.name"                                       \
  " WHERE $1 IS NULL OR t.entity = $1 ORDER BY t.entity"

/* Of all TVIEWs, since the database was opened: nothing is counted by transaction. */
#define QUEUE_STATS                                                                    \
  "SELECT jsonb_build_object('queue_size', count(*) FILTER (WHERE s.stale),"           \
  "  'flushes', coalesce(sum(s.maintenances), 0),"                                     \
  "  'total_refreshes', coalesce(sum(s.rows_out), 0),"                                 \
  "  'total_iterations', coalesce(sum(s.maintenances), 0), 'max_iterations', 1,"       \
  "  'total_timing_ms', coalesce(sum(s.total_time), 0),"                               \
  "  'graph_cache_hit_rate', NULL, 'table_cache_hit_rate', NULL,"                      \
  "  'graph_cache_hits', NULL, 'graph_cache_misses', NULL,"                            \
  "  'table_cache_hits', NULL, 'table_cache_misses', NULL,"                            \
  "  'view_recomputes', coalesce(sum(s.recomputes), 0)) AS queue_stats"                \
  " FROM tidemark.tviews t JOIN tidemark.stats s"                                      \
  "  ON s.schema = t.schema AND s.name = t.name"

#define NO_TRIGGERS                                                                    \
  "'changes are captured without triggers: there is nothing to install or remove'"

static const struct extension_function functions[] = {
    /* definitions */
    {"create", "tt", "tview_name|name select_sql|sql", true, tviews_create, NULL},
    {"create_aggregate", "ttj", "tview_name|name select_sql|sql group_keys", true, tviews_create_aggregate, NULL},
    {"create_or_replace", "tt|j", "tview_name|name query options", true, tviews_create_or_replace, NULL},
    {"drop", "t|bb", "tview_name|name if_exists cascade", true, tviews_drop, NULL},
    {"convert_existing_table", "t", "table_name", true, tviews_convert, NULL},
    {"convert_table", "t|t", "table_name entity", true, tviews_convert, NULL},
    {"flush_and_report", "|ibb", "max_entities include_data reset", true, tviews_report, NULL},
    {"set_typename", "tt", "entity typename", true, tviews_set_typename, NULL},
    {"set_logged", "tb", "entity logged", true, tviews_set_logged, NULL},
    {"reregister", "t", "tview_name|name", true, tviews_reregister, NULL},
    {"reregister_all", "|b", "strict", true, tviews_reregister_all, NULL},
    /* rows */
    {"refresh", "t", "entity", true, tviews_refresh, NULL},
    {"refresh_all", "", "", true, tviews_refresh_all, NULL},
    {"refresh_all_entities", "", "", true, tviews_refresh_all, NULL},
    {"refresh_time_dependent", "|t", "tview", true, tviews_refresh_time, NULL},
    {"rebuild_all", "|b", "only_empty", true, tviews_rebuild_all, NULL},
    {"recover_after_crash", "t", "entity_name|entity", true, tviews_recover, NULL},
    {"cascade", "ii", "base_table_oid pk_value", true, tviews_propagate, NULL},
    {"insert", "ii", "base_table_oid pk_value", true, tviews_propagate, NULL},
    {"delete", "ii", "base_table_oid pk_value", true, tviews_propagate, NULL},
    /* suspending */
    {"suspend_triggers", "", "", true, tviews_suspend, NULL},
    {"resume_triggers", "", "", true, tviews_resume, NULL},
    {"is_suspended", "", "", false, tviews_is_suspended, NULL},
    {"suspended_entities", "", "", false, tviews_suspended_entities, NULL},
    {"debug_queue", "", "", false, tviews_debug_queue, NULL},
    {"queue_stats", "", "", false, NULL, QUEUE_STATS},
    /* what there is */
    {"version", "", "", false, NULL, "SELECT '0.1.0-beta.11' AS version"},
    {"contract_version", "", "", false, NULL, "SELECT 1 AS contract_version"},
    {"catalog_revision", "", "", false, tviews_catalog_revision, NULL},
    {"check_jsonb_delta", "", "", false, NULL, "SELECT true AS check_jsonb_delta"},
    {"analyze_select", "t", "sql", false, tviews_analyze_select, NULL},
    {"infer_types", "ta", "table_name columns", false, tviews_infer_types, NULL},
    {"show_cascade_path", "t", "entity", false, NULL, CASCADE_PATH},
    {"health_check", "", "", false, NULL, HEALTH},
    {"performance_stats", "", "", false, tviews_performance_stats, NULL},
    {"replication_status", "", "", false, tviews_replication_status, NULL},
    {"is_replica_readable", "t", "entity", false, NULL, 
     "SELECT (SELECT true FROM tidemark.tviews WHERE entity = $1) AS is_replica_readable"},
    {"mapping_query", "tt", "tview base_table", false, tviews_explain, NULL},
    {"read_set_queries", "t", "tview|entity", false, tviews_explain, NULL},
    {"profile", "|ti", "p_entity|entity fanout_warn", false, NULL, PROFILE},
    {"ensure_propagation_indexes", "|tb", "entity dry_run", false, NULL,
     "SELECT NULL::text AS ensure_propagation_indexes WHERE false"},
    /* what belongs to PostgreSQL's processes */
    {"install_stmt_triggers", "", "", false, NULL,
     "SELECT " NO_TRIGGERS " AS install_stmt_triggers"},
    {"uninstall_stmt_triggers", "", "", false, NULL,
     "SELECT " NO_TRIGGERS " AS uninstall_stmt_triggers"},
    {"hook_status", "", "", false, NULL,
     "SELECT 'CREATE TABLE tv_… AS is part of the language: there is no hook'"
     " AS hook_status"},
    {"commit_prepared", "t", "gid", false, tviews_no_prepared, NULL},
    {"rollback_prepared", "t", "gid", false, tviews_no_prepared, NULL},
    {"recover_prepared_transactions", "", "", false, NULL,
     "SELECT NULL::text AS gid, NULL::integer AS queue_size, NULL::text AS status"
     " WHERE false"},
    {"cleanup_expired_queues", "", "", false, NULL, "SELECT 0 AS cleanup_expired_queues"},
    {"cleanup_metrics", "|i", "days", true, tviews_cleanup_metrics, NULL},
};

// clang-format on

const struct extension_function *extension_function(const char *name) {
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    if (strcmp(functions[i].name, name) == 0)
      return &functions[i];
  }
  return NULL;
}

/* --- results --- */

int answer_text(struct extension_call *call, const char *format, ...) {
  struct buffer text;
  va_list arguments;
  va_start(arguments, format);
  buffer_init(&text, call->database->memory);
  buffer_format_list(&text, format, arguments);
  va_end(arguments);
  if (text.failed)
    call->result.failed = true;
  buffer_format(&call->result, "SELECT CAST(%Q AS text) AS %q", buffer_string(&text),
                call->name);
  buffer_deinit(&text);
  return TIDE_OK;
}

int answer_json(struct extension_call *call, struct buffer *json) {
  if (json->failed)
    call->result.failed = true;
  buffer_format(&call->result, "SELECT CAST(%Q AS jsonb) AS %q", buffer_string(json),
                call->name);
  buffer_deinit(json);
  return TIDE_OK;
}

int answer_boolean(struct extension_call *call, bool value) {
  buffer_format(&call->result, "SELECT %s AS %q", value ? "true" : "false", call->name);
  return TIDE_OK;
}

int answer_void(struct extension_call *call) {
  return answer_text(call, "%s", "");
}

int argument_required(struct extension_call *call, int count) {
  for (int i = 0; i < count; i++) {
    if (!call->argument[i])
      return error_set(call->database->error, TIDE_ERROR_INVALID_PARAMETER,
                       "argument %d of %s is NULL", i + 1, call->name);
  }
  return TIDE_OK;
}

bool argument_is_true(const struct extension_call *call, int index) {
  return call->argument[index] && strcmp(call->argument[index], "true") == 0;
}

int argument_entity(struct extension_call *call, struct tview *tview) {
  int code = argument_required(call, 1);
  return code == TIDE_OK
             ? tview_of_entity(call->database, call->arena, call->argument[0], tview)
             : code;
}
