#!/bin/sh
# The tests of MySQL origins against a real MySQL, if there is one: MYSQLD, that of tools/setup-mysql.sh, or mysqld where that is no MariaDB.
# First with GTIDs, then without, where the log is known by file and position alone.
# Usage: tools/test-mysql.sh
set -eu
cd "$(dirname "$0")/.."
for MYSQLD in ${MYSQLD:-} "$PWD/third_party/mysql/mysqld" "$(command -v mysqld || true)"; do
  version=$("$MYSQLD" --version 2>/dev/null) || continue
  case $version in *MariaDB*) continue ;; esac
  break
done
case ${version:-MariaDB} in
  *MariaDB*) echo "test-mysql: skipped, there is no MySQL here (make setup-mysql, or MYSQLD=/path/to/mysqld)"; exit 0 ;;
esac
export MYSQLD

# As tools/run-js-tests.sh does it: a test that hangs fails, and what it leaves open holds up nobody.
options="--test-reporter=dot --test-timeout=180000"
if node --help | grep -q -e --test-force-exit; then options="$options --test-force-exit"; fi

run() { # what, options of the server, files …
  MYSQLD_OPTIONS=$2
  export MYSQLD_OPTIONS
  echo "${version##*Ver } $1"
  shift 2
  # shellcheck disable=SC2086
  node --test $options "$@"
}

log="tests/js/upstream/binlog.test.js tests/js/upstream/binlog-mysql.test.js tests/js/upstream/mysql-random.test.js"
values="tests/js/upstream/mysql.test.js tests/js/upstream/mysql-apply.test.js tests/js/upstream/mysql-push.test.js
  tests/js/upstream/mysql-views.test.js tests/js/upstream/mysql-dump.test.js tests/js/upstream/partition.test.js
  tests/js/offline/generated-keys.test.js tests/js/offline/in-doubt.test.js tests/js/offline/refused-view.test.js
  tests/js/offline/touched.test.js"
# shellcheck disable=SC2086
run "with GTIDs" "--gtid-mode=ON --enforce-gtid-consistency=ON" $log $values
# shellcheck disable=SC2086
run "by file and position" "--gtid-mode=OFF --enforce-gtid-consistency=OFF --binlog-row-metadata=FULL" $log
