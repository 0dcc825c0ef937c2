/* Syntax errors, and telling them from what PostgreSQL has and Tidemark does not: that is refused by name. */
#include "sql/construct.h"

#include <string.h>

#include "sql/keyword.h"

/* --- words --- */

enum { WORD_MAX = 32 };

/* The token as a lower-case word, "" when it is none. */
static const char *word_of(const struct parser *parser, const struct token *token,
                           char word[WORD_MAX]) {
  const char *text = parser->scanner.text + token->position;
  uint32_t length = token->length < WORD_MAX ? token->length : 0;
  for (uint32_t i = 0; i < length; i++)
    word[i] =
        (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
  word[length] = '\0';
  return word;
}

/* Is the word one of those in a list like "a b c"? */
static bool among(const char *list, const char *word) {
  size_t length = strlen(word);
  for (const char *at = list; length > 0 && (at = strstr(at, word)) != NULL; at++) {
    if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
      return true;
  }
  return false;
}

/* --- what is known and not supported --- */

/* Words that begin a statement. */
static const char statements[] =
    "analyse attach call close cluster copy deallocate "
    "declare delimiter "
    "describe detach discard do execute fetch grant handler import kill listen load "
    "lock "
    "move notify optimize prepare reassign rename repair revoke security "
    "unlisten unlock use";

/* What CREATE, ALTER and DROP may be about. */
static const char objects[] =
    "access aggregate cast collation constraint conversion database default "
    "event "
    "extension foreign function global group language large local operator owned "
    "policy "
    "procedural procedure publication recursive role routine rule server "
    "statistics subscription system tablespace text transform trigger trusted "
    "unlogged user";

/* A word that stands where the grammar has no place for it. */
static const struct refusal {
  const char *statements; /* first words of the statement, "" = any */
  const char *before;     /* the token before it, "" = any */
  const char *word;
  const char *construct;
} refusals[] = {
    {"", "", "tablesample", "TABLESAMPLE"},
    {"", "", "only", "ONLY"},
    {"", "", "straight_join", "STRAIGHT_JOIN"},
    {"", "is not", "json document normalized nfc nfd nfkc nfkd of",
     "this IS condition"},
    {"", "group by", "distinct all", "GROUP BY DISTINCT or ALL"},
    {"", "current", "of", "WHERE CURRENT OF"},
    {"", "collation", "for", "COLLATION FOR"},
    {"", "with", "check", "WITH CHECK OPTION"},
    {"with", "", "search cycle", "SEARCH or CYCLE"},
    {"select with", "", "into", "SELECT INTO"},
    {"create alter", "", "deferrable initially", "DEFERRABLE"},
    {"create alter", "", "match", "MATCH"},
    {"create alter", "", "include", "INCLUDE"},
    {"create alter", "", "tablespace", "TABLESPACE"},
    {"create alter", "", "storage compression", "STORAGE or COMPRESSION"},
    {"create alter", "not", "valid", "NOT VALID"},
    {"create alter", "unique", "nulls", "NULLS NOT DISTINCT"},
    {"create", ")", "inherits", "INHERITS"},
    {"create", ")", "partition", "PARTITION BY"},
    {"create", "", "authorization", "AUTHORIZATION"},
    {"create", "", "of", "CREATE TABLE … OF"},
    {"create alter", "", "zerofill", "ZEROFILL"},
    {"create", "", "key index fulltext spatial", "an index in CREATE TABLE"},
    {"create", "", "engine charset comment auto_increment without strict",
     "this table option"},
    {"create", ")", "with", "storage parameters"},
    {"create", ")", "on", "ON COMMIT"},
    {"create", ")", "not", "NOT DEFERRABLE"},
    {"create", "temporary temp", "sequence", "a temporary sequence"},
    {"create", "unlogged", "sequence", "an unlogged sequence"},
    {"create", "view", "recursive", "CREATE RECURSIVE VIEW"},
    {"create", "as", "( range", "a composite or range type"},
    {"alter", "", "attribute", "a composite type"},
    {"alter", "", "owner", "OWNER TO"},
    {"alter", "", "enable disable", "ENABLE or DISABLE"},
    {"alter", "", "cluster", "CLUSTER"},
    {"alter", "", "inherit", "INHERIT of a table"},
    {"alter", "", "attach detach", "a partition"},
    {"alter", "", "replica", "REPLICA IDENTITY"},
    {"alter", "", "force", "ROW LEVEL SECURITY"},
    {"alter", "", "validate", "VALIDATE CONSTRAINT"},
    {"alter", "rename alter", "constraint", "changing a constraint"},
    {"alter", "set reset", "(", "storage parameters"},
    {"alter", "set", "unlogged", "SET UNLOGGED"},
    {"alter", "set", "logged", "SET LOGGED"},
    {"alter", "set", "statistics without with", "this SET action"},
    {"alter", "", "generated identity expression restart",
     "changing a generated column"},
    {"alter", "", "not", "NOT VALID"},
    {"alter", "", "depends", "DEPENDS ON EXTENSION"},
    {"drop", "", "concurrently", "DROP … CONCURRENTLY"},
    {"update delete", "", "limit order", "ORDER BY or LIMIT of such a write"},
    {"explain", "", "analyze verbose format costs buffers timing",
     "this EXPLAIN option"},
    {"explain describe desc", "format", "=", "this EXPLAIN option"},
    {"begin start", "", "isolation read not immediate deferred exclusive with",
     "a transaction mode"},
    {"set", "", "local session transaction role constraints global persist",
     "this form of SET"},
    {"commit rollback end abort", "", "and", "AND CHAIN"},
    {"commit rollback", "", "prepared", "two-phase commit"},
};

/* The word before decides already: what follows it cannot be read. */
static const struct {
  const char *statements, *before, *construct;
} unreadable[] = {
    {"", "operator", "OPERATOR()"},
    {"", "sounds", "this operator of MySQL"},
    {"select with", "lock", "LOCK IN SHARE MODE"},
    {"create alter", "exclude", "EXCLUDE"},
    {"alter", "owner", "OWNER TO"},
    {"set", "local session transaction role constraints characteristics global persist",
     "this form of SET"},
    {"begin", "immediate deferred exclusive", "a transaction mode"},
};

static bool refuse_by_word(struct parser *parser, const struct token *token,
                           const char *first, const char *before, const char *word) {
  for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
    const struct refusal *refusal = &refusals[i];
    if (among(refusal->word, word) &&
        (*refusal->statements == '\0' || among(refusal->statements, first)) &&
        (*refusal->before == '\0' || among(refusal->before, before))) {
      parser_refuse(parser, token, refusal->construct);
      return true;
    }
  }
  return false;
}

