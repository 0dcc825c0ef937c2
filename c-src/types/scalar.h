/* Reading the text of scalars whose form is PostgreSQL's own. */
#ifndef TIDE_TYPES_SCALAR_H
#define TIDE_TYPES_SCALAR_H

#include "types/call.h"

enum { UUID_LENGTH = 36 };

/* Each reads what PostgreSQL reads as that type and returns TIDE_OK or
 * TIDE_ERROR_INVALID_TEXT. */

/* true, t, yes, y, on, 1 and their opposites. */
int boolean_parse(struct text text, bool *value);
/* 42, -1_000, 0xff. Also returns TIDE_ERROR_OUT_OF_RANGE. */
int integer_parse(struct text text, int64_t *value);
/* 1.5e3, Infinity. Also returns TIDE_ERROR_OUT_OF_RANGE, and TIDE_ERROR_NOT_SUPPORTED
 * for NaN. */
int float_parse(struct text text, double *value);
/* 32 hexadecimal digits with hyphens and braces where PostgreSQL allows them; `uuid` is
 * in the usual form. */
int uuid_parse(struct text text, char uuid[UUID_LENGTH]);

#endif
