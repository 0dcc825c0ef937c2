/* CREATE, ALTER and DROP SEQUENCE. */
#include "catalog/define_sequence.h"

#include <string.h>

#include "catalog/alter_internal.h"
#include "catalog/sequence.h"
#include "catalog/stored_text.h"
#include "sql/walk.h"

/* --- what is said of one --- */

/* Each option, or NULL. */
struct options {
  const struct sql_node *type, *increment, *minimum, *maximum, *start, *restart, *cache,
      *cycle, *owner;
};

static int invalid(struct definition *definition, const struct sql_node *option,
                   const char *format, int64_t first, int64_t second) {
  return error_set_at(definition->error, TIDE_ERROR_INVALID_PARAMETER, option->position,
                      format, (long long)first, (long long)second);
}

static const struct sql_node **place_of(struct options *options, const char *word) {
  const struct {
    const char *word;
    const struct sql_node **place;
  } places[] = {{"as", &options->type},          {"increment", &options->increment},
                {"minvalue", &options->minimum}, {"maxvalue", &options->maximum},
                {"start", &options->start},      {"restart", &options->restart},
                {"cache", &options->cache},      {"cycle", &options->cycle},
                {"owned", &options->owner}};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    if (strcmp(places[i].word, word) == 0)
      return places[i].place;
  }
  return NULL;
}

/* Has the option the kind of value that its word takes? */
static bool is_well_formed(const struct sql_node *option) {
  const struct sql_node *value = option->child[0];
  const char *word = option->text;
  bool limit = strcmp(word, "minvalue") == 0 || strcmp(word, "maxvalue") == 0;
  if (option->flags & SQL_NOT)
    return limit || strcmp(word, "cycle") == 0;
  if (strcmp(word, "cycle") == 0)
    return value == NULL;
  if (strcmp(word, "restart") == 0)
    return value == NULL || (value->kind != SQL_COLUMN && value->kind != SQL_TYPE);
  if (value == NULL)
    return false;
  if (strcmp(word, "as") == 0)
    return value->kind == SQL_TYPE;
  return (strcmp(word, "owned") == 0) == (value->kind == SQL_COLUMN) &&
         value->kind != SQL_TYPE;
}

static int read_options(struct definition *definition, const struct sql_node *list,
                        struct options *options) {
  *options = (struct options){0};
  for (uint32_t i = 0; list != NULL && i < list->count; i++) {
    const struct sql_node *option = list->child[i];
    const struct sql_node **place = place_of(options, option->text);
    if (place == NULL || !is_well_formed(option))
      return error_set_at(definition->error, TIDE_ERROR_SYNTAX, option->position,
                          "syntax error at or near \"%s\"", option->text);
    if (*place != NULL)
      return error_set_at(definition->error, TIDE_ERROR_SYNTAX, option->position,
                          "conflicting or redundant options");
    *place = option;
  }
  return TIDE_OK;
}

static int read_number(struct definition *definition, const struct sql_node *option,
                       int64_t *number) {
  const struct sql_node *node = option->child[0];
  bool negative = false;
  for (; node->kind == SQL_UNARY; node = node->child[0])
    negative ^= strcmp(node->text, "-") == 0;
  *number = 0;
  for (const char *digit = node->text; *digit != '\0'; digit++) {
    int value = *digit - '0';
    if (value < 0 || value > 9)
      return error_set_at(definition->error, TIDE_ERROR_INVALID_TEXT, node->position,
                          "invalid input syntax for type bigint: \"%s\"", node->text);
    if (__builtin_mul_overflow(*number, 10, number) ||
        __builtin_sub_overflow(*number, value, number))
      return error_set_at(definition->error, TIDE_ERROR_OUT_OF_RANGE, node->position,
                          "value \"%s\" is out of range for type bigint", node->text);
  }
  if (!negative && __builtin_sub_overflow(0, *number, number))
    return error_set_at(definition->error, TIDE_ERROR_OUT_OF_RANGE, node->position,
                        "value \"%s\" is out of range for type bigint", node->text);
  return TIDE_OK;
}

