/* What is done with a database that may be damaged, and whether everything that came of it may be. */
#include "scenario.h"

#include <stdio.h>
#include <string.h>

#include "corpus.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const relations[] = {
    "customers", "orders",       "parts",     "numbered", "other.things", "plain",
    "copied",    "tv_customers", "items",     "joined",   "outer_joined", "totals",
    "latest",    "ranked",       "documents", "chains",   "several",      "busy",
    "on_top",    "listed",       "firsts"};

static const char *const systems[] = {
    "SELECT * FROM tidemark.views",       "SELECT * FROM tidemark.columns",
    "SELECT * FROM tidemark.queue",       "SELECT * FROM tidemark.sync",
    "SELECT * FROM tidemark.slots",       "SELECT * FROM tidemark.database",
    "SELECT * FROM tidemark.tviews",      "SELECT * FROM tidemark.tview_log",
    "SELECT * FROM tidemark.stats",       "SELECT * FROM tidemark.requests",
    "SELECT * FROM tidemark.dependencies"};

static const char *const lives[] = {
    "SELECT customer, sum(total) AS t FROM orders WHERE customer > 2 GROUP BY customer",
    "SELECT id, name FROM items ORDER BY id", "SELECT * FROM latest"};

static const char *const writes[] = {
    "INSERT INTO customers VALUES (50, 'fifty', NULL)",
    "INSERT INTO orders VALUES (300, 50, 12.5, 'x'), (301, 3, 40, 'y')",
    "UPDATE orders SET total = total + 2 WHERE customer = 3",
    "DELETE FROM orders WHERE id % 3 = 0",
    "UPDATE customers SET name = upper(name) WHERE id = 4",
    "INSERT INTO parts (whole, data) VALUES (4, '{\"b\": 2}')",
    "DELETE FROM parts WHERE id = 2",
    "INSERT INTO numbered (a, b) VALUES ('z', 'z')",
    "UPDATE other.things SET big = big + 1",
    "INSERT INTO items VALUES (70, 'seventy')",
    "UPDATE items SET name = 'again' WHERE id = 1",
    "DELETE FROM items WHERE id = 3",
    "REFRESH MATERIALIZED VIEW copied",
    "DELETE FROM customers WHERE id = 5"};

static const char *const definitions[] = {
    "ALTER TABLE orders ADD COLUMN extra text DEFAULT 'e'",
    "ALTER TABLE customers RENAME COLUMN born TO birthday",
    "CREATE REALTIME VIEW fresh AS SELECT customer, max(total) AS m FROM orders GROUP "
    "BY "
    "customer",
    "CREATE TABLE made (id integer PRIMARY KEY)",
    "DROP REALTIME VIEW totals",
    "DROP REALTIME VIEW joined CASCADE",
    "DROP TABLE parts CASCADE",
    "ANALYZE",
    "REINDEX DATABASE",
    "VACUUM"};

/* --- the verdict --- */

static bool is(const struct outcome *outcome, const char *sqlstate) {
  return strcmp(outcome->sqlstate, sqlstate) == 0;
}

static void tally(struct verdict *verdict, const struct outcome *outcome) {
  char text[sizeof verdict->tallies[0].text];
  const char *message = strstr(outcome->message, "\"message\":");
  snprintf(text, sizeof text, "%s %s", outcome->sqlstate, message ? message + 10 : "");
  for (size_t i = 0; i < COUNT(verdict->tallies); i++) {
    struct tally *one = &verdict->tallies[i];
    if (one->count == 0)
      strcpy(one->text, text);
    if (strcmp(one->text, text) == 0) {
      one->count++;
      return;
    }
  }
}

static void fail(struct verdict *verdict, const char *reason, const char *detail) {
  if (verdict->failed)
    return;
  verdict->failed = true;
  snprintf(verdict->reason, sizeof verdict->reason, "%s\n  %s: %s", verdict->step,
           reason, detail);
}

/* Errors that tell of a fault of ours, not of the file's. */
static void judge(struct verdict *verdict, const struct outcome *outcome) {
  verdict->steps++;
  if (is(outcome, "00000"))
    return;
  verdict->errors++;
  verdict->corrupt += is(outcome, "XX001");
  tally(verdict, outcome);
  if (is(outcome, "XX000") || is(outcome, "58030") || is(outcome, "53100") ||
      is(outcome, "53200") || is(outcome, "42601"))
    fail(verdict, "an error that the file is not to blame for", outcome->message);
}

static struct outcome run(struct session *session, struct verdict *verdict,
                          const char *sql) {
  snprintf(verdict->step, sizeof verdict->step, "%s", sql);
  struct outcome outcome = session_run(session, sql);
  judge(verdict, &outcome);
  return outcome;
}

static void feed(struct session *session, struct verdict *verdict,
                 enum tide_event_type type, const char *json) {
  snprintf(verdict->step, sizeof verdict->step, "event %s", json);
  struct outcome outcome = session_feed(session, type, json, NULL);
  judge(verdict, &outcome);
}

/* --- reading --- */

void scenario_read(struct session *session, struct reads *reads) {
  for (size_t i = 0; i < COUNT(relations); i++) {
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT * FROM %s", relations[i]);
    reads->sums[i] = session_run(session, sql).sum;
  }
}

