#!/bin/bash
# The bench suite on a board of rigs.conf: its firmware becomes a bridge, the
# scenarios speak AT through it, each with a client certificate of its own in
# the broker's evidence, and what they see is what the emulator alone shows.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/bench.inc"

DEADLINE=60
suite=$TOP/fixtures/scenarios/bench
start_broker
start_virtual_bench --map "$HOST:8443=127.0.0.1:$HTTPS_PORT"
certs=$(certificates)
printf '%s\n' 'apn = example.apn' "reach = 127.0.0.1:$HTTPS_PORT" \
	'evidence = {dir}/evidence' >>"$T/rigs.conf"
export EC21_RIGS=$T/rigs.conf
run "$BUILD/ec21hil" flash --rig wio "$BUILD/wiofw-stm32f405.bin"
[ "$status" = 0 ] || fail "flash: $(cat "$T/err")"

run "$BUILD/ec21hil" run --rig wio --keep-going --certs "$certs" \
	--report "$T/report" "$suite"/0[1-3]*.at "$suite/050-soak.at"
[ "$status" = 0 ] || fail "the suite: $(cat "$T/out" "$T/err")"
grep -q '^1\.\.6$' "$T/out" || fail "$(cat "$T/out")"
grep -q 'case name="010-identity.at' "$T/report/junit.xml" ||
	grep -q 010-identity "$T/report/junit.xml" || fail "no report"
n=$(grep -c '"verify":"ok".*"status":200' "$T/evidence")
[ "$n" = 25 ] || fail "the broker saw $n of 25 publishes"
[ "$(grep -o '"cn":"run-[^"]*"' "$T/evidence" |
	sort -u | wc -l)" = 1 ] || fail "not one client certificate"

# The bridge was ended: it is a console again, and can be a bridge again.
[ ! -s "$T/err" ] || fail "the run: $(cat "$T/err")"
console_says help '^[+]ok help'

# Beside the emulator, each with its own broker: exchanges, lines, evidence.
# A row is the same or accepted, TLS and what the broker saw of it included.
DEADLINE=100 run "$BUILD/ec21hil" compare --rig modem --rig wio \
	--set apn=example.apn --certs "$certs" --accept "$suite/board.accepted" \
	"$suite"/0[1-3]*.at "$suite/050-soak.at"
[ "$status" = 0 ] || fail "compare: $(cat "$T/out" "$T/err")"
grep -qE ', 0 differ, 0 one side only, 0 not comparable' "$T/out" ||
	fail "compare: $(cat "$T/out")"
stop broker

# A rig without a way to its modem, a console without wiofw, one in use.
bench_rig 'console = tty:{dir}/tty'
run "$BUILD/ec21hil" run --rig wio "$suite/010-identity.at"
[ "$status" = 2 ] && grep -q 'neither modem nor bridge' "$T/err" ||
	fail "without a way to its modem: status $status: $(cat "$T/err")"
refused 2 'the rigs that are there are .* and those of ' "$BUILD/ec21hil" \
	run --rig wiu "$suite/010-identity.at"
