/* What names mean: scopes, the columns of references, and finding a column, relation or CTE by name. */
#include <string.h>

#include "catalog/bind_internal.h"
#include "catalog/standard.h"

static char folded(char character) {
  return character >= 'A' && character <= 'Z' ? (char)(character + 32) : character;
}

/* Are they one name to SQLite, which ignores the case of ASCII letters? */
bool bind_same_name(const char *left, const char *right) {
  while (*left && folded(*left) == folded(*right)) {
    left++;
    right++;
  }
  return *left == *right;
}

/* --- scopes --- */

struct scope *bind_scope_new(struct binder *binder, struct scope *outer,
                             struct level *level, struct cte *ctes) {
  struct scope *scope = bind_alloc(binder, sizeof *scope);
  if (!scope)
    return NULL;
  *scope = (struct scope){.outer = outer, .level = level, .ctes = ctes};
  return scope;
}

static int check_unique_references(struct binder *binder, const struct scope *left,
                                   const struct scope *right) {
  for (int i = 0; i < right->reference_count; i++) {
    const struct scope_reference *one = right->references[i];
    for (int j = 0; one->name && j < left->reference_count; j++) {
      const struct scope_reference *other = left->references[j];
      if (!other->name || strcmp(one->name, other->name) != 0)
        continue;
      /* Two tables of the same name in different schemas can be told apart. */
      if (one->schema && other->schema && strcmp(one->schema, other->schema) != 0)
        continue;
      return error_set_at(binder->error, TIDE_ERROR_DUPLICATE_ALIAS,
                          one->node->position, "table name %q specified more than once",
                          one->name);
    }
  }
  return TIDE_OK;
}

static void *concatenate(struct binder *binder, size_t size, const void *left,
                         int left_count, const void *right, int right_count) {
  char *both = bind_alloc(binder, size * (size_t)(left_count + right_count));
  if (!both)
    return NULL;
  if (left_count > 0)
    memcpy(both, left, size * (size_t)left_count);
  if (right_count > 0)
    memcpy(both + size * (size_t)left_count, right, size * (size_t)right_count);
  return both;
}

struct scope *bind_scope_join(struct binder *binder, const struct scope *left,
                              const struct scope *right) {
  const struct scope *some = left ? left : right;
  struct scope *scope = bind_alloc(binder, sizeof *scope);
  if (!scope)
    return NULL;
  *scope = *some;
  if (!left || !right)
    return scope;
  if (check_unique_references(binder, left, right) != TIDE_OK)
    return NULL;
  scope->references =
      concatenate(binder, sizeof(struct scope_reference *), left->references,
                  left->reference_count, right->references, right->reference_count);
  scope->reference_count = left->reference_count + right->reference_count;
  scope->columns = concatenate(binder, sizeof(struct scope_column), left->columns,
                               left->column_count, right->columns, right->column_count);
  scope->column_count = left->column_count + right->column_count;
  return scope->references && scope->columns ? scope : NULL;
}

int bind_scope_add(struct binder *binder, struct scope *scope,
                   struct scope_reference *reference) {
  struct scope one = {.reference_count = 1,
                      .references = &reference,
                      .column_count = reference->count,
                      .columns = reference->columns};
  struct scope *both = bind_scope_join(binder, scope, &one);
  if (!both)
    return binder->error->code;
  *scope = *both;
  return TIDE_OK;
}

/* --- references --- */

/* May the alias not be used? In its level each is used once; one of an outer level that SQLite takes for the same,
 * because only the case of letters differs, would be hidden; and `__` is for what lowering adds. */
static bool alias_taken(const struct level *level, const char *name) {
  if (strncmp(name, "__", 2) == 0)
    return true;
  for (const struct level *at = level; at; at = at->outer) {
    for (const struct alias *alias = at->aliases; alias; alias = alias->next) {
      if (bind_same_name(alias->name, name) &&
          (at == level || strcmp(alias->name, name) != 0))
        return true;
    }
  }
  return false;
}

int bind_alias(struct binder *binder, struct level *level, struct sql_node *reference,
               const char *wanted) {
  const char *name = wanted;
  if (strncmp(wanted, "__", 2) == 0)
    name = wanted = arena_format(binder->arena, "x%s", wanted);
  for (int number = 1; name && alias_taken(level, name); number++)
    name = arena_format(binder->arena, "%s_%d", wanted, number);
  struct alias *alias = name ? bind_alloc(binder, sizeof *alias) : NULL;
  if (!alias)
    return bind_nomem(binder);
  alias->name = name;
  alias->next = level->aliases;
  level->aliases = alias;
  reference->text = name;
  reference->length = (uint32_t)strlen(name);
  return TIDE_OK;
}

