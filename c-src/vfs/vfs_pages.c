/* A database file in memory that tells which of its pages the host has to keep. */
#include "vfs/vfs_pages.h"

#include <string.h>

#include "vfs/checksum.h"

enum { DATABASE_HEADER = 100 };

/* Pages are allocated a chunk at a time, so that the file never moves and grows without copying. */
enum { CHUNK_PAGES = 16, CHUNK_SIZE = CHUNK_PAGES * VFS_PAGE_SIZE };

#define FILE_SIZE_MAX (INT64_C(1) << 40)
#define PATH          "tidemark"

/* Invariant: bytes of a chunk beyond `size` are zero, and no page beyond it is marked as changed. */
struct vfs_pages {
  struct vfs vfs;
  sqlite3 *handle; /* NULL until opened */
  int64_t size;
  struct chunk **chunks;
  size_t chunk_count, chunk_capacity;
  uint32_t batch_pages; /* pages of the file when the last batch was taken */
  size_t missing;       /* chunks that have not arrived: NULL in `chunks` */
  bool in_pieces;       /* received, and so verified, piece by piece */
  int64_t missed;       /* where something was wanted that had not; -1: nowhere */
};

struct chunk {
  uint16_t changed; /* one bit per page */
  unsigned char bytes[CHUNK_SIZE];
};

_Static_assert(CHUNK_PAGES <= 16, "one bit per page in `changed`");

struct file {
  sqlite3_file base;
  struct vfs_pages *pages;
};

static uint32_t page_count(const struct vfs_pages *pages) {
  return (uint32_t)((pages->size + VFS_PAGE_SIZE - 1) / VFS_PAGE_SIZE);
}

static bool reserve_chunks(struct vfs_pages *pages, size_t count) {
  struct memory *memory = pages->vfs.memory;
  if (count > pages->chunk_capacity) {
    size_t capacity = pages->chunk_capacity == 0 ? 16 : pages->chunk_capacity * 2;
    if (capacity < count)
      capacity = count;
    struct chunk **chunks =
        memory_reallocate(memory, pages->chunks, capacity * sizeof *chunks);
    if (chunks == NULL)
      return false;
    pages->chunks = chunks;
    pages->chunk_capacity = capacity;
  }
  while (pages->chunk_count < count) {
    struct chunk *chunk = memory_allocate_zeroed(memory, sizeof *chunk);
    if (chunk == NULL)
      return false;
    pages->chunks[pages->chunk_count++] = chunk;
  }
  return true;
}

/* Copies into the file, which is large enough. */
static void copy_in(struct vfs_pages *pages, int64_t offset, const unsigned char *data,
                    size_t size) {
  while (size > 0) {
    struct chunk *chunk = pages->chunks[offset / CHUNK_SIZE];
    size_t within = (size_t)(offset % CHUNK_SIZE);
    size_t piece = CHUNK_SIZE - within < size ? CHUNK_SIZE - within : size;
    memcpy(chunk->bytes + within, data, piece);
    offset += (int64_t)piece;
    data += piece;
    size -= piece;
  }
}

static int write_bytes(struct vfs_pages *pages, int64_t offset, const void *data,
                       size_t size) {
  if (offset < 0 || offset > FILE_SIZE_MAX ||
      (uint64_t)size > (uint64_t)(FILE_SIZE_MAX - offset))
    return SQLITE_FULL;
  int64_t end = offset + (int64_t)size;
  if (!reserve_chunks(pages, (size_t)((end + CHUNK_SIZE - 1) / CHUNK_SIZE)))
    return SQLITE_IOERR_NOMEM;
  copy_in(pages, offset, data, size);
  if (end > pages->size)
    pages->size = end;
  return SQLITE_OK;
}

/* Marks the pages from byte `offset` up to byte `end` as changed. */
static void mark_changed(struct vfs_pages *pages, int64_t offset, int64_t end) {
  for (int64_t page = offset / VFS_PAGE_SIZE; page * VFS_PAGE_SIZE < end; page++)
    pages->chunks[page / CHUNK_PAGES]->changed |= (uint16_t)(1u << page % CHUNK_PAGES);
}

