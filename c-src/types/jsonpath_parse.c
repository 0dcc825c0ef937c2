/* Makes the tree of an SQL/JSON path from its text, by PostgreSQL's grammar. */
#include <string.h>

#include "types/jsonpath_node.h"
#include "types/jsonpath_token.h"
#include "types/scalar.h"

struct parser {
  struct jsonpath *path;
  struct jsonpath_scanner scanner;
  int depth;
  int filters, subscripts; /* that we are in: there are @ and last */
};

/* How tightly operators bind. */
enum level {
  LEVEL_OR,
  LEVEL_AND,
  LEVEL_PREDICATE,
  LEVEL_SUM,
  LEVEL_PRODUCT,
  LEVEL_SIGN
};

static struct jsonpath_node *parse_level(struct parser *parser, enum level level);
static struct jsonpath_node *parse_accessors(struct parser *parser,
                                             struct jsonpath_node *node);

/* --- tokens --- */

static bool is_next(const struct parser *parser, int kind) {
  return parser->scanner.kind == kind;
}

static bool advance(struct parser *parser) {
  return jsonpath_scan(&parser->scanner) == TIDE_OK;
}

static void *misplaced(struct parser *parser) {
  jsonpath_misplaced(&parser->scanner, "syntax error");
  return NULL;
}

/* Moves past a token that has to be there. */
static bool expect(struct parser *parser, int kind) {
  if (is_next(parser, kind))
    return advance(parser);
  misplaced(parser);
  return false;
}

/* Moves past a token if it is there; without an error either way there is none in `scanner.error`. */
static bool accept(struct parser *parser, int kind) {
  return is_next(parser, kind) && advance(parser);
}

/* Is the next token this key word? null, true and false are in lower case, others in any. */
static bool is_word(const struct parser *parser, const char *word) {
  struct text value = parser->scanner.value;
  if (!is_next(parser, TOKEN_WORD))
    return false;
  bool strict = strcmp(word, "null") == 0 || strcmp(word, "true") == 0 ||
                strcmp(word, "false") == 0;
  if (strict)
    return value.length == strlen(word) && memcmp(value.data, word, value.length) == 0;
  return text_is(value, word);
}

static bool accept_word(struct parser *parser, const char *word) {
  return is_word(parser, word) && advance(parser);
}

static bool expect_word(struct parser *parser, const char *word) {
  if (is_word(parser, word))
    return advance(parser);
  misplaced(parser);
  return false;
}

static bool failed(const struct parser *parser) {
  return parser->scanner.error->code != TIDE_OK;
}

/* --- nodes --- */

static void *out_of_memory(struct parser *parser) {
  error_set(parser->scanner.error, TIDE_ERROR_NOMEM, "%s",
            tide_error_text(TIDE_ERROR_NOMEM));
  return NULL;
}

static void *too_deep(struct parser *parser) {
  error_set(parser->scanner.error, TIDE_ERROR_TOO_DEEP,
            "the jsonpath is nested too deeply: %d levels are the most",
            JSONPATH_DEPTH_MAX);
  return NULL;
}

static int depth_of(const struct jsonpath_node *node) {
  return node ? node->depth : 0;
}

/* Takes its operands' NULL for a failure that has been recorded. */
static struct jsonpath_node *new_node(struct parser *parser, enum jsonpath_kind kind,
                                      struct jsonpath_node *left,
                                      struct jsonpath_node *right) {
  if (failed(parser))
    return NULL;
  struct jsonpath_node *node = arena_alloc(&parser->path->arena, sizeof *node);
  if (!node)
    return out_of_memory(parser);
  int deeper = depth_of(left) > depth_of(right) ? depth_of(left) : depth_of(right);
  *node = (struct jsonpath_node){
      .kind = kind, .left = left, .right = right, .flags = "", .depth = deeper + 1};
  return node->depth > JSONPATH_DEPTH_MAX ? too_deep(parser) : node;
}

