/* Tests of base/block.c and base/utf8.c. */
#include "base/block.h"
#include "base/utf8.h"
#include "lib/test.h"

static struct buffer finish(struct block_writer *writer) {
  struct buffer out;
  buffer_init(&out, memory_default());
  assert_int_equal(block_finish(writer, &out), TIDE_OK);
  assert_int_equal(out.length, block_writer_size(writer));
  assert_int_equal(out.length, block_size(out.data));
  block_writer_deinit(writer);
  return out;
}

static struct buffer example(void) {
  struct block_writer writer;
  block_writer_init(&writer, memory_default(), 9);
  block_null(&writer);
  block_integer(&writer, -5);
  block_integer(&writer, INT64_MIN);
  block_real(&writer, 0.1);
  block_boolean(&writer, true);
  block_text(&writer, "G\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80", 10);
  block_blob(&writer, "\0\1\2", 3);
  block_json(&writer, "{}", 2);
  block_text(&writer, "", 0);
  return finish(&writer);
}

/* Every kind of value comes back as it was written. */
static void round_trip(void **state) {
  (void)state;
  struct buffer block = example();
  struct block_reader reader;
  struct block_cell cell;
  assert_int_equal(block_read_init(&reader, block.data, block.length), TIDE_OK);
  assert_int_equal(reader.rows, 1);
  assert_int_equal(reader.columns, 9);
  assert_true(block_next(&reader, &cell));
  assert_int_equal(cell.tag, BLOCK_NULL);
  assert_true(block_next(&reader, &cell));
  assert_int_equal(cell.tag, BLOCK_INTEGER);
  assert_int_equal(cell.integer, -5);
  assert_true(block_next(&reader, &cell));
  assert_int_equal(cell.tag, BLOCK_BIG_INTEGER);
  assert_true(cell.integer == INT64_MIN);
  assert_true(block_next(&reader, &cell));
  assert_true(cell.real == 0.1);
  assert_true(block_next(&reader, &cell));
  assert_int_equal(cell.tag, BLOCK_BOOLEAN);
  assert_int_equal(cell.integer, 1);
  assert_true(block_next(&reader, &cell));
  assert_int_equal(cell.length, 10);
  assert_memory_equal(cell.text, "G\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80", 10);
  assert_true(block_next(&reader, &cell));
  assert_int_equal(cell.tag, BLOCK_BLOB);
  assert_memory_equal(cell.text, "\0\1\2", 3);
  assert_true(block_next(&reader, &cell));
  assert_int_equal(cell.tag, BLOCK_JSON);
  assert_true(block_next(&reader, &cell));
  assert_int_equal(cell.length, 0);
  assert_false(block_next(&reader, &cell));
  buffer_deinit(&block);
}

/* Integers are doubles up to 2^53 and eight bytes beyond. */
static void integers_at_the_border(void **state) {
  (void)state;
  static const int64_t values[] = {9007199254740992, -9007199254740992,
                                   9007199254740993, -9007199254740993, INT64_MAX};
  static const enum block_tag tags[] = {BLOCK_INTEGER, BLOCK_INTEGER, BLOCK_BIG_INTEGER,
                                        BLOCK_BIG_INTEGER, BLOCK_BIG_INTEGER};
  struct block_writer writer;
  block_writer_init(&writer, memory_default(), 1);
  for (size_t i = 0; i < COUNT(values); i++)
    block_integer(&writer, values[i]);
  struct buffer block = finish(&writer);
  struct block_reader reader;
  struct block_cell cell;
  assert_int_equal(block_read_init(&reader, block.data, block.length), TIDE_OK);
  for (size_t i = 0; i < COUNT(values); i++) {
    assert_true(block_next(&reader, &cell));
    assert_int_equal(cell.tag, tags[i]);
    assert_true(cell.integer == values[i]);
  }
  buffer_deinit(&block);
}