static bool refuse_unreadable(struct parser *parser, const char *first,
                              const char *before) {
  for (size_t i = 0; i < sizeof unreadable / sizeof unreadable[0]; i++) {
    if (among(unreadable[i].before, before) &&
        (*unreadable[i].statements == '\0' || among(unreadable[i].statements, first))) {
      parser_refuse(parser, &parser->previous, unreadable[i].construct);
      return true;
    }
  }
  return false;
}

/* "XMLELEMENT": a word in capitals, at the word. */
static void refuse_word(struct parser *parser, const struct token *token,
                        const char *prefix, const char *word) {
  char capitals[WORD_MAX];
  size_t length = strlen(word);
  for (size_t i = 0; i <= length; i++)
    capitals[i] =
        (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - ('a' - 'A') : word[i]);
  error_set_at(parser->error, TIDE_ERROR_NOT_SUPPORTED, token->position,
               "%s%s is not supported", prefix, capitals);
}

static bool is_unsupported_name(const char *word) {
  const struct keyword *keyword = keyword_find(word, strlen(word));
  return keyword != NULL && keyword->token == TOKEN_UNSUPPORTED_NAME;
}

/* Names what begins at the token, or just before it, if it is known and not supported. */
static bool refuse(struct parser *parser, const struct token *token) {
  char first_word[WORD_MAX], before_word[WORD_MAX], word_buffer[WORD_MAX];
  const char *first = word_of(parser, &parser->first, first_word);
  const char *before = word_of(parser, &parser->previous, before_word);
  const char *word = word_of(parser, token, word_buffer);
  bool at_start = token->position == parser->first.position;
  if (at_start && among(statements, word)) {
    refuse_word(parser, token, "", word);
    return true;
  }
  if (among("create alter drop comment", first) && among(objects, word) &&
      among("create alter drop replace temporary temp on", before)) {
    const char *prefix = first[1] == 'o'   ? "COMMENT ON "
                         : first[0] == 'c' ? "CREATE "
                         : first[0] == 'a' ? "ALTER "
                                           : "DROP ";
    refuse_word(parser, token, prefix, word);
    return true;
  }
  if (parser->scanner.dialect == SQL_DIALECT_MYSQL && among("show", first) &&
      among("show create", before) && word[0] != '\0') {
    refuse_word(parser, token, before[0] == 's' ? "SHOW " : "SHOW CREATE ", word);
    return true;
  }
  if (is_unsupported_name(word) || is_unsupported_name(before)) {
    bool itself = is_unsupported_name(word);
    refuse_word(parser, itself ? token : &parser->previous, "", itself ? word : before);
    return true;
  }
  return refuse_by_word(parser, token, first, before, word) ||
         refuse_unreadable(parser, first, before);
}

