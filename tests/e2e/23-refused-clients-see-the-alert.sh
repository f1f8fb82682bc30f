#!/bin/bash
# A missing client certificate gets alert 40, an unknown one 46, and the client
# sees it each time, although it still writes when the broker refuses.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/broker.inc"

need gnutls-cli gnutls-bin
fresh_broker
n=0

# alert NUMBER NAME CLIENT: openssl shows its number, each of ten times.
alert() {
	local number=$1 name=$2 client=$3 i
	set --
	[ "$client" = - ] ||
		set -- -cert "$CERTS/$client.crt" -key "$CERTS/$client.key"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		s_client -servername "$HOST" "$@" </dev/null \
			>"$T/out" 2>&1 && fail "$client was let in"
		grep -q "SSL alert number $number\$" "$T/out" ||
			fail "time $i: no alert $number: $(cat "$T/out")"
		n=$((n + 1))
		expect_evidence $n '.handshake == "failed" and .http == null and
			.ended == "broker close" and .alerts_sent == [{
			"level":"fatal","number":'"$number"',"name":"'"$name"'"}]'
	done
}

alert 40 handshake_failure -
expect_evidence $n '.client_cert == null and
	.error == "peer did not return a certificate"'
alert 46 certificate_unknown unknown-client
expect_evidence $n '.client_cert.cn == "unknown-client" and
	.client_cert.verify == "unable to get local issuer certificate"'

# A name in a string of another type, and none at all.
stranger() {
	printf '[req]\ndistinguished_name = dn\nstring_mask = MASK:0x800\n[dn]\n' \
		>"$T/cnf"
	openssl req -x509 -config "$T/cnf" -utf8 -subj "$1" \
		-key "$CERTS/device-ec.key" -out "$T/stranger.crt"
	run curl -sS --connect-to "::127.0.0.1:$HTTPS_PORT" --tls-max 1.2 \
		--cacert "$CERTS/ca.crt" --cert "$T/stranger.crt" \
		--key "$CERTS/device-ec.key" "https://$HOST:8443/"
	[ "$status" != 0 ] || fail "$1 was let in"
	n=$((n + 1))
	expect_evidence $n ".client_cert.cn == $2"
}
stranger /CN=温 '"温"'
stranger /O=nobody null

# A second stack, and TLS 1.3, where the alert comes after the handshake.
gnutls() {
	timeout "$DEADLINE" gnutls-cli --x509cafile="$CERTS/ca.crt" \
		--sni-hostname="$HOST" --verify-hostname="$HOST" \
		-p "$HTTPS_PORT" "$@" 127.0.0.1 <"$T/in" >"$T/out" 2>&1
}
: >"$T/in"
gnutls --priority NORMAL:-VERS-ALL:+VERS-TLS1.2 && fail "gnutls was let in"
grep -q '\[40\]: Handshake failed' "$T/out" || fail "gnutls: $(cat "$T/out")"
gnutls --priority NORMAL:-VERS-ALL:+VERS-TLS1.2 \
	--x509certfile="$CERTS/unknown-client.crt" \
	--x509keyfile="$CERTS/unknown-client.key" && fail "gnutls was let in"
grep -q '\[46\]: ' "$T/out" || fail "gnutls: $(cat "$T/out")"
n=$((n + 2))

curl_as - /topics/a -d x --tlsv1.3
[ "$status" != 0 ] || fail "curl was let in"
grep -q 'certificate required' "$T/err" || fail "curl: $(cat "$T/err")"
n=$((n + 1))
expect_evidence $n '.alerts_sent[0].number == 116 and .version == "TLSv1.3"'

# And one that is let in.
printf 'POST /topics/g HTTP/1.1\r\nContent-Length: 1\r\n\r\nx' >"$T/in"
gnutls --x509certfile="$CERTS/device-1.crt" \
	--x509keyfile="$CERTS/device-1.key" || fail "gnutls: $(cat "$T/out")"
# It says good-bye right after the request, and still wants the answer.
grep -q '^HTTP/1.1 200 OK' "$T/out" || fail "no answer: $(cat "$T/out")"
n=$((n + 1))
expect_evidence $n '.http.topic == "g" and .http.status == 200'
