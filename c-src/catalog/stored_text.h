/* Every expression and query that the catalog keeps as text: who looks for a name in them, or puts another in its place,
 * goes through all of them. */
#ifndef TIDE_CATALOG_STORED_TEXT_H
#define TIDE_CATALOG_STORED_TEXT_H

#include "catalog/define_internal.h"

/* One of them, and how it is written back. */
struct stored_text {
  const char *what, *name;        /* "constraint" "c" */
  const char *owner_kind, *owner; /* of "table" "t" */
  int64_t id;                     /* the owner's */
  const char *update; /* takes the text, the owner's id and, if `keyed`, the name */
  bool keyed;
  struct sql_node *tree; /* parsed anew for each visit */
};

/* What is done with each; a result other than TIDE_OK ends it. */
typedef int stored_text_visit(struct definition *definition,
                              const struct stored_text *stored, void *context);

/* Visits all there are; the catalog's image must stay as it is meanwhile. */
int stored_texts(struct definition *definition, stored_text_visit *visit,
                 void *context);
/* Those of a view made here: its query and the filter of writing to it. */
int stored_texts_of_view(struct definition *definition, const struct relation *view,
                         stored_text_visit *visit, void *context);
/* Writes another tree in place of one. */
int stored_text_write(struct definition *definition, const struct stored_text *stored,
                      const struct sql_node *tree);
/* What to call something of a relation. */
struct stored_text stored_text_of(const struct relation *relation, const char *what,
                                  const char *name, const char *update);

#endif
