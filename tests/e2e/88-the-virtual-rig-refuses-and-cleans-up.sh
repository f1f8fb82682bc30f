#!/bin/bash
# The rig virtual: what cannot be run is one sentence and status 2; an image of
# the user's is flashed as well; four boards at once keep apart; a runner that
# is killed leaves no board, no modem and no broker behind.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/bench.inc"
need_built ec21hil
need_built ec21emu
hil=$BUILD/ec21hil
image=$BUILD/wiofw-stm32f405.bin
set_of=$TOP/fixtures/scenarios/firmware
export TMPDIR=$T/tmp
mkdir "$TMPDIR"

refused 2 "rig virtuel: the rigs that are there are modem, host" \
	"$hil" run --rig virtuel "$set_of/010-info.at"
refused 2 "'imag=x': expected profile=NAME, image=PATH or expect_boot=PATTERN" \
	"$hil" run --rig virtual,imag=x "$set_of/010-info.at"
refused 2 "'image=x': expected profile=NAME$" \
	"$hil" run --rig host,image=x "$set_of/010-info.at"
refused 2 "needs qemu-system-arm \(package qemu-system-arm\)" \
	env PATH=/nonexistent "$hil" run --rig virtual "$set_of/010-info.at"
need qemu-system-arm qemu-system-arm
mkdir "$T/path"
ln -s "$(command -v qemu-system-arm)" "$T/path"
refused 2 "is flashed by dfu-util \(package dfu-util\)" \
	env PATH="$T/path" "$hil" run --rig virtual "$set_of/010-info.at"
need dfu-util dfu-util
need_built ec21vdfu
refused 2 "$T/none.bin: No such file or directory" \
	"$hil" run --rig "virtual,image=$T/none.bin" "$set_of/010-info.at"
refused 2 "lib.sh: it is no image for an STM32F405" \
	"$hil" run --rig "virtual,image=$TOP/tests/e2e/lib.sh" \
	"$set_of/010-info.at"
[ -e "$image" ] || skip "$image is not built (gcc-arm-none-eabi)"
refused 2 "it is an ELF file; the raw image \(.bin\) is wanted" \
	"$hil" run --rig "virtual,image=${image%.bin}.elf" "$set_of/010-info.at"
"$TOP/firmware_under_test/mkvirtual.sh" "$T/flash" "$image"
refused 2 "it holds the virtual board's mark" \
	"$hil" run --rig "virtual,image=$T/flash" "$set_of/010-info.at"
# Beside another program there is no image.
mkdir "$T/bin"
cp "$hil" "$T/bin/ec21hil"
refused 2 "needs ec21vdfu, .* \(package libumockdev-dev\)" \
	"$T/bin/ec21hil" run --rig virtual --emulator "$BUILD/ec21emu" \
	"$set_of/010-info.at"
export EC21VDFU=$BUILD/ec21vdfu
refused 2 "$T/bin/wiofw-stm32f405.bin: No such .*; it is built where" \
	"$T/bin/ec21hil" run --rig virtual --emulator "$BUILD/ec21emu" \
	"$set_of/010-info.at"
refused 2 "the firmware wiofw is not there; --firmware names another" \
	env PATH=/nonexistent "$T/bin/ec21hil" run --rig host \
	--emulator "$BUILD/ec21emu" "$set_of/010-info.at"

# passes N COMMAND...: so many, and nothing else.
passes() {
	local n=$1
	shift
	DEADLINE=200 run "$@"
	[ "$status" = 0 ] && grep -q "^# $n passed, 0 failed, 0 sk" "$T/out" ||
		fail "status $status: $(cat "$T/out" "$T/err")"
}

# An image of the user's, erased behind its end as one read from a chip is. A
# scenario that names its firmware is for no image of the user's.
{
	cat "$image"
	head -c 5000 /dev/zero | tr '\000' '\377'
} >"$T/mine.bin"
passes 1 "$hil" run --rig "virtual,image=$T/mine.bin,expect_boot=^# wiofw" \
	"$set_of/010-info.at" "$set_of/050-riddle-b.at"
grep -q 'names a firmware, which is not the one given' "$T/out" ||
	fail "the riddle's firmware: $(cat "$T/out")"

# A program that locks the CPU up makes QEMU abort: its words are in the report.
image "$T/garbage.bin" 3000
DEADLINE=120 run "$hil" run --rig "virtual,image=$T/garbage.bin" \
	"$set_of/010-info.at"
[ "$status" = 2 ] || fail "a program that crashes: status $status"
grep -q "CPU was ended by signal 6 (Aborted): qemu: fatal: Lockup" "$T/out" ||
	fail "a program that crashes: $(cat "$T/out")"
rm -r "$TMPDIR"/ec21hil.*

# A path with a comma and a blank in it: QEMU's options and ours bear both.
mkdir "$T/a, b"
TMPDIR="$T/a, b" passes 1 "$hil" run --rig virtual "$set_of/010-info.at"

need_built ec21broker
passes 4 "$hil" run --rig virtual --jobs 4 --certs "$(certificates)" \
	"$set_of/020-publish.at" "$set_of/055-dates.at"
[ -z "$(ls -A "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"

# left: processes whose command line has our folder in it.
left() {
	grep -lFz -- "$TMPDIR/ec21hil." /proc/[0-9]*/cmdline 2>/dev/null || true
}
mkfifo "$T/nothing"
for wait in 0.3 0.9 1.6; do
	start runner "$hil" run --rig virtual --keep-going \
		--certs "$(certificates)" "$set_of/020-publish.at"
	# Any moment will do, from before the first child to the last.
	read -r -t "$wait" <>"$T/nothing" || true
	stop runner KILL
	[ "$status" = 137 ] || fail "the runner had ended: $status"
	for _ in $(seq 1 200); do
		[ -n "$(left)" ] || break
		read -r -t 0.1 <>"$T/nothing" || true
	done
	[ -z "$(left)" ] || fail "still there: $(left | tr '\n' ' ')"
done
