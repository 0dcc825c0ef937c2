/* Writes the queries of views anew when what they read is renamed or gets another column.
 *
 * The binder tells what each name stands for before and after. First only the names are replaced, as PostgreSQL shows
 * them; when some name would then mean something else (USING, NATURAL, a star, an ambiguous name), the relation stands
 * in the query under the names that it had. */
#include "catalog/follow.h"

#include <string.h>

#include "catalog/view_internal.h"
#include "sql/walk.h"

struct follower {
  int64_t id;
  int64_t *sources; /* ids of what it reads, also through runtime views */
  int source_count;
  bool followed;
  struct sql_node *query; /* unbound */
  struct resolutions meaning;
  int result_count;
  const char **result_names;
  struct type *result_types;
};

/* --- what a query means --- */

static int bind_follower(struct definition *definition, struct follower *follower) {
  struct binding binding = {.database = definition->database,
                            .arena = definition->arena,
                            .resolutions = &follower->meaning};
  struct sql_node *bound = sql_clone(definition->arena, follower->query);
  if (bound == NULL)
    return define_nomem(definition);
  int code = bind_statement(&binding, bound);
  if (code != TIDE_OK)
    return code;
  follower->result_count = binding.result_count;
  follower->result_types = binding.result_types;
  follower->result_names =
      arena_alloc(definition->arena,
                  (size_t)(binding.result_count + 1) * sizeof *follower->result_names);
  for (int i = 0; i < binding.result_count && !definition->arena->failed; i++)
    follower->result_names[i] =
        arena_string(definition->arena, binding.result_names[i]);
  return definition->arena->failed ? define_nomem(definition) : TIDE_OK;
}

static int read_follower(struct definition *definition, const struct relation *view,
                         struct follower *follower) {
  *follower = (struct follower){.id = view->id};
  int code = catalog_sources(definition->database, definition->arena, view->id,
                             &follower->sources, &follower->source_count);
  if (code == TIDE_OK)
    code = parse_view_query(definition, view->view->query_sql, &follower->query);
  return code == TIDE_OK ? bind_follower(definition, follower) : code;
}

static bool names_relation(const struct follower *follower, int64_t relation) {
  for (int i = 0; i < follower->meaning.count; i++) {
    if (follower->meaning.list[i].relation == relation)
      return true;
  }
  return false;
}

/* Views that read the relation only through runtime views are not concerned. */
static int add_follower(struct definition *definition, struct followers *followers,
                        const struct relation *view) {
  struct follower *follower = &followers->list[followers->count];
  int code = read_follower(definition, view, follower);
  if (code == TIDE_OK && names_relation(follower, followers->relation))
    followers->count++;
  return code;
}

int follow_begin(struct definition *definition, const struct relation *relation,
                 struct followers *followers) {
  int64_t *ids;
  int count;
  *followers = (struct followers){.relation = relation->id,
                                  .column_count = relation->column_count};
  int code = catalog_dependents(definition->database, definition->arena, relation->id,
                                &ids, &count);
  if (code != TIDE_OK)
    return code;
  const char **columns = arena_alloc(
      definition->arena, (size_t)(relation->column_count + 1) * sizeof *columns);
  followers->list =
      arena_alloc(definition->arena, (size_t)(count + 1) * sizeof *followers->list);
  followers->name = arena_string(definition->arena, relation->name);
  followers->columns = columns;
  for (int i = 0; i < relation->column_count && !definition->arena->failed; i++)
    columns[i] = relation->columns[i].hidden
                     ? NULL
                     : arena_string(definition->arena, relation->columns[i].name);
  if (definition->arena->failed)
    return define_nomem(definition);
  for (int i = 0; i < count && code == TIDE_OK; i++) {
    const struct relation *view = catalog_find_id(definition->database, ids[i]);
    if (view != NULL && view->view != NULL && view->view->origin == NULL)
      code = add_follower(definition, followers, view);
  }
  return code;
}

int follow_uses(struct definition *definition, const struct relation *view,
                const struct relation *relation, int column, bool *uses) {
  struct follower follower;
  *uses = false;
  int code = read_follower(definition, view, &follower);
  for (int i = 0; i < follower.meaning.count && code == TIDE_OK; i++) {
    const struct resolution *found = &follower.meaning.list[i];
    *uses |= found->relation == relation->id && found->column == column;
  }
  return code;
}

/* Numbers the references that names belong to, by first use: positions differ from text to text. */
static int *number_references(struct arena *arena, const struct resolutions *meaning) {
  int *numbers = arena_alloc(arena, (size_t)(meaning->count + 1) * sizeof *numbers);
  int count = 0;
  for (int i = 0; i < meaning->count && numbers != NULL; i++) {
    int known = 0;
    while (meaning->list[known].reference != meaning->list[i].reference)
      known++;
    numbers[i] = known < i ? numbers[known] : count++;
  }
  return numbers;
}

