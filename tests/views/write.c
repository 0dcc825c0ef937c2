/* Random writes: rows of every kind, keys that move, conflicts, cascades, and statements that fail. */
#include <stdio.h>
#include <string.h>

#include "generator.h"

/* A value for a column of a row that is inserted: keys collide now and then. */
static const char *cell(struct generator *generator, const struct relation_info *table,
                        int index) {
  const struct table_column *column = &table->columns[index];
  if (column->generated)
    return "DEFAULT";
  if (index == table->parent && chance(generator, 40))
    return "NULL";
  if (strcmp(column->name, "id") == 0 || index == table->parent)
    return say(generator, "%d", below(generator, chance(generator, 50) ? 6 : 24));
  const char *value = literal(generator, column->kind);
  for (int i = 0; i < 8 && column->not_null && strcmp(value, "NULL") == 0; i++)
    if (!chance(generator, 5))
      value = literal(generator, column->kind);
  return value;
}

const char *generate_insert(struct generator *generator,
                            const struct relation_info *table, int rows) {
  const char *text = say(generator, "INSERT INTO %s VALUES ", table->name);
  for (int row = 0; row < rows; row++) {
    text = say(generator, "%s%s", text, row ? ", (" : "(");
    for (int i = 0; i < table->column_count; i++)
      text = say(generator, "%s%s%s", text, i ? ", " : "", cell(generator, table, i));
    text = say(generator, "%s)", text);
  }
  return text;
}

/* A column that can be assigned to, or NULL. */
static const struct table_column *writable(struct generator *generator,
                                           const struct relation_info *table) {
  for (int i = 0; i < 8; i++) {
    const struct table_column *column =
        &table->columns[below(generator, table->column_count)];
    if (!column->generated)
      return column;
  }
  return NULL;
}

static const char *on_conflict(struct generator *generator,
                               const struct relation_info *table) {
  const char *target = table->columns[0].name;
  const struct table_column *column = writable(generator, table);
  if (!chance(generator, 45))
    return "";
  if (table->key_count == 2)
    target = say(generator, "%s, %s", target, table->columns[1].name);
  if (table->key_count == 0 && table->unique >= 0)
    target = table->columns[table->unique].name;
  bool keyed = table->key_count > 0 || table->unique >= 0;
  if (chance(generator, 40) || !keyed || !column)
    return keyed && chance(generator, 50)
               ? say(generator, " ON CONFLICT (%s) DO NOTHING", target)
               : " ON CONFLICT DO NOTHING";
  if (table->key_count == 1 && strcmp(target, "id") == 0 && chance(generator, 15))
    return say(generator, " ON CONFLICT (id) DO UPDATE SET id = %s.id + 24%s",
               table->name, chance(generator, 50) ? "" : " RETURNING *");
  const char *filter = chance(generator, 25)
                           ? say(generator, " WHERE %s.%s IS DISTINCT FROM excluded.%s",
                                 table->name, target, target)
                           : "";
  if (table->key_count == 2)
    filter = "";
  return say(generator, " ON CONFLICT (%s) DO UPDATE SET %s = excluded.%s%s", target,
             column->name, column->name, filter);
}

static const char *row_condition(struct generator *generator,
                                 const struct relation_info *table) {
  struct scope scope = {.count = 0};
  for (int i = 0; i < table->column_count; i++)
    scope_add(&scope, say(generator, "x.%s", table->columns[i].name),
              table->columns[i].kind, false);
  if (strcmp(table->columns[0].name, "id") == 0 && chance(generator, 50))
    return say(generator, " WHERE x.id = %d", below(generator, 14));
  if (chance(generator, 8))
    return "";
  generator->references = 0;
  generator->cte_count = 0;
  return say(generator, " WHERE %s", condition(generator, &scope, 0));
}

static const char *update(struct generator *generator,
                          const struct relation_info *table) {
  const struct table_column *column = writable(generator, table);
  if (!column)
    return generate_insert(generator, table, 1);
  int index = (int)(column - table->columns);
  const char *value = cell(generator, table, index);
  if (column->kind == KIND_INTEGER && chance(generator, 35))
    value = say(generator,
                chance(generator, 80)   ? "x.%s + 1"
                : chance(generator, 50) ? "x.%s"
                                        : "6 / (x.%s - 2)",
                column->name);
  const struct table_column *second = writable(generator, table);
  if (second != column && second && chance(generator, 30))
    return say(generator, "UPDATE %s AS x SET %s = %s, %s = %s%s", table->name,
               column->name, value, second->name,
               cell(generator, table, (int)(second - table->columns)),
               row_condition(generator, table));
  return say(generator, "UPDATE %s AS x SET %s = %s%s", table->name, column->name,
             value, row_condition(generator, table));
}

