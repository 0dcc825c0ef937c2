#!/bin/sh
# Runs every check that is not a test, and says at the end which of them failed.
# Usage: tools/check.sh build-folder
set -u
build=$1
failed=

step() { # name, command …
  name=$1
  shift
  if output=$("$@" 2>&1); then
    echo "ok      $name"
  else
    echo "FAILED  $name"
    echo "$output" | grep -v 'npm warn' | head -n 60
    failed="$failed $name"
  fi
}

c_files=$(git ls-files 'c-src/*.c' 'c-src/*.h' 'wasm/*.c' 'tests/c/*.c' 'tests/c/*.h' \
  'tests/views/*.c' 'tests/views/*.h' 'tests/simulator/*.c' 'tests/simulator/*.h' \
  'tests/files/*.c' 'tests/files/*.h' 'tests/fixtures/*.c')
markdown=$(git ls-files '*.md')

# The style is what one version makes of .clang-format; another one may differ in details.
check_format() {
  case $(clang-format --version 2>/dev/null) in
    *' version 14.'*)
      wrong=$(echo "$c_files" | xargs clang-format --dry-run -Werror 2>&1 |
        sed -n 's/:.* \[-Wclang-format-violations\]$//p' | uniq)
      test -z "$wrong" || { echo "not formatted (make format):"; echo "$wrong"; return 1; }
      ;;
    *) echo "clang-format 14 is not installed: not checked" ;;
  esac
}

# Third-party headers stay quiet: they are included with -isystem. What only WebAssembly has is
# checked as that.
check_tidy() {
  command -v clang-tidy >/dev/null || return 0
  clang-tidy --quiet wasm/memory.c -- -std=c11 --target=wasm32 -ffreestanding 2>/dev/null || return 1
  git ls-files 'c-src/*.c' wasm/wasm.c wasm/strtod.c | xargs -P "$(nproc 2>/dev/null || echo 2)" -n 4 sh -c '
    clang-tidy --quiet "$@" -- -std=c11 $FLAGS 2>/dev/null' tidy
}
FLAGS="-Ic-src -I$build/generated -isystem third_party/sqlite -isystem third_party/cjson -isystem third_party/libsodium/include"
FLAGS="$FLAGS -DSQLITE_ENABLE_PREUPDATE_HOOK"
export FLAGS

step layers node tools/check-layers.js
step names sh tools/check-names.sh
# shellcheck disable=SC2086
step links node tools/check-links.js $markdown
if test -e "$build/wasm/tidemark.wasm"; then
  step border node tools/check-wasm.js "$build/wasm/tidemark.wasm"
  step size node tools/check-size.js "$build/wasm/tidemark.wasm"
fi
step format check_format
step lint node_modules/.bin/eslint .
step types node_modules/.bin/tsc -p tsconfig.json
step tidy check_tidy

if [ -n "$failed" ]; then
  echo "checks failed:$failed"
  exit 1
fi
echo "all checks passed"
