/* Random schemas, views and statements: after every statement each realtime view holds
 * exactly the rows of its query.
 *
 *   SEED=n    begins with that seed (each round uses the next one)
 *   ROUNDS=n  runs that many rounds instead of as many as fit into ten seconds
 */
#include <limits.h>
#include <time.h>

#include "lib/local_database.h"
#include "lib/test.h"
#include "view/transaction.h"
#include "view/view.h"

enum {
  RELATIONS_MAX = 40,
  COLUMNS_MAX = 24,
  SQL_MAX = 4096,
  LOG_MAX = 1 << 20,
  STATEMENTS = 45
};

enum kind { INTEGER, BIGINT, TEXT, DOUBLE, NUMERIC, BOOLEAN, KINDS };

struct test_column {
  char name[16];
  enum kind kind;
};

struct test_relation {
  char name[24];
  bool is_view;
  int column_count;
  struct test_column columns[COLUMNS_MAX];
};

struct round {
  struct local_database local;
  struct random random;
  int relation_count, table_count;
  struct test_relation relations[RELATIONS_MAX];
  int next_view;
  int savepoints;
  char sql[SQL_MAX];
  size_t sql_length;
  char *log;
  size_t log_length;
};

/* --- random text --- */

static int below(struct round *round, int limit) {
  return (int)(random_next(&round->random) % (uint64_t)limit);
}

static bool chance(struct round *round, int percent) {
  return below(round, 100) < percent;
}

static void put(struct round *round, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int written = vsnprintf(round->sql + round->sql_length, SQL_MAX - round->sql_length,
                          format, arguments);
  va_end(arguments);
  round->sql_length += (size_t)written;
  assert_true(round->sql_length < SQL_MAX);
}

static void begin_sql(struct round *round) {
  round->sql_length = 0;
  round->sql[0] = 0;
}

static void put_value(struct round *round, enum kind kind) {
  static const char *const texts[] = {"'a'", "'b'", "'A'", "''", "'it''s'", "'größe'"};
  static const char *const numbers[] = {"1", "1.0", "1.50", "2", "-3.25", "0.1"};
  if (chance(round, 18)) {
    put(round, "NULL");
    return;
  }
  switch (kind) {
  case INTEGER: put(round, "%d", below(round, 6)); break;
  case BIGINT:
    put(round, chance(round, 20) ? "%d00000000000" : "%d", below(round, 9) - 4);
    break;
  case TEXT: put(round, "%s", texts[below(round, (int)COUNT(texts))]); break;
  case DOUBLE: put(round, "%d.%d", below(round, 4), below(round, 10)); break;
  case NUMERIC: put(round, "%s", numbers[below(round, (int)COUNT(numbers))]); break;
  default: put(round, chance(round, 50) ? "true" : "false");
  }
}

/* --- tables --- */

static void add_relation(struct round *round, const char *name, bool is_view) {
  struct test_relation *relation = &round->relations[round->relation_count++];
  *relation = (struct test_relation){.is_view = is_view};
  snprintf(relation->name, sizeof relation->name, "%s", name);
}

static void add_column(struct round *round, const char *name, enum kind kind) {
  struct test_relation *relation = &round->relations[round->relation_count - 1];
  struct test_column *column = &relation->columns[relation->column_count++];
  snprintf(column->name, sizeof column->name, "%s", name);
  column->kind = kind;
}

static int run(struct round *round) {
  int left = LOG_MAX - (int)round->log_length;
  int rc = local_run(&round->local, round->sql);
  int written =
      snprintf(round->log + round->log_length, (size_t)left, "%s;%s%s\n", round->sql,
               rc ? "   -- " : "", rc ? tide_error_sqlstate(rc) : "");
  if (written < left)
    round->log_length += (size_t)written;
  /* what the random statements may run into: anything else is a mistake */
  static const char *const expected[] = {"00000", "23505", "23502", "23503", "22012",
                                         "22003", "3B001", "25P01", "42P07", "2BP01"};
  bool known = false;
  for (size_t i = 0; i < COUNT(expected); i++)
    known |= strcmp(tide_error_sqlstate(rc), expected[i]) == 0;
  if (!known) {
    fprintf(stderr, "%s\n", round->log);
    fail_msg("error %s: %s", tide_error_sqlstate(rc),
             round->local.sqlite.error.message);
  }
  return rc;
}

