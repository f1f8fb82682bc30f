#!/bin/bash
# What QEMU cannot show by working: clocks, pins, watchdog and serial rates
# are set by the right values in the right order, and the modem's lines move
# as the Wio LTE needs it. Wanted values: registers.pl computes them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fw.inc"
. "$(dirname "$0")/virtual.inc"

need perl perl-base
need socat socat
check=$TOP/tests/e2e/registers.pl
start_virtual wiofw-stm32f405 -d unimp -D "$T/trace" \
	-monitor "unix:$T/monitor,server=on,wait=off"
tell "modem on" "modem reset" "modem off"
answers '^\+ok modem off$'
# USARTs and the core are modelled, so not in the trace. No DR: reading it
# takes a byte away.
printf 'xp /1wx 0x%x\n' \
	0x40011008 0x4001100c 0x40011010 0x40011014 \
	0x40004408 0x4000440c 0x40004410 0x40004414 \
	0xe000e010 0xe000e014 0xe000e104 0xe000ed08 0xe000ed88 |
	timeout 20 socat -t 2 - "unix-connect:$T/monitor" >"$T/memory"
[ "$(grep -cE '^[0-9a-f]+: 0x' "$T/memory")" = 13 ] || fail "the monitor"
stop qemu
perl "$check" "$T/trace" "$T/memory" >&2 || fail "registers"

# That check sees faults: value, order, a pin, a missing clock, a rate.
sees() {
	perl "$check" "$T/bad" "${2:-$T/memory}" >"$T/said" &&
		fail "not seen: $1"
	grep -qE -- "$1" "$T/said" || fail "no /$1/ in: $(cat "$T/said")"
}
sed 's/0x07405408/0x07405008/' "$T/trace" >"$T/bad" # N = 320
sees '^SYSCLK 160.00 MHz, not 168'
sed 's/0x07405408/0x08405408/' "$T/trace" >"$T/bad" # Q = 8
sees '^PLL48CK 42.00 MHz, not 48'
sed 's/0x00000705/0x00000704/' "$T/trace" >"$T/bad"
sees '^4 flash wait states at the switch, not 5'
sed '/^Flash Int: .*write/d' "$T/trace" >"$T/bad"
sees '^0 flash wait states at the switch'
sed 's/0x00009402/0x00009002/' "$T/trace" >"$T/bad"
sees '^APB1 84.0 MHz, at most 42|^APB1 168.0 MHz'
sed '/^PWR: .*write/d' "$T/trace" >"$T/bad"
sees '^VOS is not scale 1 when the PLL starts'
sed 's/0x00007700/0x00000700/' "$T/trace" >"$T/bad" # AF of PA3
sees '^PA3: function is 0x0, not 0x7'
sed 's/0x680100a4/0x480100a4/' "$T/trace" >"$T/bad" # SWDIO, SWCLK
sees '^PA14: mode is 0x0, not 0x2|^PA13: mode is'
sed 's/0x0011000c/0x00110004/' "$T/trace" >"$T/bad"
sees '^PC3: level when it becomes an output is 0x0, not 0x1'
sed '0,/^GPIOB: .*offset 0x018/{/^GPIOB: .*offset 0x018/d}' "$T/trace" >"$T/bad"
sees '^PB13: level when it becomes an output is 0x0, not 0x1'
sed '0,/value 0x00000007/{/value 0x00000007/d}' "$T/trace" >"$T/bad"
sees '^GPIOA is touched before its clock is on'
sed 's/value 0x00020000/value 0x00040000/' "$T/trace" >"$T/bad"
sees '^USART2 has no clock'
sed 's/0x00100000)/0x00080000)/' "$T/trace" >"$T/bad" # PWRKEY never let go
sees "^edges of the modem's lines"
sed '/value 0x00005555/d' "$T/trace" >"$T/bad"
sees '^the watchdog is not started, unlocked'
cp "$T/trace" "$T/bad"
sed 's/0x0000016d/0x000000b6/' "$T/memory" >"$T/memory2"
sees '^USART2: 230769 baud' "$T/memory2"

# The pulses, by the emulator's clock: the supply is up 500 ms before the key,
# PWRKEY is pressed for 100 ms at least, RESET_N for 150 to 460 [WIO].
# A machine under load only makes them longer.
awk '
	$2 != "PIN" { next }
	{ now = $3 " " $4; ms[now] = $1 * 1000 }
	now == "SUPPLY high" { up = ms[now] }
	now == "PWRKEY high" { key = ms[now] }
	now == "PWRKEY low" && key { pressed = ms[now] - key; wait = key - up }
	now == "RESET low" { down = ms[now] }
	now == "RESET high" && down { reset = ms[now] - down }
	END {
		printf "supply to key %d ms, key %d ms, reset %d ms\n",
			wait, pressed, reset
		exit !(wait >= 495 && pressed >= 100 && reset >= 150)
	}' "$T/modem.at" || fail "pulses: $(grep PIN "$T/modem.at")"