/* Rows written because of those of another table. */
static const char *write_by_other(struct generator *generator,
                                  const struct relation_info *table) {
  const struct relation_info *other =
      &generator->relations[below(generator, generator->relation_count)];
  const struct table_column *column = writable(generator, table);
  for (int i = 0; column && i < other->column_count; i++) {
    const struct table_column *one = &other->columns[i];
    if (one->kind != column->kind || !kind_exact(one->kind) || other->risky)
      continue;
    switch (below(generator, 3)) {
    case 0:
      return say(generator, "DELETE FROM %s AS x USING %s AS y WHERE y.%s = x.%s",
                 table->name, other->name, one->name, column->name);
    case 1:
      return say(generator,
                 "UPDATE %s AS x SET %s = (SELECT max(y.%s::text) FROM %s AS y)::%s "
                 "WHERE x.%s IS NULL",
                 table->name, column->name, one->name, other->name,
                 kind_type(column->kind), column->name);
    default:
      return say(generator,
                 "UPDATE %s AS x SET %s = DEFAULT FROM %s AS y WHERE y.%s = x.%s%s",
                 table->name, column->name, other->name, one->name, column->name,
                 chance(generator, 30) ? " RETURNING x.*" : "");
    }
  }
  return generate_insert(generator, table, 2);
}

/* TRUNCATE of one table, of several, or of all that refer to it, too; or DELETE. */
static const char *empty(struct generator *generator,
                         const struct relation_info *table) {
  switch (below(generator, 4)) {
  case 0: return say(generator, "DELETE FROM %s", table->name);
  case 1: {
    const char *all = "";
    for (int i = 0; i < generator->table_count; i++)
      all = say(generator, "%s%s%s", all, i > 0 ? ", " : "",
                generator->relations[i].name);
    return say(generator, "TRUNCATE %s", all);
  }
  default: return say(generator, "TRUNCATE %s CASCADE", table->name);
  }
}

/* Rows copied from another relation. */
static const char *copy(struct generator *generator,
                        const struct relation_info *table) {
  const struct relation_info *from =
      &generator->relations[below(generator, generator->relation_count)];
  for (int i = table->key_count; i < table->column_count; i++) {
    if (table->columns[i].generated || i == table->parent)
      continue;
    for (int j = 0; j < from->column_count; j++)
      if (from->columns[j].kind == table->columns[i].kind &&
          kind_exact(from->columns[j].kind) && table->key_count == 0)
        return say(generator,
                   "INSERT INTO %s (%s) SELECT y.%s FROM %s AS y ORDER BY 1 LIMIT 3",
                   table->name, table->columns[i].name, from->columns[j].name,
                   from->name);
  }
  return generate_insert(generator, table, 1);
}

/* --- through views --- */

static int column_index(const struct relation_info *table, const char *name) {
  for (int i = 0; i < table->column_count; i++)
    if (strcmp(table->columns[i].name, name) == 0)
      return i;
  return -1;
}

/* What the view's column may get; NULL when its table has lost that column. */
static const char *cell_through(struct generator *generator,
                                const struct relation_info *view, int index) {
  const struct relation_info *table = &generator->relations[view->base - 1];
  int column = column_index(table, view->base_columns[index]);
  return column < 0 ? NULL : cell(generator, table, column);
}

static const char *insert_through(struct generator *generator,
                                  const struct relation_info *view) {
  const char *names = "", *values = "";
  for (int i = 0; i < view->column_count; i++) {
    const char *value = cell_through(generator, view, i);
    if (!value)
      return NULL;
    names = say(generator, "%s%sc%d", names, i > 0 ? ", " : "", i + 1);
    values = say(generator, "%s%s%s", values, i > 0 ? ", " : "", value);
  }
  return say(generator, "INSERT INTO %s (%s) VALUES (%s)%s", view->name, names, values,
             chance(generator, 30) ? " ON CONFLICT DO NOTHING" : "");
}

/* A write of a view that can be written; NULL when there is none. */
static const char *write_through(struct generator *generator) {
  const struct relation_info *view =
      &generator->relations[below(generator, generator->relation_count)];
  for (int i = 0; i < generator->relation_count && view->base == 0; i++)
    view = &generator->relations[i];
  if (view->base == 0)
    return NULL;
  int index = below(generator, view->column_count);
  const char *value = cell_through(generator, view, index);
  switch (below(generator, 3)) {
  case 0: return insert_through(generator, view);
  case 1:
    return value ? say(generator, "UPDATE %s AS x SET c%d = %s%s", view->name,
                       index + 1, value, row_condition(generator, view))
                 : NULL;
  default:
    return say(generator, "DELETE FROM %s AS x%s%s", view->name,
               row_condition(generator, view),
               chance(generator, 30) ? " RETURNING c1" : "");
  }
}

