#!/bin/sh
# ec21certs: make the certificates that ec21broker and a device need.
# Built into build/ec21certs by certs/module.mk, which puts the version and
# openssl.cnf in. openssl(1) does the work; see ec21certs(1).
set -eu
umask 077
LC_ALL=C
export LC_ALL

version='@VERSION@'

# Roots, intermediates and clients outlive any test run. The end is the one
# AWS gives to device certificates, and the last that fits a UTCTime.
from=20150101000000Z
until=20491231235959Z

default_names='data.iot.ap-northeast-1.amazonaws.com
*.iot.ap-northeast-1.amazonaws.com
iot.ap-northeast-1.amazonaws.com
localhost
127.0.0.1'

usage()
{
	cat <<'TXT'
usage: ec21certs DIR [--name HOST]... [--client CN]...

Make CAs, server certificates, client certificates and a CRL in DIR.
What is there already is kept as it is.

  --name HOST    a further name or IPv4 address for the server certificates
  --client CN    a client certificate CN.crt with CN.key (default: device-1)
  --help         this text
  --version      the version

TXT
	echo "Names that are always in: $(echo "$default_names" | tr '\n' ' ')"
}

die()
{
	echo "ec21certs: $*" >&2
	exit 2
}

lost()
{
	die "standard output: not all could be written"
}

cnf()
{
	cat <<'CNF'
@CNF@
CNF
}

# run WHAT COMMAND...: quiet when it works, its whole output when not.
run()
{
	what=$1
	shift
	# Not in a file: the disk may be full.
	log=$("$@" 2>&1) || {
		status=$?
		echo "$log" >&2
		die "openssl could not make $what, it ended with status $status"
	}
}

# keep FILE: moves the finished file into place in one step, so that a run
# that was cut short leaves no half file for the next one to trust.
keep()
{
	mv "$tmp/$1" "$dir/$1" || die "cannot write $dir/$1"
}

# have NAME: its key is there; or its certificate is, and then a new key would
# not match it: a folder whose CA key was put away stays as it is.
have()
{
	[ -e "$dir/$1.key" ] || [ -e "$dir/$1.crt" ]
}

# PKCS#1, "BEGIN RSA PRIVATE KEY": what AWS hands out and the sketches hold.
# These keys are nearly all of the run time, so all that miss are started at
# once and waited for together.
rsa_keys()
{
	for k in "$@"; do
		have "$k" || {
			openssl genrsa -traditional -out "$tmp/$k.key" 2048 ||
				rm -f "$tmp/$k.key"
		} 2>/dev/null &
	done
	wait
	for k in "$@"; do
		have "$k" && continue
		# Once more, for what it says.
		[ -s "$tmp/$k.key" ] || run "$k.key" openssl genrsa \
			-traditional -out "$tmp/$k.key" 2048
		keep "$k.key"
	done
}

ec_key()
{
	have "$1" && return 0
	run "$1.key" openssl ecparam -genkey -noout -name prime256v1 \
		-out "$tmp/$1.key"
	keep "$1.key"
}

# bad FILE WHAT: what is kept must be of use, or a broker says so much later.
bad()
{
	die "$1 is there, but is no PEM file with $2:" \
		"remove it, or take another folder"
}

