/* The functions of text that SQLite has not or has differently. */
#include <string.h>

#include "types/call.h"
#include "types/unicode.h"

enum { RESULT_MAX = 1000000000 }; /* bytes of one value, SQLite's limit */

static void put_letter(struct buffer *out, uint32_t letter) {
  char bytes[4];
  buffer_append(out, bytes, utf8_encode(letter, bytes));
}

/* --- case --- */

static void change_case(sqlite3_context *context, int count, sqlite3_value **arguments,
                        uint32_t (*change)(uint32_t)) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  for (size_t i = 0; i < text.length;)
    put_letter(&out, change(utf8_next(text.data, text.length, &i)));
  call_return_buffer(context, &out);
}

static void lower(sqlite3_context *context, int count, sqlite3_value **arguments) {
  change_case(context, count, arguments, unicode_lower);
}

static void upper(sqlite3_context *context, int count, sqlite3_value **arguments) {
  change_case(context, count, arguments, unicode_upper);
}

static void initcap(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  bool inside = false;
  for (size_t i = 0; i < text.length;) {
    uint32_t letter = utf8_next(text.data, text.length, &i);
    put_letter(&out, inside ? unicode_lower(letter) : unicode_upper(letter));
    inside = unicode_is_word(letter);
  }
  call_return_buffer(context, &out);
}

/* --- ILIKE --- */

/* Where matching resumes when it fails after a %. */
struct resume {
  size_t pattern, text;
  bool set;
};

/* The next letter of a pattern; *literal tells an escaped one. Returns false at an
 * escape without letter. */
static bool next_in_pattern(struct text pattern, size_t *position, uint32_t escape,
                            uint32_t *letter, bool *literal) {
  *letter = utf8_next(pattern.data, pattern.length, position);
  *literal = escape != 0 && *letter == escape;
  if (!*literal)
    return true;
  if (*position == pattern.length)
    return false;
  *letter = utf8_next(pattern.data, pattern.length, position);
  return true;
}

/* Matches without regard to case: 1 yes, 0 no, -1 the pattern ends with the escape. */
static int matches(struct text text, struct text pattern, uint32_t escape) {
  size_t i = 0, j = 0;
  struct resume resume = {0, 0, false};
  for (;;) {
    uint32_t wanted = 0;
    bool literal = false, ended = j == pattern.length;
    if (!ended && !next_in_pattern(pattern, &j, escape, &wanted, &literal))
      return -1;
    if (!ended && !literal && wanted == '%') {
      if (j == pattern.length)
        return 1;
      resume = (struct resume){j, i, true};
      continue;
    }
    if (ended && i == text.length)
      return 1;
    bool fits = false;
    if (!ended && i < text.length) {
      uint32_t letter = utf8_next(text.data, text.length, &i);
      fits =
          (!literal && wanted == '_') || unicode_lower(letter) == unicode_lower(wanted);
    } else if (i == text.length && !ended) {
      return 0;
    }
    if (fits)
      continue;
    /* Could the last % swallow one letter more? */
    if (!resume.set || resume.text == text.length)
      return 0;
    resume.text = utf8_skip(text.data, text.length, resume.text, 1);
    i = resume.text;
    j = resume.pattern;
  }
}

/* pg_ilike(text, pattern[, escape]) */
static void ilike(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text, pattern, escape = {"\\", 1};
  size_t end = 0;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text) ||
      !call_text(context, arguments[1], &pattern) ||
      (count > 2 && !call_text(context, arguments[2], &escape)))
    return;
  uint32_t letter =
      escape.length == 0 ? 0 : utf8_next(escape.data, escape.length, &end);
  if (end != escape.length) {
    call_fail(context, TIDE_ERROR_INVALID_ESCAPE, "invalid escape string");
    return;
  }
  int result = matches(text, pattern, letter);
  if (result < 0)
    call_fail(context, TIDE_ERROR_INVALID_ESCAPE,
              "LIKE pattern must not end with escape character");
  else
    call_return_boolean(context, result);
}

/* --- parts --- */

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

/* The letters from `start` (from 1) up to but without `end`. */
static struct text letters_between(struct text text, int64_t start, int64_t end) {
  size_t from = utf8_skip(text.data, text.length, 0, start - 1);
  size_t to = utf8_skip(text.data, text.length, from, end - (start < 1 ? 1 : start));
  return (struct text){text.data + from, to - from};
}

