/* Reading regular expressions into a tree. */
#include <string.h>

#include "base/error.h"
#include "types/regex_node.h"
#include "types/unicode.h"

enum { REPEAT_MAX = 255, DEPTH_MAX = 200 };

struct parser {
  struct regex *regex;
  struct text pattern;
  size_t position;
  int depth;
  int code; /* sticky */
};

static bool at_end(const struct parser *parser) {
  return parser->position >= parser->pattern.length;
}

static bool looks_at(const struct parser *parser, const char *word) {
  size_t length = strlen(word);
  return parser->pattern.length - parser->position >= length &&
         memcmp(parser->pattern.data + parser->position, word, length) == 0;
}

static bool accept(struct parser *parser, const char *word) {
  if (!looks_at(parser, word))
    return false;
  parser->position += strlen(word);
  return true;
}

static uint32_t next_letter(struct parser *parser) {
  return utf8_next(parser->pattern.data, parser->pattern.length, &parser->position);
}

/* Both return NULL. */
static void *fail(struct parser *parser, int code, const char *complaint) {
  if (parser->code == TIDE_OK) {
    parser->code = code;
    parser->regex->complaint = complaint;
  }
  return NULL;
}

static void *invalid(struct parser *parser, const char *complaint) {
  return fail(parser, TIDE_ERROR_INVALID_REGEX, complaint);
}

static void *unsupported(struct parser *parser, const char *what) {
  return fail(parser, TIDE_ERROR_NOT_SUPPORTED, what);
}

static void *allocate(struct parser *parser, size_t size) {
  void *memory = arena_alloc(&parser->regex->arena, size);
  return memory ? memory : fail(parser, TIDE_ERROR_NOMEM, "out of memory");
}

static struct regex_node *new_node(struct parser *parser, enum regex_kind kind,
                                   struct regex_node *left, struct regex_node *right) {
  struct regex_node *node = allocate(parser, sizeof *node);
  if (!node)
    return NULL;
  node->kind = kind;
  node->left = left;
  node->right = right;
  node->has_groups =
      kind == REGEX_GROUP || (left && left->has_groups) || (right && right->has_groups);
  if (left)
    node->preference = left->preference;
  if (right && node->preference == REGEX_ANY_LENGTH)
    node->preference = right->preference;
  return node;
}

/* --- sets of letters --- */

static bool add_letters(struct parser *parser, struct regex_node *set, uint32_t first,
                        uint32_t last, enum regex_class class, bool outside) {
  struct regex_letters *letters = allocate(parser, sizeof *letters);
  if (!letters)
    return false;
  *letters = (struct regex_letters){first, last, class, outside, set->letters};
  set->letters = letters;
  return true;
}

static struct regex_node *new_letter(struct parser *parser, uint32_t letter) {
  struct regex_node *set = new_node(parser, REGEX_SET, NULL, NULL);
  return set && add_letters(parser, set, letter, letter, CLASS_NONE, false) ? set
                                                                            : NULL;
}

static enum regex_class class_named(const char *name, size_t length) {
  static const struct {
    const char *name;
    enum regex_class class;
  } classes[] = {
      {"alnum", CLASS_ALNUM}, {"alpha", CLASS_ALPHA}, {"blank", CLASS_BLANK},
      {"cntrl", CLASS_CNTRL}, {"digit", CLASS_DIGIT}, {"graph", CLASS_GRAPH},
      {"lower", CLASS_LOWER}, {"print", CLASS_PRINT}, {"punct", CLASS_PUNCT},
      {"space", CLASS_SPACE}, {"upper", CLASS_UPPER}, {"xdigit", CLASS_XDIGIT},
      {"word", CLASS_WORD},
  };
  for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
    if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0)
      return classes[i].class;
  }
  return CLASS_NONE;
}