static int64_t greatest(enum type_id type) {
  return type == TYPE_SMALLINT  ? INT16_MAX
         : type == TYPE_INTEGER ? INT32_MAX
                                : INT64_MAX;
}

static int64_t least(enum type_id type) {
  return -greatest(type) - 1;
}

static bool is_given(const struct sql_node *option) {
  return option != NULL && (option->flags & SQL_NOT) == 0;
}

static int read_type(struct definition *definition, const struct options *options,
                     struct sequence *sequence, bool alter) {
  enum type_id before = sequence->type;
  struct type type = TYPE(before);
  if (options->type == NULL)
    return TIDE_OK;
  int code = define_type(definition, options->type->child[0], &type);
  if (code != TIDE_OK)
    return code;
  if (type.array || type.domain != 0 ||
      (type.id != TYPE_SMALLINT && type.id != TYPE_INTEGER && type.id != TYPE_BIGINT))
    return error_set_at(definition->error, TIDE_ERROR_INVALID_PARAMETER,
                        options->type->position,
                        "sequence type must be smallint, integer, or bigint");
  sequence->type = type.id;
  /* limits that were those of the type stay so */
  if (alter && sequence->maximum == greatest(before))
    sequence->maximum = greatest(type.id);
  if (alter && sequence->minimum == least(before))
    sequence->minimum = least(type.id);
  return TIDE_OK;
}

/* A limit is given, or what it is without one: at first, and with NO. */
static int read_limit(struct definition *definition, const struct sql_node *option,
                      bool alter, int64_t otherwise, int64_t *limit) {
  if (is_given(option))
    return read_number(definition, option, limit);
  if (option != NULL || !alter)
    *limit = otherwise;
  return TIDE_OK;
}

static const struct sql_node *blamed(const struct sql_node *option,
                                     const struct sql_node *otherwise) {
  return option != NULL ? option : otherwise;
}

static int read_limits(struct definition *definition, const struct options *options,
                       struct sequence *sequence, bool alter,
                       const struct sql_node *node) {
  bool upwards = sequence->increment > 0;
  enum type_id type = sequence->type;
  static const char *const names[] = {"smallint", "integer", "bigint"};
  const char *name = names[type == TYPE_SMALLINT ? 0 : type == TYPE_INTEGER ? 1 : 2];
  int code = read_limit(definition, options->maximum, alter,
                        upwards ? greatest(type) : -1, &sequence->maximum);
  if (code == TIDE_OK)
    code = read_limit(definition, options->minimum, alter, upwards ? 1 : least(type),
                      &sequence->minimum);
  if (code != TIDE_OK)
    return code;
  if (sequence->maximum > greatest(type) || sequence->maximum < least(type))
    return error_set_at(definition->error, TIDE_ERROR_INVALID_PARAMETER,
                        blamed(options->maximum, node)->position,
                        "MAXVALUE (%lld) is out of range for sequence data type %s",
                        (long long)sequence->maximum, name);
  if (sequence->minimum > greatest(type) || sequence->minimum < least(type))
    return error_set_at(definition->error, TIDE_ERROR_INVALID_PARAMETER,
                        blamed(options->minimum, node)->position,
                        "MINVALUE (%lld) is out of range for sequence data type %s",
                        (long long)sequence->minimum, name);
  return sequence->minimum < sequence->maximum
             ? TIDE_OK
             : invalid(definition,
                       blamed(options->minimum, blamed(options->maximum, node)),
                       "MINVALUE (%lld) must be less than MAXVALUE (%lld)",
                       sequence->minimum, sequence->maximum);
}

