/* Reads the name of a relation from a text, and finds what it is of. */
#include "catalog/name_text.h"

#include <string.h>

#include "catalog/image.h"
#include "catalog/standard.h"

/* --- reading --- */

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '$' || (c & 0x80) != 0;
}

/* One identifier as SQL writes it. Returns what follows, NULL when it is none. */
static const char *read_name(const char *text, char *name) {
  size_t length = 0;
  bool quoted = *text == '"';
  for (text += quoted; *text != '\0'; text++) {
    char c = *text;
    if (quoted && c == '"' && *++text != '"')
      break;
    if (!quoted && !is_letter(c))
      break;
    if (length == NAME_SIZE - 1)
      return NULL;
    name[length++] = !quoted && c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
  }
  name[length] = '\0';
  return length == 0 || (quoted && text[-1] != '"') ? NULL : text;
}

int name_read(struct error *error, const char *text, char *schema, char *name) {
  const char *rest = text + strspn(text, " ");
  schema[0] = '\0';
  rest = read_name(rest, name);
  if (rest != NULL && *rest == '.') {
    memcpy(schema, name, NAME_SIZE);
    rest = read_name(rest + 1, name);
  }
  if (rest != NULL && *rest == '.')
    return error_set(error, TIDE_ERROR_SYNTAX,
                     "improper relation name (too many dotted names): %s", text);
  return rest != NULL && rest[strspn(rest, " ")] == '\0'
             ? TIDE_OK
             : error_set(error, TIDE_ERROR_INVALID_NAME, "invalid name syntax");
}

/* --- regclass --- */

static bool has_index(const struct relation *relation, const char *name) {
  for (int i = 0; i < relation->index_count; i++)
    if (strcmp(relation->indexes[i].name, name) == 0)
      return true;
  for (int i = 0; i < relation->key_count; i++)
    if (relation->kind == RELATION_TABLE && strcmp(relation->keys[i].name, name) == 0)
      return true;
  return false;
}

/* The schema of the index that the name means; NULL: there is none. */
static const char *schema_of_index(const struct database *database, const char *schema,
                                   const char *name) {
  const struct image *image = database->catalog->image;
  const char *const *path = &schema;
  int count = schema ? 1 : catalog_search_path(database, &path);
  for (int i = 0; i < count; i++)
    for (int k = 0; k < image->relation_count; k++)
      if (strcmp(image->relations[k]->schema, path[i]) == 0 &&
          has_index(image->relations[k], name))
        return image->relations[k]->schema;
  return NULL;
}

/* An expression that gives the oid. */
static const char *write_oid(struct binder *binder, const struct sql_node *literal) {
  char schema[NAME_SIZE], name[NAME_SIZE];
  if (name_read(binder->error, literal->text, schema, name) != TIDE_OK)
    return NULL;
  const char *given = schema[0] ? schema : NULL;
  const struct relation *relation = catalog_find(binder->database, given, name);
  if (relation && relation->kind != RELATION_SYSTEM)
    return arena_format(binder->arena, OID_OF_RELATION("%lld"),
                        (long long)relation->id);
  const struct sequence *sequence =
      catalog_find_sequence(binder->database, given, name);
  if (sequence)
    return arena_format(binder->arena, OID_OF_SEQUENCE("%lld"),
                        (long long)sequence->id);
  const char *owner = schema_of_index(binder->database, given, name);
  if (owner)
    return arena_format(
        binder->arena,
        "(SELECT __c.oid FROM pg_catalog.pg_class __c"
        " JOIN pg_catalog.pg_namespace __n ON __n.oid = __c.relnamespace"
        " WHERE __c.relkind = 'i' AND __c.relname = %Q"
        " AND __n.nspname = %Q)",
        name, owner);
  error_set(binder->error, TIDE_ERROR_UNDEFINED_TABLE, "relation \"%s\" does not exist",
            literal->text);
  return NULL;
}

static bool is_regclass(const struct sql_node *node) {
  return node->kind == SQL_CAST && !(node->flags & SQL_ARRAY_TYPE) &&
         node->child[CAST_OPERAND]->kind == SQL_STRING &&
         strcmp(node->child[CAST_TYPE]->text, "regclass") == 0;
}

bool bind_regclass_arguments(struct binder *binder, struct sql_node *call) {
  struct sql_node *arguments = call->child[CALL_ARGUMENTS];
  for (uint32_t i = 0; arguments && i < arguments->count; i++) {
    if (!is_regclass(arguments->child[i]))
      continue;
    const struct sql_node *literal = arguments->child[i]->child[CAST_OPERAND];
    const char *text = write_oid(binder, literal);
    struct sql_node *oid = text ? bind_parse_expression(binder, text) : NULL;
    if (!oid) {
      if (!binder->error->code)
        bind_nomem(binder);
      else
        binder->error->position = literal->position;
      return false;
    }
    arguments->child[i] = oid;
  }
  return true;
}
