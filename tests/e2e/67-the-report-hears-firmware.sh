#!/bin/bash
# On the rig host a report has what firmware and modem said to each other,
# between the lines of the console.
. "$(dirname "$0")/lib.sh"

need_built ec21hil
need_built ec21emu
need_built wiofw
need jq jq
export TMPDIR=$T/tmp
mkdir "$TMPDIR"

cat >"$T/on.at" <<'EOS'
# ec21 transcript 1
# source: asm, a test of reports
# emulator: --fast
- CON< {any}ready\n
- CON> modem on\n
- CON< [30s] {any}+ok modem on\n
- CON> info\n
- CON< [5s] no firmware says this\n
EOS
rc=0
timeout 60 "$BUILD/ec21hil" run --rig host --report "$T/r" "$T/on.at" \
	>"$T/hil.out" 2>"$T/hil.err" || rc=$?
[ $rc = 1 ] || fail "status $rc, not 1"
sed -n '/id="data">/,/^<\/script>/p' "$T/r/report.html" | sed '1d;$d' |
	jq -r '.[0].lanes' >"$T/lanes"

# at REGEX: the line of the first record that matches
at() {
	grep -nE -m1 -- "$1" "$T/lanes" | cut -d: -f1 | grep . ||
		fail "no record $1 in $(cat "$T/lanes")"
}
on=$(at 'CON> modem on')
asked=$(at 'AT>  ATE0')
answered=$(at 'AT<  ATE0.*OK')
ok=$(at 'CON< .*\+ok modem on')
differs=$(at 'NOTE differs: ')
printf '%s\n' "$on" "$asked" "$answered" "$ok" "$differs" | sort -nuc ||
	fail "out of order: $(cat "$T/lanes")"
