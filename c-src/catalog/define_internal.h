/* What the files that carry out definitions share. */
#ifndef TIDE_CATALOG_DEFINE_INTERNAL_H
#define TIDE_CATALOG_DEFINE_INTERNAL_H

#include "catalog/bind_internal.h"
#include "catalog/define.h"
#include "catalog/image.h"

/* One definition being carried out. */
struct definition {
  struct database *database;
  struct arena *arena;
  struct error *error;
};

/* --- define.c --- */

/* Brackets a definition: a savepoint and the image to go back to. `define_end` takes the result so far and
 * returns the final one. */
int define_begin(struct definition *definition, struct database *database,
                 struct arena *arena);
int define_end(struct definition *definition, int code);

int define_nomem(struct definition *definition);
int define_unsupported(struct definition *definition, const struct sql_node *node,
                       const char *what);
/* … because all tabs of a database share one session. */
int define_no_temporary(struct definition *definition, const struct sql_node *node,
                        const char *what);
/* Changes of the catalog's tables become visible to catalog_find. Pointers to relations become invalid, except
 * those from before the first reload of this definition. */
int define_reload(struct definition *definition);
/* Runs the SQL in the buffer and empties it. */
int define_run(struct definition *definition, struct buffer *sql);

/* --- define_names.c --- */

/* The schema that a new relation called `name` goes to. */
int define_target_schema(struct definition *definition, const struct sql_node *name,
                         const struct schema **schema);
/* May a relation, column, … be called this? `what` is the word for it. */
int define_check_name(struct definition *definition, const struct sql_node *node,
                      const char *what, const char *name);
/* Is there nothing in the schema with this name yet, be it in another letter case? */
int define_check_free(struct definition *definition, const struct sql_node *node,
                      const char *schema, const char *name);
/* Name of the relation or index that has this stored name, without regard to case; *found NULL: none. */
int define_stored_in_use(struct definition *definition, const char *stored,
                         const char **found);
/* A name for a key or index as PostgreSQL makes it up: table, column (or NULL), ending, and a number when that
 * is taken: users_email_key1. */
int define_index_name(struct definition *definition, const char *schema,
                      const char *table, const char *columns, const char *ending,
                      const char **name);
/* The same for a CHECK or foreign key, whose name only its table must not have twice. */
int define_constraint_name(struct definition *definition,
                           const struct relation *relation, const char *columns,
                           const char *ending, const char **name);
int define_constraint_exists(struct definition *definition, int64_t relation,
                             const char *name, bool *exists);
/* The relation that has the index, made by CREATE INDEX or, with `keys`, that of a key; 42704 when there is none. */
int define_find_index(struct definition *definition, const struct sql_node *name,
                      bool keys, const struct relation **owner);
/* The relation a name means; 42P01 or 3F000 when there is none. */
int define_find(struct definition *definition, const struct sql_node *name,
                const struct relation **relation);
/* … which must be a table. */
int define_find_table(struct definition *definition, const struct sql_node *name,
                      const struct relation **relation);
/* One of those that hold system relations only. */
bool define_is_system_schema(const char *name);
/* The schema part of a name as text, or NULL. */
const char *name_schema(const struct sql_node *name);
/* "name" or "schema.name" as written, for messages. */
const char *define_written_name(struct definition *definition,
                                const struct sql_node *name);
bool same_letters(const char *left, const char *right);

/* --- define_like.c --- */

/* In place of each LIKE among the elements: what it stands for. *elements is replaced when there is any. */
int like_expand(struct definition *definition, const struct sql_node **elements);
/* Gives a table that has been made so the indexes and comments that they ask for; `elements` as they were given. */
int like_complete(struct definition *definition, const struct sql_node *elements,
                  const struct sql_node *name, int64_t table);

/* --- define_comment.c --- */

int comment_on(struct definition *definition, const struct sql_node *statement);
/* What columns there are no more had is forgotten. */
int comments_keep_columns(struct definition *definition, int64_t relation);
/* An index is made anew under another name: *comment is what stays of the one that goes (0: nothing), for the one that
 * comes. */
int comment_lift(struct definition *definition, int64_t relation, const char *index,
                 int64_t *comment);
int comment_put(struct definition *definition, int64_t comment, int64_t relation,
                const char *index);

/* --- record.c: rows of the catalog's tables --- */

