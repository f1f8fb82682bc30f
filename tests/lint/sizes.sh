#!/bin/sh
# No file of more than 800 lines and no function of more than 90: the house
# wants some 600 and 60, and a hint says what is past that.
set -eu
. "$(dirname "$0")/common.inc"

# shellcheck disable=SC2046
awk '
	FNR == 1 { start = 0 }
	/^\{/ { start = FNR }
	/^\}/ {
		n = FNR - start - 1
		if (start && n > 90) {
			print FILENAME ":" start ": " n " lines in a function"
			bad = 1
		} else if (start && n > 60) {
			print FILENAME ":" start ": hint: " n " lines"
		}
		start = 0
	}
	{ lines[FILENAME] = FNR }
	END {
		for (f in lines)
			if (lines[f] > 800) {
				print f ": " lines[f] " lines: split it"
				bad = 1
			} else if (lines[f] > 600) {
				print f ": hint: " lines[f] " lines"
			}
		exit bad
	}' $(files '*.c' '*.h')
