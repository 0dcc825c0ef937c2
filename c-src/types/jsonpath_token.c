/* Takes the text of an SQL/JSON path apart into its words. */
#include "types/jsonpath_token.h"

#include <string.h>

#include "types/decimal.h"
#include "types/scalar.h"
#include "types/unicode.h"

enum { SHOWN_MAX = 60, HALF_A_PAIR = -2 };

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_special(char c) {
  return c != '\0' && strchr("?%$.[]{}()|&!=<>@#,*:-+/", c) != NULL;
}

/* The character at an offset from where we are; 0 behind the end. */
static char at(const struct jsonpath_scanner *scanner, size_t offset) {
  size_t position = scanner->position + offset;
  return position < scanner->text.length ? scanner->text.data[position] : '\0';
}

static bool at_end(const struct jsonpath_scanner *scanner) {
  return scanner->position >= scanner->text.length;
}

/* Is it a character that words are made of? */
static bool in_word(const struct jsonpath_scanner *scanner) {
  char c = at(scanner, 0);
  return !at_end(scanner) && !is_special(c) && !is_blank(c) && c != '"' && c != '\\';
}

int jsonpath_misplaced(struct jsonpath_scanner *scanner, const char *complaint) {
  size_t length = scanner->position - scanner->start;
  if (length == 0)
    return error_set(scanner->error, TIDE_ERROR_SYNTAX, "%s at end of jsonpath input",
                     complaint);
  return error_set(scanner->error, TIDE_ERROR_SYNTAX,
                   "%s at or near \"%.*s\" of jsonpath input", complaint,
                   (int)(length < SHOWN_MAX ? length : SHOWN_MAX),
                   scanner->text.data + scanner->start);
}

/* --- numbers --- */

static void skip_digits(struct jsonpath_scanner *scanner) {
  while (is_digit(at(scanner, 0)) ||
         (at(scanner, 0) == '_' && is_digit(at(scanner, 1))))
    scanner->position++;
}

static bool is_base(char letter) {
  return letter != '\0' && strchr("xXoObB", letter) != NULL;
}

/* 0x1F, 0o17, 0b11: the letter is followed by a digit, which integer_parse() will look at. */
static void skip_based(struct jsonpath_scanner *scanner) {
  scanner->position += 2;
  while (in_word(scanner))
    scanner->position++;
}

/* Moves behind a number. Returns what is wrong with it, or NULL. */
static const char *skip_number(struct jsonpath_scanner *scanner) {
  scanner->kind = TOKEN_INTEGER;
  if (at(scanner, 0) == '0' && is_base(at(scanner, 1))) {
    skip_based(scanner);
    return NULL;
  }
  if (at(scanner, 0) == '0')
    scanner->position++;
  else
    skip_digits(scanner);
  if (at(scanner, 0) == '.') {
    scanner->kind = TOKEN_NUMBER;
    scanner->position++;
    if (is_digit(at(scanner, 0)))
      skip_digits(scanner);
  }
  if ((at(scanner, 0) | 0x20) == 'e') {
    bool sign = at(scanner, 1) == '+' || at(scanner, 1) == '-';
    if (is_digit(at(scanner, sign ? 2 : 1))) {
      scanner->kind = TOKEN_NUMBER;
      scanner->position += sign ? 2 : 1;
      skip_digits(scanner);
    } else if (sign) {
      scanner->position += 2;
      return "invalid numeric literal";
    }
  }
  if (!in_word(scanner))
    return NULL;
  scanner->position++;
  return "trailing junk after numeric literal";
}

/* Without the _ between digits. */
static struct text without_underscores(struct jsonpath_scanner *scanner,
                                       struct text number) {
  char *copy = arena_copy(scanner->arena, number.data, number.length);
  struct text result = {copy, 0};
  for (size_t i = 0; copy && i < number.length; i++) {
    if (number.data[i] != '_')
      copy[result.length++] = number.data[i];
  }
  return result;
}

