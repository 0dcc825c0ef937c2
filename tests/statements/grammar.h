/* Sentences of the grammar, read from c-src/sql/grammar.y itself, so that new grammar is covered as it comes. */
#ifndef TIDE_STATEMENTS_GRAMMAR_H
#define TIDE_STATEMENTS_GRAMMAR_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/random.h"

struct grammar;

/* Reads the rules and the words that keywords are spelled with. Ends the process, saying why, when the files cannot be read or
 * hold something that no text is known for. */
struct grammar *grammar_read(void);
void grammar_free(struct grammar *grammar);

/* Appends a sentence of `start` (a symbol of the grammar). It nests no deeper than `depth` where the grammar leaves a
 * choice, and grows little beyond `tokens`. */
void grammar_write(const struct grammar *grammar, const char *start,
                   struct random *random, int depth, int tokens, struct buffer *out);

/* A number from 0 on, below `count`. */
uint64_t below(struct random *random, uint64_t count);

/* A keyword, or a literal, name or operator that may stand somewhere. */
const char *grammar_any_word(const struct grammar *grammar, struct random *random);

/* All keywords, one after the other; NULL behind the last. */
const char *grammar_keyword(const struct grammar *grammar, int index);

/* The whole of a file, zero-terminated; NULL when it cannot be read. The caller frees it. */
char *read_file(const char *path);

#endif
