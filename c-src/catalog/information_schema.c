/* Schema information_schema, as the SQL standard has it: what there is in columns that every database calls alike. */
#include "catalog/standard.h"

/* SQL is laid out by hand. */
// clang-format off

#define CATALOG(column) DATABASE_NAME " AS " column
#define NOTHING(column) "NULL::text AS " column
#define NO_NUMBER(column) "NULL::integer AS " column
#define YES_OR_NO(condition, column) "CASE WHEN " condition " THEN 'YES' ELSE 'NO' END AS " column

static const char schemata[] =
    "SELECT " CATALOG("catalog_name") ", n.name AS schema_name,"
    " " DATABASE_NAME " AS schema_owner, " NOTHING("default_character_set_catalog") ","
    " " NOTHING("default_character_set_schema") ", " NOTHING("default_character_set_name") ","
    " " NOTHING("sql_path")
    " FROM (SELECT s.name FROM __catalog.schemas s WHERE " USER_SCHEMA
    "  UNION ALL VALUES ('information_schema'), ('pg_catalog'), ('tidemark')) n";

/* A materialized view is none of the standard's. */
#define SHOWN_RELATIONS                                                                \
  RELATIONS " LEFT JOIN __catalog.views v ON v.relation_id = r.id"                     \
  " WHERE (v.mode IS NULL OR v.mode <> 'materialized')"

#define IS_WRITABLE "r.kind = 'table' OR v.not_updatable_because IS NULL"

static const char tables[] =
    "SELECT " CATALOG("table_catalog") ", s.name AS table_schema, r.name AS table_name,"
    " CASE r.kind WHEN 'table' THEN 'BASE TABLE' ELSE 'VIEW' END AS table_type,"
    " " NOTHING("self_referencing_column_name") ", " NOTHING("reference_generation") ","
    " " NOTHING("user_defined_type_catalog") ", " NOTHING("user_defined_type_schema") ","
    " " NOTHING("user_defined_type_name") ", " YES_OR_NO(IS_WRITABLE, "is_insertable_into") ","
    " 'NO' AS is_typed, " NOTHING("commit_action")
    " FROM " SHOWN_RELATIONS;

static const char views[] =
    "SELECT " CATALOG("table_catalog") ", s.name AS table_schema, r.name AS table_name,"
    " v.query AS view_definition, 'NONE' AS check_option,"
    " " YES_OR_NO("v.not_updatable_because IS NULL", "is_updatable") ","
    " " YES_OR_NO("v.not_updatable_because IS NULL", "is_insertable_into") ","
    " 'NO' AS is_trigger_updatable, 'NO' AS is_trigger_deletable,"
    " 'NO' AS is_trigger_insertable_into"
    " FROM " SHOWN_RELATIONS " AND v.mode IS NOT NULL";

/* What a length, precision or scale is of that type; NULL where it has none. */
#define IS_TEXT "t.category = 'S' AND NOT c.type_array"
#define IS_DATETIME "t.category IN ('D', 'T') AND NOT c.type_array"
#define GIVEN(modifier) "nullif(c." modifier ", -1)"

/* What there is to say of a type: of the alias c, a column or a domain, with t its type as such. Of a domain over a
 * domain nothing is said but the name of that. */
#define SAID(over, expression, column)                                                 \
  " CASE WHEN " over " THEN NULL ELSE " expression " END AS " column ","
