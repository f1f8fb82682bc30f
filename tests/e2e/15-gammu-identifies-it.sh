#!/bin/bash
# Debian's gammu, unmodified, identifies the modem on the pty.
. "$(dirname "$0")/lib.sh"
need gammu gammu

start_emulator
printf '[gammu]\ndevice = %s\nconnection = at115200\n' "$MODEM" >"$T/gammurc"
run gammu -c "$T/gammurc" identify
[ "$status" = 0 ] || fail "gammu: status $status: $(cat "$T/out" "$T/err")"
grep -qE '^Manufacturer +: Quectel' "$T/out" || fail "$(cat "$T/out")"
grep -qE '^Model +: .*EC21' "$T/out" || fail "$(cat "$T/out")"
grep -qE '^IMEI +: [0-9]{15}$' "$T/out" || fail "$(cat "$T/out")"
grep -qE '^SIM IMSI +: 001010123456789$' "$T/out" || fail "$(cat "$T/out")"
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
