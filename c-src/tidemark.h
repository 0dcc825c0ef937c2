/* Tidemark: a SQL database in which a view may live anywhere.
 *
 * The engine does no input or output. It never reads a clock, a random source, a file or a socket: the
 * host feeds it events and performs the effects it asks for.
 *
 *     tide_open(&config, &engine);
 *     loop:
 *       while (tide_next_effect(engine, &effect)) perform(&effect);   // answers come back by tide_feed
 *       tide_step(statement)    // ROW, DONE, WAIT (perform effects, feed, step again) or an error
 *       sleep until tide_next_wake(engine), then tide_feed(engine, {TIDE_EVENT_TIME})
 *
 * Nothing here is thread-safe: all engines of a process belong to one thread, for they share SQLite and its
 * allocator. Apart from that engines share nothing.
 *
 * Control data of effects and events is JSON (RFC 8259, UTF-8); rows are row blocks (base/block.h). The
 * JSON members of each are listed with the enumerators below. Unless said otherwise a pointer that the
 * engine hands out stays valid until the next call with the same engine, and the engine copies whatever it is given.
 */
#ifndef TIDEMARK_H
#define TIDEMARK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TIDE_ABI 2

typedef struct tide_engine tide_engine;
typedef struct tide_statement tide_statement;

/* What a call returns: one of these, or a positive error code (tide_error_sqlstate). */
enum tide_status {
  TIDE_DONE = 0, /* the statement has finished; also: the call succeeded */
  TIDE_ROW = -1, /* a row is ready: tide_column_* */
  TIDE_WAIT = -2 /* perform the effects, feed their answers, then step again */
};

/* The host's allocator. Each function gets `context` first; any may fail by returning NULL. */
typedef struct tide_allocator {
  void *(*allocate)(void *context, size_t size);
  void *(*reallocate)(void *context, void *pointer, size_t size);
  void (*release)(void *context, void *pointer);
  void *context;
} tide_allocator;

enum tide_storage {
  TIDE_STORAGE_MEMORY, /* keeps nothing */
  TIDE_STORAGE_PAGES,  /* the host keeps pages: LOAD and PERSIST effects (IndexedDB) */
  TIDE_STORAGE_FILE /* synchronous files through the functions of `files` (node:fs, OPFS handles) */
};

/* Synchronous files of the host. Each returns 0 or more on success and a negative number on failure: -1 input/output error,
 * -2 storage full. Names are zero-terminated UTF-8. */
typedef struct tide_files {
  int (*open)(void *context, const char *name, int create); /* a handle ≥ 0 */
  int (*close)(void *context, int handle);
  int (*read)(void *context, int handle, void *data, uint32_t size,
              double offset); /* bytes read; fewer at the end */
  int (*write)(void *context, int handle, const void *data, uint32_t size,
               double offset);
  int (*truncate)(void *context, int handle, double size);
  int (*sync)(
      void *context,
      int handle); /* durable when it returns, and so is the name of a file just made */
  double (*size)(void *context, int handle);
  int (*remove)(void *context, const char *name); /* 0 also when there is none */
  int (*exists)(void *context, const char *name); /* 1, 0 or negative */
  void *context;
} tide_files;

typedef struct tide_config {
  const tide_allocator *allocator; /* NULL: malloc, realloc, free */
  enum tide_storage storage;
  const char *path;        /* name of the database file for TIDE_STORAGE_FILE */
  const tide_files *files; /* for TIDE_STORAGE_FILE */
  int dialect; /* of the SQL given to tide_prepare: 0 postgres, 1 mysql, 2 sqlite */
  int64_t now; /* milliseconds since 1970-01-01 UTC */
  uint8_t seed[32]; /* from the host's cryptographic random source */
  int auto_sync;    /* 1: realtime views and the write queue start by themselves */
  int relaxed; /* for TIDE_STORAGE_FILE, 1: a loss of power may take the last commits */
  const uint8_t *key; /* 32 bytes, copied: encrypts what is kept. NULL: it is not */
} tide_config;

