#!/bin/bash
# Whatever strikes in the middle of a publish, wiofw says what it was and the
# next run gets through: modem restart, network gone, bytes lost or garbled on
# the UART, connection reset or refused. On the host and on the virtual board.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"
. "$(dirname "$0")/virtual.inc"

need_built wiofw
start_broker

# strikes FAULT PATH REASON: on the board that was started last.
strikes() {
	files >&6
	tell "modem on" "set dates off" "set path $2" "run one" "run two"
	answers "$3"
	answers "^\\+ok run $2 200 Wio\$" >/dev/null
	[ "$(grep -c '^+err' "$T/qemu.out")" = 1 ] ||
		fail "$1: more than one error"
	stop qemu
	stop emulator
}

on_host() {
	start emulator "$BUILD/ec21emu" --fast --pty "$T/modem" \
		--pins "unix:$T/pins" --record "$T/modem.at" --fault "$1" \
		--map "$HOST:8443=127.0.0.1:$HTTPS_PORT"
	wait_line emulator '^ready 1 ' >/dev/null
	rm -f "$T/con"
	mkfifo "$T/con"
	exec 6<>"$T/con"
	: >"$T/qemu.out"
	timeout 120 "$BUILD/wiofw" --modem "$T/modem" --pins "unix:$T/pins" \
		<"$T/con" >"$T/qemu.out" 2>"$T/qemu.err" 6>&- &
	PIDS[qemu]=$!
	strikes "$@"
}

on_board() {
	EMULATOR_OPTIONS="--fault $1"
	start_virtual wiofw-stm32f405 -monitor none
	strikes "$@"
}

# Where exactly a fault strikes moves with each AT that a slow machine makes
# wiofw repeat while the modem boots: so what fails may be one step or another.
restarted='^\+err modem .*: the modem restarted by itself'
on_host modem.crash:nth=18 mcu "$restarted"
on_host bearer.drop:nth=16 mcu '^\+err (tcp|network) '
on_host uart.garble:nth=300 mcu '^\+err (tls|tcp) '
on_host uart.garble:nth=400 modem \
	'^\+err file upload of RAM:CA.pem damaged: sent .* the modem said'
on_host uart.drop:nth=400 mcu '^\+err (tcp|tls) '
on_host tcp.reset:nth=500 mcu '^\+err tls .*closed without an alert$'
on_host tcp.refuse:nth=1 modem '^\+err tls_modem .*566'

command -v qemu-system-arm >/dev/null || exit 0
[ -e "$BUILD/wiofw-stm32f405.bin" ] || exit 0
on_board modem.crash:nth=18 modem "$restarted"
on_board bearer.drop:nth=16 modem '^\+err (tls_modem|network) '
