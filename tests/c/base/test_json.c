/* Tests of base/json.c and base/library.c. */
#include "base/json.h"
#include "base/library.h"
#include "lib/test.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

static cJSON *parse(const char *text) {
  cJSON *json;
  assert_int_equal(json_parse(memory_default(), text, strlen(text), &json), TIDE_OK);
  return json;
}

/* Members are read by their exact names and types. */
static void reads_members(void **state) {
  (void)state;
  cJSON *json = parse(" {\"a\": \"x\", \"A\": 1, \"b\": true, \"n\": null, \"f\": 1.5,"
                      " \"big\": 9007199254740992, \"bigger\": 1e300} ");
  assert_string_equal(json_string(json, "a"), "x");
  assert_null(json_string(json, "A"));
  assert_null(json_string(json, "missing"));
  assert_int_equal(json_integer(json, "A", 7), 1);
  assert_int_equal(json_integer(json, "a", 7), 7);
  assert_int_equal(json_integer(json, "f", 7), 7);
  assert_int_equal(json_integer(json, "bigger", 7), 7);
  assert_true(json_integer(json, "big", 7) == INT64_C(9007199254740992));
  assert_true(json_boolean(json, "b", false));
  assert_true(json_boolean(json, "n", true));
  assert_null(json_member(NULL, "a"));
  json_free(json);
}

/* Anything but exactly one JSON text in UTF-8 is refused. */
static void refuses_malformed(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",    "{",   "{}x",       "{} {}",  "{\"a\":}",  "[1,]", "\"\xFF\"",
      "nul", "'a'", "\"\\u00\"", "\"open", "{\"a\" 1}", "\xC3"};
  for (size_t i = 0; i < COUNT(texts); i++) {
    cJSON *json;
    assert_int_equal(json_parse(memory_default(), texts[i], strlen(texts[i]), &json),
                     TIDE_ERROR_INVALID_TEXT);
    assert_null(json);
  }
}

/* Nesting deep enough to exhaust the stack is refused. */
static void refuses_deep_nesting(void **state) {
  (void)state;
  enum { DEPTH = 100000 };
  char *text = malloc(DEPTH);
  memset(text, '[', DEPTH);
  cJSON *json;
  assert_int_equal(json_parse(memory_default(), text, DEPTH, &json),
                   TIDE_ERROR_INVALID_TEXT);
  free(text);
}

/* Text that needs escapes comes back as it was. */
static void quotes_and_reads_back(void **state) {
  (void)state;
  char every[127];
  for (int i = 0; i < 126; i++)
    every[i] = (char)(i + 1);
  every[126] = '\0';
  struct buffer out;
  buffer_init(&out, memory_default());
  json_quote(&out, every, strlen(every));
  cJSON *json = parse(buffer_string(&out));
  assert_string_equal(cJSON_GetStringValue(json), every);
  json_free(json);
  buffer_clear(&out);
  buffer_format(&out, "%j", every);
  json = parse(buffer_string(&out));
  assert_string_equal(cJSON_GetStringValue(json), every);
  buffer_clear(&out);
  assert_int_equal(json_print(json, &out), TIDE_OK);
  json_free(json);
  buffer_deinit(&out);
}

static void prints_as(const char *text, const char *printed) {
  cJSON *json = parse(text);
  struct buffer out;
  buffer_init(&out, memory_default());
  assert_int_equal(json_print(json, &out), TIDE_OK);
  assert_string_equal(buffer_string(&out), printed);
  buffer_deinit(&out);
  json_free(json);
}

/* What is printed says the same, numbers with as few digits as it takes. */
static void prints_what_was_read(void **state) {
  (void)state;
  prints_as("{ \"a\": [ ], \"b\": { }, \"\\n\": [ true, false, null ] }",
            "{\"a\":[],\"b\":{},\"\\u000a\":[true,false,null]}");
  prints_as("[0, -0, 7, -12345678901, 9007199254740992]",
            "[0,0,7,-12345678901,9007199254740992]");
  prints_as("[0.1, -2.5, 1e-7, 123456.789]", "[0.1,-2.5,1.0e-07,123456.789]");
  prints_as("1e999", "null");
}

/* Digits enough for every number. */
static void numbers_read_back(void **state) {
  (void)state;
  uint64_t bits = 1;
  for (int i = 0; i < 200000; i++) {
    bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value))
      continue;
    cJSON number = {.type = cJSON_Number, .valuedouble = value};
    struct buffer out;
    buffer_init(&out, memory_default());
    assert_int_equal(json_print(&number, &out), TIDE_OK);
    assert_true(strtod(buffer_string(&out), NULL) == value);
    buffer_deinit(&out);
  }
}

static int parse_and_print(struct memory *memory, void *context) {
  static const char text[] = "{\"name\":\"a longer text than any small buffer\","
                             "\"list\":[1,2,{\"x\":null}]}";
  (void)context;
  cJSON *json;
  int result = json_parse(memory, text, sizeof text - 1, &json);
  if (result != TIDE_OK)
    return result;
  struct buffer out;
  buffer_init(&out, memory);
  result = json_print(json, &out);
  if (result == TIDE_OK)
    assert_string_equal(buffer_string(&out), text);
  json_free(json);
  buffer_deinit(&out);
  return result;
}

/* Out of memory is told apart from malformed. */
static void survives_failing_allocations(void **state) {
  (void)state;
  each_failing_allocation(parse_and_print, NULL);
}

/* What SQLite allocated in one engine's call goes back to that engine, whoever is called meanwhile. */
static int allocate_in_turns(struct memory *memory, void *context) {
  (void)context;
  void *ours = sqlite3_malloc(100);
  library_use(NULL);
  void *other = sqlite3_malloc(100);
  void *grown = sqlite3_realloc(ours, 1000);
  int result = ours == NULL || grown == NULL ? TIDE_ERROR_NOMEM : TIDE_OK;
  if (grown != NULL)
    assert_true(sqlite3_msize(grown) >= 1000);
  /* What could not grow is still there. When there was nothing to grow, the other engine gave it. */
  sqlite3_free(grown == NULL ? ours : grown);
  library_use(memory);
  sqlite3_free(other);
  return result;
}

static void memory_goes_back_where_it_came_from(void **state) {
  (void)state;
  each_failing_allocation(allocate_in_turns, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_members),
      cmocka_unit_test(refuses_malformed),
      cmocka_unit_test(refuses_deep_nesting),
      cmocka_unit_test(quotes_and_reads_back),
      cmocka_unit_test(prints_what_was_read),
      cmocka_unit_test(numbers_read_back),
      cmocka_unit_test(survives_failing_allocations),
      cmocka_unit_test(memory_goes_back_where_it_came_from),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
