#!/bin/sh
# Gets a MySQL server for `make test-mysql` into a folder, with the libraries that it was built for, so that nothing is installed:
# from Debian's unstable distribution, which alone has one, by apt with lists and sources of its own. It keeps the newest version only, so
# none is pinned; what comes is what Debian has signed.
# Usage: tools/setup-mysql.sh [folder]
set -eu
cd "$(dirname "$0")/.."
folder=${1:-third_party/mysql}
test ! -x "$folder/mysqld" || { echo "setup-mysql: $("$folder/mysqld" --version | grep -o 'Ver.*')"; exit 0; }

fail() {
  echo "setup-mysql: $*" >&2
  echo "setup-mysql: any MySQL will do: make test-mysql MYSQLD=/path/to/mysqld" >&2
  exit 1
}

command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || fail "there is no apt here"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
test -e "$keyring" || fail "there is no $keyring"

# The machine's own mirror, as tools/setup.sh takes it.
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
: >"$work/status"
echo "deb [signed-by=$keyring] ${mirror:-https://deb.debian.org/debian} sid main" >"$work/sources.list"
options="-q -y -o APT::Sandbox::User=root -o Dir::Etc::sourcelist=$work/sources.list -o Dir::Etc::sourceparts=-
  -o Dir::State::lists=$work/lists -o Dir::State::status=$work/status -o Dir::Cache=$work/cache"

echo "setup-mysql: fetching mysql-server-core and its libraries"
# As on a machine where nothing is installed: everything it needs comes along, down to the C library.
# shellcheck disable=SC2086
{ apt-get $options update && apt-get $options install --download-only --no-install-recommends mysql-server-core mysql-client-core; } \
  >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; fail "the packages cannot be had"; }

new=$work/mysql
mkdir -p "$new/root"
for package in "$work"/cache/archives/*.deb; do
  case ${package##*/} in perl* | libperl*) continue ;; esac
  dpkg-deb -x "$package" "$new/root"
done

# Started by their own loader, they find their own libraries.
while read -r program path; do
  cat >"$new/$program" <<SCRIPT
#!/bin/sh
root=\$(cd "\$(dirname "\$0")" && pwd)/root
libraries=\$(dirname "\$(find "\$root" -name 'libc.so.6' | head -n 1)")
exec "\$libraries/\$(basename "\$(find "\$libraries" -name 'ld-linux*' | head -n 1)")" \\
  --library-path "\$libraries:\$libraries/mysql/private" "\$root/$path" "\$@"
SCRIPT
  chmod +x "$new/$program"
done <<LIST
mysqld usr/sbin/mysqld
mysql usr/bin/mysql
mysqldump usr/bin/mysqldump
LIST
"$new/mysqld" --version >/dev/null 2>&1 || fail "the server does not run here"
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
mv "$new" "$folder"
echo "setup-mysql: $("$folder/mysqld" --version | grep -o 'Ver.*')"
