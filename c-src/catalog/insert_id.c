/* Follows the numbers that an INSERT gives, and tells the first of them. */
#include "catalog/insert_id.h"

#include <string.h>

#include "catalog/bind.h"
#include "catalog/image.h"
#include "catalog/variables.h"

static struct database *database_of(sqlite3_context *context) {
  return sqlite3_user_data(context);
}

bool is_insert_id(const struct function *function) {
  return function != NULL && strcmp(function->name, "mysql_last_insert_id") == 0;
}

/* --- the statement that runs --- */

void insert_id_begin(struct database *database, const struct binding *binding,
                     const struct relation *table) {
  struct insert_id *id = &database->insert_id;
  *id = (struct insert_id){.last = id->last, .unknown = id->unknown, .runs = true};
  if (table == NULL || binding->numbered == 0)
    return;
  int column = binding->numbered - 1;
  id->table = table->stored;
  id->column = column == table->row_id ? -1 : column;
  id->numbers_all = binding->numbers_all;
  id->in_order = binding->inserts_values;
}

int64_t insert_id_end(struct database *database, bool succeeded) {
  struct insert_id *id = &database->insert_id;
  id->runs = false;
  id->table = NULL;
  if (!succeeded)
    return 0;
  bool mixed = !id->in_order && id->gives && id->numbers;
  if (mixed || id->has_first || id->has_told) {
    id->unknown = mixed;
    id->last = id->has_first ? id->first : id->told;
  }
  return mixed ? 0 : id->has_first ? id->first : id->has_told ? id->told : id->row;
}

static int64_t number_of(const struct insert_id *id, sqlite3 *handle, int64_t rowid) {
  sqlite3_value *value = NULL;
  if (id->column < 0)
    return rowid;
  return sqlite3_preupdate_new(handle, id->column, &value) == SQLITE_OK
             ? sqlite3_value_int64(value)
             : 0;
}

void insert_id_row(struct insert_id *id, sqlite3 *handle, const char *table,
                   int64_t rowid, bool inserts) {
  if (strcmp(id->table, table) != 0 || sqlite3_preupdate_depth(handle) != 0)
    return;
  id->row = number_of(id, handle, rowid);
  if (inserts && !id->has_first && (id->numbers_all || id->numbers_row)) {
    id->has_first = true;
    id->first = id->row;
  }
}

/* --- the functions --- */

/* __tidemark_last_insert_id() */
static void last_insert_id(sqlite3_context *context, int count,
                           sqlite3_value **values) {
  struct database *database = database_of(context);
  const struct insert_id *id = &database->insert_id;
  (void)count;
  (void)values;
  if (id->runs && id->has_told) {
    sqlite3_result_int64(context, id->told);
  } else if (!id->unknown) {
    sqlite3_result_int64(context, id->last);
  } else {
    error_set(
        database->error, TIDE_ERROR_NOT_SUPPORTED,
        "LAST_INSERT_ID() after an INSERT … SELECT that gives some rows a key and "
        "others none is not supported");
    sqlite3_result_error(context, database->error->message, -1);
  }
}

/* __tidemark_set_insert_id(value): the value, which LAST_INSERT_ID() tells from here on. */
static void set_insert_id(sqlite3_context *context, int count, sqlite3_value **values) {
  struct insert_id *id = &database_of(context)->insert_id;
  (void)count;
  id->has_told = true;
  id->told = sqlite3_value_int64(values[0]); /* of NULL: 0 */
  if (!id->runs) {
    id->last = id->told;
    id->unknown = false;
  }
  sqlite3_result_value(context, values[0]);
}

/* Does a value ask for the next number? */
static bool asks(struct database *database, sqlite3_value *value) {
  if (sqlite3_value_type(value) == SQLITE_NULL)
    return true;
  return !variables_keep_zero(database) &&
         sqlite3_value_numeric_type(value) == SQLITE_INTEGER &&
         sqlite3_value_int64(value) == 0;
}

/* Numbers go on behind a value that is given: SQLite sees to that where it is the rowid. */
static int count_on(struct database *database, sqlite3_value **values) {
  int64_t value = sqlite3_value_int64(values[0]);
  return database_write(database,
                        "UPDATE __tidemark_identities SET next_value = ? + 1"
                        " WHERE relation_id = ? AND position = ? AND next_value <= ?",
                        "iiii", value, sqlite3_value_int64(values[1]),
                        sqlite3_value_int64(values[2]), value);
}

/* __tidemark_given_key(value[, relation id, column position]): the value for a column that numbers itself; NULL where it
 * asks for the next number. */
static void given_key(sqlite3_context *context, int count, sqlite3_value **values) {
  struct database *database = database_of(context);
  struct insert_id *id = &database->insert_id;
  id->numbers_row = asks(database, values[0]);
  if (id->numbers_row) {
    id->numbers = true;
    return;
  }
  id->gives = true;
  if (count > 1 && count_on(database, values) != TIDE_OK)
    sqlite3_result_error(context, database->error->message, -1);
  else
    sqlite3_result_value(context, values[0]);
}

int insert_id_register(struct database *database) {
  static const struct database_function functions[] = {
      {"__tidemark_last_insert_id", 0, last_insert_id},
      {"__tidemark_set_insert_id", 1, set_insert_id},
      {"__tidemark_given_key", 1, given_key},
      {"__tidemark_given_key", 3, given_key}};
  return database_register(database, functions, sizeof functions / sizeof functions[0]);
}
