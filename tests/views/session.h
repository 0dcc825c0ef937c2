/* One database under test, over tidemark.h: statements are run, views compared with their queries, and the engine closed,
 * killed and reopened. */
#ifndef TIDE_VIEWS_SESSION_H
#define TIDE_VIEWS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rows.h"
#include "state.h"

struct crash_disk;

enum { SESSION_VIEWS_MAX = 32 };

/* What a view shows. */
enum kept {
  KEPT_EQUAL,    /* what its query gives */
  KEPT_UNFILLED, /* nothing, until it is filled */
  KEPT_NOWHERE   /* it is run when it is read */
};

/* A view of this database; realtime ones are compared with their queries. */
struct watched {
  char name[24];
  enum kept kept;
  char *query;
  tide_statement *stored, *recomputed;
};

struct session {
  tide_engine *engine;
  struct crash_disk *disk;
  char code[6];      /* SQLSTATE of the last failure, or "00000" */
  char message[512]; /* and its text */
  struct watched views[SESSION_VIEWS_MAX];
  int opened; /* how often */
  int view_count;
  uint64_t version; /* of the catalog when they were listed */
  struct rows found, wanted;
  struct state_check states;
  int out_of_step; /* how often a view was found out of step with its own state */
  uint64_t checks; /* of views with their queries */
  uint64_t cut;    /* statements within which the power went */
  /* what was done since session_limit: one for each 100,000 steps of SQLite's machine, and for each 1,000 rows compared */
  int work, limit;
};

/* Opens a database on a disk of its own. False when that fails: see session->message. */
bool session_open(struct session *session);
void session_close(struct session *session);
/* Runs one statement. True: it succeeded; false: see code and message. Views that it makes or drops are noted.
 * What begins with @ stands for an accident: "@reopen" closes the engine as it is, drops what was not committed, and opens
 * the same disk again; "@kill" does so after a loss of power; "@kill n statement" runs that statement, and the power goes at
 * the n-th operation of the disk from its beginning on, or after it. What the statement gives does not matter then. */
bool session_run(struct session *session, const char *sql);
bool session_in_transaction(struct session *session);
/* Are views suspended, so that they show what was? */
bool session_suspended(struct session *session);

enum verdict {
  VERDICT_EQUAL,
  VERDICT_DIFFERENT,
  VERDICT_STATE,
  VERDICT_ERROR,
  VERDICT_RAISES
};

/* Compares a view with its query, as multisets of typed values, and then what it remembers with what that is made of.
 * DIFFERENT: `report` tells how; STATE: the view is right, but not what it remembers; ERROR: the view, or what it remembers,
 * could not be read; RAISES: its query raises an error. */
enum verdict session_check(struct session *session, int view, struct buffer *report);

/* Appends what EXPLAIN VIEW says. */
void session_explain(struct session *session, const char *view, struct buffer *out);

/* The view's columns, each as text: "c1"::text, … Valid until the next call. */
const char *session_columns(struct session *session, int view);

/* From now on work is counted anew, and what goes beyond the limit is stopped (57014); 0: nothing is. */
void session_limit(struct session *session, int limit);

#endif
