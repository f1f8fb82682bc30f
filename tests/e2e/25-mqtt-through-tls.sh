#!/bin/bash
# MQTT over TLS reaches a real mosquitto and back, a message posted over HTTPS
# reaches its subscribers, and the evidence names the packets.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/broker.inc"

PATH=$PATH:/usr/sbin
need mosquitto mosquitto
need mosquitto_sub mosquitto-clients
mkdir "$T/tmp"
TMPDIR=$T/tmp fresh_broker --mqtts 127.0.0.1:0 --mosquitto
port=$(wait_line broker '^ready mqtts ')
port=${port##*:}

tls=(-h localhost -p "$port" --cafile "$CERTS/ca.crt"
	--cert "$CERTS/device-1.crt" --key "$CERTS/device-1.key")

# -d: it says when it is subscribed; stdbuf: it says so at once.
start sub stdbuf -oL mosquitto_sub "${tls[@]}" -i sub-1 -q 1 -t 'bench/#' -v -d -C 4
wait_line sub 'Subscribed ' >/dev/null
mosquitto_pub "${tls[@]}" -i pub-1 -q 1 -t bench/mqtt -m one
mosquitto_pub "${tls[@]}" -i pub-2 -q 0 -t bench/mqtt -m two
curl_as device-1 '/topics/bench/https?qos=1' -d three
[ "$status" = 0 ] || fail "HTTPS publish: $(cat "$T/err")"
curl_as device-1 '/topics/bench%2Fhttps?qos=0' -d four
[ "$status" = 0 ] || fail "HTTPS publish: $(cat "$T/err")"
wait_exit sub
grep '^bench/' "$T/sub.out" | tr '\n' ' ' >"$T/got"
[ "$(cat "$T/got")" = \
	"bench/mqtt one bench/mqtt two bench/https three bench/https four " ] ||
	fail "got: $(cat "$T/got")"

# Connections count from 1 in order of accept.
expect_evidence 1 '.listener == "mqtts" and .mqtt.client_id == "sub-1" and
	.ended == "peer close" and .http == null and (.mqtt.not_mqtt | not)'
expect_evidence 1 '[.mqtt.packets[] | select(.type == "PUBLISH") |
	[.dir, .topic, .qos, .payload]] == [["out","bench/mqtt",1,3],
	["out","bench/mqtt",0,3],["out","bench/https",1,5],
	["out","bench/https",0,4]]'
expect_evidence 1 '[.mqtt.packets[] | .type][0:4] ==
	["CONNECT","CONNACK","SUBSCRIBE","SUBACK"] and
	.mqtt.packets[2].topic == "bench/#" and .mqtt.packets[1].code == 0'
expect_evidence 2 '.client_cert.cn == "device-1" and
	[.mqtt.packets[] | [.dir, .type]] == [["in","CONNECT"],
	["out","CONNACK"],["in","PUBLISH"],["out","PUBACK"],["in","DISCONNECT"]]'
expect_evidence 3 '.mqtt.packets[2].payload == 3'

# MQTT 5 has properties in its packets.
mosquitto_pub "${tls[@]}" -V 5 -i pub-5 -q 1 -t bench/five -m 12345 \
	-D publish user-property a b
expect_evidence 6 '.mqtt.packets[0].level == 5 and
	.mqtt.packets[2].topic == "bench/five" and
	.mqtt.packets[2].payload == 5 and .mqtt.client_id == "pub-5"'

# Larger than any buffer on the way. It is retained, so that no subscriber
# has to be there first.
head -c 1000000 /dev/urandom >"$T/big"
mosquitto_pub "${tls[@]}" -i pub-6 -q 1 -r -t big -f "$T/big"
run mosquitto_sub "${tls[@]}" -i sub-2 -q 1 -t big -N -C 1
[ "$status" = 0 ] && cmp -s "$T/out" "$T/big" || fail "a megabyte came changed"
expect_evidence 8 '.mqtt.packets[-2].payload == 1000000 or
	.mqtt.packets[4].payload == 1000000'

# A topic that the server answers by a close, with QoS 0 too.
curl_as device-1 '/topics/%01' -d x
grep -q 'could not be published' "$T/out" || fail "not 500: $(cat "$T/out")"
expect_evidence 9 '.http.status == 500 and
	(.error | test("^upstream: "))'

# No certificate: no byte of MQTT gets through.
run mosquitto_sub -h localhost -p "$port" --cafile "$CERTS/ca.crt" -t x
[ "$status" != 0 ] || fail "let in without a certificate"

stop broker
[ "$status" = 0 ] || fail "SIGTERM: status $status"
[ -z "$(ls -A "$T/tmp")" ] || fail "left behind: $(ls -A "$T/tmp")"
