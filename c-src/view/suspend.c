/* Views suspended for a while, so that a bulk load brings them up to date only once. */
#include "view/views.h"

int view_suspend(struct database *database) {
  if (!database->in_transaction)
    return error_set(database->error, TIDE_ERROR_NO_TRANSACTION,
                     "views can only be suspended in transactions");
  database->views->suspended++;
  return TIDE_OK;
}

int view_resume(struct database *database) {
  struct views *views = database->views;
  if (views->suspended == 0)
    return error_set(database->error, TIDE_ERROR_NOT_WRITABLE,
                     "views are not suspended");
  int rc = views->suspended == 1 ? views_maintain(database, true) : TIDE_OK;
  if (rc == TIDE_OK)
    views->suspended--;
  return rc;
}

int view_suspended(const struct database *database) {
  return database->views->suspended;
}

/* The transaction has committed: a notice that memory is too short for is left out. */
void suspend_tell(struct database *database) {
  struct buffer json;
  buffer_init(&json, database->memory);
  buffer_text(&json,
              "{\"severity\":\"WARNING\",\"code\":\"01000\",\"message\":\"views were "
              "still suspended at COMMIT, which has brought them up to date\",\"hint\":"
              "\"Run RESUME VIEWS before COMMIT.\"}");
  if (!json.failed)
    effects_push(database->effects, TIDE_EFFECT_NOTICE, &json, NULL);
  buffer_deinit(&json);
}
