/* The requests of one statement to origins, and where their answers are staged. */
#include "federation/fetch.h"

#include <string.h>

#include "sync/session.h"

struct fetches *fetches_new(struct database *database) {
  struct fetches *fetches = memory_allocate_zeroed(database->memory, sizeof *fetches);
  if (!fetches)
    return NULL;
  fetches->next = database->fetches;
  if (fetches->next)
    fetches->next->previous = fetches;
  database->fetches = fetches;
  return fetches;
}

void fetch_stage_name(char name[32], int64_t number) {
  static const char prefix[] = "__stage_";
  char digits[20];
  int count = 0;
  do
    digits[count++] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  memcpy(name, prefix, sizeof prefix - 1);
  char *end = name + sizeof prefix - 1;
  while (count > 0)
    *end++ = digits[--count];
  *end = 0;
}

/* --- asking ----------------------------------------------------------------------------------- */

static void fetch_free(struct memory *memory, struct fetch *fetch) {
  memory_release(memory, fetch->sql);
  memory_release(memory, fetch->origin);
  memory_release(memory, fetch->parameters);
  memory_release(memory, fetch->create_sql);
  memory_release(memory, fetch);
}

static struct fetch *equal_request(const struct fetches *fetches, const char *origin,
                                   const char *sql, const struct buffer *data) {
  for (struct fetch *fetch = fetches->first; fetch; fetch = fetch->next)
    if (strcmp(fetch->origin, origin) == 0 && strcmp(fetch->sql, sql) == 0 &&
        fetch->parameters_size == data->length &&
        memcmp(fetch->parameters, data->data, data->length) == 0)
      return fetch;
  return NULL;
}

static int push_request(struct database *database, struct fetch *fetch,
                        const char *kind) {
  struct buffer json, data;
  buffer_init(&json, database->memory);
  buffer_init(&data, database->memory);
  buffer_append(&data, fetch->parameters, fetch->parameters_size);
  buffer_format(&json,
                "{\"id\":%lld,\"origin\":%j,\"kind\":%j,\"view\":[%j,%j],\"sql\":%j}",
                (long long)fetch->id, fetch->origin, kind, fetch->view->schema,
                fetch->view->name, fetch->sql);
  int rc = json.failed || data.failed
               ? TIDE_ERROR_NOMEM
               : effects_push(database->effects, TIDE_EFFECT_REQUEST, &json, &data);
  buffer_deinit(&json);
  buffer_deinit(&data);
  return rc;
}

int fetches_add(struct database *database, struct fetches *fetches,
                const struct relation *view, const char *kind, const char *sql,
                struct buffer *data, const char *columns_sql, int column_count,
                bool share, int64_t *number) {
  const char *origin = view->view->origin;
  struct fetch *fetch = share ? equal_request(fetches, origin, sql, data) : NULL;
  if (fetch) {
    *number = fetch->number;
    return TIDE_OK;
  }
  fetch = memory_allocate_zeroed(database->memory, sizeof *fetch);
  if (!fetch)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  fetch->id = fetch->number = *number = effects_next_id(database->effects);
  fetch->view = view;
  fetch->column_count = column_count;
  fetch->parameters_size = data->length;
  fetch->parameters = buffer_take(data);
  fetch->sql = memory_string(database->memory, sql);
  fetch->origin = memory_string(database->memory, origin);
  fetch->create_sql = memory_string(database->memory, columns_sql);
  int rc = fetch->sql && fetch->origin && fetch->create_sql && fetch->parameters
               ? push_request(database, fetch, kind)
               : TIDE_ERROR_NOMEM;
  fetch->view = NULL;
  if (rc != TIDE_OK) {
    fetch_free(database->memory, fetch);
    return rc;
  }
  struct fetch **end = &fetches->first;
  while (*end)
    end = &(*end)->next;
  *end = fetch;
  return TIDE_OK;
}

/* --- answers ---------------------------------------------------------------------------------- */

static int create_stage(struct database *database, const struct fetch *fetch,
                        const char *name) {
  struct buffer sql;
  buffer_init(&sql, database->memory);
  buffer_format(&sql, "CREATE TEMP TABLE %q (%s)", name, fetch->create_sql);
  int rc =
      sql.failed ? TIDE_ERROR_NOMEM : database_execute(database, buffer_string(&sql));
  buffer_deinit(&sql);
  return rc;
}