# All certificates at once, as this is most of what a second run does.
check_certificates()
{
	for f in "$dir"/*.crt; do
		[ -e "$f" ] || return 0
		grep -q -e '^-----BEGIN CERTIFICATE-----$' "$f" ||
			bad "$f" "a certificate"
	done
	cat "$dir"/*.crt | openssl crl2pkcs7 -nocrl -certfile /dev/stdin \
		>/dev/null 2>&1 && return 0
	for f in "$dir"/*.crt; do
		openssl crl2pkcs7 -nocrl -certfile "$f" >/dev/null 2>&1 ||
			bad "$f" "a certificate"
	done
}

# In the same way: each file has one.
check_keys()
{
	set -- "$dir"/*.key
	[ -e "$1" ] || return 0
	found=$(cat "$@" | openssl storeutl -keys -noout -passin pass: \
		/dev/stdin 2>/dev/null | tail -n 1)
	[ "$found" != "Total found: $#" ] || return 0
	for f in "$@"; do
		openssl pkey -inform PEM -in "$f" -passin pass: -noout \
			>/dev/null 2>&1 || bad "$f" "a private key"
	done
}

check_kept()
{
	for f in "$dir"/*.crt "$dir"/*.key "$dir"/crl.pem; do
		[ -e "$f" ] || [ -L "$f" ] || continue
		[ -f "$f" ] && [ -r "$f" ] ||
			die "$f is there, but cannot be read:" \
				"remove it, or take another folder"
	done
	check_certificates
	check_keys
	[ ! -e "$dir/crl.pem" ] ||
		openssl crl -inform PEM -in "$dir/crl.pem" -noout \
			>/dev/null 2>&1 ||
		bad "$dir/crl.pem" "a list of revoked certificates"
}

need_key()
{
	[ -r "$dir/$1.key" ] || die "$dir/$1.key is missing or unreadable:" \
		"cannot make $2 (an empty folder gets a whole new set)"
}

# sign NAME SECTION SUBJECT ISSUER [openssl ca option]...
# ISSUER - means self-signed. The chain of a leaf is its .crt: leaf first,
# then the intermediate, as a TLS server sends it.
sign()
{
	name=$1 section=$2 subject=$3 issuer=$4
	shift 4
	[ ! -e "$dir/$name.crt" ] || return 0
	need_key "$name" "$name.crt"
	if [ "$issuer" = - ]; then
		set -- -selfsign -keyfile "$dir/$name.key" "$@"
	else
		need_key "$issuer" "$name.crt"
		[ -r "$dir/$issuer.crt" ] ||
			die "$dir/$issuer.crt is missing: cannot make $name.crt"
		set -- -keyfile "$dir/$issuer.key" -cert "$dir/$issuer.crt" "$@"
	fi
	run "$name.csr" openssl req -new -config "$tmp/cnf" -utf8 \
		-key "$dir/$name.key" -subj "$subject" -out "$tmp/csr"
	run "$name.crt" openssl ca -config "$tmp/cnf" -batch -notext \
		-in "$tmp/csr" -out "$tmp/$name.crt" -extensions "$section" \
		-startdate "$from" -enddate "$until" "$@"
	case $issuer in
	intermediate*)
		cat "$dir/$issuer.crt" >>"$tmp/$name.crt"
		;;
	esac
	keep "$name.crt"
}

# same_key NAME OTHER: where only the certificate matters, keys are shared:
# RSA keys are what takes time here.
same_key()
{
	have "$1" && return 0
	need_key "$2" "$1.key"
	cp "$dir/$2.key" "$tmp/$1.key" && keep "$1.key"
}

san_of()
{
	san=
	for n in $1; do
		case $n in
		*[!0-9.]*)
			san="$san${san:+,}DNS:$n"
			;;
		*)
			san="$san${san:+,}IP:$n"
			;;
		esac
	done
	echo "$san"
}

make_cas()
{
	sign ca root "/O=ec21-bench/CN=ec21-bench root" -
	sign intermediate intermediate \
		"/O=ec21-bench/CN=ec21-bench RSA CA" ca
	ec_key intermediate-ecdsa
	sign intermediate-ecdsa intermediate \
		"/O=ec21-bench/CN=ec21-bench ECDSA CA" ca
	# Like VeriSign's G5 of 2006: only the root signs itself with SHA-1,
	# all that is below it has SHA-256.
	sign ca-sha1 root "/O=ec21-bench/CN=ec21-bench SHA-1 root" - -md sha1
	same_key intermediate-sha1-root intermediate
	sign intermediate-sha1-root intermediate \
		"/O=ec21-bench/CN=ec21-bench CA below SHA-1 root" ca-sha1
	# An older root, and ca signed by it: the same name and key once more.
	same_key ca-old ca-sha1
	sign ca-old root "/O=ec21-bench/CN=ec21-bench older root" -
	same_key ca-cross ca
	sign ca-cross root "/O=ec21-bench/CN=ec21-bench root" ca-old
	sign client-ca root "/O=ec21-bench/CN=ec21-bench client CA" -
	same_key unknown-ca ca-sha1
	sign unknown-ca root "/O=ec21-bench/CN=ec21-bench unknown CA" -
}

make_servers()
{
	cn='/O=ec21-bench/CN=*.iot.ap-northeast-1.amazonaws.com'
	sign server-rsa server "$cn" intermediate
	ec_key server-ecdsa
	sign server-ecdsa server "$cn" intermediate-ecdsa
	for n in sha1-root expired not-yet-valid wrong-name; do
		same_key server-$n server-rsa
	done
	sign server-sha1-root server "$cn" intermediate-sha1-root
	sign server-expired server "$cn" intermediate \
		-startdate 20150101000000Z -enddate 20160101000000Z
	sign server-not-yet-valid server "$cn" intermediate \
		-startdate 20450101000000Z
	EC21_SAN=DNS:wrong.example.com
	sign server-wrong-name server "/O=ec21-bench/CN=wrong.example.com" \
		intermediate
}

make_clients()
{
	for cn in $clients; do
		sign "$cn" client "/CN=$cn" client-ca
	done
	ec_key device-ec
	sign device-ec client "/CN=device-ec" client-ca
	same_key unknown-client server-rsa
	sign unknown-client client "/CN=unknown-client" unknown-ca
}

make_crl()
{
	if [ -e "$dir/crl.pem" ]; then
		# A new one would be in no list.
		[ -e "$dir/revoked-client.crt" ] ||
			die "$dir/crl.pem is there, but revoked-client.crt" \
				"is not: remove crl.pem and run again"
		return 0
	fi
	same_key revoked-client server-rsa
	sign revoked-client client "/CN=revoked-client" client-ca
	need_key client-ca crl.pem
	: >"$tmp/index.txt"
	run crl.pem openssl ca -config "$tmp/cnf" -keyfile "$dir/client-ca.key" \
		-cert "$dir/client-ca.crt" -revoke "$dir/revoked-client.crt"
	run crl.pem openssl ca -config "$tmp/cnf" -keyfile "$dir/client-ca.key" \
		-cert "$dir/client-ca.crt" -gencrl -out "$tmp/crl.pem"
	keep crl.pem
}

# find_stale OPTION... FILE...: adds to $stale what openssl verify refuses.
# That a certificate has ended, or has not begun, is what some are for.
find_stale()
{
	log=$(openssl verify -no_check_time -no-CApath -no-CAstore "$@" 2>&1) &&
		return 0
	found=$(echo "$log" |
		sed -n 's/^error .*\/\([^/]*\): verification failed$/ \1/p' |
		tr -d '\n')
	[ -n "$found" ] || die "openssl cannot verify the set: $log"
	stale=$stale$found
}

# A server's file holds its issuer's, which may have been made anew.
find_stale_chains()
{
	for pair in rsa: ecdsa:-ecdsa sha1-root:-sha1-root expired: \
		not-yet-valid: wrong-name:; do
		set -- "$@" "$dir/server-${pair%:*}.crt" \
			"$dir/intermediate${pair#*:}.crt"
	done
	stale=$stale$(awk '
		function judge() {
			sub(".*/", "", leaf)
			if (leaf != "" && rest != issuer)
				printf " %s", leaf
			leaf = FILENAME; rest = issuer = ""; past = 0
		}
		FNR == 1 && ++n % 2 { judge() }
		n % 2 && past { rest = rest $0 }
		n % 2 && /^-----END/ { past = 1 }
		n % 2 == 0 { issuer = issuer $0 }
		END { judge() }' "$@")
}

