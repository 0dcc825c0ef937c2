/* Runs SQL scripts (tests/sql/README.md) over tidemark.h.
 *
 * Usage: sql_runner [--storage memory|pages|file] script.test …
 */
#include <inttypes.h>

#include "base/buffer.h"
#include "base/json.h"
#include "lib/crash_files.h"
#include "lib/test.h"
#include "lib/zones.h"
#include "tidemark.h"

#define NOW INT64_C(1769853600000) /* 2026-01-31 10:00:00 UTC */

struct runner {
  const char *file;
  char *text; /* the whole script; its lines are cut in place */
  char *next; /* where the next line begins; NULL at the end */
  int line;   /* number of the line read last */
  int record; /* number of the line on which the current record begins */
  int records, failures;
  tide_engine *engine;
  const char *storage;
  bool mysql; /* the dialect of its statements */
  struct crash_disk *disk;
};

static void complain(struct runner *runner, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s:%d: ", runner->file, runner->record);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  runner->failures++;
}

/* --- the script --- */

static char *read_line(struct runner *runner) {
  char *line = runner->next;
  if (line == NULL || *line == '\0')
    return NULL;
  char *end = strchr(line, '\n');
  runner->next = end == NULL ? NULL : end + 1;
  if (end != NULL)
    *end = '\0';
  runner->line++;
  return line;
}

/* The lines up to a blank one or `----`; *rows says which it was. */
static char *read_statement(struct runner *runner, bool *rows) {
  struct buffer text;
  char *line;
  buffer_init(&text, memory_default());
  *rows = false;
  while ((line = read_line(runner)) != NULL && line[0] != '\0') {
    *rows = strcmp(line, "----") == 0;
    if (*rows)
      break;
    buffer_format(&text, "%s%s", text.length == 0 ? "" : "\n", line);
  }
  return buffer_take(&text);
}

/* --- the host --- */

static bool perform_effects(struct runner *runner) {
  tide_effect effect;
  bool performed = false;
  while (tide_next_effect(runner->engine, &effect)) {
    enum tide_event_type answer = effect.type == TIDE_EFFECT_LOAD ? TIDE_EVENT_LOADED
                                  : effect.type == TIDE_EFFECT_PERSIST
                                      ? TIDE_EVENT_PERSISTED
                                      : TIDE_EVENT_TIME;
    char json[64] = "{}";
    cJSON *data;
    if (json_parse(memory_default(), effect.json, effect.json_size, &data) == TIDE_OK)
      snprintf(json, sizeof json, "{\"id\":%" PRId64 "}", json_integer(data, "id", 0));
    json_free(data);
    tide_event event = {
        .type = answer, .now = NOW, .json = json, .json_size = strlen(json)};
    if (tide_feed(runner->engine, &event) != TIDE_DONE)
      complain(runner, "event refused: %s", tide_error(runner->engine));
    performed = true;
  }
  return performed;
}

static bool open_engine(struct runner *runner) {
  tide_config config = {
      .path = "test.db", .now = NOW, .auto_sync = 1, .dialect = runner->mysql};
  if (strcmp(runner->storage, "pages") == 0)
    config.storage = TIDE_STORAGE_PAGES;
  if (strcmp(runner->storage, "file") == 0) {
    runner->disk = crash_disk_new(1);
    config.storage = TIDE_STORAGE_FILE;
    config.files = crash_disk_files(runner->disk);
  }
  if (tide_open(&config, &runner->engine) != TIDE_DONE) {
    complain(runner, "cannot open: %s", tide_error(runner->engine));
    return false;
  }
  tide_set_zones(runner->engine, machine_zone_offset, NULL);
  perform_effects(runner);
  return true;
}

static int step(struct runner *runner, tide_statement *statement) {
  int status;
  while ((status = tide_step(statement)) == TIDE_WAIT && perform_effects(runner)) {
  }
  return status;
}

/* --- comparing --- */

