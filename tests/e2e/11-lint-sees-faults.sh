#!/bin/bash
# Each lint rule finds the fault it is for, in a small tree made of faults.
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/tree/tests" "$T/tree/emulator/svc" "$T/tree/emulator/at"
cp -r "$TOP/tests/lint" "$T/tree/tests/"
cp "$TOP/.clang-format" "$T/tree/"
cd "$T/tree"

# found SCRIPT REGEX, with what is in emulator/svc/a.c on standard input.
found() {
	cat >emulator/svc/a.c
	run "tests/lint/$1.sh"
	[ "$status" = 1 ] || fail "$1: status $status with: $2"
	grep -qE -- "$2" "$T/out" "$T/err" || fail "$1: no /$2/"
}
clean() {
	cat >emulator/svc/a.c
	run "tests/lint/$1.sh"
	[ "$status" = 0 ] || fail "$1: status $status: $(cat "$T/out" "$T/err")"
}

touch emulator/at/line.h
found layers 'a.c:1: emulator/svc/ may not include emulator/at/line.h' <<C
#include "at/line.h"
C
found layers 'a.c:1: .* may not include <event2/event.h>' <<C
#include <event2/event.h>
C
found layers 'cannot find "nowhere.h"' <<C
#include "nowhere.h"
C
clean layers <<C
#include <string.h>
C
rm emulator/at/line.h

found banned 'a.c:2: sprintf' <<C
/* sprintf(in a comment) is no call */
int n = sprintf(a, "x");
C
found banned 'a.c:1: time \(.*base/clock' <<C
long now = time (NULL);
C
# shellcheck disable=SC1003
found banned 'a.c:1: .r.n: banned' <<'C'
const char *s = "OK\r\n";
C
clean banned <<'C'
const char *s = "sprintf(x) time(0)", *t = "runtime(";
int my_time(int n); /* "\r\n" */
C

rm emulator/svc/a.c
echo 'struct a { size_t n; };' >emulator/svc/b.h
found headers 'size_t' </dev/null
printf 'struct a { int n; };\n' >emulator/svc/b.h
found headers 'redefinition' </dev/null
rm emulator/svc/b.h

if command -v clang-format >/dev/null; then
	printf 'int f(void)\n{\n    return 1;\n}\n' | found format 'a.c'
	printf 'int f(void)\n{\n\treturn 1;\n}\n' | clean format
fi

mkdir -p docs emulator/cmd emulator/base
echo '[FILE §4]' >docs/sources.md
: >emulator/base/profile.def
rows() {
	printf 'static const struct at_cmd rows[] = {\n%s\n\t{0},\n};\n' "$1" \
		>emulator/cmd/x.c
	run tests/lint/refs.sh
}
rows '	{"+A", 1, NULL, f, "(1,{2})", 3, GRADE_CAP, "[FILE §4]", "help"},'
[ "$status" = 0 ] || fail "refs: a good row: $(cat "$T/out" "$T/err")"
grep -q '^1 rows: 1 cap, 0 man' "$T/out" || fail "refs: $(cat "$T/out")"
rows '	{"+A", 1, NULL, f, NULL, 3, GRADE_CAP, "", "help"},'
[ "$status" = 1 ] || fail "refs: a row without a source passed"
rows '	{"+A", 1, NULL, f, NULL, 3, GRADE_CAP, "[NONE §4]", "help"},'
[ "$status" = 1 ] || fail "refs: a source that no page lists passed"
rows '	{"+A", 1, NULL, f, NULL, 3, 0, "[FILE §4]", "help"},'
[ "$status" = 1 ] || fail "refs: a row without a grade passed"
rows '	{"+A", 1, NULL, f, NULL, 3, GRADE_CAP, "[FILE §4]", "help"},
	{"+A", 1, NULL, f, NULL, 3, GRADE_CAP, "[FILE §4]", "help"},'
[ "$status" = 1 ] || fail "refs: two rows of one name passed"
mkdir hil
rows '	{"+A", 1, NULL, f, NULL, 3, GRADE_CAP, "[FILE §4]", "help"},'
echo '/* as [FILE §4.3] has it, array[SIZE] */' >hil/c.c
run tests/lint/refs.sh
[ "$status" = 0 ] || fail "refs: a good citation: $(cat "$T/out" "$T/err")"
for tag in '[NONE §4]' '[NONE C.6]' '[NONE A], x'; do
	echo "/* as $tag has it */" >hil/c.c
	run tests/lint/refs.sh
	[ "$status" = 1 ] || fail "refs: $tag passed"
	grep -qF 'hil/c.c:1:' "$T/out" && grep -qF '[NONE]' "$T/out" ||
		fail "refs: $tag: $(cat "$T/out")"
done
rm -r hil
rm -r docs emulator/cmd

lines() { yes "$2" | head -n "$1" || true; }
{ echo 'int f(void)'; echo '{'; lines 90 '	g();'; echo '}'; } | clean sizes
{ echo 'int f(void)'; echo '{'; lines 91 '	g();'; echo '}'; } |
	found sizes 'a.c:2: 91 lines in a function'
lines 800 '/* */' | clean sizes
lines 801 '/* */' | found sizes 'a.c: 801 lines'
rm emulator/svc/a.c

mkdir -p tests/e2e
touch tests/e2e/10-a.sh tests/e2e/11-b.sh
run tests/lint/numbers.sh
[ "$status" = 0 ] || fail "numbers: $(cat "$T/out")"
touch tests/e2e/10-c.sh
run tests/lint/numbers.sh
[ "$status" = 1 ] || fail "numbers: 10 twice passed"
grep -qx 'tests/e2e/10: this number is used twice' "$T/out" ||
	fail "numbers: $(cat "$T/out")"

mkdir -p tests/conformance/01-x
pin=tests/conformance/01-x/001-a.at
printf '%s\n' '# bench: safe' '- AT>  AT+COPS?\r' '- AT>  AT+QFDEL="k"\r' >$pin
run tests/lint/bench.sh
[ "$status" = 0 ] || fail "bench: $(cat "$T/out" "$T/err")"
printf '%s\n' '# case: cmd=AT+COPS=2' '- AT>  AT+CPIN="0000"\r' >>$pin
run tests/lint/bench.sh
[ "$status" = 1 ] || fail "bench: a PIN in a safe case passed"
for what in "$pin:4: bench: safe, but the choice of the network" \
	"$pin:5: bench: safe, but PINs" "$pin:5: PINs.*bench: harmful"; do
	grep -q "^$what" "$T/out" || fail "bench: no $what: $(cat "$T/out")"
done
sed -i 's/safe/harmful/' $pin
run tests/lint/bench.sh
[ "$status" = 0 ] || fail "bench: $(cat "$T/out" "$T/err")"

mkdir -p build
echo 'int counter = 1; static const int table[] = {1}; const int *p = table;' |
	${CC:-cc} -fPIE -x c -c -o build/x.o -
echo 'static const int n = 1; const int *const ok[] = {&n};' |
	${CC:-cc} -fPIE -x c -c -o build/y.o -
for lib in base at net cmd io ctl replay modem; do
	ar rcs build/lib$lib.a build/y.o
done
ar rcs build/libsvc.a build/x.o build/y.o
run env BUILD=build tests/lint/globals.sh
[ "$status" = 1 ] || fail "globals: status $status"
grep -q 'x.o: counter' "$T/out" || fail "globals: counter not found"
! grep -q 'y.o' "$T/out" || fail "globals: a const table was taken for one"
