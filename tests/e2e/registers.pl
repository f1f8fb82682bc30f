#!/usr/bin/perl
# Are the STM32F405's registers written as the Wio LTE needs it? Nothing here
# comes from the firmware: wanted values are computed from the board's wiring
# (schematic v1.3b) and RM0090's formulas.
#
#   registers.pl TRACE [MEMORY]
#
# TRACE: QEMU's -d unimp. MEMORY: lines "ADDRESS: VALUE" as the monitor's xp
# prints them, of registers that QEMU models and does not trace. Prints one
# line a finding; exit status 1 when there is one.
#
# QEMU's RCC reads 0, so that `RCC_xENR |= bit` writes that bit alone: writes
# to the enable registers are taken together, as the chip would keep them.
use strict;
use warnings;

my ($HSE, $BAUD) = (8e6, 115200);
# The wiring: pin => mode, alternate function, pull, level at start.
my %wiring = (
	A1 => [out => undef, 0, 0],	# DTR, low is awake
	A2 => [af => 7, 0],		# USART2_TX
	A3 => [af => 7, 1],		# USART2_RX, may float: pull-up
	A8 => [out => undef, 0, 0],	# RGB LED supply
	A13 => [af => 0, 1],		# SWDIO as after reset
	A14 => [af => 0, 2],		# SWCLK as after reset
	A15 => [out => undef, 0, 0],	# SD supply; its reset pull-up goes
	B0 => [analog => undef, 0],	# battery voltage
	B1 => [out => undef, 0, 0],	# RGB LED data
	B5 => [out => undef, 0, 0],	# modem supply, high is on
	B6 => [af => 7, 0],		# USART1_TX
	B7 => [af => 7, 1],		# USART1_RX
	B10 => [out => undef, 0, 0],	# Grove supply
	B12 => [out => undef, 0, 0],	# GNSS antenna supply
	B13 => [out => undef, 0, 1],	# LED, low is lit
	B14 => [out => undef, 0, 1],	# LED
	C0 => [out => undef, 0, 0],	# WAKEUP_IN
	C2 => [out => undef, 0, 1],	# W_DISABLE#
	C3 => [out => undef, 0, 1],	# RESET_N, low resets
	C4 => [out => undef, 0, 0],	# PWRKEY, high presses
);
$wiring{"A10"} = [in => undef, 2];	# not wired; must not float
$wiring{"A$_"} //= [in => undef, 0] for 0, 4 .. 7, 9, 11, 12;
$wiring{"B$_"} //= [in => undef, 0] for 2 .. 4, 8, 9, 11, 15;
$wiring{"C$_"} //= [in => undef, 0] for 1, 5 .. 13;
my %mode = (in => 0, out => 1, af => 2, analog => 3);

my (%said, $bad);
sub finding {
	my $text = sprintf shift, @_;
	print "$text\n" unless $said{$text}++;
	$bad = 1;
}
sub want {
	my ($what, $is, $wanted) = @_;
	finding "%s is 0x%x, not 0x%x", $what, $is, $wanted
		if $is != $wanted;
}

