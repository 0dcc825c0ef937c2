/* Reads the catalog's tables into memory. */
#include "catalog/image.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/standard.h"
#include "sql/print.h"

/* How many there is room for in a relation: what one query has counted, and another reads. */
struct room {
  int columns, keys, constraints, indexes;
};

/* How many rows the tables have: most are empty in most databases, and those are not asked. */
struct counts {
  int schemas, relations, indexes, constraints, views;
  int extensions, types, domains, sequences;
};

/* What all reading functions share. `code` is sticky. */
struct loader {
  struct database *database;
  struct image *image;
  struct counts counts;
  int relations;                      /* how many there is room for */
  struct room *rooms;                 /* of image->relations */
  struct enum_type *types[ENUMS_MAX]; /* image->enums while they are made */
  int labels[ENUMS_MAX];              /* how many there is room for */
  int *checks;                        /* … of each of image->domains */
  sqlite3_stmt *statement;
  sqlite3_stmt *columns_of_constraint; /* for the many constraints there may be */
  int code;
};

static void *allocate(struct loader *loader, int count, size_t size) {
  if (count <= 0)
    return NULL;
  void *memory = arena_alloc(&loader->image->arena, (size_t)count * size);
  if (memory == NULL && loader->code == TIDE_OK)
    loader->code =
        error_set(loader->database->error, TIDE_ERROR_NOMEM, "out of memory");
  return memory;
}

/* Text of the current row, copied; NULL for SQL's NULL. */
static const char *text(struct loader *loader, int column) {
  if (sqlite3_column_type(loader->statement, column) == SQLITE_NULL)
    return NULL;
  const char *value = (const char *)sqlite3_column_text(loader->statement, column);
  value = value == NULL ? NULL : arena_string(&loader->image->arena, value);
  if (value == NULL && loader->code == TIDE_OK)
    loader->code =
        error_set(loader->database->error, TIDE_ERROR_NOMEM, "out of memory");
  return value;
}

/* The table's rows contradict each other: only a damaged file can get here. */
static void inconsistent(struct loader *loader) {
  if (loader->code == TIDE_OK)
    loader->code = error_set(loader->database->error, TIDE_ERROR_CORRUPT,
                             "the catalog of this database contradicts itself");
}

/* Text that has to be there. */
static const char *required(struct loader *loader, int column) {
  const char *value = text(loader, column);
  if (value == NULL)
    inconsistent(loader);
  return value;
}

/* Is there room for one more than `count`? */
static bool has_room(struct loader *loader, int count, int room) {
  if (count < room)
    return true;
  inconsistent(loader);
  return false;
}

static int integer(struct loader *loader, int column) {
  return sqlite3_column_int(loader->statement, column);
}

static int64_t integer64(struct loader *loader, int column) {
  return sqlite3_column_int64(loader->statement, column);
}

/* Runs `sql` and calls `read` for each row; `count` 0: there are none. */
static void each_row(struct loader *loader, int count, const char *sql,
                     void (*read)(struct loader *loader)) {
  if (loader->code != TIDE_OK || count == 0)
    return;
  loader->code = database_prepare(loader->database, sql, false, &loader->statement);
  bool row = loader->code == TIDE_OK;
  while (row) {
    loader->code = database_step(loader->database, loader->statement, &row);
    if (row)
      read(loader);
    row = row && loader->code == TIDE_OK;
  }
  sqlite3_finalize(loader->statement);
  loader->statement = NULL;
}

static void read_counts(struct loader *loader) {
  loader->counts =
      (struct counts){integer(loader, 0), integer(loader, 1), integer(loader, 2),
                      integer(loader, 3), integer(loader, 4), integer(loader, 5),
                      integer(loader, 6), integer(loader, 7), integer(loader, 8)};
}

