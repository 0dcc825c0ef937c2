/* How maintenance reads: no statement that it keeps prepared goes through a whole table, or builds an index to throw away,
 * unless EXPLAIN VIEW says that the view is recomputed. */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "round.h"

static const char *const tables[] = {
    "CREATE TABLE t (id integer PRIMARY KEY, a integer, s text, n numeric(8,2))",
    "CREATE TABLE u (id integer PRIMARY KEY, t_id integer, b integer, d double "
    "precision)",
    "CREATE TABLE w (k integer, x integer, PRIMARY KEY (k, x))",
    "INSERT INTO t SELECT g, g % 3, 's' || g % 2, g FROM generate_series(1, 12) AS g",
    "INSERT INTO u SELECT g, g % 5 + 1, g % 4, g / 2.0 FROM generate_series(1, 20) AS "
    "g",
    "INSERT INTO w SELECT g % 4, g FROM generate_series(1, 10) AS g"};

static const char *const writes[] = {"INSERT INTO t VALUES (30, 1, 'x', 2.5)",
                                     "UPDATE t SET a = a + 1 WHERE id = 3",
                                     "INSERT INTO u VALUES (40, 3, 2, 0.5)",
                                     "UPDATE u SET t_id = 4 WHERE id = 2",
                                     "INSERT INTO w VALUES (3, 77)",
                                     "UPDATE w SET x = 78 WHERE x = 77",
                                     "DELETE FROM u WHERE id = 40",
                                     "DELETE FROM t WHERE id = 30",
                                     "DELETE FROM w WHERE x = 78"};

