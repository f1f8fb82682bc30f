#!/bin/bash
# The UART on TCP and on a unix socket, on ports picked by the system: one
# peer after the other, and none of them is told the other's leftovers.
. "$(dirname "$0")/lib.sh"
need socat socat

start_emulator --listen tcp:127.0.0.1:0 --listen "unix:$T/sock"
port=$(wait_line emulator '^ready 1 tcp:127.0.0.1:[0-9]+$')
port=${port##*:}
[ "$port" != 0 ] || fail "port 0 was printed, not the one that was bound"
wait_line emulator "^ready 1 unix:$T/sock\$" >/dev/null

# ask SOCAT-ADDRESS: AT, and the answer up to OK.
ask() {
	local pid line
	coproc PEER { exec socat -t "$DEADLINE" - "$1" 2>"$T/socat.err"; }
	pid=$PEER_PID
	exec {to}>&"${PEER[1]}" {from}<&"${PEER[0]}"
	printf 'AT\r' >&"$to"
	while IFS= read -r -t "$DEADLINE" -u "$from" line; do
		line=${line//$'\r'}
		[ "$line" = OK ] && break
	done
	exec {to}>&- {from}<&-
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	[ "$line" = OK ] || fail "$1: no OK"
}

for _ in 1 2 3; do
	ask "TCP:127.0.0.1:$port"
	ask "UNIX-CONNECT:$T/sock"
done
stop emulator
[ "$status" = 0 ] || fail "status $status"
[ ! -e "$T/sock" ] || fail "the socket was left behind"
