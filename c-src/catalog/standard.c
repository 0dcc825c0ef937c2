/* What the relations of information_schema and pg_catalog are written over. */
#include "catalog/standard.h"

static const struct system_column schemas[] = {{"id", TYPE_BIGINT},
                                               {"name", TYPE_TEXT}};

static const struct system_column relations[] = {{"id", TYPE_BIGINT},
                                                 {"schema_id", TYPE_BIGINT},
                                                 {"kind", TYPE_TEXT},
                                                 {"name", TYPE_TEXT},
                                                 {"row_id", TYPE_BIGINT}};

static const struct system_column columns[] = {{"relation_id", TYPE_BIGINT},
                                               {"position", TYPE_BIGINT},
                                               {"name", TYPE_TEXT},
                                               {"type", TYPE_TEXT},
                                               {"type_name", TYPE_TEXT},
                                               {"type_array", TYPE_BOOLEAN},
                                               {"type_precision", TYPE_INTEGER},
                                               {"type_scale", TYPE_INTEGER},
                                               {"not_null", TYPE_BOOLEAN},
                                               {"generated", TYPE_BOOLEAN},
                                               {"identity", TYPE_INTEGER},
                                               {"hidden", TYPE_BOOLEAN},
                                               {"expression", TYPE_TEXT},
                                               {"origin_column", TYPE_TEXT},
                                               {"domain_id", TYPE_BIGINT}};

static const struct system_column constraints[] = {
    {"id", TYPE_BIGINT},         {"relation_id", TYPE_BIGINT},
    {"name", TYPE_TEXT},         {"kind", TYPE_TEXT},
    {"expression", TYPE_TEXT},   {"referenced_id", TYPE_BIGINT},
    {"on_delete", TYPE_INTEGER}, {"on_update", TYPE_INTEGER}};

static const struct system_column constraint_columns[] = {
    {"constraint_id", TYPE_BIGINT},
    {"ordinal", TYPE_BIGINT},
    {"position", TYPE_BIGINT},
    {"referenced_position", TYPE_BIGINT}};

static const struct system_column indexes[] = {{"id", TYPE_BIGINT},
                                               {"relation_id", TYPE_BIGINT},
                                               {"name", TYPE_TEXT},
                                               {"definition", TYPE_TEXT}};

static const struct system_column views[] = {{"relation_id", TYPE_BIGINT},
                                             {"mode", TYPE_TEXT},
                                             {"query", TYPE_TEXT},
                                             {"filled", TYPE_BOOLEAN},
                                             {"not_updatable_because", TYPE_TEXT}};

static const struct system_column types[] = {
    {"id", TYPE_BIGINT}, {"schema_id", TYPE_BIGINT}, {"name", TYPE_TEXT}};

static const struct system_column labels[] = {
    {"type_id", TYPE_BIGINT}, {"ordinal", TYPE_BIGINT}, {"label", TYPE_TEXT}};

static const struct system_column domains[] = {
    {"id", TYPE_BIGINT},          {"schema_id", TYPE_BIGINT},
    {"name", TYPE_TEXT},          {"type", TYPE_TEXT},
    {"type_name", TYPE_TEXT},     {"type_array", TYPE_BOOLEAN},
    {"domain_id", TYPE_BIGINT},   {"type_precision", TYPE_INTEGER},
    {"type_scale", TYPE_INTEGER}, {"not_null", TYPE_BOOLEAN},
    {"expression", TYPE_TEXT}};

static const struct system_column domain_checks[] = {{"id", TYPE_BIGINT},
                                                     {"domain_id", TYPE_BIGINT},
                                                     {"name", TYPE_TEXT},
                                                     {"expression", TYPE_TEXT},
                                                     {"validated", TYPE_BOOLEAN}};

static const struct system_column sequences[] = {
    {"id", TYPE_BIGINT},       {"schema_id", TYPE_BIGINT},     {"name", TYPE_TEXT},
    {"type_name", TYPE_TEXT},  {"start", TYPE_BIGINT},         {"minimum", TYPE_BIGINT},
    {"maximum", TYPE_BIGINT},  {"increment", TYPE_BIGINT},     {"cache", TYPE_BIGINT},
    {"cycle", TYPE_BOOLEAN},   {"last_value", TYPE_BIGINT},    {"called", TYPE_BOOLEAN},
    {"owner_id", TYPE_BIGINT}, {"owner_position", TYPE_BIGINT}};

