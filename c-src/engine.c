/* The engine: opened, fed, asked for effects. Routing only; each layer does its own work. */
#include "engine.h"

#include <string.h>

#include "base/json.h"
#include "base/library.h"
#include "catalog/checkpoint.h"
#include "sync/sync.h"
#include "vfs/vfs_host.h"
#include "vfs/vfs_pages.h"
#include "view/capture.h"
#include "view/live.h"
#include "view/request.h"
#include "view/slot.h"
#include "view/transaction.h"
#include "view/view.h"

/* --- errors ----------------------------------------------------------------------------------- */

/* `code` is the result of some layer; it may have reported more, or nothing when memory ran out. */
int engine_fail(struct tide_engine *engine, int code) {
  if (engine->error.code == 0)
    error_set(&engine->error, code, "%s", tide_error_text(code));
  return engine->error.code;
}

static void print_detail(struct buffer *json, const char *name, const char *text) {
  if (text[0])
    buffer_format(json, ",%j:%j", name, text);
}

const char *tide_error(tide_engine *engine) {
  struct buffer *json = &engine->error_json;
  const struct error *error = &engine->error;
  buffer_clear(json);
  buffer_format(json, "{\"code\":%j,\"message\":%j",
                error->code ? error->sqlstate : "00000", error->message);
  print_detail(json, "hint", error->hint);
  print_detail(json, "view", error->view);
  print_detail(json, "origin", error->origin);
  print_detail(json, "schema", error->schema);
  print_detail(json, "table", error->table);
  print_detail(json, "column", error->column);
  print_detail(json, "constraint", error->constraint);
  if (engine->error_position != SIZE_MAX)
    buffer_format(json, ",\"position\":%zu", engine->error_position);
  buffer_character(json, '}');
  if (json->failed)
    return "{\"code\":\"53200\",\"message\":\"out of memory\"}";
  return buffer_string(json);
}

/* --- open ------------------------------------------------------------------------------------- */

static uint64_t random_number(void *context) {
  return random_next(context);
}

/* The id of this database among all devices of an origin: made once. */
int engine_ensure_client(struct tide_engine *engine) {
  struct database *database = &engine->database;
  struct arena arena;
  arena_init(&arena, &engine->memory);
  const char *client = NULL;
  int rc = catalog_get_setting(database, &arena, "client", &client);
  if (rc == TIDE_OK && !client) {
    uint64_t high = random_next(&engine->random), low = random_next(&engine->random);
    high = (high & ~(uint64_t)0xF000) | 0x4000; /* version 4 of RFC 9562 */
    low = (low & ~((uint64_t)3 << 62)) | ((uint64_t)2 << 62); /* and its variant */
    char *text =
        arena_format(&arena, "%08x-%04x-%04x-%04x-%04x%08x", (unsigned)(high >> 32),
                     (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFFF),
                     (unsigned)(low >> 48), (unsigned)(low >> 32 & 0xFFFF),
                     (unsigned)(low & 0xFFFFFFFF));
    rc = text ? transaction_begin(database) : TIDE_ERROR_NOMEM;
    if (rc == TIDE_OK) {
      rc = catalog_set_setting(database, "client", text);
      int ended =
          rc == TIDE_OK ? transaction_commit(database) : transaction_rollback(database);
      if (rc == TIDE_OK)
        rc = ended;
    }
  }
  arena_deinit(&arena);
  return rc;
}

/* Instructions between two questions. What undoes a statement takes fewer. */
#define INTERRUPT_INTERVAL 100000

static void install_interrupt(struct database *database) {
  sqlite3_progress_handler(database->handle,
                           database->interrupt ? INTERRUPT_INTERVAL : 0,
                           database->interrupt, database->interrupt_context);
}

