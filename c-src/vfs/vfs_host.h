/* SQLite's files in the host's synchronous files (node:fs, OPFS access handles), durable at each commit.
 *
 * What makes a commit survive a crash at any moment is SQLite's write-ahead log, and what that needs of the host is:
 *   - what was written before `sync` returned is durable afterwards, and so is the name of a file just created;
 *   - what was written since may be lost or kept, each piece for itself, but bytes not written to stay as they are.
 * A commit has returned only after its pages are in the log and that is synced: one sync, where a rollback journal needs four.
 * Every 1,000 pages the log is brought into the database; beyond 4 MiB it is cut then. Closing brings
 * all of it in and removes it: a closed database is one file.
 * The log's index is in memory (locking_mode=EXCLUSIVE): nobody else reads along.
 *
 * With `relaxed` the log is synced only before it is brought into the database. What is committed then survives the end of
 * the process, not a loss of power: that may take the last commits, whole ones, and never anything older than a later one.
 */
#ifndef TIDE_VFS_VFS_HOST_H
#define TIDE_VFS_VFS_HOST_H

#include <stdbool.h>

#include "tidemark.h"
#include "vfs/vfs.h"

struct vfs_host;

/* `files` is borrowed as long as this lives. `key`: of an encrypted database, or NULL; it is copied. Returns NULL when memory ran out. To be freed after the database is closed. */
struct vfs_host *vfs_host_new(struct memory *memory, struct vfs_environment environment,
                              const tide_files *files, const uint8_t *key);
void vfs_host_free(struct vfs_host *host); /* accepts NULL */

/* Opens the database file, made when there is none. Errors as vfs_open_database and encryption_begin. */
int vfs_host_open(struct vfs_host *host, const char *path, bool relaxed,
                  sqlite3 **handle, struct error *error);

#endif
