/* Text to tree: statements one by one, positions, parameters, names, limits. */
#include "sql/statements.h"

#include "sql/walk.h"

static const struct sql_node *first_result(const struct sql_node *query) {
  return query->child[QUERY_BODY]->child[SELECT_RESULTS]->child[0];
}

/* --- statements --- */

/* Statements are read one at a time, each up to its semicolon. */
static void test_several(void **state) {
  (void)state;
  const char *text = " ; SELECT ';' ; -- comment\n INSERT INTO t VALUES (1);; ";
  struct parsed parsed;
  parse(&parsed, SQL_DIALECT_POSTGRES, text);
  assert_int_equal(parsed.statement->kind, SQL_QUERY);
  assert_int_equal(parsed.statement->position, 3);
  assert_int_equal(parsed.consumed, 15);
  text += parsed.consumed;
  forget(&parsed);
  parse(&parsed, SQL_DIALECT_POSTGRES, text);
  assert_int_equal(parsed.statement->kind, SQL_INSERT);
  text += parsed.consumed;
  forget(&parsed);
  parse(&parsed, SQL_DIALECT_POSTGRES, text);
  assert_int_equal(parsed.code, TIDE_OK);
  assert_null(parsed.statement);
  assert_int_equal(parsed.consumed, strlen(text));
  forget(&parsed);
}

/* The text needs no zero at its end: nothing behind its length is read. */
static void test_length(void **state) {
  (void)state;
  struct parsed parsed;
  parse_length(&parsed, SQL_DIALECT_POSTGRES, "SELECT 12345", 9);
  assert_string_equal(first_result(parsed.statement)->child[0]->text, "12");
  forget(&parsed);
  parse_length(&parsed, SQL_DIALECT_POSTGRES, "", 0);
  assert_int_equal(parsed.code, TIDE_OK);
  assert_null(parsed.statement);
  forget(&parsed);
}

/* An expression can be read alone; nothing may follow it. */
static void test_expression(void **state) {
  (void)state;
  struct arena arena;
  struct error error;
  struct sql_node *expression;
  arena_init(&arena, memory_default());
  assert_int_equal(sql_parse_expression(&arena, "a + 1", 5, &expression, &error),
                   TIDE_OK);
  assert_int_equal(expression->kind, SQL_BINARY);
  assert_int_equal(sql_parse_expression(&arena, "a, b", 4, &expression, &error),
                   TIDE_ERROR_SYNTAX);
  assert_null(expression);
  assert_int_equal(error.position, 1);
  assert_int_equal(sql_parse_expression(&arena, "a;", 2, &expression, &error),
                   TIDE_ERROR_SYNTAX);
  assert_int_equal(sql_parse_expression(&arena, "", 0, &expression, &error),
                   TIDE_ERROR_SYNTAX);
  arena_deinit(&arena);
}

/* --- positions --- */

static enum sql_walk check_position(const struct sql_node *node, void *context) {
  const char *text = context;
  if (node->kind == SQL_COLUMN && node->child[0] == NULL)
    assert_memory_equal(text + node->position, node->text, node->length);
  if (node->kind == SQL_STRING)
    assert_int_equal(text[node->position], '\'');
  return SQL_WALK_ON;
}

/* Every node knows where its first token is, also behind white space and multi-byte characters. */
static void test_positions(void **state) {
  (void)state;
  char text[] = "  SELECT 'ä', b + c, f(d) FROM t WHERE e = 'x' ORDER BY g";
  struct parsed parsed;
  const struct sql_node *query = read_statement(&parsed, SQL_DIALECT_POSTGRES, text);
  assert_true(sql_walk(query, check_position, text));
  assert_int_equal(query->position, 2);
  forget(&parsed);
}

/* --- parameters --- */

struct indexes {
  int32_t found[8];
  int count;
};

static enum sql_walk collect_index(const struct sql_node *node, void *context) {
  struct indexes *indexes = context;
  if (node->kind == SQL_PARAMETER)
    indexes->found[indexes->count++] = node->index;
  return SQL_WALK_ON;
}