static void create_tables(struct round *round) {
  static const char *const tables[] = {
      "CREATE TABLE keyed (id integer PRIMARY KEY, a integer, b bigint, s text, d "
      "double precision, "
      "n numeric, f boolean, m numeric(9, 2))",
      "CREATE TABLE pair (k integer, s text, a integer, b integer NOT NULL DEFAULT 1, "
      "PRIMARY KEY (k, s))",
      "CREATE TABLE loose (a integer, s text, d double precision)",
      "CREATE TABLE child (id integer PRIMARY KEY, parent integer REFERENCES keyed "
      "(id) ON DELETE "
      "CASCADE, other integer REFERENCES child (id) ON DELETE SET NULL, a integer)",
  };
  for (size_t i = 0; i < COUNT(tables); i++) {
    begin_sql(round);
    put(round, "%s", tables[i]);
    assert_int_equal(run(round), TIDE_OK);
  }
  add_relation(round, "keyed", false);
  add_column(round, "id", INTEGER);
  add_column(round, "a", INTEGER);
  add_column(round, "b", BIGINT);
  add_column(round, "s", TEXT);
  add_column(round, "d", DOUBLE);
  add_column(round, "n", NUMERIC);
  add_column(round, "f", BOOLEAN);
  add_column(round, "m", NUMERIC);
  add_relation(round, "pair", false);
  add_column(round, "k", INTEGER);
  add_column(round, "s", TEXT);
  add_column(round, "a", INTEGER);
  add_column(round, "b", INTEGER);
  add_relation(round, "loose", false);
  add_column(round, "a", INTEGER);
  add_column(round, "s", TEXT);
  add_column(round, "d", DOUBLE);
  add_relation(round, "child", false);
  add_column(round, "id", INTEGER);
  add_column(round, "parent", INTEGER);
  add_column(round, "other", INTEGER);
  add_column(round, "a", INTEGER);
  round->table_count = round->relation_count;
}

/* --- views --- */

static const struct test_relation *any_relation(struct round *round) {
  int count = chance(round, 35) ? round->relation_count : round->table_count;
  return &round->relations[below(round, count)];
}

static const struct test_column *any_column(struct round *round,
                                            const struct test_relation *relation) {
  return &relation->columns[below(round, relation->column_count)];
}

/* A column of that kind, or NULL. */
static const struct test_column *column_of_kind(struct round *round,
                                                const struct test_relation *relation,
                                                enum kind kind) {
  int first = below(round, relation->column_count);
  for (int i = 0; i < relation->column_count; i++) {
    const struct test_column *column =
        &relation->columns[(first + i) % relation->column_count];
    if (column->kind == kind)
      return column;
  }
  return NULL;
}

static void put_condition(struct round *round, const struct test_relation *relation,
                          const char *alias) {
  const struct test_column *column = any_column(round, relation);
  static const char *const operators[] = {"=", "<>", "<", ">=", ">"};
  switch (below(round, 5)) {
  case 0:
    put(round, "%s.%s IS %sNULL", alias, column->name, chance(round, 50) ? "NOT " : "");
    break;
  case 1:
    put(round, "(%s.%s IS NOT NULL OR %s.%s IS NULL)", alias, column->name, alias,
        any_column(round, relation)->name);
    break;
  default:
    put(round, "%s.%s %s ", alias, column->name,
        operators[below(round, (int)COUNT(operators))]);
    put_value(round, column->kind);
  }
}

/* An expression over `relation`; returns its kind. */
static enum kind put_expression(struct round *round,
                                const struct test_relation *relation,
                                const char *alias) {
  const struct test_column *column = any_column(round, relation);
  const struct test_column *integer = column_of_kind(round, relation, INTEGER);
  if (integer && chance(round, 8)) {
    put(round, "100 / (%s.%s - 3)", alias, integer->name);
    return INTEGER;
  }
  if (integer && chance(round, 15)) {
    put(round, "coalesce(%s.%s, 0) * 2 + 1", alias, integer->name);
    return INTEGER;
  }
  if (column->kind == TEXT && chance(round, 40)) {
    put(round, "upper(%s.%s) || '!'", alias, column->name);
    return TEXT;
  }
  put(round, "%s.%s", alias, column->name);
  return column->kind;
}

