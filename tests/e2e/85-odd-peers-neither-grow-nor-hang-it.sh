#!/bin/bash
# A flooding, a slow and a dead peer: the modem answers all the while, its
# memory stays, and it has lost nothing that the slow one sent.
. "$(dirname "$0")/lib.sh"
need socat socat

# listen NAME ADDRESS [OPTION [-U]]: a peer; its port is in $port. -U: it only
# sends.
listen() {
	start "$1" socat -d -d ${4:+"$4"} "TCP-LISTEN:0,bind=127.0.0.1${3:-}" "$2"
	wait_line_in "$T/$1.err" 'listening on' "${PIDS[$1]}" >"$T/listening" ||
		fail "socat does not listen"
	[[ $(<"$T/listening") =~ :([0-9]+)$ ]] || fail "$(<"$T/listening")"
	port=${BASH_REMATCH[1]}
}

# open ID PORT MODE
open() {
	at "AT+QIOPEN=1,$1,\"TCP\",\"127.0.0.1\",$2,0,$3" >/dev/null
	urc "^\+QIOPEN: $1,0\$" >/dev/null
}

# memory: of the emulator, kB.
memory() {
	awk '/^VmRSS:/ { print $2 }' "/proc/${PIDS[emulator]}/status"
}

start_emulator
open_modem
at ATE0 >/dev/null
at 'AT+QURCCFG="urcport","uart1"' >/dev/null
at 'AT+QICSGP=1,1,"example"' >/dev/null
at AT+QIACT=1 >/dev/null

# Floods of 40 MB each, which nobody reads, in buffer mode.
head -c 40000000 /dev/zero >"$T/zeros"
listen flood "OPEN:$T/zeros,rdonly" ,fork
for id in 0 1 2 3; do
	open $id "$port" 0
	urc "^\+QIURC: \"recv\",$id\$" >/dev/null
done
at AT+QIRD=0,0 >"$T/counters"
before=$(memory)
for ((i = 0; i < 300; i++)); do
	printf 'AT+QIRD=%d,1500\r' $((i % 4)) >&5
	final QIRD >"$T/read"
done
after=$(memory)
[ $((after - before)) -lt 4096 ] ||
	fail "the modem grew from $before to $after kB by unread floods"
at AT+QIRD=0,0 >"$T/counters"
[[ $(<"$T/counters") =~ "+QIRD: "([0-9]+),([0-9]+),([0-9]+) ]] ||
	fail "$(<"$T/counters")"
[ "${BASH_REMATCH[3]}" -le 10240 ] || fail "$(<"$T/counters")"
for id in 0 1 2 3; do
	at AT+QICLOSE=$id,0 >/dev/null
done

# A dead peer takes the connection and never reads: SEND FAIL in the end, the
# id is closed by force after its time, and other commands go on.
listen dead "PIPE:$T/never" ,rcvbuf=2048 -U
open 4 "$port" 0
printf '%1460s' x >"$T/packet"
result=
for ((i = 0; i < 20000 && ${#result} == 0; i++)); do
	printf 'AT+QISEND=4,1460\r' >&5
	IFS= read -r -t "$DEADLINE" -d '>' -u 5 line || fail "no prompt"
	cat "$T/packet" >&5
	final QISEND '^SEND (OK|FAIL)$' >"$T/sent"
	grep -q FAIL "$T/sent" && result=$(<"$T/sent")
done
[ -n "$result" ] || fail "20000 packets went to a peer that reads none"
before=$(memory)
at AT >/dev/null
at AT+QICLOSE=4,1 >/dev/null
after=$(memory)
[ $((after - before)) -lt 4096 ] || fail "closing grew it: $before, $after kB"

# A slow one: each byte arrives, in its order.
cat >"$T/drops" <<'END'
for i in 1 2 3 4 5 6 7 8; do
	printf $i
	read -r -t 0.1 || : # a pause
done
END
listen slow "EXEC:bash $T/drops"
open 5 "$port" 1
got=
while [ "$got" != 12345678 ]; do
	urc '^\+QIURC: "recv",5,[0-9]+$' >/dev/null
	IFS= read -r -t "$DEADLINE" -u 5 line || fail "nothing behind the line"
	got+=${line//$'\r'}
	[[ 12345678 == "$got"* ]] || fail "out of order: $got"
done
urc '^\+QIURC: "closed",5$' >/dev/null
at AT+QICLOSE=5 >/dev/null
at AT+QISTATE >"$T/state"
grep -q QISTATE: "$T/state" && fail "a socket is left: $(<"$T/state")"
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
