/* Schema pg_catalog, as far as tools read it: PostgreSQL's own account of what there is. oids are of type bigint, names
 * of type text. */
#include "catalog/standard.h"

/* SQL is laid out by hand. */
// clang-format off

static const char pg_namespace[] =
    "SELECT " OID_OF_SCHEMA("s.id") " AS oid, s.name AS nspname, 10::bigint AS nspowner,"
    " NULL::text[] AS nspacl FROM __catalog.schemas s WHERE " USER_SCHEMA
    " UNION ALL VALUES (11, 'pg_catalog', 10, NULL::text[]),"
    " (13000, 'information_schema', 10, NULL), (13001, 'tidemark', 10, NULL)";

/* A realtime view is as current as any view; one that keeps rows until it is refreshed is materialized. */
#define RELATION_KIND                                                                  \
  "CASE WHEN r.kind = 'table' THEN 'r' WHEN v.mode = 'materialized' THEN 'm' ELSE 'v' END"

/* The indexes of keys, and those that CREATE INDEX made; a unique one of these is listed among the constraints too. */
#define INDEXES                                                                        \
  "(SELECT " OID_OF_CONSTRAINT("k.id") " AS oid, k.relation_id, k.name, true AS is_unique," \
  "  k.kind = 'primary key' AS is_primary, k.id AS constraint_id, NULL::text AS definition" \
  " FROM __catalog.constraints k WHERE k.kind IN ('primary key', 'unique')"            \
  " UNION ALL SELECT " OID_OF_INDEX("i.id") ", i.relation_id, i.name,"                 \
  "  i.definition LIKE 'CREATE UNIQUE %', false,"                                      \
  "  (SELECT k.id FROM __catalog.constraints k WHERE k.relation_id = i.relation_id"    \
  "    AND k.name = i.name AND k.kind LIKE '%index'), i.definition"                    \
  " FROM __catalog.indexes i)"
#define INDEXES_OF_TABLES                                                              \
  INDEXES " i JOIN __catalog.relations r ON r.id = i.relation_id AND r.kind = 'table'" \
  " JOIN __catalog.schemas s ON s.id = r.schema_id AND " USER_SCHEMA

#define CLASS(oid, name, kind, has_index, columns, checks)                             \
  "SELECT " oid " AS oid, " name " AS relname, " OID_OF_SCHEMA("s.id") " AS relnamespace," \
  " 0::bigint AS reltype, 0::bigint AS reloftype, 10::bigint AS relowner,"             \
  " 0::bigint AS relam, " oid " AS relfilenode, 0::bigint AS reltablespace,"           \
  " 0 AS relpages, (-1)::real AS reltuples, 0::bigint AS reltoastrelid,"               \
  " " has_index " AS relhasindex, false AS relisshared, 'p' AS relpersistence,"        \
  " " kind " AS relkind, " columns "::smallint AS relnatts,"                           \
  " " checks "::smallint AS relchecks, false AS relhasrules, false AS relhastriggers," \
  " false AS relrowsecurity, false AS relforcerowsecurity, true AS relispopulated,"    \
  " 'd' AS relreplident, false AS relispartition"

static const char pg_class[] =
    CLASS(OID_OF_RELATION("r.id"), "r.name", RELATION_KIND,
          "EXISTS (SELECT 1 FROM __catalog.constraints k WHERE k.relation_id = r.id"
          "  AND k.kind IN ('primary key', 'unique') AND r.kind = 'table')"
          " OR EXISTS (SELECT 1 FROM __catalog.indexes i WHERE i.relation_id = r.id)",
          "(SELECT count(*) FROM __catalog.columns c WHERE c.relation_id = r.id AND NOT c.hidden)",
          "(SELECT count(*) FROM __catalog.constraints k WHERE k.relation_id = r.id"
          "  AND k.kind = 'check')")
    " FROM " RELATIONS " LEFT JOIN __catalog.views v ON v.relation_id = r.id"
    " UNION ALL "
    CLASS("i.oid", "i.name", "'i'", "false",
          "(SELECT count(*) FROM __catalog.constraint_columns kc"
          "  WHERE kc.constraint_id = i.constraint_id)", "0")
    " FROM " INDEXES_OF_TABLES;

#define MODIFIER                                                                       \
  "CASE WHEN c.type_precision < 0 THEN -1 WHEN t.category = 'S' THEN c.type_precision + 4" \
  " WHEN t.typname = 'numeric' THEN c.type_precision * 65536 + (greatest(c.type_scale, 0) & 2047) + 4" \
  " ELSE c.type_precision END"

