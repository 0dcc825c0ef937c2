/* One foreign view's relation to its origin, as the files of this folder share it. */
#ifndef TIDE_SYNC_SESSION_H
#define TIDE_SYNC_SESSION_H

#include "sql/parse.h"
#include "sync/sync.h"

/* What a session is doing. The durable half (enabled, cursor, retries) is a row of __tidemark_sync. */
enum session_state {
  SESSION_IDLE,       /* nothing to do, or stopped */
  SESSION_DESCRIBING, /* REQUEST: columns and types, then the key */
  SESSION_FILLING,    /* REQUEST: all rows of a materialized view */
  SESSION_SUBSCRIBING, /* SUBSCRIBE sent; the first snapshot or change is still to come */
  SESSION_RUNNING,     /* subscribed and caught up */
  SESSION_WAITING      /* failed; tries again at next_retry_at */
};

/* Columns of a view without a key by which a batch names the rows that it replaces: the origin has read again all that have certain values
 * in them. */
enum { PARTITION_COLUMNS = 32 };
struct partition {
  int count; /* 0: batches list the rows that have gone themselves */
  int columns[PARTITION_COLUMNS];
};

struct session {
  struct session *next;
  int64_t view;
  enum session_state state;
  int64_t
      effect; /* id of the REQUEST or SUBSCRIBE owed an answer or still streaming; 0: none */
  bool busy;           /* a statement or sync call waits for the end of this attempt */
  bool failed;         /* the attempt ended badly: `error` tells */
  bool wanted;         /* to begin when the open transaction has been committed */
  bool refresh_wanted; /* … as a refresh */
  bool refresh;        /* fill again even if filled */
  char *fields;        /* DESCRIBING: the columns, when the key has not come yet */
  bool resumed;        /* SUBSCRIBING: with a cursor, so no snapshot is awaited */
  bool
      subscribed; /* SUBSCRIBING or RUNNING: the origin has accepted the subscription */
  struct partition partition; /* … and tells of changes so */
  bool snapshotting;          /* parts of a snapshot are being staged */
  int64_t received;           /* rows of that snapshot so far */
  int64_t
      told; /* SUBSCRIBING or RUNNING: number of the last snapshot part or batch that was taken in */
  int64_t confirm_through; /* what was asked for contains transactions up to this one */
  struct error error;
  int retry_count;
  int64_t next_retry_at; /* of SESSION_WAITING */
};

/* How many transactions go out together at most. */
enum { OUTBOUND_MAX = 512 };

/* Transactions that go out, or went out, in one APPLY. */
struct batch {
  int64_t transactions[OUTBOUND_MAX]; /* their numbers, which rise */
  int count;
  bool asks; /* it is one that is in doubt: nothing but its number goes out */
  bool
      former; /* it goes out in the name of the database that this one was exported from */
  struct buffer writes; /* the ids of their writes, each transaction's followed by 0 */
};

/* One origin's queue of writes: at most one APPLY under way, and an answer to the one before it that is not taken in yet. */
struct outbound {
  struct outbound *next;
  char *origin;
  int64_t effect; /* of the APPLY; 0: none */
  struct batch sent;
  struct batch answered; /* of `answer`; count 0: there is none */
  struct event answer;
  int limit; /* how many the next APPLY may carry: more while all goes well */
  int retry_count;
  int64_t next_retry_at; /* 0: now */
};

/* Statements that are not in use, the one used last first. */
enum { KEPT_MAX = 64 };
struct kept {
  sqlite3_stmt *statements[KEPT_MAX];
  int count;
};

struct sync {
  struct session *sessions;
  struct outbound *outbounds;
  bool online;
  bool
      reconcile; /* views were made, changed or dropped: look again when the transaction ends */
  bool queued; /* writes were queued in the open transaction */
  int64_t
      transaction; /* number of the open local transaction in the queue; 0: none yet */
  int64_t
      look_again_at; /* something could not be begun, for want of memory: then it is; 0: no */
  int64_t *settling; /* ids of CONTROL sync calls that wait */
  int settling_count, settling_capacity;
  struct kept kept;
};

/* sync.c */
struct session *session_find(struct database *database, int64_t view);
struct session *session_ensure(struct database *database,
                               int64_t view); /* NULL: out of memory */
const struct relation *session_relation(struct database *database,
                                        const struct session *session);
/* The view with that id, as a queued write names it; NULL: there is none of an origin that can be written. */
const struct relation *session_find_writable(const struct database *database,
                                             int64_t id);
