#!/bin/bash
# socat is the peer: of a listener, of a UDP service, and in transparent mode.
. "$(dirname "$0")/lib.sh"
need socat socat

# state ID REGEX: the QISTATE line of a socket; sets BASH_REMATCH.
state() {
	at "AT+QISTATE=1,$1" >"$T/state"
	[[ $(<"$T/state") =~ $2 ]] || fail "QISTATE: $(<"$T/state")"
}

start_emulator
open_modem
at ATE0 >/dev/null
at 'AT+QURCCFG="urcport","uart1"' >/dev/null
at 'AT+QICSGP=1,1,"example"' >/dev/null
at AT+QIACT=1 >/dev/null

at 'AT+QIOPEN=1,0,"TCP LISTENER","127.0.0.1",0,0,1' >/dev/null
urc '^\+QIOPEN: 0,0$' >/dev/null
state 0 '"TCP LISTENER","192.0.2.1",0,([0-9]+),3'
start client socat "TCP:127.0.0.1:${BASH_REMATCH[1]}" \
	SYSTEM:"printf from-socat; exec cat >$T/answer"
urc '^\+QIURC: "incoming",11,0,"127.0.0.1",[0-9]+$' >/dev/null
urc '^\+QIURC: "recv",11,10$' >/dev/null
urc '^from-socat$' >/dev/null
at 'AT+QISENDEX=11,"68656C6C6F"' '^SEND OK$' >/dev/null
at AT+QICLOSE=11 >/dev/null
wait_exit client
[ "$(<"$T/answer")" = hello ] || fail "socat got $(<"$T/answer")"

at 'AT+QIOPEN=1,1,"UDP SERVICE","127.0.0.1",0,0,1' >/dev/null
urc '^\+QIOPEN: 1,0$' >/dev/null
state 1 '"UDP SERVICE","192.0.2.1",0,([0-9]+),2'
printf 'datagram' | timeout "$DEADLINE" socat -u - \
	"UDP:127.0.0.1:${BASH_REMATCH[1]}"
urc '^\+QIURC: "recv",1,8,"127.0.0.1",[0-9]+$' >/dev/null
urc '^datagram$' >/dev/null

# In transparent mode a command is data: it comes back.
start echo socat -d -d TCP-LISTEN:0,bind=127.0.0.1 EXEC:cat
wait_line_in "$T/echo.err" 'listening on' "${PIDS[echo]}" >"$T/listening" ||
	fail "socat does not listen"
[[ $(<"$T/listening") =~ :([0-9]+)$ ]] || fail "$(<"$T/listening")"
printf 'AT+QIOPEN=1,2,"TCP","127.0.0.1",%s,0,2\r' "${BASH_REMATCH[1]}" >&5
final QIOPEN '^CONNECT$' >/dev/null
printf 'AT+QISTATE\r\n' >&5
urc '^AT\+QISTATE$' >/dev/null
stop echo
urc '^NO CARRIER$' >/dev/null
at AT >/dev/null
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
