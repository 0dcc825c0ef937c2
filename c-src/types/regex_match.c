/* Where a regular expression matches: each node turns the places where it may begin into those where it may end. */
#include <string.h>

#include "base/error.h"
#include "types/regex_node.h"
#include "types/unicode.h"

/* Places in ascending order. */
struct places {
  size_t *at;
  size_t count, capacity;
};

struct matcher {
  const struct regex *regex;
  const struct regex_subject *subject;
  struct memory *memory;
  struct regex_range *ranges;
  bool failed; /* sticky: memory ran out */
};

/* --- letters --- */

static bool is_ascii_letter(uint32_t letter) {
  return (letter | 32) >= 'a' && (letter | 32) <= 'z';
}

static bool is_space(uint32_t letter) {
  return letter == ' ' || (letter >= '\t' && letter <= '\r') || letter == 0x1680 ||
         (letter >= 0x2000 && letter <= 0x200a && letter != 0x2007) ||
         letter == 0x2028 || letter == 0x2029 || letter == 0x205f || letter == 0x3000;
}

bool regex_class_has(enum regex_class class, uint32_t letter) {
  bool digit = letter >= '0' && letter <= '9';
  bool alpha = is_ascii_letter(letter) || (letter > 127 && unicode_is_word(letter));
  bool control = letter < 32 || (letter >= 127 && letter < 160);
  switch (class) {
  case CLASS_NONE: return false;
  case CLASS_ALNUM: return alpha || digit;
  case CLASS_ALPHA: return alpha;
  case CLASS_BLANK: return letter == ' ' || letter == '\t';
  case CLASS_CNTRL: return control;
  case CLASS_DIGIT: return digit;
  case CLASS_GRAPH: return !control && !is_space(letter);
  case CLASS_LOWER: return alpha && unicode_upper(letter) != letter;
  case CLASS_PRINT: return !control && (letter == ' ' || !is_space(letter));
  case CLASS_PUNCT: return !control && !is_space(letter) && !alpha && !digit;
  case CLASS_SPACE: return is_space(letter);
  case CLASS_UPPER: return alpha && unicode_lower(letter) != letter;
  case CLASS_XDIGIT: return digit || ((letter | 32) >= 'a' && (letter | 32) <= 'f');
  case CLASS_WORD: return alpha || digit || letter == '_';
  }
  return false;
}

static bool set_lists(const struct regex_node *set, uint32_t letter) {
  for (const struct regex_letters *each = set->letters; each; each = each->next) {
    bool listed = each->class == CLASS_NONE
                      ? letter >= each->first && letter <= each->last
                      : regex_class_has(each->class, letter) != each->outside;
    if (listed)
      return true;
  }
  return false;
}

static bool set_has(const struct matcher *matcher, const struct regex_node *set,
                    uint32_t letter) {
  bool listed = set_lists(set, letter);
  if (!listed && matcher->regex->options.ignore_case)
    listed =
        set_lists(set, unicode_lower(letter)) || set_lists(set, unicode_upper(letter));
  return listed != set->negated;
}

/* --- places --- */

static void add_place(struct matcher *matcher, struct places *places, size_t place) {
  if (places->count == places->capacity) {
    size_t capacity = places->capacity ? places->capacity * 2 : 8;
    size_t *at =
        memory_reallocate(matcher->memory, places->at, capacity * sizeof *places->at);
    if (!at) {
      matcher->failed = true;
      return;
    }
    places->at = at;
    places->capacity = capacity;
  }
  places->at[places->count++] = place;
}

static void release(struct matcher *matcher, struct places *places) {
  memory_release(matcher->memory, places->at);
  *places = (struct places){NULL, 0, 0};
}

