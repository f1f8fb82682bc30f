#!/bin/bash
# ec21hil runs scenarios, reports differences, and leaves nothing behind.
. "$(dirname "$0")/lib.sh"

need_built ec21hil
need_built ec21emu
need_built ec21broker
need socat socat
hil=$BUILD/ec21hil
export TMPDIR=$T/tmp
mkdir "$TMPDIR"

# expect STATUS COMMAND...: output in $T/out and $T/err
expect() {
	local want=$1 rc=0
	shift
	timeout 60 "$@" >"$T/out" 2>"$T/err" </dev/null || rc=$?
	[ $rc = "$want" ] || {
		cat "$T/out" "$T/err" >&2
		fail "status $rc, not $want: $*"
	}
}

has() {
	grep -qF -- "$2" "$1" || {
		cat "$1" >&2
		fail "no '$2' in ${1##*/}"
	}
}

scenario() {
	{
		echo '# ec21 transcript 1'
		cat
	} >"$T/$1.at"
}

# Manners
expect 2 "$hil"
has "$T/err" 'expected a command'
expect 2 "$hil" chekc
has "$T/err" "did you mean 'check'?"
expect 2 "$hil" xyzzy
has "$T/err" "unknown command 'xyzzy'; see ec21hil --help"
expect 2 "$hil" run --job 2x x
has "$T/err" '--jobs'
expect 2 "$hil" run --keepgoing x
has "$T/err" 'did you mean --keep-going?'
expect 2 "$hil" run
has "$T/err" 'expected a scenario'
expect 2 "$hil" run "$T/none.at"
has "$T/err" 'No such file'
expect 0 "$hil" --version
expect 0 "$hil" run --help

# A scenario that passes leaves nothing in TMPDIR.
scenario good <<'EOT'
- AT>  ATE0\r
- AT<  ATE0\r\r\nOK\r\n
- AT>  AT+GSN\r
- AT<  \r\n{imei=int}\r\n\r\nOK\r\n
- DO   hangup
- AT>  AT+GSN\r
- AT<  \r\n{$imei}\r\n\r\nOK\r\n
EOT
expect 0 "$hil" run "$T/good.at"
has "$T/out" '1..1'
has "$T/out" 'ok 1 - good.at'
[ -z "$(ls -A "$TMPDIR")" ] || fail "something is left: $(ls "$TMPDIR")"

# One that fails shows both sides, the command to repeat it, and its folder.
sed 's/OK\\r\\n$/KO\\r\\n/' "$T/good.at" >"$T/bad.at"
expect 1 "$hil" run "$T/bad.at" "$T/good.at"
has "$T/out" 'not ok 1 - bad.at'
has "$T/out" '# expected | ATE0\r\r\nKO\r\n'
has "$T/out" '#      got | ATE0\r\r\nOK\r\n'
has "$T/out" "rerun: $hil run --rig modem $T/bad.at"
has "$T/out" '0 passed, 1 failed, 0 skipped, 0 errors, 1 not run'
# With all that it depends on, as a shell takes it; no secrets, no other files.
expect 2 "$hil" run --set "a=it's b" --set sim_pin=1234 \
	--set WIFI_Passphrase=hunter2 --fi '{modem} -x' \
	--certs="$T" --observe --report "$T/again" --jobs 3 --rig=modem \
	"$T/bad.at"
has "$T/out" "rerun: $hil run --rig modem --set 'a=it'\\''s b' \
--set sim_pin=... --set WIFI_Passphrase=... --firmware '{modem} -x' --certs $T --observe $T/bad.at"
logs=$(sed -n 's/^# logs: //p' "$T/out")
has "$logs/modem-1.at" 'AT<  ATE0\r\r\nOK\r\n'
expect 1 "$hil" run --keep-going --jobs 2 "$T/bad.at" "$T/good.at"
has "$T/out" '1 passed, 1 failed, 0 skipped, 0 errors, 0 not run'

# A file's name is no directive of TAP, and no line of its own.
odd="$T/two"$'\n'"lines/odd # TODO \\.at"
mkdir "${odd%/*}"
cp "$T/bad.at" "$odd"
expect 1 "$hil" run "$odd"
has "$T/out" 'not ok 1 - odd \# TODO \\.at # '
has "$T/out" "# rerun: $hil run --rig modem '$T/two'\$'\\n''lines/odd # TODO"
! grep -v '^[#1nT]' "$T/out" || fail "a line that is no TAP"

# Wrong files: where, and what was expected.
scenario wrong <<'EOT'
- AT>  x
- AT<  {number}
EOT
expect 2 "$hil" run "$T/wrong.at"
has "$T/err" 'wrong.at:3:8: expected {int}'
expect 1 "$hil" check "$T/good.at" "$T/wrong.at"
has "$T/out" "$T/good.at: ok"
has "$T/out" 'wrong.at:3:8: expected {int}'

# What is missing is skipped, and said.
scenario needs <<'EOT'
# needs: no-such-program-anywhere
- AT>  x
EOT
expect 0 "$hil" run "$T/needs.at"
has "$T/out" 'ok 1 - needs.at # SKIP needs no-such-program-anywhere'

# A program or profile that is not there is said once, and nothing runs.
for what in "--emulator $T/nothing" "--rig modem,profile=nothing" \
	"--in-process --rig modem,profile=nothing"; do
	# shellcheck disable=SC2086 # words of a command
	expect 2 "$hil" run --keep-going $what "$T/good.at" "$T/bad.at"
	[ "$(wc -l <"$T/err")" = 1 ] || fail "$what: not one line"
	[ ! -s "$T/out" ] || fail "$what: it went on"
	has "$T/err" nothing
