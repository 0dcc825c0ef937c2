/* Patches of stored rows: what of a query they can follow, and their SQL. */
#include "view/patch.h"

#include <string.h>

#include "sql/walk.h"
#include "types/json.h"
#include "view/scan.h"
#include "view/updates.h"

static const char stored_alias[] = "__stored"; /* no alias of a query is called so */

/* --- what an expression depends on --- */

struct use {
  const struct occurrence *occurrence;
  uint64_t columns; /* of the occurrence */
  bool others;      /* of anything else too */
  bool unknown;     /* it cannot be told */
};

static enum sql_walk note_use(const struct sql_node *node, void *context) {
  struct use *use = context;
  const struct sql_node *reference = use->occurrence->reference;
  use->others |= node->kind == SQL_QUERY;
  if (node->kind != SQL_COLUMN)
    return SQL_WALK_ON;
  if (!node->child[0] || strcmp(node->child[0]->text, reference->text) != 0) {
    use->others = true;
    return SQL_WALK_ON;
  }
  const struct sql_node *bound = node->bound;
  if (!bound || bound->kind != SQL_TABLE_REFERENCE || node->bound_index < 0 ||
      node->bound_index >= use->occurrence->relation->column_count ||
      node->bound_index >= UPDATES_COLUMNS_MAX)
    use->unknown = true;
  else
    use->columns |= updates_column(node->bound_index);
  return SQL_WALK_SKIP;
}

static struct use use_of(const struct occurrence *occurrence,
                         const struct sql_node *node) {
  struct use use = {.occurrence = occurrence};
  if (node)
    sql_walk(node, note_use, &use);
  return use;
}

/* --- which row of the occurrence a stored row is of --- */

/* The join that pads the reference with NULLs when its condition fails. */
static const struct sql_node *join_of(const struct sql_node *item,
                                      const struct sql_node *reference) {
  if (item->kind != SQL_JOIN)
    return NULL;
  if (item->child[JOIN_LEFT] == reference || item->child[JOIN_RIGHT] == reference)
    return item;
  const struct sql_node *join = join_of(item->child[JOIN_LEFT], reference);
  return join ? join : join_of(item->child[JOIN_RIGHT], reference);
}

/* Does the way from the occurrence to the anchor lead exactly to the rows that it is in? If
 * it is never padded, the condition need not be all of ON: a stored row satisfies the rest. */
static bool leads_to_its_rows(const struct plan *plan, const struct reach *reach,
                              const struct occurrence *occurrence) {
  if (occurrence->edge < 0)
    return false;
  const struct edge *edge = &reach->edges[occurrence->edge];
  if (edge->to != reach->anchor || edge->theta || !edge->conjunct ||
      edge->from_column < 0)
    return false;
  if (occurrence->reference->bound_index != 1)
    return true;
  const struct sql_node *select = plan->bound->child[QUERY_BODY];
  const struct sql_node *from = select->child[SELECT_FROM];
  const struct sql_node *join = NULL;
  for (uint32_t i = 0; !join && i < from->count; i++)
    join = join_of(from->child[i], occurrence->reference);
  return join && join->child[JOIN_ON] == edge->conjunct;
}

/* Is there never more than one row with the same values of the columns? `nulls`: also where
 * one of them is NULL. */
static bool is_unique(struct plan *plan, const struct relation *relation,
                      const int *columns, int count, bool nulls) {
  struct source_key key;
  for (int which = 0; join_find_key(plan, relation, which, &key); which++)
    if (!(nulls && key.repeats) && key.count == count &&
        memcmp(key.columns, columns, (size_t)count * sizeof *columns) == 0)
      return true;
  return false;
}

static bool is_read_once(const struct reach *reach, const struct relation *relation) {
  int times = 0;
  for (int i = 0; i < reach->occurrence_count; i++)
    times += reach->occurrences[i].relation == relation;
  return times == 1;
}

