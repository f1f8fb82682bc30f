#!/bin/bash
# The page of reports, opened and clicked in headless Chromium: filters, jump
# to a difference, ten thousand records, a phone, print, dark; no request
# leaves it.
. "$(dirname "$0")/lib.sh"

need_built ec21hil
need chromium chromium
need chromedriver chromium-driver
# Debian's interpreter: that is the one Debian's selenium is for.
python=/usr/bin/python3
"$python" -c 'import selenium' 2>/dev/null ||
	skip "no selenium for $python (package python3-selenium)"
export TMPDIR=$T/tmp HOME=$T/home
mkdir "$TMPDIR" "$HOME"

head='# ec21 transcript 1
# source: asm, a test of reports
- AT>  ATE0\r
- AT<  ATE0\r\r\nOK\r\n'
{
	echo "$head"
	for ((i = 0; i < 5000; i++)); do
		printf '%s\n' '- AT>  AT+CSQ\r' \
			'- AT<  \r\n+CSQ: {int},{int}\r\n\r\nOK\r\n'
	done
	printf '%s\n' '- AT>  AT+CSQ\r' '- AT<  \r\n+CSQ: none\r\n'
} >"$T/10-many.at"
{
	echo "$head"
	printf '%s\n' '- AT>  AT+QFOPEN="UFS:none.txt",2\r' \
		'- AT<  \r\n+CME ERROR: 1\r\n'
} >"$T/20-reason.at"
for n in 30 31 32; do
	echo "$head" >"$T/$n-good.at"
done

[ -z "${EC21_PICTURES:-}" ] || mkdir -p "$EC21_PICTURES"
rc=0
timeout 60 "$BUILD/ec21hil" run --in-process --keep-going --report "$T/r" \
	"$T"/*.at >"$T/hil.out" 2>"$T/hil.err" || rc=$?
[ $rc = 1 ] || fail "status $rc, not 1"
timeout 60 "$BUILD/ec21hil" run --in-process --keep-going --report "$T/s" \
	"$T"/[23]*.at >"$T/small.out" 2>"$T/small.err" || rc=$?
[ $rc = 1 ] || fail "status $rc, not 1"
timeout 240 "$python" "$TOP/tests/e2e/report_page.py" "$T/r/report.html" \
	"$T/s/report.html" 2>"$T/page.err"