static void assert_indexes(const char *text, int32_t first, int32_t second,
                           int32_t third) {
  struct parsed parsed;
  struct indexes indexes = {.count = 0};
  sql_walk(read_statement(&parsed, SQL_DIALECT_POSTGRES, text), collect_index,
           &indexes);
  assert_int_equal(indexes.count, 3);
  assert_int_equal(indexes.found[0], first);
  assert_int_equal(indexes.found[1], second);
  assert_int_equal(indexes.found[2], third);
  forget(&parsed);
}

/* `?` are numbered in order, names by their first appearance, and $n are what they say. */
static void test_parameters(void **state) {
  (void)state;
  assert_indexes("SELECT ?, a FROM t WHERE b = ? LIMIT ?", 1, 2, 3);
  assert_indexes("SELECT :b, :a, :b", 1, 2, 1);
  assert_indexes("SELECT $3, $1, $65535", 3, 1, 65535);
  assert_indexes("SELECT a ? 'x', ?, b ?| ?, ?", 1, 2, 3);
  assert_indexes("SELECT a[:b], a[1:b], a[:b:c], :d", 1, 1, 2);
}

/* There is no parameter $0, nor one beyond 65535. */
static void test_parameter_numbers(void **state) {
  (void)state;
  static const char *const texts[] = {"SELECT $0", "SELECT $65536",
                                      "SELECT $99999999999999999999"};
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct parsed parsed;
    parse(&parsed, SQL_DIALECT_POSTGRES, texts[i]);
    assert_int_equal(parsed.code, TIDE_ERROR_UNDEFINED_PARAMETER);
    assert_int_equal(parsed.error.position, 7);
    forget(&parsed);
  }
}

/* --- names --- */

/* Every word that PostgreSQL does not reserve can name a column, a table, an alias and a result without AS. */
static void test_unreserved_words(void **state) {
  (void)state;
  static const char *const words[] = {
      "action",     "add",          "always",    "at",        "begin",     "by",
      "cascade",    "commit",       "conflict",  "cube",      "current",   "data",
      "delete",     "double",       "drop",      "duplicate", "escape_",   "exclude",
      "explain",    "first",        "following", "generated", "glob",      "groups",
      "identity",   "if",           "ignore",    "index",     "insert",    "key",
      "last",       "materialized", "next",      "no",        "nothing",   "nulls",
      "ordinality", "others",       "partition", "preceding", "range",     "realtime",
      "recursive",  "refresh",      "release",   "rename",    "replace",   "reset",
      "restart",    "restrict",     "rollback",  "rollup",    "rows",      "savepoint",
      "schema",     "sets",         "show",      "start",     "stored",    "temporary",
      "ties",       "transaction",  "truncate",  "type",      "unbounded", "unknown",
      "update",     "view",         "work",      "zone",      "position",  "time",
      "timestamp",  "interval",     "value",     "name",      "status"};
  for (size_t i = 0; i < COUNT(words); i++) {
    char text[512];
    struct parsed parsed;
    const char *word = words[i];
    snprintf(text, sizeof text,
             "SELECT %s, t.%s, a AS %s, b %s, %s.* FROM %s, s.%s AS %s, u %s "
             "WHERE %s = 1 GROUP BY %s ORDER BY %s LIMIT 1",
             word, word, word, word, word, word, word, word, word, word, word, word);
    read_statement(&parsed, SQL_DIALECT_POSTGRES, text);
    forget(&parsed);
    snprintf(text, sizeof text, "UPDATE %s SET %s = 1 WHERE %s IS NULL RETURNING %s",
             word, word, word, word);
    read_statement(&parsed, SQL_DIALECT_POSTGRES, text);
    forget(&parsed);
    snprintf(text, sizeof text,
             "CREATE TABLE %s (%s int NOT NULL, x text, UNIQUE (%s))", word, word,
             word);
    read_statement(&parsed, SQL_DIALECT_POSTGRES, text);
    forget(&parsed);
  }
}

