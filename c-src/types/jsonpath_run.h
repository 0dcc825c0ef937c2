/* A path that is being followed: what jsonpath_search.c, jsonpath_predicate.c and jsonpath_method.c share. */
#ifndef TIDE_TYPES_JSONPATH_RUN_H
#define TIDE_TYPES_JSONPATH_RUN_H

#include "types/jsonpath_node.h"

/* What a key or subscripts found last: the same in the same container is not looked for again, though it be asked for
 * by each of its elements. */
struct jsonpath_memo {
  const char *container; /* its text; NULL: nothing yet */
  bool found;
  struct text value;
  int64_t size;  /* of an array */
  int64_t index; /* of the element in `value` */
};

struct jsonpath_run {
  const struct jsonpath_search *search;
  struct arena *arena;
  struct error *error;
  struct jsonpath_memo *memos;
  struct text current; /* @ */
  int64_t size;        /* of the array whose subscripts are computed */
  bool lax;
  bool lenient; /* that something is not there, or of another kind, is no error */
  bool silent;  /* errors of the data are not recorded */
  int depth;
};

enum jsonpath_truth { JSONPATH_FALSE, JSONPATH_TRUE, JSONPATH_UNKNOWN };

/* What the node, with the accessors behind it, finds in `value`; `unwrap`: arrays stand for their elements where a
 * step takes none. */
enum jsonpath_outcome jsonpath_run(struct jsonpath_run *run,
                                   const struct jsonpath_node *node, struct text value,
                                   struct jsonpath_list *found);
/* What follows the node finds in `value`; without that it is `value` itself. */
enum jsonpath_outcome jsonpath_follow(struct jsonpath_run *run,
                                      const struct jsonpath_node *node,
                                      struct text value, struct jsonpath_list *found);
/* The same, with arrays that are found taken apart in lax mode. */
enum jsonpath_outcome jsonpath_run_apart(struct jsonpath_run *run,
                                         const struct jsonpath_node *node,
                                         struct text value,
                                         struct jsonpath_list *found);
enum jsonpath_outcome jsonpath_arithmetic(struct jsonpath_run *run,
                                          const struct jsonpath_node *node,
                                          struct text value,
                                          struct jsonpath_list *found);
enum jsonpath_outcome jsonpath_call(struct jsonpath_run *run,
                                    const struct jsonpath_node *node, struct text value,
                                    struct jsonpath_list *found);
enum jsonpath_truth jsonpath_decide(struct jsonpath_run *run,
                                    const struct jsonpath_node *node,
                                    struct text value);

/* The value of a variable; fails the run when there is none. */
bool jsonpath_variable(struct jsonpath_run *run, const struct jsonpath_node *node,
                       struct text *value);

/* The data are at fault: recorded unless the run is silent. Returns JSONPATH_FAILED. */
enum jsonpath_outcome jsonpath_fault(struct jsonpath_run *run, int code,
                                     const char *format, ...);
/* There is no going on, silent or not. Returns JSONPATH_FAILED. */
enum jsonpath_outcome jsonpath_stop(struct jsonpath_run *run, int code);

/* What is printed in `out`, which is released, as a value that lives as long as the run. */
bool jsonpath_keep(struct jsonpath_run *run, struct buffer *out, struct text *value);

#endif
