/* The host of one engine, as js-bindings/host.js is: effects performed over a bad network and a slow storage. */
#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/block.h"
#include "base/error.h"
#include "base/json.h"
#include "world.h"

enum {
  WAKES_MAX = 100, /* at one moment */
  LINE_SIZE = 1000
};

static const int64_t TIMEOUT = 30 * SECOND;

static const char *const definitions[] = {
    "CREATE REALTIME VIEW IF NOT EXISTS items AS SELECT id, name, n FROM items "
    "WITH (replication_origin = 'postgres:sim', write_policy = 'local_first')",
    "CREATE REALTIME VIEW IF NOT EXISTS notes AS SELECT id, name, n FROM notes WHERE "
    "n < 60 WITH (replication_origin = 'postgres:sim')",
    "CREATE REALTIME VIEW IF NOT EXISTS totals AS SELECT count(*) AS c, sum(n) AS s "
    "FROM items",
    "CREATE REALTIME VIEW IF NOT EXISTS pairs AS SELECT i.id, i.name, n.n FROM items i "
    "JOIN notes n ON n.id = i.id WITH (replication_origin = 'postgres:sim')"};
enum { DEFINITIONS = sizeof definitions / sizeof *definitions };

/* One transaction of an APPLY, on its way: several follow each other. */
struct request {
  char client[CLIENT_SIZE];
  int64_t number;
  int count;
  struct write writes[WRITES_MAX];
};

static void settle(struct device *device);

bool device_is_defined(const struct device *device) {
  return device->defined == DEFINITIONS;
}

void device_init(struct device *device, struct world *world, int index, int subject) {
  memset(device, 0, sizeof *device);
  device->world = world;
  device->index = index;
  device->subject = subject;
  device->connection = 1;
  device->linked = true;
  device->wake = -1;
  device->persisting_end = &device->persisting;
  buffer_init(&device->durable, memory_default());
  buffer_init(&device->text, memory_default());
}

static struct persist *take_persist(struct device *device) {
  struct persist *first = device->persisting;
  device->persisting = first->next;
  if (device->persisting == NULL)
    device->persisting_end = &device->persisting;
  return first;
}

static void free_persist(struct persist *persist) {
  buffer_deinit(&persist->pages);
  free(persist);
}

static void stop_timer(struct device *device) {
  if (device->timer != NULL)
    world_cancel(device->world, device->timer);
  device->timer = NULL;
}

/* The process is gone, and with it all that was under way. */
static void end_life(struct device *device) {
  stop_timer(device);
  tide_finalize(device->defining);
  tide_close(device->engine);
  while (device->persisting != NULL)
    free_persist(take_persist(device));
  while (device->held_count > 0)
    happening_free(device->held[--device->held_count]);
  device->defining = NULL;
  device->engine = NULL;
  device->owed_count = 0;
  device->in_transaction = false;
  device->persist_count = device->persisted;
  device->life++;
  device->connection++;
}

void device_deinit(struct device *device) {
  end_life(device);
  buffer_deinit(&device->durable);
  buffer_deinit(&device->text);
}

int64_t device_now(const struct device *device) {
  return device->world->now + device->skew;
}

bool device_is_durable(const struct device *device) {
  return device->persisting == NULL;
}

/* --- events --- */

static bool feed(struct device *device, enum tide_event_type type, const char *json,
                 size_t json_size, const void *data, size_t data_size) {
  const tide_event event = {.type = type,
                            .now = device_now(device),
                            .json = json,
                            .json_size = json_size,
                            .data = data,
                            .data_size = data_size};
  return tide_feed(device->engine, &event) == TIDE_DONE;
}

bool device_feed(struct device *device, enum tide_event_type type, const char *json) {
  bool taken = feed(device, type, json, json != NULL ? strlen(json) : 0, NULL, 0);
  settle(device);
  return taken;
}

static int find_owed(const struct device *device, int64_t effect) {
  for (int i = 0; i < device->owed_count; i++)
    if (device->owed[i] == effect)
      return i;
  return -1;
}

static void forget_owed(struct device *device, int64_t effect) {
  int found = find_owed(device, effect);
  if (found >= 0)
    device->owed[found] = device->owed[--device->owed_count];
}

