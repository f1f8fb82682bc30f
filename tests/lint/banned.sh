#!/bin/sh
# Calls and texts of banned.txt.
set -eu
. "$(dirname "$0")/common.inc"

# shellcheck disable=SC2046
perl -e '
use strict;
use warnings;
my (@rules, $bad);
open my $r, "<", "tests/lint/banned.txt" or die;
while (<$r>) {
	next if /^#/ || !/\S/;
	chomp;
	my @f = split /\t/;
	die "banned.txt:$.: 5 fields wanted\n" unless @f == 5;
	push @rules, \@f;
}
# Blank out what is not asked for; line breaks stay, so numbers hold.
sub blank { my $s = shift; $s =~ s/[^\n]/ /g; $s }
my $token = qr{(/\*.*?\*/|//[^\n]*)|("(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27)}s;
sub code { my $s = shift;
	$s =~ s/$token/blank($1 \/\/ $2)/ge; $s }
sub strings { my $s = shift; my $out = "";
	my $at = 0;
	while ($s =~ /$token/g) {
		$out .= blank(substr($s, $at, $-[0] - $at));
		$out .= defined $2 ? $2 : blank($1);
		$at = $+[0];
	}
	$out . blank(substr($s, $at)) }
for my $file (@ARGV) {
	open my $h, "<", $file or next;
	my $text = do { local $/; <$h> } // "";
	my %view;
	if ($file =~ /\.[ch]$/) {
		%view = (code => code($text), string => strings($text));
	} else {
		(my $t = $text) =~ s/^\s*#.*$//mg;
		%view = (script => $t);
	}
	for my $rule (@rules) {
		my ($kind, $re, $where, $except, $why) = @$rule;
		next unless defined $view{$kind} && $file =~ /$where/;
		next if $except ne "-" && $file =~ /$except/;
		my $n = 0;
		for (split /\n/, $view{$kind}) {
			$n++;
			next unless /$re/;
			print "$file:$n: $&: banned; use $why\n";
			$bad = 1;
		}
	}
}
exit($bad ? 1 : 0);
' $(files '*.c' '*.h' '*.sh')
