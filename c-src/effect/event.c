/* What the host tells the engine: one event, checked and read. */
#include "effect/event.h"

#include <string.h>

#include "base/json.h"

/* What an event of a type must have. */
enum need {
  NEED_ID = 1 << 0,
  NEED_FIELDS = 1 << 1, /* {"name", "type"} for each column of the data's first block */
  NEED_BLOCK = 1 << 2,
  NEED_BLOCKS = 1 << 3, /* two of them */
  MAY_BLOCK = 1 << 4,   /* one or none */
};

static const struct {
  const char *name;
  unsigned needs;
} types[] = {
    [TIDE_EVENT_TIME] = {"TIME", 0},
    [TIDE_EVENT_NETWORK] = {"NETWORK", 0},
    [TIDE_EVENT_PAGES] = {"PAGES", NEED_ID},
    [TIDE_EVENT_LOADED] = {"LOADED", NEED_ID},
    [TIDE_EVENT_PERSISTED] = {"PERSISTED", NEED_ID},
    [TIDE_EVENT_RESPONSE] = {"RESPONSE", NEED_ID | NEED_FIELDS | MAY_BLOCK},
    [TIDE_EVENT_APPLIED] = {"APPLIED", NEED_ID | MAY_BLOCK},
    [TIDE_EVENT_SUBSCRIBED] = {"SUBSCRIBED", NEED_ID},
    [TIDE_EVENT_SNAPSHOT] = {"SNAPSHOT", NEED_ID | NEED_FIELDS | NEED_BLOCK},
    [TIDE_EVENT_CHANGES] = {"CHANGES", NEED_ID | NEED_FIELDS | NEED_BLOCKS},
    [TIDE_EVENT_FAILED] = {"FAILED", NEED_ID},
    [TIDE_EVENT_CONTROL] = {"CONTROL", 0},
};

enum { TYPE_COUNT_OF_EVENTS = sizeof types / sizeof *types };

static const char *type_name(const struct event *event) {
  return types[event->type].name;
}

/* Complains about one member of the control data. */
static int malformed(const struct event *event, struct error *error, const char *what) {
  return error_set(error, TIDE_ERROR_INVALID_PARAMETER, "malformed event %s: %s",
                   type_name(event), what);
}

int64_t event_integer(const struct event *event, const char *name, int64_t otherwise) {
  return json_integer(event->json, name, otherwise);
}

bool event_boolean(const struct event *event, const char *name, bool otherwise) {
  return json_boolean(event->json, name, otherwise);
}

const char *event_string(const struct event *event, const char *name) {
  return json_string(event->json, name);
}

const cJSON *event_member(const struct event *event, const char *name) {
  return json_member(event->json, name);
}

/* --- checks of the control data --- */

static bool is_one_of(const char *text, const char *const *choices) {
  for (; text != NULL && *choices != NULL; choices++) {
    if (strcmp(text, *choices) == 0)
      return true;
  }
  return false;
}

static int check_fields(const struct event *event, struct error *error) {
  const cJSON *fields = event_member(event, "fields");
  if (!cJSON_IsArray(fields))
    return malformed(event, error, "\"fields\" is not an array");
  const cJSON *field;
  cJSON_ArrayForEach(field, fields) {
    if (json_string(field, "name") == NULL || json_string(field, "type") == NULL)
      return malformed(event, error, "a field has no \"name\" or no \"type\"");
  }
  return TIDE_OK;
}

static int check_failed(const struct event *event, struct error *error) {
  const char *code = event_string(event, "code");
  if (code == NULL || strlen(code) != 5)
    return malformed(event, error, "\"code\" is not an SQLSTATE");
  if (event_string(event, "message") == NULL)
    return malformed(event, error, "\"message\" is missing");
  return TIDE_OK;
}

