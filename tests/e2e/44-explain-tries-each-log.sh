#!/bin/bash
# Each sample log is tried on emulator and broker, and the verdict is the one
# that its facts give: one cause, several, not tried, or not reproduced.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
need_built ec21emu
need_built ec21broker
need jq jq
CERTS=$(certificates)
DEADLINE=60

# explain LOG STATUS LAST_LINE_REGEX [REGEX...]: and these anywhere in it.
explain() {
	local log=$TOP/fixtures/logs/$1.log want=$2 last=$3 regex
	shift 3
	run "$BUILD/ec21hil" explain --certs "$CERTS" "$log"
	[ "$status" = "$want" ] || fail "$log: status $status, not $want"
	tail -n 1 "$T/out" | grep -qE -- "$last" ||
		fail "$log: no /$last/ in: $(tail -n 1 "$T/out")"
	# Sentences are wrapped; a regex need not care where.
	tr -s '\n ' ' ' <"$T/out" >"$T/flat"
	for regex; do
		grep -qE -- "$regex" "$T/flat" || fail "$log: no /$regex/"
	done
}

one='^the likely cause: '
explain 01-id-used-after-peer-closed 0 "${one}the id is still taken"
explain 02-context-activated-twice 0 "${one}the context is active already"
explain 03-no-sim 0 "${one}there is no SIM"
explain 05-registration-denied 0 "${one}the network refuses the SIM"
explain 07-connection-refused 0 "${one}nobody listens at the address"
explain 08-send-after-peer-closed 0 "${one}the peer has closed"
explain 09-send-too-long 0 "${one}more than 1460 bytes"
explain 12-no-apn 0 "${one}the context has no APN"
explain 13-unquoted-service 0 "${one}strings need quotes"
explain 23-sni-makes-it-work 0 "${one}the server refuses clients that name no"
explain 24-query-taken-for-a-set 0 "${one}a number stands in quotes"
explain 25-commands-become-file-data 0 "${one}commands were sent while"
explain 26-file-exists 0 "${one}a file of this name is there"
explain 28-rc4-pinned 0 "${one}only an RC4 suite"
explain 29-clock-of-1980 0 "${one}the module's clock is wrong"
explain 39-wrong-pin 0 "${one}the SIM's PIN is another one"
explain 40-storage-full 0 "${one}the storage is nearly full"
explain 41-handle-already-closed 0 "${one}no file is open under this handle" \
	'the emulator: .QFSEEK: handle 0: no file is open'
explain 31-ca-never-uploaded 0 "${one}the server is to be judged, but there is"
explain 34-identity-used-after-failed-open 0 "${one}the server is to be judged"

# Riddle (a), from sizes alone: what was sent fails, and with the line breaks
# put back it does not.
explain 20-article-tls-in-modem 0 "${one}a PEM file was uploaded without" \
	'the emulator: ssl 0: .*RAM:CA.pem line 1: text follows the BEGIN' \
	' does not the same with the line breaks put back' \
	'line 8: the CA file RAM:CA.pem has 1705 bytes'
# Riddle (b) has no AT command in it: rules alone, and it says so.
explain 21-article-every-flag 0 '.' \
	' not tried: the log has the firmware' '0xFFFFFFFF'

# What only time brings about, and commands that are not modelled.
explain 04-sim-still-starting 0 '^not tried: it hangs on the time'
explain 10-file-command-too-early 0 '^not tried: it hangs on the time'
explain 30-fork-console 0 '.' ' not tried: the log has the firmware'
for log in 22-aws-mqtt-without-sni 27-https-701; do
	explain "$log" 0 '.' ' not tried: not modelled: AT'
done

# What fits cannot be tried here: no cause is claimed by experiment.
unable='^not reproduced by what could be tried'
explain 06-name-not-resolved 0 "$unable" 'not tried the name does not exist'
explain 11-context-lost 0 "$unable" 'not tried the network took the context'

# The true cause (a dead data stack, no socket left) is outside of the model.
for log in 32-data-stack-wedged 33-out-of-sockets; do
	explain "$log" 1 '^not reproduced: ' ' does not '
	! grep -q '^  reproduces' "$T/out" || fail "$log: reproduced?"
done

# A result that comes behind its OK is waited for: without a name server OK is
# no reproduction.
explain 42-time-server-not-resolved 0 . \
	"not tried: only the emulator's policy refuses it: ntp: "

# QPING is modelled, a lost echo request is not.
explain 14-ping-gets-no-answer 1 '^not reproduced: ' ' does not '

# Several are left.
explain 37-context-not-activated 0 '^2 causes remain' \
	' reproduces the context has no APN' \
	' reproduces the network refuses the SIM'
# A plain ERROR may be a number that AT+CMEE=0 hides.
explain 38-file-exists-plain-error 0 "${one}a file of this name is there" \
	'assumed: AT\+CMEE was 0'
explain 35-upload-with-a-nul-too-many 0 '^[0-9]+ causes remain' \
	' reproduces the CA file is not the server'

# A reason of the emulator is a cause: nothing says that none is known.
printf '%s\n' '# ec21 transcript 1' "- AT>  AT+CGACT=0,1\\r" \
	"- WHY  +CGACT: pdp 1: LTE keeps its default bearer [inf]" \
	"- AT<  \\r\\nERROR\\r\\n" "- AT>  ATO\\r" \
	"- WHY  O: no connection was left with +++ [TCP §9] [man]" \
	"- AT<  \\r\\nNO CARRIER\\r\\n" >"$T/why.at"
run "$BUILD/ec21hil" explain --no-trials "$T/why.at"
grep -q "the emulator's reason, line 6: O: no connection" "$T/out" ||
	fail "no reason: $(cat "$T/out")"
! grep -q 'no rule knows' "$T/out" || fail "a reason, and no cause?"

# Rules need no certificates.
EC21CERTS=/bin/false run "$BUILD/ec21hil" explain \
	"$TOP/fixtures/logs/23-sni-makes-it-work.log"
[ "$status" = 0 ] || fail "without ec21certs: status $status"
grep -q ': +QSSLOPEN: ' "$T/out" || fail "no verdict: $(cat "$T/out")"
grep -q '^not tried: they could not be set up' "$T/out" ||
	fail "no word of trials: $(tail -n 1 "$T/out")"

# The same for programs.
run "$BUILD/ec21hil" explain --json --certs "$CERTS" \
	"$TOP/fixtures/logs/23-sni-makes-it-work.log"
jq -e '.trials | .verdict == "one" and
	([.list[] | select(.outcome == "reproduces")] | length == 1 and
		.[0].cause == "sni-off" and
		(.[0].reason | contains("alert 112")))' "$T/out" >/dev/null ||
	fail "the JSON is not as said"
run "$BUILD/ec21hil" explain --json --no-trials "$T/why.at"
jq -e '[.errors[].reason_line] == [3, 6]' "$T/out" >/dev/null ||
	fail "the JSON lacks the reason"
run "$BUILD/ec21hil" explain --json --no-trials \
	"$TOP/fixtures/logs/40-storage-full.log"
jq -e '.errors[1] | .code == 420 and .causes[0].id == "no-room" and
	(.list.remedy | contains("AT+QFLDS")) and .list.grade == "man"' \
	"$T/out" >/dev/null || fail "the JSON lacks what the list says"
