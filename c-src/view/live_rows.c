/* Which rows a live query shows, in which order, and which of them may have changed since it was read. */
#include <string.h>

#include "view/live_internal.h"
#include "view/views.h"

enum {
  FEW = 32,        /* rows: reading all again is as fast */
  CHANGES_MAX = 64 /* and one for every so many rows besides */
};

static void clear(struct live_rows *rows) {
  rows->count = rows->changed_count = 0;
  rows->known = rows->all = rows->failed = false;
}

void live_rows_free(struct database *database, struct live_rows *rows) {
  if (!rows)
    return;
  memory_release(database->memory, rows->order);
  memory_release(database->memory, rows->changed);
  memory_release(database->memory, rows);
}

struct live_rows *live_rows(struct database *database, int64_t id) {
  const struct live_watch *watch =
      map_get(&database->views->live->watches, &id, sizeof id);
  return watch ? watch->rows : NULL;
}

/* Appends to one of the two lists. */
static bool append(struct database *database, int64_t **list, uint32_t *count,
                   uint32_t *capacity, int64_t rowid) {
  if (*count == *capacity) {
    uint32_t larger = *capacity * 2 + 16;
    int64_t *grown = memory_reallocate(database->memory, *list, larger * sizeof *grown);
    if (!grown)
      return false;
    *list = grown;
    *capacity = larger;
  }
  (*list)[(*count)++] = rowid;
  return true;
}

void live_rows_begin(struct database *database, int64_t id) {
  struct live *live = database->views->live;
  live->read_id = id;
  live->read.count = 0;
  live->read.failed = false;
}

void live_rows_add(struct database *database, int64_t id, int64_t rowid) {
  struct live *live = database->views->live;
  struct live_rows *read = &live->read;
  if (live->read_id == id &&
      !append(database, &read->order, &read->count, &read->capacity, rowid))
    read->failed = true;
}

/* What was read becomes what the watch shows; the memory of both is exchanged. */
static void take(struct live_rows *read, struct live_rows *rows) {
  struct live_rows old = *rows;
  rows->order = read->order;
  rows->count = read->count;
  rows->capacity = read->capacity;
  rows->known = true;
  read->order = old.order;
  read->capacity = old.capacity;
}

void live_rows_end(struct database *database, int64_t id) {
  struct live *live = database->views->live;
  struct live_watch *watch = map_get(&live->watches, &id, sizeof id);
  bool many = live->read_id == id && !live->read.failed && live->read.count >= FEW;
  live->read_id = 0;
  if (watch && !watch->rows && many)
    watch->rows = memory_allocate_zeroed(database->memory, sizeof *watch->rows);
  if (!watch || !watch->rows)
    return;
  clear(watch->rows);
  if (many)
    take(&live->read, watch->rows);
}

void live_rows_changed(struct database *database, struct live_rows *rows,
                       int64_t rowid) {
  if (!rows->known || rows->all)
    return;
  rows->all = rows->changed_count >= CHANGES_MAX + rows->count / CHANGES_MAX ||
              !append(database, &rows->changed, &rows->changed_count,
                      &rows->changed_capacity, rowid);
}

int64_t live_rows_place(const struct live_rows *rows, int64_t rowid) {
  for (uint32_t i = 0; i < rows->count; i++)
    if (rows->order[i] == rowid)
      return i;
  return -1;
}

void live_rows_insert(struct database *database, struct live_rows *rows, uint32_t place,
                      int64_t rowid) {
  rows->failed |= !append(database, &rows->order, &rows->count, &rows->capacity, rowid);
  if (rows->failed)
    return;
  memmove(&rows->order[place + 1], &rows->order[place],
          (rows->count - 1 - place) * sizeof *rows->order);
  rows->order[place] = rowid;
}

void live_rows_remove(struct live_rows *rows, uint32_t place) {
  rows->count--;
  memmove(&rows->order[place], &rows->order[place + 1],
          (rows->count - place) * sizeof *rows->order);
}
