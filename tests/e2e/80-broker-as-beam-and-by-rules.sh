#!/bin/bash
# ec21broker as SORACOM Beam (plain in, mutual TLS out), as AWS's port 443, with
# AWS's limits on MQTT, and with a chain that is signed twice: each seen by a
# client of another make and in the evidence.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/broker.inc"

PATH=$PATH:/usr/sbin
need mosquitto mosquitto
need mosquitto_pub mosquitto-clients
need gnutls-cli gnutls-bin

# port NAME: of the listener that says `ready NAME`.
port() {
	local line
	line=$(wait_line broker "^ready $1 ")
	echo "${line##*:}"
}

with_mqtt() {
	TMPDIR=$T fresh_broker --mqtts 127.0.0.1:0 --mosquitto "$@"
	MQTTS_PORT=$(port mqtts)
}

# pub [OPTION...]: mosquitto_pub over TLS; its end in $status.
pub() {
	run timeout "$DEADLINE" mosquitto_pub -h localhost -p "$MQTTS_PORT" \
		--cafile "$CERTS/ca.crt" --cert "$CERTS/device-1.crt" \
		--key "$CERTS/device-1.key" -i pub -t t -m x "$@"
}

# --- Beam ---------------------------------------------------------------------

with_mqtt --beam-mqtt 127.0.0.1:0 --beam-http 127.0.0.1:0 \
	--beam-tcp 127.0.0.1:0
run mosquitto_pub -h 127.0.0.1 -p "$(port beam-mqtt)" -i sim -q 1 -t a -m plain
[ "$status" = 0 ] || fail "plain MQTT by Beam: $(cat "$T/err")"
expect_evidence 1 '.listener == "beam-mqtt" and .handshake == "none" and
	.beam.client == "device-1" and .beam.version == "TLSv1.3" and
	.beam.bytes_in > 10 and .error == null and
	.bytes_in == .beam.bytes_in and .bytes_out == .beam.bytes_out'
expect_evidence 2 '.listener == "mqtts" and .client_cert.cn == "device-1" and
	.sni == "data.iot.ap-northeast-1.amazonaws.com" and
	.mqtt.client_id == "sim" and .mqtt.packets[2].topic == "a"'
for entry in http tcp; do
	run curl -sS "http://127.0.0.1:$(port beam-$entry)/topics/b" -d y
	[ "$status" = 0 ] && grep -q '"OK"' "$T/out" ||
		fail "plain HTTP by Beam: $(cat "$T/out" "$T/err")"
done
expect_evidence 3 '.listener == "beam-http" and .beam.version != null'
expect_evidence 4 '.listener == "https" and .http.topic == "b" and
	.client_cert.cn == "device-1"'
expect_evidence 5 '.listener == "beam-tcp"'
# A device that ends its half first still has its answer.
exec 8<>"/dev/tcp/127.0.0.1/$(port beam-tcp)"
printf 'POST /topics/c HTTP/1.0\r\nContent-Length: 1\r\n\r\nz' >&8
timeout "$DEADLINE" grep -m1 -a ' 200 ' <&8 >"$T/got" || fail "no answer by Beam"
exec 8>&-
stop broker
[ "$status" = 0 ] || fail "SIGTERM: status $status"

# What Beam does not trust it does not pass on, and says so.
fresh_broker --beam-http 127.0.0.1:0 --mode wrong-name
run curl -sS "http://127.0.0.1:$(port beam-http)/topics/b" -d y
[ "$status" != 0 ] || fail "Beam took a server of another name"
expect_evidence 1 '.listener == "beam-http" and .beam.version == null and
	(.error | test("^upstream: .*mismatch"))'
stop broker
fresh_broker --beam-http 127.0.0.1:0 --beam-client unknown-client
run curl -sS "http://127.0.0.1:$(port beam-http)/topics/b" -d y
[ "$status" != 0 ] || fail "a stranger's Beam got through"
expect_evidence 2 '.alerts_sent[0].number == 46'
stop broker

# --- port 443 -----------------------------------------------------------------

with_mqtt --mode alpn443
post() {
	local client=$1
	shift
	curl_as "$client" /topics/t -d x "$@"
}
# alpn NAME: what OpenSSL's client says of it; a request for what it may be.
alpn() {
	# shellcheck disable=SC2059
	printf "$2" | s_client -servername "$HOST" -alpn "$1" \
		-cert "$CERTS/device-1.crt" -key "$CERTS/device-1.key" \
		>"$T/out" 2>&1 || true
}
alpn x-amzn-http-ca 'POST /topics/t HTTP/1.0\r\nContent-Length: 1\r\n\r\nx'
grep -q 'HTTP/1.1 200' "$T/out" || fail "x-amzn-http-ca: $(cat "$T/out")"
expect_evidence 1 '.alpn_chosen == "x-amzn-http-ca" and .listener == "https" and
	.http.status == 200 and .client_cert.cn == "device-1"'
