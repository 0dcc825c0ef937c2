/* Tests of base/format.c, base/buffer.c, base/arena.c, base/error.c and base/trace.c. */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/trace.h"
#include "lib/test.h"
#include "lib/transcript.h"

/* Every conversion prints what format.h says. */
static void formats(void **state) {
  (void)state;
  struct buffer out;
  buffer_init(&out, memory_default());
  buffer_format(&out, "%d %u %zu %ld %lu|", -7, 7u, (size_t)8, -9L, 10UL);
  buffer_format(&out, "%lld %llu %lld|", INT64_C(-9223372036854775807) - 1,
                UINT64_C(18446744073709551615), 0LL);
  buffer_format(&out, "%s %s %.*s %c %%|", "text", (const char *)NULL, 3, "abcdef",
                'x');
  buffer_format(&out, "%04d %02u %x %08llx|", -5, 123u, 255u, UINT64_C(0xABCD));
  buffer_format(&out, "%q %q|", "a\"b", "");
  buffer_format(&out, "%Q %Q|", "it's", (const char *)NULL);
  buffer_format(&out, "%j %j", "a\"\\\n\x01\xC3\xBC", (const char *)NULL);
  assert_string_equal(buffer_string(&out),
                      "-7 7 8 -9 10|"
                      "-9223372036854775808 18446744073709551615 0|"
                      "text (null) abc x %|"
                      "-0005 123 ff 0000abcd|"
                      "\"a\"\"b\" \"\"|"
                      "'it''s' NULL|"
                      "\"a\\\"\\\\\\u000a\\u0001\xC3\xBC\" null");
  buffer_deinit(&out);
}

/* A piece of a text ends with a whole character, whatever its length is. */
static void pieces(void **state) {
  (void)state;
  static const char *const expected[] = {
      "",          "a",         "a",         "a\xC3\xA9",
      "a\xC3\xA9", "a\xC3\xA9", "a\xC3\xA9", "a\xC3\xA9\xF0\x9F\x98\x80"};
  for (int length = 0; length < (int)COUNT(expected); length++) {
    struct buffer out;
    buffer_init(&out, memory_default());
    buffer_format(&out, "%.*s", length, "a\xC3\xA9\xF0\x9F\x98\x80z");
    assert_string_equal(buffer_string(&out), expected[length]);
    buffer_deinit(&out);
  }
}

/* Identifiers and literals come out quoted, whatever is in them. */
static void quotes(void **state) {
  (void)state;
  struct buffer out;
  buffer_init(&out, memory_default());
  buffer_identifier(&out, "\"\"x\"");
  buffer_literal(&out, "'a'\0'b", 6);
  assert_int_equal(out.length, 9 + 11);
  assert_memory_equal(out.data, "\"\"\"\"\"x\"\"\"'''a''\0''b'", out.length);
  buffer_deinit(&out);
}

/* What is repeated may end in the middle, and be longer than all that is wanted. */
static void buffer_repeats(void **state) {
  (void)state;
  struct buffer out;
  buffer_init(&out, memory_default());
  buffer_text(&out, "<");
  buffer_repeat(&out, "abc", 3, 11);
  buffer_repeat(&out, "xyz", 3, 2);
  buffer_repeat(&out, "-", 1, 0);
  buffer_text(&out, ">");
  assert_string_equal(buffer_string(&out), "<abcabcabcabxy>");
  buffer_deinit(&out);
}

/* An empty buffer is an empty text, also when it is taken. */
static void empty_buffer(void **state) {
  (void)state;
  struct buffer out;
  buffer_init(&out, memory_default());
  assert_string_equal(buffer_string(&out), "");
  char *taken = buffer_take(&out);
  assert_string_equal(taken, "");
  memory_release(memory_default(), taken);
  assert_int_equal(out.length, 0);
}

