/* WITH RECURSIVE over random graphs — trees, cycles, edges that repeat — under random writes: each query a view. */
#include <string.h>

#include "round.h"

enum { VIEWS = 8, STATEMENTS = 60, NAMES = 7 };

static const char *const definitions[] = {
    "CREATE TABLE node (id integer PRIMARY KEY, parent integer, s text, n numeric)",
    "CREATE TABLE edge (a integer, b integer, w integer)",
    "CREATE TABLE link (a integer NOT NULL, b integer NOT NULL, s text, PRIMARY KEY "
    "(a, "
    "b))",
    "CREATE REALTIME VIEW heavy AS SELECT a, b, count(*)::integer AS w FROM edge GROUP "
    "BY "
    "a, b"};

static const char *number(struct generator *generator) {
  return chance(generator, 6) ? "NULL" : say(generator, "%d", below(generator, NAMES));
}

static const char *text(struct generator *generator) {
  return chance(generator, 10) ? "NULL"
                               : say(generator, "'%c'", 'a' + below(generator, 3));
}

/* --- queries: three columns, x that leads on, y that counts steps or is carried along, z --- */

static const char *base(struct generator *generator) {
  static const char *const bases[] = {
      "SELECT id, 0, s FROM node WHERE parent IS NULL",
      "SELECT id, 0, s FROM node",
      "SELECT a, 0, 'e' FROM edge WHERE w > 1",
      "SELECT b, 0, s FROM link",
      "VALUES (1, 0, 'v'), (2, 0, NULL)",
      "SELECT 3, 0, 'one'",
      "SELECT a, 0, max(s) FROM link GROUP BY a",
      "SELECT e.b, 0, n.s FROM edge AS e JOIN node AS n ON n.id = e.a",
      "SELECT id, 0, s FROM node WHERE EXISTS (SELECT 1 FROM edge WHERE edge.a = "
      "node.id)",
      "SELECT a, 0, NULL::text FROM edge UNION SELECT id, 0, s FROM node"};
  return PICK(generator, bases);
}

static const char *joined(struct generator *generator) {
  static const char *const sources[] = {
      "r JOIN edge AS e ON e.a = r.x",
      "r JOIN edge AS e ON e.b = r.x",
      "r JOIN node AS e ON e.parent = r.x",
      "r JOIN node AS e ON e.id = r.x",
      "r JOIN link AS e ON e.a = r.x",
      "r JOIN heavy AS e ON e.a = r.x",
      "r JOIN edge AS e ON e.a < r.x",
      "r JOIN (SELECT a, max(b) AS b FROM edge GROUP BY a) AS e ON e.a = r.x",
      "r JOIN edge AS f ON f.a = r.x JOIN edge AS e ON e.a = f.b",
      "node AS f JOIN r ON f.id = r.x JOIN edge AS e ON e.a = f.parent",
      "r JOIN edge AS e ON e.a = r.x JOIN link AS f ON f.a = e.a AND f.b = e.b",
      "r JOIN edge AS e ON e.a = r.x LEFT JOIN node AS f ON f.id = e.b",
      "edge AS e LEFT JOIN node AS f ON f.id = e.b AND f.s <> 'a' JOIN r ON r.x = e.a",
      "r JOIN edge AS e ON e.a = r.x LEFT JOIN node AS f ON f.id = r.x AND f.s <> 'a'",
      "r JOIN (edge AS e CROSS JOIN link AS f) ON e.a = r.x AND f.a = e.b"};
  return PICK(generator, sources);
}

/* The column of `e` that the next step begins with. */
static const char *next(struct generator *generator, const char *from) {
  bool node = strstr(from, "node AS e") != NULL;
  switch (below(generator, 6)) {
  case 0: return node ? "coalesce(e.parent, 9)" : "e.a + 1";
  case 1: return node ? "e.parent" : "e.a";
  default: return node ? "e.id" : "e.b";
  }
}

static const char *further(struct generator *generator, const char *from) {
  const char *leads = strstr(from, "node AS e") ? "e.id" : "e.b";
  switch (below(generator, 10)) {
  case 0: return say(generator, " AND r.x <> %d", below(generator, NAMES));
  case 1: return " AND r.z IS DISTINCT FROM 'a'";
  case 2: return " AND r.x IN (SELECT id FROM node WHERE s = 'b')";
  case 4:
    return say(generator,
               " AND NOT EXISTS (SELECT 1 FROM link AS l WHERE l.a = %s AND l.s = 'b')",
               leads);
  case 5:
    return say(generator, " AND (r.x = 1 OR %s NOT IN (SELECT parent FROM node))",
               leads);
  case 3: return " AND NOT EXISTS (SELECT 1 FROM link AS l WHERE l.a = r.x)";
  default: return "";
  }
}