/* "expression AS cN, …" for the view being described last. */
static void put_results(struct round *round,
                        const struct test_relation *const *relations,
                        const char *const *aliases, int count) {
  int columns = 1 + below(round, 4);
  bool keys = chance(round, 60);
  int number = 0;
  for (int i = 0; i < count && keys; i++) {
    char name[16];
    snprintf(name, sizeof name, "c%d", number);
    put(round, "%s%s.%s AS %s", number ? ", " : "", aliases[i],
        relations[i]->columns[0].name, name);
    add_column(round, name, relations[i]->columns[0].kind);
    number++;
    if (relations[i]->column_count > 1 && strcmp(relations[i]->name, "pair") == 0) {
      snprintf(name, sizeof name, "c%d", number);
      put(round, ", %s.s AS %s", aliases[i], name);
      add_column(round, name, TEXT);
      number++;
    }
  }
  for (int i = 0; i < columns; i++, number++) {
    char name[16];
    int from = below(round, count);
    snprintf(name, sizeof name, "c%d", number);
    if (number)
      put(round, ", ");
    enum kind kind = put_expression(round, relations[from], aliases[from]);
    put(round, " AS %s", name);
    add_column(round, name, kind);
  }
}

static void put_join_condition(struct round *round, const struct test_relation *left,
                               const char *left_alias,
                               const struct test_relation *right,
                               const char *right_alias) {
  for (int attempt = 0; attempt < 6; attempt++) {
    const struct test_column *column = any_column(round, left);
    const struct test_column *other = column_of_kind(round, right, column->kind);
    if (!other)
      continue;
    put(round, "%s.%s %s %s.%s", left_alias, column->name,
        chance(round, 85) ? "=" : "<", right_alias, other->name);
    if (chance(round, 25)) {
      put(round, " AND ");
      put_condition(round, right, right_alias);
    }
    return;
  }
  put(round, "true");
}

static void put_source(struct round *round, const struct test_relation *relation,
                       const char *alias) {
  if (chance(round, 85)) {
    put(round, "%s AS %s", relation->name, alias);
    return;
  }
  put(round, "(SELECT q.* FROM %s AS q WHERE ", relation->name);
  put_condition(round, relation, "q");
  put(round, ") AS %s", alias);
}

/* FROM and WHERE of 1 to 3 relations. */
static int put_from(struct round *round, const struct test_relation **relations,
                    int maximum, bool outer) {
  static const char *const aliases[] = {"x", "y", "z"};
  int count = 1 + below(round, maximum);
  for (int i = 0; i < count; i++) {
    if (i > 0 && chance(round, 25))
      relations[i] = relations[0]; /* a self-join */
    if (i == 0) {
      put(round, " FROM ");
      put_source(round, relations[0], "x");
      continue;
    }
    put(round, "%s ", outer && chance(round, 70) ? " LEFT JOIN" : " JOIN");
    put_source(round, relations[i], aliases[i]);
    put(round, " ON ");
    int left = below(round, i);
    put_join_condition(round, relations[left], aliases[left], relations[i], aliases[i]);
  }
  if (chance(round, 50)) {
    put(round, " WHERE ");
    put_condition(round, relations[0], "x");
  }
  return count;
}

static const char *const aliases[] = {"x", "y", "z"};

/* Aggregates of truth values and bits; false when the column is neither. */
static bool put_folded(struct round *round, const struct test_column *column,
                       const char *alias) {
  static const char *const truths[] = {"bool_and", "bool_or", "every"};
  static const char *const bits[] = {"bit_and", "bit_or", "bit_xor"};
  if (column->kind == BOOLEAN)
    put(round, "%s(%s.%s)", truths[below(round, 3)], alias, column->name);
  else if (column->kind == INTEGER || column->kind == BIGINT)
    put(round, "%s(%s.%s)", bits[below(round, 3)], alias, column->name);
  else
    return false;
  return true;
}

