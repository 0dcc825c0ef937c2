/* MySQL's statements become PostgreSQL's. */
#include "sql/mysql.h"

#include "sql/statements.h"

/* What MySQL means, as the dialect writes it. */
static void assert_means(const char *mysql, enum sql_dialect dialect,
                         const char *expected) {
  struct parsed parsed;
  struct buffer out;
  parse_length(&parsed, SQL_DIALECT_MYSQL, mysql, strlen(mysql));
  if (parsed.code != TIDE_OK)
    fail_msg("%s: %s", mysql, parsed.error.message);
  if (mysql_translate(&parsed.arena, &parsed.statement, &parsed.error) != TIDE_OK)
    fail_msg("%s: %s", mysql, parsed.error.message);
  buffer_init(&out, memory_default());
  assert_int_equal(sql_print(parsed.statement, dialect, &out, &parsed.error), TIDE_OK);
  assert_string_equal(buffer_string(&out), expected);
  buffer_deinit(&out);
  forget(&parsed);
}

static void assert_refused(const char *mysql, uint32_t position, const char *name) {
  struct parsed parsed;
  parse_length(&parsed, SQL_DIALECT_MYSQL, mysql, strlen(mysql));
  assert_int_equal(parsed.code, TIDE_OK);
  assert_int_equal(mysql_translate(&parsed.arena, &parsed.statement, &parsed.error),
                   TIDE_ERROR_NOT_SUPPORTED);
  assert_non_null(strstr(parsed.error.message, name));
  assert_int_equal(parsed.error.position, position);
  forget(&parsed);
}

static const char *const meanings[][2] = {
    {"SELECT a / b AS q FROM t", "SELECT mysql_divide(a, b) AS q FROM t"},
    {"UPDATE t SET a = a / 2", "UPDATE t SET a = mysql_quotient_strict(a, 2)"},
    {"SELECT round(a / b, 9) AS q", "SELECT round(mysql_quotient(a, b), 9) AS q"},
    {"SELECT a XOR b AS q", "SELECT (NOT a) <> (NOT b) AS q"},
    {"SELECT a REGEXP 'x' AS q, a NOT RLIKE 'y' AS r",
     "SELECT a ~ 'x' AS q, a !~ 'y' AS r"},
    {"SELECT if(a, 1, 2) AS q", "SELECT CASE WHEN a THEN 1 ELSE 2 END AS q"},
    {"SELECT avg(DISTINCT a) AS q",
     "SELECT mysql_divide(sum(DISTINCT a), count(DISTINCT a)) AS q"},
    {"SELECT group_concat(a, b ORDER BY c SEPARATOR '') AS q",
     "SELECT string_agg(mysql_concat(a, b), '' ORDER BY c NULLS FIRST) AS q"},
    {"SELECT sum(a > 1) AS q", "SELECT sum((a > 1)::integer) AS q"},
    {"SELECT 1e3 AS q FROM dual WHERE 1",
     "SELECT 1e3::double precision AS q WHERE TRUE"},
    {"SELECT a FROM t ORDER BY a DESC", "SELECT a FROM t ORDER BY a DESC NULLS LAST"},
    {"CREATE TABLE t (a int(11), b decimal, c char(5), d datetime)",
     "CREATE TABLE t (a int, b numeric(10, 0), c character varying(5), d "
     "timestamp(0))"},
    {"CREATE TABLE t (a tinyint(1), UNIQUE KEY u (a)) ENGINE=InnoDB DEFAULT "
     "CHARSET=utf8mb4",
     "CREATE TABLE t (a smallint CHECK (mysql_fits(a, -128, 127)), CONSTRAINT u UNIQUE "
     "(a))"},
    {"CREATE TABLE t (a int(10) unsigned NOT NULL, b bigint signed, c varchar(5) "
     "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)",
     "CREATE TABLE t (a bigint NOT NULL CHECK (mysql_fits(a, 0, 4294967295)), b "
     "bigint, "
     "c varchar(5))"},
    {"UPDATE t, u AS x SET x.a = t.b WHERE t.id = x.id",
     "UPDATE u AS x SET a = t.b FROM t WHERE t.id = x.id"},
    {"INSERT INTO t VALUES (1, 2) AS new ON DUPLICATE KEY UPDATE b = new.b + t.b",
     "INSERT INTO t VALUES (1, 2) ON CONFLICT DO UPDATE SET b = excluded.b + t.b"},
    {"INSERT INTO t SET a = 1, t.b = a", "INSERT INTO t (a, b) VALUES (1, a)"},
    {"UPDATE t AS x JOIN u ON u.a = x.a JOIN w ON w.b = u.b SET x.c = u.d WHERE x.e",
     "UPDATE t AS x SET c = u.d FROM u, w WHERE u.a = x.a AND w.b = u.b AND x.e"},
    {"DELETE x FROM u JOIN t AS x ON u.a = x.a, w WHERE w.b = x.b",
     "DELETE FROM t AS x USING u, w WHERE u.a = x.a AND w.b = x.b"},
    {"DELETE FROM t USING t JOIN u ON u.a = t.a",
     "DELETE FROM t USING u WHERE u.a = t.a"},
    {"DELETE t, u FROM t JOIN u ON u.a = t.a",
     "WITH \"write to t\" AS (DELETE FROM t USING u WHERE u.a = t.a) "
     "DELETE FROM u USING t WHERE u.a = t.a"},
    {"UPDATE t, u AS x SET t.a = x.a, x.b = 1, t.c = 2 WHERE x.d = t.d",
     "WITH \"write to t\" AS (UPDATE t SET a = x.a, c = 2 FROM u AS x WHERE x.d = t.d) "
     "UPDATE u AS x SET b = 1 FROM t WHERE x.d = t.d"},
    {"SELECT date_format(d, '%Y at %i') AS q",
     "SELECT mysql_date_format(d, '%Y at %i') AS q"},
    {"SELECT d + INTERVAL 1 DAY AS q, date_sub('2024-01-31', INTERVAL 2 HOUR) AS r",
     "SELECT mysql_add_days(d, 1, 'day') AS q, "
     "mysql_add_time('2024-01-31'::date, 2, '-hour') AS r"},
    {"SELECT timestampadd(SQL_TSI_WEEK, 1, d) AS q, timestampdiff(DAY, d, e) AS r",
     "SELECT mysql_add_days(d, 1, 'week') AS q, mysql_timestampdiff('day', d, e) AS r"},
    {"SELECT a FROM t WHERE d > ? - INTERVAL 1 DAY",
     "SELECT a FROM t WHERE d > mysql_add_days(?, 1, '-day')::timestamp"},
    {"SELECT a + 1, count(*), 'x', (a) , b FROM t",
     "SELECT a + 1 AS \"a + 1\", count(*) AS \"count(*)\", 'x' AS x, a, b FROM t"},
};