/* A node that remembers what it found last. */
static struct jsonpath_node *new_memo(struct parser *parser, enum jsonpath_kind kind) {
  struct jsonpath_node *node = new_node(parser, kind, NULL, NULL);
  if (node)
    node->memo = ++parser->path->memo_count;
  return node;
}

/* The token's text as a JSON string. */
static bool keep_string(struct parser *parser, struct text *quoted) {
  struct buffer out;
  buffer_init(&out, parser->path->arena.memory);
  json_quote_text(&out, parser->scanner.value);
  const char *copy =
      out.failed ? NULL
                 : arena_copy(&parser->path->arena, buffer_string(&out), out.length);
  *quoted = (struct text){copy, out.length};
  buffer_deinit(&out);
  if (!copy)
    out_of_memory(parser);
  return copy && advance(parser);
}

/* A node whose text is the token's, as a JSON string. */
static struct jsonpath_node *take_string(struct parser *parser,
                                         struct jsonpath_node *node) {
  return node && keep_string(parser, &node->text) ? node : NULL;
}

static struct jsonpath_node *literal(struct parser *parser, struct text text) {
  struct jsonpath_node *node = new_node(parser, JSONPATH_LITERAL, NULL, NULL);
  if (!node)
    return NULL;
  node->text = text;
  return advance(parser) ? node : NULL;
}

/* --- values --- */

static struct jsonpath_node *parse_word(struct parser *parser) {
  if (is_word(parser, "null"))
    return literal(parser, (struct text){"null", 4});
  if (is_word(parser, "true"))
    return literal(parser, (struct text){"true", 4});
  if (is_word(parser, "false"))
    return literal(parser, (struct text){"false", 5});
  if (!accept_word(parser, "last"))
    return misplaced(parser);
  if (parser->subscripts > 0)
    return new_node(parser, JSONPATH_LAST, NULL, NULL);
  error_set(parser->scanner.error, TIDE_ERROR_SYNTAX,
            "LAST is allowed only in array subscripts");
  return NULL;
}

static struct jsonpath_node *parse_current(struct parser *parser) {
  if (parser->filters > 0)
    return advance(parser) ? new_node(parser, JSONPATH_CURRENT, NULL, NULL) : NULL;
  error_set(parser->scanner.error, TIDE_ERROR_SYNTAX,
            "@ is not allowed in root expressions");
  return NULL;
}

static bool begins_accessor(const struct parser *parser) {
  return is_next(parser, '.') || is_next(parser, '[') || is_next(parser, '?');
}

/* Behind (predicate): is unknown, or an accessor, or nothing. */
static struct jsonpath_node *parse_behind_predicate(struct parser *parser,
                                                    struct jsonpath_node *predicate) {
  if (begins_accessor(parser))
    return parse_accessors(parser, predicate);
  if (!accept_word(parser, "is"))
    return predicate;
  if (!expect_word(parser, "unknown"))
    return NULL;
  return new_node(parser, JSONPATH_IS_UNKNOWN, predicate, NULL);
}

static struct jsonpath_node *parse_parentheses(struct parser *parser) {
  if (!advance(parser))
    return NULL;
  struct jsonpath_node *node = parse_level(parser, LEVEL_OR);
  if (!node || !expect(parser, ')'))
    return NULL;
  return jsonpath_is_predicate(node) && !node->next
             ? parse_behind_predicate(parser, node)
             : parse_accessors(parser, node);
}

static struct jsonpath_node *parse_primary(struct parser *parser) {
  struct jsonpath_node *node = NULL;
  switch (parser->scanner.kind) {
  case '(': return parse_parentheses(parser);
  case '$':
    if (advance(parser))
      node = new_node(parser, JSONPATH_ROOT, NULL, NULL);
    break;
  case '@': node = parse_current(parser); break;
  case TOKEN_VARIABLE:
    node = take_string(parser, new_memo(parser, JSONPATH_VARIABLE));
    break;
  case TOKEN_STRING:
    node = take_string(parser, new_node(parser, JSONPATH_LITERAL, NULL, NULL));
    break;
  case TOKEN_INTEGER:
  case TOKEN_NUMBER: node = literal(parser, parser->scanner.value); break;
  case TOKEN_WORD: node = parse_word(parser); break;
  default: return misplaced(parser);
  }
  return node ? parse_accessors(parser, node) : NULL;
}

