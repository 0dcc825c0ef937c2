/* The clock and the agenda of a world. */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 2000 };

void world_init(struct world *world, uint64_t seed) {
  uint8_t bytes[32] = {1};
  memset(world, 0, sizeof *world);
  world->seed = seed;
  world->now = BEGINNING;
  memcpy(bytes + 8, &seed, sizeof seed);
  random_seed(&world->random, bytes);
  buffer_init(&world->trace, memory_default());
  origin_init(&world->origin);
}

void world_deinit(struct world *world) {
  for (int i = 0; i < world->device_count; i++)
    device_deinit(&world->devices[i]);
  for (int i = 0; i < world->agenda_count; i++)
    happening_free(world->agenda[i]);
  free(world->agenda);
  origin_deinit(&world->origin);
  buffer_deinit(&world->trace);
}

/* --- the agenda --- */

void world_add(struct world *world, int64_t delay, struct happening *happening) {
  if (world->agenda_count == world->agenda_capacity) {
    int capacity = world->agenda_capacity;
    world->agenda_capacity = capacity > 0 ? capacity * 2 : 64;
    world->agenda = realloc(world->agenda, (size_t)world->agenda_capacity *
                                               sizeof(struct happening *));
    if (world->agenda == NULL)
      abort();
  }
  happening->at = world->now + delay;
  happening->order = ++world->order;
  world->agenda[world->agenda_count++] = happening;
}

void world_cancel(struct world *world, struct happening *happening) {
  for (int i = 0; i < world->agenda_count; i++)
    if (world->agenda[i] == happening)
      world->agenda[i] = world->agenda[--world->agenda_count];
  happening_free(happening);
}

struct happening *happening_new(struct world *world, int device,
                                void (*happen)(struct world *world,
                                               struct happening *happening)) {
  struct happening *happening = calloc(1, sizeof *happening);
  if (happening == NULL)
    abort();
  happening->happen = happen;
  happening->device = device;
  happening->life = device < 0 ? 0 : world->devices[device].life;
  buffer_init(&happening->json, memory_default());
  buffer_init(&happening->data, memory_default());
  return happening;
}

struct happening *world_plan(struct world *world, int64_t delay, int device,
                             void (*happen)(struct world *world,
                                            struct happening *happening)) {
  struct happening *happening = happening_new(world, device, happen);
  world_add(world, delay, happening);
  return happening;
}

struct happening *world_plan_again(struct world *world, int64_t delay,
                                   const struct happening *happening) {
  struct happening *again =
      world_plan(world, delay, happening->device, happening->happen);
  again->life = happening->life;
  again->connection = happening->connection;
  again->effect = happening->effect;
  again->number = happening->number;
  again->type = happening->type;
  buffer_append(&again->json, happening->json.data, happening->json.length);
  buffer_append(&again->data, happening->data.data, happening->data.length);
  return again;
}

void happening_free(struct happening *happening) {
  buffer_deinit(&happening->json);
  buffer_deinit(&happening->data);
  free(happening);
}

static int earliest(const struct world *world) {
  int found = 0;
  for (int i = 1; i < world->agenda_count; i++) {
    const struct happening *a = world->agenda[i], *b = world->agenda[found];
    if (a->at < b->at || (a->at == b->at && a->order < b->order))
      found = i;
  }
  return found;
}

/* What was meant for an earlier life of a device, or a connection that is gone, comes to nothing. */
static bool still_matters(const struct world *world,
                          const struct happening *happening) {
  if (happening->device < 0)
    return true;
  const struct device *device = &world->devices[happening->device];
  return happening->life == device->life &&
         (happening->connection == 0 || happening->connection == device->connection);
}

bool world_run_next(struct world *world) {
  if (world->failed || world->agenda_count == 0)
    return false;
  int next = earliest(world);
  struct happening *happening = world->agenda[next];
  world->agenda[next] = world->agenda[--world->agenda_count];
  if (happening->at > world->now)
    world->now = happening->at;
  if (still_matters(world, happening)) {
    happening->happen(world, happening);
    gateway_look(world);
  }
  happening_free(happening);
  if (world->origin.broken != NULL)
    world_fail(world, "%s", world->origin.broken);
  return !world->failed;
}

bool world_run_until(struct world *world, int64_t at) {
  while (!world->failed && world->agenda_count > 0 &&
         world->agenda[earliest(world)]->at <= at)
    world_run_next(world);
  if (world->now < at)
    world->now = at;
  return !world->failed;
}

/* --- chance --- */

uint64_t random_below(struct random *random, uint64_t bound) {
  return random_next(random) % bound;
}

bool random_percent(struct random *random, int percent) {
  return (int)random_below(random, 100) < percent;
}

bool world_fault(struct world *world) {
  return random_percent(&world->random, world->faults);
}

int64_t world_latency(struct world *world) {
  if (world_fault(world))
    return (int64_t)random_below(&world->random, 5 * SECOND);
  return 1 + (int64_t)random_below(&world->random, 40);
}

/* --- what is told --- */

void world_say(struct world *world, const char *format, ...) {
  va_list arguments;
  int64_t time = world->now - BEGINNING;
  char line[LINE_SIZE];
  snprintf(line, sizeof line, "%8" PRId64 ".%03d  ", time / 1000, (int)(time % 1000));
  buffer_text(&world->trace, line);
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  buffer_text(&world->trace, line);
  buffer_character(&world->trace, '\n');
}

void world_fail(struct world *world, const char *format, ...) {
  if (world->failed)
    return;
  va_list arguments;
  world->failed = true;
  va_start(arguments, format);
  vsnprintf(world->reason, sizeof world->reason, format, arguments);
  va_end(arguments);
  world_say(world, "VIOLATION %s", world->reason);
}
