#!/bin/bash
# Each mode of ec21broker shows its effect to a client and in the evidence.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/broker.inc"

# mode NAME...: a fresh broker.
mode() {
	local m args=()
	for m; do
		args+=(--mode "$m")
	done
	fresh_broker ${args+"${args[@]}"}
}
# good TEXT: curl has got its 200.
good() {
	[ "$status" = 0 ] && grep -q OK "$T/out" ||
		fail "$1: status $status: $(cat "$T/err")"
}
# bad REGEX: curl was stopped for that reason.
bad() {
	[ "$status" != 0 ] || fail "let in, not /$1/"
	grep -qiE -- "$1" "$T/err" || fail "not /$1/: $(cat "$T/err")"
}
post() {
	local client=$1
	shift
	curl_as "$client" /topics/t -d x --tls-max 1.2 "$@"
}

mode
post device-1
good "no mode"
expect_evidence 1 '.server_cert == "server-ecdsa" and .suite == "C02C"'
post device-1 --ciphers AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256
good "an RSA client"
expect_evidence 2 '.server_cert == "server-rsa" and .suite == "C02F"'
post device-ec
good "a client with an EC key"
post device-1 --ciphers DHE-RSA-AES256-GCM-SHA384
bad 'handshake failure'
expect_evidence 4 '.error == "no shared cipher" and .suite == null'
stop broker

mode rsa
post device-1
good rsa
expect_evidence 1 '.server_cert == "server-rsa" and .suite == "C030"'
stop broker

mode ecdsa
post device-1
good ecdsa
post device-1 --ciphers AES256-SHA
bad 'handshake failure'
expect_evidence 1 '.server_cert == "server-ecdsa"'
stop broker

mode sha1-root
post device-1
bad 'unable to get local issuer|self.signed'
expect_evidence 1 '.ended == "peer alert" and .server_cert ==
	"server-sha1-root" and .alerts_received[0].name == "unknown_ca"'
post device-1 --cacert "$CERTS/ca-sha1.crt"
good sha1-root
stop broker

mode expired
post device-1
bad 'expired'
expect_evidence 1 '.alerts_received[0].number == 45 and
	.handshake == "failed" and .server_cert == "server-expired"'
stop broker

mode wrong-name
post device-1
bad 'no alternative certificate subject name matches'
expect_evidence 1 '.server_cert == "server-wrong-name"'
stop broker

mode require-sni
post device-1
good require-sni
for i in 1 2 3 4 5; do
	s_client -noservername -cert "$CERTS/device-1.crt" \
		-key "$CERTS/device-1.key" </dev/null >"$T/out" 2>&1 &&
		fail "no SNI, and let in"
	grep -q 'SSL alert number 112$' "$T/out" ||
		fail "no alert 112: $(cat "$T/out")"
	expect_evidence $((i + 1)) '.sni == null and .client_hello and
		.handshake == "failed" and .suite == null and
		.alerts_sent[0].name == "unrecognized_name"'
done
stop broker

mode client-cert-optional rsa
post -
good client-cert-optional
expect_evidence 1 '.client_cert == null and .handshake == "done" and
	.http.status == 200 and .server_cert == "server-rsa"'
post unknown-client
bad 'certificate unknown'
stop broker
