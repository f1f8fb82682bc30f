#!/bin/bash
# A rig compared with itself is the same each time; two profiles differ in
# exactly their keys; accepted differences do not count.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
need_built ec21broker
CERTS=$(certificates)
cd "$TOP"
keys=tests/conformance/07-ssl/001-qsslcfg-keys.at

compares() {
	run "$BUILD/ec21hil" compare --certs "$CERTS" --rig modem "$@"
}

for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	compares --rig modem --in-process tests/conformance/05-pdp
	[ "$status" = 0 ] || fail "a rig is not the same as itself"
done
compares --rig modem tests/conformance/06-tcp/002-session.at
[ "$status" = 0 ] || fail "a rig is not the same as itself, with a broker"

compares --rig modem,profile=ec21j-2017 --in-process "$keys"
[ "$status" = 1 ] || fail "two profiles: status $status"
[ "$(grep -cE '^# (differs|only)' "$T/out")" = 1 ] || fail "more than one row"
grep -q '^# differs: AT+QSSLCFG=? ' "$T/out" || fail "not the row of the keys"
grep -q '^#   A | +QSSLCFG: "sni",(0-5),(0,1)$' "$T/out" || fail "no sni"
! grep -q '"seclevel"' "$T/out" || fail "seclevel is in both"

echo '2026-11-22 07-ssl_* AT+QSSLCFG=? : the keys of 2017' >"$T/known"
compares --rig modem,profile=ec21j-2017 --in-process --accept "$T/known" \
	"$keys"
[ "$status" = 0 ] || fail "accepted: status $status"
grep -q ' 1 accepted$' "$T/out" || fail "accepted is not counted"

# Both rigs are looked at before one of them runs.
for rig in modem,profil=x modem,profile=none none; do
	compares --rig "$rig" --in-process "$keys"
	[ "$status" = 2 ] || fail "rig $rig: status $status"
	grep -q "^ec21hil compare: --rig $rig: " "$T/err" || fail "rig $rig"
	[ ! -s "$T/out" ] || fail "rig $rig: it went on"
done

echo 'no date here' >"$T/known"
compares --rig modem --accept "$T/known" "$keys"
[ "$status" = 2 ] || fail "a bad file of differences: status $status"
