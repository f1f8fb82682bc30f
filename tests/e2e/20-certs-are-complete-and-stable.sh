#!/bin/bash
# ec21certs: chains verify as the man page says, a second run adds what misses
# and changes no byte, bad usage is one sentence and status 2.
. "$(dirname "$0")/lib.sh"

need_built ec21certs
certs=$BUILD/ec21certs
d=$T/set
"$certs" "$d" --name broker.example.com --client run-1

verify() {
	openssl verify "$@" >"$T/verify.out" 2>&1
}
for leaf in server-rsa server-ecdsa server-wrong-name; do
	verify -CAfile "$d/ca.crt" -untrusted "$d/$leaf.crt" "$d/$leaf.crt" ||
		fail "$leaf does not verify: $(cat "$T/verify.out")"
done
verify -CAfile "$d/ca-sha1.crt" -untrusted "$d/server-sha1-root.crt" \
	"$d/server-sha1-root.crt" || fail "server-sha1-root does not verify"
if verify -CAfile "$d/ca.crt" -untrusted "$d/server-sha1-root.crt" \
	"$d/server-sha1-root.crt"; then
	fail "server-sha1-root verifies by the wrong root"
fi
# error NUMBER NAME [OPTION...]: openssl refuses NAME.crt for that reason.
error() {
	local number=$1 name=$2
	shift 2
	verify "$@" "$d/$name.crt" && fail "$name verifies"
	grep -q "^error $number at 0 " "$T/verify.out" ||
		fail "$name: $(cat "$T/verify.out")"
}
error 10 server-expired -CAfile "$d/ca.crt" -untrusted "$d/server-expired.crt"
error 9 server-not-yet-valid -CAfile "$d/ca.crt" \
	-untrusted "$d/server-not-yet-valid.crt"
error 23 revoked-client -CAfile "$d/client-ca.crt" -crl_check \
	-CRLfile "$d/crl.pem"
error 20 unknown-client -CAfile "$d/client-ca.crt"
verify -CAfile "$d/client-ca.crt" -crl_check -CRLfile "$d/crl.pem" \
	"$d/run-1.crt" "$d/device-ec.crt" || fail "$(cat "$T/verify.out")"

# names LEAF HOST...: openssl finds each name in the leaf.
names() {
	local leaf=$1 n
	shift
	for n; do
		openssl x509 -in "$d/$leaf.crt" -noout -checkhost "$n" |
			grep -q 'does match' || fail "$leaf does not name $n"
	done
}
for leaf in server-rsa server-ecdsa server-sha1-root server-expired; do
	names $leaf "$HOST" abcdefg.iot.ap-northeast-1.amazonaws.com \
		iot.ap-northeast-1.amazonaws.com localhost broker.example.com
	openssl x509 -in "$d/$leaf.crt" -noout -checkip 127.0.0.1 |
		grep -q 'does match' || fail "$leaf does not name 127.0.0.1"
done
openssl x509 -in "$d/server-wrong-name.crt" -noout -checkhost "$HOST" |
	grep -q 'does NOT match' || fail "server-wrong-name names $HOST"

[ "$(head -n 1 "$d/run-1.key")" = "-----BEGIN RSA PRIVATE KEY-----" ] ||
	fail "a client's key is not PKCS#1"
openssl x509 -in "$d/ca-sha1.crt" -noout -text |
	grep -q 'Signature Algorithm: sha1WithRSA' || fail "ca-sha1: no SHA-1"
[ "$(openssl x509 -in "$d/server-sha1-root.crt" -noout -text |
	grep -c sha1With)" = 0 ] || fail "SHA-1 below the root"
[ -z "$(find "$d" -type f ! -perm 600)" ] || fail "a file is not 0600"
for crt in "$d"/*.crt; do
	[ "$(openssl x509 -in "$crt" -noout -pubkey)" = \
		"$(openssl pkey -in "${crt%.crt}.key" -pubout)" ] ||
		fail "${crt##*/} and its key do not match"
done

