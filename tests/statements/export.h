/* What libFuzzer begins with: a dictionary and a corpus. */
#ifndef TIDE_STATEMENTS_EXPORT_H
#define TIDE_STATEMENTS_EXPORT_H

#include "grammar.h"
#include "seeds.h"

/* Writes the words of the grammar to `folder`/dictionary, and each statement of the tests, and some sentences, to a file of its own
 * in `folder`/seeds; both folders are there. Returns false, saying why, when that fails. */
bool export_seeds(const struct grammar *grammar, const struct seeds *seeds,
                  const char *folder);

#endif
