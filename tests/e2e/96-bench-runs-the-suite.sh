#!/bin/bash
# The bench suite on a board of rigs.conf: its firmware becomes a bridge, the
# scenarios speak AT through it, each with a broker of its own in the mode that
# it asks for, and a client certificate of its own in the evidence; what they
# see is what the emulator alone shows. hil/bench-suite.sh runs all of it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/bench.inc"

DEADLINE=180
suite=$TOP/fixtures/scenarios/bench
# An address of this test's own, as no port may be fixed: all of 127/8 is ours.
server=127.96.$((BASHPID >> 8 & 255)).$((BASHPID & 255)):8443
start_virtual_bench --map "$HOST:8443=$server"
printf '%s\n' 'apn = example.apn' "reach = $server" \
	"broker_https = $server" >>"$T/rigs.conf"
export EC21_RIGS=$T/rigs.conf
run "$BUILD/ec21hil" flash --rig wio "$BUILD/wiofw-stm32f405.bin"
[ "$status" = 0 ] || fail "flash: $(cat "$T/err")"

# A folder: what is not marked safe for a modem that is there does not go there.
mkdir "$T/some"
cp "$TOP"/tests/conformance/21-sim/013-*.at "$T/some/harmful.at"
cp "$TOP"/tests/conformance/01-v250/017-*.at "$T/some/unmarked.at"
cp "$TOP"/tests/conformance/01-v250/002-*.at "$T/some/safe.at"
run "$BUILD/ec21hil" run --rig wio --keep-going --report "$T/report" \
	"$T/some" "$suite"/0[13]*.at "$suite"/04[25]*.at
[ "$status" = 0 ] || fail "the suite: $(cat "$T/out" "$T/err")"
for line in '^1\.\.9$' '^# the modem reaches .* port 8443$' \
	'^ok 1 - safe.at' 'harmful.at: it would harm the SIM' \
	"unmarked.at: it is not marked '# bench: safe'"; do
	grep -q "$line" "$T/out" || fail "no /$line/: $(cat "$T/out")"
done
grep -q '010-identity.at' "$T/report/junit.xml" || fail "no report"
[ ! -s "$T/err" ] || fail "the run: $(cat "$T/err")"

# What would harm is not run even if it is named.
run "$BUILD/ec21hil" run --rig wio "$T/some/harmful.at"
[ "$status" = 2 ] || fail "harmful: status $status"
grep -q 'it would harm the SIM' "$T/err" || fail "harmful: $(cat "$T/err")"

# The bridge was ended: it is a console again, and can be a bridge again.
console_says help '^[+]ok help'

# Beside the emulator, each with brokers of its own: exchanges, lines, evidence.
# A row is the same or accepted, by the file in the folder, TLS and what the
# broker saw of it included. The rig virtual makes its board a bridge itself.
mkdir "$T/three"
cp "$suite"/020*.at "$suite/043-tls-forms.at" "$suite/board.accepted" "$T/three"
run "$BUILD/ec21hil" compare --rig modem --rig virtual --jobs 2 \
	--report "$T/three-way" "$T/three"
[ "$status" = 0 ] || fail "compare: $(cat "$T/out" "$T/err")"
grep -qE ', 0 differ, 0 one side only, 0 not comparable' "$T/out" ||
	fail "compare: $(cat "$T/out")"
grep -q "^# accepted: as $T/three/board.accepted says" "$T/out" ||
	fail "compare: $(cat "$T/out")"
grep -q '043-tls-forms' "$T/three-way/report.html" || fail "no report"

# Of a folder only what is safe goes through its bridge.
run "$BUILD/ec21hil" run --rig virtual "$T/some"
[ "$status" = 0 ] || fail "virtual: $(cat "$T/out" "$T/err")"
grep -q '^1\.\.1$' "$T/out" || fail "virtual: $(cat "$T/out")"
grep -q "marked '# bench: safe': name it to run it here" \
	"$T/out" || fail "virtual: $(cat "$T/out")"

# The modem's network does not reach it: named before anything is run.
run "$BUILD/ec21hil" run --rig wio --set port=8444 "$suite/050-soak.at"
[ "$status" = 2 ] || fail "an unreachable server: status $status"
grep -q 'wio: the modem does not reach .* port 8444 by TCP .*035-reach.at:' \
	"$T/err" || fail "an unreachable server: $(cat "$T/err")"
grep -q '^Bail out! the modem does not reach' "$T/out" ||
	fail "an unreachable server: $(cat "$T/out")"

# A server that is not the one that the tunnel should lead to; none at all.
start_broker
cp "$T/rigs.conf" "$T/rigs.good"
sed -i "s/^reach = .*/reach = 127.0.0.1:$HTTPS_PORT/" "$T/rigs.conf"
refused 2 "the server 127.0.0.1:$HTTPS_PORT answers, but does not lead to" \
	"$BUILD/ec21hil" run --rig wio "$suite/050-soak.at"
sed -i "s/^broker_https = .*/broker_https = 127.0.0.1:$HTTPS_PORT/" \
	"$T/rigs.conf"
refused 2 "the broker cannot be at 127.0.0.1:$HTTPS_PORT of this machine" \
	"$BUILD/ec21hil" run --rig wio "$suite/050-soak.at"
stop broker
sed -i '/^broker_https/d' "$T/rigs.conf"
refused 2 "the server 127.0.0.1:$HTTPS_PORT does not answer from here" \
	"$BUILD/ec21hil" run --rig wio "$suite/050-soak.at"

# A broker elsewhere cannot be told its mode. A rig without a way to its modem,
# a rig's name mistyped.
run "$BUILD/ec21hil" run --rig wio "$suite/041-tls-modes.at"
[ "$status" = 2 ] || fail "without broker_https: status $status"
grep -q 'broker_https in rigs.conf says where' "$T/err" ||
	fail "without broker_https: $(cat "$T/err")"
bench_rig 'console = tty:{dir}/tty'
run "$BUILD/ec21hil" run --rig wio "$suite/010-identity.at"
[ "$status" = 2 ] && grep -q 'neither modem nor bridge' "$T/err" ||
	fail "without a way to its modem: status $status: $(cat "$T/err")"
refused 2 'the rigs that are there are .*, wio .boards of .*did you mean wio?' \
	"$BUILD/ec21hil" run --rig wiu "$suite/010-identity.at"
