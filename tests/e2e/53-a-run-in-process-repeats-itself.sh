#!/bin/bash
# In process, on the clock advanced by hand, two runs record the same bytes at
# the same times, and nothing else is kept where an earlier run recorded; a
# firmware runs beside the emulator on the rig host.
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

# Of another run of that name nothing is left, and of other scenarios all is.
mkdir "$T/s"
printf '%s\n' '# ec21 transcript 1' '- AT>  ATE0\r' '- AT<  {skip}OK\r\n' \
	>"$T/s/t.at"
record() {
	run "$BUILD/ec21hil" run --in-process --record "$T/3" "$T/s/t.at"
}
mkdir "$T/3"
touch "$T/3/s_t"{-2.at,-3.at,.jsonl,.crt,-4.at,-4.run}
record
[ "$status" = 0 ] || fail "$(cat "$T/out" "$T/err")"
[ "$(cd "$T/3" && echo *)" = "s_t-4.at s_t-4.run s_t.at s_t.run" ] ||
	fail "kept: $(ls "$T/3")"
# What cannot be written is told.
ln -sf /dev/full "$T/3/s_t.at"
record
[ "$status" = 2 ] || fail "half a recording: status $status"
grep -q 'cannot write .*/s_t.at: No space' "$T/err" || fail "$(cat "$T/err")"
grep -q '^# result: error' "$T/3/s_t.run" || fail "$(cat "$T/3/s_t.run")"
ln -s /dev/full "$T/3/s_t.run.part"
refused 2 'cannot write .*/s_t.run: No space' \
	"$BUILD/ec21hil" run --in-process --record "$T/3" "$T/s/t.at"

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
