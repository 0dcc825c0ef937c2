#!/bin/sh
# Runs the C test programs given as arguments, several at a time; prints the output of those that fail, and a summary.
set -u
if [ $# = 0 ]; then
  echo "no C tests"
  exit 0
fi
printf '%s\n' "$@" | xargs -P "$(nproc 2>/dev/null || echo 2)" -n 1 sh -c '
  name=$(basename "$(dirname "$0")")/$(basename "$0")
  if "$0" >"$0.log" 2>&1; then
    echo "ok      $name: $(grep -c "\[       OK \]" "$0.log") cases"
  else
    printf "%s\n" "FAILED  $name" "$(grep -v "\[       OK \]\|\[ RUN      \]" "$0.log" | head -n 100)"
    exit 1
  fi'
status=$?
failed=$([ $status = 0 ] && echo "none failed" || echo "see FAILED above")
echo "C tests: $# programs, $failed"
exit $status
