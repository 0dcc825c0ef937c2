/* Records which rows change, through SQLite's preupdate hook. */
#include "view/capture.h"

#include <string.h>

#include "view/capture_once.h"
#include "view/capture_records.h"

enum { BUCKETS = 64 /* a power of two */, RECORDS_KEPT = 1 << 13 };

/* The changes of one relation in order of execution, for the write queue. */
struct collection {
  char *name; /* NULL: nothing is being collected */
  int column_count;
  struct row_change *changes;
  size_t count, capacity;
};

struct capture {
  struct capture_table *buckets[BUCKETS];
  struct capture_table *written;
  struct capture_table
      *last;            /* the table of the last event: most statements write to one */
  struct row_pool pool; /* images of rows */
  uint32_t generation;
  int level;
  bool pending;
  bool failed;
  uint32_t *reported; /* generations up to which changes have been told, ascending */
  uint32_t reported_count, reported_capacity;
  struct collection collection;
  struct once once;
};

/* --- tables --- */

static struct capture_table **bucket_of(struct capture *capture, const char *name) {
  uint32_t hash = 2166136261u;
  for (const char *at = name; *at; at++)
    hash = (hash ^ (unsigned char)*at) * 16777619u;
  return &capture->buckets[(hash ^ hash >> 16) & (BUCKETS - 1)];
}

static struct capture_table *find_table(const struct capture *capture,
                                        const char *name) {
  struct capture_table *table = *bucket_of((struct capture *)(uintptr_t)capture, name);
  while (table && strcmp(table->name, name) != 0)
    table = table->bucket_next;
  return table;
}

static struct capture_table *find_or_add_table(struct database *database,
                                               const char *name) {
  struct capture *capture = database->capture;
  struct capture_table *table = find_table(capture, name);
  if (table)
    return table;
  table = memory_allocate_zeroed(database->memory, sizeof *table);
  if (!table)
    return NULL;
  table->name = memory_string(database->memory, name);
  if (!table->name) {
    memory_release(database->memory, table);
    return NULL;
  }
  table->level = -1;
  struct capture_table **bucket = bucket_of(capture, name);
  table->bucket_next = *bucket;
  *bucket = table;
  return table;
}

const struct capture_table *capture_table(const struct database *database,
                                          const char *stored) {
  return find_table(database->capture, stored);
}

const struct capture_table *capture_written(const struct database *database) {
  return database->capture->written;
}

int capture_watch(struct database *database, const char *stored, int column_count,
                  uint64_t layout) {
  struct capture_table *table = find_or_add_table(database, stored);
  if (!table)
    return TIDE_ERROR_NOMEM;
  if (table->layout != layout && table->count > 0)
    table->unknown = table->reshaped = database->capture->pending = true;
  table->watched = true;
  table->column_count = column_count;
  table->layout = layout;
  return TIDE_OK;
}

int capture_watch_once(struct database *database, const char *stored,
                       int column_count) {
  struct capture_table *table = find_or_add_table(database, stored);
  if (!table)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  if (table->watched)
    return TIDE_OK;
  table->watched_once = true;
  table->column_count = column_count;
  return TIDE_OK;
}

void capture_unwatch_all(struct database *database) {
  for (int i = 0; i < BUCKETS; i++)
    for (struct capture_table *table = database->capture->buckets[i]; table;
         table = table->bucket_next)
      table->watched = false;
}

/* --- records --- */

static uint32_t slot_of(const struct capture_table *table, int64_t rowid) {
  uint64_t hash = (uint64_t)rowid * 0x9E3779B97F4A7C15u;
  return (uint32_t)(hash >> 32) & (table->slot_count - 1);
}

/* The slot of `rowid`: that of its last record, or the empty one where it belongs. */
static uint32_t *find_slot(const struct capture_table *table, int64_t rowid) {
  uint32_t slot = slot_of(table, rowid);
  while (table->slots[slot] && table->records[table->slots[slot] - 1].rowid != rowid)
    slot = (slot + 1) & (table->slot_count - 1);
  return &table->slots[slot];
}

