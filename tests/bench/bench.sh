#!/bin/bash
# Measures the budgets and prints them beside tests/bench/baseline.txt. Ours
# and the reference alternate in ROUNDS (15) short rounds; compared are the
# best medians and the CPU time an exchange took. Never fails a build: the
# exit status only says whether everything could be measured. Arguments name
# what to measure: pty startup tls payload transparent inproc fleet.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh

bench=$BUILD/bench
rounds=${ROUNDS:-15}
declare -A result=()

# Without a transcript, which costs: as start_emulator of lib.sh otherwise.
start_modem() {
	MODEM=$T/modem
	start emulator "$BUILD/ec21emu" --fast --pty "$MODEM" "$@"
	wait_line emulator '^ready 1 ' >/dev/null
}

# column N: of the lines on standard input, as one line.
column() {
	awk -v n="$1" '{ printf "%s%s", sep, $n; sep = " " } END { print "" }'
}
best() {
	tr ' ' '\n' | sort -g | head -n 1
}
median() {
	tr ' ' '\n' | sort -g | awk '{ v[NR] = $1 }
		END { print v[int((NR + 1) / 2)] }'
}
mean() {
	tr ' ' '\n' | awk '{ s += $1 } END { printf "%.2f\n", s / NR }'
}
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", a / b }'
}
# row NAME VALUE UNIT BUDGET: one line of the table, with the baseline's value.
row() {
	local was
	was=$(awk -F '\t' -v n="$1" '$1 == n { print $2 }' \
		tests/bench/baseline.txt 2>/dev/null)
	printf '%-44s %12s %-8s budget %-12s baseline %s\n' \
		"$1" "$2" "$3" "$4" "${was:--}"
	result[$1]=$2
}

