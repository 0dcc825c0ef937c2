/* All views of one engine that are maintained here, and what they share. Private to
 * this layer. */
#ifndef TIDE_VIEW_VIEWS_H
#define TIDE_VIEW_VIEWS_H

#include "view/capture_records.h"
#include "view/graph.h"
#include "view/live_internal.h"
#include "view/slot_internal.h"
#include "view/view.h"

/* A local view that keeps rows. */
struct view_entry {
  const struct relation *view;
  struct graph *graph; /* made when first needed */
  int64_t *sources;    /* ids of the stored relations it reads, through runtime views */
  const struct capture_table *
      *captures; /* of maintained ones: what is recorded of each source */
  int source_count;
  struct statistics *statistics; /* made when first needed */
  bool live;                     /* of a live query, which may fail by itself */
  bool maintained;               /* realtime and filled: kept equal to its query */
};

struct transaction; /* transaction.c */
struct statistics;  /* statistics.c */
struct tracing;     /* tracing.c */

struct views {
  uint64_t version;           /* of the catalog that all of this belongs to; 0: none */
  struct arena arena;         /* of the entries */
  struct view_entry *entries; /* in topological order: sources first */
  int entry_count;
  struct delta *deltas;
  uint64_t run; /* of maintenance; deltas are computed once in each */
  /* Id of a view whose stored table is being made or dropped: it is not maintained. */
  int64_t building;
  int suspended; /* view_suspend less view_resume in this transaction */
  bool rebuilt;  /* this transaction made a stored table anew that had an old layout */
  struct pattern *subscriptions; /* whose row changes COMMIT effects carry */
  bool silent;                   /* nobody wants COMMIT effects */
  int64_t commit;                /* number of the last commit */
  int64_t commit_reserved; /* no other run of the engine uses numbers up to this */
  struct transaction *transaction;
  struct live *live; /* shapes of live queries */
  struct slots *slots;
  struct statistics *statistics;
  bool node_timing;        /* SET tidemark.node_timing */
  struct tracing *tracing; /* NULL: nobody traces */
};

/* Reads from the catalog which views there are and what they read, unless that is
 * done; tells capture which tables to watch. Everything below needs it. */
int views_prepare(struct database *database);

/* The entry of a local view that keeps rows, or NULL. */
struct view_entry *views_entry(struct database *database, const struct relation *view);
/* Its graph, made if need be. */
int views_graph(struct database *database, struct view_entry *entry,
                struct graph **graph);
/* The layout of the stored table of a local view or an internal relation; NULL when it
 * has none or planning failed. */
const struct storage *views_storage(struct database *database,
                                    const struct relation *view);

/* The delta of a stored relation, declared if need be. */
int views_delta(struct database *database, const struct relation *relation,
                struct delta **delta);

/* The delta is freed, if there is one: NULL is accepted. */
void views_forget_delta(struct database *database, struct delta *delta);

/* Makes and fills the stored tables anew if one has another layout than its node wants
 * (made by an older version): *fresh tells. */
int views_check_storage(struct database *database, struct graph *graph, bool *fresh);

/* Brings views up to date. `undoable`: in a savepoint of its own, so that the
 * transaction can go on if that fails. */
int views_maintain(struct database *database, bool undoable);

/* suspend.c: tells the host that COMMIT brought suspended views up to date. */
void suspend_tell(struct database *database);

/* Gives back the memory of deltas: what they tell has been used. */
void views_clear_deltas(struct database *database);

/* For EXPLAIN VIEW: appends a line that says which index serves the wish. */
int views_explain_index(struct database *database, const struct index_wish *wish,
                        struct buffer *out);

/* Makes the indexes that the node wishes for, unless they are there. */
int views_create_node_indexes(struct database *database, const struct plan *plan);
/* … that all nodes wish for. */
int views_create_indexes(struct database *database, const struct graph *graph);
/* Does so for all views, and drops those that none wishes for any more. */
int views_adjust_indexes(struct database *database);

/* transaction.c */
enum transaction_control {
  TRANSACTION_BEGIN,
  TRANSACTION_COMMIT,
  TRANSACTION_ROLLBACK,
  TRANSACTION_STATEMENT, /* sets a savepoint */
  TRANSACTION_STATEMENT_RELEASE,
  TRANSACTION_STATEMENT_UNDO,
  TRANSACTION_MAINTENANCE, /* … */
  TRANSACTION_MAINTENANCE_RELEASE,
  TRANSACTION_MAINTENANCE_UNDO,
  TRANSACTION_LIVE, /* … */
  TRANSACTION_LIVE_RELEASE,
  TRANSACTION_LIVE_UNDO,
  TRANSACTION_CONTROLS
};
int transaction_open(struct database *database);
void transaction_close(struct database *database);
/* Runs SQLite's statement for it. */
int transaction_run(struct database *database, enum transaction_control control);

/* commit.c: queues the COMMIT effect of what the transaction changed. Called before
 * COMMIT, while the rows can still be compared: *effect is given to commit_announce
 * when it succeeded, and to commit_discard otherwise. */
struct commit_effect;
int commit_prepare(struct database *database, struct commit_effect **effect);
int commit_announce(struct database *database, struct commit_effect *effect);
void commit_discard(struct database *database, struct commit_effect *effect);

#endif