static void arrive(struct world *world, struct happening *message) {
  struct device *device = &world->devices[message->device];
  const char *json = buffer_string(&message->json);
  static const char *const names[] = {
      [TIDE_EVENT_RESPONSE] = "RESPONSE",     [TIDE_EVENT_APPLIED] = "APPLIED",
      [TIDE_EVENT_SUBSCRIBED] = "SUBSCRIBED", [TIDE_EVENT_SNAPSHOT] = "SNAPSHOT",
      [TIDE_EVENT_CHANGES] = "CHANGES",       [TIDE_EVENT_FAILED] = "FAILED"};
  const char *fields = strstr(json, "\"fields\":");
  world_say(world, "device %d < %s %.*s%s", device->index, names[message->type],
            (int)(fields != NULL ? fields - json : (long)strlen(json)), json,
            fields != NULL ? strrchr(fields, ']') + 1 : "");
  if (!feed(device, message->type, json, message->json.length, message->data.data,
            message->data.length))
    world_fail(world, "device %d does not take an event: %s", device->index,
               tide_error(device->engine));
  settle(device);
}

/* The answer to an effect: it owes none any more. */
static void answer(struct world *world, struct happening *message) {
  forget_owed(&world->devices[message->device], message->effect);
  arrive(world, message);
}

static void tell_failure(struct world *world, struct happening *message,
                         const char *failure) {
  struct device *device = &world->devices[message->device];
  if (find_owed(device, message->effect) < 0)
    return;
  message->type = TIDE_EVENT_FAILED;
  buffer_format(&message->json, "{\"id\":%lld,%s}", (long long)message->effect,
                failure);
  answer(world, message);
}

/* Something goes wrong with an effect: it is told so, unless an answer has come before. */
static void fail(struct world *world, struct happening *message) {
  tell_failure(world, message,
               "\"code\":\"08006\",\"message\":\"the connection is lost\","
               "\"transient\":true");
}

/* The way to the origin says something that is of no use: nobody knows whether it was reached. */
static void garble(struct world *world, struct happening *message) {
  tell_failure(world, message,
               "\"code\":\"08P01\",\"message\":\"that is no answer\","
               "\"transient\":false");
}

static void fail_later(struct device *device, int64_t effect, int64_t delay) {
  world_plan(device->world, delay, device->index, fail)->effect = effect;
}

/* --- what goes over the network --- */

static struct happening *
message_of(struct device *device, int64_t effect, int64_t delay,
           void (*happen)(struct world *world, struct happening *happening)) {
  struct happening *message = world_plan(device->world, delay, device->index, happen);
  message->connection = device->connection;
  message->effect = effect;
  return message;
}

/* Whether an effect can leave the device at all. */
static bool goes_out(struct device *device, int64_t effect) {
  if (device->linked && !world_fault(device->world))
    return true;
  fail_later(device, effect, device->linked ? TIMEOUT : 5);
  return false;
}

/* Columns and types of a view, or the key of its relation. */
static void describe(struct device *device, int64_t effect, const char *sql) {
  struct block_writer writer;
  bool columns = strstr(sql, "LIMIT 0") != NULL;
  struct happening *message =
      message_of(device, effect, 2 * world_latency(device->world), answer);
  message->type = TIDE_EVENT_RESPONSE;
  buffer_format(
      &message->json, "{\"id\":%lld,\"fields\":%s,\"rowCount\":%d}", (long long)effect,
      columns
          ? "[{\"name\":\"id\",\"type\":\"integer\"},{\"name\":\"name\","
            "\"type\":\"text\"},{\"name\":\"n\",\"type\":\"integer\"}]"
          : "[{\"name\":\"a\",\"type\":\"bigint\"},{\"name\":\"b\","
            "\"type\":\"text\"},{\"name\":\"g\",\"type\":\"boolean\"},{\"name\":\"s\","
            "\"type\":\"text\"},"
            "{\"name\":\"r\",\"type\":\"text\"},{\"name\":\"f\",\"type\":\"text\"}]",
      columns ? 0 : 1);
  block_writer_init(&writer, memory_default(), columns ? 3 : 6);
  if (!columns) {
    block_integer(&writer, 1);
    block_text(&writer, "id", 2);
    block_boolean(&writer, false);
    for (int i = 0; i < 3; i++)
      block_null(&writer);
  }
  block_finish(&writer, &message->data);
  block_writer_deinit(&writer);
}

