/* A host that plays a script: a text file of statements, events and clock moves, each followed by what the engine did. */
#include "lib/scripted_host.h"

#include <limits.h>

#include "base/block.h"
#include "base/json.h"
#include "base/library.h"
#include "engine.h"
#include "lib/test.h"
#include "lib/transcript.h"
#include "tidemark.h"
#include "view/transaction.h"

#define BEGINNING INT64_C(1769853600000) /* 2026-01-31 10:00:00 UTC */

enum { WAITING_MAX = 64, EFFECTS_MAX = 100, EVENT_RUNS = 50 };

struct host {
  struct memory *memory;
  tide_engine *engine;
  int64_t now;
  /* Scripts call effects that want an answer by their order, from 1: the engine also counts what scripts do not see. */
  int64_t ids[EFFECTS_MAX];
  int id_count;
  tide_statement *reading; /* begun by "begin reading" */
  tide_statement *waiting[WAITING_MAX];
  int waiting_number[WAITING_MAX];
  int waiting_count;
  int statement_number;
  cJSON *parameters; /* of the next statement */
  struct buffer pages;
  struct buffer *played;
  bool out_of_memory; /* the engine has said so */
};

/* --- what is written -------------------------------------------------------------------------- */

static void say(struct host *host, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  buffer_format_list(host->played, format, arguments);
  va_end(arguments);
}

static void write_trace(void *context, const char *line) {
  say(context, "  . %s\n", line);
}

static void notice_memory(struct host *host, const char *json) {
  if (strstr(json, "\"53200\"") != NULL)
    host->out_of_memory = true;
}

static void write_error_text(struct host *host, const char *error) {
  notice_memory(host, error);
  say(host, "  error %s\n", error);
}

static void write_error(struct host *host) {
  write_error_text(host, tide_error(host->engine));
}

static void write_cell(struct host *host, const struct block_cell *cell) {
  static const char digits[] = "0123456789abcdef";
  char real[40];
  switch (cell->tag) {
  case BLOCK_NULL: say(host, "null"); break;
  case BLOCK_INTEGER:
  case BLOCK_BIG_INTEGER: say(host, "%lld", (long long)cell->integer); break;
  case BLOCK_BOOLEAN: say(host, cell->integer ? "true" : "false"); break;
  case BLOCK_REAL:
    snprintf(real, sizeof real, "%.17g", cell->real);
    say(host, "%s%s", real, strpbrk(real, ".en") ? "" : ".0");
    break;
  case BLOCK_TEXT: json_quote(host->played, cell->text, cell->length); break;
  case BLOCK_JSON:
    say(host, "json ");
    buffer_append(host->played, cell->text, cell->length);
    break;
  case BLOCK_BLOB:
    say(host, "\\x");
    for (size_t i = 0; i < cell->length; i++) {
      unsigned char byte = (unsigned char)cell->text[i];
      buffer_character(host->played, digits[byte >> 4]);
      buffer_character(host->played, digits[byte & 15]);
    }
    break;
  }
}

/* One line per row: [1, "a"]. Returns the number of bytes read. */
static size_t write_block(struct host *host, const void *data, size_t size) {
  struct block_reader reader;
  size_t used = block_size(data);
  assert_true(used <= size);
  assert_int_equal(block_read_init(&reader, data, used), TIDE_OK);
  struct block_cell cell;
  for (uint32_t row = 0; row < reader.rows; row++) {
    if (reader.columns == 0)
      continue;
    say(host, "    [");
    for (uint32_t i = 0; i < reader.columns; i++) {
      say(host, i > 0 ? ", " : "");
      block_next(&reader, &cell);
      write_cell(host, &cell);
    }
    say(host, "]\n");
  }
  return used;
}

/* --- effects ---------------------------------------------------------------------------------- */

static const char *const effect_names[] = {"",      "LOAD",      "PERSIST", "REQUEST",
                                           "APPLY", "SUBSCRIBE", "CANCEL",  "COMMIT",
                                           "SYNC",  "SETTLED",   "NOTICE"};

static int64_t effect_id(const tide_effect *effect) {
  const char *id = strstr(effect->json, "\"id\":");
  return id ? atoll(id + 5) : 0;
}

