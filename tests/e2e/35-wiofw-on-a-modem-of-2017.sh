#!/bin/bash
# On the modem of 2017, which has no sni key, wiofw says so and publishes; a
# broker that wants the name refuses the modem's TLS but not wiofw's own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"

EMULATOR_OPTIONS="--profile ec21j-2017"
start_board
{
	files
	echo "modem on"
	echo "set clock $NOW"
	echo "run"
} >"$T/commands"
console wiofw
says '^# this modem knows no sni: none will be sent$'
says '^\+ok run modem 200 Wio$'
[ "$status" = 0 ] || fail "status $status"
broker_done
evidence '"sni":null.*"status":200'
stop emulator

rm -f "$T/evidence"
start_board --mode require-sni
{
	files
	echo "modem on"
	echo "set clock $NOW"
	echo "run"
	echo "set path mcu"
	echo "run"
} >"$T/commands"
console wiofw
says '^\+err tls_modem AT\+QSSLOPEN: .*\+QSSLOPEN: 1,566 '
says '^\+ok run mcu 200 Wio$'
[ "$status" = 1 ] || fail "status $status"
broker_done
evidence '"sni":null.*"alerts_sent":.*"number":112'
evidence '"sni":"'"$HOST"'".*"status":200'
