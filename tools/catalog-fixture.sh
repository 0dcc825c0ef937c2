#!/bin/sh
# Makes tests/fixtures/catalog-<version>.db.gz: a database as the engine with that version of the catalog writes it.
# Usage: tools/catalog-fixture.sh version [commit]   (without a commit: the engine as it is here)
set -eu
version=$1
commit=${2:-}
here=$(pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
tree=$here
if [ -n "$commit" ]; then
  tree=$scratch/tree
  git clone --quiet --no-checkout "$here" "$tree"
  git -C "$tree" checkout --quiet "$commit"
  mkdir "$tree/third_party"
  for source in sqlite cjson; do ln -s "$here/third_party/$source" "$tree/third_party/$source"; done
fi
make -C "$tree" --no-print-directory RELEASE=1 native >/dev/null
# The libraries know each other in both directions of this list.
${CC:-cc} -std=gnu11 -O1 -w -DSQLITE_ENABLE_PREUPDATE_HOOK -I"$tree/c-src" -I"$tree/build/generated" \
  -isystem "$tree/third_party/sqlite" -isystem "$tree/third_party/cjson" "$here/tests/fixtures/catalog.c" \
  -Wl,--start-group "$tree"/build/native/release/lib[!t]*.a "$tree"/build/native/release/libtypes.a -Wl,--end-group \
  $(find -L "$tree/third_party/objects/release" -name "*.o") -lm -o "$scratch/catalog"
"$scratch/catalog" "$version" "$scratch/catalog.db"
gzip -9n <"$scratch/catalog.db" >"$here/tests/fixtures/catalog-$version.db.gz"
ls -l "$here/tests/fixtures/catalog-$version.db.gz"