/* The script's number for an id of the engine; those it has not seen yet get the next one. */
static int number_of(struct host *host, int64_t id) {
  for (int i = 0; i < host->id_count; i++)
    if (host->ids[i] == id)
      return i + 1;
  assert_true(host->id_count < EFFECTS_MAX);
  host->ids[host->id_count++] = id;
  return host->id_count;
}

static void write_effect(struct host *host, const tide_effect *effect) {
  const char *rest = strchr(effect->json, ':');
  bool numbered =
      effect->type != TIDE_EFFECT_COMMIT && effect->type != TIDE_EFFECT_SYNC &&
      effect->type != TIDE_EFFECT_SETTLED && effect->type != TIDE_EFFECT_NOTICE;
  notice_memory(host, effect->json);
  if (numbered && strncmp(effect->json, "{\"id\":", 6) == 0)
    say(host, "  %s {\"id\":%d%s\n", effect_names[effect->type],
        number_of(host, effect_id(effect)), rest + 1 + strspn(rest + 1, "0123456789"));
  else
    say(host, "  %s %s\n", effect_names[effect->type], effect->json);
  for (size_t at = 0; at + 16 <= effect->data_size;)
    at += write_block(host, (const char *)effect->data + at, effect->data_size - at);
}

static void feed(struct host *host, enum tide_event_type type, const char *json,
                 const struct buffer *data) {
  const tide_event event = {.type = type,
                            .now = host->now,
                            .json = json,
                            .json_size = json ? strlen(json) : 0,
                            .data = data ? data->data : NULL,
                            .data_size = data ? data->length : 0};
  if (tide_feed(host->engine, &event) != TIDE_DONE)
    write_error(host);
}

/* The host keeps pages: what a page was before is overwritten. */
static void keep_pages(struct host *host, const tide_effect *effect) {
  const char *member = strstr(effect->json, "\"pageSize\":");
  assert_non_null(member);
  size_t page_size = (size_t)atoll(member + strlen("\"pageSize\":"));
  const char *data = effect->data;
  for (size_t at = 0; at + 8 + page_size <= effect->data_size; at += 8 + page_size) {
    uint32_t number;
    memcpy(&number, data + at, sizeof number);
    size_t end = ((size_t)number + 1) * page_size;
    static const char zeros[512];
    while (host->pages.length < end)
      buffer_append(&host->pages, zeros, sizeof zeros);
    memcpy(host->pages.data + number * page_size, data + at + 8, page_size);
  }
}

static void perform_effects(struct host *host) {
  tide_effect effect;
  while (tide_next_effect(host->engine, &effect)) {
    char json[64];
    snprintf(json, sizeof json, "{\"id\":%lld,\"offset\":0}",
             (long long)effect_id(&effect));
    if (effect.type == TIDE_EFFECT_LOAD) {
      if (host->pages.length > 0)
        feed(host, TIDE_EVENT_PAGES, json, &host->pages);
      feed(host, TIDE_EVENT_LOADED, json, NULL);
    } else if (effect.type == TIDE_EFFECT_PERSIST) {
      keep_pages(host, &effect);
      feed(host, TIDE_EVENT_PERSISTED, json, NULL);
    } else {
      write_effect(host, &effect);
    }
  }
}

/* --- cells from JSON -------------------------------------------------------------------------- */

static void block_hexadecimal(struct block_writer *writer, const char *digits) {
  char bytes[64];
  size_t length = strlen(digits) / 2;
  assert_true(length <= sizeof bytes);
  for (size_t i = 0; i < length; i++) {
    unsigned byte;
    assert_int_equal(sscanf(digits + 2 * i, "%2x", &byte), 1);
    bytes[i] = (char)byte;
  }
  block_blob(writer, bytes, length);
}

