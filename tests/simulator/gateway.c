/* Snapshots and batches of changes, read from the origin in one moment each. */
#include "gateway.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/block.h"
#include "world.h"

enum { PARTS_MAX = 3 };

#define COLUMNS                                                                        \
  "{\"name\":\"id\",\"type\":\"integer\"},{\"name\":\"name\",\"type\":\"text\"},"      \
  "{\"name\":\"n\",\"type\":\"integer\"}"
static const char FIELDS[] =
    "\"fields\":[" COLUMNS ",{\"name\":\"__version\",\"type\":\"text\"}]";
static const char FIELDS_OF_PAIRS[] = "\"fields\":[" COLUMNS "]";

static struct subscription *find(struct world *world, int device, int64_t effect) {
  for (int i = 0; i < SUBSCRIPTIONS; i++) {
    struct subscription *subscription = &world->gateway.subscriptions[i];
    if (subscription->open && subscription->device == device &&
        subscription->effect == effect)
      return subscription;
  }
  return NULL;
}

static struct subscription *place(struct world *world) {
  for (int i = 0; i < SUBSCRIPTIONS; i++)
    if (!world->gateway.subscriptions[i].open)
      return &world->gateway.subscriptions[i];
  return NULL;
}

/* --- what goes to a device --- */

static void arrive(struct world *world, struct happening *happening) {
  device_told(world, happening);
}

/* An event behind everything that was sent before; `last` is acknowledged. */
static struct happening *send(struct world *world, struct subscription *to,
                              enum tide_event_type type, bool last) {
  int64_t at = world->now + world_latency(world);
  if (at <= to->arrived)
    at = to->arrived + 1;
  to->arrived = at;
  struct happening *message = world_plan(world, at - world->now, to->device, arrive);
  message->life = to->life;
  message->connection = world->devices[to->device].connection;
  message->effect = to->effect;
  message->type = type;
  message->number = last;
  return message;
}

/* Sends it again, directly behind itself: then the second one is acknowledged. */
static void perhaps_twice(struct world *world, struct happening *message) {
  if (!world_fault(world))
    return;
  int64_t last = message->number;
  message->number = 0;
  world_plan_again(world, message->at - world->now, message)->number = last;
}

void gateway_write_row(struct block_writer *writer, const struct row *row) {
  char version[NAME_SIZE];
  int length = snprintf(version, sizeof version, "%" PRId64, row->version);
  block_integer(writer, row->id);
  block_text(writer, row->name, strlen(row->name));
  if (row->n == NO_NUMBER)
    block_null(writer);
  else
    block_integer(writer, row->n);
  block_text(writer, version, (size_t)length);
}

/* `position` and what of the device's transactions is contained. */
static void position_members(struct world *world, const struct subscription *to,
                             struct buffer *json) {
  const char *client = world->devices[to->device].client;
  int64_t applied = origin_applied(&world->origin, client);
  buffer_format(json, ",\"cursor\":\"%d\"", world->origin.position);
  if (applied >= 0)
    buffer_format(json, ",\"applied\":%lld", (long long)applied);
}

/* All rows in one part, of a view without a key. */
static void snapshot_of_pairs(struct world *world, struct subscription *to) {
  struct block_writer rows;
  struct happening *message = send(world, to, TIDE_EVENT_SNAPSHOT, true);
  block_writer_init(&rows, memory_default(), 3);
  pairs_write_all(&world->origin, world->devices[to->device].subject, &to->pairs,
                  &rows);
  buffer_format(&message->json,
                "{\"id\":%lld,\"number\":%lld,\"first\":true,\"last\":true,%s",
                (long long)to->effect, (long long)++to->sent, FIELDS_OF_PAIRS);
  position_members(world, to, &message->json);
  buffer_character(&message->json, '}');
  block_finish(&rows, &message->data);
  block_writer_deinit(&rows);
  perhaps_twice(world, message);
}

static void snapshot(struct world *world, struct subscription *to) {
  const struct row *shown[KEYS];
  int count = 0, subject = world->devices[to->device].subject;
  for (int64_t id = 1; id <= KEYS; id++)
    if (row_is_in_view(&world->origin.rows[to->table][id], subject))
      shown[count++] = &world->origin.rows[to->table][id];
  int parts = 1 + (int)random_below(&world->random, PARTS_MAX), at = 0;
  for (int part = 1; part <= parts; part++) {
    struct block_writer writer;
    int end = part == parts ? count : at + (count - at) / 2;
    struct happening *message = send(world, to, TIDE_EVENT_SNAPSHOT, part == parts);
    block_writer_init(&writer, memory_default(), 4);
    while (at < end)
      gateway_write_row(&writer, shown[at++]);
    buffer_format(
        &message->json, "{\"id\":%lld,\"number\":%lld,\"first\":%s,\"last\":%s,%s",
        (long long)to->effect, (long long)++to->sent, part == 1 ? "true" : "false",
        part == parts ? "true" : "false", FIELDS);
    if (part == parts)
      position_members(world, to, &message->json);
    buffer_character(&message->json, '}');
    block_finish(&writer, &message->data);
    block_writer_deinit(&writer);
    perhaps_twice(world, message);
  }
}