/* Takes the quotes and escapes away, in place. *quoted: it is text whatever it looks like. */
static char *unescape(char *value, bool *quoted) {
  size_t length = strlen(value);
  *quoted = length >= 2 && value[0] == '\'' && value[length - 1] == '\'';
  if (*quoted) {
    value[length - 1] = '\0';
    value++;
  }
  if (!*quoted && value[0] == '\\' && value[1] == 'x')
    return value;
  char *to = value;
  for (const char *from = value; *from != '\0'; from++) {
    if (*from == '\\' && from[1] != '\0') {
      from++;
      *to++ = *from == 'n' ? '\n' : *from == 't' ? '\t' : *from;
    } else {
      *to++ = *from;
    }
  }
  *to = '\0';
  return value;
}

/* The current row's value as the script writes it, without quotes. */
static void print_value(tide_statement *statement, int column, struct buffer *out) {
  size_t size = 0;
  bool boolean = strcmp(tide_column_type(statement, column), "boolean") == 0;
  switch (tide_column_value(statement, column)) {
  case TIDE_NULL: buffer_text(out, "NULL"); break;
  case TIDE_INTEGER: {
    int64_t value = tide_column_integer(statement, column);
    if (boolean)
      buffer_text(out, value == 0 ? "false" : "true");
    else
      buffer_format(out, "%lld", (long long)value);
    break;
  }
  case TIDE_REAL: {
    char number[40];
    snprintf(number, sizeof number, "%.17g", tide_column_real(statement, column));
    buffer_text(out, number);
    break;
  }
  case TIDE_TEXT: {
    const char *text = tide_column_text(statement, column, &size);
    buffer_append(out, text, size);
    break;
  }
  case TIDE_BLOB: {
    const unsigned char *bytes = tide_column_blob(statement, column, &size);
    buffer_text(out, "\\x");
    for (size_t i = 0; i < size; i++)
      buffer_format(out, "%02x", (unsigned)bytes[i]);
    break;
  }
  }
}

static bool value_matches(tide_statement *statement, int column, char *expected) {
  bool quoted;
  expected = unescape(expected, &quoted);
  enum tide_value kind = tide_column_value(statement, column);
  if (quoted && kind != TIDE_TEXT)
    return false;
  if (!quoted && strcmp(expected, "NULL") == 0)
    return kind == TIDE_NULL;
  if (kind == TIDE_NULL)
    return false;
  if (kind == TIDE_REAL) {
    char *end;
    double wanted = strtod(expected, &end);
    double value = tide_column_real(statement, column);
    return *end == '\0' && end != expected &&
           (wanted == value || (wanted != wanted && value != value));
  }
  struct buffer actual;
  buffer_init(&actual, memory_default());
  print_value(statement, column, &actual);
  bool same = actual.length == strlen(expected) &&
              memcmp(buffer_string(&actual), expected, actual.length) == 0;
  buffer_deinit(&actual);
  return same;
}

static void print_row(tide_statement *statement, struct buffer *out) {
  for (int i = 0; i < tide_column_count(statement); i++) {
    buffer_text(out, i == 0 ? "" : " | ");
    print_value(statement, i, out);
  }
}

static bool row_matches(tide_statement *statement, char *expected) {
  int count = tide_column_count(statement);
  for (int i = 0; i < count; i++) {
    char *end = strstr(expected, " | ");
    if ((end == NULL) != (i == count - 1))
      return false;
    if (end != NULL)
      *end = '\0';
    if (!value_matches(statement, i, expected))
      return false;
    if (end != NULL)
      expected = end + 3;
  }
  return true;
}

/* "id integer, name text", as the record gives them. */
static void check_columns(struct runner *runner, tide_statement *statement,
                          const char *expected) {
  struct buffer actual;
  buffer_init(&actual, memory_default());
  for (int i = 0; i < tide_column_count(statement); i++)
    buffer_format(&actual, "%s%s %s", i == 0 ? "" : ", ",
                  tide_column_name(statement, i), tide_column_type(statement, i));
  if (strcmp(buffer_string(&actual), expected) != 0)
    complain(runner, "columns: expected %s\n  got %s", expected,
             buffer_string(&actual));
  buffer_deinit(&actual);
}