static const char pg_attribute[] =
    "SELECT " OID_OF_RELATION("r.id") " AS attrelid, c.name AS attname,"
    " CASE WHEN c.domain_id IS NOT NULL THEN " OID_OF_DOMAIN("c.domain_id")
    "  WHEN c.type_array THEN t.array_oid ELSE t.oid END AS atttypid,"
    " CASE WHEN c.type_array THEN -1 ELSE t.length END::smallint AS attlen,"
    " c.position::smallint AS attnum, CASE WHEN c.type_array THEN 1 ELSE 0 END AS attndims,"
    " CASE WHEN c.domain_id IS NULL THEN " MODIFIER " ELSE -1 END AS atttypmod, c.not_null AS attnotnull,"
    " c.expression IS NOT NULL AND r.kind = 'table' AS atthasdef, false AS atthasmissing,"
    " CASE WHEN c.identity IN (1, 3) THEN 'd' WHEN c.identity > 0 THEN 'a' ELSE '' END AS attidentity,"
    " CASE WHEN c.generated THEN 's' ELSE '' END AS attgenerated, false AS attisdropped,"
    " true AS attislocal, 0 AS attinhcount,"
    " CASE WHEN t.category = 'S' THEN 100 ELSE 0 END::bigint AS attcollation"
    " FROM " COLUMNS;

static const char pg_attrdef[] =
    "SELECT " OID_OF_RELATION("r.id") " * 2048 + c.position AS oid,"
    " " OID_OF_RELATION("r.id") " AS adrelid,"
    " c.position::smallint AS adnum, c.expression AS adbin"
    " FROM " COLUMNS " AND c.expression IS NOT NULL AND r.kind = 'table'";

#define TYPE_ROW(oid, name, length, kind, category, preferred, element, array)         \
  "SELECT " oid " AS oid, " name " AS typname, t.schema_oid AS typnamespace,"           \
  " 10::bigint AS typowner, " length "::smallint AS typlen, " length " BETWEEN 1 AND 8 AS typbyval," \
  " " kind " AS typtype, " category " AS typcategory, " preferred " AS typispreferred,"     \
  " true AS typisdefined, ',' AS typdelim, 0::bigint AS typrelid,"                     \
  " " element " AS typelem, " array " AS typarray, false AS typnotnull,"               \
  " 0::bigint AS typbasetype, -1 AS typtypmod, 0 AS typndims, 0::bigint AS typcollation," \
  " NULL::text AS typdefault FROM __catalog.types t"

static const char pg_type[] =
    TYPE_ROW("t.oid", "t.typname", "t.length", "CASE WHEN t.is_enum THEN 'e' ELSE 'b' END", "t.category", "t.preferred", "0::bigint", "t.array_oid")
    " UNION ALL "
    TYPE_ROW("t.array_oid", "'_' || t.typname", "(-1)", "'b'", "'A'", "false", "t.oid", "0::bigint")
    " UNION ALL SELECT " OID_OF_DOMAIN("c.id") ", c.name, " OID_OF_SCHEMA("c.schema_id") ", 10::bigint,"
    " CASE WHEN c.type_array THEN -1 ELSE t.length END::smallint,"
    " NOT c.type_array AND t.length BETWEEN 1 AND 8, 'd', CASE WHEN c.type_array THEN 'A' ELSE t.category END,"
    " false, true, ',', 0::bigint, 0::bigint, 0::bigint, c.not_null,"
    " CASE WHEN c.domain_id IS NOT NULL THEN " OID_OF_DOMAIN("c.domain_id")
    "  WHEN c.type_array THEN t.array_oid ELSE t.oid END,"
    " CASE WHEN c.domain_id IS NULL THEN " MODIFIER " ELSE -1 END, CASE WHEN c.type_array THEN 1 ELSE 0 END,"
    " CASE WHEN t.category = 'S' THEN 100 ELSE 0 END::bigint, c.expression"
    " FROM __catalog.domains c JOIN __catalog.types t ON t.name = c.type_name";

static const char pg_enum[] =
    "SELECT " OID_OF_ENUM("l.type_id") " * 1000 + l.ordinal AS oid, " OID_OF_ENUM("l.type_id") " AS enumtypid,"
    " l.ordinal::real AS enumsortorder, l.label AS enumlabel FROM __catalog.labels l";