static void put_aggregate(struct round *round, const struct test_relation *relation,
                          const char *alias, const char *name) {
  static const char *const functions[] = {"count", "sum", "avg", "min", "max"};
  const struct test_column *column = any_column(round, relation);
  int which = below(round, 6);
  enum kind kind = BIGINT;
  if (chance(round, 20) && put_folded(round, column, alias)) {
    kind = column->kind;
  } else if (chance(round,
                    15)) { /* a list, of which the order is said in part or not */
    put(round, "string_agg(%s.%s::text, '-'", alias, column->name);
    if (chance(round, 50))
      put(round, " ORDER BY %s.%s", alias, any_column(round, relation)->name);
    put(round, ")");
    kind = TEXT;
  } else if (which == 5 || column->kind == BOOLEAN ||
             (column->kind == TEXT && which < 3)) {
    put(round, "count(%s)", chance(round, 50) ? "*" : "x.a");
    if (!column_of_kind(round, relation, INTEGER))
      which = 0;
  } else {
    put(round, "%s(%s%s.%s)", functions[which], chance(round, 20) ? "DISTINCT " : "",
        alias, column->name);
    kind = which == 0                              ? BIGINT
           : which >= 3                            ? column->kind
           : column->kind == DOUBLE                ? DOUBLE
           : which == 1 && column->kind == INTEGER ? BIGINT
                                                   : NUMERIC;
  }
  if (chance(round, 15)) {
    put(round, " FILTER (WHERE ");
    put_condition(round, relation, alias);
    put(round, ")");
  }
  put(round, " AS %s", name);
  add_column(round, name, kind);
}

static bool has_column(const struct test_relation *relation, const char *name) {
  for (int i = 0; i < relation->column_count; i++)
    if (strcmp(relation->columns[i].name, name) == 0)
      return true;
  return false;
}

static void put_grouped(struct round *round, const struct test_relation **relations) {
  char from[SQL_MAX], group[512];
  size_t group_length = 0;
  size_t at = round->sql_length;
  int count = put_from(round, relations, chance(round, 30) ? 2 : 1, false);
  snprintf(from, sizeof from, "%s", round->sql + at);
  round->sql_length = at;
  int keys = below(round, 3), number = 0;
  group[0] = 0;
  for (int i = 0; i < keys; i++) {
    int source = below(round, count);
    const struct test_column *column = any_column(round, relations[source]);
    char name[16];
    group_length +=
        (size_t)snprintf(group + group_length, sizeof group - group_length, "%s%s.%s",
                         i ? ", " : " GROUP BY ", aliases[source], column->name);
    if (chance(round, 20))
      continue; /* a key that is not shown */
    snprintf(name, sizeof name, "c%d", number);
    put(round, "%s%s.%s AS %s", number ? ", " : "", aliases[source], column->name,
        name);
    add_column(round, name, column->kind);
    number++;
  }
  int aggregates = 1 + below(round, 3);
  for (int i = 0; i < aggregates; i++, number++) {
    char name[16];
    int source = below(round, count);
    snprintf(name, sizeof name, "c%d", number);
    if (number)
      put(round, ", ");
    if (!has_column(relations[0], "a")) {
      put(round, "count(*) AS %s", name);
      add_column(round, name, BIGINT);
    } else {
      put_aggregate(round, relations[source], aliases[source], name);
    }
  }
  put(round, "%s%s", from, group);
  if (keys && chance(round, 20))
    put(round, " HAVING count(*) > 1");
}

static void put_other(struct round *round, const struct test_relation **relations) {
  const struct test_relation *relation = relations[0];
  const struct test_column *column = any_column(round, relation);
  switch (below(round, 5)) {
  case 0:
    put(round, "DISTINCT x.%s AS c0 FROM %s AS x", column->name, relation->name);
    break;
  case 1:
    put(round, "x.%s AS c0 FROM %s AS x UNION%s SELECT y.%s FROM %s AS y", column->name,
        relation->name, chance(round, 50) ? " ALL" : "", column->name, relation->name);
    break;
  case 2:
    put(round,
        "x.%s AS c0 FROM %s AS x WHERE EXISTS (SELECT 1 FROM child AS e WHERE e.a = 2)",
        column->name, relation->name);
    break;
  case 3:
    /* equal numbers that are spelled differently have an order, too */
    put(round, "x.%s AS c0 FROM %s AS x ORDER BY x.%s, x.%s::text LIMIT 3",
        column->name, relation->name, column->name, column->name);
    break;
  default:
    put(round, "x.%s AS c0 FROM (SELECT q.%s FROM %s AS q WHERE ", column->name,
        column->name, relation->name);
    put_condition(round, relation, "q");
    put(round, ") AS x");
  }
  add_column(round, "c0", column->kind);
}

