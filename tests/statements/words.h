/* What stands where the grammar wants a name, a literal or an operator. */
#ifndef TIDE_STATEMENTS_WORDS_H
#define TIDE_STATEMENTS_WORDS_H

#include <stdbool.h>

#include "base/random.h"

/* A text for a token that is no keyword: an IDENT within `place` (the nearest symbol around it that has words of its
 * own, or NULL), a STRING, a punctuation. NULL: nothing is known for such a token. */
const char *word_for_token(const char *token, const char *place, struct random *random);

/* Does a symbol of the grammar have words of its own? */
bool word_has_place(const char *symbol);

#endif
