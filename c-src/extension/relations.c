/* What the relations of pg_tviews show. */
#include "extension/relations.h"

/* SQL is laid out by hand. */
// clang-format off

/* How documents are patched is found by the engine, not kept: see EXPLAIN VIEW. */
#define META                                                                           \
  "SELECT t.entity, t.backing_id AS view_oid, t.id AS table_oid,"                      \
  "  t.query AS definition,"                                                           \
  "  ARRAY(SELECT r.source_id FROM tidemark.tview_reads r WHERE r.id = t.id"           \
  "    AND r.source_entity IS NOT NULL ORDER BY r.depth, r.source_id) AS dependencies,"\
  "  ARRAY(SELECT c.name FROM tidemark.columns c WHERE c.schema = t.schema"            \
  "    AND c.relation = t.name AND c.name LIKE 'fk\\_%' ORDER BY c.position)"        \
  "    AS fk_columns,"                                                                 \
  "  ARRAY(SELECT c.name FROM tidemark.columns c WHERE c.schema = t.schema"            \
  "    AND c.relation = t.name AND c.name LIKE '%\\_id' ORDER BY c.position)"        \
  "    AS uuid_fk_columns, NULL::text[] AS dependency_types,"                          \
  "  NULL::text[] AS dependency_paths, NULL::text[] AS array_match_keys,"              \
  "  t.options -> 'group_keys' AS group_keys, 'pk_' || t.entity AS identity,"          \
  "  t.created_at FROM tidemark.tviews t"

#define AUDIT_LOG                                                                      \
  "SELECT l.id, l.operation, l.entity, l.performed_at FROM tidemark.tview_log l"

const struct extension_relation extension_relations[] = {
    {"public.pg_tview_meta", META},
    {"tviews.pg_tview_meta", META},
    {"public.pg_tview_helpers",
     "SELECT r.source_name AS helper_name, r.entity AS used_by FROM tidemark.tview_reads r"
     " WHERE r.source_entity IS NOT NULL"},
    {"public.pg_tview_audit_log", AUDIT_LOG},
    {"tviews.pg_tview_audit_log", AUDIT_LOG},
    /* Nothing waits between transactions: there are no rows in these, ever. */
    {"public.pg_tview_pending_refreshes",
     "SELECT NULL::text AS gid, NULL::jsonb AS refresh_queue, NULL::integer AS queue_size,"
     "  NULL::timestamptz AS prepared_at WHERE false"},
    {"public.pg_tview_work_queue",
     "SELECT NULL::text AS entity, NULL::bigint AS pk WHERE false"},
    {"public.pg_tviews_queue_realtime",
     "SELECT NULL::text AS session, NULL::bigint AS transaction_id, NULL::integer AS queue_size,"
     "  NULL::text[] AS entities, NULL::timestamptz AS last_enqueued WHERE false"},
    {"public.pg_tviews_cache_stats",
     "SELECT NULL::text AS cache_type, NULL::bigint AS entries, NULL::text AS estimated_size"
     " WHERE false"},
    {"public.pg_tviews_performance_summary",
     "SELECT t.entity, l.refreshes, l.last_refresh FROM tidemark.tviews t JOIN"
     " (SELECT entity, count(*) FILTER (WHERE operation = 'REFRESH') AS refreshes,"
     "    max(performed_at) FILTER (WHERE operation = 'REFRESH') AS last_refresh"
     "  FROM tidemark.tview_log GROUP BY entity) l ON l.entity = t.entity"},
    /* What each has cost since the database was opened; nobody counts statements. */
    {"public.pg_tviews_statement_stats",
     "SELECT t.query, s.maintenances AS calls, s.total_time,"
     "  s.total_time / nullif(s.maintenances, 0) AS mean_time,"
     "  NULL::double precision AS stddev_time, s.rows_out AS rows_affected"
     " FROM tidemark.tviews t JOIN tidemark.stats s ON s.schema = t.schema"
     "  AND s.name = t.name"},
    /* The refreshes that were asked for. */
    {"public.pg_tviews_metrics",
     "SELECT l.id AS metric_id, l.performed_at AS recorded_at, NULL::bigint AS transaction_id,"
     "  0 AS queue_size, 1 AS refresh_count, 1 AS iteration_count,"
     "  NULL::double precision AS timing_ms, l.entity FROM tidemark.tview_log l"
     " WHERE l.operation = 'REFRESH'"},
    {"tviews.registry",
     "SELECT t.schema, t.name, t.entity, t.query,"
     "  ARRAY(SELECT r.source_schema || '.' || r.source_name FROM tidemark.tview_reads r"
     "    WHERE r.id = t.id AND r.source_entity IS NULL"
     "    ORDER BY r.source_schema, r.source_name) AS base_tables,"
     "  true AS logged, t.options, false AS needs_reregister, t.backing AS view,"
     "  'pk_' || t.entity AS identity, ARRAY[]::text[] AS uncascaded_tables,"
     "  coalesce(t.options ->> 'uncascaded_policy', 'error') AS uncascaded_policy,"
     "  coalesce((SELECT jsonb_object_agg(r.source_schema || '.' || r.source_name,"
     "    CASE WHEN r.direct THEN 'mapped' ELSE 'propagated' END)"
     "    FROM tidemark.tview_reads r WHERE r.id = t.id AND r.source_entity IS NULL),"
     "    '{}'::jsonb) AS cascade_kinds,"
     "  coalesce(t.options -> 'function_reads', '{}'::jsonb) AS function_reads,"
     "  coalesce(t.options ->> 'time_refresh' = 'external', false) AS time_dependent,"
     "  t.options ->> 'time_refresh' AS time_refresh FROM tidemark.tviews t"},
};

// clang-format on

const int extension_relation_count =
    sizeof extension_relations / sizeof extension_relations[0];