/* Makes an engine. The database is opened at once, except with TIDE_STORAGE_PAGES: then it opens when the
 * LOAD effect has been answered, and tide_prepare before that fails (XX000).
 * On failure *engine is still set (unless memory ran out: NULL), only for tide_error and tide_close. */
int tide_open(const tide_config *config, tide_engine **engine);

/* Frees the engine and all its statements, answered or not. Accepts NULL. Effects already taken need no answer any more. */
void tide_close(tide_engine *engine);

/* The last failure of any call with this engine, as JSON: {"code": SQLSTATE, "message", "hint"?, "position"?
 * (offset in UTF-16 units within the text given to tide_prepare), "view"?, "origin"?}. Never NULL. */
const char *tide_error(tide_engine *engine);

enum tide_event_type {
  TIDE_EVENT_TIME = 1, /* only tells the time: a wake-up, or before a statement */
  TIDE_EVENT_NETWORK, /* {"online": bool}: retries what is due at once when it comes back */
  TIDE_EVENT_PAGES, /* answer to LOAD, any number of times: {"id", "offset"} data: bytes of the database. With "size" (of all) in the first: that is the
                       beginning of the database, the others are pieces of 64 KiB or several, and statements may be run before all are there */
  TIDE_EVENT_LOADED,    /* ends the answer to LOAD: {"id"} */
  TIDE_EVENT_PERSISTED, /* answer to PERSIST: {"id"} */
  TIDE_EVENT_RESPONSE, /* answer to REQUEST: {"id", "fields": [{"name", "type"}], "rowCount"} data: row block */
  TIDE_EVENT_APPLIED, /* answer to APPLY: {"id", "results": [{"state": "applied"|"conflicted"|"refused", "repeated"?, "index"?, "error"?: {code, message, hint},
                               "writes"?: [number of RETURNING columns or 0, per write], "theirs"?: number of columns}]}: one for each transaction up to the
                               first that was not applied; the rest is sent again. data: row block of ONE row, result after result: the RETURNING
                               rows of the writes one after the other (state applied), or the row as it is at the origin (conflicted; 0 columns: gone) */
  TIDE_EVENT_SUBSCRIBED, /* {"id", "partition"?}: the origin accepted the subscription; "partition": as its CHANGES will have it */
  TIDE_EVENT_SNAPSHOT, /* {"id", "first", "last", "fields", "cursor"? , "applied"?} data: row block */
  TIDE_EVENT_CHANGES, /* {"id", "fields", "upserts": n, "cursor", "applied", "partition"?} data: TWO row blocks one after the other: upserted rows, deleted keys; of a view without a key rows that have come, rows that have gone, or, with "partition": [columns from 0], values of these columns, all rows of which go */
  TIDE_EVENT_FAILED, /* any effect with an id failed, or a subscription ended: {"id", "code", "message", "hint"?, "transient": bool} */
  TIDE_EVENT_CONTROL /* a call of the host: {"call": "sync"|"stop"|"resume"|"resolve", …}; see below */
};

/* CONTROL calls. `selector`: null for all, or [[schema, name], …].
 *   {"call": "sync", "id", "selector", "force": bool}   starts what should run, retries what is due (everything with force); SETTLED {"id"} when it came to rest
 *   {"call": "stop"|"resume", "selector"}
 *   {"call": "resolve", "write": id, "action": "retry"|"discard"|"set", "values"?: {column: value}}
 *   {"call": "subscribe"|"unsubscribe", "selector"}      which relations' row changes COMMIT effects carry; name null: all of the
 *                                                        schema, both null: all
 *   {"call": "announce", "commits": bool}               false: COMMIT effects only while something is subscribed to or there are slots; at first true
 *   {"call": "openSlot", "slot": name, "selector"}       makes a slot, or changes its selector (view/slot.h)
 *   {"call": "readSlot", "slot", "commit", "maximum"}    what is kept after that commit, as SLOT effects
 *   {"call": "acknowledgeSlot", "slot", "commit"}        it is done with all up to that commit
 *   {"call": "dropSlot", "slot"}
 *   {"call": "request", "client", "number", "keep"?, "gone"?: [client, …]}   data: its answer. Notes in the open transaction that it
 *                                                        carries out this request (view/request.h): tidemark.requests shows it
 *   {"call": "export", "page": n, "maximum"}             in a transaction: pages from n on (from 1) of the database as a SQLite file of its own, as one
 *                                                        EXPORT effect; empty after the last
 *   {"call": "import", "step": "begin"|"data"|"finish"|"cancel", "ignoreChecksums"?: bool}   data: the next bytes of a SQLite file. In a transaction that has
 *                                                        done nothing else, of a database without relations (55000). "finish" checks the file and commits; until
 *                                                        then nothing has happened. XX001: it is damaged, or its end is missing; 22023: it is none; 0A000:
 *                                                        it cannot be taken */

