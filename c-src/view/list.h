/* Lists that aggregates collect in a stated order (json_agg, jsonb_agg, string_agg), kept
 * beside the group's stored row so that an element which comes or goes is cut out of the
 * text, or put into it, without the others being read again.
 *
 * Two hidden columns of the stored row hold a list, both NULL while it is empty:
 *
 *   __list_n     its text, as the aggregate gives it
 *   __places_n   of each element in order: the length of its text in bytes (u32,
 *                little-endian), and the values it is ordered by (row.h's format)
 *
 * The text stays equal to what the query gives because no two different elements are in
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

struct list {
  const struct sql_node *call;
  const char *open, *separator, *close;
  const char *element; /* SQL of an element's text; NULL: the row adds none */
  int order_count;
  struct list_order *order;
  int column;             /* of the stored table; that of the places is the next one */
  struct changes changes; /* rows: the group's keys, the order values, the element */
  uint32_t *next;         /* of each change the next one of its group, + 1; or 0 */
  uint32_t next_capacity;
  struct buffer text, places; /* made by list_splice */
};

/* Makes tide_places(element, order value, …) known to SQL: the aggregate that fills the
 * second column. Returns SQLite's result. */
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
/* Changes the list of a group: `old` is its stored row, or none; `head` the chain of its
 * changes. list->text and list->places are the result (empty: no element). *in_step is
 * false when something should go that is not there. */
int list_splice(struct plan *plan, struct list *list, int key_count, struct row old,
                int64_t head, bool *in_step);

#endif