alpn x-amzn-mqtt-ca \
	'\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03dev\xe0\x00'
expect_evidence 2 '.alpn_chosen == "x-amzn-mqtt-ca" and .listener == "mqtts" and
	([.mqtt.packets[] | .type] | sort) ==
		["CONNACK", "CONNECT", "DISCONNECT"]'
alpn spdy/1 ''
grep -q 'alert number 120' "$T/out" || fail "no alert 120: $(cat "$T/out")"
expect_evidence 3 '.alpn == ["spdy/1"] and .alpn_chosen == null and
	.alerts_sent[0].name == "no_application_protocol"'
# GnuTLS, without a certificate and without ALPN: the request is not signed.
printf 'POST /topics/t HTTP/1.0\r\nContent-Length: 1\r\n\r\nx' |
	timeout "$DEADLINE" gnutls-cli -p "$HTTPS_PORT" --no-ca-verification \
		--sni-hostname "$HOST" 127.0.0.1 >"$T/out" 2>&1 || true
grep -q '403 Forbidden' "$T/out" || fail "no 403: $(cat "$T/out")"
grep -q 'Missing Authentication Token' "$T/out" || fail "no reason"
expect_evidence 4 '.client_cert == null and .alpn == [] and .http.status == 403'
# A certificate that is asked for by nobody does not help either.
post device-1 --no-alpn -w '%{http_code}'
grep -q '403$' "$T/out" || fail "by certificate without ALPN: $(cat "$T/out")"
# curl offers h2: all that it is sent is an alert.
post device-1 --tlsv1.3
[ "$status" != 0 ] || fail "h2 was let in"
expect_evidence 6 '.alerts_sent[0].number == 120 and .version == null and
	.suite == null and .suite_name == null and .server_cert == null'
stop broker

# --- limits on MQTT -----------------------------------------------------------