struct scope_reference *bind_relation_reference(struct binder *binder,
                                                struct level *level,
                                                struct sql_node *node,
                                                const struct relation *relation) {
  struct scope_reference *reference = bind_alloc(binder, sizeof *reference);
  size_t count = (size_t)relation->column_count;
  struct scope_column *columns = bind_alloc(binder, count * sizeof *columns);
  if (!reference || !columns)
    return NULL;
  for (int i = 0; i < relation->column_count; i++) {
    const struct column *column = &relation->columns[i];
    columns[i] = (struct scope_column){.name = column->name,
                                       .actual = column->name,
                                       .type = column->type,
                                       .hidden = column->hidden,
                                       .index = i,
                                       .reference = reference};
  }
  *reference = (struct scope_reference){.node = node,
                                        .name = node->text,
                                        .relation = relation,
                                        .level = level,
                                        .count = relation->column_count,
                                        .columns = columns};
  return reference;
}

bool bind_resolved(struct binder *binder, const struct resolution *resolution) {
  struct resolutions *resolutions = binder->binding->resolutions;
  if (!resolutions || binder->views > 0)
    return true;
  if (resolutions->count == resolutions->capacity) {
    int capacity = resolutions->capacity * 2 + 16;
    struct resolution *larger = bind_alloc(binder, (size_t)capacity * sizeof *larger);
    if (!larger)
      return false;
    if (resolutions->count > 0)
      memcpy(larger, resolutions->list, (size_t)resolutions->count * sizeof *larger);
    resolutions->list = larger;
    resolutions->capacity = capacity;
  }
  resolutions->list[resolutions->count++] = *resolution;
  return true;
}

/* A column that USING has merged is none of a reference: it is told by its number. */
static bool column_resolved(struct binder *binder, const struct scope_column *column,
                            uint32_t position) {
  const struct scope_reference *reference = column->reference;
  const struct relation *relation = reference ? reference->relation : NULL;
  struct resolution resolution = {.position = position, .column = column->index};
  if (reference)
    resolution.reference = reference->node->position;
  if (relation) {
    resolution.relation = relation->id;
    resolution.own_name =
        strcmp(column->name, relation->columns[column->index].name) == 0;
  }
  return bind_resolved(binder, &resolution);
}

/* The expression that a name stands for, at `position`. */
struct sql_node *bind_scope_column(struct binder *binder,
                                   const struct scope_column *column,
                                   uint32_t position) {
  if (!column_resolved(binder, column, position))
    return NULL;
  if (column->value)
    return bind_clone(binder, column->value);
  struct sql_node *node = bind_node(binder, SQL_COLUMN, position, column->actual);
  if (!node)
    return NULL;
  struct sql_node *reference = column->reference->node;
  node->child[0] = bind_node(binder, SQL_NAME, position, reference->text);
  node->type = column->type;
  node->bound = reference;
  node->bound_index = column->index;
  node->index = column->reference->level->id;
  return node->child[0] ? node : NULL;
}

/* --- hidden columns that every relation has --- */

static const struct function row_hash = {.name = "pg_row_hash",
                                         .argument_count = 1,
                                         .argument = {{TYPE_ANY, false}},
                                         .result = {TYPE_TEXT, false},
                                         .sqlite = "pg_row_hash",
                                         .flags = FUNCTION_VARIADIC};

static struct sql_node *hash_of_row(struct binder *binder,
                                    const struct scope_reference *reference,
                                    uint32_t position) {
  struct sql_node *call = bind_node(binder, SQL_CALL, position, NULL);
  struct sql_node *arguments = bind_node(binder, SQL_LIST, position, NULL);
  if (!call || !arguments)
    return NULL;
  call->child[CALL_NAME] = bind_node(binder, SQL_NAME, position, row_hash.name);
  call->child[CALL_ARGUMENTS] = arguments;
  for (int i = 0; i < reference->count; i++) {
    if (!bind_append(binder, arguments,
                     bind_scope_column(binder, &reference->columns[i], position)))
      return NULL;
  }
  call->type = function_result(&row_hash);
  call->bound = &row_hash;
  return call->child[CALL_NAME] ? call : NULL;
}

