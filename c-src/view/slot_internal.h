/* What this layer's other files know of slots. */
#ifndef TIDE_VIEW_SLOT_INTERNAL_H
#define TIDE_VIEW_SLOT_INTERNAL_H

#include "view/slot.h"

/* What one selector selects: all relations of a schema (name NULL), or of all (both NULL). */
struct pattern {
  struct pattern *next;
  char *schema, *name;
};

/* Copies; NULL: out of memory. */
struct pattern *pattern_new(struct memory *memory, const char *schema,
                            const char *name);
void pattern_free(struct memory *memory, struct pattern *pattern);
/* Is the relation selected by one of the list? What live queries keep never is. */
bool pattern_selects(const struct pattern *patterns, const struct relation *relation);

struct slots;
int slots_init(struct database *database);  /* views->slots, as the database has them */
int slots_renew(struct database *database); /* reads them again */
void slots_deinit(struct database *database);
/* Are there slots? */
bool slots_any(const struct database *database);
bool slots_select(const struct database *database, const struct relation *relation);

/* Stores what a commit is about, in its transaction: entries of "changes" without brackets,
 * and their blocks. */
int slots_keep(struct database *database, int64_t commit, struct buffer *about,
               struct buffer *data);
/* The transaction was undone, and with it what was stored. */
void slots_undone(struct database *database);

#endif