static void count_rows(struct loader *loader) {
  each_row(loader, 1,
           "SELECT (SELECT count(*) FROM __tidemark_schemas),"
           " (SELECT count(*) FROM __tidemark_relations),"
           " (SELECT count(*) FROM __tidemark_indexes),"
           " (SELECT count(*) FROM __tidemark_constraints),"
           " (SELECT count(*) FROM __tidemark_views),"
           " (SELECT count(*) FROM __tidemark_extensions),"
           " (SELECT count(*) FROM __tidemark_types),"
           " (SELECT count(*) FROM __tidemark_domains),"
           " (SELECT count(*) FROM __tidemark_sequences)",
           read_counts);
}

/* --- schemas and relations --- */

static void read_schema(struct loader *loader) {
  struct image *image = loader->image;
  if (!has_room(loader, image->schema_count, loader->counts.schemas))
    return;
  struct schema *schema = &image->schemas[image->schema_count++];
  schema->id = integer64(loader, 0);
  schema->name = required(loader, 1);
  schema->default_replication_origin = text(loader, 2);
}

static void load_schemas(struct loader *loader) {
  int count = loader->counts.schemas;
  loader->image->schemas = allocate(loader, count, sizeof *loader->image->schemas);
  each_row(loader, count,
           "SELECT id, name, default_replication_origin FROM __tidemark_schemas"
           " ORDER BY id",
           read_schema);
}

static void read_relation(struct loader *loader) {
  struct image *image = loader->image;
  struct relation *relation = allocate(loader, 1, sizeof *relation);
  const char *kind = (const char *)sqlite3_column_text(loader->statement, 4);
  if (relation == NULL || !has_room(loader, image->relation_count, loader->relations))
    return;
  relation->id = integer64(loader, 0);
  relation->schema = required(loader, 1);
  relation->name = required(loader, 2);
  relation->stored = required(loader, 3);
  relation->kind =
      kind != NULL && strcmp(kind, "table") == 0 ? RELATION_TABLE : RELATION_VIEW;
  relation->row_id = -1;
  struct room room = {integer(loader, 5), integer(loader, 6), integer(loader, 7),
                      integer(loader, 8)};
  relation->columns = allocate(loader, room.columns, sizeof *relation->columns);
  relation->keys = allocate(loader, room.keys, sizeof *relation->keys);
  relation->constraints =
      allocate(loader, room.constraints, sizeof *relation->constraints);
  relation->indexes = allocate(loader, room.indexes, sizeof *relation->indexes);
  loader->rooms[image->relation_count] = room;
  if (relation->kind == RELATION_VIEW)
    relation->view = allocate(loader, 1, sizeof *relation->view);
  image->relations[image->relation_count++] = relation;
}

/* The sets that follow are read in the order of relations; `id` is the current row's. */
static struct relation *relation_of(struct loader *loader, int64_t id,
                                    const struct room **room) {
  struct image *image = loader->image;
  int low = 0, high = image->relation_count;
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (image->relations[middle]->id < id)
      low = middle + 1;
    else
      high = middle;
  }
  if (low < image->relation_count && image->relations[low]->id == id) {
    *room = &loader->rooms[low];
    return image->relations[low];
  }
  inconsistent(loader);
  return NULL;
}

/* What record_column() wrote; TYPE_COUNT: nothing that it writes. */
static enum type_id type_recorded(const char *name) {
  int number = name ? enum_by_collation(name) : -1;
  if (number >= 0)
    return (enum type_id)(TYPE_ENUM + number);
  return name ? type_by_name(name) : TYPE_COUNT;
}

/* A type as columns and domains have it, in six columns of the current row. */
static struct type read_type_of(struct loader *loader, int column) {
  const char *name = (const char *)sqlite3_column_text(loader->statement, column);
  struct type type = {.id = type_recorded(name),
                      .array = integer(loader, column + 1) != 0,
                      .precision = integer(loader, column + 2),
                      .scale = integer(loader, column + 3),
                      .domain = integer(loader, column + 4)};
  if (type.id == TYPE_COUNT)
    inconsistent(loader);
  return type;
}