static void block_value(struct block_writer *writer, const cJSON *value) {
  if (cJSON_IsNull(value))
    block_null(writer);
  else if (cJSON_IsBool(value))
    block_boolean(writer, cJSON_IsTrue(value));
  else if (cJSON_IsNumber(value) && json_is_integer(value))
    block_integer(writer, (int64_t)value->valuedouble);
  else if (cJSON_IsNumber(value))
    block_real(writer, value->valuedouble);
  else if (cJSON_IsString(value))
    block_text(writer, value->valuestring, strlen(value->valuestring));
  else if (json_string(value, "blob"))
    block_hexadecimal(writer, json_string(value, "blob"));
  else if (json_string(value, "integer"))
    block_integer(writer, strtoll(json_string(value, "integer"), NULL, 10));
  else
    fail_msg("no such cell");
}

/* `columns` is asked for only where there are no rows to count them in. */
static void block_rows(struct buffer *data, const cJSON *rows, int columns) {
  struct block_writer writer;
  if (cJSON_GetArraySize(rows) > 0)
    columns = cJSON_GetArraySize(cJSON_GetArrayItem(rows, 0));
  block_writer_init(&writer, memory_default(), (uint32_t)columns);
  const cJSON *row, *value;
  cJSON_ArrayForEach(row, rows) cJSON_ArrayForEach(value, row)
      block_value(&writer, value);
  assert_int_equal(block_finish(&writer, data), TIDE_OK);
  block_writer_deinit(&writer);
}

/* --- statements ------------------------------------------------------------------------------- */

static void write_result(struct host *host, tide_statement *statement) {
  say(host, "  %s %lld\n", tide_command(statement),
      (long long)tide_row_count(statement));
}

/* Runs on; true when the statement has come to its end. */
static bool run_on(struct host *host, tide_statement *statement, int number) {
  const void *block;
  size_t size;
  int status;
  while ((status = tide_fetch(statement, 100, &block, &size)) == TIDE_ROW)
    write_block(host, block, size);
  /* the next call of the engine is about something else */
  struct buffer error;
  buffer_init(&error, memory_default());
  if (status != TIDE_WAIT && status != TIDE_DONE)
    buffer_text(&error, tide_error(host->engine));
  perform_effects(host);
  if (error.length > 0)
    write_error_text(host, buffer_string(&error));
  buffer_deinit(&error);
  if (status == TIDE_WAIT) {
    say(host, "  statement %d waits\n", number);
    return false;
  }
  if (status != TIDE_DONE)
    return true;
  if (size > 0)
    write_block(host, block, size);
  write_result(host, statement);
  return true;
}

/* After an event every waiting statement is stepped again. */
static void run_waiting(struct host *host) {
  int count = host->waiting_count;
  host->waiting_count = 0;
  for (int i = 0; i < count; i++) {
    tide_statement *statement = host->waiting[i];
    int number = host->waiting_number[i];
    if (run_on(host, statement, number)) {
      tide_finalize(statement);
    } else {
      host->waiting[host->waiting_count] = statement;
      host->waiting_number[host->waiting_count++] = number;
    }
  }
}

static void bind_parameters(struct host *host, tide_statement *statement) {
  if (host->parameters == NULL)
    return;
  struct buffer data;
  struct block_writer writer;
  buffer_init(&data, memory_default());
  block_writer_init(&writer, memory_default(),
                    (uint32_t)cJSON_GetArraySize(host->parameters));
  const cJSON *value;
  cJSON_ArrayForEach(value, host->parameters) block_value(&writer, value);
  assert_int_equal(block_finish(&writer, &data), TIDE_OK);
  if (tide_bind_block(statement, data.data, data.length) != TIDE_DONE)
    write_error(host);
  block_writer_deinit(&writer);
  buffer_deinit(&data);
  json_free(host->parameters);
  host->parameters = NULL;
}

static void play_statement(struct host *host, const char *sql) {
  tide_statement *statement;
  size_t consumed;
  int number = ++host->statement_number;
  if (tide_prepare(host->engine, sql, strlen(sql), &statement, &consumed) !=
      TIDE_DONE) {
    write_error(host);
    return;
  }
  bind_parameters(host, statement);
  if (host->out_of_memory || run_on(host, statement, number)) {
    tide_finalize(statement);
    return;
  }
  assert_true(host->waiting_count < WAITING_MAX);
  host->waiting[host->waiting_count] = statement;
  host->waiting_number[host->waiting_count++] = number;
}

