/* An open SQLite database without an engine around it, for the tests of the lower layers. */
#ifndef TIDE_TEST_TEST_DATABASE_H
#define TIDE_TEST_TEST_DATABASE_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "vfs/vfs_pages.h"

/* Its own clock and randomness, the same in every run. */
struct test_database {
  sqlite3 *handle;
  int64_t now; /* 2026-01-31 10:00:00 UTC */
  struct random random;
  struct error error;
  struct vfs_pages *pages;
};

/* Opens one that keeps nothing. Returns TIDE_OK or an error; to be closed in either case. */
int test_database_open(struct test_database *database, struct memory *memory);
void test_database_close(struct test_database *database);

#endif
