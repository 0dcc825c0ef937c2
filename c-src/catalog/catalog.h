/* What exists: schemas, tables, columns, keys, views, options and who depends on whom.
 *
 * The truth is in tables of the database file (`__tidemark_…`, DDL in schema.c); this is their image in memory,
 * read anew when a definition changes or a transaction that changed one rolls back.
 *
 * LIFE. A definition that succeeds makes a new image and frees the one before it: every pointer to a relation
 * then becomes invalid. Whoever keeps one across statements remembers catalog_version as well and compares.
 *
 * NAMES IN SQLITE. A relation of schema public is stored under its own name, one of schema s as "s.name"; a dot
 * inside a name is doubled, so no two relations share a stored name. Indexes follow the same rule. A view that
 * keeps rows is a SQLite table under that name as well. SQLite names a CHECK in its messages, but not the
 * table, so their names carry the relation's id: `__type_<id>_<column>` guards a type, `__check_<id>_<name>`
 * is the user's.
 */
#ifndef TIDE_CATALOG_CATALOG_H
#define TIDE_CATALOG_CATALOG_H

#include "catalog/database.h"
#include "sql/ast.h"
#include "types/enum.h"

struct column {
  int64_t position; /* stays the same for as long as the column exists */
  const char *name;
  struct type type;
  bool not_null;
  bool generated; /* GENERATED ALWAYS AS (…) STORED */
  bool
      identity; /* serial or GENERATED … AS IDENTITY: SQLite's rowid numbers it, or a sequence row does */
  bool identity_always; /* … and no other value may be given */
  bool
      identity_sequence; /* GENERATED … AS IDENTITY (…): its default is the next number of a sequence of its own */
  bool named;            /* of a view: its column list gave the name */
  const char
      *told;   /* of a foreign view: what its query calls it at the origin; else NULL */
  bool hidden; /* __staged, __version: not part of SELECT * */
  const char *
      default_sql; /* PostgreSQL text, or NULL; of a generated column: what generates it */
  const char *on_update_sql; /* what it becomes when its row changes; or NULL */
};

enum relation_kind {
  RELATION_TABLE,
  RELATION_VIEW,
  RELATION_SYSTEM /* of schemas tidemark, information_schema and pg_catalog: read-only */
};

/* A primary or unique key: PRIMARY KEY, UNIQUE, or a unique index over plain columns without WHERE. */
struct key {
  const char *name;
  bool primary;
  int count;
  int *columns; /* indexes into relation.columns */
};

/* CHECK, or FOREIGN KEY when `referenced` is set. */
struct constraint {
  const char *name;
  const char *expression; /* of a CHECK: PostgreSQL text */
  int count;
  int *columns;            /* of a FOREIGN KEY: indexes into relation.columns */
  int64_t referenced;      /* id of the table it refers to, or 0 */
  int *referenced_columns; /* [count] indexes there */
  enum sql_foreign_action on_delete, on_update;
};

/* Made by CREATE INDEX. */
struct index {
  const char *name;
  const char *definition; /* PostgreSQL text of the whole CREATE INDEX statement */
  int count; /* of a UNIQUE one over plain columns with WHERE: its columns, else 0 */
  int *columns;
};

enum write_policy { WRITE_ORIGIN_FIRST, WRITE_LOCAL_FIRST };

/* What must be as a write found it, when the version of its row has moved at the origin. */
enum conflict_granularity {
  CONFLICT_ROW,    /* the row as the view shows it */
  CONFLICT_COLUMNS /* of an update: the columns that it sets */
};

/* How a view that can be written maps to its one origin relation. */
struct write_path {
  const char *origin_schema, *origin_name; /* at the origin, or here for a local view */
  const char *
      *origin_column; /* per view column: the origin's name; NULL: cannot be written */
  int key_count;
  int *key;               /* indexes of view columns that are the origin's key */
  const char *filter_sql; /* PostgreSQL text over the origin's columns, or NULL */
};

