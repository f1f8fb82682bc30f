#!/bin/bash
# wiofw publishes and subscribes by MQTT, qualities 0 and 1, with TLS in the
# modem and with its own, on the host and on the virtual board; a message is
# noticed while nothing else goes on; a server that is lost has a reason.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"
. "$(dirname "$0")/virtual.inc"

PATH=$PATH:/usr/sbin
need mosquitto mosquitto
need mosquitto_pub mosquitto-clients
need jq jq
need socat socat
need_built wiofw
mkdir "$T/tmp"

mqtt_broker() {
	TMPDIR=$T/tmp start_broker --mqtts 127.0.0.1:0 --mosquitto
	MQTTS_PORT=$(wait_line broker '^ready mqtts ')
	MQTTS_PORT=${MQTTS_PORT##*:}
	EMULATOR_OPTIONS="--map $HOST:8883=127.0.0.1:$MQTTS_PORT"
}

# outside TOPIC TEXT: a message from somebody else.
outside() {
	local certs
	certs=$(certificates)
	mosquitto_pub -h localhost -p "$MQTTS_PORT" --cafile "$certs/ca.crt" \
		--cert "$certs/device-ec.crt" --key "$certs/device-ec.key" \
		-i outside -q 1 -t "$1" -m "$2"
}

# start_host: as start_virtual, the console on descriptor 6.
start_host() {
	start emulator "$BUILD/ec21emu" --fast --pty "$T/modem" \
		--pins "unix:$T/pins" --record "$T/modem.at" $EMULATOR_OPTIONS
	wait_line emulator '^ready 1 ' >/dev/null
	rm -f "$T/con"
	mkfifo "$T/con"
	exec 6<>"$T/con"
	: >"$T/qemu.out"
	timeout 120 "$BUILD/wiofw" --modem "$T/modem" --pins "unix:$T/pins" \
		<"$T/con" >"$T/qemu.out" 2>"$T/qemu.err" 6>&- &
	PIDS[qemu]=$!
	wait_line qemu '^# wiofw .* ready$' >/dev/null
}

# both_paths NAME: for each path, a session.
both_paths() {
	local path
	files >&6
	tell "set proto mqtt" "set port 8883" "modem on" "set clock $NOW"
	for path in modem mcu; do
		tell "set path $path" "set topic bench/$1" "set client $1-$path" \
			"set qos 1" connect "subscribe bench/#" \
			"publish $path one" get "set qos 0" "publish $path two" \
			get "set topic other" "publish $path three"
		answers "^\\+ok connect $path $HOST:8883\$" >/dev/null
		answers "^# message bench/$1 .*: $path one\$"
		answers "^# message bench/$1 .*: $path two\$"
		answers_again "$2" '^\+ok publish qos0 other$'
		# Nobody asks for this one.
		outside "bench/out/$path" "hello $path"
		answers "^# message bench/out/$path [0-9]+: hello $path\$"
		tell get
		answers "^\\+ok get bench/out/$path [0-9]+\$"
		set -- "$1" 2
	done
	tell close "modem off"
	answers '^\+ok modem off$'
	! grep '^+err' "$T/qemu.out" || fail "an error"
	[ "$(grep -c '^+ok get bench/'"$1 " "$T/qemu.out")" = 4 ] ||
		fail "not four messages of its own"
}

mqtt_broker
start_host
both_paths host 1
stop qemu
stop emulator
if command -v qemu-system-arm >/dev/null &&
	[ -e "$BUILD/wiofw-stm32f405.bin" ]; then
	start_virtual wiofw-stm32f405 -monitor none
	both_paths board 1
	stop qemu
	stop emulator
fi

# A publish that nobody answers is none when the modem could not send it. A
# server that goes away is noticed; the next connect says what is wrong.
EMULATOR_OPTIONS="$EMULATOR_OPTIONS --control $T/ctl"
start_host
files >&6
tell "set proto mqtt" "set port 8883" "set dates off" "set path mcu" \
	"modem on" "subscribe x" "set qos 0" connect
answers '^\+ok connect mcu ' >/dev/null
echo '{"do":"fault bearer.drop"}' |
	timeout "$DEADLINE" socat -t 60 STDIO "UNIX-CONNECT:$T/ctl" |
	grep -m 1 '"ok":true' >/dev/null || fail "the fault is not armed"
tell "publish lost"
answers '^\+err tcp TLS write: AT\+QISEND: .*closed.* with the network$' >/dev/null
tell "set qos 1" connect "subscribe bench/a b" "subscribe bench/a"
answers '^\+err state no MQTT connection'
answers '^\+err usage subscribe FILTER$'
answers '^\+ok subscribe bench/a$'
broker_done
answers '^# the connection is lost: '
tell publish connect
answers "^\\+err state not connected: 'connect' first\$"
answers '^\+err tcp AT\+QIOPEN: .*566'
stop qemu
stop emulator
jq -e -s '[.[] | select(.mqtt.client_id == "host-mcu") | .mqtt.packets[] |
	select(.dir == "in") | .type] ==
	["CONNECT","SUBSCRIBE","PUBLISH","PUBACK","PUBLISH","PUBLISH",
	"PUBACK","DISCONNECT"]' "$T/evidence" >/dev/null ||
	jq -c 'select(.mqtt) | [.mqtt.client_id, [.mqtt.packets[] |
		.dir + " " + .type]]' "$T/evidence" | fail "packets: $(cat)"
