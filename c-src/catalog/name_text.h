/* A relation's name in a text: nextval('s.t'), 's.t'::regclass. */
#ifndef TIDE_CATALOG_NAME_TEXT_H
#define TIDE_CATALOG_NAME_TEXT_H

#include "catalog/bind_internal.h"

enum { NAME_SIZE = 256 };

/* name, or schema.name, as SQL writes them; `schema` is empty in the first case. Both have room for NAME_SIZE bytes.
 * Returns TIDE_OK, 42602 or 42601. */
int name_read(struct error *error, const char *text, char *schema, char *name);

/* 'name'::regclass among the arguments of a call becomes the oid of that relation, index or sequence. False: there is none,
 * the error is set. */
bool bind_regclass_arguments(struct binder *binder, struct sql_node *call);

#endif
