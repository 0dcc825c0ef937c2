/* Where transactions begin and end: views are maintained, pages handed over and
 * changes announced here and only here. */
#ifndef TIDE_VIEW_TRANSACTION_H
#define TIDE_VIEW_TRANSACTION_H

#include "catalog/catalog.h"

/* BEGIN IMMEDIATE in SQLite. */
int transaction_begin(struct database *database);

/* Maintains what is stale, counts the commit, COMMITs, queues the PERSIST effect
 * (pages storage) and the COMMIT effect (changed relations; row changes of
 * subscribed ones). On failure everything is rolled back. */
int transaction_commit(struct database *database);
/* Reloads the catalog if definitions changed. */
int transaction_rollback(struct database *database);

/* One statement within a transaction: undone alone when it fails. */
int transaction_statement_begin(struct database *database);
int transaction_statement_end(struct database *database, bool succeeded);

/* The same for a statement that is one statement of SQLite's, which undoes itself when it fails, and has no other
 * effects: a savepoint around it would copy every page that it writes. Views it reads are up to date before. When
 * memory runs out after it has succeeded the whole transaction is rolled back, as SQLite does in such a case. */
int transaction_write_begin(struct database *database);
int transaction_write_end(struct database *database, bool succeeded);

/* Savepoints of the user. Views are brought up to date before one is set, unless they
 * are suspended, so that going back to it needs no more than SQLite does. */
int transaction_savepoint(struct database *database, const char *name);
int transaction_release(struct database *database, const char *name);
int transaction_rollback_to(struct database *database, const char *name);

/* Which relations' row changes COMMIT effects carry (tidemark.h, CONTROL subscribe). `name` NULL: those of all relations
 * of the schema; both NULL: of all. */
int transaction_subscribe(struct database *database, const char *schema,
                          const char *name, bool on);

#endif
