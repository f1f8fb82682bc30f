#!/bin/sh
# The modem has no state of its own outside its structs: two modems live in one
# process. base/log is the program's, not the modem's.
set -eu
. "$(dirname "$0")/common.inc"
build=${BUILD:-build}
bad=0

for lib in base at net svc cmd io ctl replay modem; do
	a=$build/lib$lib.a
	[ -e "$a" ] || skip "$a is not built"
	# .data.rel.ro is const: tables of pointers.
	out=$(objdump -t "$a" | awk -v lib="$lib" '
		/file format/ { file = $1; sub(/:$/, "", file) }
		/ O \.(data|bss|tdata|tbss)/ && !/\.data\.rel\.ro/ &&
			file != "log.o" {
			print "lib" lib ": " file ": " $NF \
				": a variable outside of any struct"
		}')
	[ -z "$out" ] || { echo "$out"; bad=1; }
done
exit $bad
