#!/bin/bash
# `make demo` needs no mosquitto and ends with one line a case, each as said;
# the reproduced ones with a reason that ends in its grade.
. "$(dirname "$0")/lib.sh"
need_built wiofw
need_built wiofw-article

run env DEMO_QUIET=1 "$TOP/tests/demo.sh"
[ "$status" = 0 ] || fail "status $status: $(cat "$T/out" "$T/err")"
cat >"$T/want" <<'W'
demo: publish-by-modem-tls: ok
demo: publish-by-mcu-tls: ok
demo: article-tls-in-modem: reproduced: +QSSLOPEN: 0,566
why
demo: article-tls-in-modem-with-line-breaks: ok
demo: no-sni-at-a-broker-of-today: reproduced: +QSSLOPEN: 0,566
why
demo: article-tls-on-mcu: reproduced: +err
why
W
sed -E 's/^why: .*\[(cap|man|kin|inf|asm)\]$/why/; s/(reproduced: \+err) .*/\1/' \
	"$T/out" | diff "$T/want" - || fail "not as said"
grep -q '^why: .*RAM:CA.pem.*line 1: .*without a line break' "$T/out" ||
	fail "the cause of the first failure is not named"
grep -q -e '-0x262E' "$T/out" || fail "the cause of the second is not named"