static int check_result(const struct event *event, const cJSON *result,
                        struct error *error) {
  static const char *const states[] = {"applied", "conflicted", "refused", NULL};
  if (!is_one_of(json_string(result, "state"), states))
    return malformed(event, error, "\"state\" is unknown");
  const cJSON *writes = json_member(result, "writes"), *write;
  if (writes != NULL && !cJSON_IsArray(writes))
    return malformed(event, error, "\"writes\" is not an array");
  cJSON_ArrayForEach(write, writes) {
    if (!json_is_integer(write) || write->valuedouble < 0)
      return malformed(event, error, "\"writes\" has an entry that is not a count");
  }
  return TIDE_OK;
}

static int check_applied(const struct event *event, struct error *error) {
  const cJSON *results = event_member(event, "results"), *result;
  if (!cJSON_IsArray(results))
    return malformed(event, error, "\"results\" is not an array");
  cJSON_ArrayForEach(result, results) {
    int rc = check_result(event, result, error);
    if (rc != TIDE_OK)
      return rc;
  }
  return TIDE_OK;
}

static int check_changes(const struct event *event, struct error *error) {
  if (event_integer(event, "upserts", -1) < 0)
    return malformed(event, error, "\"upserts\" is not a count");
  return TIDE_OK;
}

static bool is_text_or_null(const cJSON *json) {
  return cJSON_IsString(json) || cJSON_IsNull(json);
}

/* null for everything, or [[schema, name], …]. With `open` a name may be null, for all of the schema, and
 * both, for all there is. */
static bool is_selector(const cJSON *selector, bool open) {
  if (selector == NULL || cJSON_IsNull(selector))
    return true;
  if (!cJSON_IsArray(selector))
    return false;
  const cJSON *relation;
  cJSON_ArrayForEach(relation, selector) {
    if (cJSON_GetArraySize(relation) != 2 || !cJSON_IsArray(relation))
      return false;
    const cJSON *schema = relation->child, *name = schema->next;
    if (!is_text_or_null(schema) || !is_text_or_null(name) ||
        (cJSON_IsNull(schema) && cJSON_IsString(name)) ||
        (!open && (cJSON_IsNull(schema) || cJSON_IsNull(name))))
      return false;
  }
  return true;
}

static int check_resolve(const struct event *event, struct error *error) {
  static const char *const actions[] = {"retry", "discard", "set", NULL};
  const char *action = event_string(event, "action");
  if (event_integer(event, "write", 0) <= 0)
    return malformed(event, error, "\"write\" is not the id of a write");
  if (!is_one_of(action, actions))
    return malformed(event, error, "\"action\" is unknown");
  if (strcmp(action, "set") == 0 && !cJSON_IsObject(event_member(event, "values")))
    return malformed(event, error, "\"values\" is not an object");
  return TIDE_OK;
}

static int check_slot(const struct event *event, struct error *error) {
  const char *slot = event_string(event, "slot");
  if (slot == NULL || slot[0] == '\0')
    return malformed(event, error, "\"slot\" is not a name");
  if (event_integer(event, "commit", 0) < 0 || event_integer(event, "maximum", 1) < 1)
    return malformed(event, error, "\"commit\" or \"maximum\" is not a number");
  return TIDE_OK;
}

static bool is_list_of_texts(const cJSON *list) {
  const cJSON *item;
  if (list == NULL)
    return true;
  cJSON_ArrayForEach(item, list) {
    if (!cJSON_IsString(item))
      return false;
  }
  return cJSON_IsArray(list);
}

static int check_request(const struct event *event, struct error *error) {
  if (event_string(event, "client") == NULL)
    return malformed(event, error, "\"client\" is not a text");
  if (event_integer(event, "number", 0) < 1 || event_integer(event, "keep", 0) < 0)
    return malformed(event, error, "\"number\" or \"keep\" is not a number");
  if (!is_list_of_texts(event_member(event, "gone")))
    return malformed(event, error, "\"gone\" is not a list of texts");
  return TIDE_OK;
}