static int check_within(struct definition *definition, const struct sql_node *node,
                        const char *below, const char *above,
                        const struct sequence *sequence, int64_t value) {
  if (value < sequence->minimum)
    return invalid(definition, node, below, value, sequence->minimum);
  return value > sequence->maximum
             ? invalid(definition, node, above, value, sequence->maximum)
             : TIDE_OK;
}

static int read_start(struct definition *definition, const struct options *options,
                      struct sequence *sequence, bool alter,
                      const struct sql_node *node) {
  int code = TIDE_OK;
  if (options->start != NULL)
    code = read_number(definition, options->start, &sequence->start);
  else if (!alter)
    sequence->start = sequence->increment > 0 ? sequence->minimum : sequence->maximum;
  return code == TIDE_OK
             ? check_within(definition, blamed(options->start, node),
                            "START value (%lld) cannot be less than MINVALUE (%lld)",
                            "START value (%lld) cannot be greater than MAXVALUE (%lld)",
                            sequence, sequence->start)
             : code;
}

static int read_rest(struct definition *definition, const struct options *options,
                     struct sequence *sequence) {
  if (options->cycle != NULL)
    sequence->cycle = is_given(options->cycle);
  if (options->cache == NULL)
    return TIDE_OK;
  int code = read_number(definition, options->cache, &sequence->cache);
  return code == TIDE_OK && sequence->cache < 1
             ? invalid(definition, options->cache,
                       "CACHE (%lld) must be greater than zero", sequence->cache, 0)
             : code;
}

static int read_increment(struct definition *definition, const struct options *options,
                          struct sequence *sequence) {
  if (options->increment == NULL)
    return TIDE_OK;
  int code = read_number(definition, options->increment, &sequence->increment);
  return code == TIDE_OK && sequence->increment == 0
             ? error_set_at(definition->error, TIDE_ERROR_INVALID_PARAMETER,
                            options->increment->position, "INCREMENT must not be zero")
             : code;
}

/* OWNED BY table.column, of the same schema; OWNED BY NONE. */
static int read_owner(struct definition *definition, const struct options *options,
                      struct sequence *sequence) {
  const struct sql_node *column = options->owner ? options->owner->child[0] : NULL;
  const struct relation *table;
  if (column == NULL)
    return TIDE_OK;
  if (column->child[0] == NULL && strcmp(column->text, "none") == 0) {
    sequence->owner = sequence->owner_position = 0;
    return TIDE_OK;
  }
  if (column->child[0] == NULL) {
    error_set_at(definition->error, TIDE_ERROR_SYNTAX, column->position,
                 "invalid OWNED BY option");
    error_hint(definition->error, "Specify OWNED BY table.column or OWNED BY NONE.");
    return TIDE_ERROR_SYNTAX;
  }
  int code = define_find_table(definition, column->child[0], &table);
  if (code != TIDE_OK)
    return code;
  int index = relation_column(table, column->text);
  if (index < 0)
    return error_set_at(definition->error, TIDE_ERROR_UNDEFINED_COLUMN,
                        column->position, "column %q of relation %q does not exist",
                        column->text, table->name);
  if (strcmp(table->schema, sequence->schema) != 0)
    return error_set_at(definition->error, TIDE_ERROR_NOT_WRITABLE, column->position,
                        "sequence must be in same schema as table it is linked to");
  sequence->owner = table->id;
  sequence->owner_position = table->columns[index].position;
  return TIDE_OK;
}

static int read_sequence(struct definition *definition, const struct options *options,
                         struct sequence *sequence, bool alter,
                         const struct sql_node *node) {
  int code = read_type(definition, options, sequence, alter);
  if (code == TIDE_OK)
    code = read_increment(definition, options, sequence);
  if (code == TIDE_OK)
    code = read_limits(definition, options, sequence, alter, node);
  if (code == TIDE_OK)
    code = read_start(definition, options, sequence, alter, node);
  if (code == TIDE_OK)
    code = read_rest(definition, options, sequence);
  return code == TIDE_OK ? read_owner(definition, options, sequence) : code;
}