static void read_column(struct loader *loader) {
  const struct room *room;
  struct relation *relation = relation_of(loader, integer64(loader, 0), &room);
  if (relation == NULL || !has_room(loader, relation->column_count, room->columns))
    return;
  struct column *column = &relation->columns[relation->column_count++];
  column->position = integer64(loader, 1);
  column->name = required(loader, 2);
  column->type = read_type_of(loader, 3);
  column->not_null = integer(loader, 8) != 0;
  column->generated = integer(loader, 9) != 0;
  column->identity = integer(loader, 10) == 1 || integer(loader, 10) == 2;
  column->identity_always = integer(loader, 10) == 2 || integer(loader, 10) == 4;
  column->identity_sequence = integer(loader, 10) >= 3;
  column->hidden = integer(loader, 11) != 0;
  column->default_sql = text(loader, 12);
  if (integer(loader, 13) != 0)
    relation->row_id = relation->column_count - 1;
  column->named = integer(loader, 14) != 0;
  column->told = text(loader, 15);
  column->on_update_sql = text(loader, 16);
}

/* --- keys, constraints, indexes --- */

static int column_at(struct loader *loader, const struct relation *relation,
                     int64_t position) {
  for (int i = 0; relation != NULL && i < relation->column_count; i++) {
    if (relation->columns[i].position == position)
      return i;
  }
  inconsistent(loader);
  return 0;
}

/* Fills `columns` and, if not NULL, `referenced`: `count` of them. */
static void read_constraint_columns(struct loader *loader, int64_t constraint,
                                    const struct relation *relation, int count,
                                    int *columns, const struct relation *target,
                                    int *referenced) {
  sqlite3_stmt **statement = &loader->columns_of_constraint;
  bool row = false;
  int code = TIDE_OK;
  if (*statement == NULL)
    code = database_prepare(loader->database,
                            "SELECT position, referenced_position"
                            " FROM __tidemark_constraint_columns"
                            " WHERE constraint_id = ? ORDER BY ordinal",
                            false, statement);
  if (code == TIDE_OK)
    code =
        database_error(loader->database, sqlite3_bind_int64(*statement, 1, constraint));
  if (code == TIDE_OK)
    code = database_step(loader->database, *statement, &row);
  for (int i = 0; row && code == TIDE_OK && has_room(loader, i, count); i++) {
    columns[i] = column_at(loader, relation, sqlite3_column_int64(*statement, 0));
    if (referenced != NULL)
      referenced[i] = column_at(loader, target, sqlite3_column_int64(*statement, 1));
    code = database_step(loader->database, *statement, &row);
  }
  sqlite3_reset(*statement);
  if (loader->code == TIDE_OK)
    loader->code = code;
}

static void read_key(struct loader *loader, struct relation *relation, bool primary,
                     const struct room *room) {
  if (!has_room(loader, relation->key_count, room->keys))
    return;
  struct key *key = &relation->keys[relation->key_count];
  key->name = required(loader, 2);
  key->primary = primary;
  key->count = integer(loader, 8);
  key->columns = allocate(loader, key->count, sizeof *key->columns);
  if (loader->code != TIDE_OK)
    return;
  relation->key_count++;
  read_constraint_columns(loader, integer64(loader, 0), relation, key->count,
                          key->columns, NULL, NULL);
}

/* A unique index with WHERE: its columns are wanted only to know it by SQLite's messages. */
static void read_partial_index(struct loader *loader, struct relation *relation) {
  const char *name = (const char *)sqlite3_column_text(loader->statement, 2);
  for (int i = 0; name != NULL && i < relation->index_count; i++) {
    struct index *index = &relation->indexes[i];
    if (strcmp(index->name, name) != 0)
      continue;
    int count = integer(loader, 8);
    index->columns = allocate(loader, count, sizeof *index->columns);
    if (loader->code == TIDE_OK)
      read_constraint_columns(loader, integer64(loader, 0), relation, count,
                              index->columns, NULL, NULL);
    index->count = count;
    return;
  }
  inconsistent(loader);
}

