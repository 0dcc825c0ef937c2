/* The origin: tables, changefeed, and the record of what was applied. */
#include "origin.h"

#include <stdlib.h>
#include <string.h>

/* A row must not have more than that, and of what is over the limit a trigger leaves the remainder. */
enum { CHECKED_LIMIT = 120, REWRITTEN_LIMIT = 100, SHOWN_LIMIT = 60 };

const char *const table_names[TABLES] = {"items", "notes"};

void origin_init(struct origin *origin) {
  *origin = (struct origin){.version = 100};
  for (int table = 0; table < TABLES; table++)
    for (int64_t id = 1; id <= KEYS; id++)
      origin->rows[table][id] = (struct row){.table = table, .id = id};
}

void origin_deinit(struct origin *origin) {
  free(origin->seen);
  free(origin->changes);
  free(origin->applied);
}

/* Room for one more at `count`. */
static void *grow(void *items, int count, int *capacity, size_t size) {
  if (count < *capacity)
    return items;
  *capacity = *capacity > 0 ? *capacity * 2 : 64;
  items = realloc(items, (size_t)*capacity * size);
  if (items == NULL)
    abort();
  return items;
}

bool row_is_visible(const struct row *row, int subject) {
  return row->there && (row->owner == NOBODY || row->owner == subject);
}

/* items shows all rows; notes only those with a small number. */
bool row_is_in_view(const struct row *row, int subject) {
  return row_is_visible(row, subject) &&
         (row->table == 0 || (row->n != NO_NUMBER && row->n < SHOWN_LIMIT));
}

static bool same_values(const struct row *a, const struct row *b) {
  return a->table == b->table && a->id == b->id && a->version == b->version &&
         a->n == b->n && strcmp(a->name, b->name) == 0;
}

bool origin_has_shown(const struct origin *origin, const struct row *row, int subject) {
  for (int i = origin->seen_count - 1; i >= 0; i--)
    if (same_values(&origin->seen[i], row) && row_is_in_view(&origin->seen[i], subject))
      return true;
  return false;
}

/* --- transactions of others --- */

static void note_change(struct origin *origin, int table, int64_t id) {
  origin->changes = grow(origin->changes, origin->position + 1,
                         &origin->changes_capacity, sizeof *origin->changes);
  origin->changes[++origin->position] = (struct change){table, id};
}

void origin_begin(struct origin *origin) {
  origin->version++;
}

void origin_put(struct origin *origin, int table, int64_t id, const char *name,
                int64_t n, int owner) {
  struct row *row = &origin->rows[table][id];
  row->there = true;
  row->n = n;
  row->owner = owner;
  row->version = origin->version;
  memmove(row->name, name, strlen(name) + 1);
}

void origin_remove(struct origin *origin, int table, int64_t id) {
  origin->rows[table][id].there = false;
  origin->rows[table][id].version = origin->version;
}

void origin_commit(struct origin *origin) {
  for (int table = 0; table < TABLES; table++)
    for (int64_t id = 1; id <= KEYS; id++) {
      const struct row *row = &origin->rows[table][id];
      if (row->version != origin->version)
        continue;
      note_change(origin, table, id);
      origin->seen = grow(origin->seen, origin->seen_count, &origin->seen_capacity,
                          sizeof *origin->seen);
      origin->seen[origin->seen_count++] = *row;
    }
}

void origin_truncate(struct origin *origin, int table) {
  origin_begin(origin);
  for (int64_t id = 1; id <= KEYS; id++)
    if (origin->rows[table][id].there)
      origin_remove(origin, table, id);
  origin_commit(origin);
}

void origin_trim(struct origin *origin) {
  origin->oldest = origin->position;
}

/* --- transactions of devices --- */

