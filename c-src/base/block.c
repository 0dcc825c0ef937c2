/* Rows as they cross the border between the engine and its host, a block at a time. */
#include "base/block.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

enum { HEADER_SIZE = 16, ALIGNMENT = 8 };

#define EXACT_MAX 9007199254740992 /* 2^53: integers up to here are exact in a double */

_Static_assert(sizeof(double) == 8, "cells are eight bytes");
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "row blocks are little-endian and read in place"
#endif

static uint64_t padded(uint64_t size) {
  return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void block_writer_init(struct block_writer *writer, struct memory *memory,
                       uint32_t columns) {
  *writer = (struct block_writer){.columns = columns};
  buffer_init(&writer->values, memory);
  buffer_init(&writer->tags, memory);
  buffer_init(&writer->text, memory);
  buffer_init(&writer->blobs, memory);
}

void block_writer_deinit(struct block_writer *writer) {
  buffer_deinit(&writer->values);
  buffer_deinit(&writer->tags);
  buffer_deinit(&writer->text);
  buffer_deinit(&writer->blobs);
}

void block_writer_clear(struct block_writer *writer, uint32_t columns) {
  writer->columns = columns;
  writer->cells = 0;
  buffer_clear(&writer->values);
  buffer_clear(&writer->tags);
  buffer_clear(&writer->text);
  buffer_clear(&writer->blobs);
}

static void append_cell(struct block_writer *writer, enum block_tag tag,
                        const void *value) {
  buffer_append(&writer->values, value, 8);
  buffer_character(&writer->tags, (char)tag);
  if (writer->cells == UINT32_MAX)
    writer->values.failed = true;
  else
    writer->cells++;
}

void block_null(struct block_writer *writer) {
  append_cell(writer, BLOCK_NULL, &(uint64_t){0});
}

void block_integer(struct block_writer *writer, int64_t value) {
  if (value >= -EXACT_MAX && value <= EXACT_MAX)
    append_cell(writer, BLOCK_INTEGER, &(double){(double)value});
  else
    append_cell(writer, BLOCK_BIG_INTEGER, &value);
}

void block_real(struct block_writer *writer, double value) {
  append_cell(writer, BLOCK_REAL, &value);
}

void block_boolean(struct block_writer *writer, bool value) {
  append_cell(writer, BLOCK_BOOLEAN, &(double){value ? 1 : 0});
}

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* Text need not be well-formed (a blob cast to text): what is not is replaced, as the receiver's decoder would do, because
 * the receiver cuts the text area by the units counted here. Returns the UTF-16 units appended. */
static size_t append_text(struct buffer *out, const char *text, size_t length) {
  size_t units = 0;
  size_t valid = utf8_valid(text, length, &units);
  buffer_append(out, text, valid);
  while (valid < length) {
    text += valid;
    length -= valid;
    size_t invalid = utf8_invalid(text, length);
    buffer_append(out, replacement, sizeof replacement - 1);
    units++;
    text += invalid;
    length -= invalid;
    valid = utf8_valid(text, length, &units);
    buffer_append(out, text, valid);
  }
  return units;
}

static void append_text_cell(struct block_writer *writer, enum block_tag tag,
                             const char *text, size_t length) {
  size_t before = writer->text.length;
  size_t units = append_text(&writer->text, text, length);
  if (writer->text.length > UINT32_MAX)
    writer->text.failed = true;
  uint32_t value[2] = {(uint32_t)(writer->text.length - before), (uint32_t)units};
  append_cell(writer, tag, value);
}

void block_text(struct block_writer *writer, const char *text, size_t length) {
  append_text_cell(writer, BLOCK_TEXT, text, length);
}

void block_json(struct block_writer *writer, const char *text, size_t length) {
  append_text_cell(writer, BLOCK_JSON, text, length);
}

void block_blob(struct block_writer *writer, const void *data, size_t length) {
  buffer_append(&writer->blobs, data, length);
  if (writer->blobs.length > UINT32_MAX)
    writer->blobs.failed = true;
  uint32_t value[2] = {(uint32_t)length, 0};
  append_cell(writer, BLOCK_BLOB, value);
}

size_t block_writer_size(const struct block_writer *writer) {
  return (size_t)(HEADER_SIZE + padded(writer->values.length) +
                  padded(writer->tags.length) + padded(writer->text.length) +
                  padded(writer->blobs.length));
}

int block_finish(struct block_writer *writer, struct buffer *out) {
  if (writer->values.failed || writer->tags.failed || writer->text.failed ||
      writer->blobs.failed)
    return TIDE_ERROR_NOMEM;
  buffer_pad(out, ALIGNMENT);
  buffer_u32(out, writer->columns == 0 ? 0 : writer->cells / writer->columns);
  buffer_u32(out, writer->columns);
  buffer_u32(out, (uint32_t)writer->text.length);
  buffer_u32(out, (uint32_t)writer->blobs.length);
  const struct buffer *const parts[] = {&writer->values, &writer->tags, &writer->text,
                                        &writer->blobs};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    buffer_append(out, parts[i]->data, parts[i]->length);
    buffer_pad(out, ALIGNMENT);
  }
  return out->failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

struct header {
  uint32_t rows, columns, text, blobs;
};

/* The size a header promises; UINT64_MAX when that many cells cannot be. */
static uint64_t promised_size(const struct header *header) {
  uint64_t cells = (uint64_t)header->rows * header->columns;
  if (cells > UINT32_MAX)
    return UINT64_MAX;
  return HEADER_SIZE + cells * 8 + padded(cells) + padded(header->text) +
         padded(header->blobs);
}

size_t block_size(const void *data) {
  struct header header;
  memcpy(&header, data, HEADER_SIZE);
  uint64_t size = promised_size(&header);
  return size > SIZE_MAX ? SIZE_MAX : (size_t)size;
}

static bool is_exact_integer(double value) {
  return value >= -(double)EXACT_MAX && value <= (double)EXACT_MAX &&
         value == (double)(int64_t)value;
}

/* Checks one cell against what is left of the text and blob areas, and moves past it. */
static bool check_cell(const struct block_reader *reader, uint32_t cell,
                       const char **text, uint32_t *text_left, uint32_t *blobs_left) {
  const char *value = reader->values + (size_t)cell * 8;
  uint32_t length;
  double number;
  memcpy(&length, value, sizeof length);
  memcpy(&number, value, sizeof number);
  switch (reader->tags[cell]) {
  case BLOCK_NULL:
  case BLOCK_BIG_INTEGER:
  case BLOCK_REAL: return true;
  case BLOCK_INTEGER: return is_exact_integer(number);
  case BLOCK_BOOLEAN: return number == 0 || number == 1;
  case BLOCK_BLOB:
    if (length > *blobs_left)
      return false;
    *blobs_left -= length;
    return true;
  case BLOCK_TEXT:
  case BLOCK_JSON:
    if (length > *text_left || utf8_valid(*text, length, &(size_t){0}) != length)
      return false;
    *text += length;
    *text_left -= length;
    return true;
  default: return false;
  }
}

int block_read_init(struct block_reader *reader, const void *data, size_t size) {
  *reader = (struct block_reader){0};
  struct header header;
  if (data == NULL || size < HEADER_SIZE)
    return TIDE_ERROR_MISUSE;
  memcpy(&header, data, HEADER_SIZE);
  if (promised_size(&header) != size)
    return TIDE_ERROR_MISUSE;
  uint32_t cells = header.rows * header.columns;
  struct block_reader checked = {.rows = header.rows, .columns = header.columns};
  checked.values = (const char *)data + HEADER_SIZE;
  checked.tags = checked.values + (size_t)cells * 8;
  checked.text = checked.tags + padded(cells);
  checked.blobs = checked.text + padded(header.text);
  const char *text = checked.text;
  for (uint32_t cell = 0; cell < cells; cell++) {
    if (!check_cell(&checked, cell, &text, &header.text, &header.blobs))
      return TIDE_ERROR_MISUSE;
  }
  if (header.text != 0 || header.blobs != 0)
    return TIDE_ERROR_MISUSE;
  *reader = checked;
  return TIDE_OK;
}

bool block_next(struct block_reader *reader, struct block_cell *cell) {
  if (reader->cell == reader->rows * reader->columns)
    return false;
  const char *value = reader->values + (size_t)reader->cell * 8;
  *cell = (struct block_cell){.tag = (enum block_tag)reader->tags[reader->cell]};
  reader->cell++;
  uint32_t length;
  memcpy(&length, value, sizeof length);
  memcpy(&cell->real, value, sizeof cell->real);
  switch (cell->tag) {
  case BLOCK_NULL: cell->real = 0; break;
  case BLOCK_INTEGER:
  case BLOCK_BOOLEAN: cell->integer = (int64_t)cell->real; break;
  case BLOCK_BIG_INTEGER:
    memcpy(&cell->integer, value, sizeof cell->integer);
    cell->real = (double)cell->integer;
    break;
  case BLOCK_REAL: break;
  case BLOCK_TEXT:
  case BLOCK_JSON:
    *cell =
        (struct block_cell){.tag = cell->tag, .text = reader->text, .length = length};
    reader->text += length;
    break;
  case BLOCK_BLOB:
    *cell =
        (struct block_cell){.tag = cell->tag, .text = reader->blobs, .length = length};
    reader->blobs += length;
    break;
  }
  return true;
}
