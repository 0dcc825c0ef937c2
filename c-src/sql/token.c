/* Bytes to tokens: PostgreSQL's lexical rules, with MySQL's and SQLite's where the dialect says so. */
#include "sql/token.h"

#include <string.h>

#include "sql/grammar.h"
#include "sql/keyword.h"

/* --- characters --- */

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Every byte beyond ASCII belongs to a name: so names may be of any script. */
static bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (unsigned char)c >= 0x80;
}

static bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c) || c == '$';
}

static int digit_value(char c) {
  if (is_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return 99;
}

static bool is_operator_character(char c) {
  return c != '\0' && strchr("+-*/<>=~!@#%^&|`", c) != NULL;
}

/* The character at an offset from where we are; '\0' beyond the end. */
static char at(const struct scanner *scanner, uint32_t offset) {
  return offset < scanner->length - scanner->position
             ? scanner->text[scanner->position + offset]
             : '\0';
}

static bool starts_with(const struct scanner *scanner, const char *text) {
  size_t length = strlen(text);
  return length <= scanner->length - scanner->position &&
         memcmp(scanner->text + scanner->position, text, length) == 0;
}

static int fail(struct scanner *scanner, const struct token *token,
                const char *message) {
  enum { SHOWN_MAX = 40 };
  uint32_t length = scanner->length - token->position;
  error_set_at(scanner->error, TIDE_ERROR_SYNTAX, token->position,
               "%s at or near \"%.*s\"", message,
               (int)(length < SHOWN_MAX ? length : SHOWN_MAX),
               scanner->text + token->position);
  return -1;
}

static int refuse(struct scanner *scanner, const struct token *token,
                  const char *construct) {
  error_set_at(scanner->error, TIDE_ERROR_NOT_SUPPORTED, token->position,
               "%s are not supported", construct);
  return -1;
}

/* --- between tokens --- */

static bool at_line_comment(const struct scanner *scanner) {
  if (scanner->dialect == SQL_DIALECT_MYSQL) {
    if (at(scanner, 0) == '#')
      return true;
    /* In MySQL 5--3 is 8: the dashes of a comment are followed by a space. */
    return starts_with(scanner, "--") &&
           (is_space(at(scanner, 2)) || at(scanner, 2) == '\0');
  }
  return starts_with(scanner, "--");
}

/* What stands behind the version of the server that reads it is no comment to servers from there on: this is MySQL 8.0. */
static bool opens_text(struct scanner *scanner) {
  enum { DIGITS_MAX = 6, READ_BELOW = 80100 };
  uint32_t digits = 0, version = 0;
  if (scanner->dialect != SQL_DIALECT_MYSQL || at(scanner, 2) != '!' ||
      scanner->in_comment)
    return false;
  for (; digits < DIGITS_MAX && is_digit(at(scanner, 3 + digits)); digits++)
    version = version * 10 + (uint32_t)(at(scanner, 3 + digits) - '0');
  if (version >= READ_BELOW)
    return false;
  scanner->position += 3 + digits;
  return scanner->in_comment = true;
}

static bool closes_text(struct scanner *scanner) {
  if (!scanner->in_comment || !starts_with(scanner, "*/"))
    return false;
  scanner->position += 2;
  scanner->in_comment = false;
  return true;
}

static bool skip_block_comment(struct scanner *scanner) {
  struct token start = {scanner->position, 0};
  if (opens_text(scanner))
    return true;
  bool nested = scanner->dialect == SQL_DIALECT_POSTGRES;
  for (int depth = 0;;) {
    if (scanner->position >= scanner->length)
      return fail(scanner, &start, "unterminated /* comment") == 0;
    if (starts_with(scanner, "/*") && (nested || depth == 0)) {
      depth++;
      scanner->position += 2;
    } else if (starts_with(scanner, "*/")) {
      scanner->position += 2;
      if (--depth == 0)
        return true;
    } else {
      scanner->position++;
    }
  }
}

static bool skip_space(struct scanner *scanner) {
  while (scanner->position < scanner->length) {
    if (is_space(at(scanner, 0))) {
      scanner->position++;
    } else if (at_line_comment(scanner)) {
      while (scanner->position < scanner->length && at(scanner, 0) != '\n' &&
             at(scanner, 0) != '\r')
        scanner->position++;
    } else if (starts_with(scanner, "/*")) {
      if (!skip_block_comment(scanner))
        return false;
    } else if (!closes_text(scanner)) {
      break;
    }
  }
  return true;
}

/* --- quoted text --- */

/* Moves behind the closing quote of what opens here; doubled quotes stay inside, and so does what follows a backslash
 * where those are escapes. */
static bool skip_quoted(struct scanner *scanner, char close, bool backslashes) {
  scanner->position++;
  while (scanner->position < scanner->length) {
    char c = at(scanner, 0);
    if (c == '\0')
      return false;
    if (c == '\\' && backslashes) {
      if (at(scanner, 1) == '\0')
        return false;
      scanner->position += 2;
    } else if (c != close) {
      scanner->position++;
    } else if (at(scanner, 1) == close) {
      scanner->position += 2;
    } else {
      scanner->position++;
      return true;
    }
  }
  return false;
}

/* Does another string follow, on a later line? The two are one then. Moves to its opening quote. */
static bool continues(struct scanner *scanner) {
  bool new_line = false;
  uint32_t offset = 0;
  for (; is_space(at(scanner, offset)); offset++)
    new_line |= at(scanner, offset) == '\n' || at(scanner, offset) == '\r';
  if (!new_line || at(scanner, offset) != '\'')
    return false;
  scanner->position += offset;
  return true;
}

static int scan_string(struct scanner *scanner, const struct token *token,
                       uint32_t prefix, bool backslashes) {
  char close = at(scanner, prefix);
  scanner->position += prefix;
  do {
    if (!skip_quoted(scanner, close, backslashes))
      return fail(scanner, token, "unterminated quoted string");
  } while (close == '\'' && continues(scanner));
  return TOKEN_STRING;
}

static int scan_quoted_name(struct scanner *scanner, const struct token *token,
                            char close) {
  if (!skip_quoted(scanner, close, false))
    return fail(scanner, token, "unterminated quoted identifier");
  if (scanner->position - token->position <= 2)
    return fail(scanner, token, "zero-length delimited identifier");
  return TOKEN_IDENT;
}

/* $tag$ … $tag$; false when what is here does not open one. */
static bool scan_dollar_string(struct scanner *scanner, const struct token *token,
                               int *code) {
  uint32_t tag = 1;
  while (is_name_start(at(scanner, tag)) || (tag > 1 && is_digit(at(scanner, tag))))
    tag++;
  if (at(scanner, tag) != '$')
    return false;
  tag++;
  const char *open = scanner->text + scanner->position;
  scanner->position += tag;
  while (scanner->length - scanner->position >= tag && at(scanner, 0) != '\0') {
    if (memcmp(scanner->text + scanner->position, open, tag) == 0) {
      scanner->position += tag;
      *code = TOKEN_STRING;
      return true;
    }
    scanner->position++;
  }
  *code = fail(scanner, token, "unterminated dollar-quoted string");
  return true;
}

/* E'…', X'…' and the like: a letter with a quote right behind it. False when this is just a word. */
static bool scan_prefixed(struct scanner *scanner, const struct token *token,
                          int *code) {
  char letter = (char)(at(scanner, 0) | 0x20);
  char quote = at(scanner, 1);
  if (letter == 'u' && quote == '&' &&
      (at(scanner, 2) == '\'' || at(scanner, 2) == '"')) {
    *code = refuse(scanner, token, "strings and names with Unicode escapes (U&)");
    return true;
  }
  if (quote != '\'' || strchr("ebxn", letter) == NULL)
    return false;
  if (letter == 'e' && scanner->dialect == SQL_DIALECT_POSTGRES) {
    *code = scan_string(scanner, token, 1, true);
  } else if (letter == 'x' && scanner->dialect != SQL_DIALECT_POSTGRES) {
    scanner->position++;
    *code = TOKEN_BLOB;
    if (!skip_quoted(scanner, '\'', false))
      *code = fail(scanner, token, "unterminated hexadecimal string");
    for (uint32_t i = token->position + 2; *code > 0 && i + 1 < scanner->position;
         i++) {
      if (digit_value(scanner->text[i]) > 15 ||
          scanner->position % 2 == token->position % 2)
        *code = fail(scanner, token, "invalid hexadecimal string");
    }
  } else if (letter == 'n') {
    *code = refuse(scanner, token, "national character strings (N'…')");
  } else if (letter == 'b' || letter == 'x') {
    *code = refuse(scanner, token, "bit strings");
  } else {
    return false;
  }
  return true;
}

/* --- numbers --- */

/* Digits with single underscores between them. */
static void skip_digits(struct scanner *scanner, int base) {
  while (digit_value(at(scanner, 0)) < base ||
         (at(scanner, 0) == '_' && digit_value(at(scanner, 1)) < base))
    scanner->position++;
}

static int radix(char letter) {
  switch (letter | 0x20) {
  case 'x': return 16;
  case 'o': return 8;
  case 'b': return 2;
  default: return 0;
  }
}

static int scan_number(struct scanner *scanner, const struct token *token) {
  int code = TOKEN_INTEGER;
  int base = at(scanner, 0) == '0' ? radix(at(scanner, 1)) : 0;
  if (base != 0) {
    scanner->position += 2;
    if (digit_value(at(scanner, 0)) < base || at(scanner, 0) == '_')
      skip_digits(scanner, base);
    else
      return fail(scanner, token, "invalid integer");
  } else {
    skip_digits(scanner, 10);
    if (at(scanner, 0) == '.' && at(scanner, 1) != '.') {
      code = TOKEN_DECIMAL;
      scanner->position++;
      if (is_digit(at(scanner, 0)))
        skip_digits(scanner, 10);
    }
    uint32_t sign = at(scanner, 1) == '+' || at(scanner, 1) == '-' ? 2 : 1;
    if ((at(scanner, 0) | 0x20) == 'e' && is_digit(at(scanner, sign))) {
      code = TOKEN_DECIMAL;
      scanner->position += sign;
      skip_digits(scanner, 10);
    }
  }
  if (is_name_start(at(scanner, 0)))
    return fail(scanner, token, "trailing junk after numeric literal");
  return code;
}

/* --- parameters --- */

static int scan_parameter(struct scanner *scanner, const struct token *token) {
  bool named = at(scanner, 0) == ':';
  bool numbered = at(scanner, 0) == '$';
  scanner->position++;
  if (named) {
    while (is_name_part(at(scanner, 0)))
      scanner->position++;
    return TOKEN_PARAMETER;
  }
  while (is_digit(at(scanner, 0)))
    scanner->position++;
  if (numbered && is_name_start(at(scanner, 0)))
    return fail(scanner, token, "trailing junk after parameter");
  return TOKEN_PARAMETER;
}

/* MySQL's @name of the user's, and @@name of the server's. */
static int scan_variable(struct scanner *scanner, const struct token *token) {
  while (at(scanner, 0) == '@')
    scanner->position++;
  char quote = at(scanner, 0);
  if (quote == '`' || quote == '\'' || quote == '"')
    return skip_quoted(scanner, quote, false)
               ? TOKEN_VARIABLE
               : fail(scanner, token, "unterminated name of a variable");
  while (is_name_part(at(scanner, 0)) || at(scanner, 0) == '.')
    scanner->position++;
  return TOKEN_VARIABLE;
}

/* 0x41: bytes, as X'41' are. */
static bool scan_hexadecimal(struct scanner *scanner) {
  if (at(scanner, 0) != '0' || at(scanner, 1) != 'x' ||
      digit_value(at(scanner, 2)) > 15)
    return false;
  scanner->position += 2;
  while (digit_value(at(scanner, 0)) < 16)
    scanner->position++;
  return true;
}

/* --- operators --- */

static int operator_code(const char *text, uint32_t length) {
  static const struct {
    const char *text;
    int code;
  } operators[] = {
      {"+", TOKEN_PLUS},        {"-", TOKEN_MINUS},          {"*", TOKEN_STAR},
      {"/", TOKEN_SLASH},       {"%", TOKEN_PERCENT},        {"^", TOKEN_CARET},
      {"<", TOKEN_LESS},        {">", TOKEN_GREATER},        {"=", TOKEN_EQUAL},
      {"<=", TOKEN_LESS_EQUAL}, {">=", TOKEN_GREATER_EQUAL}, {"<>", TOKEN_NOT_EQUAL},
      {"!=", TOKEN_NOT_EQUAL},  {"=>", TOKEN_ARGUMENT_IS}};
  for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
    if (strlen(operators[i].text) == length &&
        memcmp(operators[i].text, text, length) == 0)
      return operators[i].code;
  }
  return TOKEN_OPERATOR;
}

