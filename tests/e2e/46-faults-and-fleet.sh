#!/bin/bash
# ec21emu --fault, --list-faults, --modems: bad options are refused with the
# word, each of several modems has its own ports, files and faults.
. "$(dirname "$0")/lib.sh"
need_built ec21emu
emu=$BUILD/ec21emu

run "$emu" --list-faults
[ "$status" = 0 ] || fail "--list-faults: status $status"
for p in uart.drop uart.garble uart.stall uart.noise boot.never sim.remove \
	reg.deny bearer.drop dns.nx dns.slow tcp.refuse tcp.reset tcp.stall tcp.full \
	tls.alert fs.full fs.write fs.read fs.corrupt modem.crash modem.wedge; do
	grep -q "^$p " "$T/out" || fail "--list-faults has no $p"
done
refused 2 "tcp.nope.*list-faults" "$emu" --fault tcp.nope
refused 2 "nth=x" "$emu" --fault tcp.refuse:nth=x
refused 2 "modems 0" "$emu" --modems 0
refused 2 "modems many" "$emu" --modems many
refused 2 "seed -1" "$emu" --seed -1
refused 2 "record.*%d" "$emu" --modems 2 --record "$T/record.at"
refused 2 "pty.*%d" "$emu" --modems 2 --pty "$T/modem"
refused 2 "listen.*%d" "$emu" --modems 2 --listen "unix:$T/s"
refused 2 "state.*%d" "$emu" --modems 2 --state "$T/state"

# The same seed garbles the same bytes.
for i in 1 2; do
	start_emulator --fault uart.garble:p=0.1 --seed 7
	# Its own shell: bash keeps what it has not taken of descriptor 5.
	(
		open_modem
		for _ in 1 2 3 4 5 6 7 8; do printf 'AT+CSQ\r' >&5; done
		final "seed" '.*' >/dev/null
	) || exit 1
	stop emulator
	sed -n 's/^ *[0-9.]* AT>/AT>/p' "$T/modem.at" | tr -d '\n' |
		sed 's/AT>  //g' | cut -c 1-60 >"$T/garbled$i"
done
grep -q '\\x' "$T/garbled1" || fail "nothing was garbled"
cmp "$T/garbled1" "$T/garbled2" || fail "two runs of one seed differ"

# Three modems: names, files and state apart; one of them is wedged.
mkdir "$T/state"
start fleet "$emu" --fast --modems 3 --pty "$T/m%d" --listen tcp:127.0.0.1:0 \
	--record "$T/m%d.at" --state "$T/state/%d" --pins "unix:$T/pins%d" \
	--control "$T/ctl" --power on
for i in 1 2 3; do
	wait_line fleet "^ready $i $T/m$i\$" >/dev/null
	wait_line fleet "^ready $i tcp:127.0.0.1:[1-9]" >/dev/null
	[ -S "$T/pins$i" ] || fail "no pins $i"
done
for i in 1 2 3; do
	MODEM=$T/m$i
	open_modem
	at ATE0 >/dev/null
	echo "of modem $i" >"$T/x"
	upload x.txt "$T/x"
	exec 5>&-
done
for i in 1 2 3; do
	MODEM=$T/m$i
	open_modem
	at 'AT+QFDWL="x.txt"' '^CONNECT$' >/dev/null
	urc "^of modem $i" >/dev/null
	final QFDWL >/dev/null
	exec 5>&-
done
stop fleet
[ "$status" = 0 ] || fail "fleet: status $status"
for i in 1 2 3; do
	[ ! -L "$T/m$i" ] && [ ! -S "$T/pins$i" ] || fail "leftovers of $i"
	grep -q 'QFDWL' "$T/m$i.at" || fail "no record of $i"
	[ -d "$T/state/$i" ] || fail "no state of $i"
done
