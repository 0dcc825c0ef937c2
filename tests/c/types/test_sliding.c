/* Frames that only move forward are found by numbers that RANGE compares. */
#include "types/sliding.h"

#include "base/library.h"
#include "lib/test.h"

enum { ROWS = 60 };

static uint32_t next(uint32_t *state) {
  *state = *state * 1664525 + 1013904223;
  return *state >> 16;
}

/* Frames that begin anywhere between that of the row before and the row itself, `reach` at a time. */
static void make_frames(struct sliding_row *rows, size_t count, uint32_t *state) {
  uint32_t reach = 1 + next(state) % 8;
  size_t first = 0;
  for (size_t i = 0; i < count; i++) {
    first += next(state) % reach;
    first = first > i ? i : first;
    rows[i].first = first;
  }
}

/* A row finds those of its frame and no others, whatever the frames are. */
static void test_each_row_finds_its_frame(void **state) {
  (void)state;
  struct sliding_row rows[ROWS + 1];
  uint32_t random = 1;
  for (int round = 0; round < 3000; round++) {
    size_t count = next(&random) % (ROWS + 1);
    make_frames(rows, count, &random);
    sliding_number(rows, count);
    for (size_t i = 0; i < count; i++) {
      assert_true(i == 0 || rows[i - 1].number < rows[i].number);
      for (size_t j = 0; j <= i; j++)
        assert_int_equal(rows[j].number >= rows[i].number - SLIDING_DISTANCE,
                         j >= rows[i].first);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_row_finds_its_frame)};
  library_initialize(); /* the linker wants SQLite's host with SQLite */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
