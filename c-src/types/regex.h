/* PostgreSQL's advanced regular expressions, without backtracking: the time is bounded whatever the pattern. */
#ifndef TIDE_TYPES_REGEX_H
#define TIDE_TYPES_REGEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "types/call.h"

enum { REGEX_GROUPS_MAX = 64 };

struct regex_options {
  bool ignore_case;      /* i */
  bool stop_at_newlines; /* p, n: . and [^…] match no line feed */
  bool lines;            /* w, n: ^ and $ match at line feeds, too */
};

struct regex_node;

/* A compiled expression. It belongs to its arena. */
struct regex {
  struct arena arena;
  struct regex_options options;
  const struct regex_node *root;
  int group_count;
  const char *complaint; /* what is wrong with the pattern */
};

/* Compiles. Returns TIDE_OK; TIDE_ERROR_INVALID_REGEX or TIDE_ERROR_NOT_SUPPORTED, with `complaint` set; or
 * TIDE_ERROR_NOMEM. regex_deinit is wanted in any case. */
int regex_init(struct regex *regex, struct memory *memory, struct text pattern,
               struct regex_options options);
void regex_deinit(struct regex *regex);

/* A text as letters. It belongs to its arena. */
struct regex_subject {
  struct arena arena;
  const uint32_t *letters;
  const size_t *offsets; /* in bytes; one more than there are letters */
  size_t length;
};

int regex_subject_init(struct regex_subject *subject, struct memory *memory,
                       struct text text);
void regex_subject_deinit(struct regex_subject *subject);

/* Letters from `start` to before `end`; start > end: the group took no part. */
struct regex_range {
  size_t start, end;
};

/* Is there a match anywhere? Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int regex_test(const struct regex *regex, const struct regex_subject *subject,
               bool *matches);

/* The first match that begins at `from` or later, by POSIX's rules: ranges[0] is the whole, the others are the groups.
 * Returns TIDE_OK or TIDE_ERROR_NOMEM. */
int regex_find(const struct regex *regex, const struct regex_subject *subject,
               size_t from, bool *found, struct regex_range *ranges);

#endif
