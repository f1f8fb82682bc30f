#!/bin/sh
# cppcheck and clang-tidy on all of it; slow, so `make lint-deep` and not lint.
set -eu
. "$(dirname "$0")/common.inc"
rc=0
none=

if command -v cppcheck >/dev/null; then
	# shellcheck disable=SC2046
	cppcheck -q -j 2 --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability \
		--suppress=missingInclude --suppress=unknownMacro \
		-Iemulator -I. -Ifirmware_under_test \
		-D__GNUC__ $(files '*.c' | grep -v '^tests/') || rc=1
else
	none="$none cppcheck"
fi

if command -v clang-tidy >/dev/null; then
	for f in $(files '*.c' | grep -v '^tests/'); do
		case $f in
		firmware_under_test/port/stm32f405/*)
			# No libc headers for it, no finding: the host's lie.
			[ -d /usr/include/newlib ] || continue
			flags="-Ifirmware_under_test -Ifirmware_under_test/core
			--target=arm-none-eabi -mcpu=cortex-m4 -mthumb
			-mfloat-abi=hard -isystem /usr/include/newlib" ;;
		firmware_under_test/*) flags="-Ifirmware_under_test -Iemulator
			-Ifirmware_under_test/core -DWIOFW_HOST
			-isystem build/mbedtls-src/include
			-DMBEDTLS_CONFIG_FILE=\"mbedtls_config.h\"" ;;
		hil/vdfu/*)
			# As in hil/module.mk: without it nothing is built.
			pkg-config --exists umockdev-1.0 || continue
			flags="-Iemulator -I. $(pkg-config --cflags \
				umockdev-1.0 gobject-2.0)" ;;
		*) flags="-Iemulator -I." ;;
		esac
		# shellcheck disable=SC2086
		clang-tidy --quiet "$f" -- -std=c11 -D_GNU_SOURCE \
			-DEC21_VERSION='"0"' $flags 2>/dev/null || rc=1
	done
else
	none="$none clang-tidy"
fi
[ $rc = 1 ] || [ -z "$none" ] || skip "not installed:$none"
exit $rc
