/* An open SQLite database without an engine around it, for the tests of the lower layers. */
#include "lib/test_database.h"

#include <stdbool.h>

int test_database_open(struct test_database *database, struct memory *memory) {
  static const uint8_t seed[32] = {1, 2, 3};
  *database = (struct test_database){.now = INT64_C(1769853600000)};
  error_clear(&database->error);
  random_seed(&database->random, seed);
  struct vfs_environment environment = {&database->now, &database->random};
  database->pages = vfs_pages_new(memory, environment, NULL);
  if (database->pages == NULL)
    return TIDE_ERROR_NOMEM;
  return vfs_pages_open(database->pages, false, &database->handle, &database->error);
}

void test_database_close(struct test_database *database) {
  sqlite3_close(database->handle);
  vfs_pages_free(database->pages);
  *database = (struct test_database){0};
}
