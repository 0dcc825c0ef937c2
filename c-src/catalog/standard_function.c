/* Functions that tell about the catalog: which there are, and how a call becomes a query. */
#include "catalog/standard_function.h"

#include <string.h>

#include "catalog/standard.h"
#include "sql/walk.h"

#define ONE(type)                                                                      \
  { type, false, -1, -1, 0 }
#define BOOLEAN ONE(TYPE_BOOLEAN)
#define INTEGER ONE(TYPE_INTEGER)
#define BIGINT  ONE(TYPE_BIGINT)
#define TEXT    ONE(TYPE_TEXT)

/* The only user may do everything there is to do; NULL for what does not exist. */
#define SCHEMA_PRIVILEGE(name)                                                         \
  "SELECT true FROM pg_catalog.pg_namespace __n WHERE __n.nspname = " name
#define TABLE_PRIVILEGE(name)                                                          \
  "SELECT true FROM pg_catalog.pg_class __c"                                           \
  " JOIN pg_catalog.pg_namespace __n ON __n.oid = __c.relnamespace WHERE " IS_NAMED(   \
      name)

/* `name` as text finds a relation, as regclass would. */
#define IS_NAMED(name)                                                                 \
  "(quote_ident(__n.nspname) || '.' || quote_ident(__c.relname) = " name               \
  " OR (quote_ident(__c.relname) = " name                                              \
  "   AND __n.nspname = ANY (current_schemas(true))))"

/* --- the search path --- */

/* Those of its schemas that exist, as the elements of an array. */
static const char *path_elements(struct binder *binder) {
  const char *const *path;
  int count = catalog_search_path(binder->database, &path);
  const char *elements = "";
  for (int i = 0; elements && i < count; i++) {
    if (catalog_find_schema(binder->database, path[i]))
      elements = arena_format(binder->arena, "%s%s%Q", elements, *elements ? ", " : "",
                              path[i]);
  }
  return elements;
}

static const char *write_current_schema(struct binder *binder) {
  const char *elements = path_elements(binder);
  return elements
             ? arena_format(binder->arena, "SELECT (ARRAY[%s]::text[])[1]", elements)
             : NULL;
}

static const char *write_current_schemas(struct binder *binder) {
  const char *elements = path_elements(binder);
  return elements ? arena_format(
                        binder->arena,
                        "SELECT CASE WHEN $1 THEN ARRAY['pg_catalog'%s%s]::text[] ELSE "
                        "ARRAY[%s]::text[] END",
                        *elements ? ", " : "", elements, elements)
                  : NULL;
}

/* --- which there are --- */

/* SQL is laid out by hand. */
// clang-format off

