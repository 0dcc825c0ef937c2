/* The relations that pg_tviews has: runtime views over what the catalog knows. */
#ifndef TIDE_EXTENSION_RELATIONS_H
#define TIDE_EXTENSION_RELATIONS_H

struct extension_relation {
  const char *name;  /* with its schema */
  const char *query; /* PostgreSQL's SQL */
};

extern const struct extension_relation extension_relations[];
extern const int extension_relation_count;

#endif