/* Names that show in values are part of what is meant. */
static bool same_shown(const struct resolution *left, const struct resolution *right) {
  if (left->shown == NULL || right->shown == NULL)
    return left->shown == right->shown;
  return strcmp(left->shown, right->shown) == 0;
}

static bool same_names(struct arena *arena, const struct resolutions *left,
                       const struct resolutions *right) {
  const int *numbers = number_references(arena, left);
  const int *others = number_references(arena, right);
  bool same = left->count == right->count && numbers != NULL && others != NULL;
  for (int i = 0; i < left->count && same; i++)
    same = left->list[i].relation == right->list[i].relation &&
           left->list[i].column == right->list[i].column && numbers[i] == others[i] &&
           same_shown(&left->list[i], &right->list[i]);
  return same;
}

static bool same_results(const struct follower *left, const struct follower *right) {
  if (left->result_count != right->result_count)
    return false;
  for (int i = 0; i < left->result_count; i++) {
    if (strcmp(left->result_names[i], right->result_names[i]) != 0 ||
        !type_equal(left->result_types[i], right->result_types[i]))
      return false;
  }
  return true;
}

/* --- one query, to be written anew --- */

struct change {
  struct definition *definition;
  const struct followers *followers;
  const struct follower *follower;
  const struct relation *now; /* the relation as the catalog has it */
  int column;                 /* the one renamed, or -1 */
  bool keep_names; /* the relation goes by the names that it had, not by its new ones */
  bool failed;
};

/* What the reference at that position is to the relation; NULL: it is none to it. */
static const struct resolution *find_reference(const struct change *change,
                                               uint32_t position) {
  const struct resolutions *meaning = &change->follower->meaning;
  for (int i = 0; i < meaning->count; i++) {
    const struct resolution *found = &meaning->list[i];
    if (found->column == -1 && found->position == position &&
        found->relation == change->followers->relation)
      return found;
  }
  return NULL;
}

/* What a name or star at that position means, if it is of the relation. */
static const struct resolution *find_name(const struct change *change,
                                          uint32_t position) {
  const struct resolutions *meaning = &change->follower->meaning;
  for (int i = 0; i < meaning->count; i++) {
    const struct resolution *found = &meaning->list[i];
    if (found->column >= 0 && found->position == position &&
        find_reference(change, found->reference) != NULL)
      return found;
  }
  return NULL;
}

static struct sql_node *make(struct change *change, enum sql_kind kind,
                             const struct sql_node *at, const char *text) {
  struct arena *arena = change->definition->arena;
  struct sql_node *node = text == NULL ? sql_node_new(arena, kind, at->position)
                                       : sql_node_text(arena, kind, at->position, text);
  change->failed |= node == NULL;
  return node;
}

static void append(struct change *change, struct sql_node *list,
                   struct sql_node *child) {
  change->failed |= list == NULL || child == NULL ||
                    sql_list_append(change->definition->arena, list, child) == NULL;
}

static struct sql_node *with_text(struct change *change, struct sql_node *node,
                                  const char *text) {
  return strcmp(node->text, text) == 0 ? node : make(change, node->kind, node, text);
}

/* schema.relation as they are called now. */
static struct sql_node *relation_name(struct change *change,
                                      const struct sql_node *name, bool with_schema) {
  struct sql_node *renamed = make(change, SQL_NAME, name, change->now->name);
  if (!change->failed && with_schema)
    renamed->child[NAME_SCHEMA] = make(change, SQL_NAME, name, change->now->schema);
  return renamed;
}

/* … in FROM: the schema where one is written or wanted. */
static struct sql_node *source_name(struct change *change,
                                    const struct sql_node *name) {
  const struct relation *plain =
      catalog_find(change->definition->database, NULL, change->now->name);
  return relation_name(change, name,
                       name->child[NAME_SCHEMA] != NULL || plain != change->now);
}

