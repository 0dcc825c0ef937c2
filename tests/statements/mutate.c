/* Statements changed a little, token by token. */
#include "mutate.h"

#include <string.h>

#include "base/error.h"
#include "sql/token.h"

enum { TOKENS_MAX = 600, CHANGES_MAX = 4 };

/* A text in pieces: each a token with the space behind it. */
struct pieces {
  const char *text;
  uint32_t starts[TOKENS_MAX + 1];
  int count;
};

int split_tokens(const char *text, enum sql_dialect dialect, uint32_t *starts,
                 int maximum) {
  struct error error;
  struct token token;
  struct scanner scanner = {.text = text,
                            .length = (uint32_t)strlen(text),
                            .dialect = dialect,
                            .error = &error};
  int count = 0;
  error_clear(&error);
  while (count < maximum && token_next(&scanner, &token) > 0)
    starts[count++] = token.position;
  starts[count] = scanner.length;
  return count;
}

static void split(struct pieces *pieces, enum sql_dialect dialect, const char *text) {
  pieces->text = text;
  pieces->count = split_tokens(text, dialect, pieces->starts, TOKENS_MAX);
}

static void append(struct buffer *out, const struct pieces *pieces, int from, int to) {
  buffer_append(out, pieces->text + pieces->starts[from],
                pieces->starts[to] - pieces->starts[from]);
  buffer_character(out, ' ');
}

/* A few tokens of another statement. */
static void append_other(struct buffer *out, const struct pieces *other,
                         struct random *random) {
  if (other->count == 0)
    return;
  int from = (int)below(random, (uint64_t)other->count);
  int to = from + 1 + (int)below(random, 8);
  append(out, other, from, to < other->count ? to : other->count);
}

/* One change, at token `at`; returns the token to go on with. */
static int change(const struct grammar *grammar, struct random *random,
                  const struct pieces *pieces, const struct pieces *other, int at,
                  struct buffer *out) {
  int next = at + 1;
  switch (below(random, 10)) {
  case 0: return next;
  case 1: append(out, pieces, at, next); return at;
  case 2:
    if (next < pieces->count)
      append(out, pieces, next, next + 1);
    append(out, pieces, at, next);
    return next < pieces->count ? next + 1 : next;
  case 3: append_other(out, other, random); return next;
  case 4: append_other(out, other, random); return at;
  case 5: grammar_write(grammar, "expr", random, 6, 10, out); return next;
  case 6:
    buffer_text(out, "(");
    append(out, pieces, at, next);
    buffer_text(out, ") ");
    return next;
  case 7: buffer_character(out, (char)random_next(random)); return at;
  default: buffer_format(out, "%s ", grammar_any_word(grammar, random)); return next;
  }
}

void mutate(const struct grammar *grammar, struct random *random,
            enum sql_dialect dialect, const char *text, const char *other,
            struct buffer *out) {
  struct pieces pieces, others;
  split(&pieces, dialect, text);
  split(&others, dialect, other);
  uint64_t changes = 1 + below(random, CHANGES_MAX);
  for (int at = 0; at < pieces.count;) {
    if (below(random, (uint64_t)pieces.count) < changes) {
      at = change(grammar, random, &pieces, &others, at, out);
      if (below(random, 2) > 0 || at >= pieces.count)
        continue;
    }
    append(out, &pieces, at, at + 1);
    at++;
  }
}
