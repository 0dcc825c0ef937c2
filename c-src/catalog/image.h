/* The catalog as it is in memory: shared by the files of this folder only. */
#ifndef TIDE_CATALOG_IMAGE_H
#define TIDE_CATALOG_IMAGE_H

#include "catalog/catalog.h"
#include "types/enum.h"

/* One state of the catalog. */
struct image {
  struct arena arena;
  int schema_count;
  struct schema *schemas;
  int relation_count;
  struct relation *
      *relations; /* by id: the system relations, then in order of creation */
  int extension_count;
  const char **extensions;
  const struct enum_type *enums[ENUMS_MAX]; /* by number; NULL: there is none */
  int domain_count;
  struct domain *domains; /* by number */
  int sequence_count;
  struct sequence *sequences;  /* by id */
  struct relation **by_name;   /* by schema, then name */
  struct relation **by_stored; /* by stored name */
};

struct catalog {
  struct image *image;
  struct image *kept; /* to go back to while a definition is under way; else NULL */
  uint64_t version;
  bool stale; /* the image does not show what the file holds: a reload failed */
  const char *const *path;
  int path_count;
  sqlite3_stmt *next_value;          /* of numbering.c, kept prepared */
  int64_t staged_used, staged_saved; /* of staged_key.c */
  struct counters *counters;         /* of sequence.c */
};

/* Reads the catalog's tables; *image is the caller's. */
int image_load(struct database *database, struct image **image);
void image_free(struct memory *memory, struct image *image); /* accepts NULL */

/* What it is made of has the parts it needs, and refers to what is there. */
bool image_fits_together(const struct image *image);

/* Around a definition: whatever it reloads, the image before stays until it has ended, and comes back when the
 * definition fails, without needing memory. */
void catalog_keep(struct database *database);
void catalog_settle(struct database *database, bool succeeded);

/* Reports the violation of a foreign key by an 'I'nsert, 'U'pdate or 'D'elete (table NULL: unknown). */
int foreign_key_error(struct database *database, const struct relation *table,
                      char operation);

/* Gives SQLite the functions of numbering.c. */
int numbering_register(struct database *database);
/* … and of staged_key.c. */
int staged_key_register(struct database *database);

/* … of domain.c, and of sequence.c. */
int domain_register(struct database *database);
int sequence_register(struct database *database);
/* The numbers that sequences have come to are forgotten: what the file says is true. */
void sequence_forget(struct database *database);
/* … and all else that is kept for them. */
void sequence_deinit(struct database *database);

/* The domain of this number, or NULL. */
struct domain *image_domain(const struct image *image, int64_t number);

/* The type that is of the domain. */
static inline struct type domain_type(const struct domain *domain) {
  struct type type = domain->type;
  type.domain = domain->number;
  return type;
}

/* The name in SQLite of a relation or index; NULL when memory ran out. */
const char *stored_name(struct arena *arena, const char *schema, const char *name);

#endif
