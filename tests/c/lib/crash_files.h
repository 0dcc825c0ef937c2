/* A disk in memory that can lose power at any operation, and then keeps only what a real one would have to. */
#ifndef TIDE_TEST_CRASH_FILES_H
#define TIDE_TEST_CRASH_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "tidemark.h"

struct crash_disk;

/* `seed` decides what survives of that which was not synced. */
struct crash_disk *crash_disk_new(uint64_t seed);
void crash_disk_free(struct crash_disk *disk);

/* The disk as the engine sees it; valid as long as the disk. */
const tide_files *crash_disk_files(struct crash_disk *disk);

/* How many operations that change something there were so far: opening a new file, writing, truncating, syncing, removing. */
long crash_disk_operations(const struct crash_disk *disk);

/* At the operation with that number (from 1, counted from now) the power goes: it and all later ones fail, until
 * crash_disk_restart. 0: never. */
void crash_disk_lose_power_at(struct crash_disk *disk, long operation);

/* From that operation on (counted from now) `count` operations fail with `result`, and change nothing. */
void crash_disk_fail_at(struct crash_disk *disk, long operation, long count,
                        int result);

/* What happens to one call. */
enum crash_fault {
  CRASH_FAULT_NONE,
  CRASH_FAULT_FAIL, /* it fails and does nothing */
  CRASH_FAULT_FULL, /* the same, for a full disk; reads never meet it */
  CRASH_FAULT_SHORT, /* half of it is read; half of it is written, and the disk is full */
  CRASH_FAULT_TORN   /* the power goes within a write */
};

/* How many calls of any kind there were so far, reading ones too. */
long crash_disk_calls(const struct crash_disk *disk);

/* The call with that number (from 1, counted from now) meets a fault, once; `dies`: and all calls after it fail, until
 * crash_disk_restart or crash_disk_revive. */
void crash_disk_fault_at(struct crash_disk *disk, long call, enum crash_fault fault,
                         bool dies);
/* Has that call come, and can it meet such a fault? */
bool crash_disk_faulted(const struct crash_disk *disk);

/* The process is there again, and the power has been all the time: what was written is there. */
void crash_disk_revive(struct crash_disk *disk);

/* A disk with the same files, all of them durable. */
struct crash_disk *crash_disk_copy(const struct crash_disk *disk, uint64_t seed);

/* What a file holds, to be read and changed: it is as durable as if it had been written so. NULL: there is none. */
unsigned char *crash_disk_content(struct crash_disk *disk, const char *name,
                                  size_t *size);
/* Makes the file that size; what is new is zeros. There has to be one. */
void crash_disk_resize(struct crash_disk *disk, const char *name, size_t size);

bool crash_disk_is_off(const struct crash_disk *disk);

/* Power is back: of each file there is what was synced, and of every later write any of its sectors, or none; later sizes
 * and names are there or not. */
void crash_disk_restart(struct crash_disk *disk);

#endif
