/* Every function survives any failing allocation: it gives PostgreSQL's answer or says
 * that memory ran out, and leaks nothing. */
#include "base/library.h"
#include "types/expression.h"

enum { EVERY = 5, LINE_MAX_BYTES = 16384 };

/* An allocator that fails once, when `left` reaches 0; -1: never. */
struct countdown {
  struct memory memory;
  long left;
  long live;
};

static bool fails(struct countdown *countdown) {
  return countdown->left >= 0 && countdown->left-- == 0;
}

static void *allocate(void *context, size_t size) {
  struct countdown *countdown = context;
  if (fails(countdown))
    return NULL;
  countdown->live++;
  return malloc(size);
}

static void *reallocate(void *context, void *pointer, size_t size) {
  struct countdown *countdown = context;
  if (fails(countdown))
    return NULL;
  if (pointer == NULL)
    countdown->live++;
  return realloc(pointer, size);
}

static void release(void *context, void *pointer) {
  struct countdown *countdown = context;
  countdown->live--;
  free(pointer);
}

/* Runs a query with the n-th allocation failing, for every n until none fails. */
static void run_failing(struct typed_database *database, struct countdown *countdown,
                        const char *query) {
  struct buffer expected, out;
  buffer_init(&expected, memory_default());
  buffer_init(&out, memory_default());
  countdown->left = -1;
  assert_int_equal(run_query(database, query, TYPE(TYPE_TEXT), &expected), TIDE_OK);
  bool failed = true;
  for (long n = 0; failed; n++) {
    buffer_clear(&out);
    countdown->left = n;
    int code = run_query(database, query, TYPE(TYPE_TEXT), &out);
    failed = countdown->left < 0;
    countdown->left = -1;
    if (code == TIDE_OK && strcmp(buffer_string(&expected), buffer_string(&out)) != 0)
      fail_msg("%s\n  gave %s instead of %s when allocation %ld failed", query,
               buffer_string(&out), buffer_string(&expected), n);
  }
  buffer_deinit(&expected);
  buffer_deinit(&out);
}

/* Prints the call in a fixture line; false for lines of other kinds, and those that
 * call nothing. */
static bool print_line(char *line, struct buffer *query) {
  char *fields[OPERANDS_MAX + 4], *expressions[OPERANDS_MAX];
  struct type types[OPERANDS_MAX], resolved[OPERANDS_MAX], result;
  const struct function *function;
  int count = 0;
  for (char *field = strtok(line, "\t"); field != NULL && count < OPERANDS_MAX;
       field = strtok(NULL, "\t"))
    fields[count++] = field;
  count -= 4;
  bool infix = strcmp(fields[0], "operator") == 0;
  if (count < 1 || (strcmp(fields[0], "function") != 0 && !infix))
    return false;
  for (int i = 0; i < count; i++) {
    struct buffer sql;
    char *text = strchr(fields[i + 2], ':');
    if (text == NULL)
      return false;
    *text++ = '\0';
    types[i] = type_of_text(fields[i + 2]);
    buffer_init(&sql, memory_default());
    print_literal(&sql, types[i], strcmp(text, "\\N") == 0 ? NULL : text);
    expressions[i] = buffer_take(&sql);
  }
  enum function_lookup found =
      infix ? operator_find(fields[1], types, count, &function, resolved, &result)
            : function_find(fields[1], types, count, &function, resolved, &result);
  if (found == FUNCTION_FOUND) {
    struct buffer call;
    buffer_init(&call, memory_default());
    print_call(&call, function, count, expressions, types, resolved);
    buffer_text(query, "SELECT v, ");
    print_cast(query, "v", result, TYPE(TYPE_ANYTEXT), false);
    buffer_format(query, " FROM (SELECT %s AS v)", buffer_string(&call));
    buffer_deinit(&call);
  }
  for (int i = 0; i < count; i++)
    memory_release(memory_default(), expressions[i]);
  return found == FUNCTION_FOUND;
}

static void open_counting(struct typed_database *database,
                          struct countdown *countdown) {
  *countdown = (struct countdown){.left = -1};
  countdown->memory = (struct memory){allocate, reallocate, release, countdown};
  assert_int_equal(library_initialize(), TIDE_OK);
  library_use(&countdown->memory);
  assert_int_equal(typed_open(database, &countdown->memory), TIDE_OK);
}

