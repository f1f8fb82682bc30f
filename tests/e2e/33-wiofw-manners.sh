#!/bin/bash
# wiofw's options, exit statuses and behaviour when something goes away.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"

need_built wiofw
run "$BUILD/wiofw" --help
[ "$status" = 0 ] && grep -q '^usage: wiofw' "$T/out" || fail "--help"
run "$BUILD/wiofw" --version
[ "$status" = 0 ] && grep -qE '^wiofw [0-9.]+$' "$T/out" || fail "--version"
refused 2 'unknown option --modme; did you mean --modem?' "$BUILD/wiofw" --modme x
refused 2 '\-\-modem needs a value' "$BUILD/wiofw" --modem
refused 2 '\-\-modem is needed' "$BUILD/wiofw"
refused 2 'unexpected argument' "$BUILD/wiofw" --modem x y
refused 2 "modem $T/none: No such file" "$BUILD/wiofw" --modem "$T/none"
refused 2 'modem /dev/null: not a tty' "$BUILD/wiofw" --modem /dev/null
refused 2 "modem $T/none: " "$BUILD/wiofw" --modem "unix:$T/none"
refused 2 "pins $T/none: expected unix:PATH" \
	"$BUILD/wiofw" --modem "$T/none" --pins "$T/none"
refused 2 "state $T/no/dir: " "$BUILD/wiofw" --modem "$T/none" --state "$T/no/dir"

# Settings and files survive; the key's file is the owner's alone.
start_board
{
	files
	echo "set topic kept"
} | timeout 20 "$BUILD/wiofw" --modem "$T/modem" --state "$T/state" >"$T/first.out"
echo info | timeout 20 "$BUILD/wiofw" --modem "$T/modem" --state "$T/state" \
	>"$T/second.out"
grep -q '^# topic kept$' "$T/second.out" || fail "the topic was not kept"
grep -qE '^# key [1-9][0-9]+ bytes' "$T/second.out" || fail "the key was not kept"
[ "$(stat -c %a "$T/state/key")" = 600 ] || fail "mode of the key's file"
refused 2 'console does not take' sh -c 'echo info | "$0" "$@" >/dev/full' \
	"$BUILD/wiofw" --modem "$T/modem"
# In use by another: the lock that it would hold.
refused 2 "state $T/state: in use by another wiofw" flock "$T/state" \
	"$BUILD/wiofw" --modem "$T/modem" --state "$T/state"
# A key that cannot be kept is not left beside its place.
mkdir -p "$T/taken/key/x"
files | timeout 20 "$BUILD/wiofw" --modem "$T/modem" --state "$T/taken" \
	>"$T/taken.out"
grep -q '^# key could not be saved' "$T/taken.out" || fail "a key in no file"
[ ! -e "$T/taken/.key.new" ] || fail "the key was left behind"
# What is longer than it can be is not there, rather than cut.
head -c 4097 /dev/zero >"$T/state/ca"
head -c 4096 /dev/zero >"$T/state/cert"
echo info | timeout 20 "$BUILD/wiofw" --modem "$T/modem" --state "$T/state" \
	>"$T/long.out"
grep -q '^# ca 0 bytes' "$T/long.out" || fail "a file too long was cut"
grep -q '^# cert 4096 bytes' "$T/long.out" || fail "the longest file is lost"

# A trace shows the dialogue, and no secret.
{
	files
	echo "set pass geheim"
	echo "set dates off"
	echo "trace on"
	echo "run"
} >"$T/commands"
console wiofw
says '^\+ok run modem 200'
says 'AT>  AT\+QSSLOPEN=1,2,1,"'"$HOST"'",8443,0\\r$'
says 'AT>  @masked kind=key len=[0-9]+ qsum=[0-9a-f]+$'
says 'AT>  AT\+QICSGP=.*"@masked\{kind=password,len=6\}"'
! grep -qE 'geheim|PRIVATE KEY' "$T/console.out" || fail "a secret in the trace"

# The modem goes away while the console is open.
mkfifo "$T/in"
timeout 60 "$BUILD/wiofw" --modem "$T/modem" <"$T/in" >"$T/fw.out" &
PIDS[fw]=$!
exec 6>"$T/in"
wait_line fw ready >/dev/null
printf "set seclevel 0\nmodem on\n" >&6
wait_line fw '^\+ok modem on$' >/dev/null
stop emulator
echo "run" >&6
wait_line fw "^\\+err modem .*serial line is gone" >/dev/null
echo "close" >&6
wait_line fw '^\+ok close$' >/dev/null
exec 6>&-
wait_exit fw
[ "$status" = 1 ] || fail "status $status"
