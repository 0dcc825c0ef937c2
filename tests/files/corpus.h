/* The databases that are damaged: made through SQL, with something of everything that is kept. */
#ifndef TIDE_FILES_CORPUS_H
#define TIDE_FILES_CORPUS_H

#include "session.h"

/* A realtime view and the query that it has to be equal to. */
struct corpus_view {
  const char *view, *query;
};
extern const struct corpus_view corpus_views[];
extern const int corpus_view_count;

/* A closed database: one file. `commits`, if not NULL, is called after each of the last few commits, for what is in the log
 * then; *left is the disk as it is while the database is open, with that log. Ends the process when anything fails. */
struct crash_disk *corpus_make(void (*commits)(struct session *session),
                               struct crash_disk **left);

/* Its answer to a queued write: the row there is another now. */
struct outcome corpus_conflict(struct session *session, int64_t apply);

/* The origin's answers for the one foreign view of the corpus, whatever it has asked. */
void corpus_answer(struct session *session, int64_t subscribe, const char *cursor,
                   int upserts);

#endif