/* Reports in `error` (55000) why the view of a queued write cannot be written any more, and returns its code. */
int session_not_writable(const struct database *database, int64_t id,
                         struct error *error);
/* Does the next thing the view needs: describe, fill or subscribe. */
int session_advance(struct database *database, struct session *session);
/* Subscribes a view anew, if it streams: what is received then contains all that its origin has acknowledged until now. */
int session_subscribe_anew(struct database *database, int64_t view);
/* The attempt has ended well: RUNNING, or IDLE for views that do not stream. */
int session_succeeded(struct database *database, struct session *session);
/* The attempt has failed with that code and what is in database->error: waits and tries again. */
int session_failed(struct database *database, struct session *session, int rc);
/* Runs `work` in a local transaction of its own, or inside the open one. */
int sync_in_transaction(struct database *database, struct session *session,
                        const struct event *event,
                        int (*work)(struct database *database, struct session *session,
                                    const struct event *event));
/* {"type": …, "view": [schema, name], …members} for sync.on; `members` is JSON text that begins with a comma, or "". */
int sync_announce(struct database *database, const char *type, int64_t view,
                  const char *members);
/* What could not be begun now is begun later. */
void sync_look_again(struct database *database);
int64_t sync_backoff(struct database *database, int retry_count);

/* describe.c */
int describe_request(struct database *database, struct session *session);
int describe_answer(struct database *database, struct session *session,
                    const struct event *event);
/* What has come of a description is of no use without the rest. */
void describe_forget(struct database *database, struct session *session);

/* shape.c: the SQL that an origin runs for a view */
enum { SHAPE_EQUALITIES = 4 };
struct shape {
  char *sql; /* the snapshot query; its last column is __version when keyed */
  char *
      key_sql; /* the same for some keys: $1 is a JSON array of key arrays, for MySQL ? a list; NULL unless keyed */
  bool keyed;
  struct shape_equality {
    int count; /* 0: the query requires no column to equal a constant */
    const char *columns[SHAPE_EQUALITIES];
    const char *values[SHAPE_EQUALITIES]; /* as the query writes them */
    char *
        key_sql; /* the other one without these conditions; behind its columns come these, as text */
  } equality;
};
enum sql_dialect origin_dialect(const char *origin);
bool origin_is_tidemark(const char *origin);
/* How statements for the origin are printed. */
struct sql_print_options origin_print_options(const char *origin);
int origin_print(struct database *database, const struct sql_node *node,
                 const char *origin, struct buffer *sql);
/* Arena-owned. Returns TIDE_OK, TIDE_ERROR_NOT_SUPPORTED, …. */
int shape_build(struct database *database, struct arena *arena,
                const struct relation *view, struct shape *shape);
/* equality.c: the text of a constant; NULL: it is none that can be compared as text. */
const char *equality_constant(const struct sql_node *node);
/* Takes the conditions `column = constant` out of a list joined by AND, as many as fit. Returns what is left of it: NULL when
 * nothing is, or when memory is short (arena->failed). */
struct sql_node *equality_extract(struct arena *arena, struct sql_node *condition,
                                  struct shape_equality *equality);
/* Appends `,"equality":{…}` in JSON for a shape that has one. */
void equality_member(struct buffer *json, const struct shape_equality *equality);
/* The view's query, parsed; arena-owned. */
int shape_query(struct database *database, struct arena *arena,
                const struct relation *view, struct sql_node **query);
/* The relations that a query reads at its origin, as JSON [{"schema","name"}, …] appended. */
int shape_relations(struct buffer *json, const struct sql_node *query);
/* lineage.c: appends `,"lineage":{…}` in JSON for a query whose rows can be found by changed rows of its relations. */
void lineage_member(struct buffer *json, struct sql_node *query);
/* The one relation of a query that has just one, unqualified schema = "public"; false when there is not exactly one. */
bool shape_single_relation(const struct sql_node *query, const char **schema,
                           const char **name);
/* Appends the expression whose value changes with every update of a row: "xmin"::text, or the key given. False: none (last writer wins).
 * `dialect` is that of `sql`: PostgreSQL's where it is parsed before it is printed for the origin. */
bool shape_version(struct buffer *sql, enum sql_dialect dialect,
                   const struct relation *view, const char *reference);
/* Does the view show that version in the column? */
bool shape_is_version(const struct relation *view, int index);
/* The schema of the relation that a view's writes go to, as its origin knows it; NULL for the database of a MySQL connection. */
const char *origin_schema_of(const struct relation *view);
/* An identifier as the origin's dialect quotes it. */
void origin_identifier(struct buffer *sql, enum sql_dialect dialect, const char *name);

