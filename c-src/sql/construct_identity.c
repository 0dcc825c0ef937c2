/* What the standard lets one say of identity columns: how they count, and what an INSERT does about it. */
#include <string.h>

#include "sql/construct.h"

static bool is_token(struct parser *parser, const struct token *token,
                     const char *word) {
  const struct sql_node *name = parser_fold(parser, parser_name(parser, token));
  return name != NULL && name->text != NULL && strcmp(name->text, word) == 0;
}

uint32_t parser_overriding(struct parser *parser, const struct token *first,
                           const struct token *second, const struct token *third) {
  bool user = is_token(parser, second, "user");
  const struct token *wrong = !is_token(parser, first, "overriding")         ? first
                              : !user && !is_token(parser, second, "system") ? second
                              : !is_token(parser, third, "value")            ? third
                                                                             : NULL;
  if (wrong != NULL)
    parser_syntax_error(parser, TOKEN_IDENT, wrong);
  return user ? SQL_OVERRIDING_USER : SQL_EXPLICIT;
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

/* SEQUENCE NAME [schema.]name: columns and their sequences are told apart by the columns here. */
static bool skip_name(struct reading *reading) {
  if (!skip(reading, "sequence") || !skip(reading, "name"))
    return false;
  reading->at++;
  if (skip(reading, "."))
    reading->at++;
  return reading->at <= reading->words->count;
}

static struct sql_node *read_number(struct parser *parser, struct reading *reading) {
  bool negative = skip(reading, "-");
  const struct sql_node *words = reading->words;
  struct sql_node *number =
      reading->at < words->count && words->child[reading->at]->kind == SQL_INTEGER
          ? words->child[reading->at++]
          : NULL;
  if (!negative || number == NULL)
    return number;
  struct sql_node *minus =
      sql_node_text(parser->arena, SQL_UNARY, number->position, "-");
  if (minus != NULL)
    minus->child[0] = number;
  return minus;
}

/* Options without a number: NO …, CYCLE, and RESTART, which may have one. */
static bool is_complete(const struct sql_node *option) {
  return (option->flags & SQL_NOT) != 0 || strcmp(option->text, "cycle") == 0 ||
         option->child[0] != NULL;
}

/* An option as CREATE SEQUENCE has it; NULL: it is none. */
static struct sql_node *read_option(struct parser *parser, struct reading *reading) {
  static const char *const words[] = {"start",    "increment", "minvalue",
                                      "maxvalue", "cache",     "cycle"};
  uint32_t position = reading->words->child[reading->at]->position;
  bool no = skip(reading, "no");
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!skip(reading, words[i]))
      continue;
    struct sql_node *option =
        sql_node_text(parser->arena, SQL_SEQUENCE_OPTION, position, words[i]);
    if (option == NULL)
      return NULL;
    option->flags |= no ? SQL_NOT : 0;
    if (!no && !skip(reading, "with"))
      skip(reading, "by");
    option->child[0] = no ? NULL : read_number(parser, reading);
    return is_complete(option) ? option : NULL;
  }
  return NULL;
}

/* --- which of them say more than that the column counts from 1 by 1, as far as its type goes --- */

static bool is_number(const struct sql_node *option, const char *number) {
  const struct sql_node *value = option->child[0];
  return value->kind == SQL_INTEGER && strcmp(value->text, number) == 0;
}

static bool is_usual(const struct sql_node *option) {
  const char *word = option->text;
  if ((option->flags & SQL_NOT) != 0 || strcmp(word, "cache") == 0)
    return true;
  if (strcmp(word, "cycle") == 0)
    return false;
  if (strcmp(word, "maxvalue") == 0)
    return is_number(option, "32767") || is_number(option, "2147483647") ||
           is_number(option, "9223372036854775807");
  return is_number(option, "1");
}

struct sql_node *parser_identity_options(struct parser *parser,
                                         const struct sql_node *words) {
  struct reading reading = {words, 0};
  bool usual = true;
  struct sql_node *options = sql_node_new(parser->arena, SQL_LIST, 0);
  while (words != NULL && options != NULL && reading.at < words->count) {
    uint32_t first = reading.at;
    if (skip_name(&reading))
      continue;
    reading.at = first;
    struct sql_node *option = read_option(parser, &reading);
    if (option == NULL) {
      error_set_at(parser->error, TIDE_ERROR_SYNTAX, words->child[first]->position,
                   "syntax error at or near \"%s\"", words->child[first]->text);
      return NULL;
    }
    usual &= is_usual(option);
    options = sql_list_append(parser->arena, options, option);
  }
  return usual ? NULL : options;
}
