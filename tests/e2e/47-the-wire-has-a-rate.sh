#!/bin/bash
# ec21emu --wire: a host at another rate than AT+IPR works and leaves one reason
# (lax), or hears and says garbage (strict) until the rates are the same again.
. "$(dirname "$0")/lib.sh"
need_built ec21emu
reason='UART: the host is at 9600 bit/s and the modem at 115200'

refused 2 "wire loose" "$BUILD/ec21emu" --wire loose

start_emulator
open_modem
stty 9600 <&5
at ATE0 >/dev/null
at AT >/dev/null
stop emulator
exec 5>&-
[ "$(grep -c "WHY .*$reason" "$T/modem.at")" = 1 ] ||
	fail "lax: $(grep WHY "$T/modem.at" || true)"

# Not --fast: the answer takes its time on the wire.
need_built ec21emu
start emulator "$BUILD/ec21emu" --pty "$MODEM" --record "$T/strict.at" \
	--wire strict
wait_line emulator '^ready 1 ' >/dev/null
open_modem
urc '^RDY$' >/dev/null
at ATE0 >/dev/null
at AT+IPR=57600 >/dev/null
stty 57600 <&5
at AT >/dev/null
stty 115200 <&5
printf 'ATI\r' >&5
wait_line_in "$T/strict.at" "WHY .*is at 115200 bit/s and the modem at 57600" \
	"${PIDS[emulator]}" >/dev/null || fail "strict: no reason"
stty 57600 <&5
# What is left of the garbage is a line that is no command, or none.
printf '\r' >&5
printf 'AT\r' >&5
urc '^OK$' >/dev/null
stop emulator
exec 5>&-
grep -q 'AT>  ATI' "$T/strict.at" && fail "strict: ATI came through"
exit 0
