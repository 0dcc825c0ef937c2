/* SQLite's files in the host's synchronous files, durable at each commit. */
#include "vfs/vfs_host.h"

#include <string.h>

#include "vfs/checksum.h"
#include "vfs/encrypted_file.h"
#include "vfs/host_file.h"
#include "vfs/log_check.h"

struct vfs_host {
  struct vfs vfs;
  const tide_files *files;
  struct page_format format; /* of the database's pages */
  unsigned char *page;       /* room for one, allocated when it is needed */
  uint32_t page_room;
};

enum role { DATABASE, LOG, JOURNAL };

struct file {
  sqlite3_file base;
  struct vfs_host *host;
  enum role role;
  struct host_file file;
  struct encrypted_file encrypted;
  struct log_check check; /* of a log */
  int64_t log_end;        /* of what was written to a log */
};

enum { DATABASE_HEADER = 100 };

static int file_close(sqlite3_file *file) {
  struct file *opened = (struct file *)file;
  log_check_free(&opened->check, opened->host->vfs.memory);
  encrypted_file_deinit(&opened->encrypted);
  return host_file_close(&opened->file);
}

/* --- pages of the database --- */

static bool is_page(const struct vfs_host *host, int size, sqlite3_int64 offset) {
  return host->format.checksummed && (uint32_t)size == host->format.size &&
         offset % size == 0;
}

static void learn_format(struct vfs_host *host, const void *data, int size,
                         sqlite3_int64 offset) {
  if (offset == 0 && size >= DATABASE_HEADER)
    host->format = page_format_read(data);
}

static int damaged_page(struct vfs_host *host, int64_t number) {
  return vfs_damaged(&host->vfs, "page %lld of the database is damaged",
                     (long long)number);
}

static int read_database(struct file *opened, void *data, int size,
                         sqlite3_int64 offset) {
  struct vfs_host *host = opened->host;
  int result;
  if (host->vfs.encryption.on) {
    result = encrypted_database_read(&opened->encrypted, data, (size_t)size, offset);
    return result == SQLITE_IOERR_DATA
               ? damaged_page(host, offset / host->vfs.encryption.page_size + 1)
               : result;
  }
  result = host_file_read(&opened->file, data, (size_t)size, offset);
  if (result != SQLITE_OK)
    return result;
  learn_format(host, data, size, offset);
  bool sound = is_page(host, size, offset)
                   ? checksum_verify(data, (size_t)size)
                   : offset != 0 || (uint32_t)size != host->format.size ||
                         !checksum_disowned(data, (size_t)size);
  return sound ? SQLITE_OK : damaged_page(host, offset / size + 1);
}

/* Room for a page of the database; NULL: memory ran out. */
static unsigned char *page_room(struct vfs_host *host) {
  if (host->page_room < host->format.size) {
    memory_release(host->vfs.memory, host->page);
    host->page = memory_allocate(host->vfs.memory, host->format.size);
    host->page_room = host->page == NULL ? 0 : host->format.size;
  }
  return host->page;
}

static int write_database(struct file *opened, const void *data, int size,
                          sqlite3_int64 offset) {
  struct vfs_host *host = opened->host;
  if (host->vfs.encryption.on)
    return encrypted_database_write(&opened->encrypted, data, (size_t)size, offset);
  learn_format(host, data, size, offset);
  if (!is_page(host, size, offset))
    return host_file_write(&opened->file, data, (size_t)size, offset);
  unsigned char *page = page_room(host);
  if (page == NULL)
    return SQLITE_IOERR_NOMEM;
  memcpy(page, data, (size_t)size);
  checksum_write(page, (size_t)size);
  return host_file_write(&opened->file, page, (size_t)size, offset);
}

/* --- frames of the log --- */

static int read_frames(struct file *opened, void *data, size_t size, int64_t offset) {
  return opened->host->vfs.encryption.on
             ? encrypted_log_read(&opened->encrypted, opened->check.page_size, data,
                                  size, offset)
             : host_file_read(&opened->file, data, size, offset);
}

static int write_frames(struct file *opened, const void *data, size_t size,
                        int64_t offset) {
  return opened->host->vfs.encryption.on
             ? encrypted_log_write(&opened->encrypted, opened->check.page_size, data,
                                   size, offset)
             : host_file_write(&opened->file, data, size, offset);
}

static int read_log(struct file *opened, void *data, int size, sqlite3_int64 offset) {
  int result = read_frames(opened, data, (size_t)size, offset);
  if (result == SQLITE_OK && log_check_read(&opened->check, opened->host->vfs.memory,
                                            data, (size_t)size, offset))
    return SQLITE_OK;
  if (result != SQLITE_OK && result != SQLITE_IOERR_DATA)
    return result;
  return vfs_damaged(&opened->host->vfs,
                     "the page at byte %lld of the write-ahead log is damaged",
                     (long long)offset);
}

/* A commit has to be with the host when it ends, also where it is not synchronised. What SQLite changes in the log
 * afterwards belongs to that commit, too. */
static int write_log(struct file *opened, const void *data, int size,
                     sqlite3_int64 offset) {
  bool commits = log_check_written(&opened->check, opened->host->vfs.memory, data,
                                   (size_t)size, offset);
  bool appends = offset >= opened->log_end;
  int result = write_frames(opened, data, (size_t)size, offset);
  if (result == SQLITE_OK && (commits || !appends))
    result = host_file_flush(&opened->file);
  if (appends || offset == 0)
    opened->log_end = offset + size;
  return result;
}

