/* The tree of an SQL/JSON path: what jsonpath_parse.c makes, jsonpath_print.c writes and jsonpath_search.c follows. */
#ifndef TIDE_TYPES_JSONPATH_NODE_H
#define TIDE_TYPES_JSONPATH_NODE_H

#include "types/jsonpath.h"
#include "types/regex.h"

/* How deep a tree may be, chains of accessors included. */
enum { JSONPATH_DEPTH_MAX = 400 };

enum jsonpath_kind {
  /* values */
  JSONPATH_ROOT,
  JSONPATH_CURRENT,
  JSONPATH_LAST,
  JSONPATH_LITERAL,  /* text: JSON */
  JSONPATH_VARIABLE, /* text: its name, a JSON string */
  /* accessors */
  JSONPATH_KEY, /* text: a JSON string */
  JSONPATH_ANY_KEY,
  JSONPATH_ELEMENTS, /* left: the first of its ranges */
  JSONPATH_RANGE,    /* left to right, which may be NULL; next: the next one */
  JSONPATH_ANY_ELEMENT,
  JSONPATH_DEEP,   /* .**, from level `first` to `last` */
  JSONPATH_FILTER, /* left: the predicate */
  JSONPATH_METHOD,
  /* arithmetic: left and right; of the last two, left */
  JSONPATH_ADD,
  JSONPATH_SUBTRACT,
  JSONPATH_MULTIPLY,
  JSONPATH_DIVIDE,
  JSONPATH_MODULO,
  JSONPATH_PLUS,
  JSONPATH_MINUS,
  /* predicates: left and right */
  JSONPATH_EQUAL,
  JSONPATH_NOT_EQUAL,
  JSONPATH_LESS,
  JSONPATH_LESS_EQUAL,
  JSONPATH_GREATER,
  JSONPATH_GREATER_EQUAL,
  JSONPATH_STARTS_WITH,
  JSONPATH_LIKE_REGEX, /* left; text: the pattern, a JSON string */
  JSONPATH_EXISTS,     /* left */
  JSONPATH_IS_UNKNOWN, /* left */
  JSONPATH_NOT,        /* left */
  JSONPATH_AND,
  JSONPATH_OR
};

enum jsonpath_method {
  METHOD_ABS,
  METHOD_BIGINT,
  METHOD_BOOLEAN,
  METHOD_CEILING,
  METHOD_DECIMAL, /* first: precision, last: scale; -1: not given */
  METHOD_DOUBLE,
  METHOD_FLOOR,
  METHOD_INTEGER,
  METHOD_KEYVALUE,
  METHOD_NUMBER,
  METHOD_SIZE,
  METHOD_STRING,
  METHOD_TYPE,
  METHOD_COUNT
};

/* A level of .** that is "last". */
#define JSONPATH_LAST_LEVEL INT64_MAX
/* An argument of .decimal() that is not given. */
#define JSONPATH_NOT_GIVEN INT64_MIN

struct jsonpath_node {
  enum jsonpath_kind kind;
  enum jsonpath_method method;
  struct text text;
  struct jsonpath_node *left, *right;
  struct jsonpath_node *next; /* the accessor that follows */
  int64_t first, last;
  struct regex *regex;
  struct jsonpath_node *regex_next; /* the next one that has an expression */
  const char *flags; /* of the expression, in PostgreSQL's order; "": none */
  int depth;
  int memo; /* the number of what it remembers; 0: nothing */
};

static inline bool jsonpath_is_predicate(const struct jsonpath_node *node) {
  return node->kind >= JSONPATH_EQUAL;
}

/* Static. */
const char *jsonpath_method_name(enum jsonpath_method method);
const char *jsonpath_operator(enum jsonpath_kind kind);

#endif
