#!/bin/bash
# A flooding, a slow and a dead peer, in each access mode and over TLS: the
# modem answers all the while, its memory stays, and it has lost nothing.
. "$(dirname "$0")/lib.sh"
need socat socat
need openssl openssl
need perl perl

# listen NAME ADDRESS [OPTION [-U]]: a peer; its port is in $port. -U: it only
# sends. An option that names a certificate makes it one of TLS.
listen() {
	local kind=TCP-LISTEN
	[[ ${3:-} != *,cert=* ]] || kind=OPENSSL-LISTEN
	start "$1" socat -d -d ${4:+"$4"} "$kind:0,bind=127.0.0.1${3:-}" "$2"
	wait_line_in "$T/$1.err" 'listening on' "${PIDS[$1]}" >"$T/listening" ||
		fail "socat does not listen"
	[[ $(<"$T/listening") =~ :([0-9]+)$ ]] || fail "$(<"$T/listening")"
	port=${BASH_REMATCH[1]}
}

# open ID PORT MODE
open() {
	at "AT+QIOPEN=1,$1,\"TCP\",\"127.0.0.1\",$2,0,$3" >/dev/null
	urc "^\+QIOPEN: $1,0\$" >/dev/null
}

# memory [FIELD]: of the emulator, kB; VmHWM: the most it has had.
memory() {
	awk -v field="${1:-VmRSS}:" '$1 == field { print $2 }' \
		"/proc/${PIDS[emulator]}/status"
}

start_emulator
open_modem
at ATE0 >/dev/null
at 'AT+QURCCFG="urcport","uart1"' >/dev/null
at 'AT+QICSGP=1,1,"example"' >/dev/null
at AT+QIACT=1 >/dev/null

# Floods of 40 MB each, which nobody reads, in buffer mode.
head -c 40000000 /dev/zero >"$T/zeros"
listen flood "OPEN:$T/zeros,rdonly" ,fork
for id in 0 1 2 3; do
	open $id "$port" 0
	urc "^\+QIURC: \"recv\",$id\$" >/dev/null
done
at AT+QIRD=0,0 >"$T/counters"
before=$(memory)
for ((i = 0; i < 40; i++)); do
	printf 'AT+QIRD=%d,1500\r' $((i % 4)) >&5
	final QIRD >"$T/read"
done
after=$(memory)
[ $((after - before)) -lt 4096 ] ||
	fail "the modem grew from $before to $after kB by unread floods"
at AT+QIRD=0,0 >"$T/counters"
[[ $(<"$T/counters") =~ "+QIRD: "([0-9]+),([0-9]+),([0-9]+) ]] ||
	fail "$(<"$T/counters")"
[ "${BASH_REMATCH[3]}" -le 10240 ] || fail "$(<"$T/counters")"
for id in 0 1 2 3; do
	at AT+QICLOSE=$id,0 >/dev/null
done

