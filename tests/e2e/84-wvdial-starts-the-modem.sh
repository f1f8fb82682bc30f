#!/bin/bash
# Debian's wvdial, unmodified, starts the modem by its own strings; dialling
# ends with the reason that PPP is not modelled.
. "$(dirname "$0")/lib.sh"
need wvdial wvdial

start_emulator
cat >"$T/wvdial.conf" <<END
[Dialer Defaults]
Modem = $MODEM
Baud = 115200
Init1 = ATZ
Init2 = ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0
Init3 = AT+CGDCONT=1,"IP","example"
Phone = *99#
Username = user
Password = password
Auto Reconnect = off
Dial Attempts = 1
END
# wvdial ends with an error status once dialling has failed.
start wvdial timeout "$DEADLINE" wvdial -C "$T/wvdial.conf"
wait_line_in "$T/wvdial.err" 'Modem initialized' "${PIDS[wvdial]}" >/dev/null ||
	fail "wvdial: $(cat "$T/wvdial.err")"
wait_line_in "$T/wvdial.err" 'Invalid dial command' "${PIDS[wvdial]}" \
	>/dev/null || fail "wvdial: $(cat "$T/wvdial.err")"
wait_exit wvdial
[ "$status" != 124 ] || fail "wvdial does not end"
grep -c 'AT> .*+FCLASS=0' "$T/modem.at" >/dev/null || fail "no +FCLASS seen"
grep -q 'WHY .*ATD .*not modelled' "$T/modem.at" ||
	fail "no reason: $(grep WHY "$T/modem.at")"
# And the next program finds a modem that answers.
open_modem
at ATE0 >/dev/null
at AT+CGDCONT? >"$T/contexts"
grep -q '^+CGDCONT: 1,"IP","example"' "$T/contexts" ||
	fail "$(<"$T/contexts")"
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
