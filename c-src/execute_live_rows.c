/* Live queries of which single rows are read again: what has changed, and where it stands now. */
#include "execute_live_internal.h"

#include "view/delta.h"

static int out_of_memory(struct tide_statement *statement) {
  return error_set(&statement->engine->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* --- the statements --- */

static struct sql_node *node(struct tide_statement *statement, enum sql_kind kind,
                             const char *text) {
  return text ? sql_node_text(&statement->planned, kind, 0, text)
              : sql_node_new(&statement->planned, kind, 0);
}

/* alias.rowid */
static struct sql_node *rowid_of(struct tide_statement *statement,
                                 const struct sql_node *reference) {
  const struct relation *relation = reference->bound;
  struct sql_node *column = node(statement, SQL_COLUMN, delta_rowid_name(relation));
  if (column)
    column->child[0] = node(statement, SQL_NAME, reference->text);
  return column;
}

/* A parameter behind those of the user. */
static struct sql_node *parameter(struct tide_statement *statement, int number) {
  struct sql_node *one = node(statement, SQL_PARAMETER, NULL);
  if (one)
    one->index = statement->parameter_count + number;
  return one;
}

static bool add(struct tide_statement *statement, struct sql_node *list,
                struct sql_node *child) {
  return list && child && sql_list_append(&statement->planned, list, child);
}

/* The rowid as one more result, and as the last word of the order. */
static bool add_rowid(struct tide_statement *statement, struct sql_node *query) {
  struct sql_node *select = query->child[QUERY_BODY];
  const struct sql_node *reference = select->child[SELECT_FROM]->child[0];
  struct sql_node *result = node(statement, SQL_RESULT, "__rowid");
  struct sql_node *item = node(statement, SQL_ORDER, NULL);
  if (!query->child[QUERY_ORDER])
    query->child[QUERY_ORDER] = node(statement, SQL_LIST, NULL);
  if (!result || !item)
    return false;
  result->child[0] = rowid_of(statement, reference);
  item->child[0] = rowid_of(statement, reference);
  return result->child[0] && item->child[0] &&
         add(statement, select->child[SELECT_RESULTS], result) &&
         add(statement, query->child[QUERY_ORDER], item);
}

/* … AND alias.rowid = the first parameter of ours */
static struct sql_node *only_row(struct tide_statement *statement,
                                 const struct sql_node *reference,
                                 struct sql_node *where) {
  struct sql_node *equal = node(statement, SQL_BINARY, "=");
  struct sql_node *both = node(statement, SQL_BINARY, "and");
  if (!equal || !both)
    return NULL;
  equal->child[LEFT] = rowid_of(statement, reference);
  equal->child[RIGHT] = parameter(statement, 1);
  both->child[LEFT] = equal;
  both->child[RIGHT] = where;
  return where ? both : equal;
}

/* alias.rowid IN (the two parameters of ours) */
static struct sql_node *of_pair(struct tide_statement *statement,
                                const struct sql_node *reference) {
  struct sql_node *in = node(statement, SQL_IN_LIST, NULL);
  struct sql_node *list = node(statement, SQL_LIST, NULL);
  if (!in || !add(statement, list, parameter(statement, 1)) ||
      !add(statement, list, parameter(statement, 2)))
    return NULL;
  in->child[IN_OPERAND] = rowid_of(statement, reference);
  in->child[IN_SET] = list;
  return in;
}

static int prepare(struct tide_statement *statement, const struct sql_node *query,
                   sqlite3_stmt **prepared) {
  struct buffer sql;
  buffer_init(&sql, &statement->engine->memory);
  int rc = statement->planned.failed ? out_of_memory(statement)
                                     : lower_print(&statement->binding, query, &sql);
  if (rc == TIDE_OK)
    rc = database_prepare(&statement->engine->database, buffer_string(&sql), true,
                          prepared);
  buffer_deinit(&sql);
  return rc;
}

static bool can_follow(struct tide_statement *statement) {
  const struct sql_node *query = statement->plan;
  if (statement->route != ROUTE_READ || statement->federated ||
      live_kind_of(statement->live->shape) == LIVE_EACH ||
      statement->binding.volatility != 0 || !live_is_rowwise(query))
    return false;
  const struct relation *relation =
      query->child[QUERY_BODY]->child[SELECT_FROM]->child[0]->bound;
  return relation->kind != RELATION_SYSTEM && relation_keeps_rows(relation) &&
         delta_rowid_name(relation);
}

void execute_live_inspect(struct tide_statement *statement) {
  struct statement_live *live = statement->live;
  if (live && live->shape)
    live->rowwise = can_follow(statement);
}

/* Lowering may have put a query around it. */
static bool is_plain(const struct sql_node *query) {
  const struct sql_node *select = query->child[QUERY_BODY];
  return select->kind == SQL_SELECT && select->child[SELECT_FROM]->count == 1 &&
         select->child[SELECT_FROM]->child[0]->kind == SQL_TABLE_REFERENCE &&
         select->child[SELECT_FROM]->child[0]->bound && !select->child[SELECT_GROUP] &&
         !(select->flags & SQL_DISTINCT);
}

int execute_live_lowered(struct tide_statement *statement, struct sql_node *query) {
  struct statement_live *live = statement->live;
  if (!live || !live->rowwise)
    return TIDE_OK;
  live->rowwise = is_plain(query);
  if (!live->rowwise)
    return TIDE_OK;
  struct sql_node *select = query->child[QUERY_BODY];
  const struct sql_node *reference = select->child[SELECT_FROM]->child[0];
  struct sql_node *where = select->child[SELECT_WHERE];
  if (!add_rowid(statement, query))
    return out_of_memory(statement);
  struct sql_node *order = query->child[QUERY_ORDER];
  select->child[SELECT_WHERE] = of_pair(statement, reference);
  int rc = prepare(statement, query, &live->first_of_two);
  select->child[SELECT_WHERE] = only_row(statement, reference, where);
  query->child[QUERY_ORDER] = NULL;
  if (rc == TIDE_OK)
    rc = prepare(statement, query, &live->one_row);
  select->child[SELECT_WHERE] = where;
  query->child[QUERY_ORDER] = order;
  return rc;
}

void execute_live_forget_rows(struct tide_statement *statement) {
  struct statement_live *live = statement->live;
  if (!live)
    return;
  sqlite3_finalize(live->one_row);
  sqlite3_finalize(live->first_of_two);
  live->one_row = live->first_of_two = NULL;
  live->rowwise = false;
}

/* --- while it is read whole --- */

void execute_live_started(struct tide_statement *statement) {
  struct statement_live *live = statement->live;
  if (live && live->following && live->rowwise)
    live_rows_begin(&statement->engine->database, live->following);
  else if (live)
    live->following = 0;
}

void execute_live_row(struct tide_statement *statement) {
  const struct statement_live *live = statement->live;
  if (live && live->following)
    live_rows_add(&statement->engine->database, live->following,
                  sqlite3_column_int64(statement->sqlite, statement->result_count));
}

void execute_live_done(struct tide_statement *statement) {
  struct statement_live *live = statement->live;
  if (!live || !live->following)
    return;
  live_rows_end(&statement->engine->database, live->following);
  live->following = 0;
}

void tide_live_follow(tide_statement *statement, int64_t id) {
  if (statement->live)
    statement->live->following = id;
}

/* --- what has changed --- */

static int bind_all(struct tide_statement *statement, sqlite3_stmt *sqlite) {
  struct database *database = &statement->engine->database;
  int rc = TIDE_OK;
  for (int i = 0; rc == TIDE_OK && i < statement->parameter_count; i++)
    rc = database_bind(database, sqlite, i + 1, &statement->parameters[i]);
  return rc;
}

static int set_rowid(struct tide_statement *statement, sqlite3_stmt *sqlite, int number,
                     int64_t rowid) {
  return database_error(
      &statement->engine->database,
      sqlite3_bind_int64(sqlite, statement->parameter_count + number, rowid));
}

/* Does the one row come before the other? */
static int comes_first(struct tide_statement *statement, int64_t one, int64_t other,
                       bool *first) {
  sqlite3_stmt *sqlite = statement->live->first_of_two;
  bool row = false;
  int rc = set_rowid(statement, sqlite, 1, one);
  if (rc == TIDE_OK)
    rc = set_rowid(statement, sqlite, 2, other);
  if (rc == TIDE_OK)
    rc = database_step(&statement->engine->database, sqlite, &row);
  *first = rc == TIDE_OK && row &&
           sqlite3_column_int64(sqlite, statement->result_count) == one;
  sqlite3_reset(sqlite);
  return rc;
}

static int insert_row(struct tide_statement *statement, struct live_rows *rows,
                      int64_t rowid) {
  uint32_t low = 0, high = rows->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    bool first;
    int rc = comes_first(statement, rowid, rows->order[middle], &first);
    if (rc != TIDE_OK)
      return rc;
    if (first)
      high = middle;
    else
      low = middle + 1;
  }
  live_rows_insert(&statement->engine->database, rows, low, rowid);
  return rows->failed ? out_of_memory(statement) : TIDE_OK;
}

/* Reads the row as it is now, if the query shows it. */
static int read_row(struct tide_statement *statement, int64_t rowid, bool *shown) {
  sqlite3_stmt *sqlite = statement->live->one_row;
  int rc = set_rowid(statement, sqlite, 1, rowid);
  *shown = false;
  if (rc == TIDE_OK)
    rc = database_step(&statement->engine->database, sqlite, shown);
  for (int i = 0; rc == TIDE_OK && *shown && i < statement->result_count; i++)
    database_block_column(&statement->writer, sqlite, i, statement->result_types[i]);
  sqlite3_reset(sqlite);
  return rc;
}

/* A changed row: where it was, and whether it is shown now. */
struct place {
  int64_t rowid, old;
  bool shown;
};

/* The changed rows, each once, taken out of the order; NULL: out of memory. */
static struct place *take_out(struct tide_statement *statement, struct live_rows *rows,
                              uint32_t *count) {
  struct place *places = memory_allocate_zeroed(
      &statement->engine->memory, (rows->changed_count + 1) * sizeof *places);
  *count = 0;
  for (uint32_t i = 0; places && i < rows->changed_count; i++) {
    bool known = false;
    for (uint32_t k = 0; k < *count && !known; k++)
      known = places[k].rowid == rows->changed[i];
    if (!known)
      places[(*count)++] = (struct place){
          rows->changed[i], live_rows_place(rows, rows->changed[i]), false};
  }
  for (uint32_t i = 0; i < *count; i++) {
    int64_t at = live_rows_place(rows, places[i].rowid);
    if (at >= 0)
      live_rows_remove(rows, (uint32_t)at);
  }
  rows->changed_count = 0;
  return places;
}

/* [[old, new], …] of the rows read, as they are in the block, then [old, -1] of those gone. */
static void write_places(const struct live_rows *rows, const struct place *places,
                         uint32_t count, struct buffer *json) {
  buffer_clear(json);
  for (int shown = 1; shown >= 0; shown--)
    for (uint32_t i = 0; i < count; i++) {
      const struct place *place = &places[i];
      if (place->shown != shown || (!place->shown && place->old < 0))
        continue;
      int64_t now = place->shown ? live_rows_place(rows, place->rowid) : -1;
      buffer_format(json, "%s[%lld,%lld]", json->length == 0 ? "[" : ",",
                    (long long)place->old, (long long)now);
    }
  buffer_text(json, json->length == 0 ? "[]" : "]");
}

static int read_places(struct tide_statement *statement, struct live_rows *rows,
                       struct place *places, uint32_t count) {
  int rc = bind_all(statement, statement->live->one_row);
  if (rc == TIDE_OK)
    rc = bind_all(statement, statement->live->first_of_two);
  for (uint32_t i = 0; rc == TIDE_OK && i < count; i++)
    rc = read_row(statement, places[i].rowid, &places[i].shown);
  for (uint32_t i = 0; rc == TIDE_OK && i < count; i++)
    if (places[i].shown)
      rc = insert_row(statement, rows, places[i].rowid);
  if (rc == TIDE_OK)
    write_places(rows, places, count, &statement->live->places);
  sqlite3_clear_bindings(statement->live->one_row);
  sqlite3_clear_bindings(statement->live->first_of_two);
  return rc;
}

static int find_changes(struct tide_statement *statement, struct live_rows *rows) {
  uint32_t count;
  struct place *places = take_out(statement, rows, &count);
  statement_buffer_begin(statement);
  int rc =
      places ? read_places(statement, rows, places, count) : out_of_memory(statement);
  memory_release(&statement->engine->memory, places);
  buffer_clear(&statement->out);
  if (rc == TIDE_OK && (block_finish(&statement->writer, &statement->out) != TIDE_OK ||
                        statement->live->places.failed))
    rc = out_of_memory(statement);
  rows->known = rc == TIDE_OK;
  return rc;
}

/* Is the statement still the one that read them? */
static bool is_known(struct tide_statement *statement, const struct live_rows *rows) {
  struct database *database = &statement->engine->database;
  return rows && rows->known && !rows->all && statement->live->one_row &&
         statement->version == catalog_version(database) && !database->in_transaction;
}

int tide_live_changes(tide_statement *statement, int64_t id, const char **places,
                      const void **block, size_t *size) {
  struct tide_engine *engine = statement->engine;
  *places = "[]";
  *block = NULL;
  *size = 0;
  int rc = execute_live_begin_call(statement);
  if (rc != TIDE_OK)
    return engine_fail(engine, rc);
  struct live_rows *rows = statement->live ? live_rows(&engine->database, id) : NULL;
  if (!is_known(statement, rows))
    return TIDE_DONE;
  rc = find_changes(statement, rows);
  if (rc != TIDE_OK)
    return engine_fail(engine, rc);
  *places = buffer_string(&statement->live->places);
  *block = statement->out.data;
  *size = statement->out.length;
  return TIDE_ROW;
}