static bool has_known_row(struct plan *plan, const struct reach *reach, int which) {
  const struct occurrence *occurrence = &reach->occurrences[which];
  const struct sql_node *select = plan->bound->child[QUERY_BODY];
  if (occurrence->level != select->index || !is_read_once(reach, occurrence->relation))
    return false;
  return which == reach->anchor ||
         (leads_to_its_rows(plan, reach, occurrence) &&
          is_unique(plan, occurrence->relation,
                    &reach->edges[occurrence->edge].from_column, 1, false));
}

/* --- the new values --- */

struct writer {
  struct plan *plan;
  const struct occurrence *occurrence;
  uint64_t columns; /* whose updates can be followed: what cannot be is taken out */
  bool unknown;
  struct buffer out;
  int rc;
};

/* Depends on nothing but columns that can be followed; what depends on others besides keeps
 * its value, and its columns are not followed. */
static bool is_its_own(struct writer *writer, const struct sql_node *value) {
  struct use use = use_of(writer->occurrence, value);
  writer->unknown |= use.unknown;
  if (use.others)
    writer->columns &= ~use.columns;
  return use.columns != 0 && !use.others && !use.unknown;
}

static bool is_template(const struct sql_node *value) {
  return value->kind == SQL_CALL && !value->bound &&
         strcmp(value->child[CALL_NAME]->text, JSON_FORMAT) == 0;
}

static void write_value(struct writer *writer, const struct sql_node *value) {
  if (writer->rc == TIDE_OK)
    writer->rc = plan_print(writer->plan, value, &writer->out);
}

static void write_stored(struct writer *writer, int column) {
  buffer_format(&writer->out, "%s.%q", stored_alias,
                writer->plan->storage.columns[column].name);
}

/* The template with %= in the place of each value that stays, as pg_json_patch has it. */
static bool mark_kept(struct writer *writer, const struct sql_node *arguments,
                      struct sql_node *text, uint64_t own[]) {
  struct buffer marked;
  buffer_init(&marked, writer->plan->database->memory);
  uint32_t hole = 0;
  for (uint32_t i = 0; i < text->length; i++) {
    char c = text->text[i];
    buffer_character(&marked, c);
    if (c != '%' || i + 1 == text->length)
      continue;
    char kind = text->text[++i];
    bool kept = kind != '%' && !(own[hole / 64] >> hole % 64 & 1);
    hole += kind != '%';
    buffer_character(&marked, kept ? JSON_HOLE_KEPT : kind);
  }
  text->text = arena_string(&writer->plan->arena, buffer_string(&marked));
  text->length = (uint32_t)marked.length;
  bool fine = text->text && !marked.failed && hole + 1 == arguments->count;
  buffer_deinit(&marked);
  return fine;
}

static void write_document(struct writer *writer, const struct sql_node *value,
                           int column) {
  enum { HOLES_MAX = 128 };
  const struct sql_node *arguments = value->child[CALL_ARGUMENTS];
  uint64_t own[HOLES_MAX / 64] = {0}, any = 0;
  for (uint32_t i = 1; i < arguments->count && i <= HOLES_MAX; i++)
    if (is_its_own(writer, arguments->child[i]))
      any |= own[(i - 1) / 64] |= (uint64_t)1 << (i - 1) % 64;
  if (any == 0) {
    write_stored(writer, column);
    return;
  }
  if (arguments->count > HOLES_MAX ||
      !mark_kept(writer, arguments, arguments->child[0], own)) {
    writer->unknown = true;
    return;
  }
  buffer_text(&writer->out, "pg_json_patch(");
  write_stored(writer, column);
  for (uint32_t i = 0; i < arguments->count; i++) {
    if (i > 0 && !(own[(i - 1) / 64] >> (i - 1) % 64 & 1))
      continue;
    buffer_text(&writer->out, ", ");
    write_value(writer, arguments->child[i]);
  }
  buffer_character(&writer->out, ')');
}

static void write_column(struct writer *writer, const struct sql_node *value,
                         int column) {
  if (is_template(value))
    write_document(writer, value, column);
  else if (is_its_own(writer, value))
    write_value(writer, value);
  else
    write_stored(writer, column);
}

