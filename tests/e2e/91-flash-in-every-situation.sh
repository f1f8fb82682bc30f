#!/bin/bash
# Each situation that dfu-util meets on a bench comes to one clear sentence
# and the right status, with the unmodified dfu-util and a virtual boot
# loader; and after each of them the next run flashes the board.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/bench.inc"

DEADLINE=60
start_bench
image "$T/a.bin" 70000
image "$T/b.bin" 5000

# recovers: after what went wrong, with nothing wrong.
recovers() {
	board knobs
	board protect 0
	board cable on
	flash "$T/b.bin"
	flashed "$T/b.bin"
	board state | grep -q 'in=program boot0=0' || fail "after: $(board state)"
}

# All is well: the steps are told, the board runs again.
flash "$T/a.bin"
flashed "$T/a.bin"
for step in 'boot loader found: serial number 204D39A35843, USB port 1-1' \
	'wrote 70000 bytes' 'read back: the same' 'started'; do
	grep -qE "^wio: $step" "$T/out" || fail "no '$step': $(cat "$T/out")"
done
board state | grep -q 'in=program boot0=0' || fail "$(board state)"

# What was on the chip is kept first, whole.
flash --save "$T/saved" "$T/b.bin"
flashed "$T/b.bin"
[ "$(wc -c <"$T/saved")" = 1048576 ] || fail "saved: $(wc -c <"$T/saved")"
cmp -n 70000 "$T/a.bin" "$T/saved"
flash --save "$T/saved" "$T/b.bin"
failed 2 'is there already'

# Odd sizes, and sectors that are in use.
for size in 2047 2048 2049 65536 65537; do
	image "$T/odd.bin" $size
	flash "$T/odd.bin"
	flashed "$T/odd.bin"
done

# The chip refuses.
board knobs fail-write=3
flash "$T/a.bin"
failed 1 'errWRITE.* of 70000 bytes went to the chip; .*flash it again'
board state | grep -q boot0=0 || fail "BOOT0 was left high"
recovers
board knobs fail-erase=2
flash "$T/a.bin"
failed 1 'errERASE'
recovers
board protect 1
flash "$T/a.bin"
failed 2 'read protected .*Nothing was written'
flash --save "$T/never" "$T/a.bin"
failed 2 'read protected'
[ ! -e "$T/never" ] && [ ! -e "$T/never.part" ] || fail "half a file was left"
board protect 0
flash "$T/b.bin"
flashed "$T/b.bin"

# The cable is pulled: while it erases, writes, reads back.
board knobs unplug=10
flash "$T/a.bin"
failed 1 'left the bus while writing'
recovers
board knobs unplug=120
flash "$T/a.bin"
failed 1 'left the bus while writing.* [1-9][0-9]* of 70000 bytes'
recovers
board knobs unplug=240
flash "$T/a.bin"
failed 1 'written, but not verified: the board left the bus while reading'
recovers

# One bit reads wrong.
board knobs flip=0x08000123
flash "$T/a.bin"
failed 1 'differs in 1 of 70000 bytes, first at 0x08000123'
recovers

# It does not answer: dfu-util gives up, or we do.
board knobs hang=50
flash "$T/a.bin"
failed 1 'stopped answering while writing'
bench_rig 'flash_timeout = 1'
board knobs hang=50
flash "$T/a.bin"
failed 1 'does not answer any more: .* did not end within 1 s'
bench_rig
recovers

# The boot loader begins in an odd state: dfu-util clears it.
for state in 4 9 10; do
	board knobs start=$state
	flash "$T/a.bin"
	flashed "$T/a.bin"
done
recovers

# Slow erasing and writing is no failure.
board knobs poll=15
flash "$T/b.bin"
flashed "$T/b.bin"
recovers

# No board.
bench_rig 'find_timeout = 1'
board cable off
flash "$T/a.bin"
failed 2 'no boot loader within 1 s: no board on the USB bus'
board cable on
recovers
sed -i 's/^usb_serial.*/usb_serial = 000000000000/' "$T/rigs.conf"
flash "$T/a.bin"
failed 2 'no boot loader within 1 s: .*others are there'
sed -i 's/^usb_serial.*/usb_path = 1-9/' "$T/rigs.conf"
flash "$T/a.bin"
failed 2 'no boot loader within 1 s'
sed -i 's/^usb_path.*/usb_path = 1-1/' "$T/rigs.conf"
flash "$T/a.bin"
flashed "$T/a.bin"
bench_rig
recovers

# Without a wire on RST the DFU way out is taken, also when its last answer
# never comes.
sed -i '/^boot0_\|^reset/d' "$T/rigs.conf"
board dfu
flash "$T/a.bin"
flashed "$T/a.bin"
board state | grep -q in=program || fail "it did not leave: $(board state)"
board dfu
board knobs mute=1
flash "$T/b.bin"
flashed "$T/b.bin"
board state | grep -q in=program || fail "it did not leave: $(board state)"
bench_rig
recovers

# Tools that are not there, or are no good.
bench_rig
sed -i 's/^flasher.*/flasher = no-such-dfu-util/; /^  dfu-util/d' "$T/rigs.conf"
flash "$T/a.bin"
failed 2 'cannot start no-such-dfu-util'
sed -i 's/^flasher.*/flasher = sh -c "kill -9 \$\$" sh/' "$T/rigs.conf"
flash "$T/a.bin"
failed 2 'signal 9'
bench_rig
recovers
stop vdfu
[ "$status" = 0 ] || fail "ec21vdfu: status $status"

# Told to end again and again, it clears its folder away all the same.
mkdir "$T/again"
for _ in 1 2 3; do
	TMPDIR=$T/again start vdfu "$BUILD/ec21vdfu" --board A \
		--flash "$T/chip" --boot0 0 --boot 'sleep 1000' \
		--control "$T/again.ctl"
	wait_line vdfu '^ready' >/dev/null
	while kill "${PIDS[vdfu]}" 2>/dev/null; do :; done
	wait_exit vdfu
	[ -z "$(ls -A "$T/again")" ] || fail "left: $(ls -R "$T/again")"
done

# A pipe in its COMMAND ends as anywhere: SIGPIPE (13) is not ignored.
run "$BUILD/ec21vdfu" --board A --flash "$T/chip" -- \
	grep '^SigIgn:.*[02468ace]...$' /proc/self/status
[ "$status" = 0 ] || fail "SIGPIPE is ignored"

# A CPU started anew never has the seed of the one before; all else it has.
"$TOP/firmware_under_test/mkvirtual.sh" "$T/config"
mkfifo "$T/fifo"
for n in 1 2; do
	run "$BUILD/ec21vdfu" --board A --flash "$T/chip" --boot0 0 \
		--config "$T/config" --boot "sh -c 'cat {flash} >$T/fifo'" -- \
		sh -c "cat '$T/fifo' >'$T/flash-$n'"
	[ "$status" = 0 ] || fail "status $status: $(cat "$T/err")"
done
mark=$((0xe0014))
cmp -s -n $mark "$T/flash-1" "$T/flash-2" || fail "the program differs"
cmp -s -i $((mark - 20)):0 -n 20 "$T/flash-1" "$T/config" || fail "no mark"
! cmp -s -i $mark -n 64 "$T/flash-1" "$T/flash-2" || fail "a seed came twice"