static void read_constraint(struct loader *loader) {
  const struct room *room;
  struct relation *relation = relation_of(loader, integer64(loader, 1), &room);
  const char *kind = (const char *)sqlite3_column_text(loader->statement, 3);
  if (relation == NULL || kind == NULL)
    return;
  if (strcmp(kind, "partial index") == 0) {
    read_partial_index(loader, relation);
    return;
  }
  if (kind[0] == 'p' || kind[0] == 'u') {
    read_key(loader, relation, kind[0] == 'p', room);
    return;
  }
  if (!has_room(loader, relation->constraint_count, room->constraints))
    return;
  struct constraint *constraint = &relation->constraints[relation->constraint_count];
  constraint->name = required(loader, 2);
  constraint->expression = text(loader, 4);
  constraint->referenced = integer64(loader, 5);
  constraint->on_delete = (enum sql_foreign_action)integer(loader, 6);
  constraint->on_update = (enum sql_foreign_action)integer(loader, 7);
  constraint->count = integer(loader, 8);
  constraint->columns = allocate(loader, constraint->count, sizeof(int));
  constraint->referenced_columns = allocate(loader, constraint->count, sizeof(int));
  if (loader->code != TIDE_OK)
    return;
  relation->constraint_count++;
  if (constraint->referenced != 0) {
    const struct relation *target = relation_of(loader, constraint->referenced, &room);
    read_constraint_columns(loader, integer64(loader, 0), relation, constraint->count,
                            constraint->columns, target,
                            constraint->referenced_columns);
  }
}

static void read_index(struct loader *loader) {
  const struct room *room;
  struct relation *relation = relation_of(loader, integer64(loader, 0), &room);
  if (relation == NULL || !has_room(loader, relation->index_count, room->indexes))
    return;
  struct index *index = &relation->indexes[relation->index_count++];
  index->name = required(loader, 1);
  index->definition = required(loader, 2);
}

/* --- views --- */

static enum sql_view_mode view_mode(struct loader *loader, int column) {
  static const char *const names[] = {"runtime", "materialized", "realtime"};
  static const enum sql_view_mode modes[] = {SQL_RUNTIME, SQL_MATERIALIZED_VIEW,
                                             SQL_REALTIME};
  const char *name = (const char *)sqlite3_column_text(loader->statement, column);
  for (size_t i = 0; name != NULL && i < sizeof names / sizeof names[0]; i++)
    if (strcmp(name, names[i]) == 0)
      return modes[i];
  inconsistent(loader);
  return SQL_RUNTIME;
}

static void read_view(struct loader *loader) {
  const struct room *room;
  struct relation *relation = relation_of(loader, integer64(loader, 0), &room);
  if (relation == NULL || relation->view == NULL)
    return;
  struct view *view = relation->view;
  sqlite3_stmt *row = loader->statement;
  view->mode = view_mode(loader, 1);
  view->query_sql = text(loader, 2);
  view->replication_origin = text(loader, 3);
  if (integer(loader, 4) != 0)
    view->replication_origin = "INHERIT";
  view->origin = text(loader, 5);
  view->join_pushdown_size = integer64(loader, 6);
  view->join_memoization = integer(loader, 7) != 0;
  const char *policy = (const char *)sqlite3_column_text(row, 8);
  view->write_policy = policy != NULL && strcmp(policy, "local_first") == 0
                           ? WRITE_LOCAL_FIRST
                           : WRITE_ORIGIN_FIRST;
  view->upstream_mvcc_key = text(loader, 9);
  const char *granularity = (const char *)sqlite3_column_text(row, 17);
  view->conflict_granularity =
      granularity != NULL && strcmp(granularity, "columns") == 0 ? CONFLICT_COLUMNS
                                                                 : CONFLICT_ROW;
  view->described = integer(loader, 10) != 0;
  view->filled = integer(loader, 11) != 0;
  view->time_refresh = integer(loader, 16) != 0;
  view->not_updatable_because = text(loader, 15);
  if (view->not_updatable_because != NULL)
    return;
  struct write_path *path = allocate(loader, 1, sizeof *path);
  if (path == NULL)
    return;
  path->origin_schema = text(loader, 12);
  path->origin_name = text(loader, 13);
  path->filter_sql = text(loader, 14);
  path->origin_column =
      allocate(loader, relation->column_count, sizeof *path->origin_column);
  if (relation->key_count > 0) {
    path->key_count = relation->keys[0].count;
    path->key = relation->keys[0].columns;
  }
  view->write_path = path;
}

