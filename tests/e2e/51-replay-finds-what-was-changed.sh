#!/bin/bash
# A recorded session replays the same; one byte altered, one URC lost or one
# certificate missing is found at its place, and what is ours is not judged.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
need_built ec21broker
CERTS=$(certificates)
cd "$TOP"
hil=$BUILD/ec21hil

# replays WANT_STATUS REGEX... -- FILE [OPTION...]
replays() {
	local want=$1 regexes=() regex
	shift
	while [ "$1" != -- ]; do
		regexes+=("$1")
		shift
	done
	shift
	run "$hil" replay --certs "$CERTS" "$@"
	[ "$status" = "$want" ] || fail "replay $*: status $status, not $want"
	for regex in "${regexes[@]}"; do
		grep -qE -- "$regex" "$T/out" || fail "replay $*: no /$regex/"
	done
}

"$hil" run --in-process --certs "$CERTS" --record "$T/rec" \
	tests/conformance/03-file/001-the-worked-session.at \
	tests/conformance/02-boot/004-a-sim-with-a-pin.at \
	tests/conformance/05-pdp/001-qicsgp.at >"$T/run.out"
a=$T/rec/03-file_001-the-worked-session.at
replays 0 ', 0 not$' -- "$a"
replays 0 ', 0 not$' -- "$a" --pace recorded

# One byte.
line=$(grep -n '+QFUPL: ' "$a" | head -n 1 | cut -d: -f1)
sed "${line}s/+QFUPL: \(.\)/+QFUPL: 9\1/" "$a" >"$T/byte.at"
replays 1 '^first divergence:' 'recorded \| \+QFUPL: 9' -- "$T/byte.at"

# A PIN is masked; what stands in for it is another PIN, and that is said.
p=$(echo "$T"/rec/02-boot_004-*.at)
run "$hil" replay "$p"
grep -q 'a generated pin of 4 bytes' "$T/out" || fail "the mask is not told"

# With TLS and a broker: the same; then without the upload of the CA.
"$hil" run --in-process --certs "$CERTS" --record "$T/tls" \
	fixtures/scenarios/riddle/client-cert-optional.at >"$T/run2.out"
tls=$T/tls/riddle_client-cert-optional.ec21j-1.at
replays 0 'device-1.key is what is masked' ', 0 not$' -- "$tls" \
	--broker mode=client-cert-optional
awk '/AT\+QFUPL="RAM:CA.pem"/ { off = 1 }
	/AT\+QFUPL="RAM:cert.pem"/ { off = 0 } !off' "$tls" >"$T/no-ca.at"
replays 1 '^first divergence:' 'replayed : .*CA\.pem' -- "$T/no-ca.at" \
	--broker mode=client-cert-optional

# A lost line that nobody asked for.
"$hil" run --in-process --record "$T/urc" \
	tests/conformance/06-tcp/020-a-connection-has-150-s.at >"$T/run3.out"
u=$(echo "$T"/urc/*.at)
grep -v '+QIURC: "closed"' "$u" >"$T/lost.at"
run "$hil" diff "$u" "$T/lost.at"
[ "$status" = 1 ] || fail "a lost URC: status $status"
grep -q 'only A: urc +QIURC: "closed",0 (A line' "$T/out" ||
	fail "the lost URC is not named"

# A command that is not modelled is no divergence.
printf '%s\n' '# ec21 transcript 1' '- AT>  AT\r' '- AT<  AT\r\r\nOK\r\n' \
	'- AT>  AT+CMGF=1\r' '- AT<  AT+CMGF=1\r\r\nOK\r\n' >"$T/unknown.at"
replays 2 'stops here' 'AT\+CMGF=1' -- "$T/unknown.at"

# What is no recording, and what cannot be sent: nothing of it stays behind.
mkdir "$T/tmp"
export TMPDIR=$T/tmp
head -c 5000 /dev/urandom >"$T/noise.at"
replays 2 -- "$T/noise.at"
printf '%s\n' '# ec21 transcript 1' '- AT>  AT\r' '- AT<  AT\r\r\nOK\r\n' \
	'- AT>  @masked kind=key' >"$T/mask.at"
run "$hil" calibrate "$T/mask.at"
[ "$status" = 2 ] && grep -q 'mask.at:4:.*this mask' "$T/err" ||
	fail "a mask without a length: status $status: $(cat "$T/err")"
[ -z "$(ls -A "$T/tmp")" ] || fail "left behind: $(ls -A "$T/tmp")"