/* The end of a batch: where it leads to, and its rows. */
static void finish_batch(struct world *world, const struct subscription *to,
                         struct happening *message, struct block_writer *come,
                         struct block_writer *gone) {
  position_members(world, to, &message->json);
  buffer_character(&message->json, '}');
  block_finish(come, &message->data);
  block_finish(gone, &message->data);
  block_writer_deinit(come);
  block_writer_deinit(gone);
  perhaps_twice(world, message);
}

/* What has come and gone, of a view without a key. */
static void batch_of_pairs(struct world *world, struct subscription *to) {
  struct block_writer come, gone;
  block_writer_init(&come, memory_default(), 3);
  block_writer_init(&gone, memory_default(), to->pairs.by_parts ? 1 : 3);
  int count = pairs_write_changes(&world->origin, world->devices[to->device].subject,
                                  to->told, &to->pairs, &come, &gone);
  struct happening *message = send(world, to, TIDE_EVENT_CHANGES, true);
  buffer_format(&message->json, "{\"id\":%lld,\"number\":%lld,%s,\"upserts\":%d",
                (long long)to->effect, (long long)++to->sent, FIELDS_OF_PAIRS, count);
  if (to->pairs.by_parts)
    buffer_text(&message->json, ",\"partition\":[0]");
  finish_batch(world, to, message, &come, &gone);
}

/* The rows of the keys that changed as they are now; those that the view does not show now are deleted. */
static void batch(struct world *world, struct subscription *to) {
  bool changed[KEYS + 1] = {false};
  int upserts = 0, subject = world->devices[to->device].subject;
  for (int i = to->told + 1; i <= world->origin.position; i++)
    if (world->origin.changes[i].table == to->table)
      changed[world->origin.changes[i].id] = true;
  struct block_writer rows, keys;
  block_writer_init(&rows, memory_default(), 4);
  block_writer_init(&keys, memory_default(), 1);
  for (int64_t id = 1; id <= KEYS; id++) {
    const struct row *row = &world->origin.rows[to->table][id];
    if (!changed[id])
      continue;
    if (row_is_in_view(row, subject)) {
      upserts++;
      gateway_write_row(&rows, row);
    } else {
      block_integer(&keys, id);
    }
  }
  struct happening *message = send(world, to, TIDE_EVENT_CHANGES, true);
  buffer_format(&message->json, "{\"id\":%lld,\"number\":%lld,%s,\"upserts\":%d",
                (long long)to->effect, (long long)++to->sent, FIELDS, upserts);
  finish_batch(world, to, message, &rows, &keys);
}

/* --- subscriptions --- */

void gateway_subscribe(struct world *world, int device, int64_t effect, int table,
                       const char *cursor) {
  struct subscription *subscription = place(world);
  int from = cursor != NULL ? atoi(cursor) : -1;
  if (subscription == NULL) {
    world_fail(world, "a device subscribes without end");
    return;
  }
  bool by_parts = random_percent(&world->random, 50);
  bool whole = table == PAIRS && !by_parts; /* what it had is not remembered */
  *subscription = (struct subscription){.open = true,
                                        .device = device,
                                        .life = world->devices[device].life,
                                        .effect = effect,
                                        .table = table,
                                        .told = from,
                                        .fresh = whole || from < world->origin.oldest,
                                        .pairs.by_parts = by_parts};
  world_say(world, "gateway: device %d subscribes to %s from %s%s", device,
            table == PAIRS ? "pairs" : table_names[table],
            cursor != NULL ? cursor : "the beginning",
            subscription->fresh && cursor != NULL ? ", which is of no use" : "");
  struct happening *message = send(world, subscription, TIDE_EVENT_SUBSCRIBED, false);
  buffer_format(&message->json, "{\"id\":%lld%s}", (long long)effect,
                table == PAIRS && by_parts ? ",\"partition\":[0]" : "");
}

void gateway_unsubscribe(struct world *world, int device, int64_t effect) {
  struct subscription *subscription = find(world, device, effect);
  if (subscription != NULL)
    subscription->open = false;
}

void gateway_acknowledged(struct world *world, int device, int64_t effect) {
  struct subscription *subscription = find(world, device, effect);
  if (subscription != NULL)
    subscription->busy = false;
}

void gateway_forget(struct world *world, int device) {
  for (int i = 0; i < SUBSCRIPTIONS; i++)
    if (device < 0 || world->gateway.subscriptions[i].device == device)
      world->gateway.subscriptions[i].open = false;
}

void gateway_look(struct world *world) {
  for (int i = 0; i < SUBSCRIPTIONS; i++) {
    struct subscription *to = &world->gateway.subscriptions[i];
    if (!to->open || to->busy || (!to->fresh && to->told == world->origin.position))
      continue;
    to->busy = true;
    if (to->table == PAIRS)
      (to->fresh ? snapshot_of_pairs : batch_of_pairs)(world, to);
    else
      (to->fresh ? snapshot : batch)(world, to);
    to->fresh = false;
    to->told = world->origin.position;
  }
}
