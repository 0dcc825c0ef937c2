/* Random tables: few values, many NULLs, every type, keys of all sorts. */
#include <stdio.h>
#include <string.h>

#include "generator.h"

#define LITERALS 6

static const char *const literals[KIND_COUNT][LITERALS] = {
    [KIND_SMALL] = {"0", "1", "2", "3", "-1", "4"},
    [KIND_INTEGER] = {"0", "1", "2", "3", "4", "5"},
    [KIND_BIG] = {"0", "1", "2", "3", "-4", "9007199254740993"},
    [KIND_MONEY] = {"0.00", "1.00", "1.50", "-3.25", "2.10", "120000.99"},
    [KIND_NUMERIC] = {"1", "1.0", "1.50", "2", "-3.25", "0.1"},
    [KIND_REAL] = {"0", "0.1", "1.5", "-2.25", "3", "100000.5"},
    [KIND_DOUBLE] = {"0", "0.1", "0.7", "1.5", "-2.25", "1e10"},
    [KIND_TEXT] = {"'a'", "'b'", "'A'", "''", "'it''s'", "'größe'"},
    [KIND_CHAR] = {"'a'", "'b'", "'ab'", "'abc'", "''", "'B'"},
    [KIND_BOOLEAN] = {"true", "false", "true", "false", "true", "false"},
    [KIND_JSONB] = {"'{\"k\": 1, \"s\": \"x\"}'", "'[1, 2, 2]'", "'[]'", "'null'",
                    "'{\"k\": 2}'", "'[\"p\", null, {\"k\": 3}]'"},
    [KIND_DATE] = {"'2024-01-31'", "'2024-02-29'", "'2024-03-01'", "'2023-12-31'",
                   "'2024-01-01'", "'infinity'"},
    [KIND_TIME] = {"'00:00:00'", "'10:00:00'", "'10:00:00.5'", "'23:59:59'",
                   "'12:30:00'", "'01:02:03'"},
    [KIND_TIMESTAMP] = {"'2024-01-31 10:00:00'", "'2024-02-29 00:00:00'",
                        "'2024-02-29 00:00:00.25'", "'2023-12-31 23:59:59'",
                        "'2024-01-01 00:00:00'", "'2024-01-31 11:00:00'"},
    [KIND_TIMESTAMPTZ] = {"'2024-01-31 10:00:00+00'", "'2024-01-31 12:00:00+02'",
                          "'2024-02-29 00:00:00.25+00'", "'2023-12-31 23:59:59+00'",
                          "'2024-01-01 00:00:00+00'", "'2024-01-31 11:00:00+00'"},
    [KIND_INTERVAL] = {"'1 day'", "'2 days'", "'03:00:00'", "'1 day 02:00:00'",
                       "'00:00:00'", "'-1 days'"},
    [KIND_UUID] = {"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
                   "'00000000-0000-0000-0000-000000000000'",
                   "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
                   "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
                   "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'",
                   "'10000000-0000-0000-0000-000000000000'"},
    [KIND_BYTEA] = {"'\\x'", "'\\x00'", "'\\x01ff'", "'\\x61'", "'\\x00ff00'",
                    "'\\xff'"},
    [KIND_INTEGERS] = {"'{1,2}'", "'{}'", "'{NULL,3}'", "'{2}'", "'{3,3,1}'", "'{0}'"},
    [KIND_TEXTS] = {"'{a,b}'", "'{}'", "'{NULL}'", "'{a}'", "'{\"x y\",b,a}'",
                    "'{\"\"}'"},
    [KIND_DOCUMENT] = {"'{\"n\": 1.0}'", "'{\"n\": 1.00}'", "'[1.50]'", "'2'", "'[]'",
                       "'\"s\"'"},
    [KIND_JSON] = {"'{\"k\":  1}'", "'[1,2]'", "'null'", "'\"x\"'", "'{}'", "'[ ]'"},
};