/* One write; returns NULL, or the SQLSTATE of the refusal, or "" where the row was not found. */
static const char *run_write(struct origin *origin, int subject,
                             const struct write *write, struct row *returned) {
  struct row *row = &origin->rows[write->table][write->id];
  bool found = row_is_visible(row, subject) &&
               (!write->checks_version || row->version == write->version);
  if (write->operation == INSERT ? row->there : !found)
    return write->operation == INSERT ? "23505" : "";
  *returned = *row;
  if (write->operation == DELETE) {
    origin_remove(origin, write->table, write->id);
    return NULL;
  }
  bool fresh = write->operation == INSERT;
  const char *name = write->gives_name ? write->name : fresh ? "" : row->name;
  int64_t n = write->gives_n ? write->n : fresh ? NO_NUMBER : row->n;
  if (n != NO_NUMBER && n > CHECKED_LIMIT)
    return "23514";
  if (n != NO_NUMBER && n >= REWRITTEN_LIMIT)
    n %= REWRITTEN_LIMIT;
  origin_put(origin, write->table, write->id, name, n, fresh ? subject : row->owner);
  *returned = *row;
  return NULL;
}

static struct applied *find_applied(const struct origin *origin, const char *client,
                                    int64_t number) {
  for (int i = 0; i < origin->applied_count; i++)
    if (origin->applied[i].number == number &&
        strcmp(origin->applied[i].client, client) == 0)
      return &origin->applied[i];
  return NULL;
}

int64_t origin_applied(const struct origin *origin, const char *client) {
  int64_t last = -1;
  for (int i = 0; i < origin->applied_count; i++)
    if (origin->applied[i].number > last &&
        strcmp(origin->applied[i].client, client) == 0)
      last = origin->applied[i].number;
  return last;
}

static void record(struct origin *origin, const char *client, int64_t number,
                   const struct write *writes, int count, const struct answer *answer) {
  if (count > 0 && number <= origin_applied(origin, client))
    origin->broken = "a device's transactions came out of order";
  origin->applied = grow(origin->applied, origin->applied_count,
                         &origin->applied_capacity, sizeof *origin->applied);
  struct applied *applied = &origin->applied[origin->applied_count++];
  *applied =
      (struct applied){.number = number, .version = origin->version, .answer = *answer};
  memcpy(applied->client, client, strlen(client));
  memcpy(applied->writes, writes, (size_t)count * sizeof *writes);
}

/* "theirs" is the row without the other writes of the transaction. */
static void refuse(struct origin *origin, int subject, const struct write *write,
                   const char *code, struct answer *answer) {
  const struct row *row = &origin->rows[write->table][write->id];
  bool found = row_is_visible(row, subject);
  bool conflict = code[0] == 0 || (strcmp(code, "23505") == 0 && found);
  answer->state = conflict ? CONFLICTED : REFUSED;
  answer->code = code;
  answer->theirs = found ? *row : (struct row){.there = false};
}

/* A request that comes again, or nothing but its number. What came before may have been a question too: then nothing may come any more.
 * A request may expect another version of a row than before, for it may have been touched meanwhile; all else is the same. */
static bool same_request(const struct applied *before, const struct write *writes,
                         int count) {
  bool same = count == 0 || count == before->answer.count;
  for (int i = 0; same && i < count; i++) {
    struct write write = writes[i];
    write.version = before->writes[i].version;
    same = memcmp(&before->writes[i], &write, sizeof write) == 0;
  }
  return same;
}

void origin_apply(struct origin *origin, const char *client, int subject,
                  int64_t number, const struct write *writes, int count,
                  struct answer *answer) {
  const struct applied *before = find_applied(origin, client, number);
  if (before != NULL) {
    *answer = before->answer;
    answer->repeated = true;
    if (!same_request(before, writes, count))
      origin->broken = "two transactions of a device came under one number";
    return;
  }
  struct row kept[TABLES][KEYS + 1];
  memcpy(kept, origin->rows, sizeof kept);
  *answer = (struct answer){.state = APPLIED, .count = count};
  origin_begin(origin);
  for (int i = 0; i < count; i++) {
    const char *code = run_write(origin, subject, &writes[i], &answer->rows[i]);
    if (code == NULL)
      continue;
    memcpy(origin->rows, kept, sizeof kept);
    answer->index = i;
    refuse(origin, subject, &writes[i], code, answer);
    return;
  }
  record(origin, client, number, writes, count, answer);
  note_change(origin, 0, 0);
  origin_commit(origin);
}
