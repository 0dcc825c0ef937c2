#!/bin/sh
# Runs the tests (*.test.js) below the folder given, each file in a process of its own.
set -eu
files=$(find "$1" -name '*.test.js' 2>/dev/null | sort)
if [ -z "$files" ]; then
  echo "$1: no tests"
  exit 0
fi
# A test that hangs fails; what it then leaves open must not hold up the others.
options=--test-timeout=180000
if node --help | grep -q -e --test-force-exit; then options="$options --test-force-exit"; fi
# shellcheck disable=SC2086
exec node --test --test-reporter=spec $options $files
