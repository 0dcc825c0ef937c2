/* A device: an engine, its storage, and the host between them and the network. */
#ifndef TIDE_SIMULATOR_DEVICE_H
#define TIDE_SIMULATOR_DEVICE_H

#include "base/buffer.h"
#include "origin.h"
#include "tidemark.h"

enum {
  OWED_MAX = 64,
  ACCEPTED_MAX = 1024,
  CELLS_MAX = 4096,
  CODE_SIZE = 8,
  DOUBTS_MAX = 256
};

struct world;
struct happening;

/* Pages on their way to the storage. */
struct persist {
  struct persist *next;
  int64_t effect;
  size_t page_size;
  struct buffer pages;
};

/* A write that a statement has said was committed. */
struct accepted {
  int64_t id;    /* in the queue */
  int64_t needs; /* the number of the persist that makes it durable */
  bool discarded;
};

/* A decision about a transaction that was in doubt: it may have been applied as it was before. */
struct doubt {
  int64_t number;
  bool dropped; /* or it was given other values */
};

struct device {
  struct world *world;
  int index, subject;
  tide_engine *engine; /* NULL: it is off */
  int life;            /* each time it is switched on another one */
  int connection;      /* each time it is connected another one, from 1 */
  bool linked;
  int64_t skew; /* what its clock is ahead of the true one */
  char client[CLIENT_SIZE];

  struct buffer durable; /* the pages that its storage keeps */
  struct persist *persisting, **persisting_end;
  int64_t persisted, persist_count;
  struct happening *held[OWED_MAX]; /* what has to be durable first: number says what */
  int held_count;

  int64_t owed[OWED_MAX]; /* effects that wait for an answer, or still stream */
  int owed_count;
  int64_t wake; /* when its engine wants to be woken */
  struct happening *timer;
  int64_t woken_at; /* … and how often at that moment */
  int woken;

  tide_statement *defining; /* waits for the origin */
  int defined;              /* how many of the views there are */
  bool in_transaction;
  int names; /* given to rows so far */
  struct accepted accepted[ACCEPTED_MAX];
  int accepted_count;
  struct doubt doubts[DOUBTS_MAX];
  int doubt_count;
  int64_t accepted_before; /* the last write that it has looked at */

  /* Of the last statement: its cells as text, row after row. */
  struct buffer text;
  const char *cells[CELLS_MAX]; /* NULL: null */
  int row_count, column_count;
  char code[CODE_SIZE]; /* its SQLSTATE, "00000" where all was well */
};

void device_init(struct device *device, struct world *world, int index, int subject);
void device_deinit(struct device *device);

void device_start(struct device *device);
/* Without a warning: what its storage has not made durable is lost. */
void device_crash(struct device *device);
/* Everything is kept first. */
void device_stop(struct device *device);

/* Whether all its views are there. */
bool device_is_defined(const struct device *device);

/* Its connection breaks: whoever waits for an answer is told so some time later. */
void device_disconnect(struct device *device);
void device_connect(struct device *device);

/* Runs a statement; false: it has failed, or would have to wait. What it read is in `cells`. */
bool device_run(struct device *device, const char *format, ...);
const char *device_cell(const struct device *device, int row, int column);
/* An event that the host makes itself. */
bool device_feed(struct device *device, enum tide_event_type type, const char *json);

/* A message of a subscription has come. */
void device_told(struct world *world, struct happening *message);

/* How many of the writes that it has accepted wait for their persist. */
bool device_is_durable(const struct device *device);
int64_t device_now(const struct device *device);

#endif
