#!/bin/bash
# The modes of versions, suites, revocation, policies and broken servers, each
# seen by curl, openssl or mosquitto_pub and in the evidence.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/broker.inc"

post() {
	local client=$1
	shift
	curl_as "$client" /topics/t -d x "$@"
}
good() {
	[ "$status" = 0 ] && grep -q OK "$T/out" ||
		fail "$1: status $status: $(cat "$T/err")"
}
bad() {
	[ "$status" != 0 ] || fail "let in, not /$1/"
	grep -qiE -- "$1" "$T/err" || fail "not /$1/: $(cat "$T/err")"
}

fresh_broker --mode not-yet-valid
post device-1
bad 'not yet valid'
stop broker

# The root alone does not reach the leaf; with the intermediate at hand it does.
fresh_broker --mode no-intermediate --mode rsa
post device-1
bad 'unable to get local issuer'
cat "$CERTS/ca.crt" "$CERTS/intermediate.crt" >"$T/both.crt"
post device-1 --cacert "$T/both.crt"
good no-intermediate
stop broker

fresh_broker --mode crl
post device-1
good crl
for i in 1 2 3; do
	post revoked-client --tls-max 1.2
	bad 'certificate revoked'
	expect_evidence $((i + 1)) '.alerts_sent[0].number == 44 and
		.handshake == "failed"'
done
stop broker

# Each RSA suite alone, as the article's client offers them.
for suite in 009D 003D 0035 009C 003C 002F C02F C02C; do
	fresh_broker --mode "suite=$suite"
	post device-1
	good "suite=$suite"
	expect_evidence 1 ".suite == \"$suite\" and .version == \"TLSv1.2\""
	stop broker
done
fresh_broker --mode suite=1302
post device-1
good suite=1302
expect_evidence 1 '.suite == "1302" and .version == "TLSv1.3"'
stop broker
run "$BUILD/ec21broker" --https 127.0.0.1:0 --certs "$CERTS" --mode suite=0005
[ "$status" = 2 ] && grep -q 'no such suite' "$T/err" || fail "RC4: $(cat "$T/err")"

for version in 1.1 1.2 1.3; do
	fresh_broker --mode "tls=$version"
	post device-1 --ciphers DEFAULT@SECLEVEL=0 --tlsv1.1
	good "tls=$version"
	expect_evidence 1 ".version == \"TLSv$version\""
	stop broker
done
fresh_broker --mode tls=1.1
post device-1 --tlsv1.2
bad 'protocol version|unsupported protocol|alert'
expect_evidence 1 '.alerts_sent[0].number == 70 and .handshake == "failed"'
stop broker

fresh_broker --mode cut
post device-1
bad 'SSL_ERROR_SYSCALL|unexpected eof|Connection reset|Recv failure'
expect_evidence 1 '.handshake == "none" and .bytes_in > 100 and
	.bytes_out == 0 and .alerts_sent == []'
stop broker

fresh_broker --mode silent --timeout 1
post device-1
bad 'SSL_ERROR_SYSCALL|unexpected eof|Connection reset|Recv failure'
expect_evidence 1 '.ended == "timeout" and .bytes_in > 100'
stop broker

fresh_broker --mode slow=0.3
post device-1
good slow
expect_evidence 1 '.duration_ms >= 300 and .handshake == "done"'
stop broker

for code in 401 403; do
	fresh_broker --mode "policy-https=$code"
	post device-1 -o "$T/body" -w '%{http_code}'
	[ "$(cat "$T/out")" = "$code" ] || fail "policy-https: $(cat "$T/out")"
	grep -q '"message":' "$T/body" || fail "no message: $(cat "$T/body")"
	expect_evidence 1 ".http.status == $code and .handshake == \"done\""
	stop broker
done

PATH=$PATH:/usr/sbin
need mosquitto mosquitto
need mosquitto_pub mosquitto-clients
# publish MODE: mosquitto_pub, its output in $T/out and $T/err, its $status.
publish() {
	local port
	TMPDIR=$T fresh_broker --mqtts 127.0.0.1:0 --mosquitto --mode "$1"
	port=$(wait_line broker '^ready mqtts ')
	run timeout "$DEADLINE" mosquitto_pub -h localhost -p "${port##*:}" \
		--cafile "$CERTS/ca.crt" --cert "$CERTS/device-1.crt" \
		--key "$CERTS/device-1.key" -i pub -q 1 -t t -m x
}
publish policy-connect=5
[ "$status" != 0 ] && grep -qi 'not authori' "$T/err" "$T/out" ||
	fail "policy-connect=5: $(cat "$T/err")"
expect_evidence 1 '.mqtt.packets[0].type == "CONNECT" and
	.ended == "broker close" and .handshake == "done"'
stop broker
publish policy-connect=close
[ "$status" != 0 ] || fail "policy-connect=close let it in"
expect_evidence 1 '[.mqtt.packets[] | .type] == ["CONNECT"]'
stop broker
publish policy-publish
expect_evidence 1 '[.mqtt.packets[] | .type] == ["CONNECT","CONNACK","PUBLISH"]
	and .ended == "broker close"'
stop broker