#define TYPE_COLUMNS(over)                                                             \
  SAID(over, "CASE WHEN " IS_TEXT " THEN " GIVEN("type_precision") " END", "character_maximum_length") \
  SAID(over, "CASE WHEN " IS_TEXT " THEN coalesce(" GIVEN("type_precision") " * 4, 1073741824) END", \
       "character_octet_length")                                                       \
  SAID(over, "CASE WHEN c.type_array THEN NULL ELSE CASE t.typname WHEN 'int2' THEN 16 WHEN 'int4' THEN 32" \
       " WHEN 'int8' THEN 64 WHEN 'float4' THEN 24 WHEN 'float8' THEN 53"             \
       " WHEN 'numeric' THEN " GIVEN("type_precision") " END END", "numeric_precision") \
  SAID(over, "CASE WHEN t.category = 'N' AND NOT c.type_array THEN"                    \
       " CASE t.typname WHEN 'numeric' THEN 10 ELSE 2 END END", "numeric_precision_radix") \
  SAID(over, "CASE WHEN c.type_array THEN NULL WHEN t.typname LIKE 'int_' THEN 0"      \
       " WHEN t.typname = 'numeric' AND c.type_precision >= 0 THEN greatest(c.type_scale, 0) END", \
       "numeric_scale")                                                                \
  SAID(over, "CASE WHEN " IS_DATETIME " THEN CASE t.typname WHEN 'date' THEN 0"        \
       " ELSE coalesce(" GIVEN("type_precision") ", 6) END END", "datetime_precision") \
  " " NOTHING("interval_type") ", " NO_NUMBER("interval_precision") ","                \
  " " NOTHING("character_set_catalog") ", " NOTHING("character_set_schema") ","        \
  " " NOTHING("character_set_name") ", " NOTHING("collation_catalog") ","              \
  " " NOTHING("collation_schema") ", " NOTHING("collation_name") ","
/* … and what it is called; o is the domain that a domain is over, os its schema. */
#define TYPE_NAME                                                                      \
  " " CATALOG("udt_catalog") ", coalesce(os.name, t.schema) AS udt_schema,"            \
  " coalesce(o.name, CASE WHEN c.type_array THEN '_' || t.typname ELSE t.typname END) AS udt_name,"
#define OVER(id)                                                                       \
  " LEFT JOIN __catalog.domains o ON o.id = " id                                       \
  " LEFT JOIN __catalog.schemas os ON os.id = o.schema_id"

#define DOMAIN_OF_COLUMN                                                               \
  " LEFT JOIN __catalog.domains d ON d.id = c.domain_id"                               \
  " LEFT JOIN __catalog.schemas ds ON ds.id = d.schema_id"

/* How an identity column counts: as its sequence does, or in the usual way. */
#define OF_IDENTITY(of_sequence, usual, name)                                          \
  " CASE WHEN c.identity > 0 THEN coalesce(" of_sequence ", " usual ")::text END AS " name ","

static const char columns[] =
    "SELECT " CATALOG("table_catalog") ", s.name AS table_schema, r.name AS table_name,"
    " c.name AS column_name, c.position::integer AS ordinal_position,"
    " CASE WHEN NOT c.generated THEN c.expression END AS column_default,"
    " " YES_OR_NO("NOT (c.not_null OR coalesce(d.not_null, false))", "is_nullable") ","
    " CASE WHEN o.id IS NOT NULL THEN 'USER-DEFINED' WHEN c.type_array THEN 'ARRAY'"
    "  WHEN t.is_enum THEN 'USER-DEFINED' ELSE t.name END AS data_type,"
    TYPE_COLUMNS("o.id IS NOT NULL")
    " CASE WHEN d.id IS NOT NULL THEN " DATABASE_NAME " END AS domain_catalog, ds.name AS domain_schema,"
    " d.name AS domain_name,"
    TYPE_NAME
    " " NOTHING("scope_catalog") ", " NOTHING("scope_schema") ", " NOTHING("scope_name") ","
    " " NO_NUMBER("maximum_cardinality") ", c.position::text AS dtd_identifier,"
    " 'NO' AS is_self_referencing, " YES_OR_NO("c.identity > 0", "is_identity") ","
    " CASE WHEN c.identity IN (1, 3) THEN 'BY DEFAULT' WHEN c.identity > 0 THEN 'ALWAYS' END AS identity_generation,"
    OF_IDENTITY("q.start", "1", "identity_start") OF_IDENTITY("q.increment", "1", "identity_increment")
    OF_IDENTITY("q.maximum", "CASE t.typname WHEN 'int2' THEN 32767"
    "  WHEN 'int4' THEN 2147483647 ELSE 9223372036854775807 END", "identity_maximum")
    OF_IDENTITY("q.minimum", "1", "identity_minimum")
    " CASE WHEN q.cycle THEN 'YES' ELSE 'NO' END AS identity_cycle,"
    " CASE WHEN c.generated THEN 'ALWAYS' ELSE 'NEVER' END AS is_generated,"
    " CASE WHEN c.generated THEN c.expression END AS generation_expression,"
    " " YES_OR_NO("r.kind = 'table' OR (v.not_updatable_because IS NULL"
    "   AND c.origin_column IS NOT NULL)", "is_updatable")
    " FROM " COLUMNS " LEFT JOIN __catalog.sequences q ON c.identity > 2 AND q.owner_id = r.id AND q.owner_position = c.position"
    " LEFT JOIN __catalog.views v ON v.relation_id = r.id" DOMAIN_OF_COLUMN OVER("d.domain_id")
    " WHERE (v.mode IS NULL OR v.mode <> 'materialized')";

