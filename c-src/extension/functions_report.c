/* flush_and_report: which rows of TVIEWs this transaction has changed. */
#include <stdlib.h>
#include <string.h>

#include "extension/internal.h"
#include "extension/settings.h"
#include "view/report.h"
#include "view/view.h"

/* A row that came, went, or became another; arena-owned. */
struct entry {
  struct row_value key;  /* pk_<entity>; its bytes are copies */
  const char *id, *data; /* JSON; NULL: it has none, or none is wanted */
  bool was, is;
};

/* What one TVIEW has to tell. */
struct telling {
  struct extension_call *call;
  int key, id, data; /* its columns; -1: there is none */
  int limit;         /* how many rows are told one by one */
  int count, capacity;
  struct entry *entries;
  bool too_many;
};

/* --- collecting --- */

static const char *json_of(struct arena *arena, const struct row_value *value,
                           struct type type) {
  const char *text;
  bool json = type.array || type.id == TYPE_JSON || type.id == TYPE_JSONB;
  switch (value->type) {
  case ROW_INTEGER: return arena_format(arena, "%lld", (long long)value->integer);
  case ROW_TEXT:
    text = arena_copy(arena, (const char *)value->bytes, value->size);
    return text && !json ? arena_format(arena, "%j", text) : text;
  default: return "null";
  }
}

static bool read_entry(const struct telling *telling, const struct relation *relation,
                       struct row row, struct entry *entry) {
  struct arena *arena = telling->call->arena;
  const unsigned char *at = row.bytes;
  for (int i = 0; i < relation->column_count; i++) {
    struct row_value value;
    at = row_read(at, &value);
    if (i == telling->key) {
      entry->key = value;
      if (value.type >= ROW_TEXT)
        entry->key.bytes = (const unsigned char *)arena_copy(
            arena, (const char *)value.bytes, value.size);
    }
    if (i == telling->id)
      entry->id = json_of(arena, &value, relation->columns[i].type);
    if (i == telling->data)
      entry->data = json_of(arena, &value, relation->columns[i].type);
  }
  return !arena->failed;
}

static int note_row(void *context, const struct relation *relation, int64_t rowid,
                    struct row before, struct row now) {
  struct telling *telling = context;
  (void)rowid;
  telling->too_many = telling->count >= telling->limit;
  if (telling->too_many)
    return REPORT_ENOUGH;
  if (telling->count == telling->capacity) {
    int capacity = telling->capacity * 2 + 16;
    struct entry *larger =
        arena_alloc(telling->call->arena, (size_t)capacity * sizeof *larger);
    if (!larger)
      return extension_nomem(telling->call->database);
    if (telling->count > 0)
      memcpy(larger, telling->entries, (size_t)telling->count * sizeof *larger);
    telling->entries = larger;
    telling->capacity = capacity;
  }
  struct entry *entry = &telling->entries[telling->count++];
  *entry = (struct entry){.was = before.bytes != NULL, .is = now.bytes != NULL};
  return read_entry(telling, relation, now.bytes ? now : before, entry)
             ? TIDE_OK
             : extension_nomem(telling->call->database);
}

/* --- putting in order --- */

