/* The allocator that the host passes in, and the only way this library gets memory. */
#ifndef TIDE_BASE_MEMORY_H
#define TIDE_BASE_MEMORY_H

#include <stddef.h>

/* As in nghttp2 the functions get the host's pointer first. Each may fail by returning NULL. */
struct memory {
  void *(*allocate)(void *context, size_t size);
  void *(*reallocate)(void *context, void *pointer, size_t size);
  void (*release)(void *context, void *pointer);
  void *context;
};

void *memory_allocate(struct memory *memory, size_t size); /* not zeroed */
void *memory_allocate_zeroed(struct memory *memory, size_t size);
void *memory_reallocate(struct memory *memory, void *pointer, size_t size);
void memory_release(struct memory *memory, void *pointer); /* accepts NULL */
char *memory_string(struct memory *memory,
                    const char *text); /* a copy; the caller releases it */

/* malloc, realloc and free. Static. */
struct memory *memory_default(void);

#endif
