/* How the module's memory grows.
 *
 * An engine takes the memory for a new one into account each time that it grows, and may
 * collect garbage: hundreds of steps of a few pages, as the C library has them, take longer
 * than what the memory is needed for. So it grows by a share of what there is.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  PAGE = 1 << 16,
  SHARE = 4,                    /* a quarter … */
  PAGES_MAX = (32 << 20) / PAGE /* … up to 32 MiB */
};

extern unsigned char __heap_base; /* where the linker lets the heap begin */

/* Makes the memory at least `size` bytes large. Returns false when the host refuses. */
static bool grow_to(size_t size) {
  size_t pages = __builtin_wasm_memory_size(0);
  size_t wanted = size / PAGE + (size % PAGE != 0);
  if (wanted <= pages)
    return true;
  size_t needed = wanted - pages;
  size_t share = pages / SHARE < PAGES_MAX ? pages / SHARE : PAGES_MAX;
  return (share > needed && __builtin_wasm_memory_grow(0, share) != SIZE_MAX) ||
         __builtin_wasm_memory_grow(0, needed) != SIZE_MAX;
}

/* The allocator declares it for itself. */
void *sbrk(intptr_t increment);

/* Takes the place of the C library's, which its allocator calls: memory is never given
 * back. */
void *sbrk(intptr_t increment) {
  static uintptr_t end;
  enum { ALIGNMENT = 16 };
  if (end == 0)
    end = (uintptr_t)&__heap_base;
  uintptr_t size = ((uintptr_t)increment + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
  if (increment < 0 || size > UINTPTR_MAX - end || !grow_to(end + size))
    return (void *)-1; /* NOLINT(performance-no-int-to-ptr): what sbrk is to return */
  void *begin = (void *)end; /* NOLINT(performance-no-int-to-ptr) */
  end += size;
  return begin;
}
