/* The relations of schemas information_schema and pg_catalog: queries over the catalog's own tables, put in their place
 * where they are read. Nothing of them is stored, so they are true whenever the catalog is. */
#ifndef TIDE_CATALOG_STANDARD_H
#define TIDE_CATALOG_STANDARD_H

#include "catalog/schema.h"

/* What those queries are written over: a table of the catalog by the name of "__catalog".<name>. Only they can name it. */
struct catalog_table {
  const char *name;
  const char *stored; /* its name in SQLite */
  const struct system_column *columns;
  int column_count;
};

extern const struct catalog_table catalog_tables[];
extern const int catalog_table_count;

struct standard_relation {
  const char *schema, *name;
  const char *query; /* PostgreSQL's dialect; names its columns */
};

/* catalog_types is for the others: "__catalog".types. */
extern const struct standard_relation catalog_types;
extern const struct standard_relation information_schema[];
extern const int information_schema_count;
extern const struct standard_relation pg_catalog[];
extern const int pg_catalog_count;

#define CATALOG_SCHEMA "__catalog"

/* SQL that several of them share; the aliases are s (schemas), r (relations), c (columns), t (types). */

/* Not one of the schemas that hold what live queries keep for as long as they are open. */
#define USER_SCHEMA "s.name NOT LIKE '\\_\\_%'"

/* Relations with the schemas they are in. */
#define RELATIONS                                                                      \
  "__catalog.relations r JOIN __catalog.schemas s ON s.id = r.schema_id "              \
  "AND " USER_SCHEMA

/* Their columns, save those that SELECT * leaves out. */
#define COLUMNS                                                                        \
  "__catalog.columns c JOIN __catalog.types t ON t.name = c.type_name"                 \
  " AND NOT c.hidden JOIN __catalog.relations r ON r.id = c.relation_id"               \
  " JOIN __catalog.schemas s ON s.id = r.schema_id AND " USER_SCHEMA

/* A relation, what CREATE INDEX made and a constraint with its index never share an oid. */
#define OID_OF_SCHEMA(id)     "(CASE " id " WHEN 1 THEN 2200 ELSE 16384 + 4 * " id " END)"
#define OID_OF_RELATION(id)   "(16384 + 4 * " id ")"
#define OID_OF_INDEX(id)      "(16385 + 4 * " id ")"
#define OID_OF_CONSTRAINT(id) "(16386 + 4 * " id ")"
/* … nor do an enum and its arrays, which have the next but three. */
#define OID_OF_ENUM(id) "(16387 + 8 * " id ")"
/* … nor a domain, behind the last of them, and a constraint of one. */
#define OID_OF_DOMAIN(id)       "(18387 + 8 * " id ")"
#define OID_OF_DOMAIN_CHECK(id) "(18391 + 8 * " id ")"
/* … nor a sequence, far behind all of them. */
#define OID_OF_SEQUENCE(id) "(1073741824 + " id ")"

/* The database and its only user. */
#define DATABASE_NAME "'tidemark'"

#endif