/* A reserved word names nothing, except behind AS and a dot. */
static void test_reserved_words(void **state) {
  (void)state;
  static const char *const words[] = {"select", "from",  "where", "order", "user",
                                      "table",  "end",   "and",   "null",  "with",
                                      "union",  "grant", "limit", "check", "default"};
  for (size_t i = 0; i < COUNT(words); i++) {
    char text[128];
    struct parsed parsed;
    snprintf(text, sizeof text, "CREATE TABLE %s (a int)", words[i]);
    parse(&parsed, SQL_DIALECT_POSTGRES, text);
    assert_int_equal(parsed.code, TIDE_ERROR_SYNTAX);
    assert_int_equal(parsed.error.position, 13);
    forget(&parsed);
    snprintf(text, sizeof text, "SELECT t.%s AS %s FROM t", words[i], words[i]);
    read_statement(&parsed, SQL_DIALECT_POSTGRES, text);
    forget(&parsed);
  }
}

/* Unquoted names are folded, quoted ones are kept, and both may be qualified. */
static void test_folding(void **state) {
  (void)state;
  struct parsed parsed;
  const struct sql_node *query =
      read_statement(&parsed, SQL_DIALECT_POSTGRES, "SELECT S.\"T\".Cc \"Dd\"");
  const struct sql_node *column = first_result(query)->child[0];
  assert_string_equal(first_result(query)->text, "Dd");
  assert_string_equal(column->text, "cc");
  assert_string_equal(column->child[0]->text, "T");
  assert_string_equal(column->child[0]->child[NAME_SCHEMA]->text, "s");
  forget(&parsed);
}

/* --- the shape of trees --- */

static const struct sql_node *option_of(struct parsed *parsed, const char *options) {
  char text[256];
  snprintf(text, sizeof text, "CREATE VIEW v AS SELECT a FROM t GROUP BY a WITH (%s)",
           options);
  const struct sql_node *view = read_statement(parsed, SQL_DIALECT_POSTGRES, text);
  assert_int_equal(view->child[VIEW_OPTIONS]->count, 1);
  return view->child[VIEW_OPTIONS]->child[0];
}

/* The options of a view keep what kind of value they were given, and the case of what is quoted. */
static void test_view_options(void **state) {
  (void)state;
  static const struct {
    const char *option;
    enum sql_kind kind;
    const char *text;
  } cases[] = {{"o = 'postgres:Main'", SQL_STRING, "postgres:Main"},
               {"o = 12", SQL_INTEGER, "12"},
               {"o = 1.5", SQL_DECIMAL, "1.5"},
               {"o = INHERIT", SQL_NAME, "inherit"},
               {"o = \"Version\"", SQL_NAME, "Version"},
               {"o = local_first", SQL_NAME, "local_first"}};
  struct parsed parsed;
  for (size_t i = 0; i < COUNT(cases); i++) {
    const struct sql_node *option = option_of(&parsed, cases[i].option);
    assert_string_equal(option->text, "o");
    assert_int_equal(option->child[0]->kind, cases[i].kind);
    assert_string_equal(option->child[0]->text, cases[i].text);
    forget(&parsed);
  }
  assert_null(option_of(&parsed, "o")->child[0]);
  forget(&parsed);
  assert_int_equal(option_of(&parsed, "o = true")->child[0]->op, 1);
  forget(&parsed);
}

/* A query in parentheses is the query; its own ORDER BY or LIMIT keep it apart inside a set operation. */
static void test_parentheses(void **state) {
  (void)state;
  struct parsed parsed;
  const struct sql_node *query =
      read_statement(&parsed, SQL_DIALECT_POSTGRES, "((SELECT 1))");
  assert_int_equal(query->child[QUERY_BODY]->kind, SQL_SELECT);
  forget(&parsed);
  query = read_statement(&parsed, SQL_DIALECT_POSTGRES,
                         "(SELECT 1) UNION (SELECT 2 LIMIT 1)");
  const struct sql_node *operation = query->child[QUERY_BODY];
  assert_int_equal(operation->kind, SQL_SET_OPERATION);
  assert_int_equal(operation->child[BODY_LEFT]->kind, SQL_SELECT);
  assert_int_equal(operation->child[BODY_RIGHT]->kind, SQL_QUERY);
  forget(&parsed);
}