static void come_to_gateway(struct world *world, struct happening *message) {
  const char *cursor = message->data.length > 0 ? buffer_string(&message->data) : NULL;
  if (find_owed(&world->devices[message->device], message->effect) >= 0)
    gateway_subscribe(world, message->device, message->effect, (int)message->number,
                      cursor);
}

static void subscribe(struct device *device, int64_t effect, const cJSON *json) {
  const char *cursor = json_string(json, "cursor");
  const char *relation = json_string(json_member(json, "relation"), "name");
  int table = relation == NULL ? PAIRS : strcmp(relation, table_names[1]) == 0;
  struct happening *message =
      message_of(device, effect, world_latency(device->world), come_to_gateway);
  snprintf(device->client, sizeof device->client, "%s", json_string(json, "client"));
  message->number = table;
  if (cursor != NULL)
    buffer_text(&message->data, cursor);
}

/* --- transactions --- */

/* What the origin said to all transactions of one APPLY, being put together. */
struct answers {
  struct buffer results;
  struct block_writer values;
  uint32_t cells;
};

static void add_row(struct answers *answers, const struct row *row) {
  gateway_write_row(&answers->values, row);
  answers->cells += 4;
}

static void add_answer(struct answers *answers, const struct answer *given) {
  static const char *const states[] = {"applied", "conflicted", "refused"};
  struct buffer *json = &answers->results;
  bool theirs = given->state == CONFLICTED && given->theirs.there;
  buffer_format(json, "%s{\"state\":\"%s\"", json->length > 0 ? "," : "",
                states[given->state]);
  if (given->state == APPLIED) {
    buffer_text(json, ",\"writes\":[");
    for (int i = 0; i < given->count; i++)
      buffer_text(json, i > 0 ? ",4" : "4");
    buffer_format(json, "],\"repeated\":%s", given->repeated ? "true" : "false");
  } else {
    buffer_format(json, ",\"index\":%d", given->index);
  }
  if (given->state == CONFLICTED)
    buffer_format(json, ",\"theirs\":%d", theirs ? 4 : 0);
  if (given->state == REFUSED)
    buffer_format(json, ",\"error\":{\"code\":\"%s\",\"message\":\"refused\"}",
                  given->code);
  buffer_character(json, '}');
  for (int i = 0; given->state == APPLIED && i < given->count; i++)
    add_row(answers, &given->rows[i]);
  if (theirs)
    add_row(answers, &given->theirs);
}

/* Applies the transactions in their order, up to the first that is not applied. */
static void apply_all(struct world *world, struct happening *message,
                      struct answers *answers) {
  const struct device *device = &world->devices[message->device];
  static struct request request;
  static struct answer given;
  given.state = APPLIED;
  for (size_t at = 0; at < message->data.length && given.state == APPLIED;
       at += sizeof request) {
    memcpy(&request, message->data.data + at, sizeof request);
    origin_apply(&world->origin, request.client, device->subject, request.number,
                 request.writes, request.count, &given);
    add_answer(answers, &given);
    world_say(world, "origin: transaction %lld of device %d %s%s%s",
              (long long)request.number, device->index,
              given.state == APPLIED      ? "applied"
              : given.state == CONFLICTED ? "conflicts"
                                          : "refused: ",
              given.state == REFUSED ? given.code : "",
              given.repeated ? ", as before" : "");
  }
}

static void send_answers(struct world *world, const struct happening *message,
                         struct answers *answers) {
  struct device *device = &world->devices[message->device];
  struct happening *back =
      message_of(device, message->effect, world_latency(world), answer);
  back->type = TIDE_EVENT_APPLIED;
  buffer_format(&back->json, "{\"id\":%lld,\"results\":[%s]}", (long long)back->effect,
                buffer_string(&answers->results));
  answers->values.columns = answers->cells; /* one row */
  block_finish(&answers->values, &back->data);
  if (world_fault(world)) /* or comes twice */
    world_plan_again(world, back->at - world->now + world_latency(world), back);
}

