#!/bin/bash
# Binary, truncated, endless and foreign input gives one line with the place,
# in bounded memory and time; usage errors give status 2.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
need jq jq
explain() { "$BUILD/ec21hil" explain --no-trials "$@"; }

printf 'AT\nOK\n\0\1\2' >"$T/binary"
refused 2 "^ec21hil explain: $T/binary:3:1: expected a log of text" \
	"$BUILD/ec21hil" explain "$T/binary"
printf 'AT\n\344\366\374\n' >"$T/latin1"
refused 2 ':2:1: expected UTF-8' "$BUILD/ec21hil" explain "$T/latin1"
printf 'AT\r\nO\303' >"$T/cut"
refused 2 ':2:2: expected UTF-8' "$BUILD/ec21hil" explain "$T/cut"
printf '# ec21 transcript 1\n   0.000 AT>  AT\\r\n   0.001 AT<  \\x' >"$T/cut.at"
refused 2 ':3:[0-9]+: expected' "$BUILD/ec21hil" explain "$T/cut.at"
: >"$T/empty"
refused 2 ':1:1: expected a log, found nothing' \
	"$BUILD/ec21hil" explain "$T/empty"
refused 2 'No such file' "$BUILD/ec21hil" explain "$T/none"
refused 2 'Is a directory' "$BUILD/ec21hil" explain "$T"
refused 2 'expected one file' "$BUILD/ec21hil" explain
refused 2 'did you mean --json' "$BUILD/ec21hil" explain --jsn x

# 100 MB of lines, and 100 MB without one.
for what in 'AT+CSQ' '' ; do
	(yes "$what" 2>/dev/null || true) | head -c 100000000 |
		tr "${what:+ }${what:-\\n}" "${what:+ }${what:-x}" >"$T/big"
	# ASan reserves terabytes of addresses: no limit there.
	limit='ulimit -v 262144'
	case $BUILD in *asan*) limit=: ;; esac
	DEADLINE=20 refused 2 '/big:[0-9]+:[0-9]+: expected ' \
		bash -c "$limit; exec \"\$@\"" - "$BUILD/ec21hil" explain "$T/big"
done

# Nothing wrong in it is status 1; standard input works.
printf 'AT\nOK\n' | explain - >"$T/out" && fail "status 0 without an error"
grep -q '^no error found' "$T/out" || fail "$(cat "$T/out")"
printf 'AT+QFDEL="x"\n+CME ERROR: 418\n' | explain - >"$T/out" ||
	fail "status $?"
grep -q '^line 2: +CME ERROR: 418' "$T/out" || fail "$(cat "$T/out")"
printf 'AT+CPIN?\n+CME ERROR: 777\n' | explain - >"$T/out" &&
	fail "status 0 for a number that nobody knows"
grep -q 'not in any list' "$T/out" || fail "$(cat "$T/out")"

# Of very many errors each is counted; what is too much is told.
for i in {1..1003}; do
	printf 'AT+QFDEL="%d"\n+CME ERROR: 418\n' "$i"
done >"$T/many"
head -n 2000 "$T/many" | explain - >"$T/out"
grep -q ' 1000 errors$' "$T/out" || fail "not 1000: $(head -n 1 "$T/out")"
! grep 'not looked at' "$T/out" || fail "nothing is left out"
explain "$T/many" >"$T/out"
grep -qx '3 more errors, from line 2002 on, are not looked at' "$T/out" ||
	fail "not told: $(head -n 1 "$T/out")"
explain --json "$T/many" | jq -e '(.errors | length) == 1000 and
	.not_looked_at == {errors: 3, from_line: 2002}' >/dev/null ||
	fail "not told in JSON"

# No report holds a secret of the log.
printf 'AT+CPIN="4711"\n+CME ERROR: 16\nAT+CPIN="4712"\n' >"$T/pin"
for form in --no-trials --json; do
	"$BUILD/ec21hil" explain $form --no-trials "$T/pin" >"$T/out"
	! grep -q '471[12]' "$T/out" || fail "a PIN: $(cat "$T/out")"
	grep -q 'CPIN' "$T/out" || fail "no command: $(cat "$T/out")"
done

# JSON is one object that a parser takes.
explain --json "$TOP/fixtures/logs/20-article-tls-in-modem.log" |
	jq -e '.errors[0] |
		.line == 39 and .code == 566 and .command_line == 37 and
		.causes[0].id == "pem-no-breaks" and
		([.causes[] | (.grade | IN("cap", "man", "kin", "inf", "asm")) and
			.source != ""] | all)' >/dev/null ||
	fail "the JSON is not as said"
