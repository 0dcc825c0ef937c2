/* Which queued transactions go out next, and the APPLY effect that carries them.
 *
 * Several go in one effect, in their order: each is still a transaction of its own to its origin and gets an answer of its
 * own. A transaction that touches a row of an earlier one that has no answer yet waits for that: the answer has the version
 * it expects.
 *
 * Of a transaction that is in doubt (resolve.c) the number alone goes, with no writes, and no other goes along. An origin that has the
 * transaction answers as the first time; one that has not records that nothing was done under the number, and so nothing ever
 * will be: whatever of the first attempt is still under way comes too late.
 */
#include <string.h>

#include "base/json.h"
#include "sync/session.h"

/* An effect takes no further transaction once it has about so many bytes. */
enum { BATCH_BYTES = 512 << 10 };

/* --- choosing --------------------------------------------------------------------------------- */

/* As whom transactions are sent: what was queued before the database was imported belongs to the one that it was exported
 * from, so that an origin takes it once, from whichever sends it first (c-src/import.c). *through becomes the last
 * transaction that this holds for. */
static int client_of(struct database *database, struct arena *arena,
                     int64_t transaction, const char **client, int64_t *through) {
  sqlite3_stmt *query = NULL;
  const char *text = NULL;
  bool row = false;
  *through = INT64_MAX;
  int rc = database_query(
      database, &query,
      "SELECT former.value ->> 0, former.value ->> 1 FROM json_each((SELECT value FROM "
      "__tidemark_settings WHERE name = 'former_clients')) AS former "
      "WHERE ?1 <= former.value ->> 1 ORDER BY former.key LIMIT 1",
      "i", transaction);
  if (rc == TIDE_OK)
    rc = database_step(database, query, &row);
  if (rc == TIDE_OK && row)
    rc = database_text(database, query, 0, &text);
  if (rc == TIDE_OK && text != NULL) {
    *through = sqlite3_column_int64(query, 1);
    *client = arena_string(arena, text);
    if (!*client)
      rc = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  }
  sqlite3_finalize(query);
  return rc == TIDE_OK && text == NULL
             ? catalog_get_setting(database, arena, "client", client)
             : rc;
}

/* Those of one state that do not wait, oldest first. */
#define OF_STATE(state)                                                                \
  "SELECT * FROM (SELECT DISTINCT transaction_id FROM __tidemark_queue WHERE origin "  \
  "= ?1 AND state = '" state                                                           \
  "' AND state <> 'applied' AND transaction_id NOT IN (SELECT number FROM waiting) "   \
  "ORDER BY transaction_id LIMIT ?2)"

/* The oldest transactions that may go: not behind a conflicted one that touches one of their rows, nor behind one that is. */
static const char SENDABLE[] =
    QUEUE_WAITING("SELECT transaction_id FROM __tidemark_queue WHERE origin = ?1 AND "
                  "state = 'conflicted' AND state <> 'applied'")
        OF_STATE("pending") " UNION " OF_STATE("failed") " ORDER BY 1 LIMIT ?2";

/* Whether transaction ?2 at origin ?1 touches a row of an older one that has no answer, or names it by its staged key. */
static const char BOUND[] =
    "SELECT 1 FROM __tidemark_queue AS w JOIN __tidemark_queue AS p ON p.view_id = "
    "w.view_id AND p.key = w.key AND p.transaction_id < w.transaction_id AND p.state "
    "IN ('pending', 'failed') WHERE w.origin = ?1 AND w.transaction_id = ?2 UNION ALL "
    "SELECT 1 FROM __tidemark_queue AS w JOIN __tidemark_staged_references AS r ON "
    "r.write_id = w.id JOIN __tidemark_staged_keys AS s ON s.value = r.value JOIN "
    "__tidemark_queue AS p ON p.id = s.write_id AND p.transaction_id <> "
    "w.transaction_id AND p.state IN ('pending', 'failed') WHERE w.origin = ?1 AND "
    "w.transaction_id = ?2";

/* Does `sql`, one of those about a transaction, find something? */
static int ask_queue(struct database *database, const char *sql, const char *origin,
                     int64_t transaction, bool *found) {
  sqlite3_stmt *statement;
  int rc = kept_query(database, &statement, sql, "si", origin, transaction);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, found);
  kept_return(database, statement);
  return rc;
}

