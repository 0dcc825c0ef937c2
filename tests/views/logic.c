/* Queries of the forms of sqllogictest's select1 … select5, random/select, random/expr, random/aggregates, random/groupby and
 * index/…, written anew by a generator and each made a view before rows come, change and go. */
#include "round.h"

enum { VIEWS = 12, STATEMENTS = 36 };

/* --- random/select: one table of five numbers --- */

static const char *select_expression(struct generator *generator) {
  static const char *const expressions[] = {
      "a",
      "b",
      "c",
      "d",
      "e",
      "a+b*2",
      "a+b*2+c*3",
      "a+b*2+c*3+d*4+e*5",
      "(a+b+c+d+e)/5",
      "abs(a)",
      "abs(b-c)",
      "a-b",
      "b-c",
      "c-d",
      "d-e",
      "CASE WHEN c>(SELECT avg(c) FROM t1) THEN a*2 ELSE b*10 END",
      "CASE WHEN a<b-3 THEN 111 WHEN a<=b THEN 222 WHEN a<b+3 THEN 333 ELSE 444 END",
      "CASE a+1 WHEN b THEN 111 WHEN c THEN 222 WHEN d THEN 333 WHEN e THEN 444 ELSE "
      "555 END",
      "(SELECT count(*) FROM t1 AS x WHERE x.b<t1.b)",
      "(SELECT count(*) FROM t1 AS x WHERE x.c>t1.c AND x.d<t1.d)"};
  return PICK(generator, expressions);
}

static const char *select_condition(struct generator *generator) {
  static const char *const conditions[] = {
      "(e>c OR e<d)",
      "d NOT BETWEEN 110 AND 150",
      "c BETWEEN b-2 AND d+2",
      "(e>a AND e<b)",
      "EXISTS(SELECT 1 FROM t1 AS x WHERE x.b<t1.b)",
      "b>c",
      "a>b",
      "d>e",
      "(c<=d-2 OR c>=d+2)",
      "(a>b-2 AND a<b+2)",
      "e+d BETWEEN a+b-10 AND c+130",
      "a IS NULL",
      "coalesce(a,b,c,d,e)<>0"};
  return PICK(generator, conditions);
}

static const char *select_query(struct generator *generator) {
  const char *text = "SELECT ";
  int count = 1 + below(generator, 6), conditions = below(generator, 4);
  for (int i = 0; i < count; i++)
    text = say(generator, "%s%s%s AS c%d", text, i ? ", " : "",
               select_expression(generator), i + 1);
  text = say(generator, "%s FROM t1", text);
  for (int i = 0; i < conditions; i++)
    text = say(generator, "%s %s %s", text,
               i == 0                  ? "WHERE"
               : chance(generator, 50) ? "AND"
                                       : "OR",
               select_condition(generator));
  return text;
}

static const char *number(struct generator *generator) {
  return chance(generator, 12) ? "NULL"
                               : say(generator, "%d", 100 + below(generator, 60));
}

/* --- random/aggregates and random/groupby: three small tables --- */

static const char *small_table(struct generator *generator) {
  return say(generator, "tab%d", below(generator, 3));
}

static const char *term(struct generator *generator, const char *alias, int depth) {
  const char *column = say(generator, "%s.col%d", alias, below(generator, 3));
  switch (depth > 0 ? below(generator, 9) : below(generator, 3)) {
  case 0: return say(generator, "%d", below(generator, 99));
  case 3: return say(generator, "- %s", term(generator, alias, depth - 1));
  case 4:
    return say(generator, "%s * %s", term(generator, alias, depth - 1),
               term(generator, alias, depth - 1));
  case 5:
    return say(generator, "%s + %s", term(generator, alias, depth - 1),
               term(generator, alias, depth - 1));
  case 6:
    return say(generator, "coalesce(%s, %s)", column,
               term(generator, alias, depth - 1));
  case 7: return say(generator, "nullif(%s, %s)", column, column);
  case 8:
    return say(generator, "CASE WHEN NOT %s BETWEEN %s AND %s THEN %s END", column,
               term(generator, alias, 0), term(generator, alias, 0), column);
  default: return column;
  }
}

