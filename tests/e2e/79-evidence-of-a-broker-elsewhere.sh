#!/bin/bash
# A modem of rigs.conf whose broker is elsewhere and stays as it was started:
# of the evidence that it appends to a file, the run's own is judged, and not
# what somebody else's connection left.
. "$(dirname "$0")/lib.sh"
need jq jq
CERTS=$(certificates)

# Somebody is there already, and leaves a line when that ends.
start_broker
exec 7<>"/dev/tcp/127.0.0.1/$HTTPS_PORT"
start_emulator --map "$HOST:8443=127.0.0.1:$HTTPS_PORT"
printf '%s\n' '[far]' "modem = tty:$MODEM" "evidence = $T/evidence" \
	"lock = $T/lock" 'apn = example.apn' >"$T/rigs.conf"
export EC21_RIGS=$T/rigs.conf

# With a certificate of its own, and refused without one.
mkdir "$T/some"
grep -vE '^# case: name=(none|crlf|lf-ca-1)|if cause=file' \
	"$TOP/fixtures/scenarios/bench/040-tls.at" >"$T/some/tls.at"
far=("$BUILD/ec21hil" run --rig far --set host="$HOST" --set port=8443
	--certs "$CERTS" --record "$T/kept" "$T/some")
start far "${far[@]}"
# It takes seconds before that; what goes now ends in a scenario of the run.
wait_line far '^# the modem reaches' >/dev/null
exec 7>&-
wait_exit far
cp "$T/far.out" "$T/out"
[ "$status" = 0 ] || fail "$(cat "$T/out" "$T/far.err")"
grep -q '^1\.\.2$' "$T/out" || fail "$(cat "$T/out")"
for case in lf-ca-0 lf-ca-2; do
	[ "$(jq -s length "$T/kept/"*".$case.jsonl")" = 1 ] ||
		fail "$case: $(cat "$T/kept/"*".$case.jsonl")"
done
grep -q '"client_hello":false' "$T/evidence" || fail "nobody was there"

# Its file is gone: that is said before anything is done.
rm "$T/evidence"
run "${far[@]}"
[ "$status" = 2 ] || fail "without evidence: status $status"
grep -q "broker's evidence $T/evidence: No such file" "$T/out" "$T/err" ||
	fail "without evidence: $(cat "$T/out" "$T/err")"
