/* A disk in memory that can lose power at any operation, and then keeps only what a real one would have to. */
#include "lib/crash_files.h"

#include "lib/test.h"

enum { FILES_MAX = 4, SECTOR = 512, FAILED = -1, FULL = -2 };

/* A change of a file that no sync has made durable yet. */
struct change {
  struct change *next;
  bool truncates; /* to `offset`; otherwise a write of `size` bytes there */
  size_t offset, size;
  unsigned char data[];
};

struct content {
  unsigned char *bytes;
  size_t size;
};

struct file {
  char *name; /* NULL: this entry is free */
  bool exists, exists_durably;
  struct content now, durable;
  struct change *first, **end;
};

struct crash_disk {
  tide_files files;
  struct file entries[FILES_MAX];
  uint64_t random;
  long operations, lose_at, fail_from, fail_until;
  int fail_result;
  long calls, fault_at;
  enum crash_fault fault;
  bool fault_dies, faulted;
  bool off;
};

/* xorshift64*: good enough to choose sectors. */
static uint64_t next_random(struct crash_disk *disk) {
  disk->random ^= disk->random >> 12;
  disk->random ^= disk->random << 25;
  disk->random ^= disk->random >> 27;
  return disk->random * UINT64_C(2685821657736338717) >> 16;
}

static bool toss(struct crash_disk *disk) {
  return next_random(disk) % 2 == 0;
}

static void resize(struct content *content, size_t size) {
  content->bytes = realloc(content->bytes, size + 1);
  if (size > content->size)
    memset(content->bytes + content->size, 0, size - content->size);
  content->size = size;
}

static void write_at(struct content *content, size_t offset, const void *data,
                     size_t size) {
  if (offset + size > content->size)
    resize(content, offset + size);
  memcpy(content->bytes + offset, data, size);
}

static void copy_content(struct content *to, const struct content *from) {
  resize(to, from->size);
  memcpy(to->bytes, from->bytes == NULL ? (const unsigned char *)"" : from->bytes,
         from->size);
}

static void forget_changes(struct file *file) {
  while (file->first != NULL) {
    struct change *change = file->first;
    file->first = change->next;
    free(change);
  }
  file->end = &file->first;
}

static void note_change(struct file *file, bool truncates, size_t offset,
                        const void *data, size_t size) {
  struct change *change = calloc(1, sizeof *change + size);
  change->truncates = truncates;
  change->offset = offset;
  change->size = size;
  if (size > 0)
    memcpy(change->data, data, size);
  *file->end = change;
  file->end = &change->next;
}

/* What becomes of one change when the power is gone: each of its sectors reached the disk, or did not. */
static void apply_torn(struct crash_disk *disk, struct content *content,
                       const struct change *change) {
  uint64_t kind = next_random(disk) % 4;
  if (kind == 0)
    return;
  if (change->truncates) {
    resize(content, change->offset);
    return;
  }
  size_t at = 0;
  while (at < change->size) {
    size_t sector_end =
        (change->offset + at) / SECTOR * SECTOR + SECTOR - change->offset;
    size_t end = sector_end < change->size ? sector_end : change->size;
    if (kind == 1 || toss(disk))
      write_at(content, change->offset + at, change->data + at, end - at);
    at = end;
  }
}

void crash_disk_restart(struct crash_disk *disk) {
  for (int i = 0; i < FILES_MAX; i++) {
    struct file *file = &disk->entries[i];
    if (file->name == NULL)
      continue;
    for (const struct change *change = file->first; change != NULL;
         change = change->next)
      apply_torn(disk, &file->durable, change);
    if (file->exists != file->exists_durably)
      file->exists_durably = toss(disk);
    if (!file->exists_durably)
      resize(&file->durable, 0);
    file->exists = file->exists_durably;
    copy_content(&file->now, &file->durable);
    forget_changes(file);
  }
  disk->off = false;
  disk->lose_at = 0;
}

void crash_disk_revive(struct crash_disk *disk) {
  disk->off = false;
}

/* --- the functions of tide_files --- */

/* Counts an operation. Returns 0, or what it has to fail with. */
static int begin(struct crash_disk *disk) {
  if (disk->off)
    return FAILED;
  disk->operations++;
  if (disk->operations == disk->lose_at) {
    disk->off = true;
    return FAILED;
  }
  if (disk->operations >= disk->fail_from && disk->operations < disk->fail_until)
    return disk->fail_result;
  return 0;
}

