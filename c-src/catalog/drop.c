/* Dropping: who depends on what, in which order things may go, and how one goes. */
#include <string.h>

#include "catalog/define_sequence.h"
#include "catalog/follow.h"
#include "catalog/type_uses.h"

/* --- the order --- */

/* The closure of what is to be dropped, each after everything that depends on it. */
struct plan {
  struct definition *definition;
  const struct sql_node *node;
  bool cascade;
  int64_t *wanted; /* named by the statement */
  int wanted_count;
  int64_t *ids;
  int count, capacity;
  int depth;
};

static bool contains(const int64_t *ids, int count, int64_t id) {
  for (int i = 0; i < count; i++) {
    if (ids[i] == id)
      return true;
  }
  return false;
}

static const char *kind_word(const struct relation *relation) {
  if (relation->view == NULL)
    return "table";
  switch (relation->view->mode) {
  case SQL_MATERIALIZED_VIEW: return "materialized view";
  case SQL_REALTIME: return "realtime view";
  default: return "view";
  }
}

static int report_dependent(struct plan *plan, const struct relation *relation,
                            const struct relation *dependent) {
  struct error *error = plan->definition->error;
  error_set_at(error, TIDE_ERROR_DEPENDENTS, plan->node->position,
               "cannot drop %s %s because other objects depend on it",
               kind_word(relation), relation->name);
  error_hint(error,
             "%s %s.%s depends on %s %s.%s. Use DROP ... CASCADE to drop the dependent "
             "objects too.",
             kind_word(dependent), dependent->schema, dependent->name,
             kind_word(relation), relation->schema, relation->name);
  return TIDE_ERROR_DEPENDENTS;
}

static int append(struct plan *plan, int64_t id) {
  if (plan->count == plan->capacity) {
    int capacity = plan->capacity == 0 ? 8 : 2 * plan->capacity;
    int64_t *larger =
        arena_alloc(plan->definition->arena, (size_t)capacity * sizeof *larger);
    if (larger == NULL)
      return define_nomem(plan->definition);
    if (plan->count > 0)
      memcpy(larger, plan->ids, (size_t)plan->count * sizeof *larger);
    plan->ids = larger;
    plan->capacity = capacity;
  }
  plan->ids[plan->count++] = id;
  return TIDE_OK;
}

/* Adds the relation behind all that reads it. */
static int visit(struct plan *plan, const struct relation *relation) {
  int64_t *dependents;
  int count;
  if (contains(plan->ids, plan->count, relation->id))
    return TIDE_OK;
  if (++plan->depth > BIND_DEPTH_MAX)
    return error_set(plan->definition->error, TIDE_ERROR_TOO_DEEP,
                     "views depend on each other too deeply");
  int code = catalog_dependents(plan->definition->database, plan->definition->arena,
                                relation->id, &dependents, &count);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    const struct relation *dependent =
        catalog_find_id(plan->definition->database, dependents[i]);
    if (dependent == NULL)
      continue;
    if (!plan->cascade && !contains(plan->wanted, plan->wanted_count, dependent->id))
      return report_dependent(plan, relation, dependent);
    code = visit(plan, dependent);
  }
  plan->depth--;
  return code == TIDE_OK ? append(plan, relation->id) : code;
}

/* Foreign keys of tables that stay: their constraint goes with CASCADE, not the table. */
static int check_references(struct plan *plan) {
  const struct image *image = plan->definition->database->catalog->image;
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *relation = image->relations[i];
    for (int k = 0; k < relation->constraint_count; k++) {
      int64_t target = relation->constraints[k].referenced;
      if (target == 0 || !contains(plan->ids, plan->count, target) ||
          contains(plan->ids, plan->count, relation->id))
        continue;
      const char *name = catalog_find_id(plan->definition->database, target)->name;
      error_set_at(plan->definition->error, TIDE_ERROR_DEPENDENTS, plan->node->position,
                   "cannot drop table %s because other objects depend on it", name);
      error_hint(
          plan->definition->error,
          "constraint %s on table %s depends on table %s. Use DROP ... CASCADE to "
          "drop the dependent objects too.",
          relation->constraints[k].name, relation->name, name);
      return TIDE_ERROR_DEPENDENTS;
    }
  }
  return TIDE_OK;
}