static int check_export(const struct event *event, struct error *error) {
  enum { PAGES_MAX = 4096 }; /* in one effect */
  int64_t maximum = event_integer(event, "maximum", 0);
  if (event_integer(event, "page", 0) < 1)
    return malformed(event, error, "\"page\" is not the number of a page");
  if (maximum < 1 || maximum > PAGES_MAX)
    return malformed(event, error, "\"maximum\" is not a number from 1 to 4096");
  return TIDE_OK;
}

static int check_control(const struct event *event, struct error *error) {
  static const char *const calls[] = {"sync",      "stop",        "resume",   "resolve",
                                      "subscribe", "unsubscribe", "announce", NULL};
  static const char *const patterns[] = {"subscribe", "unsubscribe", "openSlot", NULL};
  static const char *const slots[] = {"openSlot", "readSlot", "acknowledgeSlot",
                                      "dropSlot", NULL};
  static const char *const steps[] = {"begin", "data", "finish", "cancel", NULL};
  const char *call = event_string(event, "call");
  if (call != NULL && strcmp(call, "request") == 0)
    return check_request(event, error);
  if (call != NULL && strcmp(call, "export") == 0)
    return check_export(event, error);
  if (call != NULL && strcmp(call, "import") == 0)
    return is_one_of(event_string(event, "step"), steps)
               ? TIDE_OK
               : malformed(event, error, "\"step\" is unknown");
  if (is_one_of(call, slots) && check_slot(event, error) != TIDE_OK)
    return error->code;
  if (!is_one_of(call, calls) && !is_one_of(call, slots))
    return malformed(event, error, "\"call\" is unknown");
  if (strcmp(call, "resolve") == 0)
    return check_resolve(event, error);
  if (strcmp(call, "announce") == 0 && !cJSON_IsBool(event_member(event, "commits")))
    return malformed(event, error, "\"commits\" is not a boolean");
  if (!is_selector(event_member(event, "selector"), is_one_of(call, patterns)))
    return malformed(event, error, "\"selector\" is not null or [[schema, name], …]");
  if (strcmp(call, "sync") == 0 && event->id <= 0)
    return malformed(event, error, "\"id\" is missing");
  return TIDE_OK;
}

static int check_members(const struct event *event, struct error *error) {
  unsigned needs = types[event->type].needs;
  if ((needs & NEED_ID) != 0 && event->id <= 0)
    return malformed(event, error, "\"id\" is missing");
  if ((needs & NEED_FIELDS) != 0 && check_fields(event, error) != TIDE_OK)
    return error->code;
  switch (event->type) {
  case TIDE_EVENT_NETWORK:
    return cJSON_IsBool(event_member(event, "online"))
               ? TIDE_OK
               : malformed(event, error, "\"online\" is not a boolean");
  case TIDE_EVENT_PAGES:
    return event_integer(event, "offset", -1) >= 0
               ? TIDE_OK
               : malformed(event, error, "\"offset\" is not an offset");
  case TIDE_EVENT_APPLIED: return check_applied(event, error);
  case TIDE_EVENT_CHANGES: return check_changes(event, error);
  case TIDE_EVENT_FAILED: return check_failed(event, error);
  case TIDE_EVENT_CONTROL: return check_control(event, error);
  default: return TIDE_OK;
  }
}

/* --- checks of the data --- */

int event_block(const struct event *event, int index, struct block_reader *reader) {
  enum { HEADER_SIZE = 16 };
  const char *data = event->data;
  size_t left = event->data_size;
  for (;; index--) {
    if (data == NULL || left < HEADER_SIZE)
      return TIDE_ERROR_INVALID_PARAMETER;
    size_t size = block_size(data);
    if (size > left)
      return TIDE_ERROR_INVALID_PARAMETER;
    if (index == 0)
      return block_read_init(reader, data, size) == TIDE_OK
                 ? TIDE_OK
                 : TIDE_ERROR_INVALID_PARAMETER;
    data += size;
    left -= size;
  }
}

