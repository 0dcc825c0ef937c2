/* The files of an encrypted database, read and written as if they were not. */
#include "vfs/encrypted_file.h"

#include <string.h>

enum { DATABASE_HEADER = 100, LOG_HEADER = 32, FRAME_HEADER = 24, NONE = -1 };

void encrypted_file_init(struct encrypted_file *file, struct encryption *encryption,
                         struct host_file *host_file) {
  *file = (struct encrypted_file){
      .encryption = encryption, .file = host_file, .number = NONE, .header_of = NONE};
}

static void release(struct encrypted_file *file, unsigned char **bytes, size_t *size) {
  if (*bytes != NULL)
    cipher_wipe(*bytes, *size);
  memory_release(file->file->memory, *bytes);
  *bytes = NULL;
  *size = 0;
}

void encrypted_file_deinit(struct encrypted_file *file) {
  release(file, &file->room, &file->room_size);
  release(file, &file->frame, &file->frame_room);
}

static bool reserve(struct encrypted_file *file, unsigned char **bytes, size_t *has,
                    size_t size) {
  if (*has >= size)
    return true;
  release(file, bytes, has);
  *bytes = memory_allocate(file->file->memory, size);
  *has = *bytes == NULL ? 0 : size;
  return *bytes != NULL;
}

static bool is_zero(const unsigned char *bytes, size_t size) {
  unsigned char any = 0;
  for (size_t i = 0; i < size; i++)
    any |= bytes[i];
  return any == 0;
}

/* --- the database --- */

/* Reads a page and opens it. Beyond the end of the file all pages are zeros. */
static int read_page(struct encrypted_file *file, uint64_t number,
                     unsigned char *page) {
  const struct encryption *encryption = file->encryption;
  size_t size = encryption->page_size;
  int result =
      host_file_read(file->file, page, size, (int64_t)(number - 1) * (int64_t)size);
  if (result == SQLITE_IOERR_SHORT_READ && is_zero(page, size))
    return result;
  if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ)
    return result;
  return encryption_open_page(encryption, number, page) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

/* A part of a page. The header is given also if the page is damaged, so that the log can be found that has it whole. */
static int read_part(struct encrypted_file *file, void *data, size_t size,
                     int64_t offset) {
  size_t page_size = file->encryption->page_size;
  size_t within = (size_t)(offset % (int64_t)page_size);
  if (within + size > page_size)
    return SQLITE_IOERR_READ;
  if (!reserve(file, &file->room, &file->room_size, page_size))
    return SQLITE_IOERR_NOMEM;
  int result = read_page(file, (uint64_t)(offset / (int64_t)page_size) + 1, file->room);
  if (result == SQLITE_IOERR_DATA && offset + (int64_t)size <= DATABASE_HEADER) {
    encryption_plain_header(file->encryption, file->room);
    result = SQLITE_OK;
  }
  if (result == SQLITE_OK || result == SQLITE_IOERR_SHORT_READ)
    memcpy(data, file->room + within, size);
  return result;
}

int encrypted_database_read(struct encrypted_file *file, void *data, size_t size,
                            int64_t offset) {
  size_t page_size = file->encryption->page_size;
  if (size == page_size && offset % (int64_t)page_size == 0)
    return read_page(file, (uint64_t)(offset / (int64_t)page_size) + 1, data);
  return read_part(file, data, size, offset);
}

int encrypted_database_write(struct encrypted_file *file, const void *data, size_t size,
                             int64_t offset) {
  size_t page_size = file->encryption->page_size;
  if (size != page_size || offset % (int64_t)page_size != 0 ||
      (offset == 0 && !encryption_has_room(data)))
    return SQLITE_IOERR_WRITE;
  if (!reserve(file, &file->room, &file->room_size, size))
    return SQLITE_IOERR_NOMEM;
  memcpy(file->room, data, size);
  encryption_seal_page(file->encryption, (uint64_t)(offset / (int64_t)size) + 1,
                       file->room);
  return host_file_write(file->file, file->room, size, offset);
}

/* --- the log --- */

/* A range within one frame of the log. */
struct part {
  int64_t number, begins; /* of the frame, and where in the file */
  size_t within, frame_size;
};

