/* bytea and uuid, the encodings of bytes as text, MD5, and the functions that quote. */
#include <string.h>

#include "base/utf8.h"
#include "types/call.h"
#include "types/scalar.h"
#include "types/unicode.h"

static const char hexadecimal[] = "0123456789abcdef";

static int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void put_hexadecimal(struct buffer *out, struct text bytes) {
  for (size_t i = 0; i < bytes.length; i++) {
    uint8_t byte = (uint8_t)bytes.data[i];
    buffer_character(out, hexadecimal[byte >> 4]);
    buffer_character(out, hexadecimal[byte & 15]);
  }
}

static bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Reads pairs of digits, with blanks between them. Returns false for anything else. */
static bool read_hexadecimal(struct buffer *out, struct text text) {
  for (size_t i = 0; i < text.length; i++) {
    if (is_blank(text.data[i]))
      continue;
    int high = digit_of(text.data[i]);
    int low = ++i < text.length ? digit_of(text.data[i]) : -1;
    if (high < 0 || low < 0)
      return false;
    buffer_character(out, (char)(high * 16 + low));
  }
  return true;
}

/* Reads text where \\ is a backslash and \ooo a byte in octal. */
static bool read_escaped(struct buffer *out, struct text text) {
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c != '\\') {
      buffer_character(out, c);
    } else if (i + 1 < text.length && text.data[i + 1] == '\\') {
      buffer_character(out, '\\');
      i++;
    } else {
      int value = 0;
      if (text.length - i < 4 || text.data[i + 1] > '3')
        return false;
      for (int j = 1; j <= 3; j++) {
        int digit = digit_of(text.data[i + (size_t)j]);
        if (digit < 0 || digit > 7)
          return false;
        value = value * 8 + digit;
      }
      buffer_character(out, (char)value);
      i += 3;
    }
  }
  return true;
}

static void bytea_in(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments))
    return;
  if (sqlite3_value_type(arguments[0]) == SQLITE_BLOB) {
    sqlite3_result_value(context, arguments[0]);
    return;
  }
  if (!call_text(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  bool hex = text.length >= 2 && text.data[0] == '\\' && text.data[1] == 'x';
  struct text digits = {text.data + 2, text.length - 2};
  if (hex ? read_hexadecimal(&out, digits) : read_escaped(&out, text)) {
    call_return_bytes(context, &out);
  } else {
    buffer_deinit(&out);
    if (hex)
      call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "invalid hexadecimal data");
    else
      call_fail_input(context, "bytea", text);
  }
}

static void bytea_text(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text bytes;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_bytes(context, arguments[0], &bytes))
    return;
  buffer_init(&out, call_memory());
  buffer_text(&out, "\\x");
  put_hexadecimal(&out, bytes);
  call_return_buffer(context, &out);
}

static void bytea_concat(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct text left, right;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_bytes(context, arguments[0], &left) ||
      !call_bytes(context, arguments[1], &right))
    return;
  buffer_init(&out, call_memory());
  buffer_append(&out, left.data, left.length);
  buffer_append(&out, right.data, right.length);
  call_return_bytes(context, &out);
}

/* --- encode and decode --- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* As MIME wants it: a new line after every 76 characters. */
static void put_base64(struct buffer *out, struct text bytes) {
  for (size_t i = 0, line = 0; i < bytes.length; i += 3) {
    size_t rest = bytes.length - i;
    uint32_t group = (uint32_t)(uint8_t)bytes.data[i] << 16;
    if (rest > 1)
      group |= (uint32_t)(uint8_t)bytes.data[i + 1] << 8;
    if (rest > 2)
      group |= (uint8_t)bytes.data[i + 2];
    if (line == 76) {
      buffer_character(out, '\n');
      line = 0;
    }
    buffer_character(out, base64_digits[group >> 18]);
    buffer_character(out, base64_digits[group >> 12 & 63]);
    buffer_character(out, rest > 1 ? base64_digits[group >> 6 & 63] : '=');
    buffer_character(out, rest > 2 ? base64_digits[group & 63] : '=');
    line += 4;
  }
}

static bool read_base64(struct buffer *out, struct text text) {
  uint32_t group = 0;
  int digits = 0, padding = 0;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (is_blank(c))
      continue;
    const char *place = c == '=' ? NULL : memchr(base64_digits, c, 64);
    if (c == '=' && digits >= 2)
      padding++;
    else if (place == NULL || padding > 0)
      return false;
    group = group << 6 | (place == NULL ? 0 : (uint32_t)(place - base64_digits));
    if (++digits < 4)
      continue;
    for (int j = 0; j < 3 - padding; j++)
      buffer_character(out, (char)(group >> (16 - 8 * j)));
    group = 0;
    digits = 0;
  }
  return digits == 0;
}

