#!/bin/bash
# fixtures/scenarios/firmware on the host and on the virtual board: the same
# expectations hold on both.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin
need_built ec21hil
need_built ec21emu
need_built ec21broker
need_built wiofw
need_built wiofw-article
need mosquitto mosquitto
export TMPDIR=$T/tmp
mkdir "$TMPDIR"

# all_pass RIG: most of a run is waiting for windows, hence the jobs.
all_pass() {
	DEADLINE=280 run "$BUILD/ec21hil" run --rig "$1" --jobs 6 --keep-going \
		--certs "$(certificates)" "$TOP/fixtures/scenarios/firmware"
	[ "$status" = 0 ] || fail "$1: status $status: $(cat "$T/out" "$T/err")"
	grep -qE '^# [1-9][0-9]* passed, 0 failed, 0 skipped, 0 errors' \
		"$T/out" || fail "$1: $(cat "$T/out")"
	! grep 'for another rig' "$T/out" || fail "$1: not all were run"
}

all_pass host
cp "$T/out" "$T/host.tap"
need qemu-system-arm qemu-system-arm
need dfu-util dfu-util
need_built ec21vdfu
[ -e "$BUILD/wiofw-stm32f405.bin" ] ||
	skip "$BUILD/wiofw-stm32f405.bin is not built (gcc-arm-none-eabi)"
all_pass virtual
[ "$(grep -c '^ok' "$T/out")" = "$(grep -c '^ok' "$T/host.tap")" ] ||
	fail "the rigs ran different scenarios"