struct view {
  enum sql_view_mode mode;
  const char *query_sql;          /* as PostgreSQL text, verbatim meaning of AS … */
  const char *replication_origin; /* as written: a string, "INHERIT", or NULL */
  const char *origin; /* in effect: verbatim origin id, or NULL for a local view */
  int64_t join_pushdown_size;
  bool join_memoization;
  enum write_policy write_policy;
  const char *upstream_mvcc_key; /* as given, or NULL */
  enum conflict_granularity conflict_granularity;
  bool
      time_refresh; /* computed anew from time to time by somebody: it may call now() */
  bool described;   /* foreign: the origin has told columns, types and key */
  bool filled;      /* foreign, keeping rows: has been filled once */
  struct write_path *write_path;     /* NULL: cannot be written, for the reason below */
  const char *not_updatable_because; /* NULL when write_path is set */
};

struct relation {
  int64_t id;
  enum relation_kind kind;
  const char *schema, *name;
  const char *stored; /* name in SQLite */
  int column_count;
  struct column *columns;
  int row_id; /* the column that is SQLite's rowid (INTEGER PRIMARY KEY), or -1 */
  int key_count;
  struct key *keys; /* the primary key first, if there is one */
  int constraint_count;
  struct constraint *constraints;
  int index_count;
  struct index *indexes;
  struct view *view; /* of a RELATION_VIEW */
  const char
      *query; /* of a RELATION_SYSTEM that is no relation in SQLite: what it shows
                        (catalog/standard.h); it has no columns then */
};

struct domain_check {
  const char *name;
  const char *expression; /* PostgreSQL text over VALUE */
  bool validated;         /* columns' rows are known to obey */
};

/* A type that CREATE DOMAIN has narrowed: `struct type`.domain is its number. */
struct domain {
  int number;
  const char *schema, *name;
  const char *shown; /* as people write it */
  struct type type;  /* what it is over; with the number of a domain when that is one */
  bool not_null;
  const char *default_sql; /* PostgreSQL text, or NULL */
  int check_count;
  struct domain_check *checks; /* in the order of their names, as they are checked */
  sqlite3_stmt *test;          /* of domain.c, kept prepared */
};

/* Made by CREATE SEQUENCE. Which number it is at, sequence.c knows. */
struct sequence {
  int64_t id; /* never used twice */
  const char *schema, *name;
  enum type_id type;
  int64_t start, minimum, maximum, increment, cache;
  bool cycle;
  int64_t owner; /* id of the table with the column that it goes with, or 0 */
  int64_t owner_position;
};

struct schema {
  int64_t id;
  const char *name;
  const char *default_replication_origin; /* or NULL */
};

/* A view local and runtime is expanded where it is used; a foreign runtime one is fetched. */
static inline bool relation_is_foreign(const struct relation *relation) {
  return relation->view && relation->view->origin;
}
static inline bool relation_keeps_rows(const struct relation *relation) {
  return !relation->view || relation->view->mode != SQL_RUNTIME;
}

/* Creates or upgrades the catalog's tables and reads them. Returns TIDE_OK, TIDE_ERROR_NOT_SUPPORTED (written
 * by a newer version, named in the message), …. */
int catalog_open(struct database *database);
void catalog_close(struct database *database);

/* Reads everything anew: after ROLLBACK of definitions. Pointers to relations become invalid. On failure (memory)
 * the old image stays and catalog_ensure tries again. */
int catalog_reload(struct database *database);

/* Before a commit: what sequences gave in parts of the transaction that were undone is written all the same. */
int sequences_save(struct database *database);
/* Definitions were rolled back: so were the numbers that ALTER SEQUENCE has set. */
void catalog_undone(struct database *database);

/* Before a statement is planned: makes good a reload that failed. Costs nothing otherwise. */
int catalog_ensure(struct database *database);

/* Rises with every change of a definition; statements planned under an older version are planned again. */
uint64_t catalog_version(const struct database *database);

