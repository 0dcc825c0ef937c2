/* CREATE EXTENSION and DROP EXTENSION: which there are, and which of them this database has. What pg_tviews brings is
 * made by extension/. */
#include <string.h>

#include "catalog/define_internal.h"
#include "catalog/image.h"

/* The functions of most are built in: what counts is that their names are known. */
static const char *const available[] = {"jsonb_delta", "pg_tviews", "pgcrypto",
                                        "plpgsql", "uuid-ossp"};

bool catalog_has_extension(const struct database *database, const char *name) {
  const struct image *image = database->catalog->image;
  for (int i = 0; i < image->extension_count; i++) {
    if (strcmp(image->extensions[i], name) == 0)
      return true;
  }
  return false;
}

static bool is_available(const char *name) {
  for (size_t i = 0; i < sizeof available / sizeof available[0]; i++) {
    if (strcmp(available[i], name) == 0)
      return true;
  }
  return false;
}

int create_extension(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *name = statement->child[0];
  if (!is_available(name->text)) {
    error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED, name->position,
                 "extension %q is not available", name->text);
    error_hint(definition->error,
               "There are jsonb_delta, pg_tviews, pgcrypto, plpgsql and uuid-ossp.");
    return TIDE_ERROR_NOT_SUPPORTED;
  }
  if (catalog_has_extension(definition->database, name->text))
    return (statement->flags & SQL_IF_NOT_EXISTS) != 0
               ? TIDE_OK
               : error_set_at(definition->error, TIDE_ERROR_DUPLICATE_OBJECT,
                              name->position, "extension %q already exists",
                              name->text);
  int code = database_write(definition->database,
                            "INSERT INTO __tidemark_extensions (name) VALUES (?)", "s",
                            name->text);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int drop_extensions(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *names = statement->child[DROP_NAMES];
  int code = TIDE_OK;
  for (uint32_t i = 0; i < names->count && code == TIDE_OK; i++) {
    const struct sql_node *name = names->child[i];
    if (catalog_has_extension(definition->database, name->text))
      code = database_write(definition->database,
                            "DELETE FROM __tidemark_extensions WHERE name = ?", "s",
                            name->text);
    else if ((statement->flags & SQL_IF_EXISTS) == 0)
      code = error_set_at(definition->error, TIDE_ERROR_UNDEFINED_OBJECT,
                          name->position, "extension %q does not exist", name->text);
  }
  return code == TIDE_OK ? define_reload(definition) : code;
}
