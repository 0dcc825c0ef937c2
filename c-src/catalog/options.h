/* The options of views and schemas: which there are, what each takes, and where they are kept. */
#ifndef TIDE_CATALOG_OPTIONS_H
#define TIDE_CATALOG_OPTIONS_H

#include "base/error.h"
#include "sql/ast.h"

/* As given; NULL or -1: not given, the default holds. Text belongs to the statement. */
struct view_options {
  const char *replication_origin;
  bool inherits; /* replication_origin = INHERIT */
  int64_t join_pushdown_size;
  int join_memoization; /* 0, 1 */
  const char *write_policy;
  const char *upstream_mvcc_key;
  const char *conflict_granularity; /* "row", "columns" */
  const char *time_refresh;         /* "external" */
};

/* No option given. */
void options_init(struct view_options *options);

/* Takes what the list (of SQL_OPTION, or NULL) says. Returns TIDE_ERROR_INVALID_PARAMETER, naming the option and
 * what it takes, when one is unknown, not of this mode, of the wrong type or given twice. */
int options_set(struct error *error, const struct sql_node *list,
                enum sql_view_mode mode, struct view_options *options);

/* Takes back the options named in the list (SQL_OPTION or SQL_NAME). */
int options_reset(struct error *error, const struct sql_node *list,
                  enum sql_view_mode mode, struct view_options *options);

/* The one option of schemas; *origin is NULL when it is not set. */
int options_of_schema(struct error *error, const struct sql_node *list,
                      const char **origin);
/* RESET of it: checks the names. */
int options_reset_schema(struct error *error, const struct sql_node *list);

#endif
