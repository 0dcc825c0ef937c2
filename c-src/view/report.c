/* Compares the rows of stored tables with what capture has recorded of them. */
#include "view/report.h"

#include "view/views.h"

/* Is this the record that holds the row as it was when generation `since` began? */
static bool is_first(const struct capture_table *table,
                     const struct capture_record *record, uint32_t since) {
  return record->generation >= since &&
         (record->previous == CAPTURE_NONE ||
          table->records[record->previous].generation < since);
}

/* Has the row really changed since? */
static int compare(struct delta *delta, const struct capture_record *record,
                   struct row_pool *pool, struct row *now, bool *changed) {
  row_pool_clear(pool);
  *changed = false;
  int rc = delta_read_row(delta, record->rowid, pool, now);
  if (rc != TIDE_OK)
    return rc;
  *changed = record->before.bytes && now->bytes ? !row_equal(record->before, *now)
                                                : record->before.bytes || now->bytes;
  return TIDE_OK;
}

int report_rows(struct database *database, const struct capture_table *table,
                const struct relation *relation, uint32_t since, report_visit *visit,
                void *context) {
  struct delta *delta;
  struct row_pool pool;
  struct row now;
  bool changed;
  int rc = views_delta(database, relation, &delta);
  row_pool_init(&pool, database->memory);
  for (uint32_t i = 0; rc == TIDE_OK && i < table->count; i++) {
    const struct capture_record *record = &table->records[i];
    if (!is_first(table, record, since))
      continue;
    rc = compare(delta, record, &pool, &now, &changed);
    if (rc == TIDE_OK && changed)
      rc = visit(context, relation, record->rowid, record->before, now);
  }
  row_pool_deinit(&pool);
  return rc == REPORT_ENOUGH ? TIDE_OK : rc;
}

int report_view(struct database *database, const struct relation *view, bool *known,
                report_visit *visit, void *context) {
  const struct capture_table *table = capture_table(database, view->stored);
  *known = true;
  if (!table || table->level < 0)
    return TIDE_OK;
  *known = capture_is_watched(table) && !table->unknown && !table->replaced &&
           !table->reshaped;
  return *known ? report_rows(database, table, view, capture_reported(database), visit,
                              context)
                : TIDE_OK;
}

int report_forget(struct database *database) {
  return capture_set_reported(database);
}
