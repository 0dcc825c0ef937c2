#!/bin/sh
# Runs the SQL scripts natively, with each kind of storage, in WebAssembly, and, to see that they expect the right things, in
# PostgreSQL.
# Usage: tools/run-sql-tests.sh native-runner
set -u
runner=$1
files=$(find tests/sql -name '*.test' 2>/dev/null | sort)
if [ -z "$files" ]; then
  echo "tests/sql: no scripts"
  exit 0
fi
failed=0
for storage in memory pages file; do
  # shellcheck disable=SC2086
  "$runner" --storage $storage $files || failed=1
done
# shellcheck disable=SC2086
node tests/sql/run.js $files || failed=1
# shellcheck disable=SC2086
node tests/sql/run.js --postgres $files || failed=1
exit $failed