/* Layer by layer, lowest first. What has been opened is closed by close_layers, also after a failure. */
static int open_to_read(struct tide_engine *engine) {
  struct database *database = &engine->database;
  engine->database.types.error = &engine->error;
  int rc = TIDE_OK;
  if (types_register(database->handle, &database->types) != SQLITE_OK)
    rc = TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = capture_open(database);
  execute_own_settings(database);
  if (rc == TIDE_OK)
    rc = catalog_open(database);
  if (rc == TIDE_OK)
    rc = view_open(database);
  if (rc == TIDE_OK)
    install_interrupt(database);
  return rc;
}

/* What may write. */
static int open_to_write(struct tide_engine *engine) {
  struct database *database = &engine->database;
  int rc = engine_ensure_client(engine);
  if (rc == TIDE_OK)
    live_collect(database);
  if (rc == TIDE_OK)
    rc = sync_open(database);
  engine->state = rc == TIDE_OK ? ENGINE_OPEN : ENGINE_BROKEN;
  return rc;
}

static void close_layers(struct database *database) {
  sync_close(database);
  view_close(database);
  catalog_close(database);
  capture_close(database);
  sqlite3_close_v2(database->handle);
}

static int open_database(struct tide_engine *engine) {
  struct database *database = &engine->database;
  int rc =
      engine->storage == TIDE_STORAGE_FILE
          ? vfs_host_open(engine->files_vfs, engine->path, engine->relaxed,
                          &database->handle, &engine->error)
          : vfs_pages_open(engine->pages_vfs, engine->storage == TIDE_STORAGE_PAGES,
                           &database->handle, &engine->error);
  if (rc == TIDE_OK)
    checkpoint_open(database);
  if (rc == TIDE_OK)
    rc = open_to_read(engine);
  if (rc == TIDE_OK)
    rc = open_to_write(engine);
  if (rc != TIDE_OK)
    engine->state = ENGINE_BROKEN;
  return rc;
}

/* Queues {"id": …} or the like. */
static int push_effect(struct tide_engine *engine, enum tide_effect_type type,
                       struct buffer *json) {
  struct buffer none;
  buffer_init(&none, &engine->memory);
  int rc = json->failed ? TIDE_ERROR_NOMEM
                        : effects_push(engine->database.effects, type, json, &none);
  buffer_deinit(json);
  buffer_deinit(&none);
  return rc;
}

int engine_want_pages(struct tide_engine *engine, int64_t offset) {
  enum { PIECE = 1 << 16, PIECES = 4 };
  struct buffer json;
  buffer_init(&json, &engine->memory);
  buffer_format(&json, "{\"offset\":%lld,\"size\":%d}",
                (long long)(offset - offset % PIECE), PIECE * PIECES);
  return push_effect(engine, TIDE_EFFECT_FETCH, &json);
}

/* Opens the database with the pages that are there, if they are enough; otherwise everything is as before, and what
 * was missing is asked for. */
static int try_to_read(struct tide_engine *engine) {
  struct database *database = &engine->database;
  struct database before = *database;
  struct buffer json;
  int rc = vfs_pages_open(engine->pages_vfs, true, &database->handle, &engine->error);
  if (rc == TIDE_OK)
    rc = open_to_read(engine);
  int64_t missed = vfs_pages_take_missed(engine->pages_vfs);
  if (missed < 0 && rc == TIDE_OK) {
    engine->state = ENGINE_READING;
    buffer_init(&json, &engine->memory);
    buffer_text(&json, "{}");
    return push_effect(engine, TIDE_EFFECT_READY, &json);
  }
  if (missed < 0)
    return rc; /* it is damaged, or memory has run out */
  close_layers(database);
  *database = before;
  error_clear(&engine->error);
  return engine_want_pages(engine, missed);
}

static int ask_for_pages(struct tide_engine *engine) {
  struct buffer json;
  buffer_init(&json, &engine->memory);
  engine->load_id = effects_next_id(engine->database.effects);
  buffer_format(&json, "{\"id\":%lld}", (long long)engine->load_id);
  return push_effect(engine, TIDE_EFFECT_LOAD, &json);
}

