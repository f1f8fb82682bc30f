#!/bin/bash
# wiofw switches the modem on by its pins and publishes with TLS in the modem
# and with its own; dates are judged; the broker saw both, with SNI and the
# client certificate.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"

start_board
{
	files
	echo "modem on"
	echo "set clock $NOW"
	echo "set path modem"
	echo 'run {"by":"modem"}'
	echo "set path mcu"
	echo 'run {"by":"mcu"}'
	echo "modem off"
} >"$T/commands"
console wiofw
says '^\+ok modem on$'
says '^\+ok run modem 200 Wio$'
says '^\+ok run mcu 200 Wio$'
says '^\+ok modem off$'
[ "$status" = 0 ] || fail "status $status"
broker_done
evidence '"sni":"'"$HOST"'".*"cn":"device-1".*"verify":"ok".*"status":200' 2
# Two stacks: the modem offers RC4 (0005), mbedTLS here offers ECDSA with GCM.
evidence '"suites_offered":\[[^]]*"0005"'
evidence '"suites_offered":\["C02C"'
evidence '"body_len":14' # {"by":"modem"}
evidence '"body_len":12' # {"by":"mcu"}
wait_line_in "$T/modem.at" 'PIN  STATUS high' "${PIDS[emulator]}" >/dev/null ||
	fail "the modem was not switched off"