static struct text bytes_between(struct text bytes, int64_t start, int64_t end) {
  int64_t length = (int64_t)bytes.length;
  int64_t from = clamp(start - 1, 0, length), to = clamp(end - 1, from, length);
  return (struct text){bytes.data + from, (size_t)(to - from)};
}

/* pg_substr(text or bytes, start[, count]) */
static void substr(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  if (call_has_null(count, arguments))
    return;
  int64_t start = call_int(arguments[1]);
  int64_t end = count > 2 ? start + call_int(arguments[2]) : INT64_MAX;
  if (end < start) {
    call_fail(context, TIDE_ERROR_SUBSTRING, "negative substring length not allowed");
    return;
  }
  if (start < 1)
    start = 1;
  if (end < start)
    end = start;
  if (sqlite3_value_type(arguments[0]) == SQLITE_BLOB) {
    if (!call_bytes(context, arguments[0], &text))
      return;
    text = bytes_between(text, start, end);
    sqlite3_result_blob64(context, text.data, text.length, SQLITE_TRANSIENT);
  } else if (call_text(context, arguments[0], &text)) {
    call_return_text(context, letters_between(text, start, end));
  }
}

/* How many letters left(text, n) and right(text, n) keep: n, or all but -n. */
static int64_t kept(struct text text, int64_t wanted) {
  int64_t total = utf8_count(text.data, text.length);
  return clamp(wanted < 0 ? total + wanted : wanted, 0, total);
}

static void left(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  text.length =
      utf8_skip(text.data, text.length, 0, kept(text, call_int(arguments[1])));
  call_return_text(context, text);
}

static void right(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  int64_t total = utf8_count(text.data, text.length);
  int64_t drop = total - kept(text, call_int(arguments[1]));
  size_t from = utf8_skip(text.data, text.length, 0, drop);
  call_return_text(context, (struct text){text.data + from, text.length - from});
}

/* pg_overlay(text, new, start[, count]) */
static void overlay(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text, new_text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text) ||
      !call_text(context, arguments[1], &new_text))
    return;
  int64_t start = call_int(arguments[2]);
  int64_t length =
      count > 3 ? call_int(arguments[3]) : utf8_count(new_text.data, new_text.length);
  if (start < 1) {
    call_fail(context, TIDE_ERROR_SUBSTRING, "negative substring length not allowed");
    return;
  }
  struct text before = letters_between(text, 1, start);
  int64_t next = start + length;
  struct text after = letters_between(text, next < 1 ? 1 : next, INT64_MAX);
  buffer_init(&out, call_memory());
  buffer_append(&out, before.data, before.length);
  buffer_append(&out, new_text.data, new_text.length);
  buffer_append(&out, after.data, after.length);
  call_return_buffer(context, &out);
}

/* The position of `part` in `text` from `from` on, or text.length. */
static size_t find(struct text text, size_t from, struct text part) {
  for (; from + part.length <= text.length; from++) {
    const char *first = memchr(text.data + from, part.data[0], text.length - from);
    if (first == NULL)
      break;
    from = (size_t)(first - text.data);
    if (from + part.length <= text.length && memcmp(first, part.data, part.length) == 0)
      return from;
  }
  return text.length;
}

static int64_t count_fields(struct text text, struct text delimiter) {
  int64_t fields = 1;
  for (size_t i = 0; (i = find(text, i, delimiter)) < text.length;
       i += delimiter.length)
    fields++;
  return fields;
}

/* pg_split_part(text, delimiter, n): the n-th field, from the end when n is negative. */
static void split_part(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text, delimiter;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text) ||
      !call_text(context, arguments[1], &delimiter))
    return;
  int64_t field = call_int(arguments[2]);
  if (field == 0) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "field position must not be zero");
    return;
  }
  if (delimiter.length == 0) {
    struct text none = {"", 0};
    call_return_text(context, field == 1 || field == -1 ? text : none);
    return;
  }
  if (field < 0)
    field += count_fields(text, delimiter) + 1;
  size_t start = 0, end = find(text, 0, delimiter);
  for (; field > 1 && end < text.length; field--) {
    start = end + delimiter.length;
    end = find(text, start, delimiter);
  }
  if (field != 1)
    start = end = 0;
  call_return_text(context, (struct text){text.data + start, end - start});
}

static void starts_with(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  struct text text, prefix;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text) ||
      !call_text(context, arguments[1], &prefix))
    return;
  call_return_boolean(context, prefix.length <= text.length &&
                                   memcmp(text.data, prefix.data, prefix.length) == 0);
}

