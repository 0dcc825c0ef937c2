/* A bump allocator: everything that belongs to one statement or one plan is freed at once. */
#ifndef TIDE_BASE_ARENA_H
#define TIDE_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct arena_block;

/* `failed` is sticky: once an allocation fails every later one returns NULL, so a builder may check once
 * at the end. */
struct arena {
  struct memory *memory;
  struct arena_block *block;
  bool failed;
};

void arena_init(struct arena *arena, struct memory *memory);
void arena_deinit(struct arena *arena);

/* Zeroed memory aligned to 8 bytes, valid until arena_deinit; NULL when memory ran out. */
void *arena_alloc(struct arena *arena, size_t size);
/* A zero-terminated copy of `length` bytes. */
char *arena_copy(struct arena *arena, const char *text, size_t length);
char *arena_string(struct arena *arena, const char *text);
/* Formatted as error_set does (%s %d %lld %q …). */
char *arena_format(struct arena *arena, const char *format, ...);

#endif
