/* The relations of schema `tidemark`: what the catalog, the write queue and synchronisation look like to SQL. */
#include "catalog/schema.h"

/* SQL is laid out by hand. */
// clang-format off

/* Milliseconds → timestamptz as types/ stores it: UTC, without trailing zeros. */
#define TIME(column)                                                                   \
  "rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', " column                                  \
  " / 1000.0, 'unixepoch'), '0'), '.') || '+00'"

/* Not one of the schemas that hold what live queries keep for as long as they are open. */
#define SHOWN(schema) schema ".name NOT LIKE '\\_\\_%' ESCAPE '\\'"

static const char views_query[] =
    "SELECT s.name AS schema, r.name, v.mode, v.query, v.replication_origin, v.origin,"
    "  json_patch('{}', CASE v.mode WHEN 'runtime' THEN json_object("
    "    'replication_origin', v.replication_origin,"
    "    'join_pushdown_size', coalesce(v.join_pushdown_size, 1000),"
    "    'join_memoization', json(iif(coalesce(v.join_memoization, 1), 'true', "
    "'false')))"
    "  ELSE json_object("
    "    'replication_origin', v.replication_origin,"
    "    'time_refresh', v.time_refresh,"
    "    'write_policy', coalesce(v.write_policy, 'origin_first'),"
    "    'upstream_mvcc_key', v.upstream_mvcc_key,"
    "    'conflict_granularity', v.conflict_granularity) END) AS options,"
    "  v.not_updatable_because IS NULL AS is_updatable, v.not_updatable_because,"
    "  v.described, v.filled"
    " FROM __tidemark_views v"
    "  JOIN __tidemark_relations r ON r.id = v.relation_id"
    "  JOIN __tidemark_schemas s ON s.id = r.schema_id"
    " WHERE " SHOWN("s");
static const struct system_column views_columns[] = {
    {"schema", TYPE_TEXT},
    {"name", TYPE_TEXT},
    {"mode", TYPE_TEXT},
    {"query", TYPE_TEXT},
    {"replication_origin", TYPE_TEXT},
    {"origin", TYPE_TEXT},
    {"options", TYPE_JSON},
    {"is_updatable", TYPE_BOOLEAN},
    {"not_updatable_because", TYPE_TEXT},
    {"described", TYPE_BOOLEAN},
    {"filled", TYPE_BOOLEAN}};

static const char columns_query[] =
    "SELECT s.name AS schema, r.name AS relation,"
    "  row_number() OVER (PARTITION BY c.relation_id ORDER BY c.position) AS position,"
    "  c.name, c.type, c.not_null,"
    "  iif(c.generated, NULL, c.expression) AS \"default\","
    "  iif(c.generated, c.expression, NULL) AS generated, c.identity, c.hidden,"
    "  EXISTS (SELECT 1 FROM __tidemark_constraints k"
    "    JOIN __tidemark_constraint_columns kc ON kc.constraint_id = k.id"
    "    WHERE k.relation_id = c.relation_id AND k.kind = 'primary key'"
    "      AND kc.position = c.position) AS in_primary_key,"
    "  c.origin_column"
    " FROM __tidemark_columns c"
    "  JOIN __tidemark_relations r ON r.id = c.relation_id"
    "  JOIN __tidemark_schemas s ON s.id = r.schema_id"
    " WHERE c.type <> '' AND " SHOWN("s");
static const struct system_column columns_columns[] = {{"schema", TYPE_TEXT},
                                                       {"relation", TYPE_TEXT},
                                                       {"position", TYPE_BIGINT},
                                                       {"name", TYPE_TEXT},
                                                       {"type", TYPE_TEXT},
                                                       {"not_null", TYPE_BOOLEAN},
                                                       {"default", TYPE_TEXT},
                                                       {"generated", TYPE_TEXT},
                                                       {"identity", TYPE_BOOLEAN},
                                                       {"hidden", TYPE_BOOLEAN},
                                                       {"in_primary_key", TYPE_BOOLEAN},
                                                       {"origin_column", TYPE_TEXT}};

static const char dependencies_query[] =
    "SELECT s.name AS schema, r.name, t.name AS source_schema, q.name AS source_name"
    " FROM __tidemark_dependencies d"
    "  JOIN __tidemark_relations r ON r.id = d.relation_id"
    "  JOIN __tidemark_schemas s ON s.id = r.schema_id"
    "  JOIN __tidemark_relations q ON q.id = d.source_id"
    "  JOIN __tidemark_schemas t ON t.id = q.schema_id"
    " WHERE " SHOWN("s");
