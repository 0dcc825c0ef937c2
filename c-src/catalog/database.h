/* What all layers from the catalog up share: the open SQLite database and everything that belongs to it. */
#ifndef TIDE_CATALOG_DATABASE_H
#define TIDE_CATALOG_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/trace.h"
#include "effect/effect.h"
#include "types/register.h"

struct catalog;   /* catalog/catalog.h */
struct capture;   /* view/capture.h */
struct views;     /* view/view.h */
struct sync;      /* sync/sync.h */
struct vfs_pages; /* vfs/vfs_pages.h */

/* One per engine; owned by engine.c. Each layer allocates and frees its own member (X_open, X_close). */
struct database {
  struct memory *memory;
  sqlite3 *handle;
  struct error *error;            /* the engine's: every layer reports into it */
  struct effects *effects;
  struct trace *trace;
  struct types_context types;     /* time and randomness for SQL functions */
  int64_t now;                    /* milliseconds since 1970-01-01 UTC, of the last event */
  bool auto_sync;
  struct vfs_pages *pages;        /* NULL unless TIDE_STORAGE_PAGES */
  struct catalog *catalog;
  struct capture *capture;
  struct views *views;
  struct sync *sync;
  bool in_transaction;            /* one begun by the user is open */
  int64_t persist_id;             /* of the last PERSIST effect queued */
};

/* Prepares `sql` (persistent when kept in a cache). Returns TIDE_OK or an error mapped from SQLite's. */
int database_prepare(struct database *database, const char *sql, bool persistent,
                     sqlite3_stmt **statement);

/* Runs statements without parameters or rows: "CREATE TABLE …; CREATE INDEX …". */
int database_execute(struct database *database, const char *sql);

/* Steps a statement that returns no rows, then resets it. */
int database_run(struct database *database, sqlite3_stmt *statement);

/* Turns SQLite's failure into ours: error->code with SQLSTATE, a message in PostgreSQL's words naming
 * table, column and constraint as the user knows them (constraint names: catalog.h), including what a pg_
 * function left in `database->types`. Returns the code. */
int database_error(struct database *database, int sqlite_result);

#endif
