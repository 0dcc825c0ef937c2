/* What is done to a database: to its bytes, or to what its tables hold. */
#ifndef TIDE_FILES_DAMAGE_H
#define TIDE_FILES_DAMAGE_H

#include "base/random.h"
#include "lib/crash_files.h"

enum damage {
  DAMAGE_BYTES, /* the medium's: checksums tell it */
  DAMAGE_LOG,   /* the same, of the log */
  DAMAGE_PAGES, /* somebody's who sets the checksums right afterwards */
  DAMAGE_ROWS,  /* the same, with SQL: the file is sound, what its tables hold is not */
  DAMAGE_COUNT
};

/* A number below `bound`; 0 if that is 0. */
uint64_t random_below(struct random *random, uint64_t bound);

/* Each damages the disk's database and appends what it did to `about`, `size` bytes in all. */
void damage_bytes(struct crash_disk *disk, struct random *random, char *about,
                  size_t size);
void damage_log(struct crash_disk *disk, struct random *random, char *about,
                size_t size);
void damage_pages(struct crash_disk *disk, struct random *random, char *about,
                  size_t size);
void damage_rows(struct crash_disk *disk, struct random *random, char *about,
                 size_t size);

/* Runs a statement of SQLite on the closed database with no constraint of `table` in its way. */
void damage_by_sql(struct crash_disk *disk, const char *table, const char *sql);

/* Sets the checksums of all pages. */
void damage_seal(struct crash_disk *disk);

#endif
