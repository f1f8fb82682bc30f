#!/bin/bash
# The article's second riddle: with a SHA-1 root its client opens the socket
# and sends nothing; one line says why. The same build publishes when the root
# is signed with SHA-256, and wiofw reads the SHA-1 root.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"

C=$(certificates)
start_board --mode sha1-root
{
	files "$C/ca-sha1.crt"
	echo "set path mcu"
	echo "run"
} >"$T/commands"
console wiofw-article
says '^\+err tls root certificate refused at parse: -0x262E .*SHA-1 is not compiled in; .*verify result 0xFFFFFFFF means no result'
[ "$(grep -c '^+err' "$T/console.out")" = 1 ] || fail "more than one line"
[ "$status" = 1 ] || fail "status $status"
{
	files "$C/ca-sha1.crt"
	echo "set path mcu"
	echo "modem on"
	echo "set clock $NOW"
	echo "run"
} >"$T/commands"
console wiofw
says '^\+ok run mcu 200 Wio$'
broker_done
evidence '"bytes_in":0,.*"client_hello":false' 1
evidence '"client_hello":true' 1
stop emulator

rm -f "$T/evidence"
start_board
# One handshake of 150 fails with the millisecond timer as its generator.
tries=0
until {
	{
		files
		echo "set path mcu"
		echo "run"
	} >"$T/commands"
	console wiofw-article
	[ "$status" = 0 ]
}; do
	tries=$((tries + 1))
	[ $tries -lt 3 ] || fail "the article's client never published"
done
says '^\+ok run mcu 200 Wio$'
broker_done
# RSA key exchange only: no ECDHE in the ClientHello.
evidence '"suites_offered":\["009D"(,"00..")*\].*"status":200'
