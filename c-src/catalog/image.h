/* The catalog as it is in memory: shared by the files of this folder only. */
#ifndef TIDE_CATALOG_IMAGE_H
#define TIDE_CATALOG_IMAGE_H

#include "catalog/catalog.h"

/* One state of the catalog. */
struct image {
  struct arena arena;
  int schema_count;
  struct schema *schemas;
  int relation_count;
  struct relation *
      *relations; /* by id: the system relations, then in order of creation */
  struct relation **by_name;   /* by schema, then name */
  struct relation **by_stored; /* by stored name */
};

struct catalog {
  struct image *image;
  uint64_t version;
  bool stale; /* the image does not show what the file holds: a reload failed */
  struct arena search_path; /* holds the names below */
  const char **path;
  int path_count;
};

/* Reads the catalog's tables; *image is the caller's. */
int image_load(struct database *database, struct image **image);
void image_free(struct memory *memory, struct image *image); /* accepts NULL */

/* The name in SQLite of a relation or index; NULL when memory ran out. */
const char *stored_name(struct arena *arena, const char *schema, const char *name);

#endif
