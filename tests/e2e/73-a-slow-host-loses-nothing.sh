#!/bin/bash
# With --fast a peer on loopback sends far quicker than a host reads: it is
# made to wait, on a pty and on a socket, and every byte comes through.
. "$(dirname "$0")/lib.sh"
need socat socat

# 17 MB: four times what a port keeps for its host.
seq 1 2300000 >"$T/sent"
bytes=$(stat -c %s "$T/sent")
want=$(sha256sum <"$T/sent")

# The peer of one connection; sets port.
start_peer() {
	start peer socat -u -d -d "OPEN:$T/sent" TCP-LISTEN:0,bind=127.0.0.1
	wait_line_in "$T/peer.err" 'listening on' "${PIDS[peer]}" \
		>"$T/listening" || fail "socat does not listen"
	[[ $(<"$T/listening") =~ :([0-9]+)$ ]] || fail "$(<"$T/listening")"
	port=${BASH_REMATCH[1]}
}

# Transparent mode up to its end, on descriptor 5.
take_all() {
	at ATE0 >/dev/null
	at 'AT+QICSGP=1,1,"example"' >/dev/null
	at AT+QIACT=1 >/dev/null
	start_peer
	# Not by `at`: bash's read would take the first bytes along.
	printf 'AT+QIOPEN=1,0,"TCP","127.0.0.1",%s,0,2\r' "$port" >&5
	got=$(timeout "$DEADLINE" head -c 11 <&5)
	[ "$got" = $'\r\nCONNECT\r' ] || fail "$1: QIOPEN answered $got"
	got=$(timeout "$((3 * DEADLINE))" dd bs=64 count="$bytes" \
		iflag=fullblock,count_bytes status=none <&5 | sha256sum) ||
		fail "$1: less came than was sent"
	[ "$got" = "$want" ] || fail "$1: other bytes came than were sent"
	urc '^NO CARRIER$' >/dev/null
	at AT >/dev/null
	wait_exit peer
	exec 5>&-
}

MODEM=$T/modem
start emulator "$BUILD/ec21emu" --fast --pty "$MODEM"
wait_line emulator '^ready 1 ' >/dev/null
open_modem
take_all pty
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
! grep -q lost "$T/emulator.err" || fail "$(<"$T/emulator.err")"

start emulator "$BUILD/ec21emu" --fast --listen "unix:$T/uart"
wait_line emulator '^ready 1 ' >/dev/null
start bridge socat -d -d "PTY,link=$T/bridge,rawer" "UNIX-CONNECT:$T/uart"
wait_line_in "$T/bridge.err" 'starting data transfer' "${PIDS[bridge]}" \
	>/dev/null || fail "socat makes no pty"
MODEM=$T/bridge
open_modem
take_all socket
stop bridge
stop emulator
! grep -q lost "$T/emulator.err" || fail "$(<"$T/emulator.err")"
