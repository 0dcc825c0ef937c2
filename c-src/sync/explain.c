/* EXPLAIN VIEW: how the rows of a foreign view follow their origin. */
#include "sync/session.h"

static void column_names(const struct relation *view, const int *columns, int count,
                         struct buffer *out) {
  for (int i = 0; i < count; i++)
    buffer_format(out, "%s%s", i > 0 ? ", " : "", view->columns[columns[i]].name);
}

static void explain_realtime(const struct relation *view, const struct session *session,
                             struct buffer *out) {
  const struct write_path *path = view->view->write_path;
  if (path) {
    buffer_text(out, "by key, the origin reads changed rows again by their (");
    column_names(view, path->key, path->key_count, out);
  } else if (!session || !session->subscribed) {
    buffer_text(out,
                "its origin decides, which has not accepted the subscription yet\n");
    return;
  } else if (session->partition.count > 0) {
    buffer_text(out, "by partition, the origin reads again the rows of each changed (");
    column_names(view, session->partition.columns, session->partition.count, out);
  } else {
    buffer_text(out, "the origin runs the query again and sends the difference\n");
    return;
  }
  buffer_text(out, ")\n");
}

void sync_explain(struct database *database, const struct relation *view,
                  struct buffer *out) {
  if (!relation_keeps_rows(view))
    return;
  buffer_text(out, "maintenance: ");
  if (view->view->mode == SQL_REALTIME)
    explain_realtime(view, session_find(database, view->id), out);
  else
    buffer_text(out, "none, filled by REFRESH\n");
}
