#!/bin/bash
# The article's first riddle, recorded by ec21emu with the key masked, is
# explained from the recording: one command, the right cause.
. "$(dirname "$0")/lib.sh"
need_built ec21hil
CERTS=$(certificates)
DEADLINE=60
start_broker
start_emulator --map "$HOST:8443=127.0.0.1:$HTTPS_PORT"
open_modem

# Without line breaks, as the sketch's strings held them.
for f in ca.crt device-1.crt device-1.key; do
	(tr -d '\n' <"$CERTS/$f" | sed 's/-----END /&/' && echo) >"$T/$f"
done
{
	at ATE0
	at 'AT+QICSGP=1,1,"soracom.io"'
	at 'AT+QIACT=1'
	upload RAM:CA.pem "$T/ca.crt"
	upload RAM:cert.pem "$T/device-1.crt"
	upload RAM:pkey.pem "$T/device-1.key"
	at 'AT+QSSLCFG="cacert",2,"RAM:CA.pem"'
	at 'AT+QSSLCFG="clientcert",2,"RAM:cert.pem"'
	at 'AT+QSSLCFG="clientkey",2,"RAM:pkey.pem"'
	at 'AT+QSSLCFG="seclevel",2,2'
	at "AT+QSSLOPEN=1,2,0,\"$HOST\",8443"
	urc '^\+QSSLOPEN: 0,566$'
} >"$T/dialogue.out"
stop emulator
stop broker

grep -q '@masked kind=key .*breaks=none' "$T/modem.at" || fail "not masked"
run "$BUILD/ec21hil" explain --certs "$CERTS" "$T/modem.at"
[ "$status" = 0 ] || fail "status $status: $(cat "$T/out" "$T/err")"
grep -q "the emulator's reason, line " "$T/out" || fail "no recorded reason"
tail -n 1 "$T/out" |
	grep -q '^the likely cause: a PEM file was uploaded without' ||
	fail "$(tail -n 5 "$T/out")"

# A refusal by policy is recorded too: it explains nothing about a modem.
start_emulator
open_modem
{
	at 'AT+QICSGP=1,1,"soracom.io"'
	at 'AT+QIACT=1'
	at 'AT+QIOPEN=1,0,"TCP","www.example.com",80'
	urc '^\+QIOPEN: 0,565$'
} >"$T/dialogue.out"
stop emulator
run "$BUILD/ec21hil" explain --certs "$CERTS" "$T/modem.at"
grep -q '^  cause: the emulator refused it by its own policy' "$T/out" ||
	fail "$(cat "$T/out")"
! grep -q '^the likely cause' "$T/out" || fail "policy taken for a cause"
