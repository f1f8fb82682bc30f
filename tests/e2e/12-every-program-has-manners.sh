#!/bin/bash
# Every program: --help and --version on standard output with status 0; an
# unknown option, status 2 and a line that names it, and perhaps one that says
# where to find help.
. "$(dirname "$0")/lib.sh"

version=$(sed -n 's/^VERSION *:= *//p' "$TOP/config.mk")
for name in ec21emu ec21broker ec21hil ec21certs ec21vdfu wiofw wiofw-article; do
	program=$BUILD/$name
	if [ ! -x "$program" ]; then
		case $name in
		wiofw*) continue ;;   # wants a source from the network
		ec21vdfu) continue ;; # wants libumockdev-dev
		*) fail "$program is not built" ;;
		esac
	fi
	run "$program" --help
	[ "$status" = 0 ] || fail "$name --help: status $status"
	grep -qE "^usage: " "$T/out" || fail "$name --help: no usage line"
	[ ! -s "$T/err" ] || fail "$name --help: $(cat "$T/err")"
	run "$program" --version
	[ "$status" = 0 ] || fail "$name --version: status $status"
	grep -qE "^${name%-article} $version(,|$)" "$T/out" ||
		fail "$name --version: $(cat "$T/out")"
	run "$program" --no-such-option
	[ "$status" = 2 ] || fail "$name --no-such-option: status $status"
	head -n 1 "$T/err" | grep -qE "(^|/)$name: .*no-such-option" ||
		fail "$name --no-such-option: $(cat "$T/err")"
	[ "$(wc -l <"$T/err")" -le 2 ] && [ ! -s "$T/out" ] ||
		fail "$name --no-such-option: too many words"
done