/* Counts a call. Returns the fault that it meets; Only what moves bytes can be short or torn. */
static enum crash_fault meet(struct crash_disk *disk, bool writes, bool reads) {
  if (disk->off || ++disk->calls != disk->fault_at)
    return CRASH_FAULT_NONE;
  enum crash_fault fault = disk->fault;
  if ((fault == CRASH_FAULT_SHORT && !writes && !reads) ||
      (fault == CRASH_FAULT_TORN && !writes) || (fault == CRASH_FAULT_FULL && reads))
    return CRASH_FAULT_NONE;
  disk->faulted = true;
  disk->off = disk->fault_dies;
  return fault;
}

/* Whether a call that moves no bytes fails; sets what it returns then. */
static bool fails(struct crash_disk *disk, int *result) {
  enum crash_fault fault = meet(disk, false, false);
  *result = fault == CRASH_FAULT_FULL ? FULL : FAILED;
  return fault != CRASH_FAULT_NONE;
}

static struct file *find(struct crash_disk *disk, const char *name) {
  for (int i = 0; i < FILES_MAX; i++) {
    if (disk->entries[i].name != NULL && strcmp(disk->entries[i].name, name) == 0)
      return &disk->entries[i];
  }
  return NULL;
}

static struct file *add(struct crash_disk *disk, const char *name) {
  for (int i = 0; i < FILES_MAX; i++) {
    struct file *file = &disk->entries[i];
    if (file->name != NULL)
      continue;
    file->name = memory_string(memory_default(), name);
    file->end = &file->first;
    return file;
  }
  fail_msg("more files than the test knows of: %s", name);
  return NULL;
}

static int disk_open(void *context, const char *name, int create) {
  struct crash_disk *disk = context;
  struct file *file = find(disk, name);
  int result;
  if (fails(disk, &result))
    return result;
  if (disk->off)
    return FAILED;
  if (file == NULL || !file->exists) {
    int failure = create ? begin(disk) : FAILED;
    if (failure != 0)
      return failure;
    if (file == NULL)
      file = add(disk, name);
    file->exists = true;
    resize(&file->now, 0);
  }
  return (int)(file - disk->entries);
}

static int disk_close(void *context, int handle) {
  (void)context;
  assert_in_range(handle, 0, FILES_MAX - 1);
  return 0;
}

static int disk_read(void *context, int handle, void *data, uint32_t size,
                     double offset) {
  struct crash_disk *disk = context;
  const struct content *content = &disk->entries[handle].now;
  size_t at = (size_t)offset;
  enum crash_fault fault = meet(disk, false, true);
  if (fault != CRASH_FAULT_NONE && fault != CRASH_FAULT_SHORT)
    return FAILED;
  if (disk->off && fault != CRASH_FAULT_SHORT)
    return FAILED;
  size_t left = at < content->size ? content->size - at : 0;
  size_t count = left < size ? left : size;
  if (fault == CRASH_FAULT_SHORT)
    count /= 2;
  if (count > 0)
    memcpy(data, content->bytes + at, count);
  return (int)count;
}

/* A write that meets a fault: a part of it may be there. */
static int write_faulty(struct file *file, enum crash_fault fault, size_t offset,
                        const void *data, size_t size) {
  if (fault == CRASH_FAULT_SHORT)
    size /= 2;
  if (fault == CRASH_FAULT_SHORT || fault == CRASH_FAULT_TORN)
    note_change(file, false, offset, data, size);
  if (fault == CRASH_FAULT_SHORT)
    write_at(&file->now, offset, data, size);
  return fault == CRASH_FAULT_FAIL ? FAILED : FULL;
}

static int disk_write(void *context, int handle, const void *data, uint32_t size,
                      double offset) {
  struct crash_disk *disk = context;
  struct file *file = &disk->entries[handle];
  enum crash_fault fault = meet(disk, true, false);
  if (fault != CRASH_FAULT_NONE)
    return write_faulty(file, fault, (size_t)offset, data, size);
  bool was_on = !disk->off;
  int failure = begin(disk);
  /* The write during which the power goes may have begun. */
  if (failure == 0 || (was_on && disk->off))
    note_change(file, false, (size_t)offset, data, size);
  if (failure != 0)
    return failure;
  write_at(&file->now, (size_t)offset, data, size);
  return 0;
}