static void come_to_origin(struct world *world, struct happening *message) {
  struct answers answers = {.cells = 0};
  buffer_init(&answers.results, memory_default());
  block_writer_init(&answers.values, memory_default(), 0);
  apply_all(world, message, &answers);
  if (world_fault(world)) /* the answer is spoilt on its way */
    message_of(&world->devices[message->device], message->effect, world_latency(world),
               garble);
  else if (world_fault(world)) /* or lost */
    fail_later(&world->devices[message->device], message->effect, TIMEOUT);
  else
    send_answers(world, message, &answers);
  block_writer_deinit(&answers.values);
  buffer_deinit(&answers.results);
}

static bool read_cells(const cJSON *count, struct block_reader *reader,
                       struct block_cell *cells) {
  for (int i = 0; i < count->valueint; i++)
    if (i >= WRITES_MAX || !block_next(reader, &cells[i]))
      return false;
  return true;
}

/* False: the engine sends something that it does not promise to. Without writes it asks about the number. */
static bool read_writes(const cJSON *json, struct block_reader *reader,
                        struct request *request) {
  struct block_cell cells[WRITES_MAX];
  const cJSON *item;
  cJSON_ArrayForEach(item, json_member(json, "writes")) {
    struct write *write = &request->writes[request->count];
    const cJSON *count = json_member(item, "parameters");
    const cJSON *conflict = json_member(item, "conflict");
    if (request->count++ == WRITES_MAX || !read_cells(count, reader, cells) ||
        !write_parse(json_string(item, "sql"), cells, count->valueint, write))
      return false;
    count = json_member(conflict, "parameters");
    if (!read_cells(count, reader, cells) ||
        !write_parse_conflict(json_string(conflict, "sql"), cells, count->valueint,
                              write))
      return false;
  }
  return cJSON_IsArray(json_member(json, "writes"));
}

/* Appends the transactions of an APPLY to `data`; false as above. */
static bool read_transactions(const cJSON *json, const tide_effect *effect,
                              struct buffer *data) {
  static struct request request;
  struct block_reader reader;
  const cJSON *transaction;
  if (block_read_init(&reader, effect->data, effect->data_size) != TIDE_OK)
    return false;
  cJSON_ArrayForEach(transaction, json_member(json, "transactions")) {
    memset(&request, 0, sizeof request);
    snprintf(request.client, sizeof request.client, "%s", json_string(json, "client"));
    request.number = json_integer(transaction, "transaction", 0);
    if (!read_writes(transaction, &reader, &request))
      return false;
    buffer_append(data, &request, sizeof request);
  }
  return data->length > 0;
}

static void leave(struct world *world, struct happening *message) {
  struct device *device = &world->devices[message->device];
  if (!goes_out(device, message->effect))
    return;
  if (world_fault(world) && world_fault(world)) { /* somebody on the way refuses it */
    message_of(device, message->effect, world_latency(world), garble);
    return;
  }
  struct happening *sent =
      message_of(device, message->effect, world_latency(world), come_to_origin);
  buffer_append(&sent->data, message->data.data, message->data.length);
  if (world_fault(world)) /* some proxy tries again by itself */
    world_plan_again(world, sent->at - world->now, sent);
}

/* Something waits until all that was committed up to now is durable. */
static void hold(struct device *device, struct happening *message) {
  if (device->held_count == OWED_MAX) {
    world_fail(device->world, "device %d asks without end", device->index);
    happening_free(message);
    return;
  }
  message->number = device->persist_count;
  device->held[device->held_count++] = message;
}

static void release(struct device *device) {
  int kept = 0;
  for (int i = 0; i < device->held_count; i++) {
    struct happening *message = device->held[i];
    if (message->number > device->persisted)
      device->held[kept++] = message;
    else
      world_add(device->world, 0, message);
  }
  device->held_count = kept;
}

/* A number is used again when the transaction that had it is lost with its device: it must not be at the origin then. */
static void apply(struct device *device, int64_t effect, const cJSON *json,
                  const tide_effect *whole) {
  struct happening *message = happening_new(device->world, device->index, leave);
  message->effect = effect;
  if (!read_transactions(json, whole, &message->data)) {
    world_fail(device->world, "device %d sends what it does not promise: %s",
               device->index, whole->json);
    happening_free(message);
    return;
  }
  hold(device, message);
  release(device);
}

/* --- subscriptions --- */

static void acknowledge(struct world *world, struct happening *message) {
  gateway_acknowledged(world, message->device, message->effect);
}

