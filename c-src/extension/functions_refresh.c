/* Functions that compute TVIEWs anew, and that put off keeping them current. */
#include <string.h>

#include "extension/internal.h"
#include "view/view.h"

/* --- refresh --- */

static int refresh_one(struct extension_call *call, int64_t id) {
  struct tview tview;
  int code = tview_by_id(call->database, call->arena, id, &tview);
  if (code == TIDE_OK)
    code = view_refresh(call->database, id);
  return code == TIDE_OK ? tview_log(call->database, "REFRESH", tview.entity) : code;
}

static int refresh_ids(struct extension_call *call, const int64_t *ids, int count) {
  int code = TIDE_OK;
  for (int i = 0; i < count && code == TIDE_OK; i++)
    code = refresh_one(call, ids[i]);
  return code;
}

/* What it reads is current already; then itself, then all that read it. */
int tviews_refresh(struct extension_call *call) {
  struct tview tview;
  int64_t *ids = NULL;
  int count = 0;
  int code = argument_entity(call, &tview);
  if (code == TIDE_OK)
    code = view_maintain(call->database);
  if (code == TIDE_OK)
    code = refresh_one(call, tview.id);
  if (code == TIDE_OK)
    code = tview_readers(call->database, call->arena, tview.id, &ids, &count);
  if (code == TIDE_OK)
    code = refresh_ids(call, ids, count);
  return code == TIDE_OK ? answer_void(call) : code;
}

static int report_order(struct extension_call *call, const int64_t *ids, int count) {
  struct buffer json;
  int code = TIDE_OK;
  buffer_init(&json, call->database->memory);
  buffer_format(&json, "{\"refreshed_count\":%d,\"order\":[", count);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    struct tview tview;
    code = tview_by_id(call->database, call->arena, ids[i], &tview);
    if (code == TIDE_OK)
      buffer_format(&json, "%s%j", i > 0 ? "," : "", tview.entity);
  }
  /* the engine reads no clock */
  buffer_text(&json, "],\"duration_ms\":null}");
  return code == TIDE_OK ? answer_json(call, &json) : (buffer_deinit(&json), code);
}

static int refuse_suspended(struct extension_call *call) {
  if (view_suspended(call->database) == 0)
    return TIDE_OK;
  error_set(call->database->error, TIDE_ERROR_NOT_WRITABLE,
            "TVIEWs cannot be refreshed while they are suspended");
  error_hint(call->database->error, "Call pg_tviews_resume_triggers() first.");
  return TIDE_ERROR_NOT_WRITABLE;
}

int tviews_refresh_all(struct extension_call *call) {
  int64_t *ids = NULL;
  int count = 0;
  int code = refuse_suspended(call);
  if (code == TIDE_OK)
    code = view_maintain(call->database);
  if (code == TIDE_OK)
    code = tview_all(call->database, call->arena, &ids, &count);
  if (code == TIDE_OK)
    code = refresh_ids(call, ids, count);
  return code == TIDE_OK ? report_order(call, ids, count) : code;
}

static int not_of_time(struct extension_call *call) {
  return error_set(call->database->error, TIDE_ERROR_INVALID_PARAMETER,
                   "TVIEW '%s' does not depend on the time", call->argument[0]);
}

/* Those that declare that they depend on the time, or the one that is named; sources first. What reads them follows with
 * the transaction. */
int tviews_refresh_time(struct extension_call *call) {
  int64_t *ids = NULL;
  int count = 0;
  struct tview named = {0}, tview;
  int code = call->argument[0] ? argument_entity(call, &named) : TIDE_OK;
  if (code == TIDE_OK)
    code = refuse_suspended(call);
  if (code == TIDE_OK)
    code = view_maintain(call->database);
  if (code == TIDE_OK)
    code = tview_all(call->database, call->arena, &ids, &count);
  buffer_format(&call->result, "SELECT NULL::text AS %q WHERE false", call->name);
  bool found = false;
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    const struct relation *relation = catalog_find_id(call->database, ids[i]);
    if (!relation->view->time_refresh || (named.id != 0 && named.id != ids[i]))
      continue;
    found = true;
    code = tview_by_id(call->database, call->arena, ids[i], &tview);
    if (code == TIDE_OK)
      code = refresh_one(call, ids[i]);
    if (code == TIDE_OK)
      buffer_format(&call->result, " UNION ALL SELECT %Q", tview.entity);
  }
  return code == TIDE_OK && named.id != 0 && !found ? not_of_time(call) : code;
}

