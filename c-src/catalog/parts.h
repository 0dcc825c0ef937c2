/* A statement that writes inside its WITH, taken apart into statements to be run one after the other.
 *
 * All of them mean the state before the statement. So what a part reads of a table that an earlier one writes is set
 * aside first, and a row that one part has written is not there for the UPDATEs and DELETEs of later ones. The rows that
 * a part gives, RETURNING or SELECTing, are kept in a temporary table, which the others read.
 *
 * The order is PostgreSQL's: the parts that the main statement reads, it itself, the other writes from the last to the
 * first; each after those that it reads. A query that calls a volatile function is a part, too: it runs once.
 */
#ifndef TIDE_CATALOG_PARTS_H
#define TIDE_CATALOG_PARTS_H

#include "catalog/bind.h"

struct part {
  struct sql_node *statement;    /* bound: a query or a write */
  const struct relation *target; /* of a write; else NULL */
  bool main;                     /* its rows are those of the whole statement */
  bool counts;                   /* … and how many it writes is what it has written */
  const char *rows; /* the temporary table for its rows; NULL: nobody reads them */
  const struct sql_node *columns; /* of it: L of SQL_NAME */
  const char *marks; /* the temporary table for the rowids of what it writes, or NULL */
  const char *skips; /* … of the rows that it does not write, or NULL */
};

/* What is copied before anything is written. */
struct set_aside {
  struct set_aside *next;
  struct sql_node *query; /* bound: all columns of the relation */
  const struct relation *relation;
  const char *table; /* the temporary one */
};

struct parts {
  struct part *list; /* in the order in which they run */
  int count;
  struct set_aside *aside;
  bool writes_several;
};

/* Takes a bound statement apart; it is used up. Temporary tables are numbered from *number on. Everything belongs to
 * binding->arena. Returns a result code: 0A000 for what cannot be done in this way. */
int parts_split(struct binding *binding, struct sql_node *statement, int64_t *number,
                struct parts *parts);

/* lower_part.c: lowers a part as lower_statement does; of a MERGE the query that gives its rows. The rowids of what it writes, if they are marked, are its last
 * result. */
struct sql_node *parts_lower(struct binding *binding, const struct part *part);

#endif