static int make_storage(struct tide_engine *engine, const tide_config *config) {
  struct vfs_environment environment = {&engine->database.now, &engine->random};
  if (config->storage != TIDE_STORAGE_FILE) {
    engine->pages_vfs =
        vfs_pages_new(&engine->memory, environment,
                      config->storage == TIDE_STORAGE_PAGES ? config->key : NULL);
    if (config->storage == TIDE_STORAGE_PAGES)
      engine->database.pages = engine->pages_vfs;
    return engine->pages_vfs ? TIDE_OK : TIDE_ERROR_NOMEM;
  }
  if (!config->files || !config->path)
    return error_set(&engine->error, TIDE_ERROR_MISUSE,
                     "storage in files needs a path and the host's files");
  engine->files = *config->files;
  engine->path = memory_string(&engine->memory, config->path);
  engine->files_vfs =
      vfs_host_new(&engine->memory, environment, &engine->files, config->key);
  return engine->path && engine->files_vfs ? TIDE_OK : TIDE_ERROR_NOMEM;
}

static struct tide_engine *engine_new(const tide_config *config) {
  struct memory memory = *memory_default();
  if (config->allocator)
    memory = (struct memory){config->allocator->allocate, config->allocator->reallocate,
                             config->allocator->release, config->allocator->context};
  struct tide_engine *engine = memory_allocate_zeroed(&memory, sizeof *engine);
  if (!engine)
    return NULL;
  engine->memory = memory;
  engine->dialect = (enum sql_dialect)config->dialect;
  engine->storage = config->storage;
  engine->relaxed = config->relaxed != 0;
  engine->error_position = SIZE_MAX;
  engine->held_end = &engine->held;
  error_clear(&engine->error);
  random_seed(&engine->random, config->seed);
  buffer_init(&engine->error_json, &engine->memory);
  engine->database = (struct database){.memory = &engine->memory,
                                       .mysql = engine->dialect == SQL_DIALECT_MYSQL,
                                       .error = &engine->error,
                                       .trace = &engine->trace,
                                       .now = config->now,
                                       .auto_sync = config->auto_sync != 0};
  engine->database.types.random = random_number;
  engine->database.types.random_state = &engine->random;
  engine->database.types.now_microseconds = config->now * 1000;
  return engine;
}

int tide_open(const tide_config *config, tide_engine **opened) {
  *opened = NULL;
  if (library_initialize() != TIDE_OK)
    return TIDE_ERROR_NOMEM;
  struct tide_engine *engine = engine_new(config);
  if (!engine)
    return TIDE_ERROR_NOMEM;
  *opened = engine;
  library_use(&engine->memory);
  engine->database.effects = effects_new(&engine->memory);
  int rc = engine->database.effects ? make_storage(engine, config) : TIDE_ERROR_NOMEM;
  if (rc == TIDE_OK)
    rc = config->storage == TIDE_STORAGE_PAGES ? ask_for_pages(engine)
                                               : open_database(engine);
  if (rc == TIDE_OK)
    return TIDE_DONE;
  engine->state = ENGINE_BROKEN;
  return engine_fail(engine, rc);
}

static void free_held(struct tide_engine *engine) {
  while (engine->held) {
    struct held_event *next = engine->held->next;
    event_deinit(&engine->held->event);
    memory_release(&engine->memory, engine->held);
    engine->held = next;
  }
  engine->held_end = &engine->held;
}

void tide_close(tide_engine *engine) {
  if (!engine)
    return;
  library_use(&engine->memory);
  struct database *database = &engine->database;
  while (engine->statements)
    tide_finalize(engine->statements);
  free_held(engine);
  import_end(engine);
  close_layers(database);
  vfs_pages_free(engine->pages_vfs);
  vfs_host_free(engine->files_vfs);
  effects_free(database->effects);
  buffer_deinit(&engine->error_json);
  memory_release(&engine->memory, engine->filling);
  memory_release(&engine->memory, engine->path);
  struct memory memory = engine->memory;
  library_use(NULL);
  memory_release(&memory, engine);
}

