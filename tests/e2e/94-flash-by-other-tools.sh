#!/bin/bash
# The other ways to a chip: stm32flash with the USART boot loader on a pty,
# and commands of rigs.conf, whose success is believed only when what they
# read back is the image.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/bench.inc"

DEADLINE=200
start_bench --uart "$T/uart"
image "$T/a.bin" 70000
image "$T/b.bin" 3001

# A rig with this method and these lines.
rig() {
	bench_rig "$@"
	sed -i '/^usb_serial/d; /^flasher/d; /^  dfu-util/d' "$T/rigs.conf"
}

# Commands: the last sees {image}, {file}, {address} and {size}.
mkdir "$T/tools"
cat >"$T/tools/write" <<END
#!/bin/sh
echo "write \$*" >>$T/called
cp "\$1" $T/probe
END
cat >"$T/tools/read" <<END
#!/bin/sh
echo "read \$2 \$3" >>$T/called
cp $T/probe "\$1"
END
chmod +x "$T/tools/write" "$T/tools/read"
probe=("method = command"
	"flash_command = {dir}/tools/write {image} {address} {size}"
	"read_command = {dir}/tools/read {file} {address} {size}")
rig "${probe[@]}"
flash "$T/b.bin"
[ "$status" = 0 ] || fail "by commands: $(cat "$T/err")"
cmp "$T/b.bin" "$T/probe"
sed -n 2p "$T/called" | grep -qx 'read 0x08000000 3001' || fail "$(cat "$T/called")"
# Nothing here starts a program.
grep -q '^wio: started' "$T/out" || fail "$(cat "$T/out")"
sed -i '/^boot0_/d; /^reset/d' "$T/rigs.conf"
flash "$T/b.bin"
[ "$status" = 0 ] || fail "without a reset: $(cat "$T/err")"
grep -q '^wio: not started: no reset hook; ' "$T/out" || fail "$(cat "$T/out")"
# It says well done, and has read less than the chip has, or nothing at all.
: >"$T/called"
flash --save "$T/cut" "$T/a.bin"
failed 2 'cannot save to .*/cut: 3001 of 1048576 bytes.* Nothing was written'
cp "$T/tools/read" "$T/tools/read.first"
printf '#!/bin/sh\n' >"$T/tools/read"
flash --save "$T/cut" "$T/a.bin"
failed 2 'cannot save to .*/cut: No such file .*Nothing was written'
mv "$T/tools/read.first" "$T/tools/read"
[ ! -e "$T/cut" ] || fail "half a chip was saved as a whole one"
! grep write "$T/called" || fail "written without a copy"
# It says well done, and has written something else.
printf '#!/bin/sh\ntr b x <"$1" >%s\n' "$T/probe" >"$T/tools/write"
flash "$T/b.bin"
failed 1 'written, but what was read back differs in [0-9]+ of 3001 bytes'
printf '#!/bin/sh\nhead -c 99 "$1" >%s\n' "$T/probe" >"$T/tools/write"
flash "$T/b.bin"
failed 1 'only 99 of 3001 bytes were read back'
printf '#!/bin/sh\necho "Error: no probe" >&2\nexit 1\n' >"$T/tools/write"
flash "$T/b.bin"
failed 1 'write ended with status 1 while writing: Error: no probe'
rig "method = command" "flash_command = true"
flash "$T/b.bin"
[ "$status" = 2 ] && grep -q ':6: .*wants read_command' "$T/err" ||
	fail "without a way to read back: $(cat "$T/err")"

# openocd itself, as far as it comes without a probe.
if command -v openocd >/dev/null; then
	rig "method = command" \
		"flash_command = openocd -f interface/dummy.cfg" \
		"  -f target/stm32f4x.cfg -c \"program {image} {address}\"" \
		"read_command = false"
	flash "$T/b.bin"
	failed 1 'openocd ended with status 1 while writing'
fi

# stm32flash. A pty has no parity: 8n1.
need stm32flash stm32flash
uart=("method = uart" "uart = {dir}/uart" "uart_mode = 8n1")
rig "${uart[@]}"
# stm32flash gives a byte a second; on a busy machine it may give up. That is
# reported, and the next try begins anew.
patiently() {
	for _ in 1 2 3 4; do
		flash "$@"
		[ "$status" != 0 ] && grep -q 'stm32flash failed while' "$T/err" ||
			return 0
	done
}
patiently "$T/a.bin"
flashed "$T/a.bin"
board state | grep -q in=program || fail "$(board state)"
patiently --save "$T/saved" "$T/b.bin"
flashed "$T/b.bin"
[ "$(wc -c <"$T/saved")" = 1048576 ] || fail "saved: $(wc -c <"$T/saved")"
cmp -n 70000 "$T/a.bin" "$T/saved"
board protect 1
flash "$T/a.bin"
[ "$status" != 0 ] || fail "a protected chip was flashed"
board protect 0
board reset
# Without a wire on RST the boot loader is told to go.
sed -i '/^boot0_/d; /^reset/d' "$T/rigs.conf"
board dfu
patiently "$T/a.bin"
flashed "$T/a.bin"
board state | grep -q in=program || fail "$(board state)"
# Nobody answers; a port that is not there.
rig "${uart[@]}" 'find_timeout = 1'
sed -i 's/boot0 1$/boot0 0/' "$T/rigs.conf"
flash "$T/a.bin"
failed 2 'no boot loader within 1 s: .*Failed to init device'
rig "${uart[@]/\/uart/\/no-uart}"
flash "$T/a.bin"
failed 2 'No such file'
# 8e1 cannot be had on a pty, and stm32flash says so.
rig "${uart[@]:0:2}"
flash "$T/a.bin"
failed 2 'terminal flags'
