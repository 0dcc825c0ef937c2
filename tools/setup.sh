#!/bin/sh
# Gets what the build needs and is not here yet: tools from Debian's packages, the sources of SQLite, cJSON and
# libsodium, and the npm packages that the tests and the demo use. Run by `make setup`; safe to run again.
#
# Sources are pinned by version and checksum. Nothing is installed that is there already, and the
# package manager's own configuration is never changed.
set -eu
cd "$(dirname "$0")/.."

# SQLite's amalgamation as the npm package better-sqlite3 carries it (SQLite 3.53.2).
SQLITE_PACKAGE=better-sqlite3@12.11.1
SQLITE_SHA256=ebf0ed75a7a59dbcb3b24bbd014ef49d9f15bc328e4adcbf516f2a8fadfa2835
# cJSON: the upstream archive and Debian's security patches for it.
CJSON_VERSION=1.7.15-1+deb12u4
CJSON_SHA256=5308fd4bd90cef7aa060558514de6a1a4a0819974a26e6ed13973c5f624c24b2
CJSON_PATCHES_SHA256=afd19a970966cf534ff1e9ec077d710a5e7e78eb4ec9b499c8bdc32e55da12cb
# libsodium, of which the cipher alone is compiled: likewise.
LIBSODIUM_VERSION=1.0.18-1+deb12u1
LIBSODIUM_SHA256=d59323c6b712a1519a5daf710b68f5e7fde57040845ffec53850911f10a5d4f4
LIBSODIUM_PATCHES_SHA256=f410474e46346b06b162defa05b1be26906aeed6cf309e3d4ebe30b4d1350733

work=
trap 'test -z "$work" || rm -rf "$work"' EXIT

fail() {
  echo "setup: $*" >&2
  exit 1
}

