#!/bin/bash
# The MQTT server behind the broker is missing, refuses, is silent or dies.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/broker.inc"

PATH=$PATH:/usr/sbin
need mosquitto mosquitto
need mosquitto_pub mosquitto-clients
need socat socat
need gnutls-cli gnutls-bin

# Nobody there: the publish fails with 500, MQTT is closed.
fresh_broker --mqtts 127.0.0.1:0 --mqtt-upstream "unix:$T/none"
port=$(wait_line broker '^ready mqtts ')
port=${port##*:}
curl_as device-1 /topics/t -d x -i
grep -q '^x-amzn-ErrorType: InternalFailureException' "$T/out" ||
	fail "not 500: $(cat "$T/out")"
expect_evidence 1 '.http.status == 500 and
	.error == "upstream: No such file or directory"'
run mosquitto_pub -h localhost -p "$port" --cafile "$CERTS/ca.crt" \
	--cert "$CERTS/device-1.crt" --key "$CERTS/device-1.key" -t t -m x
[ "$status" != 0 ] || fail "published to nobody"
expect_evidence 2 '.ended == "broker close" and .handshake == "done" and
	.error == "upstream: No such file or directory"'
stop broker

# One that refuses every CONNECT, and one that is no MQTT server.
hasty() { # It says good-bye right after the request, and wants the answer.
	printf 'POST /topics/t?qos=1 HTTP/1.0\r\nContent-Length: 0\r\n\r\n' |
		timeout "$DEADLINE" gnutls-cli --x509cafile="$CERTS/ca.crt" \
			--x509certfile="$CERTS/device-1.crt" \
			--x509keyfile="$CERTS/device-1.key" \
			-p "$HTTPS_PORT" localhost >"$T/out" 2>&1 || true
}
patient() {
	curl_as device-1 /topics/t?qos=1 -d x -i
}
answers() {
	rm -f "$T/up" "$T/up.err"
	printf '#!/bin/sh\n%s\n' "$1" >"$T/answer"
	chmod 700 "$T/answer"
	start up socat -d -d "UNIX-LISTEN:$T/up,fork" "EXEC:$T/answer"
	wait_line_in "$T/up.err" 'listening on' >/dev/null || fail "socat"
	fresh_broker --mqtt-upstream "unix:$T/up"
	"$3"
	grep -q '^HTTP/1.1 500 ' "$T/out" || fail "not 500: $(cat "$T/out")"
	expect_evidence 1 ".error == \"upstream: $2\""
	stop broker
	stop up
}
answers 'printf "\040\002\000\005"; cat >/dev/null' \
	'the MQTT server refused the connection' hasty
answers 'printf "\060\377\377\377\377\001"; cat >/dev/null' \
	'the MQTT server does not speak MQTT' hasty
answers 'head -c 1 >/dev/null' 'the MQTT server closed the connection' hasty
answers 'cat >/dev/null' 'the MQTT server does not answer' patient

# Not awk on the files: it stops at the first that has just gone.
child_of() {
	{ cat /proc/[0-9]*/stat 2>/dev/null || true; } |
		awk -v parent="$1" '$4 == parent { print $1 }'
}

# mosquitto dies: said, and status 1.
mkdir "$T/tmp"
TMPDIR=$T/tmp fresh_broker --mosquitto
mosquitto=$(child_of "${PIDS[broker]}")
kill "$mosquitto"
wait_exit broker
[ "$status" = 1 ] || fail "mosquitto died: status $status"
grep -q 'mosquitto has ended' "$T/broker.err" || fail "it did not say why"
[ -z "$(ls -A "$T/tmp")" ] || fail "left behind: $(ls -A "$T/tmp")"

# The broker is killed: mosquitto goes with it.
TMPDIR=$T/tmp fresh_broker --mosquitto
mosquitto=$(child_of "${PIDS[broker]}")
stop broker KILL
timeout "$DEADLINE" tail -s 0.05 --pid="$mosquitto" -f /dev/null ||
	fail "mosquitto outlived the broker"

refused 2 'TMPDIR is too long' env TMPDIR="$T/$(printf '%0100d' 0)" \
	"$BUILD/ec21broker" --https 127.0.0.1:0 --certs "$CERTS" --mosquitto
