#!/bin/sh
# Warns of files that want to be split by idea. A hint, no failure.
set -eu
. "$(dirname "$0")/common.inc"

# shellcheck disable=SC2046
wc -l $(files '*.c' '*.h') | awk '$2 != "total" && $1 > 700 {
	print $2 ": " $1 " lines: split by idea?" }'
