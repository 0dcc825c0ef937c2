/* Statements as the host sees them: prepare, bind, step, columns. */
#include "engine.h"

#include <string.h>

#include "base/library.h"
#include "base/utf8.h"
#include "catalog/respell.h"
#include "extension/extension.h"
#include "sql/mysql.h"
#include "sync/sync.h"
#include "types/session_zone.h"
#include "vfs/vfs_pages.h"

/* --- life ------------------------------------------------------------------------------------ */

static size_t utf16_units(const char *text, size_t size) {
  size_t units = 0;
  for (size_t i = 0; i < size; i++) {
    unsigned char byte = (unsigned char)text[i];
    /* continuation bytes count nothing; a four-byte sequence is a surrogate pair */
    if ((byte & 0xC0) != 0x80)
      units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

static enum route route_of(const struct sql_node *tree) {
  if (query_has_parts(tree))
    return ROUTE_PARTS;
  switch (tree->kind) {
  case SQL_QUERY:
  case SQL_SHOW_OBJECTS: return ROUTE_READ;
  case SQL_INSERT:
  case SQL_UPDATE:
  case SQL_DELETE: return ROUTE_WRITE; /* refined when the target is known */
  case SQL_REFRESH: return ROUTE_REFRESH;
  case SQL_TRANSACTION: return ROUTE_TRANSACTION;
  case SQL_MAINTENANCE: return ROUTE_MAINTENANCE;
  case SQL_EXPLAIN:
  case SQL_SHOW: return ROUTE_EXPLAIN;
  default: return ROUTE_DEFINITION;
  }
}

static enum sql_walk count_parameter(const struct sql_node *node, void *context) {
  int *count = context;
  if (node->kind == SQL_PARAMETER && node->index > *count)
    *count = node->index;
  return SQL_WALK_ON;
}

static void link_statement(struct tide_engine *engine,
                           struct tide_statement *statement) {
  statement->next = engine->statements;
  if (statement->next)
    statement->next->previous = statement;
  engine->statements = statement;
}

static struct tide_statement *statement_new(struct tide_engine *engine) {
  struct tide_statement *statement =
      memory_allocate_zeroed(&engine->memory, sizeof *statement);
  if (!statement)
    return NULL;
  statement->engine = engine;
  statement->missed = -1;
  arena_init(&statement->parsed, &engine->memory);
  arena_init(&statement->planned, &engine->memory);
  buffer_init(&statement->rows, &engine->memory);
  buffer_init(&statement->out, &engine->memory);
  buffer_init(&statement->shown, &engine->memory);
  block_writer_init(&statement->writer, &engine->memory, 0);
  link_statement(engine, statement);
  return statement;
}

/* Everything after parsing: the statement's own text and room for its parameters. */
static int statement_complete(struct tide_statement *statement, const char *sql,
                              size_t size) {
  struct memory *memory = &statement->engine->memory;
  statement->text = memory_allocate(memory, size + 1);
  if (!statement->text)
    return TIDE_ERROR_NOMEM;
  memcpy(statement->text, sql, size);
  statement->text[size] = 0;
  statement->text_size = size;
  statement->route = route_of(statement->tree);
  if (statement->route == ROUTE_TRANSACTION)
    statement->command = execute_transaction_command(statement->tree);
  else if (statement->route == ROUTE_READ &&
           extension_find_calls(&statement->engine->database, statement->tree) ==
               EXTENSION_NO_CALLS)
    statement->command = execute_command_of(statement->tree);
  sql_walk(statement->tree, count_parameter, &statement->parameter_count);
  if (statement->parameter_count == 0)
    return TIDE_OK;
  statement->parameters = memory_allocate_zeroed(
      memory, (size_t)statement->parameter_count * sizeof *statement->parameters);
  return statement->parameters ? TIDE_OK : TIDE_ERROR_NOMEM;
}

/* Text is UTF-8 wherever it goes: into the catalog, into rows, into messages. */
static int check_encoding(struct tide_engine *engine, const char *sql, size_t size) {
  size_t units = 0;
  size_t at = utf8_valid(sql, size, &units);
  if (at == size)
    return TIDE_OK;
  error_clear(&engine->error);
  return error_set_at(&engine->error, TIDE_ERROR_CHARACTER, (uint32_t)at,
                      "invalid byte sequence for encoding \"UTF8\"");
}

int tide_prepare(tide_engine *engine, const char *sql, size_t size,
                 tide_statement **prepared, size_t *consumed) {
  *prepared = NULL;
  *consumed = 0;
  library_use(&engine->memory);
  error_clear(&engine->error);
  engine->error_position = SIZE_MAX;
  if (engine->state != ENGINE_OPEN && engine->state != ENGINE_READING)
    return error_set(&engine->error, TIDE_ERROR_MISUSE, "the database is not open");
  struct tide_statement *statement = statement_new(engine);
  if (!statement)
    return error_set(&engine->error, TIDE_ERROR_NOMEM, "out of memory");
  int rc = sql_parse(&statement->parsed, sql, size, engine->dialect, &statement->tree,
                     consumed, &engine->error);
  int encoding = check_encoding(engine, sql, rc == TIDE_OK ? *consumed : size);
  rc = encoding == TIDE_OK ? rc : encoding;
  if (rc == TIDE_OK && statement->tree && engine->dialect == SQL_DIALECT_MYSQL)
    rc = mysql_translate(&statement->parsed, &statement->tree, &engine->error);
  if (rc == TIDE_OK && statement->tree)
    rc = statement_complete(statement, sql, *consumed);
  if (rc != TIDE_OK) {
    if (engine->error.position != ERROR_NO_POSITION && engine->error.position <= size)
      engine->error_position = utf16_units(sql, engine->error.position);
    rc = engine_fail(engine, rc);
  }
  if (rc != TIDE_OK || !statement->tree) {
    tide_finalize(statement);
    return rc;
  }
  *prepared = statement;
  return TIDE_DONE;
}

static void release_parameter(struct tide_statement *statement, int index) {
  struct block_cell *cell = &statement->parameters[index];
  if (cell->tag == BLOCK_TEXT || cell->tag == BLOCK_BLOB || cell->tag == BLOCK_JSON)
    memory_release(&statement->engine->memory, (char *)(uintptr_t)cell->text);
  *cell = (struct block_cell){0};
}

void tide_finalize(tide_statement *statement) {
  if (!statement)
    return;
  struct tide_engine *engine = statement->engine;
  library_use(&engine->memory);
  execute_end(statement);
  execute_forget_plan(statement);
  execute_live_end(statement);
  for (int i = 0; i < statement->parameter_count && statement->parameters; i++)
    release_parameter(statement, i);
  memory_release(&engine->memory, statement->parameters);
  memory_release(&engine->memory, statement->text);
  block_writer_deinit(&statement->writer);
  buffer_deinit(&statement->rows);
  buffer_deinit(&statement->out);
  buffer_deinit(&statement->shown);
  arena_deinit(&statement->parsed);
  arena_deinit(&statement->planned);
  if (statement->previous)
    statement->previous->next = statement->next;
  else
    engine->statements = statement->next;
  if (statement->next)
    statement->next->previous = statement->previous;
  memory_release(&engine->memory, statement);
}

/* --- parameters ------------------------------------------------------------------------------ */

int tide_parameter_count(tide_statement *statement) {
  return statement->parameter_count;
}

struct name_search {
  const char *name;
  int index;
};

static enum sql_walk match_parameter(const struct sql_node *node, void *context) {
  struct name_search *search = context;
  if (node->kind != SQL_PARAMETER || !node->text ||
      strcmp(node->text, search->name) != 0)
    return SQL_WALK_ON;
  search->index = node->index;
  return SQL_WALK_STOP;
}

int tide_parameter_index(tide_statement *statement, const char *name) {
  struct name_search search = {name, 0};
  sql_walk(statement->tree, match_parameter, &search);
  return search.index;
}

/* Copies `cell` into the parameter; text and blobs get memory of their own. */
static int bind_copy(struct tide_statement *statement, int index,
                     const struct block_cell *cell) {
  struct tide_engine *engine = statement->engine;
  if (index < 1 || index > statement->parameter_count)
    return error_set(&engine->error, TIDE_ERROR_UNDEFINED_PARAMETER,
                     "there is no parameter $%d", index);
  struct block_cell copy = *cell;
  if (cell->tag == BLOCK_TEXT || cell->tag == BLOCK_BLOB || cell->tag == BLOCK_JSON) {
    char *bytes = memory_allocate(&engine->memory, cell->length + 1);
    if (!bytes)
      return error_set(&engine->error, TIDE_ERROR_NOMEM, "out of memory");
    if (cell->length > 0)
      memcpy(bytes, cell->text, cell->length);
    bytes[cell->length] = 0;
    copy.text = bytes;
  }
  release_parameter(statement, index - 1);
  statement->parameters[index - 1] = copy;
  return TIDE_DONE;
}

int tide_bind_null(tide_statement *statement, int index) {
  return bind_copy(statement, index, &(struct block_cell){.tag = BLOCK_NULL});
}

int tide_bind_integer(tide_statement *statement, int index, int64_t value) {
  return bind_copy(statement, index,
                   &(struct block_cell){.tag = BLOCK_BIG_INTEGER, .integer = value});
}

int tide_bind_real(tide_statement *statement, int index, double value) {
  return bind_copy(statement, index,
                   &(struct block_cell){.tag = BLOCK_REAL, .real = value});
}

int tide_bind_boolean(tide_statement *statement, int index, int value) {
  return bind_copy(statement, index,
                   &(struct block_cell){.tag = BLOCK_BOOLEAN, .integer = value != 0});
}

int tide_bind_text(tide_statement *statement, int index, const char *text,
                   size_t size) {
  return bind_copy(
      statement, index,
      &(struct block_cell){.tag = BLOCK_TEXT, .text = text, .length = size});
}

int tide_bind_blob(tide_statement *statement, int index, const void *data,
                   size_t size) {
  return bind_copy(
      statement, index,
      &(struct block_cell){.tag = BLOCK_BLOB, .text = data, .length = size});
}

int tide_bind_block(tide_statement *statement, const void *block, size_t size) {
  struct error *error = &statement->engine->error;
  error_clear(error);
  struct block_reader reader;
  int rc = block_read_init(&reader, block, size);
  if (rc != TIDE_OK || (reader.columns > 0 && reader.rows != 1))
    return error_set(error, TIDE_ERROR_MISUSE, "parameters are not a block of one row");
  if ((int)reader.columns != statement->parameter_count) {
    error_set(error, TIDE_ERROR_UNDEFINED_PARAMETER,
              "the statement takes %d parameters, %u were given",
              statement->parameter_count, reader.columns);
    return error->code;
  }
  struct block_cell cell;
  for (int index = 1; rc == TIDE_OK && block_next(&reader, &cell); index++)
    rc = bind_copy(statement, index, &cell);
  return rc;
}

/* --- results that are not rows of SQLite ------------------------------------------------------ */

int statement_result_columns(struct tide_statement *statement, int count,
                             const char *const *names, const struct type *types) {
  struct arena *arena = &statement->planned;
  size_t slots = (size_t)(count > 0 ? count : 1);
  statement->columns_version = ++statement->engine->columns_version;
  statement->result_count = count;
  statement->result_names = arena_alloc(arena, slots * sizeof *statement->result_names);
  statement->result_types = arena_alloc(arena, slots * sizeof *statement->result_types);
  statement->result_type_names =
      arena_alloc(arena, slots * sizeof *statement->result_type_names);
  statement->row = arena_alloc(arena, slots * sizeof *statement->row);
  if (arena->failed)
    return TIDE_ERROR_NOMEM;
  for (int i = 0; i < count; i++) {
    statement->result_names[i] = names[i];
    statement->result_types[i] = types[i];
    catalog_format_type(&statement->engine->database, type_base(types[i]),
                        statement->result_type_names[i],
                        sizeof statement->result_type_names[i]);
  }
  return TIDE_OK;
}

void statement_buffer_begin(struct tide_statement *statement) {
  block_writer_clear(&statement->writer, (uint32_t)statement->result_count);
}

int statement_buffer_end(struct tide_statement *statement) {
  buffer_clear(&statement->rows);
  int rc = block_finish(&statement->writer, &statement->rows);
  if (rc != TIDE_OK)
    return rc;
  rc =
      block_read_init(&statement->reader, statement->rows.data, statement->rows.length);
  statement->buffered = rc == TIDE_OK;
  return rc;
}

int statement_no_rows(struct tide_statement *statement) {
  int rc = statement_result_columns(statement, 0, NULL, NULL);
  if (rc != TIDE_OK)
    return rc;
  statement_buffer_begin(statement);
  return statement_buffer_end(statement);
}

int statement_buffer_lines(struct tide_statement *statement, const char *name,
                           const struct buffer *text) {
  struct type type = TYPE(TYPE_TEXT);
  int rc = statement_result_columns(statement, 1, &name, &type);
  if (rc != TIDE_OK)
    return rc;
  statement_buffer_begin(statement);
  for (const char *line = buffer_string(text); *line;) {
    const char *end = strchr(line, '\n');
    size_t length = end ? (size_t)(end - line) : strlen(line);
    block_text(&statement->writer, line, length);
    statement->row_count++;
    line += length + (end != NULL);
  }
  return statement_buffer_end(statement);
}

static int next_buffered_row(struct tide_statement *statement) {
  for (int i = 0; i < statement->result_count; i++)
    if (!block_next(&statement->reader, &statement->row[i]))
      return TIDE_DONE;
  return statement->result_count > 0 ? TIDE_ROW : TIDE_DONE;
}

/* --- running --------------------------------------------------------------------------------- */

/* Once committed, the views made or refreshed on the way are this statement's to wait for, and no other's. */
static void take_filling(struct tide_statement *statement) {
  struct tide_engine *engine = statement->engine;
  if (engine->database.in_transaction)
    return;
  memory_release(&engine->memory, statement->filling);
  statement->filling = engine->filling;
  statement->filling_count = engine->filling_count;
  engine->filling = NULL;
  engine->filling_count = engine->filling_capacity = 0;
}

/* Are they still being filled? TIDE_WAIT, TIDE_OK, or why a REFRESH or a CREATE failed. */
static int settle(struct tide_statement *statement) {
  struct tide_engine *engine = statement->engine;
  int rc = TIDE_OK;
  int kept = 0;
  for (int i = 0; i < statement->filling_count; i++) {
    bool failed = false;
    int64_t view = statement->filling[i];
    if (sync_is_busy(&engine->database, view, &failed)) {
      statement->filling[kept++] = view;
    } else if (failed && view == statement->refreshing) {
      rc = engine->error.code ? engine->error.code : TIDE_ERROR_UNREACHABLE;
    } else if (failed && view == statement->creating &&
               sync_is_refused(&engine->database, view)) {
      return execute_uncreate(statement);
    } else {
      error_clear(&engine->error); /* CREATE does not fail because its origin is away */
    }
  }
  statement->filling_count = kept;
  return rc != TIDE_OK ? rc : kept > 0 ? TIDE_WAIT : TIDE_OK;
}

/* The columns or rows of a foreign view that planning asked for. */
static int await_description(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  bool failed = false;
  if (sync_is_busy(database, statement->waiting_for, &failed))
    return TIDE_WAIT;
  if (failed)
    return database->error->code ? database->error->code : TIDE_ERROR_UNREACHABLE;
  return TIDE_OK;
}

static bool needs_plan(const struct tide_statement *statement) {
  return statement->route == ROUTE_READ || statement->route == ROUTE_EXTENSION ||
         statement->route == ROUTE_PARTS || statement->route == ROUTE_WRITE ||
         statement->route == ROUTE_WRITE_QUEUED ||
         statement->route == ROUTE_WRITE_ORIGIN;
}

/* MySQL's names have no case: what they name may have changed since they were spelled. */
static int spell(struct tide_statement *statement) {
  struct database *database = &statement->engine->database;
  uint64_t version = catalog_version(database);
  if (statement->engine->dialect != SQL_DIALECT_MYSQL || statement->spelled == version)
    return TIDE_OK;
  int rc = respell(database, &statement->parsed, statement->tree);
  if (rc == TIDE_OK)
    statement->spelled = version;
  return rc;
}

static int start(struct tide_statement *statement) {
  int rc = needs_plan(statement) ? TIDE_OK : spell(statement);
  if (rc != TIDE_OK)
    return rc;
  switch (statement->route) {
  case ROUTE_DEFINITION: return execute_definition(statement);
  case ROUTE_REFRESH: return execute_refresh(statement);
  case ROUTE_TRANSACTION: return execute_transaction(statement);
  case ROUTE_EXPLAIN: return execute_explain(statement);
  case ROUTE_MAINTENANCE: return execute_maintenance(statement);
  case ROUTE_EXTENSION: return execute_extension(statement);
  default: return execute_start(statement);
  }
}

static int plan(struct tide_statement *statement) {
  int rc = spell(statement);
  return rc == TIDE_OK ? execute_plan(statement) : rc;
}

/* One phase; TIDE_OK means: on to the next. */
static int advance(struct tide_statement *statement) {
  int rc;
  switch (statement->phase) {
  case PHASE_IDLE:
    statement->row_count = 0;
    statement->insert_id = 0;
    statement->buffered = false;
    statement->refreshing = statement->creating = 0;
    statement->phase = needs_plan(statement) ? PHASE_PLAN : PHASE_START;
    return TIDE_OK;
  case PHASE_PLAN: return plan(statement);
  case PHASE_DESCRIBE:
    rc = await_description(statement);
    if (rc == TIDE_OK)
      statement->phase = PHASE_PLAN;
    return rc;
  case PHASE_FETCH:
    rc = federation_poll(&statement->engine->database, statement->fetches);
    if (rc == TIDE_OK)
      statement->phase = PHASE_START;
    return rc;
  case PHASE_START:
    rc = start(statement);
    take_filling(statement);
    if (rc == TIDE_OK)
      statement->phase = statement->route == ROUTE_READ ? PHASE_ROWS : PHASE_SETTLE;
    return rc;
  case PHASE_SETTLE:
    rc = settle(statement);
    if (rc == TIDE_OK)
      statement->phase = PHASE_ROWS;
    return rc;
  case PHASE_ROWS:
    rc = statement->buffered ? next_buffered_row(statement) : execute_step(statement);
    if (rc == TIDE_DONE)
      statement->phase = PHASE_END;
    return rc == TIDE_DONE ? TIDE_OK : rc;
  case PHASE_END: break;
  }
  return TIDE_OK;
}

/* Types that do not fit, and in a query texts that are no numbers or dates, and numbers without a result: MySQL converts
 * them or says NULL, and goes on. */
static bool is_conversion(const struct tide_statement *statement, int code) {
  switch (code) {
  case TIDE_ERROR_UNDEFINED_FUNCTION:
  case TIDE_ERROR_AMBIGUOUS_FUNCTION:
  case TIDE_ERROR_TYPE_MISMATCH:
  case TIDE_ERROR_CANNOT_COERCE:
  case TIDE_ERROR_INDETERMINATE_TYPE: return true;
  case TIDE_ERROR_INVALID_TEXT:
  case TIDE_ERROR_DATETIME_FORMAT:
  case TIDE_ERROR_DATETIME_OVERFLOW:
  case TIDE_ERROR_INVALID_ARGUMENT:
  case TIDE_ERROR_INVALID_POWER:
  case TIDE_ERROR_OUT_OF_RANGE: return statement->tree->kind == SQL_QUERY;
  default: return false;
  }
}

static void refuse_conversion(struct tide_statement *statement) {
  struct error *error = &statement->engine->error;
  if (statement->engine->dialect != SQL_DIALECT_MYSQL || !statement->tree ||
      !is_conversion(statement, error->code))
    return;
  struct error cause = *error;
  error_clear(error);
  error_set_at(error, TIDE_ERROR_NOT_SUPPORTED, cause.position, "%s", cause.message);
  error_hint(error, "What MySQL converts by itself has to be converted by CAST.");
}

void statement_fail(struct tide_statement *statement, int code) {
  struct tide_engine *engine = statement->engine;
  engine_fail(engine, code);
  refuse_conversion(statement);
  uint32_t position = engine->error.position;
  if (position != ERROR_NO_POSITION && position <= statement->text_size)
    engine->error_position =
        statement->text_offset + utf16_units(statement->text, position);
}

static int finish_run(struct tide_statement *statement, int rc) {
  if (rc > 0)
    statement_fail(statement, rc);
  execute_end(statement);
  return rc;
}

static int step(struct tide_statement *statement) {
  for (;;) {
    int rc = advance(statement);
    if (rc == TIDE_ROW || rc == TIDE_WAIT)
      return rc;
    if (rc != TIDE_OK)
      return finish_run(statement, rc);
    if (statement->phase == PHASE_END)
      return finish_run(statement, TIDE_DONE);
  }
}

static int begin_step(struct tide_statement *statement) {
  struct tide_engine *engine = statement->engine;
  library_use(&engine->memory);
  error_clear(&engine->error);
  engine->error_position = SIZE_MAX;
  if (engine->state == ENGINE_OPEN || engine->state == ENGINE_READING)
    return TIDE_OK;
  return error_set(&engine->error, TIDE_ERROR_MISUSE, "the database is not open");
}

int tide_step(tide_statement *statement) {
  int rc = begin_step(statement);
  if (rc != TIDE_OK)
    return rc;
  return statement->engine->state == ENGINE_READING ? TIDE_WAIT : step(statement);
}

void tide_reset(tide_statement *statement) {
  library_use(&statement->engine->memory);
  execute_end(statement);
  if (statement->route == ROUTE_PARTS)
    statement->command =
        NULL; /* SELECT stands for what changes nothing until it has run */
}

/* The instants of a column in the session's time zone, in statement->shown; false: they are shown as they are stored. */
static bool show_instants(struct tide_statement *statement, sqlite3_stmt *sqlite,
                          int column) {
  const char *text;
  if (statement->zone[0] == '\0' || column >= statement->result_count ||
      statement->result_types[column].id != TYPE_TIMESTAMPTZ ||
      !(text = (const char *)sqlite3_column_text(sqlite, column)))
    return false;
  buffer_clear(&statement->shown);
  session_zone_show(&statement->engine->database.types.zones, statement->zone,
                    (struct text){text, (size_t)sqlite3_column_bytes(sqlite, column)},
                    &statement->shown);
  return !statement->shown.failed;
}

void statement_block_column(struct tide_statement *statement, sqlite3_stmt *sqlite,
                            int column) {
  struct type type = statement->result_types[column];
  if (!show_instants(statement, sqlite, column))
    database_block_column(&statement->writer, sqlite, column, type);
  else if (type.array)
    block_json(&statement->writer, statement->shown.data, statement->shown.length);
  else
    block_text(&statement->writer, statement->shown.data, statement->shown.length);
}

static void block_row(struct tide_statement *statement) {
  for (int i = 0; i < statement->result_count; i++)
    statement_block_column(statement, statement->sqlite, i);
}

/* Buffered rows are already a block: they are handed out whole. */
static int fetch_buffered(struct tide_statement *statement, const void **block,
                          size_t *size) {
  *block = statement->rows.data;
  *size = statement->rows.length;
  return finish_run(statement, TIDE_DONE);
}

static int fetch(struct tide_statement *statement, uint32_t maximum, const void **block,
                 size_t *size) {
  int rc = step(statement);
  if (rc != TIDE_ROW && rc != TIDE_DONE)
    return rc;
  if (rc == TIDE_ROW && statement->buffered)
    return fetch_buffered(statement, block, size);
  block_writer_clear(&statement->writer, (uint32_t)statement->result_count);
  for (uint32_t rows = 0; rc == TIDE_ROW;) {
    block_row(statement);
    if (++rows >= maximum)
      break;
    rc = step(statement);
  }
  if (rc != TIDE_ROW && rc != TIDE_DONE)
    return rc;
  buffer_clear(&statement->out);
  if (block_finish(&statement->writer, &statement->out) != TIDE_OK) {
    error_set(&statement->engine->error, TIDE_ERROR_NOMEM, "out of memory");
    return finish_run(statement, TIDE_ERROR_NOMEM);
  }
  *block = statement->out.data;
  *size = statement->out.length;
  return rc;
}

/* How often a statement is run before all pages are there: one that reads much would be run again and again. */
enum { MISSES_MAX = 16 };

/* Changes nothing, and needs no page that is known to be missing. */
static bool may_read(const struct tide_statement *statement) {
  return statement->route == ROUTE_READ && statement->command && !statement->live &&
         statement->misses < MISSES_MAX &&
         vfs_pages_has(statement->engine->pages_vfs, statement->missed);
}

/* While pages are missing: the rows are given all at once, or the run is undone and repeated when the page that was
 * missing is there. Nothing can change in between. */
static int fetch_early(struct tide_statement *statement, const void **block,
                       size_t *size) {
  struct tide_engine *engine = statement->engine;
  if (!may_read(statement))
    return TIDE_WAIT;
  int rc = fetch(statement, UINT32_MAX, block, size);
  statement->missed = vfs_pages_take_missed(engine->pages_vfs);
  if (statement->missed < 0 && rc != TIDE_WAIT)
    return rc;
  *block = NULL;
  *size = 0;
  execute_end(statement);
  execute_forget_plan(statement);
  error_clear(&engine->error);
  engine->error_position = SIZE_MAX;
  if (statement->missed < 0) { /* an origin has to be asked */
    statement->misses = MISSES_MAX;
    return TIDE_WAIT;
  }
  statement->misses++;
  rc = engine_want_pages(engine, statement->missed);
  return rc == TIDE_OK ? TIDE_WAIT : finish_run(statement, rc);
}

int tide_fetch(tide_statement *statement, uint32_t maximum, const void **block,
               size_t *size) {
  *block = NULL;
  *size = 0;
  int rc = begin_step(statement);
  if (rc != TIDE_OK)
    return rc;
  return statement->engine->state == ENGINE_READING
             ? fetch_early(statement, block, size)
             : fetch(statement, maximum, block, size);
}

/* --- columns --------------------------------------------------------------------------------- */

uint32_t tide_columns_version(tide_statement *statement) {
  return statement->columns_version;
}

int tide_column_count(tide_statement *statement) {
  return statement->result_count;
}

static bool column_exists(const struct tide_statement *statement, int column) {
  return column >= 0 && column < statement->result_count;
}

const char *tide_column_name(tide_statement *statement, int column) {
  return column_exists(statement, column) ? statement->result_names[column] : "";
}

const char *tide_column_type(tide_statement *statement, int column) {
  return column_exists(statement, column) ? statement->result_type_names[column] : "";
}

static enum tide_value buffered_value(const struct block_cell *cell) {
  switch (cell->tag) {
  case BLOCK_NULL: return TIDE_NULL;
  case BLOCK_INTEGER:
  case BLOCK_BIG_INTEGER:
  case BLOCK_BOOLEAN: return TIDE_INTEGER;
  case BLOCK_REAL: return TIDE_REAL;
  case BLOCK_BLOB: return TIDE_BLOB;
  case BLOCK_TEXT:
  case BLOCK_JSON: break;
  }
  return TIDE_TEXT;
}

/* SQLite keeps 1.0 as 1, and sometimes forgets about it: GROUP BY by an index, HAVING with a subquery. */
static bool holds_reals(const tide_statement *statement, int column) {
  if (column >= statement->result_count)
    return false;
  struct type type = statement->result_types[column];
  return !type.array && (type.id == TYPE_REAL || type.id == TYPE_DOUBLE);
}

enum tide_value tide_column_value(tide_statement *statement, int column) {
  if (!column_exists(statement, column))
    return TIDE_NULL;
  if (statement->buffered)
    return buffered_value(&statement->row[column]);
  switch (sqlite3_column_type(statement->sqlite, column)) {
  case SQLITE_INTEGER: return holds_reals(statement, column) ? TIDE_REAL : TIDE_INTEGER;
  case SQLITE_FLOAT: return TIDE_REAL;
  case SQLITE_TEXT: return TIDE_TEXT;
  case SQLITE_BLOB: return TIDE_BLOB;
  default: return TIDE_NULL;
  }
}

int64_t tide_column_integer(tide_statement *statement, int column) {
  if (!column_exists(statement, column))
    return 0;
  if (!statement->buffered)
    return sqlite3_column_int64(statement->sqlite, column);
  const struct block_cell *cell = &statement->row[column];
  return cell->tag == BLOCK_REAL ? (int64_t)cell->real : cell->integer;
}

double tide_column_real(tide_statement *statement, int column) {
  if (!column_exists(statement, column))
    return 0;
  if (!statement->buffered)
    return sqlite3_column_double(statement->sqlite, column);
  const struct block_cell *cell = &statement->row[column];
  return cell->tag == BLOCK_REAL ? cell->real : (double)cell->integer;
}

const char *tide_column_text(tide_statement *statement, int column, size_t *size) {
  *size = 0;
  if (!column_exists(statement, column))
    return "";
  if (statement->buffered) {
    *size = statement->row[column].length;
    return statement->row[column].text;
  }
  if (show_instants(statement, statement->sqlite, column)) {
    *size = statement->shown.length;
    return buffer_string(&statement->shown);
  }
  const char *text = (const char *)sqlite3_column_text(statement->sqlite, column);
  *size = (size_t)sqlite3_column_bytes(statement->sqlite, column);
  return text ? text : "";
}

const void *tide_column_blob(tide_statement *statement, int column, size_t *size) {
  *size = 0;
  if (!column_exists(statement, column))
    return NULL;
  if (statement->buffered) {
    *size = statement->row[column].length;
    return statement->row[column].text;
  }
  const void *bytes = sqlite3_column_blob(statement->sqlite, column);
  *size = (size_t)sqlite3_column_bytes(statement->sqlite, column);
  return bytes;
}

const char *tide_command(tide_statement *statement) {
  return statement->command ? statement->command : "";
}

int64_t tide_row_count(tide_statement *statement) {
  return statement->row_count;
}

int64_t tide_insert_id(tide_statement *statement) {
  return statement->insert_id;
}

/* --- relations -------------------------------------------------------------------------------- */

/* The result columns that show the whole primary key of the one table a query reads row by row. */
static void append_key(const struct tide_statement *statement, struct buffer *json) {
  const struct sql_node *query = statement->tree;
  const struct sql_node *body =
      query->kind == SQL_QUERY ? query->child[QUERY_BODY] : NULL;
  bool simple = statement->relation_count == 1 && body && body->kind == SQL_SELECT &&
                !body->child[SELECT_GROUP] && !body->child[SELECT_HAVING] &&
                !(body->flags & SQL_DISTINCT) && !query->child[QUERY_WITH] &&
                body->child[SELECT_FROM] && body->child[SELECT_FROM]->count == 1;
  const struct relation *relation = simple ? statement->relations[0] : NULL;
  if (!relation || relation->key_count == 0 || !relation->keys[0].primary)
    return;
  size_t start = json->length;
  for (int i = 0; i < relation->keys[0].count; i++) {
    const char *name = relation->columns[relation->keys[0].columns[i]].name;
    bool shown = false;
    for (int column = 0; column < statement->result_count; column++)
      shown = shown || strcmp(statement->result_names[column], name) == 0;
    if (!shown) {
      json->length = start; /* not the whole key: no key */
      return;
    }
    buffer_format(json, "%s%j", i > 0 ? "," : "", name);
  }
}

const char *tide_statement_relations(tide_statement *statement) {
  struct tide_engine *engine = statement->engine;
  library_use(&engine->memory);
  error_clear(&engine->error);
  engine->error_position = SIZE_MAX;
  if (needs_plan(statement)) {
    if (!statement->sqlite && engine->state != ENGINE_OPEN) {
      error_set(&engine->error, TIDE_ERROR_MISUSE, "the database is not open");
      return NULL;
    }
    int rc = statement->relation_count > 0 || statement->sqlite
                 ? TIDE_OK
                 : execute_plan(statement);
    if (rc != TIDE_OK || statement->phase == PHASE_DESCRIBE) {
      if (rc != TIDE_OK) {
        engine_fail(engine, rc);
        refuse_conversion(statement);
      }
      execute_end(statement);
      return NULL;
    }
    execute_end(statement);
  }
  struct buffer *json = &statement->out;
  buffer_clear(json);
  buffer_text(json, "{\"relations\":[");
  for (int i = 0; i < statement->relation_count; i++)
    buffer_format(json, "%s[%j,%j]", i > 0 ? "," : "", statement->relations[i]->schema,
                  statement->relations[i]->name);
  buffer_text(json, "],\"key\":[");
  append_key(statement, json);
  buffer_text(json, "]}");
  return json->failed ? NULL : buffer_string(json);
}
