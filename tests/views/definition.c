/* Random definitions of views: realtime, runtime, without data, that can be written, and in the place of others. */
#include <stdio.h>
#include <string.h>

#include "generator.h"

static void begin_query(struct generator *generator) {
  memset(generator->used, 0, sizeof generator->used);
  generator->risky = false;
  generator->cte_count = generator->next_alias = 0;
  generator->references = 2 + below(generator, 5);
}

static bool is_read(const char *text, const char *name) {
  char reference[40];
  snprintf(reference, sizeof reference, "%s AS ", name);
  return strstr(text, reference) != NULL;
}

/* Takes note of a view's columns, and of how many views are below it. */
static void note_view(struct generator *generator, struct relation_info *view,
                      const char *query, const struct shape *shape) {
  view->view = true;
  view->risky = generator->risky;
  view->depth = 1;
  view->column_count = shape->count;
  view->unique = view->parent = -1;
  for (int i = 0; i < shape->count; i++) {
    snprintf(view->columns[i].name, sizeof view->columns[i].name, "c%d", i + 1);
    view->columns[i].kind = shape->kinds[i];
  }
  for (int i = generator->table_count; i < generator->relation_count; i++)
    if (is_read(query, generator->relations[i].name) &&
        generator->relations[i].depth >= view->depth)
      view->depth = generator->relations[i].depth + 1;
}

/* Rows of one table with a key, by its columns: such a view can be written. NULL when the table has no key. */
static const char *writable_query(struct generator *generator,
                                  struct relation_info *view, struct shape *shape) {
  int index = below(generator, generator->table_count);
  const struct relation_info *table = &generator->relations[index];
  const char *alias = new_alias(generator), *list = "";
  struct scope scope = {.count = 0};
  if (table->key_count == 0)
    return NULL;
  *shape = (struct shape){.count = 0};
  for (int i = 0; i < table->column_count && shape->count < 8; i++) {
    const struct table_column *column = &table->columns[i];
    const char *text = say(generator, "%s.%s", alias, column->name);
    scope_add(&scope, text, column->kind, i < table->key_count);
    if (column->generated || (i >= table->key_count && chance(generator, 30)))
      continue;
    memcpy(view->base_columns[shape->count], column->name, sizeof column->name);
    list = query_result(generator, list, shape, text, column->kind);
  }
  view->base = index + 1;
  generator->references = 0;
  uses(generator, CONSTRUCT_WRITABLE);
  return say(generator, "SELECT %s FROM %s AS %s%s", list, table->name, alias,
             query_filter(generator, &scope, 0));
}

const char *generate_view(struct generator *generator, int depth) {
  struct relation_info *view = &generator->relations[generator->relation_count];
  struct shape shape = {.count = 0};
  const char *text = NULL, *rest = "";
  *view = (struct relation_info){.view = true};
  begin_query(generator);
  if (chance(generator, 8))
    text = writable_query(generator, view, &shape);
  if (!text)
    text = query(generator, depth, NULL, &shape);
  note_view(generator, view, text, &shape);
  snprintf(view->name, sizeof view->name, "v%d", generator->next_view++);
  generator->relation_count++;
  view->runtime = chance(generator, 12);
  if (view->runtime) {
    uses(generator, CONSTRUCT_RUNTIME);
    return say(generator, "CREATE VIEW %s AS %s", view->name, text);
  }
  if (chance(generator, 4))
    rest = " WITH (time_refresh = 'external')";
  if (chance(generator, 6)) {
    uses(generator, CONSTRUCT_NO_DATA);
    rest = say(generator, "%s WITH NO DATA", rest);
  }
  return say(generator, "CREATE REALTIME VIEW %s AS %s%s", view->name, text, rest);
}

const char *generate_replacement(struct generator *generator, int index, int depth,
                                 bool more) {
  struct relation_info *view = &generator->relations[index];
  struct shape wanted = {.count = view->column_count}, shape;
  int all = generator->relation_count;
  for (int i = 0; i < wanted.count; i++)
    wanted.kinds[i] = view->columns[i].kind;
  if (more && wanted.count < COLUMNS_MAX && chance(generator, 40))
    wanted.kinds[wanted.count++] = any_kind(generator);
  begin_query(generator);
  generator->relation_count = index;
  const char *text = query(generator, depth, &wanted, &shape);
  note_view(generator, view, text, &wanted);
  generator->relation_count = all;
  view->base = 0;
  uses(generator, CONSTRUCT_REPLACED);
  return say(generator, "CREATE OR REPLACE %sVIEW %s AS %s",
             view->runtime ? "" : "REALTIME ", view->name, text);
}