#define DOMAINS                                                                        \
  "__catalog.domains c JOIN __catalog.types t ON t.name = c.type_name"                 \
  " JOIN __catalog.schemas s ON s.id = c.schema_id AND " USER_SCHEMA

static const char domains[] =
    "SELECT " CATALOG("domain_catalog") ", s.name AS domain_schema, c.name AS domain_name,"
    " CASE WHEN o.id IS NOT NULL OR t.is_enum THEN 'USER-DEFINED'"
    "  WHEN c.type_array THEN t.name || '[]' ELSE t.name END AS data_type,"
    TYPE_COLUMNS("o.id IS NOT NULL")
    " c.expression AS domain_default,"
    TYPE_NAME
    " " NOTHING("scope_catalog") ", " NOTHING("scope_schema") ", " NOTHING("scope_name") ","
    " " NO_NUMBER("maximum_cardinality") ", '1' AS dtd_identifier"
    " FROM " DOMAINS OVER("c.domain_id");

#define CONSTRAINT_NAME                                                                \
  CATALOG("constraint_catalog") ", s.name AS constraint_schema, k.name AS constraint_name"

#define DOMAIN_CONSTRAINTS                                                             \
  DOMAINS " JOIN __catalog.domain_checks k ON k.domain_id = c.id"

static const char domain_constraints[] =
    "SELECT " CONSTRAINT_NAME ", " CATALOG("domain_catalog") ", s.name AS domain_schema,"
    " c.name AS domain_name, 'NO' AS is_deferrable, 'NO' AS initially_deferred"
    " FROM " DOMAIN_CONSTRAINTS;

/* Constraints of tables; what CREATE UNIQUE INDEX made is none. */
#define TABLE_CONSTRAINTS                                                              \
  "__catalog.constraints k JOIN __catalog.relations r ON r.id = k.relation_id"         \
  " AND r.kind = 'table' AND k.kind NOT LIKE '%index'"                                 \
  " JOIN __catalog.schemas s ON s.id = r.schema_id AND " USER_SCHEMA
static const char table_constraints[] =
    "SELECT " CONSTRAINT_NAME ", " CATALOG("table_catalog") ", s.name AS table_schema,"
    " r.name AS table_name, upper(k.kind) AS constraint_type, 'NO' AS is_deferrable,"
    " 'NO' AS initially_deferred, 'YES' AS enforced,"
    " CASE k.kind WHEN 'unique' THEN 'YES' END AS nulls_distinct"
    " FROM " TABLE_CONSTRAINTS;

static const char check_constraints[] =
    "SELECT " CONSTRAINT_NAME ", '(' || k.expression || ')' AS check_clause"
    " FROM " TABLE_CONSTRAINTS " WHERE k.kind = 'check'"
    " UNION ALL SELECT " CONSTRAINT_NAME ", '(' || k.expression || ')' AS check_clause"
    " FROM " DOMAIN_CONSTRAINTS;

static const char key_column_usage[] =
    "SELECT " CONSTRAINT_NAME ", " CATALOG("table_catalog") ", s.name AS table_schema,"
    " r.name AS table_name, c.name AS column_name, (kc.ordinal + 1)::integer AS ordinal_position,"
    " CASE WHEN k.kind = 'foreign key' THEN (SELECT (uc.ordinal + 1)::integer"
    "  FROM __catalog.constraints u JOIN __catalog.constraint_columns uc ON uc.constraint_id = u.id"
    "  WHERE u.relation_id = k.referenced_id AND u.kind IN ('primary key', 'unique')"
    "   AND uc.position = kc.referenced_position ORDER BY u.kind, u.id LIMIT 1) END"
    "  AS position_in_unique_constraint"
    " FROM " TABLE_CONSTRAINTS
    " JOIN __catalog.constraint_columns kc ON kc.constraint_id = k.id"
    " JOIN __catalog.columns c ON c.relation_id = r.id AND c.position = kc.position";