int plan_drop(struct definition *definition, const struct sql_node *node,
              const struct relation *const *relations, int relation_count, bool cascade,
              int64_t **ids, int *count) {
  struct plan plan = {.definition = definition, .node = node, .cascade = cascade};
  plan.wanted = arena_alloc(definition->arena,
                            (size_t)(relation_count + 1) * sizeof *plan.wanted);
  if (plan.wanted == NULL)
    return define_nomem(definition);
  for (int i = 0; i < relation_count; i++)
    plan.wanted[plan.wanted_count++] = relations[i]->id;
  int code = TIDE_OK;
  for (int i = 0; i < relation_count && code == TIDE_OK; i++)
    code = visit(&plan, relations[i]);
  if (code == TIDE_OK && !cascade)
    code = check_references(&plan);
  for (int i = 0; i < plan.count && code == TIDE_OK && !cascade; i++)
    code = release_owned(definition, plan.ids[i], 0, node, false, plan.ids, plan.count);
  *ids = plan.ids;
  *count = code == TIDE_OK ? plan.count : 0;
  return code;
}

/* --- what a DROP names --- */

static bool is_kind(const struct relation *relation, enum sql_object object) {
  switch (object) {
  case SQL_OBJECT_TABLE: return relation->kind == RELATION_TABLE;
  case SQL_OBJECT_VIEW: return relation->view && relation->view->mode == SQL_RUNTIME;
  case SQL_OBJECT_MATERIALIZED_VIEW:
    return relation->view && relation->view->mode == SQL_MATERIALIZED_VIEW;
  case SQL_OBJECT_REALTIME_VIEW:
    return relation->view && relation->view->mode == SQL_REALTIME;
  default: return false;
  }
}

static const char *object_word(enum sql_object object) {
  switch (object) {
  case SQL_OBJECT_TABLE: return "table";
  case SQL_OBJECT_MATERIALIZED_VIEW: return "materialized view";
  case SQL_OBJECT_REALTIME_VIEW: return "realtime view";
  default: return "view";
  }
}

static const char *drop_words(const struct relation *relation) {
  if (relation->view == NULL)
    return "DROP TABLE";
  switch (relation->view->mode) {
  case SQL_MATERIALIZED_VIEW: return "DROP MATERIALIZED VIEW";
  case SQL_REALTIME: return "DROP REALTIME VIEW";
  default: return "DROP VIEW";
  }
}

/* Something else is called so. */
static int not_dropped_so(struct definition *definition,
                          const struct sql_node *statement, const struct sql_node *name,
                          const char *instead) {
  error_clear(definition->error);
  error_set_at(definition->error, TIDE_ERROR_WRONG_OBJECT_TYPE, name->position,
               "%q is not a %s", name->text,
               object_word((enum sql_object)statement->op));
  error_hint(definition->error, "Use %s to remove it.", instead);
  return TIDE_ERROR_WRONG_OBJECT_TYPE;
}

