#!/bin/bash
# ec21emu ends on SIGTERM and SIGINT with status 0, at any moment: links, locks
# and sockets are gone, the transcript is whole, the state can be opened again.
# A link that a killed one left behind is taken over.
. "$(dirname "$0")/lib.sh"
need_built ec21emu

gone() {
	for f in "$@"; do
		[ ! -e "$f" ] && [ ! -L "$f" ] || fail "$f was left behind"
	done
}

mkdir "$T/state"
for signal in TERM INT; do
	start_emulator --listen "unix:$T/sock" --state "$T/state"
	open_modem
	at AT >/dev/null
	stop emulator $signal
	exec 5>&-
	[ "$status" = 0 ] || fail "SIG$signal: status $status"
	[ ! -s "$T/emulator.err" ] || fail "SIG$signal: $(cat "$T/emulator.err")"
	gone "$MODEM" "$MODEM.lock" "$T/sock"
	grep -q 'AT<.*OK' "$T/modem.at" || fail "SIG$signal: no OK in the record"
done

# In the middle of an upload: what was there before is there again.
start_emulator --state "$T/state"
open_modem
head -c 1000 /dev/zero | tr '\0' a >"$T/a"
upload a.txt "$T/a"
at 'AT+QFUPL="b.txt",1000' '^CONNECT$' >/dev/null
head -c 500 "$T/a" >&5
stop emulator
exec 5>&-
[ "$status" = 0 ] || fail "SIGTERM in an upload: status $status"
start_emulator --state "$T/state"
open_modem
at ATE0 >/dev/null
at 'AT+QFLST="*"' >"$T/list"
grep -q '+QFLST: "UFS:a.txt",1000' "$T/list" || fail "list: $(cat "$T/list")"
stop emulator
exec 5>&-

# kill -9 leaves a link into /dev/pts and a lock that nobody holds.
start_emulator --state "$T/state"
stop emulator KILL
[ -L "$MODEM" ] || fail "no link left by kill -9: nothing is tested here"
start_emulator --state "$T/state"
open_modem
at AT >/dev/null
stop emulator
[ "$status" = 0 ] || fail "after a kill: status $status"

# Without a port option a pty is made and its name printed.
start plain "$BUILD/ec21emu" --fast
where=$(wait_line plain '^ready 1 /dev/pts/[0-9]+$')
[ -c "${where##* }" ] || fail "no such tty: $where"
stop plain
[ "$status" = 0 ] || fail "plain: status $status"
