/* A database file in memory that tells which of its pages the host has to keep.
 *
 * What a batch of changes holds is always a committed state, because
 *   - batches are taken only while no transaction is open (vfs_pages_take_changes checks), and
 *   - until then a transaction may write pages early (when SQLite's cache is full), but its rollback writes the old
 *     contents back: the rollback journal stays in memory (PRAGMA journal_mode=MEMORY), and taking back needs no
 *     new memory, as the pages are there.
 * A crash in between loses pages that no batch has carried yet, and so whole commits from the end: the host keeps
 * batches in their order, each all or nothing. No journal is ever kept.
 */
#ifndef TIDE_VFS_VFS_PAGES_H
#define TIDE_VFS_VFS_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "vfs/vfs.h"

struct vfs_pages;

/* The unit in which changes are told, whatever SQLite's own page size. */
enum { VFS_PAGE_SIZE = 4096 };

/* `key`: of an encrypted database, or NULL; it is copied. Returns NULL when memory ran out. To be freed after the database is closed. */
struct vfs_pages *vfs_pages_new(struct memory *memory,
                                struct vfs_environment environment, const uint8_t *key);
void vfs_pages_free(struct vfs_pages *pages); /* accepts NULL */

/* Puts bytes of the file that the host has kept in their place, in any order, before the database is opened. Returns TIDE_OK,
 * TIDE_ERROR_INVALID_PARAMETER (opened already, or no file is that large) or TIDE_ERROR_NOMEM. */
int vfs_pages_load(struct vfs_pages *pages, int64_t offset, const void *data,
                   size_t size);

/* The other way to load: the file has `size` bytes, and its pages are given after it was opened, too. Until all of them are there
 * it can be read where they are; anything else fails, and vfs_pages_take_missed tells what was wanted. The first page has to be
 * given before the others. Returns as vfs_pages_load. */
int vfs_pages_expect(struct vfs_pages *pages, int64_t size);

/* Pieces of 64 KiB, in any order; what is there already stays. Returns TIDE_OK, or why not: 22023, 53200, XX001 for a page that is not
 * what was written, or what encryption_begin says of the first. */
int vfs_pages_receive(struct vfs_pages *pages, int64_t offset, const void *data,
                      size_t size, struct error *error);

bool vfs_pages_has(const struct vfs_pages *pages, int64_t offset);
bool vfs_pages_complete(const struct vfs_pages *pages);

/* Where something was wanted that was not there, for the first time since the last call; -1: nowhere. */
int64_t vfs_pages_take_missed(struct vfs_pages *pages);

/* Opens the file (`kept`), or a database that keeps nothing and tells no changes. Errors as vfs_open_database and encryption_begin. */
int vfs_pages_open(struct vfs_pages *pages, bool kept, sqlite3 **handle,
                   struct error *error);

/* Has anything changed since the last batch? Only between transactions the answer means something. */
bool vfs_pages_changed(const struct vfs_pages *pages);

/* Appends the changed pages to `data` in the format of the PERSIST effect, sets *count to the pages of the whole file,
 * and begins a new batch. Returns TIDE_OK; TIDE_ERROR_MISUSE while a transaction is open or pages are missing; TIDE_ERROR_NOMEM, and then
 * the batch is as it was and can be taken later. */
int vfs_pages_take_changes(struct vfs_pages *pages, struct buffer *data,
                           uint32_t *count);

#endif