typedef struct tide_event {
  enum tide_event_type type;
  int64_t
      now; /* milliseconds since 1970-01-01 UTC; the engine copes with a clock that jumps back */
  const char *json; /* or NULL; need not be zero-terminated */
  size_t json_size;
  const void *data; /* or NULL; aligned to 8 bytes */
  size_t data_size;
} tide_event;

/* Takes one event. Events for effects that no longer matter are ignored.
 * Returns TIDE_DONE or an error (22023/XX000 for a malformed event); the engine is unchanged then. */
int tide_feed(tide_engine *engine, const tide_event *event);

enum tide_effect_type {
  TIDE_EFFECT_LOAD =
      1, /* {"id"}: give the pages kept before (TIDE_EVENT_PAGES …, TIDE_EVENT_LOADED) */
  TIDE_EFFECT_PERSIST, /* {"id", "pageSize", "pages": total pages of the file now} data: for each changed page: u32 page number from 0, u32 0, then the page.
                               Keep all or nothing; in the order of the ids */
  TIDE_EFFECT_REQUEST, /* {"id", "origin", "kind": "read"|"write"|"describe", "sql", "view"?} data: row block of one row: the parameters */
  TIDE_EFFECT_APPLY, /* {"id", "origin", "client", "transactions": [{"transaction", "writes": [{"sql", "parameters": n, "conflict"?: {"sql", "parameters": n}}]}]}
                               data: row block of one row: all parameters, one write after the other, each followed by those of its conflict query */
  TIDE_EFFECT_SUBSCRIBE, /* {"id", "origin", "view", "client", "sql", "parameters": n, "relation"?: {schema, name}, "key"?: [], "originKey"?: [], "keyQuery"?,
                               "relations"?: [{schema, name}], "cursor"?} data: row block of one row */
  TIDE_EFFECT_CANCEL, /* {"id"}: the answer to REQUEST or APPLY is no longer wanted; end the subscription */
  TIDE_EFFECT_COMMIT, /* a transaction committed: {"commit": n, "relations": [[schema, name], …] changed, "live"?: [ids of tide_live_watch that it concerns], "lost"?: true, "kept"?: true for slots, "changes"?: [{"relation": [schema, name], "key": [column…],
                               "columns": [name…], "types": [type…], "rows": n}]} data: per entry of changes a row block whose rows are: op ('insert'|'update'|'delete'), then old columns, then new columns */
  TIDE_EFFECT_SYNC, /* for sync.on: {"type": "conflict"|"error"|"applied"|"status", …as reference}; for the host {"type": "waiting",
                       "origin"}: what has just been queued cannot be sent now */
  TIDE_EFFECT_SETTLED, /* {"id"}: a CONTROL sync has come to rest */
  TIDE_EFFECT_NOTICE, /* {"severity": "WARNING"|"NOTICE", "code": SQLSTATE, "message", "hint"?}: for whoever runs the statements */
  TIDE_EFFECT_SLOT, /* answers readSlot: {"slot", "commit": n, "changes": as COMMIT} data: as COMMIT, for each commit kept; then
                               {"slot", "end": bool: there is no more, "lost": bool: some were dropped before they were acknowledged} */
  TIDE_EFFECT_FETCH, /* {"offset", "size"}: give these pages before the others (PAGES with the id of LOAD) */
  TIDE_EFFECT_READY, /* {}: the database is open. Until LOADED, a SELECT of what is kept here is run by tide_fetch as far as its pages are there, and
                               given whole; everything else is TIDE_WAIT, or done after LOADED */
  TIDE_EFFECT_EXPORT /* answers a call of export: {"pages": of the whole file, "pageSize"} data: pages */
};

