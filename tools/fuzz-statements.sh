#!/bin/sh
# Runs the fuzzer of statements and, where clang brings libFuzzer, that for half of the time.
# Usage: [SECONDS=3600] [SEED=n] tools/fuzz-statements.sh fuzzer build-folder
set -u
fuzzer=$1
folder=$2/libfuzzer
seconds=${SECONDS:-3600}
libfuzzer=$2/native/libfuzzer/libfuzzer_statements

has_libfuzzer() {
  command -v clang >/dev/null 2>&1 &&
    echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return !d || !n; }' |
    clang -fsanitize=fuzzer -x c - -o "$folder/probe" 2>/dev/null
}

mkdir -p "$folder/seeds" "$folder/found"
if ! has_libfuzzer; then
  echo "libFuzzer is not here (Debian: clang, libclang-rt-14-dev): all the time for sentences and changed statements"
  SECONDS=$seconds exec "$fuzzer"
fi
make --no-print-directory CC=clang LIBFUZZER=1 "BUILD=$2" "$libfuzzer" || exit 1
OUT=$folder "$fuzzer" || exit 1
failed=0
SECONDS=$((seconds / 2)) "$fuzzer" || failed=1
# What it finds it keeps, and goes on from there the next time.
"$libfuzzer" -max_total_time=$((seconds / 2)) -seed="${SEED:-1}" -dict="$folder/dictionary" -max_len=2000 -timeout=20 \
  -rss_limit_mb=4096 -print_final_stats=1 -verbosity=0 -artifact_prefix="$folder/" "$folder/found" "$folder/seeds" || failed=1
exit $failed
