#!/bin/bash
# For each fault of a TLS connection wiofw's own line says which one it was,
# and the broker's evidence agrees.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"

# try REASON EVIDENCE CA CLIENT BROKER-MODE LINES...
try() {
	local reason=$1 seen=$2 ca=$3 client=$4 mode=$5 line
	shift 5
	rm -f "$T/evidence"
	start_board ${mode:+--mode "$mode"}
	{
		files "$ca" "$client"
		echo "modem on"
		echo "set path mcu"
		echo "set clock $NOW"
		for line in "$@"; do echo "$line"; done
		echo "connect"
	} >"$T/commands"
	console wiofw
	says "$reason"
	[ "$status" = 1 ] || fail "status $status"
	broker_done
	evidence "$seen"
	stop emulator
}

C=$(certificates)
try "refused.*ap-northeast-1.*expired on 2016-01-01.*clock says" \
	'"alerts_received":\[\{"level":"fatal","number":45' \
	"$C/ca.crt" device-1 expired
try "not valid before 2015.*clock says \"80/01/06" \
	'"alerts_received":\[\{"level":"fatal"' \
	"$C/ca.crt" device-1 "" "set clock 80/01/06,00:00:00+00"
try "CN.* does not match.*CN=wrong.example.com" \
	'"alerts_received":\[\{"level":"fatal"' \
	"$C/ca.crt" device-1 wrong-name
try "CN.* does not match.*CN=wrong.example.com" \
	'"sni":null.*"alerts_received":\[\{"level":"fatal"' \
	"$C/ca.crt" device-1 wrong-name "set sni off"
try "not correctly signed.*our root is .*unknown CA" \
	'"alerts_received":\[\{"level":"fatal","number":48' \
	"$C/unknown-ca.crt" device-1 ""
try "the server sent alert 112" '"alerts_sent":.*"number":112' \
	"$C/ca.crt" device-1 require-sni "set sni off"
try "the server sent alert 4[68]" '"alerts_sent":.*"number":4[68]' \
	"$C/ca.crt" unknown-client ""
try "the server sent alert 40 .*certificate is" \
	'"alerts_sent":.*"number":40' \
	"$C/ca.crt" device-1 "" "set seclevel 1"