static void leave_acknowledgement(struct world *world, struct happening *message) {
  message_of(&world->devices[message->device], message->effect, world_latency(world),
             acknowledge);
}

void device_told(struct world *world, struct happening *message) {
  struct device *device = &world->devices[message->device];
  bool last = message->number != 0;
  arrive(world, message);
  if (!last || device->engine == NULL)
    return;
  struct happening *back = happening_new(world, device->index, leave_acknowledgement);
  back->effect = message->effect;
  back->connection = device->connection;
  hold(device, back);
  release(device);
}

void device_disconnect(struct device *device) {
  struct world *world = device->world;
  world_say(world, "device %d is disconnected", device->index);
  device->linked = false;
  device->connection++;
  gateway_forget(world, device->index);
  int64_t delay = (int64_t)random_below(&world->random, (uint64_t)TIMEOUT);
  for (int i = 0; i < device->owed_count; i++)
    fail_later(device, device->owed[i], delay);
}

void device_connect(struct device *device) {
  world_say(device->world, "device %d is connected", device->index);
  device->linked = true;
}

/* --- storage --- */

static void keep_pages(struct device *device, const struct persist *persist) {
  const char *data = persist->pages.data;
  size_t page = persist->page_size;
  for (size_t at = 0; at + 8 + page <= persist->pages.length; at += 8 + page) {
    uint32_t number;
    memcpy(&number, data + at, sizeof number);
    size_t end = ((size_t)number + 1) * page;
    if (device->durable.length < end)
      buffer_repeat(&device->durable, "", 1, end - device->durable.length);
    memcpy(device->durable.data + number * page, data + at + 8, page);
  }
}

static void plan_persisted(struct device *device);

static void keep_first(struct device *device) {
  struct persist *first = take_persist(device);
  char json[64];
  keep_pages(device, first);
  device->persisted++;
  snprintf(json, sizeof json, "{\"id\":%lld}", (long long)first->effect);
  free_persist(first);
  feed(device, TIDE_EVENT_PERSISTED, json, strlen(json), NULL, 0);
  release(device);
}

static void persisted(struct world *world, struct happening *happening) {
  struct device *device = &world->devices[happening->device];
  if (device->persisting == NULL)
    return;
  keep_first(device);
  if (device->persisting != NULL)
    plan_persisted(device);
  settle(device);
}

static void plan_persisted(struct device *device) {
  struct world *world = device->world;
  world_plan(world,
             (int64_t)random_below(&world->random, world_fault(world) ? 500 : 20),
             device->index, persisted);
}

static void persist(struct device *device, int64_t effect, const cJSON *json,
                    const tide_effect *whole) {
  struct persist *persist = calloc(1, sizeof *persist);
  if (persist == NULL)
    abort();
  persist->effect = effect;
  persist->page_size = (size_t)json_integer(json, "pageSize", 0);
  buffer_init(&persist->pages, memory_default());
  buffer_append(&persist->pages, whole->data, whole->data_size);
  if (device->persisting == NULL)
    plan_persisted(device);
  *device->persisting_end = persist;
  device->persisting_end = &persist->next;
  device->persist_count++;
}

static void load(struct device *device, int64_t effect) {
  char json[64];
  snprintf(json, sizeof json, "{\"id\":%lld,\"offset\":0}", (long long)effect);
  if (device->durable.length > 0)
    feed(device, TIDE_EVENT_PAGES, json, strlen(json), device->durable.data,
         device->durable.length);
  if (!feed(device, TIDE_EVENT_LOADED, json, strlen(json), NULL, 0))
    world_fail(device->world, "device %d does not open: %s", device->index,
               tide_error(device->engine));
}

/* --- the loop --- */

