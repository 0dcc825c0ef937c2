/* Lists that aggregates collect in a stated order (json_agg, jsonb_agg, string_agg), kept
 * beside the group's stored row so that an element which comes or goes is cut out of the
 * text, or put into it, without the others being read again.
 *
 * Two hidden columns of the stored row hold a list, both NULL while it is empty:
 *
 *   __list_n     where its text stands in the column that shows it: how many bytes are
 *                before it, and its length (two u32, little-endian); or, where none shows
 *                it as the aggregate gives it, the text itself
 *   __places_n   of each element in order: the length of its text in bytes (u32,
 *                little-endian), and the values it is ordered by (row.h's format)
 *
 * A document of many elements is stored once that way. The text stays equal to what the query gives because no two different elements are in
 * the same place: canonical.h completes the order. */
#ifndef TIDE_VIEW_LIST_H
#define TIDE_VIEW_LIST_H

#include "base/buffer.h"
#include "view/changes.h"
#include "view/plan.h"

struct list_order {
  const char *sql;
  bool descending, nulls_first;
  bool numeric; /* text that is compared as a number */
};

/* A list of one group; valid as long as what it was read from. */
struct list_value {
  const unsigned char *text; /* NULL: no element */
  uint32_t length;
  const unsigned char *places;
  uint32_t places_size;
};

struct list {
  const struct sql_node *call;
  const char *open, *separator, *close;
  const char *element; /* SQL of an element's text; NULL: the row adds none */
  int order_count;
  struct list_order *order;
  int column;             /* of the stored table; that of the places is the next one */
  int shown;              /* … the first that may show the text; or -1 */
  struct changes changes; /* rows: the group's keys, the order values, the element */
  uint32_t *next;         /* of each change the next one of its group, + 1; or 0 */
  uint32_t next_capacity;
  struct buffer text, places; /* made by list_splice */
  struct list_value value;    /* of the group that is being computed */
};

/* Makes known to SQL what fills the columns: tide_list_place(text, column that shows it), and
 * the aggregate tide_places(element, order value, …). Returns SQLite's result. */
int list_register(sqlite3 *handle);

/* Can the list that the aggregate collects be kept? Does not look at its order. */
bool list_is_kept(const struct sql_node *call);
/* Reads the call; *refusal says why it cannot be kept after all. Declares the columns. */
int list_read(struct plan *plan, const struct sql_node *call, int number,
              struct list *list, const char **refusal);
void list_deinit(struct plan *plan, struct list *list);

/* Appends ", <element>, <order value>, …": what list_add expects to find in a row. */
void list_print_row(const struct list *list, struct buffer *out);
/* Appends ", <list>, <places>" over all rows of a group. */
int list_print_fill(struct plan *plan, const struct list *list, struct buffer *out);

/* Adds what a row of the delta changes: its first `key_count` columns are the group's
 * keys, from column `first` on are the list's. Returns false when memory ran out. */
bool list_add(struct list *list, sqlite3_stmt *statement, int key_count,
              const enum row_type *affinity, int first, int64_t weight);
/* Sets *head to the chain that begins with change `index` and goes on with *head.
 * Returns false when memory ran out. */
bool list_chain(struct plan *plan, struct list *list, uint32_t index, int64_t *head);
/* Sets list->value to the list of a group as its stored row has it, or no row. */
void list_of_row(struct list *list, struct row row);
/* Changes list->value by the chain of changes that begins with `head`; it is valid until the
 * next call. *in_step is false when something should go that is not there. */
int list_splice(struct plan *plan, struct list *list, int key_count, int64_t head,
                bool *in_step);
/* Adds both columns to the row that is being built in `pool`, in which the column
 * list->shown has the value `shown` (or NULL). */
void list_add_columns(const struct list *list, sqlite3_value *shown,
                      struct row_pool *pool);

#endif
