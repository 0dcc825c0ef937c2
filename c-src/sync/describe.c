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

/* A key of the relation, column by column: which key, the column, does the origin give it values? Then its foreign keys: which,
 * the column, and schema, relation and column that it refers to. $1 is the relation; in MySQL schema and name, twice. */
static const char KEYS_OF_POSTGRES[] =
    "SELECT id, name, generated, schema, relation, referenced FROM ("
    "SELECT i.indexrelid::bigint AS id, a.attname::text AS name, a.attidentity <> '' "
    "OR (a.atthasdef AND a.attgenerated = '') AS generated, NULL::text AS schema, "
    "NULL::text AS relation, NULL::text AS referenced, NOT i.indisprimary AS later, "
    "k.position FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH "
    "ORDINALITY AS k(number, position) "
    "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number "
    "WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indpred IS NULL AND "
    "i.indexprs IS NULL AND k.position <= i.indnkeyatts "
    "UNION ALL SELECT c.oid::bigint, a.attname::text, false, n.nspname::text, "
    "r.relname::text, f.attname::text, true, k.position FROM pg_constraint c "
    "CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k(number, "
    "referenced, position) JOIN pg_class r ON r.oid = c.confrelid "
    "JOIN pg_namespace n ON n.oid = r.relnamespace "
    "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number "
    "JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.referenced "
    "WHERE c.conrelid = to_regclass($1) AND c.contype = 'f') AS keys "
    "ORDER BY relation IS NOT NULL, later, id, position";

static const char KEYS_OF_TIDEMARK[] =
    "SELECT 1, name, identity OR \"default\" IS NOT NULL, NULL, NULL, NULL FROM "
    "tidemark.columns WHERE schema || '.' || relation = $1 "
    "AND in_primary_key ORDER BY position";

/* An index of expressions has no name in place of a column. */
static const char KEYS_OF_MYSQL[] =
    "SELECT id, name, given, ref_schema, relation, referenced FROM ("
    "SELECT s.index_name AS id, s.column_name AS name, (SELECT c.extra LIKE "
    "'%auto_increment%' FROM information_schema.columns c WHERE c.table_schema = "
    "s.table_schema AND c.table_name = s.table_name AND c.column_name = s.column_name) "
    "AS given, NULL AS ref_schema, NULL AS relation, NULL AS referenced, "
    "s.index_name <> 'PRIMARY' AS later, s.seq_in_index AS position FROM "
    "information_schema.statistics s WHERE s.non_unique = 0 AND s.table_schema = "
    "coalesce(nullif(?, 'public'), database()) AND s.table_name = ? AND NOT EXISTS ("
    "SELECT * FROM information_schema.statistics e WHERE e.table_schema = "
    "s.table_schema AND e.table_name = s.table_name AND e.index_name = s.index_name "
    "AND e.column_name IS NULL) "
    "UNION ALL SELECT k.constraint_name, k.column_name, 0, "
    "coalesce(nullif(k.referenced_table_schema, database()), 'public'), "
    "k.referenced_table_name, k.referenced_column_name, 1, k.ordinal_position FROM "
    "information_schema.key_column_usage k WHERE k.referenced_table_name IS NOT NULL "
    "AND k.table_schema = coalesce(nullif(?, 'public'), database()) AND k.table_name = "
    "?) AS told ORDER BY relation IS NOT NULL, later, id, position";

/* --- asking ----------------------------------------------------------------------------------- */

