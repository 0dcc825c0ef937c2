/* Random statements, and what has to be true of each at once. */
#include "user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "waiting.h"

enum { STATEMENTS_MAX = 3, NUMBERS = 125, NAME = NAME_SIZE };

static bool is_ready(const struct device *device) {
  return device->engine != NULL && device_is_defined(device) && !device->world->failed;
}

/* --- writing --- */

/* Errors that a user's statement may have: the row is there already; the view has no rows yet. */
static bool is_expected(const char *code) {
  static const char *const expected[] = {"23505", "08006", "WAIT"};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
    if (strcmp(code, expected[i]) == 0)
      return true;
  return false;
}

static bool write_run(struct device *device, const char *sql) {
  bool done = device_run(device, "%s", sql);
  world_say(device->world, "device %d: %s%s%s", device->index, sql,
            done ? "" : " fails with ", done ? "" : device->code);
  if (!done && !is_expected(device->code))
    world_fail(device->world, "a statement of device %d fails with %s: %s",
               device->index, device->code, sql);
  return done;
}

/* What was committed counts: it must not be lost once it is durable. */
static void note_accepted(struct device *device) {
  device_run(device, "SELECT id FROM tidemark.queue WHERE id > %lld ORDER BY id",
             (long long)device->accepted_before);
  for (int i = 0; i < device->row_count && device->accepted_count < ACCEPTED_MAX; i++) {
    int64_t id = atoll(device_cell(device, i, 0));
    device->accepted[device->accepted_count++] =
        (struct accepted){.id = id, .needs = device->persist_count};
    device->accepted_before = id;
  }
}

/* A view that is local_first shows a write at once. */
static void expect_shown(struct device *device, int64_t id, const char *name) {
  if (!device_run(device, "SELECT name FROM items WHERE id = %lld", (long long)id))
    return;
  bool shown = device->row_count == 1 && strcmp(device_cell(device, 0, 0), name) == 0;
  if (!shown)
    world_fail(device->world, "device %d does not show its own write %s", device->index,
               name);
}

static void write_one(struct device *device, struct random *random) {
  int table = (int)random_below(random, TABLES);
  long long id = 1 + (long long)random_below(random, KEYS);
  long long other = 1 + (long long)random_below(random, KEYS);
  char name[NAME], n[16], sql[200];
  snprintf(name, sizeof name, "d%d-%d", device->index, ++device->names);
  snprintf(n, sizeof n, "%d", (int)random_below(random, NUMBERS));
  if (random_percent(random, 5))
    snprintf(n, sizeof n, "NULL");
  const char *view = table_names[table];
  bool shown = false;
  switch (random_below(random, 10)) {
  case 0:
  case 1:
  case 2:
    snprintf(sql, sizeof sql, "INSERT INTO %s (id, name, n) VALUES (%lld, '%s', %s)",
             view, id, name, n);
    shown = true;
    break;
  case 3: snprintf(sql, sizeof sql, "DELETE FROM %s WHERE id = %lld", view, id); break;
  case 4:
    snprintf(sql, sizeof sql, "UPDATE %s SET id = %lld, name = '%s' WHERE id = %lld",
             view, other, name, id);
    break;
  case 5:
    snprintf(sql, sizeof sql, "UPDATE %s SET n = coalesce(n, 0) + 1 WHERE n < %s", view,
             n);
    break;
  default:
    snprintf(sql, sizeof sql, "UPDATE %s SET name = '%s', n = %s WHERE id = %lld", view,
             name, n, id);
    break;
  }
  if (write_run(device, sql) && shown && table == 0)
    expect_shown(device, id, name);
}

void user_write(struct device *device, struct random *random) {
  if (!is_ready(device))
    return;
  bool alone = !device->in_transaction && random_percent(random, 60);
  if (!alone && !device->in_transaction)
    device->in_transaction = write_run(device, "BEGIN");
  int count = alone ? 1 : 1 + (int)random_below(random, STATEMENTS_MAX);
  for (int i = 0; i < count && !device->world->failed; i++)
    write_one(device, random);
  if (alone)
    note_accepted(device);
  else if (random_percent(random, 70))
    user_end(device, random_percent(random, 85));
}

