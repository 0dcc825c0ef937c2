/* Slots: what they select, what is kept for them, and how much of it. */
#include "view/slot.h"

#include <string.h>

#include "view/transaction.h"
#include "view/views.h"

struct slot {
  struct slot *next;
  struct pattern *patterns;
};

struct slots {
  struct slot *first;
  bool known; /* how much is kept */
  int64_t commits, bytes;
};

static int out_of_memory(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* --- patterns --- */

struct pattern *pattern_new(struct memory *memory, const char *schema,
                            const char *name) {
  struct pattern *pattern = memory_allocate_zeroed(memory, sizeof *pattern);
  if (!pattern)
    return NULL;
  pattern->schema = schema ? memory_string(memory, schema) : NULL;
  pattern->name = name ? memory_string(memory, name) : NULL;
  if ((!schema || pattern->schema) && (!name || pattern->name))
    return pattern;
  pattern_free(memory, pattern);
  return NULL;
}

void pattern_free(struct memory *memory, struct pattern *pattern) {
  memory_release(memory, pattern->schema);
  memory_release(memory, pattern->name);
  memory_release(memory, pattern);
}

bool pattern_selects(const struct pattern *patterns, const struct relation *relation) {
  if (strcmp(relation->schema, LIVE_SCHEMA) == 0)
    return false;
  for (; patterns; patterns = patterns->next)
    if ((!patterns->schema || strcmp(patterns->schema, relation->schema) == 0) &&
        (!patterns->name || strcmp(patterns->name, relation->name) == 0))
      return true;
  return false;
}

/* --- the slots there are --- */

static void free_slots(struct database *database) {
  struct slots *slots = database->views->slots;
  while (slots->first) {
    struct slot *slot = slots->first;
    slots->first = slot->next;
    while (slot->patterns) {
      struct pattern *pattern = slot->patterns;
      slot->patterns = pattern->next;
      pattern_free(database->memory, pattern);
    }
    memory_release(database->memory, slot);
  }
}

static int add_pattern(struct database *database, struct slot *slot, const char *schema,
                       const char *name) {
  struct pattern *pattern = pattern_new(database->memory, schema, name);
  if (!pattern)
    return out_of_memory(database);
  pattern->next = slot->patterns;
  slot->patterns = pattern;
  return TIDE_OK;
}

static int read_selector(struct database *database, struct slot *slot,
                         const char *text) {
  cJSON *selector;
  const cJSON *item;
  int rc = json_parse(database->memory, text, strlen(text), &selector);
  if (rc != TIDE_OK)
    return rc == TIDE_ERROR_NOMEM ? out_of_memory(database)
                                  : error_set(database->error, TIDE_ERROR_CORRUPT,
                                              "the selector of a slot cannot be read");
  if (cJSON_IsNull(selector))
    rc = add_pattern(database, slot, NULL, NULL);
  cJSON_ArrayForEach(item, selector) if (rc == TIDE_OK) rc =
      add_pattern(database, slot, cJSON_GetStringValue(cJSON_GetArrayItem(item, 0)),
                  cJSON_GetStringValue(cJSON_GetArrayItem(item, 1)));
  json_free(selector);
  return rc;
}

static int add_slot(struct database *database, const char *selector) {
  struct slot *slot = memory_allocate_zeroed(database->memory, sizeof *slot);
  if (!slot)
    return out_of_memory(database);
  slot->next = database->views->slots->first;
  database->views->slots->first = slot;
  return read_selector(database, slot, selector);
}

/* Reads them from the database; whose rows are captured has to be found out anew. */
static int load(struct database *database) {
  sqlite3_stmt *statement = NULL;
  bool row = true;
  free_slots(database);
  database->views->version = 0;
  int rc = database_query(database, &statement,
                          "SELECT selector FROM main.__tidemark_slots", "");
  while (rc == TIDE_OK && (rc = database_step(database, statement, &row)) == TIDE_OK &&
         row) {
    const char *selector;
    rc = database_text_given(database, statement, 0, &selector);
    if (rc == TIDE_OK)
      rc = add_slot(database, selector);
  }
  sqlite3_finalize(statement);
  return rc;
}

int slots_init(struct database *database) {
  database->views->slots =
      memory_allocate_zeroed(database->memory, sizeof *database->views->slots);
  return database->views->slots ? load(database) : out_of_memory(database);
}

int slots_renew(struct database *database) {
  return load(database);
}

void slots_deinit(struct database *database) {
  if (!database->views->slots)
    return;
  free_slots(database);
  memory_release(database->memory, database->views->slots);
  database->views->slots = NULL;
}

bool slots_any(const struct database *database) {
  return database->views->slots->first != NULL;
}

bool slots_select(const struct database *database, const struct relation *relation) {
  const struct slot *slot = database->views->slots->first;
  while (slot && !pattern_selects(slot->patterns, relation))
    slot = slot->next;
  return slot != NULL;
}

/* --- what is kept --- */

static int count_kept(struct database *database) {
  struct slots *slots = database->views->slots;
  sqlite3_stmt *statement = NULL;
  bool row = true;
  int rc =
      database_query(database, &statement,
                     "SELECT count(*), coalesce(sum(length(about) + length(data)), "
                     "0) FROM main.__tidemark_slot_commits",
                     "");
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  if (rc == TIDE_OK) {
    slots->commits = sqlite3_column_int64(statement, 0);
    slots->bytes = sqlite3_column_int64(statement, 1);
    slots->known = true;
  }
  sqlite3_finalize(statement);
  return rc;
}

/* Drops the oldest tenth; whoever had not got it is lost. */
static int drop_oldest(struct database *database) {
  int rc = database_write(
      database,
      "UPDATE main.__tidemark_slots SET lost = 1 WHERE acknowledged < "
      "(SELECT max(number) FROM (SELECT number FROM main.__tidemark_slot_commits"
      " ORDER BY number LIMIT max(1, ?1 / 10)))",
      "i", database->views->slots->commits);
  if (rc == TIDE_OK)
    rc = database_write(
        database,
        "DELETE FROM main.__tidemark_slot_commits WHERE number IN (SELECT number"
        " FROM main.__tidemark_slot_commits ORDER BY number LIMIT max(1, ?1 / 10))",
        "i", database->views->slots->commits);
  return rc == TIDE_OK ? count_kept(database) : rc;
}

static int insert(struct database *database, int64_t commit, struct buffer *about,
                  struct buffer *data) {
  sqlite3_stmt *statement = NULL;
  int rc = database_query(database, &statement,
                          "INSERT INTO main.__tidemark_slot_commits VALUES (?, ?, ?)",
                          "is", commit, buffer_string(about));
  if (rc == TIDE_OK &&
      sqlite3_bind_blob64(statement, 3, data->length > 0 ? data->data : "",
                          data->length, SQLITE_STATIC) != SQLITE_OK)
    rc = out_of_memory(database);
  if (rc == TIDE_OK)
    rc = database_run(database, statement);
  sqlite3_finalize(statement);
  return rc;
}

int slots_keep(struct database *database, int64_t commit, struct buffer *about,
               struct buffer *data) {
  struct slots *slots = database->views->slots;
  int rc = slots->known ? TIDE_OK : count_kept(database);
  if (rc == TIDE_OK)
    rc = insert(database, commit, about, data);
  slots->commits++;
  slots->bytes += (int64_t)(about->length + data->length);
  while (rc == TIDE_OK && slots->commits > 1 &&
         (slots->commits > SLOT_COMMITS || slots->bytes > SLOT_BYTES))
    rc = drop_oldest(database);
  return rc;
}

void slots_undone(struct database *database) {
  database->views->slots->known = false;
}

/* --- calls --- */

/* Ends a transaction of ours as far as it has come. */
static int finish(struct database *database, int rc) {
  if (rc == TIDE_OK)
    return transaction_commit(database);
  struct error kept = *database->error;
  transaction_rollback(database);
  *database->error = kept;
  return rc;
}

/* The last commit so far, or a number before the next. */
static int last_commit(struct database *database, int64_t *commit) {
  *commit = database->views->commit;
  if (*commit > 0)
    return TIDE_OK;
  return catalog_get_count(database, "commit", commit);
}

int slot_open(struct database *database, const char *name, const cJSON *selector) {
  struct buffer text;
  int64_t commit = 0;
  buffer_init(&text, database->memory);
  if (selector)
    json_print(selector, &text);
  else
    buffer_text(&text, "null");
  int rc = text.failed ? out_of_memory(database) : last_commit(database, &commit);
  if (rc == TIDE_OK)
    rc = transaction_begin(database);
  if (rc == TIDE_OK)
    rc = finish(
        database,
        database_write(database,
                       "INSERT INTO main.__tidemark_slots (id, selector, acknowledged)"
                       " VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
                       " SET selector = excluded.selector",
                       "ssi", name, buffer_string(&text), commit));
  buffer_deinit(&text);
  return rc == TIDE_OK ? load(database) : rc;
}

static int undefined(struct database *database, const char *name) {
  return error_set(database->error, TIDE_ERROR_UNDEFINED_OBJECT, "there is no slot %q",
                   name);
}

/* One commit as an effect. */
static int push_commit(struct database *database, const char *name,
                       sqlite3_stmt *statement) {
  struct buffer json, data;
  buffer_init(&json, database->memory);
  buffer_init(&data, database->memory);
  const char *about;
  int rc = database_text_given(database, statement, 1, &about);
  if (rc != TIDE_OK)
    return rc;
  buffer_format(&json, "{\"slot\":%j,\"commit\":%lld,\"changes\":[%s]}", name,
                (long long)sqlite3_column_int64(statement, 0), about);
  const void *bytes = sqlite3_column_blob(statement, 2);
  int size = sqlite3_column_bytes(statement, 2);
  if (size > 0 && bytes)
    buffer_append(&data, bytes, (size_t)size);
  rc = json.failed || data.failed
           ? out_of_memory(database)
           : effects_push(database->effects, TIDE_EFFECT_SLOT, &json, &data);
  buffer_deinit(&json);
  buffer_deinit(&data);
  return rc;
}

static int push_end(struct database *database, const char *name, bool end, bool lost) {
  struct buffer json, data;
  buffer_init(&json, database->memory);
  buffer_init(&data, database->memory);
  buffer_format(&json, "{\"slot\":%j,\"end\":%s,\"lost\":%s}", name,
                end ? "true" : "false", lost ? "true" : "false");
  int rc = json.failed
               ? out_of_memory(database)
               : effects_push(database->effects, TIDE_EFFECT_SLOT, &json, &data);
  buffer_deinit(&json);
  buffer_deinit(&data);
  return rc;
}

int slot_read(struct database *database, const char *name, int64_t after,
              int64_t maximum) {
  sqlite3_stmt *statement = NULL;
  bool row = false, lost = false;
  int64_t found = 0;
  int rc = database_query(
      database, &statement,
      "SELECT acknowledged, lost FROM main.__tidemark_slots WHERE id = ?", "s", name);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  if (rc == TIDE_OK && row) {
    int64_t acknowledged = sqlite3_column_int64(statement, 0);
    lost = sqlite3_column_int(statement, 1) != 0;
    after = acknowledged > after ? acknowledged : after;
  } else if (rc == TIDE_OK) {
    rc = undefined(database, name);
  }
  sqlite3_finalize(statement);
  statement = NULL;
  if (rc == TIDE_OK)
    rc = database_query(database, &statement,
                        "SELECT number, about, data FROM main.__tidemark_slot_commits"
                        " WHERE number > ? ORDER BY number LIMIT ?",
                        "ii", after, maximum);
  while (rc == TIDE_OK && (rc = database_step(database, statement, &row)) == TIDE_OK &&
         row) {
    rc = push_commit(database, name, statement);
    found++;
  }
  sqlite3_finalize(statement);
  return rc == TIDE_OK ? push_end(database, name, found < maximum, lost) : rc;
}

/* Nobody waits for it any more. */
static int forget_done(struct database *database) {
  return database_write(database,
                        "DELETE FROM main.__tidemark_slot_commits WHERE number <="
                        " (SELECT coalesce(min(acknowledged), 9223372036854775807)"
                        " FROM main.__tidemark_slots)",
                        "");
}

/* Runs one write to the slots and forgets what it lets go. */
static int change(struct database *database, const char *sql, const char *name,
                  int64_t commit) {
  int rc = transaction_begin(database);
  if (rc != TIDE_OK)
    return rc;
  rc = database_write(database, sql, "si", name, commit);
  if (rc == TIDE_OK)
    rc = forget_done(database);
  database->views->slots->known = false;
  return finish(database, rc);
}

int slot_acknowledge(struct database *database, const char *name, int64_t commit) {
  return change(database,
                "UPDATE main.__tidemark_slots SET acknowledged = max(acknowledged, ?2),"
                " lost = 0 WHERE id = ?1",
                name, commit);
}

int slot_drop(struct database *database, const char *name) {
  int rc = change(database,
                  "DELETE FROM main.__tidemark_slots WHERE id = ?1 AND ?2 IS NOT NULL",
                  name, 0);
  return rc == TIDE_OK ? load(database) : rc;
}
