/* The catalog's own tables in the database file, and the system relations of schema `tidemark`. */
#ifndef TIDE_CATALOG_SCHEMA_H
#define TIDE_CATALOG_SCHEMA_H

#include "catalog/database.h"
#include "types/type.h"

/* Sets the connection up, then creates the catalog's tables or brings an older version's up to date, in one
 * transaction. Returns TIDE_OK, TIDE_ERROR_NOT_SUPPORTED when a newer version wrote the file, …. */
int schema_open(struct database *database);

struct system_column {
  const char *name;
  enum type_id type;
};

/* One relation of schema `tidemark`: a SQLite view called "tidemark.<name>". */
struct system_relation {
  const char *name;
  const char *query; /* in SQLite's words */
  const struct system_column *columns;
  int column_count;
};

/* Appends the CREATE VIEW statement of one. */
void schema_system_view(const struct system_relation *system, struct buffer *sql);

extern const struct system_relation system_relations[];
extern const int system_relation_count;

#endif