/* fill.c: rows coming in */
int fill_request(struct database *database, struct session *session);
int fill_subscribe(struct database *database, struct session *session);
/* The origin has accepted the subscription. */
int fill_subscribed(struct database *database, struct session *session,
                    const struct event *event);
int fill_answer(struct database *database, struct session *session,
                const struct event *event); /* RESPONSE to the fill */
int fill_snapshot(struct database *database, struct session *session,
                  const struct event *event);
int fill_changes(struct database *database, struct session *session,
                 const struct event *event);

/* replay.c: authoritative rows with pending writes on top */
/* Nothing is in temp.__touched. */
int touched_clear(struct database *database);
/* temp.__touched becomes the keys of the writes of `count` transactions: what follows then costs no more than those rows. */
int replay_touch(struct database *database, const char *origin,
                 const int64_t *transactions, int count);
/* … and the staged keys of the view's rows that have come under their own, before the answer that tells it. */
int replay_touch_arrived(struct database *database, const struct relation *view);
/* Puts the authoritative rows back under every pending write of the view, or only of the keys in temp.__touched. */
int replay_strip(struct database *database, const struct relation *view,
                 bool touched_only);
/* Applies the pending writes again, in order. */
int replay_apply(struct database *database, const struct relation *view,
                 bool touched_only);
/* Applies one queued write to the stored rows, remembering what was there. */
int replay_write(struct database *database, const struct relation *view, int64_t write);
/* Writes up to `transaction` that the origin acknowledged are contained in the authoritative rows now. */
int replay_confirm(struct database *database, const struct relation *view,
                   int64_t transaction);

/* kept.c: statements kept prepared */
/* As database_prepare, for a statement that is wanted again and again. It is given back with kept_return. */
int kept_take(struct database *database, const char *sql, sqlite3_stmt **statement);
/* In the place of sqlite3_finalize; accepts NULL. */
void kept_return(struct database *database, sqlite3_stmt *statement);
/* As database_query; the statement is to be given back, also after a failure: it is NULL if there is none. */
int kept_query(struct database *database, sqlite3_stmt **statement, const char *sql,
               const char *types, ...);
/* As database_write. */
int kept_run(struct database *database, const char *sql, const char *types, ...);
void kept_close(struct database *database);

/* row.c: rows as JSON, in SQL */
/* Appends json_object(…) of all (visible) columns of `source` ("" or "alias."), version included when asked. */
void row_image(struct buffer *sql, const struct relation *view, const char *source,
               bool version);
/* Appends the column's value as JSON can hold it. */
void row_encoded(struct buffer *sql, const struct column *column, const char *source);
/* Appends json_array(…) of the key columns. */
void row_key(struct buffer *sql, const struct relation *view, const char *source);
/* Appends the value that column `index` has in the JSON object `json_sql`. */
void row_value(struct buffer *sql, const struct relation *view, int index,
               const char *json_sql);
/* Appends the value that column `index` has in the JSON array `key_sql`; NULL: it is not of the key. */
void row_key_value(struct buffer *sql, const struct relation *view, int index,
                   const char *key_sql);
/* Appends `k1 IS …, k2 IS …` joined by AND: the key columns equal the JSON array `key_sql`. */
void row_match(struct buffer *sql, const struct relation *view, const char *source,
               const char *key_sql);
/* Where in a row as the origin returns it the column `index` is, from 0. */
int row_cell(const struct relation *view, int index);
/* Appends `SELECT json_array(…) FROM (SELECT CAST(?n AS type) …) AS k`: the key, as the stored table would keep it, in a row of
 * the view whose first cell is ?first, or, `alone`, in the values of a key. */
void row_key_given(struct buffer *sql, const struct relation *view, int first,
                   bool alone);
/* A JSON array of numbers, for `IN (SELECT value FROM json_each(?))`. */
void row_numbers(struct buffer *json, const int64_t *numbers, int count);
/* Runs statements made of the text in `sql` with ?1… bound to the integers and texts given; NULL text binds NULL. */
struct row_parameter {
  const char *text;
  int64_t integer;
};
int row_execute(struct database *database, struct buffer *sql,
                const struct row_parameter *parameters, int count);

/* Drops a temporary table. SQLite drops none while any query is being read: then it is emptied. */
int temporary_discard(struct database *database, const char *name);

/* The transactions at origin ?1 that wait for those that `first` selects: they touch one of their rows, or a row of one that
 * waits, or name a row that it inserts by its staged key. "waiting" has the numbers of all. */