/* --- accessors --- */

/* A value, not a predicate: what operators and functions take. */
static bool is_value(const struct jsonpath_node *node) {
  return node && (!jsonpath_is_predicate(node) || node->next);
}

static struct jsonpath_node *parse_value(struct parser *parser, enum level level) {
  struct jsonpath_node *node = parse_level(parser, level);
  return !node || is_value(node) ? node : misplaced(parser);
}

static struct jsonpath_node *parse_predicate(struct parser *parser) {
  struct jsonpath_node *node = parse_level(parser, LEVEL_OR);
  return !node || !is_value(node) ? node : misplaced(parser);
}

static struct jsonpath_node *parse_range(struct parser *parser) {
  struct jsonpath_node *from = parse_value(parser, LEVEL_SUM), *to = NULL;
  if (from && accept_word(parser, "to"))
    to = parse_value(parser, LEVEL_SUM);
  return new_node(parser, JSONPATH_RANGE, from, to);
}

static struct jsonpath_node *parse_ranges(struct parser *parser) {
  struct jsonpath_node *elements = new_memo(parser, JSONPATH_ELEMENTS);
  struct jsonpath_node **end = elements ? &elements->left : NULL;
  parser->subscripts++;
  do {
    *end = elements ? parse_range(parser) : NULL;
    if (!*end)
      return NULL;
    if (elements->depth <= (*end)->depth)
      elements->depth = (*end)->depth + 1;
    end = &(*end)->next;
  } while (accept(parser, ','));
  parser->subscripts--;
  return !failed(parser) && expect(parser, ']') ? elements : NULL;
}

static struct jsonpath_node *parse_subscripts(struct parser *parser) {
  if (!advance(parser))
    return NULL;
  if (!accept(parser, '*'))
    return failed(parser) ? NULL : parse_ranges(parser);
  return expect(parser, ']') ? new_node(parser, JSONPATH_ANY_ELEMENT, NULL, NULL)
                             : NULL;
}

static struct jsonpath_node *parse_filter(struct parser *parser) {
  if (!advance(parser) || !expect(parser, '('))
    return NULL;
  parser->filters++;
  struct jsonpath_node *predicate = parse_predicate(parser);
  parser->filters--;
  if (!predicate || !expect(parser, ')'))
    return NULL;
  return new_node(parser, JSONPATH_FILTER, predicate, NULL);
}

static bool parse_depth(struct parser *parser, int64_t *depth) {
  if (accept_word(parser, "last")) {
    *depth = JSONPATH_LAST_LEVEL;
    return true;
  }
  if (!is_next(parser, TOKEN_INTEGER)) {
    misplaced(parser);
    return false;
  }
  if (integer_parse(parser->scanner.value, depth) != TIDE_OK || *depth > INT32_MAX) {
    error_set(parser->scanner.error, TIDE_ERROR_OUT_OF_RANGE,
              "a level of ** is out of range for type integer");
    return false;
  }
  return advance(parser);
}

/* .** with the levels that are wanted. */
static struct jsonpath_node *parse_deep(struct parser *parser) {
  struct jsonpath_node *node =
      advance(parser) ? new_node(parser, JSONPATH_DEEP, NULL, NULL) : NULL;
  if (!node)
    return NULL;
  node->last = JSONPATH_LAST_LEVEL;
  if (!accept(parser, '{'))
    return failed(parser) ? NULL : node;
  if (!parse_depth(parser, &node->first))
    return NULL;
  node->last = node->first;
  if (accept_word(parser, "to") && !parse_depth(parser, &node->last))
    return NULL;
  return !failed(parser) && expect(parser, '}') ? node : NULL;
}

