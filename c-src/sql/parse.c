/* Drives the grammar over the tokens of one statement. */
#include "sql/parse.h"

#include "base/memory.h"
#include "sql/construct.h"
#include "sql/keyword.h"

/* Generated from grammar.y. */
void sql_grammarInit(void *grammar, struct parser *parser);
void sql_grammarFinalize(void *grammar);
void sql_grammar(void *grammar, int code, struct token token);

/* --- words by their neighbours --- */

/* The tokens of a statement, each classified with the help of the one before and the one after it. */
struct tokens {
  struct parser *parser;
  int before; /* code of the last token handed out, 0 at first */
  int ahead;  /* code of the token that was looked at too early, -2 = none */
  struct token ahead_token;
  bool in_duplicate_key; /* behind MySQL's ON DUPLICATE KEY */
  bool in_query;         /* behind a SELECT */
  bool in_insert;        /* behind INSERT or REPLACE */
  bool in_rows;          /* behind the VALUES of an INSERT */
  int depth;             /* of parentheses */
};

enum { NOTHING_AHEAD = -2 };

/* Could the token end an operand, so that an operator follows? */
static bool ends_operand(int code) {
  switch (code) {
  case TOKEN_IDENT:
  case TOKEN_STRING:
  case TOKEN_INTEGER:
  case TOKEN_DECIMAL:
  case TOKEN_BLOB:
  case TOKEN_VARIABLE:
  case TOKEN_PARAMETER:
  case TOKEN_RP:
  case TOKEN_RBRACKET:
  case TOKEN_NULL:
  case TOKEN_TRUE:
  case TOKEN_FALSE:
  case TOKEN_END:
  case TOKEN_DATA:
  case TOKEN_KEY:
  case TOKEN_TYPE:
  case TOKEN_VALUE_FUNCTION:
  case TOKEN_TIME_FUNCTION: return true;
  default: return false;
  }
}

static int scan(struct tokens *tokens, struct token *token, int before) {
  tokens->parser->scanner.after_operand = ends_operand(before);
  return token_next(&tokens->parser->scanner, token);
}

/* The code of the token after the one just read. */
static int look_ahead(struct tokens *tokens) {
  if (tokens->ahead == NOTHING_AHEAD)
    tokens->ahead = scan(tokens, &tokens->ahead_token, 0);
  return tokens->ahead;
}

/* After AS a keyword is a name, unless it may begin a query there. */
static bool is_label(const struct tokens *tokens, int code, const struct token *token) {
  if (code == TOKEN_SELECT || code == TOKEN_WITH || code == TOKEN_TABLE ||
      code == TOKEN_NOT)
    return false;
  const struct keyword *keyword =
      keyword_find(tokens->parser->scanner.text + token->position, token->length);
  return keyword != NULL && (keyword->category == KEYWORD_RESERVED ||
                             keyword->category == KEYWORD_FUNCTION_NAME);
}