/* --- CREATE --- */

static int record(struct definition *definition, const struct sequence *sequence) {
  char type[32];
  type_format(TYPE(sequence->type), type, sizeof type);
  return database_write(
      definition->database,
      "UPDATE __tidemark_sequences SET type_name = ?, start = ?, minimum = ?,"
      " maximum = ?, increment = ?, cache = ?, cycle = ?, owner_id = nullif(?, 0),"
      " owner_position = nullif(?, 0) WHERE id = ?",
      "siiiiiiiii", type, sequence->start, sequence->minimum, sequence->maximum,
      sequence->increment, sequence->cache, (int64_t)sequence->cycle, sequence->owner,
      sequence->owner_position, sequence->id);
}

static int insert(struct definition *definition, const struct schema *schema,
                  struct sequence *sequence) {
  const char *stored = stored_name(definition->arena, schema->name, sequence->name);
  if (stored == NULL)
    return define_nomem(definition);
  int code = database_write(
      definition->database,
      "INSERT INTO __tidemark_sequences (schema_id, name, stored, type_name, start,"
      " minimum, maximum, increment, cache, cycle, last_value, called)"
      " VALUES (?, ?, ?, '', ?, 0, 0, 0, 0, 0, ?, 0)",
      "issii", schema->id, sequence->name, stored, sequence->start, sequence->start);
  sequence->id = sqlite3_last_insert_rowid(definition->database->handle);
  return code == TIDE_OK ? record(definition, sequence) : code;
}

/* RESTART: from its start, or another number. */
static int restart(struct definition *definition, const struct sequence *sequence,
                   const struct sql_node *option) {
  int64_t value = sequence->start;
  int code =
      option->child[0] != NULL ? read_number(definition, option, &value) : TIDE_OK;
  if (code == TIDE_OK)
    code = check_within(
        definition, option, "RESTART value (%lld) cannot be less than MINVALUE (%lld)",
        "RESTART value (%lld) cannot be greater than MAXVALUE (%lld)", sequence, value);
  return code == TIDE_OK ? database_write(definition->database,
                                          "UPDATE __tidemark_sequences SET"
                                          " last_value = ?, called = 0 WHERE id = ?",
                                          "ii", value, sequence->id)
                         : code;
}

