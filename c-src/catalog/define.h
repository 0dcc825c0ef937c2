/* Definitions: CREATE, ALTER and DROP of schemas, tables, indexes, and the catalog's side of views. */
#ifndef TIDE_CATALOG_DEFINE_H
#define TIDE_CATALOG_DEFINE_H

#include "catalog/catalog.h"

/* CREATE/ALTER/DROP of schemas, tables and indexes, CREATE EXTENSION, SET/SHOW: whole. Runs inside the caller's transaction.
 * `command` gets "CREATE TABLE" and so on. */
int define_execute(struct database *database, struct arena *arena,
                   const struct sql_node *statement, const char **command);

/* What CREATE VIEW / ALTER VIEW … AS made; the view layer builds the rows. */
struct defined_view {
  int64_t id;    /* 0: IF NOT EXISTS found it there */
  bool replaced; /* OR REPLACE or AS: rows kept so far are void */
  bool with_data;
};

/* Checks name, options, columns and query, and writes the catalog: view, options in effect, columns (of a local query), dependencies, write path. A local view's
 * query is bound here, so its errors show now. For a foreign one the query is only parsed: it is the origin's business. */
int define_view(struct database *database, struct arena *arena,
                const struct sql_node *statement, struct defined_view *defined);

/* ALTER VIEW (all actions but AS), ALTER SCHEMA … default_replication_origin. Ids of views whose origin, mode of
 * writing or query changed, so that their rows have to be made anew, come back in `changed`. */
int define_alter_view(struct database *database, struct arena *arena,
                      const struct sql_node *statement, int64_t **changed, int *count);

/* Makes the indexes of a view again after its stored table was: those over columns it still has. */
int define_restore_indexes(struct database *database, int64_t view);

/* DROP of tables, views and schemas (with CASCADE their relations; the schema itself goes by define_execute afterwards): checks dependents (2BP01 naming them), returns the ids to drop in an order in which nothing
 * depends on what is dropped before it; define_drop_relation then removes one from catalog and SQLite. */
int define_drop_plan(struct database *database, struct arena *arena,
                     const struct sql_node *statement, int64_t **ids, int *count);

/* ALTER TABLE … DROP COLUMN … CASCADE: the ids of views that go with the columns, dependents first. They are dropped
 * before the statement itself is carried out. */
int define_drop_columns_plan(struct database *database, struct arena *arena,
                             const struct sql_node *statement, int64_t **ids,
                             int *count);
int define_drop_relation(struct database *database, int64_t id);

#endif
