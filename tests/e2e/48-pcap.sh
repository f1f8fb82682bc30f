#!/bin/bash
# ec21emu --pcap: what a connection carries is in the capture; tcpdump reads it
# where it is installed.
. "$(dirname "$0")/lib.sh"
need_built ec21emu
need tcpdump tcpdump
start_broker

refused 2 "none/x.pcap.*No such file" "$BUILD/ec21emu" --pcap "$T/none/x.pcap"
start_emulator --pcap "$T/x.pcap" --map "$HOST:8443=127.0.0.1:$HTTPS_PORT"
open_modem
at ATE0 >/dev/null
at 'AT+QURCCFG="urcport","uart1"' >/dev/null
at 'AT+QICSGP=1,1,"soracom.io"' >/dev/null
at AT+QIACT=1 >/dev/null
at "AT+QIOPEN=1,0,\"TCP\",\"$HOST\",8443" >/dev/null
urc '^\+QIOPEN: 0,0$' >/dev/null
printf 'AT+QISEND=0,14\r' >&5
IFS= read -r -t "$DEADLINE" -d '>' -u 5 _ || fail "no prompt"
printf 'no TLS at all\n' >&5
final QISEND '^SEND OK$' >/dev/null
urc '^\+QIURC: "(recv|closed)",0' >/dev/null
at AT+QICLOSE=0 >/dev/null
stop emulator
exec 5>&-
grep -q 'no TLS at all' "$T/x.pcap" || fail "what was sent is not there"
tcpdump -nvr "$T/x.pcap" >"$T/tcpdump.out" 2>"$T/tcpdump.err" ||
	fail "tcpdump: $(cat "$T/tcpdump.err")"
! grep -iE 'bad|incorrect' "$T/tcpdump.out" || fail "tcpdump complains"
grep -q "127.0.0.1.$HTTPS_PORT: Flags \[S\]" "$T/tcpdump.out" ||
	fail "no SYN"