/* --- methods --- */

static const char *const method_names[METHOD_COUNT] = {
    "abs",     "bigint",   "boolean", "ceiling", "decimal", "double", "floor",
    "integer", "keyvalue", "number",  "size",    "string",  "type",
};

const char *jsonpath_method_name(enum jsonpath_method method) {
  return method_names[method];
}

/* METHOD_COUNT: there is none of that name. */
static enum jsonpath_method find_method(struct text name) {
  int method = 0;
  while (method < METHOD_COUNT && !text_is(name, method_names[method]))
    method++;
  return (enum jsonpath_method)method;
}

static bool is_datetime_method(struct text name) {
  static const char *const names[] = {"date",    "datetime",  "time",
                                      "time_tz", "timestamp", "timestamp_tz"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (text_is(name, names[i]))
      return true;
  }
  return false;
}

static bool parse_argument(struct parser *parser, int64_t *argument) {
  bool negative = is_next(parser, '-');
  if ((is_next(parser, '-') || is_next(parser, '+')) && !advance(parser))
    return false;
  if (!is_next(parser, TOKEN_INTEGER)) {
    misplaced(parser);
    return false;
  }
  if (integer_parse(parser->scanner.value, argument) != TIDE_OK)
    *argument = INT64_MAX; /* that is no precision either */
  if (negative)
    *argument = -*argument;
  return advance(parser);
}

/* (precision, scale), both may be missing. */
static bool parse_decimal(struct parser *parser, struct jsonpath_node *node) {
  node->first = node->last = JSONPATH_NOT_GIVEN;
  if (is_next(parser, ')'))
    return true;
  if (!parse_argument(parser, &node->first))
    return false;
  return !accept(parser, ',') || parse_argument(parser, &node->last);
}

/* Behind .name comes a parenthesis. */
static struct jsonpath_node *parse_method(struct parser *parser, struct text name) {
  enum jsonpath_method method = find_method(name);
  if (is_datetime_method(name)) {
    error_set(parser->scanner.error, TIDE_ERROR_NOT_SUPPORTED,
              "jsonpath item method .%.*s() is not supported", (int)name.length,
              name.data);
    return NULL;
  }
  if (method == METHOD_COUNT)
    return misplaced(parser);
  struct jsonpath_node *node =
      advance(parser) ? new_node(parser, JSONPATH_METHOD, NULL, NULL) : NULL;
  if (!node)
    return NULL;
  node->method = method;
  if (method == METHOD_DECIMAL && !parse_decimal(parser, node))
    return NULL;
  return !failed(parser) && expect(parser, ')') ? node : NULL;
}

/* Behind a point: *, **, a key or a method. */
static struct jsonpath_node *parse_member(struct parser *parser) {
  if (!advance(parser))
    return NULL;
  if (is_next(parser, TOKEN_DEEP))
    return parse_deep(parser);
  if (is_next(parser, '*'))
    return advance(parser) ? new_node(parser, JSONPATH_ANY_KEY, NULL, NULL) : NULL;
  if (!is_next(parser, TOKEN_WORD) && !is_next(parser, TOKEN_STRING))
    return misplaced(parser);
  bool word = is_next(parser, TOKEN_WORD);
  struct text name = parser->scanner.value;
  struct jsonpath_node *key = take_string(parser, new_memo(parser, JSONPATH_KEY));
  return key && word && is_next(parser, '(') ? parse_method(parser, name) : key;
}

static struct jsonpath_node *parse_accessor(struct parser *parser) {
  switch (parser->scanner.kind) {
  case '.': return parse_member(parser);
  case '[': return parse_subscripts(parser);
  default: return parse_filter(parser);
  }
}

