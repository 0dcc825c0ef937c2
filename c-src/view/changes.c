/* A multiset of changes: a hash table from a row's bytes to its weight. */
#include "view/changes.h"

#include <string.h>

enum {
  SCAN_MAX = 8,           /* fewer entries are compared one by one */
  CAPACITY_KEPT = 1 << 14 /* what a clear keeps allocated */
};

void changes_init(struct changes *changes, struct memory *memory) {
  *changes = (struct changes){0};
  row_pool_init(&changes->pool, memory);
}

void changes_deinit(struct changes *changes) {
  memory_release(changes->pool.memory, changes->entries);
  memory_release(changes->pool.memory, changes->slots);
  row_pool_deinit(&changes->pool);
  changes_init(changes, changes->pool.memory);
}

void changes_clear(struct changes *changes) {
  if (changes->capacity > CAPACITY_KEPT) {
    changes_deinit(changes);
    return;
  }
  row_pool_clear(&changes->pool);
  if (changes->slots && changes->count > SCAN_MAX)
    memset(changes->slots, 0, changes->slot_count * sizeof *changes->slots);
  changes->count = 0;
  changes->failed = false;
}

static struct change *find(const struct changes *changes, struct row row,
                           uint64_t hash) {
  if (changes->count <= SCAN_MAX) {
    for (uint32_t i = 0; i < changes->count; i++) {
      struct change *entry = &changes->entries[i];
      if (entry->hash == hash && row_equal(entry->row, row))
        return entry;
    }
    return NULL;
  }
  uint32_t mask = changes->slot_count - 1;
  for (uint32_t slot = (uint32_t)hash & mask; changes->slots[slot];
       slot = (slot + 1) & mask) {
    struct change *entry = &changes->entries[changes->slots[slot] - 1];
    if (entry->hash == hash && row_equal(entry->row, row))
      return entry;
  }
  return NULL;
}

static void place(struct changes *changes, uint32_t index) {
  uint32_t mask = changes->slot_count - 1;
  uint32_t slot = (uint32_t)changes->entries[index].hash & mask;
  while (changes->slots[slot])
    slot = (slot + 1) & mask;
  changes->slots[slot] = index + 1;
}

/* Room for one more entry and, past SCAN_MAX, for its slot: half of the slots stay
 * empty. */
static bool grow(struct changes *changes) {
  struct memory *memory = changes->pool.memory;
  if (changes->count == changes->capacity) {
    if (changes->capacity > UINT32_MAX / 4)
      return false;
    uint32_t capacity = changes->capacity ? changes->capacity * 2 : 16;
    struct change *entries =
        memory_reallocate(memory, changes->entries, capacity * sizeof *entries);
    if (!entries)
      return false;
    changes->entries = entries;
    changes->capacity = capacity;
  }
  if (changes->count < SCAN_MAX || changes->slot_count >= changes->capacity * 2)
    return true;
  uint32_t slot_count = changes->capacity * 2;
  uint32_t *slots = memory_allocate_zeroed(memory, slot_count * sizeof *slots);
  if (!slots)
    return false;
  memory_release(memory, changes->slots);
  changes->slots = slots;
  changes->slot_count = slot_count;
  /* the first SCAN_MAX entries get their slots with the next one */
  for (uint32_t i = 0; changes->count > SCAN_MAX && i < changes->count; i++)
    place(changes, i);
  return true;
}

struct change *changes_add(struct changes *changes, struct row row, int64_t weight) {
  if (!row.bytes || changes->failed) {
    changes->failed = true;
    return NULL;
  }
  uint64_t hash = row_hash(row);
  struct change *entry = find(changes, row, hash);
  if (entry) {
    entry->weight += weight;
    row_abandon(&changes->pool, row);
    return entry;
  }
  if (!grow(changes)) {
    changes->failed = true;
    return NULL;
  }
  entry = &changes->entries[changes->count++];
  *entry = (struct change){.row = row, .hash = hash, .weight = weight};
  if (changes->count == SCAN_MAX + 1)
    for (uint32_t i = 0; i < changes->count; i++)
      place(changes, i);
  else if (changes->count > SCAN_MAX)
    place(changes, changes->count - 1);
  return entry;
}

struct change *changes_add_statement(struct changes *changes, sqlite3_stmt *statement,
                                     int count, const enum row_type *affinity,
                                     int64_t weight) {
  return changes_add(
      changes, row_of_statement(&changes->pool, statement, count, affinity), weight);
}

struct change *changes_find(const struct changes *changes, struct row row) {
  return find(changes, row, row_hash(row));
}
