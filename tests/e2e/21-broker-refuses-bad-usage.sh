#!/bin/bash
# ec21broker: each kind of bad usage and set-up is one sentence and status 2.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/broker.inc"

need_built ec21broker
broker=$BUILD/ec21broker
listen="--https 127.0.0.1:0"
# shellcheck disable=SC2086
{
	refused 2 "nothing to do" "$broker" --certs "$CERTS"
	refused 2 "--certs DIR is missing" "$broker" $listen
	refused 2 "unknown option --htps; did you mean --https?" "$broker" --htps x
	refused 2 "unexpected argument 'x'" "$broker" $listen --certs "$CERTS" x
	refused 2 "--https is given twice" "$broker" $listen $listen
	refused 2 "--timeout 0: give" "$broker" --timeout 0
	refused 2 "--mode rsa takes no value" "$broker" --mode rsa=1
	refused 2 "another mode has chosen" "$broker" --mode rsa --mode expired
	for suite in 0000 0xC0 +C2F C02 C02F0 C02G; do
		refused 2 "suite=[^ ]*: give the four hex digits" \
			"$broker" --mode "suite=$suite"
	done
	refused 2 "--mode suite is given twice" "$broker" --mode suite=C02F \
		--mode suite=003D
	refused 2 "--mode require-sni is given twice" "$broker" \
		--mode require-sni --mode require-sni=close
	refused 2 "--mode silent: another mode has chosen" "$broker" \
		--mode cut --mode silent
	refused 2 "--mode slow: another mode has chosen" "$broker" \
		--mode silent --mode slow=1
	refused 2 "suite=C02F: TLSv1.3 has no such suite" "$broker" $listen \
		--certs "$CERTS" --mode tls=1.3 --mode suite=C02F
	refused 2 "suite=1301: TLSv1.2 has no such suite" "$broker" $listen \
		--certs "$CERTS" --mode suite=1301 --mode tls=1.2
	refused 2 "suite=009D: TLSv1.1 has no such suite" "$broker" $listen \
		--certs "$CERTS" --mode suite=009D --mode tls=1.1
	refused 2 "--mqtts needs an MQTT server" "$broker" \
		--mqtts 127.0.0.1:0 --certs "$CERTS"
	refused 2 "not both" "$broker" $listen --certs "$CERTS" --mosquitto \
		--mqtt-upstream 127.0.0.1:1883
	refused 2 "not unix:PATH or" "$broker" $listen --certs "$CERTS" \
		--mqtt-upstream broker.example.com:1883
	refused 2 "not a numeric ADDR:PORT" "$broker" --certs "$CERTS" \
		--https localhost:0
	refused 2 "--mqtts 127.0.0.1:65536: .* at most 65535" "$broker" \
		--certs "$CERTS" --mqtts 127.0.0.1:65536 \
		--mqtt-upstream 127.0.0.1:1883
	refused 2 "--mqtt-upstream 127.0.0.1:99999: not" "$broker" $listen \
		--certs "$CERTS" --mqtt-upstream 127.0.0.1:99999
	refused 2 "cannot use $T/none/server-rsa.crt: No such file" \
		"$broker" $listen --certs "$T/none"
	refused 2 "client CA: cannot use $T/ca: " "$broker" $listen \
		--certs "$CERTS" --client-ca "$T/ca"
	refused 2 "--evidence $T/no/file: No such file" "$broker" $listen \
		--certs "$CERTS" --evidence "$T/no/file"
	refused 2 "--keylog $T/no/file: No such file" "$broker" $listen \
		--certs "$CERTS" --keylog "$T/no/file"
}
for bad in RSA expire no-such; do
	refused 2 "dual rsa ecdsa sha1-root .* client-cert-optional" \
		"$broker" --mode "$bad"
done

mkdir "$T/bad"
cp "$CERTS"/*.crt "$CERTS"/*.key "$T/bad"
echo nothing >"$T/bad/server-rsa.crt"
refused 2 "cannot use $T/bad/server-rsa.crt: " \
	"$broker" --https 127.0.0.1:0 --certs "$T/bad"
cp "$CERTS/server-rsa.crt" "$T/bad/server-rsa.crt"
cp "$CERTS/device-1.key" "$T/bad/server-rsa.key"
refused 2 "cannot use $T/bad/server-rsa.key: key values mismatch" \
	"$broker" --https 127.0.0.1:0 --certs "$T/bad"

fresh_broker
refused 2 "--https 127.0.0.1:$HTTPS_PORT: cannot listen: Address already" \
	"$broker" --https "127.0.0.1:$HTTPS_PORT" --certs "$CERTS"
stop broker
[ "$status" = 0 ] || fail "SIGTERM: status $status"
fresh_broker
stop broker INT
[ "$status" = 0 ] || fail "SIGINT: status $status"
start hup env --default-signal=HUP "$broker" --https 127.0.0.1:0 \
	--certs "$CERTS"
wait_line hup '^ready https ' >"$T/ready"
stop hup HUP
[ "$status" = 0 ] || fail "SIGHUP: status $status"
start nohup env --ignore-signal=HUP "$broker" --https 127.0.0.1:0 \
	--certs "$CERTS"
wait_line nohup '^ready https ' >"$T/ready"
grep -q '^SigIgn:.*[13579bdf]$' "/proc/${PIDS[nohup]}/status" ||
	fail "SIGHUP is heard under nohup"
stop nohup
[ ! -s "$T/broker.err" ] || fail "it said something"

# A full disk is told once.
fresh_broker --keylog /dev/full
curl_as device-1 /topics/t -d x
stop broker
[ "$(cat "$T/broker.err")" = "ec21broker: the key log is incomplete from here:\
 No space left on device" ] || fail "$(cat "$T/broker.err")"

# Evidence is worth a status of its own, and ends with a whole line. The limit
# is a file's size in KiB.
start full bash -c 'trap "" XFSZ; ulimit -f 2; exec "$@"' - "$broker" \
	--https 127.0.0.1:0 --certs "$CERTS" --evidence "$T/evidence.full"
HTTPS_PORT=$(wait_line full '^ready https ')
HTTPS_PORT=${HTTPS_PORT##*:}
for _ in 1 2 3 4; do
	curl_as device-1 /topics/t -d x
	[ "$status" = 0 ] || fail "a full disk: $(cat "$T/err")"
done
stop full
[ "$status" = 1 ] || fail "a full disk: status $status"
[ "$(cat "$T/full.err")" = "ec21broker: evidence is incomplete from here:\
 No space left on device" ] || fail "$(cat "$T/full.err")"
jq -e .conn "$T/evidence.full" >"$T/conns" || fail "half a line: $(cat "$T/evidence.full")"
[ "$(head -n 1 "$T/conns")" = 1 ] || fail "not a line was written"
