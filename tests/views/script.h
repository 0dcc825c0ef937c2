/* A list of statements that can be run again, as a whole or in part, in a process of its own; what went wrong is told. */
#ifndef TIDE_VIEWS_SCRIPT_H
#define TIDE_VIEWS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { SCRIPT_MAX = 400, SCRIPT_TEXT_MAX = 1 << 20 };

/* What can go wrong. */
enum failure_kind {
  FAILURE_NONE,
  FAILURE_DIFFERENT,  /* a view is not equal to its query */
  FAILURE_REFUSED,    /* a statement that PostgreSQL accepts is refused */
  FAILURE_UNEXPECTED, /* a write fails for a reason that it does not have */
  FAILURE_UNREADABLE, /* a view cannot be read, or its query cannot be run */
  FAILURE_STATE,      /* a view is equal to its query, but what it remembers is wrong */
  FAILURE_OUT_OF_STEP, /* the view engine found its own state wrong */
  FAILURE_PLAN, /* maintenance reads a whole table though it says that it does not */
  FAILURE_CRASH /* the process ended */
};

struct failure {
  enum failure_kind kind;
  int at; /* the statement after which it was noticed */
  char view[24];
  char columns[400];   /* of the view, as text */
  char signature[200]; /* two failures with the same one are taken for one mistake */
  char detail[4000];
};

/* Statements one after the other, plain memory: it is shared between processes. A text of "@reopen" or "@kill" closes and
 * opens the database. */
struct script {
  int count;
  struct script_entry {
    size_t text;
    bool check; /* compare the views after it */
    char code[6];
  } entries[SCRIPT_MAX];
  size_t length;
  char text[SCRIPT_TEXT_MAX];
};

void script_clear(struct script *script);
/* Keeps the first `count` statements. */
void script_shorten(struct script *script, int count);
/* Notes a statement; its text is kept. False when there is no room. */
bool script_add(struct script *script, const char *sql, bool check);
const char *script_sql(const struct script *script, int index);
void script_copy(struct script *to, const struct script *from);
/* The same without `count` statements from `first`. */
void script_cut(struct script *to, const struct script *from, int first, int count);
/* The same with another text for one statement. */
bool script_replace(struct script *to, const struct script *from, int index,
                    const char *sql);

/* Reads what script_print has written; views are compared after every statement. */
bool script_read(struct script *script, const char *file);

/* Runs the script in this process. Stops at the first failure; with `wanted` at the first that has its signature.
 * True: there was one. */
bool script_run(struct script *script, const struct failure *wanted,
                struct failure *failure);

/* Writes it in the format of tests/sql, the last record being one that fails. */
void script_print(const struct script *script, const struct failure *failure,
                  FILE *file);

/* --- judging, also for whoever runs statements one by one --- */

struct session;
/* Is that error one that a random write may run into? */
bool error_is_expected(const char *code);
/* Is that a refusal for which there is a reason? */
bool refusal_is_documented(const char *message);
/* Compares all views. */
bool check_views(struct session *session, int at, struct failure *failure);
/* After a statement that failed. */
void judge_error(const struct session *session, const char *sql, int at,
                 struct failure *failure);

#endif