static bool find_part(uint32_t page_size, size_t size, int64_t offset,
                      struct part *part) {
  if (page_size == 0 || offset < LOG_HEADER)
    return false;
  part->frame_size = FRAME_HEADER + (size_t)page_size;
  part->number = (offset - LOG_HEADER) / (int64_t)part->frame_size;
  part->begins = LOG_HEADER + part->number * (int64_t)part->frame_size;
  part->within = (size_t)(offset - part->begins);
  return part->within + size <= part->frame_size;
}

/* Makes that frame the one in `frame`. */
static int load_frame(struct encrypted_file *file, const struct part *part) {
  if (file->number == part->number && file->frame_room >= part->frame_size)
    return SQLITE_OK;
  file->number = NONE;
  if (!reserve(file, &file->frame, &file->frame_room, part->frame_size))
    return SQLITE_IOERR_NOMEM;
  int result = host_file_read(file->file, file->frame, part->frame_size, part->begins);
  if (result != SQLITE_OK)
    return result;
  if (!encryption_open_frame(file->encryption, (uint64_t)part->number, file->frame,
                             (uint32_t)(part->frame_size - FRAME_HEADER)))
    return SQLITE_IOERR_DATA;
  file->number = part->number;
  return SQLITE_OK;
}

int encrypted_log_read(struct encrypted_file *file, uint32_t page_size, void *data,
                       size_t size, int64_t offset) {
  struct part part;
  if (offset + (int64_t)size <= LOG_HEADER)
    return host_file_read(file->file, data, size, offset);
  if (!find_part(page_size, size, offset, &part))
    return SQLITE_IOERR_READ;
  int result = load_frame(file, &part);
  if (result == SQLITE_OK) {
    memcpy(data, file->frame + part.within, size);
    return SQLITE_OK;
  }
  memset(data, 0, size);
  return result == SQLITE_IOERR_DATA && size == part.frame_size ? SQLITE_OK : result;
}

/* Seals the frame that is in `frame`, and writes it. */
static int write_frame(struct encrypted_file *file, const struct part *part) {
  if (!reserve(file, &file->room, &file->room_size, part->frame_size))
    return SQLITE_IOERR_NOMEM;
  memcpy(file->room, file->frame, part->frame_size);
  encryption_seal_frame(file->encryption, (uint64_t)part->number, file->room,
                        (uint32_t)(part->frame_size - FRAME_HEADER));
  int result = host_file_write(file->file, file->room, part->frame_size, part->begins);
  file->number = result == SQLITE_OK ? part->number : NONE;
  return result;
}

/* The page of it comes next, unless the frame has just been read: then this replaces the header that it had. */
static int write_header(struct encrypted_file *file, const struct part *part,
                        const void *header) {
  memcpy(file->header, header, FRAME_HEADER);
  file->header_of = part->number;
  if (file->number != part->number)
    return SQLITE_OK;
  memcpy(file->frame, header, FRAME_HEADER);
  return write_frame(file, part);
}

/* The page's number is what the header begins with. */
static bool is_first_page(const unsigned char *header) {
  static const unsigned char first[4] = {0, 0, 0, 1};
  return memcmp(header, first, sizeof first) == 0;
}

static int write_page(struct encrypted_file *file, const struct part *part,
                      const void *page) {
  if (file->header_of == part->number) {
    file->number = NONE;
    if (!reserve(file, &file->frame, &file->frame_room, part->frame_size))
      return SQLITE_IOERR_NOMEM;
    memcpy(file->frame, file->header, FRAME_HEADER);
  } else {
    int result = load_frame(file, part);
    if (result != SQLITE_OK)
      return result;
  }
  file->header_of = NONE;
  if (is_first_page(file->frame) && !encryption_has_room(page)) {
    file->number = NONE;
    return SQLITE_IOERR_WRITE;
  }
  memcpy(file->frame + FRAME_HEADER, page, part->frame_size - FRAME_HEADER);
  return write_frame(file, part);
}

int encrypted_log_write(struct encrypted_file *file, uint32_t page_size,
                        const void *data, size_t size, int64_t offset) {
  struct part part;
  if (offset + (int64_t)size <= LOG_HEADER) {
    file->number = file->header_of = NONE;
    return host_file_write(file->file, data, size, offset);
  }
  if (!find_part(page_size, size, offset, &part))
    return SQLITE_IOERR_WRITE;
  if (part.within == 0 && size == FRAME_HEADER)
    return write_header(file, &part, data);
  if (part.within == FRAME_HEADER && size == page_size)
    return write_page(file, &part, data);
  return SQLITE_IOERR_WRITE;
}
