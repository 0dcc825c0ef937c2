/* The numbers of sequences: nextval, currval, lastval and setval as SQLite calls them. */
#include "catalog/sequence.h"

#include <string.h>

#include "catalog/image.h"
#include "catalog/name_text.h"

/* A sequence that was used since the database was opened. */
struct counter {
  int64_t id;
  bool known;   /* else `last` and `called` are to be read from the file */
  bool altered; /* in a transaction that is not committed, as far as is known */
  bool used;    /* since the last commit */
  int64_t last;
  bool called; /* else `last` is the next */
  bool given;  /* `value` is what currval says */
  int64_t value;
};

struct counters {
  int count, capacity;
  struct counter *list;
  sqlite3_stmt *read, *write;
  bool given; /* lastval has something to say */
  int64_t latest, latest_id;
};

/* --- names --- */

/* Is that what PostgreSQL would call the sequence of the column? */
static bool is_named_after(const char *name, const char *table, const char *column) {
  size_t before = strlen(table), between = strlen(column);
  return strlen(name) == before + between + strlen("__seq") &&
         strncmp(name, table, before) == 0 && name[before] == '_' &&
         strncmp(name + before + 1, column, between) == 0 &&
         strcmp(name + before + 1 + between, "_seq") == 0;
}

static bool find_identity(const struct image *image, const char *schema,
                          const char *name, struct numbered *found) {
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *relation = image->relations[i];
    if (relation->kind != RELATION_TABLE || strcmp(relation->schema, schema) != 0)
      continue;
    for (int k = 0; k < relation->column_count; k++) {
      if (relation->columns[k].identity &&
          is_named_after(name, relation->name, relation->columns[k].name)) {
        *found = (struct numbered){NULL, relation, k};
        return true;
      }
    }
  }
  return false;
}

int sequence_find(struct database *database, const char *text, struct numbered *found) {
  char schema[NAME_SIZE], name[NAME_SIZE];
  const char *const *path = (const char *const[]){schema};
  *found = (struct numbered){0};
  int code = name_read(database->error, text, schema, name);
  if (code != TIDE_OK)
    return code;
  const char *given = schema[0] == '\0' ? NULL : schema;
  int count = given == NULL ? catalog_search_path(database, &path) : 1;
  found->sequence = catalog_find_sequence(database, given, name);
  for (int i = 0; found->sequence == NULL && i < count; i++) {
    if (find_identity(database->catalog->image, path[i], name, found))
      return TIDE_OK;
  }
  if (found->sequence != NULL)
    return TIDE_OK;
  return catalog_find(database, given, name) != NULL
             ? error_set(database->error, TIDE_ERROR_WRONG_OBJECT_TYPE,
                         "%q is not a sequence", name)
             : error_set(database->error, TIDE_ERROR_UNDEFINED_TABLE,
                         "relation \"%s\" does not exist", text);
}

const struct sequence *sequence_of_column(struct database *database,
                                          const struct relation *table, int column) {
  const struct image *image = database->catalog->image;
  for (int i = 0; table->columns[column].identity_sequence && i < image->sequence_count;
       i++) {
    const struct sequence *sequence = &image->sequences[i];
    if (sequence->owner == table->id &&
        sequence->owner_position == table->columns[column].position)
      return sequence;
  }
  return NULL;
}

/* --- what is remembered --- */

static struct counters *counters_of(struct database *database) {
  struct catalog *catalog = database->catalog;
  if (catalog->counters == NULL)
    catalog->counters =
        memory_allocate_zeroed(database->memory, sizeof *catalog->counters);
  return catalog->counters;
}

