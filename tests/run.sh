#!/bin/bash
# Runs the tests of a build and counts.
#
#   BUILD=build tests/run.sh unit|fuzz|conformance|e2e|lint|valgrind ...
#
# Three at a time for each processor (CHECK_JOBS=N), as most of them wait for
# something; each has a time limit and a log of its own
# below $BUILD/log. A failing test shows the end of its log and the command
# that runs it again. Last comes a table of what was skipped and why, then
# `N passed, N failed, N skipped`. Exit status: 0 nothing failed (and, with
# CHECK_STRICT=1, nothing skipped), 1 otherwise, 2 bad usage.
set -u
cd "$(dirname "$0")/.." || exit 2

BUILD=${BUILD:-build}
jobs=${CHECK_JOBS:-$((3 * $(nproc)))}
limit=${CHECK_TIMEOUT:-300}
export BUILD
export LC_ALL=C
# Check's own limit of 4 s for a test is little on a busy machine.
export CK_DEFAULT_TIMEOUT=${CK_DEFAULT_TIMEOUT:-30}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

usage() {
	sed -n '4s/^# *//p' "$0" >&2
	exit 2
}
[ $# -gt 0 ] || usage

# Each run has a folder of its own, $BUILD/log is the newest; folders of runs
# that ended are cleared away.
mkdir -p "$BUILD"
for old in "$BUILD"/log.*; do
	[ -d "$old" ] && ! kill -0 "${old##*.}" 2>/dev/null && rm -rf "$old"
done
logs=$BUILD/log.$$
mkdir -p "$logs"
rm -rf "$BUILD/log"
ln -sfn "log.$$" "$BUILD/log"
: >"$logs/never"
: >"$logs/skipped"
names=() kinds=() commands=()

# add KIND NAME COMMAND: the command is also what a person types to rerun it.
add() {
	local off
	off=$(awk -v n="$1/$2" '$1 == n { $1 = ""; print substr($0, 2) }' \
		tests/DISABLED 2>/dev/null)
	if [ -n "$off" ]; then
		skip "$1/$2" "disabled: $off"
		return
	fi
	kinds+=("$1") names+=("$2") commands+=("$3")
}

# skip NAME REASON: a test that is not even started.
skip() {
	printf '%s\t%s\n' "$1" "$2" >>"$logs/never"
}

# One set for all scenarios; ec21certs changes nothing that is there.
certificates() {
	[ "$BUILD/ec21certs" -nt "$BUILD/test-certs/ca.crt" ] &&
		rm -rf "$BUILD/test-certs"
	"$BUILD/ec21certs" "$BUILD/test-certs" >"$logs/certs" 2>&1 && return
	skip conformance "no certificates: $(tail -n 1 "$logs/certs")"
	return 1
}

collect() {
	local f name command
	case $1 in
	unit | valgrind)
		for f in tests/unit/check_*.c; do
			name=$(basename "$f" .c)
			if [ ! -x "$BUILD/tests/$name" ]; then
				skip "$1/$name" "not built (package check, or mbedTLS's source)"
			elif [ "$1" = unit ]; then
				add unit "$name" "$BUILD/tests/$name"
			elif ! command -v valgrind >/dev/null; then
				skip "$1/$name" "no valgrind (package valgrind)"
			else
				add valgrind "$name" "CK_FORK=no TEST_FEW=1 \
valgrind -q --error-exitcode=99 --leak-check=full $BUILD/tests/$name"
			fi
		done
		;;
	fuzz)
		for f in tests/fuzz/fuzz_*.c; do
			[ -e "$f" ] || continue
			name=$(basename "$f" .c)
			name=${name#fuzz_}
			add fuzz "$name" \
				"$BUILD/tests/replay_$name tests/fuzz/corpus/$name"
		done
		;;
	conformance)
		if ! [ -x "$BUILD/ec21hil" ] || ! [ -x "$BUILD/ec21emu" ]; then
			skip conformance "no $BUILD/ec21hil, ec21emu"
			return
		fi
		certificates || return
		for f in tests/conformance/*/ fixtures/scenarios/*/; do
			[ -d "$f" ] || continue
			name=${f%/}
			command="$BUILD/ec21hil run --keep-going \
--certs $BUILD/test-certs"
			case $name in
			*/firmware) ;; # wants a rig with firmware: e2e
			*) add conformance "$name" "$command $name" ;;
			esac
		done
		command+=" tests/conformance fixtures/scenarios"
		add conformance all-in-process "$command --in-process"
		add conformance all-byte-by-byte "$command --split"
		;;
	e2e)
		for f in tests/e2e/[0-9]*.sh; do
			[ -e "$f" ] || continue
			add e2e "$(basename "$f" .sh)" "BUILD=$BUILD $f"
		done
		;;
	lint)
		for f in tests/lint/*.sh; do
			[ "$f" = tests/lint/deep.sh ] ||
				add lint "$(basename "$f" .sh)" "$f"
		done
		;;
	*)
		usage
		;;
	esac
}

# count KIND LOG RC: sets p, f, s and, when all was skipped, why.
count() {
	p=0 f=0 s=0 why=
	case $1 in
	unit | valgrind)
		# Check's own closing line; a program that died has none.
		eval "$(awk -F '[:,]' '
			/^[0-9]+%: Checks: [0-9]+, Failures: / {
				f += $5 + $7
				p += $3 - $5 - $7
			}
			END { print "p=" p + 0, "f=" f + 0 }' "$2")"
		;;
	conformance)
		eval "$(awk '
			/^ok .*# [Ss][Kk][Ii][Pp]/ { s++; next }
			/^ok / { p++ }
			/^not ok / { f++ }
			/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; planned = 1 }
			END {
				if (!planned || plan != p + f + s)
					f++
				print "p=" p + 0, "f=" f + 0, "s=" s + 0
			}' "$2")"
		if [ "$s" -gt 0 ]; then
			why=$(sed -nE 's/^ok .*# [Ss][Kk][Ii][Pp] *//p' "$2" |
				tail -n 1)
		fi
		;;
	*)
		case $3 in
		0) p=1 ;;
		77) s=1 why=$(tail -n 1 "$2") ;;
		*) f=1 ;;
		esac
		return
		;;
	esac
	# Nothing counted is not a pass, nor is a bad status with good counts.
	if [ "$3" != 0 ] && [ "$f" = 0 ] || [ $((p + f + s)) = 0 ]; then
		f=$((f + 1))
	fi
}

