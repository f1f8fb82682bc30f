#!/bin/bash
# A modem on a port is recorded, typed to and by a scenario, with secrets
# masked; calibrate names the values in which it differs from the profile.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
need_built ec21emu
cd "$TOP"

printf '[identity]\nrevision = EC21JFAR02A09M4G\n[at]\ncmee = 2\n' >"$T/board"
start emulator "$BUILD/ec21emu" --fast --config "$T/board" --pty "$T/modem"
wait_line emulator '^ready 1 ' >/dev/null

printf 'ATE0\nAT+CPIN=1234\nAT+CGMM\n' |
	"$BUILD/ec21hil" record --modem "tty:$T/modem" "$T/typed.at" >"$T/shown"
grep -q 'EC21' "$T/shown" || fail "the modem's words are not shown"
grep -qF 'AT>  AT+CPIN=@masked{kind=pin,len=4}\r' "$T/typed.at" ||
	fail "the PIN is not masked: $(cat "$T/typed.at")"
! grep -q 1234 "$T/typed.at" || fail "the PIN is in the recording"
grep -qF '\r\nEC21\r\n\r\nOK\r\n' "$T/typed.at" || fail "no answer"

# One that is lost: what it said is kept, and it is no recording to trust.
run "$BUILD/ec21hil" record --modem "exec:sh -c 'echo RDY'" "$T/lost.at"
[ "$status" = 2 ] || fail "a lost modem: status $status"
grep -q 'RDY' "$T/lost.at" || fail "its words are lost too"

# One that there is no room for is none.
printf 'AT+CGMM\n%.0s' {1..99} >"$T/typed"
firmware="sh -c 'cat <$T/typed >{modem}'"
for host in "" y; do
	run sh -c 'trap "" XFSZ && ulimit -f 2 && exec "$@" <"$0" >/dev/null' \
		"$T/typed" "$BUILD/ec21hil" record --modem "tty:$T/modem" \
		--silence 1 ${host:+--rig=host "--firmware=$firmware"} \
		"$T/full$host.at"
	[ "$status" = 2 ] || fail "no room, firmware? $host: status $status"
	grep -q 'cannot write the transcript' "$T/err" || fail "$(cat "$T/err")"
done

# A recording is not overwritten, and none is made where there is no modem.
cp "$T/lost.at" "$T/keep.at"
refused 2 'keep.at: that file is there already' \
	"$BUILD/ec21hil" record --modem "tty:$T/modem" "$T/keep.at"
cmp "$T/lost.at" "$T/keep.at"
refused 2 'No such file' \
	"$BUILD/ec21hil" record --modem "tty:$T/none" "$T/new.at"
refused 2 'No such file' "$BUILD/ec21hil" record --rig host \
	--firmware cat --modem "tty:$T/none" "$T/new.at"
[ ! -e "$T/new.at" ] || fail "a recording of no modem"

"$BUILD/ec21hil" run --observe --modem "tty:$T/modem" --record "$T/rec" \
	fixtures/scenarios/calibrate/questions.at >"$T/run.out"
run "$BUILD/ec21hil" calibrate --profile ec21j "$T"/rec/*.at
[ "$status" = 1 ] || fail "calibrate: status $status"
grep -qx 'revision = EC21JFAR02A09M4G' "$T/out" || fail "no revision"
grep -qx 'cmee = 2' "$T/out" || fail "no cmee"
grep -q '^; 2 to change, ' "$T/out" || fail "not two: $(tail -n 1 "$T/out")"

stop emulator
