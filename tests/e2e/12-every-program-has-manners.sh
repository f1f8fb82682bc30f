#!/bin/bash
# Every program: --help and --version on standard output with status 0; an
# unknown option, status 2 and a line that names it and says where to find
# help; lost output, status 2. What was nearly right is suggested, down to the
# values of a profile.
. "$(dirname "$0")/lib.sh"

# What is said must arrive.
full=(sh -c 'exec "$0" "$@" >/dev/full')

version=$(sed -n 's/^VERSION *:= *//p' "$TOP/config.mk")
missing=
for name in ec21emu ec21broker ec21hil ec21certs ec21vdfu wiofw wiofw-article; do
	program=$BUILD/$name
	if [ ! -x "$program" ]; then
		case $name in
		# A source from the network; libumockdev-dev.
		wiofw* | ec21vdfu) missing+=" $name" ;;
		*) fail "$program is not built" ;;
		esac
		continue
	fi
	run "$program" --help
	[ "$status" = 0 ] || fail "$name --help: status $status"
	grep -qE "^usage: " "$T/out" || fail "$name --help: no usage line"
	[ ! -s "$T/err" ] || fail "$name --help: $(cat "$T/err")"
	run "$program" --version
	[ "$status" = 0 ] || fail "$name --version: status $status"
	grep -qE "^${name%-article} $version(,|$)" "$T/out" ||
		fail "$name --version: $(cat "$T/out")"
	for word in --help --version; do
		refused 2 "^${name%-article}: standard output: " \
			"${full[@]}" "$program" $word
	done
	run "$program" --no-such-option
	[ "$status" = 2 ] || fail "$name --no-such-option: status $status"
	head -n 1 "$T/err" | grep -qE "^${name%-article}: .*no-such-option" ||
		fail "$name --no-such-option: $(cat "$T/err")"
	[ "$(wc -l <"$T/err")" -le 2 ] && [ ! -s "$T/out" ] ||
		fail "$name --no-such-option: too many words"
	grep -qF -e "see ${name%-article} --help" "$T/err" ||
		fail "$name --no-such-option: where is help? $(cat "$T/err")"
done

# usage WORDS PROGRAM [ARGUMENT]...: status 2, WORDS, nothing else said.
usage() {
	local words=$1
	shift
	run "$BUILD/$1" "${@:2}"
	[ "$status" = 2 ] || fail "$*: status $status"
	[ ! -s "$T/out" ] || fail "$*: $(cat "$T/out")"
	grep -qF -e "$words" "$T/err" || fail "$*: $(cat "$T/err")"
}
usage '--pty needs a value; see ec21emu --help' ec21emu --pty
usage '--fast takes no value; see ec21emu --help' ec21emu --fast=3
usage "unknown option --ptty; did you mean --pty? see ec21emu --help" \
	ec21emu --ptty x
usage "unexpected argument 'x'; see ec21emu --help" ec21emu x
usage 'unknown option --htps; did you mean --https? see ec21broker --help' \
	ec21broker --htps x
usage "unexpected argument 'x'; see ec21broker --help" ec21broker x
usage 'see ec21broker --help' ec21broker
usage "unknown command 'rum'; did you mean 'run'? see ec21hil --help" \
	ec21hil rum
usage "unknown command 'xyzzy'; see ec21hil --help" ec21hil xyzzy
usage 'expected a command; see ec21hil --help' ec21hil
usage 'see ec21certs --help' ec21certs
usage 'ec21hil check: /proc/self/mem: Input/output error' \
	ec21hil check /proc/self/mem
for command in run check compare record replay calibrate diff explain flash \
	console; do
	usage '--help' ec21hil $command
done
usage 'see ec21hil rigs --help' ec21hil rigs x
for command in $("$BUILD/ec21hil" --help |
	sed -n 's/^  \([a-z]\+\) .*/\1/p'); do
	usage "--no-such-option; see ec21hil $command --help" \
		ec21hil "$command" --no-such-option
	run "$BUILD/ec21hil" "$command" --help
	[ "$status" = 0 ] && grep -q "^usage: ec21hil $command" "$T/out" ||
		fail "ec21hil $command --help: status $status"
done
for command in rigs "check $TOP/fixtures/scenarios" "run --help"; do
	refused 2 '^ec21hil: standard output: No space left' \
		"${full[@]}" "$BUILD/ec21hil" $command
done
usage 'did you mean --jobs? see ec21hil run --help' ec21hil run --jbos 3
# A modem in process would pass in place of the one that was asked for.
for option in --in-process --split; do
	usage 'contradict --modem' ec21hil run $option --modem tty:/none x.at
	usage 'each --rig but modem' ec21hil run $option --rig host x.at
done
printf '[desk]\nmodem = tty:/none\nreset = true\n' >"$T/rigs.conf"
export EC21_RIGS="$T/rigs.conf"
usage 'contradicts a board' ec21hil run --rig desk --modem tty:/no x.at
usage 'contradicts a board' ec21hil run --modem tty:/none --rig desk x.at
usage 'there is one already' ec21hil run --rig desk --rig host x.at
usage 'each --rig but modem' \
	ec21hil compare --in-process --rig modem --rig host x.at

printf '[files]\nufs_totl = 3\n' >"$T/typo.conf"
usage 'typo.conf line 2: [files] ufs_totl: no such profile value; did you mean [files] ufs_total?' \
	ec21emu --config "$T/typo.conf"
[ -z "$missing" ] || skip "not built:$missing; the others have manners"
