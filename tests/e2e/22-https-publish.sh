#!/bin/bash
# HTTPS publish by curl and by the article's own request; what the broker
# answers and what its evidence says.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/broker.inc"

fresh_broker --keylog "$T/keys"

# answer STATUS TYPE: what curl -i has just printed.
answer() {
	[ "$status" = 0 ] || fail "curl: status $status: $(cat "$T/err")"
	grep -q "^HTTP/1.1 $1 " "$T/out" || fail "not $1: $(cat "$T/out")"
	[ -z "$2" ] || grep -q "^x-amzn-ErrorType: $2" "$T/out" ||
		fail "no $2: $(cat "$T/out")"
	tail -n 1 "$T/out" | jq -e '.message and .traceId' >"$T/jq.out" ||
		fail "no JSON: $(cat "$T/out")"
}

curl_as device-1 '/topics/a%2Fb/%E6%B8%A9?qos=1' -i --data '{"uptime":1}'
answer 200 ''
expect_evidence 1 '.http == {"method":"POST",
	"target":"/topics/a%2Fb/%E6%B8%A9?qos=1","topic":"a/b/温","qos":1,
	"version":"1.1","body_len":12,"stray":0,"status":200}'
expect_evidence 1 '.listener == "https" and .handshake == "done" and
	.sni == "'"$HOST"'" and .client_hello and .error == null'
expect_evidence 1 '.client_cert.cn == "device-1" and
	.client_cert.verify == "ok" and (.client_cert.sha256 | length) == 64'
[ "$(evidence 1 .client_cert.serial | tr -d '"')" = "$(openssl x509 \
	-in "$CERTS/device-1.crt" -noout -serial | sed 's/.*=//' |
	tr A-F a-f)" ] || fail "serial"
[ "$(evidence 1 .client_cert.sha256 | tr -d '"')" = "$(openssl x509 \
	-in "$CERTS/device-1.crt" -outform DER | sha256sum |
	cut -d ' ' -f 1)" ] || fail "sha256"
expect_evidence 1 '.version == "TLSv1.3" and .ended == "broker close" and
	.bytes_in > 500 and .bytes_out > 500'

n=1
# refuses STATUS TYPE PATH [OPTION...]
refuses() {
	local code=$1 type=$2 path=$3
	shift 3
	curl_as device-1 "$path" -i --tls-max 1.2 "$@"
	answer "$code" "$type"
	n=$((n + 1))
	expect_evidence $n ".http.status == $code and .version == \"TLSv1.2\""
}
refuses 404 ResourceNotFoundException /things/WIO-LTE/shadow
refuses 405 MethodNotAllowedException /topics/a
refuses 404 ResourceNotFoundException /topic/a -d x
refuses 400 InvalidRequestException /topics/a?qos=2 -d x
refuses 400 InvalidRequestException /topics/ -d x
refuses 400 InvalidRequestException '/topics/a%2' -d x
refuses 400 InvalidRequestException '/topics/a%2B' -d x
head -c 131073 /dev/zero >"$T/big"
refuses 413 RequestEntityTooLargeException /topics/a --data-binary "@$T/big"
head -c 131072 /dev/zero >"$T/big"
refuses 200 '' /topics/a --data-binary "@$T/big"
refuses 200 '' /topics/a --data-binary "@$T/big" \
	-H 'Transfer-Encoding: chunked'
expect_evidence $n '.http.body_len == 131072'
refuses 400 InvalidRequestException "/topics/$(head -c 257 /dev/zero |
	tr '\0' t)" -d x

# The article's sketch [TLSC aws_topic_post]: HTTP/1.0, four bytes more than
# Content-Length, never closes first, RSA key exchange.
article() {
	printf '%s\r\n' "POST /topics/Wio?qos=1 HTTP/1.0" "Host: $HOST" \
		"Content-Length: 12" "" "{\"uptime\":1}"
	printf '\r\n'
}
article | s_client -quiet -cert "$CERTS/device-1.crt" \
	-key "$CERTS/device-1.key" -servername "$HOST" \
	-cipher AES256-GCM-SHA384 >"$T/out" 2>"$T/err" ||
	fail "s_client: $(cat "$T/err")"
grep -q '^HTTP/1.1 200 OK' "$T/out" || fail "article: $(cat "$T/out")"
n=$((n + 1))
expect_evidence $n '.http.stray == 4 and .http.version == "1.0" and
	.http.topic == "Wio" and .http.body_len == 12'
expect_evidence $n '.suite == "009D" and .server_cert == "server-rsa" and
	.versions_offered == ["TLSv1.2"] and .suites_offered == ["009D","00FF"]'
expect_evidence $n '.alerts_received[0].name == "close_notify"'

# An answer also for what is no HTTP.
echo hello | s_client -quiet -cert "$CERTS/device-1.crt" \
	-key "$CERTS/device-1.key" >"$T/out" 2>"$T/err" || fail "s_client"
grep -q '^HTTP/1.1 400 ' "$T/out" || fail "garbage: $(cat "$T/out")"

grep -q '^CLIENT_RANDOM ' "$T/keys" || fail "no key log"
[ "$(stat -c %a "$T/keys" "$T/evidence")" = "600
600" ] || fail "key log or evidence is not 0600"
