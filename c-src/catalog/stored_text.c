/* What the catalog keeps as text: defaults, constraints, indexes, queries of views. */
#include "catalog/stored_text.h"

#include <string.h>

/* What visiting each needs. */
struct visitor {
  struct definition *definition;
  stored_text_visit *visit;
  void *context;
};

static int visit_text(struct visitor *visitor, struct stored_text stored,
                      const char *text, bool statement) {
  struct definition *definition = visitor->definition;
  size_t consumed;
  if (text == NULL)
    return TIDE_OK;
  int code =
      statement ? sql_parse(definition->arena, text, strlen(text), SQL_DIALECT_POSTGRES,
                            &stored.tree, &consumed, definition->error)
                : sql_parse_expression(definition->arena, text, strlen(text),
                                       &stored.tree, definition->error);
  return code == TIDE_OK ? visitor->visit(definition, &stored, visitor->context) : code;
}

static const char *kind_word(const struct relation *relation) {
  return relation->view != NULL ? "view" : "table";
}

struct stored_text stored_text_of(const struct relation *relation, const char *what,
                                  const char *name, const char *update) {
  return (struct stored_text){.what = what,
                              .name = name,
                              .owner_kind = kind_word(relation),
                              .owner = relation->name,
                              .id = relation->id,
                              .update = update,
                              .keyed = true};
}

static int visit_view(struct visitor *visitor, const struct relation *relation) {
  const struct view *view = relation->view;
  struct stored_text stored = stored_text_of(relation, "view", relation->name, NULL);
  stored.keyed = false;
  if (view == NULL || view->origin != NULL)
    return TIDE_OK;
  stored.update = "UPDATE __tidemark_views SET query = ? WHERE relation_id = ?";
  int code = visit_text(visitor, stored, view->query_sql, true);
  stored.update = "UPDATE __tidemark_views SET write_filter = ? WHERE relation_id = ?";
  return code == TIDE_OK && view->write_path != NULL
             ? visit_text(visitor, stored, view->write_path->filter_sql, false)
             : code;
}

static int visit_relation(struct visitor *visitor, const struct relation *relation) {
  int code = visit_view(visitor, relation);
  for (int i = 0; i < relation->column_count && code == TIDE_OK; i++) {
    const struct column *column = &relation->columns[i];
    if (relation->view == NULL)
      code = visit_text(visitor,
                        stored_text_of(relation, "column", column->name,
                                       "UPDATE __tidemark_columns SET expression = ?"
                                       " WHERE relation_id = ? AND name = ?"),
                        column->default_sql, false);
  }
  for (int i = 0; i < relation->constraint_count && code == TIDE_OK; i++) {
    const struct constraint *constraint = &relation->constraints[i];
    code = visit_text(visitor,
                      stored_text_of(relation, "constraint", constraint->name,
                                     "UPDATE __tidemark_constraints SET expression = ?"
                                     " WHERE relation_id = ? AND name = ?"),
                      constraint->expression, false);
  }
  for (int i = 0; i < relation->index_count && code == TIDE_OK; i++) {
    const struct index *index = &relation->indexes[i];
    code = visit_text(visitor,
                      stored_text_of(relation, "index", index->name,
                                     "UPDATE __tidemark_indexes SET definition = ?"
                                     " WHERE relation_id = ? AND name = ?"),
                      index->definition, true);
  }
  return code;
}

static int visit_domain(struct visitor *visitor, const struct domain *domain) {
  struct stored_text stored = {.what = "default",
                               .name = domain->name,
                               .owner_kind = "domain",
                               .owner = domain->name,
                               .id = domain->number,
                               .update = "UPDATE __tidemark_domains SET expression = ?"
                                         " WHERE id = ?"};
  int code = visit_text(visitor, stored, domain->default_sql, false);
  stored.what = "constraint";
  stored.keyed = true;
  stored.update = "UPDATE __tidemark_domain_checks SET expression = ?"
                  " WHERE domain_id = ? AND name = ?";
  for (int i = 0; i < domain->check_count && code == TIDE_OK; i++) {
    stored.name = domain->checks[i].name;
    code = visit_text(visitor, stored, domain->checks[i].expression, false);
  }
  return code;
}

int stored_texts_of_view(struct definition *definition, const struct relation *view,
                         stored_text_visit *visit, void *context) {
  struct visitor visitor = {definition, visit, context};
  return visit_view(&visitor, view);
}

int stored_texts(struct definition *definition, stored_text_visit *visit,
                 void *context) {
  const struct image *image = definition->database->catalog->image;
  struct visitor visitor = {definition, visit, context};
  int code = TIDE_OK;
  for (int i = 0; i < image->relation_count && code == TIDE_OK; i++) {
    if (image->relations[i]->kind != RELATION_SYSTEM)
      code = visit_relation(&visitor, image->relations[i]);
  }
  for (int i = 0; i < image->domain_count && code == TIDE_OK; i++)
    code = visit_domain(&visitor, &image->domains[i]);
  return code;
}

int stored_text_write(struct definition *definition, const struct stored_text *stored,
                      const struct sql_node *tree) {
  const char *text;
  int code = tree_text(definition, tree, &text);
  return code == TIDE_OK ? database_write(definition->database, stored->update,
                                          stored->keyed ? "sis" : "si", text,
                                          stored->id, stored->name)
                         : code;
}