static void rebuild_slots(struct capture_table *table) {
  if (!table->slots)
    return;
  memset(table->slots, 0, table->slot_count * sizeof *table->slots);
  for (uint32_t i = 0; i < table->count; i++)
    *find_slot(table, table->records[i].rowid) = i + 1;
}

static bool grow_records(struct memory *memory, struct capture_table *table) {
  if (table->count < table->capacity)
    return true;
  if (table->capacity > UINT32_MAX / 8)
    return false;
  uint32_t capacity = table->capacity ? table->capacity * 2 : 8;
  struct capture_record *records =
      memory_reallocate(memory, table->records, capacity * sizeof *records);
  if (!records)
    return false;
  table->records = records;
  uint32_t *slots = memory_allocate(memory, capacity * 2 * sizeof *slots);
  if (!slots)
    return false;
  memory_release(memory, table->slots);
  table->slots = slots;
  table->slot_count = capacity * 2;
  table->capacity = capacity;
  rebuild_slots(table);
  return true;
}

/* A record for `rowid`, to be filled in; NULL when the current generation has one or
 * memory ran out. */
static struct capture_record *add_record(struct database *database,
                                         struct capture_table *table, int64_t rowid) {
  struct capture *capture = database->capture;
  if (table->current_generation != capture->generation || table->count == 0) {
    table->current_generation = capture->generation;
    table->current = table->count;
  }
  uint32_t *slot = table->count > 0 ? find_slot(table, rowid) : NULL;
  uint32_t previous = slot && *slot ? *slot - 1 : CAPTURE_NONE;
  if (previous != CAPTURE_NONE && previous >= table->current)
    return NULL;
  if (table->count == table->capacity) {
    if (!grow_records(database->memory, table)) {
      capture->failed = true;
      return NULL;
    }
    slot = NULL;
  }
  if (!slot)
    slot = find_slot(table, rowid);
  struct capture_record *record = &table->records[table->count++];
  *slot = table->count;
  *record = (struct capture_record){
      .rowid = rowid, .generation = capture->generation, .previous = previous};
  capture->pending = true;
  return record;
}

/* Appends the row as it is before the change. */
static void record_before(struct database *database, struct capture_table *table,
                          sqlite3 *handle, int64_t rowid) {
  struct capture *capture = database->capture;
  struct capture_record *record = add_record(database, table, rowid);
  if (!record)
    return;
  row_begin(&capture->pool);
  for (int i = 0; i < table->column_count; i++) {
    sqlite3_value *value = NULL;
    /* without memory it may give no value and no error */
    if (sqlite3_preupdate_old(handle, i, &value) == SQLITE_OK && value)
      row_add(&capture->pool, value, ROW_NULL);
    else
      capture->failed = true;
  }
  record->before = row_end(&capture->pool);
  if (capture->pool.failed)
    capture->failed = true;
}

/* --- the ordered list for the write queue --- */

static void free_values(struct database *database, sqlite3_value **values, int count) {
  for (int i = 0; values && i < count; i++)
    sqlite3_value_free(values[i]);
  memory_release(database->memory, values);
}

typedef int read_value(sqlite3 *handle, int column, sqlite3_value **value);

/* Copies of all values of one image; NULL when memory ran out. */
static sqlite3_value **copy_values(struct database *database, sqlite3 *handle,
                                   read_value *read, int count) {
  sqlite3_value **values =
      memory_allocate_zeroed(database->memory, (size_t)count * sizeof(sqlite3_value *));
  if (!values)
    return NULL;
  for (int i = 0; i < count; i++) {
    sqlite3_value *value = NULL;
    int rc = read(handle, i, &value);
    values[i] = rc == SQLITE_OK && value ? sqlite3_value_dup(value) : NULL;
    if (values[i])
      continue;
    free_values(database, values, count);
    return NULL;
  }
  return values;
}