static void write_columns(struct writer *writer, const struct sql_node *results) {
  int count = writer->plan->storage.column_count;
  buffer_text(&writer->out, "SELECT ");
  for (int i = 0; i < count; i++) {
    write_stored(writer, i);
    buffer_text(&writer->out, ", ");
  }
  for (int i = 0; i < count && writer->rc == TIDE_OK; i++) {
    buffer_text(&writer->out, i > 0 ? ", " : "");
    write_column(writer, results->child[i]->child[0], i);
  }
}

/* Are the columns by which a part is found never NULL? */
static bool part_is_never_null(const struct storage *storage) {
  bool all = storage->never_null;
  for (int i = 0; i < storage->part_count; i++) {
    bool in_key = false;
    for (int k = 0; k < storage->key_count; k++)
      in_key |= storage->key[k] == storage->part[i];
    all &= in_key;
  }
  return all;
}

/* FROM the rows that came, over the way to the anchor, to the stored rows of its part. */
static void write_source(struct writer *writer, const struct reach *reach,
                         const int *key) {
  const struct storage *storage = &writer->plan->storage;
  const struct occurrence *anchor = &reach->occurrences[reach->anchor];
  int which = (int)(writer->occurrence - reach->occurrences);
  const char *same = part_is_never_null(storage) ? "=" : "IS";
  reach_print_from(reach, which, &writer->out);
  buffer_format(&writer->out, " CROSS JOIN main.%q AS %s WHERE %q.__weight > 0",
                storage->relation->stored, stored_alias,
                writer->occurrence->reference->text);
  for (int i = 0; i < storage->part_count; i++) {
    buffer_text(&writer->out, " AND ");
    write_stored(writer, storage->part[i]);
    buffer_format(&writer->out, " %s %q.%q", same, anchor->reference->text,
                  anchor->relation->columns[key[i]].name);
  }
  if (writer->rc == TIDE_OK)
    writer->rc =
        reach_print_conditions(writer->plan, reach, which, " AND ", &writer->out);
}

/* --- planning --- */

/* Columns that say which rows there are. */
static struct use structure(const struct occurrence *occurrence,
                            const struct sql_node *query) {
  const struct sql_node *select = query->child[QUERY_BODY];
  struct use all = {.occurrence = occurrence};
  for (uint32_t i = 0; i < select->count + query->count; i++) {
    const struct sql_node *part =
        i < select->count ? select->child[i] : query->child[i - select->count];
    if (part == select || part == select->child[SELECT_RESULTS])
      continue;
    struct use use = use_of(occurrence, part);
    all.columns |= use.columns;
    all.unknown |= use.unknown;
  }
  return all;
}

/* The query as it is run, a tree that may be written to; NULL with the error set. */
static struct sql_node *lowered_query(struct plan *plan) {
  struct sql_node *query = bind_clone_tree(&plan->arena, plan->bound);
  if (!query) {
    plan_out_of_memory(plan);
    return NULL;
  }
  return lower_statement(&plan->binding, query);
}

static int write_patch(struct writer *writer, const struct reach *reach, const int *key,
                       int key_count) {
  struct sql_node *query = lowered_query(writer->plan);
  if (!query)
    return writer->plan->database->error->code;
  const struct sql_node *results = query->child[QUERY_BODY]->child[SELECT_RESULTS];
  struct use structural = structure(writer->occurrence, query);
  writer->columns =
      updates_all_columns(writer->occurrence->relation) & ~structural.columns;
  writer->unknown = structural.unknown ||
                    results->count != (uint32_t)writer->plan->storage.column_count;
  if (writer->occurrence == &reach->occurrences[reach->anchor])
    for (int i = 0; i < key_count; i++)
      writer->columns &= key[i] < UPDATES_COLUMNS_MAX ? ~updates_column(key[i]) : 0;
  if (writer->unknown)
    return TIDE_OK;
  write_columns(writer, results);
  write_source(writer, reach, key);
  return writer->rc == TIDE_OK && writer->out.failed ? plan_out_of_memory(writer->plan)
                                                     : writer->rc;
}

