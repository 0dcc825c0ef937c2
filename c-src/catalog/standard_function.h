/* Functions that tell about the catalog: each is a query over it, put in the place of the call. */
#ifndef TIDE_CATALOG_STANDARD_FUNCTION_H
#define TIDE_CATALOG_STANDARD_FUNCTION_H

#include "catalog/bind_internal.h"

struct standard_function {
  const char *name;
  int argument_count;
  struct type arguments[3];
  const char *query; /* PostgreSQL's dialect; $1, $2, … are the arguments */
  const char *(*write)(struct binder *binder); /* … written when it is bound */
};

/* The one that a call means by its name and number of arguments; NULL: none. */
const struct standard_function *standard_function_find(const struct sql_node *call);

/* The call's arguments are bound. Returns what stands for it, bound; NULL on failure. */
struct sql_node *bind_standard_call(struct binder *binder, struct scope *scope,
                                    struct sql_node *call,
                                    const struct standard_function *function);

#endif
