/* What both of SQLite's file systems here have in common: registration, time, randomness, opening. */
#ifndef TIDE_VFS_VFS_H
#define TIDE_VFS_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "vfs/encryption.h"

/* Whence SQLite takes what it would ask the operating system for. Both pointers are borrowed for as long as the
 * file system lives. */
struct vfs_environment {
  const int64_t *now; /* milliseconds since 1970-01-01 UTC */
  struct random *random;
};

/* The common beginning of struct vfs_pages and struct vfs_host. */
struct vfs {
  sqlite3_vfs methods; /* first, so that SQLite's pointer is ours too */
  char name[32];       /* unique among the engines of this process */
  struct memory *memory;
  struct vfs_environment environment;
  struct encryption encryption;
  char damage[96]; /* what was last found to be damaged */
};

/* Fills in what is common and registers. `key` is the app's, for an encrypted database, or NULL; it is copied. The caller has set methods.szOsFile, xOpen, xDelete and xAccess. Returns TIDE_OK
 * or TIDE_ERROR_NOMEM. */
int vfs_register(struct vfs *vfs, struct memory *memory,
                 struct vfs_environment environment, const uint8_t *key);
void vfs_unregister(struct vfs *vfs); /* and forgets the keys */

/* Opens a database of this file system and runs `pragmas`, then reads the file's header, so that recovery after a crash
 * happens now. Pages of a new one have room for a checksum at their end (checksum.h), or for what encryption needs, if that has been
 * begun (encryption.h). On failure *handle is NULL and `error` says why: 53200, 53100, 58030 or XX001. */
int vfs_open_database(struct vfs *vfs, const char *path, const char *pragmas,
                      sqlite3 **handle, struct error *error);

/* Our code for a failure of SQLite that comes from the file system or from memory; TIDE_ERROR_INTERNAL for any other. */
int vfs_error_code(int sqlite_result);

/* Says that something read is not what was written; to be returned to SQLite, which fails what reads it. */
int vfs_damaged(struct vfs *vfs, const char *format, ...);

/* What a database's SQLITE_IOERR_DATA is about: text of its file system, valid until the next. */
const char *vfs_damage(sqlite3 *handle);

/* File methods for files that nobody else has open. */
int vfs_no_lock(sqlite3_file *file, int level);
int vfs_no_reserved_lock(sqlite3_file *file, int *reserved);
int vfs_no_control(sqlite3_file *file, int operation, void *argument);
int vfs_sector_size(sqlite3_file *file);

#endif
