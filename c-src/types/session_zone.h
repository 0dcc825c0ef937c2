/* The session's time zone, as functions of SQLite are given it: text behind their other arguments. Without it they compute in
 * UTC, so that what is kept (views, checks, indexes) depends on no session. */
#ifndef TIDE_TYPES_SESSION_ZONE_H
#define TIDE_TYPES_SESSION_ZONE_H

#include "base/buffer.h"
#include "types/datetime_call.h"

enum { SESSION_ZONE_MAX = ZONE_NAME_MAX };

/* Reads what SET TIME ZONE may say: an hour count like 2 or -3.5, or the name of a zone. `session` gets the text that stands for it
 * among arguments, "" for UTC; `shown` what SHOW tells. Returns TIDE_OK or TIDE_ERROR_INVALID_PARAMETER. */
int session_zone_read(struct zone_source *source, const char *text,
                      char session[SESSION_ZONE_MAX], char shown[SESSION_ZONE_MAX]);

/* Is the function of that name given the zone, in a session that is not in UTC? */
bool takes_session_zone(const char *function);

/* The zone behind `plain` other arguments, or UTC. */
struct zone session_zone(int count, sqlite3_value **arguments, int plain);

/* What clocks of the zone show at an instant, and the other way round; infinity stays. */
int64_t zone_local(struct zone_source *source, const struct zone *zone,
                   int64_t instant);
int64_t zone_instant(struct zone_source *source, const struct zone *zone,
                     int64_t local);

/* Adds months and days to what the zone's clocks show, and the time to the instant at which they show that. Returns TIDE_OK or
 * TIDE_ERROR_DATETIME_OVERFLOW. */
int instant_add_in(struct zone_source *source, const struct zone *zone,
                   int64_t *instant, const struct interval *interval);

/* Instants as they are stored, one or an array of them, as the session's clocks show them: their text with its offset. */
void session_zone_show(struct zone_source *source, const char *session,
                       struct text stored, struct buffer *out);

#endif
