/* SQLite's files in the host's synchronous files (node:fs, OPFS access handles), durable at each commit.
 *
 * What makes a commit survive a crash at any moment is SQLite's rollback journal, and what that needs of the host is:
 *   - what was written before `sync` returned is durable afterwards, and so is the name of a file just created;
 *   - what was written since may be lost or kept, each piece for itself, but bytes not written to stay as they are.
 * A commit has returned only after journal and database were synced. When a journal with a valid header is found at open, the
 * commit it belongs to was not finished, and SQLite takes it back.
 *
 * journal_mode=PERSIST: the end of a commit is a header of zeros, synced, instead of a truncation or removal. The
 * journal then keeps its blocks on disk, which makes the next sync cheaper; beyond 1 MiB it is cut.
 */
#ifndef TIDE_VFS_VFS_HOST_H
#define TIDE_VFS_VFS_HOST_H

#include "tidemark.h"
#include "vfs/vfs.h"

struct vfs_host;

/* `files` is borrowed as long as this lives. Returns NULL when memory ran out. To be freed after the database is closed. */
struct vfs_host *vfs_host_new(struct memory *memory, struct vfs_environment environment,
                              const tide_files *files);
void vfs_host_free(struct vfs_host *host); /* accepts NULL */

/* Opens the database file, made when there is none. Errors as vfs_open_database. */
int vfs_host_open(struct vfs_host *host, const char *path, sqlite3 **handle,
                  struct error *error);

#endif
