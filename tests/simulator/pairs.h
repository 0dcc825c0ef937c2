/* A view that joins both tables and has no key: whole rows come and go, or all of an id's at once. */
#ifndef TIDE_SIMULATOR_PAIRS_H
#define TIDE_SIMULATOR_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#include "origin.h"

struct block_writer;
struct buffer;
struct device;

/* The place of this view behind those that show one table. */
enum { PAIRS = TABLES };

/* The row that the view shows of an id: the item's name beside the note's number. */
struct pair {
  bool there;
  char name[NAME_SIZE];
  int64_t n; /* NO_NUMBER: null */
};

/* How the view is told to one subscriber. */
struct pairs_told {
  bool
      by_parts; /* ids, and all their rows; otherwise the rows that have come and gone */
  struct pair shown[KEYS + 1]; /* … since these */
};

/* Appends the rows of all ids as they are now, and remembers them. */
void pairs_write_all(const struct origin *origin, int subject, struct pairs_told *told,
                     struct block_writer *rows);
/* Appends what has come and gone since the changefeed was at `from`, and remembers it. Returns how many rows have come. */
int pairs_write_changes(const struct origin *origin, int subject, int from,
                        struct pairs_told *told, struct block_writer *come,
                        struct block_writer *gone);

/* At every moment: no id is there twice. */
void pairs_check(struct device *device);
/* In the end: the view is its query at the origin. */
void pairs_compare(struct device *device);

#endif
