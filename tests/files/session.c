/* An engine on a file or on pages that the fuzzer holds, and what became of each statement and event. */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1769853600000)

static uint64_t mix(uint64_t hash, const void *data, size_t size) {
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ ((const unsigned char *)data)[i]) * UINT64_C(1099511628211);
  return hash;
}

static struct outcome outcome_of(struct session *session, int status) {
  struct outcome outcome = {.sqlstate = "00000", .waits = status == TIDE_WAIT};
  if (status == TIDE_DONE || status == TIDE_WAIT || status == TIDE_ROW)
    return outcome;
  const char *error = session->engine ? tide_error(session->engine)
                                      : "{\"code\":\"53200\",\"message\":\"\"}";
  const char *code = strstr(error, "\"code\":\"");
  if (code)
    memcpy(outcome.sqlstate, code + 8, 5);
  snprintf(outcome.message, sizeof outcome.message, "%s", error);
  return outcome;
}

/* --- effects --- */

static int64_t member(const char *json, const char *name) {
  const char *at = strstr(json, name);
  return at ? atoll(at + strlen(name)) : 0;
}

static void keep_pages(struct session *session, const tide_effect *effect) {
  size_t page_size = (size_t)member(effect->json, "\"pageSize\":");
  size_t total = (size_t)member(effect->json, "\"pages\":") * page_size;
  struct buffer *pages = session->pages;
  static const char zeros[512];
  while (pages->length < total)
    buffer_append(pages, zeros, sizeof zeros);
  pages->length = total;
  for (size_t at = 0; at + 8 + page_size <= effect->data_size; at += 8 + page_size) {
    uint32_t number;
    memcpy(&number, (const char *)effect->data + at, sizeof number);
    memcpy(pages->data + number * page_size, (const char *)effect->data + at + 8,
           page_size);
  }
}

static void drain(struct session *session) {
  tide_effect effect;
  char json[64];
  while (session->engine && tide_next_effect(session->engine, &effect)) {
    int64_t id = member(effect.json, "\"id\":");
    switch (effect.type) {
    case TIDE_EFFECT_LOAD: session->load = id; break;
    case TIDE_EFFECT_REQUEST: session->request = id; break;
    case TIDE_EFFECT_APPLY: session->apply = id; break;
    case TIDE_EFFECT_SUBSCRIBE: session->subscribe = id; break;
    case TIDE_EFFECT_COMMIT:
      session->commit = member(effect.json, "\"commit\":");
      break;
    case TIDE_EFFECT_PERSIST:
      keep_pages(session, &effect);
      snprintf(json, sizeof json, "{\"id\":%lld}", (long long)id);
      session_feed(session, TIDE_EVENT_PERSISTED, json, NULL);
      break;
    default: break;
    }
  }
}

/* --- opening --- */

static struct outcome load(struct session *session, bool pieces) {
  char json[96];
  struct outcome outcome = {.sqlstate = "00000"};
  size_t length = session->pages->length;
  if (length > 0 && pieces)
    snprintf(json, sizeof json, "{\"id\":%lld,\"offset\":0,\"size\":%zu}",
             (long long)session->load, length);
  else
    snprintf(json, sizeof json, "{\"id\":%lld,\"offset\":0}", (long long)session->load);
  struct buffer copy;
  buffer_init(&copy, memory_default());
  buffer_append(&copy, session->pages->data, length);
  if (length > 0)
    outcome = session_feed(session, TIDE_EVENT_PAGES, json, &copy);
  buffer_deinit(&copy);
  if (strcmp(outcome.sqlstate, "00000") != 0)
    return outcome;
  snprintf(json, sizeof json, "{\"id\":%lld}", (long long)session->load);
  return session_feed(session, TIDE_EVENT_LOADED, json, NULL);
}

struct outcome session_open(struct session *session, bool pieces) {
  tide_config config = {.storage =
                            session->disk ? TIDE_STORAGE_FILE : TIDE_STORAGE_PAGES,
                        .path = FILE_NAME,
                        .files = session->disk ? crash_disk_files(session->disk) : NULL,
                        .now = NOW,
                        .seed = {1},
                        .auto_sync = 1};
  int status = tide_open(&config, &session->engine);
  struct outcome outcome = outcome_of(session, status);
  drain(session);
  if (status == TIDE_DONE && !session->disk)
    outcome = load(session, pieces);
  return outcome;
}

void session_close(struct session *session) {
  tide_close(session->engine);
  session->engine = NULL;
}

/* --- statements and events --- */

/* Fetches all rows, and sums them up. */
static int fetch(tide_statement *statement, struct outcome *outcome) {
  const void *block;
  size_t size;
  int status;
  do {
    size = 0;
    status = tide_fetch(statement, 100, &block, &size);
    if ((status == TIDE_ROW || status == TIDE_DONE) && size > 0)
      outcome->sum = mix(outcome->sum, block, size);
    struct block_reader reader;
    struct block_cell cell;
    if ((status == TIDE_ROW || status == TIDE_DONE) && size > 0 &&
        block_read_init(&reader, block, size) == TIDE_OK && reader.rows > 0 &&
        block_next(&reader, &cell))
      outcome->number = cell.integer;
  } while (status == TIDE_ROW);
  return status;
}

static struct outcome ended(struct session *session, int status,
                            const struct outcome *fetched) {
  struct outcome outcome = outcome_of(session, status);
  outcome.sum = fetched->sum;
  outcome.number = fetched->number;
  return outcome;
}

struct outcome session_run(struct session *session, const char *sql) {
  struct outcome fetched = {.sum = UINT64_C(14695981039346656037)};
  tide_statement *statement = NULL;
  size_t consumed;
  int status = tide_prepare(session->engine, sql, strlen(sql), &statement, &consumed);
  if (status == TIDE_DONE)
    status = fetch(statement, &fetched);
  struct outcome outcome = ended(session, status, &fetched);
  tide_finalize(statement);
  drain(session);
  return outcome;
}

struct outcome session_live(struct session *session, const char *sql) {
  struct outcome fetched = {.sum = UINT64_C(14695981039346656037)};
  tide_statement *statement = NULL;
  size_t consumed, size;
  int reads;
  int64_t id = 0;
  const char *places;
  const void *block;
  int status = tide_prepare(session->engine, sql, strlen(sql), &statement, &consumed);
  if (status == TIDE_DONE)
    status = tide_live(statement, &reads);
  if (status == TIDE_DONE)
    status = tide_live_watch(statement, &id);
  if (status == TIDE_DONE) {
    tide_live_follow(statement, id);
    status = fetch(statement, &fetched);
  }
  if (status == TIDE_DONE)
    status = tide_live_changes(statement, id, &places, &block, &size);
  struct outcome outcome = ended(session, status, &fetched);
  tide_finalize(statement);
  drain(session);
  return outcome;
}

struct outcome session_feed(struct session *session, enum tide_event_type type,
                            const char *json, const struct buffer *data) {
  const tide_event event = {.type = type,
                            .now = NOW,
                            .json = json,
                            .json_size = strlen(json),
                            .data = data ? data->data : NULL,
                            .data_size = data ? data->length : 0};
  struct outcome outcome = outcome_of(session, tide_feed(session->engine, &event));
  drain(session);
  return outcome;
}