/* Of each view's columns: what writing to them writes to. */
static void read_origin_column(struct loader *loader) {
  const struct room *room;
  struct relation *relation = relation_of(loader, integer64(loader, 0), &room);
  if (relation == NULL || relation->view == NULL || relation->view->write_path == NULL)
    return;
  int column = column_at(loader, relation, integer64(loader, 1));
  if (loader->code == TIDE_OK)
    relation->view->write_path->origin_column[column] = text(loader, 2);
}

static void load_stored_relations(struct loader *loader) {
  const struct counts *counts = &loader->counts;
  each_row(
      loader, counts->relations,
      "SELECT r.id, s.name, r.name, r.stored, r.kind,"
      " (SELECT count(*) FROM __tidemark_columns c"
      "   WHERE c.relation_id = r.id AND c.type <> ''),"
      " (SELECT count(*) FROM __tidemark_constraints k WHERE k.relation_id = r.id"
      "   AND k.kind IN ('primary key', 'unique', 'unique index')),"
      " (SELECT count(*) FROM __tidemark_constraints k WHERE k.relation_id = r.id"
      "   AND k.kind IN ('check', 'foreign key')),"
      " (SELECT count(*) FROM __tidemark_indexes i WHERE i.relation_id = r.id)"
      " FROM __tidemark_relations r JOIN __tidemark_schemas s ON s.id = r.schema_id"
      " ORDER BY r.id",
      read_relation);
  each_row(
      loader, counts->relations,
      "SELECT c.relation_id, c.position, c.name, c.type_name, c.type_array,"
      " c.type_precision, c.type_scale, c.domain_id, c.not_null, c.generated,"
      " c.identity, c.hidden, c.expression, c.position IS r.row_id, c.named, c.told,"
      " c.on_update"
      " FROM __tidemark_columns c JOIN __tidemark_relations r ON r.id = c.relation_id"
      " WHERE c.type <> '' ORDER BY c.relation_id, c.position",
      read_column);
  each_row(loader, counts->indexes,
           "SELECT relation_id, name, definition FROM __tidemark_indexes"
           " ORDER BY relation_id, id",
           read_index);
  each_row(loader, counts->constraints,
           "SELECT k.id, k.relation_id, k.name, k.kind, k.expression, k.referenced_id,"
           " k.on_delete, k.on_update, (SELECT count(*) FROM"
           "   __tidemark_constraint_columns c WHERE c.constraint_id = k.id)"
           " FROM __tidemark_constraints k"
           " ORDER BY k.relation_id, k.kind <> 'primary key', k.id",
           read_constraint);
  each_row(loader, counts->views,
           "SELECT relation_id, mode, query, replication_origin, inherits, origin,"
           " coalesce(join_pushdown_size, 1000), coalesce(join_memoization, 1),"
           " write_policy, upstream_mvcc_key, described, filled,"
           " write_schema, write_name, write_filter, not_updatable_because,"
           " time_refresh IS NOT NULL, conflict_granularity"
           " FROM __tidemark_views ORDER BY relation_id",
           read_view);
  each_row(loader, counts->views,
           "SELECT relation_id, position, origin_column FROM __tidemark_columns"
           " WHERE origin_column IS NOT NULL AND type <> '' ORDER BY relation_id",
           read_origin_column);
}

/* --- system relations --- */

static int count_system_relations(void) {
  return system_relation_count + catalog_table_count + information_schema_count +
         pg_catalog_count + 1; /* catalog_types */
}

