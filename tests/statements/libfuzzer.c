/* libFuzzer's way in: the engine is given what it makes up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One database serves many texts: each undoes what it did. */
enum { TEXTS_OF_A_DATABASE = 2000 };

static struct subject subjects[2];
static int left[2];

static void complain(const struct subject *subject, const char *text, size_t size) {
  fprintf(stderr, "%.*s\n  %s\n", (int)size, text, subject->reason);
  abort();
}

/* A text that ends a transaction leaves what it did: then, too, the next one gets another database. */
static struct subject *subject_for(enum sql_dialect dialect, const char *text,
                                   size_t size) {
  struct subject *subject = &subjects[dialect];
  if (subject->engine && left[dialect]-- > 0 && !subject->changed)
    return subject;
  if (subject->engine)
    subject_close(subject);
  if (subject->reason[0])
    complain(subject, text, size);
  subject_open(subject, dialect);
  subject_define(subject);
  left[dialect] = TEXTS_OF_A_DATABASE;
  return subject;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  for (int dialect = SQL_DIALECT_POSTGRES; dialect <= SQL_DIALECT_MYSQL; dialect++) {
    struct subject *subject = subject_for((enum sql_dialect)dialect, text, size);
    if (!subject_check(subject, text, size))
      complain(subject, text, size);
  }
  return 0;
}