static const struct system_column dependencies_columns[] = {
    {"schema", TYPE_TEXT},
    {"name", TYPE_TEXT},
    {"source_schema", TYPE_TEXT},
    {"source_name", TYPE_TEXT}};

static const char queue_query[] =
    "SELECT q.id, s.name || '.' || r.name AS view, s.name AS schema, r.name, q.op,"
    "  q.key, q.base, q.mine, q.theirs, q.state,"
    "  q.retry_count, q.last_error, q.last_error_code,"
    "  " TIME("q.next_retry_at") " AS next_retry_at,"
                                 "  q.transaction_id AS \"transaction\", q.origin,"
                                 "  q.staged_key, q.in_doubt <> 0 AS in_doubt,"
                                 "  " TIME(
                                     "q.created_at") " AS created_at"
                                                     " FROM __tidemark_queue q"
                                                     "  JOIN __tidemark_relations r ON "
                                                     "r.id = q.view_id"
                                                     "  JOIN __tidemark_schemas s ON "
                                                     "s.id = r.schema_id";
static const struct system_column queue_columns[] = {
    {"id", TYPE_BIGINT},
    {"view", TYPE_TEXT},
    {"schema", TYPE_TEXT},
    {"name", TYPE_TEXT},
    {"op", TYPE_TEXT},
    {"key", TYPE_JSON},
    {"base", TYPE_JSON},
    {"mine", TYPE_JSON},
    {"theirs", TYPE_JSON},
    {"state", TYPE_TEXT},
    {"retry_count", TYPE_BIGINT},
    {"last_error", TYPE_TEXT},
    {"last_error_code", TYPE_TEXT},
    {"next_retry_at", TYPE_TIMESTAMPTZ},
    {"transaction", TYPE_BIGINT},
    {"origin", TYPE_TEXT},
    {"staged_key", TYPE_JSON},
    {"in_doubt", TYPE_BOOLEAN},
    {"created_at", TYPE_TIMESTAMPTZ}};

static const char sync_query[] =
    "SELECT s.name || '.' || r.name AS view, s.name AS schema, r.name, v.mode, "
    "v.origin,"
    "  coalesce(y.state, 'idle') AS state, coalesce(y.enabled, 1) AS enabled, y.cursor,"
    "  (SELECT count(*) FROM __tidemark_queue q WHERE q.view_id = r.id"
    "    AND q.state <> 'applied') AS pending,"
    "  coalesce(y.retry_count, 0) AS retry_count, y.last_error, y.last_error_code,"
    "  " TIME("y.next_retry_at") " AS next_retry_at,"
                                 "  " TIME(
                                     "y.updated_at") " AS updated_at"
                                                     " FROM __tidemark_views v"
                                                     "  JOIN __tidemark_relations r ON "
                                                     "r.id = v.relation_id"
                                                     "  JOIN __tidemark_schemas s ON "
                                                     "s.id = r.schema_id"
                                                     "  LEFT JOIN __tidemark_sync y ON "
                                                     "y.view_id = r.id"
                                                     " WHERE v.origin IS NOT NULL AND "
                                                     "v.mode <> 'runtime'";
static const struct system_column sync_columns[] = {{"view", TYPE_TEXT},
                                                    {"schema", TYPE_TEXT},
                                                    {"name", TYPE_TEXT},
                                                    {"mode", TYPE_TEXT},
                                                    {"origin", TYPE_TEXT},
                                                    {"state", TYPE_TEXT},
                                                    {"enabled", TYPE_BOOLEAN},
                                                    {"cursor", TYPE_TEXT},
                                                    {"pending", TYPE_BIGINT},
                                                    {"retry_count", TYPE_BIGINT},
                                                    {"last_error", TYPE_TEXT},
                                                    {"last_error_code", TYPE_TEXT},
                                                    {"next_retry_at", TYPE_TIMESTAMPTZ},
                                                    {"updated_at", TYPE_TIMESTAMPTZ}};

static const char slots_query[] =
    "SELECT s.id, s.selector, s.acknowledged, s.lost,"
    "  (SELECT count(*) FROM __tidemark_slot_commits c WHERE c.number > s.acknowledged)"
    "    AS pending"
    " FROM __tidemark_slots s";
