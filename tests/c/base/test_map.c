/* Tests of base/map.c. */

#include "base/map.h"
#include "lib/test.h"

/* A key is found by its bytes, zeros and the empty key included. */
static void finds_by_bytes(void **state) {
  (void)state;
  struct map map;
  int one, two, three;
  map_init(&map, memory_default());
  assert_null(map_get(&map, "", 0));
  assert_int_equal(map_set(&map, "", 0, &one), TIDE_OK);
  assert_int_equal(map_set(&map, "a\0b", 3, &two), TIDE_OK);
  assert_int_equal(map_set(&map, "a", 1, &three), TIDE_OK);
  assert_ptr_equal(map_get(&map, "", 0), &one);
  assert_ptr_equal(map_get(&map, "a\0b", 3), &two);
  assert_ptr_equal(map_get_text(&map, "a"), &three);
  assert_null(map_get(&map, "a\0c", 3));
  assert_ptr_equal(map_remove(&map, "a", 1), &three);
  assert_null(map_get_text(&map, "a"));
  assert_null(map_remove(&map, "a", 1));
  map_deinit(&map);
}

/* Storing under a key again replaces its value and keeps its place. */
static void replaces(void **state) {
  (void)state;
  struct map map;
  int one, two;
  map_init(&map, memory_default());
  map_set_text(&map, "x", &one);
  map_set_text(&map, "y", &one);
  map_set_text(&map, "x", &two);
  assert_int_equal(map.count, 2);
  size_t position = 0;
  const struct map_entry *entry = map_next(&map, &position);
  assert_string_equal(entry->key, "x");
  assert_ptr_equal(entry->value, &two);
  map_deinit(&map);
}

enum { MANY = 20000 };

/* The entries are visited in the order of insertion, however many were removed between them. */
static void keeps_order(void **state) {
  (void)state;
  static int values[MANY];
  struct map map;
  map_init(&map, memory_default());
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(map_set(&map, &i, sizeof i, &values[i]), TIDE_OK);
    if (i % 3 != 0) {
      int before = i - 1;
      map_remove(&map, &before, sizeof before);
    }
  }
  size_t position = 0;
  const struct map_entry *entry;
  int last = -1, count = 0;
  while ((entry = map_next(&map, &position)) != NULL) {
    int index = (int)((int *)entry->value - values);
    assert_true(index > last);
    assert_ptr_equal(map_get(&map, &index, sizeof index), entry->value);
    last = index;
    count++;
  }
  assert_int_equal(count, (int)map.count);
  assert_int_equal(count, (MANY + 2) / 3);
  map_deinit(&map);
}

/* Adding and removing for ever does not let the map grow. */
static void stays_small(void **state) {
  (void)state;
  struct map map;
  int value;
  map_init(&map, memory_default());
  for (int i = 0; i < MANY; i++) {
    map_set(&map, &i, sizeof i, &value);
    assert_ptr_equal(map_remove(&map, &i, sizeof i), &value);
  }
  assert_true(map.slot_count <= 32);
  map_deinit(&map);
}

static int fill(struct memory *memory, void *context) {
  struct map map;
  map_init(&map, memory);
  int result = TIDE_OK;
  for (int i = 0; i < 40 && result == TIDE_OK; i++) {
    size_t count = map.count;
    result = map_set(&map, &i, sizeof i, context);
    assert_int_equal(map.count, result == TIDE_OK ? count + 1 : count);
  }
  map_deinit(&map);
  return result;
}

/* When memory runs out the map is unchanged. */
static void survives_failing_allocations(void **state) {
  (void)state;
  int value;
  each_failing_allocation(fill, &value);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_by_bytes),
      cmocka_unit_test(replaces),
      cmocka_unit_test(keeps_order),
      cmocka_unit_test(stays_small),
      cmocka_unit_test(survives_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
