#!/bin/bash
# The modem's TLS against GnuTLS, which still has RC4, 3DES and DTLS: each
# suite that OpenSSL lacks, old versions, DTLS, ALPN, shared keys, resumption.
# gnutls-serv cannot listen on the loopback alone, so it runs in a network of
# its own.
if [ -z "${EC21_NETNS:-}" ]; then
	for u in -rn -n; do
		unshare "$u" true 2>/dev/null &&
			EC21_NETNS=1 exec unshare "$u" "$0"
	done
fi
. "$(dirname "$0")/lib.sh"
[ -n "${EC21_NETNS:-}" ] || skip "no network of its own here (unshare)"
need gnutls-serv gnutls-bin
need_built ec21hil
cd "$TOP"

# The loopback of a new network is down: SIOCSIFFLAGS, IFF_UP.
perl -e 'socket(my $s, 2, 2, 0) or die;
	my $r = pack("a16s", "lo", 1);
	ioctl($s, 0x8914, $r) or die "lo: $!"' ||
	fail "cannot bring the loopback up"

certs=$T/certs
"$BUILD/ec21certs" "$certs" --name peer.example >"$T/certs.log" 2>&1 ||
	fail "ec21certs: $(tail -n 1 "$T/certs.log")"

# serve PORT PRIORITY [OPTION...]: an echo server, its words in $T/PORT.out.
serve() {
	local port=$1 priority=$2
	shift 2
	start "$port" stdbuf -oL gnutls-serv --echo -p "$port" \
		--priority "$priority" "$@" \
		--x509certfile "$certs/server-rsa.crt" \
		--x509keyfile "$certs/server-rsa.key" \
		--x509certfile "$certs/server-ecdsa.crt" \
		--x509keyfile "$certs/server-ecdsa.key"
}
# only CIPHER MAC KEY-EXCHANGE: TLS 1.2 with that alone.
only() {
	echo "NONE:+VERS-TLS1.2:+CTYPE-X509:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+$1:+$2:+$3:%VERIFY_ALLOW_SIGN_WITH_SHA1"
}

serve 4001 "$(only 3DES-CBC SHA1 RSA)"
serve 4002 "$(only 3DES-CBC SHA1 ECDHE-RSA)"
serve 4003 "$(only 3DES-CBC SHA1 ECDHE-ECDSA)"
serve 4004 "$(only ARCFOUR-128 SHA1 RSA)"
serve 4005 "$(only ARCFOUR-128 MD5 RSA)"
serve 4006 "$(only ARCFOUR-128 SHA1 ECDHE-RSA)"
serve 4007 "$(only ARCFOUR-128 SHA1 ECDHE-ECDSA)"
serve 4008 "NORMAL:-VERS-ALL:+VERS-TLS1.0:%COMPAT"
serve 4009 "NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT"
serve 4011 "NORMAL:-VERS-ALL:+VERS-DTLS1.2" --udp --mtu 1400
serve 4012 "NORMAL:-VERS-ALL:+VERS-DTLS1.0:%COMPAT" --udp --mtu 1400
serve 4013 NORMAL --alpn x-proto --alpn-fatal
echo "dev:00112233445566778899aabbccddeeff" >"$T/psk"
serve 4014 "NORMAL:-KX-ALL:+PSK:-VERS-TLS1.3" --pskpasswd "$T/psk"
tls12="NORMAL:-VERS-ALL:+VERS-TLS1.2"
serve 4015 "$tls12" --nodb
serve 4016 "$tls12" --noticket
serve 4017 "$tls12" --require-client-cert --verify-client-cert \
	--x509cafile "$certs/client-ca.crt"
serve 4018 "$tls12"
openssl rsa -aes128 -traditional -passout pass:secret \
	-in "$certs/device-1.key" -out "$certs/locked.key" 2>/dev/null

for port in 400{1..9} 401{1..8}; do
	wait_line_in "$T/$port.err" 'IPv4 .*done' "${PIDS[$port]}" >/dev/null ||
		fail "gnutls-serv on $port: $(cat "$T/$port.err")"
done

# What GnuTLS calls each of them, below.
names=([4001]='(RSA)-(3DES-CBC)-(SHA1)'
	[4002]='(ECDHE-.*)-(RSA-.*)-(3DES-CBC)-(SHA1)'
	[4003]='(ECDHE-.*)-(ECDSA-.*)-(3DES-CBC)-(SHA1)'
	[4004]='(RSA)-(ARCFOUR-128)-(SHA1)'
	[4005]='(RSA)-(ARCFOUR-128)-(MD5)'
	[4006]='(ECDHE-.*)-(RSA-.*)-(ARCFOUR-128)-(SHA1)'
	[4007]='(ECDHE-.*)-(ECDSA-.*)-(ARCFOUR-128)-(SHA1)'
	[4008]='TLS1.0' [4009]='TLS1.1'
	[4014]='(PSK)' [4017]='TLS1')

DEADLINE=100 run "$BUILD/ec21hil" run --keep-going --certs "$certs" \
	tests/e2e/peers
[ "$status" = 0 ] || fail "$(grep -v '^ok' "$T/out")"

for port in "${!names[@]}"; do
	grep -q "Description: .*${names[$port]}" "$T/$port.out" ||
		fail "gnutls-serv on $port does not say ${names[$port]}"
done
says() {
	grep -q -- "$2" "$T/$1.out" || fail "gnutls-serv on $1 has no $2"
}
# Of datagrams it says less, and would not take another version.
says 4011 'received.*: hello'
says 4012 'received.*: hello'
says 4013 'Application protocol: x-proto'
grep -q 'This is a resumed session' "$T/4018.out" && fail "resumed unasked"
says 4015 'This is a resumed session'
says 4016 'This is a resumed session'
