#!/bin/sh
# clang-format has nothing to change. `make format` changes it.
set -eu
. "$(dirname "$0")/common.inc"

command -v clang-format >/dev/null || skip "no clang-format (package clang-format)"
# shellcheck disable=SC2046
clang-format --dry-run -Werror $(files '*.c' '*.h') 2>&1 |
	grep -E ': (error|warning):' | cut -d: -f1,2 | sort -u -t: -k1,1 |
	awk '{ print $0 ": not as clang-format has it (make format)" }
		END { exit NR > 0 }'