/* --- records --- */

struct outcome {
  int status;
  int64_t count; /* rows of the last statement */
};

/* Compares the rows below `----` with those that the statement gives. */
static int compare_rows(struct runner *runner, tide_statement *statement) {
  int status, number = 0;
  char *expected;
  bool differed = false;
  while ((status = step(runner, statement)) == TIDE_ROW) {
    number++;
    expected = read_line(runner);
    if (expected != NULL && expected[0] == '\0') {
      runner->next = expected; /* the blank line ends the record */
      *expected = '\n';
      runner->line--;
      expected = NULL;
    }
    char *copy = memory_string(memory_default(), expected == NULL ? "" : expected);
    if (!differed && (expected == NULL || !row_matches(statement, copy))) {
      struct buffer actual;
      buffer_init(&actual, memory_default());
      print_row(statement, &actual);
      complain(runner, "row %d: expected %s\n  got %s", number,
               expected == NULL ? "no more rows" : expected, buffer_string(&actual));
      buffer_deinit(&actual);
      differed = true;
    }
    free(copy);
  }
  while ((expected = read_line(runner)) != NULL && expected[0] != '\0') {
    if (!differed && status == TIDE_DONE)
      complain(runner, "row %d: expected %s\n  got no more rows", number + 1, expected);
    differed = true;
  }
  return status;
}

/* Runs all statements of the text; the last one's rows are compared if wanted. */
static struct outcome run_text(struct runner *runner, const char *text, bool rows,
                               const char *columns) {
  struct outcome outcome = {.status = TIDE_DONE};
  size_t left = strlen(text);
  tide_statement *statement = NULL;
  while (outcome.status == TIDE_DONE) {
    size_t consumed = 0;
    tide_statement *next = NULL;
    int status = tide_prepare(runner->engine, text, left, &next, &consumed);
    text += consumed;
    left -= consumed;
    if (statement != NULL) {
      /* Only now it is known whether it is the last one. */
      bool last = status == TIDE_DONE && next == NULL;
      if (last && rows)
        outcome.status = compare_rows(runner, statement);
      else
        while ((outcome.status = step(runner, statement)) == TIDE_ROW) {
        }
      if (outcome.status == TIDE_DONE) {
        outcome.count = tide_row_count(statement);
        if (last && columns != NULL && columns[0] != '\0')
          check_columns(runner, statement, columns);
      }
      tide_finalize(statement);
      perform_effects(runner);
    }
    statement = next;
    if (outcome.status == TIDE_DONE && status != TIDE_DONE)
      outcome.status = status;
    if (next == NULL)
      break;
  }
  if (outcome.status != TIDE_DONE)
    tide_finalize(statement);
  return outcome;
}

static void check_error(struct runner *runner, int status, char *expected) {
  const char *json_text = tide_error(runner->engine);
  cJSON *json;
  if (status == TIDE_DONE) {
    complain(runner, "expected error %s, but it succeeded", expected);
    return;
  }
  if (status == TIDE_WAIT || status == TIDE_ROW ||
      json_parse(memory_default(), json_text, strlen(json_text), &json) != TIDE_OK) {
    complain(runner, "expected error %s, but it gave %d", expected, status);
    return;
  }
  char *message = strchr(expected, ' ');
  long position = -1;
  if (message != NULL)
    *message++ = '\0';
  if (message != NULL && strncmp(message, "at ", 3) == 0) {
    position = strtol(message + 3, &message, 10);
    message += *message == ' ';
  }
  const char *code = json_string(json, "code");
  const char *said = json_string(json, "message");
  if (code == NULL || said == NULL || strcmp(code, expected) != 0 ||
      (message != NULL && strstr(said, message) == NULL) ||
      (position >= 0 && json_integer(json, "position", -1) != position))
    complain(runner, "expected error %s%s%s, got %s", expected,
             message == NULL ? "" : " ", message == NULL ? "" : message, json_text);
  json_free(json);
}

