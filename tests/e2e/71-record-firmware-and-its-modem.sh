#!/bin/bash
# ec21hil record between firmware and its modem: pins, reasons and the console
# too with a modem of ours, both lanes with one on a port; Ctrl-C and the end of
# the firmware leave a whole file, and what was recorded can be played again.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"
need_built ec21hil
need_built wiofw
hil=$BUILD/ec21hil

start_broker
{
	files
	echo "modem on"
	echo "set clock $NOW"
	echo "set path modem"
	echo 'run {"by":"modem"}'
	echo "modem off"
} >"$T/commands"
map="--fast --map=$HOST:8443=127.0.0.1:$HTTPS_PORT"

# record_until REGEX FILE OPTION...: the console's lines go in, and when one
# that matches came out, Ctrl-C.
record_until() {
	local regex=$1 file=$2
	shift 2
	mkfifo "$T/in"
	start record bash -c 'exec <"$0"; exec "$@"' "$T/in" \
		"$hil" record "$@" "$file"
	exec 6>"$T/in"
	cat "$T/commands" >&6
	wait_line record "$regex" >/dev/null
	stop record INT
	exec 6>&-
	rm "$T/in"
	[ "$status" = 0 ] || fail "record: status $status"
}

# With a modem of ours.
record_until '^\+ok modem off$' "$T/ours.at" --rig host \
	--emulator-options "$map"
for regex in 'AT>  AT\+QSSLOPEN=1' 'AT<  .*\+QSSLOPEN: 1,0' \
	'CON> .*modem on' 'CON< .*\+ok run modem 200' 'PIN  PWRKEY high' \
	'PIN  STATUS low' 'WHY  .*no such file' '@masked kind=key'; do
	grep -qE -- "$regex" "$T/ours.at" || fail "no /$regex/ in the recording"
done
key=$(sed -n 5p "$(certificates)/device-1.key")
! grep -qF "$key" "$T/ours.at" || fail "the key is in the recording"
"$hil" diff "$T/ours.at" "$T/ours.at" >/dev/null || fail "no transcript"
sed '/CON< /s/+ok run modem 200/+ok run modem 500/' "$T/ours.at" >"$T/theirs.at"
run "$hil" diff "$T/ours.at" "$T/theirs.at"
[ "$status" = 1 ] || fail "another console: status $status: $(cat "$T/out")"
grep -q '^differs: console ' "$T/out" || fail "$(cat "$T/out")"
head -n 1 "$T/ours.at" >"$T/nothing.at"
refused 2 'nothing in them to compare' \
	"$hil" diff "$T/nothing.at" "$T/nothing.at"
awk '$1 != "#" { if ($1 + 0 < last) exit 1; last = $1 + 0 }' "$T/ours.at" ||
	fail "its time goes back"
stop broker

# And again, without the broker.
start emulator "$BUILD/ec21emu" --fast --pty "$T/modem" \
	--pins "unix:$T/pins" --replay "$T/ours.at"
wait_line emulator '^ready 1 ' >/dev/null
console wiofw
says '^\+ok run modem 200 Wio$'
stop emulator
[ "$status" = 0 ] || fail "it departs: $(cat "$T/emulator.err")"

# In the middle, before a modem on a port: the same as that one heard.
start_emulator
echo 'modem on' >"$T/commands"
record_until '^\+ok modem on$' "$T/middle.at" --rig host \
	--modem "tty:$MODEM" \
	--firmware "$BUILD/wiofw --modem {modem} --console {console}"
stop emulator
grep -q "^# device: tty:$MODEM" "$T/middle.at" || fail "no device"
grep -q 'CON< .*+ok modem on' "$T/middle.at" || fail "no console"
# Its boot nobody heard.
awk '/AT> / { on = 1 } on || /^#/' "$T/modem.at" >"$T/heard.at"
run "$hil" diff "$T/middle.at" "$T/heard.at"
[ "$status" = 0 ] || fail "not what the modem heard: $(cat "$T/out")"
grep -qE '^[1-9][0-9]* same' "$T/out" || fail "nothing was compared"

# The firmware ends by itself.
cat >"$T/firmware" <<'END'
exec 5<>"$1"
printf 'ATI\r' >&5
grep -m1 OK <&5
END
run "$hil" record --rig host --emulator-options --fast \
	--firmware "bash $T/firmware {modem}" "$T/ends.at"
[ "$status" = 0 ] || fail "the firmware's end: status $status"
grep -q 'the firmware ended with status 0' "$T/err" || fail "$(cat "$T/err")"
grep -q 'AT>  ATI\\r' "$T/ends.at" || fail "no ATI: $(cat "$T/ends.at")"
grep -q 'AT<  .*OK' "$T/ends.at" || fail "no OK: $(cat "$T/ends.at")"

# Nothing more comes in, and nothing passes.
run "$hil" record --rig host --silence 1 --emulator-options --fast \
	--firmware "$BUILD/wiofw --modem {modem} --console {console}" \
	"$T/silent.at"
[ "$status" = 0 ] || fail "silence: status $status"
grep -q 'CON< .*ready' "$T/silent.at" || fail "no console: $(cat "$T/silent.at")"

refused 2 'expected one file' "$hil" record --rig host
refused 2 'expected --modem URL' "$hil" record "$T/x.at"
refused 2 'expected host' "$hil" record --rig board "$T/x.at"
refused 2 'no-such-firmware' "$hil" record --rig host \
	--firmware no-such-firmware "$T/x.at"
refused 2 'want a number' "$hil" record --rig host \
	--emulator-options '--speed x' "$T/x.at"
refused 2 'cannot record to' "$hil" record --rig host "$T/no/x.at"
refused 2 'expected seconds' "$hil" record --rig host --silence x "$T/x.at"