/* Queries, and how EXPLAIN VIEW has to say that each is kept: less would be more work. */
static const struct {
  const char *sql, *kept;
} queries[] = {
    {"SELECT id, a + 1 AS c FROM t WHERE s = 's1'", "incremental filter by id"},
    {"SELECT a, s FROM t", "incremental filter by all columns; rows may repeat"},
    {"SELECT t.id, u.id AS uid, t.s, u.b FROM t JOIN u ON u.t_id = t.id",
     "incremental join by uid"},
    {"SELECT t.s, u.b, w.x FROM t JOIN u ON u.t_id = t.id JOIN w ON w.k = u.b",
     "incremental join by all columns; rows may repeat"},
    {"SELECT x.id, y.id AS other FROM t AS x JOIN t AS y ON y.a = x.a",
     "incremental join by id, other"},
    {"SELECT t.id, u.id AS uid, u.b FROM t LEFT JOIN u ON u.t_id = t.id",
     "incremental outer join by id, uid"},
    {"SELECT t.id, u.id AS uid, t.s FROM u RIGHT JOIN t ON u.t_id = t.id AND u.b > 1",
     "incremental outer join by id, uid"},
    {"SELECT t.id, u.id AS uid FROM t FULL JOIN u ON u.t_id = t.id",
     "incremental filter by all columns; rows may repeat; 1: incremental outer join by "
     "c1, c2; 2: incremental subquery by c2; 3: incremental set operation by all "
     "columns; rows may repeat"},
    {"SELECT id, s FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id)",
     "incremental subquery by id"},
    {"SELECT id, s FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id AND "
     "u.b = 1)",
     "incremental subquery by id"},
    {"SELECT id, s FROM t WHERE id IN (SELECT t_id FROM u WHERE b > 0)",
     "incremental subquery by id"},
    {"SELECT id, s FROM t WHERE a NOT IN (SELECT b FROM u WHERE d > 1)",
     "incremental subquery by id; 1: incremental aggregate by there is one row; "
     "2: incremental filter by there is one row"},
    {"SELECT id, a > ALL (SELECT x FROM w) AS c, s FROM t",
     "incremental subquery by id; 1: incremental aggregate by there is one row; 2: "
     "incremental filter by there is one row"},
    {"SELECT id, s FROM t WHERE EXISTS (SELECT 1 FROM w WHERE w.x >= t.a)",
     "incremental subquery by id"},
    {"SELECT id, (SELECT sum(b) FROM u WHERE u.t_id = t.id) AS c FROM t",
     "incremental subquery by id"},
    {"SELECT a, count(*) AS c, sum(id) AS d FROM t GROUP BY a",
     "incremental aggregate by a"},
    {"SELECT a, min(n) AS c, max(s) AS d, count(DISTINCT s) AS e FROM t GROUP BY a",
     "incremental aggregate by a"},
    {"SELECT a, string_agg(s, ',' ORDER BY id) AS c FROM t GROUP BY a HAVING count(*) "
     "> 1",
     "incremental filter by a; 1: incremental aggregate by c1"},
    {"SELECT t.s, sum(u.d) AS c FROM t JOIN u ON u.t_id = t.id GROUP BY t.s",
     "recompute of the groups affected by s"},
    {"SELECT count(*) AS c, sum(a) AS d FROM t",
     "incremental aggregate by there is one row"},
    {"SELECT DISTINCT a, s FROM t", "incremental aggregate by a, s"},
    {"SELECT DISTINCT ON (a) a, id, s FROM t ORDER BY a, n DESC, id",
     "recompute of the DISTINCT ON groups affected by id"},
    {"SELECT a FROM t UNION SELECT b FROM u", "incremental set operation by a"},
    {"SELECT a FROM t UNION ALL SELECT b FROM u",
     "incremental set operation by all columns; rows may repeat"},
    {"SELECT a FROM t INTERSECT SELECT b FROM u", "incremental set operation by a"},
    {"SELECT a FROM t EXCEPT SELECT b FROM u", "incremental set operation by a"},
    {"SELECT id, a, sum(n) OVER (PARTITION BY a ORDER BY id) AS c FROM t",
     "recompute of the window partitions affected by id"},
    {"WITH c AS (SELECT t_id, count(*) AS n FROM u GROUP BY t_id) SELECT t.id, c.n "
     "FROM t JOIN c ON c.t_id = t.id",
     "incremental join by id; 1: incremental aggregate by c1"},
    {"SELECT t.id, q.m FROM t LEFT JOIN LATERAL (SELECT max(b) AS m FROM u WHERE "
     "u.t_id = t.id) AS q ON true",
     "incremental subquery by all columns; rows may repeat"},
    {"SELECT t.id, g.c FROM t, generate_series(1, t.a) AS g(c)",
     "incremental function by all columns; rows may repeat"},
    {"WITH RECURSIVE r(x, y) AS (SELECT id, 0 FROM t UNION ALL SELECT u.b, r.y + 1 "
     "FROM r JOIN u ON u.t_id = r.x WHERE r.y < 3) SELECT x, y FROM r",
     "incremental filter by all columns; rows may repeat; 1: incremental recursion by "
     "all columns; rows may repeat"},
    {"WITH RECURSIVE r(x, y) AS (SELECT t_id, b FROM u UNION SELECT r.x, w.x FROM r "
     "JOIN w ON w.k = r.y) SELECT x, y FROM r",
     "incremental filter by x, y; 1: incremental recursion by c1, c2"},
    {"SELECT a FROM t UNION VALUES (1), (2)",
     "incremental set operation by a; 1: none is needed, it reads nothing by all "
     "columns; rows may repeat"},
    {"SELECT b, t_id FROM (SELECT b, t_id FROM u WHERE d > 0) AS q ORDER BY b, t_id "
     "LIMIT 3",
     "incremental window of LIMIT by all columns; rows may repeat"},
    {"SELECT t.id, q.b FROM t JOIN (SELECT t_id, b FROM u WHERE b > 1) AS q ON q.t_id "
     "= t.id",
     "incremental join by all columns; rows may repeat"},
    {"SELECT t.a, stddev(u.d) AS c FROM t JOIN u ON u.t_id = t.id GROUP BY t.a",
     "recompute by all columns; rows may repeat"},
    {"SELECT t.a, sum(u.d) AS c FROM t JOIN u ON u.t_id = t.id GROUP BY t.a",
     "recompute of the groups affected by a"},
    {"SELECT t.a, string_agg(t.s, ',') AS c, variance(u.b) AS e FROM t JOIN u ON "
     "u.t_id = t.id GROUP BY t.a",
     "recompute of the groups affected by a"},
    {"SELECT count(*) AS c FROM t FULL JOIN u ON u.t_id = t.id",
     "incremental aggregate by there is one row; 1: incremental outer join by c1, "
     "__key_2; 2: incremental subquery by __key_2; 3: incremental set operation by all "
     "columns; rows may repeat"},
    {"SELECT 1 AS c FROM t FULL JOIN u ON u.t_id = t.id",
     "incremental filter by all columns; rows may repeat; 1: incremental outer join by "
     "c1, __key_2; 2: incremental subquery by __key_2; 3: incremental set operation by "
     "all columns; rows may repeat"},
    {"SELECT t.id, u.b, w.x FROM u JOIN t ON t.id = u.t_id JOIN w ON w.k = t.a AND w.x "
     "= u.id",
     "incremental join by all columns; rows may repeat"},
    {"SELECT u.id, t.s FROM u JOIN t ON t.id = u.t_id", "incremental join by id"},
    {"SELECT DISTINCT ON (a) a, s, count(*) AS c FROM t GROUP BY a, s ORDER BY a, "
     "count(*) DESC, s",
     "recompute by all columns; rows may repeat"},
    {"SELECT id, s FROM t WHERE a IN (SELECT k FROM w)", "incremental subquery by id"},
    {"SELECT id FROM t ORDER BY a, id LIMIT 2 OFFSET 1",
     "incremental window of LIMIT by id"},
    {"SELECT a, count(*) AS c FROM t GROUP BY ROLLUP (a)",
     "incremental filter by all columns; rows may repeat; 1: incremental aggregate by "
     "c1; 2: incremental aggregate by there is one row; 3: incremental set operation "
     "by all columns; rows may repeat"},
    {"SELECT a, bool_and(s = 's1') AS c, bit_xor(id) AS d, avg(n) AS e FROM t GROUP BY "
     "a",
     "incremental aggregate by a"},
    {"SELECT t.id, ARRAY(SELECT u.b FROM u WHERE u.t_id = t.id ORDER BY u.id) AS c "
     "FROM t",
     "incremental subquery by id"},
    {"SELECT id, rank() OVER (ORDER BY a, id) AS c FROM t",
     "recompute by all columns; rows may repeat"},
    {"VALUES (1), (2)",
     "none is needed, it reads nothing by all columns; rows may repeat"},
    {"SELECT id FROM t WHERE a IN (SELECT max(b) FROM u GROUP BY t_id)",
     "incremental subquery by id; 1: incremental aggregate by __key_1"},
    {"SELECT t.id, (SELECT count(*) FROM u WHERE u.t_id = t.id AND u.b < (SELECT "
     "max(x) FROM w)) AS c FROM t",
     "incremental subquery by id; 1: incremental aggregate by there is one row"},
    {"SELECT t.id FROM t JOIN u ON u.t_id = t.id AND u.b < (SELECT max(x) FROM w)",
     "incremental subquery by id, __key_2; 1: incremental aggregate by there is one "
     "row"},
    {"SELECT t.id FROM t WHERE EXISTS ((SELECT 1 FROM u WHERE u.t_id = t.id AND u.b IN "
     "(SELECT max(x) FROM w GROUP BY k)))",
     "incremental subquery by id; 1: incremental aggregate by __key_1"},
    {"SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id) UNION SELECT "
     "b FROM u",
     "incremental set operation by a; 1: incremental subquery by __key_2"},
    {"SELECT a FROM t, generate_series(1, t.a) UNION ALL SELECT b FROM u",
     "incremental set operation by all columns; rows may repeat; 1: incremental "
     "function by all columns; rows may repeat"},
    {"SELECT a, string_agg(s, ',') AS c FROM t GROUP BY a HAVING count(*) > 1",
     "incremental filter by a; 1: incremental aggregate by c1"},
    {"SELECT q.a, count(*) AS c FROM (SELECT a, s FROM t WHERE EXISTS (SELECT 1 FROM u "
     "WHERE u.t_id = t.id)) AS q GROUP BY q.a",
     "incremental aggregate by a; 1: incremental subquery by __key_2"},
    {"WITH c AS (SELECT a, id FROM t WHERE a > 0) SELECT x.id, y.id AS other FROM c AS "
     "x JOIN c AS y ON y.a = x.a",
     "incremental join by id, other"},
    {"SELECT a FROM t UNION SELECT 1",
     "incremental set operation by a; 1: none is needed, it reads nothing by all "
     "columns; rows may repeat"},
    {"SELECT a, sum((SELECT max(b) FROM u WHERE u.t_id = t.id)) AS c FROM t GROUP BY a",
     "incremental aggregate by a; 1: incremental subquery by __key_3"},
    {"SELECT id, rank() OVER (PARTITION BY a % 2 ORDER BY id) AS c FROM t",
     "recompute of the window partitions affected by id; 1: incremental filter by c2"},
    {"SELECT DISTINCT ON (a % 2) a, id FROM t ORDER BY a % 2, id",
     "recompute of the DISTINCT ON groups affected by id; 1: incremental filter by c3"},
    {"SELECT a FROM t UNION (SELECT b FROM u UNION SELECT x FROM w)",
     "incremental set operation by a"},
    {"SELECT DISTINCT ON (a) a FROM t GROUP BY a, s ORDER BY a, count(*) DESC, s",
     "recompute by all columns; rows may repeat"},
    {"SELECT a, sum(n) AS c, sum(id) FILTER (WHERE s = 's1') AS d FROM t GROUP BY a "
     "HAVING count(*) > 1",
     "incremental filter by a; 1: incremental aggregate by c1"},
};

