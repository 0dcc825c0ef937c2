/* What the host tells the engine: one event, checked and read. */
#ifndef TIDE_EFFECT_EVENT_H
#define TIDE_EFFECT_EVENT_H

#include <cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "base/error.h"
#include "base/memory.h"
#include "tidemark.h"

/* An event with its control data parsed. Everything in it belongs to the event. */
struct event {
  enum tide_event_type type;
  int64_t now;
  int64_t id;  /* of the effect it answers; 0 when it answers none */
  cJSON *json; /* NULL when the event has none */
  const void
      *data; /* borrowed from the host until event_deinit, or owned when `owned` */
  size_t data_size;
  void *owned;
  struct memory *memory;
};

/* Parses and checks `from` for what every event of its type must have. Returns TIDE_OK, TIDE_ERROR_INVALID_PARAMETER
 * (malformed, saying what) or TIDE_ERROR_NOMEM. On failure nothing needs to be freed. */
int event_init(struct event *event, struct memory *memory, const tide_event *from,
               struct error *error);
void event_deinit(struct event *event);

/* Copies the data so that the event outlives the host's call: for events held back while a transaction is open. */
int event_keep(struct event *event);
/* The same into another event; `from` is empty then. Returns TIDE_OK or TIDE_ERROR_NOMEM: then nothing has changed. */
int event_move(struct event *to, struct event *from);

/* Members of the control data; the default when absent or of another type. Strings belong to the event. */
int64_t event_integer(const struct event *event, const char *name, int64_t otherwise);
bool event_boolean(const struct event *event, const char *name, bool otherwise);
const char *event_string(const struct event *event,
                         const char *name); /* NULL: absent */
const cJSON *event_member(const struct event *event, const char *name);

/* Turns a FAILED event into `error`: SQLSTATE, message, hint, origin. */
void event_failure(const struct event *event, const char *origin, struct error *error);

/* Reads row block number `index` (from 0) of the event's data. Returns TIDE_OK or TIDE_ERROR_INVALID_PARAMETER. */
int event_block(const struct event *event, int index, struct block_reader *reader);

#endif
