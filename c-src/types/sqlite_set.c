/* Functions that return rows: eponymous virtual tables whose hidden columns are the
 * arguments. */
#include <string.h>

#include "types/decimal.h"
#include "types/item.h"
#include "types/same_value.h"
#include "types/session_zone.h"
#include "types/sqlite_rows.h"

enum { ARGUMENTS_MAX = 4 };
enum column { COLUMN_VALUE, COLUMN_KEY, COLUMN_ARGUMENT };

struct cursor;

/* One function. */
struct set {
  const char *name;
  int required; /* arguments without which there are no rows */
  /* Reads the arguments and stands on the first row, or sets `done`. Returns TIDE_OK or
   * an error. */
  int (*start)(struct cursor *, int, sqlite3_value **);
  int (*next)(struct cursor *);
  void (*column)(struct cursor *, sqlite3_context *, enum column);
};

struct table {
  sqlite3_vtab base;
  const struct set *set;
  struct types_context *context;
};

struct cursor {
  sqlite3_vtab_cursor base;
  const struct set *set;
  struct types_context *context;
  bool done;
  int64_t row; /* from 1: the ordinality */
  /* of a search by row: only this one is given, and it has been */
  bool single, passed;
  sqlite3_value
      *kept[ARGUMENTS_MAX]; /* arguments of the rows that are walked; or NULL */
  const char *failure;      /* what went wrong, when a function returns an error */
  /* of integers */
  int64_t current, stop, step;
  /* of numeric: current, stop and step */
  struct decimal numbers[3];
  /* of timestamps: current and stop are instants */
  struct interval interval;
  bool backwards, with_zone;
  struct zone zone; /* whose days the interval's are */
  /* of JSON and arrays: a copy of the text, and where in it we are */
  struct buffer text;
  struct json_iterator members;
  struct item_walker items;
  struct text item;
  /* of gathered rows: those that are left, and where we are */
  struct text rows, gathered;
};

static int fail(struct cursor *cursor, int code, const char *message) {
  cursor->failure = message;
  return code;
}

/* --- generate_series of integers --- */

static int integer_start(struct cursor *cursor, int count, sqlite3_value **arguments) {
  cursor->current = sqlite3_value_int64(arguments[0]);
  cursor->stop = sqlite3_value_int64(arguments[1]);
  cursor->step = count > 2 ? sqlite3_value_int64(arguments[2]) : 1;
  if (cursor->step == 0)
    return fail(cursor, TIDE_ERROR_INVALID_PARAMETER, "step size cannot equal zero");
  cursor->done = cursor->step > 0 ? cursor->current > cursor->stop
                                  : cursor->current < cursor->stop;
  return TIDE_OK;
}

static int integer_next(struct cursor *cursor) {
  /* Would the next one be beyond the end, or beyond all integers? */
  uint64_t left = cursor->step > 0 ? (uint64_t)cursor->stop - (uint64_t)cursor->current
                                   : (uint64_t)cursor->current - (uint64_t)cursor->stop;
  uint64_t step =
      cursor->step > 0 ? (uint64_t)cursor->step : 0 - (uint64_t)cursor->step;
  cursor->done = step > left;
  if (!cursor->done)
    cursor->current += cursor->step;
  return TIDE_OK;
}

static void integer_column(struct cursor *cursor, sqlite3_context *context,
                           enum column column) {
  (void)column;
  sqlite3_result_int64(context, cursor->current);
}

/* --- generate_series of numeric --- */

static bool numeric_is_done(const struct cursor *cursor) {
  int order = decimal_compare(&cursor->numbers[0], &cursor->numbers[1]);
  return cursor->numbers[2].negative ? order < 0 : order > 0;
}

static int numeric_start(struct cursor *cursor, int count, sqlite3_value **arguments) {
  decimal_set_integer(&cursor->numbers[2], 1);
  for (int i = 0; i < count; i++) {
    const char *text = (const char *)sqlite3_value_text(arguments[i]);
    if (text == NULL)
      return TIDE_ERROR_NOMEM;
    int code = decimal_parse(&cursor->numbers[i], text, strlen(text));
    if (code != TIDE_OK)
      return code;
    if (cursor->numbers[i].kind != DECIMAL_FINITE)
      return fail(cursor, TIDE_ERROR_INVALID_PARAMETER,
                  "a border or the step is not finite");
  }
  if (decimal_is_zero(&cursor->numbers[2]))
    return fail(cursor, TIDE_ERROR_INVALID_PARAMETER, "step size cannot equal zero");
  cursor->done = numeric_is_done(cursor);
  return TIDE_OK;
}