/* --- events ----------------------------------------------------------------------------------- */

/* What was held back is taken, in order. */
static void take_held(struct tide_engine *engine);

static int pages_event(struct tide_engine *engine, const struct event *event) {
  struct vfs_pages *pages = engine->pages_vfs;
  int64_t offset = event_integer(event, "offset", 0);
  int64_t size = event_integer(event, "size", 0);
  int rc = size > 0 ? vfs_pages_expect(pages, size) : TIDE_OK;
  if (rc == TIDE_OK && vfs_pages_complete(pages))
    return engine->state == ENGINE_READING
               ? TIDE_OK
               : vfs_pages_load(pages, offset, event->data, event->data_size);
  if (rc == TIDE_OK)
    rc =
        vfs_pages_receive(pages, offset, event->data, event->data_size, &engine->error);
  if (rc == TIDE_OK && engine->state == ENGINE_LOADING)
    rc = try_to_read(engine);
  if (rc != TIDE_OK)
    engine->state = ENGINE_BROKEN;
  return rc;
}

static int loaded_event(struct tide_engine *engine) {
  if (!vfs_pages_complete(engine->pages_vfs)) {
    engine->state = ENGINE_BROKEN;
    return error_set(&engine->error, TIDE_ERROR_CORRUPT,
                     "pages of the database are missing");
  }
  if (engine->state == ENGINE_LOADING)
    return open_database(engine);
  int rc = open_to_write(engine);
  if (rc == TIDE_OK)
    take_held(engine);
  return rc;
}

static int load_event(struct tide_engine *engine, const struct event *event) {
  if (event->id != engine->load_id)
    return TIDE_OK;
  if (event->type == TIDE_EVENT_PAGES)
    return pages_event(engine, event);
  if (event->type == TIDE_EVENT_LOADED)
    return loaded_event(engine);
  if (event->type != TIDE_EVENT_FAILED)
    return TIDE_OK;
  event_failure(event, "", &engine->error);
  engine->state = ENGINE_BROKEN;
  return engine->error.code;
}

static int control_subscribe(struct tide_engine *engine, const struct event *event,
                             bool on) {
  const cJSON *selector = event_member(event, "selector"), *name;
  int rc = TIDE_OK;
  cJSON_ArrayForEach(name, selector) {
    if (!cJSON_IsArray(name))
      return error_set(&engine->error, TIDE_ERROR_INVALID_PARAMETER,
                       "a selector is a list of [schema, name]");
    if (rc == TIDE_OK)
      rc = transaction_subscribe(&engine->database,
                                 cJSON_GetStringValue(cJSON_GetArrayItem(name, 0)),
                                 cJSON_GetStringValue(cJSON_GetArrayItem(name, 1)), on);
  }
  return rc;
}

bool engine_is_call(const struct event *event, const char *call) {
  const char *given =
      event->type == TIDE_EVENT_CONTROL ? event_string(event, "call") : NULL;
  return given && strcmp(given, call) == 0;
}

/* The calls about slots; *taken: it was one. */
static int control_slot(struct tide_engine *engine, const struct event *event,
                        bool *taken) {
  struct database *database = &engine->database;
  const char *slot = event_string(event, "slot");
  int64_t commit = event_integer(event, "commit", 0);
  *taken = engine_is_call(event, "openSlot") || engine_is_call(event, "readSlot") ||
           engine_is_call(event, "acknowledgeSlot") ||
           engine_is_call(event, "dropSlot");
  if (!*taken)
    return TIDE_OK;
  if (!slot)
    return error_set(&engine->error, TIDE_ERROR_INVALID_PARAMETER, "a slot has a name");
  if (engine_is_call(event, "openSlot"))
    return slot_open(database, slot, event_member(event, "selector"));
  if (engine_is_call(event, "readSlot"))
    return slot_read(database, slot, commit, event_integer(event, "maximum", 100));
  if (engine_is_call(event, "acknowledgeSlot"))
    return slot_acknowledge(database, slot, commit);
  return slot_drop(database, slot);
}

