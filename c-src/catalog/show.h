/* How MySQL's SHOW spells what the catalog knows of a table. */
#ifndef TIDE_CATALOG_SHOW_H
#define TIDE_CATALOG_SHOW_H

#include "catalog/catalog.h"

/* What MariaDB calls the type of a column. */
void show_type(const struct database *database, struct type type, struct buffer *out);
/* The same of a table's column, which may be a part of its type (sql/mysql_table.c). */
void show_column_type(const struct database *database, const struct relation *table,
                      const struct column *column, struct buffer *out);
/* Does the constraint only keep a column within its type? */
/* Is it about the column alone? */
bool show_is_range_of(const struct constraint *constraint, const struct column *column);
bool show_is_range(const struct constraint *constraint);
/* What COMMENT says of the column at the position, or of the table at 0; "": nothing. Arena-owned. */
int show_comment(struct database *database, struct arena *arena,
                 const struct relation *table, int64_t position, const char **comment);
/* Is it one whose values have a collation? */
bool show_is_text(struct type type);
/* The column's default as SHOW COLUMNS has it: text without its quotes. *text NULL: it has none, or NULL. */
int show_default(struct database *database, struct arena *arena,
                 const struct column *column, const char **text);
/* PRI, UNI, MUL or nothing: what the column is in the table's keys and indexes. */
const char *show_key(struct database *database, struct arena *arena,
                     const struct relation *table, int column);
/* CREATE TABLE in MySQL's words. Returns TIDE_OK, or 0A000 of an expression that MySQL cannot say. */
int show_create_table(struct database *database, struct arena *arena,
                      const struct relation *table, struct buffer *out);

/* A column of an index that CREATE INDEX made. */
struct show_part {
  const char *column; /* NULL: an expression */
  bool descending;
};
/* Its columns, from its definition; *unique: no two rows may have the same there. *parts is arena-owned. */
int show_index(struct database *database, struct arena *arena,
               const struct index *index, struct show_part **parts, int *count,
               bool *unique);

#endif