static int nomem(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

void sequence_forget(struct database *database) {
  struct counters *counters = database->catalog->counters;
  if (counters == NULL)
    return;
  counters->count = 0;
  counters->given = false;
}

void sequence_deinit(struct database *database) {
  struct counters *counters = database->catalog->counters;
  if (counters == NULL)
    return;
  sqlite3_finalize(counters->read);
  sqlite3_finalize(counters->write);
  memory_release(database->memory, counters->list);
  memory_release(database->memory, counters);
  database->catalog->counters = NULL;
}

/* What the file says. */
static int read_counter(struct database *database, struct counters *counters,
                        struct counter *counter) {
  bool row = false;
  int code = TIDE_OK;
  if (counters->read == NULL)
    code = database_prepare(database,
                            "SELECT last_value, called FROM __tidemark_sequences"
                            " WHERE id = ?",
                            true, &counters->read);
  if (code == TIDE_OK)
    code = database_error(database, sqlite3_bind_int64(counters->read, 1, counter->id));
  if (code == TIDE_OK)
    code = database_step(database, counters->read, &row);
  if (code == TIDE_OK && !row)
    code = error_set(database->error, TIDE_ERROR_CORRUPT, "this sequence is not there");
  if (code == TIDE_OK) {
    counter->last = sqlite3_column_int64(counters->read, 0);
    counter->called = sqlite3_column_int(counters->read, 1) != 0;
    counter->known = true;
  }
  sqlite3_reset(counters->read);
  return code;
}

static int grow(struct database *database, struct counters *counters) {
  int capacity = counters->capacity == 0 ? 8 : 2 * counters->capacity;
  struct counter *list = memory_reallocate(database->memory, counters->list,
                                           (size_t)capacity * sizeof *list);
  if (list == NULL)
    return nomem(database);
  counters->list = list;
  counters->capacity = capacity;
  return TIDE_OK;
}

/* *counter lasts until another is asked for. */
static int find_counter(struct database *database, int64_t id,
                        struct counter **counter) {
  struct counters *counters = counters_of(database);
  struct counter read = {.id = id};
  if (counters == NULL)
    return nomem(database);
  for (int i = 0; i < counters->count; i++) {
    *counter = &counters->list[i];
    if ((*counter)->id == id)
      return (*counter)->known ? TIDE_OK : read_counter(database, counters, *counter);
  }
  int code = read_counter(database, counters, &read);
  if (code == TIDE_OK && counters->count == counters->capacity)
    code = grow(database, counters);
  if (code != TIDE_OK)
    return code;
  *counter = &counters->list[counters->count++];
  **counter = read;
  return TIDE_OK;
}

int sequence_altered(struct database *database, int64_t id) {
  struct counter *counter;
  int code = find_counter(database, id, &counter);
  if (code != TIDE_OK)
    return code;
  counter->known = false;
  counter->altered = database->in_transaction;
  return TIDE_OK;
}

int sequence_restart_owned(struct database *database, int64_t table) {
  const struct image *image = database->catalog->image;
  int code = TIDE_OK;
  for (int i = 0; i < image->sequence_count && code == TIDE_OK; i++) {
    const struct sequence *sequence = &image->sequences[i];
    if (sequence->owner != table)
      continue;
    code = database_write(database,
                          "UPDATE __tidemark_sequences SET last_value = start,"
                          " called = 0 WHERE id = ?",
                          "i", sequence->id);
    if (code == TIDE_OK)
      code = sequence_altered(database, sequence->id);
  }
  return code;
}

void catalog_undone(struct database *database) {
  struct counters *counters = database->catalog->counters;
  for (int i = 0; counters != NULL && i < counters->count; i++) {
    struct counter *counter = &counters->list[i];
    counter->known &= !counter->altered;
    counter->altered = false;
  }
}

static int write_counter(struct database *database, int64_t id, int64_t last,
                         bool called) {
  struct counters *counters = counters_of(database);
  int code = TIDE_OK;
  if (counters->write == NULL)
    code = database_prepare(database,
                            "UPDATE __tidemark_sequences SET last_value = ?2,"
                            " called = ?3 WHERE id = ?1",
                            true, &counters->write);
  if (code == TIDE_OK)
    code = database_error(database, sqlite3_bind_int64(counters->write, 1, id));
  if (code == TIDE_OK)
    code = database_error(database, sqlite3_bind_int64(counters->write, 2, last));
  if (code == TIDE_OK)
    code = database_error(database, sqlite3_bind_int(counters->write, 3, called));
  return code == TIDE_OK ? database_run(database, counters->write) : code;
}

int sequences_save(struct database *database) {
  struct counters *counters = database->catalog->counters;
  int code = TIDE_OK;
  for (int i = 0; counters != NULL && i < counters->count && code == TIDE_OK; i++) {
    struct counter *counter = &counters->list[i];
    if (counter->used && counter->known)
      code = write_counter(database, counter->id, counter->last, counter->called);
    if (code == TIDE_OK)
      counter->used = counter->altered = false;
  }
  return code;
}

/* --- a sequence's numbers --- */

static int at_end(struct database *database, const char *name, bool upwards,
                  int64_t limit) {
  return error_set(database->error, TIDE_ERROR_SEQUENCE_LIMIT,
                   "nextval: reached %s value of sequence %q (%lld)",
                   upwards ? "maximum" : "minimum", name, (long long)limit);
}

static int next_of(struct database *database, const struct sequence *sequence,
                   int64_t *next) {
  struct counter *counter;
  bool upwards = sequence->increment > 0;
  int code = find_counter(database, sequence->id, &counter);
  if (code != TIDE_OK)
    return code;
  *next = counter->last;
  bool ends = counter->called &&
              (__builtin_add_overflow(counter->last, sequence->increment, next) ||
               *next > sequence->maximum || *next < sequence->minimum);
  if (ends && !sequence->cycle)
    return at_end(database, sequence->name, upwards,
                  upwards ? sequence->maximum : sequence->minimum);
  if (ends)
    *next = upwards ? sequence->minimum : sequence->maximum;
  code = write_counter(database, sequence->id, *next, true);
  if (code != TIDE_OK)
    return code;
  counter->last = counter->value = *next;
  counter->called = counter->given = counter->used = true;
  return TIDE_OK;
}

static int set_to(struct database *database, const struct sequence *sequence,
                  int64_t value, bool called) {
  struct counter *counter;
  if (value < sequence->minimum || value > sequence->maximum)
    return error_set(database->error, TIDE_ERROR_OUT_OF_RANGE,
                     "setval: value %lld is out of bounds for sequence %q (%lld..%lld)",
                     (long long)value, sequence->name, (long long)sequence->minimum,
                     (long long)sequence->maximum);
  int code = find_counter(database, sequence->id, &counter);
  if (code == TIDE_OK)
    code = write_counter(database, sequence->id, value, called);
  if (code != TIDE_OK)
    return code;
  counter->last = value;
  counter->called = called;
  counter->used = true;
  if (called) {
    counter->given = true;
    counter->value = value;
  }
  return TIDE_OK;
}

static int undefined(struct database *database, const char *name) {
  return error_set(database->error, TIDE_ERROR_NOT_WRITABLE,
                   "currval of sequence %q is not yet defined in this session", name);
}

static int current_of(struct database *database, const struct sequence *sequence,
                      int64_t *value) {
  struct counter *counter;
  int code = find_counter(database, sequence->id, &counter);
  if (code == TIDE_OK && !counter->given)
    return undefined(database, sequence->name);
  if (code == TIDE_OK)
    *value = counter->value;
  return code;
}

/* --- an identity column's numbers: those that INSERT gives --- */

static int64_t greatest(const struct numbered *identity) {
  switch (identity->table->columns[identity->column].type.id) {
  case TYPE_SMALLINT: return INT16_MAX;
  case TYPE_INTEGER: return INT32_MAX;
  default: return INT64_MAX;
  }
}

static bool is_row_id(const struct numbered *identity) {
  return identity->column == identity->table->row_id;
}

static const char *name_of(const struct numbered *identity) {
  return identity->table->columns[identity->column].name;
}

/* The last number; 0: none yet. */
static int last_identity(struct database *database, const struct numbered *identity,
                         int64_t *last) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  int code = is_row_id(identity)
                 ? database_query(database, &statement,
                                  "SELECT seq FROM sqlite_sequence WHERE name = ?", "s",
                                  identity->table->stored)
                 : database_query(database, &statement,
                                  "SELECT next_value - 1 FROM __tidemark_identities"
                                  " WHERE relation_id = ? AND position = ?",
                                  "ii", identity->table->id,
                                  identity->table->columns[identity->column].position);
  if (code == TIDE_OK)
    code = database_step(database, statement, &row);
  *last = row ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_finalize(statement);
  return code;
}

