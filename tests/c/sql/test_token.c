/* Bytes to tokens. */
#include "sql/statements.h"

#include "sql/grammar.h"
#include "sql/token.h"

/* Writes the tokens of a text, separated by spaces and each in brackets; fails are "!". */
static const char *tokens_of(enum sql_dialect dialect, const char *text,
                             bool after_operand) {
  static char result[1024];
  struct error error = {0};
  struct scanner scanner = {.text = text,
                            .length = (uint32_t)strlen(text),
                            .dialect = dialect,
                            .after_operand = after_operand,
                            .error = &error};
  struct token token;
  size_t length = 0;
  int code;
  result[0] = '\0';
  while ((code = token_next(&scanner, &token)) != 0) {
    const char *space = length == 0 ? "" : " ";
    if (code < 0) {
      snprintf(result + length, sizeof result - length, "%s!%u", space, error.position);
      return result;
    }
    length += (size_t)snprintf(result + length, sizeof result - length, "%s%.*s", space,
                               (int)token.length, text + token.position);
  }
  return result;
}

static const char *postgres(const char *text) {
  return tokens_of(SQL_DIALECT_POSTGRES, text, false);
}

static int code_of(enum sql_dialect dialect, const char *text) {
  struct error error = {0};
  struct scanner scanner = {.text = text,
                            .length = (uint32_t)strlen(text),
                            .dialect = dialect,
                            .error = &error};
  struct token token;
  int code = token_next(&scanner, &token);
  assert_true(code < 0 || token.length == scanner.length);
  return code;
}

/* Operators take as many characters as they can, but leave a trailing sign unless a special character is among them. */
static void test_operators(void **state) {
  (void)state;
  assert_string_equal(postgres("a+b"), "a + b");
  assert_string_equal(postgres("a=-1"), "a = - 1");
  assert_string_equal(postgres("a@-1"), "a @- 1");
  assert_string_equal(postgres("a||-1"), "a ||- 1");
  assert_string_equal(postgres("a*-+-1"), "a * - + - 1");
  assert_string_equal(postgres("a->>'x'->0"), "a ->> 'x' -> 0");
  assert_string_equal(postgres("a#>>b@>c<@d"), "a #>> b @> c <@ d");
  assert_string_equal(postgres("a<>b!=c<=d>=e"), "a <> b != c <= d >= e");
  assert_string_equal(postgres("a::int"), "a :: int");
  assert_string_equal(postgres("a*/* comment */b"), "a * b");
  assert_string_equal(postgres("a<--comment\nb"), "a < b");
  assert_string_equal(postgres("a @? b"), "a @? b");
}

/* MySQL and SQLite take the longest operator of their lists. */
static void test_listed_operators(void **state) {
  (void)state;
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "a=!b", false), "a = ! b");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "a<=>b->>'$'", false),
                      "a <=> b ->> '$'");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "5--3", false), "5 - - 3");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "5-- 3", false), "5");
  assert_string_equal(tokens_of(SQL_DIALECT_SQLITE, "a==b||c", false), "a == b || c");
}

/* A question mark is a parameter, or an operator behind an operand; a colon is part of a name, or separates bounds. */
static void test_parameters(void **state) {
  (void)state;
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "$12"), TOKEN_PARAMETER);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "?"), TOKEN_PARAMETER);
  assert_int_equal(code_of(SQL_DIALECT_SQLITE, "?12"), TOKEN_PARAMETER);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, ":name_1"), TOKEN_PARAMETER);
  assert_string_equal(postgres("?,?"), "? , ?");
  assert_string_equal(postgres("a=?"), "a = ?");
  assert_string_equal(tokens_of(SQL_DIALECT_POSTGRES, "?|", true), "?|");
  assert_string_equal(tokens_of(SQL_DIALECT_POSTGRES, "?||", true), "? ||");
  assert_string_equal(tokens_of(SQL_DIALECT_POSTGRES, ":name", true), ": name");
  assert_string_equal(postgres("$1a"), "!0");
}