/* How many are before `place`. */
static size_t count_before(const struct places *places, size_t place) {
  size_t low = 0, high = places->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (places->at[middle] < place)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool has_place(const struct places *places, size_t place) {
  size_t before = count_before(places, place);
  return before < places->count && places->at[before] == place;
}

/* Adds `more` to `all`; what was not there yet stays in `more`. Looks only at what lies behind the first of them: a
 * repetition goes forward, and would look at everything again and again. */
static void unite(struct matcher *matcher, struct places *all, struct places *more) {
  struct places behind = {NULL, 0, 0};
  size_t i = more->count > 0 ? count_before(all, more->at[0]) : all->count, j = 0,
         fresh = 0, kept = i;
  for (; i < all->count && !matcher->failed; i++)
    add_place(matcher, &behind, all->at[i]);
  all->count = kept;
  for (i = 0; (i < behind.count || j < more->count) && !matcher->failed;) {
    bool left = j == more->count || (i < behind.count && behind.at[i] <= more->at[j]);
    size_t place = left ? behind.at[i] : more->at[j];
    bool both = left && j < more->count && more->at[j] == place;
    add_place(matcher, all, place);
    i += left;
    j += both || !left;
    if (!left)
      more->at[fresh++] = place;
  }
  more->count = fresh;
  release(matcher, &behind);
}

/* --- what may end where --- */

static bool is_word_at(const struct matcher *matcher, size_t place) {
  const struct regex_subject *subject = matcher->subject;
  return place < subject->length &&
         regex_class_has(CLASS_WORD, subject->letters[place]);
}

static bool holds_at(const struct matcher *matcher, const struct regex_node *node,
                     size_t place) {
  const struct regex_subject *subject = matcher->subject;
  bool lines = matcher->regex->options.lines, start = place == 0,
       end = place == subject->length;
  bool before = !start && is_word_at(matcher, place - 1),
       after = is_word_at(matcher, place);
  switch (node->kind) {
  case REGEX_LINE_START: return start || (lines && subject->letters[place - 1] == '\n');
  case REGEX_LINE_END: return end || (lines && subject->letters[place] == '\n');
  case REGEX_TEXT_START: return start;
  case REGEX_TEXT_END: return end;
  case REGEX_WORD_START: return !before && after;
  case REGEX_WORD_END: return before && !after;
  case REGEX_WORD_EDGE: return before != after;
  case REGEX_WORD_INSIDE: return before == after;
  default: return true;
  }
}

static struct places ends(struct matcher *matcher, const struct regex_node *node,
                          const struct places *starts);

static struct places copy(struct matcher *matcher, const struct places *places) {
  struct places copied = {NULL, 0, 0};
  for (size_t i = 0; i < places->count; i++)
    add_place(matcher, &copied, places->at[i]);
  return copied;
}

static struct places ends_of_repeat(struct matcher *matcher,
                                    const struct regex_node *node,
                                    const struct places *starts, int least, int most) {
  struct places current = copy(matcher, starts);
  for (int i = 0; i < least && current.count > 0 && !matcher->failed; i++) {
    struct places next = ends(matcher, node->left, &current);
    release(matcher, &current);
    current = next;
  }
  struct places all = copy(matcher, &current);
  for (int i = least;
       (most == REGEX_UNBOUNDED || i < most) && current.count > 0 && !matcher->failed;
       i++) {
    struct places next = ends(matcher, node->left, &current);
    unite(matcher, &all, &next);
    release(matcher, &current);
    current = next;
  }
  release(matcher, &current);
  return all;
}

/* A sequence is as long as the pattern, so nothing may recurse into its right halves. */
static struct places ends_of_sequence(struct matcher *matcher,
                                      const struct regex_node *node,
                                      const struct places *starts) {
  struct places current = ends(matcher, node->left, starts);
  while (current.count > 0 && node->kind == REGEX_SEQUENCE) {
    node = node->right;
    struct places next =
        ends(matcher, node->kind == REGEX_SEQUENCE ? node->left : node, &current);
    release(matcher, &current);
    current = next;
  }
  return current;
}

static struct places ends(struct matcher *matcher, const struct regex_node *node,
                          const struct places *starts) {
  struct places result = {NULL, 0, 0}, other;
  switch (node->kind) {
  case REGEX_SET:
    for (size_t i = 0; i < starts->count && !matcher->failed; i++) {
      size_t place = starts->at[i];
      if (place < matcher->subject->length &&
          set_has(matcher, node, matcher->subject->letters[place]))
        add_place(matcher, &result, place + 1);
    }
    return result;
  case REGEX_SEQUENCE: return ends_of_sequence(matcher, node, starts);
  case REGEX_ALTERNATIVE:
    result = ends(matcher, node->left, starts);
    other = ends(matcher, node->right, starts);
    unite(matcher, &result, &other);
    release(matcher, &other);
    return result;
  case REGEX_REPEAT:
    return ends_of_repeat(matcher, node, starts, node->least, node->most);
  case REGEX_GROUP: return ends(matcher, node->left, starts);
  default:
    for (size_t i = 0; i < starts->count && !matcher->failed; i++) {
      if (holds_at(matcher, node, starts->at[i]))
        add_place(matcher, &result, starts->at[i]);
    }
    return result;
  }
}

/* --- groups --- */

static struct places ends_from(struct matcher *matcher, const struct regex_node *node,
                               size_t start) {
  struct places starts = {&start, 1, 1};
  return ends(matcher, node, &starts);
}

static bool reaches(struct matcher *matcher, const struct regex_node *node, int least,
                    int most, size_t start, size_t end) {
  struct places starts = {&start, 1, 1};
  struct places places = node->kind == REGEX_REPEAT
                             ? ends_of_repeat(matcher, node, &starts, least, most)
                             : ends(matcher, node, &starts);
  bool found = has_place(&places, end);
  release(matcher, &places);
  return found;
}

static void assign(struct matcher *matcher, const struct regex_node *node, size_t start,
                   size_t end);

/* The place at `index` of those that are tried in the order that is preferred. */
static size_t preferred(const struct places *places, enum regex_preference preference,
                        size_t index) {
  return places->at[preference == REGEX_SHORTEST ? index : places->count - 1 - index];
}

/* Where the left half ends so that the right one reaches the end; false: nowhere. */
static bool find_middle(struct matcher *matcher, const struct regex_node *node,
                        size_t start, size_t end, size_t *middle) {
  struct places middles = ends_from(matcher, node->left, start);
  bool found = false;
  for (size_t i = 0; i < middles.count && !found && !matcher->failed; i++) {
    *middle = preferred(&middles, node->left->preference, i);
    found = *middle <= end && reaches(matcher, node->right, node->right->least,
                                      node->right->most, *middle, end);
  }
  release(matcher, &middles);
  return found;
}

static void assign_sequence(struct matcher *matcher, const struct regex_node *node,
                            size_t start, size_t end) {
  size_t middle;
  while (node->kind == REGEX_SEQUENCE && node->has_groups &&
         find_middle(matcher, node, start, end, &middle)) {
    assign(matcher, node->left, start, middle);
    node = node->right;
    start = middle;
  }
  if (node->kind != REGEX_SEQUENCE)
    assign(matcher, node, start, end);
}

/* Where the next repetition ends so that the others reach the end. */
static bool next_repetition(struct matcher *matcher, const struct regex_node *node,
                            size_t start, size_t end, int done, size_t *next) {
  struct places places = ends_from(matcher, node->left, start);
  int least = node->least > done + 1 ? node->least - done - 1 : 0;
  int most = node->most == REGEX_UNBOUNDED ? node->most : node->most - done - 1;
  bool found = false;
  for (size_t i = 0; i < places.count && !found && !matcher->failed; i++) {
    *next = preferred(&places, node->left->preference, i);
    bool useful = *next > start || done < node->least || start == end;
    /* a single way is the one by which the end is known to be reached */
    found = useful && *next <= end &&
            (places.count == 1 || reaches(matcher, node, least, most, *next, end));
  }
  release(matcher, &places);
  return found;
}

/* Of several repetitions the last one counts. */
static void assign_repeat(struct matcher *matcher, const struct regex_node *node,
                          size_t start, size_t end) {
  size_t next;
  for (int done = 0; (start < end || done < node->least) && !matcher->failed; done++) {
    if (!next_repetition(matcher, node, start, end, done, &next))
      return;
    assign(matcher, node->left, start, next);
    start = next;
  }
}

/* Finds out what each group took of a match that is known to go from `start` to `end`. */
static void assign(struct matcher *matcher, const struct regex_node *node, size_t start,
                   size_t end) {
  if (!node->has_groups || matcher->failed)
    return;
  switch (node->kind) {
  case REGEX_GROUP:
    matcher->ranges[node->group] = (struct regex_range){start, end};
    assign(matcher, node->left, start, end);
    break;
  case REGEX_SEQUENCE: assign_sequence(matcher, node, start, end); break;
  case REGEX_ALTERNATIVE: {
    const struct regex_node *left = node->left;
    bool first = reaches(matcher, left, left->least, left->most, start, end);
    assign(matcher, first ? left : node->right, start, end);
    break;
  }
  default: assign_repeat(matcher, node, start, end); break;
  }
}

/* --- the whole --- */

/* Whether it matches from one of the places `from`, …, `until` - 1. */
static bool matches_between(struct matcher *matcher, size_t from, size_t until) {
  struct places starts = {NULL, 0, 0};
  for (size_t i = from; i < until && !matcher->failed; i++)
    add_place(matcher, &starts, i);
  struct places found = ends(matcher, matcher->regex->root, &starts);
  bool matches = found.count > 0;
  release(matcher, &found);
  release(matcher, &starts);
  return matches && !matcher->failed;
}

/* The first place, from `from` on, from which it matches; behind the end: none. Ever more places are tried together and then
 * halved: one by one, each might read all that follows. */
static size_t first_start(struct matcher *matcher, size_t from) {
  size_t end = matcher->subject->length + 1, width = 1, until = from;
  for (; from < end && !matcher->failed; from = until, width *= 2) {
    until = end - from < width ? end : from + width;
    if (matches_between(matcher, from, until))
      break;
  }
  while (from < end && until - from > 1 && !matcher->failed) {
    size_t middle = from + (until - from) / 2;
    if (matches_between(matcher, from, middle))
      until = middle;
    else
      from = middle;
  }
  return from;
}

int regex_test(const struct regex *regex, const struct regex_subject *subject,
               bool *matches) {
  struct matcher matcher = {regex, subject, subject->arena.memory, NULL, false};
  *matches = matches_between(&matcher, 0, subject->length + 1);
  return matcher.failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

int regex_find(const struct regex *regex, const struct regex_subject *subject,
               size_t from, bool *found, struct regex_range *ranges) {
  struct matcher matcher = {regex, subject, subject->arena.memory, ranges, false};
  for (int i = 0; i <= regex->group_count; i++)
    ranges[i] = (struct regex_range){1, 0};
  size_t start = first_start(&matcher, from);
  *found = start <= subject->length && !matcher.failed;
  if (*found) {
    struct places places = ends_from(&matcher, regex->root, start);
    if (places.count > 0) {
      ranges[0] =
          (struct regex_range){start, preferred(&places, regex->root->preference, 0)};
      assign(&matcher, regex->root, start, ranges[0].end);
    }
    release(&matcher, &places);
  }
  return matcher.failed ? TIDE_ERROR_NOMEM : TIDE_OK;
}

int regex_subject_init(struct regex_subject *subject, struct memory *memory,
                       struct text text) {
  memset(subject, 0, sizeof *subject);
  arena_init(&subject->arena, memory);
  uint32_t *letters = arena_alloc(&subject->arena, (text.length + 1) * sizeof *letters);
  size_t *offsets = arena_alloc(&subject->arena, (text.length + 1) * sizeof *offsets);
  if (!letters || !offsets)
    return TIDE_ERROR_NOMEM;
  size_t position = 0;
  while (position < text.length) {
    offsets[subject->length] = position;
    letters[subject->length++] = utf8_next(text.data, text.length, &position);
  }
  offsets[subject->length] = text.length;
  subject->letters = letters;
  subject->offsets = offsets;
  return TIDE_OK;
}

void regex_subject_deinit(struct regex_subject *subject) {
  arena_deinit(&subject->arena);
}
