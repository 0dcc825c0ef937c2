/* Tests of effect/event.c: what is malformed is refused before it can do anything. */
#include "effect/event.h"

#include "base/json.h"
#include "lib/test.h"

static int parse(struct event *event, int type, const char *json,
                 const struct buffer *data, struct error *error) {
  tide_event from = {.type = (enum tide_event_type)type,
                     .now = 5,
                     .json = json,
                     .json_size = json == NULL ? 0 : strlen(json)};
  if (data != NULL) {
    from.data = data->data;
    from.data_size = data->length;
  }
  error_clear(error);
  return event_init(event, memory_default(), &from, error);
}

/* A block with one row of `columns` numbers, after what `out` has already. */
static void append_block(struct buffer *out, uint32_t columns) {
  struct block_writer writer;
  block_writer_init(&writer, out->memory, columns);
  for (uint32_t i = 0; i < columns; i++)
    block_integer(&writer, i);
  assert_int_equal(block_finish(&writer, out), TIDE_OK);
  block_writer_deinit(&writer);
}

static void expect_refusal(int type, const char *json, const struct buffer *data) {
  struct event event;
  struct error error;
  if (parse(&event, type, json, data, &error) != TIDE_ERROR_INVALID_PARAMETER)
    fail_msg("accepted: type %d, %s", type, json == NULL ? "no JSON" : json);
  assert_string_equal(error.sqlstate, "22023");
  assert_true(strlen(error.message) > 0);
}

#define FIELD "{\"name\":\"a\",\"type\":\"integer\"}"

/* Every type of event is accepted as tidemark.h describes it. */
static void accepts_well_formed(void **state) {
  (void)state;
  struct buffer one, two;
  buffer_init(&one, memory_default());
  buffer_init(&two, memory_default());
  append_block(&one, 1);
  append_block(&two, 1);
  append_block(&two, 1);
  const struct {
    int type;
    const char *json;
    const struct buffer *data;
  } cases[] = {
      {TIDE_EVENT_TIME, NULL, NULL},
      {TIDE_EVENT_NETWORK, "{\"online\":false}", NULL},
      {TIDE_EVENT_PAGES, "{\"id\":1,\"offset\":0}", &one},
      {TIDE_EVENT_LOADED, "{\"id\":1}", NULL},
      {TIDE_EVENT_PERSISTED, "{\"id\":1}", NULL},
      {TIDE_EVENT_RESPONSE, "{\"id\":1,\"fields\":[" FIELD "],\"rowCount\":1}", &one},
      {TIDE_EVENT_RESPONSE, "{\"id\":1,\"fields\":[],\"rowCount\":1}", NULL},
      {TIDE_EVENT_APPLIED,
       "{\"id\":1,\"results\":[{\"state\":\"applied\",\"writes\":[0,2]}]}", NULL},
      {TIDE_EVENT_APPLIED,
       "{\"id\":1,\"results\":[{\"state\":\"conflicted\",\"theirs\":1}]}", &one},
      {TIDE_EVENT_SUBSCRIBED, "{\"id\":1}", NULL},
      {TIDE_EVENT_SNAPSHOT,
       "{\"id\":1,\"first\":true,\"last\":true,\"fields\":[" FIELD "]}", &one},
      {TIDE_EVENT_CHANGES, "{\"id\":1,\"upserts\":1,\"fields\":[" FIELD "]}", &two},
      {TIDE_EVENT_FAILED, "{\"id\":1,\"code\":\"08006\",\"message\":\"m\"}", NULL},
      {TIDE_EVENT_CONTROL, "{\"call\":\"sync\",\"id\":2,\"selector\":null}", NULL},
      {TIDE_EVENT_CONTROL,
       "{\"call\":\"request\",\"client\":\"a\",\"number\":1,\"gone\":[\"b\"]}", NULL},
      {TIDE_EVENT_CONTROL, "{\"call\":\"stop\",\"selector\":[[\"public\",\"v\"]]}",
       NULL},
      {TIDE_EVENT_CONTROL, "{\"call\":\"resolve\",\"write\":3,\"action\":\"retry\"}",
       NULL},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct event event;
    struct error error;
    if (parse(&event, cases[i].type, cases[i].json, cases[i].data, &error) != TIDE_OK)
      fail_msg("case %d: %s", (int)i, error.message);
    assert_int_equal(event.now, 5);
    event_deinit(&event);
  }
  buffer_deinit(&one);
  buffer_deinit(&two);
}