/* Whether transaction ?2 at origin ?1 is in doubt. */
static const char IN_DOUBT[] =
    "SELECT 1 FROM __tidemark_queue WHERE origin = ?1 AND transaction_id = ?2 AND "
    "in_doubt <> 0";

/* Where `id` is among those, which rise; -1: it is not. */
static int place_of(const int64_t *ids, int count, int64_t id) {
  int low = 0, high = count;
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (ids[middle] < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < count && ids[low] == id ? low : -1;
}

/* outbound->sent becomes what may go out in one effect, and *client as whom. What has an answer that is not taken in is not
 * sent again, and what touches its rows waits. */
static int choose(struct database *database, struct outbound *outbound,
                  struct arena *arena, const char **client) {
  const struct batch *answered = &outbound->answered;
  struct batch *sent = &outbound->sent;
  sqlite3_stmt *candidates;
  int64_t through = INT64_MAX;
  bool row, bound = false;
  sent->count = 0;
  sent->asks = false;
  int rc = kept_query(database, &candidates, SENDABLE, "si", outbound->origin,
                      (int64_t)outbound->limit + answered->count);
  while (rc == TIDE_OK && !sent->asks && sent->count < outbound->limit &&
         (rc = database_step(database, candidates, &row)) == TIDE_OK && row) {
    int64_t transaction = sqlite3_column_int64(candidates, 0);
    if (place_of(answered->transactions, answered->count, transaction) >= 0)
      continue;
    if (sent->count == 0)
      rc = client_of(database, arena, transaction, client, &through);
    if (rc == TIDE_OK && sent->count + answered->count > 0)
      rc = ask_queue(database, BOUND, outbound->origin, transaction, &bound);
    if (rc == TIDE_OK)
      rc = ask_queue(database, IN_DOUBT, outbound->origin, transaction, &sent->asks);
    if (bound || transaction > through || (sent->asks && sent->count > 0)) {
      sent->asks = false;
      break;
    }
    sent->transactions[sent->count++] = transaction;
  }
  kept_return(database, candidates);
  sent->former = through < INT64_MAX;
  return rc;
}

/* --- reading the queue ------------------------------------------------------------------------ */

/* Reads the values of queued writes to one view. For each column of the view: does the write give it a value, and which;
 * then the values of the key. */
struct value_reader {
  struct value_reader *next;
  const struct relation *view;
  sqlite3_stmt *statement; /* ?1: the write's id */
};

/* One APPLY being put together. */
struct message {
  struct database *database;
  enum sql_dialect dialect;
  struct buffer json;             /* of the transactions, without brackets */
  struct block_writer parameters; /* of one row; its cells are counted by `cells` */
  uint32_t cells;
  uint32_t first;           /* of them that is of the statement being printed */
  struct buffer references; /* of that statement, as JSON, without brackets */
  bool staged;              /* some writes refer to staged keys */
  struct buffer *writes;    /* the ids of those printed, as in a batch */
  size_t transaction;       /* where in it those of the transaction begin: they rise */
  int64_t unwritable; /* the view of a write that cannot be written any more; 0: none */
  struct value_reader *readers;
};

/* The write that is being printed: a row of the queue. */
struct queued {
  int64_t id;
  const struct relation *view;
  char operation;
  int64_t transaction;
  const char *base_version; /* NULL: not to be checked */
  sqlite3_stmt *values;     /* stands on what its reader reads */
};

static bool is_sent(const struct relation *view, int index) {
  return !view->columns[index].hidden && view->view->write_path->origin_column[index];
}

static int gives_column(int index) {
  return 2 * index;
}

static int value_column(int index) {
  return 2 * index + 1;
}

static int key_column(const struct relation *view, int position) {
  return 2 * view->column_count + position;
}

static void reader_sql(struct buffer *sql, const struct relation *view) {
  const struct write_path *path = view->view->write_path;
  buffer_text(sql, "SELECT ");
  for (int i = 0; i < view->column_count; i++) {
    if (!is_sent(view, i)) {
      buffer_text(sql, "0, NULL, ");
      continue;
    }
    buffer_text(sql, "EXISTS (SELECT 1 FROM json_each(q.mine) WHERE key = ");
    buffer_literal(sql, view->columns[i].name, strlen(view->columns[i].name));
    buffer_text(sql, "), ");
    row_value(sql, view, i, "q.mine");
    buffer_text(sql, ", ");
  }
  for (int i = 0; i < path->key_count; i++) {
    buffer_text(sql, i > 0 ? ", " : "");
    row_key_value(sql, view, path->key[i], "q.key");
  }
  buffer_text(sql, " FROM __tidemark_queue AS q WHERE q.id = ?1");
}

/* A reader of the view's writes, made where there is none yet; it belongs to the message. */
static int find_reader(struct message *message, const struct relation *view,
                       struct value_reader **found) {
  struct database *database = message->database;
  struct value_reader *reader = message->readers;
  while (reader && reader->view != view)
    reader = reader->next;
  *found = reader;
  if (reader)
    return TIDE_OK;
  reader = memory_allocate_zeroed(database->memory, sizeof *reader);
  if (!reader)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  reader->view = view;
  reader->next = message->readers;
  message->readers = reader;
  *found = reader;
  struct buffer sql;
  buffer_init(&sql, database->memory);
  reader_sql(&sql, view);
  int rc = sql.failed ? error_set(database->error, TIDE_ERROR_NOMEM, "out of memory")
                      : database_prepare(database, buffer_string(&sql), false,
                                         &reader->statement);
  buffer_deinit(&sql);
  return rc;
}

/* --- printing --------------------------------------------------------------------------------- */

static void relation_name(struct buffer *sql, enum sql_dialect dialect,
                          const struct relation *view) {
  const struct write_path *path = view->view->write_path;
  const char *schema = origin_schema_of(view);
  if (schema) {
    origin_identifier(sql, dialect, schema);
    buffer_character(sql, '.');
  }
  origin_identifier(sql, dialect, path->origin_name);
}

static void place(struct buffer *sql, enum sql_dialect dialect, uint32_t number) {
  if (dialect == SQL_DIALECT_MYSQL)
    buffer_character(sql, '?');
  else
    buffer_format(sql, "$%u", number);
}

/* Which write of the transaction it is, as it is sent; -1: none before this one. */
static int place_of_write(const struct message *message, int64_t write) {
  size_t first = message->transaction / sizeof write;
  size_t count = message->writes->length / sizeof write - first;
  const int64_t *ids = (const int64_t *)(const void *)message->writes->data;
  return count > 0 ? place_of(ids + first, (int)count, write) : -1;
}

/* Where the parameter that comes next is the staged key of a row that an earlier write of the transaction inserts: which write,
 * and which column of the row that it returns. A row inserted by another transaction has its real key by now. */
static int add_reference(struct message *message, const struct queued *write,
                         int index) {
  struct database *database = message->database;
  sqlite3_stmt *query;
  bool row = false;
  int rc = kept_query(
      database, &query,
      "SELECT p.view_id, s.ordinal, p.id FROM __tidemark_staged_references AS r JOIN "
      "__tidemark_staged_keys AS s ON "
      "s.value = r.value JOIN __tidemark_queue AS p ON p.id = s.write_id WHERE "
      "r.write_id = ? AND r.name = ? AND p.transaction_id = ?",
      "isi", write->id, write->view->columns[index].name, write->transaction);
  if (rc == TIDE_OK)
    rc = database_step(database, query, &row);
  const struct relation *view =
      row ? session_find_writable(database, sqlite3_column_int64(query, 0)) : NULL;
  int place = row ? place_of_write(message, sqlite3_column_int64(query, 2)) : -1;
  if (rc == TIDE_OK && view && place >= 0)
    buffer_format(
        &message->references, "%s{\"parameter\":%u,\"write\":%d,\"column\":%d}",
        message->references.length > 0 ? "," : "", message->cells - message->first,
        place,
        row_cell(view, view->view->write_path->key[sqlite3_column_int(query, 1)]));
  kept_return(database, query);
  return rc;
}

/* Appends column `index` of the view, which stands at `place` of what the reader read, as the next parameter. */
static int add_value(struct message *message, const struct queued *write, int index,
                     int place) {
  struct type type = write->view->columns[index].type;
  int rc = message->staged ? add_reference(message, write, index) : TIDE_OK;
  if (rc != TIDE_OK)
    return rc;
  /* json goes as its text: parsing it on the way would lose digits */
  if (!type.array && (type.id == TYPE_JSON || type.id == TYPE_JSONB))
    type = TYPE(TYPE_TEXT);
  database_block_column(&message->parameters, write->values, place, type);
  message->cells++;
  return message->parameters.text.failed
             ? error_set(message->database->error, TIDE_ERROR_NOMEM, "out of memory")
             : TIDE_OK;
}

/* Will the origin give the row that the write inserts a key in that column? */
static bool is_staged(const struct queued *write, int index) {
  return write->operation == 'i' &&
         sqlite3_column_int(write->values, gives_column(index)) == 0;
}

/* WHERE key = … AND version = …, with its parameters numbered from `number`. */
static int add_condition(struct message *message, const struct queued *write,
                         struct buffer *sql, uint32_t *number, bool check_version) {
  const struct relation *view = write->view;
  const struct write_path *path = view->view->write_path;
  buffer_text(sql, " WHERE ");
  for (int i = 0; i < path->key_count; i++) {
    if (i > 0)
      buffer_text(sql, " AND ");
    origin_identifier(sql, message->dialect, path->origin_column[path->key[i]]);
    buffer_text(sql, " = ");
    if (is_staged(write, path->key[i])) { /* of MySQL, which counts but one */
      buffer_text(sql, "last_insert_id()");
      continue;
    }
    place(sql, message->dialect, ++*number);
    int rc = add_value(message, write, path->key[i], key_column(view, i));
    if (rc != TIDE_OK)
      return rc;
  }
  if (!check_version || !write->base_version)
    return TIDE_OK;
  buffer_text(sql, " AND ");
  if (!shape_version(sql, message->dialect, view, "")) {
    buffer_text(sql, "1 = 1");
    return TIDE_OK;
  }
  buffer_text(sql, " = ");
  place(sql, message->dialect, ++*number);
  block_text(&message->parameters, write->base_version, strlen(write->base_version));
  message->cells++;
  return TIDE_OK;
}

/* The columns of the view as the origin knows them, then the version. */
static void result_list(struct message *message, const struct queued *write,
                        struct buffer *sql) {
  const struct relation *view = write->view;
  const struct write_path *path = view->view->write_path;
  const char *separator = " ";
  for (int i = 0; i < view->column_count; i++) {
    if (view->columns[i].hidden)
      continue;
    buffer_text(sql, separator);
    if (path->origin_column[i])
      origin_identifier(sql, message->dialect, path->origin_column[i]);
    else
      buffer_text(sql, "NULL");
    separator = ", ";
  }
  buffer_text(sql, ", ");
  if (!shape_version(sql, message->dialect, view, ""))
    buffer_text(sql, "NULL");
}

/* SET c = $1, … */
static int add_assignments(struct message *message, const struct queued *write,
                           struct buffer *sql, uint32_t *number) {
  const struct relation *view = write->view;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < view->column_count; i++) {
    if (sqlite3_column_int(write->values, gives_column(i)) == 0)
      continue;
    buffer_text(sql, *number > 0 ? ", " : " SET ");
    origin_identifier(sql, message->dialect, view->view->write_path->origin_column[i]);
    buffer_text(sql, " = ");
    place(sql, message->dialect, ++*number);
    rc = add_value(message, write, i, value_column(i));
  }
  return rc;
}

