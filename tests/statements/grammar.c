/* Sentences of the grammar, read from c-src/sql/grammar.y itself, so that new grammar is covered as it comes. */
#include "grammar.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

#define GRAMMAR_FILE  "c-src/sql/grammar.y"
#define KEYWORDS_FILE "c-src/sql/keyword.c"

enum { SYMBOLS_MAX = 800, RULES_MAX = 2000, PARTS_MAX = 40, KEYWORDS_MAX = 1000 };
enum { NEVER = 1000000 };

struct rule {
  int left, count;
  int parts[PARTS_MAX];
  int height;
};

struct keyword_text {
  char *word, *token;
};

struct grammar {
  char *symbols[SYMBOLS_MAX];
  int heights[SYMBOLS_MAX]; /* of the lowest tree: 0 for tokens */
  int symbol_count;
  struct rule rules[RULES_MAX];
  int rule_count;
  struct keyword_text keywords[KEYWORDS_MAX];
  int keyword_count;
};

static void give_up(const char *what, const char *which) {
  fprintf(stderr, "statements: %s %s\n", what, which);
  exit(2);
}

char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return NULL;
  struct buffer text;
  char block[4096];
  size_t size;
  buffer_init(&text, memory_default());
  while ((size = fread(block, 1, sizeof block, file)) > 0)
    buffer_append(&text, block, size);
  fclose(file);
  return buffer_take(&text);
}

uint64_t below(struct random *random, uint64_t count) {
  return random_next(random) % count;
}

/* --- reading --- */

/* Blanks out comments and actions. */
static void keep_rules(char *text) {
  int depth = 0;
  for (char *at = text; *at; at++) {
    if (at[0] == '/' && at[1] == '*') {
      char *end = strstr(at, "*/");
      memset(at, ' ', (size_t)(end ? end + 2 - at : 0));
    }
    depth += *at == '{';
    bool inside = depth > 0;
    depth -= *at == '}';
    if (inside)
      *at = ' ';
  }
}

static bool is_token(const char *symbol) {
  return isupper((unsigned char)symbol[0]) != 0;
}

static int symbol_of(struct grammar *grammar, const char *name, size_t length) {
  for (int i = 0; i < grammar->symbol_count; i++)
    if (strlen(grammar->symbols[i]) == length &&
        strncmp(grammar->symbols[i], name, length) == 0)
      return i;
  if (grammar->symbol_count == SYMBOLS_MAX)
    give_up("too many symbols in", GRAMMAR_FILE);
  char *copy = strndup(name, length);
  grammar->heights[grammar->symbol_count] = is_token(copy) ? 0 : NEVER;
  grammar->symbols[grammar->symbol_count] = copy;
  return grammar->symbol_count++;
}

/* Behind the label of a symbol, (A), or the precedence of a rule, [A]. */
static const char *skip_label(const char *at) {
  while (isspace((unsigned char)*at))
    at++;
  return *at == '(' || *at == '[' ? strpbrk(at, ")]") + 1 : at;
}

/* Reads `left ::= right.` up to its full stop; `name` is where `left` begins. Returns what follows. */
static const char *read_rule(struct grammar *grammar, const char *name, size_t length,
                             const char *at) {
  if (grammar->rule_count == RULES_MAX)
    give_up("too many rules in", GRAMMAR_FILE);
  struct rule *rule = &grammar->rules[grammar->rule_count++];
  *rule = (struct rule){.left = symbol_of(grammar, name, length)};
  for (;;) {
    at = skip_label(at);
    size_t size = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_");
    if (size == 0)
      return at;
    if (rule->count == PARTS_MAX)
      give_up("too long a rule for", grammar->symbols[rule->left]);
    rule->parts[rule->count++] = symbol_of(grammar, at, size);
    at += size;
  }
}

static void read_rules(struct grammar *grammar) {
  char *text = read_file(GRAMMAR_FILE);
  if (!text)
    give_up("cannot read", GRAMMAR_FILE);
  keep_rules(text);
  for (const char *at = text; (at = strstr(at, "::=")) != NULL;) {
    const char *name = at;
    while (name > text && name[-1] != '\n')
      name--;
    while (isspace((unsigned char)*name))
      name++;
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
    at = read_rule(grammar, name, length, at + 3);
  }
  free(text);
}

/* Lines like {"word", TOKEN_NAME, R}. */
static void read_keywords(struct grammar *grammar) {
  char *text = read_file(KEYWORDS_FILE);
  if (!text)
    give_up("cannot read", KEYWORDS_FILE);
  for (const char *at = text; (at = strstr(at, "{\"")) != NULL; at++) {
    char word[64], token[64];
    if (sscanf(at, "{\"%63[a-z_]\", TOKEN_%63[A-Z_]", word, token) == 2 &&
        grammar->keyword_count < KEYWORDS_MAX)
      grammar->keywords[grammar->keyword_count++] =
          (struct keyword_text){strdup(word), strdup(token)};
  }
  free(text);
}

static int height_of(const struct grammar *grammar, const struct rule *rule) {
  int height = 0;
  for (int i = 0; i < rule->count; i++)
    if (grammar->heights[rule->parts[i]] > height)
      height = grammar->heights[rule->parts[i]];
  return height + 1;
}

static void measure(struct grammar *grammar) {
  for (bool again = true; again;) {
    again = false;
    for (int i = 0; i < grammar->rule_count; i++) {
      struct rule *rule = &grammar->rules[i];
      rule->height = height_of(grammar, rule);
      if (rule->height < grammar->heights[rule->left]) {
        grammar->heights[rule->left] = rule->height;
        again = true;
      }
    }
  }
}