static void perform(struct device *device, const tide_effect *effect) {
  cJSON *json;
  if (json_parse(memory_default(), effect->json, effect->json_size, &json) != TIDE_OK)
    abort();
  int64_t id = json_integer(json, "id", 0);
  bool answered = effect->type == TIDE_EFFECT_REQUEST ||
                  effect->type == TIDE_EFFECT_APPLY ||
                  effect->type == TIDE_EFFECT_SUBSCRIBE;
  if (answered && device->owed_count < OWED_MAX)
    device->owed[device->owed_count++] = id;
  else if (answered)
    world_fail(device->world, "device %d asks without end", device->index);
  if (answered)
    world_say(device->world, "device %d > %.*s", device->index, LINE_SIZE,
              effect->json);
  switch (effect->type) {
  case TIDE_EFFECT_LOAD: load(device, id); break;
  case TIDE_EFFECT_PERSIST: persist(device, id, json, effect); break;
  case TIDE_EFFECT_REQUEST:
    if (goes_out(device, id))
      describe(device, id, json_string(json, "sql"));
    break;
  case TIDE_EFFECT_SUBSCRIBE:
    if (goes_out(device, id))
      subscribe(device, id, json);
    break;
  case TIDE_EFFECT_APPLY: apply(device, id, json, effect); break;
  case TIDE_EFFECT_CANCEL:
    forget_owed(device, id);
    gateway_unsubscribe(device->world, device->index, id);
    break;
  case TIDE_EFFECT_SYNC:
    world_say(device->world, "device %d > %.*s", device->index, LINE_SIZE,
              effect->json);
    break;
  default: break;
  }
  json_free(json);
}

static void perform_all(struct device *device) {
  tide_effect effect;
  while (!device->world->failed && tide_next_effect(device->engine, &effect)) {
    /* performing it may call the engine, after which the effect is gone */
    struct buffer json, data;
    buffer_init(&json, memory_default());
    buffer_init(&data, memory_default());
    buffer_append(&json, effect.json, effect.json_size);
    buffer_append(&data, effect.data, effect.data_size);
    perform(device, &(tide_effect){.type = effect.type,
                                   .json = buffer_string(&json),
                                   .json_size = effect.json_size,
                                   .data = data.data,
                                   .data_size = data.length});
    buffer_deinit(&json);
    buffer_deinit(&data);
  }
}

static void note_error(struct device *device) {
  cJSON *json;
  const char *error = tide_error(device->engine);
  snprintf(device->code, sizeof device->code, "XX000");
  if (json_parse(memory_default(), error, strlen(error), &json) == TIDE_OK)
    snprintf(device->code, sizeof device->code, "%s", json_string(json, "code"));
  json_free(json);
}

/* Goes on with the definition of the views, one after the other. */
static void define(struct device *device) {
  while (device->engine != NULL && device->defined < DEFINITIONS) {
    const char *sql = definitions[device->defined];
    size_t consumed;
    if (device->defining == NULL &&
        tide_prepare(device->engine, sql, strlen(sql), &device->defining, &consumed) !=
            TIDE_DONE) {
      world_fail(device->world, "%s: %s", sql, tide_error(device->engine));
      return;
    }
    int status = tide_step(device->defining);
    perform_all(device);
    if (status == TIDE_WAIT || device->world->failed)
      return;
    if (status != TIDE_DONE) /* a view of one that is not described yet has to wait */
      world_say(device->world, "device %d cannot define %d yet: %s", device->index,
                device->defined, tide_error(device->engine));
    tide_finalize(device->defining);
    device->defining = NULL;
    if (status != TIDE_DONE)
      return;
    device->defined++;
  }
}

static void wake(struct world *world, struct happening *happening) {
  struct device *device = &world->devices[happening->device];
  device->timer = NULL;
  device->wake = -1;
  device->woken = device->woken_at == world->now ? device->woken + 1 : 0;
  device->woken_at = world->now;
  if (device->woken > WAKES_MAX)
    world_fail(world, "device %d wants to be woken again and again", device->index);
  feed(device, TIDE_EVENT_TIME, NULL, 0, NULL, 0);
  settle(device);
}

/* As a host does: by a timer of its own, which knows nothing of clocks that jump. */
static void plan_wake(struct device *device) {
  int64_t wanted = tide_next_wake(device->engine);
  if (wanted == device->wake)
    return;
  stop_timer(device);
  device->wake = wanted;
  if (wanted < 0)
    return;
  int64_t delay = wanted - device_now(device);
  device->timer = world_plan(device->world, delay > 0 ? delay : 0, device->index, wake);
}

static void settle(struct device *device) {
  if (device->engine == NULL || device->world->failed)
    return;
  perform_all(device);
  if (!device->in_transaction)
    define(device);
  plan_wake(device);
}

