#!/bin/sh
# Installs the packages of packages.txt that this machine lacks.
#
#   packages.sh [--try] all|GROUP...
#
# Nothing missing: neither apt nor sudo is called. --try: what cannot be had
# is listed and is no error. Exit status: 0 done, 1 something is missing, 2
# bad usage.
set -eu

list=$(dirname "$0")/../packages.txt
try=
[ "${1:-}" = --try ] && { try=1; shift; }
[ $# -gt 0 ] || { echo "usage: packages.sh [--try] all|GROUP..." >&2; exit 2; }

wanted() {
	for group; do
		awk -v g="$group" '!/^#/ && NF == 2 && (g == "all" || $1 == g) \
			{ print $2; n++ } END { exit n == 0 }' "$list" || {
			echo "packages: no group '$group' in packages.txt" >&2
			exit 2
		}
	done
}

# One dpkg-query for all; `pkgconf` and the like count only when installed.
missing() {
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' $pkgs 2>/dev/null |
		awk -v want="$pkgs" '
			$1 == "installed" { have[$2] = 1 }
			END {
				n = split(want, w, /[ \n]+/)
				for (i = 1; i <= n; i++)
					if (w[i] != "" && !(w[i] in have))
						print w[i]
			}'
}

pkgs=$(wanted "$@") || exit 2
if ! command -v dpkg-query >/dev/null; then
	echo "packages: no dpkg-query here; cannot tell what is installed" >&2
	exit 0
fi
lack=$(missing)
[ -z "$lack" ] && exit 0

if [ "$(id -u)" = 0 ]; then
	sudo=
elif ! command -v sudo >/dev/null; then
	sudo=none
elif [ -t 0 ]; then
	sudo=sudo
else
	sudo="sudo -n"
fi

apt() {
	DEBIAN_FRONTEND=noninteractive $sudo \
		env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o Acquire::Retries=1 -o DPkg::Lock::Timeout=60 "$@" </dev/null
}

if [ "$sudo" != none ]; then
	echo "packages: installing" $lack
	apt update >/dev/null 2>&1 || true
	said=$(apt install --no-install-recommends $lack 2>&1 >/dev/null) ||
		# One that cannot be had must not keep the others away.
		for p in $lack; do
			apt install --no-install-recommends "$p" \
				>/dev/null 2>&1 || true
		done
	lack=$(missing)
	[ -z "$lack" ] && exit 0
	echo "$said" | grep '^E:' | head -n 3 >&2 || true
fi
echo "packages: not installed and not to be had:" $lack >&2
[ "$sudo" = none ] && echo "packages: (neither root nor sudo here)" >&2
[ -n "$try" ]
