/* The words of an SQL/JSON path. */
#ifndef TIDE_TYPES_JSONPATH_TOKEN_H
#define TIDE_TYPES_JSONPATH_TOKEN_H

#include "base/arena.h"
#include "types/call.h"

/* A character that stands for itself is a token of its own number. */
enum jsonpath_token_kind {
  TOKEN_END = 0,
  TOKEN_AND = 256,
  TOKEN_OR,
  TOKEN_EQUAL,
  TOKEN_NOT_EQUAL,
  TOKEN_LESS_EQUAL,
  TOKEN_GREATER_EQUAL,
  TOKEN_DEEP,     /* ** */
  TOKEN_STRING,   /* text: what it means */
  TOKEN_WORD,     /* the same */
  TOKEN_VARIABLE, /* the same, without the $ */
  TOKEN_INTEGER,  /* text: as numeric prints it */
  TOKEN_NUMBER    /* the same */
};

struct jsonpath_scanner {
  struct arena *arena;
  struct error *error;
  struct text text;
  size_t position;
  /* the token */
  int kind;
  size_t start;
  struct text value;
};

/* Reads the next token. Returns TIDE_OK, or an error recorded in `error`. */
int jsonpath_scan(struct jsonpath_scanner *scanner);

/* Records that the token is none that can stand there; returns TIDE_ERROR_SYNTAX. */
int jsonpath_misplaced(struct jsonpath_scanner *scanner, const char *complaint);

#endif
