/* Collects trace lines, and compares them with a golden file. */
#ifndef TIDE_TEST_TRANSCRIPT_H
#define TIDE_TEST_TRANSCRIPT_H

#include "base/buffer.h"
#include "base/trace.h"

struct transcript {
  struct trace trace; /* to be handed to what is tested */
  struct buffer text; /* one line each */
};

void transcript_init(struct transcript *transcript);
void transcript_deinit(struct transcript *transcript);

/* The function for tide_set_trace, whose context is the transcript. */
void transcript_line(void *transcript, const char *line);

/* Adds a line of the test's own, formatted as trace_line does. */
void transcript_note(struct transcript *transcript, const char *format, ...);

/* Fails the test, printing the first line that differs, unless the transcript is what the file holds. With UPDATE_GOLDEN=1
 * in the environment the file is written instead; whoever does so reads the difference before committing it. */
void transcript_expect(const struct transcript *transcript, const char *file);

/* The text of a golden file, from memory_default(); fails the test when there is none. */
char *transcript_read(const char *file);

#endif
