/* One database, what is done to it, and the counts of all of them. */
#ifndef TIDE_VIEWS_ROUND_H
#define TIDE_VIEWS_ROUND_H

#include "generator.h"
#include "script.h"
#include "session.h"

/* What a round does. */
enum theme {
  THEME_RANDOM, /* random tables, views of every form, random writes */
  THEME_MATRIX, /* twelve shapes of views under each of twenty-six kinds of statements */
  THEME_PLANS,  /* how maintenance reads */
  THEME_LOGIC,  /* queries of the forms of sqllogictest's, each a view */
  THEME_RECURSION, /* WITH RECURSIVE over random graphs */
  THEME_COUNT
};

enum { MATRIX_SHAPES = 12, MATRIX_KINDS = 26 };

/* What the process that runs the rounds tells the one that watches it. */
struct shared {
  uint64_t seed, rounds, statements, failed_statements, checks, views, refused, heavy;
  uint64_t coverage[CONSTRUCT_COUNT];
  uint64_t themes[THEME_COUNT]; /* checks */
  uint64_t matrix
      [MATRIX_KINDS]; /* statements of that kind after which the shapes were compared */
  uint64_t plans;     /* statements of maintenance that were looked at */
  uint64_t cut;       /* statements within which the power went */
  bool portable;      /* nothing happens of which a script cannot tell how it ends */
  struct failure failure;
  struct script script;
};

struct round {
  struct shared *shared;
  struct generator generator;
  struct session session;
  bool piling; /* views are not read before the transaction ends */
  bool heavy;  /* a write or comparing took too long: it would only get worse */
  int depth;
};

/* Runs the whole round of a seed. With THEME_COUNT the seed decides the theme. False: a failure was found, see
 * shared->failure. */
bool round_run(struct shared *shared, uint64_t seed, enum theme theme, int depth);

/* Runs a statement, and checks the views unless changes are to pile up. False: a failure was found. */
bool round_statement(struct round *round, const char *sql);
/* The same for a random transaction statement. */
bool round_control(struct round *round);

/* matrix.c, logic.c, plans.c, recursion.c: the rounds of these themes. */
bool matrix_run(struct round *round);
bool logic_run(struct round *round);
bool plans_run(struct round *round);
bool recursion_run(struct round *round);

#endif