static const struct system_column comments[] = {
    {"schema_id", TYPE_BIGINT},     {"relation_id", TYPE_BIGINT},
    {"constraint_id", TYPE_BIGINT}, {"index_id", TYPE_BIGINT},
    {"type_id", TYPE_BIGINT},       {"domain_id", TYPE_BIGINT},
    {"check_id", TYPE_BIGINT},      {"sequence_id", TYPE_BIGINT},
    {"position", TYPE_BIGINT},      {"comment", TYPE_TEXT}};

#define CATALOG_TABLE(name)                                                            \
  { #name, "__tidemark_" #name, name, sizeof name / sizeof name[0] }
const struct catalog_table catalog_tables[] = {
    CATALOG_TABLE(schemas),
    CATALOG_TABLE(relations),
    CATALOG_TABLE(columns),
    CATALOG_TABLE(constraints),
    CATALOG_TABLE(constraint_columns),
    CATALOG_TABLE(indexes),
    CATALOG_TABLE(views),
    CATALOG_TABLE(labels),
    CATALOG_TABLE(domains),
    CATALOG_TABLE(domain_checks),
    CATALOG_TABLE(sequences),
    CATALOG_TABLE(comments),
    {"enums", "__tidemark_types", types, sizeof types / sizeof types[0]}};
const int catalog_table_count = sizeof catalog_tables / sizeof catalog_tables[0];

/* PostgreSQL's oids, names and categories of the types that are here, and the enums. */
const struct standard_relation catalog_types = {
    CATALOG_SCHEMA, "types",
    "SELECT 11::bigint AS schema_oid, 'pg_catalog' AS schema, b.*, b.name AS shown,"
    "  false AS is_enum FROM (VALUES"
    " (16::bigint, 'bool', 'boolean', 1, 'B', true, 1000::bigint),"
    " (17, 'bytea', 'bytea', -1, 'U', false, 1001),"
    " (20, 'int8', 'bigint', 8, 'N', false, 1016),"
    " (21, 'int2', 'smallint', 2, 'N', false, 1005),"
    " (23, 'int4', 'integer', 4, 'N', false, 1007),"
    " (25, 'text', 'text', -1, 'S', true, 1009),"
    " (114, 'json', 'json', -1, 'U', false, 199),"
    " (700, 'float4', 'real', 4, 'N', false, 1021),"
    " (701, 'float8', 'double precision', 8, 'N', true, 1022),"
    " (1042, 'bpchar', 'character', -1, 'S', false, 1014),"
    " (1043, 'varchar', 'character varying', -1, 'S', false, 1015),"
    " (1082, 'date', 'date', 4, 'D', false, 1182),"
    " (1083, 'time', 'time without time zone', 8, 'D', false, 1183),"
    " (1114, 'timestamp', 'timestamp without time zone', 8, 'D', false, 1115),"
    " (1184, 'timestamptz', 'timestamp with time zone', 8, 'D', true, 1185),"
    " (1186, 'interval', 'interval', 16, 'T', true, 1187),"
    " (1266, 'timetz', 'time with time zone', 12, 'D', false, 1270),"
    " (1700, 'numeric', 'numeric', -1, 'N', false, 1231),"
    " (2950, 'uuid', 'uuid', 16, 'U', false, 2951),"
    " (3802, 'jsonb', 'jsonb', -1, 'U', false, 3807))"
    " AS b (oid, typname, name, length, category, preferred, array_oid)"
    " UNION ALL SELECT " OID_OF_SCHEMA("s.id") ", s.name, " OID_OF_ENUM(
        "e.id") ", e.name,"
                "  'enum' || e.id, 4, 'E', false, " OID_OF_ENUM(
                    "e.id") " + 4,"
                            "  CASE s.name WHEN 'public' THEN '' ELSE "
                            "quote_ident(s.name) || '.' END || quote_ident(e.name),"
                            "  true"
                            " FROM __catalog.enums e JOIN __catalog.schemas s ON s.id "
                            "= e.schema_id"};