static bool grow_collection(struct database *database) {
  struct collection *collection = &database->capture->collection;
  if (collection->count < collection->capacity)
    return true;
  size_t capacity = collection->capacity ? collection->capacity * 2 : 8;
  struct row_change *changes = memory_reallocate(database->memory, collection->changes,
                                                 capacity * sizeof *changes);
  if (!changes)
    return false;
  collection->changes = changes;
  collection->capacity = capacity;
  return true;
}

static void collect(struct database *database, sqlite3 *handle, int operation) {
  struct collection *collection = &database->capture->collection;
  int count = collection->column_count;
  struct row_change change = {operation == SQLITE_INSERT   ? 'I'
                              : operation == SQLITE_DELETE ? 'D'
                                                           : 'U',
                              NULL, NULL};
  bool complete = grow_collection(database);
  if (complete && change.operation != 'I') {
    change.old_values = copy_values(database, handle, sqlite3_preupdate_old, count);
    complete = change.old_values;
  }
  if (complete && change.operation != 'D') {
    change.new_values = copy_values(database, handle, sqlite3_preupdate_new, count);
    complete = change.new_values;
  }
  if (complete) {
    collection->changes[collection->count++] = change;
    return;
  }
  free_values(database, change.old_values, count);
  database->capture->failed = true;
}

