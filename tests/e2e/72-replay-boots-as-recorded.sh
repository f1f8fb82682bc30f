#!/bin/bash
# ec21hil replay: a recording that boots is replayed with its boot, by pins, by
# actions, or where nothing says how; at its pace with latencies; what was made
# up for a secret is no divergence; hosts that send ahead; context and reports.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"
need_built ec21hil
cd "$TOP"
hil=$BUILD/ec21hil
CERTS=$(certificates)

# replays WANT_STATUS REGEX... -- FILE [OPTION...]
replays() {
	local want=$1 regexes=() regex
	shift
	while [ "$1" != -- ]; do
		regexes+=("$1")
		shift
	done
	shift
	run "$hil" replay "$@"
	[ "$status" = "$want" ] || fail "replay $*: status $status, not $want"
	for regex in "${regexes[@]}"; do
		grep -qE -- "$regex" "$T/out" || fail "replay $*: no /$regex/"
	done
}

# Firmware that presses PWRKEY, publishes by TLS and switches off.
start_board
{
	files
	echo "modem on"
	echo "set clock $NOW"
	echo "set path modem"
	echo 'run {"by":"modem"}'
	echo "modem off"
} >"$T/commands"
console wiofw
says '^\+ok run modem 200 Wio$' >/dev/null
stop emulator
stop broker
fw=$T/modem.at
replays 0 'device-1.key is what is masked' '^[1-9][0-9]* same, 0 not$' -- \
	"$fw" --broker https --certs "$CERTS"
# Another key is not the recorded one: no verdict on that.
mkdir "$T/other"
replays 2 'generated key' '^stops here, what is masked was made up' \
	'\+QSSLOPEN: 1,566' -- "$fw" --broker https
# Without a broker nobody is there to connect to, behind the same boot.
replays 2 'at the recording.s pace, and no latencies' \
	"^stops here, not a modem's answer" 'recorded \| \+QSSLOPEN: 1,0' \
	-- "$fw" --certs "$CERTS"
# A boot line that was lost or altered.
sed 's/+QUSIM: 1/+QUSIM: 0/' "$fw" >"$T/usim.at"
replays 1 'differs: urc \+QUSIM: 0 \(recorded line [0-9]+, replayed' \
	'recorded \| \+QUSIM: 0' 'replayed \| \+QUSIM: 1' -- "$T/usim.at"
grep -v 'QUSIM' "$fw" >"$T/usim.at"
replays 1 'only replayed: urc \+QUSIM: 1' -- "$T/usim.at"
# A press that is missing: then the modem is off.
grep -v 'PWRKEY high\|STATUS low\|AT<  .*\(RDY\|CFUN: 1\|CPIN: R\|Q\(USIM\|IND\)\)' \
	"$fw" >"$T/nokey.at"
replays 1 -- "$T/nokey.at"

