/* The requests of one statement to origins, and where their answers are staged. */
#ifndef TIDE_FEDERATION_FETCH_H
#define TIDE_FEDERATION_FETCH_H

#include "federation/federation.h"
#include "sql/parse.h"

/* One request. */
struct fetch {
  struct fetch *next;
  int64_t id;                  /* of the REQUEST owed an answer; 0: answered */
  int64_t number;              /* names the staged table */
  const struct relation *view; /* only while the request is made */
  char *sql;                   /* what the origin is asked */
  char *origin;
  char *parameters; /* row block, to find equal requests */
  size_t parameters_size;
  char *create_sql; /* CREATE TEMP TABLE of the staged rows; "" = rows are not wanted */
  int column_count;
};

/* All requests of one run of a statement; linked into database->fetches. */
struct fetches {
  struct fetches *next, *previous;
  struct fetch *first;
  struct error error; /* of the first that failed */
  bool write;
  int64_t row_count;
  char returning[32]; /* name of the staged RETURNING rows; "" = none */
};

struct fetches *fetches_new(struct database *database);

/* Makes a request, or finds an equal one when `share` is set. `sql` and `create_sql` are copied; the row block in `data` is taken
 * over. *number names the staged table: fetch_stage_name. */
int fetches_add(struct database *database, struct fetches *fetches,
                const struct relation *view, const char *kind, const char *sql,
                struct buffer *data, const char *columns_sql, int column_count,
                bool share, int64_t *number);
void fetch_stage_name(char name[32], int64_t number);

/* Can an origin evaluate a condition? */
enum push {
  PUSH_NOT,
  PUSH_ROUGHLY, /* it may keep rows that are left out here, but leaves out none that are kept here */
  PUSH_EXACTLY
};

/* push.c: only columns of `reference` may occur. */
enum push push_possible(const struct sql_node *condition,
                        const struct sql_node *reference, enum sql_dialect dialect);
/* push_mysql.c: does a value that a write assigns mean the same there? */
bool push_value_to_mysql(const struct sql_node *value,
                         const struct sql_node *reference);
/* … a condition for MySQL's dialect. */
enum push push_to_mysql(const struct sql_node *condition,
                        const struct sql_node *reference);
/* The conjuncts of `condition`, one by one, appended to `list` (arena-owned). */
int push_conjuncts(struct arena *arena, struct sql_node *condition,
                   struct sql_node *list);

/* stage.c: "column" type, … of staged rows: all columns marked in `needed` (NULL: all visible ones) */
void stage_columns(struct buffer *sql, const struct relation *view, const bool *needed);

/* parameters.c: prints `node` for the origin; the parameters that occur become those of the request, in order of
 * appearance, with their values in `writer`: a block of one row. */
int parameters_print(struct database *database, const struct sql_node *node,
                     const char *origin, const struct parameters *parameters,
                     struct block_writer *writer, struct buffer *sql);
void parameters_append(struct block_writer *writer, const struct block_cell *cell);

#endif