done

# So is that nothing is for this rig: it would prove nothing.
expect 2 "$hil" run --rig host "$T/good.at" "$T/bad.at"
has "$T/err" 'none of the scenarios is for the rig host; it speaks AT'
has "$T/out" '1..0 # SKIP none of 2 is for this rig'
scenario option <<'EOT'
# emulator: --no-such-option
- AT>  x
EOT
expect 2 "$hil" run "$T/option.at"
has "$T/out" 'ec21emu ended with status 2: '
# It ends at once, perhaps before anyone listens for that.
mkdir "$T/many"
for n in {1..16}; do
	cp "$T/option.at" "$T/many/$n.at"
done
expect 2 "$hil" run --keep-going --jobs 8 "$T/many"
has "$T/out" '0 passed, 0 failed, 0 skipped, 16 errors'

# The state of a modem outlives kill -9.
scenario state <<'EOT'
# emulator: --fast --state {$tmp}/state
- AT>  ATE0\r
- AT<  ATE0\r\r\nOK\r\n
- AT>  AT+QFUPL="a",3\r
- AT<  \r\nCONNECT\r\n
- AT>  abc
- AT<  +QFUPL: 3,{hex}\r\n\r\nOK\r\n
- DO   kill-emulator
- DO   start-emulator
- AT>  ATE0\r
- AT<  ATE0\r\r\nOK\r\n
- AT>  AT+QFLST="*"\r
- AT<  \r\n+QFLST: "UFS:a",3\r\n\r\nOK\r\n
- DO   stop-emulator
EOT
expect 0 "$hil" run "$T/state.at"

# A modem that is there: by its tty, and by a socket.
start emu "$BUILD/ec21emu" --fast --pty "$T/modem"
wait_line emu '^ready ' >/dev/null
start serial socat -d -d TCP-LISTEN:0,bind=127.0.0.1 "OPEN:$T/modem,raw,echo=0"
wait_line_in "$T/serial.err" 'listening on' >/dev/null || fail 'no socat'
port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$T/serial.err")
scenario real <<'EOT'
- AT>  ATE0\r
- AT<  {skip}\r\nOK\r\n
- AT>  AT+CPIN?\r
- AT<  \r\n+CPIN: READY\r\n\r\nOK\r\n
- WHY  nobody says why here
EOT
# It gets one scenario at a time, whatever is asked for.
expect 0 "$hil" run --jobs 2 --modem "tty:$T/modem" "$T/real.at" "$T/real.at"
for url in "tty:$T/modem" "tcp:127.0.0.1:$port"; do
	expect 0 "$hil" run --modem "$url" "$T/real.at"
	has "$T/out" '# 1 expectations were not observable on this rig'
done
wait_exit serial
stop emu

# An interrupt ends the children too.
scenario slow <<'EOT'
# broker: https
- AT<  [60s] never
EOT
TMPDIR=$T/slow
mkdir "$TMPDIR"
start run "$hil" run "$T/slow.at"
run_pid=${PIDS[run]}
children=/proc/$run_pid/task/$run_pid/children
end=$((SECONDS + DEADLINE))
until ls "$TMPDIR"/ec21hil.*/1/modem-1.at >/dev/null 2>&1; do
	[ $SECONDS -lt $end ] || fail 'the run did not begin'
	read -rt 0.05 <> <(:) || :
done
pids=$(cat "$children")
[ "$(wc -w <<<"$pids")" = 2 ] || fail "children: '$pids'"
stop run INT
[ "$status" = 2 ] || fail "interrupted with status $status"
has "$T/run.out" 'Bail out! interrupted'
[ -z "$(ls -A "$TMPDIR")" ] || fail "something is left: $(ls "$TMPDIR")"
for pid in $pids; do
	! kill -0 "$pid" 2>/dev/null || fail "child $pid outlived its parent"
done

# An emulator of another mind at its end.
cat >"$T/slow-emu" <<END
#!/bin/bash
"$BUILD/ec21emu" "\$@" &
pid=\$!
trap ': >"$T/ending"; while [ -e "$T/hold" ]; do read -rt 0.05 <> <(:); done
	kill \$pid; wait \$pid; exit 0' TERM
while :; do wait \$pid; done
END
sed 's/^trap .*/trap "wait \\$pid; exit 3" TERM/; /kill/d' "$T/slow-emu" \
	>"$T/bad-emu"
chmod +x "$T/slow-emu" "$T/bad-emu"
# Interrupted when the verdict is there, it is an interrupted run, and no 0.
: >"$T/hold"
start run "$hil" run --emulator "$T/slow-emu" "$T/bad.at"
end=$((SECONDS + DEADLINE))
until [ -e "$T/ending" ]; do
	[ $SECONDS -lt $end ] || fail 'the run did not end'
	read -rt 0.05 <> <(:) || :
done
kill -INT "${PIDS[run]}"
rm "$T/hold"
wait_exit run
[ "$status" = 2 ] || fail "interrupted behind the verdict: status $status"
has "$T/run.out" 'not ok 1 - bad.at'
# A scenario whose emulator or broker does not end well has not passed.
expect 2 "$hil" run --emulator "$T/bad-emu" "$T/good.at"
has "$T/out" 'not ok 1 - good.at'
has "$T/out" '# ec21emu ended with status 3'