(cd "$d" && sha256sum ./*) >"$T/sums"
rm "$d/device-ec.crt" "$d/run-1.key" "$d/run-1.crt"
"$certs" "$d" --client run-1 --client run-2
for f in device-ec.crt run-1.key run-1.crt run-2.crt run-2.key; do
	[ -s "$d/$f" ] || fail "$f was not added"
done
(cd "$d" && grep -v -e device-ec.crt -e run-1 "$T/sums" |
	sha256sum -c --quiet) || fail "a second run changed a file"
[ -z "$(find "$d" -name '.*' -type d)" ] || fail "a scratch folder was left"

refused 2 'which folder' "$certs"
refused 2 "unknown option --nmae" "$certs" "$d" --nmae x
refused 2 "^ec21certs: --client needs a value" "$certs" "$d" --client
refused 2 "letters, digits" "$certs" "$d" --client ../x
refused 2 "in use by the set" "$certs" "$d" --client ca
refused 2 "is not a folder" "$certs" /dev/null
refused 2 "does not name new.example.com: remove server-rsa.crt" \
	"$certs" "$d" --name new.example.com
refused 2 "did you mean --client?" "$certs" "$d" --cleint x
refused 2 "there must be a folder $T/nowhere" "$certs" "$T/nowhere/certs"
[ ! -e "$T/nowhere" ] || fail "a folder was made above the one asked for"
# What is there already and of no use is an error, not kept in silence.
cp -r "$d" "$T/junk"
for f in ca.crt server-rsa.key crl.pem; do
	echo junk >"$T/junk/$f"
	refused 2 "$f is there, but is no PEM file with" "$certs" "$T/junk"
	cp "$d/$f" "$T/junk/$f"
done
sed '2s/^.../!!!/' "$d/ca-sha1.crt" >"$T/junk/ca-sha1.crt"
refused 2 "ca-sha1.crt is there, but is no PEM" "$certs" "$T/junk"
openssl x509 -in "$d/ca-sha1.crt" -outform DER -out "$T/junk/ca-sha1.crt"
refused 2 "ca-sha1.crt is there, but is no PEM" "$certs" "$T/junk"
ln -sf nowhere "$T/junk/ca-sha1.crt"
refused 2 "ca-sha1.crt is there, but cannot be read" "$certs" "$T/junk"
# Neither is a set in which something no longer fits; who does what it says has
# one that does.
cp -r "$d" "$T/odd"
rm "$T/odd/revoked-client.crt"
refused 2 "revoked-client.crt is not: remove crl.pem" "$certs" "$T/odd"
cp "$T/odd/ca-sha1.key" "$T/odd/ca.key"
rm "$T/odd/ca.crt" "$T/odd/crl.pem"
refused 2 "CAs that are there: intermediate.crt intermediate-ecdsa.crt;" \
	"$certs" "$T/odd"
rm "$T/odd/intermediate.crt" "$T/odd/intermediate-ecdsa.crt"
refused 2 "are there: server-rsa.crt .* ca-cross.crt ca-cross.key;" \
	"$certs" "$T/odd"
for f in $(sed 's/.*that are there:\(.*\);.*/\1/' "$T/err"); do
	rm "$T/odd/$f"
done
run "$certs" "$T/odd"
[ "$status" = 0 ] || fail "still not complete: $(cat "$T/err")"
verify -CAfile "$T/odd/ca.crt" -untrusted "$T/odd/server-rsa.crt" \
	"$T/odd/server-rsa.crt" || fail "below a new root: $(cat "$T/verify.out")"
cat "$T/odd/intermediate.crt" "$T/odd/ca-cross.crt" >"$T/chain"
verify -CAfile "$T/odd/ca-old.crt" -untrusted "$T/chain" \
	"$T/odd/server-rsa.crt" || fail "cross-signed: $(cat "$T/verify.out")"
cp "$(certificates)/device-ec.crt" "$T/odd/"
refused 2 "that are there: device-ec.crt;" "$certs" "$T/odd"
mv "$d/client-ca.key" "$T/"
refused 2 "client-ca.key is missing" "$certs" "$d" --client run-3
run "$certs" --help
[ "$status" = 0 ] && grep -q '^usage: ' "$T/out" || fail "--help"
run "$certs" --version
[ "$status" = 0 ] && grep -qE '^ec21certs [0-9]' "$T/out" || fail "--version"