/* \d, \W and their kin: the class, CLASS_NONE for every other letter. */
static enum regex_class class_of_escape(char letter, bool *outside) {
  *outside = letter >= 'A' && letter <= 'Z';
  switch (letter) {
  case 'd':
  case 'D': return CLASS_DIGIT;
  case 's':
  case 'S': return CLASS_SPACE;
  case 'w':
  case 'W': return CLASS_WORD;
  default: return CLASS_NONE;
  }
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* From `least` to `most` digits. */
static bool read_hex(struct parser *parser, int least, int most, uint32_t *letter) {
  int count = 0;
  for (*letter = 0; count < most && !at_end(parser); count++) {
    int digit = hex_value(parser->pattern.data[parser->position]);
    if (digit < 0)
      break;
    *letter = *letter * 16 + (uint32_t)digit;
    parser->position++;
  }
  if (count >= least && *letter <= 0x10ffff)
    return true;
  invalid(parser, "invalid escape \\ sequence");
  return false;
}

/* The letter that an escape stands for; the backslash is read. */
static bool read_escaped_letter(struct parser *parser, uint32_t *letter) {
  static const char names[] = "abefnrtv0";
  static const char meanings[] = "\a\b\033\f\n\r\t\v";
  *letter = next_letter(parser);
  const char *name = *letter < 128 ? strchr(names, (int)*letter) : NULL;
  if (name && *letter != 0)
    *letter = (unsigned char)meanings[name - names];
  else if (*letter == 'x')
    return read_hex(parser, 1, 255, letter);
  else if (*letter == 'u')
    return read_hex(parser, 4, 4, letter);
  else if (*letter == 'U')
    return read_hex(parser, 8, 8, letter);
  else if (*letter == 'B')
    *letter = '\\';
  else if (regex_class_has(CLASS_ALNUM, *letter) && *letter < 128) {
    invalid(parser, "invalid escape \\ sequence");
    return false;
  }
  return true;
}

/* One end of a range within brackets. */
static bool read_bracket_letter(struct parser *parser, uint32_t *letter) {
  if (looks_at(parser, "[.") || looks_at(parser, "[=")) {
    unsupported(parser, "a collating element in a regular expression");
    return false;
  }
  if (accept(parser, "\\")) {
    if (at_end(parser)) {
      invalid(parser, "invalid escape \\ sequence");
      return false;
    }
    return read_escaped_letter(parser, letter);
  }
  *letter = next_letter(parser);
  return true;
}

/* [:alpha:] after "[:". */
static bool read_class(struct parser *parser, struct regex_node *set) {
  size_t start = parser->position;
  while (!at_end(parser) && !looks_at(parser, ":]"))
    parser->position++;
  enum regex_class class =
      class_named(parser->pattern.data + start, parser->position - start);
  if (!accept(parser, ":]") || class == CLASS_NONE) {
    invalid(parser, "invalid character class");
    return false;
  }
  return add_letters(parser, set, 0, 0, class, false);
}

static bool read_bracket_item(struct parser *parser, struct regex_node *set) {
  uint32_t first, last;
  bool outside;
  if (accept(parser, "[:"))
    return read_class(parser, set);
  if (looks_at(parser, "\\") && parser->position + 1 < parser->pattern.length) {
    enum regex_class class =
        class_of_escape(parser->pattern.data[parser->position + 1], &outside);
    if (class != CLASS_NONE) {
      parser->position += 2;
      return add_letters(parser, set, 0, 0, class, outside);
    }
  }
  if (!read_bracket_letter(parser, &first))
    return false;
  last = first;
  bool range = looks_at(parser, "-") && !looks_at(parser, "-]");
  if (range) {
    parser->position++;
    if (at_end(parser) || !read_bracket_letter(parser, &last))
      return false;
  }
  if (last < first) {
    invalid(parser, "invalid character range");
    return false;
  }
  return add_letters(parser, set, first, last, CLASS_NONE, false);
}

/* After "[". */
static struct regex_node *read_bracket(struct parser *parser) {
  struct regex_node *set = new_node(parser, REGEX_SET, NULL, NULL);
  if (!set)
    return NULL;
  set->negated = accept(parser, "^");
  /* A bracket that comes first is a letter. */
  for (bool first = true; first || !looks_at(parser, "]"); first = false) {
    if (at_end(parser))
      return invalid(parser, "brackets [] not balanced");
    if (!read_bracket_item(parser, set))
      return parser->code == TIDE_OK ? invalid(parser, "brackets [] not balanced")
                                     : NULL;
  }
  parser->position++;
  if (set->negated && parser->regex->options.stop_at_newlines &&
      !add_letters(parser, set, '\n', '\n', CLASS_NONE, false))
    return NULL;
  return set;
}

/* . is every letter but those of an empty set, or but the line feed. */
static struct regex_node *any_letter(struct parser *parser) {
  struct regex_node *set = new_node(parser, REGEX_SET, NULL, NULL);
  if (!set)
    return NULL;
  set->negated = true;
  if (parser->regex->options.stop_at_newlines &&
      !add_letters(parser, set, '\n', '\n', CLASS_NONE, false))
    return NULL;
  return set;
}

/* --- atoms --- */

static struct regex_node *read_alternatives(struct parser *parser);

/* After "(". */
static struct regex_node *read_parentheses(struct parser *parser) {
  bool silent = accept(parser, "?:");
  if (!silent && looks_at(parser, "?"))
    return unsupported(parser, "looking ahead or behind in a regular expression");
  int group = silent ? 0 : ++parser->regex->group_count;
  if (group >= REGEX_GROUPS_MAX)
    return unsupported(parser, "a regular expression with more than 63 groups");
  if (++parser->depth > DEPTH_MAX)
    return fail(parser, TIDE_ERROR_TOO_DEEP,
                "the regular expression is nested too deep");
  struct regex_node *inner = read_alternatives(parser);
  parser->depth--;
  if (!inner)
    return NULL;
  if (!accept(parser, ")"))
    return invalid(parser, "parentheses () not balanced");
  if (silent)
    return inner;
  struct regex_node *node = new_node(parser, REGEX_GROUP, inner, NULL);
  if (node)
    node->group = group;
  return node;
}

/* After the backslash. */
static struct regex_node *read_escape(struct parser *parser) {
  static const char names[] = "AZmMyY";
  static const enum regex_kind kinds[] = {REGEX_TEXT_START, REGEX_TEXT_END,
                                          REGEX_WORD_START, REGEX_WORD_END,
                                          REGEX_WORD_EDGE,  REGEX_WORD_INSIDE};
  uint32_t letter;
  bool outside;
  if (at_end(parser))
    return invalid(parser, "invalid escape \\ sequence");
  char c = parser->pattern.data[parser->position];
  if (c >= '1' && c <= '9')
    return unsupported(parser, "a back reference in a regular expression");
  const char *name = c ? strchr(names, c) : NULL;
  enum regex_class class = class_of_escape(c, &outside);
  if (name || class != CLASS_NONE)
    parser->position++;
  if (name)
    return new_node(parser, kinds[name - names], NULL, NULL);
  if (class != CLASS_NONE) {
    struct regex_node *set = new_node(parser, REGEX_SET, NULL, NULL);
    return set && add_letters(parser, set, 0, 0, class, outside) ? set : NULL;
  }
  return read_escaped_letter(parser, &letter) ? new_letter(parser, letter) : NULL;
}

static bool is_digit_at(const struct parser *parser, size_t position) {
  return position < parser->pattern.length && parser->pattern.data[position] >= '0' &&
         parser->pattern.data[position] <= '9';
}

/* Does a quantifier follow? A brace before anything but a digit is a letter. */
static bool has_quantifier(const struct parser *parser) {
  return looks_at(parser, "*") || looks_at(parser, "+") || looks_at(parser, "?") ||
         (looks_at(parser, "{") && is_digit_at(parser, parser->position + 1));
}

static struct regex_node *read_atom(struct parser *parser) {
  if (has_quantifier(parser))
    return invalid(parser, "quantifier operand invalid");
  if (accept(parser, "("))
    return read_parentheses(parser);
  if (looks_at(parser, "[[:<:]]") || looks_at(parser, "[[:>:]]"))
    return unsupported(parser, "[[:<:]] in a regular expression");
  if (accept(parser, "["))
    return read_bracket(parser);
  if (accept(parser, "."))
    return any_letter(parser);
  if (accept(parser, "^"))
    return new_node(parser, REGEX_LINE_START, NULL, NULL);
  if (accept(parser, "$"))
    return new_node(parser, REGEX_LINE_END, NULL, NULL);
  if (accept(parser, "\\"))
    return read_escape(parser);
  return new_letter(parser, next_letter(parser));
}

/* --- repetition --- */

static int read_count(struct parser *parser) {
  int count = 0;
  while (is_digit_at(parser, parser->position) && count <= REPEAT_MAX)
    count = count * 10 + (parser->pattern.data[parser->position++] - '0');
  return count;
}

static bool read_bounds(struct parser *parser, int *least, int *most) {
  *least = read_count(parser);
  *most = *least;
  if (accept(parser, ","))
    *most =
        is_digit_at(parser, parser->position) ? read_count(parser) : REGEX_UNBOUNDED;
  bool closed = accept(parser, "}");
  if (closed && *least <= REPEAT_MAX && *most <= REPEAT_MAX &&
      (*most == REGEX_UNBOUNDED || *least <= *most))
    return true;
  invalid(parser, "invalid repetition count(s)");
  return false;
}

static bool read_quantifier(struct parser *parser, int *least, int *most) {
  *least = 0;
  *most = REGEX_UNBOUNDED;
  if (accept(parser, "*"))
    return true;
  if (accept(parser, "+")) {
    *least = 1;
    return true;
  }
  if (accept(parser, "?")) {
    *most = 1;
    return true;
  }
  parser->position++;
  return read_bounds(parser, least, most);
}

static bool is_constraint(const struct regex_node *node) {
  return node->kind >= REGEX_LINE_START;
}

static struct regex_node *read_repeated(struct parser *parser) {
  int least, most;
  struct regex_node *atom = read_atom(parser);
  if (!atom || !has_quantifier(parser))
    return atom;
  if (is_constraint(atom))
    return invalid(parser, "quantifier operand invalid");
  if (!read_quantifier(parser, &least, &most))
    return NULL;
  bool shortest = accept(parser, "?");
  if (has_quantifier(parser))
    return invalid(parser, "quantifier operand invalid");
  struct regex_node *node = new_node(parser, REGEX_REPEAT, atom, NULL);
  if (!node)
    return NULL;
  node->least = least;
  node->most = most;
  /* A fixed number of times prefers what the atom does. */
  if (least != most)
    node->preference = shortest ? REGEX_SHORTEST : REGEX_LONGEST;
  return node;
}

static struct regex_node *read_sequence(struct parser *parser) {
  if (at_end(parser) || looks_at(parser, "|") || looks_at(parser, ")"))
    return new_node(parser, REGEX_EMPTY, NULL, NULL);
  struct regex_node *sequence = NULL, **last = &sequence;
  while (!at_end(parser) && !looks_at(parser, "|") && !looks_at(parser, ")")) {
    struct regex_node *one = read_repeated(parser);
    struct regex_node *pair = one ? new_node(parser, REGEX_SEQUENCE, one, NULL) : NULL;
    if (!pair)
      return NULL;
    *last = pair;
    last = &pair->right;
  }
  return sequence;
}

/* The last pair of a sequence is its left half; groups and preferences are known from the end. */
static struct regex_node *settle(struct parser *parser, struct regex_node *sequence) {
  struct regex_node *reversed = NULL;
  if (!sequence || sequence->kind != REGEX_SEQUENCE)
    return sequence;
  while (sequence) {
    struct regex_node *next = sequence->right;
    sequence->right = reversed;
    reversed = sequence;
    sequence = next;
  }
  struct regex_node *result = reversed->left;
  for (reversed = reversed->right; result && reversed; reversed = reversed->right)
    result = new_node(parser, REGEX_SEQUENCE, reversed->left, result);
  return result;
}

static struct regex_node *read_alternatives(struct parser *parser) {
  struct regex_node *left = settle(parser, read_sequence(parser));
  if (!left || !accept(parser, "|"))
    return left;
  if (++parser->depth > DEPTH_MAX)
    return fail(parser, TIDE_ERROR_TOO_DEEP,
                "the regular expression is nested too deep");
  struct regex_node *right = read_alternatives(parser);
  parser->depth--;
  struct regex_node *node =
      right ? new_node(parser, REGEX_ALTERNATIVE, left, right) : NULL;
  if (node)
    node->preference = REGEX_LONGEST;
  return node;
}

/* (?i) at the very beginning. */
static bool read_embedded_options(struct parser *parser) {
  struct regex_options *options = &parser->regex->options;
  if (accept(parser, "***")) {
    unsupported(parser, "a director (***) of a regular expression");
    return false;
  }
  if (!looks_at(parser, "(?") || parser->pattern.length < 4 ||
      !regex_class_has(CLASS_LOWER, (unsigned char)parser->pattern.data[2]))
    return true;
  for (parser->position = 2; !at_end(parser) && !looks_at(parser, ")");
       parser->position++) {
    char option = parser->pattern.data[parser->position];
    if (option != 'i' && option != 'c') {
      unsupported(parser, "this embedded option of a regular expression");
      return false;
    }
    options->ignore_case = option == 'i';
  }
  if (accept(parser, ")"))
    return true;
  invalid(parser, "invalid embedded option");
  return false;
}

int regex_init(struct regex *regex, struct memory *memory, struct text pattern,
               struct regex_options options) {
  memset(regex, 0, sizeof *regex);
  arena_init(&regex->arena, memory);
  regex->options = options;
  struct parser parser = {.regex = regex, .pattern = pattern};
  if (read_embedded_options(&parser))
    regex->root = read_alternatives(&parser);
  if (regex->root && !at_end(&parser))
    invalid(&parser, "parentheses () not balanced");
  return parser.code;
}

void regex_deinit(struct regex *regex) {
  arena_deinit(&regex->arena);
}
