/* Keeps ON CONFLICT DO UPDATE from updating a row that the same statement has written, as PostgreSQL does. */
#include "view/capture_once.h"

enum { SMALLEST_CAPACITY = 16, KEPT_CAPACITY = 1 << 12 };

static int64_t *find(int64_t *slots, uint32_t capacity, int64_t rowid) {
  uint32_t slot = (uint32_t)(((uint64_t)rowid * 0x9E3779B97F4A7C15u) >> 32);
  while (slots[slot & (capacity - 1)] != INT64_MIN &&
         slots[slot & (capacity - 1)] != rowid)
    slot++;
  return &slots[slot & (capacity - 1)];
}

static void empty(int64_t *slots, uint32_t capacity) {
  for (uint32_t i = 0; i < capacity; i++)
    slots[i] = INT64_MIN;
}

static bool grow(struct once *once) {
  uint32_t capacity = once->capacity ? once->capacity * 2 : SMALLEST_CAPACITY;
  int64_t *slots =
      memory_allocate(once->database->memory, (size_t)capacity * sizeof *slots);
  if (!slots)
    return false;
  empty(slots, capacity);
  for (uint32_t i = 0; i < once->capacity; i++)
    if (once->slots[i] != INT64_MIN)
      *find(slots, capacity, once->slots[i]) = once->slots[i];
  memory_release(once->database->memory, once->slots);
  once->slots = slots;
  once->capacity = capacity;
  return true;
}

void once_add(struct once *once, int64_t rowid) {
  if (rowid == INT64_MIN) {
    once->smallest = true;
    return;
  }
  if (once->count >= once->capacity / 2 && !grow(once)) {
    once->failed = true;
    return;
  }
  int64_t *slot = find(once->slots, once->capacity, rowid);
  once->count += *slot != rowid;
  *slot = rowid;
}

static bool contains(const struct once *once, int64_t rowid) {
  if (rowid == INT64_MIN)
    return once->smallest;
  return once->count > 0 && *find(once->slots, once->capacity, rowid) == rowid;
}

void once_end(struct once *once) {
  if (once->capacity > KEPT_CAPACITY) {
    memory_release(once->database->memory, once->slots);
    once->slots = NULL;
    once->capacity = 0;
  } else if (once->count > 0) {
    empty(once->slots, once->capacity);
  }
  once->table = NULL;
  once->count = 0;
  once->smallest = once->failed = false;
}

static void check(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  const struct once *once = sqlite3_user_data(context);
  if (once->failed) {
    sqlite3_result_error_nomem(context);
    return;
  }
  if (!contains(once, sqlite3_value_int64(values[0]))) {
    sqlite3_result_int(context, 1);
    return;
  }
  struct error *error = once->database->error;
  error_set(error, TIDE_ERROR_CARDINALITY,
            "ON CONFLICT DO UPDATE command cannot affect row a second time");
  error_hint(error, "Ensure that no rows proposed for insertion within the same "
                    "command have duplicate constrained values.");
  sqlite3_result_error(context, error->message, -1);
}

int once_open(struct once *once, struct database *database) {
  once->database = database;
  return database_error(
      database, sqlite3_create_function_v2(database->handle, "__tidemark_once", 1,
                                           SQLITE_UTF8, once, check, NULL, NULL, NULL));
}

void once_deinit(struct once *once) {
  if (once->database)
    memory_release(once->database->memory, once->slots);
  once->slots = NULL;
}
