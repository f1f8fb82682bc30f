#!/bin/bash
# A modem whose files are damaged cannot open TLS; by SORACOM Beam, without TLS
# in the modem, the same message arrives: so the network is fine.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/broker.inc"

PATH=$PATH:/usr/sbin
need mosquitto mosquitto
TMPDIR=$T fresh_broker --mqtts 127.0.0.1:0 --mosquitto \
	--beam-mqtt 127.0.0.1:0 --beam-http 127.0.0.1:0
mqtt=$(wait_line broker '^ready beam-mqtt ')
http=$(wait_line broker '^ready beam-http ')
start_emulator --map "$HOST:8443=127.0.0.1:$HTTPS_PORT" \
	--map "beam.soracom.io:1883=127.0.0.1:${mqtt##*:}" \
	--map "beam.soracom.io:8888=127.0.0.1:${http##*:}"
open_modem
at ATE0 >/dev/null
at 'AT+QURCCFG="urcport","uart1"' >/dev/null
at 'AT+QICSGP=1,1,"soracom.io","sora","sora",1' >/dev/null
at AT+QIACT=1 >/dev/null

# The article's mistake: no line breaks behind BEGIN.
tr -d '\n' <"$CERTS/ca.crt" >"$T/ca.pem"
upload RAM:CA.pem "$T/ca.pem"
at 'AT+QSSLCFG="cacert",2,"RAM:CA.pem"' >/dev/null
at 'AT+QSSLCFG="seclevel",2,1' >/dev/null
at "AT+QSSLOPEN=1,2,0,\"$HOST\",8443" >/dev/null
urc '^\+QSSLOPEN: 0,566$' >/dev/null
grep -q 'WHY .*RAM:CA.pem line 1' "$T/modem.at" || fail "no reason"

# send ID BYTES: by QISEND, printf's escapes.
send() {
	local n
	# shellcheck disable=SC2059
	n=$(printf "$2" | wc -c)
	printf 'AT+QISEND=%s,%s\r' "$1" "$n" >&5
	# The prompt is no line; what is sent waits for it in the modem.
	IFS= read -r -t "$DEADLINE" -d '>' -u 5 _ || fail "no prompt"
	# shellcheck disable=SC2059
	printf "$2" >&5
	final QISEND '^SEND OK$' >/dev/null
}
at 'AT+QIOPEN=1,1,"TCP","beam.soracom.io",1883,0,1' >/dev/null
urc '^\+QIOPEN: 1,0$' >/dev/null
send 1 '\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03sim\x32\x09\x00\x01t\x00\x07Beam'
urc '^\+QIURC: "recv",1,[48]$' >/dev/null
at AT+QICLOSE=1 >/dev/null
at 'AT+QIOPEN=1,2,"TCP","beam.soracom.io",8888,0,1' >/dev/null
urc '^\+QIOPEN: 2,0$' >/dev/null
send 2 'POST /topics/t HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi'
urc '^HTTP/1.1 200 OK$' >/dev/null
stop emulator

# The broker saw Beam alone, with its certificate each time, and the message.
for i in 1 2 3 4; do
	evidence "$i" '[.listener, .client_cert.cn // "-", .sni // "-",
		.mqtt.packets[1].topic // .http.topic // "-"] | join(" ")'
done >"$T/seen"
grep -q "mqtts device-1 $HOST t" "$T/seen" &&
	grep -q "https device-1 $HOST t" "$T/seen" &&
	[ "$(grep -c 'beam-' "$T/seen")" = 2 ] || fail "$(cat "$T/seen")"