void device_start(struct device *device) {
  tide_config config = {
      .storage = TIDE_STORAGE_PAGES, .now = device_now(device), .auto_sync = 1};
  memcpy(config.seed, &device->world->seed, sizeof device->world->seed);
  config.seed[8] = (uint8_t)device->index;
  memcpy(config.seed + 9, &device->life, sizeof device->life);
  device->wake = -1;
  device->defined = 0;
  world_say(device->world, "device %d is switched on", device->index);
  if (tide_open(&config, &device->engine) != TIDE_DONE)
    world_fail(device->world, "device %d does not open: %s", device->index,
               tide_error(device->engine));
  settle(device);
}

void device_crash(struct device *device) {
  struct world *world = device->world;
  while (device->persisting != NULL && random_percent(&world->random, 30)) {
    struct persist *first = take_persist(device); /* just in time */
    keep_pages(device, first);
    device->persisted++;
    free_persist(first);
  }
  while (device->accepted_count > 0 &&
         device->accepted[device->accepted_count - 1].needs > device->persisted)
    device->accepted_count--;
  int count = device->accepted_count;
  device->accepted_before = count > 0 ? device->accepted[count - 1].id : 0;
  world_say(world, "device %d crashes; what it keeps is its state number %lld of %lld",
            device->index, (long long)device->persisted,
            (long long)device->persist_count);
  gateway_forget(world, device->index);
  end_life(device);
}

void device_stop(struct device *device) {
  if (device->in_transaction)
    device_run(device, "ROLLBACK");
  device->in_transaction = false;
  while (device->persisting != NULL)
    keep_first(device);
  world_say(device->world, "device %d is switched off", device->index);
  gateway_forget(device->world, device->index);
  end_life(device);
}

/* --- statements --- */

static void note_cell(struct device *device, const struct block_cell *cell,
                      size_t *offsets, int index) {
  offsets[index] = cell->tag == BLOCK_NULL ? SIZE_MAX : device->text.length;
  if (cell->tag == BLOCK_TEXT || cell->tag == BLOCK_JSON)
    buffer_append(&device->text, cell->text, cell->length);
  else if (cell->tag != BLOCK_NULL)
    buffer_format(&device->text, "%lld", (long long)cell->integer);
  buffer_append(&device->text, "", 1);
}

static int read_block(struct device *device, const void *block, size_t size,
                      size_t *offsets, int count) {
  struct block_reader reader;
  struct block_cell cell;
  if (size == 0 || block_read_init(&reader, block, size) != TIDE_OK)
    return count;
  device->column_count = (int)reader.columns;
  while (count < CELLS_MAX && block_next(&reader, &cell))
    note_cell(device, &cell, offsets, count++);
  return count;
}

static bool run(struct device *device, const char *sql) {
  size_t offsets[CELLS_MAX], consumed, size = 0;
  tide_statement *statement;
  const void *block;
  int count = 0, status;
  snprintf(device->code, sizeof device->code, "00000");
  buffer_clear(&device->text);
  device->row_count = device->column_count = 0;
  if (tide_prepare(device->engine, sql, strlen(sql), &statement, &consumed) !=
      TIDE_DONE) {
    note_error(device);
    return false;
  }
  do {
    status = tide_fetch(statement, 100, &block, &size);
    if (status == TIDE_ROW || status == TIDE_DONE)
      count = read_block(device, block, size, offsets, count);
  } while (status == TIDE_ROW);
  if (status == TIDE_WAIT)
    snprintf(device->code, sizeof device->code, "WAIT");
  else if (status != TIDE_DONE)
    note_error(device);
  tide_finalize(statement);
  for (int i = 0; i < count; i++)
    device->cells[i] = offsets[i] == SIZE_MAX ? NULL : device->text.data + offsets[i];
  device->row_count = device->column_count > 0 ? count / device->column_count : 0;
  return status == TIDE_DONE;
}

bool device_run(struct device *device, const char *format, ...) {
  struct buffer sql;
  va_list arguments;
  buffer_init(&sql, memory_default());
  va_start(arguments, format);
  buffer_format_list(&sql, format, arguments);
  va_end(arguments);
  bool done = run(device, buffer_string(&sql));
  buffer_deinit(&sql);
  char code[CODE_SIZE];
  memcpy(code, device->code, sizeof code);
  settle(device);
  memcpy(device->code, code, sizeof code);
  return done;
}

const char *device_cell(const struct device *device, int row, int column) {
  return device->cells[row * device->column_count + column];
}
