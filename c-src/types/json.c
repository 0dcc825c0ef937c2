/* JSON as text: checking it and walking over it. */
#include "types/json.h"

#include <math.h>
#include <string.h>

#include "types/float_text.h"
#include "types/unicode.h"

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct text json_trim(struct text text) {
  while (text.length > 0 && is_blank(text.data[0])) {
    text.data++;
    text.length--;
  }
  while (text.length > 0 && is_blank(text.data[text.length - 1]))
    text.length--;
  return text;
}

/* --- checking --- */

struct parser {
  struct text text;
  size_t position;
  int depth;
};

static char peek(const struct parser *parser) {
  return parser->position < parser->text.length ? parser->text.data[parser->position]
                                                : '\0';
}

static void skip_blanks(struct parser *parser) {
  while (is_blank(peek(parser)))
    parser->position++;
}

static int hexadecimal(char c) {
  if (is_digit(c))
    return c - '0';
  c = (char)(c | 32);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool check_escape(struct parser *parser) {
  char c = peek(parser);
  if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
    return false;
  parser->position++;
  for (int i = 0; c == 'u' && i < 4; i++, parser->position++) {
    if (hexadecimal(peek(parser)) < 0)
      return false;
  }
  return true;
}

static bool check_string(struct parser *parser) {
  if (peek(parser) != '"')
    return false;
  parser->position++;
  while (parser->position < parser->text.length) {
    char c = parser->text.data[parser->position++];
    if (c == '"')
      return true;
    if ((uint8_t)c < 0x20)
      return false;
    if (c == '\\' && !check_escape(parser))
      return false;
  }
  return false;
}

static bool check_digits(struct parser *parser) {
  size_t start = parser->position;
  while (is_digit(peek(parser)))
    parser->position++;
  return parser->position > start;
}

static bool check_number(struct parser *parser) {
  if (peek(parser) == '-')
    parser->position++;
  if (peek(parser) == '0')
    parser->position++;
  else if (!check_digits(parser))
    return false;
  if (peek(parser) == '.') {
    parser->position++;
    if (!check_digits(parser))
      return false;
  }
  if ((peek(parser) | 32) == 'e') {
    parser->position++;
    if (peek(parser) == '+' || peek(parser) == '-')
      parser->position++;
    return check_digits(parser);
  }
  return true;
}

static bool check_word(struct parser *parser, const char *word) {
  size_t length = strlen(word);
  if (parser->text.length - parser->position < length ||
      memcmp(parser->text.data + parser->position, word, length) != 0)
    return false;
  parser->position += length;
  return true;
}

static int check_value(struct parser *parser);

static int check_container(struct parser *parser, bool object) {
  char close = object ? '}' : ']';
  if (++parser->depth > JSON_DEPTH_MAX)
    return TIDE_ERROR_TOO_DEEP;
  parser->position++;
  skip_blanks(parser);
  for (bool first = true; peek(parser) != close; first = false) {
    if (!first) {
      if (peek(parser) != ',')
        return TIDE_ERROR_INVALID_TEXT;
      parser->position++;
      skip_blanks(parser);
    }
    if (object) {
      if (!check_string(parser))
        return TIDE_ERROR_INVALID_TEXT;
      skip_blanks(parser);
      if (peek(parser) != ':')
        return TIDE_ERROR_INVALID_TEXT;
      parser->position++;
    }
    int code = check_value(parser);
    if (code != TIDE_OK)
      return code;
  }
  parser->position++;
  parser->depth--;
  return TIDE_OK;
}

/* Checks one value and the blanks around it. */
static int check_value(struct parser *parser) {
  bool valid;
  skip_blanks(parser);
  char c = peek(parser);
  if (c == '{' || c == '[') {
    int code = check_container(parser, c == '{');
    if (code != TIDE_OK)
      return code;
    valid = true;
  } else if (c == '"') {
    valid = check_string(parser);
  } else if (c == 't') {
    valid = check_word(parser, "true");
  } else if (c == 'f') {
    valid = check_word(parser, "false");
  } else if (c == 'n') {
    valid = check_word(parser, "null");
  } else {
    valid = check_number(parser);
  }
  skip_blanks(parser);
  return valid ? TIDE_OK : TIDE_ERROR_INVALID_TEXT;
}

int json_validate(struct text text) {
  struct parser parser = {text, 0, 0};
  int code = check_value(&parser);
  if (code == TIDE_OK && parser.position != text.length)
    code = TIDE_ERROR_INVALID_TEXT;
  return code;
}

/* The end of the string that begins at `position`. */
static size_t string_end(struct text text, size_t position) {
  for (position++; position < text.length; position++) {
    if (text.data[position] == '\\')
      position++;
    else if (text.data[position] == '"')
      return position + 1;
  }
  return text.length;
}

/* How many [ and { there are, those in strings too. Eight bytes at a time: the two differ
 * in one bit, and a byte that is 0 after the comparison is one of them (Hacker's Delight,
 * 6-1). */
static size_t count_openings(struct text text) {
  const uint64_t low = 0x7f7f7f7f7f7f7f7fu, bit = 0x2020202020202020u;
  const uint64_t brace = 0x7b7b7b7b7b7b7b7bu;
  size_t count = 0, i = 0;
  for (; i + 8 <= text.length; i += 8) {
    uint64_t word;
    memcpy(&word, text.data + i, sizeof word);
    word = (word | bit) ^ brace;
    count += (size_t)__builtin_popcountll(~(((word & low) + low) | word | low));
  }
  for (; i < text.length; i++)
    count += text.data[i] == '[' || text.data[i] == '{';
  return count;
}

bool json_is_shallow(struct text text) {
  int depth = 0;
  if (text.length <= JSON_DEPTH_MAX || count_openings(text) <= JSON_DEPTH_MAX)
    return true;
  for (size_t i = 0; i < text.length && depth <= JSON_DEPTH_MAX;) {
    char c = text.data[i];
    if (c == '"') {
      i = string_end(text, i);
      continue;
    }
    depth += (c == '[' || c == '{') - (c == ']' || c == '}');
    i++;
  }
  return depth <= JSON_DEPTH_MAX;
}

/* --- walking --- */

enum json_kind json_kind(struct text value) {
  switch (value.length > 0 ? value.data[0] : 'n') {
  case '{': return JSON_OBJECT;
  case '[': return JSON_ARRAY;
  case '"': return JSON_STRING;
  case 't':
  case 'f': return JSON_BOOLEAN;
  case 'n': return JSON_NULL;
  default: return JSON_NUMBER;
  }
}

/* The end of the value that begins at `position`. */
static size_t value_end(struct text text, size_t position) {
  int depth = 0;
  while (position < text.length) {
    char c = text.data[position];
    if (c == '"') {
      position = string_end(text, position);
    } else if (c == '{' || c == '[') {
      depth++;
      position++;
    } else if (c == '}' || c == ']') {
      if (depth == 0)
        return position;
      depth--;
      position++;
    } else if (depth == 0 && (c == ',' || is_blank(c))) {
      return position;
    } else {
      position++;
      continue;
    }
    /* A string or a container has come to its end. */
    if (depth == 0)
      return position;
  }
  return text.length;
}

static size_t blanks_end(struct text text, size_t position) {
  while (position < text.length && is_blank(text.data[position]))
    position++;
  return position;
}

size_t json_skip_value(struct text text, size_t position) {
  return blanks_end(text, value_end(text, blanks_end(text, position)));
}

void json_iterate(struct json_iterator *iterator, struct text container) {
  iterator->text = container;
  iterator->position = 1;
  iterator->object = json_kind(container) == JSON_OBJECT;
  iterator->key = iterator->value = (struct text){"", 0};
}

static void skip(struct json_iterator *iterator, char also) {
  while (iterator->position < iterator->text.length) {
    char c = iterator->text.data[iterator->position];
    if (!is_blank(c) && c != also)
      return;
    iterator->position++;
  }
}

bool json_next(struct json_iterator *iterator) {
  struct text text = iterator->text;
  skip(iterator, ',');
  if (iterator->position + 1 >= text.length)
    return false;
  size_t start = iterator->position;
  if (iterator->object) {
    size_t end = string_end(text, start);
    iterator->key = (struct text){text.data + start, end - start};
    iterator->position = end;
    skip(iterator, ':');
    start = iterator->position;
  }
  size_t end = value_end(text, start);
  iterator->value = (struct text){text.data + start, end - start};
  /* Text that is not JSON must not hold us up. */
  iterator->position = end > start ? end : end + 1;
  return true;
}

int64_t json_count(struct text container) {
  struct json_iterator iterator;
  int64_t count = 0;
  json_iterate(&iterator, container);
  while (json_next(&iterator))
    count++;
  return count;
}

bool json_find_member(struct text container, struct text key, struct text *value) {
  struct json_iterator iterator;
  bool found = false;
  if (json_kind(container) != JSON_OBJECT)
    return false;
  json_iterate(&iterator, container);
  while (json_next(&iterator)) {
    if (!json_string_is(iterator.key, key))
      continue;
    *value = iterator.value;
    found = true;
  }
  return found;
}

bool json_element(struct text container, int64_t index, struct text *value) {
  struct json_iterator iterator;
  if (json_kind(container) != JSON_ARRAY)
    return false;
  if (index < 0)
    index += json_count(container);
  if (index < 0)
    return false;
  json_iterate(&iterator, container);
  for (; json_next(&iterator); index--) {
    if (index > 0)
      continue;
    *value = iterator.value;
    return true;
  }
  return false;
}

/* --- strings --- */

/* The code unit of \uXXXX whose X begin at `position`, or -1. */
static int32_t code_unit(struct text text, size_t position) {
  int32_t value = 0;
  if (text.length - position < 4)
    return -1;
  for (size_t i = 0; i < 4; i++) {
    int digit = hexadecimal(text.data[position + i]);
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* Reads the escape whose letter is at *position; *position ends behind it. Returns the
 * letter meant, -1 when it is none, 0 for \u0000. */
static int32_t read_escape(struct text text, size_t *position) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (*position >= text.length)
    return -1;
  char c = text.data[(*position)++];
  const char *simple = c == '\0' ? NULL : strchr(from, c);
  if (simple != NULL)
    return to[simple - from];
  if (c != 'u')
    return -1;
  int32_t high = code_unit(text, *position);
  if (high <= 0 || (high >= 0xdc00 && high < 0xe000))
    return high == 0 ? 0 : -1;
  *position += 4;
  if (high < 0xd800 || high >= 0xe000)
    return high;
  bool second = text.length - *position >= 6 && text.data[*position] == '\\' &&
                text.data[*position + 1] == 'u';
  int32_t low = second ? code_unit(text, *position + 2) : -1;
  if (low < 0xdc00 || low >= 0xe000)
    return -1;
  *position += 6;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* What stands between the quotes. */
static struct text contents(struct text quoted) {
  if (quoted.length < 2)
    return (struct text){"", 0};
  return (struct text){quoted.data + 1, quoted.length - 2};
}

/* The next letter of what stands between quotes; -1 when an escape is malformed. */
static int32_t next_letter(struct text text, size_t *position) {
  if (text.data[*position] != '\\')
    return (int32_t)utf8_next(text.data, text.length, position);
  (*position)++;
  return read_escape(text, position);
}

bool json_same_string(struct text left, struct text right) {
  struct text a = contents(left), b = contents(right);
  size_t i = 0, j = 0;
  while (i < a.length && j < b.length) {
    int32_t letter = next_letter(a, &i);
    if (letter < 0 || letter != next_letter(b, &j))
      return false;
  }
  return i == a.length && j == b.length;
}

bool json_string_is(struct text quoted, struct text key) {
  struct text text = contents(quoted);
  size_t i = 0, j = 0;
  while (i < text.length && j < key.length) {
    int32_t letter = next_letter(text, &i);
    if (letter < 0 || letter != (int32_t)utf8_next(key.data, key.length, &j))
      return false;
  }
  return i == text.length && j == key.length;
}

int json_decode(struct buffer *out, struct text quoted) {
  struct text text = contents(quoted);
  for (size_t i = 0; i < text.length;) {
    const char *escape = memchr(text.data + i, '\\', text.length - i);
    size_t plain = escape == NULL ? text.length - i : (size_t)(escape - text.data) - i;
    buffer_append(out, text.data + i, plain);
    i += plain + 1;
    if (escape == NULL)
      break;
    int32_t letter = read_escape(text, &i);
    char bytes[4];
    if (letter <= 0)
      return letter == 0 ? TIDE_ERROR_DATA : TIDE_ERROR_INVALID_TEXT;
    buffer_append(out, bytes, utf8_encode((uint32_t)letter, bytes));
  }
  return TIDE_OK;
}

void json_quote_text(struct buffer *out, struct text text) {
  static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
  size_t start = 0;
  buffer_character(out, '"');
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if ((uint8_t)c >= 0x20 && c != '"' && c != '\\')
      continue;
    buffer_append(out, text.data + start, i - start);
    start = i + 1;
    const char *simple = c == '\0' ? NULL : strchr(from, c);
    if (simple != NULL) {
      buffer_character(out, '\\');
      buffer_character(out, to[simple - from]);
    } else {
      buffer_format(out, "\\u%04x", (unsigned)(uint8_t)c);
    }
  }
  buffer_append(out, text.data + start, text.length - start);
  buffer_character(out, '"');
}

void json_put_numeric(struct buffer *out, struct text text) {
  char last = text.length > 0 ? text.data[text.length - 1] : '0';
  if (last < '0' || last > '9')
    json_quote_text(out, text);
  else
    buffer_append(out, text.data, text.length);
}

void json_put_float(struct buffer *out, double number, bool single) {
  char text[FLOAT_TEXT_MAX];
  struct text printed = {text, float_print(number, single, text)};
  if (isfinite(number))
    buffer_append(out, printed.data, printed.length);
  else
    json_quote_text(out, printed);
}

/* --- functions --- */

void json_fail(sqlite3_context *context, int code) {
  if (code == TIDE_ERROR_DATA)
    call_fail(context, TIDE_ERROR_UNTRANSLATABLE,
              "unsupported Unicode escape sequence");
  else if (code == TIDE_ERROR_TOO_DEEP)
    call_fail(context, code, "JSON is nested too deep: %d levels are the most",
              JSON_DEPTH_MAX);
  else
    call_fail_code(context, code);
}

bool json_argument(sqlite3_context *context, sqlite3_value *value, struct text *text) {
  if (!call_text(context, value, text))
    return false;
  *text = json_trim(*text);
  return true;
}

bool json_tree_argument(sqlite3_context *context, sqlite3_value *value,
                        struct text *text) {
  if (!json_argument(context, value, text))
    return false;
  if (json_is_shallow(*text))
    return true;
  json_fail(context, TIDE_ERROR_TOO_DEEP);
  return false;
}

void json_return_text(sqlite3_context *context, struct text value) {
  struct buffer out;
  switch (json_kind(value)) {
  case JSON_NULL: break;
  case JSON_STRING:
    buffer_init(&out, call_memory());
    int code = json_decode(&out, value);
    if (code == TIDE_OK) {
      call_return_buffer(context, &out);
    } else {
      buffer_deinit(&out);
      json_fail(context, code);
    }
    break;
  default: call_return_text(context, value);
  }
}

void json_return_normalised(sqlite3_context *context, struct buffer *built) {
  struct buffer out;
  struct text text = {buffer_string(built), built->length};
  buffer_init(&out, call_memory());
  int code = built->failed           ? TIDE_ERROR_NOMEM
             : json_is_shallow(text) ? json_normalise(&out, json_trim(text))
                                     : TIDE_ERROR_TOO_DEEP;
  buffer_deinit(built);
  if (code == TIDE_OK) {
    call_return_buffer(context, &out);
  } else {
    buffer_deinit(&out);
    json_fail(context, code);
  }
}
