/* Lines that say what the engine decided. */
#include "base/trace.h"

#include <stdarg.h>
#include <stddef.h>

#include "base/format.h"

void trace_line(struct trace *trace, const char *format, ...) {
  if (trace == NULL || trace->line == NULL)
    return;
  char line[TRACE_LINE_MAX];
  va_list arguments;
  va_start(arguments, format);
  format_text(line, sizeof line, format, arguments);
  va_end(arguments);
  trace->line(trace->context, line);
}
