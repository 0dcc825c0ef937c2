/* Sequences: which one a name means, and the functions that give its numbers.
 *
 * A number is written to the file as it is given, in the transaction that asked for it. What was given is remembered for
 * as long as the database is open as well: a transaction that is rolled back takes its rows along, but no number comes
 * a second time while somebody may still have it. Only when the database is opened again do those numbers return, which
 * no row that was committed can have.
 *
 * An identity column counts without a sequence of CREATE SEQUENCE; it answers to the name that PostgreSQL's would have,
 * <table>_<column>_seq. */
#ifndef TIDE_CATALOG_SEQUENCE_H
#define TIDE_CATALOG_SEQUENCE_H

#include "catalog/bind_internal.h"

/* What a name means: a sequence, or the identity column of a table. */
struct numbered {
  const struct sequence *sequence; /* or NULL, and: */
  const struct relation *table;
  int column;
};

/* The sequence that text as in nextval('s.t') means. Returns TIDE_OK, 42P01, 42809, 42602. */
int sequence_find(struct database *database, const char *text, struct numbered *found);

/* The sequence that a call names with a literal, if it is one of nextval, currval, setval and there is one; else NULL. */
const struct sequence *sequence_named(struct database *database,
                                      const struct sql_node *call);
/* Puts another name into such a call. */
bool sequence_rename(struct database *database, struct arena *arena,
                     struct sql_node *call, const char *schema, const char *name);

/* The sequence by which an identity column counts that counts in a way of its own; NULL: it has none. */
const struct sequence *sequence_of_column(struct database *database,
                                          const struct relation *table, int column);
/* The next number of an identity column without a sequence. */
int identity_restart(struct database *database, const struct relation *table,
                     int column, int64_t next);

/* All sequences that the table's columns own begin anew. */
int sequence_restart_owned(struct database *database, int64_t table);

/* It was made or altered: what was remembered of it is not true any more. */
int sequence_altered(struct database *database, int64_t id);

/* Is it nextval, currval, lastval or setval? Then 's'::regclass is taken for the name that it says. */
bool is_sequence_call(const struct sql_node *call);
void sequence_unwrap(struct sql_node *call);
/* The call's arguments are bound. */
struct sql_node *bind_sequence_call(struct binder *binder, struct sql_node *call);

#endif