static bool is_word(const struct tokens *tokens, const struct token *token) {
  char c = tokens->parser->scanner.text[token->position];
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Is it this word, in any case of its letters? */
static bool is_called(const struct tokens *tokens, const struct token *token,
                      const char *word) {
  const char *text = tokens->parser->scanner.text + token->position;
  for (uint32_t i = 0; i < token->length; i++, word++)
    if ((text[i] | 0x20) != *word && text[i] != *word)
      return false;
  return *word == '\0';
}

/* Is ON followed by UPDATE and the name of a time, so that it is no action of a foreign key? */
static bool precedes_now(const struct tokens *tokens) {
  struct scanner ahead = tokens->parser->scanner;
  struct error ignored = {0};
  struct token token;
  ahead.error = &ignored;
  if (token_next(&ahead, &token) != TOKEN_UPDATE)
    return false;
  return token_next(&ahead, &token) == TOKEN_TIME_FUNCTION ||
         is_called(tokens, &token, "now");
}

static int by_next(struct tokens *tokens, int next, int then, int otherwise) {
  return look_ahead(tokens) == next ? then : otherwise;
}

static int classify_not(struct tokens *tokens, bool mysql) {
  switch (look_ahead(tokens)) {
  case TOKEN_REGEXP: return mysql ? TOKEN_NOT_BEFORE : TOKEN_NOT;
  case TOKEN_BETWEEN:
  case TOKEN_IN:
  case TOKEN_LIKE:
  case TOKEN_ILIKE:
  case TOKEN_SIMILAR:
  case TOKEN_GLOB: return TOKEN_NOT_BEFORE;
  default: return TOKEN_NOT;
  }
}

static int classify_with(struct tokens *tokens, bool mysql) {
  int next = look_ahead(tokens);
  if (next == TOKEN_TIME || next == TOKEN_ORDINALITY)
    return TOKEN_WITH_BEFORE;
  return next == TOKEN_ROLLUP && mysql ? TOKEN_WITH_BEFORE_ROLLUP : TOKEN_WITH;
}

static int classify_values(struct tokens *tokens, bool mysql) {
  if (tokens->in_duplicate_key)
    return TOKEN_IDENT;
  tokens->in_rows =
      mysql && tokens->in_insert && !tokens->in_query && tokens->depth == 0;
  return mysql ? by_next(tokens, TOKEN_ROW, TOKEN_VALUES_BEFORE_ROW, TOKEN_VALUES)
               : TOKEN_VALUES;
}

/* A word that is an operator of MySQL's behind an operand, and a name elsewhere. */
static int infix(const struct tokens *tokens, int code, bool mysql) {
  return mysql && ends_operand(tokens->before) ? code : TOKEN_IDENT;
}

/* What the grammar is to see instead of a keyword. */
static int classify(struct tokens *tokens, int code) {
  enum sql_dialect dialect = tokens->parser->scanner.dialect;
  bool mysql = dialect == SQL_DIALECT_MYSQL;
  switch (code) {
  case TOKEN_NOT: return classify_not(tokens, mysql);
  case TOKEN_NULLS: {
    int next = look_ahead(tokens);
    return next == TOKEN_FIRST || next == TOKEN_LAST ? TOKEN_NULLS : TOKEN_IDENT;
  }
  case TOKEN_WITH: return classify_with(tokens, mysql);
  case TOKEN_WITHOUT:
    return by_next(tokens, TOKEN_TIME, TOKEN_WITHOUT_BEFORE, TOKEN_IDENT);
  case TOKEN_AT: return by_next(tokens, TOKEN_TIME, TOKEN_AT, TOKEN_IDENT);
  case TOKEN_ROLLUP:
    if (tokens->before == TOKEN_WITH_BEFORE_ROLLUP)
      return TOKEN_ROLLUP;
    return by_next(tokens, TOKEN_LP, TOKEN_ROLLUP, TOKEN_IDENT);
  case TOKEN_CUBE: return by_next(tokens, TOKEN_LP, TOKEN_CUBE, TOKEN_IDENT);
  case TOKEN_GROUPING:
    return by_next(tokens, TOKEN_SETS, TOKEN_GROUPING_BEFORE_SETS, TOKEN_GROUPING);
  case TOKEN_DOUBLE: return by_next(tokens, TOKEN_PRECISION, TOKEN_DOUBLE, TOKEN_IDENT);
  case TOKEN_IF: {
    int next = look_ahead(tokens);
    return next == TOKEN_NOT || next == TOKEN_EXISTS ? TOKEN_IF : TOKEN_IDENT;
  }
  case TOKEN_CONVERT:
    return mysql ? by_next(tokens, TOKEN_TO, TOKEN_CONVERT, TOKEN_IDENT) : TOKEN_IDENT;
  case TOKEN_ROWS:
    return by_next(tokens, TOKEN_FROM, TOKEN_ROWS_BEFORE_FROM, TOKEN_ROWS);
  case TOKEN_INSERT:
  case TOKEN_REPLACE: tokens->in_insert = true; return code;
  case TOKEN_SELECT:
    tokens->in_query = true;
    tokens->in_rows = false;
    return code;
  case TOKEN_LP: tokens->depth++; return code;
  case TOKEN_RP: tokens->depth--; return code;
  case TOKEN_AS: return tokens->in_rows && tokens->depth == 0 ? TOKEN_AS_ROW : code;
  case TOKEN_VALUES: return classify_values(tokens, mysql);
  case TOKEN_GLOB: return dialect == SQL_DIALECT_SQLITE ? code : TOKEN_IDENT;
  case TOKEN_IGNORE: return dialect == SQL_DIALECT_POSTGRES ? TOKEN_IDENT : code;
  case TOKEN_ISNULL:
    return mysql && !ends_operand(tokens->before) && look_ahead(tokens) == TOKEN_LP
               ? TOKEN_IDENT
               : code;
  case TOKEN_DELETE:
    return mysql && look_ahead(tokens) == TOKEN_IDENT ? TOKEN_DELETE_BEFORE_NAME : code;
  case TOKEN_KEY:
  case TOKEN_INDEX: /* an index among the columns of CREATE TABLE */
    return mysql && (tokens->before == TOKEN_LP || tokens->before == TOKEN_COMMA ||
                     tokens->before == TOKEN_ADD || tokens->before == TOKEN_DROP)
               ? TOKEN_INDEX_OF
               : code;
  case TOKEN_ON:
    return mysql && tokens->ahead == NOTHING_AHEAD && precedes_now(tokens)
               ? TOKEN_ON_BEFORE_NOW
               : code;
  case TOKEN_LOCK:
  case TOKEN_UNLOCK: return mysql && tokens->before == 0 ? code : TOKEN_IDENT;
  case TOKEN_AUTO_INCREMENT:
  case TOKEN_SEPARATOR: return mysql ? code : TOKEN_IDENT;
  case TOKEN_REGEXP:
    return mysql && tokens->before == TOKEN_NOT_BEFORE ? code
                                                       : infix(tokens, code, mysql);
  case TOKEN_SHOW: return mysql && tokens->before == 0 ? TOKEN_SHOW_OBJECTS : code;
  case TOKEN_EXPLAIN: /* a table is described, too */
    return mysql && tokens->before == 0
               ? by_next(tokens, TOKEN_IDENT, TOKEN_DESCRIBE, code)
               : code;
  case TOKEN_DESCRIBE: return mysql && tokens->before == 0 ? code : TOKEN_IDENT;
  case TOKEN_DESC: return mysql && tokens->before == 0 ? TOKEN_DESCRIBE : code;
  case TOKEN_INTERVAL: /* INTERVAL 1 DAY; behind a name it is a type */
    return mysql && !ends_operand(tokens->before) && tokens->before != TOKEN_AS
               ? TOKEN_INTERVAL_OF
               : code;
  case TOKEN_DIV:
  case TOKEN_MOD:
  case TOKEN_XOR: return infix(tokens, code, mysql);
  case TOKEN_DUPLICATE:
    tokens->in_duplicate_key = mysql && tokens->before == TOKEN_ON;
    return mysql ? code : TOKEN_IDENT;
  default: return code;
  }
}

static bool is_as(int code) {
  return code == TOKEN_AS || code == TOKEN_AS_ROW;
}

static int take(struct tokens *tokens, struct token *token) {
  int code = tokens->ahead;
  if (code == NOTHING_AHEAD)
    return scan(tokens, token, tokens->before);
  *token = tokens->ahead_token;
  tokens->ahead = NOTHING_AHEAD;
  return code;
}

/* ALGORITHM = x DEFINER = 'a'@'b' SQL SECURITY y in front of VIEW: who may see a view is not asked here. */
static bool describes_view(const struct tokens *tokens, int code,
                           const struct token *token) {
  return code == TOKEN_IDENT &&
         (tokens->before == TOKEN_CREATE || tokens->before == TOKEN_REPLACE) &&
         (is_called(tokens, token, "algorithm") ||
          is_called(tokens, token, "definer") || is_called(tokens, token, "sql"));
}

/* DISABLE KEYS and ENABLE KEYS: how an index is filled changes no answer. */
static bool switches_keys(struct tokens *tokens, int code, const struct token *token) {
  return code == TOKEN_IDENT &&
         (is_called(tokens, token, "enable") || is_called(tokens, token, "disable")) &&
         look_ahead(tokens) == TOKEN_IDENT &&
         is_called(tokens, &tokens->ahead_token, "keys");
}

static bool ends_description(const struct tokens *tokens, int code,
                             const struct token *token) {
  static const char *const words[] = {"trigger", "procedure", "function", "event"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (code == TOKEN_IDENT && is_called(tokens, token, words[i]))
      return true;
  return code <= 0 || code == TOKEN_VIEW || code == TOKEN_SEMICOLON;
}

/* Without the words of MySQL's that mean nothing here. */
static int take_meant(struct tokens *tokens, struct token *token) {
  int code = take(tokens, token);
  if (tokens->parser->scanner.dialect != SQL_DIALECT_MYSQL)
    return code;
  if (switches_keys(tokens, code, token))
    return TOKEN_SWITCH_KEYS;
  if (describes_view(tokens, code, token))
    while (!ends_description(tokens, code, token))
      code = take(tokens, token);
  return code;
}

/* The next token as the grammar wants it; 0 at the end, -1 with an error. */
static int next_token(struct tokens *tokens, struct token *token) {
  int code = take_meant(tokens, token);
  if (code > 0 && tokens->before == TOKEN_DOT && is_word(tokens, token))
    code = TOKEN_IDENT;
  else if (code > 0 && is_as(tokens->before) && is_label(tokens, code, token))
    code = TOKEN_IDENT;
  else if (code > 0)
    code = classify(tokens, code);
  tokens->before = code;
  return code;
}

/* --- the grammar --- */

/* Feeds tokens up to the end or a semicolon at the statement's own level. The end of the statement is then where
 * the scanner stands. */
static void feed(struct parser *parser, void *grammar, int start, bool one_expression) {
  struct tokens tokens = {.parser = parser, .ahead = NOTHING_AHEAD};
  struct token token = {0, 0};
  bool first = true;
  int code;
  sql_grammar(grammar, start, token);
  do {
    code = next_token(&tokens, &token);
    if (code < 0)
      return;
    if (code == TOKEN_SEMICOLON && !one_expression)
      code = 0;
    if (first)
      parser->first = token;
    first = false;
    sql_grammar(grammar, code, token);
    parser->previous = token;
  } while (code != 0 && parser->error->code == TIDE_OK && !parser->arena->failed);
}

static int run(struct parser *parser, int start) {
  struct memory *memory = parser->arena->memory;
  void *grammar = memory_allocate(memory, parser_grammar_size());
  if (grammar == NULL)
    return error_set(parser->error, TIDE_ERROR_NOMEM, "out of memory");
  sql_grammarInit(grammar, parser);
  feed(parser, grammar, start, start == TOKEN_START_EXPRESSION);
  sql_grammarFinalize(grammar);
  memory_release(memory, grammar);
  if (parser->arena->failed)
    return error_set(parser->error, TIDE_ERROR_NOMEM, "out of memory");
  if (parser->error->code == TIDE_OK)
    parser_refuse_columnless(parser);
  return parser->error->code;
}

/* --- depth --- */

/* The first node that is more than `levels` below the top; NULL when there is none. */
static const struct sql_node *find_deeper(const struct sql_node *node,
                                          uint32_t levels) {
  if (node == NULL || levels == 0)
    return node;
  const struct sql_node *found = NULL;
  for (uint32_t i = 0; i < node->count && found == NULL; i++)
    found = find_deeper(node->child[i], levels - 1);
  return found;
}

/* Refuses trees that whoever walks them could not recurse into. */
static int check_depth(struct parser *parser) {
  const struct sql_node *deep = find_deeper(parser->root, SQL_DEPTH_MAX);
  if (deep != NULL)
    return error_set_at(parser->error, TIDE_ERROR_TOO_DEEP, deep->position,
                        "the statement is nested too deeply");
  return TIDE_OK;
}

/* --- entry points --- */

static int begin(struct parser *parser, struct arena *arena, const char *text,
                 size_t length, enum sql_dialect dialect, struct error *error) {
  *parser = (struct parser){.arena = arena, .error = error};
  if (length >= UINT32_MAX / 2)
    return error_set(error, TIDE_ERROR_LIMIT, "the statement is too long");
  parser->scanner = (struct scanner){
      .text = text, .length = (uint32_t)length, .dialect = dialect, .error = error};
  return TIDE_OK;
}

/* Moves to the statement's first token; false when there is none, or an error. */
static bool skip_empty_statements(struct parser *parser) {
  for (;;) {
    struct scanner ahead = parser->scanner;
    struct token token;
    int code = token_next(&ahead, &token);
    if (code == 0)
      parser->scanner = ahead;
    if (code <= 0)
      return false;
    if (code != TOKEN_SEMICOLON)
      return true;
    parser->scanner = ahead;
  }
}

int sql_parse(struct arena *arena, const char *text, size_t length,
              enum sql_dialect dialect, struct sql_node **statement, size_t *consumed,
              struct error *error) {
  struct parser parser;
  *statement = NULL;
  *consumed = length;
  error_clear(error);
  int rc = begin(&parser, arena, text, length, dialect, error);
  if (rc != TIDE_OK)
    return rc;
  if (!skip_empty_statements(&parser))
    return error->code;
  rc = run(&parser, TOKEN_START_STATEMENT);
  if (rc == TIDE_OK)
    rc = check_depth(&parser);
  if (rc != TIDE_OK)
    return rc;
  *statement = parser.root;
  *consumed = parser.scanner.position;
  return TIDE_OK;
}

int sql_parse_expression(struct arena *arena, const char *text, size_t length,
                         struct sql_node **expression, struct error *error) {
  struct parser parser;
  *expression = NULL;
  error_clear(error);
  int rc = begin(&parser, arena, text, length, SQL_DIALECT_POSTGRES, error);
  if (rc == TIDE_OK)
    rc = run(&parser, TOKEN_START_EXPRESSION);
  if (rc == TIDE_OK)
    rc = check_depth(&parser);
  if (rc == TIDE_OK)
    *expression = parser.root;
  return rc;
}
