/* Which foreign key did a write violate? SQLite does not say; often only one comes into question. */
#include "catalog/image.h"

enum { CASCADE_DEPTH_MAX = 16 };

/* Foreign keys that the write can have violated. */
struct candidates {
  const struct database *database;
  const struct relation *owner; /* of the first */
  const struct constraint *first;
  int count;
  bool own; /* the first is one of the written table itself */
};

static void add(struct candidates *candidates, const struct relation *owner,
                const struct constraint *constraint, bool own) {
  if (constraint == candidates->first)
    return;
  if (candidates->count++ == 0) {
    candidates->owner = owner;
    candidates->first = constraint;
    candidates->own = own;
  }
}

static void add_own(struct candidates *candidates, const struct relation *table) {
  for (int i = 0; i < table->constraint_count; i++) {
    if (table->constraints[i].referenced != 0)
      add(candidates, table, &table->constraints[i], true);
  }
}

/* Foreign keys that refer to the table: those that refuse the change, and what those that pass it on lead to. */
static void add_referring(struct candidates *candidates, const struct relation *table,
                          bool deleted, int depth) {
  const struct image *image = candidates->database->catalog->image;
  for (int i = 0; i < image->relation_count && depth < CASCADE_DEPTH_MAX; i++) {
    const struct relation *other = image->relations[i];
    for (int k = 0; k < other->constraint_count; k++) {
      const struct constraint *constraint = &other->constraints[k];
      enum sql_foreign_action action =
          deleted ? constraint->on_delete : constraint->on_update;
      if (constraint->referenced != table->id)
        continue;
      if (action == SQL_NO_ACTION || action == SQL_ACTION_RESTRICT)
        add(candidates, other, constraint, false);
      else if (other != table)
        add_referring(candidates, other, deleted && action == SQL_ACTION_CASCADE,
                      depth + 1);
    }
  }
}

/* Several come into question: the table that was written is all that is sure. */
static int report_table(struct database *database, const struct relation *table,
                        char operation) {
  const char *word = operation == 'I'   ? "insert"
                     : operation == 'U' ? "update"
                                        : "delete";
  return error_set(database->error, TIDE_ERROR_FOREIGN_KEY,
                   "%s on table %q violates a foreign key constraint", word,
                   table->name);
}

static int report(struct database *database, const struct candidates *candidates) {
  const struct constraint *constraint = candidates->first;
  const struct relation *target = catalog_find_id(database, constraint->referenced);
  const struct relation *owner = candidates->owner;
  int code;
  if (candidates->own || target == NULL)
    code = error_set(database->error, TIDE_ERROR_FOREIGN_KEY,
                     "insert or update on table %q violates foreign key constraint %q",
                     owner->name, constraint->name);
  else
    code =
        error_set(database->error, TIDE_ERROR_FOREIGN_KEY,
                  "update or delete on table %q violates foreign key constraint %q on "
                  "table %q",
                  target->name, constraint->name, owner->name);
  error_about(database->error, owner->schema, owner->name, NULL, constraint->name);
  return code;
}

int foreign_key_error(struct database *database, const struct relation *table,
                      char operation) {
  struct candidates candidates = {.database = database};
  if (table == NULL || database->catalog == NULL)
    return error_set(database->error, TIDE_ERROR_FOREIGN_KEY,
                     "insert, update or delete violates a foreign key constraint");
  if (operation != 'D')
    add_own(&candidates, table);
  if (operation != 'I')
    add_referring(&candidates, table, operation == 'D', 0);
  return candidates.count == 1 ? report(database, &candidates)
                               : report_table(database, table, operation);
}

/* --- several writes at once --- */

/* SELECT 1 FROM the referring table WHERE a reference leads nowhere */
static void print_search(struct buffer *sql, const struct relation *table,
                         const struct constraint *constraint,
                         const struct relation *target) {
  buffer_format(sql, "SELECT 1 FROM %q AS c WHERE NOT EXISTS (SELECT 1 FROM %q AS p",
                table->stored, target->stored);
  for (int i = 0; i < constraint->count; i++)
    buffer_format(sql, " %s p.%q = c.%q", i > 0 ? "AND" : "WHERE",
                  target->columns[constraint->referenced_columns[i]].name,
                  table->columns[constraint->columns[i]].name);
  buffer_character(sql, ')');
  for (int i = 0; i < constraint->count; i++)
    buffer_format(sql, " AND c.%q IS NOT NULL",
                  table->columns[constraint->columns[i]].name);
  buffer_text(sql, " LIMIT 1");
}

static int is_violated(struct database *database, const struct relation *table,
                       const struct constraint *constraint, bool *violated) {
  const struct relation *target = catalog_find_id(database, constraint->referenced);
  struct buffer sql;
  int64_t found = 0;
  *violated = false;
  if (!target)
    return TIDE_OK;
  buffer_init(&sql, database->memory);
  print_search(&sql, table, constraint, target);
  int rc = sql.failed ? TIDE_ERROR_NOMEM
                      : database_integer(database, buffer_string(&sql), &found);
  buffer_deinit(&sql);
  *violated = found != 0;
  return rc;
}

int foreign_key_find(struct database *database) {
  const struct image *image = database->catalog->image;
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *table = image->relations[i];
    for (int k = 0; k < table->constraint_count; k++) {
      const struct constraint *constraint = &table->constraints[k];
      bool violated;
      if (constraint->referenced == 0)
        continue;
      int rc = is_violated(database, table, constraint, &violated);
      if (rc != TIDE_OK)
        return rc;
      const struct candidates found = {
          .owner = table, .first = constraint, .count = 1, .own = true};
      if (violated)
        return report(database, &found);
    }
  }
  return foreign_key_error(database, NULL, 'U');
}