/* PostgreSQL: as many operator characters as there are, up to a comment; without a + or - at the end
 * unless one of ~ ! @ # % ^ & | ` is among them. */
static uint32_t operator_length_postgres(const struct scanner *scanner) {
  uint32_t length = 0;
  bool special = false;
  for (; is_operator_character(at(scanner, length)); length++) {
    char c = at(scanner, length), next = at(scanner, length + 1);
    if (length > 0 && ((c == '-' && next == '-') || (c == '/' && next == '*')))
      break;
    special |= strchr("~!@#%^&|`", c) != NULL;
  }
  while (length > 1 && !special &&
         (at(scanner, length - 1) == '+' || at(scanner, length - 1) == '-'))
    length--;
  /* The one operator of several characters that ends in a question mark. */
  if (length == 1 && at(scanner, 0) == '@' && at(scanner, 1) == '?')
    length = 2;
  return length;
}

/* MySQL and SQLite know a fixed list; the longest match counts. */
static uint32_t operator_length_listed(const struct scanner *scanner) {
  static const char *const operators[] = {"->>", "<=>", "->", "||", "&&", "<<",
                                          ">>",  "<=",  ">=", "<>", "!=", "=="};
  for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
    if (starts_with(scanner, operators[i]))
      return (uint32_t)strlen(operators[i]);
  }
  return is_operator_character(at(scanner, 0)) ? 1 : 0;
}