/* `stored` NULL: as is usual for such a name. Returns NULL on failure. */
static struct relation *add_system_relation(struct loader *loader, const char *schema,
                                            const char *name, const char *stored) {
  struct image *image = loader->image;
  struct relation *relation = allocate(loader, 1, sizeof *relation);
  if (relation == NULL || loader->code != TIDE_OK)
    return NULL;
  /* below all stored ones, in order */
  relation->id = image->relation_count - count_system_relations();
  relation->kind = RELATION_SYSTEM;
  relation->schema = schema;
  relation->name = name;
  relation->stored = stored != NULL ? stored : stored_name(&image->arena, schema, name);
  relation->row_id = -1;
  if (relation->stored == NULL) {
    loader->code =
        error_set(loader->database->error, TIDE_ERROR_NOMEM, "out of memory");
    return NULL;
  }
  image->relations[image->relation_count++] = relation;
  return relation;
}

static void load_system_columns(struct loader *loader, struct relation *relation,
                                const struct system_column *columns, int count) {
  if (relation == NULL)
    return;
  relation->columns = allocate(loader, count, sizeof *relation->columns);
  if (relation->columns == NULL)
    return;
  relation->column_count = count;
  for (int i = 0; i < count; i++) {
    relation->columns[i].position = i + 1;
    relation->columns[i].name = columns[i].name;
    relation->columns[i].type = TYPE(columns[i].type);
  }
}

static void load_standard_relation(struct loader *loader,
                                   const struct standard_relation *standard) {
  struct relation *relation =
      add_system_relation(loader, standard->schema, standard->name, NULL);
  if (relation != NULL)
    relation->query = standard->query;
}

static void load_system_relations(struct loader *loader) {
  for (int i = 0; i < system_relation_count; i++) {
    const struct system_relation *system = &system_relations[i];
    load_system_columns(loader,
                        add_system_relation(loader, "tidemark", system->name, NULL),
                        system->columns, system->column_count);
  }
  for (int i = 0; i < catalog_table_count; i++) {
    const struct catalog_table *table = &catalog_tables[i];
    load_system_columns(
        loader, add_system_relation(loader, CATALOG_SCHEMA, table->name, table->stored),
        table->columns, table->column_count);
  }
  load_standard_relation(loader, &catalog_types);
  for (int i = 0; i < information_schema_count; i++)
    load_standard_relation(loader, &information_schema[i]);
  for (int i = 0; i < pg_catalog_count; i++)
    load_standard_relation(loader, &pg_catalog[i]);
}

/* --- enums and domains --- */

/* As people write it: public is in every search path. A failure that made the catalog be read again stays told. */
static const char *shown_name(struct loader *loader, const char *schema,
                              const char *type) {
  struct arena *arena = &loader->image->arena;
  struct sql_node *name = sql_node_text(arena, SQL_NAME, 0, type);
  struct error ignored = {0};
  struct buffer text;
  buffer_init(&text, loader->database->memory);
  if (name != NULL && strcmp(schema, "public") != 0)
    name->child[NAME_SCHEMA] = sql_node_text(arena, SQL_NAME, 0, schema);
  if (name != NULL)
    sql_print(name, SQL_DIALECT_POSTGRES, &text, &ignored);
  const char *shown = text.failed ? NULL : arena_string(arena, buffer_string(&text));
  buffer_deinit(&text);
  if (arena->failed && loader->code == TIDE_OK)
    loader->code =
        error_set(loader->database->error, TIDE_ERROR_NOMEM, "out of memory");
  return shown;
}

static void read_type(struct loader *loader) {
  int64_t number = integer64(loader, 0);
  if (number < 0 || number >= ENUMS_MAX) {
    inconsistent(loader);
    return;
  }
  struct enum_type *type = allocate(loader, 1, sizeof *type);
  int labels = integer(loader, 3);
  if (type == NULL)
    return;
  type->schema = required(loader, 1);
  type->name = required(loader, 2);
  type->labels = allocate(loader, labels, sizeof *type->labels);
  type->sorted = allocate(loader, labels, sizeof *type->sorted);
  if (loader->code == TIDE_OK)
    type->shown = shown_name(loader, type->schema, type->name);
  loader->labels[number] = labels;
  loader->image->enums[number] = loader->types[number] = type;
}

