# shellcheck shell=bash
# Sourced by every tests/e2e/NN-what.sh:
#
#   #!/bin/bash
#   # What this test proves, one line.
#   . "$(dirname "$0")/lib.sh"
#
# Gives $T, a fresh folder (kept when the test fails, removed when it passes),
# $BUILD and $TOP as absolute paths, and the functions below. Every child is
# ended at exit. Nothing sleeps: one waits for a line, with a deadline.
# Exit status: 0 passed, 77 skipped (the last line says why), else failed.
set -eu
set -o pipefail
export LC_ALL=C

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
case ${BUILD:=build} in
/*) ;;
*) BUILD=$TOP/$BUILD ;;
esac
T=$(mktemp -d "${TMPDIR:-/tmp}/ec21-e2e.XXXXXX")
DEADLINE=${DEADLINE:-60}
export EC21_PROFILES=${EC21_PROFILES:-$TOP/fixtures/profiles}
# The production name, which firmware keeps.
# shellcheck disable=SC2034
HOST=data.iot.ap-northeast-1.amazonaws.com
# ec21vdfu has umockdev's library loaded before ASan's.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
declare -A PIDS=()
MAX_PID=$(</proc/sys/kernel/pid_max)

# is_child PID: it still is one of this shell. The shell has waited for one that
# ended, and its number may be another's process by now, which none of our
# signals must meet.
is_child() {
	local stat
	# Not by read: it may still hold what another descriptor gave it.
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	stat=${stat##*) }
	stat=${stat#* }
	[ "${stat%% *}" = $$ ]
}

cleanup() {
	local rc=$? name
	set +e
	for name in "${!PIDS[@]}"; do
		is_child "${PIDS[$name]}" && kill "${PIDS[$name]}" 2>/dev/null
	done
	for name in "${!PIDS[@]}"; do
		is_child "${PIDS[$name]}" || continue
		# A child that does not heed SIGTERM is a finding of its own
		# (see stop); here it only must not outlive the test.
		timeout 5 tail -s 0.1 --pid="${PIDS[$name]}" -f /dev/null ||
			kill -9 "${PIDS[$name]}" 2>/dev/null
	done
	if [ $rc = 0 ] || [ $rc = 77 ]; then
		rm -rf "$T"
	else
		for f in "$T"/*.err "$T"/*.out; do
			[ -s "$f" ] && echo "--- ${f##*/}" >&2 && tail -n 25 "$f" >&2
		done
		echo "kept: $T" >&2
	fi
	exit $rc
}
trap cleanup EXIT
trap 'exit 143' INT TERM

# On standard error, so that $(…) does not swallow it.
fail() {
	echo "FAIL: $*" >&2
	exit 1
}

skip() {
	echo "$*" >&2
	exit 77
}

# need COMMAND PACKAGE: skip where the command is not installed.
need() {
	command -v "$1" >/dev/null || skip "no $1 (package $2)"
}

# need_built NAME: a program of ours; wiofw wants a source from the network.
need_built() {
	[ -x "$BUILD/$1" ] || skip "$BUILD/$1 is not built"
}

# start NAME COMMAND...: in the background, output in $T/NAME.out and .err.
start() {
	local name=$1
	shift
	# Here and not in the child: nobody must find an earlier one's lines.
	: >"$T/$name.out"
	: >"$T/$name.err"
	"$@" >>"$T/$name.out" 2>>"$T/$name.err" </dev/null &
	PIDS[$name]=$!
}

# wait_line NAME REGEX: wait until a line of $T/NAME.out matches and print it.
# Fails at the deadline, or at once when the program has ended without it.
wait_line() {
	wait_line_in "$T/$1.out" "$2" "${PIDS[$1]:-}" ||
		fail "$1: ended, or $DEADLINE s passed, without a line /$2/"
}

# wait_line_in FILE REGEX [PID]: the same for any file; false at the deadline.
wait_line_in() {
	local fd tail_pid rc=0 pid=${3:-}
	# Of one that has ended, what it said is all there is: no process has
	# the highest number.
	[ -z "$pid" ] || is_child "$pid" || pid=$MAX_PID
	exec {fd}< <(exec timeout "$DEADLINE" \
		tail -n +1 -s 0.1 ${pid:+--pid="$pid"} -F "$1" 2>/dev/null)
	tail_pid=$!
	grep -m1 -E -- "$2" <&"$fd" || rc=1
	kill "$tail_pid" 2>/dev/null || true
	exec {fd}<&-
	return $rc
}

