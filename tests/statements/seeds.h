/* Statements that somebody wrote: those of tests/sql, read where they are. */
#ifndef TIDE_STATEMENTS_SEEDS_H
#define TIDE_STATEMENTS_SEEDS_H

#include <stdbool.h>

/* The statements of one file, in order. */
struct script {
  char *path;
  char **statements;
  int count;
  bool mysql;
};

struct seeds {
  struct script *scripts;
  int count;
};

/* Every script of tests/sql and of the folders in it, in a fixed order. Ends the process when there are none. */
struct seeds *seeds_read(void);
void seeds_free(struct seeds *seeds);

#endif
