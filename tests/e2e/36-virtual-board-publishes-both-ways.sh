#!/bin/bash
# The image for the Wio LTE boots on QEMU's STM32F405, switches the modem on
# by its pins and publishes with TLS in the modem and with its own; it says
# what memory that took; after a reset it does so again.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"
. "$(dirname "$0")/virtual.inc"

start_broker
start_virtual wiofw-stm32f405 -monitor none
grep -q '^# wiofw [0-9.]* (stm32f405, virtual) ready$' "$T/qemu.out" ||
	fail "banner"
files >&6
tell "modem on" "set clock $NOW" "set path modem" 'run {"by":"modem"}' \
	"set path mcu" 'run {"by":"mcu"}' info
answers '^\+ok modem on$'
answers '^\+ok run modem 200 Wio$'
answers '^\+ok run mcu 200 Wio$'
answers '^# build [0-9a-f]{16}, last reset: '
answers '^# TLS memory: [1-9][0-9]* of [0-9]+ bytes'
answers '^# stack: [1-9][0-9]* of [0-9]+ bytes.*; RAM: '
answers '^# modem line: [1-9][0-9]* bytes in, 0 overruns, 0 errors'
answers '^\+ok info modem on, attached, not connected$'

# The files were in RAM, the modem loses its supply with the board's reset.
tell reset
answers '^\+ok reset$'
wait_line_in "$T/modem.at" 'PIN  STATUS high' "${PIDS[emulator]}" >/dev/null ||
	fail "the modem kept its supply"
answers_again 2 '^# wiofw .* ready$'
files >&6
tell "modem on" "set dates off" "set path mcu" 'run again'
wait_line_in "$T/evidence" '"body_len":5,' "${PIDS[broker]}" >/dev/null ||
	fail "no publish after the reset"
tell "modem off"
answers '^\+ok modem off$'
broker_done
evidence '"sni":"'"$HOST"'".*"cn":"device-1".*"verify":"ok".*"status":200' 3
evidence '"suites_offered":\[[^]]*"0005"'
evidence '"suites_offered":\["C02C"' 2
evidence '"body_len":14' # {"by":"modem"}
evidence '"body_len":12' # {"by":"mcu"}
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
