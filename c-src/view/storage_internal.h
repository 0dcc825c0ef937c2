/* What the files of stored tables share. */
#ifndef TIDE_VIEW_STORAGE_INTERNAL_H
#define TIDE_VIEW_STORAGE_INTERNAL_H

#include "view/storage.h"

int storage_out_of_memory(const struct storage *storage);
bool storage_contains(const int *columns, int count, int column);

/* The statement, prepared when it is first needed; kept until the next storage_finalize_statements. */
int storage_prepare(struct storage *storage, enum storage_statement which,
                    sqlite3_stmt **statement);
void storage_finalize_statements(struct storage *storage);

/* Adds every row of `statement`, which gives the stored columns, with `weight`. */
int storage_add_all(struct storage *storage, sqlite3_stmt *statement,
                    struct changes *changes, int64_t weight);

#endif