static bool is_system_name(const char *name) {
  return strcmp(name, "__staged") == 0 || strcmp(name, "__version") == 0;
}

/* __staged and __version of a relation that does not keep them: never staged, and the row is its own
 * version. */
static struct sql_node *system_column(struct binder *binder,
                                      const struct scope_reference *reference,
                                      const struct sql_node *node) {
  if (strcmp(node->text, "__version") == 0)
    return hash_of_row(binder, reference, node->position);
  struct sql_node *never = bind_node(binder, SQL_BOOLEAN, node->position, NULL);
  if (never)
    never->type = TYPE(TYPE_BOOLEAN);
  return never;
}

/* --- finding columns --- */

/* The number of edits that turn one name into another; `limit` + 1 when it is more than `limit`. */
static int edit_distance(const char *left, const char *right, int limit) {
  enum { LENGTH_MAX = 32 };
  size_t n = strlen(left), m = strlen(right);
  if (n > LENGTH_MAX || m > LENGTH_MAX)
    return limit + 1;
  int row[LENGTH_MAX + 1];
  for (size_t j = 0; j <= m; j++)
    row[j] = (int)j;
  for (size_t i = 1; i <= n; i++) {
    int diagonal = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= m; j++) {
      int replaced = diagonal + (left[i - 1] != right[j - 1]);
      diagonal = row[j];
      int shorter = row[j - 1] < row[j] ? row[j - 1] : row[j];
      row[j] = replaced < shorter + 1 ? replaced : shorter + 1;
    }
  }
  return row[m];
}

/* A column whose name is close to a misspelled one. */
static void suggest(struct binder *binder, const struct scope *scope,
                    const struct sql_node *node, const struct scope_reference *only) {
  const struct scope_column *best = NULL;
  int limit = (int)strlen(node->text) / 2;
  int least = (limit < 3 ? limit : 3) + 1;
  for (; scope; scope = scope->outer) {
    for (int i = 0; i < scope->reference_count; i++) {
      const struct scope_reference *reference = scope->references[i];
      if (only && reference != only)
        continue;
      for (int j = 0; j < reference->count; j++) {
        int distance = edit_distance(node->text, reference->columns[j].name, least);
        if (distance >= least || reference->columns[j].hidden)
          continue;
        least = distance;
        best = &reference->columns[j];
      }
    }
  }
  if (best && best->reference && best->reference->name)
    error_hint(binder->error, "Perhaps you meant to reference the column \"%s.%s\".",
               best->reference->name, best->name);
}

static struct sql_node *unknown_column(struct binder *binder, const struct scope *scope,
                                       const struct sql_node *node,
                                       const struct scope_reference *reference) {
  if (reference)
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_COLUMN, node->position,
                 "column %s.%s does not exist", reference->name, node->text);
  else
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_COLUMN, node->position,
                 "column %q does not exist", node->text);
  suggest(binder, scope, node, reference);
  return NULL;
}

static struct sql_node *ambiguous_column(struct binder *binder,
                                         const struct sql_node *node) {
  error_set_at(binder->error, TIDE_ERROR_AMBIGUOUS_COLUMN, node->position,
               "column reference %q is ambiguous", node->text);
  return NULL;
}

/* The one of `columns` called `name`; *count tells how many there are. */
static const struct scope_column *find_among(const struct scope_column *columns,
                                             int column_count, const char *name,
                                             int *count) {
  const struct scope_column *found = NULL;
  *count = 0;
  for (int i = 0; i < column_count; i++) {
    if (strcmp(columns[i].name, name) != 0)
      continue;
    found = &columns[i];
    (*count)++;
  }
  return found;
}

static bool reference_is(const struct scope_reference *reference,
                         const struct sql_node *name) {
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  if (!reference->name || strcmp(reference->name, name->text) != 0)
    return false;
  return !schema || (reference->schema && strcmp(reference->schema, schema->text) == 0);
}

