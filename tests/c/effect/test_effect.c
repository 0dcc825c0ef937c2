/* Tests of effect/effect.c: what is queued comes out once, in order. */
#include "effect/effect.h"

#include "lib/test.h"

static int push(struct effects *effects, struct memory *memory,
                enum tide_effect_type type, int64_t id, const char *data) {
  struct buffer json, bytes;
  buffer_init(&json, memory);
  buffer_init(&bytes, memory);
  buffer_format(&json, "{\"id\":%lld,\"x\":1}", (long long)id);
  buffer_text(&bytes, data);
  int result = effects_push(effects, type, &json, &bytes);
  assert_int_equal(json.length, 0);
  assert_int_equal(bytes.length, 0);
  buffer_deinit(&json);
  buffer_deinit(&bytes);
  return result;
}

/* Effects come out in the order in which they went in, with what they carry. */
static void first_in_first_out(void **state) {
  (void)state;
  struct effects *effects = effects_new(memory_default());
  tide_effect effect;
  assert_true(effects_empty(effects));
  assert_false(effects_take(effects, &effect));
  assert_int_equal(effects_next_id(effects), 1);
  assert_int_equal(effects_next_id(effects), 2);
  push(effects, memory_default(), TIDE_EFFECT_REQUEST, 1, "row");
  push(effects, memory_default(), TIDE_EFFECT_PERSIST, 2, "");
  assert_true(effects_take(effects, &effect));
  assert_int_equal(effect.type, TIDE_EFFECT_REQUEST);
  assert_string_equal(effect.json, "{\"id\":1,\"x\":1}");
  assert_int_equal(effect.json_size, strlen(effect.json));
  assert_memory_equal(effect.data, "row", effect.data_size);
  assert_int_equal(effect.data_size, 3);
  assert_true(effects_take(effects, &effect));
  assert_int_equal(effect.type, TIDE_EFFECT_PERSIST);
  assert_null(effect.data);
  assert_false(effects_take(effects, &effect));
  push(effects, memory_default(), TIDE_EFFECT_LOAD, 3, "");
  assert_false(effects_empty(effects));
  effects_free(effects);
}

/* An effect cancelled before the host took it is never seen; one taken before is followed by CANCEL. */
static void cancels(void **state) {
  (void)state;
  struct effects *effects = effects_new(memory_default());
  tide_effect effect;
  for (int64_t id = 1; id <= 3; id++)
    push(effects, memory_default(), TIDE_EFFECT_REQUEST, id, "x");
  assert_true(effects_take(effects, &effect));
  assert_int_equal(effects_cancel(effects, 3), TIDE_OK);
  assert_int_equal(effects_cancel(effects, 1), TIDE_OK);
  push(effects, memory_default(), TIDE_EFFECT_REQUEST, 4, "x");
  assert_true(effects_take(effects, &effect));
  assert_string_equal(effect.json, "{\"id\":2,\"x\":1}");
  assert_true(effects_take(effects, &effect));
  assert_int_equal(effect.type, TIDE_EFFECT_CANCEL);
  assert_string_equal(effect.json, "{\"id\":1}");
  assert_true(effects_take(effects, &effect));
  assert_string_equal(effect.json, "{\"id\":4,\"x\":1}");
  assert_false(effects_take(effects, &effect));
  effects_free(effects);
}

static int queue_some(struct memory *memory, void *context) {
  (void)context;
  struct effects *effects = effects_new(memory);
  if (effects == NULL)
    return TIDE_ERROR_NOMEM;
  int result = push(effects, memory, TIDE_EFFECT_REQUEST, 1, "data");
  if (result == TIDE_OK) {
    tide_effect effect;
    assert_true(effects_take(effects, &effect));
    result = effects_cancel(effects, 1);
  }
  if (result == TIDE_OK)
    result = push(effects, memory, TIDE_EFFECT_APPLY, 2, "");
  effects_free(effects);
  return result;
}

/* An effect is queued whole or not at all, and what it was to carry is freed. */
static void survives_failing_allocations(void **state) {
  (void)state;
  each_failing_allocation(queue_some, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(first_in_first_out),
      cmocka_unit_test(cancels),
      cmocka_unit_test(survives_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
