#!/bin/bash
# ec21emu, set-up that cannot work: one line that names the object, status 2,
# and nothing of the user's is touched.
. "$(dirname "$0")/lib.sh"
need_built ec21emu
emu=$BUILD/ec21emu

refused 2 "speed" "$emu" --speed 0
refused 2 "speed" "$emu" --speed fast
refused 2 "power" "$emu" --power maybe
refused 2 "net" "$emu" --net internet
refused 2 "secrets" "$emu" --secrets shout
refused 2 "operand|argument" "$emu" --fast operand
refused 2 "no-such-profile" "$emu" --profile no-such-profile
refused 2 "nowhere.conf.*No such file" "$emu" --config "$T/nowhere.conf"
refused 2 "$T/: Is a directory" "$emu" --config "$T/"
refused 2 "$T/: Is a directory" "$emu" --profile "$T/"
refused 2 "fd/.*: Illegal seek" "$emu" --config <(:)
refused 2 "name-without-address" "$emu" --map name-without-address
refused 2 "198.51.100.1" "$emu" --map a.example=198.51.100.1
refused 2 "record.at.*No such file" "$emu" --record "$T/none/record.at"

printf '[at]\nno_such_value = 3\n' >"$T/bad.conf"
refused 2 "bad.conf.*no_such_value" "$emu" --config "$T/bad.conf"
printf '[at]\nline_max = many\n' >"$T/bad.conf"
refused 2 "line_max.*many" "$emu" --config "$T/bad.conf"

# A link that exists and is not ours.
echo precious >"$T/file"
refused 2 "$T/file" "$emu" --pty "$T/file"
[ "$(cat "$T/file")" = precious ] || fail "the file was touched"
ln -s /etc/passwd "$T/link"
refused 2 "$T/link" "$emu" --pty "$T/link"
[ "$(readlink "$T/link")" = /etc/passwd ] || fail "the link was touched"
refused 2 "none/modem.*No such file" "$emu" --pty "$T/none/modem"
refused 2 "$T/file" "$emu" --listen "unix:$T/file"
[ "$(cat "$T/file")" = precious ] || fail "the file was touched"
refused 2 "udp:127.0.0.1:1.*tcp:ADDR" "$emu" --listen udp:127.0.0.1:1
refused 2 "127.0.0.1:65536: .*at most 65535" "$emu" --listen tcp:127.0.0.1:65536

# What an earlier run has recorded stays, if the start is refused.
printf '# ec21 transcript 1\n0 AT>  AT\\r\n' >"$T/rec.at"
cp "$T/rec.at" "$T/kept.at"
refused 2 "$T/file" "$emu" --record "$T/rec.at" --pcap "$T/file" --pty "$T/file"
refused 2 "$T/file" "$emu" --record "$T/rec.at" --control "$T/file"
refused 2 "would replace" "$emu" --record "$T/rec.at" --replay "$T/rec.at"
ln "$T/rec.at" "$T/also.at"
refused 2 "would replace" "$emu" --record "$T/also.at" --replay "$T/rec.at"
refused 2 "would replace" "$emu" --pcap "$T/also.at" --replay "$T/rec.at"
refused 2 "/dev/full" "$emu" --record /dev/full
refused 2 "cannot write the capture" "$emu" --pcap /dev/full
[ "$(cat "$T/file")" = precious ] || fail "the file was touched"
cmp -s "$T/rec.at" "$T/kept.at" || fail "the transcript was touched"

# In use: link, port, socket and state directory of a running one.
mkdir "$T/state"
start first "$emu" --fast --pty "$T/modem" --listen "unix:$T/sock" \
	--state "$T/state" --record "$T/rec.at" --keylog "$T/keys"
wait_line first '^ready 1 unix:' >/dev/null
start_broker
port=$HTTPS_PORT
target=$(readlink "$T/modem")
refused 2 "$T/modem.*(in use|running)" "$emu" --pty "$T/modem"
[ "$(readlink "$T/modem")" = "$target" ] || fail "the live link was replaced"
refused 2 "127.0.0.1:$port.*in use" "$emu" --listen "tcp:127.0.0.1:$port"
refused 2 "sock.*(in use|running)" "$emu" --listen "unix:$T/sock"
refused 2 "state.*(in use|running)" "$emu" --pty "$T/other" --state "$T/state"
refused 2 "rec.at: .*in use" "$emu" --pty "$T/other" --record "$T/rec.at"
refused 2 "rec.at: .*in use" "$emu" --pty "$T/other" --pcap "$T/rec.at"
[ "$(stat -c %a "$T/keys")" = 600 ] || fail "the key log is not private"
[ ! -e "$T/other" ] || fail "a refused start left its link"
stop first
[ "$status" = 0 ] || fail "SIGTERM: status $status"
refused 2 "$T/file" "$emu" --state "$T/file"

# No permission. Root may do anything, so become nobody.
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$T"
	cp "$emu" "$T/ec21emu"
	refused 2 "$T/modem.*Permission denied" setpriv --reuid=65534 \
		--regid=65534 --clear-groups "$T/ec21emu" --pty "$T/modem"
	refused 2 "rec.at.*Permission denied" setpriv --reuid=65534 \
		--regid=65534 --clear-groups "$T/ec21emu" --record "$T/rec.at"
	refused 2 "$T/new.*Permission denied" setpriv --reuid=65534 \
		--regid=65534 --clear-groups "$T/ec21emu" --state "$T/new"
	install -m 600 /dev/null "$T/secret.conf"
	refused 2 "secret.conf.*Permission denied" setpriv --reuid=65534 \
		--regid=65534 --clear-groups "$T/ec21emu" \
		--config "$T/secret.conf"
else
	mkdir -m 500 "$T/locked"
	refused 2 "modem.*Permission denied" "$emu" --pty "$T/locked/modem"
fi

# A disk that gets full on the way: said, and told by the status.
start full bash -c 'trap "" XFSZ && exec prlimit --fsize=250 "$@"' - \
	"$emu" --fast --pty "$T/full" --record "$T/full.at"
wait_line full '^ready 1 ' >/dev/null
stop full
[ "$status" = 2 ] || fail "a full disk: status $status"
grep -q 'cannot write the transcript: File too large' "$T/full.err" ||
	fail "a full disk: not said"