static int fill_buffer(struct memory *memory, void *context) {
  (void)context;
  struct buffer out;
  buffer_init(&out, memory);
  for (int i = 0; i < 100; i++)
    buffer_format(&out, "line %d\n", i);
  buffer_pad(&out, 64);
  buffer_repeat(&out, "ab", 2, 999);
  buffer_u32(&out, 1);
  bool failed = out.failed;
  char *text = buffer_take(&out);
  assert_int_equal(text == NULL, failed);
  memory_release(memory, text);
  buffer_deinit(&out);
  return failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

/* After one failure every append does nothing and taking gives NULL. */
static void buffer_survives_failing_allocations(void **state) {
  (void)state;
  each_failing_allocation(fill_buffer, NULL);
}

static int fill_arena(struct memory *memory, void *context) {
  (void)context;
  struct arena arena;
  arena_init(&arena, memory);
  for (int i = 1; i < 60; i++) {
    size_t size = (size_t)i * (size_t)i;
    char *zeroed = arena_alloc(&arena, size);
    assert_int_equal(zeroed == NULL, arena.failed);
    for (size_t at = 0; zeroed != NULL && at < size; at++)
      assert_int_equal(zeroed[at], 0);
    if (zeroed != NULL)
      memset(zeroed, 'x', size);
    assert_int_equal((uintptr_t)zeroed % 8, 0);
  }
  char *text = arena_format(&arena, "%s-%d", "a", 1);
  if (text != NULL)
    assert_string_equal(text, "a-1");
  bool failed = arena.failed;
  arena_deinit(&arena);
  return failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

/* What an arena gives is zeroed and aligned, and freed at once. */
static void arena_survives_failing_allocations(void **state) {
  (void)state;
  each_failing_allocation(fill_arena, NULL);
}

/* The first failure is kept, those that follow from it are not. */
static void first_error_wins(void **state) {
  (void)state;
  struct error error;
  error_clear(&error);
  error_hint(&error, "no failure, no hint");
  assert_string_equal(error.hint, "");
  assert_int_equal(error_set_at(&error, TIDE_ERROR_SYNTAX, 5, "at %q", "x"),
                   TIDE_ERROR_SYNTAX);
  assert_int_equal(error_set(&error, TIDE_ERROR_NOMEM, "later"), TIDE_ERROR_SYNTAX);
  error_hint(&error, "try %d", 2);
  assert_string_equal(error.message, "at \"x\"");
  assert_string_equal(error.sqlstate, "42601");
  assert_string_equal(error.hint, "try 2");
  assert_int_equal(error.position, 5);
}

/* A message too long ends between two characters. */
static void long_messages_end_at_a_character(void **state) {
  (void)state;
  char text[2 * ERROR_MESSAGE_MAX + 2];
  for (int i = 0; i < ERROR_MESSAGE_MAX; i++)
    memcpy(text + 2 * i, "\xC3\xBC", 2);
  text[sizeof text - 2] = '\0';
  struct error error;
  for (int offset = 0; offset < 2; offset++) {
    error_clear(&error);
    error_set(&error, TIDE_ERROR_DATA, "%s%s.", offset == 0 ? "" : "x", text);
    size_t length = strlen(error.message);
    assert_int_equal(length % 2, (size_t)offset);
    assert_true(length >= ERROR_MESSAGE_MAX - 3);
    assert_int_equal(error.message[length - 1], '\xBC');
  }
}

/* Each code has an SQLSTATE of five characters that leads back to a code with the same one. */
static void sqlstates(void **state) {
  (void)state;
  for (int code = TIDE_OK; code < TIDE_ERROR_COUNT; code++) {
    const char *sqlstate = tide_error_sqlstate(code);
    assert_int_equal(strlen(sqlstate), 5);
    if (code != TIDE_OK)
      assert_string_equal(tide_error_sqlstate(tide_error_from_sqlstate(sqlstate)),
                          sqlstate);
    assert_true(strlen(tide_error_text(code)) > 0);
  }
  assert_string_equal(tide_error_sqlstate(-1), "XX000");
  assert_string_equal(tide_error_sqlstate(TIDE_ERROR_COUNT), "XX000");
  assert_int_equal(tide_error_from_sqlstate("99999"), TIDE_ERROR_ORIGIN);
}

/* A trace line reaches whoever listens; without a listener nothing happens. */
static void traces(void **state) {
  (void)state;
  struct transcript transcript;
  transcript_init(&transcript);
  struct trace silent = {0};
  trace_line(&silent, "nobody hears %d", 1);
  trace_line(NULL, "nor this");
  trace_line(&transcript.trace, "view %s: %d row", "public.v", 1);
  assert_string_equal(buffer_string(&transcript.text), "view public.v: 1 row\n");
  transcript_deinit(&transcript);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(formats),
      cmocka_unit_test(pieces),
      cmocka_unit_test(quotes),
      cmocka_unit_test(buffer_repeats),
      cmocka_unit_test(empty_buffer),
      cmocka_unit_test(buffer_survives_failing_allocations),
      cmocka_unit_test(arena_survives_failing_allocations),
      cmocka_unit_test(first_error_wins),
      cmocka_unit_test(long_messages_end_at_a_character),
      cmocka_unit_test(sqlstates),
      cmocka_unit_test(traces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