/* --- made of parts --- */

static void reverse(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  for (size_t end = text.length; end > 0;) {
    size_t start = end - 1;
    while (start > 0 && ((uint8_t)text.data[start] & 0xc0) == 0x80)
      start--;
    buffer_append(&out, text.data + start, end - start);
    end = start;
  }
  call_return_buffer(context, &out);
}

static void fail_length(sqlite3_context *context) {
  call_fail(context, TIDE_ERROR_LIMIT, "requested length too large");
}

static void repeat(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  int64_t times = call_int(arguments[1]);
  if (times > 0 && (int64_t)text.length > RESULT_MAX / times) {
    fail_length(context);
    return;
  }
  buffer_init(&out, call_memory());
  if (times > 0 && text.length > 0)
    buffer_repeat(&out, text.data, text.length, text.length * (size_t)times);
  call_return_buffer(context, &out);
}

/* The bytes of so many letters of a text that is not empty, from its beginning again whenever it ends. */
static int64_t repeated_size(struct text text, int64_t letters) {
  int64_t each = clamp(utf8_count(text.data, text.length), 1, INT64_MAX);
  size_t rest = utf8_skip(text.data, text.length, 0, letters % each);
  return (int64_t)text.length * (letters / each) + (int64_t)rest;
}

/* pg_lpad and pg_rpad(text, length[, fill]) */
static void pad(sqlite3_context *context, int count, sqlite3_value **arguments,
                bool on_the_left) {
  struct text text, fill = {" ", 1};
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text) ||
      (count > 2 && !call_text(context, arguments[2], &fill)))
    return;
  int64_t wanted = clamp(call_int(arguments[1]), 0, INT64_MAX);
  int64_t there = utf8_count(text.data, text.length);
  text.length = utf8_skip(text.data, text.length, 0, wanted);
  int64_t missing = fill.length == 0 || there > wanted ? 0 : wanted - there;
  int64_t size = missing > RESULT_MAX ? missing
                 : missing > 0        ? repeated_size(fill, missing)
                                      : 0;
  if (size > RESULT_MAX) {
    fail_length(context);
    return;
  }
  buffer_init(&out, call_memory());
  if (!on_the_left)
    buffer_append(&out, text.data, text.length);
  if (size > 0)
    buffer_repeat(&out, fill.data, fill.length, (size_t)size);
  if (on_the_left)
    buffer_append(&out, text.data, text.length);
  call_return_buffer(context, &out);
}

static void lpad(sqlite3_context *context, int count, sqlite3_value **arguments) {
  pad(context, count, arguments, true);
}

static void rpad(sqlite3_context *context, int count, sqlite3_value **arguments) {
  pad(context, count, arguments, false);
}

/* Takes (text, from, to); false: the function has its result, or has failed. */
static bool texts_arguments(sqlite3_context *context, int count,
                            sqlite3_value **arguments, struct text *text,
                            struct text *from, struct text *to) {
  return !call_has_null(count, arguments) && call_text(context, arguments[0], text) &&
         call_text(context, arguments[1], from) && call_text(context, arguments[2], to);
}

/* SQLite's own does not look at the third argument where the second is empty. */
static void replace(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text, from, to;
  struct buffer out;
  if (!texts_arguments(context, count, arguments, &text, &from, &to))
    return;
  buffer_init(&out, call_memory());
  size_t at = 0;
  while (from.length > 0 && out.length <= RESULT_MAX) {
    size_t found = find(text, at, from);
    if (found == text.length)
      break;
    buffer_append(&out, text.data + at, found - at);
    buffer_append(&out, to.data, to.length);
    at = found + from.length;
  }
  buffer_append(&out, text.data + at, text.length - at);
  call_return_buffer(context, &out);
}

/* Replaces each letter that is in `from` by the one at the same place in `to`, or by
 * nothing. */
static void translate(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text, from, to;
  struct buffer out;
  if (!texts_arguments(context, count, arguments, &text, &from, &to))
    return;
  buffer_init(&out, call_memory());
  for (size_t i = 0; i < text.length;) {
    uint32_t letter = utf8_next(text.data, text.length, &i);
    int64_t place = 0;
    bool found = false;
    for (size_t j = 0; j < from.length && !found; place++)
      found = utf8_next(from.data, from.length, &j) == letter;
    if (!found) {
      put_letter(&out, letter);
      continue;
    }
    size_t at = utf8_skip(to.data, to.length, 0, place - 1);
    if (at < to.length)
      put_letter(&out, utf8_next(to.data, to.length, &at));
  }
  call_return_buffer(context, &out);
}

