/* Finding relations in the catalog's image, keeping that image current, and small durable settings. */
#include "catalog/catalog.h"

#include <string.h>

#include "catalog/image.h"
#include "catalog/row_functions.h"
#include "catalog/schema.h"
#include "catalog/setting.h"
#include "catalog/variables.h"

int catalog_open(struct database *database) {
  struct catalog *catalog = memory_allocate_zeroed(database->memory, sizeof *catalog);
  database->catalog = catalog;
  if (catalog == NULL)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  static const char *const path[] = {"public"};
  catalog_use_search_path(database, path, 1);
  int code = numbering_register(database);
  if (code == TIDE_OK)
    code = staged_key_register(database);
  if (code == TIDE_OK)
    code = domain_register(database);
  if (code == TIDE_OK)
    code = sequence_register(database);
  if (code == TIDE_OK)
    code = insert_id_register(database);
  if (code == TIDE_OK)
    code = variables_register(database);
  if (code == TIDE_OK)
    code = row_functions_register(database);
  if (code == TIDE_OK)
    code = schema_open(database);
  if (code == TIDE_OK)
    code = catalog_reload(database);
  if (code == TIDE_OK)
    code = settings_open(database);
  if (code != TIDE_OK)
    catalog_close(database);
  return code;
}

void catalog_close(struct database *database) {
  struct catalog *catalog = database->catalog;
  if (catalog == NULL)
    return;
  sequence_deinit(database);
  variables_close(database);
  database->catalog = NULL;
  sqlite3_finalize(catalog->next_value);
  memset(database->types.enums, 0, sizeof database->types.enums);
  image_free(database->memory, catalog->image);
  settings_close(database);
  memory_release(database->memory, catalog);
}

/* The enums of an image become what SQLite compares by. */
static int show_enums(struct database *database, const struct image *image) {
  int result = enums_show(database->handle, &database->types, image->enums);
  return result == SQLITE_OK ? TIDE_OK : database_error(database, result);
}

int catalog_reload(struct database *database) {
  struct catalog *catalog = database->catalog;
  struct image *image;
  int code = image_load(database, &image);
  if (code == TIDE_OK && (code = show_enums(database, image)) != TIDE_OK)
    image_free(database->memory, image);
  catalog->stale = code != TIDE_OK;
  if (code != TIDE_OK)
    return code;
  if (catalog->image != catalog->kept)
    image_free(database->memory, catalog->image);
  catalog->image = image;
  catalog->version++;
  return TIDE_OK;
}

int catalog_renew(struct database *database) {
  database->catalog->staged_used = database->catalog->staged_saved = 0;
  sequence_forget(database);
  int code = schema_open(database);
  return code == TIDE_OK ? catalog_reload(database) : code;
}

void catalog_keep(struct database *database) {
  database->catalog->kept = database->catalog->image;
}

void catalog_settle(struct database *database, bool succeeded) {
  struct catalog *catalog = database->catalog;
  struct image *kept = catalog->kept;
  catalog->kept = NULL;
  if (catalog->image == kept) {
    catalog->stale = catalog->stale && succeeded;
    return;
  }
  struct image *gone = succeeded ? kept : catalog->image;
  if (!succeeded) {
    catalog->image = kept;
    catalog->stale = false;
    catalog->version++;
    show_enums(database, kept); /* cannot fail: it was shown before */
  }
  image_free(database->memory, gone);
}

int catalog_ensure(struct database *database) {
  return database->catalog->stale ? catalog_reload(database) : TIDE_OK;
}

uint64_t catalog_version(const struct database *database) {
  return database->catalog->version;
}

/* --- names --- */

static void append_doubling_dots(char **end, const char *name) {
  for (; *name != '\0'; name++) {
    *(*end)++ = *name;
    if (*name == '.')
      *(*end)++ = '.';
  }
}

const char *stored_name(struct arena *arena, const char *schema, const char *name) {
  bool public = strcmp(schema, "public") == 0;
  char *stored = arena_alloc(arena, 2 * strlen(schema) + 2 * strlen(name) + 2);
  if (stored == NULL)
    return NULL;
  char *end = stored;
  if (!public) {
    append_doubling_dots(&end, schema);
    *end++ = '.';
  }
  append_doubling_dots(&end, name);
  return stored;
}

