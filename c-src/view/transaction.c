/* Where transactions begin and end. */
#include "view/transaction.h"

#include <string.h>

#include "catalog/setting.h"
#include "vfs/vfs_pages.h"
#include "view/views.h"

static const char *const control_sql[TRANSACTION_CONTROLS] = {
    [TRANSACTION_BEGIN] = "BEGIN IMMEDIATE",
    [TRANSACTION_COMMIT] = "COMMIT",
    [TRANSACTION_ROLLBACK] = "ROLLBACK",
    [TRANSACTION_STATEMENT] = "SAVEPOINT __statement",
    [TRANSACTION_STATEMENT_RELEASE] = "RELEASE __statement",
    [TRANSACTION_STATEMENT_UNDO] = "ROLLBACK TO __statement",
    [TRANSACTION_MAINTENANCE] = "SAVEPOINT __maintenance",
    [TRANSACTION_MAINTENANCE_RELEASE] = "RELEASE __maintenance",
    [TRANSACTION_MAINTENANCE_UNDO] = "ROLLBACK TO __maintenance",
    [TRANSACTION_LIVE] = "SAVEPOINT __live",
    [TRANSACTION_LIVE_RELEASE] = "RELEASE __live",
    [TRANSACTION_LIVE_UNDO] = "ROLLBACK TO __live",
};

/* In SQLite savepoints are called __user_1, __user_2, …: it takes no account of
 * letter case in names. */
struct savepoint {
  char *name; /* as the user calls it */
  struct capture_mark mark;
  size_t settings;  /* settings_mark */
  bool maintained;  /* views were up to date when it was set */
  int suspended;    /* how often they were suspended */
  uint64_t version; /* of the catalog */
};

struct transaction {
  sqlite3_stmt *control[TRANSACTION_CONTROLS];
  uint64_t version; /* of the catalog when it began */
  struct capture_mark statement;
  uint64_t statement_version;
  size_t statement_settings;
  struct savepoint *savepoints;
  int savepoint_count, savepoint_capacity;
  /* A PERSIST effect with database->persist_id could not be queued: no memory. */
  bool persist_owed;
};

