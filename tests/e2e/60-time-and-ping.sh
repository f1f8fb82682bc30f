#!/bin/bash
# QNTP takes the time of a real server, QPING hears a real echo.
. "$(dirname "$0")/lib.sh"
need chronyd chrony

# chronyd takes no port 0, so one is guessed until it is free.
start_server() {
	local i
	for ((i = 0; i < 5; i++)); do
		port=$((20000 + RANDOM % 20000))
		cat >"$T/chrony.conf" <<-END
			port $port
			bindaddress 127.0.0.1
			cmdport 0
			bindcmdaddress /
			pidfile $T/chrony.pid
			allow 127.0.0.0/8
			local stratum 3
		END
		start server chronyd -x -d -U -u "$(id -un)" \
			-f "$T/chrony.conf"
		wait_line_in "$T/server.err" 'Disabled control' \
			"${PIDS[server]}" >"$T/started" && return
		unset "PIDS[server]"
	done
	skip "chronyd does not start: $(tail -n 1 "$T/server.err")"
}

start_server
# A question that is lost is asked again after 15 s: 0.5 s at this speed.
start_emulator --speed 30 --map "time.example=127.0.0.1"
open_modem
at ATE0 >/dev/null
at 'AT+QICSGP=1,1,"example"' >/dev/null
at AT+QIACT=1 >/dev/null

at "AT+QNTP=1,\"time.example\",$port" >/dev/null
# Not in $(…): bash's read would keep what the subshell takes.
urc '^\+QNTP: ' >"$T/told"
told=$(<"$T/told")
now=$(date -u +%s)
text=$(sed -nE 's/^\+QNTP: 0,"(.*)\+00"$/\1/p' <<<"$told")
[ -n "$text" ] || fail "QNTP printed $told"
text=${text//\//-}
diff=$((now - $(date -u -d "${text/,/ }" +%s)))
[ ${diff#-} -le 2 ] || fail "QNTP is $diff s off: $told"
# Two digits of the year, the same clock.
at 'AT+CCLK?' >"$T/shown"
shown=$(<"$T/shown")
[[ $shown == "+CCLK: \"$(date -u +%y/%m/%d),"* ]] ||
	fail "the clock was not set: $shown"

# A second would be 33 ms at this speed.
at 'AT+QPING=1,"time.example",60,2' >/dev/null
urc '^\+QPING: ' >"$T/first"
first=$(<"$T/first")
if [ "$first" = "+QPING: 554" ]; then
	grep -q 'WHY .*no socket' "$T/modem.at" || fail "no reason for 554"
	skip "no ICMP for this user here; QNTP passed"
fi
[[ $first =~ ^\+QPING:\ 0,\"127.0.0.1\",32,[0-9]+,255$ ]] ||
	fail "QPING printed $first"
urc '^\+QPING: 0,"127' >/dev/null
urc '^\+QPING: ' >"$T/last"
last=$(<"$T/last")
[[ $last =~ ^\+QPING:\ 0,2,2,0,[0-9]+,[0-9]+,[0-9]+$ ]] ||
	fail "the summary is $last"
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
