#!/bin/sh
# Random views compared with their queries, VIEW_ROUNDS rounds of them (default 30) natively and then the statements of some rounds in WebAssembly.
# Usage: tools/run-view-tests.sh fuzzer sql-runner scratch-folder
set -u
fuzzer=$1
runner=$2
scratch=$3
failed=0
"$fuzzer" tests/views/regressions/*.test || failed=1
"$runner" tests/views/regressions/*.test || failed=1
env ROUNDS="${VIEW_ROUNDS:-30}" SECONDS=150 "$fuzzer" || failed=1
env THEME=plans ROUNDS=1 SECONDS=150 "$fuzzer" || failed=1
rm -rf "$scratch"
mkdir -p "$scratch"
SCRIPTS=${SCRIPTS:-10} OUT=$scratch "$fuzzer" || failed=1
node tests/views/replay.js tests/views/regressions/*.test "$scratch"/*.test || failed=1
exit $failed
