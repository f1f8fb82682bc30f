#!/bin/bash
# The virtual bench goes the way of a real one: BOOT0, dfu-util, read-back,
# RST; then QEMU boots what is in the flash, and its first line on the console
# is the proof. The console is reached over real ser2net too; the firmware's
# own `dfu` is the way in without a wire on BOOT0. Scenarios speak to the
# firmware's console and, through its bridge, to the modem; each that wants the
# console finds a board that was just reset or switched on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/bench.inc"

DEADLINE=60
image=$BUILD/wiofw-stm32f405.bin
start_virtual_bench

flash "$image"
flashed "$image"
grep -qE '^wio: it runs: # wiofw .* ready$' "$T/out" || fail "$(cat "$T/out")"
! grep -aq 'ec21-virtual-1' "$T/chip" || fail "the configuration is on the chip"

# passes N SCENARIO...: on that board, so many.
passes() {
	local n=$1
	shift
	DEADLINE=120 run env EC21_RIGS="$T/rigs.conf" "$BUILD/ec21hil" run \
		--rig wio --keep-going "$@"
	[ "$status" = 0 ] && grep -q "^# $n passed, 0 failed, 0 sk" "$T/out" ||
		fail "status $status: $(cat "$T/out" "$T/err")"
}
cat >"$T/reset.at" <<-'END'
	# ec21 transcript 1
	# title: what was set is gone behind a reset
	- CON< # wiofw{any} ready{any}\n
	- CON> set host a.example\n
	- CON< [60s] +ok set host\n
	- DO   reset-board
	- CON< [60s] {skip}# wiofw{any} ready{any}\n
	- CON> info\n
	- CON< [60s] {skip}# host data{any}\n{skip}+ok info modem off{any}\n
END
console=$TOP/fixtures/scenarios/firmware/010-info.at
at=$TOP/fixtures/scenarios/bench/010-identity.at
# By RST; by the supply, which is off in the end; by the console alone.
passes 3 "$T/reset.at" "$at" "$console"
bench_rig 'console = tty:{dir}/tty' 'boot_timeout = 40' 'bridge = yes' \
	'expect_boot = ^# wiofw .* ready' \
	"power_on = \"$BUILD/ec21vdfu\" --tell \"{dir}/board\" power on" \
	"power_off = \"$BUILD/ec21vdfu\" --tell \"{dir}/board\" power off"
sed -i '/^boot0_/d; /^reset/d' "$T/rigs.conf"
passes 2 "$T/reset.at" "$at"
board state | grep -q 'in=off' || fail "switched on: $(board state)"
board power on
sed -i '/^power_/d' "$T/rigs.conf"
passes 3 "$console" "$at" "$T/reset.at"
sed -i 's/^expect_boot.*/expect_boot = ^# wiofw 99/; s/^boot_timeout.*/boot_timeout = 1/' \
	"$T/rigs.conf"
run env EC21_RIGS="$T/rigs.conf" "$BUILD/ec21hil" run --rig wio "$console"
[ "$status" = 2 ] && grep -q '^# .*no line /^# wiofw 99/ on the console' "$T/out" ||
	fail "it said something else: $status: $(cat "$T/out" "$T/err")"
cp "$T/rigs.first" "$T/rigs.conf"

# It runs, but is another program than expected; then none at all.
sed -i 's/^expect_boot.*/expect_boot = ^# wiofw 99/; s/^boot_timeout.*/boot_timeout = 3/' \
	"$T/rigs.conf"
flash "$image"
failed 1 'written and verified, but: no line /.*/ on the console within 3 s; the last was: # wiofw '
image "$T/dead.bin" 3000
printf '\376\347' | # b .
	dd of="$T/dead.bin" bs=1 seek=8 conv=notrunc 2>/dev/null
flash "$T/dead.bin"
failed 1 'written and verified, but: the console was silent for 3 s'

# BOOT0 sticks: it comes up in its boot loader again.
bench_rig 'console = tty:{dir}/tty' 'boot_timeout = 3' \
	'expect_boot = ^# wiofw .* ready'
sed -i 's/boot0 0$/boot0 1/' "$T/rigs.conf"
flash "$image"
failed 1 'it is in its boot loader again: is BOOT0 still high'

# No wire on BOOT0 and RST: the firmware goes itself.
cp "$T/rigs.first" "$T/rigs.conf"
board reset
flash "$image"
flashed "$image"
sed -i '/^boot0_/d; /^reset/d; s/^bridge.*/enter = console/' "$T/rigs.conf"
flash "$image"
flashed "$image"
grep -q 'it runs' "$T/out" || fail "$(cat "$T/out")"

# A far console: real ser2net, a plain TCP port.
bench_rig 'console = tty:{dir}/tty' 'boot_timeout = 40' \
	'expect_boot = ^# wiofw .* ready'
flash "$image"
flashed "$image"
need ser2net ser2net
port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])' 2>/dev/null) || port=$((20000 + $$ % 20000))
start ser2net ser2net -d -n -Y 'connection: &c#  accepter: '"tcp,127.0.0.1,$port" \
	-Y "  connector: serialdev(nouucplock=true),$(readlink "$T/tty"),115200n81,local"
for ((n = 0; n < 100; n++)); do
	(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
	timeout 0.1 tail -f /dev/null || true
done
sed -i "s|^console.*|console = tcp:127.0.0.1:$port|" "$T/rigs.conf"
flash "$image"
flashed "$image"
console_says help '^[+]ok help'
run "$BUILD/ec21hil" rigs --rigs "$T/rigs.conf"
grep -q "console tcp:127.0.0.1:$port: there" "$T/out" || fail "$(cat "$T/out")"
stop ser2net

# Or a command: ssh to another machine as a rule.
sed -i "s|^console.*|console = exec:socat - \"{dir}/tty,raw,echo=0\"|" \
	"$T/rigs.conf"
console_says help '^[+]ok help'
