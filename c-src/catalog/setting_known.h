/* Which settings there are, what each may be set to, and what becomes of it. */
#ifndef TIDE_CATALOG_SETTING_KNOWN_H
#define TIDE_CATALOG_SETTING_KNOWN_H

#include "catalog/database.h"

/* One block each of database->memory, or NULL. */
struct setting_value {
  char *text;    /* as SHOW tells it */
  void *meaning; /* what `apply` needs of it */
};

struct setting_kind {
  const char *name, *description;
  const char *initial;
  const char *takes; /* of `read`: words between | */
  /* Checks `text`, and fills in the value. */
  int (*read)(struct database *database, const struct setting_kind *kind,
              const char *text, struct setting_value *value);
  /* Puts it into effect; may not fail. NULL: it has none. */
  void (*apply)(struct database *database, const struct setting_value *value);
};

/* Whatever the letters' case; NULL: it is none of them. */
const struct setting_kind *setting_known(const char *name);
/* In the order of names; NULL: there are no more. */
const struct setting_kind *setting_known_at(int index);

#endif