# Each line: a command or header that must exist, and the Debian package that brings it.
missing_packages() {
  while read -r wanted package; do
    case $wanted in
      /*) test -e "$wanted" || echo "$package" ;;
      *) command -v "$wanted" >/dev/null 2>&1 || echo "$package" ;;
    esac
  done <<LIST
cc gcc
/usr/include/stdio.h libc6-dev
make make
patch patch
xz xz-utils
emcc emscripten
lemon lemon
clang-format clang-format
clang-tidy clang-tidy
/usr/include/cmocka.h libcmocka-dev
firefox-esr firefox-esr
WebKitWebDriver webkit2gtk-driver
Xvfb xvfb
xauth xauth
/usr/sbin/mariadbd mariadb-server-core
my_print_defaults mariadb-client-core
mariadb-dump mariadb-client
/usr/sbin/nats-server nats-server
LIST
  command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ||
    test -n "${CHROMIUM:-}" || echo chromium
}

install_packages() {
  packages=$(missing_packages | sort -u | tr '\n' ' ')
  test -n "$packages" || return 0
  if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    if command -v pkg-config >/dev/null 2>&1 && pkg-config --exists cmocka; then
      packages=$(echo "$packages" | sed 's/libcmocka-dev//')
    fi
    test -z "$(echo "$packages" | tr -d ' ')" ||
      echo "setup: please install: $packages(names of Debian's packages)" >&2
    return 0
  fi
  echo "setup: installing $packages"
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  # shellcheck disable=SC2086
  if apt-get update -q >"$log" 2>&1 &&
    apt-get install -q -y --no-install-recommends $packages >>"$log" 2>&1; then
    rm -f "$log"
  else
    tail -n 20 "$log" >&2
    fail "the packages could not be installed; the whole log is $log"
  fi
}

check_node() {
  command -v npm >/dev/null 2>&1 || fail "Node.js 20 or newer with npm is needed: https://nodejs.org"
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
    fail "Node.js 20 or newer is needed, but $(command -v node) is $(node --version)"
}

check_sha256() { # file, wanted sum
  actual=$(node -p 'const { createHash } = require("crypto");
    createHash("sha256").update(require("fs").readFileSync(process.argv[1])).digest("hex")' "$1")
  test "$actual" = "$2" || fail "$(basename "$1") has the checksum $actual, not $2"
}

fetch_sqlite() {
  stamp=third_party/sqlite/.$SQLITE_SHA256
  test ! -e "$stamp" || return 0
  echo "setup: fetching SQLite ($SQLITE_PACKAGE)"
  work=$(mktemp -d)
  (cd "$work" && npm pack --silent --ignore-scripts "$SQLITE_PACKAGE" >/dev/null)
  check_sha256 "$work"/better-sqlite3-*.tgz "$SQLITE_SHA256"
  tar -xzf "$work"/better-sqlite3-*.tgz -C "$work" package/deps/sqlite3
  rm -rf third_party/sqlite
  mkdir -p third_party/sqlite
  cp "$work"/package/deps/sqlite3/sqlite3.[ch] third_party/sqlite/
  touch "$stamp"
  rm -rf "$work"
}

# Downloads a source package with apt, from the machine's own mirrors but with lists and sources in a
# folder of its own.
download_by_apt() { # name, version
  mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial"
  for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    test -s "$file" || continue
    case $file in
      *.sources) sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/parts/debian.sources" ;;
      *) sed 's/^deb /deb-src /' "$file" >"$work/parts/debian.list" ;;
    esac
  done
  options="-q -o APT::Sandbox::User=root -o Dir::Etc::sourcelist=/dev/null
    -o Dir::Etc::sourceparts=$work/parts -o Dir::State::lists=$work/lists -o Dir::Cache=$work/cache"
  # shellcheck disable=SC2086
  (cd "$work" && apt-get $options update >/dev/null &&
    apt-get $options source --download-only "$1=$2" >/dev/null 2>&1)
}

# Without apt: the same two files from Debian's archive.
download_by_http() { # name, version
  case $1 in lib*) folder=$(echo "$1" | cut -c1-4) ;; *) folder=$(echo "$1" | cut -c1) ;; esac
  base=https://deb.debian.org/debian/pool/main/$folder/$1
  (cd "$work" && curl -fsSLO "$base/$1_${2%%-*}.orig.tar.gz" && curl -fsSLO "$base/$1_$2.debian.tar.xz")
}

# Gets a source package into $work, with Debian's patches applied.
fetch_debian_source() { # name, version, checksum of the archive, of the patches, folder in the archive
  echo "setup: fetching $1 ($2)"
  work=$(mktemp -d)
  download_by_apt "$1" "$2" 2>/dev/null || download_by_http "$1" "$2" ||
    fail "cannot download the source of $1 $2"
  check_sha256 "$work/$1_${2%%-*}.orig.tar.gz" "$3"
  check_sha256 "$work/$1_$2.debian.tar.xz" "$4"
  tar -xzf "$work/$1_${2%%-*}.orig.tar.gz" -C "$work"
  tar -xJf "$work/$1_$2.debian.tar.xz" -C "$work"
  while read -r name; do
    case $name in '' | '#'*) continue ;; esac
    patch -s -d "$work/$5" -p1 <"$work/debian/patches/$name"
  done <"$work/debian/patches/series"
}

fetch_cjson() {
  stamp=third_party/cjson/.$CJSON_SHA256
  test ! -e "$stamp" || return 0
  fetch_debian_source cjson "$CJSON_VERSION" "$CJSON_SHA256" "$CJSON_PATCHES_SHA256" "cJSON-${CJSON_VERSION%%-*}"
  rm -rf third_party/cjson
  mkdir -p third_party/cjson
  cp "$work/cJSON-${CJSON_VERSION%%-*}"/cJSON.[ch] third_party/cjson/
  touch "$stamp"
  rm -rf "$work"
}

fetch_libsodium() {
  stamp=third_party/libsodium/.$LIBSODIUM_SHA256
  test ! -e "$stamp" || return 0
  folder=libsodium-${LIBSODIUM_VERSION%%-*}
  fetch_debian_source libsodium "$LIBSODIUM_VERSION" "$LIBSODIUM_SHA256" "$LIBSODIUM_PATCHES_SHA256" "$folder"
  rm -rf third_party/libsodium
  mv "$work/$folder/src/libsodium" third_party/libsodium
  cp "$work/$folder/LICENSE" third_party/libsodium/
  touch "$stamp"
  rm -rf "$work"
}

# npm's install scripts are skipped: none of these packages needs one.
install_npm_packages() {
  test -e package-lock.json || return 0
  stamp=node_modules/.installed
  if [ -e "$stamp" ] && cmp -s package-lock.json "$stamp"; then return 0; fi
  echo "setup: installing the npm packages"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
  cp package-lock.json "$stamp"
}

check_node
install_packages
# Emscripten's package depends on Debian's own Node.js, which is older.
check_node
mkdir -p third_party
fetch_sqlite
fetch_cjson
fetch_libsodium
install_npm_packages
echo "setup: everything is there"
