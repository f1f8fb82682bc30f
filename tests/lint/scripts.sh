#!/bin/sh
# Every shell script passes shellcheck, hints aside.
set -eu
. "$(dirname "$0")/common.inc"

command -v shellcheck >/dev/null || skip "no shellcheck (package shellcheck)"
# shellcheck disable=SC2046
shellcheck -S warning -x -P SCRIPTDIR -P . $(
	files '*.sh'
	for f in $(files '.ci/*' 'tests/*' 'certs/*'); do
		case $f in
		*.sh) ;;
		*) head -c 64 "$f" | head -n 1 | tr -d '\0' |
			grep -qE '^#!.*\b(ba)?sh\b' && echo "$f" || true ;;
		esac
	done
)
