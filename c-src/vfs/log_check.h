/* What was written to the write-ahead log is what is read from it.
 *
 * SQLite verifies the log's checksums when it recovers, not when it reads a page from it later. So the sum of each
 * page is noted when it is written, or read by the recovery, and compared when it is read.
 */
#ifndef TIDE_VFS_LOG_CHECK_H
#define TIDE_VFS_LOG_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

struct log_check {
  uint32_t page_size; /* 0: the log's header is not known yet */
  uint64_t *sums;     /* of the page in each frame; 0: not known, or the sum is 0 */
  size_t count, capacity;
  bool commits; /* the frame whose header was written last ends a transaction */
};

void log_check_free(struct log_check *check, struct memory *memory);

/* Takes note of what is written. Returns true when that completes a transaction. When memory is short, less is checked. */
bool log_check_written(struct log_check *check, struct memory *memory,
                       const unsigned char *data, size_t size, int64_t offset);

/* Compares what has been read with what was written; what the recovery reads is noted. false: it differs. */
bool log_check_read(struct log_check *check, struct memory *memory,
                    const unsigned char *data, size_t size, int64_t offset);

#endif
