/* What is refused: as a syntax error at its token, or by its name. */
#include "sql/statements.h"

static void assert_refused(enum sql_dialect dialect, const char *text, int code,
                           uint32_t position, const char *message) {
  struct parsed parsed;
  parse(&parsed, dialect, text);
  if (parsed.code != code || parsed.error.position != position ||
      strstr(parsed.error.message, message) == NULL)
    fail_msg("%s: %s %s at %u", text, parsed.error.sqlstate, parsed.error.message,
             parsed.error.position);
  assert_null(parsed.statement);
  assert_string_equal(parsed.error.sqlstate, tide_error_sqlstate(code));
  forget(&parsed);
}

/* A syntax error names the token that does not fit, and where it is. */
static void test_syntax_errors(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint32_t position;
    const char *message;
  } cases[] = {
      {"SELECT FROM WHERE", 12, "syntax error at or near \"WHERE\""},
      {"SELEC 1", 0, "at or near \"SELEC\""},
      {"SELECT 1 1", 9, "at or near \"1\""},
      {"SELECT a b c", 11, "at or near \"c\""},
      {"SELECT (1", 9, "syntax error at end of input"},
      {"SELECT 1)", 8, "at or near \")\""},
      {"SELECT 'é', 1 +;", 16, "syntax error at end of input"},
      {"SELECT a FROM t WHERE", 21, "at end of input"},
      {"SELECT a FROM t GROUP a", 22, "at or near \"a\""},
      {"INSERT INTO t (a b) VALUES (1)", 17, "at or near \"b\""},
      {"INSERT t VALUES (1)", 7, "at or near \"t\""},
      {"UPDATE t SET", 12, "at end of input"},
      {"UPDATE t WHERE a", 9, "at or near \"WHERE\""},
      {"DELETE t", 7, "at or near \"t\""},
      {"CREATE TABLE t (a)", 18, "syntax error at end of input"},
      {"CREATE TABLE t (a, b int)", 21, "at or near \"int\""},
      {"CREATE TABLE (a int)", 13, "at or near \"(\""},
      {"CREATE VIEW v AS DELETE FROM t", 17, "at or near \"DELETE\""},
      {"CREATE REALTIME TABLE t (a int)", 16, "at or near \"TABLE\""},
      {"DROP t", 5, "at or near \"t\""},
      {"SELECT 'abc", 7, "unterminated quoted string"},
      {"SELECT \"abc", 7, "unterminated quoted identifier"},
      {"SELECT 1 /* x", 9, "unterminated /* comment"},
      {"SELECT a = b = c", 13, "at or near \"=\""},
      {"SELECT a < b < c", 13, "at or near \"<\""},
      {"SELECT a LIKE b LIKE c", 16, "at or near \"LIKE\""},
      {"SELECT a BETWEEN b", 18, "at end of input"},
      {"SELECT CASE END", 12, "at or near \"END\""},
      {"SELECT f(a,)", 11, "at or near \")\""},
      {"SELECT \\", 7, "at or near \"\\\""},
      {"SELECT a FROM t LIMIT 1, 2", 23, "LIMIT with a comma is not PostgreSQL's"},
      {"SELECT `a`", 10, "syntax error at end of input"},
      {"UPDATE t SET a = 1 LIMIT 1", 19, "LIMIT of a write is MySQL's"},
      {"DELETE FROM t ORDER BY a", 23, "LIMIT of a write is MySQL's"},
      {"DELETE t, u FROM t, u", 7, "at or near \"t\""},
      {"REPLACE INTO t VALUES (1)", 0, "REPLACE is not PostgreSQL's"},
      {"INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 1", 28,
       "near \"DUPLICATE\""},
      {"VALUES ROW(1)", 7, "at or near \"ROW\""},
  };
  for (size_t i = 0; i < COUNT(cases); i++)
    assert_refused(SQL_DIALECT_POSTGRES, cases[i].text, TIDE_ERROR_SYNTAX,
                   cases[i].position, cases[i].message);
}