/* Where sums overflow, or lose what is small; NULL for kinds without such values. */
static const char *extreme(struct generator *generator, enum kind kind) {
  static const char *const reals[] = {"1e15", "-1e15", "3.3e-7", "1e-300", "-0.3"};
  switch (kind) {
  case KIND_SMALL: return "32767";
  case KIND_INTEGER: return chance(generator, 50) ? "2147483647" : "-2147483648";
  case KIND_BIG: return chance(generator, 50) ? "9223372036854775807" : "-5";
  case KIND_DOUBLE: return PICK(generator, reals);
  case KIND_MONEY: return "999999.99";
  default: return NULL;
  }
}

const char *literal(struct generator *generator, enum kind kind) {
  if (chance(generator, 18))
    return "NULL";
  const char *rare =
      chance(generator, kind == KIND_DOUBLE ? 15 : 1) ? extreme(generator, kind) : NULL;
  if (rare)
    return rare;
  return literals[kind][below(generator, LITERALS)];
}

const char *constant(struct generator *generator, enum kind kind) {
  const char *value = literal(generator, kind);
  bool plain = kind == KIND_INTEGER || kind == KIND_BOOLEAN;
  if (plain && strcmp(value, "NULL") != 0)
    return value;
  return say(generator, value[0] == '-' ? "(%s)::%s" : "%s::%s", value,
             kind_type(kind));
}

enum kind any_kind(struct generator *generator) {
  static const enum kind common[] = {
      KIND_INTEGER, KIND_INTEGER, KIND_INTEGER,  KIND_INTEGER, KIND_BIG,
      KIND_MONEY,   KIND_DOUBLE,  KIND_TEXT,     KIND_TEXT,    KIND_BOOLEAN,
      KIND_JSONB,   KIND_DATE,    KIND_INTEGERS, KIND_TEXTS};
  if (chance(generator, 70))
    return PICK(generator, common);
  return (enum kind)below(generator, KIND_COUNT);
}

/* --- tables --- */

static struct table_column *add_column(struct relation_info *table, const char *name,
                                       enum kind kind) {
  struct table_column *column = &table->columns[table->column_count++];
  *column = (struct table_column){.kind = kind};
  snprintf(column->name, sizeof column->name, "%s", name);
  return column;
}

static bool has_column(const struct relation_info *table, const char *name) {
  for (int i = 0; i < table->column_count; i++)
    if (strcmp(table->columns[i].name, name) == 0)
      return true;
  return false;
}

/* Names tell kinds, so that USING finds columns that can be compared. */
static struct table_column *add_random_column(struct generator *generator,
                                              struct relation_info *table) {
  enum kind kind = any_kind(generator);
  const char *name = say(generator, "%s%d", kind_letter(kind), 1 + below(generator, 2));
  return has_column(table, name) ? NULL : add_column(table, name, kind);
}

static const char *key_columns(struct generator *generator,
                               struct relation_info *table) {
  const char *text;
  switch (below(generator, 6)) {
  case 0: /* no key: rows may repeat */ return "";
  case 1:
    add_column(table, "k", KIND_INTEGER)->not_null = true;
    add_column(table, "s1", KIND_TEXT)->not_null = true;
    table->key_count = 2;
    return "k integer, s1 text, PRIMARY KEY (k, s1)";
  case 2: {
    static const enum kind kinds[] = {KIND_TEXT, KIND_BIG, KIND_MONEY, KIND_DATE,
                                      KIND_UUID};
    enum kind kind = PICK(generator, kinds);
    const char *name = say(generator, "%s1", kind_letter(kind));
    text = say(generator, "%s %s PRIMARY KEY", name, kind_type(kind));
    add_column(table, name, kind)->not_null = true;
    table->key_count = 1;
    return text;
  }
  default:
    add_column(table, "id", KIND_INTEGER)->not_null = true;
    table->key_count = 1;
    return "id integer PRIMARY KEY";
  }
}

