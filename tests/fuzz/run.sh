#!/bin/sh
# Fuzzes each target for FUZZ_TIME seconds. New inputs are kept below
# $BUILD/corpus, a crashing one below $BUILD/artifacts. Exit status: 0 nothing
# found, 1 something was.
set -eu
build=${BUILD:-build/fuzz}
seconds=${FUZZ_TIME:-60}
rc=0

for name; do
	seeds=tests/fuzz/corpus/$name
	dict=tests/fuzz/$name.dict
	mkdir -p "$build/corpus/$name" "$build/artifacts"
	log=$build/artifacts/$name.log
	set -- "$build/corpus/$name"
	[ -d "$seeds" ] && set -- "$@" "$seeds"
	[ -f "$dict" ] && set -- "-dict=$dict" "$@"
	if "$build/fuzz_$name" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$build/artifacts/$name-" "$@" >"$log" 2>&1
	then
		printf 'fuzz: %s: nothing found, %s executions in %s s\n' \
			"$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' \
			"$log")" "$seconds"
	else
		rc=1
		tail -n 30 "$log" >&2
		printf 'fuzz: %s: FAILED, log and input below %s\n' \
			"$name" "$build/artifacts" >&2
		printf '  again: %s INPUT\n' "$build/fuzz_$name" >&2
	fi
done
exit $rc
