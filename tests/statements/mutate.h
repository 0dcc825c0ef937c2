/* Statements changed a little, token by token. */
#ifndef TIDE_STATEMENTS_MUTATE_H
#define TIDE_STATEMENTS_MUTATE_H

#include "grammar.h"
#include "sql/parse.h"

/* Appends `text` to `out` with a few changes: tokens left out, said twice, exchanged, replaced by words of the grammar, by
 * an expression of it or by tokens of `other`; now and then bytes that are no text. */
void mutate(const struct grammar *grammar, struct random *random,
            enum sql_dialect dialect, const char *text, const char *other,
            struct buffer *out);

/* The tokens of a text: where each begins, and where the last ends. Returns how many there are, `maximum` at most. */
int split_tokens(const char *text, enum sql_dialect dialect, uint32_t *starts,
                 int maximum);

#endif