const char *generate_write(struct generator *generator) {
  const struct relation_info *table =
      &generator->relations[below(generator, generator->table_count)];
  int choice = below(generator, 100);
  const char *through = chance(generator, 6) ? write_through(generator) : NULL;
  if (through)
    return through;
  if (choice < 42)
    return say(generator, "%s%s",
               generate_insert(generator, table, 1 + below(generator, 3)),
               on_conflict(generator, table));
  if (choice < 70)
    return strcmp(table->columns[0].name, "id") == 0 && chance(generator, 4)
               ? say(generator, "UPDATE %s SET id = id + 30", table->name)
               : update(generator, table);
  if (choice < 90)
    return say(generator, "DELETE FROM %s AS x%s", table->name,
               row_condition(generator, table));
  if (choice < 92)
    return empty(generator, table);
  return chance(generator, 60) ? write_by_other(generator, table)
                               : copy(generator, table);
}

const char *generate_control(struct generator *generator, bool in_transaction) {
  if (!in_transaction) {
    generator->savepoints = 0;
    return "BEGIN";
  }
  int choice = below(generator, 100);
  int savepoint = below(generator, generator->savepoints + 1); /* or one too many */
  if (choice < 12)
    return "ROLLBACK";
  if (choice < 32)
    return "COMMIT";
  if (choice < 62)
    return say(generator, "SAVEPOINT s%d", generator->savepoints++);
  bool release = choice >= 88;
  if (savepoint < generator->savepoints)
    generator->savepoints = savepoint + !release;
  return say(generator, release ? "RELEASE s%d" : "ROLLBACK TO s%d", savepoint);
}

/* --- ALTER TABLE --- */

const char *generate_alter(struct generator *generator) {
  const struct relation_info *table =
      &generator->relations[below(generator, generator->table_count)];
  const struct table_column *column =
      &table->columns[below(generator, table->column_count)];
  switch (below(generator, 4)) {
  case 0:
    return say(generator, "ALTER TABLE %s RENAME TO %c%s", table->name,
               table->name[0] == 't' ? 'u' : 't', table->name + 1);
  case 1:
    if (table->column_count < COLUMNS_MAX) {
      enum kind kind = any_kind(generator);
      return say(generator, "ALTER TABLE %s ADD COLUMN x%d %s DEFAULT %s", table->name,
                 below(generator, 4), kind_type(kind), literal(generator, kind));
    }
    break;
  case 2:
    if (column->name[0] != 'x')
      return say(generator, "ALTER TABLE %s RENAME COLUMN %s TO %s%s", table->name,
                 column->name, column->name[0] == 'y' ? "" : "y",
                 column->name + (column->name[0] == 'y'));
    break;
  default: break;
  }
  return say(generator, "ALTER TABLE %s DROP COLUMN %s", table->name, column->name);
}

static struct table_column *column_named(struct relation_info *table,
                                         const char *name) {
  for (int i = 0; i < table->column_count; i++)
    if (strcmp(table->columns[i].name, name) == 0)
      return &table->columns[i];
  return NULL;
}

/* The kind of "type DEFAULT …"; of two with one type the first. */
static enum kind kind_named(const char *text) {
  for (int kind = 0; kind < KIND_COUNT; kind++) {
    size_t length = strlen(kind_type((enum kind)kind));
    if (strncmp(text, kind_type((enum kind)kind), length) == 0 &&
        strncmp(text + length, " DEFAULT", 8) == 0)
      return (enum kind)kind;
  }
  return KIND_JSON;
}

static void drop_column(struct relation_info *table, int index) {
  memmove(&table->columns[index], &table->columns[index + 1],
          (size_t)(table->column_count - index - 1) * sizeof *table->columns);
  table->column_count--;
  table->parent = table->parent == index  ? -1
                  : table->parent > index ? table->parent - 1
                                          : table->parent;
  table->unique = table->unique == index  ? -1
                  : table->unique > index ? table->unique - 1
                                          : table->unique;
  if (index < table->key_count)
    table->key_count = 0;
}

void note_alter(struct generator *generator, const char *sql) {
  char name[16], other[16];
  int number, begins = 0;
  if (sscanf(sql, "ALTER TABLE %*1[tu]%d %n", &number, &begins) != 1)
    return;
  struct relation_info *table = &generator->relations[number];
  sql += begins;
  if (sscanf(sql, "RENAME TO %15s", name) == 1) {
    memcpy(table->name, name, sizeof name);
  } else if (sscanf(sql, "ADD COLUMN %15s %n", name, &begins) == 1) {
    struct table_column *column = &table->columns[table->column_count++];
    *column = (struct table_column){.kind = kind_named(sql + begins)};
    memcpy(column->name, name, sizeof column->name);
  } else if (sscanf(sql, "RENAME COLUMN %15s TO %15s", name, other) == 2) {
    struct table_column *column = column_named(table, name);
    if (column)
      memcpy(column->name, other, sizeof column->name);
  } else if (sscanf(sql, "DROP COLUMN %15s", name) == 1) {
    struct table_column *column = column_named(table, name);
    if (column)
      drop_column(table, (int)(column - table->columns));
  }
}