/* Joins the arguments from `first` on that are not NULL. */
static void join(sqlite3_context *context, int count, sqlite3_value **arguments,
                 int first, struct text separator) {
  struct buffer out;
  struct text text;
  bool any = false;
  buffer_init(&out, call_memory());
  for (int i = first; i < count; i++) {
    if (sqlite3_value_type(arguments[i]) == SQLITE_NULL)
      continue;
    if (!call_text(context, arguments[i], &text)) {
      buffer_deinit(&out);
      return;
    }
    if (any)
      buffer_append(&out, separator.data, separator.length);
    buffer_append(&out, text.data, text.length);
    any = true;
  }
  call_return_buffer(context, &out);
}

static void concat(sqlite3_context *context, int count, sqlite3_value **arguments) {
  join(context, count, arguments, 0, (struct text){"", 0});
}

static void concat_ws(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text separator;
  if (!call_has_null(1, arguments) && call_text(context, arguments[0], &separator))
    join(context, count, arguments, 1, separator);
}

/* text || boolean and boolean || text: a boolean spells itself out. */
static void text_concat_boolean(sqlite3_context *context, int count,
                                sqlite3_value **arguments) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  buffer_append(&out, text.data, text.length);
  buffer_text(&out, sqlite3_value_int(arguments[1]) ? "true" : "false");
  call_return_buffer(context, &out);
}

static void boolean_concat_text(sqlite3_context *context, int count,
                                sqlite3_value **arguments) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[1], &text))
    return;
  buffer_init(&out, call_memory());
  buffer_text(&out, sqlite3_value_int(arguments[0]) ? "true" : "false");
  buffer_append(&out, text.data, text.length);
  call_return_buffer(context, &out);
}

/* --- letters --- */

static void ascii(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  size_t position = 0;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  sqlite3_result_int64(
      context, text.length == 0 ? 0 : utf8_next(text.data, text.length, &position));
}

static void chr(sqlite3_context *context, int count, sqlite3_value **arguments) {
  char bytes[4];
  if (call_has_null(count, arguments))
    return;
  int letter = call_int(arguments[0]);
  if (letter < 0) {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
              "character number must be positive");
  } else if (letter == 0) {
    call_fail(context, TIDE_ERROR_LIMIT, "null character not permitted");
  } else if (letter > 0x10ffff || (letter >= 0xd800 && letter < 0xe000)) {
    call_fail(context, TIDE_ERROR_LIMIT,
              "requested character not valid for encoding: %d", letter);
  } else {
    size_t length = utf8_encode((uint32_t)letter, bytes);
    sqlite3_result_text(context, bytes, (int)length, SQLITE_TRANSIENT);
  }
}

static void bit_length(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    sqlite3_result_int64(context, (sqlite3_int64)sqlite3_value_bytes(arguments[0]) * 8);
}

static const struct call calls[] = {
    {"pg_lower", 1, false, lower},
    {"pg_upper", 1, false, upper},
    {"pg_initcap", 1, false, initcap},
    {"pg_ilike", 2, false, ilike},
    {"pg_ilike", 3, false, ilike},
    {"pg_substr", 2, false, substr},
    {"pg_substr", 3, false, substr},
    {"pg_left", 2, false, left},
    {"pg_right", 2, false, right},
    {"pg_overlay", 3, false, overlay},
    {"pg_overlay", 4, false, overlay},
    {"pg_split_part", 3, false, split_part},
    {"pg_starts_with", 2, false, starts_with},
    {"pg_reverse", 1, false, reverse},
    {"pg_repeat", 2, false, repeat},
    {"pg_lpad", 2, false, lpad},
    {"pg_lpad", 3, false, lpad},
    {"pg_rpad", 2, false, rpad},
    {"pg_rpad", 3, false, rpad},
    {"pg_replace", 3, false, replace},
    {"pg_translate", 3, false, translate},
    {"pg_concat", -1, false, concat},
    {"pg_concat_ws", -1, false, concat_ws},
    {"pg_text_concat_boolean", 2, false, text_concat_boolean},
    {"pg_boolean_concat_text", 2, false, boolean_concat_text},
    {"pg_ascii", 1, false, ascii},
    {"pg_chr", 1, false, chr},
    {"pg_bit_length", 1, false, bit_length},
};

int register_text(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