/* SELECT each column as it was called FROM the relation. */
static struct sql_node *select_as_before(struct change *change,
                                         const struct sql_node *name) {
  const struct followers *followers = change->followers;
  struct sql_node *select = make(change, SQL_SELECT, name, NULL);
  struct sql_node *results = make(change, SQL_LIST, name, NULL);
  struct sql_node *from = make(change, SQL_LIST, name, NULL);
  struct sql_node *reference = make(change, SQL_TABLE_REFERENCE, name, NULL);
  for (int i = 0; i < followers->column_count && !change->failed; i++) {
    const char *before = followers->columns[i];
    if (before == NULL)
      continue;
    const char *now = change->now->columns[i].name;
    bool renamed = strcmp(before, now) != 0;
    struct sql_node *result = make(change, SQL_RESULT, name, renamed ? before : NULL);
    struct sql_node *column = make(change, SQL_COLUMN, name, now);
    append(change, results, result);
    if (!change->failed)
      result->child[0] = column;
  }
  append(change, from, reference);
  if (change->failed)
    return NULL;
  reference->child[REFERENCE_SOURCE] = source_name(change, name);
  select->child[SELECT_RESULTS] = results;
  select->child[SELECT_FROM] = from;
  return select;
}

/* (SELECT …) AS the name that the relation has in the query. */
static struct sql_node *derived_reference(struct change *change,
                                          struct sql_node *reference) {
  struct sql_node *name = reference->child[REFERENCE_SOURCE];
  struct sql_node *query = make(change, SQL_QUERY, reference, NULL);
  const char *alias = reference->text != NULL ? reference->text : name->text;
  struct sql_node *derived = make(change, SQL_SUBQUERY_REFERENCE, reference, alias);
  if (change->failed)
    return reference;
  query->child[QUERY_BODY] = select_as_before(change, name);
  derived->child[REFERENCE_SOURCE] = query;
  derived->child[REFERENCE_COLUMNS] = reference->child[REFERENCE_COLUMNS];
  return derived;
}

/* A rename of the relation alone needs no more than an alias. */
static bool is_moved(const struct change *change) {
  return strcmp(change->followers->name, change->now->name) != 0;
}

static struct sql_node *edit_reference(struct change *change,
                                       struct sql_node *reference) {
  if (reference->child[REFERENCE_SOURCE]->kind != SQL_NAME ||
      find_reference(change, reference->position) == NULL)
    return reference;
  if (change->keep_names && !is_moved(change))
    return derived_reference(change, reference);
  struct sql_node *name = reference->child[REFERENCE_SOURCE];
  const char *alias = reference->text;
  if (change->keep_names && alias == NULL)
    alias = name->text;
  struct sql_node *edited = make(change, SQL_TABLE_REFERENCE, reference, alias);
  if (change->failed)
    return reference;
  edited->flags = reference->flags;
  edited->child[REFERENCE_SOURCE] = source_name(change, name);
  edited->child[REFERENCE_COLUMNS] = reference->child[REFERENCE_COLUMNS];
  return edited;
}

/* TABLE relation. */
static struct sql_node *edit_table(struct change *change, struct sql_node *table) {
  if (find_reference(change, table->position) == NULL)
    return table;
  if (change->keep_names && !is_moved(change)) {
    struct sql_node *select = select_as_before(change, table->child[0]);
    return change->failed ? table : select;
  }
  struct sql_node *name = source_name(change, table->child[0]);
  if (!change->failed)
    table->child[0] = name;
  return table;
}

/* The relation's name before a column or star. */
static void edit_qualifier(struct change *change, struct sql_node *node,
                           const struct resolution *meaning) {
  struct sql_node *qualifier = node->child[0];
  const struct resolution *reference = find_reference(change, meaning->reference);
  if (qualifier == NULL || reference == NULL || !reference->own_name)
    return;
  struct sql_node *renamed =
      change->keep_names
          ? make(change, SQL_NAME, qualifier, qualifier->text)
          : relation_name(change, qualifier, qualifier->child[NAME_SCHEMA] != NULL);
  if (!change->failed)
    node->child[0] = renamed;
}

static struct sql_node *edit_column(struct change *change, struct sql_node *node) {
  const struct resolution *meaning = find_name(change, node->position);
  if (meaning == NULL)
    return node;
  edit_qualifier(change, node, meaning);
  if (change->keep_names || node->kind != SQL_COLUMN || !meaning->own_name ||
      meaning->column != change->column ||
      strcmp(node->text, change->followers->columns[change->column]) != 0)
    return node;
  struct sql_node *renamed =
      with_text(change, node, change->now->columns[change->column].name);
  if (!change->failed && renamed != node)
    renamed->child[0] = node->child[0];
  return change->failed ? node : renamed;
}

/* What has its name from the column keeps it. */
static struct sql_node *edit_result(struct change *change, struct sql_node *result) {
  const char *before = result->bound;
  if (before == NULL || strcmp(bind_output_name(result->child[0]), before) == 0)
    return result;
  struct sql_node *named = make(change, SQL_RESULT, result, before);
  if (change->failed)
    return result;
  named->child[0] = result->child[0];
  return named;
}