/* --- the file as SQLite sees it --- */

static int file_close(sqlite3_file *file) {
  (void)file;
  return SQLITE_OK;
}

/* A result that SQLite takes for a failure of the one call, and makes nothing else of. */
enum { NOT_THERE = SQLITE_NOLFS };

static int miss(struct vfs_pages *pages, int64_t offset) {
  if (pages->missed < 0)
    pages->missed = offset;
  return NOT_THERE;
}

/* While pages are missing nothing is written. */
static int refuse_write(struct vfs_pages *pages) {
  size_t first = 0;
  while (pages->chunks[first] != NULL)
    first++;
  return miss(pages, (int64_t)first * CHUNK_SIZE);
}

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset) {
  struct vfs_pages *pages = ((struct file *)file)->pages;
  unsigned char *to = data;
  int64_t there = pages->size > offset ? pages->size - offset : 0;
  size_t left = there < size ? (size_t)there : (size_t)size;
  size_t missing = (size_t)size - left;
  while (left > 0) {
    const struct chunk *chunk = pages->chunks[offset / CHUNK_SIZE];
    if (chunk == NULL)
      return miss(pages, offset);
    size_t within = (size_t)(offset % CHUNK_SIZE);
    size_t piece = CHUNK_SIZE - within < left ? CHUNK_SIZE - within : left;
    memcpy(to, chunk->bytes + within, piece);
    to += piece;
    offset += (sqlite3_int64)piece;
    left -= piece;
  }
  memset(to, 0, missing);
  return missing == 0 ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *data, int size,
                      sqlite3_int64 offset) {
  struct vfs_pages *pages = ((struct file *)file)->pages;
  int64_t size_before = pages->size;
  if (pages->missing > 0)
    return refuse_write(pages);
  if (pages->vfs.encryption.on && offset == 0 && size >= DATABASE_HEADER &&
      !encryption_has_room(data))
    return SQLITE_IOERR_WRITE;
  int result = write_bytes(pages, offset, data, (size_t)size);
  /* A write beyond the end makes zeros of what lies between. */
  if (result == SQLITE_OK)
    mark_changed(pages, offset < size_before ? offset : size_before, offset + size);
  return result;
}

/* Chunks that are no longer needed are freed; the rest of the last one becomes zero and unchanged again. SQLite shortens
 * the file only as the last step of a commit, so nothing freed here can be wanted back. */
static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
  struct vfs_pages *pages = ((struct file *)file)->pages;
  if (size >= pages->size)
    return SQLITE_OK;
  if (pages->missing > 0)
    return refuse_write(pages);
  size_t keep = (size_t)((size + CHUNK_SIZE - 1) / CHUNK_SIZE);
  while (pages->chunk_count > keep)
    memory_release(pages->vfs.memory, pages->chunks[--pages->chunk_count]);
  size_t within = (size_t)(size % CHUNK_SIZE);
  if (within != 0) {
    struct chunk *last = pages->chunks[keep - 1];
    memset(last->bytes + within, 0, CHUNK_SIZE - within);
    size_t used = (within + VFS_PAGE_SIZE - 1) / VFS_PAGE_SIZE;
    last->changed &= (uint16_t)((1u << used) - 1);
  }
  pages->size = size;
  return SQLITE_OK;
}

static int file_sync(sqlite3_file *file, int flags) {
  (void)file;
  (void)flags;
  return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
  *size = ((struct file *)file)->pages->size;
  return SQLITE_OK;
}

