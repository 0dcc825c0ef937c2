/* SQLite's failures in PostgreSQL's words.
 *
 * SQLite's messages name stored tables and constraints. They are not taken apart: every relation's names are
 * compared with them, so that dots, commas and quotes in names cannot mislead. Nothing here allocates.
 */
#include <string.h>

#include "catalog/catalog.h"
#include "catalog/image.h"
#include "vfs/vfs.h"

/* What was being written, as far as it is known. */
struct write {
  const struct relation *table; /* or NULL */
  char operation;
};

/* --- comparing messages --- */

/* If `text` begins with `prefix`, what follows it; else NULL. */
static const char *after(const char *text, const char *prefix) {
  if (text == NULL)
    return NULL;
  size_t length = strlen(prefix);
  return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

/* "stored.column" at the beginning of `text`: what follows it. */
static const char *after_column(const char *text, const struct relation *relation,
                                int column) {
  return after(after(after(text, relation->stored), "."),
               relation->columns[column].name);
}

/* Is `text` the list "stored.a, stored.b" of exactly these columns? */
static bool lists_columns(const char *text, const struct relation *relation,
                          const int *columns, int count) {
  for (int i = 0; i < count && text != NULL; i++) {
    if (i > 0)
      text = after(text, ", ");
    text = after_column(text, relation, columns[i]);
  }
  return text != NULL && *text == '\0';
}

/* `name` with its dots doubled, as stored names have them. */
static const char *after_doubled(const char *text, const char *name) {
  for (; text != NULL && *name != '\0'; name++) {
    if (*text++ != *name || (*name == '.' && *text++ != '.'))
      return NULL;
  }
  return text;
}

static const char *after_stored(const char *text, const char *schema,
                                const char *name) {
  if (strcmp(schema, "public") != 0)
    text = after(after_doubled(text, schema), ".");
  return after_doubled(text, name);
}

static const struct image *image_of(const struct database *database) {
  return database->catalog == NULL ? NULL : database->catalog->image;
}

/* The relation whose column the message "stored.column" names, and which; NULL: none. */
static const struct relation *find_column(const struct database *database,
                                          const char *text, int *column) {
  const struct image *image = image_of(database);
  for (int i = 0; image != NULL && i < image->relation_count; i++) {
    const struct relation *relation = image->relations[i];
    if (after(after(text, relation->stored), ".") == NULL)
      continue;
    for (*column = 0; *column < relation->column_count; (*column)++) {
      const char *rest = after_column(text, relation, *column);
      if (rest != NULL && *rest == '\0')
        return relation;
    }
  }
  return NULL;
}

/* Reads the id in "<prefix><id>_<name>"; *name is what follows. 0: the text is another. */
static int64_t read_id(const char *text, const char *prefix, const char **name) {
  int64_t id = 0;
  const char *digit = after(text, prefix);
  if (digit == NULL)
    return 0;
  for (; *digit >= '0' && *digit <= '9' && id < INT64_MAX / 10 - 9; digit++)
    id = id * 10 + (*digit - '0');
  *name = digit + 1;
  return *digit == '_' ? id : 0;
}

static const struct relation *find_by_id(const struct database *database, int64_t id) {
  return id == 0 || image_of(database) == NULL ? NULL : catalog_find_id(database, id);
}

/* Says of the failure just recorded what it is about. */
static int about(struct database *database, int code, const struct relation *relation,
                 const char *column, const char *constraint) {
  error_about(database->error, relation->schema, relation->name, column, constraint);
  return code;
}

/* --- constraints --- */

/* Is the key the user's? That of a view which is kept here is a consequence of its query, unless an index was made for it. */
static bool is_given(const struct relation *relation, const struct key *key) {
  bool given = relation->view == NULL || relation_is_foreign(relation);
  for (int i = 0; i < relation->index_count && !given; i++)
    given = strcmp(relation->indexes[i].name, key->name) == 0;
  return given;
}

/* The name of the relation's key or index that a message about uniqueness means: it lists columns, or names an index
 * over expressions. */
static const char *unique_name(const struct relation *relation, const char *detail) {
  for (int k = 0; k < relation->key_count; k++) {
    const struct key *key = &relation->keys[k];
    if (is_given(relation, key) &&
        lists_columns(detail, relation, key->columns, key->count))
      return key->name;
  }
  for (int k = 0; k < relation->index_count; k++) {
    const struct index *index = &relation->indexes[k];
    const char *rest =
        after_stored(after(detail, "index '"), relation->schema, index->name);
    if ((rest != NULL && strcmp(rest, "'") == 0) ||
        (index->count > 0 &&
         lists_columns(detail, relation, index->columns, index->count)))
      return index->name;
  }
  return NULL;
}

/* Is it about a table of the user's? All others are ours: what is written there fits, unless what is there is damaged. */
static bool is_of_table(const struct image *image, const char *detail) {
  for (int i = 0; image != NULL && i < image->relation_count; i++)
    if (image->relations[i]->kind == RELATION_TABLE &&
        (after(after(detail, image->relations[i]->stored), ".") != NULL ||
         after(detail, "index '") != NULL))
      return true;
  return image == NULL;
}

static int unique_violation(struct database *database, const char *detail) {
  const struct image *image = image_of(database);
  for (int i = 0; image != NULL && i < image->relation_count; i++) {
    const struct relation *relation = image->relations[i];
    const char *name = unique_name(relation, detail);
    if (name == NULL)
      continue;
    int code = error_set(database->error, TIDE_ERROR_UNIQUE,
                         "duplicate key value violates unique constraint %q", name);
    return about(database, code, relation, NULL, name);
  }
  if (!is_of_table(image, detail))
    return error_set(database->error, TIDE_ERROR_CORRUPT,
                     "the stored rows of this database contradict each other: one with "
                     "this key is there already (%s)",
                     detail);
  return error_set(database->error, TIDE_ERROR_UNIQUE,
                   "duplicate key value violates a unique constraint (%s)", detail);
}

static int not_null_violation(struct database *database, const char *column_text) {
  int column;
  const struct relation *relation = find_column(database, column_text, &column);
  if (relation == NULL)
    return error_set(database->error, TIDE_ERROR_NOT_NULL,
                     "null value in column \"%s\" violates not-null constraint",
                     column_text);
  const char *name = relation->columns[column].name;
  int code =
      error_set(database->error, TIDE_ERROR_NOT_NULL,
                "null value in column %q of relation %q violates not-null constraint",
                name, relation->name);
  return about(database, code, relation, name, NULL);
}

/* A CHECK that guards a type: what PostgreSQL says when a value does not fit it. */
static int type_violation(struct database *database, const struct relation *relation,
                          const char *name) {
  int column = relation_column(relation, name);
  if (column < 0)
    return error_set(database->error, TIDE_ERROR_DATA, "value does not fit its type");
  struct type type = type_base(relation->columns[column].type);
  char type_name[64];
  catalog_format_type(database, type, type_name, sizeof type_name);
  struct error *error = database->error;
  int code;
  if (type.array || type.id == TYPE_BOOLEAN)
    code = error_set(error, TIDE_ERROR_INVALID_TEXT, "invalid input syntax for type %s",
                     type_name);
  else if (type.id == TYPE_VARCHAR || type.id == TYPE_CHAR || type.id == TYPE_TEXT)
    code = error_set(error, TIDE_ERROR_STRING_TOO_LONG, "value too long for type %s",
                     type_name);
  else
    code = error_set(error, TIDE_ERROR_OUT_OF_RANGE, "%s out of range", type_name);
  error_hint(error, "It was to go into column %q of relation %q.", name,
             relation->name);
  return code;
}

static int check_violation(struct database *database, const char *constraint) {
  const char *name = NULL;
  const struct relation *relation =
      find_by_id(database, read_id(constraint, "__type_", &name));
  if (relation != NULL)
    return type_violation(database, relation, name);
  relation = find_by_id(database, read_id(constraint, "__check_", &name));
  if (relation != NULL) {
    int code = error_set(database->error, TIDE_ERROR_CHECK,
                         "new row for relation %q violates check constraint %q",
                         relation->name, name);
    return about(database, code, relation, NULL, name);
  }
  return error_set(database->error, TIDE_ERROR_CHECK,
                   "new row violates check constraint %q", constraint);
}

/* "cannot store TEXT value in INTEGER column stored.column" */
static int datatype_violation(struct database *database, const char *message) {
  const char *value = after(message, "cannot store ");
  const char *column_text = value == NULL ? NULL : strstr(value, " column ");
  int column;
  const struct relation *relation =
      column_text == NULL
          ? NULL
          : find_column(database, column_text + strlen(" column "), &column);
  if (relation == NULL)
    return error_set(database->error, TIDE_ERROR_INVALID_TEXT, "%s", message);
  /* what integers come to beyond 64 bits */
  if (strncmp(value, "REAL", 4) == 0 &&
      relation->columns[column].type.id == TYPE_BIGINT)
    return type_violation(database, relation, relation->columns[column].name);
  char type_name[64];
  catalog_format_type(database, type_base(relation->columns[column].type), type_name,
                      sizeof type_name);
  error_set(database->error, TIDE_ERROR_INVALID_TEXT,
            "invalid input syntax for type %s", type_name);
  error_hint(database->error,
             "A value of another type was to go into column %q of "
             "relation %q.",
             relation->columns[column].name, relation->name);
  return TIDE_ERROR_INVALID_TEXT;
}

static int constraint_error(struct database *database, int extended,
                            const char *message, const struct write *write) {
  const char *detail = strstr(message, " constraint failed: ");
  detail = detail == NULL ? message : detail + strlen(" constraint failed: ");
  switch (extended) {
  case SQLITE_CONSTRAINT_UNIQUE:
  case SQLITE_CONSTRAINT_PRIMARYKEY:
  case SQLITE_CONSTRAINT_ROWID: return unique_violation(database, detail);
  case SQLITE_CONSTRAINT_NOTNULL: return not_null_violation(database, detail);
  case SQLITE_CONSTRAINT_CHECK: return check_violation(database, detail);
  case SQLITE_CONSTRAINT_DATATYPE: return datatype_violation(database, message);
  case SQLITE_CONSTRAINT_FOREIGNKEY:
    return foreign_key_error(database, write->table, write->operation);
  case SQLITE_CONSTRAINT_TRIGGER:
    if (strstr(message, "FOREIGN KEY") != NULL)
      return foreign_key_error(database, write->table, write->operation);
    break;
  default: break;
  }
  return error_set(database->error, TIDE_ERROR_INTEGRITY, "%s", message);
}

/* --- everything else --- */

/* What the catalog says there is, SQLite does not know; or text of ours that is JSON is none. */
static bool tells_of_damage(const char *message) {
  static const char *const beginnings[] = {
      "no such table: ", "no such column: ", "no such index: ", "malformed JSON",
      "bad JSON path"};
  for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
    if (after(message, beginnings[i]) != NULL)
      return true;
  return strstr(message, " has no column named ") != NULL ||
         strstr(message, " already exists") != NULL ||
         after(message, "error in view ") != NULL;
}

/* A page is not what was written to it. */
static int damage_error(struct database *database) {
  error_set(database->error, TIDE_ERROR_CORRUPT, "%s", vfs_damage(database->handle));
  error_hint(database->error,
             "What is on other pages can still be read: save it, then restore the "
             "database from a copy. PRAGMA integrity_check lists what is damaged.");
  return TIDE_ERROR_CORRUPT;
}

/* SQLITE_ERROR: a SQL function of ours left the reason; SQLite itself only says it in words. */
static int general_error(struct database *database, const char *message) {
  if (database->error->code != TIDE_OK)
    return database->error->code;
  const struct error *function = database->types.error;
  if (function != NULL && function->code != TIDE_OK) {
    int code = error_set(database->error, function->code, "%s", function->message);
    if (function != database->error && function->hint[0] != '\0')
      error_hint(database->error, "%s", function->hint);
    return code;
  }
  if (strcmp(message, "integer overflow") == 0)
    return error_set(database->error, TIDE_ERROR_OUT_OF_RANGE, "bigint out of range");
  /* the binder compares columns; whether expressions are those of an index SQLite knows */
  if (after(message, "ON CONFLICT clause does not match") != NULL)
    return error_set(database->error, TIDE_ERROR_COLUMN_REFERENCE,
                     "there is no unique or exclusion constraint matching the "
                     "ON CONFLICT specification");
  if (strcmp(message, "ESCAPE expression must be a single character") == 0)
    return error_set(database->error, TIDE_ERROR_INVALID_ESCAPE,
                     "invalid escape string");
  if (strstr(message, "nth_value must be") != NULL)
    return error_set(database->error, TIDE_ERROR_NTH_VALUE,
                     "argument of nth_value must be greater than zero");
  if (strstr(message, "offset must be a non-negative number") != NULL)
    return error_set(database->error, TIDE_ERROR_FRAME,
                     "invalid preceding or following size in window function");
  if (strstr(message, "offset must be a non-negative integer") != NULL)
    return error_set(database->error, TIDE_ERROR_FRAME,
                     "frame offset must not be negative or null");
  if (strncmp(message, "too many ", 9) == 0 || strstr(message, "too large") != NULL ||
      strstr(message, "too complex") != NULL)
    return error_set(database->error, TIDE_ERROR_LIMIT, "%s", message);
  if (strstr(message, "stack overflow") != NULL)
    return error_set(database->error, TIDE_ERROR_TOO_DEEP, "%s", message);
  /* sqlite_dbpage hides why; its transaction is open already, so memory was missing */
  if (strcmp(message, "failed to open transaction") == 0)
    return error_set(database->error, TIDE_ERROR_NOMEM, "out of memory");
  /* SQLite has undone the transaction by itself where it met a damaged page */
  if (after(message, "cannot commit - no transaction") != NULL &&
      vfs_damage(database->handle)[0] != '\0')
    return damage_error(database);
  if (tells_of_damage(message))
    return error_set(database->error, TIDE_ERROR_CORRUPT,
                     "the catalog of this database and its tables do not fit each "
                     "other: %s",
                     message);
  return error_set(database->error, TIDE_ERROR_INTERNAL, "SQLite: %s", message);
}

static int map_error(struct database *database, int sqlite_result,
                     const struct write *write) {
  if (sqlite_result == SQLITE_OK || sqlite_result == SQLITE_ROW ||
      sqlite_result == SQLITE_DONE)
    return TIDE_OK;
  struct error *error = database->error;
  const char *message = sqlite3_errmsg(database->handle);
  int extended = sqlite3_extended_errcode(database->handle);
  if ((extended & 0xff) != (sqlite_result & 0xff)) {
    extended = sqlite_result;
    message = sqlite3_errstr(sqlite_result);
  }
  if (extended == SQLITE_IOERR_NOMEM)
    return error_set(error, TIDE_ERROR_NOMEM, "out of memory");
  if (extended == SQLITE_IOERR_DATA)
    return damage_error(database);
  switch (extended & 0xff) {
  case SQLITE_NOMEM: return error_set(error, TIDE_ERROR_NOMEM, "out of memory");
  case SQLITE_CONSTRAINT: return constraint_error(database, extended, message, write);
  case SQLITE_FULL:
    return error_set(error, TIDE_ERROR_STORAGE_FULL, "the database's storage is full");
  case SQLITE_CORRUPT:
    return error_set(error, TIDE_ERROR_CORRUPT, "the database file is damaged: %s",
                     message);
  case SQLITE_NOTADB:
    return error_set(error, TIDE_ERROR_CORRUPT, "the file is not a database");
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
    return error_set(error, TIDE_ERROR_INPUT_OUTPUT,
                     "the database file cannot be read or "
                     "written: %s",
                     message);
  case SQLITE_READONLY:
    return error_set(error, TIDE_ERROR_READ_ONLY, "the database cannot be written: %s",
                     message);
  case SQLITE_INTERRUPT:
  case SQLITE_ABORT:
    return error_set(error, TIDE_ERROR_ABORTED, "the statement was ended");
  case SQLITE_TOOBIG:
    return error_set(error, TIDE_ERROR_LIMIT, "a value or statement is too large");
  case SQLITE_MISMATCH:
    return error_set(error, TIDE_ERROR_INVALID_TEXT,
                     "invalid input syntax for type bigint");
  case SQLITE_ERROR: return general_error(database, message);
  default: return error_set(error, TIDE_ERROR_INTERNAL, "SQLite: %s", message);
  }
}

int database_error(struct database *database, int sqlite_result) {
  return map_error(database, sqlite_result, &(struct write){NULL, 0});
}

int database_write_error(struct database *database, int sqlite_result,
                         const struct relation *table, char operation) {
  return map_error(database, sqlite_result, &(struct write){table, operation});
}
