#!/bin/bash
# compare: two profiles differ in exactly their keys, evidence of others does
# not count, what cannot be compared is a failure, and firmware beside itself
# is the same; its reports are valid.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
need_built ec21broker
need xmllint libxml2-utils
need jq jq
CERTS=$(certificates)
cd "$TOP"
export TMPDIR=$T/tmp
mkdir "$TMPDIR"
DEADLINE=200

compares() {
	run "$BUILD/ec21hil" compare --certs "$CERTS" "$@"
}

# ends STATUS: the last comparison did, and left nothing behind.
ends() {
	[ "$status" = "$1" ] || fail "status $status: $(cat "$T/out" "$T/err")"
	[ -z "$(ls -A "$TMPDIR")" ] || fail "left in TMPDIR: $(ls "$TMPDIR")"
}

says() {
	grep -qxF -- "$1" "$T/out" || fail "no line '$1' in: $(cat "$T/out")"
}

# --- the keys of two profiles, as the conformance cases have them ---
keys() {
	grep -o '+QSSLCFG: "[a-z_]*",(0-5)' "$1" | cut -d'"' -f2 | sort -u
}
ssl=tests/conformance/07-ssl
keys $ssl/001-qsslcfg-keys.at >"$T/keys"
keys $ssl/002-qsslcfg-keys-2017.at >"$T/keys-2017"
[ "$(comm -13 "$T/keys" "$T/keys-2017" | wc -l)" = 0 ] || fail "lost keys"
compares --rig modem --rig modem,profile=ec21j-2017 --in-process \
	$ssl/001-qsslcfg-keys.at
ends 1
says '1..1'
grep -o '^#   A | +QSSLCFG: "[a-z_]*"' "$T/out" | cut -d'"' -f2 | sort >"$T/a"
grep -o '^#   B | +QSSLCFG: "[a-z_]*"' "$T/out" | cut -d'"' -f2 | sort >"$T/b"
# A line that only differs in its values is on both sides.
[ "$(comm -23 "$T/a" "$T/b")" = "$(comm -23 "$T/keys" "$T/keys-2017")" ] ||
	fail "keys: $(comm -23 "$T/a" "$T/b" | tr '\n' ' ')"
[ "$(grep -c '^# differs' "$T/out")" = 1 ] || fail "more than one row"

# --- accepted, and accepted in vain ---
cat >"$T/known" <<'EOK'
# what we know
2026-11-22 07-ssl_001-qsslcfg-keys AT+QSSLCFG=? : the keys of 2017
2026-11-22 07-ssl_001* AT+QSSLCFG="x" : nobody asks this
EOK
compares --rig modem --rig modem,profile=ec21j-2017 --in-process \
	--accept "$T/known" $ssl/001-qsslcfg-keys.at
ends 0
says '#   since 2026-11-22: the keys of 2017'
says "# accepted, but not met: $T/known line 3: 07-ssl_001* AT+QSSLCFG=\"x\""

# --- two of one name are two ---
mkdir -p "$T/q/a/x" "$T/q/b/x"
printf '%s\n' '# ec21 transcript 1' '- AT>  ATE0\r' '- AT<  {skip}OK\r\n' \
	>"$T/q/a/x/t.at"
cp "$T/q/a/x/t.at" "$T/q/b/x"
compares --rig modem --rig modem --in-process "$T/q/a" "$T/q/b"
ends 0
says '1..2'
says 'ok 1 - x_t.2'