static const char *small_condition(struct generator *generator, const char *alias) {
  const char *left = term(generator, alias, 1);
  switch (below(generator, 6)) {
  case 0: return say(generator, "NOT (%s) IS NULL", left);
  case 1:
    return say(generator, "(%s) NOT IN (%s, %s)", left, term(generator, alias, 0),
               term(generator, alias, 0));
  case 2:
    return say(generator, "NOT (%s) BETWEEN (%s) AND (%s)", left,
               term(generator, alias, 1), term(generator, alias, 0));
  case 3: return say(generator, "NULL <> (%s)", left);
  case 4: return say(generator, "(%s) >= (%s)", left, term(generator, alias, 1));
  default: return say(generator, "NOT (%s) < %s", left, term(generator, alias, 0));
  }
}

static const char *aggregate_call(struct generator *generator, const char *alias) {
  static const char *const names[] = {"count", "sum", "min", "max", "avg"};
  static const char *const modes[] = {"", "DISTINCT ", "ALL "};
  if (chance(generator, 25))
    return "count(*)";
  return say(generator, "%s(%s%s)", PICK(generator, names), PICK(generator, modes),
             term(generator, alias, 1));
}

static const char *aggregate_query(struct generator *generator) {
  const char *table = small_table(generator), *filter = "";
  const char *from = say(generator, "%s AS cor0", table);
  if (chance(generator, 25))
    from = say(generator, "%s CROSS JOIN %s AS cor1", from, small_table(generator));
  if (chance(generator, 40))
    filter = say(generator, " WHERE %s", small_condition(generator, "cor0"));
  return say(generator, "SELECT %s%s AS c1, %d + %s AS c2 FROM %s%s",
             chance(generator, 20) ? "DISTINCT " : "",
             aggregate_call(generator, "cor0"), below(generator, 99),
             aggregate_call(generator, "cor0"), from, filter);
}

static const char *group_query(struct generator *generator) {
  const char *table = small_table(generator), *filter = "", *having = "";
  int one = below(generator, 3), two = below(generator, 3);
  const char *keys = one == two ? say(generator, "cor0.col%d", one)
                                : say(generator, "cor0.col%d, cor0.col%d", one, two);
  if (chance(generator, 35))
    filter = say(generator, " WHERE %s", small_condition(generator, "cor0"));
  if (chance(generator, 45))
    having =
        say(generator, " HAVING NOT %s IS NULL", aggregate_call(generator, "cor0"));
  return say(generator,
             "SELECT %scor0.col%d * %d AS c1, - cor0.col%d AS c2, %s AS c3 FROM %s AS "
             "cor0%s GROUP BY %s%s",
             chance(generator, 25) ? "DISTINCT " : "", one, below(generator, 99), two,
             aggregate_call(generator, "cor0"), table, filter, keys, having);
}

/* --- index/…: the same rows in tables with different indexes --- */

static const char *index_condition(struct generator *generator, int depth) {
  static const char *const operators[] = {"<", "<=", ">", ">=", "="};
  static const char *const columns[] = {"col0", "col1", "col3", "col4"};
  const char *column = PICK(generator, columns);
  int low = below(generator, 90);
  if (depth > 0 && chance(generator, 55))
    return say(generator, "(%s %s %s)", index_condition(generator, depth - 1),
               chance(generator, 50) ? "AND" : "OR",
               index_condition(generator, depth - 1));
  switch (below(generator, 5)) {
  case 0:
    return say(generator, "%s BETWEEN %d AND %d", column, low,
               low + below(generator, 30));
  case 1:
    return say(generator, "%s IN (%d,%d,%d)", column, low, below(generator, 99),
               below(generator, 99));
  case 2: return say(generator, "%s IS NULL", column);
  case 3: {
    bool outer = chance(generator, 50);
    return say(generator, "col%d IN (SELECT col%d FROM %s WHERE %s)", outer ? 3 : 0,
               outer ? 0 : 3, "tab_plain", index_condition(generator, 0));
  }
  default: return say(generator, "%s %s %d", column, PICK(generator, operators), low);
  }
}

static const char *index_query(struct generator *generator) {
  static const char *const tables[] = {"tab_plain", "tab_one", "tab_two", "tab_unique"};
  static const char *const orders[] = {"1", "1 DESC", "2, 1", "2 DESC, 1", "3, 1 DESC"};
  const char *table = PICK(generator, tables);
  const char *query = say(
      generator, "SELECT pk AS c1, col%d AS c2, col%d AS c3 FROM %s WHERE %s",
      below(generator, 6), below(generator, 6), table, index_condition(generator, 2));
  if (!chance(generator, 40))
    return query;
  return say(generator, "%s ORDER BY %s%s", query, PICK(generator, orders),
             chance(generator, 50) ? " LIMIT 4" : "");
}

