/* Splitting a view's query into nodes that know one construct each. */
#ifndef TIDE_VIEW_NORMALISE_H
#define TIDE_VIEW_NORMALISE_H

#include "view/graph.h"

/* Splits the bound query: what is left of it in *query is that of the view's own node,
 * the rest has become nodes of the graph. Returns TIDE_OK or an error. */
int normalise(struct graph *graph, struct sql_node **query);

#endif
