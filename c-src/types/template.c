/* Reading a template piece by piece, as PostgreSQL does. */
#include "types/template.h"

#include <string.h>

struct template template_of(const struct template_language *language,
                            struct text text) {
  return (struct template){language, text, 0, false};
}

static bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_separator(char c) {
  bool digit = c >= '0' && c <= '9';
  return c > ' ' && c < '\x7f' && !digit && !is_upper(c) && !is_lower(c);
}

size_t character_length(struct text text) {
  unsigned char first = (unsigned char)text.data[0];
  size_t length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return length < text.length ? length : text.length;
}

static struct text rest_of(const struct template *template) {
  return (struct text){template->text.data + template->position,
                       template->text.length - template->position};
}

/* Does `text` begin with the word, its first letter in capitals unless `lower`, and the
 * others unless `lower_rest`? */
static bool spells(struct text text, const char *word, bool lower, bool lower_rest) {
  for (size_t i = 0; word[i] != '\0'; i++) {
    bool small = i == 0 ? lower : lower_rest;
    char wanted = small && is_upper(word[i]) ? (char)(word[i] + 32) : word[i];
    if (i == text.length || text.data[i] != wanted)
      return false;
  }
  return true;
}

static bool begins(struct text text, const char *word) {
  return spells(text, word, false, false) || spells(text, word, true, true);
}

static const struct template_word *find_word(const struct template_language *language,
                                             struct text text,
                                             enum letter_case *letters) {
  char first = is_lower(text.data[0]) ? (char)(text.data[0] - 32) : text.data[0];
  for (size_t i = 0; i < language->count; i++) {
    const struct template_word *word = &language->words[i];
    if (word->text[0] != first)
      continue;
    if (spells(text, word->text, false, false))
      *letters = UPPER_CASE;
    else if (spells(text, word->text, true, true))
      *letters = LOWER_CASE;
    else if (word->capital && spells(text, word->text, false, true))
      *letters = CAPITAL_CASE;
    else
      continue;
    return word;
  }
  return NULL;
}

static void read_prefix(struct template *template, struct template_piece *piece) {
  struct text rest = rest_of(template);
  piece->fill_mode = begins(rest, "FM");
  piece->translated = begins(rest, "TM");
  if (piece->fill_mode || piece->translated)
    template->position += 2;
}

static void read_suffix(struct template *template, struct template_piece *piece) {
  struct text rest = rest_of(template);
  piece->ordinal = begins(rest, "TH");
  if (piece->ordinal)
    piece->ordinal_letters = is_upper(rest.data[0]) ? UPPER_CASE : LOWER_CASE;
  if (piece->ordinal || begins(rest, "SP"))
    template->position += 2;
}

static bool read_pattern(struct template *template, struct template_piece *piece) {
  struct text rest = rest_of(template);
  piece->word = find_word(template->language, rest, &piece->letters);
  if (piece->word == NULL)
    return false;
  piece->kind = TEMPLATE_PATTERN;
  piece->text = (struct text){rest.data, strlen(piece->word->text)};
  template->position += piece->text.length;
  if (template->language->affixes)
    read_suffix(template, piece);
  return true;
}

static void read_character(struct template *template, struct template_piece *piece) {
  piece->text = rest_of(template);
  piece->text.length = character_length(piece->text);
  template->position += piece->text.length;
  char c = piece->text.data[0];
  if (!template->quoted && is_space(c))
    piece->kind = TEMPLATE_SPACE;
  else if (!template->quoted && is_separator(c) && template->language->affixes)
    piece->kind = TEMPLATE_SEPARATOR;
  else
    piece->kind = TEMPLATE_CHARACTER;
}

/* Passes over a backslash that makes the next character stand for itself: within quotes
 * any, elsewhere a quote. */
static void pass_backslash(struct template *template) {
  struct text rest = rest_of(template);
  if (rest.length > 1 && rest.data[0] == '\\' &&
      (template->quoted || rest.data[1] == '"'))
    template->position++;
}

bool template_next(struct template *template, struct template_piece *piece) {
  for (;;) {
    *piece = (struct template_piece){.kind = TEMPLATE_CHARACTER};
    if (!template->quoted && template->language->affixes)
      read_prefix(template, piece);
    if (template->position == template->text.length)
      return false;
    if (!template->quoted && read_pattern(template, piece))
      return true;
    if (template->text.data[template->position] != '"') {
      pass_backslash(template);
      read_character(template, piece);
      return true;
    }
    template->quoted = !template->quoted;
    template->position++;
  }
}

const char *ordinal_suffix(struct text digits, enum letter_case letters) {
  static const char *const suffixes[][2] = {
      {"TH", "th"}, {"ST", "st"}, {"ND", "nd"}, {"RD", "rd"}};
  char last = digits.length > 0 ? digits.data[digits.length - 1] : '0';
  bool teen = digits.length > 1 && digits.data[digits.length - 2] == '1';
  size_t row = last >= '1' && last <= '3' && !teen ? (size_t)(last - '0') : 0;
  return suffixes[row][letters == LOWER_CASE];
}
