/* What a local_first view shows of the writes that wait: all of them, in order, on top of whatever its origin sends. */
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "world.h"

/* What the writes that wait make of one row. Of an update the row may be missing, for others may have deleted it. */
struct outcome {
  bool there, gone;
  bool gives_name, gives_n;
  char name[NAME_SIZE];
  int64_t n;
};

static void take_values(struct outcome *outcome, const cJSON *values) {
  const cJSON *name = json_member(values, "name"), *n = json_member(values, "n");
  if (name != NULL) {
    outcome->gives_name = true;
    snprintf(outcome->name, sizeof outcome->name, "%s",
             cJSON_IsString(name) ? name->valuestring : "");
  }
  if (n != NULL) {
    outcome->gives_n = true;
    outcome->n = cJSON_IsNull(n) ? NO_NUMBER : (int64_t)n->valuedouble;
  }
}

static void add_write(struct outcome *outcome, const char *operation,
                      const cJSON *values) {
  if (strcmp(operation, "delete") == 0)
    *outcome = (struct outcome){.gone = true};
  else if (strcmp(operation, "insert") == 0)
    *outcome = (struct outcome){.there = true};
  if (!outcome->gone) /* an update finds nothing where a delete has been */
    take_values(outcome, values);
}

static void read_queue(struct device *device, struct outcome outcomes[KEYS + 1]) {
  device_run(device,
             "SELECT op, key, mine FROM tidemark.queue WHERE name = 'items' AND "
             "state IN ('pending', 'failed') ORDER BY \"transaction\", id");
  for (int i = 0; i < device->row_count; i++) {
    const char *mine = device_cell(device, i, 2);
    cJSON *values = NULL;
    if (mine != NULL)
      json_parse(memory_default(), mine, strlen(mine), &values);
    add_write(&outcomes[atoll(device_cell(device, i, 1) + 1)],
              device_cell(device, i, 0), values);
    json_free(values);
  }
}

static bool is_shown(const struct device *device, int i,
                     const struct outcome *outcome) {
  const char *name = device_cell(device, i, 1), *n = device_cell(device, i, 2);
  int64_t number = n != NULL ? atoll(n) : NO_NUMBER;
  return !outcome->gone &&
         (!outcome->gives_name || (name != NULL && strcmp(name, outcome->name) == 0)) &&
         (!outcome->gives_n || number == outcome->n);
}

void waiting_check(struct device *device) {
  struct outcome outcomes[KEYS + 1] = {{.there = false}};
  bool right[KEYS + 1];
  read_queue(device, outcomes);
  if (!device_run(device, "SELECT id, name, n FROM items"))
    return;
  for (int id = 1; id <= KEYS; id++)
    right[id] = !outcomes[id].there;
  for (int i = 0; i < device->row_count; i++) {
    int64_t id = atoll(device_cell(device, i, 0));
    right[id] = is_shown(device, i, &outcomes[id]);
  }
  for (int id = 1; id <= KEYS; id++)
    if (!right[id])
      world_fail(device->world,
                 "device %d does not show what waits for row %d of items",
                 device->index, id);
}