static int numeric_next(struct cursor *cursor) {
  struct decimal sum;
  decimal_init(&sum, call_memory());
  int code = decimal_add(&sum, &cursor->numbers[0], &cursor->numbers[2]);
  if (code == TIDE_OK)
    code = decimal_copy(&cursor->numbers[0], &sum);
  decimal_deinit(&sum);
  cursor->done = numeric_is_done(cursor);
  return code;
}

static void numeric_column(struct cursor *cursor, sqlite3_context *context,
                           enum column column) {
  struct buffer out;
  (void)column;
  buffer_init(&out, call_memory());
  decimal_print(&cursor->numbers[0], &out);
  call_return_buffer(context, &out);
}

/* --- generate_series of timestamps --- */

static int read_instant(struct cursor *cursor, sqlite3_value *value, int64_t *instant) {
  struct datetime parsed;
  const char *text = (const char *)sqlite3_value_text(value);
  if (text == NULL)
    return TIDE_ERROR_NOMEM;
  int code =
      datetime_parse(&parsed, text, strlen(text), types_reading_time(cursor->context));
  *instant = instant_is_finite(parsed.instant) ? parsed.instant - parsed.zone * SECOND
                                               : parsed.instant;
  return code;
}

static bool timestamp_is_done(const struct cursor *cursor) {
  return cursor->backwards ? cursor->current < cursor->stop
                           : cursor->current > cursor->stop;
}

static int timestamp_start(struct cursor *cursor, int count,
                           sqlite3_value **arguments) {
  static const struct interval zero = {0, 0, 0};
  (void)count;
  const char *step = (const char *)sqlite3_value_text(arguments[2]);
  if (step == NULL)
    return TIDE_ERROR_NOMEM;
  int code = read_instant(cursor, arguments[0], &cursor->current);
  if (code == TIDE_OK)
    code = read_instant(cursor, arguments[1], &cursor->stop);
  if (code == TIDE_OK)
    code = interval_parse(&cursor->interval, step, strlen(step));
  if (code != TIDE_OK)
    return code;
  int sign = interval_compare(&cursor->interval, &zero);
  if (sign == 0)
    return fail(cursor, TIDE_ERROR_INVALID_PARAMETER, "step size cannot equal zero");
  cursor->backwards = sign < 0;
  cursor->done = timestamp_is_done(cursor) || !instant_is_finite(cursor->current);
  return TIDE_OK;
}

static int timestamptz_start(struct cursor *cursor, int count,
                             sqlite3_value **arguments) {
  cursor->with_zone = true;
  cursor->zone = session_zone(count, arguments, 3);
  return timestamp_start(cursor, count, arguments);
}

static int timestamp_next(struct cursor *cursor) {
  /* Beyond the last year there is nothing more. */
  if (instant_add_in(&cursor->context->zones, &cursor->zone, &cursor->current,
                     &cursor->interval) != TIDE_OK)
    cursor->done = true;
  else
    cursor->done = timestamp_is_done(cursor);
  return TIDE_OK;
}

