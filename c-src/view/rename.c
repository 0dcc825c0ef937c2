/* Relations that get another name: what the transaction has written to them, and indexes called after them. */
#include <string.h>

#include "view/views.h"

struct rename {
  int64_t id;
  const char *stored; /* before */
  struct rename *next;
};

struct collecting {
  struct database *database;
  struct view_renames *renames;
  bool failed;
};

static void note_written(const struct relation *relation, void *context) {
  struct collecting *collecting = context;
  if (relation->kind == RELATION_SYSTEM || !relation_keeps_rows(relation))
    return;
  const struct capture_table *table =
      capture_table(collecting->database, relation->stored);
  if (!table || table->level < 0)
    return;
  struct arena *arena = collecting->renames->arena;
  struct rename *rename = arena_alloc(arena, sizeof *rename);
  const char *stored = arena_string(arena, relation->stored);
  collecting->failed |= !rename || !stored;
  if (collecting->failed)
    return;
  *rename = (struct rename){relation->id, stored, collecting->renames->first};
  collecting->renames->first = rename;
}

int view_rename_begin(struct database *database, struct arena *arena,
                      struct view_renames *renames) {
  *renames = (struct view_renames){arena, NULL};
  struct collecting collecting = {database, renames, false};
  int rc = view_maintain(database);
  if (rc != TIDE_OK)
    return rc;
  catalog_each(database, note_written, &collecting);
  return collecting.failed
             ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
             : TIDE_OK;
}

int view_rename_end(struct database *database, const struct view_renames *renames) {
  int rc = TIDE_OK;
  for (const struct rename *rename = renames->first; rename && rc == TIDE_OK;
       rename = rename->next) {
    const struct relation *relation = catalog_find_id(database, rename->id);
    if (relation && strcmp(relation->stored, rename->stored) != 0)
      rc = capture_set_unknown(database, relation->stored);
  }
  if (rc == TIDE_OK)
    rc = views_prepare(database);
  return rc == TIDE_OK ? views_adjust_indexes(database) : rc;
}
