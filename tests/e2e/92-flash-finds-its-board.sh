#!/bin/bash
# Which board is meant, whose it is, how it comes into its boot loader and
# whether it runs afterwards: refusals say one sentence, and an image that is
# for no board is never sent to one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/bench.inc"

DEADLINE=60
start_bench --board 305F39A35844
image "$T/a.bin" 3000
image "$T/b.bin" 4000

# Two boards in their boot loaders: not a guess, but a refusal.
board 305F39A35844 reset
board 204D39A35843 dfu
sed -i '/^usb_serial/d' "$T/rigs.conf"
flash "$T/a.bin"
failed 2 '2 boards match: [0-9A-F]+ at 1-[12], [0-9A-F]+ at 1-[12]; usb_serial'
bench_rig
flash "$T/a.bin"
flashed "$T/a.bin"
run "$BUILD/ec21hil" rigs --rigs "$T/rigs.conf"
[ "$status" = 0 ] || fail "rigs: $(cat "$T/err")"
grep -q 'USB: not in its boot loader; others are' "$T/out" || fail "$(cat "$T/out")"

# Images that are for no board.
head -c 3000 /dev/zero >"$T/zero.bin"
printf '\177ELF and more' >"$T/x.elf"
head -c 1048577 "$T/a.bin" >"$T/long.bin"
image "$T/long.bin" 1048577
"$TOP/firmware_under_test/mkvirtual.sh" "$T/virtual.bin" "$T/b.bin"
: >"$T/empty.bin"
resets=$(board state)
while read -r file regex; do
	flash "$T/$file"
	failed 2 "$regex"
done <<'END'
zero.bin it is no image for an STM32F405
empty.bin it is no image for an STM32F405
x.elf it is an ELF file
long.bin longer than the chip's flash
virtual.bin it holds the virtual board's mark
none.bin No such file
END
[ "$(board state)" = "$resets" ] || fail "a refused image touched the board"

# Hooks that fail, hang, or mean done by another status.
bench_rig 'reset_status = 3'
flash "$T/b.bin"
failed 2 'the hook reset ended with status 0'
board state | grep -q boot0=0 || fail "BOOT0 was left high"
bench_rig
sed -i 's/^reset = .*/reset = sh -c "echo no relay; exit 3"/' "$T/rigs.conf"
flash "$T/b.bin"
failed 2 'the hook reset ended with status 3: no relay\. Nothing was written'
sed -i 's/^reset = .*/reset = tail -f "{dir}\/rigs.conf"\nreset_timeout = 1/' \
	"$T/rigs.conf"
flash "$T/b.bin"
failed 2 'the hook reset did not end within 1 s'
! grep -l "$T/rigs.conf" /proc/[0-9]*/cmdline 2>/dev/null |
	xargs -r grep -lz '^tail' 2>/dev/null | grep -q . || fail "a hook was left behind"
bench_rig
flash "$T/a.bin"
flashed "$T/a.bin"

# Nobody at a terminal to press buttons.
sed -i '/^boot0_/d; /^reset/d' "$T/rigs.conf"
flash "$T/b.bin"
failed 2 'it wants a person .*no terminal'

# Somebody is: here we press them ourselves.
need script bsdutils
script -qfec "$BUILD/ec21hil flash --rigs $T/rigs.conf --rig wio $T/b.bin" \
	"$T/typescript" < <(
		wait_line_in "$T/typescript" 'hold BOOT' >/dev/null
		board dfu
		echo
		wait_line_in "$T/typescript" 'wio: started' >/dev/null || true
	) >/dev/null || fail "with an operator: $(cat "$T/typescript")"
cmp -n 4000 "$T/b.bin" "$T/chip" || fail "the operator's board holds another"
bench_rig 'operator_timeout = 1'
sed -i '/^boot0_/d; /^reset/d' "$T/rigs.conf"
# script's own status is of no use here: it waits for its input's end.
script -qfec "$BUILD/ec21hil flash --rigs $T/rigs.conf --rig wio $T/b.bin" \
	"$T/typescript" < <(timeout 5 tail -f /dev/null || true) >/dev/null ||
	true
grep -q 'nobody pressed Enter within 1 s' "$T/typescript" ||
	fail "$(cat "$T/typescript")"

# Two runs: the second is told who has the board, or waits for it.
bench_rig
board knobs poll=40
start first "$BUILD/ec21hil" flash --rigs "$T/rigs.conf" --rig wio "$T/a.bin"
wait_line first 'boot loader found' >/dev/null
flash "$T/b.bin"
failed 2 "the board is in use by process ${PIDS[first]}"
run "$BUILD/ec21hil" rigs --rigs "$T/rigs.conf"
grep -q "in use by process ${PIDS[first]}" "$T/out" || fail "$(cat "$T/out")"
flash --wait 50 "$T/b.bin"
flashed "$T/b.bin"
wait_exit first
[ "$status" = 0 ] || fail "the first run: status $status"

# Interrupted: BOOT0 low, the state told, no child left.
board knobs poll=40
start first "$BUILD/ec21hil" flash --rigs "$T/rigs.conf" --rig wio "$T/a.bin"
wait_line first 'boot loader found' >/dev/null
stop first INT
[ "$status" = 1 ] || [ "$status" = 2 ] || fail "interrupted: status $status"
grep -q 'interrupted\. ' "$T/first.err" || fail "$(cat "$T/first.err")"
board state | grep -q boot0=0 || fail "BOOT0 was left high"
board knobs
flash "$T/a.bin"
flashed "$T/a.bin"
