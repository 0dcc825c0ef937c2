/* SQLite and cJSON know one allocator per process; this gives each engine's calls that engine's memory. */
#include "base/library.h"

#include <cJSON.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"

/* Stands before every allocation: whose it is, and how large. */
union header {
  struct {
    struct memory *memory;
    size_t size;
  } of;
  uint64_t alignment;
};

static struct memory *current;
static bool ran_out;

struct memory *library_use(struct memory *memory) {
  struct memory *before = current;
  current = memory;
  return before;
}

bool json_ran_out_of_memory(void) {
  bool result = ran_out;
  ran_out = false;
  return result;
}

static void *allocate(size_t size) {
  struct memory *memory = current == NULL ? memory_default() : current;
  union header *header = memory_allocate(memory, sizeof *header + size);
  if (header == NULL) {
    ran_out = true;
    return NULL;
  }
  header->of.memory = memory;
  header->of.size = size;
  return header + 1;
}

static void release(void *pointer) {
  if (pointer == NULL)
    return;
  union header *header = (union header *)pointer - 1;
  memory_release(header->of.memory, header);
}

static void *sqlite_allocate(int size) {
  return allocate((size_t)size);
}

static void *sqlite_reallocate(void *pointer, int size) {
  union header *header = (union header *)pointer - 1;
  struct memory *memory = header->of.memory;
  header = memory_reallocate(memory, header, sizeof *header + (size_t)size);
  if (header == NULL)
    return NULL;
  header->of.size = (size_t)size;
  return header + 1;
}

static int sqlite_size(void *pointer) {
  return pointer == NULL ? 0 : (int)((union header *)pointer - 1)->of.size;
}

static int sqlite_round_up(int size) {
  return (size + 7) & ~7;
}

static int sqlite_begin(void *context) {
  (void)context;
  return SQLITE_OK;
}

static void sqlite_end(void *context) {
  (void)context;
}

/* SQLite is built without an operating system: each engine registers a file system of its own (vfs/). */
int sqlite3_os_init(void) {
  return SQLITE_OK;
}

int sqlite3_os_end(void) {
  return SQLITE_OK;
}

int library_initialize(void) {
  static bool initialized;
  static const sqlite3_mem_methods methods = {
      sqlite_allocate, release,      sqlite_reallocate, sqlite_size,
      sqlite_round_up, sqlite_begin, sqlite_end,        NULL};
  static cJSON_Hooks hooks = {allocate, release};
  if (initialized)
    return TIDE_OK;
  /* What SQLite allocates here outlives every engine. */
  struct memory *before = library_use(NULL);
  cJSON_InitHooks(&hooks);
  int result = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
  if (result == SQLITE_OK)
    result = sqlite3_initialize();
  library_use(before);
  if (result != SQLITE_OK)
    return TIDE_ERROR_NOMEM;
  initialized = true;
  return TIDE_OK;
}