int create_sequence(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *name = statement->child[SEQUENCE_NAME];
  const struct schema *schema;
  struct options options;
  int code = define_target_schema(definition, name, &schema);
  if (code == TIDE_OK)
    code = define_check_name(definition, name, "sequence", name->text);
  if (code == TIDE_OK && (statement->flags & SQL_IF_NOT_EXISTS) != 0 &&
      define_check_free(definition, name, schema->name, name->text) ==
          TIDE_ERROR_DUPLICATE_TABLE) {
    error_clear(definition->error);
    return TIDE_OK;
  }
  if (code == TIDE_OK)
    code = read_options(definition, statement->child[SEQUENCE_OPTIONS], &options);
  if (code != TIDE_OK)
    return code;
  struct sequence sequence = {.schema = schema->name,
                              .name = name->text,
                              .type = TYPE_BIGINT,
                              .increment = 1,
                              .cache = 1};
  code = read_sequence(definition, &options, &sequence, false, name);
  if (code == TIDE_OK)
    code = define_check_free(definition, name, schema->name, name->text);
  if (code == TIDE_OK)
    code = insert(definition, schema, &sequence);
  if (code == TIDE_OK && options.restart != NULL)
    code = restart(definition, &sequence, options.restart);
  if (code == TIDE_OK)
    code = sequence_altered(definition->database, sequence.id);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int sequence_restart(struct definition *definition, const struct sequence *sequence,
                     const struct sql_node *option) {
  int code = restart(definition, sequence, option);
  return code == TIDE_OK ? sequence_altered(definition->database, sequence->id) : code;
}

int sequence_number(struct definition *definition, const struct sql_node *option,
                    int64_t *number) {
  return read_number(definition, option, number);
}

/* --- finding --- */

static int find(struct definition *definition, const struct sql_node *name,
                const struct sequence **sequence) {
  const struct relation *relation;
  *sequence =
      catalog_find_sequence(definition->database, name_schema(name), name->text);
  if (*sequence != NULL)
    return TIDE_OK;
  int code = define_find(definition, name, &relation);
  return code == TIDE_OK
             ? error_set_at(definition->error, TIDE_ERROR_WRONG_OBJECT_TYPE,
                            name->position, "%q is not a sequence", name->text)
             : code;
}

/* --- who names one --- */

/* The calls that name a sequence in what the catalog keeps as text. */
struct search {
  struct database *database;
  struct arena *arena;
  int64_t id;
  const char *schema, *name; /* to be put in its place */
  const int64_t *gone;       /* relations that go with it */
  int gone_count;
  bool found;
};

static bool names_it(const struct search *search, const struct sql_node *node) {
  const struct sequence *named =
      node->kind == SQL_CALL ? sequence_named(search->database, node) : NULL;
  return named != NULL && named->id == search->id;
}

static struct sql_node *put_name(struct sql_node *node, void *context) {
  struct search *search = context;
  if (node == NULL || !names_it(search, node))
    return node;
  search->found = true;
  return sequence_rename(search->database, search->arena, node, search->schema,
                         search->name)
             ? node
             : NULL;
}

static enum sql_walk qualify(const struct sql_node *node, void *context) {
  struct definition *definition = context;
  const struct sequence *named =
      node->kind == SQL_CALL ? sequence_named(definition->database, node) : NULL;
  bool done = named == NULL ||
              sequence_rename(definition->database, definition->arena,
                              (struct sql_node *)node, named->schema, named->name);
  return done ? SQL_WALK_ON : SQL_WALK_STOP;
}

int sequence_qualify_all(struct definition *definition, struct sql_node *expression) {
  return sql_walk(expression, qualify, definition) ? TIDE_OK : define_nomem(definition);
}

static int rename_in(struct definition *definition, const struct stored_text *stored,
                     void *context) {
  struct search *search = context;
  search->found = false;
  struct sql_node *tree = sql_rewrite(stored->tree, put_name, search);
  if (tree == NULL || definition->arena->failed)
    return define_nomem(definition);
  return search->found ? stored_text_write(definition, stored, tree) : TIDE_OK;
}

int move_sequence(struct definition *definition, const struct sequence *sequence,
                  const char *schema_name, const char *name) {
  struct search search = {.database = definition->database,
                          .arena = definition->arena,
                          .id = sequence->id,
                          .schema = schema_name,
                          .name = name};
  const struct schema *schema = catalog_find_schema(definition->database, schema_name);
  const char *stored = stored_name(definition->arena, schema_name, name);
  if (stored == NULL)
    return define_nomem(definition);
  int64_t id = sequence->id;
  int code = stored_texts(definition, rename_in, &search);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "UPDATE __tidemark_sequences SET schema_id = ?, name = ?,"
                          " stored = ? WHERE id = ?",
                          "issi", schema->id, name, stored, id);
  return code == TIDE_OK ? define_reload(definition) : code;
}

/* --- ALTER --- */

