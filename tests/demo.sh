#!/bin/bash
# What this project is for, in half a minute: firmware publishes with TLS in
# the modem and with TLS on its own side, and the article's two failures
# happen again, each with its cause. Needs no mosquitto and no network.
#
# One line a case: `demo: CASE: ok`, or `demo: CASE: reproduced: LINE` and
# `why: REASON [GRADE]`. Exit status 0: all came out as said. DEMO_QUIET=1
# leaves the transcript out.
cd "$(dirname "$0")/.." || exit 2
. tests/e2e/lib.sh

certs=$(certificates)
bad=0
cr=$'\r'

ok() {
	echo "demo: $1: ok"
}
reproduced() {
	echo "demo: $1: reproduced: $2"
	echo "why: $3"
}
wrong() {
	echo "demo: $1: NOT as it should be: $2"
	bad=1
}

# The modem's commands, answers and reasons, without what was transferred.
show() {
	[ -n "${DEMO_QUIET:-}" ] ||
		grep -E '^ *[0-9.]+ (AT>  AT|AT<  \\r|AT<  \+|WHY)' "$T/modem.at" |
		grep -v '\\x' | cut -c 1-118 | sed 's/^/    /'
}

# case_start MODE...: a modem of its own, and a broker when the mode changes.
case_start() {
	start_broker "$@"
	start_emulator --map "$HOST:8443=127.0.0.1:$HTTPS_PORT"
}
case_end() {
	stop emulator
	[ "$status" = 0 ] || wrong "$1" "ec21emu ended with status $status"
	stop broker
}

# firmware PROGRAM CA LINE...: power up, hand over the files, then the lines.
# What it said is in $T/console, its status in $status.
firmware() {
	local program=$BUILD/$1 ca=$certs/$2 key
	shift 2
	{
		echo "modem on"
		echo "set clock $(date -u +%y/%m/%d,%H:%M:%S+00)"
		for key in "ca $ca" "cert $certs/device-1.crt" \
			"key $certs/device-1.key"; do
			printf 'put %s %d\n' "${key%% *}" "$(wc -c <"${key#* }")"
			cat "${key#* }"
		done
		printf '%s\n' "$@"
	} >"$T/commands"
	status=0
	timeout "$DEADLINE" "$program" --modem "$MODEM" --console - \
		<"$T/commands" >"$T/console" 2>&1 || status=$?
	[ -n "${DEMO_QUIET:-}" ] || sed 's/^/    console: /' "$T/console"
}

publish() {
	local case=$1 path=$2
	case_start
	firmware wiofw ca.crt "set path $path" "set topic demo" \
		"run hello from $path"
	local said=$status
	case_end "$case"
	[ "$path" = mcu ] || show
	if [ "$said" != 0 ]; then
		wrong "$case" "$(grep '^+err' "$T/console" | head -n 1)"
	elif ! grep '"cn":"device-1"' "$T/evidence" | grep '"status":200' |
		grep -q '"topic":"demo"'; then
		wrong "$case" "the broker saw no publish by device-1"
	else
		ok "$case"
	fi
}

# What the Wio LTE library did at power-up and attach (2017).
attach() {
	local line
	for line in AT ATE0 'AT+QURCCFG="urcport","uart1"' AT+QSCLK=1 \
		'AT+CPIN?' 'AT+CGREG?' 'AT+CEREG?' \
		'AT+QICSGP=1,1,"soracom.io","sora","sora",1' AT+QIACT=1 \
		'AT+QIACT?'; do
		at "$line" >/dev/null
	done
}

# tls_in_modem FOLDER: the fork's calls in its order; the result
# line on standard output.
tls_in_modem() {
	local line
	upload RAM:CA.pem "$1/ca.crt"
	upload RAM:cert.pem "$1/device-1.crt"
	upload RAM:pkey.pem "$1/device-1.key"
	at 'AT+QISTATE?' >/dev/null
	for line in '"sslversion",2,3' '"ciphersuite",2,0XFFFF' \
		'"cacert",2,"RAM:CA.pem"' '"clientcert",2,"RAM:cert.pem"' \
		'"clientkey",2,"RAM:pkey.pem"' '"seclevel",2,2'; do
		at "AT+QSSLCFG=$line" >/dev/null
	done
	at "AT+QSSLOPEN=1,2,0,\"$HOST\",8443" >/dev/null
	urc '^\+QSSLOPEN: '
}

reason() {
	sed -nE 's/^ *[0-9.]+ WHY +(ssl .*)/\1/p' "$T/modem.at" | tail -n 1
}

# The PEM files as the fork's sketch had them: literals without \n, but for
# the one behind the END line.
without_breaks() {
	mkdir -p "$T/nobreaks"
	local f
	for f in ca.crt device-1.crt device-1.key; do
		{
			tr -d "\n$cr" <"$certs/$f"
			echo
		} >"$T/nobreaks/$f"
	done
}

# modem_case CASE WANTED FOLDER MODE...: WANTED is 0, or the number that the
# open must end with.
modem_case() {
	local case=$1 want=$2 files=$3 line why
	shift 3
	case_start "$@"
	open_modem
	attach
	line=$(tls_in_modem "$files")
	exec 5>&-
	case_end "$case"
	[ "$files" = "$certs" ] || show
	why=$(reason)
	if [ "$line" != "+QSSLOPEN: 0,$want" ]; then
		wrong "$case" "$line $why"
	elif [ "$want" = 0 ]; then
		ok "$case"
	elif [[ $why =~ \[(cap|man|kin|inf|asm)\]$ ]]; then
		reproduced "$case" "$line" "$why"
	else
		wrong "$case" "$line without a graded reason: $why"
	fi
}

tls_on_mcu() {
	local case=$1 line
	case_start
	firmware wiofw-article ca-sha1.crt "set path mcu" run
	case_end "$case"
	line=$(grep '^+err' "$T/console" | tail -n 1)
	if [[ $line != "+err "*-0x262E* ]]; then
		wrong "$case" "$line"
	elif ! grep '"bytes_in":0,' "$T/evidence" |
		grep -q '"client_hello":false'; then
		wrong "$case" "the broker saw more than an empty connection"
	else
		reproduced "$case" "${line%%;*}" "the root certificate is signed \
with SHA-1, which this mbedTLS was built without, and the result of parsing \
it was ignored: no ClientHello was ever sent (the broker saw a connection of \
0 bytes), so the dump of every fault at once meant \"no result\" [inf]"
	fi
}

without_breaks
if [ -x "$BUILD/wiofw" ]; then
	publish publish-by-modem-tls modem
	publish publish-by-mcu-tls mcu
else
	wrong publish "$BUILD/wiofw is not built: its mbedTLS source is missing"
fi
modem_case article-tls-in-modem 566 "$T/nobreaks"
modem_case article-tls-in-modem-with-line-breaks 0 "$certs"
modem_case no-sni-at-a-broker-of-today 566 "$certs" --mode require-sni
if [ -x "$BUILD/wiofw-article" ]; then
	tls_on_mcu article-tls-on-mcu
else
	wrong article-tls-on-mcu "$BUILD/wiofw-article is not built"
fi
exit $bad
