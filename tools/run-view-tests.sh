#!/bin/sh
# Random views compared with their queries: what once failed, how queries are kept, VIEW_ROUNDS rounds natively (default 100)
# and SCRIPTS more (default 60) whose statements run again in WebAssembly. The seeds are fixed; two processes share them.
# Usage: tools/run-view-tests.sh fuzzer sql-runner scratch-folder
set -u
fuzzer=$1
runner=$2
scratch=$3
rounds=$((${VIEW_ROUNDS:-100} / 2))
scripts=$((${SCRIPTS:-60} / 2))
failed=0
unset SCRIPTS # the fuzzer knows it, too
rm -rf "$scratch"
mkdir -p "$scratch/1" "$scratch/2"
"$fuzzer" tests/views/regressions/*.test || failed=1
"$runner" tests/views/regressions/*.test || failed=1
env THEME=plans ROUNDS=1 SECONDS=3600 "$fuzzer" || failed=1

half() { # which: its rounds, and its scripts
  env SEED="$1"0001 ROUNDS="$rounds" SECONDS=36000 "$fuzzer" || return 1
  env SEED="$1"5001 SCRIPTS="$scripts" OUT="$scratch/$1" "$fuzzer" || return 1
  node tests/views/replay.js "$scratch/$1"/*.test
}
half 2 > "$scratch/2.log" 2>&1 &
half 1 || failed=1
wait $! || failed=1
cat "$scratch/2.log"
node tests/views/replay.js tests/views/regressions/*.test || failed=1
exit $failed
