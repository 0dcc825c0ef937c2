/* What the files of this folder share. */
#ifndef TIDE_EXTENSION_INTERNAL_H
#define TIDE_EXTENSION_INTERNAL_H

#include "catalog/bind.h"
#include "extension/extension.h"

/* --- run.c: SQL that the extension runs itself --- */

/* Parses one statement. Positions within it mean nothing to the user and are left out of errors. */
int extension_parse(struct database *database, struct arena *arena, const char *sql,
                    struct sql_node **statement);
/* Carries out CREATE VIEW, CREATE SCHEMA or DROP of local relations. Formatted as error_set does. */
int extension_define(struct database *database, struct arena *arena, const char *format,
                     ...);
/* Carries out a parsed CREATE VIEW of a local view; *id is the view's. */
int extension_define_view(struct database *database, struct arena *arena,
                          const struct sql_node *statement, int64_t *id);
/* Forgets the position of the error, if there is one. Returns `code`. */
int extension_without_position(struct database *database, int code);
/* The first column of the first row; 0 when there is none. SQLite's SQL. */
int extension_number(struct database *database, int64_t *number, const char *sql);
int extension_nomem(struct database *database);

/* --- tview.c: which there are --- */

/* What the catalog knows of one; arena-owned. */
struct tview {
  int64_t id;      /* of the realtime view; 0: there is none */
  int64_t backing; /* of the view v_<entity> */
  bool owned;      /* the backing view was made with it */
  const char *schema, *name, *entity;
  const char *definition, *options, *type_name;
};

int tview_by_id(struct database *database, struct arena *arena, int64_t id,
                struct tview *tview);
/* By its name, tv_post or schema.tv_post; id 0 when there is none. */
int tview_find(struct database *database, struct arena *arena, const char *name,
               struct tview *tview);
/* By its entity, or by its name; 42704 when there is none. */
int tview_of_entity(struct database *database, struct arena *arena, const char *entity,
                    struct tview *tview);
/* Those whose ids the query gives (SQLite's SQL), in an array that is arena-owned. */
int tview_list(struct database *database, struct arena *arena, const char *sql,
               int64_t **ids, int *count);
/* All of them, those that are read first; in an array that is arena-owned. */
int tview_all(struct database *database, struct arena *arena, int64_t **ids,
              int *count);
/* Those that read it, at any depth, in the same order. */
int tview_readers(struct database *database, struct arena *arena, int64_t id,
                  int64_t **ids, int *count);
/* What reports call its rows unless told otherwise: blog_post is BlogPost. NULL: no
 * memory. */
const char *tview_type_name(struct arena *arena, const char *entity);
/* Notes what was done to it. */
int tview_log(struct database *database, const char *operation, const char *entity);

/* --- tview_define.c --- */

struct tview_request {
  const struct sql_node *name;  /* SQL_NAME */
  const struct sql_node *query; /* SQL_QUERY, unbound */
  const char *options;          /* JSON */
  bool if_not_exists, no_data;
  bool time_dependent; /* as its options say: it is current as of its last refresh */
};

int tview_create(struct database *database, struct arena *arena,
                 const struct tview_request *request);
int tview_drop(struct database *database, struct arena *arena,
               const struct tview *tview, bool cascade);
/* 'created', 'unchanged', 'altered', 'replaced' or 'rebuilt'. */
int tview_create_or_replace(struct database *database, struct arena *arena,
                            const struct tview_request *request, const char **outcome);

/* --- shape.c --- */

/* Does the query give what a view called `name` has to show? *entity is a part of `name`. */
int shape_check(struct database *database, struct arena *arena,
                const struct sql_node *name, const struct sql_node *query,
                const char **entity);
/* Is this what such a view may be called? The entity, or NULL. */
const char *shape_entity(const char *name);
/* Binds a copy of the query. */
int shape_bind(struct database *database, struct arena *arena,
               const struct sql_node *query, struct binding *binding,
               struct sql_node **bound);
/* What the query shows, as JSON: tv's analyse_select. */
int shape_describe(struct database *database, struct arena *arena, const char *select,
                   struct buffer *json);

/* --- functions.c --- */

enum { CALL_ARGUMENTS_MAX = 6 };

struct extension_call {
  struct database *database;
  struct arena *arena;
  const char *name; /* without prefix or schema */
  int argument_count;
  const char
      *argument[CALL_ARGUMENTS_MAX]; /* as text; NULL: not given, or SQL's NULL */
  struct buffer result;              /* the query that gives the result */
};

/* A function. Its signature has a letter per argument, those behind | may be left out: t text, b boolean, i bigint,
 * j jsonb, a text[] (given as a JSON array). */
struct extension_function {
  const char *name; /* pg_tviews_<name> and tviews.<name> */
  const char *signature;
  const char *names; /* of the parameters, as arguments_place takes them */
  bool acts;
  int (*run)(struct extension_call *call); /* writes call->result */
  const char *query; /* in its place: the result, $1 … being arguments */
};

const struct extension_function *extension_function(const char *name);
/* The result is one value; `json` is emptied. */
int answer_text(struct extension_call *call, const char *format, ...);
int answer_json(struct extension_call *call, struct buffer *json);
int answer_boolean(struct extension_call *call, bool value);
int answer_void(struct extension_call *call);
/* Arguments: none of the first `count` is NULL; one is true; the first names a TVIEW. */
int argument_required(struct extension_call *call, int count);
bool argument_is_true(const struct extension_call *call, int index);
int argument_entity(struct extension_call *call, struct tview *tview);

/* functions_define.c, functions_refresh.c, functions_inspect.c */
int tviews_create(struct extension_call *call);
int tviews_create_aggregate(struct extension_call *call);
int tviews_create_or_replace(struct extension_call *call);
int tviews_drop(struct extension_call *call);
int tviews_convert(struct extension_call *call);
int tviews_report(struct extension_call *call); /* functions_report.c */
int tviews_set_typename(struct extension_call *call);
int tviews_reregister(struct extension_call *call);
int tviews_reregister_all(struct extension_call *call);
int tviews_set_logged(struct extension_call *call);
int tviews_refresh(struct extension_call *call);
int tviews_refresh_all(struct extension_call *call);
int tviews_refresh_time(struct extension_call *call);
int tviews_rebuild_all(struct extension_call *call);
int tviews_recover(struct extension_call *call);
int tviews_propagate(struct extension_call *call);
int tviews_suspend(struct extension_call *call);
int tviews_resume(struct extension_call *call);
int tviews_is_suspended(struct extension_call *call);
int tviews_suspended_entities(struct extension_call *call);
int tviews_debug_queue(struct extension_call *call);
int tviews_analyze_select(struct extension_call *call);
int tviews_infer_types(struct extension_call *call);
int tviews_performance_stats(struct extension_call *call);
int tviews_replication_status(struct extension_call *call);
int tviews_explain(struct extension_call *call);
int tviews_no_prepared(struct extension_call *call);
int tviews_catalog_revision(struct extension_call *call);
int tviews_cleanup_metrics(struct extension_call *call);

#endif
