/* Shapes of live queries while they are open, who watches under which values, and whom a
 * commit concerns. */
#include <string.h>

#include "view/live_internal.h"
#include "view/views.h"

static int out_of_memory(struct database *database) {
  return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
}

/* --- life --- */

int live_init(struct database *database) {
  struct live *live = memory_allocate_zeroed(database->memory, sizeof *live);
  if (!live)
    return out_of_memory(database);
  map_init(&live->watches, database->memory);
  buffer_init(&live->scratch, database->memory);
  live->littered = true; /* by a process before */
  database->views->live = live;
  return TIDE_OK;
}

static void free_group(struct database *database, struct live_group *group) {
  struct live *live = database->views->live;
  while (group->watches) {
    struct live_watch *watch = group->watches;
    group->watches = watch->next;
    map_remove(&live->watches, &watch->id, sizeof watch->id);
    live_rows_free(database, watch->rows);
    memory_release(database->memory, watch);
  }
  memory_release(database->memory, group);
}

static void free_shape(struct database *database, struct live_shape *shape) {
  size_t position = 0;
  const struct map_entry *entry;
  while ((entry = map_next(&shape->groups, &position)))
    free_group(database, entry->value);
  map_deinit(&shape->groups);
  for (int i = 0; shape->keys && i < shape->key_count; i++)
    memory_release(database->memory, shape->keys[i]);
  memory_release(database->memory, shape->keys);
  memory_release(database->memory, shape->key_columns);
  memory_release(database->memory, shape->relations);
  memory_release(database->memory, shape->index);
  memory_release(database->memory, shape->name);
  memory_release(database->memory, shape);
}

void live_deinit(struct database *database) {
  struct live *live = database->views->live;
  if (!live)
    return;
  while (live->shapes) {
    struct live_shape *shape = live->shapes;
    live->shapes = shape->next;
    free_shape(database, shape);
  }
  map_deinit(&live->watches);
  memory_release(database->memory, live->read.order);
  buffer_deinit(&live->scratch);
  memory_release(database->memory, live);
  database->views->live = NULL;
}

/* --- shapes --- */

static bool copy_keys(struct database *database, struct live_shape *shape,
                      const struct live_query *query) {
  size_t count = (size_t)query->key_count;
  shape->keys = memory_allocate_zeroed(database->memory, (count + 1) * sizeof(char *));
  shape->key_columns = memory_allocate(database->memory, (count + 1) * sizeof(int));
  if (!shape->keys || !shape->key_columns)
    return false;
  shape->key_count = query->key_count;
  for (int i = 0; i < query->key_count; i++) {
    const char *name = query->keys[i];
    shape->keys[i] = memory_string(database->memory, name);
    if (!shape->keys[i])
      return false;
  }
  return true;
}

static bool copy_relations(struct database *database, struct live_shape *shape,
                           const struct live_query *query) {
  size_t count = query->kind == LIVE_VIEW ? 0 : (size_t)query->relation_count;
  shape->relations =
      memory_allocate_zeroed(database->memory, (count + 1) * sizeof *shape->relations);
  if (!shape->relations)
    return false;
  for (size_t i = 0; i < count; i++)
    shape->relations[i] = query->relation_ids[i];
  shape->relation_count = (int)count;
  return true;
}

struct live_shape *live_add(struct database *database, const struct live_query *query) {
  struct live *live = database->views->live;
  struct live_shape *shape = memory_allocate_zeroed(database->memory, sizeof *shape);
  if (!shape)
    return NULL;
  map_init(&shape->groups, database->memory);
  shape->kind = query->kind;
  shape->references = 1;
  shape->name = memory_string(database->memory, query->name);
  if (!shape->name || !copy_keys(database, shape, query) ||
      !copy_relations(database, shape, query)) {
    free_shape(database, shape);
    return NULL;
  }
  shape->next = live->shapes;
  live->shapes = shape;
  return shape;
}

struct live_shape *live_share(struct database *database,
                              const struct live_query *query) {
  struct live_shape *shape = database->views->live->shapes;
  while (shape && (shape->lost || strcmp(shape->name, query->name) != 0))
    shape = shape->next;
  if (shape)
    shape->references++;
  return shape;
}

