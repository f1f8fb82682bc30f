#!/bin/bash
# Each way in which the broker can refuse or break, on both of wiofw's paths:
# the console says why, and the next connection, to a broker that behaves, gets
# its message through. One wiofw and one modem live through all of it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"

PATH=$PATH:/usr/sbin
need mosquitto mosquitto
need jq jq
need_built wiofw
export TMPDIR=$T
certs=$(certificates)

# broker [OPTION...]: on the ports of the first one. They are of an address of
# its own: nobody else is given them while no broker is there.
HTTPS_PORT=0 MQTTS_PORT=0
ADDRESS=127.$((64 + RANDOM % 64)).$((RANDOM % 256)).$((1 + RANDOM % 254))
broker() {
	start broker "$BUILD/ec21broker" --https "$ADDRESS:$HTTPS_PORT" \
		--mqtts "$ADDRESS:$MQTTS_PORT" --mosquitto --certs "$certs" \
		--evidence "$T/evidence" "$@"
	MQTTS_PORT=$(wait_line broker '^ready mqtts ')
	MQTTS_PORT=${MQTTS_PORT##*:}
	HTTPS_PORT=$(wait_line broker '^ready https ')
	HTTPS_PORT=${HTTPS_PORT##*:}
}

# tell LINE...: to the console.
tell() {
	printf '%s\n' "$@" >&6
}

# answers REGEX: waits for the first line that matches, and answers, behind
# what was seen before.
seen=0
answers() {
	local fd tail_pid line
	exec {fd}< <(exec timeout "$DEADLINE" tail -n +$((seen + 1)) -s 0.05 \
		-F "$T/wiofw.out" 2>/dev/null)
	tail_pid=$!
	while IFS= read -r -u "$fd" line; do
		seen=$((seen + 1))
		[[ $line =~ ^\+ ]] || continue
		kill "$tail_pid" 2>/dev/null || true
		exec {fd}<&-
		[[ $line =~ $1 ]] || fail "$what: not /$1/: $line"
		return 0
	done
	fail "$what: no answer /$1/"
}

# does COMMAND REGEX...: for each command its answer.
does() {
	while [ $# -gt 0 ]; do
		tell "$1"
		answers "$2"
		shift 2
	done
}

what=start
broker
broker_done
start emulator "$BUILD/ec21emu" --fast --pty "$T/modem" \
	--pins "unix:$T/pins" --record "$T/modem.at" \
	--map "$HOST:8883=$ADDRESS:$MQTTS_PORT" \
	--map "$HOST:8443=$ADDRESS:$HTTPS_PORT"
wait_line emulator '^ready 1 ' >/dev/null
mkfifo "$T/con"
exec 6<>"$T/con"
: >"$T/wiofw.out"
timeout 600 "$BUILD/wiofw" --modem "$T/modem" --pins "unix:$T/pins" \
	<"$T/con" >"$T/wiofw.out" 2>"$T/wiofw.err" 6>&- &
PIDS[wiofw]=$!
files >&6
for _ in 1 2 3; do answers '^\+ok put '; done
does "set proto mqtt" '^\+ok' "set port 8883" '^\+ok' "set topic a" '^\+ok' \
	"set qos 1" '^\+ok' "modem on" '^\+ok modem on' \
	"set clock $NOW" '^\+ok'

# works NAME [OPTION...]: both paths get a message through.
works() {
	local path
	what="behind $1"
	shift
	broker "$@"
	for path in modem mcu; do
		does "set path $path" '^\+ok' \
			connect "^\\+ok connect $path $HOST:8883\$" \
			"publish $path" '^\+ok publish qos1 a' \
			close '^\+ok close'
	done
	broker_done
}

# at_connect MODE WHY MCU [OPTION...]: connect fails: of the modem's path the
# number says little and the modem's WHY all, of the other the console's reason.
at_connect() {
	local mode=$1 why=$2 mcu=$3
	shift 3
	broker --mode "$mode" "$@"
	what="$mode, modem"
	does "set path modem" '^\+ok' connect '^\+err tls_modem .*56[69] '
	grep ' WHY ' "$T/modem.at" | tail -n 1 >"$T/why"
	grep -qE -- "$why" "$T/why" || fail "$what: not /$why/: $(cat "$T/why")"
	what="$mode, mcu"
	does "set path mcu" '^\+ok' connect "^\\+err .*($mcu)"
	broker_done
	works "$mode"
}
# later MODE COMMAND REGEX: connect works, and on both paths the command fails.
later() {
	local mode=$1 path
	broker --mode "$mode"
	for path in modem mcu; do
		what="$mode, $path"
		does "set path $path" '^\+ok' connect '^\+ok connect' \
			"$2" "^\\+err .*($3)" close '^\+ok close'
	done
	broker_done
	works "$mode"
}

# in_mqtt MODE COMMAND REGEX: on both paths the command fails.
in_mqtt() {
	local mode=$1 path
	broker --mode "$mode"
	for path in modem mcu; do
		what="$mode, $path"
		does "set path $path" '^\+ok' "$2" "^\\+err mqtt .*($3)"
	done
	broker_done
	works "$mode"
}
# later_https MODE STATUS: the publish is answered so.
later_https() {
	local path
	broker --mode "$1"
	for path in modem mcu; do
		what="$1, $path"
		does "set path $path" '^\+ok' connect '^\+ok connect' \
			"publish x" "^\\+err http.* $2" close '^\+ok close'
	done
	broker_done
}

at_connect expired 'expired on 2016' 'expired on 2016'
at_connect not-yet-valid 'not valid before 2045' 'not valid before 2045'
at_connect wrong-name wrong.example.com 'does not match'
at_connect no-intermediate 'signed' 'not correctly signed'
at_connect sha1-root 'signed' 'not correctly signed'
at_connect inactive certificate_unknown 'alert 46'
at_connect tls=1.3 protocol_version 'alert 70'
at_connect suite=CCA9 handshake_failure 'alert 40'
at_connect cut 'closed' 'closed without an alert'
at_connect silent 'closed' 'closed without an alert' --timeout 1
does "set sni off" '^\+ok'
at_connect require-sni unrecognized_name 'alert 112'
at_connect require-sni=close 'closed' 'closed without an alert'
does "set sni on" '^\+ok'

# A certificate that was taken back, until there is another.
files "" revoked-client >&6
for _ in 1 2 3; do answers '^\+ok put '; done
at_connect crl certificate_revoked 'alert 44'
files >&6
for _ in 1 2 3; do answers '^\+ok put '; done

# TLS is fine; the server refuses what comes in it.
closed='closed the connection; AWS does so'
in_mqtt policy-connect=5 connect 'CONNECT refused, code 5'
in_mqtt policy-connect=7 connect 'CONNECT refused, code 7'
in_mqtt policy-connect=close connect "$closed"
later policy-publish "publish x" "$closed"
later policy-subscribe "subscribe b" "$closed"
does "set topic a/b/c/d/e/f/g/h/i" '^\+ok'
later mqtt=now "publish x" "$closed"
jq -e -s 'any(.error == "rule: a topic has at most 7 slashes")' "$T/evidence" \
	>/dev/null || fail "the broker names no rule"
does "set topic a" '^\+ok' "set proto https" '^\+ok' "set port 8443" '^\+ok'
later_https policy-https=401 401
later_https policy-https=403 403

# What is no fault, or none to this client.
does "set proto mqtt" '^\+ok' "set port 8883" '^\+ok'
for mode in dual rsa ecdsa cross-signed client-cert-optional crl slow=0.2 \
	suite=C02F tls=1.2 mqtt=2017 alpn443; do
	works "$mode" --mode "$mode"
done
does "modem off" '^\+ok modem off'