static int plan_patch(struct plan *plan, const struct reach *reach, int occurrence,
                      const int *key, int key_count, struct patch **patches) {
  struct writer writer = {.plan = plan, .occurrence = &reach->occurrences[occurrence]};
  buffer_init(&writer.out, plan->database->memory);
  int rc = write_patch(&writer, reach, key, key_count);
  if (rc == TIDE_OK && !writer.unknown && writer.columns != 0) {
    struct patch *patch = plan_alloc(plan, sizeof *patch);
    const char *sql = arena_string(&plan->arena, buffer_string(&writer.out));
    if (patch && sql) {
      *patch = (struct patch){.next = *patches,
                              .occurrence = occurrence,
                              .columns = writer.columns,
                              .sql = sql};
      *patches = patch;
    } else {
      rc = plan_out_of_memory(plan);
    }
  }
  buffer_deinit(&writer.out);
  return rc;
}

int patch_plan(struct plan *plan, const struct reach *reach, const int *key,
               int key_count, struct patch **patches) {
  const struct relation *anchor = reach->occurrences[reach->anchor].relation;
  if (!is_unique(plan, anchor, key, key_count, true))
    return TIDE_OK; /* rows of several of its rows are in one part */
  int rc = TIDE_OK;
  for (int i = reach->occurrence_count; rc == TIDE_OK && i-- > 0;)
    if (has_known_row(plan, reach, i))
      rc = plan_patch(plan, reach, i, key, key_count, patches);
  return rc;
}

void patch_release(struct patch *patches) {
  for (; patches; patches = patches->next)
    sqlite3_finalize(patches->statement);
}

/* --- emitting --- */

struct patch *patch_find(struct patch *patches, const struct reach *reach) {
  int changed = -1;
  for (int i = 0; i < reach->occurrence_count; i++) {
    if (reach->occurrences[i].delta->count == 0)
      continue;
    if (changed >= 0)
      return NULL;
    changed = i;
  }
  for (struct patch *patch = patches; patch; patch = patch->next)
    if (patch->occurrence == changed)
      return updates_only(reach->occurrences[changed].delta, patch->columns) ? patch
                                                                             : NULL;
  return NULL;
}

static bool add_new_row(struct plan *plan, sqlite3_stmt *statement) {
  int count = plan->storage.column_count;
  struct row_pool *pool = &plan->changes.pool;
  row_begin(pool);
  for (int i = 0; i < count; i++)
    row_add(pool, sqlite3_column_value(statement, count + i),
            plan->storage.affinity[i]);
  struct row row = row_end(pool);
  return row.bytes && changes_add(&plan->changes, row, 1);
}

int patch_emit(struct plan *plan, struct patch *patch) {
  int rc = TIDE_OK;
  if (!patch->statement)
    rc = database_prepare(plan->database, patch->sql, true, &patch->statement);
  if (rc != TIDE_OK)
    return rc;
  bool row;
  while ((rc = database_step(plan->database, patch->statement, &row)) == TIDE_OK && row)
    if (!changes_add_statement(&plan->changes, patch->statement,
                               plan->storage.column_count, plan->storage.affinity,
                               -1) ||
        !add_new_row(plan, patch->statement))
      break;
  sqlite3_reset(patch->statement);
  if (rc == TIDE_ERROR_CORRUPT)
    error_hint(plan->database->error, "REFRESH REALTIME VIEW computes its rows anew.");
  bool failed = plan->changes.failed || plan->changes.pool.failed;
  return rc == TIDE_OK && failed ? plan_out_of_memory(plan) : rc;
}

/* --- explaining --- */

int patch_explain(struct plan *plan, const struct patch *patches,
                  const struct reach *reach, struct buffer *out) {
  int rc = TIDE_OK;
  for (const struct patch *patch = patches; rc == TIDE_OK && patch;
       patch = patch->next) {
    buffer_text(out, "patch for updates of ");
    updates_print(reach->occurrences[patch->occurrence].relation, patch->columns, out);
    rc = scan_explain_statement(plan, "", patch->sql, out);
  }
  return rc;
}
