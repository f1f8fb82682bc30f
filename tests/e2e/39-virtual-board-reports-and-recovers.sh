#!/bin/bash
# On the virtual board: a fault is reported with its registers and the board
# comes up again; a console faster than the board loses nothing; trace and
# bridge show the modem; dfu lets go of it; four boards run at once.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"
. "$(dirname "$0")/virtual.inc"

start_virtual wiofw-stm32f405 -monitor none
tell crash
answers '^\+ok crash$'
answers '^# fault BusFault vector 00000005 cfsr 0000[0-9a-f]{4} hfsr 0{8} bfar 60000000$'
line=$(answers '^# fault sp 2000[0-9a-f]{4} r0 [0-9a-f]{8} .* pc 080[0-9a-f]{5} xpsr')
answers_again 2 '^# wiofw .* ready$'
# The program counter names the function that did it.
if command -v arm-none-eabi-addr2line >/dev/null; then
	pc=${line##* pc }
	arm-none-eabi-addr2line -f -e "$BUILD/wiofw-stm32f405.elf" \
		"0x${pc%% *}" | grep 'main.c:' >/dev/null || fail "pc of: $line"
fi

# 12 KB at once, while the modem boots, into a ring of 4.
{
	echo "modem on"
	files
	files
	files
	echo info
} >&6
answers '^# console: 1[0-9]{4} bytes in, 0 overruns, 0 errors, ring full [0-9]'
answers '^\+ok info'
for kind in ca cert key; do
	[ "$(grep -c "^+ok put $kind " "$T/qemu.out")" = 3 ] ||
		fail "not all files came"
done

# Console and modem as one line, until Ctrl-] thrice after half a second of
# silence; the guard time is the one thing that can only be waited for.
tell "trace on" bridge
answers '^\+ok bridge$'
printf 'AT+CGMM\r' >&6
answers '^EC21'
mkfifo "$T/nothing"
# Half a second of silence as the board counts it: on a busy machine its clock
# falls behind, so the end may have to be said again.
ended='^# bridge: [0-9]+ bytes to the modem, [1-9][0-9]* from it$'
for _ in 1 2 3 4 5 6; do
	read -r -t 1 <>"$T/nothing" || true
	printf '\035\035\035' >&6
	read -r -t 1 <>"$T/nothing" || true
	! grep -qE "$ended" "$T/qemu.out" || break
done
answers "$ended"
tell info "trace off"
answers '^ +[0-9.]+ AT>  AT\+CGMM\\r$'
answers '^\+ok trace off$'

tell dfu
answers '^\+ok dfu$'
wait_line_in "$T/modem.at" 'PIN  SUPPLY low' "${PIDS[emulator]}" >/dev/null ||
	fail "the modem kept its supply"
stop qemu
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"

# Four at once, each with its modem and its name; one broker.
start_broker
top=$T
for n in 1 2 3 4; do
	T=$top/$n
	mkdir "$T"
	start_virtual wiofw-stm32f405 -monitor none
	files >&6
	tell "modem on" "set dates off" "set path mcu" "run board $n"
	for name in emulator qemu; do
		PIDS[$name-$n]=${PIDS[$name]}
		unset "PIDS[$name]"
	done
done
T=$top
for n in 1 2 3 4; do
	wait_line_in "$T/$n/qemu.out" '^\+ok run mcu 200' "${PIDS[qemu-$n]}" ||
		fail "board $n: $(tail -n 3 "$T/$n/qemu.out")"
done
broker_done
evidence '"body_len":7,.*"status":200' 4
