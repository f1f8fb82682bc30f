#!/bin/bash
# The peer of the pty comes and goes: 100 times, two at once, in the middle of
# a line, and without reading its answer. The next one always finds a clean
# line, and an idle emulator uses no CPU.
. "$(dirname "$0")/lib.sh"
status=
need_built ec21emu

start emulator "$BUILD/ec21emu" --fast --pty "$T/modem" --record "$T/modem.at"
wait_line emulator '^ready 1 ' >/dev/null

# ask FD COMMAND: its answer up to OK, on one line.
ask() {
	local line all=
	printf '%s\r' "$2" >&"$1"
	while IFS= read -r -t "$DEADLINE" line <&"$1"; do
		all+=${line//$'\r'/}
		[ "$line" != $'OK\r' ] || break
	done
	printf '%s' "$all"
}
# hung_up N: wait until the emulator has seen that many hang-ups. Bytes of the
# next peer that are there before it has, cannot be told from the last one's.
hung_up() {
	local line n=0
	while IFS= read -r -t "$DEADLINE" line; do
		case $line in
		*'NOTE the host closed the line') n=$((n + 1)) ;;
		esac
		[ "$n" -lt "$1" ] || return 0
	done < <(exec tail -n +1 -s 0.05 --pid=$$ -f "$T/modem.at")
	fail "no hang-up number $1 in the transcript"
}
is() {
	[ "$1" = "$2" ] || fail "got '$1', want '$2'"
}

exec 6<>"$T/modem"
is "$(ask 6 ATE0)" ATE0OK
for ((i = 0; i < 100; i++)); do
	exec 6>&-
	exec 6<>"$T/modem"
	is "$(ask 6 AT)" OK
done
exec 6>&-
hung_up 1
seen=$(grep -c 'the host closed the line' "$T/modem.at")
exec 6<>"$T/modem"
# One of two leaves: the other is still served.
exec 7<>"$T/modem"
exec 6>&-
is "$(ask 7 AT)" OK
# Half a line is forgotten at a hang-up.
printf 'AT+C' >&7
exec 7>&-
hung_up $((seen + 1))
exec 6<>"$T/modem"
is "$(ask 6 AT)" OK
# So is an answer that nobody read.
printf 'ATI\r' >&6
exec 6>&-
hung_up $((seen + 2))
exec 6<>"$T/modem"
is "$(ask 6 AT)" OK
exec 6>&-
# Nobody there: no busy loop. Field 14 and 15 are ticks of CPU time.
cpu() {
	awk '{ print $14 + $15 }' "/proc/${PIDS[emulator]}/stat"
}
before=$(cpu)
is "$(timeout 1 tail -f /dev/null || echo slept)" slept
[ $(($(cpu) - before)) -le 5 ] || fail "busy while idle: $(cpu) ticks"
stop emulator
[ "$status" = 0 ] || fail "status $status"
