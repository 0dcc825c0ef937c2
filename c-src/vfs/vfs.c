/* What both of SQLite's file systems here have in common. */
#include "vfs/vfs.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/format.h"
#include "base/library.h"
#include "vfs/checksum.h"

enum { PATH_MAX_LENGTH = 1024 };

/* Days before 1970 in the Julian calendar that SQLite counts in, in milliseconds. */
#define JULIAN_EPOCH INT64_C(210866760000000)

static int full_pathname(sqlite3_vfs *methods, const char *name, int size, char *path) {
  (void)methods;
  size_t length = strlen(name);
  if (length >= (size_t)size)
    return SQLITE_CANTOPEN;
  memcpy(path, name, length + 1);
  return SQLITE_OK;
}

static int randomness(sqlite3_vfs *methods, int size, char *bytes) {
  struct vfs *vfs = (struct vfs *)methods;
  random_bytes(vfs->environment.random, bytes, (size_t)size);
  return size;
}

static int sleep_no(sqlite3_vfs *methods, int microseconds) {
  (void)methods;
  return microseconds;
}

static int current_time_milliseconds(sqlite3_vfs *methods, sqlite3_int64 *time) {
  const struct vfs *vfs = (const struct vfs *)methods;
  *time = *vfs->environment.now + JULIAN_EPOCH;
  return SQLITE_OK;
}

static int current_time(sqlite3_vfs *methods, double *days) {
  sqlite3_int64 time = 0;
  current_time_milliseconds(methods, &time);
  *days = (double)time / 86400000.0;
  return SQLITE_OK;
}

static int last_error(sqlite3_vfs *methods, int size, char *text) {
  (void)methods;
  if (size > 0)
    text[0] = '\0';
  return 0;
}

static void name_after_address(struct vfs *vfs, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  format_text(vfs->name, sizeof vfs->name, format, arguments);
  va_end(arguments);
}

int vfs_register(struct vfs *vfs, struct memory *memory,
                 struct vfs_environment environment, const uint8_t *key) {
  vfs->memory = memory;
  encryption_set_key(&vfs->encryption, key);
  vfs->environment = environment;
  name_after_address(vfs, "tide-%zx", (size_t)(uintptr_t)vfs);
  vfs->methods.iVersion = 2;
  vfs->methods.mxPathname = PATH_MAX_LENGTH;
  vfs->methods.zName = vfs->name;
  vfs->methods.pAppData = vfs;
  vfs->methods.xFullPathname = full_pathname;
  vfs->methods.xRandomness = randomness;
  vfs->methods.xSleep = sleep_no;
  vfs->methods.xCurrentTime = current_time;
  vfs->methods.xCurrentTimeInt64 = current_time_milliseconds;
  vfs->methods.xGetLastError = last_error;
  if (library_initialize() != TIDE_OK ||
      sqlite3_vfs_register(&vfs->methods, false) != SQLITE_OK) {
    encryption_wipe(&vfs->encryption);
    return TIDE_ERROR_NOMEM;
  }
  return TIDE_OK;
}

void vfs_unregister(struct vfs *vfs) {
  sqlite3_vfs_unregister(&vfs->methods);
  encryption_wipe(&vfs->encryption);
}

int vfs_error_code(int sqlite_result) {
  switch (sqlite_result & 0xff) {
  case SQLITE_OK: return TIDE_OK;
  case SQLITE_NOMEM: return TIDE_ERROR_NOMEM;
  case SQLITE_FULL: return TIDE_ERROR_STORAGE_FULL;
  case SQLITE_IOERR:
    return sqlite_result == SQLITE_IOERR_NOMEM  ? TIDE_ERROR_NOMEM
           : sqlite_result == SQLITE_IOERR_DATA ? TIDE_ERROR_CORRUPT
                                                : TIDE_ERROR_INPUT_OUTPUT;
  case SQLITE_CANTOPEN: return TIDE_ERROR_INPUT_OUTPUT;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB: return TIDE_ERROR_CORRUPT;
  case SQLITE_TOOBIG: return TIDE_ERROR_LIMIT;
  default: return TIDE_ERROR_INTERNAL;
  }
}

int vfs_open_database(struct vfs *vfs, const char *path, const char *pragmas,
                      sqlite3 **handle, struct error *error) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE;
  struct memory *before = library_use(vfs->memory);
  /* SQLite's generator is the process's own: what it gives must depend on this engine's seed alone. */
  sqlite3_randomness(0, NULL);
  int result = sqlite3_open_v2(path, handle, flags, vfs->name);
  int reserved = vfs->encryption.on ? CIPHER_OVERHEAD : CHECKSUM_SIZE;
  if (result == SQLITE_OK)
    result =
        sqlite3_file_control(*handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  if (result == SQLITE_OK)
    result = sqlite3_exec(*handle, pragmas, NULL, NULL, NULL);
  if (result == SQLITE_OK)
    result = sqlite3_exec(*handle, "PRAGMA user_version", NULL, NULL, NULL);
  if (result != SQLITE_OK) {
    const char *message = *handle == NULL               ? sqlite3_errstr(result)
                          : result == SQLITE_IOERR_DATA ? vfs->damage
                                                        : sqlite3_errmsg(*handle);
    error_set(error, vfs_error_code(result), "cannot open the database: %s", message);
    sqlite3_close(*handle);
    *handle = NULL;
    result = error->code;
  }
  library_use(before);
  return result;
}

int vfs_damaged(struct vfs *vfs, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  format_text(vfs->damage, sizeof vfs->damage, format, arguments);
  va_end(arguments);
  return SQLITE_IOERR_DATA;
}

const char *vfs_damage(sqlite3 *handle) {
  struct vfs *vfs = NULL;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
  return vfs == NULL ? "" : vfs->damage;
}

int vfs_no_lock(sqlite3_file *file, int level) {
  (void)file;
  (void)level;
  return SQLITE_OK;
}

int vfs_no_reserved_lock(sqlite3_file *file, int *reserved) {
  (void)file;
  *reserved = 0;
  return SQLITE_OK;
}

int vfs_no_control(sqlite3_file *file, int operation, void *argument) {
  (void)file;
  (void)operation;
  (void)argument;
  return SQLITE_NOTFOUND;
}

int vfs_sector_size(sqlite3_file *file) {
  (void)file;
  return 512;
}