static const char *recursion(struct generator *generator) {
  bool all = chance(generator, 45);
  bool steps = all || chance(generator, 40);
  const char *from = joined(generator), *leads = next(generator, from);
  /* ways multiply: few steps of UNION ALL */
  int most = !all ? 3 : strstr(from, "AS f") ? 1 : 2;
  const char *ends = steps || strstr(leads, "+ 1")
                         ? say(generator, "r.x < 9 AND r.y < %d", most)
                         : "r.x < 9";
  static const char *const labels[] = {"r.z", "coalesce(r.z, 'n')", "'s'"};
  return say(generator, "%s UNION %sSELECT %s, %s, %s FROM %s WHERE %s%s",
             base(generator), all ? "ALL " : "", leads, steps ? "r.y + 1" : "r.y",
             steps && chance(generator, 40) ? "r.z || r.y::text"
                                            : PICK(generator, labels),
             from, ends, further(generator, from));
}

static const char *view_query(struct generator *generator) {
  static const char *const outer[] = {
      "SELECT x, y, z FROM r",
      "SELECT x, y, z FROM r",
      "SELECT x, count(*) AS y, max(z) AS z FROM r GROUP BY x",
      "SELECT r.x, q.x AS y, r.z FROM r JOIN r AS q ON q.x = r.y",
      "SELECT id, parent, s FROM node WHERE id NOT IN (SELECT x FROM r WHERE x IS NOT "
      "NULL)",
      "SELECT DISTINCT x, y FROM r WHERE z <> 'b'",
      "SELECT n.id, r.y, r.z FROM node AS n LEFT JOIN r ON r.x = n.id",
      "SELECT x, y FROM r EXCEPT SELECT a, b FROM edge"};
  return say(generator, "WITH RECURSIVE r(x, y, z) AS (%s) %s", recursion(generator),
             PICK(generator, outer));
}

/* --- writes --- */

static const char *edges(struct generator *generator) {
  const char *rows = "";
  int count = 1 + below(generator, 3);
  for (int i = 0; i < count; i++)
    rows = say(generator, "%s%s(%s, %s, %d)", rows, i > 0 ? ", " : "",
               number(generator), number(generator), below(generator, 3));
  return say(generator, "INSERT INTO edge VALUES %s", rows);
}

static const char *statement(struct generator *generator) {
  int one = below(generator, NAMES), two = below(generator, NAMES);
  switch (below(generator, 13)) {
  case 0:
  case 1: return edges(generator);
  case 2: return say(generator, "DELETE FROM edge WHERE a = %d AND b > %d", one, two);
  case 3: return say(generator, "DELETE FROM edge WHERE w = %d", below(generator, 3));
  case 4:
    return say(generator, "UPDATE edge SET b = %s WHERE a = %d", number(generator),
               one);
  case 5:
    return say(generator, "UPDATE edge SET a = b, b = a WHERE w <> %d",
               below(generator, 3));
  case 6:
  case 7:
    return say(generator,
               "INSERT INTO node VALUES (%d, %s, %s, 1.0) ON CONFLICT (id) DO UPDATE "
               "SET parent = excluded.parent",
               one, number(generator), text(generator));
  case 8:
    return say(generator, "UPDATE node SET parent = %s, s = %s WHERE id = %d",
               number(generator), text(generator), one);
  case 9:
    return say(generator, "DELETE FROM node WHERE id = %d OR parent = %d", one, two);
  case 10:
    return say(generator, "INSERT INTO link VALUES (%d, %d, %s)", one, two,
               text(generator));
  case 11: return say(generator, "UPDATE link SET a = b, b = a WHERE a < %d", two);
  default: return say(generator, "DELETE FROM link WHERE a = %d", one);
  }
}

bool recursion_run(struct round *round) {
  struct generator *generator = &round->generator;
  bool good = true;
  for (size_t i = 0; good && i < sizeof definitions / sizeof *definitions; i++)
    good = round_statement(round, definitions[i]);
  for (int i = 0; good && i < 6; i++)
    good = round_statement(round, statement(generator));
  for (int i = 0; good && i < VIEWS; i++)
    good = round_statement(round, say(generator, "CREATE REALTIME VIEW v%d AS %s", i,
                                      view_query(generator)));
  for (int i = 0; good && i < STATEMENTS; i++)
    good = chance(generator, 20) ? round_control(round)
                                 : round_statement(round, statement(generator));
  return good;
}
