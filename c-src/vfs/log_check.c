/* What was written to the write-ahead log is what is read from it.
 *
 * The log's format: https://sqlite.org/fileformat2.html#the_write_ahead_log
 */
#include "vfs/log_check.h"

#include "vfs/checksum.h"

enum {
  HEADER = 32,
  PAGE_SIZE_AT = 8,
  FRAME_HEADER = 24,
  COMMIT_AT = 4 /* pages of the database after the commit; 0: the transaction goes on */
};

static uint32_t big_endian(const unsigned char *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
         (uint32_t)bytes[3];
}

/* The frame whose page begins at `offset`; SIZE_MAX: none does. */
static size_t frame_at(const struct log_check *check, int64_t offset) {
  int64_t first = HEADER + FRAME_HEADER, step = FRAME_HEADER + check->page_size;
  if (check->page_size == 0 || offset < first || (offset - first) % step != 0)
    return SIZE_MAX;
  return (size_t)((offset - first) / step);
}

static void read_header(struct log_check *check, const unsigned char *header) {
  uint32_t size = big_endian(header + PAGE_SIZE_AT);
  bool valid = size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
  check->page_size = valid ? size : 0;
  check->count = 0;
}

static void note(struct log_check *check, struct memory *memory, size_t frame,
                 const unsigned char *page) {
  enum { FRAMES_MAX = 1 << 24 };
  if (frame >= check->capacity && frame < FRAMES_MAX) {
    size_t capacity = frame < 256 ? 256 : frame * 2;
    uint64_t *sums =
        memory_reallocate(memory, check->sums, capacity * sizeof *check->sums);
    if (sums != NULL) {
      check->sums = sums;
      check->capacity = capacity;
    }
  }
  while (check->count <= frame && check->count < check->capacity)
    check->sums[check->count++] = 0;
  if (frame < check->count)
    check->sums[frame] = checksum_of(page, check->page_size);
}

void log_check_free(struct log_check *check, struct memory *memory) {
  memory_release(memory, check->sums);
  *check = (struct log_check){0};
}

bool log_check_written(struct log_check *check, struct memory *memory,
                       const unsigned char *data, size_t size, int64_t offset) {
  if (offset == 0 && size == HEADER) {
    read_header(check, data);
    return false;
  }
  if (size == FRAME_HEADER) {
    check->commits = big_endian(data + COMMIT_AT) != 0;
    return false;
  }
  size_t frame = frame_at(check, offset);
  if (frame == SIZE_MAX || size != check->page_size)
    return false;
  note(check, memory, frame, data);
  return check->commits;
}

bool log_check_read(struct log_check *check, struct memory *memory,
                    const unsigned char *data, size_t size, int64_t offset) {
  if (offset == 0 && size == HEADER)
    read_header(check, data);
  if (check->page_size == 0)
    return true;
  /* Whole frames are read by the recovery alone, which verifies them itself. */
  if (size == FRAME_HEADER + (size_t)check->page_size) {
    size_t frame = frame_at(check, offset + FRAME_HEADER);
    if (frame != SIZE_MAX)
      note(check, memory, frame, data + FRAME_HEADER);
    return true;
  }
  size_t frame = frame_at(check, offset);
  if (frame == SIZE_MAX || size != check->page_size || frame >= check->count)
    return true;
  return check->sums[frame] == 0 || check->sums[frame] == checksum_of(data, size);
}
