/* A bump allocator: everything that belongs to one statement or one plan is freed at once. */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/format.h"

enum { ALIGNMENT = 8, BLOCK_SIZE_FIRST = 1024, BLOCK_SIZE_MAX = 64 * 1024 };

/* The newest block is first; `used` counts from the end of this header. */
struct arena_block {
  struct arena_block *next;
  size_t size, used;
};

#define HEADER_SIZE                                                                    \
  ((sizeof(struct arena_block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

void arena_init(struct arena *arena, struct memory *memory) {
  *arena = (struct arena){.memory = memory};
}

void arena_deinit(struct arena *arena) {
  struct arena_block *block = arena->block;
  while (block != NULL) {
    struct arena_block *next = block->next;
    memory_release(arena->memory, block);
    block = next;
  }
  arena->block = NULL;
  arena->failed = false;
}

/* Blocks double, so that their number stays small; one allocation may be larger than any block. */
static bool add_block(struct arena *arena, size_t least) {
  size_t size = arena->block == NULL ? BLOCK_SIZE_FIRST : arena->block->size * 2;
  if (size > BLOCK_SIZE_MAX)
    size = BLOCK_SIZE_MAX;
  if (size < least)
    size = least;
  struct arena_block *block = memory_allocate(arena->memory, HEADER_SIZE + size);
  if (block == NULL)
    return false;
  *block = (struct arena_block){.next = arena->block, .size = size};
  arena->block = block;
  return true;
}

/* Memory that holds anything. */
static char *reserve(struct arena *arena, size_t size) {
  if (arena->failed || size > SIZE_MAX / 2) {
    arena->failed = true;
    return NULL;
  }
  size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (arena->block == NULL || arena->block->size - arena->block->used < size) {
    if (!add_block(arena, size)) {
      arena->failed = true;
      return NULL;
    }
  }
  char *pointer = (char *)arena->block + HEADER_SIZE + arena->block->used;
  arena->block->used += size;
  return pointer;
}

void *arena_alloc(struct arena *arena, size_t size) {
  void *pointer = reserve(arena, size);
  if (pointer != NULL)
    memset(pointer, 0, size);
  return pointer;
}

char *arena_copy(struct arena *arena, const char *text, size_t length) {
  char *copy = reserve(arena, length + 1);
  if (copy == NULL)
    return NULL;
  if (length > 0)
    memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

char *arena_string(struct arena *arena, const char *text) {
  return arena_copy(arena, text, strlen(text));
}

static void count(void *target, const char *text, size_t length) {
  (void)text;
  *(size_t *)target += length;
}

static void write(void *target, const char *text, size_t length) {
  char **end = target;
  memcpy(*end, text, length);
  *end += length;
}

char *arena_format(struct arena *arena, const char *format, ...) {
  size_t length = 0;
  va_list arguments;
  va_start(arguments, format);
  format_list(count, &length, format, arguments);
  va_end(arguments);
  char *text = reserve(arena, length + 1);
  if (text == NULL)
    return NULL;
  text[length] = '\0';
  char *end = text;
  va_start(arguments, format);
  format_list(write, &end, format, arguments);
  va_end(arguments);
  return text;
}