static void put_escaped(struct buffer *out, struct text bytes) {
  for (size_t i = 0; i < bytes.length; i++) {
    uint8_t byte = (uint8_t)bytes.data[i];
    if (byte == '\\')
      buffer_text(out, "\\\\");
    else if (byte == 0 || byte >= 0x80)
      buffer_format(out, "\\%c%c%c", '0' + (byte >> 6), '0' + (byte >> 3 & 7),
                    '0' + (byte & 7));
    else
      buffer_character(out, (char)byte);
  }
}

static void fail_encoding(sqlite3_context *context, struct text name) {
  call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "unrecognized encoding: \"%.*s\"",
            name.length > 100 ? 100 : (int)name.length, name.data);
}

static void encode(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text bytes, format;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_bytes(context, arguments[0], &bytes) ||
      !call_text(context, arguments[1], &format))
    return;
  void (*put)(struct buffer *, struct text) = text_is(format, "hex") ? put_hexadecimal
                                              : text_is(format, "base64") ? put_base64
                                              : text_is(format, "escape") ? put_escaped
                                                                          : NULL;
  if (put == NULL) {
    fail_encoding(context, format);
    return;
  }
  buffer_init(&out, call_memory());
  put(&out, bytes);
  call_return_buffer(context, &out);
}

static void decode(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text, format;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text) ||
      !call_text(context, arguments[1], &format))
    return;
  bool (*read)(struct buffer *, struct text) = text_is(format, "hex") ? read_hexadecimal
                                               : text_is(format, "base64") ? read_base64
                                               : text_is(format, "escape")
                                                   ? read_escaped
                                                   : NULL;
  if (read == NULL) {
    fail_encoding(context, format);
    return;
  }
  buffer_init(&out, call_memory());
  if (read(&out, text)) {
    call_return_bytes(context, &out);
  } else {
    buffer_deinit(&out);
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "invalid %.*s data",
              (int)format.length, format.data);
  }
}

/* Is it a name of the only encoding there is? Fails the function if not. */
static bool is_utf8(sqlite3_context *context, struct text name) {
  if (text_is(name, "utf8") || text_is(name, "utf-8"))
    return true;
  call_fail(context, TIDE_ERROR_NOT_SUPPORTED,
            "encoding \"%.*s\" is not supported: only UTF8 is",
            name.length > 100 ? 100 : (int)name.length, name.data);
  return false;
}

static void convert_to(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text, name;
  if (!call_has_null(count, arguments) && call_text(context, arguments[0], &text) &&
      call_text(context, arguments[1], &name) && is_utf8(context, name))
    sqlite3_result_blob64(context, text.data, text.length, SQLITE_TRANSIENT);
}

static void convert_from(sqlite3_context *context, int count,
                         sqlite3_value **arguments) {
  struct text bytes, name;
  if (call_has_null(count, arguments) || !call_bytes(context, arguments[0], &bytes) ||
      !call_text(context, arguments[1], &name) || !is_utf8(context, name))
    return;
  size_t units = 0;
  if (utf8_valid(bytes.data, bytes.length, &units) != bytes.length ||
      memchr(bytes.data, 0, bytes.length) != NULL)
    call_fail(context, TIDE_ERROR_DATA, "invalid byte sequence for encoding \"UTF8\"");
  else
    call_return_text(context, bytes);
}

/* --- uuid --- */

static void uuid_in(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  char uuid[UUID_LENGTH];
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  if (uuid_parse(text, uuid) == TIDE_OK)
    sqlite3_result_text(context, uuid, UUID_LENGTH, SQLITE_TRANSIENT);
  else
    call_fail_input(context, "uuid", text);
}

/* --- MD5 (RFC 1321) --- */

static const uint32_t md5_sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
    0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
    0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
    0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
    0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
    0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
    0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
    0xeb86d391};

static const uint8_t md5_shifts[16] = {7, 12, 17, 22, 5, 9,  14, 20,
                                       4, 11, 16, 23, 6, 10, 15, 21};

/* One step's mixing function and which word of the block it takes. */
static uint32_t md5_mix(int step, const uint32_t s[4], int *word) {
  switch (step / 16) {
  case 0: *word = step; return (s[1] & s[2]) | (~s[1] & s[3]);
  case 1: *word = (5 * step + 1) % 16; return (s[3] & s[1]) | (~s[3] & s[2]);
  case 2: *word = (3 * step + 5) % 16; return s[1] ^ s[2] ^ s[3];
  default: *word = 7 * step % 16; return s[2] ^ (s[1] | ~s[3]);
  }
}