# With a modem's latencies: registration is polled while it comes up.
cat >"$T/boot.at" <<'END'
# ec21 transcript 1
# emulator: --speed=1 --power=off
# clock: hand
- DO   wait 1s
- DO   supply on
- DO   wait 100ms
- DO   pwrkey 600ms
- AT<  [30s] \r\nRDY\r\n
- DO   wait 200ms
- AT>  ATE0\r
- AT<  {skip}OK\r\n
- AT>  AT+CEREG?\r
- AT<  {skip}\r\n+CEREG: 0,{int}\r\n\r\nOK\r\n
- DO   wait 2s
- AT>  AT+CEREG?\r
- AT<  {skip}\r\n+CEREG: 0,{int}\r\n\r\nOK\r\n
- DO   wait 20s
- AT>  AT+CEREG?\r
- AT<  {skip}\r\n+CEREG: 0,1\r\n\r\nOK\r\n
- DO   reset 300ms
- AT<  [30s] {skip}\r\nRDY\r\n
- DO   wait 20s
- AT>  AT+QPOWD\r
- AT<  {skip}\r\nPOWERED DOWN\r\n
- DO   wait 5s
- DO   pwrkey 600ms
- AT<  [30s] {skip}\r\nRDY\r\n
- DO   wait 20s
- AT>  AT+CEREG?\r
- AT<  {skip}OK\r\n
END
run "$hil" run --in-process --record "$T/rec" "$T/boot.at"
[ "$status" = 0 ] || fail "the boot scenario: $(cat "$T/out")"
boot=$(echo "$T"/rec/*boot*.at)
grep -q 'CEREG: 0,[02]' "$boot" || fail "it was registered at once"
replays 0 '^it begins with a boot: at the recording.s pace$' ', 0 not$' -- "$boot"
replays 0 ', 0 not$' -- "$boot" --pace recorded
# The same without what did it: nothing says why, and that is said.
grep -vE ' (DO|PIN) ' "$boot" >"$T/bare.at"
replays 0 'nothing says why the modem starts here; it is switched on' \
	'nothing says why the modem starts here; it is reset' ', 0 not$' -- \
	"$T/bare.at"
# By its pins alone, as a board is recorded.
grep -v ' DO ' "$boot" >"$T/pins.at"
replays 0 ', 0 not$' -- "$T/pins.at"
# At full pace it is registered at once, which is no divergence.
replays 0 ', 0 not$' -- "$boot" --pace full

# Three lines of context on both sides, bytes visible.
line=$(grep -n 'CEREG: 0,1' "$boot" | head -n 1 | cut -d: -f1)
sed "${line}s/0,1/0,5/" "$boot" >"$T/roam.at"
replays 1 '^first divergence:$' \
	"differs: AT\\+CEREG\\? \\(recorded line $((line - 1)), replayed line" \
	'^  >  *[0-9]+ \|.*AT>  AT\+CEREG\?\\r$' '^replayed:$' -- "$T/roam.at"
[ "$(grep -cE '^  (>| ) +[0-9]+ \|' "$T/out")" = 14 ] ||
	fail "not seven lines of each side: $(cat "$T/out")"

# Reports, TAP here.
replays 1 '^TAP version 13$' '^not ok 1 - .*roam\.at$' '^# first divergence:' \
	-- "$T/roam.at" --report "$T/report" --record "$T/said.at"
! grep -qvE '^(#|TAP version|1\.\.1$|(not )?ok 1 )' "$T/out" ||
	fail "a line that is no TAP: $(cat "$T/out")"
grep -q 'CEREG' "$T/report/report.html" || fail "no difference in the page"
grep -q '<failure ' "$T/report/junit.xml" || fail "no failure in JUnit"
if command -v xmllint >/dev/null; then
	xmllint --noout --schema tests/e2e/junit.xsd "$T/report/junit.xml" \
		2>"$T/xml.err" || fail "JUnit: $(cat "$T/xml.err")"
fi
run "$hil" diff "$T/roam.at" "$T/said.at"
[ "$status" = 1 ] || fail "--record: status $status"
replays 0 '^ok 1 - ' -- "$boot" --report "$T/report2"
grep -q 'failures="0"' "$T/report2/junit.xml" || fail "a failure in JUnit"

# Out of a pipe, all at once: each answer is its command's.
start_emulator
printf 'ATE0\nAT+CMEE?\nAT+CGMM\nAT+CPIN=\n' |
	"$hil" record --modem "tty:$MODEM" "$T/piped.at" >/dev/null
stop emulator
[ "$(grep -c 'AT> ' "$T/piped.at")" -ge 4 ] || fail "nothing was recorded"
replays 0 '4 same, 0 not$' -- "$T/piped.at"
cat >"$T/typed.at" <<'END'
# ec21 transcript 1
0.0 AT>  ATE0\r
0.1 AT<  ATE0\r\r\nOK\r\n
1.0 AT>  AT+CMEE?\r
1.1 AT<  \r\n+CMEE: 1\r\n\r\nOK\r\n
2.0 AT>  AT+CGMM\r
2.1 AT<  \r\nEC21\r\n\r\nOK\r\n
3.0 AT>  AT+CPIN=\r
3.1 AT<  \r\nERROR\r\n
END
run "$hil" diff "$T/typed.at" "$T/piped.at"
[ "$status" = 0 ] || fail "diff of piped and typed: $(cat "$T/out")"
run "$hil" explain "$T/piped.at"
! grep -q 'did not answer' "$T/out" || fail "explain: $(cat "$T/out")"
grep -q '^line [0-9]*: ERROR' "$T/out" || fail "explain: $(cat "$T/out")"