# ---- the trace ----
my (%reg, @order, %first);
# Reset values of RM0090 that are not 0.
%reg = (
	GPIOA00 => 0xa8000000, GPIOA0c => 0x64000000, GPIOB00 => 0x280,
	GPIOB0c => 0x100, RCC04 => 0x24003010, RCC30 => 0x100000,
);
open my $trace, '<', $ARGV[0] or die "$ARGV[0]: $!\n";
while (<$trace>) {
	next unless /^(.*?): unimplemented device (read|write)\s*\(size (\d), offset 0x([0-9a-f]+)(?:, value 0x([0-9a-f]+))?/;
	my ($dev, $write, $size, $at, $value) =
		($1, $2 eq 'write', $3, hex $4, hex($5 // 0));
	$dev = 'IWDG' if $dev eq 'I2S2ext'; # QEMU has both at one address
	my $name = sprintf '%s%02x', $dev, $at;
	$first{$dev} //= @order;
	if ($dev =~ /^GPIO([A-I])$/ && !clocked(30, ord($1) - ord('A'))) {
		finding '%s is touched before its clock is on', $dev;
	}
	finding 'USB, CAN or the like is touched: %s', $dev
		if $dev !~ /^(GPIO[ABC]|RCC|PWR|IWDG|RNG|Flash Int|RTC and BKP)$/;
	next unless $write;
	finding '%s: a write of %d bytes', $name, $size if $size != 4;
	finding 'flash control, not ACR, is written: %s', $name
		if $dev eq 'Flash Int' && $at != 0;
	push @order, [$dev, $at, $value];
	if ($dev eq 'RCC' && $at >= 0x30 && $at <= 0x44 or $name eq 'RCC00') {
		$reg{$name} = ($reg{$name} // 0) | $value;
		pll_on() if $name eq 'RCC00' && $value & 1 << 24;
	} elsif ($dev =~ /^GPIO/ && $at == 0x18) {
		my ($set, $reset) = ($value & 0xffff, $value >> 16);
		finding '%s: set and reset of one pin at once', $name
			if $set & $reset;
		$reg{"${dev}odr"} = (($reg{"${dev}odr"} // 0) | $set) & ~$reset;
	} else {
		$reg{$name} = $value;
		clock_switched() if $name eq 'RCC08' && ($value & 3) == 2;
		pins_set($1) if $name =~ /^GPIO([ABC])00$/;
	}
}

sub reg { $reg{ $_[0] } // 0 }
sub clocked { my ($enr, $bit) = @_; reg("RCC$enr") >> $bit & 1 }

# ---- clocks ----
my ($pll_on, $switched, %f);
sub pll_on {
	my $v = reg('RCC04');
	my ($m, $n, $p, $q) = ($v & 63, $v >> 6 & 511, 2 + 2 * ($v >> 16 & 3),
		$v >> 24 & 15);
	$pll_on = 1;
	return finding 'PLLM is 0' unless $m;
	my ($in, $vco) = ($HSE / $m, $HSE / $m * $n);
	finding 'the PLL does not run from HSE' unless $v & 1 << 22;
	finding 'HSE is not on when the PLL starts'
		unless reg('RCC00') & 1 << 16;
	finding 'HSE is bypassed: there is a resonator'
		if reg('RCC00') & 1 << 18;
	finding 'VCO input %.2f MHz', $in / 1e6 if $in < 1e6 || $in > 2e6;
	finding 'VCO %.1f MHz', $vco / 1e6 if $vco < 100e6 || $vco > 432e6;
	finding 'SYSCLK %.2f MHz, not 168', $vco / $p / 1e6
		if $vco / $p != 168e6;
	finding 'PLL48CK %.2f MHz, not 48', $q ? $vco / $q / 1e6 : 0
		if !$q || $vco / $q != 48e6;
	$f{sys} = $vco / $p;
	finding 'VOS is not scale 1 when the PLL starts'
		unless reg('PWR00') & 1 << 14;
	finding 'PWR is written without its clock' unless clocked(40, 28);
}

sub clock_switched {
	my $v = reg('RCC08');
	my $acr = reg('Flash Int00');
	$switched = 1;
	return finding 'SYSCLK is switched to a PLL that is not on'
		unless $pll_on;
	sub div { my ($x, $top) = @_; $x < $top / 2 ? 1 : 2 << $x - $top / 2 }
	$f{h} = $f{sys} / div($v >> 4 & 15, 16);
	$f{apb1} = $f{h} / div($v >> 10 & 7, 8);
	$f{apb2} = $f{h} / div($v >> 13 & 7, 8);
	finding 'HCLK %.1f MHz, not 168', $f{h} / 1e6 if $f{h} != 168e6;
	finding 'APB1 %.1f MHz, at most 42', $f{apb1} / 1e6
		if $f{apb1} > 42e6;
	finding 'APB2 %.1f MHz, at most 84', $f{apb2} / 1e6
		if $f{apb2} > 84e6;
	# 2.7 to 3.6 V: one more for each begun 30 MHz.
	my $ws = int(($f{h} - 1) / 30e6);
	finding '%d flash wait states at the switch, not %d', $acr & 7, $ws
		if ($acr & 7) != $ws;
	finding 'instruction or data cache is off'
		if ($acr & 0x600) != 0x600;
}

# ---- pins ----
my %set;
sub pins_set {
	my $port = shift;
	my ($moder, $pupdr, $otyper, $odr) = map { reg("GPIO$port$_") }
		qw(00 0c 04 odr);
	$set{$port} = 1;
	for my $pin (sort grep { /^$port/ } keys %wiring) {
		my ($mode, $af, $pull, $level) = @{ $wiring{$pin} };
		my $n = substr $pin, 1;
		my $afr = reg($n < 8 ? "GPIO${port}20" : "GPIO${port}24");
		want "P$pin: mode", $moder >> 2 * $n & 3, $mode{$mode};
		want "P$pin: pull", $pupdr >> 2 * $n & 3, $pull;
		want "P$pin: open drain", $otyper >> $n & 1, 0;
		want "P$pin: function", $afr >> 4 * ($n % 8) & 15, $af
			if defined $af;
		want "P$pin: level when it becomes an output",
			$odr >> $n & 1, $level if defined $level;
	}
}

finding 'the PLL was never started' unless $pll_on;
finding 'SYSCLK was never switched' unless $switched;
for my $port (qw(A B C)) {
	finding 'GPIO%s was never set up', $port unless $set{$port};
}
finding 'USART1 has no clock' unless clocked(44, 4);
finding 'USART2 has no clock' unless clocked(40, 17);
finding 'CCM lost its clock' unless clocked(30, 20);
finding 'the RNG is used on the virtual board' if defined $first{RNG};

# ---- watchdog ----
my @iwdg = map { sprintf '%02x=%x', $_->[1], $_->[2] }
	grep { $_->[0] eq 'IWDG' } @order;
my ($pr, $rlr) = (reg('IWDG04'), reg('IWDG08'));
# LSI is 17 to 47 kHz; it must not bite within the longest step, 15 s.
my $shortest = 4 * 2**$pr * ($rlr + 1) / 47e3;
finding 'the watchdog may bite after %.1f s', $shortest if $shortest < 15;
finding 'the watchdog is not started, unlocked, set and fed: %s',
	join(' ', @iwdg[0 .. ($#iwdg < 5 ? $#iwdg : 5)])
	unless "@iwdg" =~ /^00=cccc 00=5555 04=\w+ 08=\w+ 00=aaaa( 00=aaaa)*$/;

# ---- what the modem's lines did, in order ----
my %line = (B5 => 'supply', C4 => 'key', C3 => 'reset');
my @edges;
for (grep { $_->[0] =~ /^GPIO/ && $_->[1] == 0x18 } @order) {
	my ($port, $v) = (substr($_->[0], 4), $_->[2]);
	for (sort keys %line) {
		next unless /^$port(\d+)/;
		push @edges, "$line{$_} high" if $v & 1 << $1;
		push @edges, "$line{$_} low" if $v & 1 << $1 + 16;
	}
}
# Start; modem on: levels again, supply, key; modem reset; modem off.
my $wanted = 'supply low, reset high, key low, key low, reset high, ' .
	'supply high, key high, key low, reset low, reset high, supply low';
my $found = join ', ', @edges;
finding 'edges of the modem\'s lines: %s', $found if $found ne $wanted;

# ---- what is not in the trace ----
if ($ARGV[1]) {
	my %mem;
	open my $m, '<', $ARGV[1] or die "$ARGV[1]: $!\n";
	while (<$m>) {
		$mem{ hex $1 } = hex $2 if /^([0-9a-f]+): 0x([0-9a-f]+)\s*$/;
	}
	for ([USART1 => 0x40011000, 'apb2'], [USART2 => 0x40004400, 'apb1']) {
		my ($name, $at, $bus) = @$_;
		my ($brr, $cr1, $cr2, $cr3) = map { $mem{ $at + $_ } // 0 }
			8, 12, 16, 20;
		my $rate = $brr ? ($f{$bus} // 0) / $brr : 0;
		finding '%s: %.0f baud', $name, $rate
			if abs($rate - $BAUD) > 0.005 * $BAUD;
		# UE, RXNEIE, TE, RE; 8 bits, no parity, OVER8 off.
		want "$name: CR1", $cr1, 1 << 13 | 1 << 5 | 1 << 3 | 1 << 2;
		want "$name: CR2 (one stop bit)", $cr2, 0;
		want "$name: CR3 (no flow control is wired)", $cr3, 0;
	}
	my $ms = (($mem{0xe000e014} // 0) + 1) / ($f{h} // 1) * 1e3;
	finding 'SysTick: %.3f ms', $ms if $ms != 1;
	want 'SysTick: CSR (on, interrupt, core clock)',
		($mem{0xe000e010} // 0) & 7, 7;
	want 'VTOR', $mem{0xe000ed08} // 0, 0x08000000;
	want 'CPACR: FPU', ($mem{0xe000ed88} // 0) >> 20 & 15, 15;
	want 'NVIC: USART1 and USART2', ($mem{0xe000e104} // 0) & 0x60, 0x60;
}
exit($bad ? 1 : 0);