static struct sql_node *edit(struct sql_node *node, void *context) {
  struct change *change = context;
  if (node == NULL || change->failed)
    return node;
  switch (node->kind) {
  case SQL_TABLE_REFERENCE: return edit_reference(change, node);
  case SQL_TABLE: return edit_table(change, node);
  case SQL_COLUMN:
  case SQL_STAR: return edit_column(change, node);
  case SQL_RESULT: return edit_result(change, node);
  default: return node;
  }
}

static enum sql_walk note_name(const struct sql_node *node, void *context) {
  (void)context;
  if (node->kind == SQL_RESULT && node->text == NULL &&
      node->child[0]->kind != SQL_STAR)
    ((struct sql_node *)node)->bound = bind_output_name(node->child[0]);
  return SQL_WALK_ON;
}

/* The query in its new words: *text, if it means what it meant; else NULL. */
static int write_anew(struct change *change, bool edited, const char **text) {
  struct definition *definition = change->definition;
  struct follower again = {0};
  struct sql_node *tree = sql_clone(definition->arena, change->follower->query);
  *text = NULL;
  if (tree == NULL)
    return define_nomem(definition);
  if (edited) {
    sql_walk(tree, note_name, NULL);
    tree = sql_rewrite(tree, edit, change);
  }
  if (tree == NULL || change->failed)
    return define_nomem(definition);
  const char *written;
  int code = tree_text(definition, tree, &written);
  if (code == TIDE_OK)
    code = parse_view_query(definition, written, &again.query);
  if (code == TIDE_OK)
    code = bind_follower(definition, &again);
  if (code == TIDE_ERROR_NOMEM)
    return code;
  if (code != TIDE_OK)
    error_clear(definition->error);
  else if (same_results(change->follower, &again) &&
           (change->keep_names ||
            same_names(definition->arena, &change->follower->meaning, &again.meaning)))
    *text = written;
  return definition->arena->failed ? define_nomem(definition) : TIDE_OK;
}

static int refuse(struct definition *definition, const struct relation *view) {
  error_set(definition->error, TIDE_ERROR_DEPENDENTS,
            "the query of view %q cannot be written with the new name", view->name);
  error_hint(definition->error, "Drop the view first and create it again afterwards.");
  return TIDE_ERROR_DEPENDENTS;
}

static int write_query(struct definition *definition, int64_t id, const char *text) {
  return database_write(definition->database,
                        "UPDATE __tidemark_views SET query = ? WHERE relation_id = ?",
                        "si", text, id);
}

/* `renames`: names have to be replaced; else the query may do as it is. */
static int follow_one(struct change *change, bool renames) {
  struct definition *definition = change->definition;
  int64_t id = change->follower->id;
  const char *text;
  int code = write_anew(change, renames, &text);
  change->keep_names = text == NULL;
  if (code == TIDE_OK && text == NULL)
    code = write_anew(change, true, &text);
  if (code == TIDE_OK && text == NULL)
    code = refuse(definition, catalog_find_id(definition->database, id));
  if (code != TIDE_OK || !(renames || change->keep_names))
    return code;
  code = write_query(definition, id, text);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* One that reads none of those still to come: the binder looks through runtime views. */
static struct follower *next_follower(const struct followers *followers) {
  for (int i = 0; i < followers->count; i++) {
    struct follower *follower = &followers->list[i];
    bool ready = !follower->followed;
    for (int k = 0; k < followers->count && ready; k++) {
      const struct follower *other = &followers->list[k];
      for (int n = 0; n < follower->source_count && !other->followed && ready; n++)
        ready = k == i || follower->sources[n] != other->id;
    }
    if (ready)
      return follower;
  }
  return NULL;
}

static int follow(struct definition *definition, const struct followers *followers,
                  int column, bool renames) {
  struct follower *follower;
  int code = TIDE_OK;
  while (code == TIDE_OK && (follower = next_follower(followers)) != NULL) {
    struct change change = {
        .definition = definition,
        .followers = followers,
        .follower = follower,
        .now = catalog_find_id(definition->database, followers->relation),
        .column = column};
    code = follow_one(&change, renames);
    follower->followed = true;
  }
  return code == TIDE_OK && followers->count > 0
             ? refresh_write_rules(definition, followers->relation)
             : code;
}

int follow_relation(struct definition *definition, const struct followers *followers) {
  return follow(definition, followers, -1, true);
}

int follow_column(struct definition *definition, const struct followers *followers,
                  int column) {
  return follow(definition, followers, column, true);
}

int follow_addition(struct definition *definition, const struct followers *followers) {
  return follow(definition, followers, -1, false);
}
