#!/bin/bash
# Opens and closes a TCP and a TLS connection CYCLES (10000) times each with a
# real peer, and says what the modem has grown by since the first tenth. Exit
# status: 0 nothing has grown, 1 memory (by more than 256 KiB) or descriptors
# have, 2 an open or a close failed.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh

bench=$BUILD/bench
cycles=${CYCLES:-10000}
grown=0

resident() {
	awk '/^VmRSS:/ { print $2 }' "/proc/${PIDS[emulator]}/status"
}
descriptors() {
	set -- "/proc/${PIDS[emulator]}/fd/"*
	echo $#
}

# cycle NAME OPEN URC CLOSE
cycle() {
	local name=$1 kib fds took pid=${PIDS[emulator]}
	shift
	"$bench/rtt" "$MODEM" "$pid" "$((cycles / 10))" "$@" >/dev/null ||
		exit 2
	kib=$(resident) fds=$(descriptors)
	took=$("$bench/rtt" "$MODEM" "$pid" "$cycles" "$@") || exit 2
	kib=$(($(resident) - kib)) fds=$(($(descriptors) - fds))
	echo "$name: $cycles opened and closed, ${took%% *} us to open (p50)," \
		"grown by $kib KiB and $fds descriptors"
	((kib <= 256 && fds <= 0)) || grown=1
}

need_built ec21emu
need_built ec21broker
start peer "$bench/peer" 1000000
port=$(wait_line peer '^ready ')
port=${port##* }
start_broker
certs=$(certificates)
MODEM=$T/modem
start emulator "$BUILD/ec21emu" --fast --pty "$MODEM" \
	--map "$HOST:8443=127.0.0.1:$HTTPS_PORT"
wait_line emulator '^ready 1 ' >/dev/null
open_modem
at ATE0 >/dev/null
for i in ca.crt device-1.crt device-1.key; do
	upload "RAM:$i" "$certs/$i"
done
at 'AT+QICSGP=1,1,"example"' >/dev/null
at AT+QIACT=1 >/dev/null
for i in '"sslversion",2,3' '"cacert",2,"RAM:ca.crt"' \
	'"clientcert",2,"RAM:device-1.crt"' \
	'"clientkey",2,"RAM:device-1.key"' '"seclevel",2,2' '"sni",2,1'; do
	at "AT+QSSLCFG=$i" >/dev/null
done
cycle TCP "AT+QIOPEN=1,0,\"TCP\",\"127.0.0.1\",$port,0,0" '+QIOPEN: 0,0' \
	AT+QICLOSE=0
cycle TLS "AT+QSSLOPEN=1,2,0,\"$HOST\",8443" '+QSSLOPEN: 0,0' AT+QSSLCLOSE=0
exec 5>&-
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
stop broker
stop peer
exit $grown
