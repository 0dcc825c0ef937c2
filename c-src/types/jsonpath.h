/* SQL/JSON paths: the type jsonpath, and what it finds in a jsonb value. */
#ifndef TIDE_TYPES_JSONPATH_H
#define TIDE_TYPES_JSONPATH_H

#include "base/arena.h"
#include "types/json.h"

struct jsonpath_node;

/* A compiled path. It belongs to its arena. */
struct jsonpath {
  struct arena arena;
  const struct jsonpath_node *root;
  struct jsonpath_node *regexes; /* those that have a regular expression */
  bool strict;
  int memo_count; /* nodes that remember what they found last */
};

/* Compiles. Returns TIDE_OK or, recorded in `error`, TIDE_ERROR_SYNTAX, TIDE_ERROR_INVALID_TEXT (there is
 * nothing), TIDE_ERROR_INVALID_REGEX, TIDE_ERROR_NOT_SUPPORTED, TIDE_ERROR_TOO_DEEP, TIDE_ERROR_NOMEM or what a
 * string or a number in it is wrong with. jsonpath_deinit is wanted in any case. */
int jsonpath_init(struct jsonpath *path, struct memory *memory, struct text text,
                  struct error *error);
void jsonpath_deinit(struct jsonpath *path);

/* Appends the path as PostgreSQL prints it. */
void jsonpath_print(struct buffer *out, const struct jsonpath *path);

/* JSON values one after the other; a few need no memory. */
struct jsonpath_list {
  struct text *items; /* `few`, or from call_memory() */
  size_t count, capacity;
  struct text few[4];
};

void jsonpath_list_init(struct jsonpath_list *list);
void jsonpath_list_deinit(struct jsonpath_list *list);
bool jsonpath_list_append(struct jsonpath_list *list, struct text item);

enum jsonpath_outcome { JSONPATH_NOTHING, JSONPATH_FOUND, JSONPATH_FAILED };

/* Where a path is followed. */
struct jsonpath_search {
  const struct jsonpath *path;
  struct text root;      /* normalised, nested no deeper than JSON_DEPTH_MAX */
  struct text variables; /* the same; an object */
  bool silent;           /* errors of the data are no errors, just no result */
};

/* Follows the path and appends what it finds, in order, to `found`; NULL: is there anything? What is found lives as
 * long as the root, the variables, the path and `arena`. Returns JSONPATH_FAILED with `error` set, or, when silent and
 * the data are at fault, without: `found` has what came before then. */
enum jsonpath_outcome jsonpath_search(const struct jsonpath_search *search,
                                      struct arena *arena, struct jsonpath_list *found,
                                      struct error *error);

#endif
