#!/bin/sh
# Each header compiles alone, twice over, and has a guard.
set -eu
. "$(dirname "$0")/common.inc"
bad=0

for h in $(files '*.h'); do
	case $h in
	*/mbedtls_config.h) continue ;; # included by mbedTLS, not by us
	firmware_under_test/*) inc="-Ifirmware_under_test -Ifirmware_under_test/core" ;;
	*) inc="-Iemulator -I." ;;
	esac
	printf '#include "%s"\n#include "%s"\n' "$h" "$h" |
		${CC:-cc} -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror \
			-fsyntax-only $inc -I. -x c - || bad=1
done
exit $bad