# A dead peer takes the connection and never reads: SEND FAIL in the end, the
# id is closed by force after its time, and other commands go on.
listen dead "PIPE:$T/never" ,rcvbuf=2048 -U
open 4 "$port" 0
printf -v packet '%1460s' x
result=
for ((i = 0; i < 20000 && ${#result} == 0; i++)); do
	printf 'AT+QISEND=4,1460\r' >&5
	IFS= read -r -t "$DEADLINE" -d '>' -u 5 line || fail "no prompt"
	printf '%s' "$packet" >&5
	until [[ $line == SEND* ]]; do
		IFS= read -r -t "$DEADLINE" -u 5 line || fail "no answer"
	done
	[[ $line != *FAIL* ]] || result=$line
done
[ -n "$result" ] || fail "20000 packets went to a peer that reads none"
at AT+QISEND=4,0 >"$T/counters"
[[ $(<"$T/counters") =~ "+QISEND: "[0-9]+,[0-9]+,([0-9]+) ]] ||
	fail "$(<"$T/counters")"
[ "${BASH_REMATCH[1]}" -gt 65536 ] ||
	fail "a dead peer has acknowledged all but ${BASH_REMATCH[1]} bytes"
before=$(memory)
at AT >/dev/null
at AT+QICLOSE=4,1 >/dev/null
after=$(memory)
[ $((after - before)) -lt 4096 ] || fail "closing grew it: $before, $after kB"

# A slow one: each byte arrives, in its order.
cat >"$T/drops" <<'END'
for i in 1 2 3 4 5 6 7 8; do
	printf $i
	read -r -t 0.1 || : # a pause
done
END
listen slow "EXEC:bash $T/drops"
open 5 "$port" 1
got=
while [ "$got" != 12345678 ]; do
	urc '^\+QIURC: "recv",5,[0-9]+$' >/dev/null
	IFS= read -r -t "$DEADLINE" -u 5 line || fail "nothing behind the line"
	got+=${line//$'\r'}
	[[ 12345678 == "$got"* ]] || fail "out of order: $got"
done
urc '^\+QIURC: "closed",5$' >/dev/null
at AT+QICLOSE=5 >/dev/null

# Floods that are pushed to a host that reads in small pieces, over TLS too.
# 2 MB each, of numbered lines.
cat >"$T/join.pl" <<'END'
# join.pl FILE URC...: reads pushes till each URC has brought FILE. "CONNECT" is
# transparent mode, which brings it as it is.
use strict;
my $file = do { local (@ARGV, $/) = shift; <> };
my %left = map { $_ => $file } @ARGV;
my ($in, $raw) = ('', 0);

sub take {
	my ($who, $n) = @_;
	my $data = substr($in, 0, $n, '');
	index($left{$who} // '', $data) == 0 or
		die "$who: lost or out of order\n";
	$left{$who} = substr($left{$who}, $n);
	delete $left{$who} if $left{$who} eq '';
	return $n;
}

alarm $ENV{DEADLINE};
while (%left) {
	sysread(STDIN, $in, 99, length $in) or die "the line has ended\n";
	while ($in ne '') {
		if ($raw > 0) {
			$raw -= take('CONNECT', $raw < length $in ? $raw : length $in);
			next;
		}
		$in =~ /\r\nCONNECT\r\n|\+(Q\w+): "recv",(\d+),(\d+)\r\n/ or last;
		my ($urc, $end, $n) = (defined $1 ? "$1 $2" : '', $+[0], $3 // 0);
		length($in) >= $end + $n or last;
		substr($in, 0, $end, '');
		$urc eq '' ? $raw = length $file : take($urc, $n);
	}
}
END
seq -w 250000 >"$T/numbers"
listen numbers "OPEN:$T/numbers,rdonly" ,fork
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=flood -days 30 \
	-keyout "$T/key.pem" -out "$T/cert.pem" 2>"$T/req.err"
tcp=$port
listen tls "OPEN:$T/numbers,rdonly" \
	",fork,verify=0,cert=$T/cert.pem,key=$T/key.pem"
before=$(memory)
for id in 0 1; do
	printf 'AT+QIOPEN=1,%d,"TCP","127.0.0.1",%s,0,1\r' $id "$tcp" >&5
done
printf 'AT+QSSLOPEN=1,0,0,"127.0.0.1",%s,1\r' "$port" >&5
DEADLINE=$DEADLINE perl "$T/join.pl" "$T/numbers" 'QIURC 0' 'QIURC 1' \
	'QSSLURC 0' <&5 || fail "a flood was not pushed as it came"
after=$(memory VmHWM)
[ $((after - before)) -lt 4096 ] ||
	fail "the modem grew from $before to $after kB by floods it pushed"
for id in 0 1; do
	at AT+QICLOSE=$id,0 >/dev/null
done
at AT+QSSLCLOSE=0,0 >/dev/null

# One has the port in transparent mode, and another waits till it has ended.
printf 'AT+QIOPEN=1,0,"TCP","127.0.0.1",%s,0,1\r' "$tcp" >&5
printf 'AT+QIOPEN=1,1,"TCP","127.0.0.1",%s,0,2\r' "$tcp" >&5
DEADLINE=$DEADLINE perl "$T/join.pl" "$T/numbers" 'QIURC 0' CONNECT <&5 ||
	fail "a flood beside transparent mode did not come as it was sent"
for id in 0 1; do
	at AT+QICLOSE=$id,0 >/dev/null
done

at AT+QISTATE >"$T/state"
grep -q QISTATE: "$T/state" && fail "a socket is left: $(<"$T/state")"
stop emulator
[ "$status" = 0 ] || fail "emulator: status $status"