# What was kept must fit what is there by now: who takes a CA away and runs
# again has a set in which nothing chains. clients: those asked for.
check_chains()
{
	stale=
	cat "$dir/ca.crt" "$dir/ca-sha1.crt" >"$tmp/roots"
	cat "$dir"/intermediate.crt "$dir/intermediate-ecdsa.crt" \
		"$dir/intermediate-sha1-root.crt" "$dir/client-ca.crt" \
		"$dir/unknown-ca.crt" >"$tmp/issuers"
	find_stale -CAfile "$tmp/roots" "$dir/intermediate.crt" \
		"$dir/intermediate-ecdsa.crt" "$dir/intermediate-sha1-root.crt"
	set --
	for n in server-rsa server-ecdsa server-sha1-root server-expired \
		server-not-yet-valid server-wrong-name device-ec \
		unknown-client revoked-client $clients; do
		set -- "$@" "$dir/$n.crt"
	done
	find_stale -partial_chain -CAfile "$tmp/issuers" "$@"
	find_stale_chains
	# ca-cross is ca's name and key: what ca has signed is below it too.
	openssl verify -no_check_time -no-CApath -no-CAstore \
		-CAfile "$dir/ca-old.crt" -untrusted "$dir/ca-cross.crt" \
		"$dir/intermediate.crt" >/dev/null 2>&1 ||
		stale="$stale ca-cross.crt ca-cross.key"
	log=$(openssl verify -no_check_time -no-CApath -no-CAstore -crl_check \
		-CAfile "$dir/client-ca.crt" -CRLfile "$dir/crl.pem" \
		"$dir/revoked-client.crt" 2>&1) || :
	case $log in
	*'error 23 '*) ;; # revoked
	*) stale="$stale crl.pem" ;;
	esac
	[ -z "$stale" ] ||
		die "in $dir these do not fit the CAs that are there:$stale;" \
			"remove them and run again, or take an empty folder"
}

