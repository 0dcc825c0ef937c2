/* Window functions over RANGE frames whose distance SQLite cannot add: months, days of a time zone, numeric.
 *
 * SQLite is asked for the frame from the current row to the end of the partition, so that pg_framed() gets all rows before the first
 * result and is told when the current row goes on. The true frames are found as PostgreSQL finds them: their ends only move
 * forward. Aggregates are computed by a statement of their own: one over all rows, numbered so that SQLite can slide
 * (sliding.h), or, with EXCLUDE, one for each frame. */
#include "types/framed.h"

#include <string.h>

#include "types/datetime_call.h"
#include "types/numeric.h"
#include "types/session_zone.h"
#include "types/sliding.h"
#include "types/sqlite_rows.h"

/* A row of the partition. */
struct mark {
  size_t start;       /* in `rows`, where the next begins if FILTER leaves it out */
  size_t key, length; /* of a numeric, in `keys` */
  int64_t instant;
  bool null, kept;
  size_t peers, peers_end, head, tail; /* the frame; each up to but without the last */
};

/* A distance, by its type. */
struct distance {
  struct interval interval;
  struct decimal number;
};

struct framed {
  bool started, settled, failed;
  int shape;
  struct zone zone;
  struct distance distance[2];
  struct buffer rows, keys, given; /* `given` to the statement */
  struct mark *marks;
  size_t count, capacity, current;
  sqlite3_stmt *statement;
};

static int field(const struct framed *framed, int shift) {
  return framed->shape >> shift & (shift < FRAMED_EXCLUDE_SHIFT ? 7 : 3);
}

static bool has_distance(const struct framed *framed, int side) {
  int bound = field(framed, side == 0 ? FRAMED_START_SHIFT : FRAMED_END_SHIFT);
  return bound == FRAMED_PRECEDING || bound == FRAMED_FOLLOWING;
}

static struct framed *fail(sqlite3_context *context, struct framed *framed, int code) {
  if (code != TIDE_OK)
    call_fail_code(context, code);
  if (framed != NULL)
    framed->failed = true;
  return NULL;
}

/* A function in the statement has told its code. */
static void fail_as_statement(sqlite3_context *context, struct framed *framed, int rc) {
  sqlite3 *db = sqlite3_context_db_handle(context);
  if (rc == SQLITE_NOMEM)
    call_fail_code(context, TIDE_ERROR_NOMEM);
  else
    sqlite3_result_error(context, sqlite3_errmsg(db), -1);
  framed->failed = true;
}

/* --- the beginning of a partition --- */

static bool refuse_negative(sqlite3_context *context) {
  call_fail(context, TIDE_ERROR_FRAME,
            "invalid preceding or following size in window function");
  return false;
}

static bool read_distance(sqlite3_context *context, struct framed *framed, int side,
                          sqlite3_value *value) {
  static const struct interval zero = {0, 0, 0};
  struct distance *distance = &framed->distance[side];
  if (!has_distance(framed, side))
    return true;
  if (sqlite3_value_type(value) == SQLITE_NULL) {
    call_fail(context, TIDE_ERROR_NULL_NOT_ALLOWED, "frame %s offset must not be null",
              side == 0 ? "starting" : "ending");
    return false;
  }
  if (framed->shape & FRAMED_NUMERIC) {
    if (!numeric_argument(context, value, &distance->number))
      return false;
    bool wrong = distance->number.negative || distance->number.kind == DECIMAL_NAN;
    return wrong && !decimal_is_zero(&distance->number) ? refuse_negative(context)
                                                        : true;
  }
  if (!interval_argument(context, value, &distance->interval))
    return false;
  return interval_compare(&distance->interval, &zero) < 0 ? refuse_negative(context)
                                                          : true;
}

static struct framed *start(sqlite3_context *context, sqlite3_value **arguments) {
  struct framed *framed = sqlite3_aggregate_context(context, sizeof *framed);
  if (framed == NULL)
    return fail(context, NULL, TIDE_ERROR_NOMEM);
  if (framed->started)
    return framed->failed ? NULL : framed;
  framed->started = true;
  framed->shape = sqlite3_value_int(arguments[FRAMED_SHAPE]);
  framed->zone = session_zone(FRAMED_ZONE + 1, arguments, FRAMED_ZONE);
  buffer_init(&framed->rows, call_memory());
  buffer_init(&framed->keys, call_memory());
  buffer_init(&framed->given, call_memory());
  for (int side = 0; side < 2; side++)
    decimal_init(&framed->distance[side].number, call_memory());
  for (int side = 0; side < 2; side++) {
    if (!read_distance(context, framed, side, arguments[FRAMED_START + side]))
      return fail(context, framed, TIDE_OK);
  }
  return framed;
}