static int scan_operator(struct scanner *scanner, const struct token *token) {
  bool mysql = scanner->dialect == SQL_DIALECT_MYSQL;
  uint32_t length = scanner->dialect == SQL_DIALECT_POSTGRES
                        ? operator_length_postgres(scanner)
                        : operator_length_listed(scanner);
  if (length == 0) {
    /* A whole character, not half of one. */
    return fail(scanner, token, "syntax error");
  }
  const char *text = scanner->text + scanner->position;
  scanner->position += length;
  if (mysql && length == 2 && memcmp(text, "||", 2) == 0)
    return TOKEN_OR;
  if (mysql && length == 2 && memcmp(text, "&&", 2) == 0)
    return TOKEN_AND;
  if (mysql && length == 1 && text[0] == '!')
    return TOKEN_EXCLAMATION;
  if (mysql && length == 1 && (text[0] == '|' || text[0] == '&'))
    return text[0] == '|' ? TOKEN_BIT_OR : TOKEN_BIT_AND;
  if (mysql && length == 2 &&
      (memcmp(text, "<<", 2) == 0 || memcmp(text, ">>", 2) == 0))
    return TOKEN_BIT_SHIFT;
  if (length == 3 && memcmp(text, "<=>", 3) == 0 && mysql)
    return TOKEN_NULL_SAFE_EQUAL;
  if (length == 2 && memcmp(text, "==", 2) == 0 &&
      scanner->dialect == SQL_DIALECT_SQLITE)
    return TOKEN_EQUAL;
  return operator_code(text, length);
}

