#!/bin/bash
# What no good client does: connections without a byte, garbage, slow ones,
# half requests, many at once. Each leaves its evidence; the broker goes on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/broker.inc"

fresh_broker --timeout 1
tcp=/dev/tcp/127.0.0.1/$HTTPS_PORT
n=0

# Riddle (b) looks like this: a TCP open, then a close, no ClientHello.
exec 6<>"$tcp"
exec 6>&-
n=$((n + 1))
expect_evidence $n '.bytes_in == 0 and .bytes_out == 0 and
	.client_hello == false and .handshake == "none" and .http == null and
	.alerts_sent == [] and .version == null and .ended == "peer close"'

# The same, but it never closes.
exec 6<>"$tcp"
n=$((n + 1))
expect_evidence $n '.bytes_in == 0 and .ended == "timeout"'
exec 6>&-

# Refused while it still writes: it can write all of it, reads the alert, then
# the end of file. Without the lingering close its writes would fail.
exec 6<>"$tcp"
printf '\026\003\001\000\005\001\000\000\001\000' >&6
alert=$(head -c 7 <&6 | od -An -tx1 | tr -d ' \n')
[ "$alert" = 15030300020232 ] || fail "no alert decode_error: $alert"
for _ in 1 2 3 4; do
	head -c 50000 /dev/zero >&6 || fail "reset while writing"
done
[ "$(cat <&6 | wc -c)" = 0 ] || fail "more than the alert"
exec 6>&-
n=$((n + 1))
expect_evidence $n '.bytes_in == 200010 and .bytes_out == 7 and
	.handshake == "none" and .alerts_sent[0].name == "decode_error" and
	.ended == "broker close"'

# A ClientHello that stops half-way, by the peer and by the clock.
exec 6<>"$tcp"
printf '\026\003\001\000\245\001\000' >&6
exec 6>&-
n=$((n + 1))
expect_evidence $n '.bytes_in == 7 and .handshake == "none" and
	.ended == "eof without close_notify"'
exec 6<>"$tcp"
printf '\026\003\001' >&6
n=$((n + 1))
expect_evidence $n '.bytes_in == 3 and .ended == "timeout"'
exec 6>&-

# Names with a NUL in them are all there, and long ones whole.
long=$(printf 'x%.0s' {1..33})
exec 6<>"$tcp"
{
	printf '\026\003\001\000\147\001\000\000\143\003\003'
	head -c 32 /dev/zero # random; then no session, 009D, no compression
	printf '\000\000\002\000\235\001\000\000\070'
	printf '\000\000\000\010\000\006\000\000\003a\000b'
	printf '\000\020\000\050\000\046\003h\000q\041%s' "$long"
} >&6
exec 6>&-
n=$((n + 1))
expect_evidence $n '.client_hello and .sni == "a\\x00b" and
	.alpn == ["h\\x00q", "'"$long"'"]'

# Plain HTTP.
run curl -sS "http://127.0.0.1:$HTTPS_PORT/"
n=$((n + 1))
expect_evidence $n '.error == "http request" and .client_hello == false'

# Half a request: the peer never ends, or says good-bye too early.
half='POST /topics/half HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc'
# shellcheck disable=SC2059
printf "$half" | s_client -quiet -cert "$CERTS/device-1.crt" \
	-key "$CERTS/device-1.key" >"$T/out" 2>&1 || true
n=$((n + 1))
expect_evidence $n '.ended == "timeout" and .http.status == 0 and
	.http.topic == "half" and .http.body_len == 3'
# shellcheck disable=SC2059
printf "$half" | timeout "$DEADLINE" openssl s_client \
	-connect "127.0.0.1:$HTTPS_PORT" -cert "$CERTS/device-1.crt" \
	-key "$CERTS/device-1.key" -CAfile "$CERTS/ca.crt" >"$T/out" 2>&1
n=$((n + 1))
expect_evidence $n '.ended == "peer close" and .http.status == 0'

# A target that is not UTF-8 does not break the line.
printf 'POST /topics/\377 HTTP/1.0\r\n\r\n' | s_client -quiet \
	-cert "$CERTS/device-1.crt" -key "$CERTS/device-1.key" \
	>"$T/out" 2>&1 || true
n=$((n + 1))
expect_evidence $n '.http.status == 400'

# More than it takes at a time: the rest waits, nobody is lost.
for i in $(seq 300); do
	exec {fd}<>"$tcp"
	eval "fd_$i=$fd"
done
for i in $(seq 300); do
	eval "fd=\$fd_$i"
	exec {fd}>&-
done
n=$((n + 300))
evidence $n . >"$T/last"
[ "$(wc -l <"$T/evidence")" = $n ] || fail "not $n lines of evidence"
jq -e . "$T/evidence" >"$T/jq.out" || fail "a line is not JSON"

curl_as device-1 /topics/t -d x
[ "$status" = 0 ] || fail "it takes no request any more"
stop broker
[ ! -s "$T/broker.err" ] || fail "it complained: $(cat "$T/broker.err")"

# Stopped with a connection open: its evidence is written.
fresh_broker
exec 6<>"/dev/tcp/127.0.0.1/$HTTPS_PORT"
curl_as device-1 /topics/t -d x
[ "$status" = 0 ] || fail "publish"
stop broker
[ "$status" = 0 ] || fail "SIGTERM: status $status"
tail -n 1 "$T/evidence" | jq -e '.conn == 1 and .bytes_in == 0 and
	.ended == "broker stop"' >"$T/jq.out" || fail "$(tail -n 1 "$T/evidence")"