/* Accessors follow each other in a chain behind the value. */
static struct jsonpath_node *parse_accessors(struct parser *parser,
                                             struct jsonpath_node *node) {
  struct jsonpath_node *end = node;
  while (end->next)
    end = end->next;
  while (begins_accessor(parser)) {
    end->next = parse_accessor(parser);
    end = end->next;
    if (!end)
      return NULL;
    node->depth += 1;
    if (node->depth <= end->depth)
      node->depth = end->depth + 1;
    if (node->depth > JSONPATH_DEPTH_MAX)
      return too_deep(parser);
  }
  return failed(parser) ? NULL : node;
}

/* --- operators --- */

static struct jsonpath_node *parse_sign(struct parser *parser) {
  enum jsonpath_kind kind = is_next(parser, '-') ? JSONPATH_MINUS : JSONPATH_PLUS;
  if (!is_next(parser, '-') && !is_next(parser, '+'))
    return parse_primary(parser);
  if (!advance(parser))
    return NULL;
  return new_node(parser, kind, parse_value(parser, LEVEL_SIGN), NULL);
}

static bool arithmetic(int token, enum level level, enum jsonpath_kind *kind) {
  *kind = token == '+'   ? JSONPATH_ADD
          : token == '-' ? JSONPATH_SUBTRACT
          : token == '*' ? JSONPATH_MULTIPLY
          : token == '/' ? JSONPATH_DIVIDE
                         : JSONPATH_MODULO;
  return level == LEVEL_SUM ? token == '+' || token == '-'
                            : token == '*' || token == '/' || token == '%';
}

static struct jsonpath_node *parse_arithmetic(struct parser *parser, enum level level) {
  enum jsonpath_kind kind;
  struct jsonpath_node *node = parse_level(parser, level + 1);
  while (node && arithmetic(parser->scanner.kind, level, &kind)) {
    if (!is_value(node))
      return misplaced(parser);
    if (!advance(parser))
      return NULL;
    node = new_node(parser, kind, node, parse_value(parser, level + 1));
  }
  return node;
}

static bool comparison(int token, enum jsonpath_kind *kind) {
  switch (token) {
  case TOKEN_EQUAL: *kind = JSONPATH_EQUAL; return true;
  case TOKEN_NOT_EQUAL: *kind = JSONPATH_NOT_EQUAL; return true;
  case '<': *kind = JSONPATH_LESS; return true;
  case TOKEN_LESS_EQUAL: *kind = JSONPATH_LESS_EQUAL; return true;
  case '>': *kind = JSONPATH_GREATER; return true;
  case TOKEN_GREATER_EQUAL: *kind = JSONPATH_GREATER_EQUAL; return true;
  default: return false;
  }
}

/* Behind "starts with": a string or a variable. */
static struct jsonpath_node *parse_start(struct parser *parser,
                                         struct jsonpath_node *value) {
  if (!expect_word(parser, "with"))
    return NULL;
  bool variable = is_next(parser, TOKEN_VARIABLE);
  if (!variable && !is_next(parser, TOKEN_STRING))
    return misplaced(parser);
  struct jsonpath_node *start =
      take_string(parser, variable ? new_memo(parser, JSONPATH_VARIABLE)
                                   : new_node(parser, JSONPATH_LITERAL, NULL, NULL));
  return new_node(parser, JSONPATH_STARTS_WITH, value, start);
}

static bool has_flag(const struct jsonpath_node *node, char flag) {
  return strchr(node->flags, flag) != NULL;
}

/* Reads the flags; they are kept in PostgreSQL's order, each once. */
static bool parse_flags(struct parser *parser, struct jsonpath_node *node) {
  static const char order[] = "ismxq";
  char *flags = arena_alloc(&parser->path->arena, sizeof order);
  struct text given = parser->scanner.value;
  if (!flags) {
    out_of_memory(parser);
    return false;
  }
  for (size_t i = 0; i < given.length; i++) {
    if (given.data[i] != '\0' && strchr(order, given.data[i]))
      continue;
    error_set(parser->scanner.error, TIDE_ERROR_SYNTAX,
              "unrecognized flag character in LIKE_REGEX predicate");
    return false;
  }
  for (size_t i = 0, count = 0; order[i] != '\0'; i++) {
    if (memchr(given.data, order[i], given.length))
      flags[count++] = order[i];
  }
  node->flags = flags;
  if (!has_flag(node, 'x') || has_flag(node, 'q'))
    return advance(parser);
  error_set(parser->scanner.error, TIDE_ERROR_NOT_SUPPORTED,
            "XQuery \"x\" flag (expanded regular expressions) is not implemented");
  return false;
}

