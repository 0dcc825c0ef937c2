/* How maintenance reads: no statement that it keeps prepared goes through a whole table, or builds an index to throw away,
 * unless EXPLAIN VIEW says that the view is recomputed. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "round.h"

enum { PLANS_MAX = 400, PLANS_TEXT_MAX = 1 << 18 };

static const char *const tables[] = {
    "CREATE TABLE t (id integer PRIMARY KEY, a integer, s text, n numeric(8,2))",
    "CREATE TABLE u (id integer PRIMARY KEY, t_id integer, b integer, d double "
    "precision)",
    "CREATE TABLE w (k integer, x integer, PRIMARY KEY (k, x))",
    "CREATE TABLE r (id integer PRIMARY KEY, u_id integer, f real, x numeric, j jsonb)",
    "INSERT INTO t SELECT g, g % 3, 's' || g % 2, g FROM generate_series(1, 12) AS g",
    "INSERT INTO u SELECT g, g % 5 + 1, g % 4, g / 2.0 FROM generate_series(1, 20) AS "
    "g",
    "INSERT INTO w SELECT g % 4, g FROM generate_series(1, 10) AS g",
    "INSERT INTO r SELECT g, g % 4, g / 8.0, g / 4.0, '[1]' FROM generate_series(1, "
    "10) AS g"};

enum { TABLE_STATEMENTS = sizeof tables / sizeof *tables };

static const char *const writes[] = {"INSERT INTO t VALUES (30, 1, 'x', 2.5)",
                                     "UPDATE t SET a = a + 1 WHERE id = 3",
                                     "INSERT INTO u VALUES (40, 3, 2, 0.5)",
                                     "UPDATE u SET t_id = 4 WHERE id = 2",
                                     "INSERT INTO w VALUES (3, 77)",
                                     "UPDATE w SET x = 78 WHERE x = 77",
                                     "INSERT INTO r VALUES (40, 3, 0.5, 1.00, '{}')",
                                     "UPDATE r SET x = 1.0, u_id = 2 WHERE id = 40",
                                     "DELETE FROM u WHERE id = 40",
                                     "DELETE FROM t WHERE id = 30",
                                     "DELETE FROM w WHERE x = 78"};

/* The queries of tests/views/plans.txt, and how EXPLAIN VIEW has to say that each is kept. */
struct expected {
  char *text;
  int count;
  struct expected_plan {
    const char *sql, *kept;
  } plans[PLANS_MAX];
};

static bool ends_with(const char *text, int length, const char *end) {
  int size = (int)strlen(end);
  return length >= size && memcmp(text + length - size, end, (size_t)size) == 0;
}

/* Lines of SQL change with every spelling; what is looked for are nodes, tables, indexes and what is computed anew. */
static bool is_about_plan(const char *line, int length) {
  static const char *const begins[] = {
      "maintenance: ", "row identity: ", "stored: ", "index: ",
      "searches: ",    "remembers: ",    "node ",    "reads all of: "};
  for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
    if (strncmp(line, begins[i], strlen(begins[i])) == 0)
      return true;
  return ends_with(line, length, ": recompute, all parts are affected");
}

static char *read_file(const char *name) {
  FILE *file = fopen(name, "rb");
  char *text = calloc(1, PLANS_TEXT_MAX);
  if (file && text)
    text[fread(text, 1, PLANS_TEXT_MAX - 1, file)] = 0;
  if (file)
    fclose(file);
  return text;
}

/* Records: a query, "----", lines, an empty line. Lines that begin with # say something. */
static bool read_plans(struct expected *expected) {
  expected->text = read_file("tests/views/plans.txt");
  expected->count = 0;
  char *at = expected->text;
  while (at && *at && expected->count < PLANS_MAX) {
    char *end = strstr(at, "\n\n"), *kept = strstr(at, "\n----\n");
    if (!end)
      break;
    *end = 0;
    if (*at != '#' && kept && kept < end) {
      *kept = 0;
      kept += strlen("\n----\n");
      expected->plans[expected->count++] =
          (struct expected_plan){at, kept < end ? kept : ""};
    } else if (*at != '#' && kept) { /* nothing is expected yet */
      *strstr(at, "\n----") = 0;
      expected->plans[expected->count++] = (struct expected_plan){at, ""};
    }
    at = end + 2;
  }
  return expected->count > 0;
}

/* --- which tables a statement goes through --- */

enum { NAME_MAX_LENGTH = 64, CURSORS_MAX = 64 };

struct reading {
  sqlite3 *handle;
  struct database *database;
  char opened[CURSORS_MAX][NAME_MAX_LENGTH]; /* by cursor; empty: no relation */
};