/* --- the journal --- */

/* It takes back the making of a database and is needed for nothing else: it has a header, and no pages. None of an encrypted
 * database is to be written to it. */
static int write_journal(struct file *opened, const void *data, int size,
                         sqlite3_int64 offset) {
  if (opened->host->vfs.encryption.on && offset + size > vfs_sector_size(&opened->base))
    return SQLITE_IOERR_WRITE;
  return host_file_write(&opened->file, data, (size_t)size, offset);
}

/* --- the files as SQLite sees them --- */

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset) {
  struct file *opened = (struct file *)file;
  switch (opened->role) {
  case DATABASE: return read_database(opened, data, size, offset);
  case LOG: return read_log(opened, data, size, offset);
  default: return host_file_read(&opened->file, data, (size_t)size, offset);
  }
}

static int file_write(sqlite3_file *file, const void *data, int size,
                      sqlite3_int64 offset) {
  struct file *opened = (struct file *)file;
  switch (opened->role) {
  case DATABASE: return write_database(opened, data, size, offset);
  case LOG: return write_log(opened, data, size, offset);
  default: return write_journal(opened, data, size, offset);
  }
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
  struct file *opened = (struct file *)file;
  opened->log_end = size < opened->log_end ? size : opened->log_end;
  opened->encrypted.number = -1;
  return host_file_truncate(&opened->file, size);
}

static int file_sync(sqlite3_file *file, int flags) {
  (void)flags;
  return host_file_sync(&((struct file *)file)->file);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
  return host_file_size(&((struct file *)file)->file, size);
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

static enum role role_of(int flags) {
  if ((flags & SQLITE_OPEN_WAL) != 0)
    return LOG;
  return (flags & SQLITE_OPEN_MAIN_DB) != 0 ? DATABASE : JOURNAL;
}

/* The database, its log and a journal; temporary files stay in SQLite's memory and are never asked for. */
static int open_file(sqlite3_vfs *methods, const char *name, sqlite3_file *file,
                     int flags, int *out_flags) {
  struct vfs_host *host = (struct vfs_host *)methods;
  struct file *opened = (struct file *)file;
  opened->base.pMethods = NULL;
  if (name == NULL)
    return SQLITE_CANTOPEN;
  opened->host = host;
  opened->role = role_of(flags);
  encrypted_file_init(&opened->encrypted, &host->vfs.encryption, &opened->file);
  opened->check = (struct log_check){0};
  opened->log_end = 0;
  int result = host_file_open(&opened->file, host->vfs.memory, host->files, name,
                              (flags & SQLITE_OPEN_CREATE) != 0);
  if (result != SQLITE_OK)
    return result;
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
                              const tide_files *files, const uint8_t *key) {
  struct vfs_host *host = memory_allocate_zeroed(memory, sizeof *host);
  if (host == NULL)
    return NULL;
  host->files = files;
  host->vfs.methods.szOsFile = sizeof(struct file);
  host->vfs.methods.xOpen = open_file;
  host->vfs.methods.xDelete = delete_file;
  host->vfs.methods.xAccess = file_exists;
  if (vfs_register(&host->vfs, memory, environment, key) != TIDE_OK) {
    memory_release(memory, host);
    return NULL;
  }
  return host;
}

void vfs_host_free(struct vfs_host *host) {
  if (host == NULL)
    return;
  vfs_unregister(&host->vfs);
  memory_release(host->vfs.memory, host->page);
  memory_release(host->vfs.memory, host);
}

#define PRAGMAS                                                                        \
  "PRAGMA locking_mode=EXCLUSIVE;"                                                     \
  "PRAGMA journal_mode=WAL;"                                                           \
  "PRAGMA journal_size_limit=4194304;"                                                 \
  "PRAGMA cache_size=-16384;"

/* Reads the beginning of the database: zeros where there is none. Returns a result code of SQLite. */
static int read_beginning(struct vfs_host *host, const char *path,
                          unsigned char beginning[ENCRYPTION_BEGINNING]) {
  const tide_files *files = host->files;
  struct host_file file;
  memset(beginning, 0, ENCRYPTION_BEGINNING);
  int exists = files->exists(files->context, path);
  if (exists <= 0)
    return exists < 0 ? SQLITE_IOERR_ACCESS : SQLITE_OK;
  int result = host_file_open(&file, host->vfs.memory, files, path, false);
  if (result != SQLITE_OK)
    return result;
  result = host_file_read(&file, beginning, ENCRYPTION_BEGINNING, 0);
  host_file_close(&file);
  return result == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : result;
}

static int begin_encryption(struct vfs_host *host, const char *path,
                            struct error *error) {
  unsigned char beginning[ENCRYPTION_BEGINNING];
  int result = read_beginning(host, path, beginning);
  if (result != SQLITE_OK)
    return error_set(error, vfs_error_code(result), "cannot open the database: %s",
                     sqlite3_errstr(result));
  return encryption_begin(&host->vfs.encryption, host->vfs.environment.random,
                          beginning, error);
}

int vfs_host_open(struct vfs_host *host, const char *path, bool relaxed,
                  sqlite3 **handle, struct error *error) {
  const char *pragmas =
      relaxed ? PRAGMAS "PRAGMA synchronous=NORMAL" : PRAGMAS "PRAGMA synchronous=FULL";
  *handle = NULL;
  int result = begin_encryption(host, path, error);
  if (result != TIDE_OK)
    return result;
  return vfs_open_database(&host->vfs, path, pragmas, handle, error);
}
