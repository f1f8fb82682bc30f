#!/usr/bin/perl
# Lists the places where the modem's code makes an error:
#
#   places.pl FILE.c...  ->  FILE:LINE <tab> ERR_X[ ERR_Y] <tab> PATTERN
#
# The error is `?` where a variable names it. PATTERN is the printf format of
# the reason with each conversion replaced by the byte 1. A call whose format
# is nothing but conversions passes on what another place said: it is none.
use strict;
use warnings;

# Where the error stands among the arguments (or its name), where the format;
# the file, for names that more than one file has.
my %makers = (
	why_set => [1, 3],
	why_policy => [1, 2],
	at_fail => [1, 3],
	at_fail_text => [2, 4],
	set_fault => [1, 2, qr{net/tcp\.c$}],
	fail => ['ERR_TLS_FILE', 1, qr{base/pem\.c$}],
	say => ['ERR_TLS_VERIFY', 1, qr{net/tls_mbedtls_why\.c$}],
);
# Composed in more than one step; the text must still be in the file.
my @composed = (
	['net/tcp.c', 'ERR_NET_CONNECT',
		'connection refused: nothing listens there'],
);
my %escapes = (n => "\n", t => "\t", r => "\r");
my $string = qr/"(?:[^"\\]|\\.)*"/;
my $names = join '|', keys %makers;

sub read_source
{
	my ($file) = @_;

	open my $in, '<', $file or die "$file: $!\n";
	my $text = do { local $/; <$in> };
	# Comments go, lines stay.
	$text =~ s{($string)|/\*.*?\*/|//[^\n]*}{
		$1 // "\n" x ($& =~ tr/\n//)}gse;
	return $text;
}

# The arguments of the call whose parenthesis ends before $pos.
sub arguments
{
	my ($text, $pos) = @_;
	my ($depth, @args) = (1, '');

	pos($text) = $pos;
	while ($depth > 0 && $text =~ /\G($string|'(?:[^'\\]|\\.)*'|.)/gs) {
		$depth += ($1 eq '(') - ($1 eq ')');
		if ($depth == 1 && $1 eq ',') {
			push @args, '';
		} elsif ($depth > 0) {
			$args[-1] .= $1;
		}
	}
	return @args;
}

# The formats of an argument: one, or the two of a choice.
sub formats
{
	my ($arg) = @_;
	my @formats = ('');

	while ($arg =~ /\G\s*(?:($string)|(PRI\w+)|(.))/gs) {
		if (defined $1) {
			$formats[-1] .= substr $1, 1, -1;
		} elsif (defined $2) {
			$formats[-1] .= 'd'; # `%" PRIu64 "`: any conversion
		} else {
			push @formats, '' if $3 eq ':';
		}
	}
	return @formats;
}

sub pattern
{
	my ($format) = @_;

	$format =~ s/\\(.)/$escapes{$1} || $1/ge;
	$format =~ s/%%/\002/g;
	$format =~ s/%[-+ #0-9.*]*(?:hh|h|ll|l|z|j)?[a-zA-Z]/\001/g;
	$format =~ tr/\002/%/;
	return $format;
}

for my $file (@ARGV) {
	my $text = read_source($file);

	while ($text =~ /\b($names)\s*\(/g) {
		my ($maker, $pos) = ($makers{$1}, pos $text);
		my ($err, $format, $only) = @$maker;
		my $line = 1 + (substr($text, 0, $pos) =~ tr/\n//);
		my @args = arguments($text, $pos);
		my @errs = $err =~ /^ERR/ ? $err
			: ($args[$err] // '') =~ /\bERR_[A-Z_]+/g;

		next if $only && $file !~ $only || @args <= $format;
		for (formats($args[$format])) {
			my $pattern = pattern($_);

			next if $pattern !~ /[a-z]{3}|, at /;
			# Pieces of a text may have more behind them.
			$pattern .= "\001" if $err =~ /^ERR_TLS_VERIFY/;
			print "$file:$line\t", "@errs" || '?', "\t$pattern\n";
		}
	}
	for (@composed) {
		my ($where, $err, $says) = @$_;

		next if $file !~ /\Q$where\E$/;
		die "$file: no '$says' there\n" if index($text, $says) < 0;
		print "$file\t$err\t$says\n";
	}
}
