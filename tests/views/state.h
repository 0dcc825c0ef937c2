/* What views remember between changes: the rows of their nodes, with the columns that are not shown, and their state tables. */
#ifndef TIDE_VIEWS_STATE_H
#define TIDE_VIEWS_STATE_H

#include "base/map.h"
#include "rows.h"

struct database;
struct relation;

struct state_check {
  struct map tables; /* what is kept of each table compared */
  struct rows found, wanted;
  uint64_t count; /* how many tables have been compared */
};

void state_check_init(struct state_check *check);
void state_check_deinit(struct state_check *check);
/* Before the database is closed. */
void state_check_forget(struct state_check *check);

enum state_verdict { STATE_EQUAL, STATE_DIFFERENT, STATE_ERROR };

/* Compares the table of each node of a realtime view, and each of its state tables, with the query that fills it: nodes
 * read the tables of the nodes before them, so that all are right when each is. The view must be up to date.
 * DIFFERENT: `report` tells where. ERROR: see database->error. */
enum state_verdict state_check_view(struct state_check *check,
                                    struct database *database,
                                    const struct relation *view, struct buffer *report);

#endif