/* A read that stays under way while other things happen. */
static void begin_reading(struct host *host, const char *sql) {
  size_t consumed;
  if (tide_prepare(host->engine, sql, strlen(sql), &host->reading, &consumed) !=
          TIDE_DONE ||
      tide_step(host->reading) != TIDE_ROW)
    write_error(host);
}

static void end_reading(struct host *host) {
  int status;
  while ((status = tide_step(host->reading)) == TIDE_ROW)
    ;
  if (status != TIDE_DONE)
    write_error(host);
  else
    write_result(host, host->reading);
  tide_finalize(host->reading);
  host->reading = NULL;
}

static void finalize_waiting(struct host *host) {
  tide_finalize(host->reading);
  host->reading = NULL;
  while (host->waiting_count > 0)
    tide_finalize(host->waiting[--host->waiting_count]);
}

/* --- the lines of a script -------------------------------------------------------------------- */

static void open_engine(struct host *host) {
  const tide_allocator allocator = {host->memory->allocate, host->memory->reallocate,
                                    host->memory->release, host->memory->context};
  const tide_config config = {.allocator = &allocator,
                              .storage = TIDE_STORAGE_PAGES,
                              .now = host->now,
                              .seed = {1},
                              .auto_sync = 1};
  int status = tide_open(&config, &host->engine);
  if (host->engine == NULL) {
    host->out_of_memory = true;
    return;
  }
  tide_set_trace(host->engine, write_trace, host);
  if (status != TIDE_DONE)
    write_error(host);
  else
    perform_effects(host);
}

static void close_engine(struct host *host) {
  finalize_waiting(host);
  tide_close(host->engine);
  host->engine = NULL;
  host->id_count = 0;
}

/* Runs a statement of SQLite on our own tables. */
static void edit(struct host *host, const char *sql) {
  struct database *database = &host->engine->database;
  library_use(host->memory);
  error_clear(database->error);
  int rc = transaction_begin(database);
  if (rc == TIDE_OK)
    rc = database_execute(database, sql);
  if (rc == TIDE_OK)
    rc = transaction_commit(database);
  if (rc != TIDE_OK)
    write_error(host);
  perform_effects(host);
}

static void reopen(struct host *host) {
  close_engine(host);
  open_engine(host);
}

static const struct {
  const char *name;
  enum tide_event_type type;
} events[] = {{"TIME", TIDE_EVENT_TIME},
              {"NETWORK", TIDE_EVENT_NETWORK},
              {"RESPONSE", TIDE_EVENT_RESPONSE},
              {"APPLIED", TIDE_EVENT_APPLIED},
              {"SUBSCRIBED", TIDE_EVENT_SUBSCRIBED},
              {"SNAPSHOT", TIDE_EVENT_SNAPSHOT},
              {"CHANGES", TIDE_EVENT_CHANGES},
              {"FAILED", TIDE_EVENT_FAILED},
              {"CONTROL", TIDE_EVENT_CONTROL}};

/* Reads one JSON text off the front of *text; NULL at the end. */
static cJSON *next_json(const char **text) {
  while (**text == ' ')
    (*text)++;
  if (**text == 0)
    return NULL;
  struct memory *before = library_use(NULL);
  const char *end = NULL;
  cJSON *json = cJSON_ParseWithOpts(*text, &end, false);
  library_use(before);
  if (json == NULL)
    fail_msg("not JSON: %s", *text);
  *text = end;
  return json;
}

/* How many row blocks come with an event; those that a script leaves out are empty. */
static int block_count(enum tide_event_type type) {
  switch (type) {
  case TIDE_EVENT_RESPONSE:
  case TIDE_EVENT_APPLIED:
  case TIDE_EVENT_SNAPSHOT: return 1;
  case TIDE_EVENT_CHANGES: return 2;
  default: return 0;
  }
}

