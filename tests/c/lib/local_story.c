/* Plays a story in a database of its own, as far as memory reaches. */
#include "lib/local_story.h"

#include "lib/local_database.h"
#include "lib/test.h"
#include "view/transaction.h"

int local_story_play(struct memory *memory, void *context) {
  const struct local_story *story = context;
  struct local_database local;
  int rc = local_open(&local, memory);
  for (size_t i = 0; rc == TIDE_OK && i < story->count; i++)
    rc = local_run(&local, story->statements[i]);
  if (rc == TIDE_OK)
    rc = local_run(&local, story->query);
  if (rc == TIDE_OK && !local.rows.failed)
    assert_string_equal(buffer_string(&local.rows), story->rows);
  if (local.rows.failed)
    rc = TIDE_ERROR_NOMEM;
  if (rc == TIDE_ERROR_NOMEM && local.database.in_transaction) {
    local.database.in_transaction = false;
    transaction_rollback(&local.database);
  }
  local_close(&local);
  return rc;
}