/* Numbers have underscores, exponents and bases; letters right behind them are an error. */
static void test_numbers(void **state) {
  (void)state;
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "1_000"), TOKEN_INTEGER);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "0xFF_ff"), TOKEN_INTEGER);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "1.5e3"), TOKEN_DECIMAL);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, ".5"), TOKEN_DECIMAL);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "5."), TOKEN_DECIMAL);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "1e-10"), TOKEN_DECIMAL);
  assert_string_equal(postgres("1..2"), "1 . .2");
  assert_string_equal(postgres("1a"), "!0");
  assert_string_equal(postgres("  0x"), "!2");
  assert_string_equal(postgres("1__0"), "!0");
  assert_string_equal(postgres("1e"), "!0");
}

/* What is not closed is an error where it opens. */
static void test_unterminated(void **state) {
  (void)state;
  assert_string_equal(postgres("a 'b"), "a !2");
  assert_string_equal(postgres("a \"b"), "a !2");
  assert_string_equal(postgres("a $$b$"), "a !2");
  assert_string_equal(postgres("a $x$b$y$"), "a !2");
  assert_string_equal(postgres("a /* b /* c */"), "a !2");
  assert_string_equal(postgres("e'\\"), "!0");
  assert_string_equal(postgres("\"\""), "!0");
}

/* Comments nest in PostgreSQL, and end at the first end elsewhere. */
static void test_comments(void **state) {
  (void)state;
  assert_string_equal(postgres("a/* /* */ b */c"), "a c");
  assert_string_equal(tokens_of(SQL_DIALECT_SQLITE, "a/* /* */b", false), "a b");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "a#b\nc", false), "a c");
  assert_string_equal(postgres("a--b\r\nc--"), "a c");
}

/* MySQL reads comments that are for its version, and those before; no comment but its end ends them. */
static void test_comments_with_text(void **state) {
  (void)state;
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "a /*! b */ c", false), "a b c");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "/*!40101a*//*!80036 b*/", false),
                      "a b");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "a /*!80100 b */ c", false), "a c");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "a /*!999999 b */", false), "a");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "a /*M! b *//*+ c */", false), "a");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "/*! a /* b */ c */", false), "a c");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "/*! '*/' */ a", false), "'*/' a");
  assert_string_equal(tokens_of(SQL_DIALECT_MYSQL, "a /*! b", false), "a b !7");
}

/* Keywords are found in any letter case, and only as whole words. */
static void test_words(void **state) {
  (void)state;
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "SeLeCt"), TOKEN_SELECT);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "selects"), TOKEN_IDENT);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "\"select\""), TOKEN_IDENT);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "größe$1"), TOKEN_IDENT);
  assert_int_equal(code_of(SQL_DIALECT_MYSQL, "`select`"), TOKEN_IDENT);
  assert_int_equal(code_of(SQL_DIALECT_MYSQL, "\"text\""), TOKEN_STRING);
  assert_int_equal(code_of(SQL_DIALECT_SQLITE, "X'00ff'"), TOKEN_BLOB);
  assert_int_equal(code_of(SQL_DIALECT_SQLITE, "x'0'"), -1);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "x'00'"), -1);
  assert_int_equal(code_of(SQL_DIALECT_POSTGRES, "U&'00'"), -1);
}

/* The first value of a SELECT of one literal. */
static void assert_value(enum sql_dialect dialect, const char *text,
                         const char *expected) {
  struct parsed parsed;
  const struct sql_node *query = read_statement(&parsed, dialect, text);
  const struct sql_node *results = query->child[QUERY_BODY]->child[SELECT_RESULTS];
  const struct sql_node *value = results->child[0]->child[0];
  assert_string_equal(value->text, expected);
  assert_int_equal(value->length, strlen(expected));
  forget(&parsed);
}