static void read_label(struct loader *loader) {
  int64_t number = integer64(loader, 0);
  struct enum_type *type =
      number >= 0 && number < ENUMS_MAX ? loader->types[number] : NULL;
  if (type == NULL)
    inconsistent(loader);
  else if (has_room(loader, type->count, loader->labels[number]))
    type->labels[type->count++] = required(loader, 1);
}

static void load_types(struct loader *loader) {
  each_row(loader, loader->counts.types,
           "SELECT t.id, s.name, t.name, (SELECT count(*) FROM __tidemark_labels l"
           "  WHERE l.type_id = t.id)"
           " FROM __tidemark_types t JOIN __tidemark_schemas s ON s.id = t.schema_id",
           read_type);
  each_row(loader, loader->counts.types,
           "SELECT type_id, label FROM __tidemark_labels ORDER BY type_id, ordinal",
           read_label);
  for (int i = 0; i < ENUMS_MAX && loader->code == TIDE_OK; i++) {
    if (loader->types[i] != NULL)
      enum_sort(loader->types[i]);
  }
}

static void read_domain(struct loader *loader) {
  struct image *image = loader->image;
  if (!has_room(loader, image->domain_count, loader->counts.domains))
    return;
  struct domain *domain = &image->domains[image->domain_count++];
  domain->number = integer(loader, 0);
  domain->schema = required(loader, 1);
  domain->name = required(loader, 2);
  domain->type = read_type_of(loader, 3);
  domain->not_null = integer(loader, 8) != 0;
  domain->default_sql = text(loader, 9);
  int checks = integer(loader, 10);
  loader->checks[domain - image->domains] = checks;
  domain->checks = allocate(loader, checks, sizeof *domain->checks);
  if (loader->code == TIDE_OK)
    domain->shown = shown_name(loader, domain->schema, domain->name);
}

static void read_domain_check(struct loader *loader) {
  struct domain *domain = image_domain(loader->image, integer64(loader, 0));
  if (domain == NULL) {
    inconsistent(loader);
    return;
  }
  if (!has_room(loader, domain->check_count,
                loader->checks[domain - loader->image->domains]))
    return;
  struct domain_check *check = &domain->checks[domain->check_count++];
  check->name = required(loader, 1);
  check->expression = required(loader, 2);
  check->validated = integer(loader, 3) != 0;
}

static void load_domains(struct loader *loader) {
  int count = loader->counts.domains;
  loader->image->domains = allocate(loader, count, sizeof *loader->image->domains);
  loader->checks = allocate(loader, count, sizeof *loader->checks);
  each_row(loader, count,
           "SELECT d.id, s.name, d.name, d.type_name, d.type_array, d.type_precision,"
           " d.type_scale, d.domain_id, d.not_null, d.expression,"
           " (SELECT count(*) FROM __tidemark_domain_checks c WHERE c.domain_id = d.id)"
           " FROM __tidemark_domains d JOIN __tidemark_schemas s ON s.id = d.schema_id"
           " ORDER BY d.id",
           read_domain);
  each_row(loader, count,
           "SELECT domain_id, name, expression, validated FROM __tidemark_domain_checks"
           " ORDER BY domain_id, name",
           read_domain_check);
}

/* --- sequences --- */

static void read_sequence(struct loader *loader) {
  struct image *image = loader->image;
  if (!has_room(loader, image->sequence_count, loader->counts.sequences))
    return;
  struct sequence *sequence = &image->sequences[image->sequence_count++];
  sequence->id = integer64(loader, 0);
  sequence->schema = required(loader, 1);
  sequence->name = required(loader, 2);
  sequence->type =
      type_recorded((const char *)sqlite3_column_text(loader->statement, 3));
  sequence->start = integer64(loader, 4);
  sequence->minimum = integer64(loader, 5);
  sequence->maximum = integer64(loader, 6);
  sequence->increment = integer64(loader, 7);
  sequence->cache = integer64(loader, 8);
  sequence->cycle = integer(loader, 9) != 0;
  sequence->owner = integer64(loader, 10);
  sequence->owner_position = integer64(loader, 11);
  if (sequence->type == TYPE_COUNT || sequence->increment == 0)
    inconsistent(loader);
}

