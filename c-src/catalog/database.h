/* What all layers from the catalog up share: the open SQLite database and everything that belongs to it. */
#ifndef TIDE_CATALOG_DATABASE_H
#define TIDE_CATALOG_DATABASE_H

#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/block.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/trace.h"
#include "catalog/insert_id.h"
#include "effect/effect.h"
#include "types/register.h"
#include "types/type.h"

struct catalog;  /* catalog/catalog.h */
struct relation; /* catalog/catalog.h */
struct capture;  /* view/capture.h */
struct views;    /* view/view.h */
struct fetches;  /* federation/federation.h */
struct settings; /* catalog/setting.h */
struct setting_owner;
struct variables; /* catalog/variables.h */
struct sync;      /* sync/sync.h */
struct vfs_pages; /* vfs/vfs_pages.h */

/* One per engine; owned by engine.c. Each layer allocates and frees its own member (X_open, X_close). */
/* Settings of pg_tviews (extension/settings.h). */
struct tview_settings {
  int max_dependency_depth;      /* how deep TVIEWs may embed each other */
  int report_max_tracked;        /* how many changed rows a report tells one by one */
  bool time_external;            /* time_refresh: what new TVIEWs are declared with */
  const char *uncascaded_policy; /* … */
};

struct database {
  struct memory *memory;
  sqlite3 *handle;
  struct error *error; /* the engine's: every layer reports into it */
  struct effects *effects;
  struct trace *trace;
  struct types_context types; /* time and randomness for SQL functions */
  double (*clock)(
      void *context); /* microseconds since some time; NULL: there is none */
  void *clock_context;
  int (*interrupt)(void *context); /* NULL: everything runs to its end */
  void *interrupt_context;
  int64_t now; /* milliseconds since 1970-01-01 UTC, of the last event */
  bool auto_sync;
  bool mysql;              /* statements are MySQL's, and mean what MySQL means */
  struct vfs_pages *pages; /* NULL unless TIDE_STORAGE_PAGES */
  struct catalog *catalog;
  struct variables *variables; /* MySQL's; NULL: none has been set */
  struct insert_id insert_id;  /* MySQL's LAST_INSERT_ID() */
  struct capture *capture;
  struct views *views;
  struct sync *sync;
  struct fetches *fetches;      /* of statements that wait for origins */
  struct tview_settings tviews; /* all 0: the defaults */
  struct settings *settings;    /* of the session */
  char
      zone[ZONE_NAME_MAX]; /* the session's time zone (types/session_zone.h); "": UTC */
  const struct setting_owner *setting_owner; /* NULL: nobody has any others */
  bool in_transaction;                       /* one begun by the user is open */
  bool checkpoint_due; /* the log is long (catalog/checkpoint.h) */
  int64_t persist_id;  /* of the last PERSIST effect queued */
};

/* What a statement of the session is bound in: binding.zone. */
static inline const char *database_zone(const struct database *database) {
  return database->zone[0] ? database->zone : NULL;
}

/* A SQL function of a layer. Its sqlite3_user_data is the database. */
struct database_function {
  const char *name;
  int arguments;
  void (*run)(sqlite3_context *context, int count, sqlite3_value **values);
};

/* Makes them known to SQLite for as long as the database is open. Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int database_register(struct database *database,
                      const struct database_function *functions, size_t count);

/* For measuring how long something takes; always 0 without a clock. */
static inline double database_clock(const struct database *database) {
  return database->clock ? database->clock(database->clock_context) : 0;
}

/* Prepares `sql` (persistent when kept in a cache). Returns TIDE_OK or an error mapped from SQLite's. */
int database_prepare(struct database *database, const char *sql, bool persistent,
                     sqlite3_stmt **statement);

/* Prepares "<insert> temp.<table> VALUES (?, ?, …)" with that many values; `insert` is INSERT INTO or INSERT OR IGNORE INTO. Errors as
 * database_prepare. */
int database_prepare_insert(struct database *database, const char *insert,
                            const char *table, int columns, sqlite3_stmt **statement);

/* Runs statements without parameters or rows: "CREATE TABLE …; CREATE INDEX …". */
int database_execute(struct database *database, const char *sql);

/* Ends "PRAGMA writable_schema = ON" after `code`: SQLite reads the schema again, as it now is. Returns `code`, or what that met. */
int database_schema_written(struct database *database, int code);

/* Writes one page by "INSERT INTO sqlite_dbpage (pgno, data) VALUES (?1, ?2)". */
int database_write_page(struct database *database, sqlite3_stmt *write, int64_t number,
                        const void *page, int size);

/* Steps a statement that returns no rows, then resets it. */
int database_run(struct database *database, sqlite3_stmt *statement);

/* Binds one value from the border; text and blobs are copied. Column values go the other way into a row block
 * (booleans and JSON by `type`). */
int database_bind(struct database *database, sqlite3_stmt *statement, int index,
                  const struct block_cell *cell);
void database_block_column(struct block_writer *writer, sqlite3_stmt *statement,
                           int column, struct type type);

/* Prepares `sql` and binds its parameters, one letter of `types` each: 'i' an int64_t, 's' a const char * (NULL is SQL's
 * NULL). Text is not copied: it has to live as long as the statement. Errors as database_prepare. */
int database_query(struct database *database, sqlite3_stmt **statement, const char *sql,
                   const char *types, ...);

/* Binds the parameters of a statement that is prepared already, as database_query does. */
int database_bind_all(struct database *database, sqlite3_stmt *statement,
                      const char *types, va_list arguments);

/* Steps: *row tells whether there is one. Returns TIDE_OK or an error mapped from SQLite's. */
int database_step(struct database *database, sqlite3_stmt *statement, bool *row);

/* The number that a query gives as its only value; *number stays if it gives no row. */
int database_integer(struct database *database, const char *sql, int64_t *number);

/* The text of a column, as sqlite3_column_text gives it; NULL for NULL. Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int database_text(struct database *database, sqlite3_stmt *statement, int column,
                  const char **text);
/* The same where there cannot be NULL: that is TIDE_ERROR_CORRUPT. */
int database_text_given(struct database *database, sqlite3_stmt *statement, int column,
                        const char **text);

/* database_query for a statement that returns no rows, run to its end. */
int database_write(struct database *database, const char *sql, const char *types, ...);

/* Turns SQLite's failure into ours: error->code with SQLSTATE, a message in PostgreSQL's words naming
 * table, column and constraint as the user knows them (constraint names: catalog.h), including what a pg_
 * function left in `database->types`. Returns the code. */
int database_error(struct database *database, int sqlite_result);

/* The same after an 'I'nsert, 'U'pdate or 'D'elete of the table, so that a foreign key can be named. */
int database_write_error(struct database *database, int sqlite_result,
                         const struct relation *table, char operation);

/* Some reference leads nowhere, after several writes: looks for it and reports it. Returns the code. */
int foreign_key_find(struct database *database);

#endif
