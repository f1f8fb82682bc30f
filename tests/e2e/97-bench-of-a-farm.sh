#!/bin/bash
# A board of a farm: commands of rigs.conf take it, switch its supply, write
# it, and give it back, in that order and whatever goes wrong. labgrid-client
# is a script here, written after labgrid's documentation [asm]: a real farm
# was never run against.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/bench.inc"

DEADLINE=60
start_bench
image "$T/a.bin" 3000
mkdir "$T/bin"
cat >"$T/bin/labgrid-client" <<'END'
#!/bin/bash
# -p PLACE acquire|release|power cycle|power off|show, as labgrid 25's client answers.
[ "$1" = -p ] && [ "$2" = wio-1 ] || exit 2
shift 2
echo "$*" >>"$FARM/calls"
case $* in
acquire)
	if [ -e "$FARM/taken" ]; then
		echo "labgrid-client: error: place wio-1 is already acquired by other/user" >&2
		exit 1
	fi
	: >"$FARM/taken"
	[ ! -e "$FARM/slow" ] || exec tail -f /dev/null
	echo "acquired place wio-1"
	;;
release) rm "$FARM/taken" && echo "released place wio-1" ;;
"power cycle" | "power off") [ ! -e "$FARM/no-power" ] ;;
show) echo "host: farm1.example, port: 4001" ;;
*) exit 2 ;;
esac
END
chmod +x "$T/bin/labgrid-client"
export PATH=$T/bin:$PATH FARM=$T
farm=('acquire = labgrid-client -p wio-1 acquire'
	'release = labgrid-client -p wio-1 release'
	'power_on = labgrid-client -p wio-1 power cycle')
bench_rig "${farm[@]}"
sed -i 's|^reset = .*|reset = sh -c "echo reset >>$FARM/calls; exec $0 $@" "'"$BUILD"'/ec21vdfu" --tell "{dir}/board" reset|' \
	"$T/rigs.conf"

# calls LINE...: exactly these, in this order.
calls() {
	printf '%s\n' "$@" | cmp -s - "$T/calls" ||
		fail "the farm was called: $(cat "$T/calls")"
	[ ! -e "$T/taken" ] || fail "the board was not given back"
	rm "$T/calls"
}

flash "$T/a.bin"
flashed "$T/a.bin"
calls acquire "power cycle" reset reset release

# Somebody else has it: nothing is touched, nothing given back.
: >"$T/taken"
flash "$T/a.bin"
failed 2 'the hook acquire ended with status 1: .*already acquired by other/user\. Nothing was written'
rm "$T/taken"
calls acquire

# Nobody knows how far one came that took too long.
: >"$T/slow"
echo 'acquire_timeout = 5' >>"$T/rigs.conf"
flash "$T/a.bin"
failed 2 'the hook acquire .*within 5 s'
sed -i '/^acquire_timeout/d' "$T/rigs.conf"
rm "$T/slow"
calls acquire release

# What fails later gives it back.
: >"$T/no-power"
flash "$T/a.bin"
failed 2 'the hook power_on ended with status 1'
calls acquire "power cycle" release
rm "$T/no-power"
board knobs fail-write=1
flash "$T/a.bin"
failed 1 'errWRITE'
calls acquire "power cycle" reset release
board knobs

# The terminal hangs up in the middle.
board knobs poll=60
start first env --default-signal=HUP "$BUILD/ec21hil" flash --rigs "$T/rigs.conf" --rig wio "$T/a.bin"
wait_line first 'boot loader found' >/dev/null
stop first HUP
calls acquire "power cycle" reset release
board knobs

# A run of scenarios takes it, leaves it switched off, and gives it back; a
# server that does not answer is named before anything is taken.
bench_rig "${farm[@]}" 'modem = tty:{dir}/modem' \
	'power_off = labgrid-client -p wio-1 power off'
start emulator "$BUILD/ec21emu" --fast --pty "$T/modem"
wait_line emulator '^ready 1 ' >/dev/null
export EC21_RIGS=$T/rigs.conf
run "$BUILD/ec21hil" run --rig wio \
	"$TOP/fixtures/scenarios/bench/020-files.at"
[ "$status" = 0 ] || fail "$(cat "$T/out" "$T/err")"
calls acquire "power cycle" "power off" release
: >"$T/slow"
start cut "$BUILD/ec21hil" run --rig wio \
	"$TOP/fixtures/scenarios/bench/020-files.at"
wait_line_in "$T/calls" '^acquire$' >/dev/null
stop cut
[ "$status" = 2 ] || fail "interrupted: status $status"
rm "$T/slow"
calls acquire release
echo 'reach = 127.0.0.1:1' >>"$T/rigs.conf"
run "$BUILD/ec21hil" run --rig wio \
	"$TOP/fixtures/scenarios/bench/035-reach.at"
[ "$status" = 2 ] || fail "without a server: status $status"
grep -q 'the server 127.0.0.1:1 does not answer from here' "$T/err" ||
	fail "$(cat "$T/err")"
[ ! -e "$T/calls" ] || fail "the farm was called: $(cat "$T/calls")"