/* (c, …) VALUES ($1, …) */
static int add_row(struct message *message, const struct queued *write,
                   struct buffer *sql) {
  const struct relation *view = write->view;
  struct buffer values;
  uint32_t number = 0;
  int rc = TIDE_OK;
  buffer_init(&values, message->database->memory);
  buffer_text(sql, " (");
  for (int i = 0; rc == TIDE_OK && i < view->column_count; i++) {
    if (sqlite3_column_int(write->values, gives_column(i)) == 0)
      continue;
    const char *separator = number > 0 ? ", " : "";
    buffer_text(sql, separator);
    origin_identifier(sql, message->dialect, view->view->write_path->origin_column[i]);
    buffer_text(&values, separator);
    place(&values, message->dialect, ++number);
    rc = add_value(message, write, i, value_column(i));
  }
  buffer_format(sql, ") VALUES (%s)", buffer_string(&values));
  sql->failed = sql->failed || values.failed;
  buffer_deinit(&values);
  return rc;
}

/* A row of which nothing but what the origin gives it is known. */
static bool is_empty_row(const struct queued *write) {
  for (int i = 0; i < write->view->column_count; i++)
    if (sqlite3_column_int(write->values, gives_column(i)) != 0)
      return false;
  return true;
}

static int print_write(struct message *message, const struct queued *write,
                       struct buffer *sql) {
  uint32_t number = 0;
  int rc;
  if (write->operation == 'i') {
    buffer_text(sql, "INSERT INTO ");
    relation_name(sql, message->dialect, write->view);
    if (message->dialect != SQL_DIALECT_MYSQL && is_empty_row(write)) {
      buffer_text(sql, " DEFAULT VALUES");
      rc = TIDE_OK;
    } else {
      rc = add_row(message, write, sql);
    }
  } else if (write->operation == 'u') {
    buffer_text(sql, "UPDATE ");
    relation_name(sql, message->dialect, write->view);
    rc = add_assignments(message, write, sql, &number);
    if (rc == TIDE_OK)
      rc = add_condition(message, write, sql, &number, true);
  } else {
    buffer_text(sql, "DELETE FROM ");
    relation_name(sql, message->dialect, write->view);
    rc = add_condition(message, write, sql, &number, true);
  }
  if (message->dialect == SQL_DIALECT_MYSQL || rc != TIDE_OK)
    return rc;
  buffer_text(sql, " RETURNING");
  result_list(message, write, sql);
  return rc;
}

