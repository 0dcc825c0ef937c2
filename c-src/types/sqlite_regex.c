/* The operators ~ and ~*, SIMILAR TO and the functions of regular expressions. */
#include <string.h>

#include "base/error.h"
#include "types/call.h"
#include "types/json.h"
#include "types/regex.h"

/* --- compiling --- */

/* An expression and the options it was asked with: those within the pattern may have changed them. */
struct compiled {
  struct regex regex;
  struct regex_options asked;
};

static void compiled_free(void *memory) {
  struct compiled *compiled = memory;
  regex_deinit(&compiled->regex);
  memory_release(call_memory(), compiled);
}

static bool same_options(struct regex_options left, struct regex_options right) {
  return left.ignore_case == right.ignore_case &&
         left.stop_at_newlines == right.stop_at_newlines && left.lines == right.lines;
}

static void fail_pattern(sqlite3_context *context, int code, const char *complaint) {
  if (code == TIDE_ERROR_NOMEM)
    sqlite3_result_error_nomem(context);
  else if (code == TIDE_ERROR_NOT_SUPPORTED)
    call_fail(context, code, "%s is not supported", complaint);
  else
    call_fail(context, code, "invalid regular expression: %s", complaint);
}

/* Compiles the pattern, which is the argument at index 1, unless it was for the row before. NULL: the function has
 * failed. */
static const struct regex *compile(sqlite3_context *context, struct text pattern,
                                   struct regex_options options) {
  struct compiled *compiled = sqlite3_get_auxdata(context, 1);
  if (compiled && same_options(compiled->asked, options))
    return &compiled->regex;
  compiled = memory_allocate_zeroed(call_memory(), sizeof *compiled);
  if (!compiled) {
    sqlite3_result_error_nomem(context);
    return NULL;
  }
  compiled->asked = options;
  int code = regex_init(&compiled->regex, call_memory(), pattern, options);
  if (code != TIDE_OK) {
    fail_pattern(context, code, compiled->regex.complaint);
    compiled_free(compiled);
    return NULL;
  }
  sqlite3_set_auxdata(context, 1, compiled, compiled_free);
  compiled = sqlite3_get_auxdata(context, 1);
  if (!compiled)
    sqlite3_result_error_nomem(context);
  return compiled ? &compiled->regex : NULL;
}

/* Reads the letters of options. `global` is NULL where g makes no sense. */
static bool read_options(sqlite3_context *context, sqlite3_value *value,
                         struct regex_options *options, bool *global) {
  struct text text;
  if (!call_text(context, value, &text))
    return false;
  for (size_t i = 0; i < text.length; i++) {
    char option = text.data[i];
    if (strchr("beqx", option)) {
      call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
                "the option \"%c\" of a regular expression is not supported", option);
      return false;
    }
    if (!strchr("cgimnpstw", option) || (option == 'g' && !global)) {
      call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
                "invalid regular expression option: \"%c\"", option);
      return false;
    }
    if (option == 'g')
      *global = true;
    if (option == 'c' || option == 'i')
      options->ignore_case = option == 'i';
    if (strchr("mnps", option))
      options->stop_at_newlines = option != 's';
    if (strchr("mnws", option))
      options->lines = option != 's';
  }
  return true;
}

/* --- searching --- */

/* All matches of a pattern in a text, one after the other. */
struct search {
  sqlite3_context *context;
  const struct regex *regex;
  struct text text;
  struct regex_subject subject;
  size_t next;
  bool failed; /* memory ran out: there is no answer */
  struct regex_range ranges[REGEX_GROUPS_MAX];
};

/* From the text and the pattern, which are the first two arguments. False: there is nothing to be done. */
static bool search_init(struct search *search, sqlite3_context *context, int count,
                        sqlite3_value **arguments, struct regex_options options) {
  struct text pattern;
  search->context = context;
  search->next = 0;
  search->failed = false;
  if (call_has_null(count, arguments) ||
      !call_text(context, arguments[0], &search->text) ||
      !call_text(context, arguments[1], &pattern))
    return false;
  search->regex = compile(context, pattern, options);
  if (!search->regex)
    return false;
  if (regex_subject_init(&search->subject, call_memory(), search->text) == TIDE_OK)
    return true;
  regex_subject_deinit(&search->subject);
  sqlite3_result_error_nomem(context);
  return false;
}

static void search_deinit(struct search *search) {
  if (search->failed)
    sqlite3_result_error_nomem(search->context);
  regex_subject_deinit(&search->subject);
}

