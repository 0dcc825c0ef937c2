/* What the files that bind a MERGE share. */
#ifndef TIDE_CATALOG_MERGE_INTERNAL_H
#define TIDE_CATALOG_MERGE_INTERNAL_H

#include "catalog/bind_internal.h"
#include "catalog/merge.h"

/* A column of target or source that is kept with the rows. */
struct merge_column {
  struct merge_column *next;
  const struct sql_node *original;
  const char *name;
  bool written; /* the target's as it is after the write, where there is one */
};

/* One MERGE being bound. */
struct merging {
  struct binder *binder;
  struct sql_node *merge;
  struct level *level;
  struct target target;
  struct scope *of_target, *of_source, *of_both;
  struct sql_node
      *rows_found; /* a query of source and target together, bound, without results;
                                * NULL: they are to be joined */
  struct sql_node
      *action; /* the reference that merge_action() is a column of; or NULL */
  /* merge_split.c */
  struct sql_node *rows;    /* the reference to MERGE_ROWS */
  struct sql_node *results; /* of the query that gives them */
  struct merge_column *columns;
  int column_count;
  bool after; /* columns of the target are those after the write */
};

/* left [kind] JOIN right ON on. NULL: left or right is, or memory ran out. */
struct sql_node *merge_join(struct binder *binder, enum sql_join kind,
                            struct sql_node *left, struct sql_node *right,
                            struct sql_node *on);

/* Makes of a MERGE whose names are bound what catalog/merge.h says. */
int merge_split(struct merging *merging);

#endif