/* Literals stand for what PostgreSQL and MySQL say they do. */
static void test_values(void **state) {
  (void)state;
  enum sql_dialect dialect = SQL_DIALECT_POSTGRES;
  assert_value(dialect, "SELECT 'it''s'", "it's");
  assert_value(dialect, "SELECT 'a\\nb'", "a\\nb");
  assert_value(dialect, "SELECT E'a\\nb\\x41\\101\\u00e9\\q'", "a\nbAA\xc3\xa9q");
  assert_value(dialect, "SELECT E'\\ud83d\\ude00'", "\xf0\x9f\x98\x80");
  assert_value(dialect, "SELECT 'a'\n  'b'", "ab");
  assert_value(dialect, "SELECT $a$ $$ ' $a$", " $$ ' ");
  assert_value(dialect, "SELECT $$$$", "");
  assert_value(dialect, "SELECT 0x_FF", "255");
  assert_value(dialect, "SELECT 1_000_000", "1000000");
  assert_value(dialect, "SELECT \"a\"\"b\"", "a\"b");
  assert_value(dialect, "SELECT FooÄ", "fooÄ");
  assert_value(SQL_DIALECT_MYSQL, "SELECT 'a\\'b\\\\\\%\\n'", "a'b\\\\%\n");
  assert_value(SQL_DIALECT_MYSQL, "SELECT \"a\"\"b'\"", "a\"b'");
  assert_value(SQL_DIALECT_MYSQL, "SELECT `a``b`", "a`b");
  assert_value(SQL_DIALECT_SQLITE, "SELECT X'AbCd'", "abcd");
}

/* Escapes that stand for no character are refused with 22025, numbers that fit nowhere with 22003. */
static void test_invalid_values(void **state) {
  (void)state;
  static const char *const escapes[] = {"SELECT E'\\x00'",   "SELECT E'\\000'",
                                        "SELECT E'\\u12'",   "SELECT E'\\ud800'",
                                        "SELECT E'\\udc00'", "SELECT E'\\U00110000'"};
  struct parsed parsed;
  for (size_t i = 0; i < COUNT(escapes); i++) {
    parse(&parsed, SQL_DIALECT_POSTGRES, escapes[i]);
    assert_int_equal(parsed.code, TIDE_ERROR_INVALID_ESCAPE);
    assert_int_equal(parsed.error.position, 7);
    forget(&parsed);
  }
  parse(&parsed, SQL_DIALECT_POSTGRES, "SELECT 0xFFFFFFFFFFFFFFFFFF");
  assert_int_equal(parsed.code, TIDE_ERROR_OUT_OF_RANGE);
  forget(&parsed);
  parse_length(&parsed, SQL_DIALECT_POSTGRES, "SELECT 'a\0b'", 12);
  assert_int_equal(parsed.code, TIDE_ERROR_SYNTAX);
  forget(&parsed);
}

static int read_values(struct memory *memory, void *context) {
  (void)context;
  static const char *const texts[] = {"\"a\"\"b\"", "E'\\u00e4'", "$a$x$a$", "0xff",
                                      "1_0"};
  struct arena arena;
  struct error error = {0};
  uint32_t length;
  arena_init(&arena, memory);
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct scanner scanner = {
        .text = texts[i], .length = (uint32_t)strlen(texts[i]), .error = &error};
    struct token token;
    int code = token_next(&scanner, &token);
    if (code == TOKEN_IDENT)
      token_identifier(&arena, &scanner, &token);
    else if (code == TOKEN_STRING)
      token_string(&arena, &scanner, &token, &length);
    else
      token_number(&arena, &scanner, &token);
  }
  int code = arena.failed ? TIDE_ERROR_NOMEM : TIDE_OK;
  assert_int_equal(error.code, TIDE_OK);
  arena_deinit(&arena);
  return code;
}

/* Reading a value needs memory, and says so when there is none. */
static void test_failing_memory(void **state) {
  (void)state;
  each_failing_allocation(read_values, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_operators),
      cmocka_unit_test(test_listed_operators),
      cmocka_unit_test(test_parameters),
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_unterminated),
      cmocka_unit_test(test_comments),
      cmocka_unit_test(test_comments_with_text),
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_invalid_values),
      cmocka_unit_test(test_failing_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