static const struct relation *find_in_schema(const struct image *image,
                                             const char *schema, const char *name) {
  int low = 0, high = image->relation_count;
  while (low < high) {
    int middle = low + (high - low) / 2;
    const struct relation *relation = image->by_name[middle];
    int order = strcmp(relation->schema, schema);
    if (order == 0)
      order = strcmp(relation->name, name);
    if (order == 0)
      return relation;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

const struct relation *catalog_find(const struct database *database, const char *schema,
                                    const char *name) {
  const struct catalog *catalog = database->catalog;
  if (schema != NULL)
    return find_in_schema(catalog->image, schema, name);
  const struct relation *standard =
      strncmp(name, "pg_", 3) == 0 ? find_in_schema(catalog->image, "pg_catalog", name)
                                   : NULL;
  if (standard != NULL)
    return standard;
  for (int i = 0; i < catalog->path_count; i++) {
    const struct relation *found =
        find_in_schema(catalog->image, catalog->path[i], name);
    if (found != NULL)
      return found;
  }
  return NULL;
}

const struct relation *catalog_find_alike(const struct database *database,
                                          const char *schema, const char *name) {
  const struct relation *found = catalog_find(database, schema, name);
  const struct catalog *catalog = database->catalog;
  const struct image *image = catalog->image;
  int places = schema != NULL ? 1 : catalog->path_count;
  for (int i = 0; i < places && found == NULL; i++) {
    const char *place = schema != NULL ? schema : catalog->path[i];
    for (int k = 0; k < image->relation_count && found == NULL; k++) {
      const struct relation *relation = image->relations[k];
      if (sql_same_name(relation->schema, place) && sql_same_name(relation->name, name))
        found = relation;
    }
  }
  return found;
}

const struct relation *catalog_find_id(const struct database *database, int64_t id) {
  const struct image *image = database->catalog->image;
  int low = 0, high = image->relation_count;
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (image->relations[middle]->id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < image->relation_count && image->relations[low]->id == id
             ? image->relations[low]
             : NULL;
}

const struct relation *catalog_find_stored(const struct database *database,
                                           const char *stored) {
  const struct image *image = database->catalog->image;
  int low = 0, high = image->relation_count;
  while (low < high) {
    int middle = low + (high - low) / 2;
    int order = strcmp(image->by_stored[middle]->stored, stored);
    if (order == 0)
      return image->by_stored[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

static bool is_called(const char *schema, const char *name, const char *wanted_schema,
                      const char *wanted) {
  return strcmp(name, wanted) == 0 && strcmp(schema, wanted_schema) == 0;
}

static bool find_type_in(const struct image *image, const char *schema,
                         const char *name, struct type *type) {
  for (int number = 0; number < ENUMS_MAX; number++) {
    const struct enum_type *found = image->enums[number];
    if (found != NULL && is_called(found->schema, found->name, schema, name)) {
      *type = enum_type_of(number);
      return true;
    }
  }
  for (int i = 0; i < image->domain_count; i++) {
    const struct domain *found = &image->domains[i];
    if (is_called(found->schema, found->name, schema, name)) {
      *type = domain_type(found);
      return true;
    }
  }
  return false;
}

bool catalog_find_type(const struct database *database, const char *schema,
                       const char *name, struct type *type) {
  const struct catalog *catalog = database->catalog;
  if (schema != NULL)
    return find_type_in(catalog->image, schema, name, type);
  for (int i = 0; i < catalog->path_count; i++) {
    if (find_type_in(catalog->image, catalog->path[i], name, type))
      return true;
  }
  return false;
}

const struct enum_type *catalog_enum(const struct database *database,
                                     struct type type) {
  return database->catalog->image->enums[type_enum_number(type)];
}

const struct sequence *catalog_find_sequence(const struct database *database,
                                             const char *schema, const char *name) {
  const struct catalog *catalog = database->catalog;
  const struct image *image = catalog->image;
  int count = schema != NULL ? 1 : catalog->path_count;
  for (int i = 0; i < count; i++) {
    const char *place = schema != NULL ? schema : catalog->path[i];
    for (int k = 0; k < image->sequence_count; k++) {
      const struct sequence *found = &image->sequences[k];
      if (is_called(found->schema, found->name, place, name))
        return found;
    }
  }
  return NULL;
}

struct domain *image_domain(const struct image *image, int64_t number) {
  int low = 0, high = image->domain_count;
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (image->domains[middle].number < number)
      low = middle + 1;
    else
      high = middle;
  }
  return low < image->domain_count && image->domains[low].number == number
             ? &image->domains[low]
             : NULL;
}

const struct domain *catalog_domain(const struct database *database, struct type type) {
  return image_domain(database->catalog->image, type.domain);
}

const char *catalog_default(const struct database *database,
                            const struct column *column) {
  const struct domain *domain = catalog_domain(database, column->type);
  return column->default_sql == NULL && domain != NULL ? domain->default_sql
                                                       : column->default_sql;
}

/* Appends what there is room for. */
static void append_cut(char *text, size_t size, size_t *length, const char *more) {
  for (; *more != '\0' && *length + 1 < size; more++)
    text[(*length)++] = *more;
  text[*length] = '\0';
}

void catalog_format_type(const struct database *database, struct type type, char *text,
                         size_t size) {
  const struct domain *domain = catalog_domain(database, type);
  size_t length = 0;
  if (domain != NULL) {
    append_cut(text, size, &length, domain->shown);
  } else if (type_is_enum(type)) {
    append_cut(text, size, &length, catalog_enum(database, type)->shown);
    append_cut(text, size, &length, type.array ? "[]" : "");
  } else {
    type_format(type, text, size);
  }
}

void catalog_each(const struct database *database,
                  void (*visit)(const struct relation *relation, void *context),
                  void *context) {
  const struct image *image = database->catalog->image;
  for (int i = 0; i < image->relation_count; i++)
    visit(image->relations[i], context);
}

const struct schema *catalog_find_schema(const struct database *database,
                                         const char *name) {
  const struct image *image = database->catalog->image;
  for (int i = 0; i < image->schema_count; i++) {
    if (strcmp(image->schemas[i].name, name) == 0)
      return &image->schemas[i];
  }
  return NULL;
}

const struct schema *catalog_find_schema_alike(const struct database *database,
                                               const char *name) {
  const struct schema *found = catalog_find_schema(database, name);
  const struct image *image = database->catalog->image;
  for (int i = 0; i < image->schema_count && found == NULL; i++) {
    if (sql_same_name(image->schemas[i].name, name))
      found = &image->schemas[i];
  }
  return found;
}

int relation_column(const struct relation *relation, const char *name) {
  for (int i = 0; i < relation->column_count; i++) {
    if (strcmp(relation->columns[i].name, name) == 0)
      return i;
  }
  return -1;
}

/* --- the search path --- */

void catalog_use_search_path(struct database *database, const char *const *names,
                             int count) {
  struct catalog *catalog = database->catalog;
  catalog->path = names;
  catalog->path_count = count;
  catalog->version++; /* names may mean other relations now */
}

int catalog_search_path(const struct database *database, const char *const **names) {
  *names = database->catalog->path;
  return database->catalog->path_count;
}

/* --- dependencies --- */

static int read_ids(struct database *database, struct arena *arena, const char *sql,
                    int64_t id, int64_t **ids, int *count) {
  sqlite3_stmt *statement = NULL;
  int capacity = 0;
  *ids = NULL;
  *count = 0;
  bool row = false;
  int code = database_query(database, &statement, sql, "i", id);
  if (code == TIDE_OK)
    code = database_step(database, statement, &row);
  while (row && code == TIDE_OK) {
    if (*count == capacity) {
      capacity = capacity == 0 ? 8 : 2 * capacity;
      int64_t *larger = arena_alloc(arena, (size_t)capacity * sizeof *larger);
      if (larger == NULL) {
        code = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
        break;
      }
      if (*count > 0)
        memcpy(larger, *ids, (size_t)*count * sizeof *larger);
      *ids = larger;
    }
    (*ids)[(*count)++] = sqlite3_column_int64(statement, 0);
    code = database_step(database, statement, &row);
  }
  sqlite3_finalize(statement);
  return code;
}

int catalog_dependents(struct database *database, struct arena *arena, int64_t id,
                       int64_t **ids, int *count) {
  return read_ids(database, arena,
                  "SELECT relation_id FROM __tidemark_dependencies WHERE source_id = ?"
                  " ORDER BY relation_id",
                  id, ids, count);
}

int catalog_sources(struct database *database, struct arena *arena, int64_t id,
                    int64_t **ids, int *count) {
  return read_ids(database, arena,
                  "SELECT source_id FROM __tidemark_dependencies WHERE relation_id = ?"
                  " ORDER BY source_id",
                  id, ids, count);
}

/* --- settings --- */

int catalog_get_setting(struct database *database, struct arena *arena,
                        const char *name, const char **value) {
  sqlite3_stmt *statement = NULL;
  bool row = false;
  *value = NULL;
  int code =
      database_query(database, &statement,
                     "SELECT value FROM __tidemark_settings WHERE name = ?", "s", name);
  if (code == TIDE_OK)
    code = database_step(database, statement, &row);
  if (code == TIDE_OK && row) {
    const char *text;
    code = database_text_given(database, statement, 0, &text);
    *value = code == TIDE_OK ? arena_string(arena, text) : NULL;
    if (code == TIDE_OK && *value == NULL)
      code = error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  }
  sqlite3_finalize(statement);
  return code;
}

int catalog_get_count(struct database *database, const char *name, int64_t *count) {
  enum { DIGITS_MAX = 18 };
  struct arena arena;
  const char *text;
  *count = 0;
  arena_init(&arena, database->memory);
  int code = catalog_get_setting(database, &arena, name, &text);
  if (code == TIDE_OK && text != NULL) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX || text[digits] != '\0')
      code = error_set(database->error, TIDE_ERROR_CORRUPT,
                       "the setting %q of this database is no number", name);
    for (size_t i = 0; code == TIDE_OK && i < digits; i++)
      *count = *count * 10 + (text[i] - '0');
  }
  arena_deinit(&arena);
  return code;
}

int catalog_set_setting(struct database *database, const char *name,
                        const char *value) {
  return database_write(database,
                        "INSERT INTO __tidemark_settings (name, value) VALUES (?, ?)"
                        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                        "ss", name, value);
}

int catalog_set_filled(struct database *database, int64_t view, bool filled) {
  int code = database_write(
      database, "UPDATE __tidemark_views SET filled = ? WHERE relation_id = ?", "ii",
      (int64_t)filled, view);
  const struct relation *relation = catalog_find_id(database, view);
  if (code != TIDE_OK || relation == NULL || relation->view == NULL)
    return code;
  /* The one change made in place: those who sync a view keep their pointers to it. */
  relation->view->filled = filled;
  database->catalog->version++;
  return TIDE_OK;
}
