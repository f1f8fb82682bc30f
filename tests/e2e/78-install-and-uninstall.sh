#!/bin/bash
# `make install` puts programs, manual pages, profiles, docs and the images of
# boards where they belong, `make uninstall` takes them away again.
. "$(dirname "$0")/lib.sh"
need_built ec21emu
need make make
root=$T/root

# The programs are there: `-o all` builds nothing.
installer() {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$TOP" -o all \
		"B=$BUILD" "DESTDIR=$root" PREFIX=/opt/ec21 "$1" \
		>"$T/make.out" 2>"$T/make.err" || fail "make $1"
}
installer install
cd "$root/opt/ec21"
missing=
for p in ec21emu ec21broker ec21hil ec21certs wiofw wiofw-article; do
	[ -x "$BUILD/$p" ] || {
		missing+=" $p"
		continue
	}
	"bin/$p" --version >/dev/null || fail "$p --version"
	[ -s "share/man/man1/$p.1" ] || [ -s "share/man/man8/$p.8" ] ||
		fail "no manual page of $p"
done
[ -s share/ec21-bench/profiles/ec21j.conf ] || fail "no profile"
# What is safe on a board goes there without the tests, and nothing else.
run "bin/ec21hil" check share/ec21-bench/scenarios
[ "$status" = 0 ] || fail "scenarios: $(cat "$T/out" "$T/err")"
[ -n "$(ls share/ec21-bench/scenarios/conformance/01-v250)" ] ||
	fail "no conformance cases"
! grep -rLx '# bench: safe' share/ec21-bench/scenarios/conformance |
	grep . || fail "a case that is not for boards"
[ -s share/doc/ec21-bench/docs/commands.md ] || fail "no docs"
for f in "$BUILD"/*-stm32f405.bin "$BUILD"/*-stm32f405.elf; do
	[ -e "$f" ] || continue
	cmp "$f" "share/ec21-bench/boards/${f##*/}" || fail "${f##*/}"
	[ ! -e "bin/${f##*/}" ] || fail "${f##*/} is no program"
done
# Pages that only name another find it.
for page in share/man/man*/*; do
	target=$(sed -n '1s/^\.so //p' "$page")
	[ -z "$target" ] || [ -s "share/man/$target" ] || fail "$page: $target"
done
cd "$T"
touch "$root/opt/ec21/bin/of-somebody-else"
installer uninstall
left=$(find "$root" ! -type d ! -name of-somebody-else)
[ -z "$left" ] || fail "left behind: $left"
[ -e "$root/opt/ec21/bin/of-somebody-else" ] || fail "more than ours is gone"
[ -z "$missing" ] || skip "not built:$missing; the others are installed"
