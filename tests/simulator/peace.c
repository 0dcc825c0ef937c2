/* Rest, and the judgement of what is there then. */
#include "peace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "user.h"

enum { DECISIONS_MAX = 200, MERCY = 3 };

static const int64_t REST = 2 * HOUR; /* until then everything has come to rest */

static void come_to_rest(struct world *world) {
  int64_t until = world->now + REST;
  while (world_run_next(world))
    if (world->now > until)
      world_fail(world, "two hours after the last trouble it has not come to rest");
}

static void end_trouble(struct world *world) {
  world->faults = 0;
  for (int i = 0; i < world->device_count; i++) {
    struct device *device = &world->devices[i];
    if (!device->linked)
      device_connect(device);
    if (device->engine == NULL)
      device_start(device);
    if (world->failed)
      return;
    user_end(device, true);
    device_feed(device, TIDE_EVENT_NETWORK, "{\"online\":true}");
    device_feed(device, TIDE_EVENT_CONTROL, "{\"call\":\"resume\",\"selector\":null}");
  }
}

/* Some leave their conflicts as they are. */
static void decide(struct world *world) {
  for (int i = 0; i < world->device_count; i++) {
    struct device *device = &world->devices[i];
    bool leaves = random_percent(&world->random, 20);
    for (int round = 0; !leaves && !world->failed && round < DECISIONS_MAX; round++) {
      if (!user_resolve(device, &world->random, round > MERCY))
        break;
      come_to_rest(world);
    }
  }
}

/* --- the queue and what the origin has recorded --- */

/* Does the queue's entry say the same as the write? */
static bool same_write(const struct write *write, const char *op, const char *view,
                       const char *key, const char *mine) {
  static const char *const operations[] = {"insert", "update", "delete"};
  cJSON *json = NULL;
  char expected_key[32];
  if (mine != NULL &&
      json_parse(memory_default(), mine, strlen(mine), &json) != TIDE_OK)
    return false;
  const cJSON *name = json_member(json, "name"), *n = json_member(json, "n");
  snprintf(expected_key, sizeof expected_key, "[%lld]", (long long)write->id);
  bool same = strcmp(op, operations[write->operation]) == 0 &&
              strcmp(view, table_names[write->table]) == 0 &&
              strcmp(key, expected_key) == 0 && write->gives_name == (name != NULL) &&
              write->gives_n == (n != NULL);
  if (same && name != NULL)
    same = cJSON_IsString(name) && strcmp(name->valuestring, write->name) == 0;
  if (same && n != NULL)
    same =
        cJSON_IsNull(n) ? write->n == NO_NUMBER : (int64_t)n->valuedouble == write->n;
  json_free(json);
  return same;
}

static const struct doubt *find_doubt(const struct device *device, int64_t number,
                                      bool dropped) {
  for (int i = 0; i < device->doubt_count; i++)
    if (device->doubts[i].number == number && device->doubts[i].dropped == dropped)
      return &device->doubts[i];
  return NULL;
}

/* Those that are in doubt still: the origin may have them, and nobody has asked. */
static void find_in_doubt(struct device *device) {
  device_run(device,
             "SELECT DISTINCT \"transaction\" FROM tidemark.queue WHERE in_doubt");
  for (int i = 0; i < device->row_count && device->doubt_count < DOUBTS_MAX; i++)
    device->doubts[device->doubt_count++] =
        (struct doubt){.number = atoll(device_cell(device, i, 0)), .dropped = true};
}

/* Is what the origin has applied in the rows of the queue from `at` on? */
static bool is_listed(const struct device *device, const struct applied *applied,
                      int at) {
  bool changed = find_doubt(device, applied->number, false) != NULL;
  for (int j = 0; j < applied->answer.count; j++, at++)
    if (at >= device->row_count ||
        atoll(device_cell(device, at, 4)) != applied->number ||
        (!changed && !same_write(&applied->writes[j], device_cell(device, at, 0),
                                 device_cell(device, at, 1), device_cell(device, at, 2),
                                 device_cell(device, at, 3))))
      return false;
  return true;
}

/* What the device takes for applied is what the origin has applied for it, in that order, each once. */
static void compare_records(struct device *device) {
  struct world *world = device->world;
  find_in_doubt(device);
  device_run(device,
             "SELECT op, name, key, mine, \"transaction\" FROM tidemark.queue WHERE "
             "state = 'applied' ORDER BY \"transaction\", id");
  int at = 0;
  for (int i = 0; i < world->origin.applied_count; i++) {
    const struct applied *applied = &world->origin.applied[i];
    if (strcmp(applied->client, device->client) != 0)
      continue;
    if (is_listed(device, applied, at)) {
      at += applied->answer.count;
    } else if (find_doubt(device, applied->number, true) == NULL) {
      world_fail(world,
                 "the origin has applied transaction %lld of device %d, which has "
                 "something else at that place",
                 (long long)applied->number, device->index);
      return;
    }
  }
  if (at != device->row_count)
    world_fail(world, "device %d takes for applied what the origin has not applied",
               device->index);
}