/* The index of a table that foreign keys may refer to by its id, or -1. */
static int referable(struct generator *generator) {
  int first = generator->table_count > 0 ? below(generator, generator->table_count) : 0;
  for (int i = 0; i < generator->table_count; i++) {
    int index = (first + i) % generator->table_count;
    if (strcmp(generator->relations[index].columns[0].name, "id") == 0)
      return index;
  }
  return -1;
}

static const char *foreign_key(struct generator *generator,
                               struct relation_info *table) {
  static const char *const on_delete[] = {"",
                                          " ON DELETE CASCADE",
                                          " ON DELETE CASCADE",
                                          " ON DELETE SET NULL",
                                          " ON DELETE RESTRICT",
                                          " ON DELETE NO ACTION"};
  static const char *const on_update[] = {"",
                                          " ON UPDATE CASCADE",
                                          " ON UPDATE CASCADE",
                                          " ON UPDATE SET NULL",
                                          " ON UPDATE NO ACTION",
                                          " ON UPDATE RESTRICT"};
  int target = referable(generator);
  bool itself = table->key_count == 1 && strcmp(table->columns[0].name, "id") == 0 &&
                chance(generator, 25);
  if ((target < 0 && !itself) || !chance(generator, 55))
    return "";
  const char *name = itself ? table->name : generator->relations[target].name;
  table->parent = table->column_count;
  add_column(table, "up", KIND_INTEGER);
  return say(generator, ", up integer REFERENCES %s (id)%s%s", name,
             PICK(generator, on_delete), PICK(generator, on_update));
}

/* A column computed from another one. */
static const char *generated_column(struct generator *generator,
                                    struct relation_info *table) {
  int index = below(generator, table->column_count);
  const struct table_column *from = &table->columns[index];
  bool number = from->kind == KIND_INTEGER, text = from->kind == KIND_TEXT;
  if (from->generated || (!number && !text) || !chance(generator, 60))
    return "";
  const char *definition =
      number ? say(generator, ", gi integer GENERATED ALWAYS AS (%s * 2 + 1) STORED",
                   from->name)
             : say(generator, ", gs text GENERATED ALWAYS AS (upper(%s)) STORED",
                   from->name);
  add_column(table, number ? "gi" : "gs", from->kind)->generated = true;
  return definition;
}

static const char *plain_columns(struct generator *generator,
                                 struct relation_info *table) {
  const char *text = "";
  int count = 2 + below(generator, 4);
  for (int i = 0; i < count; i++) {
    const struct table_column *column = add_random_column(generator, table);
    if (!column)
      continue;
    const char *rest = "";
    if (kind_exact(column->kind) && table->unique < 0 && chance(generator, 12)) {
      table->unique = table->column_count - 1;
      rest = " UNIQUE";
    } else if (chance(generator, 12)) {
      rest = say(generator, " DEFAULT %s", literal(generator, column->kind));
    }
    text = say(generator, "%s, %s %s%s", text, column->name, kind_type(column->kind),
               rest);
  }
  return text;
}

const char *generate_table(struct generator *generator) {
  struct relation_info *table = &generator->relations[generator->relation_count];
  *table = (struct relation_info){.unique = -1, .parent = -1};
  snprintf(table->name, sizeof table->name, "t%d", generator->table_count);
  const char *key = key_columns(generator, table);
  const char *columns = plain_columns(generator, table);
  if (table->column_count == 0) {
    add_column(table, "i1", KIND_INTEGER);
    columns = ", i1 integer";
  }
  columns = say(generator, "%s%s", columns, foreign_key(generator, table));
  columns = say(generator, "%s%s", columns, generated_column(generator, table));
  generator->relation_count++;
  generator->table_count++;
  return say(generator, "CREATE TABLE %s (%s%s)", table->name, key,
             key[0] ? columns : columns + 2);
}

const char *generate_index(struct generator *generator) {
  int index = below(generator, generator->table_count);
  const struct relation_info *table = &generator->relations[index];
  const struct table_column *column =
      &table->columns[below(generator, table->column_count)];
  if (!kind_ordered(column->kind))
    return NULL;
  return say(generator, "CREATE INDEX ON %s (%s)", table->name, column->name);
}
