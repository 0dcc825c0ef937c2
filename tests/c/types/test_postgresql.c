/* Thousands of expressions give what a real PostgreSQL gave for them: its answers are in
 * *.txt beside this file.
 *
 * FIXTURE FORMAT: one expression per line, fields separated by tabs
 *   kind, name, operands …, type of the result, its text
 *   kind: function | operator | cast | assign | constructor | subscript | slice |
 *     aggregate | rows
 *   operand: type:text, or type:\N for NULL; \t \n \\ are escaped
 *   name: of a cast its target type; aggregates take each operand as one row
 *   text: \N for NULL, !SQLSTATE for an error; of "rows" the rows, separated by |
 * A line that begins with # is a comment. fixtures.mjs writes these files.
 */
#include "base/library.h"
#include "types/expression.h"

enum { LINE_MAX_BYTES = 16384 };

/* One line taken apart. */
struct fixture {
  char *kind, *name;
  int count;
  struct type types[OPERANDS_MAX];
  char *values[OPERANDS_MAX];
  char *expressions[OPERANDS_MAX];
  char *type, *text;
};

static void unescape(char *text) {
  char *to = text;
  for (; *text != '\0'; text++, to++) {
    *to = *text;
    if (*text == '\\' && strchr("tn\\", text[1]) != NULL && text[1] != '\0') {
      text++;
      *to = *text == 't' ? '\t' : *text == 'n' ? '\n' : '\\';
    }
  }
  *to = '\0';
}

/* Cuts a line into its fields, in place. */
static void parse(struct fixture *fixture, char *line) {
  char *fields[OPERANDS_MAX + 4];
  int count = 0;
  for (char *field = line; field != NULL && count < OPERANDS_MAX + 4; count++) {
    fields[count] = field;
    field = strchr(field, '\t');
    if (field != NULL)
      *field++ = '\0';
  }
  assert_true(count >= 4);
  *fixture = (struct fixture){.kind = fields[0], .name = fields[1], .count = count - 4};
  fixture->type = fields[count - 2];
  fixture->text = fields[count - 1];
  for (int i = 0; i < fixture->count; i++) {
    char *colon = strchr(fields[i + 2], ':');
    assert_non_null(colon);
    *colon = '\0';
    fixture->types[i] = type_of_text(fields[i + 2]);
    fixture->values[i] = strcmp(colon + 1, "\\N") == 0 ? NULL : colon + 1;
    if (fixture->values[i] != NULL)
      unescape(fixture->values[i]);
  }
}

static void print_operands(struct fixture *fixture) {
  for (int i = 0; i < fixture->count; i++) {
    struct buffer sql;
    buffer_init(&sql, memory_default());
    print_literal(&sql, fixture->types[i], fixture->values[i]);
    fixture->expressions[i] = buffer_take(&sql);
  }
}

static void free_operands(struct fixture *fixture) {
  for (int i = 0; i < fixture->count; i++)
    memory_release(memory_default(), fixture->expressions[i]);
}

/* Finds what the line calls. `count` is the number of arguments, 1 for aggregates. */
static enum function_lookup look_up(const struct fixture *fixture, int count,
                                    const struct function **found,
                                    struct type *resolved, struct type *result) {
  const struct type *types = fixture->types;
  if (strcmp(fixture->kind, "operator") == 0)
    return operator_find(fixture->name, types, count, found, resolved, result);
  if (strcmp(fixture->kind, "constructor") == 0)
    return array_constructor(types, count, found, resolved, result);
  bool slice = strcmp(fixture->kind, "slice") == 0;
  if (slice || strcmp(fixture->kind, "subscript") == 0)
    return array_subscript(types, count, slice, found, resolved, result);
  return function_find(fixture->name, types, count, found, resolved, result);
}

/* The rows of a function that returns rows. */
static void run_rows(struct typed_database *database, const struct fixture *fixture,
                     const struct function *function, const struct type *resolved,
                     struct type type, struct buffer *out) {
  struct buffer query;
  const char *names[FUNCTION_COLUMNS_MAX];
  struct type types[FUNCTION_COLUMNS_MAX];
  int columns = function_columns(function, type, names, types);
  buffer_init(&query, memory_default());
  buffer_text(&query, "SELECT value, ");
  if (columns == 2)
    buffer_text(&query, "key || '=' || ");
  print_cast(&query, "value", types[columns - 1], TYPE(TYPE_ANYTEXT), false);
  buffer_text(&query, " FROM ");
  print_call(&query, function, fixture->count, fixture->expressions, fixture->types,
             resolved);
  run_query(database, buffer_string(&query), types[columns - 1], out);
  buffer_deinit(&query);
}

/* An aggregate over one row per operand. */
static void print_aggregate(struct buffer *sql, const struct fixture *fixture,
                            const struct function *function,
                            const struct type *resolved) {
  char value[] = "v";
  char *operand = value;
  struct buffer call;
  buffer_init(&call, memory_default());
  print_call(&call, function, 1, &operand, fixture->types, resolved);
  buffer_format(sql, "(SELECT %s FROM (", buffer_string(&call));
  for (int i = 0; i < fixture->count; i++)
    buffer_format(sql, "%sSELECT %s AS v", i > 0 ? " UNION ALL " : "",
                  fixture->expressions[i]);
  buffer_text(sql, "))");
  buffer_deinit(&call);
}