static int control_request(struct tide_engine *engine, const struct event *event) {
  struct request request = {.client = event_string(event, "client"),
                            .number = event_integer(event, "number", 0),
                            .keep = event_integer(event, "keep", 0),
                            .gone = event_member(event, "gone"),
                            .answer = event->data,
                            .answer_size = event->data_size};
  return request_note(&engine->database, &request);
}

/* Does the event change rows? Then it has to wait until the user's transaction has ended. */
static bool must_wait(struct tide_engine *engine, const struct event *event) {
  if (!engine->database.in_transaction || sync_serves_reading(&engine->database, event))
    return false;
  return event->type != TIDE_EVENT_TIME && event->type != TIDE_EVENT_PERSISTED &&
         !engine_is_call(event, "subscribe") && !engine_is_call(event, "unsubscribe") &&
         !engine_is_call(event, "readSlot") && !engine_is_call(event, "announce") &&
         !engine_is_call(event, "request") && !engine_is_call(event, "export") &&
         !engine_is_call(event, "import");
}

static int hold_event(struct tide_engine *engine, struct event *event) {
  struct held_event *held = memory_allocate_zeroed(&engine->memory, sizeof *held);
  if (!held || event_move(&held->event, event) != TIDE_OK) {
    memory_release(&engine->memory, held);
    return TIDE_ERROR_NOMEM;
  }
  *engine->held_end = held;
  engine->held_end = &held->next;
  return TIDE_OK;
}

static int route_event(struct tide_engine *engine, struct event *event) {
  struct database *database = &engine->database;
  bool taken = false;
  if (event->type == TIDE_EVENT_TIME) {
    if (database->in_transaction)
      return TIDE_OK;
    checkpoint_run(database);
    return sync_tick(database);
  }
  if (engine_is_call(event, "subscribe"))
    return control_subscribe(engine, event, true);
  if (engine_is_call(event, "unsubscribe"))
    return control_subscribe(engine, event, false);
  if (engine_is_call(event, "announce")) {
    view_announce_commits(database, event_boolean(event, "commits", true));
    return TIDE_OK;
  }
  if (engine_is_call(event, "request"))
    return control_request(engine, event);
  int rc = control_slot(engine, event, &taken);
  if (rc == TIDE_OK && !taken)
    rc = export_call(engine, event, &taken);
  if (rc == TIDE_OK && !taken)
    rc = import_call(engine, event, &taken);
  if (rc == TIDE_OK && !taken)
    rc = sync_event(database, event, &taken);
  if (rc == TIDE_OK && !taken && event->type == TIDE_EVENT_CONTROL)
    return error_set(&engine->error, TIDE_ERROR_INVALID_PARAMETER,
                     "there is no such call");
  return rc;
}

/* The clock: time in SQL goes on only between transactions. */
static void tell_time(struct tide_engine *engine, int64_t now) {
  engine->database.now = now;
  if (!engine->database.in_transaction)
    engine->database.types.now_microseconds = now * 1000;
}

static bool is_about_loading(const struct tide_engine *engine,
                             const struct event *event) {
  return engine->state == ENGINE_READING && event->id == engine->load_id &&
         (event->type == TIDE_EVENT_PAGES || event->type == TIDE_EVENT_LOADED ||
          event->type == TIDE_EVENT_FAILED);
}