static int disk_truncate(void *context, int handle, double size) {
  struct crash_disk *disk = context;
  struct file *file = &disk->entries[handle];
  int result;
  if (fails(disk, &result))
    return result;
  int failure = begin(disk);
  if (failure != 0)
    return failure;
  note_change(file, true, (size_t)size, NULL, 0);
  resize(&file->now, (size_t)size);
  return 0;
}

static int disk_sync(void *context, int handle) {
  struct crash_disk *disk = context;
  struct file *file = &disk->entries[handle];
  int result;
  if (fails(disk, &result))
    return result;
  int failure = begin(disk);
  if (failure != 0)
    return failure;
  copy_content(&file->durable, &file->now);
  file->exists_durably = file->exists;
  forget_changes(file);
  return 0;
}

static double disk_size(void *context, int handle) {
  struct crash_disk *disk = context;
  int result;
  if (fails(disk, &result))
    return result;
  return disk->off ? FAILED : (double)disk->entries[handle].now.size;
}

static int disk_remove(void *context, const char *name) {
  struct crash_disk *disk = context;
  struct file *file = find(disk, name);
  int result;
  if (fails(disk, &result))
    return result;
  int failure = begin(disk);
  if (failure != 0 || file == NULL)
    return failure;
  file->exists = false;
  note_change(file, true, 0, NULL, 0);
  resize(&file->now, 0);
  return 0;
}

static int disk_exists(void *context, const char *name) {
  struct crash_disk *disk = context;
  const struct file *file = find(disk, name);
  int result;
  if (fails(disk, &result))
    return result;
  return disk->off ? FAILED : file != NULL && file->exists;
}

/* --- the disk --- */

struct crash_disk *crash_disk_new(uint64_t seed) {
  struct crash_disk *disk = calloc(1, sizeof *disk);
  disk->random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
  disk->files =
      (tide_files){disk_open, disk_close, disk_read,   disk_write,  disk_truncate,
                   disk_sync, disk_size,  disk_remove, disk_exists, disk};
  return disk;
}

struct crash_disk *crash_disk_copy(const struct crash_disk *disk, uint64_t seed) {
  struct crash_disk *copy = crash_disk_new(seed);
  for (int i = 0; i < FILES_MAX; i++) {
    const struct file *file = &disk->entries[i];
    if (file->name == NULL || !file->exists)
      continue;
    struct file *added = add(copy, file->name);
    added->exists = added->exists_durably = true;
    copy_content(&added->now, &file->now);
    copy_content(&added->durable, &file->now);
  }
  return copy;
}

void crash_disk_free(struct crash_disk *disk) {
  for (int i = 0; i < FILES_MAX; i++) {
    struct file *file = &disk->entries[i];
    if (file->name != NULL)
      forget_changes(file);
    free(file->now.bytes);
    free(file->durable.bytes);
    free(file->name);
  }
  free(disk);
}

unsigned char *crash_disk_content(struct crash_disk *disk, const char *name,
                                  size_t *size) {
  struct file *file = find(disk, name);
  bool there = file != NULL && file->exists;
  *size = there ? file->now.size : 0;
  return there ? file->now.bytes : NULL;
}

void crash_disk_resize(struct crash_disk *disk, const char *name, size_t size) {
  resize(&find(disk, name)->now, size);
}

const tide_files *crash_disk_files(struct crash_disk *disk) {
  return &disk->files;
}

long crash_disk_operations(const struct crash_disk *disk) {
  return disk->operations;
}

void crash_disk_lose_power_at(struct crash_disk *disk, long operation) {
  disk->lose_at = operation == 0 ? 0 : disk->operations + operation;
}

void crash_disk_fail_at(struct crash_disk *disk, long operation, long count,
                        int result) {
  disk->fail_from = disk->operations + operation;
  disk->fail_until = disk->fail_from + count;
  disk->fail_result = result;
}

long crash_disk_calls(const struct crash_disk *disk) {
  return disk->calls;
}

void crash_disk_fault_at(struct crash_disk *disk, long call, enum crash_fault fault,
                         bool dies) {
  disk->fault_at = disk->calls + call;
  disk->fault = fault;
  disk->fault_dies = dies || fault == CRASH_FAULT_TORN;
  disk->faulted = false;
}

bool crash_disk_faulted(const struct crash_disk *disk) {
  return disk->faulted;
}

bool crash_disk_is_off(const struct crash_disk *disk) {
  return disk->off;
}
