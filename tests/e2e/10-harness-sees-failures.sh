#!/bin/bash
# tests/run.sh: a failure, a crash, a hang and an empty run each count as
# failed, a skip as skipped, and the closing line and the status say so.
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/tree/tests/unit" "$T/tree/tests/e2e" "$T/tree/b/tests"
cp "$TOP/tests/run.sh" "$T/tree/tests/"
cd "$T/tree"

unit() {
	touch "tests/unit/check_$1.c"
	printf '#!/bin/sh\n%s\n' "$2" >"b/tests/check_$1"
	chmod +x "b/tests/check_$1"
}
script() {
	printf '#!/bin/sh\n%s\n' "$2" >"tests/e2e/$1.sh"
	chmod +x "tests/e2e/$1.sh"
}
# expect STATUS CLOSING-LINE KIND...
expect() {
	local want=$1 closing=$2
	shift 2
	run env BUILD=b CHECK_TIMEOUT=1 CHECK_STRICT="${strict:-}" \
		tests/run.sh "$@"
	[ "$(tail -n 1 "$T/out")" = "$closing" ] ||
		fail "closing line: $(tail -n 1 "$T/out"), not: $closing"
	[ "$status" = "$want" ] || fail "status $status, not $want: $closing"
}

unit good 'echo "100%: Checks: 7, Failures: 0, Errors: 0"'
expect 0 "7 passed, 0 failed, 0 skipped" unit
script 01-good true
expect 0 "8 passed, 0 failed, 0 skipped" unit e2e

script 02-skips 'echo "no such tool"; exit 77'
expect 0 "8 passed, 0 failed, 1 skipped" unit e2e
grep -q '^  e2e/02-skips  *no such tool$' "$T/out" || fail "no reason listed"
strict=1
expect 1 "8 passed, 0 failed, 1 skipped" unit e2e
strict=
echo 'e2e/02-skips 2026-11-22 its tool is gone' >tests/DISABLED
expect 0 "8 passed, 0 failed, 1 skipped" unit e2e
grep -q 'disabled: 2026-11-22 its tool is gone' "$T/out" || fail "not listed"
rm tests/DISABLED tests/e2e/*

unit bad 'echo "50%: Checks: 4, Failures: 1, Errors: 1"; exit 1'
expect 1 "9 passed, 2 failed, 0 skipped" unit
grep -q '^    again: b/tests/check_bad$' "$T/out" || fail "no rerun command"
unit bad 'kill -SEGV $$'
expect 1 "7 passed, 1 failed, 0 skipped" unit
unit bad 'exit 0'
expect 1 "7 passed, 1 failed, 0 skipped" unit
unit bad 'echo "100%: Checks: 3, Failures: 0, Errors: 0"; exit 9'
expect 1 "10 passed, 1 failed, 0 skipped" unit
unit bad 'exec tail -f /dev/null'
expect 1 "7 passed, 1 failed, 0 skipped" unit
grep -q 'stopped after 1 s' "$T/out" || fail "no word of the time limit"
rm tests/unit/check_bad.c

# What is not there is skipped, and nothing at all is no success.
rm b/tests/check_good
expect 1 "0 passed, 0 failed, 1 skipped" unit

# TAP: the plan must be met. Each case runs three ways.
mkdir -p tests/conformance/01-x
touch tests/conformance/01-x/001-y.at b/ec21emu
printf '#!/bin/sh\nexec mkdir -p "$1"\n' >b/ec21certs
chmod +x b/ec21emu b/ec21certs
tap() {
	printf '#!/bin/sh\nprintf "%s"\n' "$1" >b/ec21hil
	chmod +x b/ec21hil
}
tap '1..2\nok 1 - a\nok 2 - b # SKIP no mosquitto\n'
expect 0 "3 passed, 0 failed, 3 skipped" conformance
tap '1..2\nok 1 - a\nnot ok 2 - b\n'
expect 1 "3 passed, 3 failed, 0 skipped" conformance
tap '1..3\nok 1 - a\nok 2 - b\n'
expect 1 "6 passed, 3 failed, 0 skipped" conformance
rm b/ec21certs
expect 1 "0 passed, 0 failed, 1 skipped" conformance
