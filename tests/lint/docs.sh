#!/bin/sh
# What is made from tables is as they are, and a program's --help and its page
# name the same options.
set -eu
. "$(dirname "$0")/common.inc"
build=${BUILD:-build}
bad=0
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT

[ -x "$build/docgen" ] || skip "$build/docgen is not built"
"$build/docgen" >"$t/commands.md"
"$build/docgen" profile >"$t/ec21-profile.5"
cmp -s "$t/commands.md" docs/commands.md &&
	cmp -s "$t/ec21-profile.5" man/ec21-profile.5 || {
	echo "docs/commands.md, man/ec21-profile.5: old (make docs)"
	bad=1
}

options() {
	grep -oE -- '--[a-z][a-z0-9-]+' | sort -u
}
missing=
for page in man/*.1 man/*.8; do
	name=$(basename "${page%.*}")
	[ "$(sed -n '1s/^\.so.*/so/p' "$page")" = so ] && continue
	if [ ! -x "$build/$name" ]; then
		missing="$missing $name"
		continue
	fi
	"$build/$name" --help >"$t/help"
	if [ "$name" = ec21hil ]; then
		sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' "$t/help" >"$t/commands"
		while read -r command; do
			"$build/ec21hil" "$command" --help >>"$t/help"
		done <"$t/commands"
	fi
	options <"$t/help" >"$t/$name.help"
	sed -E 's/\\-/-/g; s/\bFl -/--/g' "$page" | options >"$t/$name.page"
done
# A page may name an option of another program.
sort -u "$t"/*.help >"$t/all"
for help in "$t"/*.help; do
	name=$(basename "$help" .help)
	comm -23 "$help" "$t/$name.page" | sed "s/^/$name: not in its page: /"
	comm -13 "$t/all" "$t/$name.page" | sed "s/^/$name: no such option: /"
done >"$t/bad"
[ ! -s "$t/bad" ] || {
	cat "$t/bad"
	bad=1
}
[ $bad = 1 ] || [ -z "$missing" ] || skip "not built:$missing"
exit $bad