static int write_identity(struct database *database, const struct numbered *identity,
                          int64_t last) {
  if (!is_row_id(identity))
    return database_write(database,
                          "UPDATE __tidemark_identities SET next_value = ? + 1"
                          " WHERE relation_id = ? AND position = ?",
                          "iii", last, identity->table->id,
                          identity->table->columns[identity->column].position);
  int code = database_write(database, "DELETE FROM sqlite_sequence WHERE name = ?", "s",
                            identity->table->stored);
  return code == TIDE_OK ? database_write(database,
                                          "INSERT INTO sqlite_sequence (name, seq)"
                                          " VALUES (?, ?)",
                                          "si", identity->table->stored, last)
                         : code;
}

static int next_identity(struct database *database, const struct numbered *identity,
                         int64_t *next) {
  int code = last_identity(database, identity, next);
  if (code == TIDE_OK && *next >= greatest(identity))
    return at_end(database, name_of(identity), true, greatest(identity));
  return code == TIDE_OK ? write_identity(database, identity, ++*next) : code;
}

static int set_identity(struct database *database, const struct numbered *identity,
                        int64_t value, bool called) {
  if (value < 1 || value > greatest(identity))
    return error_set(database->error, TIDE_ERROR_OUT_OF_RANGE,
                     "setval: value %lld is out of bounds for the sequence of column %q"
                     " (1..%lld)",
                     (long long)value, name_of(identity),
                     (long long)greatest(identity));
  return write_identity(database, identity, called ? value : value - 1);
}