/* Special syntax becomes the call that PostgreSQL makes of it. */
static void test_special_calls(void **state) {
  (void)state;
  static const struct {
    const char *text, *name, *first;
    uint32_t count;
  } cases[] = {{"SELECT extract(year FROM d)", "extract", "year", 2},
               {"SELECT position(a IN b)", "position", "b", 2},
               {"SELECT trim(LEADING x FROM y)", "ltrim", "y", 2},
               {"SELECT substring(a FOR 3)", "substring", "a", 3},
               {"SELECT a AT TIME ZONE z", "timezone", "z", 2},
               {"SELECT overlay(a PLACING b FROM 2)", "overlay", "a", 3},
               {"SELECT current_timestamp(3)", "current_timestamp", "3", 1}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct parsed parsed;
    const struct sql_node *call =
        first_result(read_statement(&parsed, SQL_DIALECT_POSTGRES, cases[i].text))
            ->child[0];
    assert_int_equal(call->kind, SQL_CALL);
    assert_string_equal(call->child[CALL_NAME]->text, cases[i].name);
    assert_int_equal(call->child[CALL_ARGUMENTS]->count, cases[i].count);
    assert_string_equal(call->child[CALL_ARGUMENTS]->child[0]->text, cases[i].first);
    forget(&parsed);
  }
}

/* MySQL's spellings are the same trees, and syntax errors where the dialect is PostgreSQL's. */
static void test_mysql(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"SELECT a FROM t LIMIT 5, 10", "SELECT a FROM t LIMIT 10 OFFSET 5"},
      {"INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(b)", NULL},
      {"REPLACE INTO t VALUES (1)", NULL},
      {"INSERT IGNORE INTO t VALUES (1)",
       "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING"},
      {"SELECT `a` || b && !c AS q", "SELECT a OR b AND NOT c AS q"},
      {"SELECT a <=> b AS q", "SELECT a IS NOT DISTINCT FROM b AS q"},
      {"SELECT a FROM t GROUP BY a WITH ROLLUP", "SELECT a FROM t GROUP BY ROLLUP (a)"},
      {"SELECT CAST(a AS SIGNED) AS q", "SELECT CAST(a AS bigint) AS q"},
      {"SELECT a + 1", "SELECT a + 1 AS \"a + 1\""}};
  for (size_t i = 0; i < COUNT(pairs); i++) {
    struct parsed mysql, postgres;
    read_statement(&mysql, SQL_DIALECT_MYSQL, pairs[i][0]);
    if (pairs[i][1] != NULL) {
      read_statement(&postgres, SQL_DIALECT_POSTGRES, pairs[i][1]);
      assert_true(sql_equal(mysql.statement, postgres.statement));
      forget(&postgres);
    }
    parse(&postgres, SQL_DIALECT_POSTGRES, pairs[i][0]);
    assert_true(postgres.code == TIDE_ERROR_SYNTAX ||
                !sql_equal(mysql.statement, postgres.statement));
    forget(&postgres);
    forget(&mysql);
  }
}

/* --- limits --- */

/* `prefix`, then `unit` many times, then `middle`, then `close` as often; the caller frees it. */
static char *repeat(const char *prefix, const char *unit, int times, const char *middle,
                    const char *close) {
  size_t size = strlen(prefix) + strlen(middle) +
                (size_t)times * (strlen(unit) + strlen(close)) + 1;
  char *text = malloc(size), *at = text;
  assert_non_null(text);
  at += sprintf(at, "%s", prefix);
  for (int i = 0; i < times; i++)
    at += sprintf(at, "%s", unit);
  at += sprintf(at, "%s", middle);
  for (int i = 0; i < times; i++)
    at += sprintf(at, "%s", close);
  return text;
}

static int code_of_repeated(const char *prefix, const char *unit, int times,
                            const char *middle, const char *close) {
  char *text = repeat(prefix, unit, times, middle, close);
  struct parsed parsed;
  parse(&parsed, SQL_DIALECT_POSTGRES, text);
  if (parsed.code == TIDE_OK) {
    struct buffer out;
    buffer_init(&out, memory_default());
    assert_int_equal(
        sql_print(parsed.statement, SQL_DIALECT_POSTGRES, &out, &parsed.error),
        TIDE_OK);
    buffer_deinit(&out);
  }
  int code = parsed.code;
  forget(&parsed);
  free(text);
  return code;
}