static void timestamp_column(struct cursor *cursor, sqlite3_context *context,
                             enum column column) {
  char text[DATETIME_TEXT_MAX];
  (void)column;
  size_t length = timestamp_print(cursor->current, cursor->with_zone, text);
  sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

/* --- unnest and JSON --- */

/* Copies the text of an argument, which SQLite may take back after the start. */
static int copy_text(struct cursor *cursor, sqlite3_value *value, struct text *text) {
  const char *data = (const char *)sqlite3_value_text(value);
  if (data == NULL)
    return TIDE_ERROR_NOMEM;
  buffer_clear(&cursor->text);
  buffer_append(&cursor->text, data, (size_t)sqlite3_value_bytes(value));
  *text = json_trim((struct text){buffer_string(&cursor->text), cursor->text.length});
  return cursor->text.failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

static int unnest_next(struct cursor *cursor) {
  cursor->done = !item_next(&cursor->items, &cursor->item);
  return TIDE_OK;
}

static int unnest_start(struct cursor *cursor, int count, sqlite3_value **arguments) {
  struct text text;
  (void)count;
  int code = copy_text(cursor, arguments[0], &text);
  if (code != TIDE_OK)
    return code;
  item_walk(&cursor->items, text);
  return unnest_next(cursor);
}

static void item_column(struct cursor *cursor, sqlite3_context *context,
                        enum column column) {
  (void)column;
  item_return(context, cursor->item);
}

static int subscripts_start(struct cursor *cursor, int count,
                            sqlite3_value **arguments) {
  struct text text;
  (void)count;
  int code = copy_text(cursor, arguments[0], &text);
  if (code != TIDE_OK)
    return code;
  for (int64_t dimension = sqlite3_value_int64(arguments[1]); dimension > 1;
       dimension--) {
    if (!json_element(text, 0, &text))
      text = (struct text){"[]", 2};
  }
  cursor->current = 1;
  cursor->step = 1;
  cursor->stop = sqlite3_value_int64(arguments[1]) < 1 ? 0 : json_count(text);
  cursor->done = cursor->stop < 1;
  return TIDE_OK;
}

static int json_next_row(struct cursor *cursor) {
  cursor->done = !json_next(&cursor->members);
  return TIDE_OK;
}

static int json_start(struct cursor *cursor, sqlite3_value *value,
                      enum json_kind kind) {
  struct text text;
  int code = copy_text(cursor, value, &text);
  if (code != TIDE_OK)
    return code;
  if (json_kind(text) != kind)
    return fail(cursor, TIDE_ERROR_INVALID_PARAMETER,
                kind == JSON_ARRAY
                    ? "cannot extract elements from what is no JSON array"
                    : "cannot take apart what is no JSON object");
  json_iterate(&cursor->members, text);
  return json_next_row(cursor);
}

static int elements_start(struct cursor *cursor, int count, sqlite3_value **arguments) {
  (void)count;
  return json_start(cursor, arguments[0], JSON_ARRAY);
}

static int members_start(struct cursor *cursor, int count, sqlite3_value **arguments) {
  (void)count;
  return json_start(cursor, arguments[0], JSON_OBJECT);
}

static void json_column(struct cursor *cursor, sqlite3_context *context,
                        enum column column) {
  const struct json_iterator *iterator = &cursor->members;
  if (column == COLUMN_KEY)
    json_return_text(context, iterator->key);
  else
    call_return_text(context, iterator->value);
}

static void json_text_column(struct cursor *cursor, sqlite3_context *context,
                             enum column column) {
  const struct json_iterator *iterator = &cursor->members;
  json_return_text(context, column == COLUMN_KEY ? iterator->key : iterator->value);
}

static void key_column(struct cursor *cursor, sqlite3_context *context,
                       enum column column) {
  (void)column;
  json_return_text(context, cursor->members.key);
}

/* --- the rows of a LATERAL subquery --- */

static int row_next(struct cursor *cursor) {
  cursor->done = !rows_next(&cursor->rows, &cursor->gathered);
  return TIDE_OK;
}

static int row_start(struct cursor *cursor, int count, sqlite3_value **arguments) {
  const void *bytes = sqlite3_value_blob(arguments[0]);
  (void)count;
  buffer_clear(&cursor->text);
  buffer_append(&cursor->text, bytes, (size_t)sqlite3_value_bytes(arguments[0]));
  if (cursor->text.failed)
    return TIDE_ERROR_NOMEM;
  cursor->rows = (struct text){cursor->text.data, cursor->text.length};
  return row_next(cursor);
}

static void row_column(struct cursor *cursor, sqlite3_context *context,
                       enum column column) {
  (void)column;
  sqlite3_result_blob64(context, cursor->gathered.data, cursor->gathered.length,
                        SQLITE_TRANSIENT);
}

static const struct set sets[] = {
    {"pg_generate_series", 2, integer_start, integer_next, integer_column},
    {"pg_generate_series_numeric", 2, numeric_start, numeric_next, numeric_column},
    {"pg_generate_series_timestamp", 3, timestamp_start, timestamp_next,
     timestamp_column},
    {"pg_generate_series_timestamptz", 3, timestamptz_start, timestamp_next,
     timestamp_column},
    {"pg_generate_subscripts", 2, subscripts_start, integer_next, integer_column},
    {"pg_unnest", 1, unnest_start, unnest_next, item_column},
    {"pg_json_array_elements", 1, elements_start, json_next_row, json_column},
    {"pg_json_array_elements_text", 1, elements_start, json_next_row, json_text_column},
    {"pg_json_each", 1, members_start, json_next_row, json_column},
    {"pg_json_each_text", 1, members_start, json_next_row, json_text_column},
    {"pg_row_each", 1, row_start, row_next, row_column},
    {"pg_json_object_keys", 1, members_start, json_next_row, key_column},
};

/* --- the virtual table --- */

/* What a module is registered with: which function, and the context. */
struct client {
  const struct set *set;
  struct types_context *context;
};

static int connect(sqlite3 *db, void *client_data, int argc, const char *const *argv,
                   sqlite3_vtab **out, char **message) {
  const struct client *client = client_data;
  (void)argc, (void)argv, (void)message;
  int result = sqlite3_declare_vtab(
      db, "CREATE TABLE x(value, key, a HIDDEN, b HIDDEN, c HIDDEN, d HIDDEN)");
  if (result != SQLITE_OK)
    return result;
  sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  struct table *table = sqlite3_malloc64(sizeof *table);
  if (table == NULL)
    return SQLITE_NOMEM;
  memset(table, 0, sizeof *table);
  table->set = client->set;
  table->context = client->context;
  *out = &table->base;
  return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

/* The arguments are equalities on the hidden columns. Their number goes to idxNum, with SEARCH when a row number, which
 * functions side by side are joined by, comes after them. SQLite checks that itself: it need not be a whole number. */
enum { SEARCH = ARGUMENTS_MAX + 1 };

static int best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  int found[ARGUMENTS_MAX] = {-1, -1, -1, -1}, count = 0, row = -1;
  (void)table;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    int argument = constraint->iColumn - COLUMN_ARGUMENT;
    if (constraint->op != SQLITE_INDEX_CONSTRAINT_EQ)
      continue;
    if (constraint->iColumn < 0 && constraint->usable)
      row = i;
    if (argument < 0)
      continue;
    /* An argument that this plan does not know yet: try another plan. */
    if (!constraint->usable)
      return SQLITE_CONSTRAINT;
    found[argument] = i;
  }
  for (; count < ARGUMENTS_MAX && found[count] >= 0; count++) {
    info->aConstraintUsage[found[count]].argvIndex = count + 1;
    info->aConstraintUsage[found[count]].omit = 1;
  }
  if (row >= 0)
    info->aConstraintUsage[row].argvIndex = count + 1;
  info->idxNum = row >= 0 ? count + SEARCH : count;
  info->estimatedCost = row >= 0 ? 1 : 10;
  info->estimatedRows = row >= 0 ? 1 : 100;
  return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **out) {
  const struct table *table = (const struct table *)(const void *)base;
  struct cursor *cursor = sqlite3_malloc64(sizeof *cursor);
  if (cursor == NULL)
    return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  cursor->set = table->set;
  cursor->context = table->context;
  buffer_init(&cursor->text, call_memory());
  for (int i = 0; i < 3; i++)
    decimal_init(&cursor->numbers[i], call_memory());
  *out = &cursor->base;
  return SQLITE_OK;
}

static struct cursor *cursor_of(sqlite3_vtab_cursor *base) {
  return (struct cursor *)(void *)base;
}

static void forget_arguments(struct cursor *cursor) {
  for (int i = 0; i < ARGUMENTS_MAX; i++) {
    sqlite3_value_free(cursor->kept[i]);
    cursor->kept[i] = NULL;
  }
}

static int close_cursor(sqlite3_vtab_cursor *base) {
  struct cursor *cursor = cursor_of(base);
  forget_arguments(cursor);
  buffer_deinit(&cursor->text);
  for (int i = 0; i < 3; i++)
    decimal_deinit(&cursor->numbers[i]);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

/* Turns an error of ours into one of SQLite's, with its message. */
static int result_of(struct cursor *cursor, int code) {
  if (code == TIDE_OK)
    return SQLITE_OK;
  const char *message =
      cursor->failure != NULL ? cursor->failure : tide_error_text(code);
  error_set(cursor->context->error, code, "%s", message);
  if (code == TIDE_ERROR_NOMEM)
    return SQLITE_NOMEM;
  sqlite3_free(cursor->base.pVtab->zErrMsg);
  cursor->base.pVtab->zErrMsg = sqlite3_mprintf("%s", message);
  return SQLITE_ERROR;
}

/* Are the rows that are walked those of these arguments? */
static bool is_walking(const struct cursor *cursor, int count,
                       sqlite3_value **arguments) {
  for (int i = 0; i < ARGUMENTS_MAX; i++) {
    bool given = i < count;
    if (given != (cursor->kept[i] != NULL) ||
        (given && !same_value(cursor->kept[i], arguments[i])))
      return false;
  }
  return true;
}

/* Without memory the next search starts again. */
static void keep_arguments(struct cursor *cursor, int count,
                           sqlite3_value **arguments) {
  for (int i = 0; i < count; i++)
    cursor->kept[i] = sqlite3_value_dup(arguments[i]);
}

static int start(struct cursor *cursor, int count, sqlite3_value **arguments) {
  forget_arguments(cursor);
  cursor->row = 1;
  cursor->failure = NULL;
  cursor->done = count < cursor->set->required || call_has_null(count, arguments);
  return cursor->done ? TIDE_OK : cursor->set->start(cursor, count, arguments);
}

/* Rows are searched in their order, mostly: the walk goes on from where the last search ended. */
static int search(struct cursor *cursor, int count, sqlite3_value **arguments,
                  int64_t row) {
  int code = TIDE_OK;
  if (row < cursor->row || count == 0 || !is_walking(cursor, count, arguments)) {
    code = start(cursor, count, arguments);
    if (code == TIDE_OK)
      keep_arguments(cursor, count, arguments);
  }
  while (code == TIDE_OK && !cursor->done && cursor->row < row) {
    cursor->row++;
    code = cursor->set->next(cursor);
  }
  if (code != TIDE_OK)
    forget_arguments(cursor);
  cursor->passed = cursor->row != row;
  return code;
}

static int filter(sqlite3_vtab_cursor *base, int number, const char *text, int count,
                  sqlite3_value **arguments) {
  struct cursor *cursor = cursor_of(base);
  int given = number >= SEARCH ? number - SEARCH : number;
  (void)text;
  cursor->single =
      given < count && sqlite3_value_type(arguments[given]) == SQLITE_INTEGER;
  cursor->passed = false;
  return result_of(cursor, cursor->single
                               ? search(cursor, given, arguments,
                                        sqlite3_value_int64(arguments[given]))
                               : start(cursor, given, arguments));
}

static int next(sqlite3_vtab_cursor *base) {
  struct cursor *cursor = cursor_of(base);
  cursor->passed = cursor->single;
  if (cursor->single)
    return SQLITE_OK;
  cursor->row++;
  return result_of(cursor, cursor->set->next(cursor));
}

static int eof(sqlite3_vtab_cursor *base) {
  const struct cursor *cursor = cursor_of(base);
  return cursor->done || cursor->passed;
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *context, int index) {
  struct cursor *cursor = cursor_of(base);
  if (index < COLUMN_ARGUMENT)
    cursor->set->column(cursor, context, index == 0 ? COLUMN_VALUE : COLUMN_KEY);
  return SQLITE_OK;
}

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *id) {
  *id = cursor_of(base)->row;
  return SQLITE_OK;
}

/* Eponymous only: there is no xCreate. */
static const sqlite3_module module = {
    .xConnect = connect,
    .xBestIndex = best_index,
    .xDisconnect = disconnect,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = eof,
    .xColumn = column,
    .xRowid = rowid,
};

int register_sets(sqlite3 *db, struct types_context *context) {
  int result = SQLITE_OK;
  for (size_t i = 0; i < sizeof sets / sizeof sets[0] && result == SQLITE_OK; i++) {
    struct client *client = sqlite3_malloc64(sizeof *client);
    if (client == NULL)
      return SQLITE_NOMEM;
    *client = (struct client){&sets[i], context};
    result = sqlite3_create_module_v2(db, sets[i].name, &module, client, sqlite3_free);
  }
  return result;
}
