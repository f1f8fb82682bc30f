#!/bin/bash
# In process, on the clock advanced by hand, two runs record the same bytes at
# the same times; a firmware runs beside the emulator on the rig host.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
cd "$TOP"

for n in 1 2; do
	"$BUILD/ec21hil" run --in-process --record "$T/$n" \
		tests/conformance/01-v250 tests/conformance/02-boot \
		tests/conformance/03-file tests/conformance/05-pdp/001-* \
		tests/conformance/06-tcp/020-* >"$T/tap$n"
	! grep -q '^not ok' "$T/tap$n" || fail "a case failed"
done
diff -r "$T/1" "$T/2" >"$T/diff" || fail "they differ: $(head "$T/diff")"
[ "$(find "$T/1" -name '*.at' | wc -l)" -gt 40 ] || fail "too few recordings"

need_built wiofw
cat >"$T/host.at" <<'END'
# ec21 transcript 1
# title: the firmware says who it is
# trailing: any
- CON> info\n
- CON< [10s] {skip}+ok
END
"$BUILD/ec21hil" run --rig host "$T/host.at" >"$T/host.out" ||
	fail "rig host: $(cat "$T/host.out")"