int tide_feed(tide_engine *engine, const tide_event *from) {
  struct event event;
  library_use(&engine->memory);
  error_clear(&engine->error);
  engine->error_position = SIZE_MAX;
  tell_time(engine, from->now);
  int rc = event_init(&event, &engine->memory, from, &engine->error);
  if (rc != TIDE_OK)
    return engine_fail(engine, rc);
  if (engine->state == ENGINE_LOADING || is_about_loading(engine, &event)) {
    rc = load_event(engine, &event);
  } else if (engine->state == ENGINE_READING && event.type != TIDE_EVENT_TIME) {
    rc = hold_event(engine, &event);
    if (rc == TIDE_OK)
      return TIDE_DONE;
  } else if (engine->state == ENGINE_OPEN) {
    bool taken = false;
    rc = federation_event(&engine->database, &event, &taken);
    if (rc == TIDE_OK && !taken && must_wait(engine, &event)) {
      rc = hold_event(engine, &event);
      if (rc == TIDE_OK)
        return TIDE_DONE;
    } else if (rc == TIDE_OK && !taken) {
      rc = route_event(engine, &event);
    }
  }
  event_deinit(&event);
  return rc == TIDE_OK ? TIDE_DONE : engine_fail(engine, rc);
}

static void take_held(struct tide_engine *engine) {
  struct database *database = &engine->database;
  if (!engine->held)
    return;
  struct error kept = engine->error;
  struct held_event *held = engine->held;
  engine->held = NULL;
  engine->held_end = &engine->held;
  if (live_is_littered(database))
    live_collect(database);
  while (held) {
    struct held_event *next = held->next;
    (void)route_event(
        engine, &held->event); /* a failure is recorded in the session it concerns */
    event_deinit(&held->event);
    memory_release(&engine->memory, held);
    held = next;
  }
  engine->error = kept;
}

void engine_transaction_ended(struct tide_engine *engine, bool committed) {
  sync_transaction_ended(&engine->database, committed);
  take_held(engine);
}

int engine_await_filling(struct tide_engine *engine, int64_t view) {
  if (engine->filling_count == engine->filling_capacity) {
    int capacity = engine->filling_capacity ? engine->filling_capacity * 2 : 8;
    int64_t *views = memory_reallocate(&engine->memory, engine->filling,
                                       (size_t)capacity * sizeof *views);
    if (!views)
      return error_set(&engine->error, TIDE_ERROR_NOMEM, "out of memory");
    engine->filling = views;
    engine->filling_capacity = capacity;
  }
  engine->filling[engine->filling_count++] = view;
  return TIDE_OK;
}

/* --- effects ---------------------------------------------------------------------------------- */

int tide_next_effect(tide_engine *engine, tide_effect *effect) {
  return engine->database.effects && effects_take(engine->database.effects, effect) ? 1
                                                                                    : 0;
}

/* In a transaction nothing is done about the time: a host that were woken then would be woken again and again. */
int64_t tide_next_wake(tide_engine *engine) {
  struct database *database = &engine->database;
  if (engine->state != ENGINE_OPEN || database->in_transaction)
    return -1;
  return database->checkpoint_due ? database->now : sync_next_wake(database);
}

int tide_has_effects(tide_engine *engine) {
  return engine->database.effects && effects_waiting(engine->database.effects);
}

int tide_in_transaction(tide_engine *engine) {
  return engine->database.in_transaction;
}

int64_t tide_persist_id(tide_engine *engine) {
  return engine->database.persist_id;
}

void tide_set_trace(tide_engine *engine, void (*trace)(void *context, const char *line),
                    void *context) {
  engine->trace = (struct trace){trace, context};
}

void tide_set_clock(tide_engine *engine, double (*clock)(void *context),
                    void *context) {
  engine->database.clock = clock;
  engine->database.clock_context = context;
}

void tide_set_zones(tide_engine *engine,
                    int (*offset)(void *context, const char *name, double second),
                    void *context) {
  struct zone_source *zones = &engine->database.types.zones;
  memset(zones, 0, sizeof *zones);
  zones->offset = offset;
  zones->context = context;
}

void tide_set_interrupt(tide_engine *engine, int (*wanted)(void *context),
                        void *context) {
  struct database *database = &engine->database;
  database->interrupt = wanted;
  database->interrupt_context = context;
  if (database->handle)
    install_interrupt(database);
}