/* The pattern with each special character taken literally (flag q). */
static void put_literally(struct buffer *out, struct text pattern) {
  for (size_t i = 0; i < pattern.length; i++) {
    char c = pattern.data[i];
    if (c != '\0' && strchr("\\.^$|*+?{}()[]", c))
      buffer_character(out, '\\');
    buffer_character(out, c);
  }
}

static int compile(struct parser *parser, struct jsonpath_node *node,
                   struct text pattern) {
  bool quoted = has_flag(node, 'q');
  struct regex_options options = {.ignore_case = has_flag(node, 'i'),
                                  .stop_at_newlines = !quoted && !has_flag(node, 's'),
                                  .lines = !quoted && has_flag(node, 'm')};
  struct buffer literal;
  buffer_init(&literal, parser->path->arena.memory);
  if (quoted)
    put_literally(&literal, pattern);
  if (quoted)
    pattern = (struct text){buffer_string(&literal), literal.length};
  int code = literal.failed ? TIDE_ERROR_NOMEM
                            : regex_init(node->regex, parser->path->arena.memory,
                                         pattern, options);
  buffer_deinit(&literal);
  return code;
}

static bool compile_regex(struct parser *parser, struct jsonpath_node *node,
                          struct text pattern) {
  node->regex = arena_alloc(&parser->path->arena, sizeof *node->regex);
  if (!node->regex)
    return out_of_memory(parser);
  int code = compile(parser, node, pattern);
  node->regex_next = parser->path->regexes;
  parser->path->regexes = node;
  if (code == TIDE_ERROR_NOMEM)
    return out_of_memory(parser);
  if (code == TIDE_ERROR_NOT_SUPPORTED)
    error_set(parser->scanner.error, code, "%s is not supported",
              node->regex->complaint);
  else if (code != TIDE_OK)
    error_set(parser->scanner.error, code, "invalid regular expression: %s",
              node->regex->complaint);
  return code == TIDE_OK;
}

/* Behind like_regex: a string, perhaps with flags. */
static struct jsonpath_node *parse_regex(struct parser *parser,
                                         struct jsonpath_node *value) {
  struct jsonpath_node *node = new_node(parser, JSONPATH_LIKE_REGEX, value, NULL);
  struct text pattern = parser->scanner.value;
  if (node && !is_next(parser, TOKEN_STRING))
    return misplaced(parser);
  if (!take_string(parser, node))
    return NULL;
  if (accept_word(parser, "flag")) {
    if (!is_next(parser, TOKEN_STRING))
      return misplaced(parser);
    if (!parse_flags(parser, node))
      return NULL;
  }
  return !failed(parser) && compile_regex(parser, node, pattern) ? node : NULL;
}

static struct jsonpath_node *parse_exists(struct parser *parser) {
  if (!expect(parser, '('))
    return NULL;
  struct jsonpath_node *value = parse_value(parser, LEVEL_OR);
  if (!value || !expect(parser, ')'))
    return NULL;
  return new_node(parser, JSONPATH_EXISTS, value, NULL);
}

/* Behind !: a predicate in parentheses, or exists(). */
static struct jsonpath_node *parse_not(struct parser *parser) {
  struct jsonpath_node *predicate = NULL;
  if (accept_word(parser, "exists")) {
    predicate = parse_exists(parser);
  } else if (!failed(parser) && expect(parser, '(')) {
    predicate = parse_predicate(parser);
    if (predicate && !expect(parser, ')'))
      return NULL;
  }
  return new_node(parser, JSONPATH_NOT, predicate, NULL);
}