void user_end(struct device *device, bool commit) {
  if (!device->in_transaction)
    return;
  device->in_transaction = false;
  if (write_run(device, commit ? "COMMIT" : "ROLLBACK") && commit)
    note_accepted(device);
}

/* --- deciding --- */

static void note_discarded(struct device *device, const char *transaction) {
  device_run(device, "SELECT id FROM tidemark.queue WHERE \"transaction\" = %s",
             transaction);
  for (int i = 0; i < device->row_count; i++)
    for (int j = 0; j < device->accepted_count; j++)
      if (device->accepted[j].id == atoll(device_cell(device, i, 0)))
        device->accepted[j].discarded = true;
}

/* A transaction that is in doubt may be at the origin as it is now. */
static void note_doubt(struct device *device, const char *transaction, bool dropped) {
  if (device->doubt_count < DOUBTS_MAX)
    device->doubts[device->doubt_count++] =
        (struct doubt){.number = atoll(transaction), .dropped = dropped};
}

bool user_resolve(struct device *device, struct random *random, bool discard) {
  static const char *const actions[] = {"\"retry\"", "\"discard\"",
                                        "\"set\",\"values\":{\"n\":1}"};
  char json[200], transaction[24];
  if (!is_ready(device) || device->in_transaction)
    return false;
  device_run(device, "SELECT id, \"transaction\", in_doubt FROM tidemark.queue WHERE "
                     "state = 'conflicted' ORDER BY id");
  if (device->row_count == 0)
    return false;
  int which = (int)random_below(random, (uint64_t)device->row_count);
  const char *action = discard ? actions[1] : actions[random_below(random, 3)];
  snprintf(json, sizeof json, "{\"call\":\"resolve\",\"write\":%s,\"action\":%s}",
           device_cell(device, which, 0), action);
  snprintf(transaction, sizeof transaction, "%s", device_cell(device, which, 1));
  if (atoll(device_cell(device, which, 2)) != 0 && action != actions[0])
    note_doubt(device, transaction, action == actions[1]);
  if (action == actions[1])
    note_discarded(device, transaction);
  world_say(device->world, "device %d: %s", device->index, json);
  if (!device_feed(device, TIDE_EVENT_CONTROL, json))
    world_fail(device->world, "device %d cannot resolve: %s", device->index,
               tide_error(device->engine));
  return true;
}

/* --- reading --- */

static int64_t number_of(const char *cell) {
  return cell != NULL ? atoll(cell) : NO_NUMBER;
}

static void check_row(struct device *device, int table, int i) {
  struct row row = {.table = table,
                    .id = number_of(device_cell(device, i, 0)),
                    .n = number_of(device_cell(device, i, 2)),
                    .version = number_of(device_cell(device, i, 4))};
  const char *name = device_cell(device, i, 1);
  snprintf(row.name, sizeof row.name, "%s", name != NULL ? name : "");
  if (number_of(device_cell(device, i, 3)) == 0 &&
      !origin_has_shown(&device->world->origin, &row, device->subject))
    world_fail(device->world,
               "device %d shows a row of %s that its subject never had: %lld %s",
               device->index, table_names[table], (long long)row.id, row.name);
}

void user_read(struct device *device) {
  if (!is_ready(device))
    return;
  for (int table = 0; table < TABLES; table++) {
    if (!device_run(device, "SELECT id, name, n, __staged, __version FROM %s",
                    table_names[table]))
      continue;
    for (int i = 0; i < device->row_count; i++)
      check_row(device, table, i);
  }
  waiting_check(device);
  pairs_check(device);
  if (device_run(device, "SELECT c, s FROM totals EXCEPT SELECT count(*), sum(n) FROM "
                         "items") &&
      device->row_count > 0)
    world_fail(device->world, "a view over a view of device %d is out of step",
               device->index);
}
