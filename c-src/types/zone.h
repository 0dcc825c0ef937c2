/* Time zones: offsets, UTC, the abbreviations that PostgreSQL knows, and names like
 * Europe/Berlin, whose offsets the host knows. */
#ifndef TIDE_TYPES_ZONE_H
#define TIDE_TYPES_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  ZONE_NAME_MAX = 64,
  ZONE_NAMES = 8,
  ZONE_SPANS = 512,
  ZONE_UNKNOWN = INT32_MIN /* the host's answer for what is no zone */
};

/* A stretch of time, and the offset that a zone has at its beginning and at its end. */
struct zone_span {
  int64_t number;
  int zone; /* its place among the names, from 1; 0: nothing is known yet */
  int first, last;
};

/* Where offsets come from. Zero-initialised there are no named zones. */
struct zone_source {
  /* Seconds east of UTC in a zone at a second since 1970, or ZONE_UNKNOWN. */
  int (*offset)(void *context, const char *name, double second);
  void *context;
  /* What the host has said, for asking is slow. */
  char names[ZONE_NAMES][ZONE_NAME_MAX];
  int name_count;
  struct zone_span spans[ZONE_SPANS];
};

struct zone {
  char name[ZONE_NAME_MAX]; /* "": the offset is always the same */
  int offset;               /* seconds east of UTC */
};

/* Is it one of the abbreviations, in lower case, that mean a fixed offset? */
bool zone_abbreviation(const char *word, int *offset);

/* Returns TIDE_OK, or TIDE_ERROR_INVALID_PARAMETER when there is no such zone. */
int zone_find(struct zone_source *source, const char *text, size_t length,
              struct zone *zone);

/* Seconds east of UTC at an instant, in microseconds since 1970 UTC. */
int zone_offset_at(struct zone_source *source, const struct zone *zone,
                   int64_t instant);

/* The same when clocks there show `local`. Of what they skip or show twice it is the
 * offset of the time that is not daylight-saving time, as in PostgreSQL. */
int zone_offset_of_local(struct zone_source *source, const struct zone *zone,
                         int64_t local);

#endif