# stop NAME [SIGNAL]: end it and set $status. Fails at the deadline.
stop() {
	local pid=${PIDS[$1]}
	! is_child "$pid" || kill -"${2:-TERM}" "$pid" 2>/dev/null || true
	wait_exit "$1"
}

# wait_exit NAME: wait until it ends by itself and set $status.
wait_exit() {
	local pid=${PIDS[$1]}
	! is_child "$pid" ||
		timeout "$DEADLINE" tail -s 0.05 --pid="$pid" -f /dev/null ||
		fail "$1 (pid $pid) still runs after $DEADLINE s"
	unset "PIDS[$1]"
	status=0
	wait "$pid" || status=$?
}

# run COMMAND...: to its end; sets $status, output in $T/out and $T/err.
run() {
	status=0
	timeout --foreground "$DEADLINE" "$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
}

# refused STATUS REGEX COMMAND...: ends with STATUS, says one line on standard
# error that matches, and nothing on standard output.
refused() {
	local want=$1 regex=$2
	shift 2
	run "$@"
	[ "$status" = "$want" ] ||
		fail "status $status, not $want: ${*##*/}: $(cat "$T/err")"
	[ "$(wc -l <"$T/err")" = 1 ] ||
		fail "one line wanted on standard error of: ${*##*/}"
	grep -qE -- "$regex" "$T/err" ||
		fail "no /$regex/ in: $(cat "$T/err")"
	[ ! -s "$T/out" ] || fail "standard output: $(cat "$T/out")"
}

# certificates: prints a folder with the default set, made once a build.
certificates() {
	local dir=$BUILD/tests/certs
	mkdir -p "$BUILD/tests"
	(
		flock 9
		"$BUILD/ec21certs" "$dir" >"$dir.log" 2>&1
	) 9>"$dir.lock" || fail "ec21certs: $(tail -n 1 "$dir.log")"
	echo "$dir"
}

# start_broker [OPTION...]: sets $HTTPS_PORT. Evidence in $T/evidence.
start_broker() {
	local certs
	need_built ec21broker
	certs=$(certificates)
	start broker "$BUILD/ec21broker" --https 127.0.0.1:0 \
		--certs "$certs" --evidence "$T/evidence" "$@"
	HTTPS_PORT=$(wait_line broker '^ready https ')
	HTTPS_PORT=${HTTPS_PORT##*:}
}

# start_emulator [OPTION...]: sets $MODEM, the pty's link.
start_emulator() {
	need_built ec21emu
	MODEM=$T/modem
	start emulator "$BUILD/ec21emu" --fast --pty "$MODEM" \
		--record "$T/modem.at" "$@"
	wait_line emulator '^ready 1 ' >/dev/null
}

# open_modem: the pty on descriptor 5; ec21emu has set it raw.
open_modem() {
	[ -c "$MODEM" ] || fail "$MODEM is no tty"
	exec 5<>"$MODEM"
}

# at COMMAND [REGEX]: send a line, print the answer up to its final result,
# and fail when that does not match REGEX (default ^OK$).
at() {
	printf '%s\r' "$1" >&5
	final "$@"
}

# final WHAT [REGEX]: the same without sending anything.
final() {
	local line want=${2:-^OK$}
	while IFS= read -r -t "$DEADLINE" -u 5 line; do
		line=${line//$'\r'}
		[ -n "$line" ] && echo "$line"
		case $line in
		OK | ERROR | "+CME ERROR: "* | CONNECT | "SEND OK" | "SEND FAIL")
			[[ $line =~ $want ]] || fail "$1: $line"
			return 0
			;;
		esac
	done
	fail "$1: no final result within $DEADLINE s"
}

# upload NAME FILE: into the modem's files.
upload() {
	at "AT+QFUPL=\"$1\",$(wc -c <"$2")" '^CONNECT$' >/dev/null
	cat "$2" >&5
	final "upload of $1" >/dev/null
}

# urc REGEX: wait for an unsolicited line on the open modem and print it.
urc() {
	local line
	while IFS= read -r -t "$DEADLINE" -u 5 line; do
		line=${line//$'\r'}
		if [[ $line =~ $1 ]]; then
			echo "$line"
			return 0
		fi
	done
	fail "no line /$1/ within $DEADLINE s"
}
