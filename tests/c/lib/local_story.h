/* A scenario (lib/failing_memory.h) of statements in a local database. */
#ifndef TIDE_TEST_LOCAL_STORY_H
#define TIDE_TEST_LOCAL_STORY_H

#include "base/memory.h"

/* Statements, and the rows that a query gives in the end, as local_rows gives them. */
struct local_story {
  const char *const *statements;
  size_t count;
  const char *query, *rows;
};

/* The scenario; `context` is the story. A transaction that is open when memory runs out is rolled back. */
int local_story_play(struct memory *memory, void *context);

#endif
