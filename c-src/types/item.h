/* Elements of arrays: an array is stored as a JSON array whose elements tell their storage.
 *
 *   null             NULL
 *   true, false      boolean
 *   1                smallint, integer, bigint: no point, no exponent
 *   1.0, 1e+20       real, double precision: always one of them ("Infinity" is a string)
 *   "…"              every other type, as it is stored by itself
 *   […]              the next dimension */
#ifndef TIDE_TYPES_ITEM_H
#define TIDE_TYPES_ITEM_H

#include "types/json.h"
#include "types/type.h"

enum { ITEM_DIMENSIONS_MAX = 6 };

/* Walks over the elements of an array, into all its dimensions. */
struct item_walker {
  struct json_iterator containers[ITEM_DIMENSIONS_MAX];
  int depth;
};

void item_walk(struct item_walker *walker, struct text array);
/* The next element; false at the end. */
bool item_next(struct item_walker *walker, struct text *item);

/* Appends an argument as an element. Returns false having failed the function (bytea
 * has no place in arrays). */
bool item_put(sqlite3_context *context, struct buffer *out, sqlite3_value *value,
              bool boolean);

/* Appends a double precision as an element. */
void item_put_double(struct buffer *out, double value);

/* Returns an element as the function's result; an array as its text. */
void item_return(sqlite3_context *context, struct text item);

/* Appends an element as PostgreSQL prints it by itself: no quotes, t and f. Returns
 * TIDE_OK or TIDE_ERROR_DATA. */
int item_print(struct buffer *out, struct text item);

/* Appends a whole array as PostgreSQL prints it: {1,NULL,"a b"}. Returns TIDE_OK,
 * TIDE_ERROR_NOMEM or TIDE_ERROR_DATA. */
int array_print(struct buffer *out, struct text array);

bool item_equal(struct text left, struct text right);
/* Orders two elements, or two arrays: NULL last, numbers by value, strings, given as they stand in the array, by `compare`. */
int item_compare(struct text left, struct text right,
                 int (*compare)(const void *context, struct text left,
                                struct text right),
                 const void *context);

/* Appends the text of an element as an element of type `type`, checked and in its
 * stored form. `rounded`: it comes from an array of another type, where a fraction is
 * rounded rather than refused. Returns TIDE_OK or the error of that type's input
 * function. */
int item_convert(struct buffer *out, struct type type, bool rounded, struct text text,
                 int64_t now);

#endif