/* Queues a REQUEST of kind "describe" with text parameters. */
static int describe_push(struct database *database, struct session *session,
                         const struct relation *view, const char *sql,
                         const char *const *parameters, uint32_t count) {
  struct buffer json, data;
  struct block_writer writer;
  buffer_init(&json, database->memory);
  buffer_init(&data, database->memory);
  block_writer_init(&writer, database->memory, count);
  session->effect = effects_next_id(database->effects);
  buffer_format(
      &json,
      "{\"id\":%lld,\"kind\":\"describe\",\"origin\":%j,\"view\":[%j,%j],\"sql\":%j}",
      (long long)session->effect, view->view->origin, view->schema, view->name, sql);
  for (uint32_t i = 0; i < count; i++)
    block_text(&writer, parameters[i], strlen(parameters[i]));
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
    rc = origin_print(database, query, view->view->origin, &sql);
  buffer_text(&sql, ") AS view_query LIMIT 0");
  if (rc == TIDE_OK && sql.failed)
    rc = TIDE_ERROR_NOMEM;
  session->state = SESSION_DESCRIBING;
  if (rc == TIDE_OK)
    rc = describe_push(database, session, view, buffer_string(&sql), NULL, 0);
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
    const char *relation = origin_is_tidemark(origin)
                               ? arena_format(&arena, "%s.%s", schema, name)
                               : arena_format(&arena, "%q.%q", schema, name);
    const char *parameters[] = {mysql ? schema : relation, name, schema, name};
    rc = relation
             ? describe_push(database, session, view, sql, parameters, mysql ? 4 : 1)
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

enum { KEY_COLUMNS_MAX = 32, KEY_CELLS = 6 };

/* One row of the second answer. */
struct key_column {
  const char *key, *name; /* of which key */
  bool generated;
  const char *schema, *relation, *referenced; /* of a foreign key, else NULL */
};

/* The next cell as text; NULL for NULL. */
static const char *cell_text(struct block_reader *reader, struct arena *arena) {
  struct block_cell cell = {0};
  block_next(reader, &cell);
  switch (cell.tag) {
  case BLOCK_TEXT: return arena_copy(arena, cell.text, cell.length);
  case BLOCK_INTEGER:
  case BLOCK_BOOLEAN: return arena_format(arena, "%lld", (long long)cell.integer);
  default: return NULL;
  }
}

static struct key_column read_key_column(struct block_reader *reader,
                                         struct arena *arena) {
  struct key_column column = {.key = cell_text(reader, arena),
                              .name = cell_text(reader, arena)};
  const char *generated = cell_text(reader, arena);
  column.generated = generated && strcmp(generated, "0") != 0;
  column.schema = cell_text(reader, arena);
  column.relation = cell_text(reader, arena);
  column.referenced = cell_text(reader, arena);
  return column;
}

/* Does it belong to the key that `before` belongs to? */
static bool of_same_key(const struct key_column *column,
                        const struct key_column *before) {
  return before->key && column->key && strcmp(before->key, column->key) == 0;
}

/* The view gets the key; *found: all of it is in the view. */
static int describe_key(struct database *database, struct session *session,
                        const struct key_column *columns, int count, bool *found) {
  const char *names[KEY_COLUMNS_MAX];
  bool generated[KEY_COLUMNS_MAX];
  for (int i = 0; i < count; i++) {
    names[i] = columns[i].name;
    generated[i] = columns[i].generated;
  }
  int rc = describe_with_key(database, session, names, count);
  const struct relation *view = session_relation(database, session);
  *found = view->view->write_path != NULL;
  return rc == TIDE_OK && *found && relation_keeps_rows(view)
             ? catalog_set_generated(database, session->view, generated)
             : rc;
}

/* Tries the origin's keys, the primary one first, until one is wholly in the view. Foreign keys come behind them all. */
static int describe_keys(struct database *database, struct session *session,
                         struct block_reader reader, struct arena *arena) {
  struct key_column key[KEY_COLUMNS_MAX] = {{0}};
  int count = 0, rc = TIDE_OK;
  bool found = false;
  for (uint32_t row = 0; rc == TIDE_OK && !found && row <= reader.rows; row++) {
    struct key_column column = {0};
    if (row < reader.rows)
      column = read_key_column(&reader, arena);
    bool ends = !column.name || column.relation || !of_same_key(&column, key);
    if (ends && count > 0) {
      rc = describe_key(database, session, key, count, &found);
      count = 0;
    }
    if (!column.name || column.relation)
      break;
    if (count < KEY_COLUMNS_MAX)
      key[count++] = column;
  }
  return arena->failed ? TIDE_ERROR_NOMEM : rc;
}

/* What the foreign keys of the view's relation refer to, in the place of what was known. */
static int describe_references(struct database *database, struct session *session,
                               struct block_reader reader, struct arena *arena) {
  const struct relation *view = session_relation(database, session);
  const struct write_path *path = view->view->write_path;
  if (!path)
    return TIDE_OK;
  const char *schema = origin_schema_of(view);
  if (!schema)
    schema = "public";
  int rc = database_write(database,
                          "DELETE FROM __tidemark_origin_references WHERE origin = ? "
                          "AND origin_schema = ? AND origin_relation = ?",
                          "sss", view->view->origin, schema, path->origin_name);
  for (uint32_t row = 0; rc == TIDE_OK && row < reader.rows; row++) {
    struct key_column column = read_key_column(&reader, arena);
    if (column.name && column.schema && column.relation && column.referenced)
      rc = database_write(database,
                          "INSERT OR IGNORE INTO __tidemark_origin_references VALUES "
                          "(?, ?, ?, ?, ?, ?, ?)",
                          "sssssss", view->view->origin, schema, path->origin_name,
                          column.name, column.schema, column.relation,
                          column.referenced);
  }
  return arena->failed ? TIDE_ERROR_NOMEM : rc;
}

static int describe_relation(struct database *database, struct session *session,
                             const struct event *event) {
  struct block_reader reader;
  int rc = event_block(event, 0, &reader);
  if (rc != TIDE_OK || reader.columns != KEY_CELLS)
    return rc;
  struct arena arena;
  arena_init(&arena, database->memory);
  rc = describe_keys(database, session, reader, &arena);
  if (rc == TIDE_OK)
    rc = describe_references(database, session, reader, &arena);
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
    rc = describe_relation(database, session, event);
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
