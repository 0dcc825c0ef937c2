/* Simpler variants of a statement. */
#ifndef TIDE_VIEWS_REDUCE_H
#define TIDE_VIEWS_REDUCE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the `number`th variant of a statement: without one of its parts, or with a part of a part in its place. Many of
 * them make no sense; whoever tries them notices. False: there are no more. `out` is empty when the variant cannot be
 * written. */
bool reduce(const char *sql, int number, char *out, size_t size);

#endif