/* What is nested too deeply is refused with 54001, however it nests; what is reasonable is read. */
static void test_depth(void **state) {
  (void)state;
  static const struct {
    const char *prefix, *unit, *middle, *close;
    int fine;
  } cases[] = {{"SELECT ", "(", "1", ")", 1000},
               {"SELECT ", "- ", "1", "", 900},
               {"SELECT ", "NOT ", "a", "", 900},
               {"SELECT ", "a AND ", "a", "", 900},
               {"SELECT ", "a || ", "a", "", 900},
               {"SELECT ", "f(", "1", ")", 450},
               {"SELECT ", "(SELECT ", "1", ")", 150},
               {"SELECT * FROM ", "(SELECT * FROM ", "t", ") x", 200},
               {"SELECT ", "CASE WHEN a THEN ", "1", " END", 300},
               {"SELECT a", "[1", "", "]", 100},
               {"SELECT ", "ARRAY[", "1", "]", 900},
               {"SELECT a", "::int", "", "", 900},
               {"", "(", "SELECT 1", ")", 1000},
               {"", "SELECT 1 UNION ", "SELECT 1", "", 900},
               {"SELECT * FROM a", " JOIN b ON true", "", "", 900},
               {"", "EXPLAIN ", "SELECT 1", "", 1}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    assert_int_equal(code_of_repeated(cases[i].prefix, cases[i].unit, cases[i].fine,
                                      cases[i].middle, cases[i].close),
                     TIDE_OK);
    int code = code_of_repeated(cases[i].prefix, cases[i].unit, 20000, cases[i].middle,
                                cases[i].close);
    assert_true(code == TIDE_ERROR_TOO_DEEP ||
                (i == COUNT(cases) - 1 && code == TIDE_ERROR_SYNTAX));
  }
}

/* What is merely wide may be very wide. */
static void test_width(void **state) {
  (void)state;
  assert_int_equal(
      code_of_repeated("INSERT INTO t VALUES (0, '')", ", (1, 'x')", 100000, "", ""),
      TIDE_OK);
  assert_int_equal(code_of_repeated("SELECT a", ", b", 100000, "", ""), TIDE_OK);
  assert_int_equal(code_of_repeated("SELECT a IN (0", ", 1", 100000, ")", ""), TIDE_OK);
  assert_int_equal(code_of_repeated("SELECT ", " ", 1000000, "1", ""), TIDE_OK);
  assert_int_equal(code_of_repeated("SELECT '", "x", 1000000, "'", ""), TIDE_OK);
  assert_int_equal(code_of_repeated("SELECT 1 /*", "/*", 100000, "*/", "*/"), TIDE_OK);
}

/* --- memory --- */

static int read_one(struct memory *memory, void *context) {
  const char *text = context;
  struct arena arena;
  struct error error;
  struct sql_node *statement;
  size_t consumed;
  arena_init(&arena, memory);
  int code = sql_parse(&arena, text, strlen(text), SQL_DIALECT_POSTGRES, &statement,
                       &consumed, &error);
  assert_int_equal(error.code, code);
  assert_true((statement != NULL) == (code == TIDE_OK));
  arena_deinit(&arena);
  return code;
}

/* A long statement is read or fails with 53200, whichever allocation fails. */
static void test_failing_memory(void **state) {
  (void)state;
  char *text = repeat("INSERT INTO t (a, b) VALUES (0, ''", ", f(:a, 'x', b.c)", 3000,
                      ") RETURNING *", "");
  each_failing_allocation(read_one, text);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_several),
      cmocka_unit_test(test_length),
      cmocka_unit_test(test_expression),
      cmocka_unit_test(test_positions),
      cmocka_unit_test(test_parameters),
      cmocka_unit_test(test_parameter_numbers),
      cmocka_unit_test(test_unreserved_words),
      cmocka_unit_test(test_reserved_words),
      cmocka_unit_test(test_folding),
      cmocka_unit_test(test_view_options),
      cmocka_unit_test(test_parentheses),
      cmocka_unit_test(test_special_calls),
      cmocka_unit_test(test_mysql),
      cmocka_unit_test(test_depth),
      cmocka_unit_test(test_width),
      cmocka_unit_test(test_failing_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