static int prepare(sqlite3_context *context, struct framed *framed,
                   sqlite3_value **arguments) {
  if (framed->statement != NULL || field(framed, FRAMED_RESULT_SHIFT))
    return SQLITE_OK;
  return sqlite3_prepare_v2(sqlite3_context_db_handle(context),
                            (const char *)sqlite3_value_text(arguments[FRAMED_SQL]), -1,
                            &framed->statement, NULL);
}

/* --- its rows --- */

/* Those from `start` to `end` that FILTER lets through. */
static struct text row_bytes(const struct framed *framed, size_t start, size_t end) {
  if (start >= end)
    return (struct text){NULL, 0};
  size_t from = framed->marks[start].start;
  size_t to = end < framed->count ? framed->marks[end].start : framed->rows.length;
  return (struct text){framed->rows.data + from, to - from};
}

static bool reserve(struct framed *framed) {
  if (framed->count < framed->capacity)
    return true;
  size_t capacity = framed->capacity ? 2 * framed->capacity : 16;
  struct mark *marks = sqlite3_realloc64(framed->marks, capacity * sizeof *marks);
  if (marks == NULL)
    return false;
  framed->marks = marks;
  framed->capacity = capacity;
  return true;
}

static bool read_key(sqlite3_context *context, struct framed *framed,
                     sqlite3_value *value, struct mark *mark) {
  struct text text;
  mark->null = sqlite3_value_type(value) == SQLITE_NULL;
  if (mark->null)
    return true;
  if (!(framed->shape & FRAMED_NUMERIC))
    return instant_argument(context, value, &mark->instant);
  if (!call_text(context, value, &text))
    return false;
  mark->key = framed->keys.length;
  mark->length = text.length;
  buffer_append(&framed->keys, text.data, text.length);
  return true;
}

static void framed_step(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct framed *framed = start(context, arguments);
  if (framed == NULL)
    return;
  struct mark mark = {.start = framed->rows.length};
  if (!read_key(context, framed, arguments[FRAMED_KEY], &mark)) {
    fail(context, framed, TIDE_OK);
    return;
  }
  mark.kept = sqlite3_value_int(arguments[FRAMED_KEEP]);
  if (mark.kept)
    rows_append(&framed->rows, count - FRAMED_ARGUMENTS, arguments + FRAMED_ARGUMENTS);
  int rc = prepare(context, framed, arguments);
  if (rc != SQLITE_OK)
    fail_as_statement(context, framed, rc);
  else if (!reserve(framed) || framed->rows.failed || framed->keys.failed)
    fail(context, framed, TIDE_ERROR_NOMEM);
  else
    framed->marks[framed->count++] = mark;
}

/* The current row is behind us. */
static void framed_inverse(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  (void)count;
  (void)arguments;
  struct framed *framed = sqlite3_aggregate_context(context, 0);
  if (framed != NULL)
    framed->current++;
}

/* --- where the frame begins and ends --- */

/* What a key is compared with: that of the current row, a distance further. */
struct limit {
  int64_t instant;
  struct decimal number;
  bool any; /* an infinity less itself: PostgreSQL takes every key but NaN */
};

static int parse_key(const struct framed *framed, const struct mark *mark,
                     struct decimal *number) {
  const char *text = framed->keys.data + mark->key;
  return decimal_parse(number, text, mark->length);
}

static int shift_number(const struct framed *framed, const struct mark *current,
                        const struct decimal *distance, bool subtract,
                        struct limit *limit) {
  struct decimal base;
  decimal_init(&base, call_memory());
  int code = parse_key(framed, current, &base);
  if (code == TIDE_OK)
    code = subtract ? decimal_subtract(&limit->number, &base, distance)
                    : decimal_add(&limit->number, &base, distance);
  limit->any = limit->number.kind == DECIMAL_NAN && base.kind != DECIMAL_NAN;
  decimal_deinit(&base);
  return code;
}