static void close_counting(struct typed_database *database,
                           struct countdown *countdown) {
  typed_close(database);
  library_use(NULL);
  assert_int_equal(countdown->live, 0);
}

/* A sample of all functions and operators. */
static void test_functions(void **state) {
  static const char *const names[] = {"casts", "operators", "math",   "text",
                                      "json",  "datetime",  "arrays", "aggregates"};
  static char line[LINE_MAX_BYTES];
  struct typed_database database;
  struct countdown countdown;
  int number = 0, run = 0;
  (void)state;
  open_counting(&database, &countdown);
  for (size_t i = 0; i < COUNT(names); i++) {
    char path[64];
    snprintf(path, sizeof path, "tests/c/types/%s.txt", names[i]);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
      struct buffer query;
      line[strcspn(line, "\n")] = '\0';
      if (line[0] == '#' || number++ % EVERY != 0)
        continue;
      buffer_init(&query, memory_default());
      if (print_line(line, &query)) {
        run_failing(&database, &countdown, buffer_string(&query));
        run++;
      }
      buffer_deinit(&query);
    }
    fclose(file);
  }
  close_counting(&database, &countdown);
  assert_true(run > 100);
}

/* Casts, aggregates, windows, functions that return rows and collations. */
static void test_statements(void **state) {
  static const char *const queries[] = {
      "SELECT 1, pg_numeric_in('123456789012345678901234567890123456789.5', 60, 3)",
      "SELECT 1, pg_integer_array('{1,NULL,{3}}')",
      "SELECT 1, group_concat(coalesce(pg_row_value(r.value, 0), '-') || "
      "pg_row_value(r.value, 1) || hex(pg_row_value(r.value, 2))) FROM (VALUES (1), "
      "(2)) AS t LEFT JOIN pg_row_each((SELECT pg_rows(a, 1.5, x'00ff') FROM (SELECT "
      "NULL AS a UNION ALL SELECT 'text' UNION ALL SELECT 7))) AS r",
      "SELECT 1, coalesce(pg_row_value(r.value, 0), 'none') FROM (VALUES (1)) LEFT "
      "JOIN "
      "pg_row_each((SELECT pg_rows(1) WHERE false)) AS r",

      "SELECT 1, pg_text_array('{a,\"b\\\"c\",NULL}', 2, -1)",
      "SELECT 1, pg_jsonb_array('[\"{\\\"b\\\":1,\\\"a\\\":[1e5]}\"]')",
      "SELECT 1, pg_timestamptz_array('{2024-01-31 10:00+02}')",
      "SELECT 1, pg_array_text('[\"a b\",null,[1.0]]')",
      "SELECT 1, pg_char_of_array('[1,2]', 10, 0)",
      "SELECT 1, pg_jsonb('{\"bb\": [1e3, \"\\u00e9\"], \"a\": {\"x\": null, \"x\": "
      "2}}')",
      "SELECT 1, pg_sum_numeric(value) FROM "
      "pg_unnest('[\"1.5\",\"1e30\",\"12345678901234567890.5\"]')",
      "SELECT 1, pg_avg_numeric(value) FROM pg_generate_series(9223372036854775800, "
      "9223372036854775807)",
      "SELECT 1, pg_stddev_samp_numeric(value) FROM pg_generate_series(1, 5)",
      "SELECT 1, pg_array_agg(value) FROM "
      "pg_json_array_elements_text('[\"a\",\"b\",null]')",
      "SELECT 1, pg_jsonb_object_agg(pg_json_of_text(key), value) FROM "
      "pg_json_each('{\"a\":1,\"b\":[2]}')",
      "SELECT 1, pg_json_agg(value) OVER (ORDER BY rowid ROWS 1 PRECEDING) FROM "
      "pg_generate_series(1, 4)",
      "SELECT 1, pg_sum_numeric(value) OVER (ORDER BY rowid ROWS 1 PRECEDING) FROM "
      "pg_generate_series_numeric('1.5', '4', '0.5')",
      "SELECT 1, value FROM pg_generate_series_timestamp('2024-01-31', '2024-03-31', "
      "'1 mon')",
      "SELECT 1, column1 FROM (VALUES ('10'), ('9'), ('1e1')) ORDER BY column1 COLLATE "
      "numeric",
      "SELECT 1, max(column1 COLLATE jsonb) FROM (VALUES ('[1, 2]'), ('{\"a\": 1}'), "
      "('1'))",
      "SELECT 1, max(column1 COLLATE interval) FROM (VALUES ('1 mon'), ('31 days'))",
      "SELECT 1, pg_bytea_in('\\xdeadbeef')",
      "SELECT 1, pg_to_char_timestamp('2024-02-29 10:00:00', 'FMDay, DD Month YYYY')",
      "SELECT 1, pg_to_char_interval('1 year -05:06:07', 'YYYY \"x\" HH24th')",
      "SELECT 1, pg_to_date('31 january 2026', 'DD Month YYYY')",
      "SELECT 1, pg_to_timestamp('2026-01-31 10:11:12.5 -05', "
      "'YYYY-MM-DD HH24:MI:SS.MS TZH')",
      "SELECT 1, pg_to_char_numeric('-1234567.895', 'FM9,999,999.99PR')",
      "SELECT 1, pg_to_char_numeric('0.000012', '9.99EEEE')",
      "SELECT 1, pg_to_char_double(99.95, '999,999.9')",
      "SELECT 1, pg_to_char_double(1e300, '9.99EEEE')",
      "SELECT 1, pg_to_char_bigint(2026, 'FMRN')",
      "SELECT 1, pg_to_char_integer(12, '999V99')",
      "SELECT 1, pg_to_number('1,234.50-', '9G999D99S')",
      "SELECT 1, pg_to_number('12345', '999V99')",
      "SELECT 1, pg_regexp_replace('2026-01-31 ab', '(\\d+)-(\\d+)|[^[:alpha:]]{2,}?', "
      "'\\2.\\1', 'gi')",
      "SELECT 1, pg_regexp_match('abcd', '(?:(.)(.))+')",
      "SELECT 1, pg_regexp_split('a, b,c', ' *, *')",
      "SELECT 1, value FROM pg_json_array_elements(pg_json_record('{\"a\": [1, 2]}'))",
      "SELECT 1, pg_json_record_field_text(pg_json_records('[{}]') ->> '$[0]', 'a') IS "
      "NULL",
      "SELECT 1, pg_json_record_field_text('{\"a\": \"x\\ny\"}', 'a')",
      "SELECT 1, pg_jsonpath_in('strict $.a[1 to last] ? (@.b.c > 0x1F && !exists(@.d) "
      "|| @ like_regex \"^a\" flag \"iq\" && (-$x).abs() == 1)')",
      "SELECT 1, pg_jsonpath_query('{\"a\": [1, 2, 3, 4, 5, 6, \"a\\n\", {\"k\": "
      "1.5}], "
      "\"least\": 2, \"long\": \"and longer than what is not worth remembering\"}', "
      "'$.a[*] ? (@ > $.least || @ like_regex \"a\" || @ > \"a\\u000a\" || "
      "@.k.double() * 2 == 3).keyvalue()', '{\"x\": 1}')",
      "SELECT 1, pg_jsonpath_query('[1, 2, 3, 4, 5, 6]', "
      "'$[*].string().number().decimal(5, 2).floor().integer()')",
      "SELECT 1, pg_jsonpath_exists('[1, 2, 3, 4, 5]', 'strict $[last - 1 to last]')",
      "SELECT 1, pg_jsonpath_array('[\"$.a\"]')",
      "SELECT 1, pg_similar('abc', 'a(b|x)%', '#')",
      "SELECT 1, pg_numeric_power('1.000000001', 1000)",
      "SELECT 1, pg_numeric_sqrt('2000000000000000000000000000000000000000000')",
  };
  struct typed_database database;
  struct countdown countdown;
  (void)state;
  open_counting(&database, &countdown);
  for (size_t i = 0; i < COUNT(queries); i++)
    run_failing(&database, &countdown, queries[i]);
  close_counting(&database, &countdown);
}

static int open_and_close(struct memory *memory, void *context) {
  struct typed_database database;
  (void)context;
  int code = typed_open(&database, memory);
  typed_close(&database);
  return code;
}

/* Registration itself fails without a leak. */
static void test_registration(void **state) {
  (void)state;
  some_failing_allocations(open_and_close, NULL, 300);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_functions),
      cmocka_unit_test(test_statements),
      cmocka_unit_test(test_registration),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
