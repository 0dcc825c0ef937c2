/* The steps of a run. Each has a random number generator of its own, so that leaving one out leaves the others as they are. */
#include "story.h"

#include <stdio.h>
#include <string.h>

#include "peace.h"
#include "user.h"

enum { SUBJECTS = 2 };

/* --- what happens at the origin --- */

static void origin_write(struct world *world, struct random *random) {
  int table = (int)random_below(random, TABLES);
  char name[NAME_SIZE];
  origin_begin(&world->origin);
  int count = 1 + (int)random_below(random, 3);
  for (int i = 0; i < count; i++) {
    int64_t id = 1 + (int64_t)random_below(random, KEYS);
    int64_t n = (int64_t)random_below(random, 100);
    int owner = (int)random_below(random, SUBJECTS + 1);
    struct row *row = &world->origin.rows[table][id];
    snprintf(name, sizeof name, "o-%lld-%d", (long long)world->origin.version, i);
    if (row->there && random_percent(random, 25))
      origin_remove(&world->origin, table, id);
    else if (row->there && random_percent(random, 20)) /* nothing but its version */
      origin_put(&world->origin, table, id, row->name, row->n, row->owner);
    else
      origin_put(&world->origin, table, id, name, n,
                 row->there && random_percent(random, 70) ? row->owner : owner);
  }
  origin_commit(&world->origin);
  world_say(world, "origin: somebody writes to %s", table_names[table]);
}

static void origin_fault(struct world *world, struct random *random) {
  int table = (int)random_below(random, TABLES);
  switch (random_below(random, 4)) {
  case 0:
    world_say(world, "origin: TRUNCATE %s", table_names[table]);
    origin_truncate(&world->origin, table);
    break;
  case 1:
    world_say(world, "origin: what was before now is forgotten");
    origin_trim(&world->origin);
    break;
  default:
    world_say(world, "the gateway restarts");
    for (int i = 0; i < world->device_count; i++) {
      bool linked = world->devices[i].linked;
      device_disconnect(&world->devices[i]);
      if (linked)
        device_connect(&world->devices[i]);
    }
  }
}

/* --- what happens to a device --- */

static void switch_device(struct device *device, struct random *random) {
  if (device->engine == NULL)
    device_start(device);
  else if (random_percent(random, 70))
    device_crash(device);
  else
    device_stop(device);
}

static void change_link(struct device *device, struct random *random) {
  if (device->linked)
    device_disconnect(device);
  else
    device_connect(device);
  /* a hint that may come, and may be wrong */
  if (device->engine != NULL && random_percent(random, 50))
    device_feed(device, TIDE_EVENT_NETWORK,
                device->linked ? "{\"online\":true}" : "{\"online\":false}");
}

static void change_clock(struct device *device, struct random *random) {
  int64_t by = (int64_t)random_below(random, 48 * HOUR) - 24 * HOUR;
  device->skew = random_percent(random, 50) ? by / HOUR : by;
  world_say(device->world, "the clock of device %d is %lld ms ahead", device->index,
            (long long)device->skew);
}

static void call(struct device *device, struct random *random) {
  static const char *const calls[] = {
      "{\"call\":\"stop\",\"selector\":null}",
      "{\"call\":\"resume\",\"selector\":null}",
      "{\"call\":\"sync\",\"id\":7,\"selector\":null,\"force\":true}",
      "{\"call\":\"sync\",\"id\":8,\"selector\":null,\"force\":false}"};
  const char *chosen = calls[random_below(random, sizeof calls / sizeof *calls)];
  if (device->engine == NULL)
    return;
  world_say(device->world, "device %d: %s", device->index, chosen);
  if (!device_feed(device, TIDE_EVENT_CONTROL, chosen))
    world_fail(device->world, "device %d does not take %s: %s", device->index, chosen,
               tide_error(device->engine));
}

static void step(struct world *world, struct random *random) {
  struct device *device =
      &world->devices[random_below(random, (uint64_t)world->device_count)];
  int choice = (int)random_below(random, 100);
  if (choice < 40)
    user_write(device, random);
  else if (choice < 46)
    user_end(device, true);
  else if (choice < 62)
    origin_write(world, random);
  else if (choice < 66)
    origin_fault(world, random);
  else if (choice < 73)
    change_link(device, random);
  else if (choice < 80)
    switch_device(device, random);
  else if (choice < 83)
    change_clock(device, random);
  else if (choice < 88)
    user_resolve(device, random, false);
  else if (choice < 91)
    call(device, random);
  else
    user_read(device);
}

/* --- the whole --- */

/* Mostly moments, some minutes, seldom a night. */
static int64_t pause_of(struct random *random) {
  static const struct {
    int percent;
    int64_t longest;
  } pauses[] = {{30, 50},     {30, 500},        {25, 5 * SECOND},
                {11, MINUTE}, {3, 10 * MINUTE}, {1, 8 * HOUR}};
  int choice = (int)random_below(random, 100), i = 0;
  while (choice >= pauses[i].percent)
    choice -= pauses[i++].percent;
  return (int64_t)random_below(random, (uint64_t)pauses[i].longest);
}

static void random_of_step(struct random *random, uint64_t seed, int number) {
  uint8_t bytes[32] = {2};
  memcpy(bytes + 8, &seed, sizeof seed);
  memcpy(bytes + 16, &number, sizeof number);
  random_seed(random, bytes);
}

static void begin(struct world *world, struct random *random) {
  static const int faults[] = {0, 2, 10, 25};
  world->faults = faults[random_below(random, 4)];
  int writes = (int)random_below(random, 6);
  for (int i = 0; i < writes; i++)
    origin_write(world, random);
  world->device_count = 1 + (int)random_below(random, DEVICES);
  for (int i = 0; i < world->device_count; i++) {
    device_init(&world->devices[i], world, i, 1 + (int)random_below(random, SUBJECTS));
    device_start(&world->devices[i]);
  }
}

void story_play(struct world *world, uint64_t seed, const bool left_out[STEPS_MAX]) {
  struct random random;
  world_init(world, seed);
  random_of_step(&random, seed, -1);
  begin(world, &random);
  int steps = 8 + (int)random_below(&random, STEPS_MAX - 8);
  world_run_until(world, world->now + (int64_t)random_below(&random, 2 * SECOND));
  for (int i = 0; i < steps && !world->failed; i++) {
    random_of_step(&random, seed, i);
    int64_t pause = pause_of(&random);
    if (left_out[i] || !world_run_until(world, world->now + pause))
      continue;
    step(world, &random);
    gateway_look(world);
  }
  peace_make(world);
}