/* Beyond the years that there are is before or behind all instants. */
static void shift_instant(sqlite3_context *context, const struct framed *framed,
                          const struct mark *current, const struct interval *distance,
                          bool subtract, struct limit *limit) {
  struct interval interval = *distance;
  int code = subtract ? interval_negate(&interval, distance) : TIDE_OK;
  limit->instant = current->instant;
  if (code == TIDE_OK)
    code = instant_add_in(&call_context(context)->zones, &framed->zone, &limit->instant,
                          &interval);
  if (code != TIDE_OK)
    limit->instant = subtract ? INSTANT_MINUS_INFINITY + 1 : INSTANT_INFINITY - 1;
}

/* How the key of a row compares with the limit. */
static int compare(const struct framed *framed, const struct mark *mark,
                   const struct limit *limit, int *order) {
  if (!(framed->shape & FRAMED_NUMERIC)) {
    *order = (mark->instant > limit->instant) - (mark->instant < limit->instant);
    return TIDE_OK;
  }
  struct decimal number;
  decimal_init(&number, call_memory());
  int code = parse_key(framed, mark, &number);
  *order = limit->any ? number.kind == DECIMAL_NAN
                      : decimal_compare(&number, &limit->number);
  decimal_deinit(&number);
  return code;
}

/* Among NULLs only where they are sorted matters. */
static bool passes_null(const struct framed *framed, int side, bool null,
                        bool current_null) {
  bool first = framed->shape & FRAMED_NULLS_FIRST;
  if (side == 0)
    return first ? null && !current_null : !null && current_null;
  return first ? null : current_null;
}

/* Moves an end of the frame over the rows that lie before it. */
static int move(const struct framed *framed, const struct mark *current, int side,
                const struct limit *limit, size_t *position) {
  bool descending = framed->shape & FRAMED_DESCENDING;
  for (; *position < framed->count; (*position)++) {
    const struct mark *mark = &framed->marks[*position];
    int order = 0;
    bool passed;
    if (mark->null || current->null) {
      passed = passes_null(framed, side, mark->null, current->null);
    } else {
      int code = compare(framed, mark, limit, &order);
      if (code != TIDE_OK)
        return code;
      order = descending ? -order : order;
      passed = side == 0 ? order < 0 : order <= 0;
    }
    if (!passed)
      break;
  }
  return TIDE_OK;
}

static int find_distant(sqlite3_context *context, const struct framed *framed,
                        const struct mark *current, int side, int bound,
                        size_t *position) {
  const struct distance *distance = &framed->distance[side];
  bool subtract =
      (bound == FRAMED_PRECEDING) != ((framed->shape & FRAMED_DESCENDING) != 0);
  struct limit limit = {0};
  int code = TIDE_OK;
  decimal_init(&limit.number, call_memory());
  if (!current->null) {
    if (framed->shape & FRAMED_NUMERIC)
      code = shift_number(framed, current, &distance->number, subtract, &limit);
    else
      shift_instant(context, framed, current, &distance->interval, subtract, &limit);
  }
  if (code == TIDE_OK)
    code = move(framed, current, side, &limit, position);
  decimal_deinit(&limit.number);
  return code;
}

static int find_end(sqlite3_context *context, const struct framed *framed,
                    const struct mark *current, int side, size_t *position) {
  int bound = field(framed, side == 0 ? FRAMED_START_SHIFT : FRAMED_END_SHIFT);
  switch (bound) {
  case FRAMED_UNBOUNDED_PRECEDING: return TIDE_OK;
  case FRAMED_UNBOUNDED_FOLLOWING: *position = framed->count; return TIDE_OK;
  case FRAMED_CURRENT_ROW:
    *position = side == 0 ? current->peers : current->peers_end;
    return TIDE_OK;
  default: return find_distant(context, framed, current, side, bound, position);
  }
}

/* The rows from `start` that are peers of it. */
static int find_peers(const struct framed *framed, size_t start, size_t *end) {
  const struct mark *first = &framed->marks[start];
  struct limit limit = {.instant = first->instant};
  decimal_init(&limit.number, call_memory());
  int code = TIDE_OK, order = 0;
  if (!first->null && framed->shape & FRAMED_NUMERIC)
    code = parse_key(framed, first, &limit.number);
  for (*end = start + 1; code == TIDE_OK && *end < framed->count; (*end)++) {
    const struct mark *mark = &framed->marks[*end];
    if (!mark->null && !first->null)
      code = compare(framed, mark, &limit, &order);
    if (mark->null != first->null || order != 0)
      break;
  }
  decimal_deinit(&limit.number);
  return code;
}