static int find_dropped(struct definition *definition, const struct sql_node *statement,
                        const struct sql_node *name, const struct relation **relation) {
  int code = define_find(definition, name, relation);
  if (code == TIDE_ERROR_UNDEFINED_TABLE || code == TIDE_ERROR_UNDEFINED_SCHEMA) {
    *relation = NULL;
    if (catalog_find_sequence(definition->database, name_schema(name), name->text))
      return not_dropped_so(definition, statement, name, "DROP SEQUENCE");
    if ((statement->flags & SQL_IF_EXISTS) == 0 && code == TIDE_ERROR_UNDEFINED_SCHEMA)
      return code;
    error_clear(definition->error);
    if ((statement->flags & SQL_IF_EXISTS) != 0)
      return TIDE_OK;
    return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_TABLE, name->position,
                        "%s \"%s\" does not exist",
                        object_word((enum sql_object)statement->op),
                        define_written_name(definition, name));
  }
  if (code != TIDE_OK)
    return code;
  if ((*relation)->kind == RELATION_SYSTEM)
    return error_set_at(definition->error, TIDE_ERROR_PRIVILEGE, name->position,
                        "permission denied: %q is a system relation", name->text);
  if (is_kind(*relation, (enum sql_object)statement->op))
    return TIDE_OK;
  return not_dropped_so(definition, statement, name, drop_words(*relation));
}

/* All relations of the schemas named. */
static int schema_relations(struct definition *definition,
                            const struct sql_node *statement,
                            const struct relation **relations, int *count) {
  const struct image *image = definition->database->catalog->image;
  const struct sql_node *names = statement->child[DROP_NAMES];
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *relation = image->relations[i];
    for (uint32_t k = 0; k < names->count; k++) {
      if (relation->kind != RELATION_SYSTEM &&
          strcmp(relation->schema, names->child[k]->text) == 0) {
        relations[(*count)++] = relation;
        break;
      }
    }
  }
  return TIDE_OK;
}

static int named_relations(struct definition *definition,
                           const struct sql_node *statement,
                           const struct relation **relations, int *count) {
  const struct sql_node *names = statement->child[DROP_NAMES];
  for (uint32_t i = 0; i < names->count; i++) {
    int code = find_dropped(definition, statement, names->child[i], &relations[*count]);
    if (code != TIDE_OK)
      return code;
    *count += relations[*count] != NULL;
  }
  return TIDE_OK;
}

/* Views that use the sequences named. */
static int sequence_relations(struct definition *definition,
                              const struct sql_node *statement,
                              const struct relation **relations, int *count) {
  const struct sql_node *names = statement->child[DROP_NAMES];
  int code = TIDE_OK;
  for (uint32_t i = 0; i < names->count && code == TIDE_OK; i++) {
    const struct sequence *sequence = catalog_find_sequence(
        definition->database, name_schema(names->child[i]), names->child[i]->text);
    if (sequence != NULL)
      code = sequence_views(definition, sequence, relations, count);
  }
  return code;
}

/* Views that use the types named, or those of the schemas named. */
static int type_relations(struct definition *definition,
                          const struct sql_node *statement,
                          const struct relation **relations, int *count) {
  const struct sql_node *names = statement->child[DROP_NAMES];
  const struct image *image = definition->database->catalog->image;
  int code = TIDE_OK;
  for (uint32_t i = 0; i < names->count && code == TIDE_OK; i++) {
    const char *name = names->child[i]->text;
    struct type type;
    if (statement->op != SQL_OBJECT_SCHEMA) {
      if (catalog_find_type(definition->database, name_schema(names->child[i]), name,
                            &type))
        code = type_views(definition, type, relations, count);
      continue;
    }
    for (int k = 0; k < ENUMS_MAX && code == TIDE_OK; k++) {
      if (image->enums[k] != NULL && strcmp(image->enums[k]->schema, name) == 0)
        code = type_views(definition, enum_type_of(k), relations, count);
    }
    for (int k = 0; k < image->domain_count && code == TIDE_OK; k++) {
      if (strcmp(image->domains[k].schema, name) == 0)
        code =
            type_views(definition, domain_type(&image->domains[k]), relations, count);
    }
  }
  return code;
}

