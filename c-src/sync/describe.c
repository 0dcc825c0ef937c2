/* Asking an origin what a foreign view's columns, types and key are.
 *
 * Two requests: the view's query without rows tells columns and types; the origin's catalog tells the keys of
 * the one relation that the view reads, if it reads just one. Only with both answers is the view described: one that was
 * cut off between them would never be asked for its key again.
 */
#include "sync/session.h"

#include <string.h>

#include "base/json.h"
#include "sql/parse.h"
#include "sql/print.h"
#include "view/view.h"

static const char KEYS_OF_POSTGRES[] =
    "SELECT i.indexrelid::bigint, a.attname::text, a.atttypid::regtype::text, "
    "i.indisprimary "
    "FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY "
    "AS k(number, position) "
    "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number "
    "WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indpred IS NULL AND "
    "i.indexprs IS NULL "
    "AND k.position <= i.indnkeyatts ORDER BY i.indisprimary DESC, i.indexrelid, "
    "k.position";

static const char KEYS_OF_TIDEMARK[] =
    "SELECT 1, name, type, true FROM tidemark.columns WHERE schema || '.' || relation "
    "= $1 "
    "AND in_primary_key ORDER BY position";

static const char KEYS_OF_MYSQL[] =
    "SELECT s.index_name, s.column_name, 'text', s.index_name = 'PRIMARY' FROM "
    "information_schema.statistics s "
    "WHERE s.non_unique = 0 AND s.table_schema = coalesce(nullif(?, 'public'), "
    "database()) AND s.table_name = ? "
    "ORDER BY s.index_name <> 'PRIMARY', s.index_name, s.seq_in_index";

/* --- asking ----------------------------------------------------------------------------------- */

/* Queues a REQUEST of kind "describe" with at most two text parameters. */
static int describe_push(struct database *database, struct session *session,
                         const struct relation *view, const char *sql,
                         const char *first, const char *second) {
  struct buffer json, data;
  struct block_writer writer;
  buffer_init(&json, database->memory);
  buffer_init(&data, database->memory);
  block_writer_init(&writer, database->memory, second ? 2 : first ? 1 : 0);
  session->effect = effects_next_id(database->effects);
  buffer_format(
      &json,
      "{\"id\":%lld,\"kind\":\"describe\",\"origin\":%j,\"view\":[%j,%j],\"sql\":%j}",
      (long long)session->effect, view->view->origin, view->schema, view->name, sql);
  if (first)
    block_text(&writer, first, strlen(first));
  if (second)
    block_text(&writer, second, strlen(second));
  int rc = block_finish(&writer, &data);
  if (rc == TIDE_OK)
    rc = effects_push(database->effects, TIDE_EFFECT_REQUEST, &json, &data);
  block_writer_deinit(&writer);
  buffer_deinit(&json);
  buffer_deinit(&data);
  return rc;
}

int describe_request(struct database *database, struct session *session) {
  const struct relation *view = session_relation(database, session);
  struct arena arena;
  struct buffer sql;
  struct sql_node *query;
  size_t consumed;
  arena_init(&arena, database->memory);
  buffer_init(&sql, database->memory);
  buffer_text(&sql, "SELECT * FROM (");
  int rc = sql_parse(&arena, view->view->query_sql, strlen(view->view->query_sql),
                     SQL_DIALECT_POSTGRES, &query, &consumed, database->error);
  if (rc == TIDE_OK)
    rc = sql_print(query, origin_dialect(view->view->origin), &sql, database->error);
  buffer_text(&sql, ") AS view_query LIMIT 0");
  if (rc == TIDE_OK && sql.failed)
    rc = TIDE_ERROR_NOMEM;
  session->state = SESSION_DESCRIBING;
  if (rc == TIDE_OK)
    rc = describe_push(database, session, view, buffer_string(&sql), NULL, NULL);
  buffer_deinit(&sql);
  arena_deinit(&arena);
  return rc;
}