/* --- random/expr: no table, or one that is only counted --- */

static const char *constant_term(struct generator *generator, int depth) {
  switch (depth > 0 ? below(generator, 7) : 0) {
  case 1:
  case 2:
    return say(generator, "%s %s %s", constant_term(generator, depth - 1),
               chance(generator, 50) ? "+" : "*", constant_term(generator, depth - 1));
  case 3: return say(generator, "- (%s)", constant_term(generator, depth - 1));
  case 4:
    return say(generator, "coalesce(NULL::integer, %s)",
               constant_term(generator, depth - 1));
  case 5:
    return say(generator, "CASE %s WHEN %s THEN 1 ELSE %s END",
               constant_term(generator, 0), constant_term(generator, depth - 1),
               constant_term(generator, 0));
  case 6: return say(generator, "nullif(%s, 7)", constant_term(generator, depth - 1));
  default: return say(generator, "%d", below(generator, 99));
  }
}

static const char *expression_query(struct generator *generator) {
  const char *text = constant_term(generator, 3);
  if (chance(generator, 40))
    return say(generator, "SELECT ALL %s AS c1, %s AS c2", text,
               constant_term(generator, 2));
  return say(generator, "SELECT %s%s * count(*) AS c1 FROM %s AS cor0",
             chance(generator, 50) ? "DISTINCT " : "", text, small_table(generator));
}

/* --- select4: set operations of selections --- */

static const char *compound_query(struct generator *generator) {
  static const char *const operators[] = {"UNION", "UNION ALL", "EXCEPT", "INTERSECT"};
  const char *text = NULL;
  int branches = 2 + below(generator, 3);
  for (int i = 0; i < branches; i++) {
    const char *alias = say(generator, "cor%d", i);
    const char *branch =
        say(generator, "SELECT %s%s.col%d AS c1 FROM %s AS %s WHERE %s",
            chance(generator, 20) ? "- " : "", alias, below(generator, 3),
            small_table(generator), alias, small_condition(generator, alias));
    text = text ? say(generator, "%s %s %s", text, PICK(generator, operators), branch)
                : branch;
  }
  return chance(generator, 25) ? say(generator, "%s ORDER BY 1 LIMIT 5", text) : text;
}

/* --- select5: joins of many tables --- */

enum { JOINED = 6 };

static const char *join_query(struct generator *generator) {
  const char *from = "", *where = "", *shown = "";
  int order[JOINED], count = 3 + below(generator, JOINED - 2);
  for (int i = 0; i < JOINED; i++) {
    int other = below(generator, i + 1);
    order[i] = order[other];
    order[other] = i + 1;
  }
  for (int i = 0; i < count; i++) {
    int one = order[i], before = i > 0 ? order[below(generator, i)] : one;
    from = say(generator, "%s%sj%d", from, i > 0 ? ", " : "", one);
    shown = say(generator, "%s%sx%d", shown, i > 0 ? ", " : "", one);
    if (i == 0)
      continue;
    bool turned = chance(generator, 50);
    where = say(generator, "%s%s%s%d = %s%d", where, i > 1 ? " AND " : "",
                turned ? "b" : "a", one, turned ? "a" : "b", before);
  }
  if (chance(generator, 50))
    where = say(generator, "%s AND a%d = %d", where, order[0], 1 + below(generator, 8));
  return say(generator, "SELECT %s FROM %s WHERE %s", shown, from, where);
}

static const char *joined_write(struct generator *generator) {
  int table = 1 + below(generator, JOINED), key = 1 + below(generator, 10);
  switch (below(generator, 4)) {
  case 0:
    return say(generator, "UPDATE j%d SET b%d = %d WHERE a%d > %d", table, table,
               below(generator, 10), table, key);
  case 1: return say(generator, "DELETE FROM j%d WHERE a%d = %d", table, table, key);
  case 2:
    return say(generator, "UPDATE j%d SET a%d = a%d + 10 WHERE b%d = %d", table, table,
               table, table, key);
  default:
    return say(generator,
               "INSERT INTO j%d VALUES (%d, %d, 'new') ON CONFLICT DO NOTHING", table,
               key, below(generator, 10));
  }
}

/* --- the round --- */