void live_release(struct database *database, struct live_shape *shape) {
  if (!shape || --shape->references > 0)
    return;
  struct live *live = database->views->live;
  struct live_shape **link = &live->shapes;
  while (*link != shape)
    link = &(*link)->next;
  *link = shape->next;
  live->littered = live->littered || shape->view || shape->index;
  free_shape(database, shape);
}

bool live_is_lost(const struct live_shape *shape) {
  return shape->lost;
}

enum live_kind live_kind_of(const struct live_shape *shape) {
  return shape->kind;
}

bool live_has_view(const struct views *views, int64_t view) {
  const struct live_shape *shape = views->live->shapes;
  while (shape && (shape->lost || shape->view != view))
    shape = shape->next;
  return shape != NULL;
}

void live_fail(struct database *database, int64_t view) {
  struct live *live = database->views->live;
  for (struct live_shape *shape = live->shapes; shape; shape = shape->next)
    if (shape->view == view)
      shape->lost = live->lost = live->littered = true;
}

bool live_is_littered(const struct database *database) {
  return database->views && database->views->live->littered;
}

/* --- watches --- */

static struct live_group *find_group(struct live_shape *shape,
                                     const struct buffer *values) {
  return map_get(&shape->groups, buffer_string((struct buffer *)(uintptr_t)values),
                 values->length);
}

static struct live_group *add_group(struct database *database, struct live_shape *shape,
                                    const struct buffer *values) {
  struct live_group *group =
      memory_allocate_zeroed(database->memory, sizeof *group + values->length);
  if (!group)
    return NULL;
  group->shape = shape;
  group->size = values->length;
  if (values->length > 0)
    memcpy(group->values, values->data, values->length);
  if (map_set(&shape->groups, group->values, group->size, group) == TIDE_OK)
    return group;
  memory_release(database->memory, group);
  return NULL;
}

static void drop_if_empty(struct database *database, struct live_group *group) {
  if (group->watches)
    return;
  map_remove(&group->shape->groups, group->values, group->size);
  memory_release(database->memory, group);
}

static int add_watch(struct database *database, struct live_group *group, int64_t *id) {
  struct live *live = database->views->live;
  struct live_watch *watch = memory_allocate_zeroed(database->memory, sizeof *watch);
  if (!watch)
    return out_of_memory(database);
  watch->id = live->last_id + 1;
  if (map_set(&live->watches, &watch->id, sizeof watch->id, watch) != TIDE_OK) {
    memory_release(database->memory, watch);
    return out_of_memory(database);
  }
  watch->group = group;
  watch->next = group->watches;
  group->watches = watch;
  *id = live->last_id = watch->id;
  return TIDE_OK;
}

/* The values of the lifted columns, as they are in rows. */
static int read_values(struct database *database, const struct live_shape *shape,
                       sqlite3_stmt *values) {
  struct buffer *scratch = &database->views->live->scratch;
  struct row_pool pool;
  buffer_clear(scratch);
  if (shape->key_count == 0)
    return TIDE_OK;
  row_pool_init(&pool, database->memory);
  struct row row = row_of_statement(&pool, values, shape->key_count, NULL);
  bool complete = row.bytes != NULL;
  if (complete)
    buffer_append(scratch, row.bytes, row.size);
  row_pool_deinit(&pool);
  return complete && !scratch->failed ? TIDE_OK : out_of_memory(database);
}

int live_watch(struct database *database, struct live_shape *shape,
               sqlite3_stmt *values, int64_t *id) {
  struct buffer *scratch = &database->views->live->scratch;
  int rc = read_values(database, shape, values);
  if (rc != TIDE_OK)
    return rc;
  struct live_group *group = find_group(shape, scratch);
  if (!group)
    group = add_group(database, shape, scratch);
  if (!group)
    return out_of_memory(database);
  rc = add_watch(database, group, id);
  drop_if_empty(database, group);
  return rc;
}

void live_unwatch(struct database *database, int64_t id) {
  struct live_watch *watch =
      map_remove(&database->views->live->watches, &id, sizeof id);
  if (!watch)
    return;
  struct live_group *group = watch->group;
  struct live_watch **link = &group->watches;
  while (*link != watch)
    link = &(*link)->next;
  *link = watch->next;
  live_rows_free(database, watch->rows);
  memory_release(database->memory, watch);
  drop_if_empty(database, group);
}

/* --- whom a commit concerns --- */

static bool reads(const struct live_shape *shape, const struct relation *relation) {
  if (shape->lost)
    return false;
  for (int i = 0; i < shape->relation_count; i++)
    if (shape->relations[i] == relation->id)
      return true;
  return false;
}