/* The relation called `schema`.`name`, or by the search path when `schema` is NULL. NULL: there is none. Valid until the catalog changes. */
const struct relation *catalog_find(const struct database *database, const char *schema,
                                    const char *name);
/* The same; where there is none, one whose name and schema differ in the case of letters. */
const struct relation *catalog_find_alike(const struct database *database,
                                          const char *schema, const char *name);
const struct relation *catalog_find_id(const struct database *database, int64_t id);
const struct relation *catalog_find_stored(const struct database *database,
                                           const char *stored);
/* Calls `visit` for every relation in order of creation. */
void catalog_each(const struct database *database,
                  void (*visit)(const struct relation *relation, void *context),
                  void *context);

const struct schema *catalog_find_schema(const struct database *database,
                                         const char *name);
const struct schema *catalog_find_schema_alike(const struct database *database,
                                               const char *name);

/* The enum or domain called `schema`.`name`, or by the search path when `schema` is NULL. Returns whether there is one. */
bool catalog_find_type(const struct database *database, const char *schema,
                       const char *name, struct type *type);
/* What an enum's number means. */
const struct enum_type *catalog_enum(const struct database *database, struct type type);
/* The domain that a type is of; NULL: of none. */
const struct domain *catalog_domain(const struct database *database, struct type type);
/* The sequence called `schema`.`name`, or by the search path when `schema` is NULL; NULL: there is none. */
const struct sequence *catalog_find_sequence(const struct database *database,
                                             const char *schema, const char *name);
/* What a column has in rows that do not say: its own default or that of its domain, as PostgreSQL text; NULL: none. */
const char *catalog_default(const struct database *database,
                            const struct column *column);
/* type_format() as people write it: the names of enums and domains too. */
void catalog_format_type(const struct database *database, struct type type, char *text,
                         size_t size);

/* Has CREATE EXTENSION been run for it? */
bool catalog_has_extension(const struct database *database, const char *name);

/* The search path: `names` are schemas that need not exist. Not copied. Of the session: nothing is written. */
void catalog_use_search_path(struct database *database, const char *const *names,
                             int count);
int catalog_search_path(const struct database *database, const char *const **names);

/* The column's index in `relation`, or -1. */
int relation_column(const struct relation *relation, const char *name);

/* The foreign view's columns, types and key as the origin told them; recomputes updatability. `key`: names of the
 * origin relation's key columns that the view shows, or count 0. */
int catalog_describe_view(struct database *database, int64_t view,
                          const struct column *columns, int column_count,
                          const char *const *origin_key, int origin_key_count);
/* Which of the key's columns, in its order, the origin gives values of its own: a row may be written without them. An
 * integer then has a staged key until the origin has told its own; a uuid is made here. */
int catalog_set_generated(struct database *database, int64_t view,
                          const bool *generated);
int catalog_set_filled(struct database *database, int64_t view, bool filled);

/* Relations that directly depend on `id`, as ids in creation order; *count of them, arena-owned. */
int catalog_dependents(struct database *database, struct arena *arena, int64_t id,
                       int64_t **ids, int *count);
/* … and those that `id` reads. */
int catalog_sources(struct database *database, struct arena *arena, int64_t id,
                    int64_t **ids, int *count);

/* Small durable values of the engine ("client", "commit"); *value is arena-owned, NULL when unset. */
int catalog_get_setting(struct database *database, struct arena *arena,
                        const char *name, const char **value);
/* The same where it is a count, 0 when unset. Returns TIDE_ERROR_CORRUPT when it is none. */
int catalog_get_count(struct database *database, const char *name, int64_t *count);
int catalog_set_setting(struct database *database, const char *name, const char *value);

/* Staged keys: the negative numbers -1, -2, … that rows have until their origin gives them a key. None is used twice. */
/* Has it been handed out since staged_keys_save? */
bool staged_key_is_fresh(const struct database *database, int64_t value);
/* What has been handed out is not handed out again. */
int staged_keys_save(struct database *database);

/* The file is another one now: its tables are brought up to date and read, in the open transaction. */
int catalog_renew(struct database *database);

#endif