/* A value, or a predicate made of values. */
static struct jsonpath_node *parse_comparison(struct parser *parser) {
  enum jsonpath_kind kind;
  if (accept(parser, '!'))
    return parse_not(parser);
  if (accept_word(parser, "exists"))
    return parse_exists(parser);
  struct jsonpath_node *value = failed(parser) ? NULL : parse_level(parser, LEVEL_SUM);
  if (!value || !is_value(value))
    return value;
  if (accept_word(parser, "starts"))
    return parse_start(parser, value);
  if (accept_word(parser, "like_regex"))
    return parse_regex(parser, value);
  if (failed(parser) || !comparison(parser->scanner.kind, &kind))
    return failed(parser) ? NULL : value;
  if (!advance(parser))
    return NULL;
  return new_node(parser, kind, value, parse_value(parser, LEVEL_SUM));
}

/* && or ||, of predicates. */
static struct jsonpath_node *parse_connective(struct parser *parser, enum level level) {
  int token = level == LEVEL_OR ? TOKEN_OR : TOKEN_AND;
  struct jsonpath_node *node = parse_level(parser, level + 1);
  while (node && is_next(parser, token)) {
    if (is_value(node))
      return misplaced(parser);
    if (!advance(parser))
      return NULL;
    struct jsonpath_node *right = parse_level(parser, level + 1);
    if (right && is_value(right))
      return misplaced(parser);
    node =
        new_node(parser, level == LEVEL_OR ? JSONPATH_OR : JSONPATH_AND, node, right);
  }
  return node;
}

static struct jsonpath_node *parse_by_level(struct parser *parser, enum level level) {
  switch (level) {
  case LEVEL_OR:
  case LEVEL_AND: return parse_connective(parser, level);
  case LEVEL_PREDICATE: return parse_comparison(parser);
  case LEVEL_SUM:
  case LEVEL_PRODUCT: return parse_arithmetic(parser, level);
  default: return parse_sign(parser);
  }
}

/* What operators of this level and tighter ones make. */
static struct jsonpath_node *parse_level(struct parser *parser, enum level level) {
  bool deeper = level == LEVEL_OR || level == LEVEL_SIGN;
  if (failed(parser))
    return NULL;
  parser->depth += deeper;
  struct jsonpath_node *node = parser->depth > JSONPATH_DEPTH_MAX
                                   ? too_deep(parser)
                                   : parse_by_level(parser, level);
  parser->depth -= deeper;
  return node;
}

/* --- the whole --- */

static void parse(struct parser *parser, struct text text) {
  if (!advance(parser))
    return;
  if (is_next(parser, TOKEN_END)) {
    error_set(parser->scanner.error, TIDE_ERROR_INVALID_TEXT,
              "invalid input syntax for type jsonpath: \"%.*s\"",
              (int)(text.length < 60 ? text.length : 60), text.data);
    return;
  }
  parser->path->strict = accept_word(parser, "strict");
  if (!parser->path->strict && !failed(parser))
    accept_word(parser, "lax");
  parser->path->root = parse_level(parser, LEVEL_OR);
  if (parser->path->root && !is_next(parser, TOKEN_END))
    misplaced(parser);
}

int jsonpath_init(struct jsonpath *path, struct memory *memory, struct text text,
                  struct error *error) {
  *path = (struct jsonpath){.root = NULL};
  arena_init(&path->arena, memory);
  struct parser parser = {
      .path = path, .scanner = {.arena = &path->arena, .error = error, .text = text}};
  parse(&parser, text);
  return error->code;
}

void jsonpath_deinit(struct jsonpath *path) {
  for (struct jsonpath_node *node = path->regexes; node; node = node->regex_next)
    regex_deinit(node->regex);
  arena_deinit(&path->arena);
}