/* Finds the next match. False: there is none, or memory ran out. */
static bool search_next(struct search *search) {
  bool found = false;
  if (search->next > search->subject.length)
    return false;
  int code =
      regex_find(search->regex, &search->subject, search->next, &found, search->ranges);
  search->failed = code != TIDE_OK;
  if (search->failed || !found)
    return false;
  search->next =
      search->ranges[0].end + (search->ranges[0].end == search->ranges[0].start);
  return true;
}

static struct text between(const struct search *search, size_t start, size_t end) {
  const size_t *offsets = search->subject.offsets;
  return (struct text){search->text.data + offsets[start],
                       offsets[end] - offsets[start]};
}

static bool took_part(struct regex_range range) {
  return range.start <= range.end;
}

static struct text group_text(const struct search *search, int group) {
  return between(search, search->ranges[group].start, search->ranges[group].end);
}

/* --- does it match? --- */

static void test(sqlite3_context *context, int count, sqlite3_value **arguments,
                 bool ignore_case, bool wanted) {
  struct search search;
  struct regex_options options = {.ignore_case = ignore_case};
  bool matches;
  if (count > 2 && !call_has_null(count, arguments) &&
      !read_options(context, arguments[2], &options, NULL))
    return;
  if (!search_init(&search, context, count, arguments, options))
    return;
  if (regex_test(search.regex, &search.subject, &matches) == TIDE_OK)
    call_return_boolean(context, matches == wanted);
  else
    sqlite3_result_error_nomem(context);
  search_deinit(&search);
}

static void matches(sqlite3_context *context, int count, sqlite3_value **arguments) {
  test(context, count, arguments, false, true);
}

static void matches_any_case(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  test(context, count, arguments, true, true);
}

static void differs(sqlite3_context *context, int count, sqlite3_value **arguments) {
  test(context, count, arguments, false, false);
}

static void differs_any_case(sqlite3_context *context, int count,
                             sqlite3_value **arguments) {
  test(context, count, arguments, true, false);
}

/* --- parts --- */

/* pg_regexp_substring(text, pattern): the first group, or all of it where there are no groups. */
static void substring(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct search search;
  if (!search_init(&search, context, count, arguments, (struct regex_options){0}))
    return;
  int group = search.regex->group_count > 0 ? 1 : 0;
  if (search_next(&search) && took_part(search.ranges[group]))
    call_return_text(context, group_text(&search, group));
  search_deinit(&search);
}

/* An array of the groups of a match, or of all of it where there are no groups. */
static void put_groups(struct buffer *out, const struct search *search) {
  int groups = search->regex->group_count;
  for (int i = groups > 0 ? 1 : 0; i <= groups; i++) {
    buffer_character(out, i > 1 ? ',' : '[');
    if (took_part(search->ranges[i]))
      json_quote_text(out, group_text(search, i));
    else
      buffer_text(out, "null");
  }
  buffer_character(out, ']');
}

/* pg_regexp_match(text, pattern[, options]): the groups. */
static void match(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct search search;
  struct regex_options options = {0};
  struct buffer out;
  if (count > 2 && !call_has_null(count, arguments) &&
      !read_options(context, arguments[2], &options, NULL))
    return;
  if (!search_init(&search, context, count, arguments, options))
    return;
  if (search_next(&search)) {
    buffer_init(&out, call_memory());
    put_groups(&out, &search);
    call_return_buffer(context, &out);
  }
  search_deinit(&search);
}

/* pg_regexp_matches(text, pattern[, options]): the groups of each match, with g; else of the first one, if any. */
static void all_matches(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct search search;
  struct regex_options options = {0};
  struct buffer out;
  bool global = false, first = true;
  if (count > 2 && !call_has_null(count, arguments) &&
      !read_options(context, arguments[2], &options, &global))
    return;
  if (!search_init(&search, context, count, arguments, options))
    return;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  while ((first || global) && search_next(&search)) {
    if (!first)
      buffer_character(&out, ',');
    put_groups(&out, &search);
    first = false;
  }
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
  search_deinit(&search);
}

