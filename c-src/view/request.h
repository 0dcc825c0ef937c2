/* Requests: which ones of other threads were carried out, so that one whose answer was lost is not carried out twice.
 *
 * A row of __tidemark_requests is written by the transaction that carried the request out: client, number, and an
 * answer that means something to the host alone. It is there for as long as the client may ask again. */
#ifndef TIDE_VIEW_REQUEST_H
#define TIDE_VIEW_REQUEST_H

#include <cJSON.h>

#include "catalog/catalog.h"

struct request {
  const char *client;
  int64_t number;
  int64_t
      keep; /* answers of this client to requests before this one are not asked for again */
  const cJSON *gone; /* NULL, or a list of clients that will not ask again */
  const void *answer;
  size_t answer_size;
};

/* Notes a request within the open transaction. Returns TIDE_OK, TIDE_ERROR_NO_TRANSACTION, or what the database fails
 * with; after a failure the transaction has to be rolled back. */
int request_note(struct database *database, const struct request *request);

#endif