# --- evidence: only what bears the run's certificate counts ---
cat >"$T/two.at" <<'EOK'
# ec21 transcript 1
# source: asm, a test of comparisons
# broker: https
# trailing: any
- AT>  ATE0\r
- AT<  {skip}OK\r\n
- AT>  AT+QICSGP=1,1,"{$apn}"\r
- AT<  \r\nOK\r\n
- AT>  AT+QIACT=1\r
- AT<  \r\nOK\r\n
- AT>  AT+QFUPL="RAM:mine.pem",{size:{$runcert}}\r
- AT<  \r\nCONNECT\r\n
- AT>  @file {$runcert}
- AT<  +QFUPL: {skip}OK\r\n
- AT>  AT+QFUPL="RAM:other.pem",{size:{$certs}/device-1.crt}\r
- AT<  \r\nCONNECT\r\n
- AT>  @file {$certs}/device-1.crt
- AT<  +QFUPL: {skip}OK\r\n
- AT>  AT+QFUPL="RAM:key.pem",{size:{$runkey}}\r
- AT<  \r\nCONNECT\r\n
- AT>  @file {$runkey}
- AT<  +QFUPL: {skip}OK\r\n
- AT>  AT+QSSLCFG="seclevel",1,2;+QSSLCFG="clientkey",1,"RAM:key.pem"\r
- AT<  \r\nOK\r\n
- AT>  AT+QFUPL="RAM:ca.pem",{size:{$certs}/ca.crt}\r
- AT<  \r\nCONNECT\r\n
- AT>  @file {$certs}/ca.crt
- AT<  +QFUPL: {skip}OK\r\n
- AT>  AT+QSSLCFG="cacert",1,"RAM:ca.pem";+QSSLCFG="sslversion",1,3\r
- AT<  \r\nOK\r\n
- AT>  AT+QSSLCFG="ciphersuite",1,0xFFFF;+QSSLCFG="ignorelocaltime",1,1\r
- AT<  \r\nOK\r\n
- AT>  AT+QSSLCFG="clientcert",1,"RAM:mine.pem"\r
- AT<  \r\nOK\r\n
- AT>  AT+QSSLOPEN=1,1,1,"{$host}",{$port}\r
- AT<  {skip}+QSSLOPEN: 1,0\r\n
- AT>  AT+QSSLCLOSE=1\r
- AT<  {skip}OK\r\n
- BRK  handshake=done client_cert.cn={$run}
- AT>  AT+QSSLCFG="clientcert",1,"RAM:other.pem"\r
- AT<  \r\nOK\r\n
- AT>  AT+QSSLOPEN=1,1,1,"{$host}",{$port}\r
- AT<  {skip}+QSSLOPEN: 1,0\r\n
- AT>  AT+QSSLCLOSE=1\r
- AT<  {skip}OK\r\n
- BRK  handshake=done client_cert.cn=device-1
EOK
run "$BUILD/ec21hil" run --certs "$CERTS" "$T/two.at"
[ "$status" = 0 ] || fail "the scenario: $(cat "$T/out")"
compares --rig modem --rig modem --record "$T/kept" --report "$T/r" "$T/two.at"
ends 0
for side in A B; do
	grep -q "^# foreign evidence, not counted: $side, line 2, https: its \
certificate is device-1, the run's is run-" "$T/out" || fail "$side: not foreign"
done
says '# 2 connections were of other runs'

# --- reports: valid, and with both sides ---
xmllint --noout --nonet --schema tests/e2e/junit.xsd "$T/r/junit.xml" \
	2>"$T/err" || fail "the schema refuses junit.xml"
[ "$(xmllint --xpath 'string(//system-out)' "$T/r/junit.xml" |
	grep -c '^foreign evidence, not counted: [AB], line 2, https: ')" = 2 ] ||
	fail "foreign evidence is not in junit.xml"
data() {
	sed -n '/id="data">/,/^<\/script>/p' "$T/r/report.html" | sed '1d;$d'
}
data | jq -e '.[0].same and (.[0].foreign | length) == 2 and
	([.[0].items[] | select(.lane == "broker")] | length) == 1 and
	([.[0].items[] | select(.lane == "at" and .type != "same")] | length) == 0
	' >/dev/null || fail "data of the page"
! grep -E 'https?://|src=|@import' "$T/r/report.html" || fail "the page fetches"
! grep -qF "$(sed -n 5p "$CERTS/device-1.key")" "$T/r/report.html" \
	"$T/r/junit.xml" || fail "a report holds the key"

# --- kept recordings are judged again; one changed byte is found ---
compares --recorded "$T/kept"
ends 0
sed -i 's/QSSLOPEN: 1,0/QSSLOPEN: 1,7/' "$T"/kept/B/*_two.at
printf '# known\n' >"$T/no.accepted"
compares --recorded "$T/kept" --report "$T/r" --timing 9 --accept "$T/no.accepted"
ends 1
data | jq -e --arg t "$T" '.[0].rerun | endswith(
	" --recorded \($t)/kept --timing 9 --accept \($t)/no.accepted")' \
	>/dev/null || fail "no command to repeat it: $(data | jq '.[0].rerun')"
grep -q '^# differs: urc +QSSLOPEN: 1,0 (A line [0-9]*, B line [0-9]*)$' \
	"$T/out" || fail "the byte: $(cat "$T/out")"
[ "$(xmllint --xpath 'string(//failure/@type)' "$T/r/junit.xml")" = \
	difference ] || fail "no failure in junit.xml"
run "$BUILD/ec21hil" compare --rig modem --rig modem --record "$T/kept" \
	"$T/two.at"
[ "$status" = 2 ] || fail "recordings are mixed: status $status"

# --- what cannot be compared is a failure ---
rm "$T"/kept/B/*.run
compares --recorded "$T/kept"
ends 1
says '# not comparable: run'
says '#   B | it did not run'
sed 's/^# broker.*/# needs: no-such-program/' "$T/two.at" >"$T/needs.at"
compares --rig modem --rig modem "$T/needs.at"
ends 1
says '#   A | needs no-such-program'
# On a disk that is full for both, each keeps less than there was.
printf '%s\n' '# ec21 transcript 1' '- AT>  ATE0\r' '- AT<  {skip}OK\r\n' \
	>"$T/short.at"
