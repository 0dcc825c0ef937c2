/* The engine and its statements as engine.c, statement.c and the execute_*.c files share them. */
#ifndef TIDE_ENGINE_H
#define TIDE_ENGINE_H

#include "base/arena.h"
#include "base/block.h"
#include "base/random.h"
#include "catalog/lower.h"
#include "federation/federation.h"
#include "sql/parse.h"
#include "sql/walk.h"
#include "tidemark.h"

enum engine_state {
  ENGINE_LOADING, /* waits for the pages kept by the host */
  ENGINE_READING, /* some are there: a SELECT can be run, all else waits */
  ENGINE_OPEN,
  ENGINE_BROKEN /* opening failed, or a persist did: only tide_error and tide_close work */
};

/* An event that came while a user's transaction was open. */
struct held_event {
  struct held_event *next;
  struct event event;
};

struct tide_engine {
  struct memory memory;
  struct error error;
  struct trace trace;
  struct random random;
  struct database database;
  enum engine_state state;
  enum sql_dialect dialect;
  enum tide_storage storage;
  bool relaxed; /* as in tide_config */
  char *path;
  tide_files files;
  struct vfs_host *files_vfs;  /* TIDE_STORAGE_FILE */
  struct vfs_pages *pages_vfs; /* the others */
  int64_t load_id;             /* of the LOAD effect */
  struct tide_statement *statements;
  struct held_event *held, **held_end;
  struct buffer error_json;
  size_t
      error_position; /* UTF-16 units within the text given to tide_prepare; SIZE_MAX: none */
  int64_t *
      filling; /* views made or refreshed that the statement or COMMIT that ends this transaction waits for */
  int filling_count, filling_capacity;
  uint32_t columns_version; /* the last one given to a statement */
  int64_t next_part;        /* numbers the temporary tables of statements in parts */
  struct import *import;    /* import.c; NULL: none is under way */
};

/* Where a run of a statement stands. */
enum phase {
  PHASE_IDLE,
  PHASE_PLAN,
  PHASE_DESCRIBE, /* a foreign view's columns or first rows are being asked for */
  PHASE_FETCH,    /* the origins are answering */
  PHASE_START,
  PHASE_SETTLE, /* committed; views it made or refreshed are being filled */
  PHASE_ROWS,
  PHASE_END
};

/* What kind of work a statement is. */
enum route {
  ROUTE_READ,
  ROUTE_EXTENSION,    /* a query that calls functions of an extension */
  ROUTE_PARTS,        /* writes inside WITH */
  ROUTE_WRITE,        /* to a table here */
  ROUTE_WRITE_QUEUED, /* to a foreign view that keeps rows */
  ROUTE_WRITE_ORIGIN, /* to a foreign runtime view: runs at the origin */
  ROUTE_DEFINITION,
  ROUTE_REFRESH,
  ROUTE_TRANSACTION,
  ROUTE_MAINTENANCE,
  ROUTE_EXPLAIN
};

struct tide_statement {
  struct tide_engine *engine;
  struct tide_statement *next, *previous;
  char *text; /* its own text */
  size_t text_size;
  size_t text_offset; /* UTF-16 units before it in the text given to tide_prepare */
  struct arena parsed;
  struct sql_node *tree; /* as parsed; plans work on clones */
  uint64_t spelled;      /* catalog_version for which MySQL's names have been spelled */
  int parameter_count;
  struct block_cell *parameters; /* text and blobs are owned: see bind_copy */

  enum route route;
  enum phase phase;
  struct arena planned; /* of the plan below */
  struct binding binding;
  struct sql_node *plan; /* bound, later lowered */
  const struct relation **relations;
  int relation_count;
  const struct relation *target; /* of a write */
  bool *written;    /* of a queued write: which of the target's columns get values */
  uint64_t version; /* catalog_version of the plan; 0: none */
  char zone[ZONE_NAME_MAX]; /* the session's time zone, in which it was planned */
  bool federated;           /* the plan holds for one run only */
  sqlite3_stmt *sqlite;
  struct fetches *fetches;
  int64_t missed;      /* in ENGINE_READING: the page that has to be there; -1: none */
  int misses;          /* in ENGINE_READING: how often it was run in vain */
  int64_t waiting_for; /* view id in PHASE_DESCRIBE */
  int64_t refreshing;  /* view id of a REFRESH that has to report failure */
  int64_t creating; /* … of a CREATE that fails where its origin refuses the query */
  int64_t *filling; /* views that this run made or refreshed and waits for */
  int filling_count;

  uint32_t columns_version;
  int result_count;
  const char **result_names;
  struct type *result_types;
  char (*result_type_names)[64];
  bool buffered; /* rows come from `rows`, not from `sqlite` */
  struct buffer rows;
  struct block_writer writer; /* for tide_fetch and buffered rows */
  struct block_reader reader;
  struct block_cell *row; /* current row of a buffered result */
  struct buffer shown;    /* an instant in the session's time zone */
  struct buffer out;      /* what tide_fetch and tide_statement_relations hand out */
  const char *command;
  int64_t row_count;
  int64_t insert_id;           /* as insert_id_end gives it */
  struct statement_live *live; /* execute_live.c; NULL: it is no live query */
};

/* engine.c */
int engine_fail(struct tide_engine *engine, int code);
/* The transaction that the user or a statement had open has ended: sync goes on, held events are taken. */
void engine_transaction_ended(struct tide_engine *engine, bool committed);
/* Asks the host for the pages from `offset` on, before the others. */
int engine_want_pages(struct tide_engine *engine, int64_t offset);
int engine_await_filling(struct tide_engine *engine, int64_t view);
int engine_ensure_client(struct tide_engine *engine);
/* Is it a CONTROL event with this call? */
bool engine_is_call(const struct event *event, const char *call);