int live_each_relation(struct database *database,
                       int (*watch)(struct database *database,
                                    const struct relation *relation)) {
  int rc = TIDE_OK;
  for (struct live_shape *shape = database->views->live->shapes; rc == TIDE_OK && shape;
       shape = shape->next) {
    const struct relation *relation =
        shape->kind != LIVE_EACH && !shape->lost && shape->relation_count > 0
            ? catalog_find_id(database, shape->relations[0])
            : NULL;
    if (relation)
      rc = watch(database, relation);
  }
  return rc;
}

void live_tell_begin(struct database *database) {
  database->views->live->telling++;
}

bool live_asks_rows(const struct database *database, const struct relation *relation) {
  for (struct live_shape *shape = database->views->live->shapes; shape;
       shape = shape->next)
    if (shape->kind != LIVE_EACH && reads(shape, relation))
      return true;
  return false;
}

static void tell_group(struct live *live, struct live_group *group,
                       struct buffer *ids) {
  if (!group || group->told == live->telling)
    return;
  group->told = live->telling;
  for (const struct live_watch *watch = group->watches; watch; watch = watch->next)
    buffer_format(ids, "%s%lld", ids->length > 0 ? "," : "", (long long)watch->id);
}

/* Where the shape's columns are now; false when one is gone. */
static bool find_columns(struct database *database, struct live_shape *shape,
                         const struct relation *relation) {
  uint64_t version = catalog_version(database);
  for (int i = 0; shape->version != version && i < shape->key_count; i++) {
    shape->key_columns[i] = relation_column(relation, shape->keys[i]);
    if (shape->key_columns[i] < 0)
      return false;
  }
  shape->version = version;
  return true;
}

/* Appends the values of the shape's columns, in its order. */
static void pick_values(const struct live_shape *shape, const struct relation *relation,
                        struct row row, struct buffer *values) {
  buffer_clear(values);
  for (int key = 0; key < shape->key_count; key++) {
    const unsigned char *at = row.bytes;
    struct row_value value;
    for (int i = 0; i < relation->column_count; i++) {
      const unsigned char *end = row_read(at, &value);
      if (i == shape->key_columns[key]) {
        buffer_append(values, at, (size_t)(end - at));
        break;
      }
      at = end;
    }
  }
}

static void tell_image(struct database *database, struct live_shape *shape,
                       const struct relation *relation, int64_t rowid, struct row row,
                       struct buffer *ids) {
  struct live *live = database->views->live;
  if (!row.bytes)
    return;
  pick_values(shape, relation, row, &live->scratch);
  struct live_group *group = find_group(shape, &live->scratch);
  tell_group(live, group, ids);
  for (struct live_watch *watch = group ? group->watches : NULL; watch;
       watch = watch->next)
    if (watch->rows)
      live_rows_changed(database, watch->rows, rowid);
}

int live_tell_row(struct database *database, const struct relation *relation,
                  int64_t rowid, struct row before, struct row now,
                  struct buffer *ids) {
  struct live *live = database->views->live;
  for (struct live_shape *shape = live->shapes; shape; shape = shape->next) {
    if (shape->kind == LIVE_EACH || !reads(shape, relation))
      continue;
    if (!find_columns(database, shape, relation)) {
      shape->lost = live->lost = live->littered = true;
      continue;
    }
    tell_image(database, shape, relation, rowid, before, ids);
    tell_image(database, shape, relation, rowid, now, ids);
  }
  return live->scratch.failed || ids->failed ? out_of_memory(database) : TIDE_OK;
}

/* They have to be read whole. */
static void forget_rows(struct live_group *group) {
  for (struct live_watch *watch = group->watches; watch; watch = watch->next)
    if (watch->rows)
      watch->rows->all = true;
}

void live_tell_relation(struct database *database, const struct relation *relation,
                        bool all, struct buffer *ids) {
  struct live *live = database->views->live;
  for (struct live_shape *shape = live->shapes; shape; shape = shape->next) {
    size_t position = 0;
    const struct map_entry *entry;
    if ((!all && shape->kind != LIVE_EACH) || !reads(shape, relation))
      continue;
    while ((entry = map_next(&shape->groups, &position))) {
      forget_rows(entry->value);
      tell_group(live, entry->value, ids);
    }
  }
}
