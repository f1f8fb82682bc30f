#!/bin/sh
# A number names one end-to-end test, and one case of a conformance area.
set -eu
. "$(dirname "$0")/common.inc"

twice=$(files 'tests/e2e/*.sh' 'tests/conformance/*/*.at' |
	sed -nE 's,^(tests/.*/[0-9]+)-[^/]*$,\1,p' | sort | uniq -d)
[ -z "$twice" ] && exit 0
echo "$twice" | sed 's/$/: this number is used twice/'
exit 1
