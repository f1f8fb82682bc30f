#!/bin/bash
# Every form in the command tables, and every error the code makes, has a
# conformance case, or a line with a reason in tests/conformance/ledger.open.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
need_built tests/ledger
CERTS=$(certificates)
cd "$TOP"

run "$BUILD/ec21hil" run --in-process --keep-going --certs "$CERTS" \
	--record "$T/records" tests/conformance
[ "$status" -le 2 ] || fail "ec21hil: status $status"
# at/cme.c names them all; what makes them is elsewhere.
grep -rhoE '\bERR_[A-Z_]+' --include='*.c' emulator/cmd emulator/svc \
	emulator/net | sort -u >"$T/errors"

"$BUILD/tests/ledger" "$T/errors" tests/conformance/ledger.open \
	"$T"/records/*.at || fail "see above: add cases, or a reason"
