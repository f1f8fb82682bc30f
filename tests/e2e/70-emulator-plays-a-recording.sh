#!/bin/bash
# ec21emu --replay: firmware that was recorded runs again without a broker or
# a network and gets what it got; where it, or the recording, was altered, the
# emulator names the line; with a model behind, the session goes on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"

# plays FILE [OPTION...]: the emulator with that recording.
plays() {
	local file=$1
	shift
	rm -f "$T/again.at"
	start emulator "$BUILD/ec21emu" --pty "$T/modem" \
		--pins "unix:$T/pins" --record "$T/again.at" \
		--replay "$file" "$@"
	wait_line emulator '^ready 1 ' >/dev/null
}

# ends STATUS [REGEX]: what it says of the session.
ends() {
	stop emulator
	[ "$status" = "$1" ] || fail "emulator: status $status, not $1"
	[ -z "${2:-}" ] || grep -qE -- "$2" "$T/emulator.err" ||
		fail "emulator: no /$2/ in: $(cat "$T/emulator.err")"
}

# session [LINES]: wiofw with the console lines of a publication.
session() {
	{
		files
		echo "modem on"
		echo "set clock $NOW"
		echo "set path modem"
		echo 'run {"by":"modem"}'
		echo "modem off"
	} >"$T/commands"
	console wiofw
}

# Recorded once with everything there is.
start_board
session
says '^\+ok run modem 200 Wio$'
stop emulator
stop broker
rec=$T/rec.at
cp "$T/modem.at" "$rec"
grep -q '@masked kind=key' "$rec" || fail "the key is not masked"

# The same firmware, no broker, another time on its clock; then with the
# recorded distances too.
NOW=27/01/02,03:04:05+00
for pace in --fast --speed=1; do
	plays "$rec" "$pace"
	session
	says '^\+ok run modem 200 Wio$'
	says '^\+ok modem off$'
	ends 0 'masked \([0-9]+ times\)'
	! grep -qE 'departs|not to its end' "$T/emulator.err" ||
		fail "$(cat "$T/emulator.err")"
done
run "$BUILD/ec21hil" diff "$rec" "$T/again.at"
[ "$status" = 0 ] || fail "what was played differs: $(cat "$T/out")"

# altered SED-EXPRESSION: sets $line, the first one that changed.
altered() {
	sed "$1" "$rec" >"$T/altered.at"
	line=$(diff "$rec" "$T/altered.at" | head -n 1) || true
	line=${line%%[acd,]*}
	[ -n "$line" ] || fail "nothing is altered by $1"
}

# One byte that the firmware does not send so.
altered 's/"seclevel",2,2/"seclevel",2,1/'
plays "$T/altered.at" --fast
session
says '^\+err '
ends 1 "line $line: came AT\+QSSLCFG=\"seclevel\",2,2.r, expected .*2,1"
wait_line_in "$T/again.at" "WHY  replay: .*line $line: .*\[policy\]" >/dev/null ||
	fail "no reason in the record"

# One byte in the middle of an upload.
line=$(grep -n -- '-----END CERTIFICATE' "$rec" | head -n 1 | cut -d: -f1)
sed "${line}s/END/ENd/" "$rec" >"$T/altered.at"
plays "$T/altered.at" --fast
session
says '^\+err '
ends 1 'byte [0-9]+ of [0-9]+ differs: came D CERT.*, expected d CERT'

# A certificate that was not uploaded then.
awk '/AT\+QFDEL="RAM:cert.pem"/ { off = 1 }
	/AT\+QFDEL="RAM:pkey.pem"/ { off = 0 } !off' "$rec" >"$T/altered.at"
line=$(grep -n 'AT+QFDEL="RAM:pkey.pem"' "$T/altered.at" | cut -d: -f1)
plays "$T/altered.at" --fast
session
says '^\+err .*RAM:cert\.pem'
ends 1 "line $line: came AT\+QFDEL=\"RAM:cert.pem\".r, expected .*pkey"

