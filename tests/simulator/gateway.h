/* The gateway: what devices subscribed to, and how far each has been told. */
#ifndef TIDE_SIMULATOR_GATEWAY_H
#define TIDE_SIMULATOR_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "pairs.h"

enum { SUBSCRIPTIONS = 64 };

struct world;
struct happening;
struct block_writer;

struct subscription {
  bool open;
  int device, life;
  int64_t effect; /* the device's name for it */
  int table;      /* or PAIRS */
  int told;       /* position of the changefeed up to which the device has been told */
  int64_t sent;   /* how many snapshot parts and batches */
  bool fresh;     /* it is to be told everything */
  bool busy;      /* what was sent last has not been acknowledged */
  struct pairs_told pairs;
  int64_t arrived; /* when what was sent last arrives: nothing overtakes it */
};

struct gateway {
  struct subscription subscriptions[SUBSCRIPTIONS];
};

/* A device's SUBSCRIBE has come: `cursor` NULL: from the beginning. */
void gateway_subscribe(struct world *world, int device, int64_t effect, int table,
                       const char *cursor);
void gateway_unsubscribe(struct world *world, int device, int64_t effect);
/* The device has kept what it was sent. */
void gateway_acknowledged(struct world *world, int device, int64_t effect);
/* Its connection is gone; or all are, with the process (-1). */
void gateway_forget(struct world *world, int device);
/* Sends what is new to all who are ready for it. */
void gateway_look(struct world *world);

/* Appends a row as devices get it: id, name, n and version. */
void gateway_write_row(struct block_writer *writer, const struct row *row);

#endif
