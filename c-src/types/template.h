/* Taking apart the templates of to_char(), to_date() and to_number(): patterns, and the
 * characters between them. */
#ifndef TIDE_TYPES_TEMPLATE_H
#define TIDE_TYPES_TEMPLATE_H

#include "types/call.h"

/* A pattern by its name in capitals; in small letters it is the same pattern. */
struct template_word {
  const char *text;
  int pattern;  /* what it means, a number of the language's own */
  bool capital; /* may also be written like a name: Month */
};

/* The patterns of dates, or those of numbers. Longer words come before those that they
 * begin with. */
struct template_language {
  const struct template_word *words;
  size_t count;
  bool affixes; /* are there FM and TM before a pattern, TH and SP behind it? */
};

enum template_kind {
  TEMPLATE_PATTERN,
  TEMPLATE_SPACE,
  TEMPLATE_SEPARATOR, /* a printable character of ASCII, no letter and no digit */
  TEMPLATE_CHARACTER  /* any other, or one in quotes */
};

enum letter_case { UPPER_CASE, CAPITAL_CASE, LOWER_CASE };

/* A pattern, or one character. */
struct template_piece {
  enum template_kind kind;
  struct text text; /* as it is written */
  const struct template_word *word;
  enum letter_case letters; /* how the pattern is written */
  bool fill_mode;           /* FM: without padding */
  bool translated;          /* TM: a name is not padded */
  bool ordinal;             /* TH or th follows */
  enum letter_case ordinal_letters;
};

/* A template, and how far it has been read. */
struct template {
  const struct template_language *language;
  struct text text;
  size_t position;
  bool quoted; /* between two double quotes */
};

struct template template_of(const struct template_language *language, struct text text);
/* The next piece; false at the end. */
bool template_next(struct template *template, struct template_piece *piece);

/* st, nd, rd or th, whichever follows these digits. */
const char *ordinal_suffix(struct text digits, enum letter_case letters);

/* The number of bytes of the character that a text which is not empty begins with; 1
 * in the middle of one. */
size_t character_length(struct text text);
bool is_space(char c);
bool is_separator(char c);

#endif
