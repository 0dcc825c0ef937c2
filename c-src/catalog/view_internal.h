/* What the files that define views share. */
#ifndef TIDE_CATALOG_VIEW_INTERNAL_H
#define TIDE_CATALOG_VIEW_INTERNAL_H

#include "catalog/define_internal.h"
#include "catalog/options.h"

/* --- references.c --- */

/* Relations that a query names itself, without those behind views. */
struct reference_list {
  int64_t *ids;
  int count, capacity;
  bool system; /* it also reads a system relation */
};

/* With `rewrite` the tree gets its schemas written out and stars replaced by columns where that is possible. */
int find_references(struct definition *definition, struct sql_node *query, bool rewrite,
                    struct reference_list *list);

/* --- updatable.c --- */

/* How a view's query maps to one relation, as far as the text tells. */
struct mapping {
  const char *reason; /* why it cannot be written; NULL: nothing known against it */
  const struct sql_node *relation; /* SQL_NAME */
  const char *alias;
  const struct sql_node *results; /* SQL_LIST; NULL: all columns (TABLE t) */
  const struct sql_node *where;
};

/* What writing to a view takes, complete. */
struct write_rule {
  const char *reason; /* NULL: it can be written */
  const char *schema, *name;
  const char *filter;
  const char **columns; /* per view column: the origin's, or NULL */
  int key_count;
  int *key; /* indexes of view columns */
};

void map_query(const struct sql_node *query, struct mapping *mapping);
/* Of a local view; `columns`: how many it has. */
int rule_of_local_view(struct definition *definition, const struct sql_node *query,
                       int columns, struct write_rule *rule);
/* Of a foreign view; the columns as the origin's query calls them, the key as the origin's relation does. */
int rule_of_foreign_view(struct definition *definition, const struct sql_node *query,
                         const struct column *columns, int column_count,
                         const char *const *origin_key, int key_count,
                         struct write_rule *rule);

/* --- view_record.c --- */

struct view_record {
  int64_t id;
  const char *schema, *name;
  enum sql_view_mode mode;
  struct sql_node *query;       /* unbound; the record may rewrite it */
  const struct sql_node *names; /* L of SQL_NAME: the column list, or NULL */
  struct view_options options;
};

/* Writes the view's row, columns, dependencies and write path as its query and options are; what was known from its
 * origin is forgotten. The relation's own row exists. Reloads. */
int record_view(struct definition *definition, struct view_record *record);
/* The parts of it that an origin's description changes. `names`: how many of the first columns the view's column list
 * named; `hidden`: with those that local writes need. */
int record_view_columns(struct definition *definition, int64_t id,
                        struct column *columns, int count, int names,
                        const struct write_rule *rule, bool hidden);
int record_write_rule(struct definition *definition, int64_t id, const char *view_name,
                      const struct write_rule *rule);
/* After its columns: drops indexes over those that the view no longer has, and finds the others' anew. */
int view_settle_indexes(struct definition *definition, int64_t id);
int view_too_many_names(struct definition *definition, const struct sql_node *names);
/* Does the query of a local view still go with its options? */
int view_check_query(struct definition *definition, struct view_record *record);
/* Writes only the options. */
int record_view_options(struct definition *definition, int64_t id,
                        const struct view_options *options, const char *origin);
const char *view_mode_name(enum sql_view_mode mode);
int parse_view_query(struct definition *definition, const char *text,
                     struct sql_node **query);

/* --- view_change.c --- */

/* Reads back what record_view wrote, for ALTER. The options point into the catalog's image. */
int read_view_record(struct definition *definition, const struct relation *relation,
                     struct view_record *record);
/* Works out anew whether the views that read this relation can be written, and those that read them. */
int refresh_write_rules(struct definition *definition, int64_t relation);

#endif