/* --- reporting --- */

void parser_refuse_at(struct parser *parser, uint32_t position, const char *construct) {
  error_set_at(parser->error, TIDE_ERROR_NOT_SUPPORTED, position, "%s is not supported",
               construct);
}

void parser_refuse(struct parser *parser, const struct token *token,
                   const char *construct) {
  parser_refuse_at(parser, token->position, construct);
}

void parser_refuse_columnless(struct parser *parser) {
  if (parser->columnless != NULL)
    parser_refuse_at(parser, parser->columnless->position, "SELECT without columns");
}

void parser_expect(struct parser *parser, const struct token *token, const char *word) {
  char given[WORD_MAX];
  if (strcmp(word_of(parser, token, given), word) != 0)
    parser_syntax_error(parser, TOKEN_IDENT, token);
}

void parser_only_mysql_at(struct parser *parser, uint32_t position,
                          const char *construct) {
  if (parser->scanner.dialect != SQL_DIALECT_MYSQL)
    error_set_at(parser->error, TIDE_ERROR_SYNTAX, position,
                 "syntax error: %s is MySQL's", construct);
}

void parser_only_mysql(struct parser *parser, const struct token *token,
                       const char *construct) {
  parser_only_mysql_at(parser, token->position, construct);
}

void parser_not_postgres(struct parser *parser, const struct token *token,
                         const char *construct) {
  if (parser->scanner.dialect == SQL_DIALECT_POSTGRES)
    error_set_at(parser->error, TIDE_ERROR_SYNTAX, token->position,
                 "syntax error: %s is not PostgreSQL's", construct);
}

void parser_shown(struct parser *parser, const struct token *word) {
  char text[WORD_MAX];
  if (!among("tables columns fields databases schemas index indexes keys",
             word_of(parser, word, text)))
    refuse_word(parser, word, "SHOW ", text);
}

void parser_too_deep(struct parser *parser) {
  error_set_at(parser->error, TIDE_ERROR_TOO_DEEP, parser->previous.position,
               "the statement is nested too deeply");
}

void parser_syntax_error(struct parser *parser, int code, const struct token *token) {
  enum { SHOWN_MAX = 60 };
  if (code == 0) {
    error_set_at(parser->error, TIDE_ERROR_SYNTAX, token->position,
                 "syntax error at end of input");
    return;
  }
  if (refuse(parser, token))
    return;
  error_set_at(parser->error, TIDE_ERROR_SYNTAX, token->position,
               "syntax error at or near \"%.*s\"",
               (int)(token->length < SHOWN_MAX ? token->length : SHOWN_MAX),
               parser->scanner.text + token->position);
}
