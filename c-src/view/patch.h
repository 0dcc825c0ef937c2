/* Changing only what a change touches: where the columns that were updated say which rows
 * there are in no way, only what is shown of them, the stored rows stay, and get new values in
 * the columns that depend on them. Of a JSON document that is built from a template only the
 * values that depend on them are written anew; the rest, with all its subqueries and joins,
 * stays as it is stored.
 *
 * An update of `occurrence` is followed by a patch if
 *   - the relation is read once, in the query's own FROM, and nothing else has changed;
 *   - a part is what comes of one row of the anchor (partition.h), and the updated row in it is
 *     known: it is the anchor's row, or the only one with a key that a column of that holds;
 *   - the columns that differ are not named in FROM, WHERE, or where a value depends on other
 *     relations too.
 */
#ifndef TIDE_VIEW_PATCH_H
#define TIDE_VIEW_PATCH_H

#include "view/reach.h"

struct patch {
  struct patch *next;
  int occurrence;
  uint64_t columns; /* of its relation: those whose updates it follows */
  const char *sql;  /* the stored columns as they are, then as they become */
  sqlite3_stmt *statement;
};

/* Finds the patches of a query that makes its rows one by one, when the stored columns are
 * known: they are its results. `key` are the columns of the anchor by which the storage finds
 * a part. Returns TIDE_OK or an error; *patches are freed by patch_release. */
int patch_plan(struct plan *plan, const struct reach *reach, const int *key,
               int key_count, struct patch **patches);

/* The patch that follows all that has changed, or NULL. */
struct patch *patch_find(struct patch *patches, const struct reach *reach);

/* Adds the changes of the stored rows to plan->changes. */
int patch_emit(struct plan *plan, struct patch *patch);

void patch_release(struct patch *patches);

/* A line for each, with what else scan_explain tells. */
int patch_explain(struct plan *plan, const struct patch *patches,
                  const struct reach *reach, struct buffer *out);

#endif