/* execute_data.c: queries and writes */
/* Binds statement->plan. */
int execute_bind(struct tide_statement *statement);
/* Runs the bound query of a plan whole and keeps its rows. */
int execute_to_buffer(struct tide_statement *statement);
int execute_plan(struct tide_statement *statement); /* TIDE_OK, TIDE_WAIT or an error */
int execute_start(
    struct tide_statement *statement); /* begins a read, does all of a write */
int execute_step(
    struct tide_statement
        *statement); /* next row of `sqlite`: TIDE_ROW, TIDE_DONE or an error */
void execute_end(
    struct tide_statement *statement); /* resets; drops what holds for one run only */
/* Appends a row of `sqlite` to the rows kept. */
int execute_buffer_row(struct tide_statement *statement, sqlite3_stmt *sqlite);
/* What a write does to its table: 'I', 'U' or 'D'. ON CONFLICT makes an INSERT an update as well. */
char execute_operation(const struct sql_node *write);
/* The rows changed by a write that has ended; `total_before`: sqlite3_total_changes64 when it began. */
int64_t execute_changes(const struct database *database, int64_t total_before);
const char *execute_command_of(const struct sql_node *tree); /* "SELECT", …; static */
void execute_forget_plan(struct tide_statement *statement);
/* Runs `work` in the open transaction as one undoable statement, or in a transaction of its own. */
int execute_in_transaction(struct tide_statement *statement,
                           int (*work)(struct tide_statement *statement));

/* Runs `write`, which writes to a view that keeps an origin's rows, to learn what it does to each row: that is queued. */
int execute_queued(struct tide_statement *statement,
                   int (*write)(struct tide_statement *statement));

/* export.c and import.c: CONTROL calls that move a whole database. *taken: it was one. */
int export_call(struct tide_engine *engine, const struct event *event, bool *taken);
int import_call(struct tide_engine *engine, const struct event *event, bool *taken);
void import_end(struct tide_engine *engine); /* frees what one under way holds */

/* execute_maintenance.c: what SQLite finds wrong with the database, a line each. */
int maintenance_check(struct database *database, struct buffer *out);
/* 55006 while rows of a query are being read, for what needs the file at rest. */
int maintenance_refuse_reading(struct database *database, const char *command);

/* execute_definition.c: definitions, REFRESH and transaction control */
int execute_definition(struct tide_statement *statement);
int execute_refresh(struct tide_statement *statement);
/* The origin refuses the query of the view that a CREATE has made: it goes again. Returns the code of the refusal, which is in
 * database->error and stays there, or why the view could not be dropped. */
int execute_uncreate(struct tide_statement *statement);
int execute_transaction(struct tide_statement *statement);
const char *
execute_transaction_command(const struct sql_node *tree); /* "BEGIN", …; static */

/* execute_live.c: gives back what it is as a live query */
void execute_live_end(struct tide_statement *statement);
/* execute_live_rows.c: called for every statement; for others than live queries they do nothing */
void execute_live_inspect(struct tide_statement *statement); /* it has been bound */
int execute_live_lowered(struct tide_statement *statement, struct sql_node *query);
void execute_live_forget_rows(struct tide_statement *statement);
void execute_live_started(struct tide_statement *statement);
void execute_live_row(
    struct tide_statement *statement); /* the current one of `sqlite` */
void execute_live_done(struct tide_statement *statement);

/* execute_parts.c */
int execute_parts(struct tide_statement *statement);
/* Appends a column of a temporary table, behind `separator`. */
void execute_temporary_column(struct buffer *sql, const char *separator,
                              const char *name, struct type type);
/* Runs CREATE TABLE; `sql` is freed. */
int execute_create_temporary(struct database *database, struct buffer *sql);
/* Prepares a lowered statement behind the text `before`, the statement's parameters bound. `lowered` is NULL where
 * lowering has failed. */
int execute_prepare(struct tide_statement *statement, const struct sql_node *lowered,
                    const char *before, sqlite3_stmt **sqlite);

/* execute_merge.c */
/* Runs a bound MERGE; its rows are kept until execute_merge_end. *changed: how many rows were written. */
int execute_merge(struct tide_statement *statement, struct sql_node *merge,
                  int64_t *changed);
int execute_merge_end(struct tide_statement *statement, const struct sql_node *merge);

/* execute_extension.c */
int execute_extension(struct tide_statement *statement);
int execute_truncate(struct tide_statement *statement); /* execute_truncate.c */

/* execute_setting.c: answers for the settings called tidemark.… or, if it is there, pg_tviews.… */
void execute_own_settings(struct database *database);

int execute_maintenance(struct tide_statement *statement); /* execute_maintenance.c */

/* execute_explain.c */
int execute_explain(struct tide_statement *statement);

/* statement.c */
/* Reports a failure that is about the statement's text, with its position. */
void statement_fail(struct tide_statement *statement, int code);
/* Results that are not rows of SQLite: */
int statement_result_columns(struct tide_statement *statement, int count,
                             const char *const *names, const struct type *types);
void statement_buffer_begin(struct tide_statement *statement);
int statement_buffer_end(struct tide_statement *statement);
/* The value of a column of `sqlite`, of the statement's result, as the session is shown it. */
void statement_block_column(struct tide_statement *statement, sqlite3_stmt *sqlite,
                            int column);
/* No rows, of no columns. */
int statement_no_rows(struct tide_statement *statement);
/* One row for each line of text, in one column of that name. */
int statement_buffer_lines(struct tide_statement *statement, const char *name,
                           const struct buffer *text);

#endif