static const char pg_index[] =
    "SELECT i.oid AS indexrelid, " OID_OF_RELATION("r.id") " AS indrelid,"
    " (SELECT count(*) FROM __catalog.constraint_columns kc WHERE kc.constraint_id = i.constraint_id)"
    "  ::smallint AS indnatts,"
    " (SELECT count(*) FROM __catalog.constraint_columns kc WHERE kc.constraint_id = i.constraint_id)"
    "  ::smallint AS indnkeyatts,"
    " i.is_unique AS indisunique, false AS indnullsnotdistinct, i.is_primary AS indisprimary,"
    " false AS indisexclusion, true AS indimmediate, false AS indisclustered, true AS indisvalid,"
    " true AS indisready, true AS indislive,"
    " CASE WHEN i.constraint_id IS NOT NULL THEN ARRAY(SELECT kc.position::smallint"
    "  FROM __catalog.constraint_columns kc WHERE kc.constraint_id = i.constraint_id"
    "  ORDER BY kc.ordinal) END AS indkey,"
    " substring(i.definition FROM ' WHERE (.*)$') AS indpred"
    " FROM " INDEXES_OF_TABLES;

#define ACTION(action)                                                                 \
  "CASE WHEN k.kind <> 'foreign key' THEN ' ' ELSE CASE k." action                     \
  " WHEN 1 THEN 'r' WHEN 2 THEN 'c' WHEN 3 THEN 'n' WHEN 4 THEN 'd' ELSE 'a' END END"
#define POSITIONS(position)                                                            \
  "ARRAY(SELECT kc." position "::smallint FROM __catalog.constraint_columns kc"        \
  " WHERE kc.constraint_id = k.id ORDER BY kc.ordinal)"

static const char pg_constraint[] =
    "SELECT " OID_OF_CONSTRAINT("k.id") " AS oid, k.name AS conname,"
    " " OID_OF_SCHEMA("s.id") " AS connamespace,"
    " CASE k.kind WHEN 'primary key' THEN 'p' WHEN 'unique' THEN 'u' WHEN 'check' THEN 'c'"
    "  ELSE 'f' END AS contype,"
    " false AS condeferrable, false AS condeferred, true AS convalidated,"
    " " OID_OF_RELATION("r.id") " AS conrelid, 0::bigint AS contypid,"
    " CASE WHEN k.kind IN ('primary key', 'unique') THEN " OID_OF_CONSTRAINT("k.id")
    "  ELSE 0 END AS conindid, 0::bigint AS conparentid,"
    " coalesce(" OID_OF_RELATION("k.referenced_id") ", 0) AS confrelid,"
    " " ACTION("on_update") " AS confupdtype, " ACTION("on_delete") " AS confdeltype,"
    " CASE k.kind WHEN 'foreign key' THEN 's' ELSE ' ' END AS confmatchtype,"
    " true AS conislocal, 0 AS coninhcount, true AS connoinherit,"
    " CASE WHEN k.kind <> 'check' THEN " POSITIONS("position") " END AS conkey,"
    " CASE WHEN k.kind = 'foreign key' THEN " POSITIONS("referenced_position") " END AS confkey,"
    " k.expression AS conbin"
    " FROM __catalog.constraints k JOIN __catalog.relations r ON r.id = k.relation_id"
    "  AND r.kind = 'table' AND k.kind NOT LIKE '%index'"
    " JOIN __catalog.schemas s ON s.id = r.schema_id AND " USER_SCHEMA
    " UNION ALL SELECT " OID_OF_DOMAIN_CHECK("k.id") ", k.name, " OID_OF_SCHEMA("d.schema_id") ", 'c',"
    " false, false, k.validated, 0::bigint, " OID_OF_DOMAIN("d.id") ", 0::bigint, 0::bigint, 0::bigint,"
    " ' ', ' ', ' ', true, 0, false, NULL::smallint[], NULL::smallint[], k.expression"
    " FROM __catalog.domain_checks k JOIN __catalog.domains d ON d.id = k.domain_id";

/* --- the same for people --- */

static const char pg_tables[] =
    "SELECT s.name AS schemaname, r.name AS tablename, " DATABASE_NAME " AS tableowner,"
    " NULL::text AS tablespace,"
    " EXISTS (SELECT 1 FROM __catalog.constraints k WHERE k.relation_id = r.id"
    "  AND k.kind IN ('primary key', 'unique'))"
    "  OR EXISTS (SELECT 1 FROM __catalog.indexes i WHERE i.relation_id = r.id) AS hasindexes,"
    " false AS hasrules, false AS hastriggers, false AS rowsecurity"
    " FROM " RELATIONS " WHERE r.kind = 'table'";

static const char pg_views[] =
    "SELECT s.name AS schemaname, r.name AS viewname, " DATABASE_NAME " AS viewowner,"
    " v.query AS definition FROM " RELATIONS " JOIN __catalog.views v ON v.relation_id = r.id"
    " WHERE v.mode <> 'materialized'";