/* A script need not name the columns that it sends: then each is called like its number. */
static void control_members(struct buffer *members, enum tide_event_type type,
                            const char *control, size_t length, int columns) {
  bool rows = type == TIDE_EVENT_RESPONSE || type == TIDE_EVENT_SNAPSHOT ||
              type == TIDE_EVENT_CHANGES;
  buffer_append(members, control, length);
  if (!rows || strstr(buffer_string(members), "\"fields\""))
    return;
  while (members->length > 0 && members->data[members->length - 1] != '}')
    members->length--;
  members->length--;
  buffer_text(members, ",\"fields\":[");
  for (int i = 0; i < columns; i++)
    buffer_format(members, "%s{\"name\":\"%d\",\"type\":\"text\"}", i > 0 ? "," : "",
                  i + 1);
  buffer_text(members, "]}");
}

/* {"id": 3, …: the script's number becomes the engine's id; a number that stands for nothing becomes an id of nothing. */
static const char *begin_members(const struct host *host, enum tide_event_type type,
                                 const char *control, struct buffer *members) {
  static const char id[] = "{\"id\": ";
  if (type == TIDE_EVENT_CONTROL || strncmp(control, id, sizeof id - 1) != 0)
    return control;
  long number = strtol(control + sizeof id - 1, NULL, 10);
  bool known = number >= 1 && number <= host->id_count;
  buffer_format(members, "%s%lld", id,
                known ? (long long)host->ids[number - 1] : 1000000LL + number);
  control += sizeof id - 1;
  return control + strspn(control, "0123456789");
}

static void play_data_event(struct host *host, enum tide_event_type type,
                            const char *text) {
  struct buffer members, data;
  buffer_init(&members, memory_default());
  buffer_init(&data, memory_default());
  const char *control = text;
  cJSON *json = next_json(&text);
  const char *end = text;
  control = begin_members(host, type, control, &members);
  size_t length = (size_t)(end - control);
  int blocks = 0, columns = cJSON_GetArraySize(json_member(json, "fields"));
  json_free(json);
  for (; (json = next_json(&text)) != NULL; blocks++) {
    if (blocks == 0 && columns == 0)
      columns = cJSON_GetArraySize(cJSON_GetArrayItem(json, 0));
    block_rows(&data, json, 0);
    json_free(json);
  }
  for (; blocks < block_count(type); blocks++)
    block_rows(&data, NULL, blocks == 0 ? columns : 0);
  control_members(&members, type, control, length, columns);
  feed(host, type, members.length > 0 ? buffer_string(&members) : NULL,
       data.length > 0 ? &data : NULL);
  buffer_deinit(&members);
  buffer_deinit(&data);
}

/* As a host whose timer has run out: what the engine has put off is due once the effects are under way. */
static void catch_up(struct host *host) {
  if (tide_next_wake(host->engine) != host->now)
    return;
  feed(host, TIDE_EVENT_TIME, NULL, NULL);
  perform_effects(host);
}

/* NAME {…} [[…]] [[…]]; what follows `raw` is handed over as it is, malformed or not. */
static void play_event(struct host *host, const char *text) {
  size_t length = strcspn(text, " ");
  enum tide_event_type type = 0;
  for (size_t i = 0; i < COUNT(events); i++)
    if (strlen(events[i].name) == length && strncmp(events[i].name, text, length) == 0)
      type = events[i].type;
  if (type == 0)
    fail_msg("no such event: %s", text);
  text += length;
  while (*text == ' ')
    text++;
  if (strncmp(text, "raw ", 4) == 0) {
    feed(host, type, text + 4, NULL);
  } else {
    play_data_event(host, type, text);
  }
  perform_effects(host);
  catch_up(host);
  run_waiting(host);
}

static void play_clock(struct host *host, const char *line) {
  int64_t milliseconds = atoll(line + 1);
  host->now += *line == '+' ? milliseconds : -milliseconds;
  feed(host, TIDE_EVENT_TIME, NULL, NULL);
  perform_effects(host);
  run_waiting(host);
}

static void play_wake(struct host *host) {
  int64_t wake = tide_next_wake(host->engine);
  if (wake < 0)
    say(host, "  never\n");
  else
    say(host, "  in %lld ms\n", (long long)(wake - host->now));
}

