#!/bin/bash
# ec21emu --control: a person at the socket reads the state, presses keys, pulls
# the SIM, arms faults and watches the transcript, without a modem port.
. "$(dirname "$0")/lib.sh"
need_built ec21emu
need socat socat

start_emulator --control "$T/ctl" --net loopback
[ "$(stat -c %a "$T/ctl")" = 600 ] || fail "mode $(stat -c %a "$T/ctl")"
refused 2 "ctl.*in use" "$BUILD/ec21emu" --control "$T/ctl"

coproc CTL { exec socat - "UNIX-CONNECT:$T/ctl"; }
# shellcheck disable=SC2153
PIDS[socat]=$CTL_PID
exec 6<&"${CTL[0]}" 7>&"${CTL[1]}"

# ask REQUEST REGEX: one line there, one line back.
ask() {
	local answer
	echo "$1" >&7
	IFS= read -r -t "$DEADLINE" -u 6 answer || fail "no answer to $1"
	[[ $answer =~ $2 ]] || fail "$1: $answer"
}
# record REGEX: skip records up to this one.
record() {
	local line
	while IFS= read -r -t "$DEADLINE" -u 6 line; do
		[[ $line =~ $1 ]] && return 0
	done
	fail "no record /$1/"
}

open_modem
at ATE0 >/dev/null
ask '{"get":"state"}' '"power":"on".*"sim":"ready".*"rssi":30'
ask '{"do":"signal 7","id":5}' '^."ok":true,"modem":1,"id":5.$'
at AT+CSQ | grep '^+CSQ: 7,99$' >/dev/null || fail "the signal is not 7"
ask '{"do":"sim remove"}' '"ok":true'
at 'AT+CPIN?' '^\+CME ERROR: 10$' >/dev/null
ask '{"do":"fault modem.crash"}' '"ok":true'
ask '{"get":"faults"}' '"faults":\["modem.crash:nth=1"\]'
ask '{"subscribe":["AT<","NOTE"]}' '"ok":true'
printf 'AT\r' >&5
record '"lane":"NOTE","body":"fault modem.crash fired"'
record '"lane":"AT<","body":".*RDY'
urc '^RDY$' >/dev/null
ask '{"subscribe":false}' '"ok":true|"lane"'
exec 6<&- 7>&-
stop socat
unset 'PIDS[socat]'

# Many peers, bad ones: each is answered or dropped, none harms the modem.
head -c 200000 /dev/zero | tr '\0' x >"$T/flood"
timeout "$DEADLINE" socat -t 5 "STDIO" "UNIX-CONNECT:$T/ctl" \
	<"$T/flood" >/dev/null || true
printf '\377\376{\n{"get":"state"}\n' | timeout "$DEADLINE" socat -t 5 STDIO \
	"UNIX-CONNECT:$T/ctl" >"$T/answers"
grep -q '"ok":false' "$T/answers" || fail "$(cat "$T/answers")"
grep -q '"ok":true' "$T/answers" || fail "$(cat "$T/answers")"
at AT >/dev/null
grep -q 'DO   signal 7' "$T/modem.at" || fail "the record has no DO"
stop emulator
exec 5>&-
[ "$status" = 0 ] || fail "status $status"
[ ! -e "$T/ctl" ] || fail "the control socket was left behind"