static const struct system_column slots_columns[] = {{"id", TYPE_TEXT},
                                                     {"selector", TYPE_JSON},
                                                     {"acknowledged", TYPE_BIGINT},
                                                     {"lost", TYPE_BOOLEAN},
                                                     {"pending", TYPE_BIGINT}};

static const char requests_query[] =
    "SELECT client, number, answer FROM __tidemark_requests";
static const struct system_column requests_columns[] = {
    {"client", TYPE_TEXT}, {"number", TYPE_BIGINT}, {"answer", TYPE_BYTEA}};

/* What maintenance has cost since the database was opened; __view_stats is the view layer's. */
static const char stats_query[] =
    "SELECT s.name AS schema, r.name, v.mode, w.maintenances, w.rows_in, w.rows_out,"
    "  w.recomputes, w.microseconds / 1000 AS total_time, w.stale, w.state_rows,"
    "  w.state_bytes"
    " FROM __view_stats w"
    "  JOIN __tidemark_views v ON v.relation_id = w.view"
    "  JOIN __tidemark_relations r ON r.id = w.view"
    "  JOIN __tidemark_schemas s ON s.id = r.schema_id"
    " WHERE " SHOWN("s");
static const struct system_column stats_columns[] = {
    {"schema", TYPE_TEXT},        {"name", TYPE_TEXT},
    {"mode", TYPE_TEXT},          {"maintenances", TYPE_BIGINT},
    {"rows_in", TYPE_BIGINT},     {"rows_out", TYPE_BIGINT},
    {"recomputes", TYPE_BIGINT},  {"total_time", TYPE_DOUBLE},
    {"stale", TYPE_BOOLEAN},      {"state_rows", TYPE_BIGINT},
    {"state_bytes", TYPE_BIGINT}};

/* … of its nodes; __view_node_stats. */
static const char node_stats_query[] =
    "SELECT s.name AS schema, r.name, w.node, w.kind, w.maintenances, w.rows_in,"
    "  w.rows_out, w.recomputes, w.microseconds / 1000 AS total_time, w.state_rows,"
    "  w.state_bytes"
    " FROM __view_node_stats w"
    "  JOIN __tidemark_relations r ON r.id = w.view"
    "  JOIN __tidemark_schemas s ON s.id = r.schema_id"
    " WHERE " SHOWN("s");
static const struct system_column node_stats_columns[] = {
    {"schema", TYPE_TEXT},         {"name", TYPE_TEXT},
    {"node", TYPE_BIGINT},         {"kind", TYPE_TEXT},
    {"maintenances", TYPE_BIGINT}, {"rows_in", TYPE_BIGINT},
    {"rows_out", TYPE_BIGINT},     {"recomputes", TYPE_BIGINT},
    {"total_time", TYPE_DOUBLE},   {"state_rows", TYPE_BIGINT},
    {"state_bytes", TYPE_BIGINT}};

static const char facts_query[] =
    "SELECT 'database_size' AS name, page_count * page_size AS value"
    "  FROM pragma_page_count, pragma_page_size"
    " UNION ALL SELECT 'free_size', freelist_count * page_size"
    "  FROM pragma_freelist_count, pragma_page_size"
    " UNION ALL SELECT 'tables', count(*) FROM __tidemark_relations WHERE kind = "
    "'table'"
    " UNION ALL SELECT m.mode || '_views',"
    "  (SELECT count(*) FROM \"tidemark.views\" v WHERE v.mode = m.mode)"
    "  FROM (SELECT 'runtime' AS mode UNION ALL SELECT 'materialized'"
    "    UNION ALL SELECT 'realtime') m"
    " UNION ALL SELECT 'queue_' || m.state,"
    "  (SELECT count(*) FROM \"tidemark.queue\" q WHERE q.state = m.state)"
    "  FROM (SELECT 'pending' AS state UNION ALL SELECT 'failed'"
    "    UNION ALL SELECT 'conflicted' UNION ALL SELECT 'applied') m"
    " UNION ALL SELECT 'commits', coalesce("
    "  (SELECT CAST(value AS INTEGER) FROM __tidemark_settings WHERE name = 'commit'), "
    "0)";
static const struct system_column facts_columns[] = {{"name", TYPE_TEXT},
                                                        {"value", TYPE_BIGINT}};

