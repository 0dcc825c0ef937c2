/* What is done to the bytes of a database or its log. */
#include "damage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "session.h"
#include "vfs/checksum.h"

enum { PAGE = 4096, LOG_HEADER = 32, FRAME = 24 + PAGE };

uint64_t random_below(struct random *random, uint64_t bound) {
  return bound == 0 ? 0 : random_next(random) % bound;
}

static void tell(char *about, size_t size, const char *format, ...) {
  size_t length = strlen(about);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(about + length, size - length, format, arguments);
  va_end(arguments);
}

/* --- anywhere --- */

struct place {
  unsigned char *bytes;
  size_t at, size;
};

/* Changes a few bytes of `place`, which is not empty. */
static void change_bytes(struct random *random, const struct place *place, char *about,
                         size_t size) {
  static const unsigned char telling[] = {0, 1, 2, 5, 10, 13, 127, 128, 255};
  uint64_t count = 1 + random_below(random, random_below(random, 3) == 0 ? 8 : 2);
  for (uint64_t i = 0; i < count; i++) {
    size_t at = place->at + random_below(random, place->size);
    unsigned char before = place->bytes[at];
    if (random_below(random, 2) == 0)
      place->bytes[at] = (unsigned char)(before ^ 1u << random_below(random, 8));
    else
      place->bytes[at] = telling[random_below(random, sizeof telling)];
    tell(about, size, "byte %zu: %d for %d; ", at, place->bytes[at], before);
  }
}

static void fill(struct random *random, unsigned char *bytes, size_t size) {
  unsigned char byte = random_below(random, 2) == 0 ? 0 : 0xFF;
  for (size_t i = 0; i < size; i++)
    bytes[i] = byte;
}

/* --- the file --- */

/* One page, more often one of the first. */
static size_t some_page(struct random *random, size_t pages) {
  return random_below(random,
                      random_below(random, 3) == 0 ? 6 < pages ? 6 : pages : pages);
}

void damage_bytes(struct crash_disk *disk, struct random *random, char *about,
                  size_t size) {
  size_t length;
  unsigned char *bytes = crash_disk_content(disk, FILE_NAME, &length);
  size_t page = some_page(random, length / PAGE);
  struct place place = {bytes, page * PAGE, PAGE};
  switch (random_below(random, 8)) {
  case 0:
    fill(random, bytes + page * PAGE, PAGE);
    tell(about, size, "page %zu is %s; ", page + 1,
         bytes[page * PAGE] == 0 ? "zeros" : "filled");
    break;
  case 1: {
    size_t part = page * PAGE + random_below(random, 8) * 512;
    tell(about, size, "sector at %zu filled; ", part);
    fill(random, bytes + part, 512);
    break;
  }
  case 2:
    length = random_below(random, 3) == 0 ? page * PAGE : random_below(random, length);
    tell(about, size, "cut to %zu; ", length);
    crash_disk_resize(disk, FILE_NAME, length);
    break;
  case 3: place = (struct place){bytes, 0, 100}; /* fall through */
  default: change_bytes(random, &place, about, size);
  }
}

void damage_log(struct crash_disk *disk, struct random *random, char *about,
                size_t size) {
  size_t length;
  unsigned char *bytes = crash_disk_content(disk, LOG_NAME, &length);
  size_t frames = (length - LOG_HEADER) / FRAME;
  size_t one = LOG_HEADER + random_below(random, frames) * FRAME;
  size_t other = LOG_HEADER + random_below(random, frames) * FRAME;
  switch (random_below(random, 7)) {
  case 0:
    length = random_below(random, length);
    tell(about, size, "log cut to %zu; ", length);
    crash_disk_resize(disk, LOG_NAME, length);
    break;
  case 1:
    tell(about, size, "frame at %zu copied over %zu; ", one, other);
    memmove(bytes + other, bytes + one, FRAME);
    break;
  case 2:
    tell(about, size, "frame at %zu filled; ", one);
    fill(random, bytes + one, FRAME);
    break;
  case 3:
    change_bytes(random, &(struct place){bytes, 0, LOG_HEADER}, about, size);
    break;
  case 4: change_bytes(random, &(struct place){bytes, one, 24}, about, size); break;
  default: change_bytes(random, &(struct place){bytes, one, FRAME}, about, size);
  }
}