/* What MySQL writes otherwise is written as PostgreSQL has it, what it computes otherwise as calls of mysql_… */
static void test_meanings(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(meanings); i++)
    assert_means(meanings[i][0], SQL_DIALECT_POSTGRES, meanings[i][1]);
}

/* What has no equivalent is refused where it stands. */
static void test_refusals(void **state) {
  (void)state;
  assert_refused("SELECT a, b ^ 2", 10, "operator ^");
  assert_refused("SELECT ~a", 7, "operator ~");
  assert_refused("SELECT a / b * 2", 7, "arithmetic with a quotient");
  assert_refused("SELECT lpad(a, 2, b)", 7, "lpad()");
  assert_refused("UPDATE t SET a = 1, b = a", 20, "assigned before it");
  assert_refused("SELECT trim(BOTH 'ab' FROM c)", 7, "several characters");
  assert_refused("UPDATE t JOIN u ON a = b SET t.c = 1, u.d = t.c", 38,
                 "assigned before it");
  assert_refused("CREATE TABLE t (a double unsigned)", 18, "UNSIGNED of type double");
  assert_refused("CREATE TABLE t (a SET('x'))", 18, "type set");
  assert_refused("CREATE UNIQUE INDEX i ON t (a(10))", 28, "first letters");
  assert_refused("CREATE TABLE t (y year)", 18, "type year");
}

/* What no statement of PostgreSQL says. */
static const char *const rows[][2] = {
    {"UPDATE t SET a = 1 WHERE b ORDER BY c LIMIT 3",
     "UPDATE `t` SET `t`.`a` = 1 WHERE `b` ORDER BY `c` LIMIT 3"},
    {"DELETE FROM t ORDER BY a", "DELETE FROM `t` ORDER BY `a`"},
    {"DELETE FROM t WHERE a = 1 LIMIT 1", "DELETE FROM `t` WHERE `a` = 1 LIMIT 1"},
    {"DELETE FROM x USING t AS x LEFT JOIN u ON u.a = x.a WHERE u.b IS NULL",
     "DELETE `x` FROM `t` AS `x` LEFT JOIN `u` ON `u`.`a` = `x`.`a` WHERE "
     "`u`.`b` IS NULL"},
    {"UPDATE t LEFT JOIN u USING (a), w SET u.c = t.d WHERE t.e",
     "UPDATE `t` LEFT JOIN `u` USING (`a`), `w` SET `u`.`c` = `t`.`d` WHERE "
     "`t`.`e`"},
};

static void test_rows(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++)
    assert_means(rows[i][0], SQL_DIALECT_MYSQL, rows[i][1]);
}

static int translate_text(struct memory *memory, const char *text) {
  struct arena arena;
  struct error error;
  struct sql_node *statement;
  size_t consumed;
  arena_init(&arena, memory);
  int code = sql_parse(&arena, text, strlen(text), SQL_DIALECT_MYSQL, &statement,
                       &consumed, &error);
  if (code == TIDE_OK)
    code = mysql_translate(&arena, &statement, &error);
  arena_deinit(&arena);
  return code;
}

static int translate_all(struct memory *memory, void *context) {
  (void)context;
  int code = TIDE_OK;
  for (size_t i = 0; i < COUNT(meanings) && code == TIDE_OK; i++)
    code = translate_text(memory, meanings[i][0]);
  for (size_t i = 0; i < COUNT(rows) && code == TIDE_OK; i++)
    code = translate_text(memory, rows[i][0]);
  return code;
}

/* Whichever allocation fails, translating fails with 53200 and leaks nothing. */
static void test_failing_memory(void **state) {
  (void)state;
  each_failing_allocation(translate_all, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_meanings),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_rows),
      cmocka_unit_test(test_failing_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
