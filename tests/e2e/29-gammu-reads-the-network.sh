#!/bin/bash
# Debian's gammu, unmodified, reads network, signal and SIM on the pty.
. "$(dirname "$0")/lib.sh"
need gammu gammu

# ask COMMAND...: gammu's answer is in $T/out.
ask() {
	run gammu -c "$T/gammurc" "$@"
	[ "$status" = 0 ] || fail "gammu $*: status $status: $(cat "$T/out" "$T/err")"
}

# has PATTERN: in what gammu printed last.
has() {
	grep -qE "$1" "$T/out" || fail "no /$1/ in: $(cat "$T/out")"
}

start_emulator
printf '[gammu]\ndevice = %s\nconnection = at115200\n' "$MODEM" >"$T/gammurc"
ask networkinfo
has '^Network state +: home network$'
has '^Network +: 440 10 .*LAC D509, CID 80D413D$'
has '^Name in phone +: "NTT DOCOMO"$'
has '^GPRS +: attached$'
ask monitor 1
has '^Battery level +: 90 percent$'
has '^Signal strength +: -53 dBm$'
ask getsecuritystatus
has '^Nothing to enter\.$'
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