static void expect_success(struct runner *runner, int status) {
  if (status == TIDE_WAIT)
    complain(runner, "it waits for an origin");
  else if (status != TIDE_DONE)
    complain(runner, "failed: %s", tide_error(runner->engine));
}

static void run_record(struct runner *runner, char *head) {
  bool rows = false;
  char *text = read_statement(runner, &rows);
  if (strncmp(head, "query", 5) == 0) {
    const char *columns = head[5] == ' ' ? head + 6 : "";
    if (!rows)
      complain(runner, "a query has ---- after its text");
    expect_success(runner, run_text(runner, text, true, columns).status);
  } else if (strcmp(head, "statement ok") == 0) {
    expect_success(runner, run_text(runner, text, false, NULL).status);
  } else if (strncmp(head, "statement count ", 16) == 0) {
    struct outcome outcome = run_text(runner, text, false, NULL);
    expect_success(runner, outcome.status);
    if (outcome.status == TIDE_DONE && outcome.count != strtoll(head + 16, NULL, 10))
      complain(runner, "expected %s rows, got %" PRId64, head + 16, outcome.count);
  } else if (strncmp(head, "statement error ", 16) == 0) {
    check_error(runner, run_text(runner, text, false, NULL).status, head + 16);
  } else {
    complain(runner, "unknown record: %s", head);
  }
  free(text);
  runner->records++;
}

static char *read_file(const char *name) {
  FILE *file = fopen(name, "rb");
  if (file == NULL)
    return NULL;
  struct buffer text;
  char piece[4096];
  size_t count;
  buffer_init(&text, memory_default());
  while ((count = fread(piece, 1, sizeof piece, file)) > 0)
    buffer_append(&text, piece, count);
  fclose(file);
  return buffer_take(&text);
}

/* The line of a script whose statements are MySQL's. */
#define DIALECT "dialect mysql"

static bool is_mysql(const char *text) {
  const char *line = strstr(text, "\n" DIALECT "\n");
  return line != NULL || strncmp(text, DIALECT "\n", strlen(DIALECT "\n")) == 0;
}

/* Lines between records that mean nothing here. */
static bool is_for_other_runners(const char *line) {
  return line[0] == '\0' || line[0] == '#' || strcmp(line, "skipif postgres") == 0 ||
         strcmp(line, "onlyif postgres") == 0 || strcmp(line, "halt") == 0 ||
         strcmp(line, DIALECT) == 0;
}

static int run_file(const char *file, const char *storage) {
  struct runner runner = {.file = file, .storage = storage, .text = read_file(file)};
  runner.next = runner.text;
  runner.mysql = runner.text != NULL && is_mysql(runner.text);
  if (runner.text == NULL) {
    complain(&runner, "cannot be read");
  } else if (open_engine(&runner)) {
    char *line;
    while ((line = read_line(&runner)) != NULL) {
      if (is_for_other_runners(line))
        continue;
      runner.record = runner.line;
      run_record(&runner, line);
    }
  }
  tide_close(runner.engine);
  if (runner.disk != NULL)
    crash_disk_free(runner.disk);
  free(runner.text);
  printf("%s  %s: %d records%s\n", runner.failures == 0 ? "ok    " : "FAILED", file,
         runner.records, runner.failures == 0 ? "" : ", see above");
  return runner.failures;
}

int main(int count, char **arguments) {
  const char *storage = "memory";
  int failures = 0, files = 0;
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--storage") == 0 && i + 1 < count) {
      storage = arguments[++i];
      continue;
    }
    failures += run_file(arguments[i], storage) > 0;
    files++;
  }
  printf("SQL scripts (native, %s): %d files, %d failed\n", storage, files, failures);
  return failures == 0 ? 0 : 1;
}