int define_drop_plan(struct database *database, struct arena *arena,
                     const struct sql_node *statement, int64_t **ids, int *count) {
  struct definition definition = {database, arena, database->error};
  bool schema = statement->op == SQL_OBJECT_SCHEMA;
  bool cascade = (statement->flags & SQL_CASCADE) != 0;
  int found = 0;
  *ids = NULL;
  *count = 0;
  int code = catalog_ensure(database);
  bool type = statement->op == SQL_OBJECT_TYPE || statement->op == SQL_OBJECT_DOMAIN;
  bool sequence = statement->op == SQL_OBJECT_SEQUENCE;
  if (code != TIDE_OK || ((schema || type || sequence) && !cascade))
    return code; /* define_execute refuses what is not empty, or used */
  size_t capacity = (size_t)(database->catalog->image->relation_count + 1) *
                    (statement->child[DROP_NAMES]->count + 1);
  const struct relation **relations = arena_alloc(arena, capacity * sizeof *relations);
  if (relations == NULL)
    return define_nomem(&definition);
  if (schema)
    code = schema_relations(&definition, statement, relations, &found);
  else if (sequence)
    code = sequence_relations(&definition, statement, relations, &found);
  else if (!type)
    code = named_relations(&definition, statement, relations, &found);
  if (code == TIDE_OK && (schema || type))
    code = type_relations(&definition, statement, relations, &found);
  if (code == TIDE_OK)
    code = plan_drop(&definition, statement, relations, found, cascade, ids, count);
  return code;
}

/* --- foreign keys of others --- */

static bool refers_to_key(const struct constraint *constraint, const struct key *key) {
  int found = 0;
  for (int i = 0; i < constraint->count; i++) {
    for (int k = 0; k < key->count; k++)
      found += constraint->referenced_columns[i] == key->columns[k];
  }
  return found == key->count && constraint->count == key->count;
}

/* One foreign key of another table: from the catalog and from SQLite. */
static int drop_foreign_key(struct definition *definition, int64_t id,
                            const char *name) {
  int code = record_drop_constraint(definition, id, name);
  if (code == TIDE_OK)
    code = define_reload(definition);
  return code == TIDE_OK
             ? rewrite_table(definition, catalog_find_id(definition->database, id), -1)
             : code;
}

static const struct constraint *find_reference(const struct relation *relation,
                                               int64_t target, const struct key *key) {
  for (int k = 0; relation->id != target && k < relation->constraint_count; k++) {
    const struct constraint *constraint = &relation->constraints[k];
    if (constraint->referenced == target &&
        (key == NULL || refers_to_key(constraint, key)))
      return constraint;
  }
  return NULL;
}

static int refuse_reference(struct definition *definition,
                            const struct constraint *constraint,
                            const struct relation *owner, const struct sql_node *node) {
  error_set_at(definition->error, TIDE_ERROR_DEPENDENTS,
               node == NULL ? ERROR_NO_POSITION : node->position,
               "cannot drop it because other objects depend on it");
  error_hint(definition->error, "constraint %s on table %s depends on it.",
             constraint->name, owner->name);
  return TIDE_ERROR_DEPENDENTS;
}

/* The image changes with every foreign key dropped: the key is kept apart from it. */
static const struct key *copy_key(struct definition *definition,
                                  const struct key *key) {
  struct key *copy = arena_alloc(definition->arena, sizeof *copy);
  int *columns = arena_alloc(definition->arena, (size_t)key->count * sizeof *columns);
  if (copy == NULL || columns == NULL)
    return NULL;
  memcpy(columns, key->columns, (size_t)key->count * sizeof *columns);
  *copy = (struct key){.count = key->count, .columns = columns};
  return copy;
}

int drop_references(struct definition *definition, const struct relation *relation,
                    const struct key *key, bool cascade, const struct sql_node *node) {
  int64_t target = relation->id;
  const struct image *image = definition->database->catalog->image;
  if (key != NULL && (key = copy_key(definition, key)) == NULL)
    return define_nomem(definition);
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *other = image->relations[i];
    const struct constraint *constraint = find_reference(other, target, key);
    if (constraint == NULL)
      continue;
    if (!cascade)
      return refuse_reference(definition, constraint, other, node);
    const char *name = arena_string(definition->arena, constraint->name);
    int code = name == NULL ? define_nomem(definition)
                            : drop_foreign_key(definition, other->id, name);
    if (code != TIDE_OK)
      return code;
    image = definition->database->catalog->image;
    i--; /* this relation may have a second one */
  }
  return TIDE_OK;
}