run sh -c 'trap "" XFSZ && ulimit -f 2 && exec "$0" "$@"' "$BUILD/ec21hil" \
	compare --certs "$CERTS" --rig modem --rig modem --in-process \
	--record "$T/full" "$T/short.at" $ssl/001-qsslcfg-keys.at
ends 1
says 'not ok 1 - 07-ssl_001-qsslcfg-keys'
says '#   A | nothing of it was recorded'
grep -q '^ok 2 - .*_short$' "$T/out" || fail "the other: $(cat "$T/out")"
# A name that a file cannot have.
sed "2i# case: name=$(printf '%0240d' 1)" "$T/short.at" >"$T/long.at"
compares --rig modem --rig modem --in-process "$T/long.at"
ends 0
# What neither run came to is not the same.
sed 's/OK/NO/' "$T/short.at" >"$T/wrong.at"
mkdir "$T/lost"
for side in A B; do
	run "$BUILD/ec21hil" run --in-process --record "$T/lost/$side" \
		"$T/wrong.at" "$T/short.at"
	[ "$status" = 1 ] || fail "nothing is wrong with wrong.at"
	rm -rf "${TMPDIR:?}"/* # the logs of it
done
compares --recorded "$T/lost"
ends 1
says '1..2'
says '#   B | nothing of it was recorded'
refused 2 'expected --rig twice and scenarios, or --recorded alone' \
	"$BUILD/ec21hil" compare --rig modem "$T/two.at"

# --- told to end while it judges, it ends, and leaves no key behind ---
cat >"$T/copy-certs" <<'EOS'
#!/bin/sh
# Without what other tests have hidden there for a moment.
mkdir "$1" && cp -r "$CERTS"/* "$1"
EOS
chmod +x "$T/copy-certs"
mkdir -p "$T/cut/A"
mkfifo "$T/cut/A/05-pdp_001-qicsgp.at"
start whole cat "$T/cut/A/05-pdp_001-qicsgp.at"
start cut env CERTS="$CERTS" EC21CERTS="$T/copy-certs" "$BUILD/ec21hil" \
	compare --rig modem --rig modem --in-process --record "$T/cut" \
	tests/conformance/05-pdp/001-qicsgp.at
wait_exit whole
# Its other end is opened by who judges; no end of it comes but by us.
# shellcheck disable=SC2016
start judged sh -c 'exec 9>"$0"; echo open; exec tail -f /dev/null' \
	"$T/cut/A/05-pdp_001-qicsgp.at"
wait_line judged '^open$' >/dev/null
ls "$TMPDIR"/ec21hil.*/certs/device-1.key >/dev/null || fail "no key to leave"
kill -TERM "${PIDS[cut]}"
stop judged
wait_exit cut
[ "$status" = 2 ] || fail "interrupted: status $status: $(cat "$T/cut.err")"
[ "$(tail -n 1 "$T/cut.out")" = 'Bail out! interrupted' ] ||
	fail "interrupted, and says: $(cat "$T/cut.out")"
[ -z "$(ls -A "$TMPDIR")" ] || fail "left in TMPDIR: $(ls "$TMPDIR")"

# --- firmware beside itself: console, AT and broker ---
need_built wiofw
compares --rig host --rig host --jobs 2 \
	fixtures/scenarios/firmware/020-publish.at
ends 0
says 'ok 1 - firmware_020-publish.mcu'
says 'ok 2 - firmware_020-publish.modem'
compares --rig host --rig modem fixtures/scenarios/firmware/020-publish.at
ends 1
says '#   B | it did not run'