static int keep_printed(struct jsonpath_scanner *scanner,
                        const struct decimal *number) {
  struct buffer out;
  buffer_init(&out, scanner->arena->memory);
  decimal_print(number, &out);
  const char *text =
      out.failed ? NULL : arena_copy(scanner->arena, buffer_string(&out), out.length);
  scanner->value = (struct text){text, out.length};
  buffer_deinit(&out);
  return text ? TIDE_OK : error_set(scanner->error, TIDE_ERROR_NOMEM, "out of memory");
}

static int read_number(struct jsonpath_scanner *scanner, struct text number,
                       struct decimal *decimal) {
  int64_t integer;
  if (number.length > 1 && is_base(number.data[1])) {
    int code = integer_parse(number, &integer);
    decimal_set_integer(decimal, code == TIDE_OK ? integer : 0);
    return code;
  }
  number = without_underscores(scanner, number);
  return number.data ? decimal_parse(decimal, number.data, number.length)
                     : TIDE_ERROR_NOMEM;
}

static int scan_number(struct jsonpath_scanner *scanner) {
  struct decimal decimal;
  const char *complaint = skip_number(scanner);
  if (complaint)
    return jsonpath_misplaced(scanner, complaint);
  struct text number = {scanner->text.data + scanner->start,
                        scanner->position - scanner->start};
  decimal_init(&decimal, scanner->arena->memory);
  int code = read_number(scanner, number, &decimal);
  if (code == TIDE_OK)
    code = keep_printed(scanner, &decimal);
  else if (code == TIDE_ERROR_INVALID_TEXT)
    jsonpath_misplaced(scanner, "trailing junk after numeric literal");
  else
    error_set(scanner->error, code, "%s", tide_error_text(code));
  decimal_deinit(&decimal);
  return scanner->error->code;
}

/* --- words and strings --- */

