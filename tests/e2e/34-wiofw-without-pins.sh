#!/bin/bash
# Without pins wiofw asks AT until the modem answers; a second run finds its
# files there and replaces them; a reset by AT+CFUN=1,1 loses them and it
# still gets through; a broker that is gone is a plain reason on both paths.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"

need_built ec21emu
need_built wiofw
need_built ec21hil
start_broker
start emulator "$BUILD/ec21emu" --fast --pty "$T/modem" \
	--record "$T/modem.at" --map "$HOST:8443=127.0.0.1:$HTTPS_PORT"
wait_line emulator '^ready 1 ' >/dev/null
mkfifo "$T/in"
timeout 60 "$BUILD/wiofw" --modem "$T/modem" <"$T/in" >"$T/fw.out" &
PIDS[fw]=$!
exec 6>"$T/in"
{
	files
	echo "set dates off"
	echo "run one"
	echo "run two"
	echo "set path mcu"
	echo "run three"
	echo "modem reset"
	echo "set path modem"
	echo "run four"
	echo "close"
} >&6
wait_line fw '^\+ok modem reset$' >/dev/null
# Four runs, each with its own connection, are over.
wait_line fw '^\+ok close$' >/dev/null
stop broker
[ "$(grep -c '"status":200' "$T/evidence")" = 4 ] ||
	fail "not four publishes: $(cat "$T/evidence")"
[ "$(grep -c '^+ok run' "$T/fw.out")" = 4 ] || fail "not four results"

{
	echo "connect"
	echo "set path mcu"
	echo "connect"
	echo "publish"
} >&6
wait_line fw '^\+err tls_modem AT\+QSSLOPEN: .*\+QSSLOPEN: 1,566 .*refused connection' >/dev/null
wait_line fw '^\+err tcp AT\+QIOPEN: .*\+QIOPEN: 0,566 \(socket connect failed\)$' >/dev/null
wait_line fw "^\\+err state not connected: 'connect' first$" >/dev/null
exec 6>&-
wait_exit fw
[ "$status" = 1 ] || fail "status $status"
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"

# The runner's modem is on, too, where firmware has no pins.
cat >"$T/on.at" <<'A'
# ec21 transcript 1
# source: asm, the console is ours (wiofw(1))
- CON< [60s] # wiofw{any} ready{any}\n
- CON> modem on\n
- CON< [60s] +ok modem on\n
A
run "$BUILD/ec21hil" run --rig host "$T/on.at" \
	--firmware "$BUILD/wiofw --modem {modem} --console {console}"
[ "$status" = 0 ] || fail "a runner without pins: $(cat "$T/out")"
