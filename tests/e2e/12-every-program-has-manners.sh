#!/bin/bash
# Every program: --help and --version on standard output with status 0; an
# unknown option, one clear line on standard error with status 2.
. "$(dirname "$0")/lib.sh"

version=$(sed -n 's/^VERSION *:= *//p' "$TOP/config.mk")
for name in ec21emu ec21broker ec21hil ec21certs wiofw wiofw-article; do
	program=$BUILD/$name
	if [ ! -x "$program" ]; then
		case $name in
		wiofw*) continue ;; # wants a source from the network
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
	refused 2 "(^|/)$name: .*no-such-option" "$program" --no-such-option
done