/* --- dropping one --- */

int drop_relation(struct definition *definition, const struct relation *relation) {
  int64_t id = relation->id;
  const char *stored = arena_string(definition->arena, relation->stored);
  bool keeps_rows = relation_keeps_rows(relation);
  bool table = relation->kind == RELATION_TABLE;
  int code = stored == NULL ? define_nomem(definition) : TIDE_OK;
  if (code == TIDE_OK && table)
    code = drop_references(definition, relation, NULL, true, NULL);
  if (code == TIDE_OK && table)
    code = release_owned(definition, id, 0, NULL, true, &id, 1);
  if (code == TIDE_OK && keeps_rows) {
    struct buffer sql;
    buffer_init(&sql, definition->database->memory);
    buffer_format(&sql, "DROP TABLE IF EXISTS %q", stored);
    code = define_run(definition, &sql);
    buffer_deinit(&sql);
  }
  if (code == TIDE_OK)
    code = record_drop_relation(definition, id);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int define_drop_relation(struct database *database, int64_t id) {
  struct arena arena;
  struct definition definition;
  arena_init(&arena, database->memory);
  int code = define_begin(&definition, database, &arena);
  if (code == TIDE_OK) {
    const struct relation *relation = catalog_find_id(database, id);
    if (relation != NULL)
      code = drop_relation(&definition, relation);
    code = define_end(&definition, code);
  }
  arena_deinit(&arena);
  return code;
}

/* --- may a column be changed? --- */

int column_users(struct definition *definition, const struct relation *relation,
                 int column, const struct relation ***users, int *user_count) {
  int64_t *ids;
  int count;
  *user_count = 0;
  int code = catalog_dependents(definition->database, definition->arena, relation->id,
                                &ids, &count);
  if (code != TIDE_OK)
    return code;
  *users = arena_alloc(definition->arena, (size_t)(count + 1) * sizeof **users);
  if (*users == NULL)
    return define_nomem(definition);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    const struct relation *view = catalog_find_id(definition->database, ids[i]);
    bool uses;
    if (view == NULL || view->view == NULL || view->view->origin != NULL)
      continue;
    code = follow_uses(definition, view, relation, column, &uses);
    if (uses)
      (*users)[(*user_count)++] = view;
  }
  return code;
}

int check_not_used(struct definition *definition, const struct relation *relation,
                   int column, const struct sql_node *node) {
  const struct relation **users;
  int count;
  int code = column_users(definition, relation, column, &users, &count);
  if (code != TIDE_OK || count == 0)
    return code;
  const char *name = relation->columns[column].name;
  error_set_at(definition->error, TIDE_ERROR_DEPENDENTS, node->position,
               "cannot drop column %s of table %s because other objects depend on it",
               name, relation->name);
  error_hint(definition->error,
             "%s %s depends on column %s of table %s. Use DROP ... CASCADE to drop the "
             "dependent objects too.",
             kind_word(users[0]), users[0]->name, name, relation->name);
  return TIDE_ERROR_DEPENDENTS;
}

int check_not_shown(struct definition *definition, const struct relation *relation,
                    int column, const struct sql_node *node) {
  const struct relation **users;
  int count;
  int code = column_users(definition, relation, column, &users, &count);
  if (code != TIDE_OK || count == 0)
    return code;
  error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED, node->position,
               "cannot alter type of a column used by a view or rule");
  error_hint(definition->error, "%s %s depends on column %q.", kind_word(users[0]),
             users[0]->name, relation->columns[column].name);
  return TIDE_ERROR_NOT_SUPPORTED;
}
