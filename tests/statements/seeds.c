/* Statements that somebody wrote: those of tests/sql, read where they are. */
#include "seeds.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "grammar.h"

#define FOLDER "tests/sql"

enum { FOLDERS_OPEN = 8 };

/* What nftw finds has no other way out. */
static struct seeds *found;

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), size = strlen(end);
  return length >= size && strcmp(text + length - size, end) == 0;
}

static int note_file(const char *path, const struct stat *about, int kind,
                     struct FTW *where) {
  (void)about;
  (void)where;
  if (kind != FTW_F || !(ends_with(path, ".test") || ends_with(path, ".sql")))
    return 0;
  size_t size = (size_t)(found->count + 1) * sizeof *found->scripts;
  found->scripts = realloc(found->scripts, size);
  found->scripts[found->count++] = (struct script){.path = strdup(path)};
  return 0;
}

static int compare(const void *a, const void *b) {
  return strcmp(((const struct script *)a)->path, ((const struct script *)b)->path);
}

static void add(struct script *script, struct buffer *text) {
  if (text->length > 0) {
    size_t size = (size_t)(script->count + 1) * sizeof *script->statements;
    script->statements = realloc(script->statements, size);
    script->statements[script->count++] = strdup(buffer_string(text));
  }
  buffer_clear(text);
}

/* A line of a record (tests/sql/README.md), or of a file of nothing but statements. */
static void read_line(struct script *script, const char *line, bool records,
                      bool *inside, struct buffer *text) {
  bool heads = strncmp(line, "statement ", 10) == 0 || strncmp(line, "query", 5) == 0;
  if (records && !*inside) {
    *inside = heads;
    script->mysql = script->mysql || strcmp(line, "dialect mysql") == 0;
    return;
  }
  if (records && (line[0] == '\0' || strcmp(line, "----") == 0)) {
    *inside = false;
    add(script, text);
    return;
  }
  if (!records && text->length == 0 && (line[0] == '\0' || strncmp(line, "--", 2) == 0))
    return;
  buffer_format(text, "%s%s", text->length ? "\n" : "", line);
  if (!records && ends_with(line, ";"))
    add(script, text);
}

static void read_script(struct script *script) {
  char *content = read_file(script->path);
  bool inside = false;
  struct buffer text;
  buffer_init(&text, memory_default());
  script->mysql = strstr(script->path, "mysql/") != NULL;
  for (char *line = content; line;) {
    char *end = strchr(line, '\n');
    if (end)
      *end = '\0';
    read_line(script, line, ends_with(script->path, ".test"), &inside, &text);
    line = end ? end + 1 : NULL;
  }
  add(script, &text);
  buffer_deinit(&text);
  free(content);
}

struct seeds *seeds_read(void) {
  found = calloc(1, sizeof *found);
  if (found)
    nftw(FOLDER, note_file, FOLDERS_OPEN, FTW_PHYS);
  if (!found || found->count == 0) {
    fprintf(stderr, "statements: there are no scripts in %s\n", FOLDER);
    exit(2);
  }
  qsort(found->scripts, (size_t)found->count, sizeof *found->scripts, compare);
  for (int i = 0; i < found->count; i++)
    read_script(&found->scripts[i]);
  return found;
}

void seeds_free(struct seeds *seeds) {
  for (int i = 0; i < seeds->count; i++) {
    for (int j = 0; j < seeds->scripts[i].count; j++)
      free(seeds->scripts[i].statements[j]);
    free(seeds->scripts[i].statements);
    free(seeds->scripts[i].path);
  }
  free(seeds->scripts);
  free(seeds);
}