/* What PostgreSQL has and Tidemark does not is refused with 0A000 and its name, where it begins. */
static void test_refused_by_name(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint32_t position;
    const char *name;
  } cases[] = {
      {"SELECT * FROM t TABLESAMPLE system (1)", 16, "TABLESAMPLE"},
      {"SELECT * INTO u FROM t", 9, "SELECT INTO"},
      {"SELECT FROM t", 0, "SELECT without columns"},
      {"SELECT * FROM ONLY t", 14, "ONLY"},
      {"DELETE FROM ONLY t", 12, "ONLY"},
      {"SELECT xmlelement(name foo)", 7, "XMLELEMENT"},
      {"SELECT xmlparse(document '<a/>')", 7, "XMLPARSE"},
      {"SELECT treat(a AS b)", 7, "TREAT"},
      {"SELECT normalize(a)", 7, "NORMALIZE"},
      {"SELECT a IS JSON", 12, "IS condition"},
      {"SELECT a IS NOT DOCUMENT", 16, "IS condition"},
      {"SELECT a OPERATOR(pg_catalog.+) b", 9, "OPERATOR"},
      {"SELECT f(VARIADIC a)", 9, "VARIADIC"},
      {"SELECT (f(r)).x", 13, "field of a row"},
      {"SELECT (s.r).*", 12, "field of a row"},
      {"SELECT X'ff'", 7, "bit strings"},
      {"SELECT B'01'", 7, "bit strings"},
      {"SELECT U&'x'", 7, "Unicode escapes"},
      {"SELECT N'x'", 7, "national character"},
      {"SELECT INTERVAL '1-2' YEAR TO MONTH", 22, "interval of certain fields"},
      {"SELECT a::interval day", 19, "interval of certain fields"},
      {"ALTER TYPE t ADD ATTRIBUTE a integer", 17, "a composite type"},
      {"CREATE TYPE t AS (a integer)", 17, "a composite or range type"},
      {"SELECT * FROM d.s.t", 17, "another database"},
      {"SELECT * FROM t AS x (a int)", 22, "column definition list"},
      {"SELECT * FROM (SELECT 1) x (a int, b text)", 28, "column definition list"},
      {"SELECT * FROM (a JOIN b ON true) x", 33, "alias of a join"},
      {"SELECT * FROM a JOIN b USING (id) AS x", 34, "alias of USING"},
      {"SELECT a FROM t GROUP BY DISTINCT a", 25, "GROUP BY DISTINCT"},
      {"WITH x AS (SELECT 1) SEARCH DEPTH FIRST BY a SET b SELECT 1", 21, "SEARCH"},
      {"UPDATE t SET a[1] = 2", 14, "assignment to an array element"},
      {"UPDATE t SET a = 1 WHERE CURRENT OF c", 33, "WHERE CURRENT OF"},
      {"CREATE FUNCTION f() RETURNS int AS 'x' LANGUAGE sql", 7, "CREATE FUNCTION"},
      {"CREATE OR REPLACE FUNCTION f() RETURNS int", 18, "CREATE FUNCTION"},
      {"CREATE TRIGGER x BEFORE INSERT ON t", 7, "CREATE TRIGGER"},
      {"CREATE TEMP SEQUENCE s", 12, "a temporary sequence"},
      {"ALTER SEQUENCE s OWNER TO a", 17, "OWNER TO"},
      {"CREATE ROLE r", 7, "CREATE ROLE"},
      {"CREATE POLICY p ON t", 7, "CREATE POLICY"},
      {"CREATE UNLOGGED TABLE t (a int)", 7, "CREATE UNLOGGED"},
      {"CREATE OR REPLACE TABLE t (a int)", 18, "CREATE OR REPLACE TABLE"},
      {"CREATE TEMPORARY REALTIME VIEW v AS SELECT 1", 26, "temporary view"},
      {"CREATE VIEW v AS SELECT 1 WITH CHECK OPTION", 31, "WITH CHECK OPTION"},
      {"CREATE TABLE t (a int) PARTITION BY RANGE (a)", 23, "PARTITION BY"},
      {"CREATE TABLE t (a int) INHERITS (u)", 23, "INHERITS"},
      {"CREATE TABLE t (a int) WITH (fillfactor = 70)", 23, "storage parameters"},
      {"CREATE TABLE t (a int) ON COMMIT DROP", 23, "ON COMMIT"},
      {"CREATE TABLE t (a int, EXCLUDE USING gist (a WITH =))", 23, "EXCLUDE"},
      {"CREATE TABLE t (a int REFERENCES u MATCH FULL)", 35, "MATCH"},
      {"CREATE TABLE t (a int REFERENCES u DEFERRABLE)", 35, "DEFERRABLE"},
      {"CREATE TABLE t (a int UNIQUE INITIALLY DEFERRED)", 29, "DEFERRABLE"},
      {"CREATE TABLE t (a, b) AS SELECT 1, 2", 16, "column names in CREATE TABLE"},
      {"CREATE INDEX i ON t (a text_pattern_ops)", 23, "operator class"},
      {"CREATE INDEX i ON t (a) INCLUDE (b)", 24, "INCLUDE"},
      {"CREATE SCHEMA s AUTHORIZATION u", 16, "AUTHORIZATION"},
      {"ALTER TABLE t OWNER TO x", 14, "OWNER TO"},
      {"ALTER TABLE t ENABLE ROW LEVEL SECURITY", 14, "ENABLE"},
      {"ALTER TABLE t SET (fillfactor = 70)", 18, "storage parameters"},
      {"ALTER TABLE t RENAME CONSTRAINT a TO b", 21, "changing a constraint"},
      {"ALTER TABLE t ADD CHECK (a > 0) NOT VALID", 32, "NOT VALID"},
      {"ALTER FUNCTION f() RENAME TO g", 6, "ALTER FUNCTION"},
      {"DROP FUNCTION f()", 5, "DROP FUNCTION"},
      {"DROP INDEX CONCURRENTLY i", 11, "CONCURRENTLY"},
      {"GRANT SELECT ON t TO u", 0, "GRANT"},
      {"REVOKE ALL ON t FROM u", 0, "REVOKE"},
      {"COPY t FROM stdin", 0, "COPY"},
      {"LISTEN x", 0, "LISTEN"},
      {"NOTIFY x", 0, "NOTIFY"},
      {"DO $$ BEGIN END $$", 0, "DO"},
      {"CALL p()", 0, "CALL"},
      {"PREPARE p AS SELECT 1", 0, "PREPARE"},
      {"EXECUTE p", 0, "EXECUTE"},
      {"DECLARE c CURSOR FOR SELECT 1", 0, "DECLARE"},
      {"PRAGMA journal_mode", 7, "this PRAGMA"},
      {"LOCK TABLE t", 0, "LOCK"},
      {" CLUSTER t", 1, "CLUSTER"},
      {"EXPLAIN (BUFFERS) SELECT 1", 9, "EXPLAIN option"},
      {"EXPLAIN VERBOSE SELECT 1", 8, "EXPLAIN option"},
      {"BEGIN ISOLATION LEVEL SERIALIZABLE", 6, "transaction mode"},
      {"START TRANSACTION READ ONLY", 18, "transaction mode"},
      {"COMMIT AND CHAIN", 7, "AND CHAIN"},
      {"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", 12, "form of SET"},
      {"ALTER TABLE t ALTER a SET STATISTICS 1", 26, "SET action"},
  };
  for (size_t i = 0; i < COUNT(cases); i++)
    assert_refused(SQL_DIALECT_POSTGRES, cases[i].text, TIDE_ERROR_NOT_SUPPORTED,
                   cases[i].position, cases[i].name);
}

