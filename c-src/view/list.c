/* Puts elements into the texts of kept lists, and takes them out. */
#include "view/list.h"

#include <stdlib.h>
#include <string.h>

#include "types/decimal.h"

/* --- where the text stands --- */

enum { PLACE_SIZE = 8 };

/* Looks for the list's text in that of a column: the first place where it stands. */
static bool find_place(const unsigned char *text, uint32_t length,
                       const unsigned char *shown, uint32_t shown_length,
                       unsigned char place[PLACE_SIZE]) {
  for (uint32_t before = 0; length > 0 && before + length <= shown_length; before++) {
    if (shown[before] != text[0] || memcmp(shown + before, text, length) != 0)
      continue;
    memcpy(place, &before, 4);
    memcpy(place + 4, &length, 4);
    return true;
  }
  return false;
}

static void list_place(sqlite3_context *context, int count, sqlite3_value **arguments) {
  (void)count;
  unsigned char place[PLACE_SIZE];
  const unsigned char *text = sqlite3_value_text(arguments[0]);
  const unsigned char *shown = sqlite3_value_text(arguments[1]);
  uint32_t length = (uint32_t)sqlite3_value_bytes(arguments[0]);
  uint32_t shown_length = (uint32_t)sqlite3_value_bytes(arguments[1]);
  if (text && shown && find_place(text, length, shown, shown_length, place))
    sqlite3_result_blob(context, place, PLACE_SIZE, SQLITE_TRANSIENT);
  else
    sqlite3_result_value(context, arguments[0]);
}

void list_add_columns(const struct list *list, sqlite3_value *shown,
                      struct row_pool *pool) {
  const struct list_value *value = &list->value;
  const unsigned char *text = shown ? sqlite3_value_text(shown) : NULL;
  unsigned char place[PLACE_SIZE];
  if (!value->text) {
    row_add_null(pool);
    row_add_null(pool);
    return;
  }
  if (text && find_place(value->text, value->length, text,
                         (uint32_t)sqlite3_value_bytes(shown), place))
    row_add_text(pool, ROW_BLOB, place, PLACE_SIZE);
  else
    row_add_text(pool, ROW_TEXT, value->text, value->length);
  row_add_text(pool, ROW_BLOB, value->places, value->places_size);
}

/* The text of a list, given the columns __list_n and the one that may show it. */
static void read_text(struct list_value *value, const struct row_value *kept,
                      const struct row_value *shown) {
  uint32_t before;
  if (kept->type != ROW_BLOB || kept->size != PLACE_SIZE) {
    value->text = kept->type == ROW_TEXT ? kept->bytes : NULL;
    value->length = kept->size;
    return;
  }
  memcpy(&before, kept->bytes, 4);
  memcpy(&value->length, kept->bytes + 4, 4);
  bool inside = shown->type == ROW_TEXT && before <= shown->size &&
                value->length <= shown->size - before;
  value->text = inside ? shown->bytes + before : NULL;
}

void list_of_row(struct list *list, struct row row) {
  struct row_value value = {0}, shown = {0}, places;
  const unsigned char *at = row.bytes;
  list->value = (struct list_value){0};
  if (!at)
    return;
  for (int i = 0; i <= list->column; i++) {
    at = row_read(at, &value);
    if (i == list->shown)
      shown = value;
  }
  row_read(at, &places);
  if (places.type != ROW_BLOB)
    return;
  read_text(&list->value, &value, &shown);
  list->value.places = places.bytes;
  list->value.places_size = places.size;
}

/* --- the places of the elements, from its rows --- */

static void places_step(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct row_pool *pool = sqlite3_aggregate_context(context, sizeof *pool);
  if (!pool || sqlite3_value_type(arguments[0]) == SQLITE_NULL)
    return;
  if (!pool->memory) {
    row_pool_init(pool, memory_default());
    row_begin(pool);
  }
  bool text = sqlite3_value_text(arguments[0]) != NULL;
  uint32_t length = (uint32_t)sqlite3_value_bytes(arguments[0]);
  row_add_bytes(pool, (const unsigned char *)&length, sizeof length);
  for (int i = 1; i < count; i++)
    row_add(pool, arguments[i], ROW_NULL);
  if (pool->failed || !text)
    sqlite3_result_error_nomem(context);
}

static void places_final(sqlite3_context *context) {
  struct row_pool *pool = sqlite3_aggregate_context(context, 0);
  if (!pool || !pool->memory)
    return;
  struct row row = row_end(pool);
  if (row.bytes && !pool->failed)
    sqlite3_result_blob64(context, row.bytes, row.size, SQLITE_TRANSIENT);
  else
    sqlite3_result_error_nomem(context);
  row_pool_deinit(pool);
}

int list_register(sqlite3 *handle) {
  enum { FLAGS = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS };
  int rc = sqlite3_create_function_v2(handle, "tide_list_place", 2, FLAGS, NULL,
                                      list_place, NULL, NULL, NULL);
  if (rc != SQLITE_OK)
    return rc;
  return sqlite3_create_function_v2(handle, "tide_places", -1, FLAGS, NULL, NULL,
                                    places_step, places_final, NULL);
}

