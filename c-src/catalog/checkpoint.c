/* When what was committed moves from the write-ahead log into the database file: after the answer, not before it.
 *
 * A commit is durable with its frames in the log. Copying them costs as much again, and can wait until the host
 * wakes the engine; unless nothing but commits comes, and the log has grown too long.
 */
#include "catalog/checkpoint.h"

/* Frames of the log: pages, some of them several times. */
enum { LONG = 1000, TOO_LONG = 4000 };

static int committed(void *context, sqlite3 *handle, const char *schema, int frames) {
  struct database *database = context;
  (void)handle;
  (void)schema;
  database->checkpoint_due = frames >= LONG;
  if (frames >= TOO_LONG)
    checkpoint_run(database);
  return SQLITE_OK;
}

void checkpoint_open(struct database *database) {
  sqlite3_wal_hook(database->handle, committed, database);
}

void checkpoint_run(struct database *database) {
  if (!database->checkpoint_due)
    return;
  database->checkpoint_due = false;
  (void)sqlite3_wal_checkpoint_v2(database->handle, "main", SQLITE_CHECKPOINT_PASSIVE,
                                  NULL, NULL);
}
