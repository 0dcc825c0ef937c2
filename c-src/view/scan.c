/* Finds the stored relations that a statement goes through from end to end, in the program that SQLite makes of it:
 * "The number of the root page is P2" of OpenRead and "P1 is a cursor" of Rewind and Last (https://sqlite.org/opcode.html). */
#include "view/scan.h"

#include <string.h>

#include "catalog/catalog.h"
#include "view/graph.h"

enum { CURSORS_MAX = 256, PAGES_MAX = 16, DATABASE_MAIN = 0 };

struct scan {
  struct plan *plan;
  int64_t
      opened[CURSORS_MAX];  /* that a cursor's rows begin at; 0: they are not stored */
  int64_t pages[PAGES_MAX]; /* pages of what is read whole, without duplicates */
  int page_count;
};

static void add_page(struct scan *scan, int64_t page) {
  for (int i = 0; i < scan->page_count; i++)
    if (scan->pages[i] == page)
      return;
  if (scan->page_count < PAGES_MAX)
    scan->pages[scan->page_count++] = page;
}

static void read_instruction(struct scan *scan, sqlite3_stmt *explain) {
  const char *opcode = (const char *)sqlite3_column_text(explain, 1);
  int cursor = sqlite3_column_int(explain, 2);
  if (!opcode || cursor < 0 || cursor >= CURSORS_MAX)
    return;
  if (strncmp(opcode, "Open", 4) == 0) {
    bool stored = strcmp(opcode, "OpenRead") == 0 &&
                  sqlite3_column_int(explain, 4) == DATABASE_MAIN;
    scan->opened[cursor] = stored ? sqlite3_column_int64(explain, 3) : 0;
  }
  bool all = strcmp(opcode, "Rewind") == 0 || strcmp(opcode, "Last") == 0;
  if (all && scan->opened[cursor] > 0)
    add_page(scan, scan->opened[cursor]);
}

static int read_program(struct scan *scan, const char *sql) {
  struct database *database = scan->plan->database;
  sqlite3_stmt *explain = NULL;
  struct buffer text;
  bool row = false;
  buffer_init(&text, database->memory);
  buffer_format(&text, "EXPLAIN %s", sql);
  int rc = text.failed
               ? plan_out_of_memory(scan->plan)
               : database_prepare(database, buffer_string(&text), false, &explain);
  while (rc == TIDE_OK && (rc = database_step(database, explain, &row)) == TIDE_OK &&
         row)
    read_instruction(scan, explain);
  sqlite3_finalize(explain);
  buffer_deinit(&text);
  return rc;
}

/* The relation with that stored table, which one row is not all of. NULL too for what a node remembers: emitters read one
 * end of that, or one group. */
static const struct relation *find_relation(const struct scan *scan,
                                            const char *stored) {
  const struct graph *graph = scan->plan->graph;
  for (int i = 0; i < graph->node_count; i++) {
    const struct plan *node = graph->nodes[i];
    if (strcmp(node->view->stored, stored) == 0)
      return node->storage.identity == STORAGE_ONE_ROW ? NULL : node->view;
  }
  return catalog_find_stored(scan->plan->database, stored);
}

/* The page may be that of the table or of one of its indexes. */
static int find_read(struct scan *scan, int64_t page,
                     const struct relation **relation) {
  struct database *database = scan->plan->database;
  sqlite3_stmt *statement = NULL;
  bool row = false;
  const char *name = NULL;
  int rc = database_query(database, &statement,
                          "SELECT tbl_name FROM main.sqlite_schema WHERE rootpage = ?",
                          "i", page);
  if (rc == TIDE_OK)
    rc = database_step(database, statement, &row);
  if (rc == TIDE_OK && row)
    rc = database_text(database, statement, 0, &name);
  *relation = name ? find_relation(scan, name) : NULL;
  sqlite3_finalize(statement);
  return rc;
}

/* The pages become the relations, each once. */
static int find_relations(struct scan *scan, const struct relation **relations,
                          int *count) {
  int rc = TIDE_OK;
  *count = 0;
  for (int i = 0; rc == TIDE_OK && i < scan->page_count; i++) {
    const struct relation *relation;
    rc = find_read(scan, scan->pages[i], &relation);
    bool known = !relation;
    for (int k = 0; !known && k < *count; k++)
      known = relations[k] == relation;
    if (!known)
      relations[(*count)++] = relation;
  }
  return rc;
}

int scan_explain(struct plan *plan, size_t start, struct buffer *out) {
  struct scan scan = {.plan = plan};
  const struct relation *relations[PAGES_MAX];
  int count = 0;
  int rc = out->failed ? plan_out_of_memory(plan)
                       : read_program(&scan, buffer_string(out) + start);
  if (rc == TIDE_OK)
    rc = find_relations(&scan, relations, &count);
  buffer_text(out, count > 0 ? "\nreads all of: " : "");
  for (int i = 0; i < count; i++) {
    buffer_text(out, i > 0 ? ", " : "");
    graph_print_relation(relations[i], out);
  }
  buffer_character(out, '\n');
  return rc;
}

int scan_explain_statement(struct plan *plan, const char *what, const char *sql,
                           struct buffer *out) {
  buffer_format(out, "%s: ", what);
  size_t start = out->length;
  buffer_text(out, sql);
  return scan_explain(plan, start, out);
}