/* Finds the frames of all rows. */
static int settle(sqlite3_context *context, struct framed *framed) {
  size_t peers = 0, peers_end = 0, head = 0, tail = 0;
  int code = TIDE_OK;
  framed->settled = true;
  for (size_t i = 0; i < framed->count && code == TIDE_OK; i++) {
    struct mark *mark = &framed->marks[i];
    if (i == peers_end) {
      peers = i;
      code = find_peers(framed, peers, &peers_end);
    }
    mark->peers = peers;
    mark->peers_end = peers_end;
    if (code == TIDE_OK)
      code = find_end(context, framed, mark, 0, &head);
    if (code == TIDE_OK)
      code = find_end(context, framed, mark, 1, &tail);
    mark->head = head;
    mark->tail = tail;
  }
  return code;
}

/* --- aggregates that slide --- */

/* What the statement is given: the rows, and behind the last of each frame one that asks for the result. */
static size_t arrange(const struct framed *framed, struct sliding_row *elements,
                      size_t *places) {
  size_t count = 0, put = 0, first = 0;
  for (size_t i = 0; i < framed->count; i++) {
    const struct mark *mark = &framed->marks[i];
    for (; put < mark->tail; put++) {
      places[put] = count;
      if (framed->marks[put].kept)
        elements[count++].first = first;
    }
    first = mark->head < put ? places[mark->head] : count;
    elements[count++].first = first;
  }
  return count;
}

static void write_elements(struct framed *framed, const struct sliding_row *elements) {
  size_t count = 0, put = 0;
  for (size_t i = 0; i < framed->count; i++) {
    for (; put < framed->marks[i].tail; put++) {
      if (framed->marks[put].kept)
        rows_number(&framed->given, elements[count++].number, true,
                    row_bytes(framed, put, put + 1));
    }
    rows_number(&framed->given, elements[count++].number, false, (struct text){0});
  }
}

static int bind(struct framed *framed, struct text rows) {
  return sqlite3_bind_blob64(framed->statement, 1, rows.data, rows.length,
                             SQLITE_STATIC);
}

static int start_sliding(struct framed *framed) {
  size_t count = framed->count;
  struct sliding_row *elements = sqlite3_malloc64((2 * count + 1) * sizeof *elements);
  size_t *places = sqlite3_malloc64(count * sizeof *places);
  if (elements != NULL && places != NULL) {
    sliding_number(elements, arrange(framed, elements, places));
    write_elements(framed, elements);
  } else {
    framed->given.failed = true;
  }
  sqlite3_free(elements);
  sqlite3_free(places);
  if (framed->given.failed)
    return SQLITE_NOMEM;
  return bind(framed, (struct text){framed->given.data, framed->given.length});
}

/* Goes on to the next row that asks: SQLite gives rows in the order of their window. */
static int slide(struct framed *framed) {
  int rc;
  do
    rc = sqlite3_step(framed->statement);
  while (rc == SQLITE_ROW && sqlite3_column_int(framed->statement, 1));
  return rc;
}

/* --- rows of a frame, and aggregates of those that are not excluded --- */

struct span {
  size_t start, end;
};

static struct span span(size_t start, size_t end) {
  return (struct span){start, end > start ? end : start};
}

/* The frame without what is excluded. */
static void divide(const struct framed *framed, struct span spans[3]) {
  size_t current = framed->current;
  const struct mark *mark = &framed->marks[current];
  int exclusion = field(framed, FRAMED_EXCLUDE_SHIFT);
  bool one = exclusion == FRAMED_EXCLUDE_CURRENT_ROW;
  size_t from = one ? current : mark->peers;
  size_t to = one ? current + 1 : mark->peers_end;
  bool inside = mark->head <= current && current < mark->tail;
  if (exclusion == FRAMED_EXCLUDE_NOTHING)
    from = to = mark->head;
  spans[0] = span(mark->head, from < mark->tail ? from : mark->tail);
  spans[1] = exclusion == FRAMED_EXCLUDE_TIES && inside ? span(current, current + 1)
                                                        : span(0, 0);
  spans[2] = span(to > mark->head ? to : mark->head, mark->tail);
}

