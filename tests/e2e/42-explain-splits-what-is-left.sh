#!/bin/bash
# A log that several causes fit gives a scenario; run against a server with
# one of them, only the case that cures this one passes.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
need_built ec21emu
need_built ec21broker
CERTS=$(certificates)
DEADLINE=90
# Cases fail on purpose here, and the runner keeps what they leave.
export TMPDIR=$T

cat >"$T/log" <<L
AT+QIACT=1
OK
AT+QSSLCFG="cacert",2,"UFS:ca.pem"
OK
AT+QSSLCFG="clientcert",2,"UFS:cert.pem"
OK
AT+QSSLCFG="clientkey",2,"UFS:key.pem"
OK
AT+QSSLCFG="seclevel",2,2
OK
AT+QSSLOPEN=1,2,0,"$HOST",8443
OK
+QSSLOPEN: 0,566
L
run "$BUILD/ec21hil" explain --certs "$CERTS" --out "$T/split" "$T/log"
[ "$status" = 0 ] || fail "status $status"
grep -qE '^[0-9]+ causes remain' "$T/out" || fail "not several"
run "$BUILD/ec21hil" check "$T/split/split.at"
[ "$status" = 0 ] || fail "split.at: $(cat "$T/err")"

# passes BROKER CASE...: exactly these cases pass.
passes() {
	local broker=$1
	shift
	run "$BUILD/ec21hil" run --rig modem --keep-going --certs "$CERTS" \
		--set "broker=$broker" --set "ca=$CA" --set "cert=$CERT" \
		--set "key=$KEY" --set "cert2=$CERTS/device-1.crt" \
		--set "key2=$CERTS/device-1.key" "$T/split/split.at"
	grep -E '^ok ' "$T/out" | sed -E 's/.*split\.at: ([a-z-]+).*/\1/' |
		sort >"$T/got"
	printf '%s\n' "$@" | sort | diff - "$T/got" >&2 ||
		fail "$broker: other cases pass"
}

CA=$CERTS/ca.crt CERT=$CERTS/device-1.crt KEY=$CERTS/device-1.key
passes mode=require-sni sni-on
CERT=$CERTS/unknown-client.crt KEY=$CERTS/unknown-client.key
passes https other-pair
CA=$CERTS/unknown-ca.crt CERT=$CERTS/device-1.crt KEY=$CERTS/device-1.key
passes mode=client-cert-optional server-not-judged