/* What lacks a member, has one of the wrong type, or data of the wrong shape, is refused with 22023. */
static void refuses_malformed(void **state) {
  (void)state;
  struct buffer one, two, junk;
  buffer_init(&one, memory_default());
  buffer_init(&two, memory_default());
  buffer_init(&junk, memory_default());
  append_block(&one, 1);
  append_block(&two, 2);
  buffer_text(&junk, "0123456789abcdef0123456789abcdef");
  expect_refusal(0, NULL, NULL);
  expect_refusal(-1, NULL, NULL);
  expect_refusal(99, NULL, NULL);
  expect_refusal(TIDE_EVENT_TIME, "[]", NULL);
  expect_refusal(TIDE_EVENT_TIME, "{", NULL);
  expect_refusal(TIDE_EVENT_NETWORK, NULL, NULL);
  expect_refusal(TIDE_EVENT_NETWORK, "{\"online\":1}", NULL);
  expect_refusal(TIDE_EVENT_PAGES, "{\"id\":1,\"offset\":-1}", &one);
  expect_refusal(TIDE_EVENT_LOADED, "{\"id\":0}", NULL);
  expect_refusal(TIDE_EVENT_LOADED, "{\"id\":\"1\"}", NULL);
  expect_refusal(TIDE_EVENT_LOADED, "{\"id\":1.5}", NULL);
  expect_refusal(TIDE_EVENT_RESPONSE, "{\"id\":1}", &one);
  expect_refusal(TIDE_EVENT_RESPONSE, "{\"id\":1,\"fields\":[" FIELD "]}", NULL);
  expect_refusal(TIDE_EVENT_RESPONSE, "{\"id\":1,\"fields\":[" FIELD "]}", &two);
  expect_refusal(TIDE_EVENT_RESPONSE, "{\"id\":1,\"fields\":[" FIELD "]}", &junk);
  expect_refusal(TIDE_EVENT_RESPONSE, "{\"id\":1,\"fields\":[{\"name\":\"a\"}]}", &one);
  expect_refusal(TIDE_EVENT_CHANGES, "{\"id\":1,\"upserts\":1,\"fields\":[" FIELD "]}",
                 &one);
  expect_refusal(TIDE_EVENT_APPLIED, "{\"id\":1,\"results\":[{\"state\":\"maybe\"}]}",
                 NULL);
  expect_refusal(TIDE_EVENT_APPLIED,
                 "{\"id\":1,\"results\":[{\"state\":\"applied\",\"writes\":[-1]}]}",
                 NULL);
  expect_refusal(TIDE_EVENT_FAILED,
                 "{\"id\":1,\"code\":\"long code\",\"message\":\"\"}", NULL);
  expect_refusal(TIDE_EVENT_FAILED, "{\"id\":1,\"code\":\"08006\"}", NULL);
  expect_refusal(TIDE_EVENT_CONTROL, "{\"call\":\"dance\"}", NULL);
  expect_refusal(TIDE_EVENT_CONTROL, "{\"call\":\"sync\"}", NULL);
  expect_refusal(TIDE_EVENT_CONTROL, "{\"call\":\"stop\",\"selector\":[[\"v\"]]}",
                 NULL);
  expect_refusal(TIDE_EVENT_CONTROL, "{\"call\":\"stop\",\"selector\":\"v\"}", NULL);
  expect_refusal(TIDE_EVENT_CONTROL,
                 "{\"call\":\"resolve\",\"write\":1,\"action\":\"set\"}", NULL);
  expect_refusal(TIDE_EVENT_CONTROL, "{\"call\":\"request\",\"number\":1}", NULL);
  expect_refusal(TIDE_EVENT_CONTROL,
                 "{\"call\":\"request\",\"client\":\"a\",\"number\":0}", NULL);
  expect_refusal(TIDE_EVENT_CONTROL,
                 "{\"call\":\"request\",\"client\":\"a\",\"number\":1,\"gone\":[1]}",
                 NULL);
  append_block(&one, 1);
  expect_refusal(TIDE_EVENT_RESPONSE, "{\"id\":1,\"fields\":[" FIELD "]}", &one);
  buffer_deinit(&one);
  buffer_deinit(&two);
  buffer_deinit(&junk);
}

