/* What the files that take statements apart share. */
#ifndef TIDE_CATALOG_PARTS_INTERNAL_H
#define TIDE_CATALOG_PARTS_INTERNAL_H

#include "catalog/parts.h"

/* One common table expression of the statement. */
struct member {
  bool writes;
  bool apart; /* runs by itself */
  bool done;
  int part; /* where it stands in the order, when it is apart and runs */
};

struct splitting {
  struct database *database;
  struct arena *arena;
  struct error *error;
  const struct sql_node *with; /* of the statement */
  struct member *members;      /* one for each of `with` */
  int64_t *number;             /* of the next temporary table */
  struct parts *parts;
};

int parts_nomem(struct splitting *splitting);
/* A name for a temporary table; NULL when memory ran out. */
const char *parts_table(struct splitting *splitting);

/* parts_separate.c: keeps what each part writes from what later ones read and write. */
int parts_separate(struct splitting *splitting);

#endif
