#!/bin/sh
# Runs the C test programs given as arguments; prints the output of those that fail, and a summary.
set -u
failed=0
for program in "$@"; do
  log=$program.log
  if "$program" >"$log" 2>&1; then
    echo "ok      $(basename "$(dirname "$program")")/$(basename "$program"): $(grep -c '\[       OK \]' "$log") cases"
  else
    echo "FAILED  $program"
    grep -v '\[       OK \]\|\[ RUN      \]' "$log" | head -n 100
    failed=$((failed + 1))
  fi
done
echo "C tests: $# programs, $failed failed"
test "$failed" = 0