static void run_call(struct typed_database *database, const struct fixture *fixture,
                     struct buffer *type_name, struct buffer *out) {
  const struct function *function;
  struct type resolved[OPERANDS_MAX], type;
  char name[64];
  bool aggregate = strcmp(fixture->kind, "aggregate") == 0;
  int count = aggregate ? 1 : fixture->count;
  enum function_lookup found = look_up(fixture, count, &function, resolved, &type);
  if (found != FUNCTION_FOUND) {
    buffer_text(out, found == FUNCTION_AMBIGUOUS ? "!42725" : "!42883");
    return;
  }
  type_format(type, name, sizeof name);
  buffer_text(type_name, name);
  if (strcmp(fixture->kind, "rows") == 0) {
    run_rows(database, fixture, function, resolved, type, out);
    return;
  }
  struct buffer sql;
  buffer_init(&sql, memory_default());
  if (aggregate)
    print_aggregate(&sql, fixture, function, resolved);
  else
    print_call(&sql, function, count, fixture->expressions, fixture->types, resolved);
  run_expression(database, buffer_string(&sql), type, out);
  buffer_deinit(&sql);
}

static void run_cast(struct typed_database *database, const struct fixture *fixture,
                     struct buffer *type_name, struct buffer *out) {
  struct type to = type_of_text(fixture->name), shown = to;
  char name[64];
  bool assignment = strcmp(fixture->kind, "assign") == 0;
  struct buffer sql;
  shown.precision = shown.scale = -1;
  type_format(shown, name, sizeof name);
  buffer_text(type_name, name);
  buffer_init(&sql, memory_default());
  if (print_cast(&sql, fixture->expressions[0], fixture->types[0], to, assignment))
    run_expression(database, buffer_string(&sql), to, out);
  else
    buffer_text(out, assignment ? "!42804" : "!42846");
  buffer_deinit(&sql);
}

/* Runs one line. Returns whether it gave what it should, printing what is wrong. */
static bool check_line(struct typed_database *database, char *line, int number) {
  struct fixture fixture;
  struct buffer out, type;
  parse(&fixture, line);
  unescape(fixture.text);
  print_operands(&fixture);
  buffer_init(&out, memory_default());
  buffer_init(&type, memory_default());
  if (strcmp(fixture.kind, "cast") == 0 || strcmp(fixture.kind, "assign") == 0)
    run_cast(database, &fixture, &type, &out);
  else
    run_call(database, &fixture, &type, &out);
  bool failed = buffer_string(&out)[0] == '!';
  /* Of a function that returned no row PostgreSQL told no type. */
  bool same_type = failed || strcmp(fixture.type, "-") == 0 ||
                   strcmp(fixture.type, buffer_string(&type)) == 0;
  bool right = strcmp(buffer_string(&out), fixture.text) == 0 && same_type;
  if (!right) {
    printf("line %d: %s %s", number, fixture.kind, fixture.name);
    for (int i = 0; i < fixture.count; i++)
      printf(" %s", fixture.expressions[i]);
    printf("\n  expected %s %s\n  got      %s %s\n", fixture.type, fixture.text,
           buffer_string(&type), buffer_string(&out));
  }
  free_operands(&fixture);
  buffer_deinit(&out);
  buffer_deinit(&type);
  return right;
}

static void check_file(const char *path) {
  static char line[LINE_MAX_BYTES];
  struct typed_database database;
  int number = 0, wrong = 0, checked = 0;
  assert_int_equal(library_initialize(), TIDE_OK);
  assert_int_equal(typed_open(&database, memory_default()), TIDE_OK);
  FILE *file = fopen(path, "r");
  if (file == NULL)
    fail_msg("cannot open %s", path);
  while (fgets(line, sizeof line, file) != NULL) {
    number++;
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '#' || line[0] == '\0')
      continue;
    checked++;
    wrong += !check_line(&database, line, number);
  }
  fclose(file);
  typed_close(&database);
  printf("%s: %d expressions, %d wrong\n", path, checked, wrong);
  assert_true(checked > 0);
  assert_int_equal(wrong, 0);
}

/* Each table of functions gives PostgreSQL's results. */
#define FILE_TEST(name)                                                                \
  static void test_##name(void **state) {                                              \
    (void)state;                                                                       \
    check_file("tests/c/types/" #name ".txt");                                         \
  }

FILE_TEST(casts)
FILE_TEST(operators)
FILE_TEST(math)
FILE_TEST(text)
FILE_TEST(datetime)
FILE_TEST(json)
FILE_TEST(arrays)
FILE_TEST(aggregates)

int main(int argc, char **argv) {
  /* A file given by hand is checked alone. */
  if (argc > 1) {
    check_file(argv[1]);
    return 0;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_casts),    cmocka_unit_test(test_operators),
      cmocka_unit_test(test_math),     cmocka_unit_test(test_text),
      cmocka_unit_test(test_datetime), cmocka_unit_test(test_json),
      cmocka_unit_test(test_arrays),   cmocka_unit_test(test_aggregates),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