static int file_characteristics(sqlite3_file *file) {
  (void)file;
  return SQLITE_IOCAP_ATOMIC | SQLITE_IOCAP_SAFE_APPEND | SQLITE_IOCAP_SEQUENTIAL |
         SQLITE_IOCAP_POWERSAFE_OVERWRITE;
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

/* There is the database and no other file: journals and temporary files stay in SQLite's own memory. */
static int open_file(sqlite3_vfs *methods, const char *name, sqlite3_file *file,
                     int flags, int *out_flags) {
  struct file *opened = (struct file *)file;
  opened->base.pMethods = NULL;
  if (name == NULL || (flags & SQLITE_OPEN_MAIN_DB) == 0)
    return SQLITE_CANTOPEN;
  opened->base.pMethods = &file_methods;
  opened->pages = (struct vfs_pages *)methods;
  if (out_flags != NULL)
    *out_flags = flags;
  return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *methods, const char *name, int sync_directory) {
  (void)methods;
  (void)name;
  (void)sync_directory;
  return SQLITE_OK;
}

static int file_exists(sqlite3_vfs *methods, const char *name, int flags, int *result) {
  (void)methods;
  (void)name;
  (void)flags;
  *result = 0;
  return SQLITE_OK;
}

/* --- for the engine --- */

struct vfs_pages *vfs_pages_new(struct memory *memory,
                                struct vfs_environment environment,
                                const uint8_t *key) {
  struct vfs_pages *pages = memory_allocate_zeroed(memory, sizeof *pages);
  if (pages == NULL)
    return NULL;
  pages->missed = -1;
  pages->vfs.methods.szOsFile = sizeof(struct file);
  pages->vfs.methods.xOpen = open_file;
  pages->vfs.methods.xDelete = delete_file;
  pages->vfs.methods.xAccess = file_exists;
  if (vfs_register(&pages->vfs, memory, environment, key) != TIDE_OK) {
    memory_release(memory, pages);
    return NULL;
  }
  return pages;
}

void vfs_pages_free(struct vfs_pages *pages) {
  if (pages == NULL)
    return;
  vfs_unregister(&pages->vfs);
  struct memory *memory = pages->vfs.memory;
  for (size_t i = 0; i < pages->chunk_count; i++)
    memory_release(memory, pages->chunks[i]);
  memory_release(memory, pages->chunks);
  memory_release(memory, pages);
}

int vfs_pages_load(struct vfs_pages *pages, int64_t offset, const void *data,
                   size_t size) {
  if (pages->handle != NULL)
    return TIDE_ERROR_INVALID_PARAMETER;
  switch (write_bytes(pages, offset, data, size)) {
  case SQLITE_OK: break;
  case SQLITE_FULL: return TIDE_ERROR_INVALID_PARAMETER;
  default: return TIDE_ERROR_NOMEM;
  }
  pages->batch_pages = page_count(pages);
  return TIDE_OK;
}

/* Whether the host keeps pages with checksums; here they end with zeros instead. */
static bool are_checksummed(const struct vfs_pages *pages) {
  if (pages->chunk_count == 0 || pages->chunks[0] == NULL)
    return false;
  struct page_format format = page_format_read(pages->chunks[0]->bytes);
  return format.checksummed && format.size == VFS_PAGE_SIZE;
}

/* Decides by the first page, if there is one, whether the database can be opened. */
static int begin_encryption(struct vfs_pages *pages, struct error *error) {
  static const unsigned char nothing[ENCRYPTION_BEGINNING];
  struct encryption *encryption = &pages->vfs.encryption;
  int result = encryption_begin(
      encryption, pages->vfs.environment.random,
      pages->chunk_count == 0 ? nothing : pages->chunks[0]->bytes, error);
  if (result == TIDE_OK && encryption->on && encryption->page_size != VFS_PAGE_SIZE)
    result = error_set(error, TIDE_ERROR_NOT_SUPPORTED,
                       "an encrypted database whose pages have %u bytes cannot be kept "
                       "here",
                       (unsigned)encryption->page_size);
  return result;
}

/* Verifies a page that was loaded, and makes of it what SQLite reads. */
static bool open_page(const struct vfs_pages *pages, uint32_t page, bool checksummed) {
  unsigned char *bytes = pages->chunks[page / CHUNK_PAGES]->bytes +
                         (size_t)(page % CHUNK_PAGES) * VFS_PAGE_SIZE;
  if (pages->vfs.encryption.on)
    return encryption_open_page(&pages->vfs.encryption, (uint64_t)page + 1, bytes);
  if (!checksummed)
    return page != 0 || !checksum_disowned(bytes, VFS_PAGE_SIZE);
  return checksum_verify(bytes, VFS_PAGE_SIZE);
}

/* What was loaded, from page `first` up to page `end`, is what was kept. */
static int open_pages(struct vfs_pages *pages, uint32_t first, uint32_t end,
                      struct error *error) {
  bool checksummed = are_checksummed(pages);
  for (uint32_t page = first; page < end; page++) {
    if (pages->chunks[page / CHUNK_PAGES] != NULL &&
        !open_page(pages, page, checksummed))
      return error_set(error, TIDE_ERROR_CORRUPT, "page %u of the database is damaged",
                       page + 1);
  }
  return TIDE_OK;
}

int vfs_pages_expect(struct vfs_pages *pages, int64_t size) {
  if (pages->handle != NULL || pages->size > 0 || size <= 0 || size > FILE_SIZE_MAX)
    return TIDE_ERROR_INVALID_PARAMETER;
  size_t count = (size_t)((size + CHUNK_SIZE - 1) / CHUNK_SIZE);
  pages->chunks =
      memory_allocate_zeroed(pages->vfs.memory, count * sizeof *pages->chunks);
  if (pages->chunks == NULL)
    return TIDE_ERROR_NOMEM;
  pages->chunk_count = pages->chunk_capacity = pages->missing = count;
  pages->in_pieces = true;
  pages->size = size;
  pages->batch_pages = page_count(pages);
  return TIDE_OK;
}

/* One chunk, or what the file has of it. */
static int receive_chunk(struct vfs_pages *pages, size_t index, const void *data,
                         size_t size, struct error *error) {
  if (pages->chunks[index] != NULL)
    return TIDE_OK;
  struct chunk *chunk = memory_allocate_zeroed(pages->vfs.memory, sizeof *chunk);
  if (chunk == NULL)
    return error_set(error, TIDE_ERROR_NOMEM, "out of memory");
  memcpy(chunk->bytes, data, size);
  pages->chunks[index] = chunk;
  pages->missing--;
  uint32_t first = (uint32_t)index * CHUNK_PAGES, end = first + CHUNK_PAGES;
  int result = index == 0 ? begin_encryption(pages, error) : TIDE_OK;
  if (result != TIDE_OK)
    return result;
  return open_pages(pages, first, end < page_count(pages) ? end : page_count(pages),
                    error);
}

int vfs_pages_receive(struct vfs_pages *pages, int64_t offset, const void *data,
                      size_t size, struct error *error) {
  if (offset < 0 || offset % CHUNK_SIZE != 0 || offset > pages->size ||
      size > (uint64_t)(pages->size - offset) ||
      (size % CHUNK_SIZE != 0 && offset + (int64_t)size != pages->size))
    return error_set(error, TIDE_ERROR_INVALID_PARAMETER,
                     "pages are not given in whole pieces of %d bytes",
                     (int)CHUNK_SIZE);
  const unsigned char *from = data;
  int rc = TIDE_OK;
  for (size_t at = 0; rc == TIDE_OK && at < size; at += CHUNK_SIZE) {
    size_t piece = size - at < CHUNK_SIZE ? size - at : CHUNK_SIZE;
    rc = receive_chunk(pages, (size_t)(offset / CHUNK_SIZE) + at / CHUNK_SIZE,
                       from + at, piece, error);
  }
  return rc;
}

bool vfs_pages_has(const struct vfs_pages *pages, int64_t offset) {
  return offset < 0 || offset >= pages->size ||
         pages->chunks[offset / CHUNK_SIZE] != NULL;
}

bool vfs_pages_complete(const struct vfs_pages *pages) {
  return pages->missing == 0;
}

int64_t vfs_pages_take_missed(struct vfs_pages *pages) {
  int64_t missed = pages->missed;
  pages->missed = -1;
  return missed;
}

/* A file that had a write-ahead log is marked so. Here the pages are all there is, and SQLite would look for the log. */
static void unmark_log(struct vfs_pages *pages) {
  enum { VERSIONS_AT = 18, LOGGED = 2, ALONE = 1 };
  if (pages->chunk_count == 0 || pages->chunks[0] == NULL)
    return;
  unsigned char *header = pages->chunks[0]->bytes;
  if (header[VERSIONS_AT] == LOGGED)
    header[VERSIONS_AT] = header[VERSIONS_AT + 1] = ALONE;
}

int vfs_pages_open(struct vfs_pages *pages, bool kept, sqlite3 **handle,
                   struct error *error) {
  /* Nobody else has the file open, and nothing is durable before the host has it: no locks, no syncs. */
  static const char pragmas[] = "PRAGMA locking_mode=EXCLUSIVE;"
                                "PRAGMA journal_mode=MEMORY;"
                                "PRAGMA synchronous=OFF;"
                                "PRAGMA cache_size=-16384";
  int result = TIDE_OK;
  *handle = NULL;
  /* opening takes away what protects them: once only */
  if (kept && !pages->in_pieces) {
    result = begin_encryption(pages, error);
    if (result == TIDE_OK)
      result = open_pages(pages, 0, page_count(pages), error);
  }
  if (result == TIDE_OK)
    unmark_log(pages);
  if (result == TIDE_OK)
    result = vfs_open_database(
        &pages->vfs, kept ? PATH : ":memory:", kept ? pragmas : "", handle, error);
  pages->handle = *handle;
  return result;
}

bool vfs_pages_changed(const struct vfs_pages *pages) {
  if (page_count(pages) != pages->batch_pages)
    return true;
  for (size_t i = 0; i < pages->chunk_count; i++) {
    if (pages->chunks[i] != NULL && pages->chunks[i]->changed != 0)
      return true;
  }
  return false;
}

/* Appends a page as it is to be kept. */
static void append_page(struct vfs_pages *pages, uint32_t page, bool checksummed,
                        struct buffer *data) {
  buffer_append(data,
                pages->chunks[page / CHUNK_PAGES]->bytes +
                    (size_t)(page % CHUNK_PAGES) * VFS_PAGE_SIZE,
                VFS_PAGE_SIZE);
  if (data->failed)
    return;
  unsigned char *copy = (unsigned char *)data->data + data->length - VFS_PAGE_SIZE;
  if (pages->vfs.encryption.on)
    encryption_seal_page(&pages->vfs.encryption, (uint64_t)page + 1, copy);
  else if (checksummed)
    checksum_write(copy, VFS_PAGE_SIZE);
}

static void append_changes(struct vfs_pages *pages, struct buffer *data) {
  bool checksummed = are_checksummed(pages);
  for (uint32_t page = 0; page < pages->chunk_count * CHUNK_PAGES; page++) {
    if ((pages->chunks[page / CHUNK_PAGES]->changed & 1u << page % CHUNK_PAGES) == 0)
      continue;
    buffer_u32(data, page);
    buffer_u32(data, 0);
    append_page(pages, page, checksummed, data);
  }
}

int vfs_pages_take_changes(struct vfs_pages *pages, struct buffer *data,
                           uint32_t *count) {
  *count = page_count(pages);
  if (pages->missing > 0 ||
      (pages->handle != NULL &&
       sqlite3_txn_state(pages->handle, NULL) == SQLITE_TXN_WRITE))
    return TIDE_ERROR_MISUSE;
  append_changes(pages, data);
  if (data->failed)
    return TIDE_ERROR_NOMEM;
  for (size_t i = 0; i < pages->chunk_count; i++)
    pages->chunks[i]->changed = 0;
  pages->batch_pages = *count;
  return TIDE_OK;
}