typedef struct tide_effect {
  enum tide_effect_type type;
  const char *json; /* zero-terminated */
  size_t json_size;
  const void *data; /* or NULL; aligned to 8 bytes */
  size_t data_size;
} tide_effect;

/* Takes the next effect: 1 and *effect, whose pointers stay valid until the next call with this engine; or 0. */
int tide_next_effect(tide_engine *engine, tide_effect *effect);

/* 1 when tide_next_effect would give one. */
int tide_has_effects(tide_engine *engine);

/* When to feed TIDE_EVENT_TIME at the latest, in milliseconds since 1970-01-01 UTC; -1: no need. */
int64_t tide_next_wake(tide_engine *engine);

/* 1 while a transaction begun by a statement is open. */
int tide_in_transaction(tide_engine *engine);

/* Parses the first statement of `sql`. *consumed is where the next one begins. *statement is NULL (and the
 * result TIDE_DONE) when only white space and comments are left. The caller finalizes it.
 * Names are looked up when it is stepped, so a statement outlives changes of the schema. */
int tide_prepare(tide_engine *engine, const char *sql, size_t size,
                 tide_statement **statement, size_t *consumed);
void tide_finalize(
    tide_statement
        *statement); /* accepts NULL; an unfinished statement is aborted and undone */

/* Parameters count from 1. Values are copied. Each returns TIDE_DONE, 42P02 or 53200. Bindings survive tide_reset. */
int tide_parameter_count(tide_statement *statement);
int tide_parameter_index(tide_statement *statement,
                         const char *name); /* of ":name" without its colon; 0: none */
int tide_bind_null(tide_statement *statement, int index);
int tide_bind_integer(tide_statement *statement, int index, int64_t value);
int tide_bind_real(tide_statement *statement, int index, double value);
int tide_bind_boolean(tide_statement *statement, int index, int value);
int tide_bind_text(tide_statement *statement, int index, const char *text, size_t size);
int tide_bind_blob(tide_statement *statement, int index, const void *data, size_t size);
/* All parameters at once from a row block of one row. */
int tide_bind_block(tide_statement *statement, const void *block, size_t size);

/* Runs the statement to its next row. After an error or TIDE_DONE the next step runs it again. A failed
 * statement leaves the database as it was before it. */
int tide_step(tide_statement *statement);
/* Ends the run early; an unfinished write is undone. */
void tide_reset(tide_statement *statement);
/* Runs on and collects up to `maximum` rows into *block, valid until the next call with this engine.
 * Returns TIDE_ROW when there may be more, TIDE_DONE, TIDE_WAIT (the rows so far are in *block), or an error. */
int tide_fetch(tide_statement *statement, uint32_t maximum, const void **block,
               size_t *size);

/* Of the result; known from the first ROW or DONE on. The version is another number whenever the columns may be others. */
uint32_t tide_columns_version(tide_statement *statement);
int tide_column_count(tide_statement *statement);
const char *tide_column_name(tide_statement *statement, int column);
const char *
tide_column_type(tide_statement *statement,
                 int column); /* PostgreSQL's name: "integer", "numeric(10,2)" */
/* Of the current row. */
enum tide_value { TIDE_NULL, TIDE_INTEGER, TIDE_REAL, TIDE_TEXT, TIDE_BLOB };
enum tide_value tide_column_value(tide_statement *statement, int column);
int64_t tide_column_integer(tide_statement *statement, int column);
double tide_column_real(tide_statement *statement, int column);
const char *tide_column_text(tide_statement *statement, int column, size_t *size);
const void *tide_column_blob(tide_statement *statement, int column, size_t *size);