# What of a log is shown: of TAP the cases that failed, else its end.
failures() {
	if [ "$1" = conformance ] && grep -q '^not ok' "$2"; then
		awk '/^ok /{ on = 0 } /^not ok /{ on = 1 } on' "$2" |
			head -n 60
	else
		tail -n 40 "$2"
	fi
}

# One test, in the background.
run_one() {
	local kind=$1 name=$2 command=$3 log=$4 start end rc
	start=${EPOCHREALTIME/./}
	# valgrind is some twenty times slower.
	[ "$kind" = valgrind ] && limit=$((limit * 5))
	timeout -k 15 "$limit" bash -c "$command" >"$log" 2>&1 </dev/null
	rc=$?
	end=${EPOCHREALTIME/./}
	[ $rc = 124 ] && echo "run: stopped after $limit s" >>"$log"
	count "$kind" "$log" "$rc"
	printf '%s %s %s\n' "$p" "$f" "$s" >"$log.count"
	[ "$s" -gt 0 ] && printf '%s\t%s\n' "$kind/$name" \
		"${why:-no reason given}" >>"$logs/skipped"
	local ms=$(((end - start) / 1000))
	if [ "$f" -gt 0 ]; then
		{
			printf 'FAIL  %s/%s (%d of %d, %d s)\n' "$kind" "$name" "$f" \
				$((p + f + s)) $((ms / 1000))
			failures "$kind" "$log" | sed 's/^/    /'
			printf '    log: %s\n    again: %s\n' "$log" "$command"
		}
	elif [ "$p" -gt 0 ]; then
		printf 'ok    %s/%s (%d, %d.%d s)\n' "$kind" "$name" "$p" \
			$((ms / 1000)) $((ms % 1000 / 100))
	else
		printf 'skip  %s/%s: %s\n' "$kind" "$name" "$why"
	fi
}

for kind; do
	collect "$kind"
done

pids=()
# shellcheck disable=SC2317
finish() {
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null
	exit 1
}
trap finish INT TERM

running=0
for i in "${!names[@]}"; do
	log=${names[i]//[\/ ]/_}
	log=$logs/${kinds[i]}-$log.log
	if [ "$running" -ge "$jobs" ]; then
		wait -n
		running=$((running - 1))
	fi
	run_one "${kinds[i]}" "${names[i]}" "${commands[i]}" "$log" &
	pids+=($!)
	running=$((running + 1))
done
wait

read -r passed failed skipped < <(cat "$logs"/*.count 2>/dev/null |
	awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }')
skipped=$((skipped + $(wc -l <"$logs/never")))
cat "$logs/never" >>"$logs/skipped"

if [ -s "$logs/skipped" ]; then
	echo
	echo "skipped, which is not passed:"
	sort "$logs/skipped" | awk -F '\t' '{ printf "  %-40s %s\n", $1, $2 }'
fi
strict=
if [ "${CHECK_STRICT:-}" = 1 ] && [ "$skipped" != 0 ]; then
	strict=1
	echo
	echo "CHECK_STRICT=1: a skipped test is a failed run"
fi
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ] && [ -z "$strict" ]
