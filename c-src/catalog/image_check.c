/* Whether what was read of the catalog fits together, as everything above takes for granted: only damage makes one that does not. */
#include <limits.h>

#include "catalog/image.h"

/* What a type can have been given by CREATE TABLE. */
static bool type_is_sound(const struct image *image, struct type type) {
  enum { LONGEST = 10485760, WIDEST = 1000 };
  bool known = type_is_enum(type) ? image->enums[type_enum_number(type)] != NULL
                                  : type.id < TYPE_COUNT;
  const struct domain *domain = image_domain(image, type.domain);
  if (domain == NULL ? type.domain != 0 : !type_equal(domain_type(domain), type))
    return false;
  return known && type.precision >= -1 && type.precision <= LONGEST &&
         type.scale >= -WIDEST && type.scale <= WIDEST;
}

static bool indexes_fit(const int *columns, int count,
                        const struct relation *relation) {
  for (int i = 0; i < count; i++)
    if (columns[i] < 0 || columns[i] >= relation->column_count)
      return false;
  return true;
}

static bool columns_fit(const struct image *image, const struct relation *relation) {
  for (int i = 0; i < relation->column_count; i++) {
    const struct column *column = &relation->columns[i];
    if (!type_is_sound(image, column->type) ||
        (i > 0 && column->position <= relation->columns[i - 1].position) ||
        (column->generated && column->default_sql == NULL))
      return false;
  }
  return true;
}

static bool keys_fit(const struct relation *relation) {
  for (int i = 0; i < relation->key_count; i++) {
    const struct key *key = &relation->keys[i];
    if (key->count == 0 || !indexes_fit(key->columns, key->count, relation))
      return false;
  }
  return true;
}

static bool action_fits(enum sql_foreign_action action) {
  return action >= SQL_NO_ACTION && action <= SQL_SET_DEFAULT;
}

/* A CHECK has an expression, a FOREIGN KEY columns and what they refer to. */
static bool constraints_fit(const struct relation *relation) {
  for (int i = 0; i < relation->constraint_count; i++) {
    const struct constraint *constraint = &relation->constraints[i];
    bool refers = constraint->referenced != 0;
    if (refers == (constraint->expression != NULL) ||
        (refers && constraint->count == 0) || !action_fits(constraint->on_delete) ||
        !action_fits(constraint->on_update) ||
        !indexes_fit(constraint->columns, refers ? constraint->count : 0, relation))
      return false;
  }
  return true;
}

static bool view_fits(const struct relation *relation) {
  const struct view *view = relation->view;
  if (relation->kind != RELATION_VIEW)
    return view == NULL;
  if (view == NULL || view->query_sql == NULL)
    return false;
  const struct write_path *path = view->write_path;
  return path == NULL || (path->origin_name != NULL &&
                          indexes_fit(path->key, path->key_count, relation));
}

/* Each is over an earlier one, if over any: there is an end to it. */
static bool domains_fit(const struct image *image) {
  for (int i = 0; i < image->domain_count; i++) {
    const struct domain *domain = &image->domains[i];
    if (domain->number < 1 || domain->type.domain >= domain->number ||
        type_storage(domain->type) == NULL || !type_is_sound(image, domain->type))
      return false;
  }
  return true;
}

bool image_fits_together(const struct image *image) {
  int64_t last = INT64_MIN;
  if (!domains_fit(image))
    return false;
  for (int i = 0; i < image->relation_count; i++) {
    const struct relation *relation = image->relations[i];
    bool ascends = i == 0 || relation->id > last;
    last = relation->id;
    if (!ascends || (relation->kind != RELATION_SYSTEM && relation->id <= 0) ||
        !columns_fit(image, relation) || !keys_fit(relation) ||
        !constraints_fit(relation) || !view_fits(relation))
      return false;
  }
  return true;
}