# A kept certificate cannot get a new name: say so instead of passing over it.
check_names()
{
	for n in $names; do
		for leaf in server-rsa server-ecdsa; do
			openssl x509 -in "$dir/$leaf.crt" -noout -text |
				tr ',' '\n' | sed 's/^ *//' |
				grep -qxF -e "DNS:$n" -e "IP Address:$n" ||
				die "$dir/$leaf.crt was there and does not" \
					"name $n: remove $leaf.crt and run again"
		done
	done
}

dir=
names=
clients=
while [ $# -gt 0 ]; do
	case $1 in
	--help)
		{ usage; } 2>/dev/null || lost
		exit 0
		;;
	--version)
		{ echo "ec21certs $version"; } 2>/dev/null || lost
		exit 0
		;;
	--name | --client)
		[ $# -ge 2 ] || die "$1 needs a value"
		case $2 in
		'' | -* | .* | *[!A-Za-z0-9._*-]*)
			die "$1 '$2': use letters, digits, '.', '-' and '_'"
			;;
		esac
		if [ "$1" = --name ]; then
			names="$names $2"
		else
			case $2 in
			*'*'*)
				die "--client '$2': a '*' cannot be in it"
				;;
			ca | ca-* | client-ca | unknown-* | server-* | \
			intermediate* | crl | revoked-client | device-ec)
				die "--client '$2': that name is in use by" \
					"the set itself"
				;;
			esac
			clients="$clients $2"
		fi
		shift
		;;
	-*)
		case $1 in
		--n*) near='did you mean --name? ' ;;
		--c*) near='did you mean --client? ' ;;
		*) near= ;;
		esac
		die "unknown option $1; ${near}see ec21certs --help"
		;;
	*)
		[ -z "$dir" ] || die "one folder only, got '$dir' and '$1'"
		dir=$1
		;;
	esac
	shift
done
[ -n "$dir" ] || die "which folder? see ec21certs --help"
command -v openssl >/dev/null || die "openssl(1) is not installed"

# No file name expansion: a wildcard host name is data here.
set -f
clients=${clients:-device-1}
case $dir in
/*) ;;
*) dir=./$dir ;;
esac
# The last folder only: what is missing above it may be a typing error.
[ -e "$dir" ] || mkdir "$dir" 2>/dev/null ||
	die "cannot make folder $dir: there must be a folder ${dir%/*}" \
		"that can be written"
[ -d "$dir" ] || die "$dir is not a folder"
[ -w "$dir" ] || die "no permission to write in $dir"

# Two runs on one folder would mix their keys; the second waits.
exec 9<"$dir"
flock 9 || die "cannot lock $dir"

# In the folder itself, so that a finished file is renamed, never copied.
tmp=$(mktemp -d "$dir/.ec21certs.XXXXXX") || die "cannot write in $dir"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
cnf >"$tmp/cnf"
: >"$tmp/index.txt"
EC21_DB=$tmp
EC21_SAN=$(san_of "$default_names $names")
export EC21_DB EC21_SAN

set +f
check_kept
set -f

# shellcheck disable=SC2086 # a list of names without blanks
rsa_keys ca intermediate ca-sha1 client-ca server-rsa $clients
make_cas
make_servers
make_clients
make_crl
check_chains
check_names