static void md5_block(uint32_t state[4], const uint8_t *block) {
  uint32_t s[4] = {state[0], state[1], state[2], state[3]};
  for (int step = 0; step < 64; step++) {
    int word;
    uint32_t mixed = md5_mix(step, s, &word) + s[0] + md5_sines[step];
    const uint8_t *bytes = block + word * 4;
    mixed += (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
             (uint32_t)bytes[3] << 24;
    int shift = md5_shifts[step / 16 * 4 + step % 4];
    s[0] = s[3];
    s[3] = s[2];
    s[2] = s[1];
    s[1] += mixed << shift | mixed >> (32 - shift);
  }
  for (int i = 0; i < 4; i++)
    state[i] += s[i];
}

static void md5_hash(struct text bytes, char digest[32]) {
  uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  uint8_t last[128] = {0};
  size_t whole = bytes.length / 64 * 64, rest = bytes.length - whole;
  for (size_t i = 0; i < whole; i += 64)
    md5_block(state, (const uint8_t *)bytes.data + i);
  memcpy(last, bytes.data + whole, rest);
  last[rest] = 0x80;
  size_t padded = rest < 56 ? 64 : 128;
  uint64_t bits = (uint64_t)bytes.length * 8;
  for (int i = 0; i < 8; i++)
    last[padded - 8 + (size_t)i] = (uint8_t)(bits >> (8 * i));
  for (size_t i = 0; i < padded; i += 64)
    md5_block(state, last + i);
  for (int i = 0; i < 16; i++) {
    uint8_t byte = (uint8_t)(state[i / 4] >> (8 * (i % 4)));
    digest[2 * i] = hexadecimal[byte >> 4];
    digest[2 * i + 1] = hexadecimal[byte & 15];
  }
}

static void md5(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text bytes;
  char digest[32];
  if (call_has_null(count, arguments) || !call_bytes(context, arguments[0], &bytes))
    return;
  md5_hash(bytes, digest);
  sqlite3_result_text(context, digest, sizeof digest, SQLITE_TRANSIENT);
}

static void put_hexadecimal_number(sqlite3_context *context, uint64_t value) {
  char digits[16];
  int start = 16;
  do {
    digits[--start] = hexadecimal[value & 15];
    value >>= 4;
  } while (value > 0);
  sqlite3_result_text(context, digits + start, 16 - start, SQLITE_TRANSIENT);
}

static void to_hex(sqlite3_context *context, int count, sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    put_hexadecimal_number(context, (uint64_t)sqlite3_value_int64(arguments[0]));
}

static void to_hex_integer(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  if (!call_has_null(count, arguments))
    put_hexadecimal_number(context, (uint32_t)sqlite3_value_int64(arguments[0]));
}

/* --- quoting and format() --- */

static bool is_plain_identifier(struct text name) {
  for (size_t i = 0; i < name.length; i++) {
    char c = name.data[i];
    bool letter = (c >= 'a' && c <= 'z') || c == '_';
    if (!letter && (i == 0 || c < '0' || c > '9'))
      return false;
  }
  return name.length > 0;
}

static void put_identifier(struct buffer *out, struct text name) {
  bool plain = is_plain_identifier(name);
  if (!plain)
    buffer_character(out, '"');
  for (size_t i = 0; i < name.length; i++) {
    if (name.data[i] == '"')
      buffer_character(out, '"');
    buffer_character(out, name.data[i]);
  }
  if (!plain)
    buffer_character(out, '"');
}

/* 'text', or E'text' when it holds a backslash. */
static void put_literal(struct buffer *out, struct text text) {
  bool backslash = memchr(text.data, '\\', text.length) != NULL;
  buffer_text(out, backslash ? "E'" : "'");
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '\'' || text.data[i] == '\\')
      buffer_character(out, text.data[i]);
    buffer_character(out, text.data[i]);
  }
  buffer_character(out, '\'');
}

