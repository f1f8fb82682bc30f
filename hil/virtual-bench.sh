#!/bin/bash
# A bench without a board: the rehearsal of docs/bench.md.
#
#   hil/virtual-bench.sh DIR [EC21EMU-OPTION]...
#
# The board is ec21vdfu, with a virtual BOOT0 and RST; its CPU is QEMU, which
# boots what dfu-util wrote; its modem is ec21emu. DIR, made if need be, gets
# rigs.conf with the rig wio. Prints `ready DIR/rigs.conf` and stays until it
# is interrupted. The programs are those of $BUILD, build if not set.
set -eu
set -o pipefail

fail() {
	echo "virtual-bench: $*" >&2
	exit 2
}

[ $# -gt 0 ] || fail "expected a folder"
top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
mkdir -p "$1" || fail "cannot make $1"
dir=$(cd "$1" && pwd)
build=$(cd "$build" 2>/dev/null && pwd) || fail "$build is not there"
shift
for program in ec21emu ec21vdfu; do
	[ -x "$build/$program" ] || fail "$build/$program is not built"
done
for program in qemu-system-arm dfu-util; do
	command -v $program >/dev/null || fail "no $program"
done
case $dir in
*[[:space:],\"\']*) fail "$dir: no blanks, commas or quotes, for QEMU's sake" ;;
esac

pids=()
# shellcheck disable=SC2317
end() {
	trap - EXIT
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait
}
trap end EXIT
trap 'exit 0' INT TERM

"$top/firmware_under_test/mkvirtual.sh" "$dir/config"
cat >"$dir/rigs.conf" <<END
# The virtual bench; its console, BOOT0 and RST are as good as wired.
[wio]
flasher = "$build/ec21vdfu" --join "{dir}/board" dfu-util
usb_serial = 204D39A35843
boot0_on = "$build/ec21vdfu" --tell "{dir}/board" boot0 1
boot0_off = "$build/ec21vdfu" --tell "{dir}/board" boot0 0
reset = "$build/ec21vdfu" --tell "{dir}/board" reset
lock = {dir}/lock
console = tty:{dir}/tty
expect_boot = ^# wiofw [0-9.]+ \(stm32f405, virtual\) ready
boot_timeout = 40
bridge = yes
END

# begin COMMAND...: in the background, ready when it says so.
begin() {
	local line fifo=$dir/ready.$$
	mkfifo "$fifo"
	"$@" >"$fifo" </dev/null &
	pids+=($!)
	# Held open: it may say more.
	exec {said}<"$fifo"
	rm "$fifo"
	while IFS= read -r line <&"$said"; do
		case $line in "ready "*) return ;; esac
	done
	fail "${1##*/} ended before it was ready"
}

begin "$build/ec21emu" --listen "unix:$dir/modem" --pins "unix:$dir/pins" "$@"
# UART7, the seventh, does not exist on the chip: the pins of the virtual one.
begin "$build/ec21vdfu" --board 204D39A35843 --boot0 0 \
	--flash "$dir/chip" --control "$dir/board" --console "$dir/tty" \
	--config "$dir/config" --dfu-when "+ok dfu" \
	--boot "qemu-system-arm -nodefaults -display none -M netduinoplus2\
 -device loader,file={flash},addr=0x08000000,force-raw=on\
 -chardev socket,id=con,path={console} -serial chardev:con\
 -chardev socket,id=modem,path=$dir/modem -serial chardev:modem\
 -serial null -serial null -serial null -serial null\
 -chardev socket,id=pins,path=$dir/pins -serial chardev:pins"
echo "ready $dir/rigs.conf"
wait -n "${pids[@]}" || true
fail "a program ended; see what it said above"
