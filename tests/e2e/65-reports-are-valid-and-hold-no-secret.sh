#!/bin/bash
# ec21hil run --report writes JUnit XML that its schema accepts and one page
# that needs nothing else; neither they nor the terminal show a key, a PIN or a
# password.
. "$(dirname "$0")/lib.sh"

need_built ec21hil
need xmllint libxml2-utils
need jq jq
hil=$BUILD/ec21hil
export TMPDIR=$T/tmp
mkdir "$TMPDIR"

"$BUILD/ec21certs" "$T/certs" >/dev/null
key=$T/certs/device-1.key

scenario() {
	{
		echo '# ec21 transcript 1'
		echo '# source: asm, a test of reports'
		cat
	} >"$T/$1.at"
}

# What it says of itself in XML: <, &, quotes, a byte that is no text.
scenario 'a<b&"c"' <<'EOS'
- AT>  ATE0\r
- AT<  ATE0\r\r\nOK\r\n
EOS
scenario wrong <<'EOS'
- AT>  AT+CPIN="8642"\r
- AT<  AT+CPIN="8642"\r\r\n+CME ERROR: 999\r\n
EOS
scenario control <<'EOS'
- AT>  AT<&>\x01\xff\r
- AT<  something else\r\n
EOS
scenario key <<'EOS'
- AT>  ATE0\r
- AT<  ATE0\r\r\nOK\r\n
- AT>  AT+QICSGP=1,1,"example.apn","user","tops3cret",1\r
- AT<  \r\nOK\r\n
- AT>  AT+QFUPL="RAM:p.pem",{size:{$file}}\r
- AT<  \r\nCONNECT\r\n
- AT>  @file {$file}
- AT<  +QFUPL: {int},{hex}\r\n\r\nOK\r\n
- AT>  AT+QFDWL="RAM:p.pem"\r
- AT<  \r\nCONNECT\r\nno such file
EOS
scenario needs <<'EOS'
# needs: no-such-program-here
- AT>  AT\r
EOS

# All verdicts but an error, and what is not run is in the page.
rc=0
timeout 60 "$hil" run --in-process --keep-going --set file="$key" \
	--report "$T/r" "$T"/*.at >"$T/out" 2>"$T/err" || rc=$?
[ $rc = 1 ] || fail "status $rc, not 1"
[ "$(ls -A "$T/r")" = "junit.xml
report.html" ] || fail "in the folder: $(ls -A "$T/r")"

schema=$TOP/tests/e2e/junit.xsd
xmllint --noout --nonet --schema "$schema" "$T/r/junit.xml" 2>"$T/err" ||
	fail "the schema refuses it"
count() {
	xmllint --xpath "string($1)" "$T/r/junit.xml"
}
[ "$(count /testsuites/@tests)" = 5 ] || fail "tests: $(count /testsuites/@tests)"
[ "$(count '/testsuites/@failures')" = 3 ] || fail "failures"
[ "$(count '/testsuites/@skipped')" = 1 ] || fail "skipped"
[ "$(count 'count(//failure)')" = 3 ] || fail "failure elements"
[ "$(count '//testcase[skipped]/skipped/@message')" = \
	'needs no-such-program-here' ] || fail "the reason of a skip"

# The schema is one that can refuse.
sed 's/failures="3"/failures="-3"/' "$T/r/junit.xml" >"$T/negative.xml"
sed 's/<failure /<failed /; s,</failure>,</failed>,' "$T/r/junit.xml" \
	>"$T/unknown.xml"
for f in negative unknown; do
	! xmllint --noout --nonet --schema "$schema" "$T/$f.xml" 2>/dev/null ||
		fail "the schema takes $f.xml"
done

# The page: data that is JSON, nothing fetched, and the differing line.
sed -n '/id="data">/,/^<\/script>/p' "$T/r/report.html" | sed '1d;$d' \
	>"$T/data.json"
[ "$(jq -r '[.[].verdict] | sort | join(" ")' "$T/data.json")" = \
	'fail fail fail pass skip' ] || fail "verdicts of the page"
jq -e '.[] | select(.name == "wrong.at") | .lanes |
	contains("AT<  ") and contains("NOTE differs: ")' "$T/data.json" \
	>/dev/null || fail "no difference among the lanes"
! grep -E 'https?://|src=|@import' "$T/r/report.html" ||
	fail "the page fetches"

# The last lines of the key are its exponents and primes.
grep -v -e ---- "$key" | tail -n 15 | cut -c 8-30 | awk 'length > 20' \
	>"$T/pieces"
[ "$(wc -l <"$T/pieces")" -ge 10 ] || fail "no pieces of the key to look for"
for f in out r/junit.xml r/report.html; do
	! grep -qF -f "$T/pieces" "$T/$f" || fail "$f holds a piece of the key"
	! grep -q 8642 "$T/$f" || fail "$f holds the PIN"
	! grep -q tops3cret "$T/$f" || fail "$f holds the password"
	grep -q 'kind=key' "$T/$f" || fail "$f does not say that a key was there"
	grep -q 'kind=pin' "$T/$f" || fail "$f does not say that a PIN was there"
done

# A folder that cannot be is refused before anything runs.
rc=0
"$hil" run --in-process --report "$T/out/x" "$T/wrong.at" >"$T/o" 2>"$T/e" ||
	rc=$?
[ $rc = 2 ] || fail "status $rc, not 2"
grep -qF "cannot write reports to $T/out/x" "$T/e" || fail "no reason"
