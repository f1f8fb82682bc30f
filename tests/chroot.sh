#!/bin/bash
# Proves the two commands in a fresh Debian 12 that has git and make and no
# other help than packages.txt:
#
#   tests/chroot.sh [demo] [check] [offline]      default: all three
#
# demo, check: `make demo`, `make check` on a new clone of what is committed.
# offline: both once more without a network and with apt and sudo replaced by
# programs that fail: neither may be called. Root and debootstrap are needed;
# the base system is kept in build/chroot-base.tar for the next time.
# CHROOT_KEEP=1 keeps the chroot. Exit status: 0 all came out well.
set -eu
cd "$(dirname "$0")/.."
top=$PWD
mirror=${CHROOT_MIRROR:-http://deb.debian.org/debian}
base=$top/build/chroot-base.tar

[ "$(id -u)" = 0 ] || { echo "chroot: root is needed" >&2; exit 2; }
for tool in debootstrap unshare git; do
	command -v $tool >/dev/null || { echo "chroot: no $tool" >&2; exit 2; }
done
[ $# -gt 0 ] || set -- demo check offline

root=$(mktemp -d "${TMPDIR:-/tmp}/ec21-chroot.XXXXXX")
# Mounts live in a namespace that has ended by then.
trap '[ -n "${CHROOT_KEEP:-}" ] && echo "kept: $root" || rm -rf "$root"' EXIT
trap 'exit 143' INT TERM

if [ ! -f "$base" ]; then
	mkdir -p build
	echo "chroot: debootstrap"
	debootstrap --variant=minbase --include=git,make bookworm \
		"$root" "$mirror" >"$base.log" 2>&1 || {
		tail -n 3 "$base.log" >&2
		exit 1
	}
	tar -C "$root" -cf "$base.new" .
	mv "$base.new" "$base"
else
	tar -C "$root" -xf "$base"
fi

# mktemp's mode is for one user; below it there are others.
chmod 755 "$root"
# How this machine reaches its package registry, and nothing else of it.
cp /etc/resolv.conf "$root/etc/"
# Every installed Debian has it; the minimal base system has not.
echo '127.0.0.1 localhost' >"$root/etc/hosts"
apt-config dump | grep -E '^Acquire::(http|https|Check)[^ ]* "' \
	>"$root/etc/apt/apt.conf.d/90registry" || true
printf 'deb %s bookworm main\ndeb %s bookworm-updates main\n' \
	"$mirror" "$mirror" >"$root/etc/apt/sources.list"
git clone -q --no-hardlinks . "$root/src"

# inside NET COMMAND: in namespaces of its own, so that nothing outlives it.
inside() {
	local net=$1
	shift
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --kill-child ${net:+"$net"} \
		sh -euc '
		root=$1; net=$2; shift 2
		mount -t proc proc "$root/proc"
		mount -t devpts -o newinstance,ptmxmode=0666 devpts \
			"$root/dev/pts"
		[ -z "$net" ] || ip link set lo up
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			TERM=dumb CI="${CI:-}" CHECK_STRICT="${CHECK_STRICT:-}" \
			chroot "$root" sh -c "cd /src && $*"
	' sh "$root" "$net" "$@"
}

rc=0
step() {
	local name=$1 start=$SECONDS
	shift
	echo "chroot: $name"
	if "$@" >"$top/build/chroot-$name.log" 2>&1; then
		echo "chroot: $name: ok in $((SECONDS - start)) s"
	else
		rc=1
		echo "chroot: $name: FAILED, build/chroot-$name.log:"
		tail -n 30 "$top/build/chroot-$name.log"
	fi
	tail -n 1 "$top/build/chroot-$name.log"
}

for what; do
	case $what in
	demo) step demo inside "" make demo ;;
	check) step check inside "" make check ;;
	offline)
		for tool in apt-get sudo; do
			printf '#!/bin/sh\necho "%s was called" >&2\nexit 1\n' \
				$tool >"$root/usr/sbin/$tool"
			chmod +x "$root/usr/sbin/$tool"
		done
		step offline-demo inside --net make demo
		step offline-check inside --net make check
		for log in build/chroot-offline-*.log; do
			! grep -H 'was called' "$log" || rc=1
		done
		;;
	*) echo "chroot: demo, check or offline" >&2; exit 2 ;;
	esac
done
exit $rc