/* Those without rows, or all. */
int tviews_rebuild_all(struct extension_call *call) {
  int64_t *ids = NULL;
  int count = 0;
  const char *only_empty =
      call->argument[0] && !argument_is_true(call, 0) ? "" : "WHERE n = 0";
  int code = refuse_suspended(call);
  if (code == TIDE_OK)
    code = view_maintain(call->database);
  if (code == TIDE_OK)
    code = tview_all(call->database, call->arena, &ids, &count);
  buffer_text(&call->result,
              "SELECT NULL::text AS entity, NULL::bigint AS rows WHERE false");
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    struct tview tview;
    code = tview_by_id(call->database, call->arena, ids[i], &tview);
    if (code == TIDE_OK)
      code = refresh_one(call, ids[i]);
    if (code == TIDE_OK)
      buffer_format(
          &call->result,
          " UNION ALL SELECT * FROM (SELECT %Q AS e, count(*) AS n FROM %q.%q)"
          " AS c %s",
          tview.entity, tview.schema, tview.name, only_empty);
  }
  return code;
}

/* Were there rows to put right? */
int tviews_recover(struct extension_call *call) {
  struct tview tview;
  int code = argument_entity(call, &tview);
  if (code == TIDE_OK)
    code = view_maintain(call->database);
  int64_t before = sqlite3_total_changes64(call->database->handle);
  if (code == TIDE_OK)
    code = view_refresh(call->database, tview.id);
  bool recovered = sqlite3_total_changes64(call->database->handle) != before;
  return code == TIDE_OK ? answer_boolean(call, recovered) : code;
}

/* Propagation by hand: all that has changed is brought into the views now. */
int tviews_propagate(struct extension_call *call) {
  struct database *database = call->database;
  int64_t id = 0;
  int code = argument_required(call, 2);
  if (code != TIDE_OK)
    return code;
  for (const char *digit = call->argument[0]; *digit >= '0' && *digit <= '9'; digit++)
    id = id < INT64_MAX / 20 ? id * 10 + (*digit - '0') : id;
  if (!catalog_find_id(database, id))
    return error_set(database->error, TIDE_ERROR_UNDEFINED_TABLE,
                     "relation with OID %s does not exist", call->argument[0]);
  code = view_maintain(database);
  return code == TIDE_OK ? answer_void(call) : code;
}

/* --- suspending --- */

static int tell_no_transaction(struct extension_call *call) {
  struct buffer json;
  buffer_init(&json, call->database->memory);
  buffer_format(
      &json,
      "{\"severity\":\"WARNING\",\"code\":\"25P01\",\"message\":\"pg_tviews_%s "
      "has no effect outside a transaction\",\"hint\":\"Suspension ends with "
      "the transaction: begin one first.\"}",
      call->name);
  if (!json.failed)
    effects_push(call->database->effects, TIDE_EFFECT_NOTICE, &json, NULL);
  buffer_deinit(&json);
  return answer_void(call);
}

int tviews_suspend(struct extension_call *call) {
  if (!call->database->in_transaction)
    return tell_no_transaction(call);
  int code = view_suspend(call->database);
  return code == TIDE_OK ? answer_void(call) : code;
}

int tviews_resume(struct extension_call *call) {
  if (!call->database->in_transaction)
    return tell_no_transaction(call);
  int code = view_resume(call->database);
  return code == TIDE_OK ? answer_void(call) : code;
}

int tviews_is_suspended(struct extension_call *call) {
  return answer_boolean(call, view_suspended(call->database) > 0);
}

/* --- what waits --- */

/* Calls `visit` for each TVIEW that is not current. */
static int each_stale(struct extension_call *call, struct buffer *out,
                      void (*visit)(struct buffer *out, const char *entity)) {
  int64_t *ids = NULL;
  int count = 0;
  int code = tview_all(call->database, call->arena, &ids, &count);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    struct tview tview;
    code = tview_by_id(call->database, call->arena, ids[i], &tview);
    if (code == TIDE_OK &&
        view_is_stale(call->database, catalog_find_id(call->database, ids[i])))
      visit(out, tview.entity);
  }
  return code;
}

static void put_entity(struct buffer *out, const char *entity) {
  buffer_format(out, "%s%Q", out->length > 0 ? "," : "", entity);
}

int tviews_suspended_entities(struct extension_call *call) {
  struct buffer entities;
  buffer_init(&entities, call->database->memory);
  int code = view_suspended(call->database) > 0
                 ? each_stale(call, &entities, put_entity)
                 : TIDE_OK;
  call->result.failed |= entities.failed;
  buffer_format(&call->result, "SELECT ARRAY[%s]::text[] AS %q",
                buffer_string(&entities), call->name);
  buffer_deinit(&entities);
  return code;
}

/* Which rows are concerned is only computed when they are needed. */
static void put_queued(struct buffer *out, const char *entity) {
  buffer_format(out, "%s{\"entity\":%j,\"pk\":null}", out->length > 1 ? "," : "",
                entity);
}

int tviews_debug_queue(struct extension_call *call) {
  struct buffer json;
  buffer_init(&json, call->database->memory);
  buffer_character(&json, '[');
  int code = each_stale(call, &json, put_queued);
  buffer_character(&json, ']');
  return code == TIDE_OK ? answer_json(call, &json) : (buffer_deinit(&json), code);
}