/* `?` is a parameter, or behind an operand one of jsonb's operators ?, ?| and ?&. */
static int scan_question(struct scanner *scanner, const struct token *token) {
  if (scanner->dialect != SQL_DIALECT_POSTGRES || !scanner->after_operand)
    return scan_parameter(scanner, token);
  char next = at(scanner, 1);
  scanner->position += (next == '|' || next == '&') && at(scanner, 2) != next ? 2 : 1;
  return TOKEN_OPERATOR;
}

static int scan_colon(struct scanner *scanner, const struct token *token) {
  if (at(scanner, 1) == ':') {
    scanner->position += 2;
    return TOKEN_TYPECAST;
  }
  if (at(scanner, 1) == '=' && scanner->dialect == SQL_DIALECT_POSTGRES) {
    scanner->position += 2;
    return TOKEN_ARGUMENT_IS;
  }
  if (is_name_start(at(scanner, 1)) && !scanner->after_operand)
    return scan_parameter(scanner, token);
  scanner->position++;
  return TOKEN_COLON;
}

/* --- the whole --- */

static int scan_word(struct scanner *scanner) {
  const char *text = scanner->text + scanner->position;
  uint32_t length = 0;
  while (is_name_part(at(scanner, length)))
    length++;
  scanner->position += length;
  const struct keyword *keyword = keyword_find(text, length);
  return keyword == NULL ? TOKEN_IDENT : keyword->token;
}