static int move(struct definition *definition, const struct sequence *sequence,
                const struct sql_node *action) {
  bool renamed = action->op == SQL_RENAME_TO;
  const char *schema = renamed ? sequence->schema : action->text;
  const char *name = renamed ? action->text : sequence->name;
  const struct schema *target;
  schema = arena_string(definition->arena, schema);
  name = arena_string(definition->arena, name);
  if (schema == NULL || name == NULL)
    return define_nomem(definition);
  int code = TIDE_OK;
  if (!renamed && sequence->owner != 0)
    code = error_set_at(definition->error, TIDE_ERROR_NOT_SUPPORTED, action->position,
                        "cannot move an owned sequence into another schema");
  if (code == TIDE_OK && !renamed)
    code = define_find_schema(definition, action, &target);
  if (code == TIDE_OK)
    code = define_check_name(definition, action, "sequence", name);
  if (code == TIDE_OK)
    code = define_check_free(definition, action, schema, name);
  return code == TIDE_OK ? move_sequence(definition, sequence, schema, name) : code;
}

/* The number that it is at has to lie within new limits. */
static int check_last(struct definition *definition, const struct sequence *sequence,
                      const struct sql_node *node) {
  int64_t last = sequence->start;
  const char *query = arena_format(
      definition->arena, "SELECT last_value FROM __tidemark_sequences WHERE id = %lld",
      (long long)sequence->id);
  int code = query == NULL ? define_nomem(definition)
                           : database_integer(definition->database, query, &last);
  return code == TIDE_OK
             ? check_within(
                   definition, node,
                   "RESTART value (%lld) cannot be less than MINVALUE (%lld)",
                   "RESTART value (%lld) cannot be greater than MAXVALUE (%lld)",
                   sequence, last)
             : code;
}

