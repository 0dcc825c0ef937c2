/* What the two halves of respelling share: what can be named where. */
#ifndef TIDE_CATALOG_RESPELL_INTERNAL_H
#define TIDE_CATALOG_RESPELL_INTERNAL_H

#include "catalog/respell.h"

struct names {
  const char **list;
  int count, capacity;
};

/* A relation as its columns can be named. */
struct respell_source {
  const char *name, *schema; /* NULL: it has none */
  struct names columns;
  bool is_table;  /* what a query calls its columns, its result calls them too */
  bool is_system; /* its columns are not known, but that they are in small letters */
  struct respell_source *next;
};

struct respell_common {
  const char *name;
  struct names columns;
  struct respell_common *next;
};

/* Everything that can be named at one place. */
struct respell_place {
  struct respell_source *sources, *last;
  struct respell_common *commons;
  const struct sql_node *windows;
  const struct respell_place *outer;
};

struct respeller {
  struct database *database;
  struct arena *arena;
  struct error *error;
};

/* --- respell.c --- */

void respell_add(struct respeller *respeller, struct names *names, const char *name);
/* The one of the names that is meant; NULL: none. */
const char *respell_among(const struct names *names, const char *text);
/* Gives the node another text, unless that is NULL. */
void respell_set(struct respeller *respeller, struct sql_node *node, const char *text);
/* The relation that a name means; NULL: none. */
const struct relation *respell_relation(struct respeller *respeller,
                                        struct sql_node *name);
void respell_schema(struct respeller *respeller, struct sql_node *schema);
void respell_relation_columns(struct respeller *respeller,
                              const struct relation *relation, struct names *names);
/* SQL_NAMEs of columns. */
void respell_list(struct respeller *respeller, const struct sql_node *list,
                  const struct names *names);
struct respell_source *respell_source_new(struct respeller *respeller,
                                          struct respell_place *place,
                                          const char *name);
void respell_expression(struct respeller *respeller, struct sql_node *node,
                        const struct respell_place *place);
/* A query or a write; what it gives is added to *names. */
void respell_query(struct respeller *respeller, struct sql_node *query,
                   const struct respell_place *outer, struct names *names);

/* --- respell_definition.c --- */

void respell_definition(struct respeller *respeller, struct sql_node *statement);

#endif