static void create_view(struct round *round) {
  const struct test_relation *relations[3];
  char name[24];
  if (round->relation_count == RELATIONS_MAX)
    return;
  for (int i = 0; i < 3; i++)
    relations[i] = any_relation(round);
  snprintf(name, sizeof name, "v%d", round->next_view++);
  add_relation(round, name, true);
  begin_sql(round);
  bool runtime = chance(round, 8);
  put(round, "CREATE %sVIEW %s AS SELECT ", runtime ? "" : "REALTIME ", name);
  int choice = below(round, 10);
  if (choice < 5) {
    size_t at = round->sql_length;
    int count = put_from(round, relations, 3, choice == 4);
    char from[SQL_MAX];
    snprintf(from, sizeof from, "%s", round->sql + at);
    round->sql_length = at;
    put_results(round, relations, aliases, count);
    put(round, "%s", from);
  } else if (choice < 9) {
    put_grouped(round, relations);
  } else {
    put_other(round, relations);
  }
  if (run(round) != TIDE_OK)
    round->relation_count--;
}

static void drop_view(struct round *round) {
  if (round->relation_count == round->table_count)
    return;
  int index = round->relation_count - 1; /* others may read any other */
  begin_sql(round);
  put(round, "DROP %sVIEW %s", "", round->relations[index].name);
  struct local_database *local = &round->local;
  const struct relation *view =
      catalog_find(&local->database, NULL, round->relations[index].name);
  begin_sql(round);
  put(round, "DROP %sVIEW %s",
      view && view->view->mode == SQL_REALTIME ? "REALTIME " : "",
      round->relations[index].name);
  if (run(round) == TIDE_OK)
    round->relation_count--;
}

/* --- writes --- */

static void put_row(struct round *round, const struct test_relation *table) {
  bool keyed = strcmp(table->name, "keyed") == 0,
       child = strcmp(table->name, "child") == 0;
  bool pair = strcmp(table->name, "pair") == 0;
  put(round, "(");
  for (int i = 0; i < table->column_count; i++) {
    if (i > 0)
      put(round, ", ");
    if (i == 0 && (keyed || child))
      put(round, "%d", below(round, 25));
    else if (pair && i < 2 && chance(round, 98)) /* not NULL */
      put(round, i == 0 ? "%d" : "'%c'",
          i == 0 ? below(round, 6) : 'a' + below(round, 4));
    else if (child && (i == 1 || i == 2) && chance(round, 60)) /* refer to nothing */
      put(round, "NULL");
    else if (pair && i == 3)
      put(round, "%d", below(round, 6));
    else
      put_value(round, table->columns[i].kind);
  }
  put(round, ")");
}

static void insert(struct round *round, const struct test_relation *table) {
  put(round, "INSERT INTO %s VALUES ", table->name);
  int rows = 1 + below(round, 3);
  for (int i = 0; i < rows; i++) {
    if (i > 0)
      put(round, ", ");
    put_row(round, table);
  }
  if (strcmp(table->name, "keyed") == 0 && chance(round, 40))
    put(round, chance(round, 50)
                   ? " ON CONFLICT DO NOTHING"
                   : " ON CONFLICT (id) DO UPDATE SET a = excluded.a, s = excluded.s");
}

static void update(struct round *round, const struct test_relation *table) {
  const struct test_column *column = any_column(round, table);
  const struct test_column *integer = column_of_kind(round, table, INTEGER);
  put(round, "UPDATE %s AS t SET %s = ", table->name, column->name);
  if (column->kind == INTEGER && chance(round, 30))
    put(round, chance(round, 70) ? "%s + 1" : "6 / (%s - 2)", integer->name);
  else
    put_value(round, column->kind);
  if (chance(round, 75)) {
    put(round, " WHERE ");
    put_condition(round, table, "t");
  }
}

static void delete (struct round *round, const struct test_relation *table) {
  put(round, "DELETE FROM %s AS t", table->name);
  if (chance(round, 85)) {
    put(round, " WHERE ");
    put_condition(round, table, "t");
  }
}

