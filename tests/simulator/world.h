/* A world: devices, a gateway and an origin under one virtual clock, and what is going to happen next. */
#ifndef TIDE_SIMULATOR_WORLD_H
#define TIDE_SIMULATOR_WORLD_H

#include "base/buffer.h"
#include "base/random.h"
#include "device.h"
#include "gateway.h"
#include "origin.h"
#include "tidemark.h"

enum { DEVICES = 3, REASON_SIZE = 600 };

#define SECOND    INT64_C(1000)
#define MINUTE    (60 * SECOND)
#define HOUR      (60 * MINUTE)
#define BEGINNING INT64_C(1769853600000) /* 2026-01-31 10:00:00 UTC */

struct world;

/* Something that is going to happen. The fields after `happen` are for whoever planned it. */
struct happening {
  int64_t at;
  uint64_t order; /* among those of the same moment */
  void (*happen)(struct world *world, struct happening *happening);
  int device, life; /* of the device then; with another one it comes to nothing */
  int connection;   /* the same; 0: it needs none */
  int64_t effect;
  int64_t number;
  enum tide_event_type type;
  struct buffer json, data;
};

struct world {
  uint64_t seed;
  struct random
      random;  /* of the network and the devices; each step has one of its own */
  int64_t now; /* the true time */
  uint64_t order;
  struct happening **agenda;
  int agenda_count, agenda_capacity;
  int faults; /* how many messages of a hundred meet one; 0 at the end */
  struct origin origin;
  struct gateway gateway;
  struct device devices[DEVICES];
  int device_count;
  struct buffer trace;
  bool failed;
  char reason[REASON_SIZE];
};

void world_init(struct world *world, uint64_t seed);
void world_deinit(struct world *world);

/* Plans something; it belongs to the device's present life. The caller fills in the rest. */
struct happening *world_plan(struct world *world, int64_t delay, int device,
                             void (*happen)(struct world *world,
                                            struct happening *happening));
/* The same again. */
struct happening *world_plan_again(struct world *world, int64_t delay,
                                   const struct happening *happening);
/* Something that is not planned yet; and its planning. */
struct happening *happening_new(struct world *world, int device,
                                void (*happen)(struct world *world,
                                               struct happening *happening));
void world_add(struct world *world, int64_t delay, struct happening *happening);
/* It is not to happen after all. */
void world_cancel(struct world *world, struct happening *happening);
void happening_free(struct happening *happening);
/* Lets everything happen up to that moment; false: the world has failed. */
bool world_run_until(struct world *world, int64_t at);
/* Lets the next thing happen; false: there is none, or the world has failed. */
bool world_run_next(struct world *world);

/* A number below `bound`, and whether something of that many percent happens. */
uint64_t random_below(struct random *random, uint64_t bound);
bool random_percent(struct random *random, int percent);
/* Is this message one that meets a fault? */
bool world_fault(struct world *world);
/* How long a message takes: mostly milliseconds. */
int64_t world_latency(struct world *world);

/* One line of the trace. */
void world_say(struct world *world, const char *format, ...);
/* What must not happen has happened. The first reason counts. */
void world_fail(struct world *world, const char *format, ...);

#endif