static void load_sequences(struct loader *loader) {
  int count = loader->counts.sequences;
  loader->image->sequences = allocate(loader, count, sizeof *loader->image->sequences);
  each_row(
      loader, count,
      "SELECT q.id, s.name, q.name, q.type_name, q.start, q.minimum, q.maximum,"
      " q.increment, q.cache, q.cycle, q.owner_id, q.owner_position"
      " FROM __tidemark_sequences q JOIN __tidemark_schemas s ON s.id = q.schema_id"
      " ORDER BY q.id",
      read_sequence);
}

static void read_extension(struct loader *loader) {
  struct image *image = loader->image;
  if (has_room(loader, image->extension_count, loader->counts.extensions))
    image->extensions[image->extension_count++] = required(loader, 0);
}

static void load_extensions(struct loader *loader) {
  int count = loader->counts.extensions;
  loader->image->extensions = allocate(loader, count, sizeof(const char *));
  each_row(loader, count, "SELECT name FROM __tidemark_extensions", read_extension);
}

/* What was counted has been read, and fits together. */
static void check_counts(struct loader *loader) {
  const struct image *image = loader->image;
  for (int i = 0; i < image->relation_count && loader->code == TIDE_OK; i++) {
    const struct relation *relation = image->relations[i];
    const struct room *room = &loader->rooms[i];
    if (relation->kind != RELATION_SYSTEM &&
        (relation->column_count != room->columns || relation->key_count != room->keys ||
         relation->constraint_count != room->constraints ||
         relation->index_count != room->indexes))
      inconsistent(loader);
  }
  if (loader->code == TIDE_OK && !image_fits_together(image))
    inconsistent(loader);
}

/* --- the orders by which relations are found --- */

static int compare_names(const void *left, const void *right) {
  const struct relation *a = *(struct relation *const *)left;
  const struct relation *b = *(struct relation *const *)right;
  int order = strcmp(a->schema, b->schema);
  return order != 0 ? order : strcmp(a->name, b->name);
}

static int compare_stored(const void *left, const void *right) {
  const struct relation *a = *(struct relation *const *)left;
  const struct relation *b = *(struct relation *const *)right;
  return strcmp(a->stored, b->stored);
}

static struct relation **sorted(struct loader *loader,
                                int (*compare)(const void *, const void *)) {
  size_t count = (size_t)loader->image->relation_count;
  struct relation **copy =
      allocate(loader, loader->image->relation_count, sizeof *copy);
  if (copy == NULL || loader->code != TIDE_OK)
    return NULL;
  memcpy(copy, loader->image->relations, count * sizeof *copy);
  qsort(copy, count, sizeof *copy, compare);
  return copy;
}

int image_load(struct database *database, struct image **image) {
  struct loader loader = {.database = database};
  *image = loader.image = memory_allocate_zeroed(database->memory, sizeof **image);
  if (*image == NULL)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  arena_init(&(*image)->arena, database->memory);
  count_rows(&loader);
  loader.relations = loader.counts.relations + count_system_relations();
  loader.rooms = allocate(&loader, loader.relations, sizeof *loader.rooms);
  (*image)->relations = allocate(&loader, loader.relations, sizeof(struct relation *));
  load_schemas(&loader);
  load_extensions(&loader);
  load_types(&loader);
  load_domains(&loader);
  load_sequences(&loader);
  load_system_relations(&loader);
  load_stored_relations(&loader);
  check_counts(&loader);
  sqlite3_finalize(loader.columns_of_constraint);
  (*image)->by_name = sorted(&loader, compare_names);
  (*image)->by_stored = sorted(&loader, compare_stored);
  if (loader.code != TIDE_OK) {
    image_free(database->memory, *image);
    *image = NULL;
  }
  return loader.code;
}

void image_free(struct memory *memory, struct image *image) {
  if (image == NULL)
    return;
  for (int i = 0; i < image->domain_count; i++)
    sqlite3_finalize(image->domains[i].test);
  arena_deinit(&image->arena);
  memory_release(memory, image);
}
