#!/bin/sh
# Checks that nothing of the machine at hand is committed: where the repository lies, or which package registry it uses.
set -u
failed=0

# A path of one part, like /app, could be a word in any text.
root=$(pwd)
case $root in
  /*/*)
    if git grep -n -I -F "$root" -- . ; then
      echo "the path of this working copy is committed" >&2
      failed=1
    fi
    ;;
esac

registry=$(npm config get registry 2>/dev/null | sed 's,^[a-z]*://,,; s,[:/].*,,')
if [ -n "$registry" ] && [ "$registry" != registry.npmjs.org ]; then
  if git grep -n -I -F "$registry" -- . >/dev/null; then
    echo "the name of a private package registry is committed" >&2
    failed=1
  fi
fi

if grep -n '"resolved"' package-lock.json; then
  echo "package-lock.json carries addresses; .npmrc keeps npm from writing them" >&2
  failed=1
fi
exit $failed
