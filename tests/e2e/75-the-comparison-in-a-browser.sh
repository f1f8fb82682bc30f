#!/bin/bash
# The page of a comparison, opened and clicked in headless Chromium: verdict
# table, filters, jumps over ten thousand rows, a phone, print, dark; no
# request leaves it.
. "$(dirname "$0")/lib.sh"

need_built ec21hil
need chromium chromium
need chromedriver chromium-driver
# Debian's interpreter: that is the one Debian's selenium is for.
python=/usr/bin/python3
"$python" -c 'import selenium' 2>/dev/null ||
	skip "no selenium for $python (package python3-selenium)"
export TMPDIR=$T/tmp HOME=$T/home
mkdir "$TMPDIR" "$HOME" "$T/k" "$T/k/A" "$T/k/B"

# recorded SIDE NAME: what ec21hil run --record keeps of a run; the modem's
# record comes from standard input.
recorded() {
	local name=$T/k/$1/${2%.at}
	printf '# ec21 transcript 1\n# title: %s\n# run: run-%s-1\n' "$2" "$1" \
		>"$name.run"
	printf '# result: pass\n# begin-ms: 1700000000000\n# took-ms: 900\n' \
		>>"$name.run"
	{
		echo '# ec21 transcript 1'
		cat
	} >"$name.at"
}

# many N: ten thousand answers, one of them N.
many() {
	printf '0.001 AT<  \\r\\nRDY\\r\\n\n'
	for ((i = 0; i < 10000; i++)); do
		printf '%d.%03d AT>  AT+CMEE=%d\\r\n' $((i / 1000)) \
			$((i % 1000)) "$i"
		printf '%d.%03d AT<  \\r\\nOK\\r\\n\n' $((i / 1000)) $((i % 1000))
	done
	printf '10.000 AT>  AT+CMEE?\\r\n10.010 AT<  \\r\\n+CMEE: %d\\r\\n' "$1"
	printf '\\r\\nOK\\r\\n\n'
}
few='0.001 AT>  AT\r
0.002 AT<  \r\nOK\r\n'
many 3 | recorded A 10-many.at
many 4 | recorded B 10-many.at
echo "$few" | recorded A 20-urc.at
{
	echo "$few"
	echo '0.003 AT<  \r\n+QIND: SEEN\r\n'
} | recorded B 20-urc.at
for side in A B; do
	echo "$few" | recorded $side 30-same.at
done

[ -z "${EC21_PICTURES:-}" ] || mkdir -p "$EC21_PICTURES"
rc=0
timeout 100 "$BUILD/ec21hil" compare --recorded "$T/k" --report "$T/r" \
	>"$T/hil.out" 2>"$T/hil.err" || rc=$?
[ $rc = 1 ] || fail "status $rc, not 1"
timeout 400 "$python" "$TOP/tests/e2e/compare_page.py" "$T/r/report.html" \
	>"$T/page.out" 2>"$T/page.err"
