#!/bin/bash
# ppp's chat, unmodified, talks to the modem on the pty; it comes and goes.
. "$(dirname "$0")/lib.sh"
need chat ppp

# chat_with SCRIPT...: on the tty, set $status.
chat_with() {
	status=0
	timeout "$DEADLINE" chat -e -s -t 10 "$@" <"$MODEM" >"$MODEM" \
		2>"$T/chat.err" || status=$?
}

start_emulator
chat_with ABORT ERROR '' AT OK ATE0 OK AT+CGMM EC21 '\c' OK \
	AT+CSQ +CSQ: '\c' OK
[ "$status" = 0 ] || fail "chat: status $status: $(cat "$T/chat.err")"
# ERROR is the first ABORT string: status 4.
chat_with ABORT ERROR '' AT+NOSUCH OK
[ "$status" = 4 ] || fail "chat on an unknown command: status $status"
# And a third peer finds nothing stale.
chat_with ABORT ERROR '' AT OK
[ "$status" = 0 ] || fail "third chat: status $status: $(cat "$T/chat.err")"
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
