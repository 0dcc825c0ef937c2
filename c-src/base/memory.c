/* The allocator that the host passes in, and the only way this library gets memory. */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void *memory_allocate(struct memory *memory, size_t size) {
  return memory->allocate(memory->context, size == 0 ? 1 : size);
}

void *memory_allocate_zeroed(struct memory *memory, size_t size) {
  void *pointer = memory_allocate(memory, size);
  if (pointer != NULL)
    memset(pointer, 0, size);
  return pointer;
}

void *memory_reallocate(struct memory *memory, void *pointer, size_t size) {
  return memory->reallocate(memory->context, pointer, size == 0 ? 1 : size);
}

void memory_release(struct memory *memory, void *pointer) {
  if (pointer != NULL)
    memory->release(memory->context, pointer);
}

char *memory_string(struct memory *memory, const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = memory_allocate(memory, size);
  if (copy != NULL)
    memcpy(copy, text, size);
  return copy;
}

static void *default_allocate(void *context, size_t size) {
  (void)context;
  return malloc(size);
}

static void *default_reallocate(void *context, void *pointer, size_t size) {
  (void)context;
  return realloc(pointer, size);
}

static void default_release(void *context, void *pointer) {
  (void)context;
  free(pointer);
}

struct memory *memory_default(void) {
  static struct memory memory = {default_allocate, default_reallocate, default_release,
                                 NULL};
  return &memory;
}
