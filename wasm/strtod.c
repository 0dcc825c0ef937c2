/* Takes the place of the C library's strtod, for cJSON: base/read_float.c is a tenth as large. */
#include <stdlib.h>

#include "base/read_float.h"

double strtod(const char *restrict text, char **restrict end) {
  return read_float(text, (const char **)end);
}