/* The second request, when the view reads exactly one relation. *asked tells whether there is one. */
static int request_keys(struct database *database, struct session *session,
                        bool *asked) {
  const struct relation *view = session_relation(database, session);
  struct arena arena;
  struct sql_node *query;
  size_t consumed;
  *asked = false;
  arena_init(&arena, database->memory);
  int rc = sql_parse(&arena, view->view->query_sql, strlen(view->view->query_sql),
                     SQL_DIALECT_POSTGRES, &query, &consumed, database->error);
  const char *schema, *name;
  if (rc == TIDE_OK && shape_single_relation(query, &schema, &name)) {
    const char *origin = view->view->origin;
    bool mysql = origin_dialect(origin) == SQL_DIALECT_MYSQL;
    const char *sql = mysql                        ? KEYS_OF_MYSQL
                      : origin_is_tidemark(origin) ? KEYS_OF_TIDEMARK
                                                   : KEYS_OF_POSTGRES;
    const char *parameter = mysql ? schema
                            : origin_is_tidemark(origin)
                                ? arena_format(&arena, "%s.%s", schema, name)
                                : arena_format(&arena, "%q.%q", schema, name);
    rc = parameter ? describe_push(database, session, view, sql, parameter,
                                   mysql ? name : NULL)
                   : TIDE_ERROR_NOMEM;
    *asked = rc == TIDE_OK;
  }
  arena_deinit(&arena);
  return rc;
}

/* --- answers ---------------------------------------------------------------------------------- */

static struct type type_from_text(const char *text) {
  struct type type = TYPE(TYPE_TEXT);
  char name[64];
  size_t length = strlen(text);
  if (length >= 2 && strcmp(text + length - 2, "[]") == 0) {
    type.array = true;
    length -= 2;
  }
  if (length >= sizeof name)
    return type;
  memcpy(name, text, length);
  name[length] = 0;
  char *modifiers = strchr(name, '(');
  if (modifiers) {
    /* "timestamp(3) without time zone": what follows the modifiers belongs to the name */
    char *end = strchr(modifiers, ')');
    int precision = 0, scale = 0, *number = &precision;
    bool has_scale = false;
    for (char *c = modifiers + 1; end && c < end; c++) {
      if (*c == ',') {
        number = &scale;
        has_scale = true;
      } else if (*c >= '0' && *c <= '9' && *number < 100000) {
        *number = *number * 10 + (*c - '0');
      }
    }
    type.precision = precision;
    type.scale = has_scale ? scale : -1;
    if (end)
      memmove(modifiers, end + 1, strlen(end + 1) + 1);
  }
  enum type_id id = type_by_name(name);
  /* a type of the origin that has no counterpart here travels as the text that the origin prints */
  if (id != TYPE_COUNT)
    type.id = id;
  return type;
}

void describe_forget(struct database *database, struct session *session) {
  memory_release(database->memory, session->fields);
  session->fields = NULL;
}

/* The first answer, until the second has come. */
static int keep_fields(struct database *database, struct session *session,
                       const struct event *event) {
  const cJSON *fields = event_member(event, "fields");
  struct buffer text;
  if (!cJSON_IsArray(fields) || cJSON_GetArraySize(fields) == 0)
    return error_set(database->error, TIDE_ERROR_INVALID_PARAMETER,
                     "the origin described a view without columns");
  buffer_init(&text, database->memory);
  int rc = json_print(fields, &text);
  if (rc == TIDE_OK)
    session->fields = buffer_take(&text);
  buffer_deinit(&text);
  return rc == TIDE_OK && session->fields ? TIDE_OK : TIDE_ERROR_NOMEM;
}

/* Columns and types as kept, described without a key. */
static int describe_fields(struct database *database, struct session *session,
                           const cJSON *fields) {
  int count = cJSON_GetArraySize(fields);
  struct arena arena;
  arena_init(&arena, database->memory);
  struct column *columns = arena_alloc(&arena, (size_t)count * sizeof *columns);
  int i = 0;
  const cJSON *field;
  cJSON_ArrayForEach(field, fields) {
    if (!columns)
      break;
    const char *name = json_string(field, "name");
    const char *type = json_string(field, "type");
    columns[i].name = arena_string(&arena, name ? name : "?column?");
    columns[i].type = type_from_text(type ? type : "text");
    i++;
  }
  int rc = arena.failed ? TIDE_ERROR_NOMEM
                        : catalog_describe_view(database, session->view, columns, count,
                                                NULL, 0);
  arena_deinit(&arena);
  return rc;
}