static int insert_rows(struct database *database, const struct fetch *fetch,
                       const char *name, struct block_reader *reader) {
  sqlite3_stmt *insert;
  int rc = database_prepare_insert(database, "INSERT INTO", name, fetch->column_count,
                                   &insert);
  if (rc != TIDE_OK)
    return rc;
  struct block_cell cell;
  for (uint32_t row = 0; rc == TIDE_OK && row < reader->rows; row++) {
    for (uint32_t i = 0; rc == TIDE_OK && i < reader->columns; i++) {
      block_next(reader, &cell);
      rc = database_bind(database, insert, (int)i + 1, &cell);
    }
    if (rc == TIDE_OK)
      rc = database_run(database, insert);
  }
  sqlite3_finalize(insert);
  return rc;
}

/* One transaction for all rows, unless one is open. */
static int stage_rows(struct database *database, const struct fetch *fetch,
                      const struct event *event) {
  struct block_reader reader;
  char name[32];
  int rc = event_block(event, 0, &reader);
  if (rc != TIDE_OK || !*fetch->create_sql)
    return rc;
  if (reader.rows > 0 && (int)reader.columns != fetch->column_count)
    return error_set(database->error, TIDE_ERROR_ORIGIN,
                     "%s answered with %u columns, not %d", fetch->origin,
                     reader.columns, fetch->column_count);
  fetch_stage_name(name, fetch->number);
  rc = database_execute(database, "SAVEPOINT __stage");
  if (rc == TIDE_OK)
    rc = create_stage(database, fetch, name);
  if (rc == TIDE_OK && reader.rows > 0)
    rc = insert_rows(database, fetch, name, &reader);
  struct error kept = *database->error;
  (void)database_execute(database, rc == TIDE_OK
                                       ? "RELEASE __stage"
                                       : "ROLLBACK TO __stage; RELEASE __stage");
  *database->error = kept;
  return rc;
}

static struct fetch *find_fetch(struct database *database, int64_t id,
                                struct fetches **fetches) {
  for (*fetches = database->fetches; *fetches; *fetches = (*fetches)->next)
    for (struct fetch *fetch = (*fetches)->first; fetch; fetch = fetch->next)
      if (id != 0 && fetch->id == id)
        return fetch;
  return NULL;
}

int federation_event(struct database *database, const struct event *event,
                     bool *taken) {
  struct fetches *fetches;
  struct fetch *fetch = find_fetch(database, event->id, &fetches);
  *taken = fetch != NULL;
  if (!fetch)
    return TIDE_OK;
  fetch->id = 0;
  int rc = TIDE_OK;
  if (event->type == TIDE_EVENT_FAILED) {
    event_failure(event, fetch->origin, database->error);
    rc = database->error->code;
  } else {
    fetches->row_count = event_integer(event, "rowCount", 0);
    rc = stage_rows(database, fetch, event);
  }
  if (rc != TIDE_OK && fetches->error.code == 0) {
    if (database->error->code == 0)
      error_set(database->error, rc, "%s", tide_error_text(rc));
    fetches->error = *database->error;
  }
  error_clear(database->error);
  return TIDE_OK;
}

int federation_poll(struct database *database, struct fetches *fetches) {
  if (fetches->error.code != 0) {
    *database->error = fetches->error;
    return fetches->error.code;
  }
  for (struct fetch *fetch = fetches->first; fetch; fetch = fetch->next)
    if (fetch->id != 0)
      return TIDE_WAIT;
  return TIDE_OK;
}

int64_t federation_row_count(const struct fetches *fetches) {
  return fetches->row_count;
}

const char *federation_returning(const struct fetches *fetches) {
  return fetches->returning;
}

/* An answer that has not come has left no table. */
static void discard_stage(struct database *database, const struct fetch *fetch) {
  char name[32];
  fetch_stage_name(name, fetch->number);
  (void)temporary_discard(database, name);
  error_clear(database->error);
}

void federation_end(struct database *database, struct fetches *fetches) {
  if (!fetches)
    return;
  struct error kept = *database->error;
  while (fetches->first) {
    struct fetch *fetch = fetches->first;
    fetches->first = fetch->next;
    if (fetch->id != 0)
      (void)effects_cancel(database->effects, fetch->id);
    if (*fetch->create_sql)
      discard_stage(database, fetch);
    fetch_free(database->memory, fetch);
  }
  if (fetches->previous)
    fetches->previous->next = fetches->next;
  else
    database->fetches = fetches->next;
  if (fetches->next)
    fetches->next->previous = fetches->previous;
  memory_release(database->memory, fetches);
  *database->error = kept;
}
