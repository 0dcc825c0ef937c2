/* An engine that is given any text, and what must not come of it. */
#ifndef TIDE_STATEMENTS_SUBJECT_H
#define TIDE_STATEMENTS_SUBJECT_H

#include <stdbool.h>

#include "base/memory.h"
#include "sql/parse.h"
#include "tidemark.h"

/* Memory that is counted: what is left at the end has leaked. */
struct counted_memory {
  struct memory memory;
  tide_allocator allocator;
  long live;
};

struct subject {
  struct counted_memory memory;
  tide_engine *engine;
  enum sql_dialect dialect;
  long looks;       /* how often the running statement was asked whether to go on */
  bool interrupted; /* it was told not to */
  bool changed;     /* a statement ended the transaction that was to undo it */
  long tried, succeeded; /* statements that were run, and that ended well */
  char reason[1200];     /* what must not have been; "": nothing */
};

/* Opens an empty database whose statements are in that dialect. `subject` must not move. */
void subject_open(struct subject *subject, enum sql_dialect dialect);
/* A leak becomes the reason, if there is none yet. */
void subject_close(struct subject *subject);

/* Makes tables of every type, views of every mode, an enum, a domain, a sequence. */
void subject_define(struct subject *subject);

/* Runs a statement for good, whether it succeeds or not. */
void subject_run(struct subject *subject, const char *text);

/* Reads and prints every statement of a text, runs it and undoes it. Of whatever bytes these are comes an answer or an
 * error that PostgreSQL's users know, with its place in the text; what is printed reads as what was printed; memory is
 * given back; it ends. Returns false when not, see `reason`. */
bool subject_check(struct subject *subject, const char *text, size_t length);

#endif