/* --- which tables a statement goes through --- */

struct reading {
  sqlite3 *handle;
  struct database *database;
  const struct relation *opened[64]; /* by cursor */
};

/* The table, or view, whose rows begin at that page of the file; NULL for others. */
static const struct relation *relation_at(struct reading *reading, int page) {
  sqlite3_stmt *find;
  const struct relation *relation = NULL;
  if (sqlite3_prepare_v2(reading->handle,
                         "SELECT tbl_name FROM sqlite_schema WHERE rootpage = ?", -1,
                         &find, NULL) != SQLITE_OK)
    return NULL;
  sqlite3_bind_int(find, 1, page);
  if (sqlite3_step(find) == SQLITE_ROW)
    relation = catalog_find_stored(reading->database,
                                   (const char *)sqlite3_column_text(find, 0));
  sqlite3_finalize(find);
  return relation;
}

/* What one instruction of SQLite's machine reads that it should not, or NULL. */
static const char *judge_instruction(struct reading *reading, const char *opcode,
                                     int cursor, int page) {
  bool known = cursor >= 0 && cursor < 64;
  if (strcmp(opcode, "OpenAutoindex") == 0)
    return "an index made for one run";
  if (strcmp(opcode, "OpenRead") == 0 && known)
    reading->opened[cursor] = relation_at(reading, page);
  else if (strncmp(opcode, "Open", 4) == 0 && known)
    reading->opened[cursor] = NULL;
  bool all = strcmp(opcode, "Rewind") == 0 || strcmp(opcode, "Last") == 0;
  return all && known && reading->opened[cursor] ? reading->opened[cursor]->name : NULL;
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

static bool is_recomputed(const char *explanation) {
  return strstr(explanation, ": recompute") != NULL;
}

static bool check_plans(struct round *round, const char *query) {
  struct tide_engine *engine = round->session.engine;
  struct reading reading = {.handle = engine->database.handle,
                            .database = &engine->database};
  struct failure *failure = &round->shared->failure;
  char what[64];
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
    if (!whole || (small && (strcmp(what, "v") == 0 || strstr(sql, " LIMIT "))))
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

/* What EXPLAIN VIEW says of the view and its nodes: "how by identity; 1 how by identity". */
static void summarise(const char *explanation, struct buffer *out) {
  static const char *const begins[] = {"maintenance: ", "row identity: ", "node "};
  for (const char *line = explanation; line && *line;) {
    const char *end = strchr(line, '\n');
    int length = end ? (int)(end - line) : (int)strlen(line);
    for (int i = 0; i < 3; i++)
      if (strncmp(line, begins[i], strlen(begins[i])) == 0) {
        int skip = (int)strlen(begins[i]);
        buffer_format(out, "%s%.*s",
                      i == 0   ? ""
                      : i == 1 ? " by "
                               : "; ",
                      length - skip, line + skip);
      }
    line = end ? end + 1 : NULL;
  }
}

static bool check_kept(struct round *round, const char *query, const char *kept) {
  struct failure *failure = &round->shared->failure;
  struct buffer explanation, summary;
  buffer_init(&explanation, memory_default());
  buffer_init(&summary, memory_default());
  session_explain(&round->session, "v", &explanation);
  summarise(buffer_string(&explanation), &summary);
  bool good = strcmp(buffer_string(&summary), kept) == 0;
  if (!good) {
    *failure =
        (struct failure){.kind = FAILURE_PLAN, .at = round->shared->script.count - 1};
    snprintf(failure->signature, sizeof failure->signature, "kept %.180s", query);
    snprintf(failure->detail, sizeof failure->detail,
             "# is kept as %s\n# and not as %s\n# %s\n", buffer_string(&summary), kept,
             query);
  }
  buffer_deinit(&explanation);
  buffer_deinit(&summary);
  return good;
}

/* Is a whole table seen for what it is, and a search too? */
static bool judge_is_awake(struct session *session) {
  struct reading reading = {.handle = session->engine->database.handle,
                            .database = &session->engine->database};
  char what[64] = "";
  return reads_whole(&reading, "SELECT count(s) FROM t", what, sizeof what) &&
         strcmp(what, "t") == 0 &&
         !reads_whole(&reading, "SELECT s FROM t WHERE id = 1", what, sizeof what) &&
         reads_whole(&reading, "SELECT t.s FROM w, t WHERE t.a = w.x AND w.k = 1", what,
                     sizeof what);
}

bool plans_run(struct round *round) {
  enum { QUERIES = sizeof queries / sizeof *queries };
  size_t first = (size_t)below(&round->generator, QUERIES);
  bool good = true;
  for (size_t i = 0; good && i < sizeof tables / sizeof *tables; i++)
    good = round_statement(round, tables[i]);
  if (good && !judge_is_awake(&round->session)) {
    round->shared->failure =
        (struct failure){.kind = FAILURE_PLAN, .signature = "plans cannot be read"};
    good = false;
  }
  for (size_t i = 0; good && i < QUERIES; i++) {
    size_t number = (first + i) % QUERIES;
    const char *query = queries[number].sql;
    good = round_statement(
        round, say(&round->generator, "CREATE REALTIME VIEW v AS %s", query));
    for (size_t j = 0; good && j < sizeof writes / sizeof *writes; j++)
      good = round_statement(round, writes[j]);
    good = good && check_kept(round, query, queries[number].kept) &&
           check_plans(round, query) && round_statement(round, "DROP REALTIME VIEW v");
  }
  return good;
}