/* The row as it is now, for when the write finds none of that version, or the one that it has just inserted. */
static int print_conflict(struct message *message, const struct queued *write,
                          struct buffer *sql) {
  uint32_t number = 0;
  buffer_text(sql, "SELECT");
  result_list(message, write, sql);
  buffer_text(sql, " FROM ");
  relation_name(sql, message->dialect, write->view);
  return add_condition(message, write, sql, &number, false);
}

/* Appends `"sql": …, "parameters": n, "references": […]` of what `print` prints. */
static int add_statement(struct message *message, const struct queued *write,
                         int (*print)(struct message *message,
                                      const struct queued *write, struct buffer *sql)) {
  struct buffer sql;
  message->first = message->cells;
  buffer_clear(&message->references);
  buffer_init(&sql, message->database->memory);
  int rc = print(message, write, &sql);
  buffer_format(&message->json, "\"sql\":%j,\"parameters\":%u", buffer_string(&sql),
                message->cells - message->first);
  if (message->references.length > 0)
    buffer_format(&message->json, ",\"references\":[%s]",
                  buffer_string(&message->references));
  if (rc == TIDE_OK && (sql.failed || message->references.failed))
    rc = error_set(message->database->error, TIDE_ERROR_NOMEM, "out of memory");
  buffer_deinit(&sql);
  return rc;
}

