/* Staged keys: the numbers that rows have until their origin gives them a key.
 *
 * They are negative, so that people and programs see what they are, and count down in the whole database: two rows that wait
 * never have the same, whatever their views. One that a transaction used that came to nothing is left out.
 */
#include "catalog/image.h"

static const char SETTING[] = "staged_key";

/* __tidemark_staged_key(): the next one. */
static void staged_key(sqlite3_context *context, int count, sqlite3_value **values) {
  struct database *database = sqlite3_user_data(context);
  struct catalog *catalog = database->catalog;
  (void)count;
  (void)values;
  if (catalog->staged_used == 0) {
    int code = catalog_get_count(database, SETTING, &catalog->staged_saved);
    if (code != TIDE_OK) {
      sqlite3_result_error(context, database->error->message, -1);
      return;
    }
    catalog->staged_used = catalog->staged_saved;
  }
  sqlite3_result_int64(context, -++catalog->staged_used);
}

bool staged_key_is_fresh(const struct database *database, int64_t value) {
  const struct catalog *catalog = database->catalog;
  return value < -catalog->staged_saved && value >= -catalog->staged_used;
}

int staged_keys_save(struct database *database) {
  struct catalog *catalog = database->catalog;
  char text[24];
  if (catalog->staged_used == catalog->staged_saved)
    return TIDE_OK;
  sqlite3_snprintf(sizeof text, text, "%lld", (long long)catalog->staged_used);
  int code = catalog_set_setting(database, SETTING, text);
  if (code == TIDE_OK)
    catalog->staged_saved = catalog->staged_used;
  return code;
}

int staged_key_register(struct database *database) {
  static const struct database_function functions[] = {
      {"__tidemark_staged_key", 0, staged_key}};
  return database_register(database, functions, sizeof functions / sizeof functions[0]);
}