int capture_collect_begin(struct database *database, const struct relation *relation) {
  capture_collect_end(database);
  struct collection *collection = &database->capture->collection;
  collection->name = memory_string(database->memory, relation->stored);
  collection->column_count = relation->column_count;
  return collection->name
             ? TIDE_OK
             : error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

int capture_collected(struct database *database, const struct row_change **changes,
                      size_t *count) {
  *changes = database->capture->collection.changes;
  *count = database->capture->collection.count;
  return capture_check(database);
}

void capture_collect_end(struct database *database) {
  struct collection *collection = &database->capture->collection;
  for (size_t i = 0; i < collection->count; i++) {
    free_values(database, collection->changes[i].old_values, collection->column_count);
    free_values(database, collection->changes[i].new_values, collection->column_count);
  }
  memory_release(database->memory, collection->changes);
  memory_release(database->memory, collection->name);
  *collection = (struct collection){0};
}

/* --- the hook --- */

static bool is_internal(const char *name) {
  return (name[0] == '_' && strncmp(name, "__tidemark_", 11) == 0) ||
         (name[0] == 's' && strncmp(name, "sqlite_", 7) == 0);
}

static void mark_written(struct capture *capture, struct capture_table *table) {
  if (table->level > capture->level)
    table->level = capture->level;
  if (table->level >= 0)
    return;
  table->level = capture->level;
  /* one that was written to by a statement undone since is in the list already */
  for (struct capture_table *known = capture->written; known; known = known->next)
    if (known == table)
      return;
  table->next = capture->written;
  capture->written = table;
}

/* The table that an event is about; NULL: not one that anybody asks for. */
static struct capture_table *written_table(struct database *database,
                                           const char *name) {
  struct capture *capture = database->capture;
  struct capture_table *table = capture->last;
  if (!table || strcmp(table->name, name) != 0) {
    if (is_internal(name))
      return NULL;
    table = find_or_add_table(database, name);
    if (!table) {
      capture->failed = true;
      return NULL;
    }
    capture->last = table;
  }
  mark_written(capture, table);
  return table;
}

int capture_set_unknown(struct database *database, const char *stored) {
  struct capture_table *table = find_or_add_table(database, stored);
  if (!table)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  mark_written(database->capture, table);
  table->replaced = table->unknown = database->capture->pending = true;
  return TIDE_OK;
}

static void before_update(void *context, sqlite3 *handle, int operation,
                          const char *database_name, const char *name,
                          sqlite3_int64 old_rowid, sqlite3_int64 new_rowid) {
  struct database *database = context;
  struct capture *capture = database->capture;
  if (strcmp(database_name, "main") != 0)
    return;
  struct capture_table *table = written_table(database, name);
  if (!table)
    return;
  if (capture_is_watched(table)) {
    if (operation != SQLITE_INSERT)
      record_before(database, table, handle, old_rowid);
    /* a row in the way of a new rowid was deleted before, with an event of its own */
    if (operation != SQLITE_DELETE &&
        (operation == SQLITE_INSERT || new_rowid != old_rowid))
      add_record(database, table, new_rowid);
  }
  if (database->insert_id.table && operation != SQLITE_DELETE)
    insert_id_row(&database->insert_id, handle, name, new_rowid,
                  operation == SQLITE_INSERT);
  if (capture->collection.name && strcmp(capture->collection.name, name) == 0)
    collect(database, handle, operation);
  /* what foreign keys do to rows of the same table is no row of the INSERT */
  if (capture->once.table == table && operation != SQLITE_DELETE &&
      sqlite3_preupdate_depth(handle) == 0)
    once_add(&capture->once, new_rowid);
}

int capture_once_begin(struct database *database, const char *stored) {
  struct capture *capture = database->capture;
  capture->once.table = find_or_add_table(database, stored);
  return capture->once.table
             ? TIDE_OK
             : error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

void capture_once_end(struct database *database) {
  once_end(&database->capture->once);
}

/* --- life --- */

int capture_open(struct database *database) {
  struct capture *capture = memory_allocate_zeroed(database->memory, sizeof *capture);
  if (!capture)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  row_pool_init(&capture->pool, database->memory);
  database->capture = capture;
  sqlite3_preupdate_hook(database->handle, before_update, database);
  return once_open(&capture->once, database);
}

static void free_table(struct database *database, struct capture_table *table) {
  memory_release(database->memory, table->records);
  memory_release(database->memory, table->slots);
  memory_release(database->memory, table->name);
  memory_release(database->memory, table);
}

void capture_close(struct database *database) {
  struct capture *capture = database->capture;
  if (!capture)
    return;
  sqlite3_preupdate_hook(database->handle, NULL, NULL);
  capture_collect_end(database);
  once_deinit(&capture->once);
  for (int i = 0; i < BUCKETS; i++)
    for (struct capture_table *table = capture->buckets[i], *next; table;
         table = next) {
      next = table->bucket_next;
      free_table(database, table);
    }
  row_pool_deinit(&capture->pool);
  memory_release(database->memory, capture->reported);
  memory_release(database->memory, capture);
  database->capture = NULL;
}

static void clear_table(struct database *database, struct capture_table *table) {
  if (table->capacity > RECORDS_KEPT) {
    memory_release(database->memory, table->records);
    memory_release(database->memory, table->slots);
    table->records = NULL;
    table->slots = NULL;
    table->capacity = table->slot_count = 0;
  } else if (table->count > 0) {
    memset(table->slots, 0, table->slot_count * sizeof *table->slots);
  }
  table->count = 0;
  table->level = -1;
  table->unknown = table->replaced = table->reshaped = false;
  table->watched_once = false;
}

void capture_clear(struct database *database) {
  struct capture *capture = database->capture;
  for (struct capture_table *table = capture->written; table; table = table->next)
    clear_table(database, table);
  capture->written = NULL;
  row_pool_clear(&capture->pool);
  capture->generation = 0;
  capture->reported_count = 0;
  capture->level = 0;
  capture->pending = false;
  capture->failed = false;
}

int capture_check(const struct database *database) {
  if (!database->capture->failed)
    return TIDE_OK;
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* --- generations and levels --- */

uint32_t capture_current(const struct database *database,
                         const struct capture_table *table) {
  return table->current_generation == database->capture->generation && table->count > 0
             ? table->current
             : table->count;
}

bool capture_table_touched(const struct database *database,
                           const struct capture_table *table) {
  if (!table)
    return false;
  if (!capture_is_watched(table))
    return table->level >= 0;
  return table->unknown || capture_current(database, table) < table->count;
}

bool capture_touched(const struct database *database, const char *stored) {
  return capture_table_touched(database, find_table(database->capture, stored));
}

bool capture_pending(const struct database *database) {
  return database->capture->pending;
}

void capture_maintained(struct database *database) {
  struct capture *capture = database->capture;
  if (!capture->pending)
    return;
  for (struct capture_table *table = capture->written; table; table = table->next)
    table->unknown = false;
  capture->generation++;
  capture->pending = false;
}

struct capture_mark capture_enter(struct database *database) {
  struct capture *capture = database->capture;
  return (struct capture_mark){capture->generation, capture->level++};
}

void capture_leave(struct database *database, struct capture_mark mark) {
  database->capture->level = mark.level;
  for (struct capture_table *table = database->capture->written; table;
       table = table->next)
    if (table->level > mark.level)
      table->level = mark.level;
}

uint32_t capture_reported(const struct database *database) {
  const struct capture *capture = database->capture;
  return capture->reported_count > 0 ? capture->reported[capture->reported_count - 1]
                                     : 0;
}

int capture_set_reported(struct database *database) {
  struct capture *capture = database->capture;
  if (capture->reported_count == capture->reported_capacity) {
    uint32_t capacity = capture->reported_capacity * 2 + 4;
    uint32_t *larger = memory_reallocate(database->memory, capture->reported,
                                         capacity * sizeof *larger);
    if (!larger)
      return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
    capture->reported = larger;
    capture->reported_capacity = capacity;
  }
  /* one of its own, so that whatever undoes this goes back behind it */
  capture->reported[capture->reported_count++] = ++capture->generation;
  return TIDE_OK;
}

static void undo_levels(struct capture *capture, struct capture_mark mark) {
  while (capture->reported_count > 0 &&
         capture->reported[capture->reported_count - 1] > mark.generation)
    capture->reported_count--;
  capture->level = mark.level;
  capture->failed = false;
  for (struct capture_table *table = capture->written; table; table = table->next)
    if (table->level > mark.level)
      table->level = -1;
}

/* Index of the first record of generation `generation` or a later one. */
static uint32_t first_since(const struct capture_table *table, uint32_t generation) {
  uint32_t first = table->count;
  while (first > 0 && table->records[first - 1].generation >= generation)
    first--;
  return first;
}

static void merge_generations(struct capture_table *table, uint32_t generation) {
  uint32_t first = first_since(table, generation + 1);
  uint32_t kept = first;
  for (uint32_t i = first; i < table->count; i++) {
    struct capture_record record = table->records[i];
    bool older_known = record.previous != CAPTURE_NONE &&
                       (record.previous >= first ||
                        table->records[record.previous].generation == generation);
    if (older_known)
      continue;
    record.generation = generation;
    table->records[kept++] = record;
  }
  table->count = kept;
  table->current = first_since(table, generation);
  table->current_generation = generation;
  rebuild_slots(table);
}

void capture_undo(struct database *database, struct capture_mark mark) {
  struct capture *capture = database->capture;
  undo_levels(capture, mark);
  if (capture->generation == mark.generation)
    return;
  for (struct capture_table *table = capture->written; table; table = table->next)
    merge_generations(table, mark.generation);
  capture->generation = mark.generation;
  capture->pending = true;
}

void capture_undo_generation(struct database *database, struct capture_mark mark) {
  struct capture *capture = database->capture;
  undo_levels(capture, mark);
  for (struct capture_table *table = capture->written; table; table = table->next) {
    table->count = first_since(table, mark.generation);
    table->current = table->count;
    table->current_generation = mark.generation;
    table->unknown = false;
    rebuild_slots(table);
  }
  capture->generation = mark.generation;
  capture->pending = false;
}