/* Aliases begin with __: an argument that is put among them may name the user's. */
static const struct standard_function functions[] = {
    {"col_description", 2, {BIGINT, INTEGER},
     "SELECT __d.description FROM pg_catalog.pg_description __d"
     " WHERE __d.objoid = $1 AND __d.objsubid = $2", NULL},
    {"obj_description", 1, {BIGINT},
     "SELECT __d.description FROM pg_catalog.pg_description __d"
     " WHERE __d.objoid = $1 AND __d.objsubid = 0 ORDER BY __d.classoid LIMIT 1", NULL},
    {"obj_description", 2, {BIGINT, TEXT},
     "SELECT __d.description FROM pg_catalog.pg_description __d WHERE __d.objoid = $1"
     " AND __d.objsubid = 0 AND __d.classoid = (SELECT CASE $2 WHEN 'pg_class' THEN 1259"
     "  WHEN 'pg_namespace' THEN 2615 WHEN 'pg_constraint' THEN 2606 WHEN 'pg_type' THEN 1247 END)", NULL},
    {"current_schema", 0, {TEXT}, NULL, write_current_schema},
    {"current_schemas", 1, {BOOLEAN}, NULL, write_current_schemas},
    /* A modifier stands behind the first word of the type's name. */
    {"format_type", 2, {BIGINT, INTEGER},
     "SELECT CASE WHEN $1 IS NULL THEN NULL ELSE coalesce((SELECT"
     "  CASE WHEN $2 IS NULL OR $2 < 0 THEN __t.shown"
     "   WHEN __t.category = 'S' THEN __t.name || '(' || $2 - 4 || ')'"
     "   WHEN __t.typname = 'numeric' THEN"
     "    'numeric(' || ($2 - 4) / 65536 || ',' || (($2 - 4) & 2047) || ')'"
     "   WHEN __t.category IN ('D', 'T') AND __t.typname <> 'date' THEN split_part(__t.name, ' ', 1)"
     "    || '(' || $2 || ')' || substr(__t.name, length(split_part(__t.name, ' ', 1)) + 1)"
     "   ELSE __t.shown END || CASE $1 WHEN __t.array_oid THEN '[]' ELSE '' END"
     "  FROM __catalog.types __t WHERE $1 IN (__t.oid, __t.array_oid)),"
     "  (SELECT CASE __s.name WHEN 'public' THEN '' ELSE quote_ident(__s.name) || '.' END || quote_ident(__d.name)"
     "   FROM __catalog.domains __d JOIN __catalog.schemas __s ON __s.id = __d.schema_id"
     "   WHERE " OID_OF_DOMAIN("__d.id") " = $1), '?\?\?') END", NULL},
    {"has_schema_privilege", 2, {TEXT, TEXT}, SCHEMA_PRIVILEGE("$1") " AND $2 IS NOT NULL", NULL},
    {"has_schema_privilege", 3, {TEXT, TEXT, TEXT},
     SCHEMA_PRIVILEGE("$2") " AND $1 IS NOT NULL AND $3 IS NOT NULL", NULL},
    {"has_table_privilege", 2, {TEXT, TEXT}, TABLE_PRIVILEGE("$1") " AND $2 IS NOT NULL", NULL},
    {"has_table_privilege", 3, {TEXT, TEXT, TEXT},
     TABLE_PRIVILEGE("$2") " AND $1 IS NOT NULL AND $3 IS NOT NULL", NULL},
    {"pg_get_constraintdef", 1, {BIGINT},
     "SELECT CASE __k.kind WHEN 'check' THEN 'CHECK ((' || __k.expression || '))'"
     "  ELSE upper(__k.kind) || ' (' || (SELECT string_agg(quote_ident(__c.name), ', ' ORDER BY __kc.ordinal)"
     "   FROM __catalog.constraint_columns __kc JOIN __catalog.columns __c"
     "   ON __c.relation_id = __k.relation_id AND __c.position = __kc.position"
     "   WHERE __kc.constraint_id = __k.id) || ')' END"
     " || CASE WHEN __k.kind = 'foreign key' THEN (SELECT ' REFERENCES '"
     "   || CASE WHEN __s.name = ANY (current_schemas(true)) THEN '' ELSE quote_ident(__s.name) || '.' END"
     "   || quote_ident(__r.name) || '(' || (SELECT string_agg(quote_ident(__c.name), ', ' ORDER BY __kc.ordinal)"
     "    FROM __catalog.constraint_columns __kc JOIN __catalog.columns __c"
     "    ON __c.relation_id = __k.referenced_id AND __c.position = __kc.referenced_position"
     "    WHERE __kc.constraint_id = __k.id) || ')'"
     "   || CASE __k.on_update WHEN 0 THEN '' ELSE ' ON UPDATE ' || CASE __k.on_update WHEN 1 THEN 'RESTRICT'"
     "     WHEN 2 THEN 'CASCADE' WHEN 3 THEN 'SET NULL' ELSE 'SET DEFAULT' END END"
     "   || CASE __k.on_delete WHEN 0 THEN '' ELSE ' ON DELETE ' || CASE __k.on_delete WHEN 1 THEN 'RESTRICT'"
     "     WHEN 2 THEN 'CASCADE' WHEN 3 THEN 'SET NULL' ELSE 'SET DEFAULT' END END"
     "   FROM __catalog.relations __r JOIN __catalog.schemas __s ON __s.id = __r.schema_id"
     "   WHERE __r.id = __k.referenced_id) ELSE '' END"
     " FROM __catalog.constraints __k WHERE __k.kind NOT LIKE '%index' AND " OID_OF_CONSTRAINT("__k.id") " = $1"
     " UNION ALL SELECT 'CHECK ((' || __k.expression || '))' || CASE WHEN __k.validated THEN '' ELSE ' NOT VALID' END"
     " FROM __catalog.domain_checks __k WHERE " OID_OF_DOMAIN_CHECK("__k.id") " = $1", NULL},
    {"pg_get_expr", 2, {TEXT, BIGINT}, "SELECT CASE WHEN $2 IS NOT NULL THEN $1 END", NULL},
    {"pg_get_expr", 3, {TEXT, BIGINT, BOOLEAN},
     "SELECT CASE WHEN $2 IS NOT NULL AND $3 IS NOT NULL THEN $1 END", NULL},
    {"pg_get_indexdef", 1, {BIGINT},
     "SELECT __d.indexdef FROM pg_catalog.pg_class __c"
     " JOIN pg_catalog.pg_namespace __n ON __n.oid = __c.relnamespace"
     " JOIN pg_catalog.pg_indexes __d ON __d.schemaname = __n.nspname AND __d.indexname = __c.relname"
     " WHERE __c.relkind = 'i' AND __c.oid = $1", NULL},
    {"pg_get_serial_sequence", 2, {TEXT, TEXT},
     "SELECT quote_ident(__n.nspname) || '.' || quote_ident(__c.relname || '_' || __a.attname || '_seq')"
     " FROM pg_catalog.pg_class __c JOIN pg_catalog.pg_namespace __n ON __n.oid = __c.relnamespace"
     " JOIN pg_catalog.pg_attribute __a ON __a.attrelid = __c.oid"
     " WHERE __a.attidentity <> '' AND __a.attname = $2 AND " IS_NAMED("$1")
     " UNION ALL SELECT quote_ident(__n.nspname) || '.' || quote_ident(__q.name)"
     " FROM pg_catalog.pg_class __c JOIN pg_catalog.pg_namespace __n ON __n.oid = __c.relnamespace"
     " JOIN pg_catalog.pg_attribute __a ON __a.attrelid = __c.oid"
     " JOIN __catalog.sequences __q ON " OID_OF_RELATION("__q.owner_id") " = __c.oid AND __q.owner_position = __a.attnum"
     " WHERE __a.attname = $2 AND " IS_NAMED("$1") " LIMIT 1", NULL},
    {"pg_get_userbyid", 1, {BIGINT},
     "SELECT CASE $1 WHEN 10 THEN " DATABASE_NAME " ELSE 'unknown (OID=' || $1 || ')' END", NULL},
    {"pg_get_viewdef", 1, {BIGINT},
     "SELECT __v.query FROM __catalog.views __v WHERE " OID_OF_RELATION("__v.relation_id") " = $1", NULL},
    {"pg_table_is_visible", 1, {BIGINT},
     "SELECT __n.nspname = ANY (current_schemas(true)) FROM pg_catalog.pg_class __c"
     " JOIN pg_catalog.pg_namespace __n ON __n.oid = __c.relnamespace WHERE __c.oid = $1", NULL},
};