/* Everything is right or says that it is not; all that is right is from one state. */
static void read_all(struct session *session, struct verdict *verdict,
                     const struct reads *states, int count) {
  bool possible[16];
  for (int k = 0; k < count; k++)
    possible[k] = true;
  for (size_t i = 0; i < COUNT(relations); i++) {
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT * FROM %s", relations[i]);
    struct outcome outcome = run(session, verdict, sql);
    if (!states || is(&outcome, "XX001"))
      continue;
    bool any = false;
    for (int k = 0; k < count; k++) {
      possible[k] =
          possible[k] && is(&outcome, "00000") && states[k].sums[i] == outcome.sum;
      any |= possible[k];
    }
    if (!any)
      fail(verdict, "neither right rows nor XX001", outcome.message);
  }
  for (size_t i = 0; i < COUNT(systems); i++)
    run(session, verdict, systems[i]);
  for (size_t i = 0; i < COUNT(lives); i++) {
    snprintf(verdict->step, sizeof verdict->step, "live %s", lives[i]);
    struct outcome outcome = session_live(session, lives[i]);
    judge(verdict, &outcome);
  }
}

/* After integrity_check, which rebuilds what differs, every view equals its query. */
static void check_views(struct session *session, struct verdict *verdict,
                        bool all_there) {
  struct outcome checked = run(session, verdict, "PRAGMA integrity_check");
  if (!is(&checked, "00000"))
    return;
  checked = run(session, verdict, "PRAGMA integrity_check");
  struct outcome sound = run(session, verdict, "SELECT 'ok'");
  for (int i = 0; i < corpus_view_count && all_there && is(&checked, "00000"); i++) {
    char sql[2048];
    const struct corpus_view *view = &corpus_views[i];
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM ((SELECT * FROM %s EXCEPT (%s)) UNION ALL ((%s) EXCEPT "
        "SELECT * FROM %s)) AS x",
        view->view, view->query, view->query, view->view);
    struct outcome outcome = run(session, verdict, sql);
    if (checked.sum == sound.sum && is(&outcome, "00000") && outcome.number != 0)
      fail(verdict, "integrity_check says ok, and a view differs from its query",
           view->view);
  }
}

/* --- writing --- */

static void receive(struct session *session, struct verdict *verdict) {
  char json[160];
  snprintf(json, sizeof json, "{\"id\":%lld}", (long long)session->subscribe);
  feed(session, verdict, TIDE_EVENT_SUBSCRIBED, json);
  snprintf(verdict->step, sizeof verdict->step, "changes of the origin");
  corpus_answer(session, session->subscribe, "c2", 2);
  snprintf(verdict->step, sizeof verdict->step, "a conflict");
  struct outcome outcome = corpus_conflict(session, session->apply);
  judge(verdict, &outcome);
  snprintf(json, sizeof json,
           "{\"id\":%lld,\"code\":\"08006\",\"message\":\"gone\",\"transient\":true}",
           (long long)session->apply);
  feed(session, verdict, TIDE_EVENT_FAILED, json);
  feed(session, verdict, TIDE_EVENT_CONTROL,
       "{\"call\":\"sync\",\"id\":1,\"selector\":null,\"force\":true}");
}

static void resolve(struct session *session, struct verdict *verdict) {
  static const char *const actions[] = {"retry", "discard", "set"};
  char json[160];
  for (int write = 1; write <= 6; write++) {
    snprintf(
        json, sizeof json,
        "{\"call\":\"resolve\",\"write\":%d,\"action\":\"%s\",\"values\":{\"name\":"
        "\"set\"}}",
        write, actions[write % 3]);
    snprintf(verdict->step, sizeof verdict->step, "event %s", json);
    struct outcome outcome = session_feed(session, TIDE_EVENT_CONTROL, json, NULL);
    if (!is(&outcome, "22023")) /* few are conflicts */
      judge(verdict, &outcome);
  }
}

static void use_slot(struct session *session, struct verdict *verdict) {
  static const char *const calls[] = {
      "{\"call\":\"readSlot\",\"slot\":\"s\",\"commit\":0,\"maximum\":100}",
      "{\"call\":\"acknowledgeSlot\",\"slot\":\"s\",\"commit\":3}",
      "{\"call\":\"openSlot\",\"slot\":\"other\",\"selector\":null}",
      "{\"call\":\"subscribe\",\"selector\":[[\"public\",null]]}",
      "{\"call\":\"dropSlot\",\"slot\":\"s\"}"};
  for (size_t i = 0; i < COUNT(calls); i++)
    feed(session, verdict, TIDE_EVENT_CONTROL, calls[i]);
}

static void write_all(struct session *session, struct verdict *verdict) {
  for (size_t i = 0; i < COUNT(writes); i++)
    run(session, verdict, writes[i]);
  receive(session, verdict);
  resolve(session, verdict);
  use_slot(session, verdict);
  read_all(session, verdict, NULL, 0);
  for (size_t i = 0; i < COUNT(definitions); i++)
    run(session, verdict, definitions[i]);
}

static bool open(struct session *session, bool pieces, struct verdict *verdict) {
  snprintf(verdict->step, sizeof verdict->step, "open");
  struct outcome outcome = session_open(session, pieces);
  judge(verdict, &outcome);
  if (!is(&outcome, "00000") && !is(&outcome, "XX001"))
    fail(verdict, "it is not opened, for no good reason", outcome.message);
  return is(&outcome, "00000");
}

void scenario_run(struct session *session, bool pieces, const struct reads *states,
                  int count, struct verdict *verdict) {
  bool opened = open(session, pieces, verdict);
  if (opened) {
    read_all(session, verdict, states, count);
    if (!states)
      check_views(session, verdict, true);
    write_all(session, verdict);
  }
  snprintf(verdict->step, sizeof verdict->step, "close");
  session_close(session);
  if (opened && open(session, false, verdict)) {
    read_all(session, verdict, NULL, 0);
    check_views(session, verdict, false);
  }
  snprintf(verdict->step, sizeof verdict->step, "close again");
  session_close(session);
}
