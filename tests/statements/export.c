/* What libFuzzer begins with: a dictionary and a corpus. */
#include "export.h"

#include <stdio.h>
#include <string.h>

enum { WORDS = 400, SENTENCES = 500, PATH_SIZE = 1000 };

static FILE *create(const char *folder, const char *name) {
  char path[PATH_SIZE];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  if (!file)
    perror(path);
  return file;
}

/* A line of a dictionary: "word", with bytes that are not plain as \xAB. */
static void write_word(FILE *file, const char *word) {
  fputc('"', file);
  for (const char *at = word; *at; at++) {
    unsigned char byte = (unsigned char)*at;
    bool plain = byte >= ' ' && byte < 0x7F && byte != '"' && byte != '\\';
    fprintf(file, plain ? "%c" : "\\x%02X", byte);
  }
  fputs("\"\n", file);
}

static bool write_dictionary(const struct grammar *grammar, const char *folder) {
  struct random random = {{1, 2, 3, 4}};
  const char *word;
  FILE *file = create(folder, "dictionary");
  if (!file)
    return false;
  for (int i = 0; (word = grammar_keyword(grammar, i)) != NULL; i++)
    write_word(file, word);
  for (int i = 0; i < WORDS; i++) {
    word = grammar_any_word(grammar, &random);
    if (word[0])
      write_word(file, word);
  }
  return fclose(file) == 0;
}

static bool write_seed(const char *folder, int number, const char *text) {
  char name[40];
  snprintf(name, sizeof name, "seeds/%d.sql", number);
  FILE *file = create(folder, name);
  if (!file)
    return false;
  fputs(text, file);
  return fclose(file) == 0;
}

bool export_seeds(const struct grammar *grammar, const struct seeds *seeds,
                  const char *folder) {
  struct random random = {{1, 2, 3, 4}};
  int number = 0;
  bool well = write_dictionary(grammar, folder);
  for (int i = 0; i < seeds->count; i++)
    for (int j = 0; well && j < seeds->scripts[i].count; j++)
      well = write_seed(folder, ++number, seeds->scripts[i].statements[j]);
  for (int i = 0; well && i < SENTENCES; i++) {
    struct buffer text;
    buffer_init(&text, memory_default());
    grammar_write(grammar, "statement", &random, 12, 30, &text);
    well = write_seed(folder, ++number, buffer_string(&text));
    buffer_deinit(&text);
  }
  return well;
}