static void quote(sqlite3_context *context, int count, sqlite3_value **arguments,
                  void (*put)(struct buffer *, struct text)) {
  struct text text;
  struct buffer out;
  if (call_has_null(count, arguments) || !call_text(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  put(&out, text);
  call_return_buffer(context, &out);
}

static void quote_ident(sqlite3_context *context, int count,
                        sqlite3_value **arguments) {
  quote(context, count, arguments, put_identifier);
}

static void quote_literal(sqlite3_context *context, int count,
                          sqlite3_value **arguments) {
  quote(context, count, arguments, put_literal);
}

static void quote_nullable(sqlite3_context *context, int count,
                           sqlite3_value **arguments) {
  if (call_has_null(count, arguments))
    sqlite3_result_text(context, "NULL", 4, SQLITE_STATIC);
  else
    quote(context, count, arguments, put_literal);
}

/* One % of a format: %[position$][-][width]letter */
struct directive {
  int position; /* 0: the next argument */
  bool left;
  int width;
  char letter;
};

static int read_number(struct text text, size_t *i) {
  int number = 0;
  for (; *i < text.length && text.data[*i] >= '0' && text.data[*i] <= '9'; (*i)++) {
    if (number < 100000000)
      number = number * 10 + (text.data[*i] - '0');
  }
  return number;
}

/* Reads what follows the %. Returns false when the format ends in it. */
static bool read_directive(struct text format, size_t *i, struct directive *directive) {
  *directive = (struct directive){0, false, 0, 0};
  size_t start = *i;
  int number = read_number(format, i);
  if (*i < format.length && format.data[*i] == '$' && *i > start) {
    directive->position = number;
    (*i)++;
  } else {
    *i = start;
  }
  for (; *i < format.length && format.data[*i] == '-'; (*i)++)
    directive->left = true;
  directive->width = read_number(format, i);
  if (*i == format.length)
    return false;
  directive->letter = format.data[(*i)++];
  return true;
}

/* Appends one argument as its directive says. Returns false having failed the function. */
static bool put_argument(sqlite3_context *context, struct buffer *out,
                         const struct directive *directive, sqlite3_value *value) {
  struct buffer part;
  struct text text = {"", 0};
  bool null = sqlite3_value_type(value) == SQLITE_NULL;
  if (null && directive->letter == 'I') {
    call_fail(context, TIDE_ERROR_NULL_NOT_ALLOWED,
              "null values cannot be formatted as an SQL identifier");
    return false;
  }
  if (!null && !call_text(context, value, &text))
    return false;
  buffer_init(&part, call_memory());
  if (directive->letter == 'I')
    put_identifier(&part, text);
  else if (directive->letter == 'L' && null)
    buffer_text(&part, "NULL");
  else if (directive->letter == 'L')
    put_literal(&part, text);
  else
    buffer_append(&part, text.data, text.length);
  const char *made = buffer_string(&part);
  int64_t missing = directive->width - utf8_count(made, part.length);
  for (int64_t i = 0; !directive->left && i < missing && !out->failed; i++)
    buffer_character(out, ' ');
  buffer_append(out, made, part.length);
  for (int64_t i = 0; directive->left && i < missing && !out->failed; i++)
    buffer_character(out, ' ');
  out->failed = out->failed || part.failed;
  buffer_deinit(&part);
  return true;
}

/* Appends what the directive stands for. Returns false having failed the function. */
static bool follow(sqlite3_context *context, struct buffer *out,
                   const struct directive *directive, int count,
                   sqlite3_value **arguments, int *next) {
  if (directive->letter == '%') {
    buffer_character(out, '%');
    return true;
  }
  if (directive->letter != 's' && directive->letter != 'I' &&
      directive->letter != 'L') {
    call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
              "unrecognized format() type specifier \"%c\"", directive->letter);
    return false;
  }
  int index = directive->position > 0 ? directive->position : *next;
  *next = index + 1;
  if (index < count)
    return put_argument(context, out, directive, arguments[index]);
  call_fail(context, TIDE_ERROR_INVALID_PARAMETER, "too few arguments for format()");
  return false;
}

static void format(sqlite3_context *context, int count, sqlite3_value **arguments) {
  struct text text;
  struct buffer out;
  struct directive directive;
  int next = 1;
  bool fine = true;
  if (call_has_null(1, arguments) || !call_text(context, arguments[0], &text))
    return;
  buffer_init(&out, call_memory());
  for (size_t i = 0; i < text.length && fine;) {
    char c = text.data[i++];
    if (c != '%') {
      buffer_character(&out, c);
    } else if (!read_directive(text, &i, &directive)) {
      call_fail(context, TIDE_ERROR_INVALID_PARAMETER,
                "unterminated format() type specifier");
      fine = false;
    } else {
      fine = follow(context, &out, &directive, count, arguments, &next);
    }
  }
  if (fine)
    call_return_buffer(context, &out);
  else
    buffer_deinit(&out);
}

static const struct call calls[] = {
    {"pg_bytea_in", 1, false, bytea_in},
    {"pg_bytea_text", 1, false, bytea_text},
    {"pg_bytea_concat", 2, false, bytea_concat},
    {"pg_encode", 2, false, encode},
    {"pg_decode", 2, false, decode},
    {"pg_convert_to", 2, false, convert_to},
    {"pg_convert_from", 2, false, convert_from},
    {"pg_uuid_in", 1, false, uuid_in},
    {"pg_md5", 1, false, md5},
    {"pg_to_hex", 1, false, to_hex},
    {"pg_to_hex_integer", 1, false, to_hex_integer},
    {"pg_quote_ident", 1, false, quote_ident},
    {"pg_quote_literal", 1, false, quote_literal},
    {"pg_quote_nullable", 1, false, quote_nullable},
    {"pg_format", -1, false, format},
};

int register_bytes(sqlite3 *db, struct types_context *context) {
  return call_register(db, context, calls, sizeof calls / sizeof calls[0]);
}
