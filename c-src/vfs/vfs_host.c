/* SQLite's files in the host's synchronous files, durable at each commit. */
#include "vfs/vfs_host.h"

#include <string.h>

enum { FILE_FULL = -2 }; /* what a function of tide_files returns for a full disk */

struct vfs_host {
  struct vfs vfs;
  const tide_files *files;
};

struct file {
  sqlite3_file base;
  const tide_files *files;
  int handle;
};

/* The host's failure in SQLite's terms; `otherwise` says what was tried. */
static int failure(int result, int otherwise) {
  return result == FILE_FULL ? SQLITE_FULL : otherwise;
}

static int file_close(sqlite3_file *file) {
  const struct file *opened = (const struct file *)file;
  int result = opened->files->close(opened->files->context, opened->handle);
  return result < 0 ? SQLITE_IOERR_CLOSE : SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset) {
  const struct file *opened = (const struct file *)file;
  int count = opened->files->read(opened->files->context, opened->handle, data,
                                  (uint32_t)size, (double)offset);
  if (count < 0 || count > size)
    return SQLITE_IOERR_READ;
  if (count == size)
    return SQLITE_OK;
  memset((char *)data + count, 0, (size_t)(size - count));
  return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *data, int size,
                      sqlite3_int64 offset) {
  const struct file *opened = (const struct file *)file;
  int result = opened->files->write(opened->files->context, opened->handle, data,
                                    (uint32_t)size, (double)offset);
  return result < 0 ? failure(result, SQLITE_IOERR_WRITE) : SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
  const struct file *opened = (const struct file *)file;
  int result =
      opened->files->truncate(opened->files->context, opened->handle, (double)size);
  return result < 0 ? failure(result, SQLITE_IOERR_TRUNCATE) : SQLITE_OK;
}

static int file_sync(sqlite3_file *file, int flags) {
  const struct file *opened = (const struct file *)file;
  (void)flags;
  int result = opened->files->sync(opened->files->context, opened->handle);
  return result < 0 ? failure(result, SQLITE_IOERR_FSYNC) : SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
  const struct file *opened = (const struct file *)file;
  double result = opened->files->size(opened->files->context, opened->handle);
  *size = result < 0 ? 0 : (sqlite3_int64)result;
  return result < 0 ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int file_characteristics(sqlite3_file *file) {
  (void)file;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = vfs_no_lock,
    .xUnlock = vfs_no_lock,
    .xCheckReservedLock = vfs_no_reserved_lock,
    .xFileControl = vfs_no_control,
    .xSectorSize = vfs_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};

/* The database, its log and a journal; temporary files stay in SQLite's memory and are never asked for. */
static int open_file(sqlite3_vfs *methods, const char *name, sqlite3_file *file,
                     int flags, int *out_flags) {
  const struct vfs_host *host = (const struct vfs_host *)methods;
  struct file *opened = (struct file *)file;
  opened->base.pMethods = NULL;
  if (name == NULL)
    return SQLITE_CANTOPEN;
  opened->files = host->files;
  opened->handle =
      host->files->open(host->files->context, name, (flags & SQLITE_OPEN_CREATE) != 0);
  if (opened->handle < 0)
    return failure(opened->handle, SQLITE_CANTOPEN);
  opened->base.pMethods = &file_methods;
  if (out_flags != NULL)
    *out_flags = flags;
  return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *methods, const char *name, int sync_directory) {
  const struct vfs_host *host = (const struct vfs_host *)methods;
  (void)sync_directory;
  int result = host->files->remove(host->files->context, name);
  return result < 0 ? SQLITE_IOERR_DELETE : SQLITE_OK;
}

static int file_exists(sqlite3_vfs *methods, const char *name, int flags, int *result) {
  const struct vfs_host *host = (const struct vfs_host *)methods;
  (void)flags;
  int exists = host->files->exists(host->files->context, name);
  *result = exists > 0;
  return exists < 0 ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

struct vfs_host *vfs_host_new(struct memory *memory, struct vfs_environment environment,
                              const tide_files *files) {
  struct vfs_host *host = memory_allocate_zeroed(memory, sizeof *host);
  if (host == NULL)
    return NULL;
  host->files = files;
  host->vfs.methods.szOsFile = sizeof(struct file);
  host->vfs.methods.xOpen = open_file;
  host->vfs.methods.xDelete = delete_file;
  host->vfs.methods.xAccess = file_exists;
  if (vfs_register(&host->vfs, memory, environment) != TIDE_OK) {
    memory_release(memory, host);
    return NULL;
  }
  return host;
}

void vfs_host_free(struct vfs_host *host) {
  if (host == NULL)
    return;
  vfs_unregister(&host->vfs);
  memory_release(host->vfs.memory, host);
}

#define PRAGMAS                                                                        \
  "PRAGMA locking_mode=EXCLUSIVE;"                                                     \
  "PRAGMA journal_mode=WAL;"                                                           \
  "PRAGMA journal_size_limit=4194304;"                                                 \
  "PRAGMA cache_size=-16384;"

int vfs_host_open(struct vfs_host *host, const char *path, bool relaxed,
                  sqlite3 **handle, struct error *error) {
  const char *pragmas =
      relaxed ? PRAGMAS "PRAGMA synchronous=NORMAL" : PRAGMAS "PRAGMA synchronous=FULL";
  return vfs_open_database(&host->vfs, path, pragmas, handle, error);
}
