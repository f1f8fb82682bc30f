#!/bin/bash
# ec21hil compare of the rigs host and virtual: the same words to the modem, on
# the console, and to the broker, though one is a process and the other an
# image for the STM32F405 in QEMU. A difference is seen.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin
need_built ec21hil
need_built ec21broker
need_built wiofw
need_built wiofw-article
need mosquitto mosquitto
need qemu-system-arm qemu-system-arm
need dfu-util dfu-util
need_built ec21vdfu
[ -e "$BUILD/wiofw-stm32f405.bin" ] ||
	skip "$BUILD/wiofw-stm32f405.bin is not built (gcc-arm-none-eabi)"
export TMPDIR=$T/tmp
mkdir "$TMPDIR"
cd "$TOP/fixtures/scenarios/firmware"

# Those that wait for no window of ten seconds and more.
DEADLINE=250 run "$BUILD/ec21hil" compare --rig host --rig virtual --jobs 4 \
	--certs "$(certificates)" 0[1-5]*.at 063-*.at 065-*.at 068-*.at
[ "$status" = 0 ] || fail "status $status: $(cat "$T/out" "$T/err")"
grep -qE '^# A is host, B is virtual: [1-9][0-9]{2,} same, 0 differ, 0 one' \
	"$T/out" || fail "$(tail -n 1 "$T/out")"

# The article's image in place of ours cannot publish by mbedTLS.
grep -v 'name=modem' 020-publish.at >"$T/mcu.at"
DEADLINE=120 run "$BUILD/ec21hil" compare --rig host \
	--rig "virtual,image=$BUILD/wiofw-article-stm32f405.bin" \
	--certs "$(certificates)" "$T/mcu.at"
[ "$status" = 1 ] || fail "another firmware: status $status"
grep -qE '^not ok 1 - ' "$T/out" || fail "another firmware: $(cat "$T/out")"