int identity_restart(struct database *database, const struct relation *table,
                     int column, int64_t next) {
  struct numbered identity = {NULL, table, column};
  return set_identity(database, &identity, next, false);
}

static int current_identity(struct database *database, const struct numbered *identity,
                            int64_t *value) {
  int code = last_identity(database, identity, value);
  return code == TIDE_OK && *value == 0 ? undefined(database, name_of(identity)) : code;
}

/* --- the functions --- */

static struct database *database_of(sqlite3_context *context) {
  return sqlite3_user_data(context);
}

static void answer(sqlite3_context *context, int code, int64_t value) {
  if (code == TIDE_OK)
    sqlite3_result_int64(context, value);
  else
    sqlite3_result_error(context, database_of(context)->error->message, -1);
}

/* What the first argument names. */
static int find_argument(sqlite3_context *context, sqlite3_value *argument,
                         struct numbered *found) {
  const char *text = (const char *)sqlite3_value_text(argument);
  return text == NULL ? nomem(database_of(context))
                      : sequence_find(database_of(context), text, found);
}

static bool any_null(int count, sqlite3_value **values) {
  for (int i = 0; i < count; i++) {
    if (sqlite3_value_type(values[i]) == SQLITE_NULL)
      return true;
  }
  return false;
}

static int64_t id_of(const struct numbered *found) {
  return found->sequence != NULL ? found->sequence->id : 0;
}

/* __tidemark_nextval(name) */
static void next_value(sqlite3_context *context, int count, sqlite3_value **values) {
  struct database *database = database_of(context);
  struct numbered found;
  int64_t next = 0;
  if (any_null(count, values))
    return;
  int code = find_argument(context, values[0], &found);
  if (code == TIDE_OK)
    code = found.sequence != NULL ? next_of(database, found.sequence, &next)
                                  : next_identity(database, &found, &next);
  struct counters *counters = code == TIDE_OK ? counters_of(database) : NULL;
  if (code == TIDE_OK && counters == NULL)
    code = nomem(database);
  if (code == TIDE_OK) {
    counters->given = true;
    counters->latest = next;
    counters->latest_id = id_of(&found);
  }
  answer(context, code, next);
}

/* __tidemark_currval(name) */
static void current_value(sqlite3_context *context, int count, sqlite3_value **values) {
  struct database *database = database_of(context);
  struct numbered found;
  int64_t value = 0;
  if (any_null(count, values))
    return;
  int code = find_argument(context, values[0], &found);
  if (code == TIDE_OK)
    code = found.sequence != NULL ? current_of(database, found.sequence, &value)
                                  : current_identity(database, &found, &value);
  answer(context, code, value);
}

static bool is_there(const struct database *database, int64_t id) {
  const struct image *image = database->catalog->image;
  for (int i = 0; i < image->sequence_count; i++) {
    if (image->sequences[i].id == id)
      return true;
  }
  return id == 0;
}

/* __tidemark_lastval() */
static void last_value(sqlite3_context *context, int count, sqlite3_value **values) {
  struct database *database = database_of(context);
  const struct counters *counters = database->catalog->counters;
  (void)count;
  (void)values;
  bool given =
      counters != NULL && counters->given && is_there(database, counters->latest_id);
  answer(context,
         given ? TIDE_OK
               : error_set(database->error, TIDE_ERROR_NOT_WRITABLE,
                           "lastval is not yet defined in this session"),
         given ? counters->latest : 0);
}

/* __tidemark_setval(name, value[, called]) */
static void set_value(sqlite3_context *context, int count, sqlite3_value **values) {
  struct database *database = database_of(context);
  struct numbered found;
  if (any_null(count, values))
    return;
  int64_t value = sqlite3_value_int64(values[1]);
  bool called = count < 3 || sqlite3_value_int(values[2]) != 0;
  int code = find_argument(context, values[0], &found);
  if (code == TIDE_OK)
    code = found.sequence != NULL ? set_to(database, found.sequence, value, called)
                                  : set_identity(database, &found, value, called);
  struct counters *counters = database->catalog->counters;
  if (code == TIDE_OK && called && counters != NULL &&
      counters->latest_id == id_of(&found) && found.sequence != NULL)
    counters->latest = value;
  answer(context, code, value);
}

int sequence_register(struct database *database) {
  static const struct database_function functions[] = {
      {"__tidemark_nextval", 1, next_value},
      {"__tidemark_currval", 1, current_value},
      {"__tidemark_lastval", 0, last_value},
      {"__tidemark_setval", 2, set_value},
      {"__tidemark_setval", 3, set_value}};
  return database_register(database, functions, sizeof functions / sizeof functions[0]);
}
