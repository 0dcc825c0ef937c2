/* Collects trace lines, and compares them with a golden file. */
#include "lib/transcript.h"

#include "lib/test.h"

void transcript_init(struct transcript *transcript) {
  transcript->trace = (struct trace){transcript_line, transcript};
  buffer_init(&transcript->text, memory_default());
}

void transcript_deinit(struct transcript *transcript) {
  buffer_deinit(&transcript->text);
}

void transcript_line(void *transcript, const char *line) {
  struct buffer *text = &((struct transcript *)transcript)->text;
  buffer_text(text, line);
  buffer_character(text, '\n');
}

void transcript_note(struct transcript *transcript, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  buffer_format_list(&transcript->text, format, arguments);
  va_end(arguments);
  buffer_character(&transcript->text, '\n');
}

char *transcript_read(const char *name) {
  FILE *file = fopen(name, "rb");
  if (file == NULL)
    fail_msg("%s cannot be read; UPDATE_GOLDEN=1 writes it", name);
  struct buffer text;
  buffer_init(&text, memory_default());
  char piece[4096];
  size_t count;
  while ((count = fread(piece, 1, sizeof piece, file)) > 0)
    buffer_append(&text, piece, count);
  fclose(file);
  return buffer_take(&text);
}

static void write_file(const char *name, const struct buffer *text) {
  FILE *file = fopen(name, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text->data, 1, text->length, file), text->length);
  assert_int_equal(fclose(file), 0);
}

static void fail_at_first_difference(const char *file, const char *actual,
                                     const char *golden) {
  int line = 1;
  for (;; line++) {
    size_t length = strcspn(actual, "\n"), wanted = strcspn(golden, "\n");
    if (length != wanted || memcmp(actual, golden, length) != 0 ||
        actual[length] != golden[wanted])
      fail_msg("%s:%d: expected \"%.*s\", got \"%.*s\"", file, line, (int)wanted,
               golden, (int)length, actual);
    actual += length + 1;
    golden += wanted + 1;
  }
}

void transcript_expect(const struct transcript *transcript, const char *file) {
  assert_false(transcript->text.failed);
  if (getenv("UPDATE_GOLDEN") != NULL) {
    write_file(file, &transcript->text);
    return;
  }
  char *golden = transcript_read(file);
  const char *actual = buffer_string(&transcript->text);
  if (strcmp(actual, golden) != 0)
    fail_at_first_difference(file, actual, golden);
  memory_release(memory_default(), golden);
}