static const char pg_matviews[] =
    "SELECT s.name AS schemaname, r.name AS matviewname, " DATABASE_NAME " AS matviewowner,"
    " NULL::text AS tablespace,"
    " EXISTS (SELECT 1 FROM __catalog.indexes i WHERE i.relation_id = r.id) AS hasindexes,"
    " v.filled AS ispopulated, v.query AS definition"
    " FROM " RELATIONS " JOIN __catalog.views v ON v.relation_id = r.id"
    " WHERE v.mode = 'materialized'";

/* The statement that would make the index. */
#define INDEX_DEFINITION                                                               \
  "coalesce(i.definition, 'CREATE UNIQUE INDEX ' || quote_ident(i.name) || ' ON '"     \
  " || quote_ident(s.name) || '.' || quote_ident(r.name) || ' ('"                      \
  " || (SELECT string_agg(quote_ident(c.name), ', ' ORDER BY kc.ordinal)"              \
  "  FROM __catalog.constraint_columns kc JOIN __catalog.columns c"                    \
  "  ON c.relation_id = i.relation_id AND c.position = kc.position"                    \
  "  WHERE kc.constraint_id = i.constraint_id) || ')')"

static const char pg_indexes[] =
    "SELECT s.name AS schemaname, r.name AS tablename, i.name AS indexname,"
    " NULL::text AS tablespace, " INDEX_DEFINITION " AS indexdef FROM " INDEXES_OF_TABLES;

static const char pg_sequences[] =
    "SELECT s.name AS schemaname, q.name AS sequencename, " DATABASE_NAME " AS sequenceowner,"
    " q.type_name AS data_type, q.start AS start_value, q.minimum AS min_value,"
    " q.maximum AS max_value, q.increment AS increment_by, q.cycle, q.cache AS cache_size,"
    " CASE WHEN q.called THEN q.last_value END AS last_value"
    " FROM __catalog.sequences q JOIN __catalog.schemas s ON s.id = q.schema_id AND " USER_SCHEMA;

/* Comments, by what they are on. */
#define DESCRIBED(oid, class, position, of)                                            \
  "SELECT " oid " AS objoid, " class "::bigint AS classoid, " position " AS objsubid," \
  " d.comment AS description FROM __catalog.comments d WHERE d." of " IS NOT NULL"
static const char pg_description[] =
    DESCRIBED(OID_OF_RELATION("d.relation_id"), "1259", "d.position::integer", "relation_id")
    " UNION ALL " DESCRIBED(OID_OF_INDEX("d.index_id"), "1259", "0", "index_id")
    " UNION ALL "
    DESCRIBED(OID_OF_CONSTRAINT("d.constraint_id"), "CASE d.position WHEN 0 THEN 2606 ELSE 1259 END", "0",
              "constraint_id")
    " UNION ALL " DESCRIBED(OID_OF_SCHEMA("d.schema_id"), "2615", "0", "schema_id")
    " UNION ALL " DESCRIBED(OID_OF_ENUM("d.type_id"), "1247", "0", "type_id")
    " UNION ALL " DESCRIBED(OID_OF_DOMAIN("d.domain_id"), "1247", "0", "domain_id")
    " UNION ALL " DESCRIBED(OID_OF_DOMAIN_CHECK("d.check_id"), "2606", "0", "check_id")
    " UNION ALL " DESCRIBED(OID_OF_SEQUENCE("d.sequence_id"), "1259", "0", "sequence_id");

static const char pg_database[] =
    "SELECT 5::bigint AS oid, " DATABASE_NAME " AS datname, 10::bigint AS datdba, 6 AS encoding,"
    " 'C' AS datcollate, 'C' AS datctype, false AS datistemplate, true AS datallowconn";

static const char pg_roles[] =
    "SELECT 10::bigint AS oid, " DATABASE_NAME " AS rolname, true AS rolsuper, true AS rolcanlogin";

// clang-format on

#define RELATION(name)                                                                 \
  { "pg_catalog", #name, name }
const struct standard_relation pg_catalog[] = {
    RELATION(pg_namespace),   RELATION(pg_class),      RELATION(pg_attribute),
    RELATION(pg_attrdef),     RELATION(pg_type),       RELATION(pg_enum),
    RELATION(pg_index),       RELATION(pg_constraint), RELATION(pg_tables),
    RELATION(pg_views),       RELATION(pg_matviews),   RELATION(pg_indexes),
    RELATION(pg_description), RELATION(pg_database),   RELATION(pg_roles),
    RELATION(pg_sequences)};
const int pg_catalog_count = sizeof pg_catalog / sizeof pg_catalog[0];
