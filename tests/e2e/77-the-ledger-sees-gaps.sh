#!/bin/bash
# The ledger fails on a form, an error or a place without a case, on a command
# that fails with what it does not list, and on a line of ledger.open that has
# no reason or is of no use; it takes no refusal of ours for a case.
. "$(dirname "$0")/lib.sh"
need_built tests/ledger
cd "$TOP"
tests/ledger/places.pl emulator/{at,cmd,svc,net,base}/*.c >"$T/places"

# What $1 and $2 (ledger.open and a recording) give.
ledger() {
	printf '%b\n' "$1" >"$T/open"
	printf '# ec21 transcript 1\n%s\n' "$2" >"$T/record.at"
	run "$BUILD/tests/ledger" "$T/places" "$T/open" "$T/record.at"
	[ "$status" = 1 ] || fail "status $status: $(tail -n 3 "$T/out")"
}
has() {
	grep -q -- "$1" "$T/out" || fail "no '$1' in $(tail -n 5 "$T/out")"
}
lacks() {
	! grep -q -- "$1" "$T/out" || fail "$(grep -- "$1" "$T/out")"
}

ledger '' '0.1 AT>  AT+CSQ\r'
lacks '^MISSING +CSQ exec'
has '^MISSING +CSQ test'
has '^MISSING +CPIN ERR_SIM_BUSY'
has '^MISSING emulator/svc/simcard.c:[0-9]* SIM: being read after the start'

busy='+CPIN: SIM: being read after the start; ask again'
ledger '' "0.1 WHY  $busy [cap]
0.2 AT<  \\r\\n+CME ERROR: 14\\r\\n"
lacks '^MISSING +CPIN ERR_SIM_BUSY'
lacks '^MISSING emulator/svc/simcard.c:[0-9]* SIM: being read'
has '^MISSING +QPINC ERR_SIM_BUSY'

# A handler changed the error on its way: the number tells.
ledger '' '0.1 WHY  +QCCID: SIM: not seen yet, the modem has just started; ask again [cap]
0.2 AT<  \r\n+CME ERROR: 13\r\n'
lacks 'UNLISTED'
lacks '^MISSING +QCCID ERR_SIM_FAILURE'

ledger '' "0.1 WHY  +CSQ: SIM: being read after the start; ask again [cap]
0.2 AT<  \\r\\n+CME ERROR: 14\\r\\n"
has '^UNLISTED +CSQ ERR_SIM_BUSY'

# The reason of a result that comes later; the line names the command.
ledger '' '0.1 WHY  socket 0: id 0 is in use until it is closed [inf]
0.2 AT<  \r\n+QIOPEN: 0,563\r\n'
lacks '^MISSING +QIOPEN ERR_NET_ID_USED'
has '^MISSING +QSSLOPEN ERR_NET_ID_USED'

ledger '' "0.1 WHY  $busy [policy]
0.2 AT<  \\r\\n+CME ERROR: 14\\r\\n"
has '^MISSING +CPIN ERR_SIM_BUSY'

ledger '+CSQ test because\n+CSQ exec because\n|simcard.c|being read| because' \
	'0.1 AT>  AT+CSQ\r'
has '^open    +CSQ test'
has '^open    emulator/svc/simcard.c:[0-9]* SIM: being read'
has '^STALE   +CSQ exec'
ledger '+CSQ test' ''
has '^OPEN    without a reason: +CSQ test'