slashes=a/b/c/d/e/f/g/h/i
long=$(printf 'x%.0s' {1..257})
closed() {
	expect_evidence "$1" ".ended == \"broker close\" and
		(.error | test(\"^rule: .*$2\"))"
}
with_mqtt --mode mqtt=2017
pub -q 1
[ "$status" = 0 ] || fail "mqtt=2017 refuses what is allowed: $(cat "$T/err")"
expect_evidence 1 '.error == null and .ended == "peer close"'
pub -q 1 -r
closed 2 RETAIN
pub -q 1 -c
closed 3 'clean session'
pub -q 1 -t "$slashes"
closed 4 '7 slashes'
pub -q 1 -t "$long"
closed 5 '256 bytes'
pub -q 1 -i "${long:0:129}"
closed 6 '128 bytes'
head -c 131073 /dev/zero >"$T/big"
run timeout "$DEADLINE" mosquitto_pub -h localhost -p "$MQTTS_PORT" \
	--cafile "$CERTS/ca.crt" --cert "$CERTS/device-1.crt" \
	--key "$CERTS/device-1.key" -i big -q 1 -t t -f "$T/big"
closed 7 131072
pub -q 1 -V 5
[ "$status" != 0 ] && grep -qi 'protocol' "$T/err" || fail "MQTT 5 in 2017"
expect_evidence 8 '[.mqtt.packets[] | .type] == ["CONNECT"] and
	(.error | test("3.1.1"))'
# QoS 2 gets no answer at all; what follows does.
{
	printf '\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03dev'
	printf '\x34\x06\x00\x01t\x00\x07x'
	printf '\x82\x06\x00\x08\x00\x01t\x02'
	printf '\x32\x06\x00\x01t\x00\x09y\xe0\x00'
} >"$T/qos2"
HTTPS_PORT=$MQTTS_PORT s_client -cert "$CERTS/device-1.crt" \
	-key "$CERTS/device-1.key" <"$T/qos2" >"$T/out" 2>&1 || true
expect_evidence 9 '[.mqtt.packets[] | select(.dir == "out") | .type] ==
	["CONNACK", "PUBACK"] and (.error | test("QoS 2"))'
stop broker

with_mqtt --mode mqtt=now
pub -q 1 -r
[ "$status" = 0 ] || fail "RETAIN now: $(cat "$T/err")"
pub -q 1 -c
[ "$status" = 0 ] || fail "a kept session now: $(cat "$T/err")"
pub -q 1 -V 5
[ "$status" = 0 ] || fail "MQTT 5 now: $(cat "$T/err")"
pub -q 1 -V 31
[ "$status" != 0 ] || fail "MQTT 3.1 now"
expect_evidence 4 '(.error | test("3.1.1 and 5"))'
pub -q 1 -t "$slashes"
closed 5 '7 slashes'
stop broker

# --- certificates -------------------------------------------------------------

fresh_broker --mode cross-signed --mode rsa
post device-1
[ "$status" = 0 ] || fail "cross-signed by its root: $(cat "$T/err")"
post device-1 --cacert "$CERTS/ca-old.crt"
[ "$status" = 0 ] || fail "cross-signed by the older root: $(cat "$T/err")"
run gnutls-cli -p "$HTTPS_PORT" --x509cafile "$CERTS/ca-old.crt" \
	--verify-hostname="$HOST" --sni-hostname "$HOST" --print-cert 127.0.0.1
[ "$(grep -c 'BEGIN CERT' "$T/out")" = 3 ] && grep -q 'is trusted' "$T/out" ||
	fail "GnuTLS: $(cat "$T/out" "$T/err")"
stop broker
fresh_broker --mode rsa
post device-1 --cacert "$CERTS/ca-old.crt"
[ "$status" != 0 ] || fail "the older root alone was enough"
stop broker

fresh_broker --mode inactive
post device-1 --tls-max 1.2
[ "$status" != 0 ] && grep -qi 'certificate unknown' "$T/err" ||
	fail "inactive: $(cat "$T/err")"
expect_evidence 1 '.alerts_sent[0].number == 46 and
	(.client_cert.verify | test("not active"))'
stop broker

fresh_broker --mode require-sni=close
post device-1
[ "$status" = 0 ] || fail "require-sni=close with a name: $(cat "$T/err")"
s_client -noservername </dev/null >"$T/out" 2>&1 && fail "no SNI, and let in"
grep -q 'alert number' "$T/out" && fail "an alert: $(cat "$T/out")"
expect_evidence 2 '.sni == null and .alerts_sent == [] and
	.handshake == "failed"'
stop broker

with_mqtt --mode policy-subscribe
start sub mosquitto_sub -h localhost -p "$MQTTS_PORT" \
	--cafile "$CERTS/ca.crt" --cert "$CERTS/device-1.crt" \
	--key "$CERTS/device-1.key" -i sub -t t
expect_evidence 1 '[.mqtt.packets[] | .type][0:3] ==
	["CONNECT", "CONNACK", "SUBSCRIBE"] and .ended == "broker close"'
stop sub
stop broker

# --- bad usage ----------------------------------------------------------------

broker=$BUILD/ec21broker
refused 2 "--beam-mqtt leads to --mqtts" "$broker" --certs "$CERTS" \
	--https 127.0.0.1:0 --beam-mqtt 127.0.0.1:0
refused 2 "lead to --https" "$broker" --certs "$CERTS" --mosquitto \
	--mqtts 127.0.0.1:0 --beam-tcp 127.0.0.1:0
refused 2 "--beam-client no: cannot use .*/no.crt" "$broker" --certs "$CERTS" \
	--https 127.0.0.1:0 --beam-http 127.0.0.1:0 --beam-client no
refused 2 "mqtt=2016: give 2017 or now" "$broker" --mode mqtt=2016
refused 2 "require-sni=now: give close" "$broker" --mode require-sni=now
refused 2 "another mode has chosen" "$broker" --mode dual --mode rsa

# Each mode is shown on the modem and to a client of another make.
"$broker" --help | sed -n 's/^      \([a-z][a-z0-9-]*\)[ =[].*/\1/p' >"$T/modes"
[ "$(wc -l <"$T/modes")" -ge 24 ] || fail "modes of --help: $(cat "$T/modes")"
while read -r mode; do
	grep -qE "mode=$mode( |=|\$)" "$TOP"/fixtures/scenarios/broker/*.at ||
		fail "no scenario has --mode $mode"
	grep -qE "(^| |\")$mode([= \"]|\$)" "$TOP"/tests/e2e/{24,28,80}-*.sh ||
		fail "no end-to-end test has --mode $mode"
done <"$T/modes"
