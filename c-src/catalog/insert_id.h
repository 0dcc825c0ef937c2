/* MySQL's LAST_INSERT_ID(): the first number that the last INSERT gave to a column that numbers itself.
 *
 * It belongs to the session, and no transaction undoes it. What a statement would make of it counts when the statement has
 * succeeded. */
#ifndef TIDE_CATALOG_INSERT_ID_H
#define TIDE_CATALOG_INSERT_ID_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct database;
struct binding; /* catalog/bind.h */
struct relation;

struct insert_id {
  int64_t last; /* what LAST_INSERT_ID() tells */
  bool unknown; /* it cannot be told */
  /* Of the statement that runs, from begin to end: */
  bool runs;
  const char *table;        /* as stored; NULL: none that numbers its rows */
  int column;               /* the one that numbers itself; -1: it is the rowid */
  bool numbers_all;         /* no row gives a value */
  bool numbers_row;         /* the row whose values were computed last gives none */
  bool gives, numbers;      /* some rows give a value; some do not */
  bool has_first, has_told; /* the next two mean something */
  int64_t first, told;      /* numbered first; what LAST_INSERT_ID(value) was given */
  int64_t row;              /* of the row written last; 0: none */
  bool in_order;            /* rows are written as their values are computed */
};

struct function; /* types/type.h */

/* Is it LAST_INSERT_ID(), with or without a value? */
bool is_insert_id(const struct function *function);

/* Registers the functions. */
int insert_id_register(struct database *database);

/* A statement begins; `table`: what it inserts into, or NULL. */
void insert_id_begin(struct database *database, const struct binding *binding,
                     const struct relation *table);
/* It has ended. Returns what MySQL calls its insert id: what it numbered first, what LAST_INSERT_ID(value) was given, the
 * number of the row that it wrote last; 0: none of these. */
int64_t insert_id_end(struct database *database, bool succeeded);

/* From the preupdate hook: the statement itself writes a row. */
void insert_id_row(struct insert_id *id, sqlite3 *handle, const char *table,
                   int64_t rowid, bool inserts);

#endif