int record_relation(struct definition *definition, const struct schema *schema,
                    const char *kind, const char *name, int64_t *id);
int record_column(struct definition *definition, int64_t relation,
                  const struct column *column);
/* A key, CHECK or foreign key with its columns, by their positions. */
struct constraint_record {
  int64_t relation;
  const char *name;
  const char *kind;   /* as in __tidemark_constraints */
  const char *stored; /* of a key: its index in SQLite */
  const char *expression;
  int64_t referenced; /* or 0 */
  int on_delete, on_update;
  int count;
  const int64_t *positions;
  const int64_t *referenced_positions; /* or NULL */
};
int record_constraint(struct definition *definition,
                      const struct constraint_record *record);
int record_drop_constraint(struct definition *definition, int64_t relation,
                           const char *name);
int record_drop_relation(struct definition *definition, int64_t relation);

/* --- table_sql.c: what the catalog says, as SQLite's DDL --- */

/* CREATE TABLE `stored` as the relation is; without types and constraints of column `loose` (or -1). */
int table_sql(struct definition *definition, const struct relation *relation, int loose,
              struct buffer *out);
/* Does a foreign key set the column to its default? Then SQLite has to know that. */
bool table_sets_default(const struct relation *relation, int column);
/* CREATE UNIQUE INDEX for one key that is not the rowid. */
int key_sql(struct definition *definition, const struct relation *relation,
            const struct key *key, struct buffer *out);
bool key_is_row_id(const struct relation *relation, const struct key *key);
/* PostgreSQL text of an expression over the relation's columns (NULL: none) as SQLite's. */
int expression_sql(struct definition *definition, const struct relation *relation,
                   const char *text, struct type expected, struct buffer *out);
/* A tree as PostgreSQL text, arena-owned. */
int tree_text(struct definition *definition, const struct sql_node *tree,
              const char **text);

/* --- define_column.c, define_constraint.c --- */

/* What a column definition says about the column itself; keys, checks and references aside. */
int define_column(struct definition *definition, const struct sql_node *node,
                  struct column *column);
int define_type(struct definition *definition, const struct sql_node *node,
                struct type *type);
/* May a type be given the collation? It changes nothing. */
int define_collation(struct definition *definition, const struct sql_node *name,
                     struct type type);
/* Checks a DEFAULT against the column's type; *text is what the catalog keeps. */
int define_default(struct definition *definition, const struct sql_node *expression,
                   struct type type, const char **text);
bool is_key_constraint(const struct sql_node *constraint);
bool is_rule_constraint(const struct sql_node *constraint); /* CHECK or foreign key */
/* Records a key, CHECK or foreign key written with `column`, or for the table (NULL); *name is its name. */
int define_constraint(struct definition *definition, const struct relation *relation,
                      const struct sql_node *constraint, const char *column,
                      const char **name);

/* --- table_rewrite.c: changing the table that SQLite has --- */

/* Puts the table's definition, as the catalog has it now, in place of the one SQLite has; rows stay as they are, so
 * they must fit already. `loose` as for table_sql. */
int rewrite_table(struct definition *definition, const struct relation *relation,
                  int loose);
/* Copies the rows into a new table. Only when no foreign key refers to the old one: dropping it deletes its rows. */
int rebuild_table(struct definition *definition, const struct relation *relation);
/* Makes or drops all its keys' and other indexes; those of views that read it are dropped, too. */
int create_indexes(struct definition *definition, const struct relation *relation);
int drop_indexes(struct definition *definition, const struct relation *relation);
/* Empties `sql`; *found: it gives a row. */
int gives_row(struct definition *definition, struct buffer *sql, bool *found);
/* Do the rows obey? Else 23502, 23514, 23503 as ALTER TABLE in PostgreSQL says it. */
int verify_not_null(struct definition *definition, const struct relation *relation,
                    int column);
int verify_check(struct definition *definition, const struct relation *relation,
                 const struct constraint *constraint);
int verify_foreign_key(struct definition *definition, const struct relation *relation,
                       const char *constraint);
/* A name for the rowid that no column hides, or NULL. */
const char *row_id_name(const struct relation *relation);

/* --- define_index.c --- */

/* CREATE INDEX in SQLite's words, from the text in the catalog. */
int index_sql(struct definition *definition, const struct relation *relation,
              const struct index *index, struct buffer *out);