static int scan(struct framed *framed) {
  struct span spans[3];
  divide(framed, spans);
  sqlite3_reset(framed->statement);
  buffer_clear(&framed->given);
  for (int i = 0; i < 3; i++) {
    struct text rows = row_bytes(framed, spans[i].start, spans[i].end);
    if (rows.length > 0)
      buffer_append(&framed->given, rows.data, rows.length);
  }
  if (framed->given.failed)
    return SQLITE_NOMEM;
  int rc = bind(framed, (struct text){framed->given.data, framed->given.length});
  return rc == SQLITE_OK ? sqlite3_step(framed->statement) : rc;
}

static void return_aggregate(sqlite3_context *context, struct framed *framed) {
  bool scans = field(framed, FRAMED_EXCLUDE_SHIFT);
  int rc = scans ? scan(framed) : slide(framed);
  if (rc == SQLITE_ROW) {
    sqlite3_result_value(context, sqlite3_column_value(framed->statement, 0));
  } else {
    fail_as_statement(context, framed, rc);
  }
}

/* Which row it is the value of, from 0; false: there is none, or the function has failed. */
static bool choose(sqlite3_context *context, struct framed *framed, size_t count,
                   size_t *chosen) {
  *chosen = 0;
  switch (field(framed, FRAMED_RESULT_SHIFT)) {
  case FRAMED_FIRST_VALUE: return count > 0;
  case FRAMED_LAST_VALUE: *chosen = count - 1; return count > 0;
  default: break;
  }
  int64_t number;
  if (!rows_integer(row_bytes(framed, framed->current, framed->current + 1), 1,
                    &number))
    return false;
  if (number < 1) {
    call_fail(context, TIDE_ERROR_NTH_VALUE,
              "argument of nth_value must be greater than zero");
    return false;
  }
  *chosen = (size_t)number - 1;
  return (uint64_t)number <= count;
}

static void return_chosen(sqlite3_context *context, struct framed *framed) {
  struct span spans[3];
  size_t count = 0, chosen;
  divide(framed, spans);
  for (int i = 0; i < 3; i++)
    count += spans[i].end - spans[i].start;
  if (!choose(context, framed, count, &chosen))
    return;
  for (int i = 0; i < 3; i++) {
    size_t length = spans[i].end - spans[i].start;
    if (chosen < length) {
      size_t row = spans[i].start + chosen;
      rows_return(context, row_bytes(framed, row, row + 1), 0);
      return;
    }
    chosen -= length;
  }
}

static int begin(sqlite3_context *context, struct framed *framed) {
  int code = settle(context, framed);
  bool slides =
      !field(framed, FRAMED_RESULT_SHIFT) && !field(framed, FRAMED_EXCLUDE_SHIFT);
  if (code == TIDE_OK && slides && start_sliding(framed) != SQLITE_OK)
    code = TIDE_ERROR_NOMEM;
  return code;
}

static void framed_value(sqlite3_context *context) {
  struct framed *framed = sqlite3_aggregate_context(context, 0);
  if (framed == NULL || framed->failed || framed->current >= framed->count)
    return;
  int code = framed->settled ? TIDE_OK : begin(context, framed);
  if (code != TIDE_OK)
    fail(context, framed, code);
  else if (field(framed, FRAMED_RESULT_SHIFT) == FRAMED_AGGREGATE)
    return_aggregate(context, framed);
  else
    return_chosen(context, framed);
}

/* The results are all given. */
static void framed_final(sqlite3_context *context) {
  struct framed *framed = sqlite3_aggregate_context(context, 0);
  if (framed == NULL || !framed->started)
    return;
  sqlite3_finalize(framed->statement);
  sqlite3_free(framed->marks);
  buffer_deinit(&framed->rows);
  buffer_deinit(&framed->keys);
  buffer_deinit(&framed->given);
  for (int side = 0; side < 2; side++)
    decimal_deinit(&framed->distance[side].number);
}

static const struct call_aggregate aggregates[] = {
    {"pg_framed", -1, framed_step, framed_final, framed_value, framed_inverse},
};

int register_framed(sqlite3 *db, struct types_context *context) {
  return call_register_aggregates(db, context, aggregates,
                                  sizeof aggregates / sizeof aggregates[0]);
}