static bool play_line(struct host *host, const char *line) {
  if (strncmp(line, "> ", 2) == 0)
    play_statement(host, line + 2);
  else if (strncmp(line, "< ", 2) == 0)
    play_event(host, line + 2);
  else if (strncmp(line, "+ ", 2) == 0 || strncmp(line, "- ", 2) == 0)
    play_clock(host, line);
  else if (strcmp(line, "wake") == 0)
    play_wake(host);
  else if (strncmp(line, "begin reading ", 14) == 0)
    begin_reading(host, line + 14);
  else if (strcmp(line, "end reading") == 0)
    end_reading(host);
  else if (strcmp(line, "finalize") == 0)
    finalize_waiting(host);
  else if (strcmp(line, "reopen") == 0)
    reopen(host);
  else if (strncmp(line, "reopen after ", 13) == 0) {
    edit(host, line + 13);
    reopen(host);
  } else
    return false;
  return true;
}

static bool is_input(const char *line) {
  return strchr("><+-$#", line[0]) != NULL || strcmp(line, "wake") == 0 ||
         strncmp(line, "begin reading ", 14) == 0 || strcmp(line, "end reading") == 0 ||
         strcmp(line, "finalize") == 0 || strcmp(line, "reopen") == 0 ||
         strncmp(line, "reopen after ", 13) == 0;
}

static void begin_play(struct host *host, struct memory *memory,
                       struct buffer *played) {
  *host = (struct host){.memory = memory, .now = BEGINNING, .played = played};
  buffer_init(&host->pages, memory_default());
  open_engine(host);
}

static void end_play(struct host *host) {
  close_engine(host);
  json_free(host->parameters);
  buffer_deinit(&host->pages);
}

/* To be freed. */
static char *first_line(const char *text) {
  size_t length = strcspn(text, "\n");
  char *line = malloc(length + 1);
  assert_non_null(line);
  memcpy(line, text, length);
  line[length] = 0;
  return line;
}

/* Plays on until memory runs out or before a line that begins with `until`; returns what is left. */
static const char *play_until(struct host *host, const char *script,
                              const char *until) {
  while (*script && !host->out_of_memory &&
         !(until && strncmp(script, until, strlen(until)) == 0)) {
    char *line = first_line(script);
    size_t length = strlen(line);
    script += length + (script[length] == '\n');
    if (is_input(line) || length == 0) {
      say(host, "%s\n", line);
      if (strncmp(line, "$ ", 2) == 0) {
        const char *text = line + 2;
        host->parameters = next_json(&text);
      } else {
        play_line(host, line);
      }
    }
    free(line);
  }
  return script;
}

int scripted_play(struct memory *memory, const char *script, struct buffer *played) {
  struct host host;
  begin_play(&host, memory, played);
  play_until(&host, script, NULL);
  end_play(&host);
  return host.out_of_memory ? TIDE_ERROR_NOMEM : TIDE_OK;
}

/* --- files ------------------------------------------------------------------------------------ */

void scripted_expect(const char *file) {
  struct transcript transcript;
  transcript_init(&transcript);
  char *script = transcript_read(file);
  int result = scripted_play(memory_default(), script, &transcript.text);
  memory_release(memory_default(), script);
  transcript_expect(&transcript, file);
  assert_int_equal(result, TIDE_OK);
  transcript_deinit(&transcript);
}

/* The end of the JSON string that begins at `text`. */
static const char *string_end(const char *text) {
  for (text++; *text && *text != '"'; text++)
    if (*text == '\\')
      text++;
  return *text ? text + 1 : text;
}

/* Where memory ran out unheard, something comes later or not at all; but no origin is ever asked anything else. */
static bool asks_nothing_else(const char *played, const char *script) {
  static const char member[] = "\"sql\":";
  for (const char *at = strstr(played, member); at; at = strstr(at, member)) {
    const char *end = string_end(at + sizeof member - 1);
    struct buffer text;
    buffer_init(&text, memory_default());
    buffer_append(&text, at, (size_t)(end - at));
    bool known = strstr(script, buffer_string(&text)) != NULL;
    if (!known)
      fprintf(stderr, "an origin was asked for %s\n", buffer_string(&text));
    buffer_deinit(&text);
    if (!known)
      return false;
    at = end;
  }
  return true;
}