static const char *const definitions[] = {
    "CREATE TABLE t1 (a integer, b integer, c integer, d integer, e integer)",
    "CREATE TABLE tab0 (col0 integer, col1 integer, col2 integer)",
    "CREATE TABLE tab1 (col0 integer, col1 integer, col2 integer)",
    "CREATE TABLE tab2 (col0 integer, col1 integer, col2 integer)",
#define INDEXED                                                                        \
  "(pk integer PRIMARY KEY, col0 integer, col1 double precision, col2 text, col3 "     \
  "integer, col4 double precision, col5 text)"
    "CREATE TABLE tab_plain " INDEXED,
    "CREATE TABLE tab_one " INDEXED,
    "CREATE TABLE tab_two " INDEXED,
    "CREATE TABLE tab_unique " INDEXED,
    "CREATE INDEX ON tab_one (col0)",
    "CREATE INDEX ON tab_one (col4)",
    "CREATE INDEX ON tab_two (col3, col0)",
    "CREATE INDEX ON tab_two (col1 DESC)",
    "CREATE UNIQUE INDEX ON tab_unique (col4, col3, pk)"};

static const char *const indexed[] = {"tab_plain", "tab_one", "tab_two", "tab_unique"};

static const char *indexed_row(struct generator *generator) {
  return say(generator, "%s, %d.%d, '%c', %s, %d.5, NULL", number(generator),
             below(generator, 99), below(generator, 10), 'a' + below(generator, 6),
             number(generator), below(generator, 99));
}

static const char *statement(struct generator *generator) {
  const char *small = small_table(generator);
  const char *table = PICK(generator, indexed);
  switch (below(generator, 11)) {
  case 9:
  case 10: return joined_write(generator);
  case 0:
  case 1:
    return say(generator, "INSERT INTO t1 VALUES (%s, %s, %s, %s, %s)",
               number(generator), number(generator), number(generator),
               number(generator), number(generator));
  case 2:
    return say(generator, "UPDATE t1 SET %c = %s WHERE %s", 'a' + below(generator, 5),
               number(generator), select_condition(generator));
  case 3: return say(generator, "DELETE FROM t1 WHERE a > %s", number(generator));
  case 4:
    return say(generator, "INSERT INTO %s VALUES (%d, %d, %d)", small,
               below(generator, 99), below(generator, 99), below(generator, 99));
  case 5:
    return say(generator, "UPDATE %s AS x SET col%d = %s WHERE %s", small,
               below(generator, 3), number(generator), small_condition(generator, "x"));
  case 6:
    return say(generator, "INSERT INTO %s VALUES (%d, %s) ON CONFLICT DO NOTHING",
               table, below(generator, 20), indexed_row(generator));
  case 7:
    return say(generator, "UPDATE %s SET col0 = %s WHERE %s", table, number(generator),
               index_condition(generator, 1));
  default:
    return say(generator, "DELETE FROM %s WHERE %s", table,
               index_condition(generator, 1));
  }
}

static const char *view_query(struct generator *generator) {
  switch (below(generator, 8)) {
  case 0:
  case 1: return select_query(generator);
  case 2: return aggregate_query(generator);
  case 3: return group_query(generator);
  case 4: return compound_query(generator);
  case 5: return join_query(generator);
  case 6: return expression_query(generator);
  default: return index_query(generator);
  }
}

bool logic_run(struct round *round) {
  struct generator *generator = &round->generator;
  bool good = true;
  for (size_t i = 0; good && i < sizeof definitions / sizeof *definitions; i++)
    good = round_statement(round, definitions[i]);
  for (int i = 1; good && i <= JOINED; i++)
    good =
        round_statement(round,
                        say(generator,
                            "CREATE TABLE j%d (a%d integer PRIMARY KEY, b%d integer, "
                            "x%d text)",
                            i, i, i, i)) &&
        round_statement(round, say(generator,
                                   "INSERT INTO j%d SELECT g, (g * %d) %% 9, 'table %d "
                                   "row ' || g FROM generate_series(1, 8) AS g",
                                   i, 1 + below(generator, 8), i));
  for (int i = 0; good && i < VIEWS; i++)
    good = round_statement(round, say(generator, "CREATE REALTIME VIEW v%d AS %s", i,
                                      view_query(generator)));
  for (int i = 0; good && i < 12 * (int)(sizeof indexed / sizeof *indexed); i++)
    good = round_statement(round, say(generator, "INSERT INTO %s VALUES (%d, %s)",
                                      indexed[i % 4], i / 4, indexed_row(generator)));
  for (int i = 0; good && i < STATEMENTS; i++)
    good = chance(generator, 12) ? round_control(round)
                                 : round_statement(round, statement(generator));
  return good;
}