/* --- the order of two elements --- */

static int compare_bytes(const struct row_value *left, const struct row_value *right) {
  uint32_t shorter = left->size < right->size ? left->size : right->size;
  int order = memcmp(left->bytes, right->bytes, shorter);
  return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

static double number_of(const struct row_value *value) {
  return value->type == ROW_REAL ? value->real : (double)value->integer;
}

/* Both are not NULL. */
static int compare_values(const struct row_value *left, const struct row_value *right,
                          bool numeric) {
  if (left->type == ROW_INTEGER && right->type == ROW_INTEGER)
    return (left->integer > right->integer) - (left->integer < right->integer);
  if (left->type <= ROW_REAL && right->type <= ROW_REAL) {
    double a = number_of(left), b = number_of(right);
    return (a > b) - (a < b);
  }
  if (left->type != right->type)
    return left->type < right->type ? -1 : 1;
  return numeric && left->type == ROW_TEXT
             ? decimal_compare_text((const char *)left->bytes, left->size,
                                    (const char *)right->bytes, right->size)
             : compare_bytes(left, right);
}

static int compare_places(const struct list *list, const unsigned char *left,
                          const unsigned char *right) {
  for (int i = 0; i < list->order_count; i++) {
    const struct list_order *order = &list->order[i];
    struct row_value a, b;
    left = row_read(left, &a);
    right = row_read(right, &b);
    if (a.type == ROW_NULL || b.type == ROW_NULL) {
      if (a.type == b.type)
        continue;
      return (a.type == ROW_NULL) == order->nulls_first ? -1 : 1;
    }
    int result = compare_values(&a, &b, order->numeric);
    if (result != 0)
      return order->descending ? -result : result;
  }
  return 0;
}

static const unsigned char *skip(const unsigned char *at, int count) {
  struct row_value value;
  while (count-- > 0)
    at = row_read(at, &value);
  return at;
}

/* --- collecting changes --- */

bool list_add(struct list *list, sqlite3_stmt *statement, int key_count,
              const enum row_type *affinity, int first, int64_t weight) {
  struct row_pool *pool = &list->changes.pool;
  if (sqlite3_column_type(statement, first) == SQLITE_NULL)
    return true;
  row_begin(pool);
  for (int i = 0; i < key_count; i++)
    row_add(pool, sqlite3_column_value(statement, i), affinity[i]);
  for (int i = 1; i <= list->order_count; i++)
    row_add(pool, sqlite3_column_value(statement, first + i), ROW_NULL);
  row_add(pool, sqlite3_column_value(statement, first), ROW_TEXT);
  return changes_add(&list->changes, row_end(pool), weight) != NULL;
}

bool list_chain(struct plan *plan, struct list *list, uint32_t index, int64_t *head) {
  if (index >= list->next_capacity) {
    uint32_t capacity = list->changes.count * 2;
    uint32_t *larger = memory_reallocate(plan->database->memory, list->next,
                                         capacity * sizeof *larger);
    if (!larger)
      return false;
    list->next = larger;
    list->next_capacity = capacity;
  }
  list->next[index] = (uint32_t)*head;
  *head = (int64_t)index + 1;
  return true;
}

/* --- splicing --- */

struct edit {
  const struct list *list;
  const unsigned char *order, *order_end;
  struct row_value element;
  int64_t weight;
};

/* By place; at the same one what goes is before what comes. */
static int compare_edits(const void *left, const void *right) {
  const struct edit *a = left, *b = right;
  int order = compare_places(a->list, a->order, b->order);
  return order != 0 ? order : (a->weight > b->weight) - (a->weight < b->weight);
}

/* The changes of a chain, sorted. NULL when memory ran out. */
static struct edit *sorted_edits(struct plan *plan, const struct list *list,
                                 int key_count, int64_t head, size_t *count) {
  *count = 0;
  for (int64_t i = head; i > 0; i = list->next[i - 1])
    ++*count;
  struct edit *edits =
      memory_allocate(plan->database->memory, (*count + 1) * sizeof *edits);
  size_t number = 0;
  for (int64_t i = head; edits && i > 0; i = list->next[i - 1]) {
    const struct change *change = &list->changes.entries[i - 1];
    struct edit *edit = &edits[number++];
    edit->list = list;
    edit->order = skip(change->row.bytes, key_count);
    edit->order_end = skip(edit->order, list->order_count);
    row_read(edit->order_end, &edit->element);
    edit->weight = change->weight;
  }
  if (edits)
    qsort(edits, *count, sizeof *edits, compare_edits);
  return edits;
}

/* The old list while it is read. What is kept is copied in runs, as long as they get. */
struct reader {
  struct list *list;
  size_t separator;
  const unsigned char *place, *places_end; /* of the next element */
  const unsigned char *text, *text_end;
  const unsigned char *run_place, *run_text; /* where the run begins */
};

static uint32_t length_at(const unsigned char *place) {
  uint32_t length;
  memcpy(&length, place, sizeof length);
  return length;
}

static bool has_next(const struct reader *reader) {
  return reader->place < reader->places_end;
}

static void pass(struct reader *reader) {
  reader->text += length_at(reader->place) + reader->separator;
  reader->place = skip(reader->place + 4, reader->list->order_count);
}

static void separate(struct list *list) {
  if (list->places.length > 0)
    buffer_text(&list->text, list->separator);
}

/* Writes the run that ends before the next element; the next run begins with it. */
static void end_run(struct reader *reader) {
  struct list *list = reader->list;
  if (reader->place > reader->run_place) {
    separate(list);
    buffer_append(&list->text, reader->run_text,
                  (size_t)(reader->text - reader->run_text) - reader->separator);
    buffer_append(&list->places, reader->run_place,
                  (size_t)(reader->place - reader->run_place));
  }
  reader->run_place = reader->place;
  reader->run_text = reader->text;
}

static void put(struct list *list, const struct edit *edit) {
  separate(list);
  buffer_append(&list->text, edit->element.bytes, edit->element.size);
  buffer_append(&list->places, &edit->element.size, 4);
  buffer_append(&list->places, edit->order, (size_t)(edit->order_end - edit->order));
}

/* Is the next element one that is to go? */
static bool goes(const struct reader *reader, struct edit *edits, size_t count) {
  uint32_t length = length_at(reader->place);
  for (size_t i = 0; i < count && edits[i].weight < 0; i++) {
    if (edits[i].element.size != length ||
        memcmp(edits[i].element.bytes, reader->text, length) != 0)
      continue;
    edits[i].weight++;
    return true;
  }
  return false;
}

/* Makes the edits of one place. Returns false when something to go is not there. */
static bool edit_place(struct reader *reader, struct edit *edits, size_t count) {
  while (has_next(reader)) {
    int order = compare_places(reader->list, reader->place + 4, edits->order);
    if (order > 0)
      break;
    if ((size_t)(reader->text_end - reader->text) < length_at(reader->place))
      return false;
    bool cut = order == 0 && goes(reader, edits, count);
    if (cut)
      end_run(reader);
    pass(reader);
    if (cut) {
      reader->run_place = reader->place;
      reader->run_text = reader->text;
    }
  }
  end_run(reader);
  bool in_step = true;
  for (size_t i = 0; i < count; i++) {
    in_step = in_step && edits[i].weight >= 0;
    for (int64_t n = 0; n < edits[i].weight; n++)
      put(reader->list, &edits[i]);
  }
  return in_step;
}

static bool splice(struct reader *reader, struct edit *edits, size_t count) {
  struct list *list = reader->list;
  bool in_step = true;
  buffer_text(&list->text, list->open);
  for (size_t i = 0; in_step && i < count;) {
    size_t end = i + 1;
    while (end < count && compare_places(list, edits[i].order, edits[end].order) == 0)
      end++;
    in_step = edit_place(reader, edits + i, end - i);
    i = end;
  }
  /* the rest is one run, to the end of both */
  if (has_next(reader)) {
    reader->place = reader->places_end;
    reader->text = reader->text_end + reader->separator;
    end_run(reader);
  }
  buffer_text(&list->text, list->close);
  return in_step;
}

/* Begins with the first element of the list. */
static struct reader read_elements(struct list *list) {
  struct reader reader = {.list = list, .separator = strlen(list->separator)};
  const struct list_value *value = &list->value;
  size_t open = strlen(list->open), close = strlen(list->close);
  if (!value->text || value->length < open + close)
    return reader;
  reader.place = reader.run_place = value->places;
  reader.places_end = value->places + value->places_size;
  reader.text = reader.run_text = value->text + open;
  reader.text_end = value->text + value->length - close;
  return reader;
}

/* What was spliced becomes the value. */
static void set_value(struct list *list) {
  list->value = (struct list_value){0};
  if (list->places.length == 0)
    return;
  list->value.text = (const unsigned char *)buffer_string(&list->text);
  list->value.length = (uint32_t)list->text.length;
  list->value.places = (const unsigned char *)list->places.data;
  list->value.places_size = (uint32_t)list->places.length;
}

int list_splice(struct plan *plan, struct list *list, int key_count, int64_t head,
                bool *in_step) {
  struct reader reader = read_elements(list);
  size_t count;
  buffer_clear(&list->text);
  buffer_clear(&list->places);
  struct edit *edits = sorted_edits(plan, list, key_count, head, &count);
  if (!edits)
    return plan_out_of_memory(plan);
  *in_step = splice(&reader, edits, count);
  memory_release(plan->database->memory, edits);
  if (list->text.failed || list->places.failed)
    return plan_out_of_memory(plan);
  set_value(list);
  return TIDE_OK;
}