static int single(struct scanner *scanner, int code) {
  scanner->position++;
  return code;
}

static int scan(struct scanner *scanner, const struct token *token) {
  bool mysql = scanner->dialect == SQL_DIALECT_MYSQL;
  char c = at(scanner, 0);
  int code;
  if (is_name_start(c))
    return scan_prefixed(scanner, token, &code) ? code : scan_word(scanner);
  if (mysql && scan_hexadecimal(scanner))
    return is_name_part(at(scanner, 0))
               ? fail(scanner, token, "trailing junk after numeric literal")
               : TOKEN_BLOB;
  if (is_digit(c) || (c == '.' && is_digit(at(scanner, 1))))
    return scan_number(scanner, token);
  switch (c) {
  case '\'': return scan_string(scanner, token, 0, mysql);
  case '"':
    return mysql ? scan_string(scanner, token, 0, true)
                 : scan_quoted_name(scanner, token, '"');
  case '@':
    if (mysql)
      return scan_variable(scanner, token);
    break;
  case '`':
    if (scanner->dialect != SQL_DIALECT_POSTGRES)
      return scan_quoted_name(scanner, token, '`');
    break;
  case '$':
    if (is_digit(at(scanner, 1)))
      return scan_parameter(scanner, token);
    if (scan_dollar_string(scanner, token, &code))
      return code;
    break;
  case '?': return scan_question(scanner, token);
  case ':': return scan_colon(scanner, token);
  case '(': return single(scanner, TOKEN_LP);
  case ')': return single(scanner, TOKEN_RP);
  case '[': return single(scanner, TOKEN_LBRACKET);
  case ']': return single(scanner, TOKEN_RBRACKET);
  case ',': return single(scanner, TOKEN_COMMA);
  case ';': return single(scanner, TOKEN_SEMICOLON);
  case '.': return single(scanner, TOKEN_DOT);
  default: break;
  }
  return scan_operator(scanner, token);
}

int token_next(struct scanner *scanner, struct token *token) {
  bool clear = skip_space(scanner);
  *token = (struct token){scanner->position, 0};
  if (!clear)
    return -1;
  if (scanner->position >= scanner->length)
    return scanner->in_comment ? fail(scanner, token, "unterminated /*! comment") : 0;
  int code = scan(scanner, token);
  token->length = scanner->position - token->position;
  return code;
}

/* --- what tokens stand for --- */

