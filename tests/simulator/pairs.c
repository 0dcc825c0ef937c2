/* The view that joins both tables: what the origin tells of it, and what devices may show. */
#include "pairs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/block.h"
#include "device.h"
#include "world.h"

static struct pair pair_of(const struct origin *origin, int subject, int64_t id) {
  const struct row *item = &origin->rows[0][id], *note = &origin->rows[1][id];
  struct pair pair = {.there = row_is_visible(item, subject) &&
                               row_is_visible(note, subject)};
  if (pair.there) {
    snprintf(pair.name, sizeof pair.name, "%s", item->name);
    pair.n = note->n;
  }
  return pair;
}

static bool same(const struct pair *a, const struct pair *b) {
  return a->there == b->there && a->n == b->n && strcmp(a->name, b->name) == 0;
}

static int write_pair(struct block_writer *rows, int64_t id, const struct pair *pair) {
  if (!pair->there)
    return 0;
  block_integer(rows, id);
  block_text(rows, pair->name, strlen(pair->name));
  if (pair->n == NO_NUMBER)
    block_null(rows);
  else
    block_integer(rows, pair->n);
  return 1;
}

void pairs_write_all(const struct origin *origin, int subject, struct pairs_told *told,
                     struct block_writer *rows) {
  for (int64_t id = 1; id <= KEYS; id++) {
    told->shown[id] = pair_of(origin, subject, id);
    write_pair(rows, id, &told->shown[id]);
  }
}

/* By parts all that may have changed is told; otherwise only what has. */
int pairs_write_changes(const struct origin *origin, int subject, int from,
                        struct pairs_told *told, struct block_writer *come,
                        struct block_writer *gone) {
  bool changed[KEYS + 1] = {false};
  int count = 0;
  for (int i = from + 1; i <= origin->position; i++)
    changed[origin->changes[i].id] = true; /* 0: of no row */
  for (int64_t id = 1; id <= KEYS; id++) {
    struct pair now = pair_of(origin, subject, id);
    if (!changed[id] || (!told->by_parts && same(&now, &told->shown[id])))
      continue;
    if (told->by_parts)
      block_integer(gone, id);
    else
      write_pair(gone, id, &told->shown[id]);
    count += write_pair(come, id, &now);
    told->shown[id] = now;
  }
  return count;
}

/* --- on a device --- */

void pairs_check(struct device *device) {
  if (device_run(device, "SELECT id FROM pairs GROUP BY id HAVING count(*) > 1") &&
      device->row_count > 0)
    world_fail(device->world, "device %d shows pair %s more than once", device->index,
               device_cell(device, 0, 0));
}

static bool shows(struct device *device, int at, const struct pair *pair) {
  const char *name = device_cell(device, at, 1), *n = device_cell(device, at, 2);
  return name != NULL && strcmp(name, pair->name) == 0 &&
         (n == NULL ? pair->n == NO_NUMBER : pair->n == atoll(n));
}

void pairs_compare(struct device *device) {
  struct world *world = device->world;
  if (!device_run(device, "SELECT id, name, n FROM pairs ORDER BY id")) {
    world_fail(world, "pairs of device %d cannot be read: %s", device->index,
               device->code);
    return;
  }
  int at = 0;
  for (int64_t id = 1; id <= KEYS; id++) {
    struct pair pair = pair_of(&world->origin, device->subject, id);
    bool there = at < device->row_count && atoll(device_cell(device, at, 0)) == id;
    if (there != pair.there || (there && !shows(device, at, &pair)))
      world_fail(world, "pair %" PRId64 " of device %d is not the origin's", id,
                 device->index);
    at += there;
  }
  if (at != device->row_count)
    world_fail(world, "device %d shows pairs that the origin does not have",
               device->index);
}