/* pg_regexp_count(text, pattern[, start[, options]]) */
static void count_matches(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  struct search search;
  struct regex_options options = {0};
  int64_t start = 1, found = 0;
  if (call_has_null(count, arguments) ||
      (count > 3 && !read_options(context, arguments[3], &options, NULL)))
    return;
  if (count > 2 && (start = call_int(arguments[2])) < 1) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
              "invalid value for parameter \"start\": %d", (int)start);
    return;
  }
  if (!search_init(&search, context, count, arguments, options))
    return;
  search.next = (size_t)(start - 1);
  while (search_next(&search))
    found++;
  sqlite3_result_int64(context, found);
  search_deinit(&search);
}

/* pg_regexp_split(text, pattern[, options]): an array of what lies between the matches. Empty matches count only where
 * they part something. */
static void split(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct search search;
  struct regex_options options = {0};
  struct buffer out;
  size_t after = 0;
  if (count > 2 && !call_has_null(count, arguments) &&
      !read_options(context, arguments[2], &options, NULL))
    return;
  if (!search_init(&search, context, count, arguments, options))
    return;
  buffer_init(&out, call_memory());
  buffer_character(&out, '[');
  while (search_next(&search)) {
    struct regex_range whole = search.ranges[0];
    if (whole.start >= search.subject.length || whole.end <= after)
      continue;
    json_quote_text(&out, between(&search, after, whole.start));
    buffer_character(&out, ',');
    after = whole.end;
  }
  json_quote_text(&out, between(&search, after, search.subject.length));
  buffer_character(&out, ']');
  call_return_buffer(context, &out);
  search_deinit(&search);
}

/* --- replacing --- */

/* The replacement with \1 to \9 and \& put in. */
static void put_replacement(struct buffer *out, const struct search *search,
                            struct text replacement) {
  for (size_t i = 0; i < replacement.length; i++) {
    char c = replacement.data[i];
    char next = i + 1 < replacement.length ? replacement.data[i + 1] : '\0';
    int group = next == '&' ? 0 : next >= '1' && next <= '9' ? next - '0' : -1;
    if (c != '\\' || (group < 0 && next != '\\')) {
      buffer_character(out, c);
      continue;
    }
    i++;
    if (group < 0)
      buffer_character(out, '\\');
    else if (group <= search->regex->group_count && took_part(search->ranges[group])) {
      struct text text = group_text(search, group);
      buffer_append(out, text.data, text.length);
    }
  }
}

/* Replaces the match of that number from `start`, all of them for 0. */
static void replace_matches(struct search *search, struct text replacement,
                            size_t start, int number) {
  struct buffer out;
  size_t after = 0;
  int found = 0;
  buffer_init(&out, call_memory());
  search->next = start;
  while (search_next(search)) {
    if (number > 0 && ++found < number)
      continue;
    struct text before = between(search, after, search->ranges[0].start);
    buffer_append(&out, before.data, before.length);
    put_replacement(&out, search, replacement);
    after = search->ranges[0].end;
    if (number > 0)
      break;
  }
  struct text rest = between(search, after, search->subject.length);
  buffer_append(&out, rest.data, rest.length);
  call_return_buffer(search->context, &out);
}

/* pg_regexp_replace(text, pattern, replacement[, options]) */
static void replace(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct search search;
  struct regex_options options = {0};
  struct text replacement;
  bool global = false;
  if (call_has_null(count, arguments) ||
      !call_text(context, arguments[2], &replacement) ||
      (count > 3 && !read_options(context, arguments[3], &options, &global)) ||
      !search_init(&search, context, count, arguments, options))
    return;
  replace_matches(&search, replacement, 0, global ? 0 : 1);
  search_deinit(&search);
}

static bool check_parameter(sqlite3_context *context, const char *name, int value,
                            int least) {
  if (value >= least)
    return true;
  call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
            "invalid value for parameter \"%s\": %d", name, value);
  return false;
}

/* pg_regexp_replace_from(text, pattern, replacement, start[, number[, options]]) */
static void replace_from(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct search search;
  struct regex_options options = {0};
  struct text replacement;
  bool global = false;
  if (call_has_null(count, arguments) ||
      !call_text(context, arguments[2], &replacement))
    return;
  int start = call_int(arguments[3]), number = count > 4 ? call_int(arguments[4]) : 1;
  if (!check_parameter(context, "start", start, 1) ||
      !check_parameter(context, "n", number, 0) ||
      (count > 5 && !read_options(context, arguments[5], &options, &global)) ||
      !search_init(&search, context, count, arguments, options))
    return;
  replace_matches(&search, replacement, (size_t)start - 1, number);
  search_deinit(&search);
}

/* --- SIMILAR TO --- */