/* Which row it is about, where the origin has to be asked: `conflict` when there is none of that version, `row` for what it
 * has made of one that it gave a key. */
static int add_question(struct message *message, const struct queued *write) {
  const struct write_path *path = write->view->view->write_path;
  bool staged = false;
  for (int i = 0; i < path->key_count; i++)
    staged = staged || is_staged(write, path->key[i]);
  if (staged && message->dialect != SQL_DIALECT_MYSQL)
    return TIDE_OK; /* RETURNING tells */
  buffer_text(&message->json, staged ? ",\"row\":{" : ",\"conflict\":{");
  int rc = add_statement(message, write, print_conflict);
  buffer_character(&message->json, '}');
  return rc;
}

static int add_write(struct message *message, struct queued *write) {
  struct value_reader *reader;
  bool row = false;
  int rc = find_reader(message, write->view, &reader);
  if (rc != TIDE_OK)
    return rc;
  write->values = reader->statement;
  sqlite3_bind_int64(write->values, 1, write->id);
  rc = database_step(message->database, write->values, &row);
  if (rc == TIDE_OK && !row)
    rc = TIDE_ERROR_INTERNAL;
  buffer_character(&message->json, '{');
  if (rc == TIDE_OK)
    rc = add_statement(message, write, print_write);
  if (rc == TIDE_OK)
    rc = add_question(message, write);
  buffer_character(&message->json, '}');
  sqlite3_reset(write->values);
  return rc;
}

