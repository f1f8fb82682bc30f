#!/bin/sh
# What a scenario may do to a modem with a SIM that somebody pays for: the rule
# of docs/bench.md, for each that is marked `# bench: safe`. PINs and locks are
# marked harmful, so that no run on a board ever sends them.
set -eu
. "$(dirname "$0")/common.inc"

# shellcheck disable=SC2046
perl -e '
use strict;
use warnings;
my $bad = 0;
my @never = (
	[qr/\+CPIN=[^?]|\+CPWD=|\+CLCK=|\+CSIM=|\+CRSM=/, "PINs, locks, the card"],
	[qr/\+COPS=[0124]|\+CGATT=0|\+CFUN=/, "the choice of the network"],
	[qr/&W|\+CGDCONT=[^?]|\+QCFG="[^"]*",|\+IPR=[0-9]/, "what is saved"],
	[qr/\+IFC=[12]|\+QSCLK=[12]|\+QPOWD/, "what cuts the line off"],
	[qr/\+CMG[SWD]|\+CMSS|AT[DA](?![A-Z+])/, "messages and calls"],
	[qr/\+QFDEL="(UFS:|RAM:)?\*"/, "files of others"],
);
for my $file (@ARGV) {
	open my $f, "<", $file or die "$file: $!\n";
	my @lines = <$f>;
	my $safe = grep { /^# bench: safe$/ } @lines;
	my $harmful = grep { /^# bench: harmful$/ } @lines;
	for my $i (0 .. $#lines) {
		my $line = $lines[$i];
		my $sent = $line =~ /^\s*\S+\s+(?:AT|CON)>/;
		next unless $sent || $line =~ /^# case:/;
		if ($safe) {
			for (@never) {
				next unless $line =~ $_->[0];
				printf "%s:%d: bench: safe, but %s\n", $file,
					$i + 1, $_->[1];
				$bad = 1;
			}
		}
		if (!$harmful && $sent && $line =~ $never[0][0]) {
			printf "%s:%d: %s: mark it bench: harmful\n", $file,
				$i + 1, $never[0][1];
			$bad = 1;
		}
	}
}
exit $bad;
' $(files 'tests/conformance/*.at' 'fixtures/scenarios/*.at')
