#!/bin/sh
# Makes the configuration that turns QEMU's STM32F405 into the virtual board:
# a mark and random bytes for the firmware (port/stm32f405/virtual.h).
#
#   mkvirtual.sh CONFIG          the configuration alone; QEMU's loader puts
#                                it to 0x080E0000, beside -kernel IMAGE
#   mkvirtual.sh FLASH IMAGE     a whole 1 MiB flash: IMAGE (.bin), erased
#                                bytes, the configuration
#
# Neither is for a board: there the configuration is not accepted, and an
# IMAGE that holds its mark is refused.
set -eu

usage() {
	echo "usage: mkvirtual.sh CONFIG | FLASH IMAGE" >&2
	exit 2
}

fail() {
	echo "mkvirtual: $*" >&2
	rm -f "$new"
	exit 2
}

[ $# = 1 ] || [ $# = 2 ] || usage
mark=ec21-virtual-1
sector=917504 # 0xE0000
seed=65536
new=$1.new
umask 077

config() {
	printf '%s\n\000' $mark
	printf '\000\000\001\000' # $seed, little-endian
	head -c $seed /dev/urandom
}

if [ $# = 1 ]; then
	config >"$new" || fail "cannot write $new"
else
	[ -f "$2" ] || fail "$2: no such file"
	size=$(wc -c <"$2")
	[ "$size" -le $sector ] || fail "$2: $size bytes, at most $sector"
	! grep -aq $mark "$2" || fail "$2 holds the virtual board's mark"
	{
		cat "$2"
		head -c $((sector - size)) /dev/zero | tr '\000' '\377'
		config
		head -c $((131072 - seed - 20)) /dev/zero | tr '\000' '\377'
	} >"$new" || fail "cannot write $new"
fi
mv "$new" "$1"