static int out_of_memory(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* All statements are prepared here: going back must not need memory. */
int transaction_open(struct database *database) {
  struct transaction *transaction =
      memory_allocate_zeroed(database->memory, sizeof *transaction);
  database->views->transaction = transaction;
  int rc = transaction ? TIDE_OK : out_of_memory(database);
  for (int i = 0; rc == TIDE_OK && i < TRANSACTION_CONTROLS; i++)
    rc = database_prepare(database, control_sql[i], true, &transaction->control[i]);
  return rc;
}

static void forget_savepoints(struct database *database, int kept) {
  struct transaction *transaction = database->views->transaction;
  while (transaction->savepoint_count > kept)
    memory_release(database->memory,
                   transaction->savepoints[--transaction->savepoint_count].name);
}

void transaction_close(struct database *database) {
  struct transaction *transaction = database->views->transaction;
  if (!transaction)
    return;
  forget_savepoints(database, 0);
  for (int i = 0; i < TRANSACTION_CONTROLS; i++)
    sqlite3_finalize(transaction->control[i]);
  memory_release(database->memory, transaction->savepoints);
  memory_release(database->memory, transaction);
  database->views->transaction = NULL;
}

int transaction_run(struct database *database, enum transaction_control control) {
  return database_run(database, database->views->transaction->control[control]);
}

/* --- definitions undone --- */

/* After SQLite has gone back: the catalog as it was, and no plan made for what is
 * gone. A failure here is made good by catalog_ensure. */
static void forget_definitions(struct database *database, uint64_t version) {
  if (catalog_version(database) != version) {
    catalog_reload(database);
    catalog_undone(database);
  }
  if (database->views->rebuilt)
    view_forget_plans(database);
}

/* --- pages --- */

/* Queues what the host has to keep. If memory runs out the pages stay marked and go
 * with the next commit, under the id that whoever asks for durability is given now. */
static void persist(struct database *database) {
  struct transaction *transaction = database->views->transaction;
  if (!database->pages || !vfs_pages_changed(database->pages))
    return;
  if (!transaction->persist_owed)
    database->persist_id = effects_next_id(database->effects);
  struct buffer json, data;
  uint32_t count;
  buffer_init(&json, database->memory);
  buffer_init(&data, database->memory);
  /* the text first: once taken, the pages have to go */
  buffer_format(&json, "{\"id\":%lld,\"pageSize\":%d,\"pages\":",
                (long long)database->persist_id, (int)VFS_PAGE_SIZE);
  int rc = json.failed ? TIDE_ERROR_NOMEM
                       : vfs_pages_take_changes(database->pages, &data, &count);
  transaction->persist_owed = rc != TIDE_OK;
  if (rc == TIDE_OK) {
    buffer_format(&json, "%u}", count);
    effects_push(database->effects, TIDE_EFFECT_PERSIST, &json, &data);
  }
  buffer_deinit(&json);
  buffer_deinit(&data);
}

/* --- transactions --- */

static void ended(struct database *database) {
  forget_savepoints(database, 0);
  capture_clear(database);
  views_clear_deltas(database);
  database->views->rebuilt = false;
  database->views->suspended = 0;
}

int transaction_begin(struct database *database) {
  int rc = views_prepare(database);
  if (rc != TIDE_OK)
    return rc;
  ended(database); /* what was written outside of any transaction is nobody's */
  rc = transaction_run(database, TRANSACTION_BEGIN);
  database->views->transaction->version = catalog_version(database);
  return rc;
}

int transaction_rollback(struct database *database) {
  struct transaction *transaction = database->views->transaction;
  int rc = TIDE_OK;
  /* SQLite may have rolled back by itself: storage full, memory, input/output */
  if (!sqlite3_get_autocommit(database->handle))
    rc = transaction_run(database, TRANSACTION_ROLLBACK);
  settings_undo(database, 0);
  forget_definitions(database, transaction->version);
  slots_undone(database);
  ended(database);
  return rc;
}

/* SQLite rolls a transaction back by itself when memory or storage runs out. What follows
 * would no longer be part of it. */
static int check_open(struct database *database) {
  if (!sqlite3_get_autocommit(database->handle))
    return TIDE_OK;
  return error_set(database->error, TIDE_ERROR_FAILED_TRANSACTION,
                   "the transaction has been rolled back by an earlier failure");
}

int transaction_commit(struct database *database) {
  struct commit_effect *effect = NULL;
  int rc = check_open(database);
  bool suspended = database->views->suspended > 0 && capture_pending(database);
  if (rc == TIDE_OK)
    rc = views_maintain(database, false);
  if (rc == TIDE_OK)
    rc = sequences_save(database);
  if (rc == TIDE_OK)
    rc = commit_prepare(database, &effect);
  if (rc == TIDE_OK)
    rc = transaction_run(database, TRANSACTION_COMMIT);
  if (rc != TIDE_OK) {
    commit_discard(database, effect);
    transaction_rollback(database);
    return rc;
  }
  settings_commit(database);
  ended(database);
  persist(database);
  commit_announce(database, effect);
  if (suspended)
    suspend_tell(database);
  return TIDE_OK;
}

/* --- statements --- */

int transaction_write_begin(struct database *database) {
  struct transaction *transaction = database->views->transaction;
  int rc = check_open(database);
  if (rc == TIDE_OK)
    rc = views_prepare(database);
  if (rc != TIDE_OK)
    return rc;
  transaction->statement = capture_enter(database);
  transaction->statement_version = catalog_version(database);
  transaction->statement_settings = settings_mark(database);
  return TIDE_OK;
}

static void undo_write(struct database *database, struct capture_mark mark) {
  capture_undo(database, mark);
  settings_undo(database, database->views->transaction->statement_settings);
}

int transaction_write_end(struct database *database, bool succeeded) {
  struct capture_mark mark = database->views->transaction->statement;
  int rc = succeeded ? capture_check(database) : TIDE_OK;
  if (succeeded && rc == TIDE_OK)
    capture_leave(database, mark);
  else if (rc == TIDE_OK)
    undo_write(database, mark); /* no views were maintained since */
  else
    transaction_rollback(database);
  return rc;
}

int transaction_statement_begin(struct database *database) {
  int rc = transaction_write_begin(database);
  if (rc != TIDE_OK)
    return rc;
  rc = transaction_run(database, TRANSACTION_STATEMENT);
  if (rc != TIDE_OK)
    capture_leave(database, database->views->transaction->statement);
  return rc;
}

static int undo_statement(struct database *database) {
  struct transaction *transaction = database->views->transaction;
  if (sqlite3_get_autocommit(database->handle))
    return TIDE_OK; /* all is undone already */
  int rc = transaction_run(database, TRANSACTION_STATEMENT_UNDO);
  if (rc == TIDE_OK)
    rc = transaction_run(database, TRANSACTION_STATEMENT_RELEASE);
  undo_write(database, transaction->statement);
  forget_definitions(database, transaction->statement_version);
  return rc;
}

int transaction_statement_end(struct database *database, bool succeeded) {
  int rc = succeeded ? capture_check(database) : TIDE_OK;
  if (succeeded && rc == TIDE_OK)
    rc = transaction_run(database, TRANSACTION_STATEMENT_RELEASE);
  if (!succeeded || rc != TIDE_OK) {
    int undone = undo_statement(database);
    return rc != TIDE_OK ? rc : undone;
  }
  capture_leave(database, database->views->transaction->statement);
  return TIDE_OK;
}

/* --- savepoints of the user --- */

static int run_savepoint(struct database *database, const char *verb, int index) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "%s __user_%d", verb, index + 1);
  int rc = sql.failed ? out_of_memory(database)
                      : database_execute(database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

static int push_savepoint(struct database *database, const char *name) {
  struct transaction *transaction = database->views->transaction;
  if (transaction->savepoint_count == transaction->savepoint_capacity) {
    int capacity = transaction->savepoint_capacity * 2 + 4;
    struct savepoint *larger = memory_reallocate(
        database->memory, transaction->savepoints, (size_t)capacity * sizeof *larger);
    if (!larger)
      return out_of_memory(database);
    transaction->savepoints = larger;
    transaction->savepoint_capacity = capacity;
  }
  char *copy = memory_string(database->memory, name);
  if (!copy)
    return out_of_memory(database);
  transaction->savepoints[transaction->savepoint_count++] =
      (struct savepoint){.name = copy};
  return TIDE_OK;
}

int transaction_savepoint(struct database *database, const char *name) {
  struct transaction *transaction = database->views->transaction;
  int rc = check_open(database);
  if (rc == TIDE_OK && database->views->suspended == 0)
    rc = view_maintain(database);
  if (rc == TIDE_OK)
    rc = push_savepoint(database, name);
  if (rc != TIDE_OK)
    return rc;
  int index = transaction->savepoint_count - 1;
  rc = run_savepoint(database, "SAVEPOINT", index);
  if (rc != TIDE_OK) {
    forget_savepoints(database, index);
    return rc;
  }
  struct savepoint *savepoint = &transaction->savepoints[index];
  savepoint->maintained = !capture_pending(database);
  savepoint->suspended = database->views->suspended;
  savepoint->mark = capture_enter(database);
  savepoint->version = catalog_version(database);
  savepoint->settings = settings_mark(database);
  return TIDE_OK;
}

/* The innermost one of that name. */
static int find_savepoint(struct database *database, const char *name, int *index) {
  struct transaction *transaction = database->views->transaction;
  for (*index = transaction->savepoint_count - 1; *index >= 0; (*index)--)
    if (strcmp(transaction->savepoints[*index].name, name) == 0)
      return TIDE_OK;
  return error_set(database->error, TIDE_ERROR_UNDEFINED_SAVEPOINT,
                   "savepoint %q does not exist", name);
}

int transaction_release(struct database *database, const char *name) {
  int index;
  int rc = check_open(database);
  if (rc == TIDE_OK)
    rc = find_savepoint(database, name, &index);
  if (rc == TIDE_OK)
    rc = run_savepoint(database, "RELEASE", index);
  if (rc != TIDE_OK)
    return rc;
  capture_leave(database, database->views->transaction->savepoints[index].mark);
  forget_savepoints(database, index);
  return TIDE_OK;
}

int transaction_rollback_to(struct database *database, const char *name) {
  struct transaction *transaction = database->views->transaction;
  int index;
  int rc = check_open(database);
  if (rc == TIDE_OK)
    rc = find_savepoint(database, name, &index);
  if (rc == TIDE_OK)
    rc = run_savepoint(database, "ROLLBACK TO", index);
  if (rc != TIDE_OK)
    return rc;
  struct savepoint *savepoint = &transaction->savepoints[index];
  if (savepoint->maintained)
    capture_undo_generation(database, savepoint->mark);
  else
    capture_undo(database, savepoint->mark);
  database->views->suspended = savepoint->suspended;
  savepoint->mark = capture_enter(database);
  forget_savepoints(database, index + 1);
  settings_undo(database, savepoint->settings);
  forget_definitions(database, savepoint->version);
  savepoint->version = catalog_version(database);
  return TIDE_OK;
}