static int64_t query_integer(sqlite3 *handle, const char *sql) {
  sqlite3_stmt *statement;
  int64_t value = 0;
  if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

/* As EXPLAIN VIEW names it; a node of one row is never read in part. */
static void name_relation(struct reading *reading, const char *stored, char *name) {
  const struct relation *relation = catalog_find_stored(reading->database, stored);
  char sql[2 * NAME_MAX_LENGTH];
  if (relation) {
    snprintf(name, NAME_MAX_LENGTH, "%s.%s", relation->schema, relation->name);
  } else if (strncmp(stored, "__view_", 7) == 0) {
    snprintf(sql, sizeof sql, "SELECT count(*) FROM main.\"%s\"", stored);
    if (query_integer(reading->handle, sql) != 1)
      snprintf(name, NAME_MAX_LENGTH, "node %s", strrchr(stored, '_') + 1);
  }
}

/* The table, or view, whose rows or index begin at that page of the file. */
static void open_relation(struct reading *reading, int page, char *name) {
  sqlite3_stmt *find;
  name[0] = 0;
  if (sqlite3_prepare_v2(reading->handle,
                         "SELECT tbl_name FROM sqlite_schema WHERE rootpage = ?", -1,
                         &find, NULL) != SQLITE_OK)
    return;
  sqlite3_bind_int(find, 1, page);
  if (sqlite3_step(find) == SQLITE_ROW)
    name_relation(reading, (const char *)sqlite3_column_text(find, 0), name);
  sqlite3_finalize(find);
}

/* What one instruction of SQLite's machine reads that it should not, or NULL. */
static const char *judge_instruction(struct reading *reading, const char *opcode,
                                     int cursor, int page) {
  bool known = cursor >= 0 && cursor < CURSORS_MAX;
  if (strcmp(opcode, "OpenAutoindex") == 0)
    return "an index made for one run";
  if (strcmp(opcode, "OpenRead") == 0 && known)
    open_relation(reading, page, reading->opened[cursor]);
  else if (strncmp(opcode, "Open", 4) == 0 && known)
    reading->opened[cursor][0] = 0;
  bool all = strcmp(opcode, "Rewind") == 0 || strcmp(opcode, "Last") == 0;
  return all && known && reading->opened[cursor][0] ? reading->opened[cursor] : NULL;
}

/* Does the statement go through a whole table? *what says through which. */
static bool reads_whole(struct reading *reading, const char *sql, char *what,
                        size_t size) {
  sqlite3_stmt *explain;
  bool whole = false;
  char *text = sqlite3_mprintf("EXPLAIN %s", sql);
  memset(reading->opened, 0, sizeof reading->opened);
  if (sqlite3_prepare_v2(reading->handle, text, -1, &explain, NULL) == SQLITE_OK) {
    while (!whole && sqlite3_step(explain) == SQLITE_ROW) {
      const char *found = judge_instruction(
          reading, (const char *)sqlite3_column_text(explain, 1),
          sqlite3_column_int(explain, 2), sqlite3_column_int(explain, 3));
      whole = found != NULL;
      if (found)
        snprintf(what, size, "%s", found);
    }
    sqlite3_finalize(explain);
  }
  sqlite3_free(text);
  return whole;
}

/* --- maintenance's statements --- */

/* Is it one of a statement that the test has prepared itself? */
static bool is_own(const struct tide_engine *engine, const sqlite3_stmt *statement) {
  for (const struct tide_statement *one = engine->statements; one; one = one->next)
    if (one->sqlite == statement)
      return true;
  return false;
}

/* Is it in one of the lines "reads all of: a, b"? */
static bool is_told(const char *explanation, const char *what) {
  static const char begin[] = "\nreads all of: ";
  size_t length = strlen(what);
  for (const char *line = strstr(explanation, begin); line;
       line = strstr(line + 1, begin)) {
    const char *end = strchr(line + 1, '\n');
    for (const char *at = strstr(line, what); at && at < end; at = strstr(at + 1, what))
      if (at[length] == ',' || at[length] == '\n')
        return true;
  }
  return false;
}

static bool is_recomputed(const char *explanation) {
  return strstr(explanation, ": recompute\n") || strstr(explanation, ": recompute,");
}

static bool check_plans(struct round *round, const char *query) {
  struct tide_engine *engine = round->session.engine;
  struct reading reading = {.handle = engine->database.handle,
                            .database = &engine->database};
  struct failure *failure = &round->shared->failure;
  char what[NAME_MAX_LENGTH];
  struct buffer explanation;
  state_check_forget(&round->session.states); /* the test's own statements */
  buffer_init(&explanation, memory_default());
  session_explain(&round->session, "v", &explanation);
  bool good = true, recomputed = is_recomputed(buffer_string(&explanation));
  /* what the view holds itself is little then */
  bool small = strstr(buffer_string(&explanation), "there is one row") != NULL ||
               strstr(buffer_string(&explanation), "window of LIMIT") != NULL;
  for (sqlite3_stmt *one = sqlite3_next_stmt(reading.handle, NULL);
       good && !recomputed && one; one = sqlite3_next_stmt(reading.handle, one)) {
    const char *sql = sqlite3_sql(one);
    if (!sql || is_own(engine, one))
      continue;
    round->shared->plans++;
    bool whole = reads_whole(&reading, sql, what, sizeof what);
    if (!whole || is_told(buffer_string(&explanation), what) ||
        (small && (strcmp(what, "public.v") == 0 || strstr(sql, " LIMIT "))))
      continue;
    *failure =
        (struct failure){.kind = FAILURE_PLAN, .at = round->shared->script.count - 1};
    snprintf(failure->signature, sizeof failure->signature, "plan %.180s", query);
    snprintf(failure->detail, sizeof failure->detail, "# reads all of %s: %s\n# %s\n",
             what, sql, query);
    good = false;
  }
  buffer_deinit(&explanation);
  return good;
}

/* Names of tables and indexes have the view's number in them, which is left out. */
static void append_line(const char *line, int length, int64_t view,
                        struct buffer *out) {
  char number[24];
  int digits = snprintf(number, sizeof number, "_%lld", (long long)view);
  for (int i = 0; i < length; i++) {
    bool ours = i + digits <= length && memcmp(line + i, number, (size_t)digits) == 0 &&
                (i + digits == length || !isdigit((unsigned char)line[i + digits])) &&
                (ends_with(line, i, "__view") || ends_with(line, i, "__state") ||
                 ends_with(line, i, "_identity") || ends_with(line, i, "_part"));
    buffer_character(out, line[i]);
    i += ours ? digits - 1 : 0;
  }
}

static void summarise(const char *explanation, int64_t view, struct buffer *out) {
  for (const char *line = explanation; line && *line;) {
    const char *end = strchr(line, '\n');
    int length = end ? (int)(end - line) : (int)strlen(line);
    if (is_about_plan(line, length)) {
      buffer_text(out, out->length > 0 ? "\n" : "");
      append_line(line, length, view, out);
    }
    line = end ? end + 1 : NULL;
  }
}

static bool check_kept(struct round *round, const struct expected_plan *plan,
                       FILE *written) {
  struct failure *failure = &round->shared->failure;
  struct buffer explanation, summary;
  buffer_init(&explanation, memory_default());
  buffer_init(&summary, memory_default());
  session_explain(&round->session, "v", &explanation);
  summarise(buffer_string(&explanation),
            catalog_find(&round->session.engine->database, NULL, "v")->id, &summary);
  bool good = strcmp(buffer_string(&summary), plan->kept) == 0;
  if (written) {
    fprintf(written, "%s\n----\n%s\n\n", plan->sql, buffer_string(&summary));
  } else if (!good) {
    *failure =
        (struct failure){.kind = FAILURE_PLAN, .at = round->shared->script.count - 1};
    snprintf(failure->signature, sizeof failure->signature, "kept %.180s", plan->sql);
    snprintf(failure->detail, sizeof failure->detail,
             "# %s\n# is kept as\n%s\n# and not as\n%s\n", plan->sql,
             buffer_string(&summary), plan->kept);
  }
  buffer_deinit(&explanation);
  buffer_deinit(&summary);
  return good || written;
}

/* Is a whole table seen for what it is, and a search too? */
static bool judge_is_awake(struct session *session) {
  struct reading reading = {.handle = session->engine->database.handle,
                            .database = &session->engine->database};
  char what[NAME_MAX_LENGTH] = "";
  return reads_whole(&reading, "SELECT count(s) FROM t", what, sizeof what) &&
         strcmp(what, "public.t") == 0 &&
         !reads_whole(&reading, "SELECT s FROM t WHERE id = 1", what, sizeof what) &&
         reads_whole(&reading, "SELECT t.s FROM w, t WHERE t.a = w.x AND w.k = 1", what,
                     sizeof what);
}

static bool check_plan(struct round *round, const struct expected_plan *plan,
                       FILE *written) {
  bool good = round_statement(
      round, say(&round->generator, "CREATE REALTIME VIEW v AS %s", plan->sql));
  for (size_t i = 0; good && i < sizeof writes / sizeof *writes; i++)
    good = round_statement(round, writes[i]);
  return good && check_kept(round, plan, written) && check_plans(round, plan->sql) &&
         round_statement(round, "DROP REALTIME VIEW v");
}

static bool check_all_plans(struct round *round, const struct expected *expected) {
  const char *name = getenv("PLANS_OUT");
  FILE *written = name && *name ? fopen(name, "w") : NULL;
  int first = written ? 0 : below(&round->generator, expected->count);
  bool good = true;
  for (int i = 0; good && i < expected->count; i++) {
    script_shorten(&round->shared->script, TABLE_STATEMENTS); /* each on its own */
    good = check_plan(round, &expected->plans[(first + i) % expected->count], written);
  }
  if (written)
    fclose(written);
  return good;
}

bool plans_run(struct round *round) {
  static struct expected expected;
  bool good = true;
  for (size_t i = 0; good && i < TABLE_STATEMENTS; i++)
    good = round_statement(round, tables[i]);
  if (good && (!read_plans(&expected) || !judge_is_awake(&round->session))) {
    round->shared->failure =
        (struct failure){.kind = FAILURE_PLAN, .signature = "plans cannot be read"};
    good = false;
  }
  good = good && check_all_plans(round, &expected);
  free(expected.text);
  return good;
}
