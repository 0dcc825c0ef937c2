#!/bin/sh
# Runs the tests (*.test.js) below the folder given, each file in a process of its own.
set -eu
files=$(find "$1" -name '*.test.js' 2>/dev/null | sort)
if [ -z "$files" ]; then
  echo "$1: no tests"
  exit 0
fi
# shellcheck disable=SC2086
exec node --test --test-reporter=spec $files
