/* What a commit announces: its number, the relations it changed, and row changes of
 * those subscribed to. */
#include <stdlib.h>
#include <string.h>

#include "view/report.h"
#include "view/views.h"

/* Commits are numbered in rising order for as long as the database exists. Only
 * every so many commits is the number stored: a reopened database goes on behind the
 * numbers reserved, so some are left out. */
enum { NUMBERS_RESERVED = 1000 };

struct commit_effect {
  struct buffer json;
  struct buffer data;
  struct buffer live;                  /* ids of the live queries that it concerns */
  struct buffer kept_about, kept_data; /* of it what slots select */
  bool lost; /* it says that shapes of live queries were lost */
};

static int out_of_memory(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* --- numbers --- */

static int reserve_numbers(struct database *database) {
  struct views *views = database->views;
  struct arena arena;
  int64_t from;
  arena_init(&arena, database->memory);
  int rc = catalog_get_count(database, "commit", &from);
  if (from < views->commit)
    from = views->commit;
  char *text = arena_format(&arena, "%lld", (long long)(from + NUMBERS_RESERVED));
  if (rc == TIDE_OK && !text)
    rc = out_of_memory(database);
  if (rc == TIDE_OK)
    rc = catalog_set_setting(database, "commit", text);
  arena_deinit(&arena);
  if (rc != TIDE_OK)
    return rc;
  views->commit = from;
  views->commit_reserved = from + NUMBERS_RESERVED;
  return TIDE_OK;
}

/* --- which relations changed --- */

static int note_changed(void *context, const struct relation *relation, int64_t rowid,
                        struct row before, struct row now) {
  bool *changed = context;
  (void)relation, (void)rowid, (void)before, (void)now;
  *changed = true;
  return REPORT_ENOUGH;
}

static int really_changed(struct database *database, const struct capture_table *table,
                          const struct relation *relation, bool *changed) {
  bool compared = capture_is_watched(table);
  *changed = table->level >= 0 &&
             (table->unknown || table->replaced || table->reshaped || !compared);
  if (*changed || !compared)
    return TIDE_OK;
  return report_rows(database, table, relation, 0, note_changed, changed);
}

/* --- row changes --- */

static bool is_shown(const struct column *column) {
  return !column->hidden || strcmp(column->name, "__version") != 0;
}

static int shown_count(const struct relation *relation) {
  int count = 0;
  for (int i = 0; i < relation->column_count; i++)
    count += is_shown(&relation->columns[i]);
  return count;
}

static void write_value(struct block_writer *block, const struct row_value *value,
                        struct type type) {
  bool json = type.array || type.id == TYPE_JSON || type.id == TYPE_JSONB;
  const char *text = (const char *)value->bytes;
  switch (value->type) {
  case ROW_NULL: block_null(block); break;
  case ROW_INTEGER:
    if (type.id == TYPE_BOOLEAN && !type.array)
      block_boolean(block, value->integer != 0);
    else
      block_integer(block, value->integer);
    break;
  case ROW_REAL: block_real(block, value->real); break;
  case ROW_TEXT:
    if (json)
      block_json(block, text, value->size);
    else
      block_text(block, text, value->size);
    break;
  case ROW_BLOB: block_blob(block, text, value->size); break;
  }
}

static void write_row(struct block_writer *block, const struct relation *relation,
                      struct row row) {
  const unsigned char *at = row.bytes;
  for (int i = 0; i < relation->column_count; i++) {
    struct row_value value = {0};
    if (at)
      at = row_read(at, &value);
    if (is_shown(&relation->columns[i]))
      write_value(block, &value, relation->columns[i].type);
  }
}

/* Do two images of a row differ in what is shown? */
static bool differ(const struct relation *relation, struct row before, struct row now) {
  const unsigned char *left = before.bytes, *right = now.bytes;
  struct row_value value;
  for (int i = 0; i < relation->column_count; i++) {
    const unsigned char *left_end = row_read(left, &value),
                        *right_end = row_read(right, &value);
    size_t size = (size_t)(left_end - left);
    if (is_shown(&relation->columns[i]) &&
        (size != (size_t)(right_end - right) || memcmp(left, right, size) != 0))
      return true;
    left = left_end;
    right = right_end;
  }
  return false;
}

static int write_change(void *context, const struct relation *relation, int64_t rowid,
                        struct row before, struct row now) {
  (void)rowid;
  struct block_writer *block = context;
  const char *operation = !before.bytes ? "insert" : now.bytes ? "update" : "delete";
  if (before.bytes && now.bytes && !differ(relation, before, now))
    return TIDE_OK;
  block_text(block, operation, 6);
  write_row(block, relation, before);
  write_row(block, relation, now);
  return TIDE_OK; /* errors of the block are sticky */
}

/* --- JSON --- */

static void json_relation(struct buffer *out, const struct relation *relation) {
  buffer_format(out, "[%j,%j]", relation->schema, relation->name);
}

/* Names of the columns that identify a row, as far as they are known and shown. */
static void json_key(struct database *database, struct buffer *out,
                     const struct relation *relation) {
  const int *columns = NULL;
  int count = 0;
  const struct storage *storage = views_storage(database, relation);
  if (storage && storage->identity == STORAGE_BY_KEY) {
    columns = storage->key;
    count = storage->key_count;
  } else if (relation->key_count > 0) {
    columns = relation->keys[0].columns;
    count = relation->keys[0].count;
  }
  for (int i = 0; i < count; i++)
    if (columns[i] >= relation->column_count)
      count = 0; /* a column of the emitter's own */
  buffer_text(out, ",\"key\":[");
  for (int i = 0; i < count; i++) {
    if (i > 0)
      buffer_character(out, ',');
    buffer_format(out, "%j", relation->columns[columns[i]].name);
  }
  buffer_character(out, ']');
}

static void json_columns(const struct database *database, struct buffer *out,
                         const struct relation *relation, bool types) {
  bool first = true;
  buffer_text(out, types ? ",\"types\":[" : ",\"columns\":[");
  for (int i = 0; i < relation->column_count; i++) {
    char name[64];
    if (!is_shown(&relation->columns[i]))
      continue;
    if (!first)
      buffer_character(out, ',');
    first = false;
    if (types)
      catalog_format_type(database, type_base(relation->columns[i].type), name,
                          sizeof name);
    buffer_format(out, "%j", types ? name : relation->columns[i].name);
  }
  buffer_character(out, ']');
}

/* One entry of "changes" and its block; nothing when no row shows a change. */
static int add_changes(struct database *database, struct commit_effect *effect,
                       struct buffer *entries, const struct capture_table *table,
                       const struct relation *relation, bool keep) {
  size_t start;
  struct block_writer block;
  uint32_t columns = 1 + 2 * (uint32_t)shown_count(relation);
  block_writer_init(&block, database->memory, columns);
  int rc = report_rows(database, table, relation, 0, write_change, &block);
  uint32_t rows = block.cells / columns;
  if (rc == TIDE_OK && rows > 0) {
    buffer_text(entries, entries->length > 0 ? "," : ",\"changes\":[");
    start = entries->length;
    buffer_text(entries, "{\"relation\":");
    json_relation(entries, relation);
    json_key(database, entries, relation);
    json_columns(database, entries, relation, false);
    json_columns(database, entries, relation, true);
    buffer_format(entries, ",\"rows\":%u}", rows);
    size_t block_start = effect->data.length;
    rc = block_finish(&block, &effect->data);
    if (rc != TIDE_OK || entries->failed)
      rc = out_of_memory(database);
    if (rc == TIDE_OK && keep) {
      if (effect->kept_about.length > 0)
        buffer_character(&effect->kept_about, ',');
      buffer_append(&effect->kept_about, entries->data + start,
                    entries->length - start);
      buffer_append(&effect->kept_data, effect->data.data + block_start,
                    effect->data.length - block_start);
    }
  }
  block_writer_deinit(&block);
  return rc;
}

/* --- live queries --- */

struct telling {
  struct database *database;
  struct buffer *ids;
};

static int tell_row(void *context, const struct relation *relation, int64_t rowid,
                    struct row before, struct row now) {
  struct telling *telling = context;
  return live_tell_row(telling->database, relation, rowid, before, now, telling->ids);
}

/* Notes which live queries the changes of a relation concern. */
static int tell_live(struct database *database, struct commit_effect *effect,
                     const struct capture_table *table,
                     const struct relation *relation) {
  struct telling telling = {database, &effect->live};
  bool known = capture_is_watched(table) && !table->unknown && !table->replaced &&
               !table->reshaped;
  live_tell_relation(database, relation, !known, &effect->live);
  return known && live_asks_rows(database, relation)
             ? report_rows(database, table, relation, 0, tell_row, &telling)
             : TIDE_OK;
}

/* --- the effect --- */

static int describe(struct database *database, struct commit_effect *effect,
                    struct buffer *entries, bool *any) {
  int rc = TIDE_OK;
  for (const struct capture_table *table = capture_written(database);
       rc == TIDE_OK && table; table = table->next) {
    const struct relation *relation = catalog_find_stored(database, table->name);
    bool changed = false;
    if (!relation)
      continue;
    rc = really_changed(database, table, relation, &changed);
    if (rc == TIDE_OK && changed)
      rc = tell_live(database, effect, table, relation);
    if (rc != TIDE_OK || !changed || strcmp(relation->schema, LIVE_SCHEMA) == 0)
      continue;
    if (*any)
      buffer_character(&effect->json, ',');
    *any = true;
    json_relation(&effect->json, relation);
    if (!table->watched || table->unknown || table->reshaped)
      continue;
    bool kept = slots_select(database, relation);
    if (kept || pattern_selects(database->views->subscriptions, relation))
      rc = add_changes(database, effect, entries, table, relation, kept);
  }
  return rc;
}

static int complete(struct database *database, struct commit_effect *effect,
                    bool *any) {
  struct views *views = database->views;
  struct buffer entries;
  buffer_init(&entries, database->memory);
  buffer_format(&effect->json, "{\"commit\":%lld,\"relations\":[",
                (long long)(views->commit + 1));
  live_tell_begin(database);
  int rc = describe(database, effect, &entries, any);
  buffer_character(&effect->json, ']');
  if (effect->live.length > 0)
    buffer_format(&effect->json, ",\"live\":[%s]", buffer_string(&effect->live));
  if (effect->kept_about.length > 0)
    buffer_text(&effect->json, ",\"kept\":true");
  effect->lost = views->live->lost;
  if (effect->lost)
    buffer_text(&effect->json, ",\"lost\":true");
  if (entries.length > 0) {
    buffer_append(&effect->json, entries.data, entries.length);
    buffer_character(&effect->json, ']');
  }
  buffer_character(&effect->json, '}');
  if (rc == TIDE_OK &&
      (entries.failed || effect->json.failed || effect->data.failed ||
       effect->live.failed || effect->kept_about.failed || effect->kept_data.failed))
    rc = out_of_memory(database);
  buffer_deinit(&entries);
  return rc;
}

int commit_prepare(struct database *database, struct commit_effect **prepared) {
  struct views *views = database->views;
  *prepared = NULL;
  bool wanted = !views->silent || views->subscriptions || slots_any(database);
  if (!wanted || !capture_written(database))
    return TIDE_OK;
  struct commit_effect *effect =
      memory_allocate_zeroed(database->memory, sizeof *effect);
  if (!effect)
    return out_of_memory(database);
  buffer_init(&effect->json, database->memory);
  buffer_init(&effect->data, database->memory);
  buffer_init(&effect->live, database->memory);
  buffer_init(&effect->kept_about, database->memory);
  buffer_init(&effect->kept_data, database->memory);
  bool any = false;
  int rc = views->commit < views->commit_reserved ? TIDE_OK : reserve_numbers(database);
  if (rc == TIDE_OK)
    rc = complete(database, effect, &any);
  if (rc == TIDE_OK && effect->kept_about.length > 0)
    rc = slots_keep(database, views->commit + 1, &effect->kept_about,
                    &effect->kept_data);
  if (rc == TIDE_OK && any) {
    *prepared = effect;
    return TIDE_OK;
  }
  commit_discard(database, effect);
  return rc;
}

void commit_discard(struct database *database, struct commit_effect *effect) {
  if (!effect)
    return;
  buffer_deinit(&effect->json);
  buffer_deinit(&effect->data);
  buffer_deinit(&effect->live);
  buffer_deinit(&effect->kept_about);
  buffer_deinit(&effect->kept_data);
  memory_release(database->memory, effect);
}

int commit_announce(struct database *database, struct commit_effect *effect) {
  if (!effect)
    return TIDE_OK;
  database->views->commit++;
  if (effect->lost)
    database->views->live->lost = false;
  int rc = effects_push(database->effects, TIDE_EFFECT_COMMIT, &effect->json,
                        effect->data.length > 0 ? &effect->data : NULL);
  commit_discard(database, effect);
  return rc;
}