/* A kept event outlives the host's memory. */
static void keeps_its_data(void **state) {
  (void)state;
  struct buffer data;
  struct event event;
  struct error error;
  struct block_reader reader;
  struct block_cell cell;
  buffer_init(&data, memory_default());
  append_block(&data, 1);
  char json[] = "{\"id\":8,\"fields\":[" FIELD "],\"note\":\"n\"}";
  assert_int_equal(parse(&event, TIDE_EVENT_RESPONSE, json, &data, &error), TIDE_OK);
  assert_int_equal(event_keep(&event), TIDE_OK);
  memset(json, 'x', sizeof json);
  buffer_deinit(&data);
  assert_int_equal(event.id, 8);
  assert_string_equal(event_string(&event, "note"), "n");
  assert_int_equal(event_block(&event, 0, &reader), TIDE_OK);
  assert_true(block_next(&reader, &cell));
  assert_int_equal(event_block(&event, 1, &reader), TIDE_ERROR_INVALID_PARAMETER);
  event_deinit(&event);
}

/* An origin's failure keeps its own SQLSTATE, also one that is none of ours, with message, hint and origin. */
static void carries_a_failure(void **state) {
  (void)state;
  struct event event;
  struct error error;
  assert_int_equal(parse(&event, TIDE_EVENT_FAILED,
                         "{\"id\":1,\"code\":\"99ABC\",\"message\":\"no 100%\","
                         "\"hint\":\"%s\"}",
                         NULL, &error),
                   TIDE_OK);
  event_failure(&event, "office", &error);
  assert_int_equal(error.code, TIDE_ERROR_ORIGIN);
  assert_string_equal(error.sqlstate, "99ABC");
  assert_string_equal(error.message, "no 100%");
  assert_string_equal(error.hint, "%s");
  assert_string_equal(error.origin, "office");
  event_deinit(&event);
}

static int parse_and_keep(struct memory *memory, void *context) {
  static const char json[] = "{\"id\":1,\"fields\":[" FIELD "]}";
  const struct buffer *data = context;
  tide_event from = {TIDE_EVENT_RESPONSE, 0,          json,
                     sizeof json - 1,     data->data, data->length};
  struct event event;
  struct error error;
  error_clear(&error);
  int result = event_init(&event, memory, &from, &error);
  if (result == TIDE_OK) {
    result = event_keep(&event);
    event_deinit(&event);
  }
  return result;
}

/* Out of memory is 53200 and leaves nothing behind. */
static void survives_failing_allocations(void **state) {
  (void)state;
  struct buffer data;
  buffer_init(&data, memory_default());
  append_block(&data, 1);
  each_failing_allocation(parse_and_keep, &data);
  buffer_deinit(&data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_well_formed),
      cmocka_unit_test(refuses_malformed),
      cmocka_unit_test(keeps_its_data),
      cmocka_unit_test(carries_a_failure),
      cmocka_unit_test(survives_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
