/* A hash map from byte strings to pointers that remembers the order of insertion. */
#include "base/map.h"

#include <string.h>

#include "base/error.h"

enum { SLOTS_FIRST = 16 };

/* Entries fill at most this share of the slots. */
static size_t entries_for(size_t slot_count) {
  return slot_count / 4 * 3;
}

/* FNV-1a, with its bits mixed once more because the low ones choose the slot. */
static uint32_t hash_bytes(const void *key, size_t length) {
  const unsigned char *bytes = key;
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ bytes[i]) * 16777619u;
  hash ^= hash >> 16;
  hash *= 0x85ebca6bu;
  return hash ^ hash >> 13;
}

void map_init(struct map *map, struct memory *memory) {
  *map = (struct map){.memory = memory};
}

void map_deinit(struct map *map) {
  for (size_t i = 0; i < map->used; i++)
    memory_release(map->memory, map->entries[i].key);
  memory_release(map->memory, map->entries);
  memory_release(map->memory, map->slots);
  map_init(map, map->memory);
}

static struct map_entry *find(const struct map *map, const void *key, size_t length) {
  if (map->count == 0)
    return NULL;
  uint32_t hash = hash_bytes(key, length);
  size_t mask = map->slot_count - 1;
  for (size_t slot = hash & mask; map->slots[slot] != 0; slot = (slot + 1) & mask) {
    struct map_entry *entry = &map->entries[map->slots[slot] - 1];
    if (entry->key != NULL && entry->hash == hash && entry->length == length &&
        (length == 0 || memcmp(entry->key, key, length) == 0))
      return entry;
  }
  return NULL;
}

void *map_get(const struct map *map, const void *key, size_t length) {
  const struct map_entry *entry = find(map, key, length);
  return entry == NULL ? NULL : entry->value;
}

void *map_get_text(const struct map *map, const char *key) {
  return map_get(map, key, strlen(key));
}

static void fill_slot(struct map *map, size_t number) {
  size_t mask = map->slot_count - 1;
  size_t slot = map->entries[number].hash & mask;
  while (map->slots[slot] != 0)
    slot = (slot + 1) & mask;
  map->slots[slot] = (uint32_t)number + 1;
}

/* Moves the entries into new memory, without the removed ones. */
static int rebuild(struct map *map, size_t slot_count) {
  uint32_t *slots = memory_allocate_zeroed(map->memory, slot_count * sizeof *slots);
  struct map_entry *entries =
      memory_allocate(map->memory, entries_for(slot_count) * sizeof *entries);
  if (slots == NULL || entries == NULL) {
    memory_release(map->memory, slots);
    memory_release(map->memory, entries);
    return TIDE_ERROR_NOMEM;
  }
  size_t used = 0;
  for (size_t i = 0; i < map->used; i++) {
    if (map->entries[i].key != NULL)
      entries[used++] = map->entries[i];
  }
  memory_release(map->memory, map->slots);
  memory_release(map->memory, map->entries);
  map->slots = slots;
  map->entries = entries;
  map->slot_count = slot_count;
  map->used = used;
  for (size_t i = 0; i < used; i++)
    fill_slot(map, i);
  return TIDE_OK;
}

static int make_room(struct map *map) {
  if (map->slot_count == 0)
    return rebuild(map, SLOTS_FIRST);
  if (map->used < entries_for(map->slot_count))
    return TIDE_OK;
  /* Many removed entries: the same size will do again. */
  bool grow = map->count > map->used / 2;
  if (grow && map->slot_count > UINT32_MAX / 4)
    return TIDE_ERROR_NOMEM;
  return rebuild(map, grow ? map->slot_count * 2 : map->slot_count);
}

int map_set(struct map *map, const void *key, size_t length, void *value) {
  struct map_entry *found = find(map, key, length);
  if (found != NULL) {
    found->value = value;
    return TIDE_OK;
  }
  if (make_room(map) != TIDE_OK)
    return TIDE_ERROR_NOMEM;
  char *copy = memory_allocate(map->memory, length + 1);
  if (copy == NULL)
    return TIDE_ERROR_NOMEM;
  if (length > 0)
    memcpy(copy, key, length);
  copy[length] = '\0';
  map->entries[map->used] =
      (struct map_entry){copy, length, hash_bytes(key, length), value};
  fill_slot(map, map->used);
  map->used++;
  map->count++;
  return TIDE_OK;
}

int map_set_text(struct map *map, const char *key, void *value) {
  return map_set(map, key, strlen(key), value);
}

void *map_remove(struct map *map, const void *key, size_t length) {
  struct map_entry *entry = find(map, key, length);
  if (entry == NULL)
    return NULL;
  /* The slot keeps pointing here, so that those that once collided with it are still found. */
  memory_release(map->memory, entry->key);
  entry->key = NULL;
  map->count--;
  return entry->value;
}

const struct map_entry *map_next(const struct map *map, size_t *position) {
  while (*position < map->used) {
    const struct map_entry *entry = &map->entries[(*position)++];
    if (entry->key != NULL)
      return entry;
  }
  return NULL;
}
