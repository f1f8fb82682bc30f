#!/bin/bash
# The article's second riddle on the virtual board, and the article's build
# refusing what is not the virtual board: it has no randomness. The proper
# build without the configuration takes no seed either, and says what failed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"
. "$(dirname "$0")/virtual.inc"

C=$(certificates)
start_broker --mode sha1-root
start_virtual wiofw-article-stm32f405 -monitor none
files "$C/ca-sha1.crt" >&6
tell "set path mcu" run
answers '^\+err tls root certificate refused at parse: -0x262E .*SHA-1 is not compiled in; .*verify result 0xFFFFFFFF means no result'
stop qemu
stop emulator
broker_done
evidence '"bytes_in":0,.*"client_hello":false' 1

VIRTUAL=no
start_virtual wiofw-article-stm32f405 -monitor none
answers '^\+err state this build has no randomness: '
! grep -q ready "$T/qemu.out" || fail "it started"
stop qemu
stop emulator

start_virtual wiofw-stm32f405 -monitor none
answers '^# wiofw [0-9.]+ \(stm32f405\) ready$'
tell info
answers '^# clock 16000000 Hz, never came: HSE$'
answers '^# random numbers: hardware generator does not work$'
answers '^\+ok info'
# Nothing went to UART7, which a chip does not have.
! grep -q 'PIN' "$T/modem.at" || fail "the pins were moved by UART7"

# An image that holds the mark would be taken for a configured board.
printf 'x%s' ec21-virtual-1 >"$T/marked.bin"
refused 2 "marked.bin holds the virtual board's mark" \
	"$TOP/firmware_under_test/mkvirtual.sh" "$T/flash" "$T/marked.bin"
for image in wiofw-stm32f405 wiofw-article-stm32f405; do
	"$TOP/firmware_under_test/mkvirtual.sh" "$T/flash" "$BUILD/$image.bin"
	[ "$(wc -c <"$T/flash")" = 1048576 ] || fail "size of the flash"
	cmp -n "$(wc -c <"$BUILD/$image.bin")" "$T/flash" "$BUILD/$image.bin"
	[ "$(grep -abo ec21-virtual-1 "$T/flash")" = 917504:ec21-virtual-1 ] ||
		fail "the mark is not at 0xE0000"
done