// clang-format on

const struct standard_function *standard_function_find(const struct sql_node *call) {
  const struct sql_node *name = call->child[CALL_NAME];
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  const struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  int count = arguments ? (int)arguments->count : 0;
  if (schema && strcmp(schema->text, "pg_catalog") != 0)
    return NULL;
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    if (functions[i].argument_count == count &&
        strcmp(functions[i].name, name->text) == 0)
      return &functions[i];
  }
  return NULL;
}

/* --- in the place of a call --- */

/* … of the SELECT that the call is in: others may stand in subqueries among the arguments. */
static enum sql_walk is_gathered(const struct sql_node *node, void *context) {
  const struct level *level = context;
  return (bind_is_aggregate(node) || bind_is_window_call(node)) &&
                 node->index == level->id
             ? SQL_WALK_STOP
             : SQL_WALK_ON;
}

static bool convert_arguments(struct binder *binder, struct sql_node *arguments,
                              const struct standard_function *function) {
  for (int i = 0; i < function->argument_count; i++) {
    arguments->child[i] = bind_convert(binder, arguments->child[i],
                                       function->arguments[i], CONVERT_IMPLICIT);
    if (!arguments->child[i])
      return false;
  }
  return true;
}

struct sql_node *bind_standard_call(struct binder *binder, struct scope *scope,
                                    struct sql_node *call,
                                    const struct standard_function *function) {
  struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  struct sql_node *query = NULL;
  size_t consumed;
  /* A query cannot stand everywhere, and in its own an aggregate would be another. */
  if (scope->level->clause == CLAUSE_EXPRESSION || call->child[CALL_OVER] ||
      (arguments && !sql_walk(arguments, is_gathered, scope->level))) {
    bind_unsupported(binder, call->position,
                     "a function that reads the catalog in this place");
    return NULL;
  }
  const char *text = function->query ? function->query : function->write(binder);
  if (!text || !convert_arguments(binder, arguments, function) ||
      sql_parse(binder->arena, text, strlen(text), SQL_DIALECT_POSTGRES, &query,
                &consumed, binder->error) != TIDE_OK)
    return NULL;
  struct sql_node *scalar = bind_node(binder, SQL_SCALAR_QUERY, call->position, NULL);
  struct sql_node *before = binder->given;
  binder->given = arguments;
  binder->views++;
  binder->standard++;
  int rc = scalar ? bind_query(binder, query, scope, NULL, true) : TIDE_ERROR_NOMEM;
  binder->standard--;
  binder->views--;
  binder->given = before;
  if (rc != TIDE_OK)
    return NULL;
  scalar->child[0] = query;
  scalar->type = query_column_type(query, 0);
  bind_not_immutable(binder, FUNCTION_STABLE, function->name);
  return scalar;
}
