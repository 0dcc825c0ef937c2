/* A catalog made anew: its tables laid down as pages at once. */
#ifndef TIDE_CATALOG_SCHEMA_NEW_H
#define TIDE_CATALOG_SCHEMA_NEW_H

#include "catalog/database.h"

enum schema_object_kind {
  SCHEMA_TABLE,       /* of rows by rowid */
  SCHEMA_KEYED_TABLE, /* WITHOUT ROWID */
  SCHEMA_INDEX
};

/* One row of sqlite_schema. */
struct schema_object {
  enum schema_object_kind kind;
  const char *name;
  const char *table;
  const char *sql; /* NULL: an index that SQLite makes by itself */
};

/* In the order of their root pages, from page 2 on. */
extern const struct schema_object schema_objects[];
extern const int schema_object_count;

/* Whether the file has nothing in it yet, or only what schema_new_pages had written before a crash. */
int schema_is_blank(struct database *database, bool *blank);

/* Writes the empty tables and indexes into a blank file, in a transaction of its own. Nothing knows of them yet. */
int schema_new_pages(struct database *database);

/* Makes them the catalog of the newest version, with the system relations. Within the caller's transaction. */
int schema_new_rows(struct database *database);

#endif
