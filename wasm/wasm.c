/* The functions that JavaScript calls: tidemark.h with numbers for pointers, and a transfer block for several results.
 *
 * wasm/README.md describes them for JavaScript. 64-bit integers do not cross: times, ids and counts are doubles.
 */
#include <stdlib.h>
#include <string.h>

#include "base/block.h"
#include "base/buffer.h"
#include "tidemark.h"

/* JavaScript calls these: no header declares them. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#define EXPORT(name) __attribute__((export_name("tidemark_" name)))
#define IMPORT(name)                                                                   \
  __attribute__((import_module("env"), import_name("tidemark_file_" name)))

/* Where a function leaves what does not fit its return value. */
static union {
  uint32_t words[16];
  double doubles[8];
  int64_t integers[8];
} transfer;

static void give(int index, const void *pointer) {
  transfer.words[index] = (uint32_t)(uintptr_t)pointer;
}

static void give_text(const char *text) {
  give(0, text);
  transfer.words[1] = text == NULL ? 0 : (uint32_t)strlen(text);
}

/* --- the host's files --- */

IMPORT("open") extern int host_open(const char *name, int create);
IMPORT("close") extern int host_close(int handle);
IMPORT("read")
extern int host_read(int handle, void *data, uint32_t size, double offset);
IMPORT("write")
extern int host_write(int handle, const void *data, uint32_t size, double offset);
IMPORT("truncate") extern int host_truncate(int handle, double size);
IMPORT("sync") extern int host_sync(int handle);
IMPORT("size") extern double host_size(int handle);
IMPORT("remove") extern int host_remove(const char *name);
IMPORT("exists") extern int host_exists(const char *name);

__attribute__((import_module("env"), import_name("tidemark_clock"))) extern double
host_clock(void);

__attribute__((import_module("env"), import_name("tidemark_interrupted"))) extern int
host_interrupted(void);

static int is_interrupted(void *context) {
  (void)context;
  return host_interrupted();
}

__attribute__((import_module("env"), import_name("tidemark_zone_offset"))) extern int
host_zone_offset(const char *name, double second);

static int zone_offset(void *context, const char *name, double second) {
  (void)context;
  return host_zone_offset(name, second);
}

static double read_clock(void *context) {
  (void)context;
  return host_clock();
}

static int file_open(void *context, const char *name, int create) {
  (void)context;
  return host_open(name, create);
}

static int file_close(void *context, int handle) {
  (void)context;
  return host_close(handle);
}

static int file_read(void *context, int handle, void *data, uint32_t size,
                     double offset) {
  (void)context;
  return host_read(handle, data, size, offset);
}

static int file_write(void *context, int handle, const void *data, uint32_t size,
                      double offset) {
  (void)context;
  return host_write(handle, data, size, offset);
}

static int file_truncate(void *context, int handle, double size) {
  (void)context;
  return host_truncate(handle, size);
}

static int file_sync(void *context, int handle) {
  (void)context;
  return host_sync(handle);
}

static double file_size(void *context, int handle) {
  (void)context;
  return host_size(handle);
}

static int file_remove(void *context, const char *name) {
  (void)context;
  return host_remove(name);
}

static int file_exists(void *context, const char *name) {
  (void)context;
  return host_exists(name);
}

static const tide_files host_files = {
    .open = file_open,
    .close = file_close,
    .read = file_read,
    .write = file_write,
    .truncate = file_truncate,
    .sync = file_sync,
    .size = file_size,
    .remove = file_remove,
    .exists = file_exists,
};

/* --- memory --- */

EXPORT("abi") int abi(void) {
  return TIDE_ABI;
}

EXPORT("transfer") void *transfer_block(void) {
  return &transfer;
}

EXPORT("allocate") void *allocate(size_t size) {
  return malloc(size == 0 ? 1 : size);
}

EXPORT("release") void release(void *pointer) {
  free(pointer);
}

/* --- the engine --- */

/* `path` is zero-terminated; its size is only what JavaScript's other texts come with. */
EXPORT("open")
int open_engine(int storage, const char *path, size_t path_size, int dialect,
                double now, const uint8_t *seed, int auto_sync, int relaxed,
                const uint8_t *key) {
  (void)path_size;
  tide_config config = {.storage = (enum tide_storage)storage,
                        .path = path,
                        .files = &host_files,
                        .dialect = dialect,
                        .now = (int64_t)now,
                        .auto_sync = auto_sync,
                        .relaxed = relaxed,
                        .key = key};
  memcpy(config.seed, seed, sizeof config.seed);
  tide_engine *engine = NULL;
  int status = tide_open(&config, &engine);
  if (engine) {
    tide_set_clock(engine, read_clock, NULL);
    tide_set_interrupt(engine, is_interrupted, NULL);
    tide_set_zones(engine, zone_offset, NULL);
  }
  give(0, engine);
  return status;
}

EXPORT("close") void close_engine(tide_engine *engine) {
  tide_close(engine);
}

EXPORT("error") void error_of(tide_engine *engine) {
  give_text(tide_error(engine));
}

EXPORT("feed")
int feed(tide_engine *engine, int type, double now, const char *json, size_t json_size,
         const void *data, size_t data_size) {
  const tide_event event = {.type = (enum tide_event_type)type,
                            .now = (int64_t)now,
                            .json = json,
                            .json_size = json_size,
                            .data = data,
                            .data_size = data_size};
  return tide_feed(engine, &event);
}

