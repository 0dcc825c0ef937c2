/* What is done with a database that may be damaged, and whether everything that came of it may be. */
#ifndef TIDE_FILES_SCENARIO_H
#define TIDE_FILES_SCENARIO_H

#include "damage.h"
#include "session.h"

enum { SCENARIO_READS_MAX = 40 };

/* What the reads gave where nothing was damaged. */
struct reads {
  uint64_t sums[SCENARIO_READS_MAX];
};

/* What a run has come to; lives in memory that outlasts a crash. */
struct verdict {
  bool failed;
  char step[600];    /* the last one begun */
  char reason[1200]; /* at which step it failed, and why */
  long steps, errors, corrupt;
  /* how often which SQLSTATE came, for whoever wants to read them */
  struct tally {
    char text[120];
    long count;
  } tallies[400];
};

/* Reads everything of an open database. */
void scenario_read(struct session *session, struct reads *reads);

/* Opens the database, reads, checks, writes, defines, closes, and opens it again. `states`: reads that are right, `count` of
 * them; NULL when what was written may be anything. */
void scenario_run(struct session *session, bool pieces, const struct reads *states,
                  int count, struct verdict *verdict);

#endif