static int hexadecimal(char c) {
  if (is_digit(c))
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads `count` hexadecimal digits; -1 when they are none. */
static int32_t read_digits(struct jsonpath_scanner *scanner, int count) {
  int32_t value = 0;
  for (int i = 0; i < count; i++) {
    int digit = hexadecimal(at(scanner, 0));
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
    scanner->position++;
  }
  return value;
}

/* Behind \u: XXXX or {X…}, six digits at most. */
static int32_t read_unit(struct jsonpath_scanner *scanner) {
  if (at(scanner, 0) != '{')
    return read_digits(scanner, 4);
  scanner->position++;
  int32_t value = 0;
  int digits = 0;
  for (; hexadecimal(at(scanner, 0)) >= 0 && digits < 6; digits++)
    value = value * 16 + read_digits(scanner, 1);
  if (at(scanner, 0) != '}' || digits == 0)
    return -1;
  scanner->position++;
  return value;
}

/* Behind \u; half a pair must be followed by the other half. */
static int32_t read_letter(struct jsonpath_scanner *scanner) {
  int32_t high = read_unit(scanner);
  if (high < 0xd800 || high >= 0xe000)
    return high;
  if (high >= 0xdc00 || at(scanner, 0) != '\\' || at(scanner, 1) != 'u')
    return HALF_A_PAIR;
  scanner->position += 2;
  int32_t low = read_unit(scanner);
  if (low < 0xdc00 || low >= 0xe000)
    return HALF_A_PAIR;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static int fail_escape(struct jsonpath_scanner *scanner, int32_t letter) {
  if (letter == 0)
    return error_set(scanner->error, TIDE_ERROR_UNTRANSLATABLE,
                     "unsupported Unicode escape sequence");
  if (letter == HALF_A_PAIR)
    return error_set(scanner->error, TIDE_ERROR_INVALID_TEXT,
                     "invalid input syntax for type jsonpath: half a surrogate pair");
  return jsonpath_misplaced(scanner, "invalid escape sequence");
}

/* Reads what follows a backslash. */
static int scan_escape(struct jsonpath_scanner *scanner, struct buffer *out) {
  static const char from[] = "bfnrtv", to[] = "\b\f\n\r\t\v";
  char bytes[4];
  scanner->position++;
  if (at_end(scanner))
    return jsonpath_misplaced(scanner, "unexpected end after backslash");
  char c = at(scanner, 0);
  const char *simple = c == '\0' ? NULL : strchr(from, c);
  if (c != 'x' && c != 'u') {
    buffer_character(out, simple ? to[simple - from] : c);
    scanner->position++;
    return TIDE_OK;
  }
  scanner->position++;
  int32_t letter = c == 'x' ? read_digits(scanner, 2) : read_letter(scanner);
  if (letter <= 0 || letter > 0x10ffff)
    return fail_escape(scanner, letter);
  buffer_append(out, bytes, utf8_encode((uint32_t)letter, bytes));
  return TIDE_OK;
}

/* Reads up to the closing quote, or as long as it is a word. */
static int scan_letters(struct jsonpath_scanner *scanner, bool quoted,
                        struct buffer *out) {
  scanner->position += quoted;
  for (int code;;) {
    if (quoted && at_end(scanner))
      return jsonpath_misplaced(scanner, "unterminated quoted string");
    if (quoted && at(scanner, 0) == '"') {
      scanner->position++;
      return TIDE_OK;
    }
    if (at(scanner, 0) == '\\') {
      code = scan_escape(scanner, out);
      if (code != TIDE_OK)
        return code;
    } else if (quoted || in_word(scanner)) {
      buffer_character(out, at(scanner, 0));
      scanner->position++;
    } else {
      return TIDE_OK;
    }
  }
}

static int scan_text(struct jsonpath_scanner *scanner, int kind) {
  struct buffer out;
  buffer_init(&out, scanner->arena->memory);
  scanner->kind = kind;
  int code = scan_letters(scanner, at(scanner, 0) == '"', &out);
  if (code == TIDE_OK) {
    const char *text =
        out.failed ? NULL : arena_copy(scanner->arena, buffer_string(&out), out.length);
    scanner->value = (struct text){text, out.length};
    if (!text)
      code = error_set(scanner->error, TIDE_ERROR_NOMEM, "out of memory");
  }
  buffer_deinit(&out);
  return code;
}

/* --- everything --- */

static int skip_blanks(struct jsonpath_scanner *scanner) {
  for (;;) {
    while (is_blank(at(scanner, 0)))
      scanner->position++;
    scanner->start = scanner->position;
    if (at(scanner, 0) != '/' || at(scanner, 1) != '*')
      return TIDE_OK;
    for (scanner->position += 2; at(scanner, 0) != '*' || at(scanner, 1) != '/';
         scanner->position++) {
      if (at_end(scanner))
        return jsonpath_misplaced(scanner, "unexpected end of comment");
    }
    scanner->position += 2;
  }
}

/* What two characters make together; 0: nothing. */
static int pair(char first, char second) {
  static const struct {
    char text[3];
    int kind;
  } pairs[] = {
      {"&&", TOKEN_AND},           {"||", TOKEN_OR},        {"==", TOKEN_EQUAL},
      {"!=", TOKEN_NOT_EQUAL},     {"<>", TOKEN_NOT_EQUAL}, {"<=", TOKEN_LESS_EQUAL},
      {">=", TOKEN_GREATER_EQUAL}, {"**", TOKEN_DEEP},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    if (pairs[i].text[0] == first && pairs[i].text[1] == second)
      return pairs[i].kind;
  }
  return 0;
}

static int scan_operator(struct jsonpath_scanner *scanner) {
  int both = pair(at(scanner, 0), at(scanner, 1));
  scanner->kind = both ? both : (unsigned char)at(scanner, 0);
  scanner->position += both ? 2 : 1;
  return TIDE_OK;
}

int jsonpath_scan(struct jsonpath_scanner *scanner) {
  int code = skip_blanks(scanner);
  char c = at(scanner, 0);
  if (code != TIDE_OK)
    return code;
  scanner->kind = TOKEN_END;
  if (at_end(scanner))
    return TIDE_OK;
  if (is_digit(c) || (c == '.' && is_digit(at(scanner, 1))))
    return scan_number(scanner);
  if (c == '"')
    return scan_text(scanner, TOKEN_STRING);
  if (!is_special(c))
    return scan_text(scanner, TOKEN_WORD);
  if (c != '$')
    return scan_operator(scanner);
  scanner->position++;
  if (at(scanner, 0) == '"' || at(scanner, 0) == '\\' || in_word(scanner))
    return scan_text(scanner, TOKEN_VARIABLE);
  scanner->kind = '$';
  return TIDE_OK;
}