pty() {
	local i slave echo_pid emu_pid
	start echo "$bench/echo_pty"
	slave=$(wait_line echo '^ready 1 ')
	slave=${slave##* }
	echo_pid=${PIDS[echo]}
	start_modem
	emu_pid=${PIDS[emulator]}
	open_modem
	at ATE0 >/dev/null
	for ((i = 0; i < rounds; i++)); do
		"$bench/rtt" "$slave" "$echo_pid" 2000 >>"$T/echo.rtt"
		"$bench/rtt" "$MODEM" "$emu_pid" 2000 >>"$T/emu.rtt"
	done
	exec 5>&-
	stop echo
	stop emulator

	echo "AT -> OK over a pty, p50 in us, each round"
	echo "  echo:    $(column 1 <"$T/echo.rtt")"
	echo "  ec21emu: $(column 1 <"$T/emu.rtt")"
	echo "CPU us for an exchange, each round"
	echo "  echo:    $(column 3 <"$T/echo.rtt")"
	echo "  ec21emu: $(column 3 <"$T/emu.rtt")"
	local e m ec mc
	e=$(column 1 <"$T/echo.rtt" | best)
	m=$(column 1 <"$T/emu.rtt" | best)
	ec=$(column 3 <"$T/echo.rtt" | best)
	mc=$(column 3 <"$T/emu.rtt" | best)
	row "AT over a pty, best p50" "$m" us "-"
	row "AT over a pty, p50 / echo's" "$(ratio "$m" "$e")" x "<= 1.1"
	row "AT over a pty, CPU / echo's" "$(ratio "$mc" "$ec")" x "<= 1.2"
	row "AT over a pty, user CPU" "$(column 4 <"$T/emu.rtt" | mean)" us \
		"<= 5"
	echo
}

startup() {
	"$bench/start" "$rounds" "$BUILD/ec21emu" --fast \
		--pty "$T/start" >"$T/start.ms"
	echo "start to the first OK, ms: $(cat "$T/start.ms")"
	row "start to first OK, --fast, median" "$(median <"$T/start.ms")" ms \
		"<= 5"
	echo
}

# Both offer one suite, so that both do the same work.
tls() {
	local i certs open emu_pid
	start_broker
	certs=$(certificates)
	start_modem --map "$HOST:8443=127.0.0.1:$HTTPS_PORT"
	emu_pid=${PIDS[emulator]}
	open_modem
	at ATE0 >/dev/null
	for i in ca.crt device-1.crt device-1.key; do
		upload "RAM:$i" "$certs/$i"
	done
	at 'AT+QICSGP=1,1,"soracom.io","sora","sora",1' >/dev/null
	at 'AT+QIACT=1' >/dev/null
	for i in '"sslversion",2,3' '"ciphersuite",2,0X0035' \
		'"cacert",2,"RAM:ca.crt"' '"clientcert",2,"RAM:device-1.crt"' \
		'"clientkey",2,"RAM:device-1.key"' '"seclevel",2,2' \
		'"sni",2,1'; do
		at "AT+QSSLCFG=$i" >/dev/null
	done
	open="AT+QSSLOPEN=1,2,0,\"$HOST\",8443"
	for ((i = 0; i < rounds; i++)); do
		"$bench/tls_client" "$HTTPS_PORT" "$HOST" "$certs" \
			0x0035 5 >>"$T/client.tls"
		"$bench/rtt" "$MODEM" "$emu_pid" 5 "$open" "+QSSLOPEN: 0,0" \
			AT+QSSLCLOSE=0 >>"$T/emu.tls"
	done
	exec 5>&-
	stop emulator
	stop broker
	echo "TLS open to result, us, each round"
	echo "  mbedTLS: $(column 1 <"$T/client.tls")"
	echo "  ec21emu: $(column 1 <"$T/emu.tls")"
	row "QSSLOPEN to result / plain mbedTLS client" \
		"$(ratio "$(column 1 <"$T/emu.tls" | best)" \
			"$(column 1 <"$T/client.tls" | best)")" x "<= 1.2"
	echo
}

# payload_rows COUNT WAY...: ours and both stubs' side by side, COUNT chunks a
# round, best of all. A round is a few ms, and there are many: so some of each
# side run undisturbed. Of CPU time the median: the kernel may charge a round's
# to the next.
payload_rows() {
	local i what who count=$1
	shift
	for ((i = 0; i < 3 * rounds; i++)); do
		for what; do
			for who in stub least emulator; do
				"$bench/payload" "${tty[$who]}" "${PIDS[$who]}" \
					"$what" "$count" >>"$T/$who.$what" ||
					return
			done
		done
	done
	for what; do
		for who in 1:"MB a second" 2:"CPU us for each 1460 bytes"; do
			echo "payload, $what, ${who#*:}, each round"
			echo "  stub: $(column "${who%:*}" <"$T/stub.$what")"
			echo "  stub with a peer:" \
				"$(column "${who%:*}" <"$T/least.$what")"
			echo "  ec21emu: $(column "${who%:*}" <"$T/emulator.$what")"
		done
		for who in stub least; do
			row "payload, $what / ${titles[$who]}" "$(ratio \
				"$(column 1 <"$T/emulator.$what" | highest)" \
				"$(column 1 <"$T/$who.$what" | highest)")" x \
				"${budgets[$who]}"
			row "payload, $what, CPU / ${titles[$who]}" "$(ratio \
				"$(column 2 <"$T/emulator.$what" | median)" \
				"$(column 2 <"$T/$who.$what" | median)")" x "-"
		done
	done
}
declare -A tty=() titles=([stub]="stub's" [least]="a stub's with a peer")
declare -A budgets=([stub]=">= 0.8" [least]="-")
highest() {
	tr ' ' '\n' | sort -g | tail -n 1
}

# start_stub NAME ARGUMENT...: it is at ${tty[NAME]}.
start_stub() {
	local name=$1
	shift
	start "$name" "$bench/stub_tcp" "$@"
	tty[$name]=$(wait_line "$name" '^ready 1 ')
	tty[$name]=${tty[$name]##* }
}

# start_payload [BYTES]: peers, stubs and a modem with its context up. One stub
# has no network at all; the other and ours have a peer each, of one kind.
start_payload() {
	start peer2 "$bench/peer" "$@"
	port=$(wait_line peer2 '^ready ')
	start_stub least 0 "${port##* }"
	start_stub stub "$@"
	start peer "$bench/peer" "$@"
	port=$(wait_line peer '^ready ')
	port=${port##* }
	start_modem
	tty[emulator]=$MODEM
	open_modem
	at ATE0 >/dev/null
	at 'AT+QICSGP=1,1,"soracom.io","sora","sora",1' >/dev/null
	at 'AT+QIACT=1' >/dev/null
	open="AT+QIOPEN=1,0,\"TCP\",\"127.0.0.1\",$port,0"
}

stop_payload() {
	exec 5>&-
	stop emulator
	stop stub
	stop least
	stop peer
	stop peer2
}

# Socket 0 to a peer that sends without end.
payload() {
	local port open
	start_payload
	at "$open,0" >/dev/null
	urc '^\+QIOPEN: 0,0' >/dev/null
	payload_rows 100 send read
	stop_payload
	echo
}

# connect_stub FD: into transparent mode.
connect_stub() {
	local line=
	printf '%s,2\r' "$open" >&"$1"
	until [[ $line == CONNECT* ]]; do
		IFS= read -r -t "$DEADLINE" -u "$1" line || return
	done
}

# The same in transparent mode: feed to a peer that counts, take from one that
# sends without end.
transparent() {
	local port open what bytes
	for what in feed take; do
		bytes=()
		[ $what = take ] || bytes=($((300 * 1460)))
		start_payload "${bytes[@]}"
		# A packet that is not full would wait for more to come.
		at 'AT+QICFG="transpktsize",1460' >/dev/null
		at "$open,2" '^CONNECT$' >/dev/null
		exec 6<>"${tty[stub]}" 7<>"${tty[least]}"
		connect_stub 6 || return
		connect_stub 7 || return
		payload_rows 300 $what
		exec 6>&- 7>&-
		stop_payload
	done
	echo
}

inproc() {
	local i
	for ((i = 0; i < 5; i++)); do
		"$bench/inproc" 0.5 >>"$T/inproc"
	done
	echo "in process, AT a second: $(column 1 <"$T/inproc")"
	row "in process, virtual clock" \
		"$(sort -g "$T/inproc" | tail -n 1)" AT/s ">= 2500000"
	echo
}

# resident NAME: KiB of a running program.
resident() {
	awk '/^VmRSS:/ { print $2 }' "/proc/${PIDS[$1]}/status"
}

fleet() {
	local n=1000 one all answered took
	ulimit -n "$((n * 8))" 2>/dev/null || ulimit -n "$(ulimit -Hn)"
	start single "$BUILD/ec21emu" --fast --pty "$T/single"
	wait_line single '^ready 1 ' >/dev/null
	one=$(resident single)
	stop single
	start fleet "$BUILD/ec21emu" --fast --modems $n --pty "$T/fleet%d"
	wait_line fleet "^ready $n " >/dev/null
	read -r answered took < <("$bench/fleet" $n "$T/fleet%d")
	all=$(resident fleet)
	stop fleet
	echo "fleet of $n: $answered answered AT in $took ms; resident $all KiB," \
		"one alone $one KiB"
	row "fleet of $n: modems that answered" "$answered" "" "= $n"
	row "fleet of $n: resident for one more" \
		"$(awk -v a="$all" -v o="$one" -v n=$n \
			'BEGIN { printf "%.1f", (a - o) / (n - 1) }')" KiB "<= 64"
	echo
}

need_built ec21emu
need_built ec21broker
rc=0
[ $# -gt 0 ] || set -- pty startup tls payload transparent inproc fleet
for measure; do
	$measure || rc=1
done
if [ -n "${BENCH_SAVE:-}" ]; then
	for name in "${!result[@]}"; do
		printf '%s\t%s\n' "$name" "${result[$name]}"
	done | sort >tests/bench/baseline.txt
fi
exit $rc