static void find_lost(struct device *device) {
  device_run(device, "SELECT id FROM tidemark.queue ORDER BY id");
  for (int i = 0, row = 0; i < device->accepted_count; i++) {
    const struct accepted *accepted = &device->accepted[i];
    while (row < device->row_count && atoll(device_cell(device, row, 0)) < accepted->id)
      row++;
    bool there =
        row < device->row_count && atoll(device_cell(device, row, 0)) == accepted->id;
    if (!there && !accepted->discarded)
      world_fail(device->world, "write %lld of device %d is lost",
                 (long long)accepted->id, device->index);
  }
}

/* What is not applied is in conflict, or waits for something that is. */
static void explain_queue(struct device *device) {
  device_run(device, "SELECT count(*), sum(CASE WHEN state = 'conflicted' THEN 1 ELSE "
                     "0 END), sum(CASE WHEN state = 'conflicted' AND last_error IS "
                     "NULL THEN 1 ELSE 0 END) FROM tidemark.queue WHERE state <> "
                     "'applied'");
  if (atoll(device_cell(device, 0, 0)) == 0)
    return;
  if (atoll(device_cell(device, 0, 1)) == 0 || atoll(device_cell(device, 0, 2)) > 0)
    world_fail(device->world, "writes of device %d wait, and nothing says why",
               device->index);
}

/* A row that has nothing but another version is no conflict. */
static void find_touched(struct device *device) {
  device_run(device, "SELECT id FROM tidemark.queue AS q WHERE state = 'conflicted' "
                     "AND last_error_code = '40001' AND op <> 'insert' AND base::text "
                     "= theirs::text");
  if (device->row_count > 0)
    world_fail(device->world, "write %s of device %d is in conflict with what it knew",
               device_cell(device, 0, 0), device->index);
}

/* --- the views --- */

static bool shows(const struct device *device, int i, const struct row *row) {
  const char *name = device_cell(device, i, 1), *n = device_cell(device, i, 2);
  return row->id == atoll(device_cell(device, i, 0)) && name != NULL &&
         strcmp(name, row->name) == 0 &&
         (n != NULL ? atoll(n) == row->n : row->n == NO_NUMBER) &&
         atoll(device_cell(device, i, 3)) == 0 && device_cell(device, i, 4) != NULL &&
         atoll(device_cell(device, i, 4)) == row->version;
}

/* The keys that writes wait for, which the view may show otherwise. */
static void find_waiting(struct device *device, int table, bool waits[KEYS + 1]) {
  memset(waits, 0, (KEYS + 1) * sizeof *waits);
  device_run(device,
             "SELECT key FROM tidemark.queue WHERE state <> 'applied' AND name "
             "= '%s'",
             table_names[table]);
  for (int i = 0; i < device->row_count; i++)
    waits[atoll(device_cell(device, i, 0) + 1)] = true;
}

static void compare_view(struct device *device, int table) {
  bool waits[KEYS + 1];
  find_waiting(device, table, waits);
  if (!device_run(device, "SELECT id, name, n, __staged, __version FROM %s ORDER BY id",
                  table_names[table])) {
    world_fail(device->world, "%s of device %d cannot be read: %s", table_names[table],
               device->index, device->code);
    return;
  }
  int at = 0;
  for (int64_t id = 1; id <= KEYS; id++) {
    const struct row *row = &device->world->origin.rows[table][id];
    bool there = at < device->row_count && atoll(device_cell(device, at, 0)) == id;
    bool right =
        row_is_in_view(row, device->subject) ? there && shows(device, at, row) : !there;
    if (!right && !waits[id])
      world_fail(device->world, "row %lld of %s of device %d is not the origin's",
                 (long long)id, table_names[table], device->index);
    at += there;
  }
}

static void judge(struct device *device) {
  if (!device_is_defined(device)) {
    world_fail(device->world, "the views of device %d are not defined", device->index);
    return;
  }
  compare_records(device);
  find_lost(device);
  explain_queue(device);
  find_touched(device);
  for (int table = 0; table < TABLES && !device->world->failed; table++)
    compare_view(device, table);
  pairs_compare(device);
  user_read(device);
  if (!device_run(device, "PRAGMA integrity_check") || device->row_count != 1 ||
      strcmp(device_cell(device, 0, 0), "ok") != 0)
    world_fail(device->world, "device %d is not sound: %s", device->index,
               device->row_count > 0 ? device_cell(device, 0, 0) : device->code);
}

/* Whom the origin applied something for, that is there. */
static void find_strangers(struct world *world) {
  for (int i = 0; i < world->origin.applied_count; i++) {
    bool known = false;
    for (int j = 0; j < world->device_count; j++)
      known = known ||
              strcmp(world->origin.applied[i].client, world->devices[j].client) == 0;
    if (!known)
      world_fail(world, "the origin has applied what no device remembers");
  }
}

void peace_make(struct world *world) {
  if (world->failed)
    return;
  world_say(world, "peace");
  end_trouble(world);
  come_to_rest(world);
  decide(world);
  come_to_rest(world);
  find_strangers(world);
  for (int i = 0; i < world->device_count && !world->failed; i++)
    judge(&world->devices[i]);
}