static int describe_columns(struct database *database, struct session *session) {
  cJSON *fields;
  int rc =
      json_parse(database->memory, session->fields, strlen(session->fields), &fields);
  if (rc == TIDE_OK)
    rc = describe_fields(database, session, fields);
  json_free(fields);
  return rc;
}

/* The same columns again, now with one of the origin's keys. */
static int describe_with_key(struct database *database, struct session *session,
                             const char *const *key, int key_count) {
  const struct relation *view = session_relation(database, session);
  struct arena arena;
  arena_init(&arena, database->memory);
  struct column *columns =
      arena_alloc(&arena, (size_t)(view->column_count + 1) * sizeof *columns);
  int count = 0;
  for (int i = 0; columns && i < view->column_count; i++) {
    if (view->columns[i].hidden)
      continue;
    columns[count] =
        (struct column){.name = arena_string(&arena, view->columns[i].name),
                        .type = view->columns[i].type};
    count++;
  }
  int rc = arena.failed ? TIDE_ERROR_NOMEM
                        : catalog_describe_view(database, session->view, columns, count,
                                                key, key_count);
  arena_deinit(&arena);
  return rc;
}

enum { KEY_COLUMNS_MAX = 32 };

/* Tries the origin's keys, the primary one first, until one is wholly in the view. */
static int describe_keys(struct database *database, struct session *session,
                         const struct event *event) {
  struct block_reader reader;
  int rc = event_block(event, 0, &reader);
  if (rc != TIDE_OK || reader.columns != 4)
    return rc;
  struct arena arena;
  arena_init(&arena, database->memory);
  const char *key[KEY_COLUMNS_MAX];
  int count = 0;
  char *current = NULL;
  bool found = false;
  for (uint32_t row = 0; rc == TIDE_OK && !found && row <= reader.rows; row++) {
    struct block_cell id = {0}, name = {0}, rest;
    bool more = row < reader.rows;
    if (more) {
      block_next(&reader, &id);
      block_next(&reader, &name);
      block_next(&reader, &rest);
      block_next(&reader, &rest);
    }
    char *index = !more ? NULL
                  : id.tag == BLOCK_TEXT
                      ? arena_copy(&arena, id.text, id.length)
                      : arena_format(&arena, "%lld", (long long)id.integer);
    bool same = more && current && index && strcmp(index, current) == 0;
    if (!same && count > 0) { /* a key is complete */
      rc = describe_with_key(database, session, key, count);
      found = session_relation(database, session)->view->write_path != NULL;
      count = 0;
    }
    current = index;
    if (more && count < KEY_COLUMNS_MAX)
      key[count++] = arena_copy(&arena, name.text ? name.text : "", name.length);
    if (arena.failed)
      rc = TIDE_ERROR_NOMEM;
  }
  arena_deinit(&arena);
  return rc;
}

static int finish(struct database *database, struct session *session) {
  const struct relation *view = session_relation(database, session);
  if (!relation_keeps_rows(view))
    return TIDE_OK;
  return view_create_storage(database, session->view, true);
}

/* A view of several relations has no key. */
static int take_columns(struct database *database, struct session *session,
                        const struct event *event) {
  (void)event;
  int rc = describe_columns(database, session);
  return rc == TIDE_OK ? finish(database, session) : rc;
}

/* The second answer carries the keys. */
static int take_keys(struct database *database, struct session *session,
                     const struct event *event) {
  int rc = describe_columns(database, session);
  if (rc == TIDE_OK)
    rc = describe_keys(database, session, event);
  return rc == TIDE_OK ? finish(database, session) : rc;
}

int describe_answer(struct database *database, struct session *session,
                    const struct event *event) {
  session->effect = 0;
  bool has_columns = session->fields != NULL, asked = false;
  int rc = TIDE_OK;
  if (!has_columns) {
    rc = keep_fields(database, session, event);
    if (rc == TIDE_OK)
      rc = request_keys(database, session, &asked);
    if (rc != TIDE_OK || asked)
      return rc;
  }
  rc = sync_in_transaction(database, session, event,
                           has_columns ? take_keys : take_columns);
  describe_forget(database, session);
  return rc == TIDE_OK ? session_advance(database, session) : rc;
}
