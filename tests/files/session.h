/* An engine on a file or on pages that the fuzzer holds, and what became of each statement and event. */
#ifndef TIDE_FILES_SESSION_H
#define TIDE_FILES_SESSION_H

#include "base/block.h"
#include "base/error.h"
#include "lib/crash_files.h"
#include "tidemark.h"

#define FILE_NAME "test.db"
#define LOG_NAME  FILE_NAME "-wal"

/* What a statement or an event ended with. */
struct outcome {
  char sqlstate[6]; /* "00000": well */
  char message[200];
  uint64_t sum;   /* over the rows */
  int64_t number; /* the first column of the last row, if it is an integer */
  bool waits;
};

struct session {
  tide_engine *engine;
  struct crash_disk *disk; /* borrowed; NULL: pages */
  struct buffer *pages;    /* borrowed; the database, kept by the host */
  /* of the last effect of each kind */
  int64_t subscribe, apply, request, load;
  int64_t commit;
};

/* Opens the database; `pieces`: with its pages told piece by piece. The outcome says why it cannot be. */
struct outcome session_open(struct session *session, bool pieces);
void session_close(struct session *session);

/* Runs one statement to its end; what it waits for never comes. */
struct outcome session_run(struct session *session, const char *sql);

/* Runs a live query: watched, run, and read again. */
struct outcome session_live(struct session *session, const char *sql);

/* An event; `data` may be NULL. */
struct outcome session_feed(struct session *session, enum tide_event_type type,
                            const char *json, const struct buffer *data);

#endif