static int change(struct definition *definition, const struct sequence *before,
                  const struct sql_node *list, const struct sql_node *node) {
  struct sequence sequence = *before;
  struct options options;
  int code = read_options(definition, list, &options);
  if (code == TIDE_OK)
    code = read_sequence(definition, &options, &sequence, true, node);
  if (code == TIDE_OK)
    code = record(definition, &sequence);
  if (code == TIDE_OK)
    code = options.restart != NULL ? restart(definition, &sequence, options.restart)
                                   : check_last(definition, &sequence, node);
  if (code == TIDE_OK && options.restart != NULL)
    code = sequence_altered(definition->database, sequence.id);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int alter_sequence(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *name = statement->child[ALTER_NAME];
  const struct sql_node *action = statement->child[ALTER_ACTIONS]->child[0];
  const struct sequence *sequence;
  int code = find(definition, name, &sequence);
  if (code == TIDE_ERROR_UNDEFINED_TABLE && (statement->flags & SQL_IF_EXISTS) != 0) {
    error_clear(definition->error);
    return TIDE_OK;
  }
  if (code != TIDE_OK)
    return code;
  return action->op == SQL_SET_OPTIONS
             ? change(definition, sequence, action->child[ACTION_DEFINITION], name)
             : move(definition, sequence, action);
}

/* --- DROP --- */

static enum sql_walk look(const struct sql_node *node, void *context) {
  struct search *search = context;
  search->found |= names_it(search, node);
  return search->found ? SQL_WALK_STOP : SQL_WALK_ON;
}

static bool goes_too(const struct search *search, const struct stored_text *stored) {
  for (int i = 0; i < search->gone_count; i++) {
    if (search->gone[i] == stored->id && strcmp(stored->owner_kind, "domain") != 0)
      return true;
  }
  return false;
}

/* What uses a sequence that is dropped. */
struct users {
  struct search search;
  const struct sql_node *node; /* where the statement is to blame */
  const char *dropped;
  bool cascade;
};

/* With CASCADE a default goes. */
static int release(struct definition *definition, const struct stored_text *stored,
                   void *context) {
  struct users *users = context;
  struct search *search = &users->search;
  search->found = false;
  if (!goes_too(search, stored))
    sql_walk(stored->tree, look, search);
  if (!search->found)
    return TIDE_OK;
  if (users->cascade && strcmp(stored->what, "column") == 0)
    return database_write(definition->database,
                          "UPDATE __tidemark_columns SET expression = NULL"
                          " WHERE relation_id = ? AND name = ?",
                          "is", stored->id, stored->name);
  error_set_at(definition->error, TIDE_ERROR_DEPENDENTS,
               users->node == NULL ? ERROR_NO_POSITION : users->node->position,
               "cannot drop %s because other objects depend on it", users->dropped);
  error_hint(definition->error,
             "%s %s of %s %s depends on it. Use DROP ... CASCADE to drop the dependent "
             "objects too.",
             stored->what, stored->name, stored->owner_kind, stored->owner);
  return TIDE_ERROR_DEPENDENTS;
}

static int release_users(struct definition *definition, const struct sequence *sequence,
                         const struct sql_node *node, bool cascade, const char *what,
                         const int64_t *gone, int gone_count) {
  struct users users = {.search = {.database = definition->database,
                                   .arena = definition->arena,
                                   .id = sequence->id,
                                   .gone = gone,
                                   .gone_count = gone_count},
                        .node = node,
                        .dropped = what,
                        .cascade = cascade};
  return stored_texts(definition, release, &users);
}

int drop_sequence(struct definition *definition, const struct sequence *sequence,
                  const struct sql_node *node, bool cascade) {
  const char *what = arena_format(definition->arena, "sequence %s", sequence->name);
  int64_t id = sequence->id;
  int code = what == NULL
                 ? define_nomem(definition)
                 : release_users(definition, sequence, node, cascade, what, NULL, 0);
  if (code == TIDE_OK)
    code = database_write(definition->database,
                          "DELETE FROM __tidemark_sequences WHERE id = ?", "i", id);
  return code == TIDE_OK ? define_reload(definition) : code;
}

int release_owned(struct definition *definition, int64_t table, int64_t position,
                  const struct sql_node *node, bool cascade, const int64_t *gone,
                  int gone_count) {
  const struct image *image = definition->database->catalog->image;
  int code = TIDE_OK;
  for (int i = 0; i < image->sequence_count && code == TIDE_OK; i++) {
    const struct sequence *sequence = &image->sequences[i];
    if (sequence->owner != table ||
        (position != 0 && sequence->owner_position != position))
      continue;
    const char *what = arena_format(definition->arena,
                                    "sequence %s, which goes with it,", sequence->name);
    code = what == NULL ? define_nomem(definition)
                        : release_users(definition, sequence, node, cascade, what, gone,
                                        gone_count);
  }
  return code;
}

int drop_sequences(struct definition *definition, const struct sql_node *statement) {
  const struct sql_node *names = statement->child[DROP_NAMES];
  int code = TIDE_OK;
  for (uint32_t i = 0; i < names->count && code == TIDE_OK; i++) {
    const struct sequence *sequence;
    code = find(definition, names->child[i], &sequence);
    if (code == TIDE_OK)
      code = drop_sequence(definition, sequence, names->child[i],
                           (statement->flags & SQL_CASCADE) != 0);
    if ((code == TIDE_ERROR_UNDEFINED_TABLE || code == TIDE_ERROR_UNDEFINED_SCHEMA) &&
        (statement->flags & SQL_IF_EXISTS) != 0) {
      error_clear(definition->error);
      code = TIDE_OK;
    }
  }
  return code;
}

static int note_user(struct definition *definition, const struct stored_text *stored,
                     void *context) {
  (void)definition;
  sql_walk(stored->tree, look, context);
  return TIDE_OK;
}

int sequence_views(struct definition *definition, const struct sequence *sequence,
                   const struct relation **views, int *count) {
  const struct image *image = definition->database->catalog->image;
  int code = TIDE_OK;
  for (int i = 0; i < image->relation_count && code == TIDE_OK; i++) {
    struct search search = {.database = definition->database,
                            .arena = definition->arena,
                            .id = sequence->id};
    if (image->relations[i]->view == NULL)
      continue;
    code = stored_texts_of_view(definition, image->relations[i], note_user, &search);
    if (search.found)
      views[(*count)++] = image->relations[i];
  }
  return code;
}