static int compare_keys(const struct row_value *left, const struct row_value *right) {
  if (left->type == ROW_INTEGER && right->type == ROW_INTEGER)
    return (left->integer > right->integer) - (left->integer < right->integer);
  if (left->type < ROW_TEXT || right->type < ROW_TEXT)
    return (int)left->type - (int)right->type;
  uint32_t size = left->size < right->size ? left->size : right->size;
  int order = size > 0 ? memcmp(left->bytes, right->bytes, size) : 0;
  return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

/* By key; of one key those that are there before those that are not. */
static int compare_entries(const void *left, const void *right) {
  const struct entry *one = left, *other = right;
  int order = compare_keys(&one->key, &other->key);
  return order != 0 ? order : (int)other->is - (int)one->is;
}

/* A row that went while another with its key came has become that. */
static void join_entries(struct telling *telling) {
  if (telling->count < 2)
    return;
  qsort(telling->entries, (size_t)telling->count, sizeof *telling->entries,
        compare_entries);
  int kept = 1;
  for (int i = 1; i < telling->count; i++) {
    struct entry *last = &telling->entries[kept - 1], *entry = &telling->entries[i];
    if (last->is && !entry->is && compare_keys(&last->key, &entry->key) == 0)
      last->was = true;
    else
      telling->entries[kept++] = *entry;
  }
  telling->count = kept;
}

/* --- telling --- */

struct report {
  struct buffer updated, deleted, invalidated;
  int64_t left; /* how many more entries there may be */
};

static void invalidate(struct report *report, const char *type) {
  buffer_format(&report->invalidated, "%s%j", report->invalidated.length > 0 ? "," : "",
                type);
}

static void tell_entry(struct report *report, const struct tview *tview,
                       const struct entry *entry) {
  struct buffer *out = entry->is ? &report->updated : &report->deleted;
  buffer_format(out, "%s{\"__typename\":%j,\"id\":%s", out->length > 0 ? "," : "",
                tview->type_name, entry->id ? entry->id : "null");
  if (entry->is)
    buffer_format(out, ",\"operation\":\"%s\"", entry->was ? "UPDATED" : "CREATED");
  if (entry->is && entry->data)
    buffer_format(out, ",\"data\":%s", entry->data);
  buffer_character(out, '}');
}

static void tell(struct report *report, const struct tview *tview,
                 struct telling *telling) {
  join_entries(telling);
  int count = report->left < telling->count ? (int)report->left : telling->count;
  for (int i = 0; i < count; i++)
    tell_entry(report, tview, &telling->entries[i]);
  report->left -= count;
  if (count < telling->count)
    invalidate(report, tview->type_name);
}

static int report_tview(struct extension_call *call, int64_t id, bool data,
                        struct report *report, int *tracked) {
  struct database *database = call->database;
  struct tview tview;
  bool known;
  int code = tview_by_id(database, call->arena, id, &tview);
  if (code != TIDE_OK)
    return code;
  const struct relation *relation = catalog_find_id(database, id);
  const char *key = arena_format(call->arena, "pk_%s", tview.entity);
  if (!key)
    return extension_nomem(database);
  struct telling telling = {.call = call,
                            .key = relation_column(relation, key),
                            .id = relation_column(relation, "id"),
                            .data = data ? relation_column(relation, "data") : -1,
                            .limit = *tracked};
  if (telling.id < 0)
    telling.id = telling.key;
  code = report_view(database, relation, &known, note_row, &telling);
  if (code != TIDE_OK)
    return code;
  *tracked -= telling.count;
  if (known && !telling.too_many)
    tell(report, &tview, &telling);
  else
    invalidate(report, tview.type_name);
  return TIDE_OK;
}

static int64_t read_most(const struct extension_call *call) {
  enum { MOST = 500 };
  return call->argument[0] ? strtoll(call->argument[0], NULL, 10) : MOST;
}

static int sort_by_entity(struct extension_call *call, int64_t **ids, int *count) {
  return tview_list(call->database, call->arena,
                    "SELECT relation_id FROM __tidemark_tviews ORDER BY entity", ids,
                    count);
}

static int report_all(struct extension_call *call, struct report *report) {
  int64_t *ids = NULL;
  int count = 0, tracked = tview_report_max(call->database);
  bool data = !call->argument[1] || argument_is_true(call, 1);
  int code = view_maintain(call->database);
  if (code == TIDE_OK)
    code = sort_by_entity(call, &ids, &count);
  for (int i = 0; i < count && code == TIDE_OK; i++)
    code = report_tview(call, ids[i], data, report, &tracked);
  if (code == TIDE_OK && (!call->argument[2] || argument_is_true(call, 2)))
    code = report_forget(call->database);
  return code;
}

int tviews_report(struct extension_call *call) {
  struct memory *memory = call->database->memory;
  struct report report = {.left = read_most(call)};
  struct buffer json;
  if (report.left < 0)
    return error_set(call->database->error, TIDE_ERROR_INVALID_PARAMETER,
                     "max_entities must not be negative");
  buffer_init(&report.updated, memory);
  buffer_init(&report.deleted, memory);
  buffer_init(&report.invalidated, memory);
  buffer_init(&json, memory);
  int code = report_all(call, &report);
  buffer_format(&json,
                "{\"updated\":[%s],\"deleted\":[%s],\"truncated\":%s,"
                "\"invalidated_types\":[%s]}",
                buffer_string(&report.updated), buffer_string(&report.deleted),
                report.invalidated.length > 0 ? "true" : "false",
                buffer_string(&report.invalidated));
  json.failed |=
      report.updated.failed || report.deleted.failed || report.invalidated.failed;
  buffer_deinit(&report.updated);
  buffer_deinit(&report.deleted);
  buffer_deinit(&report.invalidated);
  return code == TIDE_OK ? answer_json(call, &json) : (buffer_deinit(&json), code);
}
