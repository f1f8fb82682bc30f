#!/bin/bash
# A board that is slower and answers otherwise, played by an emulator with
# other values in real time: calibrate names the values and the latencies, and
# what it prints makes an emulator of which it has nothing to say.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
need_built ec21emu
cd "$TOP"
export TMPDIR=$T/tmp
mkdir "$TMPDIR"
DEADLINE=120

# The three together take less than ten minutes even where all is slow.
run "$BUILD/ec21hil" calibrate --plan fixtures/scenarios/calibrate
[ "$status" = 0 ] || fail "plan: status $status"
[ "$(grep -c ' commands, about ' "$T/out")" = 3 ] || fail "not three scenarios"
most=$(sed -n 's/^all: about [0-9]* s, at most \([0-9]*\) s$/\1/p' "$T/out")
[ "${most:-9999}" -lt 600 ] || fail "more than ten minutes: $(cat "$T/out")"

# Slower than ec21j in what is measured, so that a busy machine only adds;
# quick in what is not.
cat >"$T/board" <<'EOB'
[identity]
revision = EC21JFAR02A09M4G
[at]
code_param = 50
[tcp]
pdp_down = error
[files]
code_name = 406
eof = ok
code_seek = 401
boot_delay = 0
[pdp]
activate = 2500
deactivate = 0
[boot]
rdy_delay = 0
status_delay = 0
restart_delay = 100
reset_rdy_delay = 100
[sim]
seen_delay = 0
ready_delay = 0
urc_delay = 0
sms_delay = 5000
pb_delay = 4000
[reg]
search_delay = 0
found_delay = 0
leave_delay = 1500
attach_delay = 0
EOB
start emulator "$BUILD/ec21emu" --config "$T/board" --pty "$T/modem"
wait_line emulator '^ready 1 ' >/dev/null
run "$BUILD/ec21hil" run --observe --keep-going --modem "tty:$T/modem" \
	--record "$T/rec" fixtures/scenarios/calibrate/restart.at \
	fixtures/scenarios/calibrate/questions.at \
	fixtures/scenarios/calibrate/network.at
[ "$status" = 0 ] || fail "the questions: $(cat "$T/out")"
stop emulator

run "$BUILD/ec21hil" calibrate --profile ec21j "$T"/rec/*.at
[ "$status" = 1 ] || fail "calibrate: status $status: $(cat "$T/err")"
cp "$T/out" "$T/values"
for line in 'revision = EC21JFAR02A09M4G' 'code_param = 50' \
	'pdp_down = error' 'code_name = 406' 'eof = ok' 'code_seek = 401'; do
	grep -qxF "$line" "$T/values" || fail "no '$line' in $(cat "$T/values")"
done

# slower SECTION VALUE LEAST: proposed, and about what it was or more: what
# comes late at the beginning makes it look shorter.
slower() {
	local ms
	ms=$(awk -v s="[$1]" -v v="$2" '/^\[/ {in_it = $0 == s}
		in_it && $1 == v {print $3}' "$T/values")
	[ "${ms:-0}" -ge "$3" ] || fail "$1.$2 is ${ms:-not there}, not $3"
}
slower pdp activate 2400
slower sim sms_delay 3000
slower sim pb_delay 2000
slower reg leave_delay 1400
grep -q ', AT+QIACT=: n 1, min [0-9]*, median [0-9]*, max [0-9]* ms \[cap\]; was 1000$' \
	"$T/values" || fail "no evidence"

# Its output is a file for --config; then the values agree.
"$BUILD/ec21hil" run --in-process --record "$T/ours" \
	fixtures/scenarios/calibrate/questions.at >/dev/null ||
	fail "the questions in process"
run "$BUILD/ec21hil" calibrate --profile ec21j "$T"/ours/*.at
[ "$status" = 0 ] || fail "ec21j against itself: $(cat "$T/out")"
start again "$BUILD/ec21emu" --fast --config "$T/values" --pty "$T/again"
wait_line again '^ready 1 ' >/dev/null
stop again

refused 2 'expected recordings' "$BUILD/ec21hil" calibrate
refused 2 'profile "nothing" was not found' "$BUILD/ec21hil" calibrate \
	--profile nothing "$T/rec/calibrate_questions.at"
