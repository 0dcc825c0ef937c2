/* Lines that say what the engine decided, for tests that compare transcripts. */
#ifndef TIDE_BASE_TRACE_H
#define TIDE_BASE_TRACE_H

/* Zeroed: nobody listens, and every call is a no-op. */
struct trace {
  void (*line)(void *context, const char *line); /* or NULL */
  void *context;
};

enum { TRACE_LINE_MAX = 512 };

/* Writes one line, formatted as error_set does; longer ones are cut at a character border. Accepts a NULL trace. */
void trace_line(struct trace *trace, const char *format, ...);

#endif
