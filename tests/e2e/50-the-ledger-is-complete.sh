#!/bin/bash
# Every form in the command tables, every error that a command can fail with,
# and every place in the code that makes one has a conformance case, or a
# line with a reason in tests/conformance/ledger.open (tests/ledger/ledger.c).
. "$(dirname "$0")/lib.sh"
need_built ec21hil
need_built tests/ledger
CERTS=$(certificates)
cd "$TOP"

DEADLINE=240 run "$BUILD/ec21hil" run --in-process --keep-going --certs "$CERTS" \
	--record "$T/records" tests/conformance fixtures/scenarios
[ "$status" -le 2 ] || fail "ec21hil: status $status"
tests/ledger/places.pl emulator/{at,cmd,svc,net,base}/*.c >"$T/places"

"$BUILD/tests/ledger" "$T/places" tests/conformance/ledger.open \
	"$T"/records/*.at || fail "see above: add cases, or a reason"