# One byte of the modem's: the firmware reports the error it never had.
altered 's/+QSSLOPEN: 1,0/+QSSLOPEN: 1,566/'
plays "$T/altered.at" --fast
session
says '^\+err tls_modem .*1,566'
ends 1 'came AT\+QSSLCLOSE=1.r, expected AT\+QSSLSEND'

# With a model behind: it has the files, and finds no network.
altered 's/"seclevel",2,2/"seclevel",2,1/'
plays "$T/altered.at" --fast --on-departure model
session
says '^\+err tls_modem .*565'
says '^\+ok modem off$'
ends 1 "line $line: .*the model answers from here on"

# A line that was lost: who waits for it does not get it.
cat >"$T/lost.at" <<'END'
# ec21 transcript 1
0.0 AT>  ATE0\r
0.0 AT<  ATE0\r\r\nOK\r\n
0.1 AT>  AT+QIOPEN=1,0,"TCP","192.0.2.1",80\r
0.2 AT<  \r\nOK\r\n
0.5 AT<  \r\n+QIOPEN: 0,0\r\n
0.6 AT>  AT+QISEND=0,1\r
0.6 AT<  \r\n>\x20
END
grep -v '+QIOPEN: 0' "$T/lost.at" >"$T/altered.at"
for file in lost altered; do
	plays "$T/$file.at"
	MODEM=$T/modem
	open_modem
	at ATE0 >/dev/null
	at 'AT+QIOPEN=1,0,"TCP","192.0.2.1",80' >/dev/null
	if [ $file = lost ]; then
		urc '^\+QIOPEN: 0,0$' >/dev/null
		exec 5<&-
		ends 0 'not to its end: .*line 7: next was AT\+QISEND=0,1.r'
	else
		DEADLINE=2
		(urc '^\+QIOPEN: 0,0$') >/dev/null 2>&1 && fail "it came"
		DEADLINE=20
		at 'AT+QIGETERROR' '^ERROR$' >/dev/null
		exec 5<&-
		ends 1 'line 6: came AT\+QIGETERROR.r, expected AT\+QISEND'
	fi
done

# TLS of the firmware's own is other bytes each time.
printf '%s\n' '# ec21 transcript 1' '- AT>  AT+QISEND=0,16\r' \
	'- AT<  AT+QISEND=0,16\r\r\n>\x20' \
	'- AT>  \x16\x03\x01\x00\x0b\x01\x00\x00\x07\x03\x03abcde' \
	'- AT<  \r\nSEND OK\r\n' >"$T/tls.at"
plays "$T/tls.at" --fast
open_modem
printf 'AT+QISEND=0,16\r' >&5
printf '\x16\x03\x01\x00\x0b\x01\x00\x00\x07\x03\x03abXde' >&5
final 'TLS data' '^ERROR$' >/dev/null
exec 5<&-
ends 1 'byte 14 of 16 differs: .*; TLS of the host'
grep -q 'tls.at line 4: here the firmware begins a TLS session of its own' \
	"$T/emulator.err" || fail "no warning: $(cat "$T/emulator.err")"

# What cannot be played.
refused 2 'not-there' "$BUILD/ec21emu" --replay "$T/not-there"
printf '# ec21 transcript 1\n- AT>  AT\\r\n- AT<  {any}\n' >"$T/scenario.at"
refused 2 'scenario\.at:3:.*for a scenario' \
	"$BUILD/ec21emu" --replay "$T/scenario.at"
head -c 4000 /dev/urandom >"$T/noise.at"
refused 2 'noise\.at:1' "$BUILD/ec21emu" --replay "$T/noise.at"
refused 2 'needs --replay' "$BUILD/ec21emu" --on-departure model
refused 2 'on-departure' "$BUILD/ec21emu" --on-departure wait
refused 2 'wire strict' "$BUILD/ec21emu" --replay "$rec" --wire strict