static void copy_from_view(struct round *round) {
  const struct test_relation *view = any_relation(round);
  const struct test_column *column = column_of_kind(round, view, INTEGER);
  if (column)
    put(round, "INSERT INTO loose (a) SELECT q.%s FROM %s AS q ORDER BY 1 LIMIT 4",
        column->name, view->name);
  else
    put(round, "SELECT count(*) FROM %s", view->name);
}

static void transaction_statement(struct round *round) {
  if (!round->local.database.in_transaction) {
    put(round, "BEGIN");
    round->savepoints = 0;
    return;
  }
  int choice = below(round, 100);
  int savepoint =
      below(round, round->savepoints + 1); /* one too many: it does not exist */
  if (choice < 10) {
    put(round, "ROLLBACK");
  } else if (choice < 28) {
    put(round, "COMMIT");
  } else if (choice < 60) {
    put(round, "SAVEPOINT s%d", round->savepoints++);
  } else if (choice < 88) {
    put(round, "ROLLBACK TO s%d", savepoint);
    if (savepoint < round->savepoints)
      round->savepoints = savepoint + 1;
  } else {
    put(round, "RELEASE s%d", savepoint);
    if (savepoint < round->savepoints)
      round->savepoints = savepoint;
  }
}

static void statement(struct round *round) {
  const struct test_relation *table =
      &round->relations[below(round, round->table_count)];
  int choice = below(round, 100);
  bool open = round->local.database.in_transaction;
  if (choice < 6 && !open) {
    create_view(round);
    return;
  }
  if (choice < 8 && !open) {
    drop_view(round);
    return;
  }
  begin_sql(round);
  if (choice < 36)
    insert(round, table);
  else if (choice < 54)
    update(round, table);
  else if (choice < 64)
    delete (round, table);
  else if (choice < 68)
    copy_from_view(round);
  else
    transaction_statement(round);
  run(round);
}

/* --- rounds --- */

static void check(struct round *round, uint64_t seed) {
  struct local_database *local = &round->local;
  if (local->database.in_transaction) {
    if (chance(round, 50))
      return; /* let changes pile up */
    error_clear(&local->sqlite.error);
    if (view_maintain(&local->database) != TIDE_OK) { /* a view divides by zero */
      begin_sql(round);
      put(round, "ROLLBACK");
      run(round);
    }
  }
  if (!local_views_hold(local)) {
    fprintf(stderr, "%s\n", round->log);
    fail_msg("SEED=%llu", (unsigned long long)seed);
  }
}

static void no_recompute(void *context, const char *line) {
  int *out_of_step = context;
  *out_of_step += strstr(line, "out of step") != NULL;
}

static void run_round(struct round *round, uint64_t seed) {
  uint8_t bytes[32] = {0};
  int out_of_step = 0;
  memcpy(bytes, &seed, sizeof seed);
  random_seed(&round->random, bytes);
  round->relation_count = round->next_view = 0;
  round->log_length = 0;
  assert_int_equal(local_open(&round->local, memory_default()), TIDE_OK);
  round->local.trace = (struct trace){no_recompute, &out_of_step};
  create_tables(round);
  for (int i = 0; i < 20; i++) {
    begin_sql(round);
    insert(round, &round->relations[i < 10 ? 0 : i % round->table_count]);
    run(round);
  }
  for (int i = 0; i < 5; i++)
    create_view(round);
  for (int i = 0; i < STATEMENTS; i++) {
    statement(round);
    check(round, seed);
    if (out_of_step)
      fail_msg("%s\nout of step, SEED=%llu", round->log, (unsigned long long)seed);
  }
  local_close(&round->local);
}

/* Views hold what their queries give, whatever happens. */
static void test_random(void **state) {
  (void)state;
  const char *first = getenv("SEED"), *rounds = getenv("ROUNDS");
  uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
  long limit = rounds ? strtol(rounds, NULL, 10) : LONG_MAX;
  struct round *round = calloc(1, sizeof *round);
  round->log = malloc(LOG_MAX);
  clock_t start = clock();
  long done = 0;
  for (; done < limit; done++, seed++) {
    if (!rounds && clock() - start > 10 * CLOCKS_PER_SEC)
      break;
    run_round(round, seed);
  }
  printf("%ld rounds, up to SEED=%llu\n", done, (unsigned long long)seed - 1);
  free(round->log);
  free(round);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