#define QUEUE_WAITING(first)                                                           \
  "WITH RECURSIVE waiting (number) AS (" first " UNION SELECT later.transaction_id "   \
  "FROM waiting CROSS JOIN __tidemark_queue AS earlier ON earlier.origin = ?1 AND "    \
  "earlier.transaction_id = waiting.number CROSS JOIN __tidemark_queue AS later ON "   \
  "later.view_id = earlier.view_id AND later.key = earlier.key AND "                   \
  "later.transaction_id > earlier.transaction_id AND later.origin = ?1 AND "           \
  "later.state IN ('pending', 'failed') UNION SELECT later.transaction_id FROM "       \
  "waiting "                                                                           \
  "CROSS JOIN __tidemark_queue AS earlier ON earlier.origin = ?1 AND "                 \
  "earlier.transaction_id = waiting.number CROSS JOIN __tidemark_staged_keys AS "      \
  "staged "                                                                            \
  "ON staged.write_id = earlier.id CROSS JOIN __tidemark_staged_references AS "        \
  "reference "                                                                         \
  "ON reference.value = staged.value CROSS JOIN __tidemark_queue AS later ON "         \
  "later.id = reference.write_id AND later.transaction_id <> "                         \
  "earlier.transaction_id AND later.state IN ('pending', 'failed')) "

/* outbox.c: rows going out */
int outbox_open(struct database *database);
void outbox_close(struct database *database);
/* Sends the next due transactions of every origin that has none under way. */
int outbox_send(struct database *database, bool force);

/* Tells of each origin that cannot be sent anything now: it is off line, or its next attempt is due later. To be called when
 * something has been queued. */
int outbox_tell_waiting(struct database *database);
int outbox_event(struct database *database, struct event *event, bool *taken);
/* Takes in the answers that were put off. */
int outbox_tick(struct database *database);
/* The number of the open transaction in the queue (sync->transaction): the same for all its writes, above all before it. */
int outbox_number(struct database *database);
/* Is an answer put off? Then outbox_tick is due. */
bool outbox_has_answer(const struct database *database);
bool outbox_is_busy(const struct database *database);
int64_t outbox_next_wake(const struct database *database);
void outbox_network(struct database *database);
/* A view has just reached that origin: what could not be sent to it does not wait any longer. */
void outbox_reached(struct database *database, const char *origin);
/* The last transaction that the origin has taken; -1: none. */
int outbox_acknowledged(struct database *database, const char *origin,
                        int64_t *transaction);

/* batch.c: which transactions go out together */
/* Sends the next transactions of an origin that has none under way, if there are any that may go. */
int batch_send(struct database *database, struct outbound *outbound);

/* answer.c: what an origin said to transactions */
/* APPLIED has come for what was sent: how much goes out next follows from it. Returns whether all was applied. */
bool answer_arrived(struct outbound *outbound, const struct event *event);
/* Takes in what it says about the batch. */
int answer_applied(struct database *database, struct outbound *outbound,
                   const struct batch *batch, const struct event *event);
int answer_failed(struct database *database, struct outbound *outbound,
                  const struct event *event);
/* The view cannot be written any more: every transaction without an answer that writes to it waits for sync.resolve. */
int answer_unwritable(struct database *database, struct outbound *outbound,
                      int64_t view);

/* touched.c: rows whose version alone has moved */
/* The write was not taken because its row has another version by now; the origin's row has been saved with it. Where all that the
 * write depends on is as it was, it expects that version from now on, and *goes_again is true. */
int touched_expect(struct database *database, const struct relation *view,
                   int64_t write, bool *goes_again);

/* staged.c: rows whose key their origin gives them */
/* A write of the view has just been queued: what it stages, and what it refers to that is staged. `inserted`: the values of the
 * row, or NULL. */
int staged_queued(struct database *database, const struct relation *view, int64_t write,
                  sqlite3_value *const *inserted);
/* Does any queued write refer to a staged key? */
int staged_is_referred_to(struct database *database, bool *any);
/* The origin's answer to writes is in temp.__returned: their rows get the keys that they have there, and so does whatever
 * refers to them. */
int staged_follow(struct database *database);

/* resolve.c */
int resolve_write(struct database *database, int64_t write, const char *action,
                  const cJSON *values);
/* The origin says of a transaction in doubt that nothing was done under its number: it goes again, under another. */
int resolve_again(struct database *database, const char *origin, int64_t transaction);
/* … that it has applied it, which has been taken in: other values that were decided on since follow. */
int resolve_applied(struct database *database, const char *origin, int64_t transaction);

#endif