/* --- writing --- */

struct writer {
  const struct grammar *grammar;
  struct random *random;
  struct buffer *out;
  const char *place;
  int depth, tokens;
};

/* A keyword of that token; X_BEFORE_Y is spelled like X. NULL: there is none. */
static const char *keyword_of(const struct grammar *grammar, const char *token,
                              struct random *random) {
  const char *end = strstr(token, "_BEFORE");
  size_t length = end ? (size_t)(end - token) : strlen(token);
  const char *found = NULL;
  uint64_t count = 0;
  for (int i = 0; i < grammar->keyword_count; i++) {
    const struct keyword_text *keyword = &grammar->keywords[i];
    bool same =
        strlen(keyword->token) == length && strncmp(keyword->token, token, length) == 0;
    if (same && below(random, ++count) == 0)
      found = keyword->word;
  }
  return found;
}

const char *grammar_keyword(const struct grammar *grammar, int index) {
  return index < grammar->keyword_count ? grammar->keywords[index].word : NULL;
}

static const char *text_of(const struct grammar *grammar, const char *token,
                           const char *place, struct random *random) {
  bool name = strcmp(token, "IDENT") == 0;
  if (name && below(random, 40) == 0)
    return grammar->keywords[below(random, (uint64_t)grammar->keyword_count)].word;
  const char *text = word_for_token(token, place, random);
  return text || name ? text : keyword_of(grammar, token, random);
}

const char *grammar_any_word(const struct grammar *grammar, struct random *random) {
  for (;;) {
    const char *symbol =
        grammar->symbols[below(random, (uint64_t)grammar->symbol_count)];
    const char *text = is_token(symbol) ? text_of(grammar, symbol, NULL, random)
                       : word_has_place(symbol)
                           ? text_of(grammar, "IDENT", symbol, random)
                           : NULL;
    if (text)
      return text;
  }
}

static bool is_plain_name(const struct grammar *grammar, const struct rule *rule) {
  return rule->count == 1 && strcmp(grammar->symbols[rule->parts[0]], "IDENT") == 0;
}

/* One of the rules for a symbol; the lowest ones when there has been enough. Names are mostly plain names. */
static const struct rule *choose(struct writer *writer, int symbol, bool lowest) {
  const struct grammar *grammar = writer->grammar;
  bool plain = below(writer->random, 8) > 0;
  const struct rule *chosen = NULL;
  uint64_t count = 0;
  for (int i = 0; i < grammar->rule_count; i++) {
    const struct rule *rule = &grammar->rules[i];
    if (rule->left != symbol || (lowest && rule->height > grammar->heights[symbol]))
      continue;
    if (plain && is_plain_name(grammar, rule))
      return rule;
    if (below(writer->random, ++count) == 0)
      chosen = rule;
  }
  return chosen;
}

static void write_symbol(struct writer *writer, int symbol) {
  const struct grammar *grammar = writer->grammar;
  const char *name = grammar->symbols[symbol];
  if (is_token(name)) {
    buffer_format(writer->out, "%s ",
                  text_of(grammar, name, writer->place, writer->random));
    writer->tokens--;
    return;
  }
  const char *outside = writer->place;
  if (word_has_place(name))
    writer->place = name;
  bool lowest = writer->depth-- <= 0 || writer->tokens <= 0;
  const struct rule *rule = choose(writer, symbol, lowest);
  for (int i = 0; i < rule->count; i++)
    write_symbol(writer, rule->parts[i]);
  writer->depth++;
  writer->place = outside;
}

static int find_symbol(const struct grammar *grammar, const char *name) {
  for (int i = 0; i < grammar->symbol_count; i++)
    if (strcmp(grammar->symbols[i], name) == 0)
      return i;
  give_up("the grammar has no symbol", name);
  return -1;
}

void grammar_write(const struct grammar *grammar, const char *start,
                   struct random *random, int depth, int tokens, struct buffer *out) {
  struct writer writer = {.grammar = grammar,
                          .random = random,
                          .out = out,
                          .depth = depth,
                          .tokens = tokens};
  write_symbol(&writer, find_symbol(grammar, start));
}

/* --- life --- */

/* Every token has a text, and every symbol comes to an end. */
static void check(const struct grammar *grammar) {
  struct random random = {{1, 2, 3, 4}};
  for (int i = 0; i < grammar->symbol_count; i++) {
    const char *symbol = grammar->symbols[i];
    if (is_token(symbol) && !text_of(grammar, symbol, NULL, &random))
      give_up("no text is known (tests/statements/words.c) for the token", symbol);
    if (grammar->heights[i] == NEVER)
      give_up("no rule was found for", symbol);
  }
}

struct grammar *grammar_read(void) {
  struct grammar *grammar = calloc(1, sizeof *grammar);
  if (!grammar)
    give_up("out of", "memory");
  read_rules(grammar);
  read_keywords(grammar);
  measure(grammar);
  check(grammar);
  return grammar;
}

void grammar_free(struct grammar *grammar) {
  for (int i = 0; i < grammar->symbol_count; i++)
    free(grammar->symbols[i]);
  for (int i = 0; i < grammar->keyword_count; i++) {
    free(grammar->keywords[i].word);
    free(grammar->keywords[i].token);
  }
  free(grammar);
}