int parse_index(struct definition *definition, const struct index *index,
                struct sql_node **statement);
/* Does its definition mention the column? */
int index_mentions(struct definition *definition, const struct index *index,
                   const char *column, bool *mentions);
/* Records which columns a unique index is over, if it is over columns at all. */
int record_index_key(struct definition *definition, const struct relation *relation,
                     const struct index *index);
int record_drop_index(struct definition *definition, int64_t relation,
                      const char *name);
/* A column's new name, in the text of a definition of its table. */
struct column_rename {
  const char *from, *to;
};
struct sql_node *rename_columns_in(struct sql_node *tree, struct column_rename rename);
/* Renames relation, schema or (when not NULL) a column in the index's definition. */
int rename_in_index(struct definition *definition, const struct relation *relation,
                    const struct index *index, const char *schema, const char *table,
                    const char *column, const char *new_column);

/* --- drop.c --- */

/* The views whose queries use the column. */
int column_users(struct definition *definition, const struct relation *relation,
                 int column, const struct relation ***users, int *user_count);
/* For DROP COLUMN (2BP01) and for another type (0A000). */
int check_not_used(struct definition *definition, const struct relation *relation,
                   int column, const struct sql_node *node);
int check_not_shown(struct definition *definition, const struct relation *relation,
                    int column, const struct sql_node *node);
/* Removes foreign keys of other tables that refer to it; with `key`: only those to that key. Refused (2BP01) unless
 * `cascade`. */
int drop_references(struct definition *definition, const struct relation *relation,
                    const struct key *key, bool cascade, const struct sql_node *node);

/* --- one statement each --- */

int create_table(struct definition *definition, const struct sql_node *statement,
                 const char **command);
int create_index(struct definition *definition, const struct sql_node *statement);
int drop_index(struct definition *definition, const struct sql_node *statement);

/* define_own.c: what is written within CREATE or ALTER TABLE: an index, comment or number; all of them; enums, before; the
 * name of an index or key, which in MySQL is its table's own: one that is taken is preceded by the table's. */
int define_own(struct definition *definition, const struct sql_node *element,
               const struct sql_node *table);
int define_all_own(struct definition *definition, const struct sql_node *elements,
                   const struct sql_node *table);
int define_own_types(struct definition *definition, const struct sql_node *elements);
int define_own_name(struct definition *definition, const struct relation *table,
                    const struct sql_node *named, const char **own);
int drop_primary_key(struct definition *definition, const struct relation *table,
                     const struct sql_node *action);
int drop_own_index(struct definition *definition, const struct relation *table,
                   const struct sql_node *action);
int create_schema(struct definition *definition, const struct sql_node *statement);
int alter_schema(struct definition *definition, const struct sql_node *statement);
int create_extension(struct definition *definition, const struct sql_node *statement);
int drop_extensions(struct definition *definition, const struct sql_node *statement);
int drop_schema(struct definition *definition, const struct sql_node *statement);
int alter_index(struct definition *definition, const struct sql_node *statement);
int create_sequence(struct definition *definition, const struct sql_node *statement);
int alter_sequence(struct definition *definition, const struct sql_node *statement);
int drop_sequences(struct definition *definition, const struct sql_node *statement);
int create_domain(struct definition *definition, const struct sql_node *statement);
int create_enum(struct definition *definition, const struct sql_node *statement);
int alter_type(struct definition *definition, const struct sql_node *statement);
int drop_types(struct definition *definition, const struct sql_node *statement);
int alter_table(struct definition *definition, const struct sql_node *statement);
int drop_relation(struct definition *definition, const struct relation *relation);
/* Gives a table or view another name or schema, in SQLite and in the views that read it too. */
int move_relation(struct definition *definition, const struct relation *relation,
                  const char *schema, const char *name);
/* RENAME TO and SET SCHEMA of a table or view; views that read it follow. */
int alter_name(struct definition *definition, const struct relation *relation,
               const struct sql_node *action);
/* The schema a name means; 3F000. */
int define_find_schema(struct definition *definition, const struct sql_node *name,
                       const struct schema **schema);
/* The ids to drop so that these can be dropped, dependents first; 2BP01 unless `cascade`. */
int plan_drop(struct definition *definition, const struct sql_node *node,
              const struct relation *const *relations, int relation_count, bool cascade,
              int64_t **ids, int *count);

#endif