EXPORT("next_effect") int next_effect(tide_engine *engine) {
  tide_effect effect;
  if (tide_next_effect(engine, &effect) == 0)
    return 0;
  transfer.words[0] = (uint32_t)effect.type;
  give(1, effect.json);
  transfer.words[2] = (uint32_t)effect.json_size;
  give(3, effect.data);
  transfer.words[4] = (uint32_t)effect.data_size;
  return 1;
}

EXPORT("next_wake") double next_wake(tide_engine *engine) {
  return (double)tide_next_wake(engine);
}

EXPORT("in_transaction") int in_transaction(tide_engine *engine) {
  return tide_in_transaction(engine);
}

EXPORT("persist_id") double persist_id(tide_engine *engine) {
  return (double)tide_persist_id(engine);
}

EXPORT("sqlstate") const char *sqlstate(int code) {
  return tide_error_sqlstate(code);
}

/* Lines wait here until JavaScript takes them: of all engines of this instance, since one instance serves one. */
static struct buffer trace_lines;

static void append_line(void *context, const char *line) {
  (void)context;
  if (trace_lines.memory == NULL)
    buffer_init(&trace_lines, memory_default());
  buffer_text(&trace_lines, line);
  buffer_character(&trace_lines, '\n');
}

EXPORT("set_trace") void set_trace(tide_engine *engine, int on) {
  tide_set_trace(engine, on ? append_line : NULL, NULL);
}

EXPORT("take_trace") void take_trace(void) {
  give(0, buffer_string(&trace_lines));
  transfer.words[1] = (uint32_t)trace_lines.length;
  trace_lines.length = 0;
}

/* --- statements --- */

EXPORT("prepare") int prepare(tide_engine *engine, const char *sql, size_t size) {
  tide_statement *statement = NULL;
  size_t consumed = 0;
  int status = tide_prepare(engine, sql, size, &statement, &consumed);
  give(0, statement);
  transfer.words[1] = (uint32_t)consumed;
  return status;
}

EXPORT("finalize") void finalize(tide_statement *statement) {
  tide_finalize(statement);
}

EXPORT("parameter_count") int parameter_count(tide_statement *statement) {
  return tide_parameter_count(statement);
}

EXPORT("parameter_index")
int parameter_index(tide_statement *statement, const char *name) {
  return tide_parameter_index(statement, name);
}

EXPORT("bind_block")
int bind_block(tide_statement *statement, const void *block, size_t size) {
  return tide_bind_block(statement, block, size);
}

EXPORT("step") int step(tide_statement *statement) {
  return tide_step(statement);
}

EXPORT("reset") void reset(tide_statement *statement) {
  tide_reset(statement);
}

/* What JavaScript asks after each run is answered with it: a call across the border costs more than all of it. */
EXPORT("fetch")
int fetch(tide_engine *engine, tide_statement *statement, uint32_t maximum) {
  const void *block = NULL;
  size_t size = 0;
  int status = tide_fetch(statement, maximum, &block, &size);
  give(0, block);
  transfer.words[1] = (uint32_t)size;
  transfer.words[2] = tide_columns_version(statement);
  give(3, tide_command(statement));
  transfer.doubles[2] = (double)tide_row_count(statement);
  transfer.doubles[3] = (double)tide_next_wake(engine);
  transfer.words[8] = (uint32_t)tide_has_effects(engine);
  transfer.doubles[5] = (double)tide_insert_id(statement);
  transfer.integers[6] = tide_insert_id(statement);
  return status;
}

EXPORT("column_count") int column_count(tide_statement *statement) {
  return tide_column_count(statement);
}

EXPORT("columns") int columns(tide_statement *statement) {
  static struct buffer json;
  if (json.memory == NULL)
    buffer_init(&json, memory_default());
  buffer_clear(&json);
  int count = tide_column_count(statement);
  for (int i = 0; i < count; i++)
    buffer_format(&json, "%c{\"name\":%j,\"type\":%j}", i == 0 ? '[' : ',',
                  tide_column_name(statement, i), tide_column_type(statement, i));
  buffer_text(&json, count == 0 ? "[]" : "]");
  if (json.failed)
    return -1;
  give_text(buffer_string(&json));
  return count;
}

EXPORT("command") void command(tide_statement *statement) {
  give_text(tide_command(statement));
  transfer.doubles[1] = (double)tide_row_count(statement);
}

EXPORT("live") int open_live(tide_statement *statement) {
  int reads = 0;
  int status = tide_live(statement, &reads);
  give_text(status == TIDE_DONE ? tide_live_key(statement) : NULL);
  transfer.words[2] = (uint32_t)reads;
  return status;
}

EXPORT("live_watch") int watch_live(tide_statement *statement) {
  int64_t id = 0;
  int status = tide_live_watch(statement, &id);
  transfer.doubles[0] = (double)id;
  return status;
}

EXPORT("live_follow") void follow_live(tide_statement *statement, double id) {
  tide_live_follow(statement, (int64_t)id);
}

EXPORT("live_changes") int live_changes(tide_statement *statement, double id) {
  const char *places;
  const void *block;
  size_t size;
  int status = tide_live_changes(statement, (int64_t)id, &places, &block, &size);
  give_text(places);
  transfer.words[2] = (uint32_t)(uintptr_t)block;
  transfer.words[3] = tide_columns_version(statement);
  return status;
}

EXPORT("live_unwatch") void unwatch_live(tide_engine *engine, double id) {
  tide_live_unwatch(engine, (int64_t)id);
}

EXPORT("relations") int relations(tide_statement *statement) {
  const char *json = tide_statement_relations(statement);
  give_text(json);
  return json != NULL;
}