/* Appends the regular expression for one letter outside brackets; false for one that stands for itself. */
static bool put_similar_letter(struct buffer *out, char c) {
  if (c == '%')
    buffer_text(out, ".*");
  else if (c == '_')
    buffer_character(out, '.');
  else if (c == '(')
    buffer_text(out, "(?:");
  else if (strchr("\\.^$", c))
    return false;
  else
    buffer_character(out, c);
  return true;
}

static void put_escaped(struct buffer *out, struct text letter) {
  bool special = letter.length == 1 && strchr("\\.^$|*+?{}()[]", letter.data[0]);
  if (special)
    buffer_character(out, '\\');
  buffer_append(out, letter.data, letter.length);
}

static size_t letter_length(struct text text, size_t position) {
  size_t length = 1;
  while (position + length < text.length &&
         ((unsigned char)text.data[position + length] & 0xc0) == 0x80)
    length++;
  return length;
}

static void put_similar(struct buffer *out, struct text pattern, struct text escape) {
  bool bracket = false, escaped = false;
  buffer_text(out, "^(?:");
  for (size_t i = 0, length; i < pattern.length; i += length) {
    length = letter_length(pattern, i);
    struct text letter = {pattern.data + i, length};
    bool is_escape = letter.length == escape.length &&
                     memcmp(letter.data, escape.data, escape.length) == 0;
    if (escaped)
      put_escaped(out, letter);
    else if (!is_escape && (bracket || length > 1))
      buffer_append(out, letter.data, length);
    else if (!is_escape && !put_similar_letter(out, letter.data[0]))
      put_escaped(out, letter);
    if (!escaped && !is_escape && length == 1)
      bracket = bracket ? letter.data[0] != ']' : letter.data[0] == '[';
    escaped = !escaped && is_escape;
  }
  buffer_text(out, ")$");
}

static int test_once(struct text expression, struct text text, bool *found,
                     const char **complaint) {
  struct regex regex;
  struct regex_subject subject;
  int code = regex_init(&regex, call_memory(), expression, (struct regex_options){0});
  *complaint = regex.complaint;
  if (code == TIDE_OK) {
    code = regex_subject_init(&subject, call_memory(), text);
    if (code == TIDE_OK)
      code = regex_test(&regex, &subject, found);
    regex_subject_deinit(&subject);
  }
  regex_deinit(&regex);
  return code;
}

/* pg_similar(text, pattern, escape) */
static void similar(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text, pattern, escape;
  struct buffer out;
  const char *complaint = NULL;
  bool found = false;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text) ||
      !call_text(context, arguments[1], &pattern) ||
      !call_text(context, arguments[2], &escape))
    return;
  if (escape.length > 0 && letter_length(escape, 0) != escape.length) {
    call_fail(context, TIDE_ERROR_INVALID_ESCAPE, "invalid escape string");
    return;
  }
  buffer_init(&out, call_memory());
  put_similar(&out, pattern, escape);
  struct text expression = {buffer_string(&out), out.length};
  int code =
      out.failed ? TIDE_ERROR_NOMEM : test_once(expression, text, &found, &complaint);
  buffer_deinit(&out);
  if (code == TIDE_OK)
    call_return_boolean(context, found);
  else
    fail_pattern(context, code, complaint);
}

static const struct call calls[] = {
    {"pg_matches", 2, false, matches},
    {"pg_matches", 3, false, matches},
    {"pg_matches_any_case", 2, false, matches_any_case},
    {"pg_differs", 2, false, differs},
    {"pg_differs_any_case", 2, false, differs_any_case},
    {"pg_regexp_substring", 2, false, substring},
    {"pg_regexp_match", 2, false, match},
    {"pg_regexp_match", 3, false, match},
    {"pg_regexp_matches", 2, false, all_matches},
    {"pg_regexp_matches", 3, false, all_matches},
    {"pg_regexp_count", 2, false, count_matches},
    {"pg_regexp_count", 3, false, count_matches},
    {"pg_regexp_count", 4, false, count_matches},
    {"pg_regexp_split", 2, false, split},
    {"pg_regexp_split", 3, false, split},
    {"pg_regexp_replace", 3, false, replace},
    {"pg_regexp_replace", 4, false, replace},
    {"pg_regexp_replace_from", 4, false, replace_from},
    {"pg_regexp_replace_from", 5, false, replace_from},
    {"pg_regexp_replace_from", 6, false, replace_from},
    {"pg_similar", 3, false, similar},
};

int register_regex(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