/* A table that has an alias is not known by its name any more. */
static struct scope_reference *unknown_reference(struct binder *binder,
                                                 const struct scope *scope,
                                                 const struct sql_node *name) {
  for (; scope; scope = scope->outer) {
    for (int i = 0; i < scope->reference_count; i++) {
      const struct scope_reference *reference = scope->references[i];
      if (!reference->relation || strcmp(reference->relation->name, name->text) != 0)
        continue;
      error_set_at(binder->error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
                   "invalid reference to FROM-clause entry for table %q", name->text);
      error_hint(binder->error, "Perhaps you meant to reference the table alias %q.",
                 reference->name);
      return NULL;
    }
  }
  error_set_at(binder->error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
               "missing FROM-clause entry for table %q", name->text);
  return NULL;
}

struct scope_reference *bind_find_reference(struct binder *binder, struct scope *scope,
                                            const struct sql_node *name) {
  const struct scope *whole = scope;
  for (; scope; scope = scope->outer) {
    struct scope_reference *found = NULL;
    for (int i = 0; i < scope->reference_count; i++) {
      if (!reference_is(scope->references[i], name))
        continue;
      if (found) {
        error_set_at(binder->error, TIDE_ERROR_AMBIGUOUS_COLUMN, name->position,
                     "table reference %q is ambiguous", name->text);
        return NULL;
      }
      found = scope->references[i];
    }
    if (found)
      return found;
  }
  return unknown_reference(binder, whole, name);
}

static struct sql_node *qualified_column(struct binder *binder, struct scope *scope,
                                         struct sql_node *node) {
  struct scope_reference *reference =
      bind_find_reference(binder, scope, node->child[0]);
  if (!reference)
    return NULL;
  int count;
  const struct scope_column *column =
      find_among(reference->columns, reference->count, node->text, &count);
  if (count > 1)
    return ambiguous_column(binder, node);
  if (column)
    return bind_scope_column(binder, column, node->position);
  if (is_system_name(node->text))
    return system_column(binder, reference, node);
  return unknown_column(binder, scope, node, reference);
}

static const struct scope_reference *named_reference(const struct scope *scope,
                                                     const char *text) {
  for (int i = 0; i < scope->reference_count; i++) {
    const char *name = scope->references[i]->name;
    if (name && strcmp(name, text) == 0)
      return scope->references[i];
  }
  return NULL;
}

const struct scope_reference *bind_row_reference(const struct scope *scope,
                                                 const char *name) {
  for (; scope; scope = scope->outer) {
    int count;
    if (find_among(scope->columns, scope->column_count, name, &count) || count > 0)
      return NULL;
    const struct scope_reference *reference = named_reference(scope, name);
    if (reference)
      return reference;
  }
  return NULL;
}

static struct sql_node *plain_column(struct binder *binder, struct scope *scope,
                                     struct sql_node *node) {
  for (struct scope *at = scope; at; at = at->outer) {
    int count;
    const struct scope_column *column =
        find_among(at->columns, at->column_count, node->text, &count);
    if (count > 1)
      return ambiguous_column(binder, node);
    if (column)
      return bind_scope_column(binder, column, node->position);
    if (!is_system_name(node->text) || at->reference_count == 0)
      continue;
    if (at->reference_count > 1)
      return ambiguous_column(binder, node);
    return system_column(binder, at->references[0], node);
  }
  const struct scope_reference *reference = bind_row_reference(scope, node->text);
  return reference ? bind_whole_row(binder, reference, node->position)
                   : unknown_column(binder, scope, node, NULL);
}

struct sql_node *bind_column(struct binder *binder, struct scope *scope,
                             struct sql_node *node) {
  return node->child[0] ? qualified_column(binder, scope, node)
                        : plain_column(binder, scope, node);
}

/* --- finding relations --- */

struct cte *bind_find_cte(struct cte *ctes, const char *name) {
  for (; ctes; ctes = ctes->outer) {
    if (strcmp(ctes->name, name) == 0)
      return ctes;
  }
  return NULL;
}

const struct relation *bind_find_relation(struct binder *binder,
                                          const struct sql_node *name) {
  const struct sql_node *schema = name->child[NAME_SCHEMA];
  const struct relation *relation =
      catalog_find(binder->database, schema ? schema->text : NULL, name->text);
  bool private = schema && strcmp(schema->text, CATALOG_SCHEMA) == 0;
  if (relation && (!private || binder->standard > 0))
    return relation;
  if (schema)
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
                 "relation \"%s.%s\" does not exist", schema->text, name->text);
  else
    error_set_at(binder->error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
                 "relation %q does not exist", name->text);
  return NULL;
}
