/* What a device's statements say: the few forms in which the engine sends writes. */
#include <stdio.h>
#include <string.h>

#include "base/block.h"
#include "origin.h"

static const char RESULTS[] = " \"id\", \"name\", \"n\", CAST(\"xmin\" AS text)";

/* The text, read from its beginning on, and the parameters that it names. */
struct scan {
  const char *at;
  const struct block_cell *cells;
  int count;
  bool failed;
};

static bool accept(struct scan *scan, const char *text) {
  size_t length = strlen(text);
  if (scan->failed || strncmp(scan->at, text, length) != 0)
    return false;
  scan->at += length;
  return true;
}

static void expect(struct scan *scan, const char *text) {
  scan->failed = !accept(scan, text) || scan->failed;
}

/* $1 and so on: its cell. */
static const struct block_cell *parameter(struct scan *scan) {
  static const struct block_cell none = {.tag = BLOCK_NULL};
  int number = 0;
  expect(scan, "$");
  while (*scan->at >= '0' && *scan->at <= '9')
    number = number * 10 + (*scan->at++ - '0');
  scan->failed = scan->failed || number < 1 || number > scan->count;
  return scan->failed ? &none : &scan->cells[number - 1];
}

static void take_text(struct scan *scan, const struct block_cell *cell, char *text) {
  scan->failed = scan->failed || cell->tag != BLOCK_TEXT || cell->length >= NAME_SIZE;
  if (!scan->failed)
    memcpy(text, cell->text, cell->length);
}

static int64_t take_integer(struct scan *scan, const struct block_cell *cell) {
  scan->failed = scan->failed || cell->tag != BLOCK_INTEGER;
  return cell->integer;
}

static void take_key(struct scan *scan, struct write *write) {
  write->id = take_integer(scan, parameter(scan));
  scan->failed = scan->failed || write->id < 1 || write->id > KEYS;
}

static void table(struct scan *scan, struct write *write) {
  expect(scan, "\"public\".");
  for (write->table = 0; write->table < TABLES; write->table++) {
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "\"%s\"", table_names[write->table]);
    if (accept(scan, name))
      return;
  }
  write->table = 0;
  scan->failed = true;
}

enum column { ID, NAME, N, COLUMNS };

static enum column column(struct scan *scan) {
  static const char *const names[] = {"\"id\"", "\"name\"", "\"n\""};
  for (enum column i = ID; i < COLUMNS; i++)
    if (accept(scan, names[i]))
      return i;
  scan->failed = true;
  return ID;
}

static void give(struct scan *scan, struct write *write, enum column to) {
  if (to == ID) {
    int64_t before = write->id;
    take_key(scan, write);
    scan->failed = scan->failed || (before != 0 && before != write->id);
    return;
  }
  const struct block_cell *cell = parameter(scan);
  if (to == NAME) {
    write->gives_name = true;
    take_text(scan, cell, write->name);
  } else {
    write->gives_n = true;
    write->n = cell->tag == BLOCK_NULL ? NO_NUMBER : take_integer(scan, cell);
  }
}

static void condition(struct scan *scan, struct write *write) {
  char version[NAME_SIZE] = "";
  expect(scan, " WHERE \"id\" = ");
  take_key(scan, write);
  if (!accept(scan, " AND CAST(\"xmin\" AS text) = "))
    return;
  take_text(scan, parameter(scan), version);
  write->checks_version = true;
  scan->failed =
      scan->failed || sscanf(version, "%lld", (long long *)&write->version) != 1;
}

static void insert(struct scan *scan, struct write *write) {
  enum column columns[COLUMNS];
  int count = 0;
  table(scan, write);
  expect(scan, " (");
  do
    columns[count++] = column(scan);
  while (accept(scan, ", ") && count < COLUMNS);
  expect(scan, ") VALUES (");
  for (int i = 0; i < count; i++) {
    if (i > 0)
      expect(scan, ", ");
    give(scan, write, columns[i]);
  }
  expect(scan, ")");
}

static void update(struct scan *scan, struct write *write) {
  table(scan, write);
  expect(scan, " SET ");
  do {
    enum column to = column(scan);
    expect(scan, " = ");
    give(scan, write, to);
  } while (accept(scan, ", "));
  condition(scan, write);
}

bool write_parse(const char *sql, const struct block_cell *cells, int count,
                 struct write *write) {
  struct scan scan = {.at = sql, .cells = cells, .count = count};
  memset(write, 0, sizeof *write); /* they are compared byte by byte */
  if (accept(&scan, "INSERT INTO ")) {
    write->operation = INSERT;
    insert(&scan, write);
  } else if (accept(&scan, "UPDATE ")) {
    write->operation = UPDATE;
    update(&scan, write);
  } else {
    write->operation = DELETE;
    expect(&scan, "DELETE FROM ");
    table(&scan, write);
    condition(&scan, write);
  }
  expect(&scan, " RETURNING");
  expect(&scan, RESULTS);
  return !scan.failed && *scan.at == 0;
}

bool write_parse_conflict(const char *sql, const struct block_cell *cells, int count,
                          const struct write *write) {
  struct scan scan = {.at = sql, .cells = cells, .count = count};
  struct write found = {.operation = DELETE};
  expect(&scan, "SELECT");
  expect(&scan, RESULTS);
  expect(&scan, " FROM ");
  table(&scan, &found);
  condition(&scan, &found);
  return !scan.failed && *scan.at == 0 && found.table == write->table &&
         found.id == write->id && !found.checks_version;
}
