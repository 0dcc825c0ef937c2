/* Enums: the types that people make with CREATE TYPE … AS ENUM.
 *
 * A value is stored as its label, TEXT, so that the file can be read by anybody; its place in the order that was
 * declared comes from a collation of its own, which columns, indexes and comparisons declare as those of numeric do.
 * Labels may be added anywhere without a stored value changing.
 *
 * An enum is known by a small number; its `struct type` has the id TYPE_ENUM + number. The catalog says what each
 * number means, and the same number means the same for as long as anything of that type is stored. */
#ifndef TIDE_TYPES_ENUM_H
#define TIDE_TYPES_ENUM_H

#include "types/register.h"
#include "types/type.h"

struct enum_label {
  const char *text;
  int place; /* in the order declared, from 0 */
};

struct enum_type {
  const char *schema, *name;
  const char *shown; /* as people write it */
  int count;
  const char **labels;       /* in the order declared */
  struct enum_label *sorted; /* by their bytes */
};

static inline bool type_is_enum(struct type type) {
  return type.id >= TYPE_ENUM;
}
static inline int type_enum_number(struct type type) {
  return (int)type.id - TYPE_ENUM;
}

static inline struct type enum_type_of(int number) {
  return TYPE((enum type_id)(TYPE_ENUM + number));
}

/* Names of the collation of an enum and of its arrays: "enum5", "enum5_array". The first is what the catalog calls the
 * type in its tables. Static. */
const char *enum_collation(int number, bool array);
/* The number that such a name has, or -1. */
int enum_by_collation(const char *name);

/* Sorts `labels` into `sorted`. */
void enum_sort(struct enum_type *type);
/* Its place, or -1 when it is none of the labels. */
int enum_place(const struct enum_type *type, const char *text, size_t length);

/* The enum whose number an argument of a running function is; fails the function when there is none. */
const struct enum_type *enum_argument(sqlite3_context *context, sqlite3_value *number);

/* Makes known what the numbers mean from now on: ENUMS_MAX of them, NULL for what there is not. The list is copied,
 * what it points to has to stay. Returns an SQLite result code; on failure everything means what it meant. */
int enums_show(sqlite3 *db, struct types_context *context,
               const struct enum_type *const *list);

#endif
