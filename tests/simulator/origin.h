/* The origin as it is promised to be: two tables, a changefeed of keys, and each transaction of a device applied once.
 *
 * It is short so that it can be seen to be right, and shares nothing with the engine but the form of the statements that
 * it is sent. Each table has the columns id, name and n. A subject sees and writes its own rows and those of nobody.
 */
#ifndef TIDE_SIMULATOR_ORIGIN_H
#define TIDE_SIMULATOR_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#define NO_NUMBER INT64_MIN

enum {
  TABLES = 2,
  KEYS = 8, /* ids are 1 … KEYS */
  NAME_SIZE = 24,
  WRITES_MAX = 64, /* of a transaction */
  CLIENT_SIZE = 40,
  NOBODY = 0 /* a subject: the owner of what everybody sees */
};

extern const char *const table_names[TABLES];

struct row {
  bool there;
  int table;
  int64_t id;
  char name[NAME_SIZE];
  int64_t n; /* NO_NUMBER: null */
  int owner;
  int64_t version; /* the transaction that wrote it */
};

enum operation { INSERT, UPDATE, DELETE };

/* One statement of a device. */
struct write {
  enum operation operation;
  int table;
  int64_t id;
  bool gives_name, gives_n;
  char name[NAME_SIZE];
  int64_t n;
  bool checks_version;
  int64_t version;
};

/* Reads the text that a device sent, whose parameters are in `cells`. False: it is not of a form that is promised. */
struct block_cell;
bool write_parse(const char *sql, const struct block_cell *cells, int count,
                 struct write *write);
/* Whether that text asks for the row of a conflict, of the same table and key as `write`. */
bool write_parse_conflict(const char *sql, const struct block_cell *cells, int count,
                          const struct write *write);

enum answer_state { APPLIED, CONFLICTED, REFUSED };

struct answer {
  enum answer_state state;
  bool repeated;
  int index;        /* of the write that was not taken */
  const char *code; /* of a refusal */
  struct row theirs;
  struct row rows[WRITES_MAX]; /* what each write returned */
  int count;
};

/* A transaction of a device that was applied. */
struct applied {
  char client[CLIENT_SIZE];
  int64_t number;
  int64_t version;
  struct write writes[WRITES_MAX];
  struct answer answer;
};

/* A place of the changefeed: a key whose row may have changed; id 0: a transaction was applied, and that is all. */
struct change {
  int table;
  int64_t id;
};

struct origin {
  struct row rows[TABLES][KEYS + 1];
  int64_t version;  /* of the last transaction */
  struct row *seen; /* every row that a commit left, in order */
  int seen_count, seen_capacity;
  struct change *changes; /* 1 … position */
  int position, changes_capacity;
  int oldest; /* a cursor before that is too old */
  struct applied *applied;
  int applied_count, applied_capacity;
  const char *broken; /* a promise of the devices that was not kept; NULL: none */
};

void origin_init(struct origin *origin);
void origin_deinit(struct origin *origin);

bool row_is_visible(const struct row *row, int subject);
/* Does the view over that table show the row to the subject? */
bool row_is_in_view(const struct row *row, int subject);
/* Has there ever been such a row that the subject's view showed? */
bool origin_has_shown(const struct origin *origin, const struct row *row, int subject);

/* What others do there: one transaction from origin_begin to origin_commit. */
void origin_begin(struct origin *origin);
void origin_put(struct origin *origin, int table, int64_t id, const char *name,
                int64_t n, int owner);
void origin_remove(struct origin *origin, int table, int64_t id);
void origin_commit(struct origin *origin);
void origin_truncate(struct origin *origin, int table);
/* The changefeed no longer knows what was before now. */
void origin_trim(struct origin *origin);

/* A transaction of a device: applied whole and once, or not at all. */
void origin_apply(struct origin *origin, const char *client, int subject,
                  int64_t number, const struct write *writes, int count,
                  struct answer *answer);
/* The last transaction of the device that the rows contain; -1: none. */
int64_t origin_applied(const struct origin *origin, const char *client);

#endif