static int play_again(struct memory *memory, void *context) {
  const char *script = context;
  struct buffer played;
  buffer_init(&played, memory_default());
  int result = scripted_play(memory, script, &played);
  if (result == TIDE_OK && !asks_nothing_else(buffer_string(&played), script))
    result = TIDE_ERROR_INTERNAL;
  buffer_deinit(&played);
  return result;
}

void scripted_survive(const char *file, long runs) {
  char *script = transcript_read(file);
  some_failing_allocations(play_again, script, runs);
  memory_release(memory_default(), script);
}

/* --- one event --------------------------------------------------------------------------------- */

/* Allocations that fail only when the host says so. */
struct brittle {
  struct memory memory;
  long fail_in; /* the one that fails, from 1; 0: none */
};

static bool breaks(struct brittle *brittle) {
  bool now = brittle->fail_in > 0 && --brittle->fail_in == 0;
  return now;
}

static void *brittle_allocate(void *context, size_t size) {
  return breaks(context) ? NULL : malloc(size);
}

static void *brittle_reallocate(void *context, void *pointer, size_t size) {
  return breaks(context) ? NULL : realloc(pointer, size);
}

static void brittle_release(void *context, void *pointer) {
  (void)context;
  free(pointer);
}

/* What a query shows, added to `shown`. */
static void show(struct host *host, const char *query, struct buffer *shown) {
  struct buffer *played = host->played;
  host->played = shown;
  play_statement(host, query);
  host->played = played;
}

struct outcome {
  struct buffer before, after;
  long allocations; /* asked for by the event, if none failed */
  bool told;
};

/* Feeds the event with its allocation `fail_in` failing. */
static void feed_brittle(const char *script, const char *line, const char *query,
                         long fail_in, struct outcome *outcome) {
  struct brittle brittle = {
      .memory = {brittle_allocate, brittle_reallocate, brittle_release, &brittle}};
  struct host host;
  struct buffer played;
  buffer_init(&played, memory_default());
  begin_play(&host, &brittle.memory, &played);
  script = play_until(&host, script, line);
  assert_true(*script == '<' || *script == '>');
  show(&host, query, &outcome->before);
  char *event = first_line(script);
  brittle.fail_in = fail_in > 0 ? fail_in : LONG_MAX;
  play_line(&host, event);
  outcome->allocations = LONG_MAX - brittle.fail_in;
  brittle.fail_in = 0;
  free(event);
  outcome->told = host.out_of_memory;
  host.out_of_memory = false;
  show(&host, query, &outcome->after);
  end_play(&host);
  buffer_deinit(&played);
}

static void outcome_init(struct outcome *outcome) {
  *outcome = (struct outcome){0};
  buffer_init(&outcome->before, memory_default());
  buffer_init(&outcome->after, memory_default());
}

static void outcome_deinit(struct outcome *outcome) {
  buffer_deinit(&outcome->before);
  buffer_deinit(&outcome->after);
}

void scripted_lose_nothing(const char *file, const char *line, const char *query) {
  char *script = transcript_read(file);
  struct outcome whole;
  outcome_init(&whole);
  feed_brittle(script, line, query, 0, &whole);
  assert_string_not_equal(buffer_string(&whole.before), buffer_string(&whole.after));
  long runs = getenv("ALL_ALLOCATIONS") ? whole.allocations : EVENT_RUNS;
  for (long n = 1; n <= whole.allocations; n += whole.allocations / (runs + 1) + 1) {
    struct outcome outcome;
    outcome_init(&outcome);
    feed_brittle(script, line, query, n, &outcome);
    const char *after = buffer_string(&outcome.after);
    bool done = strcmp(after, buffer_string(&whole.after)) == 0;
    bool undone = strcmp(after, buffer_string(&outcome.before)) == 0;
    if (!done && !(undone && outcome.told))
      fail_msg("allocation %ld of %s failed, %s, and then there is\n%s", n, line,
               outcome.told ? "as was said" : "unheard", after);
    outcome_deinit(&outcome);
  }
  outcome_deinit(&whole);
  memory_release(memory_default(), script);
}
