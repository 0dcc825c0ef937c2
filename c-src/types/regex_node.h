/* The tree of a regular expression: what regex_parse.c makes and regex_match.c walks. */
#ifndef TIDE_TYPES_REGEX_NODE_H
#define TIDE_TYPES_REGEX_NODE_H

#include "types/regex.h"

enum regex_kind {
  REGEX_EMPTY,       /* matches nothing at all, anywhere */
  REGEX_SET,         /* one letter out of ranges */
  REGEX_SEQUENCE,    /* left, then right */
  REGEX_ALTERNATIVE, /* left or right */
  REGEX_REPEAT,      /* left, from `least` to `most` times */
  REGEX_GROUP,       /* left, remembered as `group` */
  REGEX_LINE_START,
  REGEX_LINE_END,
  REGEX_TEXT_START,
  REGEX_TEXT_END,
  REGEX_WORD_START,
  REGEX_WORD_END,
  REGEX_WORD_EDGE,
  REGEX_WORD_INSIDE /* anywhere but at the edge of a word */
};

/* Which of several matches is wanted. */
enum regex_preference { REGEX_ANY_LENGTH, REGEX_LONGEST, REGEX_SHORTEST };

enum regex_class {
  CLASS_NONE,
  CLASS_ALNUM,
  CLASS_ALPHA,
  CLASS_BLANK,
  CLASS_CNTRL,
  CLASS_DIGIT,
  CLASS_GRAPH,
  CLASS_LOWER,
  CLASS_PRINT,
  CLASS_PUNCT,
  CLASS_SPACE,
  CLASS_UPPER,
  CLASS_XDIGIT,
  CLASS_WORD
};

/* The letters from `first` to `last`, or those of a class. */
struct regex_letters {
  uint32_t first, last;
  enum regex_class class;
  bool outside; /* \D: those that are not of the class */
  struct regex_letters *next;
};

enum { REGEX_UNBOUNDED = -1 };

struct regex_node {
  enum regex_kind kind;
  enum regex_preference preference;
  bool has_groups;
  bool negated; /* of a set */
  struct regex_letters *letters;
  struct regex_node *left, *right;
  int least, most;
  int group;
};

/* Is the letter one of the class? */
bool regex_class_has(enum regex_class class, uint32_t letter);

#endif