static const char constraint_column_usage[] =
    "SELECT " CATALOG("table_catalog") ", ts.name AS table_schema, tr.name AS table_name,"
    " c.name AS column_name, " CONSTRAINT_NAME
    " FROM " TABLE_CONSTRAINTS
    " JOIN __catalog.constraint_columns kc ON kc.constraint_id = k.id"
    " JOIN __catalog.relations tr ON tr.id = coalesce(k.referenced_id, k.relation_id)"
    " JOIN __catalog.schemas ts ON ts.id = tr.schema_id"
    " JOIN __catalog.columns c ON c.relation_id = tr.id"
    "  AND c.position = coalesce(kc.referenced_position, kc.position)";

/* The key that a foreign key refers to: the one over just those columns. */
#define REFERENCED_KEY                                                                 \
  "(SELECT u.name FROM __catalog.constraints u WHERE u.relation_id = k.referenced_id"  \
  " AND u.kind IN ('primary key', 'unique')"                                           \
  " AND (SELECT count(*) FROM __catalog.constraint_columns a WHERE a.constraint_id = u.id)" \
  "  = (SELECT count(*) FROM __catalog.constraint_columns b WHERE b.constraint_id = k.id)"  \
  " AND NOT EXISTS (SELECT 1 FROM __catalog.constraint_columns b WHERE b.constraint_id = k.id" \
  "  AND b.referenced_position NOT IN (SELECT a.position FROM __catalog.constraint_columns a" \
  "   WHERE a.constraint_id = u.id)) ORDER BY u.kind, u.id LIMIT 1)"
#define RULE(action)                                                                   \
  "CASE k." action " WHEN 1 THEN 'RESTRICT' WHEN 2 THEN 'CASCADE' WHEN 3 THEN 'SET NULL'" \
  " WHEN 4 THEN 'SET DEFAULT' ELSE 'NO ACTION' END"

static const char referential_constraints[] =
    "SELECT " CONSTRAINT_NAME ", " CATALOG("unique_constraint_catalog") ","
    " us.name AS unique_constraint_schema, " REFERENCED_KEY " AS unique_constraint_name,"
    " 'NONE' AS match_option, " RULE("on_update") " AS update_rule,"
    " " RULE("on_delete") " AS delete_rule"
    " FROM " TABLE_CONSTRAINTS
    " JOIN __catalog.relations ur ON ur.id = k.referenced_id"
    " JOIN __catalog.schemas us ON us.id = ur.schema_id WHERE k.kind = 'foreign key'";

static const char sequences[] =
    "SELECT " CATALOG("sequence_catalog") ", s.name AS sequence_schema, q.name AS sequence_name,"
    " q.type_name AS data_type,"
    " CASE q.type_name WHEN 'smallint' THEN 16 WHEN 'integer' THEN 32 ELSE 64 END AS numeric_precision,"
    " 2 AS numeric_precision_radix, 0 AS numeric_scale, q.start::text AS start_value,"
    " q.minimum::text AS minimum_value, q.maximum::text AS maximum_value,"
    " q.increment::text AS increment, " YES_OR_NO("q.cycle", "cycle_option")
    " FROM __catalog.sequences q JOIN __catalog.schemas s ON s.id = q.schema_id AND " USER_SCHEMA;

// clang-format on

#define RELATION(name)                                                                 \
  { "information_schema", #name, name }
const struct standard_relation information_schema[] = {
    RELATION(schemata),
    RELATION(tables),
    RELATION(views),
    RELATION(columns),
    RELATION(domains),
    RELATION(domain_constraints),
    RELATION(sequences),
    RELATION(table_constraints),
    RELATION(check_constraints),
    RELATION(key_column_usage),
    RELATION(constraint_column_usage),
    RELATION(referential_constraints)};
const int information_schema_count =
    sizeof information_schema / sizeof information_schema[0];
