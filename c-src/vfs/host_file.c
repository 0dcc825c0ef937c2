/* One of the host's files, read and written in larger pieces than SQLite's. */
#include "vfs/host_file.h"

#include <string.h>

enum {
  FILE_FULL = -2, /* what a function of tide_files returns for a full disk */
  PIECE = 1 << 16,
  AHEAD_LEAST = 512 /* smaller reads are of headers: what follows them is not wanted */
};

int host_file_failure(int result, int otherwise) {
  return result == FILE_FULL ? SQLITE_FULL : otherwise;
}

int host_file_open(struct host_file *file, struct memory *memory,
                   const tide_files *files, const char *name, bool create) {
  *file = (struct host_file){.memory = memory, .files = files, .size = -1};
  file->handle = files->open(files->context, name, create);
  return file->handle < 0 ? host_file_failure(file->handle, SQLITE_CANTOPEN)
                          : SQLITE_OK;
}

int host_file_close(struct host_file *file) {
  int flushed = host_file_flush(file);
  int result = file->files->close(file->files->context, file->handle);
  memory_release(file->memory, file->written.bytes);
  memory_release(file->memory, file->ahead.bytes);
  file->written = file->ahead = (struct host_piece){0};
  return flushed != SQLITE_OK ? flushed : result < 0 ? SQLITE_IOERR_CLOSE : SQLITE_OK;
}

/* Makes room for a piece; false: it has to do without. */
static bool has_room(struct host_file *file, struct host_piece *piece) {
  if (piece->bytes == NULL)
    piece->bytes = memory_allocate(file->memory, PIECE);
  return piece->bytes != NULL;
}

static bool overlaps(const struct host_piece *piece, int64_t offset, size_t size) {
  return offset < piece->offset + (int64_t)piece->size &&
         piece->offset < offset + (int64_t)size;
}

/* --- reading --- */

/* Returns bytes read, or -1. */
static int read_host(const struct host_file *file, void *data, size_t size,
                     int64_t offset) {
  int count = file->files->read(file->files->context, file->handle, data,
                                (uint32_t)size, (double)offset);
  return count < 0 || (size_t)count > size ? -1 : count;
}

/* The same, asking again for what is missing: a host may give less than there is, and only nothing is the end. */
static int read_all(const struct host_file *file, void *data, size_t size,
                    int64_t offset) {
  size_t total = 0;
  while (total < size) {
    int count =
        read_host(file, (char *)data + total, size - total, offset + (int64_t)total);
    if (count < 0)
      return -1;
    if (count == 0)
      break;
    total += (size_t)count;
  }
  return (int)total;
}

/* Copies what has been read already; false: not all of that range has. */
static bool copy_ahead(const struct host_file *file, void *data, size_t size,
                       int64_t offset) {
  const struct host_piece *ahead = &file->ahead;
  if (offset < ahead->offset ||
      offset + (int64_t)size > ahead->offset + (int64_t)ahead->size)
    return false;
  memcpy(data, ahead->bytes + (offset - ahead->offset), size);
  return true;
}

/* Reads more than is asked for, when this goes on where the last read ended; but not what has been written and the host does not
 * have yet. */
static bool read_ahead(struct host_file *file, size_t size, int64_t offset) {
  struct host_piece *ahead = &file->ahead;
  if (offset != file->read_end || size < AHEAD_LEAST || size > PIECE ||
      overlaps(&file->written, offset, PIECE) || !has_room(file, ahead))
    return false;
  int count = read_host(file, ahead->bytes, PIECE, offset);
  ahead->offset = offset;
  ahead->size = count < 0 ? 0 : (size_t)count;
  return count >= 0;
}

int host_file_read(struct host_file *file, void *data, size_t size, int64_t offset) {
  if (overlaps(&file->written, offset, size)) {
    int flushed = host_file_flush(file);
    if (flushed != SQLITE_OK)
      return flushed;
  }
  bool read = copy_ahead(file, data, size, offset) ||
              (read_ahead(file, size, offset) && copy_ahead(file, data, size, offset));
  file->read_end = offset + (int64_t)size;
  if (read)
    return SQLITE_OK;
  int count = read_all(file, data, size, offset);
  if (count < 0)
    return SQLITE_IOERR_READ;
  memset((char *)data + count, 0, size - (size_t)count);
  return (size_t)count == size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

/* --- writing --- */

static int write_host(struct host_file *file, const void *data, size_t size,
                      int64_t offset) {
  int result = file->files->write(file->files->context, file->handle, data,
                                  (uint32_t)size, (double)offset);
  if (result < 0) {
    file->size = -1; /* some of it may have been written */
    return host_file_failure(result, SQLITE_IOERR_WRITE);
  }
  int64_t end = offset + (int64_t)size;
  if (file->size >= 0 && file->size < end)
    file->size = end;
  return SQLITE_OK;
}

int host_file_flush(struct host_file *file) {
  struct host_piece *written = &file->written;
  if (written->size == 0)
    return SQLITE_OK;
  int result = write_host(file, written->bytes, written->size, written->offset);
  /* What could not be written is tried again with the next call: SQLite takes it for written. */
  if (result == SQLITE_OK)
    written->size = 0;
  return result;
}

int host_file_write(struct host_file *file, const void *data, size_t size,
                    int64_t offset) {
  struct host_piece *written = &file->written;
  if (overlaps(&file->ahead, offset, size))
    file->ahead.size = 0;
  bool follows = offset == written->offset + (int64_t)written->size;
  if (written->size > 0 && (!follows || written->size + size > PIECE)) {
    int flushed = host_file_flush(file);
    if (flushed != SQLITE_OK)
      return flushed;
  }
  if (size > PIECE || !has_room(file, written))
    return write_host(file, data, size, offset);
  if (written->size == 0)
    written->offset = offset;
  memcpy(written->bytes + written->size, data, size);
  written->size += size;
  return SQLITE_OK;
}

int host_file_truncate(struct host_file *file, int64_t size) {
  int flushed = host_file_flush(file);
  if (flushed != SQLITE_OK)
    return flushed;
  file->ahead.size = 0;
  int result = file->files->truncate(file->files->context, file->handle, (double)size);
  file->size = result < 0 ? -1 : size;
  return result < 0 ? host_file_failure(result, SQLITE_IOERR_TRUNCATE) : SQLITE_OK;
}

int host_file_sync(struct host_file *file) {
  int flushed = host_file_flush(file);
  if (flushed != SQLITE_OK)
    return flushed;
  int result = file->files->sync(file->files->context, file->handle);
  return result < 0 ? host_file_failure(result, SQLITE_IOERR_FSYNC) : SQLITE_OK;
}

int host_file_size(struct host_file *file, sqlite3_int64 *size) {
  int flushed = host_file_flush(file);
  if (flushed != SQLITE_OK)
    return flushed;
  if (file->size < 0) {
    double result = file->files->size(file->files->context, file->handle);
    file->size = result < 0 ? -1 : (int64_t)result;
  }
  *size = file->size < 0 ? 0 : file->size;
  return file->size < 0 ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}