static char fold(char c) {
  return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

char *token_identifier(struct arena *arena, const struct scanner *scanner,
                       const struct token *token) {
  const char *text = scanner->text + token->position;
  char *name = arena_copy(arena, text, token->length);
  if (name == NULL || token->length == 0)
    return name;
  char quote = text[0];
  if (quote != '"' && quote != '`') {
    for (char *c = name; *c != '\0' && scanner->dialect != SQL_DIALECT_MYSQL; c++)
      *c = fold(*c);
    return name;
  }
  uint32_t length = 0;
  for (uint32_t i = 1; i + 1 < token->length; i++) {
    name[length++] = text[i];
    if (text[i] == quote)
      i++;
  }
  name[length] = '\0';
  return name;
}

/* What is being unescaped: `from` up to `end` becomes `to`. */
struct unescape {
  const char *from, *end;
  char *to;
};

static void put_utf8(struct unescape *text, uint32_t code) {
  if (code < 0x80) {
    *text->to++ = (char)code;
  } else if (code < 0x800) {
    *text->to++ = (char)(0xC0 | code >> 6);
    *text->to++ = (char)(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *text->to++ = (char)(0xE0 | code >> 12);
    *text->to++ = (char)(0x80 | (code >> 6 & 0x3F));
    *text->to++ = (char)(0x80 | (code & 0x3F));
  } else {
    *text->to++ = (char)(0xF0 | code >> 18);
    *text->to++ = (char)(0x80 | (code >> 12 & 0x3F));
    *text->to++ = (char)(0x80 | (code >> 6 & 0x3F));
    *text->to++ = (char)(0x80 | (code & 0x3F));
  }
}

/* At most `most` digits; returns how many there were. */
static int read_digits(struct unescape *text, int base, int most, uint32_t *value) {
  int count = 0;
  *value = 0;
  while (count < most && text->from < text->end && digit_value(*text->from) < base) {
    *value = *value * (uint32_t)base + (uint32_t)digit_value(*text->from++);
    count++;
  }
  return count;
}

/* \uXXXX and \UXXXXXXXX, of which two may be a surrogate pair. */
static bool unescape_unicode(struct unescape *text, int digits) {
  uint32_t code, low;
  if (read_digits(text, 16, digits, &code) != digits)
    return false;
  if (code >= 0xD800 && code < 0xDC00) {
    if (text->end - text->from < 2 || text->from[0] != '\\')
      return false;
    int more = text->from[1] == 'u' ? 4 : text->from[1] == 'U' ? 8 : 0;
    text->from += 2;
    if (more == 0 || read_digits(text, 16, more, &low) != more || low < 0xDC00 ||
        low > 0xDFFF)
      return false;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  if (code == 0 || code > 0x10FFFF || (code >= 0xDC00 && code < 0xE000))
    return false;
  put_utf8(text, code);
  return true;
}

/* \ooo and \xhh give one byte each; zero is none. */
static bool unescape_byte(struct unescape *text, int base, int most) {
  uint32_t value;
  if (read_digits(text, base, most, &value) == 0 || value == 0 || value > 0xFF)
    return false;
  *text->to++ = (char)value;
  return true;
}

static bool unescape_postgres(struct unescape *text) {
  char c = *text->from++;
  switch (c) {
  case 'b': *text->to++ = '\b'; return true;
  case 'f': *text->to++ = '\f'; return true;
  case 'n': *text->to++ = '\n'; return true;
  case 'r': *text->to++ = '\r'; return true;
  case 't': *text->to++ = '\t'; return true;
  case 'v': *text->to++ = '\v'; return true;
  case 'u': return unescape_unicode(text, 4);
  case 'U': return unescape_unicode(text, 8);
  case 'x':
    if (text->from < text->end && digit_value(*text->from) < 16)
      return unescape_byte(text, 16, 2);
    break;
  default:
    if (c >= '0' && c <= '7') {
      text->from--;
      return unescape_byte(text, 8, 3);
    }
  }
  *text->to++ = c;
  return true;
}

static bool unescape_mysql(struct unescape *text) {
  char c = *text->from++;
  switch (c) {
  case '0': return false;
  case 'b': *text->to++ = '\b'; return true;
  case 'n': *text->to++ = '\n'; return true;
  case 'r': *text->to++ = '\r'; return true;
  case 't': *text->to++ = '\t'; return true;
  case 'Z': *text->to++ = '\x1a'; return true;
  case '%':
  case '_': /* keep their backslash: it is meant for LIKE */ *text->to++ = '\\'; break;
  default: break;
  }
  *text->to++ = c;
  return true;
}

/* One quoted piece; `from` stands on its opening quote. */
static bool unescape_piece(struct unescape *text, bool (*escape)(struct unescape *)) {
  char quote = *text->from++;
  while (text->from < text->end) {
    char c = *text->from++;
    if (c == quote) {
      if (text->from == text->end || *text->from != quote)
        return true;
      text->from++;
    } else if (c == '\\' && escape != NULL) {
      if (!escape(text))
        return false;
      continue;
    }
    *text->to++ = c;
  }
  return true;
}

char *token_string(struct arena *arena, const struct scanner *scanner,
                   const struct token *token, uint32_t *length) {
  const char *start = scanner->text + token->position;
  struct unescape text = {start, start + token->length, NULL};
  /* What is read is never shorter than what it stands for. */
  char *value = arena_alloc(arena, (size_t)token->length + 1);
  if (value == NULL)
    return NULL;
  text.to = value;
  if (*start == '$') {
    uint32_t tag =
        (uint32_t)((const char *)memchr(start + 1, '$', token->length - 1) - start + 1);
    *length = token->length - 2 * tag;
    memcpy(value, start + tag, *length);
    return value;
  }
  bool (*escape)(struct unescape *) = NULL;
  if (scanner->dialect == SQL_DIALECT_MYSQL)
    escape = unescape_mysql;
  else if (*start != '\'')
    escape = unescape_postgres;
  if (is_name_start(*start))
    text.from++;
  while (text.from < text.end) {
    if (is_space(*text.from)) {
      text.from++;
    } else if (!unescape_piece(&text, escape)) {
      error_set_at(scanner->error, TIDE_ERROR_INVALID_ESCAPE, token->position,
                   "invalid escape sequence in a string");
      return NULL;
    }
  }
  *text.to = '\0';
  *length = (uint32_t)(text.to - value);
  return value;
}

char *token_number(struct arena *arena, const struct scanner *scanner,
                   const struct token *token) {
  const char *text = scanner->text + token->position;
  int base = text[0] == '0' && token->length > 2 ? radix(text[1]) : 0;
  if (base == 0) {
    char *digits = arena_copy(arena, text, token->length);
    char *to = digits;
    for (uint32_t i = 0; digits != NULL && i < token->length; i++) {
      if (text[i] != '_')
        *to++ = text[i];
    }
    if (digits != NULL)
      *to = '\0';
    return digits;
  }
  uint64_t value = 0;
  for (uint32_t i = 2; i < token->length; i++) {
    if (text[i] == '_')
      continue;
    if (value > (INT64_MAX - 15) / (uint64_t)base) {
      error_set_at(scanner->error, TIDE_ERROR_OUT_OF_RANGE, token->position,
                   "integer out of range");
      return NULL;
    }
    value = value * (uint64_t)base + (uint64_t)digit_value(text[i]);
  }
  return arena_format(arena, "%llu", (unsigned long long)value);
}

void token_fold(char *text) {
  for (; *text != '\0'; text++)
    *text = fold(*text);
}

char *token_blob(struct arena *arena, const struct scanner *scanner,
                 const struct token *token) {
  const char *text = scanner->text + token->position + 2;
  bool quoted = text[-1] == '\'';
  uint32_t length = token->length - (quoted ? 3 : 2);
  char *digits = length % 2 == 0 ? arena_copy(arena, text, length)
                                 : arena_format(arena, "0%.*s", (int)length, text);
  for (char *c = digits; c != NULL && *c != '\0'; c++)
    *c = fold(*c);
  return digits;
}
