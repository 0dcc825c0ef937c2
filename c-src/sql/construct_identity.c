/* What the standard lets one say of identity columns, as far as it is so: they count from 1 by 1, as far as their type goes. */
#include <string.h>

#include "sql/construct.h"

static bool is_token(struct parser *parser, const struct token *token,
                     const char *word) {
  const struct sql_node *name = parser_fold(parser, parser_name(parser, token));
  return name != NULL && name->text != NULL && strcmp(name->text, word) == 0;
}

uint32_t parser_overriding(struct parser *parser, const struct token *first,
                           const struct token *second, const struct token *third) {
  const struct token *wrong = !is_token(parser, first, "overriding") ? first
                              : !is_token(parser, second, "system")  ? second
                              : !is_token(parser, third, "value")    ? third
                                                                     : NULL;
  if (wrong != NULL)
    parser_syntax_error(parser, TOKEN_IDENT, wrong);
  return SQL_EXPLICIT;
}

/* --- options of the sequence --- */

/* Reading words one after the other. */
struct reading {
  const struct sql_node *words;
  uint32_t at;
};

static const char *word_at(const struct reading *reading) {
  const struct sql_node *words = reading->words;
  return reading->at < words->count ? words->child[reading->at]->text : "";
}

static bool skip(struct reading *reading, const char *word) {
  bool found = strcmp(word_at(reading), word) == 0;
  reading->at += found;
  return found;
}

static bool skip_integer(struct reading *reading) {
  const struct sql_node *words = reading->words;
  bool found =
      reading->at < words->count && words->child[reading->at]->kind == SQL_INTEGER;
  reading->at += found;
  return found;
}

/* SEQUENCE NAME [schema.]name: columns and their sequences are told apart by the columns here. */
static bool skip_name(struct reading *reading) {
  if (!skip(reading, "sequence") || !skip(reading, "name"))
    return false;
  reading->at++;
  if (skip(reading, "."))
    reading->at++;
  return reading->at <= reading->words->count;
}

static bool skip_option(struct reading *reading) {
  if (skip(reading, "start")) {
    skip(reading, "with");
    return skip(reading, "1");
  }
  if (skip(reading, "increment")) {
    skip(reading, "by");
    return skip(reading, "1");
  }
  if (skip(reading, "minvalue"))
    return skip(reading, "1");
  if (skip(reading, "maxvalue"))
    return skip(reading, "32767") || skip(reading, "2147483647") ||
           skip(reading, "9223372036854775807");
  if (skip(reading, "cache"))
    return skip_integer(reading);
  if (skip(reading, "no"))
    return skip(reading, "minvalue") || skip(reading, "maxvalue") ||
           skip(reading, "cycle");
  return skip_name(reading);
}

void parser_identity_options(struct parser *parser, const struct sql_node *words) {
  struct reading reading = {words, 0};
  while (words != NULL && reading.at < words->count) {
    uint32_t first = reading.at;
    if (skip_option(&reading))
      continue;
    parser_refuse_at(parser, words->child[first]->position,
                     "an identity column that counts otherwise than from 1 by 1");
    return;
  }
}