static const char extensions_query[] = "SELECT name FROM __tidemark_extensions";
static const struct system_column extensions_columns[] = {{"name", TYPE_TEXT}};

static const char tviews_query[] =
    "SELECT r.id, s.name AS schema, r.name, t.entity, t.backing_id,"
    "  b.name AS backing, t.owned, t.definition AS query, t.options, t.type_name,"
    "  " TIME("t.created_at") " AS created_at, v.filled"
    " FROM __tidemark_tviews t"
    "  JOIN __tidemark_relations r ON r.id = t.relation_id"
    "  JOIN __tidemark_schemas s ON s.id = r.schema_id"
    "  JOIN __tidemark_views v ON v.relation_id = r.id"
    "  LEFT JOIN __tidemark_relations b ON b.id = t.backing_id";
static const struct system_column tviews_columns[] = {
    {"id", TYPE_BIGINT},
    {"schema", TYPE_TEXT},
    {"name", TYPE_TEXT},
    {"entity", TYPE_TEXT},
    {"backing_id", TYPE_BIGINT},
    {"backing", TYPE_TEXT},
    {"owned", TYPE_BOOLEAN},
    {"query", TYPE_TEXT},
    {"options", TYPE_JSONB},
    {"type_name", TYPE_TEXT},
    {"created_at", TYPE_TIMESTAMPTZ},
    {"filled", TYPE_BOOLEAN}};

/* What each of them reads, at any depth: others of them, and tables. */
static const char tview_reads_query[] =
    "WITH RECURSIVE reads (root, id, depth) AS ("
    "  SELECT relation_id, relation_id, 0 FROM __tidemark_tviews"
    "  UNION SELECT root, d.source_id,"
    "    depth + EXISTS (SELECT 1 FROM __tidemark_tviews t WHERE t.relation_id = d.source_id)"
    "  FROM reads JOIN __tidemark_dependencies d ON d.relation_id = reads.id)"
    " SELECT t.relation_id AS id, t.entity, reads.id AS source_id,"
    "  s.name AS source_schema, r.name AS source_name, q.entity AS source_entity,"
    "  max(reads.depth) AS depth, min(reads.depth) = (q.entity IS NOT NULL) AS direct"
    " FROM reads JOIN __tidemark_tviews t ON t.relation_id = reads.root"
    "  JOIN __tidemark_relations r ON r.id = reads.id"
    "  JOIN __tidemark_schemas s ON s.id = r.schema_id"
    "  LEFT JOIN __tidemark_tviews q ON q.relation_id = reads.id"
    " WHERE reads.id <> reads.root AND (r.kind = 'table' OR q.entity IS NOT NULL)"
    " GROUP BY reads.root, reads.id";
static const struct system_column tview_reads_columns[] = {
    {"id", TYPE_BIGINT},
    {"entity", TYPE_TEXT},
    {"source_id", TYPE_BIGINT},
    {"source_schema", TYPE_TEXT},
    {"source_name", TYPE_TEXT},
    {"source_entity", TYPE_TEXT},
    {"depth", TYPE_BIGINT},
    {"direct", TYPE_BOOLEAN}};

static const char tview_log_query[] =
    "SELECT id, operation, entity, " TIME("performed_at") " AS performed_at"
    " FROM __tidemark_tview_log";
static const struct system_column tview_log_columns[] = {
    {"id", TYPE_BIGINT},
    {"operation", TYPE_TEXT},
    {"entity", TYPE_TEXT},
    {"performed_at", TYPE_TIMESTAMPTZ}};

// clang-format on

#define RELATION(name)                                                                 \
  {                                                                                    \
#name, name##_query, name##_columns,                                               \
        sizeof name##_columns / sizeof name##_columns[0]                               \
  }
const struct system_relation system_relations[] = {
    RELATION(views),
    RELATION(columns),
    RELATION(dependencies),
    RELATION(queue),
    RELATION(sync),
    RELATION(slots),
    RELATION(requests),
    RELATION(stats),
    RELATION(node_stats),
    RELATION(tviews),
    RELATION(tview_reads),
    RELATION(extensions),
    RELATION(tview_log),
    {"database", facts_query, facts_columns,
     sizeof facts_columns / sizeof facts_columns[0]}};
const int system_relation_count = sizeof system_relations / sizeof system_relations[0];