/* The version that a write expects: of a row that was only touched the one that it has since. Of a chained write what the one
 * before it on the same row was answered with. An
 * earlier write of the same transaction has just changed the row itself: nothing to check. */
static const char QUEUED_WRITES[] =
    "SELECT q.id, q.view_id, q.op, CASE WHEN q.touched_version IS NOT NULL THEN "
    "q.touched_version WHEN NOT q.chained THEN q.base_version "
    "WHEN EXISTS (SELECT 1 FROM __tidemark_queue AS s WHERE s.view_id = q.view_id AND "
    "s.key = q.key "
    "AND s.transaction_id = q.transaction_id AND s.id < q.id) THEN NULL "
    "ELSE coalesce((SELECT p.ack_version FROM __tidemark_queue AS p WHERE p.view_id = "
    "q.view_id AND p.key = q.key "
    "AND p.state = 'applied' AND p.transaction_id < q.transaction_id ORDER BY "
    "p.transaction_id DESC, p.id DESC LIMIT 1), "
    "q.base_version) END FROM __tidemark_queue AS q WHERE q.origin = ?1 AND "
    "q.transaction_id = ?2 ORDER BY q.id";

/* Appends the number of a transaction that is in doubt. `writes` as below: what the origin answers may be about them. */
static int add_number(struct message *message, sqlite3_stmt *writes,
                      int64_t transaction) {
  struct database *database = message->database;
  bool row;
  int rc = TIDE_OK;
  sqlite3_bind_int64(writes, 2, transaction);
  buffer_format(&message->json, "{\"transaction\":%lld,\"writes\":[]}",
                (long long)transaction);
  while (rc == TIDE_OK && (rc = database_step(database, writes, &row)) == TIDE_OK &&
         row)
    buffer_append(message->writes, &(int64_t){sqlite3_column_int64(writes, 0)},
                  sizeof(int64_t));
  buffer_append(message->writes, &(int64_t){0}, sizeof(int64_t));
  if (rc == TIDE_OK && message->writes->failed)
    rc = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  sqlite3_reset(writes);
  return rc;
}

/* Appends what the transaction does, up to a write that cannot be printed. `writes` is QUEUED_WRITES with its origin. */
static int add_transaction(struct message *message, sqlite3_stmt *writes,
                           int64_t transaction) {
  struct database *database = message->database;
  const char *separator = "";
  bool row;
  int rc = TIDE_OK;
  sqlite3_bind_int64(writes, 2, transaction);
  message->transaction = message->writes->length;
  buffer_format(&message->json, "{\"transaction\":%lld,\"writes\":[",
                (long long)transaction);
  while (rc == TIDE_OK && (rc = database_step(database, writes, &row)) == TIDE_OK &&
         row) {
    struct queued write = {
        .id = sqlite3_column_int64(writes, 0),
        .transaction = transaction,
        .view = session_find_writable(database, sqlite3_column_int64(writes, 1))};
    const char *operation;
    if (!write.view) {
      message->unwritable = sqlite3_column_int64(writes, 1);
      break;
    }
    rc = database_text(database, writes, 2, &operation);
    if (rc == TIDE_OK)
      rc = database_text(database, writes, 3, &write.base_version);
    write.operation = rc == TIDE_OK && operation ? operation[0] : 0;
    if (rc != TIDE_OK)
      continue;
    buffer_text(&message->json, separator);
    separator = ",";
    rc = add_write(message, &write);
    buffer_append(message->writes, &write.id, sizeof write.id);
  }
  buffer_append(message->writes, &(int64_t){0}, sizeof(int64_t));
  if (rc == TIDE_OK && message->writes->failed)
    rc = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  buffer_text(&message->json, "]}");
  sqlite3_reset(writes);
  return rc;
}

