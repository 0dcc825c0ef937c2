/* What the files of normalisation share. All of it works on bound trees, in place.
 *
 * A query is taken apart from the inside out: subqueries in FROM and closed ones in
 * expressions first, then the SELECT itself, whose constructs are layers over each other —
 * rows (FROM, WHERE), groups, windows, DISTINCT, ORDER BY with LIMIT. As long as an emitter
 * takes several layers at once they stay together; where not, the lower ones become a node
 * and the upper ones read that. */
#ifndef TIDE_VIEW_NORMALISE_INTERNAL_H
#define TIDE_VIEW_NORMALISE_INTERNAL_H

#include "view/normalise.h"
#include "view/shape.h"

struct splitter {
  struct graph *graph;
  struct arena *arena;
  int32_t next_level; /* of SELECTs that normalisation adds: above all bound ones */
  int next_alias;
};

/* --- normalise.c --- */
/* Takes a query apart as far as that needs no node of its own; it belongs to the
 * caller. */
int split_query(struct splitter *splitter, struct sql_node *query);
/* Is it SELECT columns and expressions FROM one stored relation WHERE …, and nothing else? */
bool split_is_projection(const struct sql_node *body);
/* Makes the query, taken apart, a node. */
int split_off(struct splitter *splitter, struct sql_node *query,
              const struct relation **relation);
/* Makes the branch of a set operation rows of one relation. */
int split_branch(struct splitter *splitter, struct sql_node **branch);
/* Takes apart what is inside a body that stays where it is; `order` is that of its query, or
 * NULL. */
int split_inside_body(struct splitter *splitter, struct sql_node *body,
                      struct sql_node *order);
int split_nomem(const struct splitter *splitter);

/* --- normalise_build.c --- */
/* A reference to a relation, which may be internal, with an alias of its own. */
struct sql_node *build_reference(struct splitter *splitter,
                                 const struct relation *relation, uint32_t position);
/* A column of such a reference, in a SELECT of that level. */
struct sql_node *build_column(struct splitter *splitter,
                              const struct sql_node *reference, int column,
                              int32_t level);
/* SELECT … FROM reference, without results as yet, of a new level. */
struct sql_node *build_select(struct splitter *splitter, struct sql_node *reference);
bool build_result(struct splitter *splitter, struct sql_node *select,
                  struct sql_node *value, const char *name);
struct sql_node *build_query(struct splitter *splitter, struct sql_node *body);
/* SELECT all columns FROM relation. */
struct sql_node *build_select_all(struct splitter *splitter,
                                  const struct relation *relation, uint32_t position);
/* left op right; NULL when there is no such operator, or no memory. */
struct sql_node *build_comparison(struct splitter *splitter, const char *symbol,
                                  struct sql_node *left, struct sql_node *right);
/* count(value), or count(*) when that is NULL, of a SELECT of that level. */
struct sql_node *build_count(struct splitter *splitter, struct sql_node *value,
                             int32_t level, uint32_t position);
/* The reference, to a subquery or a common table expression, becomes one to a relation.
 * Columns that refer to it are put right when their query is settled. */
void build_replace(struct splitter *splitter, struct sql_node *reference,
                   const struct relation *relation);

/* --- normalise_tree.c --- */
/* Gives the SELECTs of a cloned tree levels of their own: those of the tree it is a clone
 * of may come to stand beside or around them. */
void tree_set_levels(struct splitter *splitter, struct sql_node *tree);
/* Gives each reference of the query an alias of its own, and its columns that and their
 * names. */
int tree_settle(struct splitter *splitter, struct sql_node *query);
/* Does nothing in the query refer to what is outside? */
bool tree_is_closed(const struct sql_node *query);
/* Are both the same expression, over the same references? */
bool tree_same(const struct sql_node *left, const struct sql_node *right);
/* Is it a reference to the common table expression `name`? */
bool tree_is_cte(const struct sql_node *node, const char *name);

/* --- normalise_with.c --- */
/* Rids the query of WITH: common table expressions become subqueries or nodes. */
int split_with(struct splitter *splitter, struct sql_node *query);

/* --- normalise_recursive.c --- */
/* The common table expression, which refers to itself, becomes a node. */
int split_recursive(struct splitter *splitter, struct sql_node *cte,
                    const struct relation **relation);

/* --- normalise_layer.c --- */
/* FROM and WHERE of the SELECT become a node, which gives the columns that the rest needs
 * and `count` further expressions; the SELECT reads that. */
int split_rows(struct splitter *splitter, struct sql_node *select,
               struct sql_node *order, const struct sql_node *const *further,
               int count);
/* GROUP BY with its aggregates becomes a node; HAVING is a filter over it. */
int split_groups(struct splitter *splitter, struct sql_node *select,
                 struct sql_node *order);
/* The SELECT, but for DISTINCT, becomes a node, and DISTINCT a GROUP BY. */
int split_distinct(struct splitter *splitter, struct sql_node *select);

/* --- normalise_member.c --- */
/* IN among the conditions of WHERE becomes EXISTS. */
int split_members(struct splitter *splitter, struct sql_node *select);

/* --- normalise_quantified.c --- */
/* Comparisons of a column with a closed set become EXISTS and flags of the set. */
int split_quantified(struct splitter *splitter, struct sql_node *select);

/* --- normalise_join.c --- */
/* RIGHT JOIN becomes LEFT JOIN the other way round, which searches the other side by index. */
void split_right_joins(struct sql_node *select);
/* FULL JOIN as LEFT JOIN and what is left over of the right side. */
int split_full_joins(struct splitter *splitter, struct sql_node *select,
                     const struct sql_node *order);

#endif