/* The row blocks must follow each other without anything after them. */
static int check_blocks(const struct event *event, struct error *error) {
  unsigned needs = types[event->type].needs;
  int wanted = (needs & NEED_BLOCKS) != 0 ? 2 : 1;
  if ((needs & (NEED_BLOCK | NEED_BLOCKS | MAY_BLOCK)) == 0)
    return TIDE_OK;
  int fields = cJSON_GetArraySize(event_member(event, "fields"));
  if (event->data_size == 0)
    return (needs & MAY_BLOCK) != 0 && fields == 0
               ? TIDE_OK
               : malformed(event, error, "its row block is missing");
  size_t end = 0;
  struct block_reader reader;
  for (int i = 0; i < wanted; i++) {
    if (event_block(event, i, &reader) != TIDE_OK)
      return malformed(event, error, "its data are not row blocks");
    if (i == 0 && (needs & NEED_FIELDS) != 0 && (int64_t)reader.columns != fields)
      return malformed(event, error, "its rows do not have the columns of \"fields\"");
    end += block_size((const char *)event->data + end);
  }
  return end == event->data_size ? TIDE_OK
                                 : malformed(event, error, "bytes follow its data");
}

/* --- an event's life --- */

static int parse(struct event *event, const tide_event *from, struct error *error) {
  if (from->json == NULL)
    return TIDE_OK;
  int result = json_parse(event->memory, from->json, from->json_size, &event->json);
  if (result == TIDE_ERROR_NOMEM)
    return error_set(error, result, "out of memory");
  if (result != TIDE_OK || !cJSON_IsObject(event->json))
    return malformed(event, error, "its control data are not a JSON object");
  return TIDE_OK;
}

int event_init(struct event *event, struct memory *memory, const tide_event *from,
               struct error *error) {
  *event = (struct event){.type = from->type,
                          .now = from->now,
                          .data = from->data,
                          .data_size = from->data == NULL ? 0 : from->data_size,
                          .memory = memory};
  if ((int)from->type < TIDE_EVENT_TIME || (int)from->type >= TYPE_COUNT_OF_EVENTS)
    return error_set(error, TIDE_ERROR_INVALID_PARAMETER, "unknown type of event: %d",
                     (int)from->type);
  int result = parse(event, from, error);
  if (result == TIDE_OK) {
    event->id = event_integer(event, "id", 0);
    result = check_members(event, error);
  }
  if (result == TIDE_OK)
    result = check_blocks(event, error);
  if (result != TIDE_OK)
    event_deinit(event);
  return result;
}

void event_deinit(struct event *event) {
  json_free(event->json);
  memory_release(event->memory, event->owned);
  event->json = NULL;
  event->owned = NULL;
  event->data = NULL;
  event->data_size = 0;
}

int event_keep(struct event *event) {
  if (event->data == NULL || event->owned != NULL)
    return TIDE_OK;
  void *copy = memory_allocate(event->memory, event->data_size);
  if (copy == NULL)
    return TIDE_ERROR_NOMEM;
  memcpy(copy, event->data, event->data_size);
  event->owned = copy;
  event->data = copy;
  return TIDE_OK;
}

int event_move(struct event *to, struct event *from) {
  int result = event_keep(from);
  if (result != TIDE_OK)
    return result;
  *to = *from;
  from->json = NULL;
  from->owned = NULL;
  from->data = NULL;
  from->data_size = 0;
  return TIDE_OK;
}

void event_failure(const struct event *event, const char *origin, struct error *error) {
  if (error->code != TIDE_OK)
    return;
  const char *sqlstate = event_string(event, "code");
  const char *message = event_string(event, "message");
  const char *hint = event_string(event, "hint");
  error_set(error, tide_error_from_sqlstate(sqlstate), "%s", message);
  memcpy(error->sqlstate, sqlstate, sizeof error->sqlstate);
  if (hint != NULL)
    error_hint(error, "%s", hint);
  if (origin != NULL)
    error_origin(error, origin);
}