/* As many of the chosen transactions as the effect has room for: the first always. */
static int add_transactions(struct message *message, struct outbound *outbound) {
  struct database *database = message->database;
  sqlite3_stmt *writes;
  int rc = database_prepare(database, QUEUED_WRITES, false, &writes);
  if (rc != TIDE_OK)
    return rc;
  sqlite3_bind_text(writes, 1, outbound->origin, -1, SQLITE_STATIC);
  int added = 0;
  while (rc == TIDE_OK && message->unwritable == 0 && added < outbound->sent.count &&
         message->json.length + block_writer_size(&message->parameters) < BATCH_BYTES) {
    if (added > 0)
      buffer_character(&message->json, ',');
    int64_t transaction = outbound->sent.transactions[added++];
    rc = outbound->sent.asks ? add_number(message, writes, transaction)
                             : add_transaction(message, writes, transaction);
  }
  outbound->sent.count = added;
  sqlite3_finalize(writes);
  return rc;
}

static int push_message(struct message *message, struct outbound *outbound,
                        const char *client) {
  struct database *database = message->database;
  struct buffer json, data;
  buffer_init(&json, database->memory);
  buffer_init(&data, database->memory);
  message->parameters.columns = message->cells; /* one row of all parameters */
  outbound->effect = effects_next_id(database->effects);
  buffer_format(&json,
                "{\"id\":%lld,\"origin\":%j,\"client\":%j,\"transactions\":[%s]}",
                (long long)outbound->effect, outbound->origin, client,
                buffer_string(&message->json));
  int rc = json.failed || message->json.failed
               ? TIDE_ERROR_NOMEM
               : block_finish(&message->parameters, &data);
  if (rc == TIDE_OK)
    rc = effects_push(database->effects, TIDE_EFFECT_APPLY, &json, &data);
  if (rc != TIDE_OK)
    outbound->effect = 0;
  buffer_deinit(&json);
  buffer_deinit(&data);
  return rc;
}

static void message_deinit(struct message *message) {
  while (message->readers) {
    struct value_reader *reader = message->readers;
    message->readers = reader->next;
    sqlite3_finalize(reader->statement);
    memory_release(message->database->memory, reader);
  }
  block_writer_deinit(&message->parameters);
  buffer_deinit(&message->references);
  buffer_deinit(&message->json);
}

/* Sends what has been chosen, or nothing of it: then *unwritable is a view whose writes are in the way. */
static int send_chosen(struct database *database, struct outbound *outbound,
                       const char *client, int64_t *unwritable) {
  struct message message = {.database = database,
                            .dialect = origin_dialect(outbound->origin),
                            .writes = &outbound->sent.writes};
  buffer_init(&message.json, database->memory);
  buffer_init(&message.references, database->memory);
  buffer_clear(message.writes);
  block_writer_init(&message.parameters, database->memory, 0);
  int rc = staged_is_referred_to(database, &message.staged);
  if (rc == TIDE_OK)
    rc = add_transactions(&message, outbound);
  *unwritable = message.unwritable;
  if (rc == TIDE_OK && *unwritable == 0)
    rc = push_message(&message, outbound, client);
  message_deinit(&message);
  return rc;
}

int batch_send(struct database *database, struct outbound *outbound) {
  struct arena arena;
  int64_t unwritable;
  int rc;
  arena_init(&arena, database->memory);
  do {
    const char *client = NULL;
    unwritable = 0;
    rc = choose(database, outbound, &arena, &client);
    if (rc == TIDE_OK && outbound->sent.count > 0)
      rc = send_chosen(database, outbound, client, &unwritable);
    if (unwritable != 0 && outbound->answered.count > 0)
      break; /* what the origin has is not among what waits once the answer is taken in */
    if (rc == TIDE_OK && unwritable != 0)
      rc = answer_unwritable(database, outbound, unwritable);
  } while (rc == TIDE_OK && unwritable != 0);
  if (rc == TIDE_OK && outbound->sent.count == 0)
    outbound->next_retry_at = 0; /* nothing is due, and nobody need be woken for it */
  arena_deinit(&arena);
  return rc;
}
