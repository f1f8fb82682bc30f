#!/bin/sh
# Each command row and each profile value has a grade and a tag, and each tag
# that is cited anywhere is one of docs/sources.md. Counts what has no real
# source.
set -eu
. "$(dirname "$0")/common.inc"

# shellcheck disable=SC2046
perl -CSD -Mutf8 -e '
use strict;
use warnings;
my ($bad, $rows, %grade, %seen, %tag) = (0, 0);
open my $doc, "<", "docs/sources.md" or die "docs/sources.md: $!\n";
while (<$doc>) { $tag{$1} = 1 while /\[([A-Z]+)[\] ]/g }
sub complain { print "@_\n"; $bad = 1 }
sub row {
	my ($where, $name, $text) = @_;
	$rows++;
	if ($text =~ /\b(?:GRADE_)?(CAP|MAN|KIN|INF|ASM)\b/) { $grade{lc $1}++ }
	else { complain "$where: $name: no grade" }
	# An assumption has no source to name; everything else has.
	my @tags = $text =~ /\[([A-Z][A-Za-z]*)(?: [^\]]*)?\]/g;
	complain "$where: $name: no source" unless
		@tags || $text =~ /\b(?:GRADE_)?(ASM|INF)\b/;
	complain "$where: $name: [$_] is not in docs/sources.md"
		for grep { !$tag{$_} } @tags;
}
for my $file (@ARGV) {
	open my $h, "<", $file or die "$file: $!\n";
	my $s = do { local $/; <$h> };
	$s =~ s{/\*.*?\*/}{(my $c = $&) =~ s/[^\n]/ /g; $c}gse;
	my $line = sub { 1 + (substr($s, 0, shift) =~ tr/\n//) };
	while ($s =~ /struct at_cmd \w+\[\]\s*=\s*\{(.*?)\n\};/gs) {
		my ($at, $body) = ($-[1], $1);
		while ($body =~ /(\{(?:[^{}"]|"(?:\\.|[^"\\])*"|(?1))*\})/g) {
			my ($text, $where) =
				($1, "$file:" . $line->($at + $-[1]));
			next if $text =~ /^\{\s*(0|NULL)?\s*\}$/;
			my ($name) = $text =~ /"((?:\\.|[^"\\])*)"/;
			complain "$where: $name: a second row" if $seen{$name}++;
			row($where, $name, $text);
		}
	}
	while ($s =~ /^PROFILE_\w+(\((?:[^()"]|"(?:\\.|[^"\\])*"|(?1))*\))/gm) {
		my ($text, $where) = ($1, "$file:" . $line->($-[0]));
		my ($name) = $text =~ /^\(\s*(\w+)/;
		row($where, $name, $text);
	}
}
complain "no rows found" unless $rows;
printf "%d rows: %s; inf and asm together %d\n", $rows,
	join(", ", map { ($grade{$_} // 0) . " $_" } qw(cap man kin inf asm)),
	($grade{inf} // 0) + ($grade{asm} // 0);
exit $bad;
' $(files 'emulator/cmd/*.c' 'emulator/base/profile.def')

# A citation is a tag and a section: [SSL §3], [CLIENT C.6]. Letters are sections
# of CLIENT alone; a tag has two letters or more.
known=$(grep -oE '\[[A-Z][A-Z0-9]+[] ]' docs/sources.md | tr -d '[] ' | sort -u)
# shellcheck disable=SC2046
grep -noE '\[([A-Z][A-Z0-9]+ (§|[A-E](\.[0-9]+)?[] ,])|[A-Z][0-9]{2,}[],])' /dev/null \
	$(files 'emulator/*' 'hil/*' 'firmware_under_test/*' 'fixtures/*' \
		'certs/*' 'man/*' 'docs/*.md' 'tests/conformance/*') |
	awk -v known="$known" '
		BEGIN { split(known, list, "\n"); for (i in list) ok[list[i]] }
		{
			tag = $0
			sub(/^[^[]*\[/, "", tag)
			letter = tag ~ / [A-E]/
			sub(/[] ,].*/, "", tag)
			if (tag in ok && (!letter || tag == "CLIENT"))
				next
			sub(/\[.*/, "")
			print $0 " [" tag "]" (tag in ok ? " has no section of that name" : " is not in docs/sources.md")
			bad = 1
		}
		END { exit bad }'
