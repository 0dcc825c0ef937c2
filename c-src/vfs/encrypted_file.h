/* The files of an encrypted database, read and written as if they were not.
 *
 * SQLite writes whole pages, and reads whole ones but for the header in the first. In its log it writes the two halves of a frame one
 * after the other, or changes one of them later: then both are sealed anew. It reads whole frames to recover, pages, and checksums.
 */
#ifndef TIDE_VFS_ENCRYPTED_FILE_H
#define TIDE_VFS_ENCRYPTED_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "vfs/encryption.h"
#include "vfs/host_file.h"

struct encrypted_file {
  struct encryption *encryption;
  struct host_file *file;
  unsigned char *room; /* for one unit, allocated when it is needed */
  size_t room_size;
  /* of a log */
  unsigned char
      *frame; /* the last one read or written, in plain; allocated when it is needed */
  size_t frame_room;
  int64_t number;           /* which one that is; -1: none */
  unsigned char header[24]; /* that was written last */
  int64_t header_of;        /* to that frame, whose page is to come; -1: none */
};

/* Both are borrowed. */
void encrypted_file_init(struct encrypted_file *file, struct encryption *encryption,
                         struct host_file *host_file);
void encrypted_file_deinit(struct encrypted_file *file);

/* The functions below return a result code of SQLite: SQLITE_IOERR_DATA when what was read is not what was written. */

int encrypted_database_read(struct encrypted_file *file, void *data, size_t size,
                            int64_t offset);
int encrypted_database_write(struct encrypted_file *file, const void *data, size_t size,
                             int64_t offset);

/* `page_size` is that of the log, 0 before its header is known. A whole frame that is damaged is read as zeros, which is where the recovery
 * takes the log to end. */
int encrypted_log_read(struct encrypted_file *file, uint32_t page_size, void *data,
                       size_t size, int64_t offset);
int encrypted_log_write(struct encrypted_file *file, uint32_t page_size,
                        const void *data, size_t size, int64_t offset);

#endif
