/* Makes a failing script small: fewer statements, simpler ones. */
#ifndef TIDE_VIEWS_MINIMISE_H
#define TIDE_VIEWS_MINIMISE_H

#include "script.h"

/* The smallest script found within `seconds` that fails in the same way; `failure` becomes its failure. The caller frees
 * it. Each attempt runs in a process of its own. */
struct script *minimise(const struct script *script, struct failure *failure,
                        double seconds);

#endif
