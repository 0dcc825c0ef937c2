/* A hash map from byte strings to pointers that remembers the order of insertion. */
#ifndef TIDE_BASE_MAP_H
#define TIDE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

struct map_entry {
  char *key; /* the map's own copy, zero-terminated; NULL: removed */
  size_t length;
  uint32_t hash;
  void *value; /* the caller's */
};

/* Entries stand in the order of insertion; `slots` maps a hash to an entry's number + 1, 0 is free. */
struct map {
  struct memory *memory;
  struct map_entry *entries;
  uint32_t *slots;
  size_t used;       /* entries in use, the removed ones included */
  size_t count;      /* without the removed ones */
  size_t slot_count; /* 0 or a power of two */
};

void map_init(struct map *map, struct memory *memory);
/* Frees the map, not the values. */
void map_deinit(struct map *map);

/* The value stored under the key, or NULL. */
void *map_get(const struct map *map, const void *key, size_t length);
void *map_get_text(const struct map *map, const char *key);

/* Stores a value, replacing the one before; the key is copied. Returns TIDE_OK or TIDE_ERROR_NOMEM, and then the map
 * is unchanged. */
int map_set(struct map *map, const void *key, size_t length, void *value);
int map_set_text(struct map *map, const char *key, void *value);

/* Forgets the key and returns its value, or NULL. */
void *map_remove(struct map *map, const void *key, size_t length);

/* Visits the entries in the order of insertion: start with *position = 0; NULL after the last. The entry visited may be
 * removed meanwhile, none may be added. */
const struct map_entry *map_next(const struct map *map, size_t *position);

#endif
