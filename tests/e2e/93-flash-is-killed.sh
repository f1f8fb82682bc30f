#!/bin/bash
# The runner is killed at random moments of a flash: no process is left, the
# lock is free, and the next run flashes the board, in the end with an image of
# 1 MiB. For more than ten start it by itself, each flash has its own deadline:
#   BUILD=build FLASH_KILLS=200 bash tests/e2e/93-flash-is-killed.sh
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/bench.inc"

DEADLINE=150
start_bench
image "$T/a.bin" 30000
image "$T/b.bin" 20000
RANDOM=${FLASH_SEED:-$$}
echo "FLASH_SEED=${FLASH_SEED:-$$}"

# ours: processes that have this test's folder in their command line and are
# neither the board nor this script.
ours() {
	local p
	for p in /proc/[0-9]*; do
		p=${p#/proc/}
		[ "$p" != $$ ] && [ "$p" != "${PIDS[vdfu]}" ] || continue
		grep -qz -- "$T/" "/proc/$p/cmdline" 2>/dev/null || continue
		! grep -q '^State:.*Z' "/proc/$p/status" 2>/dev/null || continue
		echo "$p $(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null || true)"
	done
}

# What was killed may take a moment to be gone.
nothing_left() {
	local n left
	for ((n = 0; n < 200; n++)); do
		left=$(ours)
		[ -n "$left" ] || return 0
		timeout 0.1 tail -f /dev/null || true
	done
	fail "left behind: $left"
}

kills=${FLASH_KILLS:-10}
for ((i = 1; i <= kills; i++)); do
	moment=$((RANDOM % 400))
	"$BUILD/ec21hil" flash --rigs "$T/rigs.conf" --rig wio "$T/a.bin" \
		>"$T/killed.out" 2>"$T/killed.err" </dev/null &
	pid=$!
	timeout "0.$(printf %03d $moment)" tail --pid=$pid -f /dev/null || true
	kill -KILL $pid 2>/dev/null || true
	wait $pid 2>/dev/null || true
	nothing_left
	flash "$T/b.bin"
	[ "$status" = 0 ] || fail "kill $i after $moment ms: $(cat "$T/err")"
	flashed "$T/b.bin"
done
echo "$kills killed, $kills recovered"

# A whole chip of 1 MiB, written and read back.
image "$T/whole.bin" 1048576
DEADLINE=250 flash "$T/whole.bin"
flashed "$T/whole.bin"