/* --- pages with checksums that are right --- */

void damage_seal(struct crash_disk *disk) {
  size_t length;
  unsigned char *bytes = crash_disk_content(disk, FILE_NAME, &length);
  for (size_t at = 0; at + PAGE <= length; at += PAGE)
    checksum_write(bytes + at, PAGE);
}

/* Where the header of the page's tree begins; 0 for a page that is none. */
static size_t tree_at(const unsigned char *page, size_t number) {
  size_t at = number == 0 ? 100 : 0;
  return page[at] == 2 || page[at] == 5 || page[at] == 10 || page[at] == 13 ? at + 1
                                                                            : 0;
}

/* The cells of a page in another order, or one twice: rows out of order, duplicates, indexes that do not fit. */
static bool turn_cells(struct random *random, unsigned char *page, size_t number,
                       char *about, size_t size) {
  size_t at = tree_at(page, number);
  if (at == 0)
    return false;
  at--;
  size_t cells = (size_t)page[at + 3] << 8 | page[at + 4];
  size_t first = at + (page[at] == 2 || page[at] == 5 ? 12 : 8);
  if (cells < 2 || first + 2 * cells > PAGE)
    return false;
  unsigned char *one = page + first + 2 * random_below(random, cells);
  unsigned char *other = page + first + 2 * random_below(random, cells);
  unsigned char kept[2] = {one[0], one[1]};
  bool twice = random_below(random, 2) == 0;
  memcpy(one, other, 2);
  if (!twice)
    memcpy(other, kept, 2);
  tell(about, size, "page %zu: cells %s; ", number + 1, twice ? "doubled" : "swapped");
  return true;
}

/* A few bytes at the beginning of a cell: sizes, row numbers, types of columns. */
static bool change_cell(struct random *random, unsigned char *page, size_t number,
                        char *about, size_t size) {
  size_t at = tree_at(page, number);
  if (at == 0)
    return false;
  at--;
  size_t cells = (size_t)page[at + 3] << 8 | page[at + 4];
  size_t first = at + (page[at] == 2 || page[at] == 5 ? 12 : 8);
  if (cells < 1 || first + 2 * cells > PAGE)
    return false;
  const unsigned char *pointer = page + first + 2 * random_below(random, cells);
  size_t cell = (size_t)pointer[0] << 8 | pointer[1];
  if (cell + 16 > PAGE)
    return false;
  tell(about, size, "page %zu: ", number + 1);
  change_bytes(random, &(struct place){page, cell, 16}, about, size);
  return true;
}

static void damage_page(struct random *random, unsigned char *bytes, size_t pages,
                        char *about, size_t size) {
  size_t number = some_page(random, pages);
  unsigned char *page = bytes + number * PAGE;
  uint64_t kind = random_below(random, 8);
  if (kind < 2 && turn_cells(random, page, number, about, size))
    return;
  if (kind < 5 && change_cell(random, page, number, about, size))
    return;
  if (kind == 5) {
    size_t other = some_page(random, pages);
    tell(about, size, "page %zu copied over %zu; ", other + 1, number + 1);
    memmove(page, bytes + other * PAGE, PAGE);
    return;
  }
  bool header = kind == 6;
  change_bytes(random,
               &(struct place){bytes, number * PAGE, header ? 112 : (size_t)PAGE},
               about, size);
}

void damage_pages(struct crash_disk *disk, struct random *random, char *about,
                  size_t size) {
  size_t length;
  unsigned char *bytes = crash_disk_content(disk, FILE_NAME, &length);
  for (uint64_t i = 1 + random_below(random, 3); i > 0; i--)
    damage_page(random, bytes, length / PAGE, about, size);
  damage_seal(disk);
}