/* After TIDE_DONE (of BEGIN, COMMIT and the like, and of a SELECT that changes nothing, from the start): "SELECT", "INSERT", "CREATE VIEW", …, and the rows returned or affected. */
const char *tide_command(tide_statement *statement);
int64_t tide_row_count(tide_statement *statement);
/* After TIDE_DONE of a write of MySQL's: its insert id (catalog/insert_id.h); 0: none. */
int64_t tide_insert_id(tide_statement *statement);
/* Number of the last PERSIST effect that makes this statement's commit durable; 0 when there is nothing to wait for. */
int64_t tide_persist_id(tide_engine *engine);

/* The relations that the statement reads or writes, as JSON: {"relations": [[schema, name], …], "key": [result column, …]};
 * key: names of result columns that identify a row, empty when there are none. Plans the statement if need be, so it may
 * return NULL after a failure (tide_error) or while a foreign view is not described yet. Valid until the next call with this engine. */
const char *tide_statement_relations(tide_statement *statement);

/* Live queries: a statement that is a SELECT becomes one by tide_live, outside of transactions. From then on it reads
 * the rows that are kept for its shape, and COMMIT effects tell which of those watching have to read again.
 *
 * tide_live returns TIDE_DONE, TIDE_WAIT when an origin has to be asked for the columns of a view first (run the statement
 * once), or an error. It is called again after a COMMIT effect that says "lost", or a definition; it does nothing then unless
 * its shape was lost, and what watched a lost shape has to watch again. *reads is 0 for a statement that is only
 * told when one of its relations has changed. tide_finalize ends it. */
int tide_live(tide_statement *statement, int *reads);
/* JSON array: the result columns that tell its rows apart; empty when nothing does. */
const char *tide_live_key(tide_statement *statement);
/* Watches for changes that concern the rows which the statement returns with its parameters as they are now bound. */
int tide_live_watch(tide_statement *statement, int64_t *id);
void tide_live_unwatch(tide_engine *engine, int64_t id); /* accepts what is gone */
/* The next run is that of this watch, with its parameters: if the statement allows it, the engine notes which rows it
 * gives in which order, so that afterwards tide_live_changes can tell what is different. */
void tide_live_follow(tide_statement *statement, int64_t id);
/* What is different since the watch was read, with its parameters bound. TIDE_ROW: *block has the rows that are new,
 * changed or have moved, *places where each was and is, as JSON: [[old, new], …], -1 for nowhere, and behind them [old, -1] for each
 * row that is gone. The others have kept their order. TIDE_DONE: it has to be read whole. Both live until the next call. */
int tide_live_changes(tide_statement *statement, int64_t id, const char **places,
                      const void **block, size_t *size);

/* A trace line for each thing the engine decides ("view public.v: maintained 1 row"), for tests that compare
 * transcripts. `trace` may be NULL. */
void tide_set_trace(tide_engine *engine, void (*trace)(void *context, const char *line),
                    void *context);

/* How the engine measures the time that it tells in tidemark.stats and EXPLAIN ANALYZE: microseconds since some moment.
 * Without a clock (NULL) all times are 0. */
void tide_set_clock(tide_engine *engine, double (*clock)(void *context), void *context);

/* Asked now and then while SQLite runs: 1 ends what runs, which fails with 57014 and has changed nothing. Without one
 * (NULL) everything runs to its end. */
void tide_set_interrupt(tide_engine *engine, int (*wanted)(void *context),
                        void *context);

/* How the engine knows time zones: the seconds that clocks in the zone `name` ("Europe/Berlin") are ahead of UTC at a
 * second since 1970, or INT32_MIN when there is no such zone. Without it (NULL) there are offsets and abbreviations only. */
void tide_set_zones(tide_engine *engine,
                    int (*offset)(void *context, const char *name, double second),
                    void *context);

const char *tide_error_sqlstate(int code);

#ifdef __cplusplus
}
#endif

#endif