/* The words by which constructs are refused are names where they stand as such. */
static void test_words_as_names(void **state) {
  (void)state;
  static const char *const texts[] = {
      "SELECT copy, comment, lock, call, owner, match, include, virtual FROM vacuum",
      "SELECT a AS tablesample, merge.operator FROM merge, \"into\"",
      "CREATE TABLE function (trigger int, type text, sequence int, role text)",
      "UPDATE role SET policy = domain",
      "SELECT xmlelement, normalize FROM listen",
      "SELECT regexp FROM search, cycle",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct parsed parsed;
    read_statement(&parsed, SQL_DIALECT_POSTGRES, texts[i]);
    forget(&parsed);
  }
}

/* What MySQL has is refused by name in its dialect. */
static void test_mysql(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint32_t position;
    const char *name;
  } cases[] = {
      {"SELECT a SOUNDS LIKE 'x'", 9, "operator of MySQL"},
      {"UPDATE t, u SET t.a = 1 LIMIT 1", 24, "LIMIT of such a write"},
      {"DELETE t FROM t, u ORDER BY a", 19, "LIMIT of such a write"},
      {"UPDATE t SET a = 1 FROM u LIMIT 1", 26, "LIMIT of a write to one of several"},
      {"CREATE TABLE t (a int) ENGINE=InnoDB CHARSET=koi8r", 37, "table option"},
      {"CREATE TABLE t (a int) COLLATE=koi8r_bin", 23, "table option"},
      {"RENAME TABLE t TO u, v TO w", 19, "RENAME TABLE of several tables"},
      {"DELIMITER ;;", 0, "DELIMITER"},
      {"CREATE TABLE t (a int ZEROFILL)", 22, "ZEROFILL"},
      {"CREATE TABLE t (a text, FULLTEXT KEY i (a))", 33, "FULLTEXT"},
      {"CREATE TABLE t (a text CHARACTER SET koi8r)", 37, "this character set"},
      {"ALTER TABLE t ADD a int AFTER b", 24, "the place of a column"},
      {"ALTER TABLE t MODIFY a int FIRST", 27, "the place of a column"},
      {"SELECT a FROM t LOCK IN SHARE MODE", 16, "LOCK IN SHARE MODE"},
      {"USE shop", 0, "USE"}};
  for (size_t i = 0; i < COUNT(cases); i++)
    assert_refused(SQL_DIALECT_MYSQL, cases[i].text, TIDE_ERROR_NOT_SUPPORTED,
                   cases[i].position, cases[i].name);
}

static int refuse_one(struct memory *memory, void *context) {
  const char *text = context;
  struct arena arena;
  struct error error;
  struct sql_node *statement;
  size_t consumed;
  arena_init(&arena, memory);
  int code = sql_parse(&arena, text, strlen(text), SQL_DIALECT_POSTGRES, &statement,
                       &consumed, &error);
  assert_null(statement);
  arena_deinit(&arena);
  return code == TIDE_ERROR_NOT_SUPPORTED ? TIDE_OK : code;
}

/* A refusal needs no memory of its own, and none is lost. */
static void test_failing_memory(void **state) {
  (void)state;
  each_failing_allocation(refuse_one,
                          "SELECT a, f(b) FROM t, u TABLESAMPLE system (1)");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_syntax_errors),  cmocka_unit_test(test_refused_by_name),
      cmocka_unit_test(test_words_as_names), cmocka_unit_test(test_mysql),
      cmocka_unit_test(test_failing_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
