/* One of the host's files, read and written in larger pieces than SQLite's.
 *
 * A call of the host costs more than copying 64 KiB: a system call, or a message to another process in some
 * browsers. So writes that follow each other are kept until they are synchronised or flushed, and reads that
 * follow each other read ahead, and the size is asked for once: nobody else writes to the file. Nothing written is seen later than what
 * was written after it.
 */
#ifndef TIDE_VFS_HOST_FILE_H
#define TIDE_VFS_HOST_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "tidemark.h"

/* Bytes that are `size` long from `offset` of the file on. `bytes` is allocated when it is first needed. */
struct host_piece {
  unsigned char *bytes;
  int64_t offset;
  size_t size;
};

struct host_file {
  struct memory *memory;
  const tide_files *files;
  int handle;
  struct host_piece written; /* not yet given to the host */
  struct host_piece ahead;   /* read already */
  int64_t read_end;          /* where the last read ended */
  int64_t size;              /* of the file with the host; -1: not known */
};

/* All of these return a result code of SQLite. */

/* `memory` and `files` are borrowed until the file is closed. */
int host_file_open(struct host_file *file, struct memory *memory,
                   const tide_files *files, const char *name, bool create);
int host_file_close(struct host_file *file);

/* SQLITE_IOERR_SHORT_READ: the file ends before; what is missing is zero. */
int host_file_read(struct host_file *file, void *data, size_t size, int64_t offset);

/* May keep it: a failure to write it is then told by a later call. */
int host_file_write(struct host_file *file, const void *data, size_t size,
                    int64_t offset);

/* Gives the host what was kept. */
int host_file_flush(struct host_file *file);

int host_file_truncate(struct host_file *file, int64_t size);
int host_file_sync(struct host_file *file);
int host_file_size(struct host_file *file, sqlite3_int64 *size);

/* The host's failure in SQLite's terms; `otherwise` says what was tried. */
int host_file_failure(int result, int otherwise);

#endif