/* The UTF-16 length of a text is the one JavaScript will find, whatever bytes were in the text. */
static void text_is_made_well_formed(void **state) {
  (void)state;
  static const struct {
    const char *text, *expected;
    uint32_t units;
  } cases[] = {
      {"plain ascii, longer than a word", "plain ascii, longer than a word", 31},
      {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", 2},
      {"a\xFFz", "a\xEF\xBF\xBDz", 3},
      /* A cut character is one replacement, a surrogate or an overlong form one for each byte. */
      {"\xF0\x9F\x98", "\xEF\xBF\xBD", 1},
      {"\xE2\x82", "\xEF\xBF\xBD", 1},
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 3},
      {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD", 2},
      {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 4},
      {"\xEF\xBB\xBFx", "\xEF\xBB\xBFx", 2},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct block_writer writer;
    block_writer_init(&writer, memory_default(), 1);
    block_text(&writer, cases[i].text, strlen(cases[i].text));
    struct buffer block = finish(&writer);
    struct block_reader reader;
    struct block_cell cell;
    assert_int_equal(block_read_init(&reader, block.data, block.length), TIDE_OK);
    assert_true(block_next(&reader, &cell));
    assert_int_equal(cell.length, strlen(cases[i].expected));
    assert_memory_equal(cell.text, cases[i].expected, cell.length);
    uint32_t units;
    memcpy(&units, block.data + 20, sizeof units);
    assert_int_equal(units, cases[i].units);
    buffer_deinit(&block);
  }
}

/* A block without rows or columns is a block. */
static void empty_blocks(void **state) {
  (void)state;
  for (uint32_t columns = 0; columns < 3; columns++) {
    struct block_writer writer;
    block_writer_init(&writer, memory_default(), columns);
    struct buffer block = finish(&writer);
    struct block_reader reader;
    struct block_cell cell;
    assert_int_equal(block_read_init(&reader, block.data, block.length), TIDE_OK);
    assert_int_equal(reader.rows, 0);
    assert_int_equal(reader.columns, columns);
    assert_false(block_next(&reader, &cell));
    buffer_deinit(&block);
  }
}

/* Blocks that follow each other in one buffer are found by their sizes, each on a multiple of 8. */
static void blocks_follow_each_other(void **state) {
  (void)state;
  struct block_writer writer;
  struct buffer out;
  buffer_init(&out, memory_default());
  block_writer_init(&writer, memory_default(), 1);
  block_text(&writer, "odd", 3);
  assert_int_equal(block_finish(&writer, &out), TIDE_OK);
  size_t first = out.length;
  block_writer_clear(&writer, 2);
  block_boolean(&writer, false);
  block_boolean(&writer, true);
  assert_int_equal(block_finish(&writer, &out), TIDE_OK);
  block_writer_deinit(&writer);
  assert_int_equal(block_size(out.data), first);
  assert_int_equal(first % 8, 0);
  struct block_reader reader;
  assert_int_equal(block_read_init(&reader, out.data + first, out.length - first),
                   TIDE_OK);
  assert_int_equal(reader.columns, 2);
  buffer_deinit(&out);
}

/* No change of one byte makes the reader read beyond the block (the sanitizers watch), and every cell it then gives
 * lies within it. */
static void reads_no_malformed_block(void **state) {
  (void)state;
  struct buffer block = example();
  for (size_t at = 0; at < block.length; at++) {
    for (int flip = 1; flip < 256; flip <<= 1) {
      char *copy = malloc(block.length);
      memcpy(copy, block.data, block.length);
      copy[at] = (char)(copy[at] ^ flip);
      struct block_reader reader;
      struct block_cell cell;
      if (block_read_init(&reader, copy, block.length) == TIDE_OK) {
        while (block_next(&reader, &cell)) {
          if (cell.length > 0)
            assert_true(cell.text >= copy &&
                        cell.text + cell.length <= copy + block.length);
        }
      }
      free(copy);
    }
  }
  buffer_deinit(&block);
}

/* A block cut anywhere, or with a byte too many, is refused. */
static void refuses_wrong_sizes(void **state) {
  (void)state;
  struct buffer block = example();
  struct block_reader reader;
  for (size_t size = 0; size < block.length; size++)
    assert_int_equal(block_read_init(&reader, block.data, size), TIDE_ERROR_MISUSE);
  buffer_character(&block, 0);
  assert_int_equal(block_read_init(&reader, block.data, block.length),
                   TIDE_ERROR_MISUSE);
  buffer_deinit(&block);
}

/* Header numbers whose product overflows are refused, not multiplied. */
static void refuses_huge_promises(void **state) {
  (void)state;
  uint32_t header[4] = {0x80000001, 0x80000000, 0, 0};
  struct block_reader reader;
  assert_int_equal(block_read_init(&reader, header, sizeof header), TIDE_ERROR_MISUSE);
  assert_true(block_size(header) == SIZE_MAX);
}

static int write_block(struct memory *memory, void *context) {
  (void)context;
  struct block_writer writer;
  struct buffer out;
  buffer_init(&out, memory);
  block_writer_init(&writer, memory, 3);
  for (int i = 0; i < 50; i++) {
    block_integer(&writer, i);
    block_text(&writer, "some text", 9);
    block_blob(&writer, "some bytes", 10);
  }
  int result = block_finish(&writer, &out);
  if (result == TIDE_OK)
    assert_int_equal(out.length, block_writer_size(&writer));
  block_writer_deinit(&writer);
  buffer_deinit(&out);
  return result;
}

/* A block is written whole or not at all. */
static void survives_failing_allocations(void **state) {
  (void)state;
  each_failing_allocation(write_block, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(round_trip),
      cmocka_unit_test(integers_at_the_border),
      cmocka_unit_test(text_is_made_well_formed),
      cmocka_unit_test(empty_blocks),
      cmocka_unit_test(blocks_follow_each_other),
      cmocka_unit_test(reads_no_malformed_block),
      cmocka_unit_test(refuses_wrong_sizes),
      cmocka_unit_test(refuses_huge_promises),
      cmocka_unit_test(survives_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
