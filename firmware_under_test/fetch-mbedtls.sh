#!/bin/sh
# Puts Debian's mbedTLS source into DIR (default build/mbedtls-src).
#
#   fetch-mbedtls.sh [DIR]
#
# apt works on its own source list, package lists and cache below DIR; the
# machine's apt configuration is read, never changed. Exit status: 0 the
# source is there, 1 it could not be had (one line on standard error says why).
set -eu

dir=${1:-build/mbedtls-src}
want=library/ssl_tls.c

[ -f "$dir/$want" ] && exit 0

fail() {
	echo "fetch-mbedtls: $*" >&2
	rm -rf "$dir/apt"
	exit 1
}

command -v apt-get >/dev/null || fail "apt-get is not here"
mkdir -p "$dir"
# Two makes at once (release and asan): the second finds the work done.
exec 9>"$dir/.lock"
flock 9
[ -f "$dir/$want" ] && exit 0
rm -rf "$dir/apt"
mkdir -p "$dir/apt/sources.d" "$dir/apt/lists/partial" \
	"$dir/apt/cache/archives/partial"
apt=$(cd "$dir/apt" && pwd)
log=$apt/log

# The machine's own sources whose address matches $1, source packages instead
# of binary ones, in both formats of apt.
add_sources() {
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$f" ] || continue
		sed -n "s/^deb \(.*$1.*\)/deb-src \1/p" "$f"
	done >"$apt/sources.d/machine.list"
	for f in /etc/apt/sources.list.d/*.sources; do
		grep -qs "^URIs:.*$1" "$f" || continue
		sed 's/^Types:.*/Types: deb-src/' "$f" \
			>"$apt/sources.d/$(basename "$f")"
	done
}

# Other vendors' lists have no mbedtls, and may be slow to say so.
add_sources debian
[ -s "$apt/sources.d/machine.list" ] || rm "$apt/sources.d/machine.list"
[ -n "$(ls "$apt/sources.d")" ] || add_sources ''

cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/sources.d";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt/cache";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::Languages "none";
CONF
[ "$(id -u)" = 0 ] && echo 'APT::Sandbox::User "root";' >>"$apt/apt.conf"

APT_CONFIG=$apt/apt.conf
export APT_CONFIG
# One bad list is not the end of it: what counts is the next step.
apt-get -q update >"$log" 2>&1 || true
(cd "$apt" && apt-get -q --download-only source mbedtls >>"$log" 2>&1) ||
	fail "no source of mbedtls: $(grep -m 1 '^[EW]: ' "$log")"

# Debian carries no patches for this package in bookworm; if that changes,
# dpkg-source applies them where it is installed.
cd "$apt"
if command -v dpkg-source >/dev/null; then
	dpkg-source --no-check -x mbedtls_*.dsc "$apt/tree" >>"$log" 2>&1 ||
		fail "dpkg-source: $(tail -n 1 "$log")"
else
	mkdir tree
	tar -xf mbedtls_*.orig.tar.* -C tree --strip-components=1 ||
		fail "cannot unpack mbedtls"
fi
cd - >/dev/null
[ -f "$apt/tree/$want" ] || fail "no $want in Debian's mbedtls source"
for part in include library LICENSE; do
	rm -rf "${dir:?}/$part"
	mv "$apt/tree/$part" "$dir/$part"
done
rm -rf "$apt"
