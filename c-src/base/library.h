/* SQLite and cJSON know one allocator per process; this gives each engine's calls that engine's memory. */
#ifndef TIDE_BASE_LIBRARY_H
#define TIDE_BASE_LIBRARY_H

#include "base/memory.h"

/* Prepares SQLite and cJSON; again is harmless. To be called before the first use of either. Returns TIDE_OK or
 * TIDE_ERROR_NOMEM. */
int library_initialize(void);

/* From now on SQLite and cJSON allocate from `memory` (NULL: memory_default()). What they allocated before goes back
 * to where it came from. Every public function begins with this, because another engine may have been called since. Returns
 * what was in use before. */
struct memory *library_use(struct memory *memory);

#endif
